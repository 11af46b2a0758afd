/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Chains (from, to, lane, incarnation): the numbers of our own envelopes, never used twice (I2), and what is known and
 * missing of the chains of others. Gaps are shown and asked for; they block nothing.
 */
#ifndef COMITY_NODES_CHAINS_H
#define COMITY_NODES_CHAINS_H

#include "keys/envelope.h"
#include "nodes/node_private.h"

/* --- own chains --- */

/* A number for one envelope: it is taken once own_chain_used() is called. */
struct own_number {
    struct address to;
    enum lane lane;
    uint32_t incarnation, seq;
    struct digest prev; /* valid when seq > 1 */
    uint64_t created_ms;
};
/* The next one of the chain in use; of a new incarnation when that one is closed or its clock was ahead. */
void own_chain_next(struct node *, struct turn *, const struct address *to, enum lane,
                    struct own_number *ret);
void own_chain_used(struct node *, const struct own_number *, const struct envelope_id *);
/* The chain cannot go on: the next number begins a new incarnation. */
void own_chain_close(struct node *, struct turn *, const char *to, enum lane, uint32_t incarnation);

/*
 * None of the chains to that party, or (NULL) to anybody, goes on. Something shows that this disk or the broker's is older than it
 * was: of a number that both have forgotten nobody can tell in time that it was used.
 */
void own_chains_close(struct node *, struct turn *, const char *to);

/*
 * May this incarnation have been begun here and then be lost? What a broker or another party names beyond is no number that
 * was ever reached: it is ignored, for incarnations must not be used up on the word of anybody.
 */
MUST_USE bool own_incarnation_may_be_lost(struct node *, const char *to, enum lane, uint32_t incarnation);
/*
 * Heads of own chains after Welcome: begin, one by one, done. Where the broker knows a higher number than was used here, or
 * another id, the chain is closed, and the loss is named and made good (recall.h). Where it knows less than it had accepted
 * (it was restored), done() names that and puts those envelopes back among the unsent ones.
 */
void own_chains_heads_begin(struct node *);
void own_chains_head(struct node *, struct turn *, const Comity__PeerHead *);
void own_chains_heads_done(struct node *, struct turn *);

/* The broker told us to wait with this chain; all of them may be tried again. */
void own_chain_block(struct node *, const char *to, enum lane);
void own_chains_unblock(struct node *);

/* A number that was never sent: to be told to the recipient in the next envelope of its lane. */
void own_chain_void(struct node *, const struct own_number *, const struct envelope_id *);
/* The next heads to tell this party in this lane as voided, in the arena; and what became of the envelope that told them. */
size_t own_chain_voided(struct node *, const char *to, enum lane, struct arena *, Comity__Head ***ret);
void own_chain_voided_told(struct node *, const char *to, enum lane, const struct envelope_id *in);
void own_chain_voided_known(struct node *, const struct envelope_id *in, bool delivered);

/* --- chains of others --- */

struct in_chain {
    struct address from;
    enum lane lane;
    uint32_t incarnation;
};
/* What is known of one number. */
void in_chain_link(struct node *, const struct in_chain *, uint32_t seq, struct chain_link *ret);
/* This number is taken (its envelope is stored) or gone (rejected). Notices and asks for gaps. */
void in_chain_taken(struct node *, struct turn *, const struct in_chain *, uint32_t seq);
void in_chain_gone(struct node *, struct turn *, const struct in_chain *, uint32_t seq);
/* Its sender says that the number is gone: taken only where it closes a gap, for words alone begin and lengthen no chain. */
void in_chain_voided(struct node *, struct turn *, const struct in_chain *, uint32_t seq);
/* The highest number below which nothing is missing. */
uint32_t in_chain_through(struct node *, const struct in_chain *);
/* Asks again for every gap, of one party or (NULL) of all: a new link, a letter held back. Bounded. */
void in_chains_ask(struct node *, struct turn *, const char *from);
/*
 * Numbers that are missing below one whose sender made it longer ago than an envelope lives: nothing comes under them any more,
 * and they are missing no longer. They are named. Looked for once an hour, for every gap is looked at; what is found is bounded, and
 * the next call goes on.
 */
void in_chains_give_up(struct node *, struct turn *);
void in_chains_due(struct node *, struct due *);
/* Keeps an envelope that takes a number of another one, as proof. */
void in_chain_fork(struct node *, struct turn *, const struct envelope *, struct bytes raw);

#endif
