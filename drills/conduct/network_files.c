/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/network_files.h"

#include <sodium.h>

#include "base/text.h"
#include "drills/office/issue.h"

/* A signer's secret is libsodium's, made from the seed that a key file holds. */
static bool write_signer(const struct network_folder *folder, const char *member, const char *file,
                         enum key_role role, const char *owner, const struct signer *signer)
{
    uint8_t seed[crypto_sign_SEEDBYTES];
    bool written = crypto_sign_ed25519_sk_to_seed(seed, secret_data(signer->secret)) == 0 &&
                   network_folder_key(folder, member, file, role, owner, &signer->key, seed);
    sodium_memzero(seed, sizeof seed);
    return written;
}

static bool write_broker(const struct network *network, const struct network_folder *folder)
{
    static const char *const member = NETWORK_FOLDER_BROKER;
    return network_folder_add(folder, member) &&
           network_folder_key(folder, member, "keys/link.key", ROLE_LINK, NETWORK_BROKER,
                              &network->broker_link, network->broker_link_secret) &&
           write_signer(folder, member, "keys/receipt.key", ROLE_RECEIPT, NETWORK_BROKER, &network->receipt);
}

static bool write_officers(const struct network_party *party, const struct network_folder *folder,
                           const char *member)
{
    for (size_t i = 0; i < NETWORK_OFFICERS; i++) {
        const char *name = network_officer_names[i];
        const char *file = arena_format(folder->arena, "officers/%s.key", name);
        const char *owner = arena_format(folder->arena, "%s %s", party->address.text, name);
        if (file == NULL || owner == NULL ||
            !write_signer(folder, member, file, ROLE_OFFICER, owner, &party->officer[i])) {
            return false;
        }
    }
    return true;
}

static bool write_party(const struct network_party *party, const struct network_folder *folder)
{
    const char *member = network_folder_member(folder, &party->address), *owner = party->address.text;
    return member != NULL && network_folder_add(folder, member) &&
           write_signer(folder, member, "keys/node.key", ROLE_NODE, owner, &party->node) &&
           write_signer(folder, member, "keys/seal.key", ROLE_SEAL, owner, &party->seal) &&
           network_folder_key(folder, member, "keys/link.key", ROLE_LINK, owner, &party->link,
                              party->link_secret) &&
           write_officers(party, folder, member);
}

static bool write_roster(const struct network *network, const struct network_folder *folder,
                         const char *member)
{
    return member != NULL &&
           network_folder_roster(folder, member, roster_version(network->roster), network->newest_json,
                                 network->newest_minisigs, network_root_names, NETWORK_ROOTS);
}

bool network_write_newest(const struct network *network, const struct network_folder *folder)
{
    bool good = write_roster(network, folder, "") && write_roster(network, folder, NETWORK_FOLDER_BROKER);
    for (size_t i = 0; good && i < network->party_count; i++) {
        good = write_roster(network, folder, network_folder_member(folder, &network->parties[i].address));
    }
    return good;
}

static const char *id_text(const struct network_folder *folder, struct bytes id)
{
    char *text = arena_zero(folder->arena, 2 * id.size + 1, 1);
    return text == NULL ? NULL : hex_write(text, id);
}

static const char *network_text(const struct network *network, const struct network_folder *folder)
{
    return id_text(folder, bytes_of(network->id.bytes, sizeof network->id.bytes));
}

bool network_write(const struct network *network, const struct network_folder *folder)
{
    bool good = network_folder_open(folder) && write_broker(network, folder);
    for (size_t i = 0; good && i < NETWORK_ROOTS; i++) {
        const struct minisign_key root = issue_root(&network->root[i]);
        good = network_folder_root(folder, network_root_names[i], &root, &network->root[i]);
    }
    for (size_t i = 0; good && i < network->party_count; i++) {
        good = write_party(&network->parties[i], folder);
    }
    const char *id = network_text(network, folder);
    return good && network_write_newest(network, folder) && id != NULL && network_folder_mark(folder, id);
}

bool network_write_conf(const struct network *network, const struct network_folder *folder, size_t actor,
                        const struct network_conduct *conduct)
{
    const char *id = network_text(network, folder);
    if (id == NULL) {
        return false;
    }
    if (actor == 0) {
        return network_folder_text(folder, NETWORK_FOLDER_BROKER, "broker.conf",
                                   arena_format(folder->arena,
                                                "network = %s\nid = " NETWORK_BROKER
                                                "\nbind = tcp://127.0.0.1:%u\nexercise_clock = %s\n",
                                                id, network->port, conduct->clock));
    }
    const struct network_party *party = &network->parties[actor - 1];
    const char *member = network_folder_member(folder, &party->address);
    const char *exercise = id_text(folder, bytes_of(network->exercise.bytes, sizeof network->exercise.bytes));
    return member != NULL && exercise != NULL &&
           network_folder_text(
               folder, member, "node.conf",
               arena_format(folder->arena,
                            "network = %s\nparty = %s\nexercise = %s\nexercise_clock = %s\nthrough = %s\n",
                            id, party->address.text, exercise, conduct->clock,
                            conduct->through == NULL ? "none" : conduct->through));
}
