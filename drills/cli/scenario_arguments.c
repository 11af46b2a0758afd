/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/scenario_arguments.h"

#include <assert.h>
#include <stdio.h>

#include "base/ensure.h"
#include "drills/scenario/files.h"
#include "nodes/cli/screen.h"

static json_t *place_json(struct scenario_place place)
{
    return json_pack("{s:s, s:I, s:I}", "file", place.file == NULL ? "" : place.file->path, "line",
                     (json_int_t)place.line, "column", (json_int_t)place.column);
}

static json_t *mistake_json(struct cli *cli, const struct scenario_mistake *mistake)
{
    json_t *chain = json_array();
    const struct scenario_file *file = mistake->place.file;
    for (; file != NULL && file->included.file != NULL; file = file->included.file) {
        ensure(json_array_append_new(chain, place_json(file->included)) == 0);
    }
    json_t *json = json_pack("{s:o, s:s, s:o}", "at", place_json(mistake->place), "text",
                             screen_quiet(cli->arena, bytes_of_text(mistake->text)), "included_from", chain);
    ensure(json != NULL);
    return json;
}

/* All that is wrong, a line each; the exit code. */
static int say_mistakes(struct cli *cli, const struct scenario_mistakes *mistakes)
{
    json_t *list = json_array();
    for (size_t i = 0; i < mistakes->count; i++) {
        const struct scenario_mistake *mistake = &mistakes->list[i];
        if (cli->json) {
            ensure(json_array_append_new(list, mistake_json(cli, mistake)) == 0);
        } else {
            (void)fprintf(stderr, "%s\n", mistake_line(mistake, cli->arena, cli->words));
        }
    }
    if (cli->json) {
        (void)cli_print_json(cli, json_pack("{s:b, s:o, s:I}", "ok", false, "mistakes", list, "more",
                                            (json_int_t)mistakes->more));
        return EXIT_REFUSED;
    }
    json_decref(list);
    if (mistakes->more > 0) {
        cli_note(cli, "and %zu more; these come when the others are right", mistakes->more);
    }
    return EXIT_REFUSED;
}

const struct scenario *scenario_of_sets(struct cli *cli, const char *word, const char *const *sets,
                                        size_t count, struct arena *arena, int *ret_code)
{
    static struct scenario_mistakes mistakes;
    scenario_mistakes_init(&mistakes, arena, cli->words);
    const struct scenario *scenario =
        scenario_read(scenario_path(word, arena), sets, count, &scenario_files, arena, &mistakes);
    if (scenario == NULL) {
        *ret_code = say_mistakes(cli, &mistakes);
    }
    return scenario;
}

static_assert(OPTION_REPEATS_MAX <= SCENARIO_SETS_MAX, "options");

size_t sets_of_arguments(const struct arguments *arguments, const char *ret[SCENARIO_SETS_MAX])
{
    size_t count = 0;
    for (const char *set; (set = argument_nth(arguments, "set", count)) != NULL;) {
        ret[count++] = set;
    }
    return count;
}

const struct scenario *scenario_of_arguments(struct cli *cli, const struct arguments *arguments,
                                             struct arena *arena, int *ret_code)
{
    const char *sets[SCENARIO_SETS_MAX];
    size_t count = sets_of_arguments(arguments, sets);
    return scenario_of_sets(cli, arguments->words[0], sets, count, arena, ret_code);
}
