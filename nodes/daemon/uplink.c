/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/uplink.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "proto/wire.h"

#define ENDPOINTS_MAX       8
#define RETRY_FIRST_MS      100
#define RETRY_MAX_MS        10000
#define CONNECT_PATIENCE_MS 8000 /* then the next endpoint is tried */
#define SEND_FRAMES         512 /* submits, receipts and a roster's parts that a core may say before an answer */
#define HANG_UP_DELAY_MS    50
#define SETTLED_MS          60000 /* what a link lasts that is not ended as soon as it comes up */
#define SHORT_LINKS_MAX     7     /* that make the wait longer: RETRY_FIRST_MS << 7 is beyond RETRY_MAX_MS */

enum phase { IDLE, CONNECTING, UP, ENDING };

struct uplink {
    void *context;
    void *socket;
    void *monitor;
    char public_z85[41], server_z85[41];
    struct bytes secret; /* in its locked memory; its text is made for each connection and wiped */
    char endpoints[ENDPOINTS_MAX][256];
    size_t endpoint_count, endpoint_now, endpoint_next;
    enum phase phase;
    link_id link;
    uint64_t last_link, attempts;
    mono_ms act_at; /* IDLE: connect; CONNECTING: give up; UP: settled; ENDING: close */
    uint64_t retry_ms;
    unsigned short_links; /* ended on purpose or before the broker said a word, since one lasted SETTLED_MS */
    bool heard;           /* the broker, on this link */
    bool down_to_report;
    const char *down_why;
    char trouble[320];
    zmq_msg_t payload;
    bool payload_held;
};

/* For people: a sentence, and what it is about, which may be "". */
static void set_trouble(struct uplink *uplink, const char *sentence, const char *about)
{
    (void)snprintf(uplink->trouble, sizeof uplink->trouble, "%s%s%.256s", sentence,
                   about[0] == '\0' ? "" : ": ", about);
}

struct uplink *uplink_new(const struct public_key *link_key, struct bytes link_secret, struct error *error)
{
    struct uplink *uplink = calloc(1, sizeof *uplink);
    ensure(link_secret.size == 32);
    if (uplink == NULL || zmq_z85_encode(uplink->public_z85, link_key->bytes, 32) == NULL ||
        (uplink->context = zmq_ctx_new()) == NULL) {
        error_set(error, "no memory for the link to the broker");
        uplink_free(uplink);
        return NULL;
    }
    uplink->secret = link_secret;
    uplink->retry_ms = RETRY_FIRST_MS;
    uplink->act_at = MONO_NEVER;
    set_trouble(uplink, "the roster names no broker yet", "");
    return uplink;
}

static void release_payload(struct uplink *uplink)
{
    if (uplink->payload_held) {
        (void)zmq_msg_close(&uplink->payload);
        uplink->payload_held = false;
    }
}

static void close_socket(struct uplink *uplink)
{
    release_payload(uplink);
    if (uplink->socket != NULL) {
        (void)zmq_socket_monitor(uplink->socket, NULL, 0);
        (void)zmq_close(uplink->socket);
        uplink->socket = NULL;
    }
    if (uplink->monitor != NULL) {
        (void)zmq_close(uplink->monitor);
        uplink->monitor = NULL;
    }
}

void uplink_free(struct uplink *uplink)
{
    if (uplink == NULL) {
        return;
    }
    close_socket(uplink);
    if (uplink->context != NULL) {
        (void)zmq_ctx_term(uplink->context);
    }
    free(uplink);
}

/* Who waited for nothing is not waited for at once again. */
static void note_short_link(struct uplink *uplink)
{
    uint64_t wait_ms = (uint64_t)RETRY_FIRST_MS << uplink->short_links;
    uplink->retry_ms = wait_ms > RETRY_MAX_MS ? RETRY_MAX_MS : wait_ms;
    uplink->short_links += uplink->short_links < SHORT_LINKS_MAX;
}

/* Ends what there is and plans the next attempt. why is for people and for the core's log. */
static void end_link(struct uplink *uplink, mono_ms now, const char *why)
{
    uplink->down_to_report = uplink->down_to_report || uplink->phase == UP || uplink->phase == ENDING;
    if (uplink->phase == UP && !uplink->heard) {
        note_short_link(uplink);
        set_trouble(uplink, "the broker ends the connection without a word", "");
    }
    uplink->down_why = why;
    close_socket(uplink);
    uplink->phase = IDLE;
    uplink->act_at = uplink->endpoint_count == 0 ? MONO_NEVER : mono_after(now, uplink->retry_ms);
    uplink->retry_ms = uplink->retry_ms * 2 > RETRY_MAX_MS ? RETRY_MAX_MS : uplink->retry_ms * 2;
}

bool uplink_target(struct uplink *uplink, const char *const *endpoints, const struct public_key *broker_key,
                   struct error *error)
{
    char server[41];
    char list[ENDPOINTS_MAX][256] = {{0}};
    size_t count = 0;
    for (; endpoints[count] != NULL && count < ENDPOINTS_MAX; count++) {
        if (snprintf(list[count], sizeof list[count], "%s", endpoints[count]) >= (int)sizeof list[count]) {
            error_set(error, "an endpoint in the roster is longer than 255 bytes");
            return false;
        }
    }
    if (count == 0 || zmq_z85_encode(server, broker_key->bytes, 32) == NULL) {
        error_set(error, "the roster names no endpoint of the broker");
        return false;
    }
    if (count == uplink->endpoint_count && memcmp(list, uplink->endpoints, sizeof list) == 0 &&
        strcmp(server, uplink->server_z85) == 0) {
        return true;
    }
    memcpy(uplink->endpoints, list, sizeof list);
    memcpy(uplink->server_z85, server, sizeof server);
    uplink->endpoint_count = count;
    uplink->endpoint_next = 0;
    end_link(uplink, (mono_ms){.ms = 0}, "the roster names another broker");
    uplink->retry_ms = RETRY_FIRST_MS;
    uplink->short_links = 0;
    uplink->act_at = (mono_ms){.ms = 0};
    return true;
}

void uplink_untarget(struct uplink *uplink, const char *why, const char *about)
{
    if (uplink->endpoint_count != 0) {
        uplink->endpoint_count = 0;
        end_link(uplink, (mono_ms){.ms = 0}, why);
    }
    uplink->short_links = 0;
    set_trouble(uplink, why, about);
}

static bool option_int(void *socket, int option, int value)
{
    return zmq_setsockopt(socket, option, &value, sizeof value) == 0;
}

static bool set_secret(const struct uplink *uplink)
{
    char z85[41];
    bool set = zmq_z85_encode(z85, uplink->secret.data, uplink->secret.size) != NULL &&
               zmq_setsockopt(uplink->socket, ZMQ_CURVE_SECRETKEY, z85, sizeof z85) == 0;
    sodium_memzero(z85, sizeof z85);
    return set;
}

static bool configure(struct uplink *uplink)
{
    uint8_t routing_id[16];
    int64_t frame_max = FRAME_BYTES_MAX;
    void *s = uplink->socket;
    host_random(NULL, routing_id, sizeof routing_id);
    routing_id[0] |= 1; /* libzmq keeps ids that begin with zero for itself */
    return zmq_setsockopt(s, ZMQ_ROUTING_ID, routing_id, sizeof routing_id) == 0 &&
           zmq_setsockopt(s, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_SERVERKEY, uplink->server_z85, 41) == 0 &&
           zmq_setsockopt(s, ZMQ_CURVE_PUBLICKEY, uplink->public_z85, 41) == 0 && set_secret(uplink) &&
           option_int(s, ZMQ_IMMEDIATE, 1) && option_int(s, ZMQ_SNDHWM, SEND_FRAMES) &&
           option_int(s, ZMQ_RCVHWM, 64) && option_int(s, ZMQ_LINGER, 0) &&
           option_int(s, ZMQ_RECONNECT_IVL, RETRY_FIRST_MS) && option_int(s, ZMQ_RECONNECT_IVL_MAX, 2000) &&
           option_int(s, ZMQ_HEARTBEAT_IVL, 10000) && option_int(s, ZMQ_HEARTBEAT_TIMEOUT, 30000) &&
           option_int(s, ZMQ_HEARTBEAT_TTL, 60000) && option_int(s, ZMQ_TCP_KEEPALIVE, 1);
}

static void connect_next(struct uplink *uplink, mono_ms now)
{
    char monitor_endpoint[64]; /* a new name each time: libzmq frees the old one in its own time */
    const char *endpoint = uplink->endpoints[uplink->endpoint_next];
    uplink->endpoint_now = uplink->endpoint_next;
    (void)snprintf(monitor_endpoint, sizeof monitor_endpoint, "inproc://uplink-%llu",
                   (unsigned long long)++uplink->attempts);
    uplink->endpoint_next = (uplink->endpoint_next + 1) % uplink->endpoint_count;
    uplink->socket = zmq_socket(uplink->context, ZMQ_DEALER);
    uplink->monitor = zmq_socket(uplink->context, ZMQ_PAIR);
    if (uplink->short_links == 0) {
        set_trouble(uplink, "nobody answers", endpoint);
    }
    if (uplink->socket == NULL || uplink->monitor == NULL || !configure(uplink) ||
        zmq_socket_monitor(uplink->socket, monitor_endpoint, ZMQ_EVENT_ALL) != 0 ||
        zmq_connect(uplink->monitor, monitor_endpoint) != 0 || zmq_connect(uplink->socket, endpoint) != 0) {
        char why[sizeof uplink->trouble];
        (void)snprintf(why, sizeof why, "%s: %s", endpoint, zmq_strerror(zmq_errno()));
        set_trouble(uplink, "cannot connect", why);
        end_link(uplink, now, "cannot connect");
        return;
    }
    uplink->phase = CONNECTING;
    uplink->act_at = mono_after(now, CONNECT_PATIENCE_MS);
}

size_t uplink_poll_sockets(struct uplink *uplink, void *ret[2])
{
    if (uplink->socket == NULL) {
        return 0;
    }
    ret[0] = uplink->socket;
    ret[1] = uplink->monitor;
    return 2;
}

static void settle(struct uplink *uplink)
{
    uplink->act_at = MONO_NEVER;
    uplink->short_links = 0;
    uplink->trouble[0] = '\0';
}

/* Takes in the monitor's events. True when the link has just come up. */
static bool watch_connection(struct uplink *uplink, mono_ms now)
{
    uint8_t first[6];
    while (uplink->monitor != NULL &&
           zmq_recv(uplink->monitor, first, sizeof first, ZMQ_DONTWAIT) == sizeof first) {
        uint16_t event = 0;
        char ignored[256];
        memcpy(&event, first, sizeof event);
        (void)zmq_recv(uplink->monitor, ignored, sizeof ignored, 0);
        if (event == ZMQ_EVENT_HANDSHAKE_SUCCEEDED && uplink->phase == CONNECTING) {
            uplink->phase = UP;
            uplink->link = (link_id){.number = ++uplink->last_link};
            uplink->retry_ms = RETRY_FIRST_MS;
            uplink->act_at = mono_after(now, SETTLED_MS);
            uplink->heard = false;
            return true;
        }
        if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH) {
            set_trouble(uplink,
                        "the broker refuses this party's link key; is it in the roster and not revoked?", "");
            end_link(uplink, now, "refused by the broker");
            return false;
        }
        if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL || event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
            set_trouble(uplink, "what answers is not the roster's broker (CURVE handshake failed)", "");
            end_link(uplink, now, "handshake failed");
            return false;
        }
        if (event == ZMQ_EVENT_DISCONNECTED && uplink->phase != CONNECTING) {
            end_link(uplink, now, "connection lost");
            return false;
        }
    }
    return false;
}

struct uplink_input uplink_next(struct uplink *uplink, mono_ms now)
{
    struct uplink_input input = {.event = UPLINK_NOTHING, .link = uplink->link};
    release_payload(uplink);
    bool up = !uplink->down_to_report && watch_connection(uplink, now);
    if (uplink->down_to_report) {
        uplink->down_to_report = false;
        input.event = UPLINK_DOWN;
        input.why = uplink->down_why;
        return input;
    }
    if (up) {
        input.link = uplink->link;
        input.event = UPLINK_UP;
        return input;
    }
    if (uplink->phase != UP) {
        return input;
    }
    (void)zmq_msg_init(&uplink->payload);
    uplink->payload_held = true;
    if (zmq_msg_recv(&uplink->payload, uplink->socket, ZMQ_DONTWAIT) < 0) {
        return input;
    }
    if (zmq_msg_more(&uplink->payload) != 0) { /* the broker never sends a second frame */
        end_link(uplink, now, "the broker sent a second frame");
        return uplink_next(uplink, now);
    }
    uplink->heard = true;
    input.event = UPLINK_FRAME;
    input.frame = bytes_of(zmq_msg_data(&uplink->payload), zmq_msg_size(&uplink->payload));
    return input;
}

bool uplink_send(struct uplink *uplink, link_id link, struct bytes frame)
{
    if (uplink->phase != UP || uplink->link.number != link.number) {
        return false;
    }
    if (zmq_send(uplink->socket, frame.data, frame.size, ZMQ_DONTWAIT) < 0) {
        end_link(uplink, host_mono(), "the link's queue is full");
        return false;
    }
    return true;
}

void uplink_hang_up(struct uplink *uplink, link_id link, const char *why, mono_ms now)
{
    if (uplink->phase == UP && uplink->link.number == link.number) {
        note_short_link(uplink);
        uplink->phase = ENDING;
        uplink->act_at = mono_after(now, HANG_UP_DELAY_MS);
        set_trouble(uplink, why, "");
    }
}

mono_ms uplink_tend(struct uplink *uplink, mono_ms now)
{
    if (uplink->down_to_report) {
        return now;
    }
    if (now.ms < uplink->act_at.ms) {
        return uplink->act_at;
    }
    if (uplink->phase == UP) {
        settle(uplink);
    } else if (uplink->phase == ENDING) {
        end_link(uplink, now, "hung up");
    } else if (uplink->phase == CONNECTING) {
        set_trouble(uplink, "nobody answers", uplink->endpoints[uplink->endpoint_now]);
        end_link(uplink, now, "nobody answers");
    } else if (uplink->phase == IDLE && uplink->endpoint_count != 0) {
        connect_next(uplink, now);
    }
    return uplink->down_to_report ? now : uplink->act_at;
}

const char *uplink_trouble(const struct uplink *uplink)
{
    return uplink->phase == UP ? "" : uplink->trouble;
}
