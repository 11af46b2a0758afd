/* SPDX-License-Identifier: Apache-2.0 */
/* What preparing a letter and taking it signed have in common: its case, its officers, what the node writes into it. */
#include <string.h>

#include "base/text.h"
#include "nodes/calendar.h"
#include "nodes/command.h"
#include "nodes/lifecycle.h"
#include "nodes/moved.h"
#include "nodes/recall.h"
#include "nodes/terms_check.h"
#include "proto/limits.h"

/* --- officers --- */

static const char *standing_text(struct call *call, enum key_standing standing, const struct roster_key *key)
{
    switch (standing) {
    case KEY_UNKNOWN:
        return call_text(call, "it is no officer's key of %s in the roster", call->node->options.party.text);
    case KEY_NOT_AT_THAT_TIME:
        return "its time in the roster has not begun or is over";
    case KEY_REVOKED:
        return key == NULL || key->revoked_reason[0] == '\0'
                   ? "it was revoked"
                   : call_text(call, "it was revoked: %s", key->revoked_reason);
    case KEY_GOOD:
        break;
    }
    return NULL;
}

const char *officer_refusal(struct call *call, const struct public_key *key, wall_ms at, bool exercise,
                            bool signs)
{
    const struct roster_key *entry = NULL;
    enum key_standing standing = roster_key_standing(node_roster_now(call->node), node_self(call->node),
                                                     ROLE_OFFICER, key, at, &entry);
    if (standing != KEY_GOOD) {
        const char *text = standing_text(call, standing, entry);
        return text == NULL ? "it may not act" : text;
    }
    if (entry->exercise != exercise) {
        return exercise ? "it is no exercise key, and this is an exercise" : "it acts in exercises only";
    }
    if (signs && !text_is_one_of("sign", entry->mandate)) {
        return "the roster gives it no mandate to sign";
    }
    return NULL;
}

const char *officer_shown(const struct call *call, const char *party, const struct roster_key *key)
{
    bool ours = same_state(call->node->options.party.text, party);
    return ours && key->name[0] != '\0' ? key->name : key->shown;
}

const char *officer_name(const struct call *call, const char *party_name, const struct public_key *key)
{
    const struct party *party = roster_find(node_roster_now(call->node), party_name);
    for (size_t i = 0; party != NULL && i < party->key_count; i++) {
        if (party->keys[i].role == ROLE_OFFICER && public_key_equal(&party->keys[i].key, key)) {
            return officer_shown(call, party_name, &party->keys[i]);
        }
        if (party->keys[i].role == ROLE_NODE && public_key_equal(&party->keys[i].key, key)) {
            return "node";
        }
    }
    return "";
}

static bool count_good(struct call *call, size_t count, const Comity__Letter *letter,
                       const struct case_fold *fold)
{
    unsigned rule = letter_signatures_here(letter, fold, node_self(call->node));
    unsigned needed = rule == 0 ? 1 : rule; /* what a node may sign alone an officer may sign, too */
    if (count >= needed && count <= SIGNERS_MAX) {
        return true;
    }
    const char *next = count < needed
                           ? call_text(call, "name %u officers who sign one after the other", needed)
                           : call_text(call, "name at most %d officers", SIGNERS_MAX);
    const char *is_needed = arena_format(
        call->arena, say_n(call->words, "%s needs %u signature", "%s needs %u signatures", needed),
        letter_name(letter_kind(letter)), needed);
    const char *are_named =
        arena_format(call->arena, say_n(call->words, "%zu is named", "%zu are named", count), count);
    answer_error(call, 422, "SIGNERS", next, "%s, and %s", is_needed == NULL ? "?" : is_needed,
                 are_named == NULL ? "?" : are_named);
    if (call->json != NULL) {
        put_number(call, call->json, "signatures", needed);
    }
    return false;
}

/* May that officer of this party decide, where the roster says who may? */
static bool decides(const struct roster_key *key)
{
    return key->role == ROLE_OFFICER && text_is_one_of("decide", key->mandate);
}

/*
 * Where officers of this party have the mandate to decide, one of them is among those who sign what takes two. It is this
 * State's own rule: no other party judges it, and it gives way in an emergency to a letter that says so.
 */
static bool decision_good(struct call *call, const struct public_key *signers, size_t count,
                          const Comity__Letter *letter, const struct case_fold *fold)
{
    const struct party *party = node_self(call->node);
    bool needed = false;
    if (letter_signatures_here(letter, fold, party) < 2 ||
        letter_overrules(letter, fold, COMITY__ACTED__RULE__SECOND_SIGNATURE)) {
        return true;
    }
    for (size_t i = 0; party != NULL && i < party->key_count; i++) {
        const struct roster_key *key = &party->keys[i];
        for (size_t j = 0; decides(key) && j < count; j++) {
            if (public_key_equal(&key->key, &signers[j])) {
                return true;
            }
        }
        needed = needed || decides(key);
    }
    if (needed) {
        answer_error(call, 422, "MANDATE", "name an officer with the mandate to decide: comity roster show",
                     "%s takes the signature of an officer who may decide, and none is named",
                     letter_name(letter_kind(letter)));
    }
    return !needed;
}

bool signers_good(struct call *call, const struct public_key *signers, size_t count,
                  const Comity__Letter *letter, const struct case_fold *fold, wall_ms at, bool exercise)
{
    if (!count_good(call, count, letter, fold)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const char *refusal = officer_refusal(call, &signers[i], at, exercise, true);
        for (size_t j = 0; j < i && refusal == NULL; j++) {
            refusal = public_key_equal(&signers[i], &signers[j]) ? "it is named twice" : NULL;
        }
        if (refusal != NULL) {
            char key[65];
            answer_error(call, 422, "OFFICER", "look at the officers: comity roster show",
                         "the key %.16s... may not sign this letter: %s",
                         hex_write(key, bytes_of(signers[i].bytes, sizeof signers[i].bytes)),
                         say(call->words, refusal));
            return false;
        }
    }
    return decision_good(call, signers, count, letter, fold);
}

/* --- where a letter stands --- */

bool recipient_good(struct call *call, const char *to)
{
    const struct party *party = roster_find(node_roster_now(call->node), to);
    if (node_is_me(call->node, to)) {
        answer_error(call, 422, "RECIPIENT", "name the other party", "%s is this party itself", to);
    } else if (party == NULL) {
        answer_error(call, 422, "RECIPIENT", "look at the addresses: comity roster show",
                     "%s is not in the roster", to);
    } else if (party->status != PARTY_ACTIVE) {
        answer_error(call, 422, "RECIPIENT", "reach it by phone; its numbers: comity roster show",
                     "%s is not active in the roster", to);
    } else {
        return true;
    }
    return false;
}

bool setting_new(struct call *call, const struct address *to, const Comity__Letter *letter, wall_ms at,
                 bool exercise, struct setting *ret)
{
    const struct lifecycle_row *row = letter_opens(letter_kind(letter)) ? lifecycle_row_any(letter) : NULL;
    const char *me = call->node->options.party.text;
    bool of_r = row != NULL && row->side == SIDE_R;
    if (!recipient_good(call, to->text)) {
        return false;
    }
    *ret = (struct setting){.new_case = true, .exercise = exercise};
    letter_draft_new(call->node, call->turn, to, of_r ? SIDE_R : SIDE_Q, exercise, &ret->draft);
    if (letter_kind(letter) == LETTER_TAKEN_OVER &&
        moved_case(call->node, letter->taken_over, exercise, call->arena, &ret->draft.case_id) ==
            SUCCESSOR_UNCLEAR) {
        answer_error(
            call, 409, "UNCLEAR", "draft it from the link on the worklist: comity draft LINK --as takeover",
            "it does not say which case that was handed over goes on in it, or that one does already");
        return false;
    }
    ret->terms = case_terms(call->node, of_r ? to->text : me, of_r ? me : to->text, at);
    return true;
}

/* A case belongs to an exercise, or to none, for ever. */
static bool exercise_good(struct call *call, const struct case_row *row)
{
    bool good = case_in_exercise(call->node, row);
    if (!good) {
        answer_error(call, 409, "EXERCISE", "join it: comity drill live",
                     "the case belongs to an exercise that this node has not joined");
    }
    return good;
}

bool signers_exercise(struct call *call, const struct public_key *signers, size_t count)
{
    const struct party *self = node_self(call->node);
    for (size_t i = 0; self != NULL && i < self->key_count; i++) {
        const struct roster_key *key = &self->keys[i];
        if (count != 0 && key->role == ROLE_OFFICER && public_key_equal(&key->key, &signers[0])) {
            return key->exercise && call->node->options.has_exercise;
        }
    }
    return false;
}

/* A number of a case is not signed while the other side may hold a letter of ours that has it. */
static bool is_whole(struct call *call, const struct case_row *row, const char *to)
{
    switch (recall_blocks(call->node, &row->id, to)) {
    case RECALL_FREE:
        return true;
    case RECALL_PENDING:
        answer_error(
            call, 409, "RECALL",
            "wait until the case is whole again (comity status); if it is urgent, call them",
            "this node's disk has lost letters that %s may hold, and is getting them back from there", to);
        break;
    case RECALL_BROKEN:
        answer_error(
            call, 409, "RECALL", "open a new case that names this one; a person has to compare both files",
            "%s holds a letter of this side in this case that this node cannot verify or has another one for",
            to);
        break;
    }
    return false;
}

bool setting_known(struct call *call, const struct case_row *row, wall_ms at, struct setting *ret)
{
    struct setting setting = {.exercise = row->has_exercise};
    if (!exercise_good(call, row) || !letter_draft(call->node, &row->id, &setting.draft) ||
        !recipient_good(call, setting.draft.to.text) || !is_whole(call, row, setting.draft.to.text)) {
        return false;
    }
    setting.fold = case_load(call->node, &row->id, call->arena);
    if (setting.fold == NULL) {
        answer_too_large(call);
        return false;
    }
    setting.terms = case_terms(call->node, row->q.text, row->r.text, at);
    *ret = setting;
    return true;
}

/* --- what is left open --- */

/* The moment as a clock on the wall of this party shows it. */
static struct instant local(const struct node *node, uint64_t ms)
{
    int32_t offset_s =
        node->options.zone == NULL ? 0 : zone_offset_s(node->options.zone, (wall_ms){.ms = ms});
    return (struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60};
}

static void fill(struct call *call, Comity__Instant **at, uint64_t ms)
{
    Comity__Instant *instant = *at == NULL ? arena_take(call->arena, sizeof *instant) : NULL;
    if (instant != NULL) {
        struct instant moment = local(call->node, ms);
        comity__instant__init(instant);
        instant->ms = moment.ms;
        instant->offset_min = moment.offset_min;
        *at = instant;
    }
}

static void fill_zone(struct call *call, char **zone)
{
    if ((*zone)[0] == '\0') {
        bool known = call->node->options.zone != NULL;
        struct bytes name =
            arena_copy(call->arena, bytes_of_text(known ? node_self(call->node)->zone : "UTC"));
        *zone = name.data == NULL ? *zone : (char *)(uintptr_t)name.data;
    }
}

/* The id of the case that another party goes on with: who hands over chooses it, so that all three name the same one. */
static ProtobufCBinaryData random_case(struct call *call)
{
    struct case_id id;
    turn_random(call->turn, id.bytes, sizeof id.bytes);
    return wire_binary(arena_copy(call->arena, bytes_of(id.bytes, sizeof id.bytes)));
}

/* Where a letter says by when it wants what it asks for; NULL: it has no such date. */
static Comity__Instant **by_of(Comity__Letter *letter)
{
    enum letter_kind kind = letter_kind(letter);
#define BY_OF(word, body, member)                                                                            \
    if (kind == LETTER_##word) {                                                                             \
        return &letter->body->member;                                                                        \
    }
#include "nodes/letter_parts.def"
#undef BY_OF
    return NULL;
}

/*
 * Whoever is asked has to know by when, and both sides must read the same date: one that the other side owes is written into the letter,
 * as its clock has it in the calendar of that side, where the officer left it open. What this side promises, an officer says. A
 * letter that opens its case has no fold yet: the request in it says what the fold would.
 */
static void fill_by(struct call *call, Comity__Letter *letter, const struct case_fold *fold,
                    const struct letter_terms *terms)
{
    const Comity__Request *opened = fold == NULL ? letter_request(letter) : NULL;
    bool urged = opened != NULL && opened->necessity != NULL;
    enum machine machine = fold != NULL ? fold->machine : opened != NULL ? machine_of(opened) : MACHINE_NONE;
    enum urgency urgency = fold != NULL ? fold->urgency
                           : urged      ? urgency_of(opened->necessity->urgency)
                                        : URGENCY_NONE;
    const struct roster *roster = node_roster_now(call->node);
    struct case_calendars calendars;
    case_calendars_init(&calendars, call->node, terms->q == NULL ? "" : terms->q->address.text,
                        terms->r == NULL ? "" : terms->r->address.text, call->arena);
    const struct case_setting setting = {.context = &calendars, .workdays_after = case_workdays_after};
    const struct lifecycle_row *row = machine == MACHINE_NONE ? NULL : lifecycle_row_of(machine, letter);
    Comity__Instant **by = letter_kind(letter) == LETTER_REQUEST ? NULL : by_of(letter);
    size_t count = 0;
    const struct clock_rule *clocks = clock_rules(&count);
    urgency = urgency == URGENCY_NONE ? URGENCY_ROUTINE : urgency;
    for (size_t i = 0; row != NULL && by != NULL && i < count; i++) {
        const struct clock_scene scene = {.urgency = urgency,
                                          .owed_by = clocks[i].owed_by,
                                          .roster = roster == NULL ? 0 : roster_version(roster),
                                          .start_ms = call->now.ms,
                                          .setting = &setting};
        bool theirs = clocks[i].owed_by != SIDE_NONE && clocks[i].owed_by != row->side;
        if ((row->starts & CLOCK_BIT(i)) != 0 && theirs && clocks[i].spans[urgency].stated) {
            fill(call, by, clock_deadline((enum clock_name)i, &scene));
        }
    }
}

void letter_defaults(struct call *call, Comity__Letter *letter, const struct case_fold *fold,
                     const struct letter_terms *terms)
{
    uint64_t now = call->now.ms;
    enum letter_kind kind = letter_kind(letter);
    if (terms != NULL) {
        fill_by(call, letter, fold, terms);
    }
    if (kind == LETTER_ORDERED) {
        fill(call, &letter->ordered->served_at, now);
    } else if (kind == LETTER_RELEASED) {
        fill(call, &letter->released->at, now);
    } else if (kind == LETTER_EXTENDED) {
        fill_zone(call, &letter->extended->zone);
    } else if (kind == LETTER_MLA_ENDED && letter->mla_ended->hold_until != NULL) {
        fill_zone(call, &letter->mla_ended->zone);
    } else if (kind == LETTER_SUPPLEMENT && fold != NULL && letter->supplement->first_item == 0) {
        letter->supplement->first_item = (uint32_t)fold->item_count + 1;
    } else if (kind == LETTER_MOVED && letter->moved->case_id.len == 0) {
        letter->moved->case_id = random_case(call);
    } else if (kind == LETTER_HELD) {
        Comity__Held *held = letter->held;
        fill(call, &held->held_from, now);
        fill_zone(call, &held->zone);
        uint32_t days = fold == NULL || fold->request == NULL ? 0 : fold->request->hold_days;
        if (held->held_from != NULL && held->held_from->ms > 0 && (uint64_t)held->held_from->ms <= now) {
            fill(call, &held->hold_until,
                 hold_floor_ms((uint64_t)held->held_from->ms, days, call->node->options.zone));
        }
    }
}
