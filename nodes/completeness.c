/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/completeness.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "nodes/lifecycle.h"

#define CLOCK_TOLERANCE_MS (5 * MS_PER_MINUTE)
#define EXTENSION_DAYS_MAX 180

void fault_at(const struct completeness *c, const char *path, const char *code, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof text, say(c->faults->words, format), args);
    va_end(args);
    char *whole = arena_format(c->faults->arena, "%s%s", c->prefix, path);
    faults_add(c->faults, whole == NULL ? path : whole, code, "%s", text);
}

struct completeness within(const struct completeness *c, const char *list, size_t index)
{
    char *prefix = arena_format(c->faults->arena, "%s%s[%zu].", c->prefix, list, index);
    struct completeness in = *c;
    in.prefix = prefix == NULL ? "" : prefix;
    return in;
}

static bool is_word(const ProtobufCEnumDescriptor *words, int value)
{
    for (unsigned i = 0; i < words->n_values; i++) {
        if (words->values[i].value == value) {
            return true;
        }
    }
    return false;
}

void check_word(const struct completeness *c, const char *path, const ProtobufCEnumDescriptor *words,
                int value)
{
    if (!is_word(words, value)) {
        fault_at(c, path, "ENUM",
                 "%d is no word known here: another version of the program wrote it; write it anew", value);
    }
}

void check_word_of_list(const struct completeness *c, const char *list, size_t index,
                        const ProtobufCEnumDescriptor *words, int value)
{
    char *path = arena_format(c->faults->arena, "%s[%zu]", list, index);
    if (value == 0) {
        fault_at(c, path == NULL ? list : path, "MISSING",
                 "missing: write a word here, or leave the element out");
    } else {
        check_word(c, path == NULL ? list : path, words, value);
    }
}

void check_past(const struct completeness *c, const char *path, const Comity__Instant *at)
{
    if (at != NULL && at->ms > 0 && (uint64_t)at->ms > c->now_ms + CLOCK_TOLERANCE_MS) {
        fault_at(c, path, "FUTURE",
                 "this lies in the future, but is told as done: correct the date or its zone");
    }
}

void check_future(const struct completeness *c, const char *path, const Comity__Instant *at)
{
    if (at != NULL && (at->ms <= 0 || (uint64_t)at->ms + CLOCK_TOLERANCE_MS < c->now_ms)) {
        fault_at(c, path, "PAST", "this date is over: write one that is to come");
    }
}

void check_zone_name(const struct completeness *c, const char *path, const char *zone)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
    bool word = zone[strspn(zone, allowed)] == '\0' && zone[0] != '/';
    bool area = strchr(zone, '/') != NULL && zone[strlen(zone) - 1] != '/';
    if (zone[0] != '\0' && !(word && (area || strcmp(zone, "UTC") == 0))) {
        fault_at(c, path, "NOT_A_ZONE",
                 "\"%s\" is no time zone: write its name in the tz database, such as Asia/Ho_Chi_Minh or UTC",
                 zone);
    }
}

static void ack_complete(const struct completeness *c, const Comity__Ack *m)
{
#define REQUIRED_ACK
#include "nodes/required.def"
#undef REQUIRED_ACK
    check_word(c, "answer", &comity__ack__answer__descriptor, (int)m->answer);
    if (m->answer == COMITY__ACK__ANSWER__WILL_ANSWER && m->form[0] == '\0') {
        fault_at(c, "form", "MISSING",
                 "missing: say in what form it will be answered, such as: HELD by this network");
    }
    if (m->answer == COMITY__ACK__ANSWER__WILL_NOT_ANSWER && m->text[0] == '\0') {
        fault_at(c, "text", "MISSING", "missing: say why it will not be answered");
    }
    if (m->answer != COMITY__ACK__ANSWER__WILL_NOT_ANSWER && m->answer_by == NULL) {
        fault_at(c, "answerBy", "MISSING",
                 "missing: say by when, with zone, so that the other side can plan");
    }
    check_future(c, "answerBy", m->answer_by);
}

static void question_complete(const struct completeness *c, const Comity__Question *m)
{
#define REQUIRED_QUESTION
#include "nodes/required.def"
#undef REQUIRED_QUESTION
    check_word(c, "code", &comity__question__code__descriptor, (int)m->code);
}

static void info_asked_complete(const struct completeness *c, const Comity__InfoAsked *m)
{
#define REQUIRED_INFO_ASKED
#include "nodes/required.def"
#undef REQUIRED_INFO_ASKED
    for (size_t i = 0; i < m->n_questions; i++) {
        struct completeness in = within(c, "questions", i);
        question_complete(&in, m->questions[i]);
    }
    check_future(c, "by", m->by);
}

static void info_answer_complete(const struct completeness *c, const Comity__InfoAnswer *m)
{
#define REQUIRED_INFO_ANSWER
#include "nodes/required.def"
#undef REQUIRED_INFO_ANSWER
}

static void info_given_complete(const struct completeness *c, const Comity__InfoGiven *m)
{
#define REQUIRED_INFO_GIVEN
#include "nodes/required.def"
#undef REQUIRED_INFO_GIVEN
    for (size_t i = 0; i < m->n_answers; i++) {
        struct completeness in = within(c, "answers", i);
        info_answer_complete(&in, m->answers[i]);
    }
}

static void authorisation_complete(const struct completeness *c, const Comity__Authorisation *m)
{
#define REQUIRED_AUTHORISATION
#include "nodes/required.def"
#undef REQUIRED_AUTHORISATION
    check_word(c, "authorisation.kind", &comity__authorisation__kind__descriptor, (int)m->kind);
    check_past(c, "authorisation.issuedAt", m->issued_at);
}

static void ordered_complete(const struct completeness *c, const Comity__Ordered *m)
{
#define REQUIRED_ORDERED
#include "nodes/required.def"
#undef REQUIRED_ORDERED
    if (m->authorisation != NULL) {
        authorisation_complete(c, m->authorisation);
    }
    check_past(c, "servedAt", m->served_at);
}

/* The promise of art. 42(8): 60 days, and to the first midnight of R where R's zone is known here. */
static void check_floor(const struct completeness *c, const Comity__Held *m)
{
    if (m->held_from == NULL || m->hold_until == NULL || m->held_from->ms < 0 ||
        (uint64_t)m->held_from->ms > c->now_ms + CLOCK_TOLERANCE_MS) {
        return; /* said by other faults */
    }
    uint64_t floor_ms = hold_floor_ms((uint64_t)m->held_from->ms, HOLD_DAYS_FLOOR, c->r_zone);
    if (m->hold_until->ms < 0 || (uint64_t)m->hold_until->ms < floor_ms) {
        char least[INSTANT_TEXT_MAX];
        instant_write(least,
                      (struct instant){.ms = (int64_t)floor_ms, .offset_min = m->hold_until->offset_min});
        fault_at(c, "holdUntil", "TOO_SHORT",
                 "the hold is too short: write %s or later, the first midnight 60 days after heldFrom "
                 "(modelled on art. 42(8))",
                 least);
    }
}

static void held_complete(const struct completeness *c, const Comity__Held *m)
{
#define REQUIRED_HELD
#include "nodes/required.def"
#undef REQUIRED_HELD
    check_past(c, "heldFrom", m->held_from);
    check_floor(c, m);
    check_zone_name(c, "zone", m->zone);
}

static void not_held_complete(const struct completeness *c, const Comity__NotHeld *m)
{
#define REQUIRED_NOT_HELD
#include "nodes/required.def"
#undef REQUIRED_NOT_HELD
    check_word(c, "cause", &comity__not_held__cause__descriptor, (int)m->cause);
    if (cause_of(m->cause) == CAUSE_DUPLICATE_OF && m->text[0] == '\0') {
        fault_at(c, "text", "MISSING",
                 "missing: with DUPLICATE_OF, name the case or reference that it repeats");
    }
    if (m->state[0] != '\0' && cause_of(m->cause) != CAUSE_ELSEWHERE) {
        fault_at(c, "state", "INCONSISTENT",
                 "a State is named only with ELSEWHERE: change the cause or leave the State out");
    }
}

static void refused_complete(const struct completeness *c, const Comity__Refused *m)
{
#define REQUIRED_REFUSED
#include "nodes/required.def"
#undef REQUIRED_REFUSED
    check_word(c, "ground", &comity__refused__ground__descriptor, (int)m->ground);
}

static void released_complete(const struct completeness *c, const Comity__Released *m)
{
#define REQUIRED_RELEASED
#include "nodes/required.def"
#undef REQUIRED_RELEASED
    check_word(c, "why", &comity__released__why__descriptor, (int)m->why);
    check_past(c, "at", m->at);
}

static void extend_complete(const struct completeness *c, const Comity__Extend *m)
{
#define REQUIRED_EXTEND
#include "nodes/required.def"
#undef REQUIRED_EXTEND
    if (m->days > EXTENSION_DAYS_MAX) {
        fault_at(c, "days", "TOO_LONG",
                 "%u days are too long: ask for %d at most, and again when it is needed", m->days,
                 EXTENSION_DAYS_MAX);
    }
}

static void extended_complete(const struct completeness *c, const Comity__Extended *m)
{
#define REQUIRED_EXTENDED
#include "nodes/required.def"
#undef REQUIRED_EXTENDED
    check_future(c, "holdUntil", m->hold_until);
    check_zone_name(c, "zone", m->zone);
}

static void status_complete(const struct completeness *c, const Comity__Status *m)
{
#define REQUIRED_STATUS
#include "nodes/required.def"
#undef REQUIRED_STATUS
    check_future(c, "by", m->by);
}

void letter_complete(const struct completeness *c, const Comity__Letter *letter)
{
    switch (letter_kind(letter)) {
    case LETTER_NONE:
        fault_at(c, "", "MISSING", "the letter says nothing: give it one body, such as request or held");
        break;
    case LETTER_REQUEST:
        request_complete(c, letter->request);
        break;
    case LETTER_ACK:
        ack_complete(c, letter->ack);
        break;
    case LETTER_INFO_ASKED:
        info_asked_complete(c, letter->info_asked);
        break;
    case LETTER_INFO_GIVEN:
        info_given_complete(c, letter->info_given);
        break;
    case LETTER_ORDERED:
        ordered_complete(c, letter->ordered);
        break;
    case LETTER_HELD:
        held_complete(c, letter->held);
        break;
    case LETTER_NOT_HELD:
        not_held_complete(c, letter->not_held);
        break;
    case LETTER_REFUSED:
        refused_complete(c, letter->refused);
        break;
    case LETTER_RELEASED:
        released_complete(c, letter->released);
        break;
    case LETTER_EXTEND:
        extend_complete(c, letter->extend);
        break;
    case LETTER_EXTENDED:
        extended_complete(c, letter->extended);
        break;
    case LETTER_STATUS:
        status_complete(c, letter->status);
        break;
    case LETTER_WITHDRAW:
    case LETTER_STATUS_ASK:
    case LETTER_ORAL_NOTED:
    case LETTER_WARNING:
    case LETTER_REFERRED:
    case LETTER_MOVED:
    case LETTER_TAKEN_OVER:
    case LETTER_EXTENSION_REFUSED:
    case LETTER_MLA_RECEIVED:
    case LETTER_MLA_ENDED:
    case LETTER_LOST:
    case LETTER_REOPENED:
    case LETTER_CORRECTED:
    case LETTER_DISCLOSED_43:
    case LETTER_SUPPLEMENT:
    case LETTER_DECIDE:
    case LETTER_MLA_NOTICE:
    case LETTER_REOPEN_ASK:
    case LETTER_CONSULT:
    case LETTER_CONDITIONS:
    case LETTER_COST_ASK:
    case LETTER_ADMITTED:
    case LETTER_POSTPONED:
    case LETTER_DELAY:
    case LETTER_EVIDENCE:
    case LETTER_NOTHING_OBTAINED:
    case LETTER_COMPLETED:
    case LETTER_TRANSLATION:
    case LETTER_USE_ANSWER:
    case LETTER_REPLY:
    case LETTER_EVIDENCE_RECEIPT:
    case LETTER_USE_ASK:
    case LETTER_EXCULPATORY:
    case LETTER_ANSWERED:
    case LETTER_DECLINED:
    case LETTER_AGREED:
    case LETTER_CONTENT:
    case LETTER_TAKEN:
    case LETTER_DISCLOSED:
    case LETTER_OUTCOME:
    case LETTER_ECHO:
    case LETTER_PING_ANSWERED:
    case LETTER_TIED:
    case LETTER_UNTIED:
        break; /* their name says all that is needed */
    }
}
