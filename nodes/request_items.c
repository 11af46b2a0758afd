/* SPDX-License-Identifier: Apache-2.0 */
/* The items of a request: which data, of when, told so that they can be found and nobody else's. */
#include <string.h>

#include "base/catalogue.h"
#include "nodes/completeness.h"
#include "nodes/ip_address.h"
#include "nodes/item_rows.h"

/* --- identifiers --- */

static bool is_address(const Comity__Identifier *m)
{
    return m->kind == COMITY__IDENTIFIER__KIND__IP_ADDRESS;
}

static void check_value(const struct completeness *c, const Comity__Identifier *m)
{
    if (m->value[0] == '\0') {
        return; /* said already */
    }
    if (is_address(m) && !ip_address_is_valid(m->value)) {
        fault_at(c, "value", "NOT_AN_ADDRESS",
                 "\"%s\" is no IP address: write one address such as 203.0.113.77 or 2001:db8::1, the port "
                 "in port",
                 m->value);
    }
    if (m->kind == COMITY__IDENTIFIER__KIND__EMAIL && strchr(m->value, '@') == NULL) {
        fault_at(c, "value", "NOT_AN_EMAIL", "\"%s\" is no e-mail address: write name@domain", m->value);
    }
}

/* What tells one customer behind a shared address from the others, and what it means nothing without. */
void check_identifier(const struct completeness *c, const void *message)
{
    const Comity__Identifier *m = message;
    check_value(c, m);
    if (m->kind != 0 && !is_address(m) && (m->port != 0 || m->protocol[0] != '\0')) {
        fault_at(c, m->port != 0 ? "port" : "protocol", "INCONSISTENT",
                 "only an IP address has a port and a protocol: change the kind, or leave it out");
    }
    if (m->kind != 0 && !is_address(m) && m->peer[0] != '\0') {
        fault_at(c, "peer", "INCONSISTENT",
                 "the other end is named with an IP address: change the kind, or leave it out");
    }
    if (m->peer_port != 0 && m->peer[0] == '\0') {
        fault_missing(c, "peer", "name the other end that the port belongs to");
    }
    if (m->clock_error_s != 0 && m->at == NULL) {
        fault_missing(c, "at", "a clock error says how far off a moment may be: write the moment, with zone");
    }
}

/* --- items --- */

static void check_period(const struct completeness *c, const Comity__Item *m)
{
    const Comity__Period *period = m->period;
    bool any_time = c->type == COMITY__REQUEST__TYPE__MLA && m->measure == 0; /* a fault of its own */
    bool from_now = m->measure == COMITY__ITEM__MEASURE__REALTIME_TRAFFIC ||
                    m->measure == COMITY__ITEM__MEASURE__INTERCEPT_CONTENT;
    if (period->from != NULL && period->to != NULL && period->from->ms >= period->to->ms) {
        fault_at(c, "period", "BACKWARDS", "the period ends before it begins: from must be earlier than to");
    }
    if (!from_now && !any_time && is_future(c, period->from)) {
        fault_at(c, "period.from", "FUTURE",
                 "the period begins in the future: only stored data can be held or given");
    }
    if (from_now && c->telling != TOLD_AGAIN && is_over(c, period->to)) {
        fault_at(c, "period.to", "PAST", "this period is over: data of the past are stored data");
    }
}

/* Faults of the table, each at the item's own path. */
static void check_rows(const struct completeness *c, const char *text, struct item_rows *ret)
{
    struct faults found;
    faults_init(&found, c->faults->arena);
    found.words = c->faults->words;
    if (!item_rows_read(text, "rows", c->faults->arena, &found, ret)) {
        for (size_t i = 0; i < found.count; i++) {
            fault_at(c, "rows", found.list[i].code, "%s", found.list[i].text);
        }
        return;
    }
    for (size_t i = 0; i < ret->count; i++) {
        Comity__Instant at = COMITY__INSTANT__INIT;
        at.ms = ret->list[i].at.ms;
        if (ret->list[i].has_at && is_future(c, &at)) {
            fault_at(c, "rows", "FUTURE", "row %zu lies in the future: correct the date or its zone", i + 1);
        }
    }
}

void check_item_parts(const struct completeness *c, const void *message)
{
    const Comity__Item *m = message;
    struct item_rows rows;
    if (m->period != NULL) {
        check_period(c, m);
    }
    if (m->rows[0] != '\0') {
        check_rows(c, m->rows, &rows);
    }
}

/* Is there an identifier that somebody else has at another time, and none of its times given? */
static bool needs_time(const struct completeness *c, const Comity__Item *item)
{
    bool by_address = false;
    for (size_t i = 0; i < item->n_identifiers; i++) {
        if (item->identifiers[i]->at != NULL) {
            return false;
        }
        by_address |= is_address(item->identifiers[i]);
    }
    struct item_rows rows = {.count = 0};
    struct faults ignored; /* said by check_item_parts() */
    faults_init(&ignored, c->faults->arena);
    if (item->rows[0] != '\0') {
        if (!item_rows_read(item->rows, "", c->faults->arena, &ignored, &rows) || rows.timed) {
            return false;
        }
        by_address |= rows.addresses;
    }
    enum category category = category_of(item->category);
    return category == CATEGORY_TRAFFIC || (category == CATEGORY_SUBSCRIBER && by_address);
}

void check_item_reach(const struct completeness *c, const void *message)
{
    const Comity__Item *m = message;
    bool named = m->n_identifiers != 0 || m->rows[0] != '\0';
    if (!named && m->period == NULL) {
        fault_at(c, "identifiers", "OVERBROAD",
                 "this asks for all data there are: name an account, address or device, or a period "
                 "(modelled on art. 42(3)(c))");
    } else if (m->period == NULL && needs_time(c, m)) {
        fault_at(c, "period", "MISSING",
                 "missing: %s need a period, or a time with the identifier (at): an address belongs to "
                 "another customer an hour later",
                 say(c->faults->words, category_of(m->category) == CATEGORY_TRAFFIC
                                           ? N_("traffic data")
                                           : N_("subscriber data by IP address")));
    }
    if (m->description[0] == '\0' && !named) {
        fault_missing(c, "description",
                      "describe the data, or name an identifier (modelled on art. 42(3)(c))");
    }
    if (m->custodian[0] == '\0' && m->location[0] == '\0') {
        fault_missing(c, "custodian",
                      "name who holds the data, or (location) where they are, as far as is known "
                      "(modelled on art. 42(3)(c))");
    }
}
