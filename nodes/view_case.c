/* SPDX-License-Identifier: Apache-2.0 */
/* CASE: one case as the duty officer looks at it. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/fingerprint.h"
#include "nodes/store_letters.h"
#include "nodes/take.h"
#include "nodes/view.h"
#include "proto/json.h"

const char *view_side_address(const struct case_row *row, enum side side)
{
    return side == SIDE_Q ? row->q.text : row->r.text;
}

const char *side_text(enum side own)
{
    return own == SIDE_Q ? "requesting" : "requested";
}

static int id_order(const void *left, const void *right)
{
    const struct letter_row *const *a = left, *const *b = right;
    return memcmp((*a)->id.digest.bytes, (*b)->id.digest.bytes, sizeof(*a)->id.digest.bytes);
}

/* False when the arena ends. */
static bool sort_letters(struct view *view)
{
    view->by_id = arena_take(view->call->arena, (view->letter_count + 1) * sizeof *view->by_id);
    for (size_t i = 0; view->by_id != NULL && i < view->letter_count; i++) {
        view->by_id[i] = &view->letters[i];
    }
    if (view->by_id != NULL) {
        qsort(view->by_id, view->letter_count, sizeof *view->by_id, id_order);
    }
    return view->by_id != NULL;
}

const struct letter_row *view_letter_row(const struct view *view, const struct letter_id *id)
{
    const struct letter_row key = {.id = *id}, *wanted = &key;
    const struct letter_row **found =
        bsearch(&wanted, view->by_id, view->letter_count, sizeof *view->by_id, id_order);
    return found == NULL ? NULL : *found;
}

/* --- equal on both sides (I5) --- */

static json_t *identifiers_json(struct call *call, const Comity__Item *item)
{
    json_t *list = json_array();
    for (size_t i = 0; i < item->n_identifiers; i++) {
        append(call, list, json_of_message(&item->identifiers[i]->base));
    }
    return list;
}

static void put_asked(const struct view *view, json_t *json, const Comity__Item *item)
{
    struct call *call = view->call;
    put_text(call, json, "category",
             category_of(item->category) == CATEGORY_NONE ? "" : category_name(item->category));
    put_text(call, json, "description", item->description);
    put(call, json, "identifiers", identifiers_json(call, item));
    if (item->period != NULL) {
        put(call, json, "period", json_of_message(&item->period->base));
    }
    put_text(call, json, "custodian", item->custodian);
    if (item->data_dies != NULL) {
        put_instant(call, json, "data_dies",
                    (struct instant){.ms = item->data_dies->ms, .offset_min = item->data_dies->offset_min});
    }
}

/* Did the request for assistance that keeps it open come after its date? */
static bool is_late(const struct case_fold *fold, const struct case_item *item)
{
    bool late = false;
    for (size_t i = 0; i < fold->link_count; i++) {
        bool keeps = (fold->links[i].items >> (item->number - 1) & 1U) != 0;
        late |= keeps && fold->links[i].late;
    }
    return late;
}

json_t *view_items(const struct view *view)
{
    struct call *call = view->call;
    json_t *list = json_array();
    for (size_t i = 0; i < view->fold->item_count; i++) {
        const struct case_item *item = &view->fold->items[i];
        json_t *json = json_object();
        put_number(call, json, "number", item->number);
        put_text(call, json, "state", item_state_name(item->state));
        put_text(call, json, "result", item_result_name(item->result));
        if (item->asked != NULL) {
            put_asked(view, json, item->asked);
            put_rows(view, json, item);
        }
        if (item->held_from.ms != 0) {
            put_instant(call, json, "held_from", item->held_from);
        }
        if (item->hold_until.ms != 0) {
            put_instant(call, json, "held_until", item->hold_until);
            put_text(call, json, "zone", item->zone);
        }
        put_true(call, json, "assistance_late", is_late(view->fold, item));
        append(call, list, json);
    }
    return list;
}

json_t *view_asks(const struct view *view)
{
    struct call *call = view->call;
    json_t *list = json_array();
    for (size_t i = 0; i < view->fold->ask_count; i++) {
        const struct case_ask *ask = &view->fold->asks[i];
        json_t *json = json_object();
        put_text(call, json, "ask", ask_name(ask->kind));
        put_text(call, json, "by", view_side_address(&view->row, ask->owed_by));
        if (ask->item != 0) {
            put_number(call, json, "item", ask->item);
        }
        put_true(call, json, "blocking", ask->blocking);
        put_true(call, json, "late", ask->late);
        append(call, list, json);
    }
    return list;
}

json_t *view_owed(const struct view *view)
{
    struct call *call = view->call;
    json_t *list = json_array();
    for (size_t i = 0; i < view->fold->due_count; i++) {
        const struct case_due *due = &view->fold->dues[i];
        json_t *json = json_object();
        put_text(call, json, "by", view_side_address(&view->row, due->owed_by));
        put_text(call, json, "what", clock_text(due->clock));
        if (due->item != 0) {
            put_number(call, json, "item", due->item);
        }
        put_ms(call, json, "when", due->when_ms);
        put_true(call, json, "paused", due->paused);
        append(call, list, json);
    }
    return list;
}

/* --- the case --- */

static const char *type_name(const Comity__Request *request)
{
    const ProtobufCEnumValue *value =
        request == NULL || request->type == COMITY__REQUEST__TYPE__NO_TYPE
            ? NULL
            : protobuf_c_enum_descriptor_get_value(&comity__request__type__descriptor, (int)request->type);
    return value == NULL ? "" : value->name;
}

static json_t *zones_json(const struct view *view)
{
    struct call *call = view->call;
    const struct roster *roster = node_roster_now(call->node);
    const struct party *q = roster_find(roster, view->row.q.text);
    const struct party *r = roster_find(roster, view->row.r.text);
    json_t *json = json_object();
    put_text(call, json, "from", q == NULL ? "" : q->zone);
    put_text(call, json, "to", r == NULL ? "" : r->zone);
    return json;
}

/* What to type for it: 8 digits, or the whole id where they fit another case as well, which a peer may have named so. */
static const char *typed_name(struct call *call, const struct case_row *row)
{
    const char *id = hex_new(call->arena, bytes_of(row->id.bytes, sizeof row->id.bytes));
    const char *digits = id == NULL ? NULL : arena_format(call->arena, "%.8s", id);
    bool short_enough = digits != NULL && !store_case_fits_another(call->node->store, &row->id, digits);
    return short_enough ? digits : id == NULL ? "" : id;
}

void put_exercise(struct call *call, json_t *json, const struct case_row *row)
{
    if (row->has_exercise) {
        put_hex(call, json, "exercise", bytes_of(row->exercise.bytes, sizeof row->exercise.bytes));
    }
}

void view_head(const struct view *view, json_t *json)
{
    struct call *call = view->call;
    const struct case_row *row = &view->row;
    const Comity__Request *request = view->fold->request;
    put_hex(call, json, "case", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "name", typed_name(call, row));
    put_text(call, json, "reference", row->q_reference);
    put_text(call, json, "their_reference", row->r_reference);
    put_text(call, json, "type", type_name(request));
    put_text(call, json, "state", case_state_name(view->fold->state));
    if (request != NULL && request->necessity != NULL &&
        urgency_of(request->necessity->urgency) != URGENCY_NONE) {
        put_text(call, json, "urgency", urgency_name(request->necessity->urgency));
    }
    put_text(call, json, "side", side_text(row->own_side));
    put_text(call, json, "from", row->q.text);
    put_text(call, json, "to", row->r.text);
    put_exercise(call, json, row);
    put(call, json, "zones", zones_json(view));
}

/* Whether inbox_unopened() would find any. */
static bool any_unopened(const struct view *view)
{
    for (size_t i = 0; i < view->letter_count; i++) {
        const struct letter_row *letter = &view->letters[i];
        if (!letter->own && letter->place == PLACE_EFFECT && letter->opened_here_ms == 0) {
            return true;
        }
    }
    return false;
}

static json_t *case_json(const struct view *view, const struct public_key *signer)
{
    struct call *call = view->call;
    json_t *json = json_object();
    view_head(view, json);
    put(call, json, "flags", view_flags(view));
    put(call, json, "owed", view_owed(view));
    put(call, json, "genuine", view_genuine(view));
    put(call, json, "items", view_items(view));
    put_moved(view, json);
    put(call, json, "asks", view_asks(view));
    if (!view->no_letters) {
        put(call, json, "ladder", view_ladder(view));
    }
    put(call, json, "next", view_next(view));
    put(call, json, "unopened",
        any_unopened(view) ? unopened_json(call, &view->row.id, signer) : json_array());
    if (view->fold->request != NULL) {
        put(call, json, "request", json_of_message(&view->fold->request->base));
    }
    put_taken(call, json, &view->row);
    put_twins(call, json, &view->row);
    if (!view->no_letters) {
        put(call, json, "letters", view_letters(view));
    }
    return json;
}

/* The officer who would sign OPENED: key in *ret, NULL when none is named. False when it answered. */
static bool signer_of_query(struct call *call, bool exercise, struct public_key *room,
                            const struct public_key **ret)
{
    const char *text = query_value(call, "signer");
    *ret = NULL;
    if (text == NULL) {
        return true;
    }
    const char *refusal = key_of_text(text, room) ? officer_refusal(call, room, call->now, exercise, false)
                                                  : "it is no public key of 64 hexadecimal digits";
    if (refusal != NULL) {
        answer_error(call, 422, "OFFICER", "look at the officers: comity roster show", "signer: %s",
                     say(call->words, refusal));
        return false;
    }
    *ret = room;
    return true;
}

bool view_load(struct call *call, struct view *view)
{
    struct case_look look = {.count = 0};
    bool looked = case_look(call->node, &view->row.id, call->arena, &look);
    view->call = call;
    view->letters = look.rows;
    view->letter_count = look.count;
    view->fold = look.fold;
    case_count_letters(&view->row, view->letters, view->letter_count);
    bool good = looked && sort_letters(view) && !arena_exhausted(call->arena);
    if (!good) {
        answer_too_large(call);
    }
    return good;
}

void view_case(struct call *call)
{
    struct view view = {.call = call};
    struct public_key key;
    const struct public_key *signer = NULL;
    const char *letters = query_value(call, "letters");
    view.all_letters = letters != NULL && strcmp(letters, "all") == 0;
    view.no_letters = letters != NULL && strcmp(letters, "none") == 0;
    if (call_has_roster(call) && call_case(call, call->command->target, &view.row) &&
        signer_of_query(call, view.row.has_exercise, &key, &signer) && view_load(call, &view)) {
        answer_json(call, case_json(&view, signer));
    }
}
