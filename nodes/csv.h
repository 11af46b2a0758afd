/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tables as comma-separated values, RFC 4180: rows of cells, quotes around a cell that has commas, quotes or line ends, a quote in it
 * doubled. Lines end with LF or CRLF, the last one may lack it; the mark U+FEFF before the first is no part of it. The text is hostile: what is not of that form is an outcome.
 */
#ifndef COMITY_NODES_CSV_H
#define COMITY_NODES_CSV_H

#include "base/arena.h"

struct csv_row {
    unsigned line; /* where it begins, from 1 */
    size_t count;
    const char *const *cells; /* zero-terminated: the text holds no zero byte */
};

struct csv {
    const struct csv_row *rows;
    size_t count;
};

struct csv_fault {
    unsigned line, column; /* from 1; the column is the number of the cell, 0: the whole line */
    const char *text;
};

/*
 * At most rows_max rows of at most cells_max cells; an empty line is a fault. The cells are copies in the arena. False with the first
 * fault otherwise, ret untouched: a quote out of place, too many rows or cells, a zero byte, the arena ended.
 */
MUST_USE bool csv_read(struct bytes text, size_t rows_max, size_t cells_max, struct arena *, struct csv *ret,
                       struct csv_fault *ret_fault);

#endif
