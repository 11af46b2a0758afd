/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/selftest.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

static void from_hex(uint8_t *ret, size_t size, const char *hex)
{
    ensure(hex_read(ret, size, bytes_of_text(hex)));
}

static bool is_hex(const uint8_t *got, size_t size, const char *hex)
{
    uint8_t wanted[64];
    ensure(size <= sizeof wanted);
    from_hex(wanted, size, hex);
    return memcmp(got, wanted, size) == 0;
}

/* RFC 8032 7.1, TEST 2; and the same signature with one bit changed. */
static bool ed25519_holds(void)
{
    static const uint8_t message[] = {0x72};
    uint8_t seed[crypto_sign_SEEDBYTES];
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[crypto_sign_BYTES];
    from_hex(seed, sizeof seed, "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb");
    if (crypto_sign_seed_keypair(public, secret, seed) != 0 ||
        crypto_sign_detached(signature, NULL, message, sizeof message, secret) != 0 ||
        !is_hex(signature, sizeof signature,
                "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00") ||
        crypto_sign_verify_detached(signature, message, sizeof message, public) != 0) {
        return false;
    }
    signature[0] ^= 1;
    return crypto_sign_verify_detached(signature, message, sizeof message, public) != 0;
}

/* The base point, and its sum with the point of order two (CVE-2025-69277), which is outside the main subgroup. */
static bool ed25519_points_hold(void)
{
    uint8_t good[crypto_core_ed25519_BYTES];
    uint8_t mixed[crypto_core_ed25519_BYTES];
    memset(good, 0x66, sizeof good);
    good[0] = 0x58;
    memset(mixed, 0x99, sizeof mixed);
    mixed[0] = 0x95;
    return crypto_core_ed25519_is_valid_point(good) == 1 && crypto_core_ed25519_is_valid_point(mixed) == 0;
}

/* RFC 7748 5.2, the first vector; and a point of small order, which must give no key. */
static bool x25519_holds(void)
{
    static const uint8_t zero[crypto_scalarmult_BYTES];
    uint8_t scalar[crypto_scalarmult_SCALARBYTES];
    uint8_t point[crypto_scalarmult_BYTES];
    uint8_t shared[crypto_scalarmult_BYTES];
    from_hex(scalar, sizeof scalar, "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4");
    from_hex(point, sizeof point, "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c");
    return crypto_scalarmult(shared, scalar, point) == 0 &&
           is_hex(shared, sizeof shared,
                  "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552") &&
           crypto_scalarmult(shared, scalar, zero) != 0;
}

/* FIPS 180-4 "abc"; RFC 4231 4.3; BLAKE2b-256 "abc" (RFC 7693 with a 32-byte digest). */
static bool hashes_hold(void)
{
    static const uint8_t abc[] = {'a', 'b', 'c'};
    static const char jefe[] = "what do ya want for nothing?";
    uint8_t digest[32];
    crypto_auth_hmacsha256_state hmac;
    (void)crypto_hash_sha256(digest, abc, sizeof abc);
    if (!is_hex(digest, sizeof digest, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")) {
        return false;
    }
    (void)crypto_auth_hmacsha256_init(&hmac, (const uint8_t *)"Jefe", 4);
    (void)crypto_auth_hmacsha256_update(&hmac, (const uint8_t *)jefe, sizeof jefe - 1);
    (void)crypto_auth_hmacsha256_final(&hmac, digest);
    if (!is_hex(digest, sizeof digest, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")) {
        return false;
    }
    (void)crypto_generichash(digest, sizeof digest, abc, sizeof abc, NULL, 0);
    return is_hex(digest, sizeof digest, "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

/* draft-irtf-cfrg-xchacha A.3.1; and the same with one bit of the tag changed. */
static bool xchacha_holds(void)
{
    static const char text[] =
        "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
        "future, sunscreen would be it.";
    uint8_t key[crypto_aead_xchacha20poly1305_ietf_KEYBYTES];
    uint8_t nonce[crypto_aead_xchacha20poly1305_ietf_NPUBBYTES];
    uint8_t associated[12];
    uint8_t sealed[sizeof text - 1];
    uint8_t opened[sizeof text - 1];
    uint8_t tag[crypto_aead_xchacha20poly1305_ietf_ABYTES];
    from_hex(key, sizeof key, "808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    from_hex(nonce, sizeof nonce, "404142434445464748494a4b4c4d4e4f5051525354555657");
    from_hex(associated, sizeof associated, "50515253c0c1c2c3c4c5c6c7");
    (void)crypto_aead_xchacha20poly1305_ietf_encrypt_detached(sealed, tag, NULL, (const uint8_t *)text,
                                                              sizeof sealed, associated, sizeof associated,
                                                              NULL, nonce, key);
    if (!is_hex(tag, sizeof tag, "c0875924c1c7987947deafd8780acf49") ||
        crypto_aead_xchacha20poly1305_ietf_decrypt_detached(opened, NULL, sealed, sizeof sealed, tag,
                                                            associated, sizeof associated, nonce, key) != 0 ||
        memcmp(opened, text, sizeof opened) != 0) {
        return false;
    }
    tag[0] ^= 1;
    return crypto_aead_xchacha20poly1305_ietf_decrypt_detached(
               opened, NULL, sealed, sizeof sealed, tag, associated, sizeof associated, nonce, key) != 0;
}

bool selftest_sodium(struct error *error)
{
    static const struct {
        const char *name;
        bool (*holds)(void);
    } answers[] = {
        {"Ed25519 (RFC 8032)", ed25519_holds},
        {"Ed25519 point check (CVE-2025-69277: update libsodium)", ed25519_points_hold},
        {"X25519 (RFC 7748)", x25519_holds},
        {"SHA-256, HMAC or BLAKE2b", hashes_hold},
        {"XChaCha20-Poly1305", xchacha_holds},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        if (!answers[i].holds()) {
            error_set(error, "self-test failed: libsodium %s gives a wrong answer for %s",
                      sodium_version_string(), answers[i].name);
            return false;
        }
    }
    return true;
}
