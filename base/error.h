/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The world failed: disk, memory, network. (Our bug is ensure(); what was to be expected is an outcome of its module.)
 * Filled where it happened, passed up, logged once.
 * The text says what happened to what, and where a person can act, the next step.
 */
#ifndef COMITY_BASE_ERROR_H
#define COMITY_BASE_ERROR_H

#include "base/attributes.h"

struct catalogue; /* base/catalogue.h */

struct error {
    char text[512];                /* cut at the end if longer; empty = no error */
    const struct catalogue *words; /* the language of the text; NULL: as in the source */
};

/* Sets the text. error may be NULL (nobody wants to know). Keeps an earlier text: the first cause counts. */
void error_set(struct error *, const char *format, ...) PRINTF_LIKE(2, 3);
/* A text in the language of the error, to be set as part of one. error may be NULL. */
const char *error_say(const struct error *, const char *text) FORMAT_OF(2);

#endif
