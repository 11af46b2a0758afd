/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/text.h"
#include "keys/keyfile.h"

struct world {
    struct slab *slab;
    struct arena *arena;
    char directory[64];
    uint8_t seed[32];
    struct public_key key;
};

static int open_world(void **state)
{
    static struct world w;
    struct error error = {.text = ""};
    uint8_t expanded[64];
    if (sodium_init() < 0) {
        return -1;
    }
    w.slab = slab_new(4, &error);
    w.arena = arena_new(1 << 20);
    (void)snprintf(w.directory, sizeof w.directory, "/tmp/comity-keyfile-XXXXXX");
    if (w.slab == NULL || w.arena == NULL || mkdtemp(w.directory) == NULL) {
        return -1;
    }
    memset(w.seed, 0x42, sizeof w.seed);
    crypto_sign_seed_keypair(w.key.bytes, expanded, w.seed);
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    slab_free(w->slab);
    arena_free(w->arena);
    return rmdir(w->directory); /* fails when a test left a file behind */
}

static const struct bytes NO_PASS = {.data = NULL, .size = 0};

static struct bytes plain_file(struct world *w)
{
    struct bytes text = keyfile_encode(ROLE_OFFICER, "XB/poc duty", &w->key, bytes_of(w->seed, 32), NO_PASS,
                                       (const uint8_t[40]){0}, w->arena);
    assert_non_null(text.data);
    return text;
}

static enum keyfile_outcome decode(struct world *w, const char *text, const char *passphrase)
{
    struct keyfile read = {.secret = NULL};
    enum keyfile_outcome outcome =
        keyfile_decode(bytes_of_text(text), bytes_of_text(passphrase), w->slab, &read);
    keyfile_done(&read);
    return outcome;
}

/* Every outcome leaves the slab as it was: four cells. */
static void assert_slab_is_empty(struct world *w)
{
    struct secret *taken[4];
    for (size_t i = 0; i < 4; i++) {
        taken[i] = secret_new(w->slab, 32);
        assert_non_null(taken[i]);
    }
    for (size_t i = 0; i < 4; i++) {
        secret_free(taken[i]);
    }
}

/* --- text --- */

static void a_plain_key_comes_back(void **state)
{
    struct world *w = *state;
    struct keyfile read;
    struct bytes text = plain_file(w);
    char expected[512];
    char key[65], seed[65];
    (void)snprintf(expected, sizeof expected, "comity key 1\nofficer XB/poc duty\n%s\nplain %s\n",
                   hex_write(key, bytes_of(w->key.bytes, 32)), hex_write(seed, bytes_of(w->seed, 32)));
    assert_true(bytes_equal(text, bytes_of_text(expected)));
    assert_int_equal(keyfile_decode(text, NO_PASS, w->slab, &read), KEYFILE_OK);
    assert_int_equal(read.role, ROLE_OFFICER);
    assert_string_equal(read.owner, "XB/poc duty");
    assert_true(public_key_equal(&read.key, &w->key));
    assert_false(read.locked);
    assert_true(bytes_equal(secret_bytes(read.secret), bytes_of(w->seed, 32)));
    keyfile_done(&read);
    assert_slab_is_empty(w);
}

static void a_link_key_is_of_the_other_curve(void **state)
{
    struct world *w = *state;
    struct keyfile read;
    struct public_key key;
    crypto_scalarmult_base(key.bytes, w->seed);
    struct bytes text = keyfile_encode(ROLE_LINK, "XB/poc", &key, bytes_of(w->seed, 32), NO_PASS,
                                       (const uint8_t[40]){0}, w->arena);
    assert_int_equal(keyfile_decode(text, NO_PASS, w->slab, &read), KEYFILE_OK);
    keyfile_done(&read);
    text = keyfile_encode(ROLE_LINK, "XB/poc", &w->key, bytes_of(w->seed, 32), NO_PASS,
                          (const uint8_t[40]){0}, w->arena);
    assert_int_equal(keyfile_decode(text, NO_PASS, w->slab, &read), KEYFILE_MALFORMED);
    assert_slab_is_empty(w);
}

static void a_passphrase_guards_secret_and_names(void **state)
{
    struct world *w = *state;
    struct keyfile read;
    uint8_t random[40];
    memset(random, 7, sizeof random);
    struct bytes pass = bytes_of_text("correct horse");
    struct bytes text =
        keyfile_encode(ROLE_OFFICER, "XB/poc duty", &w->key, bytes_of(w->seed, 32), pass, random, w->arena);
    assert_non_null(text.data);
    char seed[65];
    assert_null(strstr((const char *)text.data, hex_write(seed, bytes_of(w->seed, 32))));
    assert_non_null(strstr((const char *)text.data, "\nargon2id 3 268435456 0707"));

    assert_int_equal(keyfile_decode(text, NO_PASS, w->slab, &read), KEYFILE_LOCKED);
    assert_true(read.locked);
    assert_null(read.secret);
    assert_true(public_key_equal(&read.key, &w->key)); /* what it is can be said without the passphrase */
    keyfile_done(&read);

    assert_int_equal(keyfile_decode(text, pass, w->slab, &read), KEYFILE_OK);
    assert_true(bytes_equal(secret_bytes(read.secret), bytes_of(w->seed, 32)));
    keyfile_done(&read);
    assert_int_equal(keyfile_decode(text, bytes_of_text("wrong"), w->slab, &read), KEYFILE_WRONG_PASS);

    char *bent = (char *)(uintptr_t)text.data; /* another owner: the first lines are associated data */
    bent[strlen("comity key 1\nofficer X")] = 'C';
    assert_int_equal(keyfile_decode(text, pass, w->slab, &read), KEYFILE_WRONG_PASS);
    assert_slab_is_empty(w);
}

/* The same form with the least memory, made here by the text of the header, so that many files cost little. */
static void limits_are_those_of_the_file_within_bounds(void **state)
{
    struct world *w = *state;
    static const struct {
        const char *limits;
        enum keyfile_outcome outcome;
    } cases[] = {
        {"1 8192", KEYFILE_OK},
        {"2 8192", KEYFILE_WRONG_PASS}, /* another key then */
        {"11 8192", KEYFILE_MALFORMED},
        {"0 8192", KEYFILE_MALFORMED},
        {"01 8192", KEYFILE_MALFORMED},
        {"-1 8192", KEYFILE_MALFORMED},
        {"1 8191", KEYFILE_MALFORMED},
        {"1 1073741825", KEYFILE_MALFORMED},
        {"1 18446744073709551616", KEYFILE_MALFORMED},
        {"1 99999999999999999999999999", KEYFILE_MALFORMED},
        {"1", KEYFILE_MALFORMED},
    };
    char head[256], key_hex[65], salt_hex[33], nonce_hex[49], cipher_hex[97], text[1024];
    uint8_t salt[16] = {1}, nonce[24] = {2}, key[32], cipher[48];
    (void)snprintf(head, sizeof head, "comity key 1\nofficer XB/poc duty\n%s\n",
                   hex_write(key_hex, bytes_of(w->key.bytes, 32)));
    assert_int_equal(crypto_pwhash(key, 32, "pass", 4, salt, 1, 8192, crypto_pwhash_ALG_ARGON2ID13), 0);
    crypto_aead_xchacha20poly1305_ietf_encrypt(cipher, NULL, w->seed, 32, (const uint8_t *)head, strlen(head),
                                               NULL, nonce, key);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        (void)snprintf(text, sizeof text, "%sargon2id %s %s %s %s\n", head, cases[i].limits,
                       hex_write(salt_hex, bytes_of(salt, 16)), hex_write(nonce_hex, bytes_of(nonce, 24)),
                       hex_write(cipher_hex, bytes_of(cipher, 48)));
        assert_int_equal(decode(w, text, "pass"), cases[i].outcome);
    }
    assert_slab_is_empty(w);
}

#define KEY  "2152f8d19b791d24453242e15f2eab6cb7cffa7b6a5ed30097960e069881db12"
#define SEED "4242424242424242424242424242424242424242424242424242424242424242"

static void any_other_text_is_malformed(void **state)
{
    struct world *w = *state;
    static const char *const bad[] = {
        "",
        "comity key 1",
        "comity key 2\nnode XB/poc\n" KEY "\nplain " SEED "\n",
        "comity key 1\r\nnode XB/poc\n" KEY "\nplain " SEED "\n",
        "comity key 1\nroot XB/poc\n" KEY "\nplain " SEED "\n",
        "comity key 1\nnode\n" KEY "\nplain " SEED "\n",
        "comity key 1\nnode \n" KEY "\nplain " SEED "\n",
        "comity key 1\nnode X\tB\n" KEY "\nplain " SEED "\n",
        "comity key 1\nnode "
        "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"
        "89012345\n" KEY "\nplain " SEED "\n",                   /* 96 characters */
        "comity key 1\nnode XB/poc\n" SEED "\nplain " SEED "\n", /* not a pair */
        "comity key 1\nnode XB/poc\n" KEY "\nplain " KEY "\n",
        "comity key 1\nnode XB/poc\n" KEY "00\nplain " SEED "\n",
        "comity key 1\nnode XB/poc\n" KEY "\nplain " SEED,
        "comity key 1\nnode XB/poc\n" KEY "\nplain " SEED "00\n",
        "comity key 1\nnode XB/poc\n" KEY "\nplain " SEED "\n\n",
        "comity key 1\nnode XB/poc\n" KEY "\nplain  " SEED "\n",
        "comity key 1\nnode XB/poc\n" KEY "\nclear " SEED "\n",
        "comity key 1\nnode XB/poc\n" KEY "\nargon2id\n",
        "comity key 1\nnode XB/poc\n" KEY "\n",
    };
    assert_int_equal(decode(w, "comity key 1\nnode XB/poc\n" KEY "\nplain " SEED "\n", ""), KEYFILE_OK);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_int_equal(decode(w, bad[i], ""), KEYFILE_MALFORMED);
    }
    assert_slab_is_empty(w);
}

/* Bit rot: the key is never another one. A changed name of the owner reads: keys stand in the roster, names are for people. */
static void one_flipped_bit_is_malformed_or_in_the_name(void **state)
{
    struct world *w = *state;
    struct bytes file = plain_file(w);
    const char *name = strstr((const char *)file.data, "XB/poc duty");
    assert_non_null(name);
    size_t from = (size_t)(name - (const char *)file.data);
    uint8_t *text = arena_take(w->arena, file.size);
    assert_non_null(text);
    for (size_t i = 0; i < 8 * file.size; i++) {
        struct keyfile read = {.secret = NULL};
        memcpy(text, file.data, file.size);
        text[i / 8] ^= (uint8_t)(1u << i % 8);
        enum keyfile_outcome outcome = keyfile_decode(bytes_of(text, file.size), NO_PASS, w->slab, &read);
        bool in_name = i / 8 >= from && i / 8 < from + strlen("XB/poc duty");
        if (outcome == KEYFILE_OK && !in_name) {
            fail_msg("bit %zu of byte %zu may be anything", i % 8, i / 8);
        }
        if (outcome == KEYFILE_OK) {
            assert_memory_equal(&read.key, &w->key, sizeof w->key);
            assert_int_equal(read.role, ROLE_OFFICER);
            assert_string_not_equal(read.owner, "XB/poc duty");
        } else {
            assert_int_equal(outcome, KEYFILE_MALFORMED);
        }
        keyfile_done(&read);
    }
    assert_slab_is_empty(w);
}

static void a_full_slab_fails(void **state)
{
    struct world *w = *state;
    struct secret *taken[4];
    struct keyfile read;
    for (size_t i = 0; i < 4; i++) {
        taken[i] = secret_new(w->slab, 32);
    }
    assert_int_equal(keyfile_decode(plain_file(w), NO_PASS, w->slab, &read), KEYFILE_FAILED);
    for (size_t i = 0; i < 4; i++) {
        secret_free(taken[i]);
    }
}

/* --- files --- */

static char *path_of(struct world *w, const char *name)
{
    char *path = arena_format(w->arena, "%s/%s", w->directory, name);
    assert_non_null(path);
    return path;
}

static enum keyfile_outcome read_file(struct world *w, const char *path, struct error *error)
{
    struct keyfile read = {.secret = NULL};
    *error = (struct error){.text = ""};
    enum keyfile_outcome outcome = keyfile_read(path, NO_PASS, w->slab, &read, error);
    assert_int_equal(outcome == KEYFILE_OK, error->text[0] == '\0');
    assert_true(outcome == KEYFILE_OK || strstr(error->text, path) != NULL); /* names the file */
    keyfile_done(&read);
    return outcome;
}

static void a_written_key_is_ours_alone_and_is_read_back(void **state)
{
    struct world *w = *state;
    struct error error = {.text = ""};
    struct stat status;
    char *path = path_of(w, "key");
    mode_t old = umask(0777); /* neither too open nor, with any umask, too closed */
    assert_true(keyfile_write(path, plain_file(w), &error));
    umask(old);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_int_equal(read_file(w, path, &error), KEYFILE_OK);
    assert_int_equal(unlink(path), 0);
    assert_slab_is_empty(w);
}

static void a_key_is_never_overwritten(void **state)
{
    struct world *w = *state;
    struct error error = {.text = ""};
    char *path = path_of(w, "key");
    assert_true(keyfile_write(path, plain_file(w), &error));
    assert_false(keyfile_write(path, bytes_of_text("other"), &error));
    assert_non_null(strstr(error.text, "already"));
    assert_int_equal(read_file(w, path, &error), KEYFILE_OK);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(symlink("nowhere", path), 0);
    assert_false(keyfile_write(path, plain_file(w), &error));
    assert_int_equal(unlink(path), 0);
}

static void a_key_that_others_can_reach_is_refused(void **state)
{
    struct world *w = *state;
    static const mode_t modes[] = {0640, 0604, 0610, 0601, 0620, 0602, 0644};
    struct error error = {.text = ""};
    char *path = path_of(w, "key");
    assert_true(keyfile_write(path, plain_file(w), &error));
    for (size_t i = 0; i < sizeof modes / sizeof modes[0]; i++) {
        assert_int_equal(chmod(path, modes[i]), 0);
        assert_int_equal(read_file(w, path, &error), KEYFILE_OPEN_TO_OTHERS);
        assert_non_null(strstr(error.text, "chmod 600"));
    }
    assert_int_equal(chmod(path, 0400), 0);
    assert_int_equal(read_file(w, path, &error), KEYFILE_OK);
    if (geteuid() == 0) { /* only the superuser can give a file away */
        assert_int_equal(chown(path, 12345, 12345), 0);
        assert_int_equal(read_file(w, path, &error), KEYFILE_OPEN_TO_OTHERS);
    }
    assert_int_equal(unlink(path), 0);
}

static void only_a_plain_file_is_read(void **state)
{
    struct world *w = *state;
    struct error error = {.text = ""};
    char *path = path_of(w, "key");
    char *link_path = path_of(w, "link");
    assert_int_equal(read_file(w, path, &error), KEYFILE_MISSING);
    assert_true(keyfile_write(path, plain_file(w), &error));
    assert_int_equal(symlink(path, link_path), 0);
    assert_int_equal(read_file(w, link_path, &error), KEYFILE_MALFORMED);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(mkfifo(link_path, 0600), 0); /* must not wait for a writer */
    assert_int_equal(read_file(w, link_path, &error), KEYFILE_MALFORMED);
    assert_int_equal(unlink(link_path), 0);
    assert_int_equal(read_file(w, w->directory, &error), KEYFILE_MALFORMED);
    assert_int_equal(unlink(path), 0);
}

static void a_file_that_goes_on_is_malformed(void **state)
{
    struct world *w = *state;
    static char text[5000];
    struct error error = {.text = ""};
    char *path = path_of(w, "key");
    struct bytes good = plain_file(w);
    memset(text, '\n', sizeof text);
    memcpy(text, good.data, good.size);
    assert_true(keyfile_write(path, bytes_of(text, sizeof text), &error));
    assert_int_equal(read_file(w, path, &error), KEYFILE_MALFORMED);
    assert_int_equal(unlink(path), 0);
    assert_true(keyfile_write(path, bytes_of(NULL, 0), &error));
    assert_int_equal(read_file(w, path, &error), KEYFILE_MALFORMED);
    assert_int_equal(unlink(path), 0);
}

static void a_place_that_cannot_be_written_is_said(void **state)
{
    struct world *w = *state;
    struct error error = {.text = ""};
    char *path = path_of(w, "no/such/place");
    assert_false(keyfile_write(path, plain_file(w), &error));
    assert_non_null(strstr(error.text, path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_key_comes_back),
        cmocka_unit_test(a_link_key_is_of_the_other_curve),
        cmocka_unit_test(a_passphrase_guards_secret_and_names),
        cmocka_unit_test(limits_are_those_of_the_file_within_bounds),
        cmocka_unit_test(any_other_text_is_malformed),
        cmocka_unit_test(one_flipped_bit_is_malformed_or_in_the_name),
        cmocka_unit_test(a_full_slab_fails),
        cmocka_unit_test(a_written_key_is_ours_alone_and_is_read_back),
        cmocka_unit_test(a_key_is_never_overwritten),
        cmocka_unit_test(a_key_that_others_can_reach_is_refused),
        cmocka_unit_test(only_a_plain_file_is_read),
        cmocka_unit_test(a_file_that_goes_on_is_malformed),
        cmocka_unit_test(a_place_that_cannot_be_written_is_said),
    };
    return cmocka_run_group_tests_name("keyfile", tests, open_world, close_world);
}
