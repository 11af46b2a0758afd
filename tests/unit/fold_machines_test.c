/* SPDX-License-Identifier: Apache-2.0 */
/* The fold beyond the table: cases that R opens, links, supplements, reminders, flags, dates of the letters themselves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/row_letters.h"

static struct arena *arena;
static struct history h;
static struct case_fold fold;
static uint64_t now; /* a day on with every letter */

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    assert_non_null(arena);
    history_init(&h, arena);
    now = T0_MS;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The next letter: of R having seen all, or of Q. Folds, and returns what became of it. */
static const struct folded_letter *say_letter(const struct lifecycle_row *row, const Comity__Letter *letter)
{
    if (row->side == SIDE_Q) {
        q_writes(&h, letter, now);
    } else {
        r_writes(&h, letter, now, h.q_count);
    }
    now += MS_PER_DAY;
    history_fold(&h, &fold);
    return fold_last(&fold);
}

static const struct folded_letter *say(enum machine machine, const char *name)
{
    return say_letter(row_named(machine, name), letter_named(arena, machine, name, now));
}

static enum letter_effect effect(enum machine machine, const char *name)
{
    return say(machine, name)->effect;
}

static void begin(enum machine machine, enum item_state state, size_t items)
{
    now = machine_reach(&h, machine, state, items);
    assert_int_not_equal(now, 0);
}

static bool is_asked(enum ask_kind kind, uint32_t item)
{
    return ask_is_open(&fold, kind, item);
}

/* --- cases that begin at R --- */

static void a_call_opens_a_case_that_the_written_request_confirms(void **state)
{
    (void)state;
    assert_int_equal(effect(MACHINE_HOLD, "ORAL_NOTED"), EFFECT_FOLDED);
    assert_int_equal(fold.opener, SIDE_R);
    assert_int_equal(fold.state, CASE_ACKNOWLEDGED);
    assert_int_equal(fold.item_count, 1);
    assert_true(is_asked(ASK_ORAL, 0));
    assert_int_equal(fold_due(&fold, CLOCK_ORAL, 0)->when_ms, T0_MS + MS_PER_DAY); /* written_by */
    assert_non_null(fold_due(&fold, CLOCK_DECIDE, 1));
    assert_int_equal(effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
    Comity__Letter *request = letter_of_row(arena, row_named(MACHINE_HOLD, "REQUEST"), now, NULL, 0, 2);
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "REQUEST"), request)->effect, EFFECT_FOLDED);
    assert_false(is_asked(ASK_ORAL, 0));
    assert_null(fold_due(&fold, CLOCK_ORAL, 0));
    assert_ptr_equal(fold.request, request->request);
    assert_int_equal(fold.item_count, 2); /* what was written besides is asked for now */
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    assert_int_equal(fold.items[1].state, ITEM_ASKED);
    assert_null(fold_due(&fold, CLOCK_DECIDE, 1));
    assert_non_null(fold_due(&fold, CLOCK_DECIDE, 2));
    const struct folded_letter *again = say_letter(row_named(MACHINE_HOLD, "REQUEST"), request);
    assert_string_equal(again->void_code, "DUPLICATE");
    assert_int_equal(effect(MACHINE_HOLD, "ORAL_NOTED"), EFFECT_BREACH);
}

static void a_call_that_nobody_confirms_ends_unconfirmed(void **state)
{
    (void)state;
    Comity__Letter *noted = letter_named(arena, MACHINE_HOLD, "ORAL_NOTED", now);
    noted->oral_noted->written_by = instant_make(arena, now + 3 * MS_PER_DAY);
    say_letter(row_named(MACHINE_HOLD, "ORAL_NOTED"), noted);
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), EFFECT_BREACH);
    now += 3 * MS_PER_DAY;
    Comity__Letter *released = letter_named(arena, MACHINE_HOLD, "RELEASED:UNCONFIRMED", now);
    released->released->called_at = NULL;
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), released)->effect,
                     EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:UNCONFIRMED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].result, RESULT_UNCONFIRMED);
    assert_int_equal(fold.state, CASE_CLOSED);
    assert_int_equal(fold.ask_count + fold.due_count, 0);
}

static void a_request_of_another_kind_confirms_no_call(void **state)
{
    (void)state;
    say(MACHINE_HOLD, "ORAL_NOTED");
    const Comity__Letter *request = letter_named(arena, MACHINE_MLA, "REQUEST", now);
    assert_string_equal(say_letter(row_named(MACHINE_HOLD, "REQUEST"), request)->void_code, "DUPLICATE");
    assert_true(is_asked(ASK_ORAL, 0));
    assert_int_equal(fold.machine, MACHINE_HOLD);
}

static void a_case_taken_over_stands_where_it_stood(void **state)
{
    (void)state;
    Comity__Letter *letter = letter_of_row(arena, row_named(MACHINE_HOLD, "TAKEN_OVER"), now, NULL, 0, 2);
    Comity__Restated restated = COMITY__RESTATED__INIT, beyond = COMITY__RESTATED__INIT;
    char *links[] = {text_make(arena, MLA_REFERENCE)},
         *asks[] = {text_make(arena, "WITHDRAW"), text_make(arena, "?")};
    Comity__Restated *list[] = {&restated, &beyond};
    beyond.item = 3;
    restated.item = 2;
    restated.state = text_make(arena, "HELD_OPEN");
    restated.hold_until = instant_make(arena, now + 50 * MS_PER_DAY);
    restated.zone = text_make(arena, "Asia/Bangkok");
    restated.links = links;
    restated.n_links = 1;
    restated.asks = asks;
    restated.n_asks = 2;
    letter->taken_over->restated = list;
    letter->taken_over->n_restated = 2;
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "TAKEN_OVER"), letter)->effect, EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    assert_int_equal(fold.items[1].state, ITEM_HELD_OPEN);
    assert_true(fold.items[1].restated);
    assert_int_equal(fold.items[1].hold_until.ms, T0_MS + 50 * MS_PER_DAY);
    assert_int_equal(fold.items[1].links, 1);
    assert_true(is_asked(ASK_WITHDRAW, 2));
    assert_int_equal(ask_find(&fold, ASK_WITHDRAW, 2)->owed_by, SIDE_R);
    assert_int_equal(fold.ask_count, 1);
    assert_int_equal(effect(MACHINE_HOLD, "MLA_ENDED"),
                     EFFECT_FOLDED); /* by the reference that was restated */
    assert_int_equal(fold.items[1].state, ITEM_HELD);
}

/* --- links --- */

static void a_hold_is_open_while_one_link_is(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 2);
    Comity__Letter *second = letter_named(arena, MACHINE_HOLD, "MLA_RECEIVED", now);
    second->mla_received->reference = text_make(arena, "MLA-2");
    assert_int_equal(effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_HELD_OPEN);
    assert_int_equal(fold.state, CASE_HELD_OPEN);
    assert_null(fold_due(&fold, CLOCK_HOLD, 1));
    assert_null(fold_due(&fold, CLOCK_MLA, 1));
    assert_int_equal(effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_BREACH); /* the same again */
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), second)->effect, EFFECT_FOLDED);
    assert_int_equal(fold.items[0].links, 2);
    assert_int_equal(effect(MACHINE_HOLD, "MLA_ENDED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_HELD_OPEN);
    assert_int_equal(fold.items[0].links, 1);
    assert_int_equal(effect(MACHINE_HOLD, "MLA_ENDED"), EFFECT_BREACH);
    Comity__Letter *ended = letter_named(arena, MACHINE_HOLD, "MLA_ENDED", now);
    ended->mla_ended->reference = text_make(arena, "MLA-2");
    ended->mla_ended->hold_until = instant_make(arena, now + 13 * MS_PER_DAY);
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_ENDED"), ended)->effect, EFFECT_BREACH);
    ended = letter_named(arena, MACHINE_HOLD, "MLA_ENDED", now);
    ended->mla_ended->reference = text_make(arena, "MLA-2");
    ended->mla_ended->hold_until = instant_make(arena, now + 80 * MS_PER_DAY);
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_ENDED"), ended)->effect, EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_HELD);
    assert_int_equal(fold.items[1].state, ITEM_HELD);
    assert_int_equal(fold_due(&fold, CLOCK_HOLD, 1)->when_ms, (uint64_t)fold.items[0].hold_until.ms);
    assert_int_equal(fold.items[0].hold_until.ms, ended->mla_ended->hold_until->ms);
}

static void a_link_before_the_hold_makes_it_open(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    assert_int_equal(effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    assert_false(fold.state == CASE_ACKNOWLEDGED); /* a node wrote, no officer */
    assert_int_equal(effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_HELD_OPEN);
    assert_null(fold_due(&fold, CLOCK_HOLD, 1)); /* no end towards Q */
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:DISCLOSED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].result, RESULT_DISCLOSED);
    assert_int_equal(fold.items[0].links, 0);
    assert_int_equal(fold.links[0].items, 0);
}

static void a_link_received_after_the_date_is_late_and_holds(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    now += 62 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "MLA_RECEIVED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].state, ITEM_HELD_OPEN);
    assert_true(fold.links[0].late);
    now += 10 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH);
}

static void links_are_known_by_case_or_reference_and_bounded(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    static uint8_t id[16] = {7};
    for (size_t i = 0; i < CASE_LINKS_MAX + 1; i++) {
        Comity__Letter *letter = letter_named(arena, MACHINE_HOLD, "MLA_RECEIVED", now);
        letter->mla_received->reference = arena_format(arena, "MLA-%zu", i);
        letter->mla_received->mla_case = (ProtobufCBinaryData){i == 0 ? 16 : 0, id};
        assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), letter)->effect,
                         i < CASE_LINKS_MAX ? EFFECT_FOLDED : EFFECT_BREACH);
    }
    assert_int_equal(fold.link_count, CASE_LINKS_MAX);
    Comity__Letter *same_case = letter_named(arena, MACHINE_HOLD, "MLA_RECEIVED", now);
    same_case->mla_received->reference = text_make(arena, "otherwise named");
    same_case->mla_received->mla_case = (ProtobufCBinaryData){16, id};
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), same_case)->effect, EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_HOLD, "MLA_ENDED"),
                     EFFECT_FOLDED); /* MLA-1: its place is free for another */
    assert_int_equal(fold.items[0].links, CASE_LINKS_MAX - 1);
    Comity__Letter *another = letter_named(arena, MACHINE_HOLD, "MLA_RECEIVED", now);
    another->mla_received->reference = text_make(arena, "MLA-99");
    assert_int_equal(say_letter(row_named(MACHINE_HOLD, "MLA_RECEIVED"), another)->effect, EFFECT_FOLDED);
    assert_int_equal(fold.items[0].links, CASE_LINKS_MAX);
}

/* --- supplements --- */

static void a_supplement_adds_items_with_clocks_of_their_own(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    assert_int_equal(effect(MACHINE_HOLD, "SUPPLEMENT"), EFFECT_FOLDED);
    assert_int_equal(fold.item_count, 2);
    assert_int_equal(fold.items[1].number, 2);
    assert_int_equal(fold.items[1].state, ITEM_ASKED);
    assert_non_null(fold.items[1].asked);
    assert_non_null(fold_due(&fold, CLOCK_DECIDE, 2));
    assert_null(fold_due(&fold, CLOCK_DECIDE, 1));
    uint32_t two = 2;
    r_writes(&h, letter_of_row(arena, row_named(MACHINE_HOLD, "HELD"), now, &two, 1, 1), now, h.q_count);
    history_fold(&h, &fold);
    assert_int_equal(fold.items[1].state, ITEM_HELD);
}

static void a_supplement_has_its_bound_and_needs_an_open_case(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, CASE_ITEMS_MAX);
    assert_string_equal(say(MACHINE_HOLD, "SUPPLEMENT")->void_code, "TOO_MANY");
    assert_int_equal(fold.item_count, CASE_ITEMS_MAX);
    history_init(&h, arena);
    begin(MACHINE_HOLD, ITEM_ENDED, 1);
    assert_string_equal(say(MACHINE_HOLD, "SUPPLEMENT")->void_code, "NEW_CASE");
}

/* --- reminders and silence --- */

static void only_one_reminder_and_a_date_past_make_silence(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    say(MACHINE_HOLD, "INFO_ASKED");
    now += 5 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH); /* no reminder */
    say(MACHINE_HOLD, "INFO_ASKED");
    assert_int_equal(ask_find(&fold, ASK_INFO, 1)->times, 2);
    now -= MS_PER_HOUR;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH); /* a day is not past */
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].result, RESULT_ABANDONED);
}

static void a_question_that_blocks_nothing_abandons_nothing(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    for (int i = 0; i < 2; i++) {
        Comity__Letter *asked = letter_named(arena, MACHINE_HOLD, "INFO_ASKED", now);
        asked->info_asked->questions[0]->blocking = 0;
        say_letter(row_named(MACHINE_HOLD, "INFO_ASKED"), asked);
    }
    now += 9 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH);
}

static void assistance_is_given_up_after_sixty_days_of_silence(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    say(MACHINE_MLA, "INFO_ASKED");
    say(MACHINE_MLA, "INFO_ASKED");
    now += 30 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_MLA, "RELEASED:GIVEN_UP"), EFFECT_BREACH);
    now += 30 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_MLA, "RELEASED:GIVEN_UP"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].result, RESULT_ABANDONED);
}

static void a_warning_stops_a_hold_only_if_it_said_so_twice(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    for (int said = 0; said < 2; said++) {
        for (int i = 0; i < 2; i++) {
            Comity__Letter *warning = letter_named(arena, MACHINE_HOLD, "WARNING", now);
            warning->warning->default_stop = said;
            say_letter(row_named(MACHINE_HOLD, "WARNING"), warning);
        }
        now += 2 * MS_PER_DAY;
        assert_int_equal(effect(MACHINE_HOLD, "RELEASED:STOPPED"), said ? EFFECT_FOLDED : EFFECT_BREACH);
    }
    assert_int_equal(fold.items[0].result, RESULT_STOPPED);
    assert_false(is_asked(ASK_WARN, 1));
}

static void a_status_is_asked_for_at_reasonable_intervals(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    assert_int_equal(effect(MACHINE_MLA, "STATUS_ASK"), EFFECT_FOLDED);
    assert_int_equal(effect(MACHINE_MLA, "STATUS"), EFFECT_FOLDED);
    assert_string_equal(say(MACHINE_MLA, "STATUS_ASK")->void_code, "TOO_SOON");
    assert_false(is_asked(ASK_STATUS, 0));
    now += 30 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_MLA, "STATUS_ASK"), EFFECT_FOLDED);
}

/* --- flags --- */

static void a_hold_ended_by_law_before_its_date_is_flagged(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:LAW_END"), EFFECT_BREACH); /* no warning, no order */
    Comity__Letter *released = letter_named(arena, MACHINE_HOLD, "RELEASED:LAW_END", now);
    released->released->court_order = text_make(arena, "DC 12/26");
    const struct folded_letter *folded = say_letter(row_named(MACHINE_HOLD, "RELEASED:LAW_END"), released);
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_true(folded->code42_8);
    history_init(&h, arena);
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    Comity__Letter *warning = letter_named(arena, MACHINE_HOLD, "WARNING", now);
    warning->warning->kind = COMITY__WARNING__KIND__CANNOT_CONTINUE;
    say_letter(row_named(MACHINE_HOLD, "WARNING"), warning);
    now += 8 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:LAW_END"), EFFECT_BREACH); /* 9 days */
    now += 61 * MS_PER_DAY;
    folded = say(MACHINE_HOLD, "RELEASED:LAW_END");
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_false(folded->code42_8);
    history_init(&h, arena);
    begin(MACHINE_HOLD, ITEM_HELD_OPEN, 1);
    now += 90 * MS_PER_DAY;
    released->released->at = instant_make(arena, now);
    assert_true(say_letter(row_named(MACHINE_HOLD, "RELEASED:LAW_END"), released)->code42_8);
}

static void a_refusal_without_consulting_is_a_fact_and_flagged(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    const struct folded_letter *folded = say(MACHINE_MLA, "REFUSED:P21");
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_true(folded->without_consult);
    assert_int_equal(fold.items[0].result, RESULT_REFUSED);
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_CONSULTING, 1);
    now -= MS_PER_HOUR;
    assert_true(say(MACHINE_MLA, "REFUSED:P21")->without_consult); /* there was time left to reply */
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_CONSULTING, 1);
    say(MACHINE_MLA, "REPLY:CONSULT");
    assert_false(say(MACHINE_MLA, "REFUSED:P21")->without_consult);
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    assert_false(say(MACHINE_MLA, "REFUSED:OTHER")->without_consult);
}

static void every_letter_with_a_ground_is_judged_by_it(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    say(MACHINE_HOLD, "EXTEND");
    Comity__Letter *no = letter_named(arena, MACHINE_HOLD, "EXTENSION_REFUSED", now);
    no->extension_refused->ground = COMITY__REFUSED__GROUND__DE_MINIMIS;
    assert_true(say_letter(row_named(MACHINE_HOLD, "EXTENSION_REFUSED"), no)->outside_treaty);
    assert_false(is_asked(ASK_EXTEND, 1));
    Comity__Letter *withheld = letter_named(arena, MACHINE_HOLD, "DISCLOSED_43", now);
    withheld->disclosed_43->withheld = 1;
    withheld->disclosed_43->ground = COMITY__REFUSED__GROUND__FISCAL;
    assert_true(say_letter(row_named(MACHINE_HOLD, "DISCLOSED_43"), withheld)->outside_treaty);
    withheld->disclosed_43->ground = COMITY__REFUSED__GROUND__G22;
    assert_false(say_letter(row_named(MACHINE_HOLD, "DISCLOSED_43"), withheld)->outside_treaty);
}

static void what_gave_way_to_an_emergency_is_shown(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    Comity__Letter *held = letter_named(arena, MACHINE_HOLD, "HELD", now);
    Comity__Acted acted = COMITY__ACTED__INIT;
    assert_false(say(MACHINE_HOLD, "ORDERED")->acted);
    held->acted = &acted;
    assert_true(say_letter(row_named(MACHINE_HOLD, "HELD"), held)->acted);
}

/* --- assistance --- */

static void evidence_is_complete_when_received_well_or_silent_twice(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    assert_int_equal(effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_MLA, "EVIDENCE_RECEIPT:BAD"), EFFECT_FOLDED);
    assert_non_null(fold_due(&fold, CLOCK_EXECUTE, 1)); /* R owes a better part */
    assert_int_equal(effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_MLA, "EVIDENCE:FINAL"), EFFECT_FOLDED);
    assert_null(fold_due(&fold, CLOCK_EXECUTE, 1));
    assert_int_equal(effect(MACHINE_MLA, "EVIDENCE_RECEIPT:OK"), EFFECT_FOLDED);
    assert_int_equal(effect(MACHINE_MLA, "COMPLETED"), EFFECT_FOLDED);
    assert_int_equal(fold.state, CASE_CLOSED);
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    say(MACHINE_MLA, "EVIDENCE:FINAL");
    assert_int_equal(effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_MLA, "COMPLETED"), EFFECT_FOLDED);
}

static void conditions_bind_once_they_are_accepted(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    say(MACHINE_MLA, "CONDITIONS");
    assert_int_equal(effect(MACHINE_MLA, "ADMITTED"), EFFECT_BREACH);
    Comity__Letter *reply = letter_named(arena, MACHINE_MLA, "REPLY:CONDITIONS", now);
    reply->reply->answer = COMITY__REPLY__ANSWER__COUNTER;
    say_letter(row_named(MACHINE_MLA, "REPLY:CONDITIONS"), reply);
    assert_int_equal(effect(MACHINE_MLA, "ADMITTED"), EFFECT_BREACH);
    assert_string_equal(say(MACHINE_MLA, "REPLY:COST")->void_code, "NOT_ASKED");
    say(MACHINE_MLA, "CONDITIONS");
    say(MACHINE_MLA, "REPLY:CONDITIONS");
    assert_int_equal(effect(MACHINE_MLA, "ADMITTED"), EFFECT_FOLDED);
    assert_int_equal(fold.state, CASE_EXECUTING);
}

static void a_consultation_pauses_the_decision_and_a_cost_does_not(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    history_fold(&h, &fold);
    uint64_t decide = fold_due(&fold, CLOCK_MLA_DECIDE, 1)->when_ms;
    say(MACHINE_MLA, "COST_ASK");
    assert_false(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused);
    uint64_t paused = now;
    say(MACHINE_MLA, "CONSULT");
    assert_true(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused);
    say(MACHINE_MLA, "CONDITIONS");
    say(MACHINE_MLA, "REPLY:CONSULT");
    assert_true(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused); /* the conditions wait still */
    assert_non_null(fold_due(&fold, CLOCK_CONSULT, 1));
    uint64_t resumed = now + MS_PER_MINUTE;
    say(MACHINE_MLA, "REPLY:CONDITIONS");
    assert_false(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused);
    assert_int_equal(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->when_ms, decide + resumed - paused);
    assert_non_null(fold_due(&fold, CLOCK_CONSULT, 1)); /* the cost */
    say(MACHINE_MLA, "REPLY:COST");
    assert_null(fold_due(&fold, CLOCK_CONSULT, 1));
}

static void a_translation_is_owed_only_when_it_was_announced(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    history_fold(&h, &fold);
    assert_false(is_asked(ASK_TRANSLATION, 0));
    history_init(&h, arena);
    now = T0_MS;
    Comity__Letter *request = letter_named(arena, MACHINE_MLA, "REQUEST", now);
    request->request->translation_by = instant_make(arena, now + 9 * MS_PER_DAY);
    say_letter(row_named(MACHINE_MLA, "REQUEST"), request);
    assert_true(is_asked(ASK_TRANSLATION, 0));
    assert_int_equal(ask_find(&fold, ASK_TRANSLATION, 0)->owed_by, SIDE_Q);
    assert_int_equal(fold_due(&fold, CLOCK_TRANSLATION, 0)->when_ms, T0_MS + 9 * MS_PER_DAY);
    say(MACHINE_MLA, "ACK");
    assert_true(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused);
    uint64_t arrived = now + MS_PER_MINUTE;
    say(MACHINE_MLA, "TRANSLATION");
    assert_false(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->paused);
    assert_int_equal(fold_due(&fold, CLOCK_MLA_DECIDE, 1)->when_ms, arrived + 10 * MS_PER_DAY); /* urgent */
    assert_null(fold_due(&fold, CLOCK_TRANSLATION, 0));
}

/* --- clocks --- */

static void dates_of_letters_come_before_spans(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    uint64_t signed_ms = now;
    say(MACHINE_MLA, "ADMITTED");
    assert_int_equal(fold_due(&fold, CLOCK_EXECUTE, 1)->when_ms, signed_ms + MS_PER_DAY);
    Comity__Letter *delay = letter_named(arena, MACHINE_MLA, "DELAY", now);
    delay->delay->until = instant_make(arena, now + 40 * MS_PER_DAY);
    say_letter(row_named(MACHINE_MLA, "DELAY"), delay);
    assert_int_equal(fold_due(&fold, CLOCK_EXECUTE, 1)->when_ms, (uint64_t)delay->delay->until->ms);
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    Comity__Letter *admitted = letter_named(arena, MACHINE_MLA, "ADMITTED", now);
    admitted->admitted->execute_by = NULL;
    signed_ms = now;
    say_letter(row_named(MACHINE_MLA, "ADMITTED"), admitted);
    assert_int_equal(fold_due(&fold, CLOCK_EXECUTE, 1)->when_ms, signed_ms + 30 * MS_PER_DAY); /* urgent */
    history_init(&h, arena);
    begin(MACHINE_MLA, ITEM_ASKED, 1);
    say_letter(row_named(MACHINE_MLA, "DELAY"), delay);
    assert_null(fold_due(&fold, CLOCK_EXECUTE, 1)); /* nothing is being executed */
}

static void an_extension_is_answered_before_the_hold_ends(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    say(MACHINE_HOLD, "EXTEND");
    assert_true(fold_due(&fold, CLOCK_EXTENSION, 1)->when_ms < (uint64_t)fold.items[0].hold_until.ms);
    assert_int_equal(fold_due(&fold, CLOCK_EXTENSION, 1)->owed_by, SIDE_R);
    history_init(&h, arena);
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    now = (uint64_t)fold.items[0].hold_until.ms - MS_PER_HOUR;
    say(MACHINE_HOLD, "EXTEND");
    assert_int_equal(fold_due(&fold, CLOCK_EXTENSION, 1)->when_ms, (uint64_t)fold.items[0].hold_until.ms);
}

static void use_is_owed_by_who_did_not_ask(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    say(MACHINE_MLA, "USE_ASK");
    assert_int_equal(ask_find(&fold, ASK_USE, 0)->owed_by, SIDE_R);
    assert_int_equal(fold_due(&fold, CLOCK_USE, 0)->owed_by, SIDE_R);
    history_init(&h, arena);
    begin(MACHINE_SPONTANEOUS, ITEM_AGREED, 1);
    say(MACHINE_SPONTANEOUS, "USE_ASK");
    assert_int_equal(ask_find(&fold, ASK_USE, 0)->owed_by, SIDE_Q);
    assert_int_equal(fold_due(&fold, CLOCK_USE, 0)->owed_by, SIDE_Q);
    say(MACHINE_SPONTANEOUS, "USE_ANSWER");
    assert_int_equal(fold_due(&fold, CLOCK_USE, 0) == NULL, true);
}

static uint64_t ten_days_a_day(const void *context, enum side side, uint64_t roster, uint64_t ms, uint64_t n)
{
    assert_int_equal(side, SIDE_R);
    assert_int_equal(roster, 5);
    return ms + n * *(const uint64_t *)context;
}

static void calendars_and_lead_come_from_the_setting(void **state)
{
    (void)state;
    const uint64_t span = 10 * MS_PER_DAY;
    const struct case_setting setting = {.context = &span, .workdays_after = ten_days_a_day, .lead_days = 21};
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    struct case_letter *withdraw = q_writes(&h, letter_named(arena, MACHINE_HOLD, "WITHDRAW", now), now);
    withdraw->roster = 5;
    assert_true(case_fold(h.q, h.q_count, h.r, h.r_count, &setting, arena, &fold));
    assert_int_equal(fold_due(&fold, CLOCK_RELEASE, 1)->when_ms, now + MS_PER_MINUTE + 5 * span);
    assert_int_equal(fold_due(&fold, CLOCK_EXTEND, 1)->when_ms,
                     (uint64_t)fold.items[0].hold_until.ms - 21 * MS_PER_DAY);
}

static void a_notice_keeps_the_hold_until_it_is_answered(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    now += 62 * MS_PER_DAY;
    say(MACHINE_HOLD, "MLA_NOTICE");
    now += 4 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH); /* I11 */
    uint64_t searched = now;
    assert_int_equal(effect(MACHINE_HOLD, "STATUS:NOTICE"), EFFECT_FOLDED);
    assert_false(is_asked(ASK_NOTICE, 1));
    assert_null(fold_due(&fold, CLOCK_SEARCH, 1));
    assert_int_equal(fold.items[0].grace_until_ms, searched + 10 * MS_PER_DAY);
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH);
    now += 10 * MS_PER_DAY;
    assert_int_equal(effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_FOLDED);
}

static void what_is_opened_again_begins_anew(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    now += 70 * MS_PER_DAY;
    say(MACHINE_HOLD, "RELEASED:EXPIRED");
    say(MACHINE_HOLD, "REOPEN_ASK");
    assert_true(is_asked(ASK_REOPEN, 1));
    assert_int_equal(effect(MACHINE_HOLD, "REOPENED"), EFFECT_FOLDED);
    assert_false(is_asked(ASK_REOPEN, 1));
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
    assert_int_equal(fold.items[0].result, RESULT_NONE);
    assert_int_equal(fold.items[0].hold_until.ms, 0);
    assert_non_null(fold_due(&fold, CLOCK_DECIDE, 1));
    assert_int_equal(effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
}

/* --- the others --- */

static void an_emergency_owes_its_outcome_after_its_end(void **state)
{
    (void)state;
    begin(MACHINE_EMERGENCY, ITEM_DELIVERED, 1);
    history_fold(&h, &fold);
    assert_true(is_asked(ASK_OUTCOME, 0));
    assert_int_equal(effect(MACHINE_EMERGENCY, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(effect(MACHINE_EMERGENCY, "OUTCOME"), EFFECT_FOLDED);
    assert_int_equal(effect(MACHINE_EMERGENCY, "COMPLETED"), EFFECT_FOLDED);
    history_init(&h, arena);
    begin(MACHINE_EMERGENCY, ITEM_ASKED, 1);
    say(MACHINE_EMERGENCY, "REFERRED");
    assert_int_equal(fold.state, CASE_CLOSED);
    assert_true(is_asked(ASK_OUTCOME, 0));
    assert_non_null(fold_due(&fold, CLOCK_OUTCOME, 0));
    say(MACHINE_EMERGENCY, "OUTCOME");
    assert_int_equal(fold.ask_count + fold.due_count, 0);
}

static void a_letter_of_another_machine_is_none_of_the_case(void **state)
{
    (void)state;
    begin(MACHINE_ENQUIRY, ITEM_ASKED, 1);
    assert_string_equal(
        say_letter(row_named(MACHINE_MLA, "USE_ASK"), letter_named(arena, MACHINE_MLA, "USE_ASK", now))
            ->void_code,
        "NOT_OF_CASE");
    assert_int_equal(
        say_letter(row_named(MACHINE_HOLD, "HELD"), letter_named(arena, MACHINE_HOLD, "HELD", now))->effect,
        EFFECT_BREACH);
    assert_int_equal(fold.items[0].state, ITEM_ASKED);
}

static void information_comes_after_its_conditions(void **state)
{
    (void)state;
    begin(MACHINE_SPONTANEOUS, ITEM_ASKED, 1);
    assert_int_equal(effect(MACHINE_SPONTANEOUS, "TAKEN"), EFFECT_BREACH);
    say(MACHINE_SPONTANEOUS, "AGREED");
    assert_true(is_asked(ASK_CONTENT, 1));
    say(MACHINE_SPONTANEOUS, "CONTENT");
    assert_int_equal(fold.ask_count, 0);
    assert_int_equal(effect(MACHINE_SPONTANEOUS, "TAKEN"), EFFECT_FOLDED);
}

static void a_ping_is_answered_once_or_silent_when_its_date_is_past(void **state)
{
    (void)state;
    begin(MACHINE_PING, ITEM_ASKED, 1);
    assert_int_equal(effect(MACHINE_PING, "ECHO"), EFFECT_NOTED);
    assert_int_equal(effect(MACHINE_PING, "ECHO"), EFFECT_BREACH);
    assert_int_equal(fold.state, CASE_REQUESTED); /* no officer wrote */
    assert_int_equal(effect(MACHINE_PING, "RELEASED:SILENT"), EFFECT_FOLDED);
    assert_int_equal(fold.items[0].result, RESULT_SILENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_call_opens_a_case_that_the_written_request_confirms),
        TEST(a_call_that_nobody_confirms_ends_unconfirmed),
        TEST(a_request_of_another_kind_confirms_no_call),
        TEST(a_case_taken_over_stands_where_it_stood),
        TEST(a_hold_is_open_while_one_link_is),
        TEST(a_link_before_the_hold_makes_it_open),
        TEST(a_link_received_after_the_date_is_late_and_holds),
        TEST(links_are_known_by_case_or_reference_and_bounded),
        TEST(a_supplement_adds_items_with_clocks_of_their_own),
        TEST(a_supplement_has_its_bound_and_needs_an_open_case),
        TEST(only_one_reminder_and_a_date_past_make_silence),
        TEST(a_question_that_blocks_nothing_abandons_nothing),
        TEST(assistance_is_given_up_after_sixty_days_of_silence),
        TEST(a_warning_stops_a_hold_only_if_it_said_so_twice),
        TEST(a_status_is_asked_for_at_reasonable_intervals),
        TEST(a_hold_ended_by_law_before_its_date_is_flagged),
        TEST(a_refusal_without_consulting_is_a_fact_and_flagged),
        TEST(every_letter_with_a_ground_is_judged_by_it),
        TEST(what_gave_way_to_an_emergency_is_shown),
        TEST(evidence_is_complete_when_received_well_or_silent_twice),
        TEST(conditions_bind_once_they_are_accepted),
        TEST(a_consultation_pauses_the_decision_and_a_cost_does_not),
        TEST(a_translation_is_owed_only_when_it_was_announced),
        TEST(dates_of_letters_come_before_spans),
        TEST(an_extension_is_answered_before_the_hold_ends),
        TEST(use_is_owed_by_who_did_not_ask),
        TEST(calendars_and_lead_come_from_the_setting),
        TEST(a_notice_keeps_the_hold_until_it_is_answered),
        TEST(what_is_opened_again_begins_anew),
        TEST(an_emergency_owes_its_outcome_after_its_end),
        TEST(a_letter_of_another_machine_is_none_of_the_case),
        TEST(information_comes_after_its_conditions),
        TEST(a_ping_is_answered_once_or_silent_when_its_date_is_past),
    };
    return cmocka_run_group_tests_name("fold_machines", tests, NULL, NULL);
}
