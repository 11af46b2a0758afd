/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/orders.h"

#include <stddef.h>
#include <string.h>

#define TEXT_MAX 500

/* A key that is not given is told from one that is by a word no desk would write. */
#define NOT_GIVEN "none"

static const struct config_key keys[] = {
    {"authority", CONFIG_TEXT, offsetof(struct orders, authority), 1, TEXT_MAX, NOT_GIVEN,
     "who authorises orders: the judge, prosecutor or officer"},
    {"authority_kind", CONFIG_TEXT, offsetof(struct orders, authority_kind), 1, 16, NOT_GIVEN,
     "JUDICIAL, INDEPENDENT, PROSECUTOR or POLICE"},
    {"reference", CONFIG_TEXT, offsetof(struct orders, reference), 1, TEXT_MAX, NOT_GIVEN,
     "file number of a standing authorisation; none: made from the number of the case"},
    {"scope", CONFIG_TEXT, offsetof(struct orders, scope), 1, TEXT_MAX, NOT_GIVEN, "what orders cover"},
    {"custodian", CONFIG_TEXT, offsetof(struct orders, custodian), 1, TEXT_MAX, NOT_GIVEN,
     "whom orders go to; none: as named in the request"},
    {"order_days", CONFIG_NUMBER, offsetof(struct orders, order_days), 0, 3660, "0",
     "for how many days an order is given; 0: it has to be said"},
};
const struct config_table orders_table = {keys, sizeof keys / sizeof keys[0], sizeof(struct orders)};

static const char *given(const char *value)
{
    return strcmp(value, NOT_GIVEN) == 0 ? "" : value;
}

void orders_read(struct act *act, struct orders *ret)
{
    struct arena *arena = act->cli->arena;
    struct error error = {.text = "", .words = act->cli->words};
    struct faults faults;
    struct bytes text = bytes_of("", 0);
    *ret =
        (struct orders){.authority = "", .authority_kind = "", .reference = "", .scope = "", .custodian = ""};
    if (act->code != EXIT_DONE) {
        return;
    }
    const char *path = program_path(arena, act->cli->directory, "officer.conf");
    enum files_outcome outcome =
        path == NULL ? FILES_FAILED : files_read(path, CONFIG_BYTES_MAX, arena, &text, &error);
    if (outcome == FILES_ABSENT) {
        return;
    }
    faults_init(&faults, arena);
    faults.words = act->cli->words;
    if (outcome == FILES_FAILED || !config_read(&orders_table, text, ret, arena, &faults)) {
        const char *said = outcome == FILES_FAILED || faults.count == 0 ? error.text : faults.list[0].text;
        act->code =
            cli_fail(act->cli, EXIT_REFUSED, "correct that file", "%s: %s%s%s", path == NULL ? "" : path,
                     faults.count == 0 ? "" : faults.list[0].path, faults.count == 0 ? "" : ": ", said);
        return;
    }
    ret->known = true;
    ret->authority = given(ret->authority);
    ret->authority_kind = given(ret->authority_kind);
    ret->reference = given(ret->reference);
    ret->scope = given(ret->scope);
    ret->custodian = given(ret->custodian);
}
