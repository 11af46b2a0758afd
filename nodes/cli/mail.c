/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/mail.h"

#include <stdio.h>
#include <string.h>

#include "base/instant.h"
#include "base/text.h"

#define LETTERS_DIGITS    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
#define ADDRESS_CHARS_MAX 254 /* RFC 5321 4.5.3.1.3 */
#define LOCAL_CHARS_MAX   64  /* RFC 5321 4.5.3.1.1 */
#define LABEL_CHARS_MAX   63
#define SUBJECT_BYTES_MAX 400
#define WORD_BYTES_MAX                                                                                       \
    39 /* a line with an encoded word has at most 76 characters (RFC 2047 2), "Subject: " too */
#define ENCODED_LINE_CHARS 76 /* RFC 2045 6.8 */

/* --- addresses --- */

/* Parts between dots, none empty, of those characters, each at most so long. */
static bool is_dotted(const char *text, size_t size, const char *chars, size_t part_max)
{
    size_t part = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == '.') {
            if (part == 0) {
                return false;
            }
            part = 0;
        } else if (strchr(chars, text[i]) == NULL || ++part > part_max) {
            return false;
        }
    }
    return part != 0;
}

bool mail_address_is_good(const char *text)
{
    const char *at = strchr(text, '@');
    size_t local = at == NULL ? 0 : (size_t)(at - text);
    return at != NULL && strlen(text) <= ADDRESS_CHARS_MAX && local <= LOCAL_CHARS_MAX &&
           is_dotted(text, local, LETTERS_DIGITS "!#$%&'*+/=?^_`{|}~-", LOCAL_CHARS_MAX) &&
           is_dotted(at + 1, strlen(at + 1), LETTERS_DIGITS "-", LABEL_CHARS_MAX);
}

/* --- headers --- */

static const char *date_of(wall_ms at, struct arena *arena)
{
    static const char *const days[] = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
    static const char *const months[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    struct civil c = instant_civil((struct instant){.ms = (int64_t)at.ms});
    return arena_format(arena, "%s, %d %s %04d %02d:%02d:%02d +0000", days[c.weekday], c.day,
                        months[c.month - 1], c.year, c.hour, c.minute, c.second);
}

/* Whole characters up to so many bytes of a text that is a showable line. */
static size_t piece_of(const char *text, size_t max)
{
    size_t size = 0, next = 0;
    while (text[size] != '\0' && (next = text_next_on_line(bytes_of_text(text + size))) != 0 &&
           size + next <= max) {
        size += next;
    }
    return size;
}

/* RFC 2047: whatever it says, it is a word. */
static const char *encoded_words(const char *subject, struct arena *arena)
{
    const char *line = text_quiet(arena, bytes_of_text(subject), SUBJECT_BYTES_MAX);
    const char *words = "";
    while (line != NULL && line[0] != '\0' && words != NULL) {
        size_t size = piece_of(line, WORD_BYTES_MAX);
        const char *word = base64_new(arena, bytes_of(line, size));
        words = word == NULL || size == 0
                    ? NULL
                    : arena_format(arena, "%s%s=?UTF-8?B?%s?=", words, words[0] == '\0' ? "" : "\r\n ", word);
        line += size;
    }
    return line == NULL ? NULL : words;
}

/* --- the body --- */

/* Lines ended by CR LF, as the text of a mail is (RFC 2045 6.8). */
static char *with_crlf(const char *text, struct arena *arena)
{
    size_t lines = 0, at = 0;
    for (const char *p = text; *p != '\0'; p++) {
        lines += *p == '\n';
    }
    char *copy = arena_take(arena, strlen(text) + lines + 1);
    for (const char *p = text; copy != NULL && *p != '\0'; p++) {
        if (*p == '\n') {
            copy[at++] = '\r';
        }
        copy[at++] = *p;
    }
    if (copy != NULL) {
        copy[at] = '\0';
    }
    return copy;
}

static const char *encoded_body(const char *body, struct arena *arena)
{
    const char *text = with_crlf(body, arena);
    const char *code = text == NULL ? NULL : base64_new(arena, bytes_of_text(text));
    size_t size = code == NULL ? 0 : strlen(code), at = 0;
    char *lines = code == NULL ? NULL : arena_take(arena, size + size / ENCODED_LINE_CHARS * 2 + 3);
    for (size_t i = 0; lines != NULL && i < size; i += ENCODED_LINE_CHARS) {
        size_t line = size - i < ENCODED_LINE_CHARS ? size - i : ENCODED_LINE_CHARS;
        memcpy(lines + at, code + i, line);
        memcpy(lines + at + line, "\r\n", 2);
        at += line + 2;
    }
    if (lines != NULL) {
        lines[at] = '\0';
    }
    return lines;
}

const char *mail_write(const struct mail *mail, struct arena *arena)
{
    if (!mail_address_is_good(mail->from) || !mail_address_is_good(mail->to)) {
        return NULL;
    }
    const char *date = date_of(mail->at, arena);
    const char *subject = encoded_words(mail->subject, arena);
    const char *body = encoded_body(mail->body, arena);
    return date == NULL || subject == NULL || body == NULL
               ? NULL
               : arena_format(arena,
                              "From: %s\r\nTo: %s\r\nDate: %s\r\nMessage-ID: <%s@%s>\r\nSubject: %s\r\n"
                              "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
                              "Content-Transfer-Encoding: base64\r\n\r\n%s",
                              mail->from, mail->to, date, mail->id, strchr(mail->from, '@') + 1, subject,
                              body);
}

/* --- links --- */

static const char *percent_encoded(const char *text, const char *also, struct arena *arena)
{
    static const char hex[] = "0123456789ABCDEF";
    char *copy = arena_take(arena, 3 * strlen(text) + 1);
    size_t at = 0;
    for (; copy != NULL && *text != '\0'; text++) {
        uint8_t byte = (uint8_t)*text;
        if (strchr(LETTERS_DIGITS "-._~", *text) != NULL || strchr(also, *text) != NULL) {
            copy[at++] = *text;
        } else {
            copy[at++] = '%';
            copy[at++] = hex[byte >> 4];
            copy[at++] = hex[byte & 15];
        }
    }
    if (copy != NULL) {
        copy[at] = '\0';
    }
    return copy;
}

const char *mail_link(const char *to, const char *subject, const char *body, struct arena *arena)
{
    const char *address = mail_address_is_good(to) ? percent_encoded(to, "@", arena) : NULL;
    const char *title = percent_encoded(subject, "", arena);
    const char *lines = with_crlf(body, arena);
    const char *text = lines == NULL ? NULL : percent_encoded(lines, "", arena);
    return address == NULL || title == NULL || text == NULL
               ? NULL
               : arena_format(arena, "mailto:%s?subject=%s&body=%s", address, title, text);
}
