/* SPDX-License-Identifier: Apache-2.0 */
/* A request for mutual legal assistance: what arts 40, 44, 45, 46 and 50 ask of each measure. */
#include <string.h>

#include "nodes/completeness.h"

/* What a measure needs besides what every item has. */
enum {
    NEEDS_CATEGORY = 1,       /* data: TRAFFIC, SUBSCRIBER or CONTENT */
    NEEDS_TARGET = 2,         /* an identifier, rows, or a hold */
    NEEDS_PLACE = 4,          /* a custodian or location */
    NEEDS_PERIOD = 8,         /* from when to when */
    NEEDS_JUSTIFICATION = 16, /* modelled on art. 45(3) */
    NEEDS_DESCRIPTION = 32,
    NEEDS_PROPERTY = 64,
    NEEDS_ORDER = 128, /* modelled on art. 50: a certified copy */
};

static const struct {
    Comity__Item__Measure measure;
    unsigned needs;
    Comity__Item__Category category; /* the only one it can be about; 0: any */
} measures[] = {
    {COMITY__ITEM__MEASURE__TAKE_EVIDENCE, NEEDS_DESCRIPTION, 0},
    {COMITY__ITEM__MEASURE__SERVE_DOCUMENTS, NEEDS_DESCRIPTION, 0},
    {COMITY__ITEM__MEASURE__SEARCH_SEIZE_FREEZE, NEEDS_DESCRIPTION | NEEDS_PLACE, 0},
    {COMITY__ITEM__MEASURE__ACCESS_STORED_DATA, NEEDS_CATEGORY | NEEDS_TARGET | NEEDS_PLACE, 0},
    {COMITY__ITEM__MEASURE__REALTIME_TRAFFIC,
     NEEDS_CATEGORY | NEEDS_TARGET | NEEDS_PLACE | NEEDS_PERIOD | NEEDS_JUSTIFICATION,
     COMITY__ITEM__CATEGORY__TRAFFIC},
    {COMITY__ITEM__MEASURE__INTERCEPT_CONTENT,
     NEEDS_CATEGORY | NEEDS_TARGET | NEEDS_PLACE | NEEDS_PERIOD | NEEDS_JUSTIFICATION,
     COMITY__ITEM__CATEGORY__CONTENT},
    {COMITY__ITEM__MEASURE__EXAMINE_OBJECTS_SITES, NEEDS_DESCRIPTION | NEEDS_PLACE, 0},
    {COMITY__ITEM__MEASURE__PROVIDE_INFO_EXPERT, NEEDS_DESCRIPTION, 0},
    {COMITY__ITEM__MEASURE__PROVIDE_RECORDS, NEEDS_DESCRIPTION | NEEDS_PLACE, 0},
    {COMITY__ITEM__MEASURE__TRACE_PROCEEDS, NEEDS_PROPERTY, 0},
    {COMITY__ITEM__MEASURE__VOLUNTARY_APPEARANCE, NEEDS_DESCRIPTION, 0},
    {COMITY__ITEM__MEASURE__RECOVER_PROCEEDS, NEEDS_PROPERTY, 0},
    {COMITY__ITEM__MEASURE__CONFISCATE, NEEDS_PROPERTY | NEEDS_ORDER, 0},
    {COMITY__ITEM__MEASURE__OTHER_MEASURE, NEEDS_DESCRIPTION, 0},
};

static void check_data(const struct completeness *c, const Comity__Item *m, unsigned needs)
{
    if ((needs & NEEDS_CATEGORY) != 0 && m->category == 0) {
        fault_missing(c, "category", "write TRAFFIC, SUBSCRIBER or CONTENT");
    }
    if ((needs & NEEDS_TARGET) != 0 && m->n_identifiers == 0 && m->rows[0] == '\0' && m->n_holds == 0) {
        fault_missing(
            c, "identifiers",
            "name an account, address or device, or the hold that keeps the data (modelled on art. 44)");
    }
    if ((needs & NEEDS_PLACE) != 0 && m->custodian[0] == '\0' && m->location[0] == '\0') {
        fault_missing(c, "custodian",
                      "name who has it, or (location) where it is, as far as is known (modelled on art. 40)");
    }
    if ((needs & NEEDS_PERIOD) != 0 && m->period == NULL) {
        fault_missing(c, "period", "say from when to when it shall be done (modelled on art. 45(3))");
    }
    if ((needs & NEEDS_JUSTIFICATION) != 0 && m->justification[0] == '\0') {
        fault_missing(c, "justification",
                      "say why nothing milder will do, and why so long (modelled on art. 45(3))");
    }
}

static void check_things(const struct completeness *c, const Comity__Item *m, unsigned needs)
{
    if ((needs & NEEDS_DESCRIPTION) != 0 && m->description[0] == '\0') {
        fault_missing(c, "description",
                      "describe what shall be done, so that it can be done without asking back");
    }
    if ((needs & NEEDS_PROPERTY) != 0 && m->property == NULL) {
        fault_missing(c, "property", "describe the property: what, where, its value (modelled on art. 50)");
    }
    if ((needs & NEEDS_ORDER) != 0 && m->property != NULL && !m->property->order_certified) {
        fault_at(
            c, "property.orderCertified", "MISSING",
            "missing: a foreign order is executed by its certified copy: attach it and set this (modelled "
            "on art. 50)");
    }
}

void check_measure(const struct completeness *c, const void *message)
{
    const Comity__Item *m = message;
    for (size_t i = 0; i < sizeof measures / sizeof measures[0]; i++) {
        if (measures[i].measure != m->measure) {
            continue;
        }
        check_data(c, m, measures[i].needs);
        check_things(c, m, measures[i].needs);
        if (measures[i].category != 0 && m->category != 0 && m->category != measures[i].category) {
            fault_at(c, "category", "INCONSISTENT", "this measure is about %s only: change one of the two",
                     category_name((uint32_t)measures[i].category));
        }
    }
}

void check_mla(const struct completeness *c, const void *message)
{
    const Comity__Request *m = message;
    bool asks_more = false; /* than the mere service of documents, which needs no facts */
    for (size_t i = 0; i < m->n_items; i++) {
        asks_more |=
            m->items[i]->measure != 0 && m->items[i]->measure != COMITY__ITEM__MEASURE__SERVE_DOCUMENTS;
    }
    if (asks_more && m->facts[0] == '\0') {
        fault_missing(
            c, "facts",
            "tell the facts in a few sentences: what was done, when, to whom (modelled on art. 40)");
    }
}

void check_assistance(const struct completeness *c, const void *message)
{
    const Comity__Assistance *m = message;
    if (m->deadline != NULL && m->deadline_reason[0] == '\0') {
        fault_missing(c, "deadlineReason", "a deadline counts only with its reason (modelled on art. 40)");
    }
}

void check_hold_ref(const struct completeness *c, const void *message)
{
    const Comity__HoldRef *m = message;
    if (m->case_id.len == 0 && m->reference[0] == '\0') {
        fault_missing(c, "reference", "name the hold by its reference, or by the id of its case (caseId)");
    }
}

void check_property(const struct completeness *c, const void *message)
{
    const Comity__Property *m = message;
    if (m->value != 0 && m->currency[0] == '\0') {
        fault_missing(c, "currency", "name the currency of the value by its three letters, such as EUR");
    }
    if (m->value == 0 && m->currency[0] != '\0') {
        fault_missing(c, "value", "write the value, in the smallest unit of the currency");
    }
}
