/* SPDX-License-Identifier: Apache-2.0 */
/* Enquiries, offers, emergencies and ties; and what any request may carry: persons, parents, handling. */
#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "nodes/completeness.h"

/* --- enquiries --- */

static bool names_identifier(const Comity__Request *m)
{
    for (size_t i = 0; i < m->n_items; i++) {
        if (m->items[i]->n_identifiers != 0 || m->items[i]->rows[0] != '\0') {
            return true;
        }
    }
    return false;
}

static void check_freeze_alert(const struct completeness *c, const Comity__Enquiry *m)
{
    if (m->amount == 0) {
        fault_missing(c, "enquiry.amount", "write the amount, in the smallest unit of the currency");
    }
    if (m->currency[0] == '\0') {
        fault_missing(c, "enquiry.currency", "write the currency by its three letters, such as EUR");
    }
    if (m->account[0] == '\0') {
        fault_missing(c, "enquiry.account", "name the account and the bank that the money went to");
    }
}

void check_enquiry(const struct completeness *c, const void *message)
{
    const Comity__Request *m = message;
    Comity__Enquiry__Topic topic = m->enquiry == NULL ? 0 : m->enquiry->topic;
    if (topic == COMITY__ENQUIRY__TOPIC__LOCATE_PROVIDER && !names_identifier(m)) {
        fault_missing(
            c, "items",
            "name the address, domain or account whose provider is sought, as an identifier of an item");
    }
    if (topic == COMITY__ENQUIRY__TOPIC__LOCATE_SUSPECT && m->n_persons == 0) {
        fault_missing(c, "persons", "name the person who is sought, as far as is known");
    }
    if (topic == COMITY__ENQUIRY__TOPIC__ONWARD_TRANSFER && m->parent == NULL) {
        fault_missing(c, "parent", "name the case that the data came from (modelled on art. 36(3))");
    }
    if (topic == COMITY__ENQUIRY__TOPIC__FREEZE_ALERT) {
        check_freeze_alert(c, m->enquiry);
    }
}

/* --- offers, emergencies, ties --- */

static bool needs_words(const Comity__Conditions__Code *codes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (codes[i] == COMITY__CONDITIONS__CODE__OTHER_CONDITION) {
            return true;
        }
    }
    return false;
}

void check_offer(const struct completeness *c, const void *message)
{
    const Comity__Offer *m = message;
    if (needs_words(m->conditions, m->n_conditions) && m->conditions_text[0] == '\0') {
        fault_missing(c, "conditionsText", "with OTHER_CONDITION, write the condition in words");
    }
    if (m->content_follows && m->n_conditions == 0) {
        fault_missing(c, "conditions",
                      "the content follows once conditions are accepted: name them, or give the content now");
    }
}

void check_handling(const struct completeness *c, const void *message)
{
    const Comity__Handling *m = message;
    if (needs_words(m->conditions, m->n_conditions) && m->text[0] == '\0') {
        fault_missing(c, "text", "with OTHER_CONDITION, write the condition in words");
    }
}

void check_emergency(const struct completeness *c, const void *message)
{
    const Comity__Request *m = message;
    if (m->necessity != NULL && m->necessity->urgency != 0 &&
        m->necessity->urgency != COMITY__NECESSITY__URGENCY__EMERGENCY) {
        fault_at(c, "necessity.urgency", "INCONSISTENT",
                 "a request to avert a danger is an EMERGENCY; if it is none, ask by PRESERVE or MLA");
    }
}

void check_tie(const struct completeness *c, const void *message)
{
    const Comity__Tie *m = message;
    bool mla = m->event == COMITY__TIE__EVENT__SENT || m->event == COMITY__TIE__EVENT__RECEIVED;
    if (mla && m->mla_reference[0] == '\0') {
        fault_missing(c, "mlaReference", "write the reference of the request for assistance");
    }
    if (mla && m->requester[0] == '\0') {
        fault_missing(c, "requester", "name the State that asks for the assistance by its two letters");
    }
    if (mla && m->channel == 0) {
        fault_missing(c, "channel", "say how it travels, such as NETWORK or PAPER");
    }
    if (mla && m->at == NULL) {
        fault_missing(c, "at", "say when it was sent, or came in, with zone");
    }
    if (m->event == COMITY__TIE__EVENT__HAND_OVER && m->opener.len == 0 && m->opener_letter.len == 0) {
        fault_missing(
            c, "opener",
            "hand over the letter that opened the case, or name it in openerLetter if it is too large");
    }
    if (m->event == COMITY__TIE__EVENT__ESCALATED && m->hold == NULL) {
        fault_missing(c, "hold", "name the case that nobody answers for");
    }
    if (m->event == COMITY__TIE__EVENT__ESCALATED && m->overdue[0] == '\0') {
        fault_missing(c, "overdue", "name the clock that ran out, such as DECIDE");
    }
    if (m->event == COMITY__TIE__EVENT__ESCALATED && m->at == NULL) {
        fault_missing(c, "at", "say when it ran out");
    }
}

/* --- where a case comes from --- */

void check_parent(const struct completeness *c, const void *message)
{
    const Comity__Parent *m = message;
    bool crosses =
        m->relation == COMITY__PARENT__RELATION__REFERRED || m->relation == COMITY__PARENT__RELATION__HOP;
    if (crosses && m->state[0] == '\0') {
        fault_missing(c, "state", "name the State that the trail comes from by its two letters");
    }
    if (m->relation == COMITY__PARENT__RELATION__HOP && m->hops == 0) {
        fault_missing(c, "hops", "say how many States the trail has passed: 1 for the first hop");
    }
    if (m->relation != 0 && !crosses && m->case_id.len == 0 && m->reference[0] == '\0') {
        fault_missing(c, "reference", "name the case by its reference, or by its id (caseId)");
    }
}

/* --- persons --- */

/* The code point at the text, which is UTF-8 and not at its end; *ret_size: its bytes. */
static uint32_t code_point(const char *text, size_t *ret_size)
{
    const unsigned char *t = (const unsigned char *)text;
    size_t size = t[0] < 0x80 ? 1 : t[0] < 0xe0 ? 2 : t[0] < 0xf0 ? 3 : 4;
    uint32_t point = size == 1 ? t[0] : t[0] & (0xffU >> (size + 1));
    for (size_t i = 1; i < size; i++) {
        if (t[i] == 0) {
            size = i; /* cut off: not showable text, which limits.def refuses */
            break;
        }
        point = point << 6 | (t[i] & 0x3fU);
    }
    *ret_size = size;
    return point;
}

/* Latin letters with any marks, and the signs between names. */
static bool is_latin(const char *text)
{
    for (size_t size = 0; *text != '\0'; text += size) {
        uint32_t point = code_point(text, &size);
        bool latin = point < 0x250 || (point >= 0x300 && point <= 0x36f) ||
                     (point >= 0x1e00 && point <= 0x1eff) || (point >= 0x2010 && point <= 0x201f);
        if (!latin) {
            return false;
        }
    }
    return true;
}

/* YYYY, YYYY-MM or YYYY-MM-DD: midnight of its first day. */
static bool read_birth(const char *text, int64_t *ret_ms)
{
    char whole[11];
    size_t size = strlen(text);
    if (size != 4 && size != 7 && size != 10) {
        return false;
    }
    (void)snprintf(whole, sizeof whole, "%s%s", text, size == 4 ? "-01-01" : size == 7 ? "-01" : "");
    return instant_read_date(bytes_of_text(whole), ret_ms);
}

static void check_birth(const struct completeness *c, const char *born)
{
    Comity__Instant day = COMITY__INSTANT__INIT;
    if (born[0] == '\0') {
        return;
    }
    if (!read_birth(born, &day.ms)) {
        fault_at(c, "born", "NOT_A_DATE", "\"%s\" is no date of birth: write YYYY, YYYY-MM or YYYY-MM-DD",
                 born);
    } else if (is_future(c, &day)) {
        fault_at(c, "born", "FUTURE", "this lies in the future: correct the date of birth");
    }
}

void check_person(const struct completeness *c, const void *message)
{
    const Comity__Person *m = message;
    const char *name = m->name_latin[0] != '\0' ? m->name_latin : m->name_original;
    if (name[0] == '\0') {
        fault_missing(
            c, "nameOriginal",
            "write the name in its own script, and in Latin letters (nameLatin) if that is another");
    }
    if (m->name_latin[0] != '\0' && !is_latin(m->name_latin)) {
        fault_at(c, "nameLatin", "NOT_LATIN",
                 "write the name in Latin letters here, its own script in nameOriginal");
    }
    if (m->name_latin[0] == '\0' && !is_latin(m->name_original)) {
        fault_missing(c, "nameLatin", "write the name in Latin letters too, so that every desk can read it");
    }
    if (strchr(name, ' ') != NULL && m->order == 0) {
        fault_missing(c, "order", "say which part comes first: FAMILY_FIRST or GIVEN_FIRST");
    }
    check_birth(c, m->born);
}
