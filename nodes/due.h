/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When this node has to look for work by itself. Whatever comes in is work at once; besides that a node waits for moments, and
 * nearly all of them are stored. So the end of a turn that did work asks each part for its next moment and keeps the earliest;
 * a tick before it keeps the link and looks at nothing else. It is memory, never stored: a process begins with a look.
 *
 * A part whose work waits for a moment names it in its *_due(), each moment on the clock that decides it: so one that jumps
 * needs no notice, but for a clock that is set back, which is a reason to look (due_at_once).
 */
#ifndef COMITY_NODES_DUE_H
#define COMITY_NODES_DUE_H

#include "nodes/node_private.h"

#define DUE_NEVER ((struct due){{UINT64_MAX}, {UINT64_MAX}, {UINT64_MAX}})

/* For the parts: this is due then. A time of 0 is none. */
static inline void due_at(struct due *due, mono_ms at)
{
    due->mono = at.ms == 0 ? due->mono : mono_earlier(due->mono, at);
}
/* By our own wall clock. */
static inline void due_own(struct due *due, uint64_t at_ms)
{
    due->own.ms = at_ms != 0 && at_ms < due->own.ms ? at_ms : due->own.ms;
}
/* By broker_time_sure(). */
static inline void due_sure(struct due *due, uint64_t at_ms)
{
    due->sure.ms = at_ms != 0 && at_ms < due->sure.ms ? at_ms : due->sure.ms;
}

/* The next tick looks, whatever is kept. */
void due_at_once(struct node *);
/* At a tick: is it time to look? Also when our wall clock was set back since the last turn. */
MUST_USE bool due_is_reached(const struct node *, const struct turn *);
/* A tick that only keeps the link. */
void due_looked_not(struct node *, const struct turn *);
/* At the end of a turn that did work: asks the parts. */
void due_ask(struct node *, struct turn *);
/* At the end of every turn: when the next tick should come at the latest. */
void due_wait(struct node *, struct turn *);

#endif
