/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/writing.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"

json_t *write_moment(const struct writer *writer, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    int32_t offset_s = zone_offset_s(writer->unit->state->zone.zone, (wall_ms){.ms = ms});
    return json_string(instant_write(text, (struct instant){.ms = (int64_t)ms, .offset_min = offset_s / 60}));
}

/* {"member": body}; takes body over. */
static json_t *letter(const char *member, json_t *body)
{
    ensure(body != NULL);
    json_t *json = json_pack("{s:o}", member, body);
    ensure(json != NULL);
    return json;
}

static json_t *with_items(json_t *body, json_t *items)
{
    if (items != NULL) {
        ensure(json_object_set(body, "items", items) == 0);
    }
    return body;
}

void write_over(json_t *onto, const json_t *over)
{
    const char *name = NULL;
    json_t *value = NULL;
    json_object_foreach((json_t *)(uintptr_t)over, name, value)
    {
        json_t *there = json_object_get(onto, name);
        if (json_is_null(value)) {
            (void)json_object_del(onto, name);
        } else if (json_is_object(value) && json_is_object(there)) {
            write_over(there, value);
        } else {
            ensure(json_object_set(onto, name, value) == 0);
        }
    }
}

/* --- of the requested side --- */

json_t *write_ack(const struct writer *writer, uint64_t answer_by_ms, uint64_t execute_by_ms)
{
    json_t *body = json_pack("{s:s, s:s, s:s, s:o}", "reference", writer->reference, "answer", "WILL_ANSWER",
                             "form", "by this network", "answerBy", write_moment(writer, answer_by_ms));
    ensure(body != NULL);
    if (execute_by_ms != 0) {
        ensure(json_object_set_new(body, "executeBy", write_moment(writer, execute_by_ms)) == 0);
    }
    return letter("ack", body);
}

json_t *write_question(const struct writer *writer, uint64_t by_ms)
{
    return letter("infoAsked", json_pack("{s:[{s:s, s:s, s:b}], s:o}", "questions", "code", "IDENTIFIER",
                                         "text", "Which of the identifiers belongs to which period?",
                                         "blocking", true, "by", write_moment(writer, by_ms)));
}

static const char *authority_word(enum scenario_power power)
{
    return power == SCENARIO_POWER_COURT        ? "District Court"
           : power == SCENARIO_POWER_PROSECUTOR ? "Public Prosecutor"
                                                : "Head of the contact point";
}

static const char *power_word(enum scenario_power power)
{
    return power == SCENARIO_POWER_COURT        ? "JUDICIAL"
           : power == SCENARIO_POWER_PROSECUTOR ? "PROSECUTOR"
                                                : "POLICE";
}

json_t *write_ordered(const struct writer *writer, json_t *items, const char *custodian)
{
    const enum scenario_power power =
        writer->unit->habits == NULL ? SCENARIO_POWER_OWN : writer->unit->habits->power;
    json_t *body = json_pack("{s:{s:s, s:s, s:s, s:o}, s:s, s:o}", "authorisation", "authority",
                             authority_word(power), "kind", power_word(power), "reference", writer->reference,
                             "issuedAt", write_moment(writer, writer->now_ms), "custodian", custodian,
                             "servedAt", write_moment(writer, writer->now_ms));
    return letter("ordered", with_items(body, items));
}

json_t *write_held(const struct writer *writer, json_t *items, uint64_t from_ms, uint64_t until_ms,
                   const char *scope)
{
    json_t *body = json_pack("{s:o, s:o, s:s, s:s, s:s}", "heldFrom", write_moment(writer, from_ms),
                             "holdUntil", write_moment(writer, until_ms), "zone",
                             writer->unit->state->zone.name, "scope", scope, "custodianReference", "none");
    return letter("held", with_items(body, items));
}

json_t *write_not_held(const struct writer *writer, json_t *items)
{
    (void)writer;
    return letter("notHeld", with_items(json_pack("{s:s}", "cause", "NOT_FOUND"), items));
}

json_t *write_unmasked(const struct writer *writer, json_t *items)
{
    (void)writer;
    return letter("notHeld",
                  with_items(json_pack("{s:s, s:s}", "cause", "OUT_OF_SCOPE", "text",
                                       "We called back: nobody at your authority has asked for this."),
                             items));
}

json_t *write_declined(const struct writer *writer)
{
    (void)writer;
    return letter("declined",
                  json_pack("{s:s, s:s, s:s}", "what", "INFORMATION", "reason", "OTHER_REASON", "text",
                            "We called back: nobody at your authority has asked for this."));
}

json_t *write_reopened(const struct writer *writer, json_t *items)
{
    (void)writer;
    return letter("reopened",
                  with_items(json_pack("{s:s}", "text", "The answer belonged to another case."), items));
}

json_t *write_refused(const struct writer *writer, json_t *items, const char *ground)
{
    (void)writer;
    return letter("refused", with_items(json_pack("{s:s, s:s}", "ground", ground, "text",
                                                  "It is refused for this reason, as far as may be said."),
                                        items));
}

json_t *write_referred(const struct writer *writer, json_t *items)
{
    (void)writer;
    return letter("referred",
                  with_items(json_pack("{s:s, s:s}", "authority", "The unit of this State that is competent",
                                       "toldBy", "REQUESTED_SIDE_TELLS"),
                             items));
}

json_t *write_extended(const struct writer *writer, json_t *items, uint64_t until_ms)
{
    return letter("extended", with_items(json_pack("{s:o, s:s}", "holdUntil", write_moment(writer, until_ms),
                                                   "zone", writer->unit->state->zone.name),
                                         items));
}

json_t *write_released(const struct writer *writer, json_t *items, const char *why)
{
    return letter(
        "released",
        with_items(json_pack("{s:s, s:o}", "why", why, "at", write_moment(writer, writer->now_ms)), items));
}

json_t *write_closed(const struct writer *writer, json_t *items, const char *reference)
{
    return letter("released",
                  with_items(json_pack("{s:s, s:o, s:s}", "why", "DISCLOSED", "at",
                                       write_moment(writer, writer->now_ms), "reference", reference),
                             items));
}

json_t *write_mla_ended(const struct writer *writer, const char *reference, const char *why,
                        uint64_t until_ms)
{
    return letter("mlaEnded",
                  json_pack("{s:s, s:s, s:o, s:s}", "reference", reference, "why", why, "holdUntil",
                            write_moment(writer, until_ms), "zone", writer->unit->state->zone.name));
}

json_t *write_status(const struct writer *writer)
{
    (void)writer;
    return letter("status", json_pack("{s:s}", "text", "It is being worked at; no date can be told yet."));
}

json_t *write_answered(const struct writer *writer, const char *outcome, const char *text)
{
    (void)writer;
    return letter("answered",
                  json_pack("{s:s, s:s, s:s}", "part", "FINAL", "outcome", outcome, "text", text));
}

json_t *write_consult(const struct writer *writer, const char *ground)
{
    return letter("consult", json_pack("{s:s, s:s, s:s, s:o}", "intent", "REFUSE", "ground", ground, "text",
                                       "It would be refused on this ground; what could be changed?", "by",
                                       write_moment(writer, writer->now_ms + 14 * MS_PER_DAY)));
}

json_t *write_admitted(const struct writer *writer, uint64_t execute_by_ms)
{
    return letter("admitted", json_pack("{s:o, s:s}", "executeBy", write_moment(writer, execute_by_ms),
                                        "authority", "Public Prosecutor"));
}

json_t *write_evidence(const struct writer *writer, const char *file)
{
    (void)writer;
    return letter("evidence", json_pack("{s:s, s:i, s:s, s:[{s:s, s:s, s:s}]}", "part", "FINAL", "number", 1,
                                        "channel", "PORTAL", "manifest", "name", file, "bytes", "1048576",
                                        "sha256", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="));
}

json_t *write_disclosed(const struct writer *writer)
{
    return letter("disclosed",
                  json_pack("{s:s, s:s, s:o}", "part", "FINAL", "text", "The data that were asked for.",
                            "outcomeBy", write_moment(writer, writer->now_ms + 3 * MS_PER_DAY)));
}

json_t *write_taken(const struct writer *writer)
{
    (void)writer;
    return letter("taken", json_pack("{s:s}", "text", "Thank you."));
}

json_t *write_ping_answered(const struct writer *writer, const char *listed)
{
    const char *own = writer->unit->phone == NULL ? listed : writer->unit->phone;
    bool right = strcmp(own, listed) == 0;
    json_t *check = json_pack("{s:s, s:b}", "field", "PHONE", "right", right);
    ensure(check != NULL && (right || json_object_set_new(check, "correction", json_string(own)) == 0));
    return letter("pingAnswered", json_pack("{s:[o]}", "checks", check));
}

/* --- of the requesting side --- */

json_t *write_answers(const struct writer *writer, size_t questions)
{
    (void)writer;
    json_t *list = json_array();
    for (size_t i = 0; i < questions; i++) {
        json_t *answer =
            json_pack("{s:I, s:s}", "question", (json_int_t)i + 1, "text", "All of them, in that order.");
        ensure(answer != NULL && json_array_append_new(list, answer) == 0);
    }
    return letter("infoGiven", json_pack("{s:o}", "answers", list));
}

json_t *write_extend(const struct writer *writer, uint64_t days)
{
    (void)writer;
    return letter("extend", json_pack("{s:I, s:s, s:s}", "days", (json_int_t)days, "text",
                                      "The request for assistance is not ready.", "mlaProgress",
                                      "it is being drafted"));
}

json_t *write_withdraw(const struct writer *writer)
{
    (void)writer;
    return letter("withdraw", json_pack("{s:s}", "text", "It is not needed any more."));
}

json_t *write_decide(const struct writer *writer, const char *what)
{
    (void)writer;
    return letter("decide", json_pack("{s:s}", "what", what));
}

json_t *write_reply(const struct writer *writer, const char *to)
{
    (void)writer;
    return letter("reply", json_pack("{s:s, s:s}", "to", to, "answer", "ACCEPT"));
}

json_t *write_receipt(const struct writer *writer, uint64_t part)
{
    return letter("evidenceReceipt", json_pack("{s:[I], s:o}", "parts", (json_int_t)part, "verifiedAt",
                                               write_moment(writer, writer->now_ms)));
}

json_t *write_outcome(const struct writer *writer)
{
    return letter("outcome", json_pack("{s:s, s:o}", "result", "FOUND_SAFE", "at",
                                       write_moment(writer, writer->now_ms)));
}

json_t *write_content(const struct writer *writer)
{
    (void)writer;
    return letter("content", json_pack("{s:s}", "text", "The information that was offered."));
}
