/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/network.h"

#include <errno.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/text.h"
#include "keys/keyfile.h"
#include "keys/roster_make.h"

#define PARTY_KEYS 4

struct make {
    struct bench *bench;
    struct arena *arena;
    struct network *network;
    struct roster_draft draft;
};

static void *take(struct make *make, size_t count, size_t size)
{
    void *taken = arena_zero(make->arena, count, size);
    ensure(taken != NULL);
    return taken;
}

static struct roster_key key_of(const struct make *make, enum key_role role, const struct public_key *key)
{
    return (struct roster_key){.role = role,
                               .key = *key,
                               .from_ms = make->draft.issued_ms - MS_PER_DAY,
                               .until_ms = make->draft.issued_ms + 300 * MS_PER_DAY};
}

static struct link_key link_new(void)
{
    struct link_key link;
    randombytes_buf(link.secret, sizeof link.secret);
    crypto_scalarmult_base(link.key.bytes, link.secret);
    return link;
}

static struct public_key signing_key_new(void)
{
    struct public_key key;
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    crypto_sign_keypair(key.bytes, secret);
    return key;
}

static void open_signer(struct bench *bench, struct signer *ret)
{
    uint8_t seed[32];
    randombytes_buf(seed, sizeof seed);
    ensure(signer_init(ret, bench->slab, seed));
}

static void add_party(struct make *make, size_t index, const char *address, const struct public_key *node)
{
    static const char *const languages[] = {"en", NULL};
    static const char *const mandate[] = {"sign", NULL};
    struct network *network = make->network;
    struct roster_key *keys = take(make, PARTY_KEYS, sizeof *keys);
    struct public_key seal = signing_key_new();
    struct public_key officer = signing_key_new();
    ensure(address_read(bytes_of_text(address), &network->parties[index]));
    network->links[index] = link_new();
    keys[0] = key_of(make, ROLE_NODE, node);
    keys[1] = key_of(make, ROLE_SEAL, &seal);
    keys[2] = key_of(make, ROLE_LINK, &network->links[index].key);
    keys[3] = key_of(make, ROLE_OFFICER, &officer);
    keys[3].name = "duty";
    keys[3].mandate = mandate;
    make->draft.parties[index] = (struct party){.address = network->parties[index],
                                                .status = PARTY_ACTIVE,
                                                .name = address,
                                                .zone = "UTC",
                                                .languages = languages,
                                                .keys = keys,
                                                .key_count = PARTY_KEYS};
}

static void add_parties(struct make *make)
{
    make->draft.party_count = PARTIES;
    make->draft.parties = take(make, PARTIES, sizeof *make->draft.parties);
    add_party(make, 0, SENDER, &make->network->sender.key);
    add_party(make, 1, RECIPIENT, &make->network->recipient.key);
    for (size_t i = 2; i < PARTIES; i++) {
        struct public_key node = signing_key_new();
        add_party(make, i, arena_format(make->arena, "XC/unit-%zu", i), &node);
    }
}

static void add_broker(struct make *make, const char *endpoint)
{
    struct roster_key *keys = take(make, 2, sizeof *keys);
    const char **endpoints = take(make, 2, sizeof *endpoints);
    endpoints[0] = endpoint;
    make->network->broker_link = link_new();
    keys[0] = key_of(make, ROLE_LINK, &make->network->broker_link.key);
    keys[1] = key_of(make, ROLE_RECEIPT, &make->network->receipt.key);
    make->draft.broker_count = 1;
    make->draft.brokers = take(make, 1, sizeof *make->draft.brokers);
    make->draft.brokers[0] =
        (struct roster_broker){.id = BROKER_ID, .endpoints = endpoints, .keys = keys, .key_count = 2};
}

static void sign_roster(struct make *make)
{
    struct network *network = make->network;
    struct minisign_key root = {.id = {1, 2, 3, 4, 5, 6, 7, 8}, .key = network->root.key};
    make->draft.threshold = 1;
    make->draft.root_count = 1;
    make->draft.roots = take(make, 1, sizeof *make->draft.roots);
    make->draft.roots[0] = (struct draft_root){.name = "root", .minisign = root};
    network->json = roster_make(&make->draft, make->arena);
    ensure(network->json.data != NULL);
    network->minisig = minisig_make(network->json, root.id, &network->root, "bench", make->arena);
    ensure(network->minisig.data != NULL);
    struct digest hash = plain_hash(network->json);
    memcpy(network->id.bytes, hash.bytes, sizeof network->id.bytes);
}

/* --- the broker's directory --- */

static void make_directory(struct make *make, const char *name)
{
    ensure(mkdir(path_in(make->bench, name), 0700) == 0);
}

static void write_file(struct make *make, const char *name, struct bytes content)
{
    struct error error;
    ensure(files_write_atomic(path_in(make->bench, name), content, 0600, &error));
}

static void write_key(struct make *make, const char *name, enum key_role role, const struct public_key *key,
                      struct bytes secret)
{
    static const uint8_t unused[40];
    write_file(make, name,
               keyfile_encode(role, BROKER_ID, key, secret, bytes_of(NULL, 0), unused, make->arena));
}

static void write_broker(struct make *make, const char *endpoint)
{
    struct network *network = make->network;
    char *conf = arena_format(make->arena,
                              "network = %s\nid = " BROKER_ID "\nbind = %s\nlog = warning\n"
                              "quota_envelopes = 1000000\nquota_bytes = 8GiB\n",
                              hex_new(make->arena, bytes_of(network->id.bytes, 32)), endpoint);
    make_directory(make, "hub");
    make_directory(make, "hub/keys");
    make_directory(make, "hub/roster");
    make_directory(make, "hub/roster/1");
    write_file(make, "hub/broker.conf", bytes_of_text(conf));
    write_file(make, "hub/roster/1/roster.json", network->json);
    write_file(make, "hub/roster/1/roster.json.root.minisig", network->minisig);
    write_key(make, "hub/keys/link.key", ROLE_LINK, &network->broker_link.key,
              bytes_of(network->broker_link.secret, 32));
    struct bytes seed = bytes_of(secret_data(network->receipt.secret), 32); /* the first half is the seed */
    write_key(make, "hub/keys/receipt.key", ROLE_RECEIPT, &network->receipt.key, seed);
}

struct network *network_new(struct bench *bench, unsigned port)
{
    struct make make = {.bench = bench, .arena = bench->arena};
    make.network = calloc(1, sizeof *make.network);
    ensure(make.network != NULL);
    make.network->made = (wall_ms){host_wall().ms / MS_PER_SECOND * MS_PER_SECOND};
    make.draft = (struct roster_draft){.version = 1,
                                       .issued_ms = make.network->made.ms,
                                       .expires_ms = make.network->made.ms + 300 * MS_PER_DAY,
                                       .grace_days = 30};
    open_signer(bench, &make.network->sender);
    open_signer(bench, &make.network->recipient);
    open_signer(bench, &make.network->receipt);
    open_signer(bench, &make.network->root);
    char *endpoint = arena_format(bench->arena, "tcp://127.0.0.1:%u", port);
    ensure(endpoint != NULL);
    make.network->endpoint = endpoint;
    add_broker(&make, endpoint);
    add_parties(&make);
    sign_roster(&make);
    write_broker(&make, endpoint);
    return make.network;
}

void network_free(struct network *network)
{
    signer_done(&network->sender);
    signer_done(&network->recipient);
    signer_done(&network->receipt);
    signer_done(&network->root);
    free(network);
}

/* --- envelopes --- */

struct bytes network_header(const struct network *network, struct arena *arena, uint32_t seq,
                            const struct envelope_id *previous)
{
    Comity__Header header = COMITY__HEADER__INIT;
    char from[] = SENDER;
    char to[] = RECIPIENT;
    header.version = 1;
    header.kind = KIND_LETTER;
    header.lane = LANE_ROUTINE;
    header.network = wire_binary(bytes_of(network->id.bytes, 32));
    header.from = from;
    header.to = to;
    header.from_key = wire_binary(bytes_of(network->sender.key.bytes, 32));
    header.roster = 1;
    header.created_ms = network->made.ms;
    header.expires_ms = network->made.ms + MS_PER_DAY;
    header.incarnation = 1;
    header.seq = seq;
    if (seq > 1) {
        header.prev = wire_binary(digest_bytes(&previous->digest));
    }
    struct bytes encoded = header_pack(arena, &header);
    ensure(encoded.data != NULL);
    return encoded;
}
