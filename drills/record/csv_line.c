/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/record/csv_line.h"

#include <string.h>

/* In quotes where a comma, a quote or a line break would end it; a text that a table would take for a formula begins with '. */
static bool put_field(const struct csv_out *out, const char *text)
{
    bool formula = text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL;
    if (!formula && strpbrk(text, ",\"\r\n") == NULL) {
        return out->put(out->context, text, strlen(text));
    }
    bool good = out->put(out->context, formula ? "\"'" : "\"", formula ? 2 : 1);
    for (const char *c = text; good && *c != '\0'; c++) {
        good = out->put(out->context, *c == '"' ? "\"\"" : c, *c == '"' ? 2 : 1);
    }
    return good && out->put(out->context, "\"", 1);
}

bool csv_line(const struct csv_out *out, const char *const *fields)
{
    bool good = true;
    for (size_t f = 0; good && fields[f] != NULL; f++) {
        good = (f == 0 || out->put(out->context, ",", 1)) && put_field(out, fields[f]);
    }
    return good && out->put(out->context, "\r\n", 2);
}
