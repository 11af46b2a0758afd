/* SPDX-License-Identifier: Apache-2.0 */
/* The fold beyond the table: reminders and silence, flags, facts, dates of letters, clocks, each machine by itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/told_case.h"

/* --- reminders and silence --- */

static void only_one_reminder_and_a_date_past_make_silence(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    told_say(MACHINE_HOLD, "INFO_ASKED");
    told.now += 5 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH); /* no reminder */
    told_say(MACHINE_HOLD, "INFO_ASKED");
    assert_int_equal(ask_find(&told.fold, ASK_INFO, 1)->times, 2);
    told.now -= MS_PER_HOUR;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH); /* a day is not past */
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].result, RESULT_ABANDONED);
}

static void a_question_that_blocks_nothing_abandons_nothing(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    for (int i = 0; i < 2; i++) {
        Comity__Letter *asked = letter_named(told.arena, MACHINE_HOLD, "INFO_ASKED", told.now);
        asked->info_asked->questions[0]->blocking = 0;
        told_letter(row_named(MACHINE_HOLD, "INFO_ASKED"), asked);
    }
    told.now += 9 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:ABANDONED"), EFFECT_BREACH);
}

static void assistance_is_given_up_after_sixty_days_of_silence(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    told_say(MACHINE_MLA, "INFO_ASKED");
    told_say(MACHINE_MLA, "INFO_ASKED");
    told.now += 30 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_MLA, "RELEASED:GIVEN_UP"), EFFECT_BREACH);
    told.now += 30 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_MLA, "RELEASED:GIVEN_UP"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].result, RESULT_ABANDONED);
}

static void a_warning_stops_a_hold_only_if_it_said_so_twice(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    for (int said = 0; said < 2; said++) {
        for (int i = 0; i < 2; i++) {
            Comity__Letter *warning = letter_named(told.arena, MACHINE_HOLD, "WARNING", told.now);
            warning->warning->default_stop = said;
            told_letter(row_named(MACHINE_HOLD, "WARNING"), warning);
        }
        told.now += 2 * MS_PER_DAY;
        const struct folded_letter *released = told_say(MACHINE_HOLD, "RELEASED:STOPPED");
        assert_int_equal(released->effect, said ? EFFECT_FOLDED : EFFECT_BREACH);
        assert_int_equal(released->code42_8, said); /* nobody on the other side wanted it */
    }
    assert_int_equal(told.fold.items[0].result, RESULT_STOPPED);
    assert_false(told_asked(ASK_WARN, 1));
}

static void who_was_warned_decides_to_stop_and_no_promise_is_broken(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told_say(MACHINE_HOLD, "WARNING");
    told_say(MACHINE_HOLD, "DECIDE:STOP");
    const struct folded_letter *released = told_say(MACHINE_HOLD, "RELEASED:STOPPED");
    assert_int_equal(released->effect, EFFECT_FOLDED);
    assert_false(released->code42_8);
}

/* Warned at ms, to be answered so soon; it is accepted so long after it was signed. */
static void warn(uint64_t ms, uint64_t by_ms, uint64_t accepted_ms)
{
    Comity__Letter *warning = letter_named(told.arena, MACHINE_HOLD, "WARNING", ms);
    warning->warning->default_stop = true;
    warning->warning->by = instant_make(told.arena, ms + by_ms);
    r_writes(&told.h, warning, ms, told.h.q_count)->accepted_ms = accepted_ms == 0 ? 0 : ms + accepted_ms;
}

/* The request is urgent: a day. */
static void a_date_too_soon_to_keep_is_no_date(void **state)
{
    static const struct {
        uint64_t again_ms, accepted_ms, stop_ms;
        enum letter_effect effect;
    } told_twice[] = {
        {MS_PER_SECOND, 1, 10 * MS_PER_SECOND, EFFECT_BREACH},
        {MS_PER_SECOND, 1, 9 * MS_PER_DAY, EFFECT_BREACH}, /* twice in a breath is once */
        {MS_PER_DAY + 1, 1, MS_PER_DAY + 10 * MS_PER_SECOND, EFFECT_BREACH},
        {MS_PER_DAY + 1, 1, 2 * MS_PER_DAY + 1, EFFECT_BREACH},
        {MS_PER_DAY + 1, 1, 2 * MS_PER_DAY + 3, EFFECT_FOLDED},
        {MS_PER_DAY + 1, MS_PER_HOUR, 2 * MS_PER_DAY + 3, EFFECT_BREACH}, /* it lay about at its sender's */
        {MS_PER_DAY + 1, 0, 9 * MS_PER_DAY, EFFECT_BREACH},               /* and is still there */
    };
    (void)state;
    for (size_t i = 0; i < sizeof told_twice / sizeof told_twice[0]; i++) {
        told_anew();
        told_begin(MACHINE_HOLD, ITEM_HELD, 1);
        uint64_t begun = told.now;
        warn(begun, MS_PER_SECOND, 1);
        warn(begun + told_twice[i].again_ms, MS_PER_SECOND, told_twice[i].accepted_ms);
        told.now = begun + told_twice[i].stop_ms;
        if (told_effect(MACHINE_HOLD, "RELEASED:STOPPED") != told_twice[i].effect) {
            fail_msg("row %zu", i);
        }
    }
}

/* Conditions go with one clock in assistance and with another where information is offered. */
static void the_time_is_that_of_the_clock_in_this_machine(void **state)
{
    static const struct {
        enum machine machine;
        const char *letter;
        uint64_t days;
    } machines[] = {{MACHINE_MLA, "CONDITIONS", 30},
                    {MACHINE_SPONTANEOUS, "DECLINED:CONDITIONS", 5}}; /* urgent */
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        told_anew();
        told_begin(machines[i].machine, ITEM_ASKED, 1);
        uint64_t accepted = told.now;
        assert_int_equal(told_effect(machines[i].machine, machines[i].letter), EFFECT_FOLDED);
        const struct case_ask *ask = ask_find(&told.fold, ASK_COND, 1);
        assert_non_null(ask);
        assert_int_equal(ask_by_ms(&told.fold, ask), accepted + machines[i].days * MS_PER_DAY);
    }
}

static void a_class_of_r_makes_no_time_shorter(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    Comity__Letter *ack = letter_named(told.arena, MACHINE_HOLD, "ACK", told.now);
    ack->ack->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
    uint64_t begun = told.now + MS_PER_DAY;
    told_letter(row_named(MACHINE_HOLD, "ACK"), ack);
    warn(begun, MS_PER_SECOND, 1);
    warn(begun + 5 * MS_PER_HOUR, MS_PER_SECOND, 1);
    told.now = begun + 10 * MS_PER_HOUR;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:STOPPED"), EFFECT_BREACH);
}

static void a_status_is_asked_for_at_reasonable_intervals(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    assert_int_equal(told_effect(MACHINE_MLA, "STATUS_ASK"), EFFECT_FOLDED);
    assert_int_equal(told_effect(MACHINE_MLA, "STATUS"), EFFECT_FOLDED);
    assert_string_equal(told_say(MACHINE_MLA, "STATUS_ASK")->void_code, "TOO_SOON");
    assert_false(told_asked(ASK_STATUS, 0));
    told.now += 30 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_MLA, "STATUS_ASK"), EFFECT_FOLDED);
}

/* --- flags --- */

static void a_hold_ended_by_law_before_its_date_is_flagged(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:LAW_END"), EFFECT_BREACH); /* no warning, no order */
    Comity__Letter *released = letter_named(told.arena, MACHINE_HOLD, "RELEASED:LAW_END", told.now);
    released->released->court_order = text_make(told.arena, "DC 12/26");
    const struct folded_letter *folded = told_letter(row_named(MACHINE_HOLD, "RELEASED:LAW_END"), released);
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_true(folded->code42_8);
    told_anew();
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    Comity__Letter *warning = letter_named(told.arena, MACHINE_HOLD, "WARNING", told.now);
    warning->warning->kind = COMITY__WARNING__KIND__CANNOT_CONTINUE;
    told_letter(row_named(MACHINE_HOLD, "WARNING"), warning);
    told.now += 8 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:LAW_END"), EFFECT_BREACH); /* 9 days */
    told.now += 61 * MS_PER_DAY;
    folded = told_say(MACHINE_HOLD, "RELEASED:LAW_END");
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_false(folded->code42_8);
    told_anew();
    told_begin(MACHINE_HOLD, ITEM_HELD_OPEN, 1);
    told.now += 90 * MS_PER_DAY;
    released->released->at = instant_make(told.arena, told.now);
    assert_true(told_letter(row_named(MACHINE_HOLD, "RELEASED:LAW_END"), released)->code42_8);
}

static void a_refusal_without_consulting_is_a_fact_and_flagged(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    const struct folded_letter *folded = told_say(MACHINE_MLA, "REFUSED:P21");
    assert_int_equal(folded->effect, EFFECT_FOLDED);
    assert_true(folded->without_consult);
    assert_int_equal(told.fold.items[0].result, RESULT_REFUSED);
    told_anew();
    told_begin(MACHINE_MLA, ITEM_CONSULTING, 1);
    told.now -= MS_PER_HOUR;
    assert_true(told_say(MACHINE_MLA, "REFUSED:P21")->without_consult); /* there was time left to reply */
    told_anew();
    told_begin(MACHINE_MLA, ITEM_CONSULTING, 1);
    told_say(MACHINE_MLA, "REPLY:CONSULT");
    assert_false(told_say(MACHINE_MLA, "REFUSED:P21")->without_consult);
    told_anew();
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    assert_false(told_say(MACHINE_MLA, "REFUSED:OTHER")->without_consult);
}

static void every_letter_with_a_ground_is_judged_by_it(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told_say(MACHINE_HOLD, "EXTEND");
    Comity__Letter *no = letter_named(told.arena, MACHINE_HOLD, "EXTENSION_REFUSED", told.now);
    no->extension_refused->ground = COMITY__REFUSED__GROUND__DE_MINIMIS;
    assert_true(told_letter(row_named(MACHINE_HOLD, "EXTENSION_REFUSED"), no)->outside_treaty);
    assert_false(told_asked(ASK_EXTEND, 1));
    Comity__Letter *withheld = letter_named(told.arena, MACHINE_HOLD, "DISCLOSED_43", told.now);
    withheld->disclosed_43->withheld = 1;
    withheld->disclosed_43->ground = COMITY__REFUSED__GROUND__FISCAL;
    assert_true(told_letter(row_named(MACHINE_HOLD, "DISCLOSED_43"), withheld)->outside_treaty);
    withheld->disclosed_43->ground = COMITY__REFUSED__GROUND__G22;
    assert_false(told_letter(row_named(MACHINE_HOLD, "DISCLOSED_43"), withheld)->outside_treaty);
}

static void what_gave_way_to_an_emergency_is_shown(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    Comity__Letter *held = letter_named(told.arena, MACHINE_HOLD, "HELD", told.now);
    Comity__Acted acted = COMITY__ACTED__INIT;
    assert_false(told_say(MACHINE_HOLD, "ORDERED")->acted);
    held->acted = &acted;
    assert_true(told_letter(row_named(MACHINE_HOLD, "HELD"), held)->acted);
}

/* --- assistance --- */

static void evidence_is_complete_when_received_well_or_silent_twice(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_MLA, "EVIDENCE_RECEIPT:BAD"), EFFECT_FOLDED);
    assert_non_null(fold_due(&told.fold, CLOCK_EXECUTE, 1)); /* R owes a better part */
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_MLA, "EVIDENCE:FINAL"), EFFECT_FOLDED);
    assert_null(fold_due(&told.fold, CLOCK_EXECUTE, 1));
    assert_int_equal(told_effect(MACHINE_MLA, "EVIDENCE_RECEIPT:OK"), EFFECT_FOLDED);
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.state, CASE_CLOSED);
    told_anew();
    told_begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    told_say(MACHINE_MLA, "EVIDENCE:FINAL"); /* there was no time to look at the one before */
    told.now += 15 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    told_say(MACHINE_MLA, "EVIDENCE:FINAL");
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_BREACH);
    told.now += 15 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_MLA, "COMPLETED"), EFFECT_FOLDED);
}

static void conditions_bind_once_they_are_accepted(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    told_say(MACHINE_MLA, "CONDITIONS");
    assert_int_equal(told_effect(MACHINE_MLA, "ADMITTED"), EFFECT_BREACH);
    Comity__Letter *reply = letter_named(told.arena, MACHINE_MLA, "REPLY:CONDITIONS", told.now);
    reply->reply->answer = COMITY__REPLY__ANSWER__COUNTER;
    told_letter(row_named(MACHINE_MLA, "REPLY:CONDITIONS"), reply);
    assert_int_equal(told_effect(MACHINE_MLA, "ADMITTED"), EFFECT_BREACH);
    assert_string_equal(told_say(MACHINE_MLA, "REPLY:COST")->void_code, "NOT_ASKED");
    told_say(MACHINE_MLA, "CONDITIONS");
    told_say(MACHINE_MLA, "REPLY:CONDITIONS");
    assert_int_equal(told_effect(MACHINE_MLA, "ADMITTED"), EFFECT_FOLDED);
    assert_int_equal(told.fold.state, CASE_EXECUTING);
}

static void a_consultation_pauses_the_decision_and_a_cost_does_not(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    history_fold(&told.h, &told.fold);
    uint64_t decide = fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->when_ms;
    told_say(MACHINE_MLA, "COST_ASK");
    assert_false(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused);
    uint64_t paused = told.now;
    told_say(MACHINE_MLA, "CONSULT");
    assert_true(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused);
    told_say(MACHINE_MLA, "CONDITIONS");
    told_say(MACHINE_MLA, "REPLY:CONSULT");
    assert_true(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused); /* the conditions wait still */
    assert_non_null(fold_due(&told.fold, CLOCK_CONSULT, 1));
    uint64_t resumed = told.now + MS_PER_MINUTE;
    told_say(MACHINE_MLA, "REPLY:CONDITIONS");
    assert_false(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused);
    assert_int_equal(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->when_ms, decide + resumed - paused);
    assert_non_null(fold_due(&told.fold, CLOCK_CONSULT, 1)); /* the cost */
    told_say(MACHINE_MLA, "REPLY:COST");
    assert_null(fold_due(&told.fold, CLOCK_CONSULT, 1));
}

static void a_translation_is_owed_only_when_it_was_announced(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    history_fold(&told.h, &told.fold);
    assert_false(told_asked(ASK_TRANSLATION, 0));
    told_anew();
    told.now = T0_MS;
    Comity__Letter *request = letter_named(told.arena, MACHINE_MLA, "REQUEST", told.now);
    request->request->translation_by = instant_make(told.arena, told.now + 9 * MS_PER_DAY);
    told_letter(row_named(MACHINE_MLA, "REQUEST"), request);
    assert_true(told_asked(ASK_TRANSLATION, 0));
    assert_int_equal(ask_find(&told.fold, ASK_TRANSLATION, 0)->owed_by, SIDE_Q);
    assert_int_equal(fold_due(&told.fold, CLOCK_TRANSLATION, 0)->when_ms, T0_MS + 9 * MS_PER_DAY);
    told_say(MACHINE_MLA, "ACK");
    assert_true(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused);
    uint64_t arrived = told.now + MS_PER_MINUTE;
    told_say(MACHINE_MLA, "TRANSLATION");
    assert_false(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->paused);
    assert_int_equal(fold_due(&told.fold, CLOCK_MLA_DECIDE, 1)->when_ms,
                     arrived + 10 * MS_PER_DAY); /* urgent */
    assert_null(fold_due(&told.fold, CLOCK_TRANSLATION, 0));
}

static void what_is_owed_of_the_case_ends_with_its_last_item_or_never(void **state)
{
    (void)state;
    Comity__Letter *request =
        letter_of_row(told.arena, row_named(MACHINE_MLA, "REQUEST"), told.now, NULL, 0, 2);
    request->request->translation_by = instant_make(told.arena, told.now + 9 * MS_PER_DAY);
    told_letter(row_named(MACHINE_MLA, "REQUEST"), request);
    told_say(MACHINE_MLA, "STATUS_ASK");
    uint32_t one = 1;
    told_letter(row_named(MACHINE_MLA, "REFUSED:OTHER"),
                letter_of_row(told.arena, row_named(MACHINE_MLA, "REFUSED:OTHER"), told.now, &one, 1, 1));
    assert_true(told_asked(ASK_TRANSLATION, 0)); /* of the other item */
    told_say(MACHINE_MLA, "REFUSED:OTHER");
    assert_false(told_asked(ASK_TRANSLATION, 0));
    assert_null(fold_due(&told.fold, CLOCK_TRANSLATION, 0));
    assert_true(told_asked(ASK_STATUS, 0));
    assert_non_null(fold_due(&told.fold, CLOCK_MLA_STATUS, 0));
    assert_int_equal(told.fold.due_count, 1);
}

/* --- clocks --- */

static void dates_of_letters_come_before_spans(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    uint64_t signed_ms = told.now;
    told_say(MACHINE_MLA, "ADMITTED");
    assert_int_equal(fold_due(&told.fold, CLOCK_EXECUTE, 1)->when_ms, signed_ms + MS_PER_DAY);
    Comity__Letter *delay = letter_named(told.arena, MACHINE_MLA, "DELAY", told.now);
    delay->delay->until = instant_make(told.arena, told.now + 40 * MS_PER_DAY);
    told_letter(row_named(MACHINE_MLA, "DELAY"), delay);
    assert_int_equal(fold_due(&told.fold, CLOCK_EXECUTE, 1)->when_ms, (uint64_t)delay->delay->until->ms);
    told_anew();
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    Comity__Letter *admitted = letter_named(told.arena, MACHINE_MLA, "ADMITTED", told.now);
    admitted->admitted->execute_by = NULL;
    signed_ms = told.now;
    told_letter(row_named(MACHINE_MLA, "ADMITTED"), admitted);
    assert_int_equal(fold_due(&told.fold, CLOCK_EXECUTE, 1)->when_ms,
                     signed_ms + 30 * MS_PER_DAY); /* urgent */
    told_anew();
    told_begin(MACHINE_MLA, ITEM_ASKED, 1);
    told_letter(row_named(MACHINE_MLA, "DELAY"), delay);
    assert_null(fold_due(&told.fold, CLOCK_EXECUTE, 1)); /* nothing is being executed */
}

/* Clocks run by the class that the requested side gives it, as if it had always been that; pauses and own dates stay. */
static void an_ack_may_class_the_request_anew(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_ASKED, 1);
    history_fold(&told.h, &told.fold);
    uint64_t delivered = T0_MS + MS_PER_MINUTE;
    assert_int_equal(fold_due(&told.fold, CLOCK_DECIDE, 1)->when_ms, delivered + 24 * MS_PER_HOUR);
    uint64_t paused = told.now, resumed = told.now + MS_PER_DAY + MS_PER_MINUTE;
    told_say(MACHINE_HOLD, "INFO_ASKED");
    Comity__Letter *ack = letter_named(told.arena, MACHINE_HOLD, "ACK", told.now);
    ack->ack->urgency = COMITY__NECESSITY__URGENCY__ROUTINE;
    told_letter(row_named(MACHINE_HOLD, "INFO_GIVEN"),
                letter_named(told.arena, MACHINE_HOLD, "INFO_GIVEN", told.now));
    assert_int_equal(fold_due(&told.fold, CLOCK_DECIDE, 1)->when_ms,
                     delivered + 24 * MS_PER_HOUR + resumed - paused);
    told_say(MACHINE_HOLD, "INFO_ASKED");
    uint64_t info = fold_due(&told.fold, CLOCK_INFO, 1)->when_ms;
    told_letter(row_named(MACHINE_HOLD, "ACK"), ack);
    assert_int_equal(told.fold.urgency, URGENCY_ROUTINE);
    assert_int_equal(told.fold.lane, LANE_URGENT); /* of the request */
    assert_int_equal(fold_due(&told.fold, CLOCK_DECIDE, 1)->when_ms,
                     delivered + 72 * MS_PER_HOUR + resumed - paused);
    assert_int_equal(fold_due(&told.fold, CLOCK_INFO, 1)->when_ms, info);
}

static void an_extension_is_answered_before_the_hold_ends(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told_say(MACHINE_HOLD, "EXTEND");
    assert_true(fold_due(&told.fold, CLOCK_EXTENSION, 1)->when_ms <
                (uint64_t)told.fold.items[0].hold_until.ms);
    assert_int_equal(fold_due(&told.fold, CLOCK_EXTENSION, 1)->owed_by, SIDE_R);
    told_anew();
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now = (uint64_t)told.fold.items[0].hold_until.ms - MS_PER_HOUR;
    told_say(MACHINE_HOLD, "EXTEND");
    assert_int_equal(fold_due(&told.fold, CLOCK_EXTENSION, 1)->when_ms,
                     (uint64_t)told.fold.items[0].hold_until.ms);
}

static void use_is_owed_by_who_did_not_ask(void **state)
{
    (void)state;
    told_begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    told_say(MACHINE_MLA, "USE_ASK");
    assert_int_equal(ask_find(&told.fold, ASK_USE, 0)->owed_by, SIDE_R);
    assert_int_equal(fold_due(&told.fold, CLOCK_USE, 0)->owed_by, SIDE_R);
    told_anew();
    told_begin(MACHINE_SPONTANEOUS, ITEM_AGREED, 1);
    told_say(MACHINE_SPONTANEOUS, "USE_ASK");
    assert_int_equal(ask_find(&told.fold, ASK_USE, 0)->owed_by, SIDE_Q);
    assert_int_equal(fold_due(&told.fold, CLOCK_USE, 0)->owed_by, SIDE_Q);
    told_say(MACHINE_SPONTANEOUS, "USE_ANSWER");
    assert_int_equal(fold_due(&told.fold, CLOCK_USE, 0) == NULL, true);
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
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    struct case_letter *withdraw =
        q_writes(&told.h, letter_named(told.arena, MACHINE_HOLD, "WITHDRAW", told.now), told.now);
    withdraw->roster = 5;
    assert_true(
        case_fold(told.h.q, told.h.q_count, told.h.r, told.h.r_count, &setting, told.arena, &told.fold));
    assert_int_equal(fold_due(&told.fold, CLOCK_RELEASE, 1)->when_ms, told.now + MS_PER_MINUTE + 5 * span);
    assert_int_equal(fold_due(&told.fold, CLOCK_EXTEND, 1)->when_ms,
                     (uint64_t)told.fold.items[0].hold_until.ms - 21 * MS_PER_DAY);
}

static void a_notice_keeps_the_hold_until_it_is_answered(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now += 62 * MS_PER_DAY;
    told_say(MACHINE_HOLD, "MLA_NOTICE");
    told.now += 4 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH); /* I11 */
    uint64_t searched = told.now;
    assert_int_equal(told_effect(MACHINE_HOLD, "STATUS:NOTICE"), EFFECT_FOLDED);
    assert_false(told_asked(ASK_NOTICE, 1));
    assert_null(fold_due(&told.fold, CLOCK_SEARCH, 1));
    assert_int_equal(told.fold.items[0].grace_until_ms, searched + 10 * MS_PER_DAY);
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_BREACH);
    told.now += 10 * MS_PER_DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_FOLDED);
}

static void what_is_opened_again_begins_anew(void **state)
{
    (void)state;
    told_begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now += 70 * MS_PER_DAY;
    told_say(MACHINE_HOLD, "RELEASED:EXPIRED");
    told_say(MACHINE_HOLD, "REOPEN_ASK");
    assert_true(told_asked(ASK_REOPEN, 1));
    assert_int_equal(told_effect(MACHINE_HOLD, "REOPENED"), EFFECT_FOLDED);
    assert_false(told_asked(ASK_REOPEN, 1));
    assert_int_equal(told.fold.items[0].state, ITEM_ASKED);
    assert_int_equal(told.fold.items[0].result, RESULT_NONE);
    assert_int_equal(told.fold.items[0].hold_until.ms, 0);
    assert_non_null(fold_due(&told.fold, CLOCK_DECIDE, 1));
    assert_int_equal(told_effect(MACHINE_HOLD, "HELD"), EFFECT_FOLDED);
}

/* --- the others --- */

static void an_emergency_owes_its_outcome_after_its_end(void **state)
{
    (void)state;
    told_begin(MACHINE_EMERGENCY, ITEM_DELIVERED, 1);
    history_fold(&told.h, &told.fold);
    assert_true(told_asked(ASK_OUTCOME, 0));
    assert_int_equal(told_effect(MACHINE_EMERGENCY, "COMPLETED"), EFFECT_BREACH);
    assert_int_equal(told_effect(MACHINE_EMERGENCY, "OUTCOME"), EFFECT_FOLDED);
    assert_int_equal(told_effect(MACHINE_EMERGENCY, "COMPLETED"), EFFECT_FOLDED);
    told_anew();
    told_begin(MACHINE_EMERGENCY, ITEM_ASKED, 1);
    told_say(MACHINE_EMERGENCY, "REFERRED");
    assert_int_equal(told.fold.state, CASE_CLOSED);
    assert_true(told_asked(ASK_OUTCOME, 0));
    assert_non_null(fold_due(&told.fold, CLOCK_OUTCOME, 0));
    told_say(MACHINE_EMERGENCY, "OUTCOME");
    assert_int_equal(told.fold.ask_count + told.fold.due_count, 0);
}

static void a_letter_of_another_machine_is_none_of_the_case(void **state)
{
    (void)state;
    told_begin(MACHINE_ENQUIRY, ITEM_ASKED, 1);
    assert_string_equal(told_letter(row_named(MACHINE_MLA, "USE_ASK"),
                                    letter_named(told.arena, MACHINE_MLA, "USE_ASK", told.now))
                            ->void_code,
                        "NOT_OF_CASE");
    assert_int_equal(
        told_letter(row_named(MACHINE_HOLD, "HELD"), letter_named(told.arena, MACHINE_HOLD, "HELD", told.now))
            ->effect,
        EFFECT_BREACH);
    assert_int_equal(told.fold.items[0].state, ITEM_ASKED);
}

static void information_comes_after_its_conditions(void **state)
{
    (void)state;
    told_begin(MACHINE_SPONTANEOUS, ITEM_ASKED, 1);
    assert_int_equal(told_effect(MACHINE_SPONTANEOUS, "TAKEN"), EFFECT_BREACH);
    told_say(MACHINE_SPONTANEOUS, "AGREED");
    assert_true(told_asked(ASK_CONTENT, 1));
    told_say(MACHINE_SPONTANEOUS, "CONTENT");
    assert_int_equal(told.fold.ask_count, 0);
    assert_int_equal(told_effect(MACHINE_SPONTANEOUS, "TAKEN"), EFFECT_FOLDED);
}

static void a_ping_is_answered_once_or_silent_when_its_date_is_past(void **state)
{
    (void)state;
    told_begin(MACHINE_PING, ITEM_ASKED, 1);
    assert_int_equal(told_effect(MACHINE_PING, "ECHO"), EFFECT_NOTED);
    assert_int_equal(told_effect(MACHINE_PING, "ECHO"), EFFECT_BREACH);
    assert_int_equal(told.fold.state, CASE_REQUESTED); /* no officer wrote */
    assert_int_equal(told_effect(MACHINE_PING, "RELEASED:SILENT"), EFFECT_FOLDED);
    assert_int_equal(told.fold.items[0].result, RESULT_SILENT);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, told_setup, told_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(only_one_reminder_and_a_date_past_make_silence),
        TEST(a_question_that_blocks_nothing_abandons_nothing),
        TEST(assistance_is_given_up_after_sixty_days_of_silence),
        TEST(a_warning_stops_a_hold_only_if_it_said_so_twice),
        TEST(the_time_is_that_of_the_clock_in_this_machine),
        TEST(a_class_of_r_makes_no_time_shorter),
        TEST(a_date_too_soon_to_keep_is_no_date),
        TEST(who_was_warned_decides_to_stop_and_no_promise_is_broken),
        TEST(a_status_is_asked_for_at_reasonable_intervals),
        TEST(a_hold_ended_by_law_before_its_date_is_flagged),
        TEST(a_refusal_without_consulting_is_a_fact_and_flagged),
        TEST(every_letter_with_a_ground_is_judged_by_it),
        TEST(what_gave_way_to_an_emergency_is_shown),
        TEST(evidence_is_complete_when_received_well_or_silent_twice),
        TEST(conditions_bind_once_they_are_accepted),
        TEST(a_consultation_pauses_the_decision_and_a_cost_does_not),
        TEST(a_translation_is_owed_only_when_it_was_announced),
        TEST(what_is_owed_of_the_case_ends_with_its_last_item_or_never),
        TEST(dates_of_letters_come_before_spans),
        TEST(an_ack_may_class_the_request_anew),
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
