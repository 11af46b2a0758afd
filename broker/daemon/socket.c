/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/socket.h"

#include <string.h>
#include <zmq.h>

#include "proto/wire.h"

/* In libzmq 4.3.4's binary but not in its stable header: a domain without a ZAP handler refuses instead of accepting. */
#ifndef ZMQ_ZAP_ENFORCE_DOMAIN
#define ZMQ_ZAP_ENFORCE_DOMAIN 93
#endif

bool socket_option(void *socket, int option, const void *value, size_t size, const char *name,
                   struct error *error)
{
    if (zmq_setsockopt(socket, option, value, size) != 0) {
        error_set(error, "libzmq does not take the option %s: %s", name, zmq_strerror(zmq_errno()));
        return false;
    }
    return true;
}

bool socket_option_int(void *socket, int option, int value, const char *name, struct error *error)
{
    return socket_option(socket, option, &value, sizeof value, name, error);
}

static const struct {
    int option, value;
    const char *name;
} profile[] = {
    {ZMQ_CURVE_SERVER, 1, "CURVE_SERVER"},
    {ZMQ_ZAP_ENFORCE_DOMAIN, 1, "ZAP_ENFORCE_DOMAIN"},
    {ZMQ_ROUTER_MANDATORY, 1, "ROUTER_MANDATORY"},
    {ZMQ_ROUTER_HANDOVER, 1, "ROUTER_HANDOVER"},
    {ZMQ_RCVHWM, SOCKET_RECEIVE_FRAMES, "RCVHWM"},
    {ZMQ_RCVBUF, SOCKET_RECEIVE_BUFFER, "RCVBUF"},
    {ZMQ_SNDHWM, SOCKET_SEND_FRAMES, "SNDHWM"},
    {ZMQ_HANDSHAKE_IVL, 5000, "HANDSHAKE_IVL"},
    {ZMQ_HEARTBEAT_IVL, 10000, "HEARTBEAT_IVL"},
    {ZMQ_HEARTBEAT_TIMEOUT, 30000, "HEARTBEAT_TIMEOUT"},
    {ZMQ_HEARTBEAT_TTL, 60000, "HEARTBEAT_TTL"},
    {ZMQ_BACKLOG, 1024, "BACKLOG"},
    {ZMQ_LINGER, 0, "LINGER"},
    {ZMQ_TCP_KEEPALIVE, 1, "TCP_KEEPALIVE"},
};

void *server_socket_new(void *context, const char *curve_secret_z85, struct error *error)
{
    int64_t frame_max = FRAME_BYTES_MAX;
    void *socket = zmq_socket(context, ZMQ_ROUTER);
    if (socket == NULL) {
        error_set(error, "cannot make a socket: %s", zmq_strerror(zmq_errno()));
        return NULL;
    }
    bool good = socket_option(socket, ZMQ_ZAP_DOMAIN, ZAP_DOMAIN, strlen(ZAP_DOMAIN), "ZAP_DOMAIN", error) &&
                socket_option(socket, ZMQ_MAXMSGSIZE, &frame_max, sizeof frame_max, "MAXMSGSIZE", error);
    for (size_t i = 0; good && i < sizeof profile / sizeof profile[0]; i++) {
        good = socket_option_int(socket, profile[i].option, profile[i].value, profile[i].name, error);
    }
    good = good && socket_option(socket, ZMQ_CURVE_SECRETKEY, curve_secret_z85, 41, "CURVE_SECRETKEY", error);
    if (!good) {
        (void)zmq_close(socket);
        return NULL;
    }
    return socket;
}
