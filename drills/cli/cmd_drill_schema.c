/* SPDX-License-Identifier: Apache-2.0 */
/* Every key of a scenario, from the table that checks it. */
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/cli/subcommands.h"
#include "drills/scenario/schema.h"
#include "nodes/cli/screen.h"

/* "load" of "load: spread": what a section's name begins with. */
static bool is_asked_for(const struct schema_section *section, const char *wanted)
{
    size_t size = wanted == NULL ? 0 : strlen(wanted);
    return wanted == NULL ||
           (strncmp(section->title, wanted, size) == 0 && strchr(":,", section->title[size]) != NULL);
}

static void print_key(const struct cli *cli, enum section_id id, const struct schema_key *key)
{
    const char *form = schema_form_text(key, cli->words, cli->arena);
    const char *kinds = schema_kinds(id, key, cli->arena);
    ensure(form != NULL && kinds != NULL);
    const char *first = arena_format(cli->arena, "  %-15s", key->word[0] == '\0' ? "(name)" : key->word);
    const char *text = arena_format(cli->arena, "%s: %s", say(cli->words, key->about), form);
    text = text == NULL || !key->needed ? text : cli_text(cli, "%s; needed", text);
    text = text == NULL || key->initial == NULL ? text : cli_text(cli, "%s; else %s", text, key->initial);
    text = text == NULL || kinds[0] == '\0' ? text : cli_text(cli, "%s; only for %s", text, kinds);
    ensure(first != NULL && text != NULL);
    screen_wrapped(stdout, first, 17, text, 0);
}

static void print_section(const struct cli *cli, enum section_id id)
{
    size_t count = 0;
    const struct schema_key *keys = schema_keys(id, &count);
    screen_heading(stdout, cli->colour, schema_section(id)->title);
    if (schema_section(id)->about[0] != '\0') {
        screen_wrapped(stdout, "", 0, say(cli->words, schema_section(id)->about), 0);
    }
    for (size_t i = 0; i < count; i++) {
        print_key(cli, id, &keys[i]);
    }
    (void)fputs("\n", stdout);
}

static json_t *section_json(const struct cli *cli, enum section_id id)
{
    size_t count = 0;
    const struct schema_key *keys = schema_keys(id, &count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        const char *form = schema_form_text(&keys[i], NULL, cli->arena);
        const char *kinds = schema_kinds(id, &keys[i], cli->arena);
        json_t *key = json_pack("{s:s, s:b, s:s?, s:s, s:s, s:s, s:s}", "key", keys[i].word, "needed",
                                keys[i].needed, "else", keys[i].initial, "form", form, "about", keys[i].about,
                                "only_for", kinds, "example", keys[i].example);
        ensure(key != NULL && json_array_append_new(list, key) == 0);
    }
    return json_pack("{s:s, s:s, s:o}", "section", schema_section(id)->title, "about",
                     schema_section(id)->about, "keys", list);
}

static int run(struct cli *cli, const struct arguments *arguments)
{
    const char *wanted = arguments->word_count == 0 ? NULL : arguments->words[0];
    json_t *list = json_array();
    const char *titles[SECTIONS + 1] = {NULL};
    size_t found = 0;
    for (unsigned id = 0; id < SECTIONS; id++) {
        titles[id] = schema_section((enum section_id)id)->title;
        if (!is_asked_for(schema_section((enum section_id)id), wanted)) {
            continue;
        }
        found++;
        if (cli->json) {
            ensure(json_array_append_new(list, section_json(cli, (enum section_id)id)) == 0);
        } else {
            print_section(cli, (enum section_id)id);
        }
    }
    if (found == 0) {
        const char *nearest = text_nearest(wanted, titles);
        json_decref(list);
        return cli_usage(cli, arguments, "there is no section \"%s\"; did you mean: %s",
                         screen_quiet(cli->arena, bytes_of_text(wanted)),
                         nearest == NULL ? titles[1] : nearest);
    }
    if (cli->json) {
        return cli_print_json(cli, json_pack("{s:o}", "sections", list));
    }
    json_decref(list);
    return EXIT_DONE;
}

const struct subcommand cmd_drill_schema = {
    .name = "drill schema",
    .group = "Drills",
    .synopsis = "[SECTION]",
    .does = "what may stand in a scenario: every key, from the table that checks it",
    .help = "All sections, or one: states, injects, desks, load. Example:\n"
            "  comity drill schema injects",
    .words_max = 1,
    .run = run,
};
