/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/record_key.h"

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/text.h"

#define FIRST_LINE     "comity key of records 1\npublic "
#define HEX_DIGITS     (2 * (size_t)RECORD_KEY_BYTES)
#define PUBLIC_BYTES   (sizeof FIRST_LINE - 1 + HEX_DIGITS + 1)
#define SECRET_WORD    "secret "
#define PAIR_BYTES     (PUBLIC_BYTES + sizeof SECRET_WORD - 1 + HEX_DIGITS + 1)
#define FILE_BYTES_MAX ((size_t)1024)

static bool public_path(const char *path, char ret[4096], struct error *error)
{
    int length = snprintf(ret, 4096, "%s.pub", path);
    if (length < 0 || length >= 4096) {
        error_set(error, "%s: the name is too long", path);
        return false;
    }
    return true;
}

bool record_key_make(const char *path, struct record_pair *ret, struct error *error)
{
    char text[PAIR_BYTES + 1];
    char key[HEX_DIGITS + 1];
    char secret[HEX_DIGITS + 1];
    char beside[4096];
    struct record_pair pair;
    if (!public_path(path, beside, error)) {
        return false;
    }
    host_random(NULL, pair.secret, sizeof pair.secret);
    (void)crypto_scalarmult_base(pair.key, pair.secret);
    (void)snprintf(text, sizeof text, FIRST_LINE "%s\n" SECRET_WORD "%s\n",
                   hex_write(key, bytes_of(pair.key, sizeof pair.key)),
                   hex_write(secret, bytes_of(pair.secret, sizeof pair.secret)));
    bool made = files_write_new(path, bytes_of(text, PAIR_BYTES), 0600, error);
    if (made && !files_write_new(beside, bytes_of(text, PUBLIC_BYTES), 0644, error)) {
        (void)unlink(path);
        made = false;
    }
    if (made) {
        *ret = pair;
    }
    sodium_memzero(&pair, sizeof pair);
    sodium_memzero(text, sizeof text);
    sodium_memzero(secret, sizeof secret);
    return made;
}

/* "comity key of records 1\npublic HEX\n", and what follows it. */
static bool read_text(struct bytes text, uint8_t ret_key[RECORD_KEY_BYTES], struct bytes *ret_rest)
{
    size_t head = sizeof FIRST_LINE - 1;
    if (text.size < PUBLIC_BYTES || memcmp(text.data, FIRST_LINE, head) != 0 ||
        text.data[PUBLIC_BYTES - 1] != '\n') {
        return false;
    }
    *ret_rest = bytes_of(text.data + PUBLIC_BYTES, text.size - PUBLIC_BYTES);
    return hex_read(ret_key, RECORD_KEY_BYTES, bytes_of(text.data + head, HEX_DIGITS));
}

static bool read_secret(struct bytes rest, uint8_t ret[RECORD_KEY_BYTES])
{
    size_t head = sizeof SECRET_WORD - 1;
    return rest.size == PAIR_BYTES - PUBLIC_BYTES && memcmp(rest.data, SECRET_WORD, head) == 0 &&
           rest.data[rest.size - 1] == '\n' &&
           hex_read(ret, RECORD_KEY_BYTES, bytes_of(rest.data + head, HEX_DIGITS));
}

bool record_key_public(const char *given, uint8_t ret[RECORD_KEY_BYTES], struct error *error)
{
    struct bytes text;
    struct bytes rest;
    if (hex_read(ret, RECORD_KEY_BYTES, bytes_of_text(given))) {
        return true;
    }
    struct arena *arena = arena_new(FILE_BYTES_MAX * 2);
    if (arena == NULL) {
        error_set(error, "no memory");
        return false;
    }
    bool read = files_read(given, FILE_BYTES_MAX, arena, &text, error) == FILES_OK;
    bool good = read && read_text(text, ret, &rest);
    if (read && !good) {
        error_set(error, "%s is no key of records; make one with: comity world record-key FILE", given);
    }
    arena_free(arena);
    return good;
}

static bool is_private(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (status.st_mode & 077) == 0;
}

bool record_key_read(const char *path, struct record_pair *ret, struct error *error)
{
    uint8_t computed[RECORD_KEY_BYTES];
    struct bytes text;
    struct bytes rest;
    struct arena *arena = arena_new(FILE_BYTES_MAX * 2);
    if (arena == NULL) {
        error_set(error, "no memory");
        return false;
    }
    bool good = files_read(path, FILE_BYTES_MAX, arena, &text, error) == FILES_OK;
    if (good) {
        good = read_text(text, ret->key, &rest) && read_secret(rest, ret->secret) &&
               crypto_scalarmult_base(computed, ret->secret) == 0 &&
               memcmp(computed, ret->key, sizeof computed) == 0;
        if (!good) {
            error_set(error, "%s is no secret key of records; make one with: comity world record-key FILE",
                      path);
        }
        sodium_memzero((void *)(uintptr_t)text.data, text.size);
    }
    if (good && !is_private(path)) {
        error_set(error, "%s can be read by others; write: chmod 600 %s", path, path);
        good = false;
    }
    arena_free(arena);
    return good;
}
