/* SPDX-License-Identifier: Apache-2.0 */
/* The case screen, top down: what we owe | genuine? | items | offence | secrecy | what may be done | ladder | letters. */
#include <stdio.h>
#include <string.h>

#include "base/daemon/host.h"
#include "nodes/cli/look.h"
#include "nodes/cli/reading.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/subcommands.h"
#include "nodes/cli/when.h"

#define FACTS_LINES 3
#define NAME_INDENT 17

static const struct option_spec options[] = {
    {"full", NULL, false, N_("every text in full length")},
    OFFICER_OPTION,
    {NULL, NULL, false, NULL},
};

struct show {
    const struct cli *cli;
    struct arena *arena;
    const struct look *look;
    const json_t *json;
    const char *party; /* ours */
    uint64_t now_ms;
    bool full; /* nothing is cut */
};

static const char *member(const struct show *s, const json_t *object, const char *name)
{
    return screen_member(s->arena, object, name);
}

static bool has(const char *text)
{
    return text[0] != '\0';
}

static void heading(const struct show *s, const char *text)
{
    (void)fputc('\n', stdout);
    screen_heading(stdout, s->cli->colour, say(s->cli->words, text));
}

/* "  NAME            TEXT", wrapped under the text; nothing when there is no text. The name is looked up. */
static void field(const struct show *s, const char *name, const char *text, size_t lines_max)
{
    if (text != NULL && has(text)) {
        const char *first = arena_format(s->arena, "  %s ", say(s->cli->words, name));
        screen_wrapped(stdout, first == NULL ? "" : first, NAME_INDENT, text, s->full ? 0 : lines_max);
    }
}

/* "Sat 21 Nov 14:00 here | 08:00 XA/poc | 07:00Z": the same moment on the three clocks; the day again where it is another. */
static const char *moment(const struct show *s, uint64_t ms)
{
    const struct look *look = s->look;
    if (look->own_zone == NULL) {
        return when_local(s->cli, s->now_ms, ms, NULL);
    }
    const char *text = cli_text(s->cli, "%s here", when_local(s->cli, s->now_ms, ms, look->own_zone));
    if (look->their_zone != NULL && text != NULL) {
        text = arena_format(s->arena, "%s | %s %s", text,
                            when_beside(s->cli, ms, look->their_zone, look->own_zone), look->other.text);
    }
    text = text == NULL
               ? NULL
               : arena_format(s->arena, "%s | %s", text, when_beside(s->cli, ms, NULL, look->own_zone));
    return text == NULL ? "?" : text;
}

static const char *here(const struct show *s, uint64_t ms)
{
    const char *text =
        s->look->own_zone == NULL
            ? when_local(s->cli, s->now_ms, ms, NULL)
            : cli_text(s->cli, "%s here", when_local(s->cli, s->now_ms, ms, s->look->own_zone));
    return text == NULL ? "?" : text;
}

/* A list of words with blanks between; "" when it is none. */
static const char *words(const struct show *s, const json_t *list)
{
    const char *text = "";
    size_t i = 0;
    const json_t *word = NULL;
    json_array_foreach(list, i, word)
    {
        const char *longer =
            arena_format(s->arena, "%s%s%s", text, i == 0 ? "" : " ", screen_string(s->arena, word));
        text = longer == NULL ? text : longer;
    }
    return text;
}

/* Two texts with a blank between; without it when one of them is empty. */
static const char *pair(const struct show *s, const char *left, const char *right)
{
    const char *text = arena_format(s->arena, "%s%s%s", left, has(left) && has(right) ? " " : "", right);
    return text == NULL ? "?" : text;
}

/* --- the sections --- */

static void print_title(const struct show *s)
{
    const json_t *j = s->json;
    if (has(member(s, j, "exercise"))) {
        screen_heading(stdout, s->cli->colour,
                       say(s->cli->words, "EXERCISE  EXERCISE  EXERCISE: nothing here is real"));
    }
    const char *title =
        arena_format(s->arena, "%s  %s %s  %s -> %s  %s", member(s, j, "reference"), member(s, j, "urgency"),
                     member(s, j, "type"), member(s, j, "from"), member(s, j, "to"), member(s, j, "state"));
    screen_heading(stdout, s->cli->colour, title == NULL ? "" : title);
    const char *theirs = member(s, j, "their_reference");
    if (has(theirs)) {
        cli_print(s->cli, "case %s, at the requested side %s\n", member(s, j, "case"), theirs);
    } else {
        cli_print(s->cli, "case %s\n", member(s, j, "case"));
    }
    const char *flags = words(s, json_object_get(j, "flags"));
    if (has(flags)) {
        cli_print(s->cli, "flags %s\n", flags);
    }
}

/* Of the same party, the same thing, at the same time: one line for all the items. */
static bool is_same_due(const json_t *a, const json_t *b)
{
    static const char *const members[] = {"by", "what", "when", "paused"};
    bool same = true;
    for (size_t i = 0; same && i < sizeof members / sizeof members[0]; i++) {
        const json_t *left = json_object_get(a, members[i]);
        const json_t *right = json_object_get(b, members[i]);
        same = left == right || json_equal(left, right) == 1;
    }
    return same;
}

static const char *with_run(const struct show *s, const char *text, json_int_t from, json_int_t to)
{
    char last = text[0] == '\0' ? ' ' : text[strlen(text) - 1];
    const char *before = last >= '0' && last <= '9' ? "," : " ";
    return from == to ? arena_format(s->arena, "%s%s%lld", text, before, (long long)from)
                      : arena_format(s->arena, "%s%s%lld-%lld", text, before, (long long)from, (long long)to);
}

/* "decide 1-3", "decide 1,4": with all items of which the same is due as at first. */
static const char *due_name(const struct show *s, const json_t *owed, size_t first)
{
    const json_t *due = json_array_get(owed, first);
    const char *text = say(s->cli->words, member(s, due, "what"));
    json_int_t from = 0, to = 0; /* a run of numbers that is not written yet; 0: none */
    for (size_t i = first; i < json_array_size(owed) && text != NULL; i++) {
        json_int_t item = json_integer_value(json_object_get(json_array_get(owed, i), "item"));
        if (item == 0 || !is_same_due(due, json_array_get(owed, i))) {
            continue;
        }
        if (from != 0 && item != to + 1) {
            text = with_run(s, text, from, to);
            from = item;
        }
        from = from == 0 ? item : from;
        to = item;
    }
    return from == 0 || text == NULL ? text : with_run(s, text, from, to);
}

/* Has one before it, of another item, been printed for this one too? */
static bool is_printed(const json_t *owed, size_t index)
{
    const json_t *due = json_array_get(owed, index);
    bool of_item = json_integer_value(json_object_get(due, "item")) != 0;
    for (size_t i = 0; of_item && i < index; i++) {
        const json_t *before = json_array_get(owed, i);
        if (json_integer_value(json_object_get(before, "item")) != 0 && is_same_due(before, due)) {
            return true;
        }
    }
    return false;
}

static size_t print_owed(const struct show *s, bool ours)
{
    const json_t *owed = json_object_get(s->json, "owed");
    size_t i = 0, printed = 0;
    const json_t *due = NULL;
    json_array_foreach(owed, i, due)
    {
        if ((strcmp(member(s, due, "by"), s->party) == 0) != ours || is_printed(owed, i)) {
            continue;
        }
        uint64_t when = look_ms(due, "when");
        const char *text = arena_format(
            s->arena, "%s%s%s: %s", when < s->now_ms ? say(s->cli->words, N_("OVERDUE, ")) : "",
            json_is_true(json_object_get(due, "paused")) ? say(s->cli->words, N_("waits for them, ")) : "",
            when_distance(s->cli, s->now_ms, when), moment(s, when));
        field(s, due_name(s, owed, i), text, 0);
        printed++;
    }
    return printed;
}

static void print_all_owed(const struct show *s)
{
    heading(s, "We owe");
    if (print_owed(s, true) == 0) {
        cli_print(s->cli, "  nothing\n");
    }
    heading(s, "They owe");
    if (print_owed(s, false) == 0) {
        cli_print(s->cli, "  nothing\n");
    }
}

static void print_genuine(const struct show *s)
{
    const json_t *genuine = json_object_get(s->json, "genuine");
    const char *number = member(s, genuine, "call_back");
    bool listed = json_is_true(json_object_get(genuine, "call_back_in_roster"));
    bool stale = json_is_true(json_object_get(genuine, "stale"));
    heading(s, "Genuine?");
    field(s, "signature", say(s->cli->words, "holds; letters without one are not filed"), 0);
    field(s, "roster",
          cli_text(s->cli, "version %lld%s",
                   (long long)json_integer_value(json_object_get(genuine, "roster")),
                   stale ? say(s->cli->words, N_(", STALE: past its expiry when the case was opened")) : ""),
          0);
    field(s, "call back",
          !has(number) ? say(s->cli->words, N_("no number was given: use one of the roster"))
          : listed     ? cli_text(s->cli, "%s, which the roster has too", number)
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
                                          member(s, id, "kind"), member(s, id, "value"));
        if (longer != NULL && port != 0) {
            longer = cli_text(s->cli, "%s port %lld %s", longer, (long long)port, member(s, id, "protocol"));
        }
        text = longer == NULL ? text : longer;
    }
    return text;
}

static void print_item(const struct show *s, const json_t *item)
{
    uint64_t dies = look_ms(item, "data_dies");
    uint64_t until = look_ms(item, "held_until");
    const char *result = member(s, item, "result");
    bool held =
        strncmp(member(s, item, "state"), "HELD", 4) == 0; /* or HELD_OPEN: what would be lost is kept */
    const char *state = arena_format(s->arena, "%s%s%s  %s", member(s, item, "state"), has(result) ? " " : "",
                                     result, member(s, item, "category"));
    field(s, cli_text(s->cli, "item %lld", (long long)json_integer_value(json_object_get(item, "number"))),
          state, 0);
    field(s, "", member(s, item, "description"), 2);
    field(s, "", identifiers(s, item), 4);
    const char *custodian = member(s, item, "custodian");
    field(s, "", has(custodian) ? cli_text(s->cli, "at %s", custodian) : "", 2);
    if (dies != 0 && !held) {
        field(s, "",
              cli_text(s->cli, dies < s->now_ms ? N_("DATA DIED %s (%s)") : N_("DATA DIE %s (%s)"),
                       here(s, dies), when_distance(s->cli, s->now_ms, dies)),
              0);
    }
    if (until != 0) {
        field(s, "", cli_text(s->cli, "held until %s", moment(s, until)), 0);
    }
}

static void print_items(const struct show *s)
{
    size_t i = 0;
    const json_t *item = NULL;
    heading(s, "Items");
    json_array_foreach(json_object_get(s->json, "items"), i, item)
    {
        print_item(s, item);
    }
}

static void print_links(const struct show *s, const json_t *items)
{
    size_t i = 0;
    const json_t *item = NULL;
    json_array_foreach(items, i, item)
    {
        field(s, cli_text(s->cli, "link of %zu", i + 1), member(s, item, "link"), 2);
    }
}

static void print_offence(const struct show *s)
{
    const json_t *request = json_object_get(s->json, "request");
    const json_t *offence = json_object_get(request, "offence");
    const json_t *basis = json_object_get(request, "basis");
    const json_t *necessity = json_object_get(request, "necessity");
    heading(s, "Offence");
    field(s, "codes", words(s, json_object_get(offence, "codes")), 0);
    field(s, "provision",
          cli_text(s->cli, "%s, up to %lld years", member(s, offence, "provision"),
                   (long long)json_integer_value(json_object_get(offence, "maxYears"))),
          2);
    field(s, "facts", member(s, request, "facts"), FACTS_LINES);
    print_links(s, json_object_get(request, "items"));
    field(s, "necessity",
          pair(s, words(s, json_object_get(necessity, "reasons")), member(s, necessity, "text")), 3);
    field(s, "basis", pair(s, member(s, basis, "instrument"), member(s, basis, "text")), 2);
}

static void print_secrecy(const struct show *s)
{
    const json_t *request = json_object_get(s->json, "request");
    heading(s, "Secrecy and use");
    field(s, "secrecy",
          cli_text(s->cli, "%s, %s; TLP %s",
                   json_is_true(json_object_get(request, "confidential"))
                       ? say(s->cli->words, N_("confidential"))
                       : say(s->cli->words, N_("not confidential")),
                   json_is_true(json_object_get(request, "doNotNotify"))
                       ? say(s->cli->words, N_("do not notify the user"))
                       : say(s->cli->words, N_("the user may be notified")),
                   member(s, request, "tlp")),
          0);
    field(s, "use", member(s, request, "purpose"), 3);
    field(s, "sent also", words(s, json_object_get(request, "alsoSentVia")), 3);
}

/* The subcommand that makes a letter. */
static const char *command_of(const char *letter)
{
    static const char *const commands[][2] = {
        {"ACK", "ack"},          {"INFO_ASKED", "ask"},    {"INFO_GIVEN", "answer"}, {"ORDERED", "ordered"},
        {"HELD", "held"},        {"NOT_HELD", "not-held"}, {"REFUSED", "refuse"},    {"WITHDRAW", "withdraw"},
        {"RELEASED", "release"}, {"EXTEND", "extend"},     {"EXTENDED", "extend"},   {"STATUS_ASK", "status"},
        {"STATUS", "status"},
    };
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(commands[i][0], letter) == 0) {
            return commands[i][1];
        }
    }
    return "help";
}

static void print_next(const struct show *s)
{
    size_t i = 0;
    const json_t *next = NULL;
    heading(s, "You may now send");
    json_array_foreach(json_object_get(s->json, "next"), i, next)
    {
        const char *letter = member(s, next, "letter");
        json_int_t needed = json_integer_value(json_object_get(next, "signatures"));
        const char *text = arena_format(s->arena,
                                        say_n(s->cli->words, "%lld officer signs: comity %s %.8s",
                                              "%lld officers sign: comity %s %.8s", (uint64_t)needed),
                                        (long long)needed, command_of(letter), member(s, s->json, "case"));
        field(s, letter, text, 0);
    }
    if (i == 0) {
        cli_print(s->cli, "  nothing\n");
    }
}

/* An officer opens, the others are known by their addresses. */
static const char *rung_by(const struct show *s, const json_t *rung)
{
    const char *by = member(s, rung, "by");
    const char *text = strcmp(member(s, rung, "step"), "opened") == 0
                           ? arena_format(s->arena, "%s %s", member(s, s->json, "to"), by)
                           : by;
    return text == NULL ? "?" : text;
}

static void print_ladder(const struct show *s)
{
    size_t i = 0;
    const json_t *rung = NULL;
    heading(s, "Ladder");
    json_array_foreach(json_object_get(s->json, "ladder"), i, rung)
    {
        field(s, member(s, rung, "step"),
              cli_text(s->cli, "%s  %s, by %s", member(s, rung, "at"), here(s, look_ms(rung, "at")),
                       rung_by(s, rung)),
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
        const char *name = member(s, signer, "name");
        const char *longer =
            arena_format(s->arena, "%s%s%s", text, i == 0 ? "" : say(s->cli->words, N_(" and ")),
                         has(name) ? name : say(s->cli->words, N_("an officer the roster does not name")));
        text = longer == NULL ? text : longer;
    }
    return text;
}

static void print_letter(const struct show *s, const json_t *letter)
{
    const char *effect = member(s, letter, "effect");
    const char *code = member(s, letter, "code");
    bool plain = strcmp(effect, "FOLDED") == 0 || strcmp(effect, "NOTED") == 0;
    const char *line = cli_text(s->cli, "%s #%lld, signed %s by %s%s%s%s%s%s", member(s, letter, "by"),
                                (long long)json_integer_value(json_object_get(letter, "seq")),
                                here(s, look_ms(letter, "signed")), signers(s, letter), plain ? "" : "; ",
                                plain ? "" : effect, has(code) ? " " : "", code,
                                json_is_true(json_object_get(letter, "outside_treaty"))
                                    ? say(s->cli->words, N_("; NOT a ground of the treaty"))
                                    : "");
    field(s, member(s, letter, "letter"), line, 0);
    if (strcmp(member(s, letter, "letter"), "REQUEST") != 0) { /* that one is the screen above */
        reading_fields(stdout, s->cli,
                       json_object_iter_value(json_object_iter(json_object_get(letter, "body"))), 4);
    }
}

static void print_letters(const struct show *s)
{
    size_t i = 0;
    const json_t *letter = NULL;
    heading(s, "Letters");
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
    if (json_is_object(json_object_get(s->json, "request"))) {
        print_offence(s);
        print_secrecy(s);
    }
    print_next(s);
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
        const struct show show = {.cli = cli,
                                  .arena = cli->arena,
                                  .look = &look,
                                  .json = look.json,
                                  .party = client.party.text,
                                  .now_ms = host_wall().ms,
                                  .full = argument_given(arguments, "full")};
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
