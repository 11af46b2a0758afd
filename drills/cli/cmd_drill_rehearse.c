/* SPDX-License-Identifier: Apache-2.0 */
/* Rehearses a scenario: real daemons on this machine, with the clock compressed; simulated people. */
#include "base/ensure.h"
#include "drills/cli/play_progress.h"
#include "drills/cli/play_scenario.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/conduct_rehearsal.h"
#include "drills/conduct/left_over.h"
#include "nodes/cli/network_folder.h"

static const struct option_spec options[] = {
    {"set", "NAME=VALUE", true, N_("a parameter, or a path of keys: clock.compression=1440")},
    {"seed", "S", false, N_("the number that everything is drawn from, instead of the scenario's")},
    {"out", "DIR", false,
     N_("where the report goes; default a new folder here, named after the scenario and the time")},
    {"dir", "DIR", false,
     N_("put the network there and leave it: keys, stores, logs; a directory that does not exist yet")},
    {NULL, NULL, false, NULL},
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
    struct play_progress *progress = context;
    struct arena *arena = progress->line;
    const struct catalogue *words = progress->cli->words;
    play_progress_say(progress,
                      arena_format(arena, say(words, "%s of %s rehearsed, %s left"),
                                   words_span(arena, words, at_ms - start_ms),
                                   words_span(arena, words, end_ms - start_ms),
                                   words_span(arena, words, left_ms(progress->scenario, at_ms, end_ms))));
}

static void prepare(struct cli *cli, const struct arguments *arguments, struct conduct_setup *setup)
{
    setup->rehearsal = arena_zero(cli->arena, 1, sizeof *setup->rehearsal);
    ensure(setup->rehearsal != NULL);
    *setup->rehearsal = (struct rehearsal){.cli = cli, .directory = argument_value(arguments, "dir")};
    setup->progress_ms = setup->scenario->clock.compression * MS_PER_SECOND;
}

static void say_left_over(struct cli *cli, const char *directory, enum left_over what)
{
    const char *shown = words_shell(cli->arena, directory);
    if (what == LEFT_RUNNING) {
        cli_note(cli, "a rehearsal was killed, and its daemons run; end them: comity network down %s", shown);
    } else {
        cli_note(cli, "a rehearsal was killed; nothing of it runs, its network is left: rm -r %s", shown);
    }
}

/* What is in the folder that was named, and what to do about it. */
static int refuse_folder(struct cli *cli, const char *directory)
{
    static const struct {
        const char *what, *next;
    } found[] = {
        [LEFT_NOTHING] = {N_("it is there and not empty"), N_("choose a directory that does not exist yet")},
        [LEFT_IN_USE] = {N_("a rehearsal runs in it"), N_("choose a directory that does not exist yet")},
        [LEFT_OVER] = {N_("the network of a rehearsal is left there, and nothing of it runs"),
                       N_("remove it with rm -r, or choose another directory")},
        [LEFT_RUNNING] = {N_("the network of a rehearsal is left there, and its daemons run"),
                          N_("end them with comity network down DIR, then remove it")},
    };
    enum left_over what = left_over_look(directory);
    return cli_fail(cli, EXIT_REFUSED, found[what].next, "%s: %s", directory,
                    say(cli->words, found[what].what));
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *directory = argument_value(arguments, "dir");
    if (directory != NULL && !network_folder_is_empty(directory)) {
        return refuse_folder(cli, directory);
    }
    left_over_each(cli, say_left_over);
    return play_scenario(cli, arguments,
                         &(struct way_of_playing){
                             .conduct = conduct_rehearsal, .progress = show_progress, .prepare = prepare});
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
        "  comity drill rehearse long-weekend.yaml --set clock.compression=1440 \\\n      --out "
        "/tmp/drill\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
