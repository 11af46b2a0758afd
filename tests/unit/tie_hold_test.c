/* SPDX-License-Identifier: Apache-2.0 */
/* The hold that a tie is about: it is here, it is none, or memory ended before that was known, which is neither. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/store_chores.h"
#include "nodes/tie_private.h"
#include "tests/support/arrivals.h"

#define TOO_SMALL 16 /* bytes in which not even the line of a case has room */

/* A hold that XA/poc asked this party, XB/poc, for; and a tie about it. */
static struct tie tie_of_hold(struct rig *rig)
{
    struct sample request;
    rig_letter(rig, &request, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &request);
    assert_delivered(rig, &request);
    return (struct tie){.alone = true,
                        .event = COMITY__TIE__EVENT__RECEIVED,
                        .hold = request.case_id,
                        .here = request.case_id,
                        .link = request.case_id,
                        .hold_reference = "",
                        .mla_reference = "A-MLA-1",
                        .requester = "XA",
                        .state = ITEM_LINKED};
}

static struct renewal renewal_in(struct rig *rig, struct arena *arena)
{
    return (struct renewal){.node = rig->node, .turn = rig->turn, .arena = arena};
}

static void memory_that_ends_is_not_no_hold(void **state)
{
    struct rig *rig = *state;
    const struct tie tie = tie_of_hold(rig);
    struct tie unknown = tie;
    struct arena *small = arena_new(TOO_SMALL), *large = arena_new((size_t)16 << 20);
    struct case_id here = {.bytes = {0}};
    rig_begin(rig);
    struct renewal r = renewal_in(rig, small);
    assert_int_equal(tie_hold_find(&r, &tie, &here), HOLD_LATER);
    assert_true(no_case(&here));
    assert_int_equal(tie_hold_waits(&r, &tie), WAITS_LATER);
    r.arena = large;
    assert_int_equal(tie_hold_find(&r, &tie, &here), HOLD_HERE);
    assert_true(same_case(&here, &tie.hold));
    assert_int_equal(tie_hold_waits(&r, &tie), WAITS_NOT);
    unknown.hold.bytes[0] ^= 1;
    assert_int_equal(tie_hold_find(&r, &unknown, &here), HOLD_NONE);
    rig_end(rig);
    arena_free(small);
    arena_free(large);
}

/* XC's request for assistance is nothing to the hold that XA asked for, nor one that is kept by another party. */
static void a_hold_is_of_the_state_that_asks_and_at_the_party_that_was_named(void **state)
{
    struct rig *rig = *state;
    const struct tie tie = tie_of_hold(rig);
    struct arena *arena = arena_new((size_t)16 << 20);
    struct case_id here = {.bytes = {0}};
    rig_begin(rig);
    const struct renewal r = renewal_in(rig, arena);
    struct tie other = tie;
    other.requester = "XC";
    assert_int_equal(tie_hold_find(&r, &other, &here), HOLD_NONE);
    other.requester = "";
    assert_int_equal(tie_hold_find(&r, &other, &here), HOLD_NONE);
    other = tie;
    (void)address_read(bytes_of_text("XB/poc"), &other.hold_party);
    assert_int_equal(tie_hold_find(&r, &other, &here), HOLD_HERE);
    (void)address_read(bytes_of_text("XB/central"), &other.hold_party);
    assert_int_equal(tie_hold_find(&r, &other, &here), HOLD_NONE);
    assert_int_equal(tie_hold_is(&r, &other), HOLD_HERE); /* a person may know better who keeps it, ... */
    (void)address_read(bytes_of_text("XC/poc"), &other.hold_party);
    assert_int_equal(tie_hold_is(&r, &other), HOLD_NONE); /* ... in that State */
    rig_end(rig);
    arena_free(arena);
}

/* Exercises run beside real work: what is of one is nothing to the other. */
static void an_exercise_ties_no_real_hold(void **state)
{
    struct rig *rig = *state;
    const struct tie tie = tie_of_hold(rig);
    const struct case_row real = {.has_exercise = false}, drill = {.has_exercise = true};
    struct arena *arena = arena_new((size_t)16 << 20);
    struct case_id here = {.bytes = {0}};
    rig_begin(rig);
    struct renewal r = renewal_in(rig, arena);
    struct tie logged = tie;
    logged.exercise = true;
    assert_int_equal(tie_hold_find(&r, &logged, &here), HOLD_NONE);
    assert_int_equal(tie_hold_is(&r, &logged), HOLD_NONE);
    r.row = &drill;
    assert_int_equal(tie_hold_find(&r, &tie, &here), HOLD_NONE);
    assert_int_equal(tie_hold_is(&r, &tie), HOLD_NONE);
    r.row = &real;
    assert_int_equal(tie_hold_find(&r, &tie, &here), HOLD_HERE);
    assert_int_equal(tie_hold_is(&r, &tie), HOLD_HERE);
    rig_end(rig);
    arena_free(arena);
}

static void a_tie_ends_when_that_is_known(void **state)
{
    struct rig *rig = *state;
    struct tie tie = tie_of_hold(rig);
    struct arena *small = arena_new(TOO_SMALL), *large = arena_new((size_t)16 << 20);
    rig_begin(rig);
    struct renewal r = renewal_in(rig, small);
    tie_end(&r, &tie, COMITY__MLA_ENDED__WHY__REFUSED);
    assert_int_equal(tie.state, ITEM_LINKED);
    assert_true(tie.ending);
    assert_int_not_equal(store_chore_next_ms(rig->node->store), 0); /* it is looked at again */
    r.arena = large;
    tie_end(&r, &tie, COMITY__MLA_ENDED__WHY__REFUSED);
    assert_int_equal(tie.state, ITEM_ENDED);
    rig_end(rig);
    arena_free(small);
    arena_free(large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_that_ends_is_not_no_hold, rig_setup_linked, rig_teardown),
        cmocka_unit_test_setup_teardown(a_hold_is_of_the_state_that_asks_and_at_the_party_that_was_named,
                                        rig_setup_linked, rig_teardown),
        cmocka_unit_test_setup_teardown(an_exercise_ties_no_real_hold, rig_setup_linked, rig_teardown),
        cmocka_unit_test_setup_teardown(a_tie_ends_when_that_is_known, rig_setup_linked, rig_teardown),
    };
    return cmocka_run_group_tests_name("tie_hold", tests, NULL, NULL);
}
