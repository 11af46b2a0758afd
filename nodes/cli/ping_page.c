/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_page.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/daemon/files.h"
#include "nodes/cli/look.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

struct page {
    const struct cli *cli;
    char *text; /* NULL: no memory */
    size_t size, room;
};

/* --- text that grows --- */

static void put(struct page *p, const char *text)
{
    size_t size = strlen(text);
    if (p->text != NULL && p->size + size >= p->room) {
        size_t room = 2 * (p->room + size + 1);
        char *larger = arena_take(p->cli->arena, room);
        if (larger != NULL) {
            memcpy(larger, p->text, p->size);
        }
        p->text = larger;
        p->room = room;
    }
    if (p->text != NULL) {
        memcpy(p->text + p->size, text, size + 1);
        p->size += size;
    }
}

/* As text, whatever stands in it; it is quiet before (screen.h). */
static void put_text(struct page *p, const char *text)
{
    static const struct {
        char character;
        const char *name;
    } names[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"}, {'"', "&quot;"}, {'\'', "&#39;"}};
    for (; *text != '\0'; text++) {
        char one[2] = {*text, '\0'};
        const char *written = one;
        for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
            written = *text == names[i].character ? names[i].name : written;
        }
        put(p, written);
    }
}

static void put_element(struct page *p, const char *begin, const char *text, const char *end)
{
    put(p, begin);
    put_text(p, text);
    put(p, end);
}

static const char *member(const struct page *p, const json_t *object, const char *name)
{
    return screen_member(p->cli->arena, object, name);
}

/* A moment of an object, to the minute, in UTC; "" where it has none. */
static const char *moment(const struct page *p, const json_t *object, const char *name)
{
    uint64_t ms = look_ms(object, name);
    const char *text = ms == 0 ? "" : when_local(p->cli, 0, ms, NULL);
    return text == NULL ? "" : text;
}

/* --- the page --- */

static const char style[] =
    "body{font:1rem/1.45 system-ui,sans-serif;color:#111;background:#fff;max-width:60rem;margin:2rem "
    "auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}caption{text-align:left;padding:.5rem 0}"
    "th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid #999}"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.2rem 1rem}dd{margin:0}"
    "ul{margin:0;padding-left:1.1rem}.wide{overflow-x:auto}"
    "@media print{body{margin:0;max-width:none}tr{break-inside:avoid}}";

static const char *how_text(const struct page *p, const json_t *row)
{
    const char *how = member(p, row, "how");
    const char *with = json_is_true(json_object_get(row, "with_code"))
                           ? say(p->cli->words, N_("phone, with the code"))
                           : say(p->cli->words, N_("phone"));
    return strcmp(how, "phone") == 0  ? with
           : strcmp(how, "link") == 0 ? say(p->cli->words, N_("link of a mail"))
           : strcmp(how, "node") == 0 ? say(p->cli->words, N_("node"))
                                      : "";
}

/* What became of it, in words; colour says nothing. */
static const char *state_text(const struct page *p, const json_t *row)
{
    const char *result = member(p, row, "result"), *fault = member(p, row, "fault");
    if (fault[0] != '\0') {
        return cli_text(p->cli, "counts nothing: %s", fault);
    }
    if (look_ms(row, "answered") != 0) {
        return say(p->cli->words, N_("answered"));
    }
    return strcmp(result, "NO_CONSENT") == 0 ? say(p->cli->words, N_("left out: without consent"))
           : strcmp(result, "SILENT") == 0   ? say(p->cli->words, N_("silent"))
           : result[0] != '\0'               ? result
                                             : say(p->cli->words, N_("waiting"));
}

static void put_notes(struct page *p, const json_t *row)
{
    const char *person = member(p, row, "person"), *text = member(p, row, "text");
    const json_t *corrections = json_object_get(row, "corrections"), *one = NULL;
    size_t i = 0;
    put(p, "<td>");
    if (person[0] != '\0') {
        put_element(p, "<div>", person, "</div>");
    }
    if (member(p, row, "entered_by")[0] != '\0') {
        put_element(
            p, "<div>",
            cli_text(p->cli, "entered %s by %s", moment(p, row, "entered"), member(p, row, "entered_by")),
            "</div>");
    }
    if (json_is_false(json_object_get(row, "knew_role"))) {
        put_element(p, "<div>",
                    say(p->cli->words, N_("who took the call did not know what the number is for")),
                    "</div>");
    }
    if (text[0] != '\0') {
        put_element(p, "<div>", text, "</div>");
    }
    put(p, json_array_size(corrections) == 0 ? "" : "<ul>");
    json_array_foreach(corrections, i, one)
    {
        put_element(p, "<li>", cli_text(p->cli, "to be corrected: %s", screen_string(p->cli->arena, one)),
                    "</li>");
    }
    put(p, json_array_size(corrections) == 0 ? "</td>" : "</ul></td>");
}

static void put_row(struct page *p, const json_t *row)
{
    const char *answered = moment(p, row, "answered");
    put_element(p, "<tr><th scope=\"row\">", member(p, row, "party"), "</th>");
    put_element(p, "<td>", state_text(p, row), "</td>");
    put_element(p, "<td>", how_text(p, row), "</td>");
    put_element(p, "<td>", moment(p, row, "sent"), "</td>");
    put_element(p, "<td>", answered, "</td>");
    put_element(p, "<td>",
                answered[0] == '\0' ? ping_round_waited(p->cli, row)
                                    : ping_round_after(p->cli, row, "answered"),
                "</td>");
    put_notes(p, row);
    put(p, "</tr>\n");
}

static void put_figures(struct page *p, const json_t *report)
{
    static const struct {
        const char *label, *name;
    } rows[] = {{N_("asked"), "asked"},
                {N_("answered"), "answered"},
                {N_("waiting"), "waiting"},
                {N_("silent"), "silent"},
                {N_("without consent"), "without_consent"}};
    const json_t *summary = json_object_get(report, "summary");
    const char *speed = ping_round_speed(p->cli, report);
    put(p, "<dl>");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char number[24];
        (void)snprintf(number, sizeof number, "%lld",
                       (long long)json_integer_value(json_object_get(summary, rows[i].name)));
        put_element(p, "<dt>", say(p->cli->words, rows[i].label), "</dt>");
        put_element(p, "<dd>", number, "</dd>");
    }
    put(p, "</dl>\n");
    if (speed[0] != '\0') {
        put_element(p, "<p>", speed, "</p>\n");
    }
}

const char *ping_page(const struct cli *cli, const json_t *report)
{
    static const char *const columns[] = {N_("party"),    N_("state"), N_("how"),          N_("sent"),
                                          N_("answered"), N_("after"), N_("what was said")};
    struct page page = {.cli = cli, .room = 64 * 1024};
    struct page *p = &page;
    const char *round = member(p, report, "round"), *title = cli_text(cli, "Who is there? %s", round);
    size_t i = 0;
    const json_t *row = NULL;
    page.text = arena_take(cli->arena, page.room);
    put(p, "<!doctype html>\n<html lang=\"");
    put_text(p, cli->language == NULL || cli->language[0] == '\0' ? "en" : cli->language);
    put(p, "\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">"
           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
           "'unsafe-inline'\">");
    put_element(p, "<title>", title, "</title><style>");
    put(p, style);
    put_element(p, "</style></head><body><main><h1>", title, "</h1>\n");
    if (json_is_string(json_object_get(report, "exercise"))) {
        put_element(p, "<p><b>", say(cli->words, N_("EXERCISE  EXERCISE  EXERCISE: nothing here is real")),
                    "</b></p>\n");
    }
    put_element(p, "<p>",
                cli_text(cli,
                         "Pings of %s, as of %s. Who has not answered counts for as long as it was waited.",
                         member(p, report, "from"), moment(p, report, "now")),
                "</p>\n");
    put_figures(p, report);
    put(p, "<div class=\"wide\"><table><thead><tr>");
    for (size_t c = 0; c < sizeof columns / sizeof columns[0]; c++) {
        put_element(p, "<th scope=\"col\">", say(cli->words, columns[c]), "</th>");
    }
    put(p, "</tr></thead><tbody>\n");
    json_array_foreach(json_object_get(report, "parties"), i, row)
    {
        put_row(p, row);
    }
    put(p, "</tbody></table></div></main></body></html>\n");
    return page.text;
}

int ping_page_write(const struct cli *cli, const json_t *report, const char *path)
{
    struct error error = {.text = "", .words = cli->words};
    const char *text = ping_page(cli, report);
    if (text == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    return files_write_atomic(path, bytes_of_text(text), 0644, &error)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
}
