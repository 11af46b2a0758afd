/* SPDX-License-Identifier: Apache-2.0 */
/* The inbox over many lines: their order, pages that leave none out and show none twice, exercises apart, counts. */
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
#include <unistd.h>

#include "base/instant.h"
#include "nodes/case_line.h"
#include "nodes/store_letters.h"
#include "tests/support/api.h"
#include "tests/support/node_rig.h"

#define LINES 600
#define NEAR  (3 * MS_PER_DAY)
#define HELD  "{\"held\":{\"scope\":\"all\",\"custodianReference\":\"EH-1\"}}"

struct made {
    struct case_id id;
    bool exercise;
    enum line_step step;
    uint64_t at_ms;
};

static struct made made[LINES];
static uint64_t seed;

static uint64_t draw(uint64_t below)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed % below;
}

/* Lines as cases_renew() writes them, by chance; what a case would be is not asked. */
static void put_lines(struct node *node, struct turn *turn, void *context)
{
    uint64_t now = turn_wall(turn).ms;
    (void)context;
    seed = UINT64_C(0x2545f4914f6cdd1d);
    for (size_t i = 0; i < LINES; i++) {
        static const enum line_rank ranks[] = {LINE_LOSS, LINE_OWED,   LINE_OWED,
                                               LINE_READ, LINE_THEIRS, LINE_REST};
        uint64_t at_ms = now - 5 * MS_PER_DAY + draw(200) * MS_PER_HOUR;
        struct case_line line = {.rank = ranks[draw(6)], .at_ms = at_ms, .type = "PRESERVE", .target = "x"};
        struct case_row row = {.own_side = SIDE_R, .q_reference = "", .has_exercise = draw(4) == 0};
        (void)address_read(bytes_of_text("XA/poc"), &row.q);
        (void)address_read(bytes_of_text("XB/poc"), &row.r);
        line.legal_ms = line.rank == LINE_OWED && draw(2) == 0 ? at_ms + draw(100) * MS_PER_HOUR : 0;
        line.due_ms = line.rank <= LINE_OWED || line.rank == LINE_THEIRS ? at_ms : 0;
        line.ours = line.rank <= LINE_OWED;
        line.urgency = draw(3) == 0 ? URGENCY_EMERGENCY : URGENCY_URGENT;
        bool life = line.rank == LINE_LOSS && line.urgency == URGENCY_EMERGENCY;
        for (size_t b = 0; b < sizeof row.id.bytes; b++) {
            row.id.bytes[b] = (uint8_t)draw(256);
        }
        bool legal = line.legal_ms != 0 && line.legal_ms <= now + NEAR;
        made[i] = (struct made){.id = row.id,
                                .exercise = row.has_exercise,
                                .step = life                       ? STEP_LIFE
                                        : line.rank == LINE_LOSS   ? STEP_LOSS
                                        : legal                    ? STEP_LEGAL
                                        : line.rank == LINE_OWED   ? STEP_PROMISE
                                        : line.rank == LINE_READ   ? STEP_READ
                                        : line.rank == LINE_THEIRS ? STEP_THEIRS
                                                                   : STEP_REST,
                                .at_ms = legal ? line.legal_ms : at_ms};
        store_case_put(node->store, &row);
        store_case_cache(node->store, &row);
        struct case_line before = line;
        before.rank = ranks[draw(6)];
        store_line_put(node->store, &row, &before);
        store_line_put(node->store, &row, &line);
    }
}

static int made_order(const void *left, const void *right)
{
    const struct made *a = left, *b = right;
    if (a->exercise != b->exercise) {
        return a->exercise ? 1 : -1;
    }
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

static struct node *fill(struct api *api)
{
    struct node *node = world_node(api->world, world_actor(api->world, "XB/poc"));
    struct turn_source none = {.random = NULL};
    struct turn *turn = turn_new(none, (size_t)64 * 1024 * 1024);
    assert_non_null(turn);
    turn_begin(turn, world_now(api->world), (mono_ms){1});
    assert_int_equal(node_question(node, turn, put_lines, NULL), INPUT_DONE);
    assert_int_equal(node_commit(node), DOOR_OK);
    turn_free(turn);
    qsort(made, LINES, sizeof made[0], made_order);
    return node;
}

/* Goes through all pages of that size and compares with what was made; returns how many lines came. */
static size_t page_through(struct api *api, const char *query, enum line_step last, unsigned limit)
{
    char asked[256];
    size_t at = 0, came = 0;
    int64_t folded = 0;
    (void)snprintf(asked, sizeof asked, "%s&limit=%u", query, limit);
    for (;;) {
        json_t *answer = officer_get(api->world, "XB/poc", VERB_INBOX, "", asked);
        static const char *const lists[] = {"cases", "exercises"};
        folded = json_integer_value(json_object_get(answer, "folded"));
        for (size_t l = 0; l < 2; l++) {
            size_t i = 0;
            json_t *line = NULL;
            json_array_foreach(json_object_get(answer, lists[l]), i, line)
            {
                char id[33];
                while (at < LINES && made[at].step > last) {
                    at++;
                }
                assert_true(at < LINES);
                for (size_t b = 0; b < 16; b++) {
                    (void)snprintf(id + 2 * b, 3, "%02x", made[at].id.bytes[b]);
                }
                assert_string_equal(api_text(line, "case"), id);
                assert_int_equal(made[at].exercise, l == 1);
                at++;
                came++;
            }
        }
        const char *more = api_text(answer, "more");
        if (more[0] == '\0') {
            json_decref(answer);
            break;
        }
        (void)snprintf(asked, sizeof asked, "%s&limit=%u&after=%s", query, limit, more);
        json_decref(answer);
    }
    assert_int_equal((size_t)folded, LINES - came);
    return came;
}

static void pages_show_every_line_once_in_order(void **state)
{
    struct api *api = *state;
    (void)fill(api);
    size_t ours = page_through(api, "x=1", STEP_READ, 1000);
    assert_int_equal(page_through(api, "x=1", STEP_READ, 7), ours);
    assert_int_equal(page_through(api, "x=1", STEP_READ, 1), ours);
    size_t they = page_through(api, "they=1", STEP_THEIRS, 64);
    assert_true(they > ours);
    assert_int_equal(page_through(api, "all=1", STEP_REST, 13), LINES);
}

static void what_is_no_page_is_refused(void **state)
{
    struct api *api = *state;
    static const char *const wrong[] = {"after=1", "after=0.9.1.1.00000000000000000000000000000000",
                                        "limit=0", "after=0.1.1.1.zz",
                                        "after=2.1.1.1.00000000000000000000000000000000"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        unsigned status = 0;
        json_t *answer = api_call(api, "XB/poc", VERB_INBOX, "", wrong[i], false, NULL, &status);
        api_assert_refused(answer, status, 400, "MALFORMED");
    }
}

/* What a desk needs to see of a case that is held, from its line alone. */
static void a_line_says_what_is_held_until_when(void **state)
{
    struct api *api = *state;
    api_case(api);
    api_send(api, "XB/poc", HELD);
    json_t *r = officer_get(api->world, "XB/poc", VERB_INBOX, "", "all=1");
    json_t *q = officer_get(api->world, "XA/poc", VERB_INBOX, "", "all=1");
    const json_t *held = json_array_get(json_object_get(r, "cases"), 0);
    const json_t *asked = json_array_get(json_object_get(q, "cases"), 0);
    assert_int_equal(json_integer_value(json_object_get(held, "held")),
                     json_integer_value(json_object_get(held, "items")));
    assert_string_not_equal(api_text(held, "held_until"), "");
    assert_string_equal(api_text(asked, "held_until"), api_text(held, "held_until"));
    assert_string_equal(api_text(held, "safe_start"), ""); /* who asks sends the request for assistance */
    assert_string_not_equal(api_text(asked, "safe_start"), "");
    assert_string_equal(api_text(held, "data_dies"), ""); /* they are safe now */
    json_decref(r);
    json_decref(q);
}

/* XA/poc asks for something else that dies so long from now, with that urgency. */
static void ask_for(struct api *api, unsigned number, const char *urgency, uint64_t dies_in_ms)
{
    char dies[INSTANT_TEXT_MAX], value[32];
    json_t *letter = json_loads(api->request, 0, NULL), *answer = NULL;
    json_t *request = json_object_get(letter, "request");
    json_t *items = json_object_get(request, "items"), *item = json_array_get(items, 0);
    while (json_array_size(items) > 1) {
        (void)json_array_remove(items, 1);
    }
    (void)snprintf(value, sizeof value, "203.0.113.%u", number);
    (void)instant_write(dies, (struct instant){.ms = (int64_t)(world_now(api->world).ms + dies_in_ms)});
    (void)json_object_set_new(request, "reference", json_string(value));
    (void)json_object_set_new(item, "dataDies", json_string(dies));
    (void)json_object_set_new(json_array_get(json_object_get(item, "identifiers"), 0), "value",
                              json_string(value));
    (void)json_object_set_new(json_object_get(request, "necessity"), "urgency", json_string(urgency));
    (void)json_object_set_new(
        json_object_get(request, "necessity"), "reasons",
        json_pack("[s]", strcmp(urgency, "EMERGENCY") == 0 ? "THREAT_TO_LIFE" : "DATA_VOLATILE"));
    char *text = json_dumps(letter, JSON_COMPACT);
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc", text, &answer), 200);
    free(text);
    json_decref(answer);
    json_decref(letter);
    api_settle(api);
}

static void assert_line(const json_t *inbox, size_t at, const char *reference, const char *rank)
{
    const json_t *line = json_array_get(json_object_get(inbox, "cases"), at);
    assert_string_equal(api_text(line, "reference"), reference);
    assert_string_equal(api_text(line, "rank"), rank);
}

/* A life goes before data, and what can still be saved before what is dead, which is owed all the same. */
static void what_is_dead_does_not_stand_before_what_can_be_saved(void **state)
{
    struct api *api = *state;
    ask_for(api, 1, "URGENT", 20 * MS_PER_MINUTE);
    ask_for(api, 2, "URGENT", 6 * MS_PER_DAY);
    json_t *inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    assert_line(inbox, 0, "203.0.113.1", "LOSS");
    assert_line(inbox, 1, "203.0.113.2", "LOSS");
    json_t *mark = json_incref(json_object_get(inbox, "mark"));
    json_decref(inbox);
    assert_true(world_leap(api->world, 3 * MS_PER_DAY));
    api_settle(api);
    char query[128];
    (void)snprintf(query, sizeof query, "changed=%s", json_string_value(mark));
    inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", query);
    size_t changed = json_array_size(json_object_get(inbox, "cases"));
    assert_true(changed != 0);
    assert_line(inbox, changed - 1, "203.0.113.1", "OWED"); /* it moved by itself, and a screen is told */
    json_decref(inbox);
    json_decref(mark);
    ask_for(api, 3, "EMERGENCY", 9 * MS_PER_DAY);
    inbox = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    assert_line(inbox, 0, "203.0.113.3", "LOSS");
    assert_line(inbox, 1, "203.0.113.2", "LOSS");
    assert_line(inbox, 2, "203.0.113.1", "OWED");
    json_decref(inbox);
}

/* Alarms of XA that a letter is not delivered, of all cases. */
static size_t late_alarms(struct api *api)
{
    size_t i = 0, count = 0;
    const json_t *alarm = NULL;
    json_t *alarms = officer_get(api->world, "XA/poc", VERB_ALARMS, "", "");
    json_array_foreach(json_object_get(alarms, "alarms"), i, alarm)
    {
        count += strcmp(api_text(alarm, "what"), "not delivered") == 0;
    }
    json_decref(alarms);
    return count;
}

static size_t waiting(struct api *api)
{
    json_t *inbox = officer_get(api->world, "XA/poc", VERB_INBOX, "", "");
    size_t count = json_array_size(json_object_get(inbox, "cases"));
    json_decref(inbox);
    return count;
}

/* Their node is down: somebody has to call them, and is told whom and since when. */
static void what_is_urgent_and_not_delivered_stands_at_its_sender(void **state)
{
    static const struct {
        const char *urgency, *rank;
        uint64_t minutes;
    } cases[] = {{"EMERGENCY", "LOSS", 10}, {"URGENT", "OWED", 480}};
    struct api *api = *state;
    for (unsigned i = 0; i < 2; i++) {
        struct error error = {.text = ""};
        size_t xb = world_actor(api->world, "XB/poc");
        world_crash(api->world, xb, DISK_KEEP_ALL);
        ask_for(api, i + 1, cases[i].urgency, 9 * MS_PER_DAY);
        assert_true(world_leap(api->world, (cases[i].minutes - 1) * MS_PER_MINUTE));
        assert_int_equal(waiting(api), 0);
        assert_int_equal(late_alarms(api), i);
        assert_true(world_leap(api->world, 2 * MS_PER_MINUTE));
        assert_true(world_pass(api->world, MS_PER_SECOND));
        assert_int_equal(late_alarms(api), i + 1);
        json_t *inbox = officer_get(api->world, "XA/poc", VERB_INBOX, "", "");
        const json_t *line = json_array_get(json_object_get(inbox, "cases"), 0);
        assert_string_equal(api_text(line, "rank"), cases[i].rank);
        assert_string_not_equal(api_text(json_object_get(line, "undelivered"), "since"), "");
        assert_string_not_equal(api_text(json_object_get(line, "undelivered"), "call"), "");
        json_decref(inbox);
        assert_true(world_start(api->world, xb, &error));
        api_settle(api);
        assert_int_equal(waiting(api), 0);
    }
}

/* Asks with the mark of the answer before, and takes that answer's place. */
static void look_again(struct api *api, const char *party, const char *more, json_t **answer)
{
    char query[128];
    (void)snprintf(query, sizeof query, "changed=%s%s", *answer == NULL ? "" : api_text(*answer, "mark"),
                   more);
    json_decref(*answer);
    *answer = officer_get(api->world, party, VERB_INBOX, "", query);
}

static size_t line_count(const json_t *answer)
{
    return json_array_size(json_object_get(answer, "cases"));
}

static size_t gone_of(const json_t *answer)
{
    return json_array_size(json_object_get(answer, "gone"));
}

/* What a screen has to ask for to go on showing the inbox. */
static void a_screen_is_told_what_changed_and_what_is_gone(void **state)
{
    struct api *api = *state;
    json_t *shown = NULL;
    look_again(api, "XB/poc", "", &shown);
    assert_null(json_object_get(shown, "gone"));
    look_again(api, "XB/poc", "", &shown);
    assert_non_null(json_object_get(shown, "gone"));
    assert_int_equal(line_count(shown) + gone_of(shown), 0);
    api_case(api);
    look_again(api, "XB/poc", "", &shown);
    assert_int_equal(line_count(shown), 1);
    const json_t *line = json_array_get(json_object_get(shown, "cases"), 0);
    assert_string_equal(api_text(line, "case"), api->case_id);
    assert_string_not_equal(api_text(line, "rank"), "");
    assert_string_not_equal(api_text(line, "at"), "");
    look_again(api, "XB/poc", "", &shown);
    assert_int_equal(line_count(shown) + gone_of(shown), 0);
    api_send(api, "XB/poc", HELD); /* now it is theirs to do something */
    look_again(api, "XB/poc", "", &shown);
    json_t *all = officer_get(api->world, "XB/poc", VERB_INBOX, "", "");
    assert_int_equal(line_count(shown), line_count(all));
    assert_int_equal(gone_of(shown), 1 - line_count(all));
    api_send(api, "XA/poc", API_STATUS_ASK);
    look_again(api, "XB/poc", "&all=1", &shown);
    assert_int_equal(line_count(shown), 1);
    assert_int_equal(gone_of(shown), 0);
    json_decref(all);
    json_decref(shown);
}

/* A node that was started anew does not know what its people have seen. */
static void after_a_restart_a_screen_is_told_all(void **state)
{
    struct api *api = *state;
    struct error error = {.text = ""};
    json_t *shown = NULL;
    api_case(api);
    look_again(api, "XB/poc", "", &shown);
    const size_t actor = (size_t)world_actor(api->world, "XB/poc");
    world_crash(api->world, actor, DISK_KEEP_ALL);
    assert_true(world_start(api->world, actor, &error));
    api_settle(api);
    look_again(api, "XB/poc", "", &shown);
    assert_null(json_object_get(shown, "gone"));
    assert_int_equal(line_count(shown), 1);
    json_decref(shown);
}

/* The lines that changed stand in the order of the inbox, whatever the order in which they changed. */
static void changed_lines_stand_in_the_order_of_the_inbox(void **state)
{
    struct api *api = *state;
    json_t *shown = NULL;
    struct node *node = fill(api);
    look_again(api, "XB/poc", "", &shown);
    for (size_t i = 100; i != 0; i--) {
        line_changes_add(&node->changes, &made[i * 5].id);
    }
    look_again(api, "XB/poc", "&all=1", &shown);
    static const char *const lists[] = {"cases", "exercises"};
    size_t at = 1;
    for (size_t l = 0; l < 2; l++) {
        size_t i = 0;
        json_t *line = NULL;
        json_array_foreach(json_object_get(shown, lists[l]), i, line)
        {
            char id[33];
            for (size_t b = 0; b < 16; b++) {
                (void)snprintf(id + 2 * b, 3, "%02x", made[at * 5].id.bytes[b]);
            }
            assert_string_equal(api_text(line, "case"), id);
            at++;
        }
    }
    assert_int_equal(at, 101);
    json_decref(shown);
}

/* The one line there is, by its rank. */
static void read_only_line(struct store *store, enum line_step step, struct arena *arena,
                           struct case_line *ret)
{
    struct listed_line listed;
    const struct line_place place = {.step = step, .any = true};
    assert_int_equal(store_lines(store, &place, UINT64_C(1) << 40, 1, arena, &listed), 1);
    *ret = listed.line;
}

static void assert_same_line(const struct case_line *a, const struct case_line *b)
{
    assert_int_equal(a->rank, b->rank);
    assert_int_equal(a->at_ms, b->at_ms);
    assert_int_equal(a->legal_ms, b->legal_ms);
    assert_int_equal(a->urgency, b->urgency);
    assert_string_equal(a->type, b->type);
    assert_string_equal(a->target, b->target);
    assert_int_equal(a->items, b->items);
    assert_int_equal(a->held, b->held);
    assert_int_equal(a->held_until_ms, b->held_until_ms);
    assert_int_equal(a->dies_ms, b->dies_ms);
    assert_int_equal(a->order_until_ms, b->order_until_ms);
    assert_int_equal(a->safe_start_ms, b->safe_start_ms);
    assert_int_equal(a->flags, b->flags);
    assert_int_equal(a->what, b->what);
    assert_int_equal(a->item, b->item);
    assert_int_equal(a->due_ms, b->due_ms);
    assert_int_equal(a->ours, b->ours);
    assert_int_equal(a->waits, b->waits);
    assert_int_equal(a->has_twin, b->has_twin);
    assert_memory_equal(a->twin.bytes, b->twin.bytes, sizeof a->twin.bytes);
}

/* Of a line that was there only what differs is written: each of its values alone, and that one rank counts it. */
static void each_change_of_a_line_is_written(void **state)
{
    struct rig *rig = *state;
    rig_begin(rig);
    struct store *store = rig->node->store;
    struct case_row row = {.own_side = SIDE_R, .q_reference = "XA-1"};
    struct case_line line = {.rank = LINE_LOSS, .type = "PRESERVE", .target = "somebody"}, held;
    store_case_put(store, &row);
    store_line_put(store, &row, &line);
    for (unsigned change = 0; change < 20; change++) {
        line.at_ms += change == 0;
        line.legal_ms += change == 1;
        line.urgency = change == 2 ? URGENCY_ROUTINE : line.urgency;
        line.type = change == 3 ? "DISCLOSE" : line.type;
        line.target = change == 4 ? "somebody else" : line.target;
        line.items += change == 5;
        line.held += change == 6;
        line.held_until_ms += change == 7;
        line.dies_ms += change == 8;
        line.order_until_ms += change == 9;
        line.safe_start_ms += change == 10;
        line.flags |= change == 11;
        line.what = change == 12 ? CLOCK_RENEW : line.what;
        line.item += change == 13;
        line.due_ms += change == 14;
        line.ours |= change == 15;
        line.waits += change == 16;
        line.has_twin |= change == 17;
        line.twin.bytes[3] = change >= 18;
        line.rank = change == 19 ? LINE_REST : line.rank;
        store_line_put(store, &row, &line);
        read_only_line(store, change == 19 ? STEP_REST : STEP_LOSS, rig->arena, &held);
        assert_same_line(&held, &line);
        assert_int_equal(store_lines_from(store, LINE_LOSS), 1);
        assert_int_equal(store_lines_from(store, LINE_REST), change == 19);
    }
    rig_end(rig);
}

/* How many lines of that type the party's inbox has. */
static size_t lines_of(struct api *api, const char *party, const char *query, const char *type)
{
    json_t *inbox = officer_get(api->world, party, VERB_INBOX, "", query);
    size_t i = 0, count = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        count += strcmp(api_text(line, "type"), type) == 0;
    }
    json_decref(inbox);
    return count;
}

static void a_ping_stands_where_a_person_owes_an_answer(void **state)
{
    struct api *api = *state;
    json_t *answer = NULL;
    assert_int_equal(officer_send(api->world, api->fixture, "XA/poc", "XB/poc",
                                  "{\"request\":{\"type\":\"PING\",\"reference\":\"P-1\",\"ping\":{\"by\":"
                                  "\"2026-06-03T12:00:00Z\"}}}",
                                  &answer),
                     200);
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", api_text(answer, "case"));
    json_decref(answer);
    api_settle(api);
    assert_int_equal(lines_of(api, "XB/poc", "", "PING"), 1);
    assert_int_equal(lines_of(api, "XA/poc", "they=1", "PING"), 0); /* the echo of a machine is no work */
    api_send(api, "XB/poc", "{\"pingAnswered\":{\"checks\":[{\"field\":\"PHONE\",\"right\":true}]}}");
    assert_int_equal(lines_of(api, "XB/poc", "", "PING") + lines_of(api, "XA/poc", "", "PING"), 0);
    assert_int_equal(lines_of(api, "XB/poc", "all=1", "PING"), 1);
    assert_int_equal(lines_of(api, "XA/poc", "all=1", "PING"), 1);
}

/* However many cases there are: nothing looks at all of them for one. */
static void a_case_is_found_by_its_name_in_an_index(void **state)
{
    struct rig *rig = *state;
    size_t searches = 0;
    struct query *q =
        store_query(rig->node->store, "EXPLAIN QUERY PLAN SELECT q, r FROM case_file" CASE_IS_NAMED_AND(
                                          CASE_IS_ABROAD) " ORDER BY case_id LIMIT 2");
    store_case_bind_name(q, "3f2a");
    query_int(q, 4, 1);
    while (query_row(q)) {
        assert_null(strstr(query_get_text(q, 3), "SCAN"));
        searches += strstr(query_get_text(q, 3), "SEARCH case_file") != NULL;
    }
    query_end(q);
    assert_true(searches >= 3); /* by id, and by either reference */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(pages_show_every_line_once_in_order),
        TEST(what_is_no_page_is_refused),
        TEST(a_line_says_what_is_held_until_when),
        TEST(what_is_dead_does_not_stand_before_what_can_be_saved),
        TEST(what_is_urgent_and_not_delivered_stands_at_its_sender),
        TEST(a_screen_is_told_what_changed_and_what_is_gone),
        TEST(after_a_restart_a_screen_is_told_all),
        TEST(changed_lines_stand_in_the_order_of_the_inbox),
        cmocka_unit_test_setup_teardown(a_ping_stands_where_a_person_owes_an_answer, api_set_up_calendar,
                                        api_tear_down),
        cmocka_unit_test_setup_teardown(each_change_of_a_line_is_written, rig_setup, rig_teardown),
        cmocka_unit_test_setup_teardown(a_case_is_found_by_its_name_in_an_index, rig_setup, rig_teardown),
    };
    return cmocka_run_group_tests_name("inbox", tests, NULL, NULL);
}
