/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/hpke.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"

#define HASH_BYTES 32 /* Nh and Nsecret of HKDF-SHA256 and DHKEM(X25519) */

static const uint8_t KEM_SUITE[] = {'K', 'E', 'M', 0x00, 0x20};
static const uint8_t HPKE_SUITE[] = {'H', 'P', 'K', 'E', 0x00, 0x20, 0x00, 0x01, 0x00, 0x03};
static const struct bytes NOTHING = {.data = NULL, .size = 0};

static void hmac_add(crypto_auth_hmacsha256_state *state, struct bytes part)
{
    if (part.size != 0) {
        crypto_auth_hmacsha256_update(state, part.data, part.size);
    }
}

/* "HPKE-v1" || suite_id || label, the front of every labelled input (RFC 9180 4). */
static void hmac_add_label(crypto_auth_hmacsha256_state *state, struct bytes suite, const char *label)
{
    hmac_add(state, bytes_of_text("HPKE-v1"));
    hmac_add(state, suite);
    hmac_add(state, bytes_of_text(label));
}

/* LabeledExtract(salt, label, ikm): HMAC keyed with the salt (RFC 5869 2.2; an empty salt and one of zeros are the same). */
static void labeled_extract(struct bytes salt, struct bytes suite, const char *label, struct bytes ikm,
                            uint8_t ret[HASH_BYTES])
{
    static const uint8_t zeros[HASH_BYTES] = {0};
    crypto_auth_hmacsha256_state state;
    crypto_auth_hmacsha256_init(&state, salt.size == 0 ? zeros : salt.data,
                                salt.size == 0 ? sizeof zeros : salt.size);
    hmac_add_label(&state, suite, label);
    hmac_add(&state, ikm);
    crypto_auth_hmacsha256_final(&state, ret);
    sodium_memzero(&state, sizeof state);
}

/* LabeledExpand(prk, label, info, size): blocks T(i) = HMAC(prk, T(i-1) || labelled info || i) (RFC 5869 2.3). */
static void labeled_expand(const uint8_t prk[HASH_BYTES], struct bytes suite, const char *label,
                           struct bytes info, uint8_t *ret, size_t size)
{
    ensure(size <= (size_t)255 * HASH_BYTES);
    const uint8_t length[2] = {(uint8_t)(size >> 8), (uint8_t)(size & 0xff)};
    uint8_t block[HASH_BYTES];
    struct bytes before = NOTHING;
    crypto_auth_hmacsha256_state state;
    for (size_t done = 0, counter = 1; done < size; counter++) {
        const uint8_t number = (uint8_t)counter;
        crypto_auth_hmacsha256_init(&state, prk, HASH_BYTES);
        hmac_add(&state, before);
        hmac_add(&state, bytes_of(length, sizeof length));
        hmac_add_label(&state, suite, label);
        hmac_add(&state, info);
        hmac_add(&state, bytes_of(&number, 1));
        crypto_auth_hmacsha256_final(&state, block);
        before = bytes_of(block, sizeof block);

        size_t part = size - done < HASH_BYTES ? size - done : HASH_BYTES;
        memcpy(ret + done, block, part);
        done += part;
    }
    sodium_memzero(&state, sizeof state);
    sodium_memzero(block, sizeof block);
}

/* ExtractAndExpand of DHKEM (RFC 9180 4.1), kem_context = enc || pkR. */
static void kem_secret(const uint8_t dh[32], const uint8_t enc[HPKE_ENC_BYTES], const uint8_t recipient[32],
                       uint8_t ret[HASH_BYTES])
{
    struct bytes suite = bytes_of(KEM_SUITE, sizeof KEM_SUITE);
    uint8_t context[64];
    uint8_t prk[HASH_BYTES];
    memcpy(context, enc, 32);
    memcpy(context + 32, recipient, 32);
    labeled_extract(NOTHING, suite, "eae_prk", bytes_of(dh, 32), prk);
    labeled_expand(prk, suite, "shared_secret", bytes_of(context, sizeof context), ret, HASH_BYTES);
    sodium_memzero(prk, sizeof prk);
}

/* KeySchedule (RFC 9180 5.1), mode_base, of which only the exporter secret is wanted. */
static void key_schedule(const uint8_t shared[HASH_BYTES], struct bytes info, struct hpke *ret)
{
    struct bytes suite = bytes_of(HPKE_SUITE, sizeof HPKE_SUITE);
    uint8_t context[1 + 2 * HASH_BYTES] = {0}; /* mode_base || psk_id_hash || info_hash */
    uint8_t secret[HASH_BYTES];
    labeled_extract(NOTHING, suite, "psk_id_hash", NOTHING, context + 1);
    labeled_extract(NOTHING, suite, "info_hash", info, context + 1 + HASH_BYTES);
    labeled_extract(bytes_of(shared, HASH_BYTES), suite, "secret", NOTHING, secret);
    labeled_expand(secret, suite, "exp", bytes_of(context, sizeof context), ret->exporter,
                   sizeof ret->exporter);
    sodium_memzero(secret, sizeof secret);
}

/* What sender and receiver share once each has the Diffie-Hellman output; dh is wiped. */
static void setup(uint8_t dh[32], const uint8_t enc[HPKE_ENC_BYTES], const uint8_t recipient[32],
                  struct bytes info, struct hpke *ret)
{
    uint8_t shared[HASH_BYTES];
    kem_secret(dh, enc, recipient, shared);
    key_schedule(shared, info, ret);
    sodium_memzero(shared, sizeof shared);
    sodium_memzero(dh, 32);
}

bool hpke_setup_sender(struct hpke *ret, uint8_t ret_enc[HPKE_ENC_BYTES], const uint8_t recipient[32],
                       uint8_t ephemeral[32], struct bytes info)
{
    uint8_t enc[HPKE_ENC_BYTES];
    uint8_t dh[32];
    bool good =
        crypto_scalarmult_base(enc, ephemeral) == 0 && crypto_scalarmult(dh, ephemeral, recipient) == 0;
    sodium_memzero(ephemeral, 32);
    if (good) {
        setup(dh, enc, recipient, info, ret);
        memcpy(ret_enc, enc, sizeof enc);
    }
    return good;
}

bool hpke_setup_receiver(struct hpke *ret, const uint8_t enc[HPKE_ENC_BYTES], const uint8_t secret[32],
                         const uint8_t own_public[32], struct bytes info)
{
    uint8_t dh[32];
    if (crypto_scalarmult(dh, secret, enc) != 0) {
        return false;
    }
    setup(dh, enc, own_public, info, ret);
    return true;
}

void hpke_export(const struct hpke *hpke, struct bytes exporter_context, uint8_t *ret, size_t size)
{
    labeled_expand(hpke->exporter, bytes_of(HPKE_SUITE, sizeof HPKE_SUITE), "sec", exporter_context, ret,
                   size);
}

void hpke_wipe(struct hpke *hpke)
{
    sodium_memzero(hpke, sizeof *hpke);
}
