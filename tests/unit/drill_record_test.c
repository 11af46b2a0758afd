/* SPDX-License-Identifier: Apache-2.0 */
/* A record says the same whoever was read first, and its table is what a table program reads. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>

#include <cmocka.h>

#include "drills/record/read_node.h"
#include "tests/support/drill_scene.h"

#define HOUR MS_PER_HOUR

static void tell(size_t of_case, uint64_t ms)
{
    scene_write(of_case, MACHINE_HOLD, "REQUEST", ms);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", ms + HOUR);
}

static void hash_of(uint8_t ret[32])
{
    record_finish(scene.record, T0_MS + 10 * HOUR);
    record_hash(scene.record, ret);
}

static void the_order_of_reading_leaves_no_trace(void **state)
{
    (void)state;
    uint8_t one[32], other[32], third[32];
    tell(scene_case(1), T0_MS);
    tell(scene_case(2), T0_MS + HOUR);
    hash_of(one);
    scene_anew();
    tell(scene_case(2), T0_MS + HOUR);
    tell(scene_case(1), T0_MS);
    hash_of(other);
    assert_memory_equal(one, other, 32);
    assert_int_equal(scene.record->cases.list[0].id[0], 1);
    const uint8_t second[16] = {2, 1, 2, 3};
    assert_int_equal(record_find_case(scene.record, second), 2);
    scene_anew();
    tell(scene_case(1), T0_MS);
    tell(scene_case(2), T0_MS + HOUR + 1); /* one ms */
    hash_of(third);
    assert_memory_not_equal(one, third, 32);
}

static void what_one_node_does_not_know_the_other_fills_in(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    struct record_letter row = {
        .of_case = of_case, .side = RECORD_Q, .seq = 1, .word = "REQUEST", .sealed_ms = T0_MS};
    row.without_effect = true; /* held back here */
    assert_int_equal(record_add_letter(scene.record, &row), 1);
    row.accepted_ms = T0_MS + 1;
    row.delivered_ms = T0_MS + 2;
    row.without_effect = false;
    assert_int_equal(record_add_letter(scene.record, &row), 1);
    row.accepted_ms = T0_MS + 9; /* what is known stays */
    assert_int_equal(record_add_letter(scene.record, &row), 1);
    assert_int_equal(scene.record->letters.count, 1);
    assert_int_equal(record_letter(scene.record, 1)->accepted_ms, T0_MS + 1);
    assert_int_equal(record_letter(scene.record, 1)->delivered_ms, T0_MS + 2);
    assert_false(record_letter(scene.record, 1)->without_effect);
}

static void many_cases_are_found_by_their_ids(void **state)
{
    (void)state;
    for (uint32_t i = 1; i <= 5000; i++) {
        struct record_case it = {.q = XA, .r = XB};
        memcpy(it.id, &i, sizeof i);
        assert_int_equal(record_add_case(scene.record, &it), i);
        struct record_letter row = {.of_case = i, .side = RECORD_Q, .seq = 1, .sealed_ms = T0_MS + 5000 - i};
        assert_int_equal(record_add_letter(scene.record, &row), i);
    }
    record_finish(scene.record, T0_MS + HOUR);
    for (uint32_t i = 1; i <= 5000; i++) {
        uint8_t id[16] = {0};
        memcpy(id, &i, sizeof i);
        assert_int_equal(record_find_case(scene.record, id), 5001 - i); /* the last began first */
        assert_int_equal(record_case(scene.record, 5001 - i)->letters, 1);
    }
    assert_int_equal(record_find_case(scene.record, (const uint8_t[16]){0, 0, 0, 0xff}), 0);
}

/* The n-th one's bytes: of another size each. */
static struct bytes sample(uint8_t n, uint8_t bytes[64])
{
    memset(bytes, n, 64);
    return bytes_of(bytes, n);
}

static void add_samples(uint8_t from, uint8_t to)
{
    uint8_t bytes[64];
    for (uint8_t n = from; n <= to; n++) {
        struct record_letter row = {.of_case = 1,
                                    .side = RECORD_Q,
                                    .seq = n,
                                    .sealed_ms = T0_MS + 100U - n, /* the last one first */
                                    .letter = sample(n, bytes)};
        assert_int_equal(record_add_letter(scene.record, &row), n);
    }
}

static void a_letter_is_read_as_it_was_signed_wherever_it_is_kept(void **state)
{
    (void)state;
    uint8_t bytes[64];
    struct rlimit before;
    struct arena *arena = arena_new(4096);
    (void)scene_case(1);
    add_samples(1, 20);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    const struct rlimit little = {.rlim_cur = 20 * 21 / 2 + 5, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0); /* full within the next */
    add_samples(21, 40);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    add_samples(41, 60);
    record_finish(scene.record, T0_MS + HOUR);
    for (uint8_t n = 1; n <= 60; n++) {
        const struct record_letter *letter = record_letter(scene.record, 61U - n);
        assert_int_equal(letter->seq, n);
        assert_true(bytes_equal(record_letter_bytes(scene.record, letter, arena), sample(n, bytes)));
        assert_int_equal(letter->filed_bytes, n > 20 && n <= 40 ? 0 : n);
    }
    arena_free(arena);
}

static void notes_stand_beside_the_record_and_move_nothing(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    tell(of_case, T0_MS);
    record_add_note(scene.record, &(struct record_note){.at_ms = T0_MS + 5,
                                                        .by = "controller",
                                                        .of_case = of_case,
                                                        .text = "it was 09:00",
                                                        .corrects = "ORDERED"});
    record_finish(scene.record, T0_MS + 10 * HOUR);
    assert_int_equal(record_letter(scene.record, 2)->sealed_ms, T0_MS + HOUR);
    assert_string_equal(scene.record->events.list[2].what, "correction");
}

static char csv[8192];
static size_t csv_size;
static bool put_csv(void *context, const char *text, size_t size)
{
    (void)context;
    assert_true(csv_size + size < sizeof csv);
    memcpy(csv + csv_size, text, size);
    csv_size += size;
    csv[csv_size] = '\0';
    return true;
}

static void the_table_is_that_of_rfc_4180(void **state)
{
    (void)state;
    csv_size = 0;
    size_t inject = record_add_inject(
        scene.record, &(struct record_inject){.id = "ask", .kind = "request", .from = XA, .to = XB});
    size_t of_case = scene_case(1);
    record_case_is(scene.record, of_case, inject, 0);
    record_inject_is(scene.record, inject, RECORD_RELEASED, T0_MS - 1000);
    struct record_letter *letter = scene_write(of_case, MACHINE_HOLD, "REQUEST", T0_MS);
    letter->accepted_ms = letter->delivered_ms = 0;
    letter->items = 5;
    record_add_note(scene.record, &(struct record_note){
                                      .at_ms = T0_MS + 1, .by = "=cmd", .text = "he said \"no\",\nand left"});
    record_finish(scene.record, T0_MS + HOUR);
    assert_true(record_write_csv(scene.record, put_csv, NULL));
    assert_string_equal(
        csv, "at,at_ms,party,who,case,reference,inject,event,letter,why,class,item,detail\r\n"
             "2026-11-16T07:59:59Z,1794815999000,XA/poc,,,,ask,inject released,,,,,request\r\n"
             "2026-11-16T08:00:00Z,1794816000000,XA/poc,,01010203000000000000000000000000,XA-001,ask,sealed,"
             "REQUEST,,U,1 3,\r\n"
             "2026-11-16T08:00:00.001Z,1794816000001,,\"'=cmd\",,,,note,,,,,\"he said \"\"no\"\",\nand "
             "left\"\r\n");
}

/* An inbox of two pages. */
static json_t *pages(void *context, const char *verb, const char *target, const char *query,
                     unsigned *ret_status)
{
    const char *page = strstr(query, "after=2");
    (void)context;
    *ret_status = 200;
    assert_string_equal(verb, "INBOX");
    assert_string_equal(target, "");
    assert_string_equal(query, page == NULL ? "" : "after=2");
    return page == NULL ? json_pack("{s:[{s:s}], s:[], s:s}", "cases", "case", "1", "exercises", "more", "2")
                        : json_pack("{s:[{s:s}], s:[{s:s}]}", "cases", "case", "2", "exercises", "case", "3");
}

static void add_name(void *context, const json_t *line)
{
    strcat(context, json_string_value(json_object_get(line, "case")));
}

static void lines_are_shown_of_every_page(void **state)
{
    (void)state;
    char names[8] = "";
    const struct record_source source = {.ask = pages};
    assert_null(record_each_line(&source, "", "cases", add_name, names));
    assert_string_equal(names, "12");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_order_of_reading_leaves_no_trace, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(what_one_node_does_not_know_the_other_fills_in, scene_setup,
                                        scene_teardown),
        cmocka_unit_test_setup_teardown(many_cases_are_found_by_their_ids, scene_setup, scene_teardown),
        cmocka_unit_test_setup_teardown(a_letter_is_read_as_it_was_signed_wherever_it_is_kept, scene_setup,
                                        scene_teardown),
        cmocka_unit_test_setup_teardown(notes_stand_beside_the_record_and_move_nothing, scene_setup,
                                        scene_teardown),
        cmocka_unit_test_setup_teardown(the_table_is_that_of_rfc_4180, scene_setup, scene_teardown),
        cmocka_unit_test(lines_are_shown_of_every_page),
    };
    return cmocka_run_group_tests_name("record of a drill", tests, NULL, NULL);
}
