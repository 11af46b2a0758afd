/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of a drill, against numbers reckoned by hand. A letter is accepted at its time and delivered a minute later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/drill_scene.h"

#define MINUTE MS_PER_MINUTE
#define HOUR   MS_PER_HOUR
#define DAY    MS_PER_DAY
#define END    (T0_MS + 30 * DAY)

/* A hold that is asked for, ordered and held so many hours after T0_MS; held from an hour before HELD. */
static size_t hold(uint8_t id, uint64_t asked, uint64_t ordered, uint64_t held)
{
    size_t of_case = scene_case(id);
    scene_write(of_case, MACHINE_HOLD, "REQUEST", T0_MS + asked * HOUR);
    if (ordered != 0) {
        scene_write(of_case, MACHINE_HOLD, "ORDERED", T0_MS + ordered * HOUR);
    }
    if (held != 0) {
        Comity__Letter *letter = letter_named(scene.arena, MACHINE_HOLD, "HELD", T0_MS + held * HOUR);
        letter->held->held_from->ms = (int64_t)(T0_MS + (held - 1) * HOUR);
        scene_letter(of_case, SIDE_R, letter, T0_MS + held * HOUR);
    }
    return of_case;
}

static uint64_t span_of(uint32_t metric)
{
    const struct measured_event *event = scene_event(metric);
    assert_non_null(event);
    return event->event.stop_ms - event->event.start_ms;
}

static enum stat_outcome outcome_of(uint32_t metric)
{
    const struct measured_event *event = scene_event(metric);
    return event == NULL ? 0 : event->event.outcome;
}

static struct metric_row row_of(uint32_t metric, enum row_clock clock, enum staffing hours)
{
    struct metric_row row;
    (void)measure_row(
        scene.measures,
        &(struct row_wanted){.metric = metric, .urgency = RECORD_URGENT, .clock = clock, .hours = hours},
        &row);
    return row;
}

/* --- spans of a case --- */

static void steps_of_a_hold_are_measured_from_its_delivery(void **state)
{
    (void)state;
    hold(1, 0, 3, 10);
    scene_measure(END, NULL);
    assert_int_equal(span_of(METRIC_TRANSPORT), MINUTE);
    assert_int_equal(span_of(METRIC_ACKNOWLEDGE), 3 * HOUR - MINUTE);
    assert_int_equal(span_of(METRIC_COMMIT), 3 * HOUR - MINUTE);
    assert_int_equal(span_of(METRIC_DECIDE), 3 * HOUR - MINUTE);
    assert_int_equal(span_of(METRIC_SAFE), 9 * HOUR - MINUTE);
    assert_int_equal(span_of(METRIC_CUSTODIAN), 6 * HOUR);
    assert_int_equal(scene_event(METRIC_SAFE)->party, XB);
    assert_int_equal(scene_event(METRIC_FOLLOW_UP)->party, XA); /* whose duty it is */
    const struct case_facts *facts = &scene.measures->facts[0];
    assert_int_equal(facts->opened_ms, T0_MS);
    assert_int_equal(facts->delivered_ms, T0_MS + MINUTE);
    assert_int_equal(facts->acknowledged_ms, T0_MS + 3 * HOUR);
    assert_int_equal(facts->committed_ms, T0_MS + 3 * HOUR);
    assert_int_equal(facts->decided_ms, T0_MS + 3 * HOUR);
    assert_int_equal(facts->held_from_ms, T0_MS + 9 * HOUR);
    assert_int_equal(facts->ended_ms, 0);
}

static void what_is_not_answered_counts_as_long_as_it_waits(void **state)
{
    (void)state;
    hold(1, 0, 1, 0);
    hold(2, 0, 2, 0);
    hold(3, 0, 3, 0);
    hold(4, 0, 4, 0);
    hold(5, 0, 0, 0); /* never looked at */
    scene_measure(END, NULL);
    struct metric_row row = row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0);
    assert_int_equal(row.n, 5);
    assert_int_equal(row.done, 4);
    assert_int_equal(row.open, 1);
    assert_int_equal(row.mature, 5); /* target: 60 min */
    assert_int_equal(row.on_time, 1);
    assert_true(row.median.reached);
    assert_int_equal(row.median.ms, 3 * HOUR - MINUTE); /* of five the third, and not of four the second */
    assert_false(row.p90.reached);
    assert_int_equal(row.longest_ms, 30 * DAY - MINUTE);
}

static void few_are_shown_each(void **state)
{
    (void)state;
    hold(1, 0, 1, 0);
    hold(2, 0, 2, 0);
    scene_measure(END, NULL);
    struct metric_row row = row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0);
    assert_false(row.percentiles);
    assert_int_equal(row.dots, 2);
    assert_int_equal(row.dot[1].span_ms, 2 * HOUR - MINUTE);
}

static void staffed_time_stands_beside_elapsed(void **state)
{
    (void)state;
    hold(1, 10, 25, 0); /* Monday 18:00, ordered on Tuesday 09:00: staffed from 08:00 */
    scene_measure(END, NULL);
    assert_int_equal(scene_event(METRIC_ACKNOWLEDGE)->staffed_ms, HOUR);
    assert_int_equal(scene_event(METRIC_ACKNOWLEDGE)->event.staffing, CLOSED);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_STAFFED, 0).longest_ms, HOUR);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0).longest_ms, 15 * HOUR - MINUTE);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, CLOSED).n, 1);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, STAFFED).n, 0);
}

static void a_pause_is_while_a_blocking_question_waits(void **state)
{
    (void)state;
    size_t of_case = hold(1, 0, 0, 0);
    scene_write(of_case, MACHINE_HOLD, "INFO_ASKED", T0_MS + 2 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "INFO_GIVEN", T0_MS + 7 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", T0_MS + 8 * HOUR);
    scene_measure(END, NULL);
    assert_int_equal(scene_event(METRIC_DECIDE)->event.paused_ms, 5 * HOUR + MINUTE);
    struct metric_row net = row_of(METRIC_DECIDE, ROW_NET, 0);
    assert_true(net.paused);
    assert_int_equal(net.longest_ms, 3 * HOUR - 2 * MINUTE);
    assert_int_equal(net.dot[0].span_ms, 3 * HOUR - 2 * MINUTE);
    assert_int_equal(row_of(METRIC_DECIDE, ROW_GROSS, 0).dot[0].span_ms, 8 * HOUR - MINUTE);
    assert_int_equal(span_of(METRIC_DECIDE), 8 * HOUR - MINUTE);
    assert_int_equal(outcome_of(METRIC_FIRST_TIME), STAT_MISSED); /* M15 */
}

/* --- freezes, jumps, faults --- */

static void what_was_frozen_is_cut_out_of_every_clock(void **state)
{
    (void)state;
    hold(1, 0, 10, 0);
    record_add_freeze(scene.record,
                      &(struct record_freeze){.stop_ms = T0_MS + 2 * HOUR, .resume_ms = T0_MS + 6 * HOUR});
    record_add_freeze(scene.record, /* said twice: once */
                      &(struct record_freeze){.stop_ms = T0_MS + 3 * HOUR, .resume_ms = T0_MS + 5 * HOUR});
    scene_measure(END, NULL);
    assert_int_equal(span_of(METRIC_ACKNOWLEDGE), 6 * HOUR - MINUTE);
    assert_int_equal(frozen_ms(scene.record, T0_MS, END), 4 * HOUR);
    assert_int_equal(scene.measures->facts[0].bucket_ms[BUCKET_FROZEN], 4 * HOUR);
    const struct measured_stat *event = &scene_event(METRIC_ACKNOWLEDGE)->event;
    assert_int_equal(event->due_ms - event->start_ms, HOUR); /* the target is as long as before */
    assert_int_equal(scene_event(METRIC_ACKNOWLEDGE)->staffed_ms, 4 * HOUR - MINUTE); /* to 16:00 */
}

static void a_freeze_within_a_pause_is_cut_once(void **state)
{
    (void)state;
    size_t of_case = hold(1, 0, 0, 0);
    scene_write(of_case, MACHINE_HOLD, "INFO_ASKED", T0_MS + 2 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "INFO_GIVEN", T0_MS + 7 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", T0_MS + 8 * HOUR);
    record_add_freeze(scene.record,
                      &(struct record_freeze){.stop_ms = T0_MS + 3 * HOUR, .resume_ms = T0_MS + 6 * HOUR});
    scene_measure(END, NULL);
    assert_int_equal(span_of(METRIC_DECIDE), 5 * HOUR - MINUTE);
    assert_int_equal(scene_event(METRIC_DECIDE)->event.paused_ms, 2 * HOUR + MINUTE);
}

static void a_span_over_a_jump_is_left_out_and_counted(void **state)
{
    (void)state;
    hold(1, 0, 100, 0);
    hold(2, 100, 101, 0);
    record_add_jump(scene.record,
                    &(struct record_jump){.at_ms = T0_MS + 10 * HOUR, .to_ms = T0_MS + 90 * HOUR});
    size_t out[LEFT_OUTS];
    scene_measure(END, NULL);
    measure_left_out(scene.measures, METRIC_ACKNOWLEDGE, out);
    assert_int_equal(out[LEFT_JUMP], 1);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0).n, 1);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0).longest_ms, HOUR - MINUTE);
}

/* M24: unanswered pings are never left out; over a jump they were tried up to it. */
static void a_silent_ping_open_over_a_jump_counts_up_to_it(void **state)
{
    (void)state;
    size_t early = scene_case(1), over = scene_case(2), open = scene_case(3), late = scene_case(4);
    scene_write(early, MACHINE_PING, "REQUEST", T0_MS);
    scene_write(early, MACHINE_PING, "RELEASED:SILENT", T0_MS + 25 * HOUR);
    scene_write(over, MACHINE_PING, "REQUEST", T0_MS + 22 * HOUR);
    scene_write(over, MACHINE_PING, "RELEASED:SILENT", T0_MS + 91 * HOUR);
    scene_write(open, MACHINE_PING, "REQUEST", T0_MS + 24 * HOUR);
    scene_write(late, MACHINE_PING, "REQUEST", T0_MS + 21 * HOUR);
    scene_write(late, MACHINE_PING, "PING_ANSWERED", T0_MS + 92 * HOUR);
    record_add_jump(scene.record,
                    &(struct record_jump){.at_ms = T0_MS + 30 * HOUR, .to_ms = T0_MS + 90 * HOUR});
    size_t out[LEFT_OUTS];
    struct metric_row row;
    scene_measure(END, NULL);
    measure_left_out(scene.measures, METRIC_REACH, out);
    assert_int_equal(out[LEFT_JUMP], 1); /* the one that was answered, nobody knows after how long */
    row = row_of(METRIC_REACH, ROW_GROSS, 0);
    assert_int_equal(row.n, 3);
    assert_int_equal(row.missed, 1);
    assert_int_equal(row.left, 2);
    assert_int_equal(row.longest_ms, 8 * HOUR);
    row = row_of(METRIC_REACH_FIRST, ROW_GROSS, 0);
    assert_int_equal(row.missed, 2);
}

static void what_a_fault_explains_is_left_out_and_counted(void **state)
{
    (void)state;
    hold(1, 0, 10, 0);  /* the fault took 2 h of 10 */
    hold(2, 0, 100, 0); /* and 2 of 100 */
    record_add_fault(scene.record, &(struct record_fault){.id = "f",
                                                          .kind = "node-down",
                                                          .party = XB,
                                                          .from_ms = T0_MS + 2 * HOUR,
                                                          .until_ms = T0_MS + 4 * HOUR});
    size_t out[LEFT_OUTS];
    scene_measure(END, NULL);
    measure_left_out(scene.measures, METRIC_ACKNOWLEDGE, out);
    assert_int_equal(out[LEFT_FAULT], 1);
    assert_int_equal(out[LEFT_IN], 1);
    measure_left_out(scene.measures, METRIC_TRANSPORT, out);
    assert_int_equal(out[LEFT_IN], 2);
}

static void a_fault_strikes_those_it_names(void **state)
{
    (void)state;
    static const struct {
        const char *where;
        bool out;
    } faults[] = {{"XA/poc, XB/poc", true},
                  {"XA/poc", false},
                  {"XB/poc2", false},
                  {"XXB/poc", false},
                  {"broker", true}};
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        size_t out[LEFT_OUTS];
        scene_anew();
        hold(1, 0, 3, 0);
        record_add_fault(scene.record, &(struct record_fault){.id = "f",
                                                              .kind = "partition",
                                                              .where = faults[i].where,
                                                              .from_ms = T0_MS + HOUR,
                                                              .until_ms = T0_MS + 2 * HOUR});
        scene_measure(END, NULL);
        measure_left_out(scene.measures, METRIC_ACKNOWLEDGE, out);
        assert_int_equal(out[LEFT_FAULT], faults[i].out);
    }
}

static void white_cell_and_corrections_are_left_out(void **state)
{
    (void)state;
    size_t corrected = hold(1, 0, 1, 0);
    hold(2, 0, 1, 0);
    scene.record->cases.list[corrected - 1].withdrawn_by_drill = true;
    size_t out[LEFT_OUTS];
    scene.record->parties.list[XA - 1].white_cell = true;
    scene_measure(END, NULL);
    measure_left_out(scene.measures, METRIC_ACKNOWLEDGE, out);
    assert_int_equal(out[LEFT_CORRECTED], 1);
    assert_int_equal(out[LEFT_IN], 1);
    measure_left_out(scene.measures, METRIC_FIRST_TIME, out); /* Q's: played by a controller */
    assert_int_equal(out[LEFT_WHITE], 1);
}

/* --- M20 --- */

static void every_minute_lies_in_one_bucket(void **state)
{
    (void)state;
    size_t of_case = hold(1, 10, 25, 30); /* Monday 18:00; ordered Tuesday 09:00; held Tuesday 14:00 */
    record_add_act(scene.record, &(struct record_act){
                                     .at_ms = T0_MS + 24 * HOUR, .what = "order asked", .of_case = of_case});
    scene_write(of_case, MACHINE_HOLD, "MLA_NOTICE", T0_MS + 40 * HOUR);
    scene_measure(T0_MS + 50 * HOUR, NULL);
    const uint64_t *ms = scene.measures->facts[0].bucket_ms;
    uint64_t sum = 0;
    for (size_t b = 0; b < BUCKETS; b++) {
        sum += ms[b];
    }
    assert_true(scene.measures->facts[0].timed);
    assert_int_equal(sum, 40 * HOUR); /* from its request to now */
    assert_int_equal(ms[BUCKET_TRANSPORT], MINUTE);
    assert_int_equal(ms[BUCKET_CLOSED], 14 * HOUR - MINUTE);
    assert_int_equal(ms[BUCKET_UNSEEN], HOUR);
    assert_int_equal(ms[BUCKET_CUSTODIAN], 5 * HOUR);
    assert_int_equal(ms[BUCKET_MLA_Q], 20 * HOUR);
    assert_int_equal(scene.measures->owed[XB * BUCKETS + BUCKET_CUSTODIAN].ms, 5 * HOUR);
    assert_int_equal(scene.measures->owed[XA * BUCKETS + BUCKET_MLA_Q].cases, 1);
}

static void the_recipient_away_and_orders_waited_for_have_buckets_of_their_own(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    struct record_letter *letter = scene_write(of_case, MACHINE_HOLD, "REQUEST", T0_MS);
    letter->delivered_ms = T0_MS + 2 * HOUR;
    scene_write(of_case, MACHINE_HOLD, "ACK", T0_MS + 3 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", T0_MS + 7 * HOUR);
    record_add_fault(scene.record, &(struct record_fault){.id = "f",
                                                          .kind = "node-down",
                                                          .party = XB,
                                                          .from_ms = T0_MS + HOUR / 2,
                                                          .until_ms = T0_MS + HOUR});
    record_add_act(scene.record, &(struct record_act){
                                     .at_ms = T0_MS + 4 * HOUR, .what = "order asked", .of_case = of_case});
    record_add_act(scene.record, &(struct record_act){
                                     .at_ms = T0_MS + 6 * HOUR, .what = "order given", .of_case = of_case});
    scene_measure(T0_MS + 8 * HOUR, NULL);
    const uint64_t *ms = scene.measures->facts[0].bucket_ms;
    assert_int_equal(ms[BUCKET_AWAY], HOUR / 2);
    assert_int_equal(ms[BUCKET_TRANSPORT], 3 * HOUR / 2);
    assert_int_equal(ms[BUCKET_UNSEEN], HOUR);
    assert_int_equal(ms[BUCKET_ORDER], 2 * HOUR);
    assert_int_equal(ms[BUCKET_DECIDING], 2 * HOUR);
    assert_int_equal(ms[BUCKET_CUSTODIAN], HOUR);
}

/* XB is staffed from 9 to 17 UTC (its day begins an hour after T0): the answer lay there overnight. */
static void what_custodians_have_answered_is_the_desks_to_say(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    scene_write(of_case, MACHINE_HOLD, "REQUEST", T0_MS);
    scene_write(of_case, MACHINE_HOLD, "ACK", T0_MS + 15 * HOUR);
    scene_write(of_case, MACHINE_HOLD, "ORDERED", T0_MS + 16 * HOUR);
    record_add_act(
        scene.record,
        &(struct record_act){.at_ms = T0_MS + 18 * HOUR, .what = "custodian confirmed", .of_case = of_case});
    scene_write(of_case, MACHINE_HOLD, "HELD", T0_MS + 40 * HOUR);
    scene_measure(T0_MS + 48 * HOUR, NULL);
    const uint64_t *ms = scene.measures->facts[0].bucket_ms;
    assert_int_equal(ms[BUCKET_CUSTODIAN], 2 * HOUR);
    assert_int_equal(ms[BUCKET_CLOSED] + ms[BUCKET_DECIDING] + ms[BUCKET_ON_CALL] + ms[BUCKET_UNSEEN] +
                         ms[BUCKET_TRANSPORT],
                     38 * HOUR);
    assert_true(ms[BUCKET_CLOSED] > 14 * HOUR); /* that night, beside the first one */
}

/* Nobody waits for what two authorities of one State tell each other. */
static void time_of_a_link_is_nobodys(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    scene_write(of_case, MACHINE_LINK, "REQUEST", T0_MS);
    scene_measure(T0_MS + 48 * HOUR, NULL);
    assert_false(scene.measures->facts[0].timed);
}

/* --- what only the drill knows --- */

static size_t truth(uint64_t until_ms)
{
    return record_add_truth(
        scene.record,
        &(struct record_truth){
            .label = "logs", .provider = "Hosting", .state = 2, .until_ms = until_ms, .there = true});
}

static void asks(size_t of_case, size_t number)
{
    record_add_asks(scene.record, &(struct record_asks){.of_case = of_case, .truth = number, .item = 1});
}

/* What is not held cannot be held in time: an emergency that was answered is no loss, nor data that never were there. */
static void only_holds_save(void **state)
{
    (void)state;
    size_t of_case = scene_case(1);
    scene_write(of_case, MACHINE_EMERGENCY, "REQUEST", T0_MS);
    asks(of_case, truth(T0_MS + 9 * HOUR));
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_SAVED_TRUE), 0);
    assert_int_equal(scene.measures->facts[0].dies_ms, T0_MS + 9 * HOUR);
}

static void saved_in_time_is_judged_by_the_truth(void **state)
{
    (void)state;
    asks(hold(1, 0, 3, 10), truth(T0_MS + 9 * HOUR)); /* held from 9 h on */
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_SAVED_TRUE), STAT_DONE);
    scene_anew();
    asks(hold(1, 0, 3, 10), truth(T0_MS + 9 * HOUR - 1));
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_SAVED_TRUE), STAT_MISSED);
    scene_anew();
    asks(hold(1, 0, 3, 0), truth(END + 1)); /* there is still time */
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_SAVED_TRUE), STAT_OPEN);
}

/* The custodian says the data would have lived until the next day; they were deleted at 9 h. */
static void the_truth_goes_before_what_letters_say(void **state)
{
    (void)state;
    for (unsigned known = 0; known < 2; known++) {
        scene_anew();
        size_t of_case = hold(1, 0, 3, 0);
        Comity__Letter *letter = letter_named(scene.arena, MACHINE_HOLD, "HELD", T0_MS + 10 * HOUR);
        letter->held->held_from->ms = (int64_t)(T0_MS + 10 * HOUR);
        letter->held->data_dies = instant_make(scene.arena, T0_MS + DAY);
        scene_letter(of_case, SIDE_R, letter, T0_MS + 10 * HOUR);
        if (known != 0) {
            asks(of_case, truth(T0_MS + 9 * HOUR));
        }
        scene_measure(END, NULL);
        assert_int_equal(outcome_of(METRIC_SAVED), known != 0 ? 0 : STAT_DONE);
        assert_int_equal(outcome_of(MEASURE_SAVED_TRUE), known != 0 ? STAT_MISSED : 0);
        assert_int_equal(scene.measures->facts[0].dies_ms, known != 0 ? T0_MS + 9 * HOUR : T0_MS + DAY);
    }
}

static void a_lapse_says_who_owed_what(void **state)
{
    (void)state;
    size_t of_case = hold(1, 0, 3, 10);
    scene_write(of_case, MACHINE_HOLD, "RELEASED:EXPIRED", T0_MS + 70 * DAY);
    scene_measure(T0_MS + 80 * DAY, NULL);
    assert_int_equal(scene.measures->lapse_count, 1);
    assert_int_equal(scene.measures->lapses[0].owed_by, XA);
    assert_int_equal(scene.measures->lapses[0].owed, OWED_ASSISTANCE);
    assert_int_equal(scene.measures->lapses[0].at_ms, T0_MS + 70 * DAY);
    assert_string_equal(scene.measures->lapses[0].what, "EXPIRED");
    assert_int_equal(outcome_of(METRIC_LAPSE), STAT_DONE);
}

static void duplicates_count_once_and_cost_work(void **state)
{
    (void)state;
    hold(1, 0, 3, 10);
    size_t second = hold(2, 1, 5, 0);
    scene.record->cases.list[second - 1].duplicate_of = 1;
    scene_measure(T0_MS + 20 * HOUR, NULL);
    assert_int_equal(outcome_of(MEASURE_DUPLICATE_TRUE), STAT_MISSED); /* ordered twice */
    assert_int_equal(scene_event(MEASURE_DOUBLE_WORK)->event.start_ms, T0_MS + 5 * HOUR);
    assert_int_equal(outcome_of(MEASURE_DOUBLE_WORK), STAT_OPEN);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0).n, 1);
}

static void a_forged_request_is_refused_or_acted_upon(void **state)
{
    (void)state;
    size_t forged = hold(1, 0, 3, 0);
    scene.record->cases.list[forged - 1].forged = "officer-key";
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_FORGED), STAT_MISSED);
    assert_int_equal(row_of(METRIC_ACKNOWLEDGE, ROW_GROSS, 0).n, 0);
    scene_anew();
    forged = hold(1, 0, 0, 0);
    scene.record->cases.list[forged - 1].forged = "officer-key";
    scene_write(forged, MACHINE_HOLD, "REFUSED", T0_MS + 2 * HOUR);
    record_add_call(scene.record,
                    &(struct record_call){
                        .kind = "phone", .from = XB, .to = XA, .of_case = forged, .at_ms = T0_MS + HOUR});
    record_add_act(scene.record, &(struct record_act){
                                     .at_ms = T0_MS + 3 * HOUR, .what = "warned network", .of_case = forged});
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_FORGED), STAT_DONE);
    assert_int_equal(outcome_of(MEASURE_FORGED_CALLED), STAT_DONE);
    assert_int_equal(span_of(MEASURE_FORGED_WARNED), 3 * HOUR);
}

static void a_trail_counts_from_the_first_state_that_was_asked(void **state)
{
    (void)state;
    size_t first = hold(1, 0, 0, 0);
    scene_write(first, MACHINE_HOLD, "REFERRED", T0_MS + 5 * HOUR);
    size_t last = hold(2, 6, 8, 12);
    scene.record->cases.list[last - 1].referred_from = first;
    asks(last, truth(T0_MS + 10 * HOUR));
    scene_measure(END, NULL);
    assert_int_equal(span_of(MEASURE_CHAIN), 11 * HOUR);
    assert_int_equal(scene_event(MEASURE_CHAIN)->event.part, 2); /* hops */
    assert_int_equal(outcome_of(MEASURE_CHAIN_SAVED), STAT_MISSED);
    for (size_t i = 0; i < scene.measures->event_count; i++) { /* M5 */
        const struct measured_event *event = &scene.measures->events[i];
        if (event->event.metric == METRIC_SAFE && event->of_case == 2) {
            assert_int_equal(event->event.start_ms, T0_MS + MINUTE);
            assert_int_equal(event->event.due_ms - event->event.start_ms, 48 * HOUR);
            assert_int_equal(event->staffed_ms, 8 * HOUR - MINUTE);
        }
    }
}

/* --- people --- */

static void shift(const char *who, uint64_t from, uint64_t until)
{
    record_add_shift(scene.record, &(struct record_shift){.party = XB,
                                                          .who = who,
                                                          .from_ms = T0_MS + from * HOUR,
                                                          .until_ms = T0_MS + until * HOUR});
}

static void a_change_of_shift_is_set_against_its_middle(void **state)
{
    (void)state;
    shift("one", 0, 8);
    shift("two", 8, 16);
    hold(1, 1, 13, 0); /* waits at the change (8 h), and in the middle (12 h) */
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_HANDOVER), STAT_MISSED); /* nobody wrote from 8 h to 10 h */
    assert_int_equal(outcome_of(MEASURE_MID_SHIFT), STAT_DONE);  /* 13 h is within 12 h to 14 h */
}

/* Whose clock is wrong has not written at another time: the broker's counts. */
static void a_clock_that_is_off_moves_no_change_of_shift(void **state)
{
    (void)state;
    shift("one", 0, 8);
    shift("two", 8, 16);
    const size_t of_case = hold(1, 1, 13, 0);
    for (size_t i = 0; i < scene.record->letters.count; i++) {
        struct record_letter *letter = &scene.record->letters.list[i];
        letter->sealed_ms -= letter->of_case == of_case && letter->side == RECORD_R ? 4 * HOUR : 0;
    }
    scene_measure(END, NULL);
    assert_int_equal(outcome_of(MEASURE_HANDOVER), STAT_MISSED);
    assert_int_equal(outcome_of(MEASURE_MID_SHIFT), STAT_DONE);
}

static void the_longest_stretch_on_duty_has_short_breaks_in_it(void **state)
{
    (void)state;
    shift("one", 0, 8);
    shift("one", 12, 20); /* 4 h later: no rest */
    shift("one", 30, 38); /* 10 h later: a rest */
    scene_measure(END, NULL);
    assert_int_equal(span_of(MEASURE_ON_DUTY), 20 * HOUR);
    struct metric_row row; /* a shift is no request: neither urgent nor routine */
    for (enum record_class urgency = RECORD_NO_CLASS; urgency < RECORD_CLASSES; urgency++) {
        const struct row_wanted wanted = {.metric = MEASURE_ON_DUTY, .urgency = urgency};
        assert_int_equal(measure_row(scene.measures, &wanted, &row), urgency == RECORD_NO_CLASS);
    }
    assert_true(measure_any(scene.measures, MEASURE_ON_DUTY));
}

static void alarms_that_nobody_had_to_act_on_are_counted(void **state)
{
    (void)state;
    size_t of_case = hold(1, 0, 5, 0);
    static const uint64_t alarms[] = {2, 10};
    for (size_t i = 0; i < 2; i++) {
        record_add_act(scene.record, &(struct record_act){.at_ms = T0_MS + alarms[i] * HOUR,
                                                          .what = "alarm",
                                                          .of_case = of_case,
                                                          .party = XB});
    }
    scene_measure(END, NULL);
    struct metric_row row = row_of(MEASURE_ALARMS_IDLE, ROW_GROSS, 0);
    assert_int_equal(row.done, 1); /* an act within 4 h */
    assert_int_equal(row.missed, 1);
}

static void calls_are_taken_by_who_knows_and_called_back(void **state)
{
    (void)state;
    static const enum record_known knew[] = {RECORD_YES, RECORD_NO, RECORD_UNKNOWN};
    for (size_t i = 0; i < 3; i++) {
        record_add_call(scene.record,
                        &(struct record_call){
                            .kind = "phone", .from = XA, .to = XB, .at_ms = T0_MS, .knew_role = knew[i]});
    }
    struct record_letter *letter = scene_write(scene_case(1), MACHINE_HOLD, "ORAL_NOTED", T0_MS + 2 * HOUR);
    letter->called_ms = T0_MS;
    letter->called_back_ms = T0_MS + HOUR;
    scene_measure(END, NULL);
    struct metric_row row;
    assert_true(measure_row(scene.measures, &(struct row_wanted){.metric = MEASURE_CALL_KNEW}, &row));
    assert_int_equal(row.done, 1);
    assert_int_equal(row.missed, 1);
    assert_int_equal(span_of(MEASURE_ORAL), HOUR);
}

static void an_inject_is_planned_released_and_received(void **state)
{
    (void)state;
    size_t inject = record_add_inject(
        scene.record,
        &(struct record_inject){.id = "call", .kind = "phone", .to = XB, .planned_ms = T0_MS + HOUR});
    size_t skipped = record_add_inject(
        scene.record,
        &(struct record_inject){.id = "never", .kind = "note", .to = XB, .planned_ms = T0_MS + HOUR});
    record_inject_is(scene.record, inject, RECORD_RELEASED, T0_MS + 2 * HOUR);
    record_inject_is(scene.record, inject, RECORD_RECEIVED, T0_MS + 5 * HOUR);
    record_inject_is(scene.record, skipped, RECORD_SKIPPED, T0_MS + 3 * HOUR);
    scene_measure(END, NULL);
    assert_int_equal(span_of(MEASURE_INJECT_RELEASE), HOUR);
    assert_int_equal(span_of(MEASURE_INJECT_RECEIVED), 3 * HOUR);
}

static void a_curve_ends_where_the_last_came(void **state)
{
    (void)state;
    struct curve_point points[200];
    hold(1, 0, 1, 0);
    hold(2, 0, 2, 0);
    hold(3, 0, 3, 0);
    hold(4, 0, 0, 0);
    scene_measure(END, NULL);
    assert_int_equal(measure_curve(scene.measures, METRIC_ACKNOWLEDGE, RECORD_URGENT, 200, points), 4);
    assert_int_equal(points[0].permille, 250);
    assert_int_equal(points[2].permille, 750);
    assert_int_equal(points[2].span_ms, 3 * HOUR - MINUTE);
    assert_int_equal(points[3].permille, 750); /* and so far it is known */
    assert_int_equal(measure_curve(scene.measures, METRIC_ACKNOWLEDGE, RECORD_URGENT, 2, points), 2);
    assert_int_equal(points[1].permille, 750);
}

static void the_week_has_hours_there(void **state)
{
    (void)state;
    struct heat_cell cells[HOURS_A_WEEK];
    hold(1, 0, 1, 0);
    for (uint8_t id = 2; id < 2 + FEW; id++) {
        hold(id, 25, 27, 0);
    }
    scene_measure(END, NULL);
    assert_true(measure_heat(scene.measures, METRIC_ACKNOWLEDGE, RECORD_URGENT, 2, cells));
    assert_int_equal(cells[8].n, 1);
    assert_false(cells[8].median.reached); /* few have no median */
    assert_int_equal(cells[24 + 9].n, FEW);
    assert_true(cells[24 + 9].median.reached);
    assert_int_equal(cells[24 + 9].median.ms, 2 * HOUR - MINUTE);
    assert_false(measure_heat(scene.measures, METRIC_ACKNOWLEDGE, RECORD_URGENT, 1, cells));
}

#define T(name) cmocka_unit_test_setup_teardown(name, scene_setup, scene_teardown)
int main(void)
{
    const struct CMUnitTest tests[] = {
        T(steps_of_a_hold_are_measured_from_its_delivery),
        T(what_is_not_answered_counts_as_long_as_it_waits),
        T(few_are_shown_each),
        T(staffed_time_stands_beside_elapsed),
        T(a_pause_is_while_a_blocking_question_waits),
        T(what_was_frozen_is_cut_out_of_every_clock),
        T(a_freeze_within_a_pause_is_cut_once),
        T(a_span_over_a_jump_is_left_out_and_counted),
        T(a_silent_ping_open_over_a_jump_counts_up_to_it),
        T(what_a_fault_explains_is_left_out_and_counted),
        T(a_fault_strikes_those_it_names),
        T(white_cell_and_corrections_are_left_out),
        T(every_minute_lies_in_one_bucket),
        T(the_recipient_away_and_orders_waited_for_have_buckets_of_their_own),
        T(what_custodians_have_answered_is_the_desks_to_say),
        T(time_of_a_link_is_nobodys),
        T(saved_in_time_is_judged_by_the_truth),
        T(only_holds_save),
        T(the_truth_goes_before_what_letters_say),
        T(a_lapse_says_who_owed_what),
        T(duplicates_count_once_and_cost_work),
        T(a_forged_request_is_refused_or_acted_upon),
        T(a_trail_counts_from_the_first_state_that_was_asked),
        T(a_change_of_shift_is_set_against_its_middle),
        T(a_clock_that_is_off_moves_no_change_of_shift),
        T(the_longest_stretch_on_duty_has_short_breaks_in_it),
        T(alarms_that_nobody_had_to_act_on_are_counted),
        T(calls_are_taken_by_who_knows_and_called_back),
        T(an_inject_is_planned_released_and_received),
        T(a_curve_ends_where_the_last_came),
        T(the_week_has_hours_there),
    };
    return cmocka_run_group_tests_name("measures of a drill", tests, NULL, NULL);
}
