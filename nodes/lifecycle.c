/* SPDX-License-Identifier: Apache-2.0 */
/* lifecycle.def as data: the rows, and which one a letter is. */
#include "nodes/lifecycle.h"

#include <string.h>

/*
 * A cell of the table is put in the place of its state: the cells of a row are as many as its machine has states, or it does not
 * compile.
 */
#define CELLS_HOLD(a, o, h, m, z)                                                                            \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_ORDERED] = {PUT_##o}, [ITEM_HELD] = {PUT_##h},                       \
        [ITEM_HELD_OPEN] = {PUT_##m}, [ITEM_ENDED] = {PUT_##z},                                              \
    }
#define CELLS_MLA(a, c, p, x, d, z)                                                                          \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_CONSULTING] = {PUT_##c}, [ITEM_POSTPONED] = {PUT_##p},               \
        [ITEM_EXECUTING] = {PUT_##x}, [ITEM_DELIVERED] = {PUT_##d}, [ITEM_ENDED] = {PUT_##z},                \
    }
#define CELLS_ENQUIRY(a, z)                                                                                  \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_ENDED] = {PUT_##z},                                                  \
    }
#define CELLS_SPONTANEOUS(a, g, z)                                                                           \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_AGREED] = {PUT_##g}, [ITEM_ENDED] = {PUT_##z},                       \
    }
#define CELLS_EMERGENCY(a, d, z)                                                                             \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_DELIVERED] = {PUT_##d}, [ITEM_ENDED] = {PUT_##z},                    \
    }
#define CELLS_PING(a, z) CELLS_ENQUIRY(a, z)
#define CELLS_LINK(a, l, z)                                                                                  \
    {                                                                                                        \
        [ITEM_ASKED] = {PUT_##a}, [ITEM_LINKED] = {PUT_##l}, [ITEM_ENDED] = {PUT_##z},                       \
    }

#define PUT_NO            .rule = CELL_FORBIDDEN
#define PUT_STAY          .rule = CELL_STAY
#define PUT_TO(state)     .rule = CELL_MOVE, .to = ITEM_##state
#define PUT_TO_HOLD       .rule = CELL_MOVE_HOLD, .to = ITEM_HELD
#define PUT_END(word)     .rule = CELL_MOVE, .to = ITEM_ENDED, .result = RESULT_##word
#define PUT_END_BY_CAUSE  .rule = CELL_MOVE, .to = ITEM_ENDED
#define PUT_ADD_LINK      .rule = CELL_ADD_LINK
#define PUT_OPEN_LINK     .rule = CELL_OPEN_LINK, .to = ITEM_HELD_OPEN
#define PUT_END_LINK      .rule = CELL_END_LINK
#define PUT_END_LINK_HOLD .rule = CELL_END_LINK_HOLD, .to = ITEM_HELD
#define PUT_ASK           .rule = CELL_ASK
#define PUT_NOTE          .rule = CELL_NOTE
#define PUT_VOID(word)    .rule = CELL_VOID, .code = #word
#define PUT_DUP           .rule = CELL_DUPLICATE
#define PUT_LATE          .rule = CELL_LATE
#define N(need)           NEED_BIT(NEED_##need)
#define Q_(kind)          ASK_BIT(ASK_##kind)
#define AT(clock)         CLOCK_BIT(CLOCK_##clock)

static const struct lifecycle_row rows[] = {
#define ROW(...)       ROW_OF(false, __VA_ARGS__)
#define ROW_EARLY(...) ROW_OF(true, __VA_ARGS__)
#define ROW_OF(ends_early, of, word, for_why, by, sig, states, needed, opened, answered, started, stopped)   \
    {                                                                                                        \
        .machine = MACHINE_##of,                                                                             \
        .name = WHY_##for_why == WHY_NONE ? #word : #word ":" #for_why,                                      \
        .kind = LETTER_##word,                                                                               \
        .why = WHY_##for_why,                                                                                \
        .side = SIDE_##by,                                                                                   \
        .signatures = (sig),                                                                                 \
        .early = (ends_early),                                                                               \
        .cells = CELLS_##of states,                                                                          \
        .needs = (needed),                                                                                   \
        .opens = (opened),                                                                                   \
        .answers = (answered),                                                                               \
        .starts = (started),                                                                                 \
        .stops = (stopped),                                                                                  \
    },
#include "nodes/lifecycle.def"
#undef ROW_OF
#undef ROW
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

/* Where the rows of each machine begin: each has a REQUEST, as its first row. */
enum row_index {
#define ROW(of, word, for_why, ...) ROW_##of##_##word##_##for_why,
#include "nodes/lifecycle.def"
#undef ROW
};
static const size_t first_row[MACHINES + 1] = {
    [MACHINES] = ROW_COUNT,
#define MACHINE(word, ...) [MACHINE_##word] = ROW_##word##_REQUEST_NONE,
#include "nodes/machines.def"
#undef MACHINE
};

const struct lifecycle_row *lifecycle_rows(size_t *ret_count)
{
    *ret_count = ROW_COUNT;
    return rows;
}

static const struct lifecycle_row *row_find(size_t from, size_t to, enum letter_kind kind,
                                            enum letter_why why)
{
    const struct lifecycle_row *plain = NULL;
    for (size_t i = from; i < to; i++) {
        if (rows[i].kind == kind && rows[i].why == why) {
            return &rows[i];
        }
        if (rows[i].kind == kind && rows[i].why == WHY_NONE && plain == NULL) {
            plain = &rows[i];
        }
    }
    return plain;
}

const struct lifecycle_row *lifecycle_row_of(enum machine machine, const Comity__Letter *letter)
{
    if (machine == MACHINE_NONE || (unsigned)machine >= MACHINES) {
        return NULL;
    }
    return row_find(first_row[machine], first_row[machine + 1], letter_kind(letter), letter_why(letter));
}

const struct lifecycle_row *lifecycle_row_any(const Comity__Letter *letter)
{
    if (letter_kind(letter) == LETTER_REQUEST && machine_of(letter->request) != MACHINE_NONE) {
        return lifecycle_row_of(machine_of(letter->request), letter);
    }
    return row_find(0, ROW_COUNT, letter_kind(letter), letter_why(letter));
}

const char *cell_text(enum machine machine, const struct cell *cell)
{
    switch (cell->rule) {
    case CELL_FORBIDDEN:
        return "-";
    case CELL_STAY:
        return ".";
    case CELL_MOVE:
        return state_letter(machine, cell->to);
    case CELL_MOVE_HOLD:
        return "H/M";
    case CELL_ADD_LINK:
        return ".+";
    case CELL_OPEN_LINK:
        return "M+";
    case CELL_END_LINK:
        return ".-";
    case CELL_END_LINK_HOLD:
        return "H/M-";
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

/* --- may it be sent? --- */

/* What a code that stands in a cell means; each has a line, or the test of the table fails. */
static const char *void_text(const char *code)
{
    static const struct {
        const char *code, *text;
    } texts[] = {
        {"ENDED", "it has ended"},
        {"TOO_EARLY", "it is not held yet, so there is no date to extend"},
        {"NO_END", "it is held without an end while the request for assistance waits"},
        {"NEW_CASE", "it has ended: send a new request that names this one as its parent"},
        {"NOT_ENDED", "it has not ended, so there is nothing to open again"},
        {"DELIVERED", "the evidence was delivered already"},
        {"NOTHING_SENT", "nothing was sent of it yet"},
        {"LATE", "its date is past and it was released: send a new request and name this one in previous"},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (strcmp(texts[i].code, code) == 0) {
            return texts[i].text;
        }
    }
    return "";
}

static struct cell_refusal refused_by_need(const struct need_scene *scene)
{
    enum need need = need_failing(scene, scene->row->needs);
    return need == NEEDS ? (struct cell_refusal){NULL, NULL}
                         : (struct cell_refusal){need_code(need), need_text(need)};
}

struct cell_refusal cell_refusal(const struct need_scene *scene)
{
    const struct cell *cell = &scene->row->cells[scene->item->state];
    const char *late = NULL;
    switch (cell->rule) {
    case CELL_FORBIDDEN:
        return (struct cell_refusal){"NOT_NOW", "the letter cannot be sent of an item in that state"};
    case CELL_VOID:
        return (struct cell_refusal){cell->code, void_text(cell->code)};
    case CELL_DUPLICATE:
        if (!ask_is_open(scene->fold, ASK_ORAL, 0)) {
            return (struct cell_refusal){"DUPLICATE", "the case has its request: a new one is a new case"};
        }
        break;
    case CELL_LATE:
        late = late_code(scene->item, scene->at_ms);
        if (late != NULL) {
            return (struct cell_refusal){
                late, strcmp(late, "LATE") == 0
                          ? void_text(late)
                          : "it has ended: send a new request and name this one in previous"};
        }
        break;
    case CELL_STAY:
    case CELL_MOVE:
    case CELL_MOVE_HOLD:
    case CELL_ADD_LINK:
    case CELL_OPEN_LINK:
    case CELL_END_LINK:
    case CELL_END_LINK_HOLD:
    case CELL_ASK:
    case CELL_NOTE:
        break;
    }
    return refused_by_need(scene);
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

const char *late_code(const struct case_item *item, uint64_t accepted_ms)
{
    if (item->result != RESULT_EXPIRED) {
        return "ENDED";
    }
    return accepted_ms <= (uint64_t)item->hold_until.ms ? NULL : "LATE";
}
