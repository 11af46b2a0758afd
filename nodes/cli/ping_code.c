/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_code.h"

#include <stdbool.h>
#include <string.h>

#define STATE_CHARS  2
#define SECRET_CHARS 16 /* of 5 bits each */
#define CHECK_CHARS  2
#define CHARS        (STATE_CHARS + SECRET_CHARS + CHECK_CHARS)
#define GROUP        4
#define PRIME        1021 /* the largest that two characters hold */

static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static uint32_t check_of(const char *state, const uint8_t values[SECRET_CHARS])
{
    uint32_t check = 0;
    for (size_t i = 0; i < STATE_CHARS; i++) {
        check = (check * 32 + (uint32_t)(state[i] - 'A')) % PRIME;
    }
    for (size_t i = 0; i < SECRET_CHARS; i++) {
        check = (check * 32 + values[i]) % PRIME;
    }
    return check;
}

/* Five bits from that bit on. */
static uint8_t five_bits(const uint8_t *bytes, size_t bit)
{
    uint32_t pair = (uint32_t)bytes[bit / 8] << 8;
    pair |= bit / 8 + 1 < PING_SECRET_BYTES ? bytes[bit / 8 + 1] : 0;
    return (uint8_t)(pair >> (11 - bit % 8) & 31);
}

char *ping_code_write(char ret[PING_CODE_TEXT], const struct ping_code *code)
{
    uint8_t values[SECRET_CHARS];
    size_t at = 0;
    for (size_t i = 0; i < SECRET_CHARS; i++) {
        values[i] = five_bits(code->secret, 5 * i);
    }
    uint32_t check = check_of(code->state, values);
    ret[at++] = code->state[0];
    ret[at++] = code->state[1];
    for (size_t i = 0; i < SECRET_CHARS; i++) {
        if (i % GROUP == 0) {
            ret[at++] = '-';
        }
        ret[at++] = digits[values[i]];
    }
    ret[at++] = '-';
    ret[at++] = digits[check / 32];
    ret[at++] = digits[check % 32];
    ret[at] = '\0';
    return ret;
}

static char capital(char c)
{
    return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* A letter of the State, for which a digit may have been read; '\0': it is none. */
static char state_letter(char c)
{
    c = c == '0' ? 'O' : c == '1' ? 'I' : c;
    return c >= 'A' && c <= 'Z' ? c : '\0';
}

/* -1: it is no character of a code. */
static int digit_value(char c)
{
    c = c == 'O' ? '0' : c == 'I' || c == 'L' ? '1' : c;
    const char *found = c == '\0' ? NULL : strchr(digits, c);
    return found == NULL ? -1 : (int)(found - digits);
}

/* Without what only groups; false: there are not as many as a code has. */
static bool gather(const char *text, char ret[CHARS])
{
    size_t count = 0;
    for (; *text != '\0'; text++) {
        if (strchr(" -.\t\r\n", *text) != NULL) {
            continue;
        }
        if (count == CHARS) {
            return false;
        }
        ret[count++] = capital(*text);
    }
    return count == CHARS;
}

enum ping_code_outcome ping_code_read(const char *text, struct ping_code *ret)
{
    char chars[CHARS];
    struct ping_code code = {.state = ""};
    uint8_t values[SECRET_CHARS + CHECK_CHARS];
    if (!gather(text, chars)) {
        return PING_CODE_LENGTH;
    }
    for (size_t i = 0; i < STATE_CHARS; i++) {
        code.state[i] = state_letter(chars[i]);
        if (code.state[i] == '\0') {
            return PING_CODE_CHARACTER;
        }
    }
    for (size_t i = 0; i < SECRET_CHARS + CHECK_CHARS; i++) {
        int value = digit_value(chars[STATE_CHARS + i]);
        if (value < 0) {
            return PING_CODE_CHARACTER;
        }
        values[i] = (uint8_t)value;
    }
    if (check_of(code.state, values) != values[SECRET_CHARS] * 32U + values[SECRET_CHARS + 1]) {
        return PING_CODE_CHECK;
    }
    for (size_t bit = 0; bit < 5 * SECRET_CHARS; bit++) {
        uint8_t on = values[bit / 5] >> (4 - bit % 5) & 1;
        code.secret[bit / 8] |= (uint8_t)(on << (7 - bit % 8));
    }
    *ret = code;
    return PING_CODE_OK;
}
