/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/cli/sweep_play.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/ensure.h"
#include "drills/cli/scenario_arguments.h"
#include "drills/cli/words.h"
#include "drills/cli/world_setup.h"
#include "drills/play/workers.h"
#include "nodes/cli/screen.h"

#define RUN_SECONDS_MAX      (UINT64_C(12) * 3600)
#define RUN_MEMORY_BYTES_MAX (UINT64_C(16) << 30) /* of addresses */
#define SAID_BYTES_MAX       4096
#define LINE_BYTES           ((size_t)64 * 1024)
#define KEPT_MODE            0666

struct playing {
    const struct sweep_play *of;
    struct arena *line; /* texts of the line of progress */
    struct todo {
        size_t point, run;
    } * todo;
    size_t todo_count, done;
    uint64_t started_ms, done_ms; /* done_ms: when the last run ended, since the start */
    bool shown;                   /* a line of progress stands on the terminal */
    int kept;                     /* descriptor; -1: none */
    int code;
};

/* --- Ctrl-C --- */

static volatile sig_atomic_t interrupted;

static void interrupt(int signal)
{
    interrupted = signal;
}

/* --- a run, in a process of its own --- */

static void say_failed(FILE *said, const char *text)
{
    (void)fprintf(said, "%s\n", text);
    (void)fflush(said);
    _exit(EXIT_REFUSED);
}

static char *played_line(const struct playing *p, const struct scenario *scenario, uint64_t seed, FILE *said,
                         size_t *ret_size)
{
    struct error error = {.text = "", .words = p->of->cli->words};
    struct conduct_result result;
    uint8_t transcript[32];
    struct drill_record *record = record_new();
    const struct conduct_setup setup = world_setup_of(scenario, seed, "");
    if (!conduct_world(&setup, record, &result, &error)) {
        say_failed(said, error.text);
    }
    record_hash(record, transcript);
    struct drill_measures *measures = measures_new(record, scenario);
    const struct report_of of = {.record = record, .scenario = scenario, .measures = measures};
    json_t *numbers = report_numbers(&of);
    char *line = sweep_line(scenario->hash, seed, words_build(), transcript, numbers, ret_size);
    json_decref(numbers);
    return line;
}

/* The process ends after it: nothing is given back. */
static struct bytes work(void *context, uint64_t task, unsigned round, FILE *said)
{
    const struct playing *p = context;
    const struct todo *todo = &p->todo[task];
    struct arena *arena = arena_new(SCENARIO_ARENA_BYTES);
    ensure(arena != NULL && round == 0);
    const char *const *sets = sweep_grid_sets(p->of->grid, todo->point, arena);
    int code = EXIT_DONE;
    ensure(sets != NULL);
    const struct scenario *scenario =
        scenario_of_sets(p->of->cli, p->of->file, sets, p->of->grid->count, arena, &code);
    if (scenario == NULL) { /* it was good when the sweep began */
        say_failed(said, say(p->of->cli->words, N_("the scenario was changed while it was played")));
        return bytes_of(NULL, 0);
    }
    size_t size = 0;
    char *line = played_line(p, scenario, p->of->seed + todo->run, said, &size);
    return bytes_of(line, size);
}

/* --- what came of it --- */

static void clear_line(struct playing *p)
{
    if (p->shown) {
        (void)fprintf(stderr, "\r%-79s\r", "");
        (void)fflush(stderr);
        p->shown = false;
    }
}

/*
 * Each point has had as many runs as the others by now, so that what is left takes as long as what was played. Reckoned when a run
 * ends: while none does, the time that is left goes down.
 */
static void look(void *context)
{
    struct playing *p = context;
    const struct catalogue *words = p->of->cli->words;
    uint64_t passed_ms = host_mono().ms - p->started_ms;
    if (!p->of->cli->terminal || p->of->cli->json || passed_ms == 0) {
        return;
    }
    uint64_t rest_ms = p->done == 0 ? 0 : (p->todo_count - p->done) * p->done_ms / p->done;
    uint64_t since_ms = passed_ms - p->done_ms;
    uint64_t left_ms = rest_ms > since_ms ? rest_ms - since_ms : 0;
    uint64_t a_minute_tenth = p->done_ms == 0 ? 0 : p->done * 600000 / p->done_ms;
    const char *text = arena_format(
        p->line, say(words, N_("%s of %s runs, %llu.%llu a minute, %s left")), words_number(p->line, p->done),
        words_number(p->line, p->todo_count), (unsigned long long)a_minute_tenth / 10,
        (unsigned long long)a_minute_tenth % 10, p->done == 0 ? "?" : words_span(p->line, words, left_ms));
    (void)fprintf(stderr, "\r%s    ", text == NULL ? "?" : text);
    (void)fflush(stderr);
    p->shown = true;
    arena_reset(p->line);
}

/* Which run it was, and how it is looked at. */
static const char *command_of(struct playing *p, const struct todo *todo)
{
    struct arena *arena = p->of->cli->arena;
    const char *const *sets = sweep_grid_sets(p->of->grid, todo->point, arena);
    return sets == NULL ? ""
                        : words_command(arena, "drill run", p->of->file, sets, p->of->grid->count,
                                        p->of->seed + todo->run);
}

static enum work_next fail(struct playing *p, const struct work_end *end)
{
    struct cli *cli = p->of->cli;
    char said[SAID_BYTES_MAX + 1];
    clear_line(p);
    (void)fflush(end->said);
    rewind(end->said);
    said[fread(said, 1, SAID_BYTES_MAX, end->said)] = '\0';
    said[strcspn(said, "\n")] = '\0';
    const char *why =
        end->outcome == WORK_HUNG ? cli_text(cli, "it did not end within %s",
                                             words_span(cli->arena, cli->words, RUN_SECONDS_MAX * 1000))
        : end->outcome == WORK_KILLED
            ? cli_text(cli, "its process ended by signal %d (%s)", end->status, strsignal(end->status))
        : said[0] != '\0' ? screen_quiet(cli->arena, bytes_of_text(said))
                          : cli_text(cli, "its process ended with exit code %d", end->status);
    const char *next = cli_text(cli, "look at it: %s", command_of(p, &p->todo[end->task]));
    p->code = cli_fail(cli, EXIT_REFUSED, next, "a run failed: %s", why);
    return WORK_STOP;
}

static bool keep(struct playing *p, struct bytes line)
{
    while (p->kept >= 0 && line.size != 0) {
        ssize_t size = write(p->kept, line.data, line.size);
        if (size < 0 && errno != EINTR) {
            return false;
        }
        line = bytes_of(line.data + (size < 0 ? 0 : size), line.size - (size < 0 ? 0 : (size_t)size));
    }
    return true;
}

static enum work_next ended(void *context, const struct work_end *end)
{
    struct playing *p = context;
    if (end->outcome != WORK_TOLD) {
        return fail(p, end);
    }
    enum sweep_taken taken = sweep_take(p->of->sweep, end->told);
    if (taken == SWEEP_FULL) {
        clear_line(p);
        p->code = cli_fail(p->of->cli, EXIT_REFUSED, N_("take fewer points or runs"),
                           "these are more numbers than a sweep holds");
        return WORK_STOP;
    }
    if (taken != SWEEP_TAKEN) {
        clear_line(p);
        p->code = cli_fail(p->of->cli, EXIT_REFUSED, N_("begin anew"),
                           "the scenario was changed while it was played");
        return WORK_STOP;
    }
    p->done++;
    p->done_ms = host_mono().ms - p->started_ms;
    if (!keep(p, end->told)) {
        clear_line(p);
        p->code = cli_fail(p->of->cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s: %s",
                           screen_quiet(p->of->cli->arena, bytes_of_text(p->of->kept)), strerror(errno));
        return WORK_STOP;
    }
    return WORK_ON;
}

/* One run of each point after the other, so that what ends early has as many of each. */
static void list_todo(struct playing *p)
{
    for (size_t run = 0; run < p->of->runs; run++) {
        for (size_t point = 0; point < p->of->grid->points; point++) {
            if (sweep_is_first(p->of->sweep, point) && !sweep_has(p->of->sweep, point, run)) {
                p->todo[p->todo_count++] = (struct todo){.point = point, .run = run};
            }
        }
    }
}

static void play_all(struct playing *p)
{
    struct error error = {.text = "", .words = p->of->cli->words};
    struct sigaction before, ends = {.sa_handler = interrupt};
    const struct workers_options workers = {.first = 0,
                                            .last = p->todo_count - 1,
                                            .jobs = p->of->jobs,
                                            .told_bytes_max = SWEEP_LINE_BYTES_MAX,
                                            .cpu_seconds_max = RUN_SECONDS_MAX,
                                            .wall_ms_max = RUN_SECONDS_MAX * 1000,
                                            .memory_bytes_max = RUN_MEMORY_BYTES_MAX,
                                            .stop = &interrupted,
                                            .context = p,
                                            .work = work,
                                            .ended = ended,
                                            .look = look};
    (void)sigemptyset(&ends.sa_mask);
    interrupted = 0;
    (void)sigaction(SIGINT, &ends, &before);
    p->started_ms = host_mono().ms;
    bool good = workers_run(&workers, &error);
    (void)sigaction(SIGINT, &before, NULL);
    clear_line(p);
    if (!good) {
        p->code = cli_fail(p->of->cli, EXIT_REFUSED, N_("try fewer: --jobs 1"), "%s", error.text);
    }
}

/* -1: p->code says why. */
static int keeping(struct playing *p, const char *path)
{
    int file = files_append_lines(path, KEPT_MODE);
    if (file < 0) {
        p->code = cli_fail(p->of->cli, EXIT_REFUSED, N_("is there room, and may it be written?"), "%s: %s",
                           screen_quiet(p->of->cli->arena, bytes_of_text(path)), strerror(errno));
    }
    return file;
}

int sweep_play(const struct sweep_play *of)
{
    struct playing p = {.of = of, .code = EXIT_DONE, .kept = -1};
    p.line = arena_new(LINE_BYTES);
    p.todo = calloc(of->runs * of->grid->points, sizeof *p.todo);
    ensure(p.line != NULL && p.todo != NULL);
    list_todo(&p);
    if (of->kept != NULL) {
        p.kept = keeping(&p, of->kept);
    }
    if (p.code == EXIT_DONE && p.todo_count != 0) {
        play_all(&p);
    }
    if (p.kept >= 0) {
        (void)close(p.kept);
    }
    free(p.todo);
    arena_free(p.line);
    return p.code;
}
