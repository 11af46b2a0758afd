/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/identifier_form.h"

#include <string.h>

#include "base/text.h"
#include "nodes/ip_address.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* What is kept of each character: itself, in lower case, or (0) nothing. */
static char *filtered(const char *value, char (*keep)(char), struct arena *arena)
{
    char *form = arena_take(arena, strlen(value) + 1);
    size_t size = 0;
    for (; form != NULL && *value != '\0'; value++) {
        char c = keep(*value);
        if (c != '\0') {
            form[size++] = c;
        }
    }
    if (form != NULL) {
        form[size] = '\0';
    }
    return form;
}

static char keep_dense(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '-' ? '\0' : lower(c);
}

static char keep_digit(char c)
{
    return text_is_digit(c) ? c : '\0';
}

/* Bytes above 127 are parts of letters. */
static char keep_name(char c)
{
    c = lower(c);
    return text_is_digit(c) || (c >= 'a' && c <= 'z') || (unsigned char)c > 127 ? c : '\0';
}

static const char *ip_form(const char *value, struct arena *arena)
{
    uint8_t bytes[16];
    return ip_address_read(value, bytes) ? hex_new(arena, bytes_of(bytes, sizeof bytes))
                                         : filtered(value, keep_dense, arena);
}

static void cut_end(char *form, char c)
{
    size_t size = form == NULL ? 0 : strlen(form);
    if (size > 1 && form[size - 1] == c) {
        form[size - 1] = '\0';
    }
}

static void remove_text(char *at, const char *text)
{
    size_t size = strlen(text);
    if (strncmp(at, text, size) == 0 && (at[size] == '\0' || at[size] == '/')) {
        memmove(at, at + size, strlen(at + size) + 1);
    }
}

/* Scheme and host are blind to case, the rest is not. */
static const char *url_form(const char *value, struct arena *arena)
{
    struct bytes copy = arena_copy(arena, bytes_of_text(value));
    char *form = (char *)(uintptr_t)copy.data;
    char *host = form == NULL ? NULL : strstr(form, "://");
    if (host == NULL) {
        return form == NULL ? NULL : filtered(value, keep_dense, arena);
    }
    char *end = host + 3 + strcspn(host + 3, "/?#");
    for (char *c = form; c < end; c++) {
        *c = lower(*c);
    }
    form[strcspn(form, "#")] = '\0';
    char *port = strchr(host + 3, ':');
    if (port != NULL && port < end) {
        remove_text(port, strncmp(form, "https", 5) == 0 ? ":443" : ":80");
    }
    cut_end(form, '/');
    return form;
}

static const char *phone_form(const char *value, struct arena *arena)
{
    char *digits = filtered(value, keep_digit, arena);
    if (digits == NULL || digits[0] == '\0') {
        return digits == NULL ? NULL : filtered(value, keep_dense, arena);
    }
    return strncmp(digits, "00", 2) == 0 ? digits + 2 : digits;
}

/* Addresses in base58 differ by case; those in hexadecimal and in bech32 do not. */
static const char *wallet_form(const char *value, struct arena *arena)
{
    static const char *const blind[] = {"0x", "bc1", "tb1", "ltc1"};
    char *dense = filtered(value, keep_dense, arena);
    for (size_t i = 0; dense != NULL && i < sizeof blind / sizeof blind[0]; i++) {
        if (strncmp(dense, blind[i], strlen(blind[i])) == 0) {
            return dense;
        }
    }
    return dense == NULL ? NULL : (const char *)arena_copy(arena, bytes_of_text(value)).data;
}

const char *identifier_form(Comity__Identifier__Kind kind, const char *value, struct arena *arena)
{
    char *form = NULL;
    switch (kind) {
    case COMITY__IDENTIFIER__KIND__IP_ADDRESS:
        return ip_form(value, arena);
    case COMITY__IDENTIFIER__KIND__DOMAIN:
    case COMITY__IDENTIFIER__KIND__EMAIL: {
        struct bytes copy = arena_copy(arena, bytes_of_text(value));
        form = (char *)(uintptr_t)copy.data;
        for (char *c = form; c != NULL && *c != '\0'; c++) {
            *c = lower(*c);
        }
        cut_end(form, '.');
        return form;
    }
    case COMITY__IDENTIFIER__KIND__URL:
        return url_form(value, arena);
    case COMITY__IDENTIFIER__KIND__PHONE:
        return phone_form(value, arena);
    case COMITY__IDENTIFIER__KIND__WALLET:
        return wallet_form(value, arena);
    case COMITY__IDENTIFIER__KIND__ACCOUNT:
    case COMITY__IDENTIFIER__KIND__DEVICE:
    case COMITY__IDENTIFIER__KIND__OTHER_KIND:
    case COMITY__IDENTIFIER__KIND__NO_KIND:
    case _COMITY__IDENTIFIER__KIND_IS_INT_SIZE:
        break;
    }
    return filtered(value, keep_dense, arena);
}

const char *custodian_form(const char *name, struct arena *arena)
{
    return filtered(name, keep_name, arena);
}
