/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PREPARE: reads a letter, checks all of it, and returns the bytes that its officers sign, with a reading made from those very
 * bytes. Nothing is kept: what comes back with signatures is checked again (command_submit.c).
 */
#include <string.h>

#include "base/ensure.h"
#include "nodes/command.h"
#include "nodes/fingerprint.h"
#include "nodes/store_letters.h"
#include "nodes/take.h"
#include "nodes/terms_check.h"
#include "nodes/view.h"
#include "proto/json.h"
#include "proto/limits.h"

struct proposal {
    Comity__Letter *letter;
    struct public_key
        signers[SIGNERS_MAX + 1]; /* one more than allowed, so that too many are counted as such */
    size_t signer_count;
    struct setting setting;
    struct faults *notes; /* what officers should know before they sign */
    struct case_row row;  /* when it is not for a new case */
};

/* Paths are those of the letter's own body: "request.items[1]" is "items[1]". */
static void strip_paths(struct faults *faults, const json_t *letter)
{
    const char *member = json_object_iter_key(json_object_iter((json_t *)(uintptr_t)letter));
    size_t size = member == NULL ? 0 : strlen(member);
    for (size_t i = 0; size != 0 && i < faults->count; i++) {
        const char *path = faults->list[i].path;
        if (strncmp(path, member, size) == 0 && path[size] == '.') {
            faults->list[i].path = path + size + 1;
        }
    }
}

static bool read_letter(struct call *call, struct proposal *p)
{
    const json_t *json = body_member(call, "letter");
    struct faults *faults = call_faults(call);
    if (faults == NULL) {
        return false;
    }
    if (!json_is_object(json) || json_object_size(json) == 0) {
        faults_add(faults, "", "MISSING",
                   "give the letter as an object with one member, such as {\"ack\": {...}}");
    } else {
        p->letter = (Comity__Letter *)message_of_json(&comity__letter__descriptor, json, call->arena, faults);
        strip_paths(faults, json);
        if (p->letter != NULL && letter_kind(p->letter) == LETTER_NONE) {
            faults_add(faults, "", "MISSING", "the letter says nothing: name one of request, ack, held ...");
        }
    }
    if (faults_any(faults)) {
        answer_faults(call, faults);
        return false;
    }
    return true;
}

static bool read_signers(struct call *call, struct proposal *p)
{
    const json_t *list = body_member(call, "signers");
    size_t count = json_array_size(list);
    for (size_t i = 0; i < count && p->signer_count <= SIGNERS_MAX; i++) {
        if (!key_of_text(json_string_value(json_array_get(list, i)), &p->signers[p->signer_count++])) {
            answer_error(call, 400, "MALFORMED", "give officers' public keys, 64 hexadecimal digits each",
                         "signers[%zu] is no public key", i);
            return false;
        }
    }
    return true;
}

static bool place_new(struct call *call, struct proposal *p, const char *to)
{
    struct address address;
    if (!address_read(bytes_of_text(to), &address)) {
        answer_error(call, 422, "RECIPIENT", "write an address such as XB/poc", "\"to\" is no party address");
        return false;
    }
    return setting_new(call, &address, p->letter, call->now,
                       signers_exercise(call, p->signers, p->signer_count), &p->setting);
}

/* A written request that names a call belongs to the case that was opened for it, if the requested side wrote it down. */
static bool is_called(struct call *call, struct proposal *p, const char *to)
{
    bool written = letter_kind(p->letter) == LETTER_REQUEST && p->letter->request->oral_reference[0] != '\0';
    return written &&
           store_case_of_call(call->node->store, to, p->letter->request->oral_reference, &p->row.id) &&
           case_get(call->node, &p->row.id, call->arena, &p->row);
}

/* Either "to", for the letter that opens a case, or "case". */
static bool place(struct call *call, struct proposal *p)
{
    const char *to = json_string_value(body_member(call, "to"));
    const char *name = json_string_value(body_member(call, "case"));
    if ((to == NULL) == (name == NULL)) {
        answer_error(call, 400, "MALFORMED", "give \"to\" for a new case, \"case\" for every other letter",
                     "the letter needs either a recipient or a case");
        return false;
    }
    if (to != NULL && !is_called(call, p, to)) {
        return place_new(call, p, to);
    }
    return (to != NULL || call_case(call, name, &p->row)) &&
           setting_known(call, &p->row, call->now, &p->setting);
}

/* Two cases of one number are told apart by their ids alone, by both sides and for good. */
static void note_same_reference(struct call *call, const struct proposal *p)
{
    const Comity__Request *request = p->setting.new_case ? p->letter->request : NULL;
    struct case_row row;
    if (letter_kind(p->letter) != LETTER_REQUEST || request == NULL) {
        return;
    }
    enum case_found found = case_find(call->node, request->reference, call->arena, &row);
    if (found == CASE_AMBIGUOUS ||
        (found == CASE_FOUND && strcmp(row.q_reference, request->reference) == 0)) { /* else by its id */
        faults_add(p->notes, "reference", "REPEATED", "a case of yours has the number %s already",
                   request->reference);
    }
}

static bool check(struct call *call, struct proposal *p)
{
    struct faults *faults = call_faults(call);
    p->notes = faults == NULL ? NULL : call_faults(call);
    if (p->notes == NULL) {
        return false;
    }
    letter_defaults(call, p->letter, p->setting.fold, &p->setting.terms);
    letter_check(p->letter, p->setting.draft.author, p->setting.fold, &p->setting.terms, faults);
    letter_terms_check(p->letter, p->setting.draft.author, p->setting.fold, &p->setting.terms, faults,
                       p->notes);
    note_same_reference(call, p);
    if (faults_any(faults)) {
        answer_faults(call, faults);
    }
    return !faults_any(faults);
}

static void answer_prepared(struct call *call, const struct proposal *p)
{
    const struct setting *setting = &p->setting;
    struct letter_id id;
    struct bytes letter = letter_pack(call->arena, p->letter);
    struct bytes context = letter.data == NULL
                               ? letter
                               : letter_context(call->node, &setting->draft, letter, p->signers,
                                                p->signer_count, call->now, call->arena, &id);
    const char *reading = context.data == NULL ? NULL : view_reading(call, context, letter);
    if (reading == NULL) {
        answer_too_large(call);
        return;
    }
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(setting->draft.case_id.bytes, sizeof setting->draft.case_id.bytes));
    put_hex(call, json, "letterId", digest_bytes(&id.digest));
    put_base64(call, json, "context", context);
    put_base64(call, json, "letter", letter);
    put_number(call, json, "signatures", p->signer_count);
    put_text(call, json, "reading", reading);
    if (faults_any(p->notes)) {
        put(call, json, "notes", faults_json(call, p->notes));
    }
    put(call, json, "unopened",
        setting->new_case ? json_array() : unopened_json(call, &setting->draft.case_id, &p->signers[0]));
    answer_json(call, json);
}

void command_prepare(struct call *call)
{
    struct proposal *p = arena_zero(call->arena, 1, sizeof *p);
    if (p == NULL) {
        answer_too_large(call);
        return;
    }
    bool good = call_may_send(call) && read_letter(call, p) && read_signers(call, p) && place(call, p) &&
                check(call, p) &&
                signers_good(call, p->signers, p->signer_count, p->letter, p->setting.fold, call->now,
                             p->setting.exercise) &&
                (p->setting.new_case ||
                 (duplicate_good(call, p->letter, &p->row) &&
                  signers_have_case(call, &p->row.id, p->signers, p->signer_count, p->setting.fold)));
    if (good) {
        answer_prepared(call, p);
    }
}
