/* SPDX-License-Identifier: Apache-2.0 */
#include "base/columns.h"

#include <stdbool.h>
#include <stdint.h>

#include "base/text.h"

struct range {
    uint32_t from, to;
};

/* Marks that take no column, of the scripts in use among authorities. Unicode 15, general categories Mn, Me and Cf. */
static const struct range combining[] = {
    {0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x05bf, 0x05bf}, {0x05c1, 0x05c2},
    {0x05c4, 0x05c5}, {0x0610, 0x061a}, {0x064b, 0x065f}, {0x0670, 0x0670}, {0x06d6, 0x06dc},
    {0x06df, 0x06e4}, {0x06e7, 0x06e8}, {0x06ea, 0x06ed}, {0x0900, 0x0902}, {0x093a, 0x093a},
    {0x093c, 0x093c}, {0x0941, 0x0948}, {0x094d, 0x094d}, {0x0981, 0x0981}, {0x09c1, 0x09c4},
    {0x09cd, 0x09cd}, {0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x0eb1, 0x0eb1},
    {0x0eb4, 0x0ebc}, {0x0ec8, 0x0ecd}, {0x102d, 0x1030}, {0x1032, 0x1037}, {0x1039, 0x103a},
    {0x17b4, 0x17b5}, {0x17b7, 0x17bd}, {0x17c6, 0x17c6}, {0x17c9, 0x17d3}, {0x1ab0, 0x1aff},
    {0x1dc0, 0x1dff}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfe20, 0xfe2f},
};
/* East Asian Width W and F. */
static const struct range wide[] = {
    {0x1100, 0x115f},   {0x2e80, 0x303e},   {0x3041, 0xa4cf},   {0xac00, 0xd7a3},
    {0xf900, 0xfaff},   {0xfe30, 0xfe6f},   {0xff00, 0xff60},   {0xffe0, 0xffe6},
    {0x1f300, 0x1f64f}, {0x1f900, 0x1f9ff}, {0x20000, 0x3fffd},
};

static bool in_ranges(uint32_t c, const struct range *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (c >= list[i].from && c <= list[i].to) {
            return true;
        }
    }
    return false;
}

/* The character at text and its bytes; a byte that begins none counts as one character. */
static uint32_t character(const char *text, size_t *ret_size)
{
    const uint8_t *at = (const uint8_t *)text;
    size_t size = text_next_on_line(bytes_of_text(text));
    uint32_t c = at[0];
    *ret_size = size == 0 ? 1 : size;
    if (size >= 2) {
        c = at[0] & (0xffU >> (size + 1));
        for (size_t i = 1; i < size; i++) {
            c = c << 6 | (at[i] & 0x3fU);
        }
    }
    return c;
}

static size_t columns_of(uint32_t c)
{
    if (in_ranges(c, combining, sizeof combining / sizeof combining[0])) {
        return 0;
    }
    return in_ranges(c, wide, sizeof wide / sizeof wide[0]) ? 2 : 1;
}

size_t columns_of_text(const char *text)
{
    size_t columns = 0;
    for (size_t size = 0; *text != '\0'; text += size) {
        columns += columns_of(character(text, &size));
    }
    return columns;
}

size_t columns_fit(const char *text, size_t columns)
{
    size_t used = 0, at = 0, blank = 0, size = 0;
    for (; text[at] != '\0'; at += size) {
        used += columns_of(character(text + at, &size));
        if (used > columns) {
            return blank != 0 ? blank : at != 0 ? at : size;
        }
        if (text[at] == ' ') {
            blank = at;
        }
    }
    return at;
}
