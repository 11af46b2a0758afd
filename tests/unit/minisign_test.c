/* SPDX-License-Identifier: Apache-2.0 */
/*
 * minisign files. The stock_* texts were made by minisign 0.11 (`minisign -G -W`, `-S`, `-S -l`). Called with arguments
 * this program is the other end of tests/interop/minisign.t: see tool().
 */
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
#include "keys/minisign.h"

#define ARENA_BYTES ((size_t)1024 * 1024)

static const char stock_key[] = "RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZrF";
static const char stock_secret[] =
    "untrusted comment: minisign encrypted secret key\n"
    "RWQAAEIyAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAABeZGbSdUvXaAfVbpiioSWgW7sKaR7BFz"
    "txlRdM2A"
    "VykB5nzc3CqpvUScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZrFAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n";
static const char stock_message[] = "hello\n";
#define STOCK_COMMENT "timestamp:1795291536\tfile:m\thashed"
static const char stock_minisig[] =
    "untrusted comment: signature from minisign secret key\n"
    "RUQF5kZtJ1S9dpIIEcTimmH1DbTQQhFQzuBNKgS22o329A8u5zZEiFyMB2YufILwJ8eW1tOOYx4tzS22C0BbuLyFqDi79vpFoQU=\n"
    "trusted comment: " STOCK_COMMENT "\n"
    "OD8GHwVcnFJY631yuTmumUuoP4npeOFH+tDMwGg7tRO+UiW7VkLc/oOcaxNUY5o9EVnwKl/BUjnb6SceTg49Bw==\n";
static const char stock_legacy[] =
    "untrusted comment: signature from minisign secret key\n"
    "RWQF5kZtJ1S9dv2iwcTt8wrJmGN8lZB9Q3LbePTZ4T7AlSRNUBRCNMZRjthB1UiB2/4rwzf0szrrGC5V0qFZKpHBlsZSqV9BDgk=\n"
    "trusted comment: timestamp:1795291536\tfile:m\n"
    "7S/HIitoxLXQgA4A9NlVHvKye2VQsugcXMPs2lXHb0uQgw4joOkLyvR/FK/gA0L6SBSomQ3r2TuXsbhQeIJfDQ==\n";

struct bench {
    struct arena *arena;
    struct slab *slab;
    struct minisign_key key;
    uint8_t id[8];
    struct signer signer; /* the stock key */
};

static int bench_up(void **state)
{
    static struct bench bench;
    bench.arena = arena_new(ARENA_BYTES);
    bench.slab = slab_new(8, NULL);
    assert_non_null(bench.slab);
    assert_true(minisign_key_read(bytes_of_text(stock_key), &bench.key));
    assert_true(minisign_secret_read(bytes_of_text(stock_secret), bench.slab, bench.id, &bench.signer));
    *state = &bench;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *b = *state;
    signer_done(&b->signer);
    slab_free(b->slab);
    arena_free(b->arena);
    return 0;
}

static enum minisig_outcome verify(struct bench *b, const char *minisig)
{
    return minisig_verify(bytes_of_text(minisig), bytes_of_text(stock_message), &b->key, b->arena, NULL);
}

/* A copy of text with the first find replaced. */
static char *edited(struct bench *b, const char *text, const char *find, const char *replace)
{
    const char *at = strstr(text, find);
    assert_non_null(at);
    char *copy = arena_format(b->arena, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
    assert_non_null(copy);
    return copy;
}

static void stock_signature_holds_and_shows_its_comment(void **state)
{
    struct bench *b = *state;
    const char *comment = NULL;
    uint8_t id[8];
    assert_int_equal(minisig_verify(bytes_of_text(stock_minisig), bytes_of_text(stock_message), &b->key,
                                    b->arena, &comment),
                     MINISIG_OK);
    assert_string_equal(comment, STOCK_COMMENT);
    assert_true(minisig_key_id(bytes_of_text(stock_minisig), id));
    assert_memory_equal(id, b->key.id, 8);
}

static void legacy_signature_counts_nothing(void **state)
{
    assert_int_equal(verify(*state, stock_legacy), MINISIG_LEGACY);
}

static void prehashed_signature_relabelled_as_legacy_counts_nothing(void **state)
{
    struct bench *b = *state;
    assert_int_equal(verify(b, edited(b, stock_minisig, "RUQF", "RWQF")), MINISIG_LEGACY);
    assert_int_equal(verify(b, edited(b, stock_legacy, "RWQF", "RUQF")), MINISIG_BAD);
}

static void unknown_algorithm_is_malformed(void **state)
{
    struct bench *b = *state;
    assert_int_equal(verify(b, edited(b, stock_minisig, "RUQF", "RUUF")), MINISIG_MALFORMED);
}

static void other_key_id_is_other_key(void **state)
{
    struct bench *b = *state;
    struct minisign_key other = b->key;
    other.id[7] ^= 1;
    assert_int_equal(
        minisig_verify(bytes_of_text(stock_minisig), bytes_of_text(stock_message), &other, b->arena, NULL),
        MINISIG_OTHER_KEY);
}

static void same_key_id_with_another_key_is_bad(void **state)
{
    struct bench *b = *state;
    struct minisign_key other = b->key;
    uint8_t secret[64];
    const uint8_t seed[32] = {7};
    assert_int_equal(crypto_sign_seed_keypair(other.key.bytes, secret, seed), 0);
    assert_int_equal(
        minisig_verify(bytes_of_text(stock_minisig), bytes_of_text(stock_message), &other, b->arena, NULL),
        MINISIG_BAD);
}

static void other_message_is_bad(void **state)
{
    struct bench *b = *state;
    assert_int_equal(
        minisig_verify(bytes_of_text(stock_minisig), bytes_of_text("hello"), &b->key, b->arena, NULL),
        MINISIG_BAD);
}

static void trusted_comment_is_bound(void **state)
{
    struct bench *b = *state;
    assert_int_equal(verify(b, edited(b, stock_minisig, "1795291536", "1795291537")), MINISIG_BAD);
}

static void untrusted_comment_is_free(void **state)
{
    struct bench *b = *state;
    assert_int_equal(verify(b, edited(b, stock_minisig, "signature from minisign secret key", "")),
                     MINISIG_OK);
}

static void anything_but_four_ended_lines_is_malformed(void **state)
{
    static const char *const changes[][2] = {
        {"Bw==\n", "Bw=="},                            /* last line not ended */
        {"Bw==\n", "Bw==\n\n"},                        /* a fifth line */
        {"Bw==\n", "Bw==\nx\n"},                       /* another fifth line */
        {"Bw==\n", "Bw==\r\n"},                        /* CRLF */
        {"untrusted comment: ", "untrusted comment:"}, /* prefix */
        {"untrusted", "Untrusted"},
        {"\ntrusted comment: ", "\n trusted comment: "},
        {"\ntrusted comment: ", "\n\ntrusted comment: "},
        {"hashed", "hash\x01"
                   "ed"}, /* a control */
        {"hashed", "hash\xe2\x80\xae"
                   "ed"}, /* a bidirectional override */
        {"hashed", "hash\xff"
                   "ed"},     /* not UTF-8 */
        {"Bw==\n", "Bx==\n"}, /* left-over bits: not canonical */
        {"Bw==\n", "Bw=\n"},  /* padding */
        {"Bw==\n", "Bw\n"},
        {"Bw==\n", "B-==\n"},  /* URL alphabet */
        {"oQU=\n", "oQU= \n"}, /* blank */
        {"oQU=\n", "oQUA\n"},  /* 75 bytes */
        {"+tDM", "+tD M"},
    };
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        if (verify(b, edited(b, stock_minisig, changes[i][0], changes[i][1])) != MINISIG_MALFORMED) {
            fail_msg("change %zu was not malformed", i);
        }
    }
    assert_int_equal(verify(b, ""), MINISIG_MALFORMED);
    assert_int_equal(verify(b, "\n\n\n\n"), MINISIG_MALFORMED);
}

static void zero_byte_is_malformed(void **state)
{
    struct bench *b = *state;
    char text[sizeof stock_minisig];
    memcpy(text, stock_minisig, sizeof text);
    text[30] = '\0';
    assert_int_equal(minisig_verify(bytes_of(text, sizeof text - 1), bytes_of_text(stock_message), &b->key,
                                    b->arena, NULL),
                     MINISIG_MALFORMED);
    /* nor may one follow */
    assert_int_equal(minisig_verify(bytes_of(stock_minisig, sizeof stock_minisig),
                                    bytes_of_text(stock_message), &b->key, b->arena, NULL),
                     MINISIG_MALFORMED);
}

static void file_is_at_most_10240_bytes(void **state)
{
    struct bench *b = *state;
    size_t room = MINISIG_BYTES_MAX - (sizeof stock_minisig - 1);
    char *pad = arena_zero(b->arena, room + 2, 1);
    memset(pad, 'x', room);
    char *text =
        edited(b, stock_minisig, "untrusted comment: ", arena_format(b->arena, "untrusted comment: %s", pad));
    assert_int_equal(strlen(text), MINISIG_BYTES_MAX);
    assert_int_equal(verify(b, text), MINISIG_OK);
    pad[room] = 'x';
    text =
        edited(b, stock_minisig, "untrusted comment: ", arena_format(b->arena, "untrusted comment: %s", pad));
    assert_int_equal(verify(b, text), MINISIG_MALFORMED);
}

/* Every bit of a signature file matters but those of the untrusted comment. */
static void every_bit_matters(void **state)
{
    struct bench *b = *state;
    const size_t free_from = strlen("untrusted comment: ");
    const size_t free_to = (size_t)(strchr(stock_minisig, '\n') - stock_minisig);
    for (size_t i = 0; i < sizeof stock_minisig - 1; i++) {
        for (unsigned bit = 0; bit < 8 && (i < free_from || i >= free_to); bit++) {
            char text[sizeof stock_minisig];
            memcpy(text, stock_minisig, sizeof text);
            text[i] = (char)(text[i] ^ (1 << bit));
            struct bytes file = bytes_of(text, sizeof text - 1);
            if (minisig_verify(file, bytes_of_text(stock_message), &b->key, b->arena, NULL) == MINISIG_OK) {
                fail_msg("byte %zu bit %u", i, bit);
            }
        }
    }
}

static void signs_the_bytes_that_stock_minisign_signs(void **state)
{
    struct bench *b = *state;
    struct bytes ours =
        minisig_make(bytes_of_text(stock_message), b->id, &b->signer, STOCK_COMMENT, b->arena);
    assert_non_null(ours.data);
    assert_int_equal(verify(b, (const char *)ours.data), MINISIG_OK);
    assert_string_equal(strchr((const char *)ours.data, '\n'), strchr(stock_minisig, '\n'));
}

static void writes_the_key_files_of_stock_minisign(void **state)
{
    struct bench *b = *state;
    struct bytes secret = minisign_secret_file(b->id, &b->signer, "minisign encrypted secret key", b->arena);
    assert_string_equal((const char *)secret.data, stock_secret);
    struct bytes public = minisign_public_file(&b->key, "minisign public key 76BD54276D46E605", b->arena);
    char *expected =
        arena_format(b->arena, "untrusted comment: minisign public key 76BD54276D46E605\n%s\n", stock_key);
    assert_string_equal((const char *)public.data, expected);
}

static void secret_file_gives_the_key_pair(void **state)
{
    struct bench *b = *state;
    assert_memory_equal(b->id, b->key.id, 8);
    assert_memory_equal(b->signer.key.bytes, b->key.key.bytes, 32);
}

/* The stock secret with byte i of its blob set to value. */
static char *altered_secret(struct bench *b, size_t i, uint8_t value)
{
    uint8_t blob[158];
    size_t size = 0;
    const char *line = strchr(stock_secret, '\n') + 1;
    assert_true(base64_read(blob, sizeof blob, &size, bytes_of(line, strlen(line) - 1)));
    blob[i] = value;
    return arena_format(b->arena, "untrusted comment: x\n%s\n",
                        base64_new(b->arena, bytes_of(blob, sizeof blob)));
}

static void altered_secret_file_is_refused(void **state)
{
    struct bench *b = *state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0, 'e'}, /* algorithm */
        {2, 'S'}, /* encrypted */
        {4, 'b'}, /* checksum algorithm */
        {62, 0},  /* seed: no longer that of the public half */
        {94, 0},  /* public half */
        {157, 1}, /* checksum neither zero nor right */
    };
    uint8_t id[8];
    struct signer signer;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        if (minisign_secret_read(bytes_of_text(altered_secret(b, changes[i].at, changes[i].value)), b->slab,
                                 id, &signer)) {
            fail_msg("change %zu was read", i);
        }
    }
    assert_false(minisign_secret_read(bytes_of(stock_secret, sizeof stock_secret - 2), b->slab, id, &signer));
    assert_false(minisign_secret_read(bytes_of_text("untrusted comment: x\n\n"), b->slab, id, &signer));
}

static void refused_secret_files_leave_the_slab_as_it_was(void **state)
{
    struct bench *b = *state;
    uint8_t id[8];
    struct signer signer;
    for (int i = 0; i < 32; i++) { /* the slab has 8 cells */
        assert_false(minisign_secret_read(bytes_of_text(altered_secret(b, 94, 0)), b->slab, id, &signer));
    }
    assert_true(minisign_secret_read(bytes_of_text(stock_secret), b->slab, id, &signer));
    signer_done(&signer);
}

static void secret_file_with_a_right_checksum_is_read(void **state)
{
    struct bench *b = *state;
    uint8_t blob[158];
    size_t size = 0;
    const char *line = strchr(stock_secret, '\n') + 1;
    assert_true(base64_read(blob, sizeof blob, &size, bytes_of(line, strlen(line) - 1)));
    uint8_t over[2 + 8 + 64];
    memcpy(over, blob, 2);
    memcpy(over + 2, blob + 54, 8 + 64);
    assert_int_equal(crypto_generichash(blob + 126, 32, over, sizeof over, NULL, 0), 0);
    char *text = arena_format(b->arena, "untrusted comment: x\n%s\n",
                              base64_new(b->arena, bytes_of(blob, sizeof blob)));
    uint8_t id[8];
    struct signer signer;
    assert_true(minisign_secret_read(bytes_of_text(text), b->slab, id, &signer));
    signer_done(&signer);
}

static void public_key_text_is_read_and_written(void **state)
{
    (void)state;
    struct minisign_key key;
    char text[MINISIGN_KEY_TEXT];
    assert_true(minisign_key_read(bytes_of_text(stock_key), &key));
    assert_string_equal(minisign_key_write(text, &key), stock_key);
    static const char *const bad[] = {
        "",
        "RUQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZrF",     /* alg "ED" is not of keys */
        "RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZr",      /* short */
        "RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZrFAAAA", /* long */
        "RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZ=",
        "RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZr-",
        " RWQF5kZtJ1S9dkScaZAwEUhMprVtGhJn2mvnoABKLMPYrg46LVIqcZrF",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(minisign_key_read(bytes_of_text(bad[i]), &key));
    }
}

static void exhausted_arena_is_an_outcome(void **state)
{
    struct bench *b = *state;
    const char *comment = NULL;
    for (size_t cap = 0; cap < 1200; cap += 16) {
        struct arena *small = arena_new(cap);
        struct bytes made = minisig_make(bytes_of_text(stock_message), b->id, &b->signer, "x", small);
        assert_true(made.data != NULL || arena_exhausted(small));
        arena_reset(small);
        struct bytes file = minisign_secret_file(b->id, &b->signer, "x", small);
        assert_true(file.data != NULL || arena_exhausted(small));
        arena_free(small);
    }
    struct arena *none = arena_new(0);
    assert_int_equal(
        minisig_verify(bytes_of_text(stock_minisig), bytes_of_text(stock_message), &b->key, none, &comment),
        MINISIG_OK);
    assert_string_equal(comment, "");
    arena_free(none);
}

/* --- the other end of tests/interop/minisign.t --- */

static struct bytes slurp(const char *path, struct arena *arena)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = arena_take(arena, 65536);
    if (file == NULL || data == NULL) {
        perror(path);
        exit(2);
    }
    size_t size = fread(data, 1, 65536, file);
    (void)fclose(file);
    return bytes_of(data, size);
}

static void print(struct bytes text)
{
    (void)fwrite(text.data, 1, text.size, stdout);
}

/*
 *   sign SECRET MESSAGE COMMENT      prints a signature file
 *   verify KEY MESSAGE MINISIG       exit code 0, or 10 + outcome
 *   secret NUMBER | public NUMBER    prints a key file made from a number
 */
static int tool(int argc, char **argv)
{
    struct arena *arena = arena_new(ARENA_BYTES);
    struct slab *slab = slab_new(8, NULL);
    struct signer signer = {0};
    uint8_t id[8] = {0};
    int code = 2;
    if (argc == 5 && strcmp(argv[1], "sign") == 0) {
        if (minisign_secret_read(slurp(argv[2], arena), slab, id, &signer)) {
            print(minisig_make(slurp(argv[3], arena), id, &signer, argv[4], arena));
            code = 0;
        }
    } else if (argc == 5 && strcmp(argv[1], "verify") == 0) {
        struct minisign_key key;
        if (minisign_key_read(bytes_of_text(argv[2]), &key)) {
            enum minisig_outcome outcome =
                minisig_verify(slurp(argv[4], arena), slurp(argv[3], arena), &key, arena, NULL);
            code = outcome == MINISIG_OK ? 0 : 10 + (int)outcome;
        }
    } else if (argc == 3) {
        uint8_t seed[32] = {0};
        seed[0] = id[0] = (uint8_t)strtoul(argv[2], NULL, 10);
        if (signer_init(&signer, slab, seed)) {
            struct minisign_key key = {.key = signer.key};
            memcpy(key.id, id, sizeof key.id);
            print(strcmp(argv[1], "secret") == 0
                      ? minisign_secret_file(id, &signer, "secret key of a test", arena)
                      : minisign_public_file(&key, "public key of a test", arena));
            code = 0;
        }
    }
    if (signer.secret != NULL) {
        signer_done(&signer);
    }
    slab_free(slab);
    arena_free(arena);
    return code;
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        return 1;
    }
    if (argc > 1) {
        return tool(argc, argv);
    }
#define TEST(name) cmocka_unit_test_setup_teardown(name, bench_up, bench_down)
    const struct CMUnitTest tests[] = {
        TEST(stock_signature_holds_and_shows_its_comment),
        TEST(legacy_signature_counts_nothing),
        TEST(prehashed_signature_relabelled_as_legacy_counts_nothing),
        TEST(unknown_algorithm_is_malformed),
        TEST(other_key_id_is_other_key),
        TEST(same_key_id_with_another_key_is_bad),
        TEST(other_message_is_bad),
        TEST(trusted_comment_is_bound),
        TEST(untrusted_comment_is_free),
        TEST(anything_but_four_ended_lines_is_malformed),
        TEST(zero_byte_is_malformed),
        TEST(file_is_at_most_10240_bytes),
        TEST(every_bit_matters),
        TEST(signs_the_bytes_that_stock_minisign_signs),
        TEST(writes_the_key_files_of_stock_minisign),
        TEST(secret_file_gives_the_key_pair),
        TEST(altered_secret_file_is_refused),
        TEST(refused_secret_files_leave_the_slab_as_it_was),
        TEST(secret_file_with_a_right_checksum_is_read),
        TEST(public_key_text_is_read_and_written),
        TEST(exhausted_arena_is_an_outcome),
    };
    return cmocka_run_group_tests_name("minisign", tests, NULL, NULL);
}
