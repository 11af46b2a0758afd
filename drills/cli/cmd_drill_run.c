/* SPDX-License-Identifier: Apache-2.0 */
/* Plays a scenario in the world: simulated time, real nodes and broker, simulated people. */
#include <inttypes.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "drills/cli/play_progress.h"
#include "drills/cli/played_print.h"
#include "drills/cli/report_out.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/cli/world_setup.h"

static const struct option_spec options[] = {
    {"set", "NAME=VALUE", true, N_("a parameter, or a path of keys: states.XB.units.poc.people=3")},
    {"seed", "S", false, N_("the number that everything is drawn from, instead of the scenario's")},
    {"out", "DIR", false,
     N_("where the report goes; default a new folder here, named after the scenario and the time")},
    {NULL, NULL, false, NULL},
};

/* How to run it again: with the seed it was run with. */
static const char *command_again(struct cli *cli, const struct arguments *arguments, uint64_t seed)
{
    const char *sets[SCENARIO_SETS_MAX];
    size_t count = sets_of_arguments(arguments, sets);
    return words_command(cli->arena, "run", arguments->words[0], sets, count, seed);
}

static int play(struct cli *cli, const struct arguments *arguments, const struct scenario *scenario,
                uint64_t seed)
{
    const char *main_file = NULL;
    bool made = false;
    struct error error = {.text = "", .words = cli->words};
    struct conduct_result result;
    struct play_progress progress;
    struct conduct_setup setup = world_setup_of(scenario, seed, command_again(cli, arguments, seed));
    setup.context = &progress;
    setup.progress = cli->terminal && !cli->json ? play_progress_show : NULL;
    const char *folder = report_folder(cli, scenario->file, argument_value(arguments, "out"), &made);
    if (folder == NULL) {
        return EXIT_REFUSED;
    }
    uint64_t started_ms = host_mono().ms;
    struct drill_record *record = record_new();
    int code = EXIT_DONE;
    play_progress_begin(&progress, cli);
    bool good = conduct_world(&setup, record, &result, &error);
    play_progress_end(&progress);
    if (good) {
        struct played_drill played = {.scenario = scenario,
                                      .record = record,
                                      .result = &result,
                                      .seed = seed,
                                      .wall_ms = host_mono().ms - started_ms};
        record_hash(record, played.transcript);
        code = report_out(cli, scenario, record, folder, &main_file);
        played.report = main_file;
        if (code == EXIT_DONE && cli->json) {
            code = cli_print_json(cli, played_json(cli, &played));
        } else if (code == EXIT_DONE) {
            played_print(cli, &played);
        }
    } else {
        code = cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
        (void)(made && rmdir(folder) == 0);
    }
    ledger_done(&result.ledger);
    record_free(record);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *text = argument_value(arguments, "seed");
    uint64_t seed = 0;
    if (text != NULL && !number_read(text, 0, INT64_MAX, &seed)) {
        return cli_usage(cli, arguments, "--seed: \"%s\" is no seed: a number from 0", text);
    }
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    if (arena == NULL) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    int code = EXIT_DONE;
    const struct scenario *scenario = scenario_of_arguments(cli, arguments, arena, &code);
    if (scenario != NULL) {
        code = play(cli, arguments, scenario, text == NULL ? scenario->seed : seed);
    }
    arena_free(arena);
    return code;
}

const struct subcommand cmd_drill_run = {
    .name = "drill run",
    .group = N_("Drills"),
    .synopsis = "FILE [--set NAME=VALUE]... [--seed S] [--out DIR]",
    .does = N_("play a scenario in simulated time, and say what came of it"),
    .help = N_(
        "FILE is a scenario, or a folder with a scenario.yaml in it.\n"
        "Real nodes and a real broker in one process, with simulated people at the desks: what became of\n"
        "each inject in local times, and which expectation was met, late or missed. The same scenario,\n"
        "seed and build give the same transcript to the byte. The report is three files in one folder:\n"
        "report.html for people, which opens without a network, report.json for programs, events.csv for\n"
        "tables. Nobody is there to release by hand: an inject that is manual is released at its time, or\n"
        "at the one that --set injects.NAME.at=TIME gives it. Examples:\n"
        "  comity drill run drills/scenarios/long-weekend\n"
        "  comity drill run long-weekend.yaml --set ph_desk=day-and-night --out /tmp/drill"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
