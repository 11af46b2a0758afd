/* SPDX-License-Identifier: Apache-2.0 */
/* What a scenario says before anything happens: States, parties, injects as planned, data as they really are, jumps. */
#ifndef COMITY_DRILLS_RECORD_READ_SCENARIO_H
#define COMITY_DRILLS_RECORD_READ_SCENARIO_H

#include "drills/record/record.h"
#include "drills/scenario/scenario.h"

/* Into an empty record, in the order of the scenario; zones, holidays and desks are borrowed from it. */
void record_read_scenario(struct drill_record *, const struct scenario *);

#endif
