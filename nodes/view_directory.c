/* SPDX-License-Identifier: Apache-2.0 */
/* DIRECTORY: how to reach parties and what they publish, with what holds where they publish nothing, and who is there now. */
#include <string.h>

#include "base/catalogue.h"
#include "keys/roster_make.h"
#include "nodes/calendar.h"
#include "nodes/view.h"

static const char *staffing_name(enum staffing staffing)
{
    switch (staffing) {
    case STAFFED:
        return "STAFFED";
    case ON_CALL:
        return "ON_CALL";
    case CLOSED:
        break;
    }
    return "CLOSED";
}

/* Its clock on the wall, and whether somebody stands below it. */
static void put_now(struct call *call, json_t *json, const struct party *party)
{
    const struct calendar calendar = {.zone = zone_of(call->node->zones, party->zone),
                                      .entry = *party_calendar(party)};
    int32_t offset_s = calendar.zone == NULL ? 0 : zone_offset_s(calendar.zone, call->now);
    put_instant(call, json, "now",
                (struct instant){.ms = (int64_t)call->now.ms, .offset_min = offset_s / 60});
    if (party->calendar != NULL) { /* of a week that is only assumed nothing is told */
        put_text(call, json, "staffing", staffing_name(calendar_staffing(&calendar, call->now.ms)));
    }
    put(call, json, "zone_known", json_boolean(calendar.zone != NULL));
}

static void put_days_since(struct call *call, json_t *contacts, const struct party *party)
{
    for (size_t i = 0; i < party->contact_count; i++) {
        uint64_t at_ms = party->contacts[i].verified_at_ms;
        if (at_ms != 0) {
            put_number(call, json_array_get(contacts, i), "days_since_verified",
                       call->now.ms > at_ms ? (call->now.ms - at_ms) / MS_PER_DAY : 0);
        }
    }
}

static json_t *entry_json(struct call *call, const struct party *party)
{
    json_t *json = view_party(call, party);
    put(call, json, "calendar_published", json_boolean(party->calendar != NULL));
    put(call, json, "terms_published", json_boolean(party->terms != NULL));
    put(call, json, "ping_published", json_boolean(party->ping != NULL));
    put(call, json, "calendar", calendar_entry_json(party_calendar(party)));
    put(call, json, "terms", terms_json(party_terms(party)));
    put(call, json, "ping", ping_consent_json(party_ping(party)));
    put_days_since(call, json_object_get(json, "contacts"), party);
    put_now(call, json, party);
    return json;
}

/* of: "XB" is every party of that State, "XB/poc" the one; NULL: all. */
static bool is_asked_for(const struct party *party, const char *of)
{
    const char *address = party->address.text;
    return of == NULL || strcmp(address, of) == 0 ||
           (strchr(of, '/') == NULL && strncmp(address, of, strlen(of)) == 0 && address[strlen(of)] == '/');
}

void view_directory(struct call *call)
{
    const struct roster *roster = node_roster_now(call->node);
    const char *of = query_value(call, "of");
    size_t count = 0;
    if (roster == NULL) {
        answer_error(call, 404, "NO_ROSTER", "take the roster in: comity roster update",
                     "this node holds no roster");
        return;
    }
    const struct party *parties = roster_parties(roster, &count);
    json_t *json = json_object();
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        if (is_asked_for(&parties[i], of)) {
            append(call, list, entry_json(call, &parties[i]));
        }
    }
    put_number(call, json, "version", roster_version(roster));
    put(call, json, "parties", list);
    answer_json(call, json);
}
