/* SPDX-License-Identifier: Apache-2.0 */
/* TAKE and NOTE. */
#include <string.h>

#include "base/text.h"
#include "nodes/store_letters.h"
#include "nodes/take.h"

#define NOTE_BYTES_MAX 8000
#define NOTES_SHOWN    100

/* A member that names an officer who may act on the case. False when it answered. */
static bool officer_of_body(struct call *call, const char *member, bool exercise, struct public_key *ret)
{
    const char *text = json_string_value(body_member(call, member));
    const char *refusal = key_of_text(text, ret) ? officer_refusal(call, ret, call->now, exercise, false)
                                                 : "it is no public key of 64 hexadecimal digits";
    if (refusal != NULL) {
        answer_error(call, 422, "OFFICER", "look at the officers: comity roster show", "%s: %s", member,
                     say(call->words, refusal));
    }
    return refusal == NULL;
}

static void refuse_taken(struct call *call, const struct public_key *by, uint64_t since_ms)
{
    const char *name = officer_name(call, call->node->options.party.text, by);
    char since[INSTANT_TEXT_MAX];
    answer_error(
        call, 409, "TAKEN", "ask them to give it to you: comity take --give OFFICER; or take it over",
        "%s has this case since %s", name[0] == '\0' ? say(call->words, N_("another officer")) : name,
        instant_write(since, (struct instant){.ms = (int64_t)since_ms}));
    put_hex(call, call->json, "officer", bytes_of(by->bytes, sizeof by->bytes));
}

bool signers_have_case(struct call *call, const struct case_id *id, const struct public_key *signers,
                       size_t count, const struct case_fold *fold)
{
    struct public_key by;
    uint64_t since_ms = 0;
    bool emergency = fold != NULL && fold->urgency == URGENCY_EMERGENCY;
    bool free = emergency || !case_taken(call->node->store, id, &by, &since_ms);
    for (size_t i = 0; i < count && !free; i++) {
        free = public_key_equal(&signers[i], &by);
    }
    if (!free) {
        refuse_taken(call, &by, since_ms);
    }
    return free;
}

static void told(struct call *call, const struct case_row *row, const char *what)
{
    char id[2 * sizeof row->id.bytes + 1];
    node_event(call->turn, EVENT_CASE_TAKEN, "case=%.8s what=%s",
               hex_write(id, bytes_of(row->id.bytes, sizeof row->id.bytes)), what);
    case_touch(call->node, &row->id, 0); /* its line and its alarms follow */
    call->changed = true;
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_taken(call, json, row);
    answer_json(call, json);
}

/* {"officer": KEY} takes; with "give": KEY it goes to that one, with "release": true to nobody; "over": true from another. */
void command_take(struct call *call)
{
    struct case_row row;
    struct public_key officer, give, by;
    uint64_t since_ms = 0;
    if (!call_has_roster(call) || !call_case(call, call->command->target, &row) ||
        !officer_of_body(call, "officer", row.has_exercise, &officer)) {
        return;
    }
    bool theirs = case_taken(call->node->store, &row.id, &by, &since_ms) && !public_key_equal(&by, &officer);
    if (theirs && !json_is_true(body_member(call, "over"))) {
        refuse_taken(call, &by, since_ms);
        return;
    }
    if (json_is_true(body_member(call, "release"))) {
        store_give_back(call->node->store, &row.id);
        told(call, &row, "released");
        return;
    }
    bool gives = body_member(call, "give") != NULL;
    if (!gives || officer_of_body(call, "give", row.has_exercise, &give)) {
        store_take(call->node->store, &row.id, gives ? &give : &officer, call->now.ms);
        told(call, &row, gives ? "given" : theirs ? "taken_over" : "taken");
    }
}

/* {"text": TEXT, "officer": KEY}; officer may be left out. */
void command_note(struct call *call)
{
    struct case_row row;
    struct public_key officer;
    const json_t *text = body_member(call, "text");
    size_t size = json_string_length(text);
    bool named = body_member(call, "officer") != NULL;
    if (!call_has_roster(call) || !call_case(call, call->command->target, &row) ||
        (named && !officer_of_body(call, "officer", row.has_exercise, &officer))) {
        return;
    }
    if (size == 0 || size > NOTE_BYTES_MAX || !text_is_showable(bytes_of(json_string_value(text), size))) {
        answer_error(call, 422, "MALFORMED", "write 1 to 8,000 bytes of text",
                     "the note has no text that can be kept");
        return;
    }
    store_note(call->node->store, &row.id, call->now.ms, named ? &officer : NULL, json_string_value(text));
    call->changed = true;
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(row.id.bytes, sizeof row.id.bytes));
    put_ms(call, json, "at", call->now.ms);
    answer_json(call, json);
}

static void put_officer(struct call *call, json_t *json, const struct public_key *key)
{
    put_hex(call, json, "officer", bytes_of(key->bytes, sizeof key->bytes));
    put_text(call, json, "name", officer_name(call, call->node->options.party.text, key));
}

void put_taken(struct call *call, json_t *object, const struct case_row *row)
{
    struct public_key by;
    uint64_t since_ms = 0;
    struct note_row *notes = arena_zero(call->arena, NOTES_SHOWN, sizeof *notes);
    size_t count =
        notes == NULL ? 0 : store_notes(call->node->store, &row->id, NOTES_SHOWN, call->arena, notes);
    if (case_taken(call->node->store, &row->id, &by, &since_ms)) {
        json_t *taken = json_object();
        put_officer(call, taken, &by);
        put_ms(call, taken, "since", since_ms);
        put(call, object, "taken", taken);
    }
    if (count != 0) {
        json_t *list = json_array();
        for (size_t i = 0; i < count; i++) {
            json_t *note = json_object();
            put_ms(call, note, "at", notes[i].at_ms);
            if (notes[i].has_by) {
                put_officer(call, note, &notes[i].by);
            }
            put_text(call, note, "text", notes[i].text);
            append(call, list, note);
        }
        put(call, object, "notes", list);
    }
}
