/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/record_form.h"
#include "base/daemon/record_reader.h"
#include "base/ensure.h"

#define FILE_BYTES_TOP ((size_t)64 * 1024 * 1024)
#define ARENA_BYTES    ((size_t)128 * 1024 * 1024)

struct place {
    char directory[64];
    char path[128];
    struct record_pair pair;
    struct arena *arena; /* of what was read */
    struct logger *logger;
    int log;
};

static const char *in(struct place *place, const char *name)
{
    (void)snprintf(place->path, sizeof place->path, "%s/%s", place->directory, name);
    return place->path;
}

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    (void)snprintf(place->directory, sizeof place->directory, "/tmp/comity-record-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->arena = arena_new(ARENA_BYTES);
    assert_true(record_key_make(in(place, "key"), &place->pair, NULL));
    place->log = open(in(place, "log"), O_RDWR | O_CREAT | O_EXCL, 0600);
    assert_true(place->log >= 0);
    place->logger = logger_new(place->log, LOG_DEBUG);
    assert_non_null(place->logger);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    const char *const *names = NULL;
    size_t count = 0;
    logger_free(place->logger);
    (void)close(place->log);
    arena_reset(place->arena);
    assert_int_equal(files_list(place->directory, "", place->arena, &names, &count, NULL), FILES_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(unlink(in(place, names[i])), 0);
    }
    assert_int_equal(unlink(in(place, "link")) == 0 || errno == ENOENT, 1);
    assert_int_equal(rmdir(place->directory), 0);
    arena_free(place->arena);
    free(place);
    return 0;
}

static struct record *begin(struct place *place, const char *name, bool sealed, uint64_t bytes_max)
{
    struct error error = {.text = ""};
    const struct record_options options = {
        .path = in(place, name),
        .key = sealed ? place->pair.key : NULL,
        .bytes_max = bytes_max,
        .program = "comity-test",
        .logger = place->logger,
    };
    struct record *record = record_open(&options, &error);
    if (record == NULL) {
        print_message("%s\n", error.text);
    }
    assert_non_null(record);
    return record;
}

static bool log_has(struct place *place, const char *text)
{
    char content[8192] = "";
    ssize_t size = pread(place->log, content, sizeof content - 1, 0);
    assert_true(size >= 0);
    return strstr(content, text) != NULL;
}

static struct bytes content_of(struct place *place, const char *name)
{
    struct bytes ret;
    assert_int_equal(files_read(in(place, name), FILE_BYTES_TOP, place->arena, &ret, NULL), FILES_OK);
    return ret;
}

static void write_file(struct place *place, const char *name, struct bytes content)
{
    FILE *file = fopen(in(place, name), "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(content.data, 1, content.size, file), content.size);
    assert_int_equal(fclose(file), 0);
}

/* --- a record with every kind of entry, and what is in it --- */

#define LIST_MAX 200
struct list {
    struct record_entry entries[LIST_MAX];
    size_t count;
    enum record_outcome outcome;
};

/* Reads all there is; open failures are the outcome too. */
static struct list *read_list(struct place *place, const char *name, const struct record_pair *pair)
{
    struct record_reader *reader = NULL;
    struct error error = {.text = ""};
    struct list *list = calloc(1, sizeof *list);
    assert_non_null(list);
    list->outcome = record_reader_open(&reader, in(place, name), pair, &error);
    while (list->outcome == RECORD_OK) {
        assert_true(list->count < LIST_MAX);
        list->outcome = record_reader_next(reader, place->arena, &list->entries[list->count], &error);
        list->count += list->outcome == RECORD_OK;
    }
    assert_true((error.text[0] == '\0') == (list->outcome == RECORD_END));
    record_reader_close(reader);
    return list;
}

static bool entry_equal(const struct record_entry *a, const struct record_entry *b)
{
    bool equal = a->kind == b->kind && a->blob_count == b->blob_count &&
                 memcmp(a->numbers, b->numbers, sizeof a->numbers) == 0;
    for (size_t i = 0; equal && i < a->blob_count; i++) {
        equal = bytes_equal(a->blobs[i], b->blobs[i]);
    }
    return equal;
}

/* Of each kind one, with distinct numbers and blobs of distinct sizes, after what record_open() puts down. */
static void add_each_kind(struct record *record)
{
    uint8_t noise[300];
    for (size_t i = 0; i < sizeof noise; i++) {
        noise[i] = (uint8_t)(i * 7 + 1);
    }
    for (unsigned kind = RECORD_NONE + 1; kind < RECORD_KINDS; kind++) {
        uint64_t numbers[RECORD_NUMBERS_MAX];
        struct bytes blobs[RECORD_BLOBS_MAX];
        for (size_t i = 0; i < RECORD_NUMBERS_MAX; i++) {
            numbers[i] = UINT64_C(0x8877665544332211) * kind + i;
        }
        size_t count =
            kind == RECORD_ROSTER ? RECORD_BLOBS_MAX : record_blob_count_min((enum record_kind)kind);
        for (size_t i = 0; i < count; i++) {
            blobs[i] = bytes_of(noise, i * 3 + kind);
        }
        record_add(record, (enum record_kind)kind, numbers, blobs, count);
    }
}

static void what_is_put_down_is_read(struct place *place, bool sealed)
{
    struct record *record = begin(place, "r", sealed, RECORD_FILE_BYTES_SET);
    assert_int_equal(record_is_sealed(record), sealed);
    add_each_kind(record);
    record_close(record);
    struct list *list = read_list(place, "r", sealed ? &place->pair : NULL);
    assert_int_equal(list->outcome, RECORD_END);
    assert_int_equal(list->count, RECORD_KINDS - 1 + 2);
    assert_int_equal(list->entries[0].kind, RECORD_BEGUN);
    assert_string_equal((const char *)list->entries[0].blobs[0].data, "comity-test");
    for (size_t kind = 1; kind < RECORD_KINDS; kind++) {
        const struct record_entry *entry = &list->entries[kind];
        assert_int_equal(entry->kind, kind);
        for (size_t i = 0; i < record_number_count(entry->kind); i++) {
            assert_int_equal(entry->numbers[i], UINT64_C(0x8877665544332211) * kind + i);
        }
        for (size_t i = 0; i < entry->blob_count; i++) {
            assert_int_equal(entry->blobs[i].size, i * 3 + kind);
            assert_true(entry->blobs[i].size == 0 || entry->blobs[i].data[entry->blobs[i].size - 1] ==
                                                         (uint8_t)((i * 3 + kind - 1) * 7 + 1));
        }
    }
    assert_int_equal(list->entries[RECORD_ROSTER].blob_count, RECORD_BLOBS_MAX);
    assert_int_equal(list->entries[RECORD_KINDS].kind, RECORD_ENDED);
    assert_string_equal((const char *)list->entries[RECORD_KINDS].blobs[0].data, "the process ended");
    free(list);
}

static void sealed_record_is_read_as_it_was_put_down(void **state)
{
    what_is_put_down_is_read(*state, true);
}

static void open_record_is_read_as_it_was_put_down(void **state)
{
    what_is_put_down_is_read(*state, false);
}

/* Some entries in several chunks, as turns make them. */
static struct bytes small_record(struct place *place, const char *name, bool sealed)
{
    struct record *record = begin(place, name, sealed, RECORD_FILE_BYTES_SET);
    struct turn *turn = turn_new(record_source(record, (struct turn_source){.random = NULL}), 1 << 20);
    for (uint64_t i = 0; i < 5; i++) {
        const struct bytes frame = bytes_of("a frame", 1 + i);
        turn_begin(turn, (wall_ms){.ms = 100 + i}, (mono_ms){.ms = i});
        record_add(record, RECORD_FRAME, &i, &frame, 1);
        record_turn(record, turn);
    }
    turn_free(turn);
    record_close(record);
    return content_of(place, name);
}

static void each_changed_byte_is_seen(struct place *place, bool sealed)
{
    struct bytes good = small_record(place, "r", sealed);
    struct list *whole = read_list(place, "r", &place->pair);
    assert_int_equal(whole->outcome, RECORD_END);
    uint8_t *bad = malloc(good.size);
    assert_non_null(bad);
    for (size_t at = 0; at < good.size; at++) {
        for (unsigned bit = 0; bit < 8; bit += 3) {
            memcpy(bad, good.data, good.size);
            bad[at] ^= (uint8_t)(1U << bit);
            write_file(place, "bad", bytes_of(bad, good.size));
            struct list *list = read_list(place, "bad", &place->pair);
            assert_int_not_equal(list->outcome, RECORD_END);
            assert_true(list->count < whole->count);
            for (size_t i = 0; i < list->count; i++) {
                assert_true(entry_equal(&list->entries[i], &whole->entries[i]));
            }
            free(list);
        }
    }
    free(bad);
    free(whole);
}

static void each_changed_byte_of_a_sealed_record_is_seen(void **state)
{
    each_changed_byte_is_seen(*state, true);
}

static void each_changed_byte_of_an_open_record_is_seen(void **state)
{
    each_changed_byte_is_seen(*state, false);
}

static void cut_off_anywhere_reads_what_was_before(void **state)
{
    struct place *place = *state;
    struct bytes good = small_record(place, "r", true);
    struct list *whole = read_list(place, "r", &place->pair);
    size_t most = 0;
    for (size_t size = 0; size < good.size; size++) {
        write_file(place, "cut", bytes_of(good.data, size));
        struct list *list = read_list(place, "cut", &place->pair);
        assert_int_equal(list->outcome, size < RECORD_MAGIC_BYTES ? RECORD_NONE_SUCH : RECORD_CUT);
        assert_true(list->count >= most); /* a longer prefix never shows less */
        most = list->count;
        for (size_t i = 0; i < list->count; i++) {
            assert_true(entry_equal(&list->entries[i], &whole->entries[i]));
        }
        free(list);
    }
    assert_int_equal(most, whole->count - 1); /* all but ENDED, which is in the last chunk */
    free(whole);
}

static void bytes_after_the_end_are_seen(void **state)
{
    struct place *place = *state;
    struct bytes good = small_record(place, "r", true);
    uint8_t *longer = malloc(good.size + 1);
    assert_non_null(longer);
    memcpy(longer, good.data, good.size);
    longer[good.size] = 0;
    write_file(place, "longer", bytes_of(longer, good.size + 1));
    struct list *list = read_list(place, "longer", &place->pair);
    assert_int_equal(list->outcome, RECORD_ALTERED);
    free(list);
    free(longer);
}

/* --- keys --- */

static void only_the_key_it_is_sealed_to_reads_it(void **state)
{
    struct place *place = *state;
    struct record_pair other;
    (void)small_record(place, "r", true);
    assert_true(record_key_make(in(place, "other"), &other, NULL));
    struct list *list = read_list(place, "r", &other);
    assert_int_equal(list->outcome, RECORD_KEY_WRONG);
    free(list);
    memcpy(other.key, place->pair.key, sizeof other.key); /* the right name and the wrong secret */
    list = read_list(place, "r", &other);
    assert_int_equal(list->outcome, RECORD_KEY_WRONG);
    free(list);
    list = read_list(place, "r", NULL);
    assert_int_equal(list->outcome, RECORD_KEY_NEEDED);
    free(list);
    (void)small_record(place, "open", false);
    list = read_list(place, "open", NULL);
    assert_int_equal(list->outcome, RECORD_END);
    free(list);
}

static void nothing_of_it_stands_in_a_sealed_file(void **state)
{
    struct place *place = *state;
    static const char secret[] = "4 corporate mailboxes were entered";
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    for (uint64_t i = 0; i < 3; i++) {
        record_add(record, RECORD_FRAME, &i,
                   &(const struct bytes){.data = (const uint8_t *)secret, .size = sizeof secret}, 1);
    }
    record_close(record);
    struct bytes content = content_of(place, "r");
    for (size_t at = 0; at + 8 <= content.size; at++) {
        assert_memory_not_equal(content.data + at, secret, 8);
    }
}

static void another_version_and_no_record_are_told_apart(void **state)
{
    struct place *place = *state;
    struct bytes good = small_record(place, "r", true);
    uint8_t *other = malloc(good.size);
    assert_non_null(other);
    memcpy(other, good.data, good.size);
    other[RECORD_MAGIC_COMMON] = '1';
    write_file(place, "other", bytes_of(other, good.size));
    struct list *list = read_list(place, "other", &place->pair);
    assert_int_equal(list->outcome, RECORD_OTHER_VERSION);
    free(list);
    free(other);
    list = read_list(place, "key", &place->pair);
    assert_int_equal(list->outcome, RECORD_NONE_SUCH);
    free(list);
    list = read_list(place, "absent", &place->pair);
    assert_int_equal(list->outcome, RECORD_FAILED);
    free(list);
}

/* A pipe without a writer holds up whoever opens it. */
static void only_a_plain_file_is_read_and_nothing_waits(void **state)
{
    static const char *const names[] = {"pipe", "directory"};
    struct place *place = *state;
    assert_int_equal(mkfifo(in(place, "pipe"), 0600), 0);
    assert_int_equal(mkdir(in(place, "directory"), 0700), 0);
    (void)alarm(10); /* ends the test if it waits */
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct record_reader *reader = NULL;
        struct error error = {.text = ""};
        assert_int_equal(record_reader_open(&reader, in(place, names[i]), NULL, &error), RECORD_FAILED);
        assert_non_null(strstr(error.text, "it is not a plain file"));
    }
    (void)alarm(0);
    assert_int_equal(unlink(in(place, "pipe")), 0);
    assert_int_equal(rmdir(in(place, "directory")), 0);
}

static void key_files_are_read_as_they_were_made(void **state)
{
    struct place *place = *state;
    struct record_pair pair;
    struct stat status;
    uint8_t key[RECORD_KEY_BYTES];
    char hex[2 * RECORD_KEY_BYTES + 1];
    char path[160];
    struct error error = {.text = ""};
    assert_true(record_key_read(in(place, "key"), &pair, NULL));
    assert_memory_equal(&pair, &place->pair, sizeof pair);
    assert_int_equal(stat(in(place, "key"), &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    assert_true(record_key_public(in(place, "key.pub"), key, NULL));
    assert_memory_equal(key, pair.key, sizeof key);
    (void)sodium_bin2hex(hex, sizeof hex, key, sizeof key);
    memset(key, 0, sizeof key);
    assert_true(record_key_public(hex, key, NULL));
    assert_memory_equal(key, pair.key, sizeof key);
    assert_false(record_key_read(in(place, "key.pub"), &pair, &error)); /* has no secret */
    assert_false(record_key_public(in(place, "log"), key, NULL));
    hex[10] = 'G';
    assert_false(record_key_public(hex, key, NULL));
    assert_false(record_key_make(in(place, "key"), &pair, NULL)); /* never overwritten */
    (void)snprintf(path, sizeof path, "%s", in(place, "key"));
    assert_int_equal(chmod(path, 0640), 0);
    error.text[0] = '\0';
    assert_false(record_key_read(path, &pair, &error));
    assert_non_null(strstr(error.text, "chmod 600"));
}

static void a_key_that_cannot_be_sealed_to_is_refused(void **state)
{
    struct place *place = *state;
    const uint8_t low[RECORD_KEY_BYTES] = {0};
    struct error error = {.text = ""};
    const struct record_options options = {.path = in(place, "r"),
                                           .key = low,
                                           .bytes_max = RECORD_FILE_BYTES_SET,
                                           .program = "comity-test",
                                           .logger = place->logger};
    assert_null(record_open(&options, &error));
    assert_non_null(strstr(error.text, "--record-key"));
    assert_int_equal(access(in(place, "r"), F_OK), -1);
}

/* --- the file --- */

static void a_file_that_is_there_is_never_touched(void **state)
{
    struct place *place = *state;
    struct stat status;
    struct error error = {.text = ""};
    struct record_options options = {.path = in(place, "key"),
                                     .bytes_max = RECORD_FILE_BYTES_SET,
                                     .program = "comity-test",
                                     .logger = place->logger};
    assert_null(record_open(&options, &error));
    assert_non_null(strstr(error.text, "never overwritten"));
    assert_true(record_key_read(in(place, "key"), &place->pair, NULL));
    char target[160];
    (void)snprintf(target, sizeof target, "%s", in(place, "target"));
    assert_int_equal(symlink(target, in(place, "link")), 0);
    options.path = in(place, "link");
    assert_null(record_open(&options, NULL));
    assert_int_equal(access(target, F_OK), -1);
    record_close(begin(place, "r", false, RECORD_FILE_BYTES_SET));
    assert_int_equal(stat(in(place, "r"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void it_ends_before_it_is_larger_than_it_may_be(void **state)
{
    struct place *place = *state;
    static uint8_t frame[100000];
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_MIN);
    struct turn *turn = turn_new((struct turn_source){.random = NULL}, 1 << 20);
    turn_begin(turn, (wall_ms){.ms = 1}, (mono_ms){.ms = 1});
    for (uint64_t i = 0; i < 20; i++) {
        record_add(record, RECORD_FRAME, &i, &(const struct bytes){.data = frame, .size = sizeof frame}, 1);
        record_turn(record, turn);
    }
    assert_true(log_has(place, "event=record.ended"));
    assert_true(log_has(place, "--record-max"));
    record_close(record);
    turn_free(turn);
    assert_true(content_of(place, "r").size <= RECORD_FILE_BYTES_MIN);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->outcome, RECORD_END);
    assert_int_equal(list->count, 12); /* BEGUN, ten frames of 100 kB, ENDED */
    assert_non_null(strstr((const char *)list->entries[11].blobs[0].data, "--record-max"));
    free(list);
}

static void a_turn_larger_than_a_chunk_is_read_whole(void **state)
{
    struct place *place = *state;
    static uint8_t frame[700000];
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    for (uint64_t i = 0; i < 9; i++) { /* nine times in one turn, and over the ends of chunks */
        memset(frame, (int)i, sizeof frame);
        record_add(record, RECORD_FRAME, &i, &(const struct bytes){.data = frame, .size = sizeof frame - i},
                   1);
    }
    record_close(record);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->outcome, RECORD_END);
    assert_int_equal(list->count, 11);
    for (size_t i = 0; i < 9; i++) {
        assert_int_equal(list->entries[i + 1].blobs[0].size, sizeof frame - i);
        assert_int_equal(list->entries[i + 1].blobs[0].data[699990], i);
    }
    free(list);
}

static void an_input_too_large_ends_it_and_nothing_else(void **state)
{
    struct place *place = *state;
    uint8_t *large = calloc(1, RECORD_ENTRY_BYTES_MAX + 1);
    uint64_t link = 1;
    assert_non_null(large);
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    record_add(record, RECORD_FRAME, &link,
               &(const struct bytes){.data = large, .size = RECORD_ENTRY_BYTES_MAX + 1}, 1);
    record_add(record, RECORD_FRAME, &link, &(const struct bytes){.data = large, .size = 1}, 1);
    assert_true(log_has(place, "event=record.ended"));
    record_close(record);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->outcome, RECORD_END);
    assert_int_equal(list->entries[list->count - 1].kind, RECORD_ENDED);
    free(list);
    free(large);
}

/* No file may grow beyond so much in the child, as on a full disk. */
static int write_on_a_full_disk(struct place *place)
{
    static uint8_t frame[50000];
    const struct rlimit limit = {.rlim_cur = 200000, .rlim_max = 200000};
    (void)signal(SIGXFSZ, SIG_IGN);
    ensure(setrlimit(RLIMIT_FSIZE, &limit) == 0);
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    struct turn *turn = turn_new((struct turn_source){.random = NULL}, 1 << 20);
    turn_begin(turn, (wall_ms){.ms = 1}, (mono_ms){.ms = 1});
    for (uint64_t i = 0; i < 10; i++) {
        record_add(record, RECORD_FRAME, &i, &(const struct bytes){.data = frame, .size = sizeof frame}, 1);
        record_turn(record, turn);
    }
    turn_free(turn);
    record_close(record);
    return 0;
}

/* Runs what in a child; returns how it ended. */
static int in_a_child(int (*what)(struct place *), struct place *place)
{
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        _exit(what(place));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void a_full_disk_ends_it_and_nothing_else(void **state)
{
    struct place *place = *state;
    assert_int_equal(in_a_child(write_on_a_full_disk, place), 0);
    assert_true(log_has(place, "event=record.ended"));
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->outcome, RECORD_CUT);
    assert_int_equal(list->count, 4); /* BEGUN and three frames */
    free(list);
}

static int abort_within_a_turn(struct place *place)
{
    uint64_t link = 7;
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    record_add(record, RECORD_FRAME, &link, &(const struct bytes){.data = (const uint8_t *)"bad", .size = 3},
               1);
    ensure(freopen("/dev/null", "w", stderr) != NULL);
    ensure(link == 8);
    return 0;
}

static void the_input_that_makes_the_process_abort_is_its_last(void **state)
{
    struct place *place = *state;
    int status = in_a_child(abort_within_a_turn, place);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->outcome, RECORD_CUT);
    assert_int_equal(list->count, 2);
    assert_int_equal(list->entries[1].kind, RECORD_FRAME);
    assert_int_equal(list->entries[1].numbers[0], 7);
    free(list);
}

static int be_told_to_abort(struct place *place)
{
    (void)begin(place, "r", true, RECORD_FILE_BYTES_SET);
    (void)raise(SIGABRT); /* as a supervisor does that has waited too long */
    return 0;
}

static void a_process_that_is_told_to_abort_does(void **state)
{
    struct place *place = *state;
    int status = in_a_child(be_told_to_abort, place);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->count, 1);
    free(list);
}

/* --- what it takes by itself --- */

static void count_up(void *context, uint8_t *ret, size_t size)
{
    uint8_t *next = context;
    for (size_t i = 0; i < size; i++) {
        ret[i] = (*next)++;
    }
}

static void draws_and_words_are_put_down(void **state)
{
    struct place *place = *state;
    uint8_t next = 10;
    uint8_t drawn[5];
    uint8_t hash[RECORD_HASH_BYTES];
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    struct turn *turn =
        turn_new(record_source(record, (struct turn_source){.random = count_up, .context = &next}), 1 << 20);
    turn_begin(turn, (wall_ms){.ms = 1}, (mono_ms){.ms = 1});
    turn_random(turn, drawn, 2);
    turn_random(turn, drawn, sizeof drawn);
    turn_say(turn, (link_id){.number = 3}, bytes_of_text("hello"));
    turn_hang_up(turn, (link_id){.number = 4}, "too late");
    assert_int_equal(record_result(record, DOOR_FATAL), DOOR_FATAL);
    record_turn(record, turn);
    record_close(record);
    turn_free(turn);
    struct list *list = read_list(place, "r", &place->pair);
    assert_int_equal(list->count, 7);
    const struct record_entry *e = list->entries;
    assert_int_equal(e[1].kind, RECORD_DRAWN);
    assert_memory_equal(e[1].blobs[0].data, "\x0a\x0b", 2);
    assert_int_equal(e[2].blobs[0].size, 5);
    assert_memory_equal(e[2].blobs[0].data, drawn, 5);
    assert_int_equal(e[3].kind, RECORD_RESULT);
    assert_int_equal(e[3].numbers[0], DOOR_FATAL);
    assert_int_equal(e[4].numbers[0], 3);
    assert_int_equal(e[4].numbers[1], SAID_FRAME);
    assert_int_equal(e[4].numbers[2], 5);
    (void)crypto_generichash(hash, sizeof hash, (const uint8_t *)"hello", 5, NULL, 0);
    assert_memory_equal(e[4].blobs[0].data, hash, sizeof hash);
    assert_int_equal(e[5].numbers[1], SAID_HANG_UP);
    free(list);
}

static void a_store_is_put_down_with_what_is_beside_it(void **state)
{
    struct place *place = *state;
    static uint8_t database[600000];
    char path[160];
    memset(database, 'd', sizeof database);
    write_file(place, "x.db", bytes_of(database, sizeof database));
    write_file(place, "x.db-wal", bytes_of_text("a log"));
    write_file(place, "x.db-shm", bytes_of_text("not this"));
    (void)snprintf(path, sizeof path, "%s", in(place, "x.db"));
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_SET);
    record_store(record, path);
    record_close(record);
    struct list *list = read_list(place, "r", &place->pair);
    uint64_t sizes[2] = {0, 0};
    for (size_t i = 1; i + 1 < list->count; i++) {
        const struct record_entry *entry = &list->entries[i];
        bool wal = strcmp((const char *)entry->blobs[0].data, "-wal") == 0;
        assert_int_equal(entry->kind, RECORD_STORE);
        assert_true(wal || entry->blobs[0].size == 0);
        assert_int_equal(entry->numbers[0], sizes[wal]);
        sizes[wal] += entry->blobs[1].size;
    }
    assert_int_equal(sizes[0], sizeof database);
    assert_int_equal(sizes[1], 5);
    free(list);
}

static void a_store_that_does_not_fit_ends_it_at_once(void **state)
{
    struct place *place = *state;
    static uint8_t database[2000000];
    char path[160];
    write_file(place, "x.db", bytes_of(database, sizeof database));
    (void)snprintf(path, sizeof path, "%s", in(place, "x.db"));
    struct record *record = begin(place, "r", true, RECORD_FILE_BYTES_MIN);
    record_store(record, path);
    assert_true(log_has(place, "the store is larger"));
    record_close(record);
    assert_true(content_of(place, "r").size < 2000);
}

static void no_record_is_no_work(void **state)
{
    uint8_t next = 0;
    const struct turn_source source = {.random = count_up, .context = &next};
    (void)state;
    assert_ptr_equal(record_source(NULL, source).context, &next);
    record_store(NULL, "/nowhere");
    record_add(NULL, RECORD_TICK, NULL, NULL, 0);
    assert_int_equal(record_result(NULL, DOOR_FATAL), DOOR_FATAL);
    assert_int_equal(record_result_of(NULL, DOOR_OK, 1, bytes_of(NULL, 0)), DOOR_OK);
    record_turn(NULL, NULL);
    record_stop(NULL, "");
    assert_true(record_is_sealed(NULL));
    record_close(NULL);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(sealed_record_is_read_as_it_was_put_down),
        CASE(open_record_is_read_as_it_was_put_down),
        CASE(each_changed_byte_of_a_sealed_record_is_seen),
        CASE(each_changed_byte_of_an_open_record_is_seen),
        CASE(cut_off_anywhere_reads_what_was_before),
        CASE(bytes_after_the_end_are_seen),
        CASE(only_the_key_it_is_sealed_to_reads_it),
        CASE(nothing_of_it_stands_in_a_sealed_file),
        CASE(another_version_and_no_record_are_told_apart),
        CASE(only_a_plain_file_is_read_and_nothing_waits),
        CASE(key_files_are_read_as_they_were_made),
        CASE(a_key_that_cannot_be_sealed_to_is_refused),
        CASE(a_file_that_is_there_is_never_touched),
        CASE(it_ends_before_it_is_larger_than_it_may_be),
        CASE(a_turn_larger_than_a_chunk_is_read_whole),
        CASE(an_input_too_large_ends_it_and_nothing_else),
        CASE(a_full_disk_ends_it_and_nothing_else),
        CASE(the_input_that_makes_the_process_abort_is_its_last),
        CASE(a_process_that_is_told_to_abort_does),
        CASE(draws_and_words_are_put_down),
        CASE(a_store_is_put_down_with_what_is_beside_it),
        CASE(a_store_that_does_not_fit_ends_it_at_once),
        CASE(no_record_is_no_work),
    };
    assert_true(sodium_init() >= 0);
    return cmocka_run_group_tests_name("record", tests, NULL, NULL);
}
