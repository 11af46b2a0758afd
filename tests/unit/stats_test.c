/* SPDX-License-Identifier: Apache-2.0 */
/* What is measured of cases: the same spans at both ends, open ones counted, duplicates left out. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/stats.h"
#include "nodes/watch.h"
#include "tests/support/api.h"
#include "tests/support/node_rig.h"

#define HELD "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"EH-1\"}}"

/* A copy of the row of a metric, or NULL. */
static json_t *row_of(struct api *api, const char *party, const char *query, const char *metric,
                      const char *whose)
{
    json_t *answer = officer_get(api->world, party, VERB_STATS, "", query);
    size_t i = 0;
    json_t *row = NULL, *found = NULL;
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        if (strcmp(api_text(row, "metric"), metric) == 0 && strcmp(api_text(row, "whose"), whose) == 0) {
            found = json_incref(row);
        }
    }
    json_decref(answer);
    return found;
}

static int64_t number(struct api *api, const char *party, const char *metric, const char *whose,
                      const char *member)
{
    json_t *row = row_of(api, party, "", metric, whose);
    json_t *value = json_object_get(row, member);
    int64_t n = value == NULL ? -1 : json_integer_value(value);
    json_decref(row);
    return n;
}

static void spans_are_the_same_at_both_ends(void **state)
{
    struct api *api = *state;
    for (unsigned i = 0; i < 5; i++) { /* five: fewer tell no percentile */
        api_case(api);
        assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "open"), 1);
        assert_true(world_pass(api->world, (10 + i) * MS_PER_MINUTE));
        api_send(api, "XB/poc", API_ACK);
        assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "open"), 0);
    }
    assert_true(world_pass(api->world, MS_PER_HOUR)); /* the time to answer in is over for all */
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "n"), 5);
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "mature"), 5);
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "on_time"), 5);
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "target_ms"), 60 * MS_PER_MINUTE);
    int64_t ours = number(api, "XB/poc", "acknowledge", "ours", "median_ms");
    assert_true(ours >= 12 * (int64_t)MS_PER_MINUTE && ours < 13 * (int64_t)MS_PER_MINUTE);
    assert_int_equal(number(api, "XA/poc", "acknowledge", "theirs", "median_ms"), ours);
    assert_int_equal(number(api, "XA/poc", "acknowledge", "ours", "n"), -1);
    assert_int_equal(number(api, "XB/poc", "commit", "ours", "done"), 5);
    assert_int_equal(number(api, "XB/poc", "decide", "ours", "done"), 0);
    assert_true(number(api, "XB/poc", "decide", "ours", "open") >= 5);
    assert_int_equal(number(api, "XB/poc", "decide", "ours", "median_ms"), -1); /* nothing came yet: beyond */
    assert_true(number(api, "XB/poc", "decide", "ours", "median_beyond_ms") > 0);
}

static void late_is_not_on_time_and_open_counts(void **state)
{
    struct api *api = *state;
    api_case(api);
    assert_true(world_pass(api->world, 2 * MS_PER_HOUR));
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "mature"),
                     1); /* nothing came, and it is late */
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "on_time"), 0);
    api_send(api, "XB/poc", HELD);
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "on_time"), 0);
    assert_true(number(api, "XB/poc", "safe", "ours", "done") >= 1);
    assert_int_equal(number(api, "XB/poc", "right-first-time", "theirs", "so"), 1);
    assert_int_equal(number(api, "XA/poc", "right-first-time", "ours", "so"), 1);
    json_t *row = row_of(api, "XB/poc", "by=party", "acknowledge", "ours");
    assert_string_equal(api_text(row, "peer"), "XA/poc");
    json_decref(row);
    assert_null(row_of(api, "XB/poc", "since=2030-01-01", "acknowledge", "ours"));
    assert_null(row_of(api, "XB/poc", "exercise=1", "acknowledge", "ours"));
    assert_int_equal(api_get_status(api, "XB/poc", VERB_STATS, ""), 200);
    unsigned status = 0;
    json_t *answer = api_call(api, "XB/poc", VERB_STATS, "", "since=yesterday", false, NULL, &status);
    api_assert_refused(answer, status, 400, "MALFORMED");
}

static void what_was_withdrawn_is_left_and_not_missed(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XA/poc", API_WITHDRAW);
    api_send(api, "XB/poc", "{\"released\":{\"why\":\"WITHDRAWN\",\"text\":\"as you asked\"}}");
    assert_true(number(api, "XB/poc", "safe", "ours", "left") >= 1);
    assert_int_equal(number(api, "XB/poc", "safe", "ours", "missed"), 0);
    assert_int_equal(number(api, "XB/poc", "safe", "ours", "open"), 0);
}

static void what_will_never_come_has_no_percentile(void **state)
{
    struct api *api = *state;
    for (unsigned i = 0; i < 5; i++) {
        api_case(api);
        api_send(api, "XB/poc", "{\"notHeld\":{\"cause\":\"NOT_FOUND\",\"text\":\"gone\"}}");
    }
    assert_true(number(api, "XB/poc", "safe", "ours", "missed") >= 5);
    assert_int_equal(number(api, "XB/poc", "safe", "ours", "median_ms"), -1);
    assert_int_equal(number(api, "XB/poc", "safe", "ours", "median_beyond_ms"), 0);
}

/* What lapsed, by pages of that many: "case item", each once. */
static json_t *lapses_by(struct api *api, size_t limit)
{
    json_t *all = json_array();
    char query[128];
    (void)snprintf(query, sizeof query, "limit=%zu", limit);
    for (bool more = true; more;) {
        json_t *page = officer_get(api->world, "XB/poc", VERB_STATS, "", query);
        const char *place = api_text(page, "more");
        more = place[0] != '\0';
        assert_int_equal(more, json_array_size(json_object_get(page, "lapses")) == limit);
        (void)json_array_extend(all, json_object_get(page, "lapses"));
        (void)snprintf(query, sizeof query, "limit=%zu&after=%s", limit, place);
        json_decref(page);
    }
    return all;
}

static void pages_show_each_lapse_once(void **state)
{
    struct api *api = *state;
    static const char *const wrong[] = {"limit=0", "after=1", "after=1.2.zz",
                                        "after=1.4294967296.00000000000000000000000000000000"};
    for (unsigned i = 0; i < 2; i++) { /* three items each, held from one moment on */
        api_case(api);
        api_send(api, "XB/poc", HELD);
        api_send(api, "XB/poc", "{\"lost\":{\"at\":\"2026-06-01T11:00:00Z\",\"what\":\"all of it\"}}");
    }
    json_t *whole = lapses_by(api, 100);
    assert_int_equal(json_array_size(whole), 6);
    for (size_t limit = 1; limit <= 7; limit++) {
        json_t *paged = lapses_by(api, limit);
        assert_true(json_equal(whole, paged));
        json_decref(paged);
    }
    json_decref(whole);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned status = 0;
        json_t *answer = api_call(api, "XB/poc", VERB_STATS, "", wrong[i], false, NULL, &status);
        api_assert_refused(answer, status, 400, "MALFORMED");
    }
}

static void what_was_merged_is_left_out(void **state)
{
    struct api *api = *state;
    api_case(api);
    json_t *letter = json_loads(api->request, 0, NULL);
    (void)json_object_set_new(json_object_get(letter, "request"), "reference", json_string("XA-2"));
    char *text = json_dumps(letter, 0);
    json_t *answer = NULL;
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc", text, &answer), 200);
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", api_text(answer, "case"));
    json_decref(answer);
    free(text);
    json_decref(letter);
    api_settle(api);
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "n"), 2);
    api_send(api, "XB/poc",
             "{\"notHeld\":{\"cause\":\"DUPLICATE_OF\",\"duplicateOf\":\"XA-NCC-2026-0417\",\"text\":\"held "
             "there\"}}");
    assert_int_equal(number(api, "XB/poc", "acknowledge", "ours", "n"), 1);
    assert_int_equal(number(api, "XA/poc", "acknowledge", "theirs", "n"), 1);
}

/* All events of a node, a line each. */
static char *events_text(struct store *store)
{
    struct query *q = store_query(
        store,
        "SELECT coalesce(group_concat(hex(case_id) || '|' || n || '|' || metric || '|' || part || '|' ||"
        " item || '|' || start_ms || '|' || stop_ms || '|' || due_ms || '|' || paused_ms || '|' ||"
        " paused_since_ms || '|' || outcome || '|' || urgency || '|' || staffing || '|' || ours || '|'"
        " || peer || '|' || exercise, char(10)), '')"
        " FROM (SELECT * FROM stat_event ORDER BY case_id, n)");
    assert_true(query_row(q));
    char *text = strdup(query_get_text(q, 0));
    query_end(q);
    assert_non_null(text);
    return text;
}

/* What a renewal wrote of what changed is what it would write of everything. */
static void assert_as_anew(struct api *api, const char *party)
{
    struct node *node = world_node(api->world, world_actor(api->world, party));
    struct arena *arena = arena_new((size_t)16 * 1024 * 1024);
    struct case_row row;
    struct case_id id;
    assert_non_null(arena);
    assert_true(hex_read(id.bytes, sizeof id.bytes, bytes_of_text(api->case_id)));
    assert_true(case_get(node, &id, arena, &row));
    char *kept = events_text(node->store);
    store_stats_cut(node->store, &id, 0);
    const struct stat_event stray = {.case_id = id, .metric = METRIC_TRANSPORT};
    store_stat_put(node->store, &stray, 1); /* of another numbering */
    const struct case_alarms *alarms = case_alarms_read(node, &id, arena);
    assert_non_null(alarms);
    stats_follow(node, &row, case_load(node, &id, arena), alarms, arena);
    char *anew = events_text(node->store);
    assert_true(anew[0] != '\0');
    assert_string_equal(kept, anew);
    free(kept);
    free(anew);
    arena_free(arena);
}

static void each_change_of_an_event_is_kept(void **state)
{
    struct api *api = *state;
    static const struct {
        const char *party, *letter;
    } said[] = {{"XB/poc", API_ACK},
                {"XB/poc", HELD},
                {"XB/poc", "{\"lost\":{\"at\":\"2026-06-01T11:00:00Z\",\"what\":\"all of it\"}}"}};
    api_case(api);
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        assert_as_anew(api, "XA/poc");
        assert_as_anew(api, "XB/poc");
        assert_true(world_pass(api->world, 3 * MS_PER_HOUR)); /* alarms, too, change what is measured */
        api_send(api, said[i].party, said[i].letter);
    }
    assert_as_anew(api, "XA/poc");
    assert_as_anew(api, "XB/poc");
}

/* Fewer than before: those behind them go. */
static void events_behind_the_last_go(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    struct store *store = rig->node->store;
    struct stat_event event = {.case_id = {.bytes = {1}}, .metric = METRIC_TRANSPORT};
    struct numbered_event held[4];
    for (size_t n = 1; n <= 3; n++) {
        event.start_ms = n;
        store_stat_put(store, &event, n);
    }
    event.start_ms = 7;
    store_stat_put(store, &event, 2); /* instead of the second */
    store_stats_cut(store, &event.case_id, 2);
    assert_int_equal(store_stats_of_case(store, &event.case_id, 4, held), 2);
    assert_int_equal(held[0].event.start_ms, 1);
    assert_int_equal(held[1].event.start_ms, 7);
    rig_end(rig);
}

/* In whichever order the store finds them: by clock and step. */
static void the_latest_alarms_of_a_case_come_first(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    struct store *store = rig->node->store;
    static const unsigned steps[] = {2, 1, 3, 1, 2};
    uint64_t n[5];
    struct alarm_row alarms[5];
    struct steps_said said[CLOCK_LAST + 1];
    for (size_t i = 0; i < 5; i++) {
        const struct watch own = {.id = {.bytes = {1}}, .clock = CLOCK_HOLD},
                           other = {.id = {.bytes = {2}}, .clock = CLOCK_HOLD};
        n[i] = store_alarm_put(store, &own, steps[i], 1000 + i);
        (void)store_alarm_put(store, &other, steps[i], 1000 + i);
    }
    const struct case_id id = {.bytes = {1}};
    for (size_t max = 0; max <= 5; max++) {
        assert_int_equal(store_alarms_of_case(store, &id, max, alarms, said), max);
        assert_int_equal(said[CLOCK_HOLD].at_ms[1], 1003);
        assert_int_equal(said[CLOCK_HOLD].at_ms[2], 1004);
        assert_int_equal(said[CLOCK_HOLD].at_ms[3], 1002);
        for (size_t i = 0; i < max; i++) {
            assert_int_equal(alarms[i].n, n[4 - i]);
            assert_int_equal(alarms[i].step, steps[4 - i]);
        }
    }
    rig_end(rig);
}

static void put_lead(struct store *store, size_t n, uint8_t id, uint64_t span_ms, enum stat_outcome outcome,
                     bool ours, bool exercise)
{
    const struct stat_event lead = {.case_id = {.bytes = {id}},
                                    .metric = METRIC_MLA_LEAD,
                                    .item = 1,
                                    .start_ms = 1000 + id,
                                    .stop_ms = outcome == STAT_OPEN ? 0 : 1000 + id + span_ms,
                                    .outcome = outcome,
                                    .ours = ours,
                                    .exercise = exercise};
    store_stat_put(store, &lead, n);
}

/* Of ten of this side's own that were finished the eighth says how long one takes; of nine none does. */
static void own_history_says_how_long_assistance_takes(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    struct store *store = rig->node->store;
    uint64_t now_ms = 2000;
    for (uint8_t i = 1; i <= 10; i++) {
        assert_int_equal(store_stats_mla_lead(store, 80, now_ms), 0);
        put_lead(store, 1, i, i * MS_PER_DAY, STAT_DONE, true, false);
        put_lead(store, 2, i, MS_PER_DAY, STAT_DONE, false, false); /* the other side's, and exercises */
        put_lead(store, 3, i, MS_PER_DAY, STAT_DONE, true, true);
        put_lead(store, 4, i, 0, STAT_OPEN, true, false); /* it has only begun */
        put_lead(store, 5, i, 0, STAT_MISSED, true, false);
    }
    assert_int_equal(store_stats_mla_lead(store, 80, now_ms), 8 * MS_PER_DAY);
    /* Ten more wait longer than five took: of those who still waited after that the same shares came. */
    assert_int_equal(store_stats_mla_lead(store, 80, 1005 + 5 * MS_PER_DAY + MS_PER_HOUR), 9 * MS_PER_DAY);
    assert_int_equal(store_stats_mla_lead(store, 80, 2000 + 11 * MS_PER_DAY), 0); /* none of the ten came */
    rig_end(rig);
}

/* However much there is: the latest are counted, it says since when, and what was before can be asked for. */
static void one_answer_counts_so_much_and_no_more(void **state)
{
    struct api *api = *state;
    const uint64_t most = 1 << 16, more = 10;
    struct store *store = world_node(api->world, world_actor(api->world, "XB/poc"))->store;
    struct stat_event event = {.metric = METRIC_TRANSPORT, .outcome = STAT_DONE, .ours = true};
    for (uint64_t i = 1; i <= most + more; i++) {
        event.start_ms = event.stop_ms = i;
        memcpy(event.case_id.bytes, &i, sizeof i);
        store_stat_put(store, &event, 1);
    }
    json_t *answer = officer_get(api->world, "XB/poc", VERB_STATS, "", "");
    assert_true(json_is_true(json_object_get(answer, "cut")));
    assert_string_equal(api_text(answer, "since"), "1970-01-01T00:00:00.011Z");
    json_decref(answer);
    assert_int_equal(number(api, "XB/poc", "transport", "ours", "n"), most);
    json_t *row = row_of(api, "XB/poc", "until=1970-01-01T00:00:00.011Z", "transport", "ours");
    assert_int_equal(json_integer_value(json_object_get(row, "n")), more);
    json_decref(row);
}

/* One is shown as it is, and withdrawn ones leave the share. */
static void one_alone_is_shown_as_it_is(void **state)
{
    struct api *api = *state;
    api_case(api);
    assert_true(world_pass(api->world, 22 * MS_PER_MINUTE));
    api_send(api, "XB/poc", API_ACK);
    json_t *row = row_of(api, "XB/poc", "", "acknowledge", "ours");
    const json_t *dot = json_array_get(json_object_get(row, "dots"), 0);
    int64_t ms = json_integer_value(json_object_get(dot, "ms"));
    assert_true(ms >= 22 * (int64_t)MS_PER_MINUTE && ms < 23 * (int64_t)MS_PER_MINUTE);
    assert_true(json_is_true(json_object_get(dot, "came")));
    assert_null(json_object_get(row, "median_ms"));
    json_decref(row);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(spans_are_the_same_at_both_ends),
        TEST(late_is_not_on_time_and_open_counts),
        TEST(what_was_withdrawn_is_left_and_not_missed),
        TEST(what_will_never_come_has_no_percentile),
        TEST(pages_show_each_lapse_once),
        TEST(what_was_merged_is_left_out),
        TEST(one_alone_is_shown_as_it_is),
        TEST(one_answer_counts_so_much_and_no_more),
        TEST(each_change_of_an_event_is_kept),
        cmocka_unit_test_setup_teardown(events_behind_the_last_go, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(the_latest_alarms_of_a_case_come_first, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(own_history_says_how_long_assistance_takes, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("stats", tests, NULL, NULL);
}
