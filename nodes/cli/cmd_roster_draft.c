/* SPDX-License-Identifier: Apache-2.0 */
/* Offline: the version after a roster, with what parties want to publish, to be signed by the holders of the root keys. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/instant.h"
#include "base/text.h"
#include "nodes/cli/roster_check.h"
#include "nodes/cli/roster_correct.h"
#include "nodes/cli/roster_keys.h"
#include "nodes/cli/subcommands.h"
#include "proto/json.h"

#define PART_BYTES_MAX ((size_t)64 * 1024) /* of a calendar, terms */
#define LIFE_MS_MAX    (400 * MS_PER_DAY)

struct draft {
    const struct cli *cli;
    const char *folder, *path; /* of the draft */
    struct roster *held, *candidate;
    json_t *json;    /* of the draft */
    uint64_t now_ms; /* whole seconds */
    json_t *changed; /* [{"party", "what"}] */
};

/* What a party publishes, by option and by member of its entry. */
static const struct {
    const char *option, *member;
} parts[] = {{"set-calendar", "calendar"}, {"set-terms", "terms"}, {"set-ping", "ping"}};
#define PARTS (sizeof parts / sizeof parts[0])

static int no_memory(const struct draft *d)
{
    return cli_fail(d->cli, EXIT_REFUSED, "", "no memory");
}

static int fail_error(const struct draft *d, const char *next, const struct error *error)
{
    return cli_fail(d->cli, EXIT_REFUSED, next, "%s", error->text);
}

/* --- where it begins --- */

static json_t *json_of(struct bytes text)
{
    return json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, NULL);
}

static void put_hash(json_t *json, const char *name, const struct roster *of)
{
    char hex[65];
    (void)json_object_set_new(json, name, json_string(hex_write(hex, digest_bytes(roster_hash(of)))));
}

static void put_time(json_t *json, const char *name, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    (void)json_object_set_new(json, name,
                              json_string(instant_write(text, (struct instant){.ms = (int64_t)ms})));
}

static void put_dates(struct draft *d)
{
    uint64_t life_ms = roster_expires_ms(d->held) - roster_issued_ms(d->held);
    uint64_t issued_ms = d->now_ms > roster_issued_ms(d->held) ? d->now_ms : roster_issued_ms(d->held);
    put_time(d->json, "issued", issued_ms);
    put_time(d->json, "expires", issued_ms + (life_ms < LIFE_MS_MAX ? life_ms : LIFE_MS_MAX));
}

/* The held version's text with the next number: its ext members stay. */
static int begin_anew(struct draft *d)
{
    d->json = json_of(roster_json(d->held));
    if (d->json == NULL) {
        return no_memory(d);
    }
    struct network_id network = roster_network(d->held);
    char hex[65];
    (void)json_object_set_new(d->json, "format", json_string("comity-roster-2"));
    (void)json_object_set_new(d->json, "version", json_integer((json_int_t)roster_version(d->held) + 1));
    (void)json_object_set_new(d->json, "network",
                              json_string(hex_write(hex, bytes_of(network.bytes, sizeof network.bytes))));
    put_hash(d->json, "previous", d->held);
    put_dates(d);
    return EXIT_DONE;
}

/* A draft that lies there already goes on growing, if it is one of the very next version. */
static int go_on(struct draft *d)
{
    struct roster *there = NULL;
    int code = roster_check_file(d->cli, d->path, &there);
    if (code != EXIT_DONE) {
        return code;
    }
    bool next = roster_version(there) == roster_version(d->held) + 1 &&
                digest_equal(roster_previous(there), roster_hash(d->held));
    if (next) {
        d->json = json_of(roster_json(there));
    }
    roster_free(there);
    if (!next) {
        return cli_fail(d->cli, EXIT_REFUSED, "name another folder with --out",
                        "%s is no draft of the version after the one held", d->path);
    }
    if (d->json != NULL) {
        (void)json_object_set_new(d->json, "format", json_string("comity-roster-2"));
        put_dates(d);
    }
    return d->json == NULL ? no_memory(d) : EXIT_DONE;
}

/* Signatures of what it was would not hold of what it becomes. */
static int check_unsigned(const struct draft *d)
{
    const char *const *names = NULL;
    size_t count = 0;
    struct error error = {.text = "", .words = d->cli->words};
    if (files_list(d->folder, ".minisig", d->cli->arena, &names, &count, &error) != FILES_OK) {
        return fail_error(d, "", &error);
    }
    return count == 0
               ? EXIT_DONE
               : cli_fail(d->cli, EXIT_REFUSED, "name another folder with --out, or take the signatures away",
                          "%s is signed already", d->path);
}

static int begin(struct draft *d, const char *held)
{
    struct stat status;
    int code = roster_check_file(d->cli, held, &d->held);
    if (code != EXIT_DONE) {
        return code;
    }
    if (mkdir(d->folder, 0755) != 0 && errno != EEXIST) {
        return cli_fail(d->cli, EXIT_REFUSED, "", "cannot make %s: %s", d->folder, strerror(errno));
    }
    code = check_unsigned(d);
    if (code != EXIT_DONE) {
        return code;
    }
    return stat(d->path, &status) == 0 ? go_on(d) : begin_anew(d);
}

/* --- what is changed --- */

/* "XB/poc=VALUE": the party's entry in the draft and the value; NULL after an error. */
static json_t *entry_of(const struct draft *d, const char *option, const char *given, const char **ret_value)
{
    const char *equals = strchr(given, '=');
    const size_t size = equals == NULL ? 0 : (size_t)(equals - given);
    size_t i = 0;
    json_t *party = NULL;
    if (equals == NULL || equals[1] == '\0') {
        (void)cli_fail(d->cli, EXIT_USAGE, "write PARTY=VALUE, such as XB/poc=calendar.json",
                       "--%s %s names no value", option, given);
        return NULL;
    }
    json_array_foreach(json_object_get(d->json, "parties"), i, party)
    {
        const char *address = json_string_value(json_object_get(party, "address"));
        if (address != NULL && strlen(address) == size && strncmp(address, given, size) == 0) {
            *ret_value = equals + 1;
            return party;
        }
    }
    (void)cli_fail(d->cli, EXIT_REFUSED, "look at the addresses: comity roster show",
                   "%.*s is not in the roster", (int)size, given);
    return NULL;
}

static void note_change(struct draft *d, const json_t *party, const char *what)
{
    (void)json_array_append_new(
        d->changed, json_pack("{s:O, s:s}", "party", json_object_get(party, "address"), "what", what));
}

static int set_part(struct draft *d, const char *option, const char *name, const char *given)
{
    const char *path = NULL;
    struct bytes text;
    struct error error = {.text = "", .words = d->cli->words};
    struct faults faults;
    json_t *party = entry_of(d, option, given, &path);
    if (party == NULL) {
        return strchr(given, '=') == NULL ? EXIT_USAGE : EXIT_REFUSED;
    }
    if (files_read(path, PART_BYTES_MAX, d->cli->arena, &text, &error) != FILES_OK) {
        return fail_error(d, "", &error);
    }
    faults_init(&faults, d->cli->arena);
    faults.words = d->cli->words;
    json_t *part = json_read(text, PART_BYTES_MAX, &faults);
    if (part == NULL) {
        return cli_fail(d->cli, EXIT_REFUSED, "", "%s: %s", path,
                        faults_any(&faults) ? faults.list[0].text : "?");
    }
    if (json_object_set_new(party, name, part) != 0) {
        return no_memory(d);
    }
    note_change(d, party, name);
    return EXIT_DONE;
}

/* PARTY=WHO found all contacts of the party right, now. */
static int verify(struct draft *d, const char *given)
{
    const char *who = NULL;
    size_t i = 0;
    json_t *contact = NULL;
    json_t *party = entry_of(d, "verify", given, &who);
    if (party == NULL) {
        return strchr(given, '=') == NULL ? EXIT_USAGE : EXIT_REFUSED;
    }
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        put_time(contact, "verified_at", d->now_ms);
        if (json_object_set_new(contact, "verified_by", json_string(who)) != 0) {
            return cli_fail(d->cli, EXIT_REFUSED, "", "the name of who verified is no UTF-8 text");
        }
    }
    if (i == 0) {
        return cli_fail(d->cli, EXIT_REFUSED, "give it contacts first",
                        "%s has no contacts that could be verified",
                        json_string_value(json_object_get(party, "address")));
    }
    note_change(d, party, "contacts");
    return EXIT_DONE;
}

static int change(struct draft *d, const struct arguments *arguments)
{
    int code = EXIT_DONE;
    const char *given = NULL;
    for (size_t p = 0; p < PARTS; p++) {
        for (size_t i = 0; code == EXIT_DONE && (given = argument_nth(arguments, parts[p].option, i)) != NULL;
             i++) {
            code = set_part(d, parts[p].option, parts[p].member, given);
        }
    }
    for (size_t i = 0; code == EXIT_DONE && (given = argument_nth(arguments, "verify", i)) != NULL; i++) {
        code = verify(d, given);
    }
    for (size_t i = 0; code == EXIT_DONE && (given = argument_nth(arguments, "add-key", i)) != NULL; i++) {
        code = roster_key_add(d->cli, given, d->json, d->changed);
    }
    for (size_t i = 0; code == EXIT_DONE && (given = argument_nth(arguments, "revoke-key", i)) != NULL; i++) {
        code = roster_key_revoke(d->cli, given, d->now_ms, d->json, d->changed);
    }
    for (size_t i = 0; code == EXIT_DONE && (given = argument_nth(arguments, "correct", i)) != NULL; i++) {
        code = roster_correct(d->cli, given, d->held, d->json, d->changed);
    }
    return code;
}

/* --- what comes out --- */

/* All rules but the signatures: of those there is none yet. */
static int check(struct draft *d, struct bytes text)
{
    struct error error = {.text = "", .words = d->cli->words};
    enum roster_outcome outcome = roster_read_after(d->held, text, &d->candidate, &error);
    if (outcome == ROSTER_OK) {
        outcome = roster_update(d->held, d->candidate, NULL, 0, d->cli->arena, NULL, &error);
    }
    if (outcome != ROSTER_OK && outcome != ROSTER_THRESHOLD) {
        return cli_fail(d->cli, EXIT_REFUSED, "correct what is named; nothing was written", "%s: %s",
                        roster_outcome_name(outcome), error.text);
    }
    const char *zones = roster_check_zones(d->cli, d->candidate);
    if (zones[0] != '\0') {
        return cli_fail(d->cli, EXIT_REFUSED,
                        "correct the zone, or bring the tzdata of this machine up to date",
                        "this machine's tzdata does not have %s", zones);
    }
    const char *terms = roster_check_terms(d->cli, d->candidate);
    if (terms[0] != '\0') {
        return cli_fail(d->cli, EXIT_REFUSED, "correct what is named; nothing was written",
                        "its terms name what no letter has: %s", terms);
    }
    return EXIT_DONE;
}

static int write_draft(struct draft *d)
{
    struct error error = {.text = "", .words = d->cli->words};
    char *text = json_dumps(d->json, JSON_INDENT(2) | JSON_SORT_KEYS);
    const char *whole = text == NULL ? NULL : arena_format(d->cli->arena, "%s\n", text);
    free(text);
    if (whole == NULL) {
        return no_memory(d);
    }
    int code = check(d, bytes_of_text(whole));
    if (code == EXIT_DONE && !files_write_atomic(d->path, bytes_of_text(whole), 0644, &error)) {
        return fail_error(d, "", &error);
    }
    return code;
}

static int say_draft(const struct draft *d)
{
    const uint64_t version = roster_version(d->candidate);
    char hash[65];
    hex_write(hash, digest_bytes(roster_hash(d->candidate)));
    if (d->cli->json) {
        return cli_print_json(d->cli,
                              json_pack("{s:I, s:s, s:s, s:I, s:O}", "version", (json_int_t)version, "path",
                                        d->path, "hash", hash, "threshold",
                                        (json_int_t)roster_threshold(d->candidate), "changed", d->changed));
    }
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(d->changed, i, entry)
    {
        (void)printf("  %s  %s\n", json_string_value(json_object_get(entry, "party")),
                     json_string_value(json_object_get(entry, "what")));
    }
    cli_print(d->cli, "version %" PRIu64 " is drafted in %s\nhash    %s\n", version, d->path, hash);
    cli_print(d->cli, "%u holders of root keys look at it and sign it, each: ", roster_threshold(d->held));
    (void)printf("minisign -S -m %s -x %s.NAME.minisig -t \"comity roster %" PRIu64 "\"\n", d->path, d->path,
                 version);
    cli_print(d->cli, "then every node and broker takes it in: comity roster update %s\n", d->folder);
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct draft d = {.cli = cli,
                      .folder = argument_value(arguments, "out"),
                      .now_ms = host_wall().ms / MS_PER_SECOND * MS_PER_SECOND};
    if (d.folder == NULL) {
        return cli_usage(cli, arguments, "--out DIR says where the draft is written");
    }
    d.path = arena_format(cli->arena, "%s/roster.json", d.folder);
    d.changed = json_array();
    int code = d.path == NULL || d.changed == NULL ? no_memory(&d) : begin(&d, arguments->words[0]);
    code = code == EXIT_DONE ? change(&d, arguments) : code;
    code = code == EXIT_DONE ? write_draft(&d) : code;
    code = code == EXIT_DONE ? say_draft(&d) : code;
    json_decref(d.json);
    json_decref(d.changed);
    roster_free(d.held);
    roster_free(d.candidate);
    return code;
}

static const struct option_spec options[] = {
    {"out", "DIR", false,
     N_("the folder of the draft; one that is there goes on growing until it is signed")},
    {"set-calendar", "PARTY=FILE", true, N_("its working days, hours and holidays, as JSON")},
    {"set-terms", "PARTY=FILE", true, N_("its terms, as JSON")},
    {"set-ping", "PARTY=FILE", true, N_("whether it may be pinged, as JSON")},
    {"verify", "PARTY=WHO", true, N_("its contacts were found right now, by whom")},
    {"add-key", "FILE", true, N_("a key that its owner made with comity key new: its FILE.pub")},
    {"revoke-key", "DIGITS=WHY", true, N_("a key that is not to be trusted any more, from now on")},
    {"correct", "FILE", true, N_("what a ping found wrong, as comity ping --report --corrections wrote it")},
    {NULL, NULL, false, NULL},
};

const struct subcommand cmd_roster_draft = {
    .name = "roster draft",
    .group = N_("Roster"),
    .synopsis =
        "FILE|DIR --out DIR [--set-calendar PARTY=FILE]... [--set-terms PARTY=FILE]... [--set-ping "
        "PARTY=FILE]... "
        "[--verify PARTY=WHO]... [--add-key FILE]... [--revoke-key DIGITS=WHY]... [--correct FILE]...",
    .does = N_("the version after a roster, with what parties publish, to be signed"),
    .help = N_(
        "Takes the newest roster.json, or a directory with it; writes the next version into DIR, checked by "
        "every\n"
        "rule. It is of format 2 and holds for as long as the one before. Root keys are not needed: their\n"
        "holders sign it with minisign. Examples:\n"
        "  comity roster draft roster/1 --out roster/2 \\\n      --set-calendar XB/poc=calendar.json\n"
        "  comity roster draft roster/1 --out roster/2 --verify 'XB/poc=XA/poc, by phone'\n"
        "  comity roster draft roster/1 --out roster/2 --add-key duty-2.key.pub \\\n"
        "      --revoke-key 3f2a9c1e=replaced\n"
        "  comity roster draft roster/1 --out roster/2 \\\n"
        "      --correct corrections/PING-1795370400-XQ-poc.json"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
