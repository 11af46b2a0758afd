/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: a short scripted history in plain words with expectations, one statement a line (tests/world/NAME.plan). docs/testing.md has the
 * language; for instance
 *
 *     # An extension and an expiry cross.
 *     parties XA/poc XB/poc
 *     XA/poc writes request to XB/poc as theft
 *     wait 10 minutes
 *     cut the link of XB/poc
 *     XA/poc writes withdraw in theft
 *     fault power_cut at hub
 *     heal
 *     wait until quiet
 *     expect XB/poc sees theft state CLOSED
 *     expect both see the same of theft
 */
#ifndef COMITY_DRILLS_PLAY_PLAN_H
#define COMITY_DRILLS_PLAY_PLAN_H

#include "base/attributes.h"
#include "base/bytes.h"
#include "base/error.h"

struct plan;

/* At most 64 KiB, 2,000 lines. False: the error names line, column, what is wrong and the nearest right word. */
MUST_USE bool plan_read(struct bytes text, const char *name, struct plan **ret, struct error *);
void plan_free(struct plan *); /* NULL is allowed */

#endif
