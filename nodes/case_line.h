/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The line of a case in lists: made from its fold whenever the case is renewed, so that an inbox over any number of cases reads
 * lines in order and folds none. What depends on the time of looking (overdue, a date that is near) is not in it, but for what
 * ends by itself: a case is renewed when its data die, or a letter has been on its way for too long (ends_ms).
 */
#ifndef COMITY_NODES_CASE_LINE_H
#define COMITY_NODES_CASE_LINE_H

#include "nodes/letters.h"

/*
 * Where a line stands: loss of data or life that can still be averted (of it, life goes first), what we owe (of it, legal dates that
 * are near go before promises), what nobody of us has read, what they owe, the rest. Stored: numbers stay.
 */
enum line_rank { LINE_LOSS = 1, LINE_OWED, LINE_READ, LINE_THEIRS, LINE_REST };

/* Dates that only this side knows; they stand beside the clocks of clocks.def, whose numbers are below. */
#define CLOCK_RENEW ((enum clock_name)64) /* a domestic order has to be renewed (orders.h) */
#define CLOCK_START ((enum clock_name)65) /* the last day to begin a request for assistance */
#define CLOCK_TAKE_OVER                                                                                      \
    ((enum clock_name)66) /* a case of theirs that moved: somebody has to have taken it over */
#define CLOCK_UNDELIVERED                                                                                    \
    ((enum clock_name)67)                   /* FLAG_UNDELIVERED, since then; alarms alone have it, no line */
#define CLOCK_FAILED  ((enum clock_name)68) /* FLAG_FAILED, since that was known; item: its number of filing */
#define CLOCK_LAST    CLOCK_FAILED
#define RENEW_LEAD_MS (10 * MS_PER_DAY) /* before the order ends */
/* As clock_text(), for these, too. */
const char *line_clock_text(enum clock_name);
/* UNDELIVERED and FAILED: of one of our letters, and no date of the case. */
bool line_clock_is_of_letter(enum clock_name);

/* Words of a line, bit by bit. Stored: numbers stay. */
enum line_flag {
#define FLAG(word, bit, text) FLAG_##word = 1 << (bit),
#include "nodes/line_flags.def"
#undef FLAG
};
/* Calls with the word of each flag that is set, in the order of line_flags.def. */
void line_flag_words(unsigned flags, void (*say)(void *context, const char *word), void *context);
const char *line_rank_word(enum line_rank); /* "LOSS" */

/* How long a letter of ours may be on its way in an emergency, and in an urgent case, before people are told. */
#define UNDELIVERED_EMERGENCY_MS (10 * MS_PER_MINUTE)
#define UNDELIVERED_URGENT_MS    (8 * MS_PER_HOUR)

struct case_line {
    enum line_rank rank;
    uint64_t at_ms;    /* within the rank */
    uint64_t legal_ms; /* our first legal date that runs; 0: none */
    enum urgency urgency;
    const char *type;   /* "PRESERVE" */
    const char *target; /* the first identifier, or the description, and the custodian */
    size_t items, held;
    uint64_t held_until_ms; /* the earliest promise that runs; 0: none */
    uint64_t
        dies_ms; /* when data vanish that nobody holds yet: the next, else those that are dead; 0: not known */
    uint64_t order_until_ms; /* when the first domestic order under it ends; 0: none */
    uint64_t safe_start_ms;  /* see CLOCK_START; 0: does not run */
    unsigned flags;          /* enum line_flag */
    enum clock_name what;    /* what is owed first, by us or else by them; valid when due_ms is not 0 */
    uint32_t item;           /* 0: the case */
    uint64_t due_ms;
    bool ours;
    uint64_t waits; /* bit number - 1 of each item that waits for an answer of theirs */
    bool has_twin;  /* another case asks for the same (fingerprint.h) */
    struct case_id twin;
    uint64_t late_ms; /* see CLOCK_UNDELIVERED; 0: does not run. Not stored, nor the next */
    uint64_t ends_ms; /* when it is another one though nothing happens; 0: it stays as it is. Not stored */
};

/* What the line takes from this node's own records. */
struct line_records {
    uint64_t now_ms;
    const Comity__Request *failed;     /* see letters_failed_request(); NULL: none, or the case began */
    uint64_t renew_ms, order_until_ms; /* of the first order that runs under the case; 0: none */
    uint32_t renew_order;              /* its number */
    bool renew_watched;                /* this is the case where its renewal is watched */
    uint64_t moved_ms;                 /* see CLOCK_TAKE_OVER; 0: does not run */
    bool taken;                        /* somebody has the case */
    bool order_missing;                /* an item is held without an order that is recorded */
    uint64_t mla_lead_ms;              /* how long a request for assistance takes here */
    bool has_twin;
    struct case_id twin;
};
void case_line_make(const struct case_row *, const struct case_fold *, const struct line_records *,
                    struct arena *, struct case_line *ret);

/* --- as stored --- */

void store_line_put(struct store *, const struct case_row *, const struct case_line *);

/* What only this node knows of it, as it is stored; false: it has no line yet. */
MUST_USE bool store_line_look(struct store *, const struct case_id *, struct case_line *ret);

/* A line with the row of its case and who has it. */
struct listed_line {
    struct case_row row; /* as case_get(), without the counts of letters */
    struct case_line line;
    bool taken;
    struct public_key taken_by;
};
/* A place in the order of lines: behind this one. */
struct line_place {
    bool exercise;
    enum line_step {
        STEP_LIFE,
        STEP_LOSS,
        STEP_LEGAL,
        STEP_PROMISE,
        STEP_READ,
        STEP_THEIRS,
        STEP_REST,
        STEPS
    } step;
    uint64_t at_ms;
    struct case_id id;
    bool any; /* the first of the step: at_ms and id do not count */
};
/* The next lines of that step behind the place; near_ms: legal dates up to it go before promises. Returns how many. */
size_t store_lines(struct store *, const struct line_place *, uint64_t near_ms, size_t max, struct arena *,
                   struct listed_line *ret);
/* The line of one case. False: it has none. */
MUST_USE bool store_line_get(struct store *, const struct case_id *, struct arena *, struct listed_line *ret);
/* The step that it stands in, and the time in it. */
enum line_step line_step(const struct case_line *, uint64_t near_ms, uint64_t *ret_at_ms);
/* Lines from a rank on, live and of exercises. */
uint64_t store_lines_from(struct store *, enum line_rank);

#endif
