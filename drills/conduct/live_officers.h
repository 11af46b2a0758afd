/* SPDX-License-Identifier: Apache-2.0 */
/* Who can sign in a live exercise at the own node: keys for exercises in the roster, and their files beside the node's socket. */
#ifndef COMITY_DRILLS_CONDUCT_LIVE_OFFICERS_H
#define COMITY_DRILLS_CONDUCT_LIVE_OFFICERS_H

#include "drills/conduct/conduct_live.h"

/*
 * How many keys for exercises of the party may sign now by the roster, wherever their files are; 0 also where the node shows no roster.
 * ret_names: those whose file is in officers/ of this node, by the names that --officer takes, a new array; a file that cannot be read
 * is none.
 */
size_t live_officers(struct live_side *, const char *socket, json_t **ret_names);

#endif
