/* SPDX-License-Identifier: Apache-2.0 */
/* May this roster be trusted: verification of a first roster and of a successor (docs/protocol.md 9.3, steps 2 to 6). */
#include <string.h>

#include "keys/roster_private.h"

/* The distinct root keys that signed: what counts is the public key, not minisign's unauthenticated key id. */
struct signers {
    const struct public_key *keys[ROSTER_MINISIG_MAX];
    size_t count;
};

static bool signed_by(const struct signers *signers, const struct public_key *key)
{
    for (size_t i = 0; i < signers->count; i++) {
        if (public_key_equal(signers->keys[i], key)) {
            return true;
        }
    }
    return false;
}

/* What the roots of one roster say of a file; *ret_key: whose signature holds, else untouched. */
static enum minisig_outcome try_roots(const struct roster *roster, struct bytes minisig, struct bytes message,
                                      struct arena *arena, struct signature_report *report,
                                      const struct public_key **ret_key)
{
    for (size_t i = 0; i < roster->root_count; i++) {
        const struct minisign_key *root = &roster->roots[i].minisign;
        enum minisig_outcome outcome = minisig_verify(minisig, message, root, arena, &report->comment);
        if (outcome == MINISIG_OTHER_KEY) {
            continue;
        }
        if (outcome == MINISIG_OK || outcome == MINISIG_BAD) {
            report->root = roster->roots[i].name;
        }
        if (outcome == MINISIG_OK) {
            *ret_key = &root->key;
        }
        return outcome;
    }
    return MINISIG_OTHER_KEY;
}

/* One file against the roots of held (NULL for a first roster) and of the candidate. */
static void judge_file(const struct roster *held, const struct roster *candidate, struct bytes minisig,
                       struct arena *arena, struct signers *signers, struct signature_report *report)
{
    const struct public_key *key = NULL;
    *report = (struct signature_report){.outcome = MINISIG_OTHER_KEY, .root = "", .comment = ""};
    if (held != NULL) {
        report->outcome = try_roots(held, minisig, candidate->json, arena, report, &key);
    }
    /* A key id may stand for one key in the old roster and for another in the new one. */
    if (report->outcome == MINISIG_OTHER_KEY || report->outcome == MINISIG_BAD) {
        enum minisig_outcome outcome = try_roots(candidate, minisig, candidate->json, arena, report, &key);
        report->outcome = outcome == MINISIG_OTHER_KEY ? report->outcome : outcome;
    }
    if (key != NULL && !signed_by(signers, key)) {
        signers->keys[signers->count++] = key;
        report->counted = true;
    }
}

static size_t count_roots(const struct roster *roster, const struct signers *signers)
{
    size_t count = 0;
    for (size_t i = 0; i < roster->root_count; i++) {
        count += signed_by(signers, &roster->roots[i].minisign.key);
    }
    return count;
}

static bool reaches_threshold(const struct roster *roster, const struct signers *signers, struct error *error)
{
    size_t count = count_roots(roster, signers);
    if (count >= roster->threshold) {
        return true;
    }
    error_set(error, "signed by %zu of the roots of version %llu, %llu are needed", count,
              (unsigned long long)roster->version, (unsigned long long)roster->threshold);
    return false;
}

/* Step 6. held NULL: a first roster, which stands on its own roots. */
static enum roster_outcome check_signatures(const struct roster *held, const struct roster *candidate,
                                            const struct bytes *minisigs, size_t count, struct arena *arena,
                                            struct signature_report *reports, struct error *error)
{
    struct signers signers = {.count = 0};
    if (count > ROSTER_MINISIG_MAX) {
        error_set(error, "%zu signature files, at most %d are read", count, ROSTER_MINISIG_MAX);
        return ROSTER_FORMAT;
    }
    for (size_t i = 0; i < count; i++) {
        struct signature_report report;
        judge_file(held, candidate, minisigs[i], arena, &signers, &report);
        if (reports != NULL) {
            reports[i] = report;
        }
    }
    bool enough = (held == NULL || reaches_threshold(held, &signers, error)) &&
                  reaches_threshold(candidate, &signers, error);
    return enough ? ROSTER_OK : ROSTER_THRESHOLD;
}

/* The first file that names the root's key id is tried, no other: a hash over the whole roster for each root, at most. */
static bool root_signed(const struct minisign_key *root, struct bytes json, const struct bytes *minisigs,
                        size_t count)
{
    uint8_t id[sizeof root->id];
    for (size_t i = 0; i < count; i++) {
        if (minisig_key_id(minisigs[i], id) && memcmp(id, root->id, sizeof id) == 0) {
            return minisig_verify(minisigs[i], json, root, NULL, NULL) == MINISIG_OK;
        }
    }
    return false;
}

bool roster_signed_by_a_root(const struct roster *held, struct bytes json, const struct bytes *minisigs,
                             size_t count)
{
    for (size_t i = 0; i < held->root_count; i++) {
        if (root_signed(&held->roots[i].minisign, json, minisigs, count)) {
            return true;
        }
    }
    return false;
}

static bool network_is(const struct roster *roster, const struct network_id *expected, struct error *error)
{
    struct network_id id = roster_network(roster);
    if (memcmp(id.bytes, expected->bytes, sizeof id.bytes) == 0) {
        return true;
    }
    error_set(error, roster->version == 1
                         ? "the roster: as version 1 its hash is the network id, and it is not ours"
                         : "network: not the network id that is ours");
    return false;
}

enum roster_outcome roster_first(const struct roster *candidate, const struct network_id *expected_network,
                                 const struct bytes *minisigs, size_t count, struct arena *arena,
                                 struct signature_report *reports, struct error *error)
{
    if (!network_is(candidate, expected_network, error)) {
        return ROSTER_NETWORK;
    }
    if (candidate->version != 1) {
        error_set(error, "version: %llu cannot be the first without its hash from paper",
                  (unsigned long long)candidate->version);
        return ROSTER_VERSION;
    }
    return check_signatures(NULL, candidate, minisigs, count, arena, reports, error);
}

enum roster_outcome roster_first_pinned(const struct roster *candidate,
                                        const struct network_id *expected_network, uint64_t version,
                                        const struct digest *hash, const struct bytes *minisigs, size_t count,
                                        struct arena *arena, struct signature_report *reports,
                                        struct error *error)
{
    if (!network_is(candidate, expected_network, error)) {
        return ROSTER_NETWORK;
    }
    if (candidate->version != version) {
        error_set(error, "version: %llu, but the one known from paper is %llu",
                  (unsigned long long)candidate->version, (unsigned long long)version);
        return ROSTER_VERSION;
    }
    if (!digest_equal(&candidate->hash, hash)) {
        error_set(error, "the roster: its hash is not the one known from paper for version %llu",
                  (unsigned long long)version);
        return ROSTER_FORK;
    }
    return check_signatures(NULL, candidate, minisigs, count, arena, reports, error);
}

/* Steps 3 and 4. */
static enum roster_outcome check_succession(const struct roster *held, const struct roster *candidate,
                                            struct error *error)
{
    unsigned long long have = held->version;
    unsigned long long got = candidate->version;
    if (got < have) {
        error_set(error, "version: %llu is older than %llu, which is held", got, have);
        return ROSTER_VERSION;
    }
    if (got == have && digest_equal(&held->hash, &candidate->hash)) {
        return ROSTER_SAME;
    }
    if (got == have) {
        error_set(error, "version: another version %llu is held; keep both and alarm your registrar", have);
        return ROSTER_FORK;
    }
    if (got != have + 1) {
        error_set(error, "version: %llu does not follow %llu; fetch version %llu first", got, have, have + 1);
        return ROSTER_VERSION;
    }
    if (!digest_equal(&candidate->previous, &held->hash)) {
        error_set(error, "previous: not the hash of the version %llu that is held", have);
        return ROSTER_FORK;
    }
    return ROSTER_OK;
}

enum roster_outcome roster_update(const struct roster *held, const struct roster *candidate,
                                  const struct bytes *minisigs, size_t count, struct arena *arena,
                                  struct signature_report *reports, struct error *error)
{
    struct network_id ours = roster_network(held);
    if (!network_is(candidate, &ours, error)) {
        return ROSTER_NETWORK;
    }
    enum roster_outcome outcome = check_succession(held, candidate, error);
    if (outcome == ROSTER_OK) {
        outcome = roster_check_successor(held, candidate, error);
    }
    if (outcome == ROSTER_OK) {
        outcome = check_signatures(held, candidate, minisigs, count, arena, reports, error);
    }
    return outcome;
}
