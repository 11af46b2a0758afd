/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters as officers draw them: letters.def has a template for each letter of the lifecycle table, here it
 * is filled in. What a letter may be about is read off the case as the officer's own node shows it (GET
 * case), and off the table.
 */
#ifndef COMITY_DRILLS_PLAY_LETTERS_H
#define COMITY_DRILLS_PLAY_LETTERS_H

#include "drills/play/cast.h"
#include "drills/play/coverage.h"
#include "drills/world/stream.h"
#include "nodes/lifecycle.h"

#define CANARY_TEXT 32 /* with the terminating zero */

/* A case as one side sees it. */
struct sight_item {
    enum item_state state;
    enum item_result result;
    uint64_t until_ms; /* it is held until; 0: it is not */
    unsigned asks;     /* 1 << enum ask_kind, open on it */
};
struct sight {
    const json_t *view; /* borrowed */
    enum side side;     /* whose view */
    wall_ms now;        /* of that side's clock */
    unsigned asks;      /* of the case itself */
    bool answer_runs;   /* the requested side has not said yet whether it will answer */
    size_t item_count;  /* 0: a new case, or one whose request is not there */
    struct sight_item items[CASE_ITEMS_MAX];
};
/* Members of a view: "" and 0 for what is not there, or is no text or moment. */
const char *sight_text(const json_t *object, const char *name);
uint64_t sight_ms(const json_t *object, const char *name);
/* view: the answer of GET case; NULL: a new case of side Q. */
void sight_read(const json_t *view, wall_ms now, struct sight *ret);

/* The row's entry in the table; enum cell_row counts its rows in their order. */
const struct lifecycle_row *row_of_table(enum cell_row);
/*
 * The numbers of the items that a letter of that row may be about now, as far as can be told without one, in
 * ret; how many. None for a letter of the other side, and for a REQUEST.
 */
size_t sight_fits(const struct sight *, enum cell_row, uint32_t ret[CASE_ITEMS_MAX]);

/*
 * Counts which states the items were in when the other side's letters met them, by folding what came before
 * each. Letters whose number is not above since were counted before; returns the highest counted. view: of
 * GET case.
 */
uint32_t sight_count_met(const json_t *view, uint32_t since, struct arena *, struct coverage *);

/* Who writes what about what. */
struct letter_scene {
    struct stream *stream;
    const struct cast_party *author;
    const struct sight *sight;
    const uint32_t *items; /* it may name these; none: it names no item */
    size_t item_count;
    char canary[CANARY_TEXT]; /* stands in each text that was drawn; "": there is none */
    bool odd; /* set when something was drawn that the rules forbid, or may: PREPARE may refuse the letter */
};
/*
 * The letter as PREPARE takes it, {"held": {...}}: a new reference. fields: members that replace those of the
 * template, as they are; null leaves the member out. May be NULL.
 */
json_t *letter_draw(enum cell_row, struct letter_scene *, const json_t *fields);

/*
 * A letter that no template is for, of what a plan says alone: fields, in which "@N" stands for the moment N hours after the
 * author's clock (@-1 before it), and "$request" for a request as it is drawn. fields may be NULL.
 */
json_t *letter_told(enum letter_kind, struct letter_scene *, const json_t *fields);

/* The items that a drawn letter names, in ret; how many (0: none, so all it applies to). */
size_t letter_names(const json_t *letter, uint32_t ret[CASE_ITEMS_MAX]);

#endif
