/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/trouble.h"

#include "base/catalogue.h"
#include "nodes/broker_time.h"

/* --- the clock --- */

static bool of_clock(const struct node *node, const struct turn *turn, const struct catalogue *words,
                     struct trouble *ret)
{
    uint64_t own = turn_wall(turn).ms;
    wall_ms theirs;
    if (!broker_time_now(node, turn, &theirs) || !broker_time_differs(node, turn)) {
        return false;
    }
    bool ahead = own > theirs.ms;
    unsigned long long minutes = (ahead ? own - theirs.ms : theirs.ms - own) / MS_PER_MINUTE;
    *ret =
        (struct trouble){.what = "clock",
                         .why = {.words = words},
                         .next = N_("set this machine's clock; if it is right, tell the broker's operator"),
                         .seals_nothing = broker_time_refuses(node, turn)};
    if (ahead) {
        error_set(
            &ret->why,
            "this machine's clock is %llu minutes ahead of the broker's: nothing is sealed until it is right",
            minutes);
    } else if (ret->seals_nothing) {
        error_set(
            &ret->why,
            "this machine's clock is %llu minutes behind the broker's: nothing is sealed until it is right",
            minutes);
    } else {
        error_set(
            &ret->why,
            "this machine's clock is %llu minutes behind the broker's: what is signed and sealed has the "
            "wrong time",
            minutes);
    }
    return true;
}

/* --- keys --- */

bool trouble_of_key(const struct node *node, const struct turn *turn, enum key_role role,
                    const struct catalogue *words, struct trouble *ret)
{
    const struct signer *signer = role == ROLE_NODE ? node->options.node_signer : node->options.seal_signer;
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const char *name = key_role_name(role);
    struct trouble trouble = {.what = role == ROLE_NODE ? "node_key" : "seal_key",
                              .why = {.words = words},
                              .seals_nothing = role == ROLE_NODE};
    if (self == NULL) {
        return false;
    }
    unsigned long long version = roster_version(roster);
    switch (roster_key_standing(roster, self, role, &signer->key, turn_wall(turn), NULL)) {
    case KEY_GOOD:
        return false;
    case KEY_UNKNOWN:
        error_set(&trouble.why, "keys/%s.key is not a %s key that roster %llu names for %s", name, name,
                  version, node->options.party.text);
        trouble.next =
            N_("put this party's own key there and start the node again, or ask your registrar for "
               "a roster that names this one");
        break;
    case KEY_NOT_AT_THAT_TIME:
        error_set(&trouble.why,
                  "roster %llu names the key of keys/%s.key for %s, but not for now by this machine's clock",
                  version, name, node->options.party.text);
        trouble.next =
            N_("set this machine's clock if it is wrong; else put this party's present key there and "
               "start the node again, or ask your registrar for a newer roster");
        break;
    case KEY_REVOKED:
        error_set(&trouble.why, "roster %llu revokes the key of keys/%s.key for %s", version, name,
                  node->options.party.text);
        trouble.next = N_("put this party's new key there and start the node again, or make one and ask your "
                          "registrar for a roster that names it");
        break;
    }
    *ret = trouble;
    return true;
}

/* --- the disk --- */

static bool of_disk(const struct node *node, const struct catalogue *words, struct trouble *ret)
{
    if (!node->live.disk_low) {
        return false;
    }
    *ret =
        (struct trouble){.what = "disk",
                         .why = {.words = words},
                         .next = N_("make room on the disk of this node's directory; it goes on by itself")};
    error_set(
        &ret->why,
        "the disk has %llu bytes free, and %llu are needed: nothing is filed, and nothing is taken from "
        "the broker",
        (unsigned long long)node->disk_free, (unsigned long long)DISK_FREE_MIN);
    return true;
}

size_t troubles(const struct node *node, const struct turn *turn, const struct catalogue *words,
                struct trouble ret[TROUBLES_MAX])
{
    size_t count = 0;
    count += of_clock(node, turn, words, &ret[count]);
    count += trouble_of_key(node, turn, ROLE_NODE, words, &ret[count]);
    count += trouble_of_key(node, turn, ROLE_SEAL, words, &ret[count]);
    count += of_disk(node, words, &ret[count]);
    return count;
}
