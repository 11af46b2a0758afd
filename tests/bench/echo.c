/* SPDX-License-Identifier: Apache-2.0 */
/* The least that a broker over CURVE can be: a ROUTER in a process of its own that answers, and keeps nothing. */
#define _GNU_SOURCE /* prctl's names */
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

#include "tests/bench/client.h"

#define ANSWER_BYTES 256
#define ENDPOINT_MAX 64
#define SINGLE       1000
#define MANY         20000
#define IN_FLIGHT    64

struct echo {
    pid_t pid;
    struct link_key key;
    char endpoint[ENDPOINT_MAX];
};

static _Noreturn void serve(const struct echo *echo, int report)
{
    static const uint8_t answer[ANSWER_BYTES];
    static const int one = 1;
    char secret[41];
    char endpoint[ENDPOINT_MAX] = {0};
    size_t size = sizeof endpoint;
    void *router = zmq_socket(zmq_ctx_new(), ZMQ_ROUTER);
    ensure(router != NULL && zmq_z85_encode(secret, echo->key.secret, 32) != NULL);
    ensure(zmq_setsockopt(router, ZMQ_CURVE_SERVER, &one, sizeof one) == 0 &&
           zmq_setsockopt(router, ZMQ_CURVE_SECRETKEY, secret, sizeof secret) == 0 &&
           zmq_bind(router, "tcp://127.0.0.1:*") == 0 &&
           zmq_getsockopt(router, ZMQ_LAST_ENDPOINT, endpoint, &size) == 0);
    ensure(write(report, endpoint, sizeof endpoint) == sizeof endpoint);
    for (;;) {
        uint8_t id[255];
        zmq_msg_t message;
        int id_size = zmq_recv(router, id, sizeof id, 0);
        ensure(id_size > 0 && zmq_msg_init(&message) == 0 && zmq_msg_recv(&message, router, 0) >= 0);
        (void)zmq_msg_close(&message);
        (void)zmq_send(router, id, (size_t)id_size, ZMQ_SNDMORE);
        (void)zmq_send(router, answer, sizeof answer, 0);
    }
}

struct echo *echo_start(void)
{
    int report[2];
    struct echo *echo = calloc(1, sizeof *echo);
    ensure(echo != NULL && pipe(report) == 0);
    randombytes_buf(echo->key.secret, sizeof echo->key.secret);
    crypto_scalarmult_base(echo->key.key.bytes, echo->key.secret);
    echo->pid = fork();
    ensure(echo->pid >= 0);
    if (echo->pid == 0) {
        (void)prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(echo, report[1]);
    }
    (void)close(report[1]);
    ensure(read(report[0], echo->endpoint, sizeof echo->endpoint) == sizeof echo->endpoint);
    (void)close(report[0]);
    return echo;
}

void echo_stop(struct echo *echo)
{
    ensure(kill(echo->pid, SIGKILL) == 0 && waitpid(echo->pid, NULL, 0) == echo->pid);
    free(echo);
}

static void out(void *dealer, struct bytes message)
{
    ensure(zmq_send(dealer, message.data, message.size, 0) == (int)message.size);
}

static void back(void *dealer)
{
    uint8_t answer[ANSWER_BYTES];
    ensure(zmq_recv(dealer, answer, sizeof answer, 0) == ANSWER_BYTES);
}

void round_echo(struct bench *bench)
{
    static uint64_t samples[SINGLE];
    const struct stack *stack = &bench->stack;
    void *dealer =
        dealer_open(bench->zmq, bench->echo->endpoint, &bench->echo->key.key, &bench->network->links[0]);
    out(dealer, stack->envelopes[0]);
    back(dealer);
    for (size_t i = 0; i < SINGLE; i++) {
        uint64_t start = now_ns();
        out(dealer, stack->envelopes[i]);
        back(dealer);
        samples[i] = now_ns() - start;
    }
    struct latencies latencies = latencies_of(samples, SINGLE);
    note(bench, ROW_ECHO_P50, latencies.p50_us);
    note(bench, ROW_ECHO_P99, latencies.p99_us);
    uint64_t start = now_ns();
    for (size_t i = 0; i < MANY + IN_FLIGHT; i++) {
        if (i >= IN_FLIGHT) {
            back(dealer);
        }
        if (i < MANY) {
            out(dealer, stack->envelopes[i]);
        }
    }
    note(bench, ROW_ECHO_64, MANY / seconds_since(start));
    ensure(zmq_close(dealer) == 0);
}
