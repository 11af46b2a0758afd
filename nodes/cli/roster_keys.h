/* SPDX-License-Identifier: Apache-2.0 */
/* Keys on their way into a roster that is drafted: the file that comity key new leaves for the registrar, and what is done with it. */
#ifndef COMITY_NODES_CLI_ROSTER_KEYS_H
#define COMITY_NODES_CLI_ROSTER_KEYS_H

#include "nodes/cli/cli.h"

/* {"owner": OWNER, "key": ENTRY}; takes the entry, a new reference, NULL: no memory. owner: a party's address or a broker's id. */
MUST_USE json_t *roster_key_file(const char *owner, json_t *entry);
/* Its text, in the arena; NULL: no memory. */
MUST_USE const char *roster_key_text(const struct cli *, const json_t *file);

/*
 * Adds the key of such a file to its owner in the draft, and what was done to `changed`. Whether it is a key, and in no version
 * before, the roster's own rules say. An exit code, told.
 */
MUST_USE int roster_key_add(const struct cli *, const char *path, json_t *draft, json_t *changed);
/* Revokes, from now on, the key that "DIGITS=REASON" names by eight or more of its digits. An exit code, told. */
MUST_USE int roster_key_revoke(const struct cli *, const char *given, uint64_t now_ms, json_t *draft,
                               json_t *changed);

#endif
