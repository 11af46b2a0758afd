/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_metrics.h"
#include "nodes/letter_parts.h"
#include "nodes/lifecycle.h"

#define PARTED_MS_MAX (10000 * MS_PER_HOUR) /* more than a year: what is longer is not parted by hours */
#define OWED_BY_Q                                                                                            \
    (ASK_BIT(ASK_INFO) | ASK_BIT(ASK_WARN) | ASK_BIT(ASK_COND) | ASK_BIT(ASK_CONSULT) | ASK_BIT(ASK_COST) |  \
     ASK_BIT(ASK_CONTENT))

/* The case after some of its letters, as far as time needs it. */
struct play {
    const struct metric_scene *scene;
    const struct folded_letter *after; /* how it stands: as the fold had it after that letter */
    bool seen;                         /* an officer of R wrote */
    uint64_t delivered_ms;             /* the request */
    uint64_t transfer_ms;              /* evidence is on its way until then */
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
        if ((p->after->states & by_state[i].states) != 0) {
            bool waits =
                by_state[i].bucket == BUCKET_DECIDING && (p->after->open & ASK_BIT(ASK_TRANSLATION)) != 0;
            return waits ? BUCKET_TRANSLATION : by_state[i].bucket;
        }
    }
    return BUCKET_VERIFYING; /* all has ended, and something is still said */
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

enum time_bucket bucket_by_hours(enum staffing staffing, enum time_bucket staffed)
{
    return staffing == CLOSED ? BUCKET_CLOSED : staffing == ON_CALL ? BUCKET_ON_CALL : staffed;
}

/* While it is R's turn, by its hours. */
static void add_by_hours(struct play *p, enum time_bucket bucket, uint64_t from_ms, uint64_t to_ms)
{
    const struct metric_scene *scene = p->scene;
    bool parted = scene->staffing != NULL && to_ms - from_ms < PARTED_MS_MAX;
    while (from_ms < to_ms) {
        const struct staffing_span span =
            parted ? scene->staffing(scene->context, SIDE_R, p->roster, from_ms)
                   : (struct staffing_span){.staffing = STAFFED, .until_ms = to_ms};
        uint64_t end_ms = least(span.until_ms, to_ms);
        stretch(p, bucket_by_hours(span.staffing, bucket), from_ms, end_ms);
        from_ms = end_ms;
    }
}

/* What stands now stood from one moment to another. */
static void add(struct play *p, uint64_t from_ms, uint64_t to_ms)
{
    if (from_ms < p->delivered_ms && from_ms < to_ms) {
        uint64_t end_ms = least(to_ms, p->delivered_ms);
        stretch(p, BUCKET_TRANSPORT, from_ms, end_ms);
        from_ms = end_ms;
    }
    enum time_bucket bucket = (p->after->open & OWED_BY_Q) != 0 ? BUCKET_Q_OWES : bucket_of(p);
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

static void take(struct play *p, const struct folded_letter *folded)
{
    const struct case_letter *letter = folded->letter;
    p->after = folded;
    p->seen =
        p->seen || (letter->author == SIDE_R && letter_signatures_needed(letter->kind, letter->letter) != 0);
    if (letter->kind == LETTER_EVIDENCE) {
        p->transfer_ms = letter->delivered_ms;
    }
}

bool case_time_each(const struct case_fold *fold, const struct metric_scene *scene, uint64_t until_ms,
                    void (*each)(void *context, const struct time_stretch *), void *context)
{
    struct play p = {.scene = scene, .each = each, .context = context};
    const struct case_letter *opener = fold->opener;
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
        if (p.after != NULL) {
            uint64_t next_ms = turns_at(folded->letter);
            add(&p, at_ms, next_ms);
            at_ms = next_ms > at_ms ? next_ms : at_ms;
        }
        take(&p, folded);
    }
    if (p.after != NULL && fold->state != CASE_CLOSED) {
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
