/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/drafts.h"

#include <string.h>

#include "nodes/ip_address.h"

#define HOPS_MAX  16
#define HOLD_DAYS 90

struct maker {
    const struct draft_source *from;
    struct arena *arena;
    Comity__Request *request;
    bool failed; /* the arena ended */
};

/* A message with its defaults; NULL and failed when the arena ends. */
static void *message_new(struct maker *m, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_take(m->arena, type->sizeof_message);
    if (message == NULL) {
        m->failed = true;
        return NULL;
    }
    protobuf_c_message_init(type, message);
    return message;
}

/* protobuf-c has all texts as char *, and changes none of them. */
static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

/* --- what the case says --- */

/* The letter counts: what is void, a breach or on its way says nothing. */
static bool counts(const struct folded_letter *folded, enum letter_kind kind)
{
    return folded->letter->kind == kind &&
           (folded->effect == EFFECT_FOLDED || folded->effect == EFFECT_NOTED);
}

/* The number that the requested authority gave the case; "": none yet. */
static char *reference_of_r(const struct case_fold *fold)
{
    const char *reference = "";
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (counts(folded, LETTER_ACK)) {
            reference = folded->letter->letter->ack->reference;
        }
    }
    return text_of(reference);
}

/* The last of what art. 43 gives; NULL: none, or withheld. */
static const Comity__Disclosed43 *disclosed_43(const struct case_fold *fold)
{
    const Comity__Disclosed43 *found = NULL;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (counts(folded, LETTER_DISCLOSED_43)) {
            const Comity__Disclosed43 *said = folded->letter->letter->disclosed_43;
            found = said->withheld ? found : said;
        }
    }
    return found;
}

static bool was_referred(const struct case_item *item)
{
    return item->state == ITEM_ENDED && (item->result == RESULT_REFERRED || item->result == RESULT_ELSEWHERE);
}

static bool has_ended(const struct case_item *item)
{
    return item->state == ITEM_ENDED;
}

static bool is_any(const struct case_item *item)
{
    (void)item;
    return true;
}

/* --- parts --- */

/* The case that this one comes from. */
static void put_parent(struct maker *m, Comity__Parent__Relation relation)
{
    Comity__Parent *parent = message_new(m, &comity__parent__descriptor);
    if (parent == NULL) {
        return;
    }
    struct bytes id = arena_copy(m->arena, bytes_of(&m->from->case_id, sizeof m->from->case_id));
    char *reference = reference_of_r(m->from->fold);
    m->failed |= id.data == NULL;
    parent->relation = relation;
    parent->case_id = wire_binary(id);
    parent->reference = reference[0] != '\0' ? reference : m->from->fold->request->reference;
    if (relation == COMITY__PARENT__RELATION__HOP || relation == COMITY__PARENT__RELATION__REFERRED) {
        parent->state = arena_format(m->arena, "%.2s", m->from->r.text);
        m->failed |= parent->state == NULL;
    }
    m->request->parent = parent;
}

/* Copies of those items that are wanted, as they were asked for; the number of them. */
static size_t put_items(struct maker *m, bool (*wanted)(const struct case_item *))
{
    const struct case_fold *fold = m->from->fold;
    Comity__Item **items = arena_zero(m->arena, fold->item_count + 1, sizeof(Comity__Item *));
    size_t count = 0, found = 0;
    m->failed |= items == NULL;
    for (size_t i = 0; !m->failed && i < fold->item_count; i++) {
        if (!wanted(&fold->items[i])) {
            continue;
        }
        found++;
        Comity__Item *copy = fold->items[i].asked == NULL ? NULL : message_new(m, &comity__item__descriptor);
        if (copy != NULL) {
            *copy = *fold->items[i].asked;
            items[count++] = copy;
        }
    }
    m->request->items = items;
    m->request->n_items = count;
    return found;
}

/* What the requesting side says of itself and its own proceedings: whoever asks next says who it is. */
static void leave_asker_out(Comity__Request *request)
{
    request->authority = NULL;
    request->confirmation = NULL;
    request->investigating = NULL;
    request->proceedings = text_of("");
}

/* The request of the case without what belongs to its one sending, and of the type: parts of other types are gone. */
static void begin(struct maker *m, Comity__Request__Type type)
{
    const Comity__Request *old = m->from->fold->request;
    m->request = message_new(m, &comity__request__descriptor);
    if (m->failed) {
        return;
    }
    Comity__Request *r = m->request;
    *r = *old;
    r->type = type;
    r->reference = r->oral_reference = r->previous = text_of("");
    r->translation_by = NULL;
    r->parent = NULL;
    r->custodian_told = NULL;
    r->n_also_sent_via = 0;
    if (type != old->type) {
        r->assistance = NULL;
        r->enquiry = NULL;
        r->offer = NULL;
        r->emergency = NULL;
        r->ping = NULL;
        r->tie = NULL;
        r->mla = NULL;
        r->hold_days = 0;
    }
    Comity__Necessity *necessity =
        old->necessity == NULL ? NULL : message_new(m, &comity__necessity__descriptor);
    if (necessity != NULL) {
        *necessity = *old->necessity;
        necessity->answer_wanted_by = NULL;
    }
    r->necessity = necessity;
    if (m->from->own != SIDE_Q) {
        leave_asker_out(r);
    }
}

static void put_hold(struct maker *m)
{
    Comity__Mla *mla = message_new(m, &comity__mla__descriptor);
    if (mla != NULL) {
        mla->intended = 1;
        m->request->mla = mla;
        m->request->hold_days = HOLD_DAYS;
    }
    for (size_t i = 0; i < m->request->n_items; i++) {
        Comity__Item *item = m->request->items[i];
        item->measure = 0;
        item->property = NULL;
        item->n_holds = 0;
    }
}

/* --- the drafts --- */

static enum draft_outcome make_again(struct maker *m, enum draft_kind kind)
{
    static const struct {
        bool (*wanted)(const struct case_item *);
        Comity__Parent__Relation relation; /* 0: none */
    } how[DRAFT_KINDS] = {
        [DRAFT_LIKE] = {is_any, 0},
        [DRAFT_PRESERVE] = {is_any, COMITY__PARENT__RELATION__FOLLOWS},
        [DRAFT_REFERRAL] = {was_referred, COMITY__PARENT__RELATION__REFERRED},
        [DRAFT_REOPEN] = {has_ended, COMITY__PARENT__RELATION__REOPENS},
    };
    const Comity__Request *old = m->from->fold->request;
    if (how[kind].wanted == NULL) {
        return DRAFT_NOTHING;
    }
    begin(m, kind == DRAFT_PRESERVE ? COMITY__REQUEST__TYPE__PRESERVE : old->type);
    if (m->failed) {
        return DRAFT_EXHAUSTED;
    }
    size_t found = put_items(m, how[kind].wanted);
    if (how[kind].relation != 0) {
        put_parent(m, how[kind].relation);
        m->request->previous = kind == DRAFT_REOPEN ? old->reference : m->request->previous;
    }
    if (kind == DRAFT_PRESERVE) {
        put_hold(m);
    }
    return found == 0 ? DRAFT_NOTHING : DRAFT_OK;
}

/* Each item that is held, as stored data to be given, with the hold that keeps them. */
static enum draft_outcome make_mla(struct maker *m)
{
    const struct case_fold *fold = m->from->fold;
    begin(m, COMITY__REQUEST__TYPE__MLA);
    if (m->failed || put_items(m, item_is_held) == 0) {
        return m->failed ? DRAFT_EXHAUSTED : DRAFT_NOTHING;
    }
    size_t at = 0;
    for (size_t i = 0; i < fold->item_count; i++) {
        if (!item_is_held(&fold->items[i]) || fold->items[i].asked == NULL) {
            continue;
        }
        Comity__HoldRef *hold = message_new(m, &comity__hold_ref__descriptor);
        Comity__HoldRef **holds = arena_take(m->arena, sizeof *holds);
        uint32_t *number = arena_take(m->arena, sizeof *number);
        struct bytes id = arena_copy(m->arena, bytes_of(&m->from->case_id, sizeof m->from->case_id));
        if (hold == NULL || holds == NULL || number == NULL || id.data == NULL) {
            return DRAFT_EXHAUSTED;
        }
        *number = fold->items[i].number;
        *holds = hold;
        hold->party = arena_format(m->arena, "%s", m->from->r.text);
        m->failed |= hold->party == NULL;
        hold->case_id = wire_binary(id);
        hold->reference = reference_of_r(fold);
        hold->items = number;
        hold->n_items = 1;
        m->request->items[at]->measure = COMITY__ITEM__MEASURE__ACCESS_STORED_DATA;
        m->request->items[at]->holds = holds;
        m->request->items[at]->n_holds = 1;
        m->request->items[at]->data_dies = NULL; /* they are held */
        at++;
    }
    return DRAFT_OK;
}

/* One hop of the path as an identifier of what shall be held. */
static Comity__Identifier *identifier_of(struct maker *m, const Comity__Hop *hop)
{
    Comity__Identifier *identifier = message_new(m, &comity__identifier__descriptor);
    if (identifier != NULL) {
        bool address = ip_address_is_valid(hop->address);
        identifier->kind =
            address ? COMITY__IDENTIFIER__KIND__IP_ADDRESS : COMITY__IDENTIFIER__KIND__OTHER_KIND;
        identifier->value = hop->address;
        identifier->port = address ? hop->port : 0;
        identifier->at = hop->at;
    }
    return identifier;
}

/* The item that the disclosure is about: the first it names, else the first of the case. */
static const Comity__Item *item_disclosed(const struct case_fold *fold, const Comity__Disclosed43 *said)
{
    uint32_t number = said->n_items == 0 ? 1 : said->items[0];
    return number == 0 || number > fold->item_count ? NULL : fold->items[number - 1].asked;
}

static void put_hop_item(struct maker *m, const Comity__Disclosed43 *said)
{
    const Comity__Item *old = item_disclosed(m->from->fold, said);
    Comity__Item *item = message_new(m, &comity__item__descriptor);
    Comity__Item **items = arena_take(m->arena, sizeof(Comity__Item *));
    Comity__Identifier **list = arena_zero(m->arena, said->n_hops + 1, sizeof(Comity__Identifier *));
    if (item == NULL || items == NULL || list == NULL) {
        m->failed = true;
        return;
    }
    for (size_t i = 0; i < said->n_hops; i++) {
        list[i] = identifier_of(m, said->hops[i]);
    }
    item->category = COMITY__ITEM__CATEGORY__TRAFFIC;
    item->identifiers = list;
    item->n_identifiers = said->n_hops;
    item->custodian = said->provider;
    item->period = old == NULL ? NULL : old->period;
    item->link = old == NULL ? text_of("") : old->link;
    *items = item;
    m->request->items = items;
    m->request->n_items = 1;
}

static enum draft_outcome make_hop(struct maker *m)
{
    const Comity__Disclosed43 *said = disclosed_43(m->from->fold);
    const Comity__Parent *before = m->from->fold->request->parent;
    uint32_t hops = before != NULL && before->relation == COMITY__PARENT__RELATION__HOP ? before->hops : 0;
    if (said == NULL) {
        return DRAFT_NOTHING;
    }
    if (hops >= HOPS_MAX) {
        return DRAFT_TOO_FAR;
    }
    begin(m, COMITY__REQUEST__TYPE__PRESERVE);
    if (m->failed) {
        return DRAFT_EXHAUSTED;
    }
    put_hop_item(m, said);
    put_parent(m, COMITY__PARENT__RELATION__HOP);
    if (!m->failed) {
        put_hold(m);
        m->request->parent->hops = hops + 1;
    }
    return DRAFT_OK;
}

enum draft_outcome draft_make(const struct draft_source *from, enum draft_kind kind, struct arena *arena,
                              Comity__Request **ret)
{
    struct maker m = {.from = from, .arena = arena};
    if (from->fold->request == NULL) {
        return DRAFT_NO_REQUEST;
    }
    enum draft_outcome outcome = kind == DRAFT_MLA   ? make_mla(&m)
                                 : kind == DRAFT_HOP ? make_hop(&m)
                                                     : make_again(&m, kind);
    if (m.failed) {
        return DRAFT_EXHAUSTED;
    }
    if (outcome == DRAFT_OK) {
        *ret = m.request;
    }
    return outcome;
}
