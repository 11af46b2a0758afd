/* SPDX-License-Identifier: Apache-2.0 */
/* The LINK: at who asks, and at who answers. */
#include <string.h>

#include "nodes/moved.h"
#include "nodes/node_says.h"
#include "nodes/store_letters.h"
#include "nodes/tie_private.h"

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
    told->requester = text_new(r->arena, tie->requester == NULL ? "" : tie->requester);
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

bool tie_tell(const struct renewal *r, struct tie *tie, const uint32_t *items, size_t item_count,
              const struct hand_over *along)
{
    if (!node_is_me(r->node, tie->other.text)) {
        bool exercise = r->row == NULL ? tie->exercise : r->row->has_exercise;
        Comity__Letter *letter = link_request(r, tie, items, item_count, along);
        bool said = letter != NULL && node_begins(r->node, r->turn, &tie->other, exercise, letter, r->arena,
                                                  &tie->link) == SAID;
        if (said) {
            store_tie_put(r->node->store, tie);
        } else if (r->row != NULL) {
            tie_again(r, &r->row->id);
        }
        return said;
    }
    enum hold_found found = tie_hold_find(r, tie, &tie->here);
    if (found == HOLD_LATER && r->row != NULL) {
        tie_again(r, &r->row->id);
    }
    if (found != HOLD_HERE) {
        return false;
    }
    tie->alone = true;
    tie->link = alone_id(tie);
    tie->state = ITEM_LINKED;
    tie_hold_tell(r, tie, r->node->options.party.text, items, item_count);
    store_tie_put(r->node->store, tie);
    return true;
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

/* One party has both: it ends when the hold waits no more. */
static void end_alone(const struct renewal *r, struct tie *tie, Comity__MlaEnded__Why why)
{
    enum hold_waits waits = tie_hold_waits(r, tie);
    if (waits == WAITS_LATER) {
        tie_again(r, &tie->here);
    }
    tie->ending = true;
    tie->why = why;
    tie->state = waits == WAITS_HERE || waits == WAITS_LATER ? tie->state : ITEM_ENDED;
    store_tie_put(r->node->store, tie);
}

enum node_said tie_end(const struct renewal *r, struct tie *tie, Comity__MlaEnded__Why why)
{
    struct case_row row;
    if (tie->alone) {
        end_alone(r, tie, why);
        return SAID;
    }
    const struct case_fold *link =
        case_get(r->node, &tie->link, r->arena, &row) ? case_load(r->node, &tie->link, r->arena) : NULL;
    Comity__Letter *letter = arena_take(r->arena, sizeof *letter);
    Comity__Untied *untied = arena_take(r->arena, sizeof *untied);
    if (link == NULL || letter == NULL || untied == NULL || link->item_count == 0 || untied_why(link) != 0 ||
        link->items[0].state == ITEM_ENDED) { /* without an item: its request was lost, and may come back */
        return SAID_NEVER;
    }
    comity__letter__init(letter);
    comity__untied__init(untied);
    letter->body_case = COMITY__LETTER__BODY_UNTIED;
    letter->untied = untied;
    untied->why = why;
    enum node_said said = node_says(r->node, r->turn, &row, link, letter, r->arena);
    if (said == SAID) {
        tie->ending = true;
        tie->why = why;
        store_tie_put(r->node->store, tie);
    }
    return said;
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

/* Is the other one about the same request for assistance, in the same hold? */
static bool same_assistance(const struct tie *tie, const struct tie *other)
{
    return !same_case(&tie->link, &other->link) && !other->asked && other->event == tie->event &&
           same_case(&tie->mla, &other->mla) && strcmp(tie->requester, other->requester) == 0 &&
           strcmp(tie->mla_reference, other->mla_reference) == 0;
}

/* The request for assistance was opened again, and another link says so: what waits, waits by that one. */
static bool is_followed(const struct tie *tie, const struct tie *others, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct tie *other = &others[i];
        if (same_assistance(tie, other) && other->state == ITEM_LINKED && !other->ending &&
            other->at_ms > tie->at_ms) {
            return true;
        }
    }
    return false;
}

/* The link of before is looked at again. */
static void wake_followed(const struct renewal *r, const struct tie *tie, const struct tie *others,
                          size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const struct tie *other = &others[i];
        if (same_assistance(tie, other) && other->state != ITEM_ENDED && other->ending &&
            other->at_ms < tie->at_ms) {
            case_touch(r->node, &other->link, 0);
            r->node->live.more = true;
        }
    }
}

/* It has ended: once the hold waits no more. */
static void close_link(const struct renewal *r, struct tie *tie, bool followed)
{
    enum hold_waits waits = followed ? WAITS_NOT : tie_hold_waits(r, tie);
    tie->stuck = waits == WAITS_ELSEWHERE;
    if (waits == WAITS_NOT) {
        say_closed(r);
    } else if (waits == WAITS_LATER) {
        tie_again(r, &r->row->id);
    }
}

/* A hold, as asked about. */
static void answer_link(const struct renewal *r, const Comity__Tie *told, struct tie *tie, bool said)
{
    bool about_mla = tie->event == COMITY__TIE__EVENT__SENT || tie->event == COMITY__TIE__EVENT__RECEIVED;
    if (tie->state == ITEM_ENDED) {
        return;
    }
    if (tie->event == COMITY__TIE__EVENT__ESCALATED && tie->ending) {
        say_closed(r);
    }
    if (!about_mla) {
        return;
    }
    if (!no_case(&tie->here) && !tie->ending && tie_hold_is(r, tie) == HOLD_NONE) {
        tie->here =
            (struct case_id){.bytes = {0}}; /* a case was named that it cannot be about: it waits on */
        tie->state = ITEM_ASKED;
    }
    if (tie->state == ITEM_ASKED && !tie->ending) {
        enum hold_found found = tie_hold_find(r, tie, &tie->here);
        if (found == HOLD_HERE || (found == HOLD_NONE && !said)) {
            say_tied(r, tie, found == HOLD_HERE);
        } else if (found == HOLD_LATER) {
            tie_again(r, &r->row->id);
        }
    }
    if (!no_case(&tie->here) && !tie->ending) {
        tie_hold_tell(r, tie, r->row->q.text, told->hold == NULL ? NULL : told->hold->items,
                      told->hold == NULL ? 0 : told->hold->n_items);
    }
    struct tie *others = arena_take(r->arena, TIES_OF_CASE_MAX * sizeof *others);
    size_t count =
        others == NULL || no_case(&tie->here)
            ? 0
            : store_ties(r->node->store, TIES_BY_HERE, &tie->here, TIES_OF_CASE_MAX, r->arena, others);
    if (tie->ending) {
        close_link(r, tie, is_followed(tie, others, count));
    } else if (tie->state == ITEM_LINKED) {
        wake_followed(r, tie, others, count);
    }
}

/*
 * The case that it tells of is looked at again when the LINK has changed and not by that case's doing: its other end closed it, it
 * was given back by a recall, or the letter that ended it was refused.
 */
static void wake_case_told_of(const struct renewal *r, const struct tie *tie)
{
    struct tie was;
    bool known = store_ties(r->node->store, TIES_BY_LINK, &tie->link, 1, r->arena, &was) == 1;
    if (!known || was.state != tie->state || was.ending) {
        case_touch(r->node, &tie->hold, 0);
        r->node->live.more = true;
    }
}

void tie_link_follow(const struct renewal *r)
{
    const Comity__Tie *told = r->fold->request == NULL ? NULL : r->fold->request->tie;
    bool said = false;
    if (told == NULL || r->fold->item_count == 0 || !same_state(r->row->q.text, r->row->r.text)) {
        return; /* no tie of this State's */
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
        .requester = told->requester,
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
    if (tie.event == COMITY__TIE__EVENT__ESCALATED && tie.asked && !tie.ending) {
        wake_case_told_of(r, &tie);
    }
    if (tie.event == COMITY__TIE__EVENT__HAND_OVER && tie.state == ITEM_ASKED) {
        tie.stuck = told->opener.len == 0;
    }
    store_tie_put(r->node->store, &tie);
}
