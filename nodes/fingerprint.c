/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/fingerprint.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "keys/sign.h"
#include "nodes/identifier_form.h"
#include "nodes/store_letters.h"

/* Of a case; beyond it nothing is compared: bulk lists stand in rows, which are not items. */
#define PRINTS_MAX 512

static uint64_t ms_of(const Comity__Instant *instant, uint64_t none)
{
    return instant == NULL || instant->ms <= 0 ? none : (uint64_t)instant->ms;
}

static void widen(struct fingerprint *print, uint64_t by_ms)
{
    print->from_ms = print->from_ms > by_ms ? print->from_ms - by_ms : 0;
    print->to_ms = print->to_ms < UINT64_MAX - by_ms ? print->to_ms + by_ms : UINT64_MAX;
}

static bool print_of(enum machine machine, const Comity__Item *item, const Comity__Identifier *identifier,
                     struct arena *arena, struct fingerprint *ret)
{
    const char *form = identifier_form(identifier->kind, identifier->value, arena);
    const char *head = arena_format(arena, "%s/%d/%u", machine_name(machine), (int)identifier->kind,
                                    (unsigned)identifier->port);
    if (form == NULL || head == NULL) {
        return false;
    }
    const struct bytes parts[] = {bytes_of_text(head), bytes_of_text(form)};
    *ret = (struct fingerprint){.hash = labelled_digest("comity/v1/print", parts, 2), .to_ms = UINT64_MAX};
    if (identifier->at != NULL) {
        ret->from_ms = ms_of(identifier->at, 0);
        ret->to_ms = ms_of(identifier->at, UINT64_MAX);
        widen(ret, (uint64_t)identifier->clock_error_s * MS_PER_SECOND);
    } else if (item->period != NULL) {
        ret->from_ms = ms_of(item->period->from, 0);
        ret->to_ms = ms_of(item->period->to, UINT64_MAX);
    }
    return true;
}

size_t fingerprint_of(enum machine machine, const Comity__Item *item, struct arena *arena,
                      struct fingerprint *ret)
{
    size_t count = 0;
    for (size_t i = 0; i < item->n_identifiers && count < IDENTIFIERS_MAX; i++) {
        if (!print_of(machine, item, item->identifiers[i], arena, &ret[count++])) {
            return 0;
        }
    }
    return count;
}

static int row_order(const void *left, const void *right)
{
    const struct print_row *a = left, *b = right;
    return memcmp(a->print.hash.bytes, b->print.hash.bytes, sizeof a->print.hash.bytes);
}

static bool same_thing(const struct print_row *a, const struct print_row *b)
{
    return digest_equal(&a->print.hash, &b->print.hash);
}

static bool same_row(const struct print_row *a, const struct print_row *b)
{
    return same_thing(a, b) && a->items == b->items && a->print.from_ms == b->print.from_ms &&
           a->print.to_ms == b->print.to_ms && strcmp(a->custodian, b->custodian) == 0;
}

/* Of a thing that several items name: from the first time to the last, at whichever custodian. */
static void row_join(struct print_row *row, const struct print_row *more)
{
    row->print.from_ms = more->print.from_ms < row->print.from_ms ? more->print.from_ms : row->print.from_ms;
    row->print.to_ms = more->print.to_ms > row->print.to_ms ? more->print.to_ms : row->print.to_ms;
    row->items |= more->items;
    row->custodian = strcmp(more->custodian, row->custodian) == 0 ? row->custodian : "";
}

/* Of items that have not ended: what has ended is no work twice. */
static size_t rows_of(const struct case_fold *fold, struct arena *arena, struct print_row ret[PRINTS_MAX])
{
    struct fingerprint prints[IDENTIFIERS_MAX];
    size_t count = 0;
    for (size_t i = 0; i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        if (item->state == ITEM_ENDED || item->asked == NULL) {
            continue;
        }
        const char *custodian = custodian_form(item->asked->custodian, arena);
        size_t prints_count =
            custodian == NULL ? 0 : fingerprint_of(fold->machine, item->asked, arena, prints);
        for (size_t p = 0; p < prints_count && count < PRINTS_MAX; p++) {
            ret[count++] = (struct print_row){
                .print = prints[p], .items = UINT64_C(1) << (item->number - 1), .custodian = custodian};
        }
    }
    qsort(ret, count, sizeof *ret, row_order);
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (kept != 0 && same_thing(&ret[kept - 1], &ret[i])) {
            row_join(&ret[kept - 1], &ret[i]);
        } else {
            ret[kept++] = ret[i];
        }
    }
    return kept;
}

static bool same_rows(struct store *store, const struct case_id *id, const struct print_row *rows,
                      size_t count, struct arena *arena)
{
    struct print_row *held = arena_take(arena, PRINTS_MAX * sizeof *held);
    size_t held_count = held == NULL ? 0 : store_prints(store, id, PRINTS_MAX, arena, held);
    bool same = held != NULL && held_count == count;
    for (size_t i = 0; i < count && same; i++) {
        same = same_row(&held[i], &rows[i]);
    }
    return same;
}

static void twins_renew(struct node *node, const struct case_id *id)
{
    struct twin twins[TWINS_RENEWED];
    size_t count = store_twins(node->store, id, true, TWINS_RENEWED, twins);
    for (size_t i = 0; i < count; i++) {
        case_touch(node, &twins[i].case_id, 0);
    }
}

void fingerprints_follow(struct node *node, const struct case_row *row, const struct case_fold *fold,
                         struct arena *arena, struct line_records *ret)
{
    struct store *store = node->store;
    struct twin twin;
    struct print_row *rows = arena_take(arena, PRINTS_MAX * sizeof *rows);
    if (rows == NULL || (fold->machine != MACHINE_HOLD && fold->machine != MACHINE_MLA)) {
        return;
    }
    size_t count = rows_of(fold, arena, rows);
    if (!same_rows(store, &row->id, rows, count, arena)) {
        twins_renew(node, &row->id);
        store_prints_clear(store, &row->id);
        for (size_t i = 0; i < count; i++) {
            store_print_put(store, &row->id, &rows[i], row->has_exercise);
        }
        twins_renew(node, &row->id);
        node->live.more = true;
    }
    ret->has_twin = count != 0 && store_twins(store, &row->id, true, 1, &twin) == 1;
    if (ret->has_twin) {
        ret->twin = twin.case_id;
    }
}
