/* SPDX-License-Identifier: Apache-2.0 */
/*
 * INBOX: a line a case, from what is kept ready (case_line.h); no case is folded and no letter read for it, but
 * for those that were not delivered for too long. First lives, then data
 * that are lost if nobody acts, then legal dates that are near, then promises, then what nobody read; what only they owe is folded
 * away unless it is asked for. A page at a time, live cases first, exercises in a list of their own; or only what changed since a mark.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "nodes/case_line.h"
#include "nodes/store_letters.h"
#include "nodes/view.h"

#define LINES_MAX     1000
#define LEGAL_NEAR_MS (3 * MS_PER_DAY) /* a legal date this near goes before promises */

struct page {
    struct call *call;
    uint64_t near_ms;
    enum line_step last; /* of the steps that are listed */
    size_t max;
    struct listed_line *lines;
    size_t count;
    struct line_place place; /* where to go on */
    bool more;
    struct case_id
        *gone; /* of what changed: what is not listed any more; NULL: all is listed, whatever changed */
    size_t gone_count;
};

/* --- where a page begins --- */

/* "0.2.1796000000000.1796000259200.HEX": exercise, step, time in it, the time up to which dates are near, case. */
static const char *place_text(struct page *page)
{
    const struct listed_line *line = &page->lines[page->count - 1];
    uint64_t at_ms = page->place.step == STEP_LEGAL ? line->line.legal_ms : line->line.at_ms;
    const char *hex = hex_new(page->call->arena, bytes_of(line->row.id.bytes, sizeof line->row.id.bytes));
    return arena_format(page->call->arena, "%d.%d.%llu.%llu.%s", page->place.exercise ? 1 : 0,
                        (int)page->place.step, (unsigned long long)at_ms, (unsigned long long)page->near_ms,
                        hex == NULL ? "" : hex);
}

static bool place_read(const char *text, struct page *page)
{
    uint64_t exercise = 0, step = 0;
    struct line_place *place = &page->place;
    if (!place_number(&text, &exercise) || !place_number(&text, &step) ||
        !place_number(&text, &place->at_ms) || !place_number(&text, &page->near_ms) ||
        !hex_read(place->id.bytes, sizeof place->id.bytes, bytes_of_text(text)) || exercise > 1 ||
        step >= STEPS) {
        return false;
    }
    place->exercise = exercise == 1;
    place->step = (enum line_step)step;
    place->any = false;
    return true;
}

static bool is_asked(struct call *call, const char *name)
{
    const char *value = query_value(call, name);
    return value != NULL && strcmp(value, "1") == 0;
}

/* False when it answered. */
static bool page_begin(struct call *call, struct page *page)
{
    const char *after = NULL;
    size_t max = 0;
    if (!page_asked(call, LINES_MAX, &max, &after)) {
        return false;
    }
    *page = (struct page){.call = call,
                          .near_ms = call->now.ms + LEGAL_NEAR_MS,
                          .last = is_asked(call, "all")    ? STEP_REST
                                  : is_asked(call, "they") ? STEP_THEIRS
                                                           : STEP_READ,
                          .max = max,
                          .place = {.any = true}};
    if (after != NULL && !place_read(after, page)) {
        answer_no_page(call);
        return false;
    }
    return true;
}

static void page_fill(struct page *page)
{
    page->lines = arena_take(page->call->arena, page->max * sizeof *page->lines);
    while (page->lines != NULL) {
        page->count += store_lines(page->call->node->store, &page->place, page->near_ms,
                                   page->max - page->count, page->call->arena, &page->lines[page->count]);
        if (page->count == page->max) {
            page->more = true;
            return;
        }
        struct line_place next = {
            .exercise = page->place.exercise, .step = page->place.step + 1, .any = true};
        if (next.step > page->last) {
            if (next.exercise) {
                return;
            }
            next = (struct line_place){.exercise = true, .any = true};
        }
        page->place = next;
    }
}

/* --- only what changed --- */

/* A line among others, in the order of the inbox. */
struct placed {
    struct line_place place;
    struct listed_line line;
};

static int by_place(const void *left, const void *right)
{
    const struct line_place *a = &((const struct placed *)left)->place;
    const struct line_place *b = &((const struct placed *)right)->place;
    if (a->exercise != b->exercise) {
        return a->exercise ? 1 : -1;
    }
    if (a->step != b->step) {
        return a->step < b->step ? -1 : 1;
    }
    return a->at_ms != b->at_ms ? (a->at_ms < b->at_ms ? -1 : 1)
                                : memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

static bool place_line(const struct page *page, const struct case_id *id, struct placed *ret)
{
    if (!store_line_get(page->call->node->store, id, page->call->arena, &ret->line)) {
        return false;
    }
    ret->place = (struct line_place){.exercise = ret->line.row.has_exercise, .id = *id};
    ret->place.step = line_step(&ret->line.line, page->near_ms, &ret->place.at_ms);
    return ret->place.step <= page->last;
}

/* False: nobody knows what changed since that mark, so that all has to be listed. */
static bool page_fill_changed(struct page *page, const char *mark)
{
    struct arena *arena = page->call->arena;
    struct case_id *changed = arena_zero(arena, LINE_CHANGES_MAX, sizeof *changed);
    size_t count = 0;
    if (changed == NULL || !line_changes_since(&page->call->node->changes, mark, changed, &count)) {
        return false;
    }
    struct placed *placed = arena_zero(arena, count + 1, sizeof *placed);
    page->lines = arena_zero(arena, count + 1, sizeof *page->lines);
    page->gone = changed; /* each is read before one is written at its place */
    if (placed == NULL || page->lines == NULL) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        if (place_line(page, &changed[i], &placed[page->count])) {
            page->count++;
        } else {
            page->gone[page->gone_count++] = changed[i];
        }
    }
    qsort(placed, page->count, sizeof *placed, by_place);
    for (size_t i = 0; i < page->count; i++) {
        page->lines[i] = placed[i].line;
    }
    return true;
}

/* --- JSON --- */

static const char *class_of(enum urgency urgency)
{
    return urgency == URGENCY_EMERGENCY ? "E" : urgency == URGENCY_URGENT ? "U" : "R";
}

static json_t *due_json(struct call *call, const struct listed_line *listed)
{
    const struct case_row *row = &listed->row;
    enum side theirs = row->own_side == SIDE_Q ? SIDE_R : SIDE_Q;
    json_t *json = json_object();
    put_text(call, json, "by", view_side_address(row, listed->line.ours ? row->own_side : theirs));
    put_text(call, json, "what", line_clock_text(listed->line.what));
    if (listed->line.item != 0) {
        put_number(call, json, listed->line.what == CLOCK_RENEW ? "order" : "item", listed->line.item);
    }
    put_ms(call, json, "when", listed->line.due_ms);
    return json;
}

struct words {
    struct call *call;
    json_t *list;
};

static void add_word(void *context, const char *word)
{
    struct words *words = context;
    append(words->call, words->list, json_string(word));
}

static json_t *flags_json(struct call *call, const struct case_line *line)
{
    struct words words = {.call = call, .list = json_array()};
    line_flag_words(line->flags, add_word, &words);
    if (line->safe_start_ms != 0 && line->safe_start_ms <= call->now.ms) {
        add_word(&words, "MLA_START");
    }
    return words.list;
}

static json_t *waits_json(struct call *call, uint64_t waits)
{
    json_t *list = json_array();
    for (unsigned i = 0; i < 64; i++) {
        if ((waits >> i & 1U) != 0) {
            append(call, list, json_integer(i + 1));
        }
    }
    return list;
}

/* Since when, and the number that their point of contact answers. */
static void put_undelivered(struct call *call, json_t *json, const struct case_row *row)
{
    const struct party *party = roster_find(
        node_roster_now(call->node), view_side_address(row, row->own_side == SIDE_Q ? SIDE_R : SIDE_Q));
    json_t *undelivered = json_object();
    put_ms(call, undelivered, "since", store_letters_undelivered_ms(call->node->store, &row->id));
    put_text(call, undelivered, "call",
             party == NULL || party->contact_count == 0 ? "" : party->contacts[0].phone);
    put(call, json, "undelivered", undelivered);
}

/* What has no value for most cases. */
static void put_rare(struct call *call, json_t *json, const struct listed_line *listed)
{
    const struct case_line *line = &listed->line;
    put_ms(call, json, "legal", line->legal_ms);
    put_ms(call, json, "data_dies", line->dies_ms);
    put_ms(call, json, "held_until", line->held_until_ms);
    put_ms(call, json, "order_until", line->order_until_ms);
    put_ms(call, json, "safe_start", line->safe_start_ms);
    if (listed->taken) {
        json_t *taken = json_object();
        put_hex(call, taken, "officer", bytes_of(listed->taken_by.bytes, sizeof listed->taken_by.bytes));
        put_text(
            call, taken, "name",
            officer_name(call, view_side_address(&listed->row, listed->row.own_side), &listed->taken_by));
        put(call, json, "taken", taken);
    }
    if ((line->flags & FLAG_UNDELIVERED) != 0) {
        put_undelivered(call, json, &listed->row);
    }
    if (line->waits != 0) {
        put(call, json, "waits", waits_json(call, line->waits));
    }
    if (line->has_twin) {
        put_hex(call, json, "twin", bytes_of(line->twin.bytes, sizeof line->twin.bytes));
    }
}

static json_t *line_json(struct call *call, const struct listed_line *listed)
{
    const struct case_row *row = &listed->row;
    const struct case_line *line = &listed->line;
    json_t *json = json_object();
    put_hex(call, json, "case", bytes_of(row->id.bytes, sizeof row->id.bytes));
    put_text(call, json, "class", class_of(line->urgency));
    if (line->due_ms != 0) {
        put(call, json, "due", due_json(call, listed));
    }
    put(call, json, "overdue", json_boolean(line->due_ms != 0 && line->due_ms < call->now.ms));
    put_text(call, json, "side", side_text(row->own_side));
    put_text(call, json, "who", view_side_address(row, row->own_side == SIDE_Q ? SIDE_R : SIDE_Q));
    put_text(call, json, "reference", row->q_reference);
    put_text(call, json, "their_reference", row->r_reference);
    put_text(call, json, "type", line->type);
    put_number(call, json, "items", line->items);
    put_number(call, json, "held", line->held);
    put_text(call, json, "state", case_state_name(row->state));
    put_text(call, json, "target", line->target);
    put_text(call, json, "rank", line_rank_word(line->rank));
    put_ms(call, json, "at", line->at_ms);
    put_rare(call, json, listed);
    put(call, json, "flags", flags_json(call, line));
    return json;
}

/* What is folded away: the lines behind the last step that is listed. */
static uint64_t folded_away(const struct page *page)
{
    return page->last == STEP_REST ? 0
                                   : store_lines_from(page->call->node->store,
                                                      page->last == STEP_THEIRS ? LINE_REST : LINE_THEIRS);
}

static json_t *gone_json(const struct page *page)
{
    json_t *list = json_array();
    for (size_t i = 0; i < page->gone_count; i++) {
        char id[2 * sizeof page->gone[i].bytes + 1];
        append(page->call, list,
               json_string(hex_write(id, bytes_of(page->gone[i].bytes, sizeof page->gone[i].bytes))));
    }
    return list;
}

void view_inbox(struct call *call)
{
    struct page page;
    const char *mark = query_value(call, "changed");
    if (!page_begin(call, &page)) {
        return;
    }
    if (mark == NULL || !page_fill_changed(&page, mark)) {
        page_fill(&page);
    }
    if (page.lines == NULL || arena_exhausted(call->arena)) {
        answer_too_large(call);
        return;
    }
    json_t *cases = json_array();
    json_t *exercises = json_array();
    for (size_t i = 0; i < page.count; i++) {
        append(call, page.lines[i].row.has_exercise ? exercises : cases, line_json(call, &page.lines[i]));
    }
    json_t *json = json_object();
    put_text(call, json, "party", call->node->options.party.text);
    put_ms(call, json, "now", call->now.ms);
    put(call, json, "cases", cases);
    put(call, json, "exercises", exercises);
    put_number(call, json, "folded", folded_away(&page));
    put_text(call, json, "mark", line_changes_mark(&call->node->changes, call->now, call->arena));
    if (page.gone != NULL) {
        put(call, json, "gone", gone_json(&page));
    }
    if (page.more) {
        put_text(call, json, "more", place_text(&page));
    }
    answer_json(call, json);
}
