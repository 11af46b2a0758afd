/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/scene_report.h"

#include <string.h>

json_t *scene_report(const struct scenario *scenario)
{
    return report_json(
        &(struct report_of){.record = scene.record, .scenario = scenario, .measures = scene.measures});
}

const char *scene_answered(const json_t *report, const char *id)
{
    size_t at = 0;
    json_t *one = NULL;
    json_array_foreach(json_object_get(report, "answers"), at, one)
    {
        if (strcmp(json_string_value(json_object_get(one, "id")), id) == 0) {
            return json_string_value(json_object_get(one, "answer"));
        }
    }
    return "";
}
