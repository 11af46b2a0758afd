/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A party that lies with its own good keys. It has no node: this hostile client has its line, greets the broker as a node does, and
 * submits envelopes with one flaw each (flaws.h), under numbers that it draws. It keeps nothing, answers nothing, and takes no
 * deliveries. Honest parties refuse it with a reason, and nothing of what it says takes effect: the oracle sees to that.
 */
#ifndef COMITY_DRILLS_PLAY_LIAR_H
#define COMITY_DRILLS_PLAY_LIAR_H

#include "drills/oracle/oracle.h"
#include "drills/play/cast.h"
#include "drills/play/flaws.h"
#include "drills/play/transcript.h"

#define LIES_MAX 64 /* in a history */

struct liar;

/* The guest of this cast's world, who is its liar; all borrowed. */
struct liar *liar_new(struct world *, const struct cast *, uint64_t seed, struct oracle *);
void liar_free(struct liar *); /* NULL is allowed, here and below: nobody lies */
/* A note of each lie goes there (borrowed); NULL: nowhere. */
void liar_note_to(struct liar *, struct transcript *);

/* A lie to that party (an actor), told as soon as there is a link and the party's sealing keys are known. LIES_MAX at most. */
void liar_tell(struct liar *, enum flaw, size_t to);
/* The same, drawn; nothing beyond LIES_MAX. */
void liar_act(struct liar *);
/* To be called now and then: it begins a link if it has none, to tell what waits and to settle what it is owed. */
void liar_call(struct liar *);
size_t liar_untold(const struct liar *);

/* What the last lie was refused for, by the broker or its recipient; REASON_NONE: it was not, yet. */
enum reason liar_answer(const struct liar *);
/* The first lie that was refused for another reason than its flaw, in a sentence ("": none): wrong where there is no fault. */
const char *liar_trouble(const struct liar *);
/* A lie was told and nobody refused it, which is said in a sentence: wrong where there is no fault and all is quiet. */
bool liar_unrefused(const struct liar *, struct error *ret);

#endif
