/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_corrections.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "nodes/cli/roster_correct.h"
#include "nodes/cli/screen.h"

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* One contact, or where there are several the one that the reviewer names: 0 until then. */
static json_int_t contact_of(const json_t *party)
{
    return json_array_size(json_object_get(party, "contacts")) == 1 ? 1 : 0;
}

/* What is wrong, and what the directory says of it now, where that is one thing. */
static json_t *correction_of(const json_t *party, const json_t *check)
{
    const char *field = text_of(check, "field");
    const char *member = roster_contact_member(field);
    json_t *one = json_pack("{s:s, s:s}", "field", field, "correction", text_of(check, "correction"));
    ensure(one != NULL);
    if (member != NULL) {
        const json_t *contact = json_array_get(json_object_get(party, "contacts"), 0);
        json_int_t number = contact_of(party);
        ensure(json_object_set_new(one, "contact", json_integer(number)) == 0);
        if (number != 0) {
            ensure(json_object_set_new(one, "now", json_string(text_of(contact, member))) == 0);
        }
    }
    return one;
}

static json_t *corrections_of(const json_t *party, const json_t *row)
{
    json_t *list = json_array();
    size_t i = 0;
    const json_t *check = NULL;
    json_array_foreach(json_object_get(row, "checks"), i, check)
    {
        if (text_of(check, "correction")[0] != '\0') {
            ensure(json_array_append_new(list, correction_of(party, check)) == 0);
        }
    }
    return list;
}

/* "1: duty officer  +999 1", for who has to say which one is meant. */
static json_t *contacts_of(const struct cli *cli, const json_t *party)
{
    json_t *list = json_array();
    size_t i = 0;
    const json_t *contact = NULL;
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        json_t *text = json_sprintf("%zu: %s  %s  %s  %s", i + 1, screen_member(cli->arena, contact, "role"),
                                    screen_member(cli->arena, contact, "phone"),
                                    screen_member(cli->arena, contact, "email"),
                                    screen_member(cli->arena, contact, "hours"));
        ensure(json_array_append_new(list, text) == 0);
    }
    return list;
}

static json_t *record_of(const struct client *client, const json_t *report, const json_t *directory,
                         const json_t *party, const json_t *row)
{
    static const char *const members[] = {"case",       "how",    "answered", "entered",
                                          "entered_by", "person", "text"};
    json_t *record =
        json_pack("{s:s, s:s, s:O, s:O, s:O, s:o, s:o}", "format", PING_CORRECTIONS_FORMAT, "network",
                  client->settings.network, "roster", json_object_get(directory, "version"), "round",
                  json_object_get(report, "round"), "party", json_object_get(row, "party"), "corrections",
                  corrections_of(party, row), "contacts", contacts_of(client->cli, party));
    ensure(record != NULL);
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        (void)json_object_set(record, members[i], json_object_get(row, members[i]));
    }
    return record;
}

static int write_record(const struct cli *cli, const char *folder, const json_t *record)
{
    struct error error = {.text = "", .words = cli->words};
    const char *party = text_of(record, "party");
    const char *path =
        arena_format(cli->arena, "%s/%s-%.2s-%s.json", folder, text_of(record, "round"), party, party + 3);
    char *text = json_dumps(record, JSON_INDENT(2) | JSON_SORT_KEYS);
    const char *whole = text == NULL ? NULL : arena_format(cli->arena, "%s\n", text);
    free(text);
    if (path == NULL || whole == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    if (!files_write_atomic(path, bytes_of_text(whole), 0644, &error)) {
        return cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
    }
    cli_note(cli, "%s: look at it, then: comity roster draft ROSTER --out DIR --correct %s", path, path);
    return EXIT_DONE;
}

static const json_t *party_of(const json_t *directory, const json_t *row)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(json_object_get(directory, "parties"), i, party)
    {
        if (json_equal(json_object_get(party, "address"), json_object_get(row, "party"))) {
            return party;
        }
    }
    return NULL;
}

int ping_corrections_write(struct client *client, const json_t *report, const char *folder)
{
    const struct cli *cli = client->cli;
    json_t *directory = NULL;
    size_t i = 0;
    const json_t *row = NULL;
    int code = client_get(client, "/v1/directory", &directory);
    if (code == EXIT_DONE && mkdir(folder, 0755) != 0 && errno != EEXIST) {
        code = cli_fail(cli, EXIT_REFUSED, "", "cannot make %s: %s", folder, strerror(errno));
    }
    json_array_foreach(json_object_get(report, "parties"), i, row)
    {
        const json_t *party = party_of(directory, row);
        if (code == EXIT_DONE && party != NULL && json_array_size(json_object_get(row, "corrections")) != 0) {
            json_t *record = record_of(client, report, directory, party, row);
            code = write_record(cli, folder, record);
            json_decref(record);
        }
    }
    json_decref(directory);
    return code;
}
