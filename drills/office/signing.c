/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/office/signing.h"

#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

struct bytes signing_member(struct arena *arena, const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    ensure(text != NULL);
    size_t room = strlen(text), size = 0;
    uint8_t *bytes = arena_take(arena, room + 1);
    ensure(bytes != NULL && base64_read(bytes, room, &size, bytes_of_text(text)));
    return bytes_of(bytes, size);
}

static json_t *proof_of(struct arena *arena, const struct signer *signer, const struct digest *digest)
{
    struct bytes proof;
    ensure(sign_turn(signer, digest, 1, arena, &proof));
    return json_string(base64_new(arena, proof));
}

static struct digest letter_digest(struct bytes context, struct bytes letter)
{
    struct digest hash = plain_hash(letter);
    const struct bytes parts[] = {context, digest_bytes(&hash)};
    return labelled_digest("comity/v1/letter", parts, 2);
}

json_t *signing_receipts(struct arena *arena, const struct signer *officer, const json_t *unopened)
{
    json_t *list = json_array();
    size_t index = 0;
    json_t *entry = NULL;
    json_array_foreach(unopened, index, entry)
    {
        struct bytes receipt = signing_member(arena, entry, "receipt");
        struct digest digest = labelled_digest("comity/v1/rcpt", &receipt, 1);
        json_t *object = json_pack("{s:O,s:o}", "receipt", json_object_get(entry, "receipt"), "proof",
                                   proof_of(arena, officer, &digest));
        ensure(object != NULL && json_array_append_new(list, object) == 0);
    }
    return list;
}

json_t *signing_prepare(const char *where, const char *name, const json_t *letter,
                        const struct public_key *signers, size_t count)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < count; i++) {
        char key[2 * sizeof signers[i].bytes + 1];
        hex_write(key, bytes_of(signers[i].bytes, sizeof signers[i].bytes));
        ensure(json_array_append_new(keys, json_string(key)) == 0);
    }
    json_t *body = json_pack("{s:s,s:O,s:o}", where, name, "letter", letter, "signers", keys);
    ensure(body != NULL);
    return body;
}

json_t *signing_submit(struct arena *arena, const json_t *prepared, const struct signer *const *officers,
                       size_t count, bool opens)
{
    struct digest digest =
        letter_digest(signing_member(arena, prepared, "context"), signing_member(arena, prepared, "letter"));
    json_t *proofs = json_array();
    for (size_t i = 0; i < count; i++) {
        ensure(json_array_append_new(proofs, proof_of(arena, officers[i], &digest)) == 0);
    }
    json_t *body = json_pack("{s:O,s:O,s:o}", "context", json_object_get(prepared, "context"), "letter",
                             json_object_get(prepared, "letter"), "signatures", proofs);
    ensure(body != NULL);
    if (opens) {
        json_t *opened = signing_receipts(arena, officers[0], json_object_get(prepared, "unopened"));
        ensure(json_object_set_new(body, "opened", opened) == 0);
    }
    return body;
}
