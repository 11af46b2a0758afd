/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/node_duties.h"

#include "nodes/calendar.h"
#include "nodes/lifecycle.h"
#include "nodes/node_says.h"
#include "nodes/rosters.h"
#include "nodes/store_letters.h"

#define YEAR_MS      (UINT64_C(365) * MS_PER_DAY)
#define LOOK_STEP_MS (UINT64_C(15) * MS_PER_MINUTE)
#define LOOK_STEPS   (14 * 24 * 4) /* two weeks: no desk is closed for longer */

struct duty {
    struct node *node;
    struct turn *turn;
    const struct case_row *row;
    const struct case_fold *fold;
    struct arena *arena;
    uint64_t now_ms;
};

static void speak(const struct duty *d, Comity__Letter *letter)
{
    if (letter != NULL && !arena_exhausted(d->arena)) {
        (void)node_says(d->node, d->turn, d->row, d->fold, letter, d->arena);
    }
}

static bool has_said(const struct duty *d, enum letter_kind kind)
{
    for (size_t i = 0; i < d->fold->letter_count; i++) {
        const struct case_letter *letter = d->fold->letters[i].letter;
        if (letter->author == SIDE_R && letter->kind == kind) {
            return true;
        }
    }
    return false;
}

/* --- ping --- */

static unsigned local_minute(const struct zone *zone, uint64_t ms)
{
    int64_t offset_ms = zone == NULL ? 0 : (int64_t)zone_offset_s(zone, (wall_ms){.ms = ms}) * 1000;
    uint64_t local = (uint64_t)((int64_t)ms + offset_ms);
    return (unsigned)(local % MS_PER_DAY / MS_PER_MINUTE);
}

const char *ping_refusal(const struct ping_consent *consent, const struct zone *zone, uint64_t now_ms,
                         uint64_t before)
{
    if (!consent->given) {
        return "this party has not consented to be pinged";
    }
    if (before >= consent->per_year) {
        return "this party was pinged as often in a year as it consented to";
    }
    for (size_t i = 0; i < consent->quiet_count; i++) {
        if (day_span_has(consent->quiet[i], local_minute(zone, now_ms))) {
            return "it is quiet hours at this party now";
        }
    }
    return NULL;
}

static uint64_t next_open_ms(const struct calendar *calendar, uint64_t now_ms)
{
    uint64_t ms = now_ms - now_ms % LOOK_STEP_MS;
    for (unsigned i = 1; i <= LOOK_STEPS; i++) {
        ms += LOOK_STEP_MS;
        if (calendar_staffed(calendar, ms)) {
            return ms;
        }
    }
    return 0;
}

static Comity__Letter *echo_new(const struct duty *d, const struct calendar *calendar)
{
    Comity__Letter *letter = arena_take(d->arena, sizeof *letter);
    Comity__Echo *echo = arena_take(d->arena, sizeof *echo);
    if (letter == NULL || echo == NULL) {
        return NULL;
    }
    comity__letter__init(letter);
    comity__echo__init(echo);
    letter->body_case = COMITY__LETTER__BODY_ECHO;
    letter->echo = echo;
    echo->node = text_new(d->arena, d->node->options.party.text);
    echo->roster = roster_version(node_roster_now(d->node));
    echo->clock = instant_new(d->arena, d->now_ms);
    echo->open_now = calendar_staffed(calendar, d->now_ms);
    uint64_t open_ms = echo->open_now ? 0 : next_open_ms(calendar, d->now_ms);
    echo->next_open = open_ms == 0 ? NULL : instant_new(d->arena, open_ms);
    return letter;
}

/* At once: the echo, or that it is not wanted. */
static void answer_ping(const struct duty *d)
{
    const struct party *self = node_self(d->node);
    const struct calendar *calendar =
        self == NULL
            ? NULL
            : node_calendar(d->node, self->address.text, roster_version(node_roster_now(d->node)), d->arena);
    if (calendar == NULL) {
        return;
    }
    uint64_t since_ms = d->now_ms > YEAR_MS ? d->now_ms - YEAR_MS : 0;
    const char *refusal =
        ping_refusal(party_ping(self), calendar->zone, d->now_ms,
                     store_letters_written(d->node->store, d->row->q.text, LETTER_ECHO, since_ms));
    Comity__Letter *letter = refusal == NULL
                                 ? echo_new(d, calendar)
                                 : released_new(d->arena, COMITY__RELEASED__WHY__NO_CONSENT, d->now_ms);
    if (letter != NULL && refusal != NULL) {
        letter->released->text = text_new(d->arena, refusal);
    }
    speak(d, letter);
}

/* Nobody answered by the date that was asked for. */
static void end_ping(const struct duty *d)
{
    const Comity__PingAsk *ask = d->fold->request == NULL ? NULL : d->fold->request->ping;
    if (ask == NULL || ask->by == NULL || ask->by->ms <= 0) {
        return;
    }
    if ((uint64_t)ask->by->ms < d->now_ms) {
        speak(d, released_new(d->arena, COMITY__RELEASED__WHY__SILENT, d->now_ms));
    } else {
        store_chore_put(d->node->store, &d->row->id, (uint64_t)ask->by->ms + 1);
    }
}

static void follow_ping(const struct duty *d)
{
    if (d->fold->items[0].state != ITEM_ASKED) {
        return;
    }
    if (has_said(d, LETTER_ECHO)) {
        end_ping(d);
    } else {
        answer_ping(d);
    }
}

/* --- what has come to its end --- */

/* When the last word that is waited for is overdue, what waits is looked at again. */
static void look_when_due(const struct duty *d)
{
    for (size_t i = 0; i < d->fold->due_count; i++) {
        const struct case_due *due = &d->fold->dues[i];
        bool ends = due->clock == CLOCK_RECEIPT || due->clock == CLOCK_OUTCOME;
        if (ends && !due->paused && due->when_ms >= d->now_ms) {
            store_chore_put(d->node->store, &d->row->id, due->when_ms + 1);
        }
    }
}

static void follow_end(const struct duty *d)
{
    Comity__Letter *letter = arena_take(d->arena, sizeof *letter);
    Comity__Completed *completed = arena_take(d->arena, sizeof *completed);
    if (letter == NULL || completed == NULL) {
        return;
    }
    comity__letter__init(letter);
    comity__completed__init(completed);
    letter->body_case = COMITY__LETTER__BODY_COMPLETED;
    letter->completed = completed;
    completed->n_items = items_for(d->fold, letter, NULL, 0, d->now_ms, d->arena, &completed->items);
    if (completed->n_items != 0) {
        speak(d, letter);
    } else {
        look_when_due(d);
    }
}

void duties_follow(struct node *node, struct turn *turn, const struct case_row *row,
                   const struct case_fold *fold, struct arena *arena)
{
    const struct duty d = {
        .node = node, .turn = turn, .row = row, .fold = fold, .arena = arena, .now_ms = turn_wall(turn).ms};
    if (row->own_side != SIDE_R || fold->item_count == 0) {
        return;
    }
    if (fold->machine == MACHINE_PING) {
        follow_ping(&d);
    } else if (fold->machine == MACHINE_MLA || fold->machine == MACHINE_EMERGENCY) {
        follow_end(&d);
    }
}
