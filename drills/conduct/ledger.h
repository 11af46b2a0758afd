/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of each inject, as it happens: what later injects wait for, what the summary tells; expectations are judged by the measures.
 * Kept by the words of the scenario (SCENARIO_EVENT_*), from what people say and do.
 */
#ifndef COMITY_DRILLS_CONDUCT_LEDGER_H
#define COMITY_DRILLS_CONDUCT_LEDGER_H

#include "drills/actors/actors.h"
#include "drills/record/record.h"

#define LEDGER_ITEMS_MAX 64

struct ledger_item {
    uint64_t event_ms[SCENARIO_EVENTS]; /* the first of each */
    uint64_t held_from_ms, hold_until_ms;
};
struct ledger_inject {
    const struct scenario_inject *of;
    enum record_inject_state state;
    uint64_t released_ms, received_ms;
    char case_id[ACTORS_CASE_TEXT]; /* "": it has none */
    uint64_t event_ms[SCENARIO_EVENTS];
    uint64_t held_from_ms, hold_until_ms; /* the last item's, as long as all of what is held is */
    struct ledger_item items[LEDGER_ITEMS_MAX];
    size_t letters;
    char why[320]; /* it was skipped, or what went wrong */
};

struct ledger {
    const struct scenario *scenario;
    struct ledger_inject *injects; /* in the order of the scenario */
    struct ledger_case {
        char id[ACTORS_CASE_TEXT];
        size_t inject;
        bool assistance; /* the request for assistance after a hold */
    } * cases;
    size_t case_count, case_room;
    /* Something happened to an inject: what waits for it may begin. */
    void *context;
    void (*happened)(void *context, size_t inject, enum scenario_event, uint64_t at_ms);
};

void ledger_init(struct ledger *, const struct scenario *);
void ledger_done(struct ledger *);

/* The number of an inject in the scenario. Aborts when it is of another. */
size_t ledger_number(const struct ledger *, const struct scenario_inject *);
/* Which inject a case belongs to; SIZE_MAX: none. */
size_t ledger_of_case(const struct ledger *, const char *case_id);
void ledger_case(struct ledger *, const char *case_id, size_t inject, bool assistance);
void ledger_event(struct ledger *, size_t inject, enum scenario_event, uint32_t item, uint64_t at_ms);
/* Reads a letter, or what else was said. */
void ledger_said(struct ledger *, const struct actors_said *);

#endif
