/* SPDX-License-Identifier: Apache-2.0 */
/* Conducts one side of a live exercise over an existing network: offers injects to people, acts for nobody. */
#define _GNU_SOURCE /* realpath */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/conduct/conduct_live.h"
#include "drills/conduct/live_officers.h"
#include "nodes/cli/network.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

#define LOOK_EVERY_MS 2000

static const struct option_spec options[] = {
    {"node", "SOCKET", false, N_("the API of the own node: node.sock in its directory; needed")},
    {"set", "NAME=VALUE", true, N_("a parameter, or a path of keys: clock.start=2026-11-23T08:00:00Z")},
    {"dir", "DIR", false, N_("keep the journal there; default drill-XXXXXXXX here, by the exercise")},
    {"once", NULL, false, N_("look once what is due, and end; the exercise goes on")},
    {NULL, NULL, false, NULL},
};

struct live_screen {
    struct cli *cli;
    const struct scenario *scenario;
    json_t *offers; /* with --json */
};

/* --- what people are told --- */

static void print_what(const struct live_screen *screen, const struct scenario_inject *inject)
{
    struct cli *cli = screen->cli;
    char reference[LIVE_REFERENCE_MAX];
    switch (inject->kind) {
    case SCENARIO_INJECT_REQUEST:
        cli_print(cli, "  send %s (%s) to %s under the reference %s, with a key for exercises\n",
                  inject->type, scenario_class_word(inject->urgency), inject->to->address,
                  live_reference(inject, reference));
        break;
    case SCENARIO_INJECT_LETTER:
        cli_print(cli, "  write %s in the case %s\n", inject->what, live_reference(inject->of, reference));
        break;
    case SCENARIO_INJECT_DECISION:
        cli_print(cli, "  decide in the case %s: %s\n",
                  inject->of == NULL ? "?" : live_reference(inject->of, reference),
                  scenario_decision_word(inject->decision));
        break;
    case SCENARIO_INJECT_PHONE:
    case SCENARIO_INJECT_MAIL:
    case SCENARIO_INJECT_PAPER:
    case SCENARIO_INJECT_COURIER:
        cli_print(cli, "  by %s to %s %s\n", scenario_inject_word(inject->kind),
                  inject->to == NULL ? "" : inject->to->address,
                  inject->number == NULL ? "" : inject->number);
        break;
    case SCENARIO_INJECT_NOTE:
    case SCENARIO_INJECT_NONE:
        break;
    }
    if (inject->script != NULL) {
        cli_print(cli, "  say or write: %s\n", screen_quiet(cli->arena, bytes_of_text(inject->script)));
    }
}

static void offer(void *context, const struct scenario_inject *inject)
{
    struct live_screen *screen = context;
    struct cli *cli = screen->cli;
    if (screen->offers != NULL) {
        char reference[LIVE_REFERENCE_MAX];
        ensure(
            json_array_append_new(screen->offers, json_pack("{s:s, s:s, s:s}", "inject", inject->id, "kind",
                                                            scenario_inject_word(inject->kind), "reference",
                                                            live_reference(inject, reference))) == 0);
        return;
    }
    uint64_t now_ms = host_wall().ms;
    cli_print(cli, "EXERCISE  %s  inject %s: %s\n", when_local(cli, now_ms, now_ms, NULL), inject->id,
              screen_quiet(cli->arena, bytes_of_text(inject->text == NULL ? "" : inject->text)));
    print_what(screen, inject);
    (void)fflush(stdout);
}

static void suspended(void *context, const char *why)
{
    struct live_screen *screen = context;
    if (screen->offers == NULL) {
        cli_print(screen->cli, "EXERCISE SUSPENDED: %s. Nothing is offered until: comity drill resume DIR\n",
                  screen_quiet(screen->cli->arena, bytes_of_text(why)));
        (void)fflush(stdout);
    }
}

/* --- joining --- */

static const char *absolute(struct cli *cli, const char *path)
{
    char *found = realpath(path, NULL);
    const char *copy = arena_format(cli->arena, "%s", found == NULL ? path : found);
    free(found);
    ensure(copy != NULL);
    return copy;
}

static const char *folder_of(struct cli *cli, const struct arguments *arguments,
                             const struct scenario *scenario)
{
    char hex[9];
    struct exercise_id id = live_exercise(scenario);
    const char *given = argument_value(arguments, "dir");
    const char *made = arena_format(cli->arena, "drill-%s", hex_write(hex, bytes_of(id.bytes, 4)));
    return given == NULL ? made : given;
}

/* What the other commands need to go on with it. */
static json_t *drill_json(struct cli *cli, const struct arguments *arguments, const char *socket)
{
    json_t *sets = json_array();
    const char *set = NULL;
    for (size_t i = 0; (set = argument_nth(arguments, "set", i)) != NULL; i++) {
        ensure(json_array_append_new(sets, json_string(set)) == 0);
    }
    json_t *drill = json_pack("{s:s, s:o, s:s}", "scenario", absolute(cli, arguments->words[0]), "set", sets,
                              "node", socket);
    ensure(drill != NULL);
    return drill;
}

static void say_joined(const struct live_side *side)
{
    cli_print(side->cli,
              "EXERCISE %s\n  %s has joined; its id, to be compared with the other sides: %s\n"
              "  real work goes on as ever; letters of the exercise are signed with keys for exercises\n"
              "  stop: comity drill stop %s    end: comity drill end %s\n",
              screen_quiet(side->cli->arena, bytes_of_text(side->scenario->title)), side->unit->address,
              live_text(&side->live, "exercise"), side->live.folder, side->live.folder);
    (void)fflush(stdout);
}

/* What lacks for letters of the exercise to be signed here; NULL: nothing does. */
static const char *lacking(const struct cli *cli, const char *party, const json_t *names, size_t listed)
{
    return json_array_size(names) != 0 ? NULL
           : listed == 0
               ? cli_text(
                     cli,
                     "the roster has no officer's key for exercises of %s: letters of its officers are "
                     "REAL, and none of this exercise can be signed; make one: comity key new officer FILE "
                     "--of %s --name NAME --exercise",
                     party, party)
               : cli_text(cli,
                          "no officer's key for exercises is at this node, though the roster has some of %s: "
                          "what is signed here with another key is REAL; put the file into officers/",
                          party);
}

/* With which key to sign, as it is typed: the one that is taken by itself signs what is real. */
static void say_officers(const struct live_side *side, const json_t *names, const char *why,
                         const char *socket)
{
    const char *slash = strrchr(socket, '/'), *name = json_string_value(json_array_get(names, 0));
    if (why != NULL) {
        cli_note(side->cli, "WARNING: %s", why);
    } else if (name != NULL) {
        cli_print(side->cli, "  sign so: comity -C %.*s request FILE --to PARTY --officer %s\n",
                  slash == NULL ? 0 : (int)(slash - socket), socket, name);
        (void)fflush(stdout);
    }
}

/* --- all of it --- */

/* cli: what it remembers lasts longer than a look. */
static int conduct(const struct cli *cli, struct live_side *side, const struct arguments *arguments,
                   const char *socket)
{
    json_t *names = NULL;
    const size_t listed = live_officers(side, socket, &names);
    const char *why = lacking(cli, side->unit->address, names, listed);
    struct live_screen screen = {.cli = side->cli, .scenario = side->scenario};
    const struct live_told told = {.context = &screen, .offer = offer, .suspended = suspended};
    const bool once = argument_given(arguments, "once");
    int code = EXIT_DONE;
    screen.offers = side->cli->json ? json_array() : NULL;
    if (!side->cli->json) {
        say_joined(side);
        say_officers(side, names, why, socket);
    }
    do {
        code = live_look(side, &told);
        if (code == EXIT_DONE && !once) {
            network_pause(LOOK_EVERY_MS);
        }
    } while (code == EXIT_DONE && !once && !live_is_over(&side->live) &&
             host_wall().ms < side->scenario->clock.end_ms);
    if (code == EXIT_DONE && side->cli->json) {
        const char *stopped = live_stopped(&side->live);
        code =
            cli_print_json(side->cli, json_pack("{s:s, s:s, s:s, s:O, s:s?, s:O, s:s*}", "exercise",
                                                live_text(&side->live, "exercise"), "dir", side->live.folder,
                                                "party", side->unit->address, "offers", screen.offers,
                                                "stopped", stopped, "officers", names, "warning", why));
    } else if (code == EXIT_DONE && !once && !live_is_over(&side->live)) {
        cli_print(side->cli, "EXERCISE: its time is over. Next: comity drill end %s\n", side->live.folder);
    }
    json_decref(screen.offers);
    json_decref(names);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *socket = argument_value(arguments, "node");
    struct live_side side;
    int code = EXIT_DONE;
    if (socket == NULL) {
        return cli_usage(cli, arguments, "--node: name the socket of the own node");
    }
    socket = absolute(cli, socket);
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    ensure(arena != NULL);
    const struct scenario *scenario = scenario_of_arguments(cli, arguments, arena, &code);
    if (scenario != NULL) {
        code = live_side_open(&side, cli, scenario, socket);
        if (code == EXIT_DONE) {
            code = live_join(&side, folder_of(cli, arguments, scenario), drill_json(cli, arguments, socket));
        }
        code = code == EXIT_DONE ? conduct(cli, &side, arguments, socket) : code;
        live_side_close(&side);
    }
    arena_free(arena);
    return code;
}

const struct subcommand cmd_drill_live = {
    .name = "drill live",
    .group = N_("Drills"),
    .synopsis = "FILE --node SOCKET [--set NAME=VALUE]... [--dir DIR] [--once]",
    .does = N_("conduct the own side of an exercise over an existing network"),
    .help = N_(
        "Joins the exercise of the scenario at the own node, and offers the injects of the own side to "
        "people\n"
        "when they are due. Nothing acts for anybody; what is real goes on untouched. Who plays the same "
        "file\n"
        "with the same --set is in the same exercise: compare the id. Nodes that have not joined refuse its\n"
        "letters. A real emergency that comes in suspends it. Ended and begun again, it goes on. Examples:\n"
        "  comity drill live long-weekend.yaml --node /var/lib/comity/node.sock \\\n"
        "      --set clock.start=2026-11-23T08:00:00Z --dir weekend\n"
        "  comity drill note weekend 'the line was engaged'\n"
        "  comity drill end weekend --out weekend-report\n"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
