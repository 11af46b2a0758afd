/* SPDX-License-Identifier: Apache-2.0 */
/* What the node shows: parts of cases as JSON (docs/api.yaml), and a letter as text. */
#ifndef COMITY_NODES_VIEW_H
#define COMITY_NODES_VIEW_H

#include "nodes/command.h"

/* A case as it is looked at: its line, its fold and all its letters. */
struct view {
    struct call *call;
    struct case_row row;
    const struct case_fold *fold;
    const struct letter_row *letters; /* in the order of filing */
    size_t letter_count;
    const struct letter_row **by_id; /* the same, in the order of their ids */
    bool all_letters;                /* whole, not only the last ones */
    bool no_letters;                 /* how it stands, without them and the ladder that they climbed */
};

/* Loads the fold and the letters of view->row. False when it answered. */
bool view_load(struct call *, struct view *);
/* Which case it is: its names, type, state, sides and their zones. */
/* "exercise" of a case that belongs to one. */
void put_exercise(struct call *, json_t *, const struct case_row *);
void view_head(const struct view *, json_t *);

/* --- the same on both sides once all is delivered (I5): nothing in them knows the time or the viewer --- */
/* Where the case goes on, and where it comes from, where another party of the requested State has, or had, it. */
void put_moved(const struct view *, json_t *);
json_t *view_items(const struct view *);
/* "rows" of an item that was asked for in rows: how many, and numbers and ranges of those answered so far and not yet. */
void put_rows(const struct view *, json_t *, const struct case_item *);
json_t *view_asks(const struct view *);
json_t *view_owed(const struct view *);

/* --- one side's --- */
json_t *view_ladder(const struct view *);
json_t *view_letters(const struct view *);
json_t *view_genuine(const struct view *);
json_t *view_next(const struct view *); /* kinds; all there is to know of each: view_moves.c */
json_t *view_flags(const struct view *);

/* Text of a party's side of a case. */
const char *view_side_address(const struct case_row *, enum side);
const char *side_text(enum side own); /* "requesting" */
/* The stored row of a letter, NULL when there is none. */
const struct letter_row *view_letter_row(const struct view *, const struct letter_id *);

/* --- a page of a list (view_page.c): its query has "limit" and, but for the first, "after", the "more" of the page before --- */

/* At most max entries; *ret_after NULL: the first page. False when it answered. */
bool page_asked(struct call *, size_t max, size_t *ret_max, const char **ret_after);
/* A number of such a place, with the dot behind it. False: there is none. */
bool place_number(const char **at, uint64_t *ret);
/* That is no place, or no limit. */
void answer_no_page(struct call *);

/* A party as the roster has it, without its keys; what it does not publish is left out. */
json_t *view_party(struct call *, const struct party *);

/* Why what waits here has not reached the broker, as in WHY; NULL: nothing waits. A new reference. */
json_t *view_waiting_because(struct call *);
/* "hook_failing", where the hook program could not be told lately. */
void view_hook_trouble(struct call *, json_t *);
/* Why there is no link, as a line that can be shown; "" when there is one or nothing is known. */
const char *view_link_trouble(struct call *);

/*
 * A letter as its officers should see it before they sign: made from the very bytes to be signed. Every line of a text
 * inside it begins with "| ", so that no text can look like another field. NULL when the arena ends.
 */
const char *view_reading(struct call *, struct bytes context, struct bytes letter);

#endif
