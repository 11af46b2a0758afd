/* SPDX-License-Identifier: Apache-2.0 */
/* A letter of any kind from a command line, by the table of its options. */
#include <string.h>

#include "base/text.h"
#include "nodes/case.h"
#include "nodes/cli/letter_table.h"
#include "nodes/cli/letter_value.h"
#include "nodes/cli/screen.h"
#include "proto/form.h"
#include "proto/json.h"

#define PATH_MAX_CHARS 128

/* Which side writes a letter in which machine: from the one table. */
static const struct {
    enum machine machine;
    enum letter_kind kind;
    enum side side;
} rows[] = {
#define ROW(of, word, for_why, by, ...) {MACHINE_##of, LETTER_##word, SIDE_##by},
#include "nodes/lifecycle.def"
#undef ROW
};

/* The type of the request that each machine begins with. */
static const char *const types[MACHINES] = {
#define MACHINE(word, text, type, ...) [MACHINE_##word] = #type,
#include "nodes/machines.def"
#undef MACHINE
};

static bool letter_begins_case(enum letter_kind kind)
{
    static const bool opens[LETTER_KINDS + 1] = {
#define REQUEST_OF(word, request) [LETTER_##word] = true,
#include "nodes/letter_parts.def"
#undef REQUEST_OF
    };
    return opens[kind];
}

/* The message of that kind, and the name of its member. */
static const ProtobufCFieldDescriptor *member_of(enum letter_kind kind)
{
    return protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, (unsigned)kind);
}

static const char *path_of(const struct letter_entry *entry, const char *option)
{
    const struct letter_option *o = entry->paths;
    while (o->option != NULL && strcmp(o->option, option) != 0) {
        o++;
    }
    return o->path;
}

/* The message that holds the last field of a path, and the object for it in the body, made if need be. */
static const ProtobufCMessageDescriptor *holder(const ProtobufCMessageDescriptor *message, const char *path,
                                                json_t **object, const char **ret_name)
{
    const char *dot = strchr(path, '.');
    while (dot != NULL) {
        char part[PATH_MAX_CHARS];
        size_t size = (size_t)(dot - path) < sizeof part ? (size_t)(dot - path) : sizeof part - 1;
        memcpy(part, path, size);
        part[size] = '\0';
        message = form_field(message, part)->descriptor;
        if (json_object_get(*object, part) == NULL) {
            (void)json_object_set_new(*object, part, json_object());
        }
        *object = json_object_get(*object, part);
        path = dot + 1;
        dot = strchr(path, '.');
    }
    *ret_name = path;
    return message;
}

/* All that was given of one option into its field; a list takes each. */
static void put_option(struct act *act, const ProtobufCMessageDescriptor *body, const char *option,
                       const char *path)
{
    json_t *object = act->body;
    const char *name = NULL, *text = NULL;
    const ProtobufCMessageDescriptor *message = holder(body, path, &object, &name);
    const ProtobufCFieldDescriptor *field = form_field(message, name);
    bool list = field->label == PROTOBUF_C_LABEL_REPEATED;
    json_t *all = list ? json_array() : NULL;
    for (size_t i = 0; (text = argument_nth(act->arguments, option, i)) != NULL && act->code == EXIT_DONE;
         i++) {
        json_t *value = letter_value(act, message, field, option, text);
        if (value == NULL) {
            json_decref(all);
            return;
        }
        if (list) {
            (void)json_array_append_new(all, value);
        } else {
            all = value;
        }
    }
    (void)json_object_set_new(object, name, all);
}

static bool is_signing(const char *option)
{
    static const char *const names[] = {"officer", "with", "overrule", "because", NULL};
    return text_is_one_of(option, names);
}

/* Each option once, whatever its values. An option of the other kind that shares the word is told. */
static void put_options(struct act *act, const struct letter_entry *entry,
                        const ProtobufCMessageDescriptor *body)
{
    for (size_t i = 0; act->code == EXIT_DONE && i < act->arguments->given_count; i++) {
        const char *option = act->arguments->given[i].spec->name;
        const char *path = path_of(entry, option);
        bool again = false;
        for (size_t k = 0; k < i; k++) {
            again |= strcmp(act->arguments->given[k].spec->name, option) == 0;
        }
        if (path == NULL && !is_signing(option)) {
            act->code = cli_usage(act->cli, act->arguments, "--%s says nothing here: %s has no such field",
                                  option, entry->name);
        } else if (path != NULL && path[0] != '\0' && !again) {
            put_option(act, body, option, path);
        }
    }
}

/* The letter that opens a case says to whom. */
static void put_recipient(struct act *act)
{
    const char *to = argument_value(act->arguments, "to");
    if (act->code == EXIT_DONE && to == NULL) {
        act->code = cli_usage(act->cli, act->arguments, "--to is missing");
    } else if (act->code == EXIT_DONE && !address_read(bytes_of_text(to), &act->to)) {
        act->code = cli_usage(act->cli, act->arguments, "--to %s is no address of a party, such as XB/poc",
                              screen_quiet(act->cli->arena, bytes_of_text(to)));
    }
}

/* The case is looked at, or is to be opened; the letter is not begun. */
static int send_begun(struct act *act, enum letter_kind kind, const char *file)
{
    char name[JSON_NAME_MAX];
    const struct letter_entry *entry = letter_entry(kind);
    const ProtobufCFieldDescriptor *member = member_of(kind);
    if (file != NULL) {
        json_t *whole = letter_json_file(act, member->descriptor, file);
        if (whole != NULL) {
            json_decref(act->body);
            act->body = whole;
        }
    }
    put_options(act, entry, member->descriptor);
    return act_send(act, json_name(name, member->name));
}

int letter_send(struct cli *cli, const struct arguments *arguments, enum letter_kind kind)
{
    struct act act;
    bool opens = letter_begins_case(kind);
    if (!opens && arguments->word_count == 0) {
        return cli_usage(cli, arguments, "CASE is missing");
    }
    act_begin(&act, cli, arguments, opens ? NULL : arguments->words[0]);
    if (opens) {
        put_recipient(&act);
    }
    return send_begun(&act, kind, arguments->words[opens ? 0 : 1]);
}

/* Is there a row of the letter in what the case is? */
static bool is_of_case(const struct act *act, enum letter_kind kind)
{
    const char *type = screen_member(act->cli->arena, act->look.json, "type");
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].kind == kind && rows[i].side == (act->look.requesting ? SIDE_Q : SIDE_R) &&
            strcmp(types[rows[i].machine], type) == 0) {
            return true;
        }
    }
    return false;
}

int letter_send_either(struct cli *cli, const struct arguments *arguments, enum letter_kind one,
                       enum letter_kind other)
{
    struct act act;
    act_begin(&act, cli, arguments, arguments->words[0]);
    return send_begun(&act, act.code == EXIT_DONE && is_of_case(&act, one) ? one : other,
                      arguments->word_count > 1 ? arguments->words[1] : NULL);
}
