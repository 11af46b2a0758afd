/* SPDX-License-Identifier: Apache-2.0 */
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "keys/roster_make.h"
#include "nodes/cli/network.h"
#include "nodes/cli/network_folder.h"

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
    struct network_folder folder;
    struct slab *slab;
    struct arena *arena;
    uint64_t now_s;
    struct roster_draft draft;
    struct signer roots[NETWORK_ROOTS_MAX];
    struct minisign_key root_keys[NETWORK_ROOTS_MAX];
    const char *root_names[NETWORK_ROOTS_MAX];
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

/* Makes a key pair of a role, writes its key file and fills the roster's key. */
static bool make_key(struct make *make, enum key_role role, const char *owner, const char *member,
                     const char *file, struct roster_key *ret)
{
    uint8_t secret[32];
    struct public_key key;
    host_random(NULL, secret, sizeof secret);
    keyfile_public(role, secret, &key);
    bool written = network_folder_key(&make->folder, member, file, role, owner, &key, secret);
    sodium_memzero(secret, sizeof secret);
    *ret = (struct roster_key){
        .role = role,
        .key = key,
        .from_ms = (make->now_s - DAY_S) * 1000,
        .until_ms = (make->now_s + 730 * DAY_S) * 1000,
        .revoked_reason = "",
        .name = "",
    };
    return written;
}

static bool make_root(struct make *make, unsigned index)
{
    uint8_t seed[32];
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
    make->root_names[index] = name;
    make->draft.roots[index] = (struct draft_root){.name = name, .minisign = *key};
    return network_folder_root(&make->folder, name, key, &make->roots[index]);
}

static bool make_broker(struct make *make)
{
    static const char *const member = NETWORK_FOLDER_BROKER;
    struct roster_key *keys = arena_zero(make->arena, 2, sizeof *keys);
    const char **endpoints = arena_zero(make->arena, 2, sizeof *endpoints);
    if (keys == NULL || endpoints == NULL) {
        return no_memory(make);
    }
    endpoints[0] = arena_format(make->arena, "tcp://127.0.0.1:%u", make->plan->port);
    make->draft.brokers[0] =
        (struct roster_broker){.id = BROKER_ID, .endpoints = endpoints, .keys = keys, .key_count = 2};
    return network_folder_add(&make->folder, member) &&
           make_key(make, ROLE_LINK, BROKER_ID, member, "keys/link.key", &keys[0]) &&
           make_key(make, ROLE_RECEIPT, BROKER_ID, member, "keys/receipt.key", &keys[1]);
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

static bool make_party_keys(struct make *make, const struct address *address, const char *member,
                            struct roster_key keys[KEYS_A_PARTY])
{
    static const struct {
        enum key_role role;
        const char *file;
    } rows[] = {{ROLE_NODE, "keys/node.key"}, {ROLE_SEAL, "keys/seal.key"}, {ROLE_LINK, "keys/link.key"}};
    for (size_t i = 0; i < 3; i++) {
        if (!make_key(make, rows[i].role, address->text, member, rows[i].file, &keys[i])) {
            return false;
        }
    }
    for (size_t i = 0; i < OFFICERS; i++) {
        const char *owner = arena_format(make->arena, "%s %s", address->text, officer_names[i]);
        const char *file = arena_format(make->arena, "officers/%s.key", officer_names[i]);
        if (owner == NULL || file == NULL) {
            return no_memory(make);
        }
        if (!make_key(make, ROLE_OFFICER, owner, member, file, &keys[3 + i])) {
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
    const char *member = network_folder_member(&make->folder, address);
    size_t row = state_row(address);
    bool known = row < sizeof states / sizeof states[0];
    struct roster_key *keys = arena_zero(make->arena, KEYS_A_PARTY, sizeof *keys);
    struct contact *contacts = arena_zero(make->arena, OFFICERS, sizeof *contacts);
    const char *name =
        arena_format(make->arena, "%s, %s", known ? states[row].name : address->text, address->text + 3);
    const char *head = arena_format(make->arena, "+99 555 01%zu0", known ? row : 9);
    const char *duty = arena_format(make->arena, "+99 555 01%zu4", known ? row : 9);
    if (member == NULL || keys == NULL || contacts == NULL || name == NULL || head == NULL || duty == NULL) {
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
    return network_folder_add(&make->folder, member) && make_party_keys(make, address, member, keys);
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
    bool good = true;
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

static bool write_roster(struct make *make, const char *member)
{
    return network_folder_roster(&make->folder, member, 1, make->roster_json, make->minisigs,
                                 make->root_names, make->plan->roots);
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
    if (!network_folder_text(&make->folder, NETWORK_FOLDER_BROKER, "broker.conf", broker) ||
        !write_roster(make, NETWORK_FOLDER_BROKER)) {
        return false;
    }
    for (size_t i = 0; i < make->plan->party_count; i++) {
        const char *member = network_folder_member(&make->folder, &make->plan->parties[i]);
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
        if (member == NULL) {
            return no_memory(make);
        }
        if (!network_folder_text(&make->folder, member, "node.conf", node) ||
            !network_folder_text(&make->folder, member, "officer.conf", officer) ||
            !write_roster(make, member)) {
            return false;
        }
    }
    return true;
}

static bool make_all(struct make *make, char network[65])
{
    bool good =
        network_folder_open(&make->folder) && make_draft(make) && sign_roster(make) && check_roster(make);
    if (!good) {
        return false;
    }
    struct digest hash = plain_hash(make->roster_json);
    (void)hex_write(network, digest_bytes(&hash));
    return write_roster(make, "") && write_configuration(make, network) &&
           network_folder_mark(&make->folder, network);
}

static int say_done(struct make *make, const char *network)
{
    struct cli *cli = make->cli;
    const char *first = network_folder_member(&make->folder, &make->plan->parties[0]);
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
    make.folder = (struct network_folder){.directory = directory, .arena = make.arena, .error = &make.error};
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
