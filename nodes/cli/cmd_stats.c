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
    {"by", "WORD", false, N_("party: a line for each other party")},
    {"exercise", NULL, false, N_("of exercises, which are counted apart")},
    {NULL, NULL, false, NULL},
};

/* "22 min", "4 h 10", "12 d": of a member in milliseconds; ">" before one that not half of them reached yet; "-": none. */
static const char *span(const struct cli *cli, const json_t *row, const char *reached, const char *beyond)
{
    const json_t *value = json_object_get(row, reached);
    const json_t *least = json_object_get(row, beyond);
    uint64_t minutes = (uint64_t)json_integer_value(value != NULL ? value : least) / MS_PER_MINUTE;
    const char *more = value != NULL ? "" : ">";
    if (value == NULL && least == NULL) {
        return "-";
    }
    const char *text = minutes < 120 ? cli_text(cli, "%s%llu min", more, (unsigned long long)minutes)
                       : minutes < 2880
                           ? cli_text(cli, "%s%llu h %02llu", more, (unsigned long long)(minutes / 60),
                                      (unsigned long long)(minutes % 60))
                           : cli_text(cli, "%s%llu d", more, (unsigned long long)(minutes / 1440));
    return text;
}

static const char *share(const struct cli *cli, const json_t *row)
{
    const json_t *mature = json_object_get(row, "mature");
    const char *text = mature == NULL
                           ? "-"
                           : arena_format(cli->arena, "%lld/%lld",
                                          (long long)json_integer_value(json_object_get(row, "on_time")),
                                          (long long)json_integer_value(mature));
    return text == NULL ? "?" : text;
}

static void print_row(const struct cli *cli, const json_t *row)
{
    struct arena *arena = cli->arena;
    const json_t *so = json_object_get(row, "so");
    long long n = json_integer_value(json_object_get(row, "n"));
    (void)printf("%-22.22s %-6s %-9.9s %-8s %4lld ", screen_member(arena, row, "metric"),
                 say(cli->words, screen_member(arena, row, "whose")), screen_member(arena, row, "urgency"),
                 screen_member(arena, row, "peer"), n);
    if (so != NULL) {
        (void)printf("%9lld\n", (long long)json_integer_value(so));
    } else {
        (void)printf("%9s %9s %7s %4lld\n", span(cli, row, "median_ms", "median_beyond_ms"),
                     span(cli, row, "p90_ms", "p90_beyond_ms"), share(cli, row),
                     (long long)json_integer_value(json_object_get(row, "open")));
    }
}

static void print_stats(const struct cli *cli, const json_t *answer)
{
    size_t i = 0;
    const json_t *row = NULL;
    const char *head = arena_format(
        cli->arena, "%-22s %-6s %-9s %-8s %4s %9s %9s %7s %4s", say(cli->words, N_("measure")),
        say(cli->words, N_("whose")), say(cli->words, N_("urgency")), say(cli->words, N_("with")), "n",
        say(cli->words, N_("median")), "p90", say(cli->words, N_("on time")), say(cli->words, N_("open")));
    screen_heading(stdout, cli->colour, head == NULL ? "" : head);
    json_array_foreach(json_object_get(answer, "rows"), i, row)
    {
        print_row(cli, row);
    }
    if (i == 0) {
        cli_print(cli, "nothing was measured\n");
    }
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    const char *since = argument_value(arguments, "since");
    const char *by = argument_value(arguments, "by");
    if (by != NULL && strcmp(by, "party") != 0) {
        return cli_usage(cli, arguments, "--by is: party");
    }
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        const char *path = arena_format(
            cli->arena, "/v1/stats?%s%s%s%s", since == NULL ? "" : "since=", since == NULL ? "" : since,
            by == NULL ? "" : "&by=party", argument_given(arguments, "exercise") ? "&exercise=1" : "");
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        print_stats(cli, answer);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_stats = {
    .name = "stats",
    .group = N_("Cases"),
    .synopsis = "[--since DATE] [--by party] [--exercise]",
    .does = N_("how long things took, by us and by them; what is still open counts, too"),
    .help = N_(
        "A median with > is one that half of them have not reached yet. What each measure means is told by\n"
        "--json. Example:\n"
        "  comity stats --since 2026-06-01 --by party"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
