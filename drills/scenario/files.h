/* SPDX-License-Identifier: Apache-2.0 */
/* Where a scenario comes from on this machine: plain files, and zones of its tzdata. */
#ifndef COMITY_DRILLS_SCENARIO_FILES_H
#define COMITY_DRILLS_SCENARIO_FILES_H

#include "drills/scenario/scenario.h"

extern const struct scenario_source scenario_files;

/*
 * The file that a person means: the path itself; scenario.yaml in it, if it is a folder; or, where there is no NAME.yaml,
 * NAME/scenario.yaml. The path itself when there is none of these, or the arena is exhausted.
 */
const char *scenario_path(const char *path, struct arena *);

#endif
