/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The broker's clock beside our own. The broker tells its time in Welcome and Pong, and our monotonic clock carries it on. Nothing
 * legal is decided by it; it keeps a clock that is wrong for an hour from doing what cannot be undone: erasing keys, refusing
 * letters as expired, sealing envelopes that nobody accepts until a letter is given up.
 */
#ifndef COMITY_NODES_BROKER_TIME_H
#define COMITY_NODES_BROKER_TIME_H

#include "nodes/node_private.h"

/*
 * The broker said that it is now_ms; 0: it did not say, and what is no time (time_in_range()) counts as little. Logs once when the
 * clocks begin to differ.
 */
void broker_time_told(struct node *, struct turn *, uint64_t now_ms);

/* What its clock shows now. False: it has told nothing yet in this process. */
MUST_USE bool broker_time_now(const struct node *, const struct turn *, wall_ms *ret);

/* By more than five minutes, either way. */
bool broker_time_differs(const struct node *, const struct turn *);

/* Would it refuse an envelope made now: from its future, or expired already? */
bool broker_time_refuses(const struct node *, const struct turn *);

/*
 * May envelopes be sealed? Not those that it would refuse if made now. Nor during a pause.
 * While clocks stop it, its time is asked for once a minute.
 */
bool broker_time_may_seal(struct node *, struct turn *);

/*
 * Did the broker refuse an envelope for a clock, and not for its age? E_CLOCK always; E_EXPIRED while by the earlier of both clocks it has
 * lived less than half of its life. That says nothing about the letter, whichever clock is wrong.
 */
bool broker_time_disputed(const struct node *, const struct turn *, enum reason, uint64_t created_ms,
                          uint64_t expires_ms);
/* Such a refusal came: sealing pauses for a minute, each time for twice as long, an hour at most. Its time is asked for. */
void broker_time_pause(struct node *, struct turn *);
/* It took an envelope: the next pause is a minute again. */
void broker_time_agrees(struct node *);

/*
 * For what cannot be undone: the earlier of both clocks. While nothing was told: 0, so that nothing is due, for the first day of the
 * process, however long the machine runs already; after it our own clock alone, for keys must go some day. (So they must, whatever
 * the broker says: prekeys.c.)
 */
wall_ms broker_time_sure(const struct node *, const struct turn *);
/* When it shows that time, as far as is known now; it may be so already. */
mono_ms broker_time_sure_at(const struct node *, const struct turn *, wall_ms at);

#endif
