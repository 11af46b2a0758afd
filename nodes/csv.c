/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/csv.h"

#include <string.h>

#include "base/ensure.h"

struct reader {
    const uint8_t *at, *end;
    unsigned line;
    size_t column, cells_max;
    char *
        to; /* where the next cell goes: in all, the cells with their zero bytes are no longer than the text and one byte */
    struct arena *arena;
    struct csv_fault fault; /* text NULL: none yet */
};

static bool refuse(struct reader *r, const char *text)
{
    r->fault = (struct csv_fault){.line = r->line, .column = (unsigned)r->column, .text = text};
    return false;
}

static bool at_line_end(const struct reader *r)
{
    return r->at == r->end || *r->at == '\n' || (*r->at == '\r' && r->end - r->at > 1 && r->at[1] == '\n');
}

static void skip_line_end(struct reader *r)
{
    if (r->at < r->end && *r->at == '\r') {
        r->at++;
    }
    if (r->at < r->end) {
        r->at++;
        r->line++;
    }
}

/* What stands between quotes; the reader is behind the first. Returns the bytes written, or SIZE_MAX. */
static size_t read_quoted(struct reader *r, char *to)
{
    size_t size = 0;
    unsigned first = r->line;
    for (;; r->at++) {
        if (r->at == r->end) {
            r->line = first;
            (void)refuse(r, "a quote is opened here and not closed");
            return SIZE_MAX;
        }
        if (*r->at == '"') {
            r->at++;
            if (r->at == r->end || *r->at != '"') {
                return size;
            }
        }
        r->line += *r->at == '\n';
        to[size++] = (char)*r->at;
    }
}

static size_t read_plain(struct reader *r, char *to)
{
    size_t size = 0;
    for (; !at_line_end(r) && *r->at != ','; r->at++) {
        if (*r->at == '"') {
            (void)refuse(r,
                         "a quote stands within a cell: put the whole cell in quotes and double those in it");
            return SIZE_MAX;
        }
        to[size++] = (char)*r->at;
    }
    return size;
}

/* One cell; what follows it is a comma or the end of the line. */
static const char *read_cell(struct reader *r)
{
    char *to = r->to;
    bool quoted = r->at < r->end && *r->at == '"';
    r->at += quoted;
    size_t size = quoted ? read_quoted(r, to) : read_plain(r, to);
    if (size == SIZE_MAX) {
        return NULL;
    }
    if (!at_line_end(r) && *r->at != ',') {
        (void)refuse(r, "something follows the closing quote: a comma or the end of the line must");
        return NULL;
    }
    to[size] = '\0';
    r->to = to + size + 1;
    return to;
}

static bool read_row(struct reader *r, struct csv_row *ret)
{
    const char **cells = arena_zero(r->arena, r->cells_max, sizeof *cells);
    size_t count = 0;
    bool more = true;
    *ret = (struct csv_row){.line = r->line, .cells = cells};
    r->column = 0;
    if (cells == NULL) {
        return refuse(r, "there is no room for so much");
    }
    if (at_line_end(r)) {
        return refuse(r, "this line is empty");
    }
    while (more) {
        if (count == r->cells_max) {
            return refuse(r, "this line has too many cells");
        }
        r->column = count + 1;
        cells[count] = read_cell(r);
        if (cells[count++] == NULL) {
            return false;
        }
        more = r->at < r->end && *r->at == ',';
        r->at += more;
    }
    skip_line_end(r);
    ret->count = count;
    return true;
}

bool csv_read(struct bytes text, size_t rows_max, size_t cells_max, struct arena *arena, struct csv *ret,
              struct csv_fault *ret_fault)
{
    static const uint8_t mark[] = {0xef, 0xbb,
                                   0xbf}; /* some programs put it before UTF-8: no part of a cell */
    ensure(cells_max > 0);
    struct reader r = {.line = 1, .cells_max = cells_max, .arena = arena};
    if (text.size >= sizeof mark && memcmp(text.data, mark, sizeof mark) == 0) {
        text = bytes_of(text.data + sizeof mark, text.size - sizeof mark);
    }
    r.at = text.data;
    r.end = text.data + text.size;
    size_t lines = 1;
    for (size_t i = 0; i < text.size; i++) {
        lines += text.data[i] == '\n';
    }
    size_t room = lines < rows_max ? lines : rows_max;
    struct csv_row *rows = arena_zero(arena, room, sizeof *rows);
    size_t count = 0;
    r.to = arena_take(arena, text.size + 1);
    bool good = (rows != NULL && r.to != NULL) || refuse(&r, "there is no room for so much");
    if (good && text.size != 0 && memchr(text.data, 0, text.size) != NULL) {
        good = refuse(&r, "a zero byte is no text");
    }
    while (good && r.at < r.end) {
        r.column = 0;
        good = count < room ? read_row(&r, &rows[count]) : refuse(&r, "there are too many lines");
        count++;
    }
    if (!good) {
        *ret_fault = r.fault;
        return false;
    }
    *ret = (struct csv){.rows = rows, .count = count};
    return true;
}
