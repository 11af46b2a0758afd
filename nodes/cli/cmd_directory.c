/* SPDX-License-Identifier: Apache-2.0 */
/* How to reach a State's authorities and what they publish of how they work, as the roster has it. */
#include <stdio.h>
#include <string.h>

#include "base/columns.h"
#include "base/instant.h"
#include "nodes/cli/client.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

#define HOLIDAYS_SHOWN 6 /* of those to come */

static const char *member(const struct cli *cli, const json_t *object, const char *name)
{
    return screen_member(cli->arena, object, name);
}

static long long number(const json_t *object, const char *name)
{
    return (long long)json_integer_value(json_object_get(object, name));
}

/* "label         text", where there is a text. */
static void line(const struct cli *cli, const char *label, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        const char *words = say(cli->words, label);
        size_t width = columns_of_text(words);
        (void)printf("  %s%*s%s\n", words, width < 15 ? (int)(15 - width) : 1, "", text);
    }
}

/* The texts of a list, after what there is already. */
static const char *joined(const struct cli *cli, const char *text, const char *between, const json_t *list)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(list, i, entry)
    {
        const char *longer = arena_format(cli->arena, "%s%s%s", text, text[0] == '\0' ? "" : between,
                                          screen_string(cli->arena, entry));
        text = longer == NULL ? text : longer;
    }
    return text;
}

/* --- who is there --- */

static const char *staffing_text(const struct cli *cli, const json_t *party)
{
    const char *word = member(cli, party, "staffing");
    if (strcmp(word, "STAFFED") == 0) {
        return say(cli->words, N_("staffed"));
    }
    if (word[0] == '\0') {
        return "";
    }
    return strcmp(word, "ON_CALL") == 0 ? say(cli->words, N_("on call")) : say(cli->words, N_("closed"));
}

/* "2026-11-20T15:00:00+01:00" as "Fri 20 Nov 15:00" */
static const char *local_time(const struct cli *cli, const json_t *party)
{
    struct instant now;
    return instant_read(bytes_of_text(member(cli, party, "now")), &now) == INSTANT_OK ? when_there(cli, now)
                                                                                      : "?";
}

static void print_head(const struct cli *cli, const json_t *party)
{
    const char *now = local_time(cli, party);
    (void)printf("%s  %s  %s\n", member(cli, party, "address"), member(cli, party, "status"),
                 member(cli, party, "name"));
    line(cli, N_("now"),
         arena_format(cli->arena, "%s  %s  %s", now == NULL ? "?" : now, member(cli, party, "zone"),
                      staffing_text(cli, party)));
    if (json_is_false(json_object_get(party, "has_node"))) {
        line(cli, N_("note"), say(cli->words, N_("it has no node: it is reached by mail and by phone")));
    }
    if (!json_is_true(json_object_get(party, "zone_known"))) {
        line(cli, N_("note"),
             say(cli->words, N_("this node's tzdata does not have that zone: UTC is shown")));
    }
}

/* --- contacts --- */

static const char *verified_text(const struct cli *cli, const json_t *contact)
{
    const char *by = member(cli, contact, "verified_by");
    long long days = number(contact, "days_since_verified");
    if (json_object_get(contact, "verified_at") == NULL) {
        return say(cli->words, N_("never verified"));
    }
    const char *text = arena_format(
        cli->arena, say_n(cli->words, "verified %lld day ago", "verified %lld days ago", (size_t)days), days);
    return by[0] == '\0' || text == NULL ? text : arena_format(cli->arena, "%s, %s", text, by);
}

static void print_contact(const struct cli *cli, const json_t *contact)
{
    static const char *const members[] = {"office", "role", "name", "phone", "email", "hours"};
    const char *verified = verified_text(cli, contact);
    const char *text = "";
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        const char *said = member(cli, contact, members[i]);
        const char *longer =
            said[0] == '\0' ? text
                            : arena_format(cli->arena, "%s%s%s", text, text[0] == '\0' ? "" : "  ", said);
        text = longer == NULL ? text : longer;
    }
    line(cli, N_("contact"), text);
    line(cli, "", verified);
}

/* --- calendar --- */

/* The days that are to come, as the party's own date has it; how many more there are. */
static const char *holidays_text(const struct cli *cli, const json_t *party)
{
    const json_t *list = json_object_get(json_object_get(party, "calendar"), "holidays");
    const char *now = member(cli, party, "now"); /* begins with its date */
    const char *text = "";
    size_t i = 0, shown = 0, more = 0;
    const json_t *entry = NULL;
    json_array_foreach(list, i, entry)
    {
        const char *date = screen_string(cli->arena, entry);
        if (strncmp(date, now, strlen("YYYY-MM-DD")) < 0) {
            continue;
        }
        more += shown == HOLIDAYS_SHOWN;
        if (shown < HOLIDAYS_SHOWN) {
            const char *longer = arena_format(cli->arena, "%s%s%s", text, shown == 0 ? "" : ", ", date);
            text = longer == NULL ? text : longer;
            shown++;
        }
    }
    return more == 0 ? text : cli_text(cli, "%s and %zu more", text, more);
}

static void print_calendar(const struct cli *cli, const json_t *party)
{
    const json_t *calendar = json_object_get(party, "calendar");
    const char *hours = member(cli, calendar, "hours");
    const char *on_call = member(cli, calendar, "on_call");
    const char *week = joined(cli, "", " ", json_object_get(calendar, "week"));
    const bool published = json_is_true(json_object_get(party, "calendar_published"));
    line(cli, N_("working days"), published ? week : cli_text(cli, "%s (not published: assumed)", week));
    line(cli, N_("hours"), hours);
    line(cli, N_("on call"), on_call);
    line(cli, N_("holidays"), holidays_text(cli, party));
}

/* --- terms --- */

static void print_languages(const struct cli *cli, const json_t *party, const json_t *terms)
{
    static const struct {
        const char *name, *label;
    } rows[] = {
        {"holds", N_("for holds")}, {"assistance", N_("for assistance")}, {"urgent", N_("when urgent")}};
    const json_t *languages = json_object_get(terms, "languages");
    line(cli, N_("languages"), joined(cli, "", ", ", json_object_get(party, "languages")));
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *list = joined(cli, "", ", ", json_object_get(languages, rows[i].name));
        line(cli, rows[i].label, list);
    }
}

static void print_authorities(const struct cli *cli, const json_t *terms)
{
    const char *article = NULL;
    json_t *address = NULL;
    json_object_foreach(json_object_get(terms, "authorities"), article, address)
    {
        line(cli, N_("takes"),
             cli_text(cli, "requests under article %s at %s",
                      screen_quiet(cli->arena, bytes_of_text(article)), screen_string(cli->arena, address)));
    }
}

static void print_hold(const struct cli *cli, const json_t *terms)
{
    const json_t *hold = json_object_get(terms, "hold");
    if (json_object_get(hold, "days_max") != NULL) {
        line(cli, N_("a hold"), cli_text(cli, "%lld days at most at a time", number(hold, "days_max")));
    }
    if (json_object_get(hold, "extensions") != NULL) {
        line(cli, N_("extensions"), cli_text(cli, "%lld at most", number(hold, "extensions")));
    }
    line(cli, N_("lead"), cli_text(cli, "%lld days before a hold ends", number(hold, "lead_days")));
}

static void print_criminality(const struct cli *cli, const json_t *terms)
{
    const json_t *dual = json_object_get(terms, "dual_criminality");
    if (json_is_true(json_object_get(dual, "assistance"))) {
        line(cli, N_("asks for"), say(cli->words, N_("dual criminality, for assistance")));
    }
    if (json_is_true(json_object_get(dual, "holds"))) {
        line(cli, N_("asks for"), say(cli->words, N_("dual criminality, for holds")));
    }
    if (json_is_true(json_object_get(dual, "reservation_29_4"))) {
        line(cli, N_("reserves"), say(cli->words, N_("art. 29(4) of the Budapest Convention")));
    }
}

static void print_terms(const struct cli *cli, const json_t *party)
{
    const json_t *terms = json_object_get(party, "terms");
    print_languages(cli, party, terms);
    if (!json_is_true(json_object_get(party, "terms_published"))) {
        line(cli, N_("terms"), say(cli->words, N_("none published")));
        return;
    }
    line(cli, N_("insists on"), joined(cli, "", ", ", json_object_get(terms, "insists")));
    print_authorities(cli, terms);
    print_criminality(cli, terms);
    print_hold(cli, terms);
    line(cli, N_("formats"), joined(cli, "", ", ", json_object_get(terms, "formats")));
    line(cli, N_("channels"), joined(cli, "", ", ", json_object_get(terms, "channels")));
    line(cli, N_("terms"), member(cli, terms, "text"));
}

static void print_ping(const struct cli *cli, const json_t *party)
{
    const json_t *ping = json_object_get(party, "ping");
    if (!json_is_true(json_object_get(ping, "consent"))) {
        line(cli, N_("pings"), say(cli->words, N_("only after asking")));
        return;
    }
    line(cli, N_("pings"),
         cli_text(cli, "%lld a year, answered within %lld hours", number(ping, "per_year"),
                  number(ping, "answer_hours")));
    line(cli, N_("quiet"), joined(cli, "", ", ", json_object_get(ping, "quiet")));
}

static void print_party(const struct cli *cli, const json_t *party)
{
    size_t i = 0;
    const json_t *contact = NULL;
    print_head(cli, party);
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        print_contact(cli, contact);
    }
    print_calendar(cli, party);
    print_terms(cli, party);
    print_ping(cli, party);
}

static int print_directory(const struct cli *cli, const json_t *answer, const char *of)
{
    const json_t *parties = json_object_get(answer, "parties");
    size_t i = 0;
    const json_t *party = NULL;
    if (json_array_size(parties) == 0) {
        return cli_fail(cli, EXIT_REFUSED, "look at the addresses: comity roster show",
                        "%s is not in the roster", of == NULL ? "" : of);
    }
    json_array_foreach(parties, i, party)
    {
        (void)fputs(i == 0 ? "" : "\n", stdout);
        print_party(cli, party);
    }
    return EXIT_DONE;
}

/* "XB" or "XB/poc" */
static bool is_state_or_address(const char *of)
{
    struct address address;
    bool state = strlen(of) == 2 && of[0] >= 'A' && of[0] <= 'Z' && of[1] >= 'A' && of[1] <= 'Z';
    return state || address_read(bytes_of_text(of), &address);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    json_t *answer = NULL;
    const char *of = arguments->word_count == 0 ? NULL : arguments->words[0];
    if (of != NULL && !is_state_or_address(of)) {
        return cli_usage(cli, arguments,
                         "name a State by its two letters, such as XB, or a party, such as XB/poc");
    }
    const char *path = of == NULL ? "/v1/directory" : arena_format(cli->arena, "/v1/directory?of=%s", of);
    int code = client_open(&client, cli);
    code = code == EXIT_DONE ? client_get(&client, path == NULL ? "" : path, &answer) : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(answer));
    } else if (code == EXIT_DONE) {
        code = print_directory(cli, answer, of);
    }
    json_decref(answer);
    client_close(&client);
    return code;
}

const struct subcommand cmd_directory = {
    .name = "directory",
    .group = N_("Roster"),
    .synopsis = "[STATE|PARTY]",
    .does = N_("how to reach the authorities of a State, who is there now, and their terms"),
    .help = N_("Contacts and when they were last found right, working days, hours and holidays, languages "
               "and other\n"
               "terms, and whether pings are welcome: as each State publishes them in the roster. Examples:\n"
               "  comity directory XB\n"
               "  comity directory XB/poc"),
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
