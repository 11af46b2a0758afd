/* SPDX-License-Identifier: Apache-2.0 */
/* TIMELINE: what happened in a case and what is to come, one line each, in the order of time. */
#include <stdlib.h>

#include "nodes/view.h"

struct moment {
    uint64_t at_ms;
    size_t n; /* as they were added: of one time, the first stays first */
    json_t *json;
};

struct timeline {
    const struct view *view;
    struct moment *list;
    size_t count, room;
};

/* Adds a moment; 0 is none. The object is the timeline's, NULL when nothing was added. */
static json_t *add(struct timeline *t, uint64_t at_ms, const char *what)
{
    struct call *call = t->view->call;
    if (at_ms == 0 || t->count == t->room) {
        return NULL;
    }
    json_t *json = json_object();
    put_ms(call, json, "at", at_ms);
    put_text(call, json, "what", what);
    t->list[t->count] = (struct moment){.at_ms = at_ms, .n = t->count, .json = json};
    t->count++;
    return json;
}

static int by_time(const void *left, const void *right)
{
    const struct moment *a = left, *b = right;
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return a->n < b->n ? -1 : a->n > b->n;
}

/* --- what happened --- */

/* What became of each letter, by its place in view->letters. NULL: no memory. */
static const char **effects_of(const struct view *view)
{
    const char **effects = arena_zero(view->call->arena, view->letter_count + 1, sizeof *effects);
    for (size_t i = 0; effects != NULL && i < view->letter_count; i++) {
        effects[i] = view->letters[i].place == PLACE_HELD_BACK ? "HELD_BACK" : "FAILED";
    }
    for (size_t i = 0; effects != NULL && i < view->fold->letter_count; i++) {
        const struct folded_letter *folded = &view->fold->letters[i];
        const struct letter_row *row = view_letter_row(view, &folded->letter->id);
        if (row != NULL) {
            effects[row - view->letters] = letter_effect_name(folded->effect);
        }
    }
    return effects;
}

static void put_letter(const struct view *view, json_t *json, const struct letter_row *row, const char *by)
{
    struct call *call = view->call;
    if (json != NULL) {
        put_text(call, json, "letter", letter_name((uint32_t)row->kind));
        put_number(call, json, "seq", row->case_seq);
        put_text(call, json, "by", by);
        put_hex(call, json, "id", digest_bytes(&row->id.digest));
    }
}

static void add_letter(struct timeline *t, const struct letter_row *row, const char *effect)
{
    struct call *call = t->view->call;
    json_t *signed_one = add(t, row->signed_ms, "signed");
    put_letter(t->view, signed_one, row, row->from.text);
    if (signed_one != NULL) {
        put_text(call, signed_one, "effect", effect);
    }
    put_letter(t->view, add(t, row->accepted_ms, "accepted"), row, "");
    put_letter(t->view, add(t, row->delivered_ms, "delivered"), row, row->to.text);
    put_letter(t->view, add(t, row->opened_ms != 0 ? row->opened_ms : row->opened_here_ms, "opened"), row,
               row->to.text);
}

/* --- dates --- */

static void add_date(struct timeline *t, uint64_t at_ms, const char *what, uint32_t item)
{
    json_t *json = add(t, at_ms, what);
    if (json != NULL) {
        put_number(t->view->call, json, "item", item);
    }
}

static void add_item(struct timeline *t, const struct case_item *item)
{
    bool runs = item->state == ITEM_HELD;
    add_date(t, item->held_from.ms <= 0 ? 0 : (uint64_t)item->held_from.ms, "held_from", item->number);
    add_date(t, item->hold_until.ms <= 0 ? 0 : (uint64_t)item->hold_until.ms, "hold_until", item->number);
    add_date(t, runs ? item->grace_until_ms : 0, "grace_until", item->number);
    add_date(t, item->state == ITEM_ENDED ? 0 : item->data_dies_ms, "data_dies", item->number);
}

static void add_due(struct timeline *t, const struct case_due *due)
{
    struct call *call = t->view->call;
    json_t *json = add(t, due->when_ms, "due");
    if (json != NULL) {
        put_text(call, json, "due", clock_text(due->clock));
        put_text(call, json, "by", view_side_address(&t->view->row, due->owed_by));
        if (due->item != 0) {
            put_number(call, json, "item", due->item);
        }
        put_true(call, json, "paused", due->paused);
    }
}

void view_timeline(struct call *call)
{
    struct view view = {.call = call};
    if (!call_has_roster(call) || !call_case(call, call->command->target, &view.row) ||
        !view_load(call, &view)) {
        return;
    }
    struct timeline t = {.view = &view,
                         .room = 4 * view.letter_count + 4 * view.fold->item_count + view.fold->due_count};
    t.list = arena_zero(call->arena, t.room + 1, sizeof *t.list);
    const char **effects = effects_of(&view);
    if (t.list == NULL || effects == NULL) {
        answer_too_large(call);
        return;
    }
    for (size_t i = 0; i < view.letter_count; i++) {
        add_letter(&t, &view.letters[i], effects[i]);
    }
    for (size_t i = 0; i < view.fold->item_count; i++) {
        add_item(&t, &view.fold->items[i]);
    }
    for (size_t i = 0; i < view.fold->due_count; i++) {
        add_due(&t, &view.fold->dues[i]);
    }
    qsort(t.list, t.count, sizeof *t.list, by_time);
    json_t *json = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < t.count; i++) {
        append(call, list, t.list[i].json);
    }
    view_head(&view, json);
    put_ms(call, json, "now", call->now.ms);
    put(call, json, "timeline", list);
    answer_json(call, json);
}
