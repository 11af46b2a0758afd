/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/live_command.h"

#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/cli/scenario_arguments.h"
#include "nodes/cli/screen.h"

int live_of_arguments(struct cli *cli, const struct arguments *arguments, struct live_drill *ret)
{
    struct error error = {.text = "", .words = cli->words};
    if (!live_open(arguments->words[0], ret, &error)) {
        return cli_fail(cli, EXIT_REFUSED, N_("name the folder that comity drill live made"), "%s",
                        error.text);
    }
    if (live_is_over(ret)) {
        live_close(ret);
        return cli_fail(cli, EXIT_REFUSED, NULL, "the exercise in %s has ended",
                        screen_quiet(cli->arena, bytes_of_text(arguments->words[0])));
    }
    return EXIT_DONE;
}

int live_say(struct cli *cli, struct live_drill *live, const char *what, json_t *entry, const char *done)
{
    struct error error = {.text = "", .words = cli->words};
    if (!live_write(live, host_wall().ms, what, entry, &error)) {
        return cli_fail(cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s", error.text);
    }
    if (cli->json) {
        return cli_print_json(cli,
                              json_incref(json_array_get(live->journal, json_array_size(live->journal) - 1)));
    }
    cli_print(cli, "EXERCISE %s: %s\n", screen_quiet(cli->arena, bytes_of_text(live_text(live, "title"))),
              done);
    return EXIT_DONE;
}

const struct scenario *live_scenario(struct cli *cli, const struct live_drill *live, struct arena *arena,
                                     int *ret_code)
{
    static const struct option_spec set = {"set", "NAME=VALUE", true, NULL};
    struct arguments arguments = {.words = {live_text(live, "scenario")}, .word_count = 1};
    size_t i = 0;
    const json_t *value = NULL;
    json_array_foreach(json_object_get(live->drill, "set"), i, value)
    {
        if (json_is_string(value) && arguments.given_count < OPTION_REPEATS_MAX) {
            arguments.given[arguments.given_count].spec = &set;
            arguments.given[arguments.given_count++].value = json_string_value(value);
        }
    }
    const struct scenario *scenario = scenario_of_arguments(cli, &arguments, arena, ret_code);
    char id_text[33];
    struct exercise_id id = {.bytes = {0}};
    if (scenario != NULL) {
        id = live_exercise(scenario);
    }
    if (scenario != NULL &&
        strcmp(hex_write(id_text, bytes_of(id.bytes, sizeof id.bytes)), live_text(live, "exercise")) != 0) {
        *ret_code = cli_fail(cli, EXIT_REFUSED, N_("put it back as it was when the exercise began"),
                             "%s says something else now than when the exercise began",
                             screen_quiet(cli->arena, bytes_of_text(live_text(live, "scenario"))));
        return NULL;
    }
    return scenario;
}
