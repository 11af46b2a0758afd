/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/ping_invite.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/daemon/languages.h"
#include "base/instant.h"
#include "nodes/cli/mail.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

#define LANGUAGES_OF_ONE 8

/* --- text that grows --- */

struct writing {
    const struct cli *cli; /* in the language of the text */
    const char *text;      /* NULL: no memory */
};

/* A line of the catalogue, and its end. */
static void add(struct writing *w, const char *format, ...) PRINTF_LIKE(2, 3);
static void add(struct writing *w, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    const char *line = arena_format_list(w->cli->arena, say(w->cli->words, format), list);
    va_end(list);
    w->text = w->text == NULL || line == NULL ? NULL : arena_format(w->cli->arena, "%s%s\n", w->text, line);
}

static const char *member(const struct writing *w, const json_t *object, const char *name)
{
    return screen_member(w->cli->arena, object, name);
}

static const char *joined(const struct writing *w, const json_t *list)
{
    const char *text = "";
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(list, i, entry)
    {
        const char *longer = arena_format(w->cli->arena, "%s%s%s", text, i == 0 ? "" : ", ",
                                          screen_string(w->cli->arena, entry));
        text = longer == NULL ? text : longer;
    }
    return text;
}

static const char *moment(const struct writing *w, const char *text)
{
    struct instant at;
    const char *shown = instant_read(bytes_of_text(text), &at) == INSTANT_OK && at.ms >= 0
                            ? when_local(w->cli, 0, (uint64_t)at.ms, NULL)
                            : NULL;
    return shown == NULL ? text : shown;
}

/* By the clock that it was written on. */
static const char *there(const struct writing *w, const char *text)
{
    struct instant at;
    const char *shown = instant_read(bytes_of_text(text), &at) == INSTANT_OK ? when_there(w->cli, at) : NULL;
    return shown == NULL ? text : shown;
}

/* --- the entry, as the directory has it --- */

static void add_entry(struct writing *w, const json_t *party)
{
    size_t i = 0;
    const json_t *contact = NULL;
    json_array_foreach(json_object_get(party, "contacts"), i, contact)
    {
        add(w, N_("  contact %zu: %s  %s"), i + 1, member(w, contact, "role"), member(w, contact, "name"));
        add(w, N_("    PHONE      %s"), member(w, contact, "phone"));
        add(w, N_("    EMAIL      %s"), member(w, contact, "email"));
        add(w, N_("    HOURS      %s"), member(w, contact, "hours"));
    }
    add(w, N_("  LANGUAGES    %s"), joined(w, json_object_get(party, "languages")));
    add(w, N_("  ZONE         %s"), member(w, party, "zone"));
}

/* --- the mail --- */

static const char *subject_of(const struct cli *cli, const struct ping_invite *invite, bool answer)
{
    const char *to = screen_member(cli->arena, invite->to, "address");
    const char *text = answer ? cli_text(cli, "Answer of %s to %s", to, invite->round)
                              : cli_text(cli, "Directory check of %s, %s: please answer", to, invite->round);
    return invite->exercise ? arena_format(cli->arena, "EXERCISE: %s", text) : text;
}

/* A click begins an answer that has the code already. */
static const char *link_of(const struct cli *cli, const struct ping_invite *invite)
{
    const char *subject = subject_of(cli, invite, true);
    const char *body = arena_format(cli->arena, "%s\n\n%s\n%s\n", invite->code,
                                    say(cli->words, N_("Who answers (function, no name):")),
                                    say(cli->words, N_("What is wrong in the entry, and what is right:")));
    return subject == NULL || body == NULL ? NULL : mail_link(invite->answer_to, subject, body, cli->arena);
}

static void add_letter(struct writing *w, const struct ping_invite *invite)
{
    const char *link = link_of(w->cli, invite), *from = member(w, invite->from, "address");
    if (link == NULL) {
        w->text = NULL;
        return;
    }
    if (invite->exercise) {
        add(w, N_("EXERCISE. Nothing of this is real.\n"));
    }
    add(w, N_("To the point of contact %s (%s)\n"), member(w, invite->to, "address"),
        member(w, invite->to, "name"));
    add(w,
        N_("%s (%s) checks whether the directory of the network is right, and whether somebody answers. "
           "There "
           "is no case behind it, and nothing else is asked.\n"),
        from, member(w, invite->from, "name"));
    if (invite->text[0] != '\0') {
        add(w, "%s\n", screen_quiet(w->cli->arena, bytes_of_text(invite->text)));
    }
    add(w,
        N_("Please open this link. It begins an answer by mail that has your code; say who answers, and what "
           "of your entry is wrong, and send it:\n"));
    add(w, "<%s>\n", link);
    add(w, N_("Or answer to this mail with the code, or read it out to who calls you from %s:\n"), from);
    add(w, "    %s\n", invite->code);
    add(w, N_("It counts once, until %s.\n"), moment(w, invite->until));
    add(w, N_("Your entry in the directory:\n"));
    add_entry(w, invite->to);
    add(w, N_("\nWhat you correct is changed only after those who sign the directory have looked at it."));
    add(w,
        N_("If you doubt that this mail is from %s, call it by the number in your own copy of the directory, "
           "never by one that a mail gives."),
        from);
}

/* "fr" or "fr_CA" for "fr"; each once. */
static bool is_spoken(const struct language *language, const json_t *languages)
{
    size_t i = 0;
    const json_t *entry = NULL;
    json_array_foreach(languages, i, entry)
    {
        const char *spoken = json_string_value(entry);
        if (spoken != NULL && strlen(spoken) >= 2 && strncmp(language->name, spoken, 2) == 0) {
            return true;
        }
    }
    return false;
}

const char *ping_invite_mail(const struct ping_invite *invite)
{
    struct cli theirs = *invite->cli;
    struct languages *languages = arena_zero(theirs.arena, 1, sizeof *languages);
    struct writing w = {.cli = &theirs, .text = ""};
    const char *subject = NULL;
    if (languages == NULL) {
        return NULL;
    }
    languages_read(languages, theirs.arena);
    for (size_t i = 0; i < languages->count && i < LANGUAGES_OF_ONE; i++) {
        if (is_spoken(&languages->list[i], json_object_get(invite->to, "languages"))) {
            theirs.words = languages->list[i].words;
            subject = subject == NULL ? subject_of(&theirs, invite, false) : subject;
            add_letter(&w, invite);
            add(&w, "\n----------\n");
        }
    }
    theirs.words = NULL; /* English, which everybody of the network reads when it is urgent */
    subject = subject == NULL ? subject_of(&theirs, invite, false) : subject;
    add_letter(&w, invite);
    const char *id = arena_format(theirs.arena, "%s.%.2s-%s", invite->round,
                                  member(&w, invite->to, "address"), member(&w, invite->to, "address") + 3);
    const struct mail mail = {.from = invite->answer_to,
                              .to = invite->mail,
                              .id = id,
                              .subject = subject,
                              .body = w.text,
                              .at = invite->now};
    return id == NULL || subject == NULL || w.text == NULL ? NULL : mail_write(&mail, theirs.arena);
}

/* --- the script --- */

static void add_numbers(struct writing *w, const struct ping_invite *invite)
{
    const json_t *ping = json_object_get(invite->to, "ping");
    const json_t *quiet = json_object_get(ping, "quiet");
    size_t i = 0;
    const json_t *contact = NULL;
    add(w, N_("Call, in this order:"));
    json_array_foreach(json_object_get(invite->to, "contacts"), i, contact)
    {
        const char *phone = member(w, contact, "phone");
        if (phone[0] != '\0') {
            add(w, "  %s  %s  %s  %s", phone, member(w, contact, "role"), member(w, contact, "name"),
                member(w, contact, "hours"));
        }
    }
    add(w, N_("These are the directory's numbers. A number from a mail or an answer is called by nobody: "
              "write it "
              "down as a correction."));
    add(w, N_("Languages: %s"), joined(w, json_object_get(invite->to, "languages")));
    add(w, N_("Their clock, when this was written: %s (%s)"), there(w, member(w, invite->to, "now")),
        member(w, invite->to, "zone"));
    if (json_array_size(quiet) != 0) {
        add(w, N_("Do not call between %s, by their clock."), joined(w, quiet));
    }
}

const char *ping_invite_script(const struct ping_invite *invite)
{
    struct writing w = {.cli = invite->cli, .text = ""};
    const char *to = member(&w, invite->to, "address"), *from = member(&w, invite->from, "address");
    if (invite->exercise) {
        add(&w, N_("EXERCISE. Nothing of this is real.\n"));
    }
    add(&w, N_("%s: call to %s (%s). It counts until %s.\n"), invite->round, to,
        member(&w, invite->to, "name"), moment(&w, invite->until));
    add_numbers(&w, invite);
    add(&w,
        N_("\n1. Say: this is %s. We check whether the directory of the network is right. There is no case "
           "behind it, and nothing else is asked."),
        from);
    add(&w,
        N_("   Ask: is this the point of contact %s? Which function do you have? Write down the function, "
           "not "
           "the name,"),
        to);
    add(&w, N_("   and whether they knew what the number is for (--knew-role yes or no)."));
    if (invite->mail[0] != '\0') {
        add(&w,
            N_("2. Ask: has our mail to %s come? Have its code read out, and repeat it; it begins with "
               "%.2s:"),
            invite->mail, to);
        add(&w, "   comity ping answered --code CODE --by phone --person FUNCTION --knew-role yes");
    } else {
        add(&w, N_("2. There is no mail: the directory has no address that one can be sent to. Ask for it."));
    }
    add(&w, N_("3. Without a code:"));
    add(&w, "   comity ping answered --state %s --by phone --person FUNCTION --knew-role yes --at TIME", to);
    add(&w, N_("4. Read the entry out. What is wrong is added to the command, field by field:"));
    add(&w, "   --check 'field: PHONE; right: no; correction: +999 1 234'");
    add_entry(&w, invite->to);
    return w.text;
}
