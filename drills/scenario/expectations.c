/* SPDX-License-Identifier: Apache-2.0 */
/* Expectations that nothing could meet: of who has no part in it, for data that nobody asked for, too early, or of another kind of case. */
#include <string.h>

#include "drills/scenario/reader.h"

#define EVENT(name) (UINT64_C(1) << SCENARIO_EVENT_##name)
#define TYPE(name)  (1U << SCENARIO_REQUEST_##name)

/* What is said by who was asked, and by who asks; the rest is seen by both. */
#define SAID_BY_ASKED                                                                                        \
    (EVENT(OPENED) | EVENT(ACKNOWLEDGED) | EVENT(COMMITTED) | EVENT(ASKED) | EVENT(DECIDED) |                \
     EVENT(ORDERED) | EVENT(HELD) | EVENT(NOT_HELD) | EVENT(REFUSED) | EVENT(REFERRED) | EVENT(MOVED) |      \
     EVENT(WARNED) | EVENT(EXTENDED) | EVENT(EXTENSION_REFUSED) | EVENT(ASSISTANCE_RECEIVED) |               \
     EVENT(ADMITTED) | EVENT(POSTPONED) | EVENT(EVIDENCE) | EVENT(TOLD) | EVENT(ANSWERED) |                  \
     EVENT(DISCLOSED) | EVENT(DECLINED))
#define SAID_BY_ASKING                                                                                       \
    (EVENT(GIVEN) | EVENT(EXTENSION_ASKED) | EVENT(WITHDRAWN) | EVENT(ASSISTANCE_SENT) |                     \
     EVENT(EVIDENCE_RECEIVED))

/* Which types of request an event can be of (nodes/lifecycle.def); what is not here may be of any. */
static const struct {
    uint64_t events;
    unsigned types;
} kinds[] = {
    {EVENT(ORDERED) | EVENT(HELD) | EVENT(EXTENSION_ASKED) | EVENT(EXTENDED) | EVENT(EXTENSION_REFUSED) |
         EVENT(LAPSED) | EVENT(LOST),
     TYPE(PRESERVE)},
    {EVENT(NOT_HELD), TYPE(PRESERVE) | TYPE(EMERGENCY)},
    {EVENT(ADMITTED) | EVENT(POSTPONED) | EVENT(EVIDENCE) | EVENT(EVIDENCE_RECEIVED) |
         EVENT(ASSISTANCE_SENT) | EVENT(ASSISTANCE_RECEIVED),
     TYPE(MLA) | TYPE(PRESERVE)},
    {EVENT(TOLD), TYPE(ENQUIRY)},
    {EVENT(ANSWERED), TYPE(ENQUIRY) | TYPE(PING)},
    {EVENT(DISCLOSED), TYPE(EMERGENCY)},
};
static const char *const instead[] = {
    [SCENARIO_REQUEST_NONE] = "acknowledged",
    [SCENARIO_REQUEST_PRESERVE] = "held",
    [SCENARIO_REQUEST_MLA] = "evidence",
    [SCENARIO_REQUEST_ENQUIRY] = "answered",
    [SCENARIO_REQUEST_EMERGENCY] = "disclosed",
    [SCENARIO_REQUEST_PING] = "answered",
    [SCENARIO_REQUEST_SPONTANEOUS] = "acknowledged",
};

struct expecting {
    struct reader *reader;
    const struct tree *root;
    const struct scenario_expectation *wanted;
    const struct scenario_inject *request; /* whose case it is; NULL: of none */
};

static struct scenario_place at_key(const struct expecting *x, const char *key)
{
    return key_place(x->root, "expect", x->wanted->place, key);
}

static bool is_event(const struct expecting *x, uint64_t events)
{
    return (events >> x->wanted->what & 1) != 0;
}

/* --- who --- */

/* Whoever acts there for that party: itself, the central authority, and among real people whoever has taken it over. */
static bool stands_for(const struct scenario_unit *who, const struct scenario_unit *party)
{
    return party != NULL && (who == party || (who->state == party->state &&
                                              (who->role == SCENARIO_ROLE_CENTRAL ||
                                               who->players.count != 0 || party->players.count != 0)));
}

/* What else is sent about the case of an inject: letters, paper, calls, decisions. */
static bool is_about(const struct expecting *x, const struct scenario_inject *inject)
{
    return inject == x->wanted->of || inject == x->request ||
           (inject->of != NULL && (inject->of == x->wanted->of || inject->of == x->request));
}

static bool has_part(const struct expecting *x)
{
    const struct scenario *s = x->reader->s;
    bool known = false;
    for (size_t i = 0; i < s->injects.count; i++) {
        const struct scenario_inject *inject = &s->injects.list[i];
        if (is_about(x, inject)) {
            known = known || inject->to != NULL;
            if (stands_for(x->wanted->who, inject->from) || stands_for(x->wanted->who, inject->to)) {
                return true;
            }
        }
    }
    return !known; /* a note is nobody's */
}

static void check_who(const struct expecting *x)
{
    const struct scenario_inject *of = x->request != NULL ? x->request : x->wanted->of;
    const struct scenario_unit *who = x->wanted->who;
    struct scenario_mistakes *m = x->reader->r->mistakes;
    bool asking = is_event(x, SAID_BY_ASKING);
    const struct scenario_unit *right = asking && of->from != NULL ? of->from : of->to;
    if (right == NULL || right->address == NULL || of->to == NULL || of->to->address == NULL ||
        (of->from != NULL && of->from->address == NULL)) {
        return;
    }
    if (!has_part(x)) {
        mistake_at(m, at_key(x, "who"), N_("%s has no part in %s: it goes from %s to %s; write such as %s"),
                   who->address, of->id, of->from == NULL ? "outside" : of->from->address, of->to->address,
                   right->address);
    } else if (x->request != NULL && of->from != NULL && of->from->state != of->to->state &&
               ((asking && who->state == of->to->state) ||
                (is_event(x, SAID_BY_ASKED) && who->state == of->from->state))) {
        mistake_at(m, at_key(x, "who"), N_("%s goes from %s to %s, and \"%s\" is up to %s; write that"),
                   of->id, of->from->address, of->to->address, scenario_event_word(x->wanted->what),
                   right->address);
    }
}

/* --- what, and for which data --- */

/* Under a hold simulated people disclose nothing (art. 43); who plays it in a live drill may, and so does a letter of the drill. */
static bool is_written(const struct expecting *x)
{
    const struct scenario *s = x->reader->s;
    bool written = x->request->to != NULL && x->request->to->players.count != 0;
    for (size_t i = 0; i < s->injects.count; i++) {
        written = written ||
                  (s->injects.list[i].kind == SCENARIO_INJECT_LETTER && s->injects.list[i].of == x->request);
    }
    return written;
}

static void check_what(const struct expecting *x)
{
    enum scenario_request type = scenario_request_type(x->request->type);
    bool can = type == SCENARIO_REQUEST_NONE ||
               (type == SCENARIO_REQUEST_PRESERVE && is_event(x, EVENT(DISCLOSED)) && is_written(x));
    bool listed = false;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (is_event(x, kinds[i].events)) {
            listed = true;
            can = can || (kinds[i].types >> type & 1) != 0;
        }
    }
    if (listed && !can) {
        mistake_at(x->reader->r->mistakes, at_key(x, "what"),
                   N_("\"%s\" is a request of the kind %s, and nothing of that is ever \"%s\"; write such as "
                      "what: %s"),
                   x->request->id, x->request->type, scenario_event_word(x->wanted->what), instead[type]);
    }
}

static void check_data(const struct expecting *x)
{
    const struct scenario_data *data = x->wanted->data;
    const struct scenario_inject *request = x->request;
    const char *label = NULL;
    for (size_t i = 0; i < request->data.count; i++) {
        if (request->data.list[i] == data || request->data.list[i] == NULL) {
            return;
        }
        label = label == NULL ? request->data.list[i]->label : label;
    }
    if (label == NULL) {
        mistake_at(x->reader->r->mistakes, at_key(x, "data"), N_("%s asks for no data; leave data out"),
                   request->id);
    } else {
        mistake_at(x->reader->r->mistakes, at_key(x, "data"), N_("%s does not ask for %s: it asks for %s"),
                   request->id, data->label, label);
    }
}

/* --- by when --- */

/* It is released then or later; 0: nobody knows. */
static uint64_t earliest_ms(const struct scenario *s, const struct scenario_inject *inject)
{
    uint64_t ms = 0;
    for (size_t i = 0; i <= s->injects.count && inject != NULL; i++) { /* a circle has been said */
        ms += inject->after.of == NULL ? 0 : inject->after.plus.ms;
        if (inject->after.of == NULL) {
            return (inject->at == 0 ? s->clock.start_ms : inject->at) + ms;
        }
        inject = inject->after.of;
    }
    return 0;
}

static void check_by(const struct expecting *x)
{
    uint64_t earliest = earliest_ms(x->reader->s, x->wanted->of);
    uint64_t by = x->wanted->by.at_ms; /* before the clock starts: that has been said */
    if (by >= x->reader->s->clock.start_ms && by != 0 && by < earliest) {
        mistake_at(
            x->reader->r->mistakes, at_key(x, "by"),
            N_("by: this is before %s is released; write a later time, or a span after it such as 48h"),
            x->wanted->of->id);
    }
}

static const struct scenario_inject *request_of(const struct scenario_inject *of)
{
    const struct scenario_inject *request = of->kind == SCENARIO_INJECT_REQUEST ? of : of->of;
    return request != NULL && request->kind == SCENARIO_INJECT_REQUEST ? request : NULL;
}

void check_expectations(struct reader *reader, const struct tree *root)
{
    const struct scenario *s = reader->s;
    for (size_t i = 0; i < s->expect.count; i++) {
        const struct scenario_expectation *wanted = &s->expect.list[i];
        const struct scenario_inject *of = wanted->of;
        if (of == NULL || of->id == NULL || wanted->who == NULL || wanted->who->address == NULL ||
            wanted->what == SCENARIO_EVENT_NONE) {
            continue; /* what was misspelt has been said */
        }
        const struct expecting x = {
            .reader = reader, .root = root, .wanted = wanted, .request = request_of(of)};
        check_who(&x);
        if (x.request != NULL && x.request->type != NULL && x.request->forged == SCENARIO_FORGERY_NONE &&
            of == x.request) {
            check_what(&x);
        }
        if (wanted->data != NULL && x.request != NULL) {
            check_data(&x);
        }
        if (!reader->r->varied) { /* what a variant lets come too late is what it is for */
            check_by(&x);
        }
    }
}
