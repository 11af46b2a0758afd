/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pings to many at once, and what came of them: a round is known by the reference its pings begin with, PING-SECONDS. They are live
 * letters, each a case of its own, as a ping to one party is.
 */
#ifndef COMITY_NODES_CLI_PING_ROUND_H
#define COMITY_NODES_CLI_PING_ROUND_H

#include "nodes/cli/client.h"

#define PING_ROUND_PREFIX "PING-"

/* The other parties that are active in the roster: of all States, or of one by its two letters. A new reference, an array of addresses. */
MUST_USE int ping_round_parties(struct client *, const char *whom, json_t **ret);
/* The newest round that this node began; "" when there is none. In the arena. */
MUST_USE int ping_round_last(struct client *, const char **ret);
/*
 * A row a party, a new reference: "party", "case", "sent", and as far as it came "delivered", "echo" (its node answered), "answered" (a
 * person did), "by_phone", "corrections" ("PHONE: +99 ..."); "state" of the case, and "result" once it has ended ("NO_CONSENT").
 */
MUST_USE int ping_round_rows(struct client *, const char *round, json_t **ret);
void ping_round_print(const struct cli *, const char *round, const json_t *rows);

#endif
