/* SPDX-License-Identifier: Apache-2.0 */
/* The report of the small drill of a test (drill_scene.h). */
#ifndef COMITY_TESTS_SUPPORT_SCENE_REPORT_H
#define COMITY_TESTS_SUPPORT_SCENE_REPORT_H

#include "drills/report/report.h"
#include "tests/support/drill_scene.h"

/* As it was measured. A new reference. */
json_t *scene_report(const struct scenario *);
/* What a report answers to a question; "": there is none of that id. */
const char *scene_answered(const json_t *report, const char *id);

#endif
