/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>

#include "nodes/view.h"

bool page_asked(struct call *call, size_t max, size_t *ret_max, const char **ret_after)
{
    const char *limit = query_value(call, "limit");
    char *end = NULL;
    const unsigned long asked = limit == NULL ? max : strtoul(limit, &end, 10);
    if (asked == 0 || (end != NULL && *end != '\0')) {
        answer_no_page(call);
        return false;
    }
    *ret_max = asked < max ? (size_t)asked : max;
    *ret_after = query_value(call, "after");
    return true;
}

bool place_number(const char **at, uint64_t *ret)
{
    uint64_t value = 0;
    const char *c = *at;
    for (; *c >= '0' && *c <= '9' && c - *at < 16; c++) {
        value = value * 10 + (uint64_t)(*c - '0');
    }
    bool good = c != *at && *c == '.';
    *at = c + (good ? 1 : 0);
    *ret = value;
    return good;
}

void answer_no_page(struct call *call)
{
    answer_error(call, 400, "MALFORMED", "take \"more\" of the page before as it is, and a limit from 1",
                 "\"after\" or \"limit\" is not what a page gives");
}
