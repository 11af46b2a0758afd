/* SPDX-License-Identifier: Apache-2.0 */
/* comity-broker as a process, over CURVE: how long until it serves, what it takes in, gives out, and weighs. */
#define _GNU_SOURCE /* prctl's names */
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/bench/client.h"

#define BESIDE_COUNT  50 /* appends before and after a run that cannot be interrupted */
#define SINGLE        400
#define IN_FLIGHT     64 /* what a broker grants a node */
#define DRAIN         6400
#define CREDIT        32
#define RECEIPT_ITEMS 16
#define STORE         "hub/broker.db"

/* --- the process --- */

static pid_t start_broker(struct bench *bench)
{
    char *directory = path_in(bench, "hub");
    char *log = path_in(bench, "hub/log");
    pid_t pid = fork();
    ensure(pid >= 0);
    if (pid == 0) {
        int fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (fd < 0 || dup2(fd, 2) < 0) {
            _exit(126);
        }
        (void)execl(bench->broker, bench->broker, "-C", directory, (char *)NULL);
        _exit(127);
    }
    return pid;
}

/* As a crash does it. */
static void kill_broker(pid_t pid)
{
    ensure(kill(pid, SIGKILL) == 0 && waitpid(pid, NULL, 0) == pid);
}

/* Resident memory in KiB. */
static double resident(pid_t pid)
{
    char path[64];
    char line[256];
    double kib = 0;
    (void)snprintf(path, sizeof path, "/proc/%ld/status", (long)pid);
    FILE *file = fopen(path, "r");
    ensure(file != NULL);
    while (fgets(line, sizeof line, file) != NULL) {
        if (strncmp(line, "VmRSS:", 6) == 0) {
            kib = strtod(line + 6, NULL);
        }
    }
    (void)fclose(file);
    ensure(kib > 0);
    return kib;
}

/* --- start and clients that do nothing --- */

static void measure_start(struct bench *bench)
{
    static struct client idle[IDLE_COUNT];
    struct client client;
    remove_store(bench, STORE);
    uint64_t start = now_ns();
    pid_t pid = start_broker(bench);
    client_open(&client, bench, 0);
    (void)client_hear_kind(&client, COMITY__FRAME__BODY_WELCOME);
    note(bench, ROW_START, seconds_since(start) * 1e3);
    client_greet(&client);
    double alone = resident(pid);
    note(bench, ROW_RSS_IDLE, alone / 1024);

    start = now_ns();
    for (size_t i = 0; i < IDLE_COUNT; i++) {
        client_open(&idle[i], bench, 2 + i);
    }
    for (size_t i = 0; i < IDLE_COUNT; i++) {
        client_greet(&idle[i]);
    }
    note(bench, ROW_HANDSHAKES, IDLE_COUNT / seconds_since(start));
    note(bench, ROW_RSS_CLIENT, (resident(pid) - alone) / IDLE_COUNT);
    kill_broker(pid);
    for (size_t i = 0; i < IDLE_COUNT; i++) {
        client_close(&idle[i]);
    }
    client_close(&client);
}

/* --- submits --- */

/* Hears one receipt; how many envelopes it accepts. */
static size_t hear_accepted(struct client *client)
{
    const Comity__Frame *frame = client_hear_kind(client, COMITY__FRAME__BODY_ACCEPTED);
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    ensure(signed_receipt_unpack(wire_bytes(frame->accepted->receipt), client->arena, &signed_receipt,
                                 NULL) == WIRE_OK &&
           receipt_unpack(wire_bytes(signed_receipt->receipt), client->arena, &receipt, NULL) == WIRE_OK);
    return receipt->n_item;
}

static void submit(struct client *client, const struct stack *stack, size_t index)
{
    arena_reset(client->arena);
    client_send(client, frame_submit(stack, client->arena, index));
}

static void submit_one_at_a_time(struct bench *bench, struct client *client)
{
    static uint64_t samples[SINGLE];
    static uint64_t beside[SINGLE];
    for (size_t i = 0; i < SINGLE; i++) {
        uint64_t start = now_ns();
        submit(client, &bench->stack, i);
        ensure(hear_accepted(client) == 1);
        samples[i] = now_ns() - start;
        beside[i] = append_once(bench);
    }
    struct latencies latencies = latencies_of(samples, SINGLE);
    note(bench, ROW_ACCEPT_P50, latencies.p50_us);
    note(bench, ROW_ACCEPT_P99, latencies.p99_us);
    latencies = latencies_of(beside, SINGLE);
    note(bench, ROW_ACCEPT_APPEND_P50, latencies.p50_us);
    note(bench, ROW_ACCEPT_APPEND_P99, latencies.p99_us);
}

static void submit_the_rest(struct bench *bench, struct client *client)
{
    const struct stack *stack = &bench->stack;
    size_t sent = SINGLE;
    size_t accepted = SINGLE;
    struct appends beside = {.count = 0};
    uint64_t commits = client_committed(client);
    appends_add(bench, &beside, BESIDE_COUNT);
    uint64_t start = now_ns();
    while (accepted < stack->count) {
        while (sent < stack->count && sent < accepted + IN_FLIGHT) {
            submit(client, stack, sent++);
        }
        accepted += hear_accepted(client);
    }
    double count = (double)(stack->count - SINGLE);
    note(bench, ROW_ACCEPT_64, count / seconds_since(start));
    appends_add(bench, &beside, BESIDE_COUNT);
    note(bench, ROW_ACCEPT_64_APPEND, appends_per_second(&beside));
    note(bench, ROW_COMMITS, (double)(client_committed(client) - commits) * 1000 / count);
}

/* Leaves a store in which the whole stack waits, as kill -9 left it. */
static void measure_submits(struct bench *bench)
{
    struct client client;
    remove_store(bench, STORE);
    pid_t pid = start_broker(bench);
    client_open(&client, bench, 0);
    client_greet(&client);
    submit_one_at_a_time(bench, &client);
    submit_the_rest(bench, &client);
    kill_broker(pid);
    client_close(&client);
}

/* --- recovery and deliveries --- */

static void drain(struct bench *bench, struct client *client)
{
    size_t delivered = 1; /* the first was heard */
    size_t settled = 0;
    struct appends beside = {.count = 0};
    appends_add(bench, &beside, BESIDE_COUNT);
    uint64_t start = now_ns();
    while (settled < DRAIN / RECEIPT_ITEMS) {
        const Comity__Frame *frame = client_hear(client);
        settled += frame->body_case == COMITY__FRAME__BODY_SETTLE;
        if (frame->body_case != COMITY__FRAME__BODY_DELIVER || ++delivered % RECEIPT_ITEMS != 0 ||
            delivered > DRAIN) {
            continue;
        }
        struct digest ignored;
        arena_reset(client->arena);
        client_send(client, frame_delivered(bench, client->arena, delivered - RECEIPT_ITEMS, RECEIPT_ITEMS,
                                            &ignored));
        client_credit(client, RECEIPT_ITEMS);
    }
    note(bench, ROW_DRAIN, DRAIN / seconds_since(start));
    appends_add(bench, &beside, BESIDE_COUNT);
    note(bench, ROW_DRAIN_APPEND, appends_per_second(&beside));
}

static void measure_recovery(struct bench *bench)
{
    struct client client;
    uint64_t start = now_ns();
    pid_t pid = start_broker(bench);
    client_open(&client, bench, 1);
    client_credit(&client, CREDIT);
    (void)client_hear_kind(&client, COMITY__FRAME__BODY_DELIVER);
    note(bench, ROW_RECOVERY, seconds_since(start) * 1e3);
    note(bench, ROW_RSS_SPOOL, resident(pid) / 1024);
    drain(bench, &client);
    kill_broker(pid);
    client_close(&client);
    remove_store(bench, STORE);
}

void round_daemon(struct bench *bench)
{
    measure_start(bench);
    measure_submits(bench);
    measure_recovery(bench);
}
