/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/report/report.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/report/report_private.h"

#define FILE_MODE 0644

/* Parameters of the load model as the scenario states them; null without one. */
static json_t *load_json(const struct scenario *scenario)
{
    if (scenario == NULL || !scenario->load.given) {
        return json_null();
    }
    const struct scenario_load *load = &scenario->load;
    const struct {
        const char *name;
        uint64_t value;
    } values[] = {{"a_year", load->a_year},
                  {"hold_ppm", load->kinds.hold},
                  {"assistance_ppm", load->kinds.assistance},
                  {"question_ppm", load->kinds.question},
                  {"emergency_ppm", load->kinds.emergency},
                  {"other_ppm", load->kinds.other},
                  {"spread_median", load->spread.median},
                  {"spread_p95", load->spread.p95},
                  {"burst_ppm", load->bursts.share},
                  {"duplicate_ppm", load->duplicates},
                  {"misdirected_ppm", load->misdirected},
                  {"forged_ppm", load->forged},
                  {"nothing_ppm", load->nothing},
                  {"office_ppm", load->when.office},
                  {"holds_an_mla", load->holds_an_mla}};
    json_t *json = json_object();
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        json_t *one = json_object();
        report_put(one, "value", number_json(values[i].value));
        report_put(one, "sure", text_json(load->sure == NULL ? "" : load->sure));
        report_put(json, values[i].name, one);
    }
    return json;
}

json_t *report_json(const struct report_of *of)
{
    struct report report = {
        .of = *of, .arena = arena_new(REPORT_WORDS_BYTES), .record = of->record, .m = of->measures};
    const char *events_of = NULL;
    ensure(report.arena != NULL);
    json_t *json = report_head(&report, json_object());
    report_put(json, "headline", report_headline(&report));
    report_put(json, "answers", report_answers(&report));
    report_put(json, "objectives", report_objectives(&report));
    report_put(json, "expectations", report_expectations(&report));
    report_put(json, "states", report_states(&report));
    report_put(json, "measures", report_measures(&report));
    report_put(json, "buckets", report_buckets(&report));
    report_put(json, "people", report_people(&report));
    report_put(json, "heat", report_heat(&report));
    report_put(json, "flows", report_flows(&report));
    report_put(json, "bottlenecks", report_bottlenecks(&report));
    report_put(json, "lapses", report_lapses(&report));
    report_put(json, "injects", report_injects(&report));
    report_put(json, "faults", report_faults(&report));
    report_put(json, "notes", report_notes(&report));
    if (report.record->sides.count != 0) {
        report_sides(&report, json);
    }
    report_put(json, "cases", report_cases(&report));
    report_put(json, "events", report_events(&report, &events_of));
    report_put(json, "events_of", json_string(events_of));
    report_put(json, "improvements", report_improvements(&report));
    report_put(json, "load", load_json(of->scenario));
    arena_free(report.arena);
    return json;
}

char *report_text(const json_t *report, size_t *ret_size)
{
    char *text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(9));
    ensure(text != NULL);
    size_t size = strlen(text);
    char *whole = realloc(text, size + 2);
    ensure(whole != NULL);
    memcpy(whole + size, "\n", 2);
    *ret_size = size + 1;
    return whole;
}

/* --- the files --- */

/* Where a file of a report lies; free() it. */
static char *path_in(const char *directory, const char *name)
{
    size_t size = strlen(directory) + strlen(name) + 2;
    char *path = malloc(size);
    ensure(path != NULL);
    (void)snprintf(path, size, "%s/%s", directory, name);
    return path;
}

static bool write_file(const char *directory, const char *name, const char *data, size_t size,
                       struct error *error)
{
    char *path = path_in(directory, name);
    bool good = files_write_atomic(path, bytes_of(data, size), FILE_MODE, error);
    free(path);
    return good;
}

bool report_write_page(const json_t *json, const char *directory, const char *stem, struct bytes template,
                       struct error *error)
{
    char json_name[64], page_name[64];
    char *page = NULL;
    size_t size = 0, page_size = 0;
    char *text = report_text(json, &size);
    (void)snprintf(json_name, sizeof json_name, "%s.json", stem);
    (void)snprintf(page_name, sizeof page_name, "%s.html", stem);
    bool good = write_file(directory, json_name, text, size, error);
    if (good && template.size != 0) {
        good = report_page(template, bytes_of(text, size), &page, &page_size);
        if (!good) {
            error_set(error, "%s",
                      error_say(error, "the template of the page has not exactly one place for the report; "
                                       "install share/report.html anew"));
        }
        good = good && write_file(directory, page_name, page, page_size, error);
    }
    free(text);
    free(page);
    return good;
}

static bool say_events(const void *record, files_put *put, void *out)
{
    return record_write_csv(record, put, out);
}

static bool write_events(const struct report_of *of, const char *directory, struct error *error)
{
    char *path = path_in(directory, "events.csv");
    bool good = files_fill_atomic(path, say_events, of->record, FILE_MODE, error);
    free(path);
    return good;
}

/* One after the other: of a year, each takes some hundred megabytes while it is made. */
bool report_write(const struct report_of *of, const char *directory, struct bytes template,
                  struct error *error)
{
    if (!write_events(of, directory, error)) {
        return false;
    }
    json_t *json = report_json(of);
    bool good = report_write_page(json, directory, "report", template, error);
    json_decref(json);
    return good;
}
