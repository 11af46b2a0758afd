/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/turn.h"

static void counting(void *context, uint8_t *ret, size_t size)
{
    uint8_t *next = context;
    for (size_t i = 0; i < size; i++) {
        ret[i] = (*next)++;
    }
}

static uint8_t counter;

static struct turn *begun(size_t bytes_max)
{
    counter = 1;
    struct turn *turn = turn_new((struct turn_source){.random = counting, .context = &counter}, bytes_max);
    assert_non_null(turn);
    turn_begin(turn, (wall_ms){1000}, (mono_ms){5});
    return turn;
}

static void say_text(struct turn *turn, uint64_t to, const char *text)
{
    turn_say(turn, (link_id){to}, bytes_of_text(text));
}

static void turns_in_one_arena_follow_each_other(void **state)
{
    (void)state;
    const struct turn_source source = {.random = counting, .context = &counter};
    struct arena *arena = arena_new((size_t)1 << 20);
    assert_non_null(arena);
    struct turn *turns[2] = {turn_new_in(source, arena), turn_new_in(source, arena)};
    for (size_t i = 0; i < 100; i++) { /* each begins with all of the arena, and with its own clock */
        struct turn *turn = turns[i % 2];
        size_t count = 0;
        turn_begin(turn, (wall_ms){1000}, (mono_ms){i % 2 == 0 ? i : 7});
        say_text(turn, i, i % 2 == 0 ? "even" : "odd");
        assert_non_null(arena_take(turn_arena(turn), (size_t)900 * 1024));
        assert_false(turn_exhausted(turn));
        const struct said *said = turn_said(turn, &count);
        assert_int_equal(count, 1);
        assert_int_equal(said[0].to.number, i);
        assert_true(bytes_equal(said[0].frame, bytes_of_text(i % 2 == 0 ? "even" : "odd")));
    }
    turn_free(turns[0]);
    assert_non_null(arena_take(arena, 1)); /* which is the caller's */
    turn_free(turns[1]);
    arena_free(arena);
}

static void frames_are_kept_in_order_as_copies(void **state)
{
    (void)state;
    struct turn *turn = begun((size_t)1 << 20);
    for (int i = 0; i < 500; i++) {
        char text[24];
        (void)snprintf(text, sizeof text, "frame %d", i);
        say_text(turn, (uint64_t)i, text);
        memset(text, 'x', sizeof text);
    }
    turn_hang_up(turn, (link_id){7}, "enough");
    size_t count = 0;
    const struct said *said = turn_said(turn, &count);
    assert_int_equal(count, 501);
    for (int i = 0; i < 500; i++) {
        char text[24];
        (void)snprintf(text, sizeof text, "frame %d", i);
        assert_int_equal(said[i].kind, SAID_FRAME);
        assert_int_equal(said[i].to.number, i);
        assert_true(bytes_equal(said[i].frame, bytes_of_text(text)));
    }
    assert_int_equal(said[500].kind, SAID_HANG_UP);
    assert_string_equal(said[500].why, "enough");
    assert_false(turn_exhausted(turn));
    turn_free(turn);
}

static void strike_takes_back_frames_and_log_of_one_input(void **state)
{
    (void)state;
    struct turn *turn = begun((size_t)1 << 20);
    say_text(turn, 1, "first");
    turn_log(turn, LOG_INFO, "first", "%s", "");
    struct turn_mark mark = turn_mark(turn);
    for (int i = 0; i < 100; i++) {
        say_text(turn, 2, "struck");
        turn_hang_up(turn, (link_id){2}, "struck");
        turn_log(turn, LOG_INFO, "struck", "n=%d", i);
    }
    turn_strike(turn, mark);
    say_text(turn, 3, "second");
    turn_log(turn, LOG_NOTICE, "second", "%s", "");
    size_t count = 0;
    const struct said *said = turn_said(turn, &count);
    assert_int_equal(count, 2);
    assert_int_equal(said[0].to.number, 1);
    assert_int_equal(said[1].to.number, 3);
    const struct logged *logged = turn_logged(turn, &count);
    assert_int_equal(count, 2);
    assert_string_equal(logged[0].event, "first");
    assert_string_equal(logged[1].event, "second");
    turn_free(turn);
}

static void everything_is_charged_to_the_turn(void **state)
{
    (void)state;
    struct turn *turn = begun(64 * 1024);
    int n = 0;
    while (!turn_exhausted(turn) && n < 100000) {
        turn_hang_up(turn, (link_id){1},
                     "again"); /* holds no bytes of its own: the list itself has to count */
        n++;
    }
    assert_true(turn_exhausted(turn));
    size_t count = 0;
    assert_non_null(turn_said(turn, &count));
    assert_true(count < 64 * 1024 / sizeof(struct said));

    turn_begin(turn, (wall_ms){1001}, (mono_ms){6});
    assert_false(turn_exhausted(turn));
    (void)turn_said(turn, &count);
    assert_int_equal(count, 0);
    say_text(turn, 1, "after");
    static const uint8_t large[70000];
    turn_say(turn, (link_id){1}, bytes_of(large, sizeof large));
    assert_true(turn_exhausted(turn));
    (void)turn_said(turn, &count);
    assert_int_equal(count, 1);

    turn_begin(turn, (wall_ms){1001}, (mono_ms){6});
    turn_log(turn, LOG_INFO, "big", "%070000d", 1);
    assert_true(turn_exhausted(turn));

    turn_begin(turn, (wall_ms){1001}, (mono_ms){6});
    while (arena_take(turn_arena(turn), 1000) != NULL) {
    }
    assert_true(turn_exhausted(turn));
    turn_free(turn);
}

static void clocks_and_randomness_are_what_the_host_gave(void **state)
{
    (void)state;
    struct turn *turn = begun(4096);
    uint8_t random[3];
    turn_random(turn, random, sizeof random);
    assert_memory_equal(random, "\1\2\3", 3);
    assert_int_equal(turn_wall(turn).ms, 1000);
    assert_int_equal(turn_mono(turn).ms, 5);
    turn_begin(turn, (wall_ms){10},
               (mono_ms){5}); /* the wall clock may jump back, the other may stand still */
    assert_int_equal(turn_wall(turn).ms, 10);
    turn_free(turn);
}

static void a_log_event_is_one_line(void **state)
{
    (void)state;
    struct turn *turn = begun(4096);
    turn_log(turn, LOG_WARNING, "refused", "from=%s n=%d", "XA\nforged=1\x1b\x7f", 3);
    size_t count = 0;
    const struct logged *logged = turn_logged(turn, &count);
    assert_int_equal(count, 1);
    assert_int_equal(logged[0].level, LOG_WARNING);
    assert_string_equal(logged[0].fields, "from=XA?forged=1?? n=3");
    turn_free(turn);
}

static void mono_time_does_not_wrap(void **state)
{
    (void)state;
    assert_int_equal(mono_after((mono_ms){10}, 5).ms, 15);
    assert_true(mono_after((mono_ms){UINT64_MAX - 3}, 5).ms == MONO_NEVER.ms);
    assert_true(mono_after(MONO_NEVER, 0).ms == MONO_NEVER.ms);
    assert_int_equal(mono_earlier((mono_ms){10}, (mono_ms){5}).ms, 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(turns_in_one_arena_follow_each_other),
        cmocka_unit_test(frames_are_kept_in_order_as_copies),
        cmocka_unit_test(strike_takes_back_frames_and_log_of_one_input),
        cmocka_unit_test(everything_is_charged_to_the_turn),
        cmocka_unit_test(clocks_and_randomness_are_what_the_host_gave),
        cmocka_unit_test(a_log_event_is_one_line),
        cmocka_unit_test(mono_time_does_not_wrap),
    };
    return cmocka_run_group_tests_name("turn", tests, NULL, NULL);
}
