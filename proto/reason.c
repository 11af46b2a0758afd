/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/reason.h"

#include <stddef.h>

struct row {
    const char *name, *meaning, *next, *next_sender;
};

static const struct row rows[] = {
    [REASON_NONE] = {"E_NONE", "nothing is wrong", "nothing", "nothing"},
#define REASON(number, name, meaning, next, next_sender)                                                     \
    [REASON_##name] = {"E_" #name, meaning, next, next_sender},
#include "proto/reason.def"
#undef REASON
};
_Static_assert(sizeof rows / sizeof rows[0] == REASON_COUNT, "reason.def and REASON_COUNT differ");

static const struct row *row_of(uint32_t reason)
{
    static const struct row unknown = {"E_?", "a reason that this version does not know",
                                       "update the older of the two programs",
                                       "update the older of the two programs"};
    return reason < REASON_COUNT ? &rows[reason] : &unknown;
}

const char *reason_name(uint32_t reason)
{
    return row_of(reason)->name;
}

const char *reason_meaning(uint32_t reason)
{
    return row_of(reason)->meaning;
}

const char *reason_next(uint32_t reason)
{
    return row_of(reason)->next;
}

const char *reason_next_sender(uint32_t reason)
{
    return row_of(reason)->next_sender;
}
