/* SPDX-License-Identifier: Apache-2.0 */
/* All that happened in a case and what is to come, a line each, on three clocks. */
#include <stdio.h>
#include <string.h>

#include "nodes/cli/case_page.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"ids", NULL, false, N_("also the id of each letter")},
    {NULL, NULL, false, NULL},
};

/* "HELD #3 of XB/poc" */
static const char *letter_of(const struct show *s, const json_t *entry, bool ids)
{
    const char *by = page_member(s, entry, "by");
    const char *effect = page_member(s, entry, "effect");
    bool plain = !page_has(effect) || strcmp(effect, "FOLDED") == 0 || strcmp(effect, "NOTED") == 0;
    const char *text = arena_format(s->arena, "%s #%lld%s%s%s%s%s%s", page_member(s, entry, "letter"),
                                    (long long)json_integer_value(json_object_get(entry, "seq")),
                                    page_has(by) ? ", " : "", by, plain ? "" : "; ", plain ? "" : effect,
                                    ids ? "  " : "", ids ? page_member(s, entry, "id") : "");
    return text == NULL ? "?" : text;
}

static const char *item_of(const struct show *s, const json_t *entry)
{
    json_int_t item = json_integer_value(json_object_get(entry, "item"));
    return item == 0 ? "" : cli_text(s->cli, " item %lld", (long long)item);
}

static const char *what_of(const struct show *s, const json_t *entry, bool ids)
{
    static const char *const dates[][2] = {
        {"held_from", N_("held from here on")},
        {"hold_until", N_("the hold ends")},
        {"grace_until", N_("grace ends: what is not extended may be released")},
        {"data_dies", N_("DATA DIE")},
    };
    const char *what = page_member(s, entry, "what");
    for (size_t i = 0; i < sizeof dates / sizeof dates[0]; i++) {
        if (strcmp(dates[i][0], what) == 0) {
            return cli_text(s->cli, "%s,%s", say(s->cli->words, dates[i][1]), item_of(s, entry));
        }
    }
    if (strcmp(what, "due") == 0) {
        bool ours = strcmp(page_member(s, entry, "by"), s->party) == 0;
        return cli_text(s->cli, ours ? N_("we owe: %s%s") : N_("they owe: %s%s"),
                        say(s->cli->words, page_member(s, entry, "due")), item_of(s, entry));
    }
    return cli_text(s->cli, "%s %s", say(s->cli->words, what), letter_of(s, entry, ids));
}

static void print_entry(const struct show *s, const json_t *entry, bool ids)
{
    uint64_t at = look_ms(entry, "at");
    const struct look *look = s->look;
    const char *beside = look->own_zone == NULL ? "" : when_beside(s->cli, at, NULL, look->own_zone);
    const char *there = look->their_zone == NULL || look->own_zone == NULL
                            ? ""
                            : when_beside(s->cli, at, look->their_zone, look->own_zone);
    const char *first = arena_format(s->arena, "%-17s %-9s %-10s ",
                                     when_local(s->cli, s->now_ms, at, look->own_zone), there, beside);
    screen_wrapped(stdout, first == NULL ? "" : first, 39, what_of(s, entry, ids), 0);
}

static void print_timeline(const struct show *s, bool ids)
{
    size_t i = 0;
    const json_t *entry = NULL;
    bool before = true;
    const char *head = arena_format(s->arena, "%-17s %-9s %-10s ", say(s->cli->words, N_("here")),
                                    s->look->other.text, say(s->cli->words, N_("UTC")));
    screen_exercise(s->cli, s->json);
    screen_heading(stdout, s->cli->colour, head == NULL ? "" : head);
    json_array_foreach(json_object_get(s->json, "timeline"), i, entry)
    {
        if (before && look_ms(entry, "at") > s->now_ms) {
            before = false;
            cli_print(s->cli, "--- now, %s\n", when_local(s->cli, s->now_ms, s->now_ms, s->look->own_zone));
        }
        print_entry(s, entry, ids);
    }
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct look look = {.json = NULL};
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? look_at(&client, arguments->words[0], NULL, &look) : code;
    if (code == EXIT_DONE) {
        const char *path = arena_format(cli->arena, "/v1/cases/%s/timeline", look.id);
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        const struct show show = show_of(cli, &client, &look, answer);
        print_timeline(&show, argument_given(arguments, "ids"));
    }
    json_decref(answer);
    look_done(&look);
    client_close(&client);
    return code;
}

const struct subcommand cmd_timeline = {
    .name = "timeline",
    .group = N_("Cases"),
    .synopsis = "CASE [--ids]",
    .does = N_("all letters, receipts, dates and what is owed, in the order of time"),
    .help = N_("Each line has the time here, at the other side and in UTC. Example:\n"
               "  comity timeline 3f2a"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
