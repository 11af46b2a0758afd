/* SPDX-License-Identifier: Apache-2.0 */
/* The command line: options, moments, wrapping, what is signed and what is not, and a lost answer. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/columns.h"
#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "nodes/cli/act.h"
#include "nodes/cli/input.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"
#include "proto/codes.h"

#define PASSPHRASE "four words and a comma"
#define CASE_HEX   "00112233445566778899aabbccddeeff"

struct world {
    struct arena *arena;
    struct slab *slab;
    char directory[64];
    struct public_key key;
};

static const struct option_spec held_options[] = {{"item", "N", true, ""},
                                                  {"until", "DATE", false, ""},
                                                  {"blocking", NULL, false, ""},
                                                  {NULL, NULL, false, NULL}};
static const struct subcommand held = {.name = "held",
                                       .group = "",
                                       .synopsis = "CASE [--item N]...",
                                       .does = "",
                                       .options = held_options,
                                       .words_min = 1,
                                       .words_max = 1,
                                       .needs_directory = true};
static const struct subcommand show = {.name = "roster show", .group = "", .synopsis = "", .does = ""};
static const struct subcommand held_again = {
    .name = "held again", .group = "", .synopsis = "", .does = "", .options = held_options};
static const char *const other_members[] = {"run", NULL};
static const struct subcommand other = {
    .name = "world", .group = "", .synopsis = "", .does = "", .members = other_members};
static const struct subcommand *const table[] = {&held, &held_again, &show, &other, NULL};

static char *in(const struct world *w, const char *name)
{
    char *path = arena_format(w->arena, "%s/%s", w->directory, name);
    assert_non_null(path);
    return path;
}

static int open_world(void **state)
{
    static struct world w;
    struct error error = {.text = ""};
    if (sodium_init() < 0) {
        return -1;
    }
    w.arena = arena_new((size_t)64 * 1024 * 1024);
    w.slab = slab_new(4, &error);
    (void)snprintf(w.directory, sizeof w.directory, "/tmp/comity-cli-XXXXXX");
    (void)unsetenv("COMITY_DIR");
    if (w.arena == NULL || w.slab == NULL || mkdtemp(w.directory) == NULL) {
        return -1;
    }
    *state = &w;
    return 0;
}

static int close_world(void **state)
{
    struct world *w = *state;
    static const char *const files[] = {"officers/duty.key", "officers/head.key", "officers", "node.conf",
                                        "node.sock",         "passphrase",        "heard"};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        (void)remove(in(w, files[i]));
    }
    int left = rmdir(w->directory);
    slab_free(w->slab);
    arena_free(w->arena);
    return left; /* fails when a test left a file behind */
}

/* --- options --- */

#define READ(...)                                                                                            \
    options_read((int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(char *)), (const char *[]){__VA_ARGS__}, \
                 table, &cli, &arguments, &result)
#define WITH_OPTIONS                                                                                         \
    struct world *w = *state;                                                                                \
    struct cli cli = {.command = "", .arena = w->arena};                                                     \
    struct arguments arguments;                                                                              \
    struct options_result result

static void options_stand_before_and_after_the_subcommand(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "--json", "-C", "/d", "held", "--item", "2", "CASE", "--item=7"),
                     OPTIONS_RUN);
    assert_ptr_equal(arguments.subcommand, &held);
    assert_string_equal(cli.directory, "/d");
    assert_true(cli.json);
    assert_string_equal(arguments.words[0], "CASE");
    assert_string_equal(argument_nth(&arguments, "item", 0), "2");
    assert_string_equal(argument_nth(&arguments, "item", 1), "7");
    assert_null(argument_nth(&arguments, "item", 2));
    assert_int_equal(READ("comity", "held", "CASE", "-C/e"), OPTIONS_RUN);
    assert_string_equal(cli.directory, "/e");
}

static void a_subcommand_of_two_words_needs_both(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "roster", "show"), OPTIONS_RUN);
    assert_ptr_equal(arguments.subcommand, &show);
    assert_int_equal(READ("comity", "roster"), OPTIONS_BAD);
    assert_non_null(strstr(result.next, "comity roster show"));
    assert_int_equal(READ("comity", "roster", "sho"), OPTIONS_BAD);
    assert_non_null(strstr(result.next, "comity roster show"));
}

static void a_subcommand_may_have_others_below_it(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "held", "again", "--item", "1"), OPTIONS_RUN);
    assert_ptr_equal(arguments.subcommand, &held_again);
    assert_int_equal(arguments.word_count, 0);
    assert_int_equal(READ("comity", "-C", "/d", "held", "other"), OPTIONS_RUN);
    assert_ptr_equal(arguments.subcommand, &held);
    assert_string_equal(arguments.words[0], "other");
    assert_int_equal(READ("comity", "-C", "/d", "held", "--item", "1", "again"),
                     OPTIONS_RUN); /* whose option it was is said */
    assert_ptr_equal(arguments.subcommand, &held);
    assert_string_equal(arguments.words[0], "again");
}

static void what_another_program_reads_is_handed_on_unread(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "-C", "/d", "world", "run", "--no-such", "-C", "/e", "--help"),
                     OPTIONS_RUN);
    assert_ptr_equal(arguments.subcommand, &other);
    assert_int_equal(arguments.rest_count, 5);
    assert_string_equal(arguments.rest[0], "run");
    assert_string_equal(arguments.rest[4], "--help");
    assert_string_equal(cli.directory, "/d");
    assert_int_equal(READ("comity", "world"), OPTIONS_RUN);
    assert_int_equal(arguments.rest_count, 0);
    assert_int_equal(READ("comity", "--help", "world", "run"), OPTIONS_HELP);
    assert_ptr_equal(arguments.subcommand, &other);
}

static void help_on_a_family_names_it(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "roster", "--help"), OPTIONS_HELP);
    assert_null(arguments.subcommand);
    assert_string_equal(arguments.family, "roster");
    assert_int_equal(READ("comity", "roster", "show", "--help"), OPTIONS_HELP);
    assert_null(arguments.family);
}

static void what_is_wrong_is_named_with_what_to_write(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity"), OPTIONS_NOTHING);
    assert_int_equal(READ("comity", "hedl"), OPTIONS_BAD);
    assert_non_null(strstr(result.next, "comity held"));
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--untl", "1"), OPTIONS_BAD);
    assert_non_null(strstr(result.next, "--until"));
    assert_int_equal(READ("comity", "-C", "/d", "held"), OPTIONS_BAD);
    assert_string_equal(result.fault, "CASE is missing");
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "Y"), OPTIONS_BAD);
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--until"), OPTIONS_BAD);
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--until", "a", "--until", "b"), OPTIONS_BAD);
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--blocking=1"), OPTIONS_BAD);
    assert_int_equal(READ("comity", "held", "X"), OPTIONS_BAD);
    assert_non_null(strstr(result.next, "COMITY_DIR"));
    assert_int_equal(READ("comity", "held", "--help"), OPTIONS_HELP);
    assert_int_equal(READ("comity", "--version"), OPTIONS_VERSION);
}

static void after_two_dashes_all_are_words(void **state)
{
    WITH_OPTIONS;
    assert_int_equal(READ("comity", "-C", "/d", "held", "--", "--json"), OPTIONS_RUN);
    assert_string_equal(arguments.words[0], "--json");
}

static void numbers_of_items_are_numbers(void **state)
{
    WITH_OPTIONS;
    uint32_t numbers[4];
    size_t count = 0;
    const char *bad = NULL;
    assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--item", "1", "--item", "64"), OPTIONS_RUN);
    assert_true(argument_numbers(&arguments, "item", 64, numbers, 4, &count, &bad));
    assert_int_equal(count, 2);
    assert_int_equal(numbers[1], 64);
    static const char *const wrong[] = {"0", "65", "-1", "1x", " 1", "99999999999999999999999"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(READ("comity", "-C", "/d", "held", "X", "--item", wrong[i]), OPTIONS_RUN);
        assert_false(argument_numbers(&arguments, "item", 64, numbers, 4, &count, &bad));
        assert_string_equal(bad, wrong[i]);
    }
}

/* --- moments --- */

#define NOW ((wall_ms){.ms = UINT64_C(1795262400000)}) /* 2026-11-21T12:00:00Z */

static const char *moment(const struct world *w, const char *text, enum when_kind kind, const char *zone)
{
    struct instant instant;
    const struct cli cli = {.command = "", .arena = w->arena};
    const char *fault = NULL;
    char *written = arena_take(w->arena, INSTANT_TEXT_MAX);
    assert_non_null(written);
    bool good = when_read(text, kind, NOW, zone == NULL ? NULL : zonefile_read(zone, w->arena), &cli,
                          &instant, &fault);
    return good ? instant_write(written, instant) : arena_format(w->arena, "no: %s", fault);
}

static void a_date_means_its_end_in_the_partys_zone(void **state)
{
    const struct world *w = *state;
    assert_string_equal(moment(w, "2026-11-21", WHEN_TO_COME, "Asia/Bangkok"), "2026-11-22T00:00:00+07:00");
    assert_string_equal(moment(w, "2026-12-31", WHEN_TO_COME, "America/New_York"),
                        "2027-01-01T00:00:00-05:00");
    assert_string_equal(moment(w, "2026-11-21", WHEN_TO_COME, "UTC"), "2026-11-22T00:00:00Z");
    assert_string_equal(moment(w, "2026-11-21", WHEN_TO_COME, "Pacific/Kiritimati"),
                        "2026-11-22T00:00:00+14:00");
    assert_string_equal(moment(w, "2026-11-21", WHEN_TO_COME, "Pacific/Pago_Pago"),
                        "2026-11-22T00:00:00-11:00");
    /* The day after begins at 01:00, for the clock leaves midnight out. */
    assert_string_equal(moment(w, "2018-11-03", WHEN_TO_COME, "America/Sao_Paulo"),
                        "2018-11-04T01:00:00-02:00");
    /* Samoa had no 30 December 2011. */
    assert_string_equal(moment(w, "2011-12-29", WHEN_TO_COME, "Pacific/Apia"), "2011-12-31T00:00:00+14:00");
}

static void a_span_is_counted_from_now(void **state)
{
    const struct world *w = *state;
    assert_string_equal(moment(w, "+90m", WHEN_TO_COME, "UTC"), "2026-11-21T13:30:00Z");
    assert_string_equal(moment(w, "+2h", WHEN_TO_COME, "Asia/Bangkok"), "2026-11-21T21:00:00+07:00");
    assert_string_equal(moment(w, "+3d", WHEN_TO_COME, NULL), "2026-11-24T12:00:00Z");
    assert_string_equal(moment(w, "now", WHEN_PAST, NULL), "2026-11-21T12:00:00Z");
}

static void a_moment_without_zone_is_refused_with_what_to_write(void **state)
{
    const struct world *w = *state;
    assert_non_null(strstr(moment(w, "2026-11-21T14:00:00", WHEN_TO_COME, "UTC"), "2026-11-21T14:00:00Z"));
    assert_non_null(strstr(moment(w, "2026-11-21", WHEN_PAST, "UTC"), "has no time"));
    assert_non_null(strstr(moment(w, "2026-11-21", WHEN_TO_COME, NULL), "zone"));
    static const char *const wrong[] = {"+3", "+d",         "+0h", "+9999999d", "tomorrow",
                                        "",   "2026-02-30", "now", "+1w"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(strncmp(moment(w, wrong[i], WHEN_TO_COME, "UTC"), "no: ", 4), 0);
    }
    assert_int_equal(strncmp(moment(w, "+2h", WHEN_PAST, "UTC"), "no: ", 4), 0);
}

static void a_written_moment_keeps_its_own_offset(void **state)
{
    assert_string_equal(moment(*state, "2026-11-21T14:00:00+05:45", WHEN_TO_COME, "UTC"),
                        "2026-11-21T14:00:00+05:45");
}

/* The moment at a path of two members, in ms. */
static int64_t moment_in(const json_t *json, const char *part, const char *name)
{
    struct instant instant = {.ms = 0};
    const char *text = json_string_value(json_object_get(json_object_get(json, part), name));
    assert_non_null(text);
    assert_int_equal(instant_read(bytes_of_text(text), &instant), INSTANT_OK);
    return instant.ms;
}

static void a_file_may_tell_a_moment_from_now(void **state)
{
    static const char *const files[] = {
        "{\"request\": {\"reference\": \"+1d\", \"ping\": {\"by\": \"+1d\", \"text\": \"+1d\"},"
        " \"necessity\": {\"answer_wanted_by\": \"+90m\"}, \"items\": [{\"period\": {\"to\": \"+2h\"}}]}}",
        "reference: +1d\nping.by: +1d\nping.text: +1d\nnecessity.answer_wanted_by: +90m\nitems[0].period.to: "
        "+2h\n",
    };
    const struct world *w = *state;
    const struct cli cli = {.command = "", .arena = w->arena};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        json_t *json = NULL;
        int64_t before = (int64_t)host_wall().ms;
        assert_int_equal(input_text(&cli, &comity__request__descriptor, bytes_of_text(files[i]), "x", &json),
                         EXIT_DONE);
        int64_t late = (int64_t)host_wall().ms - before;
        int64_t day = moment_in(json, "ping", "by") - before - (int64_t)MS_PER_DAY;
        int64_t minutes =
            moment_in(json, "necessity", "answer_wanted_by") - before - 90 * (int64_t)MS_PER_MINUTE;
        int64_t hours = moment_in(json_array_get(json_object_get(json, "items"), 0), "period", "to") -
                        before - 2 * (int64_t)MS_PER_HOUR;
        assert_in_range(day + 1000, 0, 1000 + late); /* a moment may be written in whole seconds */
        assert_in_range(minutes + 1000, 0, 1000 + late);
        assert_in_range(hours + 1000, 0, 1000 + late);
        assert_string_equal(json_string_value(json_object_get(json, "reference")), "+1d");
        assert_string_equal(json_string_value(json_object_get(json_object_get(json, "ping"), "text")), "+1d");
        json_decref(json);
    }
}

static void a_timeout_has_a_unit(void **state)
{
    uint64_t ms = 0;
    (void)state;
    assert_true(when_read_span("30s", &ms) && ms == 30000);
    assert_true(when_read_span("5m", &ms) && ms == 300000);
    assert_true(when_read_span("250ms", &ms) && ms == 250);
    assert_false(when_read_span("30", &ms));
    assert_false(when_read_span("0s", &ms));
    assert_false(when_read_span("-1s", &ms));
    assert_false(when_read_span("99999999d", &ms));
}

static void another_clock_names_the_day_only_where_it_is_another(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "", .arena = w->arena};
    struct instant at;
    const struct zone *hanoi = zonefile_read("Asia/Bangkok", w->arena);
    const struct zone *paris = zonefile_read("Europe/Paris", w->arena);
    assert_int_equal(instant_read(bytes_of_text("2026-11-21T22:30:00Z"), &at), INSTANT_OK); /* a Saturday */
    uint64_t ms = (uint64_t)at.ms;
    assert_string_equal(when_beside(&cli, ms, hanoi, paris), "Sun 05:30");
    assert_string_equal(when_beside(&cli, ms, paris, hanoi), "Sat 23:30");
    assert_string_equal(when_beside(&cli, ms, NULL, paris), "22:30Z");
    assert_string_equal(when_beside(&cli, ms, NULL, hanoi), "Sat 22:30Z");
}

static void zones_of_the_network_are_names_not_paths(void **state)
{
    const struct world *w = *state;
    assert_non_null(zonefile_read("Asia/Saigon", w->arena)); /* a link to Asia/Ho_Chi_Minh */
    assert_null(zonefile_read("../../../etc/hostname", w->arena));
    assert_null(zonefile_read("Asia/../../../../usr/share/zoneinfo-of-others/UTC", w->arena));
    assert_null(zonefile_read("Asia", w->arena));
    assert_null(zonefile_read("No/Where", w->arena));
    assert_null(zonefile_read("", w->arena));
}

/* --- the screen --- */

static const char *wrapped(const struct world *w, const char *first, size_t indent, const char *text,
                           size_t lines)
{
    char *buffer = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&buffer, &size);
    assert_non_null(out);
    screen_wrapped(out, first, indent, text, lines);
    (void)fclose(out);
    const char *copy = arena_format(w->arena, "%s", buffer);
    free(buffer);
    return copy;
}

static void no_line_is_wider_than_the_screen(void **state)
{
    const struct world *w = *state;
    static const char *const texts[] = {
        "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
        "seventeen",
        "สำนักงานตำรวจแห่งชาติ สำนักงานตำรวจแห่งชาติ สำนักงานตำรวจแห่งชาติ สำนักงานตำรวจแห่งชาติ สำนักงานตำรวจแห่งชาติ",
        "請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求書請求"
        "書請求書",
        "a-word-that-is-longer-than-a-line-of-the-screen-a-word-that-is-longer-than-a-line-of-the-screen-by-"
        "far",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        char *text = (char *)(uintptr_t)wrapped(w, "  name ", 16, texts[i], 0);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_true(columns_of_text(line) <= SCREEN_COLUMNS);
            assert_true(text_is_line(bytes_of_text(line))); /* no character is cut in two */
        }
    }
}

static void what_is_left_out_is_shown_as_left_out(void **state)
{
    const struct world *w = *state;
    const char *text =
        wrapped(w, "", 0,
                "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
                "fifteen sixteen seventeen",
                1);
    assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
    assert_non_null(strstr(text, "...\n"));
    assert_string_equal(wrapped(w, "", 0, "short", 1), "short\n");
}

static void nothing_of_a_peer_commands_the_terminal(void **state)
{
    const struct world *w = *state;
    json_t *evil = json_string("a\033[2Jb\nc\xe2\x80\xae"
                               "d");
    assert_string_equal(screen_string(w->arena, evil), "a\\x1b[2Jb c\\xe2\\x80\\xaed");
    json_decref(evil);
}

static void marks_take_no_column_and_wide_characters_two(void **state)
{
    (void)state;
    assert_int_equal(columns_of_text("abc"), 3);
    assert_int_equal(columns_of_text("e\xcc\x81"), 1);
    assert_int_equal(columns_of_text("\xe6\x97\xa5\xe6\x9c\xac"), 4);
}

/* --- a node that is not what it should be --- */

static void write_file(const struct world *w, const char *name, const char *text)
{
    struct error error = {.text = ""};
    assert_true(files_write_atomic(in(w, name), bytes_of_text(text), 0600, &error));
}

static void write_key(struct world *w, const char *name, uint8_t fill, const char *passphrase)
{
    uint8_t seed[32], secret[64], random[40];
    struct public_key key;
    struct error error = {.text = ""};
    memset(seed, fill, sizeof seed);
    memset(random, 7, sizeof random);
    crypto_sign_seed_keypair(key.bytes, secret, seed);
    struct bytes text = keyfile_encode(ROLE_OFFICER, "XB/poc duty", &key, bytes_of(seed, sizeof seed),
                                       bytes_of_text(passphrase), random, w->arena);
    assert_non_null(text.data);
    (void)remove(in(w, name));
    assert_true(keyfile_write(in(w, name), text, &error));
    w->key = key;
}

static void make_directory(struct world *w)
{
    char *folder = in(w, "officers");
    write_file(
        w, "node.conf",
        "network = 0000000000000000000000000000000000000000000000000000000000000000\nparty = XB/poc\n");
    assert_true(mkdir(folder, 0700) == 0 || errno == EEXIST);
    write_key(w, "officers/duty.key", 0x31, "");
}

/* Takes one request and keeps it; answers with the JSON, or with nothing at all. */
static void serve_one(int listening, FILE *heard, const char *json)
{
    char request[16384];
    size_t size = 0;
    ssize_t got = 0;
    size_t wanted = sizeof request - 1;
    int link = accept(listening, NULL, NULL);
    while (size < wanted && (got = read(link, request + size, sizeof request - 1 - size)) > 0) {
        size += (size_t)got;
        request[size] = '\0';
        const char *body = strstr(request, "\r\n\r\n");
        const char *length = strstr(request, "Content-Length: ");
        if (body != NULL) {
            wanted = (size_t)(body - request) + 4 + (length == NULL ? 0 : (size_t)atol(length + 16));
        }
    }
    (void)fwrite(request, 1, size, heard);
    (void)fflush(heard);
    if (json != NULL) {
        (void)dprintf(link, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n%s",
                      strlen(json), json);
    }
    (void)close(link);
}

/* A process at node.sock that gives these answers in turn; what it heard is in the file "heard". */
static pid_t serve(const struct world *w, const char *const *answers, size_t count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int listening = socket(AF_UNIX, SOCK_STREAM, 0);
    (void)snprintf(address.sun_path, sizeof address.sun_path, "%s", in(w, "node.sock"));
    (void)unlink(address.sun_path);
    assert_int_equal(bind(listening, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(listening, 8), 0);
    (void)unlink(in(w, "heard"));
    pid_t pid = fork();
    if (pid == 0) {
        (void)alarm(30); /* a test that failed does not end it */
        FILE *heard = fopen(in(w, "heard"), "w");
        for (size_t i = 0; heard != NULL && i < count; i++) {
            serve_one(listening, heard, answers[i]);
        }
        _exit(0);
    }
    (void)close(listening);
    return pid;
}

static const char *end_serving(const struct world *w, pid_t pid)
{
    struct bytes heard = bytes_of("", 0);
    struct error error = {.text = ""};
    (void)kill(pid, SIGKILL);
    (void)waitpid(pid, NULL, 0);
    assert_int_equal(files_read(in(w, "heard"), 1 << 20, w->arena, &heard, &error), FILES_OK);
    return (const char *)heard.data;
}

static void a_lost_answer_is_asked_for_again_with_the_same_id_and_words(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    struct client client;
    unsigned status = 0;
    json_t *answer = NULL;
    json_t *body = json_pack("{s:s}", "letter", "AAAA");
    make_directory(w);
    pid_t pid = serve(w, (const char *const[]){NULL, NULL, "{\"case\": \"x\"}"}, 3);
    assert_int_equal(client_open(&client, &cli), EXIT_DONE);
    assert_int_equal(client_call(&client, "POST", "/v1/letters", body, true, &status, &answer), EXIT_DONE);
    client_close(&client);
    const char *heard = end_serving(w, pid);
    size_t third = strlen(heard) / 3;
    assert_int_equal(strlen(heard), 3 * third);
    assert_memory_equal(heard, heard + third, third);
    assert_memory_equal(heard, heard + 2 * third, third);
    const char *id = strstr(heard, "Comity-Command: ");
    assert_non_null(id);
    assert_int_equal(strspn(id + 16, "0123456789abcdef"), 32);
    json_decref(body);
    json_decref(answer);
}

static void a_node_that_is_not_there_is_not_waited_for(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "show", .directory = w->directory, .arena = w->arena};
    struct client client;
    json_t *answer = NULL;
    make_directory(w);
    (void)unlink(in(w, "node.sock"));
    assert_int_equal(client_open(&client, &cli), EXIT_DONE);
    assert_int_equal(client_get(&client, "/v1/status", &answer), EXIT_UNREACHABLE);
    assert_false(client_answers(&cli, w->directory));
    client_close(&client);
}

/* --- what is signed --- */

/* What a node may answer to PREPARE; the members say how it lies. */
struct lie {
    const char *to, *case_hex;
    uint8_t other_signer;
    Comity__Ack ack;
    const Comity__InfoAsked *instead; /* another letter */
    uint32_t opened_kind;             /* 0: nothing to open */
    const char *opened_from;
};

static struct lie truth(void)
{
    struct lie lie = {.to = "XA/poc", .case_hex = CASE_HEX, .opened_from = "XA/poc"};
    comity__ack__init(&lie.ack);
    lie.ack.reference = (char *)(uintptr_t) "XB-1";
    lie.ack.answer = COMITY__ACK__ANSWER__NOT_YET_KNOWN;
    return lie;
}

static const char *base64(const struct world *w, struct bytes bytes)
{
    const char *text = base64_new(w->arena, bytes);
    assert_non_null(text);
    return text;
}

static struct bytes context_of(const struct world *w, const struct lie *lie)
{
    static uint8_t network[32] = {1}, hash[32] = {2};
    uint8_t id[16];
    struct public_key key = w->key;
    ProtobufCBinaryData signer = {.data = key.bytes, .len = sizeof key.bytes};
    Comity__Context context;
    key.bytes[0] ^= lie->other_signer;
    assert_true(hex_read(id, sizeof id, bytes_of_text(lie->case_hex)));
    comity__context__init(&context);
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = (ProtobufCBinaryData){.data = network, .len = sizeof network};
    context.from = (char *)(uintptr_t) "XB/poc";
    context.to = (char *)(uintptr_t)lie->to;
    context.case_id = (ProtobufCBinaryData){.data = id, .len = sizeof id};
    context.case_seq = 1;
    context.signed_ms = NOW.ms;
    context.roster = 1;
    context.roster_hash = (ProtobufCBinaryData){.data = hash, .len = sizeof hash};
    context.signer = &signer;
    context.n_signer = 1;
    return context_pack(w->arena, &context);
}

static struct bytes opened_of(const struct world *w, const struct lie *lie)
{
    static uint8_t network[32] = {1}, envelope[32] = {3};
    struct public_key key = w->key;
    Comity__ReceiptItem item, *items = &item;
    Comity__Receipt receipt;
    comity__receipt_item__init(&item);
    item.id = (ProtobufCBinaryData){.data = envelope, .len = sizeof envelope};
    item.lane = 1;
    item.incarnation = 1;
    item.seq = 1;
    comity__receipt__init(&receipt);
    receipt.version = 1;
    receipt.kind = lie->opened_kind;
    receipt.network = (ProtobufCBinaryData){.data = network, .len = sizeof network};
    receipt.from = (char *)(uintptr_t)lie->opened_from;
    receipt.to = (char *)(uintptr_t) "XB/poc";
    receipt.by_key = (ProtobufCBinaryData){.data = key.bytes, .len = sizeof key.bytes};
    receipt.roster = 1;
    receipt.at_ms = NOW.ms;
    receipt.item = &items;
    receipt.n_item = 1;
    return receipt_pack(w->arena, &receipt);
}

static const char *prepared(const struct world *w, const struct lie *lie)
{
    Comity__Ack ack = lie->ack;
    Comity__Letter letter;
    comity__letter__init(&letter);
    if (lie->instead == NULL) {
        letter.body_case = COMITY__LETTER__BODY_ACK;
        letter.ack = &ack;
    } else {
        letter.body_case = COMITY__LETTER__BODY_INFO_ASKED;
        letter.info_asked = (Comity__InfoAsked *)(uintptr_t)lie->instead;
    }
    const char *unopened =
        lie->opened_kind == 0 ? ""
                              : arena_format(w->arena, "{\"receipt\": \"%s\"}", base64(w, opened_of(w, lie)));
    return arena_format(w->arena,
                        "{\"case\": \"%s\", \"context\": \"%s\", \"letter\": \"%s\", \"signatures\": 1, "
                        "\"unopened\": [%s]}",
                        CASE_HEX, base64(w, context_of(w, lie)), base64(w, letter_pack(w->arena, &letter)),
                        unopened);
}

/* Sends an ACK through a node that answers PREPARE so. True: something was signed and submitted. */
static bool is_submitted(struct world *w, const struct lie *lie)
{
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    const struct arguments arguments = {.word_count = 0};
    struct act act;
    make_directory(w);
    pid_t pid = serve(
        w,
        (const char *const[]){"{\"case\": \"" CASE_HEX "\", \"from\": \"XA/poc\", \"to\": \"XB/poc\"}",
                              prepared(w, lie), "{\"case\": \"" CASE_HEX "\", \"state\": \"ACKNOWLEDGED\"}"},
        3);
    act_begin(&act, &cli, &arguments, CASE_HEX);
    act_put(&act, "reference", json_string("XB-1"));
    act_put(&act, "answer", json_string("NOT_YET_KNOWN"));
    int code = act_send(&act, "ack");
    bool heard = strstr(end_serving(w, pid), "POST /v1/letters HTTP") != NULL;
    assert_int_equal(code, heard ? EXIT_DONE : EXIT_REFUSED);
    return heard;
}

static void signs_what_was_asked_and_what_the_node_filled_in(void **state)
{
    struct lie lie = truth();
    Comity__Instant by = COMITY__INSTANT__INIT;
    assert_true(is_submitted(*state, &lie));
    by.ms = (int64_t)NOW.ms;
    lie.ack.answer_by = &by;
    assert_true(is_submitted(*state, &lie));
    lie.opened_kind = 6;
    assert_true(is_submitted(*state, &lie));
}

static void signs_nothing_that_was_not_asked(void **state)
{
    static char empty[] = "";
    Comity__Question question = COMITY__QUESTION__INIT;
    Comity__Question *questions = &question;
    Comity__InfoAsked asked = COMITY__INFO_ASKED__INIT;
    struct lie lie = truth();
    lie.ack.answer = COMITY__ACK__ANSWER__WILL_ANSWER;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.ack.reference = empty;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    question.code = COMITY__QUESTION__CODE__PORT;
    asked.questions = &questions;
    asked.n_questions = 1;
    lie.instead = &asked;
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.to = "XC/poc";
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.case_hex = "10112233445566778899aabbccddeeff";
    assert_false(is_submitted(*state, &lie));
    lie = truth();
    lie.other_signer = 1;
    assert_false(is_submitted(*state, &lie));
}

static void signs_opened_and_no_other_receipt(void **state)
{
    struct lie lie = truth();
    lie.opened_kind = 4; /* DELIVERED: for the node's key */
    assert_false(is_submitted(*state, &lie));
    lie.opened_kind = 6;
    lie.opened_from = "XC/poc";
    assert_false(is_submitted(*state, &lie));
}

/* A request may have 16,384 bytes of facts, and an officer signs what stands on the screen. */
static void the_longest_text_of_a_letter_is_shown_in_full(void **state)
{
    struct world *w = *state;
    static char text[16384 + 1];
    memset(text, 'f', sizeof text - 1);
    assert_string_equal(screen_quiet(w->arena, bytes_of_text(text)), text);
    memset(text, '\x1b', sizeof text - 1);
    assert_int_equal(strlen(screen_quiet(w->arena, bytes_of_text(text))), 4 * (sizeof text - 1));
}

/* --- officers --- */

static void a_locked_key_opens_with_the_passphrase_of_the_file(void **state)
{
    struct world *w = *state;
    const struct cli cli = {.command = "ack", .directory = w->directory, .arena = w->arena};
    const struct arguments arguments = {.word_count = 0};
    struct officers officers;
    make_directory(w);
    write_key(w, "officers/head.key", 0x32, PASSPHRASE);
    write_file(w, "passphrase", PASSPHRASE "\n");
    assert_int_equal(setenv("COMITY_PASSPHRASE_FILE", in(w, "passphrase"), 1), 0);
    assert_int_equal(officers_open(&officers, &cli, &arguments), EXIT_DONE);
    assert_int_equal(officers_need(&officers, 1), EXIT_DONE);
    assert_int_equal(officers.count, 1); /* duty goes first, and head is asked for when it is needed */
    assert_int_equal(officers_need(&officers, 2), EXIT_DONE);
    assert_true(public_key_equal(&officers.list[1].signer.key, &w->key));
    assert_int_equal(officers_need(&officers, 3), EXIT_REFUSED);
    officers_close(&officers);
    write_file(w, "passphrase", "another\n");
    assert_int_equal(officers_open(&officers, &cli, &arguments), EXIT_DONE);
    assert_int_equal(officers_need(&officers, 2), EXIT_REFUSED);
    officers_close(&officers);
    (void)unsetenv("COMITY_PASSPHRASE_FILE");
    (void)remove(in(w, "officers/head.key"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(options_stand_before_and_after_the_subcommand),
        cmocka_unit_test(a_subcommand_of_two_words_needs_both),
        cmocka_unit_test(a_subcommand_may_have_others_below_it),
        cmocka_unit_test(what_another_program_reads_is_handed_on_unread),
        cmocka_unit_test(help_on_a_family_names_it),
        cmocka_unit_test(what_is_wrong_is_named_with_what_to_write),
        cmocka_unit_test(after_two_dashes_all_are_words),
        cmocka_unit_test(numbers_of_items_are_numbers),
        cmocka_unit_test(a_date_means_its_end_in_the_partys_zone),
        cmocka_unit_test(a_span_is_counted_from_now),
        cmocka_unit_test(a_moment_without_zone_is_refused_with_what_to_write),
        cmocka_unit_test(a_written_moment_keeps_its_own_offset),
        cmocka_unit_test(a_file_may_tell_a_moment_from_now),
        cmocka_unit_test(a_timeout_has_a_unit),
        cmocka_unit_test(another_clock_names_the_day_only_where_it_is_another),
        cmocka_unit_test(zones_of_the_network_are_names_not_paths),
        cmocka_unit_test(no_line_is_wider_than_the_screen),
        cmocka_unit_test(what_is_left_out_is_shown_as_left_out),
        cmocka_unit_test(nothing_of_a_peer_commands_the_terminal),
        cmocka_unit_test(marks_take_no_column_and_wide_characters_two),
        cmocka_unit_test(the_longest_text_of_a_letter_is_shown_in_full),
        cmocka_unit_test(a_lost_answer_is_asked_for_again_with_the_same_id_and_words),
        cmocka_unit_test(a_node_that_is_not_there_is_not_waited_for),
        cmocka_unit_test(signs_what_was_asked_and_what_the_node_filled_in),
        cmocka_unit_test(signs_nothing_that_was_not_asked),
        cmocka_unit_test(signs_opened_and_no_other_receipt),
        cmocka_unit_test(a_locked_key_opens_with_the_passphrase_of_the_file),
    };
    return cmocka_run_group_tests_name("cli", tests, open_world, close_world);
}
