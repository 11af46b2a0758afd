/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pings of parties without a node, by mail and by phone, as DIR/pings keeps them (docs/drills/pings.md): ROUND.json has what an officer
 * signed for each party of the round, ROUND/XQ-poc.eml and .txt the mail and the script for the phone, ROUND/XQ-poc.answer.json its
 * one answer. A code is made of the signature: whoever has not seen the mail cannot know it.
 */
#ifndef COMITY_NODES_CLI_PING_OUTSIDE_H
#define COMITY_NODES_CLI_PING_OUTSIDE_H

#include "nodes/cli/act.h"
#include "nodes/cli/ping_code.h"

struct ping_outside {
    struct client *client;
    const char *folder; /* DIR/pings */
    json_t *roster;     /* as the node holds it */
};

/* An exit code, told when it is not EXIT_DONE; ping_outside_close() in any case. */
MUST_USE int ping_outside_open(struct ping_outside *, struct client *);
void ping_outside_close(struct ping_outside *);

/* --- a round --- */

/*
 * Signs a ping for each of the parties (entries of the directory) that consents and writes the round; an officer is unlocked.
 * signed_for: a new reference to the records that were made, in order; who does not consent has none. An exit code, told.
 */
MUST_USE int ping_outside_begin(struct ping_outside *, struct act *, const char *round, const json_t *parties,
                                const char *until, json_t **ret_signed);
/* What it is answered with. False: it is no record of a ping. */
MUST_USE bool ping_outside_code(const struct ping_outside *, const json_t *record, struct ping_code *ret);
/* DIR/pings/ROUND/XQ-poc.eml, in the arena. */
const char *ping_outside_file(const struct ping_outside *, const char *round, const char *party,
                              const char *suffix);

/* --- answers --- */

/*
 * The records of a party ("XQ/poc"), of a State ("XQ") or of all (NULL), the newest round first: of a round, or of all that began in the
 * year before now (NULL). A new reference, an array.
 */
MUST_USE int ping_outside_records(const struct ping_outside *, const char *whom, const char *round,
                                  wall_ms now, json_t **ret);
/* Why a record of a ping counts nothing; NULL: it does. */
const char *ping_outside_fault(const struct ping_outside *, const json_t *record);
/* The answer of a party in a round, signed or not; a new reference, NULL: there is none. */
json_t *ping_outside_answer(const struct ping_outside *, const char *round, const char *party);
/*
 * Keeps an answer, for ever: of two the first. *ret_before is the one that is there already (a new reference), and then nothing was
 * written. An exit code, told.
 */
MUST_USE int ping_outside_keep(const struct ping_outside *, const char *round, const char *party,
                               const json_t *record, json_t **ret_before);

/* --- the report --- */

/* The newest round in the folder; "" when there is none. In the arena. */
MUST_USE int ping_outside_last(const struct ping_outside *, const char **ret);
/* Of two names of rounds the later one is above 0. */
int ping_round_compare(const char *a, const char *b);
/* Adds a row (ping_round.h) a party of the round. */
MUST_USE int ping_outside_rows(const struct ping_outside *, const char *round, uint64_t now_ms, json_t *rows);

#endif
