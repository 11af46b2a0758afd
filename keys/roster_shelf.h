/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rosters that were read in one process, for parties that live in it together: the same bytes are parsed once, and their points
 * multiplied once. What is read is frozen and the same for all, so that nothing of it depends on who asked first. Whether a roster may be
 * taken - network, predecessor, signatures - is each party's own question and asked each time.
 */
#ifndef COMITY_KEYS_ROSTER_SHELF_H
#define COMITY_KEYS_ROSTER_SHELF_H

#include "keys/roster.h"

struct roster_shelf;

struct roster_shelf *roster_shelf_new(void); /* NULL: no memory */
/* What was read with it and is still held stays good. */
void roster_shelf_free(struct roster_shelf *); /* NULL is allowed */

/*
 * As roster_read_after() and roster_read_stored(); shelf NULL: nothing is shared. *ret is given back with roster_free() by each who
 * was given it.
 */
MUST_USE enum roster_outcome roster_shelf_read_after(struct roster_shelf *, const struct roster *held,
                                                     struct bytes json, struct roster **ret, struct error *);
MUST_USE enum roster_outcome roster_shelf_read_stored(struct roster_shelf *, struct bytes json,
                                                      struct roster **ret, struct error *);

#endif
