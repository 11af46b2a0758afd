/* SPDX-License-Identifier: Apache-2.0 */
/* A scenario at each point of a grid, many times: what would one more person change? */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/cli/report_out.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/sweep_play.h"
#include "drills/cli/sweep_print.h"
#include "drills/cli/words.h"
#include "drills/play/workers.h"
#include "nodes/cli/screen.h"

#define RUNS_DEFAULT   20
#define KEPT_BYTES_MAX ((size_t)1 << 30)
#define FILE_MODE      0644

static const struct option_spec options[] = {
    {"set", "NAME=VALUES", true, N_("a parameter or a path of keys: 3, or 1..4, or 90ms,500ms,2s")},
    {"runs", "N", false, N_("runs of each point, each with a seed of its own; default 20")},
    {"seed", "S", false, N_("the first seed, instead of the scenario's")},
    {"jobs", "N", false, N_("processes at a time; default: processors")},
    {"out", "DIR", false, N_("write there: sweep.html, sweep.json, sweep.csv; and go on with what is there")},
    {"all", NULL, false, N_("also what is the same everywhere")},
    {NULL, NULL, false, NULL},
};

/* What was asked for, and what it is of. */
struct asked {
    struct cli *cli;
    const struct arguments *arguments;
    struct sweep_grid grid;
    uint64_t seed, runs;
    unsigned jobs;
    const char *out;
    struct sweep_setup setup;
    struct arena *arena; /* of the scenario at the first point */
};

/* EXIT_DONE, or having said what is wrong. */
static int read_options(struct asked *asked)
{
    const char *runs = argument_value(asked->arguments, "runs");
    const char *jobs = argument_value(asked->arguments, "jobs");
    uint64_t number = workers_jobs();
    const char *sets[SCENARIO_SETS_MAX];
    struct error error = {.text = "", .words = asked->cli->words};
    size_t count = sets_of_arguments(asked->arguments, sets);
    asked->runs = RUNS_DEFAULT;
    if (runs != NULL && !number_read(runs, 1, SWEEP_RUNS_MAX, &asked->runs)) {
        return cli_usage(asked->cli, asked->arguments, "--runs: \"%s\" is no number from 1 to %d", runs,
                         SWEEP_RUNS_MAX);
    }
    if (jobs != NULL && !number_read(jobs, 1, WORKERS_JOBS_MAX, &number)) {
        return cli_usage(asked->cli, asked->arguments, "--jobs: \"%s\" is no number from 1 to %d", jobs,
                         WORKERS_JOBS_MAX);
    }
    if (!sweep_grid_read(sets, count, asked->cli->arena, &asked->grid, &error)) {
        return cli_usage(asked->cli, asked->arguments, "%s", error.text);
    }
    if (asked->grid.points * asked->runs > SWEEP_ALL_RUNS_MAX) {
        return cli_usage(asked->cli, asked->arguments,
                         "%zu points with %zu runs each are more than %d runs; take fewer of one",
                         asked->grid.points, (size_t)asked->runs, SWEEP_ALL_RUNS_MAX);
    }
    asked->jobs = (unsigned)number;
    asked->out = argument_value(asked->arguments, "out");
    return EXIT_DONE;
}

/* --- the scenario at each point: what is wrong with one is said before anything is played --- */

static int read_point(struct asked *asked, size_t point)
{
    int code = EXIT_DONE;
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    ensure(arena != NULL);
    const char *const *sets = sweep_grid_sets(&asked->grid, point, arena);
    ensure(sets != NULL);
    const struct scenario *scenario =
        scenario_of_sets(asked->cli, asked->arguments->words[0], sets, asked->grid.count, arena, &code);
    if (scenario != NULL) {
        memcpy(asked->setup.hashes[point], scenario->hash, sizeof scenario->hash);
    }
    if (scenario != NULL && point == 0) {
        asked->seed = scenario->seed;
        asked->setup.scenario = scenario;
        asked->arena = arena;
    } else {
        arena_free(arena);
    }
    return code;
}

static int read_scenarios(struct asked *asked)
{
    const char *seed = argument_value(asked->arguments, "seed");
    int code = EXIT_DONE;
    asked->setup.hashes = calloc(asked->grid.points + 1, sizeof *asked->setup.hashes);
    ensure(asked->setup.hashes != NULL);
    for (size_t point = 0; code == EXIT_DONE && point < asked->grid.points; point++) {
        code = read_point(asked, point);
    }
    if (code == EXIT_DONE && seed != NULL &&
        !number_read(seed, 0, INT64_MAX - SWEEP_RUNS_MAX, &asked->seed)) {
        code = cli_usage(asked->cli, asked->arguments, "--seed: \"%s\" is no seed: a number from 0", seed);
    }
    return code;
}

/* --- what was played before --- */

/* The file that runs are kept in; NULL: it cannot be had, which was said. */
static const char *kept_open(struct asked *asked, struct sweep *sweep)
{
    struct cli *cli = asked->cli;
    struct error error = {.text = "", .words = cli->words};
    struct bytes lines = bytes_of(NULL, 0);
    const char *path = cli_text(cli, "%s/runs.jsonl", asked->out);
    if (mkdir(asked->out, 0777) != 0 && errno != EEXIST) {
        (void)cli_fail(cli, EXIT_REFUSED, N_("name a folder that can be made"), "%s: %s",
                       screen_quiet(cli->arena, bytes_of_text(asked->out)), strerror(errno));
        return NULL;
    }
    struct arena *arena = arena_new(KEPT_BYTES_MAX + 4096);
    ensure(arena != NULL);
    enum files_outcome outcome = files_read(path, KEPT_BYTES_MAX, arena, &lines, &error);
    if (outcome == FILES_OK && sweep_take_all(sweep, lines) != 0) {
        cli_note(cli, "%zu of %zu runs are there already", sweep_done(sweep),
                 asked->grid.points * (size_t)asked->runs);
    }
    arena_free(arena);
    if (outcome == FILES_FAILED) {
        (void)cli_fail(cli, EXIT_REFUSED, N_("name another folder"), "%s", error.text);
        return NULL;
    }
    return path;
}

/* --- what came of it --- */

static int write_out(struct asked *asked, struct sweep *sweep, const char **ret_main)
{
    struct error error = {.text = "", .words = asked->cli->words};
    size_t size = 0;
    json_t *json = sweep_json(sweep);
    char *csv = sweep_csv(sweep, &size);
    int code = page_out(asked->cli, json, asked->out, "sweep", ret_main);
    if (code == EXIT_DONE && !files_write_atomic(cli_text(asked->cli, "%s/sweep.csv", asked->out),
                                                 bytes_of(csv, size), FILE_MODE, &error)) {
        code =
            cli_fail(asked->cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s", error.text);
    }
    free(csv);
    json_decref(json);
    return code;
}

static int show(struct asked *asked, struct sweep *sweep)
{
    struct cli *cli = asked->cli;
    size_t all = asked->grid.points * (size_t)asked->runs, done = sweep_done(sweep);
    const char *main_file = NULL;
    int code = asked->out == NULL ? EXIT_DONE : write_out(asked, sweep, &main_file);
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, sweep_json(sweep));
    } else if (code == EXIT_DONE) {
        sweep_print(cli, sweep, &asked->grid, argument_given(asked->arguments, "all"));
        if (main_file != NULL) {
            cli_print(cli, "report     %s\n", screen_quiet(cli->arena, bytes_of_text(main_file)));
        }
    }
    if (code == EXIT_DONE && done != all) {
        cli_note(cli, "%zu of %zu runs were played.", done, all);
        cli_note(cli, asked->out != NULL
                          ? N_("The same command goes on from there.")
                          : N_("They are not kept; name a folder, so that it can go on: --out DIR"));
        code = EXIT_REFUSED;
    }
    return code;
}

static const char *command_of(struct asked *asked)
{
    struct arena *arena = asked->cli->arena;
    const char *sets[SCENARIO_SETS_MAX];
    size_t count = sets_of_arguments(asked->arguments, sets);
    const char *text =
        words_command(arena, cmd_drill_sweep.name, asked->arguments->words[0], sets, count, asked->seed);
    text = arena_format(arena, "%s%s%zu", text, " --runs ", (size_t)asked->runs);
    return text == NULL ? "" : text;
}

static int play(struct asked *asked)
{
    asked->setup.grid = &asked->grid;
    asked->setup.seed = asked->seed;
    asked->setup.runs = (size_t)asked->runs;
    asked->setup.build = words_build();
    asked->setup.command = command_of(asked);
    struct sweep *sweep = sweep_new(&asked->setup);
    struct sweep_play play = {.cli = asked->cli,
                              .file = asked->arguments->words[0],
                              .grid = &asked->grid,
                              .sweep = sweep,
                              .seed = asked->seed,
                              .runs = (size_t)asked->runs,
                              .jobs = asked->jobs};
    int code = EXIT_DONE;
    if (asked->out != NULL && (play.kept = kept_open(asked, sweep)) == NULL) {
        code = EXIT_REFUSED;
    }
    code = code == EXIT_DONE ? sweep_play(&play) : code;
    code = code == EXIT_DONE ? show(asked, sweep) : code;
    sweep_free(sweep);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct asked *asked = calloc(1, sizeof *asked);
    ensure(asked != NULL);
    asked->cli = cli;
    asked->arguments = arguments;
    int code = read_options(asked);
    code = code == EXIT_DONE ? read_scenarios(asked) : code;
    code = code == EXIT_DONE ? play(asked) : code;
    free(asked->setup.hashes);
    arena_free(asked->arena);
    free(asked);
    return code;
}

const struct subcommand cmd_drill_sweep = {
    .name = "drill sweep",
    .group = N_("Drills"),
    .synopsis = "FILE --set NAME=VALUES... [--runs N] [--seed S] [--jobs N] [--out DIR] [--all]",
    .does = N_("play a scenario with other staffings, many times each, and set them beside each other"),
    .help =
        N_("Each combination of the values is a point; each point is played N times in simulated time, with "
           "the\n"
           "same seeds everywhere, on all processors. Says what differs between the points by more than "
           "chance.\n"
           "What is wrong at any point is said before anything is played. With --out each run is kept as it\n"
           "ends: the same command goes on where it was interrupted. Example:\n"
           "  comity drill sweep drills/scenarios/long-weekend --set ph_people=1..4\n"
           "    --set ph_desk=office-and-phone,day-and-night --runs 50 --out /tmp/sweep"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
