/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SETTLE: a person has seen to what the worklist says of a case that moved. Nothing follows from it but that it waits no more; why
 * is noted on the case. This side's own record, never sent.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/command.h"
#include "nodes/store_letters.h"
#include "nodes/take.h"
#include "nodes/tie.h"

#define TEXT_BYTES_MAX 8000

static bool is_open_move(const struct tie *tie)
{
    return tie->event == COMITY__TIE__EVENT__HAND_OVER && tie->alone && tie->state != ITEM_ENDED;
}

/* {"text": TEXT} */
void command_settle(struct call *call)
{
    struct tie tie;
    struct case_id id;
    struct case_row row;
    const json_t *text = body_member(call, "text");
    size_t size = json_string_length(text);
    if (!hex_read(id.bytes, sizeof id.bytes, bytes_of_text(call->command->target)) ||
        store_ties(call->node->store, TIES_BY_LINK, &id, 1, call->arena, &tie) == 0 || !is_open_move(&tie)) {
        answer_error(call, 404, "NOT_FOUND", "look at the worklist: comity worklist",
                     "no such entry of the worklist waits to be settled");
        return;
    }
    if (size == 0 || size > TEXT_BYTES_MAX || !text_is_showable(bytes_of(json_string_value(text), size))) {
        answer_error(call, 422, "MALFORMED", "write 1 to 8,000 bytes of text",
                     "it does not say how it was settled");
        return;
    }
    store_settle(call->node->store, &id, call->now.ms, call->command->actor);
    const struct case_id *both[] = {&tie.hold, &tie.mla};
    for (size_t i = 0; i < 2; i++) {
        if (case_get(call->node, both[i], call->arena, &row)) {
            store_note(call->node->store, &row.id, call->now.ms, NULL, json_string_value(text));
            case_touch(call->node, &row.id, 0); /* its marks and dates follow */
        }
    }
    tie.state = ITEM_ENDED;
    store_tie_put(call->node->store, &tie);
    call->changed = true;
    json_t *json = json_object();
    put_hex(call, json, "entry", bytes_of(id.bytes, sizeof id.bytes));
    answer_json(call, json);
}
