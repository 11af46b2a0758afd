/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/world/world_private.h"

/* As the daemons' sockets have them: what the speaker queues and what the reader does (SNDHWM and RCVHWM), in both directions. */
#define QUEUE_FRAMES (BROKER_UNANSWERED_FRAMES + 64)
#define UNTAKEN_MAX                                                                                          \
    ((uint64_t)32 * 1024 *                                                                                   \
     1024) /* bytes for a node that does not read: then the broker's watchdog cuts it off */
#define REFUSED_RETRY_US UINT64_C(10000000)

enum world_direction direction_to(const struct actor *actor)
{
    return actor->index == WORLD_BROKER ? WORLD_TO_BROKER : WORLD_TO_NODE;
}

static enum world_direction opposite(enum world_direction direction)
{
    return direction == WORLD_TO_BROKER ? WORLD_TO_NODE : WORLD_TO_BROKER;
}

static struct actor *reader(struct world *world, const struct connection *connection,
                            enum world_direction direction)
{
    return world_actor_at(world, direction == WORLD_TO_BROKER ? WORLD_BROKER : connection->party);
}

static struct line *line_of(struct world *world, size_t party)
{
    ensure(party != WORLD_BROKER);
    return &world_actor_at(world, party)->line;
}

static struct connection *find(const struct world *world, uint64_t number)
{
    size_t low = 0;
    size_t high = world->connection_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (world->connections[middle]->number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    bool found = low < world->connection_count && world->connections[low]->number == number;
    return found ? world->connections[low] : NULL;
}

/* --- what has arrived --- */

static void ready_add(struct inbox *inbox, struct connection *connection, enum world_direction direction)
{
    struct end *end = &connection->ends[direction];
    end->ready = true;
    end->ready_next = NULL;
    end->ready_before = inbox->ready_last;
    if (inbox->ready_last == NULL) {
        inbox->ready_first = connection;
    } else {
        inbox->ready_last->ends[direction].ready_next = connection;
    }
    inbox->ready_last = connection;
}

static void ready_remove(struct inbox *inbox, struct connection *connection, enum world_direction direction)
{
    struct end *end = &connection->ends[direction];
    if (!end->ready) {
        return;
    }
    end->ready = false;
    if (end->ready_before == NULL) {
        inbox->ready_first = end->ready_next;
    } else {
        end->ready_before->ends[direction].ready_next = end->ready_next;
    }
    if (end->ready_next == NULL) {
        inbox->ready_last = end->ready_before;
    } else {
        end->ready_next->ends[direction].ready_before = end->ready_before;
    }
}

/* The pipe has changed: its reader is told of what has arrived, or an event is planned for when it does. */
static void follow(struct world *world, struct connection *connection, enum world_direction direction)
{
    struct end *end = &connection->ends[direction];
    uint64_t next = pipe_next_us(&end->pipe);
    if (end->ready || next == PIPE_HELD) {
        return;
    }
    if (next <= world->now_us) {
        struct actor *actor = reader(world, connection, direction);
        ready_add(&actor->inbox, connection, direction);
        world_wake(world, actor, world->now_us);
    } else if (end->arrival_us != next) {
        end->arrival_us = next;
        end->arrival_event = events_add(&world->events, (struct event){.at_us = next,
                                                                       .kind = EVENT_ARRIVAL,
                                                                       .direction = direction,
                                                                       .subject = connection->number});
    }
}

void line_arrival(struct world *world, const struct event *event)
{
    struct connection *connection = find(world, event->subject);
    enum world_direction direction = (enum world_direction)event->direction;
    if (connection != NULL && connection->ends[direction].arrival_event == event->number) {
        connection->ends[direction].arrival_us = PIPE_HELD;
        follow(world, connection, direction);
    }
}

static void put(struct world *world, struct connection *connection, enum world_direction direction,
                enum parcel_kind kind, struct bytes bytes, uint64_t departs_us)
{
    struct line *line = line_of(world, connection->party);
    struct link_strikes strikes = pipe_put(&connection->ends[direction].pipe, kind, bytes, departs_us,
                                           &line->nature, direction, &world->network);
    line->strikes.corrupted += strikes.corrupted;
    line->strikes.duplicated += strikes.duplicated;
    line->strikes.reordered += strikes.reordered;
    follow(world, connection, direction);
}

/* --- ends --- */

static void tell_down(struct world *world, struct connection *connection, enum world_direction direction)
{
    struct actor *actor = reader(world, connection, direction);
    struct inbox *inbox = &actor->inbox;
    connection->ends[direction].down_to_tell = true;
    connection->ends[direction].down_next = NULL;
    if (inbox->down_last == NULL) {
        inbox->down_first = connection;
    } else {
        inbox->down_last->ends[direction].down_next = connection;
    }
    inbox->down_last = connection;
    world_wake(world, actor, world->now_us);
}

/* tell: its core does not know yet. What was said to this end is lost. */
static void close_end(struct world *world, struct connection *connection, enum world_direction direction,
                      bool tell, const char *why)
{
    struct end *end = &connection->ends[direction];
    char text[160];
    if (!end->open) {
        return;
    }
    end->open = false;
    ready_remove(&reader(world, connection, direction)->inbox, connection, direction);
    world->figures.frames_lost += pipe_clear(&end->pipe);
    if (end->told) {
        (void)snprintf(text, sizeof text, "%s: %s", direction == WORLD_TO_BROKER ? "broker" : "node", why);
        world_tell(world, connection->party, WORLD_LINK_DOWN, text);
    }
    if (end->told && tell) {
        tell_down(world, connection, direction);
    }
    world->sweep = true;
    struct line *line = line_of(world, connection->party);
    if (direction == WORLD_TO_NODE && line->current == connection) {
        line->current = NULL;
        line->not_before_us = world->now_us + line->nature.reconnect_us;
        line_try(world, connection->party);
    }
}

/* Both ends learn of it at once. */
static void cut(struct world *world, struct connection *connection, const char *why)
{
    close_end(world, connection, WORLD_TO_NODE, true, why);
    close_end(world, connection, WORLD_TO_BROKER, true, why);
}

/* One side has closed its end; the other learns of it after all that was said before. */
static void end_after_words(struct world *world, struct connection *connection, enum world_direction closed,
                            uint64_t departs_us)
{
    enum world_direction other = opposite(closed);
    if (connection->ends[other].open) {
        put(world, connection, other, PARCEL_END, bytes_of(NULL, 0), departs_us);
    }
}

void connections_drop(struct world *world, struct actor *actor, bool last_words, const char *why)
{
    enum world_direction own = direction_to(actor);
    for (size_t i = 0; i < world->connection_count; i++) {
        struct connection *connection = world->connections[i];
        if (own == WORLD_TO_NODE && connection->party != actor->index) {
            continue;
        }
        bool was_open = connection->ends[own].open;
        close_end(world, connection, own, false, why);
        connection->ends[own].down_to_tell = false;
        if (was_open && last_words) {
            end_after_words(world, connection, own, world->now_us);
        } else if (was_open) {
            close_end(world, connection, opposite(own), true, why);
        }
    }
    actor->inbox.down_first = actor->inbox.down_last = NULL;
    world->sweep = true;
}

static bool is_over(const struct connection *connection)
{
    const struct end *a = &connection->ends[0];
    const struct end *b = &connection->ends[1];
    return !a->open && !b->open && !a->down_to_tell && !b->down_to_tell;
}

void connections_sweep(struct world *world)
{
    size_t kept = 0;
    if (!world->sweep) {
        return;
    }
    world->sweep = false;
    for (size_t i = 0; i < world->connection_count; i++) {
        if (is_over(world->connections[i])) {
            free(world->connections[i]);
        } else {
            world->connections[kept++] = world->connections[i];
        }
    }
    world->connection_count = kept;
}

void connections_free(struct world *world)
{
    for (size_t i = 0; i < world->connection_count; i++) {
        (void)pipe_clear(&world->connections[i]->ends[0].pipe);
        (void)pipe_clear(&world->connections[i]->ends[1].pipe);
        free(world->connections[i]);
    }
    free(world->connections);
}

/* --- connecting --- */

static void try_at(struct world *world, size_t party, uint64_t at_us)
{
    line_of(world, party)->attempt_event =
        events_add(&world->events, (struct event){.at_us = at_us, .kind = EVENT_CONNECT, .subject = party});
}

void line_try(struct world *world, size_t party)
{
    struct line *line = line_of(world, party);
    if (line->wanted && line->current == NULL && line->attempt_event == 0) {
        try_at(world, party, later_us(line->not_before_us, world->now_us));
    }
}

static void connect_now(struct world *world, size_t party)
{
    struct connection *connection = calloc(1, sizeof *connection);
    ensure(connection != NULL);
    if (world->connection_count == world->connection_room) {
        size_t room = world->connection_room == 0 ? 16 : world->connection_room * 2;
        struct connection **larger = realloc(world->connections, room * sizeof(struct connection *));
        ensure(larger != NULL);
        world->connections = larger;
        world->connection_room = room;
    }
    world->connections[world->connection_count++] = connection;
    connection->number = ++world->last_connection;
    connection->party = party;
    for (int i = 0; i < 2; i++) {
        connection->ends[i].open = true;
        connection->ends[i].arrival_us = PIPE_HELD;
    }
    line_of(world, party)->current = connection;
    put(world, connection, WORLD_TO_NODE, PARCEL_UP, bytes_of(NULL, 0), world->now_us);
}

void lines_try_again(struct world *world, const struct actor *actor)
{
    for (size_t i = 1; i < world->actor_count; i++) {
        if (actor->index == WORLD_BROKER || actor->index == i) {
            world->actors[i].line.attempt_event = 0;
            line_try(world, i);
        }
    }
}

/*
 * What stands in the way ends with something that tries again: a first turn, a new roster, a line that is let go. Only the end of
 * a sleep and the dates of keys come by themselves.
 */
void line_attempt(struct world *world, size_t party, uint64_t event)
{
    const struct actor *broker = world_actor_at(world, WORLD_BROKER);
    struct actor *node = world_actor_at(world, party);
    struct line *line = &node->line;
    if (line->attempt_event != event) {
        return;
    }
    line->attempt_event = 0;
    if (!line->wanted || line->current != NULL || node->roster_version == 0 || broker->roster_version == 0 ||
        line->nature.stalled[0] || line->nature.stalled[1]) {
        return;
    }
    uint64_t asleep_until = later_us(node->frozen_until_us, broker->frozen_until_us);
    if (asleep_until > world->now_us) {
        try_at(world, party, asleep_until);
    } else if (actor_admits(broker, &node->party->address)) {
        connect_now(world, party);
    } else {
        try_at(world, party, world->now_us + later_us(line->nature.reconnect_us, REFUSED_RETRY_US));
    }
}

/* --- inputs --- */

bool inbox_waits(const struct actor *actor)
{
    return actor->inbox.down_first != NULL || actor->inbox.ready_first != NULL;
}

static enum door take_down(struct actor *actor, enum world_direction own)
{
    struct connection *connection = actor->inbox.down_first;
    struct end *end = &connection->ends[own];
    actor->inbox.down_first = end->down_next;
    actor->inbox.down_last = actor->inbox.down_first == NULL ? NULL : actor->inbox.down_last;
    end->down_to_tell = false;
    actor->world->sweep = true;
    return actor_link_down(actor, (link_id){.number = connection->number});
}

/* The first frame of a connection is how the broker learns of it; its key is looked up again, since that may be long after. */
static enum door begin_link(struct world *world, struct actor *actor, struct connection *connection)
{
    struct end *end = &connection->ends[direction_to(actor)];
    const struct address *party = &world_actor_at(world, connection->party)->party->address;
    if (actor->broker != NULL && !actor_admits(actor, party)) {
        cut(world, connection, "the broker does not admit this party");
        return DOOR_OK;
    }
    end->told = true;
    if (actor->broker == NULL) {
        world_tell(world, connection->party, WORLD_LINK_UP, "");
    }
    return actor_link_up(actor, (link_id){.number = connection->number}, party);
}

static enum door take_parcel(struct world *world, struct actor *actor, struct connection *connection,
                             const struct parcel *parcel)
{
    enum world_direction own = direction_to(actor);
    struct end *end = &connection->ends[own];
    link_id link = {.number = connection->number};
    enum door door = DOOR_OK;
    switch (parcel->kind) {
    case PARCEL_UP:
        return begin_link(world, actor, connection);
    case PARCEL_FRAME:
        door = end->told ? DOOR_OK : begin_link(world, actor, connection);
        if (door != DOOR_OK || !end->open) {
            return door;
        }
        if (world->witness.heard != NULL) {
            world->witness.heard(world->witness.context, connection->party, own,
                                 bytes_of(parcel->bytes, parcel->size));
        }
        return actor_frame(actor, link, bytes_of(parcel->bytes, parcel->size));
    case PARCEL_END:
        close_end(world, connection, own, false, "the other end closed it");
        return end->told ? actor_link_down(actor, link) : DOOR_OK;
    }
    return DOOR_OK;
}

/* Ends first, so that a core never sees a frame of a link that is gone; then in turn from all that have something. */
enum door inbox_take(struct world *world, struct actor *actor, size_t *ret_bytes)
{
    enum world_direction own = direction_to(actor);
    *ret_bytes = 0;
    if (actor->inbox.down_first != NULL) {
        return take_down(actor, own);
    }
    struct connection *connection = actor->inbox.ready_first;
    ensure(connection != NULL);
    ready_remove(&actor->inbox, connection, own);
    struct parcel *parcel = pipe_take(&connection->ends[own].pipe, world->now_us);
    ensure(parcel != NULL);
    *ret_bytes = parcel->size;
    enum door door = take_parcel(world, actor, connection, parcel);
    free(parcel);
    follow(world, connection, own);
    return door;
}

/* --- speaking --- */

static bool has_room(const struct world *world, const struct connection *connection,
                     enum world_direction direction, size_t size)
{
    const struct link_nature *nature = &world->actors[connection->party].line.nature;
    const struct end *end = &connection->ends[direction];
    size_t room = nature->queue_frames[direction] == 0 ? QUEUE_FRAMES : nature->queue_frames[direction];
    return end->pipe.frames + connection->ends[opposite(direction)].swallowed < room &&
           (direction == WORLD_TO_BROKER || end->pipe.bytes + size <= UNTAKEN_MAX);
}

static void speak_frame(struct world *world, struct connection *connection, enum world_direction direction,
                        struct bytes frame, uint64_t departs_us)
{
    world->figures.frames++;
    world->figures.frame_bytes += frame.size;
    if (world->witness.said != NULL) {
        world->witness.said(world->witness.context, connection->party, direction, frame);
    }
    if (!has_room(world, connection, direction, frame.size)) {
        world->figures.links_ended_full++;
        world->figures.frames_lost++;
        cut(world, connection, "the queue is full");
        return;
    }
    if (!connection->ends[direction].open) {
        connection->ends[opposite(direction)].swallowed++;
        world->figures.frames_lost++;
        return;
    }
    if (world->tap.frame != NULL &&
        world->tap.frame(world->tap.context, connection->party, direction, &frame) == WORLD_DROP) {
        world->figures.frames_lost++;
        return;
    }
    put(world, connection, direction, PARCEL_FRAME, frame, departs_us);
}

void connections_speak(struct world *world, struct actor *actor, const struct said *said, uint64_t departs_us)
{
    enum world_direction own = direction_to(actor);
    struct connection *connection = find(world, said->to.number);
    if (connection == NULL || !connection->ends[own].open || !connection->ends[own].told) {
        return;
    }
    if (said->kind == SAID_FRAME) {
        speak_frame(world, connection, opposite(own), said->frame, departs_us);
    } else {
        close_end(world, connection, own, false, said->why);
        end_after_words(world, connection, own, departs_us);
    }
}

bool world_say(struct world *world, size_t index, struct bytes frame)
{
    struct connection *connection = line_of(world, index)->current;
    if (connection == NULL || !connection->ends[WORLD_TO_NODE].told) {
        return false;
    }
    speak_frame(world, connection, WORLD_TO_BROKER, frame, world->now_us);
    return connection->ends[WORLD_TO_NODE].open;
}

void world_inject(struct world *world, size_t party, enum world_direction direction, struct bytes frame)
{
    struct connection *connection = NULL;
    for (size_t i = 0; i < world->connection_count; i++) {
        const struct end *ends = world->connections[i]->ends;
        if (world->connections[i]->party == party && ends[0].open && ends[1].open) {
            connection = world->connections[i];
        }
    }
    if (connection == NULL) {
        world->figures.frames_lost++;
        return;
    }
    put(world, connection, direction, PARCEL_FRAME, frame, world->now_us);
}

/* --- how a line behaves --- */

void world_link(struct world *world, size_t party, const struct link_nature *nature)
{
    struct line *line = line_of(world, party);
    const struct link_nature before = line->nature;
    ensure(nature->delay_min_us <= nature->delay_max_us);
    line->nature = *nature;
    for (size_t i = 0; i < world->connection_count; i++) {
        struct connection *connection = world->connections[i];
        for (unsigned d = 0; d < 2 && connection->party == party; d++) {
            enum world_direction direction = (enum world_direction)d;
            struct pipe *pipe = &connection->ends[d].pipe;
            if (nature->stalled[d] && !before.stalled[d]) {
                pipe_hold(pipe, world->now_us);
            } else if (!nature->stalled[d] && before.stalled[d]) {
                pipe_let_go(pipe, world->now_us, nature, direction, &world->network);
                follow(world, connection, direction);
            }
        }
    }
    line_try(world, party);
}

void world_cut_link(struct world *world, size_t party)
{
    ensure(party != WORLD_BROKER);
    for (size_t i = 0; i < world->connection_count; i++) {
        if (world->connections[i]->party == party) {
            cut(world, world->connections[i], "cut");
        }
    }
}

bool world_has_connection(const struct world *world, size_t party)
{
    for (size_t i = 0; i < world->connection_count; i++) {
        const struct connection *connection = world->connections[i];
        if (connection->party == party && (connection->ends[0].open || connection->ends[1].open)) {
            return true;
        }
    }
    return false;
}

void world_cut_half(struct world *world, size_t party, enum world_direction learns)
{
    ensure(party != WORLD_BROKER);
    for (size_t i = 0; i < world->connection_count; i++) {
        struct connection *connection = world->connections[i];
        struct end *other = &connection->ends[opposite(learns)];
        if (connection->party != party || !connection->ends[learns].open) {
            continue;
        }
        if (!other->told) {
            cut(world, connection, "cut"); /* it was not up yet: sockets give up a handshake by themselves */
            continue;
        }
        ready_remove(&reader(world, connection, opposite(learns))->inbox, connection, opposite(learns));
        world->figures.frames_lost += pipe_clear(&other->pipe);
        close_end(world, connection, learns, true, "cut");
    }
}

void world_want_link(struct world *world, size_t party, bool wanted)
{
    line_of(world, party)->wanted = wanted;
    if (wanted) {
        line_try(world, party);
    } else {
        world_cut_link(world, party);
    }
}
