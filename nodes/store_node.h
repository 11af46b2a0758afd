/* SPDX-License-Identifier: Apache-2.0 */
/* The tables of a node, and reads that belong to no single concept. */
#ifndef COMITY_NODES_STORE_NODE_H
#define COMITY_NODES_STORE_NODE_H

#include "base/store.h"

#define NODE_SCHEMA_VERSION 7
#define NODE_UPGRADES       2
extern const char node_schema[];
/* Make a database of version 5 into one of 6, and that into one of 7 (store.h). */
extern const char *const node_upgrades[NODE_UPGRADES];

/* Letters that wait to be sealed and envelopes without an end; letters held back. */
void store_waiting(struct store *, uint64_t *ret_out, uint64_t *ret_in);

#endif
