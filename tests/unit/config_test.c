/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/config.h"
#include "base/text.h"

struct settings {
    const char *store;
    const char *zone;
    uint64_t frames;
    uint64_t quota;
    bool check;
    struct config_list listen;
};

static const struct config_key keys[] = {
    {"store", CONFIG_TEXT, offsetof(struct settings, store), 1, 100, NULL, "Absolute path of the database"},
    {"zone", CONFIG_TEXT, offsetof(struct settings, zone), 0, 64, "Etc/UTC", "Time zone of the authority"},
    {"frames", CONFIG_NUMBER, offsetof(struct settings, frames), 1, 512, "256", "Frames a turn at most"},
    {"quota", CONFIG_SIZE, offsetof(struct settings, quota), 1024, UINT64_C(1) << 40, "64 MiB",
     "Bytes a party at most"},
    {"check", CONFIG_FLAG, offsetof(struct settings, check), 0, 0, "no",
     "Whether to check the whole store at start"},
    {"listen", CONFIG_LIST, offsetof(struct settings, listen), 1, 3, "tcp://127.0.0.1:7000",
     "Where to listen"},
};
static const struct config_table table = {keys, sizeof keys / sizeof keys[0], sizeof(struct settings)};

static struct arena *arena;
static struct faults faults;

static int open_arena(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 20);
    return arena == NULL;
}

static int close_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static bool reads(const char *text, struct settings *ret)
{
    arena_reset(arena);
    faults_init(&faults, arena);
    bool good = config_read(&table, bytes_of_text(text), ret, arena, &faults);
    assert_int_equal(good, !faults_any(&faults));
    return good;
}

static void values_land_in_the_struct(void **state)
{
    (void)state;
    struct settings s = {0};
    assert_true(
        reads("# a comment\n\n  store\t=  /var/lib/a b #1.db  \r\nframes=512\nquota = 3GiB\ncheck = yes\n"
              "listen = tcp://a , ipc://b\n\t# the end",
              &s));
    assert_string_equal(s.store, "/var/lib/a b #1.db");
    assert_string_equal(s.zone, "Etc/UTC");
    assert_int_equal(s.frames, 512);
    assert_true(s.quota == UINT64_C(3) << 30);
    assert_true(s.check);
    assert_int_equal(s.listen.count, 2);
    assert_string_equal(s.listen.items[0], "tcp://a");
    assert_string_equal(s.listen.items[1], "ipc://b");
    assert_null(s.listen.items[2]);
    assert_true(reads("store=/x\nzone=\nquota=2048", &s));
    assert_string_equal(s.zone, "");
    assert_int_equal(s.quota, 2048);
    assert_false(s.check);
}

static void every_fault_names_its_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *path, *code, *says;
    } rows[] = {
        {"store=/x\nfrmes = 3", "line 2", "UNKNOWN_KEY", "frames"},
        {"store=/x\n\n#\nunheardof = 3", "line 4", "UNKNOWN_KEY", "there is no key \"unheardof\""},
        {"store=/x\nSTORE=/y", "line 2", "UNKNOWN_KEY", "STORE"},
        {"store=/x\n = 5", "line 2", "UNKNOWN_KEY", ""},
        {"store=/x\nstore=/y", "line 2", "REPEATED_KEY", "store"},
        {"store=/x\njust words", "line 2", "BAD_LINE", "just words"},
        {"store=/x\nzone=a\x1b[2J", "line 2", "BAD_LINE", "cannot be shown"},
        {"store=/x\nzone=a\xff", "line 2", "BAD_LINE", "cannot be shown"},
        {"store=", "line 1", "BAD_VALUE", "1 to 100"},
        {"store=/x\nframes=0", "line 2", "BAD_VALUE", "a number from 1 to 512"},
        {"store=/x\nframes=513", "line 2", "BAD_VALUE", ""},
        {"store=/x\nframes=-1", "line 2", "BAD_VALUE", ""},
        {"store=/x\nframes=+1", "line 2", "BAD_VALUE", ""},
        {"store=/x\nframes=01", "line 2", "BAD_VALUE", ""},
        {"store=/x\nframes=1 2", "line 2", "BAD_VALUE", ""},
        {"store=/x\nframes=18446744073709551617", "line 2", "BAD_VALUE", ""},
        {"store=/x\nquota=1KB", "line 2", "BAD_VALUE", "1 KiB to 1024 GiB"},
        {"store=/x\nquota=17179869185 GiB", "line 2", "BAD_VALUE", ""},
        {"store=/x\nquota=KiB", "line 2", "BAD_VALUE", ""},
        {"store=/x\ncheck=true", "line 2", "BAD_VALUE", "yes or no"},
        {"store=/x\nlisten=", "line 2", "BAD_VALUE", ""},
        {"store=/x\nlisten=a,,b", "line 2", "BAD_VALUE", ""},
        {"store=/x\nlisten=a,b,", "line 2", "BAD_VALUE", ""},
        {"store=/x\nlisten=a,b,c,d", "line 2", "BAD_VALUE", "1 to 3 items"},
        {"", "", "MISSING_KEY", "store is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct settings s = {.frames = 77};
        assert_false(reads(rows[i].text, &s));
        assert_int_equal(faults.count, 1);
        assert_string_equal(faults.list[0].path, rows[i].path);
        assert_string_equal(faults.list[0].code, rows[i].code);
        assert_non_null(strstr(faults.list[0].text, rows[i].says));
        assert_true(text_is_line(bytes_of_text(faults.list[0].text)));
        assert_true(s.frames == 77 && s.store == NULL);
    }
}

static void all_faults_are_found_at_once(void **state)
{
    (void)state;
    struct settings s;
    assert_false(reads("frmes=1\nframes=x\nwords\ncheck=maybe", &s));
    assert_int_equal(faults.count, 5); /* and store is missing */
}

static void hostile_sizes_are_refused(void **state)
{
    (void)state;
    struct settings s;
    char *text = malloc(CONFIG_BYTES_MAX + 2);
    assert_non_null(text);
    memset(text, '#', CONFIG_BYTES_MAX + 1);
    text[CONFIG_BYTES_MAX + 1] = '\0';
    assert_false(reads(text, &s));
    assert_string_equal(faults.list[0].code, "TOO_BIG");
    text[CONFIG_BYTES_MAX] = '\0';
    memcpy(text, "store=/x\n", 9);
    assert_true(reads(text, &s));
    memset(text + 9, '\n', CONFIG_LINES_MAX);
    text[CONFIG_LINES_MAX + 8] = '\0';
    assert_true(reads(text, &s));
    text[CONFIG_LINES_MAX + 8] = '\n';
    text[CONFIG_LINES_MAX + 9] = '\0';
    assert_false(reads(text, &s));
    assert_string_equal(faults.list[0].code, "TOO_BIG");
    for (size_t i = 0; i < 500; i++) {
        memcpy(text + i * 3, "x=\n", 4);
    }
    assert_false(reads(text, &s));
    assert_int_equal(faults.count, FAULTS_MAX);
    free(text);
}

static void exhaustion_is_a_fault(void **state)
{
    (void)state;
    for (size_t room = 0; room < 2000; room += 16) {
        struct settings s = {.frames = 77};
        struct arena *small = arena_new(room);
        struct faults found;
        faults_init(&found, small);
        bool good = config_read(&table, bytes_of_text("store=/x\nlisten=a,b"), &s, small, &found);
        assert_int_equal(good, !arena_exhausted(small));
        assert_int_equal(good, !faults_any(&found));
        assert_true(good || s.frames == 77);
        arena_free(small);
    }
}

static void the_sample_reads_back_as_the_initial_values(void **state)
{
    (void)state;
    struct settings s = {0};
    struct arena *own = arena_new((size_t)1 << 20);
    char *sample = config_sample(&table, own);
    assert_non_null(sample);
    assert_non_null(strstr(sample, "# store = \n"));
    assert_non_null(strstr(sample, "# Frames a turn at most (a number from 1 to 512).\nframes = 256\n"));
    assert_false(reads(sample, &s));
    assert_string_equal(faults.list[0].code, "MISSING_KEY");
    memcpy(strstr(sample, "# store = \n"), "store = /x#", 10);
    assert_true(reads(sample, &s));
    assert_string_equal(s.zone, "Etc/UTC");
    assert_int_equal(s.frames, 256);
    assert_true(s.quota == UINT64_C(64) << 20);
    assert_string_equal(s.listen.items[0], "tcp://127.0.0.1:7000");
    char *manual = config_manual(&table, own);
    assert_non_null(
        strstr(manual, "| `quota` | a size from 1 KiB to 1024 GiB | 64 MiB | Bytes a party at most |\n"));
    arena_free(own);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_land_in_the_struct),
        cmocka_unit_test(every_fault_names_its_line),
        cmocka_unit_test(all_faults_are_found_at_once),
        cmocka_unit_test(hostile_sizes_are_refused),
        cmocka_unit_test(exhaustion_is_a_fault),
        cmocka_unit_test(the_sample_reads_back_as_the_initial_values),
    };
    return cmocka_run_group_tests_name("config", tests, open_arena, close_arena);
}
