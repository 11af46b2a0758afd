/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_metrics.h"
#include "nodes/letter_parts.h"
#include "nodes/lifecycle.h"

#define STEP_MS   (15 * MS_PER_MINUTE)
#define STEPS_MAX 40000 /* more than a year of them: what is longer is not parted by hours */
#define OWED_BY_Q                                                                                            \
    (ASK_BIT(ASK_INFO) | ASK_BIT(ASK_WARN) | ASK_BIT(ASK_COND) | ASK_BIT(ASK_CONSULT) | ASK_BIT(ASK_COST) |  \
     ASK_BIT(ASK_CONTENT))

/* The case as it stood after some of its letters, as far as time needs it; by the same table as the fold. */
struct play {
    const struct case_fold *fold;
    const struct metric_scene *scene;
    size_t items;
    enum item_state state[CASE_ITEMS_MAX + 1];
    uint32_t asks[CASE_ITEMS_MAX + 1], links[CASE_ITEMS_MAX + 1]; /* asks[0]: of the case */
    bool seen;                                                    /* an officer of R wrote */
    uint64_t delivered_ms;                                        /* the request */
    uint64_t transfer_ms;                                         /* evidence is on its way until then */
    uint64_t roster;
    void (*each)(void *context, const struct time_stretch *);
    void *context;
};

static void stretch(struct play *p, enum time_bucket bucket, uint64_t from_ms, uint64_t to_ms)
{
    if (from_ms < to_ms) {
        p->each(p->context, &(struct time_stretch){.bucket = bucket, .from_ms = from_ms, .to_ms = to_ms});
    }
}

static void open_items(struct play *p, size_t count)
{
    for (size_t i = 0; i < count && p->items < p->fold->item_count; i++) {
        p->state[++p->items] = ITEM_ASKED;
    }
}

static void move(struct play *p, size_t n, const struct cell *cell)
{
    switch (cell->rule) {
    case CELL_MOVE:
        p->state[n] = cell->to;
        break;
    case CELL_MOVE_HOLD:
        p->state[n] = p->links[n] == 0 ? ITEM_HELD : ITEM_HELD_OPEN;
        break;
    case CELL_ADD_LINK:
        p->links[n]++;
        break;
    case CELL_OPEN_LINK:
        p->links[n]++;
        p->state[n] = ITEM_HELD_OPEN;
        break;
    case CELL_END_LINK:
    case CELL_END_LINK_HOLD:
        p->links[n] -= p->links[n] != 0;
        p->state[n] = cell->rule == CELL_END_LINK_HOLD && p->links[n] == 0 ? ITEM_HELD : p->state[n];
        break;
    case CELL_FORBIDDEN:
    case CELL_STAY:
    case CELL_ASK:
    case CELL_NOTE:
    case CELL_VOID:
    case CELL_DUPLICATE:
    case CELL_LATE:
        break;
    }
}

static void follow(struct play *p, const struct case_letter *letter)
{
    struct targets targets;
    const struct lifecycle_row *row = lifecycle_row_of(p->fold->machine, letter->letter);
    if (row == NULL) {
        return;
    }
    letter_targets(letter->letter, p->items, &targets);
    for (size_t n = 1; n <= p->items; n++) {
        if ((targets.all || targets.named[n]) && row->cells[p->state[n]].rule != CELL_FORBIDDEN) {
            p->asks[n] = p->state[n] == ITEM_ENDED ? 0 : (p->asks[n] | row->opens) & ~row->answers;
            move(p, n, &row->cells[p->state[n]]);
        }
    }
    p->asks[0] = (p->asks[0] | row->opens) & ~row->answers;
}

static bool any(const struct play *p, unsigned states)
{
    for (size_t n = 1; n <= p->items; n++) {
        if ((STATE_BIT(p->state[n]) & states) != 0) {
            return true;
        }
    }
    return false;
}

static bool q_owes(const struct play *p)
{
    for (size_t n = 1; n <= p->items; n++) {
        if (p->state[n] != ITEM_ENDED && (p->asks[n] & OWED_BY_Q) != 0) {
            return true;
        }
    }
    return false;
}

/* By what stands, without regard to hours. */
static enum time_bucket bucket_of(const struct play *p)
{
    static const struct {
        unsigned states;
        enum time_bucket bucket;
    } by_state[] = {
        {STATE_BIT(ITEM_ASKED) | STATE_BIT(ITEM_CONSULTING), BUCKET_DECIDING},
        {STATE_BIT(ITEM_ORDERED), BUCKET_CUSTODIAN},
        {STATE_BIT(ITEM_HELD), BUCKET_MLA_Q},
        {STATE_BIT(ITEM_HELD_OPEN), BUCKET_MLA_R},
        {STATE_BIT(ITEM_EXECUTING), BUCKET_EXECUTING},
        {STATE_BIT(ITEM_POSTPONED), BUCKET_POSTPONED},
        {STATE_BIT(ITEM_DELIVERED) | STATE_BIT(ITEM_AGREED), BUCKET_VERIFYING},
    };
    if (!p->seen) {
        return BUCKET_UNSEEN;
    }
    for (size_t i = 0; i < sizeof by_state / sizeof by_state[0]; i++) {
        if (any(p, by_state[i].states)) {
            bool waits =
                by_state[i].bucket == BUCKET_DECIDING && (p->asks[0] & ASK_BIT(ASK_TRANSLATION)) != 0;
            return waits ? BUCKET_TRANSLATION : by_state[i].bucket;
        }
    }
    return BUCKET_VERIFYING; /* all has ended, and something is still said */
}

/* While it is R's turn, by its hours. */
static void add_by_hours(struct play *p, enum time_bucket bucket, uint64_t from_ms, uint64_t to_ms)
{
    const struct metric_scene *scene = p->scene;
    bool parted = scene->staffing != NULL && (to_ms - from_ms) / STEP_MS < STEPS_MAX;
    while (from_ms < to_ms) {
        uint64_t next_ms = parted ? from_ms - from_ms % STEP_MS + STEP_MS : to_ms;
        uint64_t end_ms = next_ms < to_ms ? next_ms : to_ms;
        enum staffing staffing =
            parted ? scene->staffing(scene->context, SIDE_R, p->roster, from_ms) : STAFFED;
        stretch(p,
                staffing == CLOSED    ? BUCKET_CLOSED
                : staffing == ON_CALL ? BUCKET_ON_CALL
                                      : bucket,
                from_ms, end_ms);
        from_ms = end_ms;
    }
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* What stands now stood from one moment to another. */
static void add(struct play *p, uint64_t from_ms, uint64_t to_ms)
{
    if (from_ms < p->delivered_ms && from_ms < to_ms) {
        uint64_t end_ms = least(to_ms, p->delivered_ms);
        stretch(p, BUCKET_TRANSPORT, from_ms, end_ms);
        from_ms = end_ms;
    }
    enum time_bucket bucket = q_owes(p) ? BUCKET_Q_OWES : bucket_of(p);
    if (bucket == BUCKET_VERIFYING && from_ms < p->transfer_ms && from_ms < to_ms) {
        uint64_t end_ms = least(to_ms, p->transfer_ms);
        stretch(p, BUCKET_TRANSFER, from_ms, end_ms);
        from_ms = end_ms;
    }
    if (from_ms >= to_ms) {
        return;
    }
    if (bucket == BUCKET_UNSEEN || bucket == BUCKET_DECIDING) {
        add_by_hours(p, bucket, from_ms, to_ms);
    } else {
        stretch(p, bucket, from_ms, to_ms);
    }
}

/* When a letter changes whose turn it is: R's as the broker had it, Q's as R's node had it. */
static uint64_t turns_at(const struct case_letter *letter)
{
    uint64_t accepted_ms = letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
    return letter->author == SIDE_Q && letter->delivered_ms != 0 ? letter->delivered_ms : accepted_ms;
}

static void take(struct play *p, const struct case_letter *letter)
{
    const Comity__Request *request = letter_request(letter->letter);
    p->seen =
        p->seen || (letter->author == SIDE_R && letter_signatures_needed(letter->kind, letter->letter) != 0);
    if (request != NULL && p->items == 0) {
        open_items(p, request->n_items == 0 ? 1 : request->n_items);
        return;
    }
    if (letter->kind == LETTER_SUPPLEMENT) {
        open_items(p, letter->letter->supplement->n_items);
    }
    if (letter->kind == LETTER_EVIDENCE) {
        p->transfer_ms = letter->delivered_ms;
    }
    follow(p, letter);
}

bool case_time_each(const struct case_fold *fold, const struct metric_scene *scene, uint64_t until_ms,
                    void (*each)(void *context, const struct time_stretch *), void *context)
{
    struct play p = {.fold = fold, .scene = scene, .each = each, .context = context};
    const struct case_letter *opener = fold->letter_count == 0 ? NULL : fold->letters[0].letter;
    if (opener == NULL || opener->kind != LETTER_REQUEST || opener->accepted_ms == 0) {
        return false;
    }
    uint64_t at_ms = opener->accepted_ms;
    p.delivered_ms = fold->state == CASE_SENT ? UINT64_MAX : opener->delivered_ms;
    p.roster = opener->roster;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->effect == EFFECT_VOID || folded->effect == EFFECT_BREACH) {
            continue;
        }
        uint64_t next_ms = i == 0 ? at_ms : turns_at(folded->letter);
        add(&p, at_ms, next_ms);
        at_ms = next_ms > at_ms ? next_ms : at_ms;
        take(&p, folded->letter);
    }
    if (fold->state != CASE_CLOSED) {
        add(&p, at_ms, until_ms);
    }
    return true;
}

static void sum(void *context, const struct time_stretch *one)
{
    uint64_t *ms = context;
    ms[one->bucket] += one->to_ms - one->from_ms;
}

bool case_time(const struct case_fold *fold, const struct metric_scene *scene, uint64_t ret_ms[BUCKETS])
{
    for (size_t i = 0; i < BUCKETS; i++) {
        ret_ms[i] = 0;
    }
    return fold->state == CASE_CLOSED && case_time_each(fold, scene, 0, sum, ret_ms);
}
