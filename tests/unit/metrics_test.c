/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of a list of events: what counts, what is on time, what is shown of few, pauses, hours, totals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/metrics.h"

#define HOUR MS_PER_HOUR
#define NOW  (1000 * HOUR)

static struct arena *arena;
static struct metric_tally tally;
static struct metric_row row;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)1 << 24);
    return arena == NULL || !metric_tally_init(&tally, arena, 4096, NOW);
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void begin(enum metric metric)
{
    metric_tally_begin(&tally, metric_rule(metric));
}

/* That began so many hours ago and took, or has waited, so long; its target: 24 hours. */
static struct stat_event event(enum stat_outcome outcome, uint64_t ago, uint64_t took)
{
    uint64_t start_ms = NOW - ago * HOUR;
    bool runs = outcome == STAT_OPEN || outcome == STAT_MISSED;
    return (struct stat_event){.outcome = outcome,
                               .urgency = URGENCY_URGENT,
                               .start_ms = start_ms,
                               .stop_ms = runs ? 0 : start_ms + took * HOUR,
                               .due_ms = start_ms + 24 * HOUR};
}

static void add(enum stat_outcome outcome, uint64_t ago, uint64_t took)
{
    const struct stat_event one = event(outcome, ago, took);
    metric_tally_add(&tally, &one);
}

static void what_is_open_and_late_counts_against_who_is_late(void **state)
{
    (void)state;
    begin(METRIC_DECIDE);
    add(STAT_DONE, 100, 10);
    add(STAT_DONE, 100, 30);
    add(STAT_OPEN, 25, 0); /* late */
    add(STAT_OPEN, 23, 0); /* still has time */
    add(STAT_MISSED, 100, 0);
    add(STAT_LEFT, 100, 5);  /* withdrawn before it was due */
    add(STAT_LEFT, 100, 40); /* withdrawn after */
    metric_tally_end(&tally, &row);
    assert_int_equal(row.n, 7);
    assert_int_equal(row.mature, 5);
    assert_int_equal(row.on_time, 1);
    assert_int_equal(row.done + row.open + row.left + row.missed, 7);
    assert_true(row.percentiles);
}

static void fewer_than_five_are_shown_each(void **state)
{
    (void)state;
    begin(METRIC_DECIDE);
    add(STAT_DONE, 100, 10);
    metric_tally_end(&tally, &row);
    assert_false(row.percentiles);
    assert_int_equal(row.dots, 1);
    assert_int_equal(row.dot[0].span_ms, 10 * HOUR);
    assert_true(row.dot[0].done);
    begin(METRIC_DECIDE);
    add(STAT_MISSED, 90, 0);
    add(STAT_OPEN, 7, 0);
    add(STAT_DONE, 100, 30);
    add(STAT_DONE, 100, 1);
    metric_tally_end(&tally, &row);
    assert_int_equal(row.dots, 4);
    assert_int_equal(row.dot[0].span_ms, HOUR);
    assert_int_equal(row.dot[1].span_ms, 7 * HOUR);
    assert_false(row.dot[1].done);
    assert_int_equal(row.dot[3].span_ms, NEVER_MS);
    add(STAT_DONE, 100, 2);
    metric_tally_end(&tally, &row);
    assert_true(row.percentiles);
}

static void a_pause_is_taken_off_and_shown_beside(void **state)
{
    (void)state;
    begin(METRIC_DECIDE);
    for (unsigned i = 0; i < 5; i++) {
        struct stat_event one = event(STAT_DONE, 100, 30);
        one.paused_ms = 8 * HOUR;
        metric_tally_add(&tally, &one);
    }
    metric_tally_end(&tally, &row);
    assert_int_equal(row.on_time, 5); /* 22 of 24 hours were R's */
    assert_true(row.paused);
    assert_int_equal(row.median.ms, 30 * HOUR);
    assert_int_equal(row.net_median.ms, 22 * HOUR);
    begin(METRIC_DECIDE);
    struct stat_event waits = event(STAT_OPEN, 100, 0);
    waits.paused_since_ms = NOW - 90 * HOUR; /* after 10 hours, and since then */
    metric_tally_add(&tally, &waits);
    metric_tally_end(&tally, &row);
    assert_int_equal(row.mature, 0);
}

static void a_share_is_of_those_whose_time_is_over(void **state)
{
    (void)state;
    begin(METRIC_SAVED);
    add(STAT_DONE, 100, 0);
    add(STAT_MISSED, 100, 0);
    add(STAT_LEFT, 100, 0);
    add(STAT_OPEN, 30, 0); /* its date was 6 hours ago */
    add(STAT_OPEN, 3, 0);
    metric_tally_end(&tally, &row);
    assert_int_equal(row.n, 5);
    assert_int_equal(row.done, 1);
    assert_int_equal(row.missed, 2);
    assert_int_equal(row.open, 1);
    assert_int_equal(row.left, 1);
}

static void totals_add_up(void **state)
{
    (void)state;
    begin(METRIC_TIME);
    add(STAT_DONE, 100, 10);
    add(STAT_DONE, 100, 5);
    metric_tally_end(&tally, &row);
    assert_int_equal(row.total_ms, 15 * HOUR);
    assert_string_equal(metric_part_word(metric_rule(METRIC_TIME), BUCKET_CLOSED), "closed");
    assert_string_equal(metric_part_word(metric_rule(METRIC_DIRECTORY), COMITY__CHECK__FIELD__PHONE),
                        "PHONE");
    assert_string_equal(metric_part_word(metric_rule(METRIC_DECIDE), 3), "");
}

/* M21: ten of each at least, and how sure it is. */
static void out_of_hours_is_set_against_in_hours(void **state)
{
    (void)state;
    for (unsigned each = 9; each <= 20; each += 11) {
        begin(METRIC_ACKNOWLEDGE);
        for (unsigned i = 0; i < each; i++) {
            struct stat_event by_day = event(STAT_DONE, 100, 1 + i % 3),
                              by_night = event(STAT_DONE, 100, 8 + i % 5);
            by_day.staffing = STAFFED;
            by_night.staffing = i % 2 == 0 ? CLOSED : ON_CALL;
            metric_tally_add(&tally, &by_day);
            metric_tally_add(&tally, &by_night);
        }
        metric_tally_end(&tally, &row);
        assert_int_equal(row.hours_shown, each >= 10);
    }
    assert_int_equal(row.in_hours.count, 20);
    assert_int_equal(row.in_hours.median.ms, 2 * HOUR);
    assert_int_equal(row.out_of_hours.median.ms, 10 * HOUR);
    assert_true(row.out_of_hours.low.ms <= 10 * HOUR && row.out_of_hours.high.ms >= 10 * HOUR);
    assert_true(row.out_of_hours.low.ms > row.in_hours.high.ms);
    assert_true(row.out_of_hours.high.ms <= 12 * HOUR);
    struct metric_row again;
    metric_tally_end(&tally, &again);
    assert_int_equal(again.out_of_hours.high.ms, row.out_of_hours.high.ms); /* drawn alike each time */
}

static void every_metric_has_a_number_of_its_own(void **state)
{
    (void)state;
    size_t count = 0;
    const struct metric_rule *rules = metric_rules(&count);
    for (size_t i = 0; i < count; i++) {
        assert_ptr_equal(metric_rule(rules[i].metric), &rules[i]);
        for (size_t k = 0; k < i; k++) {
            assert_string_not_equal(rules[i].word, rules[k].word);
        }
    }
}

/* One text of each: the page says what --json says. */
static void the_page_says_what_the_table_says(void **state)
{
    (void)state;
    size_t count = 0;
    const struct metric_rule *rules = metric_rules(&count);
    const char *top = getenv("COMITY_TOP");
    const char *path = arena_format(arena, "%s/docs/statistics.md", top == NULL ? "." : top);
    FILE *file = fopen(path, "r");
    char *page = arena_zero(arena, 1, 65536);
    assert_non_null(file);
    assert_non_null(page);
    assert_true(fread(page, 1, 65535, file) < 65535);
    (void)fclose(file);
    for (size_t i = 0; i < count; i++) {
        const char *line = arena_format(arena, "\n| `%s` | %s | ", rules[i].word, rules[i].text);
        if (strstr(page, line) == NULL) {
            fail_msg("docs/statistics.md has no%s", line);
        }
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        TEST(what_is_open_and_late_counts_against_who_is_late),
        TEST(fewer_than_five_are_shown_each),
        TEST(a_pause_is_taken_off_and_shown_beside),
        TEST(a_share_is_of_those_whose_time_is_over),
        TEST(totals_add_up),
        TEST(out_of_hours_is_set_against_in_hours),
        TEST(every_metric_has_a_number_of_its_own),
        TEST(the_page_says_what_the_table_says),
    };
    return cmocka_run_group_tests_name("metrics", tests, NULL, NULL);
}
