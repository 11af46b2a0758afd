/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/minisign.h"

#include <sodium.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define ID_BYTES        8
#define SIGNATURE_BYTES crypto_sign_BYTES
#define PREHASH_BYTES   crypto_generichash_BYTES_MAX /* BLAKE2b-512 */
#define SECRET_BYTES    crypto_sign_SECRETKEYBYTES

static const uint8_t alg_key[2] = {'E', 'd'};       /* of key files, and of legacy signatures */
static const uint8_t alg_prehashed[2] = {'E', 'D'}; /* of the only signatures that count */
static const uint8_t kdf_none[2] = {0, 0};
static const uint8_t checksum_alg[2] = {'B', '2'};

static const char untrusted_prefix[] = "untrusted comment: ";
static const char trusted_prefix[] = "trusted comment: ";

/* The 42 bytes behind "RWQ...". */
struct key_blob {
    uint8_t alg[2];
    uint8_t id[ID_BYTES];
    uint8_t key[32];
};

/* The second line of a signature file. */
struct signature_blob {
    uint8_t alg[2];
    uint8_t id[ID_BYTES];
    uint8_t signature[SIGNATURE_BYTES];
};

/* The second line of a secret key file, 158 bytes. */
struct secret_blob {
    uint8_t alg[2];
    uint8_t kdf[2];
    uint8_t checksum_alg[2];
    uint8_t salt[32];
    uint8_t opslimit[8];
    uint8_t memlimit[8];
    uint8_t id[ID_BYTES];
    uint8_t secret[SECRET_BYTES];
    uint8_t checksum[32];
};

_Static_assert(sizeof(struct key_blob) == 42 && sizeof(struct signature_blob) == 74 &&
                   sizeof(struct secret_blob) == 158,
               "the blobs of minisign files have no padding");

/* A signature file taken apart; views point into it. */
struct minisig {
    struct signature_blob blob;
    struct bytes comment; /* trusted */
    uint8_t global[SIGNATURE_BYTES];
};

/* Cuts the next LF-ended line off *rest; false when there is none. */
static bool take_line(struct bytes *rest, struct bytes *ret_line)
{
    const uint8_t *end = rest->size == 0 ? NULL : memchr(rest->data, '\n', rest->size);
    if (end == NULL) {
        return false;
    }
    size_t length = (size_t)(end - rest->data);
    *ret_line = bytes_of(rest->data, length);
    *rest = bytes_of(end + 1, rest->size - length - 1);
    return true;
}

/* A line that is prefix and a showable text (a TAB is allowed: minisign's own comments have them). */
static bool take_comment(struct bytes *rest, const char *prefix, struct bytes *ret_text)
{
    struct bytes line;
    size_t length = strlen(prefix);
    if (!take_line(rest, &line) || line.size < length || memcmp(line.data, prefix, length) != 0) {
        return false;
    }
    *ret_text = bytes_of(line.data + length, line.size - length);
    return text_is_showable(*ret_text);
}

/*
 * Canonical base64 of exactly size bytes. libsodium 1.0.18 takes any byte from 0x80 on for a '/', so that a file would
 * have many spellings: nothing but ASCII reaches it.
 */
static bool read_blob(struct bytes text, void *ret, size_t size)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] >= 0x80) {
            return false;
        }
    }
    size_t got = 0;
    return base64_read(ret, size, &got, text) && got == size;
}

static bool take_blob(struct bytes *rest, void *ret, size_t size)
{
    struct bytes line;
    return take_line(rest, &line) && read_blob(line, ret, size);
}

static bool minisig_read(struct bytes file, struct minisig *ret)
{
    struct bytes untrusted;
    return file.size <= MINISIG_BYTES_MAX && take_comment(&file, untrusted_prefix, &untrusted) &&
           take_blob(&file, &ret->blob, sizeof ret->blob) &&
           take_comment(&file, trusted_prefix, &ret->comment) &&
           take_blob(&file, ret->global, sizeof ret->global) && file.size == 0 &&
           (memcmp(ret->blob.alg, alg_prehashed, 2) == 0 || memcmp(ret->blob.alg, alg_key, 2) == 0);
}

/* What the global signature is over: signature || trusted comment. Returns its size. */
static size_t global_message(uint8_t ret[SIGNATURE_BYTES + MINISIG_BYTES_MAX],
                             const uint8_t signature[SIGNATURE_BYTES], struct bytes comment)
{
    ensure(comment.size <= MINISIG_BYTES_MAX);
    memcpy(ret, signature, SIGNATURE_BYTES);
    if (comment.size != 0) {
        memcpy(ret + SIGNATURE_BYTES, comment.data, comment.size);
    }
    return SIGNATURE_BYTES + comment.size;
}

static void prehash(uint8_t ret[PREHASH_BYTES], struct bytes message)
{
    ensure(crypto_generichash(ret, PREHASH_BYTES, message.data, message.size, NULL, 0) == 0);
}

static bool signatures_hold(const struct minisig *sig, struct bytes message, const struct public_key *key)
{
    uint8_t over[SIGNATURE_BYTES + MINISIG_BYTES_MAX];
    size_t size = global_message(over, sig->blob.signature, sig->comment);
    if (crypto_sign_verify_detached(sig->global, over, size, key->bytes) != 0) {
        return false;
    }
    uint8_t hash[PREHASH_BYTES];
    prehash(hash, message);
    return crypto_sign_verify_detached(sig->blob.signature, hash, sizeof hash, key->bytes) == 0;
}

enum minisig_outcome minisig_verify(struct bytes minisig, struct bytes message,
                                    const struct minisign_key *key, struct arena *arena,
                                    const char **ret_comment)
{
    struct minisig sig;
    if (!minisig_read(minisig, &sig)) {
        return MINISIG_MALFORMED;
    }
    if (memcmp(sig.blob.alg, alg_prehashed, 2) != 0) {
        return MINISIG_LEGACY;
    }
    if (memcmp(sig.blob.id, key->id, ID_BYTES) != 0) {
        return MINISIG_OTHER_KEY;
    }
    if (!signatures_hold(&sig, message, &key->key)) {
        return MINISIG_BAD;
    }
    if (ret_comment != NULL) {
        const char *copy = (const char *)arena_copy(arena, sig.comment).data;
        *ret_comment = copy == NULL ? "" : copy;
    }
    return MINISIG_OK;
}

bool minisig_key_id(struct bytes minisig, uint8_t ret_id[8])
{
    struct minisig sig;
    if (!minisig_read(minisig, &sig)) {
        return false;
    }
    memcpy(ret_id, sig.blob.id, ID_BYTES);
    return true;
}

struct bytes minisig_make(struct bytes message, const uint8_t key_id[8], const struct signer *signer,
                          const char *trusted_comment, struct arena *arena)
{
    struct bytes comment = bytes_of_text(trusted_comment);
    ensure(comment.size <= MINISIG_BYTES_MAX - 512 && text_is_showable(comment) &&
           strchr(trusted_comment, '\n') == NULL);
    struct signature_blob blob;
    uint8_t hash[PREHASH_BYTES];
    uint8_t over[SIGNATURE_BYTES + MINISIG_BYTES_MAX];
    uint8_t global[SIGNATURE_BYTES];
    memcpy(blob.alg, alg_prehashed, 2);
    memcpy(blob.id, key_id, ID_BYTES);
    prehash(hash, message);
    const uint8_t *secret = secret_bytes(signer->secret).data;
    ensure(crypto_sign_detached(blob.signature, NULL, hash, sizeof hash, secret) == 0);
    size_t size = global_message(over, blob.signature, comment);
    ensure(crypto_sign_detached(global, NULL, over, size, secret) == 0);

    const char *first = base64_new(arena, bytes_of(&blob, sizeof blob));
    const char *second = base64_new(arena, bytes_of(global, sizeof global));
    char *text = first == NULL || second == NULL
                     ? NULL
                     : arena_format(arena, "%ssignature from a comity root key\n%s\n%s%s\n%s\n",
                                    untrusted_prefix, first, trusted_prefix, trusted_comment, second);
    return text == NULL ? bytes_of(NULL, 0) : bytes_of_text(text);
}

bool minisign_key_read(struct bytes text, struct minisign_key *ret)
{
    struct key_blob blob;
    if (text.size != MINISIGN_KEY_TEXT - 1 || !read_blob(text, &blob, sizeof blob) ||
        memcmp(blob.alg, alg_key, 2) != 0) {
        return false;
    }
    memcpy(ret->id, blob.id, ID_BYTES);
    memcpy(ret->key.bytes, blob.key, sizeof blob.key);
    return true;
}

char *minisign_key_write(char ret[MINISIGN_KEY_TEXT], const struct minisign_key *key)
{
    struct key_blob blob;
    memcpy(blob.alg, alg_key, 2);
    memcpy(blob.id, key->id, ID_BYTES);
    memcpy(blob.key, key->key.bytes, sizeof blob.key);
    return sodium_bin2base64(ret, MINISIGN_KEY_TEXT, (const uint8_t *)&blob, sizeof blob,
                             sodium_base64_VARIANT_ORIGINAL);
}

/* Two lines: comment and blob. */
static struct bytes key_file(const char *comment, const char *base64, struct arena *arena)
{
    ensure(strlen(comment) <= 512 && text_is_line(bytes_of_text(comment)));
    char *text = base64 == NULL ? NULL : arena_format(arena, "%s%s\n%s\n", untrusted_prefix, comment, base64);
    return text == NULL ? bytes_of(NULL, 0) : bytes_of_text(text);
}

struct bytes minisign_public_file(const struct minisign_key *key, const char *comment, struct arena *arena)
{
    char text[MINISIGN_KEY_TEXT];
    return key_file(comment, minisign_key_write(text, key), arena);
}

struct bytes minisign_secret_file(const uint8_t key_id[8], const struct signer *signer, const char *comment,
                                  struct arena *arena)
{
    /* As `minisign -G -W` writes it: no key derivation, and salt, limits and checksum all zero. */
    struct secret_blob blob = {0};
    memcpy(blob.alg, alg_key, 2);
    memcpy(blob.kdf, kdf_none, 2);
    memcpy(blob.checksum_alg, checksum_alg, 2);
    memcpy(blob.id, key_id, ID_BYTES);
    memcpy(blob.secret, secret_bytes(signer->secret).data, SECRET_BYTES);
    struct bytes file = key_file(comment, base64_new(arena, bytes_of(&blob, sizeof blob)), arena);
    sodium_memzero(&blob, sizeof blob);
    return file;
}

/* minisign writes zeros when there is no passphrase, other writers BLAKE2b-256(alg || id || secret). */
static bool checksum_holds(const struct secret_blob *blob)
{
    uint8_t expected[32];
    crypto_generichash_state state;
    ensure(crypto_generichash_init(&state, NULL, 0, sizeof expected) == 0);
    ensure(crypto_generichash_update(&state, blob->alg, sizeof blob->alg) == 0);
    ensure(crypto_generichash_update(&state, blob->id, sizeof blob->id) == 0);
    ensure(crypto_generichash_update(&state, blob->secret, sizeof blob->secret) == 0);
    ensure(crypto_generichash_final(&state, expected, sizeof expected) == 0);
    bool equal = sodium_memcmp(expected, blob->checksum, sizeof expected) == 0;
    sodium_memzero(&state, sizeof state);
    return equal || bytes_all_zero(bytes_of(blob->checksum, sizeof blob->checksum));
}

static bool secret_blob_is_plain(const struct secret_blob *blob)
{
    return memcmp(blob->alg, alg_key, 2) == 0 && memcmp(blob->kdf, kdf_none, 2) == 0 &&
           memcmp(blob->checksum_alg, checksum_alg, 2) == 0 && checksum_holds(blob);
}

bool minisign_secret_read(struct bytes file, struct slab *slab, uint8_t ret_id[8], struct signer *ret)
{
    struct bytes comment;
    struct secret_blob blob;
    struct signer signer = {0};
    bool good = file.size <= MINISIG_BYTES_MAX && take_comment(&file, untrusted_prefix, &comment) &&
                take_blob(&file, &blob, sizeof blob) && file.size == 0 && secret_blob_is_plain(&blob) &&
                signer_init(&signer, slab, blob.secret);
    /* The second half must be the public key of the first: signing with another one would give the seed away. */
    if (good && memcmp(signer.key.bytes, blob.secret + 32, 32) != 0) {
        signer_done(&signer);
        good = false;
    }
    if (good) {
        memcpy(ret_id, blob.id, ID_BYTES);
        *ret = signer;
    }
    sodium_memzero(&blob, sizeof blob);
    return good;
}
