/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/play_scenario.h"

#include <malloc.h>

#include "base/daemon/host.h"
#include "drills/cli/play_progress.h"
#include "drills/cli/played_print.h"
#include "drills/cli/report_out.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/words.h"
#include "drills/cli/world_setup.h"

/* How to run it again: with the seed it was run with. */
static const char *command_again(struct cli *cli, const struct arguments *arguments, uint64_t seed)
{
    const char *sets[SCENARIO_SETS_MAX];
    size_t count = sets_of_arguments(arguments, sets);
    return words_command(cli->arena, arguments->subcommand->name, arguments->words[0], sets, count, seed);
}

/* Plays it, and says how far it is meanwhile. */
static bool conduct_and_show(struct cli *cli, const struct arguments *arguments,
                             const struct way_of_playing *way, struct conduct_setup *setup,
                             struct drill_record *record, struct conduct_result *ret, struct error *error)
{
    struct play_progress progress;
    setup->context = &progress;
    setup->progress = cli->terminal && !cli->json ? way->progress : NULL;
    if (way->prepare != NULL) {
        way->prepare(cli, arguments, setup);
    }
    play_progress_begin(&progress, cli, setup->scenario);
    bool good = way->conduct(setup, record, ret, error);
    play_progress_end(&progress);
    /* What hundreds of nodes had goes back: no other world follows, and to measure takes much, too. */
    (void)malloc_trim(0);
    return good;
}

static int play(struct cli *cli, const struct arguments *arguments, const struct scenario *scenario,
                uint64_t seed, const struct way_of_playing *way)
{
    const char *main_file = NULL, *folder = NULL;
    const char *out = argument_value(arguments, "out");
    struct error error = {.text = "", .words = cli->words};
    struct conduct_result result;
    struct conduct_setup setup = world_setup_of(scenario, seed, command_again(cli, arguments, seed));
    if (!report_folder_can_be(cli, scenario->file, out)) {
        return EXIT_REFUSED;
    }
    uint64_t started_ms = host_mono().ms;
    struct drill_record *record = record_new();
    int code = EXIT_DONE;
    if (conduct_and_show(cli, arguments, way, &setup, record, &result, &error)) {
        struct drill_measures *measures = measures_new(record, scenario);
        struct played_drill played = {.scenario = scenario,
                                      .measures = measures,
                                      .result = &result,
                                      .seed = seed,
                                      .wall_ms = host_mono().ms - started_ms};
        record_hash(record, played.transcript);
        folder = report_folder(cli, scenario->file, out);
        code = folder == NULL ? EXIT_REFUSED : report_out_measured(cli, measures, folder, &main_file);
        played.report = code == EXIT_DONE ? main_file : NULL;
        if (!cli->json) { /* what took long to play is told even where the disk is full */
            played_print(cli, &played);
        } else if (code == EXIT_DONE) {
            code = cli_print_json(cli, played_json(cli, &played));
        }
        measures_free(measures);
    } else {
        code = cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
    }
    ledger_done(&result.ledger);
    record_free(record);
    return code;
}

int play_scenario(struct cli *cli, const struct arguments *arguments, const struct way_of_playing *way)
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
        code = play(cli, arguments, scenario, text == NULL ? scenario->seed : seed, way);
    }
    arena_free(arena);
    return code;
}
