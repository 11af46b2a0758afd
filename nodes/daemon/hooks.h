/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hook program of a node: told of each alarm, one after the other, as one line of JSON on its standard input, with no word
 * of the case in it; whom to wake, and how, is its own business. It is run apart from the daemon, never waited for, ended when
 * it takes too long, and tried again when it fails, ever more seldom, for as long as the node names the alarm: a day. The node names
 * emergencies first; what was not tried yet does not wait for what failed.
 */
#ifndef COMITY_NODES_DAEMON_HOOKS_H
#define COMITY_NODES_DAEMON_HOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/clock.h"
#include "base/error.h"

#define HOOK_TIME_MS 10000 /* for one run */
#define HOOK_PAUSE_MAX_MS                                                                                    \
    (15 * MS_PER_MINUTE) /* between two tries with one alarm; 1, 4, 16 ... seconds at first */
#define HOOK_QUEUE_MAX 32

struct hooks;

/* program: an absolute path, borrowed. NULL with an error: it is none that can be run, or no memory. */
struct hooks *hooks_new(const char *program, struct error *);
void hooks_free(struct hooks *); /* ends what runs; NULL is allowed */

/* Should the node be asked for alarms that nobody was told of? raised: how many it has raised so far. Not while one is told. */
bool hooks_want(const struct hooks *, uint64_t raised);
/*
 * What it answered then: {"party": ..., "alarms": [...]}: these and no others, in this order. Cut short at HOOK_QUEUE_MAX. Those
 * that are "old" are given up at once.
 */
void hooks_give(struct hooks *, uint64_t raised, const char *json, size_t size);

/* Takes note of a run that ended or took too long, and begins the next. Only after the commit of what was given. */
void hooks_run(struct hooks *, mono_ms now);
/* An alarm that was told, or (told is false) could not be, which the node has to hear of; false: none. */
bool hooks_result(struct hooks *, uint64_t *ret_alarm, bool *ret_told);

/* Readable when a run ends; -1: nothing runs. */
int hooks_poll_fd(const struct hooks *);
/* When hooks_run() is to be called without that. UINT64_MAX: need not. */
mono_ms hooks_deadline(const struct hooks *);

#endif
