/* SPDX-License-Identifier: Apache-2.0 */
/* Forms that people fill in: what they say as JSON, and what is no form. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/form.h"
#include "proto/json.h"

static struct arena *arena;
static struct faults faults;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)4 << 20);
    assert_non_null(arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

/* The JSON of a form in one line, or "CODE: text" of its only fault. */
static const char *read(const char *text)
{
    faults_init(&faults, arena);
    json_t *json = form_read(bytes_of_text(text), &comity__request__descriptor, arena, &faults);
    if (json == NULL) {
        assert_int_equal(faults.count, 1);
        return arena_format(arena, "%s: %s", faults.list[0].code, faults.list[0].text);
    }
    char *out = json_dumps(json, JSON_COMPACT);
    const char *copy = arena_format(arena, "%s", out);
    free(out);
    json_decref(json);
    return copy;
}

static void lines_are_paths_and_values(void **state)
{
    (void)state;
    assert_string_equal(read(""), "{}");
    assert_string_equal(read("# nothing\n\n   \n"), "{}");
    assert_string_equal(read("reference: XA-1"), "{\"reference\":\"XA-1\"}");
    assert_string_equal(read("  reference: x"),
                        "NOT_A_FORM: line 1: a line that begins with blanks goes on with a "
                        "value, and none is open");
    assert_string_equal(read("reference :  XA: 1 # 2  \r\nlanguage:en\r\n"),
                        "{\"reference\":\"XA: 1 # 2\",\"language\":\"en\"}");
    assert_string_equal(read("\xef\xbb\xbfreference: a"), "{\"reference\":\"a\"}");
    assert_string_equal(read("reference:\nlanguage:\n"), "{}");
    assert_string_equal(read("authority.officer: a\nauthority.hours: 24/7"),
                        "{\"authority\":{\"officer\":\"a\",\"hours\":\"24/7\"}}");
    assert_string_equal(
        read("items[0].identifiers[0].value: a\nitems[0].identifiers[1].value: b\nitems[1].link: c"),
        "{\"items\":[{\"identifiers\":[{\"value\":\"a\"},{\"value\":\"b\"}]},{\"link\":\"c\"}]}");
    assert_string_equal(read("no_such.thing: 1"), "{\"no_such\":{\"thing\":\"1\"}}");
}

static void values_go_on_and_lists_are_taken_apart(void **state)
{
    (void)state;
    assert_string_equal(read("facts: one\n  two\n# between\n\n  three\n\n\nlanguage: en"),
                        "{\"facts\":\"one\\ntwo\\n\\nthree\",\"language\":\"en\"}");
    assert_string_equal(read("facts:\n  one\n"), "{\"facts\":\"one\"}");
    assert_string_equal(read("facts:\n  one\n    two\n\n   three\n"),
                        "{\"facts\":\"one\\n  two\\n\\n three\"}");
    assert_string_equal(read("facts: one\n    two\n     three"), "{\"facts\":\"one\\ntwo\\n three\"}");
    assert_string_equal(read("offence.codes: ILLEGAL_ACCESS , FORGERY,\n  GROOMING"),
                        "{\"offence\":{\"codes\":[\"ILLEGAL_ACCESS\",\"FORGERY\",\"GROOMING\"]}}");
    assert_string_equal(read("offence.codes[0]: FORGERY\noffence.codes[1]: CSAM"),
                        "{\"offence\":{\"codes\":[\"FORGERY\",\"CSAM\"]}}");
    assert_string_equal(read("alsoSentVia: INTERPOL, no. 5\n  mail\nitems[0].holds[0].items: 1, 2"),
                        "{\"alsoSentVia\":[\"INTERPOL, no. "
                        "5\",\"mail\"],\"items\":[{\"holds\":[{\"items\":[\"1\",\"2\"]}]}]}");
    assert_string_equal(
        read("confidential: yes\ndo_not_notify: true\nmla.intended: no\nonwardTransferAllowed: false"),
        "{\"confidential\":true,\"do_not_notify\":true,\"mla\":{\"intended\":false},"
        "\"onwardTransferAllowed\":false}");
    assert_string_equal(read("confidential: perhaps"), "{\"confidential\":\"perhaps\"}");
}

static void what_is_no_form_is_named_by_its_line(void **state)
{
    (void)state;
    assert_string_equal(read("reference: a\nxyz\n"),
                        "NOT_A_FORM: line 2: there is no colon: write path: value, or # before a comment");
    assert_non_null(strstr(read("a..b: 1"), "NOT_A_FORM: line 1: what stands before the colon is no path"));
    assert_non_null(strstr(read(": 1"), "is no path"));
    assert_non_null(strstr(read("items[x].link: 1"), "is no path"));
    assert_non_null(strstr(read("items[0: 1"), "is no path"));
    assert_non_null(strstr(read("items[10000].link: 1"), "is no path"));
    assert_non_null(strstr(read("a.b.c.d.e.f.g.h.i: 1"), "is no path"));
    assert_non_null(strstr(read("a.: 1"), "is no path"));
    assert_string_equal(read("reference: a\nreference: b"), "DUPLICATE: line 2: reference is given twice");
    assert_string_equal(read("offence.codes[0]: a\noffence.codes[0]: b"),
                        "DUPLICATE: line 2: codes is given twice");
    assert_string_equal(read("items[1].link: a"),
                        "ORDER: line 1: items[1] is given, but nothing of items[0] before it");
    assert_string_equal(read("offence.codes[1]: a"),
                        "ORDER: line 1: codes[1] is given, but not codes[0] before it");
    assert_non_null(
        strstr(read("authority: a\nauthority.officer: b"), "NOT_A_FORM: line 2: authority has a value"));
    assert_string_equal(read("facts: \xff"),
                        "TEXT: the form is not plain text in UTF-8, or has controls in it");
    struct arena *small = arena_new(8);
    faults_init(&faults, arena);
    assert_null(form_read(bytes_of_text("reference: abcdef"), &comity__request__descriptor, small, &faults));
    assert_string_equal(faults.list[0].code, "TOO_LONG");
    arena_free(small);
}

static void a_form_is_told_from_json(void **state)
{
    (void)state;
    assert_true(form_is(bytes_of_text("")));
    assert_true(form_is(bytes_of_text("# {\n")));
    assert_true(form_is(bytes_of_text("type: PING")));
    assert_false(form_is(bytes_of_text("\n\t {\"type\": 1}")));
    assert_false(form_is(bytes_of_text("[]")));
    const ProtobufCFieldDescriptor *field = form_field(&comity__request__descriptor, "items[3].data_dies");
    assert_string_equal(field->name, "data_dies");
    assert_ptr_equal(form_field(&comity__request__descriptor, "items[0].dataDies"), field);
    assert_null(form_field(&comity__request__descriptor, "items[0].dies"));
    assert_null(form_field(&comity__request__descriptor, "reference.x"));
    assert_null(form_field(&comity__request__descriptor, ""));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

/* --- written --- */

static void add_line(void *context, const char *path, const char *text)
{
    char *all = context;
    char *line = form_line(arena, path, text);
    assert_non_null(line);
    assert_true(strlen(all) + strlen(line) < 8192);
    strcat(all, line);
}

/* Text of several lines, lists of words and of text, parts, lists of parts, moments, yes and no. */
static void what_is_written_reads_back_the_same(void **state)
{
    static const char said[] = "{\"type\":\"PRESERVE\",\"facts\":\"One line,\\nand another: with a "
                               "colon\\n    some code\\n\\n  the end\",\"holdDays\":90,\"confidential\":true,"
                               "\"offence\":{\"codes\":[\"ILLEGAL_ACCESS\",\"FORGERY\"]},\"alsoSentVia\":["
                               "\"INTERPOL, no. 5\",\"E-mail\"],"
                               "\"items\":[{\"description\":\"first\",\"identifiers\":[{\"kind\":\"DOMAIN\","
                               "\"value\":\"a.example\"},"
                               "{\"kind\":\"IP_ADDRESS\",\"value\":\"203.0.113.7\",\"port\":40110}]},"
                               "{\"description\":\"second\",\"dataDies\":\"2026-11-27T00:00:00+07:00\"}]}";
    char form[8192] = "";
    (void)state;
    faults_init(&faults, arena);
    json_t *before = json_read(bytes_of_text(said), sizeof said, &faults);
    assert_non_null(before);
    form_each(&comity__request__descriptor, before, arena, add_line, form);
    json_t *read = form_read(bytes_of_text(form), &comity__request__descriptor, arena, &faults);
    assert_non_null(read);
    const ProtobufCMessage *one = message_of_json(&comity__request__descriptor, before, arena, &faults);
    const ProtobufCMessage *other = message_of_json(&comity__request__descriptor, read, arena, &faults);
    assert_non_null(one);
    assert_non_null(other);
    json_t *first = json_of_message(one), *second = json_of_message(other);
    assert_true(json_equal(first, second));
    assert_string_equal(form_line(arena, "facts", ""), "facts:\n");
    json_decref(before);
    json_decref(read);
    json_decref(first);
    json_decref(second);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(lines_are_paths_and_values),           TEST(values_go_on_and_lists_are_taken_apart),
        TEST(what_is_no_form_is_named_by_its_line), TEST(a_form_is_told_from_json),
        TEST(what_is_written_reads_back_the_same),
    };
    return cmocka_run_group_tests_name("form", tests, NULL, NULL);
}
