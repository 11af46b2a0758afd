/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of drills as files in a folder: of any way of playing. */
#ifndef COMITY_DRILLS_CLI_REPORT_OUT_H
#define COMITY_DRILLS_CLI_REPORT_OUT_H

#include "drills/record/record.h"
#include "drills/scenario/scenario.h"
#include "nodes/cli/cli.h"

struct drill_measures; /* drills/measure/measures.h */

/*
 * Measures a record that is finished and writes report.json, events.csv and, where its template is installed, report.html into the
 * folder, which is made if it is not there. The exit code; what is wrong was said. *ret_main (may be NULL) is the file to
 * open first, in cli->arena.
 */
int report_out(struct cli *, const struct scenario *, const struct drill_record *, const char *folder,
               const char **ret_main);
/* The same of what is measured already. */
int report_out_measured(struct cli *, const struct drill_measures *, const char *folder,
                        const char **ret_main);
/*
 * A sweep or a comparison as STEM.json and, where the page's template is installed, STEM.html in the folder, which is made if it is
 * not there. The exit code and *ret_main as above.
 */
int page_out(struct cli *, const json_t *, const char *folder, const char *stem, const char **ret_main);

/*
 * The folder that a report goes into, made if it is not there: out, or without one a new one here, named after the scenario (its
 * folder, or its file without .yaml) and the time, such as long-weekend-2026-11-22-1507. In cli->arena; NULL: it cannot be made, which
 * was said.
 */
const char *report_folder(struct cli *, const char *scenario_file, const char *out);
/*
 * Whether there can be that folder, asked before what takes long is begun; false: no, which was said. What it makes to find out it removes:
 * who is interrupted leaves nothing.
 */
MUST_USE bool report_folder_can_be(struct cli *, const char *scenario_file, const char *out);

#endif
