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
#include "nodes/store_letters.h"
#include "tests/support/node_rig.h"

#define CASES (CASES_MARKED_MAX + 8)

static struct case_id id_of(size_t i)
{
    return (struct case_id){.bytes = {(uint8_t)(CASES - i)}}; /* from the last to the first */
}

static void act_put(struct node *node, struct turn *turn, void *context)
{
    (void)turn;
    (void)context;
    for (size_t i = 0; i < CASES; i++) {
        const struct case_row row = {.id = id_of(i), .own_side = SIDE_R, .q_reference = "", .created_ms = 5};
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_mark_goes_with_an_input_that_is_undone, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_commit_marks_the_rows_of_what_is_left, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(marks_come_once_in_the_order_of_ids, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
