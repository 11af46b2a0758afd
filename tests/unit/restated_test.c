/* SPDX-License-Identifier: Apache-2.0 */
/* What stood in a case that moved: what goes into a LINK, and what a TAKEN_OVER says less than it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/moved.h"
#include "proto/limits.h"
#include "tests/support/row_letters.h"
#include "tests/support/told_case.h"

static struct restated stood;
static Comity__TakenOver *taken;
static struct faults faults;

/* A hold of two items, an extension asked of both, restated as it stands. */
static int set_up(void **state)
{
    (void)state;
    (void)told_setup(state);
    told_begin(MACHINE_HOLD, ITEM_HELD, 2);
    assert_int_equal(told_effect(MACHINE_HOLD, "EXTEND"), EFFECT_FOLDED);
    Comity__Letter *moved = letter_make_of(told.arena, LETTER_MOVED, told.now, NULL, 0);
    assert_true(restated_of(&told.fold, moved, told.arena, &stood));
    taken = letter_make_of(told.arena, LETTER_TAKEN_OVER, told.now, NULL, 0)->taken_over;
    taken->request_letter = wire_binary(digest_bytes(&stood.letter->id.digest));
    taken->n_restated = stood.item_count;
    taken->restated = stood.items;
    taken->n_asks = stood.ask_count;
    taken->asks = stood.asks;
    taken->n_dues = stood.due_count;
    taken->dues = stood.dues;
    return 0;
}

static void check(void)
{
    faults_init(&faults, told.arena);
    taken_over_check(taken, &stood, MACHINE_HOLD, taken->from_party, &faults);
}

static bool has(const char *path, const char *code)
{
    for (size_t i = 0; i < faults.count; i++) {
        if (strcmp(faults.list[i].path, path) == 0 && strcmp(faults.list[i].code, code) == 0) {
            return true;
        }
    }
    return false;
}

/* The check reads stood, too: what is changed is a copy. */
static Comity__Restated *item_changed(size_t index)
{
    Comity__Restated *copy = arena_take(told.arena, sizeof *copy);
    Comity__Restated **list = arena_zero(told.arena, taken->n_restated, sizeof *list);
    memcpy(list, taken->restated, taken->n_restated * sizeof *list);
    *copy = *list[index];
    list[index] = copy;
    taken->restated = list;
    return copy;
}

static Comity__OpenDue *due_changed(const char *clock)
{
    Comity__OpenDue *copy = arena_take(told.arena, sizeof *copy);
    Comity__OpenDue **list = arena_zero(told.arena, taken->n_dues, sizeof *list);
    memcpy(list, taken->dues, taken->n_dues * sizeof *list);
    size_t at = 0;
    while (strcmp(list[at]->clock, clock) != 0) {
        at++;
        assert_true(at < taken->n_dues);
    }
    *copy = *list[at];
    list[at] = copy;
    taken->dues = list;
    return copy;
}

static void what_is_alike_of_several_items_is_said_once(void **state)
{
    (void)state;
    assert_int_equal(stood.item_count, 2);
    assert_int_equal(stood.ask_count, 1);
    assert_string_equal(stood.asks[0]->ask, "EXTEND");
    assert_int_equal(stood.asks[0]->n_items, 2);
    check();
    assert_int_equal(faults.count, 0);
}

static void what_is_less_than_stood_is_named(void **state)
{
    (void)state;
    Comity__Instant earlier = *stood.items[1]->hold_until;
    earlier.ms -= 1;
    item_changed(1)->hold_until = &earlier;
    check();
    assert_true(has("restated[1].holdUntil", "EARLIER"));
    item_changed(0)->state = text_make(told.arena, "ORDERED");
    check();
    assert_true(has("restated[0].state", "LESS"));
    taken->n_restated = 1;
    check();
    assert_true(has("restated", "LEFT_OUT"));
    taken->n_asks = 0;
    check();
    assert_true(has("asks", "LEFT_OUT"));
}

static void more_than_stood_is_nothing_wrong(void **state)
{
    (void)state;
    Comity__Instant later = *stood.items[1]->hold_until;
    later.ms += 1;
    item_changed(1)->hold_until = &later;
    item_changed(0)->state = text_make(told.arena, "HELD_OPEN");
    check();
    assert_int_equal(faults.count, 0);
}

/* Else two cases would hold it. */
static void what_stayed_behind_does_not_go_on_here(void **state)
{
    (void)state;
    const uint32_t second = 2;
    Comity__Letter *moved = letter_make_of(told.arena, LETTER_MOVED, told.now, &second, 1);
    assert_true(restated_of(&told.fold, moved, told.arena, &stood));
    assert_string_equal(stood.items[0]->state, "ENDED");
    assert_string_equal(stood.items[0]->result, "MOVED");
    assert_int_equal(stood.asks[0]->n_items, 1);
    check();
    assert_true(has("restated[0].state", "LESS"));
    taken->restated = stood.items;
    check();
    assert_int_equal(faults.count, 0);
}

static void an_answer_is_owed_by_the_same_moment(void **state)
{
    (void)state;
    Comity__OpenDue *due = due_changed("EXTENSION");
    Comity__Instant when = *due->when;
    due->when = &when;
    when.ms--;
    check();
    assert_int_equal(faults.count, 0);
    when.ms += 2;
    check();
    assert_true(has("dues", "LATER"));
    taken->n_dues = 0; /* it would begin anew */
    check();
    assert_true(has("dues", "LATER"));
}

static void another_party_or_letter_is_named(void **state)
{
    (void)state;
    const struct letter_id zero = {.digest = {{0}}};
    taken->request_letter = wire_binary(digest_bytes(&zero.digest));
    faults_init(&faults, told.arena);
    taken_over_check(taken, &stood, MACHINE_HOLD, "XC/poc", &faults);
    assert_true(has("fromParty", "OTHER_PARTY"));
    assert_true(has("requestLetter", "OTHER_LETTER"));
}

/* --- into the LINK --- */

static Comity__Letter *link_of(size_t opener_bytes)
{
    Comity__Letter *link = letter_make(told.arena, LETTER_REQUEST, told.now, 0);
    link->request->type = COMITY__REQUEST__TYPE__LINK;
    link->request->tie = arena_take(told.arena, sizeof *link->request->tie);
    comity__tie__init(link->request->tie);
    const struct hand_over along = {.opener = bytes_of(arena_zero(told.arena, opener_bytes, 1), opener_bytes),
                                    .stood = stood};
    hand_over_put(&along, link);
    assert_true(comity__letter__get_packed_size(link) <= LETTER_BYTES_MAX);
    return link;
}

static void what_is_too_large_stays_behind_and_is_named(void **state)
{
    (void)state;
    const Comity__Tie *tie = link_of(40000)->request->tie;
    assert_int_equal(tie->opener.len, 40000);
    assert_int_equal(tie->opener_letter.len, 0);
    assert_int_equal(tie->n_restated, 2);
    tie = link_of(60000)->request->tie;
    assert_int_equal(tie->opener.len, 0);
    assert_memory_equal(tie->opener_letter.data, stood.letter->id.digest.bytes, 32);
    assert_int_equal(tie->n_restated, 2);
    Comity__OpenDue **many = arena_zero(told.arena, STOOD_MAX + 1, sizeof(Comity__OpenDue *));
    for (size_t i = 0; i <= STOOD_MAX; i++) {
        many[i] = stood.dues[0];
    }
    stood.dues = many;
    stood.due_count = STOOD_MAX + 1;
    assert_int_equal(link_of(10)->request->tie->n_restated, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, told_teardown)
        TEST(what_is_alike_of_several_items_is_said_once),
        TEST(what_is_less_than_stood_is_named),
        TEST(more_than_stood_is_nothing_wrong),
        TEST(what_stayed_behind_does_not_go_on_here),
        TEST(an_answer_is_owed_by_the_same_moment),
        TEST(another_party_or_letter_is_named),
        TEST(what_is_too_large_stays_behind_and_is_named),
    };
    return cmocka_run_group_tests_name("restated", tests, NULL, NULL);
}
