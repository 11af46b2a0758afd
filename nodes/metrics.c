/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/metrics.h"

#define SEED UINT64_C(0x9e3779b97f4a7c15) /* of the resamples: the same events give the same row */

#define NO_TARGET                                                                                            \
    {                                                                                                        \
        .ms = 0                                                                                              \
    }
#define MINUTES(n)                                                                                           \
    {                                                                                                        \
        .ms = (n)*MS_PER_MINUTE                                                                              \
    }
#define HOURS(n)                                                                                             \
    {                                                                                                        \
        .ms = (n)*MS_PER_HOUR                                                                                \
    }
#define DAYS(n)                                                                                              \
    {                                                                                                        \
        .ms = (n)*MS_PER_DAY                                                                                 \
    }
#define WORKDAYS(n)                                                                                          \
    {                                                                                                        \
        .workdays = (n)                                                                                      \
    }

static const struct metric_rule rules[] = {
#define METRIC(name, number, said, how, emergency, urgent, routine, has, what)                               \
    {.metric = METRIC_##name,                                                                                \
     .word = (said),                                                                                         \
     .kind = METRIC_##how,                                                                                   \
     .targets = {[URGENCY_NONE] = routine,                                                                   \
                 [URGENCY_EMERGENCY] = emergency,                                                            \
                 [URGENCY_URGENT] = urgent,                                                                  \
                 [URGENCY_ROUTINE] = routine},                                                               \
     .parts = PARTS_##has,                                                                                   \
     .text = (what)},
#include "nodes/metrics.def"
#undef METRIC
};
#define RULES (sizeof rules / sizeof rules[0])

const struct metric_rule *metric_rules(size_t *ret_count)
{
    *ret_count = RULES;
    return rules;
}

const struct metric_rule *metric_rule(enum metric metric)
{
    for (size_t i = 0; i < RULES; i++) {
        if (rules[i].metric == metric) {
            return &rules[i];
        }
    }
    return NULL;
}

/* --- parts --- */

static const char *among(const char *const *words, size_t count, uint32_t part)
{
    return part < count && words[part] != NULL ? words[part] : "";
}

static const char *field_word(uint32_t part)
{
    const ProtobufCEnumValue *value =
        part == 0 ? NULL : protobuf_c_enum_descriptor_get_value(&comity__check__field__descriptor, (int)part);
    return value == NULL ? "" : value->name;
}

const char *metric_part_word(const struct metric_rule *rule, uint32_t part)
{
    static const char *const owed[] = {NULL, "assistance", "extension", "search", "hold"};
    static const char *const levels[] = {NULL, "holder", "duty", "deputy", "head", "central"};
    static const char *const buckets[] = {
#define BUCKET(name, number, word) [number] = (word),
#include "nodes/buckets.def"
#undef BUCKET
    };
    switch (rule->parts) {
    case PARTS_NONE:
        break;
    case PARTS_OWED:
        return among(owed, sizeof owed / sizeof owed[0], part);
    case PARTS_LEVEL:
        return among(levels, sizeof levels / sizeof levels[0], part);
    case PARTS_BUCKET:
        return among(buckets, sizeof buckets / sizeof buckets[0], part);
    case PARTS_FIELD:
        return field_word(part);
    }
    return "";
}

/* --- a row --- */

bool metric_tally_init(struct metric_tally *tally, struct arena *arena, size_t max, uint64_t now_ms)
{
    max = max < TALLY_MAX ? max : TALLY_MAX;
    *tally = (struct metric_tally){.now_ms = now_ms,
                                   .list = arena_take(arena, max * sizeof *tally->list),
                                   .sorted = arena_take(arena, max * sizeof *tally->sorted),
                                   .max = max};
    return tally->list != NULL && tally->sorted != NULL;
}

void metric_tally_begin(struct metric_tally *tally, const struct metric_rule *rule)
{
    tally->rule = rule;
    tally->row = (struct metric_row){.n = 0};
    tally->count = 0;
}

static uint64_t since(uint64_t from_ms, uint64_t to_ms)
{
    return to_ms > from_ms ? to_ms - from_ms : 0;
}

uint64_t stat_event_until_ms(const struct stat_event *event, uint64_t now_ms)
{
    return event->outcome == STAT_OPEN && event->stop_ms == 0 ? now_ms : event->stop_ms;
}

static uint64_t paused_ms(const struct stat_event *event, uint64_t until_ms)
{
    return event->paused_ms + (event->paused_since_ms == 0 ? 0 : since(event->paused_since_ms, until_ms));
}

/* On time is asked of what had its whole time to come, and was not withdrawn before. */
static void count_target(struct metric_tally *tally, const struct stat_event *event)
{
    uint64_t until_ms =
        event->outcome == STAT_MISSED ? tally->now_ms : stat_event_until_ms(event, tally->now_ms);
    uint64_t due_ms = event->due_ms + paused_ms(event, until_ms);
    bool left = (event->outcome == STAT_LEFT || event->outcome == STAT_OPEN) && until_ms < due_ms;
    if (event->due_ms != 0 && !left && due_ms <= tally->now_ms) {
        tally->row.mature++;
        tally->row.on_time += event->outcome == STAT_DONE && event->stop_ms <= due_ms;
    }
}

static void add_span(struct metric_tally *tally, const struct stat_event *event)
{
    struct metric_row *row = &tally->row;
    uint64_t until_ms = stat_event_until_ms(event, tally->now_ms);
    uint64_t gross_ms = since(event->start_ms, until_ms), waited_ms = paused_ms(event, until_ms);
    bool never = event->outcome == STAT_MISSED;
    count_target(tally, event);
    row->paused |= waited_ms != 0;
    row->longest_ms = !never && gross_ms > row->longest_ms ? gross_ms : row->longest_ms;
    if (tally->count == tally->max) {
        row->cut = true;
        return;
    }
    tally->list[tally->count++] = (struct tallied){.gross_ms = never ? NEVER_MS : gross_ms,
                                                   .net_ms = never ? NEVER_MS : since(waited_ms, gross_ms),
                                                   .came = event->outcome == STAT_DONE,
                                                   .staffing = event->staffing};
}

void metric_tally_add(struct metric_tally *tally, const struct stat_event *event)
{
    struct metric_row *row = &tally->row;
    bool over = tally->rule->kind == METRIC_SHARE && event->outcome == STAT_OPEN && event->due_ms != 0 &&
                event->due_ms < stat_event_until_ms(event, tally->now_ms);
    row->n++;
    row->done += event->outcome == STAT_DONE;
    row->open += event->outcome == STAT_OPEN && !over;
    row->left += event->outcome == STAT_LEFT;
    row->missed += event->outcome == STAT_MISSED || over;
    if (tally->rule->kind == METRIC_SPAN) {
        add_span(tally, event);
    } else if (tally->rule->kind == METRIC_TOTAL) {
        row->total_ms += since(event->start_ms, event->stop_ms);
    }
}

/* Those of them, sorted; net: pauses taken off. hours: STAFFED, or CLOSED for all others that are known; 0: all. */
static size_t sort(struct metric_tally *tally, bool net, enum staffing hours)
{
    size_t count = 0;
    for (size_t i = 0; i < tally->count; i++) {
        const struct tallied *one = &tally->list[i];
        bool wanted = hours == 0 || (one->staffing != 0 && (one->staffing == STAFFED) == (hours == STAFFED));
        if (wanted) {
            tally->sorted[count++] =
                (struct measured){.span_ms = net ? one->net_ms : one->gross_ms, .done = one->came};
        }
    }
    measures_sort(tally->sorted, count);
    return count;
}

static struct percentile percentile(const struct metric_tally *tally, size_t count, unsigned of_hundred)
{
    struct percentile p;
    p.reached = measure_percentile(tally->sorted, count, of_hundred, &p.ms);
    return p;
}

static struct by_hours by_hours(struct metric_tally *tally, enum staffing hours)
{
    struct by_hours ret = {.count = sort(tally, false, hours)};
    if (ret.count >= HOURS_LEAST) {
        ret.median = percentile(tally, ret.count, 50);
        ret.low.reached = measure_median_bound(tally->sorted, ret.count, SEED, MEASURE_LOW, &ret.low.ms);
        ret.high.reached = measure_median_bound(tally->sorted, ret.count, SEED, MEASURE_HIGH, &ret.high.ms);
    }
    return ret;
}

static void end_span(struct metric_tally *tally)
{
    struct metric_row *row = &tally->row;
    if (row->paused) {
        size_t count = sort(tally, true, 0);
        row->net_median = percentile(tally, count, 50);
        row->net_p90 = percentile(tally, count, 90);
        row->net_p99 = percentile(tally, count, 99);
    }
    if (tally->rule->metric == METRIC_ACKNOWLEDGE || tally->rule->metric == METRIC_DECIDE) { /* M21 */
        row->in_hours = by_hours(tally, STAFFED);
        row->out_of_hours = by_hours(tally, CLOSED);
        row->hours_shown = row->in_hours.count >= HOURS_LEAST && row->out_of_hours.count >= HOURS_LEAST;
    }
    size_t count = sort(tally, false, 0);
    row->percentiles = count >= FEW;
    if (row->percentiles) {
        row->median = percentile(tally, count, 50);
        row->p90 = percentile(tally, count, 90);
        row->p99 = percentile(tally, count, 99);
    } else {
        for (; row->dots < count; row->dots++) {
            row->dot[row->dots] = tally->sorted[row->dots];
        }
    }
}

void metric_tally_end(struct metric_tally *tally, struct metric_row *ret)
{
    if (tally->rule->kind == METRIC_SPAN) {
        end_span(tally);
    }
    *ret = tally->row;
}
