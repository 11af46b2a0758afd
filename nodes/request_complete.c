/* SPDX-License-Identifier: Apache-2.0 */
/* Any request: who asks on what ground, why and how urgently. What makes one fail in practice is found before it is signed. */
#include <string.h>

#include "base/catalogue.h"
#include "nodes/completeness.h"
#include "nodes/lifecycle.h"

#define HOLD_DAYS_MAX       180
#define SERIOUS_CRIME_YEARS 4
#define REQUEST_PACKED_SIZE_MAX                                                                              \
    49152 /* so that a TAKEN_OVER that restates it still is a letter; a LINK is never restated */

void check_basis(const struct completeness *c, const void *message)
{
    const Comity__Basis *m = message;
    if (basis_of(m->instrument) == BASIS_OTHER && m->text[0] == '\0') {
        fault_missing(c, "text", "with OTHER, name the treaty or the promise of reciprocity");
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

void check_offence(const struct completeness *c, const void *message)
{
    const Comity__Offence *m = message;
    if (names(m, COMITY__OFFENCE__CODE__SERIOUS_CRIME) && m->max_years != 0 &&
        m->max_years < SERIOUS_CRIME_YEARS) {
        fault_at(c, "maxYears", "NOT_SERIOUS",
                 "a serious crime has a maximum of at least %d years, this one %u: name another offence or "
                 "correct the penalty (modelled on art. 2)",
                 SERIOUS_CRIME_YEARS, m->max_years);
    }
    if (names(m, COMITY__OFFENCE__CODE__OTHER_UN_TREATY) && m->treaty[0] == '\0') {
        fault_missing(c, "treaty", "with OTHER_UN_TREATY, name the treaty that establishes the offence");
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

static void check_urgency_emergency(const struct completeness *c, const Comity__Necessity *m)
{
    if (!gives(m, COMITY__NECESSITY__REASON__THREAT_TO_LIFE) &&
        !gives(m, COMITY__NECESSITY__REASON__IMMINENT_SERIOUS_CRIME)) {
        fault_at(c, "reasons", "NOT_AN_EMERGENCY",
                 "an EMERGENCY is a THREAT_TO_LIFE or an IMMINENT_SERIOUS_CRIME: give that reason, or write "
                 "URGENT");
    }
    /* A request to avert a danger says it in its own part; which one it is may be missing. */
    if (m->text[0] == '\0' && c->type != 0 && c->type != COMITY__REQUEST__TYPE__EMERGENCY) {
        fault_missing(c, "text", "in an EMERGENCY say who is at risk and how that is known");
    }
}

void check_necessity(const struct completeness *c, const void *message)
{
    const Comity__Necessity *m = message;
    enum urgency urgency = urgency_of(m->urgency);
    if (urgency == URGENCY_EMERGENCY) {
        check_urgency_emergency(c, m);
    } else if (m->n_reasons == 0 && (urgency == URGENCY_URGENT || m->text[0] == '\0')) {
        fault_at(
            c, "reasons", "MISSING",
            "missing: say why it is needed now, such as DATA_VOLATILE or RETENTION_EXPIRY%s (modelled on "
            "art. 42(3)(e))",
            say(c->faults->words, urgency == URGENCY_URGENT ? N_(", or write ROUTINE")
                                                            : N_(", or in words in necessity.text")));
    }
    if (gives(m, COMITY__NECESSITY__REASON__OTHER_REASON) && m->text[0] == '\0') {
        fault_missing(c, "text", "with OTHER_REASON, say which reason it is");
    }
}

void check_mla_intended(const struct completeness *c, const void *message)
{
    const Comity__Mla *m = message;
    if (!m->intended) {
        fault_at(c, "intended", "NO_MLA",
                 "a hold is for a request for mutual legal assistance that will follow: set intended, or do "
                 "not ask (modelled on art. 42(3)(f))");
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
                 "(modelled on art. 42(3)(g))");
    }
}

void check_request(const struct completeness *c, const void *message)
{
    const Comity__Request *m = message;
    check_hold_days(c, m->hold_days);
    check_secrecy(c, m);
    size_t size = comity__request__get_packed_size(m);
    if (size > REQUEST_PACKED_SIZE_MAX && m->type != COMITY__REQUEST__TYPE__LINK) {
        fault_at(
            c, "", "TOO_LARGE",
            "the request has %zu bytes, at most %d can be taken over by another desk: send a part of its "
            "items as a second request",
            size, REQUEST_PACKED_SIZE_MAX);
    }
}
