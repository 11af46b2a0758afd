/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The last cases that were folded, with their letters as they are stored and decoded. The truth is the store: a kept case stands
 * while no letter, calendar or roster was written since (store_stamp()); when a letter was, the columns that change after filing
 * are read again, and it is folded anew if one of this case's is another. What is signed never changes, and is decoded once.
 */
#ifndef COMITY_NODES_CASE_KEPT_H
#define COMITY_NODES_CASE_KEPT_H

#include "base/arena.h"
#include "proto/ids.h"

struct node;
struct letter_row;
struct case_letter;
struct case_letters;
struct case_fold;

#define CASES_KEPT 4 /* at a time; within an input as many as it looks at */
/* Of one: a case of 1,000 letters has 3 MiB. A larger one is let go with the input. */
#define CASE_KEPT_BYTES ((size_t)8 * 1024 * 1024)
/* Memory ends there, of one: two sides of CASE_BYTES_SIDE, decoded; and of all that one input looked at and let go. */
#define KEPT_PIECE_BYTES_MAX ((size_t)64 * 1024 * 1024)
#define LET_GO_BYTES_MAX     KEPT_PIECE_BYTES_MAX

/* Memory of a kept case, or of one that is let go: it lasts until the input ends. */
struct kept_piece {
    struct arena *arena; /* this lies in it */
    struct kept_piece *next;
};

/* A case as it stands: all its letters in the order of filing, those of each side in effect, and what they fold into. */
struct case_look {
    const struct letter_row *rows;
    size_t count;
    const struct case_letters *sides;
    const struct case_fold *fold;
};

struct kept_case {
    struct case_id id;
    struct kept_piece *signed_part; /* what never changes; only grows. NULL: this place is free */
    struct kept_piece *state;       /* the rows as they are now, and what they fold into */
    struct case_letter *decoded;    /* of each row; letter NULL: it was never in effect */
    struct case_look look;
    uint64_t letters_stamp, calendars_stamp; /* of the store, when it was read; 0: to be read again */
    uint64_t looked;                         /* in the order of looks */
};

struct kept_cases {
    struct kept_case list[CASES_KEPT];
    struct kept_piece *let_go;
    size_t let_go_bytes;
    uint64_t looks;
};

/*
 * The case as it stands, valid until the input ends; of an id that is not known a case of nothing. False: memory ended, and the
 * arena counts as exhausted.
 */
MUST_USE bool case_look(struct node *, const struct case_id *, struct arena *, struct case_look *ret);
/* The input has ended, or nobody holds what he looked at: what was let go is freed. */
void kept_cases_settle(struct kept_cases *);
/* Something that cases are folded by is another one, and no table says so. */
void kept_cases_doubt(struct kept_cases *);
void kept_cases_free(struct kept_cases *);

#endif
