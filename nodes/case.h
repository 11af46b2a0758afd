/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A case as letters, and what they fold into. Q is the requesting side, R the requested side. Only R's letters move items; Q's
 * letters open or close asks; each R letter says what it had seen of Q's. So both sides fold the same letters into the same
 * case, whatever crossed. Time moves no state (docs/lifecycle.md; lifecycle.def is the table).
 *
 * The fold is pure: letters in, case out. It knows no store, no clock and no network.
 */
#ifndef COMITY_NODES_CASE_H
#define COMITY_NODES_CASE_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/faults.h"
#include "base/instant.h"
#include "base/zone.h"
#include "keys/roster.h"
#include "proto/codes.h"
#include "proto/ids.h"
#include "proto/wire.h"

#define CASE_ITEMS_MAX 64
#define CASE_ASKS_MAX  (3 * CASE_ITEMS_MAX + 1) /* INFO, WITHDRAW, EXTEND of each item; one STATUS */
#define CASE_DUES_MAX  512

enum side { SIDE_Q = 1, SIDE_R = 2 };

/* One letter of the case as stored. */
struct case_letter {
    enum side author;
    enum letter_kind kind;
    const Comity__Letter *letter;
    struct letter_id id;
    struct letter_id seen; /* the other side's last letter in effect when this was signed; zero: none */
    uint32_t case_seq;     /* the author's n-th, from 1 */
    uint64_t signed_ms;
    uint64_t accepted_ms; /* by the broker; 0: not yet. "In time" is judged by this */
    uint64_t
        delivered_ms; /* at_ms of the DELIVERED receipt of the other side's node; 0: on its way, folded by nobody */
    uint64_t opened_ms; /* at_ms of the OPENED receipt; 0: none known */
};

enum item_state { ITEM_ASKED = 1, ITEM_ORDERED, ITEM_HELD, ITEM_HELD_OPEN, ITEM_ENDED };
enum item_result {
    RESULT_NONE,
    RESULT_NOT_FOUND,
    RESULT_ELSEWHERE,
    RESULT_IMPOSSIBLE,
    RESULT_NOT_EXECUTED,
    RESULT_REFUSED,
    RESULT_WITHDRAWN,
    RESULT_EXPIRED,
};
enum case_state {
    CASE_SENT = 1,
    CASE_REQUESTED,
    CASE_ACKNOWLEDGED,
    CASE_ORDERED,
    CASE_HELD,
    CASE_HELD_OPEN,
    CASE_CLOSED
};
const char *item_state_name(enum item_state);   /* "ASKED" ... */
const char *item_result_name(enum item_result); /* "NOT_FOUND" ..., "" for none */
const char *case_state_name(enum case_state);   /* "REQUESTED" ... */

struct case_item {
    uint32_t number; /* from 1 */
    enum item_state state;
    enum item_result result;
    struct instant held_from, hold_until; /* ms 0: none */
    uint64_t grace_until_ms;              /* no RELEASED:EXPIRED before it */
    const char *zone;                     /* of hold_until */
    uint64_t data_dies_ms;                /* 0: unknown */
    size_t moved_by; /* index into the folded order of the letter that gave it its state */
};

/* Something one side owes the other an answer to. One of a kind is open for an item at a time. */
enum ask_kind { ASK_INFO = 1, ASK_WITHDRAW, ASK_EXTEND, ASK_STATUS };
struct case_ask {
    enum ask_kind kind;
    enum side owed_by;
    uint32_t item; /* 0: the case */
    bool blocking; /* INFO: the item waits for the answer */
    bool late;     /* EXTEND: accepted in time, met an item already released as expired */
    const struct case_letter *opened_by; /* the last one, where questions were asked again */
};

/* A running clock: who owes what, until when. */
enum clock_name {
#define CLOCK(name, ...) CLOCK_##name,
#include "nodes/clocks.def"
#undef CLOCK
};
const char *clock_text(enum clock_name); /* "look", "answer", "decide" ... */
struct case_due {
    enum clock_name clock;
    enum side owed_by;
    uint32_t item;    /* 0: the case */
    uint64_t when_ms; /* deadline */
    bool paused;      /* waits for the other side */
};

/* What became of each letter given to the fold, in the folded order. */
enum letter_effect {
    EFFECT_FOLDED = 1,
    EFFECT_NOTED,     /* no state, no ask */
    EFFECT_VOID,      /* recorded, shown on both sides, no effect: void_code */
    EFFECT_BREACH,    /* an R letter the table forbids: stored, shown, not folded */
    EFFECT_ON_ITS_WAY /* a Q letter without a delivered receipt */
};
const char *letter_effect_name(enum letter_effect);
struct folded_letter {
    const struct case_letter *letter;
    enum letter_effect effect;
    const char *void_code; /* "ENDED", "TOO_EARLY" ...; "" */
    bool outside_treaty;   /* a refusal outside the list: folded and flagged */
};

struct case_fold {
    enum case_state state;
    enum lane lane; /* by the request's urgency */
    size_t item_count, ask_count, due_count, letter_count;
    struct case_item items[CASE_ITEMS_MAX];
    struct case_ask asks[CASE_ASKS_MAX];
    struct case_due dues[CASE_DUES_MAX]; /* in order of when_ms, then clock, then item */
    struct folded_letter *letters;       /* letter_count, in the arena */
    const Comity__Request
        *request; /* NULL: no request yet; in CASE_SENT the one on its way, its items ASKED */
    const struct case_letter *last_q, *last_r; /* last in effect of each side, void or not; NULL */
};

/*
 * Folds the letters of one case: q and r each in order of case_seq, from 1 without hole. False only when the arena ends.
 */
MUST_USE bool case_fold(const struct case_letter *q, size_t q_count, const struct case_letter *r,
                        size_t r_count, struct arena *, struct case_fold *ret);

/* What the rules of a letter may look at. */
struct letter_terms {
    const struct roster *roster;
    const struct party *q, *r;
    const struct zone
        *r_zone; /* NULL: not known here (the requesting side): local-midnight rules are not checked */
    wall_ms now; /* when it is prepared, or signed_ms when a received one is checked */
};

/*
 * Before signing: the completeness check and the table together, every missing or wrong field and every rule the letter
 * breaks against the case as folded so far (fold NULL: a new case). author is who would sign. No fault: the letter may
 * be signed by letter_signatures_needed() officers.
 *
 * Paths are those of the letter's own body in its JSON spelling, elements counted from 0: "items[1].period.from".
 */
void letter_check(const Comity__Letter *, enum side author, const struct case_fold *,
                  const struct letter_terms *, struct faults *);
/*
 * On arrival (check 25): is it a letter of that side, and complete by itself? What the table forbids, a refusal outside
 * the treaty and a number that left the roster are no faults here: such a letter is a fact, filed and flagged by the fold.
 */
void letter_check_arrived(const Comity__Letter *, enum side author, const struct letter_terms *,
                          struct faults *);
/* By the table; 0 for what is no letter. */
unsigned letter_signatures_needed(enum letter_kind, const Comity__Letter *);

/*
 * The letters that side may send at that moment, by the table: kinds, ascending, in a list ended by LETTER_NONE. For
 * "next". fold NULL: a new case.
 */
void letter_next(const struct case_fold *, enum side, wall_ms now, enum letter_kind ret[LETTER_KINDS + 1]);

/*
 * The least hold_until: the first local midnight of the zone at or after held_from + 60 x 24 h (or days, if longer). That
 * moment itself where the zone is NULL.
 */
uint64_t hold_floor_ms(uint64_t held_from_ms, uint32_t days, const struct zone *);

#endif
