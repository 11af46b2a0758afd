/* SPDX-License-Identifier: Apache-2.0 */
/* The calendars a node counts by: of each party as the roster version had it that a letter names. The node is XB/poc. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/daemon/zonefile.h"
#include "base/instant.h"
#include "nodes/calendar.h"
#include "nodes/letters.h"
#include "nodes/node_private.h"
#include "tests/support/node_sent.h"

#define MON_FRI 0x3e
#define SUN_THU 0x1f
#define FRIDAY  UINT64_C(1795168800000) /* 2026-11-20T10:00:00Z */

static const int32_t monday[] = {20780}; /* 2026-11-23 */

static const struct calendar_entry sun_thu = {.week = SUN_THU, .hours = {540, 1020}, .on_call = {1320, 360}};
static const struct calendar_entry free_monday = {.week = MON_FRI, .holidays = monday, .holiday_count = 1};

static struct party *xa_of(struct roster_draft *draft)
{
    return &draft->parties[0];
}

/* context: the calendar, NULL: none */
static void publish(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    xa_of(draft)->calendar = context;
    draft->format = 2;
}

static void publish_terms(struct roster_draft *draft, struct arena *arena, void *context)
{
    static const char *const none[] = {NULL};
    static const struct terms terms = {.languages = {none, none, none},
                                       .insists = none,
                                       .hold_days_max = TERMS_UNSAID,
                                       .hold_extensions = TERMS_UNSAID,
                                       .lead_days = 21,
                                       .formats = none,
                                       .channels = none,
                                       .text = ""};
    (void)arena;
    (void)context;
    xa_of(draft)->terms = &terms;
}

static void change_nothing(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)draft;
    (void)arena;
    (void)context;
}

static const struct calendar *of(struct rig *rig, uint64_t version)
{
    const struct calendar *calendar = node_calendar(rig->node, "XA/poc", version, rig->arena);
    assert_non_null(calendar);
    return calendar;
}

static void *writable(const void *from)
{
    return (void *)(uintptr_t)from;
}

static void each_version_keeps_its_calendar(void **state)
{
    struct rig *rig = *state;
    rig_change_roster(rig, change_nothing, NULL);            /* 2 */
    rig_change_roster(rig, publish, writable(&sun_thu));     /* 3 */
    rig_change_roster(rig, change_nothing, NULL);            /* 4 */
    rig_change_roster(rig, publish, writable(&free_monday)); /* 5 */
    rig_change_roster(rig, publish_terms, NULL);             /* 6 */
    rig_change_roster(rig, publish, NULL);                   /* 7: withdrawn */
    static const struct {
        uint64_t version;
        uint8_t week;
        size_t holidays;
        uint32_t lead_days;
    } rows[] = {{0, MON_FRI, 0, 10}, {1, MON_FRI, 0, 10},         {2, MON_FRI, 0, 10}, {3, SUN_THU, 0, 10},
                {4, SUN_THU, 0, 10}, {5, MON_FRI, 1, 10},         {6, MON_FRI, 1, 21}, {7, MON_FRI, 0, 21},
                {8, MON_FRI, 0, 21}, {UINT64_MAX, MON_FRI, 0, 21}};
    for (unsigned restarted = 0; restarted < 2; restarted++) {
        for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
            const struct calendar *calendar = of(rig, rows[i].version);
            assert_int_equal(calendar->entry.week, rows[i].week);
            assert_int_equal(calendar->entry.holiday_count, rows[i].holidays);
            assert_int_equal(calendar->lead_days, rows[i].lead_days);
        }
        assert_int_equal(of(rig, 5)->entry.holidays[0], monday[0]);
        assert_int_equal(of(rig, 3)->entry.hours.from_min, 540);
        assert_int_equal(of(rig, 3)->entry.hours.until_min, 1020);
        assert_int_equal(of(rig, 3)->entry.on_call.from_min, 1320);
        assert_int_equal(of(rig, 3)->entry.on_call.until_min, 360);
        rig_restart(rig);
    }
}

/* The lowest version known counts for those before it: it may be the first that this node was given. */
static void versions_before_the_first_are_the_first(void **state)
{
    struct rig *rig = *state;
    const struct calendar kept = {.entry = sun_thu, .lead_days = 10};
    rig_begin(rig);
    store_calendar_put(rig->node->store, "XA/poc", 9, &kept);
    rig_end(rig);
    assert_int_equal(of(rig, 0)->entry.week, SUN_THU);
    assert_int_equal(node_calendar(rig->node, "XC/poc", 0, rig->arena)->entry.week, MON_FRI);
    assert_int_equal(node_calendar(rig->node, "ZZ/poc", 0, rig->arena)->entry.week, MON_FRI);
}

static void zones_are_those_the_host_gave(void **state)
{
    struct rig *rig = *state;
    struct zone_set *set = arena_take(rig->arena, sizeof *set);
    assert_null(of(rig, 1)->zone);
    zone_set_init(set, rig->arena);
    assert_true(zone_set_add(set, "Asia/Ho_Chi_Minh", zonefile_bytes("Asia/Ho_Chi_Minh", rig->arena)));
    node_zones(rig->node, set);
    assert_int_equal(zone_offset_s(of(rig, 1)->zone, (wall_ms){.ms = FRIDAY}), 7 * 3600);
    assert_null(node_calendar(rig->node, "XB/poc", 1, rig->arena)->zone); /* not in the set: UTC */
    node_zones(rig->node, NULL);
    assert_null(of(rig, 1)->zone);
}

static void a_case_counts_in_the_calendar_of_the_side_that_owes(void **state)
{
    struct rig *rig = *state;
    struct case_calendars calendars;
    rig_change_roster(rig, publish, writable(&free_monday)); /* 2 */
    case_calendars_init(&calendars, rig->node, "XA/poc", "XB/poc", rig->arena);
    for (unsigned again = 0; again < 2; again++) {
        /* Friday to Monday, and to Tuesday where Monday is free */
        assert_int_equal(case_workdays_after(&calendars, SIDE_Q, 1, FRIDAY, 1), FRIDAY + 3 * MS_PER_DAY);
        assert_int_equal(case_workdays_after(&calendars, SIDE_Q, 2, FRIDAY, 1), FRIDAY + 4 * MS_PER_DAY);
        assert_int_equal(case_workdays_after(&calendars, SIDE_R, 2, FRIDAY, 1), FRIDAY + 3 * MS_PER_DAY);
    }
    assert_int_equal(calendars.count, 3);
    assert_false(calendars.guessed);
    for (uint64_t version = 0; version < 100; version++) { /* more than are kept */
        assert_int_equal(case_workdays_after(&calendars, SIDE_Q, version, FRIDAY, 1),
                         FRIDAY + (version < 2 ? 3 : 4) * MS_PER_DAY);
    }
    assert_int_equal(calendars.count, CASE_CALENDARS);
    assert_true(calendars.guessed); /* those above 2 */
}

/* It was given the newest roster when it came back, and none of those before. */
static void who_lost_the_versions_before_says_that_it_guesses(void **state)
{
    struct rig *rig = *state;
    struct sample s;
    rig_link(rig);
    rig_letter(rig, &s, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &s);
    rig_change_roster(rig, change_nothing, NULL);
    assert_false(case_load(rig->node, &s.case_id, rig->arena)->calendar_guessed);
    rig_begin(rig);
    query_run(store_query(rig->node->store, "DELETE FROM roster WHERE version = 1"));
    rig_end(rig);
    assert_true(case_load(rig->node, &s.case_id, rig->arena)->calendar_guessed);
}

/* context: the calendar of XB/poc, who has to answer. */
static void publish_mine(struct roster_draft *draft, struct arena *arena, void *context)
{
    (void)arena;
    draft->parties[1].calendar = context;
}

/* Signed under the roster that the node holds now. */
static void send_under_newest(struct rig *rig, struct sample *s)
{
    const struct roster *newest = node_current_roster(rig->node);
    s->header.roster = roster_version(newest);
    s->context.roster = roster_version(newest);
    s->context.roster_hash = wire_binary(digest_bytes(roster_hash(newest)));
    rig_send(rig, s);
}

static uint64_t release_by(struct rig *rig, const struct sample *s)
{
    const struct case_fold *fold = case_load(rig->node, &s->case_id, rig->arena);
    assert_non_null(fold);
    const struct case_due *due = due_find(fold, CLOCK_RELEASE, 1);
    assert_non_null(due);
    return due->when_ms / MS_PER_DAY;
}

/* What is owed on a withdrawal goes by the version it was signed under, whatever came since. 16 November is a Monday. */
static void a_case_is_folded_by_the_version_its_letters_name(void **state)
{
    struct rig *rig = *state;
    struct sample request, withdraw, later_request, later_withdraw;
    static const int32_t days[] = {20774, 20775, 20776, 20777}; /* 17 to 20 November 2026 */
    static const struct calendar_entry week_off = {
        .week = MON_FRI, .holidays = days, .holiday_count = sizeof days / sizeof days[0]};
    rig_link(rig);
    rig_give_prekeys(rig, 1);
    rig_letter(rig, &request, LETTER_REQUEST, 1, 1, NULL);
    rig_send(rig, &request);
    rig_letter(rig, &withdraw, LETTER_WITHDRAW, 2, 2, &request);
    rig_send(rig, &withdraw);
    assert_int_equal(release_by(rig, &request), T0_MS / MS_PER_DAY + 7); /* five working days */
    rig_change_roster(rig, publish_mine, writable(&week_off));
    assert_int_equal(release_by(rig, &request), T0_MS / MS_PER_DAY + 7);
    rig_letter(rig, &later_request, LETTER_REQUEST, 3, 1, NULL);
    later_request.header.prev = wire_binary(digest_bytes(&withdraw.id.digest));
    send_under_newest(rig, &later_request);
    rig_letter(rig, &later_withdraw, LETTER_WITHDRAW, 4, 2, &later_request);
    send_under_newest(rig, &later_withdraw);
    assert_int_equal(release_by(rig, &later_request), T0_MS / MS_PER_DAY + 11); /* 23 to 27 November */
}

/* XA/poc noted a call, and wants to know earlier from then on. */
static void lead_days_are_those_under_which_it_was_opened(void **state)
{
    struct rig *rig = *state;
    struct sample oral, held;
    rig_link(rig);
    rig_letter(rig, &oral, LETTER_ORAL_NOTED, 1, 1, NULL);
    rig_send(rig, &oral);
    rig_change_roster(rig, publish_terms, NULL);
    (void)rig_write(rig, &oral.case_id, LETTER_REQUEST, NULL);
    rig_letter(rig, &held, LETTER_HELD, 2, 2, &oral);
    held.context.seen = wire_binary(bytes_of(NULL, 0));
    rig_send(rig, &held);
    const struct case_fold *fold = case_load(rig->node, &oral.case_id, rig->arena);
    assert_int_equal(fold->letters[2].letter->roster, 2); /* the request, on its way */
    assert_int_equal(fold->items[0].state, ITEM_HELD);
    assert_int_equal(due_find(fold, CLOCK_EXTEND, 1)->when_ms,
                     (uint64_t)fold->items[0].hold_until.ms - 10 * MS_PER_DAY);
}

static void memory_that_ends_gives_the_default(void **state)
{
    struct rig *rig = *state;
    struct case_calendars calendars;
    struct arena *small = arena_new(16);
    rig_change_roster(rig, publish, writable(&sun_thu));
    case_calendars_init(&calendars, rig->node, "XA/poc", "XB/poc", small);
    assert_int_equal(case_calendar(&calendars, SIDE_Q, 2)->entry.week, MON_FRI);
    assert_true(arena_exhausted(small));
    arena_free(small);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(each_version_keeps_its_calendar),
        EACH(versions_before_the_first_are_the_first),
        EACH(zones_are_those_the_host_gave),
        EACH(who_lost_the_versions_before_says_that_it_guesses),
        EACH(a_case_counts_in_the_calendar_of_the_side_that_owes),
        EACH(a_case_is_folded_by_the_version_its_letters_name),
        EACH(lead_days_are_those_under_which_it_was_opened),
        EACH(memory_that_ends_gives_the_default),
    };
    return cmocka_run_group_tests_name("node_calendar", tests, NULL, NULL);
}
