/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "broker/broker_private.h"

#define WIRE_VERSION   1
#define HEADS_OF_FRAME PEER_HEADS_MAX

struct link *link_find(const struct broker *broker, link_id id)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        if (link->id.number == id.number && !link->leaving) {
            return link;
        }
    }
    return NULL;
}

struct link *link_of_party(const struct broker *broker, int64_t party_row)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        if (link->party_row == party_row && link->greeted && !link->leaving) {
            return link;
        }
    }
    return NULL;
}

void links_sweep(struct broker *broker)
{
    size_t kept = 0;
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        if (!link->leaving) {
            broker->links[kept++] = link;
            continue;
        }
        if (broker->assembly.from.number == link->id.number) {
            assembly_drop(broker);
        }
        free(link);
    }
    broker->link_count = kept;
}

void links_free(struct broker *broker)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        free(broker->links[i]);
    }
    free(broker->links);
    free(broker->stirred);
}

static void say_bye(struct broker *broker, struct turn *turn, const struct link *link, enum reason reason,
                    const char *text)
{
    Comity__Bye bye = COMITY__BYE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    bye.reason = reason;
    bye.text = (char *)(uintptr_t)text;
    frame.body_case = COMITY__FRAME__BODY_BYE;
    frame.bye = &bye;
    (void)say_frame(broker, turn, link, &frame);
}

void link_end(struct broker *broker, struct turn *turn, struct link *link, enum reason reason,
              const char *text)
{
    say_bye(broker, turn, link, reason, text);
    turn_hang_up(turn, link->id, text);
    link->leaving = true;
    broker->figures.refused[reason] += reason != REASON_NONE;
    log_event(turn, LINK_ENDED, "party=%s reason=%s why=\"%s\"", link->party.text,
              reason == REASON_NONE ? "none" : reason_name(reason), text);
}

/* A slot for one more link; false: no memory. */
static bool make_room(struct broker *broker)
{
    if (broker->link_count < broker->link_room) {
        return true;
    }
    size_t room = broker->link_room == 0 ? 16 : broker->link_room * 2;
    struct link **larger = realloc(broker->links, room * sizeof(struct link *));
    if (larger == NULL) {
        return false;
    }
    broker->links = larger;
    larger = realloc(broker->stirred, room * sizeof(struct link *));
    if (larger == NULL) {
        return false;
    }
    broker->stirred = larger;
    broker->link_room = room;
    return true;
}

/* One link a party: so their number is bounded by the roster. */
static void end_older(struct broker *broker, struct turn *turn, int64_t party_row)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *older = broker->links[i];
        if (older->party_row == party_row && !older->leaving) {
            log_event(turn, LINK_REPLACED, "party=%s", older->party.text);
            link_end(broker, turn, older, REASON_NONE,
                     "a newer link of this party came up; does a second node run with its link key?");
        }
    }
    links_sweep(broker);
}

static void add_link(struct broker *broker, struct turn *turn, link_id id, const struct address *party,
                     int64_t party_row)
{
    end_older(broker, turn, party_row);
    struct link *link = make_room(broker) ? calloc(1, sizeof *link) : NULL;
    if (link == NULL) {
        turn_hang_up(turn, id, "no memory for another link");
        return;
    }
    link->id = id;
    link->party = *party;
    link->party_row = party_row;
    link->due = MONO_NEVER;
    link->heard = turn_mono(turn);
    link->heard_wall = turn_wall(turn);
    broker->links[broker->link_count++] = link;
}

enum door broker_link_up(struct broker *broker, struct turn *turn, link_id id, const struct address *address)
{
    const struct party *party = broker->roster == NULL ? NULL : roster_find(broker->roster, address->text);
    if (party == NULL || party->status != PARTY_ACTIVE) {
        turn_hang_up(turn, id, "the party is not active in the roster");
        return DOOR_OK;
    }
    input_begin(broker, turn);
    int64_t row = party_row(broker->store, address);
    if (row != 0) {
        party_note_seen(broker->store, row, turn_wall(turn));
    }
    switch (input_end(broker, turn, NULL)) {
    case INPUT_KEPT:
        add_link(broker, turn, id, address, row);
        return DOOR_OK;
    case INPUT_FULL:
        turn_hang_up(turn, id, "the broker's store is full");
        return DOOR_OK;
    case INPUT_FATAL:
        break;
    }
    return DOOR_FATAL;
}

enum door broker_link_down(struct broker *broker, struct turn *turn, link_id id)
{
    struct link *link = link_find(broker, id);
    if (link == NULL) {
        return DOOR_OK;
    }
    input_begin(broker, turn);
    party_note_seen(broker->store, link->party_row, link->heard_wall);
    enum input_outcome outcome = input_end(broker, turn, NULL);
    log_event(turn, LINK_DOWN, "party=%s", link->party.text);
    link->leaving = true;
    links_sweep(broker);
    return outcome == INPUT_FATAL ? DOOR_FATAL : DOOR_OK;
}

/* --- opening --- */

static enum reason check_hello(const struct broker *broker, const struct link *link,
                               const Comity__Hello *hello)
{
    struct address party;
    if (hello->version != WIRE_VERSION) {
        return REASON_VERSION;
    }
    struct bytes network = bytes_of(broker->options.network.bytes, sizeof broker->options.network.bytes);
    if (!bytes_equal(wire_bytes(hello->network), network)) {
        return REASON_NETWORK;
    }
    if (!address_read(bytes_of_text(hello->party), &party) || !address_equal(&party, &link->party)) {
        return REASON_FROM;
    }
    return REASON_NONE;
}

static void say_welcome(struct broker *broker, struct turn *turn, const struct link *link)
{
    struct prekeys_row prekeys = {.number = 0};
    Comity__Welcome welcome = COMITY__WELCOME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    welcome.version = WIRE_VERSION;
    welcome.broker = broker->id;
    welcome.software = (char *)(uintptr_t) "comity-broker";
    welcome.roster = roster_version(broker->roster);
    welcome.now_ms = turn_wall(turn).ms;
    welcome.prekeys = prekeys_row_find(broker->store, link->party_row, NULL, &prekeys) ? prekeys.number : 0;
    welcome.submits_max = broker->options.submits_max;
    frame.body_case = COMITY__FRAME__BODY_WELCOME;
    frame.welcome = &welcome;
    (void)say_frame(broker, turn, link, &frame);
}

void link_hello(struct broker *broker, struct turn *turn, struct link *link, const Comity__Hello *hello)
{
    enum reason reason = check_hello(broker, link, hello);
    if (reason != REASON_NONE) {
        link_end(broker, turn, link, reason, "the Hello does not fit this broker");
        return;
    }
    link->greeted = true;
    link->heads_waiting = true;
    link->owed_waiting = true;
    for (int lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        link->waiting[lane] = true;
    }
    say_welcome(broker, turn, link);
    lane_ask_for_rotten(broker, turn, link, 0);
    log_event(turn, LINK_UP, "party=%s roster=%llu", link->party.text, (unsigned long long)hello->roster);
}

/* One frame of at most 64 heads: first those of chains of the party's own, then those of chains to it. */
static void say_heads(struct broker *broker, struct turn *turn, struct link *link, struct chain_head *heads,
                      size_t own, size_t count)
{
    Comity__PeerHead messages[HEADS_OF_FRAME];
    Comity__PeerHead *pointers[HEADS_OF_FRAME];
    Comity__Heads message = COMITY__HEADS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    for (size_t i = 0; i < count; i++) {
        messages[i] = (Comity__PeerHead)COMITY__PEER_HEAD__INIT;
        *(i < own ? &messages[i].to : &messages[i].from) = heads[i].peer.text;
        messages[i].ended = heads[i].told;
        messages[i].lane = heads[i].lane;
        messages[i].incarnation = heads[i].incarnation;
        messages[i].seq = heads[i].seq;
        messages[i].id = wire_binary(digest_bytes(&heads[i].id));
        pointers[i] = &messages[i];
    }
    message.n_head = count;
    message.head = pointers;
    message.last = count < HEADS_OF_FRAME;
    frame.body_case = COMITY__FRAME__BODY_HEADS;
    frame.heads = &message;
    broker->said_bytes += say_frame(broker, turn, link, &frame);
}

bool link_say_heads(struct broker *broker, struct turn *turn, struct link *link)
{
    struct chain_head heads[HEADS_OF_FRAME];
    size_t own = 0;
    if (!link->heads_waiting) {
        return false;
    }
    if (!link->heads_own_said) {
        own = chain_heads(broker->store, link->party_row, link->heads_cursor, heads, HEADS_OF_FRAME);
        link->heads_own_said = own < HEADS_OF_FRAME;
        link->heads_cursor = link->heads_own_said ? 0 : heads[own - 1].row;
    }
    size_t count = own;
    if (link->heads_own_said) {
        count += chain_heads_answered(broker->store, link->party_row, link->heads_cursor, &heads[own],
                                      HEADS_OF_FRAME - own);
        link->heads_cursor = count > own ? heads[count - 1].row : link->heads_cursor;
    }
    say_heads(broker, turn, link, heads, own, count);
    link->heads_waiting = count == HEADS_OF_FRAME;
    return true;
}

/* --- silence --- */

void link_end_silent(struct broker *broker, struct turn *turn)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        if (!link->leaving && mono_after(link->heard, broker->options.silence_ms).ms <= turn_mono(turn).ms) {
            link_end(broker, turn, link, REASON_NONE, "nothing was heard for too long");
        }
    }
}

/* --- the end of a turn --- */

void links_gather(struct broker *broker)
{
    broker->stirred_count = 0;
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[(broker->next_link + i) % broker->link_count];
        if (link->greeted && !link->leaving && (link->stirred || link->due.ms <= broker->mono.ms)) {
            broker->stirred[broker->stirred_count++] = link;
        }
    }
}

void links_served(struct broker *broker)
{
    for (size_t i = 0; i < broker->stirred_count; i++) {
        struct link *link = broker->stirred[i];
        link->stirred = broker->more;
        link->due = lanes_deadline(link);
        link->submits = 0;
    }
    broker->links_due = MONO_NEVER;
    for (size_t i = 0; i < broker->link_count; i++) {
        const struct link *link = broker->links[i];
        mono_ms silent = mono_after(link->heard, broker->options.silence_ms);
        broker->links_due = mono_earlier(broker->links_due, mono_earlier(link->due, silent));
    }
}
