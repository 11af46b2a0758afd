/* SPDX-License-Identifier: Apache-2.0 */
/* The clocks of machines in a world, and the order of what happens at a time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/world/clocks.h"
#include "drills/world/events.h"
#include "drills/world/stream.h"
#include "tests/support/officer.h"

#define SECOND_US UINT64_C(1000000)
#define DAY_US    (UINT64_C(86400) * SECOND_US)
#define START_US  (FIXTURE_NOW.ms * 1000)

/* --- clocks alone --- */

static void a_right_clock_shows_true_time(void **state)
{
    struct clocks clocks;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    for (uint64_t now = 0; now < 400 * DAY_US; now += 7 * DAY_US + 1234567) {
        assert_int_equal(clocks_wall(&clocks, now).ms, (START_US + now) / 1000);
        assert_int_equal(clocks_mono(&clocks, now).ms, 1000 + now / 1000);
    }
}

static void drift_adds_up(void **state)
{
    struct clocks clocks;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    clocks_set(&clocks, 0, START_US, 100);
    assert_int_equal(clocks_wall(&clocks, DAY_US).ms, FIXTURE_NOW.ms + 86400000 + 8640);
    clocks_set(&clocks, DAY_US, START_US + DAY_US, -100);
    assert_int_equal(clocks_wall(&clocks, 2 * DAY_US).ms, FIXTURE_NOW.ms + 2 * 86400000 - 8640);
    assert_int_equal(clocks_mono(&clocks, 2 * DAY_US).ms, 1000 + 2 * 86400000); /* one after the other */
}

static void a_jump_of_the_wall_leaves_the_monotonic_clock(void **state)
{
    struct clocks clocks;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    clocks_set(&clocks, SECOND_US, START_US - 365 * DAY_US, 0);
    assert_int_equal(clocks_wall(&clocks, 2 * SECOND_US).ms, (START_US - 365 * DAY_US + SECOND_US) / 1000);
    assert_int_equal(clocks_mono(&clocks, 2 * SECOND_US).ms, 3000);
}

static void monotonic_never_goes_back_whatever_is_done(void **state)
{
    struct stream stream = stream_of(11, "clock", 0);
    struct clocks clocks;
    uint64_t now = 0;
    uint64_t shown = 0;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    for (int i = 0; i < 20000; i++) {
        now += stream_tailed(&stream, 0, 100 * SECOND_US);
        assert_true(clocks_mono(&clocks, now).ms >= shown);
        shown = clocks_mono(&clocks, now).ms;
        if (stream_chance(&stream, 300)) {
            int32_t drift = (int32_t)stream_below(&stream, 1000001) - 500000;
            clocks_set(&clocks, now, stream_below(&stream, 2 * START_US), drift);
            assert_int_equal(clocks_mono(&clocks, now).ms, shown); /* continuous */
        }
    }
}

static void a_moment_comes_when_the_clock_first_shows_it(void **state)
{
    struct stream stream = stream_of(12, "clock", 0);
    struct clocks clocks;
    uint64_t now = 0;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    assert_true(clocks_when(&clocks, MONO_NEVER) == UINT64_MAX);
    for (int i = 0; i < 5000; i++) {
        now += stream_below(&stream, SECOND_US);
        clocks_set(&clocks, now, START_US, (int32_t)stream_below(&stream, 1000001) - 500000);
        mono_ms moment = {.ms = clocks_mono(&clocks, now).ms + stream_between(&stream, 1, 100000000)};
        uint64_t when = clocks_when(&clocks, moment);
        assert_int_equal(clocks_mono(&clocks, when).ms, moment.ms);
        assert_true(clocks_mono(&clocks, when - 1).ms < moment.ms);
    }
    assert_true(clocks_when(&clocks, (mono_ms){.ms = 0}) <= now);
}

static void a_boot_begins_anew_and_the_wall_goes_on(void **state)
{
    struct clocks clocks;
    (void)state;
    clocks_init(&clocks, 0, START_US);
    clocks_boot(&clocks, DAY_US);
    assert_int_equal(clocks_mono(&clocks, DAY_US).ms, 1000);
    assert_int_equal(clocks_mono(&clocks, DAY_US + SECOND_US).ms, 2000);
    assert_int_equal(clocks_wall(&clocks, DAY_US).ms, (START_US + DAY_US) / 1000);
}

/* --- events --- */

static void events_come_by_time_and_then_by_number(void **state)
{
    struct stream stream = stream_of(13, "events", 0);
    struct events events = {.count = 0};
    uint64_t last_us = 0;
    uint64_t last_number = 0;
    (void)state;
    for (int i = 0; i < 3000; i++) {
        (void)events_add(&events, (struct event){.at_us = stream_below(&stream, 50)});
        if (i % 3 == 2) {
            events_take(&events);
        }
    }
    size_t left = events.count;
    for (; events_first(&events) != NULL; left--) {
        struct event event = *events_first(&events);
        events_take(&events);
        assert_true(event.at_us > last_us || (event.at_us == last_us && event.number > last_number));
        last_us = event.at_us;
        last_number = event.number;
    }
    assert_int_equal(left, 0);
    events_done(&events);
}

/* --- clocks in a world --- */

struct setting {
    struct officer_scene scene;
    uint64_t said, first_us, last_us; /* by XA's node */
    char order[16];
};

static int set_up(void **state)
{
    struct setting *s = calloc(1, sizeof *s);
    assert_non_null(s);
    officer_scene_open(&s->scene, 31);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct setting *s = *state;
    assert_int_equal(world_fatals(s->scene.world), 0);
    officer_scene_close(&s->scene);
    free(s);
    return 0;
}

static void count_of_xa(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct setting *s = context;
    (void)frame;
    if (party == 1 && direction == WORLD_TO_BROKER) {
        s->first_us = s->said == 0 ? world_now_us(s->scene.world) : s->first_us;
        s->last_us = world_now_us(s->scene.world);
        s->said++;
    }
}

/* An idle node pings every 20 seconds of its own clock. */
static void a_core_lives_by_its_own_monotonic_clock(void **state)
{
    struct setting *s = *state;
    world_set_witness(s->scene.world, (struct world_witness){.context = s, .said = count_of_xa});
    assert_true(world_pass(s->scene.world, 10 * 60 * 1000));
    uint64_t right = (s->last_us - s->first_us) / (s->said - 1);
    assert_int_equal(right, 20 * SECOND_US);
    world_set_clock(s->scene.world, 1, 0, 250000);
    assert_true(world_pass(s->scene.world, 60 * 1000));
    s->said = 0;
    assert_true(world_pass(s->scene.world, 10 * 60 * 1000));
    uint64_t fast = (s->last_us - s->first_us) / (s->said - 1);
    assert_int_equal(fast, 16 * SECOND_US);
}

static void a_world_shows_each_actor_its_own_clock(void **state)
{
    struct setting *s = *state;
    world_set_clock(s->scene.world, 1, -5000, 0);
    world_set_clock(s->scene.world, 2, 86400000, 1000);
    assert_true(world_pass(s->scene.world, 100000));
    assert_int_equal(world_now(s->scene.world).ms, FIXTURE_NOW.ms + 100000);
    assert_int_equal(world_now_us(s->scene.world), 100 * SECOND_US);
    assert_int_equal(world_clock(s->scene.world, 1).ms, FIXTURE_NOW.ms + 95000);
    assert_int_equal(world_clock(s->scene.world, 2).ms, FIXTURE_NOW.ms + 86400000 + 100100);
    assert_int_equal(world_clock(s->scene.world, WORLD_BROKER).ms, FIXTURE_NOW.ms + 100000);
}

/* A turn aborts when its monotonic clock goes back: this is about not aborting, and about pings that go on at once. */
static void a_power_cut_boots_and_a_kill_does_not(void **state)
{
    struct setting *s = *state;
    struct error error = {.text = ""};
    world_set_witness(s->scene.world, (struct world_witness){.context = s, .said = count_of_xa});
    assert_true(world_pass(s->scene.world, 3600 * 1000));
    world_crash(s->scene.world, 1, DISK_LOSE_ALL);
    assert_true(world_pass(s->scene.world, 1000));
    assert_true(world_start(s->scene.world, 1, &error));
    s->said = 0;
    assert_true(world_pass(s->scene.world, 300 * 1000));
    assert_true(s->said >= 14);
    world_crash(s->scene.world, 1, DISK_KEEP_ALL);
    assert_true(world_start(s->scene.world, 1, &error));
    s->said = 0;
    assert_true(world_pass(s->scene.world, 300 * 1000));
    assert_true(s->said >= 14);
}

struct call {
    struct setting *setting;
    char letter;
};

static void note(void *context)
{
    struct call *call = context;
    call->setting->order[strlen(call->setting->order)] = call->letter;
}

static void calls_come_in_order_of_time_then_of_asking(void **state)
{
    struct setting *s = *state;
    struct call a = {s, 'a'}, b = {s, 'b'}, c = {s, 'c'}, d = {s, 'd'}, e = {s, 'e'};
    world_at(s->scene.world, 3000, note, &c);
    world_at(s->scene.world, 1500, note, &a);
    world_at(s->scene.world, 1500, note, &b);
    world_at(s->scene.world, 9000, note, &e);
    assert_true(world_pass(s->scene.world, 4));
    assert_string_equal(s->order, "abc");
    world_at(s->scene.world, 1, note, &d); /* past: now */
    assert_true(world_settle(s->scene.world, 100));
    assert_string_equal(s->order, "abcd");
    assert_true(world_leap(s->scene.world, 100));
    assert_string_equal(s->order, "abcde");
    assert_int_equal(world_now_us(s->scene.world), 104000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_right_clock_shows_true_time),
        cmocka_unit_test(drift_adds_up),
        cmocka_unit_test(a_jump_of_the_wall_leaves_the_monotonic_clock),
        cmocka_unit_test(monotonic_never_goes_back_whatever_is_done),
        cmocka_unit_test(a_moment_comes_when_the_clock_first_shows_it),
        cmocka_unit_test(a_boot_begins_anew_and_the_wall_goes_on),
        cmocka_unit_test(events_come_by_time_and_then_by_number),
        cmocka_unit_test_setup_teardown(a_core_lives_by_its_own_monotonic_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_world_shows_each_actor_its_own_clock, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_power_cut_boots_and_a_kill_does_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(calls_come_in_order_of_time_then_of_asking, set_up, tear_down),
    };
    return cmocka_run_group_tests_name("clock", tests, NULL, NULL);
}
