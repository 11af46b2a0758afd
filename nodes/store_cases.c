/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "nodes/store_columns.h"
#include "nodes/store_letters.h"

#define CASE_COLUMNS                                                                                         \
    "case_id, own_side, q, r, lane, q_reference, r_reference, exercise, created_ms, changed_ms, stale, "     \
    "state,"                                                                                                 \
    " own_dues, own_clock, own_due_ms, their_dues, their_clock, their_due_ms, dirty"

#define PREFIX_DIGITS_MIN 4
#define CASE_DIGITS       (2 * sizeof(struct case_id))
#define HEX_DIGITS        "0123456789abcdef"
#define NAME_REFERENCE    1 /* of CASE_IS_NAMED */
#define NAME_LOW          2
#define ROW_BYTES_MAX     ((size_t)16 * 1024)

static void read_case(struct query *q, struct arena *arena, struct case_row *ret)
{
    *ret = (struct case_row){.own_side = (enum side)query_get_int(q, 1),
                             .lane = (enum lane)query_get_int(q, 4),
                             .q_reference = text_at(q, 5, arena),
                             .r_reference = text_at(q, 6, arena),
                             .has_exercise = !query_is_null(q, 7),
                             .created_ms = (uint64_t)query_get_int(q, 8),
                             .changed_ms = (uint64_t)query_get_int(q, 9),
                             .stale = query_get_int(q, 10) != 0,
                             .state = (enum case_state)query_get_int(q, 11),
                             .own_dues = (size_t)query_get_int(q, 12),
                             .own_clock = (enum clock_name)query_get_int(q, 13),
                             .own_due_ms = (uint64_t)query_get_int(q, 14),
                             .their_dues = (size_t)query_get_int(q, 15),
                             .their_clock = (enum clock_name)query_get_int(q, 16),
                             .their_due_ms = (uint64_t)query_get_int(q, 17),
                             .dirty = query_get_int(q, 18) != 0};
    memcpy(ret->id.bytes, query_get_bytes(q, 0).data, sizeof ret->id.bytes);
    (void)snprintf(ret->q.text, sizeof ret->q.text, "%s", query_get_text(q, 2));
    (void)snprintf(ret->r.text, sizeof ret->r.text, "%s", query_get_text(q, 3));
    if (ret->has_exercise) {
        memcpy(ret->exercise.bytes, query_get_bytes(q, 7).data, sizeof ret->exercise.bytes);
    }
}

/* False: it is not known, or memory ended. */
static bool read_anew(struct node *node, const struct case_id *id, struct kept_row *kept)
{
    kept->arena = kept->arena == NULL ? arena_new(ROW_BYTES_MAX) : kept->arena;
    if (kept->arena == NULL) {
        return false;
    }
    arena_reset(kept->arena);
    struct case_row *row = arena_take(kept->arena, sizeof *row);
    struct query *q = store_query(node->store, "SELECT " CASE_COLUMNS " FROM case_file WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    bool found = row != NULL && query_row(q);
    if (found) {
        read_case(q, kept->arena, row);
        kept->row = row;
    }
    query_end(q);
    return found && !arena_exhausted(kept->arena);
}

const struct case_row *case_look_up(struct node *node, const struct case_id *id)
{
    struct kept_row *kept = &node->row;
    const uint64_t stamp = store_stamp(node->store, "SELECT 1 FROM case_file");
    bool stands = kept->stamp == stamp && store_outcome(node->store) == STORE_OK &&
                  memcmp(kept->row->id.bytes, id->bytes, sizeof id->bytes) == 0;
    if (!stands) {
        kept->stamp = read_anew(node, id, kept) ? stamp : 0;
    }
    return kept->stamp == 0 ? NULL : kept->row;
}

static const char *copied_text(const char *text, struct arena *arena)
{
    struct bytes copy = arena_copy(arena, bytes_of_text(text));
    return copy.data == NULL ? "" : (const char *)copy.data;
}

bool case_get(struct node *node, const struct case_id *id, struct arena *arena, struct case_row *ret)
{
    const struct case_row *row = case_look_up(node, id);
    if (row != NULL) {
        *ret = *row;
        ret->q_reference = copied_text(row->q_reference, arena);
        ret->r_reference = copied_text(row->r_reference, arena);
    }
    return row != NULL;
}

/* One row is the case; two are ambiguous. */
static enum case_found only_row(struct query *q, struct arena *arena, struct case_row *ret)
{
    enum case_found found = CASE_UNKNOWN;
    struct case_row row;
    while (found != CASE_AMBIGUOUS && query_row(q)) {
        found = found == CASE_UNKNOWN ? CASE_FOUND : CASE_AMBIGUOUS;
        read_case(q, arena, &row);
    }
    query_end(q);
    if (found == CASE_FOUND) {
        *ret = row;
    }
    return found;
}

/* From that prefix, or whole id, on and up to its last. */
static void bind_range(struct query *q, const char *digits)
{
    struct case_id id;
    char text[2 * sizeof id.bytes + 1];
    size_t size = strlen(digits);
    for (int end = 0; end < 2; end++) {
        memset(text, end == 0 ? '0' : 'f', sizeof text - 1);
        memcpy(text, digits, size);
        ensure(hex_read(id.bytes, sizeof id.bytes, bytes_of(text, sizeof text - 1)));
        query_bytes(q, NAME_LOW + end, case_bytes(&id));
    }
}

void store_case_bind_name(struct query *q, const char *name)
{
    size_t size = strlen(name);
    bool digits = size >= PREFIX_DIGITS_MIN && size <= CASE_DIGITS && strspn(name, HEX_DIGITS) == size;
    if (digits) {
        bind_range(q, name);
    }
    if (size != 0 && !(digits && size == CASE_DIGITS)) {
        query_text(q, NAME_REFERENCE, name);
    }
}

/* A tie within one State bears the reference of what it ties: that one is meant, where this node has both. */
static enum case_found find_named(struct node *node, const char *name, bool abroad, struct arena *arena,
                                  struct case_row *ret)
{
    struct query *q = store_query(node->store, "SELECT " CASE_COLUMNS " FROM case_file" CASE_IS_NAMED_AND(
                                                   CASE_IS_ABROAD) " ORDER BY case_id LIMIT 2");
    store_case_bind_name(q, name);
    query_int(q, 4, abroad);
    return only_row(q, arena, ret);
}

enum case_found case_find(struct node *node, const char *name, struct arena *arena, struct case_row *ret)
{
    struct case_id id;
    if (strlen(name) == CASE_DIGITS && strspn(name, HEX_DIGITS) == CASE_DIGITS &&
        hex_read(id.bytes, sizeof id.bytes, bytes_of_text(name))) {
        return case_get(node, &id, arena, ret) ? CASE_FOUND : CASE_UNKNOWN;
    }
    enum case_found found = find_named(node, name, true, arena, ret);
    bool by_reference =
        found == CASE_FOUND && (strcmp(ret->q_reference, name) == 0 || strcmp(ret->r_reference, name) == 0);
    bool more = found == CASE_UNKNOWN || (found == CASE_FOUND && !by_reference);
    return more ? find_named(node, name, false, arena, ret) : found;
}

bool store_case_fits_another(struct store *store, const struct case_id *id, const char *name)
{
    struct query *q = store_query(
        store, "SELECT EXISTS(SELECT 1 FROM case_file WHERE case_id BETWEEN ?2 AND ?3 AND case_id <> ?4)"
               " OR EXISTS(SELECT 1 FROM case_file WHERE q_reference = ?1 AND case_id <> ?4)"
               " OR EXISTS(SELECT 1 FROM case_file WHERE r_reference = ?1 AND case_id <> ?4)");
    store_case_bind_name(q, name);
    query_bytes(q, 4, case_bytes(id));
    return query_number(q) != 0;
}

void store_case_put(struct store *store, const struct case_row *row)
{
    struct query *q = store_query(
        store,
        "INSERT INTO case_file(case_id, own_side, q, r, lane, q_reference, r_reference, exercise, created_ms,"
        " changed_ms, stale, dirty, state, own_dues, own_clock, own_due_ms, their_dues, their_clock,"
        " their_due_ms) VALUES(?1, ?2, ?3, ?4, ?5, ?6, '', ?7, ?8, ?8, ?9, ?11, ?10, 0, 0, 0, 0, 0, 0)");
    query_bytes(q, 1, case_bytes(&row->id));
    query_int(q, 2, (int64_t)row->own_side);
    query_text(q, 3, row->q.text);
    query_text(q, 4, row->r.text);
    query_int(q, 5, (int64_t)row->lane);
    query_text(q, 6, row->q_reference);
    if (row->has_exercise) {
        query_bytes(q, 7, bytes_of(row->exercise.bytes, sizeof row->exercise.bytes));
    }
    query_int(q, 8, (int64_t)row->created_ms);
    query_int(q, 9, row->stale ? 1 : 0);
    query_int(q, 10, CASE_SENT);
    query_int(q, 11, row->dirty ? 1 : 0);
    query_run(q);
}

void store_case_mark(struct store *store, const struct case_id *id, uint64_t changed_ms)
{
    struct query *q = store_query(
        store, "UPDATE case_file SET dirty = 1, changed_ms = max(changed_ms, ?2) WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)changed_ms);
    query_run(q);
}

_Static_assert(CASE_HELD == 5, "as the query below and the index case_held have it");

size_t store_cases_held(struct store *store, uint64_t after_ms, const struct case_id *after, size_t max,
                        struct arena *arena, struct case_row *ret)
{
    struct query *q =
        store_query(store, "SELECT " CASE_COLUMNS " FROM case_file WHERE state = 5"
                           " AND (created_ms, case_id) > (?1, ?2) ORDER BY created_ms, case_id LIMIT ?3");
    size_t count = 0;
    query_int(q, 1, (int64_t)after_ms);
    query_bytes(q, 2, case_bytes(after));
    query_int(q, 3, (int64_t)max);
    while (count < max && query_row(q)) {
        read_case(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}

bool store_case_of_call(struct store *store, const char *r, const char *reference, struct case_id *ret)
{
    struct query *q = store_query(
        store,
        "SELECT case_id FROM case_file WHERE r_reference = ?1 AND r = ?2 AND own_side = 1 AND state <> ?3"
        " AND EXISTS(SELECT 1 FROM letter f WHERE f.case_id = case_file.case_id AND f.kind = ?4"
        " AND f.case_seq = 1 AND f.own = 0 AND f.place = 1)"
        " AND NOT EXISTS(SELECT 1 FROM letter f WHERE f.case_id = case_file.case_id AND f.kind = ?5"
        " AND f.place = 1) ORDER BY created_ms DESC, case_id LIMIT 1");
    query_text(q, 1, reference);
    query_text(q, 2, r);
    query_int(q, 3, CASE_CLOSED);
    query_int(q, 4, LETTER_ORAL_NOTED);
    query_int(q, 5, LETTER_REQUEST);
    bool found = query_row(q);
    if (found) {
        memcpy(ret->bytes, query_get_bytes(q, 0).data, sizeof ret->bytes);
    }
    query_end(q);
    return found;
}

void store_case_q_reference(struct store *store, const struct case_id *id, const char *reference)
{
    struct query *q = store_query(store, "UPDATE case_file SET q_reference = ?2 WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, reference);
    query_run(q);
}

void store_case_r_reference(struct store *store, const struct case_id *id, const char *reference)
{
    struct query *q = store_query(store, "UPDATE case_file SET r_reference = ?2 WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, reference);
    query_run(q);
}

size_t store_cases_dirty(struct store *store, size_t max, struct case_id *ret)
{
    if (store_number(store, "SELECT 1 FROM case_file WHERE dirty = 1 LIMIT 1") == 0) {
        return 0;
    }
    struct query *q =
        store_query(store, "SELECT case_id FROM case_file WHERE dirty = 1 ORDER BY case_id LIMIT ?1");
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q)) {
        memcpy(ret[count++].bytes, query_get_bytes(q, 0).data, sizeof ret->bytes);
    }
    query_end(q);
    return count;
}

void store_case_cache(struct store *store, const struct case_row *row)
{
    struct query *q =
        store_query(store, "UPDATE case_file SET dirty = 0, state = ?2, own_dues = ?3, own_clock = ?4,"
                           " own_due_ms = ?5, their_dues = ?6, their_clock = ?7, their_due_ms = ?8, "
                           "changed_ms = ?9 WHERE case_id = ?1");
    query_bytes(q, 1, case_bytes(&row->id));
    query_int(q, 2, (int64_t)row->state);
    query_int(q, 3, (int64_t)row->own_dues);
    query_int(q, 4, (int64_t)row->own_clock);
    query_int(q, 5, (int64_t)row->own_due_ms);
    query_int(q, 6, (int64_t)row->their_dues);
    query_int(q, 7, (int64_t)row->their_clock);
    query_int(q, 8, (int64_t)row->their_due_ms);
    query_int(q, 9, (int64_t)row->changed_ms);
    query_run(q);
}

bool command_answer(struct node *node, const uint8_t id[16], struct arena *arena, unsigned *ret_status,
                    struct bytes *ret_json)
{
    struct query *q = store_query(node->store, "SELECT status, json FROM command WHERE id = ?1");
    query_bytes(q, 1, bytes_of(id, 16));
    bool found = query_row(q);
    if (found) {
        *ret_status = (unsigned)query_get_int(q, 0);
        *ret_json = arena_copy(arena, query_get_bytes(q, 1));
    }
    query_end(q);
    return found;
}

void command_store(struct node *node, struct turn *turn, const uint8_t id[16], unsigned status,
                   struct bytes json)
{
    struct query *q = store_query(
        node->store, "INSERT OR IGNORE INTO command(id, status, json, at_ms) VALUES(?1, ?2, ?3, ?4)");
    query_bytes(q, 1, bytes_of(id, 16));
    query_int(q, 2, status);
    query_bytes(q, 3, json);
    query_int(q, 4, (int64_t)turn_wall(turn).ms);
    query_run(q);
}
