/* SPDX-License-Identifier: Apache-2.0 */
/* The page with the report in it: one file. */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/report/report.h"

static const char mark[] = "@REPORT_JSON@";
#define MARK_SIZE (sizeof mark - 1)

/* Where the mark is from there on; size: nowhere. */
static size_t find(struct bytes template, size_t from)
{
    for (size_t i = from; i + MARK_SIZE <= template.size; i++) {
        if (memcmp(template.data + i, mark, MARK_SIZE) == 0) {
            return i;
        }
    }
    return template.size;
}

/* What a character of JSON becomes in a page: NULL: itself. Sets how many bytes of it are taken. */
static const char *escape(struct bytes json, size_t at, size_t *ret_taken)
{
    const uint8_t *c = json.data + at;
    *ret_taken = 1;
    if (*c == '<') {
        return "\\u003c";
    }
    if (at + 2 < json.size && c[0] == 0xe2 && c[1] == 0x80 && (c[2] == 0xa8 || c[2] == 0xa9)) {
        *ret_taken = 3;
        return c[2] == 0xa8 ? "\\u2028" : "\\u2029";
    }
    return NULL;
}

bool report_page(struct bytes template, struct bytes json, char **ret, size_t *ret_size)
{
    size_t at = find(template, 0), size = 0;
    if (at == template.size || find(template, at + 1) != template.size) {
        return false;
    }
    char *page = malloc(template.size + 6 * json.size + 1);
    ensure(page != NULL);
    memcpy(page, template.data, at);
    size = at;
    for (size_t i = 0, taken = 0; i < json.size; i += taken) {
        const char *other = escape(json, i, &taken);
        size_t length = other == NULL ? 1 : strlen(other);
        memcpy(page + size, other == NULL ? (const char *)json.data + i : other, length);
        size += length;
    }
    memcpy(page + size, template.data + at + MARK_SIZE, template.size - at - MARK_SIZE);
    size += template.size - at - MARK_SIZE;
    page[size] = '\0';
    *ret = page;
    *ret_size = size;
    return true;
}
