/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/ip_address.h"

#include <stddef.h>

static bool is_hex(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* One number 0..255 without leading zero; NULL, or what follows it. */
static const char *octet_end(const char *text)
{
    const char *at = text;
    unsigned value = 0;
    while (*at >= '0' && *at <= '9' && at - text < 4) {
        value = value * 10 + (unsigned)(*at - '0');
        at++;
    }
    bool leading_zero = text[0] == '0' && at - text > 1;
    return at == text || leading_zero || value > 255 ? NULL : at;
}

static bool is_ipv4(const char *text)
{
    for (int i = 0; i < 4; i++) {
        text = octet_end(text);
        if (text == NULL || *text != (i == 3 ? '\0' : '.')) {
            return false;
        }
        text++;
    }
    return true;
}

/* Groups of 1 to 4 hexadecimal digits between colons, one "::" at most, an IPv4 address in place of the last two. */
static bool is_ipv6(const char *text)
{
    size_t groups = 0;
    bool gap = text[0] == ':' && text[1] == ':';
    if (gap) {
        text += 2;
    }
    while (*text != '\0') {
        if (is_ipv4(text)) {
            groups += 2;
            break;
        }
        size_t digits = 0;
        while (is_hex(text[digits])) {
            digits++;
        }
        text += digits;
        groups++;
        if (digits == 0 || digits > 4 || (*text != ':' && *text != '\0') || groups > 8) {
            return false;
        }
        if (*text == ':') {
            text++;
            if (*text == '\0' || (*text == ':' && gap)) {
                return false;
            }
            if (*text == ':') {
                gap = true;
                text++;
            }
        }
    }
    return gap ? groups < 8 : groups == 8;
}

bool ip_address_is_valid(const char *text)
{
    return is_ipv4(text) || is_ipv6(text);
}
