/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/hub.h"

#include <poll.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/ensure.h"
#include "base/text.h"
#include "broker/daemon/selftest.h"
#include "broker/daemon/socket.h"
#include "broker/daemon/watch.h"
#include "broker/daemon/zap.h"

#define LINKS_MAX         4096
#define ROUTING_ID_MAX    255
#define HANG_UP_DELAY_MS  100
#define WATCHDOG_EVERY_MS 50
#define GONE_MAX          64
#define ADMITTED_EVERY_MS MS_PER_MINUTE /* links are asked for again */

/* One connection that has sent at least one message. */
struct link {
    link_id id;
    struct address party;
    struct public_key key; /* that it came up with */
    uint8_t routing_id[ROUTING_ID_MAX];
    size_t routing_id_size;
    int fd;
    bool ended;     /* to be reported as HUB_LINK_DOWN, then forgotten */
    mono_ms cut_at; /* hang-up: when to cut the connection; MONO_NEVER otherwise */
};

/* A connection whose link was reported as down, while messages of it may still wait in the ROUTER. */
struct gone {
    uint8_t routing_id[ROUTING_ID_MAX];
    size_t routing_id_size;
    int fd;
};

struct hub {
    void *context;
    void *router;
    struct zap *zap;
    struct watch *watch;
    char endpoint[256];
    struct hub_admission admission;
    struct link *links; /* dense, by number */
    size_t link_count, link_room, ended_count;
    uint64_t last_link;
    struct gone gone[GONE_MAX]; /* the last of them, since the ROUTER was last empty */
    size_t gone_count;
    zmq_msg_t payload; /* of the last HUB_FRAME */
    bool payload_held;
    bool frame_pending; /* payload belongs to a link that was just reported as up */
    link_id pending_link;
    mono_ms watchdog_at, admitted_at; /* when they run again */
    struct hub_figures figures;
    uint64_t refused_in_selftest;
};

static bool z85(char ret[41], const uint8_t key[32])
{
    return zmq_z85_encode(ret, key, 32) != NULL;
}

static bool open_router(struct hub *hub, const char *bind_endpoint, const char *secret, struct error *error)
{
    size_t size = sizeof hub->endpoint;
    hub->router = server_socket_new(hub->context, secret, error);
    if (hub->router == NULL) {
        return false;
    }
    hub->watch = watch_open(hub->context, hub->router, error);
    if (hub->watch == NULL) {
        return false;
    }
    if (zmq_bind(hub->router, bind_endpoint) != 0) {
        error_set(error,
                  "cannot listen on %s: %s; if another process has it, end that one; another address in "
                  "broker.conf (bind = ...) is found by nodes only when the roster, or through = in their "
                  "node.conf, names it, too",
                  bind_endpoint, zmq_strerror(zmq_errno()));
        return false;
    }
    return zmq_getsockopt(hub->router, ZMQ_LAST_ENDPOINT, hub->endpoint, &size) == 0;
}

struct hub *hub_open(const char *bind_endpoint, const struct public_key *link_key, struct bytes link_secret,
                     struct hub_admission admission, struct error *error)
{
    char secret[41];
    struct hub *hub = calloc(1, sizeof *hub);
    if (hub == NULL) {
        error_set(error, "no memory for the hub");
        return NULL;
    }
    ensure(link_secret.size == 32 && z85(secret, link_secret.data));
    hub->admission = admission;
    hub->context = zmq_ctx_new();
    hub->zap = hub->context == NULL ? NULL : zap_open(hub->context, admission, error);
    bool good = hub->zap != NULL && selftest_run(hub->context, hub->zap, secret, link_key, error) &&
                open_router(hub, bind_endpoint, secret, error);
    sodium_memzero(secret, sizeof secret);
    if (!good) {
        hub_close(hub);
        return NULL;
    }
    hub->refused_in_selftest = zap_refused(hub->zap);
    return hub;
}

static void release_payload(struct hub *hub)
{
    if (hub->payload_held) {
        (void)zmq_msg_close(&hub->payload);
        hub->payload_held = false;
    }
}

void hub_close(struct hub *hub)
{
    if (hub == NULL) {
        return;
    }
    release_payload(hub);
    watch_close(hub->watch);
    if (hub->router != NULL) {
        (void)zmq_close(hub->router);
    }
    zap_close(hub->zap);
    if (hub->context != NULL) {
        (void)zmq_ctx_term(hub->context);
    }
    free(hub->links);
    free(hub);
}

const char *hub_endpoint(const struct hub *hub)
{
    return hub->endpoint;
}

const struct hub_figures *hub_figures(const struct hub *hub)
{
    return &hub->figures;
}

static struct link *link_by_id(struct hub *hub, link_id id)
{
    size_t low = 0;
    size_t high = hub->link_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (hub->links[middle].id.number < id.number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < hub->link_count && hub->links[low].id.number == id.number ? &hub->links[low] : NULL;
}

static struct link *link_by_routing_id(struct hub *hub, const uint8_t *id, size_t size)
{
    for (size_t i = 0; i < hub->link_count; i++) {
        struct link *link = &hub->links[i];
        if (link->routing_id_size == size && memcmp(link->routing_id, id, size) == 0) {
            return link;
        }
    }
    return NULL;
}

static void end_link(struct hub *hub, struct link *link)
{
    hub->ended_count += !link->ended;
    link->ended = true;
}

static void connection_gone(void *context, int fd)
{
    struct hub *hub = context;
    for (size_t i = 0; i < hub->link_count; i++) {
        if (hub->links[i].fd == fd) {
            end_link(hub, &hub->links[i]);
        }
    }
}

bool hub_wait(struct hub *hub, int extra_fd, int64_t timeout_ms, struct error *error)
{
    zmq_pollitem_t items[] = {
        {.socket = hub->router, .events = ZMQ_POLLIN},
        {.socket = zap_socket(hub->zap), .events = ZMQ_POLLIN},
        {.socket = watch_socket(hub->watch), .events = ZMQ_POLLIN},
        {.fd = extra_fd, .events = ZMQ_POLLIN},
    };
    bool waiting = hub->frame_pending || hub->ended_count != 0; /* in here, where no poll would see it */
    if (zmq_poll(items, 4, waiting ? 0 : (long)timeout_ms) < 0 && zmq_errno() != EINTR) {
        error_set(error, "poll failed: %s", zmq_strerror(zmq_errno()));
        return false;
    }
    if ((items[1].revents & ZMQ_POLLIN) != 0) {
        zap_serve(hub->zap);
        hub->figures.admitted_keys = zap_admitted(hub->zap);
        hub->figures.refused_keys = zap_refused(hub->zap) - hub->refused_in_selftest;
    }
    if ((items[2].revents & ZMQ_POLLIN) != 0) {
        watch_serve(hub->watch, connection_gone, hub);
        hub->figures.accept_failed = watch_accept_failures(hub->watch);
        hub->figures.connections = watch_open_count(hub->watch);
        hub->figures.failed_handshakes = watch_failed_handshakes(hub->watch);
    }
    return (items[3].revents & ZMQ_POLLIN) != 0;
}

/* What one read of the ROUTER brought. */
struct message {
    uint8_t routing_id[ROUTING_ID_MAX];
    size_t routing_id_size;
    bool second_frame; /* more than one payload frame: the whole message is dropped */
    bool any;
};

static void drop_rest(void *router)
{
    zmq_msg_t part;
    bool more = true;
    while (more) {
        (void)zmq_msg_init(&part);
        more = zmq_msg_recv(&part, router, ZMQ_DONTWAIT) >= 0 && zmq_msg_more(&part) != 0;
        (void)zmq_msg_close(&part);
    }
}

static struct message receive(struct hub *hub)
{
    struct message message = {.any = false};
    int size = zmq_recv(hub->router, message.routing_id, sizeof message.routing_id, ZMQ_DONTWAIT);
    if (size < 0 || (size_t)size > sizeof message.routing_id) {
        return message;
    }
    message.routing_id_size = (size_t)size;
    (void)zmq_msg_init(&hub->payload);
    hub->payload_held = true;
    if (zmq_msg_recv(&hub->payload, hub->router, ZMQ_DONTWAIT) < 0) {
        release_payload(hub);
        return message;
    }
    message.any = true;
    if (zmq_msg_more(&hub->payload) != 0) {
        message.second_frame = true;
        drop_rest(hub->router);
    }
    return message;
}

static struct link *add_link(struct hub *hub, const struct message *message, const char *party,
                             const struct public_key *key, int fd)
{
    if (hub->link_count == hub->link_room) {
        size_t room = hub->link_room == 0 ? 64 : hub->link_room * 2;
        struct link *larger = room > LINKS_MAX ? NULL : realloc(hub->links, room * sizeof *larger);
        if (larger == NULL) {
            return NULL;
        }
        hub->links = larger;
        hub->link_room = room;
    }
    struct link *link = &hub->links[hub->link_count];
    *link = (struct link){.id = {.number = ++hub->last_link}, .key = *key, .fd = fd, .cut_at = MONO_NEVER};
    if (!address_read(bytes_of_text(party), &link->party)) {
        return NULL;
    }
    memcpy(link->routing_id, message->routing_id, message->routing_id_size);
    link->routing_id_size = message->routing_id_size;
    hub->link_count++;
    return link;
}

static void remember_gone(struct hub *hub, const struct link *link)
{
    struct gone *gone = &hub->gone[hub->gone_count++ % GONE_MAX];
    memcpy(gone->routing_id, link->routing_id, link->routing_id_size);
    gone->routing_id_size = link->routing_id_size;
    gone->fd = link->fd;
}

/* The monitor may tell of an end before all that came over the connection was read: it must not begin a link again. */
static bool is_of_the_gone(const struct hub *hub, const struct message *message, int fd)
{
    for (size_t i = 0; i < hub->gone_count && i < GONE_MAX; i++) {
        const struct gone *gone = &hub->gone[i];
        if (gone->fd == fd && gone->routing_id_size == message->routing_id_size &&
            memcmp(gone->routing_id, message->routing_id, gone->routing_id_size) == 0) {
            return true;
        }
    }
    return false;
}

/* Reports ended links before anything new, so that a core never sees a frame of a link it believes gone. */
static bool report_ended(struct hub *hub, struct hub_input *input)
{
    for (size_t i = 0; hub->ended_count != 0 && i < hub->link_count; i++) {
        struct link *link = &hub->links[i];
        if (link->ended) {
            *input = (struct hub_input){.event = HUB_LINK_DOWN, .link = link->id};
            remember_gone(hub, link);
            hub->ended_count--;
            memmove(link, link + 1, (--hub->link_count - i) * sizeof *link);
            return true;
        }
    }
    return false;
}

static struct hub_input frame_input(struct hub *hub, link_id link)
{
    return (struct hub_input){
        .event = HUB_FRAME,
        .link = link,
        .frame = bytes_of(zmq_msg_data(&hub->payload), zmq_msg_size(&hub->payload)),
    };
}

/*
 * Whether the key with which the connection was made is still that of the party: it was admitted at the handshake, which may
 * be long ago.
 */
static bool is_admitted_still(const struct hub *hub, const struct public_key *key, const char *user)
{
    struct address party;
    return hub->admission.admit(hub->admission.context, key, &party) && strcmp(party.text, user) == 0;
}

static struct hub_input begin_link(struct hub *hub, const struct message *message, const char *user, int fd)
{
    struct public_key key;
    const char *hex = zmq_msg_gets(&hub->payload, ZAP_KEY_PROPERTY);
    struct link *link = hex != NULL && hex_read(key.bytes, sizeof key.bytes, bytes_of_text(hex)) &&
                                is_admitted_still(hub, &key, user)
                            ? add_link(hub, message, user, &key, fd)
                            : NULL;
    if (link == NULL) {
        watch_cut(hub->watch, fd);
        return (struct hub_input){.event = HUB_NOTHING};
    }
    hub->frame_pending = true;
    hub->pending_link = link->id;
    return (struct hub_input){.event = HUB_LINK_UP, .link = link->id, .party = link->party};
}

/* Sorts one message to its link. HUB_NOTHING: it was dropped. */
static struct hub_input sort(struct hub *hub, const struct message *message)
{
    struct hub_input nothing = {.event = HUB_NOTHING};
    const char *user =
        zmq_msg_gets(&hub->payload, "User-Id"); /* of the payload frame: the first frame may lack it */
    int fd = zmq_msg_get(&hub->payload, ZMQ_SRCFD);
    if (is_of_the_gone(hub, message, fd)) {
        return nothing;
    }
    watch_delivered(hub->watch, fd, zmq_msg_size(&hub->payload));
    struct link *link = link_by_routing_id(hub, message->routing_id, message->routing_id_size);
    if (user == NULL || message->second_frame) {
        hub->figures.second_frames += message->second_frame;
        watch_cut(hub->watch, fd);
        if (link != NULL && link->fd == fd) {
            end_link(hub, link);
        }
        return nothing;
    }
    if (link != NULL && (strcmp(link->party.text, user) != 0 || link->fd != fd)) {
        /* The routing id is the peer's choice: one that is in use by another party or connection ends both. */
        hub->figures.forged += strcmp(link->party.text, user) != 0;
        end_link(hub, link);
        watch_cut(hub->watch, fd);
        return nothing;
    }
    if (link != NULL) {
        return link->cut_at.ms == MONO_NEVER.ms ? frame_input(hub, link->id) : nothing;
    }
    return begin_link(hub, message, user, fd);
}

struct hub_input hub_next(struct hub *hub)
{
    struct hub_input input = {.event = HUB_NOTHING};
    while (!report_ended(hub, &input)) {
        if (hub->frame_pending) {
            hub->frame_pending = false;
            return frame_input(hub, hub->pending_link);
        }
        release_payload(hub);
        struct message message = receive(hub);
        if (!message.any) {
            hub->gone_count = 0;
            return input;
        }
        input = sort(hub, &message);
        if (input.event != HUB_NOTHING) {
            return input;
        }
    }
    return input;
}

/* Routing id and payload: the second part of a message cannot fail once it has been made and the first was taken. */
static bool send_parts(struct hub *hub, const struct link *link, struct bytes frame)
{
    zmq_msg_t payload;
    if (zmq_msg_init_size(&payload, frame.size) != 0) {
        return false;
    }
    if (frame.size != 0) {
        memcpy(zmq_msg_data(&payload), frame.data, frame.size);
    }
    if (zmq_send(hub->router, link->routing_id, link->routing_id_size, ZMQ_SNDMORE | ZMQ_DONTWAIT) >= 0 &&
        zmq_msg_send(&payload, hub->router, ZMQ_DONTWAIT) >= 0) {
        return true;
    }
    (void)zmq_msg_close(&payload);
    return false;
}

bool hub_send(struct hub *hub, link_id id, struct bytes frame)
{
    struct link *link = link_by_id(hub, id);
    if (link == NULL || link->ended) {
        return false;
    }
    if (!send_parts(hub, link, frame)) {
        hub->figures.unspeakable++;
        end_link(hub, link);
        watch_cut(hub->watch, link->fd);
        return false;
    }
    watch_spoken(hub->watch, link->fd, frame.size);
    return true;
}

void hub_hang_up(struct hub *hub, link_id id, mono_ms now)
{
    struct link *link = link_by_id(hub, id);
    if (link != NULL && link->cut_at.ms == MONO_NEVER.ms) {
        link->cut_at = mono_after(now, HANG_UP_DELAY_MS);
    }
}

/* Those whose key has run out, or was taken back, end. */
static void admit_again(struct hub *hub)
{
    for (size_t i = 0; i < hub->link_count; i++) {
        struct link *link = &hub->links[i];
        if (!link->ended && !is_admitted_still(hub, &link->key, link->party.text)) {
            hub->figures.refused_keys++;
            end_link(hub, link);
            watch_cut(hub->watch, link->fd);
        }
    }
}

mono_ms hub_tend(struct hub *hub, mono_ms now)
{
    mono_ms next = MONO_NEVER;
    if (now.ms >= hub->admitted_at.ms) {
        admit_again(hub);
        hub->admitted_at = mono_after(now, ADMITTED_EVERY_MS);
    }
    for (size_t i = 0; i < hub->link_count; i++) {
        struct link *link = &hub->links[i];
        if (link->cut_at.ms <= now.ms && !link->ended) {
            end_link(hub, link);
            watch_cut(hub->watch, link->fd);
        }
        next = mono_earlier(next, link->cut_at);
    }
    if (now.ms >= hub->watchdog_at.ms) {
        hub->figures.flooded += watch_cut_floods(hub->watch, now);
        hub->watchdog_at = mono_after(now, WATCHDOG_EVERY_MS);
    }
    next = hub->link_count == 0 ? next : mono_earlier(next, hub->admitted_at);
    return watch_open_count(hub->watch) == 0 ? next : mono_earlier(next, hub->watchdog_at);
}
