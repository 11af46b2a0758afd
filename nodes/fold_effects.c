/* SPDX-License-Identifier: Apache-2.0 */
/* What letters do beyond their row: items that come, dates, links, facts. */
#include <string.h>

#include "nodes/fold_private.h"

/* --- items that come --- */

static enum lane lane_of(enum urgency urgency)
{
    return urgency == URGENCY_EMERGENCY || urgency == URGENCY_URGENT ? LANE_URGENT : LANE_ROUTINE;
}

/* An item asked for; asked NULL: the request itself. */
static void item_open(struct folding *w, const Comity__Item *asked)
{
    uint32_t number = (uint32_t)++w->fold->item_count;
    w->fold->items[number - 1] = (struct case_item){
        .number = number,
        .asked = asked,
        .state = ITEM_ASKED,
        .zone = "",
        .data_dies_ms = asked == NULL ? 0 : (uint64_t)instant_of(asked->data_dies).ms,
    };
}

/* The class that R gave it stands, whatever is written later. */
static void request_show(struct folding *w, const Comity__Request *request)
{
    enum urgency urgency =
        request->necessity == NULL ? URGENCY_NONE : urgency_of(request->necessity->urgency);
    w->fold->request = request;
    w->fold->lane = lane_of(urgency);
    if (!w->classed && urgency != w->fold->urgency) {
        w->fold->urgency = urgency;
        clocks_reclass(w);
    }
}

void items_open(struct folding *w, const Comity__Request *request)
{
    size_t count = machine_items(request);
    request_show(w, request);
    w->fold->machine = machine_of(request);
    for (size_t i = 0; i < count; i++) {
        item_open(w, i < request->n_items ? request->items[i] : NULL);
    }
}

bool items_add(struct folding *w, Comity__Item *const *items, size_t count, uint32_t *ret_first)
{
    if (count > CASE_ITEMS_MAX - w->fold->item_count) {
        return false;
    }
    *ret_first = (uint32_t)w->fold->item_count + 1;
    for (size_t i = 0; i < count; i++) {
        item_open(w, items[i]);
    }
    w->changed = w->changed || count != 0;
    return true;
}

void request_confirm(struct folding *w, const Comity__Request *request)
{
    request_show(w, request);
    for (size_t i = 0; i < request->n_items && i < CASE_ITEMS_MAX; i++) {
        if (i < w->fold->item_count) {
            w->fold->items[i].asked = request->items[i];
        } else {
            item_open(w, request->items[i]);
        }
    }
    w->changed = true;
}

/* --- links --- */

static bool is_linked_to(const struct case_link *link, const struct letter_link *named)
{
    bool same_case = link->known && named->mla.size == sizeof link->mla.bytes &&
                     memcmp(link->mla.bytes, named->mla.data, sizeof link->mla.bytes) == 0;
    bool same_reference = named->reference[0] != '\0' && strcmp(link->reference, named->reference) == 0;
    return same_case || same_reference;
}

static bool names_one(const struct letter_link *named)
{
    return named->reference[0] != '\0' || named->mla.size != 0;
}

static uint64_t bit_of(uint32_t item)
{
    return UINT64_C(1) << (item - 1);
}

const struct case_link *case_link_find(const struct case_fold *fold, const Comity__Letter *letter,
                                       uint32_t item)
{
    struct letter_link named = letter_link(letter);
    for (size_t i = 0; i < fold->link_count; i++) {
        const struct case_link *link = &fold->links[i];
        if ((link->items & bit_of(item)) != 0 && (!names_one(&named) || is_linked_to(link, &named))) {
            return link;
        }
    }
    return NULL;
}

/* Where the link that the letter names is, or would be put: the place of one that has ended is free. NULL: none is left. */
static const struct case_link *link_place(const struct case_fold *fold, const struct letter_link *named)
{
    const struct case_link *ended = NULL;
    for (size_t i = 0; i < fold->link_count; i++) {
        if (is_linked_to(&fold->links[i], named)) {
            return &fold->links[i];
        }
        ended = fold->links[i].items == 0 ? &fold->links[i] : ended;
    }
    return fold->link_count < CASE_LINKS_MAX ? &fold->links[fold->link_count] : ended;
}

bool case_link_has_room(const struct case_fold *fold, const Comity__Letter *letter)
{
    struct letter_link named = letter_link(letter);
    return link_place(fold, &named) != NULL;
}

static void link_add(struct folding *w, struct case_item *item)
{
    struct case_fold *fold = w->fold;
    struct letter_link named = letter_link(w->letter->letter);
    const struct case_link *place = link_place(fold, &named);
    struct case_link *link = &fold->links[place - fold->links];
    if (link == &fold->links[fold->link_count] || !is_linked_to(link, &named)) {
        fold->link_count += link == &fold->links[fold->link_count];
        *link = (struct case_link){.reference = named.reference,
                                   .known = named.mla.size == sizeof link->mla.bytes};
        if (link->known) {
            memcpy(link->mla.bytes, named.mla.data, sizeof link->mla.bytes);
        }
    }
    link->received_ms = (uint64_t)instant_of(w->letter->letter->mla_received->received_at).ms;
    link->late |= item->state == ITEM_HELD && link->received_ms > (uint64_t)item->hold_until.ms;
    link->items |= bit_of(item->number);
    item->links++;
    w->changed = true;
}

void link_restate(struct folding *w, struct case_item *item, const char *reference)
{
    struct case_fold *fold = w->fold;
    const struct letter_link named = {.reference = reference};
    const struct case_link *place = link_place(fold, &named);
    if (place == NULL) {
        return;
    }
    struct case_link *link = &fold->links[place - fold->links];
    if (link == &fold->links[fold->link_count]) {
        *link = (struct case_link){.reference = reference};
        fold->link_count++;
    }
    item->links += (link->items & bit_of(item->number)) == 0;
    link->items |= bit_of(item->number);
}

static void link_end(struct folding *w, struct case_item *item)
{
    const struct case_link *found = case_link_find(w->fold, w->letter->letter, item->number);
    if (found != NULL) {
        w->fold->links[found - w->fold->links].items &= ~bit_of(item->number);
        item->links--;
        w->changed = true;
    }
}

static void links_end(struct folding *w, struct case_item *item)
{
    for (size_t i = 0; i < w->fold->link_count; i++) {
        w->fold->links[i].items &= ~bit_of(item->number);
    }
    item->links = 0;
}

/* --- states and dates --- */

void item_move(struct folding *w, struct case_item *item, enum item_state to, enum item_result result)
{
    if (item->state == ITEM_ENDED) { /* opened again: what was promised and said before is over */
        item->held_from = item->hold_until = (struct instant){.ms = 0};
        item->grace_until_ms = 0;
        item->zone = "";
        memset(&item->facts, 0, sizeof item->facts);
    }
    item->state = to;
    item->result = result;
    item->moved_by = w->fold->letter_count;
    if (to == ITEM_ENDED) {
        links_end(w, item);
    }
    w->changed = true;
}

static void dates_apply(struct folding *w, struct case_item *item)
{
    const Comity__Letter *letter = w->letter->letter;
    const char *zone = "";
    struct instant until = letter_hold_until(letter, &zone);
    if (letter_kind(letter) == LETTER_HELD) {
        uint64_t dies = (uint64_t)instant_of(letter->held->data_dies).ms;
        item->held_from = instant_of(letter->held->held_from);
        item->data_dies_ms =
            dies != 0 && (item->data_dies_ms == 0 || dies < item->data_dies_ms) ? dies : item->data_dies_ms;
    }
    if (until.ms != 0) {
        item->hold_until = until;
        item->grace_until_ms = (uint64_t)until.ms + GRACE_MS;
        item->zone = zone;
    }
}

static enum item_result result_of(const struct cell *cell, const Comity__Letter *letter)
{
    bool by_cause = cell->to == ITEM_ENDED && cell->result == RESULT_NONE;
    return by_cause ? cause_result(cause_of(letter->not_held->cause)) : cell->result;
}

void cell_apply(struct folding *w, struct case_item *item, const struct cell *cell)
{
    switch (cell->rule) {
    case CELL_MOVE:
        item_move(w, item, cell->to, result_of(cell, w->letter->letter));
        if (cell->to != ITEM_ENDED) {
            dates_apply(w, item);
        }
        break;
    case CELL_MOVE_HOLD:
        item_move(w, item, item->links == 0 ? ITEM_HELD : ITEM_HELD_OPEN, RESULT_NONE);
        dates_apply(w, item);
        break;
    case CELL_ADD_LINK:
        link_add(w, item);
        break;
    case CELL_OPEN_LINK:
        link_add(w, item);
        item_move(w, item, ITEM_HELD_OPEN, RESULT_NONE);
        break;
    case CELL_END_LINK:
        link_end(w, item);
        break;
    case CELL_END_LINK_HOLD:
        link_end(w, item);
        if (item->links == 0) {
            item_move(w, item, ITEM_HELD, RESULT_NONE);
            dates_apply(w, item);
        }
        break;
    case CELL_FORBIDDEN:
    case CELL_STAY:
    case CELL_ASK:
    case CELL_NOTE:
    case CELL_VOID:
    case CELL_DUPLICATE:
    case CELL_LATE:
        break;
    }
}

/* --- facts: one function for each letter that leaves some --- */

static void note_warning(struct folding *w, struct case_item *item)
{
    if (w->letter->letter->warning->kind == COMITY__WARNING__KIND__CANNOT_CONTINUE &&
        item->facts.cannot_continue_ms == 0) {
        item->facts.cannot_continue_ms = w->letter->signed_ms;
    }
}

static void note_conditions(struct folding *w, struct case_item *item)
{
    (void)w;
    item->facts.conditions = CONDITIONS_PUT;
}

static void note_reply(struct folding *w, struct case_item *item)
{
    const Comity__Reply *reply = w->letter->letter->reply;
    if (w->row->why == WHY_CONSULT) {
        item->facts.consulted = true;
    }
    if (w->row->why == WHY_CONDITIONS) {
        item->facts.conditions =
            reply->answer == COMITY__REPLY__ANSWER__ACCEPT ? CONDITIONS_ACCEPTED : CONDITIONS_REJECTED;
    }
}

/* 0: the final part was not accepted yet. */
static uint64_t receipt_least_ms(const struct folding *w)
{
    const struct clock_scene scene = {.urgency = w->fold->urgency,
                                      .owed_by = SIDE_Q,
                                      .roster = w->letter->roster,
                                      .start_ms = w->letter->accepted_ms,
                                      .setting = w->setting};
    return w->letter->accepted_ms == 0 ? 0 : clock_deadline(CLOCK_RECEIPT, &scene);
}

/* As with what is asked (ask_by_ms()): time for the receipt, and then a reminder. */
static void note_evidence(struct folding *w, struct case_item *item)
{
    struct item_facts *facts = &item->facts;
    const struct case_letter *letter = w->letter;
    if (w->row->why == WHY_FINAL) {
        uint64_t by_ms = (uint64_t)letter_by(letter->letter).ms, least_ms = receipt_least_ms(w);
        facts->finals +=
            facts->finals == 0 || (facts->receipt_by_ms != 0 && letter->accepted_ms >= facts->receipt_by_ms);
        facts->final_number = letter->letter->evidence->number;
        facts->receipt_by_ms = least_ms != 0 && by_ms > least_ms ? by_ms : least_ms;
        facts->received_well = false;
    }
}

static void note_mla_ended(struct folding *w, struct case_item *item)
{
    item->facts.assisted |= w->letter->letter->mla_ended->why == COMITY__MLA_ENDED__WHY__COMPLETED;
}

/* A receipt that lists no parts is of all that were sent. */
static void note_receipt(struct folding *w, struct case_item *item)
{
    const Comity__EvidenceReceipt *receipt = w->letter->letter->evidence_receipt;
    bool of_final = receipt->n_parts == 0;
    for (size_t i = 0; i < receipt->n_parts; i++) {
        of_final |= receipt->parts[i] == item->facts.final_number;
    }
    if (item->facts.finals != 0 && of_final) {
        item->facts.received_well = w->row->why == WHY_OK;
    }
}

static void note_content(struct folding *w, struct case_item *item)
{
    (void)w;
    item->facts.content = true;
}

/* Searched and not found: the hold is kept for 10 days more, so that the request can be sent again. */
static void note_status(struct folding *w, struct case_item *item)
{
    uint64_t kept_ms = w->letter->signed_ms + 10 * MS_PER_DAY;
    if (w->row->why == WHY_NOTICE && item->state == ITEM_HELD && item->grace_until_ms < kept_ms) {
        item->grace_until_ms = kept_ms;
        w->changed = true;
    }
}

void facts_note(struct folding *w, struct case_item *item)
{
    static void (*const notes[LETTER_KINDS + 1])(struct folding *, struct case_item *) = {
        [LETTER_WARNING] = note_warning, [LETTER_CONDITIONS] = note_conditions,
        [LETTER_REPLY] = note_reply,     [LETTER_EVIDENCE] = note_evidence,
        [LETTER_CONTENT] = note_content, [LETTER_EVIDENCE_RECEIPT] = note_receipt,
        [LETTER_STATUS] = note_status,   [LETTER_MLA_ENDED] = note_mla_ended,
    };
    if (notes[w->row->kind] != NULL) {
        notes[w->row->kind](w, item);
    }
}

void case_facts_note(struct folding *w)
{
    if (w->row->side == SIDE_R) {
        w->fold->said |= UINT64_C(1) << w->row->kind;
    }
    if (w->row->kind == LETTER_ACK) {
        enum urgency class = urgency_of(w->letter->letter->ack->urgency);
        w->classed |= class != URGENCY_NONE;
        if (class != URGENCY_NONE && class != w->fold->urgency) {
            w->fold->urgency = class;
            clocks_reclass(w);
        }
    }
    if (w->row->kind == LETTER_STATUS_ASK) {
        w->fold->status_asked_ms = w->letter->signed_ms;
    }
    if (w->row->kind == LETTER_OUTCOME) {
        w->fold->outcome_told = true;
    }
}
