/* SPDX-License-Identifier: Apache-2.0 */
/* The command line at its node: what is signed and what is not, locked keys, and a lost answer. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/daemon/files.h"
#include "base/text.h"
#include "nodes/cli/act.h"
#include "proto/codes.h"

#define PASSPHRASE   "four words and a comma"
#define ENVELOPE_HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"
#define CASE_HEX     "00112233445566778899aabbccddeeff"
#define NOW          ((wall_ms){.ms = UINT64_C(1795262400000)}) /* 2026-11-21T12:00:00Z */

struct world {
    struct arena *arena;
    struct slab *slab;
    char directory[64];
    struct public_key key;
};

static char *in(const struct world *w, const char *name)
{
    char *path = arena_format(w->arena, "%s/%s", w->directory, name);
    assert_non_null(path);
    return path;
}

static int open_world(void **state)
{
    static struct world w;
    struct error error = {.text = ""};
    if (sodium_init() < 0) {
        return -1;
    }
    w.arena = arena_new((size_t)64 * 1024 * 1024);
    w.slab = slab_new(4, &error);
    (void)snprintf(w.directory, sizeof w.directory, "/tmp/comity-cli-XXXXXX");
    (void)unsetenv("COMITY_DIR");
    if (w.arena == NULL || w.slab == NULL || mkdtemp(w.directory) == NULL) {
        return -1;
    }
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    static const char *const files[] = {"officers/duty.key", "officers/head.key", "officers", "node.conf",
                                        "node.sock",         "passphrase",        "heard"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)remove(in(w, files[i]));
    }
    int left = rmdir(w->directory);
    slab_free(w->slab);
    arena_free(w->arena);
    return left; /* fails when a test left a file behind */
}

/* --- a node that is not what it should be --- */

static void write_file(const struct world *w, const char *name, const char *text)
{
    struct error error = {.text = ""};
    assert_true(files_write_atomic(in(w, name), bytes_of_text(text), 0600, &error));
}

static void write_key(struct world *w, const char *name, uint8_t fill, const char *passphrase)
{
    uint8_t seed[32], secret[64], random[40];
    struct public_key key;
    struct error error = {.text = ""};
    memset(seed, fill, sizeof seed);
    memset(random, 7, sizeof random);
    crypto_sign_seed_keypair(key.bytes, secret, seed);
    struct bytes text = keyfile_encode(ROLE_OFFICER, "XB/poc duty", &key, bytes_of(seed, sizeof seed),
                                       bytes_of_text(passphrase), random, w->arena);
    assert_non_null(text.data);
    (void)remove(in(w, name));
    assert_true(keyfile_write(in(w, name), text, &error));
    w->key = key;
}

static void make_directory(struct world *w)
{
    char *folder = in(w, "officers");
    write_file(
        w, "node.conf",
        "network = 0000000000000000000000000000000000000000000000000000000000000000\nparty = XB/poc\n");
    assert_true(mkdir(folder, 0700) == 0 || errno == EEXIST);
    write_key(w, "officers/duty.key", 0x31, "");
}

/* Takes one request and keeps it; answers with the JSON, or with nothing at all. */
static void serve_one(int listening, FILE *heard, const char *json)
{
    char request[16384];
    size_t size = 0;
    ssize_t got = 0;
    size_t wanted = sizeof request - 1;
    int link = accept(listening, NULL, NULL);
    while (size < wanted && (got = read(link, request + size, sizeof request - 1 - size)) > 0) {
        size += (size_t)got;
        request[size] = '\0';
        const char *body = strstr(request, "\r\n\r\n");
        const char *length = strstr(request, "Content-Length: ");
        if (body != NULL) {
            wanted = (size_t)(body - request) + 4 + (length == NULL ? 0 : (size_t)atol(length + 16));
        }
    }
    (void)fwrite(request, 1, size, heard);
    (void)fflush(heard);
    if (json != NULL) {
        (void)dprintf(link, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                      strlen(json), json);
    }
    (void)close(link);
}

/* A process at node.sock that gives these answers in turn; what it heard is in the file "heard". */
static pid_t serve(const struct world *w, const char *const *answers, size_t count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in(w, "node.sock"));
    (void)unlink(address.sun_path);
    assert_int_equal(bind(listening, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listening, 8), 0);
    (void)unlink(in(w, "heard"));
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(30); /* a test that failed does not end it */
        FILE *heard = fopen(in(w, "heard"), "w");
        for (size_t i = 0; heard != NULL && i < count; i++) {
            serve_one(listening, heard, answers[i]);
        }
        _exit(0);
    }
    (void)close(listening);
    return pid;
}

static const char *end_serving(const struct world *w, pid_t pid)
{
    struct bytes heard = bytes_of("", 0);
    struct error error = {.text = ""};
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    assert_int_equal(files_read(in(w, "heard"), 1 << 20, w->arena, &heard, &error), FILES_OK);
    return (const char *)heard.data;
}

static void a_lost_answer_is_asked_for_again_with_the_same_id_and_words(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    struct client client;
    unsigned status = 0;
    json_t *answer = NULL;
    json_t *body = json_pack("{s:s}", "letter", "AAAA");
    make_directory(w);
    pid_t pid = serve(w, (const char *const[]){NULL, NULL, "{\"case\": \"x\"}"}, 3);
    assert_int_equal(client_open(&client, &cli), EXIT_DONE);
    assert_int_equal(client_call(&client, "POST", "/v1/letters", body, true, &status, &answer), EXIT_DONE);
    client_close(&client);
    const char *heard = end_serving(w, pid);
    size_t third = strlen(heard) / 3;
    assert_int_equal(strlen(heard), 3 * third);
    assert_memory_equal(heard, heard + third, third);
    assert_memory_equal(heard, heard + 2 * third, third);
    const char *id = strstr(heard, "Comity-Command: ");
    assert_non_null(id);
    assert_int_equal(strspn(id + 16, "0123456789abcdef"), 32);
    json_decref(body);
    json_decref(answer);
}

static void a_node_that_is_not_there_is_not_waited_for(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "show", .directory = w->directory, .arena = w->arena};
    struct client client;
    json_t *answer = NULL;
    make_directory(w);
    (void)unlink(in(w, "node.sock"));
    assert_int_equal(client_open(&client, &cli), EXIT_DONE);
    assert_int_equal(client_get(&client, "/v1/status", &answer), EXIT_UNREACHABLE);
    assert_false(client_answers(&cli, w->directory));
    client_close(&client);
}

/* --- what is signed --- */

/* What a node may answer to PREPARE; the members say how it lies. */
struct lie {
    const char *to, *case_hex;
    uint8_t other_signer;
    Comity__Ack ack;
    const Comity__InfoAsked *instead; /* another letter */
    uint32_t opened_kind;             /* 0: nothing to open */
    const char *opened_from;
    const char *letters; /* of the case, as it is looked at */
    const char *again;   /* of the case when it is looked at again; NULL: nobody does */
};

/* The letter that the envelope brought of which OPENED is to be signed; with and without its content. */
#define UNREAD                                                                                               \
    "{\"envelope\": \"" ENVELOPE_HEX                                                                         \
    "\", \"letter\": \"ACK\", \"body\": {\"ack\": {\"reference\": \"XA-9\"}}}"
#define UNREAD_BARE "{\"envelope\": \"" ENVELOPE_HEX "\", \"letter\": \"ACK\"}"

static struct lie truth(void)
{
    struct lie lie = {.to = "XA/poc", .case_hex = CASE_HEX, .opened_from = "XA/poc", .letters = ""};
    comity__ack__init(&lie.ack);
    lie.ack.reference = (char *)(uintptr_t) "XB-1";
    lie.ack.answer = COMITY__ACK__ANSWER__NOT_YET_KNOWN;
    return lie;
}

static const char *base64(const struct world *w, struct bytes bytes)
{
    const char *text = base64_new(w->arena, bytes);
    assert_non_null(text);
    return text;
}

static struct bytes context_of(const struct world *w, const struct lie *lie)
{
    static uint8_t network[32] = {1}, hash[32] = {2};
    uint8_t id[16];
    struct public_key key = w->key;
    ProtobufCBinaryData signer = {.data = key.bytes, .len = sizeof key.bytes};
    Comity__Context context;
    key.bytes[0] ^= lie->other_signer;
    assert_true(hex_read(id, sizeof id, bytes_of_text(lie->case_hex)));
    comity__context__init(&context);
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = (ProtobufCBinaryData){.data = network, .len = sizeof network};
    context.from = (char *)(uintptr_t) "XB/poc";
    context.to = (char *)(uintptr_t)lie->to;
    context.case_id = (ProtobufCBinaryData){.data = id, .len = sizeof id};
    context.case_seq = 1;
    context.signed_ms = NOW.ms;
    context.roster = 1;
    context.roster_hash = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    context.signer = &signer;
    context.n_signer = 1;
    return context_pack(w->arena, &context);
}

static struct bytes opened_of(const struct world *w, const struct lie *lie)
{
    static uint8_t network[32] = {1}, envelope[32];
    struct public_key key = w->key;
    Comity__ReceiptItem item, *items = &item;
    Comity__Receipt receipt;
    assert_true(hex_read(envelope, sizeof envelope, bytes_of_text(ENVELOPE_HEX)));
    comity__receipt_item__init(&item);
    item.id = (ProtobufCBinaryData){.data = envelope, .len = sizeof envelope};
    item.lane = 1;
    item.incarnation = 1;
    item.seq = 1;
    comity__receipt__init(&receipt);
    receipt.version = 1;
    receipt.kind = lie->opened_kind;
    receipt.network = (ProtobufCBinaryData){.data = network, .len = sizeof network};
    receipt.from = (char *)(uintptr_t)lie->opened_from;
    receipt.to = (char *)(uintptr_t) "XB/poc";
    receipt.by_key = (ProtobufCBinaryData){.data = key.bytes, .len = sizeof key.bytes};
    receipt.roster = 1;
    receipt.at_ms = NOW.ms;
    receipt.item = &items;
    receipt.n_item = 1;
    return receipt_pack(w->arena, &receipt);
}

static const char *prepared(const struct world *w, const struct lie *lie)
{
    Comity__Ack ack = lie->ack;
    Comity__Letter letter;
    comity__letter__init(&letter);
    if (lie->instead == NULL) {
        letter.body_case = COMITY__LETTER__BODY_ACK;
        letter.ack = &ack;
    } else {
        letter.body_case = COMITY__LETTER__BODY_INFO_ASKED;
        letter.info_asked = (Comity__InfoAsked *)(uintptr_t)lie->instead;
    }
    const char *unopened =
        lie->opened_kind == 0 ? ""
                              : arena_format(w->arena, "{\"receipt\": \"%s\"}", base64(w, opened_of(w, lie)));
    return arena_format(w->arena,
                        "{\"case\": \"%s\", \"context\": \"%s\", \"letter\": \"%s\", \"signatures\": 1, "
                        "\"unopened\": [%s]}",
                        CASE_HEX, base64(w, context_of(w, lie)), base64(w, letter_pack(w->arena, &letter)),
                        unopened);
}

static const char *case_with(const struct world *w, const char *letters)
{
    const char *text = arena_format(
        w->arena, "{\"case\": \"" CASE_HEX "\", \"from\": \"XA/poc\", \"to\": \"XB/poc\", \"letters\": [%s]}",
        letters);
    assert_non_null(text);
    return text;
}

/* Sends an ACK through a node that answers PREPARE so. True: something was signed and submitted. */
static bool is_submitted(struct world *w, const struct lie *lie)
{
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    const struct arguments arguments = {.word_count = 0};
    struct act act;
    make_directory(w);
    const char *answers[4] = {case_with(w, lie->letters), prepared(w, lie)};
    size_t count = 2;
    if (lie->again != NULL) {
        answers[count++] = case_with(w, lie->again);
    }
    answers[count++] = "{\"case\": \"" CASE_HEX "\", \"state\": \"ACKNOWLEDGED\"}";
    pid_t pid = serve(w, answers, count);
    act_begin(&act, &cli, &arguments, CASE_HEX);
    act_put(&act, "reference", json_string("XB-1"));
    act_put(&act, "answer", json_string("NOT_YET_KNOWN"));
    int code = act_send(&act, "ack");
    bool heard = strstr(end_serving(w, pid), "POST /v1/letters HTTP") != NULL;
    assert_int_equal(code, heard ? EXIT_DONE : EXIT_REFUSED);
    return heard;
}

static void signs_what_was_asked_and_what_the_node_filled_in(void **state)
{
    struct lie lie = truth();
    Comity__Instant by = COMITY__INSTANT__INIT;
    assert_true(is_submitted(*state, &lie));
    by.ms = (int64_t)NOW.ms;
    lie.ack.answer_by = &by;
    assert_true(is_submitted(*state, &lie));
    lie.opened_kind = 6;
    lie.letters = UNREAD;
    assert_true(is_submitted(*state, &lie));
    lie.letters = ""; /* it came after the look */
    lie.again = UNREAD;
    assert_true(is_submitted(*state, &lie));
    lie.letters = UNREAD_BARE; /* it stands too far back in the case */
    assert_true(is_submitted(*state, &lie));
}

static void signs_nothing_that_was_not_asked(void **state)
{
    static char empty[] = "";
    Comity__Question question = COMITY__QUESTION__INIT;
    Comity__Question *questions = &question;
    Comity__InfoAsked asked = COMITY__INFO_ASKED__INIT;
    struct lie lie = truth();
    lie.ack.answer = COMITY__ACK__ANSWER__WILL_ANSWER;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.ack.reference = empty;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    question.code = COMITY__QUESTION__CODE__PORT;
    asked.questions = &questions;
    asked.n_questions = 1;
    lie.instead = &asked;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.to = "XC/poc";
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.case_hex = "10112233445566778899aabbccddeeff";
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.other_signer = 1;
    assert_false(is_submitted(*state, &lie));
}

static void signs_opened_and_no_other_receipt(void **state)
{
    struct lie lie = truth();
    lie.opened_kind = 4; /* DELIVERED: for the node's key */
    assert_false(is_submitted(*state, &lie));
    lie.opened_kind = 6;
    lie.opened_from = "XC/poc";
    lie.letters = lie.again = UNREAD;
    assert_false(is_submitted(*state, &lie));
}

/* What nobody was shown was read by nobody. */
static void signs_opened_of_nothing_that_was_not_shown(void **state)
{
    struct lie lie = truth();
    lie.opened_kind = 6;
    lie.again = "";
    assert_false(is_submitted(*state, &lie));
    lie.again = UNREAD_BARE;
    assert_false(is_submitted(*state, &lie));
}

/* --- officers --- */

static void a_locked_key_opens_with_the_passphrase_of_the_file(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    const struct arguments arguments = {.word_count = 0};
    struct officers officers;
    make_directory(w);
    write_key(w, "officers/head.key", 0x32, PASSPHRASE);
    write_file(w, "passphrase", PASSPHRASE "\n");
    assert_int_equal(setenv("COMITY_PASSPHRASE_FILE", in(w, "passphrase"), 1), 0);
    assert_int_equal(officers_open(&officers, &cli, &arguments), EXIT_DONE);
    assert_int_equal(officers_need(&officers, 1), EXIT_DONE);
    assert_int_equal(officers.count, 1); /* duty goes first, and head is asked for when it is needed */
    assert_int_equal(officers_need(&officers, 2), EXIT_DONE);
    assert_true(public_key_equal(&officers.list[1].signer.key, &w->key));
    assert_int_equal(officers_need(&officers, 3), EXIT_REFUSED);
    officers_close(&officers);
    write_file(w, "passphrase", "another\n");
    assert_int_equal(officers_open(&officers, &cli, &arguments), EXIT_DONE);
    assert_int_equal(officers_need(&officers, 2), EXIT_REFUSED);
    officers_close(&officers);
    (void)unsetenv("COMITY_PASSPHRASE_FILE");
    (void)remove(in(w, "officers/head.key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lost_answer_is_asked_for_again_with_the_same_id_and_words),
        cmocka_unit_test(a_node_that_is_not_there_is_not_waited_for),
        cmocka_unit_test(signs_what_was_asked_and_what_the_node_filled_in),
        cmocka_unit_test(signs_nothing_that_was_not_asked),
        cmocka_unit_test(signs_opened_and_no_other_receipt),
        cmocka_unit_test(signs_opened_of_nothing_that_was_not_shown),
        cmocka_unit_test(a_locked_key_opens_with_the_passphrase_of_the_file),
    };
    return cmocka_run_group_tests_name("cli", tests, open_world, close_world);
}
