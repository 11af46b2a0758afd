/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXERCISE_JOIN and EXERCISE_LEAVE: whether this node takes part in an exercise over the live network. Joined, it takes letters of that
 * exercise beside real ones, and officers whose keys are for exercises write them; what is real goes on as it was. A node whose
 * configuration names an exercise is in that for as long as it does.
 */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/store_exercise.h"
#include "nodes/store_prepared.h"
#include "proto/limits.h"

static bool is_of(const struct exercise_id *id, struct bytes bytes)
{
    return bytes_equal(bytes, bytes_of(id->bytes, sizeof id->bytes));
}

static void answer_exercise(struct call *call, const struct exercise_row *row)
{
    json_t *json = json_object();
    put_hex(call, json, "exercise", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "title", row->title);
    put_ms(call, json, "joined", row->joined_ms);
    answer_json(call, json);
}

/* What is joined by command; false: nothing, or node.conf names another one, which goes before it. */
static bool joined(const struct call *call, struct exercise_row *ret)
{
    const struct node_options *options = &call->node->options;
    return options->has_exercise && store_exercise_get(call->node->store, ret) &&
           is_of(&ret->id, bytes_of(options->exercise.bytes, sizeof options->exercise.bytes));
}

/* The same; answered when it is false. */
static bool is_joined(struct call *call, struct exercise_row *ret)
{
    if (joined(call, ret)) {
        return true;
    }
    if (call->node->options.has_exercise) {
        answer_error(call, 409, "EXERCISE", "take the line out of node.conf and start the node anew",
                     "node.conf names the exercise that this node is in");
    } else {
        answer_error(call, 404, "NOT_FOUND", "join one: comity drill live",
                     "this node has joined no exercise");
    }
    return false;
}

/* Which exercise the body names; false: none, or it is no id. */
static bool named(const struct call *call, struct exercise_id *ret)
{
    const char *text = json_string_value(body_member(call, "exercise"));
    return text != NULL && hex_read(ret->bytes, sizeof ret->bytes, bytes_of_text(text)) &&
           !bytes_all_zero(bytes_of(ret->bytes, sizeof ret->bytes));
}

static void answer_in_another(struct call *call)
{
    answer_error(call, 409, "EXERCISE", "end the other one first: comity drill end",
                 "this node is in another exercise");
}

/* {"exercise": 32 hex, "title": TEXT} */
void command_exercise_join(struct call *call)
{
    struct exercise_row row = {.joined_ms = call->now.ms}, known;
    struct node_options *options = &call->node->options;
    const json_t *title = body_member(call, "title");
    size_t size = json_string_length(title);
    if (!named(call, &row.id) || size > EXERCISE_TITLE_BYTES_MAX ||
        !text_is_showable(bytes_of(json_string_value(title), size))) {
        answer_error(call, 422, "MALFORMED",
                     "give \"exercise\", 32 lower-case hexadecimal digits, and \"title\", a line of text",
                     "it does not say which exercise");
        return;
    }
    (void)snprintf(row.title, sizeof row.title, "%s", size == 0 ? "" : json_string_value(title));
    if (joined(call, &known) && is_of(&row.id, bytes_of(known.id.bytes, sizeof known.id.bytes))) {
        answer_exercise(call, &known);
        return;
    }
    if (options->has_exercise) {
        answer_in_another(call);
        return;
    }
    store_exercise_put(call->node->store, &row);
    options->has_exercise = true;
    options->exercise = row.id;
    store_exercise_touch(call->node->store, &row.id);
    call->node->live.more = true;
    call->changed = true;
    answer_exercise(call, &row);
}

/* Letters of it that wait for signatures would never be sent. */
static uint64_t drop_prepared(struct call *call, const struct exercise_id *id)
{
    struct letter_id ids[PREPARED_MAX];
    size_t count = store_prepared_list(call->node->store, ids);
    uint64_t dropped = 0;
    for (size_t i = 0; i < count; i++) {
        struct prepared_row row;
        Comity__Context *context = NULL;
        if (store_prepared_get(call->node->store, &ids[i], call->arena, &row) &&
            context_unpack(row.context, call->arena, &context, NULL) == WIRE_OK &&
            is_of(id, wire_bytes(context->exercise))) {
            store_prepared_drop(call->node->store, &ids[i]);
            dropped++;
        }
    }
    return dropped;
}

static void answer_left(struct call *call, const struct exercise_row *row, const struct exercise_left *left)
{
    json_t *json = json_object();
    put_hex(call, json, "exercise", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "title", row->title);
    put_number(call, json, "cases", left->cases);
    put_number(call, json, "open", left->open);
    put_number(call, json, "letters", left->letters);
    put_number(call, json, "prepared_dropped", left->prepared);
    answer_json(call, json);
}

/* {"exercise": 32 hex}, or nothing. Who names one that was left is told once more what stays: the first answer may not have come. */
void command_exercise_leave(struct call *call)
{
    struct exercise_row row, meant = {.title = ""};
    struct node *node = call->node;
    const bool is_named = named(call, &meant.id);
    if (is_named && !node->options.has_exercise) {
        const struct exercise_left left = store_exercise_left(node->store, &meant.id);
        answer_left(call, &meant, &left);
        return;
    }
    if (!is_joined(call, &row)) {
        return;
    }
    if (is_named && !is_of(&row.id, bytes_of(meant.id.bytes, sizeof meant.id.bytes))) {
        answer_in_another(call);
        return;
    }
    struct exercise_left left = store_exercise_left(node->store, &row.id);
    left.prepared = drop_prepared(call, &row.id);
    store_exercise_hush(node->store, &row.id, call->now.ms);
    store_exercise_drop(node->store);
    node->options.has_exercise = false;
    node->live.more = true;
    call->changed = true;
    answer_left(call, &row, &left);
}
