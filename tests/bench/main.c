/* SPDX-License-Identifier: Apache-2.0 */
/* bench BROKER DIRECTORY: BROKER is the program comity-broker, DIRECTORY an empty one on the disk to be measured. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#include <zmq.h>

#include "base/store.h"
#include "keys/slab.h"
#include "tests/bench/bench.h"
#include "tests/bench/network.h"

#define ARENA_BYTES ((size_t)512 * 1024 * 1024)
#define SIGNED_TURN 64

static uint64_t read_clock(clockid_t clock)
{
    struct timespec time;
    ensure(clock_gettime(clock, &time) == 0);
    return (uint64_t)time.tv_sec * UINT64_C(1000000000) + (uint64_t)time.tv_nsec;
}

uint64_t now_ns(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

uint64_t processor_ns(void)
{
    return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

double seconds_since(uint64_t start_ns)
{
    return (double)(now_ns() - start_ns) / 1e9;
}

void note(struct bench *bench, enum row row, double value)
{
    bench->sheet.values[row][bench->round] = value;
}

char *path_in(struct bench *bench, const char *name)
{
    char *path = arena_format(bench->arena, "%s/%s", bench->directory, name);
    ensure(path != NULL);
    return path;
}

void remove_store(struct bench *bench, const char *name)
{
    static const char *const ends[] = {"", "-wal", "-shm", "-journal"};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        char *file = arena_format(bench->arena, "%s/%s%s", bench->directory, name, ends[i]);
        ensure(file != NULL);
        (void)unlink(file);
    }
}

struct bytes noise(struct bench *bench, size_t size)
{
    uint8_t *data = arena_take(bench->arena, size);
    ensure(data != NULL);
    randombytes_buf(data, size);
    return bytes_of(data, size);
}

static unsigned free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ensure(fd >= 0 && bind(fd, (struct sockaddr *)&address, size) == 0 &&
           getsockname(fd, (struct sockaddr *)&address, &size) == 0);
    (void)close(fd);
    return ntohs(address.sin_port);
}

/* Two descriptors for each idle client, and some more. */
static void allow_files(void)
{
    struct rlimit limit;
    ensure(getrlimit(RLIMIT_NOFILE, &limit) == 0);
    limit.rlim_cur = limit.rlim_max;
    (void)setrlimit(RLIMIT_NOFILE, &limit);
}

static const struct {
    const char *name;
    void (*run)(struct bench *);
} parts[] = {{"limits", round_limits},        {"keys", round_keys},
             {"broker core", round_core},     {"echo", round_echo},
             {"broker daemon", round_daemon}, {"node", round_node}};

static void run_rounds(struct bench *bench)
{
    bool shown = isatty(2) == 1;
    for (bench->round = 0; bench->round < ROUNDS; bench->round++) {
        for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
            if (shown) {
                (void)fprintf(stderr, "\rround %zu of %d: %-16s", bench->round + 1, ROUNDS, parts[i].name);
            }
            parts[i].run(bench);
        }
    }
    if (shown) {
        (void)fprintf(stderr, "\r%40s\r", "");
    }
}

static void print_machine(double seconds)
{
    struct utsname system;
    ensure(uname(&system) == 0);
    (void)printf("%ld processors, %s %s %s; median of %d interleaved rounds in %.0f s\n\n",
                 sysconf(_SC_NPROCESSORS_ONLN), system.sysname, system.release, system.machine, ROUNDS,
                 seconds);
}

int main(int argc, char **argv)
{
    static struct bench bench;
    struct error error = {.text = ""};
    uint64_t start = now_ns();
    if (argc != 3 || argv[2][0] != '/') {
        (void)fputs("usage: bench BROKER DIRECTORY (absolute)\n", stderr);
        return 2;
    }
    ensure(sodium_init() >= 0);
    store_start();
    allow_files();
    bench.broker = argv[1];
    bench.directory = argv[2];
    bench.echo = echo_start();
    bench.arena = arena_new(ARENA_BYTES);
    bench.slab = slab_new(8, &error);
    bench.zmq = zmq_ctx_new();
    ensure(bench.arena != NULL && bench.slab != NULL && bench.zmq != NULL);
    bench.network = network_new(&bench, free_port());
    stack_make(&bench, STACK_COUNT, SIGNED_TURN);
    bench.append_fd = open(path_in(&bench, "append"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    ensure(bench.append_fd >= 0);
    run_rounds(&bench);
    ensure(close(bench.append_fd) == 0);
    print_machine(seconds_since(start));
    sheet_print(&bench.sheet, stdout);
    node_bench_free(bench.node);
    echo_stop(bench.echo);
    (void)zmq_ctx_term(bench.zmq);
    network_free(bench.network);
    slab_free(bench.slab);
    arena_free(bench.arena);
    return 0;
}
