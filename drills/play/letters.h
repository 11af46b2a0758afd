/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Letters as officers draw them: letters.def has a template for each letter of the lifecycle table, here it
 * is filled in. What a letter may be about the officer's own node says (NEXT), or is read off the case as it shows it (GET case) and off
 * the table.
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
    const json_t *view;   /* borrowed */
    enum machine machine; /* MACHINE_NONE: a new case, or one whose request is not there */
    enum side side;       /* whose view */
    wall_ms now;          /* of that side's clock */
    unsigned asks;        /* of the case itself */
    bool answer_runs;     /* the requested side has not said yet whether it will answer */
    size_t item_count;    /* 0: a new case, or one whose request is not there */
    struct sight_item items[CASE_ITEMS_MAX];
};
/* Members of a view: "" and 0 for what is not there, or is no text or moment. */
const char *sight_text(const json_t *object, const char *name);
uint64_t sight_ms(const json_t *object, const char *name);
/* view: the answer of GET case; NULL: a new case of side Q. */
void sight_read(const json_t *view, wall_ms now, struct sight *ret);

/* The row's entry in the table; enum cell_row counts its rows in their order. */
const struct lifecycle_row *row_of_table(enum cell_row);
/* The row that opens a case of that machine. */
enum cell_row row_of_request(enum machine);
/* The row of an entry of NEXT in a case of that machine; ROW_COUNT: none. */
enum cell_row row_of_move(enum machine, const json_t *move);
/* The machine of a request of that type: "PRESERVE" ...; MACHINE_NONE. */
enum machine machine_of_type(const char *type);
/*
 * The numbers of the items that a letter of that row may be about now, as far as can be told without one, in
 * ret; how many. None for a letter of the other side, or of another machine than the case's, and for one that opens a case.
 */
size_t sight_fits(const struct sight *, enum cell_row, uint32_t ret[CASE_ITEMS_MAX]);

/*
 * Counts which states the items were in when the other side's letters met them, by folding what came before
 * each. Letters whose number is not above since were counted before; returns the highest counted. view: of
 * GET case.
 */
uint32_t sight_count_met(const json_t *view, uint32_t since, struct arena *, struct coverage *);

/* Another case that a letter may name. */
struct scene_case {
    char id[33];        /* 32 hexadecimal digits */
    const char *holder; /* the address of its requested party */
};
#define SCENE_CASES_MAX 4

/* Who writes what about what. */
struct letter_scene {
    struct stream *stream;
    const struct cast_party *author, *other; /* other: NULL: it is not known */
    const char *sibling;                     /* another party of the author's State; "": there is none */
    const struct sight *sight;
    const uint32_t *items; /* it may name these; none: it names no item */
    size_t item_count;
    bool exact;               /* it names them all */
    enum item_state restates; /* the state of the first item in TAKEN_OVER; 0: any */
    struct scene_case cases[SCENE_CASES_MAX];
    size_t case_count;
    bool told;                /* by a plan: what it does not say is not drawn, where it can be left out */
    char canary[CANARY_TEXT]; /* stands in each text that was drawn; "": there is none */
    bool odd; /* set when something was drawn that the rules forbid, or may: PREPARE may refuse the letter */
};
/*
 * The letter as PREPARE takes it, {"held": {...}}: a new reference. fields: members that replace those of the
 * template, as they are but for "@N", the moment N hours after the author's clock (@-1 before it), and "$request", a request as it is
 * drawn; null leaves the member out. May be NULL.
 */
json_t *letter_draw(enum cell_row, struct letter_scene *, const json_t *fields);

/* The items that a drawn letter names, in ret; how many (0: none, so all it applies to). */
size_t letter_names(const json_t *letter, uint32_t ret[CASE_ITEMS_MAX]);

#endif
