/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/cli/letter_table.h"

#include <ctype.h>
#include <string.h>

#include "nodes/cli/act.h"

/* --- options of each kind --- */

#define OPTION(option, path, argument, help) {option, argument, false, help},
#define LIST(option, path, argument, help)   {option, argument, true, help},
#define FLAG(option, path, help)             {option, NULL, false, help},
#define LETTER(kind, command, made, group, synopsis, does, help)                                             \
    static const struct option_spec options_##kind[] = {
#define END                                                                                                  \
    SIGNER_OPTIONS,                                                                                          \
    {                                                                                                        \
        NULL, NULL, false, NULL                                                                              \
    }                                                                                                        \
    }                                                                                                        \
    ;
#include "nodes/letter_commands.def"
#undef OPTION
#undef LIST
#undef FLAG
#undef LETTER
#undef END

#define OPTION(option, path, argument, help) {option, path},
#define LIST(option, path, argument, help)   {option, path},
#define FLAG(option, path, help)             {option, path},
#define LETTER(kind, command, made, group, synopsis, does, help)                                             \
    static const struct letter_option paths_##kind[] = {
#define END                                                                                                  \
    {                                                                                                        \
        NULL, NULL                                                                                           \
    }                                                                                                        \
    }                                                                                                        \
    ;
#include "nodes/letter_commands.def"
#undef OPTION
#undef LIST
#undef FLAG
#undef LETTER
#undef END

/* --- the kinds --- */

#define OPTION(option, path, argument, help)
#define LIST(option, path, argument, help)
#define FLAG(option, path, help)
#define END

static const struct letter_entry entries[LETTER_KINDS + 1] = {
#define LETTER(kind, command, made, group, synopsis, does, help)                                             \
    [LETTER_##kind] = {#kind, group, synopsis, does, help, options_##kind, paths_##kind},
#include "nodes/letter_commands.def"
#undef LETTER
};

const struct letter_entry *letter_entry(enum letter_kind kind)
{
    bool is = (unsigned)kind <= LETTER_KINDS && kind != LETTER_NONE && kind != LETTER_REQUEST;
    return is ? &entries[kind] : NULL;
}

enum letter_kind letter_of_name(const char *name)
{
    char word[64];
    size_t size = strlen(name);
    if (size >= sizeof word) {
        return LETTER_NONE;
    }
    for (size_t i = 0; i <= size; i++) {
        word[i] = name[i] == '-' ? '_' : (char)toupper((unsigned char)name[i]);
    }
    enum letter_kind kind = letter_kind_of_name(bytes_of_text(word));
    return kind == LETTER_REQUEST ? LETTER_NONE : kind;
}

const char *const letter_kind_names[] = {
#define LETTER(kind, ...) #kind,
#include "nodes/letter_commands.def"
#undef LETTER
    NULL,
};

/* --- the everyday words --- */

static int run(struct cli *cli, const struct arguments *arguments)
{
    return letter_send(cli, arguments, (enum letter_kind)(arguments->subcommand - letter_subcommands));
}

/* A letter that opens a case says to whom; every other one names its case. */
#define WORDS_MIN(kind) (LETTER_##kind == LETTER_ORAL_NOTED || LETTER_##kind == LETTER_TAKEN_OVER ? 0 : 1)

#define COMMAND_FILE(...)
#define COMMAND_NODE(...)
#define COMMAND_TABLE(kind, command, in_group, of, what, text)                                               \
    [LETTER_##kind] = {.name = command,                                                                      \
                       .group = in_group,                                                                    \
                       .synopsis = of,                                                                       \
                       .does = what,                                                                         \
                       .help = text,                                                                         \
                       .options = options_##kind,                                                            \
                       .words_min = WORDS_MIN(kind),                                                         \
                       .words_max = 2,                                                                       \
                       .needs_directory = true,                                                              \
                       .run = run},
const struct subcommand letter_subcommands[LETTER_KINDS + 1] = {
#define LETTER(kind, command, made, group, synopsis, does, help)                                             \
    COMMAND_##made(kind, command, group, synopsis, does, help)
#include "nodes/letter_commands.def"
#undef LETTER
};
