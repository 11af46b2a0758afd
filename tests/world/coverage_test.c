/* SPDX-License-Identifier: Apache-2.0 */
/* The report of what histories met, and above all of what they never met. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/coverage.h"
#include "nodes/lifecycle.h"

/* The report as text; to be freed. */
static char *printed(const struct coverage *coverage)
{
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(out);
    coverage_print(out, coverage);
    assert_int_equal(fclose(out), 0);
    return text;
}

static void all_met(struct coverage *ret)
{
    *ret = (struct coverage){.seeds = 1234567};
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        ret->faults[i] = 1;
    }
    for (size_t i = 0; i < REASON_COUNT; i++) {
        ret->reasons[i] = 1;
    }
    for (size_t i = 0; i < ROW_COUNT; i++) {
        for (size_t state = 0; state < CELL_STATES; state++) {
            ret->cells[i][state] = 1;
        }
    }
}

static void faults_have_the_names_of_their_table(void **state)
{
    static const char *const names[] = {
#define FAULT(name, text) #name,
#include "drills/play/faults.def"
#undef FAULT
    };
    (void)state;
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        const char *name = fault_name((enum fault_kind)i);
        assert_int_equal(strlen(name), strlen(names[i]));
        for (size_t k = 0; name[k] != '\0'; k++) {
            assert_int_equal(name[k], names[i][k] >= 'A' && names[i][k] <= 'Z' ? names[i][k] - 'A' + 'a'
                                                                               : names[i][k]);
        }
    }
}

static void a_letter_counts_in_its_row(void **state)
{
    (void)state;
    struct coverage c = {.seeds = 0};
    coverage_cell(&c, ROW_HOLD_RELEASED_EXPIRED, ITEM_HELD);
    coverage_cell(&c, ROW_HOLD_RELEASED_WITHDRAWN, ITEM_ASKED);
    coverage_cell(&c, ROW_HOLD_HELD_NONE, ITEM_ENDED);
    assert_int_equal(c.cells[ROW_HOLD_RELEASED_EXPIRED][ITEM_HELD - 1], 1);
    assert_int_equal(c.cells[ROW_HOLD_RELEASED_WITHDRAWN][ITEM_ASKED - 1], 1);
    assert_int_equal(c.cells[ROW_HOLD_HELD_NONE][ITEM_ENDED - 1], 1);
    assert_int_equal(c.cells[ROW_HOLD_RELEASED_EXPIRED][ITEM_ASKED - 1], 0);
    coverage_tried(&c, ROW_HOLD_HELD_NONE, ITEM_ENDED);
    assert_int_equal(c.cells[ROW_HOLD_HELD_NONE][ITEM_ENDED - 1], 1);
    assert_int_equal(c.tried[ROW_HOLD_HELD_NONE][ITEM_ENDED - 1], 1);
}

static void histories_add_up(void **state)
{
    (void)state;
    struct coverage sum, one;
    all_met(&sum);
    all_met(&one);
    one.virtual_ms = 5;
    coverage_add(&sum, &one);
    coverage_add(&sum, &one);
    assert_int_equal(sum.faults[FAULT_BURST], 3);
    assert_int_equal(sum.cells[ROW_COUNT - 1][CELL_STATES - 1], 3);
    assert_int_equal(sum.seeds, 3 * 1234567);
    assert_int_equal(sum.virtual_ms, 10);
}

static void what_was_met_is_not_missed(void **state)
{
    (void)state;
    struct coverage c;
    all_met(&c);
    assert_int_equal(coverage_never(&c), 0);
    char *text = printed(&c);
    assert_non_null(strstr(text, "1,234,567 seeds"));
    assert_non_null(strstr(text, "never met: nothing"));
    free(text);
}

static void what_was_never_met_is_named(void **state)
{
    (void)state;
    struct coverage c;
    all_met(&c);
    c.faults[FAULT_TORN_WRITE] = 0;
    c.reasons[REASON_PREKEY] = 0;
    c.cells[ROW_HOLD_EXTEND_NONE][ITEM_ENDED - 1] = 0;
    assert_int_equal(coverage_never(&c), 3);
    char *text = printed(&c);
    const char *never = strstr(text, "never met");
    assert_non_null(never);
    assert_non_null(strstr(never, "faults: torn_write\n"));
    assert_non_null(strstr(never, "reasons: E_PREKEY\n"));
    assert_non_null(strstr(never, "letters: HOLD EXTEND of an item ENDED\n"));
    free(text);
}

/* What was refused where it was written met nothing; what must be refused need only be tried. */
static void what_was_only_tried_was_not_met(void **state)
{
    (void)state;
    struct coverage c;
    all_met(&c);
    c.cells[ROW_HOLD_HELD_NONE][ITEM_ORDERED - 1] = 0;
    c.tried[ROW_HOLD_HELD_NONE][ITEM_ORDERED - 1] = 7;
    assert_int_equal(coverage_never(&c), 1);
    all_met(&c);
    c.cells[ROW_HOLD_ORDERED_NONE][ITEM_ENDED - 1] = 0;
    assert_int_equal(coverage_never(&c), 1);
    c.tried[ROW_HOLD_ORDERED_NONE][ITEM_ENDED - 1] = 1;
    assert_int_equal(coverage_never(&c), 0);
}

/* Cells of states that a machine does not have, and those of unmet.def. */
static void what_cannot_be_met_is_not_missed(void **state)
{
    (void)state;
    struct coverage c = {.seeds = 1};
    size_t rows = 0, cells = 0, unmet = 0, played = 0;
    const struct lifecycle_row *row = lifecycle_rows(&rows);
#define UNMET(machine, letter, why, state, reason) unmet += reason[0] != '\0';
#include "drills/play/unmet.def"
#undef UNMET
    for (size_t i = 0; i < rows; i++) {
        size_t count = 0;
        const enum item_state *states = machine_states(row[i].machine, &count);
        cells += count;
        for (size_t k = 0; k < count; k++) {
            played += cell_is_played((enum cell_row)i, states[k]);
        }
    }
    assert_int_equal(played, cells - unmet);
    char *text = printed(&c);
    assert_null(strstr(strstr(text, "never met"), "PING ECHO of an item HELD"));
    assert_non_null(strstr(strstr(text, "never met"), "HOLD RELEASED:EXPIRED of an item HELD"));
    assert_int_equal(coverage_never(&c), FAULT_COUNT + REASON_COUNT - 1 + cells - unmet);
    free(text);
}

/* What is met although it is listed has a wrong reason there, and what is neither met nor listed is missed. */
static void each_cell_is_met_or_listed(void **state)
{
    static const struct cell_place list[] = {{ROW_PING_ECHO_NONE, ITEM_ASKED},
                                             {ROW_HOLD_ACK_NONE, ITEM_HELD}};
    (void)state;
    struct coverage c;
    char text[512] = "";
    all_met(&c);
    assert_int_equal(cells_wrong(&c, NULL, 0, NULL), 0);
    c.cells[ROW_HOLD_ACK_NONE][ITEM_HELD - 1] = 0;
    c.tried[ROW_HOLD_ACK_NONE][ITEM_HELD - 1] = 0;
    c.cells[ROW_MLA_DELAY_NONE][ITEM_POSTPONED - 1] = 0;
    assert_int_equal(cells_wrong(&c, list + 1, 1, NULL), 1);
    FILE *out = fmemopen(text, sizeof text, "w");
    assert_non_null(out);
    assert_int_equal(cells_wrong(&c, list, 2, out), 2);
    (void)fclose(out);
    assert_non_null(strstr(text, "PING ECHO of an item ASKED: met, although"));
    assert_non_null(strstr(text, "MLA DELAY of an item POSTPONED: no history met it"));
    assert_null(strstr(text, "HOLD ACK"));
}

static void programs_read_the_same(void **state)
{
    (void)state;
    struct coverage c;
    all_met(&c);
    c.cells[ROW_HOLD_ACK_NONE][ITEM_ORDERED - 1] = 42;
    c.faults[FAULT_KILL] = 0;
    json_t *json = coverage_json(&c);
    const json_t *row = json_object_get(json_object_get(json, "letters_met"), "HOLD ACK");
    assert_int_equal(json_integer_value(json_object_get(row, "ORDERED")), 42);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(json, "faults"), "kill")), 0);
    assert_int_equal(json_integer_value(json_object_get(json, "never")), 1);
    json_decref(json);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(faults_have_the_names_of_their_table),
        cmocka_unit_test(a_letter_counts_in_its_row),
        cmocka_unit_test(histories_add_up),
        cmocka_unit_test(what_was_met_is_not_missed),
        cmocka_unit_test(what_was_never_met_is_named),
        cmocka_unit_test(what_was_only_tried_was_not_met),
        cmocka_unit_test(what_cannot_be_met_is_not_missed),
        cmocka_unit_test(each_cell_is_met_or_listed),
        cmocka_unit_test(programs_read_the_same),
    };
    return cmocka_run_group_tests_name("coverage", tests, NULL, NULL);
}
