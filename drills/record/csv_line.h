/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of a table for spreadsheets (RFC 4180). */
#ifndef COMITY_DRILLS_RECORD_CSV_LINE_H
#define COMITY_DRILLS_RECORD_CSV_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/attributes.h"

/* Takes pieces of text; false from it ends the writing. */
struct csv_out {
    bool (*put)(void *context, const char *, size_t);
    void *context;
};

/* fields: NULL-terminated. False: put said so. */
MUST_USE bool csv_line(const struct csv_out *, const char *const *fields);

#endif
