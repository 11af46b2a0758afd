/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/kit.h"

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

void kit_fill(uint8_t *ret, size_t size, const char *name)
{
    assert_in_range(size, 16, 64);
    crypto_generichash(ret, size, (const uint8_t *)name, strlen(name), NULL, 0);
}

struct seal_random kit_random(const char *name)
{
    struct seal_random random;
    uint8_t seed[randombytes_SEEDBYTES];
    kit_fill(seed, sizeof seed, name);
    randombytes_buf_deterministic(&random, sizeof random, seed);
    return random;
}

struct address kit_address(const char *text)
{
    struct address ret;
    assert_true(address_read(bytes_of_text(text), &ret));
    return ret;
}

static void open_signer(struct kit *kit, struct signer *signer, const char *name)
{
    uint8_t seed[32];
    kit_fill(seed, sizeof seed, name);
    assert_true(signer_init(signer, kit->slab, seed));
}

static void open_recipients(struct kit *kit)
{
    for (size_t i = 0; i < KIT_RECIPIENTS; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "recipient %zu", i);
        kit_fill(kit->secret[i], 32, name);
    }
    for (size_t i = 0; i < KIT_RECIPIENTS; i++) {
        for (size_t j = i;; j--) {
            uint8_t key[32];
            crypto_scalarmult_base(key, kit->secret[j]);
            memcpy(kit->recipient[j].bytes, key, sizeof key);
            if (j == 0 || memcmp(kit->recipient[j - 1].bytes, key, sizeof key) < 0) {
                break;
            }
            uint8_t secret[32];
            memcpy(secret, kit->secret[j], 32);
            memcpy(kit->secret[j], kit->secret[j - 1], 32);
            memcpy(kit->secret[j - 1], secret, 32);
            kit->recipient[j] = kit->recipient[j - 1];
        }
    }
}

static const char *key_json(struct kit *kit, const char *role, const struct signer *signer, const char *more)
{
    char *text = arena_format(kit->arena,
                              "{\"role\": \"%s\", \"key\": \"%s\", \"from\": \"2025-12-01T00:00:00Z\", "
                              "\"until\": \"2026-12-01T00:00:00Z\", "
                              "\"revoked\": %s}",
                              role, hex_new(kit->arena, bytes_of(signer->key.bytes, 32)), more);
    assert_non_null(text);
    return text;
}

static void open_roster(struct kit *kit)
{
    struct signer root;
    struct minisign_key root_key = {.id = {1, 2, 3, 4, 5, 6, 7, 8}};
    char root_text[MINISIGN_KEY_TEXT];
    open_signer(kit, &root, "root");
    root_key.key = root.key;
    char *zeros = hex_new(kit->arena, bytes_of((const uint8_t[32]){0}, 32));
    char *json = arena_format(
        kit->arena,
        "{\"format\": \"comity-roster-1\", \"network\": \"%s\", \"version\": 1, \"previous\": \"%s\",\n"
        "\"issued\": \"2025-12-01T00:00:00Z\", \"expires\": \"2026-12-01T00:00:00Z\", \"grace_days\": 30,\n"
        "\"wire\": {\"min\": 1, \"max\": 1},\n"
        "\"roots\": {\"threshold\": 1, \"keys\": [{\"name\": \"root\", \"minisign\": \"%s\"}]},\n"
        "\"brokers\": [{\"id\": \"hub\", \"endpoints\": [\"tcp://127.0.0.1:7400\"], \"keys\": [%s]}],\n"
        "\"parties\": [\n"
        "{\"address\": \"XA/poc\", \"status\": \"active\", \"name\": \"Alpha\", \"contacts\": [], \"zone\": "
        "\"UTC\",\n"
        "\"languages\": [\"en\"], \"capabilities\": {}, \"quota\": {}, \"keys\": [%s, %s], \"ext\": {}},\n"
        "{\"address\": \"XB/poc\", \"status\": \"active\", \"name\": \"Beta\", \"contacts\": [], \"zone\": "
        "\"UTC\",\n"
        "\"languages\": [\"en\"], \"capabilities\": {}, \"quota\": {}, \"keys\": [%s, %s, %s], \"ext\": "
        "{}}]}\n",
        zeros, zeros, minisign_key_write(root_text, &root_key),
        key_json(kit, "receipt", &kit->receipt, "null"), key_json(kit, "node", &kit->node, "null"),
        key_json(kit, "seal", &kit->revoked, "{\"at\": \"2026-01-02T00:00:00Z\", \"reason\": \"lost\"}"),
        key_json(kit, "node", &kit->other_node, "null"), key_json(kit, "seal", &kit->seal, "null"),
        key_json(kit, "officer", &kit->officer,
                 "null, \"name\": \"duty\", \"mandate\": [], \"exercise\": false"));
    assert_non_null(json);
    struct error error = {.text = ""};
    if (roster_read(bytes_of_text(json), &kit->roster, &error) != ROSTER_OK) {
        fail_msg("roster: %s", error.text);
    }
    kit->network = roster_network(kit->roster);
    signer_done(&root);
}

void kit_open(struct kit *kit)
{
    memset(kit, 0, sizeof *kit);
    assert_true(sodium_init() >= 0);
    struct error error = {.text = ""};
    kit->slab = slab_new(16, &error);
    kit->arena = arena_new((size_t)64 * 1024 * 1024);
    assert_non_null(kit->slab);
    assert_non_null(kit->arena);
    open_signer(kit, &kit->node, "node of XA");
    open_signer(kit, &kit->other_node, "node of XB");
    open_signer(kit, &kit->officer, "officer of XB");
    open_signer(kit, &kit->seal, "seal of XB");
    open_signer(kit, &kit->receipt, "receipt of hub");
    open_signer(kit, &kit->revoked, "seal of XA");
    open_recipients(kit);
    open_roster(kit);
}

void kit_close(struct kit *kit)
{
    roster_free(kit->roster);
    slab_free(kit->slab);
    arena_free(kit->arena);
}

int kit_setup(void **state)
{
    struct kit *kit = calloc(1, sizeof *kit);
    assert_non_null(kit);
    kit_open(kit);
    *state = kit;
    return 0;
}

int kit_teardown(void **state)
{
    kit_close(*state);
    free(*state);
    return 0;
}

static ProtobufCBinaryData binary(const uint8_t *data, size_t size)
{
    return wire_binary(bytes_of(data, size));
}

Comity__Header kit_header(struct kit *kit)
{
    static char from[] = "XA/poc";
    static char to[] = "XB/poc";
    Comity__Header header = COMITY__HEADER__INIT;
    header.version = 1;
    header.kind = KIND_LETTER;
    header.lane = LANE_URGENT;
    header.network = binary(kit->network.bytes, 32);
    header.from = from;
    header.to = to;
    header.from_key = binary(kit->node.key.bytes, 32);
    header.roster = 1;
    header.created_ms = KIT_CREATED_MS;
    header.expires_ms = KIT_CREATED_MS + MS_PER_DAY;
    header.incarnation = 1;
    header.seq = 1;
    return header;
}

struct bytes kit_pack(struct arena *arena, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_take(arena, size + 1);
    assert_non_null(data);
    assert_int_equal(protobuf_c_message_pack(message, data), size);
    return bytes_of(data, size);
}

struct bytes kit_envelope(struct kit *kit, const Comity__Header *header, struct bytes inner, size_t count,
                          struct sealed *ret)
{
    struct seal_random random = kit_random("envelope");
    struct sealed sealed;
    struct bytes proof;
    assert_int_equal(seal_letter(kit_pack(kit->arena, &header->base), inner, kit->recipient, count, &random,
                                 kit->arena, &sealed),
                     SEAL_OK);
    assert_true(sign_turn(&kit->node, &sealed.id.digest, 1, kit->arena, &proof));
    struct bytes envelope = envelope_encode(kit->arena, sealed.header, sealed.seal, sealed.body, proof);
    assert_non_null(envelope.data);
    if (ret != NULL) {
        *ret = sealed;
    }
    return envelope;
}

static enum slot_key find(void *context, const struct public_key *key, uint8_t ret_secret[32])
{
    const struct kit_keys *keys = context;
    for (size_t i = 0; i < KIT_RECIPIENTS; i++) {
        if (public_key_equal(key, &keys->kit->recipient[i])) {
            if (keys->standing[i] == SLOT_MINE) {
                memcpy(ret_secret, keys->kit->secret[i], 32);
            }
            return keys->standing[i];
        }
    }
    return SLOT_NOT_MINE;
}

struct slot_keys kit_slot_keys(struct kit_keys *keys)
{
    return (struct slot_keys){.find = find, .context = keys};
}
