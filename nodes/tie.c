/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/tie.h"

#include <string.h>

#include "nodes/lifecycle.h"
#include "nodes/moved.h"
#include "nodes/node_says.h"
#include "nodes/rosters.h"
#include "nodes/store_letters.h"

#define TIES_OF_CASE_MAX   128 /* a request for assistance names fewer holds */
#define SAME_REFERENCE_MAX 8   /* so many cases with one reference are looked at */

/* One case is renewed. */
struct renewal {
    struct node *node;
    struct turn *turn;
    struct arena *arena;
    const struct case_row *row;
    const struct case_fold *fold;
};

static bool is_zero(const struct case_id *id)
{
    return bytes_all_zero(bytes_of(id->bytes, sizeof id->bytes));
}

static bool same_case(const struct case_id *a, const struct case_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct case_id case_named(ProtobufCBinaryData data)
{
    struct case_id id = {.bytes = {0}};
    if (data.len == sizeof id.bytes) {
        memcpy(id.bytes, data.data, sizeof id.bytes);
    }
    return id;
}

static ProtobufCBinaryData name_case(struct arena *arena, const struct case_id *id)
{
    return is_zero(id) ? wire_binary(bytes_of(NULL, 0))
                       : wire_binary(arena_copy(arena, bytes_of(id->bytes, sizeof id->bytes)));
}

/* --- the parties of one State --- */

/* The active party of that State with that name: "/poc". */
static const struct address *named_so(const struct roster *roster, const char *me, const char *name)
{
    size_t count = 0;
    const struct party *parties = roster_parties(roster, &count);
    for (size_t i = 0; i < count; i++) {
        const char *address = parties[i].address.text;
        if (parties[i].status == PARTY_ACTIVE && same_state(me, address) &&
            strcmp(strchr(address, '/'), name) == 0) {
            return &parties[i].address;
        }
    }
    return NULL;
}

const struct address *own_authority(const struct node *node, const char *article)
{
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const struct address *said = self == NULL ? NULL : terms_authority(party_terms(self), article);
    if (said != NULL && same_state(said->text, node->options.party.text)) {
        return said;
    }
    return roster == NULL ? NULL : named_so(roster, node->options.party.text, "/poc");
}

const struct address *central_authority(const struct node *node)
{
    const char *me = node->options.party.text;
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const struct address *said = self == NULL ? NULL : terms_authority(party_terms(self), "40");
    const struct address *found = said != NULL && same_state(said->text, me) ? said
                                  : roster == NULL                           ? NULL
                                                   : named_so(roster, me, "/central");
    return found == NULL || node_is_me(node, found->text) ? NULL : found;
}

/* --- in the hold --- */

/* Has this side said in the hold that the request for assistance was sent, or came in? */
static bool is_told(const struct case_fold *hold, const struct tie *tie)
{
    for (size_t i = 0; i < hold->letter_count; i++) {
        const Comity__Letter *letter = hold->letters[i].letter->letter;
        enum letter_kind kind = hold->letters[i].letter->kind;
        if (kind == (tie->event == COMITY__TIE__EVENT__SENT ? LETTER_MLA_NOTICE : LETTER_MLA_RECEIVED)) {
            struct letter_link link = letter_link(letter);
            struct case_id mla = case_named(wire_binary(link.mla));
            if (same_case(&mla, &tie->mla) && strcmp(link.reference, tie->mla_reference) == 0) {
                return true;
            }
        }
    }
    return false;
}

static Comity__Letter *hold_letter(const struct renewal *r, const struct tie *tie, const char *from)
{
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__MlaNotice *notice = arena_take(r->arena, sizeof *notice);
    Comity__MlaReceived *received = arena_take(r->arena, sizeof *received);
    if (letter == NULL || notice == NULL || received == NULL) {
        return NULL;
    }
    comity__letter__init(letter);
    comity__mla_notice__init(notice);
    comity__mla_received__init(received);
    if (tie->event == COMITY__TIE__EVENT__SENT) {
        letter->body_case = COMITY__LETTER__BODY_MLA_NOTICE;
        letter->mla_notice = notice;
        notice->sent_at = instant_new(r->arena, tie->at_ms);
        notice->by = text_new(r->arena, from);
        notice->channel = tie->channel;
        notice->reference = text_new(r->arena, tie->mla_reference);
        notice->mla_case = name_case(r->arena, &tie->mla);
    } else {
        letter->body_case = COMITY__LETTER__BODY_MLA_RECEIVED;
        letter->mla_received = received;
        received->received_at = instant_new(r->arena, tie->at_ms);
        received->channel = tie->channel;
        received->reference = text_new(r->arena, tie->mla_reference);
        received->mla_case = name_case(r->arena, &tie->mla);
        received->party = text_new(r->arena, from);
    }
    return arena_exhausted(r->arena) ? NULL : letter;
}

/* The hold of this party that the tie was found to be about; NULL: it is none that such a tie can be about. */
static const struct case_fold *hold_of(const struct renewal *r, const struct tie *tie, struct case_row *ret)
{
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    if (is_zero(&tie->here) || !case_get(r->node, &tie->here, r->arena, ret) || ret->own_side != side) {
        return NULL;
    }
    const struct case_fold *fold = case_load(r->node, &tie->here, r->arena);
    return fold != NULL && fold->machine == MACHINE_HOLD ? fold : NULL;
}

/* Writes the letter that is owed in the hold, once; from: who sent or has the request for assistance. */
static void tell_hold(const struct renewal *r, struct tie *tie, const char *from, const uint32_t *items,
                      size_t item_count)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    Comity__Letter *letter = hold == NULL || is_told(hold, tie) ? NULL : hold_letter(r, tie, from);
    uint32_t *list = NULL;
    tie->stuck = false;
    if (letter == NULL) {
        return;
    }
    size_t count = items_for(hold, letter, items, item_count, turn_wall(r->turn).ms, r->arena, &list);
    if (letter->body_case == COMITY__LETTER__BODY_MLA_NOTICE) {
        letter->mla_notice->n_items = count;
        letter->mla_notice->items = list;
    } else {
        letter->mla_received->n_items = count;
        letter->mla_received->items = list;
    }
    enum node_said said = count == 0 ? SAID_NEVER : node_says(r->node, r->turn, &row, hold, letter, r->arena);
    tie->stuck = said != SAID;
}

/* Does the hold wait for that request for assistance still? */
static bool is_kept_open(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    for (size_t i = 0; hold != NULL && tie->event == COMITY__TIE__EVENT__RECEIVED && i < hold->link_count;
         i++) {
        const struct case_link *link = &hold->links[i];
        if (link->items != 0 && strcmp(link->reference, tie->mla_reference) == 0) {
            return true;
        }
    }
    return false;
}

/* Does it wait on elsewhere: at the party that the case was handed to? That one nobody tells but a person. */
static bool is_kept_elsewhere(const struct renewal *r, const struct tie *tie)
{
    struct case_row row;
    const struct case_fold *hold = hold_of(r, tie, &row);
    bool moved = false;
    for (size_t i = 0; hold != NULL && tie->event == COMITY__TIE__EVENT__RECEIVED && i < hold->item_count;
         i++) {
        moved |= hold->items[i].result == RESULT_MOVED;
    }
    return moved;
}

/* --- the LINK, at who asks --- */

static Comity__Letter *link_request(const struct renewal *r, const struct tie *tie, const uint32_t *items,
                                    size_t item_count, const struct hand_over *along)
{
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__Request *request = arena_take(r->arena, sizeof *request);
    Comity__Tie *told = arena_take(r->arena, sizeof *told);
    Comity__HoldRef *hold = arena_take(r->arena, sizeof *hold);
    if (letter == NULL || request == NULL || told == NULL || hold == NULL) {
        return NULL;
    }
    comity__letter__init(letter);
    comity__request__init(request);
    comity__tie__init(told);
    comity__hold_ref__init(hold);
    letter->body_case = COMITY__LETTER__BODY_REQUEST;
    letter->request = request;
    request->type = COMITY__REQUEST__TYPE__LINK;
    request->reference = text_new(r->arena, tie->mla_reference[0] != '\0'    ? tie->mla_reference
                                            : tie->hold_reference[0] != '\0' ? tie->hold_reference
                                                                             : "tie");
    request->tie = told;
    told->event = tie->event;
    told->hold = hold;
    told->mla_reference = text_new(r->arena, tie->mla_reference);
    told->mla_case = name_case(r->arena, &tie->mla);
    told->channel = tie->channel;
    told->at = instant_new(r->arena, tie->at_ms);
    told->overdue = text_new(r->arena, tie->overdue == NULL ? "" : tie->overdue);
    hold->party = text_new(r->arena, tie->hold_party.text);
    hold->case_id = name_case(r->arena, &tie->hold);
    hold->reference = text_new(r->arena, tie->hold_reference);
    hold->n_items = item_count;
    hold->items = (uint32_t *)(uintptr_t)items;
    if (along != NULL) {
        hand_over_put(along, letter);
    }
    request->necessity = (Comity__Necessity *)(uintptr_t)tie->necessity;
    return arena_exhausted(r->arena) ? NULL : letter;
}

/* One party has both cases: the same id each time. */
static struct case_id alone_id(const struct tie *tie)
{
    const struct bytes parts[] = {bytes_of(tie->mla.bytes, sizeof tie->mla.bytes),
                                  bytes_of_text(tie->mla_reference),
                                  bytes_of(tie->here.bytes, sizeof tie->here.bytes)};
    struct digest hash = labelled_digest("comity/v1/tie", parts, 3);
    struct case_id id;
    memcpy(id.bytes, hash.bytes, sizeof id.bytes);
    return id;
}

/* By its id where that is said, else by its reference, if only one hold has it. */
static bool find_hold(const struct renewal *r, const struct tie *tie, struct case_id *ret)
{
    struct case_id ids[SAME_REFERENCE_MAX];
    enum side side = tie->event == COMITY__TIE__EVENT__SENT ? SIDE_Q : SIDE_R;
    bool named = !is_zero(&tie->hold);
    size_t holds = 0, count = 1;
    if (!named) {
        count = store_cases_by_reference(r->node->store, tie->hold_reference, side, SAME_REFERENCE_MAX, ids);
    }
    for (size_t i = 0; i < count; i++) {
        struct case_row row;
        struct tie found = {.event = tie->event, .here = named ? tie->hold : ids[i]};
        if (hold_of(r, &found, &row) != NULL) {
            *ret = found.here;
            holds++;
        }
    }
    return holds == 1;
}

/* Tells who has the hold. The tie's other is filled; false: not now. */
static bool tell(const struct renewal *r, struct tie *tie, const uint32_t *items, size_t item_count,
                 const struct hand_over *along)
{
    if (!node_is_me(r->node, tie->other.text)) {
        Comity__Letter *letter = link_request(r, tie, items, item_count, along);
        bool said = letter != NULL &&
                    node_begins(r->node, r->turn, &tie->other, letter, r->arena, &tie->link) == SAID;
        if (said) {
            store_tie_put(r->node->store, tie);
        } else if (r->row != NULL) {
            store_chore_put(r->node->store, &r->row->id, turn_wall(r->turn).ms + SAY_AGAIN_MS);
        }
        return said;
    }
    if (!find_hold(r, tie, &tie->here)) {
        return false;
    }
    tie->alone = true;
    tie->link = alone_id(tie);
    tie->state = ITEM_LINKED;
    tell_hold(r, tie, r->node->options.party.text, items, item_count);
    store_tie_put(r->node->store, tie);
    return true;
}

static bool same_hold(const struct tie *a, const struct tie *b)
{
    return same_case(&a->hold, &b->hold) && strcmp(a->hold_reference, b->hold_reference) == 0;
}

/* --- a request for assistance --- */

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

/* How it was said to have ended, on its way or not; NO_WHY: it was not. */
static Comity__MlaEnded__Why untied_why(const struct case_fold *fold)
{
    Comity__MlaEnded__Why why = COMITY__MLA_ENDED__WHY__NO_WHY;
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct case_letter *letter = fold->letters[i].letter;
        why = letter->kind == LETTER_UNTIED ? letter->letter->untied->why : why;
    }
    return why;
}

/* The link is asked to end, or (one party has both) the hold is seen to. */
static void end_tie(const struct renewal *r, struct tie *tie, Comity__MlaEnded__Why why)
{
    struct case_row row;
    if (tie->alone) {
        tie->ending = true;
        tie->why = why;
        tie->state = is_kept_open(r, tie) ? tie->state : ITEM_ENDED;
        store_tie_put(r->node->store, tie);
        return;
    }
    const struct case_fold *link =
        case_get(r->node, &tie->link, r->arena, &row) ? case_load(r->node, &tie->link, r->arena) : NULL;
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__Untied *untied = arena_take(r->arena, sizeof *untied);
    if (link == NULL || letter == NULL || untied == NULL || untied_why(link) != 0 ||
        link->items[0].state == ITEM_ENDED) {
        return;
    }
    comity__letter__init(letter);
    comity__untied__init(untied);
    letter->body_case = COMITY__LETTER__BODY_UNTIED;
    letter->untied = untied;
    untied->why = why;
    if (node_says(r->node, r->turn, &row, link, letter, r->arena) == SAID) {
        tie->ending = true;
        tie->why = why;
        store_tie_put(r->node->store, tie);
    }
}

/* Who keeps the hold, as seen from here: this State's party. "": nobody is to be told. */
static struct address whom_to_tell(const struct renewal *r, const struct tie *tie)
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
                      .channel = COMITY__CHANNEL__NETWORK,
                      .at_ms = of_q ? first->signed_ms : first->delivered_ms,
                      .state = ITEM_ASKED};
    (void)address_read(bytes_of_text(ref->party), &tie.hold_party);
    size_t at = 0;
    while (at < *count && !same_hold(&known[at], &tie)) {
        at++;
    }
    if (at == *count) {
        tie.other = whom_to_tell(r, &tie);
        if (tie.at_ms == 0 || tie.other.text[0] == '\0' || *count == TIES_OF_CASE_MAX ||
            !tell(r, &tie, named->items, named->all ? 0 : named->item_count, NULL)) {
            return;
        }
        known[(*count)++] = tie;
    }
    if (known[at].state != ITEM_ENDED && !known[at].ending && has_ended(r->fold, &known[at], &why)) {
        end_tie(r, &known[at], why);
    }
}

static void follow_mla(const struct renewal *r)
{
    const Comity__Request *request = r->fold->request;
    struct tie *known = arena_zero(r->arena, TIES_OF_CASE_MAX, sizeof *known);
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
    size_t count = store_ties(r->node->store, TIES_BY_MLA, &r->row->id, TIES_OF_CASE_MAX, r->arena, known);
    for (size_t i = 0; i < named_count; i++) {
        follow_hold_named(r, &named[i], known, &count);
    }
}

/* --- the LINK, at who answers --- */

static enum node_said answer(const struct renewal *r, Comity__Letter *letter)
{
    return node_says(r->node, r->turn, r->row, r->fold, letter, r->arena);
}

static void say_tied(const struct renewal *r, const struct tie *tie, bool matched)
{
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__Tied *tied = arena_take(r->arena, sizeof *tied);
    if (letter == NULL || tied == NULL) {
        return;
    }
    comity__letter__init(letter);
    comity__tied__init(tied);
    letter->body_case = COMITY__LETTER__BODY_TIED;
    letter->tied = tied;
    tied->match = matched ? COMITY__TIED__MATCH__MATCHED : COMITY__TIED__MATCH__NOT;
    tied->hold_case = name_case(r->arena, &tie->here);
    tied->mla_reference = text_new(r->arena, tie->mla_reference);
    if (!matched) {
        tied->text = text_new(r->arena, "No hold here has that reference; a person looks for it.");
    }
    (void)answer(r, letter);
}

static void say_closed(const struct renewal *r)
{
    Comity__Letter *letter = released_new(r->arena, COMITY__RELEASED__WHY__CLOSED, turn_wall(r->turn).ms);
    if (letter != NULL) {
        (void)answer(r, letter);
    }
}

/* What was said last of what it is about. *ret_said: anything. */
static struct case_id tied_to(const struct case_fold *fold, bool *ret_said)
{
    struct case_id here = {.bytes = {0}};
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct case_letter *letter = fold->letters[i].letter;
        if (letter->kind == LETTER_TIED && fold->letters[i].effect != EFFECT_BREACH) {
            *ret_said = true;
            here = letter->letter->tied->match == COMITY__TIED__MATCH__MATCHED
                       ? case_named(letter->letter->tied->hold_case)
                       : here;
        }
    }
    return here;
}

/* A hold, as asked about; nothing is told to a party of another State. */
static void answer_link(const struct renewal *r, const Comity__Tie *told, struct tie *tie, bool said)
{
    bool about_mla = tie->event == COMITY__TIE__EVENT__SENT || tie->event == COMITY__TIE__EVENT__RECEIVED;
    if (tie->state == ITEM_ENDED || !same_state(r->row->q.text, r->row->r.text)) {
        return;
    }
    if (tie->event == COMITY__TIE__EVENT__ESCALATED && tie->ending) {
        say_closed(r);
    }
    if (!about_mla) {
        return;
    }
    if (tie->state == ITEM_ASKED && !tie->ending) {
        bool matched = find_hold(r, tie, &tie->here);
        if (matched || !said) {
            say_tied(r, tie, matched);
        }
    }
    if (!is_zero(&tie->here) && !tie->ending) {
        tell_hold(r, tie, r->row->q.text, told->hold == NULL ? NULL : told->hold->items,
                  told->hold == NULL ? 0 : told->hold->n_items);
    }
    if (tie->ending && !is_kept_open(r, tie)) {
        tie->stuck = is_kept_elsewhere(r, tie);
        if (!tie->stuck) {
            say_closed(r);
        }
    }
}

static void follow_link(const struct renewal *r)
{
    const Comity__Tie *told = r->fold->request == NULL ? NULL : r->fold->request->tie;
    bool said = false;
    if (told == NULL || r->fold->item_count == 0) {
        return;
    }
    struct tie tie = {
        .link = r->row->id,
        .asked = r->row->own_side == SIDE_Q,
        .event = told->event,
        .other = r->row->own_side == SIDE_Q ? r->row->r : r->row->q,
        .hold = told->hold == NULL ? (struct case_id){.bytes = {0}} : case_named(told->hold->case_id),
        .hold_reference = told->hold == NULL ? "" : told->hold->reference,
        .mla = case_named(told->mla_case),
        .mla_reference = told->mla_reference,
        .channel = told->channel,
        .at_ms = told->at == NULL || told->at->ms < 0 ? 0 : (uint64_t)told->at->ms,
        .state = r->fold->items[0].state,
        .ending = r->row->own_side == SIDE_Q ? untied_why(r->fold) != 0 : ask_is_open(r->fold, ASK_UNTIE, 1),
        .why = untied_why(r->fold),
        .here = tied_to(r->fold, &said),
        .overdue = told->overdue,
        .item = told->hold == NULL || told->hold->n_items == 0 ? 0 : told->hold->items[0]};
    if (told->hold != NULL) {
        (void)address_read(bytes_of_text(told->hold->party), &tie.hold_party);
    }
    if (!tie.asked) {
        answer_link(r, told, &tie, said);
    } else if (tie.event == COMITY__TIE__EVENT__HAND_OVER) {
        hand_over_declined(r->node, r->fold, r->arena, &tie);
    }
    if (tie.event == COMITY__TIE__EVENT__HAND_OVER && tie.state == ITEM_ASKED) {
        tie.stuck = told->opener.len == 0;
    }
    store_tie_put(r->node->store, &tie);
}

/* --- a hold --- */

/* LINK cases that wait for it are looked at again; a tie without one is looked at here. */
static void follow_hold(const struct renewal *r)
{
    struct tie *ties = arena_zero(r->arena, TIES_OF_CASE_MAX, sizeof *ties);
    size_t count = ties == NULL ? 0
                                : store_ties(r->node->store, TIES_BY_HERE, &r->row->id, TIES_OF_CASE_MAX,
                                             r->arena, ties);
    store_ties_wake(r->node->store, r->row);
    r->node->live.more = r->node->live.more || store_changes(r->node->store) != 0;
    for (size_t i = 0; i < count; i++) {
        struct tie *tie = &ties[i];
        if (!tie->alone || tie->state == ITEM_ENDED) {
            continue;
        }
        if (tie->ending && !is_kept_open(r, tie)) {
            tie->state = ITEM_ENDED;
            store_tie_put(r->node->store, tie);
        } else if (tie->stuck) {
            tell_hold(r, tie, r->node->options.party.text, NULL, 0);
            store_tie_put(r->node->store, tie);
        }
    }
}

void tie_follow(struct node *node, struct turn *turn, const struct case_row *row,
                const struct case_fold *fold, struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena, .row = row, .fold = fold};
    if (fold->machine == MACHINE_LINK) {
        follow_link(&r);
    } else if (fold->machine == MACHINE_MLA) {
        follow_mla(&r);
    } else if (fold->machine == MACHINE_HOLD) {
        follow_hold(&r);
    }
    moved_follow(node, turn, row, fold, arena);
}

/* --- what came outside the network --- */

bool tie_told(struct node *node, struct turn *turn, const struct tie *given, const struct hand_over *along,
              struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    struct tie tie = *given;
    tie.asked = true;
    tie.state = ITEM_ASKED;
    if (tie.other.text[0] == '\0') {
        tie.other = whom_to_tell(&r, &tie);
    }
    return tie.other.text[0] != '\0' && tell(&r, &tie, &tie.item, tie.item != 0, along);
}

void tie_over(struct node *node, struct turn *turn, struct tie *tie, Comity__MlaEnded__Why why,
              struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    end_tie(&r, tie, why);
}

bool tie_ended(struct node *node, struct turn *turn, const char *mla_reference, Comity__MlaEnded__Why why,
               struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    struct tie *ties = arena_zero(arena, TIES_OF_CASE_MAX, sizeof *ties);
    struct case_id after = {.bytes = {0}};
    bool any = false;
    size_t count = TIES_OF_CASE_MAX;
    while (ties != NULL && count == TIES_OF_CASE_MAX) {
        count = store_ties_open(node->store, &after, TIES_OF_CASE_MAX, arena, ties);
        for (size_t i = 0; i < count; i++) {
            after = ties[i].link;
            if (ties[i].asked && is_zero(&ties[i].mla) && strcmp(ties[i].mla_reference, mla_reference) == 0) {
                end_tie(&r, &ties[i], why);
                any = true;
            }
        }
    }
    return any;
}
