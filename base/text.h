/* SPDX-License-Identifier: Apache-2.0 */
/* Text encodings: hexadecimal, base64, UTF-8 that may be shown to a person. */
#ifndef COMITY_BASE_TEXT_H
#define COMITY_BASE_TEXT_H

#include "base/attributes.h"
#include "base/bytes.h"

struct arena;

/* Writes 2 * from.size lower-case digits and a zero byte; ret has room for them. Returns ret. */
char *hex_write(char *ret, struct bytes from);

/* The same in an arena; NULL on exhaustion. */
MUST_USE char *hex_new(struct arena *, struct bytes from);

/* Reads exactly size bytes from exactly 2 * size lower-case digits; false otherwise, ret untouched. */
MUST_USE bool hex_read(uint8_t *ret, size_t size, struct bytes text);

static inline bool text_is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Standard base64 with padding (RFC 4648 4); NULL on exhaustion. */
MUST_USE char *base64_new(struct arena *, struct bytes from);

/*
 * Canonical base64 only: right padding, no other character, zero bits left over. ret has room for max bytes, and what
 * is in it after a failure is undefined; ret_size is untouched then.
 */
MUST_USE bool base64_read(uint8_t *ret, size_t max, size_t *ret_size, struct bytes text);

/*
 * True if the bytes are well-formed UTF-8 (RFC 3629) without: U+0000, controls other than LF and TAB, C1 controls,
 * the bidirectional overrides and isolates U+202A-202E and U+2066-2069, U+2028/2029, noncharacters, the byte order
 * mark U+FEFF. Such text can be shown and signed without showing something else.
 */
MUST_USE bool text_is_showable(struct bytes);

/* The same and no LF or TAB either: one line, safe in a log or a table. */
MUST_USE bool text_is_line(struct bytes);

/* Bytes of the first character if it could stand in such a line, 0 if it could not (or there is none). */
size_t text_next_on_line(struct bytes);

/* A copy in which whatever is not a showable line stands as \xNN; cut at max bytes with "..."; NULL on exhaustion. */
MUST_USE char *text_quiet(struct arena *, struct bytes from, size_t max);

/* "1,234,567". Returns ret. */
#define GROUPED_TEXT 27 /* of the largest, with a zero byte */
char *number_grouped(char ret[GROUPED_TEXT], uint64_t number);

/* True if the C string equals one of the NULL-terminated list. */
bool text_is_one_of(const char *text, const char *const *list);

/*
 * The entry of the NULL-terminated list with the smallest edit distance to the word, if that is at most a third of
 * the word's length (rounded up); NULL otherwise. For "did you mean".
 */
const char *text_nearest(const char *word, const char *const *list);

#endif
