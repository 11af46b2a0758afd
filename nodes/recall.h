/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that came back older than it was (restored from a backup, emptied, or one that lied about its syncs) has lost
 * letters of this party that the other side has in effect, and letters of the other side that were acknowledged. The heads
 * that the broker tells at the opening of a link show it; the other ends of the cases have the letters and give them back
 * (docs/protocol.md 4.6). Until a party has given back all, no number of an older case with it is signed or sealed here.
 */
#ifndef COMITY_NODES_RECALL_H
#define COMITY_NODES_RECALL_H

#include "nodes/outbox.h"

/* --- finding out --- */

/*
 * Is what the broker tells of chains with this party noted? Of all that the roster names, or that are known here, and of
 * RECALLS_MAX others: an older roster may not name them yet, or the broker makes them up.
 */
bool recall_notes(struct node *, const char *party);
/*
 * A head of a chain of ours shows numbers that this disk does not know, or another envelope under one of them: named, and the
 * party is asked for what it has.
 */
void recall_own_lost(struct node *, struct turn *, const Comity__PeerHead *);
/* A chain of ours whose end we settled and do not know: it is named, and what waits for its end is submitted again. */
void recall_end_lost(struct node *, struct turn *, const Comity__PeerHead *);
/* A head of a chain to us: the number that we answered last is not known here. */
void recall_head_answered(struct node *, struct turn *, const Comity__PeerHead *);
/* Something else that shows that this disk is older than it was. */
void recall_name_loss(struct node *, struct turn *, const char *what);
void recall_heads_begin(struct node *);
/*
 * The heads are told. If anything showed a loss, on this link or on one that ended before this was said, every party is asked,
 * to be sure: a broker that was restored, too, does not know all that was lost.
 */
void recall_heads_done(struct node *, struct turn *);
/* The recipient, or the broker, holds something else of ours under a number that was used here. */
void recall_number_taken(struct node *, struct turn *, const char *party, enum reason);
/* A receipt that the recipient signed speaks of an envelope of ours that is not known here: as if it said so in a Standing. */
void recall_number_answered(struct node *, struct turn *, const struct address *to,
                            const Comity__ReceiptItem *);
void recall_name_broker(struct node *, struct turn *, uint64_t chains, uint64_t envelopes);
/* It has an older list of our keys than it had: who else was restored with it, other parties have to find out. */
void recall_broker_fell_back(struct node *, struct turn *);

/* --- while it lasts --- */

enum recall_block {
    RECALL_FREE,
    RECALL_PENDING, /* the other side may hold letters of this case that are not known here */
    RECALL_BROKEN,  /* it holds one of ours under a number of this case that cannot be taken back here */
};
/* May a letter of ours be signed in this case with that party? */
enum recall_block recall_blocks(struct node *, const struct case_id *, const char *party);
/*
 * A letter of the other side belongs to a case that is not known here yet: it comes again. One whose author had seen a
 * letter of ours in that case, or that answers one that we must have begun, shows a loss by itself.
 */
bool recall_awaits_case(struct node *, struct turn *, const struct letter_row *);
/*
 * How long a letter of that party is put back that waits for its case: a quarter of what its recall has lasted, a minute at
 * least and a quarter of an hour at most. Each time it comes it is opened anew.
 */
uint32_t recall_retry_ms(struct node *, struct turn *, const char *party);
/* An envelope of that party is sealed to a key of ours that was never made, as far as is known here. */
void recall_key_unknown(struct node *, struct turn *, const char *party);

/* --- asking and answering --- */

/* What a CONTROL of that party says: a question is noted, an answer taken in. */
void recall_take(struct node *, struct turn *, const struct address *from, const Comity__Control *);
/*
 * Ends what has lasted for RECALL_MS_MAX, with a link in the last half day of it: a party that does not answer, or never says
 * that it was all, holds up nothing longer.
 */
void recall_tick(struct node *, struct turn *);
/* Seals the questions and answers that are due, at the end of a turn; at most max. */
size_t recall_seal(struct node *, struct turn *, struct outgoing *ret, size_t max);
/* One of their envelopes has ended; again: for a reason that another sealing may heal. */
void recall_envelope_ended(struct node *, struct turn *, const struct envelope_id *, bool delivered,
                           bool again);
/* When the next question or answer is due, while there is a link; when a recall has lasted long enough. */
void recall_due(struct node *, const struct turn *, struct due *);

/* --- for people --- */

#define RECALLS_MAX 4096 /* then no party is noted that is neither in the roster nor known here */
/*
 * Nothing of before a loss is on its way any more, for it is longer than any envelope lives; then the party can be asked for
 * that long, and the recall is over, whatever was answered. Time without a link does not count for the second: nobody can be
 * asked.
 */
#define RECALL_ENDED_MS  (14 * MS_PER_DAY + 12 * MS_PER_HOUR)
#define RECALL_LINKED_MS (12 * MS_PER_HOUR)
#define RECALL_MS_MAX    (RECALL_ENDED_MS + RECALL_LINKED_MS)
struct recall_state {
    struct address party;
    bool shown;                 /* letters with it are lost; else it is asked only to be sure */
    uint64_t since_ms, done_ms; /* done 0: it lasts */
    uint64_t letters, refused;  /* given back; of them kept as proof only */
};
/* Parties of the roster first, then the others, each in the order of addresses; at most max. */
size_t recall_states(struct node *, size_t max, struct recall_state *ret);
/* Parties that have asked this one for their letters, and when last. */
struct recall_asker {
    struct address party;
    uint64_t asked_ms;
};
size_t recall_askers(struct node *, size_t max, struct recall_asker *ret);
uint64_t recall_noticed_ms(struct node *);        /* when a loss of this disk was last named; 0: never */
uint64_t recall_broker_noticed_ms(struct node *); /* of the broker's */

/* --- between recall.c, recall_answer.c and returned.c --- */

/*
 * What a loss that is found now is dated: by the later of both clocks. One that is behind would date it so long ago that it
 * were over before anybody was asked.
 */
uint64_t recall_dated_ms(struct node *, struct turn *);
/* All numbers of a chain up to seq. */
struct chain_through {
    enum lane lane;
    uint32_t incarnation, seq;
};
/* recall_answer.c */
void recall_asked(struct node *, struct turn *, const struct address *from, const Comity__Recall *);
size_t recall_seal_answers(struct node *, struct turn *, struct outgoing *ret, size_t max);
size_t recall_seal_standings(struct node *, struct turn *, struct outgoing *ret, size_t max);
bool recall_answer_ended(struct node *, struct turn *, const struct envelope_id *, bool delivered,
                         bool again);
enum returned_outcome {
    RETURNED_TAKEN, /* filed, or refused for good */
    RETURNED_EARLY, /* the letter that begins its case is not here yet: to be given again behind it */
    RETURNED_AGAIN, /* one more pass is needed, for there is no room for it now, or it fails */
};
/* returned.c: verifies one letter and files it. whole: all of its case that there is was given. */
MUST_USE enum returned_outcome returned_take(struct node *, struct turn *, const struct address *peer,
                                             const Comity__ReturnedLetter *, bool whole);

#endif
