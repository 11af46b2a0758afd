/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/report_out.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "drills/report/report.h"
#include "nodes/cli/screen.h"

#define TEMPLATE_BYTES_MAX ((size_t)8 << 20)
#define PATH_BYTES_MAX     4096
#define FOLDERS_MAX        1000 /* of one name and minute */

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

/* The last part of a path, without a slash at its end. */
static const char *last_part(struct arena *arena, const char *path, size_t size)
{
    size_t begin = size;
    while (begin != 0 && path[begin - 1] != '/') {
        begin--;
    }
    return arena_format(arena, "%.*s", (int)(size - begin), path + begin);
}

/* "drills/scenarios/long-weekend/scenario.yaml": "long-weekend", and so for "scenario.yaml" in that folder; "busy.yaml": "busy". */
static const char *name_of(struct arena *arena, const char *file)
{
    static const char own[] = "scenario.yaml", ending[] = ".yaml";
    char here[PATH_BYTES_MAX];
    const char *name = last_part(arena, file, strlen(file));
    size_t size = name == NULL ? 0 : strlen(name);
    if (name != NULL && strcmp(name, own) == 0) {
        size_t folder = strlen(file) - size;
        bool elsewhere = folder > 1 && file[folder - 2] != '.';
        name = elsewhere                           ? last_part(arena, file, folder - 1)
               : getcwd(here, sizeof here) != NULL ? last_part(arena, here, strlen(here))
                                                   : NULL;
    } else if (size > strlen(ending) && strcmp(name + size - strlen(ending), ending) == 0) {
        name = arena_format(arena, "%.*s", (int)(size - strlen(ending)), name);
    }
    return name == NULL || name[0] == '\0' ? "drill" : name;
}

/* A folder of that name, or with a number behind it, that was not there; NULL: there cannot be one. */
static const char *folder_new(struct arena *arena, const char *name)
{
    for (unsigned n = 1; n <= FOLDERS_MAX; n++) {
        const char *folder = n == 1 ? name : arena_format(arena, "%s-%u", name, n);
        if (folder == NULL || mkdir(folder, 0777) == 0) {
            return folder;
        }
        if (errno != EEXIST) {
            return NULL;
        }
    }
    return NULL;
}

/* False: errno says why. */
static bool is_writable_folder(const char *path)
{
    int fd = open(path, O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && faccessat(fd, ".", W_OK | X_OK, 0) == 0;
    if (fd >= 0) {
        int failed = errno;
        (void)close(fd);
        errno = failed;
    }
    return good;
}

/* *ret_made: it was not there before. NULL: errno says why. */
static const char *folder_get(struct cli *cli, const char *scenario_file, const char *out, bool *ret_made)
{
    char when[INSTANT_TEXT_MAX];
    *ret_made = true;
    if (out == NULL) { /* 2026-11-22T15:07:12Z */
        instant_write(when,
                      (struct instant){.ms = (int64_t)(host_wall().ms / MS_PER_MINUTE * MS_PER_MINUTE)});
        const char *name = arena_format(cli->arena, "%s-%.10s-%.2s%.2s", name_of(cli->arena, scenario_file),
                                        when, when + 11, when + 14);
        return name == NULL ? NULL : folder_new(cli->arena, name);
    }
    *ret_made = mkdir(out, 0777) == 0;
    return *ret_made || (errno == EEXIST && is_writable_folder(out)) ? out : NULL;
}

static void say_no_folder(struct cli *cli, const char *out)
{
    (void)cli_fail(cli, EXIT_REFUSED, N_("name a folder that can be made: --out DIR"), "%s: %s",
                   out == NULL ? "." : screen_quiet(cli->arena, bytes_of_text(out)), strerror(errno));
}

const char *report_folder(struct cli *cli, const char *scenario_file, const char *out)
{
    bool made = false;
    const char *folder = folder_get(cli, scenario_file, out, &made);
    if (folder == NULL) {
        say_no_folder(cli, out);
    }
    return folder;
}

bool report_folder_can_be(struct cli *cli, const char *scenario_file, const char *out)
{
    bool made = false;
    const char *folder = folder_get(cli, scenario_file, out, &made);
    if (folder == NULL) {
        say_no_folder(cli, out);
    }
    return folder != NULL && (!made || rmdir(folder) == 0);
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

int report_out_measured(struct cli *cli, const struct drill_measures *measures, const char *folder,
                        const char **ret_main)
{
    struct error error = {.text = "", .words = cli->words};
    int code = folder_make(cli, folder);
    if (code != EXIT_DONE) {
        return code;
    }
    struct arena *arena = arena_new(2 * TEMPLATE_BYTES_MAX + 4 * PATH_BYTES_MAX);
    ensure(arena != NULL);
    struct bytes template = template_read(arena);
    const struct report_of of = {.record = measures->record,
                                 .scenario = measures->scenario,
                                 .measures = measures,
                                 .words = cli->words};
    bool good = report_write(&of, folder, template, &error);
    if (ret_main != NULL) {
        *ret_main =
            arena_format(cli->arena, "%s/%s", folder, template.size != 0 ? "report.html" : "report.json");
    }
    arena_free(arena);
    return good ? EXIT_DONE : say_unwritten(cli, &error);
}

int report_out(struct cli *cli, const struct scenario *scenario, const struct drill_record *record,
               const char *folder, const char **ret_main)
{
    struct drill_measures *measures = measures_new(record, scenario);
    int code = report_out_measured(cli, measures, folder, ret_main);
    measures_free(measures);
    return code;
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
