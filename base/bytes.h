/* SPDX-License-Identifier: Apache-2.0 */
/* A view of bytes that somebody else owns. Input bytes are borrowed for the call unless a comment says otherwise. */
#ifndef COMITY_BASE_BYTES_H
#define COMITY_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct bytes {
    const uint8_t *data; /* may be NULL when size is 0 */
    size_t size;
};

static inline struct bytes bytes_of(const void *data, size_t size)
{
    return (struct bytes){.data = data, .size = size};
}

/* The characters of a C string, without the terminating zero. */
struct bytes bytes_of_text(const char *text);

/* Equal size and content. Not for secrets: time depends on the content. */
bool bytes_equal(struct bytes a, struct bytes b);

/* Order by content, then by size: <0, 0, >0. Not for secrets. */
int bytes_compare(struct bytes a, struct bytes b);

/* True if every byte is zero (true for no bytes). */
bool bytes_all_zero(struct bytes b);

#endif
