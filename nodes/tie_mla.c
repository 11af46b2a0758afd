/* SPDX-License-Identifier: Apache-2.0 */
/* A request for assistance, at the party that sent it or has it: the holds that it names are told of it, and that it ended. */
#include <string.h>

#include "nodes/tie_private.h"

static bool same_hold(const struct tie *a, const struct tie *b)
{
    return same_case(&a->hold, &b->hold) && strcmp(a->hold_reference, b->hold_reference) == 0;
}

static Comity__MlaEnded__Why why_of(enum item_result result)
{
    return result == RESULT_REFUSED            ? COMITY__MLA_ENDED__WHY__REFUSED
           : result == RESULT_WITHDRAWN        ? COMITY__MLA_ENDED__WHY__WITHDRAWN
           : result == RESULT_NOTHING_OBTAINED ? COMITY__MLA_ENDED__WHY__NOTHING_OBTAINED
           : result == RESULT_COMPLETED        ? COMITY__MLA_ENDED__WHY__COMPLETED
                                               : COMITY__MLA_ENDED__WHY__ABANDONED;
}

static bool names(const Comity__HoldRef *ref, const struct tie *tie)
{
    const struct tie named = {.hold = case_named(ref->case_id), .hold_reference = ref->reference};
    return same_hold(&named, tie);
}

static bool names_hold(Comity__HoldRef *const *list, size_t count, const struct tie *tie)
{
    for (size_t i = 0; i < count; i++) {
        if (names(list[i], tie)) {
            return true;
        }
    }
    return false;
}

/* Have all its measures ended that need the hold? How, then: what was completed counts before all else. */
static bool has_ended(const struct case_fold *mla, const struct tie *tie, Comity__MlaEnded__Why *ret)
{
    const Comity__Assistance *whole = mla->request->assistance;
    bool all = whole != NULL && names_hold(whole->holds, whole->n_holds, tie), any = false;
    for (size_t i = 0; i < mla->item_count; i++) {
        const struct case_item *item = &mla->items[i];
        if (!all && (item->asked == NULL || !names_hold(item->asked->holds, item->asked->n_holds, tie))) {
            continue;
        }
        if (item->state != ITEM_ENDED) {
            return false;
        }
        *ret = any && *ret == COMITY__MLA_ENDED__WHY__COMPLETED ? *ret : why_of(item->result);
        any = true;
    }
    return any;
}

/* Who keeps the hold, as seen from here: this State's party. "": nobody is to be told. */
struct address tie_whom(const struct renewal *r, const struct tie *tie)
{
    const struct address *poc = own_authority(r->node, "42");
    bool said = tie->hold_party.text[0] != '\0';
    if (tie->event == COMITY__TIE__EVENT__RECEIVED && said) {
        bool ours = same_state(r->node->options.party.text, tie->hold_party.text);
        return ours ? tie->hold_party : (struct address){.text = ""};
    }
    return poc == NULL ? (struct address){.text = ""} : *poc;
}

/* A hold that the request for assistance names, in all places together. */
struct named_hold {
    const Comity__HoldRef *ref;
    uint32_t items[CASE_ITEMS_MAX];
    size_t item_count; /* 0: all */
    bool all;
};

static void name_items(struct named_hold *named, const Comity__HoldRef *ref)
{
    named->all = named->all || ref->n_items == 0;
    for (size_t i = 0; i < ref->n_items; i++) {
        bool known = false;
        for (size_t k = 0; k < named->item_count; k++) {
            known |= named->items[k] == ref->items[i];
        }
        if (!known && named->item_count < CASE_ITEMS_MAX) {
            named->items[named->item_count++] = ref->items[i];
        }
    }
}

static size_t name_holds(struct named_hold *list, size_t count, Comity__HoldRef *const *refs,
                         size_t ref_count)
{
    for (size_t i = 0; i < ref_count; i++) {
        const struct tie tie = {.hold = case_named(refs[i]->case_id), .hold_reference = refs[i]->reference};
        size_t at = 0;
        while (at < count && !names(list[at].ref, &tie)) {
            at++;
        }
        if (at < TIES_OF_CASE_MAX) {
            list[at].ref = at == count ? refs[i] : list[at].ref;
            name_items(&list[at], refs[i]);
            count += at == count;
        }
    }
    return count;
}

/* 0: all. */
static size_t count_of(const struct named_hold *named)
{
    return named->all ? 0 : named->item_count;
}

/* The last tie to that hold; count: there is none. */
static size_t newest(const struct tie *known, size_t count, const struct tie *tie)
{
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        at = same_hold(&known[i], tie) && (at == count || known[i].at_ms > known[at].at_ms) ? i : at;
    }
    return at;
}

/* 0: it never was. */
static uint64_t last_reopened_ms(const struct case_fold *mla)
{
    uint64_t last_ms = 0;
    for (size_t i = 0; i < mla->letter_count; i++) {
        bool reopened =
            mla->letters[i].letter->kind == LETTER_REOPENED && mla->letters[i].effect == EFFECT_FOLDED;
        last_ms = reopened ? mla->letters[i].letter->signed_ms : last_ms;
    }
    return last_ms;
}

/* Told once, and again when it was opened again after it had ended. */
static void follow_hold_named(const struct renewal *r, const struct named_hold *named, struct tie *known,
                              size_t *count)
{
    const Comity__HoldRef *ref = named->ref;
    bool of_q = r->row->own_side == SIDE_Q;
    const struct case_letter *first = r->fold->opener;
    Comity__MlaEnded__Why why = COMITY__MLA_ENDED__WHY__ABANDONED;
    struct tie tie = {.asked = true,
                      .event = of_q ? COMITY__TIE__EVENT__SENT : COMITY__TIE__EVENT__RECEIVED,
                      .hold = case_named(ref->case_id),
                      .hold_reference = ref->reference,
                      .mla = r->row->id,
                      .mla_reference = r->fold->request->reference,
                      .requester = arena_format(r->arena, "%.2s", r->row->q.text),
                      .channel = COMITY__CHANNEL__NETWORK,
                      .at_ms = of_q ? first->signed_ms : first->delivered_ms,
                      .state = ITEM_ASKED};
    (void)address_read(bytes_of_text(ref->party), &tie.hold_party);
    size_t at = newest(known, *count, &tie);
    bool ended = has_ended(r->fold, &tie, &why), known_here = at != *count;
    uint64_t reopened_ms = last_reopened_ms(r->fold);
    bool again = known_here && !ended && (known[at].state == ITEM_ENDED || known[at].ending) &&
                 reopened_ms > known[at].at_ms;
    if (!known_here || again) {
        tie.at_ms = again ? reopened_ms : tie.at_ms;
        tie.other = tie_whom(r, &tie);
        if (tie.at_ms == 0 || tie.other.text[0] == '\0' || *count == TIES_OF_CASE_MAX ||
            !tie_tell(r, &tie, named->items, count_of(named), NULL)) {
            return;
        }
        at = (*count)++;
        known[at] = tie;
    }
    if (known[at].state == ITEM_ENDED || known[at].ending) {
        return;
    }
    if (ended) {
        (void)tie_end(r, &known[at], why);
    } else if (known[at].alone) {
        tie_hold_tell(r, &known[at], r->node->options.party.text, named->items, count_of(named));
        store_tie_put(r->node->store, &known[at]);
    }
}

void tie_mla_follow(const struct renewal *r)
{
    const Comity__Request *request = r->fold->request;
    struct tie *known = arena_take(r->arena, TIES_OF_CASE_MAX * sizeof *known);
    struct named_hold *named = arena_zero(r->arena, TIES_OF_CASE_MAX, sizeof *named);
    size_t named_count = 0;
    if (request == NULL || known == NULL || named == NULL || r->fold->letter_count == 0) {
        return;
    }
    for (size_t i = 0; i < r->fold->item_count; i++) {
        const Comity__Item *asked = r->fold->items[i].asked;
        named_count =
            asked == NULL ? named_count : name_holds(named, named_count, asked->holds, asked->n_holds);
    }
    if (request->assistance != NULL) {
        named_count =
            name_holds(named, named_count, request->assistance->holds, request->assistance->n_holds);
    }
    Comity__Tie__Event event =
        r->row->own_side == SIDE_Q ? COMITY__TIE__EVENT__SENT : COMITY__TIE__EVENT__RECEIVED;
    size_t count = store_ties_of(r->node->store, TIES_OF_MLA, &r->row->id, event, true, TIES_OF_CASE_MAX,
                                 r->arena, known);
    for (size_t i = 0; i < named_count; i++) {
        follow_hold_named(r, &named[i], known, &count);
    }
}
