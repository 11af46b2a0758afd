/* SPDX-License-Identifier: Apache-2.0 */
/* Where a scenario comes from on this machine: plain files, and zones of its tzdata. */
#ifndef COMITY_DRILLS_SCENARIO_FILES_H
#define COMITY_DRILLS_SCENARIO_FILES_H

#include "drills/scenario/scenario.h"

extern const struct scenario_source scenario_files;

#endif
