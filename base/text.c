/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/arena.h"

char *hex_write(char *ret, struct bytes from)
{
    return sodium_bin2hex(ret, from.size * 2 + 1, from.data, from.size);
}

char *hex_new(struct arena *arena, struct bytes from)
{
    char *text = from.size > SIZE_MAX / 4 ? NULL : arena_take(arena, from.size * 2 + 1);
    return text == NULL ? NULL : hex_write(text, from);
}

static int digit(uint8_t c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool hex_read(uint8_t *ret, size_t size, struct bytes text)
{
    if (text.size % 2 != 0 || text.size / 2 != size) {
        return false;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (digit(text.data[i]) < 0) {
            return false;
        }
    }
    for (size_t i = 0; i < size; i++) {
        ret[i] = (uint8_t)(digit(text.data[2 * i]) * 16 + digit(text.data[2 * i + 1]));
    }
    return true;
}

char *base64_new(struct arena *arena, struct bytes from)
{
    size_t room = sodium_base64_ENCODED_LEN(from.size, sodium_base64_VARIANT_ORIGINAL);
    char *text = arena_take(arena, room);
    return text == NULL ? NULL
                        : sodium_bin2base64(text, room, from.data, from.size, sodium_base64_VARIANT_ORIGINAL);
}

bool base64_read(uint8_t *ret, size_t max, size_t *ret_size, struct bytes text)
{
    size_t size = 0;
    const char *end = NULL;
    if (text.size == 0) {
        *ret_size = 0;
        return true;
    }
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] >= 0x80) { /* libsodium 1.0.18 reads these as '/' */
            return false;
        }
    }
    /* libsodium refuses wrong padding and left-over bits; the end must be the end of the text. */
    if (sodium_base642bin(ret, max, (const char *)text.data, text.size, NULL, &size, &end,
                          sodium_base64_VARIANT_ORIGINAL) != 0 ||
        end != (const char *)text.data + text.size) {
        return false;
    }
    *ret_size = size;
    return true;
}

/* Decodes one code point of well-formed UTF-8 at p. Returns its length in bytes, 0 if it is not one. */
static size_t utf8_next(const uint8_t *p, size_t left, uint32_t *ret)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    if (p[0] < 0x80) {
        *ret = p[0];
        return 1;
    }
    size_t length = p[0] >= 0xf0 ? 4 : p[0] >= 0xe0 ? 3 : p[0] >= 0xc2 ? 2 : 0;
    if (length == 0 || length > left || p[0] > 0xf4) {
        return 0;
    }
    uint32_t code = p[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
        code = code << 6 | (p[i] & 0x3fu);
    }
    if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) {
        return 0;
    }
    *ret = code;
    return length;
}

static bool code_is_showable(uint32_t c)
{
    if (c < 0x7f) {
        return c >= 0x20 || c == '\n' || c == '\t';
    }
    bool control = c <= 0x9f;
    bool direction = (c >= 0x202a && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
    bool separator = c == 0x2028 || c == 0x2029;
    bool nonchar = (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || c == 0xfeff;
    return !control && !direction && !separator && !nonchar;
}

static bool all_codes(struct bytes text, bool one_line)
{
    for (size_t i = 0; i < text.size;) {
        uint32_t code = 0;
        size_t length = utf8_next(text.data + i, text.size - i, &code);
        if (length == 0 || !code_is_showable(code) || (one_line && code < 0x20)) {
            return false;
        }
        i += length;
    }
    return true;
}

bool text_is_showable(struct bytes text)
{
    return all_codes(text, false);
}

bool text_is_line(struct bytes text)
{
    return all_codes(text, true);
}

/* Default_Ignorable_Code_Point of Unicode 15.1 (DerivedCoreProperties.txt), where it is assigned or for variations; and U+2800, blank. */
static bool code_is_unseen(uint32_t c)
{
    static const struct {
        uint32_t from, to;
    } unseen[] = {{0xad, 0xad},     {0x34f, 0x34f},     {0x61c, 0x61c},     {0x115f, 0x1160},
                  {0x17b4, 0x17b5}, {0x180b, 0x180f},   {0x200b, 0x200f},   {0x2060, 0x206f},
                  {0x2800, 0x2800}, {0x3164, 0x3164},   {0xfe00, 0xfe0f},   {0xffa0, 0xffa0},
                  {0xfff9, 0xfffb}, {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}};
    for (size_t i = 0; i < sizeof unseen / sizeof unseen[0]; i++) {
        if (c >= unseen[i].from && c <= unseen[i].to) {
            return true;
        }
    }
    return false;
}

bool text_is_reference(struct bytes text)
{
    if (!text_is_line(text)) {
        return false;
    }
    for (size_t i = 0; i < text.size;) {
        uint32_t code = 0;
        i += utf8_next(text.data + i, text.size - i, &code);
        if (code_is_unseen(code)) {
            return false;
        }
    }
    return true;
}

size_t text_next_on_line(struct bytes text)
{
    uint32_t code = 0;
    size_t length = text.size == 0 ? 0 : utf8_next(text.data, text.size, &code);
    return length != 0 && code >= 0x20 && code_is_showable(code) ? length : 0;
}

char *text_quiet(struct arena *arena, struct bytes from, size_t max)
{
    static const char digits[] = "0123456789abcdef";
    size_t widest = from.size > SIZE_MAX / 8 ? max : 4 * from.size;
    char *ret = arena_take(arena, (widest < max ? widest : max) + sizeof "...");
    if (ret == NULL) {
        return NULL;
    }
    size_t out = 0;
    for (size_t i = 0; i < from.size;) {
        size_t length = text_next_on_line(bytes_of(from.data + i, from.size - i));
        bool plain = length != 0;
        size_t step = plain ? length : 1;
        size_t wide = plain ? length : 4;
        if (out + wide > max) {
            memcpy(ret + out, "...", 3);
            out += 3;
            break;
        }
        if (plain) {
            memcpy(ret + out, from.data + i, length);
        } else {
            uint8_t byte = from.data[i];
            const char escaped[4] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
            memcpy(ret + out, escaped, sizeof escaped);
        }
        out += wide;
        i += step;
    }
    ret[out] = '\0';
    return ret;
}

char *number_grouped(char ret[GROUPED_TEXT], uint64_t number)
{
    char digits[GROUPED_TEXT];
    int size = snprintf(digits, sizeof digits, "%" PRIu64, number);
    size_t at = 0;
    for (int i = 0; i < size; i++) {
        if (i != 0 && (size - i) % 3 == 0) {
            ret[at++] = ',';
        }
        ret[at++] = digits[i];
    }
    ret[at] = '\0';
    return ret;
}

bool text_is_one_of(const char *text, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (strcmp(text, *list) == 0) {
            return true;
        }
    }
    return false;
}

#define WORD_MAX ((size_t)48)

static size_t edit_distance(const char *a, const char *b)
{
    size_t row[WORD_MAX + 1];
    size_t b_length = strlen(b);
    for (size_t j = 0; j <= b_length; j++) {
        row[j] = j;
    }
    for (size_t i = 1; a[i - 1] != '\0'; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t change = diagonal + (a[i - 1] != b[j - 1]);
            size_t skip = (row[j] < row[j - 1] ? row[j] : row[j - 1]) + 1;
            diagonal = row[j];
            row[j] = change < skip ? change : skip;
        }
    }
    return row[b_length];
}

const char *text_nearest(const char *word, const char *const *list)
{
    const char *nearest = NULL;
    size_t least = (strlen(word) + 2) / 3 + 1;
    if (strlen(word) > WORD_MAX) {
        return NULL;
    }
    for (; *list != NULL; list++) {
        size_t distance = strlen(*list) > WORD_MAX ? least : edit_distance(word, *list);
        if (distance < least) {
            least = distance;
            nearest = *list;
        }
    }
    return nearest;
}
