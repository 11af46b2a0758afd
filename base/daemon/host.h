/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a daemon takes from the machine: two clocks, randomness, and a process made safe to hold keys. This is the only
 * place of a daemon that reads a clock; its loop reads both once a turn and hands them to the core.
 */
#ifndef COMITY_BASE_DAEMON_HOST_H
#define COMITY_BASE_DAEMON_HOST_H

#include "base/clock.h"
#include "base/error.h"
#include "base/exercise_clock.h"
#include "base/turn.h"

wall_ms host_wall(void); /* CLOCK_REALTIME, or what host_exercise() put in its place */
mono_ms
host_mono(void); /* CLOCK_BOOTTIME: goes on while the machine sleeps, so a deadline is not late after it */

/*
 * From now on host_wall() is the clock of an exercise, for the whole process. Only for a network of exercises: a daemon asks its
 * roster first (program_keep_clock), the command line follows its daemon.
 */
void host_exercise(struct exercise_clock);

/*
 * By when a core has to be told again that time has passed, besides its own deadline: that counts milliseconds of the machine,
 * and a faster wall clock comes sooner to its dates. MONO_NEVER while the wall clock is no faster.
 */
mono_ms host_look_again(mono_ms now);

/* size bytes from the kernel's generator. Waits for it at boot; aborts if there is none. context is not used. */
void host_random(void *context, uint8_t *ret, size_t size);

/* host_random as a turn takes it. */
struct turn_source host_turn_source(void);

/*
 * Seeds rand() from the kernel. libzmq draws its routing ids from rand() and never seeds it, so they can be guessed:
 * call before the first zmq_ctx_new.
 */
void host_seed_libc(void);

/*
 * Call first in main, before any other file is open and before any thread. Makes 0, 1 and 2 stand for something, closes
 * every other inherited descriptor but those of socket activation (LISTEN_FDS), sets umask 077, forbids core dumps and
 * debuggers, ignores SIGPIPE and SIGXFSZ, starts libsodium, runs the self-test (selftest.h) and seeds rand(). False with an
 * error: the process must not go on.
 */
MUST_USE bool host_harden(struct error *);

#endif
