/* SPDX-License-Identifier: Apache-2.0 */
/* I4: what is opened is byte for byte what was sealed, from whom and for whom it says; everything else is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/kit.h"

#define SEED   UINT64_C(0x9e3779b97f4a7c15)
#define ROUNDS 300

static uint64_t xorshift(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void fill(uint64_t *state, uint8_t *ret, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ret[i] = (uint8_t)(xorshift(state) >> 32);
    }
}

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

/* One of the header's many forms. */
static Comity__Header any_header(struct kit *kit, uint64_t *random, uint8_t prev[32], uint8_t exercise[16])
{
    Comity__Header header = kit_header(kit);
    header.lane = (uint32_t)(1 + xorshift(random) % 3);
    header.kind = xorshift(random) % 2 == 0 ? KIND_LETTER : KIND_CONTROL;
    header.created_ms = CREATED_MS_MIN + xorshift(random) % (CREATED_MS_END - CREATED_MS_MIN);
    header.expires_ms = header.created_ms + LIFE_MS_MIN + xorshift(random) % (LIFE_MS_MAX - LIFE_MS_MIN);
    header.roster = 1 + xorshift(random) % 1000;
    header.incarnation = (uint32_t)(1 + xorshift(random) % 5);
    header.seq = (uint32_t)(1 + xorshift(random) % 3);
    fill(random, prev, 32);
    fill(random, exercise, 16);
    header.prev = wire_binary(bytes_of(prev, header.seq == 1 ? 0 : 32));
    header.exercise = wire_binary(bytes_of(exercise, xorshift(random) % 2 == 0 ? 0 : 16));
    return header;
}

static void any_letter_opens_for_each_of_its_recipients_and_no_other(void **state)
{
    struct kit *kit = *state;
    static uint8_t inner[20000];
    uint64_t random = SEED;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t seed = random;
        uint8_t prev[32], exercise[16];
        Comity__Header header = any_header(kit, &random, prev, exercise);
        struct seal_random fresh;
        struct sealed sealed;
        struct bytes proof;
        struct envelope e;
        size_t count = 1 + xorshift(&random) % KIT_RECIPIENTS;
        size_t first = xorshift(&random) % (KIT_RECIPIENTS - count + 1);
        struct bytes text = bytes_of(inner, xorshift(&random) % sizeof inner);
        fill(&random, inner, text.size);
        fill(&random, (uint8_t *)&fresh, sizeof fresh);
        bool good = seal_letter(kit_pack(kit->arena, &header.base), text, kit->recipient + first, count,
                                &fresh, kit->arena, &sealed) == SEAL_OK &&
                    sign_turn(&kit->node, &sealed.id.digest, 1, kit->arena, &proof) &&
                    envelope_read(envelope_encode(kit->arena, sealed.header, sealed.seal, sealed.body, proof),
                                  &kit->network, kit->arena, &e) == REASON_NONE &&
                    digest_equal(&e.id.digest, &sealed.id.digest) &&
                    proof_verify(NULL, e.proof, &e.id.digest, &e.from_key) == PROOF_OK;
        for (size_t i = 0; i < KIT_RECIPIENTS; i++) {
            struct kit_keys keys = {.kit = kit};
            struct bytes opened = bytes_of(NULL, 0);
            keys.standing[i] = SLOT_MINE;
            enum reason reason = open_envelope(&e, kit_slot_keys(&keys), kit->arena, &opened, NULL);
            bool mine = i >= first && i < first + count;
            good =
                good && reason == (mine ? REASON_NONE : REASON_SLOT) && (!mine || bytes_equal(opened, text));
        }
        if (!good) {
            fail_msg("seed %llu", (unsigned long long)seed);
        }
        arena_reset(kit->arena);
    }
}

/* Where a bit of the whole lies, told by the part that is different once it can still be read. */
struct flip {
    struct kit *kit;
    struct arena *arena;
    const struct envelope *good;
    size_t refused_early, refused_by_signature;
};

static bool opens(struct flip *flip, const struct envelope *e)
{
    struct kit_keys keys = {.kit = flip->kit, .standing = {SLOT_MINE, SLOT_MINE, SLOT_MINE}};
    struct bytes inner;
    return open_envelope(e, kit_slot_keys(&keys), flip->arena, &inner, NULL) == REASON_NONE;
}

/* True when the bent envelope is refused as it must be. */
static bool is_refused(struct flip *flip, struct bytes bent, bool check_signature)
{
    struct envelope e;
    if (envelope_read(bent, &flip->kit->network, flip->arena, &e) != REASON_NONE) {
        flip->refused_early++;
        return true;
    }
    bool same_content = bytes_equal(e.header, flip->good->header) && bytes_equal(e.seal, flip->good->seal) &&
                        bytes_equal(e.body, flip->good->body);
    if (same_content == !digest_equal(&e.id.digest, &flip->good->id.digest)) {
        return false; /* the id is that of the content and nothing else */
    }
    if ((same_content || check_signature) &&
        proof_verify(NULL, e.proof, &e.id.digest, &flip->good->from_key) != PROOF_BAD) {
        return false;
    }
    flip->refused_by_signature++;
    /* Were the signature ignored, the seal would still hold all it covers: header, itself and body. */
    return same_content || !opens(flip, &e);
}

static void each_bit_of_an_envelope_counts(void **state)
{
    struct kit *kit = *state;
    Comity__Header header = kit_header(kit);
    struct envelope good;
    struct bytes envelope = kit_envelope(kit, &header, bytes_of_text("each bit"), 2, NULL);
    assert_int_equal(envelope_read(envelope, &kit->network, kit->arena, &good), REASON_NONE);
    struct flip flip = {.kit = kit, .arena = arena_new((size_t)1 << 20), .good = &good};
    uint8_t bent[6000];
    assert_in_range(envelope.size, 4112, sizeof bent);
    memcpy(bent, envelope.data, envelope.size);
    assert_true(opens(&flip, &good));
    for (size_t bit = 0; bit < 8 * envelope.size; bit++) {
        bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
        /* A body's bits differ only in their hash, so one of each byte is shown to the signature. */
        bool in_body =
            bit / 8 > envelope.size - good.proof.size - good.body.size && bit / 8 < envelope.size - 100;
        if (!is_refused(&flip, bytes_of(bent, envelope.size), !in_body || bit % 8 == 3)) {
            fail_msg("bit %zu of %zu makes no difference", bit, 8 * envelope.size);
        }
        bent[bit / 8] ^= (uint8_t)(1u << bit % 8);
        arena_reset(flip.arena);
    }
    assert_int_equal(flip.refused_early + flip.refused_by_signature, 8 * envelope.size);
    assert_true(flip.refused_by_signature > 8 * good.body.size);
    arena_free(flip.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_letter_opens_for_each_of_its_recipients_and_no_other),
        cmocka_unit_test(each_bit_of_an_envelope_counts),
    };
    return cmocka_run_group_tests_name("sealing", tests, open_kit, close_kit);
}
