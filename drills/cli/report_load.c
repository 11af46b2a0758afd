/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/report_load.h"

#include <sys/stat.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "nodes/cli/screen.h"

#define REPORT_BYTES_MAX ((size_t)256 << 20)

/* A report.json, or the folder of one. */
static const char *path_of(struct cli *cli, const char *word)
{
    struct stat status;
    bool folder = stat(word, &status) == 0 && S_ISDIR(status.st_mode);
    char *path = arena_format(cli->arena, folder ? "%s/report.json" : "%s", word);
    ensure(path != NULL);
    return path;
}

json_t *report_load(struct cli *cli, const char *word)
{
    struct error error = {.words = cli->words};
    json_error_t fault;
    struct bytes text = bytes_of(NULL, 0);
    struct arena *arena = arena_new(REPORT_BYTES_MAX + 4096);
    ensure(arena != NULL);
    const char *path = path_of(cli, word);
    json_t *json = NULL;
    if (files_read(path, REPORT_BYTES_MAX, arena, &text, &error) != FILES_OK) {
        (void)cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
    } else if ((json = json_loadb((const char *)text.data, text.size, JSON_REJECT_DUPLICATES, &fault)) ==
               NULL) {
        (void)cli_fail(cli, EXIT_REFUSED, NULL, "%s:%d:%d: no report: %s",
                       screen_quiet(cli->arena, bytes_of_text(path)), fault.line, fault.column,
                       screen_quiet(cli->arena, bytes_of_text(fault.text)));
    }
    arena_free(arena);
    return json;
}
