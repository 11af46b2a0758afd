/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/roster_correct.h"

#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "nodes/cli/input.h"
#include "nodes/cli/mail.h"
#include "nodes/cli/ping_corrections.h"
#include "nodes/cli/screen.h"

enum correct_place { IN_CONTACT, IN_PARTY, NOWHERE };

/* Of the fields of a check (proto/letter.proto, Check). */
static const struct {
    const char *field, *member;
    enum correct_place place;
} rows[] = {
    {"NAME", "name", IN_CONTACT},   {"FUNCTION", "role", IN_CONTACT}, {"PHONE", "phone", IN_CONTACT},
    {"EMAIL", "email", IN_CONTACT}, {"HOURS", "hours", IN_CONTACT},   {"LANGUAGES", "languages", IN_PARTY},
    {"ZONE", "zone", IN_PARTY},     {"KEY", NULL, NOWHERE},
};
#define ROWS (sizeof rows / sizeof rows[0])

struct correcting {
    const struct cli *cli;
    const char *path; /* of the record */
    json_t *party;    /* of the draft */
    json_t *changed;
};

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static size_t row_of(const char *field)
{
    size_t i = 0;
    while (i < ROWS && strcmp(rows[i].field, field) != 0) {
        i++;
    }
    return i;
}

const char *roster_contact_member(const char *field)
{
    size_t row = row_of(field);
    return row < ROWS && rows[row].place == IN_CONTACT ? rows[row].member : NULL;
}

static const char *quiet(const struct correcting *c, const char *text)
{
    return screen_quiet(c->cli->arena, bytes_of_text(text));
}

static int refuse(const struct correcting *c, const char *next, const char *why)
{
    return cli_fail(c->cli, EXIT_REFUSED, next, "%s: %s", c->path, why);
}

/* --- where it belongs --- */

static json_t *party_of(json_t *draft, const char *address)
{
    size_t i = 0;
    json_t *party = NULL;
    json_array_foreach(json_object_get(draft, "parties"), i, party)
    {
        if (strcmp(text_of(party, "address"), address) == 0) {
            return party;
        }
    }
    return NULL;
}

/* NULL: told. */
static json_t *contact_of(const struct correcting *c, const json_t *correction)
{
    json_t *contacts = json_object_get(c->party, "contacts");
    size_t count = json_array_size(contacts);
    json_int_t number = json_integer_value(json_object_get(correction, "contact"));
    if (number >= 1 && (size_t)number <= count) {
        return json_array_get(contacts, (size_t)number - 1);
    }
    (void)refuse(c, N_("write its number into the record: \"contact\": 1"),
                 cli_text(c->cli, "it does not say which of the %zu contacts of %s is wrong", count,
                          quiet(c, text_of(c->party, "address"))));
    return NULL;
}

/* --- what is said --- */

/* "fr, en" or "fr en" */
static json_t *list_of(const struct correcting *c, const char *text)
{
    json_t *list = json_array();
    while (*(text += strspn(text, " ,;")) != '\0') {
        size_t size = strcspn(text, " ,;");
        const char *word = arena_format(c->cli->arena, "%.*s", (int)size, text);
        ensure(word != NULL && json_array_append_new(list, json_string(word)) == 0);
        text += size;
    }
    return list;
}

static const char *shown(const struct correcting *c, const json_t *value)
{
    const char *text = "";
    size_t i = 0;
    const json_t *entry = NULL;
    if (json_is_string(value)) {
        return screen_string(c->cli->arena, value);
    }
    json_array_foreach(value, i, entry)
    {
        const char *longer = arena_format(c->cli->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                                          screen_string(c->cli->arena, entry));
        text = longer == NULL ? text : longer;
    }
    return text;
}

/* The entry may have been put right since; then the correction is of nothing that stands there. */
static bool is_as_it_was(const json_t *correction, const json_t *owner, const char *member)
{
    const json_t *now = json_object_get(correction, "now");
    return now == NULL || strcmp(text_of(correction, "now"), text_of(owner, member)) == 0;
}

static int set(struct correcting *c, const json_t *correction, json_t *owner, const char *member,
               json_t *value)
{
    const char *field = text_of(correction, "field");
    const char *before = shown(c, json_object_get(owner, member));
    const char *what =
        cli_text(c->cli, "%s: \"%s\" becomes \"%s\"", quiet(c, field), before, shown(c, value));
    json_t *entry = json_pack("{s:O, s:s}", "party", json_object_get(c->party, "address"), "what", what);
    if (entry == NULL || json_object_set_new(owner, member, value) != 0) {
        json_decref(entry);
        return refuse(c, N_("write UTF-8"), say(c->cli->words, N_("what is to be right is no text")));
    }
    ensure(json_array_append_new(c->changed, entry) == 0);
    return EXIT_DONE;
}

static int correct_one(struct correcting *c, const json_t *correction)
{
    const char *field = text_of(correction, "field"), *right = text_of(correction, "correction");
    const size_t row = row_of(field);
    if (row == ROWS || right[0] == '\0' || !text_is_line(bytes_of_text(right))) {
        return refuse(c, N_("see: comity ping answered --help"),
                      cli_text(c->cli, "\"%s\" is no correction of a field", quiet(c, field)));
    }
    if (rows[row].place == NOWHERE) {
        cli_note(c->cli, "%s: %s of %s is not changed by a correction: its keys are renewed by their owners",
                 c->path, quiet(c, field), quiet(c, text_of(c->party, "address")));
        return EXIT_DONE;
    }
    if (strcmp(field, "EMAIL") == 0 && !mail_address_is_good(right)) {
        return refuse(c, N_("ask for the address"),
                      cli_text(c->cli, "%s is no plain mail address", quiet(c, right)));
    }
    json_t *owner = rows[row].place == IN_PARTY ? c->party : contact_of(c, correction);
    if (owner == NULL) {
        return EXIT_REFUSED;
    }
    if (!is_as_it_was(correction, owner, rows[row].member)) {
        return refuse(c, N_("look whether it is right now, and ask again"),
                      cli_text(c->cli, "%s of %s is not any more what it was when it was corrected",
                               quiet(c, field), quiet(c, text_of(c->party, "address"))));
    }
    bool list = strcmp(field, "LANGUAGES") == 0;
    return set(c, correction, owner, rows[row].member, list ? list_of(c, right) : json_string(right));
}

static bool is_of_network(const json_t *record, const struct roster *held)
{
    struct network_id network = roster_network(held);
    char hex[2 * sizeof network.bytes + 1];
    return strcmp(text_of(record, "network"),
                  hex_write(hex, bytes_of(network.bytes, sizeof network.bytes))) == 0;
}

int roster_correct(const struct cli *cli, const char *path, const struct roster *held, json_t *draft,
                   json_t *changed)
{
    struct correcting c = {.cli = cli, .path = path, .changed = changed};
    json_t *record = NULL;
    size_t i = 0;
    const json_t *correction = NULL;
    int code = input_json(cli, path, &record);
    if (code != EXIT_DONE) {
        return code;
    }
    c.party = party_of(draft, text_of(record, "party"));
    if (strcmp(text_of(record, "format"), PING_CORRECTIONS_FORMAT) != 0) {
        code = refuse(&c, N_("write one: comity ping --report last --corrections FOLDER"),
                      say(cli->words, N_("it is no record of corrections")));
    } else if (!is_of_network(record, held)) {
        code = refuse(&c, "", say(cli->words, N_("it is of another network")));
    } else if (c.party == NULL) {
        code = refuse(&c, N_("look at the addresses: comity roster show"),
                      say(cli->words, N_("its party is not in the roster")));
    }
    json_array_foreach(json_object_get(record, "corrections"), i, correction)
    {
        code = code == EXIT_DONE ? correct_one(&c, correction) : code;
    }
    json_decref(record);
    return code;
}
