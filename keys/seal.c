/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/seal.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "keys/hpke.h"
#include "keys/sign.h"

#define KEY_BYTES     ((size_t)crypto_aead_chacha20poly1305_ietf_KEYBYTES)
#define TAG_BYTES     ((size_t)crypto_aead_chacha20poly1305_ietf_ABYTES)
#define WRAPPED_BYTES (KEY_BYTES + TAG_BYTES)
#define PAD_BYTE      0x80

/* Every AEAD key here is used for one plaintext only, so the nonce is twelve zeros (docs/protocol.md 2.1). */
static const uint8_t NONCE[crypto_aead_chacha20poly1305_ietf_NPUBBYTES] = {0};

static const size_t BUCKETS[] = {4096, 16384, 65536, 262144};
#define BUCKET_COUNT (sizeof BUCKETS / sizeof BUCKETS[0])

/* The smallest plaintext size that holds so many bytes; 0 when none does. */
static size_t bucket_of(size_t size)
{
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        if (size <= BUCKETS[i]) {
            return BUCKETS[i];
        }
    }
    return 0;
}

static struct digest commitment(const uint8_t content_key[KEY_BYTES])
{
    return labelled_mac(content_key, "comity/v1/commit", NULL, 0);
}

/* x of step 4: what binds a slot to its header and, through the commitment, to the content key. */
static struct digest slot_context(struct bytes header, struct bytes commit)
{
    const struct bytes parts[] = {header, commit};
    return labelled_digest("comity/v1/slot", parts, 2);
}

static struct bytes slot_info(void)
{
    return bytes_of_text("comity/v1/slot");
}

/* The key of the body; secret, to be wiped by the caller. */
static struct digest body_key(const uint8_t content_key[KEY_BYTES], struct bytes header, struct bytes seal)
{
    const struct bytes parts[] = {header, seal};
    return labelled_mac(content_key, "comity/v1/body", parts, 2);
}

/* --- sealing --- */

/* One slot's three byte strings. */
struct slot {
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t wrapped[WRAPPED_BYTES];
};

static bool slot_make(const struct public_key *recipient, uint8_t ephemeral[32], const struct digest *context,
                      const uint8_t content_key[KEY_BYTES], struct slot *ret)
{
    struct hpke hpke;
    uint8_t kek[KEY_BYTES];
    if (!hpke_setup_sender(&hpke, ret->enc, recipient->bytes, ephemeral, slot_info())) {
        return false;
    }
    hpke_export(&hpke, digest_bytes(context), kek, sizeof kek);
    hpke_wipe(&hpke);
    crypto_aead_chacha20poly1305_ietf_encrypt(ret->wrapped, NULL, content_key, KEY_BYTES, NULL, 0, NULL,
                                              NONCE, kek);
    sodium_memzero(kek, sizeof kek);
    return true;
}

/* Steps 3 to 5. */
static enum seal_outcome seal_make(struct bytes header, const struct public_key *recipients, size_t count,
                                   struct seal_random *random, struct arena *arena, struct bytes *ret_seal)
{
    struct digest commit = commitment(random->content_key);
    struct digest context = slot_context(header, digest_bytes(&commit));
    struct slot slots[SEAL_SLOTS_MAX];
    Comity__Slot messages[SEAL_SLOTS_MAX];
    Comity__Slot *pointers[SEAL_SLOTS_MAX];
    for (size_t i = 0; i < count; i++) {
        if (!slot_make(&recipients[i], random->ephemeral[i], &context, random->content_key, &slots[i])) {
            return SEAL_KEY;
        }
        comity__slot__init(&messages[i]);
        messages[i].recipient_key = wire_binary(bytes_of(recipients[i].bytes, sizeof recipients[i].bytes));
        messages[i].enc = wire_binary(bytes_of(slots[i].enc, sizeof slots[i].enc));
        messages[i].wrapped = wire_binary(bytes_of(slots[i].wrapped, sizeof slots[i].wrapped));
        pointers[i] = &messages[i];
    }
    Comity__Seal seal = COMITY__SEAL__INIT;
    seal.commit = wire_binary(digest_bytes(&commit));
    seal.n_slot = count;
    seal.slot = pointers;
    *ret_seal = seal_pack(arena, &seal);
    return ret_seal->data == NULL ? SEAL_EXHAUSTED : SEAL_OK;
}

/* Step 6: padded and encrypted in place, so that no second copy of the plaintext is left behind. */
static enum seal_outcome body_make(struct bytes header, struct bytes seal, struct bytes inner,
                                   const uint8_t content_key[KEY_BYTES], struct arena *arena,
                                   struct bytes *ret_body)
{
    size_t padded = bucket_of(inner.size + 1);
    uint8_t *body = arena_take(arena, padded + TAG_BYTES);
    if (body == NULL) {
        return SEAL_EXHAUSTED;
    }
    if (inner.size != 0) {
        memcpy(body, inner.data, inner.size);
    }
    body[inner.size] = PAD_BYTE;
    memset(body + inner.size + 1, 0, padded - inner.size - 1);

    struct digest key = body_key(content_key, header, seal);
    crypto_aead_chacha20poly1305_ietf_encrypt(body, NULL, body, padded, NULL, 0, NULL, NONCE, key.bytes);
    sodium_memzero(&key, sizeof key);
    *ret_body = bytes_of(body, padded + TAG_BYTES);
    return SEAL_OK;
}

static void ensure_ascending(const struct public_key *keys, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        ensure(memcmp(keys[i - 1].bytes, keys[i].bytes, sizeof keys[i].bytes) < 0);
    }
}

enum seal_outcome seal_letter(struct bytes header, struct bytes inner, const struct public_key *recipients,
                              size_t count, struct seal_random *random, struct arena *arena,
                              struct sealed *ret)
{
    ensure(count >= 1 && count <= SEAL_SLOTS_MAX);
    ensure_ascending(recipients, count);
    struct sealed sealed = {.header = header};
    enum seal_outcome outcome = inner.size < BUCKETS[BUCKET_COUNT - 1] ? SEAL_OK : SEAL_TOO_LONG;
    if (outcome == SEAL_OK) {
        sealed.header = arena_copy(arena, header);
        outcome = sealed.header.data == NULL ? SEAL_EXHAUSTED : SEAL_OK;
    }
    if (outcome == SEAL_OK) {
        outcome = seal_make(header, recipients, count, random, arena, &sealed.seal);
    }
    if (outcome == SEAL_OK) {
        outcome = body_make(header, sealed.seal, inner, random->content_key, arena, &sealed.body);
    }
    sodium_memzero(random, sizeof *random);
    if (outcome == SEAL_OK) {
        struct digest body_hash = plain_hash(sealed.body);
        sealed.id = envelope_id_of(sealed.header, sealed.seal, &body_hash);
        *ret = sealed;
    }
    return outcome;
}

struct bytes envelope_encode(struct arena *arena, struct bytes header, struct bytes seal, struct bytes body,
                             struct bytes proof)
{
    Comity__Envelope envelope = COMITY__ENVELOPE__INIT;
    envelope.header = wire_binary(header);
    envelope.seal = wire_binary(seal);
    envelope.body = wire_binary(body);
    envelope.proof = wire_binary(proof);
    return envelope_pack(arena, &envelope);
}

/* --- opening --- */

/* Check 14: the first slot for a key that is still mine, and its private half (wiped by the caller). */
static enum reason slot_find(const Comity__Seal *seal, struct slot_keys keys, const Comity__Slot **ret,
                             uint8_t ret_secret[32])
{
    enum reason reason = REASON_SLOT;
    for (size_t i = 0; i < seal->n_slot; i++) {
        struct public_key key;
        memcpy(key.bytes, seal->slot[i]->recipient_key.data, sizeof key.bytes);
        switch (keys.find(keys.context, &key, ret_secret)) {
        case SLOT_MINE:
            *ret = seal->slot[i];
            return REASON_NONE;
        case SLOT_ERASED:
            reason = REASON_PREKEY;
            break;
        case SLOT_NOT_MINE:
            break;
        }
    }
    return reason;
}

/* Check 15: from the slot to the content key. */
static enum reason slot_open(const Comity__Slot *slot, const uint8_t secret[32], const struct digest *context,
                             uint8_t ret_content_key[KEY_BYTES])
{
    struct hpke hpke;
    uint8_t kek[KEY_BYTES];
    if (!hpke_setup_receiver(&hpke, slot->enc.data, secret, slot->recipient_key.data, slot_info())) {
        return REASON_HPKE;
    }
    hpke_export(&hpke, digest_bytes(context), kek, sizeof kek);
    hpke_wipe(&hpke);
    int failed = crypto_aead_chacha20poly1305_ietf_decrypt(ret_content_key, NULL, NULL, slot->wrapped.data,
                                                           slot->wrapped.len, NULL, 0, NONCE, kek);
    sodium_memzero(kek, sizeof kek);
    return failed != 0 ? REASON_HPKE : REASON_NONE;
}

/* Check 18: 00.. and one 80 off the end, and no larger size than needed. */
static bool unpad(struct bytes padded, size_t *ret_size)
{
    size_t end = padded.size;
    while (end > 0 && padded.data[end - 1] == 0) {
        end--;
    }
    if (end == 0 || padded.data[end - 1] != PAD_BYTE || bucket_of(end) != padded.size) {
        return false;
    }
    *ret_size = end - 1;
    return true;
}

/* Checks 17 and 18. */
static enum reason body_open(const struct envelope *envelope, const uint8_t content_key[KEY_BYTES],
                             struct arena *arena, struct bytes *ret_inner)
{
    if (envelope->body.size < TAG_BYTES) {
        return REASON_BODY; /* a stub */
    }
    size_t padded = envelope->body.size - TAG_BYTES;
    uint8_t *plain = arena_take(arena, padded + 1);
    if (plain == NULL) {
        return REASON_SIZE;
    }
    struct digest key = body_key(content_key, envelope->header, envelope->seal);
    int failed = crypto_aead_chacha20poly1305_ietf_decrypt(plain, NULL, NULL, envelope->body.data,
                                                           envelope->body.size, NULL, 0, NONCE, key.bytes);
    sodium_memzero(&key, sizeof key);
    if (failed != 0) {
        return REASON_BODY;
    }
    size_t size = 0;
    if (!unpad(bytes_of(plain, padded), &size)) {
        sodium_memzero(plain, padded);
        return REASON_PADDING;
    }
    *ret_inner = bytes_of(plain, size);
    return REASON_NONE;
}

/* Checks 15 to 18 once the slot is known. */
static enum reason open_slot(const struct envelope *envelope, const Comity__Slot *slot,
                             const uint8_t secret[32], struct arena *arena, struct bytes *ret_inner,
                             uint8_t content_key[KEY_BYTES])
{
    struct bytes commit = wire_bytes(envelope->seal_message->commit);
    struct digest context = slot_context(envelope->header, commit);
    enum reason reason = slot_open(slot, secret, &context, content_key);
    if (reason != REASON_NONE) {
        return reason;
    }
    struct digest own = commitment(content_key);
    if (sodium_memcmp(own.bytes, commit.data, sizeof own.bytes) != 0) {
        return REASON_COMMIT;
    }
    return body_open(envelope, content_key, arena, ret_inner);
}

enum reason open_envelope(const struct envelope *envelope, struct slot_keys keys, struct arena *arena,
                          struct bytes *ret_inner, uint8_t *ret_content_key)
{
    const Comity__Slot *slot = NULL;
    uint8_t secret[32] = {0};
    uint8_t content_key[KEY_BYTES] = {0};
    enum reason reason = slot_find(envelope->seal_message, keys, &slot, secret);
    if (reason == REASON_NONE) {
        reason = open_slot(envelope, slot, secret, arena, ret_inner, content_key);
    }
    if (reason == REASON_NONE && ret_content_key != NULL) {
        memcpy(ret_content_key, content_key, sizeof content_key);
    }
    sodium_memzero(secret, sizeof secret);
    sodium_memzero(content_key, sizeof content_key);
    return reason;
}
