/* SPDX-License-Identifier: Apache-2.0 */
#include "base/measure.h"

#include <stdlib.h>

#include "base/ensure.h"

#define TOLERANCE                                                                                            \
    (SURVIVAL_ONE >> 16) /* what rounding may add up to: a percentile at exactly the step is that step */

static int order(const void *left, const void *right)
{
    const struct measured *a = left, *b = right;
    return (a->span_ms > b->span_ms) - (a->span_ms < b->span_ms);
}

void measures_sort(struct measured *measures, size_t count)
{
    qsort(measures, count, sizeof *measures, order);
}

/* One step of the curve: those that came after the span at *at, which is moved behind them. */
static uint64_t step(const struct measured *sorted, size_t count, size_t *at, uint64_t survival)
{
    size_t from = *at, came = 0;
    while (*at < count && sorted[*at].span_ms == sorted[from].span_ms) {
        came += sorted[*at].done ? 1 : 0;
        (*at)++;
    }
    uint64_t risk = count - from;
    return (survival * (risk - came) + risk / 2) / risk;
}

uint64_t measure_survival(const struct measured *sorted, size_t count, uint64_t span_ms)
{
    uint64_t survival = SURVIVAL_ONE;
    ensure(count <= MEASURES_MAX);
    for (size_t at = 0; at < count && sorted[at].span_ms <= span_ms;) {
        survival = step(sorted, count, &at, survival);
    }
    return survival;
}

bool measure_percentile(const struct measured *sorted, size_t count, unsigned of_hundred, uint64_t *ret_ms)
{
    uint64_t survival = SURVIVAL_ONE;
    uint64_t wanted = SURVIVAL_ONE / 100 * (100 - of_hundred) + TOLERANCE;
    ensure(count <= MEASURES_MAX && of_hundred <= 100);
    *ret_ms = 0;
    for (size_t at = 0; at < count;) {
        uint64_t span_ms = sorted[at].span_ms;
        *ret_ms = span_ms == NEVER_MS ? *ret_ms : span_ms;
        survival = step(sorted, count, &at, survival);
        if (survival <= wanted) {
            return true;
        }
    }
    return false;
}
