/* SPDX-License-Identifier: Apache-2.0 */
/* Dates of ours that came near or passed: what is due, of which case, and whose turn it is to see to it. */
#include <stdio.h>

#include "nodes/cli/client.h"
#include "nodes/cli/look.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

static const struct option_spec options[] = {
    {"all", NULL, false, N_("also those that were seen")},
    {"seen", NULL, false, N_("mark what is listed as seen")},
    {"after", "NUMBER", false, N_("with --json: the page behind that alarm, \"more\" of the page before")},
    {NULL, NULL, false, NULL},
};

static void print_alarm(const struct cli *cli, uint64_t now_ms, const json_t *alarm)
{
    struct arena *arena = cli->arena;
    uint64_t due = look_ms(alarm, "due");
    json_int_t item = json_integer_value(json_object_get(alarm, "item"));
    json_int_t order = json_integer_value(json_object_get(alarm, "order"));
    const char *first =
        arena_format(arena, "%4lld  ", (long long)json_integer_value(json_object_get(alarm, "alarm")));
    const char *of = item != 0    ? cli_text(cli, " item %lld", (long long)item)
                     : order != 0 ? cli_text(cli, " order %lld", (long long)order)
                                  : "";
    screen_wrapped(stdout, first == NULL ? "" : first, 6,
                   cli_text(cli,
                            due < now_ms ? N_("OVERDUE %s%s, %s  %s %s  %.8s  for: %s")
                                         : N_("%s%s, %s  %s %s  %.8s  for: %s"),
                            say(cli->words, screen_member(arena, alarm, "what")), of,
                            when_distance(cli, now_ms, due), screen_member(arena, alarm, "who"),
                            screen_member(arena, alarm, "reference"), screen_member(arena, alarm, "case"),
                            say(cli->words, screen_member(arena, alarm, "to"))),
                   0);
}

/* Those of exercises, or all others; how many. */
static size_t print_alarms(const struct cli *cli, const json_t *answer, bool exercise)
{
    size_t i = 0, count = 0;
    const json_t *alarm = NULL;
    json_array_foreach(json_object_get(answer, "alarms"), i, alarm)
    {
        if (json_is_true(json_object_get(alarm, "exercise")) != exercise) {
            continue;
        }
        if (exercise && count == 0) {
            screen_heading(stdout, cli->colour, say(cli->words, N_("EXERCISE")));
        }
        print_alarm(cli, look_ms(answer, "now"), alarm);
        count++;
    }
    return count;
}

static int mark_seen(struct client *client, const json_t *alarms)
{
    json_t *list = json_array(), *answer = NULL;
    size_t i = 0;
    const json_t *alarm = NULL;
    json_array_foreach(alarms, i, alarm)
    {
        (void)json_array_append(list, json_object_get(alarm, "alarm"));
    }
    int code = client_do(client, "POST", "/v1/alarms/seen", json_pack("{s:o}", "alarms", list), &answer);
    json_decref(answer);
    return code;
}

static int get_page(struct client *client, const struct arguments *arguments, const char *after, json_t **ret)
{
    const char *path = arena_format(client->cli->arena,
                                    "/v1/alarms?%safter=", argument_given(arguments, "all") ? "all=1&" : "");
    path = path == NULL ? NULL : client_path(client, path, after);
    return path == NULL ? cli_fail(client->cli, EXIT_REFUSED, "", "no memory")
                        : client_get(client, path, ret);
}

/* last: no page follows. before: what was printed of the pages before. Returns how many are printed now. */
static size_t print_page(const struct cli *cli, const json_t *answer, bool last, size_t before)
{
    size_t count = before + print_alarms(cli, answer, false);
    count += print_alarms(cli, answer, true);
    if (last && count == 0) {
        cli_print(cli, "no alarm\n");
    }
    json_int_t failing = json_integer_value(json_object_get(answer, "hook_failing"));
    if (last && failing != 0) {
        cli_note(cli,
                 N_("the hook program could not be told of alarms, %lld times in a row: see that it works"),
                 (long long)failing);
    }
    return count;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    const char *after = argument_value(arguments, "after");
    size_t printed = 0;
    int code = client_open(&client, cli);
    after = after == NULL ? "0" : after;
    while (code == EXIT_DONE && after != NULL) {
        json_t *answer = NULL;
        code = get_page(&client, arguments, after, &answer);
        json_int_t more = json_integer_value(json_object_get(answer, "more"));
        const json_t *alarms = json_object_get(answer, "alarms");
        after = more == 0 || cli->json ? NULL : arena_format(cli->arena, "%lld", (long long)more);
        if (code == EXIT_DONE && cli->json) {
            code = cli_print_json(cli, json_incref(answer));
        } else if (code == EXIT_DONE) {
            printed = print_page(cli, answer, after == NULL, printed);
        }
        if (code == EXIT_DONE && argument_given(arguments, "seen") && json_array_size(alarms) != 0) {
            code = mark_seen(&client, alarms);
        }
        json_decref(answer);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_alarms = {
    .name = "alarms",
    .group = N_("Cases"),
    .synopsis = "[--all] [--seen]",
    .does = N_("dates that came near or passed, and whose turn it is"),
    .help =
        N_("An alarm is for the officer on duty first, then deputy, head and central authority. A letter or\n"
           "take ends the ladder; what is overdue stays in the inbox. Example:\n"
           "  comity alarms --seen"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
