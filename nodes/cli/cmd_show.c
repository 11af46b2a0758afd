/* SPDX-License-Identifier: Apache-2.0 */
/* The case screen, top down: what we owe | genuine? | items | offence | secrecy | what may be done | ladder | letters. */
#include <stdio.h>
#include <string.h>

#include "nodes/cli/case_page.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"
#include "nodes/letter_commands.h"

#define FACTS_LINES 3

static const struct option_spec options[] = {
    {"full", NULL, false, N_("every text in full length, and every field of the request")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

/* --- the sections --- */

static void print_title(const struct show *s)
{
    const json_t *j = s->json;
    screen_exercise(s->cli, j);
    const char *title =
        arena_format(s->arena, "%s  %s %s  %s -> %s  %s", page_member(s, j, "reference"),
                     page_member(s, j, "urgency"), page_member(s, j, "type"), page_member(s, j, "from"),
                     page_member(s, j, "to"), page_member(s, j, "state"));
    screen_heading(stdout, s->cli->colour, title == NULL ? "" : title);
    const char *theirs = page_member(s, j, "their_reference");
    if (page_has(theirs)) {
        cli_print(s->cli, "case %s, at the requested side %s\n", page_member(s, j, "case"), theirs);
    } else {
        cli_print(s->cli, "case %s\n", page_member(s, j, "case"));
    }
    const char *flags = page_words(s, json_object_get(j, "flags"));
    if (page_has(flags)) {
        cli_print(s->cli, "flags %s\n", flags);
    }
    const json_t *taken = json_object_get(j, "taken");
    if (taken != NULL) {
        cli_print(s->cli, "taken by %s\n", page_member(s, taken, "name"));
    }
}

static void print_all_owed(const struct show *s)
{
    page_heading(s, "We owe");
    if (page_owed(s, true) == 0) {
        cli_print(s->cli, "  nothing\n");
    }
    page_heading(s, "They owe");
    if (page_owed(s, false) == 0) {
        cli_print(s->cli, "  nothing\n");
    }
}

static void print_genuine(const struct show *s)
{
    const json_t *genuine = json_object_get(s->json, "genuine");
    const char *number = page_member(s, genuine, "call_back");
    bool listed = json_is_true(json_object_get(genuine, "call_back_in_roster"));
    bool stale = json_is_true(json_object_get(genuine, "stale"));
    page_heading(s, "Genuine?");
    page_field(s, "signature", say(s->cli->words, "holds; letters without one are not filed"), 0);
    page_field(
        s, "roster",
        cli_text(s->cli, "version %lld%s", (long long)json_integer_value(json_object_get(genuine, "roster")),
                 stale ? say(s->cli->words, N_(", STALE: past its expiry when the case was opened")) : ""),
        0);
    page_field(s, "call back",
               !page_has(number) ? say(s->cli->words, N_("no number was given: use one of the roster"))
               : listed
                   ? cli_text(s->cli, "%s, which the roster has too", number)
                   : cli_text(s->cli, "%s, NOT in the roster: use a number of the roster instead", number),
               0);
}

static const char *identifiers(const struct show *s, const json_t *item)
{
    const char *text = "";
    size_t i = 0;
    const json_t *id = NULL;
    json_array_foreach(json_object_get(item, "identifiers"), i, id)
    {
        json_int_t port = json_integer_value(json_object_get(id, "port"));
        const char *longer = arena_format(s->arena, "%s%s%s %s", text, i == 0 ? "" : ", ",
                                          page_member(s, id, "kind"), page_member(s, id, "value"));
        if (longer != NULL && port != 0) {
            longer =
                cli_text(s->cli, "%s port %lld %s", longer, (long long)port, page_member(s, id, "protocol"));
        }
        const char *at = page_member(s, id, "at");
        longer = longer != NULL && page_has(at) ? cli_text(s->cli, "%s at %s", longer, at) : longer;
        text = longer == NULL ? text : longer;
    }
    return text;
}

static const char *period(const struct show *s, const json_t *item)
{
    const json_t *of = json_object_get(item, "period");
    const char *from = page_member(s, of, "from"), *to = page_member(s, of, "to");
    return !page_has(from) ? (page_has(to) ? cli_text(s->cli, "until %s", to) : "")
           : page_has(to)  ? cli_text(s->cli, "from %s to %s", from, to)
                           : cli_text(s->cli, "from %s", from);
}

/* "200 rows: 1-40,43 answered; 41-42,44-200 not yet" */
static const char *rows(const struct show *s, const json_t *item)
{
    const json_t *of = json_object_get(item, "rows");
    json_int_t asked = json_integer_value(json_object_get(of, "asked"));
    const char *answered = page_member(s, of, "answered"), *open = page_member(s, of, "open");
    if (asked == 0) {
        return "";
    }
    if (!page_has(open)) {
        return page_has(answered) ? cli_text(s->cli, "%lld rows: %s answered", (long long)asked, answered)
                                  : cli_text(s->cli, "%lld rows", (long long)asked);
    }
    return page_has(answered)
               ? cli_text(s->cli, "%lld rows: %s answered; %s not yet", (long long)asked, answered, open)
               : cli_text(s->cli, "%lld rows, none answered yet", (long long)asked);
}

static void print_item(const struct show *s, const json_t *item)
{
    uint64_t dies = look_ms(item, "data_dies");
    uint64_t until = look_ms(item, "held_until");
    const char *result = page_member(s, item, "result");
    bool held =
        strncmp(page_member(s, item, "state"), "HELD", 4) == 0; /* or HELD_OPEN: what would be lost is kept */
    const char *state = arena_format(s->arena, "%s%s%s  %s", page_member(s, item, "state"),
                                     page_has(result) ? " " : "", result, page_member(s, item, "category"));
    page_field(s,
               cli_text(s->cli, "item %lld", (long long)json_integer_value(json_object_get(item, "number"))),
               state, 0);
    page_field(s, "", page_member(s, item, "description"), 2);
    page_field(s, "", identifiers(s, item), 4);
    page_field(s, "", rows(s, item), 4);
    page_field(s, "", period(s, item), 2);
    const char *custodian = page_member(s, item, "custodian");
    page_field(s, "", page_has(custodian) ? cli_text(s->cli, "at %s", custodian) : "", 2);
    if (dies != 0 && !held) {
        page_field(s, "",
                   cli_text(s->cli, dies < s->now_ms ? N_("DATA DIED %s (%s)") : N_("DATA DIE %s (%s)"),
                            page_here(s, dies), when_distance(s->cli, s->now_ms, dies)),
                   0);
    }
    if (until != 0) {
        page_field(s, "", cli_text(s->cli, "held until %s", page_moment(s, until)), 0);
    }
    if (json_is_true(json_object_get(item, "assistance_late"))) {
        page_field(s, "", say(s->cli->words, N_("the request for assistance came after that date")), 0);
    }
}

/* Where it goes on, or came from, at another party of the requested State. */
static void print_moved(const struct show *s)
{
    size_t i = 0;
    const json_t *to = NULL, *from = json_object_get(s->json, "moved_from");
    json_array_foreach(json_object_get(s->json, "moved_to"), i, to)
    {
        page_field(
            s, "goes on",
            cli_text(s->cli, "at %s, as case %s", page_member(s, to, "party"), page_member(s, to, "case")),
            0);
    }
    if (from != NULL) {
        page_field(
            s, "came from",
            cli_text(s->cli, "%s, case %s", page_member(s, from, "party"), page_member(s, from, "case")), 0);
    }
}

static void print_items(const struct show *s)
{
    size_t i = 0;
    const json_t *item = NULL;
    page_heading(s, "Items");
    json_array_foreach(json_object_get(s->json, "items"), i, item)
    {
        print_item(s, item);
    }
    print_moved(s);
}

static void print_links(const struct show *s, const json_t *items)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(items, i, item)
    {
        page_field(s, cli_text(s->cli, "link of %zu", i + 1), page_member(s, item, "link"), 2);
    }
}

static void print_offence(const struct show *s)
{
    const json_t *request = json_object_get(s->json, "request");
    const json_t *offence = json_object_get(request, "offence");
    const json_t *basis = json_object_get(request, "basis");
    const json_t *necessity = json_object_get(request, "necessity");
    page_heading(s, "Offence");
    page_field(s, "codes", page_words(s, json_object_get(offence, "codes")), 0);
    page_field(s, "provision",
               cli_text(s->cli, "%s, up to %lld years", page_member(s, offence, "provision"),
                        (long long)json_integer_value(json_object_get(offence, "maxYears"))),
               2);
    page_field(s, "facts", page_member(s, request, "facts"), FACTS_LINES);
    print_links(s, json_object_get(request, "items"));
    page_field(
        s, "necessity",
        page_pair(s, page_words(s, json_object_get(necessity, "reasons")), page_member(s, necessity, "text")),
        3);
    page_field(s, "basis", page_pair(s, page_member(s, basis, "instrument"), page_member(s, basis, "text")),
               2);
}

static void print_secrecy(const struct show *s)
{
    const json_t *request = json_object_get(s->json, "request");
    page_heading(s, "Secrecy and use");
    page_field(s, "secrecy",
               cli_text(s->cli, "%s, %s; TLP %s",
                        json_is_true(json_object_get(request, "confidential"))
                            ? say(s->cli->words, N_("confidential"))
                            : say(s->cli->words, N_("not confidential")),
                        json_is_true(json_object_get(request, "doNotNotify"))
                            ? say(s->cli->words, N_("do not notify the user"))
                            : say(s->cli->words, N_("the user may be notified")),
                        page_member(s, request, "tlp")),
               0);
    page_field(s, "use", page_member(s, request, "purpose"), 3);
}

/* "1,3": the items of this case that the other one asks for, too. */
static const char *items_in(const struct show *s, const json_t *twins, const char *other)
{
    const char *text = "";
    json_int_t last = 0;
    size_t i = 0;
    const json_t *twin = NULL;
    json_array_foreach(twins, i, twin)
    {
        json_int_t item = json_integer_value(json_object_get(twin, "item"));
        if (item != last && strcmp(page_member(s, twin, "case"), other) == 0) {
            const char *longer =
                arena_format(s->arena, "%s%s%lld", text, last == 0 ? "" : ",", (long long)item);
            text = longer == NULL ? text : longer;
            last = item;
        }
    }
    return text;
}

static bool is_first_of(const struct show *s, const json_t *twins, size_t index, const char *other)
{
    bool first = true;
    for (size_t i = 0; i < index; i++) {
        first = first && strcmp(page_member(s, json_array_get(twins, i), "case"), other) != 0;
    }
    return first;
}

/* Each other case that asks for the same data; who is asked may end this one as a duplicate of it. */
static void print_twins(const struct show *s, const json_t *twins)
{
    size_t i = 0;
    const json_t *twin = NULL;
    json_array_foreach(twins, i, twin)
    {
        const char *other = page_member(s, twin, "case");
        if (is_first_of(s, twins, i, other)) {
            page_field(s, "same data in",
                       cli_text(s->cli, "%.8s %s %s, %s: items %s of this one", other,
                                page_member(s, twin, "who"), page_member(s, twin, "reference"),
                                page_member(s, twin, "state"), items_in(s, twins, other)),
                       0);
        }
    }
    if (json_array_size(twins) != 0 && strcmp(page_member(s, s->json, "side"), "requested") == 0) {
        page_field(s, "",
                   cli_text(s->cli, "to end this one: comity draft %.8s --as duplicate",
                            page_member(s, s->json, "case")),
                   0);
    }
}

/* Where else it goes, and what it belongs to; nothing when there is nothing to say. */
static void print_elsewhere(const struct show *s)
{
    const json_t *request = json_object_get(s->json, "request");
    const json_t *told = json_object_get(request, "custodianTold");
    const json_t *parent = json_object_get(request, "parent");
    const json_t *twins = json_object_get(s->json, "twins");
    const char *sent = page_words(s, json_object_get(request, "alsoSentVia"));
    const char *before = page_member(s, request, "previous");
    if (told == NULL && parent == NULL && twins == NULL && !page_has(sent) && !page_has(before)) {
        return;
    }
    page_heading(s, "Elsewhere");
    page_field(s, "sent also", sent, 3);
    page_field(s, "custodian told",
               page_pair(s, page_member(s, told, "custodian"), page_member(s, told, "reference")), 2);
    page_field(s, "belongs to",
               page_pair(s, page_member(s, parent, "relation"), page_member(s, parent, "reference")), 2);
    page_field(s, "follows", before, 2);
    print_twins(s, twins);
}

/* What only this kind of request says. */
static void print_matter(const struct show *s)
{
    static const char *const parts[][2] = {
        {"emergency", N_("Emergency")}, {"assistance", N_("Assistance")},
        {"enquiry", N_("Question")},    {"offer", N_("Information")},
        {"ping", N_("Ping")},           {"tie", N_("Link")},
        {"persons", N_("Persons")},
    };
    const json_t *request = json_object_get(s->json, "request");
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const json_t *part = json_object_get(request, parts[i][0]);
        if (json_is_object(part)) {
            page_heading(s, parts[i][1]);
            reading_fields(stdout, s->cli, part, 2, reading_part(&comity__request__descriptor, parts[i][0]));
        } else if (json_array_size(part) != 0) {
            json_t *list = json_pack("{s:O}", parts[i][0], part);
            page_heading(s, parts[i][1]);
            reading_fields(stdout, s->cli, list, 2, &comity__request__descriptor);
            json_decref(list);
        }
    }
}

static void print_notes(const struct show *s)
{
    size_t i = 0;
    const json_t *note = NULL;
    const json_t *notes = json_object_get(s->json, "notes");
    if (json_array_size(notes) != 0) {
        page_heading(s, "Our notes, which are never sent");
    }
    json_array_foreach(notes, i, note)
    {
        page_field(s, page_member(s, note, "name"),
                   page_pair(s, page_here(s, look_ms(note, "at")), page_member(s, note, "text")), 0);
    }
}

static void print_next(const struct show *s)
{
    size_t i = 0;
    const json_t *next = NULL;
    page_heading(s, "You may now send");
    bool failed = page_failed(s);
    json_array_foreach(json_object_get(s->json, "next"), i, next)
    {
        const char *letter = page_member(s, next, "letter");
        json_int_t needed = json_integer_value(json_object_get(next, "signatures"));
        const char *command = letter_command_in_case(letter_kind_of_name(bytes_of_text(letter)));
        const char *id = page_member(s, s->json, "name");
        const char *text = needed == 0
                               ? cli_text(s->cli, "the node or an officer: comity %s %s", command, id)
                               : arena_format(s->arena,
                                              say_n(s->cli->words, "%lld officer signs: comity %s %s",
                                                    "%lld officers sign: comity %s %s", (uint64_t)needed),
                                              (long long)needed, command, id);
        page_field(s, letter, text, 0);
    }
    if (i == 0 && !failed) {
        cli_print(s->cli, "  nothing\n");
    }
}

/* An officer opens, the others are known by their addresses. */
static const char *rung_by(const struct show *s, const json_t *rung)
{
    const char *by = page_member(s, rung, "by");
    const char *text = strcmp(page_member(s, rung, "step"), "opened") == 0
                           ? arena_format(s->arena, "%s %s", page_member(s, s->json, "to"), by)
                           : by;
    return text == NULL ? "?" : text;
}

static void print_ladder(const struct show *s)
{
    size_t i = 0;
    const json_t *rung = NULL;
    page_heading(s, "Ladder");
    json_array_foreach(json_object_get(s->json, "ladder"), i, rung)
    {
        page_field(s, page_member(s, rung, "step"),
                   cli_text(s->cli, "%s  %s, by %s", page_member(s, rung, "at"),
                            page_here(s, look_ms(rung, "at")), rung_by(s, rung)),
                   0);
    }
}

static const char *signers(const struct show *s, const json_t *letter)
{
    const char *text = "";
    size_t i = 0;
    const json_t *signer = NULL;
    json_array_foreach(json_object_get(letter, "signers"), i, signer)
    {
        const char *name = page_member(s, signer, "name");
        const char *longer = arena_format(
            s->arena, "%s%s%s", text, i == 0 ? "" : say(s->cli->words, N_(" and ")),
            page_has(name) ? name : say(s->cli->words, N_("an officer the roster does not name")));
        text = longer == NULL ? text : longer;
    }
    return text;
}

static void print_letter(const struct show *s, const json_t *letter)
{
    const char *effect = page_member(s, letter, "effect");
    const char *code = page_member(s, letter, "code");
    bool plain = strcmp(effect, "FOLDED") == 0 || strcmp(effect, "NOTED") == 0;
    const char *line = cli_text(s->cli, "%s #%lld, signed %s by %s%s%s%s%s%s", page_member(s, letter, "by"),
                                (long long)json_integer_value(json_object_get(letter, "seq")),
                                page_here(s, look_ms(letter, "signed")), signers(s, letter),
                                plain ? "" : "; ", plain ? "" : effect, page_has(code) ? " " : "", code,
                                json_is_true(json_object_get(letter, "outside_treaty"))
                                    ? say(s->cli->words, N_("; NOT a ground of the treaty"))
                                    : "");
    page_field(s, page_member(s, letter, "letter"), line, 0);
    if (s->full ||
        strcmp(page_member(s, letter, "letter"), "REQUEST") != 0) { /* what matters of it is above */
        reading_letter(stdout, s->cli, json_object_get(letter, "body"), 4);
    }
}

static void print_letters(const struct show *s)
{
    size_t i = 0;
    const json_t *letter = NULL;
    page_heading(s, "Letters");
    json_array_foreach(json_object_get(s->json, "letters"), i, letter)
    {
        print_letter(s, letter);
    }
}

static void print_case(const struct show *s)
{
    print_title(s);
    print_all_owed(s);
    print_genuine(s);
    print_items(s);
    print_matter(s);
    if (json_is_object(json_object_get(json_object_get(s->json, "request"), "offence"))) {
        print_offence(s);
    }
    if (page_has(page_member(s, json_object_get(s->json, "request"), "tlp"))) {
        print_secrecy(s);
    }
    print_elsewhere(s);
    print_next(s);
    print_notes(s);
    print_ladder(s);
    print_letters(s);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    struct client client;
    struct officers officers;
    struct look look = {.json = NULL};
    int code = client_open(&client, cli);
    int keys = code == EXIT_DONE ? officers_open(&officers, cli, arguments) : code;
    code = keys == EXIT_DONE ? look_at(&client, arguments->words[0], NULL, &look) : keys;
    code = code == EXIT_DONE ? look_open(&client, &officers, &look) : code;
    if (code == EXIT_DONE && cli->json) {
        code = cli_print_json(cli, json_incref(look.json));
    } else if (code == EXIT_DONE) {
        struct show show = show_of(cli, &client, &look, look.json);
        show.full = argument_given(arguments, "full");
        print_case(&show);
    }
    look_done(&look);
    if (keys == EXIT_DONE) {
        officers_close(&officers);
    }
    client_close(&client);
    return code;
}

const struct subcommand cmd_show = {
    .name = "show",
    .group = N_("Cases"),
    .synopsis = "CASE [--full]",
    .does = N_("show a case: what is owed, items, what may be done, letters"),
    .help = N_(
        "CASE is the id, 4 or more of its first digits, or the reference of either side. Letters nobody has\n"
        "opened are opened first, by a receipt that an officer signs. Example:\n"
        "  comity show XA-NCC-2026-0417"),
    .options = options,
    .words_min = 1,
    .words_max = 1,
    .needs_directory = true,
    .run = run,
};
