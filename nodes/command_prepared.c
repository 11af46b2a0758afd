/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PREPARED: a letter that waits until officers at several machines have signed it. The bytes are fixed from the beginning, with
 * who is to sign; whoever signs gets the reading of these bytes. At each step it is judged anew whether it still fits, so
 * that nobody signs an answer to a case that has moved. It is sent by SUBMIT, which takes it away here, and is forgotten a day
 * after it was prepared.
 */
#include <string.h>

#include "base/text.h"
#include "nodes/letter_opens.h"
#include "nodes/letter_parts.h"
#include "nodes/store_prepared.h"
#include "nodes/submission.h"
#include "nodes/view.h"

#define PREFIX_DIGITS_MIN 8
#define LOOK_AGAIN        N_("see what waits: comity prepared")

/* --- finding --- */

static bool is_prefix(const struct letter_id *id, const char *digits)
{
    char text[65];
    return strncmp(hex_write(text, digest_bytes(&id->digest)), digits, strlen(digits)) == 0;
}

/* By 8 or more digits of its id. Answers when it is false. */
static bool find(struct call *call, struct prepared_row *ret)
{
    const char *name = call->command->target;
    struct letter_id ids[PREPARED_MAX];
    const struct letter_id *found = NULL;
    size_t count = strlen(name) < PREFIX_DIGITS_MIN ? 0 : store_prepared_list(call->node->store, ids);
    for (size_t i = 0; i < count; i++) {
        if (is_prefix(&ids[i], name) && found != NULL) {
            answer_error(call, 409, "AMBIGUOUS", "write more digits of the letter's id",
                         "several letters begin with these digits");
            return false;
        }
        found = is_prefix(&ids[i], name) ? &ids[i] : found;
    }
    if (found != NULL && store_prepared_get(call->node->store, found, call->arena, ret)) {
        return true;
    }
    const char *shown = text_quiet(call->arena, bytes_of_text(name), REFERENCE_MAX);
    answer_error(call, 404, "NOT_FOUND", LOOK_AGAIN, "no letter %s waits for a signature",
                 shown == NULL ? "" : shown);
    return false;
}

/* --- what is shown --- */

/* Why it could not be sent now, as SUBMIT would say it; NULL: it could, once all have signed. A new reference. */
static json_t *refusal_json(const struct call *call, struct submission *s)
{
    struct call probe = *call;
    probe.status = 0;
    probe.json = NULL;
    bool good = call_may_send(&probe) && submission_stands(&probe, s) && submission_rules(&probe, s);
    if (good) {
        json_decref(probe.json);
        return NULL;
    }
    return probe.json;
}

static json_t *signers_json(struct call *call, const struct submission *s, size_t *ret_missing)
{
    json_t *list = json_array();
    *ret_missing = 0;
    for (size_t i = 0; i < s->signer_count; i++) {
        json_t *signer = json_object();
        put_text(call, signer, "name", officer_name(call, s->context->from, &s->signers[i]));
        put_hex(call, signer, "key", bytes_of(s->signers[i].bytes, sizeof s->signers[i].bytes));
        put(call, signer, "signed", json_boolean(s->proofs[i].data != NULL));
        append(call, list, signer);
        *ret_missing += s->proofs[i].data == NULL ? 1 : 0;
    }
    return list;
}

static void take_row(const struct prepared_row *row, struct submission *s)
{
    memcpy(s->proofs, row->proofs, sizeof s->proofs);
}

/* What the requesting side calls the case, else what the other one does; "": neither calls it anything yet. */
static const char *reference_of(struct call *call, const struct submission *s)
{
    struct case_row row;
    const Comity__Request *request = letter_request(s->letter);
    if (letter_begins_case(s->context, s->letter)) {
        return request == NULL ? "" : request->reference;
    }
    if (!case_get(call->node, &s->case_id, call->arena, &row)) {
        return "";
    }
    return row.q_reference[0] != '\0' ? row.q_reference : row.r_reference;
}

static json_t *row_json(struct call *call, const struct prepared_row *row, struct submission *s)
{
    size_t missing = 0;
    json_t *json = json_object();
    json_t *signers = signers_json(call, s, &missing);
    put_hex(call, json, "letterId", digest_bytes(&row->id.digest));
    put_text(call, json, "kind", letter_name((uint32_t)letter_kind(s->letter)));
    put_hex(call, json, "case", bytes_of(s->case_id.bytes, sizeof s->case_id.bytes));
    put(call, json, "new", json_boolean(letter_begins_case(s->context, s->letter)));
    put_text(call, json, "reference", reference_of(call, s));
    put_text(call, json, "to", s->context->to);
    put_ms(call, json, "prepared", row->made_ms);
    put_ms(call, json, "expires", row->made_ms + PREPARED_AGE_MS);
    put_text(call, json, "by", row->by);
    put(call, json, "signers", signers);
    put_number(call, json, "missing", missing);
    json_t *refusal = refusal_json(call, s);
    if (refusal != NULL) {
        put(call, json, "refused", refusal);
    }
    if (s->notes != NULL && faults_any(s->notes)) {
        put(call, json, "notes", faults_json(call, s->notes));
    }
    return json;
}

/* One with its bytes and their reading; proofs as base64, null where there is none. */
static json_t *whole_json(struct call *call, const struct prepared_row *row, struct submission *s)
{
    json_t *json = row_json(call, row, s);
    json_t *proofs = json_array();
    put_base64(call, json, "context", row->context);
    put_base64(call, json, "letter", row->letter);
    put_text(call, json, "reading", view_reading(call, row->context, row->letter));
    for (size_t i = 0; i < s->signer_count; i++) {
        const char *text = s->proofs[i].data == NULL ? NULL : base64_new(call->arena, s->proofs[i]);
        append(call, proofs, text == NULL ? json_null() : json_string(text));
    }
    put(call, json, "signatures", proofs);
    return json;
}

/* --- taking in --- */

/* The list "signatures": base64 or null, one a signer. */
static bool read_signatures(struct call *call, struct submission *s)
{
    const json_t *list = body_member(call, "signatures");
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *text = json_array_get(list, i);
        if (json_is_null(text)) {
            continue;
        }
        if (i >= s->signer_count) {
            return submission_malformed(call, N_("there are more signatures than officers named"));
        }
        s->proofs[i] = bytes_of_json(call, text);
        if (s->proofs[i].data == NULL) {
            return submission_malformed(call, N_("a signature is not base64"));
        }
        if (!submission_signature(call, s, i)) {
            return false;
        }
    }
    return true;
}

static bool has_room(struct call *call)
{
    struct letter_id ids[PREPARED_MAX];
    if (store_prepared_list(call->node->store, ids) < PREPARED_MAX && !call->node->live.disk_low) {
        return true;
    }
    answer_error(call, 503, "FULL", "submit or discard some: comity prepared",
                 "too many letters wait for signatures, or the disk is full");
    return false;
}

static void keep(struct call *call, struct submission *s)
{
    const struct prepared_row row = {.id = s->id,
                                     .context = s->context_bytes,
                                     .letter = s->letter_bytes,
                                     .made_ms = s->context->signed_ms,
                                     .by = call->command->actor};
    struct prepared_row kept;
    store_prepared_put(call->node->store, &row);
    for (size_t i = 0; i < s->signer_count; i++) {
        if (s->proofs[i].data != NULL) {
            store_prepared_sign(call->node->store, &s->id, i, s->proofs[i]);
        }
    }
    if (!store_prepared_get(call->node->store, &s->id, call->arena, &kept)) {
        answer_too_large(call);
        return;
    }
    call->changed = true;
    take_row(&kept, s);
    answer_json(call, row_json(call, &kept, s));
}

void command_keep(struct call *call)
{
    struct submission *s = arena_zero(call->arena, 1, sizeof *s);
    if (s == NULL) {
        answer_too_large(call);
        return;
    }
    bool good = call_may_send(call) &&
                submission_read(call, bytes_of_json(call, body_member(call, "context")),
                                bytes_of_json(call, body_member(call, "letter")), s) &&
                submission_stands(call, s) && read_signatures(call, s) && submission_rules(call, s) &&
                has_room(call);
    if (good) {
        keep(call, s);
    }
}

/* --- one of them --- */

static bool read_row(struct call *call, struct prepared_row *row, struct submission **ret)
{
    *ret = arena_zero(call->arena, 1, sizeof **ret);
    if (*ret == NULL) {
        answer_too_large(call);
        return false;
    }
    if (!call_has_roster(call) || !find(call, row) ||
        !submission_read(call, row->context, row->letter, *ret)) {
        return false;
    }
    take_row(row, *ret);
    return true;
}

/* Its place among the signers of the letter; false when it answered. */
static bool find_signer(struct call *call, const struct submission *s, size_t *ret)
{
    struct public_key key;
    if (!key_of_text(json_string_value(body_member(call, "signer")), &key)) {
        return submission_malformed(call, N_("signer is no public key"));
    }
    for (size_t i = 0; i < s->signer_count; i++) {
        if (public_key_equal(&s->signers[i], &key)) {
            *ret = i;
            return true;
        }
    }
    answer_error(call, 422, "OFFICER", "prepare the letter anew and name who signs",
                 "this officer is not among those who were named to sign the letter");
    return false;
}

void command_sign(struct call *call)
{
    struct prepared_row row;
    struct submission *s = NULL;
    size_t signer = 0;
    if (!read_row(call, &row, &s) || !call_may_send(call) || !find_signer(call, s, &signer)) {
        return;
    }
    s->proofs[signer] = bytes_of_json(call, body_member(call, "signature"));
    if (s->proofs[signer].data == NULL) {
        (void)submission_malformed(call, N_("a signature is not base64"));
        return;
    }
    if (submission_stands(call, s) && submission_signature(call, s, signer) && submission_rules(call, s)) {
        keep(call, s);
    }
}

void command_discard(struct call *call)
{
    struct prepared_row row;
    if (find(call, &row)) {
        json_t *json = json_object();
        put_hex(call, json, "letterId", digest_bytes(&row.id.digest));
        store_prepared_drop(call->node->store, &row.id);
        call->changed = true;
        answer_json(call, json);
    }
}

/* --- looking --- */

void view_prepared(struct call *call)
{
    struct letter_id ids[PREPARED_MAX];
    size_t count = call_has_roster(call) ? store_prepared_list(call->node->store, ids) : 0;
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        struct prepared_row row;
        struct submission *s = arena_zero(call->arena, 1, sizeof *s);
        if (s == NULL || !store_prepared_get(call->node->store, &ids[i], call->arena, &row) ||
            !submission_read(call, row.context, row.letter, s)) {
            call->lost = true;
            break;
        }
        take_row(&row, s);
        append(call, list, row_json(call, &row, s));
    }
    json_t *json = json_object();
    put(call, json, "prepared", list);
    answer_json(call, json);
}

void view_prepared_one(struct call *call)
{
    struct prepared_row row;
    struct submission *s = NULL;
    if (read_row(call, &row, &s)) {
        answer_json(call, whole_json(call, &row, s));
    }
}
