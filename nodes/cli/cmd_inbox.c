/* SPDX-License-Identifier: Apache-2.0 */
/* A line a case: class; time to the next thing we owe, and what; who, their number; what and where; loss; who has it; flags. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "nodes/cli/client.h"
#include "nodes/cli/look.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"they", NULL, false, N_("also what only the other side owes")},
    {"all", NULL, false, N_("also what only the other side owes, and what is closed")},
    {"after", "PLACE", false, N_("with --json: the page behind that place, \"more\" of the page before")},
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

/* "hold", "assistance": what the case is, by the type of its request. */
static const char *machine_of_type(const struct list *l, const char *type)
{
    static const char *const machines[][2] = {
#define MACHINE(word, text, type, ...) {#type, text},
#include "nodes/machines.def"
#undef MACHINE
    };
    for (size_t i = 0; i < sizeof machines / sizeof machines[0]; i++) {
        if (strcmp(machines[i][0], type) == 0) {
            return say(l->cli->words, machines[i][1]);
        }
    }
    return type;
}

/* "hold 3 items" */
static const char *what_text(const struct list *l, const json_t *line)
{
    json_int_t items = json_integer_value(json_object_get(line, "items"));
    const char *what = machine_of_type(l, screen_member(l->cli->arena, line, "type"));
    const char *text =
        arena_format(l->cli->arena, say_n(l->cli->words, "%s %lld item", "%s %lld items", (uint64_t)items),
                     what, (long long)items);
    return text == NULL ? "?" : text;
}

/* When the data die that nobody holds; else how much is held, and to when. */
static const char *standing_text(const struct list *l, const json_t *line)
{
    uint64_t dies = look_ms(line, "data_dies"), until = look_ms(line, "held_until");
    long long held = json_integer_value(json_object_get(line, "held"));
    long long items = json_integer_value(json_object_get(line, "items"));
    if (dies != 0) {
        return cli_text(l->cli, dies < l->now_ms ? N_("DATA DIED %s (%s)") : N_("DATA DIE %s (%s)"),
                        when_local(l->cli, l->now_ms, dies, NULL), when_distance(l->cli, l->now_ms, dies));
    }
    if (held != 0 && held < items) {
        return cli_text(l->cli, "%lld of %lld held", held, items);
    }
    if (until != 0) {
        return cli_text(l->cli, "held to %s", when_local(l->cli, l->now_ms, until, NULL));
    }
    return screen_member(l->cli->arena, line, "state");
}

/* "item 2 waits for them" */
static const char *waits_text(const struct list *l, const json_t *line)
{
    const char *numbers = "";
    size_t i = 0;
    const json_t *item = NULL;
    const json_t *waits = json_object_get(line, "waits");
    json_array_foreach(waits, i, item)
    {
        const char *longer = arena_format(l->cli->arena, "%s%s%lld", numbers, i == 0 ? "" : ",",
                                          (long long)json_integer_value(item));
        numbers = longer == NULL ? numbers : longer;
    }
    const char *text = i == 0 ? ""
                              : arena_format(l->cli->arena,
                                             say_n(l->cli->words, "  item %s waits for them",
                                                   "  items %s wait for them", (uint64_t)i),
                                             numbers);
    return text == NULL ? "" : text;
}

static const char *order_text(const struct list *l, const json_t *line)
{
    uint64_t until = look_ms(line, "order_until");
    return until == 0 ? "" : cli_text(l->cli, "  order ends %s", when_local(l->cli, l->now_ms, until, NULL));
}

/* "  not delivered since 14:02 (26 min ago), call +99 555 0100" */
static const char *undelivered_text(const struct list *l, const json_t *line)
{
    const json_t *undelivered = json_object_get(line, "undelivered");
    uint64_t since = look_ms(undelivered, "since");
    const char *phone = screen_member(l->cli->arena, undelivered, "call");
    if (since == 0) {
        return "";
    }
    return cli_text(l->cli, "  not delivered since %s (%s), call %s",
                    when_local(l->cli, l->now_ms, since, NULL), when_distance(l->cli, l->now_ms, since),
                    phone[0] == '\0' ? screen_member(l->cli->arena, line, "who") : phone);
}

static const char *taken_text(const struct list *l, const json_t *line)
{
    const json_t *taken = json_object_get(line, "taken");
    return taken == NULL ? say(l->cli->words, N_("unclaimed")) : screen_member(l->cli->arena, taken, "name");
}

/* One line a case for programs; on a terminal what does not fit goes on below, indented. */
static void print_line(const struct list *l, const json_t *line)
{
    struct arena *arena = l->cli->arena;
    const json_t *due = json_object_get(line, "due");
    const char *class = screen_member(arena, line, "class");
    bool loud = strcmp(class, "E") == 0 || json_is_true(json_object_get(line, "overdue"));
    const char *first =
        arena_format(arena, "%s%-1s %-6s %-10s ", loud ? "!" : " ", class,
                     json_is_object(due) ? left(l, look_ms(due, "when")) : "", due_text(l, due));
    const char *rest = arena_format(
        arena, "%s %s  %s  %s  %s%s%s  %s%s%s  %.8s", screen_member(arena, line, "who"),
        screen_member(arena, line, "reference"), what_text(l, line), screen_member(arena, line, "target"),
        standing_text(l, line), order_text(l, line), undelivered_text(l, line), taken_text(l, line),
        flags_text(l, json_object_get(line, "flags")), waits_text(l, line),
        screen_member(arena, line, "case"));
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

static size_t print_inbox(const struct cli *cli, const json_t *answer, bool last, size_t before)
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
    size_t count = before + json_array_size(json_object_get(answer, "cases")) + json_array_size(exercises);
    if (count == 0 && last) {
        cli_print(cli, "nothing waits for %s\n", list.party);
    }
    if (folded > 0 && last) {
        (void)printf(
            say_n(
                cli->words,
                "%lld more where only the other side owes something, or that is closed: comity inbox --all\n",
                "%lld more where only the other side owes something, or that are closed: comity inbox "
                "--all\n",
                (uint64_t)folded),
            folded);
    }
    return count;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    const char *path = argument_given(arguments, "all")    ? "/v1/inbox?all=1"
                       : argument_given(arguments, "they") ? "/v1/inbox?they=1"
                                                           : "/v1/inbox";
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? client_pages(&client, path, argument_value(arguments, "after"), print_inbox)
                             : code;
    client_close(&client);
    return code;
}

const struct subcommand cmd_inbox = {
    .name = "inbox",
    .group = N_("Cases"),
    .synopsis = "[--they | --all]",
    .does = N_("a line a case: what this side owes next, by when"),
    .help = N_("First emergencies, then data that are about to be lost, then legal dates, then\n"
               "promises. Class: E emergency, U urgent, R routine. In capitals what we owe; in\n"
               "brackets what they owe. Last comes the id of the case.\n"
               "Example:\n  comity inbox --they"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
