/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/interview_page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"
#include "nodes/cli/keyboard.h"
#include "nodes/cli/screen.h"
#include "nodes/field_rules.h"
#include "nodes/template.h"
#include "proto/form.h"

#define INDENT 2

static void line(const struct cli *cli, const char *text)
{
    screen_wrapped(stdout, "  ", INDENT, screen_quiet(cli->arena, bytes_of_text(text)), 0);
}

void page_begin(const struct cli *cli, const struct request_kind *kind, const char *to)
{
    screen_heading(stdout, cli->colour,
                   cli_text(cli, "%s: a request to %s", say(cli->words, kind->title), to));
    screen_wrapped(
        stdout, "", 0,
        say(cli->words,
            N_("Enter takes what stands in brackets, or leaves out what may be left out. ? says more, - "
               "takes a value away, ! leaves. A long answer goes on in the next line after a backslash.")),
        0);
}

void page_kinds(const struct cli *cli, const struct request_kind *kinds, size_t count)
{
    cli_print(cli, "What do you want to ask for?\n");
    for (size_t i = 0; i < count; i++) {
        const char *first = arena_format(cli->arena, "%3zu  %-20s ", i + 1, kinds[i].name);
        screen_wrapped(stdout, first == NULL ? "" : first, 26, say(cli->words, kinds[i].about), 0);
    }
}

void page_parties(const struct cli *cli, const json_t *parties, const char *own)
{
    size_t i = 0;
    const json_t *party = NULL;
    cli_print(cli, "\nWho shall get it?\n");
    json_array_foreach(parties, i, party)
    {
        const char *address = screen_member(cli->arena, party, "address");
        if (strcmp(address, own) != 0) {
            (void)printf("  %-14s %s\n", address, screen_member(cli->arena, party, "name"));
        }
    }
}

/* The first letter as at the beginning of a sentence; texts in other scripts stay as they are. */
static const char *sentence(const struct cli *cli, const char *text)
{
    char *copy = arena_format(cli->arena, "%s.", text);
    if (copy != NULL && copy[0] >= 'a' && copy[0] <= 'z') {
        copy[0] = (char)(copy[0] - 'a' + 'A');
    }
    return copy == NULL ? text : copy;
}

void page_question(const struct cli *cli, const struct request_field *field, const char *path)
{
    const char *words = template_words(field->path, cli->arena);
    (void)fputc('\n', stdout);
    screen_heading(stdout, cli->colour, field->needed ? path : cli_text(cli, "%s (may be left out)", path));
    line(cli, sentence(cli, say(cli->words, field->why)));
    if (words[0] != '\0') {
        line(cli, strcmp(words, "yes or no") == 0 ? say(cli->words, N_("yes or no"))
                                                  : cli_text(cli, "One of: %s", words));
    }
    if (words[0] == '\0' && strchr(field->example, '\n') == NULL) {
        line(cli, cli_text(cli, "Such as: %s", field->example));
    }
}

static const char *how_to_write(const ProtobufCFieldDescriptor *field)
{
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    if (field->type == PROTOBUF_C_TYPE_MESSAGE) {
        return N_(
            "A moment: 2026-11-21T14:00:00+07:00 with the offset of its clock from UTC, or Z for UTC; a date "
            "alone is the end of that day here; +2h and +3d are from now.");
    }
    if (list && field->type == PROTOBUF_C_TYPE_STRING) {
        return N_("Several: one a line, each but the last ended with a backslash.");
    }
    return list ? N_("Several: with commas between them.") : "";
}

void page_more(const struct cli *cli, const struct request_kind *kind, const struct request_field *field)
{
    const ProtobufCFieldDescriptor *f = form_field(&comity__request__descriptor, field->path);
    const char *dot = strrchr(field->path, '.');
    const char *parent =
        dot == NULL ? NULL : arena_format(cli->arena, "%.*s", (int)(dot - field->path), field->path);
    const ProtobufCFieldDescriptor *part =
        parent == NULL ? NULL : form_field(&comity__request__descriptor, parent);
    const ProtobufCMessageDescriptor *message =
        part == NULL ? &comity__request__descriptor : (const ProtobufCMessageDescriptor *)part->descriptor;
    const char *text = f == NULL ? NULL : field_required_text(message, f, (int)kind->type);
    if (text != NULL) {
        line(cli, sentence(cli, say(cli->words, text)));
    }
    if (f != NULL && how_to_write(f)[0] != '\0') {
        line(cli, say(cli->words, how_to_write(f)));
    }
    if (strchr(field->example, '\n') != NULL) {
        line(cli, say(cli->words, N_("Such as, each line but the last ended with a backslash:")));
        (void)printf("    %s\n", field->example);
    }
    line(cli, field->needed ? say(cli->words, N_("It is needed: Enter twice leaves it for later."))
                            : say(cli->words, N_("It may be left out: press Enter.")));
}

void page_part(const struct cli *cli, const struct request_field *fields, size_t count, const char *part,
               bool otherwise)
{
    const char *list = "";
    for (size_t i = 0; i < count && list != NULL; i++) {
        const char *name = strrchr(fields[i].path, '.');
        list = arena_format(cli->arena, "%s%s%s", list, i == 0 ? "" : ", ",
                            name == NULL ? fields[i].path : name + 1);
    }
    (void)fputc('\n', stdout);
    screen_heading(stdout, cli->colour, cli_text(cli, "%s (may be left out)", part));
    line(cli, sentence(cli, say(cli->words, fields[0].why)));
    line(cli, list == NULL ? "" : list);
    cli_print(cli, otherwise ? N_("  Fill it in? n, or Enter for yes\n")
                             : N_("  Fill it in? y, or Enter for no\n"));
}

void page_one_more(const struct cli *cli, const char *path, bool otherwise)
{
    cli_print(cli,
              otherwise ? N_("\n  One more (%s)? n, or Enter for yes\n")
                        : N_("\n  One more (%s)? y, or Enter for no\n"),
              path);
}

void page_wrong(const struct cli *cli, const char *text)
{
    screen_wrapped(stdout, "  ! ", 4, screen_quiet(cli->arena, bytes_of_text(text)), 0);
}

void page_faults(const struct cli *cli, const json_t *faults)
{
    size_t i = 0;
    const json_t *fault = NULL;
    cli_print(cli, "\nNot complete yet:\n");
    json_array_foreach(faults, i, fault)
    {
        const char *path = screen_member(cli->arena, fault, "path");
        const char *text = arena_format(cli->arena, "%s%s%s", path, path[0] == '\0' ? "" : ": ",
                                        screen_member(cli->arena, fault, "text"));
        page_wrong(cli, text == NULL ? "?" : text);
    }
}

/* --- reading --- */

/* One line, trimmed, in the arena; a zero byte in it is a control like others, and cuts nothing off. NULL: there is no more. */
static char *read_line(const struct cli *cli, struct keyboard *keyboard)
{
    struct bytes line;
    if (!keyboard_line(keyboard, cli->arena, &line)) {
        return NULL;
    }
    const char *text = (const char *)line.data;
    size_t size = line.size, skip = 0;
    while (size > 0 && (text[size - 1] == '\r' || text[size - 1] == ' ')) {
        size--;
    }
    while (skip < size && (text[skip] == ' ' || text[skip] == '\t')) {
        skip++;
    }
    char *copy = arena_zero(cli->arena, 1, size - skip + 1);
    for (size_t i = skip; copy != NULL && i < size; i++) {
        copy[i - skip] = text[i] == '\0' ? '\x01' : text[i];
    }
    return copy;
}

static void prompt(const struct cli *cli, const char *before)
{
    if (before[0] == '\0') {
        (void)fputs("> ", stdout);
    } else {
        (void)printf("[%s] > ", screen_quiet(cli->arena, bytes_of_text(before)));
    }
    (void)fflush(stdout);
}

/* A line and those that it goes on in; NULL: there is no more. */
static const char *read_answer(const struct cli *cli, struct keyboard *keyboard, bool long_ones)
{
    char *all = read_line(cli, keyboard);
    while (all != NULL && long_ones && all[0] != '\0' && all[strlen(all) - 1] == '\\') {
        all[strlen(all) - 1] = '\0';
        (void)fputs(". ", stdout);
        (void)fflush(stdout);
        const char *more = read_line(cli, keyboard);
        all = more == NULL ? NULL : arena_format(cli->arena, "%s\n%s", all, more);
    }
    return all;
}

const char *page_answer(const struct cli *cli, const char *before, bool long_ones)
{
    for (;;) {
        struct keyboard keyboard;
        keyboard_begin(&keyboard);
        prompt(cli, before);
        const char *all = read_answer(cli, &keyboard, long_ones);
        keyboard_end(&keyboard);
        if (all == NULL) {
            (void)fputc('\n', stdout);
            return NULL;
        }
        if (!keyboard.cut && text_is_showable(bytes_of_text(all))) {
            return all;
        }
        page_wrong(
            cli, keyboard.cut
                     ? say(cli->words,
                           N_("a terminal takes no more than 4,095 bytes in one line, and the rest is lost; "
                              "write it again in lines that end with a backslash, or in a form"))
                     : say(cli->words, N_("this is not plain text in UTF-8; write it again")));
    }
}

bool page_yes(const struct cli *cli, bool otherwise, bool *ret_left)
{
    for (;;) {
        const char *said = page_answer(cli, otherwise ? "y" : "", false);
        if (said == NULL || strcmp(said, "!") == 0) {
            *ret_left = true;
            return false;
        }
        bool yes = strcasecmp(said, "y") == 0 || strcasecmp(said, "yes") == 0;
        if (yes || said[0] == '\0' || strcasecmp(said, "n") == 0 || strcasecmp(said, "no") == 0) {
            return yes || (said[0] == '\0' && otherwise);
        }
        page_wrong(cli, say(cli->words, N_("write y or n")));
    }
}
