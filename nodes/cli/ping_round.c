/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_round.h"

#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "nodes/cli/look.h"
#include "nodes/cli/ping_outside.h"
#include "nodes/cli/screen.h"

#define PAGES_MAX 1000

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* --- whom --- */

int ping_round_parties(struct client *client, const char *whom, json_t **ret_nodes, json_t **ret_outside)
{
    json_t *directory = NULL, *nodes = json_array(), *outside = json_array();
    size_t i = 0;
    json_t *party = NULL;
    int code = client_get(client, "/v1/directory", &directory);
    json_array_foreach(json_object_get(directory, "parties"), i, party)
    {
        const char *address = text_of(party, "address");
        bool wanted = strcmp(whom, "all") == 0 || strncmp(whom, address, 2) == 0;
        if (wanted && strcmp(address, client->party.text) != 0 &&
            strcmp(text_of(party, "status"), "active") == 0) {
            bool node = json_is_true(json_object_get(party, "has_node"));
            ensure(json_array_append(node ? nodes : outside, party) == 0);
        }
    }
    json_decref(directory);
    if (code == EXIT_DONE && json_array_size(nodes) + json_array_size(outside) == 0) {
        code = cli_fail(client->cli, EXIT_REFUSED, N_("see who there is: comity directory"),
                        "no other party of %s is active in the roster", whom);
    }
    *ret_nodes = nodes;
    *ret_outside = outside;
    return code;
}

/* --- its cases --- */

static void each_ping_of(const json_t *lines, void (*each)(void *context, const json_t *line), void *context)
{
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach(lines, i, line)
    {
        if (strcmp(text_of(line, "type"), "PING") == 0) {
            each(context, line);
        }
    }
}

/* All lines of the inbox that are pings of this party, page by page: a round is real or an exercise, as the keys that signed it. */
static int each_ping(struct client *client, void (*each)(void *context, const json_t *line), void *context)
{
    const char *after = "";
    for (size_t page = 0; page < PAGES_MAX; page++) {
        json_t *answer = NULL;
        const char *path =
            after[0] == '\0' ? "/v1/inbox?all=1" : client_path(client, "/v1/inbox?all=1&after=", after);
        int code = client_get(client, path, &answer);
        if (code != EXIT_DONE) {
            return code;
        }
        each_ping_of(json_object_get(answer, "cases"), each, context);
        each_ping_of(json_object_get(answer, "exercises"), each, context);
        after = screen_member(client->cli->arena, answer, "more");
        json_decref(answer);
        if (after[0] == '\0') {
            break;
        }
    }
    return EXIT_DONE;
}

/* "PING-1700000000" of "PING-1700000000-XB-poc"; 0: a ping to one party is of no round. */
static size_t round_size(const char *reference)
{
    const size_t prefix = strlen(PING_ROUND_PREFIX);
    bool begins = strncmp(reference, PING_ROUND_PREFIX, prefix) == 0;
    size_t digits = begins ? strspn(reference + prefix, "0123456789") : 0;
    size_t size = prefix + digits;
    return digits != 0 && reference[size] == '-' ? size : 0;
}

struct newest {
    struct arena *arena;
    const char *round;
};

static void take_newest(void *context, const json_t *line)
{
    struct newest *newest = context;
    const char *reference = text_of(line, "reference");
    size_t size = round_size(reference);
    const char *round = size == 0 ? NULL : arena_format(newest->arena, "%.*s", (int)size, reference);
    if (round != NULL && ping_round_compare(round, newest->round) > 0) {
        newest->round = round;
    }
}

int ping_round_last(struct client *client, const char **ret)
{
    struct newest newest = {.arena = client->cli->arena, .round = ""};
    struct ping_outside outside;
    const char *last = "";
    int code = each_ping(client, take_newest, &newest);
    code = code == EXIT_DONE ? ping_outside_open(&outside, client) : code;
    if (code == EXIT_DONE) {
        code = ping_outside_last(&outside, &last);
        ping_outside_close(&outside);
    }
    *ret = ping_round_compare(last, newest.round) > 0 ? last : newest.round;
    return code;
}

/* --- what came of it --- */

static void add_corrections(json_t *row)
{
    json_t *corrections = json_array();
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach(json_object_get(row, "checks"), i, check)
    {
        const char *correction = text_of(check, "correction");
        if (correction[0] != '\0') {
            ensure(json_array_append_new(corrections,
                                         json_sprintf("%s: %s", text_of(check, "field"), correction)) == 0);
        }
    }
    ensure(json_object_set_new(row, "corrections", corrections) == 0);
}

static void put_answer(json_t *row, const json_t *answer, json_t *at)
{
    bool by_phone = json_is_true(json_object_get(answer, "byPhone"));
    (void)json_object_set(row, "answered", at);
    (void)json_object_set(row, "checks", json_object_get(answer, "checks"));
    ensure(json_object_set_new(row, "how", json_string(by_phone ? "phone" : "node")) == 0);
    if (by_phone) {
        ensure(json_object_set_new(row, "by_phone", json_true()) == 0);
    }
}

static json_t *row_of(const json_t *line, const json_t *seen)
{
    size_t i = 0;
    const json_t *letter = NULL;
    json_t *row = json_pack("{s:O, s:O, s:O}", "party", json_object_get(line, "who"), "case",
                            json_object_get(line, "case"), "state", json_object_get(seen, "state"));
    ensure(row != NULL);
    (void)json_object_set(row, "exercise", json_object_get(seen, "exercise"));
    (void)json_object_set(row, "result",
                          json_object_get(json_array_get(json_object_get(seen, "items"), 0), "result"));
    json_array_foreach(json_object_get(seen, "letters"), i, letter)
    {
        const char *kind = text_of(letter, "letter");
        json_t *at = json_object_get(letter, "signed");
        if (strcmp(kind, "REQUEST") == 0) {
            (void)json_object_set(row, "sent", at);
            (void)json_object_set(row, "delivered", json_object_get(letter, "delivered"));
        } else if (strcmp(kind, "ECHO") == 0) {
            (void)json_object_set(row, "echo", at);
        } else if (strcmp(kind, "PING_ANSWERED") == 0) {
            put_answer(row, json_object_get(json_object_get(letter, "body"), "pingAnswered"), at);
        }
    }
    return row;
}

struct rows {
    struct client *client;
    const char *round;
    json_t *list;
};

static void take_row(void *context, const json_t *line)
{
    struct rows *rows = context;
    const char *reference = text_of(line, "reference");
    size_t size = round_size(reference);
    unsigned status = 0;
    if (size == 0 || size != strlen(rows->round) || strncmp(reference, rows->round, size) != 0) {
        return;
    }
    const char *path = client_path(rows->client, "/v1/cases/", text_of(line, "case"));
    json_t *seen = path == NULL ? NULL : client_glance(rows->client, path, &status);
    if (seen != NULL && status == 200) {
        ensure(json_array_append_new(rows->list, row_of(line, seen)) == 0);
    }
    json_decref(seen);
}

/* Who has not answered was tried until now, or until it was over. */
static void put_waited(json_t *row, uint64_t now_ms)
{
    uint64_t sent_ms = look_ms(row, "sent"), until_ms = look_ms(row, "until");
    bool left = strcmp(text_of(row, "result"), "NO_CONSENT") == 0;
    uint64_t end_ms = until_ms != 0 && until_ms < now_ms ? until_ms : now_ms;
    if (sent_ms != 0 && !left && json_object_get(row, "answered") == NULL) {
        uint64_t ms = end_ms > sent_ms ? end_ms - sent_ms : 0;
        ensure(json_object_set_new(row, "waited_ms", json_integer((json_int_t)ms)) == 0);
    }
}

static int outside_rows(struct client *client, const char *round, uint64_t now_ms, json_t *rows)
{
    struct ping_outside outside;
    int code = ping_outside_open(&outside, client);
    code = code == EXIT_DONE ? ping_outside_rows(&outside, round, now_ms, rows) : code;
    ping_outside_close(&outside);
    return code;
}

int ping_round_rows(struct client *client, const char *round, json_t **ret)
{
    struct rows rows = {.client = client, .round = round, .list = json_array()};
    uint64_t now_ms = host_wall().ms;
    size_t i = 0;
    json_t *row = NULL;
    int code = each_ping(client, take_row, &rows);
    code = code == EXIT_DONE ? outside_rows(client, round, now_ms, rows.list) : code;
    if (code == EXIT_DONE && json_array_size(rows.list) == 0) {
        code = cli_fail(client->cli, EXIT_REFUSED, N_("begin one: comity ping --to all"),
                        round[0] == '\0' ? N_("this node knows no round of pings")
                                         : N_("this node knows no round %s of pings"),
                        screen_quiet(client->cli->arena, bytes_of_text(round)));
    }
    if (code != EXIT_DONE) {
        json_decref(rows.list);
        return code;
    }
    json_array_foreach(rows.list, i, row)
    {
        add_corrections(row);
        put_waited(row, now_ms);
    }
    *ret = rows.list;
    return EXIT_DONE;
}
