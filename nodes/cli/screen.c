/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/screen.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/columns.h"
#include "base/text.h"
#include "proto/limits.h"

/* Whatever a letter says is shown in full, each of its bytes as \xNN if need be: officers sign what they see. */
#define QUIET_BYTES_MAX ((size_t)4 * LETTER_BYTES_MAX)

const char *screen_quiet(struct arena *arena, struct bytes text)
{
    struct bytes copy = arena_copy(arena, text);
    if (copy.data == NULL) {
        return "?";
    }
    char *line = (char *)(uintptr_t)copy.data;
    for (size_t i = 0; i < copy.size; i++) {
        line[i] = line[i] == '\n' || line[i] == '\t' ? ' ' : line[i];
    }
    const char *quiet = text_quiet(arena, copy, QUIET_BYTES_MAX);
    return quiet == NULL ? "?" : quiet;
}

const char *screen_string(struct arena *arena, const json_t *string)
{
    return json_is_string(string)
               ? screen_quiet(arena, bytes_of(json_string_value(string), json_string_length(string)))
               : "";
}

const char *screen_member(struct arena *arena, const json_t *object, const char *name)
{
    return screen_string(arena, json_object_get(object, name));
}

/* Cuts the last line so that the dots fit. */
static void print_cut(FILE *out, const char *text, size_t columns)
{
    size_t size = columns_fit(text, columns - 3);
    (void)fprintf(out, "%.*s...\n", (int)size, text);
}

static void print_trimmed(FILE *out, const char *text, size_t size)
{
    while (size != 0 && text[size - 1] == ' ') {
        size--;
    }
    (void)fprintf(out, "%.*s\n", (int)size, text);
}

/* A terminal that is narrower than the pages are made for breaks their lines where we say, not anywhere. */
static size_t columns_on(FILE *out)
{
    struct winsize size;
    int fd = fileno(out);
    if (fd < 0 || !isatty(fd) || ioctl(fd, TIOCGWINSZ, &size) != 0 || size.ws_col < SCREEN_COLUMNS_MIN ||
        size.ws_col > SCREEN_COLUMNS) {
        return SCREEN_COLUMNS;
    }
    return size.ws_col;
}

void screen_wrapped(FILE *out, const char *first, size_t indent, const char *text, size_t lines_max)
{
    size_t used = columns_of_text(first);
    size_t all = columns_on(out);
    (void)fputs(first, out);
    if (used < indent) {
        (void)fprintf(out, "%*s", (int)(indent - used), "");
        used = indent;
    }
    for (size_t line = 1;; line++) {
        size_t columns = used + 8 < all ? all - used : 8;
        size_t size = columns_fit(text, columns);
        const char *rest = text + size + strspn(text + size, " ");
        if (line == lines_max && *rest != '\0') {
            print_cut(out, text, columns);
            return;
        }
        print_trimmed(out, text, size);
        if (*rest == '\0') {
            return;
        }
        text = rest;
        (void)fprintf(out, "%*s", (int)indent, "");
        used = indent;
    }
}

void screen_heading(FILE *out, bool colour, const char *text)
{
    (void)fprintf(out, "%s%s%s\n", colour ? "\033[1m" : "", text, colour ? "\033[0m" : "");
}

void screen_exercise(const struct cli *cli, const json_t *answer)
{
    if (json_is_string(json_object_get(answer, "exercise"))) {
        screen_heading(stdout, cli->colour,
                       say(cli->words, N_("EXERCISE  EXERCISE  EXERCISE: nothing here is real")));
    }
}
