/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/oracle_scene.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/store_node.h"

extern const char broker_schema[];

/* --- scene --- */

/* The tables without their demand for each column: what the oracle does not read is left out. */
static char *lenient(struct arena *arena, const char *schema)
{
    static const char demand[] = " NOT NULL";
    char *text = arena_format(arena, "%s", schema);
    assert_non_null(text);
    for (char *at = strstr(text, demand); at != NULL; at = strstr(at + 1, demand)) {
        if (memcmp(at - 2, "IS", 2) != 0) { /* that is the condition of an index */
            memset(at, ' ', strlen(demand));
        }
    }
    return text;
}

static void open_store(struct scene *s, size_t actor)
{
    static const char *const names[] = {"oracle-hub", "oracle-xa", "oracle-xb"};
    struct error error = {.text = ""};
    s->disks[actor] = disk_new(names[actor], actor + 1);
    const struct store_options options = {
        .path = "/store.db",
        .vfs = names[actor],
        .schema = lenient(s->kit.arena, actor == HUB ? broker_schema : node_schema),
        .version = 1,
        .page_bytes = 4096};
    if (store_open(&s->stores[actor], &options, &error) != STORE_OK) {
        fail_msg("%s", error.text);
    }
    store_begin(s->stores[actor]);
}

int scene_open(void **state)
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

int scene_close(void **state)
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

uint64_t scene_tick(struct scene *s)
{
    return ++s->now_us;
}

void scene_close_stores(struct scene *s)
{
    for (size_t actor = 0; actor < ACTORS; actor++) {
        if (s->stores[actor] != NULL && store_commit(s->stores[actor]) != STORE_OK) {
            fail_msg("%s", store_error(s->stores[actor]));
        }
        store_close(s->stores[actor]);
        s->stores[actor] = NULL;
    }
}

void scene_finish(struct scene *s)
{
    static const struct oracle_store stores[] = {
        {"oracle-hub", "/store.db"}, {"oracle-xa", "/store.db"}, {"oracle-xb", "/store.db"}};
    scene_close_stores(s);
    oracle_finish(s->oracle, scene_tick(s), stores);
}

void scene_heal(struct scene *s, uint64_t healed_ms, uint64_t then_ms)
{
    oracle_healed(s->oracle, scene_tick(s), healed_ms);
    s->now_us += then_ms * 1000;
}

void scene_expect_good(const struct scene *s)
{
    const struct oracle_verdict *verdict = oracle_verdict(s->oracle);
    if (verdict != NULL) {
        fail_msg("%s: %s", verdict->invariant, verdict->text);
    }
}

void scene_expect_broken(const struct scene *s, const char *invariant, const char *part)
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

ProtobufCBinaryData scene_binary(const void *data, size_t size)
{
    return wire_binary(bytes_of(data, size));
}

void scene_say(struct scene *s, size_t party, bool to_broker, const Comity__Frame *frame)
{
    oracle_said(s->oracle, scene_tick(s), party, to_broker, kit_pack(s->kit.arena, &frame->base));
}

struct bytes scene_context(struct scene *s, const char *from, const char *to, uint32_t case_seq,
                           uint64_t signed_ms, const struct post *before)
{
    Comity__Context context = COMITY__CONTEXT__INIT;
    uint8_t case_id[16] = {0xca, 0x5e};
    ProtobufCBinaryData signer = scene_binary(s->kit.officer.key.bytes, 32);
    context.version = 1;
    context.kind = 1;
    context.network = scene_binary(s->kit.network.bytes, 32);
    context.from = (char *)(uintptr_t)from;
    context.to = (char *)(uintptr_t)to;
    context.case_id = scene_binary(case_id, sizeof case_id);
    context.case_seq = case_seq;
    if (before != NULL) {
        context.case_prev = scene_binary(before->id.digest.bytes, 32);
    }
    context.signed_ms = signed_ms;
    context.roster = 1;
    context.roster_hash = scene_binary(s->kit.network.bytes, 32);
    context.n_signer = 1;
    context.signer = &signer;
    return kit_pack(s->kit.arena, &context.base);
}

/* A letter that says only its number, as the officers would sign it. */
void scene_make_letter(struct scene *s, struct post *p, const struct post *before, const char *text)
{
    p->context = scene_context(s, "XA/poc", "XB/poc", p->seq, KIT_CREATED_MS, before);
    p->letter = arena_copy(s->kit.arena, bytes_of_text(text));
    struct digest letter_hash = plain_hash(p->letter);
    const struct bytes parts[] = {p->context, digest_bytes(&letter_hash)};
    p->id.digest = labelled_digest("comity/v1/letter", parts, 2);
}

void scene_seal(struct scene *s, struct post *p)
{
    p->envelope = kit_envelope(&s->kit, &p->header, p->letter, 1, &p->sealed);
}

struct bytes scene_receipt_at(struct scene *s, enum receipt_kind kind, const struct post *p, uint64_t at_ms,
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

struct bytes scene_receipt(struct scene *s, enum receipt_kind kind, const struct post *p)
{
    return scene_receipt_at(s, kind, p, KIT_CREATED_MS + 1000 * (uint64_t)kind, REASON_NONE);
}

/* The next letter of XA and its envelope; nothing is said of it yet. */
struct post *scene_next_post(struct scene *s)
{
    struct post *before = s->count == 0 ? NULL : &s->posts[s->count - 1];
    struct post *p = &s->posts[s->count++];
    p->seq = (uint32_t)s->count;
    p->command[0] = (uint8_t)s->count;
    scene_make_letter(s, p, before, arena_format(s->kit.arena, "letter %u", (unsigned)p->seq));
    p->header = kit_header(&s->kit);
    p->header.seq = p->seq;
    if (before != NULL) {
        p->header.prev = scene_binary(before->sealed.id.digest.bytes, 32);
    }
    scene_seal(s, p);
    p->accepted = scene_receipt(s, RECEIPT_ACCEPTED, p);
    p->delivered = scene_receipt(s, RECEIPT_DELIVERED, p);
    return p;
}

/* --- saying things --- */

void scene_tell(struct scene *s, const struct post *p)
{
    oracle_submit(s->oracle, scene_tick(s), XA, p->command, p->context, p->letter);
}

void scene_answer(struct scene *s, const struct post *p, unsigned status, const char *code)
{
    char id[65];
    json_t *json = status == 200 ? json_pack("{s:s}", "letterId", hex_write(id, digest_bytes(&p->id.digest)))
                                 : json_pack("{s:s, s:s}", "code", code, "error", code);
    oracle_answer(s->oracle, scene_tick(s), XA, p->command, status, json);
    json_decref(json);
}

void scene_submit(struct scene *s, const struct post *p)
{
    Comity__Submit message = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = p->seq;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &message;
    scene_say(s, XA, true, &frame);
}

void scene_accept(struct scene *s, struct bytes raw)
{
    Comity__Accepted message = COMITY__ACCEPTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_ACCEPTED;
    frame.accepted = &message;
    scene_say(s, XA, false, &frame);
}

void scene_deliver_at(struct scene *s, const struct post *p, size_t party, uint64_t accepted_ms)
{
    Comity__Deliver message = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.tag = p->seq;
    message.accepted_ms = accepted_ms;
    message.envelope = wire_binary(p->envelope);
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &message;
    scene_say(s, party, false, &frame);
}

void scene_deliver(struct scene *s, const struct post *p)
{
    scene_deliver_at(s, p, XB, KIT_CREATED_MS + 1000);
}

void scene_give(struct scene *s, size_t party, bool to_broker, struct bytes raw)
{
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.receipt = wire_binary(raw);
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    scene_say(s, party, to_broker, &frame);
}

void scene_settle(struct scene *s, size_t party, bool to_broker, struct bytes raw)
{
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct said_receipt read;
    assert_true(said_receipt_read(raw, &read));
    ProtobufCBinaryData digest = scene_binary(read.digest.bytes, 32);
    message.n_digest = 1;
    message.digest = &digest;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    scene_say(s, party, to_broker, &frame);
}

void scene_reject(struct scene *s, size_t party, bool to_broker, uint64_t tag, uint32_t reason,
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
    scene_say(s, party, to_broker, &frame);
}

void scene_stub(struct scene *s, const struct post *p, struct bytes expired)
{
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Deliver message = COMITY__DELIVER__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    struct digest body_hash = plain_hash(p->sealed.body);
    stub.header = wire_binary(p->sealed.header);
    stub.seal = wire_binary(p->sealed.seal);
    stub.body_hash = scene_binary(body_hash.bytes, 32);
    stub.proof = scene_binary("p", 1);
    stub.expired = wire_binary(expired);
    message.tag = 1;
    message.stub = &stub;
    frame.body_case = COMITY__FRAME__BODY_DELIVER;
    frame.deliver = &message;
    scene_say(s, XB, false, &frame);
}

void scene_settle_stub(struct scene *s, const struct post *p)
{
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ProtobufCBinaryData digest = scene_binary(p->sealed.id.digest.bytes, 32);
    message.n_digest = 1;
    message.digest = &digest;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    scene_say(s, XB, true, &frame);
}

/* --- rows --- */

void scene_row_letter(struct scene *s, size_t actor, const struct post *p, int place, int sending, int reason)
{
    static const uint8_t case_id[16] = {0xca, 0x5e};
    struct query *q =
        store_query(s->stores[actor],
                    "INSERT INTO letter(id, case_id, own, sender, recipient, case_seq, prev, context, letter,"
                    " place, sending, reason, envelope)"
                    " VALUES(?1, ?2, ?3, 'XA/poc', 'XB/poc', ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)");
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
    query_bytes(q, 11, digest_bytes(&p->sealed.id.digest));
    query_run(q);
}

void scene_row_out(struct scene *s, const struct post *p, int state, int reason)
{
    struct query *q = store_query(s->stores[XA],
                                  "INSERT INTO envelope_out(id, letter, party, lane, incarnation, seq, state,"
                                  " reason, created_ms, expires_ms, ended_ms)"
                                  " VALUES(?1, ?2, 'XB/poc', 1, ?3, ?4, ?5, ?6, ?7, ?8, ?8)");
    query_bytes(q, 1, digest_bytes(&p->sealed.id.digest));
    query_bytes(q, 2, digest_bytes(&p->id.digest));
    query_int(q, 3, p->header.incarnation);
    query_int(q, 4, p->header.seq);
    query_int(q, 5, state);
    query_int(q, 6, reason);
    query_int(q, 7, (int64_t)p->header.created_ms);
    query_int(q, 8, (int64_t)p->header.expires_ms);
    query_run(q);
}

void scene_row_in(struct scene *s, const struct post *p, int outcome, int reason, int due)
{
    struct query *q = store_query(
        s->stores[XB], "INSERT INTO envelope_in(id, party, lane, incarnation, seq, in_chain, outcome,"
                       " reason, due, letter) VALUES(?1, 'XA/poc', 1, 1, ?2, 1, ?3, ?4, ?5, ?6)");
    query_bytes(q, 1, digest_bytes(&p->sealed.id.digest));
    query_int(q, 2, p->seq);
    query_int(q, 3, outcome);
    query_int(q, 4, reason);
    query_int(q, 5, due);
    query_bytes(q, 6, digest_bytes(&p->id.digest));
    query_run(q);
}

void scene_row_receipt(struct scene *s, size_t actor, struct bytes receipt, bool settled)
{
    struct said_receipt read;
    assert_true(said_receipt_read(receipt, &read));
    struct query *q = store_query(s->stores[actor], "INSERT INTO receipt(digest, kind, own, settled, raw)"
                                                    " VALUES(?1, ?2, ?3, ?4, ?5)");
    query_bytes(q, 1, bytes_of(read.digest.bytes, 32));
    query_int(q, 2, (int64_t)read.kind);
    query_int(q, 3, actor == XB);
    query_int(q, 4, settled);
    query_bytes(q, 5, receipt);
    query_run(q);
}

void scene_row_link(struct scene *s, const struct post *p, int kinds)
{
    struct query *q = store_query(s->stores[HUB], "INSERT INTO chain_link(chain, seq, id, kinds, arrival)"
                                                  " VALUES(1, ?1, ?2, ?3, 0)");
    query_int(q, 1, p->seq);
    query_bytes(q, 2, digest_bytes(&p->sealed.id.digest));
    query_int(q, 3, kinds);
    query_run(q);
}

void scene_row_broker_receipt(struct scene *s, struct bytes receipt)
{
    struct query *q = store_query(s->stores[HUB], "INSERT INTO receipt(kind, signed) VALUES(4, ?1)");
    query_bytes(q, 1, receipt);
    query_run(q);
}

void scene_run_sql(struct scene *s, size_t actor, const char *sql)
{
    query_run(store_query_at(s->stores[actor], sql));
    assert_int_equal(store_outcome(s->stores[actor]), STORE_OK);
}

#define KINDS_ENDED (1 << RECEIPT_ACCEPTED | 1 << RECEIPT_DELIVERED)

void scene_take_step(struct scene *s, const struct post *p, enum step step)
{
    switch (step) {
    case TOLD:
        scene_tell(s, p);
        break;
    case ANSWERED:
        scene_answer(s, p, 200, NULL);
        break;
    case SUBMITTED:
        scene_submit(s, p);
        break;
    case SAY_ACCEPTED:
        scene_accept(s, p->accepted);
        break;
    case SAY_DELIVER:
        scene_deliver(s, p);
        break;
    case SAY_DELIVERED:
        scene_give(s, XB, true, p->delivered);
        break;
    case PASS_DELIVERED:
        scene_give(s, XA, false, p->delivered);
        break;
    case SETTLE_BY_HUB:
        scene_settle(s, XB, false, p->delivered);
        break;
    case SETTLE_BY_XA:
        scene_settle(s, XA, true, p->delivered);
        break;
    case ROW_LETTER_XA:
        scene_row_letter(s, XA, p, 1, 3, 0);
        break;
    case ROW_OUT:
        scene_row_out(s, p, 3, 0);
        break;
    case ROW_DELIVERED_XA:
        scene_row_receipt(s, XA, p->delivered, true);
        break;
    case ROW_LETTER_XB:
        scene_row_letter(s, XB, p, 1, 0, 0);
        break;
    case ROW_IN:
        scene_row_in(s, p, 1, 0, 0);
        break;
    case ROW_DELIVERED_XB:
        scene_row_receipt(s, XB, p->delivered, true);
        break;
    case ROW_LINK:
        scene_row_link(s, p, KINDS_ENDED);
        break;
    case ROW_ACCEPTED_HUB:
        scene_row_broker_receipt(s, p->accepted);
        break;
    case ROW_DELIVERED_HUB:
        scene_row_broker_receipt(s, p->delivered);
        break;
    case STEPS:
        break;
    }
}

struct post *scene_play(struct scene *s, uint32_t left_out)
{
    struct post *p = scene_next_post(s);
    for (int step = TOLD; step < STEPS; step++) {
        if ((left_out & WITHOUT(step)) == 0) {
            scene_take_step(s, p, (enum step)step);
        }
    }
    return p;
}
