/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/screen.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/text.h"
#include "proto/limits.h"

/* Whatever a letter says is shown in full, each of its bytes as \xNN if need be: officers sign what they see. */
#define QUIET_BYTES_MAX ((size_t)4 * LETTER_BYTES_MAX)

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

size_t screen_width(const char *text)
{
    size_t columns = 0;
    for (size_t size = 0; *text != '\0'; text += size) {
        columns += columns_of(character(text, &size));
    }
    return columns;
}

const char *screen_quiet(struct arena *arena, struct bytes text)
{
    struct bytes copy = arena_copy(arena, text);
    if (copy.data == NULL) {
        return "?";
    }
    char *line = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; i < copy.size; i++) {
        line[i] = line[i] == '\n' || line[i] == '\t' ? ' ' : line[i];
    }
    const char *quiet = text_quiet(arena, copy, QUIET_BYTES_MAX);
    return quiet == NULL ? "?" : quiet;
}

const char *screen_string(struct arena *arena, const json_t *string)
{
    return json_is_string(string)
               ? screen_quiet(arena, bytes_of(json_string_value(string), json_string_length(string)))
               : "";
}

const char *screen_member(struct arena *arena, const json_t *object, const char *name)
{
    return screen_string(arena, json_object_get(object, name));
}

/* Bytes of the text that go on a line of so many columns: to the last blank that fits, or as much as fits. */
static size_t line_size(const char *text, size_t columns)
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

/* Cuts the last line so that the dots fit. */
static void print_cut(FILE *out, const char *text, size_t columns)
{
    size_t size = line_size(text, columns - 3);
    (void)fprintf(out, "%.*s...\n", (int)size, text);
}

static void print_trimmed(FILE *out, const char *text, size_t size)
{
    while (size != 0 && text[size - 1] == ' ') {
        size--;
    }
    (void)fprintf(out, "%.*s\n", (int)size, text);
}

/* A terminal that is narrower than the pages are made for breaks their lines where we say, not anywhere. */
static size_t columns_on(FILE *out)
{
    struct winsize size;
    int fd = fileno(out);
    if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < SCREEN_COLUMNS_MIN ||
        size.ws_col > SCREEN_COLUMNS) {
        return SCREEN_COLUMNS;
    }
    return size.ws_col;
}

void screen_wrapped(FILE *out, const char *first, size_t indent, const char *text, size_t lines_max)
{
    size_t used = screen_width(first);
    size_t all = columns_on(out);
    (void)fputs(first, out);
    if (used < indent) {
        (void)fprintf(out, "%*s", (int)(indent - used), "");
        used = indent;
    }
    for (size_t line = 1;; line++) {
        size_t columns = used + 8 < all ? all - used : 8;
        size_t size = line_size(text, columns);
        const char *rest = text + size + strspn(text + size, " ");
        if (line == lines_max && *rest != '\0') {
            print_cut(out, text, columns);
            return;
        }
        print_trimmed(out, text, size);
        if (*rest == '\0') {
            return;
        }
        text = rest;
        (void)fprintf(out, "%*s", (int)indent, "");
        used = indent;
    }
}

void screen_heading(FILE *out, bool colour, const char *text)
{
    (void)fprintf(out, "%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}
