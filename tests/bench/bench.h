/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench: measures the hot paths in interleaved rounds and prints one table of medians and ratios. Nothing is asserted
 * about time; what was done is counted, and a wrong count ends the program.
 */
#ifndef COMITY_TESTS_BENCH_BENCH_H
#define COMITY_TESTS_BENCH_BENCH_H

#include <stdio.h>

#include "base/arena.h"
#include "base/ensure.h"
#include "keys/envelope.h"
#include "keys/sign.h"

#define ROUNDS      5
#define BODY_BYTES  4112 /* the smallest body there is: 4 KiB and its authenticator */
#define STACK_COUNT 20000
#define IDLE_COUNT  300

/* --- the table --- */

enum row {
#define HEADING(text)
#define ROW(identifier, unit, text, first, second) ROW_##identifier,
#define BESIDE(identifier, unit)                   ROW_##identifier,
#define BOUND(identifier, value)
#include "tests/bench/rows.def"
#undef BOUND
#undef BESIDE
#undef ROW
#undef HEADING
    ROW_COUNT,
    ROW_NONE = ROW_COUNT
};
struct sheet {
    double values[ROW_COUNT][ROUNDS];
};
void sheet_print(const struct sheet *, FILE *);

/* --- time --- */

uint64_t now_ns(void);
uint64_t
processor_ns(void); /* used by this thread: what does not wait is measured so, and other load hardly shows */
double seconds_since(uint64_t start_ns);
struct latencies {
    double p50_us, p99_us;
};
/* Sorts the samples. count >= 1 */
struct latencies latencies_of(uint64_t *samples_ns, size_t count);

/* --- what every part uses --- */

struct network;
struct echo;
struct node_bench;

/* Envelopes of one chain from XA/poc to XB/poc, signed in turns; made once. */
struct stack {
    size_t count;
    struct bytes *envelopes;
    struct envelope_id *ids;
};

struct bench {
    const char *directory; /* an empty one on the disk of the build; absolute */
    const char *broker;    /* the program */
    struct slab *slab;
    struct arena *arena; /* for the program's life */
    void *zmq;
    struct network *network;
    struct echo *echo;
    struct node_bench *node; /* made in the first round */
    struct stack stack;
    struct sheet sheet;
    size_t round;
    int append_fd; /* of append_once() */
};

void note(struct bench *, enum row, double value);
char *path_in(struct bench *, const char *name);
/* The broker's store of this name and its log, if they are there. */
void remove_store(struct bench *, const char *name);
struct bytes noise(struct bench *, size_t size);

void stack_make(struct bench *, size_t count, size_t turn);

/* A process that answers each message with 256 bytes; started before the first thread. */
struct echo *echo_start(void);
void echo_stop(struct echo *);

/* One record appended and fdatasynced beside what is being measured: nanoseconds. */
uint64_t append_once(struct bench *);
struct appends {
    uint64_t spent_ns, count;
};
void appends_add(struct bench *, struct appends *, size_t count);
double appends_per_second(const struct appends *);

/* --- one round of each part --- */

void round_limits(struct bench *);
void round_keys(struct bench *);
void round_core(struct bench *);
void round_echo(struct bench *);
void round_daemon(struct bench *);
void round_node(struct bench *);
void node_bench_free(struct node_bench *); /* NULL is allowed */

#endif
