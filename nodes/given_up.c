/* SPDX-License-Identifier: Apache-2.0 */
/* Own letters that are given up, and those that turn out to have been delivered all the same. */
#include "nodes/letter_parts.h"
#include "nodes/rosters.h"
#include "nodes/store_letters.h"

static void tell_failed(struct turn *turn, const struct letter_row *row, enum reason reason)
{
    char text[ID_SHORT];
    node_event(turn, EVENT_LETTER_FAILED, "to=%s kind=%s reason=%s id=%s", row->to.text,
               letter_name(row->kind), reason_name((uint32_t)reason), id_short(text, &row->id.digest));
}

void letter_fail(struct node *node, struct turn *turn, const struct letter_id *id, enum reason reason)
{
    struct letter_row row;
    if (!letter_get(node, id, turn_arena(turn), &row) || row.place == PLACE_DEAD) {
        return;
    }
    /* What follows it in the case names it as its predecessor and can never take effect at the other side. */
    store_letters_kill(node->store, &row.case_id, row.from.text, row.case_seq, reason);
    case_touch(node, &row.case_id, turn_wall(turn).ms);
    tell_failed(turn, &row, reason);
}

const Comity__Request *letters_failed_request(const struct letter_row *letters, size_t count,
                                              struct arena *arena)
{
    Comity__Letter *message = NULL;
    const struct letter_row *last = NULL;
    for (size_t i = 0; i < count; i++) {
        bool failed = letters[i].own && letters[i].sending == SENDING_FAILED && letter_begins(&letters[i]);
        last = failed ? &letters[i] : last;
    }
    return last == NULL || letter_unpack(last->letter, arena, &message, NULL) != WIRE_OK
               ? NULL
               : letter_request(message);
}

void letter_return_failed(struct node *node, struct turn *turn, struct letter_row *letter,
                          const Comity__Letter *message)
{
    letter->place = PLACE_DEAD;
    letter->sending = SENDING_FAILED;
    letter_return(node, turn, letter, message);
    store_letter_place(node->store, &letter->id, PLACE_DEAD, REASON_CASE);
    tell_failed(turn, letter, REASON_CASE);
}

bool letter_make_way(struct node *node, struct turn *turn, const struct letter_row *letter)
{
    struct letter_id id;
    struct letter_row other;
    uint32_t seq = 0;
    if (!store_letter_in_effect(node->store, &letter->case_id, letter->from.text, letter->case_seq, &id,
                                &seq)) {
        return true;
    }
    if (!letter_get(node, &id, turn_arena(turn), &other) || other.delivered_ms != 0 ||
        !address_equal(&other.to, &letter->to)) {
        return false;
    }
    letter_fail(node, turn, &id, REASON_CASE);
    return true;
}

bool letter_place_is_lost(struct node *node, struct turn *turn, const struct letter_id *id)
{
    struct letter_row row;
    return !letter_get(node, id, turn_arena(turn), &row) ||
           !store_letter_is_beside_another(node->store, &row);
}

/* Is what it names as its predecessor in effect here? */
static bool follows(struct node *node, const struct letter_row *letter)
{
    struct letter_id id;
    uint32_t seq = 0;
    return letter->case_seq == 1 || (store_letter_in_effect(node->store, &letter->case_id, letter->from.text,
                                                            letter->case_seq - 1, &id, &seq) &&
                                     digest_equal(&id.digest, &letter->prev.digest));
}

static bool revive(struct node *node, struct turn *turn, const struct letter_row *letter)
{
    char text[ID_SHORT];
    if (!follows(node, letter) || !letter_make_way(node, turn, letter)) {
        return false;
    }
    store_letter_revive(node->store, &letter->id);
    case_touch(node, &letter->case_id, turn_wall(turn).ms);
    node_event(turn, EVENT_LETTER_REVIVED, "to=%s kind=%s number=%u id=%s", letter->to.text,
               letter_name(letter->kind), (unsigned)letter->case_seq, id_short(text, &letter->id.digest));
    return true;
}

void letter_revive(struct node *node, struct turn *turn, const struct letter_id *id)
{
    struct letter_row row;
    struct letter_id next = *id;
    bool found = true;
    while (found && letter_get(node, &next, turn_arena(turn), &row) && row.own && row.place == PLACE_DEAD &&
           revive(node, turn, &row)) {
        found = store_letter_delivered_behind(node->store, &row, &next);
    }
}
