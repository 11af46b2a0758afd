/* SPDX-License-Identifier: Apache-2.0 */
/* What the runs of a point come to: a median, a share or a mean, and how far it may be trusted. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "base/measure.h"
#include "drills/sweep/sweep_private.h"

#define RESAMPLE_SEED UINT64_C(0x5357454550) /* the same in every sweep */

/* --- the order of columns: what came in no run says nothing, and goes last; what is expected, what is asked, then measures by their numbers --- */

static unsigned rank_of_measure(const char *measure)
{
    static const char *const first[] = {"expect", "answer"};
    for (unsigned i = 0; i < 2; i++) {
        if (strcmp(measure, first[i]) == 0) {
            return i;
        }
    }
    return (measure[0] == 'M' ? 2 : 1000) + (unsigned)strtoul(measure + 1, NULL, 10);
}

static unsigned rank_of_class(const char *urgency)
{
    const char *at = urgency[0] == '\0' ? NULL : strchr("EUR", urgency[0]);
    return at == NULL ? 0 : (unsigned)(at - "EUR") + 1;
}

static int by_key(const void *left, const void *right)
{
    const struct sweep_column *a = left, *b = right;
    char x[NUMBER_KEY_BYTES_MAX + 1], y[NUMBER_KEY_BYTES_MAX + 1];
    if (a->came != b->came) {
        return a->came ? -1 : 1;
    }
    for (size_t part = 0; part < KEY_PARTS; part++) {
        (void)number_key_part(a->key, part, x);
        (void)number_key_part(b->key, part, y);
        unsigned m = part == 0 ? rank_of_measure(x) : part == 2 ? rank_of_class(x) : 0;
        unsigned n = part == 0 ? rank_of_measure(y) : part == 2 ? rank_of_class(y) : 0;
        int order = m != n ? (m > n) - (m < n) : strcmp(x, y);
        if (order != 0) {
            return order;
        }
    }
    return 0;
}

size_t sweep_columns(struct sweep *sweep)
{
    if (!sweep->ordered && sweep->count != 0) {
        qsort(sweep->columns, sweep->count, sizeof *sweep->columns, by_key);
    }
    sweep->ordered = true;
    size_t came = 0;
    while (came < sweep->count && sweep->columns[came].came) {
        came++;
    }
    return came;
}

const char *sweep_column_key(const struct sweep *sweep, size_t column)
{
    return sweep->columns[column].key;
}

enum number_kind sweep_column_kind(const struct sweep *sweep, size_t column)
{
    return sweep->columns[column].kind;
}

/* --- cells --- */

static void of_spans(const struct sweep_number *numbers, size_t count, struct sweep_cell *ret)
{
    struct measured spans[SWEEP_RUNS_MAX];
    for (size_t i = 0; i < count; i++) {
        spans[i] = (struct measured){.span_ms = numbers[i].number, .done = numbers[i].whole != 0};
    }
    measures_sort(spans, count);
    ret->reached = measure_percentile(spans, count, 50, &ret->value);
    if (ret->sure) {
        ret->low_reached = measure_median_bound(spans, count, RESAMPLE_SEED, MEASURE_LOW, &ret->low);
        ret->high_reached = measure_median_bound(spans, count, RESAMPLE_SEED, MEASURE_HIGH, &ret->high);
    }
}

/* Drawn anew, all or nothing stays all or nothing: how sure that is, the number of runs says. */
static bool is_all_or_nothing(const struct sweep_number *numbers, size_t count, enum number_kind kind)
{
    bool all = kind == NUMBER_SHARE, nothing = true;
    for (size_t i = 0; i < count; i++) {
        all = all && numbers[i].number == numbers[i].whole;
        nothing = nothing && numbers[i].number == 0;
    }
    return all || nothing;
}

static void of_parts(const struct sweep_number *numbers, size_t count, enum number_kind kind,
                     struct sweep_cell *ret)
{
    struct measured_part parts[SWEEP_RUNS_MAX];
    uint64_t so = 0, of = 0;
    for (size_t i = 0; i < count; i++) {
        parts[i] = (struct measured_part){.part = numbers[i].number, .whole = numbers[i].whole};
        so += numbers[i].number != 0 && numbers[i].whole != 0;
        of += numbers[i].whole != 0;
    }
    ret->reached = measure_share(parts, count, &ret->value);
    ret->sure = of >= SWEEP_SURE_LEAST;
    if (ret->sure && (kind == NUMBER_CHANCE || is_all_or_nothing(numbers, count, kind))) {
        measure_chance_bounds(so, of, &ret->low, &ret->high);
    } else if (ret->sure) {
        ret->sure = measure_share_bound(parts, count, RESAMPLE_SEED, MEASURE_LOW, &ret->low) &&
                    measure_share_bound(parts, count, RESAMPLE_SEED, MEASURE_HIGH, &ret->high);
    }
    ret->low_reached = ret->high_reached = ret->sure;
}

bool sweep_cell(const struct sweep *sweep, size_t column, size_t point, struct sweep_cell *ret)
{
    struct sweep_number there[SWEEP_RUNS_MAX];
    const struct sweep_column *it = &sweep->columns[column];
    size_t n = 0;
    for (size_t run = 0; run < sweep->setup.runs; run++) {
        const struct sweep_number *number = &it->numbers[point * sweep->setup.runs + run];
        if (number->whole != SWEEP_ABSENT) {
            there[n++] = *number;
        }
    }
    *ret = (struct sweep_cell){.n = n, .sure = n >= SWEEP_SURE_LEAST};
    if (n != 0 && it->kind == NUMBER_SPAN) {
        of_spans(there, n, ret);
    } else if (n != 0) {
        of_parts(there, n, it->kind, ret);
    }
    return n != 0;
}

/* Where no bound was reached, it lies beyond all others. */
static bool lies_below(const struct sweep_cell *a, const struct sweep_cell *b)
{
    return a->high_reached && (!b->low_reached || a->high < b->low);
}

static bool values_differ(const struct sweep_cell *a, const struct sweep_cell *b)
{
    return a->reached != b->reached || (a->reached && a->value != b->value);
}

bool sweep_differs(const struct sweep *sweep, size_t column)
{
    struct sweep_cell least = {.n = 0}, most = {.n = 0}, first = {.n = 0}, cell;
    for (size_t point = 0; point < sweep->setup.grid->points; point++) {
        if (!sweep_cell(sweep, column, point, &cell)) {
            continue;
        }
        if (first.n != 0 && sweep->setup.runs < SWEEP_SURE_LEAST && values_differ(&first, &cell)) {
            return true;
        }
        first = first.n == 0 ? cell : first;
        if (cell.sure &&
            (least.n == 0 || (cell.high_reached && (!least.high_reached || cell.high < least.high)))) {
            least = cell;
        }
        if (cell.sure && (most.n == 0 || (most.low_reached && (!cell.low_reached || cell.low > most.low)))) {
            most = cell;
        }
    }
    return least.n != 0 && most.n != 0 && lies_below(&least, &most);
}
