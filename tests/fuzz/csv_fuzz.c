/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile tables: CSV, rows of an item, answers to rows. What is read keeps within its limits; what is not has a fault. The corpus is
 * replayed by tests/unit/csv_test.c through the same function.
 */
#include "tests/fuzz/csv_fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "nodes/csv.h"
#include "nodes/item_rows.h"

#define CELLS_MAX 6

static void check_rows(struct arena *arena, const char *text)
{
    struct faults faults;
    struct item_rows rows;
    faults_init(&faults, arena);
    bool good = item_rows_read(text, "rows", arena, &faults, &rows);
    ensure(good == !faults_any(&faults));
    for (size_t i = 0; good && i < rows.count; i++) {
        const struct item_row *row = &rows.list[i];
        ensure(row->value[0] != '\0' && row->port <= UINT16_MAX && row->peer_port <= UINT16_MAX);
        ensure(rows.addresses || (row->port == 0 && row->peer[0] == '\0' && row->protocol[0] == '\0'));
    }
    ensure(!good || (rows.count >= 1 && rows.count <= ITEM_ROWS_MAX));
}

static void check_answers(struct arena *arena, const char *text)
{
    struct faults faults;
    struct row_answers answers;
    uint32_t last = 0;
    faults_init(&faults, arena);
    bool good = row_answers_read(text, "rows", arena, &faults, &answers);
    ensure(good == !faults_any(&faults));
    for (size_t i = 0; good && i < answers.count; i++) {
        ensure(answers.list[i].first > last && answers.list[i].last >= answers.list[i].first);
        last = answers.list[i].last;
    }
    ensure(last <= ITEM_ROWS_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)16 << 20);
    struct csv csv;
    struct csv_fault fault = {.text = NULL};
    if (arena == NULL) {
        abort();
    }
    if (csv_read(bytes_of(data, size), ITEM_ROWS_MAX, CELLS_MAX, arena, &csv, &fault)) {
        ensure(csv.count <= ITEM_ROWS_MAX);
        for (size_t i = 0; i < csv.count; i++) {
            ensure(csv.rows[i].count >= 1 && csv.rows[i].count <= CELLS_MAX);
        }
    } else {
        ensure(fault.text != NULL && fault.line >= 1);
    }
    char *text = arena_zero(arena, 1, size + 1);
    ensure(text != NULL);
    if (size != 0) {
        memcpy(text, data, size);
    }
    check_rows(arena, text);
    check_answers(arena, text);
    arena_free(arena);
    return 0;
}
