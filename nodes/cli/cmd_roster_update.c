/* SPDX-License-Identifier: Apache-2.0 */
/* A new roster version, as it comes on a stick: checked, put into the directory of a node or a broker, and its daemon told. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "nodes/cli/client.h"
#include "nodes/cli/network.h"
#include "nodes/cli/roster_folder.h"
#include "nodes/cli/subcommands.h"

#define TAKEN_WITHIN_MS 10000
#define LOOK_EVERY_MS   20

/* What became of it at the daemon. */
enum told { TOLD_NOBODY, TOLD_BROKER, TOLD_TAKEN, TOLD_NEWER, TOLD_OTHER, TOLD_NOT_TAKEN, TOLD_FAILED };

struct update {
    struct cli *cli;
    bool is_broker;
    const char *configuration, *lock, *folder, *placed; /* paths; placed: NULL until it lies there */
    struct network_id network;
    struct roster_check check;
    struct roster *held; /* on the disk; NULL: none */
    enum told told;
    uint64_t daemon_version; /* of the node that answers; 0: not known */
};

/* --- whose directory it is --- */

static bool is_plain_file(const char *path)
{
    struct stat status;
    return path != NULL && stat(path, &status) == 0 && S_ISREG(status.st_mode);
}

/* Files made here are the maker's: a daemon of another user could not read them. */
static int check_owner(const struct update *u)
{
    struct stat status;
    if (stat(u->cli->directory, &status) == 0 && status.st_uid != geteuid()) {
        return cli_fail(u->cli, EXIT_REFUSED, "run this as the user whose directory it is",
                        "%s belongs to another user", u->cli->directory);
    }
    return EXIT_DONE;
}

static int find_directory(struct update *u)
{
    struct arena *arena = u->cli->arena;
    const char *directory = u->cli->directory;
    const char *broker = arena_format(arena, "%s/broker.conf", directory);
    const char *node = arena_format(arena, "%s/node.conf", directory);
    u->is_broker = is_plain_file(broker);
    u->configuration = u->is_broker ? broker : node;
    u->lock = arena_format(arena, "%s/%s.lock", directory, u->is_broker ? "broker" : "node");
    u->folder = arena_format(arena, "%s/roster", directory);
    if (u->lock == NULL || u->folder == NULL) {
        return cli_fail(u->cli, EXIT_REFUSED, "", "no memory");
    }
    if (!is_plain_file(u->configuration)) {
        return cli_fail(u->cli, EXIT_REFUSED,
                        "-C names the directory of a node or a broker, such as NETWORK/XA-poc",
                        "%s holds neither node.conf nor broker.conf", directory);
    }
    return check_owner(u);
}

/* The lines of a configuration that give a key, so that a table of that key alone can read it, whoever's file it is. */
static struct bytes lines_of(struct arena *arena, struct bytes text, const char *key)
{
    const char *at = (const char *)text.data; /* ends in a zero byte */
    const char *lines = "";
    while (lines != NULL && *at != '\0') {
        size_t size = strcspn(at, "\n");
        const char *word = at + strspn(at, " \t");
        size_t word_size = strcspn(word, " \t=\r\n");
        if (word_size == strlen(key) && strncmp(word, key, word_size) == 0) {
            lines = arena_format(arena, "%s%.*s\n", lines, (int)size, at);
        }
        at += size + (at[size] == '\n');
    }
    return bytes_of_text(lines == NULL ? "" : lines);
}

static int read_network(struct update *u)
{
    static const struct config_key key = {"network", CONFIG_TEXT, 0, 64, 64, NULL, ""};
    static const struct config_table table = {&key, 1, sizeof(const char *)};
    const char *network = NULL;
    struct bytes text;
    struct faults faults;
    struct error error = {.text = "", .words = u->cli->words};
    faults_init(&faults, u->cli->arena);
    faults.words = u->cli->words;
    if (files_read(u->configuration, CONFIG_BYTES_MAX, u->cli->arena, &text, &error) != FILES_OK) {
        return cli_fail(u->cli, EXIT_REFUSED, "run this as the user whose directory it is", "%s", error.text);
    }
    if (!config_read(&table, lines_of(u->cli->arena, text, "network"), &network, u->cli->arena, &faults) ||
        !hex_read(u->network.bytes, sizeof u->network.bytes, bytes_of_text(network))) {
        return cli_fail(u->cli, EXIT_REFUSED, "write there what was compared on paper: network = 64 digits",
                        "%s names no network", u->configuration);
    }
    return EXIT_DONE;
}

/* --- the daemon --- */

/* One look at what the running node holds; false when it is not yet what was put there. */
static bool node_has_it(struct update *u)
{
    char hash[65];
    unsigned status = 0;
    uint64_t version = roster_version(u->check.candidate);
    json_t *said = client_try(u->cli, "/v1/roster", &status);
    json_int_t held = status == 200 ? json_integer_value(json_object_get(said, "version")) : 0;
    const char *its_hash = json_string_value(json_object_get(said, "hash"));
    hex_write(hash, digest_bytes(roster_hash(u->check.candidate)));
    u->daemon_version = held < 0 ? 0 : (uint64_t)held;
    if (u->daemon_version > version) {
        u->told = TOLD_NEWER;
    } else if (u->daemon_version == version) {
        u->told = its_hash != NULL && strcmp(its_hash, hash) == 0 ? TOLD_TAKEN : TOLD_OTHER;
    }
    json_decref(said);
    return u->daemon_version >= version;
}

static void wait_for_node(struct update *u)
{
    uint64_t started = host_mono().ms;
    bool shown = false;
    u->told = TOLD_NOT_TAKEN;
    while (!node_has_it(u) && host_mono().ms < started + TAKEN_WITHIN_MS) {
        if (!shown && u->cli->terminal && !u->cli->json && host_mono().ms > started + MS_PER_SECOND) {
            cli_note(u->cli, "waiting for the node to take it ...");
            shown = true;
        }
        network_pause(LOOK_EVERY_MS);
    }
}

static void tell_daemon(struct update *u)
{
    pid_t pid = network_pid(u->lock);
    if (pid == 0) {
        u->told = TOLD_NOBODY;
    } else if (kill(pid, SIGHUP) != 0) {
        u->told = TOLD_FAILED;
        error_set(&u->check.error, "process %ld cannot be told: %s", (long)pid, strerror(errno));
    } else if (u->is_broker) {
        u->told = TOLD_BROKER;
    } else {
        wait_for_node(u);
    }
}

/* --- what is said --- */

static const char *told_word(enum told told)
{
    static const char *const words[] = {
        [TOLD_NOBODY] = "NOT_RUNNING", [TOLD_BROKER] = "TOLD", [TOLD_TAKEN] = "TAKEN",
        [TOLD_NEWER] = "NEWER",        [TOLD_OTHER] = "FORK",  [TOLD_NOT_TAKEN] = "NOT_TAKEN",
        [TOLD_FAILED] = "NOT_TOLD",
    };
    return words[told];
}

static json_t *describe(const struct update *u, const char *word)
{
    json_t *json = roster_check_json(&u->check);
    json_t *before = json_integer(u->held == NULL ? 0 : (json_int_t)roster_version(u->held));
    if (json == NULL || json_object_set_new(json, "held_before", before) != 0 ||
        json_object_set_new(json, "daemon", json_string(word)) != 0) {
        json_decref(json);
        return NULL;
    }
    if (u->placed != NULL) {
        (void)json_object_set_new(json, "placed", json_string(u->placed));
    }
    if (u->daemon_version != 0) {
        (void)json_object_set_new(json, "daemon_version", json_integer((json_int_t)u->daemon_version));
    }
    return json;
}

/* It lies on the disk, and the daemon has not got it. */
static int say_trouble(const struct update *u, const char *text, const char *next)
{
    if (!u->cli->json) {
        return cli_fail(u->cli, EXIT_REFUSED, next, "%s", say(u->cli->words, text));
    }
    json_t *json = describe(u, told_word(u->told));
    if (json != NULL) {
        (void)json_object_set_new(json, "error", json_string(say(u->cli->words, text)));
        (void)json_object_set_new(json, "next", json_string(say(u->cli->words, next)));
    }
    (void)cli_print_json(u->cli, json);
    return EXIT_REFUSED;
}

static int say_told(const struct update *u, const char *text)
{
    if (u->cli->json) {
        return cli_print_json(u->cli, describe(u, told_word(u->told)));
    }
    (void)printf("%s\n", text == NULL ? "" : say(u->cli->words, text));
    return EXIT_DONE;
}

static int say_updated(const struct update *u)
{
    uint64_t version = roster_version(u->check.candidate);
    if (!u->cli->json) {
        if (u->placed == NULL) {
            cli_print(u->cli, "good: it lies already in %s\n", u->folder);
        } else {
            cli_print(u->cli, "good: put into %s\n", u->placed);
        }
    }
    switch (u->told) {
    case TOLD_NOBODY:
        return say_told(u, cli_text(u->cli,
                                    u->is_broker
                                        ? N_("the broker does not run: it takes version %llu when it starts")
                                        : N_("the node does not run: it takes version %llu when it starts"),
                                    (unsigned long long)version));
    case TOLD_BROKER:
        return say_told(u, "the broker was told: its log says roster.taken, or roster.refused and why");
    case TOLD_TAKEN:
        return say_told(u, cli_text(u->cli, "the node has taken version %llu", (unsigned long long)version));
    case TOLD_NEWER:
        return say_told(u, cli_text(u->cli, "the node holds version %llu already, from its broker",
                                    (unsigned long long)u->daemon_version));
    case TOLD_OTHER:
        return say_trouble(u, "the node holds this version with other content",
                           "keep both and alarm your registrar");
    case TOLD_NOT_TAKEN:
        return say_trouble(u, "the node was told, and has not taken it",
                           "its log says why: event=roster.refused");
    case TOLD_FAILED:
        break;
    }
    return say_trouble(u, u->check.error.text, "run this as the user whose directory it is");
}

/* Versions in between have to be brought first, one after the other: each is signed by the roots of the one before. */
static int say_refused(const struct update *u)
{
    uint64_t held = u->held == NULL ? 0 : roster_version(u->held);
    uint64_t version = roster_version(u->check.candidate);
    if (u->cli->json) {
        (void)cli_print_json(u->cli, describe(u, "NOT_TOLD"));
        return EXIT_REFUSED;
    }
    roster_check_print(&u->check);
    if (u->check.outcome == ROSTER_VERSION && version > held + 1) {
        const char *newest = held == 0 ? say(u->cli->words, N_("there is no version 1"))
                                       : cli_text(u->cli, "the newest is %llu", (unsigned long long)held);
        return cli_fail(u->cli, EXIT_REFUSED, "bring the versions before it first, one after the other",
                        "%s: version %" PRIu64 " cannot be next in %s: %s",
                        roster_outcome_name(u->check.outcome), version, u->folder,
                        newest == NULL ? "" : newest);
    }
    return roster_check_refuse(&u->check);
}

/* --- the command --- */

static int place(struct update *u)
{
    struct error error = {.text = "", .words = u->cli->words};
    if (u->check.outcome == ROSTER_SAME) {
        return EXIT_DONE;
    }
    if (!roster_folder_put(&u->check, u->folder, &error)) {
        return cli_fail(u->cli, EXIT_REFUSED, "nothing was changed", "%s", error.text);
    }
    u->placed = arena_format(u->cli->arena, "%s/%" PRIu64, u->folder, roster_version(u->check.candidate));
    return EXIT_DONE;
}

/* Without a roster on the disk only version 1 can be told from any other: its hash is the network's id. */
static void judge(struct update *u)
{
    if (u->held == NULL && roster_version(u->check.candidate) != 1) {
        u->check.outcome = ROSTER_VERSION;
        error_set(&u->check.error, "there is no version 1 in %s", u->folder);
        return;
    }
    roster_check_judge(&u->check, u->held, &u->network);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct update u = {.cli = cli, .held = NULL};
    int code = find_directory(&u);
    code = code == EXIT_DONE ? read_network(&u) : code;
    code = code == EXIT_DONE ? roster_check_read(&u.check, cli, arguments->words[0]) : code;
    code = code == EXIT_DONE ? roster_folder_held(cli, u.folder, &u.network, &u.held) : code;
    if (code == EXIT_DONE) {
        judge(&u);
        code = roster_check_good(&u.check) ? place(&u) : say_refused(&u);
    }
    if (code == EXIT_DONE) {
        if (!cli->json) {
            roster_check_print(&u.check);
            (void)fflush(stdout);
        }
        tell_daemon(&u);
        code = say_updated(&u);
    }
    roster_check_done(&u.check);
    roster_free(u.held);
    return code;
}

const struct subcommand cmd_roster_update = {
    .name = "roster update",
    .group = N_("Roster"),
    .synopsis = "FILE|DIR",
    .does = N_("take a new roster in: check it, put it into DIR/roster, tell the daemon"),
    .help = N_(
        "Takes roster.json, or a directory with it, and the signatures roster.json.*.minisig beside it, as\n"
        "your registrar gives them. It has to follow the newest version in DIR/roster; the first one has to\n"
        "be that of the network in the configuration. -C names a node or a broker. Example:\n"
        "  comity -C NETWORK/XA-poc roster update /media/stick/roster/2"),
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
