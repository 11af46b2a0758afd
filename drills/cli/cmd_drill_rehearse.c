/* SPDX-License-Identifier: Apache-2.0 */
/* Rehearses a scenario: real daemons on this machine, with the clock compressed; simulated people. */
#include "drills/cli/play_scenario.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/conduct_rehearsal.h"
#include "nodes/cli/network_folder.h"

#define LINE_BYTES ((size_t)64 * 1024)

static const struct option_spec options[] = {
    {"set", "NAME=VALUE", true, N_("a parameter, or a path of keys: clock.compression=1440")},
    {"seed", "S", false, N_("the number that everything is drawn from, instead of the scenario's")},
    {"out", "DIR", false,
     N_("where the report goes; default a new folder here, named after the scenario and the time")},
    {"dir", "DIR", false,
     N_("put the network there and leave it: keys, stores, logs; a directory that does not exist yet")},
    {NULL, NULL, false, NULL},
};

struct rehearsal_screen {
    struct cli *cli;
    const struct scenario *scenario;
    struct arena *line;
    bool shown; /* a line of progress stands on the terminal */
};

/* What is left of the drill goes by as fast as its clock, jumps in no time. */
static uint64_t left_ms(const struct scenario *scenario, uint64_t at_ms, uint64_t end_ms)
{
    uint64_t left = end_ms - at_ms;
    for (size_t i = 0; i < scenario->clock.jumps.count; i++) {
        const struct scenario_jump *jump = &scenario->clock.jumps.list[i];
        uint64_t to = jump->to_ms < end_ms ? jump->to_ms : end_ms;
        left -= jump->at_ms >= at_ms && to > jump->at_ms ? to - jump->at_ms : 0;
    }
    return left / scenario->clock.compression;
}

static void show_progress(void *context, uint64_t at_ms, uint64_t start_ms, uint64_t end_ms)
{
    struct rehearsal_screen *screen = context;
    struct arena *arena = screen->line;
    const struct catalogue *words = screen->cli->words;
    const char *text =
        arena_format(arena, say(words, "%s of %s rehearsed, %s left"),
                     words_span(arena, words, at_ms - start_ms), words_span(arena, words, end_ms - start_ms),
                     words_span(arena, words, left_ms(screen->scenario, at_ms, end_ms)));
    (void)fprintf(stderr, "\r%s    ", text == NULL ? "?" : text);
    (void)fflush(stderr);
    screen->shown = true;
    arena_reset(arena);
}

static bool conduct_and_clear(const struct conduct_setup *setup, struct drill_record *record,
                              struct conduct_result *ret, struct error *error)
{
    struct rehearsal_screen *screen = setup->context;
    bool good = conduct_rehearsal(setup, record, ret, error);
    if (screen->shown) {
        (void)fprintf(stderr, "\r%-79s\r", "");
        (void)fflush(stderr);
    }
    arena_free(screen->line);
    return good;
}

static void prepare(struct cli *cli, const struct arguments *arguments, struct conduct_setup *setup)
{
    static struct rehearsal_screen screen;
    static struct rehearsal rehearsal;
    screen =
        (struct rehearsal_screen){.cli = cli, .scenario = setup->scenario, .line = arena_new(LINE_BYTES)};
    rehearsal = (struct rehearsal){.cli = cli, .directory = argument_value(arguments, "dir")};
    setup->context = &screen;
    setup->progress = cli->terminal && !cli->json && screen.line != NULL ? show_progress : NULL;
    setup->progress_ms = setup->scenario->clock.compression * MS_PER_SECOND;
    setup->rehearsal = &rehearsal;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *directory = argument_value(arguments, "dir");
    if (directory != NULL && !network_folder_is_empty(directory)) {
        return cli_fail(cli, EXIT_REFUSED, "choose a directory that does not exist yet",
                        "%s is there and not empty", directory);
    }
    return play_scenario(cli, arguments,
                         &(struct way_of_playing){.conduct = conduct_and_clear, .prepare = prepare});
}

const struct subcommand cmd_drill_rehearse = {
    .name = "drill rehearse",
    .group = N_("Drills"),
    .synopsis = "FILE [--set NAME=VALUE]... [--seed S] [--out DIR] [--dir DIR]",
    .does = N_("play a scenario on real daemons of this machine, at its compressed clock"),
    .help = N_(
        "FILE is a scenario, or a folder with a scenario.yaml in it.\n"
        "Makes a network for exercises in a fresh folder, starts a broker and a node for each party, and "
        "lets\n"
        "the simulated people of the scenario work at their API. Time runs as fast as clock.compression\n"
        "says, 1440 at most: a day in a minute. Whatever happens, every process has ended at the end, and\n"
        "the folder is removed; --dir names one that is kept. Examples:\n"
        "  comity drill rehearse long-weekend.yaml --set clock.compression=1440 --out /tmp/drill\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
