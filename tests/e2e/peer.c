/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/e2e/peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zmq.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/daemon/program.h"
#include "keys/envelope.h"
#include "proto/reason.h"

#define ANSWER_MS 20000
#define ACCEPTED  COMITY__FRAME__BODY_ACCEPTED
#define REJECTED  COMITY__FRAME__BODY_REJECTED
#define RECEIPT   COMITY__FRAME__BODY_RECEIPT
#define BYE       COMITY__FRAME__BODY_BYE
#define PONG      COMITY__FRAME__BODY_PONG

static const char *word(char **words, size_t index, const char *initial)
{
    for (size_t i = 0; i <= index; i++) {
        if (words[i] == NULL) {
            return initial;
        }
    }
    return words[index];
}

/* Submits and hears the broker's answer; true when it was accepted. */
static bool submit(struct peer *peer, struct bytes envelope)
{
    const Comity__Frame *frame = NULL;
    peer_submit(peer, envelope);
    for (;;) {
        enum heard heard = peer_hear(peer, ANSWER_MS, &frame);
        print_heard(heard);
        if (heard != HEARD_FRAME) {
            return false;
        }
        print_frame(peer, frame);
        if (frame->body_case == ACCEPTED || frame->body_case == REJECTED || frame->body_case == BYE) {
            return frame->body_case == ACCEPTED;
        }
    }
}

/* Prints what was answered up to here: the Pong comes after it. False: the link ended. */
static bool hear_the_rest(struct peer *peer)
{
    Comity__Ping ping = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ping.nonce = 1;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &ping;
    peer_say(peer, &frame);
    return peer_expect(peer, PONG, ANSWER_MS) != NULL;
}

static void connect_and_greet(struct peer *peer)
{
    peer_connect(peer, MECHANISM_CURVE);
    peer_greet(peer);
}

/* --- strangers --- */

static void say_hello_as(struct peer *peer, enum mechanism mechanism)
{
    peer_connect(peer, mechanism);
    peer_hello(peer, peer->own.text);
    (void)peer_expect(peer, COMITY__FRAME__BODY_WELCOME, 3000);
}

static void do_stranger(struct peer *peer, char **words)
{
    (void)words;
    say_hello_as(peer, MECHANISM_STRANGER);
}

static void do_plain(struct peer *peer, char **words)
{
    (void)words;
    say_hello_as(peer, MECHANISM_PLAIN);
}

static void do_null(struct peer *peer, char **words)
{
    (void)words;
    say_hello_as(peer, MECHANISM_NULL);
}

/* --- greetings --- */

static void do_hello(struct peer *peer, char **words)
{
    (void)words;
    connect_and_greet(peer);
}

static void do_hello_as(struct peer *peer, char **words)
{
    peer_connect(peer, MECHANISM_CURVE);
    peer_hello(peer, word(words, 0, "XZ/else"));
    (void)peer_expect(peer, BYE, ANSWER_MS);
    (void)peer_expect(peer, 0, ANSWER_MS);
}

static void do_no_hello(struct peer *peer, char **words)
{
    (void)words;
    peer_connect(peer, MECHANISM_CURVE);
    peer_credit(peer, 1);
    (void)peer_expect(peer, BYE, ANSWER_MS);
    (void)peer_expect(peer, 0, ANSWER_MS);
}

/* A second link of the same party ends the first; both are heard. */
static void do_newer(struct peer *peer, char **words)
{
    struct peer second = *peer;
    (void)words;
    connect_and_greet(peer);
    connect_and_greet(&second);
    (void)peer_expect(peer, 0, ANSWER_MS);
    peer_disconnect(&second);
}

/* Another party's connection takes the routing id of this one and says what it likes under it. */
static void do_squat(struct peer *peer, char **words)
{
    static struct peer other;
    peer_open(&other, peer->network_directory, word(words, 0, "XC-poc"));
    peer->routing_id = "one-and-the-same";
    other.routing_id = peer->routing_id;
    connect_and_greet(peer);
    (void)printf("SECOND\n");
    peer_connect(&other, MECHANISM_CURVE);
    peer_hello(&other, other.own.text);
    (void)peer_expect(&other, COMITY__FRAME__BODY_WELCOME, 3000);
    (void)printf("FIRST\n");
    (void)peer_expect(peer, 0, 3000);
    peer_close(&other);
}

/* --- frames --- */

/* Sends bytes as one frame after the greeting and hears what becomes of the link. */
static void say_bytes(struct peer *peer, struct bytes bytes)
{
    connect_and_greet(peer);
    peer_send(peer, bytes, false);
    (void)peer_expect(peer, 0, ANSWER_MS);
}

static void do_garbage(struct peer *peer, char **words)
{
    static uint8_t noise[4096];
    (void)words;
    host_random(NULL, noise, sizeof noise);
    noise[0] = 0xff;
    say_bytes(peer, bytes_of(noise, sizeof noise));
}

static void do_empty(struct peer *peer, char **words)
{
    (void)words;
    say_bytes(peer, bytes_of("", 0));
}

static void do_oversize(struct peer *peer, char **words)
{
    static uint8_t large[FRAME_BYTES_MAX + 1];
    (void)words;
    say_bytes(peer, bytes_of(large, sizeof large));
}

/* Ping{nonce 1} is 7a 09 09 and eight bytes; each of these breaks one rule of encoding. */
static void do_frame(struct peer *peer, char **words)
{
    static const uint8_t unknown[] = {0x7a, 0x0b, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x18, 0x01};
    static const uint8_t repeated[] = {0x7a, 0x12, 0x09, 1, 0, 0, 0, 0, 0, 0,
                                       0,    0x09, 1,    0, 0, 0, 0, 0, 0, 0};
    static const uint8_t unsorted[] = {0x7a, 0x12, 0x11, 1, 0, 0, 0, 0, 0, 0,
                                       0,    0x09, 1,    0, 0, 0, 0, 0, 0, 0};
    static const uint8_t zero[] = {0x7a, 0x09, 0x09, 0, 0, 0, 0, 0, 0, 0, 0};
    static const uint8_t deep[] = {0x7a, 0x08, 0x0b, 0x0b, 0x0b, 0x0b, 0x0c, 0x0c, 0x0c, 0x0c};
    static const uint8_t two[] = {0x7a, 0x09, 0x09, 1, 0, 0, 0, 0, 0, 0, 0, 0x82,
                                  0x01, 0x09, 0x09, 1, 0, 0, 0, 0, 0, 0, 0};
    static const struct {
        const char *name;
        struct bytes bytes;
    } rows[] = {
        {"unknown", {unknown, sizeof unknown}},
        {"repeated", {repeated, sizeof repeated}},
        {"unsorted", {unsorted, sizeof unsorted}},
        {"zero", {zero, sizeof zero}},
        {"deep", {deep, sizeof deep}},
        {"two", {two, sizeof two}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (strcmp(rows[i].name, word(words, 0, "")) == 0) {
            say_bytes(peer, rows[i].bytes);
            return;
        }
    }
    broken("frame unknown|repeated|unsorted|zero|deep|two");
}

static void do_second_frame(struct peer *peer, char **words)
{
    static const uint8_t ping[] = {0x7a, 0x09, 0x09, 1, 0, 0, 0, 0, 0, 0, 0};
    (void)words;
    connect_and_greet(peer);
    peer_send(peer, bytes_of(ping, sizeof ping), true);
    peer_send(peer, bytes_of(ping, sizeof ping), false);
    (void)peer_expect(peer, 0, ANSWER_MS);
}

/* One message of very many parts, each of a size that is allowed: words[0] MiB in all. */
static void do_flood_more(struct peer *peer, char **words)
{
    static uint8_t part[256 * 1024];
    long parts = strtol(word(words, 0, "256"), NULL, 10) * 4;
    connect_and_greet(peer);
    for (long i = 0; i < parts; i++) {
        zmq_msg_t message;
        (void)zmq_msg_init_data(&message, part, sizeof part, NULL, NULL);
        if (zmq_msg_send(&message, peer->socket, i + 1 < parts ? ZMQ_SNDMORE : 0) < 0) {
            (void)zmq_msg_close(&message);
            break;
        }
    }
    (void)peer_expect(peer, 0, ANSWER_MS);
}

/* --- envelopes --- */

static enum flaw flaw_of(const char *name)
{
    enum flaw flaw = flaw_of_word(name);
    if (flaw == FLAW_COUNT) {
        broken("there is no flaw %s", name);
    }
    return flaw;
}

/* send FLAW TO: the broker's answer. */
static void do_send(struct peer *peer, char **words)
{
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 1, "XB/poc"));
    recipe.flaw = flaw_of(word(words, 0, "none"));
    struct flawed_envelope made = peer_make(peer, &recipe);
    (void)submit(peer, made.bytes);
}

/* letter FLAW TO: the broker's answer and the recipient's. */
static void do_letter(struct peer *peer, char **words)
{
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 1, "XB/poc"));
    recipe.flaw = flaw_of(word(words, 0, "none"));
    struct flawed_envelope made = peer_make(peer, &recipe);
    if (submit(peer, made.bytes)) {
        (void)peer_expect(peer, RECEIPT, ANSWER_MS);
    }
}

/* third-party TO AUTHOR: what an officer of AUTHOR (folder) signed for TO, sealed again by this party. */
static void do_third_party(struct peer *peer, char **words)
{
    char file[96];
    char author[64];
    (void)snprintf(author, sizeof author, "%s", word(words, 1, "XA-poc"));
    (void)snprintf(file, sizeof file, "%s/officers/duty.key", author);
    author[2] = '/';
    struct signer officer = peer_signer(peer, file);
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 0, "XB/poc"));
    recipe.officer = &officer;
    recipe.context_from = author;
    struct flawed_envelope made = peer_make(peer, &recipe);
    if (submit(peer, made.bytes)) {
        (void)peer_expect(peer, RECEIPT, ANSWER_MS);
    }
    signer_done(&officer);
}

/* foreign-from FOLDER: an envelope of another party, signed with its own good key, over this party's link. */
static void do_foreign_from(struct peer *peer, char **words)
{
    char file[96];
    char author[64];
    (void)snprintf(author, sizeof author, "%s", word(words, 0, "XA-poc"));
    (void)snprintf(file, sizeof file, "%s/keys/node.key", author);
    author[2] = '/';
    struct signer signer = peer_signer(peer, file);
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, "XB/poc");
    recipe.from = author;
    recipe.signer = &signer;
    struct flawed_envelope made = peer_make(peer, &recipe);
    (void)submit(peer, made.bytes);
    signer_done(&signer);
}

/* foreign-key FOLDER: from this party, signed with another's node key. */
static void do_foreign_key(struct peer *peer, char **words)
{
    char file[96];
    (void)snprintf(file, sizeof file, "%s/keys/node.key", word(words, 0, "XC-poc"));
    struct signer signer = peer_signer(peer, file);
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, "XB/poc");
    recipe.signer = &signer;
    struct flawed_envelope made = peer_make(peer, &recipe);
    (void)submit(peer, made.bytes);
    signer_done(&signer);
}

static void do_expired(struct peer *peer, char **words)
{
    (void)words;
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, "XB/poc");
    recipe.created_ms -= LIFE_MS_MIN * 2;
    recipe.expires_ms = recipe.created_ms + LIFE_MS_MIN;
    struct flawed_envelope made = peer_make(peer, &recipe);
    (void)submit(peer, made.bytes);
}

static void do_future(struct peer *peer, char **words)
{
    (void)words;
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, "XB/poc");
    recipe.created_ms += CLOCK_AHEAD_MS * 2;
    recipe.expires_ms = recipe.created_ms + LIFE_MS_MIN;
    struct flawed_envelope made = peer_make(peer, &recipe);
    (void)submit(peer, made.bytes);
}

/* replay TO TIMES: the same bytes again and again, then the recipient's receipt. */
static void do_replay(struct peer *peer, char **words)
{
    long times = strtol(word(words, 1, "3"), NULL, 10);
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 0, "XB/poc"));
    recipe.reference = word(words, 2, NULL);
    struct flawed_envelope made = peer_make(peer, &recipe);
    for (long i = 0; i < times; i++) {
        (void)submit(peer, made.bytes);
    }
}

/* Two envelopes with one number. */
static void do_fork(struct peer *peer, char **words)
{
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 0, "XB/poc"));
    struct flawed_envelope first = peer_make(peer, &recipe);
    struct flawed_envelope second = peer_make(peer, &recipe);
    (void)submit(peer, first.bytes);
    (void)submit(peer, second.bytes);
}

/* Number 2 that names another predecessor. */
static void do_sequence(struct peer *peer, char **words)
{
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 0, "XB/poc"));
    struct flawed_envelope first = peer_make(peer, &recipe);
    (void)submit(peer, first.bytes);
    recipe.seq = 2;
    recipe.prev = first.id;
    recipe.flaw = FLAW_SEQUENCE;
    struct flawed_envelope second = peer_make(peer, &recipe);
    (void)submit(peer, second.bytes);
}

/* Hears answers until so many submits are answered; counts by reason. False: the link ended. */
static bool count_answers(struct peer *peer, size_t wanted, size_t counts[REASON_COUNT])
{
    for (size_t answered = 0; answered < wanted;) {
        const Comity__Frame *frame = NULL;
        if (peer_hear(peer, ANSWER_MS, &frame) != HEARD_FRAME || frame->body_case == BYE) {
            return false;
        }
        if (frame->body_case == REJECTED) {
            counts[frame->rejected->reason]++;
            answered++;
        } else if (frame->body_case == ACCEPTED) {
            counts[REASON_NONE]++;
            answered++;
        }
    }
    return true;
}

/*
 * Each bit of header, seal, proof and framing of a valid envelope, and each 61st of its body, flipped alone: a line with
 * how many were answered by which code; then the envelope itself, which none of them may have harmed.
 */
static void do_flip(struct peer *peer, char **words)
{
    enum { BATCH = 32 };
    size_t counts[REASON_COUNT] = {0};
    size_t tried = 0;
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 0, "XB/poc"));
    struct flawed_envelope made = peer_make(peer, &recipe);
    size_t body = made.bytes.size - 4112 - 66; /* about where it begins: the proof of one is 66 bytes */
    size_t pending = 0;
    for (size_t bit = 0; bit<made.bytes.size * 8; bit += bit / 8> body && bit / 8 < body + 4000 ? 61 : 1) {
        struct bytes copy = arena_copy(peer->arena, made.bytes);
        ((uint8_t *)(uintptr_t)copy.data)[bit / 8] ^= (uint8_t)(1U << (bit % 8));
        peer_submit(peer, copy);
        tried++;
        if (++pending == BATCH) {
            if (!count_answers(peer, pending, counts)) {
                broken("the link ended after %zu flips", tried);
            }
            pending = 0;
        }
    }
    if (!count_answers(peer, pending, counts)) {
        broken("the link ended");
    }
    (void)printf("FLIPPED %zu accepted=%zu", tried, counts[REASON_NONE]);
    for (uint32_t reason = 1; reason < REASON_COUNT; reason++) {
        if (counts[reason] != 0) {
            (void)printf(" %s=%zu", reason_name(reason), counts[reason]);
        }
    }
    (void)printf("\n");
    (void)submit(peer, made.bytes);
}

/* burst N TO: so many valid envelopes of one chain, in batches that do not wait for answers to each. */
static void do_burst(struct peer *peer, char **words)
{
    enum { BATCH = 50 };
    long total = strtol(word(words, 0, "100"), NULL, 10);
    connect_and_greet(peer);
    struct recipe recipe = recipe_new(peer, word(words, 1, "XB/poc"));
    for (long i = 1; i <= total; i++) {
        struct flawed_envelope made = peer_make(peer, &recipe);
        peer_submit(peer, made.bytes);
        recipe.seq++;
        recipe.prev = made.id;
        if ((i % BATCH == 0 || i == total) && !hear_the_rest(peer)) {
            return;
        }
    }
}

/* --- rosters --- */

/* roster FOLDER: gives the roster files of a folder to the broker, as a node that holds a newer one does. */
static void do_roster(struct peer *peer, char **words)
{
    struct roster_file file;
    struct error error = {.text = ""};
    ProtobufCBinaryData signatures[ROSTER_FILE_MINISIGS_MAX];
    char parent[512];
    (void)snprintf(parent, sizeof parent, "%s", word(words, 0, "."));
    if (program_roster_file(parent, strtoull(word(words, 1, "2"), NULL, 10), peer->arena, &file, &error) !=
        FILES_OK) {
        broken("%s", error.text);
    }
    Comity__Roster bundle = COMITY__ROSTER__INIT;
    for (size_t i = 0; i < file.count; i++) {
        signatures[i] = wire_binary(file.minisigs[i]);
    }
    bundle.json = wire_binary(file.json);
    bundle.n_minisig = file.count;
    bundle.minisig = signatures;
    connect_and_greet(peer);
    Comity__RosterFrame part = COMITY__ROSTER_FRAME__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    part.version = strtoull(word(words, 1, "2"), NULL, 10);
    part.part = 1;
    part.parts = 1;
    part.data = wire_binary(peer_pack(peer, &bundle.base));
    frame.body_case = COMITY__FRAME__BODY_ROSTER;
    frame.roster = &part;
    peer_say(peer, &frame);
    (void)hear_the_rest(peer);
}

/* hoard SECONDS: takes deliveries and never answers for them. */
static void do_hoard(struct peer *peer, char **words)
{
    connect_and_greet(peer);
    peer_credit(peer, 8);
    (void)peer_expect(peer, 0, strtol(word(words, 0, "1"), NULL, 10) * 1000);
}

/* --- */

static const struct {
    const char *name;
    void (*run)(struct peer *, char **words);
    const char *help;
} misdeeds[] = {
    {"hello", do_hello, "greets and ends"},
    {"stranger", do_stranger, "a link key that the roster does not name"},
    {"plain", do_plain, "name and password instead of a key"},
    {"null", do_null, "no security at all"},
    {"hello-as", do_hello_as, "PARTY: greets as somebody else"},
    {"no-hello", do_no_hello, "another frame first"},
    {"newer", do_newer, "two links of one party"},
    {"squat", do_squat, "FOLDER: another party takes this one's routing id"},
    {"garbage", do_garbage, "noise instead of a frame"},
    {"empty", do_empty, "a frame of no bytes"},
    {"oversize", do_oversize, "a frame of one byte too many"},
    {"frame", do_frame, "unknown|repeated|unsorted|zero|deep|two: a frame that breaks one rule"},
    {"second-frame", do_second_frame, "a message of two parts"},
    {"flood-more", do_flood_more, "MIB: a message of endlessly many parts"},
    {"send", do_send, "FLAW TO: the broker's answer to an envelope with that flaw"},
    {"letter", do_letter, "FLAW TO: that and the recipient's answer"},
    {"third-party", do_third_party, "TO AUTHOR: another's letter in an envelope of one's own"},
    {"foreign-from", do_foreign_from, "FOLDER: another's envelope over one's own link"},
    {"foreign-key", do_foreign_key, "FOLDER: signed with another's key"},
    {"expired", do_expired, "an envelope whose time has passed"},
    {"future", do_future, "an envelope of ten minutes hence"},
    {"replay", do_replay, "TO TIMES [REFERENCE]: the same bytes again and again"},
    {"fork", do_fork, "TO: two envelopes with one number"},
    {"sequence", do_sequence, "TO: a number 2 that follows something else"},
    {"flip", do_flip, "TO: every bit flipped, one at a time"},
    {"burst", do_burst, "N TO: many at once"},
    {"roster", do_roster, "DIRECTORY VERSION: gives the roster files in DIRECTORY/VERSION"},
    {"hoard", do_hoard, "SECONDS: takes deliveries and never answers"},
};

int main(int argc, char **argv)
{
    static struct peer peer;
    for (size_t i = 0; argc >= 4 && i < sizeof misdeeds / sizeof misdeeds[0]; i++) {
        if (strcmp(misdeeds[i].name, argv[3]) == 0) {
            peer_open(&peer, argv[1], argv[2]);
            misdeeds[i].run(&peer, argv + 4);
            peer_close(&peer);
            return 0;
        }
    }
    (void)fprintf(stderr, "peer NETWORK FOLDER MISDEED [WORD]...\n");
    for (size_t i = 0; i < sizeof misdeeds / sizeof misdeeds[0]; i++) {
        (void)fprintf(stderr, "  %-13s %s\n", misdeeds[i].name, misdeeds[i].help);
    }
    return PEER_BROKEN;
}
