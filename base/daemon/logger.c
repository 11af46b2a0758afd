/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/logger.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/instant.h"
#include "base/log.h"
#include "base/text.h"

#define TEXT_BYTES_MAX (LOGGER_LINE_BYTES_MAX - 8) /* room for "..." and the line's end */

struct logger {
    int fd;
    enum log_level threshold;
    bool journal;
    uint64_t lost;
    uint64_t lost_told;
    struct arena *line; /* of the line being written */
};

static const struct {
    enum log_level level;
    const char *word;
} words[] = {
    {LOG_ERROR, "error"}, {LOG_WARNING, "warning"}, {LOG_NOTICE, "notice"},
    {LOG_INFO, "info"},   {LOG_DEBUG, "debug"},
};

static const char *level_word(enum log_level level)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (words[i].level == level) {
            return words[i].word;
        }
    }
    return "error"; /* an unknown level is our bug, and no reason to lose the line */
}

bool logger_level_read(const char *word, enum log_level *ret)
{
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i].word, word) == 0) {
            *ret = words[i].level;
            return true;
        }
    }
    return false;
}

/* JOURNAL_STREAM is "DEVICE:INODE" of the journal's socket; only if it is ours does the journal read our lines. */
static bool is_journal(int fd)
{
    const char *stream = getenv("JOURNAL_STREAM");
    struct stat status;
    char ours[64];
    if (stream == NULL || fstat(fd, &status) != 0) {
        return false;
    }
    (void)snprintf(ours, sizeof ours, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    return strcmp(stream, ours) == 0;
}

struct logger *logger_new(int fd, enum log_level threshold)
{
    struct logger *logger = calloc(1, sizeof *logger);
    struct arena *line = arena_new((size_t)4 * LOGGER_LINE_BYTES_MAX);
    if (logger == NULL || line == NULL) {
        free(logger);
        arena_free(line);
        return NULL;
    }
    *logger = (struct logger){.fd = fd, .threshold = threshold, .journal = is_journal(fd), .line = line};
    return logger;
}

void logger_free(struct logger *logger)
{
    if (logger != NULL) {
        arena_free(logger->line);
        free(logger);
    }
}

/* YYYY-MM-DDTHH:MM:SS.mmmZ, always with three decimals, so that lines stand in columns and sort by their text. */
static const char *stamp(char ret[INSTANT_TEXT_MAX], wall_ms at)
{
    int64_t ms = (int64_t)at.ms;
    (void)instant_write(ret, (struct instant){.ms = ms - ms % 1000});
    (void)snprintf(ret + strlen(ret) - 1, 6, ".%03uZ", (unsigned)(at.ms % 1000));
    return ret;
}

static bool put(struct logger *logger, const char *line, size_t size)
{
    ssize_t written = 0;
    do {
        written = write(logger->fd, line, size);
    } while (written < 0 && errno == EINTR);
    return written == (ssize_t)size;
}

static void write_line(struct logger *logger, wall_ms at, enum log_level level, const char *event,
                       const char *fields)
{
    char raw[LOGGER_LINE_BYTES_MAX];
    char time[INSTANT_TEXT_MAX];
    char prefix[8] = "";
    if (logger->journal) {
        (void)snprintf(prefix, sizeof prefix, "<%d>", (int)level);
    }
    (void)snprintf(raw, sizeof raw, "%sts=%s level=%s event=%s%s%s", prefix, stamp(time, at),
                   level_word(level), event, fields[0] == '\0' ? "" : " ", fields);
    arena_reset(logger->line);
    const char *quiet = text_quiet(logger->line, bytes_of_text(raw), TEXT_BYTES_MAX);
    int size = quiet == NULL ? -1 : snprintf(raw, sizeof raw, "%s\n", quiet);
    if (size < 0 || !put(logger, raw, (size_t)size)) {
        logger->lost++;
    }
}

static void write_event(struct logger *logger, wall_ms at, enum log_level level, const char *event,
                        const char *fields)
{
    if (level > logger->threshold) {
        return;
    }
    if (logger->lost > logger->lost_told) {
        char lines[40];
        uint64_t lost = logger->lost;
        (void)snprintf(lines, sizeof lines, "lines=%ju", (uintmax_t)(lost - logger->lost_told));
        write_line(logger, at, LOG_WARNING, "log.lost", lines);
        if (logger->lost > lost) {
            return; /* what was counted stands for this event */
        }
        logger->lost_told = lost;
    }
    write_line(logger, at, level, event, fields);
}

void logger_turn(struct logger *logger, const struct turn *turn)
{
    size_t count = 0;
    const struct logged *logged = turn_logged(turn, &count);
    for (size_t i = 0; i < count; i++) {
        write_event(logger, turn_wall(turn), logged[i].level, logged[i].event, logged[i].fields);
    }
}

void logger_event(struct logger *logger, enum log_level level, const char *event, const char *fields, ...)
{
    char text[LOGGER_LINE_BYTES_MAX];
    va_list args;
    va_start(args, fields);
    (void)vsnprintf(text, sizeof text, fields, args);
    va_end(args);
    write_event(logger, host_wall(), level, event, text);
}

void logger_end(struct logger *logger, const char *event, const char *what, const char *cause)
{
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "what", bytes_of_text(what));
    log_text(&line, "cause", bytes_of_text(cause));
    logger_event(logger, LOG_ERROR, event, "%s", line.text);
}

uint64_t logger_lost(const struct logger *logger)
{
    return logger->lost;
}
