/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"

/* Takes the bytes of a character that did not fit wholly off the end: what is printed stays UTF-8. */
static void cut(char *text)
{
    size_t size = strlen(text);
    while (size > 0 && ((unsigned char)text[size - 1] & 0xc0) == 0x80) {
        size--;
    }
    if (size > 0 && (unsigned char)text[size - 1] >= 0xc0) {
        size--;
    }
    text[size] = '\0';
}

void error_set(struct error *error, const char *format, ...)
{
    if (error == NULL || error->text[0] != '\0') {
        return;
    }
    va_list args;
    va_start(args, format);
    int length = vsnprintf(error->text, sizeof error->text, say(error->words, format), args);
    va_end(args);
    if (length >= (int)sizeof error->text) {
        cut(error->text);
    }
}

const char *error_say(const struct error *error, const char *text)
{
    return say(error == NULL ? NULL : error->words, text);
}
