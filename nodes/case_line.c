/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_line.h"

#include <string.h>

#include "base/text.h"

#define TARGET_MAX 160

const char *line_clock_text(enum clock_name clock)
{
    return clock == CLOCK_RENEW         ? "renew"
           : clock == CLOCK_START       ? "start"
           : clock == CLOCK_TAKE_OVER   ? "taken over"
           : clock == CLOCK_UNDELIVERED ? "not delivered"
           : clock == CLOCK_FAILED      ? "letter refused"
                                        : clock_text(clock);
}

bool line_clock_is_of_letter(enum clock_name clock)
{
    return clock == CLOCK_UNDELIVERED || clock == CLOCK_FAILED;
}

void line_flag_words(unsigned flags, void (*say)(void *context, const char *word), void *context)
{
#define FLAG(word, bit, text)                                                                                \
    if ((flags & FLAG_##word) != 0) {                                                                        \
        say(context, #word);                                                                                 \
    }
#include "nodes/line_flags.def"
#undef FLAG
}

const char *line_rank_word(enum line_rank rank)
{
    static const char *const words[] = {[LINE_LOSS] = "LOSS",
                                        [LINE_OWED] = "OWED",
                                        [LINE_READ] = "READ",
                                        [LINE_THEIRS] = "THEIRS",
                                        [LINE_REST] = "REST"};
    return words[rank];
}

enum line_step line_step(const struct case_line *line, uint64_t near_ms, uint64_t *ret_at_ms)
{
    static const enum line_step steps[] = {[LINE_LOSS] = STEP_LOSS,
                                           [LINE_OWED] = STEP_PROMISE,
                                           [LINE_READ] = STEP_READ,
                                           [LINE_THEIRS] = STEP_THEIRS,
                                           [LINE_REST] = STEP_REST};
    bool near = line->rank == LINE_OWED && line->legal_ms != 0 && line->legal_ms <= near_ms;
    bool life = line->rank == LINE_LOSS && line->urgency == URGENCY_EMERGENCY;
    *ret_at_ms = near ? line->legal_ms : line->at_ms;
    return near ? STEP_LEGAL : life ? STEP_LIFE : steps[line->rank];
}

/* --- what is asked --- */

/* "ESCALATED B-HOLD-1 DECIDE": what happened to which case. */
static const char *tie_target(const Comity__Tie *tie, struct arena *arena)
{
    const ProtobufCEnumValue *event =
        protobuf_c_enum_descriptor_get_value(&comity__tie__event__descriptor, (int)tie->event);
    const char *reference = tie->hold == NULL ? "" : tie->hold->reference;
    return arena_format(arena, "%s%s%s%s%s", event == NULL ? "" : event->name,
                        reference[0] == '\0' ? "" : " ", reference, tie->overdue[0] == '\0' ? "" : " ",
                        tie->overdue);
}

/* "203.0.113.77 Example Hosting": the first identifier, or the description, and the custodian. */
static const char *item_target(const Comity__Item *item, struct arena *arena)
{
    const char *what = item->n_identifiers != 0 ? item->identifiers[0]->value : item->description;
    return arena_format(arena, "%s%s%s", what, item->custodian[0] == '\0' ? "" : " ", item->custodian);
}

static const char *target_of(const struct case_fold *fold, const Comity__Request *request,
                             struct arena *arena)
{
    const Comity__Item *asked = request == NULL || request->n_items == 0 ? NULL : request->items[0];
    const Comity__Item *item = fold->item_count == 0 ? asked : fold->items[0].asked;
    const Comity__Tie *tie = request == NULL ? NULL : request->tie;
    if (item == NULL && tie == NULL) {
        return "";
    }
    const char *text = tie != NULL ? tie_target(tie, arena) : item_target(item, arena);
    const char *quiet = text == NULL ? NULL : text_quiet(arena, bytes_of_text(text), TARGET_MAX);
    return quiet == NULL ? "" : quiet;
}

static const char *type_of(const Comity__Request *request)
{
    const ProtobufCEnumValue *value =
        request == NULL || request->type == COMITY__REQUEST__TYPE__NO_TYPE
            ? NULL
            : protobuf_c_enum_descriptor_get_value(&comity__request__type__descriptor, (int)request->type);
    return value == NULL ? "" : value->name;
}

static unsigned request_flags(const Comity__Request *request)
{
    return (request->confidential ? FLAG_CONF : 0U) | (request->do_not_notify ? FLAG_NO_NOTIFY : 0U) |
           (request->n_also_sent_via != 0 ? FLAG_DUP : 0U);
}

/* --- how it stands --- */

static bool is_to_be_held(const struct case_item *item)
{
    return item->state == ITEM_ASKED || item->state == ITEM_ORDERED;
}

static uint64_t earlier(uint64_t a, uint64_t b)
{
    return a == 0 || (b != 0 && b < a) ? b : a;
}

static void look_at_items(const struct case_fold *fold, uint64_t now_ms, struct case_line *line,
                          bool *ret_open)
{
    uint64_t dead_ms = 0;
    *ret_open = false;
    line->items = fold->item_count;
    for (size_t i = 0; i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        if (is_to_be_held(item)) {
            *ret_open = true;
            uint64_t *first = item->data_dies_ms > now_ms ? &line->dies_ms : &dead_ms;
            *first = earlier(*first, item->data_dies_ms);
        } else if (item_is_held(item)) {
            line->held++;
        }
        if (item->state == ITEM_HELD && item->hold_until.ms > 0) {
            line->held_until_ms = earlier(line->held_until_ms, (uint64_t)item->hold_until.ms);
        }
    }
    line->dies_ms = line->dies_ms == 0 ? dead_ms : line->dies_ms;
}

static bool is_legal(enum clock_name clock)
{
    return clock == CLOCK_HOLD || clock == CLOCK_EXTEND || clock == CLOCK_MLA;
}

static void owe(struct case_line *line, enum clock_name clock, uint32_t item, uint64_t when_ms, bool ours)
{
    if (line->due_ms == 0 || (ours && !line->ours) || (ours == line->ours && when_ms < line->due_ms)) {
        line->what = clock;
        line->item = item;
        line->due_ms = when_ms;
        line->ours = ours;
    }
}

static void look_at_dues(const struct case_fold *fold, enum side own, const struct line_records *records,
                         struct case_line *line)
{
    for (size_t i = 0; i < fold->due_count; i++) {
        const struct case_due *due = &fold->dues[i];
        bool ours = due->owed_by == own;
        if (due->paused) {
            line->flags |= ours ? FLAG_WAITING : 0U;
            continue;
        }
        owe(line, due->clock, due->item, due->when_ms, ours);
        if (ours && is_legal(due->clock)) {
            line->legal_ms = earlier(line->legal_ms, due->when_ms);
        }
        if (ours && due->clock == CLOCK_MLA && due->item != 0 && due->item <= fold->item_count) {
            uint64_t until = (uint64_t)fold->items[due->item - 1].hold_until.ms;
            uint64_t start = until > records->mla_lead_ms ? until - records->mla_lead_ms : 1;
            line->safe_start_ms = earlier(line->safe_start_ms, start);
        }
    }
    if (records->renew_ms != 0) {
        owe(line, CLOCK_RENEW, records->renew_order, records->renew_ms, true);
        line->legal_ms = earlier(line->legal_ms, records->renew_ms);
    }
    if (records->moved_ms != 0) {
        owe(line, CLOCK_TAKE_OVER, 0, records->moved_ms, false);
    }
}

static void look_at_asks(const struct case_fold *fold, enum side own, struct case_line *line)
{
    for (size_t i = 0; i < fold->ask_count; i++) {
        const struct case_ask *ask = &fold->asks[i];
        if (ask->kind == ASK_INFO && ask->owed_by != own) {
            line->flags |= FLAG_WAITING;
            line->waits |= ask->item == 0 || ask->item > 64 ? 0 : UINT64_C(1) << (ask->item - 1);
        }
    }
}

/* What is dead is owed all the same, and goes before nothing that can still be saved. */
static void give_rank(const struct case_row *row, bool open, bool ping, uint64_t now_ms,
                      struct case_line *line)
{
    bool owed = line->due_ms != 0;
    bool machine_alone = ping && !(owed && line->ours);
    bool life = line->urgency == URGENCY_EMERGENCY && open;
    line->at_ms = owed ? line->due_ms : row->changed_ms;
    if (machine_alone) {
        line->rank = LINE_REST; /* a ping is no work, but where a person owes it an answer */
    } else if (owed && line->ours && (life || line->dies_ms > now_ms)) {
        line->rank = LINE_LOSS;
        line->at_ms = life ? line->due_ms : earlier(line->dies_ms, line->due_ms);
    } else if (owed && line->ours) {
        line->rank = LINE_OWED;
    } else if (row->unopened != 0) {
        line->rank = LINE_READ;
        line->at_ms = row->changed_ms;
    } else {
        bool moved = owed && line->what == CLOCK_TAKE_OVER;
        line->rank = moved || (owed && row->state != CASE_CLOSED) ? LINE_THEIRS : LINE_REST;
    }
}

/* At least there: not behind what it owes anyway. */
static void raise_to(struct case_line *line, enum line_rank rank, uint64_t at_ms)
{
    line->at_ms = rank < line->rank ? at_ms : rank == line->rank ? earlier(at_ms, line->at_ms) : line->at_ms;
    line->rank = rank < line->rank ? rank : line->rank;
}

/* What did not reach them is lost, and nobody there will say so. */
static void look_at_letters(const struct case_row *row, uint64_t now_ms, struct case_line *line)
{
    uint64_t bound_ms = line->urgency == URGENCY_EMERGENCY ? UNDELIVERED_EMERGENCY_MS
                        : line->urgency == URGENCY_URGENT  ? UNDELIVERED_URGENT_MS
                                                           : 0;
    uint64_t late_ms = row->undelivered_ms + bound_ms;
    if (row->failed_number != 0) {
        line->flags |= FLAG_FAILED;
        raise_to(line, LINE_LOSS, row->changed_ms);
    }
    if (bound_ms == 0 || row->undelivered_ms == 0) {
        return;
    }
    if (late_ms > now_ms) {
        line->ends_ms = earlier(line->ends_ms, late_ms);
        return;
    }
    line->flags |= FLAG_UNDELIVERED;
    line->late_ms = late_ms;
    raise_to(line, line->urgency == URGENCY_EMERGENCY ? LINE_LOSS : LINE_OWED, late_ms);
}

static enum urgency urgency_asked(const Comity__Request *request)
{
    return request == NULL || request->necessity == NULL ? URGENCY_NONE
                                                         : urgency_of(request->necessity->urgency);
}

void case_line_make(const struct case_row *row, const struct case_fold *fold,
                    const struct line_records *records, struct arena *arena, struct case_line *ret)
{
    const Comity__Request *request = fold->request == NULL ? records->failed : fold->request;
    bool open = false, ping = request != NULL && request->type == COMITY__REQUEST__TYPE__PING;
    *ret = (struct case_line){.type = type_of(request),
                              .urgency = fold->request == NULL ? urgency_asked(request) : fold->urgency,
                              .target = target_of(fold, request, arena),
                              .order_until_ms = records->order_until_ms,
                              .has_twin = records->has_twin,
                              .twin = records->twin};
    if (request != NULL) {
        ret->flags = request_flags(request);
    }
    look_at_items(fold, records->now_ms, ret, &open);
    ret->items = fold->request == NULL && request != NULL ? request->n_items : ret->items;
    look_at_dues(fold, row->own_side, records, ret);
    look_at_asks(fold, row->own_side, ret);
    ret->flags |= (row->unopened != 0 ? FLAG_UNOPENED : 0U) | (records->has_twin ? FLAG_DUP : 0U) |
                  (row->stale ? FLAG_STALE_ROSTER : 0U) |
                  (row->state == CASE_SENT && fold->request != NULL ? FLAG_ON_ITS_WAY : 0U) |
                  (row->held_back != 0 ? FLAG_HELD_BACK : 0U) | (records->order_missing ? FLAG_NO_ORDER : 0U);
    give_rank(row, open, ping, records->now_ms, ret);
    if (ret->rank == LINE_LOSS && ret->dies_ms > records->now_ms) {
        ret->ends_ms = ret->dies_ms;
    }
    if (!ping && row->state != CASE_CLOSED) {
        look_at_letters(row, records->now_ms, ret);
    }
}
