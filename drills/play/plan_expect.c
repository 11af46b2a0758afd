/* SPDX-License-Identifier: Apache-2.0 */
/* What a plan expects: of a case as one side sees it, of both sides, of an answer, of a log, of a process. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "drills/play/plan_stage.h"

#define SHOWN_BYTES 160

/* A value in a few words for a message. */
static const char *shown(const json_t *value, char *room)
{
    char *text = value == NULL           ? NULL
                 : json_is_string(value) ? NULL
                                         : json_dumps(value, JSON_ENCODE_ANY | JSON_SORT_KEYS | JSON_COMPACT);
    (void)snprintf(room, SHOWN_BYTES, "%s",
                   text != NULL            ? text
                   : json_is_string(value) ? json_string_value(value)
                                           : "nothing");
    free(text);
    return room;
}

/* --- SEES --- */

/*
 * The value at a path: "state", "items[0].state", "letters.count" (of a list). Elements count from 0. A borrowed reference, except
 * for count, which is in *ret_count. NULL: there is no such thing.
 */
static const json_t *at_path(const json_t *value, const char *path, json_t **ret_count)
{
    while (*path != '\0' && value != NULL) {
        char name[64];
        size_t size = strcspn(path, ".[");
        if (*path == '[') {
            char *end = NULL;
            unsigned long index = strtoul(path + 1, &end, 10);
            if (end == path + 1 || *end != ']') {
                return NULL;
            }
            value = json_array_get(value, index);
            path = end + 1;
        } else if (size == 0 || size >= sizeof name) {
            return NULL;
        } else {
            (void)snprintf(name, sizeof name, "%.*s", (int)size, path);
            if (json_is_array(value) && strcmp(name, "count") == 0) {
                *ret_count = json_integer((json_int_t)json_array_size(value));
                value = *ret_count;
            } else {
                value = json_object_get(value, name);
            }
            path += size;
        }
        path += *path == '.';
    }
    return value;
}

/* What the elements of the lists that sides compare may have (docs/api.yaml): most of it is left out where it is empty. */
static const struct {
    const char *list, *members[13];
} elements[] = {
    {"items",
     {"number", "state", "result", "category", "description", "identifiers", "custodian", "data_dies",
      "held_from", "held_until", "zone", "assistance_late", NULL}},
    {"asks", {"ask", "by", "item", "blocking", "late", NULL}},
    {"owed", {"by", "what", "item", "when", "paused", NULL}},
};

/* The next name of a path, and what follows it and its index in *rest. */
static const char *next_name(const char *path, char room[64], const char **rest)
{
    size_t size = strcspn(path, ".[");
    (void)snprintf(room, 64, "%.*s", (int)size, path);
    *rest = path + size + strcspn(path + size, ".");
    *rest += **rest == '.';
    return room;
}

/* The name in a path that no case has: a member that is always there, or one of an element; NULL: none. */
static const char *unknown_member(const json_t *view, const char *path, char room[64])
{
    const char *rest = NULL;
    const char *name = next_name(path, room, &rest);
    if (json_object_get(view, name) == NULL) {
        return name;
    }
    for (size_t i = 0; i < sizeof elements / sizeof elements[0]; i++) {
        if (strcmp(elements[i].list, name) == 0) {
            name = next_name(rest, room, &rest);
            bool known =
                name[0] == '\0' || strcmp(name, "count") == 0 || text_is_one_of(name, elements[i].members);
            return known ? NULL : name;
        }
    }
    return NULL;
}

/* "nothing" stands for what is not there, "" and an empty list. */
static bool is_wanted(const json_t *value, const json_t *wanted)
{
    bool nothing = json_is_string(wanted) && strcmp(json_string_value(wanted), "nothing") == 0;
    bool empty = value == NULL || json_is_null(value) ||
                 (json_is_string(value) && json_string_length(value) == 0) ||
                 (json_is_array(value) && json_array_size(value) == 0);
    return nothing ? empty : value != NULL && json_equal(value, wanted) == 1;
}

/* Why there is no view, in words. */
static const char *said(unsigned status, char *room)
{
    if (status == 0) {
        return "it is down";
    }
    (void)snprintf(room, SHOWN_BYTES, "HTTP status %u", status);
    return room;
}

/* The case as that party shows it, a new reference. NULL: the plan has failed. */
static json_t *look(struct plan_run *run, const struct step *step, size_t actor, size_t label)
{
    const char *party = plan_party(run, actor);
    const char *name = run->plan->cases[label].label;
    char room[SHOWN_BYTES];
    json_t *view = NULL;
    unsigned status = people_look(run->stage->people, party, name, &view);
    if (view == NULL && status == 404) {
        (void)plan_fail(run, step, "%s does not know %s", party, name);
    } else if (view == NULL) {
        (void)plan_fail(run, step, "%s does not show %s: %s", party, name, said(status, room));
    }
    return view;
}

static bool sees(struct plan_run *run, const struct step *step)
{
    char is[SHOWN_BYTES], wanted[SHOWN_BYTES], name[64];
    const char *label = run->plan->cases[step->label].label;
    const char *party = plan_party(run, step->actor);
    json_t *view = look(run, step, step->actor, step->label);
    json_t *count = NULL;
    const json_t *value = at_path(view, step->word, &count);
    const char *unknown = unknown_member(view, step->word, name);
    bool good = view != NULL && unknown == NULL && is_wanted(value, step->json);
    if (view != NULL && unknown != NULL) {
        (void)plan_fail(run, step, "a case as %s shows it has no %s at %s", party, unknown, step->word);
    } else if (view != NULL && !good) {
        (void)plan_fail(run, step, "%s sees of %s at %s: %s; expected: %s", party, label, step->word,
                        shown(value, is), shown(step->json, wanted));
    }
    json_decref(count);
    json_decref(view);
    return good;
}

static bool sees_order(struct plan_run *run, const struct step *step)
{
    char is[SHOWN_BYTES], wanted[SHOWN_BYTES];
    const char *party = plan_party(run, step->actor);
    json_t *answer = people_orders(run->stage->people, party);
    json_t *order = NULL, *count = NULL;
    const json_t *found = NULL;
    size_t i = 0;
    json_array_foreach(json_object_get(answer, "orders"), i, order)
    {
        bool same = json_integer_value(json_object_get(order, "order")) == (json_int_t)step->number;
        found = same ? order : found;
    }
    const json_t *value = at_path(found, step->word, &count);
    bool good =
        (found != NULL && is_wanted(value, step->json)) ||
        plan_fail(run, step, "%s sees of order %llu at %s: %s; expected: %s", party,
                  (unsigned long long)step->number, step->word, shown(value, is), shown(step->json, wanted));
    json_decref(count);
    json_decref(answer);
    return good;
}

static bool sees_nothing(struct plan_run *run, const struct step *step)
{
    const char *label = run->plan->cases[step->label].label;
    const char *party = plan_party(run, step->actor);
    char room[SHOWN_BYTES];
    json_t *view = NULL;
    unsigned status = people_look(run->stage->people, party, label, &view);
    json_decref(view);
    if (status == 200) {
        return plan_fail(run, step, "%s knows of %s", party, label);
    }
    return status == 404 ||
           plan_fail(run, step, "%s does not say whether it knows %s: %s", party, label, said(status, room));
}

/* --- WORKLIST --- */

static bool worklist(struct plan_run *run, const struct step *step)
{
    json_t *answer = people_worklist(run->stage->people, plan_party(run, step->actor));
    bool found = false;
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(answer, "entries"), i, entry)
    {
        const char *what = json_string_value(json_object_get(entry, "what"));
        found |= what != NULL && strcmp(what, step->word) == 0;
    }
    bool is_there = answer != NULL;
    json_decref(answer);
    return (is_there && found == (step->detail == 1)) ||
           plan_fail(run, step, "%s %s %s on its worklist", plan_party(run, step->actor),
                     !is_there ? "is down, and does not tell of"
                     : found   ? "has"
                               : "has no",
                     step->word);
}

/* --- SAME (I5) --- */

static bool same(struct plan_run *run, const struct step *step)
{
    static const char *const members[] = {"state", "items", "asks", "owed"};
    const struct plan_case *about = &run->plan->cases[step->label];
    json_t *q = look(run, step, about->q, step->label);
    json_t *r = q == NULL ? NULL : look(run, step, about->r, step->label);
    bool good = q != NULL && r != NULL;
    for (size_t i = 0; good && i < sizeof members / sizeof members[0]; i++) {
        const json_t *left = json_object_get(q, members[i]);
        const json_t *right = json_object_get(r, members[i]);
        char of_q[SHOWN_BYTES], of_r[SHOWN_BYTES];
        good = json_equal(left, right) == 1 ||
               plan_fail(run, step, "%s of %s differs: %s sees %s, %s sees %s", members[i], about->label,
                         plan_party(run, about->q), shown(left, of_q), plan_party(run, about->r),
                         shown(right, of_r));
    }
    json_decref(q);
    json_decref(r);
    return good;
}

/* --- the others --- */

static bool answer(struct plan_run *run, const struct step *step)
{
    const char *code = json_string_value(json_object_get(run->answer, "code"));
    code = code == NULL ? "" : code;
    if (run->status != step->number) {
        const json_t *fault = json_array_get(json_object_get(run->answer, "faults"), 0);
        const char *said = json_string_value(
            json_object_get(fault == NULL ? run->answer : fault, fault == NULL ? "error" : "text"));
        return plan_fail(run, step, "the last write was answered %u %s %s", run->status, code,
                         said == NULL ? "" : said);
    }
    return step->word == NULL || strcmp(step->word, code) == 0 ||
           plan_fail(run, step, "the last write was answered %u %s", run->status, code);
}

static bool lie_answer(struct plan_run *run, const struct step *step)
{
    enum reason reason = liar_answer(run->stage->liar);
    if (reason == REASON_NONE) {
        return plan_fail(run, step, "the last lie was not refused");
    }
    const char *name = reason_name((uint32_t)reason);
    return strcmp(name, step->word) == 0 || plan_fail(run, step, "the last lie was refused with %s", name);
}

static bool logs(struct plan_run *run, const struct step *step)
{
    bool found = false;
    size_t actor = plan_actor(run, step->actor);
    for (size_t i = 0; i < run->log_count; i++) {
        found |= run->logs[i].actor == actor && strcmp(run->logs[i].event, step->word) == 0;
    }
    return found == (step->detail == 1) || plan_fail(run, step, "%s %s %s", plan_party(run, step->actor),
                                                     found ? "has logged" : "has not logged", step->word);
}

static bool is_up(struct plan_run *run, const struct step *step)
{
    bool up = world_is_up(run->stage->world, plan_actor(run, step->actor));
    return up == (step->detail == 1) ||
           plan_fail(run, step, "%s is %s", plan_party(run, step->actor), up ? "up" : "down");
}

bool plan_expect(struct plan_run *run, const struct step *step)
{
    switch ((unsigned)step->kind) {
    case STATEMENT_SEES:
        return sees(run, step);
    case STATEMENT_SEES_ORDER:
        return sees_order(run, step);
    case STATEMENT_SEES_NOTHING:
        return sees_nothing(run, step);
    case STATEMENT_WORKLIST:
        return worklist(run, step);
    case STATEMENT_SAME:
        return same(run, step);
    case STATEMENT_ANSWER:
        return answer(run, step);
    case STATEMENT_LIE_ANSWER:
        return lie_answer(run, step);
    case STATEMENT_LOGS:
        return logs(run, step);
    default:
        return is_up(run, step);
    }
}
