/* SPDX-License-Identifier: Apache-2.0 */
/* Cases that the node itself looks at again at a time: what it would say in them could not be said yet, or is due then. */
#ifndef COMITY_NODES_STORE_CHORES_H
#define COMITY_NODES_STORE_CHORES_H

#include "base/store.h"
#include "proto/ids.h"

/* At that time, or at the one that is noted already if it is earlier. */
void store_chore_put(struct store *, const struct case_id *, uint64_t at_ms);
/* Those that are due are renewed at the end of the turn. */
void store_chores_wake(struct store *, uint64_t now_ms);
uint64_t store_chore_next_ms(struct store *); /* 0: there is none */

#endif
