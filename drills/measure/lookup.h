/* SPDX-License-Identifier: Apache-2.0 */
/* What is looked up in a record for every event that is measured: acts by what they are about, faults by whom they strike. */
#ifndef COMITY_DRILLS_MEASURE_LOOKUP_H
#define COMITY_DRILLS_MEASURE_LOOKUP_H

#include "drills/record/record.h"

struct lookup;
/* Of a closed record, which is borrowed. Heap; out of memory is the end. */
struct lookup *lookup_new(const struct drill_record *);
void lookup_free(struct lookup *); /* NULL is allowed */

/* The next act about a case or an inject behind that one (0: the first), by its number in the record from 1; 0: there is none. */
size_t lookup_act_of_case(const struct lookup *, size_t of_case, size_t after);
size_t lookup_act_of_inject(const struct lookup *, size_t inject, size_t after);

/* The first in the list of the faults that took that part (one in so many) or more of what a party (0: nobody's) did; NULL: none did. */
const struct record_fault *lookup_fault(const struct lookup *, size_t party, uint64_t from_ms, uint64_t to_ms,
                                        uint64_t one_in);

#endif
