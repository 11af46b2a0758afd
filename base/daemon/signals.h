/* SPDX-License-Identifier: Apache-2.0 */
/* SIGTERM, SIGINT and SIGHUP as something to poll for: they end or reload a daemon between turns, never inside one. */
#ifndef COMITY_BASE_DAEMON_SIGNALS_H
#define COMITY_BASE_DAEMON_SIGNALS_H

#include "base/error.h"

enum host_signal {
    HOST_SIGNAL_NONE,
    HOST_SIGNAL_STOP,   /* SIGTERM or SIGINT */
    HOST_SIGNAL_RELOAD, /* SIGHUP */
};

/*
 * Blocks the three signals in the process and returns a non-blocking descriptor that is readable when one is pending;
 * -1 with an error. Call before the first thread is made (threads inherit the mask). The caller closes it.
 */
MUST_USE int signals_open(struct error *);

/* Takes the next signal; NONE when none is pending. Call until NONE. */
MUST_USE enum host_signal signals_next(int fd);

#endif
