/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Random histories of a case of any machine at two nodes. Each writes when it likes, letters cross, receipts come late or before
 * what they follow. R's chronology (what it took in and wrote, in that order) is the model: both sides must fold in exactly that
 * order, whatever they learnt when; and once all is delivered both must have the same case.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/restated.h"
#include "tests/support/row_letters.h"

#define HISTORIES  20000
#define STEPS      24
#define ITEMS      3
#define STEP_MS    (24 * MS_PER_DAY)
#define POOL_BYTES ((size_t)16 << 20)
#define ROWS_MAX   160

static uint64_t seed, begun; /* begun: of the history being played */

static uint64_t next_random(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return seed;
}

static uint64_t below(uint64_t n)
{
    return next_random() % n;
}

/* The world: what was written, what has arrived where, and R's chronology. */
struct world {
    enum machine machine;
    size_t items;
    struct history all;        /* every letter, with the receipts as they will be in the end */
    size_t q_at_r;             /* letters of Q that R has taken in */
    size_t r_at_q, q_receipts; /* letters of R, and receipts of its own, that Q has */
    const struct case_letter *chronology[2 * HISTORY_MAX];
    size_t chronology_count;
};

static struct arena *arena;
static const struct lifecycle_row *rows;
static size_t row_count;

/* Every row has had its effect in some history, and the rare crossings have come up; else the test proves little. */
static struct {
    bool taken[ROWS_MAX], breach, late_ask, late_void, paused, flagged, outside, broke_hold, reminded,
        late_link;
    bool voided[ROWS_MAX];
    unsigned moved, moved_paused, moved_asks;
} met;

static void note_letter(const struct case_fold *f, const struct folded_letter *l)
{
    const struct lifecycle_row *row = lifecycle_row_of(f->machine, l->letter->letter);
    if (row != NULL && row->side == l->letter->author) {
        met.taken[row - rows] |= l->effect == EFFECT_FOLDED || l->effect == EFFECT_NOTED;
        met.voided[row - rows] |= l->effect == EFFECT_VOID;
    }
    met.breach |= l->effect == EFFECT_BREACH;
    met.late_void |= strcmp(l->void_code, "LATE") == 0;
    met.flagged |= l->without_consult;
    met.outside |= l->outside_treaty;
    met.broke_hold |= l->code42_8;
}

static void note_what_was_met(const struct case_fold *f)
{
    for (size_t i = 0; i < f->letter_count; i++) {
        note_letter(f, &f->letters[i]);
    }
    for (size_t i = 0; i < f->ask_count; i++) {
        met.late_ask |= f->asks[i].late;
        met.reminded |= f->asks[i].times > 1;
    }
    for (size_t i = 0; i < f->due_count; i++) {
        met.paused |= f->dues[i].paused;
    }
    for (size_t i = 0; i < f->link_count; i++) {
        met.late_link |= f->links[i].late;
    }
}

/* What a side holds: R all of its own and what it took in; Q all of its own, receipts that came, letters that came. */
static void fold_at_r(const struct world *w, struct case_fold *ret)
{
    assert_true(case_fold(w->all.q, w->q_at_r, w->all.r, w->all.r_count, NULL, arena, ret));
}

static void fold_at_q(const struct world *w, struct case_fold *ret)
{
    struct case_letter q[HISTORY_MAX];
    memcpy(q, w->all.q, w->all.q_count * sizeof q[0]);
    for (size_t i = w->q_receipts; i < w->all.q_count; i++) {
        q[i].delivered_ms = 0;
    }
    assert_true(case_fold(q, w->all.q_count, w->all.r, w->r_at_q, NULL, arena, ret));
}

/* --- letters --- */

static struct cell_refusal refusal(const struct case_fold *f, const struct lifecycle_row *row, size_t item,
                                   const Comity__Letter *letter, uint64_t ms)
{
    struct need_scene scene = {.row = row, .fold = f, .item = &f->items[item], .letter = letter, .at_ms = ms};
    return cell_refusal(&scene);
}

static bool may_follow(const struct case_fold *f, const struct lifecycle_row *row, uint64_t ms)
{
    for (size_t i = 0; i < f->item_count; i++) {
        if (refusal(f, row, i, NULL, ms).code == NULL) {
            return true;
        }
    }
    return false;
}

/* Does it lead some item on, but not to its end? Without these few cases get far. */
static bool leads_on(const struct case_fold *f, const struct lifecycle_row *row)
{
    for (size_t i = 0; i < f->item_count; i++) {
        const struct cell *cell = &row->cells[f->items[i].state];
        if (cell->to != 0 && cell->to != ITEM_ENDED && cell->to != f->items[i].state) {
            return true;
        }
    }
    return false;
}

/* Any row of that side; mostly one that the table allows now, often one that leads on. */
static const struct lifecycle_row *row_random(const struct world *w, const struct case_fold *f,
                                              enum side side, uint64_t ms)
{
    bool any = below(4) == 0 || f->item_count == 0, on = side == SIDE_R && below(3) == 0;
    for (unsigned tries = 0;; tries++) {
        const struct lifecycle_row *row = &rows[below(row_count)];
        if (row->machine == w->machine && row->side == side &&
            (any || tries > 4 * row_count || may_follow(f, row, ms)) &&
            (!on || tries > 4 * row_count || leads_on(f, row))) {
            return row;
        }
    }
}

static const Comity__Letter *letter_random(const struct lifecycle_row *row, uint64_t ms, size_t item_count)
{
    uint32_t items[2] = {(uint32_t)below(item_count) + 1, (uint32_t)below(item_count) + 1};
    Comity__Letter *letter = letter_of_row(arena, row, ms, items, below(3), item_count);
    if (row->kind == LETTER_INFO_ASKED) {
        letter->info_asked->questions[0]->blocking = below(2) == 0;
    }
    if (row->kind == LETTER_WARNING) {
        letter->warning->default_stop = below(2) == 0;
        letter->warning->kind = COMITY__WARNING__KIND__CANNOT_CONTINUE;
    }
    if (row->why == WHY_LAW_END && below(2) == 0) {
        letter->released->court_order = text_make(arena, "DC 12/26");
    }
    if (row->kind == LETTER_REPLY && below(3) == 0) {
        letter->reply->answer = COMITY__REPLY__ANSWER__REJECT;
    }
    if (row->kind == LETTER_REFUSED && row->why != WHY_P21 && below(4) == 0) {
        letter->refused->ground = COMITY__REFUSED__GROUND__BANK_SECRECY;
    }
    if (row->kind == LETTER_MLA_RECEIVED && below(2) == 0) {
        letter->mla_received->reference = text_make(arena, "MLA-2");
    }
    return letter;
}

/* --- invariants --- */

static bool waits(const struct case_fold *f, const struct case_due *due)
{
    size_t count = 0;
    unsigned kinds = clock_rules(&count)[due->clock].paused_by;
    for (size_t a = 0; a < f->ask_count; a++) {
        const struct case_ask *ask = &f->asks[a];
        if ((kinds & ASK_BIT(ask->kind)) != 0 && (ask->item == due->item || ask->item == 0) &&
            (ask->kind != ASK_INFO || ask->blocking)) {
            return true;
        }
    }
    return false;
}

static void check_dues(const struct case_fold *f)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < f->due_count; i++) {
        const struct case_due *due = &f->dues[i];
        bool ended = due->item != 0 && f->items[due->item - 1].state == ITEM_ENDED, asked = false;
        for (size_t a = 0; a < f->ask_count; a++) {
            asked |=
                (rules[due->clock].goes_with & ASK_BIT(f->asks[a].kind)) != 0 && f->asks[a].item == due->item;
        }
        assert_true(i == 0 || f->dues[i - 1].when_ms <= due->when_ms);
        assert_true(asked || (rules[due->clock].goes_with == 0 && !ended));
        assert_int_equal(due->paused, waits(f, due));
        assert_ptr_equal(due_find(f, due->clock, due->item), due);
        assert_true(due->when_ms != 0);
    }
}

static void check_asks(const struct case_fold *f)
{
    for (size_t i = 0; i < f->ask_count; i++) {
        const struct case_ask *ask = &f->asks[i];
        const struct ask_rule *rule = ask_rule(ask->kind);
        assert_int_equal(ask->item == 0, !rule->per_item);
        assert_true(rule->owed_by == SIDE_NONE || ask->owed_by == rule->owed_by);
        assert_true(ask->item == 0 || (rule->closed_by & STATE_BIT(f->items[ask->item - 1].state)) == 0 ||
                    (ask->late && f->items[ask->item - 1].result == RESULT_EXPIRED));
        assert_ptr_equal(ask_find(f, ask->kind, ask->item), ask);
    }
}

static void check_items(const struct case_fold *f)
{
    for (size_t i = 0; i < f->item_count; i++) { /* I11 */
        const struct case_item *item = &f->items[i];
        uint32_t links = 0;
        for (size_t k = 0; k < f->link_count; k++) {
            links += (f->links[k].items >> i & 1U) != 0;
        }
        assert_int_equal(item->links, links);
        assert_true(item->state != ITEM_HELD || links == 0);
        assert_true(item->state != ITEM_HELD_OPEN || links != 0);
        assert_int_equal(item->result != RESULT_NONE, item->state == ITEM_ENDED);
        assert_true(item->result != RESULT_EXPIRED ||
                    f->letters[item->moved_by].letter->signed_ms >= (uint64_t)item->hold_until.ms + GRACE_MS);
        assert_true(f->letters[item->moved_by].letter->author == SIDE_R || item->state == ITEM_ASKED);
    }
}

static void check_case(const struct case_fold *f)
{
    check_dues(f);
    check_asks(f);
    check_items(f);
    for (size_t i = 0; i < f->letter_count; i++) {
        const struct folded_letter *l = &f->letters[i];
        assert_true((l->effect == EFFECT_VOID) == (l->void_code[0] != '\0'));
        assert_true(l->letter->author == SIDE_Q ? l->effect != EFFECT_BREACH : l->effect != EFFECT_VOID);
    }
}

/* --- steps --- */

static void q_step(struct world *w, uint64_t ms)
{
    struct case_fold before, after;
    if (w->all.q_count == 0 && w->all.r_count != 0 && w->r_at_q == 0) {
        return; /* it has not heard of the case */
    }
    fold_at_q(w, &before);
    const struct lifecycle_row *row = w->chronology_count == 0 && w->all.q_count == 0
                                          ? row_named(w->machine, "REQUEST")
                                          : row_random(w, &before, SIDE_Q, ms);
    struct case_letter *l = q_writes(&w->all, letter_random(row, ms, w->items), ms);
    l->seen = w->r_at_q == 0 ? (struct letter_id){0} : w->all.r[w->r_at_q - 1].id;
    l->delivered_ms = ms + below(STEP_MS); /* may be later than R's own letters of then */
    fold_at_q(w, &after);
    assert_int_equal(after.ask_count, before.ask_count); /* on its way: no effect yet */
}

/*
 * Does the table stop it, by what letter_check() says of each item? flagged: only where a need does not hold whose letters are
 * folded all the same.
 */
static bool is_stopped(const struct case_fold *f, const struct lifecycle_row *row,
                       const Comity__Letter *letter, uint64_t ms, bool *ret_flagged)
{
    struct targets t;
    bool any = false, stopped = false;
    letter_targets(letter, f->item_count, &t);
    *ret_flagged = false;
    for (size_t i = 0; i < f->item_count; i++) {
        struct need_scene scene = {
            .row = row, .fold = f, .item = &f->items[i], .letter = letter, .at_ms = ms};
        bool may = cell_refusal(&scene).code == NULL;
        *ret_flagged |= !may && row->cells[f->items[i].state].rule != CELL_FORBIDDEN &&
                        need_failing(&scene, ~needs_of(NEED_FLAG)) == NEEDS;
        any |= may && (t.all || t.named[i + 1]);
        stopped |= !may && t.named[i + 1];
    }
    return stopped || !any || t.beyond;
}

/* R writes having seen all it took in; half of the time only what the table allows, and that is never a breach. */
static void r_step(struct world *w, uint64_t ms)
{
    struct case_fold now;
    bool flagged = false;
    fold_at_r(w, &now);
    const struct lifecycle_row *row = row_random(w, &now, SIDE_R, ms);
    const Comity__Letter *letter = letter_random(row, ms, w->items);
    bool stopped = is_stopped(&now, row, letter, ms, &flagged), careful = below(2) == 0;
    bool opens = letter_opens(row->kind) && now.machine == MACHINE_NONE;
    if (stopped && careful && !opens) {
        return;
    }
    w->chronology[w->chronology_count++] = r_writes(&w->all, letter, ms, w->q_at_r);
    fold_at_r(w, &now);
    bool breach = now.letters[now.letter_count - 1].effect == EFFECT_BREACH;
    assert_true(opens || flagged || breach == stopped);
    assert_true(!opens || !breach);
}

static void take_in(struct world *w)
{
    if (w->q_at_r < w->all.q_count) {
        w->chronology[w->chronology_count++] = &w->all.q[w->q_at_r++];
    }
}

/* Q's view at any time: the items are those that R's letters it has have made. */
static void check_q_moves_nothing(const struct world *w)
{
    struct case_fold with, without;
    struct world fewer = *w;
    fold_at_q(w, &with);
    fewer.q_receipts = w->q_receipts == 0 ? 0 : w->q_receipts - 1;
    fold_at_q(&fewer, &without);
    for (size_t i = 0; i < with.item_count && i < without.item_count; i++) {
        assert_int_equal(with.items[i].state, without.items[i].state);
    }
}

static void step(struct world *w, uint64_t ms)
{
    switch (below(6)) {
    case 0:
        q_step(w, ms);
        break;
    case 1:
    case 2:
        r_step(w, ms);
        break;
    case 3:
        take_in(w);
        break;
    case 4: /* a receipt can only follow what R took in */
        w->q_receipts += w->q_receipts < w->q_at_r;
        break;
    default:
        w->r_at_q += w->r_at_q < w->all.r_count;
        break;
    }
}

/* --- both sides in the end --- */

static void expect_same_states(const struct case_fold *a, const struct case_fold *b)
{
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->machine, b->machine);
    assert_int_equal(a->item_count, b->item_count);
    for (size_t i = 0; i < a->item_count; i++) {
        assert_int_equal(a->items[i].state, b->items[i].state);
        assert_int_equal(a->items[i].result, b->items[i].result);
        assert_int_equal(a->items[i].hold_until.ms, b->items[i].hold_until.ms);
        assert_int_equal(a->items[i].grace_until_ms, b->items[i].grace_until_ms);
        assert_int_equal(a->items[i].moved_by, b->items[i].moved_by);
        assert_int_equal(a->items[i].links, b->items[i].links);
        assert_int_equal(a->items[i].facts.consulted, b->items[i].facts.consulted);
        assert_int_equal(a->items[i].facts.content, b->items[i].facts.content);
        assert_int_equal(a->items[i].facts.received_well, b->items[i].facts.received_well);
        assert_int_equal(a->items[i].facts.conditions, b->items[i].facts.conditions);
        assert_int_equal(a->items[i].facts.finals, b->items[i].facts.finals);
        assert_int_equal(a->items[i].facts.cannot_continue_ms, b->items[i].facts.cannot_continue_ms);
    }
    assert_int_equal(a->ask_count, b->ask_count);
    for (size_t i = 0; i < a->ask_count; i++) {
        assert_int_equal(a->asks[i].kind, b->asks[i].kind);
        assert_int_equal(a->asks[i].item, b->asks[i].item);
        assert_int_equal(a->asks[i].times, b->asks[i].times);
        assert_int_equal(a->asks[i].opened_by->case_seq, b->asks[i].opened_by->case_seq);
    }
    assert_int_equal(a->letter_count, b->letter_count);
    for (size_t i = 0; i < a->letter_count; i++) {
        assert_int_equal(a->letters[i].effect, b->letters[i].effect);
        assert_string_equal(a->letters[i].void_code, b->letters[i].void_code);
    }
}

static void expect_same(const struct case_fold *a, const struct case_fold *b)
{
    expect_same_states(a, b);
    assert_int_equal(a->due_count, b->due_count);
    for (size_t i = 0; i < a->due_count; i++) {
        assert_int_equal(a->dues[i].clock, b->dues[i].clock);
        assert_int_equal(a->dues[i].item, b->dues[i].item);
        assert_int_equal(a->dues[i].owed_by, b->dues[i].owed_by);
        assert_int_equal(a->dues[i].when_ms, b->dues[i].when_ms);
        assert_int_equal(a->dues[i].paused, b->dues[i].paused);
    }
}

static void expect_order(const struct world *w, const struct case_fold *f)
{
    assert_int_equal(f->letter_count, w->chronology_count);
    for (size_t i = 0; i < f->letter_count; i++) {
        assert_int_equal(f->letters[i].letter->author, w->chronology[i]->author);
        assert_int_equal(f->letters[i].letter->case_seq, w->chronology[i]->case_seq);
    }
}

/* When letters are delivered starts clocks and decides nothing: a receipt may be lost with a disk. */
static void expect_delivery_decides_nothing(struct world *w, const struct case_fold *f)
{
    struct case_fold other;
    for (size_t i = 0; i < w->all.q_count; i++) {
        w->all.q[i].delivered_ms += below(60 * MS_PER_DAY);
    }
    for (size_t i = 0; i < w->all.r_count; i++) {
        w->all.r[i].delivered_ms = below(2) == 0 ? 0 : w->all.r[i].delivered_ms + below(60 * MS_PER_DAY);
    }
    fold_at_r(w, &other);
    expect_same_states(f, &other);
}

static bool ask_is_on_ended(const struct case_fold *f, const struct case_ask *ask)
{
    return ask->item != 0 && f->items[ask->item - 1].state == ITEM_ENDED;
}

static void expect_same_asks(const struct case_fold *before, const struct case_fold *after)
{
    size_t count = 0;
    for (size_t i = 0; i < before->ask_count; i++) {
        const struct case_ask *was = &before->asks[i];
        const struct case_ask *is = ask_find(after, was->kind, was->item);
        if (ask_is_on_ended(before, was)) {
            continue; /* the letter does not bring it along */
        }
        count++;
        assert_non_null(is);
        assert_int_equal(is->owed_by, was->owed_by);
        assert_int_equal(is->times, was->times);
        assert_int_equal(is->since_ms, was->since_ms);
        assert_int_equal(is->by_ms, was->by_ms);
        assert_int_equal(is->blocking, was->blocking);
        assert_int_equal(is->late, was->late);
        assert_int_equal(is->default_stop, was->default_stop);
    }
    assert_int_equal(after->ask_count, count);
    met.moved_asks += count != 0;
}

static void expect_same_dues(const struct case_fold *before, const struct case_fold *after, unsigned stopped)
{
    size_t count = 0;
    for (size_t i = 0; i < before->due_count; i++) {
        const struct case_due *was = &before->dues[i];
        const struct case_due *is = due_find(after, was->clock, was->item);
        if ((stopped & CLOCK_BIT(was->clock)) != 0 ||
            (was->item != 0 && before->items[was->item - 1].state == ITEM_ENDED)) {
            continue;
        }
        count++;
        assert_non_null(is);
        assert_int_equal(is->owed_by, was->owed_by);
        assert_int_equal(is->when_ms, was->when_ms);
        assert_int_equal(is->paused, was->paused);
        assert_int_equal(is->paused_from_ms, was->paused ? was->paused_from_ms : 0);
        met.moved_paused += is->paused;
    }
    assert_int_equal(after->due_count, count);
}

static void expect_same_items(const struct case_fold *before, const struct case_fold *after)
{
    for (size_t i = 0; i < before->item_count; i++) {
        const struct case_item *was = &before->items[i], *is = &after->items[i];
        assert_int_equal(is->state, was->state);
        assert_int_equal(is->result, was->result);
        if (was->state != ITEM_ENDED) {
            assert_int_equal(is->held_from.ms, was->held_from.ms);
            assert_int_equal(is->hold_until.ms, was->hold_until.ms);
            assert_int_equal(is->grace_until_ms, was->grace_until_ms);
            assert_int_equal(is->data_dies_ms, was->data_dies_ms);
            assert_int_equal(is->links, was->links);
        }
    }
}

/* Wherever a case stands when it moves, there it stands in the case that goes on. */
static void expect_moves_as_it_stands(const struct world *w, const struct case_fold *before, uint64_t ms)
{
    const struct lifecycle_row *row = row_named(w->machine, "MOVED");
    Comity__Letter *moved = letter_make_of(arena, LETTER_MOVED, ms, NULL, 0);
    Comity__Letter *taken = letter_make_of(arena, LETTER_TAKEN_OVER, ms + 1, NULL, 0);
    struct case_fold after;
    struct restated stood;
    struct history all;
    struct faults faults;
    history_init(&all, arena);
    faults_init(&faults, arena);
    assert_true(restated_of(before, moved, arena, &stood));
    Comity__TakenOver *body = taken->taken_over;
    Comity__Request request = *before->request;
    Comity__Item *items[CASE_ITEMS_MAX];
    for (size_t i = 0; i < before->item_count && request.n_items != 0; i++) {
        items[i] = i < request.n_items ? request.items[i] : stood.more[i - request.n_items];
    }
    request.items = items;
    request.n_items += stood.more_count;
    body->request = &request;
    body->n_restated = stood.item_count;
    body->restated = stood.items;
    body->n_asks = stood.ask_count;
    body->asks = stood.asks;
    body->n_dues = stood.due_count;
    body->dues = stood.dues;
    (void)r_writes(&all, taken, ms + 1, 0);
    assert_true(case_fold(NULL, 0, all.r, all.r_count, NULL, arena, &after));
    if (stood.due_count != 0) { /* else it begins anew */
        expect_same_items(before, &after);
        expect_same_asks(before, &after);
        expect_same_dues(before, &after, row->stops);
        met.moved++;
    }
    assert_non_null(stood.letter);
    body->request_letter = wire_binary(digest_bytes(&stood.letter->id.digest));
    taken_over_check(body, &stood, w->machine, body->from_party, &faults);
    assert_false(faults_any(&faults));
}

/* Some way into a case, all of it known to both. Returns the time then. */
static uint64_t begin_in_a_state(struct world *w)
{
    size_t count = 0, q = 0, r = 0;
    const enum item_state *states = machine_states(w->machine, &count);
    uint64_t ms = machine_reach(&w->all, w->machine, states[below(count)], w->items);
    while (q < w->all.q_count || r < w->all.r_count) {
        bool of_q =
            r == w->all.r_count || (q < w->all.q_count && w->all.q[q].signed_ms < w->all.r[r].signed_ms);
        w->chronology[w->chronology_count++] = of_q ? &w->all.q[q++] : &w->all.r[r++];
    }
    w->q_at_r = w->q_receipts = q;
    w->r_at_q = r;
    return ms;
}

/* For who looks at a failed seed: the last history printed is the one that failed. */
static void print_history(const struct case_fold *f)
{
    for (size_t i = 0; i < f->letter_count; i++) {
        const struct lifecycle_row *row = lifecycle_row_of(f->machine, f->letters[i].letter->letter);
        (void)fprintf(stderr, "%s %s: %s %s\n", f->letters[i].letter->author == SIDE_Q ? "Q" : "R",
                      row == NULL ? "?" : row->name, letter_effect_name(f->letters[i].effect),
                      f->letters[i].void_code);
    }
    for (size_t i = 0; i < f->item_count; i++) {
        (void)fprintf(stderr, "item %zu %s %s\n", i + 1, item_state_name(f->items[i].state),
                      item_result_name(f->items[i].result));
    }
    for (size_t i = 0; i < f->ask_count; i++) {
        (void)fprintf(stderr, "ask %s %u\n", ask_name(f->asks[i].kind), f->asks[i].item);
    }
    for (size_t i = 0; i < f->due_count; i++) {
        (void)fprintf(stderr, "due %s %u\n", clock_text(f->dues[i].clock), f->dues[i].item);
    }
}

static void play(enum machine machine)
{
    static const size_t items[MACHINES] = {
        [MACHINE_HOLD] = ITEMS,  [MACHINE_MLA] = ITEMS, [MACHINE_ENQUIRY] = 1, [MACHINE_SPONTANEOUS] = 1,
        [MACHINE_EMERGENCY] = 2, [MACHINE_PING] = 1,    [MACHINE_LINK] = 1};
    struct world w = {.machine = machine, .items = items[machine]};
    struct case_fold at_r, at_q;
    history_init(&w.all, arena);
    uint64_t ms = T0_MS;
    if (below(3) == 0) {
        ms = begin_in_a_state(&w);
    } else if ((machine == MACHINE_HOLD || machine == MACHINE_MLA || machine == MACHINE_EMERGENCY) &&
               below(8) == 0) { /* a call came first */
        const char *opener = machine == MACHINE_HOLD && below(4) == 0 ? "TAKEN_OVER" : "ORAL_NOTED";
        w.chronology[w.chronology_count++] =
            r_writes(&w.all, letter_random(row_named(machine, opener), ms, w.items), ms, 0);
    } else {
        q_step(&w, ms);
    }
    for (size_t i = 0; i < STEPS; i++) {
        step(&w, ms += below(STEP_MS) + 1);
    }
    check_q_moves_nothing(&w);
    while (w.q_at_r < w.all.q_count) {
        take_in(&w);
    }
    w.q_receipts = w.q_at_r;
    w.r_at_q = w.all.r_count;
    fold_at_r(&w, &at_r);
    fold_at_q(&w, &at_q);
    expect_order(&w, &at_r);
    expect_order(&w, &at_q);
    expect_same(&at_r, &at_q);
    if (getenv("FOLD_PRINT") != NULL) {
        print_history(&at_r);
        (void)fprintf(stderr, "--\n");
    }
    check_case(&at_r);
    note_what_was_met(&at_r);
    if ((machine == MACHINE_HOLD || machine == MACHINE_MLA) && at_r.request != NULL) {
        expect_moves_as_it_stands(&w, &at_r, ms);
    }
    expect_delivery_decides_nothing(&w, &at_r);
}

static void both_sides_fold_the_same_whatever_crossed(void **state)
{
    static const enum machine drawn[] = {MACHINE_HOLD,        MACHINE_MLA,  MACHINE_HOLD,    MACHINE_MLA,
                                         MACHINE_EMERGENCY,   MACHINE_HOLD, MACHINE_ENQUIRY, MACHINE_MLA,
                                         MACHINE_SPONTANEOUS, MACHINE_LINK, MACHINE_PING};
    (void)state;
    arena = arena_new(POOL_BYTES);
    assert_non_null(arena);
    rows = lifecycle_rows(&row_count);
    assert_true(row_count <= ROWS_MAX);
    for (uint64_t i = 1; i <= HISTORIES; i++) {
        begun = i * UINT64_C(0x9E3779B97F4A7C15);
        seed = begun;
        arena_reset(arena);
        play(drawn[i % (sizeof drawn / sizeof drawn[0])]);
    }
    arena_free(arena);
    unsigned missed = 0;
    for (size_t i = 0; i < row_count; i++) {
        bool opener = letter_opens(rows[i].kind) && rows[i].machine != MACHINE_HOLD && rows[i].side == SIDE_R;
        if (!met.taken[i] && !opener) {
            (void)fprintf(stderr, "%s %s was never folded\n", machine_name(rows[i].machine), rows[i].name);
            missed++;
        }
    }
    assert_int_equal(missed, 0);
    assert_true(met.breach && met.late_ask && met.late_void && met.paused && met.flagged && met.outside);
    assert_true(met.broke_hold && met.reminded && met.late_link);
    assert_true(met.moved > 1000 && met.moved_asks > 100 && met.moved_paused > 100);
}

/* Runs after the test, failed or not: the last seed is the one that failed. */
static int name_seed(void **state)
{
    (void)state;
    print_message("# last seed: %llu\n", (unsigned long long)begun);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(both_sides_fold_the_same_whatever_crossed, name_seed)};
    return cmocka_run_group_tests_name("fold_property", tests, NULL, NULL);
}
