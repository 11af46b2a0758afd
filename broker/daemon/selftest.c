/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/selftest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "broker/daemon/socket.h"

#define TRIAL_MS   5000 /* bound of one trial; a refusal takes about a millisecond */
#define TRIAL_NAME "ZZ/self-test"

struct trial {
    void *context;
    struct zap *zap;
    void *server;
    char endpoint[128];
    char server_key[41];
    int clients;
};

enum verdict { LET_IN, REFUSED, SILENT };

/* Serves ZAP and looks for a message at the server and an event at the client's monitor, until one decides. */
static enum verdict watch_trial(struct trial *trial, void *monitor, char *ret_user, size_t user_room)
{
    uint64_t end = host_mono().ms + TRIAL_MS;
    while (host_mono().ms < end) {
        zmq_pollitem_t items[] = {
            {.socket = zap_socket(trial->zap), .events = ZMQ_POLLIN},
            {.socket = trial->server, .events = ZMQ_POLLIN},
            {.socket = monitor, .events = ZMQ_POLLIN},
        };
        (void)zmq_poll(items, 3, 50);
        zap_serve(trial->zap);
        if ((items[1].revents & ZMQ_POLLIN) != 0) {
            zmq_msg_t part;
            bool more = true;
            while (more) {
                (void)zmq_msg_init(&part);
                if (zmq_msg_recv(&part, trial->server, ZMQ_DONTWAIT) < 0) {
                    break;
                }
                more = zmq_msg_more(&part) != 0;
                const char *user = more ? NULL : zmq_msg_gets(&part, "User-Id");
                (void)snprintf(ret_user, user_room, "%s", user == NULL ? "" : user);
                (void)zmq_msg_close(&part);
            }
            return LET_IN;
        }
        uint8_t first[6];
        while (zmq_recv(monitor, first, sizeof first, ZMQ_DONTWAIT) == sizeof first) {
            uint16_t event = 0;
            char ignored[256];
            memcpy(&event, first, sizeof event);
            (void)zmq_recv(monitor, ignored, sizeof ignored, 0);
            if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
                event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL || event == ZMQ_EVENT_DISCONNECTED) {
                return REFUSED;
            }
        }
    }
    return SILENT;
}

enum mechanism { WITH_NULL, WITH_PLAIN, WITH_CURVE };

/* Connects a client of that mechanism, which sends one message at once. */
static enum verdict try_client(struct trial *trial, enum mechanism mechanism, const char *public_z85,
                               const char *secret_z85, char *ret_user, size_t user_room)
{
    enum verdict verdict = SILENT;
    void *client = zmq_socket(trial->context, ZMQ_DEALER);
    void *monitor = zmq_socket(trial->context, ZMQ_PAIR);
    struct error ignored = {.text = ""};
    char monitor_endpoint[48]; /* a new name each time: libzmq frees the old one in its own time */
    (void)snprintf(monitor_endpoint, sizeof monitor_endpoint, "inproc://trial-%d", ++trial->clients);
    bool good = client != NULL && monitor != NULL &&
                socket_option_int(client, ZMQ_LINGER, 0, "LINGER", &ignored) &&
                socket_option_int(client, ZMQ_RECONNECT_IVL, -1, "RECONNECT_IVL", &ignored);
    if (good && mechanism == WITH_PLAIN) {
        good = socket_option(client, ZMQ_PLAIN_USERNAME, "admin", 5, "PLAIN_USERNAME", &ignored) &&
               socket_option(client, ZMQ_PLAIN_PASSWORD, "admin", 5, "PLAIN_PASSWORD", &ignored);
    }
    if (good && mechanism == WITH_CURVE) {
        good =
            socket_option(client, ZMQ_CURVE_SERVERKEY, trial->server_key, 41, "CURVE_SERVERKEY", &ignored) &&
            socket_option(client, ZMQ_CURVE_PUBLICKEY, public_z85, 41, "CURVE_PUBLICKEY", &ignored) &&
            socket_option(client, ZMQ_CURVE_SECRETKEY, secret_z85, 41, "CURVE_SECRETKEY", &ignored);
    }
    good = good && zmq_socket_monitor(client, monitor_endpoint, ZMQ_EVENT_ALL) == 0 &&
           zmq_connect(monitor, monitor_endpoint) == 0 && zmq_connect(client, trial->endpoint) == 0;
    if (good) {
        (void)zmq_send(client, "trial", 5,
                       ZMQ_DONTWAIT); /* refused already: then it fails, and the monitor knows */
        verdict = watch_trial(trial, monitor, ret_user, user_room);
    }
    if (client != NULL) {
        (void)zmq_socket_monitor(client, NULL, 0);
        (void)zmq_close(client);
    }
    if (monitor != NULL) {
        (void)zmq_close(monitor);
    }
    return verdict;
}

/* Sends raw bytes and wants the connection closed by the server. */
static enum verdict try_bytes(struct trial *trial, const uint8_t *bytes, size_t size)
{
    const char *colon = strrchr(trial->endpoint, ':');
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)strtol(colon + 1, NULL, 10))};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    enum verdict verdict = SILENT;
    if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof to) != 0) {
        if (fd >= 0) {
            (void)close(fd);
        }
        return SILENT;
    }
    (void)send(fd, bytes, size, MSG_NOSIGNAL);
    uint64_t end = host_mono().ms + TRIAL_MS;
    while (verdict == SILENT && host_mono().ms < end) {
        struct pollfd item = {.fd = fd, .events = POLLIN};
        uint8_t answer[256];
        if (poll(&item, 1, 50) > 0) {
            ssize_t got = recv(fd, answer, sizeof answer, MSG_DONTWAIT);
            if (got == 0 || (got < 0 && errno != EAGAIN)) {
                verdict = REFUSED;
            }
        }
        zmq_pollitem_t server = {.socket = trial->server, .events = ZMQ_POLLIN};
        if (zmq_poll(&server, 1, 0) > 0) {
            verdict = LET_IN;
        }
    }
    (void)close(fd);
    return verdict;
}

static bool refused(enum verdict verdict, const char *who, struct error *error)
{
    if (verdict != REFUSED) {
        error_set(error, "self-test: %s was %s; this libzmq is not safe to serve with", who,
                  verdict == LET_IN ? "let in" : "not refused in time");
    }
    return verdict == REFUSED;
}

static bool curve_trials(struct trial *trial, struct error *error)
{
    char public_z85[41];
    char secret_z85[41];
    char user[64] = "";
    uint8_t key[32];
    struct public_key known;
    if (zmq_curve_keypair(public_z85, secret_z85) != 0 || zmq_z85_decode(key, public_z85) == NULL) {
        error_set(error, "self-test: this libzmq has no CURVE");
        return false;
    }
    if (!refused(try_client(trial, WITH_CURVE, public_z85, secret_z85, user, sizeof user), "an unknown key",
                 error)) {
        return false;
    }
    memcpy(known.bytes, key, sizeof known.bytes);
    zap_trial(trial->zap, &known, TRIAL_NAME);
    enum verdict verdict = try_client(trial, WITH_CURVE, public_z85, secret_z85, user, sizeof user);
    zap_trial(trial->zap, NULL, NULL);
    sodium_memzero(secret_z85, sizeof secret_z85);
    if (verdict != LET_IN || strcmp(user, TRIAL_NAME) != 0) {
        error_set(error, "self-test: a known key was not let in under its name (got \"%s\")", user);
        return false;
    }
    return true;
}

static bool all_trials(struct trial *trial, struct error *error)
{
    static const uint8_t zmtp1[] = {0x01, 0x00, 0x06, 0x00, 't', 'r', 'i', 'a', 'l'};
    static const uint8_t zmtp2[] = {0xff, 0,    0,    0,    0,    0,   0,   0,   0x01, 0x7f, 0x01,
                                    0x05, 0x00, 0x00, 0x00, 0x05, 't', 'r', 'i', 'a',  'l'};
    static uint8_t garbage[60 * 1024];
    memset(garbage, 0xa5, sizeof garbage);
    return curve_trials(trial, error) &&
           refused(try_client(trial, WITH_NULL, NULL, NULL, NULL, 0), "a client without CURVE (NULL)",
                   error) &&
           refused(try_client(trial, WITH_PLAIN, NULL, NULL, NULL, 0), "a client with PLAIN", error) &&
           refused(try_bytes(trial, zmtp1, sizeof zmtp1), "a ZMTP 1.0 greeting", error) &&
           refused(try_bytes(trial, zmtp2, sizeof zmtp2), "a ZMTP 2.0 greeting", error) &&
           refused(try_bytes(trial, garbage, sizeof garbage), "60 KB of garbage", error);
}

bool selftest_run(void *context, struct zap *zap, const char *curve_secret_z85,
                  const struct public_key *server_key, struct error *error)
{
    struct trial trial = {.context = context, .zap = zap};
    size_t size = sizeof trial.endpoint;
    trial.server = server_socket_new(context, curve_secret_z85, error);
    if (trial.server == NULL) {
        return false;
    }
    bool good = zmq_z85_encode(trial.server_key, server_key->bytes, 32) != NULL &&
                zmq_bind(trial.server, "tcp://127.0.0.1:*") == 0 &&
                zmq_getsockopt(trial.server, ZMQ_LAST_ENDPOINT, trial.endpoint, &size) == 0;
    if (!good) {
        error_set(error, "self-test: cannot listen on loopback: %s", zmq_strerror(zmq_errno()));
    }
    good = good && all_trials(&trial, error);
    (void)zmq_close(trial.server);
    return good;
}
