/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A roster as it was brought: the file and the signatures beside it, whether it is to be trusted, and how that is told to
 * people and programs. Offline; for `comity roster verify` and `comity roster update`.
 */
#ifndef COMITY_NODES_CLI_ROSTER_CHECK_H
#define COMITY_NODES_CLI_ROSTER_CHECK_H

#include "keys/roster.h"
#include "nodes/cli/cli.h"

struct roster_check {
    const struct cli *cli;
    const char *path; /* of roster.json */
    struct bytes minisigs[ROSTER_MINISIG_MAX + 1];
    const char *names[ROSTER_MINISIG_MAX +
                      1]; /* of the signature files: the roster's own name, a dot, anything, ".minisig" */
    size_t count;
    struct roster *candidate;
    struct signature_report reports[ROSTER_MINISIG_MAX + 1];
    enum roster_outcome outcome; /* of the judgement */
    struct error error;          /* "" when the outcome is OK or SAME */
};

/* The roster in a file, or in DIR/roster.json. An exit code; what is wrong has been said. The caller frees the roster. */
MUST_USE int roster_check_file(const struct cli *, const char *given, struct roster **ret);

/* Reads a roster and its signatures. An exit code; what is wrong has been said. roster_check_done() in any case. */
MUST_USE int roster_check_read(struct roster_check *, const struct cli *, const char *given);
void roster_check_done(struct roster_check *);

/*
 * Fills outcome, error and reports. network: the id that is expected. held: the roster it has to follow; NULL: there is none,
 * and it stands on its own root keys.
 */
void roster_check_judge(struct roster_check *, const struct roster *held, const struct network_id *network);
/* OK, or the very one that is held. */
bool roster_check_good(const struct roster_check *);

/*
 * The zones its parties name that this machine's tzdata does not have, "Nowhere/Else, A/B", in the arena of cli; "" when there
 * is none. No rule of the roster: another machine may have them.
 */
const char *roster_check_zones(const struct cli *, const struct roster *);

/*
 * What its terms name that no letter has, "XB/poc: REFUSAL, XB/poc: items.identifiers.prot", in the arena of cli; "" when there is nothing:
 * kinds of letters in "signatures", fields of a request in "insists". No rule of the roster: a newer program may know them.
 */
const char *roster_check_terms(const struct cli *, const struct roster *);

/* Version, freshness, network, hash, and a line a signature. */
void roster_check_print(const struct roster_check *);
/* The same as {"outcome", "version", "network", "hash", "signatures"} and, unless it is good, "error". NULL: no memory. */
MUST_USE json_t *roster_check_json(const struct roster_check *);
/* Tells why it is not to be used, for people; EXIT_REFUSED. */
int roster_check_refuse(const struct roster_check *);

#endif
