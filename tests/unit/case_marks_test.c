/* SPDX-License-Identifier: Apache-2.0 */
/* Marks of cases that changed: in memory for a turn, in their rows beyond it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/case_marks.h"
#include "nodes/node_private.h"
#include "nodes/store_chores.h"
#include "nodes/store_exercise.h"
#include "nodes/store_letters.h"
#include "nodes/tie.h"
#include "tests/support/node_rig.h"

#define CASES (CASES_MARKED_MAX + 8)

static const struct exercise_id exercise = {.bytes = {9}}; /* of the first case */

static struct case_id id_of(size_t i)
{
    return (struct case_id){.bytes = {(uint8_t)(CASES - i)}}; /* from the last to the first */
}

static void act_put(struct node *node, struct turn *turn, void *context)
{
    (void)turn;
    (void)context;
    for (size_t i = 0; i < CASES; i++) {
        const struct case_row row = {.id = id_of(i),
                                     .own_side = SIDE_R,
                                     .q_reference = "",
                                     .created_ms = 5,
                                     .has_exercise = i == 0,
                                     .exercise = exercise};
        store_case_put(node->store, &row);
    }
}

/* From the first one to that one. */
static void act_touch(struct node *node, struct turn *turn, void *context)
{
    const size_t *count = context;
    (void)turn;
    for (size_t i = 0; i < *count; i++) {
        const struct case_id id = id_of(i);
        assert_true(case_touch(node, &id, 10 + i));
    }
}

static void act_touch_and_fill(struct node *node, struct turn *turn, void *context)
{
    act_touch(node, turn, context);
    const struct case_id id = id_of(0);
    store_bytes_max(node->store, 1);
    store_chore_put(node->store, &id, 1);
}

static void begin_with_cases(struct rig *rig)
{
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_put, NULL), INPUT_DONE);
}

static size_t dirty_rows(struct rig *rig)
{
    struct case_id ids[CASES];
    return store_cases_dirty(rig->node->store, CASES, ids);
}

static void a_mark_goes_with_an_input_that_is_undone(void **state)
{
    struct rig *rig = *state;
    struct case_id ids[CASES];
    size_t one = 1, all = CASES;
    begin_with_cases(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch_and_fill, &all), INPUT_FULL);
    assert_int_equal(cases_marked(rig->node, CASES, ids), 0);
    store_bytes_max(rig->node->store, UINT64_MAX);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch, &one), INPUT_DONE);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch_and_fill, &(size_t){0}), INPUT_FULL);
    assert_int_equal(cases_marked(rig->node, CASES, ids), 1);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
}

static void a_commit_marks_the_rows_of_what_is_left(void **state)
{
    struct rig *rig = *state;
    size_t count = 2;
    begin_with_cases(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch, &count), INPUT_DONE);
    assert_int_equal(dirty_rows(rig), 0);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
    assert_int_equal(dirty_rows(rig), 2);
    assert_int_equal(rig->node->live.marks.count, 0);
    for (size_t i = 0; i < 3; i++) {
        const struct case_id id = id_of(i);
        const struct case_row *row = case_look_up(rig->node, &id);
        assert_non_null(row);
        assert_int_equal(row->dirty, i < 2);
        assert_int_equal(row->changed_ms, i < 2 ? 10 + i : 5);
    }
}

/* More than memory has room for, and those of earlier turns. */
static void marks_come_once_in_the_order_of_ids(void **state)
{
    struct rig *rig = *state;
    struct case_id ids[CASES + 1];
    size_t few = 3, all = CASES;
    begin_with_cases(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch, &few), INPUT_DONE);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_touch, &all), INPUT_DONE);
    for (size_t max = 1; max <= CASES + 1; max++) {
        size_t count = max < CASES ? max : CASES;
        assert_int_equal(cases_marked(rig->node, max, ids), count);
        for (size_t i = 0; i < count; i++) {
            const struct case_id id = id_of(CASES - 1 - i);
            assert_memory_equal(ids[i].bytes, id.bytes, sizeof id.bytes);
        }
    }
    const struct case_id first = id_of(0);
    assert_false(case_touch(rig->node, &first, 99));
    assert_int_equal(case_unmark(rig->node, &first), 99);
    assert_int_equal(case_unmark(rig->node, &first), 0);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
    assert_int_equal(dirty_rows(rig), CASES);
}

/* --- the row that was read last --- */

static const struct case_row *first_row(struct rig *rig)
{
    const struct case_id id = id_of(0);
    const struct case_row *row = case_look_up(rig->node, &id);
    assert_non_null(row);
    return row;
}

static void act_name(struct node *node, struct turn *turn, void *context)
{
    const struct case_id id = id_of(0);
    (void)turn;
    const char *const *reference = context;
    store_case_r_reference(node->store, &id, *reference);
    assert_string_equal(case_look_up(node, &id)->r_reference, *reference);
}

static void act_name_and_fill(struct node *node, struct turn *turn, void *context)
{
    act_name(node, turn, context);
    act_touch_and_fill(node, turn, &(size_t){0});
}

static void a_row_in_memory_is_as_it_is_stored(void **state)
{
    struct rig *rig = *state;
    const struct case_id other = id_of(1), none = {.bytes = {0xff}};
    const char *names[] = {"R-1", "R-2", "R-3"};
    begin_with_cases(rig);
    assert_string_equal(first_row(rig)->r_reference, "");
    assert_int_equal(node_input(rig->node, rig->turn, act_name, &names[0]), INPUT_DONE);
    assert_string_equal(first_row(rig)->r_reference, "R-1");
    assert_string_equal(case_look_up(rig->node, &other)->r_reference, "");
    assert_null(case_look_up(rig->node, &none));
    assert_string_equal(first_row(rig)->r_reference, "R-1");
    /* undone, within a turn that wrote before it and in one that did not */
    assert_int_equal(node_input(rig->node, rig->turn, act_name_and_fill, &names[1]), INPUT_FULL);
    assert_string_equal(first_row(rig)->r_reference, "R-1");
    store_bytes_max(rig->node->store, UINT64_MAX);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
    rig_begin(rig);
    assert_int_equal(node_input(rig->node, rig->turn, act_name_and_fill, &names[2]), INPUT_FULL);
    assert_string_equal(first_row(rig)->r_reference, "R-1");
    store_bytes_max(rig->node->store, UINT64_MAX);
    /* marked by another statement than those of cases */
    assert_false(first_row(rig)->dirty);
    store_exercise_touch(rig->node->store, &exercise);
    assert_true(first_row(rig)->dirty);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
    assert_true(first_row(rig)->dirty);
}

/* --- links that wait for a hold --- */

static void act_tie_all(struct node *node, struct turn *turn, void *context)
{
    (void)turn;
    for (size_t i = 0; i < CASES; i++) {
        struct tie tie = {.link = id_of(i), .state = ITEM_ASKED, .hold_reference = "", .mla_reference = ""};
        memcpy(&tie.hold, context, sizeof tie.hold);
        store_tie_put(node->store, &tie);
    }
}

static void links_that_wait_are_marked_few_or_many(void **state)
{
    struct rig *rig = *state;
    struct case_id ids[CASES];
    struct case_row hold = {.id = {.bytes = {0x77}}, .q_reference = "", .r_reference = ""};
    begin_with_cases(rig);
    assert_int_equal(store_ties_waiting(rig->node->store, &hold, CASES, ids), 0);
    assert_int_equal(node_input(rig->node, rig->turn, act_tie_all, &hold.id), INPUT_DONE);
    assert_int_equal(store_ties_waiting(rig->node->store, &hold, 3, ids), 3);
    for (size_t i = 0; i < 3; i++) {
        const struct case_id id = id_of(CASES - 1 - i);
        assert_memory_equal(ids[i].bytes, id.bytes, sizeof id.bytes);
    }
    store_ties_mark_waiting(rig->node->store, &hold);
    assert_int_equal(dirty_rows(rig), CASES);
    assert_int_equal(store_ties_waiting(rig->node->store, &hold, CASES, ids), 0);
    assert_int_equal(node_commit(rig->node), DOOR_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mark_goes_with_an_input_that_is_undone, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_commit_marks_the_rows_of_what_is_left, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(marks_come_once_in_the_order_of_ids, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_row_in_memory_is_as_it_is_stored, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(links_that_wait_are_marked_few_or_many, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
