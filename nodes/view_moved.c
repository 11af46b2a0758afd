/* SPDX-License-Identifier: Apache-2.0 */
/* Where a case goes on, and where it comes from, when several parties of the requested State had it one after the other. */
#include "nodes/view.h"

/* The items that this MOVED took away and that nobody opened again. */
static json_t *items_gone(const struct view *view, size_t letter)
{
    json_t *list = json_array();
    for (size_t i = 0; i < view->fold->item_count; i++) {
        const struct case_item *item = &view->fold->items[i];
        if (item->result == RESULT_MOVED && item->moved_by == letter) {
            append(view->call, list, json_integer((json_int_t)item->number));
        }
    }
    return list;
}

void put_moved(const struct view *view, json_t *json)
{
    struct call *call = view->call;
    const struct case_fold *fold = view->fold;
    json_t *list = json_array();
    for (size_t i = 0; i < fold->letter_count; i++) {
        const Comity__Letter *letter = fold->letters[i].letter->letter;
        json_t *gone = fold->letters[i].letter->kind == LETTER_MOVED ? items_gone(view, i) : NULL;
        if (json_array_size(gone) == 0) {
            json_decref(gone);
            continue;
        }
        json_t *move = json_object();
        put_text(call, move, "party", letter->moved->party);
        put_hex(call, move, "case", wire_bytes(letter->moved->case_id));
        put(call, move, "items", gone);
        append(call, list, move);
    }
    if (json_array_size(list) == 0) {
        json_decref(list);
    } else {
        put(call, json, "moved_to", list);
    }
    if (fold->opener != NULL && fold->opener->kind == LETTER_TAKEN_OVER) {
        const Comity__TakenOver *taken = fold->opener->letter->taken_over;
        json_t *from = json_object();
        put_text(call, from, "party", taken->from_party);
        put_hex(call, from, "case", wire_bytes(taken->from_case));
        put(call, json, "moved_from", from);
    }
}
