/* SPDX-License-Identifier: Apache-2.0 */
/* ENDEX: reads what happened, writes the report, leaves the exercise at the node and says what of it stays there. */
#include <inttypes.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/live_command.h"
#include "drills/cli/report_out.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/conduct_live.h"
#include "nodes/cli/screen.h"

static const struct option_spec options[] = {
    {"out", "DIR", false, N_("write the report there; default the folder of the exercise")},
    {NULL, NULL, false, NULL},
};

static unsigned long long number_of(const json_t *json, const char *name)
{
    return (unsigned long long)json_integer_value(json_object_get(json, name));
}

static int say_end(struct cli *cli, const json_t *stays, const char *report)
{
    if (cli->json) {
        json_t *json = json_pack("{s:O, s:s}", "stays", stays, "report", report);
        return cli_print_json(cli, json);
    }
    cli_print(
        cli,
        "EXERCISE %s has ended: its letters are refused from now on.\n"
        "What stays at the node, marked as an exercise: %llu cases (%llu of them open) with %llu letters, as "
        "signed;\n  no date of theirs reminds anybody. %llu letters that waited for signatures were "
        "dropped.\n"
        "report     %s\n",
        screen_member(cli->arena, stays, "title"), number_of(stays, "cases"), number_of(stays, "open"),
        number_of(stays, "letters"), number_of(stays, "prepared_dropped"), report);
    return EXIT_DONE;
}

/* What happened is read first: a node that does not answer ends nothing. */
static int end(struct cli *cli, struct live_side *side, const char *out)
{
    const char *report = NULL;
    json_t *stays = NULL;
    struct drill_record *record = record_new();
    const char *command = arena_format(cli->arena, "comity drill live %s --node SOCKET",
                                       words_shell(cli->arena, live_text(&side->live, "scenario")));
    int code = live_read(side, record, words_build(), command == NULL ? "" : command);
    if (code == EXIT_DONE) {
        uint64_t now_ms = host_wall().ms;
        record_finish(record, now_ms < side->scenario->clock.end_ms ? now_ms : side->scenario->clock.end_ms);
        code = report_out(cli, side->scenario, record, out, &report);
    }
    code = code == EXIT_DONE ? live_leave(side, &stays) : code;
    code = code == EXIT_DONE ? say_end(cli, stays, report) : code;
    json_decref(stays);
    record_free(record);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct live live;
    struct live_side side;
    struct error error = {.text = "", .words = cli->words};
    const char *out = argument_value(arguments, "out");
    int code = live_of_arguments(cli, arguments, &live);
    if (code != EXIT_DONE) {
        return code;
    }
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    ensure(arena != NULL);
    const struct scenario *scenario = live_scenario(cli, &live, arena, &code);
    if (scenario != NULL) {
        code = live_side_open(&side, cli, scenario, live_text(&live, "node"));
        if (code == EXIT_DONE && !live_open(arguments->words[0], &side.live, &error)) {
            code = cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
        }
        code = code == EXIT_DONE ? end(cli, &side, out == NULL ? arguments->words[0] : out) : code;
        live_side_close(&side);
    }
    live_close(&live);
    arena_free(arena);
    return code;
}

const struct subcommand cmd_drill_end = {
    .name = "drill end",
    .group = N_("Drills"),
    .synopsis = "DIR [--out DIR]",
    .does = N_("ENDEX: end a live exercise, write its report, leave it at the own node"),
    .help = N_("DIR is the folder that comity drill live made. Reads the cases of the exercise from the own "
               "node, writes the\n"
               "report, and leaves: letters of the exercise are refused from then on. Cases that were signed "
               "stay in the\n"
               "case file, marked as an exercise; how many is said. Example:\n"
               "  comity drill end weekend --out weekend-report\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
