/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/letter_commands.h"

static const struct {
    const char *command, *does;
} letters[LETTER_KINDS + 1] = {
    [LETTER_NONE] = {"", ""},
#define LETTER(kind, command, made, group, synopsis, does, help) [LETTER_##kind] = {command, does},
#define OPTION(option, path, argument, help)
#define LIST(option, path, argument, help)
#define FLAG(option, path, help)
#define END
#include "nodes/letter_commands.def"
#undef LETTER
#undef OPTION
#undef LIST
#undef FLAG
#undef END
};

const char *letter_command(enum letter_kind kind)
{
    return (unsigned)kind <= LETTER_KINDS ? letters[kind].command : "";
}

const char *letter_does(enum letter_kind kind)
{
    return (unsigned)kind <= LETTER_KINDS ? letters[kind].does : "";
}
