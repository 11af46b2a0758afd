/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The code that a State without a node answers a ping with: "XQ-7F3K-92MD-XW4T-8P6C-V5". The State, 80 bits that nobody guesses, and
 * two characters to check it by, made to be read over the phone: no I, L, O and U among the 80 bits (Crockford's base 32). One wrong
 * character, or two next to each other that changed places, never go unnoticed: the check is the whole, read as a number, modulo
 * a prime.
 */
#ifndef COMITY_NODES_CLI_PING_CODE_H
#define COMITY_NODES_CLI_PING_CODE_H

#include <stdint.h>

#include "base/attributes.h"

#define PING_SECRET_BYTES 10
#define PING_CODE_TEXT    26 /* with a zero byte */

struct ping_code {
    char state[3]; /* "XQ" */
    uint8_t secret[PING_SECRET_BYTES];
};

enum ping_code_outcome {
    PING_CODE_OK,
    PING_CODE_LENGTH,    /* a character is missing, or there is one too many */
    PING_CODE_CHARACTER, /* one that no code has */
    PING_CODE_CHECK,     /* a character was misread */
};

/* Returns ret. */
char *ping_code_write(char ret[PING_CODE_TEXT], const struct ping_code *);
/* As somebody typed it: capitals or not, with or without blanks and hyphens, O for 0, I and L for 1. ret untouched on failure. */
MUST_USE enum ping_code_outcome ping_code_read(const char *text, struct ping_code *ret);

#endif
