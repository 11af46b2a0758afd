/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/broker_driver.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "keys/receipt.h"
#include "keys/seal.h"

#define TURN_BYTES  ((size_t)32 * 1024 * 1024)
#define ARENA_BYTES ((size_t)512 * 1024 * 1024)
#define BODY_BYTES  4112

static void draw(void *context, uint8_t *ret, size_t size)
{
    struct driver *driver = context;
    for (size_t i = 0; i < size; i++) {
        driver->random ^= driver->random << 13;
        driver->random ^= driver->random >> 7;
        driver->random ^= driver->random << 17;
        ret[i] = (uint8_t)driver->random;
    }
}

struct driver *driver_new(const char *vfs)
{
    ensure(sodium_init() >= 0);
    struct driver *driver = calloc(1, sizeof *driver);
    ensure(driver != NULL);
    driver->random = UINT64_C(88172645463325252);
    driver->slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    ensure(driver->slab != NULL);
    driver->fixture = fixture_new(driver->slab);
    driver->disk = disk_new(vfs, 1);
    driver->arena = arena_new(ARENA_BYTES);
    driver->turn = turn_new((struct turn_source){.random = draw, .context = driver}, TURN_BYTES);
    ensure(driver->disk != NULL && driver->arena != NULL && driver->turn != NULL);
    driver->wall = FIXTURE_NOW;
    driver->mono = (mono_ms){.ms = 1000};
    broker_options_default(&driver->options);
    driver->options.store_path = DRIVER_STORE;
    driver->options.vfs = vfs;
    driver->options.network = driver->fixture->network;
    driver->options.id = "hub";
    driver->options.receipt_signer = &driver->fixture->broker_receipt_signer;
    return driver;
}

static void open_broker(struct driver *driver)
{
    struct error error = {.text = ""};
    ensure(broker_open(&driver->broker, &driver->options, &error) == DOOR_OK);
}

void driver_open(struct driver *driver)
{
    struct fixture *f = driver->fixture;
    enum roster_outcome outcome;
    open_broker(driver);
    driver_begin(driver);
    ensure(broker_roster(driver->broker, driver->turn, f->json, f->minisig, FIXTURE_ROOTS, &outcome, NULL) ==
           DOOR_OK);
    ensure(outcome == ROSTER_OK);
    driver_end(driver);
}

void driver_free(struct driver *driver)
{
    broker_close(driver->broker);
    turn_free(driver->turn);
    disk_free(driver->disk);
    fixture_free(driver->fixture);
    slab_free(driver->slab);
    arena_free(driver->arena);
    free(driver->heard);
    free(driver);
}

/* --- turns --- */

void driver_begin(struct driver *driver)
{
    turn_begin(driver->turn, driver->wall, driver->mono);
}

static void hear(struct driver *driver, const struct said *said)
{
    if (driver->heard_count == driver->heard_room) {
        driver->heard_room = driver->heard_room == 0 ? 64 : driver->heard_room * 2;
        driver->heard = realloc(driver->heard, driver->heard_room * sizeof *driver->heard);
        ensure(driver->heard != NULL);
    }
    struct heard *heard = &driver->heard[driver->heard_count++];
    Comity__Frame *frame = NULL;
    ensure(said->kind == SAID_HANG_UP || frame_unpack(said->frame, driver->arena, &frame, NULL) == WIRE_OK);
    *heard = (struct heard){.link = said->to, .frame = frame};
}

void driver_end(struct driver *driver)
{
    size_t count = 0;
    ensure(broker_turn_end(driver->broker, driver->turn) == DOOR_OK);
    ensure(!turn_exhausted(driver->turn));
    ensure(broker_commit(driver->broker) == DOOR_OK);
    const struct said *said = turn_said(driver->turn, &count);
    for (size_t i = 0; i < count; i++) {
        hear(driver, &said[i]);
    }
}

void driver_cut(struct driver *driver)
{
    ensure(broker_turn_end(driver->broker, driver->turn) == DOOR_OK);
    disk_power_off(driver->disk);
    broker_close(driver->broker);
    disk_power_cut(driver->disk, DISK_LOSE_ALL, (struct turn_source){.random = draw, .context = driver});
    open_broker(driver);
}

void driver_restart(struct driver *driver)
{
    broker_close(driver->broker);
    open_broker(driver);
}

void driver_say_bytes(struct driver *driver, link_id link, struct bytes frame)
{
    ensure(broker_frame(driver->broker, driver->turn, link, frame) == DOOR_OK);
}

void driver_say(struct driver *driver, link_id link, const Comity__Frame *frame)
{
    struct bytes packed = frame_pack(driver->arena, frame);
    ensure(packed.data != NULL);
    driver_say_bytes(driver, link, packed);
}

link_id driver_link_up(struct driver *driver, const char *address)
{
    link_id link = {.number = ++driver->links};
    struct address party;
    ensure(address_read(bytes_of_text(address), &party));
    driver_begin(driver);
    ensure(broker_link_up(driver->broker, driver->turn, link, &party) == DOOR_OK);
    driver_end(driver);
    return link;
}

link_id driver_link(struct driver *driver, const char *address)
{
    Comity__Hello hello = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    link_id link = driver_link_up(driver, address);
    hello.version = 1;
    hello.network = wire_binary(bytes_of(driver->options.network.bytes, 32));
    hello.party = (char *)(uintptr_t)address;
    hello.software = (char *)(uintptr_t) "test";
    hello.roster = 1;
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &hello;
    driver_do(driver, link, &frame);
    return link;
}

void driver_do(struct driver *driver, link_id link, const Comity__Frame *frame)
{
    driver_begin(driver);
    driver_say(driver, link, frame);
    driver_end(driver);
}

void driver_credit(struct driver *driver, link_id link, enum lane lane, uint32_t envelopes)
{
    Comity__Credit credit = COMITY__CREDIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    credit.lane = lane;
    credit.envelopes = envelopes;
    frame.body_case = COMITY__FRAME__BODY_CREDIT;
    frame.credit = &credit;
    driver_do(driver, link, &frame);
}

void driver_tick(struct driver *driver, uint64_t ms_later)
{
    driver->wall.ms += ms_later;
    driver->mono.ms += ms_later;
    driver_begin(driver);
    ensure(broker_tick(driver->broker, driver->turn) == DOOR_OK);
    driver_end(driver);
}

void driver_settle_down(struct driver *driver)
{
    for (int i = 0; i < 1000 && broker_deadline(driver->broker).ms <= driver->mono.ms; i++) {
        driver_tick(driver, 0);
    }
}

/* --- what was heard --- */

const Comity__Frame *driver_heard(const struct driver *driver, size_t mark, link_id link, int body_case,
                                  size_t nth)
{
    for (size_t i = mark; i < driver->heard_count; i++) {
        const struct heard *heard = &driver->heard[i];
        if (heard->link.number == link.number && heard->frame != NULL &&
            (int)heard->frame->body_case == body_case && nth-- == 0) {
            return heard->frame;
        }
    }
    return NULL;
}

size_t driver_heard_count(const struct driver *driver, size_t mark, link_id link, int body_case)
{
    size_t count = 0;
    while (driver_heard(driver, mark, link, body_case, count) != NULL) {
        count++;
    }
    return count;
}

bool driver_hung_up(const struct driver *driver, size_t mark, link_id link)
{
    for (size_t i = mark; i < driver->heard_count; i++) {
        if (driver->heard[i].link.number == link.number && driver->heard[i].frame == NULL) {
            return true;
        }
    }
    return false;
}

/* --- envelopes --- */

struct sample driver_sample(const struct driver *driver, const char *from, const char *to, uint32_t seq)
{
    return (struct sample){.from = from,
                           .to = to,
                           .lane = LANE_ROUTINE,
                           .incarnation = 1,
                           .seq = seq,
                           .created_ms = driver->wall.ms,
                           .expires_ms = driver->wall.ms + MS_PER_DAY,
                           .roster = 1};
}

static struct bytes make_header(struct driver *driver, const struct sample *of, const struct public_key *key)
{
    Comity__Header header = COMITY__HEADER__INIT;
    header.version = of->version == 0 ? 1 : of->version;
    header.kind = of->kind == 0 ? KIND_LETTER : of->kind;
    header.lane = of->lane;
    header.network = wire_binary(bytes_of(driver->options.network.bytes, 32));
    header.from = (char *)(uintptr_t)of->from;
    header.to = (char *)(uintptr_t)of->to;
    header.from_key = wire_binary(bytes_of(key->bytes, 32));
    header.roster = of->roster;
    header.created_ms = of->created_ms;
    header.expires_ms = of->expires_ms;
    header.incarnation = of->incarnation;
    header.seq = of->seq;
    if (of->seq > 1) {
        header.prev = wire_binary(digest_bytes(&of->prev));
    }
    return header_pack(driver->arena, &header);
}

static struct bytes make_seal(struct driver *driver)
{
    uint8_t noise[144];
    Comity__Slot slot = COMITY__SLOT__INIT;
    Comity__Slot *slots[] = {&slot};
    Comity__Seal seal = COMITY__SEAL__INIT;
    memset(noise, 7, sizeof noise);
    seal.commit = wire_binary(bytes_of(noise, 32));
    slot.recipient_key = wire_binary(bytes_of(noise + 32, 32));
    slot.enc = wire_binary(bytes_of(noise + 64, 32));
    slot.wrapped = wire_binary(bytes_of(noise + 96, 48));
    seal.n_slot = 1;
    seal.slot = slots;
    return seal_pack(driver->arena, &seal);
}

struct made driver_make(struct driver *driver, struct sample of)
{
    const struct signer *signer =
        of.signer != NULL ? of.signer : &fixture_party(driver->fixture, of.from)->node_signer;
    uint8_t body[BODY_BYTES];
    struct bytes proof;
    memset(body, of.noise, sizeof body);
    struct bytes header = make_header(driver, &of, &signer->key);
    struct bytes seal = make_seal(driver);
    struct digest body_hash = plain_hash(bytes_of(body, sizeof body));
    struct envelope_id id = envelope_id_of(header, seal, &body_hash);
    ensure(sign_turn(signer, &id.digest, 1, driver->arena, &proof));
    struct bytes envelope = envelope_encode(driver->arena, header, seal, bytes_of(body, sizeof body), proof);
    ensure(envelope.data != NULL);
    return (struct made){.envelope = envelope, .id = id, .of = of};
}

struct made driver_after(struct driver *driver, const struct made *made)
{
    struct sample of = made->of;
    of.seq++;
    of.prev = made->id.digest;
    return driver_make(driver, of);
}

/* --- frames --- */

static void *take(struct driver *driver, size_t size)
{
    void *taken = arena_zero(driver->arena, 1, size);
    ensure(taken != NULL);
    return taken;
}

const Comity__Frame *driver_submit(struct driver *driver, uint64_t tag, const struct made *made)
{
    Comity__Submit *submit = take(driver, sizeof *submit);
    Comity__Frame *frame = take(driver, sizeof *frame);
    comity__submit__init(submit);
    comity__frame__init(frame);
    submit->tag = tag;
    submit->envelope = wire_binary(made->envelope);
    frame->body_case = COMITY__FRAME__BODY_SUBMIT;
    frame->submit = submit;
    return frame;
}

const Comity__Frame *driver_receipt(struct driver *driver, enum receipt_kind kind, const char *signer,
                                    const struct made *made, size_t count, enum reason reason,
                                    struct digest *ret_digest)
{
    const struct fixture_party *party = fixture_party(driver->fixture, signer);
    const struct signer *key = kind == RECEIPT_OPENED ? &party->officer[FIXTURE_DUTY] : &party->node_signer;
    struct receipt_item *items = take(driver, count * sizeof *items);
    struct address from;
    struct address to;
    struct digest digest;
    struct bytes proof;
    ensure(address_read(bytes_of_text(made->of.from), &from) &&
           address_read(bytes_of_text(made->of.to), &to));
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct receipt_item){.id = made[i].id,
                                         .lane = made[i].of.lane,
                                         .incarnation = made[i].of.incarnation,
                                         .seq = made[i].of.seq,
                                         .reason = reason};
    }
    struct bytes receipt = receipt_encode(kind, &driver->options.network, &from, &to, &key->key, 1,
                                          driver->wall, items, count, driver->arena, &digest);
    ensure(sign_turn(key, &digest, 1, driver->arena, &proof));
    Comity__ReceiptFrame *message = take(driver, sizeof *message);
    Comity__Frame *frame = take(driver, sizeof *frame);
    comity__receipt_frame__init(message);
    comity__frame__init(frame);
    message->receipt = wire_binary(signed_receipt_encode(driver->arena, receipt, proof));
    frame->body_case = COMITY__FRAME__BODY_RECEIPT;
    frame->receipt = message;
    if (ret_digest != NULL) {
        *ret_digest = digest;
    }
    return frame;
}

const Comity__Frame *driver_settle(struct driver *driver, const struct digest *digest)
{
    Comity__Settle *settle = take(driver, sizeof *settle);
    Comity__Frame *frame = take(driver, sizeof *frame);
    ProtobufCBinaryData *one = take(driver, sizeof *one);
    comity__settle__init(settle);
    comity__frame__init(frame);
    *one = wire_binary(arena_copy(driver->arena, digest_bytes(digest)));
    settle->n_digest = 1;
    settle->digest = one;
    frame->body_case = COMITY__FRAME__BODY_SETTLE;
    frame->settle = settle;
    return frame;
}

const Comity__Receipt *driver_read_receipt(struct driver *driver, ProtobufCBinaryData signed_receipt,
                                           struct digest *ret_digest)
{
    struct signed_receipt read;
    ensure(receipt_read(NULL, wire_bytes(signed_receipt), broker_current_roster(driver->broker),
                        driver->arena, &read) == REASON_NONE);
    if (ret_digest != NULL) {
        *ret_digest = read.digest;
    }
    return read.body;
}

struct digest driver_receipt_digest(struct driver *driver, ProtobufCBinaryData signed_receipt)
{
    struct digest digest;
    (void)driver_read_receipt(driver, signed_receipt, &digest);
    return digest;
}
