/* SPDX-License-Identifier: Apache-2.0 */
/* The stream of a load model: as many as it says, of the kinds and at the hours it says, in order, the same for a seed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/conduct/load_draw.h"
#include "tests/support/scenario_text.h"

#define YEAR 12000

static const char head[] =
    "scenario: 1\n"
    "title: Load\n"
    "clock: {start: 2026-01-05T00:00:00Z, length: 365d}\n"
    "times: {fast: {p0: 1h, p100: 2h}}\n"
    "desks: {office: {hours: office, people: 2}, always: {hours: 24/7, people: 2}}\n"
    "habits: {h: {}, g: {}}\n"
    "load:\n"
    "  a_year: 12000\n"
    "  bursts: {states: 6, lasts: 12h}\n"
    "  seats: {states: 2, share: 80 %, desks: [always]}\n"
    "  retention: [{share: 40 %, keeps: 7d}, {share: 60 %, keeps: 90d}]\n"
    "  custodians: [{share: 100 %, custodian: fast}]\n"
    "  desks: [{share: 25 %, desk: always, habits: g}, {share: 75 %, desk: office, habits: h}]\n"
    "  seasons: [{name: away, from: 2026-07-01, to: 2026-07-31, capacity: 50 %, states: [XA]}]\n"
    "states:\n";

static struct scenario_texts texts;
static const struct scenario *scenario;
static struct load_request *list;
static size_t count;

static void draw(uint64_t seed)
{
    free(list);
    list = load_draw(scenario, seed, &count);
}

static int open_load(void **state)
{
    static char text[8192];
    size_t size = (size_t)snprintf(text, sizeof text, "%s", head);
    (void)state;
    for (int c = 'A'; c <= 'T'; c++) {
        size += (size_t)snprintf(
            text + size, sizeof text - size,
            "  - {code: X%c, name: State %c, zone: Europe/Lisbon, holidays: [2026-12-25], units: "
            "[{name: poc}, {name: central, desk: always, habits: h}, {name: night, role: poc, desk: always, "
            "habits: h}]}\n",
            c, c);
    }
    scenario = scenario_texts_one(&texts, text);
    draw(1);
    return 0;
}

static int close_load(void **state)
{
    (void)state;
    free(list);
    list = NULL;
    scenario_texts_close(&texts);
    return 0;
}

/* So many of a hundred. */
static size_t percent(bool (*is)(const struct load_request *), size_t of)
{
    size_t n = 0;
    for (size_t i = 0; i < count; i++) {
        n += is(&list[i]) ? 1 : 0;
    }
    return (n * 100 + of / 2) / of;
}

#define assert_near(value, wanted, by) assert_in_range(value, (wanted) - (by), (wanted) + (by))

static void it_is_as_many_as_it_says_in_order_of_time(void **state)
{
    (void)state;
    assert_near(count, YEAR, YEAR / 100);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(list[i].number, i + 1);
        assert_true(i == 0 || list[i - 1].at_ms <= list[i].at_ms);
        assert_in_range(list[i].at_ms, scenario->clock.start_ms, scenario->clock.end_ms - 1);
        assert_ptr_not_equal(list[i].from->state, list[i].to->state);
    }
}

static bool is_hold(const struct load_request *r)
{
    return strcmp(r->type, "preservation") == 0;
}

static bool is_mla(const struct load_request *r)
{
    return strcmp(r->type, "stored-data") == 0;
}

static bool is_emergency(const struct load_request *r)
{
    return r->urgency == SCENARIO_EMERGENCY;
}

static bool finds_nothing(const struct load_request *r)
{
    return is_hold(r) && r->nothing;
}

static bool is_friday_afternoon(const struct load_request *r)
{
    const int64_t local = zone_local_ms(r->from->state->zone.zone, r->at_ms), date = local_date(local);
    return date_weekday(date) == 5 && local - date * (int64_t)MS_PER_DAY >= 13 * (int64_t)MS_PER_HOUR &&
           local - date * (int64_t)MS_PER_DAY < 17 * (int64_t)MS_PER_HOUR;
}

static bool is_wednesday_afternoon(const struct load_request *r)
{
    struct load_request other = *r;
    other.at_ms += 2 * MS_PER_DAY;
    return is_friday_afternoon(&other);
}

static bool is_office(const struct load_request *r)
{
    const struct scenario_state *of = r->from->state;
    const int64_t local = zone_local_ms(of->zone.zone, r->at_ms), date = local_date(local);
    const int64_t minute = (local - date * (int64_t)MS_PER_DAY) / (int64_t)MS_PER_MINUTE;
    return calendar_entry_works_on(&of->calendar, date) && minute >= of->week.hours.from_min &&
           minute < of->week.hours.until_min;
}

static void kinds_and_hours_are_as_it_says(void **state)
{
    (void)state;
    assert_near(percent(is_hold, count), 76, 2); /* 70 % of four fifths, and the bursts */
    assert_near(percent(is_mla, count), 8, 2);
    assert_near(percent(is_emergency, count), 4, 1);
    assert_near(percent(finds_nothing, count), 21, 3); /* 22 % and 6 % misdirected, of the holds */
    assert_in_range(percent(is_office, count), 65, 85);
    size_t friday = percent(is_friday_afternoon, count * 1),
           wednesday = percent(is_wednesday_afternoon, count * 1);
    assert_true(friday > wednesday);
}

static bool is_hold_at_a_seat(const struct load_request *r)
{
    return is_hold(r) && strcmp(r->to->desk->name, "always") == 0;
}

static void hosting_sits_where_a_desk_is_that_a_seat_has(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 6; seed++) {
        draw(seed);
        assert_in_range(percent(is_hold_at_a_seat, count) * 100 / percent(is_hold, count), 70, 95);
    }
}

static void a_duplicate_is_later_than_what_it_repeats_and_asks_the_same(void **state)
{
    size_t duplicates = 0;
    (void)state;
    for (size_t i = 0; i < count; i++) {
        if (list[i].duplicate_of != 0) {
            const struct load_request *first = &list[list[i].duplicate_of - 1];
            duplicates++;
            assert_true(list[i].duplicate_of <= i);
            assert_int_equal(first->duplicate_of, 0);
            assert_ptr_equal(first->from, list[i].from);
            assert_ptr_equal(first->to, list[i].to);
            assert_int_equal(first->dies_ms, list[i].dies_ms);
        }
    }
    assert_in_range(duplicates * 100 / count, 5, 12);
}

static void a_seed_gives_one_stream(void **state)
{
    (void)state;
    const uint64_t last_ms = list[count - 1].at_ms;
    const size_t size = count;
    draw(1);
    assert_int_equal(count, size);
    assert_int_equal(list[count - 1].at_ms, last_ms);
    draw(2);
    assert_int_not_equal(list[count - 1].at_ms, last_ms);
}

static void weights_are_lognormal_with_a_cap(void **state)
{
    (void)state;
    const struct scenario_load_spread spread = {.median = 25, .p95 = 600, .cap = 6000};
    const uint64_t middle = load_weight(&spread, 500, 1001);
    assert_near(middle, UINT64_C(25) << 16, UINT64_C(1) << 16);
    assert_near(load_weight(&spread, 950, 1001) / 65536, 600, 40);
    assert_near(load_weight(&spread, 50, 1001) / 655, 104, 12); /* 25 * 25 / 600, in hundredths */
    assert_int_equal(load_weight(&spread, 1000, 1001), UINT64_C(6000) << 16);
    for (size_t i = 1; i < 1001; i++) {
        assert_true(load_weight(&spread, i, 1001) >= load_weight(&spread, i - 1, 1001));
    }
}

static void desks_are_shared_out_exactly_and_seasons_send_people_away(void **state)
{
    size_t always = 0, neighbours = 0;
    bool before = false;
    (void)state;
    for (size_t i = 0; i < scenario->states.count; i++) {
        const struct scenario_state *of = &scenario->states.list[i];
        bool is = strcmp(of->units.list[0].desk->name, "always") == 0;
        assert_string_equal(of->units.list[0].habits->name, is ? "g" : "h");
        assert_string_equal(of->units.list[1].desk->name, "always"); /* not of a point of contact */
        assert_int_equal(scenario_may_host(&scenario->load, of), is);
        assert_int_equal(of->seasons.count, strcmp(of->code, "XA") == 0 ? 1 : 0);
        always += is ? 1 : 0;
        neighbours += is && before ? 1 : 0;
        before = is;
    }
    assert_int_equal(always, 5);
    assert_in_range(neighbours, 0, 2); /* by lot, not by the alphabet */
    const struct scenario_unit *central = scenario_unit(scenario, "XA/central"),
                               *other = scenario_unit(scenario, "XB/central");
    const uint64_t july = UINT64_C(1783425600000),
                   june = july - 30 * MS_PER_DAY; /* Tuesday 7 July 2026, noon UTC */
    assert_int_equal(scenario_staff_at(central, july).people, 1);
    assert_int_equal(scenario_staff_at(other, july).people, 2);
    assert_int_equal(scenario_staff_at(central, june - MS_PER_DAY * 2).people, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_load, close_load)
        TEST(it_is_as_many_as_it_says_in_order_of_time),
        TEST(kinds_and_hours_are_as_it_says),
        TEST(hosting_sits_where_a_desk_is_that_a_seat_has),
        TEST(a_duplicate_is_later_than_what_it_repeats_and_asks_the_same),
        TEST(a_seed_gives_one_stream),
        TEST(weights_are_lognormal_with_a_cap),
        TEST(desks_are_shared_out_exactly_and_seasons_send_people_away),
    };
    return cmocka_run_group_tests_name("the stream of a load model", tests, NULL, NULL);
}
