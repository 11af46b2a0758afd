/* SPDX-License-Identifier: Apache-2.0 */
/* The letters of a case as they are shown: what became of each, who signed it, and the ladder from sealed to held. */
#include <string.h>

#include "nodes/inbox.h"
#include "nodes/outbox.h"
#include "nodes/receipts.h"
#include "nodes/view.h"
#include "proto/json.h"

#define RECEIPTS_LOOKED_AT 16
#define WHOLE_LETTERS      20 /* the last ones, unless all are asked for */

/* --- letters --- */

static json_t *signers_json(struct call *call, const struct letter_row *row)
{
    json_t *list = json_array();
    Comity__Context *context = NULL;
    if (context_unpack(row->context, call->arena, &context, NULL) != WIRE_OK) {
        call->lost = true; /* it was scanned before it was filed: only memory can have ended */
        return list;
    }
    for (size_t i = 0; i < context->n_signer; i++) {
        struct public_key key;
        json_t *json = json_object();
        memcpy(key.bytes, context->signer[i].data, sizeof key.bytes);
        put_text(call, json, "name", officer_name(call, row->from.text, &key));
        put_hex(call, json, "key", bytes_of(key.bytes, sizeof key.bytes));
        append(call, list, json);
    }
    return list;
}

static json_t *body_json(struct call *call, const struct letter_row *row)
{
    Comity__Letter *letter = NULL;
    return letter_unpack(row->letter, call->arena, &letter, NULL) == WIRE_OK ? json_of_message(&letter->base)
                                                                             : NULL;
}

/* whole: with its way, who signed it and what it says, not only that it is there. */
static json_t *letter_json(struct call *call, const struct letter_row *row, const char *effect, bool whole)
{
    json_t *json = json_object();
    put_hex(call, json, "id", digest_bytes(&row->id.digest));
    put_text(call, json, "letter", letter_name((uint32_t)row->kind));
    put_text(call, json, "by", row->from.text);
    put_number(call, json, "seq", row->case_seq);
    put_ms(call, json, "signed", row->signed_ms);
    put_text(call, json, "effect", effect);
    put_true(call, json, "stale", row->stale);
    put_text(call, json, "returned", !row->returned ? "" : row->own ? row->to.text : row->from.text);
    if (row->reason != REASON_NONE) {
        put_text(call, json, "reason", reason_name((uint32_t)row->reason));
    }
    if (!whole) {
        return json;
    }
    put_ms(call, json, "accepted", row->accepted_ms);
    put_ms(call, json, "delivered", row->delivered_ms);
    put_ms(call, json, "opened", row->opened_ms != 0 ? row->opened_ms : row->opened_here_ms);
    put(call, json, "signers", signers_json(call, row));
    if (!bytes_all_zero(digest_bytes(&row->envelope.digest))) {
        put_hex(call, json, "envelope", digest_bytes(&row->envelope.digest));
    }
    put(call, json, "body", body_json(call, row));
    return json;
}

/* In the order of the fold; behind it those that are not in effect. */
json_t *view_letters(const struct view *view)
{
    struct call *call = view->call;
    json_t *list = json_array();
    for (size_t i = 0; i < view->fold->letter_count; i++) {
        bool whole = view->all_letters || i + WHOLE_LETTERS >= view->fold->letter_count;
        const struct folded_letter *folded = &view->fold->letters[i];
        const struct letter_row *row = view_letter_row(view, &folded->letter->id);
        if (row != NULL) {
            json_t *json = letter_json(call, row, letter_effect_name(folded->effect), whole);
            put_text(call, json, "code", folded->void_code);
            put_true(call, json, "outside_treaty", folded->outside_treaty);
            put_true(call, json, "without_consult", folded->without_consult);
            put_true(call, json, "art_42_8", folded->code42_8);
            put_true(call, json, "acted", folded->acted);
            append(call, list, json);
        }
    }
    for (size_t i = 0; i < view->letter_count; i++) {
        if (view->letters[i].place != PLACE_EFFECT) {
            append(call, list,
                   letter_json(call, &view->letters[i],
                               view->letters[i].place == PLACE_HELD_BACK ? "HELD_BACK" : "FAILED", true));
        }
    }
    return list;
}

/* --- the ladder --- */

static void add_rung(struct call *call, json_t *ladder, const char *step, uint64_t at_ms, const char *by)
{
    if (at_ms != 0) {
        json_t *rung = json_object();
        put_text(call, rung, "step", step);
        put_ms(call, rung, "at", at_ms);
        put_text(call, rung, "by", by);
        append(call, ladder, rung);
    }
}

/* created_ms of the header that carried the letter; 0: not sealed yet. */
static uint64_t sealed_ms(struct call *call, const struct letter_row *row)
{
    struct out_row out;
    struct in_row in;
    if (row->own) {
        return outbox_get(call->node, &row->envelope, call->arena, &out) ? out.created_ms : 0;
    }
    return inbox_get(call->node, &row->envelope, &in) ? in.created_ms : 0;
}

static const char *broker_name(const struct call *call)
{
    size_t count = 0;
    const struct roster_broker *brokers = roster_brokers(node_roster_now(call->node), &count);
    return count == 0 ? "broker" : brokers[0].id;
}

/* Who signed OPENED for the envelope: the officer's name, or the party where it is not known. */
static const char *opener(struct call *call, const struct letter_row *row)
{
    struct receipt_row receipts[RECEIPTS_LOOKED_AT];
    size_t count = node_receipts_of(call->node, &row->envelope, RECEIPTS_LOOKED_AT, call->arena, receipts);
    const char *name = "";
    for (size_t i = 0; i < count && name[0] == '\0'; i++) {
        struct signed_receipt read;
        if (receipts[i].kind == RECEIPT_OPENED &&
            receipt_read(&call->node->verified, receipts[i].raw, node_roster_now(call->node), call->arena,
                         &read) == REASON_NONE) {
            struct public_key key;
            memcpy(key.bytes, read.body->by_key.data, sizeof key.bytes);
            name = officer_name(call, row->to.text, &key);
        }
    }
    return name[0] == '\0' ? row->to.text : name;
}

static void add_first_answer(const struct view *view, json_t *ladder, const char *step, enum letter_kind kind)
{
    for (size_t i = 0; i < view->fold->letter_count; i++) {
        const struct folded_letter *folded = &view->fold->letters[i];
        if (folded->letter->kind == kind && folded->letter->author == SIDE_R &&
            folded->effect != EFFECT_BREACH) {
            const struct case_letter *letter = folded->letter;
            add_rung(view->call, ladder, step,
                     letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms, view->row.r.text);
            return;
        }
    }
}

static const struct letter_row *first_row(const struct view *view)
{
    for (size_t i = 0; i < view->letter_count; i++) {
        const struct letter_row *row = &view->letters[i];
        if (letter_begins(row) && row->place == PLACE_EFFECT) {
            return row;
        }
    }
    return NULL;
}

json_t *view_ladder(const struct view *view)
{
    struct call *call = view->call;
    json_t *ladder = json_array();
    const struct letter_row *first = first_row(view);
    if (first == NULL) {
        return ladder;
    }
    uint64_t opened_ms = first->opened_ms != 0 ? first->opened_ms : first->opened_here_ms;
    add_rung(call, ladder, "sealed", sealed_ms(call, first), first->from.text);
    add_rung(call, ladder, "accepted", first->accepted_ms, broker_name(call));
    add_rung(call, ladder, "delivered", first->delivered_ms, first->to.text);
    add_rung(call, ladder, "opened", opened_ms, opened_ms == 0 ? "" : opener(call, first));
    add_first_answer(view, ladder, "acknowledged", LETTER_ACK);
    add_first_answer(view, ladder, "ordered", LETTER_ORDERED);
    add_first_answer(view, ladder, "held", LETTER_HELD);
    return ladder;
}
