/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/watch.h"

#include <linux/tcp.h> /* glibc's struct tcp_info ends before tcpi_bytes_received */
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <zmq.h>

#include "broker/daemon/socket.h"
#include "proto/wire.h"

#define MONITOR_ENDPOINT "inproc://comity-monitor"
#define CONNECTIONS_MAX  65536
#define MIB              ((uint64_t)1024 * 1024)

/*
 * What a connection may hold. Of what it sent: a full queue (RCVHWM) and the kernel's buffer (RCVBUF); before its first
 * message only that message, since a Hello is small and nothing may follow before its answer. Of what it is sent and does
 * not take: any number of frames up to SNDHWM, but no more bytes than these.
 */
#define UNDELIVERED_MAX                                                                                      \
    ((uint64_t)SOCKET_RECEIVE_FRAMES * FRAME_BYTES_MAX + 2 * SOCKET_RECEIVE_BUFFER + 2 * MIB)
#define FIRST_BYTES_MAX  (1 * MIB)
#define UNTAKEN_MAX      (32 * MIB)
#define FIRST_MESSAGE_MS 15000 /* until it must have come: the handshake has 5 seconds */

struct connection {
    bool open;
    struct sockaddr_storage peer;
    mono_ms seen; /* by the first watchdog round; 0: not yet */
    uint64_t delivered, spoken;
};

struct watch {
    void *server;
    void *monitor;
    struct connection *by_fd;
    size_t room, open_count;
    uint64_t accept_failures, failed_handshakes;
};

struct watch *watch_open(void *context, void *server, struct error *error)
{
    struct watch *watch = calloc(1, sizeof *watch);
    int events = ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_ACCEPT_FAILED | ZMQ_EVENT_CLOSED | ZMQ_EVENT_DISCONNECTED |
                 ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL;
    if (watch == NULL) {
        error_set(error, "no memory to watch connections");
        return NULL;
    }
    watch->server = server;
    if (zmq_socket_monitor(server, MONITOR_ENDPOINT, events) != 0 ||
        (watch->monitor = zmq_socket(context, ZMQ_PAIR)) == NULL ||
        zmq_connect(watch->monitor, MONITOR_ENDPOINT) != 0) {
        error_set(error, "cannot watch connections: %s", zmq_strerror(zmq_errno()));
        watch_close(watch);
        return NULL;
    }
    return watch;
}

void watch_close(struct watch *watch)
{
    if (watch == NULL) {
        return;
    }
    (void)zmq_socket_monitor(watch->server, NULL, 0);
    if (watch->monitor != NULL) {
        (void)zmq_close(watch->monitor);
    }
    free(watch->by_fd);
    free(watch);
}

void *watch_socket(struct watch *watch)
{
    return watch->monitor;
}

static struct connection *find(struct watch *watch, int fd)
{
    return fd >= 0 && (size_t)fd < watch->room && watch->by_fd[fd].open ? &watch->by_fd[fd] : NULL;
}

static bool peer_of(int fd, struct sockaddr_storage *ret)
{
    socklen_t size = sizeof *ret;
    memset(ret, 0, sizeof *ret);
    return getpeername(fd, (struct sockaddr *)ret, &size) == 0;
}

static bool make_room(struct watch *watch, int fd)
{
    if ((size_t)fd < watch->room) {
        return true;
    }
    size_t room = (size_t)fd * 2 + 64;
    struct connection *larger = realloc(watch->by_fd, room * sizeof *larger);
    if (larger == NULL) {
        return false;
    }
    memset(larger + watch->room, 0, (room - watch->room) * sizeof *larger);
    watch->by_fd = larger;
    watch->room = room;
    return true;
}

static void ended(struct watch *watch, struct connection *connection)
{
    watch->open_count -= connection->open;
    connection->open = false;
}

static void accepted(struct watch *watch, int fd)
{
    if (fd < 0 || fd >= CONNECTIONS_MAX || !make_room(watch, fd)) {
        (void)shutdown(fd, SHUT_RDWR); /* what cannot be watched is not served */
        return;
    }
    struct connection *connection = &watch->by_fd[fd];
    ended(watch, connection);
    *connection = (struct connection){.open = false};
    connection->open = peer_of(fd, &connection->peer);
    watch->open_count += connection->open;
}

/* One monitor event: frame 1 is u16 event, u32 value in the host's order; frame 2 the endpoint. False: none waits. */
static bool next_event(void *monitor, uint16_t *event, int32_t *value)
{
    uint8_t first[6];
    char endpoint[256];
    if (zmq_recv(monitor, first, sizeof first, ZMQ_DONTWAIT) != sizeof first) {
        return false;
    }
    (void)zmq_recv(monitor, endpoint, sizeof endpoint, 0);
    memcpy(event, first, sizeof *event);
    memcpy(value, first + 2, sizeof *value);
    return true;
}

void watch_serve(struct watch *watch, void (*gone)(void *context, int fd), void *context)
{
    uint16_t event = 0;
    int32_t fd = -1;
    while (next_event(watch->monitor, &event, &fd)) {
        if (event == ZMQ_EVENT_ACCEPTED) {
            accepted(watch, fd);
        } else if (event == ZMQ_EVENT_ACCEPT_FAILED) {
            watch->accept_failures++;
        } else if (event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
                   event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) { /* its value is no descriptor */
            watch->failed_handshakes++;
        } else {
            struct connection *connection = find(watch, fd);
            if (connection != NULL) {
                ended(watch, connection);
            }
            gone(context, fd);
        }
    }
}

void watch_delivered(struct watch *watch, int fd, size_t size)
{
    struct connection *connection = find(watch, fd);
    if (connection != NULL) {
        connection->delivered += size;
    }
}

void watch_spoken(struct watch *watch, int fd, size_t size)
{
    struct connection *connection = find(watch, fd);
    if (connection != NULL) {
        connection->spoken += size;
    }
}

size_t watch_open_count(const struct watch *watch)
{
    return watch->open_count;
}

static bool still_that_peer(int fd, const struct connection *connection)
{
    struct sockaddr_storage now;
    return peer_of(fd, &now) && memcmp(&now, &connection->peer, sizeof now) == 0;
}

void watch_cut(struct watch *watch, int fd)
{
    struct connection *connection = find(watch, fd);
    if (connection != NULL && still_that_peer(fd, connection)) {
        (void)shutdown(fd, SHUT_RDWR);
    }
}

/* Whether the connection keeps within its bounds. What CURVE and ZMTP add to a message is allowed for by an eighth. */
static bool is_within_bounds(const struct connection *connection, const struct tcp_info *info, mono_ms now)
{
    uint64_t most = connection->delivered == 0 ? FIRST_BYTES_MAX : UNDELIVERED_MAX;
    bool silent = connection->delivered == 0 && mono_after(connection->seen, FIRST_MESSAGE_MS).ms <= now.ms;
    return !silent && info->tcpi_bytes_received <= connection->delivered + connection->delivered / 8 + most &&
           connection->spoken <= info->tcpi_bytes_acked + UNTAKEN_MAX;
}

unsigned watch_cut_floods(struct watch *watch, mono_ms now)
{
    unsigned cut = 0;
    for (size_t fd = 0; fd < watch->room; fd++) {
        struct connection *connection = &watch->by_fd[fd];
        struct tcp_info info;
        socklen_t size = sizeof info;
        memset(&info, 0, sizeof info);
        if (!connection->open || getsockopt((int)fd, IPPROTO_TCP, TCP_INFO, &info, &size) != 0) {
            continue;
        }
        connection->seen = connection->seen.ms == 0 ? now : connection->seen;
        if (!is_within_bounds(connection, &info, now) && still_that_peer((int)fd, connection)) {
            (void)shutdown((int)fd, SHUT_RDWR);
            ended(watch, connection);
            cut++;
        }
    }
    return cut;
}

uint64_t watch_accept_failures(const struct watch *watch)
{
    return watch->accept_failures;
}

uint64_t watch_failed_handshakes(const struct watch *watch)
{
    return watch->failed_handshakes;
}
