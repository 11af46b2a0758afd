/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables as data: machines.def, lifecycle.def (letters), needs.def, asks.def, clocks.def, grounds.def. The fold, the check
 * before signing, "next" and docs/lifecycle.md all read these and hold no rule of their own.
 */
#ifndef COMITY_NODES_LIFECYCLE_H
#define COMITY_NODES_LIFECYCLE_H

#include "nodes/case.h"
#include "nodes/letter_opens.h"
#include "nodes/letter_parts.h"

/* --- machines --- */

struct machine_rule {
    const char *name;           /* "HOLD" */
    const char *text;           /* "hold" */
    Comity__Request__Type type; /* of its request */
    bool lists_items;           /* false: a request that lists none counts as one item */
    const char *letters;        /* of its states, in their order: "AOHMZ" */
    const enum item_state *states,
        *first; /* its states; those the case takes its state from, in that order */
    size_t state_count, first_count;
};
/* By enum machine, from 1. NULL: none. */
const struct machine_rule *machine_rule(enum machine);
/* The states of its items in the order of the cells. */
const enum item_state *machine_states(enum machine, size_t *ret_count);
/* By the type of the request; MACHINE_NONE when it has none. */
enum machine machine_of(const Comity__Request *);
/* How many items a request brings: those it lists, or one. 0: none, or more than CASE_ITEMS_MAX. */
size_t machine_items(const Comity__Request *);

/* --- letters --- */

enum cell_rule {
    CELL_FORBIDDEN, /* "-": may not be sent; also: the machine has no such state */
    CELL_STAY,      /* ".": no change */
    CELL_MOVE,      /* the item gets a new state */
    CELL_MOVE_HOLD, /* held, or held open where a link is open on the item */
    CELL_ADD_LINK,
    CELL_OPEN_LINK, /* adds a link: held open */
    CELL_END_LINK,
    CELL_END_LINK_HOLD, /* ends a link; without one left it is held to the letter's date */
    CELL_ASK,           /* opens asks */
    CELL_NOTE,
    CELL_VOID,      /* recorded, shown, no effect: code */
    CELL_DUPLICATE, /* the case has its request */
    CELL_LATE,      /* an ask if accepted by the date of the hold that expired, else void */
};

struct cell {
    enum cell_rule rule;
    enum item_state
        to; /* MOVE; MOVE_HOLD, OPEN_LINK and END_LINK_HOLD: HELD or HELD_OPEN, whichever the rule names first */
    enum item_result result; /* MOVE to ENDED; RESULT_NONE: by the letter's cause */
    const char *code;        /* VOID */
};

enum need {
#define NEED(word, ...) NEED_##word,
#include "nodes/needs.def"
#undef NEED
    NEEDS
};
#define NEED_BIT(need) (1U << (need))
/* What becomes of a letter that comes although its need does not hold (needs.def). */
enum need_effect { NEED_SIGN, NEED_VOID, NEED_FLAG };

struct lifecycle_row {
    enum machine machine;
    const char *name; /* "RELEASED:EXPIRED" */
    enum letter_kind kind;
    enum letter_why why; /* WHY_NONE: the row of all that say nothing else */
    enum side side;
    unsigned signatures; /* 0: the node alone */
    bool early;          /* R's choice to hold no longer: flagged before the date it had promised */
    struct cell cells[ITEM_STATES]; /* by enum item_state; see machine_states() */
    unsigned needs;                 /* NEED_BIT() */
    unsigned opens, answers;        /* ASK_BIT() */
    unsigned starts, stops;         /* CLOCK_BIT() */
};
#define CLOCK_BIT(clock) (1U << (clock))

/* All rows in the order of lifecycle.def: the rows of a machine lie together. */
const struct lifecycle_row *lifecycle_rows(size_t *ret_count);
/* The row of what the letter says, in that machine. NULL: it has no such letter, or the letter does not say why. */
const struct lifecycle_row *lifecycle_row_of(enum machine, const Comity__Letter *);
/*
 * The first row of the letter in any machine: who writes it, and how many sign, are the same in all (but for REQUEST, whose
 * row is that of its type). NULL: it says nothing, or not why.
 */
const struct lifecycle_row *lifecycle_row_any(const Comity__Letter *);
/* As docs/lifecycle.md writes it: ".", "-", "O", "H/M", "Z", "ask", "M+", "void:ENDED" without "void:". static or a literal. */
const char *cell_text(enum machine, const struct cell *);
/* "A" ... of a state in that machine; "?" when it has no such state. */
const char *state_letter(enum machine, enum item_state);

/* Where a need is judged. */
struct need_scene {
    const struct lifecycle_row *row;
    const struct case_fold *fold;
    const struct case_item *item;
    const Comity__Letter *letter; /* NULL: as far as can be said without one */
    uint64_t at_ms;               /* signed, or now */
};
bool need_holds(enum need, const struct need_scene *);
/* The first of the row's needs that does not hold; NEEDS: all do. among: only these. */
enum need need_failing(const struct need_scene *, unsigned among);
unsigned needs_of(enum need_effect); /* NEED_BIT() of each of that effect */
/* For programs and for people. */
const char *need_name(enum need); /* "GRACE_PAST" ... */
const char *need_code(enum need); /* "TOO_EARLY" ... */
const char *need_text(enum need); /* a clause: what is not so when it fails */

/*
 * Why the letter of that row has no business with the item now: by the cell of its state, then by what the row needs. code
 * NULL: it may be sent. Every refusal has a code and a text (static or a literal).
 */
struct cell_refusal {
    const char *code, *text;
};
struct cell_refusal cell_refusal(const struct need_scene *);

/* What NOT_HELD ends an item with. */
enum item_result cause_result(enum cause);

/* LATE: why an extension asked of an ended item has no effect; NULL: it has, and R owes an answer. */
const char *late_code(const struct case_item *, uint64_t accepted_ms);

/* --- asks --- */

struct ask_rule {
    const char *name; /* "INFO" */
    const char *text;
    enum side owed_by; /* SIDE_NONE: the side that did not ask */
    bool per_item;
    unsigned closed_by; /* STATE_BIT() */
};
#define STATE_BIT(state) (1U << (state))
const struct ask_rule *ask_rule(enum ask_kind); /* of one that is */

/* --- clocks --- */

enum span_kind { SPAN_MS, SPAN_WORKDAYS, SPAN_HOLD_END, SPAN_HOLD_LEAD };
struct span {
    enum span_kind kind;
    uint64_t amount;  /* ms; working days */
    bool stated;      /* the letter's own date where it has one */
    bool within_hold; /* never after the date of a hold that runs */
};
struct clock_rule {
    const char *name;  /* "LOOK" */
    const char *text;  /* "look" */
    enum side owed_by; /* SIDE_NONE: the side that did not write the letter that starts it */
    bool per_item;
    struct span spans[4]; /* by enum urgency; [0] as ROUTINE */
    unsigned starts_in;   /* STATE_BIT() of an item in which it can start */
    unsigned goes_with;   /* ASK_BIT(): runs only while one of these is open; 0: by itself */
    unsigned paused_by;   /* ASK_BIT() */
    const char *waits_for;
};
/* All clocks, by enum clock_name. */
const struct clock_rule *clock_rules(size_t *ret_count);

/* When a clock runs out. */
struct clock_scene {
    enum urgency urgency;
    enum side owed_by;
    uint64_t roster; /* of the letter that starts it; 0: not known */
    uint64_t start_ms;
    uint64_t stated_ms;                 /* the letter's own date; 0: none */
    uint64_t hold_until_ms;             /* of the item; 0: none */
    bool hold_runs;                     /* the item is held to that date */
    const struct case_setting *setting; /* may be NULL */
};
uint64_t clock_deadline(enum clock_name, const struct clock_scene *);
/*
 * Until when Q may answer what R put to it: the date that R stated, but no earlier than the clock that goes with it ends
 * without one, from when the broker accepted the letter that put it last; else R could make Q's silence within a second. By
 * the urgency of the request itself: R's class may not shorten it. 0: not known yet.
 */
uint64_t ask_by_ms(const struct case_fold *, const struct case_ask *);
/* The same time of day n working days on: Monday to Friday by the civil date in UTC. */
uint64_t workdays_after(uint64_t ms, uint64_t n);

#define HOLD_DAYS_FLOOR 60 /* art. 42(8) */
#define HOLD_LEAD_DAYS  10
#define AFTER_MLA_DAYS  14
#define GRACE_MS        (72 * MS_PER_HOUR)

/* --- grounds --- */

/* The letters that need a ground. */
enum ground_letter {
    GROUND_LETTER_NONE,
    REFUSES_HOLD,
    REFUSES_EXTENSION,
    WITHHOLDS_43,
    REFUSES_MLA_21, /* by paragraph 21 of art. 40 */
    REFUSES_MLA,
    GROUND_LETTERS
};
#define GROUND_LETTER_BIT(letter) (1U << (letter))
#define GROUND_IF_OUTSIDE         (1U << 16) /* no offence named is one that the instrument establishes */
#define GROUND_IF_CONFISCATION    (1U << 17) /* confiscation is asked for */
struct ground_rule {
    enum ground ground;
    unsigned letters[BASIS_OTHER +
                     1]; /* by enum basis: GROUND_LETTER_BIT() of those it may stand in, and conditions */
    const char *text;
};
const struct ground_rule *ground_rules(size_t *ret_count);
bool ground_allowed(enum ground_letter, enum ground, const Comity__Request *);
/* Which of them it is, and its ground; GROUND_LETTER_NONE and *ret untouched for one that needs none. */
enum ground_letter ground_letter_of(enum machine, const Comity__Letter *, enum ground *ret);
/* Is it a refusal on a ground that the legal basis of the request does not have? */
bool ground_is_outside(enum machine, const Comity__Letter *, const Comity__Request *);

#endif
