/* SPDX-License-Identifier: Apache-2.0 */
/* What the officer should know and may do: flags, whether the request is genuine, the letters that may be sent now. */
#include <string.h>

#include "base/text.h"
#include "nodes/case_line.h"
#include "nodes/letter_commands.h"
#include "nodes/view.h"

/* --- genuine --- */

/* The digits of a telephone number, however they are spaced. */
static const char *digits_of(struct arena *arena, const char *text)
{
    char *digits = arena_take(arena, strlen(text) + 1);
    size_t count = 0;
    for (; digits != NULL && *text != '\0'; text++) {
        if (text_is_digit(*text)) {
            digits[count++] = *text;
        }
    }
    if (digits != NULL) {
        digits[count] = '\0';
    }
    return digits == NULL ? "" : digits;
}

static bool phone_in_roster(struct call *call, const char *party_name, const char *phone)
{
    const struct party *party = roster_find(node_roster_now(call->node), party_name);
    const char *asked = digits_of(call->arena, phone);
    for (size_t i = 0; party != NULL && asked[0] != '\0' && i < party->contact_count; i++) {
        if (strcmp(digits_of(call->arena, party->contacts[i].phone), asked) == 0) {
            return true;
        }
    }
    return false;
}

static void put_signed_under(const struct view *view, json_t *json)
{
    struct call *call = view->call;
    for (size_t i = 0; i < view->letter_count; i++) {
        Comity__Context *context = NULL;
        if (letter_begins(&view->letters[i]) &&
            context_unpack(view->letters[i].context, call->arena, &context, NULL) == WIRE_OK) {
            put_number(call, json, "signed_under", context->roster);
            return;
        }
    }
}

/* Letters are filed only when their officers' signatures hold, so that is not asked again. */
json_t *view_genuine(const struct view *view)
{
    struct call *call = view->call;
    const struct roster *roster = node_roster_now(call->node);
    const Comity__Request *request = view->fold->request;
    const char *phone = request == NULL || request->confirmation == NULL ? "" : request->confirmation->phone;
    json_t *json = json_object();
    put(call, json, "signature", json_true());
    put_number(call, json, "roster", roster_version(roster));
    put_ms(call, json, "roster_issued", roster_issued_ms(roster));
    put_signed_under(view, json);
    put(call, json, "stale", json_boolean(view->row.stale));
    put_text(call, json, "call_back", phone);
    put(call, json, "call_back_in_roster", json_boolean(phone_in_roster(call, view->row.q.text, phone)));
    return json;
}

/* --- flags --- */

static void add_flag(struct call *call, json_t *flags, bool is, const char *word)
{
    if (is) {
        append(call, flags, json_string(word));
    }
}

static void request_flags(struct call *call, json_t *flags, const Comity__Request *request)
{
    add_flag(call, flags, request->confidential, "CONF");
    add_flag(call, flags, request->do_not_notify, "NO_NOTIFY");
    add_flag(call, flags, request->n_also_sent_via != 0, "DUP");
}

static bool any_letter(const struct view *view, enum letter_effect effect)
{
    for (size_t i = 0; i < view->fold->letter_count; i++) {
        if (view->fold->letters[i].effect == effect) {
            return true;
        }
    }
    return false;
}

/* What was folded all the same, and should be seen. */
static void add_folded_flags(const struct view *view, json_t *flags)
{
    bool outside = false, alone = false, early = false, acted = false;
    for (size_t i = 0; i < view->fold->letter_count; i++) {
        const struct folded_letter *letter = &view->fold->letters[i];
        outside |= letter->outside_treaty;
        alone |= letter->without_consult;
        early |= letter->code42_8;
        acted |= letter->acted;
    }
    add_flag(view->call, flags, outside, "OUTSIDE_TREATY");
    add_flag(view->call, flags, alone, "WITHOUT_CONSULT");
    add_flag(view->call, flags, early, "ART_42_8");
    add_flag(view->call, flags, acted, "ACTED");
    add_flag(view->call, flags, view->fold->calendar_guessed, "CALENDAR");
}

/* Of theirs; of ours those count that nothing was written in the place of: see FLAG_FAILED. */
static bool any_dead(const struct view *view)
{
    for (size_t i = 0; i < view->letter_count; i++) {
        if (view->letters[i].place == PLACE_DEAD && !view->letters[i].own) {
            return true;
        }
    }
    return false;
}

static bool waits_for_them(const struct view *view)
{
    for (size_t i = 0; i < view->fold->due_count; i++) {
        if (view->fold->dues[i].paused && view->fold->dues[i].owed_by == view->row.own_side) {
            return true;
        }
    }
    return false;
}

json_t *view_flags(const struct view *view)
{
    struct call *call = view->call;
    json_t *flags = json_array();
    add_flag(call, flags, view->row.unopened != 0, "UNOPENED");
    struct case_line line = {.flags = 0};
    bool listed = store_line_look(call->node->store, &view->row.id, &line);
    if (view->fold->request != NULL) {
        request_flags(call, flags, view->fold->request);
    }
    add_flag(call, flags,
             listed && (line.flags & FLAG_DUP) != 0 &&
                 (view->fold->request == NULL || view->fold->request->n_also_sent_via == 0),
             "DUP");
    add_flag(call, flags, listed && (line.flags & FLAG_NO_ORDER) != 0, "NO_ORDER");
    add_flag(call, flags, line.safe_start_ms != 0 && line.safe_start_ms <= call->now.ms, "MLA_START");
    add_flag(call, flags, waits_for_them(view), "WAITING");
    add_flag(call, flags, view->row.stale, "STALE_ROSTER");
    add_flag(call, flags, any_letter(view, EFFECT_ON_ITS_WAY), "ON_ITS_WAY");
    add_flag(call, flags, listed && (line.flags & FLAG_UNDELIVERED) != 0, "UNDELIVERED");
    add_flag(call, flags, view->row.held_back != 0, "HELD_BACK");
    add_flag(call, flags, any_letter(view, EFFECT_BREACH), "BREACH");
    add_folded_flags(view, flags);
    add_flag(call, flags, any_dead(view) || (line.flags & FLAG_FAILED) != 0, "FAILED");
    return flags;
}

/* --- next --- */

static const char *command_text(struct call *call, enum letter_kind kind, const char *id)
{
    return arena_format(call->arena, "comity %s %.*s", letter_command_in_case(kind), CASE_SHORT_DIGITS, id);
}

json_t *view_next(const struct view *view)
{
    struct call *call = view->call;
    enum letter_kind kinds[LETTER_KINDS + 1];
    char id[2 * sizeof(struct case_id) + 1];
    json_t *list = json_array();
    (void)hex_write(id, bytes_of(view->row.id.bytes, sizeof view->row.id.bytes));
    letter_next(view->fold, view->row.own_side, call->now, kinds);
    for (size_t i = 0; kinds[i] != LETTER_NONE; i++) {
        json_t *json = json_object();
        put_text(call, json, "letter", letter_name((uint32_t)kinds[i]));
        put_text(call, json, "command", command_text(call, kinds[i], id));
        put_number(call, json, "signatures", letter_signatures_needed(kinds[i], NULL));
        append(call, list, json);
    }
    return list;
}
