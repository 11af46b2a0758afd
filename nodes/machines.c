/* SPDX-License-Identifier: Apache-2.0 */
/* machines.def and asks.def as data. */
#include "nodes/lifecycle.h"

#define COUNT_OF(list) (sizeof(list) / sizeof(list)[0])

/* (ASKED, ENDED) -> ITEM_ASKED, ITEM_ENDED: as many as there are, at most 6. */
#define NTH(a, b, c, d, e, f, n, ...) n
#define LIST_1(a)                     ITEM_##a
#define LIST_2(a, b)                  ITEM_##a, ITEM_##b
#define LIST_3(a, b, c)               ITEM_##a, LIST_2(b, c)
#define LIST_4(a, b, c, d)            ITEM_##a, LIST_3(b, c, d)
#define LIST_5(a, b, c, d, e)         ITEM_##a, LIST_4(b, c, d, e)
#define LIST_6(a, b, c, d, e, f)      ITEM_##a, LIST_5(b, c, d, e, f)
#define STATES(...)                   NTH(__VA_ARGS__, LIST_6, LIST_5, LIST_4, LIST_3, LIST_2, LIST_1, )(__VA_ARGS__)

#define MACHINE(word, text, type, items, letters, states, first)                                             \
    static const enum item_state states_of_##word[] = {STATES states}, first_of_##word[] = {STATES first};   \
    _Static_assert(sizeof(letters) - 1 == COUNT_OF(states_of_##word), "a letter for each state");
#include "nodes/machines.def"
#undef MACHINE

#define ITEMS_LISTED true
#define ITEMS_SELF   false

static const struct machine_rule machines[MACHINES] = {
#define MACHINE(word, said, request_type, items, chars, list, order)                                         \
    [MACHINE_##word] = {.name = #word,                                                                       \
                        .text = (said),                                                                      \
                        .type = COMITY__REQUEST__TYPE__##request_type,                                       \
                        .lists_items = ITEMS_##items,                                                        \
                        .letters = (chars),                                                                  \
                        .states = states_of_##word,                                                          \
                        .state_count = COUNT_OF(states_of_##word),                                           \
                        .first = first_of_##word,                                                            \
                        .first_count = COUNT_OF(first_of_##word)},
#include "nodes/machines.def"
#undef MACHINE
};

const struct machine_rule *machine_rule(enum machine machine)
{
    return machine == MACHINE_NONE || (unsigned)machine >= MACHINES ? NULL : &machines[machine];
}

const enum item_state *machine_states(enum machine machine, size_t *ret_count)
{
    const struct machine_rule *rule = machine_rule(machine);
    *ret_count = rule == NULL ? 0 : rule->state_count;
    return rule == NULL ? NULL : rule->states;
}

enum machine machine_of(const Comity__Request *request)
{
    for (unsigned i = MACHINE_NONE + 1; i < MACHINES; i++) {
        if (machines[i].type == request->type) {
            return (enum machine)i;
        }
    }
    return MACHINE_NONE;
}

size_t machine_items(const Comity__Request *request)
{
    const struct machine_rule *rule = machine_rule(machine_of(request));
    if (rule == NULL || request->n_items > CASE_ITEMS_MAX) {
        return 0;
    }
    return request->n_items == 0 && !rule->lists_items ? 1 : request->n_items;
}

const char *machine_name(enum machine machine)
{
    const struct machine_rule *rule = machine_rule(machine);
    return rule == NULL ? "" : rule->name;
}

const char *machine_text(enum machine machine)
{
    const struct machine_rule *rule = machine_rule(machine);
    return rule == NULL ? "" : rule->text;
}

const char *state_letter(enum machine machine, enum item_state state)
{
    static const char letters[][2] = {"A", "B", "C", "D", "E", "F", "G", "H", "I", "J", "K", "L", "M",
                                      "N", "O", "P", "Q", "R", "S", "T", "U", "V", "W", "X", "Y", "Z"};
    const struct machine_rule *rule = machine_rule(machine);
    for (size_t i = 0; rule != NULL && i < rule->state_count; i++) {
        if (rule->states[i] == state) {
            return letters[rule->letters[i] - 'A'];
        }
    }
    return "?";
}

/* --- asks --- */

#define IN(state)  STATE_BIT(ITEM_##state)
#define SCOPE_CASE false
#define SCOPE_ITEM true
#define SIDE_OTHER SIDE_NONE

static const struct ask_rule asks[ASK_KINDS] = {
#define ASK_KIND(word, by, scope, closed, said)                                                              \
    [ASK_##word] = {.name = #word,                                                                           \
                    .text = (said),                                                                          \
                    .owed_by = SIDE_##by,                                                                    \
                    .per_item = SCOPE_##scope,                                                               \
                    .closed_by = (closed)},
#include "nodes/asks.def"
#undef ASK_KIND
};
_Static_assert(ASK_KINDS <= 32, "what a row opens and answers are masks of 32 bits");

const struct ask_rule *ask_rule(enum ask_kind kind)
{
    return &asks[kind];
}

bool ask_is_of_case(enum ask_kind kind)
{
    return !asks[kind].per_item;
}

const char *ask_name(enum ask_kind kind)
{
    return kind != ASK_NONE && (unsigned)kind < ASK_KINDS ? asks[kind].name : "?";
}

const char *ask_text(enum ask_kind kind)
{
    return kind != ASK_NONE && (unsigned)kind < ASK_KINDS ? asks[kind].text : "?";
}
