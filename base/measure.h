/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long things take, counted honestly: what is not answered yet counts, for as long as it has waited. Percentiles by the
 * product-limit estimate (Kaplan and Meier 1958); where its curve does not come down far enough, there is none. In whole
 * numbers throughout.
 */
#ifndef COMITY_BASE_MEASURE_H
#define COMITY_BASE_MEASURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/attributes.h"

#define MEASURES_MAX ((size_t)1 << 20)
#define NEVER_MS     UINT64_MAX /* of what cannot come any more: it is at risk for ever */

struct measured {
    uint64_t span_ms;
    bool done; /* it came after that; else it had not come until then */
};

/* In the order the functions below want: by span. What had not come after a span was still at risk at it. */
void measures_sort(struct measured *, size_t count);

#define SURVIVAL_ONE (UINT64_C(1) << 40)
/* The share that has not come after so long, in parts of SURVIVAL_ONE; right to a few parts for each distinct span. */
uint64_t measure_survival(const struct measured *sorted, size_t count, uint64_t span_ms);

/*
 * The shortest span after which the estimate is that so many of a hundred have come. False: the curve never comes down to
 * that, and *ret_ms is the longest span that was observed. count <= MEASURES_MAX, 0 is false and 0.
 */
MUST_USE bool measure_percentile(const struct measured *sorted, size_t count, unsigned of_hundred,
                                 uint64_t *ret_ms);

/*
 * How far a median of so few may be trusted (Efron 1981): the sample is drawn anew from itself RESAMPLES times, by that seed, and the
 * bound is the median that so many of 1000 resamples have at most. False: beyond the longest span, which *ret_ms is. Of more than
 * RESAMPLED_MAX every so many-th is taken, which makes the bounds no narrower.
 */
#define MEASURE_LOW   25
#define MEASURE_HIGH  975
#define RESAMPLES     400
#define RESAMPLED_MAX 1000
MUST_USE bool measure_median_bound(const struct measured *sorted, size_t count, uint64_t seed,
                                   unsigned of_thousand, uint64_t *ret_ms);

/* --- shares of several samples, such as runs: what belongs to one sample is drawn together --- */

struct measured_part {
    uint64_t part, whole;
};
/* All parts in thousandths of all wholes; a share, or a mean where each whole is 1. False: nothing is whole. */
MUST_USE bool measure_share(const struct measured_part *, size_t count, uint64_t *ret_thousandths);
/* As measure_median_bound(), of that. A resample in which nothing is whole counts as 0. */
MUST_USE bool measure_share_bound(const struct measured_part *, size_t count, uint64_t seed,
                                  unsigned of_thousand, uint64_t *ret_thousandths);
/*
 * Between what it is, of 100 times that so many of `of` are so, 95 times (Wilson 1927), in thousandths: for samples of which each
 * is so or is not, where drawing anew from 50 of 50 would be sure of all. of: 1 .. MEASURES_MAX.
 */
void measure_chance_bounds(uint64_t so, uint64_t of, uint64_t *ret_low, uint64_t *ret_high);

#endif
