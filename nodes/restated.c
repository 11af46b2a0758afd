/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/restated.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* --- the words --- */

bool restated_state(enum machine machine, const char *word, enum item_state *ret)
{
    size_t count = 0;
    const enum item_state *states = machine_states(machine, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(item_state_name(states[i]), word) == 0) {
            *ret = states[i];
            return true;
        }
    }
    return false;
}

/* Who writes the letter of that machine that opens one of these asks, or starts one of these clocks; but for TAKEN_OVER itself. */
static enum side side_that(enum machine machine, unsigned opens, unsigned starts)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].machine == machine && rows[i].kind != LETTER_TAKEN_OVER &&
            ((rows[i].opens & opens) != 0 || (rows[i].starts & starts) != 0)) {
            return rows[i].side;
        }
    }
    return SIDE_NONE;
}

static enum side owed_by(enum side rule, enum side author)
{
    return rule != SIDE_NONE ? rule : author == SIDE_Q ? SIDE_R : SIDE_Q;
}

enum ask_kind restated_ask(enum machine machine, const char *word)
{
    for (unsigned kind = ASK_NONE + 1; kind < ASK_KINDS; kind++) {
        if (strcmp(ask_name((enum ask_kind)kind), word) == 0 &&
            side_that(machine, ASK_BIT(kind), 0) != SIDE_NONE) {
            return (enum ask_kind)kind;
        }
    }
    return ASK_NONE;
}

enum side restated_ask_owed_by(enum machine machine, enum ask_kind kind)
{
    return kind == ASK_NONE ? SIDE_NONE
                            : owed_by(ask_rule(kind)->owed_by, side_that(machine, ASK_BIT(kind), 0));
}

unsigned restated_ask_clocks(enum machine machine, enum ask_kind kind)
{
    unsigned clocks = 0;
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < count; i++) {
        bool goes =
            (rules[i].goes_with & ASK_BIT(kind)) != 0 && side_that(machine, 0, CLOCK_BIT(i)) != SIDE_NONE;
        clocks |= goes ? CLOCK_BIT(i) : 0;
    }
    return clocks;
}

bool restated_clock(enum machine machine, const char *word, enum clock_name *ret)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(rules[i].name, word) == 0 && side_that(machine, 0, CLOCK_BIT(i)) != SIDE_NONE) {
            *ret = (enum clock_name)i;
            return true;
        }
    }
    return false;
}

enum side restated_clock_owed_by(enum machine machine, enum clock_name clock)
{
    size_t count = 0;
    return owed_by(clock_rules(&count)[clock].owed_by, side_that(machine, 0, CLOCK_BIT(clock)));
}

/* --- from the case --- */

struct maker {
    const struct case_fold *before;
    struct targets moved;
    struct arena *arena;
};

static void *message_new(const struct maker *m, const ProtobufCMessageDescriptor *type)
{
    ProtobufCMessage *message = arena_take(m->arena, type->sizeof_message);
    if (message != NULL) {
        protobuf_c_message_init(type, message);
    }
    return message;
}

/* NULL for none, and when the arena ends. */
static Comity__Instant *instant(const struct maker *m, struct instant at)
{
    Comity__Instant *message = at.ms <= 0 ? NULL : message_new(m, &comity__instant__descriptor);
    if (message != NULL) {
        message->ms = at.ms;
        message->offset_min = at.offset_min;
    }
    return message;
}

static Comity__Instant *instant_ms(const struct maker *m, uint64_t ms)
{
    return instant(m, (struct instant){.ms = (int64_t)ms});
}

/* protobuf-c has all texts as char *, and changes none of them. */
static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static bool goes_along(const struct maker *m, const struct case_item *item)
{
    return item->state != ITEM_ENDED && (m->moved.all || m->moved.named[item->number]);
}

static void put_links(const struct maker *m, const struct case_item *item, Comity__Restated *restated)
{
    restated->links = arena_zero(m->arena, m->before->link_count + 1, sizeof(char *));
    for (size_t i = 0; restated->links != NULL && i < m->before->link_count; i++) {
        const struct case_link *link = &m->before->links[i];
        if ((link->items >> (item->number - 1) & 1U) != 0) {
            restated->links[restated->n_links++] = text_of(link->reference);
        }
    }
}

static Comity__Restated *restate_item(const struct maker *m, const struct case_item *item)
{
    Comity__Restated *restated = message_new(m, &comity__restated__descriptor);
    bool along = goes_along(m, item), ended = item->state == ITEM_ENDED;
    if (restated == NULL) {
        return NULL;
    }
    restated->item = item->number;
    restated->state = text_of(item_state_name(along ? item->state : ITEM_ENDED));
    restated->result = text_of(along ? "" : item_result_name(ended ? item->result : RESULT_MOVED));
    if (along) {
        restated->held_from = instant(m, item->held_from);
        restated->hold_until = instant(m, item->hold_until);
        restated->zone = text_of(item->zone);
        restated->grace_until = instant_ms(m, item->grace_until_ms);
        restated->data_dies = instant_ms(m, item->data_dies_ms);
        put_links(m, item, restated);
    }
    return restated;
}

/* Is it of an item that goes along, or of the case? */
static bool is_carried(const struct maker *m, uint32_t item)
{
    return item == 0 || goes_along(m, &m->before->items[item - 1]);
}

static bool same_instant(const Comity__Instant *a, const Comity__Instant *b)
{
    return (a == NULL) == (b == NULL) && (a == NULL || a->ms == b->ms);
}

static bool same_ask(const Comity__OpenAsk *a, const Comity__OpenAsk *b)
{
    return strcmp(a->ask, b->ask) == 0 && same_instant(a->since, b->since) && same_instant(a->by, b->by) &&
           a->times == b->times && a->blocking == b->blocking && a->late == b->late &&
           a->default_stop == b->default_stop;
}

static bool same_due(const Comity__OpenDue *a, const Comity__OpenDue *b)
{
    return strcmp(a->clock, b->clock) == 0 && same_instant(a->when, b->when) &&
           same_instant(a->since, b->since) && same_instant(a->paused_from, b->paused_from);
}

/* Room for the numbers of all items. */
static uint32_t *numbers_new(const struct maker *m)
{
    return arena_zero(m->arena, m->before->item_count + 1, sizeof(uint32_t));
}

static void put_asks(const struct maker *m, struct restated *ret)
{
    for (size_t i = 0; ret->asks != NULL && i < m->before->ask_count; i++) {
        const struct case_ask *ask = &m->before->asks[i];
        Comity__OpenAsk *open = message_new(m, &comity__open_ask__descriptor);
        if (open == NULL || !is_carried(m, ask->item)) {
            continue;
        }
        open->ask = text_of(ask_name(ask->kind));
        open->since = instant_ms(m, ask->since_ms);
        open->by = instant_ms(m, ask->by_ms);
        open->times = ask->times;
        open->blocking = ask->blocking;
        open->late = ask->late;
        open->default_stop = ask->default_stop;
        size_t at = 0;
        while (at < ret->ask_count && !(ask->item != 0 && same_ask(ret->asks[at], open))) {
            at++;
        }
        if (at == ret->ask_count) {
            open->items = numbers_new(m);
            ret->asks[ret->ask_count++] = open;
        }
        if (ask->item != 0 && ret->asks[at]->items != NULL) {
            ret->asks[at]->items[ret->asks[at]->n_items++] = ask->item;
        }
    }
}

/* What MOVED itself stops is not owed any more: an officer has looked at it. */
static void put_dues(const struct maker *m, unsigned stopped, struct restated *ret)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; ret->dues != NULL && i < m->before->due_count; i++) {
        const struct case_due *due = &m->before->dues[i];
        Comity__OpenDue *open = message_new(m, &comity__open_due__descriptor);
        if (open == NULL || !is_carried(m, due->item) || (stopped & CLOCK_BIT(due->clock)) != 0) {
            continue;
        }
        open->clock = text_of(rules[due->clock].name);
        open->when = instant_ms(m, due->when_ms);
        open->since = instant_ms(m, due->start_ms);
        open->paused_from = instant_ms(m, due->paused ? due->paused_from_ms : 0);
        size_t at = 0;
        while (at < ret->due_count && !(due->item != 0 && same_due(ret->dues[at], open))) {
            at++;
        }
        if (at == ret->due_count) {
            open->items = numbers_new(m);
            ret->dues[ret->due_count++] = open;
        }
        if (due->item != 0 && ret->dues[at]->items != NULL) {
            ret->dues[at]->items[ret->dues[at]->n_items++] = due->item;
        }
    }
}

/* The one that began the case, or that confirmed a call. NULL: none. */
static const struct case_letter *letter_of_request(const struct case_fold *fold)
{
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct case_letter *letter = fold->letters[i].letter;
        if (letter_request(letter->letter) == fold->request && fold->request != NULL) {
            return letter;
        }
    }
    return NULL;
}

static void put_more(const struct maker *m, struct restated *ret)
{
    const struct case_fold *before = m->before;
    size_t listed = before->request == NULL ? 0 : before->request->n_items;
    ret->more = arena_zero(m->arena, before->item_count + 1, sizeof(Comity__Item *));
    for (size_t i = listed; ret->more != NULL && i < before->item_count; i++) {
        if (before->items[i].asked != NULL) {
            ret->more[ret->more_count++] = (Comity__Item *)(uintptr_t)before->items[i].asked;
        }
    }
}

bool restated_of(const struct case_fold *before, const Comity__Letter *moved, struct arena *arena,
                 struct restated *ret)
{
    struct maker m = {.before = before, .arena = arena};
    const struct lifecycle_row *row = lifecycle_row_of(before->machine, moved);
    letter_targets(moved, before->item_count, &m.moved);
    *ret = (struct restated){
        .items = arena_zero(arena, before->item_count + 1, sizeof(Comity__Restated *)),
        .asks = arena_zero(arena, before->ask_count + 1, sizeof(Comity__OpenAsk *)),
        .dues = arena_zero(arena, before->due_count + 1, sizeof(Comity__OpenDue *)),
    };
    for (size_t i = 0; ret->items != NULL && i < before->item_count; i++) {
        ret->items[ret->item_count++] = restate_item(&m, &before->items[i]);
    }
    ret->letter = letter_of_request(before);
    put_more(&m, ret);
    put_asks(&m, ret);
    put_dues(&m, row == NULL ? 0 : row->stops, ret);
    return !arena_exhausted(arena);
}

/* --- held against what stood --- */

struct comparison {
    const Comity__TakenOver *taken;
    enum machine machine;
    struct faults *faults;
};

/* How much a state of a hold promises; assistance has no such order. */
static int rank(enum item_state state)
{
    return state == ITEM_ASKED ? 1 : state == ITEM_ORDERED ? 2 : state == ITEM_HELD ? 3 : 4;
}

static bool is_less(enum machine machine, const char *before, const char *now)
{
    enum item_state was = ITEM_ASKED, is = ITEM_ASKED;
    if (strcmp(before, now) == 0) {
        return false;
    }
    return !restated_state(machine, before, &was) || !restated_state(machine, now, &is) ||
           was == ITEM_ENDED || is == ITEM_ENDED || machine != MACHINE_HOLD || rank(is) < rank(was);
}

static bool has_link(const Comity__Restated *restated, const char *reference)
{
    for (size_t i = 0; i < restated->n_links; i++) {
        if (strcmp(restated->links[i], reference) == 0) {
            return true;
        }
    }
    return false;
}

/* Earlier than before, or none where there was one. */
static bool is_earlier(const Comity__Instant *now, const Comity__Instant *before)
{
    return before != NULL && (now == NULL || now->ms < before->ms);
}

static void check_item(const struct comparison *c, const Comity__Restated *before, size_t index)
{
    const Comity__Restated *now = c->taken->restated[index];
    bool open = strcmp(now->state, item_state_name(ITEM_HELD_OPEN)) == 0;
    char path[64], until[INSTANT_TEXT_MAX];
    if (is_less(c->machine, before->state, now->state)) {
        (void)snprintf(path, sizeof path, "restated[%zu].state", index);
        faults_add(c->faults, path, "LESS", "item %" PRIu32 " was %s for this case, and is said to be %.32s",
                   before->item, before->state, now->state);
        return;
    }
    if (!open && is_earlier(now->hold_until, before->hold_until)) {
        (void)snprintf(path, sizeof path, "restated[%zu].holdUntil", index);
        faults_add(c->faults, path, "EARLIER",
                   "item %" PRIu32 " was held until %s, and a promise is not shortened", before->item,
                   instant_write(until, instant_of(before->hold_until)));
    }
    for (size_t i = 0; i < before->n_links; i++) {
        if (!has_link(now, before->links[i])) {
            (void)snprintf(path, sizeof path, "restated[%zu].links", index);
            faults_add(c->faults, path, "LEFT_OUT",
                       "item %" PRIu32 " was held open for %.64s, and is not said to be", before->item,
                       before->links[i]);
        }
    }
}

static void check_items(const struct comparison *c, const struct restated *stood)
{
    for (size_t i = 0; i < stood->item_count; i++) {
        const Comity__Restated *before = stood->items[i];
        size_t at = 0;
        while (at < c->taken->n_restated && c->taken->restated[at]->item != before->item) {
            at++;
        }
        if (at < c->taken->n_restated) {
            check_item(c, before, at);
        } else {
            faults_add(c->faults, "restated", "LEFT_OUT", "item %" PRIu32 " is not restated", before->item);
        }
    }
}

static bool names(const uint32_t *items, size_t count, uint32_t item)
{
    for (size_t i = 0; i < count; i++) {
        if (items[i] == item) {
            return true;
        }
    }
    return false;
}

/* Is that answer said to be owed still? item 0: of the case. */
static bool has_ask(const Comity__TakenOver *taken, const char *ask, uint32_t item)
{
    for (size_t i = 0; i < taken->n_asks; i++) {
        const Comity__OpenAsk *now = taken->asks[i];
        if (strcmp(now->ask, ask) == 0 && (item == 0 || names(now->items, now->n_items, item))) {
            return true;
        }
    }
    return false;
}

/* And by then? */
static bool has_due(const Comity__TakenOver *taken, const Comity__OpenDue *before, uint32_t item)
{
    for (size_t i = 0; i < taken->n_dues; i++) {
        const Comity__OpenDue *now = taken->dues[i];
        if (strcmp(now->clock, before->clock) == 0 && (item == 0 || names(now->items, now->n_items, item)) &&
            now->when != NULL && before->when != NULL && now->when->ms <= before->when->ms) {
            return true;
        }
    }
    return false;
}

/* Only what the requested side owes: what it asked for, it may leave. */
static void check_asks(const struct comparison *c, const struct restated *stood)
{
    for (size_t i = 0; i < stood->ask_count; i++) {
        const Comity__OpenAsk *before = stood->asks[i];
        enum ask_kind kind = restated_ask(c->machine, before->ask);
        size_t count = before->n_items == 0 ? 1 : before->n_items;
        for (size_t k = 0; k < count && restated_ask_owed_by(c->machine, kind) == SIDE_R; k++) {
            uint32_t item = before->n_items == 0 ? 0 : before->items[k];
            if (!has_ask(c->taken, before->ask, item)) {
                faults_add(c->faults, "asks", "LEFT_OUT", "%s is owed still", ask_text(kind));
                break;
            }
        }
    }
}

/* The dates of a hold stand in its items. */
static void check_dues(const struct comparison *c, const struct restated *stood)
{
    size_t count = 0;
    const struct clock_rule *rules = clock_rules(&count);
    for (size_t i = 0; i < stood->due_count; i++) {
        const Comity__OpenDue *before = stood->dues[i];
        enum clock_name clock;
        size_t items = before->n_items == 0 ? 1 : before->n_items;
        if (!restated_clock(c->machine, before->clock, &clock) || clock == CLOCK_HOLD ||
            restated_clock_owed_by(c->machine, clock) != SIDE_R) {
            continue;
        }
        for (size_t k = 0; k < items; k++) {
            if (!has_due(c->taken, before, before->n_items == 0 ? 0 : before->items[k])) {
                faults_add(c->faults, "dues", "LATER", "%s was owed by then, and is said to be owed later",
                           rules[clock].waits_for);
                break;
            }
        }
    }
}

void taken_over_check(const Comity__TakenOver *taken, const struct restated *stood, enum machine machine,
                      const char *r, struct faults *faults)
{
    const struct comparison c = {.taken = taken, .machine = machine, .faults = faults};
    if (strcmp(taken->from_party, r) != 0) {
        faults_add(faults, "fromParty", "OTHER_PARTY", "%s had the case before", r);
    }
    if (stood->letter == NULL ||
        !bytes_equal(wire_bytes(taken->request_letter), digest_bytes(&stood->letter->id.digest))) {
        faults_add(faults, "requestLetter", "OTHER_LETTER",
                   "that is not the letter that the case before was asked for with");
    }
    check_items(&c, stood);
    check_asks(&c, stood);
    check_dues(&c, stood);
}
