/* SPDX-License-Identifier: Apache-2.0 */
/* A party without a node has answered a ping: with the code of its mail, or on the phone. An officer signs that it did. */
#include <string.h>

#include "base/daemon/host.h"
#include "base/ensure.h"
#include "nodes/cli/act.h"
#include "nodes/cli/letter_value.h"
#include "nodes/cli/ping_outside.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/signed_record.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"code", "CODE", false, N_("what the mail had, as it came back or was read out")},
    {"state", "STATE|PARTY", false, N_("instead of a code: who answered on the phone")},
    {"by", "mail|phone", false, N_("how the answer came; a code: by mail, unless said")},
    {"person", "FUNCTION", false, N_("who answered: the function, not the name")},
    {"knew-role", "yes|no", false, N_("whether who took the call knew what the number is for")},
    {"at", "TIME", false, N_("when it came; default now")},
    {"check", "PARTS", true, N_("what of the entry is right or wrong: field, right, correction")},
    {"text", "TEXT", false, N_("what else was said")},
    {"round", "ROUND", false, N_("which ping, where several wait for an answer")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

struct answering {
    struct cli *cli;
    struct act act;
    struct ping_outside outside;
    json_t *records;      /* what may be answered */
    const json_t *record; /* of them: what is */
    bool by_phone;
};

static const char *text_of(const json_t *json, const char *name)
{
    const char *text = json_string_value(json_object_get(json, name));
    return text == NULL ? "" : text;
}

static const char *what_of(const struct answering *a, const char *name)
{
    return screen_member(a->cli->arena, signed_record_what(a->record), name);
}

/* --- which ping --- */

static int bad_code(const struct cli *cli, enum ping_code_outcome outcome)
{
    static const char *const why[] = {
        [PING_CODE_LENGTH] = N_("the code is too short or too long: it looks like XQ-7F3K-92MD-XW4T-8P6C-V5"),
        [PING_CODE_CHARACTER] = N_("the code has a character that no code has"),
        [PING_CODE_CHECK] = N_("a character of the code is wrong, or two changed places"),
        [PING_CODE_OK] = "",
    };
    return cli_fail(cli, EXIT_REFUSED, N_("have it read out once more"), "%s", say(cli->words, why[outcome]));
}

static bool has_code(const struct answering *a, const json_t *record, const struct ping_code *code)
{
    struct ping_code its;
    uint8_t differ = 0;
    if (!ping_outside_code(&a->outside, record, &its) || strcmp(its.state, code->state) != 0) {
        return false;
    }
    for (size_t i = 0; i < sizeof its.secret; i++) {
        differ |= its.secret[i] ^ code->secret[i];
    }
    return differ == 0;
}

static int find_by_code(struct answering *a, const char *text, const char *round)
{
    struct ping_code code;
    size_t i = 0;
    const json_t *record = NULL;
    enum ping_code_outcome outcome = ping_code_read(text, &code);
    if (outcome != PING_CODE_OK) {
        return bad_code(a->cli, outcome);
    }
    int done = ping_outside_records(&a->outside, code.state, round, a->act.now, &a->records);
    json_array_foreach(a->records, i, record)
    {
        a->record = has_code(a, record, &code) ? record : a->record;
    }
    if (done == EXIT_DONE && a->record == NULL) {
        return cli_fail(a->cli, EXIT_REFUSED, N_("look at the rounds: comity ping --report last"),
                        "this node has given that code to nobody of %s", code.state);
    }
    return done;
}

static bool is_answered(const struct answering *a, const json_t *record)
{
    const json_t *what = signed_record_what(record);
    json_t *answer = ping_outside_answer(&a->outside, text_of(what, "round"), text_of(what, "to"));
    bool answered = answer != NULL;
    json_decref(answer);
    return answered;
}

/* The one that waits; of several the command has to say which. */
static int find_by_state(struct answering *a, const char *whom, const char *round)
{
    size_t i = 0, waiting = 0;
    const json_t *record = NULL, *newest = NULL;
    int done = ping_outside_records(&a->outside, whom, round, a->act.now, &a->records);
    json_array_foreach(a->records, i, record)
    {
        const json_t *what = signed_record_what(record);
        bool waits = !is_answered(a, record) && look_ms(what, "until") >= a->act.now.ms;
        newest = newest == NULL ? record : newest;
        a->record = waits && waiting == 0 ? record : a->record;
        waiting += waits;
    }
    if (done != EXIT_DONE) {
        return done;
    }
    a->record = a->record == NULL ? newest : a->record; /* told as too late, or answered, below */
    if (a->record == NULL) {
        return cli_fail(a->cli, EXIT_REFUSED, N_("look at the rounds: comity ping --report last"),
                        "no ping of this node went to %s by mail or phone",
                        screen_quiet(a->cli->arena, bytes_of_text(whom)));
    }
    return waiting > 1 ? cli_fail(a->cli, EXIT_USAGE, N_("name it: --round ROUND --state PARTY"),
                                  "%zu pings of %s wait for an answer", waiting,
                                  screen_quiet(a->cli->arena, bytes_of_text(whom)))
                       : EXIT_DONE;
}

static int find(struct answering *a)
{
    const char *code = argument_value(a->act.arguments, "code");
    const char *whom = argument_value(a->act.arguments, "state");
    const char *round = argument_value(a->act.arguments, "round");
    int done = code != NULL ? find_by_code(a, code, round) : find_by_state(a, whom, round);
    const char *fault = done == EXIT_DONE ? ping_outside_fault(&a->outside, a->record) : NULL;
    if (fault != NULL) {
        return cli_fail(a->cli, EXIT_REFUSED, N_("ping it again, and find out who changed the file"),
                        "the ping %s to %s counts nothing: %s", what_of(a, "round"), what_of(a, "to"), fault);
    }
    return done;
}

/* --- what was answered --- */

static void put_checks(struct answering *a)
{
    const ProtobufCMessageDescriptor *message = &comity__ping_answered__descriptor;
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(message, "checks");
    json_t *checks = json_array();
    const char *given = NULL;
    ensure(field != NULL);
    for (size_t i = 0; (given = argument_nth(a->act.arguments, "check", i)) != NULL; i++) {
        json_t *check = letter_value(&a->act, message, field, "check", given);
        (void)json_array_append_new(checks, check == NULL ? json_null() : check);
    }
    act_put(&a->act, "checks", checks);
}

/* Not before it was asked, not after its time. The moment is what the officer says; when it was entered stands beside it. */
static int check_time(struct answering *a)
{
    uint64_t at_ms = look_ms(a->act.body, "answered"),
             until_ms = look_ms(signed_record_what(a->record), "until");
    if (a->act.code != EXIT_DONE) {
        return a->act.code;
    }
    if (at_ms < look_ms(signed_record_what(a->record), "sent") / MS_PER_SECOND * MS_PER_SECOND) {
        return cli_fail(a->cli, EXIT_REFUSED, N_("give the time of the answer: --at TIME"),
                        "the ping of %s was sent at %s only", what_of(a, "round"), what_of(a, "sent"));
    }
    if (at_ms > until_ms) {
        return cli_fail(
            a->cli, EXIT_REFUSED,
            N_("it stays silent in the report; ping it again, or say with --at when the answer came"),
            "the ping of %s to %s was to be answered until %s", what_of(a, "round"), what_of(a, "to"),
            what_of(a, "until"));
    }
    return EXIT_DONE;
}

static int already(const struct answering *a, const json_t *before)
{
    const json_t *what = signed_record_what(before);
    return cli_fail(a->cli, EXIT_REFUSED, N_("an answer counts once: see comity ping --report last"),
                    "the ping of %s to %s was answered already at %s, entered by %s", what_of(a, "round"),
                    what_of(a, "to"), screen_member(a->cli->arena, what, "answered"),
                    screen_member(a->cli->arena, what, "entered_by"));
}

static void put_answer(struct answering *a)
{
    const struct arguments *arguments = a->act.arguments;
    const char *knew = argument_value(arguments, "knew-role");
    char now[INSTANT_TEXT_MAX];
    instant_write(now, (struct instant){.ms = (int64_t)a->act.now.ms});
    act_put(&a->act, "what", json_string("ANSWER"));
    act_put(&a->act, "round", json_string(what_of(a, "round")));
    act_put(&a->act, "to", json_string(what_of(a, "to")));
    act_put(&a->act, "how", json_string(a->by_phone ? "phone" : "link"));
    act_put(&a->act, "with_code", json_boolean(argument_given(arguments, "code")));
    act_put(&a->act, "entered", json_string(now));
    act_when(&a->act, "answered", "at", WHEN_PAST, "now");
    act_text(&a->act, "person", "person");
    act_text(&a->act, "text", "text");
    if (knew != NULL) {
        act_put(&a->act, "knew_role", json_boolean(strcmp(knew, "yes") == 0));
    }
    put_checks(a);
}

static int say_kept(const struct answering *a, const json_t *record)
{
    if (a->cli->json) {
        return cli_print_json(a->cli, json_incref((json_t *)signed_record_what(record)));
    }
    cli_print(a->cli, "%s answered %s, entered by %s; see: comity ping --report %s\n", what_of(a, "to"),
              what_of(a, "round"), a->act.officers.list[0].name, what_of(a, "round"));
    return EXIT_DONE;
}

static int keep(struct answering *a)
{
    json_t *before = NULL;
    int code = officers_need(&a->act.officers, 1);
    if (code != EXIT_DONE) {
        return code;
    }
    act_put(&a->act, "entered_by", json_string(a->act.officers.list[0].name));
    json_t *record = signed_record_new(&a->act.client, &a->act.officers.list[0], json_incref(a->act.body));
    if (record == NULL) {
        return cli_fail(a->cli, EXIT_REFUSED, "", "no memory");
    }
    const json_t *key = signed_record_key(&a->act.client, a->outside.roster, text_of(record, "key"));
    if (key == NULL) {
        code = cli_fail(a->cli, EXIT_REFUSED, N_("sign with a key of this party: --officer FILE"),
                        "%s is no officer of %s in the roster", a->act.officers.list[0].name,
                        a->act.client.party.text);
    }
    code = code == EXIT_DONE
               ? ping_outside_keep(&a->outside, what_of(a, "round"), what_of(a, "to"), record, &before)
               : code;
    code = before != NULL ? already(a, before) : code == EXIT_DONE ? say_kept(a, record) : code;
    json_decref(before);
    json_decref(record);
    return code;
}

static int answer(struct answering *a)
{
    int code = find(a);
    json_t *before =
        code == EXIT_DONE ? ping_outside_answer(&a->outside, what_of(a, "round"), what_of(a, "to")) : NULL;
    if (before != NULL) {
        code = already(a, before);
        json_decref(before);
    }
    if (code != EXIT_DONE) {
        return code;
    }
    put_answer(a);
    code = check_time(a);
    return code == EXIT_DONE ? keep(a) : code;
}

static bool is_one_of(const char *given, const char *one, const char *other)
{
    return given == NULL || strcmp(given, one) == 0 || strcmp(given, other) == 0;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *code = argument_value(arguments, "code"), *whom = argument_value(arguments, "state");
    const char *by = argument_value(arguments, "by");
    struct answering a = {.cli = cli, .by_phone = by != NULL && strcmp(by, "phone") == 0};
    if ((code == NULL) == (whom == NULL)) {
        return cli_usage(cli, arguments, "give --code CODE, or --state STATE for an answer on the phone");
    }
    if (!is_one_of(by, "mail", "phone") || !is_one_of(argument_value(arguments, "knew-role"), "yes", "no")) {
        return cli_usage(cli, arguments, "--by takes mail or phone, --knew-role takes yes or no");
    }
    if (whom != NULL && (!a.by_phone || !argument_given(arguments, "person"))) {
        return cli_usage(cli, arguments,
                         "without a code it was on the phone: give --by phone and --person FUNCTION");
    }
    act_begin(&a.act, cli, arguments, NULL);
    int done = a.act.code;
    done = done == EXIT_DONE ? ping_outside_open(&a.outside, &a.act.client) : done;
    done = done == EXIT_DONE ? answer(&a) : done;
    json_decref(a.records);
    ping_outside_close(&a.outside);
    act_done(&a.act);
    return done;
}

const struct subcommand cmd_ping_answered = {
    .name = "ping answered",
    .group = N_("Other cases"),
    .synopsis =
        "--code CODE | --state STATE|PARTY --by phone --person FUNCTION [--at TIME] [--knew-role yes|no] "
        "[--check PARTS]... [--text TEXT] [--round ROUND]",
    .does = N_("a party without a node answered a ping: by mail, or on the phone"),
    .help = N_("With the code of the mail, whoever brought it back; or what was said on the phone, which was "
               "called by the\n"
               "number of the directory. The officer signs that it was so. An answer counts once, and until "
               "the ping ends.\n"
               "What is wrong in its entry becomes a record: comity ping --report last --corrections FOLDER. "
               "Examples:\n"
               "  comity ping answered --code XQ-7F3K-92MD-XW4T-8P6C-V5\n"
               "  comity ping answered --state XQ --by phone --person 'duty officer' \\\n"
               "      --knew-role yes --at 2026-11-22T14:05:00Z \\\n"
               "      --check 'field: PHONE; right: no; correction: +999 1 234'"),
    .options = options,
    .needs_directory = true,
    .run = run,
};
