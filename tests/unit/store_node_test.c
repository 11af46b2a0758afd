/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Case files of the versions before, tests/data/store/node-N.sql: the tables as the program that wrote version N made them. They
 * are kept as they are; a new version of the case file adds the one before it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "nodes/case_line.h"
#include "nodes/store_exercise.h"
#include "nodes/store_letters.h"
#include "nodes/store_node.h"

#define OLDEST (NODE_SCHEMA_VERSION - NODE_UPGRADES)

static char folder[64];
static char path[80];

static int make_folder(void **state)
{
    (void)state;
    (void)snprintf(folder, sizeof folder, "/tmp/store-node-XXXXXX");
    bool made = mkdtemp(folder) != NULL;
    (void)snprintf(path, sizeof path, "%s/node.db", folder);
    return made ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    static const char *const ends[] = {"", "-wal", "-shm"};
    char name[96];
    for (size_t i = 0; i < 3; i++) {
        (void)snprintf(name, sizeof name, "%s%s", path, ends[i]);
        (void)unlink(name);
    }
    return rmdir(folder);
}

/* As of now, but for these tables and this version. */
static struct store *opened(const char *schema, int version)
{
    struct store *store = NULL;
    struct error error = {.text = ""};
    const struct store_options options = {.path = path,
                                          .schema = schema,
                                          .version = version,
                                          .upgrades = node_upgrades,
                                          .upgrade_count = NODE_UPGRADES,
                                          .page_bytes = 4096};
    if (store_open(&store, &options, &error) != STORE_OK) {
        fail_msg("version %d: %s", version, error.text);
    }
    return store;
}

static uint64_t number(struct store *store, const char *sql)
{
    return query_number(store_query_at(store, sql));
}

/* Every table and index, by name; free() it. */
static char *tables(struct store *store)
{
    struct query *q = store_query_at(
        store, "SELECT group_concat(sql, char(10)) FROM (SELECT sql FROM sqlite_schema ORDER BY type, name)");
    assert_true(query_row(q));
    char *text = strdup(query_get_text(q, 0));
    query_end(q);
    assert_non_null(text);
    return text;
}

static void make_before(int version)
{
    static char schema[32768];
    const char *top = getenv("COMITY_TOP");
    char name[300];
    (void)snprintf(name, sizeof name, "%s/tests/data/store/node-%d.sql", top == NULL ? "." : top, version);
    FILE *file = fopen(name, "r");
    assert_non_null(file);
    size_t size = fread(schema, 1, sizeof schema - 1, file);
    (void)fclose(file);
    schema[size] = '\0';
    struct store *store = opened(schema, version);
    struct case_row row = {.own_side = SIDE_R, .q_reference = "XA-1"};
    store_case_put(store, &row);
    store_case_cache(store, &row);
    assert_int_equal(number(store, "SELECT count(*) FROM case_file WHERE dirty = 1"), 0);
    store_close(store);
}

/* What was brought up has the tables of a new one, and the case that it had. */
static void a_case_file_brought_up_is_as_a_new_one(void **state)
{
    (void)state;
    struct store *store = opened(node_schema, NODE_SCHEMA_VERSION);
    char *new_tables = tables(store);
    store_close(store);
    for (int version = OLDEST; version < NODE_SCHEMA_VERSION; version++) {
        (void)unlink(path);
        make_before(version);
        store = opened(node_schema, NODE_SCHEMA_VERSION);
        char *brought_up = tables(store);
        assert_string_equal(brought_up, new_tables);
        free(brought_up);
        assert_int_equal(number(store, "PRAGMA user_version"), NODE_SCHEMA_VERSION);
        assert_int_equal(number(store, "SELECT count(*) FROM case_file"), 1);
        store_close(store);
    }
    free(new_tables);
}

/* Lines of the inbox came with version 6: each case is to be renewed, and so gets its own. */
static void a_case_of_version_5_is_renewed(void **state)
{
    (void)state;
    make_before(5);
    struct store *store = opened(node_schema, NODE_SCHEMA_VERSION);
    assert_int_equal(number(store, "SELECT count(*) FROM case_file WHERE dirty = 1"), 1);
    assert_int_equal(number(store, "SELECT count(*) FROM case_line"), 0);
    assert_int_equal(store_lines_from(store, LINE_LOSS), 0);
    store_close(store);
}

/* Joined exercises came with version 7: none was joined, one can be, and no case has to be renewed for that. */
static void a_case_file_of_version_6_can_join_an_exercise(void **state)
{
    (void)state;
    struct exercise_row row = {.id = {{7}}, .title = "Autumn", .joined_ms = 5}, found;
    make_before(6);
    struct store *store = opened(node_schema, NODE_SCHEMA_VERSION);
    assert_int_equal(number(store, "SELECT count(*) FROM case_file WHERE dirty = 1"), 0);
    assert_false(store_exercise_get(store, &found));
    store_exercise_put(store, &row);
    assert_true(store_exercise_get(store, &found));
    assert_string_equal(found.title, "Autumn");
    assert_memory_equal(found.id.bytes, row.id.bytes, sizeof row.id.bytes);
    store_close(store);
}

#define STORE_TEST(f) cmocka_unit_test_setup_teardown(f, make_folder, remove_folder)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        STORE_TEST(a_case_file_brought_up_is_as_a_new_one),
        STORE_TEST(a_case_of_version_5_is_renewed),
        STORE_TEST(a_case_file_of_version_6_can_join_an_exercise),
    };
    return cmocka_run_group_tests_name("store_node", tests, NULL, NULL);
}
