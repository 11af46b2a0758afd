/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/roster_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/host.h"
#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "nodes/cli/screen.h"
#include "proto/codes.h"
#include "proto/form.h"

/* "DIR" is DIR/roster.json. */
static const char *roster_path(struct arena *arena, const char *given)
{
    struct stat status;
    bool folder = stat(given, &status) == 0 && S_ISDIR(status.st_mode);
    return folder ? arena_format(arena, "%s/roster.json", given) : given;
}

static int read_roster(const struct cli *cli, const char *path, struct roster **ret)
{
    struct bytes json;
    struct error error = {.text = "", .words = cli->words};
    if (path == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    if (files_read(path, ROSTER_BYTES_MAX, cli->arena, &json, &error) != FILES_OK) {
        return cli_fail(cli, EXIT_REFUSED,
                        "name a roster.json, or the directory it is in with its signatures", "%s",
                        error.text);
    }
    enum roster_outcome outcome = roster_read(json, ret, &error);
    return outcome == ROSTER_OK ? EXIT_DONE
                                : cli_fail(cli, EXIT_REFUSED, "do not use it; ask who made it", "%s: %s: %s",
                                           path, roster_outcome_name(outcome), error.text);
}

int roster_check_file(const struct cli *cli, const char *given, struct roster **ret)
{
    return read_roster(cli, roster_path(cli->arena, given), ret);
}

/* The files beside it whose names are its own, a dot, anything, ".minisig". */
static int read_minisigs(struct roster_check *check)
{
    struct arena *arena = check->cli->arena;
    const char *slash = strrchr(check->path, '/');
    const char *own = slash == NULL ? check->path : slash + 1;
    const char *folder = slash == NULL ? "."
                         : slash == check->path
                             ? "/"
                             : arena_format(arena, "%.*s", (int)(slash - check->path), check->path);
    const char *const *names = NULL;
    size_t count = 0;
    if (folder == NULL || files_list(folder, ".minisig", arena, &names, &count, &check->error) != FILES_OK) {
        return cli_fail(check->cli, EXIT_REFUSED, "", "%s", check->error.text);
    }
    for (size_t i = 0; i < count && check->count <= ROSTER_MINISIG_MAX; i++) {
        if (strncmp(names[i], own, strlen(own)) != 0 || names[i][strlen(own)] != '.') {
            continue;
        }
        const char *path = arena_format(arena, "%s/%s", folder, names[i]);
        if (path == NULL || files_read(path, MINISIG_BYTES_MAX, arena, &check->minisigs[check->count],
                                       &check->error) != FILES_OK) {
            return cli_fail(check->cli, EXIT_REFUSED, "", "%s", check->error.text);
        }
        check->names[check->count++] = names[i];
    }
    return EXIT_DONE;
}

int roster_check_read(struct roster_check *check, const struct cli *cli, const char *given)
{
    *check = (struct roster_check){
        .cli = cli, .path = roster_path(cli->arena, given), .error = {.words = cli->words}};
    int code = read_roster(cli, check->path, &check->candidate);
    return code == EXIT_DONE ? read_minisigs(check) : code;
}

void roster_check_done(struct roster_check *check)
{
    roster_free(check->candidate);
    check->candidate = NULL;
}

void roster_check_judge(struct roster_check *check, const struct roster *held,
                        const struct network_id *network)
{
    struct arena *arena = check->cli->arena;
    const struct roster *candidate = check->candidate;
    struct network_id own = roster_network(candidate);
    if (memcmp(own.bytes, network->bytes, sizeof own.bytes) != 0) {
        check->outcome = ROSTER_NETWORK;
        error_set(&check->error, "it belongs to another network than the one expected");
    } else if (held != NULL) {
        check->outcome = roster_update(held, candidate, check->minisigs, check->count, arena, check->reports,
                                       &check->error);
    } else if (roster_version(candidate) == 1) {
        check->outcome = roster_first(candidate, network, check->minisigs, check->count, arena,
                                      check->reports, &check->error);
    } else {
        check->outcome =
            roster_first_pinned(candidate, network, roster_version(candidate), roster_hash(candidate),
                                check->minisigs, check->count, arena, check->reports, &check->error);
    }
}

const char *roster_check_zones(const struct cli *cli, const struct roster *roster)
{
    size_t count = 0;
    const char *const *names = roster_zones(roster, cli->arena, &count);
    const char *unknown = "";
    for (size_t i = 0; names != NULL && i < count; i++) {
        if (!zonefile_known(names[i])) {
            const char *longer =
                arena_format(cli->arena, "%s%s%s", unknown, unknown[0] == '\0' ? "" : ", ", names[i]);
            unknown = longer == NULL ? unknown : longer;
        }
    }
    return unknown;
}

static void name_unknown(const struct cli *cli, const struct party *party, const char *name,
                         const char **list)
{
    const char *longer = arena_format(cli->arena, "%s%s%s: %s", *list, (*list)[0] == '\0' ? "" : ", ",
                                      party->address.text, name);
    *list = longer == NULL ? *list : longer;
}

const char *roster_check_terms(const struct cli *cli, const struct roster *roster)
{
    size_t count = 0;
    const struct party *parties = roster_parties(roster, &count);
    const char *unknown = "";
    for (size_t i = 0; i < count; i++) {
        const struct terms *terms = party_terms(&parties[i]);
        for (size_t k = 0; k < terms->signatures_count; k++) {
            const char *letter = terms->signatures[k].letter;
            if (letter_kind_of_name(bytes_of_text(letter)) == LETTER_NONE) {
                name_unknown(cli, &parties[i], letter, &unknown);
            }
        }
        for (const char *const *path = terms->insists; *path != NULL; path++) {
            if (form_field(&comity__request__descriptor, *path) == NULL) {
                name_unknown(cli, &parties[i], *path, &unknown);
            }
        }
    }
    return unknown;
}

bool roster_check_good(const struct roster_check *check)
{
    return check->outcome == ROSTER_OK || check->outcome == ROSTER_SAME;
}

/* Signatures are looked at last: a roster that fails before has reports without a root. */
static const char *outcome_text(const struct roster_check *check, const struct signature_report *report)
{
    if (report->root == NULL) {
        return check->outcome == ROSTER_SAME ? "was looked at when the roster was taken"
                                             : "was not looked at";
    }
    switch (report->outcome) {
    case MINISIG_OK:
        return report->counted ? N_("counts") : "holds, but this key has signed already";
    case MINISIG_MALFORMED:
        return "is no minisign signature";
    case MINISIG_LEGACY:
        return "is of the legacy kind and counts nothing: sign with minisign -H";
    case MINISIG_OTHER_KEY:
        return "is by no root key of the roster";
    case MINISIG_BAD:
        break;
    }
    return N_("DOES NOT HOLD");
}

static const char *quiet(const struct roster_check *check, const char *text)
{
    return screen_quiet(check->cli->arena, bytes_of_text(text == NULL ? "" : text));
}

static void write_ids(const struct roster_check *check, char network[65], char hash[65])
{
    struct network_id id = roster_network(check->candidate);
    hex_write(network, bytes_of(id.bytes, sizeof id.bytes));
    hex_write(hash, digest_bytes(roster_hash(check->candidate)));
}

void roster_check_print(const struct roster_check *check)
{
    char network[65], hash[65];
    bool stale = false;
    enum roster_outcome fresh = roster_freshness(check->candidate, host_wall(), &stale);
    write_ids(check, network, hash);
    cli_print(check->cli, "roster version %llu, %u signatures needed%s\nnetwork %s\nhash    %s\n",
              (unsigned long long)roster_version(check->candidate), roster_threshold(check->candidate),
              fresh == ROSTER_EXPIRED ? say(check->cli->words, N_(", EXPIRED past its grace"))
              : stale                 ? say(check->cli->words, N_(", STALE: past its expiry"))
                                      : "",
              network, hash);
    for (size_t i = 0; i < check->count; i++) {
        const struct signature_report *report = &check->reports[i];
        const char *root = quiet(check, report->root);
        const char *comment = quiet(check, report->comment);
        (void)printf("  %s: %s%s%s%s%s\n", quiet(check, check->names[i]),
                     say(check->cli->words, outcome_text(check, report)),
                     root[0] == '\0' ? "" : say(check->cli->words, N_(", by ")), root,
                     comment[0] == '\0' ? "" : ": ", comment);
    }
}

json_t *roster_check_json(const struct roster_check *check)
{
    char network[65], hash[65];
    json_t *list = json_array();
    for (size_t i = 0; i < check->count; i++) {
        const struct signature_report *report = &check->reports[i];
        (void)json_array_append_new(list,
                                    json_pack("{s:s, s:s, s:b, s:s}", "file", quiet(check, check->names[i]),
                                              "root", quiet(check, report->root), "counted", report->counted,
                                              "text", say(check->cli->words, outcome_text(check, report))));
    }
    write_ids(check, network, hash);
    json_t *json = json_pack("{s:s, s:I, s:s, s:s, s:o}", "outcome",
                             check->outcome == ROSTER_OK ? "OK" : roster_outcome_name(check->outcome),
                             "version", (json_int_t)roster_version(check->candidate), "network", network,
                             "hash", hash, "signatures", list);
    if (json != NULL && !roster_check_good(check)) {
        (void)json_object_set_new(json, "error", json_string(check->error.text));
    }
    return json;
}

int roster_check_refuse(const struct roster_check *check)
{
    return cli_fail(check->cli, EXIT_REFUSED, "do not use it; ask your registrar", "%s: %s",
                    roster_outcome_name(check->outcome), check->error.text);
}
