/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Pings to many at once, and what came of them: a round is known by the reference its pings begin with, PING-SECONDS. They are live
 * letters, each a case of its own, as a ping to one party is; or, to a party without a node, a mail and a call (ping_outside.h).
 */
#ifndef COMITY_NODES_CLI_PING_ROUND_H
#define COMITY_NODES_CLI_PING_ROUND_H

#include "nodes/cli/client.h"

#define PING_ROUND_PREFIX "PING-"

/*
 * The other parties that are active in the roster: of all States, or of one by its two letters, as the directory has them. New
 * references to two arrays: those with a node, and those without.
 */
MUST_USE int ping_round_parties(struct client *, const char *whom, json_t **ret_nodes, json_t **ret_outside);
/* The newest round that this node began; "" when there is none. In the arena. */
MUST_USE int ping_round_last(struct client *, const char **ret);
/*
 * A row a party, a new reference: "party", "sent", "state", and as far as it came "answered" (a person did) and "how": "node", "link" or
 * "phone" ("by_phone"); "checks" as a letter has them, "corrections" ("PHONE: +99 ..."); "result" once it has ended ("NO_CONSENT",
 * "SILENT"). With a node: "case", "delivered", "echo" (its node answered), "exercise" (its id) where the ping is of one. Without ("outside"): "until", "entered", "entered_by",
 * "person", "knew_role", "with_code", "text", and "fault" where a record does not hold. Who has not answered: "waited_ms".
 */
MUST_USE int ping_round_rows(struct client *, const char *round, json_t **ret);
/*
 * All of it: {"round", "now", "parties": rows, "summary"; "exercise" as its rows}, a new reference; takes that of the rows. Percentiles count whoever has not
 * answered for as long as he did not, and who is silent for ever (M24); who does not consent is left out of them and counted.
 */
json_t *ping_round_report(struct client *, const char *round, wall_ms now, json_t *rows);
void ping_round_print(const struct cli *, const json_t *report);

/* How long after it was sent a row's moment was, for people: "4 min"; "-": not yet. */
const char *ping_round_after(const struct cli *, const json_t *row, const char *name);
/* Of who has not answered: "not within 4 min"; "" of all others. */
const char *ping_round_waited(const struct cli *, const json_t *row);
/* "half of them within 4 min, nine of ten not within 24 h"; "" where there are too few to tell. */
const char *ping_round_speed(const struct cli *, const json_t *report);

#endif
