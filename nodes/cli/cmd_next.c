/* SPDX-License-Identifier: Apache-2.0 */
/* What may be done in a case now: by whom, of which items, until when; and what may not be, with the reason. */
#include <stdio.h>
#include <string.h>

#include "nodes/cli/case_page.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const char *numbers(const struct show *s, const json_t *items)
{
    const char *text = "";
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(items, i, item)
    {
        const char *longer =
            arena_format(s->arena, "%s%s%lld", text, i == 0 ? "" : ", ", (long long)json_integer_value(item));
        text = longer == NULL ? text : longer;
    }
    return text;
}

/* A case of one item has no numbers to tell. */
static bool has_items(const struct show *s)
{
    return json_array_size(json_object_get(s->look->json, "items")) > 1;
}

static const char *signed_by(const struct show *s, const json_t *move)
{
    json_int_t needed = json_integer_value(json_object_get(move, "signatures"));
    const char *text =
        needed == 0
            ? say(s->cli->words, N_("the node or an officer"))
            : arena_format(s->arena, say_n(s->cli->words, "%lld officer", "%lld officers", (uint64_t)needed),
                           (long long)needed);
    return text == NULL ? "?" : text;
}

static void print_may(const struct show *s, const json_t *move)
{
    uint64_t until = look_ms(move, "until");
    const char *first = arena_format(s->arena, "  %-34s ", page_member(s, move, "command"));
    const char *text = signed_by(s, move);
    if (has_items(s)) {
        text = cli_text(s->cli, "%s; items %s", text, numbers(s, json_object_get(move, "items")));
    }
    if (until != 0) {
        text = cli_text(s->cli, "%s; owed %s", text, when_distance(s->cli, s->now_ms, until));
    }
    if (json_array_size(json_object_get(move, "grounds")) != 0) {
        text = cli_text(s->cli, "%s; grounds: %s", text, page_words(s, json_object_get(move, "grounds")));
    }
    screen_wrapped(stdout, first == NULL ? "" : first, 37, text, 0);
}

static const char *name_of(const struct show *s, const json_t *move)
{
    const char *why = page_member(s, move, "why");
    const char *text =
        arena_format(s->arena, "%s%s%s", page_member(s, move, "letter"), page_has(why) ? ":" : "", why);
    return text == NULL ? "?" : text;
}

/* One line for each reason: what it stands against. */
static void print_may_not(const struct show *s, const json_t *list)
{
    size_t i = 0;
    const json_t *move = NULL;
    json_array_foreach(list, i, move)
    {
        const char *text = page_member(s, move, "text");
        const char *names = "";
        bool first = true;
        for (size_t k = 0; k < i && first; k++) {
            first = strcmp(page_member(s, json_array_get(list, k), "text"), text) != 0;
        }
        for (size_t k = i; k < json_array_size(list) && first; k++) {
            const json_t *other = json_array_get(list, k);
            if (strcmp(page_member(s, other, "text"), text) == 0) {
                const char *longer =
                    arena_format(s->arena, "%s%s%s", names, names[0] == '\0' ? "" : ", ", name_of(s, other));
                names = longer == NULL ? names : longer;
            }
        }
        if (first) {
            const char *line = arena_format(s->arena, "%s: %s", text, names);
            screen_wrapped(stdout, "  ", 4, line == NULL ? "?" : line, 0);
        }
    }
}

static void print_they_may(const struct show *s)
{
    size_t i = 0;
    const json_t *move = NULL;
    const char *names = "";
    json_array_foreach(json_object_get(s->json, "they_may"), i, move)
    {
        const char *longer = arena_format(s->arena, "%s%s%s", names, i == 0 ? "" : ", ", name_of(s, move));
        names = longer == NULL ? names : longer;
    }
    if (page_has(names)) {
        page_heading(s, "They may say");
        screen_wrapped(stdout, "  ", 2, names, 0);
    }
}

static void print_moves(const struct show *s)
{
    size_t i = 0;
    const json_t *move = NULL;
    screen_exercise(s->cli, s->json);
    page_heading(s, "We owe");
    bool failed = page_failed(s);
    if (page_owed(s, true) == 0 && !failed) {
        cli_print(s->cli, "  nothing\n");
    }
    page_heading(s, "They owe");
    if (page_owed(s, false) == 0) {
        cli_print(s->cli, "  nothing\n");
    }
    page_heading(s, "You may send now");
    json_array_foreach(json_object_get(s->json, "may"), i, move)
    {
        print_may(s, move);
    }
    if (i == 0) {
        cli_print(s->cli, "  nothing\n");
    }
    if (json_array_size(json_object_get(s->json, "may_not")) != 0) {
        page_heading(s, "Not now");
        print_may_not(s, json_object_get(s->json, "may_not"));
    }
    print_they_may(s);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct look look = {.json = NULL};
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? look_at(&client, arguments->words[0], NULL, &look) : code;
    if (code == EXIT_DONE) {
        const char *path = arena_format(cli->arena, "/v1/cases/%s/next", look.id);
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        const struct show show = show_of(cli, &client, &look, answer);
        print_moves(&show);
    }
    json_decref(answer);
    look_done(&look);
    client_close(&client);
    return code;
}

const struct subcommand cmd_next = {
    .name = "next",
    .group = N_("Cases"),
    .synopsis = "CASE",
    .does = N_("what may be done in a case now, by whom, until when; what may not, and why"),
    .help = N_("Nothing here is advice: it is what the lifecycle allows (docs/lifecycle.md). Example:\n"
               "  comity next 3f2a"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
