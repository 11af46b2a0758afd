/* SPDX-License-Identifier: Apache-2.0 */
/* Zones by name: which names are good, what a set takes and what it refuses, and times found from local ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/daemon/zonefile.h"
#include "base/instant.h"

static struct arena *arena;
static struct zone_set *set;

static int set_up(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    set = arena == NULL ? NULL : arena_take(arena, sizeof *set);
    if (set != NULL) {
        zone_set_init(set, arena);
    }
    return set == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void names_that_lead_elsewhere_are_refused(void **state)
{
    static const char *const good[] = {"UTC", "Europe/Paris", "Etc/GMT+5", "America/Argentina/Buenos_Aires",
                                       "America/Port-au-Prince"};
    static const char *const bad[] = {
        "",          "/etc/passwd",    "../../etc/passwd", "Europe//Paris", "Europe/",
        "Europe/..", "Europe/Paris\n", "Europe Paris",     "posix.so",      "Europe/\xc3\xa9",
        "a%s"};
    (void)state;
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        assert_true(zone_name_good(good[i]));
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        assert_false(zone_name_good(bad[i]));
        assert_false(zonefile_known(bad[i]));
        assert_false(zone_set_add(set, bad[i], zonefile_bytes("Europe/Paris", arena)));
    }
    char longest[ZONE_NAME_MAX + 2];
    memset(longest, 'a', sizeof longest);
    longest[ZONE_NAME_MAX] = '\0';
    assert_true(zone_name_good(longest));
    longest[ZONE_NAME_MAX] = 'a';
    longest[ZONE_NAME_MAX + 1] = '\0';
    assert_false(zone_name_good(longest));
    assert_int_equal(set->count, 0);
}

static void zones_are_found_by_their_names(void **state)
{
    static const char *const names[] = {"Europe/Paris", "Asia/Ho_Chi_Minh", "UTC", "Africa/Cairo"};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        assert_true(zone_set_add(set, names[i], zonefile_bytes(names[i], arena)));
    }
    assert_int_equal(zone_offset_s(zone_of(set, "Asia/Ho_Chi_Minh"), (wall_ms){.ms = 0}), 8 * 3600);
    assert_int_equal(zone_offset_s(zone_of(set, "UTC"), (wall_ms){.ms = 0}), 0);
    assert_int_equal(zone_offset_s(zone_of(set, "Europe/Paris"), (wall_ms){.ms = 0}), 3600);
    assert_null(zone_of(set, "Europe/Rome"));
    assert_null(zone_of(set, ""));
    assert_null(zone_of(NULL, "UTC"));
}

static void what_is_no_zone_leaves_the_set_as_it_was(void **state)
{
    static uint8_t longer[ZONE_SET_FILE_MAX + 1];
    (void)state;
    struct bytes paris = zonefile_bytes("Europe/Paris", arena);
    assert_true(zone_set_add(set, "Europe/Paris", paris));
    assert_false(zone_set_add(set, "Europe/Paris", paris)); /* there already */
    assert_false(zone_set_add(set, "Europe/Rome", bytes_of_text("TZif")));
    assert_false(zone_set_add(set, "Europe/Rome", bytes_of(NULL, 0)));
    memcpy(longer, paris.data, paris.size);
    assert_false(zone_set_add(set, "Europe/Rome", bytes_of(longer, sizeof longer)));
    assert_int_equal(set->count, 1);
    assert_non_null(zone_of(set, "Europe/Paris"));
}

static void a_set_holds_600_zones_and_no_more(void **state)
{
    (void)state;
    struct bytes utc = zonefile_bytes("UTC", arena);
    for (unsigned i = 0; i <= ZONE_SET_MAX; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "A/%u", (i * 7919) % 10007); /* in no order */
        assert_int_equal(zone_set_add(set, name, utc), i < ZONE_SET_MAX);
        assert_int_equal(zone_of(set, name) != NULL, i < ZONE_SET_MAX);
    }
    for (size_t i = 1; i < set->count; i++) {
        assert_true(strcmp(set->list[i - 1].name, set->list[i].name) < 0);
    }
}

static void memory_that_ends_is_an_outcome(void **state)
{
    (void)state;
    struct arena *small = arena_new(sizeof(struct zone_set) + 1024);
    struct zone_set *little = arena_take(small, sizeof *little);
    zone_set_init(little, small);
    assert_false(zone_set_add(little, "Europe/Paris", zonefile_bytes("Europe/Paris", arena)));
    assert_int_equal(little->count, 0);
    arena_free(small);
}

static int64_t local_of(const struct zone *zone, uint64_t ms)
{
    return (int64_t)ms + zone_offset_s(zone, (wall_ms){.ms = ms}) * INT64_C(1000);
}

/* Every quarter of an hour of a year, and a second around each: the first moment at or after that local time. */
static void local_times_are_found_at_their_first_moment(void **state)
{
    static const char *const names[] = {
        "Europe/Paris",        "America/New_York", "Africa/Cairo",      "Asia/Kathmandu",
        "Australia/Lord_Howe", "America/Santiago", "Africa/Casablanca", "UTC"};
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const struct zone *zone = zonefile_read(names[i], arena);
        assert_non_null(zone);
        for (int64_t local = INT64_C(1767225600000); local < INT64_C(1767225600000) + INT64_C(366) * 86400000;
             local += 899000) {
            uint64_t ms = zone_at_local(zone, local).ms;
            assert_true(local_of(zone, ms) >= local);
            assert_true(local_of(zone, ms - 1) < local);
            for (unsigned k = 1; k < 12; k++) { /* an hour that came before: none had it either */
                assert_true(local_of(zone, ms - k * UINT64_C(900000)) < local);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_that_lead_elsewhere_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(zones_are_found_by_their_names, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_zone_leaves_the_set_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_set_holds_600_zones_and_no_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_that_ends_is_an_outcome, set_up, tear_down),
        cmocka_unit_test_setup_teardown(local_times_are_found_at_their_first_moment, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("zone_set", tests, NULL, NULL);
}
