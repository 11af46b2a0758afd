/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/options.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define NAMES_MAX 128

const struct option_spec common_options[] = {
    {"json", NULL, false, N_("print JSON on standard output, nothing else")},
    {"help", NULL, false, N_("print help")},
    {"version", NULL, false, N_("print the version")},
    {NULL, NULL, false, NULL},
};

struct reader {
    int argc, at;
    const char *const *argv;
    const struct subcommand *const *table;
    struct cli *cli;
    struct arguments *arguments;
    struct options_result *result;
    const char *family; /* the first word of a subcommand of two */
    bool help, version, words_only;
};

static bool begins_with_word(const char *name, const char *word)
{
    size_t size = strlen(word);
    return strncmp(name, word, size) == 0 && name[size] == ' ';
}

bool subcommand_is_family(const struct subcommand *const *table, const char *word)
{
    for (size_t i = 0; table[i] != NULL; i++) {
        if (begins_with_word(table[i]->name, word)) {
            return true;
        }
    }
    return false;
}

const struct subcommand *subcommand_find(const struct subcommand *const *table, const char *first,
                                         const char *second)
{
    for (size_t i = 0; table[i] != NULL; i++) {
        const char *name = table[i]->name;
        if (second == NULL ? strcmp(name, first) == 0
                           : begins_with_word(name, first) && strcmp(name + strlen(first) + 1, second) == 0) {
            return table[i];
        }
    }
    return NULL;
}

static const char *quiet(struct reader *r, const char *word)
{
    const char *text = text_quiet(r->cli->arena, bytes_of_text(word), 60);
    return text == NULL ? "?" : text;
}

/* The nearest of the subcommands' names, or of the second words of a family. */
static const char *nearest_subcommand(struct reader *r, const char *word)
{
    const char *names[NAMES_MAX];
    size_t count = 0;
    for (size_t i = 0; r->table[i] != NULL && count + 1 < NAMES_MAX; i++) {
        const char *name = r->table[i]->name;
        if (r->family == NULL) {
            names[count++] = name;
        } else if (begins_with_word(name, r->family)) {
            names[count++] = name + strlen(r->family) + 1;
        }
    }
    names[count] = NULL;
    return text_nearest(word, names);
}

static const char *family_members(struct reader *r)
{
    const char *list = "";
    for (size_t i = 0; r->table[i] != NULL && list != NULL; i++) {
        if (begins_with_word(r->table[i]->name, r->family)) {
            list = cli_text(r->cli, "%s%scomity %s", list, list[0] == '\0' ? "" : ", ", r->table[i]->name);
        }
    }
    return list;
}

static enum options_outcome unknown_subcommand(struct reader *r, const char *word)
{
    const char *nearest = nearest_subcommand(r, word);
    const char *family = r->family == NULL ? "" : r->family;
    const char *gap = r->family == NULL ? "" : " ";
    r->result->fault = cli_text(r->cli, "there is no command \"%s%s%s\"", family, gap, quiet(r, word));
    r->result->next = nearest == NULL ? say(r->cli->words, N_("see: comity help"))
                                      : cli_text(r->cli, "did you mean: comity %s%s%s", family, gap, nearest);
    return OPTIONS_BAD;
}

static enum options_outcome take_word(struct reader *r, const char *word)
{
    struct arguments *a = r->arguments;
    const struct subcommand *member =
        a->subcommand == NULL || a->word_count != 0 || a->given_count != 0
            ? NULL
            : subcommand_find(r->table, a->subcommand->name, word); /* "ping" is one, and "ping answered" */
    if (member != NULL) {
        a->subcommand = member;
        return OPTIONS_RUN;
    }
    if (a->subcommand == NULL) {
        a->subcommand = r->family == NULL ? subcommand_find(r->table, word, NULL)
                                          : subcommand_find(r->table, r->family, word);
        if (a->subcommand == NULL && r->family == NULL && subcommand_is_family(r->table, word)) {
            r->family = word;
            return OPTIONS_RUN;
        }
        return a->subcommand == NULL ? unknown_subcommand(r, word) : OPTIONS_RUN;
    }
    if (a->word_count == a->subcommand->words_max || a->word_count == sizeof a->words / sizeof a->words[0]) {
        r->result->fault = cli_text(r->cli, "\"%s\" is one word too many", quiet(r, word));
        return OPTIONS_BAD;
    }
    a->words[a->word_count++] = word;
    return OPTIONS_RUN;
}

static const struct option_spec *find_option(const struct option_spec *list, const char *name, size_t size)
{
    for (; list != NULL && list->name != NULL; list++) {
        if (strlen(list->name) == size && memcmp(list->name, name, size) == 0) {
            return list;
        }
    }
    return NULL;
}

static size_t add_names(const char **names, size_t count, const struct option_spec *list)
{
    for (; list != NULL && list->name != NULL && count + 1 < NAMES_MAX; list++) {
        names[count++] = list->name;
    }
    return count;
}

static enum options_outcome unknown_option(struct reader *r, const char *word)
{
    const char *names[NAMES_MAX];
    const struct subcommand *subcommand = r->arguments->subcommand;
    size_t count = add_names(names, 0, common_options);
    count = add_names(names, count, subcommand == NULL ? NULL : subcommand->options);
    names[count] = NULL;
    const char *nearest = text_nearest(word + strspn(word, "-"), names);
    r->result->fault = cli_text(r->cli, "there is no option %s", quiet(r, word));
    r->result->next = nearest != NULL ? cli_text(r->cli, "did you mean: --%s", nearest)
                      : subcommand != NULL
                          ? cli_text(r->cli, "see: comity %s --help", subcommand->name)
                          : say(r->cli->words, N_("options of a command stand after it; see: comity help"));
    return OPTIONS_BAD;
}

static enum options_outcome keep_option(struct reader *r, const struct option_spec *spec, const char *value)
{
    struct arguments *a = r->arguments;
    if (a->given_count == OPTION_REPEATS_MAX) {
        r->result->fault = say(r->cli->words, "too many options");
        return OPTIONS_BAD;
    }
    if (!spec->repeats && argument_given(a, spec->name)) {
        r->result->fault = cli_text(r->cli, "--%s is given twice", spec->name);
        return OPTIONS_BAD;
    }
    a->given[a->given_count].spec = spec;
    a->given[a->given_count++].value = value;
    return OPTIONS_RUN;
}

/* "--name", "--name=value", "--name value". */
static enum options_outcome take_long(struct reader *r, const char *word)
{
    const char *name = word + 2;
    size_t size = strcspn(name, "=");
    const char *value = name[size] == '=' ? name + size + 1 : NULL;
    const struct option_spec *common = find_option(common_options, name, size);
    const struct subcommand *subcommand = r->arguments->subcommand;
    const struct option_spec *spec =
        common != NULL || subcommand == NULL ? common : find_option(subcommand->options, name, size);
    if (spec == NULL) {
        return unknown_option(r, word);
    }
    if (spec->argument == NULL && value != NULL) {
        r->result->fault = cli_text(r->cli, "--%s takes no value", spec->name);
        return OPTIONS_BAD;
    }
    if (common != NULL) {
        r->cli->json |= strcmp(spec->name, "json") == 0;
        r->help |= strcmp(spec->name, "help") == 0;
        r->version |= strcmp(spec->name, "version") == 0;
        return OPTIONS_RUN;
    }
    if (spec->argument != NULL && value == NULL) {
        value = r->at < r->argc ? r->argv[r->at++] : NULL;
    }
    if (spec->argument != NULL && (value == NULL || value[0] == '\0')) {
        r->result->fault =
            cli_text(r->cli, "--%s needs a value: --%s %s", spec->name, spec->name, spec->argument);
        return OPTIONS_BAD;
    }
    return keep_option(r, spec, value == NULL ? "" : value);
}

static enum options_outcome take_directory(struct reader *r, const char *word)
{
    const char *directory = word[2] != '\0' ? word + 2 : r->at < r->argc ? r->argv[r->at++] : "";
    if (directory[0] == '\0') {
        r->result->fault = say(r->cli->words, "-C needs a directory: -C DIR");
        return OPTIONS_BAD;
    }
    r->cli->directory = directory;
    return OPTIONS_RUN;
}

static enum options_outcome take(struct reader *r, const char *word)
{
    if (r->words_only || word[0] != '-' || word[1] == '\0') {
        return take_word(r, word);
    }
    if (strcmp(word, "--") == 0) {
        r->words_only = true;
        return OPTIONS_RUN;
    }
    if (strcmp(word, "-h") == 0) {
        r->help = true;
        return OPTIONS_RUN;
    }
    if (strncmp(word, "-C", 2) == 0) {
        return take_directory(r, word);
    }
    return strncmp(word, "--", 2) == 0 ? take_long(r, word) : unknown_option(r, word);
}

/* The index-th word of a synopsis that must be given: "CASE"; "" when it has fewer. */
static const char *missing_word(struct reader *r, const char *synopsis, size_t index)
{
    size_t at = strcspn(synopsis, " [-");
    for (; index > 0 && synopsis[at] == ' '; index--) {
        synopsis += at + 1;
        at = strcspn(synopsis, " [-");
    }
    const char *word = arena_format(r->cli->arena, "%.*s", (int)at, synopsis);
    return word == NULL ? "" : word;
}

static enum options_outcome finish(struct reader *r)
{
    const struct arguments *a = r->arguments;
    if (r->version) {
        return OPTIONS_VERSION;
    }
    if (r->help) {
        r->arguments->family = a->subcommand == NULL ? r->family : NULL;
        return OPTIONS_HELP;
    }
    if (a->subcommand == NULL && r->family != NULL) {
        r->result->fault = cli_text(r->cli, "\"%s\" alone is no command", r->family);
        r->result->next = cli_text(r->cli, "write one of: %s", family_members(r));
        return OPTIONS_BAD;
    }
    if (a->subcommand == NULL) {
        return OPTIONS_NOTHING;
    }
    if (a->word_count < a->subcommand->words_min) {
        r->result->fault =
            cli_text(r->cli, "%s is missing", missing_word(r, a->subcommand->synopsis, a->word_count));
        return OPTIONS_BAD;
    }
    if (a->subcommand->needs_directory && (r->cli->directory == NULL || r->cli->directory[0] == '\0')) {
        r->result->fault = say(r->cli->words, "no directory given");
        r->result->next = say(r->cli->words, "say whose node it is: -C DIR, or set COMITY_DIR");
        return OPTIONS_BAD;
    }
    return OPTIONS_RUN;
}

enum options_outcome options_read(int argc, const char *const *argv, const struct subcommand *const *table,
                                  struct cli *cli, struct arguments *ret, struct options_result *result)
{
    struct reader reader = {
        .argc = argc, .at = 1, .argv = argv, .table = table, .cli = cli, .arguments = ret, .result = result};
    memset(ret, 0, sizeof *ret);
    memset(result, 0, sizeof *result);
    cli->directory = getenv("COMITY_DIR");
    for (int i = 1; i < argc; i++) { /* known before the first fault is told */
        cli->json |= strcmp(argv[i], "--json") == 0;
    }
    while (reader.at < argc) {
        const char *word = argv[reader.at++];
        enum options_outcome outcome = take(&reader, word);
        cli->command = ret->subcommand == NULL ? "" : ret->subcommand->name;
        if (outcome != OPTIONS_RUN) {
            return outcome;
        }
        if (ret->subcommand != NULL && ret->subcommand->members != NULL) {
            ret->rest = &argv[reader.at];
            ret->rest_count = (size_t)(argc - reader.at);
            reader.at = argc;
        }
    }
    return finish(&reader);
}

const char *argument_value(const struct arguments *arguments, const char *option)
{
    const char *value = NULL;
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].spec->name, option) == 0) {
            value = arguments->given[i].value;
        }
    }
    return value;
}

bool argument_given(const struct arguments *arguments, const char *option)
{
    return argument_value(arguments, option) != NULL;
}

const char *argument_nth(const struct arguments *arguments, const char *option, size_t index)
{
    for (size_t i = 0; i < arguments->given_count; i++) {
        if (strcmp(arguments->given[i].spec->name, option) == 0 && index-- == 0) {
            return arguments->given[i].value;
        }
    }
    return NULL;
}

bool number_read(const char *text, uint64_t min, uint64_t max, uint64_t *ret)
{
    uint64_t number = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9' || number > (UINT64_MAX - 9) / 10) {
            return false;
        }
        number = number * 10 + (uint64_t)(*c - '0');
    }
    if (text[0] == '\0' || number < min || number > max) {
        return false;
    }
    *ret = number;
    return true;
}

bool argument_numbers(const struct arguments *arguments, const char *option, uint32_t max, uint32_t *ret,
                      size_t room, size_t *ret_count, const char **ret_bad)
{
    size_t count = 0;
    const char *value = NULL;
    while ((value = argument_nth(arguments, option, count)) != NULL) {
        uint64_t number = 0;
        if (count == room || !number_read(value, 1, max, &number)) {
            *ret_bad = value;
            return false;
        }
        ret[count++] = (uint32_t)number;
    }
    *ret_count = count;
    return true;
}
