/* SPDX-License-Identifier: Apache-2.0 */
/* Many histories, each seed in a process of its own. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/play/swarm.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"

#define TWICE_PERMILLE 10
#define FAILURES_KEPT  1000
#define LINE_BYTES     ((size_t)64 * 1024)

static const struct option_spec options[] = {
    {"seeds", "A..B", false, N_("the first and the last seed")},
    {"jobs", "N", false, N_("processes at a time; default: processors")},
    {"keep-going", NULL, false, N_("after a failure; all seeds that fail are listed at the end")},
    {"coverage", "FILE", false, N_("write as JSON what was met how often")},
    {"all-cells", NULL, false,
     N_("fail, too, unless each cell of the lifecycle table that can be met is; for 1,000 seeds")},
    {"twice", "PERMILLE", false, N_("so many seeds in 1000 are played twice; default 10")},
    {NULL, NULL, false, NULL},
};

struct swarm_screen {
    struct cli *cli;
    struct arena *line; /* texts of the line of progress */
    bool shown;         /* such a line stands on the terminal */
    uint64_t failed[FAILURES_KEPT];
    size_t failed_count;
    json_t *failures; /* with --json */
};

static void clear_line(struct swarm_screen *screen)
{
    if (screen->shown) {
        (void)fprintf(stderr, "\r%-79s\r", "");
        (void)fflush(stderr);
        screen->shown = false;
    }
}

static void show_progress(void *context, const struct swarm_progress *p)
{
    struct swarm_screen *screen = context;
    struct arena *arena = screen->line;
    uint64_t left_ms = p->done == 0 ? 0 : (p->seeds - p->done) * p->wall_ms / p->done;
    uint64_t per_second_tenth = p->wall_ms == 0 ? 0 : p->done * 10000 / p->wall_ms;
    const struct catalogue *words = screen->cli->words;
    const char *text =
        arena_format(arena, say(words, "%s of %s seeds, %llu.%llu a second, %s left, %s failed"),
                     words_number(arena, p->done), words_number(arena, p->seeds),
                     (unsigned long long)per_second_tenth / 10, (unsigned long long)per_second_tenth % 10,
                     p->done == 0 ? "?" : words_span(arena, words, left_ms), words_number(arena, p->failed));
    (void)fprintf(stderr, "\r%s    ", text == NULL ? "?" : text);
    (void)fflush(stderr);
    screen->shown = true;
    arena_reset(arena);
}

/* The first one in full; the others, which often have the same cause, in a line. */
static void show_failure(void *context, const struct swarm_failure *failure)
{
    struct swarm_screen *screen = context;
    struct arena *arena = screen->cli->arena;
    bool first = screen->failed_count == 0;
    const char *text = screen_quiet(arena, bytes_of_text(failure->text));
    const char *report = first ? words_lines(arena, failure->report) : NULL;
    if (screen->failed_count < FAILURES_KEPT) {
        screen->failed[screen->failed_count++] = failure->seed;
    }
    if (screen->failures != NULL) {
        json_t *json = json_pack("{s:I, s:s, s:I, s:s, s:s?}", "seed", (json_int_t)failure->seed, "invariant",
                                 failure->invariant, "at_us", (json_int_t)failure->at_us, "text", text,
                                 "report", report);
        ensure(json_array_append_new(screen->failures, json) == 0);
        return;
    }
    clear_line(screen);
    if (report != NULL) {
        (void)fputs(report, stdout);
    }
    cli_print(screen->cli,
              "seed %llu BROKEN %s, at %s: %s\n  build %s; again: comity world run --seed %llu --trace\n",
              (unsigned long long)failure->seed, failure->invariant,
              words_span(arena, screen->cli->words, failure->at_us / 1000), text, words_build(),
              (unsigned long long)failure->seed);
    (void)fflush(stdout);
}

/* --- what was asked for --- */

static bool read_seeds(const char *text, uint64_t *ret_first, uint64_t *ret_last)
{
    char first[24];
    const char *dots = text == NULL ? NULL : strstr(text, "..");
    if (dots == NULL || (size_t)(dots - text) >= sizeof first) {
        return false;
    }
    (void)snprintf(first, sizeof first, "%.*s", (int)(dots - text), text);
    return number_read(first, 0, INT64_MAX, ret_first) &&
           number_read(dots + 2, *ret_first, INT64_MAX, ret_last);
}

/* EXIT_DONE, or having said what is wrong. */
static int read_options(struct cli *cli, const struct arguments *arguments, struct swarm_options *ret)
{
    const char *jobs = argument_value(arguments, "jobs");
    const char *twice = argument_value(arguments, "twice");
    const char *seeds = argument_value(arguments, "seeds");
    uint64_t number = workers_jobs();
    if (!read_seeds(seeds, &ret->first, &ret->last)) {
        return cli_usage(cli, arguments, "--seeds: write the first and the last seed, such as 1..1000");
    }
    if (jobs != NULL && !number_read(jobs, 1, SWARM_JOBS_MAX, &number)) {
        return cli_usage(cli, arguments, "--jobs: \"%s\" is no number from 1 to %d", jobs, SWARM_JOBS_MAX);
    }
    ret->jobs = (unsigned)number;
    number = TWICE_PERMILLE;
    if (twice != NULL && !number_read(twice, 0, 1000, &number)) {
        return cli_usage(cli, arguments, "--twice: \"%s\" is no number from 0 to 1000", twice);
    }
    ret->twice = (unsigned)number;
    ret->keep_going = argument_given(arguments, "keep-going");
    return EXIT_DONE;
}

/* --- what came of it --- */

static bool write_coverage(struct cli *cli, const char *path, const struct coverage *coverage)
{
    json_t *json = coverage_json(coverage);
    bool good = json != NULL && json_dump_file(json, path, JSON_INDENT(2)) == 0;
    json_decref(json);
    if (!good) {
        (void)cli_fail(cli, EXIT_REFUSED, NULL, "cannot write %s: %s", path, strerror(errno));
    }
    return good;
}

static void print_totals(const struct swarm_screen *screen, const struct swarm_result *result)
{
    struct arena *arena = screen->cli->arena;
    const struct swarm_progress *p = &result->progress;
    uint64_t ratio = p->wall_ms == 0 ? 0 : result->coverage.virtual_ms / p->wall_ms;
    coverage_print(stdout, &result->coverage);
    cli_print(screen->cli,
              "%s of %s seeds, %s failed; %s played twice; in %s, %s times as fast as real time; build %s\n",
              words_number(arena, p->done), words_number(arena, p->seeds), words_number(arena, p->failed),
              words_number(arena, result->twice), words_span(arena, screen->cli->words, p->wall_ms),
              words_number(arena, ratio), words_build());
    if (screen->failed_count > 0) {
        cli_print(screen->cli, "failed:");
        for (size_t i = 0; i < screen->failed_count; i++) {
            (void)printf(" %" PRIu64, screen->failed[i]);
        }
        cli_print(screen->cli, "\nkeep them for ever: a line each in tests/world/seeds.txt\n");
    }
}

static json_t *result_json(const struct swarm_screen *screen, const struct swarm_result *result)
{
    return json_pack("{s:b, s:s, s:I, s:I, s:I, s:I, s:I, s:o, s:o, s:O}", "ok", result->progress.failed == 0,
                     "build", words_build(), "seeds", (json_int_t)result->progress.seeds, "done",
                     (json_int_t)result->progress.done, "failed", (json_int_t)result->progress.failed,
                     "twice", (json_int_t)result->twice, "wall_ms", (json_int_t)result->progress.wall_ms,
                     "figures", words_figures_json(&result->figures), "coverage",
                     coverage_json(&result->coverage), "failures", screen->failures);
}

/* Of a swarm that stopped at a failure nothing can be said. */
static bool met_all_cells(struct cli *cli, const struct swarm_result *result)
{
    const struct swarm_progress *p = &result->progress;
    const unsigned wrong = p->done < p->seeds ? 0 : coverage_cells_wrong(&result->coverage, stderr);
    if (wrong != 0) {
        (void)cli_fail(cli, EXIT_REFUSED,
                       "aim people at them (drills/play/aims.def), or set drills/play/unmet.def right",
                       "%u cells of the lifecycle table were not met that can be, or were that cannot",
                       wrong);
    }
    return wrong == 0;
}

static int finish(struct swarm_screen *screen, const struct swarm_result *result,
                  const struct arguments *arguments)
{
    struct cli *cli = screen->cli;
    const char *coverage = argument_value(arguments, "coverage");
    clear_line(screen);
    bool written = coverage == NULL || write_coverage(cli, coverage, &result->coverage);
    if (cli->json && written) {
        written = cli_print_json(cli, result_json(screen, result)) == EXIT_DONE;
    } else if (written) {
        print_totals(screen, result);
    }
    const bool met = !argument_given(arguments, "all-cells") || met_all_cells(cli, result);
    return written && met && result->progress.failed == 0 ? EXIT_DONE : EXIT_REFUSED;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    static struct swarm_result result;
    static struct swarm_screen screen;
    struct swarm_options swarm = {.play = history_play, .context = &screen, .failed = show_failure};
    struct error error = {.text = "", .words = cli->words};
    int code = read_options(cli, arguments, &swarm);
    if (code != EXIT_DONE) {
        return code;
    }
    screen.cli = cli;
    screen.line = arena_new(LINE_BYTES);
    if (screen.line == NULL) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    screen.failures = cli->json ? json_array() : NULL;
    swarm.progress = cli->terminal && !cli->json ? show_progress : NULL;
    if (!swarm_run(&swarm, &result, &error)) {
        clear_line(&screen);
        code = cli_fail(cli, EXIT_REFUSED, "try fewer: --jobs 1", "%s", error.text);
    } else {
        code = finish(&screen, &result, arguments);
    }
    json_decref(screen.failures);
    arena_free(screen.line);
    return code;
}

const struct subcommand cmd_world_swarm = {
    .name = "world swarm",
    .group = N_("Worlds"),
    .synopsis = "--seeds A..B [--jobs N] [--keep-going] [--coverage FILE] [--all-cells] [--twice PERMILLE]",
    .does = N_("play many seeds, each in a process of its own, and say what was met"),
    .help = N_(
        "Stops at the first seed that breaks a promise and prints its report. A seed that aborts, hangs or\n"
        "takes too much memory fails alone and is told with its signal. A sample is played twice and must "
        "give\n"
        "the same transcript. At the end: how often each fault, each reason code and each cell of the\n"
        "lifecycle table was met, and which never. Example:\n"
        "  comity world swarm --seeds 1..1000 --keep-going"),
    .options = options,
    .run = run,
};
