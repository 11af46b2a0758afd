/* SPDX-License-Identifier: Apache-2.0 */
/* A recorded incident, played into the same core: what a daemon did, again and where one can look at it. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "drills/cli/subcommands.h"
#include "drills/cli/words.h"
#include "drills/play/replay.h"

static const struct option_spec options[] = {
    {"key", "FILE", false, N_("the secret key that the record is sealed to")},
    {"trace", NULL, false, N_("print every turn in words")},
    {"until", "TURN", false, N_("stop after that turn")},
    {"dump", "DIR", false, N_("write the database as it then is into DIR, for sqlite3")},
    {NULL, NULL, false, NULL},
};

static const char *const end_words[] = {
    [REPLAY_ENDED] = "ended", [REPLAY_CUT] = "cut",           [REPLAY_FATAL] = "fatal",
    [REPLAY_UNTIL] = "until", [REPLAY_DIVERGED] = "diverged", [REPLAY_UNREADABLE] = "unreadable",
};

static bool is_good(const struct replay_report *report)
{
    return report->undumped[0] == '\0' && report->end != REPLAY_DIVERGED && report->end != REPLAY_UNREADABLE;
}

/* build is that of this program, as the other commands tell it; the others are what a record knows of a build. */
static json_t *report_json(const struct replay_report *report)
{
    json_t *json = json_pack("{s:b, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:I, s:I, s:I, s:b}", "ok",
                             is_good(report), "end", end_words[report->end], "text", report->text, "program",
                             report->program, "owner", report->owner, "build", words_build(), "recorded_by",
                             report->build, "replayed_by", report->own_build, "turns",
                             (json_int_t)report->turns, "inputs", (json_int_t)report->inputs, "said",
                             (json_int_t)report->said, "draws", (json_int_t)report->draws, "signatures",
                             (json_int_t)report->signatures, "sealed", report->sealed);
    ensure(json != NULL); /* all texts are quiet */
    if (report->undumped[0] != '\0') {
        ensure(json_object_set_new(json, "undumped", json_string(report->undumped)) == 0);
    }
    return json;
}

static void print_report(const struct cli *cli, const struct replay_report *report)
{
    char began[INSTANT_TEXT_MAX];
    char last[INSTANT_TEXT_MAX];
    (void)instant_write(began, (struct instant){.ms = (int64_t)(report->began_ms & INT64_MAX)});
    (void)instant_write(last, (struct instant){.ms = (int64_t)(report->turn_wall_ms & INT64_MAX)});
    cli_print(cli,
              report->sealed ? N_("%s of %s, sealed record, from %s") : N_("%s of %s, open record, from %s"),
              report->program, report->owner, began);
    if (report->turns != 0) {
        cli_print(cli, " to %s", last);
    }
    cli_print(
        cli,
        "\nplayed %llu turns: %llu inputs, %llu draws, %llu signatures, %llu things said, equal byte for "
        "byte\n",
        (unsigned long long)report->turns, (unsigned long long)report->inputs,
        (unsigned long long)report->draws, (unsigned long long)report->signatures,
        (unsigned long long)report->said);
    switch (report->end) {
    case REPLAY_ENDED:
        cli_print(cli, "all of it was played; the record was ended: %s\n", report->text);
        break;
    case REPLAY_CUT:
        cli_print(cli, "all of it was played; the record is cut off after this: the process was killed, the "
                       "disk was full, or the file was cut\n");
        break;
    case REPLAY_FATAL:
        cli_print(cli, "all of it was played; %s\n", report->text);
        break;
    case REPLAY_UNTIL:
        (void)printf("%s\n", report->text);
        break;
    case REPLAY_DIVERGED:
    case REPLAY_UNREADABLE:
        break; /* an error */
    }
}

static int say_verdict(struct cli *cli, const struct replay_report *report)
{
    if (report->owner[0] == '\0') { /* nothing was opened, so nothing is equal either */
        return cli_fail(cli, EXIT_REFUSED, "nothing of it could be played; get another copy of the record",
                        "%s", report->text);
    }
    print_report(cli, report);
    if (strcmp(report->build, report->own_build) != 0) {
        cli_note(cli, "the record is of another build (%s; this one is %s): it may decide otherwise",
                 report->build, report->own_build);
    }
    if (report->end == REPLAY_DIVERGED) {
        return cli_fail(cli, EXIT_REFUSED, "look at it: comity world replay FILE --until TURN --trace",
                        "it went another way: %s", report->text);
    }
    if (report->end == REPLAY_UNREADABLE) {
        return cli_fail(cli, EXIT_REFUSED, "what was before it has been played", "%s", report->text);
    }
    return EXIT_DONE;
}

/* What came of it first, then what became of the dump. */
static int say_report(struct cli *cli, const struct replay_report *report)
{
    if (cli->json) {
        int code = cli_print_json(cli, report_json(report));
        return code == EXIT_DONE && !is_good(report) ? EXIT_REFUSED : code;
    }
    int code = say_verdict(cli, report);
    return report->undumped[0] == '\0'
               ? code
               : cli_fail(cli, EXIT_REFUSED, NULL, "no database: %s", report->undumped);
}

static bool read_turn(const char *text, uint64_t *ret)
{
    char *rest = NULL;
    errno = 0;
    unsigned long long value = strtoull(text, &rest, 10);
    *ret = value;
    return errno == 0 && text[0] >= '1' && text[0] <= '9' && *rest == '\0';
}

static int replay(struct cli *cli, const struct replay_options *what)
{
    struct replay_report report;
    struct error error = {.text = "", .words = cli->words};
    if (what->dump != NULL && mkdir(what->dump, 0700) != 0 && errno != EEXIST) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "cannot make %s: %s", what->dump, strerror(errno));
    }
    if (!replay_run(what, &report, &error)) {
        return cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text);
    }
    return say_report(cli, &report);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct record_pair pair;
    struct error error = {.text = "", .words = cli->words};
    const char *key = argument_value(arguments, "key");
    const char *until = argument_value(arguments, "until");
    struct replay_options what = {
        .file = arguments->words[0],
        .trace = argument_given(arguments, "trace") && !cli->json ? stdout : NULL,
        .dump = argument_value(arguments, "dump"),
    };
    if (until != NULL && !read_turn(until, &what.until_turn)) {
        return cli_usage(cli, arguments, "--until is the number of a turn, from 1");
    }
    what.key = key == NULL ? NULL : &pair;
    int code = key != NULL && !record_key_read(key, &pair, &error)
                   ? cli_fail(cli, EXIT_REFUSED, NULL, "%s", error.text)
                   : replay(cli, &what);
    sodium_memzero(&pair, sizeof pair);
    return code;
}

const struct subcommand cmd_world_replay = {
    .name = "world replay",
    .group = N_("Worlds"),
    .synopsis = "FILE [--key FILE] [--trace] [--until TURN] [--dump DIR]",
    .does = N_("play a recorded incident into the same core and compare"),
    .help = N_(
        "FILE is what comity-broker or comity-node wrote with --record. Each turn is played again on a disk\n"
        "in memory: same store, same inputs, same clocks, same randomness; what it then signs, says and\n"
        "answers is compared byte for byte. Exit code 1 where it first differs. Example:\n"
        "  comity world replay incident.record --key ~/record.key --trace"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .run = run,
};
