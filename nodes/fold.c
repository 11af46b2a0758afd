/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The order is R's (docs/lifecycle.md 1): Q's letters up to the one an R letter has seen, the R letter, and so on; then what
 * else of Q's has been delivered. What each letter does is its row of lifecycle.def; here is only how rows are applied.
 */
#include <string.h>

#include "nodes/fold_private.h"

/* STATE_BIT() of each that an item is in. */
static unsigned states_in(const struct case_fold *fold)
{
    unsigned states = 0;
    for (size_t i = 0; i < fold->item_count; i++) {
        states |= STATE_BIT(fold->items[i].state);
    }
    return states;
}

static bool all_ended(const struct case_fold *fold)
{
    return states_in(fold) == STATE_BIT(ITEM_ENDED);
}

/* ASK_BIT() of each that is open. */
static unsigned asks_in(const struct case_fold *fold)
{
    unsigned asks = 0;
    for (size_t n = 0; n <= fold->item_count; n++) {
        asks |= fold->open[n];
    }
    return asks;
}

static void record(struct folding *w, enum letter_effect effect, const char *void_code)
{
    const Comity__Letter *letter = w->letter->letter;
    bool folded = effect == EFFECT_FOLDED || effect == EFFECT_NOTED;
    w->fold->letters[w->fold->letter_count++] = (struct folded_letter){
        .letter = w->letter,
        .effect = effect,
        .void_code = void_code,
        .outside_treaty = folded && w->letter->author == SIDE_R &&
                          ground_is_outside(w->fold->machine, letter, w->fold->request),
        .without_consult = folded && w->flagged,
        .code42_8 = folded && w->broke_hold,
        .acted = letter->acted != NULL,
        .states = states_in(w->fold),
        .open = asks_in(w->fold)};
}

static void record_done(struct folding *w)
{
    record(w, w->changed ? EFFECT_FOLDED : EFFECT_NOTED, "");
}

/* --- the row of a letter, on an item and on the case --- */

/* A letter of R opens what its row says wherever it may be sent, one of Q where the cell asks. */
static bool opens_here(const struct folding *w, const struct cell *cell)
{
    return w->row->side == SIDE_R || cell->rule == CELL_ASK || cell->rule == CELL_LATE;
}

static void asks_open(struct folding *w, const struct case_item *item, bool blocking, bool late)
{
    unsigned kinds = asks_opened(w);
    for (unsigned kind = 0; kinds >> kind != 0; kind++) {
        if ((kinds >> kind & 1U) != 0 && ask_is_of_case((enum ask_kind)kind) == (item == NULL)) {
            ask_open(w, (enum ask_kind)kind, item == NULL ? 0 : item->number, blocking, late);
        }
    }
}

/* The row's act on one item to which it applies: answers, asks, state, clocks. */
static void item_apply(struct folding *w, struct case_item *item, const struct targets *t)
{
    enum item_state before = item->state;
    const struct cell *cell = &w->row->cells[before];
    bool asked_again = w->row->side == SIDE_Q && asks_any_open(w, w->row->opens, item);
    bool late = cell->rule == CELL_LATE;
    asks_close(w, w->row->answers, item);
    if (opens_here(w, cell)) {
        asks_open(w, item, t->blocking[0] || t->blocking[item->number], late);
    }
    facts_note(w, item);
    cell_apply(w, item, cell);
    if (item->state != before) {
        asks_close_by_state(w, item);
    }
    clocks_apply(w, item, asked_again);
    if (item->state == ITEM_ENDED && before != ITEM_ENDED) {
        clocks_end(w, item);
    }
}

/* And on the case as a whole, once all its items are done. */
static void case_apply(struct folding *w, bool opens)
{
    bool asked_again = w->row->side == SIDE_Q && asks_any_open(w, w->row->opens, NULL);
    asks_close(w, w->row->answers, NULL);
    if (opens) {
        asks_open(w, NULL, false, false);
    }
    case_facts_note(w);
    clocks_apply(w, NULL, asked_again);
    if (all_ended(w->fold)) {
        case_end(w);
    }
    pauses_apply(w);
}

/* --- the first letter --- */

/* Does it open the case: a whole request, by the side that writes such letters? */
static bool opens_case(const struct case_letter *letter)
{
    const Comity__Request *request = letter_request(letter->letter);
    const struct lifecycle_row *row =
        request == NULL ? NULL : lifecycle_row_of(machine_of(request), letter->letter);
    return row != NULL && row->side == letter->author && machine_items(request) != 0;
}

static void fold_opener(struct folding *w)
{
    const Comity__Letter *letter = w->letter->letter;
    items_open(w, letter_request(letter));
    w->row = lifecycle_row_of(w->fold->machine, letter);
    w->fold->opener = w->letter;
    w->r_wrote = w->letter->author == SIDE_R;
    asks_open(w, NULL, false, false);
    case_facts_note(w);
    bool goes_on = letter_kind(letter) == LETTER_TAKEN_OVER && case_restate(w, letter->taken_over);
    for (size_t i = 0; i < w->fold->item_count && !goes_on; i++) {
        clocks_apply(w, &w->fold->items[i], false);
    }
    if (!goes_on) {
        clocks_apply(w, NULL, false);
    }
    pauses_apply(w);
    record(w, EFFECT_FOLDED, "");
}

/* --- letters of Q --- */

static struct need_scene scene_of(const struct folding *w, const struct case_item *item)
{
    return (struct need_scene){.row = w->row,
                               .fold = w->fold,
                               .item = item,
                               .letter = w->letter->letter,
                               .at_ms = w->letter->signed_ms};
}

/* Why a letter of Q has no effect on an item; NULL: it has. */
static const char *void_code(const struct folding *w, const struct case_item *item)
{
    const struct cell *cell = &w->row->cells[item->state];
    struct need_scene scene = scene_of(w, item);
    if (cell->rule == CELL_DUPLICATE) {
        bool written =
            ask_is_open(w->fold, ASK_ORAL, 0) && machine_of(w->letter->letter->request) == w->fold->machine;
        return written ? NULL : "DUPLICATE";
    }
    if (cell->rule == CELL_LATE) {
        return late_code(item, w->letter->accepted_ms);
    }
    if (cell->rule == CELL_VOID) {
        return cell->code;
    }
    enum need need = need_failing(&scene, needs_of(NEED_VOID));
    return need == NEEDS ? NULL : need_code(need);
}

/*
 * More items, with clocks of their own. They have the numbers by which their author names them in later letters, or none: one that
 * counted on an earlier SUPPLEMENT that turned out void is void as well.
 */
static void fold_supplement(struct folding *w)
{
    const Comity__Supplement *supplement = w->letter->letter->supplement;
    uint32_t first = 0;
    const char *code = all_ended(w->fold)                                  ? w->row->cells[ITEM_ENDED].code
                       : supplement->first_item != w->fold->item_count + 1 ? "RENUMBERED"
                       : items_add(w, supplement->items, supplement->n_items, &first) ? NULL
                                                                                      : "TOO_MANY";
    if (code != NULL) {
        record(w, EFFECT_VOID, code);
        return;
    }
    for (size_t i = first; i <= w->fold->item_count; i++) {
        clocks_apply(w, &w->fold->items[i - 1], false);
    }
    pauses_apply(w);
    record_done(w);
}

/* Applies it to each item it may be about. Returns why it has no effect at all; NULL: it has. */
static const char *apply_of_q(struct folding *w, const struct targets *t)
{
    const char *first_code = NULL;
    bool took[CASE_ITEMS_MAX + 1] = {false}, any = false, opens = false;
    for (size_t i = 0; i < w->fold->item_count; i++) {
        const struct case_item *item = &w->fold->items[i];
        if (t->all || t->named[item->number]) {
            const char *code = void_code(w, item);
            took[i] = code == NULL;
            first_code = first_code == NULL ? code : first_code;
            any |= took[i];
            opens |= took[i] && opens_here(w, &w->row->cells[item->state]);
        }
    }
    if (!any) {
        return first_code;
    }
    if (w->row->kind == LETTER_REQUEST) {
        request_confirm(w, w->letter->letter->request);
        opens = true;
    }
    for (size_t i = 0; i < w->fold->item_count; i++) {
        if (took[i] || w->row->kind == LETTER_REQUEST) {
            item_apply(w, &w->fold->items[i], t);
        }
    }
    case_apply(w, opens);
    return NULL;
}

static void fold_q(struct folding *w)
{
    struct targets t;
    letter_targets(w->letter->letter, w->fold->item_count, &t);
    if (w->row->side != SIDE_Q || t.beyond) {
        record(w, EFFECT_VOID, t.beyond ? "NO_ITEM" : "WRONG_SIDE");
        return;
    }
    if (w->row->kind == LETTER_SUPPLEMENT) {
        fold_supplement(w);
        return;
    }
    const char *code = apply_of_q(w, &t);
    if (code != NULL) {
        record(w, EFFECT_VOID, code);
    } else {
        record_done(w);
    }
}

/* --- letters of R --- */

/* Picks the items an R letter applies to; false when the table forbids the letter. */
static bool applies(struct folding *w, const struct targets *t, bool ret[CASE_ITEMS_MAX + 1])
{
    bool any = false;
    for (size_t i = 0; i < w->fold->item_count; i++) {
        const struct case_item *item = &w->fold->items[i];
        struct need_scene scene = scene_of(w, item);
        bool may = w->row->cells[item->state].rule != CELL_FORBIDDEN &&
                   need_failing(&scene, needs_of(NEED_SIGN) | needs_of(NEED_VOID)) == NEEDS;
        if (t->named[item->number] && !may) {
            return false;
        }
        ret[item->number] = may && (t->all || t->named[item->number]);
        any |= ret[item->number];
        w->flagged |= ret[item->number] && need_failing(&scene, needs_of(NEED_FLAG)) != NEEDS;
    }
    return any && !t->beyond;
}

/* Art. 42(8): a hold lasts to its date, and while a request for assistance waits, unless Q itself wants an end to it. */
static bool breaks_hold(const struct folding *w, const struct case_item *item)
{
    return w->row->early && !ask_is_open(w->fold, ASK_STOP, item->number) &&
           (item->state == ITEM_HELD_OPEN || w->letter->signed_ms < (uint64_t)item->hold_until.ms);
}

static void fold_r(struct folding *w)
{
    struct targets t;
    bool applied[CASE_ITEMS_MAX + 1] = {false};
    letter_targets(w->letter->letter, w->fold->item_count, &t);
    if (w->row->side != SIDE_R || !applies(w, &t, applied)) {
        record(w, EFFECT_BREACH, "");
        return;
    }
    for (size_t i = 0; i < w->fold->item_count; i++) {
        if (applied[i + 1]) {
            w->broke_hold |= breaks_hold(w, &w->fold->items[i]);
            item_apply(w, &w->fold->items[i], &t);
        }
    }
    case_apply(w, true);
    w->r_wrote |= w->row->signatures != 0;
    record_done(w);
}

/* Nothing of this case is here that it could be about, or the case has no such letter. */
static void fold_nothing(struct folding *w)
{
    bool says = lifecycle_row_any(w->letter->letter) != NULL;
    const char *code = !says ? "NOTHING_SAID" : w->fold->machine == MACHINE_NONE ? "NO_CASE" : "NOT_OF_CASE";
    record(w, w->letter->author == SIDE_Q ? EFFECT_VOID : EFFECT_BREACH,
           w->letter->author == SIDE_Q ? code : "");
}

static void fold_letter(struct folding *w, const struct case_letter *letter)
{
    w->letter = letter;
    w->row = lifecycle_row_of(w->fold->machine, letter->letter);
    w->changed = w->flagged = w->broke_hold = false;
    if (letter->author == SIDE_Q) {
        w->fold->last_q = letter;
    } else {
        w->fold->last_r = letter;
    }
    if (w->fold->machine == MACHINE_NONE && opens_case(letter) && (letter->author == SIDE_Q || !w->q_began)) {
        fold_opener(w);
    } else if (w->row == NULL) {
        fold_nothing(w);
    } else if (letter->author == SIDE_Q) {
        fold_q(w);
    } else {
        fold_r(w);
    }
}

/* --- the case --- */

static enum case_state state_of(const struct folding *w)
{
    static const enum case_state by_item[ITEM_STATES] = {
        [ITEM_ORDERED] = CASE_ORDERED,       [ITEM_HELD] = CASE_HELD,
        [ITEM_HELD_OPEN] = CASE_HELD_OPEN,   [ITEM_ENDED] = CASE_CLOSED,
        [ITEM_CONSULTING] = CASE_CONSULTING, [ITEM_POSTPONED] = CASE_POSTPONED,
        [ITEM_EXECUTING] = CASE_EXECUTING,   [ITEM_DELIVERED] = CASE_DELIVERED,
        [ITEM_AGREED] = CASE_AGREED,         [ITEM_LINKED] = CASE_LINKED,
    };
    const struct machine_rule *rule = machine_rule(w->fold->machine);
    const unsigned states = states_in(w->fold);
    for (size_t i = 0; rule != NULL && i < rule->first_count; i++) {
        if ((states & STATE_BIT(rule->first[i])) != 0) {
            return rule->first[i] != ITEM_ASKED ? by_item[rule->first[i]]
                   : w->r_wrote                 ? CASE_ACKNOWLEDGED
                                                : CASE_REQUESTED;
        }
    }
    return CASE_CLOSED;
}

/* How many of Q's letters R had taken in: up to the one it names. 0 for none, or one that is not of this case. */
static size_t seen_count(const struct case_letter *q, size_t q_count, const struct letter_id *seen)
{
    for (size_t i = 0; i < q_count; i++) {
        if (digest_equal(&q[i].id.digest, &seen->digest)) {
            return i + 1;
        }
    }
    return 0;
}

/* R's letters and before each what it had seen. Returns how many of Q's that were. */
static size_t fold_seen(struct folding *w, const struct case_letter *q, size_t q_count,
                        const struct case_letter *r, size_t r_count)
{
    size_t taken = 0;
    for (size_t i = 0; i < r_count; i++) {
        for (size_t through = seen_count(q, q_count, &r[i].seen); taken < through; taken++) {
            fold_letter(w, &q[taken]);
        }
        fold_letter(w, &r[i]);
    }
    return taken;
}

static enum case_state fold_in_order(struct folding *w, const struct case_letter *q, size_t q_count,
                                     const struct case_letter *r, size_t r_count)
{
    size_t taken = fold_seen(w, q, q_count, r, r_count);
    /* A letter behind one that is on its way waits for it at R, delivered or not: a case is in its author's order. */
    for (; taken < q_count && q[taken].delivered_ms != 0; taken++) {
        fold_letter(w, &q[taken]);
    }
    bool r_opened = w->fold->opener != NULL && w->fold->opener->author == SIDE_R;
    enum case_state state = w->fold->last_q == NULL && !r_opened ? CASE_SENT : state_of(w);
    if (w->fold->machine == MACHINE_NONE && taken < q_count && opens_case(&q[taken])) {
        items_open(w, letter_request(q[taken].letter));
        w->fold->opener = &q[taken];
    }
    for (; taken < q_count; taken++) {
        w->letter = &q[taken];
        record(w, EFFECT_ON_ITS_WAY, "");
    }
    return state;
}

/* A case of nothing yet, with room for so many letters. False when the arena ends. */
static bool begin(struct case_fold *fold, size_t letter_count, struct arena *arena)
{
    struct folded_letter *letters = arena_zero(arena, letter_count, sizeof *letters);
    if (letters == NULL) {
        return false;
    }
    memset(fold, 0, offsetof(struct case_fold, items));
    fold->lane = LANE_ROUTINE;
    fold->letters = letters;
    return true;
}

/* With a request that had seen nothing of R's. */
static bool begun_by_q(const struct case_letter *q, size_t q_count)
{
    return q_count != 0 && opens_case(&q[0]) && bytes_all_zero(digest_bytes(&q[0].seen.digest));
}

bool case_fold(const struct case_letter *q, size_t q_count, const struct case_letter *r, size_t r_count,
               const struct case_setting *setting, struct arena *arena, struct case_fold *ret)
{
    if (!begin(ret, q_count + r_count, arena)) {
        return false;
    }
    struct folding w = {.fold = ret, .setting = setting, .q_began = begun_by_q(q, q_count)};
    ret->state = fold_in_order(&w, q, q_count, r, r_count);
    lists_sort(ret);
    return true;
}

bool case_fold_before(const struct case_letter *q, size_t q_count, const struct case_letter *r, size_t index,
                      const struct case_setting *setting, struct arena *arena, struct case_fold *ret)
{
    if (!begin(ret, q_count + index, arena)) {
        return false;
    }
    struct folding w = {.fold = ret, .setting = setting, .q_began = begun_by_q(q, q_count)};
    size_t taken = fold_seen(&w, q, q_count, r, index);
    for (size_t through = seen_count(q, q_count, &r[index].seen); taken < through; taken++) {
        fold_letter(&w, &q[taken]);
    }
    ret->state = state_of(&w);
    lists_sort(ret);
    return true;
}
