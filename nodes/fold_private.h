/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fold in four files: fold.c has the order of letters and what a row does, fold_effects.c what needs more than the row (items
 * that come, dates, links, facts), fold_clocks.c asks and clocks, fold_restated.c a case that stood before it began.
 */
#ifndef COMITY_NODES_FOLD_PRIVATE_H
#define COMITY_NODES_FOLD_PRIVATE_H

#include "nodes/lifecycle.h"

struct folding {
    struct case_fold *fold;
    const struct case_setting *setting; /* may be NULL */
    bool r_wrote;                       /* an officer of R has */
    bool q_began; /* with a request that had seen nothing of R's: then no letter of R opens it */
    bool classed; /* R said in an ACK how urgent it takes it to be */
    const struct case_letter *letter; /* being folded */
    const struct lifecycle_row *row;  /* of that letter */
    bool changed;                     /* it moved an item, or opened, closed, started or stopped something */
    bool flagged;                     /* a need that only flags did not hold */
    bool broke_hold;                  /* it ended a hold before its date, or one held open */
};

/* When a letter reached the other side; the nearest earlier moment known stands in until the receipt comes. */
uint64_t arrival_ms(const struct case_letter *);

/* --- fold_clocks.c: asks and clocks; item NULL: of the case --- */

/* What the letter opens: what its row does, but a translation only when one is announced. */
unsigned asks_opened(const struct folding *);
/* Opens it, or puts it again: Q's asks stand as first put, R's are reminders. */
void ask_open(struct folding *, enum ask_kind, uint32_t item, bool blocking, bool late);
/* As it stood in the case before: of that kind and item, by whom, since when, how often, until when. */
void ask_restate(struct folding *, const struct case_ask *);
void asks_close(struct folding *, unsigned kinds, const struct case_item *);
/* Does R or Q wait for one of these already? */
bool asks_any_open(const struct folding *, unsigned kinds, const struct case_item *);
/* What the state that the item is in now closes. */
void asks_close_by_state(struct folding *, const struct case_item *);
/* The row's stops and, unless it asks again for what is asked already, its starts. */
void clocks_apply(struct folding *, const struct case_item *, bool asked_again);
/* Starts one clock by its rule, if the item is in a state for it and what it goes with is asked; NULL: of the case. */
void clock_start(struct folding *, enum clock_name, const struct case_item *);
/* The clock of an ask that came without one: to its own date, or as long as ever from this letter on. */
void ask_start(struct folding *, const struct case_ask *);
/* As it ran in the case before: of an item that has ended only with what it goes with. */
void clock_restate(struct folding *, const struct case_due *);
/* Of an item that has ended: what nobody waits for any more. */
void clocks_end(struct folding *, const struct case_item *);
/* Of a case whose items have all ended, the same. */
void case_end(struct folding *);
/* The urgency is another one: clocks that have no date of their own end as if it had always been that. */
void clocks_reclass(struct folding *);
/* Clocks wait while an ask they wait for is open, and go on later by as long. */
void pauses_apply(struct folding *);
/* Brings the lists into their order. */
void lists_sort(struct case_fold *);

/* --- fold_effects.c --- */

/* Shows a request as a case: its items, all asked for. */
void items_open(struct folding *, const Comity__Request *);
/* Adds items to the case, asked for; false when there is no room. From which number on in *ret_first. */
bool items_add(struct folding *, Comity__Item *const *items, size_t count, uint32_t *ret_first);
/* The written request after a call: takes the place of what was noted. */
void request_confirm(struct folding *, const Comity__Request *);
void item_move(struct folding *, struct case_item *, enum item_state to, enum item_result result);
/* By the rule of the cell: its state, dates, links. */
void cell_apply(struct folding *, struct case_item *, const struct cell *);
/* What later rules ask for. */
void facts_note(struct folding *, struct case_item *);
void case_facts_note(struct folding *);
/* The request for assistance of that reference keeps the item open, as it did in the case before. */
void link_restate(struct folding *, struct case_item *, const char *reference);

/* --- fold_restated.c --- */

/* What the case before had come to. True: with what was owed; else its clocks begin anew. */
bool case_restate(struct folding *, const Comity__TakenOver *);

#endif
