/* SPDX-License-Identifier: Apache-2.0 */
/* What people type and read: options, moments, lines of the screen. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/columns.h"
#include "base/daemon/host.h"
#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "nodes/cli/input.h"
#include "nodes/cli/options.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

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

/* --- options --- */

#define READ(...)                                                                                            \
    options_read((int)(sizeof(const char *[]){__VA_ARGS__} / sizeof(char *)), (const char *[]){__VA_ARGS__}, \
                 table, &cli, &arguments, &result)
#define WITH_OPTIONS                                                                                         \
    struct arena *arena = *state;                                                                            \
    struct cli cli = {.command = "", .arena = arena};                                                        \
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

static const char *moment(struct arena *arena, const char *text, enum when_kind kind, const char *zone)
{
    struct instant instant;
    const struct cli cli = {.command = "", .arena = arena};
    const char *fault = NULL;
    char *written = arena_take(arena, INSTANT_TEXT_MAX);
    assert_non_null(written);
    bool good =
        when_read(text, kind, NOW, zone == NULL ? NULL : zonefile_read(zone, arena), &cli, &instant, &fault);
    return good ? instant_write(written, instant) : arena_format(arena, "no: %s", fault);
}

static void a_date_means_its_end_in_the_partys_zone(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(moment(arena, "2026-11-21", WHEN_TO_COME, "Asia/Bangkok"),
                        "2026-11-22T00:00:00+07:00");
    assert_string_equal(moment(arena, "2026-12-31", WHEN_TO_COME, "America/New_York"),
                        "2027-01-01T00:00:00-05:00");
    assert_string_equal(moment(arena, "2026-11-21", WHEN_TO_COME, "UTC"), "2026-11-22T00:00:00Z");
    assert_string_equal(moment(arena, "2026-11-21", WHEN_TO_COME, "Pacific/Kiritimati"),
                        "2026-11-22T00:00:00+14:00");
    assert_string_equal(moment(arena, "2026-11-21", WHEN_TO_COME, "Pacific/Pago_Pago"),
                        "2026-11-22T00:00:00-11:00");
    /* The day after begins at 01:00, for the clock leaves midnight out. */
    assert_string_equal(moment(arena, "2018-11-03", WHEN_TO_COME, "America/Sao_Paulo"),
                        "2018-11-04T01:00:00-02:00");
    /* Samoa had no 30 December 2011. */
    assert_string_equal(moment(arena, "2011-12-29", WHEN_TO_COME, "Pacific/Apia"),
                        "2011-12-31T00:00:00+14:00");
}

static void a_span_is_counted_from_now(void **state)
{
    struct arena *arena = *state;
    assert_string_equal(moment(arena, "+90m", WHEN_TO_COME, "UTC"), "2026-11-21T13:30:00Z");
    assert_string_equal(moment(arena, "+2h", WHEN_TO_COME, "Asia/Bangkok"), "2026-11-21T21:00:00+07:00");
    assert_string_equal(moment(arena, "+3d", WHEN_TO_COME, NULL), "2026-11-24T12:00:00Z");
    assert_string_equal(moment(arena, "now", WHEN_PAST, NULL), "2026-11-21T12:00:00Z");
}

static void a_moment_without_zone_is_refused_with_what_to_write(void **state)
{
    struct arena *arena = *state;
    assert_non_null(
        strstr(moment(arena, "2026-11-21T14:00:00", WHEN_TO_COME, "UTC"), "2026-11-21T14:00:00Z"));
    assert_non_null(strstr(moment(arena, "2026-11-21", WHEN_PAST, "UTC"), "has no time"));
    assert_non_null(strstr(moment(arena, "2026-11-21", WHEN_TO_COME, NULL), "zone"));
    static const char *const wrong[] = {"+3", "+d",         "+0h", "+9999999d", "tomorrow",
                                        "",   "2026-02-30", "now", "+1w"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        assert_int_equal(strncmp(moment(arena, wrong[i], WHEN_TO_COME, "UTC"), "no: ", 4), 0);
    }
    assert_int_equal(strncmp(moment(arena, "+2h", WHEN_PAST, "UTC"), "no: ", 4), 0);
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
    struct arena *arena = *state;
    const struct cli cli = {.command = "", .arena = arena};
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
    struct arena *arena = *state;
    const struct cli cli = {.command = "", .arena = arena};
    struct instant at;
    const struct zone *hanoi = zonefile_read("Asia/Bangkok", arena);
    const struct zone *paris = zonefile_read("Europe/Paris", arena);
    assert_int_equal(instant_read(bytes_of_text("2026-11-21T22:30:00Z"), &at), INSTANT_OK); /* a Saturday */
    uint64_t ms = (uint64_t)at.ms;
    assert_string_equal(when_beside(&cli, ms, hanoi, paris), "Sun 05:30");
    assert_string_equal(when_beside(&cli, ms, paris, hanoi), "Sat 23:30");
    assert_string_equal(when_beside(&cli, ms, NULL, paris), "22:30Z");
    assert_string_equal(when_beside(&cli, ms, NULL, hanoi), "Sat 22:30Z");
}

static void zones_of_the_network_are_names_not_paths(void **state)
{
    struct arena *arena = *state;
    assert_non_null(zonefile_read("Asia/Saigon", arena)); /* a link to Asia/Ho_Chi_Minh */
    assert_null(zonefile_read("../../../etc/hostname", arena));
    assert_null(zonefile_read("Asia/../../../../usr/share/zoneinfo-of-others/UTC", arena));
    assert_null(zonefile_read("Asia", arena));
    assert_null(zonefile_read("No/Where", arena));
    assert_null(zonefile_read("", arena));
}

/* --- the screen --- */

static const char *wrapped(struct arena *arena, const char *first, size_t indent, const char *text,
                           size_t lines)
{
    char *buffer = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&buffer, &size);
    assert_non_null(out);
    screen_wrapped(out, first, indent, text, lines);
    (void)fclose(out);
    const char *copy = arena_format(arena, "%s", buffer);
    free(buffer);
    return copy;
}

static void no_line_is_wider_than_the_screen(void **state)
{
    struct arena *arena = *state;
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
        char *text = (char *)(uintptr_t)wrapped(arena, "  name ", 16, texts[i], 0);
        for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
            assert_true(columns_of_text(line) <= SCREEN_COLUMNS);
            assert_true(text_is_line(bytes_of_text(line))); /* no character is cut in two */
        }
    }
}

static void what_is_left_out_is_shown_as_left_out(void **state)
{
    struct arena *arena = *state;
    const char *text =
        wrapped(arena, "", 0,
                "one two three four five six seven eight nine ten eleven twelve thirteen fourteen "
                "fifteen sixteen seventeen",
                1);
    assert_int_equal(strcspn(text, "\n") + 1, strlen(text));
    assert_non_null(strstr(text, "...\n"));
    assert_string_equal(wrapped(arena, "", 0, "short", 1), "short\n");
}

static void nothing_of_a_peer_commands_the_terminal(void **state)
{
    struct arena *arena = *state;
    json_t *evil = json_string("a\033[2Jb\nc\xe2\x80\xae"
                               "d");
    assert_string_equal(screen_string(arena, evil), "a\\x1b[2Jb c\\xe2\\x80\\xaed");
    json_decref(evil);
}

static void marks_take_no_column_and_wide_characters_two(void **state)
{
    (void)state;
    assert_int_equal(columns_of_text("abc"), 3);
    assert_int_equal(columns_of_text("e\xcc\x81"), 1);
    assert_int_equal(columns_of_text("\xe6\x97\xa5\xe6\x9c\xac"), 4);
}

/* A request may have 16,384 bytes of facts, and an officer signs what stands on the screen. */
static void the_longest_text_of_a_letter_is_shown_in_full(void **state)
{
    struct arena *arena = *state;
    static char text[16384 + 1];
    memset(text, 'f', sizeof text - 1);
    assert_string_equal(screen_quiet(arena, bytes_of_text(text)), text);
    memset(text, '\x1b', sizeof text - 1);
    assert_int_equal(strlen(screen_quiet(arena, bytes_of_text(text))), 4 * (sizeof text - 1));
}

static int set_up(void **state)
{
    *state = arena_new((size_t)64 * 1024 * 1024);
    return *state == NULL ? -1 : 0;
}

static int tear_down(void **state)
{
    arena_free(*state);
    return 0;
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
    };
    return cmocka_run_group_tests_name("words", tests, set_up, tear_down);
}
