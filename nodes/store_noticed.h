/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A few times by name, kept over restarts. Moments: "store", a loss of this disk was named; "unasked", so was one that not all
 * parties were asked about yet; "broker", a loss of the broker's disk. A duration: "keys-held-ms", how long keys that are due
 * have been held back (prekeys.c).
 */
#ifndef COMITY_NODES_STORE_NOTICED_H
#define COMITY_NODES_STORE_NOTICED_H

#include "base/store.h"

void store_notice(struct store *, const char *what, uint64_t ms);
void store_unnotice(struct store *, const char *what);
uint64_t store_noticed(struct store *, const char *what); /* 0: there is none */

#endif
