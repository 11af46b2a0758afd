/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan is after it was read; only for plan*.c. */
#ifndef COMITY_DRILLS_PLAY_PLAN_STEPS_H
#define COMITY_DRILLS_PLAY_PLAN_STEPS_H

#include <jansson.h>

#include "base/arena.h"
#include "drills/play/cast.h"
#include "drills/play/coverage.h"
#include "drills/play/flaws.h"
#include "drills/play/plan.h"

#define PLAN_LABELS_MAX 32
#define PLAN_HUB        "hub" /* actor 0, as everybody else comes by the plan's order */

enum statement {
    STATEMENT_NONE,
    STATEMENT_PARTIES,
    STATEMENT_LIFE,
    STATEMENT_PREKEYS,
    STATEMENT_QUOTA,
    STATEMENT_REQUEST,
    STATEMENT_WRITE,
    STATEMENT_TAKE_OVER,
    STATEMENT_ENTER,
    STATEMENT_LIFT,
    STATEMENT_OPEN,
    STATEMENT_LIE,
    STATEMENT_WAIT,
    STATEMENT_QUIET,
    STATEMENT_SLEEP,
    STATEMENT_CUT,
    STATEMENT_BREAK,
    STATEMENT_BREAK_HALF,
    STATEMENT_STALL,
    STATEMENT_LINK,
    STATEMENT_FAULT,
    STATEMENT_HEAL,
    STATEMENT_CRASH,
    STATEMENT_CRASH_IN_TURN,
    STATEMENT_START,
    STATEMENT_BACKUP,
    STATEMENT_RESTORE,
    STATEMENT_CLOCK,
    STATEMENT_CLOCK_RIGHT,
    STATEMENT_FREEZE,
    STATEMENT_ROSTER,
    STATEMENT_SEES, /* this and what follows expects */
    STATEMENT_SEES_ORDER,
    STATEMENT_SEES_NOTHING,
    STATEMENT_WORKLIST,
    STATEMENT_SAME,
    STATEMENT_ANSWER,
    STATEMENT_LIE_ANSWER,
    STATEMENT_LOGS,
    STATEMENT_IS_UP,
};

/* One line. Which members are set is what its words in capitals say. */
struct step {
    enum statement kind;
    int detail;
    unsigned line;
    const char *text;    /* the line */
    size_t actor, other; /* the first and the second one: 0 hub, else a party of the plan */
    const char *letter;
    size_t label; /* CASE, NEW, BACKUP: index into the plan's cases or backups */
    enum flaw flaw;
    enum fault_kind fault;
    enum disk_cut loss;
    uint64_t number, ms; /* ms: NUMBER UNIT together */
    const char *word;    /* CODE, EVENT, PATH */
    json_t *json;        /* JSON, VALUE; owned */
};

struct plan_case {
    const char *label;
    size_t q, r;
};

struct plan {
    struct arena *arena;
    const char *name;
    const char *parties[CAST_PARTIES_MAX];
    size_t party_count;
    struct plan_case cases[PLAN_LABELS_MAX];
    size_t case_count;
    const char *backups[PLAN_LABELS_MAX];
    size_t backup_actors[PLAN_LABELS_MAX];
    size_t backup_count;
    size_t liar; /* one of its parties, which has no node then; 0: nobody lies */
    size_t lie_count;
    uint64_t life_ms, prekey_days, quota_envelopes;
    struct step *steps;
    size_t step_count;
};

/* "hub" or the address of a party. */
const char *plan_actor_name(const struct plan *, size_t actor);

/* Reads the words of one line by plan_words.def into ret; text and line are set by the caller. False with an error. */
MUST_USE bool plan_words(struct plan *, const char *text, unsigned line, struct step *ret, struct error *);

/* Sets "NAME:LINE:COLUMN: ..." and returns false. column 0: none is said. */
bool plan_refuse(const struct plan *, unsigned line, size_t column, struct error *, const char *format, ...)
    PRINTF_LIKE(5, 6);

#endif
