/* SPDX-License-Identifier: Apache-2.0 */
/* Tables as comma-separated values; many identifiers in one item, and the answers to them. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/csv.h"
#include "nodes/item_rows.h"
#include "tests/fuzz/csv_fuzz.c" /* the fuzz target's function, to replay its corpus */

static struct arena *arena;
static struct faults faults;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)4 << 20);
    assert_non_null(arena);
    faults_init(&faults, arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* --- csv.h --- */

/* The table as "a|b;c|d;". */
static const char *read(const char *text)
{
    struct csv csv;
    struct csv_fault fault;
    if (!csv_read(bytes_of_text(text), 8, 4, arena, &csv, &fault)) {
        return arena_format(arena, "%u,%u %s", fault.line, fault.column, fault.text);
    }
    char *out = arena_format(arena, "%s", "");
    for (size_t i = 0; i < csv.count; i++) {
        for (size_t k = 0; k < csv.rows[i].count; k++) {
            out = arena_format(arena, "%s%s%s", out, k == 0 ? "" : "|", csv.rows[i].cells[k]);
        }
        out = arena_format(arena, "%s;", out);
    }
    return out;
}

static void cells_and_rows_are_as_in_rfc_4180(void **state)
{
    (void)state;
    assert_string_equal(read(""), "");
    assert_string_equal(read("a"), "a;");
    assert_string_equal(read("a,b\nc,d\n"), "a|b;c|d;");
    assert_string_equal(read("a,b\r\nc,d"), "a|b;c|d;");
    assert_string_equal(read(",\n,,"), "|;||;");
    assert_string_equal(read("\"a,b\",\"\"\n"), "a,b|;");
    assert_string_equal(read("\"say \"\"hi\"\"\"\n"), "say \"hi\";");
    assert_string_equal(read("\"two\nlines\",x\ny,z"), "two\nlines|x;y|z;");
    assert_string_equal(read(" a , b"), " a | b;");
    assert_string_equal(read("a\rb"), "a\rb;");
    assert_string_equal(read("\xef\xbb\xbf\"a\",b\nc,d"), "a|b;c|d;"); /* the mark that a spreadsheet puts */
    assert_string_equal(read("\xef\xbb\xbf"), "");
}

static void what_is_wrong_is_named_by_line_and_cell(void **state)
{
    (void)state;
    assert_string_equal(read("a\n\nb"), "2,0 this line is empty");
    assert_non_null(strstr(read("a,b\nc,\"d"), "2,2 a quote is opened here"));
    assert_non_null(strstr(read("a,b\"c\""), "1,2 a quote stands within a cell"));
    assert_non_null(strstr(read("\"a\"b,c"), "1,1 something follows the closing quote"));
    assert_non_null(strstr(read("a,b,c,d,e"), "1,4 this line has too many cells"));
    assert_non_null(strstr(read("1\n2\n3\n4\n5\n6\n7\n8\n9\n"), "9,0 there are too many lines"));
    struct csv csv;
    struct csv_fault fault;
    assert_false(csv_read(bytes_of("a\0b", 3), 8, 4, arena, &csv, &fault));
    assert_string_equal(fault.text, "a zero byte is no text");
    struct arena *small = arena_new(16);
    assert_false(csv_read(bytes_of_text("a,b\nc,d"), 8, 4, small, &csv, &fault));
    assert_non_null(strstr(fault.text, "no room"));
    arena_free(small);
}

/* --- item_rows.h --- */

static struct item_rows rows;

static bool rows_of(const char *text)
{
    faults_init(&faults, arena);
    return item_rows_read(text, "rows", arena, &faults, &rows);
}

static void has_fault(const char *text, const char *code, const char *words)
{
    assert_false(rows_of(text));
    if (faults.count != 1 || strcmp(faults.list[0].code, code) != 0 ||
        strstr(faults.list[0].text, words) == NULL) {
        for (size_t i = 0; i < faults.count; i++) {
            print_error("%s: %s\n", faults.list[i].code, faults.list[i].text);
        }
        fail_msg("expected %s: ...%s...", code, words);
    }
    assert_string_equal(faults.list[0].path, "rows");
}

static void a_table_of_addresses_is_read(void **state)
{
    (void)state;
    assert_true(rows_of("at,value,peerPort,port,protocol,peer\n"
                        "2026-11-14T01:12:44+07:00,203.0.113.5,443,40110,tcp,198.51.100.1\n"
                        "2026-11-14T01:12:44Z,2001:db8::1,,,,\n"));
    assert_int_equal(rows.count, 2);
    assert_true(rows.addresses && rows.timed);
    assert_string_equal(rows.list[0].value, "203.0.113.5");
    assert_int_equal(rows.list[0].port, 40110);
    assert_int_equal(rows.list[0].peer_port, 443);
    assert_string_equal(rows.list[0].peer, "198.51.100.1");
    assert_string_equal(rows.list[0].protocol, "tcp");
    assert_int_equal(rows.list[0].at.offset_min, 420);
    assert_string_equal(rows.list[1].value, "2001:db8::1");
    assert_int_equal(rows.list[1].port, 0);
    assert_string_equal(rows.list[1].peer, "");
    assert_true(rows_of("value\nhttps://example.org/a,b\n") == false);
    assert_true(rows_of("value\n\"https://example.org/a,b\"\nx"));
    assert_false(rows.addresses || rows.timed);
}

static void each_wrong_cell_is_named_by_line_column_and_name(void **state)
{
    (void)state;
    has_fault("", "MISSING", "a line that names the columns");
    has_fault("value\n", "MISSING", "a line for each row");
    has_fault("port,at\n1,x\n", "MISSING", "value among them");
    has_fault("value,value\n1,2\n", "DUPLICATE", "line 1: a column is named twice");
    has_fault("value,prot\n1,2\n", "UNKNOWN", "line 1, column 2: \"prot\" is no column");
    has_fault("value\n203.0.113.5\nexample.org\n", "NOT_AN_ADDRESS", "line 3, column 1 (value)");
    has_fault("value\n203.0.113.5\n\"\"\n", "MISSING", "line 3, column 1 (value)");
    has_fault("value,port\n203.0.113.5,0\n", "RANGE", "line 2, column 2 (port)");
    has_fault("value,port\n203.0.113.5,65536\n", "RANGE", "line 2, column 2 (port)");
    has_fault("value,peerPort\n203.0.113.5,4 \n", "RANGE", "line 2, column 2 (peerPort)");
    has_fault("value,port\n99999999999999999999,1\n", "INCONSISTENT", "only IP addresses");
    has_fault("value,at\nx,2026-11-14\n", "DATE_ONLY", "line 2, column 2 (at)");
    has_fault("value,at\nx,2026-11-14T00:00:00\n", "NO_ZONE", "line 2, column 2 (at)");
    has_fault("value,at\nx,yesterday\n", "NOT_A_TIME", "line 2, column 2 (at)");
    has_fault("value,at\nx\n", "NOT_CSV", "line 2 has 1 cells, the first line 2");
    has_fault("value\nad\u200bmin\n", "TEXT", "line 2, column 1 (value)");
    has_fault("value,peer\n203.0.113.5,\u202e::1\n", "TEXT", "line 2, column 2 (peer)");
    has_fault("value\n\"a\nb\"\n", "TEXT", "one line");
    has_fault("value\n\"x\n", "NOT_CSV", "line 2: a quote is opened here and not closed, in cell 1");
    assert_false(rows_of("value,port\n203.0.113.5,x\n203.0.113.6,y\n"));
    assert_int_equal(faults.count, 2);
}

static void a_thousand_rows_are_the_most(void **state)
{
    (void)state;
    char *text = arena_take(arena, 32768);
    size_t used = (size_t)snprintf(text, 32768, "value,port\n");
    for (int i = 0; i < ITEM_ROWS_MAX; i++) {
        used += (size_t)snprintf(text + used, 32768 - used, "203.0.%d.%d,%d\n", i / 250, i % 250, 1024 + i);
    }
    assert_true(rows_of(text));
    assert_int_equal(rows.count, ITEM_ROWS_MAX);
    assert_int_equal(rows.list[999].port, 2023);
    assert_true(arena_used(arena) < (size_t)1 << 20);
    (void)snprintf(text + used, 32768 - used, "203.0.113.1,1\n");
    has_fault(text, "NOT_CSV", "there are too many lines");
}

static struct row_answers answers;

static bool answers_of(const char *text)
{
    faults_init(&faults, arena);
    return row_answers_read(text, "rows", arena, &faults, &answers);
}

static void answers_name_rows_and_words(void **state)
{
    (void)state;
    assert_true(answers_of("1-40,43 held in full\n44 only from 2026-11-14\n1000"));
    assert_int_equal(answers.count, 4);
    assert_int_equal(answers.list[0].first, 1);
    assert_int_equal(answers.list[0].last, 40);
    assert_string_equal(answers.list[0].words, "held in full");
    assert_int_equal(answers.list[1].first, 43);
    assert_int_equal(answers.list[1].last, 43);
    assert_string_equal(answers.list[1].words, "held in full");
    assert_string_equal(answers.list[2].words, "only from 2026-11-14");
    assert_string_equal(answers.list[3].words, "");
    static const char *const wrong[] = {"0",     "1001", "a",  "1-", "2-1",      "1,", "1,1",
                                        "1-3,3", "5\n4", "1x", "-1", "1 a\n\n2", "",   "99999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        if (answers_of(wrong[i])) {
            fail_msg("\"%s\" answers no rows", wrong[i]);
        }
    }
    assert_false(answers_of("1-3 yes\n3 no"));
    assert_string_equal(faults.list[0].code, "NOT_ROWS");
    assert_non_null(strstr(faults.list[0].text, "line 2: the numbers must ascend"));
}

static void past_finds_of_the_fuzzer_hold(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char folder[512];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s/tests/data/csv", top != NULL ? top : ".");
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        char path[1024];
        uint8_t bytes[8192];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        if (file != NULL) {
            size_t size = fread(bytes, 1, sizeof bytes, file);
            (void)fclose(file);
            assert_int_equal(LLVMFuzzerTestOneInput(bytes, size), 0);
            count++;
        }
    }
    (void)closedir(files);
    assert_true(count > 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(cells_and_rows_are_as_in_rfc_4180), TEST(what_is_wrong_is_named_by_line_and_cell),
        TEST(a_table_of_addresses_is_read),      TEST(each_wrong_cell_is_named_by_line_column_and_name),
        TEST(a_thousand_rows_are_the_most),      TEST(answers_name_rows_and_words),
        TEST(past_finds_of_the_fuzzer_hold),
    };
    return cmocka_run_group_tests_name("csv", tests, NULL, NULL);
}
