/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/text.h"
#include "proto/reason.h"
#include "tests/e2e/peer.h"

#define ARENA_BYTES ((size_t)1024 * 1024 * 1024)
#define ANSWER_MS   20000

void broken(const char *format, ...)
{
    va_list list;
    va_start(list, format);
    (void)fputs("peer: ", stderr);
    (void)vfprintf(stderr, format, list);
    (void)fputc('\n', stderr);
    va_end(list);
    exit(PEER_BROKEN);
}

static struct keyfile read_key(struct peer *peer, const char *file)
{
    struct keyfile key;
    struct error error = {.text = ""};
    char *path = arena_format(peer->arena, "%s/%s", peer->network_directory, file);
    if (path == NULL || keyfile_read(path, bytes_of(NULL, 0), peer->slab, &key, &error) != KEYFILE_OK) {
        broken("%s", error.text);
    }
    return key;
}

struct signer peer_signer(struct peer *peer, const char *file)
{
    struct signer signer;
    struct keyfile key = read_key(peer, file);
    if (!signer_init(&signer, peer->slab, secret_data(key.secret))) {
        broken("no room for another key");
    }
    keyfile_done(&key);
    return signer;
}

static const char *in_folder(struct peer *peer, const char *name)
{
    return arena_format(peer->arena, "%s/%s", peer->folder, name);
}

void peer_open(struct peer *peer, const char *network_directory, const char *folder)
{
    struct error error = {.text = ""};
    struct bytes json;
    peer->network_directory = network_directory;
    (void)snprintf(peer->folder, sizeof peer->folder, "%s", folder);
    if (sodium_init() < 0) {
        broken("libsodium does not start");
    }
    peer->arena = arena_new(ARENA_BYTES);
    peer->slab = slab_new(32, &error);
    if (peer->arena == NULL || peer->slab == NULL) {
        broken("no memory: %s", error.text);
    }
    char *roster = arena_format(peer->arena, "%s/roster/1/roster.json", network_directory);
    if (files_read(roster, ROSTER_BYTES_MAX, peer->arena, &json, &error) != FILES_OK ||
        roster_read(json, &peer->roster, &error) != ROSTER_OK) {
        broken("%s", error.text);
    }
    peer->network = roster_network(peer->roster);
    char *address = arena_format(peer->arena, "%s", folder);
    address[2] = '/';
    if (!address_read(bytes_of_text(address), &peer->own)) {
        broken("%s is no party's folder", folder);
    }
    peer->link = read_key(peer, in_folder(peer, "keys/link.key"));
    peer->node = peer_signer(peer, in_folder(peer, "keys/node.key"));
    peer->officer = peer_signer(peer, in_folder(peer, "officers/duty.key"));
    size_t count = 0;
    const struct roster_broker *brokers = roster_brokers(peer->roster, &count);
    if (count == 0) {
        broken("the roster names no broker");
    }
    peer->endpoint = brokers[0].endpoints[0];
}

void peer_close(struct peer *peer)
{
    peer_disconnect(peer);
    signer_done(&peer->node);
    signer_done(&peer->officer);
    keyfile_done(&peer->link);
    roster_free(peer->roster);
    slab_free(peer->slab);
    arena_free(peer->arena);
}

/* --- the link --- */

static void option(struct peer *peer, int name, const void *value, size_t size)
{
    if (zmq_setsockopt(peer->socket, name, value, size) != 0) {
        broken("socket option %d: %s", name, zmq_strerror(zmq_errno()));
    }
}

static const struct public_key *broker_key(const struct peer *peer)
{
    size_t count = 0;
    const struct roster_broker *brokers = roster_brokers(peer->roster, &count);
    for (size_t i = 0; i < brokers[0].key_count; i++) {
        if (brokers[0].keys[i].role == ROLE_LINK) {
            return &brokers[0].keys[i].key;
        }
    }
    broken("the roster names no link key of the broker");
}

static void set_curve(struct peer *peer, bool stranger)
{
    uint8_t secret[32];
    uint8_t public[32];
    char text[41];
    (void)zmq_z85_encode(text, broker_key(peer)->bytes, 32);
    option(peer, ZMQ_CURVE_SERVERKEY, text, 41);
    memcpy(secret, secret_data(peer->link.secret), sizeof secret);
    memcpy(public, peer->link.key.bytes, sizeof public);
    if (stranger) {
        host_random(NULL, secret, sizeof secret);
        (void)crypto_scalarmult_base(public, secret);
    }
    (void)zmq_z85_encode(text, public, 32);
    option(peer, ZMQ_CURVE_PUBLICKEY, text, 41);
    (void)zmq_z85_encode(text, secret, 32);
    option(peer, ZMQ_CURVE_SECRETKEY, text, 41);
}

void peer_connect(struct peer *peer, enum mechanism mechanism)
{
    static const int zero = 0;
    static const int never = -1;
    peer->context = zmq_ctx_new();
    peer->socket = zmq_socket(peer->context, ZMQ_DEALER);
    peer->monitor = zmq_socket(peer->context, ZMQ_PAIR);
    option(peer, ZMQ_LINGER, &zero, sizeof zero);
    option(peer, ZMQ_SNDHWM, &zero, sizeof zero);
    option(peer, ZMQ_RECONNECT_IVL, &never, sizeof never);
    if (peer->routing_id != NULL) {
        option(peer, ZMQ_ROUTING_ID, peer->routing_id, strlen(peer->routing_id));
    }
    if (mechanism == MECHANISM_CURVE || mechanism == MECHANISM_STRANGER) {
        set_curve(peer, mechanism == MECHANISM_STRANGER);
    } else if (mechanism == MECHANISM_PLAIN) {
        option(peer, ZMQ_PLAIN_USERNAME, "XA/poc", 6);
        option(peer, ZMQ_PLAIN_PASSWORD, "guess", 5);
    }
    if (zmq_socket_monitor(peer->socket, "inproc://watch", ZMQ_EVENT_ALL) != 0 ||
        zmq_connect(peer->monitor, "inproc://watch") != 0 || zmq_connect(peer->socket, peer->endpoint) != 0) {
        broken("cannot connect to %s: %s", peer->endpoint, zmq_strerror(zmq_errno()));
    }
}

void peer_disconnect(struct peer *peer)
{
    if (peer->context != NULL) {
        (void)zmq_socket_monitor(peer->socket, NULL, 0);
        (void)zmq_close(peer->socket);
        (void)zmq_close(peer->monitor);
        (void)zmq_ctx_term(peer->context);
        peer->context = NULL;
    }
}

void peer_send(struct peer *peer, struct bytes frame, bool more)
{
    /* Without a connection there is nowhere to put it: what is heard next says so. */
    if (zmq_send(peer->socket, frame.data, frame.size, ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)) < 0 &&
        zmq_errno() != EAGAIN) {
        broken("send: %s", zmq_strerror(zmq_errno()));
    }
}

struct bytes peer_pack(struct peer *peer, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *data = arena_take(peer->arena, size + 1);
    if (data == NULL) {
        broken("no memory");
    }
    return bytes_of(data, protobuf_c_message_pack(message, data));
}

void peer_say(struct peer *peer, const Comity__Frame *frame)
{
    peer_send(peer, peer_pack(peer, &frame->base), false);
}

void peer_hello(struct peer *peer, const char *as)
{
    Comity__Hello hello = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    hello.version = 1;
    hello.network = wire_binary(bytes_of(peer->network.bytes, sizeof peer->network.bytes));
    hello.party = (char *)(uintptr_t)as;
    hello.software = (char *)(uintptr_t) "peer";
    hello.roster = roster_version(peer->roster);
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &hello;
    peer_say(peer, &frame);
}

void peer_submit(struct peer *peer, struct bytes envelope)
{
    Comity__Submit submit = COMITY__SUBMIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    submit.tag = ++peer->tag;
    submit.envelope = wire_binary(envelope);
    frame.body_case = COMITY__FRAME__BODY_SUBMIT;
    frame.submit = &submit;
    peer_say(peer, &frame);
}

void peer_credit(struct peer *peer, uint32_t envelopes)
{
    for (uint32_t lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        Comity__Credit credit = COMITY__CREDIT__INIT;
        Comity__Frame frame = COMITY__FRAME__INIT;
        credit.lane = lane;
        credit.envelopes = envelopes;
        frame.body_case = COMITY__FRAME__BODY_CREDIT;
        frame.credit = &credit;
        peer_say(peer, &frame);
    }
}

/* --- hearing --- */

/* What the monitor says, if it is the end. */
static enum heard watch(struct peer *peer)
{
    uint8_t first[6];
    char ignored[256];
    while (zmq_recv(peer->monitor, first, sizeof first, ZMQ_DONTWAIT) == sizeof first) {
        uint16_t event = 0;
        memcpy(&event, first, sizeof event);
        (void)zmq_recv(peer->monitor, ignored, sizeof ignored, 0);
        if (event == ZMQ_EVENT_HANDSHAKE_FAILED_AUTH || event == ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL ||
            event == ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL) {
            return HEARD_REFUSED;
        }
        if (event == ZMQ_EVENT_DISCONNECTED || event == ZMQ_EVENT_CLOSED ||
            event == ZMQ_EVENT_CONNECT_RETRIED) {
            return HEARD_CLOSED;
        }
    }
    return HEARD_NOTHING;
}

enum heard peer_hear(struct peer *peer, long timeout_ms, const Comity__Frame **ret)
{
    uint64_t end = host_mono().ms + (uint64_t)timeout_ms;
    for (;;) {
        zmq_pollitem_t items[] = {{.socket = peer->socket, .events = ZMQ_POLLIN},
                                  {.socket = peer->monitor, .events = ZMQ_POLLIN}};
        uint64_t now = host_mono().ms;
        (void)zmq_poll(items, 2, now >= end ? 0 : (long)(end - now));
        zmq_msg_t message;
        (void)zmq_msg_init(&message);
        if (zmq_msg_recv(&message, peer->socket, ZMQ_DONTWAIT) >= 0) {
            Comity__Frame *frame = NULL;
            struct bytes bytes =
                arena_copy(peer->arena, bytes_of(zmq_msg_data(&message), zmq_msg_size(&message)));
            (void)zmq_msg_close(&message);
            if (bytes.data == NULL || frame_unpack(bytes, peer->arena, &frame, NULL) != WIRE_OK) {
                broken("the broker said a frame that does not scan");
            }
            *ret = frame;
            return HEARD_FRAME;
        }
        (void)zmq_msg_close(&message);
        enum heard heard = watch(peer);
        if (heard != HEARD_NOTHING || host_mono().ms >= end) {
            return heard;
        }
    }
}

static const char *short_hex(struct peer *peer, ProtobufCBinaryData bytes)
{
    return bytes.len == 0 ? "-" : hex_new(peer->arena, bytes_of(bytes.data, bytes.len < 8 ? bytes.len : 8));
}

static void print_receipt(struct peer *peer, const char *frame, ProtobufCBinaryData bytes)
{
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    if (signed_receipt_unpack(wire_bytes(bytes), peer->arena, &signed_receipt, NULL) != WIRE_OK ||
        receipt_unpack(wire_bytes(signed_receipt->receipt), peer->arena, &receipt, NULL) != WIRE_OK) {
        broken("a receipt that does not scan");
    }
    for (size_t i = 0; i < receipt->n_item; i++) {
        const Comity__ReceiptItem *item = receipt->item[i];
        (void)printf("%s kind=%s from=%s to=%s id=%s seq=%u reason=%s\n", frame,
                     receipt_kind_name(receipt->kind), receipt->from, receipt->to, short_hex(peer, item->id),
                     (unsigned)item->seq, item->reason == 0 ? "-" : reason_name(item->reason));
    }
}

static void print_deliver(struct peer *peer, const Comity__Deliver *deliver)
{
    Comity__Envelope *envelope = NULL;
    Comity__Header *header = NULL;
    if (deliver->stub != NULL) {
        (void)printf("DELIVER stub\n");
        return;
    }
    if (envelope_unpack(wire_bytes(deliver->envelope), peer->arena, &envelope, NULL) != WIRE_OK ||
        header_unpack(wire_bytes(envelope->header), peer->arena, &header, NULL) != WIRE_OK) {
        broken("an envelope that does not scan");
    }
    (void)printf("DELIVER from=%s to=%s lane=%s seq=%u\n", header->from, header->to, lane_name(header->lane),
                 (unsigned)header->seq);
}

void print_frame(struct peer *peer, const Comity__Frame *frame)
{
    switch ((int)frame->body_case) {
    case COMITY__FRAME__BODY_WELCOME:
        (void)printf("WELCOME roster=%llu prekeys=%llu\n", (unsigned long long)frame->welcome->roster,
                     (unsigned long long)frame->welcome->prekeys);
        break;
    case COMITY__FRAME__BODY_HEADS:
        (void)printf("HEADS count=%zu last=%d\n", frame->heads->n_head, (int)frame->heads->last);
        break;
    case COMITY__FRAME__BODY_ACCEPTED:
        print_receipt(peer, "ACCEPTED", frame->accepted->receipt);
        break;
    case COMITY__FRAME__BODY_REJECTED:
        (void)printf("REJECTED tag=%llu reason=%s temporary=%d signed=%d detail=\"%s\"\n",
                     (unsigned long long)frame->rejected->tag, reason_name(frame->rejected->reason),
                     (int)frame->rejected->temporary, frame->rejected->receipt.len != 0,
                     frame->rejected->detail);
        break;
    case COMITY__FRAME__BODY_RECEIPT:
        print_receipt(peer, "RECEIPT", frame->receipt->receipt);
        break;
    case COMITY__FRAME__BODY_DELIVER:
        print_deliver(peer, frame->deliver);
        break;
    case COMITY__FRAME__BODY_PREKEYS:
        (void)printf("PREKEYS %s\n", frame->prekeys->list.len != 0 ? "list" : "absent");
        break;
    case COMITY__FRAME__BODY_ROSTER:
        (void)printf("ROSTER version=%llu\n", (unsigned long long)frame->roster->version);
        break;
    case COMITY__FRAME__BODY_BYE:
        (void)printf("BYE reason=%s text=\"%s\"\n",
                     frame->bye->reason == 0 ? "-" : reason_name(frame->bye->reason), frame->bye->text);
        break;
    default:
        (void)printf("FRAME kind=%d\n", (int)frame->body_case);
        break;
    }
    (void)fflush(stdout);
}

void print_heard(enum heard heard)
{
    if (heard != HEARD_FRAME) {
        (void)printf("%s\n", heard == HEARD_CLOSED    ? "CLOSED"
                             : heard == HEARD_REFUSED ? "HANDSHAKE REFUSED"
                                                      : "SILENCE");
        (void)fflush(stdout);
    }
}

/* As a node does: a receipt that arrived is on its disk now. */
static void settle(struct peer *peer, const Comity__Frame *heard)
{
    Comity__SignedReceipt *receipt = NULL;
    if (heard->body_case != COMITY__FRAME__BODY_RECEIPT ||
        signed_receipt_unpack(wire_bytes(heard->receipt->receipt), peer->arena, &receipt, NULL) != WIRE_OK) {
        return;
    }
    struct bytes part = wire_bytes(receipt->receipt);
    struct digest digest = labelled_digest("comity/v1/rcpt", &part, 1);
    ProtobufCBinaryData one = wire_binary(digest_bytes(&digest));
    Comity__Settle message = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.n_digest = 1;
    message.digest = &one;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &message;
    peer_say(peer, &frame);
}

const Comity__Frame *peer_expect(struct peer *peer, int body_case, long timeout_ms)
{
    for (;;) {
        const Comity__Frame *frame = NULL;
        enum heard heard = peer_hear(peer, timeout_ms, &frame);
        print_heard(heard);
        if (heard != HEARD_FRAME) {
            return NULL;
        }
        print_frame(peer, frame);
        settle(peer, frame);
        if ((int)frame->body_case == body_case) {
            return frame;
        }
    }
}

void peer_greet(struct peer *peer)
{
    peer_hello(peer, peer->own.text);
    for (;;) {
        const Comity__Frame *heads = peer_expect(peer, COMITY__FRAME__BODY_HEADS, ANSWER_MS);
        if (heads == NULL) {
            broken("no greeting");
        }
        if (heads->heads->last) {
            return;
        }
    }
}
