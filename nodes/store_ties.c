/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>

#include "nodes/store_columns.h"
#include "nodes/store_letters.h"
#include "nodes/tie.h"

_Static_assert(ITEM_ENDED == 5, "as the index tie_open has it, and the queries here");

#define TIE_COLUMNS                                                                                          \
    "link, alone, asked, event, other, hold_party, hold, hold_reference, mla, mla_reference, channel, "      \
    "at_ms,"                                                                                                 \
    " state, ending, why, here, stuck, overdue, item, requester"
#define LOGGED_COLUMNS                                                                                       \
    "n, sender, reference, channel, received_ms, logged_ms, hold, hold_reference, party, ended_ms, by"

static struct case_id case_at(struct query *q, int column)
{
    struct case_id id = {.bytes = {0}};
    struct bytes bytes = query_get_bytes(q, column);
    if (bytes.size == sizeof id.bytes) {
        memcpy(id.bytes, bytes.data, sizeof id.bytes);
    }
    return id;
}

static struct address address_at(struct query *q, int column)
{
    struct address address;
    (void)snprintf(address.text, sizeof address.text, "%s", query_get_text(q, column));
    return address;
}

#define TIE_VALUES                                                                                           \
    "(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20)"

static void bind_tie(struct query *q, const struct tie *tie)
{
    query_bytes(q, 1, case_bytes(&tie->link));
    query_int(q, 2, tie->alone ? 1 : 0);
    query_int(q, 3, tie->asked ? 1 : 0);
    query_int(q, 4, (int64_t)tie->event);
    query_text(q, 5, tie->other.text);
    query_text(q, 6, tie->hold_party.text);
    query_bytes(q, 7, case_bytes(&tie->hold));
    query_text(q, 8, tie->hold_reference);
    query_bytes(q, 9, case_bytes(&tie->mla));
    query_text(q, 10, tie->mla_reference);
    query_int(q, 11, (int64_t)tie->channel);
    query_int(q, 12, (int64_t)tie->at_ms);
    query_int(q, 13, (int64_t)tie->state);
    query_int(q, 14, tie->ending ? 1 : 0);
    query_int(q, 15, (int64_t)tie->why);
    query_bytes(q, 16, case_bytes(&tie->here));
    query_int(q, 17, tie->stuck ? 1 : 0);
    query_text(q, 18, tie->overdue == NULL ? "" : tie->overdue);
    query_int(q, 19, (int64_t)tie->item);
    query_text(q, 20, tie->requester == NULL ? "" : tie->requester);
}

/* One that is as it was is not written. */
void store_tie_put(struct store *store, const struct tie *tie)
{
    struct query *q =
        store_query(store, "SELECT 1 FROM tie WHERE link = ?1 AND (" TIE_COLUMNS ") IS " TIE_VALUES);
    bind_tie(q, tie);
    if (query_any(q)) {
        return;
    }
    q = store_query(store, "INSERT OR REPLACE INTO tie(" TIE_COLUMNS ") VALUES" TIE_VALUES);
    bind_tie(q, tie);
    query_run(q);
}

static size_t read_ties(struct query *q, size_t max, struct arena *arena, struct tie *ret)
{
    size_t count = 0;
    while (count < max && query_row(q)) {
        ret[count++] = (struct tie){.link = case_at(q, 0),
                                    .alone = query_get_int(q, 1) != 0,
                                    .asked = query_get_int(q, 2) != 0,
                                    .event = (Comity__Tie__Event)query_get_int(q, 3),
                                    .other = address_at(q, 4),
                                    .hold_party = address_at(q, 5),
                                    .hold = case_at(q, 6),
                                    .hold_reference = text_at(q, 7, arena),
                                    .mla = case_at(q, 8),
                                    .mla_reference = text_at(q, 9, arena),
                                    .channel = (Comity__Channel)query_get_int(q, 10),
                                    .at_ms = (uint64_t)query_get_int(q, 11),
                                    .state = (enum item_state)query_get_int(q, 12),
                                    .ending = query_get_int(q, 13) != 0,
                                    .why = (Comity__MlaEnded__Why)query_get_int(q, 14),
                                    .here = case_at(q, 15),
                                    .stuck = query_get_int(q, 16) != 0,
                                    .overdue = text_at(q, 17, arena),
                                    .item = (uint32_t)query_get_int(q, 18),
                                    .requester = text_at(q, 19, arena)};
    }
    query_end(q);
    return count;
}

size_t store_ties(struct store *store, enum ties_by by, const struct case_id *id, size_t max,
                  struct arena *arena, struct tie *ret)
{
    static const char *const sql[] = {
        [TIES_BY_LINK] = "SELECT " TIE_COLUMNS " FROM tie WHERE link = ?1",
        [TIES_BY_HERE] = "SELECT " TIE_COLUMNS " FROM tie WHERE here = ?1 ORDER BY link",
    };
    struct query *q = store_query_at(store, sql[by]);
    query_bytes(q, 1, case_bytes(id));
    return read_ties(q, max, arena, ret);
}

size_t store_ties_of(struct store *store, enum ties_of of, const struct case_id *id, Comity__Tie__Event event,
                     bool asked, size_t max, struct arena *arena, struct tie *ret)
{
    static const char *const sql[] = {
        [TIES_OF_HOLD] =
            "SELECT " TIE_COLUMNS " FROM tie WHERE hold = ?1 AND event = ?2 AND asked = ?3 ORDER BY link",
        [TIES_OF_MLA] =
            "SELECT " TIE_COLUMNS " FROM tie WHERE mla = ?1 AND event = ?2 AND asked = ?3 ORDER BY link",
    };
    struct query *q = store_query_at(store, sql[of]);
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)event);
    query_int(q, 3, asked ? 1 : 0);
    return read_ties(q, max, arena, ret);
}

/* Of a LINK of which no letter is in effect nobody will hear: its request was refused, or came too late. */
#define IS_HEARD "EXISTS (SELECT 1 FROM letter WHERE letter.case_id = tie.link AND letter.place = 1)"

size_t store_escalated_open(struct store *store, const struct case_id *id, size_t max, struct arena *arena,
                            struct tie *ret)
{
    struct query *q =
        store_query(store, "SELECT " TIE_COLUMNS " FROM tie WHERE hold = ?1 AND event = ?2"
                           " AND asked = 1 AND state <> 5 AND ending = 0 AND " IS_HEARD " ORDER BY link");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)COMITY__TIE__EVENT__ESCALATED);
    return read_ties(q, max, arena, ret);
}

bool store_escalated(struct store *store, const struct case_id *id, const char *overdue, uint32_t item,
                     uint64_t at_ms, uint64_t same_ms)
{
    struct query *q = store_query(store, "SELECT 1 FROM tie WHERE hold = ?1 AND event = ?2 AND asked = 1"
                                         " AND overdue = ?3 AND (abs(at_ms - ?5) <= ?6"
                                         " OR (item = ?4 AND state <> 5 AND ending = 0))");
    query_bytes(q, 1, case_bytes(id));
    query_int(q, 2, (int64_t)COMITY__TIE__EVENT__ESCALATED);
    query_text(q, 3, overdue);
    query_int(q, 4, (int64_t)item);
    query_int(q, 5, (int64_t)at_ms);
    query_int(q, 6, (int64_t)same_ms);
    return query_any(q);
}

void store_settle(struct store *store, const struct case_id *tie, uint64_t now_ms, const char *by)
{
    struct query *q = store_query(store, "INSERT OR REPLACE INTO settled(tie, at_ms, by) VALUES(?1, ?2, ?3)");
    query_bytes(q, 1, case_bytes(tie));
    query_int(q, 2, (int64_t)now_ms);
    query_text(q, 3, by);
    query_run(q);
}

bool store_is_settled(struct store *store, const struct case_id *tie)
{
    struct query *q = store_query(store, "SELECT 1 FROM settled WHERE tie = ?1");
    query_bytes(q, 1, case_bytes(tie));
    return query_any(q);
}

size_t store_ties_open(struct store *store, enum ties_open which, const struct case_id *after, size_t max,
                       struct arena *arena, struct tie *ret)
{
    static const struct case_id first = {.bytes = {0}};
    static const char *const sql[] = {
        [TIES_OPEN] = "SELECT " TIE_COLUMNS " FROM tie WHERE state <> 5 AND link > ?1 ORDER BY link LIMIT ?2",
        [TIES_ENDING] = "SELECT " TIE_COLUMNS
                        " FROM tie WHERE state <> 5 AND ending = 1 AND link > ?1 ORDER BY link LIMIT ?2",
    };
    struct query *q = store_query_at(store, sql[which]);
    query_bytes(q, 1, case_bytes(after == NULL ? &first : after));
    query_int(q, 2, (int64_t)max);
    return read_ties(q, max, arena, ret);
}

#define WAITING                                                                                              \
    " WHERE dirty = 0 AND case_id IN (SELECT link FROM tie WHERE here = ?1 AND state <> 5 AND asked = 0"     \
    " UNION SELECT link FROM tie WHERE hold = ?1 AND asked = 0 AND state = 1"                                \
    " UNION SELECT link FROM tie WHERE asked = 0 AND hold_reference IN (?2, ?3)"                             \
    " AND hold_reference <> '' AND state = 1)"

static void bind_hold(struct query *q, const struct case_row *hold)
{
    query_bytes(q, 1, case_bytes(&hold->id));
    query_text(q, 2, hold->q_reference);
    query_text(q, 3, hold->r_reference);
}

size_t store_ties_waiting(struct store *store, const struct case_row *hold, size_t max, struct case_id *ret)
{
    /* By the index that has such ties alone: those that this party asked for are many, and looked at one by one by any other. */
    if (store_number(store, "SELECT 1 FROM tie INDEXED BY tie_reference WHERE asked = 0 LIMIT 1") == 0) {
        return 0;
    }
    struct query *q =
        store_query(store, "SELECT case_id FROM case_file" WAITING " ORDER BY case_id LIMIT ?4");
    size_t count = 0;
    bind_hold(q, hold);
    query_int(q, 4, (int64_t)max);
    while (count < max && query_row(q)) {
        memcpy(ret[count++].bytes, query_get_bytes(q, 0).data, sizeof ret->bytes);
    }
    query_end(q);
    return count;
}

void store_ties_mark_waiting(struct store *store, const struct case_row *hold)
{
    struct query *q = store_query(store, "UPDATE case_file SET dirty = 1" WAITING);
    bind_hold(q, hold);
    query_run(q);
}

size_t store_cases_by_reference(struct store *store, const char *reference, enum side own_side, size_t max,
                                struct case_id *ret)
{
    struct query *q =
        store_query(store, "SELECT case_id FROM case_file WHERE (q_reference = ?1 OR r_reference = ?1)"
                           " AND own_side = ?2 ORDER BY case_id");
    size_t count = 0;
    query_text(q, 1, reference);
    query_int(q, 2, (int64_t)own_side);
    while (reference[0] != '\0' && count < max && query_row(q)) {
        ret[count++] = case_at(q, 0);
    }
    query_end(q);
    return count;
}

/* --- entered by hand --- */

void store_logged_mla_put(struct store *store, const struct logged_mla *logged)
{
    struct query *q = store_query(
        store,
        "INSERT INTO logged_mla(sender, reference, channel, received_ms, logged_ms, hold, hold_reference,"
        " party, ended_ms, by) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)"
        " ON CONFLICT(sender, reference) DO UPDATE SET channel = ?3, received_ms = ?4, logged_ms = ?5,"
        " hold = ?6, hold_reference = ?7, party = ?8, ended_ms = ?9, by = ?10");
    query_text(q, 1, logged->from);
    query_text(q, 2, logged->reference);
    query_int(q, 3, (int64_t)logged->channel);
    query_int(q, 4, (int64_t)logged->received_ms);
    query_int(q, 5, (int64_t)logged->logged_ms);
    query_bytes(q, 6, case_bytes(&logged->hold));
    query_text(q, 7, logged->hold_reference);
    query_text(q, 8, logged->party.text);
    query_int(q, 9, (int64_t)logged->ended_ms);
    query_text(q, 10, logged->by);
    query_run(q);
}

static void read_logged(struct query *q, struct arena *arena, struct logged_mla *ret)
{
    *ret = (struct logged_mla){.number = (uint64_t)query_get_int(q, 0),
                               .from = text_at(q, 1, arena),
                               .reference = text_at(q, 2, arena),
                               .channel = (Comity__Channel)query_get_int(q, 3),
                               .received_ms = (uint64_t)query_get_int(q, 4),
                               .logged_ms = (uint64_t)query_get_int(q, 5),
                               .hold = case_at(q, 6),
                               .hold_reference = text_at(q, 7, arena),
                               .party = address_at(q, 8),
                               .ended_ms = (uint64_t)query_get_int(q, 9),
                               .by = text_at(q, 10, arena)};
}

bool store_logged_mla_get(struct store *store, const char *from, const char *reference, struct arena *arena,
                          struct logged_mla *ret)
{
    struct query *q =
        store_query(store, "SELECT " LOGGED_COLUMNS " FROM logged_mla WHERE sender = ?1 AND reference = ?2");
    query_text(q, 1, from);
    query_text(q, 2, reference);
    bool found = query_row(q);
    if (found) {
        read_logged(q, arena, ret);
    }
    query_end(q);
    return found;
}

size_t store_logged_mla_loose(struct store *store, uint64_t after, size_t max, struct arena *arena,
                              struct logged_mla *ret)
{
    struct query *q =
        store_query(store, "SELECT " LOGGED_COLUMNS " FROM logged_mla WHERE ended_ms = 0 AND n > ?1"
                           " AND hold = zeroblob(16) AND hold_reference = '' ORDER BY n");
    size_t count = 0;
    query_int(q, 1, (int64_t)after);
    while (count < max && query_row(q)) {
        read_logged(q, arena, &ret[count++]);
    }
    query_end(q);
    return count;
}
