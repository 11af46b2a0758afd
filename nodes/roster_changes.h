/* SPDX-License-Identifier: Apache-2.0 */
/* What a newer roster says differently of a party: for who prepared a letter under the one before. */
#ifndef COMITY_NODES_ROSTER_CHANGES_H
#define COMITY_NODES_ROSTER_CHANGES_H

#include "nodes/command.h"

#define ROSTER_CHANGES_MAX 64 /* of one party that are listed */

/*
 * Appends what the roster in use says differently of that party than that version did: {party, path, was, is}, of the members of its
 * entry and those of its terms and calendar; was or is is left out where it said nothing. Keys are left out: who may sign is judged
 * by itself. Nothing when that version is not held.
 */
void put_roster_changes(struct call *, json_t *list, const char *party, uint64_t before);

#endif
