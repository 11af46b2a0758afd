/* SPDX-License-Identifier: Apache-2.0 */
/* Each case folded once: its events, its facts, and where its time went. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/measure/measures_private.h"
#include "nodes/lifecycle.h"
#include "proto/wire.h"

#define CASE_BYTES ((size_t)64 << 20)

/* A domestic order was waited for. */
struct waited {
    size_t of_case;
    uint64_t from_ms, to_ms;
};
struct folding {
    struct drill_measures *m;
    const struct record_case *it;
    size_t number;
    struct arena *arena;
    struct case_fold *fold;
    struct case_facts *facts;
    const struct waited *orders; /* of this case */
    size_t order_count;
    struct pauses {
        uint64_t from_ms, to_ms;
    } pause; /* the widest: from the first question to the last answer */
};

/* --- a case as letters --- */

static struct case_letter *side_new(struct folding *f, enum record_side side, size_t *ret_count)
{
    const struct drill_record *record = f->m->record;
    struct case_letter *list = arena_zero(f->arena, f->it->letters + 1, sizeof *list);
    size_t count = 0;
    ensure(list != NULL);
    for (size_t i = 0; i < f->it->letters; i++) {
        const struct record_letter *row = &record->letters.list[f->it->first_letter - 1 + i];
        Comity__Letter *letter = NULL;
        if (row->side != side || row->without_effect || row->seq == 0 || row->seq > f->it->letters ||
            letter_unpack(record_letter_bytes(record, row, f->arena), f->arena, &letter, NULL) != WIRE_OK) {
            continue;
        }
        struct case_letter *one = &list[row->seq - 1];
        one->author = (enum side)side;
        one->kind = letter_kind(letter);
        one->letter = letter;
        one->case_seq = row->seq;
        one->roster = row->roster;
        one->signed_ms = row->sealed_ms;
        one->accepted_ms = row->accepted_ms;
        one->delivered_ms = row->delivered_ms;
        one->opened_ms = row->opened_ms;
        one->id.digest = row->id.size == 32 ? digest_from(row->id) : one->id.digest;
        one->seen.digest = row->seen.size == 32 ? digest_from(row->seen) : one->seen.digest;
    }
    while (count < f->it->letters && list[count].letter != NULL) {
        count++; /* up to the first hole: what comes behind it no side folds */
    }
    *ret_count = count;
    return list;
}

static uint64_t workdays(const void *context, enum side side, uint64_t roster, uint64_t ms, uint64_t n)
{
    const struct folding *f = context;
    const struct record_party *party = record_party(f->m->record, side == SIDE_Q ? f->it->q : f->it->r);
    (void)roster;
    return party == NULL || party->on.week == 0
               ? workdays_after(ms, n)
               : calendar_entry_workdays_after(&party->on, party->zone, ms, n);
}

static struct staffing_span staffing(const void *context, enum side side, uint64_t roster, uint64_t ms)
{
    const struct folding *f = context;
    (void)roster;
    return desk_staffing_span(f->m->hours, side == SIDE_Q ? f->it->q : f->it->r, ms);
}

/* --- events --- */

/* While frozen nobody waited for an answer either. */
static uint64_t paused_in_drill(const struct folding *f, const struct stat_event *event)
{
    uint64_t frozen = frozen_ms(f->m->record, f->pause.from_ms, f->pause.to_ms);
    return event->paused_ms > frozen ? event->paused_ms - frozen : 0;
}

/* M5 of a trail over several States begins when the first of them had been asked: in a case that began before this one. */
static void begin_with_first(const struct folding *f, struct stat_event *event)
{
    size_t hops = 0;
    uint64_t first_ms = f->m->facts[trail_root(f->m->record, f->number, &hops) - 1].delivered_ms;
    if (event->metric == METRIC_SAFE && first_ms != 0 && first_ms < event->start_ms) {
        event->due_ms -= event->due_ms == 0 ? 0 : event->start_ms - first_ms;
        event->start_ms = first_ms;
    }
}

static void put(void *into, const struct stat_event *event)
{
    struct folding *f = into;
    struct stat_event one = *event;
    if (event->metric == METRIC_TIME) {
        return; /* of closed cases alone; see timed() */
    }
    if (event->metric == METRIC_ACKNOWLEDGE && event->outcome == STAT_DONE) {
        f->facts->acknowledged_ms = event->stop_ms;
    }
    if (event->metric == METRIC_COMMIT && event->outcome == STAT_DONE) {
        f->facts->committed_ms = event->stop_ms;
    }
    if (event->metric == METRIC_DECIDE && event->outcome == STAT_DONE &&
        (f->facts->decided_ms == 0 || event->stop_ms < f->facts->decided_ms)) {
        f->facts->decided_ms = event->stop_ms;
    }
    begin_with_first(f, &one);
    if (event->paused_ms != 0) {
        one.paused_ms = paused_in_drill(f, event);
    }
    measured_add(f->m, f->number, event->ours ? f->it->r : f->it->q, &one);
}

/* --- facts --- */

static uint64_t sent_ms(const struct case_letter *letter)
{
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
}

static void earliest(uint64_t *at_ms, int64_t ms)
{
    if (ms > 0 && (*at_ms == 0 || (uint64_t)ms < *at_ms)) {
        *at_ms = (uint64_t)ms;
    }
}

static void read_letters(struct folding *f)
{
    for (size_t i = 0; i < f->fold->letter_count; i++) {
        const struct folded_letter *folded = &f->fold->letters[i];
        const struct case_letter *letter = folded->letter;
        uint64_t at_ms = sent_ms(letter);
        if (folded->effect == EFFECT_VOID || folded->effect == EFFECT_BREACH) {
            continue;
        }
        if (letter->kind == LETTER_REQUEST && letter->case_seq == 1) {
            f->facts->opened_ms = letter->accepted_ms;
            f->facts->delivered_ms = letter->delivered_ms;
        } else if (letter->kind == LETTER_MLA_RECEIVED && f->facts->mla_ms == 0) {
            f->facts->mla_ms = at_ms;
        } else if (letter->kind == LETTER_INFO_ASKED && f->pause.from_ms == 0) {
            f->pause.from_ms = f->pause.to_ms = at_ms;
        } else if (letter->kind == LETTER_INFO_GIVEN && letter->delivered_ms > f->pause.to_ms) {
            f->pause.to_ms = letter->delivered_ms;
        }
        f->facts->ended_ms = f->fold->state == CASE_CLOSED ? at_ms : 0;
    }
    f->facts->opened_ms = f->facts->opened_ms != 0 || f->fold->letter_count == 0
                              ? f->facts->opened_ms
                              : sent_ms(f->fold->letters[0].letter);
}

static void read_facts(struct folding *f)
{
    f->facts->urgency = (enum record_class)f->fold->urgency;
    f->facts->result = f->fold->item_count == 0 ? "" : item_result_name(f->fold->items[0].result);
    for (size_t i = 0; i < f->fold->item_count; i++) {
        earliest(&f->facts->held_from_ms, f->fold->items[i].held_from.ms);
        earliest(&f->facts->hold_until_ms, f->fold->items[i].hold_until.ms);
        earliest(&f->facts->dies_ms,
                 f->fold->items[i].data_dies_ms > INT64_MAX ? 0 : (int64_t)f->fold->items[i].data_dies_ms);
    }
    read_letters(f);
}

/* --- where time went --- */

/* Part of a stretch that some interval covers, cut off it. */
struct piece {
    uint64_t from_ms, to_ms;
};

static void count(struct folding *f, enum time_bucket bucket, uint64_t from_ms, uint64_t to_ms)
{
    enum record_side owner = bucket_owner(bucket);
    size_t party = owner == RECORD_Q ? f->it->q : owner == RECORD_R ? f->it->r : 0;
    struct owed_time *owed = &f->m->owed[party * BUCKETS + (size_t)bucket];
    uint64_t ms = to_ms - from_ms;
    if (ms != 0) {
        owed->cases += f->facts->bucket_ms[bucket] == 0;
        owed->ms += ms;
        f->facts->bucket_ms[bucket] += ms;
    }
}

static bool cuts_off(const struct record_fault *fault)
{
    static const char *const kinds[] = {"node-down", "partition", "link-down", "maintenance", NULL};
    for (size_t i = 0; kinds[i] != NULL; i++) {
        if (strcmp(fault->kind, kinds[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The first stretch from from_ms on in which the recipient was away; false: there is none before to_ms. */
static bool next_away(const struct folding *f, uint64_t from_ms, uint64_t to_ms, struct piece *ret)
{
    const struct drill_record *record = f->m->record;
    struct piece best = {.from_ms = UINT64_MAX};
    for (size_t i = 0; i < record->faults.count; i++) {
        const struct record_fault *fault = &record->faults.list[i];
        uint64_t end_ms = fault->until_ms == 0 ? to_ms : fault->until_ms;
        uint64_t begin_ms = fault->from_ms > from_ms ? fault->from_ms : from_ms;
        end_ms = end_ms < to_ms ? end_ms : to_ms;
        if (record_fault_strikes(record, fault, f->it->r) && cuts_off(fault) && begin_ms < end_ms &&
            begin_ms < best.from_ms) {
            best = (struct piece){.from_ms = begin_ms, .to_ms = end_ms};
        }
    }
    *ret = best;
    return best.from_ms != UINT64_MAX;
}

/* The same of a domestic order that was asked for and not given yet. */
static bool next_order(const struct folding *f, uint64_t from_ms, uint64_t to_ms, struct piece *ret)
{
    for (size_t i = 0; i < f->order_count; i++) {
        const struct waited *order = &f->orders[i];
        uint64_t begin_ms = order->from_ms > from_ms ? order->from_ms : from_ms;
        uint64_t end_ms = order->to_ms < to_ms ? order->to_ms : to_ms;
        if (begin_ms < end_ms) {
            *ret = (struct piece){.from_ms = begin_ms, .to_ms = end_ms};
            return true;
        }
    }
    return false;
}

/* When the custodians' last word of that stretch came; 0: they said nothing in it. */
static uint64_t custodians_ms(const struct folding *f, uint64_t from_ms, uint64_t to_ms)
{
    const struct record_act *acts = f->m->record->acts.list;
    uint64_t last_ms = 0;
    for (size_t n = 0; (n = lookup_act_of_case(f->m->lookup, f->number, n)) != 0;) {
        const struct record_act *act = &acts[n - 1];
        bool said = strcmp(act->what, "custodian confirmed") == 0 || strcmp(act->what, "nothing found") == 0;
        if (said && act->at_ms >= from_ms && act->at_ms < to_ms && act->at_ms > last_ms) {
            last_ms = act->at_ms;
        }
    }
    return last_ms;
}

/* The desk has all it needs, and has to say so. */
static void count_desk(struct folding *f, uint64_t from_ms, uint64_t to_ms)
{
    while (from_ms < to_ms) {
        const struct staffing_span span = desk_staffing_span(f->m->hours, f->it->r, from_ms);
        uint64_t end_ms = span.until_ms > from_ms && span.until_ms < to_ms ? span.until_ms : to_ms;
        count(f, bucket_by_hours(span.staffing, BUCKET_DECIDING), from_ms, end_ms);
        from_ms = end_ms;
    }
}

/* What the letters cannot tell: the recipient was away, an order was waited for, the custodians had answered long before the desk. */
static void part(struct folding *f, enum time_bucket bucket, uint64_t from_ms, uint64_t to_ms)
{
    struct piece piece;
    uint64_t said_ms = bucket == BUCKET_CUSTODIAN ? custodians_ms(f, from_ms, to_ms) : 0;
    if (said_ms != 0) {
        count(f, bucket, from_ms, said_ms);
        count_desk(f, said_ms, to_ms);
        return;
    }
    while (from_ms < to_ms) {
        bool away = bucket == BUCKET_TRANSPORT && next_away(f, from_ms, to_ms, &piece);
        bool order = bucket == BUCKET_DECIDING && next_order(f, from_ms, to_ms, &piece);
        if (!away && !order) {
            count(f, bucket, from_ms, to_ms);
            return;
        }
        count(f, bucket, from_ms, piece.from_ms);
        count(f, away ? BUCKET_AWAY : BUCKET_ORDER, piece.from_ms, piece.to_ms);
        from_ms = piece.to_ms;
    }
}

/* What was frozen, whatever it was; the rest goes on. */
static void stretch(void *context, const struct time_stretch *one)
{
    struct folding *f = context;
    const struct drill_record *record = f->m->record;
    uint64_t from_ms = one->from_ms;
    for (size_t i = 0; i < record->freezes.count; i++) {
        const struct record_freeze *freeze = &record->freezes.list[i];
        uint64_t begin_ms = freeze->stop_ms > from_ms ? freeze->stop_ms : from_ms;
        uint64_t end_ms =
            freeze->resume_ms == 0 || freeze->resume_ms > one->to_ms ? one->to_ms : freeze->resume_ms;
        if (begin_ms < end_ms) {
            part(f, one->bucket, from_ms, begin_ms);
            count(f, BUCKET_FROZEN, begin_ms, end_ms);
            from_ms = end_ms;
        }
    }
    part(f, one->bucket, from_ms, one->to_ms);
}

/* --- lapses --- */

/* Somebody meant it. */
static bool is_real(const struct record_case *it)
{
    return it->forged == NULL && !it->withdrawn_by_drill && !it->of_fault;
}

static void add_lapse(struct folding *f, const struct stat_event *event)
{
    struct drill_measures *m = f->m;
    const struct case_item *item = &f->fold->items[event->item - 1];
    const struct folded_letter *by =
        item->moved_by < f->fold->letter_count ? &f->fold->letters[item->moved_by] : NULL;
    if (m->lapse_count == m->lapse_room) {
        m->lapse_room = m->lapse_room == 0 ? 16 : 2 * m->lapse_room;
        m->lapses = realloc(m->lapses, m->lapse_room * sizeof *m->lapses);
        ensure(m->lapses != NULL);
    }
    m->lapses[m->lapse_count++] =
        (struct measured_lapse){.of_case = f->number,
                                .owed_by = event->ours ? f->it->r : f->it->q,
                                .item = event->item,
                                .at_ms = by == NULL ? f->facts->ended_ms : sent_ms(by->letter),
                                .what = item_result_name(item->result),
                                .owed = (enum owed_at_lapse)event->part};
}

static void put_all(void *into, const struct stat_event *event)
{
    struct folding *f = into;
    if (event->metric == METRIC_LAPSE && event->item >= 1 && event->item <= f->fold->item_count &&
        is_real(f->it)) {
        add_lapse(f, event);
    }
    put(into, event);
}

/* --- each case --- */

static void fold_case(struct folding *f)
{
    size_t q_count = 0, r_count = 0;
    struct case_letter *q = side_new(f, RECORD_Q, &q_count), *r = side_new(f, RECORD_R, &r_count);
    const struct record_party *requested = record_party(f->m->record, f->it->r);
    const struct case_setting setting = {.context = f,
                                         .workdays_after = workdays,
                                         .lead_days = requested == NULL ? 0 : (uint32_t)requested->lead_days};
    f->fold = arena_zero(f->arena, 1, sizeof *f->fold);
    ensure(f->fold != NULL);
    f->facts->urgency = f->it->urgency;
    f->facts->result = "";
    if (!case_fold(q, q_count, r, r_count, &setting, f->arena, f->fold) || f->fold->machine == MACHINE_NONE) {
        return; /* nothing of it is known but its name */
    }
    const struct metric_scene scene = {.own = SIDE_R,
                                       .context = f,
                                       .workdays_after = workdays,
                                       .staffing = staffing,
                                       .put = put_all,
                                       .into = f};
    f->facts->is_hold = f->fold->machine == MACHINE_HOLD;
    read_facts(f);
    case_metrics(f->fold, &scene);
    if (is_real(f->it) && f->fold->machine != MACHINE_PING && f->fold->machine != MACHINE_LINK) {
        f->facts->timed =
            case_time_each(f->fold, &scene, record_case_known_ms(f->m->record, f->number), stretch, f);
    }
}

/* What nodes measure that no letter tells. */
static void add_spans(struct drill_measures *m)
{
    for (size_t i = 0; i < m->record->spans.count; i++) {
        const struct record_span *span = &m->record->spans.list[i];
        if (span->ours) {
            measured_add(m, span->of_case, span->party,
                         &(struct stat_event){.metric = (enum metric)span->metric,
                                              .part = span->part,
                                              .item = span->item,
                                              .start_ms = span->start_ms,
                                              .stop_ms = span->stop_ms,
                                              .due_ms = span->due_ms,
                                              .outcome = (enum stat_outcome)span->outcome,
                                              .urgency = (enum urgency)span->urgency});
        }
    }
}

/* --- domestic orders, as the drill knows them --- */

static int by_case(const void *left, const void *right)
{
    const struct waited *a = left, *b = right;
    if (a->of_case != b->of_case) {
        return a->of_case < b->of_case ? -1 : 1;
    }
    return a->from_ms < b->from_ms ? -1 : a->from_ms > b->from_ms;
}

/* From each "order asked" to the next "order given" of its case, or to the end; by case and time. */
static struct waited *orders_new(const struct drill_measures *m, size_t *ret_count)
{
    const struct drill_record *record = m->record;
    struct waited *list = calloc(record->acts.count + 1, sizeof *list);
    size_t *open = calloc(record->cases.count + 1, sizeof *open); /* number in the list */
    size_t count = 0;
    ensure(list != NULL && open != NULL);
    for (size_t i = 0; i < record->events.count; i++) {
        const struct record_event *event = &record->events.list[i];
        if (strcmp(event->what, "order asked") == 0 && open[event->of_case] == 0) {
            list[count++] =
                (struct waited){.of_case = event->of_case, .from_ms = event->at_ms, .to_ms = m->now_ms};
            open[event->of_case] = count;
        } else if (strcmp(event->what, "order given") == 0 && open[event->of_case] != 0) {
            list[open[event->of_case] - 1].to_ms = event->at_ms;
            open[event->of_case] = 0;
        }
    }
    qsort(list, count, sizeof *list, by_case);
    free(open);
    *ret_count = count;
    return list;
}

void measure_cases(struct drill_measures *m)
{
    size_t order_count = 0, at = 0;
    struct waited *orders = orders_new(m, &order_count);
    struct arena *arena = arena_new(CASE_BYTES);
    ensure(arena != NULL);
    for (size_t i = 0; i < m->record->cases.count; i++) {
        struct folding f = {.m = m,
                            .it = &m->record->cases.list[i],
                            .number = i + 1,
                            .arena = arena,
                            .facts = &m->facts[i],
                            .orders = &orders[at]};
        while (at < order_count && orders[at].of_case <= i + 1) {
            f.order_count += orders[at].of_case == i + 1;
            f.orders = orders[at].of_case <= i ? &orders[at + 1] : f.orders;
            at++;
        }
        f.facts->first_event = m->event_count;
        fold_case(&f);
        f.facts->events = m->event_count - f.facts->first_event;
        arena_reset(arena);
    }
    arena_free(arena);
    free(orders);
    add_spans(m);
}
