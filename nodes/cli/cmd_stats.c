/* SPDX-License-Identifier: Apache-2.0 */
/* How long things took: counts, medians and what is still open, of both sides' time. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"since", "DATE", false, N_("only what began since then: 2026-06-01")},
    {"until", "DATE", false, N_("only what began before then")},
    {"by", "WORD", false, N_("party: a line for each other party")},
    {"exercise", NULL, false, N_("of exercises, which are counted apart")},
    {"after", "PLACE", false, N_("with --json: the lapses behind that place, \"more\" of the page before")},
    {NULL, NULL, false, NULL},
};

/* "22 min", "4 h 10", "12 d". */
static const char *span_text(const struct cli *cli, const char *more, uint64_t ms)
{
    unsigned long long minutes = ms / MS_PER_MINUTE;
    if (minutes < 120) {
        return cli_text(cli, "%s%llu min", more, minutes);
    }
    if (minutes < 2880) {
        return cli_text(cli, "%s%llu h %02llu", more, minutes / 60, minutes % 60);
    }
    return cli_text(cli, "%s%llu d", more, minutes / 1440);
}

/* Of a member in milliseconds; ">" before one that not so many of them reached yet; "-": none. */
static const char *span(const struct cli *cli, const json_t *row, const char *reached, const char *beyond)
{
    const json_t *value = json_object_get(row, reached);
    const json_t *least = json_object_get(row, beyond);
    if (value == NULL && least == NULL) {
        return "-";
    }
    return span_text(cli, value != NULL ? "" : ">",
                     (uint64_t)json_integer_value(value != NULL ? value : least));
}

/* Few: each of them. "22 min, 41 min, >2 h 10, never" */
static const char *dots(const struct cli *cli, const json_t *row)
{
    size_t i = 0;
    const json_t *dot = NULL;
    const char *text = "";
    json_array_foreach(json_object_get(row, "dots"), i, dot)
    {
        const json_t *ms = json_object_get(dot, "ms");
        const char *more = json_is_true(json_object_get(dot, "came")) ? "" : ">";
        const char *one = ms == NULL ? say(cli->words, N_("never"))
                                     : span_text(cli, more, (uint64_t)json_integer_value(ms));
        const char *longer = arena_format(cli->arena, "%s%s%s", text, i == 0 ? "" : ", ", one);
        text = longer == NULL ? text : longer;
    }
    return text;
}

static const char *share(const struct cli *cli, const json_t *row, const char *some, const char *all)
{
    const json_t *mature = json_object_get(row, all);
    const char *text =
        mature == NULL
            ? "-"
            : arena_format(cli->arena, "%lld/%lld", (long long)json_integer_value(json_object_get(row, some)),
                           (long long)json_integer_value(mature));
    return text == NULL ? "?" : text;
}

/* Of all that is measured of the same kind, how much lies in this part. */
static unsigned long long per_cent(const json_t *rows, const json_t *row)
{
    static const char *const same[] = {"metric", "whose", "urgency", "peer"};
    uint64_t whole = 0;
    size_t i = 0;
    const json_t *other = NULL;
    json_array_foreach(rows, i, other)
    {
        bool counts = true;
        for (size_t k = 0; k < sizeof same / sizeof same[0]; k++) {
            const json_t *a = json_object_get(row, same[k]), *b = json_object_get(other, same[k]);
            counts = counts && (a == b || json_equal(a, b));
        }
        whole += counts ? (uint64_t)json_integer_value(json_object_get(other, "total_ms")) : 0;
    }
    uint64_t part = (uint64_t)json_integer_value(json_object_get(row, "total_ms"));
    return whole == 0 ? 0 : (part * 200 + whole) / (2 * whole);
}

/* A line below the row: what is to be set beside it. */
static void print_beside(const struct cli *cli, const char *what, const char *median, const char *p90)
{
    (void)printf("  %-46.46s      %9s %9s\n", say(cli->words, what), median, p90);
}

static void print_hours(const struct cli *cli, const json_t *row, const char *member, const char *what)
{
    const json_t *hours = json_object_get(row, member);
    if (hours == NULL) {
        return;
    }
    const char *text =
        cli_text(cli, "%s (%lld; 95 of 100: %s to %s)", say(cli->words, what),
                 (long long)json_integer_value(json_object_get(hours, "n")),
                 span(cli, hours, "low_ms", "low_beyond_ms"), span(cli, hours, "high_ms", "high_beyond_ms"));
    (void)printf("  %-50s %9s\n", text, span(cli, hours, "median_ms", "median_beyond_ms"));
}

static void print_span(const struct cli *cli, const json_t *row)
{
    long long open = json_integer_value(json_object_get(row, "open"));
    const char *on_time = share(cli, row, "on_time", "mature");
    if (json_object_get(row, "dots") != NULL) {
        bool alone = json_array_size(json_object_get(row, "dots")) == 1; /* it stands for the median */
        (void)printf("%*s%*s %7s %4lld\n", alone ? 9 : 19, dots(cli, row), alone ? 10 : 0, "", on_time, open);
        return;
    }
    (void)printf("%9s %9s %7s %4lld\n", span(cli, row, "median_ms", "median_beyond_ms"),
                 span(cli, row, "p90_ms", "p90_beyond_ms"), on_time, open);
    if (json_object_get(row, "net_median_ms") != NULL ||
        json_object_get(row, "net_median_beyond_ms") != NULL) {
        print_beside(cli, N_("without the time that an answer was waited for"),
                     span(cli, row, "net_median_ms", "net_median_beyond_ms"),
                     span(cli, row, "net_p90_ms", "net_p90_beyond_ms"));
    }
    print_hours(cli, row, "in_hours", N_("in their hours"));
    print_hours(cli, row, "out_of_hours", N_("out of hours"));
}

static void print_row(const struct cli *cli, const json_t *rows, const json_t *row)
{
    struct arena *arena = cli->arena;
    const char *part = screen_member(arena, row, "part");
    const char *name =
        arena_format(arena, "%s%s%s", screen_member(arena, row, "metric"), part[0] == '\0' ? "" : ": ", part);
    (void)printf("%-22.22s %-6s %-9.9s %-8s %4lld ", name == NULL ? "?" : name,
                 say(cli->words, screen_member(arena, row, "whose")), screen_member(arena, row, "urgency"),
                 screen_member(arena, row, "peer"), (long long)json_integer_value(json_object_get(row, "n")));
    if (json_object_get(row, "so") != NULL) {
        long long so = json_integer_value(json_object_get(row, "so"));
        long long known = so + json_integer_value(json_object_get(row, "not_so"));
        (void)printf("%9s %9s %7s %4lld\n", known == 0 ? "-" : cli_text(cli, "%lld of %lld", so, known), "",
                     "", (long long)json_integer_value(json_object_get(row, "open")));
    } else if (json_object_get(row, "total_ms") != NULL) {
        (void)printf("%9s %8llu%%\n",
                     span_text(cli, "", (uint64_t)json_integer_value(json_object_get(row, "total_ms"))),
                     per_cent(rows, row));
    } else if (json_object_get(row, "done") != NULL) {
        print_span(cli, row);
    } else {
        (void)printf("\n");
    }
}

/* Returns how many there were so far. */
static size_t print_lapses(const struct cli *cli, const json_t *lapses, size_t before)
{
    size_t i = 0;
    const json_t *lapse = NULL;
    if (json_array_size(lapses) != 0 && before == 0) {
        screen_heading(stdout, cli->colour, say(cli->words, N_("Holds that lapsed")));
    }
    json_array_foreach(lapses, i, lapse)
    {
        cli_print(cli, "%.8s  %s  item %lld: %s owed by %s\n", screen_member(cli->arena, lapse, "case"),
                  screen_member(cli->arena, lapse, "peer"),
                  (long long)json_integer_value(json_object_get(lapse, "item")),
                  screen_member(cli->arena, lapse, "owed"),
                  strcmp(screen_member(cli->arena, lapse, "by"), "ours") == 0 ? say(cli->words, N_("us"))
                                                                              : say(cli->words, N_("them")));
    }
    return before + i;
}

static void print_rows(const struct cli *cli, const json_t *answer)
{
    size_t i = 0;
    const json_t *row = NULL;
    const json_t *rows = json_object_get(answer, "rows");
    const char *head = arena_format(
        cli->arena, "%-22s %-6s %-9s %-8s %4s %9s %9s %7s %4s", say(cli->words, N_("measure")),
        say(cli->words, N_("whose")), say(cli->words, N_("urgency")), say(cli->words, N_("with")), "n",
        say(cli->words, N_("median")), "p90", say(cli->words, N_("on time")), say(cli->words, N_("open")));
    screen_heading(stdout, cli->colour, head == NULL ? "" : head);
    json_array_foreach(rows, i, row)
    {
        print_row(cli, rows, row);
    }
    if (i == 0) {
        cli_print(cli, "nothing was measured\n");
    }
}

/* All that was measured, and a page of what lapsed; then more of these. */
static size_t print_stats(const struct cli *cli, const json_t *answer, bool last, size_t before)
{
    if (before == 0) {
        print_rows(cli, answer);
    }
    size_t count = print_lapses(cli, json_object_get(answer, "lapses"), before);
    if (last && json_is_true(json_object_get(answer, "cut"))) {
        const char *since = screen_member(cli->arena, answer, "since");
        cli_print(cli,
                  "only what began since %s, for there is more than is counted at once; before: comity stats "
                  "--until %s\n",
                  since, since);
    }
    return count;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    const char *since = argument_value(arguments, "since");
    const char *until = argument_value(arguments, "until");
    const char *by = argument_value(arguments, "by");
    if (by != NULL && strcmp(by, "party") != 0) {
        return cli_usage(cli, arguments, "--by is: party");
    }
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        const char *from = since == NULL ? "" : client_path(&client, "&since=", since);
        const char *to = until == NULL ? "" : client_path(&client, "&until=", until);
        const char *exercise = argument_given(arguments, "exercise") ? "1" : "0";
        const char *path = from == NULL || to == NULL
                               ? NULL
                               : arena_format(cli->arena, "/v1/stats?exercise=%s%s%s%s", exercise, from, to,
                                              by == NULL ? "" : "&by=party");
        code = path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory")
                            : client_pages(&client, path, argument_value(arguments, "after"), print_stats);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_stats = {
    .name = "stats",
    .group = N_("Cases"),
    .synopsis = "[--since DATE] [--until DATE] [--by party] [--exercise]",
    .does = N_("how long things took, by us and by them; what is still open counts, too"),
    .help = N_(
        "A median with > is one that half of them have not reached yet; of fewer than five each is shown.\n"
        "What each measure means is told by --json. Example:\n"
        "  comity stats --since 2026-06-01 --by party"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
