/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/ip_address.h"

#include <stddef.h>
#include <string.h>

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

/* --- bytes of what is valid --- */

static void ipv4_bytes(const char *text, uint8_t ret[4])
{
    for (int i = 0; i < 4; i++) {
        unsigned value = 0;
        for (; *text >= '0' && *text <= '9'; text++) {
            value = value * 10 + (unsigned)(*text - '0');
        }
        ret[i] = (uint8_t)value;
        text += *text == '.';
    }
}

static unsigned hex_value(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : c >= 'a' ? (unsigned)(c - 'a') + 10 : (unsigned)(c - 'A') + 10;
}

/* The groups before the gap stay where they are; those after it go to the end. */
static void ipv6_bytes(const char *text, uint8_t ret[16])
{
    uint8_t bytes[16] = {0};
    size_t count = 0, gap = sizeof bytes;
    while (*text != '\0') {
        if (text[0] == ':' && text[1] == ':') {
            gap = count;
            text += 2;
        } else if (*text == ':') {
            text++;
        } else if (is_ipv4(text)) {
            ipv4_bytes(text, bytes + count);
            count += 4;
            break;
        } else {
            unsigned value = 0;
            for (; is_hex(*text); text++) {
                value = value << 4 | hex_value(*text);
            }
            bytes[count++] = (uint8_t)(value >> 8);
            bytes[count++] = (uint8_t)(value & 0xff);
        }
    }
    memset(ret, 0, sizeof bytes);
    size_t before = gap < count ? gap : count;
    memcpy(ret, bytes, before);
    memcpy(ret + sizeof bytes - (count - before), bytes + before, count - before);
}

bool ip_address_read(const char *text, uint8_t ret[16])
{
    if (is_ipv4(text)) {
        memset(ret, 0, 10);
        ret[10] = ret[11] = 0xff;
        ipv4_bytes(text, ret + 12);
        return true;
    }
    if (is_ipv6(text)) {
        ipv6_bytes(text, ret);
        return true;
    }
    return false;
}
