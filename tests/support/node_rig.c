/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/node_rig.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "keys/prekeys.h"

#define RIG_STORE  "/node.db"
#define TURN_BYTES ((size_t)32 * 1024 * 1024)
#define RIG_BYTES  ((size_t)256 * 1024 * 1024)

static void draw(void *context, uint8_t *ret, size_t size)
{
    struct rig *rig = context;
    for (size_t i = 0; i < size; i++) {
        rig->random ^= rig->random << 13;
        rig->random ^= rig->random >> 7;
        rig->random ^= rig->random << 17;
        ret[i] = (uint8_t)(rig->random >> 24);
    }
}

static void start(struct rig *rig)
{
    struct error error = {.text = ""};
    if (node_open(&rig->node, &rig->options, &error) != DOOR_OK) {
        (void)fprintf(stderr, "%s\n", error.text);
        abort();
    }
    rig->begins = true;
}

static void take_roster(struct rig *rig, struct bytes json, const struct bytes *minisigs, size_t count)
{
    enum roster_outcome outcome = ROSTER_FORMAT;
    struct error error = {.text = ""};
    rig_begin(rig);
    ensure(node_roster(rig->node, rig->turn, json, minisigs, count, &outcome, &error) == DOOR_OK);
    ensure(outcome == ROSTER_OK);
    rig_end(rig);
}

struct rig *rig_open(const char *vfs)
{
    ensure(sodium_init() >= 0);
    struct rig *rig = calloc(1, sizeof *rig);
    ensure(rig != NULL);
    rig->slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    rig->arena = arena_new(RIG_BYTES);
    ensure(rig->slab != NULL && rig->arena != NULL);
    rig->fixture = fixture_new(rig->slab);
    rig->me = fixture_party(rig->fixture, "XB/poc");
    rig->peer = fixture_party(rig->fixture, "XA/poc");
    rig->disk = disk_new(vfs, 7);
    rig->random = UINT64_C(0x9e3779b97f4a7c15);
    rig->wall = (wall_ms){.ms = T0_MS};
    rig->mono = (mono_ms){.ms = 1000};
    rig->turn = turn_new((struct turn_source){.random = draw, .context = rig}, TURN_BYTES);
    ensure(rig->turn != NULL);
    node_options_default(&rig->options);
    rig->options.store_path = RIG_STORE;
    (void)snprintf(rig->vfs, sizeof rig->vfs, "%s", vfs);
    rig->options.vfs = rig->vfs;
    rig->options.network = rig->fixture->network;
    rig->options.party = rig->me->address;
    rig->options.node_signer = &rig->me->node_signer;
    rig->options.seal_signer = &rig->me->seal_signer;
    rig->options.slab = rig->slab;
    start(rig);
    take_roster(rig, rig->fixture->json, rig->fixture->minisig, FIXTURE_ROOTS);
    return rig;
}

void rig_close(struct rig *rig)
{
    node_close(rig->node);
    turn_free(rig->turn);
    disk_free(rig->disk);
    fixture_free(rig->fixture);
    slab_free(rig->slab);
    arena_free(rig->arena);
    free(rig);
}

int rig_setup(void **state)
{
    static unsigned number; /* of the disk: each has a name of its own */
    char vfs[32];
    (void)snprintf(vfs, sizeof vfs, "rig%u", ++number);
    *state = rig_open(vfs);
    return 0;
}

int rig_setup_linked(void **state)
{
    (void)rig_setup(state);
    rig_link(*state);
    return 0;
}

int rig_teardown(void **state)
{
    rig_close(*state);
    return 0;
}

void rig_restart(struct rig *rig)
{
    node_close(rig->node);
    rig->node = NULL;
    rig->link.number = 0;
    start(rig);
}

/* --- turns --- */

void rig_begin(struct rig *rig)
{
    turn_begin(rig->turn, rig->wall, rig->mono);
}

static void collect(struct rig *rig)
{
    size_t count = 0;
    const struct said *said = turn_said(rig->turn, &count);
    rig->heard_count = 0;
    rig->hung_up = false;
    for (size_t i = 0; i < count; i++) {
        Comity__Frame *frame = NULL;
        if (said[i].kind == SAID_HANG_UP) {
            rig->hung_up = true;
            continue;
        }
        ensure(rig->heard_count < RIG_HEARD_MAX);
        ensure(frame_unpack(said[i].frame, rig->arena, &frame, NULL) == WIRE_OK);
        rig->heard[rig->heard_count++] = frame;
        if (frame->body_case == COMITY__FRAME__BODY_PREKEYS && frame->prekeys->list.len != 0) {
            rig->my_prekeys = wire_bytes(frame->prekeys->list);
        }
    }
}

void rig_end(struct rig *rig)
{
    if (rig->begins) {
        ensure(node_tick(rig->node, rig->turn) == DOOR_OK);
        rig->begins = false;
    }
    ensure(node_turn_end(rig->node, rig->turn) == DOOR_OK);
    ensure(!turn_exhausted(rig->turn));
    ensure(node_commit(rig->node) == DOOR_OK);
    collect(rig);
}

void rig_say_bytes(struct rig *rig, struct bytes frame)
{
    rig_begin(rig);
    ensure(node_frame(rig->node, rig->turn, rig->link, frame) == DOOR_OK);
    rig_end(rig);
}

void rig_say(struct rig *rig, const Comity__Frame *frame)
{
    struct bytes bytes = frame_pack(rig->arena, frame);
    ensure(bytes.data != NULL);
    rig_say_bytes(rig, bytes);
}

void rig_tick(struct rig *rig, uint64_t ms_later)
{
    rig->wall.ms += ms_later;
    rig->mono.ms += ms_later;
    rig_begin(rig);
    ensure(node_tick(rig->node, rig->turn) == DOOR_OK);
    rig_end(rig);
}

const Comity__Frame *rig_heard(const struct rig *rig, Comity__Frame__BodyCase kind, size_t nth)
{
    for (size_t i = 0; i < rig->heard_count; i++) {
        if (rig->heard[i]->body_case == kind && nth-- == 0) {
            return rig->heard[i];
        }
    }
    return NULL;
}

size_t rig_count(const struct rig *rig, Comity__Frame__BodyCase kind)
{
    size_t count = 0;
    for (size_t i = 0; i < rig->heard_count; i++) {
        count += rig->heard[i]->body_case == kind ? 1 : 0;
    }
    return count;
}

/* --- the broker --- */

void rig_welcome_at(struct rig *rig, uint64_t roster, uint64_t prekeys, uint64_t now_ms)
{
    Comity__Welcome welcome = COMITY__WELCOME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    char name[] = "hub";
    welcome.version = 1;
    welcome.broker = name;
    welcome.software = name;
    welcome.roster = roster;
    welcome.now_ms = now_ms;
    welcome.prekeys = prekeys;
    welcome.submits_max = 64;
    frame.body_case = COMITY__FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    rig_say(rig, &frame);
}

void rig_welcome(struct rig *rig, uint64_t roster, uint64_t prekeys)
{
    rig_welcome_at(rig, roster, prekeys, rig->wall.ms);
}

void rig_heads_part(struct rig *rig, Comity__PeerHead **heads, size_t count, bool last)
{
    Comity__Heads message = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.n_head = count;
    message.head = heads;
    message.last = last;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &message;
    rig_say(rig, &frame);
}

void rig_heads(struct rig *rig, Comity__PeerHead *head)
{
    rig_heads_part(rig, &head, head == NULL ? 0 : 1, true);
}

Comity__PeerHead rig_head(struct rig *rig, bool own, uint32_t incarnation, uint32_t seq)
{
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    uint8_t *id = arena_take(rig->arena, 32);
    ensure(id != NULL);
    memset(id, (int)seq, 32);
    *(own ? &head.to : &head.from) = text_make(rig->arena, "XA/poc");
    head.lane = LANE_URGENT;
    head.incarnation = incarnation;
    head.seq = seq;
    head.id = wire_binary(bytes_of(id, 32));
    return head;
}

void rig_ping(struct rig *rig, uint64_t nonce)
{
    Comity__Ping ping = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ping.nonce = nonce;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &ping;
    rig_say(rig, &frame);
}

void rig_settle(struct rig *rig, const struct digest *digests, size_t count)
{
    ProtobufCBinaryData *items = arena_zero(rig->arena, count, sizeof *items);
    Comity__Settle settle = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ensure(items != NULL);
    for (size_t i = 0; i < count; i++) {
        items[i] = wire_binary(digest_bytes(&digests[i]));
    }
    settle.n_digest = count;
    settle.digest = items;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &settle;
    rig_say(rig, &frame);
}

void rig_link_up(struct rig *rig)
{
    rig->link.number++;
    rig_begin(rig);
    ensure(node_link_up(rig->node, rig->turn, rig->link) == DOOR_OK);
    rig_end(rig);
}

void rig_hello(struct rig *rig)
{
    rig_link_up(rig);
    ensure(rig->heard_count >= 1 && rig->heard[0]->body_case == COMITY__FRAME__BODY_HELLO);
    rig_welcome(rig, 1, 0);
}

void rig_link(struct rig *rig)
{
    rig_hello(rig);
    ensure(rig->my_prekeys.data != NULL);
    rig_heads(rig, NULL);
}

void rig_link_down(struct rig *rig)
{
    rig_begin(rig);
    ensure(node_link_down(rig->node, rig->turn, rig->link) == DOOR_OK);
    rig_end(rig);
}

void rig_give_prekeys(struct rig *rig, uint64_t number)
{
    rig_give_prekeys_of(rig, number, rig->wall, rig->wall.ms / MS_PER_DAY * MS_PER_DAY);
}

void rig_give_prekeys_of(struct rig *rig, uint64_t number, wall_ms issued, uint64_t first_ms)
{
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    for (size_t i = 0; i < 8; i++) {
        draw(rig, rig->peer_secret[i], 32);
        ensure(crypto_scalarmult_curve25519_base(rig->peer_key[i].bytes, rig->peer_secret[i]) == 0);
    }
    struct bytes list = prekeys_sign(&rig->peer->seal_signer, &rig->fixture->network, &rig->peer->address,
                                     number, issued, first_ms, rig->peer_key, 8, rig->arena);
    ensure(list.data != NULL);
    message.list = wire_binary(list);
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &message;
    rig_say(rig, &frame);
}

/* --- XA/poc's envelopes --- */

static struct public_key my_prekey(struct rig *rig)
{
    struct prekeys list;
    struct public_key key;
    bool stale;
    ensure(prekeys_read(NULL, rig->my_prekeys, rig->fixture->roster, rig->arena, &list) == REASON_NONE);
    ensure(prekeys_choose(&list, rig->wall, &key, &stale));
    return key;
}

static ProtobufCBinaryData copy_of(struct rig *rig, const void *data, size_t size)
{
    struct bytes copy = arena_copy(rig->arena, bytes_of(data, size));
    ensure(copy.data != NULL);
    return wire_binary(copy);
}

void rig_letter(struct rig *rig, struct sample *s, enum letter_kind kind, uint32_t seq, uint32_t case_seq,
                const struct sample *previous)
{
    struct sample before = {.case_id = {.bytes = {0}}}; /* s may be the previous one itself */
    if (previous != NULL) {
        before = *previous;
        previous = &before;
    }
    memset(s, 0, sizeof *s);
    comity__header__init(&s->header);
    comity__context__init(&s->context);
    comity__gossip__init(&s->gossip);
    s->letter = letter_make(rig->arena, kind, rig->wall.ms, 1);
    s->officers[0] = &rig->peer->officer[FIXTURE_DUTY];
    s->officers[1] = &rig->peer->officer[FIXTURE_HEAD];
    s->node_signer = &rig->peer->node_signer;
    s->slot = my_prekey(rig);
    Comity__Header *h = &s->header;
    h->version = 1;
    h->kind = KIND_LETTER;
    h->lane = LANE_URGENT;
    h->network = copy_of(rig, rig->fixture->network.bytes, 32);
    h->from = text_make(rig->arena, "XA/poc");
    h->to = text_make(rig->arena, "XB/poc");
    h->from_key = copy_of(rig, rig->peer->node_signer.key.bytes, 32);
    h->roster = 1;
    h->created_ms = rig->wall.ms;
    h->expires_ms = rig->wall.ms + MS_PER_DAY;
    h->incarnation = 1;
    h->seq = seq;
    Comity__Context *c = &s->context;
    c->version = 1;
    c->kind = KIND_LETTER;
    c->network = h->network;
    c->from = h->from;
    c->to = h->to;
    c->case_seq = case_seq;
    c->signed_ms = rig->wall.ms;
    c->roster = 1;
    c->roster_hash = copy_of(rig, roster_hash(rig->fixture->roster)->bytes, 32);
    c->n_signer = kind == LETTER_REFUSED ? 2 : 1;
    c->signer = arena_zero(rig->arena, 3, sizeof *c->signer);
    c->signer[0] = copy_of(rig, s->officers[0]->key.bytes, 32);
    c->signer[1] = copy_of(rig, s->officers[1]->key.bytes, 32);
    if (previous != NULL) {
        if (seq > 1) {
            h->prev = copy_of(rig, previous->id.digest.bytes, 32);
        }
        c->case_id = previous->context.case_id;
        if (case_seq > 1) {
            c->case_prev = copy_of(rig, previous->letter_id.digest.bytes, 32);
        }
    } else {
        draw(rig, s->case_id.bytes, 16);
        c->case_id = copy_of(rig, s->case_id.bytes, 16);
    }
    memcpy(s->case_id.bytes, c->case_id.data, 16);
}

void rig_seal_inner(struct rig *rig, struct sample *s, struct bytes inner)
{
    struct seal_random random;
    draw(rig, (uint8_t *)&random, sizeof random);
    struct bytes header = header_pack(rig->arena, &s->header);
    ensure(seal_letter(header, inner, &s->slot, 1, &random, rig->arena, &s->sealed) == SEAL_OK);
    s->id = s->sealed.id;
    ensure(sign_turn(s->node_signer, &s->id.digest, 1, rig->arena, &s->proof));
    s->bytes = envelope_encode(rig->arena, s->sealed.header, s->sealed.seal, s->sealed.body, s->proof);
    ensure(s->bytes.data != NULL);
}

void rig_seal(struct rig *rig, struct sample *s)
{
    struct bytes context = context_pack(rig->arena, &s->context);
    struct bytes letter = s->letter_bytes.size != 0 ? s->letter_bytes : letter_pack(rig->arena, s->letter);
    struct digest hash = plain_hash(letter);
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    s->letter_id.digest = labelled_digest("comity/v1/letter", parts, 2);
    ProtobufCBinaryData proofs[3];
    for (size_t i = 0; i < s->context.n_signer; i++) {
        struct bytes proof;
        ensure(sign_turn(s->officers[i], &s->letter_id.digest, 1, rig->arena, &proof));
        proofs[i] = wire_binary(proof);
    }
    Comity__Inner inner = COMITY__INNER__INIT;
    inner.context = wire_binary(context);
    inner.letter = wire_binary(letter);
    inner.n_signature = s->context.n_signer;
    inner.signature = proofs;
    if (s->gossip.n_voided != 0) {
        inner.gossip = wire_binary(gossip_pack(rig->arena, &s->gossip));
    }
    rig_seal_inner(rig, s, inner_pack(rig->arena, &inner));
}

struct bytes rig_deliver_frame(struct rig *rig, struct bytes envelope)
{
    Comity__Deliver deliver = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    deliver.tag = 77;
    deliver.accepted_ms = rig->wall.ms - 1000;
    deliver.envelope = wire_binary(envelope);
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &deliver;
    struct bytes bytes = frame_pack(rig->arena, &frame);
    ensure(bytes.data != NULL);
    return bytes;
}

void rig_deliver(struct rig *rig, struct bytes envelope)
{
    rig_say_bytes(rig, rig_deliver_frame(rig, envelope));
}

void rig_send(struct rig *rig, struct sample *s)
{
    rig_seal(rig, s);
    rig_deliver(rig, s->bytes);
}

/* --- receipts --- */

const Comity__ReceiptItem *rig_receipt(struct rig *rig, enum receipt_kind kind, const struct envelope_id *id)
{
    const Comity__Frame *frame;
    for (size_t n = 0; (frame = rig_heard(rig, COMITY__FRAME__BODY_RECEIPT, n)) != NULL; n++) {
        struct signed_receipt receipt;
        ensure(receipt_read(NULL, wire_bytes(frame->receipt->receipt), node_current_roster(rig->node),
                            rig->arena, &receipt) == REASON_NONE);
        for (size_t i = 0; i < receipt.body->n_item; i++) {
            if (receipt.body->kind == (uint32_t)kind &&
                bytes_equal(wire_bytes(receipt.body->item[i]->id), digest_bytes(&id->digest))) {
                return receipt.body->item[i];
            }
        }
    }
    return NULL;
}

struct bytes rig_make_receipt(struct rig *rig, enum receipt_kind kind, const Comity__Header *head,
                              const struct envelope_id *id, enum reason reason)
{
    const struct signer *by = kind <= RECEIPT_EXPIRED           ? &rig->fixture->broker_receipt_signer
                              : kind == RECEIPT_OPENED          ? &rig->peer->officer[FIXTURE_DUTY]
                              : strcmp(head->to, "XB/poc") == 0 ? &rig->me->node_signer
                                                                : &rig->peer->node_signer;
    struct address from, to;
    struct digest digest;
    struct bytes proof;
    const struct receipt_item item = {.id = *id,
                                      .lane = (enum lane)head->lane,
                                      .incarnation = head->incarnation,
                                      .seq = head->seq,
                                      .reason = reason};
    ensure(address_read(bytes_of_text(head->from), &from) && address_read(bytes_of_text(head->to), &to));
    struct bytes receipt = receipt_encode(kind, &rig->fixture->network, &from, &to, &by->key, 1, rig->wall,
                                          &item, 1, rig->arena, &digest);
    ensure(receipt.data != NULL && sign_turn(by, &digest, 1, rig->arena, &proof));
    return signed_receipt_encode(rig->arena, receipt, proof);
}

void rig_give_receipt(struct rig *rig, enum receipt_kind kind, const Comity__Header *head,
                      const struct envelope_id *id, enum reason reason)
{
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Accepted accepted = COMITY__ACCEPTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ProtobufCBinaryData receipt = wire_binary(rig_make_receipt(rig, kind, head, id, reason));
    if (kind == RECEIPT_ACCEPTED) {
        accepted.receipt = receipt;
        frame.body_case = COMITY__FRAME__BODY_ACCEPTED;
        frame.accepted = &accepted;
    } else {
        message.receipt = receipt;
        frame.body_case = COMITY__FRAME__BODY_RECEIPT;
        frame.receipt = &message;
    }
    rig_say(rig, &frame);
}

/* --- rosters --- */

void rig_change_roster(struct rig *rig, fixture_mutate *change, void *context)
{
    struct bytes minisigs[2];
    struct roster *next =
        fixture_next(rig->fixture, node_current_roster(rig->node), change, context, minisigs);
    take_roster(rig, roster_json(next), minisigs, 2);
    roster_free(next);
}
