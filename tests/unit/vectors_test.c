/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tests/data/vectors/: from fixed seeds to the bytes of docs/protocol.md, so that another implementation can check itself
 * (tests/interop/envelope.t is one). The files are compared here; with COMITY_VECTORS_WRITE in the environment they are
 * written instead, which needs a decision in docs/decisions/ because it changes the wire.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "keys/prekeys.h"
#include "keys/receipt.h"
#include "tests/support/kit.h"

static char text[1 << 20];
static size_t text_size;

static void put(const char *format, ...) PRINTF_LIKE(1, 2);
static void put(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int length = vsnprintf(text + text_size, sizeof text - text_size, format, args);
    va_end(args);
    assert_true(length >= 0 && (size_t)length < sizeof text - text_size);
    text_size += (size_t)length;
}

/* "name": "hex" and what follows it. */
static void put_bytes(struct kit *kit, const char *name, struct bytes value, const char *after)
{
    char *hex = hex_new(kit->arena, value);
    assert_non_null(hex);
    put("\"%s\": \"%s\"%s", name, hex, after);
}

static void put_seed(struct kit *kit, const char *name, const char *of, const char *after)
{
    uint8_t seed[32];
    kit_fill(seed, sizeof seed, of);
    put_bytes(kit, name, bytes_of(seed, 32), after);
}

static void check_file(const char *name)
{
    static char held[sizeof text];
    const char *top = getenv("COMITY_TOP");
    char path[512];
    (void)snprintf(path, sizeof path, "%s/tests/data/vectors/%s", top == NULL ? "." : top, name);
    if (getenv("COMITY_VECTORS_WRITE") != NULL) {
        FILE *file = fopen(path, "w");
        assert_non_null(file);
        assert_int_equal(fwrite(text, 1, text_size, file), text_size);
        assert_int_equal(fclose(file), 0);
        return;
    }
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("%s cannot be read", path);
        return;
    }
    size_t size = fread(held, 1, sizeof held, file);
    (void)fclose(file);
    assert_int_equal(size, text_size);
    assert_memory_equal(held, text, text_size);
}

static int open_kit(void **state)
{
    (void)kit_setup(state);
    struct kit *kit = *state;
    kit->network = (struct network_id){{0}};
    struct digest network = plain_hash(bytes_of_text("network of the vectors"));
    memcpy(kit->network.bytes, network.bytes, 32);
    return 0;
}

static int start(void **state)
{
    (void)state;
    text_size = 0;
    return 0;
}

/* --- turns --- */

static void put_turn(struct kit *kit, size_t count)
{
    struct digest digests[64] = {{{0}}};
    struct bytes proofs[64];
    uint8_t root[32];
    for (size_t i = 0; i < count; i++) {
        uint8_t number = (uint8_t)i;
        digests[i] = plain_hash(bytes_of(&number, 1));
    }
    assert_true(sign_turn(&kit->node, digests, count, kit->arena, proofs));
    merkle_root(digests, count, root);
    put("  {");
    put_bytes(kit, "root", bytes_of(root, 32), ",\n   \"objects\": [\n");
    for (size_t i = 0; i < count; i++) {
        put("    {");
        put_bytes(kit, "digest", digest_bytes(&digests[i]), ", ");
        put_bytes(kit, "proof", proofs[i], i + 1 < count ? "},\n" : "}]}");
    }
}

static void turns(void **state)
{
    struct kit *kit = *state;
    static const size_t counts[] = {1, 2, 3, 7, 8, 21};
    put("{");
    put_seed(kit, "seed", "node of XA", ",\n ");
    put_bytes(kit, "key", bytes_of(kit->node.key.bytes, 32), ",\n \"turns\": [\n");
    for (size_t i = 0; i < 6; i++) {
        put_turn(kit, counts[i]);
        put("%s", i < 5 ? ",\n" : "]}\n");
    }
    check_file("turn.json");
}

/* --- envelopes --- */

static void put_recipients(struct kit *kit, size_t count, const struct seal_random *random)
{
    put(" \"recipients\": [\n");
    for (size_t i = 0; i < count; i++) {
        put("  {");
        put_bytes(kit, "public", bytes_of(kit->recipient[i].bytes, 32), ", ");
        put_bytes(kit, "private", bytes_of(kit->secret[i], 32), ", ");
        put_bytes(kit, "ephemeral", bytes_of(random->ephemeral[i], 32), i + 1 < count ? "},\n" : "}],\n");
    }
}

/* What an officer signs: the context beside the letter; and the Inner that holds both. */
static struct bytes inner_of(struct kit *kit, struct bytes *ret_letter_id)
{
    static char from[] = "XA/poc";
    static char to[] = "XB/poc";
    static struct letter_id id;
    struct digest case_id = plain_hash(bytes_of_text("case"));
    struct digest roster_hash = plain_hash(bytes_of_text("roster.json"));
    Comity__Context context = COMITY__CONTEXT__INIT;
    ProtobufCBinaryData signer = wire_binary(bytes_of(kit->officer.key.bytes, 32));
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = wire_binary(bytes_of(kit->network.bytes, 32));
    context.from = from;
    context.to = to;
    context.case_id = wire_binary(bytes_of(case_id.bytes, 16));
    context.case_seq = 1;
    context.signed_ms = KIT_CREATED_MS;
    context.roster = 1;
    context.roster_hash = wire_binary(digest_bytes(&roster_hash));
    context.n_signer = 1;
    context.signer = &signer;
    struct bytes context_bytes = kit_pack(kit->arena, &context.base);

    struct bytes letter = bytes_of_text("a letter");
    struct digest letter_hash = plain_hash(letter);
    const struct bytes parts[] = {context_bytes, digest_bytes(&letter_hash)};
    id.digest = labelled_digest("comity/v1/letter", parts, 2);
    *ret_letter_id = digest_bytes(&id.digest);
    struct bytes proof;
    assert_true(sign_turn(&kit->officer, &id.digest, 1, kit->arena, &proof));

    ProtobufCBinaryData signature = wire_binary(proof);
    Comity__Inner inner = COMITY__INNER__INIT;
    inner.context = wire_binary(context_bytes);
    inner.letter = wire_binary(letter);
    inner.n_signature = 1;
    inner.signature = &signature;
    return kit_pack(kit->arena, &inner.base);
}

static void put_envelope(struct kit *kit, const Comity__Header *header, struct bytes inner, size_t count)
{
    struct seal_random random = kit_random("envelope"); /* what kit_envelope() seals with */
    struct sealed sealed;
    Comity__Envelope *parts = NULL;
    struct bytes envelope = kit_envelope(kit, header, inner, count, &sealed);
    assert_int_equal(envelope_unpack(envelope, kit->arena, &parts, NULL), WIRE_OK);
    put_seed(kit, "sender_seed", "node of XA", ",\n ");
    put_bytes(kit, "from_key", bytes_of(kit->node.key.bytes, 32), ",\n ");
    put_bytes(kit, "network", bytes_of(kit->network.bytes, 32), ",\n");
    put_recipients(kit, count, &random);
    put(" ");
    put_bytes(kit, "content_key", bytes_of(random.content_key, 32), ",\n ");
    put_bytes(kit, "inner", inner, ",\n ");
    put_bytes(kit, "header", sealed.header, ",\n ");
    put_bytes(kit, "seal", sealed.seal, ",\n ");
    put_bytes(kit, "id", digest_bytes(&sealed.id.digest), ",\n ");
    put_bytes(kit, "proof", wire_bytes(parts->proof), ",\n ");
    put_bytes(kit, "envelope", envelope, "}");
}

static void envelopes(void **state)
{
    struct kit *kit = *state;
    struct bytes letter_id;
    struct bytes inner = inner_of(kit, &letter_id);
    struct digest prev = plain_hash(bytes_of_text("the envelope before"));
    struct digest exercise = plain_hash(bytes_of_text("exercise"));
    Comity__Header letter = kit_header(kit);
    Comity__Header control = kit_header(kit);
    control.kind = KIND_CONTROL;
    control.lane = LANE_BULK;
    control.roster = 300;
    control.incarnation = 2;
    control.seq = 70000;
    control.prev = wire_binary(digest_bytes(&prev));
    control.exercise = wire_binary(bytes_of(exercise.bytes, 16));

    put("[{\"about\": \"a letter for one key\",\n ");
    put_bytes(kit, "officer_key", bytes_of(kit->officer.key.bytes, 32), ",\n ");
    put_bytes(kit, "letter_id", letter_id, ",\n ");
    put_envelope(kit, &letter, inner, 1);
    put(",\n{\"about\": \"an empty inner part, every header field, three keys\",\n ");
    put_envelope(kit, &control, bytes_of(NULL, 0), 3);
    put("]\n");
    check_file("envelope.json");
}

/* --- receipts and prekeys --- */

static void receipts(void **state)
{
    struct kit *kit = *state;
    struct address from = kit_address("XA/poc");
    struct address to = kit_address("XB/poc");
    put("[");
    for (int k = RECEIPT_ACCEPTED; k <= RECEIPT_OPENED; k++) {
        enum receipt_kind kind = (enum receipt_kind)k;
        const struct signer *signer = kind <= RECEIPT_EXPIRED  ? &kit->receipt
                                      : kind == RECEIPT_OPENED ? &kit->officer
                                                               : &kit->other_node;
        struct receipt_item items[2];
        memset(items, 0, sizeof items);
        for (uint32_t i = 0; i < 2; i++) {
            items[i].id.digest = plain_hash(bytes_of_text(i == 0 ? "first" : "second"));
            items[i].lane = LANE_ROUTINE;
            items[i].incarnation = 1;
            items[i].seq = i + 1;
            items[i].through = kind == RECEIPT_DELIVERED ? 2 : 0;
            items[i].reason = kind == RECEIPT_REJECTED || kind == RECEIPT_REFUSED ? REASON_FORK : REASON_NONE;
        }
        struct digest digest;
        struct bytes proof;
        struct bytes receipt =
            receipt_encode(kind, &kit->network, &from, &to, &signer->key, 1, (wall_ms){KIT_CREATED_MS + 1000},
                           items, 2, kit->arena, &digest);
        assert_true(sign_turn(signer, &digest, 1, kit->arena, &proof));
        put("{\"kind\": \"%s\", ", receipt_kind_name((uint32_t)kind));
        put_bytes(kit, "by_key", bytes_of(signer->key.bytes, 32), ",\n  ");
        put_bytes(kit, "digest", digest_bytes(&digest), ",\n  ");
        put_bytes(kit, "signed_receipt", signed_receipt_encode(kit->arena, receipt, proof),
                  kind == RECEIPT_OPENED ? "}]\n" : "},\n ");
    }
    check_file("receipt.json");
}

static void prekeys(void **state)
{
    struct kit *kit = *state;
    struct address party = kit_address("XB/poc");
    struct public_key keys[PREKEYS_MIN];
    Comity__SignedPrekeys *outer = NULL;
    for (size_t i = 0; i < PREKEYS_MIN; i++) {
        char name[32];
        uint8_t secret[32];
        (void)snprintf(name, sizeof name, "prekey %zu", i);
        kit_fill(secret, sizeof secret, name);
        crypto_scalarmult_base(keys[i].bytes, secret);
    }
    struct bytes list = prekeys_sign(&kit->seal, &kit->network, &party, 3, (wall_ms){KIT_CREATED_MS + 5},
                                     KIT_CREATED_MS, keys, PREKEYS_MIN, kit->arena);
    assert_int_equal(signed_prekeys_unpack(list, kit->arena, &outer, NULL), WIRE_OK);
    struct bytes inner = wire_bytes(outer->list);
    struct digest digest = labelled_digest("comity/v1/prekey", &inner, 1);
    put("{");
    put_bytes(kit, "signer_key", bytes_of(kit->seal.key.bytes, 32), ",\n ");
    put_bytes(kit, "network", bytes_of(kit->network.bytes, 32), ",\n ");
    put_bytes(kit, "digest", digest_bytes(&digest), ",\n ");
    put_bytes(kit, "signed_prekeys", list, ",\n \"keys\": [\n");
    for (size_t i = 0; i < PREKEYS_MIN; i++) {
        put("  \"%s\"%s", hex_new(kit->arena, bytes_of(keys[i].bytes, 32)),
            i + 1 < PREKEYS_MIN ? ",\n" : "]}\n");
    }
    check_file("prekeys.json");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(turns, start),
        cmocka_unit_test_setup(envelopes, start),
        cmocka_unit_test_setup(receipts, start),
        cmocka_unit_test_setup(prekeys, start),
    };
    return cmocka_run_group_tests_name("vectors", tests, open_kit, kit_teardown);
}
