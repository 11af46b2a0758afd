/* SPDX-License-Identifier: Apache-2.0 */
/* A drill once more: what is read of a report that anybody may have written, and when each moment is shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "drills/report/player.h"

#define SECOND 1000
#define HOUR   3600000

#define HEAD    "\"format\":\"comity-drill-report-1\",\"title\":\"T\",\"clock\":{\"start\":0,\"end\":36000000}"
#define CASES   "\"cases\":{\"columns\":[\"id\",\"reference\"],\"rows\":[[\"00\",\"XA-1\"]]}"
#define COLUMNS "\"columns\":[\"case\",\"at\",\"party\",\"event\",\"letter\",\"why\",\"item\"]"

struct read {
    struct arena *arena;
    json_t *json;
    struct timeline timeline;
    struct error error;
};

static bool read_text(struct read *r, const char *text)
{
    memset(r, 0, sizeof *r);
    r->arena = arena_new(64 << 20);
    r->json = json_loads(text, 0, NULL);
    assert_non_null(r->arena);
    if (r->json == NULL) {
        fail_msg("no JSON: %s", text);
    }
    return timeline_read(r->json, NULL, r->arena, &r->timeline, &r->error);
}

static void done(struct read *r)
{
    json_decref(r->json);
    arena_free(r->arena);
}

static const char small[] =
    "{" HEAD "," CASES ",\"events\":{" COLUMNS ",\"rows\":["
    "[0,7200000,\"XB/poc\",\"accepted\",\"HELD_OPEN\",\"AS_ASKED\",2],"
    "[0,3600000,\"XA/poc\",\"sealed\",\"REQUEST\",null,null],"
    "[0,3600000,\"XA/poc\",\"accepted\",\"REQUEST\",null,null],"
    "[0,3600000,\"XB/poc\",\"overdue\",null,null,null]]},"
    "\"injects\":[{\"id\":\"ask\",\"text\":\"They ask\",\"to\":\"XB/poc\",\"released\":3600000},"
    "{\"id\":\"never\",\"text\":\"\",\"to\":\"XB/poc\",\"released\":null}],"
    "\"faults\":[{\"kind\":\"cut\",\"where\":\"XB\",\"from\":1000,\"until\":null}],"
    "\"notes\":[{\"at\":9000000,\"by\":\"controller\",\"text\":\"wipe\\u001b[2J the screen\"}],"
    "\"states\":[{\"code\":\"XB\",\"zone\":\"Etc/UTC\"}]}";

static void moments_come_in_order_of_time_and_as_they_stand(void **state)
{
    (void)state;
    static const struct {
        uint64_t at_ms;
        const char *who, *text;
    } wanted[] = {{1000, "XB", "fault: cut"},
                  {3600000, "XA/poc", "request  XA-1"},
                  {3600000, "XB/poc", "overdue  XA-1"},
                  {3600000, "XB/poc", "inject ask: They ask"},
                  {7200000, "XB/poc", "held open, as asked, item 2  XA-1"},
                  {9000000, "controller", "note: wipe\\x1b[2J the screen"}};
    struct read r;
    assert_true(read_text(&r, small));
    assert_int_equal(r.timeline.count, 6);
    for (size_t i = 0; i < 6; i++) {
        assert_int_equal(r.timeline.moments[i].at_ms, wanted[i].at_ms);
        assert_string_equal(r.timeline.moments[i].who, wanted[i].who);
        assert_string_equal(r.timeline.moments[i].text, wanted[i].text);
    }
    assert_int_equal(timeline_find(&r.timeline, 3600000), 1);
    assert_int_equal(timeline_find(&r.timeline, 3600001), 4);
    assert_int_equal(timeline_find(&r.timeline, UINT64_MAX), 6);
    assert_string_equal(r.timeline.zones[0].zone, "Etc/UTC");
    done(&r);
}

static void what_is_no_report_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "{}",
        "[]",
        "{\"format\":\"comity-drill-report-2\"}",
        "{\"format\":1}",
        "{\"format\":\"comity-drill-report-1\"}",
        "{\"format\":\"comity-drill-report-1\",\"clock\":[]}",
        "{\"format\":\"comity-drill-report-1\",\"clock\":{\"start\":-1,\"end\":5}}",
        "{\"format\":\"comity-drill-report-1\",\"clock\":{\"start\":0,\"end\":253402300800000}}",
        "{\"format\":\"comity-drill-report-1\",\"clock\":{\"start\":5,\"end\":4}}",
        "{" HEAD ",\"events\":7}",
        "{" HEAD ",\"events\":{}}",
        "{" HEAD ",\"events\":{\"columns\":[\"at\"],\"rows\":[]}}",
        "{" HEAD ",\"events\":{" COLUMNS ",\"rows\":{}}}",
        "{" HEAD ",\"events\":{" COLUMNS ",\"rows\":[7]}}",
        "{" HEAD ",\"events\":{" COLUMNS ",\"rows\":[[]]}}",
        "{" HEAD ",\"events\":{" COLUMNS ",\"rows\":[[0,\"1\",\"XB/poc\",\"accepted\"]]}}",
        "{" HEAD ",\"events\":{" COLUMNS ",\"rows\":[[0,1e30,\"XB/poc\",\"accepted\"]]}}",
        "{" HEAD ",\"injects\":{}}",
        "{" HEAD ",\"notes\":\"x\"}",
        "{" HEAD ",\"states\":{}}"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct read r;
        if (read_text(&r, bad[i]) || r.error.text[0] == '\0') {
            fail_msg("taken: %s", bad[i]);
        }
        done(&r);
    }
}

static void odd_members_are_shown_as_nothing(void **state)
{
    (void)state;
    struct read r;
    assert_true(read_text(&r, "{" HEAD ",\"cases\":[],\"events\":{" COLUMNS
                              ",\"rows\":[[99,1,7,[],{},null,\"x\"],[-4,2],[{},3,\"XB/poc\",\"accepted\"]]},"
                              "\"injects\":[null,7,{\"released\":{}}],\"faults\":[[]],\"states\":[7]}"));
    assert_int_equal(r.timeline.count, 3);
    assert_string_equal(r.timeline.moments[0].who, "");
    assert_string_equal(r.timeline.moments[2].text, "accepted");
    done(&r);
}

static json_t *report_of_notes(size_t count)
{
    json_t *json = json_loads("{" HEAD "}", 0, NULL), *events = json_array(),
           *row = json_pack("[i, i]", 0, 1);
    assert_true(json != NULL && row != NULL);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(json_array_append(events, row), 0);
    }
    json_decref(row);
    assert_int_equal(json_object_set_new(
                         json, "events",
                         json_pack("{s:[s, s, s], s:o}", "columns", "case", "at", "event", "rows", events)),
                     0);
    return json;
}

static void moments_are_bounded(void **state)
{
    (void)state;
    static const struct {
        size_t count;
        bool good;
    } tries[] = {
        {TIMELINE_MOMENTS_MAX - 1, true}, {TIMELINE_MOMENTS_MAX, true}, {TIMELINE_MOMENTS_MAX + 1, false}};
    for (size_t i = 0; i < 3; i++) {
        struct timeline timeline;
        struct error error = {.text = ""};
        struct arena *arena = arena_new((size_t)1 << 30);
        json_t *json = report_of_notes(tries[i].count);
        assert_int_equal(timeline_read(json, NULL, arena, &timeline, &error), tries[i].good);
        json_decref(json);
        arena_free(arena);
    }
}

static void without_memory_it_says_so(void **state)
{
    (void)state;
    struct read r;
    assert_true(read_text(&r, small));
    for (size_t bytes = 64; bytes < 16384; bytes += 16) {
        struct arena *arena = arena_new(bytes);
        struct timeline timeline;
        struct error error = {.text = ""};
        bool good = timeline_read(r.json, NULL, arena, &timeline, &error);
        assert_true(good || error.text[0] != '\0');
        for (size_t i = 0; good && i < timeline.count; i++) {
            assert_string_equal(timeline.moments[i].text, r.timeline.moments[i].text);
        }
        arena_free(arena);
    }
    done(&r);
}

/* --- the player --- */

struct shown {
    const struct moment *list[32];
    uint64_t skipped_ms[32];
    bool back[32];
    size_t count;
};

static void hear(void *context, const struct moment *moment, uint64_t skipped_ms, bool back)
{
    struct shown *shown = context;
    assert_true(shown->count < 32);
    shown->skipped_ms[shown->count] = skipped_ms;
    shown->back[shown->count] = back;
    shown->list[shown->count++] = moment;
}

/* At 10 s, 20 s, 20 s, 30 s, and 10 h. */
static struct moment moments[] = {{10 * SECOND, "a", "0", 0},
                                  {20 * SECOND, "a", "1", 1},
                                  {20 * SECOND, "a", "2", 2},
                                  {30 * SECOND, "a", "3", 3},
                                  {10 * (uint64_t)HOUR, "a", "4", 4}};
static const struct timeline timeline = {.end_ms = 11 * (uint64_t)HOUR, .moments = moments, .count = 5};

static struct player player_of(struct shown *shown, uint64_t speed, uint64_t from_ms, uint64_t until_ms)
{
    struct player p = {.speed = speed, .context = shown, .show = hear};
    memset(shown, 0, sizeof *shown);
    player_begin(&p, &timeline, from_ms, until_ms);
    return p;
}

static void each_moment_is_shown_when_its_time_has_come(void **state)
{
    (void)state;
    struct shown shown;
    struct player p = player_of(&shown, 10, 0, UINT64_MAX);
    assert_int_equal(player_wait_ms(&p), 1000); /* 10 s at ten times the speed */
    player_pass(&p, 999);
    assert_int_equal(shown.count, 0);
    player_pass(&p, 1);
    assert_int_equal(shown.count, 1);
    player_pass(&p, 1000);
    assert_int_equal(shown.count, 3);
    player_pass(&p, 1000);
    assert_int_equal(shown.count, 4);
    assert_false(p.over);
    assert_int_equal(player_wait_ms(&p), PLAYER_BEAT_MS); /* and not ten hours of nothing */
    player_pass(&p, PLAYER_BEAT_MS);
    assert_int_equal(shown.count, 5);
    assert_int_equal(shown.skipped_ms[3], 0);
    assert_int_equal(shown.skipped_ms[4], 10 * (uint64_t)HOUR - 40 * SECOND);
    assert_true(p.over);
}

static void a_part_is_what_was_asked_for(void **state)
{
    (void)state;
    struct shown shown;
    struct player p = player_of(&shown, PLAYER_SPEED_MAX, 20 * SECOND, 30 * SECOND);
    assert_int_equal(p.last - p.first, 3);
    player_pass(&p, 1000);
    assert_int_equal(shown.count, 3);
    assert_true(p.over);
    p = player_of(&shown, 1, 31 * SECOND, 32 * SECOND);
    assert_true(p.over);
}

static void keys_pause_step_and_change_the_speed(void **state)
{
    (void)state;
    struct shown shown;
    struct player p = player_of(&shown, 10, 0, UINT64_MAX);
    player_key(&p, PLAYER_PAUSE);
    player_pass(&p, HOUR);
    assert_int_equal(shown.count, 0);
    assert_true(player_wait_ms(&p) == UINT64_MAX);
    player_key(&p, PLAYER_BACK); /* there is nothing before */
    assert_int_equal(shown.count, 0);
    player_key(&p, PLAYER_NEXT);
    player_key(&p, PLAYER_NEXT);
    assert_int_equal(shown.count, 2);
    assert_int_equal(p.now_ms, 20 * SECOND);
    player_key(&p, PLAYER_BACK);
    assert_ptr_equal(shown.list[2], &moments[0]);
    assert_true(shown.back[2]);
    assert_int_equal(p.now_ms, 10 * SECOND);
    for (unsigned i = 0; i < 10; i++) {
        player_key(&p, PLAYER_NEXT);
    }
    assert_int_equal(shown.count, 7);
    assert_false(p.over); /* it can still be stepped back */
    player_key(&p, PLAYER_PAUSE);
    assert_true(p.over);
    p = player_of(&shown, 1, 0, UINT64_MAX);
    player_key(&p, PLAYER_SLOWER);
    assert_int_equal(p.speed, 1);
    for (unsigned i = 0; i < 100; i++) {
        player_key(&p, PLAYER_FASTER);
    }
    assert_int_equal(p.speed, PLAYER_SPEED_MAX);
    player_key(&p, PLAYER_QUIT);
    assert_true(p.over);
}

static void the_speed_that_is_not_named_shows_all_in_some_minutes(void **state)
{
    (void)state;
    const struct timeline year = {.end_ms = UINT64_C(365) * 24 * HOUR};
    assert_int_equal(player_speed(&timeline, 0, UINT64_MAX), 600);
    assert_int_equal(player_speed(&timeline, 0, 60 * SECOND), 1);
    assert_int_equal(player_speed(&year, 0, UINT64_MAX), 7 * 86400);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(moments_come_in_order_of_time_and_as_they_stand),
        cmocka_unit_test(what_is_no_report_is_refused),
        cmocka_unit_test(odd_members_are_shown_as_nothing),
        cmocka_unit_test(moments_are_bounded),
        cmocka_unit_test(without_memory_it_says_so),
        cmocka_unit_test(each_moment_is_shown_when_its_time_has_come),
        cmocka_unit_test(a_part_is_what_was_asked_for),
        cmocka_unit_test(keys_pause_step_and_change_the_speed),
        cmocka_unit_test(the_speed_that_is_not_named_shows_all_in_some_minutes),
    };
    return cmocka_run_group_tests_name("timeline", tests, NULL, NULL);
}
