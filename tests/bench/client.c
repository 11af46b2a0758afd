/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/client.h"

#include <string.h>
#include <zmq.h>

#include "base/daemon/host.h"
#include "keys/receipt.h"

#define SILENCE_MS  20000
#define ARENA_BYTES ((size_t)2 * 1024 * 1024)

static void option(void *socket, int name, const void *value, size_t size)
{
    ensure(zmq_setsockopt(socket, name, value, size) == 0);
}

static void option_key(void *socket, int name, const uint8_t key[32])
{
    char text[41];
    ensure(zmq_z85_encode(text, key, 32) != NULL);
    option(socket, name, text, sizeof text);
}

void *dealer_open(void *zmq, const char *endpoint, const struct public_key *server,
                  const struct link_key *own)
{
    static const int zero = 0;
    static const int millisecond = 1;
    static const int silence = SILENCE_MS;
    void *socket = zmq_socket(zmq, ZMQ_DEALER);
    ensure(socket != NULL);
    option(socket, ZMQ_LINGER, &zero, sizeof zero);
    option(socket, ZMQ_SNDHWM, &zero, sizeof zero);
    option(socket, ZMQ_RCVTIMEO, &silence, sizeof silence);
    option(socket, ZMQ_RECONNECT_IVL, &millisecond, sizeof millisecond);
    option_key(socket, ZMQ_CURVE_SERVERKEY, server->bytes);
    option_key(socket, ZMQ_CURVE_PUBLICKEY, own->key.bytes);
    option_key(socket, ZMQ_CURVE_SECRETKEY, own->secret);
    ensure(zmq_connect(socket, endpoint) == 0);
    return socket;
}

void client_open(struct client *client, struct bench *bench, size_t party)
{
    const struct network *network = bench->network;
    *client = (struct client){.arena = arena_new(ARENA_BYTES), .network = network, .party = party};
    ensure(client->arena != NULL);
    client->socket =
        dealer_open(bench->zmq, network->endpoint, &network->broker_link.key, &network->links[party]);
    client_send(client, frame_hello(network, client->arena, party));
}

void client_close(struct client *client)
{
    ensure(zmq_close(client->socket) == 0);
    arena_free(client->arena);
}

void client_send(struct client *client, struct bytes frame)
{
    ensure(frame.data != NULL && zmq_send(client->socket, frame.data, frame.size, 0) == (int)frame.size);
}

void client_say(struct client *client, const Comity__Frame *frame)
{
    arena_reset(client->arena);
    client_send(client, frame_pack(client->arena, frame));
}

const Comity__Frame *client_hear(struct client *client)
{
    Comity__Frame *frame = NULL;
    zmq_msg_t message;
    arena_reset(client->arena);
    ensure(zmq_msg_init(&message) == 0 && zmq_msg_recv(&message, client->socket, 0) >= 0);
    struct bytes bytes = bytes_of(zmq_msg_data(&message), zmq_msg_size(&message));
    ensure(frame_unpack(bytes, client->arena, &frame, NULL) == WIRE_OK);
    (void)zmq_msg_close(&message);
    ensure(frame->body_case != COMITY__FRAME__BODY_REJECTED && frame->body_case != COMITY__FRAME__BODY_BYE);
    return frame;
}

const Comity__Frame *client_hear_kind(struct client *client, int body_case)
{
    const Comity__Frame *frame = client_hear(client);
    while ((int)frame->body_case != body_case) {
        frame = client_hear(client);
    }
    return frame;
}

void client_greet(struct client *client)
{
    while (client_hear_kind(client, COMITY__FRAME__BODY_HEADS)->heads->last == 0) {
    }
}

void client_credit(struct client *client, uint32_t envelopes)
{
    arena_reset(client->arena);
    client_send(client, frame_credit(client->arena, envelopes));
}

uint64_t client_committed(struct client *client)
{
    Comity__Ping ping = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ping.nonce = 1;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &ping;
    client_say(client, &frame);
    return client_hear_kind(client, COMITY__FRAME__BODY_PONG)->pong->committed;
}

/* --- frames --- */

struct bytes frame_hello(const struct network *network, struct arena *arena, size_t party)
{
    Comity__Hello hello = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    char software[] = "bench";
    struct address own = network->parties[party];
    hello.version = 1;
    hello.network = wire_binary(bytes_of(network->id.bytes, 32));
    hello.party = own.text;
    hello.software = software;
    hello.roster = 1;
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &hello;
    return frame_pack(arena, &frame);
}

struct bytes frame_submit(const struct stack *stack, struct arena *arena, size_t index)
{
    Comity__Submit submit = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    submit.tag = index + 1;
    submit.envelope = wire_binary(stack->envelopes[index]);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &submit;
    return frame_pack(arena, &frame);
}

struct bytes frame_credit(struct arena *arena, uint32_t envelopes)
{
    Comity__Credit credit = COMITY__CREDIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    credit.lane = LANE_ROUTINE;
    credit.envelopes = envelopes;
    frame.body_case = COMITY__FRAME__BODY_CREDIT;
    frame.credit = &credit;
    return frame_pack(arena, &frame);
}

struct bytes frame_delivered(const struct bench *bench, struct arena *arena, size_t first, size_t count,
                             struct digest *ret_digest)
{
    const struct network *network = bench->network;
    struct receipt_item *items = arena_zero(arena, count, sizeof *items);
    struct bytes proof;
    Comity__ReceiptFrame message = COMITY__RECEIPT_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ensure(items != NULL);
    for (size_t i = 0; i < count; i++) {
        items[i] = (struct receipt_item){.id = bench->stack.ids[first + i],
                                         .lane = LANE_ROUTINE,
                                         .incarnation = 1,
                                         .seq = (uint32_t)(first + i + 1)};
    }
    struct bytes receipt =
        receipt_encode(RECEIPT_DELIVERED, &network->id, &network->parties[0], &network->parties[1],
                       &network->recipient.key, 1, host_wall(), items, count, arena, ret_digest);
    ensure(receipt.data != NULL && sign_turn(&network->recipient, ret_digest, 1, arena, &proof));
    message.receipt = wire_binary(signed_receipt_encode(arena, receipt, proof));
    frame.body_case = COMITY__FRAME__BODY_RECEIPT;
    frame.receipt = &message;
    return frame_pack(arena, &frame);
}

struct bytes frame_settle(struct arena *arena, const struct digest *digest)
{
    Comity__Settle settle = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ProtobufCBinaryData one = wire_binary(digest_bytes(digest));
    settle.n_digest = 1;
    settle.digest = &one;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &settle;
    return frame_pack(arena, &frame);
}
