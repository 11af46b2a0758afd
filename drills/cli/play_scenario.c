/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/play_scenario.h"

#include <inttypes.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "drills/cli/played_print.h"
#include "drills/cli/report_out.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/words.h"

/* How to run it again: with the seed it was run with. */
static const char *command_again(struct cli *cli, const struct arguments *arguments, uint64_t seed)
{
    const char *text = arena_format(cli->arena, "comity %s %s", arguments->subcommand->name,
                                    words_shell(cli->arena, arguments->words[0]));
    const char *set = NULL;
    for (size_t i = 0; text != NULL && (set = argument_nth(arguments, "set", i)) != NULL; i++) {
        text = arena_format(cli->arena, "%s%s%s", text, " --set ", words_shell(cli->arena, set));
    }
    text = text == NULL ? NULL : arena_format(cli->arena, "%s%s%" PRIu64, text, " --seed ", seed);
    return text == NULL ? "" : text;
}

static int play(struct cli *cli, const struct arguments *arguments, const struct scenario *scenario,
                uint64_t seed, const struct way_of_playing *way)
{
    const char *main_file = NULL;
    bool made = false;
    struct error error = {.text = "", .words = cli->words};
    struct conduct_result result;
    struct conduct_setup setup = {.scenario = scenario,
                                  .seed = seed,
                                  .build = words_build(),
                                  .command = command_again(cli, arguments, seed)};
    way->prepare(cli, arguments, &setup);
    const char *folder = report_folder(cli, scenario->file, argument_value(arguments, "out"), &made);
    if (folder == NULL) {
        return EXIT_REFUSED;
    }
    uint64_t started_ms = host_mono().ms;
    struct drill_record *record = record_new();
    int code = EXIT_DONE;
    if (way->conduct(&setup, record, &result, &error)) {
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
