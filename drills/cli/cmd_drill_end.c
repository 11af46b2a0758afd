/* SPDX-License-Identifier: Apache-2.0 */
/* ENDEX: reads what happened, writes the report, leaves the exercise at the node and says what of it stays there. */
#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/live_command.h"
#include "drills/cli/report_out.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/conduct_live.h"
#include "drills/record/side.h"
#include "nodes/cli/screen.h"

static const struct option_spec options[] = {
    {"out", "DIR", false, N_("write the report there; default the folder of the exercise")},
    {NULL, NULL, false, NULL},
};

static unsigned long long number_of(const json_t *json, const char *name)
{
    return (unsigned long long)json_integer_value(json_object_get(json, name));
}

/* What of it is where. */
struct written {
    const char *report, *side; /* files */
    const char *hash;          /* of the side's record */
};

static int say_end(struct cli *cli, const struct live_drill *live, const json_t *stays,
                   const struct written *written)
{
    if (cli->json) {
        json_t *json = json_pack("{s:O, s:s, s:s?, s:s?}", "stays", stays, "report", written->report, "side",
                                 written->side, "side_hash", written->hash);
        return cli_print_json(cli, json);
    }
    cli_print(cli,
              "EXERCISE %s has ended: its letters are refused from now on.\n"
              "What stays at the node, marked as an exercise: %s (%llu of them open) with %s, as "
              "signed;\n  no date of theirs reminds anybody. %llu letters that waited for signatures were "
              "dropped.\n"
              "report     %s\n",
              screen_quiet(cli->arena, bytes_of_text(live_text(live, "title"))),
              words_cases(cli->arena, cli->words, number_of(stays, "cases")), number_of(stays, "open"),
              words_letters(cli->arena, cli->words, number_of(stays, "letters")),
              number_of(stays, "prepared_dropped"), written->report);
    if (written->side != NULL) {
        cli_print(cli,
                  "side       %s\n"
                  "  hash %s\n"
                  "Give it to who makes one report of all sides (comity drill combine), and say the hash by "
                  "phone.\n",
                  written->side, written->hash);
    }
    return EXIT_DONE;
}

/* "XA-poc.side.json" in the folder of the report. */
static int write_side(struct cli *cli, const struct live_side *side, const struct live_taken *taken,
                      const char *folder, struct written *ret)
{
    struct error error = {.text = "", .words = cli->words};
    if (taken->side == NULL) {
        cli_note(cli, "no record of this side was written: it would have more than %zu bytes",
                 SIDE_BYTES_MAX);
        return EXIT_DONE;
    }
    char *name = arena_format(cli->arena, "%s", side->unit->address);
    ensure(name != NULL);
    *strchr(name, '/') = '-';
    ret->side = arena_format(cli->arena, "%s/%s" SIDE_FILE_END, folder, name);
    ret->hash = words_hash(cli->arena, taken->hash);
    ensure(ret->side != NULL);
    return files_write_atomic(ret->side, bytes_of_text(taken->side), 0600, &error)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s", error.text);
}

/* What happened is read first: a node that does not answer ends nothing. */
static int end(struct cli *cli, struct live_side *side, const char *out)
{
    struct written written = {.report = NULL};
    struct live_taken taken = {.side = NULL};
    json_t *stays = NULL;
    struct drill_record *record = record_new();
    const char *command = arena_format(cli->arena, "comity drill live %s --node SOCKET",
                                       words_shell(cli->arena, live_text(&side->live, "scenario")));
    int code = live_read(side, record, words_build(), command == NULL ? "" : command, &taken);
    if (code == EXIT_DONE) {
        uint64_t now_ms = host_wall().ms;
        record_finish(record, now_ms < side->scenario->clock.end_ms ? now_ms : side->scenario->clock.end_ms);
        code = report_out(cli, side->scenario, record, out, &written.report);
    }
    code = code == EXIT_DONE ? write_side(cli, side, &taken, out, &written) : code;
    code = code == EXIT_DONE ? live_leave(side, &stays) : code;
    code = code == EXIT_DONE ? say_end(cli, &side->live, stays, &written) : code;
    json_decref(stays);
    free(taken.side);
    record_free(record);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct live_drill live;
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
    .help =
        N_("DIR is the folder that comity drill live made. Reads the cases of the exercise from the own "
           "node, writes the\n"
           "report and the record of this side (XA-poc.side.json, for comity drill combine), and leaves: "
           "letters\n"
           "of the exercise are refused from then on. Cases that were signed stay in the case file, marked "
           "as an\n"
           "exercise; how many is said. Example:\n"
           "  comity drill end weekend --out weekend-report\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
