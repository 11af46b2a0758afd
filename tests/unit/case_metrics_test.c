/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of a case, from its letters alone; each is written a day after the one before and arrives a minute later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/case_metrics.h"
#include "tests/support/told_case.h"

#define DAY    MS_PER_DAY
#define MINUTE MS_PER_MINUTE

static struct {
    struct stat_event events[256];
    size_t count;
    uint64_t order_until_ms;
} got;

static void begin(enum machine machine, enum item_state state, size_t items)
{
    told_begin(machine, state, items);
    history_fold(&told.h, &told.fold);
}

static void put(void *into, const struct stat_event *event)
{
    (void)into;
    assert_true(got.count < sizeof got.events / sizeof got.events[0]);
    got.events[got.count++] = *event;
}

static uint64_t order_until(const void *context, uint32_t item)
{
    (void)context;
    (void)item;
    return got.order_until_ms;
}

/* Closed from midnight to 08:00 UTC. */
static struct staffing_span staffing(const void *context, enum side side, uint64_t roster, uint64_t ms)
{
    (void)context;
    (void)roster;
    (void)side;
    const uint64_t opens_ms = ms - ms % DAY + 8 * MS_PER_HOUR;
    return ms < opens_ms
               ? (struct staffing_span){.staffing = CLOSED, .until_ms = opens_ms}
               : (struct staffing_span){.staffing = STAFFED, .until_ms = opens_ms + 16 * MS_PER_HOUR};
}

static void measure_told(const struct told_date *dates, size_t count)
{
    const struct metric_scene scene = {.own = SIDE_R,
                                       .staffing = staffing,
                                       .order_until = order_until,
                                       .told = dates,
                                       .told_count = count,
                                       .put = put};
    got.count = 0;
    case_metrics(&told.fold, &scene);
}

static void measure(void)
{
    measure_told(NULL, 0);
}

/* The only event of that metric; NULL: there is none. */
static const struct stat_event *of(enum metric metric)
{
    const struct stat_event *found = NULL;
    for (size_t i = 0; i < got.count; i++) {
        if (got.events[i].metric == metric) {
            assert_null(found);
            found = &got.events[i];
        }
    }
    return found;
}

static enum stat_outcome outcome(enum metric metric)
{
    const struct stat_event *event = of(metric);
    return event == NULL ? 0 : event->outcome;
}

static void what_r_waited_for_is_a_pause(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    told_say(MACHINE_HOLD, "INFO_ASKED");
    measure();
    assert_true(of(METRIC_DECIDE)->paused_since_ms != 0);
    assert_int_equal(of(METRIC_DECIDE)->outcome, STAT_OPEN);
    told_say(MACHINE_HOLD, "INFO_GIVEN");
    told_say(MACHINE_HOLD, "ORDERED");
    told_say(MACHINE_HOLD, "INFO_ASKED"); /* after the decision: no pause of it */
    measure();
    const struct stat_event *decide = of(METRIC_DECIDE);
    assert_int_equal(decide->outcome, STAT_DONE);
    assert_int_equal(decide->paused_since_ms, 0);
    assert_int_equal(decide->paused_ms, DAY + MINUTE); /* asked, to answered and delivered */
    assert_int_equal(decide->stop_ms - decide->start_ms, 3 * DAY - MINUTE);
    assert_int_equal(of(METRIC_ACKNOWLEDGE)->paused_ms, 0);
    assert_int_equal(of(METRIC_DECIDE)->staffing, STAFFED);
    assert_true(of(METRIC_DECIDE)->ours);
    assert_false(of(METRIC_FIRST_TIME)->ours);
}

/* HELD says when the data would have died. */
static void hold_that_dies(uint64_t held_ms, uint64_t dies_ms)
{
    told_anew();
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    Comity__Letter *held = letter_named(told.arena, MACHINE_HOLD, "HELD", told.now);
    held->held->held_from = instant_make(told.arena, held_ms);
    held->held->data_dies = instant_make(told.arena, dies_ms);
    told_letter(row_named(MACHINE_HOLD, "HELD"), held);
    measure();
}

static void saved_is_what_was_held_before_it_died(void **state)
{
    (void)state;
    hold_that_dies(T0_MS + DAY, T0_MS + 2 * DAY);
    assert_int_equal(outcome(METRIC_SAVED), STAT_DONE);
    hold_that_dies(T0_MS + 2 * DAY, T0_MS + DAY);
    assert_int_equal(outcome(METRIC_SAVED), STAT_MISSED);
}

static void a_hold_is_kept_if_assistance_came_by_its_date(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    measure();
    assert_null(of(METRIC_KEPT)); /* none was sent */
    assert_int_equal(outcome(METRIC_FOLLOW_UP), STAT_OPEN);
    told_say(MACHINE_HOLD, "MLA_NOTICE");
    measure();
    assert_int_equal(outcome(METRIC_KEPT), STAT_OPEN);
    assert_int_equal(of(METRIC_KEPT)->due_ms, (uint64_t)told.fold.items[0].hold_until.ms);
    assert_int_equal(outcome(METRIC_FOLLOW_UP), STAT_DONE);
    told_say(MACHINE_HOLD, "MLA_RECEIVED");
    measure();
    assert_int_equal(outcome(METRIC_KEPT), STAT_DONE);
    assert_null(of(METRIC_LAPSE));
}

static void assistance_before_the_hold_has_no_date_to_miss(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ORDERED, 1);
    told_say(MACHINE_HOLD, "MLA_RECEIVED");
    told_say(MACHINE_HOLD, "HELD");
    assert_int_equal(told.fold.items[0].state, ITEM_HELD_OPEN);
    measure();
    assert_int_equal(outcome(METRIC_KEPT), STAT_DONE);
    assert_int_equal(outcome(METRIC_FOLLOW_UP), STAT_DONE);
}

/* The event of that item. */
static const struct stat_event *of_item(enum metric metric, uint32_t item)
{
    for (size_t i = 0; i < got.count; i++) {
        if (got.events[i].metric == metric && got.events[i].item == item) {
            return &got.events[i];
        }
    }
    fail_msg("no event of item %u", (unsigned)item);
    return NULL;
}

/* That letter, about one item. */
static void say_of(const char *name, uint32_t item)
{
    const struct lifecycle_row *row = row_named(MACHINE_HOLD, name);
    told_letter(row, letter_of_row(told.arena, row, told.now, &item, 1, 2));
}

static void a_withdrawn_item_excuses_no_other(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 2);
    say_of("WITHDRAW", 1);
    say_of("RELEASED:WITHDRAWN", 1);
    say_of("NOT_HELD", 2);
    measure();
    assert_int_equal(of_item(METRIC_SAFE, 1)->outcome, STAT_LEFT);
    assert_int_equal(of_item(METRIC_SAFE, 2)->outcome, STAT_MISSED);
    assert_int_equal(outcome(METRIC_ACKNOWLEDGE), STAT_DONE); /* one item was still waited for */
    told_anew();
    begin(MACHINE_HOLD, ITEM_ASKED, 2);
    say_of("NOT_HELD", 2);
    told_say(MACHINE_HOLD, "WITHDRAW"); /* of all that is left */
    say_of("RELEASED:WITHDRAWN", 1);
    measure();
    assert_int_equal(of_item(METRIC_SAFE, 1)->outcome, STAT_LEFT);
    assert_int_equal(of_item(METRIC_SAFE, 2)->outcome, STAT_MISSED);
}

/* Ten days later R releases: that is no late answer. */
static void what_is_withdrawn_is_waited_for_until_then(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    told_say(MACHINE_HOLD, "WITHDRAW");
    uint64_t withdrawn_ms = fold_last(&told.fold)->letter->delivered_ms;
    for (size_t i = 0; i < 2; i++) {
        measure();
        assert_int_equal(outcome(METRIC_DECIDE), STAT_LEFT);
        assert_int_equal(of(METRIC_DECIDE)->stop_ms, withdrawn_ms);
        assert_int_equal(outcome(METRIC_ACKNOWLEDGE), STAT_LEFT);
        assert_int_equal(of(METRIC_ACKNOWLEDGE)->stop_ms, withdrawn_ms);
        told.now += 10 * DAY;
        told_say(MACHINE_HOLD, "RELEASED:WITHDRAWN");
    }
    told_say(MACHINE_HOLD, "REOPENED");
    measure();
    assert_int_equal(outcome(METRIC_DECIDE), STAT_OPEN);
}

static void assistance_that_is_not_asked_for_is_waited_for(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    measure();
    assert_int_equal(outcome(METRIC_MLA_LEAD), STAT_OPEN);
    assert_int_equal(of(METRIC_MLA_LEAD)->start_ms, (uint64_t)told.fold.items[0].held_from.ms);
    told_say(MACHINE_HOLD, "MLA_RECEIVED"); /* it came another way, without notice */
    measure();
    assert_int_equal(outcome(METRIC_MLA_LEAD), STAT_DONE);
    told_anew();
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now = (uint64_t)told.fold.items[0].grace_until_ms + DAY;
    told_say(MACHINE_HOLD, "RELEASED:EXPIRED");
    measure();
    assert_int_equal(outcome(METRIC_MLA_LEAD), STAT_MISSED);
    told_anew();
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    told_say(MACHINE_HOLD, "LOST"); /* nobody's delay */
    measure();
    assert_int_equal(outcome(METRIC_MLA_LEAD), STAT_LEFT);
    assert_int_equal(of(METRIC_MLA_LEAD)->stop_ms, fold_last(&told.fold)->letter->accepted_ms);
}

static void what_expires_is_a_lapse_that_somebody_owes(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    told.now = (uint64_t)told.fold.items[0].grace_until_ms + DAY;
    assert_int_equal(told_effect(MACHINE_HOLD, "RELEASED:EXPIRED"), EFFECT_FOLDED);
    measure();
    assert_int_equal(of(METRIC_LAPSE)->part, OWED_ASSISTANCE);
    assert_false(of(METRIC_LAPSE)->ours); /* Q did not send it */
    assert_int_equal(outcome(METRIC_FOLLOW_UP), STAT_MISSED);
    assert_int_equal(outcome(METRIC_RELEASED_EARLY), STAT_MISSED);
    told_anew();
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    told_say(MACHINE_HOLD, "WITHDRAW");
    told_say(MACHINE_HOLD, "RELEASED:WITHDRAWN");
    measure();
    assert_null(of(METRIC_LAPSE));
    assert_int_equal(outcome(METRIC_RELEASED_EARLY), STAT_DONE);
    assert_int_equal(outcome(METRIC_FOLLOW_UP), STAT_LEFT);
}

static void an_order_covers_its_hold_or_is_to_be_renewed(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_HELD, 1);
    uint64_t until_ms = (uint64_t)told.fold.items[0].hold_until.ms;
    got.order_until_ms = until_ms;
    measure();
    assert_int_equal(outcome(METRIC_RENEWED), STAT_DONE);
    assert_null(of(METRIC_ORDER_RUNS));
    got.order_until_ms = until_ms - DAY;
    measure();
    assert_int_equal(outcome(METRIC_RENEWED), STAT_OPEN);
    assert_int_equal(of(METRIC_RENEWED)->due_ms, until_ms - 11 * DAY);
    told_say(MACHINE_HOLD, "MLA_RECEIVED");
    measure();
    assert_int_equal(of(METRIC_ORDER_RUNS)->due_ms, until_ms - DAY);
    got.order_until_ms = 0; /* none is recorded */
    measure();
    assert_null(of(METRIC_RENEWED));
}

static void a_date_ends_with_the_last_who_were_told(void **state)
{
    (void)state;
    const struct told_date dates[] = {{.clock = CLOCK_LOOK, .due_ms = T0_MS, .who = WHO_HEAD},
                                      {.clock = CLOCK_DECIDE, .item = 1, .due_ms = T0_MS, .who = WHO_DEPUTY}};
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    told_say(MACHINE_HOLD, "ACK");
    measure_told(dates, 2);
    enum stat_outcome outcomes[3];
    size_t count = 0;
    for (size_t i = 0; i < got.count && count < 3; i++) {
        if (got.events[i].metric == METRIC_ESCALATION) {
            outcomes[count++] = got.events[i].outcome;
        }
    }
    assert_int_equal(count, 3);
    assert_int_equal(outcomes[0], STAT_MISSED); /* the deputy's went on to the head */
    assert_int_equal(outcomes[1], STAT_DONE);   /* where it ended: ACK stopped it */
    assert_int_equal(outcomes[2], STAT_OPEN);   /* to decide is still owed */
}

static void what_was_merged_counts_as_found_or_as_double_work(void **state)
{
    (void)state;
    static const char *const before[] = {"ACK", "ORDERED"};
    for (size_t i = 0; i < 2; i++) {
        told_anew();
        begin(MACHINE_HOLD, ITEM_ASKED, 1);
        told_say(MACHINE_HOLD, before[i]);
        Comity__Letter *merged = letter_named(told.arena, MACHINE_HOLD, "NOT_HELD", told.now);
        merged->not_held->cause = COMITY__NOT_HELD__CAUSE__DUPLICATE_OF;
        told_letter(row_named(MACHINE_HOLD, "NOT_HELD"), merged);
        measure();
        assert_int_equal(got.count, 1);
        assert_int_equal(outcome(METRIC_DUPLICATE), i == 0 ? STAT_DONE : STAT_MISSED);
    }
}

static void a_ping_measures_the_directory_and_its_reach(void **state)
{
    (void)state;
    begin(MACHINE_PING, ITEM_ASKED, 1);
    measure();
    assert_int_equal(outcome(METRIC_REACH), STAT_OPEN);
    told_say(MACHINE_PING, "PING_ANSWERED");
    measure();
    assert_int_equal(outcome(METRIC_REACH), STAT_DONE);
    assert_int_equal(of(METRIC_REACH)->stop_ms - of(METRIC_REACH)->start_ms, DAY);
    assert_non_null(of(METRIC_REACH_FIRST));
    size_t fields = 0;
    for (size_t i = 0; i < got.count; i++) {
        fields += got.events[i].metric == METRIC_DIRECTORY && got.events[i].part != 0;
    }
    assert_true(fields > 0);
}

static void evidence_is_in_hand_when_its_final_part_is_whole(void **state)
{
    (void)state;
    begin(MACHINE_MLA, ITEM_DELIVERED, 1);
    measure();
    assert_int_equal(outcome(METRIC_EVIDENCE), STAT_OPEN);
    told_say(MACHINE_MLA, "EVIDENCE_RECEIPT:OK");
    measure();
    assert_int_equal(outcome(METRIC_EVIDENCE), STAT_DONE);
}

static void a_case_is_right_when_it_is_decided(void **state)
{
    (void)state;
    static const struct {
        enum machine machine;
        const char *before, *decision;
    } cases[] = {{MACHINE_HOLD, "ACK", "ORDERED"},
                 {MACHINE_HOLD, "ACK", "REFUSED"},
                 {MACHINE_MLA, "ACK", "ADMITTED"},
                 {MACHINE_ENQUIRY, "ANSWERED:PART", "ANSWERED:FINAL"},
                 {MACHINE_SPONTANEOUS, "DECLINED:CONDITIONS", "DECLINED"},
                 {MACHINE_EMERGENCY, "DISCLOSED:PART", "DISCLOSED:FINAL"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        told_anew();
        begin(cases[i].machine, ITEM_ASKED, 1);
        told_say(cases[i].machine, cases[i].before);
        measure();
        assert_null(of(METRIC_FIRST_TIME)); /* it will be answered, and is not yet */
        assert_null(of(METRIC_RIGHT_DESK));
        assert_int_equal(told_effect(cases[i].machine, cases[i].decision), EFFECT_FOLDED);
        measure();
        assert_int_equal(outcome(METRIC_FIRST_TIME), STAT_DONE);
        assert_int_equal(outcome(METRIC_RIGHT_DESK), STAT_DONE);
    }
    told_anew();
    begin(MACHINE_HOLD, ITEM_ASKED, 1);
    told_say(MACHINE_HOLD, "MOVED"); /* undecided, and not at the right desk */
    measure();
    assert_null(of(METRIC_FIRST_TIME));
    assert_int_equal(outcome(METRIC_RIGHT_DESK), STAT_MISSED);
}

/* --- where time went --- */

static uint64_t bucket(enum time_bucket which)
{
    uint64_t ms = 0;
    for (size_t i = 0; i < got.count; i++) {
        ms += got.events[i].metric == METRIC_TIME && got.events[i].part == which
                  ? got.events[i].stop_ms - got.events[i].start_ms
                  : 0;
    }
    return ms;
}

/* Letters at 08:00 UTC; R is closed before 08:00. */
static void every_minute_of_a_closed_case_lies_in_one_bucket(void **state)
{
    (void)state;
    begin(MACHINE_HOLD, ITEM_ASKED, 1); /* day 0 */
    uint64_t begun_ms = told.fold.letters[0].letter->accepted_ms;
    told_say(MACHINE_HOLD, "ACK");
    told_say(MACHINE_HOLD, "INFO_ASKED");
    told_say(MACHINE_HOLD, "INFO_GIVEN");
    measure();
    assert_null(of(METRIC_TIME)); /* it is open */
    told_say(MACHINE_HOLD, "ORDERED");
    told_say(MACHINE_HOLD, "HELD");
    told_say(MACHINE_HOLD, "WITHDRAW");
    told_say(MACHINE_HOLD, "RELEASED:WITHDRAWN");
    uint64_t ended_ms = fold_last(&told.fold)->letter->accepted_ms;
    measure();
    uint64_t whole_ms = 0;
    for (unsigned i = 1; i < BUCKETS; i++) {
        whole_ms += bucket(i);
    }
    assert_int_equal(whole_ms, ended_ms - begun_ms);
    assert_int_equal(bucket(BUCKET_TRANSPORT), MINUTE);
    assert_int_equal(bucket(BUCKET_Q_OWES), DAY + MINUTE); /* until the answer was there */
    assert_int_equal(bucket(BUCKET_CUSTODIAN), DAY);
    assert_int_equal(bucket(BUCKET_MLA_Q), 2 * DAY);
    assert_int_equal(bucket(BUCKET_CLOSED), 3 * 8 * MS_PER_HOUR); /* before ACK, and twice while deciding */
    assert_int_equal(bucket(BUCKET_UNSEEN), 16 * MS_PER_HOUR - MINUTE);
    assert_int_equal(bucket(BUCKET_DECIDING), 32 * MS_PER_HOUR - MINUTE);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, told_setup, told_teardown)
    const struct CMUnitTest tests[] = {
        TEST(what_r_waited_for_is_a_pause),
        TEST(saved_is_what_was_held_before_it_died),
        TEST(a_hold_is_kept_if_assistance_came_by_its_date),
        TEST(assistance_before_the_hold_has_no_date_to_miss),
        TEST(a_withdrawn_item_excuses_no_other),
        TEST(what_is_withdrawn_is_waited_for_until_then),
        TEST(assistance_that_is_not_asked_for_is_waited_for),
        TEST(what_expires_is_a_lapse_that_somebody_owes),
        TEST(an_order_covers_its_hold_or_is_to_be_renewed),
        TEST(a_date_ends_with_the_last_who_were_told),
        TEST(what_was_merged_counts_as_found_or_as_double_work),
        TEST(a_ping_measures_the_directory_and_its_reach),
        TEST(evidence_is_in_hand_when_its_final_part_is_whole),
        TEST(a_case_is_right_when_it_is_decided),
        TEST(every_minute_of_a_closed_case_lies_in_one_bucket),
    };
    return cmocka_run_group_tests_name("case metrics", tests, NULL, NULL);
}
