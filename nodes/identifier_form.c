/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/identifier_form.h"

#include <string.h>

#include "base/text.h"
#include "nodes/ip_address.h"

static char small(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word_char(char c)
{
    return is_digit(c) || (small(c) >= 'a' && small(c) <= 'z');
}

static void make_small(char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        text[i] = small(text[i]);
    }
}

static void cut_end(char *text, char end)
{
    size_t size = strlen(text);
    if (size > 1 && text[size - 1] == end) {
        text[size - 1] = '\0';
    }
}

/* Only the characters that count, in place. */
static void keep(char *text, bool (*counts)(char))
{
    char *to = text;
    for (const char *from = text; *from != '\0'; from++) {
        if (counts(*from)) {
            *to++ = *from;
        }
    }
    *to = '\0';
}

static void form_url(char *text)
{
    char *fragment = strchr(text, '#');
    if (fragment != NULL) {
        *fragment = '\0';
    }
    char *host = strstr(text, "://");
    host = host == NULL ? text : host + 3;
    make_small(text, (size_t)(host - text) + strcspn(host, "/?"));
    cut_end(text, '/');
}

static void form_phone(char *text)
{
    bool abroad = text[0] == '+';
    keep(text, is_digit);
    if (!abroad && strncmp(text, "00", 2) == 0) {
        memmove(text, text + 1, strlen(text)); /* the second zero is where the plus goes */
        abroad = true;
        text[0] = '+';
    } else if (abroad) {
        memmove(text + 1, text, strlen(text) + 1);
        text[0] = '+';
    }
}

/* Hexadecimal behind 0x, as some chains write addresses. */
static bool is_hex_wallet(const char *text)
{
    return text[0] == '0' && small(text[1]) == 'x' &&
           text[2 + strspn(text + 2, "0123456789abcdefABCDEF")] == '\0';
}

static const char *form_address(const char *text, struct arena *arena)
{
    uint8_t bytes[16];
    return ip_address_read(text, bytes) ? hex_new(arena, bytes_of(bytes, sizeof bytes)) : text;
}

const char *identifier_form(Comity__Identifier__Kind kind, const char *value, struct arena *arena)
{
    value += strspn(value, " \t");
    size_t size = strlen(value);
    while (size > 0 && (value[size - 1] == ' ' || value[size - 1] == '\t')) {
        size--;
    }
    char *text = arena_format(arena, "%.*s", (int)size, value);
    if (text == NULL) {
        return NULL;
    }
    if (kind == COMITY__IDENTIFIER__KIND__IP_ADDRESS) {
        return form_address(text, arena);
    }
    if (kind == COMITY__IDENTIFIER__KIND__DOMAIN || kind == COMITY__IDENTIFIER__KIND__EMAIL) {
        make_small(text, size);
        cut_end(text, '.');
    } else if (kind == COMITY__IDENTIFIER__KIND__URL) {
        form_url(text);
    } else if (kind == COMITY__IDENTIFIER__KIND__PHONE) {
        form_phone(text);
    } else if (kind == COMITY__IDENTIFIER__KIND__DEVICE) {
        keep(text, is_word_char);
        make_small(text, strlen(text));
    } else if (kind == COMITY__IDENTIFIER__KIND__WALLET && is_hex_wallet(text)) {
        make_small(text, size);
    }
    return text;
}
