/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/prekeys.h"

#include <sodium.h>

#include "nodes/broker_time.h"
#include "nodes/due.h"
#include "nodes/rosters.h"
#include "nodes/store_noticed.h"

#define LISTS_LOST_MAX 100000 /* between a backup and now: more is no number that was ever reached */
#define HELD_MS_MAX    (15 * MS_PER_DAY) /* so long keys are held back on the word of the broker */
#define HELD_STEP_MS   MS_PER_HOUR       /* counted in the store in such steps */
#define HELD_NOTE      "keys-held-ms"    /* how long, not when */

/* --- own --- */

static void make_keys(struct node *node, struct turn *turn, const struct own_list *list,
                      struct public_key keys[PREKEYS_MAX])
{
    uint8_t secret[32];
    for (size_t i = 0; i < list->keys; i++) {
        bool last = i + 1 == list->keys;
        turn_random(turn, secret, sizeof secret);
        (void)crypto_scalarmult_curve25519_base(keys[i].bytes, secret);
        store_prekey_put(node->store, &keys[i], secret, list->number,
                         last ? 0 : prekey_erase_ms(list->first_ms, i));
    }
    sodium_memzero(secret, sizeof secret);
}

static void make_list(struct node *node, struct turn *turn, uint64_t number)
{
    struct arena *arena = turn_arena(turn);
    struct public_key keys[PREKEYS_MAX];
    struct prekeys read;
    struct own_list list = {
        .number = number,
        .keys = (size_t)node->options.prekey_days,
        .first_ms = turn_wall(turn).ms / MS_PER_DAY * MS_PER_DAY,
    };
    if (!node_rosters_own_key(node, turn, ROLE_SEAL)) {
        return;
    }
    make_keys(node, turn, &list, keys);
    struct bytes bytes = prekeys_sign(node->options.seal_signer, &node->options.network, &node->options.party,
                                      number, turn_wall(turn), list.first_ms, keys, list.keys, arena);
    if (bytes.data == NULL ||
        prekeys_read(&node->verified, bytes, node_roster_now(node), arena, &read) != REASON_NONE) {
        return; /* the turn is exhausted: its host ends this party */
    }
    list.digest = read.digest;
    store_prekey_list_put(node->store, &list, bytes);
    node_event(turn, EVENT_PREKEYS_MADE, "number=%llu keys=%zu", (unsigned long long)number, list.keys);
}

/* How many keys of a list are past their time by now. */
static size_t keys_due(const struct own_list *list, uint64_t now)
{
    size_t due = 0;
    while (due < list->keys && prekey_erase_ms(list->first_ms, due) <= now) {
        due++;
    }
    return due;
}

/*
 * A clock that was ahead for a while has erased keys before their time, or left a list that begins in the future and would
 * be in use until then: another list heals both.
 */
static bool clock_was_ahead(struct node *node, const struct own_list *newest, uint64_t now)
{
    return newest->first_ms > now + MS_PER_DAY ||
           store_prekeys_left(node->store) + keys_due(newest, now) < newest->keys;
}

/*
 * The broker holds a list of ours that we do not: this node was restored, or began anew. A list under the broker's number
 * that it never confirmed may be another one, whose private halves are lost; one list too many does no harm.
 */
static bool is_lost(const struct node *node, const struct own_list *newest)
{
    uint64_t theirs = node->live.broker_prekeys;
    if (theirs > newest->number + LISTS_LOST_MAX) {
        return false; /* not true, and numbers must not be used up on the word of a broker */
    }
    return theirs > newest->number || (theirs == newest->number && theirs != 0 && newest->taken_ms == 0);
}

/* Nothing is held back any more. */
static void held_anew(struct node *node)
{
    node->live.keys_held_at.ms = 0;
    if (store_noticed(node->store, HELD_NOTE) != 0) {
        store_unnotice(node->store, HELD_NOTE);
    }
}

/*
 * Keys are due by our clock and not by the broker's: since too long? Counted is the time that processes ran meanwhile, which no
 * clock that jumps makes longer.
 */
static bool held_too_long(struct node *node, const struct turn *turn)
{
    const mono_ms now = turn_mono(turn);
    mono_ms *at = &node->live.keys_held_at;
    *at = at->ms == 0 ? now : *at;
    uint64_t held = store_noticed(node->store, HELD_NOTE);
    uint64_t more = now.ms - at->ms;
    if (more >= HELD_STEP_MS) {
        store_notice(node->store, HELD_NOTE, held + more);
        *at = now;
    }
    return held + more >= HELD_MS_MAX;
}

/* By both clocks; by ours alone, once it was held back so long: a broker could else keep keys from ever being erased. */
static size_t erase_due(struct node *node, struct turn *turn)
{
    const uint64_t own_ms = turn_wall(turn).ms;
    bool due =
        store_prekeys_due(node->store, own_ms); /* mostly nothing is, and to ask costs less than to write */
    size_t erased = 0;
    if (due) {
        erased = store_prekeys_erase(node->store, broker_time_sure(node, turn).ms);
        due = store_prekeys_due(node->store, own_ms);
    }
    if (!due) {
        held_anew(node);
    } else if (held_too_long(node, turn)) {
        erased += store_prekeys_erase(node->store, own_ms);
        held_anew(node);
    }
    return erased;
}

bool node_prekeys_show_loss(struct node *node)
{
    const struct own_list newest = {.number = node_prekeys_number(node)};
    return node->live.broker_prekeys > newest.number && is_lost(node, &newest);
}

void node_prekeys_renew(struct node *node, struct turn *turn)
{
    struct own_list newest;
    size_t erased = erase_due(node, turn);
    if (erased != 0) {
        node_event(turn, EVENT_PREKEYS_ERASED, "keys=%zu", erased);
    }
    if (node_self(node) == NULL) {
        return;
    }
    newest = (struct own_list){.number = 0};
    bool have = store_prekey_list_newest(node->store, &newest);
    bool lost = is_lost(node, &newest);
    if (!have || lost || prekeys_renewal_due(newest.first_ms, newest.keys, turn_wall(turn)) ||
        clock_was_ahead(node, &newest, turn_wall(turn).ms)) {
        make_list(node, turn, (lost ? node->live.broker_prekeys : newest.number) + 1);
    }
}

void node_prekeys_publish(struct node *node, struct turn *turn)
{
    struct own_list newest;
    struct bytes list;
    if (node->live.stage < LINK_HEADS || !store_prekey_list_newest(node->store, &newest) ||
        newest.number <= node->live.broker_prekeys || newest.number <= node->live.prekeys_said ||
        !store_prekey_list_bytes(node->store, newest.number, turn_arena(turn), &list)) {
        return;
    }
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.list = wire_binary(list);
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &message;
    node_say(node, turn, &frame);
    node->live.prekeys_said = newest.number; /* a refusal is tried again on the next link */
}

void node_prekeys_taken(struct node *node, struct turn *turn, const struct digest *digest)
{
    const uint64_t now = turn_wall(turn).ms;
    const uint64_t last = now + PREKEYS_ERASE_DAYS * MS_PER_DAY;
    if (store_prekey_list_taken(node->store, digest, now, last, last + PREKEYS_MAX * MS_PER_DAY)) {
        node_event(turn, EVENT_PREKEYS_TAKEN, "number=%llu", (unsigned long long)node_prekeys_number(node));
    }
}

/* Keys past their time by our clock are held back once a tick has looked: for the broker's, or step by step. */
static void erasure_due(struct node *node, const struct turn *turn, struct due *due)
{
    const mono_ms held_at = node->live.keys_held_at;
    uint64_t erase_ms = store_prekeys_erase_ms(node->store);
    if (held_at.ms == 0 || erase_ms > turn_wall(turn).ms) {
        due_own(due, erase_ms);
    } else {
        due_sure(due, erase_ms);
        uint64_t held = store_noticed(node->store, HELD_NOTE);
        uint64_t left = held < HELD_MS_MAX ? HELD_MS_MAX - held : 0;
        due_at(due, mono_after(held_at, left < HELD_STEP_MS ? left : HELD_STEP_MS));
    }
}

void node_prekeys_due(struct node *node, const struct turn *turn, struct due *due)
{
    struct own_list newest;
    erasure_due(node, turn, due);
    if (node_self(node) != NULL && store_prekey_list_newest(node->store, &newest)) {
        due_own(due, prekeys_renewal_ms(newest.first_ms, newest.keys));
    }
}

uint64_t node_prekeys_number(struct node *node)
{
    struct own_list newest;
    return store_prekey_list_newest(node->store, &newest) ? newest.number : 0;
}

bool node_prekeys_were_taken(struct node *node)
{
    struct own_list newest;
    return store_prekey_list_newest(node->store, &newest) && newest.taken_ms != 0;
}

static enum slot_key find_slot(void *context, const struct public_key *key, uint8_t ret_secret[32])
{
    struct node *node = context;
    return store_prekey_find(node->store, key, ret_secret);
}

struct slot_keys node_prekeys_slots(struct node *node)
{
    return (struct slot_keys){.find = find_slot, .context = node};
}

/* --- of other parties --- */

static void ask(struct node *node, struct turn *turn, const char *party, const struct peer_list *held)
{
    uint64_t now = turn_wall(turn).ms;
    if (held->asked_ms != 0 && now >= held->asked_ms && now - held->asked_ms < PREKEYS_ASK_MS) {
        return;
    }
    Comity__Prekeys message = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.ask = (char *)(uintptr_t)party;
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &message;
    node_say(node, turn, &frame);
    store_peer_asked(node->store, party, now);
}

/* The broker answered for this party within the given time. */
static bool checked_within(const struct peer_list *held, uint64_t now, uint64_t limit_ms)
{
    return held->checked_ms != 0 && now >= held->checked_ms && now - held->checked_ms < limit_ms;
}

/* False: none is held, or its signer is revoked. */
static bool read_held(struct node *node, struct turn *turn, const struct peer_list *held, struct prekeys *ret)
{
    return held->number != 0 && held->list.data != NULL &&
           prekeys_read(&node->verified, held->list, node_roster_now(node), turn_arena(turn), ret) ==
               REASON_NONE;
}

bool node_prekeys_for(struct node *node, struct turn *turn, const char *party, struct public_key *ret)
{
    struct peer_list held;
    struct prekeys list;
    wall_ms now = turn_wall(turn);
    bool stale = false;
    (void)store_peer_get(node->store, party, turn_arena(turn), &held);
    bool usable = read_held(node, turn, &held, &list) && prekeys_choose(&list, now, ret, &stale);
    if (!usable || !checked_within(&held, now.ms, stale ? PREKEYS_ASK_MS : PREKEYS_CHECK_MS)) {
        ask(node, turn, party, &held);
        store_peer_waits(node->store, party, true);
        return false;
    }
    if (stale) {
        node_event(turn, EVENT_PREKEYS_STALE, "party=%s", party);
    }
    return true;
}

void node_prekeys_doubt(struct node *node, const char *party)
{
    store_peer_checked(node->store, party, 0);
    store_peer_asked(node->store, party, 0);
}

void node_prekeys_forget(struct node *node, const char *party)
{
    store_peer_forget(node->store, party);
}

/*
 * A party that lost its disk while the broker had forgotten its lists, too, numbers them from the beginning. Such a list counts
 * once the one that is held seals no more; one that was issued before it never does, for its keys may have been replaced for a
 * reason, nor one that begins in the future.
 */
static bool is_numbered_anew(struct node *node, struct turn *turn, const struct peer_list *held,
                             const struct prekeys *offered)
{
    const wall_ms now = turn_wall(turn);
    struct prekeys list;
    struct public_key key;
    bool stale;
    return read_held(node, turn, held, &list) && !prekeys_choose(&list, now, &key, &stale) &&
           offered->issued_ms > list.issued_ms && offered->first_ms <= now.ms + MS_PER_DAY &&
           prekeys_choose(offered, now, &key, &stale);
}

static enum prekeys_order order_of(struct node *node, struct turn *turn, const struct peer_list *held,
                                   const struct prekeys *offered)
{
    enum prekeys_order order =
        held->number == 0 ? PREKEYS_NEWER : prekeys_compare(held->number, &held->digest, offered);
    if ((order == PREKEYS_OLDER || order == PREKEYS_CONFLICT) &&
        is_numbered_anew(node, turn, held, offered)) {
        node_event(turn, EVENT_PREKEYS_ANEW, "party=%s held=%llu number=%llu", offered->party.text,
                   (unsigned long long)held->number, (unsigned long long)offered->number);
        return PREKEYS_NEWER;
    }
    return order;
}

static void take_list(struct node *node, struct turn *turn, struct bytes bytes)
{
    struct prekeys offered;
    struct peer_list held;
    struct arena *arena = turn_arena(turn);
    if (node_roster_now(node) == NULL) {
        return;
    }
    enum reason reason = prekeys_read(&node->verified, bytes, node_roster_now(node), arena, &offered);
    if (reason != REASON_NONE) {
        node_event(turn, EVENT_PREKEYS_REFUSED, "reason=%s", reason_name(reason));
        return;
    }
    (void)store_peer_get(node->store, offered.party.text, arena, &held);
    uint64_t now = turn_wall(turn).ms;
    switch (order_of(node, turn, &held, &offered)) {
    case PREKEYS_NEWER:
        held.number = offered.number;
        held.digest = offered.digest;
        held.list = bytes;
        held.checked_ms = now;
        store_peer_put(node->store, offered.party.text, &held);
        break;
    case PREKEYS_SAME:
    case PREKEYS_OLDER:
        store_peer_checked(node->store, offered.party.text, now);
        break;
    case PREKEYS_CONFLICT:
        node_event(turn, EVENT_PREKEYS_REFUSED, "party=%s number=%llu reason=two-lists-with-one-number",
                   offered.party.text, (unsigned long long)offered.number);
        store_peer_checked(node->store, offered.party.text, now);
        break;
    }
    store_peer_waits(node->store, offered.party.text, false);
}

/* Without a list nothing can be sealed: the party waits on. With an older one the answer is as good as that one. */
static void take_absent(struct node *node, struct turn *turn, const char *party)
{
    struct peer_list held;
    if (!store_peer_get(node->store, party, turn_arena(turn), &held) || held.number == 0) {
        return;
    }
    store_peer_checked(node->store, party, turn_wall(turn).ms);
    store_peer_waits(node->store, party, false);
}

bool node_prekeys_frame(struct node *node, struct turn *turn, const Comity__Prekeys *frame)
{
    bool list = frame->list.len != 0;
    bool absent = frame->absent[0] != '\0';
    if (frame->ask[0] != '\0' || list == absent) {
        return false;
    }
    if (list) {
        take_list(node, turn, wire_bytes(frame->list));
    } else {
        take_absent(node, turn, frame->absent);
    }
    return true;
}
