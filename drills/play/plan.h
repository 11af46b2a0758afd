/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A plan: a short scripted history in plain words with expectations, one statement a line (tests/world/NAME.plan). plan_words.def is
 * the language, docs/testing.md explains it; for instance
 *
 *     # A withdrawal and a hold cross.
 *     parties XA/poc XB/poc
 *     XA/poc writes request to XB/poc as theft
 *     wait 10 minutes
 *     cut the link of XB/poc
 *     XA/poc writes withdraw in theft
 *     XB/poc writes held in theft
 *     heal
 *     wait until quiet
 *     expect XB/poc sees theft items[0].state HELD
 *     expect both see the same of theft
 */
#ifndef COMITY_DRILLS_PLAY_PLAN_H
#define COMITY_DRILLS_PLAY_PLAN_H

#include "drills/world/world.h"

#define PLAN_BYTES_MAX ((size_t)64 * 1024)
#define PLAN_LINES_MAX 2000

struct plan;
struct plan_stage; /* drills/play/history.h: what a plan is played on */

/* False: the error is "NAME:LINE:COLUMN: what is wrong", with the nearest right word where there is one. */
MUST_USE bool plan_read(struct bytes text, const char *name, struct plan **ret, struct error *);
void plan_free(struct plan *); /* NULL is allowed */

/* The parties in the plan's order, 2 .. CAST_PARTIES_MAX; they are the plan's. All of them must be in the cast. */
size_t plan_parties(const struct plan *, const char *const **ret);
/* The one of them that lies and has no node; NULL: nobody. */
const char *plan_liar(const struct plan *);
/* Sets what the plan says of limits (life_ms, prekey_days, quota_envelopes), before the world is made; the rest stays. */
void plan_setup(const struct plan *, struct world_setup *);

/*
 * Plays it to its last line and makes well what it did to lines, clocks and processes. False: an expectation did not hold or a
 * line could not be played; the stage's error says "NAME:LINE: ...". While it plays, its own witness stands before the one of
 * the stage and hands everything on.
 */
MUST_USE bool plan_play(const struct plan *, struct plan_stage *);

#endif
