/* SPDX-License-Identifier: Apache-2.0 */
/* The fold where more comes to a case than its request: cases that R opens, links, supplements. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/told_case.h"

/* --- cases that begin at R --- */

static void a_call_opens_a_case_that_the_written_request_confirms(void **state)
{
    (void)state;
    assert_int_equal(told_effect(MACHINE_HOLD, "ORAL_NOTED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.opener->author, SIDE_R);
    assert_int_equal(told.fold.state, CASE_ACKNOWLEDGED);
    assert_int_equal(told.fold.item_count, 1);
    assert_true(told_asked(ASK_ORAL, 0));
    assert_int_equal(fold_due(&told.fold, CLOCK_ORAL, 0)->when_ms, T0_MS + MS_PER_DAY); /* written_by */
    assert_non_null(fold_due(&told.fold, CLOCK_DECIDE, 1));
    assert_int_equal(told_effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
    Comity__Letter *request =
        letter_of_row(told.arena, row_named(MACHINE_HOLD, "REQUEST"), told.now, NULL, 0, 2);
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "REQUEST"), request)->effect, EFFECT_FOLDED);
    assert_false(told_asked(ASK_ORAL, 0));
    assert_null(fold_due(&told.fold, CLOCK_ORAL, 0));
    assert_ptr_equal(told.fold.request, request->request);
    assert_int_equal(told.fold.item_count, 2); /* what was written besides is asked from then on */
    assert_int_equal(told.fold.items[0].state, ITEM_HELD);
    assert_int_equal(told.fold.items[1].state, ITEM_ASKED);
    assert_null(fold_due(&told.fold, CLOCK_DECIDE, 1));
    assert_non_null(fold_due(&told.fold, CLOCK_DECIDE, 2));
    const struct folded_letter *again = told_letter(row_named(MACHINE_HOLD, "REQUEST"), request);
    assert_string_equal(again->void_code, "DUPLICATE");
    assert_int_equal(told_effect(MACHINE_HOLD, "ORAL_NOTED"), EFFECT_BREACH);
}

/* Whatever it says it had seen of it: R cannot know of the case but by the request. */
static void who_was_asked_begins_no_case_of_who_asked(void **state)
{
    (void)state;
    static const char *const openers[] = {"ORAL_NOTED", "TAKEN_OVER"};
    for (size_t i = 0; i < 2; i++) {
        told_anew();
        assert_int_equal(told_effect(MACHINE_HOLD, "REQUEST"), EFFECT_FOLDED);
        const Comity__Letter *letter = letter_named(told.arena, MACHINE_HOLD, openers[i], told.now);
        struct case_letter *forged = r_writes(&told.h, letter, told.now, 0);
        history_fold(&told.h, &told.fold);
        assert_int_equal(told.fold.letters[0].effect, EFFECT_BREACH);
        assert_int_equal(told.fold.letters[1].effect, EFFECT_FOLDED);
        assert_ptr_equal(told.fold.opener, &told.h.q[0]);
        assert_ptr_equal(told.fold.request, told.h.q[0].letter->request);
        assert_false(told_asked(ASK_ORAL, 0));
        forged->seen.digest.bytes[0] = 1; /* no letter of this case */
        history_fold(&told.h, &told.fold);
        assert_int_equal(told.fold.letters[0].effect, EFFECT_BREACH);
        assert_ptr_equal(told.fold.opener, &told.h.q[0]);
    }
}

static void a_call_that_nobody_confirms_ends_unconfirmed(void **state)
{
    (void)state;
    Comity__Letter *noted = letter_named(told.arena, MACHINE_HOLD, "ORAL_NOTED", told.now);
    noted->oral_noted->written_by = instant_make(told.arena, told.now + 3 * MS_PER_DAY);
    told_letter(row_named(MACHINE_HOLD, "ORAL_NOTED"), noted);
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), EFFECT_BREACH);
    told.now += 3 * MS_PER_DAY;
    Comity__Letter *released = letter_named(told.arena, MACHINE_HOLD, "RELEASED:UNCONFIRMED", told.now);
    released->released->called_at = NULL;
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), released)->effect,
                     EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].result, RESULT_UNCONFIRMED);
    assert_int_equal(told.fold.state, CASE_CLOSED);
    assert_int_equal(told.fold.ask_count + told.fold.due_count, 0);
}

/* The clocks that ran since the call run as if it had always been that urgent. */
static void what_is_written_may_be_more_urgent_than_what_was_told(void **state)
{
    (void)state;
    Comity__Letter *noted = letter_named(told.arena, MACHINE_HOLD, "ORAL_NOTED", told.now);
    noted->oral_noted->request->necessity->urgency = COMITY__NECESSITY__URGENCY__ROUTINE;
    told_letter(row_named(MACHINE_HOLD, "ORAL_NOTED"), noted);
    uint64_t ordered_ms = told.now;
    told_say(MACHINE_HOLD, "ORDERED");
    assert_int_equal(fold_due(&told.fold, CLOCK_CONFIRM, 1)->when_ms, ordered_ms + 5 * MS_PER_DAY);
    Comity__Letter *request = letter_named(told.arena, MACHINE_HOLD, "REQUEST", told.now);
    request->request->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
    told_letter(row_named(MACHINE_HOLD, "REQUEST"), request);
    assert_int_equal(told.fold.urgency, URGENCY_EMERGENCY);
    assert_int_equal(fold_due(&told.fold, CLOCK_CONFIRM, 1)->when_ms, ordered_ms + 12 * MS_PER_HOUR);
}

static void a_request_of_another_kind_confirms_no_call(void **state)
{
    (void)state;
    told_say(MACHINE_HOLD, "ORAL_NOTED");
    const Comity__Letter *request = letter_named(told.arena, MACHINE_MLA, "REQUEST", told.now);
    assert_string_equal(told_letter(row_named(MACHINE_HOLD, "REQUEST"), request)->void_code, "DUPLICATE");
    assert_true(told_asked(ASK_ORAL, 0));
    assert_int_equal(told.fold.machine, MACHINE_HOLD);
}

static void hand_over(Comity__Letter *letter, Comity__OpenAsk **asks, size_t ask_count,
                      Comity__OpenDue **dues, size_t due_count)
{
    letter->taken_over->asks = asks;
    letter->taken_over->n_asks = ask_count;
    letter->taken_over->dues = dues;
    letter->taken_over->n_dues = due_count;
}

static void a_case_taken_over_stands_where_it_stood(void **state)
{
    (void)state;
    Comity__Letter *letter =
        letter_of_row(told.arena, row_named(MACHINE_HOLD, "TAKEN_OVER"), told.now, NULL, 0, 2);
    Comity__Restated restated = COMITY__RESTATED__INIT, beyond = COMITY__RESTATED__INIT;
    Comity__OpenAsk withdraw = COMITY__OPEN_ASK__INIT, unknown = COMITY__OPEN_ASK__INIT,
                    none = COMITY__OPEN_ASK__INIT;
    Comity__OpenDue release = COMITY__OPEN_DUE__INIT;
    char *links[] = {text_make(told.arena, MLA_REFERENCE)};
    uint32_t second[] = {2, 3, 65};
    Comity__OpenAsk *asks[] = {&withdraw, &unknown, &none};
    Comity__OpenDue *dues[] = {&release};
    Comity__Restated *list[] = {&restated, &beyond};
    beyond.item = 3;
    restated.item = 2;
    restated.state = text_make(told.arena, "HELD_OPEN");
    restated.hold_until = instant_make(told.arena, told.now + 50 * MS_PER_DAY);
    restated.zone = text_make(told.arena, "Asia/Bangkok");
    restated.links = links;
    restated.n_links = 1;
    withdraw.ask = text_make(told.arena, "WITHDRAW");
    unknown.ask = text_make(told.arena, "?");
    none.ask = text_make(told.arena, "UNTIE"); /* of a tie, not of a hold */
    withdraw.items = unknown.items = none.items = second;
    withdraw.n_items = unknown.n_items = none.n_items = 3;
    withdraw.since = instant_make(told.arena, T0_MS - MS_PER_DAY);
    release.clock = text_make(told.arena, "RELEASE");
    release.when = instant_make(told.arena, T0_MS + MS_PER_DAY);
    release.items = second;
    release.n_items = 3;
    hand_over(letter, asks, 3, dues, 1);
    letter->taken_over->restated = list;
    letter->taken_over->n_restated = 2;
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "TAKEN_OVER"), letter)->effect, EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_ASKED);
    assert_int_equal(told.fold.items[1].state, ITEM_HELD_OPEN);
    assert_true(told.fold.items[1].restated);
    assert_int_equal(told.fold.items[1].hold_until.ms, T0_MS + 50 * MS_PER_DAY);
    assert_int_equal(told.fold.items[1].links, 1);
    assert_true(told_asked(ASK_WITHDRAW, 2));
    assert_int_equal(ask_find(&told.fold, ASK_WITHDRAW, 2)->owed_by, SIDE_R);
    assert_int_equal(ask_find(&told.fold, ASK_WITHDRAW, 2)->since_ms, T0_MS - MS_PER_DAY);
    assert_int_equal(told.fold.ask_count, 1);
    assert_int_equal(told.fold.due_count, 1); /* what is owed does not begin anew */
    assert_int_equal(told.fold.dues[0].clock, CLOCK_RELEASE);
    assert_int_equal(told.fold.dues[0].when_ms, T0_MS + MS_PER_DAY);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_ENDED"),
                     EFFECT_FOLDED); /* by the reference that was restated */
    assert_int_equal(told.fold.items[1].state, ITEM_HELD);
}

/* --- links --- */

static void a_hold_is_open_while_one_link_is(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 2);
    Comity__Letter *second = letter_named(told.arena, MACHINE_HOLD, "MLA_RECEIVED", told.now);
    second->mla_received->reference = text_make(told.arena, "MLA-2");
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_HELD_OPEN);
    assert_int_equal(told.fold.state, CASE_HELD_OPEN);
    assert_null(fold_due(&told.fold, CLOCK_HOLD, 1));
    assert_null(fold_due(&told.fold, CLOCK_MLA, 1));
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_BREACH); /* the same again */
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), second)->effect, EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].links, 2);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_ENDED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_HELD_OPEN);
    assert_int_equal(told.fold.items[0].links, 1);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_ENDED"), EFFECT_BREACH);
    Comity__Letter *ended = letter_named(told.arena, MACHINE_HOLD, "MLA_ENDED", told.now);
    ended->mla_ended->reference = text_make(told.arena, "MLA-2");
    ended->mla_ended->hold_until = instant_make(told.arena, told.now + 13 * MS_PER_DAY);
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_ENDED"), ended)->effect, EFFECT_BREACH);
    ended = letter_named(told.arena, MACHINE_HOLD, "MLA_ENDED", told.now);
    ended->mla_ended->reference = text_make(told.arena, "MLA-2");
    ended->mla_ended->hold_until = instant_make(told.arena, told.now + 80 * MS_PER_DAY);
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_ENDED"), ended)->effect, EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_HELD);
    assert_int_equal(told.fold.items[1].state, ITEM_HELD);
    assert_int_equal(fold_due(&told.fold, CLOCK_HOLD, 1)->when_ms,
                     (uint64_t)told.fold.items[0].hold_until.ms);
    assert_int_equal(told.fold.items[0].hold_until.ms, ended->mla_ended->hold_until->ms);
}

static void a_link_before_the_hold_makes_it_open(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_ASKED);
    assert_false(told.fold.state == CASE_ACKNOWLEDGED); /* a node wrote, no officer */
    assert_int_equal(told_effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_HELD_OPEN);
    assert_null(fold_due(&told.fold, CLOCK_HOLD, 1)); /* no end towards Q */
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:LAW_END"), EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:STOPPED"), EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_HOLD, "MOVED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].result, RESULT_MOVED);
    assert_int_equal(told.fold.items[0].links, 0);
    assert_int_equal(told.fold.links[0].items, 0);
}

/* Told so in the case: before it, that assistance is executed is between others. */
static void data_are_released_as_disclosed_once_their_assistance_is_completed(void **state)
{
    (void)state;
    for (int completed = 0; completed < 2; completed++) {
        told_anew();
        told_begin(MACHINE_HOLD, ITEM_HELD_OPEN, 1);
        assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:DISCLOSED"), EFFECT_BREACH); /* it waits */
        Comity__Letter *ended = letter_named(told.arena, MACHINE_HOLD, "MLA_ENDED", told.now);
        ended->mla_ended->why =
            completed ? COMITY__MLA_ENDED__WHY__COMPLETED : COMITY__MLA_ENDED__WHY__REFUSED;
        assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_ENDED"), ended)->effect, EFFECT_FOLDED);
        assert_int_equal(told.fold.items[0].state, ITEM_HELD);
        const struct folded_letter *released = told_say(MACHINE_HOLD, "RELEASED:DISCLOSED");
        assert_int_equal(released->effect, completed ? EFFECT_FOLDED : EFFECT_BREACH);
        assert_int_equal(released->code42_8, completed); /* it was promised for longer */
    }
}

static void a_link_received_after_the_date_is_late_and_holds(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now += 62 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].state, ITEM_HELD_OPEN);
    assert_true(told.fold.links[0].late);
    told.now += 10 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH);
}

static void links_are_known_by_case_or_reference_and_bounded(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    static uint8_t id[16] = {7};
    for (int again = 0; again < 2; again++) {
        Comity__Letter *letter = letter_named(told.arena, MACHINE_HOLD, "MLA_RECEIVED", told.now);
        letter->mla_received->reference = text_make(told.arena, again ? "otherwise named" : "MLA-0");
        letter->mla_received->mla_case = (ProtobufCBinaryData){16, id};
        assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), letter)->effect,
                         again ? EFFECT_BREACH : EFFECT_FOLDED);
    }
    for (size_t i = 1; i < CASE_LINKS_MAX + 1; i++) {
        Comity__Letter *letter = letter_named(told.arena, MACHINE_HOLD, "MLA_RECEIVED", told.now);
        letter->mla_received->reference = arena_format(told.arena, "MLA-%zu", i);
        assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), letter)->effect,
                         i < CASE_LINKS_MAX ? EFFECT_FOLDED : EFFECT_BREACH);
    }
    assert_int_equal(told.fold.link_count, CASE_LINKS_MAX);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_ENDED"),
                     EFFECT_FOLDED); /* MLA-1: its place is free for another */
    assert_int_equal(told.fold.items[0].links, CASE_LINKS_MAX - 1);
    Comity__Letter *another = letter_named(told.arena, MACHINE_HOLD, "MLA_RECEIVED", told.now);
    another->mla_received->reference = text_make(told.arena, "MLA-99");
    assert_int_equal(told_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), another)->effect, EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].links, CASE_LINKS_MAX);
}

static void a_notice_is_only_noted_while_it_is_held_open(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD_OPEN, 1);
    assert_int_equal(told_effect(MACHINE_HOLD, "MLA_NOTICE"), EFFECT_NOTED);
    assert_int_equal(told.fold.ask_count, 0);
    assert_null(fold_due(&told.fold, CLOCK_SEARCH, 1));
}

/* Written by hand: nothing that is asked waits for ever. */
static void an_ask_taken_over_without_its_date_has_one(void **state)
{
    (void)state;
    Comity__Letter *letter =
        letter_of_row(told.arena, row_named(MACHINE_MLA, "TAKEN_OVER"), told.now, NULL, 0, 1);
    Comity__OpenAsk oral = COMITY__OPEN_ASK__INIT, use = COMITY__OPEN_ASK__INIT;
    Comity__OpenDue execute = COMITY__OPEN_DUE__INIT;
    Comity__OpenAsk *asks[] = {&oral, &use};
    Comity__OpenDue *dues[] = {&execute};
    uint32_t first[] = {1};
    oral.ask = text_make(told.arena, "ORAL");
    use.ask = text_make(told.arena, "USE");
    use.by = instant_make(told.arena, T0_MS + 9 * MS_PER_DAY);
    execute.clock = text_make(told.arena, "MLA_DECIDE");
    execute.when = instant_make(told.arena, T0_MS + MS_PER_DAY);
    execute.items = first;
    execute.n_items = 1;
    hand_over(letter, asks, 2, dues, 1);
    assert_int_equal(told_letter(row_named(MACHINE_MLA, "TAKEN_OVER"), letter)->effect, EFFECT_FOLDED);
    const struct case_due *due = fold_due(&told.fold, CLOCK_ORAL, 0);
    assert_non_null(due);
    assert_int_equal(due->owed_by, SIDE_Q);
    assert_int_equal(due->when_ms - due->start_ms, 24 * MS_PER_HOUR);
    due = fold_due(&told.fold, CLOCK_USE, 0);
    assert_non_null(due);
    assert_int_equal(due->owed_by, SIDE_R);
    assert_null(fold_due(&told.fold, CLOCK_STATUS, 0));
}

/* --- supplements --- */

static void a_supplement_adds_items_with_clocks_of_their_own(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    assert_int_equal(told_effect(MACHINE_HOLD, "SUPPLEMENT"), EFFECT_FOLDED);
    assert_int_equal(told.fold.item_count, 2);
    assert_int_equal(told.fold.items[1].number, 2);
    assert_int_equal(told.fold.items[1].state, ITEM_ASKED);
    assert_non_null(told.fold.items[1].asked);
    assert_non_null(fold_due(&told.fold, CLOCK_DECIDE, 2));
    assert_null(fold_due(&told.fold, CLOCK_DECIDE, 1));
    uint32_t two = 2;
    r_writes(&told.h, letter_of_row(told.arena, row_named(MACHINE_HOLD, "HELD"), told.now, &two, 1, 1),
             told.now, told.h.q_count);
    history_fold(&told.h, &told.fold);
    assert_int_equal(told.fold.items[1].state, ITEM_HELD);
}

static const struct folded_letter *says_supplement(uint32_t first_item)
{
    Comity__Letter *letter = letter_named(told.arena, MACHINE_HOLD, "SUPPLEMENT", told.now);
    letter->supplement->first_item = first_item;
    return told_letter(row_named(MACHINE_HOLD, "SUPPLEMENT"), letter);
}

static void a_supplement_has_its_bound_and_needs_an_open_case(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, CASE_ITEMS_MAX);
    assert_string_equal(says_supplement(CASE_ITEMS_MAX + 1)->void_code, "TOO_MANY");
    assert_int_equal(told.fold.item_count, CASE_ITEMS_MAX);
    told_anew();
    told_begin(MACHINE_HOLD, ITEM_ENDED, 1);
    assert_string_equal(told_say(MACHINE_HOLD, "SUPPLEMENT")->void_code, "NEW_CASE");
}

/* Else what its author calls item 3 would be another one at both sides. */
static void a_supplement_that_counted_on_a_void_one_is_void(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ENDED, 1);
    assert_string_equal(says_supplement(2)->void_code, "NEW_CASE");
    assert_int_equal(told_effect(MACHINE_HOLD, "REOPENED"), EFFECT_FOLDED);
    assert_string_equal(says_supplement(3)->void_code, "RENUMBERED");
    assert_string_equal(says_supplement(1)->void_code, "RENUMBERED");
    assert_int_equal(told.fold.item_count, 1);
    assert_int_equal(says_supplement(2)->effect, EFFECT_FOLDED);
    assert_int_equal(told.fold.item_count, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, told_setup, told_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_opens_a_case_that_the_written_request_confirms),
        TEST(who_was_asked_begins_no_case_of_who_asked),
        TEST(a_call_that_nobody_confirms_ends_unconfirmed),
        TEST(what_is_written_may_be_more_urgent_than_what_was_told),
        TEST(a_request_of_another_kind_confirms_no_call),
        TEST(a_case_taken_over_stands_where_it_stood),
        TEST(a_hold_is_open_while_one_link_is),
        TEST(a_link_before_the_hold_makes_it_open),
        TEST(data_are_released_as_disclosed_once_their_assistance_is_completed),
        TEST(a_link_received_after_the_date_is_late_and_holds),
        TEST(links_are_known_by_case_or_reference_and_bounded),
        TEST(a_notice_is_only_noted_while_it_is_held_open),
        TEST(an_ask_taken_over_without_its_date_has_one),
        TEST(a_supplement_adds_items_with_clocks_of_their_own),
        TEST(a_supplement_has_its_bound_and_needs_an_open_case),
        TEST(a_supplement_that_counted_on_a_void_one_is_void),
    };
    return cmocka_run_group_tests_name("fold_openers", tests, NULL, NULL);
}
