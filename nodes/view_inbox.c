/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INBOX: a line a case, from what the case file keeps ready and the request itself; no case is folded for it. First what is
 * lost if nobody acts, then legal dates that are near, then promises; what only they owe is left out unless it is asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/lifecycle.h"
#include "nodes/store_view.h"
#include "nodes/view.h"

#define LINES_MAX     1000
#define LEGAL_NEAR_MS (3 * MS_PER_DAY) /* a legal date this near goes before promises */
#define SCRATCH_BYTES ((size_t)1024 * 1024)
#define TARGET_MAX    160

enum rank { RANK_LOSS = 1, RANK_LEGAL, RANK_PROMISE, RANK_READ, RANK_THEIRS };

struct line {
    const struct case_row *row;
    enum rank rank;
    uint64_t at_ms; /* within the rank */
    const char *class_letter, *type, *target;
    size_t items;
    uint64_t data_dies_ms;
    json_t *flags;
};

/* --- what the request says --- */

static const char *class_of(const Comity__Request *request)
{
    switch (request->necessity == NULL ? URGENCY_NONE : urgency_of(request->necessity->urgency)) {
    case URGENCY_EMERGENCY:
        return "E";
    case URGENCY_URGENT:
        return "U";
    case URGENCY_ROUTINE:
    case URGENCY_NONE:
        break;
    }
    return "R";
}

/* "203.0.113.77 Example Hosting": the first identifier, or the description, and the custodian. */
static const char *target_of(struct call *call, const Comity__Request *request)
{
    if (request->n_items == 0) {
        return "";
    }
    const Comity__Item *item = request->items[0];
    const char *what = item->n_identifiers != 0 ? item->identifiers[0]->value : item->description;
    const char *text =
        arena_format(call->arena, "%s%s%s", what, item->custodian[0] == '\0' ? "" : " ", item->custodian);
    return text == NULL ? "" : text_quiet(call->arena, bytes_of_text(text), TARGET_MAX);
}

static uint64_t earliest_death(const Comity__Request *request)
{
    uint64_t earliest = 0;
    for (size_t i = 0; i < request->n_items; i++) {
        const Comity__Instant *dies = request->items[i]->data_dies;
        if (dies != NULL && dies->ms > 0 && (earliest == 0 || (uint64_t)dies->ms < earliest)) {
            earliest = (uint64_t)dies->ms;
        }
    }
    return earliest;
}

/* Is anything still to be held? While an item is asked or ordered, somebody owes DECIDE or CONFIRM, or R was not reached. */
static bool still_open(const struct case_row *row)
{
    bool r_is_own = row->own_side == SIDE_R;
    size_t dues = r_is_own ? row->own_dues : row->their_dues;
    enum clock_name clock = r_is_own ? row->own_clock : row->their_clock;
    bool held = row->state == CASE_HELD || row->state == CASE_HELD_OPEN || row->state == CASE_CLOSED;
    return !held ||
           (dues != 0 && row->state != CASE_CLOSED && (clock == CLOCK_DECIDE || clock == CLOCK_CONFIRM));
}

static void add_flag(struct call *call, struct line *line, bool is, const char *word)
{
    if (is) {
        append(call, line->flags, json_string(word));
    }
}

static void read_request(struct call *call, struct line *line, const Comity__Request *request)
{
    line->class_letter = class_of(request);
    line->type = request->type == COMITY__REQUEST__TYPE__PRESERVE ? "PRESERVE" : "";
    line->target = target_of(call, request);
    line->items = request->n_items;
    line->data_dies_ms = still_open(line->row) ? earliest_death(request) : 0;
    view_request_flags(call, line->flags, request);
}

/* --- where the line stands --- */

static bool is_legal(enum clock_name clock)
{
    return clock == CLOCK_HOLD || clock == CLOCK_EXTEND || clock == CLOCK_MLA;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void give_rank(struct call *call, struct line *line)
{
    const struct case_row *row = line->row;
    bool owe = row->own_dues != 0;
    bool life = line->class_letter[0] == 'E' && still_open(row);
    line->at_ms = owe ? row->own_due_ms : row->changed_ms;
    if (owe && (life || line->data_dies_ms != 0)) {
        line->rank = RANK_LOSS;
        line->at_ms = life ? row->own_due_ms : earlier(line->data_dies_ms, row->own_due_ms);
    } else if (owe) {
        bool near = row->own_due_ms <= call->now.ms + LEGAL_NEAR_MS;
        line->rank = is_legal(row->own_clock) && near ? RANK_LEGAL : RANK_PROMISE;
    } else {
        line->rank = row->unopened != 0 ? RANK_READ : RANK_THEIRS;
    }
}

/* Total: ids differ. */
static int line_order(const void *left, const void *right)
{
    const struct line *a = left, *b = right;
    if (a->rank != b->rank) {
        return a->rank < b->rank ? -1 : 1;
    }
    if (a->at_ms != b->at_ms) {
        return a->at_ms < b->at_ms ? -1 : 1;
    }
    return memcmp(a->row->id.bytes, b->row->id.bytes, sizeof a->row->id.bytes);
}

static void make_line(struct call *call, const struct case_row *row, struct arena *scratch, struct line *ret)
{
    struct bytes letter;
    Comity__Letter *message = NULL;
    *ret = (struct line){.row = row, .class_letter = "R", .type = "", .target = "", .flags = json_array()};
    add_flag(call, ret, row->unopened != 0, "UNOPENED");
    if (store_case_request(call->node->store, &row->id, scratch, &letter) &&
        letter_unpack(letter, scratch, &message, NULL) == WIRE_OK && letter_request(message) != NULL) {
        read_request(call, ret, letter_request(message));
    }
    add_flag(call, ret, row->own_side == SIDE_R && row->their_dues != 0 && row->their_clock == CLOCK_INFO,
             "WAITING");
    add_flag(call, ret, row->stale, "STALE_ROSTER");
    add_flag(call, ret, row->state == CASE_SENT, "ON_ITS_WAY");
    add_flag(call, ret, row->held_back != 0, "HELD_BACK");
    give_rank(call, ret);
}

/* --- JSON --- */

static json_t *due_json(struct call *call, const struct case_row *row)
{
    bool owe = row->own_dues != 0;
    enum side theirs = row->own_side == SIDE_Q ? SIDE_R : SIDE_Q;
    json_t *json = json_object();
    put_text(call, json, "by", view_side_address(row, owe ? row->own_side : theirs));
    put_text(call, json, "what", clock_text(owe ? row->own_clock : row->their_clock));
    put_ms(call, json, "when", owe ? row->own_due_ms : row->their_due_ms);
    return json;
}

static json_t *line_json(struct call *call, struct line *line)
{
    const struct case_row *row = line->row;
    uint64_t due_ms = row->own_dues != 0 ? row->own_due_ms : row->their_dues != 0 ? row->their_due_ms : 0;
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "class", line->class_letter);
    if (due_ms != 0) {
        put(call, json, "due", due_json(call, row));
    }
    put(call, json, "overdue", json_boolean(due_ms != 0 && due_ms < call->now.ms));
    put_text(call, json, "who", view_side_address(row, row->own_side == SIDE_Q ? SIDE_R : SIDE_Q));
    put_text(call, json, "reference", row->q_reference);
    put_text(call, json, "type", line->type);
    put_number(call, json, "items", line->items);
    put_text(call, json, "state", case_state_name(row->state));
    put_text(call, json, "target", line->target);
    put_ms(call, json, "data_dies", line->data_dies_ms);
    put(call, json, "flags", line->flags);
    line->flags = NULL;
    return json;
}

static void answer_lines(struct call *call, struct line *lines, size_t count, bool all)
{
    json_t *cases = json_array();
    json_t *exercises = json_array();
    uint64_t shown = 0;
    for (size_t i = 0; i < count; i++) {
        if (all || lines[i].rank != RANK_THEIRS) {
            append(call, lines[i].row->has_exercise ? exercises : cases, line_json(call, &lines[i]));
            shown++;
        }
        json_decref(lines[i].flags);
    }
    json_t *json = json_object();
    put_text(call, json, "party", call->node->options.party.text);
    put_ms(call, json, "now", call->now.ms);
    put(call, json, "cases", cases);
    put(call, json, "exercises", exercises);
    put_number(call, json, "folded", store_case_count(call->node->store) - shown);
    answer_json(call, json);
}

void view_inbox(struct call *call)
{
    const char *asked = query_value(call, "all");
    bool all = asked != NULL && strcmp(asked, "1") == 0;
    struct case_row *rows = arena_zero(call->arena, LINES_MAX, sizeof *rows);
    struct line *lines = arena_zero(call->arena, LINES_MAX, sizeof *lines);
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    if (rows == NULL || lines == NULL || scratch == NULL) {
        arena_free(scratch);
        answer_too_large(call);
        return;
    }
    size_t count = case_list(call->node, all, 0, LINES_MAX, call->arena, rows);
    for (size_t i = 0; i < count; i++) {
        make_line(call, &rows[i], scratch, &lines[i]);
        arena_reset(scratch);
    }
    arena_free(scratch);
    qsort(lines, count, sizeof lines[0], line_order);
    answer_lines(call, lines, count, all);
}
