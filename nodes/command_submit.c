/* SPDX-License-Identifier: Apache-2.0 */
/* SUBMIT: takes a signed letter, files it and has it sent. */
#include "nodes/store_prepared.h"
#include "nodes/submission.h"

/* --- reading --- */

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
        if (json_is_null(json_array_get(list, i))) {
            answer_error(call, 422, "SIGNATURE", "let that officer sign it: comity sign",
                         "signature %zu is not there yet", i + 1);
            return false;
        }
        s->proofs[i] = bytes_of_json(call, json_array_get(list, i));
        if (s->proofs[i].data == NULL) {
            return submission_malformed(call, N_("a signature is not base64"));
        }
    }
    return true;
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

static void file(struct call *call, struct submission *s, const struct openings *openings)
{
    switch (letter_file(call->node, call->turn, s->context_bytes, s->letter_bytes, s->proofs, s->signer_count,
                        &s->id)) {
    case FILE_OK:
        (void)openings_file(call, openings);
        store_prepared_drop(call->node->store, &s->id);
        call->changed = true;
        answer_filed(call, s);
        return;
    case FILE_KNOWN:
        answer_filed(call, s);
        return;
    case FILE_MOVED:
        (void)submission_moved(call, N_("the case moved since the letter was prepared"));
        return;
    case FILE_MALFORMED:
        (void)submission_forged(call, N_("the letter does not belong to this node or case"));
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

static bool signatures_good(struct call *call, const struct submission *s)
{
    for (size_t i = 0; i < s->signer_count; i++) {
        if (!submission_signature(call, s, i)) {
            return false;
        }
    }
    return true;
}

void command_submit(struct call *call)
{
    struct submission *s = arena_zero(call->arena, 1, sizeof *s);
    struct openings openings = {.count = 0};
    if (s == NULL) {
        answer_too_large(call);
        return;
    }
    if (!call_may_send(call) ||
        !submission_read(call, bytes_of_json(call, body_member(call, "context")),
                         bytes_of_json(call, body_member(call, "letter")), s) ||
        !read_signatures(call, s)) {
        return;
    }
    if (is_filed(call, s)) {
        answer_filed(call, s);
        return;
    }
    bool good = submission_stands(call, s) && signatures_good(call, s) && submission_rules(call, s) &&
                openings_read(call, body_member(call, "opened"), s->case_known ? &s->row : NULL, &openings);
    if (good) {
        file(call, s, &openings);
    }
}
