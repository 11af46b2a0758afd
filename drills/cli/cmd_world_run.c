/* SPDX-License-Identifier: Apache-2.0 */
/* One history: of a seed, or of a plan. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/play/history.h"
#include "drills/play/plan.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"

#define HEADING_COLUMNS 12

static const struct option_spec options[] = {
    {"seed", "S", false, N_("the number that everything is drawn from; default 1 with a plan")},
    {"plan", "FILE", false, N_("play this plan instead of what the seed draws")},
    {"trace", NULL, false, N_("print every event in words")},
    {NULL, NULL, false, NULL},
};

struct played {
    struct cli *cli;
    uint64_t seed, wall_ms;
    const char *plan; /* the file; NULL: none */
    struct history_result result;
};

static const char *command_again(const struct played *p)
{
    struct arena *arena = p->cli->arena;
    const char *text =
        arena_format(arena, "comity world run --seed %" PRIu64 "%s%s --trace", p->seed,
                     p->plan == NULL ? "" : " --plan ", p->plan == NULL ? "" : words_shell(arena, p->plan));
    return text == NULL ? "?" : screen_quiet(arena, bytes_of_text(text));
}

static const char *at_text(const struct played *p)
{
    return words_span(p->cli->arena, p->cli->words, p->result.verdict.at_us / 1000);
}

/* What is wrong: quotes what parties wrote, and may be cut. */
static const char *broken_text(const struct played *p)
{
    return screen_quiet(p->cli->arena, bytes_of_text(p->result.verdict.text));
}

/* The name of a line in the language, and the columns up to where its text begins. */
static const char *heading(const struct played *p, const char *name)
{
    const char *said = say(p->cli->words, name);
    size_t width = columns_of_text(said);
    const char *text = arena_format(p->cli->arena, "%s%*s", said,
                                    (int)(width < HEADING_COLUMNS ? HEADING_COLUMNS - width : 1), "");
    return text == NULL ? "" : text;
}

/* Wrapped; what is to be pasted is printed in one line. */
static void field(const struct played *p, const char *name, const char *text)
{
    screen_wrapped(stdout, heading(p, name), HEADING_COLUMNS, text, 0);
}

static void print_result(const struct played *p)
{
    struct arena *arena = p->cli->arena;
    const struct catalogue *words = p->cli->words;
    const struct coverage *coverage = &p->result.coverage;
    uint64_t faults = 0;
    for (size_t i = 0; i < FAULT_COUNT; i++) {
        faults += coverage->faults[i];
    }
    (void)printf("%s%" PRIu64 "\n", heading(p, "seed"), p->seed);
    if (p->plan != NULL) {
        field(p, "plan", screen_quiet(arena, bytes_of_text(p->plan)));
    }
    field(p, "build", words_build());
    field(p, "network", words_figures(arena, words, &p->result.figures));
    field(p, "faults",
          cli_text(p->cli, "%s; %s power cuts (%s with something unsafe), %s restarts",
                   words_number(arena, faults), words_number(arena, coverage->power_cuts),
                   words_number(arena, coverage->unsafe_cuts), words_number(arena, coverage->restarts)));
    field(p, "simulated",
          cli_text(p->cli, "%s in %s", words_span(arena, words, coverage->virtual_ms),
                   words_span(arena, words, p->wall_ms)));
    (void)printf("%s%s\n", heading(p, "transcript"), words_hash(arena, p->result.transcript));
    if (p->result.ok) {
        field(p, "result", say(words, "every promise was kept"));
        return;
    }
    field(p, "BROKEN",
          cli_text(p->cli, "%s, at %s: %s", p->result.verdict.invariant, at_text(p), broken_text(p)));
    (void)printf("%s%s\n", heading(p, "again"), command_again(p));
}

static json_t *result_json(const struct played *p)
{
    struct arena *arena = p->cli->arena;
    json_t *json = json_pack(
        "{s:b, s:I, s:s, s:s, s:I, s:I, s:o, s:o}", "ok", p->result.ok, "seed", (json_int_t)p->seed, "build",
        words_build(), "transcript", words_hash(arena, p->result.transcript), "simulated_ms",
        (json_int_t)p->result.coverage.virtual_ms, "wall_ms", (json_int_t)p->wall_ms, "figures",
        words_figures_json(&p->result.figures), "coverage", coverage_json(&p->result.coverage));
    ensure(json != NULL);
    if (p->plan != NULL) {
        json_t *plan = json_string(screen_quiet(arena, bytes_of_text(p->plan)));
        ensure(json_object_set_new(json, "plan", plan) == 0);
    }
    if (!p->result.ok) {
        json_t *broken =
            json_pack("{s:s, s:I, s:s, s:s}", "invariant", p->result.verdict.invariant, "at_us",
                      (json_int_t)p->result.verdict.at_us, "text", broken_text(p), "again", command_again(p));
        ensure(json_object_set_new(json, "broken", broken) == 0);
    }
    return json;
}

/* EXIT_DONE, or having said why not. */
static int read_plan(struct cli *cli, const char *path, struct plan **ret)
{
    struct bytes text;
    struct error error = {.text = "", .words = cli->words};
    if (files_read(path, PLAN_BYTES_MAX, cli->arena, &text, &error) != FILES_OK) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
    }
    return plan_read(text, path, ret, &error)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_USAGE, "the language of plans: man comity-world", "%s", error.text);
}

static void play(struct played *played, const struct plan *plan, bool trace)
{
    FILE *words = played->cli->json ? stderr : stdout;
    const struct history_options history = {
        .seed = played->seed, .plan = plan, .trace = trace ? words : NULL, .report = words};
    uint64_t started_ms = host_mono().ms;
    history_play(&history, &played->result);
    played->wall_ms = host_mono().ms - started_ms;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *seed = argument_value(arguments, "seed");
    struct played played = {.cli = cli, .seed = 1, .plan = argument_value(arguments, "plan")};
    struct plan *plan = NULL;
    if (seed == NULL && played.plan == NULL) {
        return cli_usage(cli, arguments, "--seed or --plan is missing");
    }
    if (seed != NULL && !number_read(seed, 0, INT64_MAX, &played.seed)) {
        return cli_usage(cli, arguments, "--seed: \"%s\" is no seed: a number from 0", seed);
    }
    if (played.plan != NULL) {
        int code = read_plan(cli, played.plan, &plan);
        if (code != EXIT_DONE) {
            return code;
        }
    }
    play(&played, plan, argument_given(arguments, "trace"));
    plan_free(plan);
    if (cli->json) {
        int printed = cli_print_json(cli, result_json(&played));
        return played.result.ok ? printed : EXIT_REFUSED;
    }
    print_result(&played);
    return played.result.ok ? EXIT_DONE : EXIT_REFUSED;
}

const struct subcommand cmd_world_run = {
    .name = "world run",
    .group = N_("Worlds"),
    .synopsis = "--seed S [--plan FILE] [--trace]",
    .does = N_("play one history: what a seed draws, or what a plan says"),
    .help =
        N_("The same seed and the same build give the same history to the byte: its transcript has the same\n"
           "hash. Exit code 0 when every promise was kept, 1 when one was broken: which, what is wrong, the\n"
           "last events and the command that plays it again are printed. Examples:\n"
           "  comity world run --seed 7\n"
           "  comity world run --plan tests/world/crossing.plan --trace"),
    .options = options,
    .run = run,
};
