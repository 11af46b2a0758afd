/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables of a hold as data: lifecycle.def (letters), clocks.def, grounds.def. The fold, the check before signing,
 * "next" and docs/lifecycle.md all read these and hold no rule of their own.
 */
#ifndef COMITY_NODES_LIFECYCLE_H
#define COMITY_NODES_LIFECYCLE_H

#include "nodes/case.h"

/* --- letters --- */

enum cell_rule {
    CELL_FORBIDDEN, /* "-": may not be sent */
    CELL_STAY,      /* ".": no change */
    CELL_MOVE,      /* the item gets a new state */
    CELL_ASK,       /* opens an ask */
    CELL_NOTE,
    CELL_VOID,      /* recorded, shown, no effect: code */
    CELL_DUPLICATE, /* the case has its request */
    CELL_LATE,      /* an ask if accepted by the date of the hold that expired, else void */
};

struct cell {
    enum cell_rule rule;
    enum item_state to;      /* MOVE */
    enum item_result result; /* MOVE to ENDED; RESULT_NONE: by the letter's cause */
    const char *code;        /* VOID */
};

enum need {
    NEED_NOTHING,
    NEED_UNANSWERED,      /* ANSWER still runs */
    NEED_QUESTION_OPEN,   /* INFO is open on the item */
    NEED_WITHDRAWAL_OPEN, /* WITHDRAW is open on the item */
    NEED_NOT_YET_ASKED,   /* the row's own ask is not open yet */
    NEED_GRACE_PAST,      /* grace_until is past and no EXTEND is open (I11) */
    NEED_NO_EARLIER_END,  /* hold_until not before the one promised */
    NEED_LATER_END,       /* hold_until after the one promised */
};
#define NEEDS 8

struct lifecycle_row {
    const char *name; /* "RELEASED:EXPIRED" */
    enum letter_kind kind;
    enum release why; /* RELEASE_NONE: the only row of its letter */
    enum side side;
    unsigned signatures;
    struct cell cells[ITEM_ENDED + 1]; /* by enum item_state */
    enum need need;
    enum ask_kind opens, answers; /* 0: none */
    unsigned starts, stops;       /* CLOCK_BIT() of clocks */
};
#define CLOCK_BIT(name) (1U << CLOCK_##name)

/* All rows in the order of lifecycle.def. */
const struct lifecycle_row *lifecycle_rows(size_t *ret_count);
/* NULL when the letter says nothing, or is RELEASED without why. */
const struct lifecycle_row *lifecycle_row_of(const Comity__Letter *);
/* As lifecycle.md writes it: ".", "-", "O", "Z", "ask", "void:ENDED". static or a literal. */
const char *cell_text(const struct cell *);

/* What a need asks for, for people and for programs. */
const char *need_code(enum need); /* "TOO_EARLY" ... */
const char *need_text(enum need); /* a clause: what is not so when it fails */

/* What NOT_HELD ends an item with. */
enum item_result cause_result(enum cause);

/* The items a letter is about. */
struct targets {
    bool all;                          /* named none: all to which it applies */
    bool beyond;                       /* named one that the request does not have */
    bool named[CASE_ITEMS_MAX + 1];    /* by number, from 1 */
    bool blocking[CASE_ITEMS_MAX + 1]; /* INFO_ASKED; [0]: all of them */
};
void letter_targets(const Comity__Letter *, size_t item_count, struct targets *ret);
/* The list of item numbers a letter carries; false for one that has no such list (INFO_ASKED has one a question). */
bool letter_item_list(const Comity__Letter *, const uint32_t **ret, size_t *ret_count);
/* The hold_until a letter promises; ms 0 for none. */
struct instant letter_hold_until(const Comity__Letter *);

/* Is this ask open? item 0: of the case. NULL: no. */
struct case_ask *ask_find(struct case_fold *, enum ask_kind, uint32_t item);
bool ask_is_open(const struct case_fold *, enum ask_kind, uint32_t item);
/* STATUS is asked of the case, every other kind of an item. */
bool ask_is_of_case(enum ask_kind);

/* Does the row's need hold for the item at that moment? letter NULL: as far as can be said without one. */
bool need_holds(const struct lifecycle_row *, const struct case_fold *, const struct case_item *,
                const Comity__Letter *, uint64_t at_ms);

/* LATE: why an extension asked of an ended item has no effect; NULL: it has, and R owes an answer. */
const char *late_code(const struct case_item *, uint64_t accepted_ms);

/* --- clocks --- */

enum span_kind { SPAN_MS, SPAN_WORKDAYS, SPAN_HOLD_END };
struct span {
    enum span_kind kind;
    uint64_t amount; /* ms; working days; ms before hold_until */
};
struct clock_rule {
    const char *name; /* "LOOK" */
    const char *text; /* "look" */
    enum side owed_by;
    bool per_item;
    struct span spans[4]; /* by enum urgency; [0] as ROUTINE */
    const char *waits_for;
};
/* All clocks, by enum clock_name. */
const struct clock_rule *clock_rules(size_t *ret_count);

/* When a clock started at start_ms runs out; hold_until_ms for those that are counted back from it. */
uint64_t clock_deadline(enum clock_name, enum urgency, uint64_t start_ms, uint64_t hold_until_ms);
/* The same time of day n working days on: Monday to Friday by the civil date in UTC. A State's own calendar is not known. */
uint64_t workdays_after(uint64_t ms, uint64_t n);

#define HOLD_DAYS_FLOOR 60 /* art. 42(8) */
#define GRACE_MS        (72 * MS_PER_HOUR)

/* --- grounds --- */

enum ground_scope { GROUND_NO, GROUND_YES, GROUND_OUTSIDE /* no offence of arts 7-17 named */ };
struct ground_rule {
    enum ground ground;
    enum ground_scope scope[BASIS_OTHER + 1]; /* by enum basis */
    const char *text;
};
const struct ground_rule *ground_rules(size_t *ret_count);
bool ground_allowed(enum ground, const Comity__Request *);

#endif
