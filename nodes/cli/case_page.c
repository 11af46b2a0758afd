/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/case_page.h"

#include <stdio.h>
#include <string.h>

#include "base/daemon/host.h"
#include "nodes/cli/screen.h"
#include "nodes/cli/when.h"

#define NAME_INDENT 17

struct show show_of(const struct cli *cli, const struct client *client, const struct look *look,
                    const json_t *json)
{
    return (struct show){.cli = cli,
                         .arena = cli->arena,
                         .look = look,
                         .json = json,
                         .party = client->party.text,
                         .now_ms = host_wall().ms};
}

const char *page_member(const struct show *s, const json_t *object, const char *name)
{
    return screen_member(s->arena, object, name);
}

bool page_has(const char *text)
{
    return text[0] != '\0';
}

void page_heading(const struct show *s, const char *text)
{
    (void)fputc('\n', stdout);
    screen_heading(stdout, s->cli->colour, say(s->cli->words, text));
}

void page_field(const struct show *s, const char *name, const char *text, size_t lines_max)
{
    if (text != NULL && page_has(text)) {
        const char *first = arena_format(s->arena, "  %s ", say(s->cli->words, name));
        screen_wrapped(stdout, first == NULL ? "" : first, NAME_INDENT, text, s->full ? 0 : lines_max);
    }
}

const char *page_moment(const struct show *s, uint64_t ms)
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

const char *page_here(const struct show *s, uint64_t ms)
{
    const char *text =
        s->look->own_zone == NULL
            ? when_local(s->cli, s->now_ms, ms, NULL)
            : cli_text(s->cli, "%s here", when_local(s->cli, s->now_ms, ms, s->look->own_zone));
    return text == NULL ? "?" : text;
}

const char *page_words(const struct show *s, const json_t *list)
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

const char *page_pair(const struct show *s, const char *left, const char *right)
{
    const char *text =
        arena_format(s->arena, "%s%s%s", left, page_has(left) && page_has(right) ? " " : "", right);
    return text == NULL ? "?" : text;
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
    const char *text = say(s->cli->words, page_member(s, due, "what"));
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

size_t page_owed(const struct show *s, bool ours)
{
    const json_t *owed = json_object_get(s->json, "owed");
    size_t i = 0, printed = 0;
    const json_t *due = NULL;
    json_array_foreach(owed, i, due)
    {
        if ((strcmp(page_member(s, due, "by"), s->party) == 0) != ours || is_printed(owed, i)) {
            continue;
        }
        uint64_t when = look_ms(due, "when");
        const char *text = arena_format(
            s->arena, "%s%s%s: %s", when < s->now_ms ? say(s->cli->words, N_("OVERDUE, ")) : "",
            json_is_true(json_object_get(due, "paused")) ? say(s->cli->words, N_("waits for them, ")) : "",
            when_distance(s->cli, s->now_ms, when), page_moment(s, when));
        page_field(s, due_name(s, owed, i), text, 0);
        printed++;
    }
    return printed;
}

bool page_failed(const struct show *s)
{
    const char *id = page_member(s, s->look->json, "case");
    bool began = json_array_size(json_object_get(s->look->json, "items")) != 0, failed = false;
    size_t i = 0;
    const json_t *flag = NULL;
    json_array_foreach(json_object_get(s->look->json, "flags"), i, flag)
    {
        failed |= json_is_string(flag) && strcmp(json_string_value(flag), "FAILED") == 0;
    }
    if (failed) {
        page_field(s, "FAILED",
                   began ? cli_text(s->cli,
                                    "a letter was refused for good; see why, then write it again: comity why "
                                    "%.8s",
                                    id)
                         : cli_text(s->cli,
                                    "the request was refused for good; see why: comity why %.8s; write it "
                                    "again: comity request --like %.8s >FILE, then comity request FILE "
                                    "--confirm %.8s",
                                    id, id, id),
                   0);
    }
    return failed;
}
