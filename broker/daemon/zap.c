/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/zap.h"

#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/text.h"
#include "broker/daemon/socket.h"

#define FRAMES_MAX 8
#define FRAME_ROOM 256

struct zap {
    void *socket;
    struct hub_admission admission;
    struct public_key trial_key;
    const char *trial_name;
    uint64_t admitted, refused;
};

/* A ZAP request: version, request id, domain, address, identity, mechanism, credentials. */
struct request {
    size_t count;
    struct {
        uint8_t data[FRAME_ROOM];
        size_t size;
    } frame[FRAMES_MAX];
};
enum { VERSION, REQUEST_ID, DOMAIN, ADDRESS, IDENTITY, MECHANISM, CLIENT_KEY };

struct zap *zap_open(void *context, struct hub_admission admission, struct error *error)
{
    struct zap *zap = calloc(1, sizeof *zap);
    if (zap == NULL) {
        error_set(error, "no memory for the ZAP handler");
        return NULL;
    }
    zap->admission = admission;
    zap->socket = zmq_socket(context, ZMQ_REP);
    if (zap->socket == NULL || zmq_bind(zap->socket, "inproc://zeromq.zap.01") != 0) {
        error_set(error, "cannot bind the ZAP handler: %s", zmq_strerror(zmq_errno()));
        zap_close(zap);
        return NULL;
    }
    return zap;
}

void zap_close(struct zap *zap)
{
    if (zap != NULL) {
        if (zap->socket != NULL) {
            (void)zmq_close(zap->socket);
        }
        free(zap);
    }
}

void *zap_socket(struct zap *zap)
{
    return zap->socket;
}

void zap_trial(struct zap *zap, const struct public_key *key, const char *name)
{
    zap->trial_name = key == NULL ? NULL : name;
    if (key != NULL) {
        zap->trial_key = *key;
    }
}

uint64_t zap_admitted(const struct zap *zap)
{
    return zap->admitted;
}

uint64_t zap_refused(const struct zap *zap)
{
    return zap->refused;
}

/* False: nothing waits. Frames beyond the room are counted and dropped: such a request is refused. */
static bool receive(struct zap *zap, struct request *request)
{
    int more = 1;
    size_t more_size = sizeof more;
    for (request->count = 0; more != 0; request->count++) {
        uint8_t spare[FRAME_ROOM];
        bool fits = request->count < FRAMES_MAX;
        int size = zmq_recv(zap->socket, fits ? request->frame[request->count].data : spare, FRAME_ROOM,
                            ZMQ_DONTWAIT);
        if (size < 0) {
            return false;
        }
        if (fits) {
            request->frame[request->count].size =
                (size_t)size; /* may exceed the room: then nothing matches */
        }
        if (zmq_getsockopt(zap->socket, ZMQ_RCVMORE, &more, &more_size) != 0) {
            return false;
        }
    }
    return true;
}

static bool frame_is(const struct request *request, size_t index, const char *text)
{
    size_t size = strlen(text);
    return request->frame[index].size == size && memcmp(request->frame[index].data, text, size) == 0;
}

static bool admitted(const struct zap *zap, const struct request *request, struct address *party)
{
    struct public_key key;
    if (request->count != CLIENT_KEY + 1 || !frame_is(request, VERSION, "1.0") ||
        !frame_is(request, DOMAIN, ZAP_DOMAIN) || !frame_is(request, MECHANISM, "CURVE") ||
        request->frame[CLIENT_KEY].size != sizeof key.bytes) {
        return false;
    }
    memcpy(key.bytes, request->frame[CLIENT_KEY].data, sizeof key.bytes);
    if (zap->trial_name != NULL && public_key_equal(&key, &zap->trial_key)) {
        *party = (struct address){.text = ""};
        memcpy(party->text, zap->trial_name, strlen(zap->trial_name) + 1);
        return true;
    }
    return zap->admission.admit(zap->admission.context, &key, party);
}

/* ZMTP metadata of one property: u8 size, name, u32be size, value. Returns the size of it all. */
static size_t key_property(const struct request *request, uint8_t ret[FRAME_ROOM])
{
    const uint8_t name_size = sizeof ZAP_KEY_PROPERTY - 1;
    const uint8_t value_size = 2 * sizeof(struct public_key);
    uint8_t *at = ret;
    *at++ = name_size;
    memcpy(at, ZAP_KEY_PROPERTY, name_size);
    at += name_size;
    memcpy(at, (const uint8_t[]){0, 0, 0, value_size}, 4);
    at += 4;
    (void)hex_write((char *)at, bytes_of(request->frame[CLIENT_KEY].data, sizeof(struct public_key)));
    return (size_t)(at - ret) + value_size;
}

static void answer(struct zap *zap, const struct request *request, bool yes, const struct address *party)
{
    const char *user = yes ? party->text : "";
    uint8_t property[FRAME_ROOM];
    size_t property_size = yes ? key_property(request, property) : 0;
    const struct {
        const void *data;
        size_t size;
    } frames[] = {
        {"1.0", 3},
        {request->frame[REQUEST_ID].data, request->frame[REQUEST_ID].size},
        {yes ? "200" : "400", 3},
        {yes ? "OK" : "not in the roster", yes ? 2 : 17},
        {user, strlen(user)},
        {property, property_size},
    };
    size_t count = sizeof frames / sizeof frames[0];
    for (size_t i = 0; i < count; i++) {
        if (zmq_send(zap->socket, frames[i].data, frames[i].size, i + 1 < count ? ZMQ_SNDMORE : 0) < 0) {
            return;
        }
    }
}

void zap_serve(struct zap *zap)
{
    struct request request;
    while (receive(zap, &request)) {
        struct address party = {.text = ""};
        bool whole = request.count > REQUEST_ID && request.frame[REQUEST_ID].size <= FRAME_ROOM;
        bool yes = whole && admitted(zap, &request, &party);
        zap->admitted += yes;
        zap->refused += !yes;
        if (!whole) {
            request.frame[REQUEST_ID].size = 0;
        }
        answer(zap, &request, yes, &party);
    }
}
