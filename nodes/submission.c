/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/submission.h"

#include <string.h>

#include "nodes/fingerprint.h"
#include "nodes/lifecycle.h"
#include "nodes/roster_changes.h"
#include "nodes/signed_letter.h"
#include "nodes/store_letters.h"
#include "nodes/take.h"
#include "nodes/terms_check.h"

bool submission_malformed(struct call *call, const char *what)
{
    answer_error(call, 400, "MALFORMED", PREPARE_AGAIN, "%s", say(call->words, what));
    return false;
}

bool submission_forged(struct call *call, const char *what)
{
    answer_error(call, 422, "CONTEXT", PREPARE_AGAIN, "%s", say(call->words, what));
    return false;
}

bool submission_read(struct call *call, struct bytes context, struct bytes letter, struct submission *s)
{
    *s = (struct submission){.context_bytes = context, .letter_bytes = letter};
    if (s->context_bytes.data == NULL || s->letter_bytes.data == NULL) {
        return submission_malformed(call, N_("context and letter are needed, in base64"));
    }
    if (context_unpack(s->context_bytes, call->arena, &s->context, NULL) != WIRE_OK ||
        letter_unpack(s->letter_bytes, call->arena, &s->letter, NULL) != WIRE_OK ||
        letter_kind(s->letter) == LETTER_NONE) {
        return submission_malformed(call, N_("context or letter are not in the encoding of the protocol"));
    }
    if (s->context->kind != KIND_LETTER || s->context->case_id.len != sizeof s->case_id ||
        s->context->n_signer > SIGNERS_MAX) {
        return submission_forged(call, N_("what was signed is no letter of a case"));
    }
    memcpy(s->case_id.bytes, s->context->case_id.data, sizeof s->case_id.bytes);
    s->signer_count = s->context->n_signer;
    for (size_t i = 0; i < s->signer_count; i++) {
        memcpy(s->signers[i].bytes, s->context->signer[i].data, sizeof s->signers[i].bytes);
    }
    s->id = letter_id_of(s->context_bytes, s->letter_bytes);
    return true;
}

/* --- the context is the one that preparing would make --- */

static bool times_good(struct call *call, const struct submission *s)
{
    uint64_t signed_ms = s->context->signed_ms;
    if (signed_ms > call->now.ms) {
        return submission_forged(call, N_("it was signed in the future of this node's clock"));
    }
    if (call->now.ms - signed_ms > PREPARED_AGE_MS) {
        return submission_forged(call, N_("it was prepared more than a day ago"));
    }
    return true;
}

static bool find_place(struct call *call, struct submission *s)
{
    struct address to;
    const wall_ms at = {.ms = s->context->signed_ms};
    s->case_known = case_get(call->node, &s->case_id, call->arena, &s->row);
    if (s->case_known) {
        return setting_known(call, &s->row, at, &s->setting);
    }
    if (!letter_opens(letter_kind(s->letter))) {
        answer_error(call, 404, "NOT_FOUND", "list the cases: comity inbox --all",
                     "the case of this letter is not known here");
        return false;
    }
    if (!address_read(bytes_of_text(s->context->to), &to) ||
        !setting_new(call, &to, s->letter, at, s->context->exercise.len != 0, &s->setting)) {
        return call->status == 0 ? submission_forged(call, N_("the recipient is no party address")) : false;
    }
    s->setting.draft.case_id = s->case_id;
    return true;
}

bool submission_moved(struct call *call, const char *what)
{
    answer_error(call, 409, "CASE_MOVED", "look at the case again, then prepare the letter anew", "%s",
                 say(call->words, what));
    return false;
}

/* What Q may write without changing what R was about to say. */
static bool changes_nothing(enum letter_kind kind)
{
    return kind == LETTER_STATUS_ASK || kind == LETTER_EXCULPATORY || kind == LETTER_OUTCOME ||
           kind == LETTER_EVIDENCE_RECEIPT;
}

/* Has a letter of Q come in that R had not seen? Who signs has to know it, or signs an answer to another case. */
static bool unseen_by_r(const struct case_fold *fold, const struct letter_id *seen, bool has_seen)
{
    bool after = !has_seen;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct case_letter *letter = fold->letters[i].letter;
        if (letter->author == SIDE_Q && after && !changes_nothing(letter->kind)) {
            return true;
        }
        after = after || (letter->author == SIDE_Q && digest_equal(&letter->id.digest, &seen->digest));
    }
    return false;
}

/* Is the place that was prepared for still the next one? seen may be older, where rule 4 does not forbid it. */
static bool place_good(struct call *call, struct submission *s)
{
    struct letter_draft *draft = &s->setting.draft;
    const Comity__Context *context = s->context;
    struct letter_id seen = {.digest = {.bytes = {0}}};
    bool has_seen = context->seen.len != 0;
    if (has_seen) {
        seen.digest = digest_from(wire_bytes(context->seen));
    }
    if (context->case_seq < draft->case_seq) {
        return submission_moved(call,
                                N_("another letter of this side was filed since this one was prepared"));
    }
    if (has_seen && !store_letter_is_in_effect(call->node->store, &s->case_id, draft->to.text, &seen)) {
        return submission_forged(call,
                                 N_("what it says it has seen is no letter of the other side of this case"));
    }
    if (draft->author == SIDE_R && unseen_by_r(s->setting.fold, &seen, has_seen)) {
        return submission_moved(call,
                                N_("a letter of the requesting side came in since this one was prepared"));
    }
    draft->has_seen = has_seen;
    draft->seen = seen;
    return true;
}

/* What the letter would lack under the roster in use, and what it is to be told. */
static void put_terms(struct call *call, const struct submission *s)
{
    struct faults *faults = call_faults(call);
    struct faults *notes = faults == NULL ? NULL : call_faults(call);
    if (notes != NULL && call->json != NULL) {
        letter_terms_check(s->letter, s->setting.draft.author, s->setting.fold, &s->setting.terms, faults,
                           notes);
        put(call, call->json, "faults", faults_json(call, faults));
        put(call, call->json, "notes", faults_json(call, notes));
    }
}

/* Another roster is in use: what it says differently of both parties, so that who looks again knows at what. */
static bool roster_moved(struct call *call, const struct submission *s)
{
    json_t *changes = json_array();
    put_roster_changes(call, changes, s->context->to, s->context->roster);
    put_roster_changes(call, changes, call->node->options.party.text, s->context->roster);
    const unsigned long long was = s->context->roster, is = roster_version(node_roster_now(call->node));
    if (json_array_size(changes) == 0) {
        answer_error(call, 409, "ROSTER_MOVED", PREPARE_AGAIN,
                     "it was prepared under version %llu of the roster, and %llu is in use", was, is);
    } else {
        answer_error(
            call, 409, "ROSTER_MOVED", N_("look at what changed, then prepare the letter again"),
            "it was prepared under version %llu of the roster, and %llu, which is in use, says other "
            "things of the parties",
            was, is);
    }
    if (call->json == NULL) {
        json_decref(changes);
        return false;
    }
    put(call, call->json, "changes", changes);
    put_terms(call, s);
    return false;
}

static bool context_good(struct call *call, struct submission *s)
{
    struct letter_id id;
    const wall_ms signed_at = {.ms = s->context->signed_ms};
    if (s->case_known && !place_good(call, s)) {
        return false;
    }
    if (s->context->roster != roster_version(node_roster_now(call->node))) {
        return roster_moved(call, s);
    }
    struct bytes made = letter_context(call->node, &s->setting.draft, s->letter_bytes, s->signers,
                                       s->signer_count, signed_at, call->arena, &id);
    if (made.data == NULL) {
        answer_too_large(call);
        return false;
    }
    return bytes_equal(made, s->context_bytes) ||
           submission_forged(call, N_("the context is not the one this node makes for that letter"));
}

bool submission_stands(struct call *call, struct submission *s)
{
    return times_good(call, s) && find_place(call, s) && context_good(call, s) &&
           signers_good(call, s->signers, s->signer_count, s->letter, s->setting.fold,
                        (wall_ms){.ms = s->context->signed_ms}, s->setting.exercise);
}

/* --- officers and rules --- */

bool submission_signature(struct call *call, const struct submission *s, size_t i)
{
    if (proof_verify(&call->node->verified, s->proofs[i], &s->id.digest, &s->signers[i]) == PROOF_OK) {
        return true;
    }
    answer_error(call, 422, "SIGNATURE",
                 "sign the letter id that preparing returned, with that officer's key",
                 "signature %zu does not hold for its officer", i + 1);
    return false;
}

bool submission_rules(struct call *call, struct submission *s)
{
    struct faults *faults = call_faults(call);
    s->notes = faults == NULL ? NULL : call_faults(call);
    if (s->notes == NULL) {
        return false;
    }
    letter_check(s->letter, s->setting.draft.author, s->setting.fold, &s->setting.terms, faults);
    letter_terms_check(s->letter, s->setting.draft.author, s->setting.fold, &s->setting.terms, faults,
                       s->notes);
    if (faults_any(faults)) {
        answer_faults(call, faults);
        return false;
    }
    return !s->case_known ||
           (duplicate_good(call, s->letter, &s->row) &&
            signers_have_case(call, &s->row.id, s->signers, s->signer_count, s->setting.fold));
}
