/* SPDX-License-Identifier: Apache-2.0 */
/* STOP and RESUME of a live exercise, and an inject that a person releases: a line of the journal each. */
#include <string.h>

#include "base/ensure.h"
#include "drills/cli/live_command.h"
#include "drills/cli/subcommands.h"
#include "nodes/cli/screen.h"

static const struct option_spec why_options[] = {
    {"why", "TEXT", false, N_("why, for the report")},
    {NULL, NULL, false, NULL},
};

static int stop(struct cli *cli, const struct arguments *arguments)
{
    struct live_drill live;
    const char *why = argument_value(arguments, "why");
    int code = live_of_arguments(cli, arguments, &live);
    if (code != EXIT_DONE) {
        return code;
    }
    code = live_stopped(&live) != NULL
               ? cli_fail(cli, EXIT_REFUSED, N_("it goes on with: comity drill resume DIR"),
                          "it has stopped already: %s",
                          screen_quiet(cli->arena, bytes_of_text(live_stopped(&live))))
               : live_say(cli, &live, LIVE_STOP, json_pack("{s:s}", "why", why == NULL ? "" : why), "STOP");
    live_close(&live);
    return code;
}

static int resume(struct cli *cli, const struct arguments *arguments)
{
    struct live_drill live;
    int code = live_of_arguments(cli, arguments, &live);
    if (code != EXIT_DONE) {
        return code;
    }
    code = live_stopped(&live) == NULL
               ? cli_fail(cli, EXIT_REFUSED, N_("stop it with: comity drill stop DIR"), "it has not stopped")
               : live_say(cli, &live, LIVE_RESUME, json_object(), "RESUME");
    live_close(&live);
    return code;
}

static int release_known(struct cli *cli, struct live_drill *live, const struct scenario *scenario,
                         const char *id)
{
    for (size_t i = 0; i < scenario->injects.count; i++) {
        if (strcmp(scenario->injects.list[i].id, id) == 0) {
            return live_released_ms(live, id) != 0
                       ? cli_fail(cli, EXIT_REFUSED, NULL, "%s was released already", id)
                       : live_say(cli, live, LIVE_RELEASED, json_pack("{s:s}", "inject", id), id);
        }
    }
    return cli_fail(cli, EXIT_REFUSED, N_("see them with: comity drill check FILE"),
                    "the scenario has no inject %s", screen_quiet(cli->arena, bytes_of_text(id)));
}

static int release(struct cli *cli, const struct arguments *arguments)
{
    struct live_drill live;
    int code = live_of_arguments(cli, arguments, &live);
    if (code != EXIT_DONE) {
        return code;
    }
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    ensure(arena != NULL);
    const struct scenario *scenario = live_scenario(cli, &live, arena, &code);
    code = scenario == NULL ? code : release_known(cli, &live, scenario, arguments->words[1]);
    arena_free(arena);
    live_close(&live);
    return code;
}

const struct subcommand cmd_drill_stop = {
    .name = "drill stop",
    .group = N_("Drills"),
    .synopsis = "DIR [--why TEXT]",
    .does = N_("STOP a live exercise: nothing is offered, no clock of a measure runs"),
    .help =
        N_("DIR is the folder that comity drill live made. A real emergency stops it by itself. Example:\n"
           "  comity drill stop weekend --why 'the press calls'\n"),
    .options = why_options,
    .words_min = 1,
    .words_max = 1,
    .run = stop,
};

const struct subcommand cmd_drill_resume = {
    .name = "drill resume",
    .group = N_("Drills"),
    .synopsis = "DIR",
    .does = N_("RESUME a live exercise that has stopped"),
    .help = N_("DIR is the folder that comity drill live made. What came due meanwhile is offered then.\n"),
    .words_min = 1,
    .words_max = 1,
    .run = resume,
};

const struct subcommand cmd_drill_release = {
    .name = "drill release",
    .group = N_("Drills"),
    .synopsis = "DIR INJECT",
    .does = N_("release an inject of a live exercise by hand"),
    .help = N_("For injects that wait for a person, or for something that no node shows. Example:\n"
               "  comity drill release weekend second-call\n"),
    .words_min = 2,
    .words_max = 2,
    .run = release,
};
