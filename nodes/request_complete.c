/* SPDX-License-Identifier: Apache-2.0 */
/* A request to hold data, as art. 42(3) asks for it: what makes one fail in practice is found before it is signed. */
#include <string.h>

#include "nodes/completeness.h"
#include "nodes/ip_address.h"
#include "nodes/lifecycle.h"

#define HOLD_DAYS_MAX       180
#define SERIOUS_CRIME_YEARS 4
#define PORT_MAX            65535

static void check_authority(const struct completeness *c, const Comity__Authority *m)
{
#define REQUIRED_AUTHORITY
#include "nodes/required.def"
#undef REQUIRED_AUTHORITY
    check_zone_name(c, "authority.zone", m->zone);
    if (m->email[0] != '\0' && strchr(m->email, '@') == NULL) {
        fault_at(c, "authority.email", "NOT_AN_EMAIL", "\"%s\" is no e-mail address: write name@domain",
                 m->email);
    }
}

static void check_contact(const struct completeness *c, const Comity__Contact *m)
{
#define REQUIRED_CONTACT
#include "nodes/required.def"
#undef REQUIRED_CONTACT
}

static void check_basis(const struct completeness *c, const Comity__Basis *m)
{
#define REQUIRED_BASIS
#include "nodes/required.def"
#undef REQUIRED_BASIS
    check_word(c, "basis.instrument", &comity__basis__instrument__descriptor, (int)m->instrument);
    if (basis_of(m->instrument) == BASIS_OTHER && m->text[0] == '\0') {
        fault_at(c, "basis.text", "MISSING",
                 "missing: with OTHER, name the treaty or the promise of reciprocity");
    }
}

static bool names(const Comity__Offence *offence, Comity__Offence__Code code)
{
    for (size_t i = 0; i < offence->n_codes; i++) {
        if (offence->codes[i] == code) {
            return true;
        }
    }
    return false;
}

static void check_offence(const struct completeness *c, const Comity__Offence *m)
{
#define REQUIRED_OFFENCE
#include "nodes/required.def"
#undef REQUIRED_OFFENCE
    for (size_t i = 0; i < m->n_codes; i++) {
        check_word_of_list(c, "offence.codes", i, &comity__offence__code__descriptor, (int)m->codes[i]);
    }
    if (names(m, COMITY__OFFENCE__CODE__SERIOUS_CRIME) && m->max_years != 0 &&
        m->max_years < SERIOUS_CRIME_YEARS) {
        fault_at(c, "offence.maxYears", "NOT_SERIOUS",
                 "a serious crime has a maximum of at least %d years, this one %u: name another offence or "
                 "correct the "
                 "penalty (modelled on art. 2)",
                 SERIOUS_CRIME_YEARS, m->max_years);
    }
    if (names(m, COMITY__OFFENCE__CODE__OTHER_UN_TREATY) && m->treaty[0] == '\0') {
        fault_at(c, "offence.treaty", "MISSING",
                 "missing: with OTHER_UN_TREATY, name the treaty that establishes the offence");
    }
}

static bool gives(const Comity__Necessity *necessity, Comity__Necessity__Reason reason)
{
    for (size_t i = 0; i < necessity->n_reasons; i++) {
        if (necessity->reasons[i] == reason) {
            return true;
        }
    }
    return false;
}

static void check_emergency(const struct completeness *c, const Comity__Necessity *m)
{
    if (!gives(m, COMITY__NECESSITY__REASON__THREAT_TO_LIFE) &&
        !gives(m, COMITY__NECESSITY__REASON__IMMINENT_SERIOUS_CRIME)) {
        fault_at(c, "necessity.reasons", "NOT_AN_EMERGENCY",
                 "an EMERGENCY is a THREAT_TO_LIFE or an IMMINENT_SERIOUS_CRIME: give that reason, or write "
                 "URGENT");
    }
    if (m->text[0] == '\0') {
        fault_at(c, "necessity.text", "MISSING",
                 "missing: in an EMERGENCY say who is at risk and how that is known");
    }
}

static void check_necessity(const struct completeness *c, const Comity__Necessity *m)
{
#define REQUIRED_NECESSITY
#include "nodes/required.def"
#undef REQUIRED_NECESSITY
    check_word(c, "necessity.urgency", &comity__necessity__urgency__descriptor, (int)m->urgency);
    for (size_t i = 0; i < m->n_reasons; i++) {
        check_word_of_list(c, "necessity.reasons", i, &comity__necessity__reason__descriptor,
                           (int)m->reasons[i]);
    }
    enum urgency urgency = urgency_of(m->urgency);
    if (urgency == URGENCY_EMERGENCY) {
        check_emergency(c, m);
    } else if (m->n_reasons == 0 && (urgency == URGENCY_URGENT || m->text[0] == '\0')) {
        fault_at(c, "necessity.reasons", "MISSING",
                 "missing: say why the data must be held now, such as DATA_VOLATILE or RETENTION_EXPIRY%s "
                 "(modelled on art. "
                 "42(3)(e))",
                 urgency == URGENCY_URGENT ? ", or write ROUTINE" : ", or in words in necessity.text");
    }
    if (gives(m, COMITY__NECESSITY__REASON__OTHER_REASON) && m->text[0] == '\0') {
        fault_at(c, "necessity.text", "MISSING", "missing: with OTHER_REASON, say which reason it is");
    }
    check_future(c, "necessity.answerWantedBy", m->answer_wanted_by);
}

static void check_period(const struct completeness *c, const Comity__Period *period)
{
    if (period->from == NULL) {
        fault_at(c, "period.from", "MISSING", "missing: write when the period begins, with zone");
    }
    if (period->to == NULL) {
        fault_at(c, "period.to", "MISSING", "missing: write when the period ends, with zone");
    }
    if (period->from != NULL && period->to != NULL && period->from->ms >= period->to->ms) {
        fault_at(c, "period", "BACKWARDS", "the period ends before it begins: from must be earlier than to");
    }
    if (period->from != NULL && period->from->ms > 0 &&
        (uint64_t)period->from->ms > c->now_ms + 5 * MS_PER_MINUTE) {
        fault_at(c, "period.from", "FUTURE", "the period begins in the future: only stored data can be held");
    }
}

static void check_identifier(const struct completeness *c, const Comity__Identifier *m)
{
#define REQUIRED_IDENTIFIER
#include "nodes/required.def"
#undef REQUIRED_IDENTIFIER
    check_word(c, "kind", &comity__identifier__kind__descriptor, (int)m->kind);
    if (m->kind == COMITY__IDENTIFIER__KIND__IP_ADDRESS && m->value[0] != '\0' &&
        !ip_address_is_valid(m->value)) {
        fault_at(c, "value", "NOT_AN_ADDRESS",
                 "\"%s\" is no IP address: write one address such as 203.0.113.77 or 2001:db8::1, the port "
                 "in port",
                 m->value);
    }
    if (m->kind == COMITY__IDENTIFIER__KIND__EMAIL && m->value[0] != '\0' && strchr(m->value, '@') == NULL) {
        fault_at(c, "value", "NOT_AN_EMAIL", "\"%s\" is no e-mail address: write name@domain", m->value);
    }
    if (m->port > PORT_MAX) {
        fault_at(c, "port", "RANGE", "a port is a number from 1 to %d", PORT_MAX);
    }
    check_past(c, "at", m->at);
}

/* Is there an identifier that somebody else has at another time, and none of its times given? */
static bool needs_time(const Comity__Item *item)
{
    bool by_address = false;
    for (size_t i = 0; i < item->n_identifiers; i++) {
        if (item->identifiers[i]->at != NULL) {
            return false;
        }
        by_address |= item->identifiers[i]->kind == COMITY__IDENTIFIER__KIND__IP_ADDRESS;
    }
    enum category category = category_of(item->category);
    return category == CATEGORY_TRAFFIC || (category == CATEGORY_SUBSCRIBER && by_address);
}

static void check_reach(const struct completeness *c, const Comity__Item *m)
{
    if (m->n_identifiers == 0 && m->period == NULL) {
        fault_at(c, "identifiers", "OVERBROAD",
                 "this asks for all data there are: name an account, address or device, or a period "
                 "(modelled on art. "
                 "42(3)(c))");
    } else if (m->period == NULL && needs_time(m)) {
        fault_at(c, "period", "MISSING",
                 "missing: %s need a period, or a time with the identifier (at): an address belongs to "
                 "another customer an "
                 "hour later",
                 category_of(m->category) == CATEGORY_TRAFFIC ? "traffic data"
                                                              : "subscriber data by IP address");
    }
    if (m->description[0] == '\0' && m->n_identifiers == 0) {
        fault_at(c, "description", "MISSING",
                 "missing: describe the data, or name an identifier (modelled on art. 42(3)(c))");
    }
    if (m->custodian[0] == '\0' && m->location[0] == '\0') {
        fault_at(c, "custodian", "MISSING",
                 "missing: name who holds the data, or (location) where they are, as far as is known "
                 "(modelled on art. 42(3)(c))");
    }
}

static void check_item(const struct completeness *c, const Comity__Item *m)
{
#define REQUIRED_ITEM
#include "nodes/required.def"
#undef REQUIRED_ITEM
    check_word(c, "category", &comity__item__category__descriptor, (int)m->category);
    check_reach(c, m);
    if (m->period != NULL) {
        check_period(c, m->period);
    }
    for (size_t i = 0; i < m->n_identifiers; i++) {
        struct completeness in = within(c, "identifiers", i);
        check_identifier(&in, m->identifiers[i]);
    }
}

static void check_hold_days(const struct completeness *c, uint32_t days)
{
    if (days != 0 && days < HOLD_DAYS_FLOOR) {
        fault_at(c, "holdDays", "TOO_SHORT",
                 "%u days are too short: ask for %d or more (modelled on art. 42(8))", days, HOLD_DAYS_FLOOR);
    }
    if (days > HOLD_DAYS_MAX) {
        fault_at(c, "holdDays", "TOO_LONG",
                 "%u days are too long: ask for %d at most, and for an extension when it is needed", days,
                 HOLD_DAYS_MAX);
    }
}

/* Secrecy towards everybody but the user, or towards the user alone, is no secrecy. */
static void check_secrecy(const struct completeness *c, const Comity__Request *m)
{
    if (m->confidential && !m->do_not_notify) {
        fault_at(c, "doNotNotify", "INCONSISTENT",
                 "the request is confidential, yet the user may be told: set doNotNotify too (modelled on "
                 "art. 42(3)(g))");
    }
    if (m->do_not_notify && !m->confidential) {
        fault_at(c, "confidential", "INCONSISTENT",
                 "the user shall not be told, yet the request is not confidential: set confidential too "
                 "(modelled on art. "
                 "42(3)(g))");
    }
}

static void check_parts(const struct completeness *c, const Comity__Request *m)
{
    if (m->authority != NULL) {
        check_authority(c, m->authority);
    }
    if (m->confirmation != NULL) {
        check_contact(c, m->confirmation);
    }
    if (m->basis != NULL) {
        check_basis(c, m->basis);
    }
    if (m->offence != NULL) {
        check_offence(c, m->offence);
    }
    if (m->necessity != NULL) {
        check_necessity(c, m->necessity);
    }
    if (m->mla != NULL && !m->mla->intended) {
        fault_at(c, "mla.intended", "NO_MLA",
                 "a hold is for a request for mutual legal assistance that will follow: set intended, or do "
                 "not ask (modelled "
                 "on art. 42(3)(f))");
    }
}

void request_complete(const struct completeness *c, const Comity__Request *m)
{
#define REQUIRED_REQUEST
#include "nodes/required.def"
#undef REQUIRED_REQUEST
    check_word(c, "type", &comity__request__type__descriptor, (int)m->type);
    check_word(c, "tlp", &comity__request__tlp__descriptor, (int)m->tlp);
    check_parts(c, m);
    for (size_t i = 0; i < m->n_items && i < CASE_ITEMS_MAX; i++) {
        struct completeness in = within(c, "items", i);
        check_item(&in, m->items[i]);
    }
    if (m->n_items > CASE_ITEMS_MAX) {
        fault_at(c, "items", "TOO_MANY",
                 "a request has at most %d items: send the others as a second request", CASE_ITEMS_MAX);
    }
    check_hold_days(c, m->hold_days);
    check_secrecy(c, m);
}
