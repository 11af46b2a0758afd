/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The log of a daemon: one logfmt line an event,
 *   ts=2026-11-21T19:40:55.123Z level=info event=envelope.accepted key=value ...
 * written with one write(2). A line stays one line whatever is in it: what is not a showable character stands as \xNN.
 * When the descriptor is the journal's (JOURNAL_STREAM), each line starts with <level> as journald reads it.
 */
#ifndef COMITY_BASE_DAEMON_LOGGER_H
#define COMITY_BASE_DAEMON_LOGGER_H

#include "base/turn.h"

#define LOGGER_LINE_BYTES_MAX 2048 /* with the line's end; longer ones are cut and end in "..." */

struct logger;

/* A log on the descriptor (borrowed); events less important than threshold are left out. NULL: no memory. */
MUST_USE struct logger *logger_new(int fd, enum log_level threshold);
void logger_free(struct logger *); /* NULL is allowed */

/* "error", "warning", "notice", "info" or "debug" (a configuration value) to its level; false if it is none of them. */
MUST_USE bool logger_level_read(const char *word, enum log_level *ret);

/* What the turn logged, stamped with the turn's clock. Call after the commit. */
void logger_turn(struct logger *, const struct turn *);

/* An event of the host's own, stamped with the clock. fields as for turn_log; may be "". */
void logger_event(struct logger *, enum log_level, const char *event, const char *fields, ...)
    PRINTF_LIKE(4, 5);

/* The last line of a host that must end: event, what happened and the cause, which may be the system's words. */
void logger_end(struct logger *, const char *event, const char *what, const char *cause);

/*
 * Lines that could not be written since logger_new (a full pipe of a non-blocking descriptor, a full disk). The next
 * line that can be is preceded by event=log.lost lines=N.
 */
uint64_t logger_lost(const struct logger *);

#endif
