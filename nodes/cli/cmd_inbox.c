/* SPDX-License-Identifier: Apache-2.0 */
/* A line a case: class; time to the next thing we owe, and what; who, their number; what and where; loss; flags. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nodes/cli/client.h"
#include "nodes/cli/look.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"all", NULL, false, N_("also what only the other side owes, and what is closed")},
    {NULL, NULL, false, NULL},
};

struct list {
    const struct cli *cli;
    const char *party;
    uint64_t now_ms;
};

/* "00:18", "12d", "-02:10" when it is overdue. */
static const char *left(const struct list *l, uint64_t when_ms)
{
    bool over = when_ms < l->now_ms;
    uint64_t minutes = (over ? l->now_ms - when_ms : when_ms - l->now_ms) / MS_PER_MINUTE;
    const char *text =
        minutes >= 2 * 1440
            ? arena_format(l->cli->arena, "%s%llud", over ? "-" : "", (unsigned long long)(minutes / 1440))
            : arena_format(l->cli->arena, "%s%02llu:%02llu", over ? "-" : "",
                           (unsigned long long)(minutes / 60), (unsigned long long)(minutes % 60));
    return text == NULL ? "?" : text;
}

/* "LOOK" when we owe it, "(decide)" when they do, "" when nobody owes anything. */
static const char *due_text(const struct list *l, const json_t *due)
{
    const char *what = say(l->cli->words, screen_member(l->cli->arena, due, "what"));
    bool ours = strcmp(screen_member(l->cli->arena, due, "by"), l->party) == 0;
    char *text = arena_format(l->cli->arena, ours || what[0] == '\0' ? "%s" : "(%s)", what);
    for (char *c = ours ? text : NULL; c != NULL && *c != '\0'; c++) {
        *c = *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c;
    }
    return text == NULL ? "?" : text;
}

static const char *flags_text(const struct list *l, const json_t *flags)
{
    size_t i = 0;
    const json_t *flag = NULL;
    const char *text = "";
    json_array_foreach(flags, i, flag)
    {
        const char *word = screen_string(l->cli->arena, flag);
        const char *longer = arena_format(l->cli->arena, "%s%s%s", text, i == 0 ? "  " : " ",
                                          strcmp(word, "DUP") == 0 ? "DUP?" : word);
        text = longer == NULL ? text : longer;
    }
    return text;
}

static const char *loss_text(const struct list *l, uint64_t dies)
{
    const char *text =
        dies == 0
            ? ""
            : cli_text(l->cli, dies < l->now_ms ? N_("  DATA DIED %s (%s)") : N_("  DATA DIE %s (%s)"),
                       when_local(l->cli, l->now_ms, dies, NULL), when_distance(l->cli, l->now_ms, dies));
    return text == NULL ? "" : text;
}

/* One line a case for programs; on a terminal what does not fit goes on below, indented. */
static void print_line(const struct list *l, const json_t *line)
{
    struct arena *arena = l->cli->arena;
    const json_t *due = json_object_get(line, "due");
    const char *class = screen_member(arena, line, "class");
    bool loud = strcmp(class, "E") == 0 || json_is_true(json_object_get(line, "overdue"));
    json_int_t items = json_integer_value(json_object_get(line, "items"));
    const char *hold = arena_format(
        arena, say_n(l->cli->words, "hold %lld item", "hold %lld items", (uint64_t)items), (long long)items);
    const char *first =
        arena_format(arena, "%s%-1s %-6s %-10s ", loud ? "!" : " ", class,
                     json_is_object(due) ? left(l, look_ms(due, "when")) : "", due_text(l, due));
    const char *rest = arena_format(
        arena, "%s %s  %s  %.8s  %s  %s%s%s", screen_member(arena, line, "who"),
        screen_member(arena, line, "reference"), screen_member(arena, line, "state"),
        screen_member(arena, line, "case"), hold == NULL ? "?" : hold, screen_member(arena, line, "target"),
        loss_text(l, look_ms(line, "data_dies")), flags_text(l, json_object_get(line, "flags")));
    if (first == NULL || rest == NULL) {
        (void)puts("?");
    } else if (isatty(STDOUT_FILENO) == 1) {
        screen_wrapped(stdout, first, strlen(first), rest, 0);
    } else {
        (void)printf("%s%s\n", first, rest);
    }
}

static void print_lines(const struct list *l, const json_t *lines)
{
    size_t i = 0;
    const json_t *line = NULL;
    json_array_foreach(lines, i, line)
    {
        print_line(l, line);
    }
}

static void print_inbox(const struct cli *cli, const json_t *answer)
{
    const struct list list = {
        .cli = cli, .party = screen_member(cli->arena, answer, "party"), .now_ms = look_ms(answer, "now")};
    const json_t *exercises = json_object_get(answer, "exercises");
    long long folded = json_integer_value(json_object_get(answer, "folded"));
    print_lines(&list, json_object_get(answer, "cases"));
    if (json_array_size(exercises) != 0) {
        screen_heading(stdout, cli->colour, say(cli->words, "EXERCISE: nothing below is real"));
        print_lines(&list, exercises);
    }
    if (json_array_size(json_object_get(answer, "cases")) + json_array_size(exercises) == 0) {
        cli_print(cli, "nothing waits for %s\n", list.party);
    }
    if (folded > 0) {
        (void)printf(
            say_n(
                cli->words,
                "%lld more where only the other side owes something, or that is closed: comity inbox --all\n",
                "%lld more where only the other side owes something, or that are closed: comity inbox "
                "--all\n",
                (uint64_t)folded),
            folded);
    }
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        code =
            client_get(&client, argument_given(arguments, "all") ? "/v1/inbox?all=1" : "/v1/inbox", &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        print_inbox(cli, answer);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_inbox = {
    .name = "inbox",
    .group = N_("Cases"),
    .synopsis = "[--all]",
    .does = N_("a line a case: what this side owes next, by when"),
    .help =
        N_("Sorted by loss of data or life, then legal dates, then promises. Class: E emergency, U urgent,\n"
           "R routine. In capitals what we owe; in brackets what they owe. After the state: the case's id."),
    .options = options,
    .needs_directory = true,
    .run = run,
};
