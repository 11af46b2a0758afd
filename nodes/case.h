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
#define CASE_LINKS_MAX 32 /* requests for assistance that keep holds of one case open at a time */

enum side { SIDE_NONE = 0, SIDE_Q = 1, SIDE_R = 2 };

/* What a case is: fixed by the letter that opens it. */
enum machine {
    MACHINE_NONE = 0,
#define MACHINE(word, ...) MACHINE_##word,
#include "nodes/machines.def"
#undef MACHINE
    MACHINES
};
const char *machine_name(enum machine); /* "HOLD" ... */
const char *machine_text(enum machine); /* "hold" ... */

/* One letter of the case as stored. */
struct case_letter {
    enum side author;
    enum letter_kind kind;
    const Comity__Letter *letter;
    struct letter_id id;
    struct letter_id seen; /* the other side's last letter in effect when this was signed; zero: none */
    uint32_t case_seq;     /* the author's n-th, from 1 */
    uint64_t roster;       /* the version it was signed under; 0: not known */
    uint64_t signed_ms;
    uint64_t accepted_ms; /* by the broker; 0: not yet. "In time" is judged by this */
    uint64_t
        delivered_ms; /* at_ms of the DELIVERED receipt of the other side's node; 0: on its way, folded by nobody */
    uint64_t opened_ms; /* at_ms of the OPENED receipt; 0: none known */
};

enum item_state {
    ITEM_ASKED = 1,
    ITEM_ORDERED,
    ITEM_HELD,
    ITEM_HELD_OPEN,
    ITEM_ENDED,
    ITEM_CONSULTING,
    ITEM_POSTPONED,
    ITEM_EXECUTING,
    ITEM_DELIVERED,
    ITEM_AGREED,
    ITEM_LINKED,
};
#define ITEM_STATES 12 /* arrays by enum item_state; 0 is none */

enum item_result {
    RESULT_NONE,
    RESULT_NOT_FOUND,
    RESULT_ELSEWHERE,
    RESULT_IMPOSSIBLE,
    RESULT_NOT_EXECUTED,
    RESULT_REFUSED,
    RESULT_WITHDRAWN,
    RESULT_EXPIRED,
    RESULT_REFERRED,
    RESULT_MOVED,
    RESULT_STOPPED,
    RESULT_ABANDONED,
    RESULT_UNCONFIRMED,
    RESULT_DISCLOSED,
    RESULT_LAW_END,
    RESULT_LOST,
    RESULT_NOTHING_OBTAINED,
    RESULT_COMPLETED,
    RESULT_ANSWERED,
    RESULT_DECLINED,
    RESULT_TAKEN,
    RESULT_REACHED,
    RESULT_SILENT,
    RESULT_NO_CONSENT,
    RESULT_CLOSED,
};
#define ITEM_RESULTS 25

enum case_state {
    CASE_SENT = 1,
    CASE_REQUESTED,
    CASE_ACKNOWLEDGED,
    CASE_ORDERED,
    CASE_HELD,
    CASE_HELD_OPEN,
    CASE_CLOSED,
    CASE_CONSULTING,
    CASE_POSTPONED,
    CASE_EXECUTING,
    CASE_DELIVERED,
    CASE_AGREED,
    CASE_LINKED,
};
const char *item_state_name(enum item_state);   /* "ASKED" ... */
const char *item_result_name(enum item_result); /* "NOT_FOUND" ..., "" for none */
const char *case_state_name(enum case_state);   /* "REQUESTED" ... */

/* What was said of an item besides its state, where a rule asks for it (needs.def). */
enum conditions { CONDITIONS_NONE, CONDITIONS_PUT, CONDITIONS_ACCEPTED, CONDITIONS_REJECTED };
struct item_facts {
    bool consulted;              /* a CONSULT was answered since the item was asked for */
    bool content;                /* SPONTANEOUS: the information came */
    bool assisted;               /* HOLD: assistance that it was held for was completed */
    bool received_well;          /* MLA: the final part was found good */
    enum conditions conditions;  /* MLA: what became of those put last */
    uint32_t finals;             /* MLA: how often the final part was sent, ... */
    uint32_t final_number;       /* ... the number of the last one, ... */
    uint64_t receipt_by_ms;      /* ... and when its receipt was owed; 0: it does not say */
    uint64_t cannot_continue_ms; /* when the first warning of CANNOT_CONTINUE was signed; 0: there was none */
};

struct case_item {
    uint32_t number; /* from 1 */
    const Comity__Item
        *asked; /* as the request or supplement has it; NULL: the request lists none and is itself the item */
    enum item_state state;
    enum item_result result;
    struct instant held_from, hold_until; /* ms 0: none */
    uint64_t grace_until_ms;              /* no RELEASED:EXPIRED before it */
    const char *zone;                     /* of hold_until */
    uint64_t data_dies_ms;                /* the earliest that request or hold names; 0: unknown */
    uint32_t links;                       /* how many of the case's links keep it open */
    struct item_facts facts;
    bool restated;   /* it came from another case, as TAKEN_OVER says */
    size_t moved_by; /* index into the folded order of the letter that gave it its state */
};

static inline bool item_is_held(const struct case_item *item)
{
    return item->state == ITEM_HELD || item->state == ITEM_HELD_OPEN;
}

/* A request for assistance that keeps items open. */
struct case_link {
    const char *reference; /* "": it has none that is known */
    struct case_id mla;    /* its case in this network */
    bool known;            /* mla is known */
    bool late;             /* it was received after the date of a hold that it keeps open */
    uint64_t items;        /* bit number - 1 of each item it keeps open; 0: ended */
    uint64_t received_ms;  /* by the central authority; 0: not said */
};

/* Something one side owes the other an answer to. One of a kind is open for an item at a time. */
enum ask_kind {
    ASK_NONE = 0,
#define ASK_KIND(word, ...) ASK_##word,
#include "nodes/asks.def"
#undef ASK_KIND
    ASK_KINDS
};
#define ASK_BIT(kind) (1U << (kind))
const char *ask_name(enum ask_kind); /* "INFO" ...; "?" for none */
const char *ask_text(enum ask_kind); /* "the answer to a question" ... */
struct case_ask {
    enum ask_kind kind;
    enum side owed_by;
    uint32_t item; /* 0: the case */
    bool blocking; /* INFO: the item waits for the answer */
    bool late;     /* EXTEND: accepted in time, met an item already released as expired */
    uint32_t
        times; /* how often it was put: from 2 on with a reminder, which is one that came after the date */
    uint64_t since_ms; /* when it was first put (signed) */
    uint64_t
        by_ms; /* when the last letter says the answer is owed; 0: it does not say. Rules ask ask_by_ms() */
    bool default_stop;                   /* WARN: without a decision the requested side stops */
    size_t opened_at;                    /* index into the folded order of the letter that first put it */
    const struct case_letter *opened_by; /* the last one, where it was put again */
};
/* Each kind once: on every item, or on the case. */
enum {
    CASE_MOST_ITEM = CASE_ITEMS_MAX,
    CASE_MOST_CASE = 1,
    CASE_ASKS_MAX = 0
#define ASK_KIND(word, owes, scope, ...) +CASE_MOST_##scope
#include "nodes/asks.def"
#undef ASK_KIND
};

/* A running clock: who owes what, until when. The numbers are stored: new ones are added at the end of clocks.def. */
enum clock_name {
#define CLOCK(name, ...) CLOCK_##name,
#include "nodes/clocks.def"
#undef CLOCK
    CLOCKS
};
const char *clock_text(enum clock_name); /* "look", "answer", "decide" ... */
struct case_due {
    enum clock_name clock;
    enum side owed_by;
    uint32_t item;                      /* 0: the case */
    bool paused;                        /* waits for the other side */
    bool own_date;                      /* a letter or the hold says when, whatever the urgency */
    uint64_t when_ms;                   /* deadline */
    uint64_t start_ms;                  /* it runs from then; 0 with an own date: not known yet */
    uint64_t roster;                    /* of the letter that started it */
    uint64_t waited_ms, paused_from_ms; /* how long it was paused; since when it is */
};
enum {
    CASE_DUES_MAX = 0
#define CLOCK(word, text, owes, scope, ...) +CASE_MOST_##scope
#include "nodes/clocks.def"
#undef CLOCK
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
    bool without_consult;  /* a refusal that owed a consultation: folded and flagged */
    bool code42_8;   /* R ended a hold before its date or while held open: folded and flagged (art. 42(8)) */
    bool acted;      /* rules of the own State gave way to an emergency: the letter says which and why */
    unsigned states; /* how it stood after it: STATE_BIT() of those its items were in, ... */
    unsigned open;   /* ... ASK_BIT() of what was asked of the case or an item, whoever owed it */
};

struct case_fold {
    enum machine machine; /* MACHINE_NONE: nothing that opens a case is here */
    enum case_state state;
    enum lane lane; /* by the request's urgency */
    enum urgency
        urgency; /* that clocks run by: the request's, or as the requested side classed it in an ACK */
    const struct case_letter *opener; /* that began it, or is on its way to; NULL: none is here */
    size_t item_count, link_count, ask_count, due_count, letter_count;
    uint64_t said; /* bit of each letter kind of R that was folded */
    bool
        calendar_guessed; /* by who has it folded: working days were counted without the calendar that is right */
    uint64_t status_asked_ms;      /* when Q last asked how it stands, with effect (signed); 0: never */
    bool outcome_told;             /* EMERGENCY: how it ended */
    struct folded_letter *letters; /* letter_count, in the arena */
    const Comity__Request
        *request; /* NULL: no request yet; in CASE_SENT the one on its way, its items ASKED */
    const struct case_letter *last_q, *last_r; /* last in effect of each side, void or not; NULL */
    uint32_t open[CASE_ITEMS_MAX +
                  1]; /* ASK_BIT() of each that is open on the item of that number; [0]: on the case */
    uint32_t runs[CASE_ITEMS_MAX + 1]; /* bit of each clock that runs, the same */
    /* Where an ask or due is in its list, plus 1; 0: it is not open, does not run. Read through ask_find() and due_find(). */
    uint16_t ask_at[ASK_KINDS][CASE_ITEMS_MAX + 1], due_at[CLOCKS][CASE_ITEMS_MAX + 1];
    /* What lies behind the counts is not set. */
    struct case_item items[CASE_ITEMS_MAX];
    struct case_link links[CASE_LINKS_MAX]; /* open ones and ended ones */
    struct case_ask asks[CASE_ASKS_MAX];    /* in the order they were first put, then of kind and item */
    struct case_due dues[CASE_DUES_MAX];    /* in order of when_ms, then clock, then item */
};

/* The link that the letter names and that keeps the item open; a letter that names none: any such. NULL: there is none. */
const struct case_link *case_link_find(const struct case_fold *, const Comity__Letter *, uint32_t item);
/* Is there a place for one that the letter names? */
bool case_link_has_room(const struct case_fold *, const Comity__Letter *);

/* Is this ask open? item 0: of the case. NULL: no. */
const struct case_ask *ask_find(const struct case_fold *, enum ask_kind, uint32_t item);
bool ask_is_open(const struct case_fold *, enum ask_kind, uint32_t item);
/* Asked of the case, not of an item. */
bool ask_is_of_case(enum ask_kind);
/* NULL: the clock does not run. item 0: of the case. */
const struct case_due *due_find(const struct case_fold *, enum clock_name, uint32_t item);

/*
 * What a fold takes from elsewhere; NULL, or members that are 0: the defaults. Both sides have to give the same.
 */
struct case_setting {
    const void *context; /* handed to the functions below */
    /*
     * The same local time of day n working days on, by the calendar that the roster of that version has for the party of
     * that side. NULL: Monday to Friday in UTC.
     */
    uint64_t (*workdays_after)(const void *context, enum side, uint64_t roster, uint64_t ms, uint64_t n);
    uint32_t lead_days; /* how long before the end of a hold R wants to know; 0: 10 */
};

/*
 * Folds the letters of one case: q and r each in order of case_seq, from 1 without hole. setting may be NULL. False only
 * when the arena ends.
 */
MUST_USE bool case_fold(const struct case_letter *q, size_t q_count, const struct case_letter *r,
                        size_t r_count, const struct case_setting *, struct arena *, struct case_fold *ret);

/* The case as it stood when R signed its letter of that index: after all that this letter had seen, before itself. */
MUST_USE bool case_fold_before(const struct case_letter *q, size_t q_count, const struct case_letter *r,
                               size_t index, const struct case_setting *, struct arena *,
                               struct case_fold *ret);

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
/*
 * Does the letter say that this rule of the own State gave way? Only in an emergency (that of the request, or of the case),
 * and only with a reason: else letter_check() finds a fault. fold NULL: a new case.
 */
bool letter_overrules(const Comity__Letter *, const struct case_fold *, Comity__Acted__Rule);
/*
 * By the table: how many officers sign; 0: the node alone, or it is no letter. letter NULL: the most that one of that
 * kind needs.
 */
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
