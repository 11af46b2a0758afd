/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"

#define CUT_FIELD " cut=1"

void log_line_init(struct log_line *line)
{
    line->size = 0;
    line->cut = false;
    line->text[0] = '\0';
}

static void check_key(const char *key)
{
    ensure(key[0] != '\0');
    for (const char *c = key; *c != '\0'; c++) {
        ensure((*c >= 'a' && *c <= 'z') || (*c >= '0' && *c <= '9') || *c == '_');
    }
}

/* Appends key=value as it is, or " cut=1" once, for which room is always kept. */
static void append(struct log_line *line, const char *key, const char *value)
{
    check_key(key);
    size_t room = sizeof line->text - line->size;
    const char *space = line->size == 0 ? "" : " ";
    size_t wanted = strlen(space) + strlen(key) + 1 + strlen(value);
    if (line->cut) {
        return;
    }
    if (wanted + sizeof CUT_FIELD > room) {
        line->cut = true;
        memcpy(line->text + line->size, CUT_FIELD, sizeof CUT_FIELD);
        line->size += sizeof CUT_FIELD - 1;
        return;
    }
    (void)snprintf(line->text + line->size, room, "%s%s=%s", space, key, value);
    line->size += wanted;
}

static bool is_plain(struct bytes value)
{
    for (size_t i = 0; i < value.size; i++) {
        uint8_t c = value.data[i];
        bool word = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        if (!word && (c == 0 || strchr("-_.:/@+,", c) == NULL)) {
            return false;
        }
    }
    return value.size != 0;
}

/* What stands for the next character of a value between quotes; *at moves past it. */
static struct bytes quoted_next(struct bytes value, size_t *at, char escaped[5])
{
    struct bytes rest = bytes_of(value.data + *at, value.size - *at);
    size_t length = text_next_on_line(rest);
    if (length != 0 && rest.data[0] != '"' && rest.data[0] != '\\') {
        *at += length;
        return bytes_of(rest.data, length);
    }
    *at += 1;
    if (length != 0) {
        (void)snprintf(escaped, 5, "\\%c", rest.data[0]);
    } else {
        (void)snprintf(escaped, 5, "\\x%02x", (unsigned)rest.data[0]);
    }
    return bytes_of_text(escaped);
}

void log_text(struct log_line *line, const char *key, struct bytes value)
{
    char written[LOG_VALUE_BYTES + 1];
    if (is_plain(value) && value.size <= LOG_VALUE_BYTES) {
        memcpy(written, value.data, value.size);
        written[value.size] = '\0';
        append(line, key, written);
        return;
    }
    size_t out = 0;
    written[out++] = '"';
    for (size_t i = 0; i < value.size;) {
        char escaped[5];
        struct bytes shown = quoted_next(value, &i, escaped);
        if (out + shown.size + sizeof "...\"" > sizeof written) {
            memcpy(written + out, "...", 3);
            out += 3;
            break;
        }
        memcpy(written + out, shown.data, shown.size);
        out += shown.size;
    }
    written[out++] = '"';
    written[out] = '\0';
    append(line, key, written);
}

void log_number(struct log_line *line, const char *key, int64_t value)
{
    char written[24];
    (void)snprintf(written, sizeof written, "%lld", (long long)value);
    append(line, key, written);
}

void log_hex(struct log_line *line, const char *key, struct bytes value)
{
    char written[LOG_VALUE_BYTES + 1];
    size_t shown = value.size <= LOG_VALUE_BYTES / 2 ? value.size : LOG_VALUE_BYTES / 2 - 2;
    (void)hex_write(written, bytes_of(value.data, shown));
    if (shown < value.size) {
        memcpy(written + 2 * shown, "...", sizeof "...");
    }
    append(line, key, shown == 0 ? "\"\"" : written);
}
