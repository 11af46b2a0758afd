/* SPDX-License-Identifier: Apache-2.0 */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/daemon/logger.h"
#include "base/daemon/notify.h"
#include "base/daemon/selftest.h"
#include "base/daemon/signals.h"

/* --- a directory of its own for each test, and a path in it --- */

struct place {
    char directory[64];
    char path[128];
    struct arena *arena;
};

static const char *in(struct place *place, const char *name)
{
    (void)snprintf(place->path, sizeof place->path, "%s/%s", place->directory, name);
    return place->path;
}

static int make_place(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    (void)snprintf(place->directory, sizeof place->directory, "/tmp/comity-daemon-XXXXXX");
    assert_non_null(mkdtemp(place->directory));
    place->arena = arena_new(1 << 20);
    assert_non_null(place->arena);
    *state = place;
    return 0;
}

static int remove_place(void **state)
{
    struct place *place = *state;
    const char *const *names = NULL;
    size_t count = 0;
    struct error error = {.text = ""};
    (void)unlink(in(place, "link"));
    (void)unlink(in(place, ".hidden"));
    (void)rmdir(in(place, "folder"));
    arena_reset(place->arena);
    assert_int_equal(files_list(place->directory, "", place->arena, &names, &count, &error), FILES_OK);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(unlink(in(place, names[i])), 0);
    }
    assert_int_equal(rmdir(place->directory), 0); /* fails if a temporary file was left behind */
    arena_free(place->arena);
    free(place);
    return 0;
}

static bool write_text(struct place *place, const char *name, const char *text, struct error *error)
{
    return files_write_atomic(in(place, name), bytes_of_text(text), 0600, error);
}

/* --- files --- */

static void what_was_written_is_read(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct bytes got;
    assert_true(write_text(place, "roster", "first", &error));
    assert_true(write_text(place, "roster", "second version", &error));
    assert_int_equal(files_read(in(place, "roster"), 14, place->arena, &got, &error), FILES_OK);
    assert_int_equal(got.size, 14);
    assert_string_equal((const char *)got.data, "second version");
    assert_true(write_text(place, "roster", "", &error));
    assert_int_equal(files_read(in(place, "roster"), 0, place->arena, &got, &error), FILES_OK);
    assert_int_equal(got.size, 0);
}

/* So many pieces of so many bytes, each of its own letter; then no more, if it is to fail. */
struct pieces_said {
    size_t pieces, piece_bytes;
    bool fails;
};

static bool say_pieces(const void *context, files_put *put, void *out)
{
    const struct pieces_said *said = context;
    static char piece[200000];
    bool good = true;
    for (size_t i = 0; i < said->pieces && good; i++) {
        memset(piece, 'a' + (int)(i % 26), said->piece_bytes);
        good = put(out, piece, said->piece_bytes);
    }
    errno = said->fails ? ENOTSUP : errno;
    return good && !said->fails;
}

static void what_is_said_piece_by_piece_is_written_whole_or_not_at_all(void **state)
{
    struct place *place = *state;
    static const size_t sizes[] = {0, 1, 7, 4096, 65535, 65536, 65537, 200000};
    struct error error = {.text = ""};
    struct bytes got;
    struct arena *arena = arena_new((size_t)32 << 20);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        const struct pieces_said said = {.pieces = 20, .piece_bytes = sizes[i]};
        arena_reset(arena);
        assert_true(files_fill_atomic(in(place, "roster"), say_pieces, &said, 0600, &error));
        assert_int_equal(files_read(in(place, "roster"), (size_t)8 << 20, arena, &got, &error), FILES_OK);
        assert_int_equal(got.size, said.pieces * said.piece_bytes);
        for (size_t at = 0; at < got.size; at++) {
            assert_int_equal(got.data[at], 'a' + at / said.piece_bytes % 26);
        }
    }
    const struct pieces_said fails = {.pieces = 20, .piece_bytes = 4096, .fails = true};
    assert_false(files_fill_atomic(in(place, "roster"), say_pieces, &fails, 0600, &error));
    assert_non_null(strstr(error.text, strerror(ENOTSUP)));
    arena_reset(arena);
    assert_int_equal(files_read(in(place, "roster"), (size_t)8 << 20, arena, &got, &error), FILES_OK);
    assert_int_equal(got.size, 20 * 200000); /* as before, and nothing beside it: remove_place */
    arena_free(arena);
}

/* A disk that is full after so many bytes: in a write of pieces together, in one of a large piece, in the last one. */
static void what_is_said_to_a_full_disk_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    static const struct {
        struct pieces_said said;
        size_t room;
    } cases[] = {{{.pieces = 40, .piece_bytes = 4096}, 100000},
                 {{.pieces = 3, .piece_bytes = 200000}, 300000},
                 {{.pieces = 2, .piece_bytes = 1000}, 1500},
                 {{.pieces = 20, .piece_bytes = 4096}, 65536}};
    struct error error = {.text = ""};
    struct bytes got;
    struct rlimit before;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_true(write_text(place, "roster", "the old one", &error));
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct rlimit little = {.rlim_cur = cases[i].room, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        bool written = files_fill_atomic(in(place, "roster"), say_pieces, &cases[i].said, 0600, &error);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_false(written);
        assert_non_null(strstr(error.text, strerror(EFBIG)));
        assert_int_equal(files_read(in(place, "roster"), 100, place->arena, &got, &error), FILES_OK);
        assert_true(bytes_equal(got, bytes_of_text("the old one")));
    }
    (void)signal(SIGXFSZ, handler);
}

/* Says that all is well, whatever put returned. */
static bool overlook(const void *context, files_put *put, void *out)
{
    (void)say_pieces(context, put, out);
    return true;
}

static void a_put_that_failed_is_not_forgotten(void **state)
{
    struct place *place = *state;
    const struct pieces_said said = {.pieces = 40, .piece_bytes = 4096};
    struct error error = {.text = ""};
    struct rlimit before;
    struct bytes got;
    assert_true(write_text(place, "roster", "the old one", &error));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    const struct rlimit little = {.rlim_cur = 100000, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
    bool written = files_fill_atomic(in(place, "roster"), overlook, &said, 0600, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_false(written);
    assert_non_null(strstr(error.text, strerror(EFBIG)));
    assert_int_equal(files_read(in(place, "roster"), 100, place->arena, &got, &error), FILES_OK);
    assert_true(bytes_equal(got, bytes_of_text("the old one")));
}

static void temporary_files_lie_where_the_environment_says(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    const char *given = getenv("TMPDIR");
    char *before = given == NULL ? NULL : strdup(given);
    assert_int_equal(setenv("TMPDIR", place->directory, 1), 0);
    assert_string_equal(files_temporary(), place->directory);
    int fd = files_unnamed(files_temporary(), &error);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "x", 1), 1);
    struct stat status;
    assert_int_equal(fstat(fd, &status), 0);
    assert_int_equal(status.st_nlink, 0); /* nothing of it is left in the place: remove_place */
    assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
    (void)close(fd);
    assert_int_equal(setenv("TMPDIR", "relative", 1), 0);
    assert_string_equal(files_temporary(), "/tmp");
    assert_int_equal(files_unnamed(in(place, "none"), &error), -1);
    assert_non_null(strstr(error.text, "cannot make a temporary file in"));
    assert_non_null(strstr(error.text, "set TMPDIR"));
    assert_int_equal(before == NULL ? unsetenv("TMPDIR") : setenv("TMPDIR", before, 1), 0);
    free(before);
}

static void mode_is_exact_whatever_the_umask(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct stat status;
    mode_t before = umask(077);
    assert_true(files_write_atomic(in(place, "public"), bytes_of_text("x"), 0644, &error));
    (void)umask(0);
    assert_true(files_write_atomic(in(place, "secret"), bytes_of_text("x"), 0600, &error));
    (void)umask(before);
    assert_int_equal(stat(in(place, "public"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0644);
    assert_int_equal(stat(in(place, "secret"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void symbolic_link_is_refused(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct bytes got;
    char target[128];
    assert_true(write_text(place, "target", "untouched", &error));
    (void)snprintf(target, sizeof target, "%s", in(place, "target"));
    assert_int_equal(symlink(target, in(place, "link")), 0);
    assert_int_equal(files_read(in(place, "link"), 100, place->arena, &got, &error), FILES_FAILED);
    assert_non_null(strstr(error.text, "symbolic link"));
    error.text[0] = '\0';
    assert_false(write_text(place, "link", "over the link", &error));
    assert_non_null(strstr(error.text, "symbolic link"));
    assert_int_equal(files_read(target, 100, place->arena, &got, &error), FILES_OK);
    assert_string_equal((const char *)got.data, "untouched");
}

static void what_is_no_plain_file_is_refused(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct bytes got;
    assert_int_equal(mkdir(in(place, "folder"), 0700), 0);
    assert_int_equal(files_read(in(place, "folder"), 100, place->arena, &got, &error), FILES_FAILED);
    assert_false(write_text(place, "folder", "x", &error));
    assert_int_equal(mkfifo(in(place, "link"), 0600), 0); /* a pipe without a writer must not hold us up */
    assert_int_equal(files_read(in(place, "link"), 100, place->arena, &got, &error), FILES_FAILED);
}

static void too_large_and_absent_are_told_apart(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct bytes got = bytes_of_text("before");
    assert_int_equal(files_read(in(place, "none"), 100, place->arena, &got, &error), FILES_ABSENT);
    assert_non_null(strstr(error.text, place->path));
    error.text[0] = '\0';
    assert_true(write_text(place, "large", "123456", &error));
    assert_int_equal(files_read(in(place, "large"), 5, place->arena, &got, &error), FILES_FAILED);
    assert_non_null(strstr(error.text, "larger than 5 bytes"));
    assert_string_equal((const char *)got.data, "before");
    error.text[0] = '\0';
    assert_false(files_write_atomic(in(place, "folder/x"), bytes_of_text("x"), 0600, &error));
    assert_non_null(strstr(error.text, place->path));
}

/* The temporary file cannot be as large as the limit, so the write fails half-way: the old file stands, alone. */
static void failed_write_leaves_the_old_file(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct rlimit before;
    struct bytes got;
    static uint8_t large[8192];
    assert_true(write_text(place, "roster", "old", &error));
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    struct rlimit small = {.rlim_cur = 4096, .rlim_max = before.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &small), 0);
    bool written = files_write_atomic(in(place, "roster"), bytes_of(large, sizeof large), 0600, &error);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
    (void)signal(SIGXFSZ, handler);
    assert_false(written);
    assert_int_equal(files_read(in(place, "roster"), 100, place->arena, &got, &error), FILES_OK);
    assert_string_equal((const char *)got.data, "old");
}

static void list_is_sorted_and_only_of_the_suffix(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    const char *const *names = NULL;
    size_t count = 0;
    static const char *const made[] = {"b.json", "a.json", "C.json", "a.json.minisig", "json", ".hidden"};
    for (size_t i = 0; i < sizeof made / sizeof made[0]; i++) {
        assert_true(write_text(place, made[i], "x", &error));
    }
    assert_int_equal(symlink("a.json", in(place, "link")), 0);
    assert_int_equal(mkdir(in(place, "folder"), 0700), 0);
    assert_int_equal(files_list(place->directory, ".json", place->arena, &names, &count, &error), FILES_OK);
    assert_int_equal(count, 3);
    assert_string_equal(names[0], "C.json");
    assert_string_equal(names[1], "a.json");
    assert_string_equal(names[2], "b.json");
    assert_int_equal(files_list(place->directory, "", place->arena, &names, &count, &error), FILES_OK);
    assert_int_equal(count, 5);
    assert_int_equal(files_list(in(place, "none"), "", place->arena, &names, &count, &error), FILES_ABSENT);
}

static void second_lock_is_refused_and_names_the_first(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    char pid[32];
    int first = files_lock(in(place, "lock"), &error);
    assert_true(first >= 0);
    assert_int_equal(files_lock(in(place, "lock"), &error), -1);
    (void)snprintf(pid, sizeof pid, "(%ld)", (long)getpid());
    assert_non_null(strstr(error.text, pid));
    assert_non_null(strstr(error.text, place->path));
    assert_int_equal(close(first), 0);
    int again = files_lock(in(place, "lock"), &error);
    assert_true(again >= 0);
    assert_int_equal(close(again), 0);
}

/* The power went while a line was written. */
static void a_line_that_was_cut_short_spoils_no_other(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    struct bytes got;
    static const char *const lines[] = {"one\n", "tw", "three\n"};
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        int fd = files_append_lines(in(place, "lines"), 0600);
        assert_true(fd >= 0);
        assert_int_equal(write(fd, lines[i], strlen(lines[i])), strlen(lines[i]));
        assert_int_equal(close(fd), 0);
    }
    assert_int_equal(files_read(in(place, "lines"), 100, place->arena, &got, &error), FILES_OK);
    assert_true(bytes_equal(got, bytes_of_text("one\ntw\nthree\n")));
    assert_int_equal(symlink("lines", in(place, "link")), 0);
    assert_int_equal(files_append_lines(in(place, "link"), 0600), -1);
}

static void free_space_is_known(void **state)
{
    struct place *place = *state;
    struct error error = {.text = ""};
    uint64_t bytes = 0;
    assert_true(files_free_space(place->directory, &bytes, &error));
    assert_true(bytes > 0);
    assert_false(files_free_space(in(place, "none"), &bytes, &error));
}

/* --- signals --- */

static void signals_are_taken_in_turn(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    int fd = signals_open(&error);
    assert_true(fd >= 0);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_NONE);
    assert_int_equal(raise(SIGHUP), 0);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_RELOAD);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_NONE);
    assert_int_equal(raise(SIGTERM), 0);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_STOP);
    assert_int_equal(raise(SIGINT), 0);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_STOP);
    assert_int_equal(signals_next(fd), HOST_SIGNAL_NONE);
    assert_int_equal(close(fd), 0);
}

/* --- the log: read back through a pipe --- */

struct pipe_log {
    int read_end, write_end;
    struct logger *logger;
    char text[3 * LOGGER_LINE_BYTES_MAX];
};

static void pipe_open(struct pipe_log *log, enum log_level threshold)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    log->read_end = ends[0];
    log->write_end = ends[1];
    assert_int_equal(fcntl(ends[0], F_SETFL, O_NONBLOCK), 0);
    assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
    log->logger = logger_new(ends[1], threshold);
    assert_non_null(log->logger);
}

static void pipe_close(struct pipe_log *log)
{
    logger_free(log->logger);
    assert_int_equal(close(log->read_end), 0);
    assert_int_equal(close(log->write_end), 0);
}

static size_t pipe_read(struct pipe_log *log)
{
    ssize_t size = read(log->read_end, log->text, sizeof log->text - 1);
    log->text[size < 0 ? 0 : size] = '\0';
    return size < 0 ? 0 : (size_t)size;
}

static void turn_is_logged_line_by_line_with_its_clock(void **state)
{
    (void)state;
    struct pipe_log log;
    pipe_open(&log, LOG_INFO);
    struct turn *turn = turn_new(host_turn_source(), 1 << 16);
    assert_non_null(turn);
    turn_begin(turn, (wall_ms){.ms = UINT64_C(1795290055007)}, (mono_ms){.ms = 1});
    turn_log(turn, LOG_INFO, "envelope.accepted", "from=%s bytes=%d", "XA/poc", 17);
    turn_log(turn, LOG_DEBUG, "not.shown", "%s", "");
    turn_log(turn, LOG_ERROR, "store.failed", "%s", "");
    logger_turn(log.logger, turn);
    (void)pipe_read(&log);
    assert_string_equal(
        log.text, "ts=2026-11-21T19:40:55.007Z level=info event=envelope.accepted from=XA/poc bytes=17\n"
                  "ts=2026-11-21T19:40:55.007Z level=error event=store.failed\n");
    turn_free(turn);
    pipe_close(&log);
}

static void line_stays_one_line_whatever_is_in_it(void **state)
{
    (void)state;
    struct pipe_log log;
    pipe_open(&log, LOG_DEBUG);
    logger_event(log.logger, LOG_NOTICE, "link.up", "name=%s",
                 "a\nts=forged\r\t\033[31m\xe2\x80\xae\xff\xc3\xa9");
    size_t size = pipe_read(&log);
    assert_non_null(
        strstr(log.text, "name=a\\x0ats=forged\\x0d\\x09\\x1b[31m\\xe2\\x80\\xae\\xff\xc3\xa9\n"));
    assert_ptr_equal(strchr(log.text, '\n'), log.text + size - 1);
    pipe_close(&log);
}

static void long_line_is_cut_and_ended(void **state)
{
    (void)state;
    static char fields[3 * LOGGER_LINE_BYTES_MAX];
    for (size_t i = 0; i < sizeof fields - 1; i++) {
        fields[i] = i % 2 == 0 ? '\n' : 'x'; /* grows when escaped */
    }
    struct pipe_log log;
    pipe_open(&log, LOG_DEBUG);
    logger_event(log.logger, LOG_INFO, "much", "%s", fields);
    size_t size = pipe_read(&log);
    assert_true(size > LOGGER_LINE_BYTES_MAX / 2 && size <= LOGGER_LINE_BYTES_MAX);
    assert_string_equal(log.text + size - 4, "...\n");
    assert_ptr_equal(strchr(log.text, '\n'), log.text + size - 1);
    pipe_close(&log);
}

static void lost_lines_are_told(void **state)
{
    (void)state;
    struct pipe_log log;
    pipe_open(&log, LOG_INFO);
    int filled = 0;
    while (logger_lost(log.logger) < 3) {
        logger_event(log.logger, LOG_INFO, "fill", "%s", "");
        assert_true(filled++ < 100000);
    }
    while (pipe_read(&log) != 0) {
    }
    logger_event(log.logger, LOG_INFO, "after", "%s", "");
    (void)pipe_read(&log);
    assert_non_null(strstr(log.text, "level=warning event=log.lost lines=3\n"));
    assert_non_null(strstr(log.text, "event=after\n"));
    pipe_close(&log);
}

static void journal_gets_levels_only_on_its_own_stream(void **state)
{
    (void)state;
    char stream[64];
    struct stat status;
    struct pipe_log log;
    pipe_open(&log, LOG_INFO);
    assert_int_equal(fstat(log.write_end, &status), 0);
    (void)snprintf(stream, sizeof stream, "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
    assert_int_equal(setenv("JOURNAL_STREAM", stream, 1), 0);
    struct logger *journal = logger_new(log.write_end, LOG_INFO);
    assert_non_null(journal);
    logger_event(journal, LOG_WARNING, "clock.jumped", "ms=%d", 5);
    (void)pipe_read(&log);
    assert_memory_equal(log.text, "<4>ts=", 6);
    logger_free(journal);
    assert_int_equal(setenv("JOURNAL_STREAM", "1:1", 1), 0);
    struct logger *other = logger_new(log.write_end, LOG_INFO);
    assert_non_null(other);
    logger_event(other, LOG_WARNING, "clock.jumped", "ms=%d", 5);
    (void)pipe_read(&log);
    assert_memory_equal(log.text, "ts=", 3);
    logger_free(other);
    assert_int_equal(unsetenv("JOURNAL_STREAM"), 0);
    pipe_close(&log);
}

static void levels_have_words(void **state)
{
    (void)state;
    enum log_level level = LOG_DEBUG;
    assert_true(logger_level_read("warning", &level));
    assert_int_equal(level, LOG_WARNING);
    assert_false(logger_level_read("loud", &level));
    assert_int_equal(level, LOG_WARNING);
}

/* --- the supervisor --- */

static void supervisor_is_told(void **state)
{
    struct place *place = *state;
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char text[256];
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s/link", place->directory);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(setenv("NOTIFY_SOCKET", address.sun_path, 1), 0);
    notify_ready();
    notify_stopping();
    assert_int_equal(unsetenv("NOTIFY_SOCKET"), 0);
    notify_alive(); /* says nothing to nobody */
    static const char *const told[] = {"READY=1", "STOPPING=1"};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        ssize_t size = recv(fd, text, sizeof text - 1, 0);
        assert_true(size > 0);
        text[size] = '\0';
        assert_string_equal(text, told[i]);
    }
    assert_true(recv(fd, text, sizeof text, 0) < 0);
    assert_int_equal(notify_alive_every_ms(), 0);
    assert_int_equal(close(fd), 0);
}

/* --- the process --- */

static void self_test_passes_here(void **state)
{
    (void)state;
    struct error error = {.text = ""};
    assert_true(sodium_init() >= 0);
    bool passed = selftest_sodium(&error);
    assert_string_equal(error.text, "");
    assert_true(passed);
}

static void clocks_and_randomness_work(void **state)
{
    (void)state;
    mono_ms first = host_mono();
    uint8_t a[32] = {0};
    uint8_t b[32] = {0};
    struct turn_source source = host_turn_source();
    source.random(source.context, a, sizeof a);
    source.random(source.context, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_true(host_mono().ms >= first.ms);
    assert_true(host_wall().ms > UINT64_C(1700000000000));
}

/* Runs in a child; each fault has its own exit status. */
static int harden_and_look(int inherited)
{
    struct error error = {.text = ""};
    struct rlimit core;
    srand(1); /* as a process that never seeds */
    int unseeded = rand();
    srand(1);
    if (!host_harden(&error)) {
        return 1;
    }
    if (fcntl(inherited, F_GETFD) != -1 || errno != EBADF) {
        return 2;
    }
    if (fcntl(0, F_GETFD) == -1 || fcntl(1, F_GETFD) == -1 || fcntl(2, F_GETFD) == -1 ||
        fcntl(3, F_GETFD) != -1) {
        return 3;
    }
    if (getrlimit(RLIMIT_CORE, &core) != 0 || core.rlim_cur != 0 || core.rlim_max != 0) {
        return 4;
    }
    if (prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) != 0 || umask(0) != 077) {
        return 5;
    }
    if (raise(SIGPIPE) != 0 || rand() == unseeded) {
        return 6;
    }
    return 0;
}

static void hardened_process_keeps_nothing_it_inherited(void **state)
{
    (void)state;
    int status = 0;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        int inherited = fcntl(2, F_DUPFD, 40);
        (void)close(0); /* must be filled, or the next file opened becomes standard input */
        _exit(inherited < 0 ? 9 : harden_and_look(inherited));
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

#define in_a_place(test) cmocka_unit_test_setup_teardown(test, make_place, remove_place)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_place(what_was_written_is_read),
        in_a_place(what_is_said_piece_by_piece_is_written_whole_or_not_at_all),
        in_a_place(what_is_said_to_a_full_disk_leaves_the_old_file),
        in_a_place(a_put_that_failed_is_not_forgotten),
        in_a_place(temporary_files_lie_where_the_environment_says),
        in_a_place(mode_is_exact_whatever_the_umask),
        in_a_place(symbolic_link_is_refused),
        in_a_place(what_is_no_plain_file_is_refused),
        in_a_place(too_large_and_absent_are_told_apart),
        in_a_place(failed_write_leaves_the_old_file),
        in_a_place(list_is_sorted_and_only_of_the_suffix),
        in_a_place(second_lock_is_refused_and_names_the_first),
        in_a_place(a_line_that_was_cut_short_spoils_no_other),
        in_a_place(free_space_is_known),
        cmocka_unit_test(signals_are_taken_in_turn),
        cmocka_unit_test(turn_is_logged_line_by_line_with_its_clock),
        cmocka_unit_test(line_stays_one_line_whatever_is_in_it),
        cmocka_unit_test(long_line_is_cut_and_ended),
        cmocka_unit_test(lost_lines_are_told),
        cmocka_unit_test(journal_gets_levels_only_on_its_own_stream),
        cmocka_unit_test(levels_have_words),
        in_a_place(supervisor_is_told),
        cmocka_unit_test(self_test_passes_here),
        cmocka_unit_test(clocks_and_randomness_work),
        cmocka_unit_test(hardened_process_keeps_nothing_it_inherited),
    };
    return cmocka_run_group_tests_name("daemon", tests, NULL, NULL);
}
