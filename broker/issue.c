/* SPDX-License-Identifier: Apache-2.0 */
/* The broker's own receipts: gathered during the turn, signed once at its end, stored, and then said. */
#include "base/ensure.h"
#include "broker/broker_private.h"

bool issue_room(const struct broker *broker)
{
    const struct turn_lists *lists = broker->lists;
    return lists->item_count < TURN_RECEIPTS_MAX && lists->issue_count < TURN_RECEIPTS_MAX &&
           lists->rejection_count < TURN_RECEIPTS_MAX;
}

static size_t new_issue(struct broker *broker, enum receipt_kind kind, const struct chain_place *place,
                        const struct chain *chain)
{
    struct turn_lists *lists = broker->lists;
    ensure(issue_room(broker));
    lists->issues[lists->issue_count] = (struct issue){.kind = kind,
                                                       .place = *place,
                                                       .from = chain->from,
                                                       .to = chain->to,
                                                       .number = broker->next_receipt++};
    return lists->issue_count++;
}

static int64_t add_item(struct broker *broker, size_t issue, const struct receipt_item *item)
{
    struct turn_lists *lists = broker->lists;
    ensure(lists->item_count < TURN_RECEIPTS_MAX);
    lists->items[lists->item_count++] = (struct issue_item){.issue = issue, .item = *item};
    lists->issues[issue].count++;
    return lists->issues[issue].number;
}

int64_t issue_item(struct broker *broker, enum receipt_kind kind, const struct chain_place *place,
                   const struct chain *chain, const struct receipt_item *item)
{
    const struct turn_lists *lists = broker->lists;
    size_t i = 0;
    while (i < lists->issue_count &&
           (lists->issues[i].kind != kind || lists->issues[i].place.pair != place->pair)) {
        i++;
    }
    if (i == lists->issue_count) {
        i = new_issue(broker, kind, place, chain);
    }
    return add_item(broker, i, item);
}

int64_t issue_rejection(struct broker *broker, const struct chain_place *place, const struct chain *chain,
                        const struct receipt_item *item, const struct link *link, uint64_t tag)
{
    struct turn_lists *lists = broker->lists;
    size_t issue = new_issue(broker, RECEIPT_REJECTED, place, chain);
    lists->rejections[lists->rejection_count++] =
        (struct rejection){.issue = issue, .link = link->id, .tag = tag};
    return add_item(broker, issue, item);
}

bool issue_answer_again(struct broker *broker, int64_t number, const struct link *link, uint64_t tag)
{
    struct turn_lists *lists = broker->lists;
    for (size_t i = 0; i < lists->issue_count; i++) {
        if (lists->issues[i].number != number) {
            continue;
        }
        if (lists->issues[i].kind == RECEIPT_REJECTED) {
            lists->rejections[lists->rejection_count++] =
                (struct rejection){.issue = i, .link = link->id, .tag = tag};
        }
        return true;
    }
    return false;
}

/* --- the end of the turn --- */

/* Items sorted by receipt, in order of arrival: starts[i] is where those of issue i begin. NULL: no memory. */
static struct receipt_item *gather(const struct turn_lists *lists, struct arena *arena, size_t *starts)
{
    struct receipt_item *sorted = arena_take(arena, lists->item_count * sizeof *sorted);
    size_t *next = arena_take(arena, lists->issue_count * sizeof *next);
    if (sorted == NULL || next == NULL) {
        return NULL;
    }
    size_t total = 0;
    for (size_t i = 0; i < lists->issue_count; i++) {
        starts[i] = next[i] = total;
        total += lists->issues[i].count;
    }
    ensure(total == lists->item_count);
    for (size_t i = 0; i < lists->item_count; i++) {
        sorted[next[lists->items[i].issue]++] = lists->items[i].item;
    }
    return sorted;
}

struct signing {
    struct bytes *receipts, *proofs, *signed_bytes;
    struct digest *digests;
    size_t *starts;
};

static bool take_arrays(struct arena *arena, size_t count, struct signing *ret)
{
    ret->receipts = arena_take(arena, count * sizeof *ret->receipts);
    ret->proofs = arena_take(arena, count * sizeof *ret->proofs);
    ret->signed_bytes = arena_take(arena, count * sizeof *ret->signed_bytes);
    ret->digests = arena_take(arena, count * sizeof *ret->digests);
    ret->starts = arena_take(arena, count * sizeof *ret->starts);
    return !arena_exhausted(arena);
}

static bool sign_all(struct broker *broker, const struct turn *turn, struct signing *signing)
{
    const struct turn_lists *lists = broker->lists;
    struct arena *arena = broker->scratch;
    if (!take_arrays(arena, lists->issue_count, signing)) {
        return false;
    }
    const struct receipt_item *items = gather(lists, arena, signing->starts);
    if (items == NULL) {
        return false;
    }
    for (size_t i = 0; i < lists->issue_count; i++) {
        const struct issue *issue = &lists->issues[i];
        signing->receipts[i] = receipt_encode(
            issue->kind, &broker->options.network, &issue->from, &issue->to,
            &broker->options.receipt_signer->key, roster_version(broker->roster), turn_wall(turn),
            &items[signing->starts[i]], issue->count, arena, &signing->digests[i]);
        if (signing->receipts[i].data == NULL) {
            return false;
        }
    }
    if (!sign_turn(broker->options.receipt_signer, signing->digests, lists->issue_count, arena,
                   signing->proofs)) {
        return false;
    }
    for (size_t i = 0; i < lists->issue_count; i++) {
        signing->signed_bytes[i] = signed_receipt_encode(arena, signing->receipts[i], signing->proofs[i]);
    }
    return !arena_exhausted(arena);
}

static void store_all(struct broker *broker, const struct turn *turn, const struct signing *signing)
{
    for (size_t i = 0; i < broker->lists->issue_count; i++) {
        const struct issue *issue = &broker->lists->issues[i];
        const struct receipt_row row = {.number = issue->number,
                                        .kind = issue->kind,
                                        .pair = issue->place.pair,
                                        .taken_ms = turn_wall(turn).ms,
                                        .digest = signing->digests[i],
                                        .signed_bytes = signing->signed_bytes[i]};
        receipt_add(broker->store, &row);
    }
}

static void say_accepted(struct broker *broker, struct turn *turn, const struct signing *signing)
{
    for (size_t i = 0; i < broker->lists->issue_count; i++) {
        const struct issue *issue = &broker->lists->issues[i];
        const struct link *link = link_of_party(broker, issue->place.sender);
        if (issue->kind != RECEIPT_ACCEPTED || link == NULL) {
            continue;
        }
        Comity__Accepted accepted = COMITY__ACCEPTED__INIT;
        Comity__Frame frame = COMITY__FRAME__INIT;
        accepted.receipt = wire_binary(signing->signed_bytes[i]);
        frame.body_case = COMITY__FRAME__BODY_ACCEPTED;
        frame.accepted = &accepted;
        (void)say_frame(broker, turn, link, &frame);
    }
}

static void say_rejections(struct broker *broker, struct turn *turn, const struct signing *signing)
{
    const struct turn_lists *lists = broker->lists;
    for (size_t i = 0; i < lists->rejection_count; i++) {
        const struct rejection *rejection = &lists->rejections[i];
        const struct link *link = link_find(broker, rejection->link);
        size_t item = 0;
        while (item < lists->item_count && lists->items[item].issue != rejection->issue) {
            item++;
        }
        if (link == NULL || item == lists->item_count) {
            continue;
        }
        Comity__Rejected rejected = COMITY__REJECTED__INIT;
        rejected.tag = rejection->tag;
        rejected.id = wire_binary(digest_bytes(&lists->items[item].item.id.digest));
        rejected.reason = lists->items[item].item.reason;
        rejected.receipt = wire_binary(signing->signed_bytes[rejection->issue]);
        say_rejected(broker, turn, link, &rejected);
    }
}

bool issue_all(struct broker *broker, struct turn *turn)
{
    struct turn_lists *lists = broker->lists;
    if (lists->issue_count > 0) {
        struct signing signing;
        if (!sign_all(broker, turn, &signing)) {
            return false;
        }
        store_begin(broker->store);
        store_all(broker, turn, &signing);
        say_accepted(broker, turn, &signing);
        say_rejections(broker, turn, &signing);
    }
    lists->issue_count = 0;
    lists->item_count = 0;
    lists->rejection_count = 0;
    return true;
}
