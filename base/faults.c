/* SPDX-License-Identifier: Apache-2.0 */
#include "base/faults.h"

#include <stdarg.h>

#include "base/catalogue.h"

void faults_add(struct faults *faults, const char *path, const char *code, const char *format, ...)
{
    if (faults->count == FAULTS_MAX) {
        faults->more++;
        return;
    }
    va_list args;
    va_start(args, format);
    const char *text = arena_format_list(faults->arena, say(faults->words, format), args);
    va_end(args);
    const char *path_copy = arena_format(faults->arena, "%s", path);
    bool kept = path_copy != NULL && text != NULL;
    faults->list[faults->count++] = (struct fault){
        .path = kept ? path_copy : "",
        .code = code,
        .text = kept ? text
                     : say(faults->words, N_("there is a fault here that there was no memory to describe")),
    };
}
