/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_round.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "nodes/cli/look.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

#define PAGES_MAX 1000

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* --- whom --- */

int ping_round_parties(struct client *client, const char *whom, json_t **ret)
{
    json_t *roster = NULL, *list = json_array();
    size_t i = 0;
    const json_t *party = NULL;
    int code = client_get(client, "/v1/roster", &roster);
    json_array_foreach(json_object_get(roster, "parties"), i, party)
    {
        const char *address = text_of(party, "address");
        bool wanted = strcmp(whom, "all") == 0 || strncmp(whom, address, 2) == 0;
        if (wanted && strcmp(address, client->party.text) != 0 &&
            strcmp(text_of(party, "status"), "active") == 0) {
            ensure(json_array_append(list, json_object_get(party, "address")) == 0);
        }
    }
    json_decref(roster);
    if (code == EXIT_DONE && json_array_size(list) == 0) {
        code = cli_fail(client->cli, EXIT_REFUSED, N_("see who there is: comity directory"),
                        "no other party of %s is active in the roster", whom);
    }
    if (code != EXIT_DONE) {
        json_decref(list);
        return code;
    }
    *ret = list;
    return EXIT_DONE;
}

/* --- its cases --- */

/* All lines of the inbox that are pings of this party, page by page. */
static int each_ping(struct client *client, void (*each)(void *context, const json_t *line), void *context)
{
    const char *after = "";
    for (size_t page = 0; page < PAGES_MAX; page++) {
        json_t *answer = NULL;
        size_t i = 0;
        const json_t *line = NULL;
        const char *path =
            after[0] == '\0' ? "/v1/inbox?all=1" : client_path(client, "/v1/inbox?all=1&after=", after);
        int code = client_get(client, path, &answer);
        if (code != EXIT_DONE) {
            return code;
        }
        json_array_foreach(json_object_get(answer, "cases"), i, line)
        {
            if (strcmp(text_of(line, "type"), "PING") == 0) {
                each(context, line);
            }
        }
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
    if (size != 0 && (size > strlen(newest->round) ||
                      (size == strlen(newest->round) && strncmp(reference, newest->round, size) > 0))) {
        const char *copy = arena_format(newest->arena, "%.*s", (int)size, reference);
        newest->round = copy == NULL ? newest->round : copy;
    }
}

int ping_round_last(struct client *client, const char **ret)
{
    struct newest newest = {.arena = client->cli->arena, .round = ""};
    int code = each_ping(client, take_newest, &newest);
    *ret = newest.round;
    return code;
}

/* --- what came of it --- */

static void add_corrections(json_t *row, const json_t *answer)
{
    json_t *corrections = json_array();
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach(json_object_get(answer, "checks"), i, check)
    {
        const char *correction = text_of(check, "correction");
        if (correction[0] != '\0') {
            ensure(json_array_append_new(corrections,
                                         json_sprintf("%s: %s", text_of(check, "field"), correction)) == 0);
        }
    }
    ensure(json_object_set_new(row, "corrections", corrections) == 0);
    if (json_is_true(json_object_get(answer, "byPhone"))) {
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
            (void)json_object_set(row, "answered", at);
            add_corrections(row, json_object_get(json_object_get(letter, "body"), "pingAnswered"));
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

int ping_round_rows(struct client *client, const char *round, json_t **ret)
{
    struct rows rows = {.client = client, .round = round, .list = json_array()};
    int code = each_ping(client, take_row, &rows);
    if (code == EXIT_DONE && json_array_size(rows.list) == 0) {
        code = cli_fail(client->cli, EXIT_REFUSED, N_("begin one: comity ping --to all"),
                        "this node knows no round %s of pings", round);
    }
    if (code != EXIT_DONE) {
        json_decref(rows.list);
        return code;
    }
    *ret = rows.list;
    return EXIT_DONE;
}

/* How long after it was sent; "-": not yet. */
static const char *after_sent(const struct cli *cli, const json_t *row, const char *name)
{
    uint64_t sent = look_ms(row, "sent"), at = look_ms(row, name);
    uint64_t seconds = at > sent ? (at - sent) / MS_PER_SECOND : 0;
    const char *text = at == 0          ? "-"
                       : seconds < 120  ? cli_text(cli, "%llu s", (unsigned long long)seconds)
                       : seconds < 7200 ? cli_text(cli, "%llu min", (unsigned long long)seconds / 60)
                                        : cli_text(cli, "%llu h", (unsigned long long)seconds / 3600);
    return text == NULL ? "?" : text;
}

static void print_row(const struct cli *cli, const json_t *row)
{
    size_t i = 0;
    const json_t *correction = NULL;
    (void)printf("%-32s %9s %9s %9s%s\n", screen_member(cli->arena, row, "party"),
                 after_sent(cli, row, "delivered"), after_sent(cli, row, "echo"),
                 after_sent(cli, row, "answered"),
                 json_is_true(json_object_get(row, "by_phone")) ? say(cli->words, N_("  by phone")) : "");
    if (look_ms(row, "answered") == 0 && screen_member(cli->arena, row, "result")[0] != '\0') {
        cli_print(cli, "  ended without an answer: %s\n", screen_member(cli->arena, row, "result"));
    }
    json_array_foreach(json_object_get(row, "corrections"), i, correction)
    {
        cli_print(cli, "  to be corrected: %s\n", screen_string(cli->arena, correction));
    }
}

void ping_round_print(const struct cli *cli, const char *round, const json_t *rows)
{
    size_t i = 0, answered = 0;
    const json_t *row = NULL;
    const char *head = arena_format(cli->arena, "%-32s %9s %9s %9s", round, say(cli->words, N_("there")),
                                    say(cli->words, N_("node")), say(cli->words, N_("person")));
    screen_heading(stdout, cli->colour, head == NULL ? "" : head);
    json_array_foreach(rows, i, row)
    {
        print_row(cli, row);
        answered += look_ms(row, "answered") != 0 ? 1 : 0;
    }
    cli_print(cli, "%zu of %zu answered. Who did not: call the number of its entry: comity directory PARTY\n",
              answered, json_array_size(rows));
}
