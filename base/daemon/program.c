/* SPDX-License-Identifier: Apache-2.0 */
#define _XOPEN_SOURCE 700 /* realpath */
#include "base/daemon/program.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/daemon/host.h"
#include "base/daemon/logger.h"
#include "base/daemon/record_key.h"
#include "base/log.h"

#define MINISIG_FILE_MAX ((size_t)10240)
#define ROSTER_FILE_MAX  ((size_t)4 * 1024 * 1024)
#define ROSTER_ARENA_MAX (ROSTER_FILE_MAX * 3) /* the text, and room for reading it */

static _Noreturn void usage_error(const struct program *program, const char *what, const char *which)
{
    (void)fprintf(stderr, "%s: %s%s%s; try: %s --help\n", program->name, what, which[0] == '\0' ? "" : " ",
                  which, program->name);
    exit(EXIT_USAGE);
}

static _Noreturn void print_help(const struct program *program)
{
    struct arena *arena = arena_new(CONFIG_BYTES_MAX);
    char *sample = arena == NULL ? NULL : config_sample(program->table, arena);
    (void)printf(
        "usage: %s -C DIR [--record FILE [--record-key KEY] [--record-max SIZE]]\n\n%s\nRuns in the "
        "foreground and logs to standard error, one logfmt line "
        "an event.\n\n"
        "  -C DIR             the directory it lives in (else COMITY_DIR)\n"
        "  --record FILE      record all that it is given into this new file, for comity world replay\n"
        "  --record-key KEY   seal the record to this key: 64 hexadecimal digits or a .pub file; without\n"
        "                     it only exercises are recorded\n"
        "  --record-max SIZE  end the record before it is larger than that (1GiB)\n"
        "  --sample-config    print %s with every key and its default\n"
        "  --version          print the version\n"
        "  --help             print this\n\n"
        "In DIR:\n%s\n"
        "Signals: TERM and INT end it after the present turn, HUP reads new roster versions.\n"
        "Exit codes: 0 ended by signal, 1 failed (a restart continues), 2 usage.\n\n"
        "Keys of %s:\n%s",
        program->name, program->does, program->config, program->lives_in, program->config,
        sample == NULL ? "" : sample);
    arena_free(arena);
    exit(EXIT_DONE);
}

static _Noreturn void print_sample(const struct program *program)
{
    struct arena *arena = arena_new(CONFIG_BYTES_MAX);
    char *sample = arena == NULL ? NULL : config_sample(program->table, arena);
    (void)fputs(sample == NULL ? "" : sample, stdout);
    arena_free(arena);
    exit(EXIT_DONE);
}

/* The argument of the option at *at. */
static const char *argument_of(const struct program *program, int argc, char **argv, int *at)
{
    if (*at + 1 >= argc) {
        usage_error(program, "there is nothing after", argv[*at]);
    }
    return argv[++*at];
}

static uint64_t size_of(const struct program *program, const char *text)
{
    uint64_t bytes = 0;
    if (!config_read_size(bytes_of_text(text), &bytes) || bytes < RECORD_FILE_BYTES_MIN ||
        bytes > INT64_MAX) {
        usage_error(program, "--record-max is a size from 1MiB, not", text);
    }
    return bytes;
}

/* Fills in what to record; returns the directory. */
static const char *read_arguments(const struct program *program, int argc, char **argv,
                                  struct record_wish *ret)
{
    const char *directory = getenv("COMITY_DIR");
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
            print_help(program);
        } else if (strcmp(word, "--version") == 0) {
            (void)printf("%s %s\n", program->name, COMITY_VERSION);
            exit(EXIT_DONE);
        } else if (strcmp(word, "--sample-config") == 0) {
            print_sample(program);
        } else if (strcmp(word, "--record") == 0) {
            ret->file = argument_of(program, argc, argv, &i);
        } else if (strcmp(word, "--record-key") == 0) {
            ret->key = argument_of(program, argc, argv, &i);
        } else if (strcmp(word, "--record-max") == 0) {
            ret->bytes_max = size_of(program, argument_of(program, argc, argv, &i));
        } else if (strcmp(word, "-C") == 0) {
            directory = argument_of(program, argc, argv, &i);
        } else if (strncmp(word, "-C", 2) == 0) {
            directory = word + 2;
        } else {
            usage_error(program, word[0] == '-' ? "there is no option" : "too many arguments:", word);
        }
    }
    if (directory == NULL || directory[0] == '\0') {
        usage_error(program, "no directory given: -C DIR or COMITY_DIR", "");
    }
    if (ret->file == NULL && (ret->key != NULL || ret->bytes_max != 0)) {
        usage_error(program, "--record-key and --record-max go with --record FILE", "");
    }
    return directory;
}

char *program_directory(const struct program *program, int argc, char **argv, struct record_wish *ret_wish)
{
    struct record_wish wish = {.file = NULL};
    const char *given = read_arguments(program, argc, argv, &wish);
    char *absolute = realpath(given, NULL);
    struct stat status;
    if (absolute == NULL || stat(absolute, &status) != 0 || !S_ISDIR(status.st_mode)) {
        (void)fprintf(stderr, "%s: %s: %s; make a network first: comity network new DIR\n", program->name,
                      given, absolute == NULL ? strerror(errno) : "not a directory");
        free(absolute);
        exit(EXIT_REFUSED);
    }
    *ret_wish = wish;
    return absolute;
}

struct record *program_record(const struct program *program, const struct record_wish *wish,
                              struct logger *logger, struct error *error)
{
    uint8_t key[RECORD_KEY_BYTES];
    if (wish->key != NULL && !record_key_public(wish->key, key, error)) {
        return NULL;
    }
    const struct record_options options = {
        .path = wish->file,
        .key = wish->key == NULL ? NULL : key,
        .bytes_max = wish->bytes_max == 0 ? RECORD_FILE_BYTES_SET : wish->bytes_max,
        .program = program->name,
        .logger = logger,
    };
    return record_open(&options, error);
}

bool program_configure(const struct program *program, const char *directory, void *ret, struct arena *arena,
                       struct error *error)
{
    struct faults faults;
    struct bytes text;
    char *path = program_path(arena, directory, program->config);
    if (path == NULL) {
        error_set(error, "no memory");
        return false;
    }
    struct error cause = {.text = ""};
    enum files_outcome outcome = files_read(path, CONFIG_BYTES_MAX, arena, &text, &cause);
    if (outcome == FILES_ABSENT) {
        error_set(
            error,
            "%s is not there; make a network with: comity network new, or this file with: %s --sample-config",
            path, program->name);
        return false;
    }
    if (outcome != FILES_OK) {
        error_set(error, "%s", cause.text);
        return false;
    }
    faults_init(&faults, arena);
    if (config_read(program->table, text, ret, arena, &faults)) {
        return true;
    }
    char all[sizeof error->text] = "no memory"; /* unless a fault says otherwise */
    size_t used = 0;
    for (size_t i = 0; i < faults.count && used < sizeof all; i++) {
        int added =
            snprintf(all + used, sizeof all - used, "%s%s%s%s", i == 0 ? "" : "; ", faults.list[i].path,
                     faults.list[i].path[0] == '\0' ? "" : ": ", faults.list[i].text);
        used += added < 0 ? 0 : (size_t)added;
    }
    error_set(error, "%s: %s", path, all);
    return false;
}

struct logger *program_logger(const struct program *program, const char *word, struct error *error)
{
    enum log_level level = LOG_INFO;
    if (!logger_level_read(word, &level)) {
        error_set(error, "%s: log = %s is no level; use error, warning, notice, info or debug",
                  program->config, word);
        return NULL;
    }
    struct logger *logger = logger_new(2, level);
    if (logger == NULL) {
        error_set(error, "no memory");
    }
    return logger;
}

bool program_exercise_clock(const struct program *program, const char *text, struct exercise_clock *ret,
                            struct error *error)
{
    if (exercise_clock_read(text, ret)) {
        return true;
    }
    error_set(
        error,
        "%s: exercise_clock = %s is no clock; write a moment, the time shown from then on and how many "
        "times as fast it runs (1 to %d), such as 2026-11-23T08:00:00Z 2026-12-01T06:00:00Z 60, or none",
        program->config, text, EXERCISE_CLOCK_RATE_MAX);
    return false;
}

bool program_keep_clock(const struct program *program, const struct exercise_clock *clock, bool held,
                        bool exercises_only, struct error *error)
{
    if (clock->rate == 0 || !held) {
        return true;
    }
    if (!exercises_only) {
        error_set(
            error,
            "%s: exercise_clock is for networks whose roster is of exercises only, and the one in force "
            "is not: remove that line",
            program->config);
        return false;
    }
    host_exercise(*clock);
    return true;
}

char *program_path(struct arena *arena, const char *directory, const char *name)
{
    return name[0] == '/' ? arena_format(arena, "%s", name) : arena_format(arena, "%s/%s", directory, name);
}

enum files_outcome program_roster_file(const char *directory, uint64_t version, struct arena *arena,
                                       struct roster_file *ret, struct error *error)
{
    const char *const *names = NULL;
    size_t count = 0;
    char *folder = arena_format(arena, "%s/%" PRIu64, directory, version);
    char *path = folder == NULL ? NULL : arena_format(arena, "%s/roster.json", folder);
    if (path == NULL) {
        error_set(error, "no memory");
        return FILES_FAILED;
    }
    enum files_outcome outcome = files_read(path, ROSTER_FILE_MAX, arena, &ret->json, error);
    if (outcome == FILES_OK) {
        outcome = files_list(folder, ".minisig", arena, &names, &count, error);
    }
    ret->count = 0;
    for (size_t i = 0; outcome == FILES_OK && i < count && ret->count < ROSTER_FILE_MINISIGS_MAX; i++) {
        char *minisig = arena_format(arena, "%s/%s", folder, names[i]);
        if (minisig == NULL) {
            error_set(error, "no memory");
            return FILES_FAILED;
        }
        outcome = files_read(minisig, MINISIG_FILE_MAX, arena, &ret->minisigs[ret->count++], error);
    }
    return outcome;
}

static void tell_refused(struct logger *logger, uint64_t version, const char *code, const struct error *error)
{
    struct log_line line;
    log_line_init(&line);
    log_number(&line, "version", (int64_t)version);
    if (code != NULL) {
        log_text(&line, "code", bytes_of_text(code));
    }
    log_text(&line, "cause", bytes_of_text(error->text));
    logger_event(logger, LOG_ERROR, "roster.refused", "%s", line.text);
}

enum door program_rosters(const char *directory, uint64_t version, struct roster_taker taker,
                          struct logger *logger)
{
    enum door door = DOOR_OK;
    enum files_outcome found = FILES_OK;
    const char *refused = NULL;
    for (; door == DOOR_OK && found == FILES_OK && refused == NULL; version++) {
        struct error error = {.text = ""};
        struct roster_file file;
        struct arena *arena = arena_new(ROSTER_ARENA_MAX);
        if (arena == NULL) {
            error_set(&error, "no memory");
            found = FILES_FAILED;
        } else {
            found = program_roster_file(directory, version, arena, &file, &error);
        }
        if (found == FILES_OK) {
            door = taker.offer(taker.context, &file, &refused, &error);
        }
        arena_free(arena);
        if (found == FILES_FAILED || refused != NULL) {
            tell_refused(logger, version, refused, &error);
        }
    }
    return door;
}
