/* SPDX-License-Identifier: Apache-2.0 */
/* Other cases that ask for the same, as a case shows them, and the check of the letter that merges two. */
#include <string.h>

#include "nodes/fingerprint.h"
#include "nodes/view.h"

#define TWINS_SHOWN 64

void put_twins(struct call *call, json_t *object, const struct case_row *row)
{
    struct twin twins[TWINS_SHOWN];
    size_t count = store_twins(call->node->store, &row->id, false, TWINS_SHOWN, twins);
    json_t *list = count == 0 ? NULL : json_array();
    for (size_t i = 0; i < count; i++) {
        struct case_row other;
        json_t *json = json_object();
        put_number(call, json, "item", twins[i].item);
        put_hex(call, json, "case", bytes_of(twins[i].case_id.bytes, sizeof twins[i].case_id.bytes));
        put_number(call, json, "their_item", twins[i].their_item);
        if (case_get(call->node, &twins[i].case_id, call->arena, &other)) {
            put_text(call, json, "who",
                     view_side_address(&other, other.own_side == SIDE_Q ? SIDE_R : SIDE_Q));
            put_text(call, json, "reference", other.q_reference);
            put_text(call, json, "state", case_state_name(other.state));
        }
        append(call, list, json);
    }
    if (list != NULL) {
        put(call, object, "twins", list);
    }
}

static bool refuse(struct call *call, const char *what)
{
    answer_error(call, 422, "DUPLICATE_OF",
                 "name the case of the same requesting side whose hold serves this request, too",
                 "duplicateOf names %s", say(call->words, what));
    return false;
}

bool duplicate_good(struct call *call, const Comity__Letter *letter, const struct case_row *row)
{
    struct case_row other;
    if (letter_kind(letter) != LETTER_NOT_HELD ||
        letter->not_held->cause != COMITY__NOT_HELD__CAUSE__DUPLICATE_OF ||
        letter->not_held->duplicate_of[0] == '\0') {
        return true;
    }
    if (case_find(call->node, letter->not_held->duplicate_of, call->arena, &other) != CASE_FOUND) {
        return refuse(call, "no case that is known here, or several");
    }
    if (memcmp(other.id.bytes, row->id.bytes, sizeof row->id.bytes) == 0) {
        return refuse(call, "the case itself");
    }
    bool pair = address_equal(&other.q, &row->q) && address_equal(&other.r, &row->r) &&
                case_same_exercise(&other, row);
    return pair || refuse(call, "a case of other parties");
}
