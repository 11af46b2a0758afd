/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <string.h>

#include "nodes/cli/act.h"
#include "nodes/cli/options.h"
#include "nodes/cli/orders.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"item", "N", true, N_("the item; default all to which it applies")},
    {"authority", "TEXT", false, N_("the judge, prosecutor or officer who authorised it")},
    {"kind", "WORD", false, N_("JUDICIAL, INDEPENDENT, PROSECUTOR or POLICE")},
    {"reference", "TEXT", false, N_("file number of the authorisation")},
    {"issued", "TIME", false, N_("when it was issued; default the moment of --served")},
    {"scope", "TEXT", false, N_("what the order covers")},
    {"expires", "DATE", false, N_("when the order ends by your law")},
    {"custodian", "TEXT", false, N_("whom the order was given to; default as named in the request")},
    {"served", "TIME", false, N_("when the custodian got it; default now")},
    {"text", "TEXT", false, N_("what else there is to say")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

struct order {
    const char *authority, *kind, *reference, *scope, *expires, *custodian;
};

/* The one custodian that the request names for the items of the order; "" when it names none or several. */
static const char *custodian_of_request(struct act *act)
{
    const json_t *items = json_object_get(act->look.json, "items");
    const json_t *item = NULL;
    const char *found = NULL;
    size_t i = 0;
    json_array_foreach(items, i, item)
    {
        const char *custodian = json_string_value(json_object_get(item, "custodian"));
        bool named = !argument_given(act->arguments, "item");
        const char *number = NULL;
        for (size_t k = 0; !named && (number = argument_nth(act->arguments, "item", k)) != NULL; k++) {
            uint64_t wanted = 0;
            named = number_read(number, 1, UINT32_MAX, &wanted) &&
                    (json_int_t)wanted == json_integer_value(json_object_get(item, "number"));
        }
        if (named && (custodian == NULL || (found != NULL && strcmp(found, custodian) != 0))) {
            return "";
        }
        found = named ? custodian : found;
    }
    return found == NULL ? "" : found;
}

/* "XB-2026-0099/order": from our own number of the case. */
static const char *reference_of_case(struct act *act)
{
    const char *own = json_string_value(
        json_object_get(act->look.json, act->look.requesting ? "reference" : "their_reference"));
    const char *text =
        arena_format(act->cli->arena, "%s/order", own == NULL || own[0] == '\0' ? act_reference(act) : own);
    return text == NULL ? "" : text;
}

static const char *option_or(const struct act *act, const char *option, const char *instead)
{
    const char *given = argument_value(act->arguments, option);
    return given == NULL ? instead : given;
}

static void fill(struct act *act, const struct orders *orders, struct order *order)
{
    const char *days =
        orders->order_days == 0 ? "" : arena_format(act->cli->arena, "+%" PRIu64 "d", orders->order_days);
    order->authority = option_or(act, "authority", orders->authority);
    order->kind = option_or(act, "kind", orders->authority_kind);
    order->reference = option_or(act, "reference", orders->reference);
    order->scope = option_or(act, "scope", orders->scope);
    order->expires = option_or(act, "expires", days == NULL ? "" : days);
    order->custodian = option_or(act, "custodian", orders->custodian);
    if (order->reference[0] == '\0' && orders->known) {
        order->reference = reference_of_case(act);
    }
    if (order->custodian[0] == '\0') {
        order->custodian = custodian_of_request(act);
    }
}

/* All that is missing at once. */
static void name_missing(struct act *act, const struct order *order)
{
    const struct {
        const char *value, *option;
    } needed[] = {
        {order->authority, "--authority"}, {order->kind, "--kind"},       {order->reference, "--reference"},
        {order->scope, "--scope"},         {order->expires, "--expires"}, {order->custodian, "--custodian"},
    };
    const char *list = "";
    size_t count = 0;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0] && list != NULL; i++) {
        if (needed[i].value[0] == '\0') {
            list = arena_format(act->cli->arena, "%s%s%s", list, count++ == 0 ? "" : " ", needed[i].option);
        }
    }
    if (act->code == EXIT_DONE && count != 0) {
        act->code = cli_fail(
            act->cli, EXIT_USAGE,
            "give them, or write what every order says into officer.conf; see: comity ordered --help",
            "missing: %s", list == NULL ? "?" : list);
    }
}

static void put_authorisation(struct act *act, const struct order *order)
{
    json_t *letter = act->body;
    const char *fault = NULL;
    struct instant expires;
    char written[INSTANT_TEXT_MAX];
    act->body = json_object();
    act_put(act, "authority", json_string(order->authority));
    act_word(act, "kind", "kind", &comity__authorisation__kind__descriptor, order->kind);
    act_put(act, "reference", json_string(order->reference));
    act_put(act, "scope", json_string(order->scope));
    json_t *issued =
        act_instant(act, argument_given(act->arguments, "issued") ? "issued" : "served", WHEN_PAST, "now");
    if (issued != NULL) {
        act_put(act, "issuedAt", issued);
    }
    if (act->code == EXIT_DONE &&
        !when_read(order->expires, WHEN_TO_COME, act->now, act->look.own_zone, act->cli, &expires, &fault)) {
        act->code = cli_fail(act->cli, EXIT_USAGE, NULL, "--expires: %s", fault == NULL ? "?" : fault);
    }
    if (act->code == EXIT_DONE) {
        act_put(act, "expiresAt", json_string(instant_write(written, expires)));
    }
    json_t *authorisation = act->body;
    act->body = letter;
    act_put(act, "authorisation", authorisation);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct act act;
    struct orders orders;
    struct order order;
    act_begin(&act, cli, arguments, arguments->words[0]);
    act_items(&act);
    orders_read(&act, &orders);
    fill(&act, &orders, &order);
    name_missing(&act, &order);
    put_authorisation(&act, &order);
    act_put(&act, "custodian", json_string(order.custodian));
    act_when(&act, "servedAt", "served", WHEN_PAST, "now");
    act_text(&act, "text", "text");
    return act_send(&act, "ordered");
}

const struct subcommand cmd_ordered = {
    .name = "ordered",
    .group = N_("Answering a request"),
    .synopsis =
        "CASE [--item N]... --authority TEXT --kind WORD --reference TEXT --scope TEXT --expires DATE "
        "[--custodian TEXT] [--served TIME]",
    .does = N_("say that the order to hold the data was given to the custodian"),
    .help = N_("The authorisation is recorded, not signed, by who gave it. What every order of a\n"
               "desk says may stand in DIR/officer.conf (authority, authority_kind, reference, scope,\n"
               "custodian, order_days); options go before it. Example:\n"
               "  comity ordered 3f2a --authority 'Prosecutor on duty' --kind PROSECUTOR \\\n"
               "      --reference PD-2026-311 --expires +90d \\\n"
               "      --scope 'the items named in the request'"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
