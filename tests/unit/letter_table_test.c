/* SPDX-License-Identifier: Apache-2.0 */
/* nodes/letter_commands.def against the messages: whatever a letter can say can be said on a command line. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/cli/letter_table.h"
#include "nodes/letter_commands.h"
#include "proto/form.h"
#include "proto/json.h"

static const ProtobufCMessageDescriptor *body_of(unsigned kind)
{
    const ProtobufCFieldDescriptor *member =
        protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, kind);
    return member->descriptor;
}

static const struct option_spec *spec_of(const struct letter_entry *entry, const char *option)
{
    for (const struct option_spec *spec = entry->options; spec->name != NULL; spec++) {
        if (strcmp(spec->name, option) == 0) {
            return spec;
        }
    }
    return NULL;
}

static bool has_path(const struct letter_entry *entry, const char *path)
{
    for (const struct letter_option *o = entry->paths; o->option != NULL; o++) {
        if (strcmp(o->path, path) == 0) {
            return true;
        }
    }
    return false;
}

static void every_kind_has_a_command(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        assert_true(letter_command((enum letter_kind)kind)[0] != '\0');
        assert_true(letter_does((enum letter_kind)kind)[0] != '\0');
        assert_string_equal(letter_kind_names[kind - 1], letter_name(kind));
        if (kind != LETTER_REQUEST) {
            assert_non_null(letter_entry((enum letter_kind)kind));
            assert_int_equal(letter_of_name(letter_name(kind)), kind);
        }
    }
    assert_null(letter_kind_names[LETTER_KINDS]);
    assert_null(letter_entry(LETTER_REQUEST));
    assert_int_equal(letter_of_name("mla-received"), LETTER_MLA_RECEIVED);
    assert_int_equal(letter_of_name("request"), LETTER_NONE);
    assert_int_equal(letter_of_name("no-such"), LETTER_NONE);
}

/* A part that is one of a kind may be said by its fields instead. */
static void assert_sayable(const struct letter_entry *entry, const ProtobufCFieldDescriptor *field)
{
    char name[JSON_NAME_MAX], path[2 * JSON_NAME_MAX + 1], inner[JSON_NAME_MAX];
    (void)json_name(name, field->name);
    if (has_path(entry, name)) {
        return;
    }
    if (field->type != PROTOBUF_C_TYPE_MESSAGE || field->label == PROTOBUF_C_LABEL_REPEATED) {
        fail_msg("%s: no option says %s", entry->name, name);
    }
    const ProtobufCMessageDescriptor *part = field->descriptor;
    for (unsigned i = 0; i < part->n_fields; i++) {
        (void)snprintf(path, sizeof path, "%s.%s", name, json_name(inner, part->fields[i].name));
        if (!has_path(entry, path)) {
            fail_msg("%s: no option says %s", entry->name, path);
        }
    }
}

static void every_field_of_every_letter_has_an_option(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        const struct letter_entry *entry = letter_entry((enum letter_kind)kind);
        for (unsigned i = 0; entry != NULL && i < body_of(kind)->n_fields; i++) {
            assert_sayable(entry, &body_of(kind)->fields[i]);
        }
    }
}

static void an_option_is_as_its_field(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        const struct letter_entry *entry = letter_entry((enum letter_kind)kind);
        for (const struct letter_option *o = entry == NULL ? NULL : entry->paths;
             o != NULL && o->option != NULL; o++) {
            const struct option_spec *spec = spec_of(entry, o->option);
            assert_non_null(spec);
            if (o->path[0] == '\0') {
                continue;
            }
            const ProtobufCFieldDescriptor *field = form_field(body_of(kind), o->path);
            if (field == NULL) {
                fail_msg("%s: --%s is for %s, which is no field", entry->name, o->option, o->path);
                return;
            }
            assert_int_equal(spec->repeats, field->label == PROTOBUF_C_LABEL_REPEATED);
            assert_int_equal(spec->argument == NULL, field->type == PROTOBUF_C_TYPE_BOOL);
        }
    }
}

/* A word is one command's only, or told apart in a file of its own. */
static void words_from_the_table_are_unique(void **state)
{
    (void)state;
    for (unsigned i = 1; i <= LETTER_KINDS; i++) {
        for (unsigned k = i + 1; k <= LETTER_KINDS && letter_subcommands[i].name != NULL; k++) {
            assert_string_not_equal(letter_subcommands[i].name, letter_command((enum letter_kind)k));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_kind_has_a_command),
        cmocka_unit_test(every_field_of_every_letter_has_an_option),
        cmocka_unit_test(an_option_is_as_its_field),
        cmocka_unit_test(words_from_the_table_are_unique),
    };
    return cmocka_run_group_tests_name("letter_table", tests, NULL, NULL);
}
