/* SPDX-License-Identifier: Apache-2.0 */
/* How much room a text takes where each character has a column, or two. */
#ifndef COMITY_BASE_COLUMNS_H
#define COMITY_BASE_COLUMNS_H

#include <stddef.h>

/* 0 for combining marks, 2 for wide characters, else 1 a character; a byte that begins none counts as one. */
size_t columns_of_text(const char *text);
/*
 * Bytes of a text that go on a line of so many columns: all of it, or to the last blank that fits, or whole characters as far as they
 * fit; one character at least, unless the text is empty.
 */
size_t columns_fit(const char *text, size_t columns);

#endif
