/* SPDX-License-Identifier: Apache-2.0 */
/* A request: from a file, asked for field by field, like one there was; or the form of one to be filled in. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "nodes/cli/act.h"
#include "nodes/cli/interview.h"
#include "nodes/cli/letter_value.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/template.h"
#include "proto/json.h"

static const struct option_spec options[] = {
    {"to", "PARTY", false, N_("whom it goes to, as the roster names it: XB/poc")},
    {"type", "T", false,
     N_("the kind of request, such as preservation, stored-data, emergency; wrong ones are told all")},
    {"new", NULL, false, N_("print a form of that kind to fill in, with what each field is for")},
    {"interactive", NULL, false, N_("ask for one field after the other, with the reason each is needed")},
    {"confirm", "CASE", false,
     N_("it puts into writing what was asked by telephone: the case that they opened")},
    {"like", "CASE", false, N_("begin with what the request of that case says")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

/* What the command line asks for, read. */
struct asked {
    const struct request_kind *kind; /* NULL: not said */
    struct address to;
    bool has_to;
    json_t *like; /* a request to begin with; owned; NULL: none */
};

static int unknown_kind(const struct cli *cli, const char *name)
{
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    const char *list = "";
    for (size_t i = 0; i < count && list != NULL; i++) {
        list = arena_format(cli->arena, "%s%s%s", list, i == 0 ? "" : " ", kinds[i].name);
    }
    return cli_fail(cli, EXIT_USAGE, cli_text(cli, "write one of: %s", list == NULL ? "?" : list),
                    "--type %s is no kind of request", screen_quiet(cli->arena, bytes_of_text(name)));
}

static int read_to(const struct cli *cli, const struct arguments *arguments, struct asked *asked)
{
    const char *name = argument_value(arguments, "to");
    asked->has_to = name != NULL;
    if (name != NULL && !address_read(bytes_of_text(name), &asked->to)) {
        return cli_usage(cli, arguments, "--to %s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(name)));
    }
    return EXIT_DONE;
}

static int read_like(const struct cli *cli, const struct arguments *arguments, struct asked *asked)
{
    struct client client;
    json_t *answer = NULL;
    const char *name = argument_value(arguments, "like");
    if (name == NULL) {
        return EXIT_DONE;
    }
    int code = client_open(&client, cli);
    const char *path = code == EXIT_DONE ? client_path(&client, "/v1/cases/", name) : NULL;
    path = path == NULL ? NULL : arena_format(cli->arena, "%s/draft?as=like", path);
    if (code == EXIT_DONE) {
        code =
            path == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : client_get(&client, path, &answer);
    }
    if (code == EXIT_DONE) {
        struct faults faults;
        faults_init(&faults, cli->arena);
        asked->like = json_incref(json_object_get(json_object_get(answer, "letter"), "request"));
        const Comity__Request *request = (const Comity__Request *)(const void *)message_of_json(
            &comity__request__descriptor, asked->like, cli->arena, &faults);
        const struct request_kind *kind = request == NULL ? NULL : request_kind_of(request);
        asked->kind = asked->kind == NULL ? kind : asked->kind;
        const char *to = screen_member(cli->arena, answer, "to");
        asked->has_to = asked->has_to || address_read(bytes_of_text(to), &asked->to);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

static int read_asked(const struct cli *cli, const struct arguments *arguments, struct asked *asked)
{
    const char *type = argument_value(arguments, "type");
    *asked = (struct asked){.kind = type == NULL ? NULL : request_kind_find(type)};
    if (type != NULL && asked->kind == NULL) {
        return unknown_kind(cli, type);
    }
    int code = read_to(cli, arguments, asked);
    return code == EXIT_DONE ? read_like(cli, arguments, asked) : code;
}

/* --- a form --- */

static int print_form(const struct cli *cli, const struct arguments *arguments, const struct asked *asked)
{
    if (asked->kind == NULL) {
        return cli_usage(cli, arguments, "--type is missing");
    }
    const char *form = asked->like == NULL
                           ? template_write(asked->kind, cli->words, cli->arena)
                           : template_filled(asked->kind, asked->like, cli->words, cli->arena);
    if (form == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:s}", "type", asked->kind->name, "form", form));
    }
    (void)fputs(form, stdout);
    return EXIT_DONE;
}

/* --- asked for --- */

struct shown {
    struct interview *interview;
    enum interview_choice choice;
};

static int choose(void *context)
{
    struct shown *shown = context;
    shown->choice = interview_choose(shown->interview);
    return shown->choice == CHOICE_SIGN ? EXIT_DONE : EXIT_REFUSED;
}

/* Asks, shows, and asks again until it is sent or left. */
static int interview(struct cli *cli, const struct arguments *arguments, const struct asked *asked)
{
    struct client client;
    struct shown shown = {.choice = CHOICE_EDIT};
    int code = client_open(&client, cli);
    if (code == EXIT_DONE) {
        shown.interview =
            interview_begin(&client, asked->kind, asked->has_to ? &asked->to : NULL, asked->like);
        code = shown.interview == NULL ? cli_fail(cli, EXIT_REFUSED, "", "no memory") : EXIT_DONE;
    }
    while (code == EXIT_DONE && shown.choice == CHOICE_EDIT) {
        struct act act;
        struct address to;
        json_t *request = NULL;
        code = interview_ask(shown.interview, &request, &to);
        if (code != EXIT_DONE) {
            break;
        }
        act_begin(&act, cli, arguments, NULL);
        act.to = to;
        json_decref(act.body);
        act.body = request;
        act.confirm = choose;
        act.confirm_context = &shown;
        shown.choice = CHOICE_SIGN;
        code = act_send(&act, "request");
        if (shown.choice == CHOICE_EDIT) {
            code = interview_edit(shown.interview) ? EXIT_DONE : interview_leave(shown.interview, EXIT_DONE);
        } else if (shown.choice == CHOICE_WRITE) {
            code = interview_write(shown.interview);
        } else if (shown.choice == CHOICE_QUIT || code != EXIT_DONE) {
            code = interview_leave(shown.interview, shown.choice == CHOICE_QUIT ? EXIT_DONE : code);
        }
    }
    if (shown.interview != NULL) {
        interview_end(shown.interview);
    }
    client_close(&client);
    return code;
}

/* --- a file --- */

static int send_file(struct cli *cli, const struct arguments *arguments, const struct asked *asked)
{
    struct act act;
    const char *call = argument_value(arguments, "confirm");
    if (!asked->has_to && call == NULL) {
        return cli_usage(cli, arguments, "--to is missing");
    }
    act_begin(&act, cli, arguments, call);
    act.to = call == NULL ? asked->to : act.to;
    json_t *request = letter_json_file(&act, &comity__request__descriptor, arguments->words[0]);
    if (request != NULL) {
        json_decref(act.body);
        act.body = request;
    }
    return act_send(&act, "request");
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct asked asked;
    bool asks = argument_given(arguments, "interactive");
    bool form = !asks && (argument_given(arguments, "new") || argument_given(arguments, "like"));
    if (arguments->word_count == 0 && !asks && !form) {
        return cli_usage(cli, arguments, "FILE is missing, or --new, --interactive or --like CASE");
    }
    if (asks && cli->json) {
        return cli_usage(cli, arguments, "--interactive speaks with people: leave --json out");
    }
    int code = read_asked(cli, arguments, &asked);
    if (code == EXIT_DONE) {
        code = form   ? print_form(cli, arguments, &asked)
               : asks ? interview(cli, arguments, &asked)
                      : send_file(cli, arguments, &asked);
    }
    json_decref(asked.like);
    return code;
}

const struct subcommand cmd_request = {
    .name = "request",
    .group = N_("Requesting"),
    .synopsis = "(FILE (--to PARTY | --confirm CASE) | --type T --new | --interactive [--type T] [--to "
                "PARTY] | --like CASE)",
    .does = N_("ask another authority for something; prints the id of the case"),
    .help = N_("FILE is a form of lines \"path: value\", as --new prints it, or JSON as in "
               "examples/preservation.json, or\n"
               "- for standard input. A moment that is to come may be told from now: +90m, +2h, +3d. "
               "Everything that is missing or wrong is named at once, before anything "
               "is signed.\n"
               "--interactive asks for what is needed and looks at each answer; what it made is shown before "
               "it is signed.\n"
               "Examples:\n"
               "  comity request examples/preservation.json --to XB/poc\n"
               "  comity request --type emergency --new >emergency.form\n"
               "  comity request --interactive\n"
               "  comity request --like XA-NCC-2026-0417 >next.form"),
    .options = options,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
