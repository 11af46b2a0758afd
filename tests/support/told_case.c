/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/told_case.h"

#include "base/ensure.h"

#define TOLD_BYTES ((size_t)64 << 20)

struct told_case told;

int told_setup(void **state)
{
    (void)state;
    told.arena = arena_new(TOLD_BYTES);
    ensure(told.arena != NULL);
    told.now = T0_MS;
    told_anew();
    return 0;
}

int told_teardown(void **state)
{
    (void)state;
    arena_free(told.arena);
    return 0;
}

void told_anew(void)
{
    history_init(&told.h, told.arena);
}

void told_begin(enum machine machine, enum item_state state, size_t items)
{
    told.now = machine_reach(&told.h, machine, state, items);
    ensure(told.now != 0);
}

const struct folded_letter *told_letter(const struct lifecycle_row *row, const Comity__Letter *letter)
{
    if (row->side == SIDE_Q) {
        q_writes(&told.h, letter, told.now);
    } else {
        r_writes(&told.h, letter, told.now, told.h.q_count);
    }
    told.now += MS_PER_DAY;
    history_fold(&told.h, &told.fold);
    return fold_last(&told.fold);
}

const struct folded_letter *told_say(enum machine machine, const char *name)
{
    return told_letter(row_named(machine, name), letter_named(told.arena, machine, name, told.now));
}

enum letter_effect told_effect(enum machine machine, const char *name)
{
    return told_say(machine, name)->effect;
}

bool told_asked(enum ask_kind kind, uint32_t item)
{
    return ask_is_open(&told.fold, kind, item);
}
