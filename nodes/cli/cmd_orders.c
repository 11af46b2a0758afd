/* SPDX-License-Identifier: Apache-2.0 */
/* The register of domestic orders under holds: this side's own record, which the other side never sees. */
#include <inttypes.h>
#include <stdio.h>

#include "base/daemon/host.h"
#include "nodes/cli/act.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

/* --- list --- */

static const struct option_spec list_options[] = {
    {"all", NULL, false, N_("also those that ended")},
    {NULL, NULL, false, NULL},
};

static void print_order(const struct cli *cli, uint64_t now_ms, const json_t *order)
{
    struct arena *arena = cli->arena;
    size_t i = 0;
    const json_t *item = NULL;
    uint64_t until = look_ms(order, "until"), ended = look_ms(order, "ended");
    const char *first =
        arena_format(arena, "%4lld  ", (long long)json_integer_value(json_object_get(order, "order")));
    const char *standing = ended != 0 ? cli_text(cli, "ended %s", when_local(cli, now_ms, ended, NULL))
                           : json_is_true(json_object_get(order, "may_be_lifted"))
                               ? say(cli->words, N_("MAY BE LIFTED: nothing is held under it"))
                               : cli_text(cli, "ends %s (%s)", when_local(cli, now_ms, until, NULL),
                                          when_distance(cli, now_ms, until));
    const char *line = arena_format(arena, "%s  %s  %s", screen_member(arena, order, "reference"),
                                    screen_member(arena, order, "custodian"), standing);
    screen_wrapped(stdout, first == NULL ? "" : first, 6, line == NULL ? "?" : line, 0);
    json_array_foreach(json_object_get(order, "items"), i, item)
    {
        cli_print(cli, "      %s %s, case %.8s item %lld%s\n", screen_member(arena, item, "who"),
                  screen_member(arena, item, "reference"), screen_member(arena, item, "case"),
                  (long long)json_integer_value(json_object_get(item, "item")),
                  json_is_true(json_object_get(item, "ended")) ? say(cli->words, N_(", ended")) : "");
    }
}

static int run_list(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        code = client_get(&client, argument_given(arguments, "all") ? "/v1/orders?all=1" : "/v1/orders",
                          &answer);
    }
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        size_t i = 0;
        const json_t *order = NULL;
        json_array_foreach(json_object_get(answer, "orders"), i, order)
        {
            print_order(cli, host_wall().ms, order);
        }
        if (i == 0) {
            cli_print(cli, "no order is recorded\n");
        }
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_orders = {
    .name = "orders",
    .group = N_("Domestic orders"),
    .synopsis = "[--all]",
    .does = N_("domestic orders under holds: what ends when, and which may be lifted"),
    .help = N_("Your own record: the other side never sees it. Example:\n"
               "  comity orders"),
    .options = list_options,
    .needs_directory = true,
    .run = run_list,
};

/* --- put --- */

static const struct option_spec put_options[] = {
    {"item", "N", true, N_("the item that is held under it; default all of the case")},
    {"custodian", "TEXT", false, N_("whom the order was given to")},
    {"reference", "TEXT", false, N_("its file number")},
    {"served", "TIME", false, N_("when the custodian got it; default now")},
    {"until", "DATE", false, N_("when it ends unless it is renewed")},
    {"order", "N", false, N_("an order that is recorded already: it carries this hold, too")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

static json_t *items_of(struct act *act)
{
    uint32_t numbers[ITEMS_MAX];
    size_t count = 0, i = 0;
    const char *bad = NULL;
    const json_t *item = NULL;
    json_t *list = json_array();
    if (!argument_numbers(act->arguments, "item", ITEMS_MAX, numbers, ITEMS_MAX, &count, &bad)) {
        act->code = cli_usage(act->cli, act->arguments, "--item %s is no number of an item, such as 1", bad);
    }
    for (size_t k = 0; k < count; k++) {
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:i}", "case", act->look.id, "item", (int)numbers[k]));
    }
    json_array_foreach(count == 0 ? json_object_get(act->look.json, "items") : NULL, i, item)
    {
        (void)json_array_append_new(
            list, json_pack("{s:s, s:O}", "case", act->look.id, "item", json_object_get(item, "number")));
    }
    return list;
}

static int post(struct act *act, const char *path, json_t *body)
{
    json_t *answer = NULL;
    int code = client_do(&act->client, "POST", path, body, &answer);
    if (code == EXIT_DONE && act->cli->json) {
        code = cli_print_json(act->cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        print_order(act->cli, act->now.ms, answer);
    }
    json_decref(answer);
    return code;
}

static int run_put(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    uint64_t order = 0;
    const char *known = argument_value(arguments, "order");
    if (known != NULL && !number_read(known, 1, UINT32_MAX, &order)) {
        return cli_usage(cli, arguments, "--order %s is no number of an order", known);
    }
    if (known == NULL && (!argument_given(arguments, "custodian") ||
                          !argument_given(arguments, "reference") || !argument_given(arguments, "until"))) {
        return cli_usage(cli, arguments, "--custodian, --reference and --until are needed, or --order");
    }
    act_begin(&act, cli, arguments, arguments->words[0]);
    if (act.code == EXIT_DONE) {
        act_put(&act, "items", items_of(&act));
    }
    if (known != NULL) {
        act_put(&act, "order", json_integer((json_int_t)order));
    } else {
        act_text(&act, "custodian", "custodian");
        act_text(&act, "reference", "reference");
        act_when(&act, "served", "served", WHEN_PAST, "now");
        act_when(&act, "until", "until", WHEN_TO_COME, NULL);
    }
    int code = act.code == EXIT_DONE ? post(&act, "/v1/orders", json_incref(act.body)) : act.code;
    act_done(&act);
    return code;
}

const struct subcommand cmd_order = {
    .name = "order",
    .group = N_("Domestic orders"),
    .synopsis = "CASE (--custodian TEXT --reference TEXT --until DATE | --order N) [--item N]...",
    .does = N_("record the order that a hold rests on"),
    .help = N_("One order may carry the holds of several cases. It has to be renewed for as long as "
               "something is held.\n"
               "Example:\n"
               "  comity order 3f2a --custodian 'Example Hosting' --reference DC-77 --until +90d"),
    .options = put_options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run_put,
};

/* --- renewed, lifted --- */

static int on_order(struct cli *cli, const struct arguments *arguments, const char *verb, bool renewed)
{
    struct act act;
    uint64_t order = 0;
    if (!number_read(arguments->words[0], 1, UINT32_MAX, &order)) {
        return cli_usage(cli, arguments, "%s is no number of an order",
                         screen_quiet(cli->arena, bytes_of_text(arguments->words[0])));
    }
    if (renewed && !argument_given(arguments, "until")) {
        return cli_usage(cli, arguments, "--until is missing");
    }
    act_begin(&act, cli, arguments, NULL);
    if (renewed) {
        act_when(&act, "until", "until", WHEN_TO_COME, NULL);
    } else {
        act_text(&act, "why", "why");
    }
    const char *path = arena_format(cli->arena, "/v1/orders/%" PRIu64 "/%s", order, verb);
    int code = act.code == EXIT_DONE ? post(&act, path, json_incref(act.body)) : act.code;
    act_done(&act);
    return code;
}

static int run_renew(struct cli *cli, const struct arguments *arguments)
{
    return on_order(cli, arguments, "renewed", true);
}

static const struct option_spec renew_options[] = {
    {"until", "DATE", false, N_("when it ends now")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

const struct subcommand cmd_renew = {
    .name = "renew",
    .group = N_("Domestic orders"),
    .synopsis = "ORDER --until DATE",
    .does = N_("say that an order was renewed"),
    .help = N_("ORDER is its number in: comity orders. Example:\n"
               "  comity renew 4 --until 2027-05-31T00:00:00+07:00"),
    .options = renew_options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run_renew,
};

static int run_lift(struct cli *cli, const struct arguments *arguments)
{
    return on_order(cli, arguments, "ended", false);
}

static const struct option_spec lift_options[] = {
    {"why", "TEXT", false, N_("needed while something is held under it")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

const struct subcommand cmd_lift = {
    .name = "lift",
    .group = N_("Domestic orders"),
    .synopsis = "ORDER [--why TEXT]",
    .does = N_("say that an order was lifted: after the last hold under it has ended"),
    .help = N_("Example:\n"
               "  comity lift 4"),
    .options = lift_options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run_lift,
};
