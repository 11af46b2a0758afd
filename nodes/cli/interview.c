/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/interview.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/files.h"
#include "base/daemon/host.h"
#include "base/daemon/zonefile.h"
#include "base/text.h"
#include "nodes/cli/interview_page.h"
#include "nodes/cli/interview_private.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"
#include "proto/form.h"
#include "proto/json.h"

#define FILE_MODE 0600

/* --- defaults --- */

static void keep_default(void *context, const char *path, const char *text)
{
    json_t *defaults = context;
    if (text[0] != '\0') {
        (void)json_object_set_new(defaults, path, json_string(text));
    }
}

static const char *default_of(const struct interview *iv, const char *path)
{
    const char *text = json_string_value(json_object_get(iv->defaults, path));
    return text == NULL ? "" : text;
}

static const json_t *own_party(const struct interview *iv)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(json_object_get(iv->roster, "parties"), i, party)
    {
        const char *address = json_string_value(json_object_get(party, "address"));
        if (address != NULL && strcmp(address, iv->client->party.text) == 0) {
            return party;
        }
    }
    return NULL;
}

/* What the roster says of this party: the other side believes a call-back number only when it stands there. */
static void defaults_of_roster(struct interview *iv)
{
    static const struct {
        const char *path, *member;
    } of_contact[] = {{"authority.phone", "phone"},      {"authority.email", "email"},
                      {"authority.hours", "hours"},      {"confirmation.name", "name"},
                      {"confirmation.function", "role"}, {"confirmation.phone", "phone"},
                      {"confirmation.email", "email"}};
    const json_t *party = own_party(iv);
    const json_t *contact = json_array_get(json_object_get(party, "contacts"), 0);
    keep_default(iv->defaults, "authority.organisation", screen_member(iv->arena, party, "name"));
    keep_default(iv->defaults, "authority.zone", screen_member(iv->arena, party, "zone"));
    for (size_t i = 0; i < sizeof of_contact / sizeof of_contact[0]; i++) {
        keep_default(iv->defaults, of_contact[i].path,
                     screen_member(iv->arena, contact, of_contact[i].member));
    }
}

struct interview *interview_begin(struct client *client, const struct request_kind *kind,
                                  const struct address *to, const json_t *like)
{
    struct arena *arena = client->cli->arena;
    struct interview *iv = arena_zero(arena, 1, sizeof *iv);
    if (iv == NULL) {
        return NULL;
    }
    iv->client = client;
    iv->cli = client->cli;
    iv->arena = arena;
    iv->kind = kind;
    iv->to = to;
    iv->defaults = json_object();
    unsigned status = 0;
    iv->roster = client_glance(client, "/v1/roster", &status);
    defaults_of_roster(iv);
    iv->zone = zonefile_read(screen_member(arena, own_party(iv), "zone"), arena);
    if (like != NULL) {
        form_each(&comity__request__descriptor, like, arena, keep_default, iv->defaults);
    }
    return iv;
}

void interview_end(struct interview *iv)
{
    json_decref(iv->defaults);
    json_decref(iv->roster);
}

/* --- one question --- */

/* A moment may be said as on the command line: "+2d", "2026-11-21", "now". */
static const char *moment_of(struct interview *iv, const char *text)
{
    struct instant instant;
    const char *fault = NULL;
    char *written = arena_take(iv->arena, INSTANT_TEXT_MAX);
    wall_ms now = host_wall();
    bool good = when_read(text, text[0] == '+' ? WHEN_TO_COME : WHEN_PAST, now, iv->zone, iv->cli, &instant,
                          &fault) ||
                when_read(text, WHEN_TO_COME, now, iv->zone, iv->cli, &instant, &fault);
    return good && written != NULL ? instant_write(written, instant) : text;
}

/* Words are written in capitals and with "_", however they were typed. */
static const char *word_of(struct interview *iv, const char *text)
{
    char *word = arena_format(iv->arena, "%s", text);
    for (char *c = word; c != NULL && *c != '\0'; c++) {
        *c = *c == '-' ? '_' : (char)toupper((unsigned char)*c);
    }
    return word == NULL ? text : word;
}

/* What was typed, as the form has it. */
static const char *typed(struct interview *iv, const struct request_field *field, const char *said)
{
    const ProtobufCFieldDescriptor *f = form_field(&comity__request__descriptor, field->path);
    if (said[0] == '\0' || f == NULL) {
        return said;
    }
    if (f->type == PROTOBUF_C_TYPE_ENUM) {
        return word_of(iv, said);
    }
    return f->type == PROTOBUF_C_TYPE_MESSAGE ? moment_of(iv, said) : said;
}

/*
 * What is needed may depend on what is answered later, so it can be put off: before the request is shown, the node names what still
 * lacks, and that is asked again.
 */
static void ask_field(struct interview *iv, const struct request_field *field, const char *path)
{
    bool put_off = false;
    struct answer *a = answer_make(iv, field, path);
    const char *before = a == NULL || a->text[0] == '\0' ? default_of(iv, path) : a->text;
    if (a == NULL) {
        return;
    }
    page_question(iv->cli, field, path);
    while (!iv->left) {
        const char *said = page_answer(iv->cli, before, true);
        if (said == NULL || strcmp(said, "!") == 0) {
            iv->left = true;
            return;
        }
        if (strcmp(said, "?") == 0) {
            page_more(iv->cli, iv->kind, field);
            continue;
        }
        said = strcmp(said, "-") == 0 ? "" : said[0] == '\0' ? before : said;
        if (said[0] == '\0' && field->needed && !put_off) {
            page_wrong(iv->cli, say(iv->cli->words, N_("this is needed; Enter once more leaves it for later, "
                                                       "? says more, ! leaves")));
            put_off = true;
            continue;
        }
        a->text = typed(iv, field, said);
        const char *wrong = a->text[0] == '\0' ? NULL : wrong_with(iv, a);
        if (wrong == NULL) {
            return;
        }
        a->text = "";
        page_wrong(iv->cli, wrong);
    }
}

/* --- all questions --- */

/* How a path of the table is spelled for the elements at hand: what stands in the table, and what instead. */
struct place {
    const char *in_table, *here;
};

static const char *spelled(struct interview *iv, const struct place *place, const char *path)
{
    const char *text = arena_format(iv->arena, "%s%s", place->here, path + strlen(place->in_table));
    return text == NULL ? "" : text;
}

/* Characters of a path up to its last dot; 0: it has none. */
static size_t parent_size(const char *path)
{
    const char *dot = strrchr(path, '.');
    return dot == NULL ? 0 : (size_t)(dot - path);
}

static bool all_may(const struct interview *iv, size_t from, size_t to)
{
    bool may = true;
    for (size_t i = from; i < to; i++) {
        may &= !iv->fields[i].needed;
    }
    return may;
}

/* Is there a default at that path, or below it? */
static bool has_default_under(const struct interview *iv, const char *part)
{
    const char *key = NULL;
    json_t *value = NULL;
    size_t size = strlen(part);
    json_object_foreach(iv->defaults, key, value)
    {
        if (strncmp(key, part, size) == 0 && (key[size] == '\0' || key[size] == '.' || key[size] == '[')) {
            return true;
        }
    }
    return false;
}

/* A part of which nothing is needed is offered as a whole. True: it shall be filled in. */
static bool wants_part(struct interview *iv, size_t from, size_t to, const char *part)
{
    if (iv->left || any_under(iv, part)) {
        return !iv->left;
    }
    bool otherwise = has_default_under(iv, part);
    page_part(iv->cli, &iv->fields[from], to - from, part, otherwise);
    return page_yes(iv->cli, otherwise, &iv->left);
}

static void ask_fields(struct interview *, size_t from, size_t to, const struct place *);

static void ask_elements(struct interview *iv, size_t from, size_t to, const struct place *place, size_t base)
{
    const char *path = iv->fields[from].path;
    const char *in_table = arena_format(iv->arena, "%.*s[0]", (int)base, path);
    const char *list = arena_format(iv->arena, "%.*s", (int)base, path);
    for (size_t n = 0; n < ELEMENTS_MAX && in_table != NULL && list != NULL && !iv->left; n++) {
        const char *here = arena_format(iv->arena, "%s[%zu]", spelled(iv, place, list), n);
        const struct place inner = {.in_table = in_table, .here = here == NULL ? "" : here};
        if (n == 0 && all_may(iv, from, to) && !wants_part(iv, from, to, inner.here)) {
            return;
        }
        ask_fields(iv, from, to, &inner);
        if (iv->left || !any_under(iv, inner.here)) {
            return;
        }
        const char *more = arena_format(iv->arena, "%s[%zu]", spelled(iv, place, list), n + 1);
        bool otherwise = more != NULL && has_default_under(iv, more); /* the request that it is like has it */
        page_one_more(iv->cli, more == NULL ? "" : more, otherwise);
        if (!page_yes(iv->cli, otherwise, &iv->left)) {
            return;
        }
    }
}

static size_t run_end(const struct interview *iv, size_t from, size_t to, size_t size)
{
    size_t end = from + 1;
    while (end < to && strncmp(iv->fields[end].path, iv->fields[from].path, size) == 0) {
        end++;
    }
    return end;
}

/* The fields from..to of the table, which all begin as the place says. */
static void ask_fields(struct interview *iv, size_t from, size_t to, const struct place *place)
{
    for (size_t i = from; i < to && !iv->left;) {
        const char *path = iv->fields[i].path;
        const char *list = strstr(path + strlen(place->in_table), "[0].");
        size_t parent = parent_size(path);
        if (list != NULL) {
            size_t end = run_end(iv, i, to, (size_t)(list - path) + strlen("[0]."));
            ask_elements(iv, i, end, place, (size_t)(list - path));
            i = end;
        } else if (parent > strlen(place->in_table)) {
            size_t end = run_end(iv, i, to, parent + 1);
            const char *part = arena_format(iv->arena, "%.*s", (int)parent, path);
            bool wanted =
                part != NULL && (!all_may(iv, i, end) || wants_part(iv, i, end, spelled(iv, place, part)));
            for (; i < end && wanted && !iv->left; i++) {
                ask_field(iv, &iv->fields[i], spelled(iv, place, iv->fields[i].path));
            }
            i = end;
        } else {
            ask_field(iv, &iv->fields[i], spelled(iv, place, path));
            i++;
        }
    }
}

/* --- what is asked first --- */

static void ask_kind(struct interview *iv)
{
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    page_kinds(iv->cli, kinds, count);
    while (iv->kind == NULL && !iv->left) {
        const char *said = page_answer(iv->cli, "", false);
        char *end = NULL;
        iv->left = said == NULL || strcmp(said, "!") == 0;
        unsigned long number = iv->left ? 0 : strtoul(said, &end, 10);
        if (iv->left) {
            return;
        }
        iv->kind =
            number >= 1 && number <= count && *end == '\0' ? &kinds[number - 1] : request_kind_find(said);
        if (iv->kind == NULL) {
            page_wrong(iv->cli,
                       say(iv->cli->words, N_("write the number or the name of one of them; ! leaves")));
        }
    }
}

static bool is_party(const struct interview *iv, const char *text)
{
    size_t i = 0;
    const json_t *party = NULL;
    json_array_foreach(json_object_get(iv->roster, "parties"), i, party)
    {
        const char *address = json_string_value(json_object_get(party, "address"));
        if (address != NULL && strcmp(address, text) == 0 && strcmp(text, iv->client->party.text) != 0) {
            return true;
        }
    }
    return false;
}

static void ask_recipient(struct interview *iv)
{
    page_parties(iv->cli, json_object_get(iv->roster, "parties"), iv->client->party.text);
    while (iv->to == NULL && !iv->left) {
        const char *said = page_answer(iv->cli, "", false);
        iv->left = said == NULL || strcmp(said, "!") == 0;
        if (!iv->left && is_party(iv, said) && address_read(bytes_of_text(said), &iv->asked_to)) {
            iv->to = &iv->asked_to;
        } else if (!iv->left) {
            page_wrong(iv->cli,
                       say(iv->cli->words, N_("write one of these addresses, such as XB/poc; ! leaves")));
        }
    }
}

/* --- until it is complete --- */

/* Asks again for what a fault names: a field, or all of a part. False: there is no such field. */
static bool ask_again(struct interview *iv, const char *path)
{
    size_t size = strlen(path);
    bool any = false;
    for (size_t i = 0; i < iv->answer_count && !iv->left; i++) {
        struct answer *a = &iv->answers[i];
        if (strncmp(a->path, path, size) == 0 &&
            (a->path[size] == '\0' || a->path[size] == '.' || a->path[size] == '[')) {
            ask_field(iv, a->field, a->path);
            any = true;
        }
    }
    for (size_t i = 0; i < iv->field_count && !any && !iv->left; i++) {
        const char *known = iv->fields[i].path;
        if (strncmp(known, path, size) == 0 &&
            (known[size] == '\0' || known[size] == '.' || known[size] == '[')) {
            ask_field(iv, &iv->fields[i], known);
            any = true;
        }
    }
    return any;
}

/* The field of a fault in a list of words is the list: "offence.codes[1]". */
static const char *field_path(struct interview *iv, const char *path)
{
    size_t size = strlen(path);
    if (size > 0 && path[size - 1] == ']' && answer_at(iv, path) == NULL) {
        const char *bracket = strrchr(path, '[');
        const char *text = arena_format(iv->arena, "%.*s", (int)(bracket - path), path);
        return text == NULL ? path : text;
    }
    return path;
}

/* Tells all that is missing or wrong and asks for it again. An exit code. */
static int mend(struct interview *iv, const json_t *faults)
{
    size_t i = 0;
    const json_t *fault = NULL;
    bool any = false;
    page_faults(iv->cli, faults);
    json_array_foreach(faults, i, fault)
    {
        const char *path = json_string_value(json_object_get(fault, "path"));
        any |= path != NULL && path[0] != '\0' && ask_again(iv, field_path(iv, path));
        if (iv->left) {
            break;
        }
    }
    return any || interview_edit(iv) ? EXIT_DONE : EXIT_REFUSED;
}

int interview_leave(struct interview *iv, int code)
{
    if (iv->kind != NULL && iv->answer_count != 0) {
        cli_print(iv->cli, "\nWhat is filled in can be kept in a file, and sent later.\n");
        (void)interview_write(iv);
    }
    return code != EXIT_DONE ? code : cli_fail(iv->cli, EXIT_REFUSED, "nothing was sent", "left");
}

int interview_ask(struct interview *iv, json_t **ret, struct address *ret_to)
{
    const struct place all = {.in_table = "", .here = ""};
    bool first = iv->answer_count == 0;
    if (iv->to != NULL && iv->roster != NULL && !is_party(iv, iv->to->text)) { /* before anything is asked */
        return cli_fail(iv->cli, EXIT_REFUSED, N_("see who is: comity directory"),
                        "%s is no other party of this network", iv->to->text);
    }
    if (iv->kind == NULL) {
        ask_kind(iv);
    }
    if (!iv->left && iv->to == NULL) {
        ask_recipient(iv);
    }
    if (!iv->left && first) {
        iv->field_count = request_fields(iv->kind, iv->fields);
        page_begin(iv->cli, iv->kind, iv->to->text);
        ask_fields(iv, 0, iv->field_count, &all);
    }
    while (!iv->left) {
        int code = EXIT_DONE;
        const char *fault = NULL;
        json_t *faults = faults_of(iv, &code, &fault);
        if (code != EXIT_DONE || faults == NULL) {
            return interview_leave(iv, code != EXIT_DONE ? code
                                                         : cli_fail(iv->cli, EXIT_REFUSED, "", "%s", fault));
        }
        bool complete = json_array_size(faults) == 0;
        code = complete ? EXIT_DONE : mend(iv, faults);
        json_decref(faults);
        if (complete) {
            *ret = request_of(iv, &fault);
            *ret_to = *iv->to;
            return EXIT_DONE;
        }
        iv->left |= code != EXIT_DONE;
    }
    return interview_leave(iv, EXIT_DONE);
}

/* --- once it is shown --- */

/* A whole word or its letter: "stop" and "save" are no signature. */
static const struct {
    const char *letter, *word;
    enum interview_choice choice;
} choices[] = {
    {"s", "sign", CHOICE_SIGN}, {"e", "edit", CHOICE_EDIT}, {"w", "write", CHOICE_WRITE},
    {"q", "quit", CHOICE_QUIT}, {"!", "!", CHOICE_QUIT},
};

enum interview_choice interview_choose(struct interview *iv)
{
    for (;;) {
        cli_print(iv->cli, "\n[s]ign and send, [e]dit, [w]rite to a file, [q]uit\n");
        const char *said = page_answer(iv->cli, "", false);
        if (said == NULL) {
            return CHOICE_QUIT;
        }
        for (size_t i = 0; i < sizeof choices / sizeof choices[0]; i++) {
            if (strcmp(said, choices[i].letter) == 0 || strcmp(said, choices[i].word) == 0) {
                return choices[i].choice;
            }
        }
        page_wrong(iv->cli, say(iv->cli->words, N_("write s, e, w or q")));
    }
}

bool interview_edit(struct interview *iv)
{
    cli_print(iv->cli, "\nWhich field? Its name or a part of it, such as facts or items[0].custodian.\n");
    for (;;) {
        const char *said = page_answer(iv->cli, "", false);
        bool any = false;
        if (said == NULL || strcmp(said, "!") == 0) {
            return false;
        }
        for (size_t i = 0; i < iv->answer_count && said[0] != '\0' && !iv->left; i++) {
            if (strstr(iv->answers[i].path, said) != NULL) {
                ask_field(iv, iv->answers[i].field, iv->answers[i].path);
                any = true;
            }
        }
        if (any || (said[0] != '\0' && ask_again(iv, said)) || iv->left) {
            return !iv->left;
        }
        page_wrong(iv->cli,
                   say(iv->cli->words, N_("no field of this request has that in its name; ! leaves")));
    }
}

int interview_write(struct interview *iv)
{
    for (;;) {
        const char *fault = NULL;
        cli_print(iv->cli, "File to write, or Enter for none\n");
        const char *path = page_answer(iv->cli, "", false);
        if (path == NULL || path[0] == '\0' || path[0] == '!') {
            return EXIT_DONE;
        }
        json_t *request = request_of(iv, &fault);
        const char *form =
            request == NULL ? NULL : template_filled(iv->kind, request, iv->cli->words, iv->arena);
        json_decref(request);
        struct error error = {.text = "", .words = iv->cli->words};
        if (form != NULL && files_write_new(path, bytes_of_text(form), FILE_MODE, &error)) {
            cli_print(iv->cli, "written; send it with: comity request %s --to %s\n", path,
                      iv->to == NULL ? "PARTY" : iv->to->text);
            return EXIT_DONE;
        }
        page_wrong(iv->cli, form == NULL ? "?" : error.text);
    }
}
