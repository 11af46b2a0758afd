/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_STORE_RECALL_H
#define COMITY_NODES_STORE_RECALL_H

#include "nodes/inbox.h"
#include "nodes/outbox.h"
#include "nodes/recall.h"
#include "nodes/store_noticed.h"

/*
 * What was shown of a chain: by the broker's heads, or by the party itself (Standing). Two witnesses are not one: what the one
 * said before, and may have made up, takes nothing from what the other says.
 */
enum recall_side {
    RECALL_TO_US = 0,      /* theirs: the number answered last */
    RECALL_OURS = 1,       /* ours: the highest number the broker knows */
    RECALL_ENDED = 2,      /* ours: the number whose end was settled last */
    RECALL_FELL_BACK = 3,  /* theirs: the broker names a number that was answered before others */
    RECALL_TO_US_SAID = 4, /* theirs: all up to this one have ended, as the party says */
    RECALL_OURS_SAID = 5,  /* ours: the highest number the party knows, as it says */
};
/*
 * False: this very number was noted before, or a higher one that the party's last page must cover still: the other end cannot
 * make that easier by naming less.
 */
MUST_USE bool store_recall_note(struct store *, const char *party, enum recall_side, enum lane,
                                uint32_t incarnation, uint32_t seq);
/* The broker names a number to us that is known: what it showed of that chain before, and is done with, is shown no more. */
void store_recall_unnote(struct store *, const char *party, enum lane, uint32_t incarnation);
/* There is a chain with it, or it is or was asked; or fewer than max are or were. */
MUST_USE bool store_recall_has_room(struct store *, const char *party, uint64_t max);
#define ASKED_JUST_NOW_MS MS_PER_HOUR
/*
 * The party is asked, from the first letter on and at once; the mark is the last letter filed. shown: something shows that
 * letters with this party are lost; else it is asked only to be sure: what is being asked already goes on, and what was asked
 * just now is asked again when it is not so any more. What is shown within RECALL_MS_MAX of the first, or while that lasts, holds up its cases as
 * long as that does; in the RECALL_MS_MAX after it, it is asked to be sure: nobody's word holds them up for more than half of
 * the time. lost_ms: when it was found, by a clock that is not behind; now_ms is for what is planned.
 */
void store_recall_open(struct store *, const char *party, bool shown, uint64_t loss, uint64_t lost_ms,
                       uint64_t now_ms);
/* A party that was asked, or is being asked, is asked from the first letter on once more. */
void store_recall_again(struct store *, const char *party, uint64_t lost_ms, uint64_t now_ms);

/* A loss that is dated later than now was found by a clock that was ahead. */
void store_recalls_not_later(struct store *, uint64_t now_ms);
/* So long there was a link: it counts for the recalls whose last half day has begun (RECALL_LINKED_MS). */
void store_recalls_linked(struct store *, uint64_t now_ms, uint64_t linked_ms);
/* Parties whose recall has lasted for RECALL_MS_MAX, the last half day of it with a link; at most max. */
size_t store_recalls_over(struct store *, uint64_t now_ms, size_t max, struct address *ret);
/* It is over, by the clock sure_ms: what is shown in the RECALL_MS_MAX after it holds up nothing. */
void store_recall_over(struct store *, const char *party, uint64_t sure_ms, uint64_t now_ms);

/* Letters with the party are lost, and it is being asked. */
MUST_USE bool store_recall_lasts(struct store *, const char *party);
MUST_USE bool store_case_is_known(struct store *, const struct case_id *);

struct recall_row {
    struct address party;
    uint64_t lost_ms, pass_ms, next_ms, done_ms; /* done 0: not yet */
    uint64_t number;                             /* of the question that waits for its answer; 0: none */
    uint64_t letters;                            /* given back since the loss */
    uint64_t loss;                               /* drawn when it was found */
    unsigned tries, passes;
    unsigned pages; /* taken since a pass began that followed no other closely */
    bool asking;    /* the question's envelope has not ended */
    /* This pass is not the last one: a letter found no room here, or they had not had all as it began. */
    bool held;
    struct bytes after;
};
MUST_USE bool store_recall_get(struct store *, const char *party, struct arena *, struct recall_row *ret);
/* The parties that may be asked now: due, no question on its way, sealing to them does not wait; at most max. */
size_t store_recalls_due(struct store *, uint64_t now_ms, size_t max, struct arena *, struct recall_row *ret);
/* All members but party, done_ms, loss and asking; _asked() notes the question's envelope besides. */
void store_recall_asked(struct store *, const struct recall_row *, const struct envelope_id *envelope);
void store_recall_put(struct store *, const struct recall_row *);
/* The envelope of a question has ended. next_ms 0: as planned. */
void store_recall_ended(struct store *, const struct envelope_id *, uint64_t next_ms);
/* It is over, be it whole or by time: what was shown of the party's chains is done with. */
void store_recall_done(struct store *, const char *party, uint64_t now_ms);

struct recall_need {
    bool ours;
    enum lane lane;
    uint32_t incarnation, seq;
};
/* What the first and the last page of the party must cover, of each chain the most that anybody showed; at most max. */
size_t store_recall_needs(struct store *, const char *party, size_t max, struct recall_need *ret);

/* The highest number of a chain to us that its pages must cover; 0: none. */
uint32_t store_recall_shown(struct store *, const struct in_chain *);

/* Kept as proof, with its signatures, at most max of the party's letters and of ours to it. One of ours blocks its case: recall_blocks(). */
void store_recall_refused(struct store *, const struct letter_row *, enum reason, uint64_t at_ms, size_t max);
MUST_USE bool store_recall_is_refused(struct store *, const struct letter_id *);
/* A letter of the other side waits behind one that is kept so, however many wait between. */
MUST_USE bool store_recall_holds_up(struct store *, const struct letter_id *);
/* It holds after all. */
void store_recall_accepted(struct store *, const struct letter_id *);

/* --- answers to other parties: store_answers.c --- */

struct answer_row {
    struct address party;
    uint64_t number, answered; /* wanted (0: nothing), and that of the page that is on its way */
    uint64_t next_ms;
    unsigned tries;
    struct bytes after;
};
/* True when it is the first question about that loss. */
MUST_USE bool store_answer_want(struct store *, const char *party, uint64_t number, struct bytes after,
                                uint64_t loss, uint64_t now_ms);
bool store_answers_any(struct store *); /* one that is to be sent at some time */
size_t store_answers_due(struct store *, uint64_t now_ms, size_t max, struct arena *, struct answer_row *ret);
void store_answer_sent(struct store *, const char *party, const struct envelope_id *, uint64_t next_ms);
MUST_USE bool store_answer_of(struct store *, const struct envelope_id *, struct answer_row *ret);
/* wanted false: nothing is left to answer. */
void store_answer_ended(struct store *, const char *party, bool wanted, uint64_t next_ms);

/* Where a page begins: behind this letter of the shared ones, in the order of case, author, number and filing. */
struct page_place {
    struct case_id case_id;
    enum side author;
    uint32_t case_seq;
    uint64_t number; /* of filing */
};
/*
 * Letters of the cases shared with a party: all of its letters in effect or held back, and ours in effect that it is known to
 * hold, with the times of both receipts. Ends before bytes of context, letter and proofs are more than bytes_max, but not before the first.
 * *ret_more: there are further ones.
 */
size_t store_letters_shared(struct store *, const char *party, const struct page_place *, size_t bytes_max,
                            size_t max, struct arena *, struct letter_row *ret, bool *ret_more);
/* Chains of a party: all its numbers up to this one were taken here or are gone; the newest incarnations, at most max. */
size_t store_chains_received(struct store *, const char *party, size_t max, struct chain_through *ret);
/*
 * Own chains to a party: all numbers up to this one have ended. By them: to the last that the party ended itself, for it knows of
 * no other end before the broker has told it.
 */
size_t store_chains_ended(struct store *, const char *party, bool by_them, size_t max,
                          struct chain_through *ret);

/* --- how far the chains are: store_answers.c --- */

/* The party is to be told, or (NULL) every party there is a chain with. */
void store_standing_want(struct store *, const char *party);
size_t store_standings_due(struct store *, size_t max, struct address *ret);
/* It is not told. */
void store_standing_drop(struct store *, const char *party);
void store_standing_sent(struct store *, const char *party, const struct envelope_id *);
/* again: it is told once more, a few times. False: it told nothing. */
MUST_USE bool store_standing_ended(struct store *, const struct envelope_id *, bool again);
/* Higher numbers from that party in that lane were answered later, and the broker had settled that. */
MUST_USE bool store_answered_later(struct store *, const struct in_row *);
/* For what the heads leave out: nothing is told yet; the broker told of this party and lane. */
void store_answers_untold(struct store *);
void store_answer_told(struct store *, const char *party, enum lane);
/* What was settled about envelopes that came in that lane after that one: it is not settled any more. */
void store_answers_say_later_again(struct store *, const struct in_row *);
/*
 * Parties to which the broker had settled an answer in a lane that it did not tell of: they are to be told how far the chains
 * are, and what was settled there is not so any more. How many lanes; those counted before, and not told of since, are left out.
 */
uint64_t store_answers_forgotten(struct store *);

/* --- when --- */

/* The next moment after now at which a party is to be asked or answered; 0: none. What is due already waits for something else. */
uint64_t store_recall_next_ms(struct store *, uint64_t now_ms);
/*
 * When the next last half day begins, or the next recall is over by the clock alone; 0: none. counting: for one or more the
 * time with a link counts now.
 */
uint64_t store_recall_end_ms(struct store *, uint64_t now_ms, bool *ret_counting);

#endif
