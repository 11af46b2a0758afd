/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/signed_record.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keys/sign.h"
#include "nodes/cli/elsewhere.h"
#include "nodes/cli/look.h"

#define LABEL           "comity/v1/aside"
#define PROOF_BYTES_MAX ((size_t)1024)

static bool digest_of(const struct client *client, const json_t *what, struct digest *ret)
{
    char *text = json_dumps(what, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENSURE_ASCII);
    if (text == NULL) {
        return false;
    }
    const struct bytes parts[] = {bytes_of_text(client->settings.network), bytes_of_text(text)};
    *ret = labelled_digest(LABEL, parts, sizeof parts / sizeof parts[0]);
    free(text);
    return true;
}

json_t *signed_record_new(const struct client *client, const struct officer *officer, json_t *what)
{
    struct arena *arena = client->cli->arena;
    struct digest digest;
    char key[2 * sizeof officer->signer.key.bytes + 1];
    struct bytes proof =
        digest_of(client, what, &digest) ? officer_sign(officer, &digest, arena) : bytes_of(NULL, 0);
    const char *text = proof.data == NULL ? NULL : base64_new(arena, proof);
    hex_write(key, bytes_of(officer->signer.key.bytes, sizeof officer->signer.key.bytes));
    json_t *record =
        text == NULL ? NULL : json_pack("{s:O, s:s, s:s}", "signed", what, "key", key, "proof", text);
    json_decref(what);
    return record;
}

const json_t *signed_record_what(const json_t *record)
{
    const json_t *what = json_object_get(record, "signed");
    return json_is_object(what) ? what : NULL;
}

struct bytes signed_record_proof(const struct client *client, const json_t *record)
{
    const char *text = json_string_value(json_object_get(record, "proof"));
    uint8_t *proof = arena_take(client->cli->arena, PROOF_BYTES_MAX);
    size_t size = 0;
    bool read =
        text != NULL && proof != NULL && base64_read(proof, PROOF_BYTES_MAX, &size, bytes_of_text(text));
    return read ? bytes_of(proof, size) : bytes_of(NULL, 0);
}

static bool is_text(const json_t *object, const char *name, const char *text)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value != NULL && strcmp(value, text) == 0;
}

const json_t *signed_record_key(const struct client *client, const json_t *roster, const char *key_hex)
{
    size_t i = 0;
    const json_t *key = NULL;
    json_array_foreach(own_keys(client, roster), i, key)
    {
        if (is_text(key, "role", "officer") && is_text(key, "key", key_hex)) {
            return key;
        }
    }
    return NULL;
}

static bool may_sign(const json_t *key, uint64_t at_ms)
{
    size_t i = 0;
    const json_t *word = NULL;
    bool signs = false;
    json_array_foreach(json_object_get(key, "mandate"), i, word)
    {
        const char *text = json_string_value(word);
        signs = signs || (text != NULL && strcmp(text, "sign") == 0);
    }
    return signs && look_ms(key, "from") <= at_ms && at_ms < look_ms(key, "until") &&
           json_object_get(key, "revoked") == NULL;
}

const char *signed_record_fault(const struct client *client, const json_t *roster, const json_t *record,
                                uint64_t at_ms)
{
    const struct catalogue *words = client->cli->words;
    const json_t *what = signed_record_what(record);
    const char *hex = json_string_value(json_object_get(record, "key"));
    struct bytes proof = signed_record_proof(client, record);
    struct public_key key;
    struct digest digest;
    if (what == NULL || hex == NULL || proof.data == NULL ||
        !hex_read(key.bytes, sizeof key.bytes, bytes_of_text(hex)) || !digest_of(client, what, &digest) ||
        proof_verify(NULL, proof, &digest, &key) != PROOF_OK) {
        return say(words, N_("its signature does not hold: the file was changed"));
    }
    const json_t *known = signed_record_key(client, roster, hex);
    return known == NULL            ? say(words, N_("no officer of this party signed it"))
           : may_sign(known, at_ms) ? NULL
                                    : say(words, N_("the key of the officer who signed it does not hold"));
}
