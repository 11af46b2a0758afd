/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "keys/envelope.h"
#include "tests/support/kit.h"

static int open_kit(void **state)
{
    static struct kit kit;
    kit_open(&kit);
    *state = &kit;
    return 0;
}

static int close_kit(void **state)
{
    kit_close(*state);
    return 0;
}

/* A good envelope taken apart: tests bend one thing and put it together again. */
struct parts {
    Comity__Header header;
    Comity__Seal *seal;
    Comity__Proof *proof;
    struct bytes header_bytes, seal_bytes, body, proof_bytes;
};

static struct parts good_parts(struct kit *kit)
{
    struct parts p = {.header = kit_header(kit)};
    struct sealed sealed;
    Comity__Envelope *envelope = NULL;
    struct bytes bytes = kit_envelope(kit, &p.header, bytes_of_text("inner"), 2, &sealed);
    assert_int_equal(envelope_unpack(bytes, kit->arena, &envelope, NULL), WIRE_OK);
    p.header_bytes = sealed.header;
    p.seal_bytes = sealed.seal;
    p.body = sealed.body;
    p.proof_bytes = wire_bytes(envelope->proof);
    assert_int_equal(seal_unpack(p.seal_bytes, kit->arena, &p.seal, NULL), WIRE_OK);
    assert_int_equal(proof_unpack(p.proof_bytes, kit->arena, &p.proof, NULL), WIRE_OK);
    return p;
}

static struct bytes join(struct kit *kit, const struct parts *p)
{
    Comity__Envelope envelope = COMITY__ENVELOPE__INIT;
    envelope.header = wire_binary(p->header_bytes);
    envelope.seal = wire_binary(p->seal_bytes);
    envelope.body = wire_binary(p->body);
    envelope.proof = wire_binary(p->proof_bytes);
    return kit_pack(kit->arena, &envelope.base);
}

static enum reason read_parts(struct kit *kit, const struct parts *p)
{
    struct envelope envelope;
    return envelope_read(join(kit, p), &kit->network, kit->arena, &envelope);
}

/* As kit_pack() of the bent messages. */
static enum reason read_bent(struct kit *kit, struct parts *p)
{
    p->header_bytes = kit_pack(kit->arena, &p->header.base);
    p->seal_bytes = kit_pack(kit->arena, &p->seal->base);
    p->proof_bytes = kit_pack(kit->arena, &p->proof->base);
    return read_parts(kit, p);
}

static struct bytes with_tail(struct kit *kit, struct bytes from, const char *tail, size_t size)
{
    uint8_t *to = arena_take(kit->arena, from.size + size);
    assert_non_null(to);
    memcpy(to, from.data, from.size);
    memcpy(to + from.size, tail, size);
    return bytes_of(to, from.size + size);
}

/* --- what is read --- */

static void a_good_envelope_is_read_as_it_was_made(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct envelope e;
    assert_int_equal(envelope_read(join(kit, &p), &kit->network, kit->arena, &e), REASON_NONE);
    assert_true(bytes_equal(e.header, p.header_bytes));
    assert_true(bytes_equal(e.seal, p.seal_bytes));
    assert_true(bytes_equal(e.body, p.body));
    assert_true(bytes_equal(e.proof, p.proof_bytes));
    assert_string_equal(e.chain.from.text, "XA/poc");
    assert_string_equal(e.chain.to.text, "XB/poc");
    assert_int_equal(e.chain.lane, LANE_URGENT);
    assert_int_equal(e.chain.incarnation, 1);
    assert_int_equal(e.head->seq, 1);
    assert_int_equal(e.seal_message->n_slot, 2);
    assert_true(public_key_equal(&e.from_key, &kit->node.key));
    assert_int_equal(proof_verify(NULL, e.proof, &e.id.digest, &e.from_key), PROOF_OK);
}

static void the_id_is_that_of_header_seal_and_body(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct envelope e, other;
    assert_int_equal(envelope_read(join(kit, &p), &kit->network, kit->arena, &e), REASON_NONE);
    struct digest body_hash = plain_hash(p.body);
    const struct bytes parts[] = {p.header_bytes, p.seal_bytes, digest_bytes(&body_hash)};
    struct digest expected = labelled_digest("comity/v1/env", parts, 3);
    assert_true(digest_equal(&e.id.digest, &expected));
    assert_true(digest_equal(&e.body_hash, &body_hash));

    p.proof->signature.data[0] ^= 1; /* signatures are in no id */
    assert_int_equal(read_bent(kit, &p), REASON_NONE);
    assert_int_equal(envelope_read(join(kit, &p), &kit->network, kit->arena, &other), REASON_NONE);
    assert_true(digest_equal(&e.id.digest, &other.id.digest));
}

static void a_stub_has_the_id_of_its_envelope(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct envelope e, s;
    Comity__Stub stub = COMITY__STUB__INIT;
    assert_int_equal(envelope_read(join(kit, &p), &kit->network, kit->arena, &e), REASON_NONE);
    stub.header = wire_binary(p.header_bytes);
    stub.seal = wire_binary(p.seal_bytes);
    stub.body_hash = wire_binary(digest_bytes(&e.body_hash));
    stub.proof = wire_binary(p.proof_bytes);
    assert_int_equal(stub_read(&stub, &kit->network, kit->arena, &s), REASON_NONE);
    assert_true(digest_equal(&e.id.digest, &s.id.digest));
    assert_int_equal(s.body.size, 0);
    assert_int_equal(proof_verify(NULL, s.proof, &s.id.digest, &s.from_key), PROOF_OK);

    stub.body_hash.len = 31;
    assert_int_equal(stub_read(&stub, &kit->network, kit->arena, &s), REASON_FIELD);
    stub.body_hash.len = 0;
    assert_int_equal(stub_read(&stub, &kit->network, kit->arena, &s), REASON_FIELD);
    stub.body_hash.len = 32;
    stub.header.len--;
    assert_int_equal(stub_read(&stub, &kit->network, kit->arena, &s), REASON_ENCODING);
    static uint8_t large[SEAL_BYTES_MAX + 1];
    stub.header.len++;
    stub.seal = wire_binary(bytes_of(large, sizeof large));
    assert_int_equal(stub_read(&stub, &kit->network, kit->arena, &s), REASON_SIZE);
}

/* --- check 1 --- */

static void sizes_are_the_first_check(void **state)
{
    struct kit *kit = *state;
    static uint8_t many[300000];
    static const size_t bad[] = {1,     4096,  4111,  4113,  8208,   16384,  16399,
                                 16401, 65551, 65553, 65536, 262144, 262159, 262161};
    static const size_t good[] = {4112, 16400, 65552, 262160};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct parts p = good_parts(kit);
        p.body = bytes_of(many, bad[i]);
        assert_int_equal(read_parts(kit, &p), REASON_SIZE);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct parts p = good_parts(kit);
        p.body = bytes_of(many, good[i]);
        assert_int_equal(read_parts(kit, &p), REASON_NONE);
    }
    struct parts p = good_parts(kit);
    p.header_bytes = bytes_of(many, HEADER_BYTES_MAX + 1); /* nor is it any message at all */
    assert_int_equal(read_parts(kit, &p), REASON_SIZE);
    p = good_parts(kit);
    p.seal_bytes = bytes_of(many, SEAL_BYTES_MAX + 1);
    assert_int_equal(read_parts(kit, &p), REASON_SIZE);
    p = good_parts(kit);
    p.proof_bytes = bytes_of(many, PROOF_BYTES_MAX + 1);
    assert_int_equal(read_parts(kit, &p), REASON_SIZE);
    struct envelope e;
    assert_int_equal(envelope_read(bytes_of(many, ENVELOPE_BYTES_MAX + 1), &kit->network, kit->arena, &e),
                     REASON_SIZE);
}

/* --- check 2 --- */

static void each_part_has_one_encoding(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct envelope e;
    struct bytes whole = join(kit, &p);
    assert_int_equal(envelope_read(with_tail(kit, whole, "\x2a\x01x", 3), &kit->network, kit->arena, &e),
                     REASON_ENCODING); /* field 5 */
    assert_int_equal(envelope_read(bytes_of(whole.data, whole.size - 1), &kit->network, kit->arena, &e),
                     REASON_ENCODING);
    p.header_bytes = with_tail(kit, p.header_bytes, "\x78\x01", 2); /* field 15 */
    assert_int_equal(read_parts(kit, &p), REASON_ENCODING);
    p = good_parts(kit);
    p.header_bytes = with_tail(kit, p.header_bytes, "\x72\x00", 2); /* empty exercise, said */
    assert_int_equal(read_parts(kit, &p), REASON_ENCODING);
    p = good_parts(kit);
    p.seal_bytes = with_tail(kit, p.seal_bytes, "\x0a\x00", 2); /* commit again */
    assert_int_equal(read_parts(kit, &p), REASON_ENCODING);
    p = good_parts(kit);
    p.proof_bytes = with_tail(kit, p.proof_bytes, "\x18\x00", 2); /* index 0, said */
    assert_int_equal(read_parts(kit, &p), REASON_ENCODING);
}

/* An address out of its grammar is an encoding no scanner lets through. */
static void an_address_has_its_grammar(void **state)
{
    struct kit *kit = *state;
    static char bad[][40] = {"XA",      "xa/poc",  "XA/Poc", "XA/poc ",
                             "XA/1poc", "XAB/poc", "XA/",    "XA/a0123456789012345678901234567"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct parts p = good_parts(kit);
        p.header.from = bad[i];
        assert_int_equal(read_bent(kit, &p), REASON_ENCODING);
        p = good_parts(kit);
        p.header.to = bad[i];
        assert_int_equal(read_bent(kit, &p), REASON_ENCODING);
    }
}

/* --- checks 3 and 4 --- */

static void another_version_is_known_as_such(void **state)
{
    struct kit *kit = *state;
    static const uint32_t versions[] = {0, 2, 3, 127, 128, 129, UINT32_MAX};
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++) {
        struct parts p = good_parts(kit);
        p.header.version = versions[i];
        p.header.network.len = 20; /* whatever else is different there */
        p.seal->commit.len = 16;
        assert_int_equal(read_bent(kit, &p), REASON_VERSION);
    }
}

static void field_case(struct kit *kit, const Comity__Header *header, enum reason expected)
{
    struct parts p = good_parts(kit);
    p.header = *header;
    assert_int_equal(read_bent(kit, &p), expected);
}

#define FIELD_CASE(expected, ...)                                                                            \
    do {                                                                                                     \
        Comity__Header h = kit_header(kit);                                                                  \
        __VA_ARGS__;                                                                                         \
        field_case(kit, &h, expected);                                                                       \
    } while (0)

static void each_header_field_has_its_range(void **state)
{
    struct kit *kit = *state;
    static uint8_t zeros[64];
    static char none[] = "";
    FIELD_CASE(REASON_FIELD, h.kind = 0);
    FIELD_CASE(REASON_FIELD, h.kind = KIND_CHUNK);
    FIELD_CASE(REASON_NONE, h.kind = KIND_CONTROL);
    FIELD_CASE(REASON_FIELD, h.kind = 4);
    FIELD_CASE(REASON_FIELD, h.lane = 0);
    FIELD_CASE(REASON_NONE, h.lane = LANE_BULK);
    FIELD_CASE(REASON_FIELD, h.lane = 4);
    FIELD_CASE(REASON_FIELD, h.network.len = 31);
    FIELD_CASE(REASON_FIELD, h.network.len = 0);
    FIELD_CASE(REASON_FIELD, h.from_key.len = 31);
    FIELD_CASE(REASON_FIELD, h.from_key.len = 0);
    FIELD_CASE(REASON_FIELD, h.from = none);
    FIELD_CASE(REASON_FIELD, h.to = none);
    FIELD_CASE(REASON_FIELD, h.roster = 0);
    FIELD_CASE(REASON_FIELD, h.incarnation = 0);
    FIELD_CASE(REASON_FIELD, h.seq = 0);
    FIELD_CASE(REASON_FIELD, h.seq = 2); /* without prev */
    FIELD_CASE(REASON_NONE, h.seq = 2, h.prev = wire_binary(bytes_of(zeros, 32)));
    FIELD_CASE(REASON_FIELD, h.seq = 2, h.prev = wire_binary(bytes_of(zeros, 31)));
    FIELD_CASE(REASON_FIELD, h.prev = wire_binary(bytes_of(zeros, 32))); /* number 1 with prev */
    FIELD_CASE(REASON_NONE, h.exercise = wire_binary(bytes_of(zeros, 16)));
    FIELD_CASE(REASON_FIELD, h.exercise = wire_binary(bytes_of(zeros, 15)));
}

static void times_have_their_ranges(void **state)
{
    struct kit *kit = *state;
    FIELD_CASE(REASON_FIELD, h.created_ms = 0);
    FIELD_CASE(REASON_FIELD, h.created_ms = CREATED_MS_MIN - 1, h.expires_ms = h.created_ms + LIFE_MS_MIN);
    FIELD_CASE(REASON_NONE, h.created_ms = CREATED_MS_MIN, h.expires_ms = h.created_ms + LIFE_MS_MIN);
    FIELD_CASE(REASON_NONE, h.created_ms = CREATED_MS_END - 1, h.expires_ms = h.created_ms + LIFE_MS_MAX);
    FIELD_CASE(REASON_FIELD, h.created_ms = CREATED_MS_END, h.expires_ms = h.created_ms + LIFE_MS_MIN);
    FIELD_CASE(REASON_FIELD, h.created_ms = UINT64_MAX, h.expires_ms = h.created_ms + LIFE_MS_MIN);
    FIELD_CASE(REASON_FIELD, h.expires_ms = h.created_ms + LIFE_MS_MIN - 1);
    FIELD_CASE(REASON_FIELD, h.expires_ms = h.created_ms + LIFE_MS_MAX + 1);
    FIELD_CASE(REASON_FIELD, h.expires_ms = 0);
    FIELD_CASE(REASON_FIELD, h.expires_ms = UINT64_MAX);
}

static void all_four_parts_are_there(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct bytes none = bytes_of(NULL, 0);
    p.header_bytes = none; /* nothing says that it is version 1 */
    assert_int_equal(read_parts(kit, &p), REASON_VERSION);
    p = good_parts(kit);
    p.seal_bytes = none;
    assert_int_equal(read_parts(kit, &p), REASON_FIELD);
    p = good_parts(kit);
    p.body = none;
    assert_int_equal(read_parts(kit, &p), REASON_FIELD);
    p = good_parts(kit);
    p.proof_bytes = none;
    assert_int_equal(read_parts(kit, &p), REASON_FIELD);
}

static void slots_are_one_to_eight_and_ascending(void **state)
{
    struct kit *kit = *state;
    static Comity__Slot slots[9];
    static Comity__Slot *pointers[9];
    static uint8_t keys[9][32], enc[32], wrapped[48];
    for (size_t i = 0; i < 9; i++) {
        keys[i][0] = (uint8_t)(i + 1);
        comity__slot__init(&slots[i]);
        slots[i].recipient_key = wire_binary(bytes_of(keys[i], 32));
        slots[i].enc = wire_binary(bytes_of(enc, 32));
        slots[i].wrapped = wire_binary(bytes_of(wrapped, 48));
        pointers[i] = &slots[i];
    }
    struct parts p = good_parts(kit);
    p.seal->slot = pointers;
    for (size_t count = 0; count <= 9; count++) {
        p.seal->n_slot = count;
        enum reason expected = count == 0   ? REASON_FIELD
                               : count <= 8 ? REASON_NONE
                                            : REASON_SIZE; /* 1,114 bytes */
        assert_int_equal(read_bent(kit, &p), expected);
    }
    p.seal->n_slot = 3;
    pointers[1] = &slots[2];
    pointers[2] = &slots[1];
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    pointers[2] = &slots[2]; /* twice the same */
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    pointers[1] = &slots[1];
    assert_int_equal(read_bent(kit, &p), REASON_NONE);
    slots[1].enc.len = 31;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    slots[1].enc.len = 0;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    slots[1].enc.len = 32;
    slots[2].wrapped.len = 47;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    slots[2].wrapped.len = 48;
    slots[0].recipient_key.len = 0;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    slots[0].recipient_key.len = 32;
    p.seal->commit.len = 0;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
}

static void the_proof_has_its_ranges(void **state)
{
    struct kit *kit = *state;
    static const struct {
        size_t signature, path;
        uint32_t size, index;
        enum reason reason;
    } cases[] = {
        {64, 0, 1, 0, REASON_NONE},   {63, 0, 1, 0, REASON_FIELD},   {0, 0, 1, 0, REASON_FIELD},
        {64, 0, 0, 0, REASON_FIELD},  {64, 0, 4096, 0, REASON_NONE}, {64, 0, 4097, 0, REASON_FIELD},
        {64, 0, 1, 1, REASON_FIELD},  {64, 0, 7, 7, REASON_FIELD},   {64, 0, 7, 6, REASON_NONE},
        {64, 31, 1, 0, REASON_FIELD}, {64, 384, 7, 6, REASON_NONE},  {64, 416, 7, 6, REASON_FIELD},
    };
    static uint8_t path[416];
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct parts p = good_parts(kit);
        p.proof->signature.len = cases[i].signature;
        p.proof->path = wire_binary(bytes_of(path, cases[i].path));
        p.proof->size = cases[i].size;
        p.proof->index = cases[i].index;
        assert_int_equal(read_bent(kit, &p), cases[i].reason);
    }
}

/* --- check 5 and the order of all --- */

static void another_network_is_refused(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct envelope e;
    struct network_id other = kit->network;
    other.bytes[31] ^= 1;
    assert_int_equal(envelope_read(join(kit, &p), &other, kit->arena, &e), REASON_NETWORK);
}

static void the_first_failure_answers(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    static uint8_t zeros[64];
    p.header.network = wire_binary(bytes_of(zeros, 32));
    assert_int_equal(read_bent(kit, &p), REASON_NETWORK);
    struct bytes body = p.body;
    p.body = bytes_of(NULL, 0);
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    p.body = body;
    p.proof->size = 0;
    assert_int_equal(read_bent(kit, &p), REASON_FIELD);
    p.header.version = 2;
    assert_int_equal(read_bent(kit, &p), REASON_VERSION);
    p.proof_bytes = with_tail(kit, p.proof_bytes, "\x78\x01", 2);
    assert_int_equal(read_parts(kit, &p), REASON_ENCODING);
    p.body = bytes_of(p.body.data, p.body.size - 1);
    assert_int_equal(read_parts(kit, &p), REASON_SIZE);
}

static void a_small_arena_is_a_size_refused(void **state)
{
    struct kit *kit = *state;
    struct parts p = good_parts(kit);
    struct bytes whole = join(kit, &p);
    for (size_t room = 0; room < 6000; room += 500) {
        struct envelope e;
        struct arena *small = arena_new(room);
        enum reason reason = envelope_read(whole, &kit->network, small, &e);
        assert_true(reason == REASON_SIZE || reason == REASON_ENCODING || reason == REASON_NONE);
        assert_true(room > 4500 || reason == REASON_SIZE);
        arena_free(small);
    }
}

/* --- check 11 --- */

static void a_number_is_one_envelope_and_fits_its_neighbours(void **state)
{
    struct kit *kit = *state;
    struct digest before_id, other;
    memset(before_id.bytes, 1, 32);
    memset(other.bytes, 2, 32);
    struct parts p = good_parts(kit);
    struct envelope e;
    p.header.seq = 2;
    p.header.prev = wire_binary(digest_bytes(&before_id));
    assert_int_equal(read_bent(kit, &p), REASON_NONE);
    assert_int_equal(envelope_read(join(kit, &p), &kit->network, kit->arena, &e), REASON_NONE);

    const struct chain_link unknown = {.known = false};
    const struct chain_link self = {.known = true, .id = e.id.digest};
    const struct chain_link rival = {.known = true, .id = other};
    const struct chain_link before = {.known = true, .id = before_id, .created_ms = KIT_CREATED_MS};
    const struct chain_link later = {.known = true, .id = before_id, .created_ms = KIT_CREATED_MS + 1};
    const struct chain_link wrong = {.known = true, .id = other};
    const struct chain_link after = {.known = true, .id = other, .prev = e.id.digest};
    const struct chain_link foreign = {.known = true, .id = other, .prev = other};

    assert_int_equal(chain_check(&e, &unknown, &unknown, &unknown), REASON_NONE); /* a gap fits */
    assert_int_equal(chain_check(&e, &self, &before, &after), REASON_NONE);
    assert_int_equal(chain_check(&e, &rival, &before, &after), REASON_FORK);
    assert_int_equal(chain_check(&e, &rival, &wrong, &foreign), REASON_FORK);
    assert_int_equal(chain_check(&e, &unknown, &wrong, &unknown), REASON_SEQUENCE);
    assert_int_equal(chain_check(&e, &unknown, &later, &unknown), REASON_SEQUENCE);
    assert_int_equal(chain_check(&e, &unknown, &unknown, &foreign), REASON_SEQUENCE);
    assert_int_equal(chain_check(&e, &unknown, &unknown, &after), REASON_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_good_envelope_is_read_as_it_was_made),
        cmocka_unit_test(the_id_is_that_of_header_seal_and_body),
        cmocka_unit_test(a_stub_has_the_id_of_its_envelope),
        cmocka_unit_test(sizes_are_the_first_check),
        cmocka_unit_test(each_part_has_one_encoding),
        cmocka_unit_test(an_address_has_its_grammar),
        cmocka_unit_test(another_version_is_known_as_such),
        cmocka_unit_test(each_header_field_has_its_range),
        cmocka_unit_test(times_have_their_ranges),
        cmocka_unit_test(all_four_parts_are_there),
        cmocka_unit_test(slots_are_one_to_eight_and_ascending),
        cmocka_unit_test(the_proof_has_its_ranges),
        cmocka_unit_test(another_network_is_refused),
        cmocka_unit_test(the_first_failure_answers),
        cmocka_unit_test(a_small_arena_is_a_size_refused),
        cmocka_unit_test(a_number_is_one_envelope_and_fits_its_neighbours),
    };
    return cmocka_run_group_tests_name("envelope", tests, open_kit, close_kit);
}
