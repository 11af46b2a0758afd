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

const char *letter_command_in_case(enum letter_kind kind)
{
    return kind == LETTER_REQUEST ? "request FILE --confirm" : letter_command(kind);
}

const char *letter_does(enum letter_kind kind)
{
    return (unsigned)kind <= LETTER_KINDS ? letters[kind].does : "";
}

const char *letter_why_option(enum letter_kind kind)
{
    static const struct {
        enum letter_kind kind;
        const char *option;
    } options[] = {
        {LETTER_RELEASED, "why"},   {LETTER_STATUS, "on"},     {LETTER_DECIDE, "what"},
        {LETTER_REPLY, "to"},       {LETTER_EVIDENCE, "part"}, {LETTER_ANSWERED, "part"},
        {LETTER_DISCLOSED, "part"}, {LETTER_DECLINED, "what"}, {LETTER_TIED, "match"},
    };
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++) {
        if (options[i].kind == kind) {
            return options[i].option;
        }
    }
    return "";
}
