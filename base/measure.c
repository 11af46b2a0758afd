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

/* --- resamples --- */

/* xorshift64* (Vigna 2016). */
static uint64_t draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * UINT64_C(0x2545f4914f6cdd1d);
}

/* As measure_percentile() of 50, of a sample in which each one counts so often; NEVER_MS: not reached. */
static uint64_t weighted_median(const struct measured *sorted, size_t stride, const uint16_t *times,
                                size_t count)
{
    uint64_t survival = SURVIVAL_ONE, risk = count;
    for (size_t at = 0; at < count;) {
        uint64_t span_ms = sorted[at * stride].span_ms, came = 0, gone = 0;
        for (; at < count && sorted[at * stride].span_ms == span_ms; at++) {
            came += sorted[at * stride].done ? times[at] : 0;
            gone += times[at];
        }
        survival = risk == 0 ? survival : (survival * (risk - came) + risk / 2) / risk;
        risk -= gone;
        if (survival <= SURVIVAL_ONE / 2 + TOLERANCE) {
            return span_ms;
        }
    }
    return NEVER_MS;
}

static int order_numbers(const void *left, const void *right)
{
    const uint64_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

bool measure_median_bound(const struct measured *sorted, size_t count, uint64_t seed, unsigned of_thousand,
                          uint64_t *ret_ms)
{
    uint16_t times[RESAMPLED_MAX];
    uint64_t medians[RESAMPLES];
    ensure(count <= MEASURES_MAX && of_thousand < 1000 && seed != 0);
    size_t stride = count <= RESAMPLED_MAX ? 1 : (count + RESAMPLED_MAX - 1) / RESAMPLED_MAX;
    size_t taken = count / stride;
    *ret_ms = count == 0 ? 0 : sorted[count - 1].span_ms;
    if (taken == 0) {
        return false;
    }
    for (size_t i = 0; i < RESAMPLES; i++) {
        for (size_t k = 0; k < taken; k++) {
            times[k] = 0;
        }
        for (size_t k = 0; k < taken; k++) {
            times[draw(&seed) % taken]++;
        }
        medians[i] = weighted_median(sorted, stride, times, taken);
    }
    qsort(medians, RESAMPLES, sizeof medians[0], order_numbers);
    uint64_t bound = medians[(size_t)of_thousand * RESAMPLES / 1000];
    *ret_ms = bound == NEVER_MS ? *ret_ms : bound;
    return bound != NEVER_MS;
}

/* --- shares --- */

#define EXACT_MAX (UINT64_C(1) << 53) /* times 1000, it is still a number of 64 bits */

static uint64_t thousandths(uint64_t part, uint64_t whole)
{
    while (whole > EXACT_MAX || part > EXACT_MAX) {
        part >>= 1;
        whole >>= 1;
    }
    return whole == 0 ? 0 : (part * 1000 + whole / 2) / whole;
}

bool measure_share(const struct measured_part *parts, size_t count, uint64_t *ret_thousandths)
{
    uint64_t part = 0, whole = 0;
    ensure(count <= MEASURES_MAX);
    for (size_t i = 0; i < count; i++) {
        part += parts[i].part;
        whole += parts[i].whole;
    }
    *ret_thousandths = thousandths(part, whole);
    return whole != 0;
}

bool measure_share_bound(const struct measured_part *parts, size_t count, uint64_t seed, unsigned of_thousand,
                         uint64_t *ret_thousandths)
{
    uint64_t shares[RESAMPLES];
    ensure(count <= MEASURES_MAX && of_thousand < 1000 && seed != 0);
    if (!measure_share(parts, count, ret_thousandths)) {
        return false;
    }
    for (size_t i = 0; i < RESAMPLES; i++) {
        uint64_t part = 0, whole = 0;
        for (size_t k = 0; k < count; k++) {
            const struct measured_part *drawn = &parts[draw(&seed) % count];
            part += drawn->part;
            whole += drawn->whole;
        }
        shares[i] = thousandths(part, whole);
    }
    qsort(shares, RESAMPLES, sizeof shares[0], order_numbers);
    *ret_thousandths = shares[(size_t)of_thousand * RESAMPLES / 1000];
    return true;
}

/* The largest number whose square is not above it. */
static uint64_t root(uint64_t square)
{
    uint64_t low = 0, high = UINT64_C(1) << 32;
    while (high - low > 1) {
        uint64_t middle = low + (high - low) / 2;
        if (middle * middle <= square) {
            low = middle;
        } else {
            high = middle;
        }
    }
    return low;
}

#define Z_SQUARED UINT64_C(38416) /* 1.96 * 1.96, in parts of 10,000 */

void measure_chance_bounds(uint64_t so, uint64_t of, uint64_t *ret_low, uint64_t *ret_high)
{
    ensure(of != 0 && of <= MEASURES_MAX && so <= of);
    uint64_t middle = 2 * so * 10000 + Z_SQUARED;
    uint64_t apart = root(Z_SQUARED * (Z_SQUARED + 40000 * so * (of - so) / of));
    uint64_t all = 2 * (of * 10000 + Z_SQUARED);
    uint64_t high = ((middle + apart) * 1000 + all - 1) / all;
    *ret_low = middle > apart ? (middle - apart) * 1000 / all : 0;
    *ret_high = high < 1000 ? high : 1000;
}
