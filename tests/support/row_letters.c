/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/row_letters.h"

#include <string.h>

#include "base/ensure.h"

#define HOLD_MS (61 * MS_PER_DAY)

static void say_why(Comity__Letter *letter, enum letter_kind kind, enum letter_why why)
{
#define SAYS(word, said, value, reason)                                                                      \
    if (kind == LETTER_##word && why == WHY_##reason) {                                                      \
        (said) = (value);                                                                                    \
    }
#include "nodes/whys.def"
#undef SAYS
    if (kind == LETTER_REFUSED) {
        letter->refused->ground = why == WHY_P21     ? COMITY__REFUSED__GROUND__G21B
                                  : why == WHY_OTHER ? COMITY__REFUSED__GROUND__G22
                                                     : letter->refused->ground;
    }
}

static void say_dates(struct arena *arena, Comity__Letter *letter, enum letter_kind kind, uint64_t ms)
{
#define BY_OF(word, member, field)                                                                           \
    if (kind == LETTER_##word && kind != LETTER_REQUEST) {                                                   \
        letter->member->field = instant_make(arena, ms + MS_PER_DAY);                                        \
    }
#define HOLD_OF(word, member)                                                                                \
    if (kind == LETTER_##word) {                                                                             \
        letter->member->hold_until =                                                                         \
            instant_make(arena, ms + (kind == LETTER_EXTENDED ? 150 * MS_PER_DAY : HOLD_MS));                \
        letter->member->zone = text_make(arena, "Asia/Bangkok");                                             \
    }
#include "nodes/letter_parts.def"
#undef BY_OF
#undef HOLD_OF
}

static void say_link(struct arena *arena, Comity__Letter *letter, enum letter_kind kind, uint64_t ms)
{
    char *name = text_make(arena, MLA_REFERENCE);
    if (kind == LETTER_MLA_RECEIVED) {
        letter->mla_received->reference = name;
        letter->mla_received->received_at = instant_make(arena, ms);
    } else if (kind == LETTER_MLA_ENDED) {
        letter->mla_ended->reference = name;
        letter->mla_ended->why = COMITY__MLA_ENDED__WHY__COMPLETED;
    } else if (kind == LETTER_MLA_NOTICE) {
        letter->mla_notice->reference = name;
    } else if (kind == LETTER_RELEASED) {
        letter->released->reference = name;
        letter->released->called_at = instant_make(arena, ms);
    }
}

/* A request of that machine: conditions in an offer, a date in a ping. */
static Comity__Request *request_of(struct arena *arena, enum machine machine, uint64_t ms, size_t item_count)
{
    const struct machine_rule *rule = machine_rule(machine);
    Comity__Request *request = letter_make(arena, LETTER_REQUEST, ms, item_count)->request;
    request->type = rule->type;
    if (!rule->lists_items && item_count == 1) {
        request->n_items = 0;
    }
    if (machine == MACHINE_SPONTANEOUS) {
        request->offer = arena_take(arena, sizeof *request->offer);
        ensure(request->offer != NULL);
        comity__offer__init(request->offer);
        request->offer->content_follows = 1;
    }
    if (machine == MACHINE_PING) {
        request->ping = arena_take(arena, sizeof *request->ping);
        ensure(request->ping != NULL);
        comity__ping_ask__init(request->ping);
        request->ping->by = instant_make(arena, ms + MS_PER_DAY);
    }
    return request;
}

static void say_supplement(struct arena *arena, Comity__Letter *letter, uint64_t ms, size_t item_count)
{
    Comity__Request *more = letter_make(arena, LETTER_REQUEST, ms, 1)->request;
    letter->supplement->items = more->items;
    letter->supplement->n_items = 1;
    letter->supplement->first_item = (uint32_t)item_count + 1;
}

Comity__Letter *letter_of_row(struct arena *arena, const struct lifecycle_row *row, uint64_t ms,
                              const uint32_t *items, size_t count, size_t item_count)
{
    Comity__Letter *letter = letter_make_of(arena, row->kind, ms, items, count);
    Comity__Request *request =
        letter_opens(row->kind) ? request_of(arena, row->machine, ms, item_count) : NULL;
    say_why(letter, row->kind, row->why);
    if (row->kind == LETTER_REQUEST) {
        letter->request = request;
    } else if (row->kind == LETTER_ORAL_NOTED) {
        letter->oral_noted->request = request;
    } else if (row->kind == LETTER_TAKEN_OVER) {
        letter->taken_over->request = request;
    } else if (row->kind == LETTER_SUPPLEMENT) {
        say_supplement(arena, letter, ms, item_count);
    } else if (row->kind == LETTER_REPLY) {
        letter->reply->answer = COMITY__REPLY__ANSWER__ACCEPT;
    }
    say_dates(arena, letter, row->kind, ms);
    say_link(arena, letter, row->kind, ms);
    return letter;
}

const struct lifecycle_row *row_named(enum machine machine, const char *name)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].machine == machine && strcmp(rows[i].name, name) == 0) {
            return &rows[i];
        }
    }
    ensure(false);
    return NULL;
}

Comity__Letter *letter_named(struct arena *arena, enum machine machine, const char *name, uint64_t ms)
{
    return letter_of_row(arena, row_named(machine, name), ms, NULL, 0, 1);
}

/* --- reaching a state --- */

/* By hand, not by the table: what is written after the request. A line that begins with '<' is of Q. */
static const struct way {
    enum machine machine;
    enum item_state state;
    const char *letters[4];
} ways[] = {
    {MACHINE_HOLD, ITEM_ASKED, {NULL}},
    {MACHINE_HOLD, ITEM_ORDERED, {"ORDERED"}},
    {MACHINE_HOLD, ITEM_HELD, {"ORDERED", "HELD"}},
    {MACHINE_HOLD, ITEM_HELD_OPEN, {"HELD", "MLA_RECEIVED"}},
    {MACHINE_HOLD, ITEM_ENDED, {"REFUSED"}},
    {MACHINE_MLA, ITEM_ASKED, {"ACK"}},
    {MACHINE_MLA, ITEM_CONSULTING, {"ACK", "CONSULT"}},
    {MACHINE_MLA, ITEM_POSTPONED, {"CONSULT", "<REPLY:CONSULT", "POSTPONED"}},
    {MACHINE_MLA, ITEM_EXECUTING, {"ACK", "ADMITTED"}},
    {MACHINE_MLA, ITEM_DELIVERED, {"ADMITTED", "EVIDENCE:FINAL"}},
    {MACHINE_MLA, ITEM_ENDED, {"REFUSED:OTHER"}},
    {MACHINE_ENQUIRY, ITEM_ASKED, {NULL}},
    {MACHINE_ENQUIRY, ITEM_ENDED, {"ANSWERED:FINAL"}},
    {MACHINE_SPONTANEOUS, ITEM_ASKED, {NULL}},
    {MACHINE_SPONTANEOUS, ITEM_AGREED, {"AGREED"}},
    {MACHINE_SPONTANEOUS, ITEM_ENDED, {"DECLINED"}},
    {MACHINE_EMERGENCY, ITEM_ASKED, {NULL}},
    {MACHINE_EMERGENCY, ITEM_DELIVERED, {"DISCLOSED:FINAL"}},
    {MACHINE_EMERGENCY, ITEM_ENDED, {"DECLINED"}},
    {MACHINE_PING, ITEM_ASKED, {NULL}},
    {MACHINE_PING, ITEM_ENDED, {"PING_ANSWERED"}},
    {MACHINE_LINK, ITEM_ASKED, {NULL}},
    {MACHINE_LINK, ITEM_LINKED, {"TIED:MATCHED"}},
    {MACHINE_LINK, ITEM_ENDED, {"DECLINED"}},
};

uint64_t machine_reach(struct history *ret, enum machine machine, enum item_state state, size_t item_count)
{
    const struct way *way = NULL;
    uint64_t ms = T0_MS;
    for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
        way = ways[i].machine == machine && ways[i].state == state ? &ways[i] : way;
    }
    if (way == NULL) {
        return 0;
    }
    q_writes(ret, letter_of_row(ret->arena, row_named(machine, "REQUEST"), ms, NULL, 0, item_count), ms);
    for (size_t i = 0; i < 4 && way->letters[i] != NULL; i++) {
        bool of_q = way->letters[i][0] == '<';
        ms += MS_PER_DAY;
        Comity__Letter *letter = letter_named(ret->arena, machine, way->letters[i] + of_q, ms);
        if (of_q) {
            q_writes(ret, letter, ms);
        } else {
            r_writes(ret, letter, ms, ret->q_count);
        }
    }
    return ms + MS_PER_DAY;
}
