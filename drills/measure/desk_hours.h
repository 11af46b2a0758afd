/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at each desk in each quarter of an hour of a drill, looked up once. */
#ifndef COMITY_DRILLS_MEASURE_DESK_HOURS_H
#define COMITY_DRILLS_MEASURE_DESK_HOURS_H

#include "drills/record/record.h"

struct desk_hours;
/* From the start of the drill to its end. The record is borrowed. */
struct desk_hours *desk_hours_new(const struct drill_record *);
void desk_hours_free(struct desk_hours *); /* NULL is allowed */

/* At a moment; party 0: 0, not known. */
enum staffing desk_staffing(struct desk_hours *, size_t party, uint64_t ms);
/* The same with until when it stays so at least, to the quarter of an hour: to the first at which it is another, or the drill's end. */
struct staffing_span desk_staffing_span(struct desk_hours *, size_t party, uint64_t ms);
/* Of a stretch, how long the desk was staffed; what lies outside the drill does not count. */
uint64_t desk_staffed_ms(struct desk_hours *, size_t party, uint64_t from_ms, uint64_t to_ms);

#endif
