/* SPDX-License-Identifier: Apache-2.0 */
/* What disk and processor give without us, in the way we use them. */
#include <fcntl.h>
#include <sodium.h>
#include <unistd.h>

#include "tests/bench/bench.h"

#define RECORD  ((size_t)4096)
#define SINGLE  200
#define GROUPED 40
#define REPEATS 400

/* Writes groups of records, each group with one fdatasync; records a second. */
static double write_groups(int fd, struct bytes record, size_t groups, size_t group)
{
    uint64_t start = now_ns();
    for (size_t i = 0; i < groups; i++) {
        for (size_t j = 0; j < group; j++) {
            ensure(write(fd, record.data, record.size) == (ssize_t)record.size);
        }
        ensure(fdatasync(fd) == 0);
    }
    return (double)(groups * group) / seconds_since(start);
}

uint64_t append_once(struct bench *bench)
{
    static const uint8_t record[RECORD] = {1};
    uint64_t start = now_ns();
    ensure(write(bench->append_fd, record, sizeof record) == (ssize_t)sizeof record &&
           fdatasync(bench->append_fd) == 0);
    return now_ns() - start;
}

void appends_add(struct bench *bench, struct appends *appends, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        appends->spent_ns += append_once(bench);
        appends->count++;
    }
}

double appends_per_second(const struct appends *appends)
{
    return (double)appends->count * 1e9 / (double)appends->spent_ns;
}

static void measure_disk(struct bench *bench)
{
    char *path = path_in(bench, "limit");
    struct bytes record = noise(bench, RECORD);
    int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ensure(fd >= 0);
    note(bench, ROW_APPEND, write_groups(fd, record, SINGLE, 1));
    note(bench, ROW_APPEND_64, write_groups(fd, record, GROUPED, 64));
    ensure(lseek(fd, 0, SEEK_SET) == 0);
    note(bench, ROW_OVERWRITE, write_groups(fd, record, SINGLE, 1));
    ensure(close(fd) == 0 && unlink(path) == 0);
}

static double microseconds_each(uint64_t start)
{
    return (double)(processor_ns() - start) / 1e3 / REPEATS;
}

static void measure_keys(struct bench *bench)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES];
    uint8_t secret[crypto_sign_SECRETKEYBYTES];
    uint8_t signature[crypto_sign_BYTES];
    uint8_t text[64] = {1};
    uint8_t shared[32];
    uint8_t scalar[32] = {8};
    uint8_t point[32];
    crypto_sign_keypair(public, secret);
    crypto_scalarmult_base(point, scalar);
    uint64_t start = processor_ns();
    for (size_t i = 0; i < REPEATS; i++) {
        crypto_sign_detached(signature, NULL, text, sizeof text, secret);
    }
    note(bench, ROW_ED25519_SIGN, microseconds_each(start));
    start = processor_ns();
    for (size_t i = 0; i < REPEATS; i++) {
        ensure(crypto_sign_verify_detached(signature, text, sizeof text, public) == 0);
    }
    note(bench, ROW_ED25519_VERIFY, microseconds_each(start));
    start = processor_ns();
    for (size_t i = 0; i < REPEATS; i++) {
        ensure(crypto_scalarmult(shared, scalar, point) == 0);
    }
    note(bench, ROW_X25519, microseconds_each(start));
}

static void measure_hash(struct bench *bench)
{
    struct bytes body = noise(bench, BODY_BYTES);
    unsigned seen = 0;
    uint64_t start = processor_ns();
    for (size_t i = 0; i < REPEATS; i++) {
        seen += plain_hash(body).bytes[0];
    }
    note(bench, ROW_BLAKE2B, microseconds_each(start));
    ensure(seen % REPEATS == 0); /* the same byte each time: the work cannot be left out */
}

void round_limits(struct bench *bench)
{
    measure_disk(bench);
    measure_keys(bench);
    measure_hash(bench);
}
