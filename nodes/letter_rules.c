/* SPDX-License-Identifier: Apache-2.0 */
/* The letters that follow a request: what their fields must be to each other. */
#include <string.h>

#include "nodes/completeness.h"
#include "nodes/item_rows.h"
#include "nodes/lifecycle.h"

/* --- answers to a request --- */

void check_ack(const struct completeness *c, const void *message)
{
    const Comity__Ack *m = message;
    if (m->answer == COMITY__ACK__ANSWER__WILL_ANSWER && m->form[0] == '\0') {
        fault_missing(c, "form", "say in what form it will be answered, such as: HELD by this network");
    }
    if (m->answer == COMITY__ACK__ANSWER__WILL_NOT_ANSWER && m->text[0] == '\0') {
        fault_missing(c, "text", "say why it will not be answered");
    }
    if (m->answer != COMITY__ACK__ANSWER__WILL_NOT_ANSWER && m->answer_by == NULL) {
        fault_missing(c, "answerBy", "say by when, with zone, so that the other side can plan");
    }
    if (m->urgency != 0 && m->text[0] == '\0') {
        fault_missing(c, "text", "say why it is classed otherwise than it was asked");
    }
}

/* The promise of art. 42(8): 60 days, and to the first midnight of R where R's zone is known here. */
static void check_floor(const struct completeness *c, const Comity__Held *m)
{
    if (m->held_from == NULL || m->hold_until == NULL || m->held_from->ms <= 0 ||
        is_future(c, m->held_from)) {
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

static void check_row_answers(const struct completeness *c, const char *text)
{
    struct faults found;
    struct row_answers answers;
    faults_init(&found, c->faults->arena);
    found.words = c->faults->words;
    if (text[0] != '\0' && !row_answers_read(text, "rows", c->faults->arena, &found, &answers)) {
        fault_at(c, "rows", found.list[0].code, "%s", found.list[0].text);
    }
}

void check_held(const struct completeness *c, const void *message)
{
    const Comity__Held *m = message;
    check_floor(c, m);
    check_row_answers(c, m->rows);
}

void check_not_held(const struct completeness *c, const void *message)
{
    const Comity__NotHeld *m = message;
    if (cause_of(m->cause) == CAUSE_DUPLICATE_OF && m->text[0] == '\0' && m->duplicate_of[0] == '\0') {
        fault_missing(c, "duplicateOf", "with DUPLICATE_OF, name the case or reference that it repeats");
    }
    if (m->duplicate_of[0] != '\0' && cause_of(m->cause) != CAUSE_DUPLICATE_OF) {
        fault_at(c, "duplicateOf", "INCONSISTENT",
                 "a case is named only with DUPLICATE_OF: change the cause or leave it out");
    }
    if (m->state[0] != '\0' && cause_of(m->cause) != CAUSE_ELSEWHERE) {
        fault_at(c, "state", "INCONSISTENT",
                 "a State is named only with ELSEWHERE: change the cause or leave the State out");
    }
    check_row_answers(c, m->rows);
}

void check_released(const struct completeness *c, const void *message)
{
    const Comity__Released *m = message;
    if (m->why == COMITY__RELEASED__WHY__UNCONFIRMED && m->called_at == NULL) {
        fault_missing(c, "calledAt", "say when the other side was called and did not confirm, with zone");
    }
}

void check_extension_refused(const struct completeness *c, const void *message)
{
    const Comity__ExtensionRefused *m = message;
    if (m->ground == 0 && m->reason == 0) {
        fault_missing(c, "reason",
                      "write LATE, LAW_MAX, DATA_GONE or NO_PROGRESS, or name a ground of refusal");
    }
    if (m->ground != 0 && m->reason != 0) {
        fault_at(c, "reason", "INCONSISTENT", "give either a ground or a reason: leave one of them out");
    }
}

/* --- calls --- */

void check_oral(const struct completeness *c, const void *message)
{
    const Comity__OralNoted *m = message;
    if (m->called_at != NULL && m->called_back_at != NULL && m->called_back_at->ms < m->called_at->ms) {
        fault_at(c, "calledBackAt", "BACKWARDS",
                 "it was called back before it called: correct one of the two");
    }
}

/* --- warnings, referrals, successors --- */

void check_warning(const struct completeness *c, const void *message)
{
    const Comity__Warning *m = message;
    bool dated =
        m->kind == COMITY__WARNING__KIND__USER_NOTICE || m->kind == COMITY__WARNING__KIND__CANNOT_CONTINUE;
    if (dated && m->at == NULL) {
        fault_missing(c, "at", "say when it will happen, with zone");
    }
    if (m->at != NULL && m->by != NULL && m->by->ms > m->at->ms) {
        fault_at(c, "by", "TOO_LATE",
                 "a decision that comes after what is warned of decides nothing: write an "
                 "earlier date");
    }
}

void check_referred(const struct completeness *c, const void *message)
{
    const Comity__Referred *m = message;
    if (m->state[0] == '\0' && m->party[0] == '\0' && m->authority[0] == '\0' && m->custodian[0] == '\0') {
        fault_missing(c, "authority",
                      "say to whom: a State, a party of the network, an authority or a custodian");
    }
}

void check_restated(const struct completeness *c, const void *message)
{
    const Comity__Restated *m = message;
    if (strcmp(m->state, "HELD") == 0 && m->hold_until == NULL) {
        fault_missing(c, "holdUntil", "restate until when it is held, with zone");
    }
    if ((strcmp(m->state, "HELD") == 0 || strcmp(m->state, "HELD_OPEN") == 0) && m->held_from == NULL) {
        fault_missing(c, "heldFrom", "restate from when it is held, with zone");
    }
    if (m->hold_until != NULL && m->zone[0] == '\0') {
        fault_missing(c, "zone", "name the time zone of holdUntil, such as Asia/Bangkok");
    }
    if (strcmp(m->state, "ENDED") == 0 && m->result[0] == '\0') {
        fault_missing(c, "result", "restate how it ended, such as NOT_FOUND");
    }
}

void check_mla_ended(const struct completeness *c, const void *message)
{
    const Comity__MlaEnded *m = message;
    if (m->hold_until != NULL && m->zone[0] == '\0') {
        fault_missing(c, "zone", "name the time zone of holdUntil, such as Asia/Bangkok");
    }
}

void check_disclosed_43(const struct completeness *c, const void *message)
{
    const Comity__Disclosed43 *m = message;
    if (m->withheld) {
        if (m->ground == 0) {
            fault_missing(c, "ground", "name the ground: G21B, G21C or G22 (modelled on art. 43(2))");
        }
        if (m->text[0] == '\0') {
            fault_missing(c, "text", "give the reasons for withholding it");
        }
        return;
    }
    if (m->state[0] == '\0') {
        fault_missing(c, "state", "name the State that the trail leads to by its two letters");
    }
    if (m->provider[0] == '\0') {
        fault_missing(c, "provider", "name the provider there (modelled on art. 43(1))");
    }
    if (m->ground != 0) {
        fault_at(c, "ground", "INCONSISTENT", "a ground is given only for what is withheld: leave it out");
    }
}

/* --- corrections: facts only --- */

static bool ends_with(const char *path, const char *name)
{
    size_t size = strlen(path), end = strlen(name);
    return size >= end && strcmp(path + size - end, name) == 0 &&
           (size == end || path[size - end - 1] == '.');
}

/* States and dates are said by the letters that have them; else two letters of a case could say two things. */
void check_fact(const struct completeness *c, const void *message)
{
    const Comity__Fact *m = message;
    static const char *const decided[] = {"holdUntil", "hold_until", "why", "cause", "ground", "result"};
    bool forbidden = strcmp(m->field, "items") == 0 || strncmp(m->field, "restated", 8) == 0;
    for (size_t i = 0; i < sizeof decided / sizeof decided[0]; i++) {
        forbidden |= ends_with(m->field, decided[i]);
    }
    if (forbidden) {
        fault_at(c, "field", "NO_FACT",
                 "%s decides a state or a date, and is no fact to correct: send the letter that says it",
                 m->field);
    }
}

void check_info_given(const struct completeness *c, const void *message)
{
    const Comity__InfoGiven *m = message;
    if (m->n_answers == 0 && m->n_corrections == 0) {
        fault_missing(c, "answers", "answer at least one question, or correct something");
    }
}

/* --- assistance --- */

void check_consult(const struct completeness *c, const void *message)
{
    const Comity__Consult *m = message;
    if (m->intent == COMITY__CONSULT__INTENT__REFUSE && m->ground == 0) {
        fault_missing(c, "ground", "name the ground that you would refuse on");
    }
}

/* Two files of one name cannot both be found again. */
static void check_manifest(const struct completeness *c, Comity__File *const *files, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (files[i]->name[0] != '\0' && strcmp(files[i]->name, files[k]->name) == 0) {
                char *path = arena_format(c->faults->arena, "manifest[%zu].name", i);
                fault_at(c, path == NULL ? "manifest" : path, "DUPLICATE",
                         "there are two files of this name: each needs its own");
                break;
            }
        }
    }
}

void check_evidence(const struct completeness *c, const void *message)
{
    const Comity__Evidence *m = message;
    check_manifest(c, m->manifest, m->n_manifest);
    if (m->n_manifest == 0 && m->missing[0] == '\0') {
        fault_missing(c, "manifest", "name the files, or say in missing what is not there, and why");
    }
    if (m->replaces != 0 && m->replaces >= m->number && m->number != 0) {
        fault_at(c, "replaces", "RANGE", "a part replaces one that came before it: write a lower number");
    }
}

void check_disclosed(const struct completeness *c, const void *message)
{
    const Comity__Disclosed *m = message;
    check_manifest(c, m->manifest, m->n_manifest);
}

void check_reply(const struct completeness *c, const void *message)
{
    const Comity__Reply *m = message;
    if ((m->answer == COMITY__REPLY__ANSWER__REJECT || m->answer == COMITY__REPLY__ANSWER__COUNTER) &&
        m->text[0] == '\0') {
        fault_missing(c, "text", "say why not, or what you offer instead");
    }
}

void check_evidence_receipt(const struct completeness *c, const void *message)
{
    const Comity__EvidenceReceipt *m = message;
    if (m->bad && m->text[0] == '\0') {
        fault_missing(c, "text", "say what is wrong with which file");
    }
}

void check_decide(const struct completeness *c, const void *message)
{
    const Comity__Decide *m = message;
    if (m->what == COMITY__DECIDE__WHAT__CHANGED && m->text[0] == '\0') {
        fault_missing(c, "text", "say how it shall go on");
    }
}

/* --- enquiries, emergencies, pings, ties --- */

void check_answered(const struct completeness *c, const void *message)
{
    const Comity__Answered *m = message;
    if (m->outcome == COMITY__ANSWERED__OUTCOME__MEASURE_UNTIL && m->until == NULL) {
        fault_missing(c, "until", "say until when the measure lasts, with zone");
    }
    if (m->outcome == COMITY__ANSWERED__OUTCOME__LOCATED && m->location[0] == '\0') {
        fault_missing(c, "location", "name the State by its two letters");
    }
}

void check_outcome(const struct completeness *c, const void *message)
{
    const Comity__Outcome *m = message;
    if (m->result == COMITY__OUTCOME__RESULT__UNKNOWN && m->text[0] == '\0') {
        fault_missing(c, "text", "say why it is not known, and when it may be");
    }
}

void check_directory_field(const struct completeness *c, const void *message)
{
    const Comity__Check *m = message;
    if (!m->right && m->correction[0] == '\0') {
        fault_missing(c, "correction", "write what is right, or set right");
    }
}

void check_tied(const struct completeness *c, const void *message)
{
    const Comity__Tied *m = message;
    if (m->match == COMITY__TIED__MATCH__MATCHED && m->hold_case.len == 0) {
        fault_missing(c, "holdCase", "name the case of the hold by its id");
    }
}
