/* SPDX-License-Identifier: Apache-2.0 */
/* The measures in files: measure_case.c folds cases, measure_known.c has what only the drill knows, judge.c expectations. */
#ifndef COMITY_DRILLS_MEASURE_MEASURES_PRIVATE_H
#define COMITY_DRILLS_MEASURE_MEASURES_PRIVATE_H

#include "drills/measure/desk_hours.h"
#include "drills/measure/lookup.h"
#include "drills/measure/measures.h"

/* Adds an event of a case and a party, its times brought into the drill's time; says itself why it is left out. */
void measured_add(struct drill_measures *, size_t of_case, size_t party, const struct stat_event *);
/* A span of a case or of none; stop 0: it runs. */
void measured_span(struct drill_measures *, uint32_t metric, size_t of_case, size_t party, uint32_t item,
                   uint64_t start_ms, uint64_t stop_ms, enum stat_outcome);
void measured_share(struct drill_measures *, uint32_t metric, size_t of_case, size_t party, uint32_t item,
                    uint64_t start_ms, enum stat_outcome);

void measure_cases(struct drill_measures *);
/* Of events of cases what the truth says; to be called after measure_cases(). */
void measure_known(struct drill_measures *);
void measure_people(struct drill_measures *);
/* The case of the first State that was asked, where one State sent who asked on to the next; *ret_hops: how many cases that is. */
size_t trail_root(const struct drill_record *, size_t number, size_t *ret_hops);
void judge(struct drill_measures *);

#endif
