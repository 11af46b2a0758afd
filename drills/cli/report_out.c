/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/report_out.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/ensure.h"
#include "drills/report/report.h"
#include "nodes/cli/screen.h"

#define TEMPLATE_BYTES_MAX ((size_t)8 << 20)
#define PATH_BYTES_MAX     4096

/* Beside this program, as it is built or as it is installed. */
static struct bytes template_read(struct arena *arena)
{
    char self[PATH_BYTES_MAX];
    struct bytes template = bytes_of(NULL, 0);
    ssize_t size = readlink("/proc/self/exe", self, sizeof self - 1);
    self[size < 0 ? 0 : size] = '\0';
    char *slash = strrchr(self, '/');
    struct error unread = {.text = ""};
    const char *path =
        slash == NULL ? NULL
                      : arena_format(arena, "%.*s/../share/comity/report.html", (int)(slash - self), self);
    bool good = path != NULL && files_read(path, TEMPLATE_BYTES_MAX, arena, &template, &unread) == FILES_OK;
    return good ? template : bytes_of(NULL, 0);
}

/* EXIT_DONE, or having said what is wrong. */
static int folder_make(struct cli *cli, const char *folder)
{
    if (mkdir(folder, 0777) != 0 && errno != EEXIST) {
        return cli_fail(cli, EXIT_REFUSED, N_("name a folder that can be made"), "%s: %s",
                        screen_quiet(cli->arena, bytes_of_text(folder)), strerror(errno));
    }
    return EXIT_DONE;
}

static int say_unwritten(struct cli *cli, const struct error *error)
{
    return cli_fail(cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s", error->text);
}

int report_out(struct cli *cli, const struct scenario *scenario, const struct drill_record *record,
               const char *folder, const char **ret_main)
{
    struct error error = {.text = "", .words = cli->words};
    int code = folder_make(cli, folder);
    if (code != EXIT_DONE) {
        return code;
    }
    struct arena *arena = arena_new(2 * TEMPLATE_BYTES_MAX + 4 * PATH_BYTES_MAX);
    ensure(arena != NULL);
    struct bytes template = template_read(arena);
    struct drill_measures *measures = measures_new(record, scenario);
    const struct report_of of = {
        .record = record, .scenario = scenario, .measures = measures, .words = cli->words};
    bool good = report_write(&of, folder, template, &error);
    measures_free(measures);
    if (ret_main != NULL) {
        *ret_main =
            arena_format(cli->arena, "%s/%s", folder, template.size != 0 ? "report.html" : "report.json");
    }
    arena_free(arena);
    return good ? EXIT_DONE : say_unwritten(cli, &error);
}

int page_out(struct cli *cli, const json_t *json, const char *folder, const char *stem, const char **ret_main)
{
    struct error error = {.text = "", .words = cli->words};
    int code = folder_make(cli, folder);
    if (code != EXIT_DONE) {
        return code;
    }
    struct arena *arena = arena_new(2 * TEMPLATE_BYTES_MAX + 4 * PATH_BYTES_MAX);
    ensure(arena != NULL);
    struct bytes template = template_read(arena);
    bool good = report_write_page(json, folder, stem, template, &error);
    *ret_main = arena_format(cli->arena, "%s/%s.%s", folder, stem, template.size != 0 ? "html" : "json");
    arena_free(arena);
    return good ? EXIT_DONE : say_unwritten(cli, &error);
}
