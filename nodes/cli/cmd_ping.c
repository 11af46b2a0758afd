/* SPDX-License-Identifier: Apache-2.0 */
/* Is somebody there? Keys, path, person and directory entry of another party, or of many, are tried, without a case of substance. */
#include <inttypes.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "nodes/cli/act.h"
#include "nodes/cli/mail.h"
#include "nodes/cli/ping_corrections.h"
#include "nodes/cli/ping_invite.h"
#include "nodes/cli/ping_outside.h"
#include "nodes/cli/ping_page.h"
#include "nodes/cli/ping_round.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/signed_record.h"
#include "nodes/cli/subcommands.h"

static const struct option_spec options[] = {
    {"to", "all|STATE", false, N_("instead of one party: all that are active, or those of a State")},
    {"report", "ROUND|last", false,
     N_("what came of pings to many: who answered, after how long, what is to be corrected")},
    {"html", "FILE", false, N_("with --report: the same as a page")},
    {"corrections", "FOLDER", false,
     N_("with --report: what is to be corrected as records, a file a party, for comity roster draft")},
    {"by", "DATE", false, N_("when an answer is late; default +1d")},
    {"text", "TEXT", false, N_("what shall be looked at")},
    SIGNER_OPTIONS,
    {NULL, NULL, false, NULL},
};

/* --- with a node --- */

static int ping(struct cli *cli, const struct arguments *arguments, struct address to, const char *reference)
{
    struct act act;
    act_begin(&act, cli, arguments, NULL);
    act.to = to;
    act_when(&act, "by", "by", WHEN_TO_COME, "+1d");
    act_text(&act, "text", "text");
    json_t *ping = act.body;
    act.body = json_object();
    act_put(&act, "type", json_string("PING"));
    act_put(&act, "reference", json_string(reference == NULL ? "PING" : reference));
    act_put(&act, "ping", ping);
    return act_send(&act, "request");
}

/* A case each; one that cannot be sent is told and does not keep back the others. */
static int ping_nodes(struct cli *cli, const struct arguments *arguments, const json_t *parties,
                      const char *round)
{
    size_t i = 0;
    const json_t *party = NULL;
    int code = EXIT_DONE;
    json_array_foreach(parties, i, party)
    {
        struct address to;
        char name[sizeof to.text];
        if (address_read(bytes_of_text(json_string_value(json_object_get(party, "address"))), &to)) {
            memcpy(name, to.text, sizeof name);
            name[2] = '-';
            int one = ping(cli, arguments, to, arena_format(cli->arena, "%s-%s", round, name));
            code = code == EXIT_DONE ? one : code;
        }
    }
    return code;
}

/* --- without --- */

/* The mail that a party of our own directory takes answers at; "": none. */
static const char *answer_address(const struct cli *cli, const json_t *party)
{
    size_t i = 0;
    const json_t *contact = NULL;
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        const char *address = screen_member(cli->arena, contact, "email");
        if (mail_address_is_good(address)) {
            return address;
        }
    }
    return "";
}

static const json_t *entry_of(const json_t *parties, const char *address)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(parties, i, party)
    {
        const char *text = json_string_value(json_object_get(party, "address"));
        if (text != NULL && strcmp(text, address) == 0) {
            return party;
        }
    }
    return NULL;
}

static int write_file(const struct cli *cli, const char *path, const char *text)
{
    struct error error = {.text = "", .words = cli->words};
    if (path == NULL || text == NULL) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    return files_write_new(path, bytes_of_text(text), 0600, &error)
               ? EXIT_DONE
               : cli_fail(cli, EXIT_REFUSED, "", "%s", error.text);
}

static int say_invite(const struct cli *cli, const struct ping_invite *invite, const char *mail,
                      const char *script)
{
    const char *to = screen_member(cli->arena, invite->to, "address");
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:s, s:s*, s:s, s:s}", "party", to, "mail", mail, "script",
                                             script, "until", invite->until));
    }
    if (mail != NULL) {
        cli_print(cli, "%s has no node: send %s, or call by %s\n", to, mail, script);
    } else {
        cli_print(cli, "%s has no node, and there is no mail: call by %s\n", to, script);
    }
    return EXIT_DONE;
}

static int invite_one(const struct ping_outside *o, struct ping_invite *invite, const json_t *record)
{
    const struct cli *cli = invite->cli;
    const json_t *what = signed_record_what(record);
    const char *to = screen_member(cli->arena, what, "to");
    char code_text[PING_CODE_TEXT];
    struct ping_code code;
    const char *mail = NULL, *script = ping_outside_file(o, invite->round, to, ".txt");
    if (!ping_outside_code(o, record, &code)) {
        return cli_fail(cli, EXIT_REFUSED, "", "no memory");
    }
    invite->code = ping_code_write(code_text, &code);
    invite->mail = screen_member(cli->arena, what, "mail");
    invite->until = screen_member(cli->arena, what, "until");
    int done = EXIT_DONE;
    if (invite->mail[0] != '\0' && invite->answer_to[0] != '\0') {
        mail = ping_outside_file(o, invite->round, to, ".eml");
        done = write_file(cli, mail, ping_invite_mail(invite));
    } else {
        invite->mail = "";
    }
    done = done == EXIT_DONE ? write_file(cli, script, ping_invite_script(invite)) : done;
    return done == EXIT_DONE ? say_invite(cli, invite, mail, script) : done;
}

static bool signs_exercises(const struct ping_outside *o, const json_t *record)
{
    const char *hex = json_string_value(json_object_get(record, "key"));
    const json_t *key = hex == NULL ? NULL : signed_record_key(o->client, o->roster, hex);
    return json_is_true(json_object_get(key, "exercise"));
}

static int invite_all(const struct ping_outside *o, const struct act *act, const char *round,
                      const json_t *parties, const json_t *records)
{
    const char *own = act->client.party.text, *text = argument_value(act->arguments, "text");
    json_t *answer = NULL;
    size_t i = 0;
    const json_t *record = NULL;
    int code = client_get(o->client, arena_format(act->cli->arena, "/v1/directory?of=%s", own), &answer);
    const json_t *from = entry_of(json_object_get(answer, "parties"), own);
    struct ping_invite invite = {.cli = act->cli,
                                 .from = from,
                                 .answer_to = answer_address(act->cli, from),
                                 .round = round,
                                 .text = text == NULL ? "" : text,
                                 .now = act->now};
    if (code == EXIT_DONE && invite.answer_to[0] == '\0' && json_array_size(records) != 0) {
        cli_note(act->cli,
                 "no mail is written: the roster has no mail address of %s that answers could go to", own);
    }
    json_array_foreach(records, i, record)
    {
        invite.to = entry_of(parties, screen_member(act->cli->arena, signed_record_what(record), "to"));
        invite.exercise = signs_exercises(o, record);
        code = code == EXIT_DONE ? invite_one(o, &invite, record) : code;
    }
    json_decref(answer);
    return code;
}

static int ping_outside(struct cli *cli, const struct arguments *arguments, const json_t *parties,
                        const char *round)
{
    struct act act;
    struct ping_outside outside = {.roster = NULL};
    json_t *records = NULL;
    if (json_array_size(parties) == 0) {
        return EXIT_DONE;
    }
    act_begin(&act, cli, arguments, NULL);
    json_t *until = act_instant(&act, "by", WHEN_TO_COME, "+1d");
    int code = act.code == EXIT_DONE ? officers_need(&act.officers, 1) : act.code;
    code = code == EXIT_DONE ? ping_outside_open(&outside, &act.client) : code;
    if (code == EXIT_DONE) {
        code = ping_outside_begin(&outside, &act, round, parties, json_string_value(until), &records);
    }
    code = code == EXIT_DONE ? invite_all(&outside, &act, round, parties, records) : code;
    json_decref(records);
    json_decref(until);
    ping_outside_close(&outside);
    act_done(&act);
    return code;
}

/* --- many --- */

static int ping_many(struct cli *cli, const struct arguments *arguments, const char *whom)
{
    struct client client;
    json_t *nodes = NULL, *outside = NULL;
    const char *round =
        arena_format(cli->arena, PING_ROUND_PREFIX "%" PRIu64, host_wall().ms / MS_PER_SECOND);
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? ping_round_parties(&client, whom, &nodes, &outside) : code;
    client_close(&client);
    if (code == EXIT_DONE && round == NULL) {
        code = cli_fail(cli, EXIT_REFUSED, NULL, "no memory");
    }
    code = code == EXIT_DONE ? ping_outside(cli, arguments, outside, round) : code;
    if (code == EXIT_DONE) {
        code = ping_nodes(cli, arguments, nodes, round);
        cli_note(cli, "look what came of it: comity ping --report %s", round);
    }
    json_decref(nodes);
    json_decref(outside);
    return code;
}

/* Who has no node reads no letter. */
static int ping_one(struct cli *cli, const struct arguments *arguments, struct address to)
{
    unsigned status = 0;
    json_t *answer = client_try(cli, arena_format(cli->arena, "/v1/directory?of=%s", to.text), &status);
    const json_t *entry = status == 200 ? entry_of(json_object_get(answer, "parties"), to.text) : NULL;
    bool outside = json_is_false(json_object_get(entry, "has_node"));
    json_decref(answer);
    return outside ? cli_fail(cli, EXIT_REFUSED,
                              cli_text(cli, "by mail and by phone: comity ping --to %.2s", to.text),
                              "%s has no node", to.text)
                   : ping(cli, arguments, to, NULL);
}

/* --- what came of it --- */

static int show(struct client *client, const struct arguments *arguments, const json_t *report)
{
    const struct cli *cli = client->cli;
    const char *page = argument_value(arguments, "html"), *folder = argument_value(arguments, "corrections");
    int code = page == NULL ? EXIT_DONE : ping_page_write(cli, report, page);
    code = code == EXIT_DONE && folder != NULL ? ping_corrections_write(client, report, folder) : code;
    if (code == EXIT_DONE && cli->json) {
        return cli_print_json(cli, json_incref((json_t *)report));
    }
    if (code == EXIT_DONE) {
        ping_round_print(cli, report);
    }
    return code;
}

static int report(struct cli *cli, const struct arguments *arguments, const char *round)
{
    struct client client;
    json_t *rows = NULL;
    int code = client_open(&client, cli);
    if (code == EXIT_DONE && strcmp(round, "last") == 0) {
        code = ping_round_last(&client, &round);
    }
    code = code == EXIT_DONE ? ping_round_rows(&client, round, &rows) : code;
    json_t *whole = code == EXIT_DONE ? ping_round_report(&client, round, host_wall(), rows) : NULL;
    code = code == EXIT_DONE ? show(&client, arguments, whole) : code;
    json_decref(whole);
    client_close(&client);
    return code;
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *whom = argument_value(arguments, "to"), *round = argument_value(arguments, "report");
    struct address to;
    if ((arguments->word_count != 0) + (whom != NULL) + (round != NULL) != 1) {
        return cli_usage(cli, arguments, "name one party, or give --to all, --to STATE or --report last");
    }
    if (round != NULL) {
        return report(cli, arguments, round);
    }
    if (argument_given(arguments, "html") || argument_given(arguments, "corrections")) {
        return cli_usage(cli, arguments, "--html and --corrections are of a report: give --report last");
    }
    if (whom != NULL) {
        return strcmp(whom, "all") == 0 || state_is_valid(bytes_of_text(whom))
                   ? ping_many(cli, arguments, whom)
                   : cli_usage(cli, arguments, "--to takes all, or a State by its two letters, such as XB");
    }
    if (!address_read(bytes_of_text(arguments->words[0]), &to)) {
        return cli_usage(cli, arguments, "%s is no address of a party, such as XB/poc",
                         screen_quiet(cli->arena, bytes_of_text(arguments->words[0])));
    }
    return ping_one(cli, arguments, to);
}

const struct subcommand cmd_ping = {
    .name = "ping",
    .group = N_("Other cases"),
    .synopsis = "PARTY | --to all|STATE [--by DATE] [--text TEXT] | --report ROUND|last [--html FILE] "
                "[--corrections FOLDER]",
    .does = N_("try keys, path, person and directory entry of another party, or of all"),
    .help =
        N_("Its node answers at once, a person within the day. Unannounced where the party consents to it.\n"
           "--to sends one to each party, as cases of their own. For a party without a node it writes a mail "
           "with a\n"
           "link to send, and a script to call by: see comity ping answered. --report says of all who "
           "answered, how,\n"
           "after how long, and what of the directory is wrong. Examples:\n"
           "  comity ping XB/poc\n"
           "  comity ping --to all\n"
           "  comity ping --report last --html report.html --corrections corrections"),
    .options = options,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
