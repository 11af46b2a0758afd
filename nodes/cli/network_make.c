/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "keys/roster_make.h"
#include "nodes/cli/network.h"

#define DAY_S        UINT64_C(86400)
#define KEYS_A_PARTY 5
#define OFFICERS     2
#define BROKER_ID    "broker-1"
#define SLAB_CELLS   64

static const char *const officer_names[OFFICERS] = {"duty", "head"};
static const char *const mandate[] = {"sign", NULL};

/* Fictional States: user-assigned codes of ISO 3166-1 with a name and a zone each; any other code gets the last row. */
static const struct {
    const char *state, *name, *zone;
} states[] = {
    {"XA", "Aldoria", "Asia/Ho_Chi_Minh"},  {"XB", "Belmora", "Europe/Paris"},
    {"XC", "Cardenia", "America/New_York"}, {"XD", "Dravena", "Africa/Nairobi"},
    {"XE", "Estovia", "Asia/Kolkata"},      {"XF", "Falmark", "America/Sao_Paulo"},
    {"XG", "Galdor", "Asia/Tokyo"},         {"QM", "Quermont", "Africa/Cairo"},
    {"QN", "Quantara", "Australia/Sydney"},
};

struct make {
    struct cli *cli;
    const char *directory;
    const struct network_plan *plan;
    struct slab *slab;
    struct arena *arena;
    uint64_t now_s;
    struct roster_draft draft;
    struct signer roots[NETWORK_ROOTS_MAX];
    struct minisign_key root_keys[NETWORK_ROOTS_MAX];
    struct bytes roster_json;
    struct bytes minisigs[NETWORK_ROOTS_MAX];
    struct error error;
};

/* Each step sets the error and answers false. */
static bool no_memory(struct make *make)
{
    error_set(&make->error, "no memory");
    return false;
}

static bool make_directory(struct make *make, const char *path)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST) {
        error_set(&make->error, "cannot make the directory %s: %s", path, strerror(errno));
        return false;
    }
    return true;
}

/* Keys go into it: whoever else could rename what is in it could put a network of his own in its place. */
static bool make_top(struct make *make)
{
    struct stat status;
    if (!make_directory(make, make->directory)) {
        return false;
    }
    if (stat(make->directory, &status) != 0 || !S_ISDIR(status.st_mode)) {
        error_set(&make->error, "%s is no directory", make->directory);
        return false;
    }
    if (status.st_uid != geteuid() || (status.st_mode & S_IWOTH) != 0) {
        error_set(&make->error, "%s belongs to another user, or everybody may write to it", make->directory);
        return false;
    }
    return true;
}

/* The text of a secret key has gone to its file. */
static void wipe(struct bytes text)
{
    if (text.data != NULL) {
        sodium_memzero((void *)(uintptr_t)text.data, text.size);
    }
}

static const char *path_in(struct make *make, const char *folder, const char *name)
{
    return arena_format(make->arena, "%s/%s%s%s", make->directory, folder, name[0] == '\0' ? "" : "/", name);
}

static bool write_text(struct make *make, const char *path, const char *text)
{
    return path != NULL && text != NULL ? files_write_atomic(path, bytes_of_text(text), 0600, &make->error)
                                        : no_memory(make);
}

/* Makes a key pair of a role, writes its key file and fills the roster's key. */
static bool make_key(struct make *make, enum key_role role, const char *owner, const char *path,
                     struct roster_key *ret)
{
    uint8_t secret[32];
    uint8_t salt[40];
    uint8_t signing[64];
    struct public_key key;
    host_random(NULL, secret, sizeof secret);
    host_random(NULL, salt, sizeof salt);
    if (role == ROLE_LINK) {
        (void)crypto_scalarmult_base(key.bytes, secret);
    } else {
        (void)crypto_sign_seed_keypair(key.bytes, signing, secret);
        sodium_memzero(signing, sizeof signing);
    }
    struct bytes text = keyfile_encode(role, owner, &key, bytes_of(secret, sizeof secret), bytes_of(NULL, 0),
                                       salt, make->arena);
    sodium_memzero(secret, sizeof secret);
    *ret = (struct roster_key){
        .role = role,
        .key = key,
        .from_ms = (make->now_s - DAY_S) * 1000,
        .until_ms = (make->now_s + 730 * DAY_S) * 1000,
        .revoked_reason = "",
        .name = "",
    };
    bool written =
        path != NULL && text.data != NULL ? keyfile_write(path, text, &make->error) : no_memory(make);
    wipe(text);
    return written;
}

static bool make_root(struct make *make, unsigned index)
{
    uint8_t seed[32];
    char key_text[MINISIGN_KEY_TEXT];
    const char *name = arena_format(make->arena, "root-%u", index + 1);
    host_random(NULL, seed, sizeof seed);
    bool made = signer_init(&make->roots[index], make->slab, seed);
    sodium_memzero(seed, sizeof seed);
    if (!made || name == NULL) {
        return no_memory(make);
    }
    struct minisign_key *key = &make->root_keys[index];
    host_random(NULL, key->id, sizeof key->id);
    key->key = make->roots[index].key;
    make->draft.roots[index] = (struct draft_root){.name = name, .minisign = *key};
    struct bytes secret =
        minisign_secret_file(key->id, &make->roots[index], "comity root key, unencrypted", make->arena);
    struct bytes public = minisign_public_file(key, "comity root key", make->arena);
    const char *secret_path = path_in(make, "roots", arena_format(make->arena, "%s.key", name));
    const char *public_path = path_in(make, "roots", arena_format(make->arena, "%s.pub", name));
    (void)minisign_key_write(key_text, key);
    bool fits = secret.data != NULL && public.data != NULL && secret_path != NULL && public_path != NULL;
    bool written = fits ? files_write_atomic(secret_path, secret, 0600, &make->error) &&
                              files_write_atomic(public_path, public, 0644, &make->error)
                        : no_memory(make);
    wipe(secret);
    return written;
}

static bool make_broker(struct make *make)
{
    struct roster_key *keys = arena_zero(make->arena, 2, sizeof *keys);
    const char **endpoints = arena_zero(make->arena, 2, sizeof *endpoints);
    if (keys == NULL || endpoints == NULL) {
        return no_memory(make);
    }
    endpoints[0] = arena_format(make->arena, "tcp://127.0.0.1:%u", make->plan->port);
    make->draft.brokers[0] =
        (struct roster_broker){.id = BROKER_ID, .endpoints = endpoints, .keys = keys, .key_count = 2};
    return make_directory(make, path_in(make, "broker", "")) &&
           make_directory(make, path_in(make, "broker", "keys")) &&
           make_key(make, ROLE_LINK, BROKER_ID, path_in(make, "broker", "keys/link.key"), &keys[0]) &&
           make_key(make, ROLE_RECEIPT, BROKER_ID, path_in(make, "broker", "keys/receipt.key"), &keys[1]);
}

/* The folder of a party: "XA-poc". */
static const char *folder_of(struct make *make, const struct address *address)
{
    char *folder = arena_format(make->arena, "%s", address->text);
    if (folder != NULL) {
        folder[2] = '-';
    }
    return folder;
}

static size_t state_row(const struct address *address)
{
    size_t rows = sizeof states / sizeof states[0];
    for (size_t i = 0; i < rows; i++) {
        if (strncmp(states[i].state, address->text, 2) == 0) {
            return i;
        }
    }
    return rows;
}

static bool make_party_keys(struct make *make, const struct address *address, const char *folder,
                            struct roster_key keys[KEYS_A_PARTY])
{
    static const struct {
        enum key_role role;
        const char *file;
    } rows[] = {{ROLE_NODE, "keys/node.key"}, {ROLE_SEAL, "keys/seal.key"}, {ROLE_LINK, "keys/link.key"}};
    for (size_t i = 0; i < 3; i++) {
        if (!make_key(make, rows[i].role, address->text, path_in(make, folder, rows[i].file), &keys[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < OFFICERS; i++) {
        const char *owner = arena_format(make->arena, "%s %s", address->text, officer_names[i]);
        const char *file = arena_format(make->arena, "officers/%s.key", officer_names[i]);
        if (owner == NULL || file == NULL) {
            return no_memory(make);
        }
        if (!make_key(make, ROLE_OFFICER, owner, path_in(make, folder, file), &keys[3 + i])) {
            return false;
        }
        keys[3 + i].name = officer_names[i];
        keys[3 + i].mandate = mandate;
        keys[3 + i].exercise = make->plan->exercise;
    }
    return true;
}

static bool make_party(struct make *make, size_t index)
{
    static const char *const languages[] = {"en", NULL};
    const struct address *address = &make->plan->parties[index];
    const char *folder = folder_of(make, address);
    size_t row = state_row(address);
    bool known = row < sizeof states / sizeof states[0];
    struct roster_key *keys = arena_zero(make->arena, KEYS_A_PARTY, sizeof *keys);
    struct contact *contacts = arena_zero(make->arena, OFFICERS, sizeof *contacts);
    const char *name =
        arena_format(make->arena, "%s, %s", known ? states[row].name : address->text, address->text + 3);
    const char *head = arena_format(make->arena, "+99 555 01%zu0", known ? row : 9);
    const char *duty = arena_format(make->arena, "+99 555 01%zu4", known ? row : 9);
    if (folder == NULL || keys == NULL || contacts == NULL || name == NULL || head == NULL || duty == NULL) {
        return no_memory(make);
    }
    contacts[0] =
        (struct contact){.role = "head of unit", .name = "", .phone = head, .email = "", .hours = "24/7"};
    contacts[1] =
        (struct contact){.role = "officer on duty", .name = "", .phone = duty, .email = "", .hours = "24/7"};
    make->draft.parties[index] = (struct party){
        .address = *address,
        .status = PARTY_ACTIVE,
        .name = name,
        .zone = known ? states[row].zone : "UTC",
        .languages = languages,
        .contacts = contacts,
        .contact_count = OFFICERS,
        .keys = keys,
        .key_count = KEYS_A_PARTY,
        .shares_opened = true,
        .letters = 2,
    };
    return make_directory(make, path_in(make, folder, "")) &&
           make_directory(make, path_in(make, folder, "keys")) &&
           make_directory(make, path_in(make, folder, "officers")) &&
           make_party_keys(make, address, folder, keys);
}

static bool make_draft(struct make *make)
{
    const struct network_plan *plan = make->plan;
    struct roster_draft *draft = &make->draft;
    *draft = (struct roster_draft){
        .version = 1,
        .issued_ms = make->now_s * 1000,
        .expires_ms = (make->now_s + 365 * DAY_S) * 1000,
        .grace_days = 30,
        .threshold = plan->threshold,
        .root_count = plan->roots,
        .broker_count = 1,
        .party_count = plan->party_count,
    };
    draft->roots = arena_zero(make->arena, plan->roots, sizeof *draft->roots);
    draft->brokers = arena_zero(make->arena, 1, sizeof *draft->brokers);
    draft->parties = arena_zero(make->arena, plan->party_count, sizeof *draft->parties);
    if (draft->roots == NULL || draft->brokers == NULL || draft->parties == NULL) {
        return no_memory(make);
    }
    bool good = make_directory(make, path_in(make, "roots", ""));
    for (unsigned i = 0; good && i < plan->roots; i++) {
        good = make_root(make, i);
    }
    good = good && make_broker(make);
    for (size_t i = 0; good && i < plan->party_count; i++) {
        good = make_party(make, i);
    }
    return good;
}

static bool sign_roster(struct make *make)
{
    make->roster_json = roster_make(&make->draft, make->arena);
    for (unsigned i = 0; i < make->plan->roots && make->roster_json.data != NULL; i++) {
        make->minisigs[i] = minisig_make(make->roster_json, make->root_keys[i].id, &make->roots[i],
                                         "comity roster 1", make->arena);
        if (make->minisigs[i].data == NULL) {
            return no_memory(make);
        }
    }
    return make->roster_json.data != NULL || no_memory(make);
}

/* DIR/roster/1 or DIR/member/roster/1. */
static bool write_roster(struct make *make, const char *folder)
{
    if (!make_directory(make, path_in(make, folder, "")) ||
        !make_directory(make, path_in(make, folder, "1")) ||
        !files_write_atomic(path_in(make, folder, "1/roster.json"), make->roster_json, 0644, &make->error)) {
        return false;
    }
    for (unsigned i = 0; i < make->plan->roots; i++) {
        const char *file = arena_format(make->arena, "1/roster.json.%s.minisig", make->draft.roots[i].name);
        const char *path = file == NULL ? NULL : path_in(make, folder, file);
        if (path == NULL) {
            return no_memory(make);
        }
        if (!files_write_atomic(path, make->minisigs[i], 0644, &make->error)) {
            return false;
        }
    }
    return true;
}

/* Read back as the daemons will: what is handed out has been checked once. */
static bool check_roster(struct make *make)
{
    struct roster *roster = NULL;
    struct digest network = plain_hash(make->roster_json);
    struct network_id id;
    memcpy(id.bytes, network.bytes, sizeof id.bytes);
    bool good = roster_read(make->roster_json, &roster, &make->error) == ROSTER_OK &&
                roster_first(roster, &id, make->minisigs, make->plan->roots, make->arena, NULL,
                             &make->error) == ROSTER_OK;
    roster_free(roster);
    return good;
}

static bool write_configuration(struct make *make, const char *network)
{
    const char *broker =
        arena_format(make->arena, "network = %s\nid = " BROKER_ID "\nbind = tcp://127.0.0.1:%u\n", network,
                     make->plan->port);
    if (!write_text(make, path_in(make, "broker", "broker.conf"), broker) ||
        !write_roster(make, "broker/roster")) {
        return false;
    }
    for (size_t i = 0; i < make->plan->party_count; i++) {
        const char *folder = folder_of(make, &make->plan->parties[i]);
        const char *roster = folder == NULL ? NULL : arena_format(make->arena, "%s/roster", folder);
        const char *node =
            arena_format(make->arena, "network = %s\nparty = %s\n%s%.32s%s", network,
                         make->plan->parties[i].text, make->plan->exercise ? "exercise = " : "",
                         make->plan->exercise ? network : "", make->plan->exercise ? "\n" : "");
        const char *officer =
            arena_format(make->arena,
                         "# What `comity ordered` fills in when it is not told otherwise: a demo network's\n"
                         "# standing authorisation. On a real desk, give each order its own.\n"
                         "authority = Duty prosecutor of %s\n"
                         "authority_kind = PROSECUTOR\n"
                         "scope = the items named in the request\n"
                         "order_days = 90\n",
                         make->draft.parties[i].name);
        if (roster == NULL) {
            return no_memory(make);
        }
        if (!write_text(make, path_in(make, folder, "node.conf"), node) ||
            !write_text(make, path_in(make, folder, "officer.conf"), officer) ||
            !write_roster(make, roster)) {
            return false;
        }
    }
    return true;
}

static bool make_all(struct make *make, char network[65])
{
    bool good = make_top(make) && make_draft(make) && sign_roster(make) && check_roster(make);
    if (!good) {
        return false;
    }
    struct digest hash = plain_hash(make->roster_json);
    (void)hex_write(network, digest_bytes(&hash));
    const char *marker = arena_format(make->arena, "comity network 1\n%s\n", network);
    return write_roster(make, "roster") && write_configuration(make, network) &&
           write_text(make, path_in(make, "network", ""), marker);
}

static int say_done(struct make *make, const char *network)
{
    struct cli *cli = make->cli;
    const char *first = folder_of(make, &make->plan->parties[0]);
    if (cli->json) {
        json_t *parties = json_array();
        for (size_t i = 0; i < make->plan->party_count; i++) {
            (void)json_array_append_new(parties, json_string(make->plan->parties[i].text));
        }
        return cli_print_json(cli, json_pack("{s:s,s:s,s:i,s:o,s:{s:i,s:i}}", "directory", make->directory,
                                             "network", network, "port", (int)make->plan->port, "parties",
                                             parties, "roots", "count", (int)make->plan->roots, "threshold",
                                             (int)make->plan->threshold));
    }
    cli_print(
        make->cli,
        "network of %zu parties in %s\n  id      %s\n  roots   %u keys in %s/roots, %u must sign a roster\n"
        "  broker  tcp://127.0.0.1:%u\nnext: comity network up %s --detach\nthen: comity -C %s/%s inbox\n",
        make->plan->party_count, make->directory, network, make->plan->roots, make->directory,
        make->plan->threshold, make->plan->port, make->directory, make->directory,
        first == NULL ? "" : first);
    return EXIT_DONE;
}

int network_make(struct cli *cli, const char *directory, const struct network_plan *plan)
{
    char network[65];
    struct make make = {.cli = cli,
                        .directory = directory,
                        .plan = plan,
                        .now_s = host_wall().ms / 1000,
                        .error = {.words = cli->words}};
    make.slab = slab_new(SLAB_CELLS, &make.error);
    make.arena = arena_new((size_t)64 * 1024 * 1024);
    bool good = make.slab != NULL && make.arena != NULL && make_all(&make, network);
    int code =
        good ? say_done(&make, network)
             : cli_fail(cli, EXIT_REFUSED, "remove what was made, or choose another directory", "%s",
                        make.error.text[0] == '\0' ? say(cli->words, N_("no memory")) : make.error.text);
    for (unsigned i = 0; i < plan->roots; i++) {
        if (make.roots[i].secret != NULL) {
            signer_done(&make.roots[i]);
        }
    }
    arena_free(make.arena);
    slab_free(make.slab);
    return code;
}
