/* SPDX-License-Identifier: Apache-2.0 */
#include "keys/keyfile.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/ensure.h"
#include "base/text.h"

#define FILE_BYTES_MAX    1024
#define FIRST_LINE        "comity key 1"
#define SEED_BYTES        ((size_t)32)
#define SALT_BYTES        ((size_t)crypto_pwhash_argon2id_SALTBYTES)
#define NONCE_BYTES       ((size_t)crypto_aead_xchacha20poly1305_ietf_NPUBBYTES)
#define CIPHER_BYTES      (SEED_BYTES + crypto_aead_xchacha20poly1305_ietf_ABYTES)
#define OPSLIMIT          crypto_pwhash_argon2id_OPSLIMIT_MODERATE
#define MEMLIMIT          crypto_pwhash_argon2id_MEMLIMIT_MODERATE
#define OPSLIMIT_READ_MAX 10
#define MEMLIMIT_READ_MAX (UINT64_C(1) << 30)

_Static_assert(SALT_BYTES + NONCE_BYTES == 40, "keyfile_encode() takes salt and nonce together");
_Static_assert(CIPHER_BYTES <= SECRET_BYTES_MAX, "a decrypted secret fits a cell");

/* --- text --- */

/* The key that a passphrase makes; false when memory is short. */
static bool passphrase_key(struct bytes passphrase, const uint8_t salt[SALT_BYTES], uint64_t ops,
                           size_t memory, uint8_t ret[32])
{
    return crypto_pwhash(ret, 32, (const char *)passphrase.data, passphrase.size, salt, ops, memory,
                         crypto_pwhash_ALG_ARGON2ID13) == 0;
}

/* The last line under a passphrase: the first three lines are associated data. */
static struct bytes locked_text(const char *head, struct bytes secret, struct bytes passphrase,
                                const uint8_t random[40], struct arena *arena)
{
    const uint8_t *salt = random;
    const uint8_t *nonce = random + SALT_BYTES;
    uint8_t key[32];
    uint8_t cipher[CIPHER_BYTES];
    char salt_hex[2 * SALT_BYTES + 1];
    char nonce_hex[2 * NONCE_BYTES + 1];
    char cipher_hex[2 * CIPHER_BYTES + 1];
    if (!passphrase_key(passphrase, salt, OPSLIMIT, MEMLIMIT, key)) {
        return bytes_of(NULL, 0);
    }
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, secret.data, secret.size, (const uint8_t *)head,
                                               strlen(head), NULL, nonce, key);
    sodium_memzero(key, sizeof key);
    char *text = arena_format(arena, "%sargon2id %llu %zu %s %s %s\n", head, (unsigned long long)OPSLIMIT,
                              (size_t)MEMLIMIT, hex_write(salt_hex, bytes_of(salt, SALT_BYTES)),
                              hex_write(nonce_hex, bytes_of(nonce, NONCE_BYTES)),
                              hex_write(cipher_hex, bytes_of(cipher, CIPHER_BYTES)));
    return text == NULL ? bytes_of(NULL, 0) : bytes_of_text(text);
}

static struct bytes plain_text(const char *head, struct bytes secret, struct arena *arena)
{
    char secret_hex[2 * SEED_BYTES + 1];
    char *text = arena_format(arena, "%splain %s\n", head, hex_write(secret_hex, secret));
    sodium_memzero(secret_hex, sizeof secret_hex);
    return text == NULL ? bytes_of(NULL, 0) : bytes_of_text(text);
}

struct bytes keyfile_encode(enum key_role role, const char *owner, const struct public_key *key,
                            struct bytes secret, struct bytes passphrase, const uint8_t random[40],
                            struct arena *arena)
{
    ensure(secret.size == SEED_BYTES && owner[0] != '\0' &&
           strlen(owner) < sizeof((struct keyfile *)NULL)->owner && text_is_line(bytes_of_text(owner)));
    char key_hex[2 * sizeof key->bytes + 1];
    char *head = arena_format(arena, FIRST_LINE "\n%s %s\n%s\n", key_role_name(role), owner,
                              hex_write(key_hex, bytes_of(key->bytes, sizeof key->bytes)));
    if (head == NULL) {
        return bytes_of(NULL, 0);
    }
    return passphrase.size == 0 ? plain_text(head, secret, arena)
                                : locked_text(head, secret, passphrase, random, arena);
}

/* --- reading the text --- */

/* Cuts off what stands before the next end character; false when there is none. */
static bool take_until(struct bytes *rest, char end, struct bytes *ret)
{
    const uint8_t *at = rest->size == 0 ? NULL : memchr(rest->data, end, rest->size);
    if (at == NULL) {
        return false;
    }
    size_t size = (size_t)(at - rest->data);
    *ret = bytes_of(rest->data, size);
    *rest = bytes_of(at + 1, rest->size - size - 1);
    return true;
}

/* A decimal number as this program writes it, 1..max. */
static bool read_number(struct bytes text, uint64_t max, uint64_t *ret)
{
    uint64_t value = 0;
    if (text.size == 0 || text.size > 19 || text.data[0] == '0') {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9') {
            return false;
        }
        value = value * 10 + (uint64_t)(text.data[i] - '0');
    }
    if (value > max) {
        return false;
    }
    *ret = value;
    return true;
}

static bool read_role(struct bytes word, enum key_role *ret)
{
    for (int role = ROLE_NODE; role <= ROLE_LOG; role++) {
        if (bytes_equal(word, bytes_of_text(key_role_name((enum key_role)role)))) {
            *ret = (enum key_role)role;
            return true;
        }
    }
    return false;
}

/* The first three lines; *rest is left at the fourth. */
static bool read_head(struct bytes *rest, struct keyfile *ret)
{
    struct bytes first, role, owner, key;
    if (!take_until(rest, '\n', &first) || !take_until(rest, ' ', &role) || !take_until(rest, '\n', &owner) ||
        !take_until(rest, '\n', &key) || !bytes_equal(first, bytes_of_text(FIRST_LINE)) ||
        !read_role(role, &ret->role) || owner.size == 0 || owner.size >= sizeof ret->owner ||
        !text_is_line(owner)) {
        return false;
    }
    memcpy(ret->owner, owner.data, owner.size);
    ret->owner[owner.size] = '\0';
    return hex_read(ret->key.bytes, sizeof ret->key.bytes, key);
}

/* What stands after "argon2id". */
struct lock {
    uint64_t ops, memory;
    uint8_t salt[SALT_BYTES], nonce[NONCE_BYTES], cipher[CIPHER_BYTES];
};

static bool read_lock(struct bytes rest, struct lock *ret)
{
    struct bytes ops, memory, salt, nonce, cipher;
    return take_until(&rest, ' ', &ops) && take_until(&rest, ' ', &memory) && take_until(&rest, ' ', &salt) &&
           take_until(&rest, ' ', &nonce) && take_until(&rest, '\n', &cipher) && rest.size == 0 &&
           read_number(ops, OPSLIMIT_READ_MAX, &ret->ops) &&
           read_number(memory, MEMLIMIT_READ_MAX, &ret->memory) &&
           ret->memory >= crypto_pwhash_argon2id_MEMLIMIT_MIN && hex_read(ret->salt, SALT_BYTES, salt) &&
           hex_read(ret->nonce, NONCE_BYTES, nonce) && hex_read(ret->cipher, CIPHER_BYTES, cipher);
}

static enum keyfile_outcome unlock(const struct lock *lock, struct bytes head, struct bytes passphrase,
                                   uint8_t ret_secret[SEED_BYTES])
{
    uint8_t key[32];
    if (!passphrase_key(passphrase, lock->salt, lock->ops, (size_t)lock->memory, key)) {
        return KEYFILE_FAILED;
    }
    int failed = crypto_aead_xchacha20poly1305_ietf_decrypt(
        ret_secret, NULL, NULL, lock->cipher, CIPHER_BYTES, head.data, head.size, lock->nonce, key);
    sodium_memzero(key, sizeof key);
    return failed != 0 ? KEYFILE_WRONG_PASS : KEYFILE_OK;
}

void keyfile_public(enum key_role role, const uint8_t secret[SEED_BYTES], struct public_key *ret)
{
    uint8_t expanded[crypto_sign_SECRETKEYBYTES];
    if (role == ROLE_LINK) {
        (void)crypto_scalarmult_base(ret->bytes, secret);
    } else {
        (void)crypto_sign_seed_keypair(ret->bytes, expanded, secret);
        sodium_memzero(expanded, sizeof expanded);
    }
}

/* The public line must be that of the secret. */
static bool is_pair(enum key_role role, const struct public_key *key, const uint8_t secret[SEED_BYTES])
{
    struct public_key public;
    keyfile_public(role, secret, &public);
    return public_key_equal(&public, key);
}

/* The fourth line: the secret into 32 bytes of locked memory. */
static enum keyfile_outcome read_secret(struct bytes head, struct bytes rest, struct bytes passphrase,
                                        uint8_t ret_secret[SEED_BYTES])
{
    struct bytes form, hex;
    struct lock lock;
    if (!take_until(&rest, ' ', &form)) {
        return KEYFILE_MALFORMED;
    }
    if (bytes_equal(form, bytes_of_text("plain"))) {
        bool good = take_until(&rest, '\n', &hex) && rest.size == 0 && hex_read(ret_secret, SEED_BYTES, hex);
        return good ? KEYFILE_OK : KEYFILE_MALFORMED;
    }
    if (!bytes_equal(form, bytes_of_text("argon2id")) || !read_lock(rest, &lock)) {
        return KEYFILE_MALFORMED;
    }
    return passphrase.size == 0 ? KEYFILE_LOCKED : unlock(&lock, head, passphrase, ret_secret);
}

enum keyfile_outcome keyfile_decode(struct bytes text, struct bytes passphrase, struct slab *slab,
                                    struct keyfile *ret)
{
    struct keyfile read = {.secret = NULL};
    struct bytes rest = text;
    if (!read_head(&rest, &read)) {
        return KEYFILE_MALFORMED;
    }
    read.secret = secret_new(slab, SEED_BYTES);
    if (read.secret == NULL) {
        return KEYFILE_FAILED;
    }
    struct bytes head = bytes_of(text.data, text.size - rest.size);
    enum keyfile_outcome outcome = read_secret(head, rest, passphrase, secret_data(read.secret));
    if (outcome == KEYFILE_OK && !is_pair(read.role, &read.key, secret_data(read.secret))) {
        outcome = KEYFILE_MALFORMED;
    }
    if (outcome != KEYFILE_OK) {
        secret_free(read.secret);
        read.secret = NULL;
    }
    read.locked = outcome == KEYFILE_LOCKED;
    if (outcome == KEYFILE_OK || outcome == KEYFILE_LOCKED) {
        *ret = read;
    }
    return outcome;
}

void keyfile_done(struct keyfile *keyfile)
{
    secret_free(keyfile->secret);
    keyfile->secret = NULL;
}

/* --- files --- */

/* A plain file of ours that nobody else can read: the checks are made on what was opened, not on its name. */
static enum keyfile_outcome check_file(int fd, const char *path, struct error *error)
{
    struct stat status;
    if (fstat(fd, &status) != 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return KEYFILE_FAILED;
    }
    if (!S_ISREG(status.st_mode)) {
        error_set(error, "%s is not a plain file: name the key file itself", path);
        return KEYFILE_MALFORMED;
    }
    if (status.st_uid != geteuid() && status.st_uid != 0) {
        error_set(error,
                  "%s belongs to another user (uid %lu), who can read and change it: chown it to yours", path,
                  (unsigned long)status.st_uid);
        return KEYFILE_OPEN_TO_OTHERS;
    }
    if ((status.st_mode & 077) != 0) {
        error_set(error, "%s can be reached by others (mode %03o): chmod 600 %s", path,
                  (unsigned)status.st_mode & 0777, path);
        return KEYFILE_OPEN_TO_OTHERS;
    }
    return KEYFILE_OK;
}

/* Reads up to max bytes; false on a read error. */
static bool read_all(int fd, uint8_t *ret, size_t max, size_t *ret_size)
{
    size_t size = 0;
    while (size < max) {
        ssize_t got = read(fd, ret + size, max - size);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            return false;
        }
        if (got == 0) {
            break;
        }
        size += (size_t)got;
    }
    *ret_size = size;
    return true;
}

/* Opens without following a link, and without waiting for a writer should it be a pipe. */
static enum keyfile_outcome open_file(const char *path, int *ret_fd, struct error *error)
{
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd >= 0) {
        *ret_fd = fd;
        return KEYFILE_OK;
    }
    if (errno == ENOENT) {
        error_set(error, "%s does not exist: make the key first or give its path", path);
        return KEYFILE_MISSING;
    }
    if (errno == ELOOP) {
        error_set(error, "%s is a link: name the key file itself", path);
        return KEYFILE_MALFORMED;
    }
    error_set(error, "%s: %s", path, strerror(errno));
    return KEYFILE_FAILED;
}

static void explain(enum keyfile_outcome outcome, const char *path, struct error *error)
{
    switch (outcome) {
    case KEYFILE_OK:
    case KEYFILE_MISSING:
    case KEYFILE_OPEN_TO_OTHERS:
        break;
    case KEYFILE_MALFORMED:
        error_set(error, "%s is not a key file or was damaged: take it from its backup", path);
        break;
    case KEYFILE_LOCKED:
        error_set(error, "%s has a passphrase: give it", path);
        break;
    case KEYFILE_WRONG_PASS:
        error_set(error, "%s does not open: wrong passphrase, or the file was altered", path);
        break;
    case KEYFILE_FAILED:
        error_set(error, "%s: no memory to open it (free some, a passphrase needs %u MiB)", path,
                  (unsigned)(MEMLIMIT >> 20));
        break;
    }
}

enum keyfile_outcome keyfile_read(const char *path, struct bytes passphrase, struct slab *slab,
                                  struct keyfile *ret, struct error *error)
{
    int fd = -1;
    uint8_t text[FILE_BYTES_MAX + 1];
    size_t size = 0;
    enum keyfile_outcome outcome = open_file(path, &fd, error);
    if (outcome != KEYFILE_OK) {
        return outcome;
    }
    outcome = check_file(fd, path, error);
    if (outcome == KEYFILE_OK && !read_all(fd, text, sizeof text, &size)) {
        error_set(error, "%s: %s", path, strerror(errno));
        outcome = KEYFILE_FAILED;
    }
    (void)close(fd);
    if (outcome == KEYFILE_OK) {
        outcome = size > FILE_BYTES_MAX ? KEYFILE_MALFORMED
                                        : keyfile_decode(bytes_of(text, size), passphrase, slab, ret);
        explain(outcome, path, error);
    }
    sodium_memzero(text, sizeof text);
    return outcome;
}

bool keyfile_read_role(const char *path, enum key_role role, struct slab *slab, struct keyfile *ret,
                       struct error *error)
{
    if (keyfile_read(path, bytes_of(NULL, 0), slab, ret, error) != KEYFILE_OK) {
        return false;
    }
    if (ret->role != role) {
        error_set(error, "%s holds a key of role %s, not %s", path, key_role_name(ret->role),
                  key_role_name(role));
    }
    return ret->role == role;
}

static bool write_all(int fd, struct bytes text)
{
    for (size_t done = 0; done < text.size;) {
        ssize_t put = write(fd, text.data + done, text.size - done);
        if (put < 0 && errno != EINTR) {
            return false;
        }
        done += put > 0 ? (size_t)put : 0;
    }
    return true;
}

/* A new name lasts only when its directory is on the disk too. */
static bool sync_directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL ? 0 : slash == path ? 1 : (size_t)(slash - path);
    char *directory = strndup(slash == NULL ? "." : path, slash == NULL ? 1 : length);
    if (directory == NULL) {
        return false;
    }
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (fd < 0) {
        return false;
    }
    bool synced = fsync(fd) == 0;
    int cause = errno;
    (void)close(fd);
    errno = cause;
    return synced;
}

bool keyfile_write(const char *path, struct bytes text, struct error *error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        error_set(error, "%s is there already: a key is never overwritten, choose another path", path);
        return false;
    }
    if (fd < 0) {
        error_set(error, "%s: %s", path, strerror(errno));
        return false;
    }
    bool written = fchmod(fd, 0600) == 0 && write_all(fd, text) && fsync(fd) == 0;
    int cause = errno;
    if (close(fd) != 0 && written) {
        written = false;
        cause = errno;
    }
    if (written && !sync_directory_of(path)) {
        written = false;
        cause = errno;
    }
    if (!written) {
        error_set(error, "%s: %s", path, strerror(cause));
        (void)unlink(path); /* half a key is worse than none */
    }
    return written;
}
