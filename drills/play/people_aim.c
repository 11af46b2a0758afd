/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_aim.h"

#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/aim_private.h"
#include "drills/play/people_draft.h"

#define CELLS_A_SEED 6                   /* are aimed at */
#define SEED_STEP    7                   /* the next seed begins so many cells further on */
#define ACTS_MAX     50                  /* for one cell */
#define LETTERS_MAX  9                   /* in one manner */
#define PATIENCE     12                  /* looks at a case whose letters do not arrive */
#define DEPTH_MAX    4                   /* letters that another one needs first */
#define CROSSING_MAX 6                   /* letters of the one side that the other one's crosses */
#define REST_MS      (5 * MS_PER_SECOND) /* while a letter is under way */

/* --- which cell --- */

/* How many cells there are before the one of that number, which is as many; fewer: there is none. */
static size_t find_cell(size_t number, enum cell_row *ret_row, enum item_state *ret_state)
{
    size_t found = 0;
    for (size_t row = 0; row < ROW_COUNT; row++) {
        size_t count = 0;
        const enum item_state *states = machine_states(row_of_table((enum cell_row)row)->machine, &count);
        for (size_t i = 0; i < count; i++) {
            if (!cell_is_played((enum cell_row)row, states[i])) {
                continue;
            }
            if (found == number) {
                *ret_row = (enum cell_row)row;
                *ret_state = states[i];
                return found;
            }
            found++;
        }
    }
    return found;
}

enum cell_row aim_cell(size_t number, enum item_state *ret_state)
{
    enum cell_row row = ROW_COUNT;
    (void)find_cell(number, &row, ret_state);
    return row;
}

size_t aim_cells(void)
{
    enum cell_row row = ROW_COUNT;
    enum item_state state = ITEM_ASKED;
    return find_cell(SIZE_MAX, &row, &state);
}

void aim_init(struct aim *aim, uint64_t seed)
{
    *aim = (struct aim){
        .row = ROW_COUNT, .number = (size_t)(seed * SEED_STEP % aim_cells()), .left = CELLS_A_SEED};
}

/* Crossing letters are what a cell is for that a letter meets only if it was signed in another state. */
static bool is_crossed(enum cell_rule rule)
{
    return rule == CELL_VOID || rule == CELL_LATE;
}

static void aim_at_next(struct people *people)
{
    struct aim *aim = &people->aim;
    struct aim next = {
        .number = aim->number, .left = aim->left - 1, .item = 1, .before = ROW_COUNT, .reminded = ROW_COUNT};
    size_t left = aim_cells();
    do {
        next.row = aim_cell(next.number, &next.state);
        next.number = next.row == ROW_COUNT ? 0 : next.number + 1;
    } while (next.row == ROW_COUNT || (left-- != 0 && cell_is_met(people->coverage, next.row, next.state)));
    next.manner = is_crossed(row_of_table(next.row)->cells[next.state].rule) ? AIM_CROSSING : AIM_STRAIGHT;
    *aim = next;
}

/* In this manner it did not work, or not in this case. What is to be written first stays so. */
static void begin_again(struct aim *aim, bool otherwise)
{
    enum aim_manner next = (aim->manner + 1U) % AIM_MANNERS;
    next = next == AIM_CROSSING && row_of_table(aim->row)->side == SIDE_R ? AIM_BESIDE : next;
    aim->case_id[0] = '\0';
    aim->item = 1;
    aim->unsettled = 0;
    if (otherwise) {
        aim->manner = next;
        aim->before = ROW_COUNT;
        aim->letters = 0;
    }
}

/* --- writing --- */

/* What the template does not leave to chance here; NULL: nothing. A new reference. */
static json_t *fields_of(const struct lifecycle_row *row)
{
    static const struct {
        enum machine machine;
        enum letter_kind kind;
        const char *text;
    } aimed[] = {
#define AIMED(machine, letter, ...) {MACHINE_##machine, LETTER_##letter, #__VA_ARGS__},
#include "drills/play/aims.def"
#undef AIMED
    };
    for (size_t i = 0; i < sizeof aimed / sizeof aimed[0]; i++) {
        bool of_machine = aimed[i].machine == MACHINE_NONE || aimed[i].machine == row->machine;
        if (of_machine && aimed[i].kind == row->kind) {
            json_t *fields = json_loads(aimed[i].text, JSON_REJECT_DUPLICATES, NULL);
            ensure(fields != NULL);
            return fields;
        }
    }
    return NULL;
}

/* Prepared and handed in. ret_case (may be NULL): of a new case. */
static bool write(struct people *people, struct draft *draft, char ret_case[CASE_TEXT])
{
    struct errand errand;
    draft->sort = ERRAND_ODD; /* what is tried may turn out to be forbidden */
    unsigned status = desk_prepare(people, draft, &errand, NULL);
    if (status == 200) {
        if (ret_case != NULL) {
            memcpy(ret_case, errand.case_id, CASE_TEXT);
        }
        status = desk_hand_in(people, &errand, NULL);
    }
    return status == 200;
}

/* Of the item that they are about; of no item in particular: of all it may be about. */
static bool write_row(struct people *people, const struct look *look, enum cell_row row, bool of_all)
{
    struct aim *aim = &people->aim;
    const struct choice choice = {
        .row = row, .items = {aim->item}, .item_count = of_all ? 0 : 1, .exact = true};
    struct draft draft;
    json_t *fields = fields_of(row_of_table(row));
    draft_in_case(people, look, &choice, fields, &draft);
    bool written = write(people, &draft, NULL);
    aim->refused[row] = aim->refused[row] || !written;
    aim->letters++;
    draft_done(&draft);
    json_decref(fields);
    return written;
}

/* The request, or a call before it where the letter of the cell is about one, or what another party had before. ROW_COUNT: there is none. */
static enum cell_row opener(const struct aim *aim)
{
    const enum machine machine = row_of_table(aim->row)->machine;
    bool of_call = has_need(row_of_table(aim->row), NEED_ORAL_OVERDUE);
    return aim->manner == AIM_RESTATED ? row_named(machine, LETTER_TAKEN_OVER, WHY_NONE)
           : of_call                   ? row_named(machine, LETTER_ORAL_NOTED, WHY_NONE)
                                       : row_of_request(machine);
}

/* NULL: nothing is restated as asked. A new reference. */
static json_t *fields_restated(const struct lifecycle_row *row)
{
    const enum ask_kind kind = ask_needed(row);
    return kind == ASK_NONE ? NULL
                            : json_pack("{s:[{s:s, s:[i], s:s}]}", "asks", "ask", ask_name(kind), "items", 1,
                                        "since", "@-48");
}

/* Links are within a State; a hand-over needs another party of it. */
static void draw_sides(struct people *people)
{
    struct aim *aim = &people->aim;
    aim->q = 1 + stream_below(&people->stream, people->cast->party_count);
    aim->r = 1 + stream_below(&people->stream, people->cast->party_count - 1);
    aim->r += aim->r >= aim->q;
    if (row_of_table(aim->row)->machine == MACHINE_LINK) {
        aim->r = desk_sibling(people, aim->q);
    } else if (row_of_table(aim->row)->kind == LETTER_MOVED && desk_sibling(people, aim->r) == 0) {
        aim->r = 0;
    }
}

static bool begin(struct people *people)
{
    struct aim *aim = &people->aim;
    const enum cell_row row = opener(aim);
    struct sight sight;
    struct draft draft;
    draw_sides(people);
    if (row == ROW_COUNT || aim->r == 0) {
        begin_again(aim, row == ROW_COUNT);
        return false;
    }
    bool restates = aim->manner == AIM_RESTATED, of_r = row_of_table(row)->side == SIDE_R;
    json_t *fields = restates ? fields_restated(row_of_table(aim->row)) : fields_of(row_of_table(row));
    const struct drawing drawing = {.party = of_r ? aim->r : aim->q,
                                    .other = of_r ? aim->q : aim->r,
                                    .row = row,
                                    .restates = restates ? aim->state : 0,
                                    .fields = fields};
    draft_begin(people, &drawing, &sight, &draft);
    bool written = write(people, &draft, aim->case_id);
    aim->letters++;
    draft_done(&draft);
    json_decref(fields);
    return written;
}

/* --- what may be written --- */

struct sides {
    struct look q, r;
};

static const struct sight_item *item_at(const struct aim *aim, const struct sides *sides)
{
    return &sides->r.sight.items[aim->item - 1];
}

static const struct look *look_of(const struct sides *sides, enum side side)
{
    return side == SIDE_R ? &sides->r : &sides->q;
}

/* Is the item among those of an entry of NEXT? */
static bool names(const json_t *move, uint32_t number)
{
    size_t index = 0;
    json_t *item = NULL;
    json_array_foreach(json_object_get(move, "items"), index, item)
    {
        if (json_integer_value(item) == (json_int_t)number) {
            return true;
        }
    }
    return false;
}

static const json_t *move_of(const json_t *moves, const struct lifecycle_row *row, uint32_t item)
{
    size_t index = 0;
    json_t *move = NULL;
    json_array_foreach(moves, index, move)
    {
        if (row_of_table(row_of_move(row->machine, move)) == row && names(move, item)) {
            return move;
        }
    }
    return NULL;
}

/* May the author write it of that item? If not, *ret_lacks is the need that does not hold, or NEEDS. */
static bool may_write(struct people *people, const struct look *look, const struct lifecycle_row *row,
                      enum need *ret_lacks)
{
    const uint32_t item = people->aim.item;
    json_t *next = desk_ask(people, look->party, VERB_NEXT, look->case_id, "", NULL);
    bool may = move_of(json_object_get(next, "may"), row, item) != NULL;
    const char *code = sight_text(move_of(json_object_get(next, "may_not"), row, item), "code");
    unsigned need = 0;
    while (need < NEEDS &&
           (!has_need(row, (enum need)need) || strcmp(need_code((enum need)need), code) != 0)) {
        need++;
    }
    *ret_lacks = (enum need)need;
    json_decref(next);
    return may;
}

/* --- the way --- */

static void wait(struct people *people, uint64_t ms)
{
    people->aim.wait_ms = ms;
    people->aim.wake_us = world_now_us(people->world) + ms * 1000;
}

static void write_now(struct people *people, const struct sides *sides, enum cell_row index)
{
    struct aim *aim = &people->aim;
    bool of_all = index == aim->row && aim->manner == AIM_BESIDE;
    bool written = write_row(people, look_of(sides, row_of_table(index)->side), index, of_all);
    aim->before = written && index == aim->before ? ROW_COUNT : aim->before;
    if (!written && index == aim->row) {
        begin_again(aim, false); /* another request may allow it: one on another legal basis, say */
    }
}

/* What the letter lacks. What must be written first; ROW_COUNT: nothing, or not in this case. */
static enum cell_row provide(struct people *people, const struct sides *sides,
                             const struct lifecycle_row *row, enum need need)
{
    struct aim *aim = &people->aim;
    const struct supply supply = supply_of(aim, &sides->r.sight, row, need);
    bool reminded = supply.how == REMIND && aim->reminded == supply.row;
    if (supply.how == WAIT || reminded) {
        aim->reminded = ROW_COUNT;
        wait(people, supply.ms);
        return ROW_COUNT;
    }
    if (supply.how == ANEW || supply.row == ROW_COUNT) {
        begin_again(aim, supply.row == ROW_COUNT);
        return ROW_COUNT;
    }
    aim->reminded = supply.how == REMIND ? supply.row : ROW_COUNT;
    if (!may_stand(row_of_table(supply.row)->cells[item_at(aim, sides)->state].rule)) {
        aim->before = supply.row; /* and back again */
    }
    return supply.row;
}

/* Writes that letter, or what must come before it. True: the letter itself was tried. */
static bool bring(struct people *people, const struct sides *sides, enum cell_row wanted)
{
    struct aim *aim = &people->aim;
    const enum item_state at = item_at(aim, sides)->state;
    enum cell_row index = wanted;
    for (unsigned depth = 0; index != ROW_COUNT && depth < DEPTH_MAX; depth++) {
        const struct lifecycle_row *row = row_of_table(index);
        enum need need = NEEDS;
        if (!may_stand(row->cells[at].rule)) {
            index = first_towards(aim, at, nearest(aim, row, at, false));
            if (index == ROW_COUNT) {
                begin_again(aim, false); /* from that state no way leads there */
            }
        } else if (may_write(people, look_of(sides, row->side), row, &need) || need == NEEDS) {
            write_now(people, sides, index);
            return index == wanted;
        } else {
            index = provide(people, sides, row, need);
        }
    }
    return false;
}

static void go_to(struct people *people, const struct sides *sides, enum item_state to)
{
    struct aim *aim = &people->aim;
    const enum cell_row row =
        to == ITEM_STATES ? ROW_COUNT : first_towards(aim, item_at(aim, sides)->state, to);
    if (row == ROW_COUNT) {
        begin_again(aim, to == ITEM_STATES || item_at(aim, sides)->state == ITEM_ASKED);
    } else {
        (void)bring(people, sides, row);
    }
}

/* The other side has written what moves it; the requested side moves it on before it sees that. */
static void cross(struct people *people)
{
    struct aim *aim = &people->aim;
    struct look look;
    bool on = true;
    for (unsigned i = 0; on && i < CROSSING_MAX; i++) {
        on = desk_look(people, aim->r, aim->case_id, &look) &&
             look.sight.items[aim->item - 1].state != aim->state;
        const enum cell_row row =
            on ? first_towards(aim, look.sight.items[aim->item - 1].state, aim->state) : ROW_COUNT;
        on = row != ROW_COUNT && write_row(people, &look, row, false);
        desk_look_done(&look);
    }
}

static void go_on_crossing(struct people *people, const struct sides *sides)
{
    struct aim *aim = &people->aim;
    const enum item_state at = item_at(aim, sides)->state;
    const enum item_state from = nearest(aim, row_of_table(aim->row), at, true);
    if (at != from) {
        go_to(people, sides, from);
    } else if (bring(people, sides, aim->row)) {
        cross(people);
    }
}

/* A second item: one more is asked for, or another case may bring two. */
static void add_item(struct people *people, const struct sides *sides)
{
    const enum machine machine = row_of_table(people->aim.row)->machine;
    const enum cell_row supplement = row_named(machine, LETTER_SUPPLEMENT, WHY_NONE);
    if (supplement == ROW_COUNT) {
        begin_again(&people->aim, !machine_rule(machine)->lists_items);
    } else {
        (void)bring(people, sides, supplement);
    }
}

/* The first item into the state of the cell; then the letter of all items, as the second one may have it. */
static void go_on_beside(struct people *people, const struct sides *sides)
{
    struct aim *aim = &people->aim;
    aim->item = 1;
    if (sides->r.sight.item_count < 2) {
        add_item(people, sides);
    } else if (item_at(aim, sides)->state != aim->state) {
        go_to(people, sides, aim->state);
    } else {
        aim->item = 2;
        (void)bring(people, sides, aim->row);
    }
}

static void go_on_straight(struct people *people, const struct sides *sides)
{
    struct aim *aim = &people->aim;
    if (item_at(aim, sides)->state != aim->state) {
        go_to(people, sides, aim->state);
    } else if (may_stand(row_of_table(aim->row)->cells[aim->state].rule)) {
        (void)bring(people, sides, aim->row);
    } else {
        write_now(people, sides, aim->row); /* it is refused, and has been tried */
    }
}

static void go_on(struct people *people, const struct sides *sides)
{
    static void (*const manners[AIM_MANNERS])(struct people *,
                                              const struct sides *) = {[AIM_STRAIGHT] = go_on_straight,
                                                                       [AIM_CROSSING] = go_on_crossing,
                                                                       [AIM_BESIDE] = go_on_beside,
                                                                       [AIM_RESTATED] = go_on_straight};
    struct aim *aim = &people->aim;
    if (aim->letters > LETTERS_MAX) {
        begin_again(aim, true);
    } else if (aim->before != ROW_COUNT) {
        (void)bring(people, sides, aim->before);
    } else {
        manners[aim->manner](people, sides);
    }
}

/* Do both see the same letters, none of them under way? */
static bool is_settled(const struct sides *sides)
{
    const struct look *const looks[] = {&sides->q, &sides->r};
    size_t counts[2] = {0};
    for (size_t i = 0; i < 2; i++) {
        const json_t *letters = json_object_get(looks[i]->view, "letters");
        size_t index = 0;
        json_t *letter = NULL;
        json_array_foreach(letters, index, letter)
        {
            static const char *const under_way[] = {"ON_ITS_WAY", "HELD_BACK", NULL};
            if (text_is_one_of(sight_text(letter, "effect"), under_way)) {
                return false;
            }
        }
        counts[i] = json_array_size(letters);
    }
    return counts[0] == counts[1] && counts[0] != 0;
}

static void look_and_go_on(struct people *people)
{
    struct aim *aim = &people->aim;
    struct sides sides;
    bool settled = desk_look(people, aim->q, aim->case_id, &sides.q);
    settled = desk_look(people, aim->r, aim->case_id, &sides.r) && settled;
    settled = settled && sides.r.sight.item_count >= aim->item && is_settled(&sides);
    aim->unsettled = settled ? 0 : aim->unsettled + 1;
    if (settled && !cell_is_met(people->coverage, aim->row, aim->state)) {
        go_on(people, &sides);
    } else if (aim->unsettled >= PATIENCE) {
        begin_again(aim, false);
    }
    desk_look_done(&sides.q);
    desk_look_done(&sides.r);
}

bool act_aimed(struct people *people)
{
    struct aim *aim = &people->aim;
    if (people->coverage == NULL || (aim->row == ROW_COUNT && aim->left == 0)) {
        return false;
    }
    if (aim->row == ROW_COUNT) {
        aim_at_next(people);
    }
    aim->wait_ms = REST_MS;
    if (aim->case_id[0] == '\0') {
        (void)begin(people);
    } else {
        look_and_go_on(people);
    }
    bool waited_in_vain = world_now_us(people->world) < aim->wake_us && aim->wait_ms == REST_MS;
    if (++aim->acts >= ACTS_MAX || waited_in_vain || cell_is_met(people->coverage, aim->row, aim->state)) {
        aim->row = ROW_COUNT;
    }
    return true;
}

bool is_aiming(const struct people *people)
{
    return people->aim.row != ROW_COUNT;
}
