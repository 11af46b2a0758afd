/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/item_rows.h"

#include <string.h>

#include "base/catalogue.h"
#include "base/text.h"
#include "nodes/csv.h"
#include "nodes/ip_address.h"

#define PORT_MAX     65535
#define PROTOCOL_MAX 32
#define PEER_MAX     64
#define VALUE_MAX    2000

enum column { VALUE, PORT, PROTOCOL, AT, PEER, PEER_PORT };
#define COLUMNS 6
static const char *const column_names[COLUMNS + 1] = {"value", "port",     "protocol", "at",
                                                      "peer",  "peerPort", NULL};

struct rows_reader {
    struct faults *faults;
    const char *path;
    bool failed;
    size_t width;
    enum column order[COLUMNS];
    unsigned line;
    bool addresses;
};

static void fault_of_row(struct rows_reader *r, size_t cell, const char *code, const char *text)
{
    faults_add(r->faults, r->path, code, "line %u, column %zu (%s): %s", r->line, cell + 1,
               column_names[r->order[cell]], say(r->faults->words, text));
    r->failed = true;
}

static void fault_of_line(struct rows_reader *r, unsigned line, const char *code, const char *text)
{
    faults_add(r->faults, r->path, code, "line %u: %s", line, say(r->faults->words, text));
    r->failed = true;
}

/* --- the header --- */

static bool column_of(const char *name, enum column *ret)
{
    for (unsigned i = 0; i < COLUMNS; i++) {
        if (strcmp(column_names[i], name) == 0) {
            *ret = (enum column)i;
            return true;
        }
    }
    return false;
}

static void read_header(struct rows_reader *r, const struct csv_row *row)
{
    bool seen[COLUMNS] = {false};
    r->width = row->count;
    for (size_t i = 0; i < row->count; i++) {
        if (!column_of(row->cells[i], &r->order[i])) {
            faults_add(
                r->faults, r->path, "UNKNOWN",
                "line 1, column %zu: \"%.40s\" is no column: there are value, port, protocol, at, peer "
                "and peerPort",
                i + 1, row->cells[i]);
            r->failed = true;
            return;
        }
        if (seen[r->order[i]]) {
            fault_of_line(r, 1, "DUPLICATE", "a column is named twice");
        }
        seen[r->order[i]] = true;
    }
    if (!seen[VALUE]) {
        fault_of_line(r, 1, "MISSING", "missing: the first line must name the columns, value among them");
    }
}

/* --- cells --- */

static bool read_port(const char *text, uint32_t *ret)
{
    uint32_t number = 0;
    for (; *text >= '0' && *text <= '9' && number <= PORT_MAX; text++) {
        number = number * 10 + (uint32_t)(*text - '0');
    }
    *ret = number;
    return *text == '\0' && number >= 1 && number <= PORT_MAX;
}

static void read_moment(struct rows_reader *r, size_t cell, const char *text, struct item_row *row)
{
    switch (instant_read(bytes_of_text(text), &row->at)) {
    case INSTANT_OK:
        row->has_at = true;
        return;
    case INSTANT_NO_ZONE:
        fault_of_row(r, cell, "NO_ZONE",
                     "the moment has no zone: write Z for UTC, or the offset, as in +07:00");
        return;
    case INSTANT_DATE_ONLY:
        fault_of_row(r, cell, "DATE_ONLY", "this is a date only: write the time and zone too");
        return;
    case INSTANT_MALFORMED:
        fault_of_row(r, cell, "NOT_A_TIME", "write a time with its zone, as in 2026-11-13T00:00:00Z");
        return;
    }
}

static void read_value(struct rows_reader *r, size_t cell, const char *text, struct item_row *row)
{
    row->value = text;
    if (text[0] == '\0') {
        fault_of_row(r, cell, "MISSING", "missing: write the address, name or number itself");
    } else if (r->addresses && !ip_address_is_valid(text)) {
        fault_of_row(r, cell, "NOT_AN_ADDRESS", "this is no IP address, and that of row 1 is one");
    } else if (strlen(text) > VALUE_MAX) {
        fault_of_row(r, cell, "TOO_LONG", "this is too long for one identifier");
    }
}

static void read_cell(struct rows_reader *r, size_t cell, const char *text, struct item_row *row)
{
    enum column column = r->order[cell];
    if (!text_is_reference(bytes_of_text(text))) {
        fault_of_row(r, cell, "TEXT",
                     "this must be one line without control, direction or invisible characters");
        return;
    }
    if (column == VALUE) {
        read_value(r, cell, text, row);
        return;
    }
    if (text[0] == '\0') {
        return;
    }
    if (column != AT && !r->addresses) {
        fault_of_row(r, cell, "INCONSISTENT", "only IP addresses have ports, protocols and peers");
        return;
    }
    switch (column) {
    case AT:
        read_moment(r, cell, text, row);
        return;
    case PORT:
    case PEER_PORT:
        if (!read_port(text, column == PORT ? &row->port : &row->peer_port)) {
            fault_of_row(r, cell, "RANGE", "a port is a number from 1 to 65535");
        }
        return;
    case PROTOCOL:
    case PEER:
        if (strlen(text) > (column == PEER ? PEER_MAX : PROTOCOL_MAX)) {
            fault_of_row(r, cell, "TOO_LONG", "this is too long");
        }
        *(column == PEER ? &row->peer : &row->protocol) = text;
        return;
    case VALUE:
        return;
    }
}

static void read_row(struct rows_reader *r, const struct csv_row *from, struct item_row *row)
{
    *row = (struct item_row){.value = "", .protocol = "", .peer = ""};
    r->line = from->line;
    if (from->count != r->width) {
        faults_add(r->faults, r->path, "NOT_CSV", "line %u has %zu cells, the first line %zu", from->line,
                   from->count, r->width);
        r->failed = true;
        return;
    }
    for (size_t i = 0; i < from->count; i++) {
        read_cell(r, i, from->cells[i], row);
    }
}

/* Whether the value of the first row is an IP address. */
static bool first_is_address(const struct rows_reader *r, const struct csv_row *row)
{
    for (size_t i = 0; i < r->width && i < row->count; i++) {
        if (r->order[i] == VALUE) {
            return ip_address_is_valid(row->cells[i]);
        }
    }
    return false;
}

static bool read_table(struct rows_reader *r, const char *text, struct arena *arena, struct csv *ret)
{
    struct csv_fault fault;
    if (!csv_read(bytes_of_text(text), ITEM_ROWS_MAX + 1, COLUMNS, arena, ret, &fault)) {
        faults_add(r->faults, r->path, "NOT_CSV",
                   fault.column == 0 ? "line %u: %s" : "line %u: %s, in cell %u", fault.line,
                   say(r->faults->words, fault.text), fault.column);
        return false;
    }
    if (ret->count < 2) {
        fault_of_line(r, 1, "MISSING",
                      "missing: a line that names the columns, and below it a line for each row");
        return false;
    }
    read_header(r, &ret->rows[0]);
    return !r->failed;
}

bool item_rows_read(const char *text, const char *path, struct arena *arena, struct faults *faults,
                    struct item_rows *ret)
{
    struct rows_reader r = {.faults = faults, .path = path};
    struct csv csv;
    if (!read_table(&r, text, arena, &csv)) {
        return false;
    }
    r.addresses = first_is_address(&r, &csv.rows[1]);
    struct item_row *list = arena_zero(arena, csv.count - 1, sizeof *list);
    if (list == NULL) {
        fault_of_line(&r, 1, "TOO_LONG", "there is no room for so much");
        return false;
    }
    bool timed = true;
    for (size_t i = 1; i < csv.count; i++) {
        read_row(&r, &csv.rows[i], &list[i - 1]);
        timed &= list[i - 1].has_at;
    }
    if (!r.failed) {
        *ret = (struct item_rows){
            .list = list, .count = csv.count - 1, .addresses = r.addresses, .timed = timed};
    }
    return !r.failed;
}

/* --- answers --- */

/* A number of a row; false: there is none, or it is too large. */
static bool read_number(const char **at, uint32_t *ret)
{
    uint32_t number = 0;
    const char *first = *at;
    for (; **at >= '0' && **at <= '9' && number <= ITEM_ROWS_MAX; (*at)++) {
        number = number * 10 + (uint32_t)(**at - '0');
    }
    *ret = number;
    return *at != first && number >= 1 && number <= ITEM_ROWS_MAX;
}

/* "40" or "1-40". */
static bool read_range(const char **at, struct row_answer *ret)
{
    if (!read_number(at, &ret->first)) {
        return false;
    }
    ret->last = ret->first;
    if (**at == '-') {
        (*at)++;
        return read_number(at, &ret->last) && ret->last >= ret->first;
    }
    return true;
}

struct answers_reader {
    struct row_answer *list;
    size_t count, room;
    uint32_t last; /* the highest row so far */
};

/* NULL, or what is wrong with the line. */
static const char *read_answer(struct answers_reader *r, char *line)
{
    const char *at = line;
    size_t first = r->count;
    for (;;) {
        struct row_answer answer;
        if (r->count == r->room || !read_range(&at, &answer)) {
            return "write numbers of rows or ranges, then a blank and words, as in: 1-40,43 held in full";
        }
        if (answer.first <= r->last) {
            return "the numbers must ascend, and each row be named once";
        }
        r->last = answer.last;
        r->list[r->count++] = answer;
        if (*at != ',') {
            break;
        }
        at++;
    }
    if (*at != '\0' && *at != ' ') {
        return "write numbers of rows or ranges, then a blank and words, as in: 1-40,43 held in full";
    }
    at += strspn(at, " ");
    for (size_t i = first; i < r->count; i++) {
        r->list[i].words = at;
    }
    return NULL;
}

bool row_answers_read(const char *text, const char *path, struct arena *arena, struct faults *faults,
                      struct row_answers *ret)
{
    struct bytes copy = arena_copy(arena, bytes_of(text, strlen(text) + 1));
    struct answers_reader r = {.room = ITEM_ROWS_MAX};
    r.list = arena_zero(arena, r.room, sizeof *r.list);
    if (copy.data == NULL || r.list == NULL) {
        faults_add(faults, path, "TOO_LONG", "there is no room for so much");
        return false;
    }
    unsigned number = 1;
    for (char *line = (char *)(uintptr_t)copy.data; line != NULL; number++) {
        char *end = strchr(line, '\n');
        if (end != NULL) {
            *end = '\0';
        }
        const char *wrong = read_answer(&r, line);
        if (wrong != NULL) {
            faults_add(faults, path, "NOT_ROWS", "line %u: %s", number, say(faults->words, wrong));
            return false;
        }
        line = end == NULL || end[1] == '\0' ? NULL : end + 1;
    }
    *ret = (struct row_answers){.list = r.list, .count = r.count};
    return true;
}
