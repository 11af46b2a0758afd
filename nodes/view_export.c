/* SPDX-License-Identifier: Apache-2.0 */
/*
 * EXPORT: a case as one JSON object, for a national case system and for an auditor: each letter as its officers signed it, with the
 * bytes, the signatures and the receipts, beside what they say. Who holds the rosters that are named verifies all of it without
 * this node: a letter's id is D(letter, context, H(letter)), and each signature is a Proof over it (docs/protocol.md 2.4, 3.2).
 */
#include <string.h>

#include "base/text.h"
#include "nodes/inbox.h"
#include "nodes/outbox.h"
#include "nodes/receipts.h"
#include "nodes/view.h"
#include "proto/json.h"

#define EXPORT_FORMAT   "comity-case-1"
#define RECEIPTS_LOOKED 32 /* of an envelope */

static const char *place_text(enum letter_place place)
{
    return place == PLACE_EFFECT ? "IN_EFFECT" : place == PLACE_HELD_BACK ? "HELD_BACK" : "DEAD";
}

static json_t *proofs_json(struct call *call, const struct letter_row *row)
{
    json_t *list = json_array();
    Comity__Inner *proofs = NULL;
    if (inner_unpack(row->proofs, call->arena, &proofs, NULL) != WIRE_OK) {
        call->lost = true; /* it was packed by us: the arena has ended */
        return list;
    }
    for (size_t i = 0; i < proofs->n_signature; i++) {
        const char *text = base64_new(call->arena, wire_bytes(proofs->signature[i]));
        append(call, list, text == NULL ? NULL : json_string(text));
    }
    return list;
}

/* Receipts for the envelope that carried it, as they were signed. */
static json_t *receipts_json(struct call *call, const struct letter_row *row)
{
    struct receipt_row receipts[RECEIPTS_LOOKED];
    json_t *list = json_array();
    size_t count = bytes_all_zero(digest_bytes(&row->envelope.digest))
                       ? 0
                       : node_receipts_of(call->node, &row->envelope, RECEIPTS_LOOKED, call->arena, receipts);
    for (size_t i = 0; i < count; i++) {
        const char *text = base64_new(call->arena, receipts[i].raw);
        append(call, list, text == NULL ? NULL : json_string(text));
    }
    return list;
}

static json_t *letter_json(struct call *call, const struct letter_row *row)
{
    json_t *json = json_object();
    Comity__Letter *letter = NULL;
    Comity__Context *context = NULL;
    if (letter_unpack(row->letter, call->arena, &letter, NULL) != WIRE_OK ||
        context_unpack(row->context, call->arena, &context, NULL) != WIRE_OK) {
        call->lost = true; /* they were scanned before they were filed: the arena has ended */
        return json;
    }
    put_hex(call, json, "id", digest_bytes(&row->id.digest));
    put_text(call, json, "kind", letter_name((uint32_t)row->kind));
    put_text(call, json, "from", row->from.text);
    put_text(call, json, "to", row->to.text);
    put_number(call, json, "number", row->case_seq);
    put_text(call, json, "place", place_text(row->place));
    put_number(call, json, "roster", context->roster);
    put_ms(call, json, "signed", row->signed_ms);
    put_ms(call, json, "accepted", row->accepted_ms);
    put_ms(call, json, "delivered", row->delivered_ms);
    put_ms(call, json, "opened", row->opened_ms != 0 ? row->opened_ms : row->opened_here_ms);
    put_true(call, json, "returned", row->returned);
    put_base64(call, json, "context", row->context);
    put_base64(call, json, "letter", row->letter);
    put(call, json, "signatures", proofs_json(call, row));
    if (!bytes_all_zero(digest_bytes(&row->envelope.digest))) {
        put_hex(call, json, "envelope", digest_bytes(&row->envelope.digest));
    }
    put(call, json, "receipts", receipts_json(call, row));
    put(call, json, "body", json_of_message(&letter->base));
    return json;
}

/* The versions under which letters were signed, each once, with the hash that the letters name. */
static json_t *rosters_json(const struct view *view)
{
    struct call *call = view->call;
    json_t *list = json_array();
    for (size_t i = 0; i < view->letter_count; i++) {
        Comity__Context *context = NULL;
        bool known = context_unpack(view->letters[i].context, call->arena, &context, NULL) != WIRE_OK;
        size_t at = 0;
        json_t *entry = NULL;
        json_array_foreach(list, at, entry)
        {
            known |= context != NULL &&
                     (uint64_t)json_integer_value(json_object_get(entry, "version")) == context->roster;
        }
        if (!known) {
            json_t *json = json_object();
            put_number(call, json, "version", context->roster);
            put_hex(call, json, "hash", wire_bytes(context->roster_hash));
            append(call, list, json);
        }
    }
    return list;
}

static json_t *export_json(const struct view *view)
{
    struct call *call = view->call;
    const struct node_options *options = &call->node->options;
    json_t *json = json_object();
    json_t *letters = json_array();
    put_text(call, json, "format", EXPORT_FORMAT);
    put_hex(call, json, "network", bytes_of(options->network.bytes, sizeof options->network.bytes));
    put_text(call, json, "by", options->party.text);
    put_ms(call, json, "at", call->now.ms);
    put_hex(call, json, "case", bytes_of(view->row.id.bytes, sizeof view->row.id.bytes));
    put_exercise(call, json, &view->row);
    put_text(call, json, "kind", machine_name(view->fold->machine));
    put_text(call, json, "from", view->row.q.text);
    put_text(call, json, "to", view->row.r.text);
    put_text(call, json, "reference", view->row.q_reference);
    put_text(call, json, "their_reference", view->row.r_reference);
    put_text(call, json, "state", case_state_name(view->fold->state));
    put(call, json, "items", view_items(view));
    put(call, json, "asks", view_asks(view));
    put(call, json, "owed", view_owed(view));
    put(call, json, "rosters", rosters_json(view));
    for (size_t i = 0; i < view->letter_count; i++) {
        append(call, letters, letter_json(call, &view->letters[i]));
    }
    put(call, json, "letters", letters);
    return json;
}

void view_export(struct call *call)
{
    struct view view = {.call = call};
    if (call_has_roster(call) && call_case(call, call->command->target, &view.row) &&
        view_load(call, &view)) {
        answer_json(call, export_json(&view));
    }
}
