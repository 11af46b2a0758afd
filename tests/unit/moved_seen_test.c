/* SPDX-License-Identifier: Apache-2.0 */
/* A case that moved as its requesting side finds it in letters that no honest node of the other side would have written. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/moved.h"
#include "nodes/store_letters.h"
#include "tests/support/arrivals.h"
#include "tests/support/node_sent.h"

/* XA/poc says of XB/poc's case that it goes on at that party. What stands on XB/poc's worklist. */
static struct tie moved_to(struct rig *rig, const char *party)
{
    static uint8_t successor[16] = {7};
    struct rig_sent sent = rig_request(rig);
    struct sample s;
    struct tie tie = {.state = ITEM_ENDED};
    struct case_id after;
    rig_letter(rig, &s, LETTER_MOVED, 1, 1, NULL);
    s.context.case_id = wire_binary(bytes_of(sent.case_id.bytes, sizeof sent.case_id.bytes));
    s.seen = sent.letter.digest;
    s.context.seen = wire_binary(digest_bytes(&s.seen));
    s.letter->moved->party = (char *)(uintptr_t)party;
    s.letter->moved->case_id = wire_binary(bytes_of(successor, sizeof successor));
    rig_send(rig, &s);
    assert_delivered(rig, &s);
    rig_tick(rig, 1000);
    memcpy(after.bytes, successor, sizeof successor);
    struct case_id entry = move_id(&sent.case_id, &after);
    assert_int_equal(store_ties(rig->node->store, TIES_BY_LINK, &entry, 1, rig->arena, &tie), 1);
    return tie;
}

static void a_case_that_moved_to_nobody_is_flagged(void **state)
{
    static const char *const nobody[] = {"XB/poc", "XA/poc", "XA/nobody"};
    for (size_t i = 0; i < sizeof nobody / sizeof nobody[0]; i++) {
        assert_int_equal(rig_setup(state), 0);
        struct tie tie = moved_to(*state, nobody[i]);
        assert_int_equal(tie.state, ITEM_ASKED);
        assert_true(tie.stuck);
        assert_string_equal(tie.other.text, nobody[i]);
        assert_int_equal(rig_teardown(state), 0);
    }
}

/* A case that was handed over goes on where it was begun: in an exercise, or for real. */
static void what_is_handed_over_in_an_exercise_goes_on_in_it(void **state)
{
    static uint8_t before[16] = {5};
    struct rig *rig = *state;
    const struct case_row link = {.id = {.bytes = {6}},
                                  .q = {.text = "XB/central"},
                                  .r = {.text = "XB/poc"},
                                  .q_reference = "",
                                  .r_reference = "",
                                  .has_exercise = true};
    struct tie tie = {.event = COMITY__TIE__EVENT__HAND_OVER,
                      .link = link.id,
                      .hold = {.bytes = {5}},
                      .hold_reference = "",
                      .mla = {.bytes = {7}},
                      .mla_reference = "",
                      .requester = "",
                      .state = ITEM_ASKED};
    Comity__TakenOver taken = COMITY__TAKEN_OVER__INIT;
    struct case_id after = {.bytes = {0}};
    taken.from_case = wire_binary(bytes_of(before, sizeof before));
    rig_begin(rig);
    store_case_put(rig->node->store, &link);
    store_tie_put(rig->node->store, &tie);
    assert_int_equal(moved_case(rig->node, &taken, false, rig->arena, &after), SUCCESSOR_NONE);
    assert_int_equal(moved_case(rig->node, &taken, true, rig->arena, &after), SUCCESSOR_FOUND);
    assert_memory_equal(after.bytes, tie.mla.bytes, sizeof after.bytes);
    rig_end(rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_case_that_moved_to_nobody_is_flagged),
        cmocka_unit_test_setup_teardown(what_is_handed_over_in_an_exercise_goes_on_in_it, rig_setup,
                                        rig_teardown),
    };
    return cmocka_run_group_tests_name("moved_seen", tests, NULL, NULL);
}
