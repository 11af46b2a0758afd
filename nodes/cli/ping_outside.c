/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_outside.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "nodes/cli/mail.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/signed_record.h"

#define ROUND_BYTES_MAX  ((size_t)4 * 1024 * 1024)
#define ANSWER_BYTES_MAX ((size_t)256 * 1024)
#define LABEL_CODE       "comity/v1/code"
#define SUFFIX           ".json"
#define YEAR_MS          (365 * MS_PER_DAY)

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static struct arena *arena_of(const struct ping_outside *o)
{
    return o->client->cli->arena;
}

static int fail_error(const struct ping_outside *o, const struct error *error)
{
    return cli_fail(o->client->cli, EXIT_REFUSED, "", "%s", error->text);
}

static int no_memory(const struct ping_outside *o)
{
    return cli_fail(o->client->cli, EXIT_REFUSED, "", "no memory");
}

int ping_outside_open(struct ping_outside *o, struct client *client)
{
    *o = (struct ping_outside){
        .client = client, .folder = arena_format(client->cli->arena, "%s/pings", client->cli->directory)};
    return o->folder == NULL ? no_memory(o) : client_get(client, "/v1/roster", &o->roster);
}

void ping_outside_close(struct ping_outside *o)
{
    json_decref(o->roster);
    o->roster = NULL;
}

/* --- files --- */

/* Digits of 1970 or later: no name leads elsewhere. */
static bool is_round(const char *round)
{
    size_t prefix = strlen(PING_ROUND_PREFIX);
    size_t digits = strncmp(round, PING_ROUND_PREFIX, prefix) == 0 ? strspn(round + prefix, "0123456789") : 0;
    return digits != 0 && round[prefix + digits] == '\0';
}

const char *ping_outside_file(const struct ping_outside *o, const char *round, const char *party,
                              const char *suffix)
{
    struct address address;
    if (!is_round(round) || !address_read(bytes_of_text(party), &address)) {
        return NULL;
    }
    address.text[2] = '-';
    return arena_format(arena_of(o), "%s/%s/%s%s", o->folder, round, address.text, suffix);
}

static const char *round_file(const struct ping_outside *o, const char *round)
{
    return is_round(round) ? arena_format(arena_of(o), "%s/%s%s", o->folder, round, SUFFIX) : NULL;
}

/* A new reference, or NULL: it is not there (FILES_ABSENT), or no JSON object. */
static json_t *load(const struct ping_outside *o, const char *path, size_t bytes_max, struct error *error,
                    enum files_outcome *ret)
{
    struct arena *scratch = arena_new(bytes_max + 4096);
    struct bytes text;
    json_t *json = NULL;
    error->words = o->client->cli->words;
    *ret = FILES_FAILED;
    if (path != NULL && scratch != NULL) {
        *ret = files_read(path, bytes_max, scratch, &text, error);
    }
    if (*ret == FILES_OK) {
        json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
        if (!json_is_object(json)) {
            error_set(error, "%s is no record of a ping", path);
            json_decref(json);
            json = NULL;
            *ret = FILES_FAILED;
        }
    }
    arena_free(scratch);
    return json;
}

static bool save(const struct ping_outside *o, const char *path, const json_t *json, struct error *error)
{
    char *text = json_dumps(json, JSON_INDENT(2) | JSON_SORT_KEYS);
    const char *whole = text == NULL ? NULL : arena_format(arena_of(o), "%s\n", text);
    free(text);
    if (path == NULL || whole == NULL) {
        error_set(error, "no memory");
        return false;
    }
    return files_write_new(path, bytes_of_text(whole), 0600, error);
}

/* --- rounds --- */

int ping_round_compare(const char *a, const char *b)
{
    size_t x = strlen(a), y = strlen(b);
    return x != y ? (x > y ? 1 : -1) : strcmp(a, b);
}

static int compare_rounds(const void *a, const void *b)
{
    return ping_round_compare(*(const char *const *)b, *(const char *const *)a);
}

/* The names of all rounds, the newest first. */
static int rounds(const struct ping_outside *o, const char ***ret, size_t *ret_count)
{
    const char *const *names = NULL;
    size_t count = 0, kept = 0;
    struct error error = {.text = "", .words = o->client->cli->words};
    enum files_outcome outcome = files_list(o->folder, SUFFIX, arena_of(o), &names, &count, &error);
    if (outcome == FILES_FAILED) {
        return fail_error(o, &error);
    }
    const char **list = arena_zero(arena_of(o), count + 1, sizeof *list);
    for (size_t i = 0; outcome == FILES_OK && list != NULL && i < count; i++) {
        const char *round =
            arena_format(arena_of(o), "%.*s", (int)(strlen(names[i]) - strlen(SUFFIX)), names[i]);
        if (round != NULL && is_round(round)) {
            list[kept++] = round;
        }
    }
    if (list == NULL) {
        return no_memory(o);
    }
    qsort(list, kept, sizeof *list, compare_rounds);
    *ret = list;
    *ret_count = kept;
    return EXIT_DONE;
}

int ping_outside_last(const struct ping_outside *o, const char **ret)
{
    const char **list = NULL;
    size_t count = 0;
    int code = rounds(o, &list, &count);
    *ret = code == EXIT_DONE && count != 0 ? list[0] : "";
    return code;
}

static bool is_of(const json_t *record, const char *whom)
{
    const char *to = text_of(signed_record_what(record), "to");
    size_t size = whom == NULL ? 0 : strlen(whom);
    return whom == NULL ||
           (strncmp(to, whom, size) == 0 && (to[size] == '\0' || (size == 2 && to[size] == '/')));
}

static int add_records(const struct ping_outside *o, const char *round, const char *whom, json_t *found)
{
    struct error error = {.text = ""};
    enum files_outcome outcome = FILES_OK;
    size_t i = 0;
    json_t *record = NULL;
    json_t *file = load(o, round_file(o, round), ROUND_BYTES_MAX, &error, &outcome);
    json_array_foreach(json_object_get(file, "pings"), i, record)
    {
        ensure(!is_of(record, whom) || json_array_append(found, record) == 0);
    }
    json_decref(file);
    return file == NULL ? fail_error(o, &error) : EXIT_DONE;
}

static bool is_recent(const char *round, wall_ms now)
{
    return strtoull(round + strlen(PING_ROUND_PREFIX), NULL, 10) * MS_PER_SECOND + YEAR_MS > now.ms;
}

int ping_outside_records(const struct ping_outside *o, const char *whom, const char *round, wall_ms now,
                         json_t **ret)
{
    const char **list = NULL;
    size_t count = 0;
    json_t *found = json_array();
    int code = rounds(o, &list, &count);
    for (size_t i = 0; code == EXIT_DONE && i < count; i++) {
        if (round == NULL ? is_recent(list[i], now) : strcmp(round, list[i]) == 0) {
            code = add_records(o, list[i], whom, found);
        }
    }
    if (code != EXIT_DONE) {
        json_decref(found);
        return code;
    }
    *ret = found;
    return EXIT_DONE;
}

const char *ping_outside_fault(const struct ping_outside *o, const json_t *record)
{
    const json_t *what = signed_record_what(record);
    const char *fault = signed_record_fault(o->client, o->roster, record, look_ms(what, "sent"));
    return fault != NULL                                ? fault
           : strcmp(text_of(what, "what"), "PING") != 0 ? say(o->client->cli->words, N_("it is no ping"))
                                                        : NULL;
}

bool ping_outside_code(const struct ping_outside *o, const json_t *record, struct ping_code *ret)
{
    const char *to = text_of(signed_record_what(record), "to");
    struct bytes proof = signed_record_proof(o->client, record);
    struct address address;
    if (proof.data == NULL || !address_read(bytes_of_text(to), &address)) {
        return false;
    }
    struct digest digest = labelled_digest(LABEL_CODE, &proof, 1);
    *ret = (struct ping_code){.state = {address.text[0], address.text[1]}};
    memcpy(ret->secret, digest.bytes, sizeof ret->secret);
    return true;
}

/* --- beginning one --- */

/* The first contact that a mail can go to; "": none. */
static const char *mail_of(const struct ping_outside *o, const json_t *party)
{
    size_t i = 0;
    const json_t *contact = NULL;
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        const char *address = screen_member(arena_of(o), contact, "email");
        if (mail_address_is_good(address)) {
            return address;
        }
    }
    return "";
}

static json_t *ping_of(const struct ping_outside *o, const struct act *act, const char *round,
                       const json_t *party, const char *until)
{
    char sent[INSTANT_TEXT_MAX];
    return json_pack("{s:s, s:s, s:O, s:s, s:s, s:s, s:s, s:O}", "what", "PING", "from",
                     o->client->party.text, "to", json_object_get(party, "address"), "round", round, "sent",
                     instant_write(sent, (struct instant){.ms = (int64_t)act->now.ms}), "until", until,
                     "mail", mail_of(o, party), "roster", json_object_get(o->roster, "version"));
}

/* How often the party was pinged in the year before. */
static uint64_t times(const json_t *before, const char *party, uint64_t now_ms)
{
    size_t i = 0;
    const json_t *record = NULL;
    uint64_t count = 0;
    json_array_foreach(before, i, record)
    {
        count += is_of(record, party) && look_ms(signed_record_what(record), "sent") + YEAR_MS > now_ms;
    }
    return count;
}

/* As the node of a party would look at it; but a mail wakes nobody in quiet hours. */
static bool consents(const json_t *party, const json_t *before, uint64_t now_ms)
{
    const json_t *ping = json_object_get(party, "ping");
    return json_is_true(json_object_get(ping, "consent")) &&
           times(before, text_of(party, "address"), now_ms) <
               (uint64_t)json_integer_value(json_object_get(ping, "per_year"));
}

static int make_folder(const struct ping_outside *o, const char *path)
{
    if (path == NULL) {
        return no_memory(o);
    }
    return mkdir(path, 0700) == 0 || errno == EEXIST
               ? EXIT_DONE
               : cli_fail(o->client->cli, EXIT_REFUSED, "", "cannot make %s: %s", path, strerror(errno));
}

static int write_round(const struct ping_outside *o, const char *round, json_t *file)
{
    struct error error = {.text = "", .words = o->client->cli->words};
    int code = make_folder(o, o->folder);
    code = code == EXIT_DONE ? make_folder(o, arena_format(arena_of(o), "%s/%s", o->folder, round)) : code;
    if (code == EXIT_DONE && !save(o, round_file(o, round), file, &error)) {
        return cli_fail(o->client->cli, EXIT_REFUSED, N_("begin again; nothing was sent"), "%s", error.text);
    }
    return code;
}

int ping_outside_begin(struct ping_outside *o, struct act *act, const char *round, const json_t *parties,
                       const char *until, json_t **ret_signed)
{
    json_t *pings = json_array(), *without = json_array(), *before = NULL;
    size_t i = 0;
    const json_t *party = NULL;
    int code = ping_outside_records(o, NULL, NULL, act->now, &before);
    json_array_foreach(parties, i, party)
    {
        if (!consents(party, before, act->now.ms)) {
            ensure(json_array_append(without, json_object_get(party, "address")) == 0);
        } else if (code == EXIT_DONE) {
            json_t *record =
                signed_record_new(o->client, &act->officers.list[0], ping_of(o, act, round, party, until));
            code = record == NULL ? no_memory(o) : code;
            ensure(record == NULL || json_array_append_new(pings, record) == 0);
        }
    }
    json_t *file = json_pack("{s:s, s:O, s:O}", "round", round, "pings", pings, "without_consent", without);
    code = code == EXIT_DONE ? write_round(o, round, file) : code;
    json_decref(file);
    json_decref(without);
    json_decref(before);
    if (code != EXIT_DONE) {
        json_decref(pings);
        return code;
    }
    *ret_signed = pings;
    return EXIT_DONE;
}

/* --- answers --- */

json_t *ping_outside_answer(const struct ping_outside *o, const char *round, const char *party)
{
    struct error error = {.text = ""};
    enum files_outcome outcome = FILES_OK;
    return load(o, ping_outside_file(o, round, party, ".answer.json"), ANSWER_BYTES_MAX, &error, &outcome);
}

int ping_outside_keep(const struct ping_outside *o, const char *round, const char *party,
                      const json_t *record, json_t **ret_before)
{
    struct error error = {.text = "", .words = o->client->cli->words};
    const char *path = ping_outside_file(o, round, party, ".answer.json");
    if (save(o, path, record, &error)) {
        *ret_before = NULL;
        return EXIT_DONE;
    }
    *ret_before = ping_outside_answer(o, round, party);
    return *ret_before != NULL ? EXIT_DONE : fail_error(o, &error);
}

/* --- the report --- */

/* Of an answer that holds. */
static void put_answer(json_t *row, const json_t *answer)
{
    static const char *const members[] = {"how",       "answered",  "entered", "entered_by", "person",
                                          "knew_role", "with_code", "checks",  "text"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        (void)json_object_set(row, members[i], json_object_get(answer, members[i]));
    }
    if (strcmp(text_of(answer, "how"), "phone") == 0) {
        ensure(json_object_set_new(row, "by_phone", json_true()) == 0);
    }
    ensure(json_object_set_new(row, "result", json_string("REACHED")) == 0);
}

static const char *answer_fault(const struct ping_outside *o, const json_t *record, const json_t *ping)
{
    const json_t *answer = signed_record_what(record);
    const char *fault = signed_record_fault(o->client, o->roster, record, look_ms(answer, "entered"));
    bool of_it = strcmp(text_of(answer, "what"), "ANSWER") == 0 &&
                 strcmp(text_of(answer, "round"), text_of(ping, "round")) == 0 &&
                 strcmp(text_of(answer, "to"), text_of(ping, "to")) == 0;
    return fault != NULL ? fault : !of_it ? say(o->client->cli->words, N_("it answers another ping")) : NULL;
}

static json_t *row_of(const struct ping_outside *o, const char *round, const json_t *record, uint64_t now_ms)
{
    const json_t *ping = signed_record_what(record);
    const char *party = text_of(ping, "to");
    const char *fault = ping_outside_fault(o, record);
    fault = fault == NULL && strcmp(text_of(ping, "round"), round) != 0
                ? say(o->client->cli->words, N_("it is of another round"))
                : fault;
    json_t *answer = ping_outside_answer(o, round, party);
    json_t *row = json_pack("{s:s, s:s, s:s, s:b}", "party", party, "sent", text_of(ping, "sent"), "until",
                            text_of(ping, "until"), "outside", 1);
    ensure(row != NULL);
    fault = fault == NULL && answer != NULL ? answer_fault(o, answer, ping) : fault;
    if (fault != NULL) {
        ensure(json_object_set_new(row, "fault", json_string(fault)) == 0);
    } else if (answer != NULL) {
        put_answer(row, signed_record_what(answer));
    }
    bool over = json_object_get(row, "answered") != NULL || look_ms(ping, "until") < now_ms;
    if (over && json_object_get(row, "answered") == NULL) {
        ensure(json_object_set_new(row, "result", json_string("SILENT")) == 0);
    }
    ensure(json_object_set_new(row, "state", json_string(over ? "CLOSED" : "SENT")) == 0);
    json_decref(answer);
    return row;
}

int ping_outside_rows(const struct ping_outside *o, const char *round, uint64_t now_ms, json_t *rows)
{
    struct error error = {.text = ""};
    enum files_outcome outcome = FILES_OK;
    size_t i = 0;
    const json_t *entry = NULL;
    json_t *file = is_round(round) ? load(o, round_file(o, round), ROUND_BYTES_MAX, &error, &outcome) : NULL;
    if (file == NULL) {
        return outcome == FILES_FAILED ? fail_error(o, &error) : EXIT_DONE;
    }
    json_array_foreach(json_object_get(file, "pings"), i, entry)
    {
        ensure(json_array_append_new(rows, row_of(o, round, entry, now_ms)) == 0);
    }
    json_array_foreach(json_object_get(file, "without_consent"), i, entry)
    {
        ensure(json_array_append_new(rows, json_pack("{s:O, s:b, s:s, s:s}", "party", entry, "outside", 1,
                                                     "state", "CLOSED", "result", "NO_CONSENT")) == 0);
    }
    json_decref(file);
    return EXIT_DONE;
}
