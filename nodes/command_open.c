/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OPENED: which letters no officer has opened, the receipts an officer would sign for them, and taking those signed. A
 * letter is opened once: a receipt about letters that others have opened meanwhile is left out.
 */
#include <string.h>

#include "base/text.h"
#include "keys/envelope.h"
#include "nodes/command.h"
#include "nodes/inbox.h"
#include "nodes/receipts.h"

#define OPENINGS_MAX 64 /* receipts in one command */

/* --- to be signed --- */

static json_t *envelopes_json(struct call *call, const struct receipt_item *items, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char id[65];
        append(call, list, json_string(hex_write(id, digest_bytes(&items[i].id.digest))));
    }
    return list;
}

json_t *unopened_json(struct call *call, const struct case_id *id, const struct public_key *key)
{
    struct receipt_item *items = arena_take(call->arena, RECEIPT_ITEMS_MAX * sizeof *items);
    struct address from;
    json_t *list = json_array();
    size_t count = items == NULL ? 0 : inbox_unopened(call->node, id, RECEIPT_ITEMS_MAX, items, &from);
    if (count == 0) {
        return list;
    }
    json_t *entry = json_object();
    put(call, entry, "envelopes", envelopes_json(call, items, count));
    if (key != NULL) {
        struct digest digest;
        struct bytes receipt = node_opened_draft(call->node, id, key, call->now, call->arena, &digest);
        call->lost = call->lost || receipt.data == NULL;
        put_base64(call, entry, "receipt", receipt);
        put_hex(call, entry, "digest", receipt.data == NULL ? receipt : digest_bytes(&digest));
    }
    append(call, list, entry);
    return list;
}

/* --- signed --- */

static bool refuse(struct call *call, const char *code, const char *what)
{
    answer_error(call, 422, code, "fetch the case again and sign what it names as unopened", "OPENED: %s",
                 say(call->words, what));
    return false;
}

static bool reason_text(struct call *call, enum reason reason)
{
    return refuse(call,
                  reason == REASON_SIGNATURE                         ? "SIGNATURE"
                  : reason == REASON_KEY || reason == REASON_REVOKED ? "OFFICER"
                                                                     : "MALFORMED",
                  reason_meaning((uint32_t)reason));
}

/* Signed by an officer of ours who may, about this pair, now. */
static bool frame_good(struct call *call, const struct signed_receipt *receipt, const struct case_row *row)
{
    const struct address *other = row->own_side == SIDE_Q ? &row->r : &row->q;
    const Comity__Receipt *body = receipt->body;
    struct public_key by;
    if (body->kind != RECEIPT_OPENED || !address_equal(&receipt->to, &call->node->options.party) ||
        !address_equal(&receipt->from, other)) {
        return refuse(call, "MALFORMED", "it is no receipt about what the other side of this case sent");
    }
    if (body->at_ms > call->now.ms || call->now.ms - body->at_ms > PREPARED_AGE_MS ||
        body->roster > roster_version(node_roster_now(call->node))) {
        return refuse(call, "MALFORMED", "it was not made by this node in the last day");
    }
    memcpy(by.bytes, body->by_key.data, sizeof by.bytes);
    const char *refusal = officer_refusal(call, &by, (wall_ms){.ms = body->at_ms}, row->has_exercise, false);
    return refusal == NULL || refuse(call, "OFFICER", refusal);
}

/* Every item an envelope of this case that was delivered here; *ret_new: one of them is not opened yet. */
static bool items_good(struct call *call, const struct signed_receipt *receipt, const struct case_row *row,
                       bool *ret_new)
{
    *ret_new = false;
    for (size_t i = 0; i < receipt->body->n_item; i++) {
        const struct envelope_id id = {.digest = digest_from(wire_bytes(receipt->body->item[i]->id))};
        struct in_row in;
        struct letter_row letter;
        if (!inbox_get(call->node, &id, &in) || in.outcome != IN_DELIVERED || !in.has_letter ||
            !letter_get(call->node, &in.letter, call->arena, &letter) ||
            memcmp(letter.case_id.bytes, row->id.bytes, sizeof row->id.bytes) != 0) {
            return refuse(call, "NOT_FOUND", "it names an envelope that brought no letter of this case here");
        }
        if (receipt->body->at_ms + CLOCK_AHEAD_MS < in.received_ms) {
            return refuse(call, "MALFORMED", "it is older than the letter");
        }
        *ret_new = *ret_new || letter.opened_here_ms == 0;
    }
    return true;
}

static bool read_one(struct call *call, const json_t *object, const struct case_row *row,
                     struct openings *ret)
{
    struct bytes receipt = bytes_of_json(call, json_object_get(object, "receipt"));
    struct bytes proof = bytes_of_json(call, json_object_get(object, "proof"));
    struct signed_receipt read;
    bool fresh = false;
    if (receipt.size == 0 || proof.size == 0 || receipt.size > RECEIPT_BYTES_MAX ||
        proof.size > PROOF_BYTES_MAX) {
        return refuse(call, "MALFORMED", "receipt and proof are needed, in base64");
    }
    struct bytes raw = signed_receipt_encode(call->arena, receipt, proof);
    if (raw.data == NULL) {
        answer_too_large(call);
        return false;
    }
    enum reason reason =
        receipt_read(&call->node->verified, raw, node_roster_now(call->node), call->arena, &read);
    if (reason != REASON_NONE) {
        return reason_text(call, reason);
    }
    if (!frame_good(call, &read, row) || !items_good(call, &read, row, &fresh)) {
        return false;
    }
    if (fresh) {
        ret->receipts[ret->count++] = raw;
    }
    return true;
}

bool openings_read(struct call *call, const json_t *list, const struct case_row *row, struct openings *ret)
{
    size_t count = json_array_size(list);
    *ret = (struct openings){.receipts = arena_zero(call->arena, OPENINGS_MAX, sizeof *ret->receipts)};
    if (ret->receipts == NULL) {
        answer_too_large(call);
        return false;
    }
    if (count > OPENINGS_MAX || (count != 0 && row == NULL)) {
        return refuse(call, "MALFORMED",
                      row == NULL ? "a new case has nothing to open" : "there are too many receipts");
    }
    for (size_t i = 0; i < count; i++) {
        if (!read_one(call, json_array_get(list, i), row, ret)) {
            return false;
        }
    }
    return true;
}

size_t openings_file(struct call *call, const struct openings *openings)
{
    size_t filed = 0;
    for (size_t i = 0; i < openings->count; i++) {
        enum reason reason = REASON_NONE;
        filed += node_file_opened(call->node, call->turn, openings->receipts[i], &reason) == OPENED_OK;
    }
    return filed;
}

static size_t unopened(struct call *call, struct case_row *row)
{
    struct case_look look = {.count = 0};
    if (case_look(call->node, &row->id, call->arena, &look)) {
        case_count_letters(row, look.rows, look.count);
    }
    return row->unopened;
}

void command_open(struct call *call)
{
    struct case_row row;
    struct openings openings;
    const json_t *list = body_member(call, "opened");
    if (!call_has_roster(call) || !call_case(call, call->command->target, &row)) {
        return;
    }
    if (!json_is_array(list)) {
        (void)refuse(call, "MALFORMED", "the list \"opened\" is missing");
        return;
    }
    if (!openings_read(call, list, &row, &openings)) {
        return;
    }
    size_t before = unopened(call, &row);
    call->changed = openings_file(call, &openings) != 0;
    json_t *json = json_object();
    put_number(call, json, "opened", before - unopened(call, &row));
    answer_json(call, json);
}
