/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lifecycle.h"

#include <string.h>

#define NO                                                                                                   \
    {                                                                                                        \
        .rule = CELL_FORBIDDEN                                                                               \
    }
#define STAY                                                                                                 \
    {                                                                                                        \
        .rule = CELL_STAY                                                                                    \
    }
#define TO(state)                                                                                            \
    {                                                                                                        \
        .rule = CELL_MOVE, .to = ITEM_##state                                                                \
    }
#define END(word)                                                                                            \
    {                                                                                                        \
        .rule = CELL_MOVE, .to = ITEM_ENDED, .result = RESULT_##word                                         \
    }
#define END_BY_CAUSE                                                                                         \
    {                                                                                                        \
        .rule = CELL_MOVE, .to = ITEM_ENDED                                                                  \
    }
#define ASK                                                                                                  \
    {                                                                                                        \
        .rule = CELL_ASK                                                                                     \
    }
#define NOTE                                                                                                 \
    {                                                                                                        \
        .rule = CELL_NOTE                                                                                    \
    }
#define VOID(word)                                                                                           \
    {                                                                                                        \
        .rule = CELL_VOID, .code = #word                                                                     \
    }
#define DUP                                                                                                  \
    {                                                                                                        \
        .rule = CELL_DUPLICATE                                                                               \
    }
#define LATE                                                                                                 \
    {                                                                                                        \
        .rule = CELL_LATE                                                                                    \
    }
#define AT(clock) CLOCK_BIT(clock)
#define ASK_NONE  ((enum ask_kind)0)

/* "RELEASED:EXPIRED" where a letter has rows by why, else its word. */
#define NAME_NONE(word)      #word
#define NAME_WITHDRAWN(word) #word ":WITHDRAWN"
#define NAME_EXPIRED(word)   #word ":EXPIRED"

static const struct lifecycle_row rows[] = {
#define ROW(word, for_why, by, sig, a, o, h, m, z, what, opened, answered, started, stopped)                 \
    {                                                                                                        \
        .name = NAME_##for_why(word),                                                                        \
        .kind = LETTER_##word,                                                                               \
        .why = RELEASE_##for_why,                                                                            \
        .side = SIDE_##by,                                                                                   \
        .signatures = (sig),                                                                                 \
        .cells =                                                                                             \
            {[ITEM_ASKED] = a, [ITEM_ORDERED] = o, [ITEM_HELD] = h, [ITEM_HELD_OPEN] = m, [ITEM_ENDED] = z}, \
        .need = NEED_##what,                                                                                 \
        .opens = ASK_##opened,                                                                               \
        .answers = ASK_##answered,                                                                           \
        .starts = (started),                                                                                 \
        .stops = (stopped),                                                                                  \
    },
#include "nodes/lifecycle.def"
#undef ROW
};

const struct lifecycle_row *lifecycle_rows(size_t *ret_count)
{
    *ret_count = sizeof rows / sizeof rows[0];
    return rows;
}

const struct lifecycle_row *lifecycle_row_of(const Comity__Letter *letter)
{
    enum letter_kind kind = letter_kind(letter);
    enum release why = kind == LETTER_RELEASED ? release_of(letter->released->why) : RELEASE_NONE;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].kind == kind && rows[i].why == why) {
            return &rows[i];
        }
    }
    return NULL;
}

const char *cell_text(const struct cell *cell)
{
    static const char *const states[] = {"?", "A", "O", "H", "M", "Z"};
    switch (cell->rule) {
    case CELL_FORBIDDEN:
        return "-";
    case CELL_STAY:
        return ".";
    case CELL_MOVE:
        return states[cell->to];
    case CELL_ASK:
        return "ask";
    case CELL_NOTE:
        return "note";
    case CELL_VOID:
        return cell->code;
    case CELL_DUPLICATE:
        return "dup";
    case CELL_LATE:
        return "late";
    }
    return "?";
}

static const struct {
    const char *code, *text;
} need_rules[NEEDS] = {
    [NEED_NOTHING] = {"", ""},
    [NEED_UNANSWERED] = {"ANSWERED",
                         "it was answered already whether and how the request will be dealt with"},
    [NEED_QUESTION_OPEN] = {"NOT_ASKED", "no question is open on it"},
    [NEED_WITHDRAWAL_OPEN] = {"NOT_ASKED", "the requesting side has not withdrawn it"},
    [NEED_NOT_YET_ASKED] = {"ALREADY_ASKED", "the same was asked before and waits for its answer"},
    [NEED_GRACE_PAST] =
        {"TOO_EARLY",
         "a hold is released as expired only when its grace of 72 hours is past and no extension waits"},
    [NEED_NO_EARLIER_END] = {"EARLIER",
                             "it is promised to be held for longer, and a promise is not shortened"},
    [NEED_LATER_END] = {"NOT_LATER", "the new date is not after the one it is held to now"},
};

const char *need_code(enum need need)
{
    return need_rules[need].code;
}

const char *need_text(enum need need)
{
    return need_rules[need].text;
}

enum item_result cause_result(enum cause cause)
{
    switch (cause) {
    case CAUSE_NOT_FOUND:
        return RESULT_NOT_FOUND;
    case CAUSE_ELSEWHERE:
        return RESULT_ELSEWHERE;
    case CAUSE_IMPOSSIBLE:
        return RESULT_IMPOSSIBLE;
    case CAUSE_NONE:
    case CAUSE_CUSTODIAN_REFUSED:
    case CAUSE_COURT_DENIED:
    case CAUSE_NO_POWER:
    case CAUSE_OUT_OF_SCOPE:
    case CAUSE_DUPLICATE_OF:
        break;
    }
    return RESULT_NOT_EXECUTED;
}

bool letter_item_list(const Comity__Letter *letter, const uint32_t **ret, size_t *ret_count)
{
#define LIST(word, member)                                                                                   \
    case LETTER_##word:                                                                                      \
        *ret = letter->member->items;                                                                        \
        *ret_count = letter->member->n_items;                                                                \
        return true;
    switch (letter_kind(letter)) {
        LIST(ORDERED, ordered)
        LIST(HELD, held)
        LIST(NOT_HELD, not_held)
        LIST(REFUSED, refused)
        LIST(WITHDRAW, withdraw)
        LIST(RELEASED, released)
        LIST(EXTEND, extend)
        LIST(EXTENDED, extended)
    case LETTER_NONE:
    case LETTER_REQUEST:
    case LETTER_ACK:
    case LETTER_INFO_ASKED:
    case LETTER_INFO_GIVEN:
    case LETTER_STATUS_ASK:
    case LETTER_STATUS:
    case LETTER_ORAL_NOTED:
    case LETTER_WARNING:
    case LETTER_REFERRED:
    case LETTER_MOVED:
    case LETTER_TAKEN_OVER:
    case LETTER_EXTENSION_REFUSED:
    case LETTER_MLA_RECEIVED:
    case LETTER_MLA_ENDED:
    case LETTER_LOST:
    case LETTER_REOPENED:
    case LETTER_CORRECTED:
    case LETTER_DISCLOSED_43:
    case LETTER_SUPPLEMENT:
    case LETTER_DECIDE:
    case LETTER_MLA_NOTICE:
    case LETTER_REOPEN_ASK:
    case LETTER_CONSULT:
    case LETTER_CONDITIONS:
    case LETTER_COST_ASK:
    case LETTER_ADMITTED:
    case LETTER_POSTPONED:
    case LETTER_DELAY:
    case LETTER_EVIDENCE:
    case LETTER_NOTHING_OBTAINED:
    case LETTER_COMPLETED:
    case LETTER_TRANSLATION:
    case LETTER_USE_ANSWER:
    case LETTER_REPLY:
    case LETTER_EVIDENCE_RECEIPT:
    case LETTER_USE_ASK:
    case LETTER_EXCULPATORY:
    case LETTER_ANSWERED:
    case LETTER_DECLINED:
    case LETTER_AGREED:
    case LETTER_CONTENT:
    case LETTER_TAKEN:
    case LETTER_DISCLOSED:
    case LETTER_OUTCOME:
    case LETTER_ECHO:
    case LETTER_PING_ANSWERED:
    case LETTER_TIED:
    case LETTER_UNTIED:
        break;
    }
#undef LIST
    return false;
}

/* Adds one list of numbers; an empty one means all. */
static void target_list(struct targets *t, const uint32_t *list, size_t count, size_t item_count,
                        bool blocking)
{
    if (count == 0) {
        t->all = true;
        t->blocking[0] |= blocking;
    }
    for (size_t i = 0; i < count; i++) {
        if (list[i] == 0 || list[i] > item_count) {
            t->beyond = true;
        } else {
            t->named[list[i]] = true;
            t->blocking[list[i]] |= blocking;
        }
    }
}

void letter_targets(const Comity__Letter *letter, size_t item_count, struct targets *ret)
{
    memset(ret, 0, sizeof *ret);
    const uint32_t *list = NULL;
    size_t count = 0;
    if (letter_kind(letter) == LETTER_INFO_ASKED) {
        const Comity__InfoAsked *asked = letter->info_asked;
        for (size_t i = 0; i < asked->n_questions; i++) {
            const Comity__Question *q = asked->questions[i];
            target_list(ret, q->items, q->n_items, item_count, q->blocking != 0);
        }
        ret->all |= asked->n_questions == 0;
    } else {
        (void)letter_item_list(letter, &list, &count);
        target_list(ret, list, count, item_count, false);
    }
}

struct instant letter_hold_until(const Comity__Letter *letter)
{
    const Comity__Instant *until = NULL;
    if (letter_kind(letter) == LETTER_HELD) {
        until = letter->held->hold_until;
    } else if (letter_kind(letter) == LETTER_EXTENDED) {
        until = letter->extended->hold_until;
    }
    return until == NULL || until->ms < 0
               ? (struct instant){.ms = 0}
               : (struct instant){.ms = until->ms, .offset_min = until->offset_min};
}

struct case_ask *ask_find(struct case_fold *fold, enum ask_kind kind, uint32_t item)
{
    for (size_t i = 0; i < fold->ask_count; i++) {
        if (fold->asks[i].kind == kind && fold->asks[i].item == item) {
            return &fold->asks[i];
        }
    }
    return NULL;
}

bool ask_is_open(const struct case_fold *fold, enum ask_kind kind, uint32_t item)
{
    for (size_t i = 0; i < fold->ask_count; i++) {
        if (fold->asks[i].kind == kind && fold->asks[i].item == item) {
            return true;
        }
    }
    return false;
}

bool ask_is_of_case(enum ask_kind kind)
{
    return kind == ASK_STATUS;
}

static bool clock_runs(const struct case_fold *fold, enum clock_name clock)
{
    for (size_t i = 0; i < fold->due_count; i++) {
        if (fold->dues[i].clock == clock) {
            return true;
        }
    }
    return false;
}

bool need_holds(const struct lifecycle_row *row, const struct case_fold *fold, const struct case_item *item,
                const Comity__Letter *letter, uint64_t at_ms)
{
    switch (row->need) {
    case NEED_NOTHING:
        return true;
    case NEED_UNANSWERED:
        return clock_runs(fold, CLOCK_ANSWER);
    case NEED_QUESTION_OPEN:
        return ask_is_open(fold, ASK_INFO, item->number);
    case NEED_WITHDRAWAL_OPEN:
        return ask_is_open(fold, ASK_WITHDRAW, item->number);
    case NEED_NOT_YET_ASKED:
        return !ask_is_open(fold, row->opens, ask_is_of_case(row->opens) ? 0 : item->number);
    case NEED_GRACE_PAST:
        return at_ms >= item->grace_until_ms && !ask_is_open(fold, ASK_EXTEND, item->number);
    case NEED_NO_EARLIER_END:
        return letter == NULL || letter_hold_until(letter).ms >= item->hold_until.ms;
    case NEED_LATER_END:
        return letter == NULL || letter_hold_until(letter).ms > item->hold_until.ms;
    }
    return false;
}

const char *late_code(const struct case_item *item, uint64_t accepted_ms)
{
    if (item->result != RESULT_EXPIRED) {
        return "ENDED";
    }
    return accepted_ms <= (uint64_t)item->hold_until.ms ? NULL : "LATE";
}
