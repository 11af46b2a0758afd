/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fields of one log event in logfmt: key=value key="quoted value". What a peer, a file or a person chose enters a log
 * only through here: quotes, controls, terminal sequences, bidirectional overrides and broken UTF-8 are escaped, so that
 * one event is one line and shows what it holds. Bounded: a long value is cut, what does not fit is left out and said.
 *
 *     struct log_line line;
 *     log_line_init(&line);
 *     log_text(&line, "from", party);
 *     log_number(&line, "bytes", frame.size);
 *     turn_log(turn, LOG_NOTICE, "envelope_refused", "%s", line.text);
 */
#ifndef COMITY_BASE_LOG_H
#define COMITY_BASE_LOG_H

#include "base/bytes.h"

#define LOG_LINE_BYTES  1024
#define LOG_VALUE_BYTES 256 /* of one value as written, so that it cannot push the others out */

struct log_line {
    size_t size;
    bool cut;                  /* a field was left out: the line ends in " cut=1" */
    char text[LOG_LINE_BYTES]; /* always ends in a zero byte */
};

void log_line_init(struct log_line *);

/* Keys are ours: lower-case letters, digits and "_". A cut value ends in "...". */
void log_text(struct log_line *, const char *key, struct bytes value);
void log_number(struct log_line *, const char *key, int64_t value);
void log_hex(struct log_line *, const char *key, struct bytes value);

#endif
