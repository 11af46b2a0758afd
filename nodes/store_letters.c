/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/store_letters.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/store_columns.h"
#include "nodes/store_recall.h"

#define LETTER_COLUMNS                                                                                       \
    "n, id, case_id, own, author, sender, recipient, kind, lane, case_seq, prev, seen, signed_ms, filed_ms," \
    " accepted_ms, delivered_ms, opened_ms, opened_here_ms, context, letter, proofs, envelope, place, "      \
    "sending,"                                                                                               \
    " reason, seals, stale, returned"

#define ROWS_FIRST 16 /* room of a list at first; a power of 2 */

/*
 * What the other side holds of the letter's case may not all be known here (recall.h), so its number may be taken: unless
 * the letter begins its case (its author had seen nothing of it), or the one that does was filed after the loss was found
 * (beyond the mark).
 */
#define IS_RECALLED                                                                                          \
    " (letter.case_seq > 1 OR letter.seen IS NOT NULL) AND EXISTS(SELECT 1 FROM recall r"                    \
    " WHERE r.party = letter.recipient AND r.done_ms = 0 AND r.shown = 1 AND NOT EXISTS(SELECT 1 FROM "      \
    "letter f"                                                                                               \
    " WHERE f.case_id = letter.case_id AND f.case_seq = 1 AND f.seen IS NULL AND f.place = 1"                \
    " AND f.returned <> 1 AND f.n > r.mark))"

static struct letter_id id_at(struct query *q, int column)
{
    struct letter_id id = {.digest = {.bytes = {0}}};
    if (!query_is_null(q, column)) {
        id.digest = digest_from(query_get_bytes(q, column));
    }
    return id;
}

static void address_at(struct query *q, int column, struct address *ret)
{
    (void)snprintf(ret->text, sizeof ret->text, "%s", query_get_text(q, column));
}

/* False when the arena ends. */
static bool read_letter(struct query *q, struct arena *arena, struct letter_row *ret)
{
    *ret = (struct letter_row){.number = number_at(q, 0),
                               .id = id_at(q, 1),
                               .own = query_get_int(q, 3) != 0,
                               .author = (enum side)query_get_int(q, 4),
                               .kind = (enum letter_kind)query_get_int(q, 7),
                               .lane = (enum lane)query_get_int(q, 8),
                               .case_seq = (uint32_t)query_get_int(q, 9),
                               .prev = id_at(q, 10),
                               .seen = id_at(q, 11),
                               .signed_ms = number_at(q, 12),
                               .filed_ms = number_at(q, 13),
                               .accepted_ms = number_at(q, 14),
                               .delivered_ms = number_at(q, 15),
                               .opened_ms = number_at(q, 16),
                               .opened_here_ms = number_at(q, 17),
                               .context = arena_copy(arena, query_get_bytes(q, 18)),
                               .letter = arena_copy(arena, query_get_bytes(q, 19)),
                               .proofs = arena_copy(arena, query_get_bytes(q, 20)),
                               .place = (enum letter_place)query_get_int(q, 22),
                               .sending = (enum letter_sending)query_get_int(q, 23),
                               .reason = (enum reason)query_get_int(q, 24),
                               .seals = (unsigned)query_get_int(q, 25),
                               .stale = query_get_int(q, 26) != 0,
                               .returned = query_get_int(q, 27) != 0};
    ret->envelope.digest = id_at(q, 21).digest;
    memcpy(ret->case_id.bytes, query_get_bytes(q, 2).data, sizeof ret->case_id.bytes);
    address_at(q, 5, &ret->from);
    address_at(q, 6, &ret->to);
    return ret->context.data != NULL && ret->letter.data != NULL && ret->proofs.data != NULL;
}

bool letter_get(struct node *node, const struct letter_id *id, struct arena *arena, struct letter_row *ret)
{
    struct query *q = store_query(node->store, "SELECT " LETTER_COLUMNS " FROM letter WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    bool found = query_row(q) && read_letter(q, arena, ret);
    query_end(q);
    return found;
}

/* One more at the end of a list in the arena; NULL: it ends. */
static struct letter_row *one_more(struct arena *arena, struct letter_row *rows, size_t count)
{
    bool full = count == 0 || (count >= ROWS_FIRST && (count & (count - 1)) == 0);
    if (!full) {
        return rows;
    }
    size_t room = count == 0 ? ROWS_FIRST : 2 * count;
    struct letter_row *larger = arena_take(arena, room * sizeof *larger);
    if (larger != NULL && count != 0) {
        memcpy(larger, rows, count * sizeof *larger);
    }
    return larger;
}

static int by_number(const void *left, const void *right)
{
    const struct letter_row *a = left, *b = right;
    return (a->number > b->number) - (a->number < b->number);
}

/* Put in the order of filing here: the index has them by author, and a sorter of SQLite costs more than mostly few rows do. */
static struct letter_row *in_order(struct letter_row *rows, size_t count)
{
    if (count > 1) {
        qsort(rows, count, sizeof *rows, by_number);
    }
    return rows;
}

struct letter_row *letter_list(struct node *node, const struct case_id *id, struct arena *arena,
                               size_t *ret_count)
{
    struct query *q = store_query(node->store, "SELECT " LETTER_COLUMNS " FROM letter WHERE case_id = ?1");
    struct letter_row *rows = NULL;
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    while (query_row(q)) {
        rows = one_more(arena, rows, count);
        if (rows == NULL || !read_letter(q, arena, &rows[count++])) {
            count = 0;
            rows = NULL;
            break;
        }
    }
    query_end(q);
    *ret_count = count;
    return in_order(rows, count);
}

struct letter_row *store_letters_states(struct store *store, const struct case_id *id, struct arena *arena,
                                        size_t *ret_count)
{
    struct query *q =
        store_query(store, "SELECT n, id, author, accepted_ms, delivered_ms, opened_ms, opened_here_ms,"
                           " envelope, place, sending, reason, seals, returned FROM letter"
                           " WHERE case_id = ?1");
    struct letter_row *rows = NULL;
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    while (query_row(q)) {
        rows = one_more(arena, rows, count);
        if (rows == NULL) {
            count = 0;
            break;
        }
        rows[count++] = (struct letter_row){.number = number_at(q, 0),
                                            .id = id_at(q, 1),
                                            .author = (enum side)query_get_int(q, 2),
                                            .accepted_ms = number_at(q, 3),
                                            .delivered_ms = number_at(q, 4),
                                            .opened_ms = number_at(q, 5),
                                            .opened_here_ms = number_at(q, 6),
                                            .envelope = {.digest = id_at(q, 7).digest},
                                            .place = (enum letter_place)query_get_int(q, 8),
                                            .sending = (enum letter_sending)query_get_int(q, 9),
                                            .reason = (enum reason)query_get_int(q, 10),
                                            .seals = (unsigned)query_get_int(q, 11),
                                            .returned = query_get_int(q, 12) != 0};
    }
    query_end(q);
    *ret_count = count;
    return in_order(rows, count);
}

static void bind_id(struct query *q, int index, const struct digest *id)
{
    if (!bytes_all_zero(digest_bytes(id))) {
        query_bytes(q, index, digest_bytes(id));
    }
}

void store_letter_put(struct store *store, const struct letter_row *row)
{
    struct query *q = store_query(
        store,
        "INSERT INTO letter(id, case_id, own, author, sender, recipient, kind, lane, case_seq, prev, seen,"
        " signed_ms, filed_ms, accepted_ms, delivered_ms, opened_ms, opened_here_ms, context, letter, proofs,"
        " envelope, place, sending, reason, seals, stale, returned) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, "
        "?9,"
        " ?10, ?11, ?12, ?13, ?14, ?15, 0, 0, ?16, ?17, ?18, ?19, ?20, ?21, 0, 0, ?22, ?23)");
    query_bytes(q, 1, digest_bytes(&row->id.digest));
    query_bytes(q, 2, case_bytes(&row->case_id));
    query_int(q, 3, row->own ? 1 : 0);
    query_int(q, 4, (int64_t)row->author);
    query_text(q, 5, row->from.text);
    query_text(q, 6, row->to.text);
    query_int(q, 7, (int64_t)row->kind);
    query_int(q, 8, (int64_t)row->lane);
    query_int(q, 9, row->case_seq);
    bind_id(q, 10, &row->prev.digest);
    bind_id(q, 11, &row->seen.digest);
    query_int(q, 12, (int64_t)row->signed_ms);
    query_int(q, 13, (int64_t)row->filed_ms);
    query_int(q, 14, (int64_t)row->accepted_ms);
    query_int(q, 15, (int64_t)row->delivered_ms);
    query_bytes(q, 16, row->context);
    query_bytes(q, 17, row->letter);
    query_bytes(q, 18, row->proofs);
    bind_id(q, 19, &row->envelope.digest);
    query_int(q, 20, (int64_t)row->place);
    query_int(q, 21, (int64_t)row->sending);
    query_int(q, 22, row->stale ? 1 : 0);
    query_int(q, 23, row->returned ? 1 : 0);
    query_run(q);
}

bool store_letter_in_effect(struct store *store, const struct case_id *id, const char *sender,
                            uint32_t case_seq, struct letter_id *ret_id, uint32_t *ret_seq)
{
    struct query *q = store_query(store, "SELECT id, case_seq FROM letter WHERE case_id = ?1 AND sender = ?2"
                                         " AND (?3 = 0 OR case_seq = ?3) AND place = 1"
                                         " ORDER BY case_seq DESC LIMIT 1");
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, sender);
    query_int(q, 3, case_seq);
    bool found = query_row(q);
    if (found) {
        *ret_id = id_at(q, 0);
        *ret_seq = (uint32_t)query_get_int(q, 1);
    }
    query_end(q);
    return found;
}

bool store_letter_is_in_effect(struct store *store, const struct case_id *case_id, const char *sender,
                               const struct letter_id *id)
{
    struct query *q = store_query(
        store, "SELECT 1 FROM letter WHERE id = ?1 AND case_id = ?2 AND sender = ?3 AND place = 1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_bytes(q, 2, case_bytes(case_id));
    query_text(q, 3, sender);
    return query_any(q);
}

bool store_letters_undelivered_below(struct store *store, const struct case_id *id, const char *sender,
                                     uint32_t case_seq)
{
    struct query *q = store_query(store, "SELECT 1 FROM letter WHERE case_id = ?1 AND sender = ?2"
                                         " AND case_seq < ?3 AND place = 1 AND delivered_ms = 0 LIMIT 1");
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, sender);
    query_int(q, 3, case_seq);
    return query_any(q);
}

uint64_t store_letters_undelivered_ms(struct store *store, const struct case_id *id)
{
    struct query *q =
        store_query(store, "SELECT min(filed_ms) FROM letter WHERE case_id = ?1 AND own = 1 AND place = 1"
                           " AND sending IN (1, 2)");
    query_bytes(q, 1, case_bytes(id));
    return query_number(q);
}

size_t store_letters_waiting_for(struct store *store, const struct case_id *id, const char *sender,
                                 uint32_t case_seq, size_t max, struct letter_id *ret)
{
    struct query *q =
        store_query(store, "SELECT id FROM letter WHERE case_id = ?1 AND sender = ?2 AND case_seq = ?3"
                           " AND place = 2 ORDER BY n");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, sender);
    query_int(q, 3, case_seq);
    while (count < max && query_row(q)) {
        ret[count++] = id_at(q, 0);
    }
    query_end(q);
    return count;
}

size_t store_letters_size(struct store *store, const struct case_id *id, const char *sender,
                          size_t *ret_bytes)
{
    struct query *q = store_query(store, "SELECT count(*), coalesce(sum(length(letter)), 0) FROM letter"
                                         " WHERE case_id = ?1 AND sender = ?2");
    size_t count = 0;
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, sender);
    *ret_bytes = 0;
    if (query_row(q)) {
        count = (size_t)query_get_int(q, 0);
        *ret_bytes = (size_t)query_get_int(q, 1);
    }
    query_end(q);
    return count;
}

size_t store_letters_held_of_case(struct store *store, const struct case_id *id)
{
    struct query *q = store_query(store, "SELECT count(*) FROM letter WHERE place = 2 AND case_id = ?1");
    query_bytes(q, 1, case_bytes(id));
    return (size_t)query_number(q);
}

size_t store_letters_held_of_sender(struct store *store, const char *sender)
{
    struct query *q = store_query(store, "SELECT count(*) FROM letter WHERE place = 2 AND sender = ?1");
    query_text(q, 1, sender);
    return (size_t)query_number(q);
}

size_t store_letters_held(struct store *store)
{
    return (size_t)query_number(store_query(store, "SELECT count(*) FROM letter WHERE place = 2"));
}

void store_letter_place(struct store *store, const struct letter_id *id, enum letter_place place,
                        enum reason reason)
{
    struct query *q = store_query(store, "UPDATE letter SET place = ?2, reason = ?3 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)place);
    query_int(q, 3, (int64_t)reason);
    query_run(q);
}

uint64_t store_letters_written(struct store *store, const char *party, enum letter_kind kind,
                               uint64_t since_ms)
{
    struct query *q =
        store_query(store, "SELECT count(*) FROM letter WHERE (CASE own WHEN 1 THEN recipient ELSE sender"
                           " END) = ?1 AND place <> 3 AND own = 1 AND kind = ?2 AND signed_ms >= ?3");
    query_text(q, 1, party);
    query_int(q, 2, (int64_t)kind);
    query_int(q, 3, (int64_t)since_ms);
    return (size_t)query_number(q);
}

void store_letter_author(struct store *store, const struct letter_id *id, enum side author)
{
    struct query *q = store_query(store, "UPDATE letter SET author = ?2 WHERE id = ?1 AND author <> ?2");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)author);
    query_run(q);
}

void store_letters_kill(struct store *store, const struct case_id *id, const char *sender, uint32_t from_seq,
                        enum reason first_reason)
{
    struct query *q = store_query(
        store, "UPDATE letter SET place = 3, sending = 4, reason = CASE case_seq WHEN ?3 THEN ?4 ELSE ?5 END"
               " WHERE case_id = ?1 AND sender = ?2 AND case_seq >= ?3 AND place <> 3");
    query_bytes(q, 1, case_bytes(id));
    query_text(q, 2, sender);
    query_int(q, 3, from_seq);
    query_int(q, 4, (int64_t)first_reason);
    query_int(q, 5, REASON_CASE);
    query_run(q);
}

void store_letter_revive(struct store *store, const struct letter_id *id)
{
    struct query *q =
        store_query(store, "UPDATE letter SET place = 1, sending = 3, reason = 0 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

void store_letter_times_returned(struct store *store, const struct letter_id *id)
{
    struct query *q = store_query(store, "UPDATE letter SET returned = 2 WHERE id = ?1 AND returned = 0");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

enum reason store_letter_refusal(struct store *store, const struct letter_id *id)
{
    struct query *q =
        store_query(store, "SELECT e.reason FROM letter JOIN envelope_out e ON e.id = letter.envelope"
                           " WHERE letter.id = ?1 AND e.state = 4");
    query_bytes(q, 1, digest_bytes(&id->digest));
    return (enum reason)query_number(q);
}

bool store_letter_is_beside_another(struct store *store, const struct letter_row *letter)
{
    struct query *q = store_query(
        store, "SELECT 1 FROM letter WHERE case_id = ?1 AND sender = ?2 AND own = 1 AND id NOT IN (?3, ?4)"
               " AND case_seq IN (?5 - 1, ?5) AND (envelope IS NOT NULL OR delivered_ms <> 0) LIMIT 1");
    query_bytes(q, 1, case_bytes(&letter->case_id));
    query_text(q, 2, letter->from.text);
    query_bytes(q, 3, digest_bytes(&letter->id.digest));
    query_bytes(q, 4, digest_bytes(&letter->prev.digest));
    query_int(q, 5, (int64_t)letter->case_seq);
    return query_any(q);
}

bool store_letter_delivered_behind(struct store *store, const struct letter_row *letter,
                                   struct letter_id *ret)
{
    struct query *q = store_query(
        store,
        "SELECT id FROM letter WHERE case_id = ?1 AND sender = ?2 AND case_seq = ?3 AND prev = ?4"
        " AND own = 1 AND place = 3 AND (returned = 1 OR EXISTS"
        "(SELECT 1 FROM envelope_out e WHERE e.letter = letter.id AND e.state = 3)) ORDER BY n LIMIT 1");
    query_bytes(q, 1, case_bytes(&letter->case_id));
    query_text(q, 2, letter->from.text);
    query_int(q, 3, (int64_t)letter->case_seq + 1);
    query_bytes(q, 4, digest_bytes(&letter->id.digest));
    bool found = query_row(q);
    if (found) {
        *ret = id_at(q, 0);
    }
    query_end(q);
    return found;
}

/* --- what the outbox and the receipts tell --- */

size_t letters_wanted(struct node *node, size_t max, struct arena *arena, struct letter_row *ret)
{
    if (store_number(node->store, "SELECT 1 FROM letter WHERE sending = 1 LIMIT 1") == 0) {
        return 0;
    }
    struct query *q =
        store_query(node->store, "SELECT " LETTER_COLUMNS " FROM letter WHERE sending = 1 AND NOT EXISTS"
                                 "(SELECT 1 FROM peer p WHERE p.party = letter.recipient AND p.waits = 1)"
                                 " AND NOT (" IS_RECALLED ") ORDER BY lane, n LIMIT ?1");
    size_t count = 0;
    query_int(q, 1, (int64_t)max);
    while (count < max && query_row(q) && read_letter(q, arena, &ret[count])) {
        count++;
    }
    query_end(q);
    return count;
}

bool letter_waits_for_recall(struct node *node, const struct letter_row *letter)
{
    struct query *q = store_query(node->store, "SELECT 1 FROM letter WHERE id = ?1 AND (" IS_RECALLED ")");
    query_bytes(q, 1, digest_bytes(&letter->id.digest));
    return query_any(q);
}

bool letter_not_sealed(struct node *node, struct arena *arena, struct letter_row *ret)
{
    struct query *q = store_query(node->store, "SELECT " LETTER_COLUMNS
                                               " FROM letter WHERE sending = 1 ORDER BY lane, n LIMIT 1");
    bool found = query_row(q) && read_letter(q, arena, ret);
    query_end(q);
    return found;
}

void letter_sealed(struct node *node, const struct letter_id *id, const struct envelope_id *envelope)
{
    struct query *q = store_query(
        node->store, "UPDATE letter SET sending = 2, envelope = ?2, seals = seals + 1 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_bytes(q, 2, digest_bytes(&envelope->digest));
    query_run(q);
}

void letter_want_again(struct node *node, const struct letter_id *id, enum reason reason, bool counts)
{
    struct query *q = store_query(
        node->store, "UPDATE letter SET sending = 1, reason = ?2, seals = seals - ?3 WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)reason);
    query_int(q, 3, counts ? 0 : 1);
    query_run(q);
}

/* After a query that changed a letter, or changed nothing. */
static void touch_case_if_changed(struct node *node, const struct letter_id *id)
{
    struct case_id of = {.bytes = {0}};
    if (store_changes(node->store) == 0) {
        return;
    }
    struct query *q = store_query(node->store, "SELECT case_id FROM letter WHERE id = ?1");
    query_bytes(q, 1, digest_bytes(&id->digest));
    bool found = query_row(q);
    if (found) {
        memcpy(of.bytes, query_get_bytes(q, 0).data, sizeof of.bytes);
    }
    query_end(q);
    if (found) {
        case_touch(node, &of, 0);
    }
}

void letter_accepted(struct node *node, const struct letter_id *id, uint64_t accepted_ms)
{
    struct query *q = store_query(node->store, "UPDATE letter SET accepted_ms = ?2 WHERE id = ?1 AND own = 1"
                                               " AND delivered_ms = 0");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)accepted_ms);
    query_run(q);
    touch_case_if_changed(node, id);
}

void letter_answered(struct node *node, const struct letter_id *id, uint64_t accepted_ms,
                     uint64_t delivered_ms)
{
    struct query *q =
        store_query(node->store, "UPDATE letter SET accepted_ms = ?2 WHERE id = ?1 AND own = 1"
                                 " AND (accepted_ms = 0 OR (delivered_ms = ?3 AND accepted_ms > ?2))");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)accepted_ms);
    query_int(q, 3, (int64_t)delivered_ms);
    query_run(q);
    touch_case_if_changed(node, id);
}

void letter_delivered(struct node *node, const struct letter_id *id, uint64_t accepted_ms,
                      uint64_t delivered_ms)
{
    struct query *q = store_query(
        node->store,
        "UPDATE letter SET delivered_ms = ?3, accepted_ms = CASE ?2 WHEN 0 THEN accepted_ms ELSE ?2 END"
        " WHERE id = ?1 AND own = 1 AND (delivered_ms = 0 OR delivered_ms > ?3"
        " OR (delivered_ms = ?3 AND accepted_ms > ?2 AND ?2 <> 0))");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)accepted_ms);
    query_int(q, 3, (int64_t)delivered_ms);
    query_run(q);
    touch_case_if_changed(node, id);
    q = store_query(node->store,
                    "UPDATE letter SET sending = 3, reason = 0 WHERE id = ?1 AND sending IN (1, 2)");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_run(q);
}

void letter_received(struct node *node, const struct letter_id *id, const struct envelope_id *envelope,
                     uint64_t accepted_ms, uint64_t delivered_ms)
{
    /* What was written down on arrival holds until the first receipt is given, which may be later. */
    struct query *q = store_query(node->store, "UPDATE letter SET delivered_ms = ?3, accepted_ms = ?4"
                                               " WHERE id = ?1 AND own = 0 AND delivered_ms <> ?3"
                                               " AND (envelope = ?2 OR delivered_ms > ?3)");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_bytes(q, 2, digest_bytes(&envelope->digest));
    query_int(q, 3, (int64_t)delivered_ms);
    query_int(q, 4, (int64_t)accepted_ms);
    query_run(q);
    touch_case_if_changed(node, id);
}

void letter_opened(struct node *node, const struct letter_id *id, uint64_t opened_ms, bool here)
{
    struct query *q =
        here ? store_query(node->store,
                           "UPDATE letter SET opened_here_ms = ?2 WHERE id = ?1 AND opened_here_ms = 0")
             : store_query(node->store, "UPDATE letter SET opened_ms = ?2 WHERE id = ?1 AND opened_ms = 0");
    query_bytes(q, 1, digest_bytes(&id->digest));
    query_int(q, 2, (int64_t)opened_ms);
    query_run(q);
    if (here) {
        touch_case_if_changed(node, id);
    }
}

/* --- what is given back to another party --- */

static size_t signed_bytes(const struct letter_row *row)
{
    return row->context.size + row->letter.size + row->proofs.size;
}

size_t store_letters_shared(struct store *store, const char *party, const struct page_place *after,
                            size_t bytes_max, size_t max, struct arena *arena, struct letter_row *ret,
                            bool *ret_more)
{
    struct query *q = store_query(
        store, "SELECT " LETTER_COLUMNS
               " FROM letter WHERE (CASE own WHEN 1 THEN recipient ELSE sender END) = ?1 AND place <> 3"
               " AND (case_id, author, case_seq, n) > (?2, ?3, ?4, ?5)"
               " AND (own = 0 OR (delivered_ms <> 0 AND (accepted_ms <> 0"
               " OR NOT EXISTS (SELECT 1 FROM envelope_out e" /* whose ACCEPTED may still come */
               "  WHERE e.letter = letter.id AND e.state > 2 AND e.body IS NOT NULL))))"
               " ORDER BY case_id, author, case_seq, n");
    size_t count = 0;
    size_t bytes = 0;
    bool more = false;
    query_text(q, 1, party);
    query_bytes(q, 2, case_bytes(&after->case_id));
    query_int(q, 3, (int64_t)after->author);
    query_int(q, 4, after->case_seq);
    query_int(q, 5, (int64_t)after->number);
    while (!more && query_row(q)) {
        struct letter_row row;
        more = count == max || !read_letter(q, arena, &row) ||
               (count > 0 && bytes + signed_bytes(&row) > bytes_max);
        if (!more) {
            bytes += signed_bytes(&row);
            ret[count++] = row;
        }
    }
    query_end(q);
    *ret_more = more;
    return count;
}
