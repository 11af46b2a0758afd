/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/drafts.h"

static const char *const names[DRAFT_KINDS] = {
#define DRAFT(name, word) [DRAFT_##name] = (word),
#include "nodes/drafts.def"
#undef DRAFT
};

const char *draft_name(enum draft_kind kind)
{
    return names[kind];
}

const char *draft_names(struct arena *arena)
{
    const char *list = names[0];
    for (unsigned i = 1; i < DRAFT_KINDS && list != NULL; i++) {
        list = arena_format(arena, "%s, %s", list, names[i]);
    }
    return list == NULL ? "" : list;
}

bool draft_kind_of_name(const char *name, enum draft_kind *ret)
{
    for (unsigned i = 0; i < DRAFT_KINDS; i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum draft_kind)i;
            return true;
        }
    }
    return false;
}
