/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/conduct_live.h"

#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/record/read_node.h"
#include "drills/record/side.h"
#include "nodes/cli/screen.h"

#define LOOK_BYTES_MAX ((size_t)32 * 1024 * 1024)

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

/* --- at the node --- */

static const struct scenario_unit *unit_of(const struct scenario *scenario, const char *address)
{
    for (size_t i = 0; i < scenario->states.count; i++) {
        const struct scenario_state *state = &scenario->states.list[i];
        for (size_t k = 0; k < state->units.count; k++) {
            if (strcmp(state->units.list[k].address, address) == 0) {
                return &state->units.list[k];
            }
        }
    }
    return NULL;
}

int live_side_open(struct live_side *side, struct cli *cli, const struct scenario *scenario,
                   const char *socket)
{
    json_t *status = NULL;
    *side = (struct live_side){.own = *cli, .scenario = scenario};
    side->own.arena = arena_new(LOOK_BYTES_MAX);
    ensure(side->own.arena != NULL);
    side->cli = &side->own;
    cli = side->cli;
    int code = client_open_socket(&side->client, cli, socket);
    if (code == EXIT_DONE) {
        code = client_get(&side->client, "/v1/status", &status);
    }
    if (code == EXIT_DONE) {
        side->unit = unit_of(scenario, text_of(status, "party"));
    }
    if (code == EXIT_DONE && side->unit == NULL) {
        code = cli_fail(cli, EXIT_REFUSED, N_("put it into the scenario, or name the socket of another node"),
                        "%s, whose node this is, is not in the scenario",
                        screen_quiet(cli->arena, bytes_of_text(text_of(status, "party"))));
    }
    json_decref(status);
    return code;
}

void live_side_close(struct live_side *side)
{
    client_close(&side->client);
    live_close(&side->live);
    arena_free(side->own.arena);
}

/* --- what it shows --- */

static json_t *ask_node(void *context, const char *verb, const char *target, const char *query,
                        unsigned *ret_status)
{
    static const struct {
        const char *verb, *path, *end;
    } routes[] = {{"INBOX", "/v1/inbox", ""},
                  {"EXPORT", "/v1/cases/", "/export"},
                  {"STATS", "/v1/stats", ""},
                  {"ALARMS", "/v1/alarms", ""}};
    struct live_side *side = context;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        if (strcmp(routes[i].verb, verb) == 0) {
            const char *path = arena_format(side->cli->arena, "%s%s%s%s%s", routes[i].path, target,
                                            routes[i].end, query[0] == '\0' ? "" : "?", query);
            return path == NULL ? NULL : client_glance(&side->client, path, ret_status);
        }
    }
    return NULL;
}

static void add_emergency(void *list, const json_t *line)
{
    if (strcmp(text_of(line, "class"), "E") == 0) {
        ensure(json_array_append(list, json_object_get(line, "case")) == 0);
    }
}

/* Real cases that cannot wait and are open here; a new reference, NULL when the node did not show them (it was said). */
static json_t *emergencies(struct live_side *side)
{
    const struct record_source node = {.context = side, .ask = ask_node};
    json_t *list = json_array();
    ensure(list != NULL);
    const char *why = record_each_line(&node, "", "cases", add_emergency, list);
    if (why != NULL) {
        json_decref(list);
        (void)cli_fail(side->cli, EXIT_UNREACHABLE, N_("try again when the node is up"),
                       "what is real and urgent could not be read: %s", why);
        return NULL;
    }
    return list;
}

/* --- joining --- */

static int failed(const struct live_side *side, const struct error *error)
{
    return cli_fail(side->cli, EXIT_REFUSED, NULL, "%s", error->text);
}

/* The journal begins with what is real and urgent already: that does not suspend the exercise. */
static int begin_journal(struct live_side *side)
{
    struct error error = {.text = "", .words = side->cli->words};
    json_t *known = emergencies(side);
    if (known == NULL) {
        return EXIT_UNREACHABLE;
    }
    return live_write(&side->live, host_wall().ms, LIVE_JOINED, json_pack("{s:o}", "emergencies", known),
                      &error)
               ? EXIT_DONE
               : failed(side, &error);
}

int live_join(struct live_side *side, const char *folder, json_t *drill)
{
    char id_text[33];
    struct error error = {.text = "", .words = side->cli->words};
    struct exercise_id id = live_exercise(side->scenario);
    (void)hex_write(id_text, bytes_of(id.bytes, sizeof id.bytes));
    ensure(json_object_set_new(drill, "exercise", json_string(id_text)) == 0 &&
           json_object_set_new(drill, "title", json_string(side->scenario->title)) == 0 &&
           json_object_set_new(drill, "party", json_string(side->unit->address)) == 0);
    if (!live_new(folder, drill, &error) || !live_open(folder, &side->live, &error)) {
        return failed(side, &error);
    }
    if (live_is_over(&side->live)) {
        return cli_fail(side->cli, EXIT_REFUSED, N_("name another folder: --dir DIR"),
                        "the exercise in %s has ended", folder);
    }
    json_t *answer = NULL;
    int code =
        client_do(&side->client, "PUT", "/v1/exercise",
                  json_pack("{s:s, s:s}", "exercise", id_text, "title", side->scenario->title), &answer);
    json_decref(answer);
    return code != EXIT_DONE || json_array_size(side->live.journal) != 0 ? code : begin_journal(side);
}

/* --- looking --- */

/* When a rung of the ladder of the inject's case was reached, by the reference that people were given. */
static uint64_t event_ms(void *context, const struct scenario_inject *inject, enum scenario_event event)
{
    struct live_side *side = context;
    char reference[LIVE_REFERENCE_MAX];
    const char *word =
        scenario_event_word(event == SCENARIO_EVENT_RECEIVED ? SCENARIO_EVENT_DELIVERED : event);
    const char *path = client_path(&side->client, "/v1/cases/", live_reference(inject, reference));
    unsigned status = 0;
    uint64_t at_ms = 0;
    size_t i = 0;
    const json_t *rung = NULL;
    json_t *answer = path == NULL ? NULL : client_glance(&side->client, path, &status);
    json_array_foreach(json_object_get(answer, "ladder"), i, rung)
    {
        struct instant at;
        if (strcmp(text_of(rung, "step"), word) == 0 &&
            instant_read(bytes_of_text(text_of(rung, "at")), &at) == INSTANT_OK && at.ms > 0) {
            at_ms = (uint64_t)at.ms;
        }
    }
    json_decref(answer);
    return at_ms;
}

static int suspend(struct live_side *side, const json_t *known, const char *id, const struct live_told *told)
{
    struct error error = {.text = "", .words = side->cli->words};
    const char *why = arena_format(side->cli->arena, "a live emergency: case %s", id);
    if (why == NULL || !live_write(&side->live, host_wall().ms, LIVE_STOP,
                                   json_pack("{s:s, s:O}", "why", why, "emergencies", known), &error)) {
        return failed(side, &error);
    }
    told->suspended(told->context, why);
    return EXIT_DONE;
}

/* What is real goes first. */
static int look_for_emergencies(struct live_side *side, const struct live_told *told)
{
    size_t i = 0;
    const json_t *id = NULL;
    json_t *list = emergencies(side);
    int code = list == NULL ? EXIT_UNREACHABLE : EXIT_DONE;
    json_array_foreach(list, i, id)
    {
        if (code == EXIT_DONE && json_is_string(id) &&
            !live_knows_emergency(&side->live, json_string_value(id))) {
            code = suspend(side, list, json_string_value(id), told);
        }
    }
    json_decref(list);
    return code;
}

static int look_for_injects(struct live_side *side, const struct live_told *told)
{
    struct error error = {.text = "", .words = side->cli->words};
    for (size_t i = 0; i < side->scenario->injects.count; i++) {
        const struct scenario_inject *inject = &side->scenario->injects.list[i];
        const uint64_t now_ms = host_wall().ms;
        if (!live_is_own(inject, side->unit) || live_released_ms(&side->live, inject->id) != 0 ||
            live_due_ms(&side->live, inject, event_ms, side) > now_ms) {
            continue;
        }
        if (!live_write(&side->live, now_ms, LIVE_RELEASED, json_pack("{s:s}", "inject", inject->id),
                        &error)) {
            return failed(side, &error);
        }
        told->offer(told->context, inject);
    }
    return EXIT_DONE;
}

int live_look(struct live_side *side, const struct live_told *told)
{
    struct error error = {.text = "", .words = side->cli->words};
    const char *folder = side->live.folder;
    arena_reset(side->own.arena);
    live_close(&side->live); /* others may have added to it */
    if (!live_open(folder, &side->live, &error)) {
        return failed(side, &error);
    }
    int code = look_for_emergencies(side, told);
    bool goes_on = code == EXIT_DONE && live_stopped(&side->live) == NULL && !live_is_over(&side->live);
    return goes_on ? look_for_injects(side, told) : code;
}

/* --- the end --- */

/* The record of the side, as it is written beside the report. */
static char *take_side(const struct live_side *side, struct side_taking *taking,
                       const struct drill_record *record, uint64_t ended_ms, uint8_t ret_hash[32])
{
    struct side_head head = {.party = side->unit->address, .build = record->head.build, .ended_ms = ended_ms};
    memcpy(head.exercise, record->head.exercise, sizeof head.exercise);
    memcpy(head.scenario_hash, record->head.scenario_hash, sizeof head.scenario_hash);
    return side_end(taking, &head, side->live.journal, ret_hash);
}

int live_read(struct live_side *side, struct drill_record *record, const char *build, const char *command,
              struct live_taken *ret)
{
    struct record_read read = {.trouble = ""};
    struct record_source node = {.context = side, .ask = ask_node};
    struct side_taking taking;
    const uint64_t ended_ms = host_wall().ms;
    live_record_begin(record, side->scenario, build, command);
    side_begin(&taking, &node, record->head.exercise);
    const struct record_source source = side_taking_source(&taking);
    bool good = record_read_node(record, record_find_party(record, side->unit->address), &source, &read);
    ret->side = take_side(side, &taking, record, ended_ms, ret->hash);
    if (!good) {
        return cli_fail(side->cli, EXIT_UNREACHABLE, N_("try again when the node is up"),
                        "the cases of the exercise could not be read: %s", read.trouble);
    }
    live_record_journal(side->live.journal, record);
    live_record_cases(record);
    return EXIT_DONE;
}

int live_leave(struct live_side *side, json_t **ret_stays)
{
    struct error error = {.text = "", .words = side->cli->words};
    int code = client_do(&side->client, "DELETE", "/v1/exercise",
                         json_pack("{s:s}", "exercise", live_text(&side->live, "exercise")), ret_stays);
    if (code != EXIT_DONE) {
        return code;
    }
    return live_write(&side->live, host_wall().ms, LIVE_END, json_pack("{s:O}", "stays", *ret_stays), &error)
               ? EXIT_DONE
               : failed(side, &error);
}
