/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at a desk: at a moment, and until when it stays so. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "drills/measure/desk_hours.h"

#define DAYS     UINT64_C(20000)
#define START_MS (DAYS * MS_PER_DAY)

/* Nine to five each day. */
static enum staffing by_day(const void *hours, uint64_t at_ms)
{
    const uint64_t hour = at_ms % MS_PER_DAY / MS_PER_HOUR;
    (void)hours;
    return hour >= 9 && hour < 17 ? STAFFED : CLOSED;
}

static struct drill_record *record_of_two_days(void)
{
    struct drill_record *record = record_new();
    record->head.start_ms = START_MS;
    record->head.end_ms = START_MS + 2 * MS_PER_DAY;
    assert_int_equal(
        record_add_party(record, &(struct record_party){.address = "XB/poc", .staffing = by_day}), 1);
    return record;
}

static void a_span_ends_where_another_begins(void **state)
{
    (void)state;
    struct drill_record *record = record_of_two_days();
    struct desk_hours *hours = desk_hours_new(record);
    const uint64_t asked[] = {9 * MS_PER_HOUR, 12 * MS_PER_HOUR + 61001, 17 * MS_PER_HOUR - 1};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct staffing_span span = desk_staffing_span(hours, 1, START_MS + asked[i]);
        assert_int_equal(span.staffing, STAFFED);
        assert_int_equal(span.until_ms, START_MS + 17 * MS_PER_HOUR);
    }
    struct staffing_span night = desk_staffing_span(hours, 1, START_MS + 17 * MS_PER_HOUR);
    assert_int_equal(night.staffing, CLOSED);
    assert_int_equal(night.until_ms, START_MS + MS_PER_DAY + 9 * MS_PER_HOUR);
    desk_hours_free(hours);
    record_free(record);
}

static void beyond_the_drill_a_span_goes_on_and_never_back(void **state)
{
    (void)state;
    struct drill_record *record = record_of_two_days();
    struct desk_hours *hours = desk_hours_new(record);
    const uint64_t asked[] = {START_MS - MS_PER_DAY, START_MS - 1, START_MS + 2 * MS_PER_DAY - 1,
                              START_MS + 9 * MS_PER_DAY};
    for (size_t i = 0; i < sizeof asked / sizeof asked[0]; i++) {
        struct staffing_span span = desk_staffing_span(hours, 1, asked[i]);
        assert_int_equal(span.staffing, by_day(NULL, asked[i]));
        assert_true(span.until_ms > asked[i]);
        assert_int_equal(by_day(NULL, span.until_ms - 1), span.staffing);
    }
    assert_int_equal(desk_staffing_span(hours, 0, START_MS).staffing, 0); /* nobody's desk */
    desk_hours_free(hours);
    record_free(record);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_span_ends_where_another_begins),
        cmocka_unit_test(beyond_the_drill_a_span_goes_on_and_never_back),
    };
    return cmocka_run_group_tests_name("desk_hours", tests, NULL, NULL);
}
