/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SUBMIT: takes a signed letter. Nothing that the client says is believed: the context must be, byte for byte, what
 * preparing would make for this case now, the officers and their signatures must hold, the letter must pass its rules again.
 */
#include <string.h>

#include "nodes/command.h"
#include "nodes/store_letters.h"
#include "proto/limits.h"

struct submission {
    struct bytes context_bytes, letter_bytes;
    Comity__Context *context;
    Comity__Letter *letter;
    struct letter_id id;
    struct case_id case_id;
    struct public_key signers[SIGNERS_MAX];
    struct bytes proofs[SIGNERS_MAX];
    size_t signer_count;
    struct setting setting;
    bool case_known;
    struct case_row row;
    struct openings openings;
};

#define PREPARE_AGAIN N_("prepare the letter again and sign that")

/* --- reading --- */

static bool malformed(struct call *call, const char *what)
{
    answer_error(call, 400, "MALFORMED", PREPARE_AGAIN, "%s", say(call->words, what));
    return false;
}

static bool forged(struct call *call, const char *what)
{
    answer_error(call, 422, "CONTEXT", PREPARE_AGAIN, "%s", say(call->words, what));
    return false;
}

static bool read_signatures(struct call *call, struct submission *s)
{
    const json_t *list = body_member(call, "signatures");
    size_t count = json_array_size(list);
    if (count != s->signer_count) {
        answer_error(call, 422, "SIGNATURE", "let each officer named sign, in that order",
                     "%zu of %zu signatures are there", count, s->signer_count);
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        s->proofs[i] = bytes_of_json(call, json_array_get(list, i));
        if (s->proofs[i].data == NULL) {
            return malformed(call, N_("a signature is not base64"));
        }
    }
    return true;
}

static bool read_body(struct call *call, struct submission *s)
{
    s->context_bytes = bytes_of_json(call, body_member(call, "context"));
    s->letter_bytes = bytes_of_json(call, body_member(call, "letter"));
    if (s->context_bytes.data == NULL || s->letter_bytes.data == NULL) {
        return malformed(call, N_("context and letter are needed, in base64"));
    }
    if (context_unpack(s->context_bytes, call->arena, &s->context, NULL) != WIRE_OK ||
        letter_unpack(s->letter_bytes, call->arena, &s->letter, NULL) != WIRE_OK ||
        letter_kind(s->letter) == LETTER_NONE) {
        return malformed(call, N_("context or letter are not in the encoding of the protocol"));
    }
    if (s->context->kind != KIND_LETTER || s->context->case_id.len != sizeof s->case_id ||
        s->context->n_signer > SIGNERS_MAX) {
        return forged(call, N_("what was signed is no letter of a case"));
    }
    memcpy(s->case_id.bytes, s->context->case_id.data, sizeof s->case_id.bytes);
    s->signer_count = s->context->n_signer;
    for (size_t i = 0; i < s->signer_count; i++) {
        memcpy(s->signers[i].bytes, s->context->signer[i].data, sizeof s->signers[i].bytes);
    }
    struct digest hash = plain_hash(s->letter_bytes);
    const struct bytes parts[] = {s->context_bytes, digest_bytes(&hash)};
    s->id.digest = labelled_digest("comity/v1/letter", parts, 2);
    return read_signatures(call, s);
}

/* --- the context is the one that preparing would make --- */

static bool times_good(struct call *call, const struct submission *s)
{
    uint64_t signed_ms = s->context->signed_ms;
    if (signed_ms > call->now.ms) {
        return forged(call, N_("it was signed in the future of this node's clock"));
    }
    if (call->now.ms - signed_ms > PREPARED_AGE_MS) {
        return forged(call, N_("it was prepared more than a day ago"));
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
    if (letter_kind(s->letter) != LETTER_REQUEST) {
        answer_error(call, 404, "NOT_FOUND", "list the cases: comity inbox --all",
                     "the case of this letter is not known here");
        return false;
    }
    if (!address_read(bytes_of_text(s->context->to), &to) || !setting_new(call, &to, at, &s->setting)) {
        return call->status == 0 ? forged(call, N_("the recipient is no party address")) : false;
    }
    s->setting.draft.case_id = s->case_id;
    return true;
}

static bool moved(struct call *call, const char *what)
{
    answer_error(call, 409, "CASE_MOVED", "look at the case again, then prepare the letter anew", "%s",
                 say(call->words, what));
    return false;
}

/* Rule 4 of docs/lifecycle.md: has a letter of Q come in that R had not seen? Being asked how it stands is none. */
static bool unseen_by_r(const struct case_fold *fold, const struct letter_id *seen, bool has_seen)
{
    bool after = !has_seen;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct case_letter *letter = fold->letters[i].letter;
        if (letter->author == SIDE_Q && after && letter->kind != LETTER_STATUS_ASK) {
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
        return moved(call, N_("another letter of this side was filed since this one was prepared"));
    }
    if (has_seen && !store_letter_is_in_effect(call->node->store, &s->case_id, draft->to.text, &seen)) {
        return forged(call, N_("what it says it has seen is no letter of the other side of this case"));
    }
    if (draft->author == SIDE_R && unseen_by_r(s->setting.fold, &seen, has_seen)) {
        return moved(call, N_("a letter of the requesting side came in since this one was prepared"));
    }
    draft->has_seen = has_seen;
    draft->seen = seen;
    return true;
}

static bool context_good(struct call *call, struct submission *s)
{
    struct letter_id id;
    const wall_ms signed_at = {.ms = s->context->signed_ms};
    if (s->case_known && !place_good(call, s)) {
        return false;
    }
    if (s->context->roster != roster_version(node_roster_now(call->node))) {
        answer_error(call, 409, "ROSTER_MOVED", PREPARE_AGAIN,
                     "it was prepared under version %llu of the roster, and %llu is in use",
                     (unsigned long long)s->context->roster,
                     (unsigned long long)roster_version(node_roster_now(call->node)));
        return false;
    }
    struct bytes made = letter_context(call->node, &s->setting.draft, s->letter_bytes, s->signers,
                                       s->signer_count, signed_at, call->arena, &id);
    if (made.data == NULL) {
        answer_too_large(call);
        return false;
    }
    return bytes_equal(made, s->context_bytes) ||
           forged(call, N_("the context is not the one this node makes for that letter"));
}

/* --- officers and rules --- */

static bool signatures_good(struct call *call, const struct submission *s)
{
    for (size_t i = 0; i < s->signer_count; i++) {
        if (proof_verify(&call->node->verified, s->proofs[i], &s->id.digest, &s->signers[i]) != PROOF_OK) {
            answer_error(call, 422, "SIGNATURE",
                         "sign the letter id that preparing returned, with that officer's key",
                         "signature %zu does not hold for its officer", i + 1);
            return false;
        }
    }
    return true;
}

static bool rules_good(struct call *call, const struct submission *s)
{
    struct faults *faults = call_faults(call);
    if (faults == NULL) {
        return false;
    }
    letter_check(s->letter, s->setting.draft.author, s->setting.fold, &s->setting.terms, faults);
    if (faults_any(faults)) {
        answer_faults(call, faults);
    }
    return !faults_any(faults);
}

/* --- filing --- */

static void answer_filed(struct call *call, const struct submission *s)
{
    const struct case_fold *fold = case_load(call->node, &s->case_id, call->arena);
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(s->case_id.bytes, sizeof s->case_id.bytes));
    put_hex(call, json, "letterId", digest_bytes(&s->id.digest));
    put_text(call, json, "state", fold == NULL ? "" : case_state_name(fold->state));
    answer_json(call, json);
}

static void file(struct call *call, struct submission *s)
{
    switch (letter_file(call->node, call->turn, s->context_bytes, s->letter_bytes, s->proofs, s->signer_count,
                        &s->id)) {
    case FILE_OK:
        (void)openings_file(call, &s->openings);
        call->changed = true;
        answer_filed(call, s);
        return;
    case FILE_KNOWN:
        answer_filed(call, s);
        return;
    case FILE_MOVED:
        (void)moved(call, N_("the case moved since the letter was prepared"));
        return;
    case FILE_MALFORMED:
        (void)forged(call, N_("the letter does not belong to this node or case"));
        return;
    case FILE_ROSTER:
        answer_error(call, 409, "ROSTER_MOVED", PREPARE_AGAIN, "the roster does not allow it any more");
        return;
    case FILE_FULL:
        answer_error(call, 503, "FULL", "free disk space, then repeat the command",
                     "there is no room on the disk of this node");
        return;
    }
}

/* The very letter again, under another command id: it has its effect already. */
static bool is_filed(struct call *call, const struct submission *s)
{
    struct letter_row row;
    return letter_get(call->node, &s->id, call->arena, &row) && row.own;
}

void command_submit(struct call *call)
{
    struct submission *s = arena_zero(call->arena, 1, sizeof *s);
    if (s == NULL) {
        answer_too_large(call);
        return;
    }
    if (!call_may_send(call) || !read_body(call, s)) {
        return;
    }
    if (is_filed(call, s)) {
        answer_filed(call, s);
        return;
    }
    bool good =
        times_good(call, s) && find_place(call, s) && context_good(call, s) &&
        signers_good(call, s->signers, s->signer_count, s->letter, (wall_ms){.ms = s->context->signed_ms},
                     s->setting.exercise) &&
        signatures_good(call, s) && rules_good(call, s) &&
        openings_read(call, body_member(call, "opened"), s->case_known ? &s->row : NULL, &s->openings);
    if (good) {
        file(call, s);
    }
}
