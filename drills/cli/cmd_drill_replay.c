/* SPDX-License-Identifier: Apache-2.0 */
/* A drill once more, for the hot wash: what happened, one line a moment, at a chosen speed. */
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "base/instant.h"
#include "drills/cli/report_load.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/report/player.h"
#include "drills/scenario/files.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"

#define TIMELINE_BYTES ((size_t)1 << 30)
#define LINE_BYTES     ((size_t)64 * 1024)
#define WAIT_MS_MAX    500 /* the line of state is drawn anew */

static const struct option_spec options[] = {
    {"speed", "Nx", false, N_("times as fast as it was: 60x; default: all of it in some two minutes")},
    {"from", "TIME", false, N_("begin there: 2026-11-21T09:00:00Z")},
    {"until", "TIME", false, N_("end there")},
    {NULL, NULL, false, NULL},
};

struct replaying {
    struct cli *cli;
    struct arena *arena; /* of the timeline */
    struct arena *line;  /* of one line */
    struct timeline timeline;
    const struct zone **zones; /* of timeline.zones; NULL: not known here */
    struct player player;
    bool state_shown; /* the last line is that of state */
};

/* --- a moment as a line --- */

/* The clock of the State that it happened in, where that is known: "Fri 10:30". */
static const char *local_text(const struct replaying *r, const struct moment *moment)
{
    static const char *const weekdays[] = {N_("Sun"), N_("Mon"), N_("Tue"), N_("Wed"),
                                           N_("Thu"), N_("Fri"), N_("Sat")};
    size_t size = strcspn(moment->who, "/");
    for (size_t i = 0; i < r->timeline.zone_count; i++) {
        const char *state = r->timeline.zones[i].state;
        if (r->zones[i] != NULL && strlen(state) == size && strncmp(state, moment->who, size) == 0) {
            struct civil c = instant_civil((struct instant){.ms = zone_local_ms(r->zones[i], moment->at_ms)});
            const char *text = arena_format(r->line, "%s %02d:%02d", say(r->cli->words, weekdays[c.weekday]),
                                            c.hour, c.minute);
            return text == NULL ? "" : text;
        }
    }
    return "";
}

static const char *utc_text(const struct replaying *r, uint64_t ms)
{
    struct civil c = instant_civil((struct instant){.ms = (int64_t)ms});
    const char *text = arena_format(r->line, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day, c.hour,
                                    c.minute, c.second);
    return text == NULL ? "?" : text;
}

static void clear_state(struct replaying *r)
{
    if (r->state_shown) {
        (void)printf("\r\033[K");
        r->state_shown = false;
    }
}

static void show(void *context, const struct moment *moment, uint64_t skipped_ms, bool back)
{
    struct replaying *r = context;
    clear_state(r);
    if (skipped_ms != 0) {
        cli_print(r->cli, "  ... %s later\n", words_span(r->line, r->cli->words, skipped_ms));
    }
    (void)printf("%s%s  %-9s  %-10s %s\n", back ? "< " : "", utc_text(r, moment->at_ms),
                 local_text(r, moment), moment->who, moment->text);
    arena_reset(r->line);
}

/* --- on a terminal --- */

static volatile sig_atomic_t ended;

static void end(int signal)
{
    ended = signal;
}

static void show_state(struct replaying *r)
{
    const struct player *p = &r->player;
    const char *speed = arena_format(r->line, "%llux", (unsigned long long)p->speed);
    const char *where = arena_format(r->line, "%zu/%zu", p->next - p->first, p->last - p->first);
    const char *text = speed == NULL || where == NULL
                           ? NULL
                           : arena_format(r->line, "%s  %s  %s  %s",
                                          say(r->cli->words, p->paused ? N_("PAUSE") : N_("PLAY")),
                                          utc_text(r, p->now_ms), speed, where);
    (void)printf("\r\033[K%.*s", SCREEN_COLUMNS - 1, text == NULL ? "?" : text);
    (void)fflush(stdout);
    r->state_shown = true;
    arena_reset(r->line);
}

/* Arrows come as escape sequences; an escape alone is none. False: there is no more to read. */
static bool press(struct replaying *r)
{
    static const struct {
        const char *bytes;
        enum player_key key;
    } keys[] = {{" ", PLAYER_PAUSE},     {"\033[C", PLAYER_NEXT}, {"\033[B", PLAYER_NEXT},
                {"\033[D", PLAYER_BACK}, {"\033[A", PLAYER_BACK}, {"\033OC", PLAYER_NEXT},
                {"\033OD", PLAYER_BACK}, {"+", PLAYER_FASTER},    {"=", PLAYER_FASTER},
                {"-", PLAYER_SLOWER},    {"q", PLAYER_QUIT},      {"Q", PLAYER_QUIT},
                {"\003", PLAYER_QUIT},   {"\004", PLAYER_QUIT}};
    char typed[16] = "";
    ssize_t size = read(STDIN_FILENO, typed, sizeof typed - 1);
    for (size_t at = 0; size > 0 && at < (size_t)size;) {
        size_t length = 1;
        for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
            size_t bytes = strlen(keys[i].bytes);
            if (strncmp(typed + at, keys[i].bytes, bytes) == 0) {
                player_key(&r->player, keys[i].key);
                length = bytes;
            }
        }
        at += length;
    }
    return size > 0;
}

static void play_loop(struct replaying *r)
{
    uint64_t last_ms = host_mono().ms;
    player_pass(&r->player, 0);
    while (!r->player.over && ended == 0) {
        show_state(r);
        uint64_t wait_ms = player_wait_ms(&r->player);
        struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
        int ready =
            poll(&input, 1, r->player.paused ? -1 : (int)(wait_ms < WAIT_MS_MAX ? wait_ms : WAIT_MS_MAX));
        uint64_t now_ms = host_mono().ms;
        player_pass(&r->player, now_ms - last_ms);
        last_ms = now_ms;
        if (ready > 0 && !press(r)) {
            return;
        }
    }
}

/* Keys as they are pressed, and none of them a signal: the terminal is as before when this returns. */
static void play_on_terminal(struct replaying *r)
{
    static const int signals[] = {SIGTERM, SIGHUP, SIGINT};
    struct termios before, keys;
    struct sigaction ends = {.sa_handler = end};
    (void)sigemptyset(&ends.sa_mask);
    if (tcgetattr(STDIN_FILENO, &before) != 0) {
        return;
    }
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++) {
        (void)sigaction(signals[i], &ends, NULL);
    }
    keys = before;
    keys.c_lflag &= ~(tcflag_t)(ICANON | ECHO | ISIG);
    keys.c_cc[VMIN] = 1;
    keys.c_cc[VTIME] = 0;
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &keys);
    (void)printf("%s\n", cli_text(r->cli, "space: pause   arrows: step   + -: speed   q: end"));
    play_loop(r);
    clear_state(r);
    (void)fflush(stdout);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
}

/* --- not on one --- */

static void print_all(struct replaying *r)
{
    while (r->player.next < r->player.last) {
        show(r, &r->timeline.moments[r->player.next++], 0, false);
    }
}

static json_t *all_json(const struct replaying *r)
{
    json_t *list = json_array();
    for (size_t i = r->player.first; i < r->player.last; i++) {
        const struct moment *moment = &r->timeline.moments[i];
        json_t *one = json_pack("{s:I, s:s, s:s}", "at", (json_int_t)moment->at_ms, "who", moment->who,
                                "text", moment->text);
        ensure(one != NULL && json_array_append_new(list, one) == 0);
    }
    return json_pack("{s:s, s:b, s:o}", "title", r->timeline.title, "all", !r->timeline.some, "moments",
                     list);
}

/* --- what was asked for --- */

struct wanted {
    uint64_t speed; /* 0: not given */
    uint64_t from_ms, until_ms;
};

static bool time_read(const char *text, uint64_t *ret_ms)
{
    struct instant at;
    if (instant_read(bytes_of_text(text), &at) != INSTANT_OK || at.ms < 0) {
        return false;
    }
    *ret_ms = (uint64_t)at.ms;
    return true;
}

static bool speed_read(struct cli *cli, const char *text, uint64_t *ret)
{
    size_t size = strlen(text);
    const char *digits =
        cli_text(cli, "%.*s", (int)(size > 0 && text[size - 1] == 'x' ? size - 1 : size), text);
    return size <= 20 && number_read(digits, 1, PLAYER_SPEED_MAX, ret);
}

/* EXIT_DONE, or having said what is wrong. */
static int read_options(struct cli *cli, const struct arguments *arguments, struct wanted *ret)
{
    const char *speed = argument_value(arguments, "speed");
    const char *from = argument_value(arguments, "from"), *until = argument_value(arguments, "until");
    *ret = (struct wanted){.until_ms = UINT64_MAX};
    if (speed != NULL && !speed_read(cli, speed, &ret->speed)) {
        return cli_usage(cli, arguments, "--speed: \"%s\" is no speed: write such as 60x, at most %llux",
                         speed, (unsigned long long)PLAYER_SPEED_MAX);
    }
    if (from != NULL && !time_read(from, &ret->from_ms)) {
        return cli_usage(cli, arguments, "--from: \"%s\" is no time: write such as 2026-11-21T09:00:00Z",
                         from);
    }
    if (until != NULL && !time_read(until, &ret->until_ms)) {
        return cli_usage(cli, arguments, "--until: \"%s\" is no time: write such as 2026-11-21T09:00:00Z",
                         until);
    }
    if (ret->until_ms < ret->from_ms) {
        return cli_usage(cli, arguments, "--until is before --from");
    }
    return EXIT_DONE;
}

static void read_zones(struct replaying *r)
{
    r->zones = arena_zero(r->arena, r->timeline.zone_count + 1, sizeof *r->zones);
    ensure(r->zones != NULL);
    for (size_t i = 0; i < r->timeline.zone_count; i++) {
        r->zones[i] = scenario_files.zone(NULL, r->timeline.zones[i].zone, r->arena);
    }
}

static int play(struct replaying *r, const struct wanted *wanted)
{
    struct cli *cli = r->cli;
    r->player.show = show;
    r->player.context = r;
    player_begin(&r->player, &r->timeline, wanted->from_ms, wanted->until_ms);
    r->player.now_ms = wanted->from_ms > r->timeline.start_ms ? wanted->from_ms : r->timeline.start_ms;
    r->player.speed =
        wanted->speed != 0 ? wanted->speed : player_speed(&r->timeline, wanted->from_ms, wanted->until_ms);
    if (cli->json) {
        return cli_print_json(cli, all_json(r));
    }
    (void)printf("%s: %s\n", cli_text(cli, "EXERCISE"), r->timeline.title);
    if (r->timeline.some) {
        cli_note(cli,
                 "the report has the letters of those cases only that matter most; all are in events.csv");
    }
    if (r->player.first == r->player.last) {
        cli_note(cli, "nothing happened in that time");
    } else if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
        play_on_terminal(r);
    } else {
        print_all(r);
    }
    return EXIT_DONE;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct wanted wanted;
    struct error error = {.text = "", .words = cli->words};
    int code = read_options(cli, arguments, &wanted);
    json_t *json = code == EXIT_DONE ? report_load(cli, arguments->words[0]) : NULL;
    if (json == NULL) {
        return code == EXIT_DONE ? EXIT_REFUSED : code;
    }
    struct replaying r = {.cli = cli, .arena = arena_new(TIMELINE_BYTES), .line = arena_new(LINE_BYTES)};
    ensure(r.arena != NULL && r.line != NULL);
    if (timeline_read(json, cli->words, r.arena, &r.timeline, &error)) {
        read_zones(&r);
        code = play(&r, &wanted);
    } else {
        code =
            cli_fail(cli, EXIT_REFUSED, N_("take what comity drill run writes into --out"), "%s", error.text);
    }
    json_decref(json);
    arena_free(r.arena);
    arena_free(r.line);
    return code;
}

const struct subcommand cmd_drill_replay = {
    .name = "drill replay",
    .group = N_("Drills"),
    .synopsis = "REPORT [--speed Nx] [--from TIME] [--until TIME]",
    .does = N_("play what happened in a drill once more, at a chosen speed"),
    .help = N_(
        "REPORT is a file report.json, or a folder that such a file is in. A line for each letter, inject,\n"
        "fault and note, in UTC and in the local time of whoever did it; stretches in which nothing "
        "happens\n"
        "are skipped. Keys: space pauses, the arrows step, + and - change the speed, q ends. What is no\n"
        "terminal gets all lines at once. Example:\n"
        "  comity drill replay /tmp/drill --speed 3600x --from 2021-02-05T04:00:00Z"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
