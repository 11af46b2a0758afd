/* SPDX-License-Identifier: Apache-2.0 */
/* The oracle is shown a short story that is right, then the same with one thing wrong in it: it must find each of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/ensure.h"
#include "base/store.h"
#include "base/text.h"
#include "drills/oracle/oracle.h"
#include "drills/oracle/said_objects.h"
#include "drills/world/disk.h"
#include "keys/receipt.h"
#include "nodes/store_node.h"
#include "tests/support/kit.h"

extern const char broker_schema[];

enum { HUB, XA, XB, ACTORS };

#define CANARY "the red bicycle"

/* One letter of XA to XB, and all that is said and kept of it. */
struct post {
    struct bytes context, letter, envelope, accepted, delivered;
    struct letter_id id;
    struct sealed sealed;
    Comity__Header header;
    uint32_t seq;
    uint8_t command[16];
};

struct scene {
    struct kit kit;
    struct oracle *oracle;
    struct disk *disks[ACTORS];
    struct store *stores[ACTORS];
    uint64_t now_us;
    struct post posts[8];
    size_t count;
};

/* What happens to a letter, in this order; a story leaves out what is in its mask. */
enum step {
    TOLD,
    ANSWERED,
    SUBMITTED,
    SAY_ACCEPTED,
    SAY_DELIVER,
    SAY_DELIVERED,
    PASS_DELIVERED,
    SETTLE_BY_HUB,
    SETTLE_BY_XA,
    ROW_LETTER_XA,
    ROW_OUT,
    ROW_DELIVERED_XA,
    ROW_LETTER_XB,
    ROW_IN,
    ROW_DELIVERED_XB,
    ROW_LINK,
    ROW_ACCEPTED_HUB,
    ROW_DELIVERED_HUB,
    STEPS
};
#define NOTHING       UINT32_C(0)
#define WITHOUT(step) (UINT32_C(1) << (step))

/* --- scene --- */

static void open_store(struct scene *s, size_t actor)
{
    static const char *const names[] = {"oracle-hub", "oracle-xa", "oracle-xb"};
    struct error error = {.text = ""};
    s->disks[actor] = disk_new(names[actor], actor + 1);
    const struct store_options options = {.path = "/store.db",
                                          .vfs = names[actor],
                                          .schema = actor == HUB ? broker_schema : node_schema,
                                          .version = 1,
                                          .page_bytes = 4096};
    if (store_open(&s->stores[actor], &options, &error) != STORE_OK) {
        fail_msg("%s", error.text);
    }
    store_begin(s->stores[actor]);
}

static int open_scene(void **state)
{
    static struct scene scene;
    memset(&scene, 0, sizeof scene);
    kit_open(&scene.kit);
    struct oracle_party parties[] = {{.address = "XA/poc"}, {.address = "XB/poc"}};
    memcpy(parties[0].node_key, scene.kit.node.key.bytes, 32);
    memcpy(parties[1].node_key, scene.kit.other_node.key.bytes, 32);
    scene.oracle = oracle_new(parties, 2, scene.kit.receipt.key.bytes);
    oracle_canary(scene.oracle, CANARY);
    for (size_t actor = 0; actor < ACTORS; actor++) {
        open_store(&scene, actor);
    }
    *state = &scene;
    return 0;
}

static int close_scene(void **state)
{
    struct scene *s = *state;
    for (size_t actor = 0; actor < ACTORS; actor++) {
        store_close(s->stores[actor]);
        disk_free(s->disks[actor]);
    }
    oracle_free(s->oracle);
    kit_close(&s->kit);
    return 0;
}

static uint64_t tick(struct scene *s)
{
    return ++s->now_us;
}

static void finish_at_once(struct scene *s)
{
    static const struct oracle_store stores[] = {
        {"oracle-hub", "/store.db"}, {"oracle-xa", "/store.db"}, {"oracle-xb", "/store.db"}};
    for (size_t actor = 0; actor < ACTORS; actor++) {
        assert_int_equal(store_commit(s->stores[actor]), STORE_OK);
        store_close(s->stores[actor]);
        s->stores[actor] = NULL;
    }
    oracle_finish(s->oracle, tick(s), stores);
}

/* When all links have been silent for long. */
static void finish(struct scene *s)
{
    s->now_us += UINT64_C(3600000000);
    finish_at_once(s);
}

static void expect_good(const struct scene *s)
{
    const struct oracle_verdict *verdict = oracle_verdict(s->oracle);
    if (verdict != NULL) {
        fail_msg("%s: %s", verdict->invariant, verdict->text);
    }
}

static void expect_broken(const struct scene *s, const char *invariant, const char *part)
{
    const struct oracle_verdict *verdict = oracle_verdict(s->oracle);
    if (verdict == NULL) {
        fail_msg("nothing was found; it should be %s: %s", invariant, part);
        return;
    }
    if (strcmp(verdict->invariant, invariant) != 0 || strstr(verdict->text, part) == NULL) {
        fail_msg("found %s: %s; it should be %s: %s", verdict->invariant, verdict->text, invariant, part);
    }
}

/* --- making things --- */

static ProtobufCBinaryData binary(const void *data, size_t size)
{
    return wire_binary(bytes_of(data, size));
}

static void say(struct scene *s, size_t party, bool to_broker, const Comity__Frame *frame)
{
    oracle_said(s->oracle, tick(s), party, to_broker, kit_pack(s->kit.arena, &frame->base));
}

/* A letter that says only its number, as the officers would sign it. */
static void make_letter(struct scene *s, struct post *p, const struct post *before, const char *text)
{
    static char from[] = "XA/poc";
    static char to[] = "XB/poc";
    Comity__Context context = COMITY__CONTEXT__INIT;
    uint8_t case_id[16] = {0xca, 0x5e};
    ProtobufCBinaryData signer = binary(s->kit.officer.key.bytes, 32);
    context.version = 1;
    context.kind = 1;
    context.network = binary(s->kit.network.bytes, 32);
    context.from = from;
    context.to = to;
    context.case_id = binary(case_id, sizeof case_id);
    context.case_seq = p->seq;
    if (before != NULL) {
        context.case_prev = binary(before->id.digest.bytes, 32);
    }
    context.signed_ms = KIT_CREATED_MS;
    context.roster = 1;
    context.roster_hash = binary(s->kit.network.bytes, 32);
    context.n_signer = 1;
    context.signer = &signer;
    p->context = kit_pack(s->kit.arena, &context.base);
    p->letter = arena_copy(s->kit.arena, bytes_of_text(text));
    struct digest letter_hash = plain_hash(p->letter);
    const struct bytes parts[] = {p->context, digest_bytes(&letter_hash)};
    p->id.digest = labelled_digest("comity/v1/letter", parts, 2);
}

static void seal(struct scene *s, struct post *p)
{
    p->envelope = kit_envelope(&s->kit, &p->header, p->letter, 1, &p->sealed);
}

static struct bytes receipt_at(struct scene *s, enum receipt_kind kind, const struct post *p, uint64_t at_ms,
                               enum reason reason)
{
    const struct signer *signer = kind <= RECEIPT_EXPIRED  ? &s->kit.receipt
                                  : kind == RECEIPT_OPENED ? &s->kit.officer
                                                           : &s->kit.other_node;
    struct address from = kit_address("XA/poc");
    struct address to = kit_address("XB/poc");
    const struct receipt_item item = {.id = p->sealed.id,
                                      .lane = LANE_URGENT,
                                      .incarnation = p->header.incarnation,
                                      .seq = p->header.seq,
                                      .reason = reason};
    struct digest digest;
    struct bytes proof;
    struct bytes body = receipt_encode(kind, &s->kit.network, &from, &to, &signer->key, 1, (wall_ms){at_ms},
                                       &item, 1, s->kit.arena, &digest);
    assert_true(sign_turn(signer, &digest, 1, s->kit.arena, &proof));
    return signed_receipt_encode(s->kit.arena, body, proof);
}

static struct bytes receipt(struct scene *s, enum receipt_kind kind, const struct post *p)
{
    return receipt_at(s, kind, p, KIT_CREATED_MS + 1000 * (uint64_t)kind, REASON_NONE);
}

/* The next letter of XA and its envelope; nothing is said of it yet. */
static struct post *next_post(struct scene *s)
{
    struct post *before = s->count == 0 ? NULL : &s->posts[s->count - 1];
    struct post *p = &s->posts[s->count++];
    p->seq = (uint32_t)s->count;
    p->command[0] = (uint8_t)s->count;
    make_letter(s, p, before, arena_format(s->kit.arena, "letter %u", (unsigned)p->seq));
    p->header = kit_header(&s->kit);
    p->header.seq = p->seq;
    if (before != NULL) {
        p->header.prev = binary(before->sealed.id.digest.bytes, 32);
    }
    seal(s, p);
    p->accepted = receipt(s, RECEIPT_ACCEPTED, p);
    p->delivered = receipt(s, RECEIPT_DELIVERED, p);
    return p;
}

/* --- saying things --- */

static void tell(struct scene *s, const struct post *p)
{
    oracle_submit(s->oracle, tick(s), XA, p->command, p->context, p->letter);
}

static void answer(struct scene *s, const struct post *p, unsigned status, const char *code)
{
    char id[65];
    json_t *json = status == 200 ? json_pack("{s:s}", "letterId", hex_write(id, digest_bytes(&p->id.digest)))
                                 : json_pack("{s:s, s:s}", "code", code, "error", code);
    oracle_answer(s->oracle, tick(s), XA, p->command, status, json);
    json_decref(json);
}

static void submit(struct scene *s, const struct post *p)
{
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = p->seq;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    say(s, XA, true, &frame);
}

static void accept(struct scene *s, struct bytes raw)
{
    Comity__Accepted message = COMITY__ACCEPTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_ACCEPTED;
    frame.accepted = &message;
    say(s, XA, false, &frame);
}

static void deliver_at(struct scene *s, const struct post *p, size_t party, uint64_t accepted_ms)
{
    Comity__Deliver message = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = p->seq;
    message.accepted_ms = accepted_ms;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &message;
    say(s, party, false, &frame);
}

static void deliver(struct scene *s, const struct post *p)
{
    deliver_at(s, p, XB, KIT_CREATED_MS + 1000);
}

static void give(struct scene *s, size_t party, bool to_broker, struct bytes raw)
{
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    say(s, party, to_broker, &frame);
}

static void settle(struct scene *s, size_t party, bool to_broker, struct bytes raw)
{
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct said_receipt read;
    assert_true(said_receipt_read(raw, &read));
    ProtobufCBinaryData digest = binary(read.digest.bytes, 32);
    message.n_digest = 1;
    message.digest = &digest;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    say(s, party, to_broker, &frame);
}

static void reject(struct scene *s, size_t party, bool to_broker, uint64_t tag, uint32_t reason,
                   bool temporary, struct bytes raw)
{
    Comity__Rejected message = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = tag;
    message.reason = reason;
    message.temporary = temporary;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &message;
    say(s, party, to_broker, &frame);
}

/* --- rows --- */

static void row_letter(struct scene *s, size_t actor, const struct post *p, int place, int sending,
                       int reason)
{
    static const uint8_t case_id[16] = {0xca, 0x5e};
    struct query *q = store_query(
        s->stores[actor],
        "INSERT INTO letter(id, case_id, own, author, sender, recipient, kind, lane, case_seq, prev, "
        "signed_ms,"
        " filed_ms, accepted_ms, delivered_ms, opened_ms, opened_here_ms, context, letter, proofs, place,"
        " sending, reason, seals, stale) VALUES(?1, ?2, ?3, 1, 'XA/poc', 'XB/poc', 1, 1, ?4, ?5, 0, 0, 0, 0, "
        "0,"
        " 0, ?6, ?7, x'', ?8, ?9, ?10, 1, 0)");
    query_bytes(q, 1, digest_bytes(&p->id.digest));
    query_bytes(q, 2, bytes_of(case_id, sizeof case_id));
    query_int(q, 3, actor == XA);
    query_int(q, 4, p->seq);
    if (p->seq > 1) {
        query_bytes(q, 5, digest_bytes(&p[-1].id.digest));
    }
    query_bytes(q, 6, p->context);
    query_bytes(q, 7, p->letter);
    query_int(q, 8, place);
    query_int(q, 9, sending);
    query_int(q, 10, reason);
    query_run(q);
}

static void row_out(struct scene *s, const struct post *p, int state, int reason)
{
    struct query *q = store_query(
        s->stores[XA],
        "INSERT INTO envelope_out(id, letter, party, lane, incarnation, seq, created_ms, expires_ms, header,"
        " seal, body, proof, state, reason, parked, said, accepted_ms, ended_ms, status, status_ms,"
        " status_before, seen_ms, here) VALUES(?1, ?2, 'XB/poc', 1, ?3, ?4, 0, 0, x'', x'', NULL, x'', ?5, "
        "?6,"
        " 0, 1, 0, 0, 0, 0, 0, 0, 0)");
    query_bytes(q, 1, digest_bytes(&p->sealed.id.digest));
    query_bytes(q, 2, digest_bytes(&p->id.digest));
    query_int(q, 3, p->header.incarnation);
    query_int(q, 4, p->header.seq);
    query_int(q, 5, state);
    query_int(q, 6, reason);
    query_run(q);
}

static void row_in(struct scene *s, const struct post *p, int outcome, int reason, int due)
{
    struct query *q = store_query(
        s->stores[XB],
        "INSERT INTO envelope_in(id, party, lane, incarnation, seq, created_ms, accepted_ms,"
        " received_ms, in_chain, outcome, reason, due, letter) VALUES(?1, 'XA/poc', 1, 1, ?2, 0, 0,"
        " 0, 1, ?3, ?4, ?5, ?6)");
    query_bytes(q, 1, digest_bytes(&p->sealed.id.digest));
    query_int(q, 2, p->seq);
    query_int(q, 3, outcome);
    query_int(q, 4, reason);
    query_int(q, 5, due);
    query_bytes(q, 6, digest_bytes(&p->id.digest));
    query_run(q);
}

static void row_receipt(struct scene *s, size_t actor, struct bytes raw, bool settled)
{
    struct said_receipt read;
    assert_true(said_receipt_read(raw, &read));
    struct query *q = store_query(s->stores[actor],
                                  "INSERT INTO receipt(digest, kind, party, own, settled, at_ms, by_key, raw)"
                                  " VALUES(?1, ?2, '', ?3, ?4, 0, x'', ?5)");
    query_bytes(q, 1, bytes_of(read.digest.bytes, 32));
    query_int(q, 2, (int64_t)read.kind);
    query_int(q, 3, actor == XB);
    query_int(q, 4, settled);
    query_bytes(q, 5, raw);
    query_run(q);
}

static void row_link(struct scene *s, const struct post *p, int kinds)
{
    struct query *q = store_query(
        s->stores[HUB], "INSERT INTO chain_link(chain, seq, id, prev, created_ms, kinds, reason, answer,"
                        " arrival) VALUES(1, ?1, ?2, x'', 0, ?3, 0, 0, 0)");
    query_int(q, 1, p->seq);
    query_bytes(q, 2, digest_bytes(&p->sealed.id.digest));
    query_int(q, 3, kinds);
    query_run(q);
}

static void row_broker_receipt(struct scene *s, struct bytes raw)
{
    struct query *q = store_query(s->stores[HUB], "INSERT INTO receipt(kind, pair, taken_ms, digest, signed)"
                                                  " VALUES(4, 1, 0, x'', ?1)");
    query_bytes(q, 1, raw);
    query_run(q);
}

static void run_sql(struct scene *s, size_t actor, const char *sql)
{
    query_run(store_query(s->stores[actor], sql));
    assert_int_equal(store_outcome(s->stores[actor]), STORE_OK);
}

#define KINDS_ENDED (1 << RECEIPT_ACCEPTED | 1 << RECEIPT_DELIVERED)

static void take_step(struct scene *s, const struct post *p, enum step step)
{
    switch (step) {
    case TOLD:
        tell(s, p);
        break;
    case ANSWERED:
        answer(s, p, 200, NULL);
        break;
    case SUBMITTED:
        submit(s, p);
        break;
    case SAY_ACCEPTED:
        accept(s, p->accepted);
        break;
    case SAY_DELIVER:
        deliver(s, p);
        break;
    case SAY_DELIVERED:
        give(s, XB, true, p->delivered);
        break;
    case PASS_DELIVERED:
        give(s, XA, false, p->delivered);
        break;
    case SETTLE_BY_HUB:
        settle(s, XB, false, p->delivered);
        break;
    case SETTLE_BY_XA:
        settle(s, XA, true, p->delivered);
        break;
    case ROW_LETTER_XA:
        row_letter(s, XA, p, 1, 3, 0);
        break;
    case ROW_OUT:
        row_out(s, p, 3, 0);
        break;
    case ROW_DELIVERED_XA:
        row_receipt(s, XA, p->delivered, true);
        break;
    case ROW_LETTER_XB:
        row_letter(s, XB, p, 1, 0, 0);
        break;
    case ROW_IN:
        row_in(s, p, 1, 0, 0);
        break;
    case ROW_DELIVERED_XB:
        row_receipt(s, XB, p->delivered, true);
        break;
    case ROW_LINK:
        row_link(s, p, KINDS_ENDED);
        break;
    case ROW_ACCEPTED_HUB:
        row_broker_receipt(s, p->accepted);
        break;
    case ROW_DELIVERED_HUB:
        row_broker_receipt(s, p->delivered);
        break;
    case STEPS:
        break;
    }
}

static struct post *play(struct scene *s, uint32_t left_out)
{
    struct post *p = next_post(s);
    for (int step = TOLD; step < STEPS; step++) {
        if ((left_out & WITHOUT(step)) == 0) {
            take_step(s, p, (enum step)step);
        }
    }
    return p;
}

/* --- what is right is found right --- */

static void a_story_that_is_right_is_right(void **state)
{
    struct scene *s = *state;
    for (int i = 0; i < 3; i++) {
        (void)play(s, NOTHING);
    }
    submit(s, &s->posts[0]);
    accept(s, s->posts[0].accepted);
    finish(s);
    expect_good(s);
    struct oracle_figures figures = oracle_figures(s->oracle);
    assert_int_equal(figures.letters, 3);
    assert_int_equal(figures.accepted, 3);
    assert_int_equal(figures.delivered, 3);
    assert_int_equal(figures.duplicates, 1);
    assert_int_equal(figures.excused, 0);
}

/* Ids and proofs that keys/ makes are those that the oracle computes, also in turns of any size. */
static void signatures_of_any_turn_hold(void **state)
{
    struct scene *s = *state;
    struct digest digests[40];
    struct bytes proofs[40];
    struct id key, digest;
    struct id_map good = {0};
    assert_true(id_from(bytes_of(s->kit.node.key.bytes, 32), &key));
    for (size_t count = 1; count <= 40; count++) {
        for (size_t i = 0; i < count; i++) {
            digests[i] = plain_hash(bytes_of(&i, sizeof i));
        }
        assert_true(sign_turn(&s->kit.node, digests, count, s->kit.arena, proofs));
        for (size_t i = 0; i < count; i++) {
            assert_true(id_from(digest_bytes(&digests[i]), &digest));
            assert_true(said_proof_holds(proofs[i], &digest, &key, &good));
            digest.bytes[0] ^= 1;
            assert_false(said_proof_holds(proofs[i], &digest, &key, &good));
        }
    }
    id_map_free(&good);
}

/* --- one step is missing --- */

static const struct missing {
    uint32_t left_out;
    const char *invariant, *part;
} missing[] = {
    {WITHOUT(TOLD) | WITHOUT(ANSWERED), "I4", "nobody submitted it"},
    {WITHOUT(SUBMITTED), "I5", "never submitted"},
    {WITHOUT(SAY_DELIVER), "I5", "never delivered it there"},
    {WITHOUT(SAY_DELIVERED), "I5", "has not said"},
    {WITHOUT(ROW_LETTER_XA), "I1", "gone at its author"},
    {WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_LETTER_XB), "I2", "answered 200"},
    {WITHOUT(ROW_OUT), "I1", "its sender does not have it"},
    {WITHOUT(ROW_DELIVERED_XA), "I1", "no receipt of its end"},
    {WITHOUT(ROW_LETTER_XB), "I1", "gone at its recipient"},
    {WITHOUT(ROW_IN), "I1", "said DELIVERED"},
    {WITHOUT(ROW_DELIVERED_XB), "I5", "does not have it"},
    {WITHOUT(ROW_LINK), "I5", "does not know it"},
    {WITHOUT(ROW_ACCEPTED_HUB), "I5", "the broker said a receipt ACCEPTED"},
};

static void each_missing_step_is_found(void **state)
{
    for (size_t i = 0; i < sizeof missing / sizeof missing[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        struct scene *s = *state;
        (void)play(s, missing[i].left_out);
        finish(s);
        expect_broken(s, missing[i].invariant, missing[i].part);
    }
}

/* A receipt that was settled and is not there is one the sender lost. */
static void a_settled_receipt_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_OUT));
    row_out(s, p, 6, REASON_EXPIRED);
    struct bytes expired = receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    give(s, XA, false, expired);
    row_receipt(s, XA, expired, true);
    row_broker_receipt(s, expired);
    finish(s);
    expect_broken(s, "I1", "XA/poc settled a receipt DELIVERED of XB/poc and does not have it");
}

static void a_broker_must_know_what_it_settled(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, WITHOUT(ROW_LINK));
    row_link(s, p, 1 << RECEIPT_ACCEPTED | 1 << RECEIPT_EXPIRED);
    finish(s);
    expect_broken(s, "I5", "the broker settled a receipt DELIVERED");
}

static void an_accepted_envelope_must_end(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, WITHOUT(SAY_DELIVER) | WITHOUT(SAY_DELIVERED) | WITHOUT(PASS_DELIVERED) |
                                 WITHOUT(SETTLE_BY_HUB) | WITHOUT(SETTLE_BY_XA) | WITHOUT(ROW_OUT) |
                                 WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_IN) |
                                 WITHOUT(ROW_DELIVERED_XB) | WITHOUT(ROW_LETTER_XA));
    row_letter(s, XA, p, 1, 2, 0);
    row_out(s, p, 2, 0);
    finish(s);
    expect_broken(s, "I1", "no receipt of its end");
}

/* --- numbers and order --- */

static void a_number_is_used_once(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    struct post other = *p;
    other.header.expires_ms += 1;
    seal(s, &other);
    submit(s, &other);
    expect_broken(s, "I2", "uses a number again");
}

/* Its broker knew the number: a node that lost its store learns that from the heads. */
static void a_restore_is_no_excuse_for_a_number_the_broker_knew(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    struct post other = *p;
    oracle_lost_after(s->oracle, tick(s), XA, 0);
    other.header.expires_ms += 1;
    seal(s, &other);
    submit(s, &other);
    expect_broken(s, "I2", "uses a number again");
}

static void a_number_that_nobody_heard_of_may_be_used_again_after_a_restore(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    struct post other = *p;
    submit(s, p);
    oracle_lost_after(s->oracle, tick(s), XA, 0);
    other.header.expires_ms += 1;
    seal(s, &other);
    submit(s, &other);
    expect_good(s);
    assert_int_equal(oracle_figures(s->oracle).excused, 1);
}

static void a_number_is_accepted_once(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    struct post other = *p;
    submit(s, p);
    accept(s, p->accepted);
    oracle_lost_after(s->oracle, tick(s), XA, 0);
    oracle_hostile(s->oracle, tick(s), XA);
    other.header.expires_ms += 1;
    seal(s, &other);
    submit(s, &other);
    expect_good(s);
    accept(s, receipt(s, RECEIPT_ACCEPTED, &other));
    expect_broken(s, "I2", "under the same number");
}

static void time_does_not_go_back_in_a_chain(void **state)
{
    struct scene *s = *state;
    submit(s, next_post(s));
    struct post *p = next_post(s);
    p->header.created_ms -= 1;
    seal(s, p);
    submit(s, p);
    expect_broken(s, "I3", "made before");
}

static void a_chain_names_what_it_follows(void **state)
{
    struct scene *s = *state;
    static const uint8_t stranger[32] = {7};
    submit(s, next_post(s));
    struct post *p = next_post(s);
    p->header.prev = binary(stranger, 32);
    seal(s, p);
    submit(s, p);
    expect_broken(s, "I3", "does not name");
}

static void a_hole_in_a_case_is_found(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    struct post *p = play(s, WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_LETTER_XA));
    row_letter(s, XA, p, 3, 4, REASON_CASE);
    row_letter(s, XB, p, 3, 0, REASON_CASE);
    (void)play(s, NOTHING);
    finish(s);
    expect_broken(s, "I3", "the one before it is not");
}

static void two_letters_under_one_number_are_found(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    struct post *p = next_post(s);
    p->seq = 1;
    make_letter(s, p, NULL, "another first letter");
    tell(s, p);
    answer(s, p, 200, NULL);
    row_letter(s, XA, p, 1, 3, 0);
    row_letter(s, XB, p, 1, 0, 0);
    finish(s);
    expect_broken(s, "I2", "under that number");
}

/* --- what is opened is what was written --- */

static void altered_bytes_are_found(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    run_sql(s, XB, "UPDATE letter SET letter = x'00'");
    finish(s);
    expect_broken(s, "I4", "not what was signed");
}

static void a_refused_submit_has_no_letter(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, WITHOUT(ANSWERED));
    answer(s, p, 422, "SIGNATURE");
    finish(s);
    expect_broken(s, "I2", "its submit was refused");
}

static void a_submit_without_an_answer_may_have_been_taken(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, WITHOUT(ANSWERED));
    oracle_answer(s->oracle, tick(s), XA, p->command, 0, NULL);
    tell(s, p);
    answer(s, p, 409, "CASE_MOVED");
    finish(s);
    expect_good(s);
}

static void the_same_command_has_the_same_answer(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    tell(s, p);
    answer(s, p, 409, "CASE_MOVED");
    expect_broken(s, "I2", "the very same one");
}

static void an_envelope_nobody_submitted_is_found(void **state)
{
    struct scene *s = *state;
    deliver(s, next_post(s));
    expect_broken(s, "I4", "nobody submitted");
}

static void an_envelope_for_another_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver_at(s, p, XA, KIT_CREATED_MS + 1000);
    expect_broken(s, "I4", "delivers XA/poc's envelope");
}

static void an_envelope_of_another_signer_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    struct bytes proof;
    assert_true(sign_turn(&s->kit.other_node, &p->sealed.id.digest, 1, s->kit.arena, &proof));
    p->envelope = envelope_encode(s->kit.arena, p->sealed.header, p->sealed.seal, p->sealed.body, proof);
    submit(s, p);
    expect_broken(s, "I4", "signature");
}

/* --- receipts are true --- */

static void a_receipt_of_the_wrong_signer_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    s->kit.receipt.key = s->kit.node.key; /* says it is the node's, and is not signed by it */
    accept(s, receipt(s, RECEIPT_ACCEPTED, p));
    expect_broken(s, "I5", "signature");
}

static void an_early_expiry_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, p->accepted);
    give(s, XA, false, receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY - 1, REASON_NONE));
    expect_broken(s, "I5", "has not passed");
}

static void accepting_what_had_expired_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE));
    expect_broken(s, "I5", "it had expired");
}

static void a_second_acceptance_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, p->accepted);
    accept(s, receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + 7, REASON_NONE));
    expect_broken(s, "I5", "second receipt");
}

static void a_restored_broker_may_accept_again(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, p->accepted);
    oracle_lost_after(s->oracle, tick(s), HUB, 0);
    submit(s, p);
    accept(s, receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS + 7, REASON_NONE));
    expect_good(s);
}

static void rejecting_what_was_accepted_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, p->accepted);
    reject(s, XA, false, 1, REASON_FORK, false,
           receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_FORK));
    expect_broken(s, "I1", "it was ACCEPTED before");
}

static void refusing_what_was_delivered_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    give(s, XB, true, receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    expect_broken(s, "I5", "it was DELIVERED before");
}

static void a_letter_held_back_may_be_refused_after_all(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    give(s, XB, true, receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_CASE));
    expect_good(s);
}

static void another_time_of_acceptance_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, p->accepted);
    deliver_at(s, p, XB, KIT_CREATED_MS + 1001);
    expect_broken(s, "I5", "another time of acceptance");
}

static void opened_needs_an_officer(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    struct bytes opened = receipt(s, RECEIPT_OPENED, p);
    oracle_opened(s->oracle, tick(s), XB, opened);
    give(s, XB, true, opened);
    expect_good(s);
    give(s, XB, true, receipt_at(s, RECEIPT_OPENED, p, KIT_CREATED_MS + 8, REASON_NONE));
    expect_broken(s, "I5", "no officer signed");
}

static void nothing_undelivered_is_opened(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    oracle_opened(s->oracle, tick(s), XB, receipt(s, RECEIPT_OPENED, p));
    expect_broken(s, "I5", "never delivered there");
}

static void a_head_nobody_said_is_found(void **state)
{
    struct scene *s = *state;
    static char to[] = "XB/poc";
    Comity__PeerHead head = COMITY__PEER_HEAD__INIT;
    Comity__PeerHead *list = &head;
    Comity__Heads message = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct post *p = play(s, NOTHING);
    head.to = to;
    head.lane = LANE_URGENT;
    head.incarnation = 1;
    head.seq = 1;
    head.id = binary(p->sealed.id.digest.bytes, 32);
    message.n_head = 1;
    message.head = &list;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &message;
    say(s, XA, false, &frame);
    expect_good(s);
    head.seq = 2;
    say(s, XA, false, &frame);
    expect_broken(s, "I5", "head");
}

/* --- secrets, reasons, ends --- */

static void a_canary_in_a_frame_is_found(void **state)
{
    struct scene *s = *state;
    Comity__Bye message = COMITY__BYE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    for (size_t shift = 0; shift < 16; shift++) { /* at any place */
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        message.text = arena_format(s->kit.arena, "%.*s" CANARY, (int)shift, "................");
        frame.body_case = COMITY__FRAME__BODY_BYE;
        frame.bye = &message;
        say(s, XA, true, &frame);
        expect_broken(s, "I7", CANARY);
    }
}

static void a_canary_in_the_brokers_database_is_found(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    run_sql(s, HUB, "INSERT INTO roster VALUES(1, CAST('x" CANARY "x' AS BLOB))");
    finish(s);
    expect_broken(s, "I7", "table roster");
}

static void a_refusal_without_a_code_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    answer(s, p, 422, "");
    expect_broken(s, "I10", "without saying why");
}

static void a_refusal_without_a_reason_is_found(void **state)
{
    struct scene *s = *state;
    reject(s, XA, false, 1, 0, true, bytes_of(NULL, 0));
    expect_broken(s, "I10", "reason 0");
}

static void a_final_refusal_without_a_receipt_is_found(void **state)
{
    struct scene *s = *state;
    reject(s, XA, false, 1, REASON_KEY, false, bytes_of(NULL, 0));
    expect_good(s);
    reject(s, XA, false, 1, REASON_REVOKED, false, bytes_of(NULL, 0));
    expect_broken(s, "I10", "reason 10");
}

static const struct waits {
    size_t actor;
    const char *sql, *invariant, *part;
} waits[] = {
    {XA, "UPDATE letter SET sending = 1", "I8", "waits to be sealed"},
    {XA, "UPDATE letter SET sending = 2", "I8", "on its way"},
    {XA, "UPDATE envelope_out SET state = 2", "I8", "still waits for its end"},
    {XA, "UPDATE envelope_out SET body = x'01'", "I8", "the word ACCEPTED"},
    {XA, "UPDATE letter SET place = 3, sending = 4", "I5", "given up at its author"},
    {XB, "UPDATE letter SET place = 2", "I8", "waits for the letter before it"},
    {XB, "UPDATE letter SET place = 3, reason = 30", "I5", "refused at its recipient"},
    {XB, "UPDATE receipt SET settled = 0", "I8", "XB/poc still owes the broker a receipt DELIVERED"},
    {XB, "UPDATE envelope_in SET due = 4", "I8", "owes a receipt"},
    {XB, "UPDATE envelope_in SET outcome = 2", "I1", "does not have it"},
    {XA, "UPDATE envelope_out SET state = 4", "I5", "without the receipt"},
    {XA,
     "INSERT INTO receipt(digest, kind, party, own, settled, at_ms, by_key, raw)"
     " VALUES(x'00', 4, '', 0, 1, 0, x'', x'0a00')",
     "I5", "that does not hold"},
    {XA,
     "INSERT INTO envelope_out SELECT 9, x'09', letter, party, lane, 1, 9, 0, 0, x'', x'', NULL, x'', 6, 0,"
     " NULL, 0, 1, 0, 0, 0, 0, 0, 0, 0 FROM envelope_out",
     "I10", "ended (state 6) for no reason"},
    {XB,
     "INSERT INTO envelope_in SELECT 9, x'09', party, lane, 1, 9, NULL, 0, 0, 0, 1, 2, 0, 0, letter, NULL "
     "FROM"
     " envelope_in",
     "I10", "refused envelope"},
    {XB,
     "UPDATE envelope_in SET letter = x'0900000000000000000000000000000000000000000000000000000000000000'",
     "I1", "and not its letter"},
    {HUB, "INSERT INTO party VALUES(2, 'XB/poc', 0)", NULL, NULL},
    {HUB, "INSERT INTO owed VALUES(2, 1)", "I8", "still owes"},
    {HUB, "INSERT INTO spool VALUES(1, 2, 1, 1, 1, 0, 0, 0, 0, 0, 0, x'', x'', NULL, NULL, NULL, NULL)", "I8",
     "waits at the broker"},
    {HUB, "UPDATE chain_link SET kinds = 2", "I1", "knows of no end"},
};

static void what_waits_at_the_end_is_named(void **state)
{
    for (size_t i = 0; i < sizeof waits / sizeof waits[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        struct scene *s = *state;
        (void)play(s, NOTHING);
        run_sql(s, waits[i].actor, waits[i].sql);
        finish(s);
        if (waits[i].part == NULL) {
            expect_good(s);
        } else {
            expect_broken(s, waits[i].invariant, waits[i].part);
        }
    }
}

/* The world may end while the word that settles a receipt is on its way. */
static void a_settlement_on_its_way_is_no_debt(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    run_sql(s, XB, "UPDATE receipt SET settled = 0");
    finish_at_once(s);
    expect_good(s);
}

static void a_letter_given_up_is_counted_and_has_a_reason(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    answer(s, p, 200, NULL);
    row_letter(s, XA, p, 3, 4, REASON_LETTER);
    finish(s);
    expect_good(s);
    assert_int_equal(oracle_figures(s->oracle).failed, 1);
}

static void a_letter_given_up_for_no_reason_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    answer(s, p, 200, NULL);
    row_letter(s, XA, p, 3, 4, 0);
    finish(s);
    expect_broken(s, "I10", "for no reason");
}

/* --- losses --- */

static void what_one_side_has_is_brought_back(void **state)
{
    struct scene *s = *state;
    (void)play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    oracle_lost_after(s->oracle, tick(s), XA, 0);
    finish(s);
    expect_broken(s, "I1", "gone at its author");
}

static void where_nothing_is_brought_back_a_loss_excuses(void **state)
{
    struct scene *s = *state;
    (void)play(s, WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) | WITHOUT(ROW_DELIVERED_XA));
    oracle_lost_after(s->oracle, tick(s), XA, 0);
    oracle_expect_rebuild(s->oracle, false);
    finish(s);
    expect_good(s);
    assert_true(oracle_figures(s->oracle).excused >= 2);
}

static void a_loss_excuses_only_what_came_after_its_backup(void **state)
{
    struct scene *s = *state;
    (void)play(s, WITHOUT(ROW_LETTER_XB) | WITHOUT(ROW_LETTER_XA) | WITHOUT(ROW_OUT) |
                      WITHOUT(ROW_DELIVERED_XA) | WITHOUT(ROW_IN) | WITHOUT(ROW_DELIVERED_XB));
    oracle_lost_after(s->oracle, tick(s), XA, s->now_us);
    oracle_expect_rebuild(s->oracle, false);
    finish(s);
    expect_broken(s, "I1", "its sender does not have it");
}

static void an_envelope_a_broker_lost_must_end_all_the_same(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    take_step(s, p, TOLD);
    take_step(s, p, ANSWERED);
    submit(s, p);
    accept(s, p->accepted);
    oracle_lost_after(s->oracle, tick(s), HUB, 0);
    row_letter(s, XA, p, 1, 2, 0);
    row_out(s, p, 2, 0);
    finish(s);
    expect_broken(s, "I1", "no receipt of its end");
}

static void a_link_that_lies_proves_nothing(void **state)
{
    struct scene *s = *state;
    oracle_hostile(s->oracle, tick(s), XB);
    (void)play(s, WITHOUT(SAY_DELIVER));
    expect_good(s);
}

/* --- the case on both sides --- */

#define HOLD_UNTIL "2026-03-10T00:00:00Z"

static json_t *view_of(const char *text)
{
    json_error_t error;
    json_t *view = json_loads(text, 0, &error);
    if (view == NULL) {
        fail_msg("%s at %d", error.text, error.position);
    }
    return view;
}

#define LETTER(id, kind, by, seq, signed_at, effect, body)                                                   \
    "{\"id\":\"" id "\",\"letter\":\"" kind "\",\"by\":\"" by "\",\"seq\":" #seq ",\"signed\":\"" signed_at  \
    "\",\"accepted\":\"" signed_at "\",\"effect\":\"" effect "\",\"body\":" body "}"
#define REQUEST                                                                                              \
    LETTER("aa11", "REQUEST", "XA/poc", 1, "2026-01-01T00:00:00Z", "FOLDED", "{\"request\":{\"items\":[{}]}}")
#define HELD                                                                                                 \
    LETTER("bb22", "HELD", "XB/poc", 1, "2026-01-02T00:00:00Z", "FOLDED",                                    \
           "{\"held\":{\"holdUntil\":\"" HOLD_UNTIL "\"}}")
#define EXTEND                                                                                               \
    LETTER("cc33", "EXTEND", "XA/poc", 2, "2026-03-01T00:00:00Z", "FOLDED", "{\"extend\":{\"items\":[1]}}")
#define RELEASED(at, items)                                                                                  \
    LETTER("dd44", "RELEASED", "XB/poc", 2, at, "FOLDED", "{\"released\":{\"why\":\"EXPIRED\"" items "}}")
#define VIEW(letters, state, item)                                                                           \
    "{\"state\":\"" state "\",\"asks\":[],\"owed\":[],\"items\":[{\"number\":1," item                        \
    ",\"held_until\":\"" HOLD_UNTIL "\"}],\"letters\":[" letters "]}"
/* Signed by a clock that was ahead. */
#define EARLY                                                                                                \
    "{\"id\":\"dd44\",\"letter\":\"RELEASED\",\"by\":\"XB/poc\",\"seq\":2,\"signed\":"                       \
    "\"2026-03-13T00:00:00Z\",\"accepted\":\"2026-03-12T00:00:00Z\",\"effect\":\"FOLDED\",\"body\":{"        \
    "\"released\":"                                                                                          \
    "{\"why\":\"EXPIRED\"}}}"
#define IS_HELD    "\"state\":\"HELD\""
#define IS_EXPIRED "\"state\":\"ENDED\",\"result\":\"EXPIRED\""

static void show(struct scene *s, const char *q_text, const char *r_text)
{
    json_t *q = q_text == NULL ? NULL : view_of(q_text);
    json_t *r = r_text == NULL ? NULL : view_of(r_text);
    oracle_case(s->oracle, tick(s), "ca5e000000000000ca5e000000000000", XA, q, XB, r);
    json_decref(q);
    json_decref(r);
}

static void equal_views_are_equal(void **state)
{
    struct scene *s = *state;
    const char *held = VIEW(REQUEST "," HELD, "HELD", IS_HELD);
    const char *released =
        VIEW(REQUEST "," HELD "," RELEASED("2026-03-13T00:00:00Z", ""), "CLOSED", IS_EXPIRED);
    show(s, held, held);
    show(s, released, released);
    show(s, NULL, NULL);
    show(s, "{\"state\":\"SENT\",\"letters\":[]}", NULL);
    expect_good(s);
}

static const struct unlike {
    const char *q, *r, *invariant, *part;
} unlike[] = {
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST "," HELD, "CLOSED", IS_HELD), "I5", "other state"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST, "HELD", IS_HELD), "I5", "other letters"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(HELD "," REQUEST, "HELD", IS_HELD), "I5", "other id"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST "," HELD, "HELD", "\"state\":\"ASKED\""), "I5",
     "other items"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), NULL, "I5", "not to XB/poc"},
    {NULL, VIEW(REQUEST "," HELD, "HELD", IS_HELD), "I5", "not to XA/poc"},
};

static void each_difference_is_found(void **state)
{
    for (size_t i = 0; i < sizeof unlike / sizeof unlike[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        show(*state, unlike[i].q, unlike[i].r);
        expect_broken(*state, unlike[i].invariant, unlike[i].part);
    }
}

static void a_letter_on_its_way_at_the_end_is_found(void **state)
{
    struct scene *s = *state;
    show(s,
         VIEW(REQUEST "," HELD "," LETTER("ee55", "STATUS_ASK", "XA/poc", 2, "2026-01-03T00:00:00Z",
                                          "ON_ITS_WAY", "{\"statusAsk\":{}}"),
              "HELD", IS_HELD),
         VIEW(REQUEST "," HELD, "HELD", IS_HELD));
    expect_broken(s, "I8", "on its way");
}

/* The same wrong case on both sides: from the letters alone it is seen. */
static const struct wrong_alike {
    const char *view, *invariant, *part;
} wrong_alike[] = {
    {VIEW(REQUEST, "HELD", IS_HELD), "I5", "by its letters it is ASKED"},
    {VIEW(REQUEST "," HELD "," RELEASED("2026-03-12T23:59:59Z", ",\"items\":[1]"), "CLOSED", IS_EXPIRED),
     "I11", "before its date and its grace"},
    {VIEW(REQUEST "," HELD "," EARLY, "CLOSED", IS_EXPIRED), "I11", "by the broker's clock"},
    {VIEW(REQUEST "," HELD "," RELEASED("2026-03-12T23:59:59Z", ""), "CLOSED", IS_EXPIRED), "I5",
     "by its letters it is HELD"},
    {VIEW(REQUEST "," HELD "," EXTEND "," RELEASED("2026-03-14T00:00:00Z", ",\"items\":[1]"), "CLOSED",
          IS_EXPIRED),
     "I11", "while an extension was asked for"},
};

static void what_both_sides_have_wrong_is_found(void **state)
{
    for (size_t i = 0; i < sizeof wrong_alike / sizeof wrong_alike[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        show(*state, wrong_alike[i].view, wrong_alike[i].view);
        expect_broken(*state, wrong_alike[i].invariant, wrong_alike[i].part);
    }
}

/* --- the same, more closely --- */

static void an_answer_names_the_letter_that_was_handed_in(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    p->id.digest.bytes[0] ^= 1;
    answer(s, p, 200, NULL);
    expect_broken(s, "I4", "and named it");
}

static void a_node_takes_no_letter_of_another_author(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    json_t *json = json_object();
    oracle_answer(s->oracle, tick(s), XB, p->command, 200, json);
    json_decref(json);
    expect_broken(s, "I4", "XB/poc took letter");
}

static void a_node_takes_no_letter_without_a_context(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    p->context = bytes_of("x", 1);
    tell(s, p);
    answer(s, p, 200, NULL);
    expect_broken(s, "I4", "cannot be read");
}

static void what_is_signed_as_opened_is_a_receipt_of_it(void **state)
{
    struct scene *s = *state;
    struct post *p = play(s, NOTHING);
    oracle_opened(s->oracle, tick(s), XA, receipt(s, RECEIPT_OPENED, p));
    expect_broken(s, "I5", "no receipt OPENED of it");
}

static void accepting_what_comes_from_the_future_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, receipt_at(s, RECEIPT_ACCEPTED, p, KIT_CREATED_MS - 300001, REASON_NONE));
    expect_broken(s, "I5", "made in the future");
}

static void accepting_what_was_rejected_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    reject(s, XA, false, 1, REASON_REVOKED, false,
           receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_REVOKED));
    expect_good(s);
    accept(s, p->accepted);
    expect_broken(s, "I5", "it was REJECTED before");
}

static void a_time_of_acceptance_told_before_is_held_to(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver_at(s, p, XB, KIT_CREATED_MS + 1001);
    accept(s, p->accepted);
    expect_broken(s, "I5", "told another time");
}

static void a_rejection_for_what_is_not_so_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    reject(s, XA, false, 1, REASON_EXPIRED, false,
           receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_EXPIRED));
    expect_broken(s, "I10", "which is not so");
}

static void a_refusal_for_what_may_pass_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    give(s, XB, true, receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_QUOTA));
    expect_broken(s, "I10", "one to wait for");
}

static void refusing_what_never_came_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    give(s, XB, true, receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    expect_broken(s, "I5", "never delivered it there");
}

static void delivered_after_refused_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    give(s, XB, true, receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY));
    expect_good(s);
    give(s, XB, true, p->delivered);
    expect_broken(s, "I5", "it was REFUSED before");
}

static void a_receipt_is_its_givers_to_say(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    give(s, XA, true, p->delivered);
    expect_broken(s, "I5", "where it does not belong");
}

static void a_receipt_is_passed_on_only_once_it_was_said(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    give(s, XA, false, p->delivered);
    expect_broken(s, "I5", "passes on a receipt");
}

static void a_receipt_is_settled_only_once_it_was_said(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    oracle_opened(s->oracle, tick(s), XB, receipt(s, RECEIPT_OPENED, p));
    settle(s, XB, false, receipt(s, RECEIPT_OPENED, p));
    expect_broken(s, "I5", "settles a receipt OPENED");
}

static void a_node_submits_only_its_own(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = 1;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    say(s, XB, true, &frame);
    expect_broken(s, "I4", "not its own to send");
}

/* The proof is outside the id: what rots on the broker's disk must not be said. */
static void a_proof_that_rotted_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    struct bytes proof;
    submit(s, p);
    assert_true(sign_turn(&s->kit.other_node, &p->sealed.id.digest, 1, s->kit.arena, &proof));
    p->envelope = envelope_encode(s->kit.arena, p->sealed.header, p->sealed.seal, p->sealed.body, proof);
    deliver(s, p);
    expect_broken(s, "I4", "under a signature that does not hold");
}

static void say_stub(struct scene *s, const struct post *p, struct bytes expired)
{
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Deliver message = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct digest body_hash = plain_hash(p->sealed.body);
    stub.header = wire_binary(p->sealed.header);
    stub.seal = wire_binary(p->sealed.seal);
    stub.body_hash = binary(body_hash.bytes, 32);
    stub.proof = binary("p", 1);
    stub.expired = wire_binary(expired);
    message.tag = 1;
    message.stub = &stub;
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &message;
    say(s, XB, false, &frame);
}

static void a_stub_needs_its_receipt(void **state)
{
    struct scene *s = *state;
    struct post *first = next_post(s);
    submit(s, first);
    struct bytes expired = receipt_at(s, RECEIPT_EXPIRED, first, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    say_stub(s, first, expired);
    expect_good(s);
    struct post *second = next_post(s);
    submit(s, second);
    say_stub(s, second, expired);
    expect_broken(s, "I5", "without its receipt EXPIRED");
}

static void settle_stub(struct scene *s, const struct post *p)
{
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ProtobufCBinaryData digest = binary(p->sealed.id.digest.bytes, 32);
    message.n_digest = 1;
    message.digest = &digest;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    say(s, XB, true, &frame);
}

static void a_settled_stub_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    row_out(s, p, 6, REASON_EXPIRED);
    struct bytes expired = receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE);
    say_stub(s, p, expired);
    settle_stub(s, p);
    row_receipt(s, XA, expired, true);
    row_broker_receipt(s, expired);
    finish(s);
    expect_broken(s, "I1", "settled the stub");
}

static void a_refusal_must_be_kept(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    deliver(s, p);
    struct bytes refused = receipt_at(s, RECEIPT_REFUSED, p, KIT_CREATED_MS, REASON_BODY);
    give(s, XB, true, refused);
    row_out(s, p, 4, REASON_BODY);
    row_receipt(s, XA, refused, true);
    row_receipt(s, XB, refused, true);
    finish(s);
    expect_broken(s, "I5", "said REFUSED of");
}

static void an_end_needs_its_receipt(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    row_out(s, p, 6, REASON_EXPIRED);
    finish(s);
    expect_broken(s, "I5", "without the receipt that says so");
}

static void a_letter_of_others_is_found(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    tell(s, p);
    answer(s, p, 200, NULL);
    row_letter(s, XA, p, 1, 3, 0);
    row_letter(s, XB, p, 1, 0, 0);
    run_sql(s, XB, "UPDATE letter SET own = 1, sending = 3");
    finish(s);
    expect_broken(s, "I4", "belongs to others");
}

static void a_letter_that_follows_another_is_found(void **state)
{
    struct scene *s = *state;
    (void)play(s, NOTHING);
    struct post *p = next_post(s);
    struct post stranger = {.id = {.digest = {.bytes = {9}}}};
    make_letter(s, p, &stranger, "it follows a stranger");
    tell(s, p);
    answer(s, p, 200, NULL);
    row_letter(s, XA, p, 1, 3, 0);
    row_letter(s, XB, p, 1, 0, 0);
    run_sql(s, XA,
            "UPDATE letter SET prev = x'0900000000000000000000000000000000000000000000000000000000000000'"
            " WHERE case_seq = 2");
    run_sql(s, XB,
            "UPDATE letter SET prev = x'0900000000000000000000000000000000000000000000000000000000000000'"
            " WHERE case_seq = 2");
    finish(s);
    expect_broken(s, "I3", "it follows another letter");
}

static void a_database_that_cannot_be_read_is_named(void **state)
{
    struct scene *s = *state;
    run_sql(s, XB, "DROP TABLE letter");
    finish(s);
    expect_broken(s, "I1", "the database of XB/poc cannot be read");
}

static const struct none {
    size_t party;
    bool to_broker;
    size_t size;
    uint8_t frame[8];
    const char *invariant, *part;
} none[] = {
    {XA, true, 6, {0x1a, 0x04, 0x12, 0x02, 0xaa, 0xbb}, "I4", "an envelope that cannot be read"},
    {XA, false, 4, {0x22, 0x02, 0x08, 0x01}, "I4", "a receipt that cannot be read"},
    {XA, false, 6, {0x22, 0x04, 0x0a, 0x02, 0xaa, 0xbb}, "I5", "not in the form"},
    {XA, false, 4, {0x3a, 0x02, 0x08, 0x01}, "I4", "a receipt that cannot be read"},
    {XA, false, 4, {0x2a, 0x02, 0x08, 0x01}, "I4", "a refusal that cannot be read"},
    {XB, false, 6, {0x32, 0x04, 0x1a, 0x02, 0xaa, 0xbb}, "I4", "an envelope that cannot be read"},
    {XB, false, 6, {0x32, 0x04, 0x22, 0x02, 0xaa, 0xbb}, "I4", "a stub that cannot be read"},
    {XB, false, 2, {0x32, 0x00}, "I4", "a delivery that cannot be read"},
    {XB, false, 5, {0x42, 0x03, 0x0a, 0x01, 0xaa}, "I4", "a settlement that cannot be read"},
    {XB, false, 3, {0x42, 0x01, 0x0a}, "I4", "a settlement that cannot be read"},
    {XA, false, 3, {0x52, 0x01, 0x0a}, "I4", "heads that cannot be read"},
    {XA, true, 4, {0x52, 0x02, 0x10, 0x01}, "I4", "the wrong direction"},
    {XA, true, 5, {0x8a, 0x01, 0x02, 0x08, 0x1f}, "I10", "for no reason that the protocol knows"},
    {XA, true, 4, {0x9a, 0x01, 0x01, 0xff}, NULL, NULL}, /* a member that promises nothing known here */
};

static void what_a_frame_holds_has_its_form(void **state)
{
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        struct scene *s = *state;
        oracle_said(s->oracle, tick(s), none[i].party, none[i].to_broker,
                    bytes_of(none[i].frame, none[i].size));
        if (none[i].part == NULL) {
            expect_good(s);
        } else {
            expect_broken(s, none[i].invariant, none[i].part);
        }
    }
}

static void accepted_says_accepted(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    accept(s, receipt_at(s, RECEIPT_EXPIRED, p, KIT_CREATED_MS + MS_PER_DAY, REASON_NONE));
    expect_broken(s, "I4", "an Accepted");
}

static void what_is_refused_for_good_is_not_refused_for_now(void **state)
{
    struct scene *s = *state;
    struct post *p = next_post(s);
    submit(s, p);
    reject(s, XA, false, 1, REASON_REVOKED, true,
           receipt_at(s, RECEIPT_REJECTED, p, KIT_CREATED_MS, REASON_REVOKED));
    expect_broken(s, "I4", "a refusal");
}

/* --- what is found first stays --- */

static void the_first_verdict_stays(void **state)
{
    struct scene *s = *state;
    deliver(s, next_post(s));
    uint64_t at_us = s->now_us;
    reject(s, XA, false, 1, 0, true, bytes_of(NULL, 0));
    finish(s);
    expect_broken(s, "I4", "nobody submitted");
    assert_int_equal(oracle_verdict(s->oracle)->at_us, at_us);
}

/* Whatever an honest speaker says has the one form. */
static void a_frame_that_is_none_is_found(void **state)
{
    static const uint8_t frames[][6] = {
        {0x1a, 0x05, 0x09, 0x01},       /* longer than it is */
        {0x1a, 0x82, 0x00, 0x08, 0x01}, /* a length with more bytes than it needs */
        {0x18, 0x01},                   /* a number where a message stands */
        {0x7a, 0x00, 0x7a, 0x00},       /* two members */
        {0x00},
    };
    static const size_t sizes[] = {4, 5, 2, 4, 1};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        assert_int_equal(close_scene(state), 0);
        assert_int_equal(open_scene(state), 0);
        struct scene *s = *state;
        oracle_said(s->oracle, tick(s), XA, true, bytes_of(frames[i], sizes[i]));
        expect_broken(s, "I4", "cannot be read");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_scene, close_scene)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_story_that_is_right_is_right),
        TEST(signatures_of_any_turn_hold),
        TEST(each_missing_step_is_found),
        TEST(a_settled_receipt_must_be_kept),
        TEST(a_broker_must_know_what_it_settled),
        TEST(an_accepted_envelope_must_end),
        TEST(a_number_is_used_once),
        TEST(a_restore_is_no_excuse_for_a_number_the_broker_knew),
        TEST(a_number_that_nobody_heard_of_may_be_used_again_after_a_restore),
        TEST(a_number_is_accepted_once),
        TEST(time_does_not_go_back_in_a_chain),
        TEST(a_chain_names_what_it_follows),
        TEST(a_hole_in_a_case_is_found),
        TEST(two_letters_under_one_number_are_found),
        TEST(altered_bytes_are_found),
        TEST(a_refused_submit_has_no_letter),
        TEST(a_submit_without_an_answer_may_have_been_taken),
        TEST(the_same_command_has_the_same_answer),
        TEST(an_envelope_nobody_submitted_is_found),
        TEST(an_envelope_for_another_is_found),
        TEST(an_envelope_of_another_signer_is_found),
        TEST(a_receipt_of_the_wrong_signer_is_found),
        TEST(an_early_expiry_is_found),
        TEST(accepting_what_had_expired_is_found),
        TEST(a_second_acceptance_is_found),
        TEST(a_restored_broker_may_accept_again),
        TEST(rejecting_what_was_accepted_is_found),
        TEST(refusing_what_was_delivered_is_found),
        TEST(a_letter_held_back_may_be_refused_after_all),
        TEST(another_time_of_acceptance_is_found),
        TEST(opened_needs_an_officer),
        TEST(nothing_undelivered_is_opened),
        TEST(a_head_nobody_said_is_found),
        TEST(a_canary_in_a_frame_is_found),
        TEST(a_canary_in_the_brokers_database_is_found),
        TEST(a_refusal_without_a_code_is_found),
        TEST(a_refusal_without_a_reason_is_found),
        TEST(a_final_refusal_without_a_receipt_is_found),
        TEST(what_waits_at_the_end_is_named),
        TEST(a_settlement_on_its_way_is_no_debt),
        TEST(a_letter_given_up_is_counted_and_has_a_reason),
        TEST(a_letter_given_up_for_no_reason_is_found),
        TEST(what_one_side_has_is_brought_back),
        TEST(where_nothing_is_brought_back_a_loss_excuses),
        TEST(a_loss_excuses_only_what_came_after_its_backup),
        TEST(an_envelope_a_broker_lost_must_end_all_the_same),
        TEST(a_link_that_lies_proves_nothing),
        TEST(equal_views_are_equal),
        TEST(each_difference_is_found),
        TEST(a_letter_on_its_way_at_the_end_is_found),
        TEST(what_both_sides_have_wrong_is_found),
        TEST(an_answer_names_the_letter_that_was_handed_in),
        TEST(a_node_takes_no_letter_of_another_author),
        TEST(a_node_takes_no_letter_without_a_context),
        TEST(what_is_signed_as_opened_is_a_receipt_of_it),
        TEST(accepting_what_comes_from_the_future_is_found),
        TEST(accepting_what_was_rejected_is_found),
        TEST(a_time_of_acceptance_told_before_is_held_to),
        TEST(a_rejection_for_what_is_not_so_is_found),
        TEST(a_refusal_for_what_may_pass_is_found),
        TEST(refusing_what_never_came_is_found),
        TEST(delivered_after_refused_is_found),
        TEST(a_receipt_is_its_givers_to_say),
        TEST(a_receipt_is_passed_on_only_once_it_was_said),
        TEST(a_receipt_is_settled_only_once_it_was_said),
        TEST(a_node_submits_only_its_own),
        TEST(a_proof_that_rotted_is_found),
        TEST(a_stub_needs_its_receipt),
        TEST(a_settled_stub_must_be_kept),
        TEST(a_refusal_must_be_kept),
        TEST(an_end_needs_its_receipt),
        TEST(a_letter_of_others_is_found),
        TEST(a_letter_that_follows_another_is_found),
        TEST(a_database_that_cannot_be_read_is_named),
        TEST(what_a_frame_holds_has_its_form),
        TEST(accepted_says_accepted),
        TEST(what_is_refused_for_good_is_not_refused_for_now),
        TEST(the_first_verdict_stays),
        TEST(a_frame_that_is_none_is_found),
    };
    return cmocka_run_group_tests_name("oracle", tests, NULL, NULL);
}
