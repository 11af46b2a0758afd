/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* close_range */
#include "base/daemon/host.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#include "base/daemon/selftest.h"
#include "base/ensure.h"

#define EXERCISE_LOOK_MS 100

static struct exercise_clock exercise; /* like the machine's clocks, one for the process */

static uint64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    ensure(clock_gettime(clock, &now) == 0);
    ensure(now.tv_sec >= 0); /* a machine before 1970 can stamp nothing */
    return (uint64_t)now.tv_sec * MS_PER_SECOND + (uint64_t)now.tv_nsec / 1000000;
}

wall_ms host_wall(void)
{
    return exercise_clock_at(&exercise, (wall_ms){.ms = clock_ms(CLOCK_REALTIME)});
}

void host_exercise(struct exercise_clock clock)
{
    exercise = clock;
}

mono_ms host_look_again(mono_ms now)
{
    return exercise.rate > 1 ? mono_after(now, EXERCISE_LOOK_MS) : MONO_NEVER;
}

mono_ms host_mono(void)
{
    return (mono_ms){.ms = clock_ms(CLOCK_BOOTTIME)};
}

void host_random(void *context, uint8_t *ret, size_t size)
{
    (void)context;
    while (size != 0) {
        ssize_t got = getrandom(ret, size, 0);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        ensure(got > 0);
        ret += got;
        size -= (size_t)got;
    }
}

struct turn_source host_turn_source(void)
{
    return (struct turn_source){.random = host_random, .context = NULL};
}

void host_seed_libc(void)
{
    unsigned seed = 0;
    host_random(NULL, (uint8_t *)&seed, sizeof seed);
    srand(seed);
}

/* A daemon started with 0, 1 or 2 closed would open its database as one of them, and print into it. */
static bool fill_standard_descriptors(struct error *error)
{
    for (int fd = open("/dev/null", O_RDWR); fd <= STDERR_FILENO; fd = dup(fd)) {
        if (fd < 0) {
            error_set(error, "cannot open /dev/null: %s", strerror(errno));
            return false;
        }
    }
    return true;
}

/* Also closes what fill_standard_descriptors opened above 2. */
static bool close_inherited(struct error *error)
{
    int listening = sd_listen_fds(0);
    unsigned first = SD_LISTEN_FDS_START + (listening > 0 ? (unsigned)listening : 0);
    if (close_range(first, ~0U, 0) != 0) {
        error_set(error, "cannot close inherited descriptors: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool forbid_dumps(struct error *error)
{
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = 0};
    if (setrlimit(RLIMIT_CORE, &none) != 0 || prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) {
        error_set(error, "cannot forbid core dumps, which would hold keys: %s", strerror(errno));
        return false;
    }
    return true;
}

/* A peer that went away, or a file that may not grow, is an error of the write, not the end of the process without a word. */
static bool ignore_signals_of_writes(struct error *error)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN};
    if (sigaction(SIGPIPE, &ignore, NULL) != 0 || sigaction(SIGXFSZ, &ignore, NULL) != 0) {
        error_set(error, "cannot ignore SIGPIPE and SIGXFSZ: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool start_sodium(struct error *error)
{
    if (sodium_init() < 0) {
        error_set(error, "libsodium does not start");
        return false;
    }
    return selftest_sodium(error);
}

bool host_harden(struct error *error)
{
    (void)umask(077);
    if (!fill_standard_descriptors(error) || !close_inherited(error) || !forbid_dumps(error) ||
        !ignore_signals_of_writes(error) || !start_sodium(error)) {
        return false;
    }
    host_seed_libc();
    return true;
}
