/* SPDX-License-Identifier: Apache-2.0 */
/*
 * MLA_LOG: a request for assistance that came outside the network (on paper, by a portal, through INTERPOL or an embassy) is
 * entered by hand at the central authority that has it, so that the hold it is for stays open; and again when it has ended. It is
 * this party's own record: what goes out is the LINK to the point of contact of the same State, or the letter in its own hold.
 */
#include <string.h>

#include "base/instant.h"
#include "base/text.h"
#include "nodes/command.h"
#include "nodes/tie.h"
#include "proto/limits.h"

#define TEXT_BYTES_MAX 64 /* of a reference in a letter (proto/limits.def) */

static const char *text_member(struct call *call, const char *name)
{
    const char *text = json_string_value(body_member(call, name));
    return text == NULL ? "" : text;
}

static int word_of(const ProtobufCEnumDescriptor *words, const char *text)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value_by_name(words, text);
    return value == NULL ? 0 : value->value;
}

static bool is_state(const char *text)
{
    return strlen(text) == 2 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 2;
}

/* 32 hexadecimal digits name the case; all else is a reference. */
static void read_hold(struct call *call, struct logged_mla *logged)
{
    const char *hold = text_member(call, "hold");
    uint8_t bytes[sizeof logged->hold.bytes];
    if (hex_read(bytes, sizeof bytes, bytes_of_text(hold))) {
        memcpy(logged->hold.bytes, bytes, sizeof bytes);
        logged->hold_reference = "";
    } else {
        logged->hold_reference = hold;
    }
}

static void read_party(struct call *call, struct logged_mla *logged, struct faults *faults)
{
    const char *text = text_member(call, "party");
    const char *me = call->node->options.party.text;
    bool known = address_read(bytes_of_text(text), &logged->party) &&
                 roster_find(node_roster_now(call->node), text) != NULL &&
                 (same_state(me, text) || node_is_me(call->node, text));
    if (text[0] != '\0' && !known) {
        faults_add(faults, "party", "RECIPIENT",
                   "write the party of this State that keeps the hold, such as %.2s/poc", me);
    }
}

static void read_received(struct call *call, struct logged_mla *logged, struct faults *faults)
{
    struct instant received;
    const char *text = text_member(call, "received");
    if (instant_read(bytes_of_text(text), &received) != INSTANT_OK || received.ms <= 0) {
        faults_add(faults, "received", "MISSING",
                   "missing: say when it came in, with zone: 2026-11-20T10:00:00+01:00");
    } else if ((uint64_t)received.ms > call->now.ms) {
        faults_add(faults, "received", "FUTURE",
                   "this lies in the future, but is told as done: correct the date or its zone");
    } else {
        logged->received_ms = (uint64_t)received.ms;
    }
}

static void check_texts(struct call *call, struct faults *faults)
{
    static const char *const members[] = {"reference", "hold"};
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *text = text_member(call, members[i]);
        if (strlen(text) > TEXT_BYTES_MAX || !text_is_line(bytes_of_text(text))) {
            faults_add(faults, members[i], "TOO_LONG", "write one line of %d bytes at most", TEXT_BYTES_MAX);
        }
    }
}

static bool read_body(struct call *call, struct logged_mla *logged, Comity__MlaEnded__Why *ret_ended)
{
    struct faults *faults = call_faults(call);
    if (faults == NULL) {
        return false;
    }
    *logged = (struct logged_mla){.reference = text_member(call, "reference"),
                                  .from = text_member(call, "from"),
                                  .by = call->command->actor,
                                  .logged_ms = call->now.ms};
    if (logged->reference[0] == '\0') {
        faults_add(faults, "reference", "MISSING",
                   "missing: write the reference of the request for assistance");
    }
    if (!is_state(logged->from)) {
        faults_add(faults, "from", "MISSING", "missing: name the State that asks by its two letters");
    }
    check_texts(call, faults);
    read_hold(call, logged);
    read_party(call, logged, faults);
    const char *ended = text_member(call, "ended");
    *ret_ended = (Comity__MlaEnded__Why)word_of(&comity__mla_ended__why__descriptor, ended);
    logged->channel = (Comity__Channel)word_of(&comity__channel__descriptor, text_member(call, "channel"));
    if (ended[0] != '\0' && *ret_ended == 0) {
        faults_add(faults, "ended", "ENUM",
                   "write REFUSED, WITHDRAWN, ABANDONED, NOTHING_OBTAINED, NEVER_CAME or COMPLETED");
    }
    if (ended[0] == '\0') {
        read_received(call, logged, faults);
        if (logged->channel == 0) {
            faults_add(faults, "channel", "MISSING",
                       "missing: say how it came: PAPER, E_MLA, INTERPOL, DIPLOMATIC, POLICE, PORTAL or "
                       "OTHER_CHANNEL");
        }
    }
    if (faults_any(faults)) {
        answer_faults(call, faults);
    }
    return !faults_any(faults);
}

static void answer_logged(struct call *call, const struct logged_mla *logged, bool told)
{
    json_t *json = json_object();
    put_text(call, json, "reference", logged->reference);
    put_text(call, json, "from", logged->from);
    put(call, json, "told", json_boolean(told));
    answer_json(call, json);
}

/* It names a hold, or it waits on the worklist for somebody to find it. */
static bool names_hold(const struct logged_mla *logged)
{
    return logged->hold_reference[0] != '\0' ||
           !bytes_all_zero(bytes_of(logged->hold.bytes, sizeof logged->hold.bytes));
}

static void log_received(struct call *call, const struct logged_mla *logged, const struct logged_mla *known)
{
    const struct tie tie = {.event = COMITY__TIE__EVENT__RECEIVED,
                            .hold_party = logged->party,
                            .hold = logged->hold,
                            .hold_reference = logged->hold_reference,
                            .mla_reference = logged->reference,
                            .requester = logged->from,
                            .channel = logged->channel,
                            .at_ms = logged->received_ms,
                            .exercise = call->node->options.has_exercise &&
                                        roster_is_exercise(node_roster_now(call->node))};
    bool named = names_hold(logged);
    if (known != NULL && names_hold(known)) {
        answer_error(call, 409, "KNOWN", "look at the worklist: comity worklist",
                     "that request for assistance is entered already, and its hold is named");
        return;
    }
    if (named && !tie_told(call->node, call->turn, &tie, NULL, call->arena)) {
        answer_error(call, 409, "NOT_TOLD", "name the party that keeps the hold, or correct its reference",
                     "nobody in this State could be told of it");
        return;
    }
    store_logged_mla_put(call->node->store, logged);
    call->changed = true;
    answer_logged(call, logged, named);
}

static void log_ended(struct call *call, const struct logged_mla *known, Comity__MlaEnded__Why why)
{
    if (known == NULL) {
        answer_error(call, 404, "NOT_FOUND", "enter it first, with when and how it came",
                     "no request for assistance of that State has that reference here");
        return;
    }
    struct logged_mla logged = *known;
    logged.ended_ms = call->now.ms;
    bool told = tie_ended(call->node, call->turn, known->from, known->reference, why, call->arena);
    store_logged_mla_put(call->node->store, &logged);
    call->changed = true;
    answer_logged(call, &logged, told);
}

void command_mla(struct call *call)
{
    struct logged_mla logged, known;
    Comity__MlaEnded__Why ended = COMITY__MLA_ENDED__WHY__NO_WHY;
    if (!call_may_send(call) || !read_body(call, &logged, &ended)) {
        return;
    }
    bool is_known =
        store_logged_mla_get(call->node->store, logged.from, logged.reference, call->arena, &known);
    if (ended != COMITY__MLA_ENDED__WHY__NO_WHY) {
        log_ended(call, is_known ? &known : NULL, ended);
    } else {
        log_received(call, &logged, is_known ? &known : NULL);
    }
}
