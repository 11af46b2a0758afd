/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Templates and the table they are made from: what is called needed is what completeness asks for, no more and no less, and the examples of
 * each kind are a request of that kind.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/catalogue.h"
#include "base/columns.h"
#include "base/text.h"
#include "nodes/completeness.h"
#include "nodes/template.h"
#include "proto/form.h"
#include "proto/json.h"
#include "tests/support/letter_bodies.h"

#define NOW_MS UINT64_C(1795132800000) /* 2026-11-20T00:00:00Z: examples are as of then */

static struct arena *arena;
static struct faults faults;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)64 << 20);
    assert_non_null(arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void print_faults(const char *about)
{
    print_error("%s:\n", about);
    for (size_t i = 0; i < faults.count; i++) {
        print_error("  %s %s: %s\n", faults.list[i].path, faults.list[i].code, faults.list[i].text);
    }
}

/* The request that a form says, looked at; NULL: it cannot be read. */
static Comity__Request *look(const char *form)
{
    faults_init(&faults, arena);
    json_t *json = form_read(bytes_of_text(form), &comity__request__descriptor, arena, &faults);
    Comity__Request *request = NULL;
    if (json != NULL) {
        request =
            (Comity__Request *)(void *)message_of_json(&comity__request__descriptor, json, arena, &faults);
    }
    json_decref(json);
    if (request != NULL) {
        Comity__Letter letter = COMITY__LETTER__INIT;
        struct completeness c = {.faults = &faults, .now_ms = NOW_MS};
        letter.body_case = COMITY__LETTER__BODY_REQUEST;
        letter.request = request;
        letter_complete(&c, &letter);
    }
    return request;
}

/* A form of examples: those needed but one (SIZE_MAX: all), and with may the others. */
static char *filled(const struct request_kind *kind, size_t without, bool may)
{
    struct request_field fields[REQUEST_FIELDS_MAX];
    size_t count = request_fields(kind, fields);
    char *form = arena_format(arena, "type: %s\n", kind->type_word);
    if (kind->path[0] != '\0') {
        form = arena_format(arena, "%s%s: %s\n", form, kind->path, kind->value);
    }
    for (size_t i = 0; i < count; i++) {
        if (i == without || !(fields[i].needed || may)) {
            continue;
        }
        form = arena_format(arena, "%s%s:\n", form, fields[i].path);
        for (const char *line = fields[i].example; line != NULL;) {
            const char *end = strchr(line, '\n');
            size_t size = end == NULL ? strlen(line) : (size_t)(end - line);
            form = arena_format(arena, "%s  %.*s\n", form, (int)size, line);
            line = end == NULL ? NULL : end + 1;
        }
    }
    return form;
}

static void the_examples_of_a_kind_are_a_request_of_it(void **state)
{
    (void)state;
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        for (int may = 0; may < 2; may++) {
            const Comity__Request *request = look(filled(&kinds[i], SIZE_MAX, may != 0));
            if (request == NULL || faults.count != 0) {
                print_faults(
                    arena_format(arena, "%s%s", kinds[i].name, may != 0 ? " with all it may have" : ""));
                fail();
            }
            assert_ptr_equal(request_kind_of(request), &kinds[i]);
        }
        arena_reset(arena);
    }
}

static void without_any_field_that_is_needed_they_are_not(void **state)
{
    (void)state;
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        struct request_field fields[REQUEST_FIELDS_MAX];
        size_t field_count = request_fields(&kinds[i], fields);
        for (size_t k = 0; k < field_count; k++) {
            (void)look(filled(&kinds[i], k, false));
            if (fields[k].needed && faults.count == 0) {
                fail_msg("%s does not need %s", kinds[i].name, fields[k].path);
            }
        }
        arena_reset(arena);
    }
}

/* The number of times that a line of the text is "path:". */
static size_t lines_of(const char *text, const char *path)
{
    char *line = arena_format(arena, "\n%s:", path);
    size_t count = 0;
    for (const char *at = strstr(text, line); at != NULL; at = strstr(at + 1, line)) {
        count++;
    }
    return count;
}

static void a_template_has_each_field_once_and_says_what_is_missing(void **state)
{
    (void)state;
    size_t count = 0;
    const struct request_kind *kinds = request_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        struct request_field fields[REQUEST_FIELDS_MAX];
        size_t field_count = request_fields(&kinds[i], fields);
        char *text = template_write(&kinds[i], NULL, arena);
        assert_non_null(text);
        for (size_t k = 0; k < field_count; k++) {
            if (lines_of(text, fields[k].path) != 1 ||
                form_field(&comity__request__descriptor, fields[k].path) == NULL) {
                fail_msg("%s: %s", kinds[i].name, fields[k].path);
            }
        }
        const Comity__Request *request = look(text);
        assert_non_null(request);
        assert_ptr_equal(request_kind_of(request), &kinds[i]);
        assert_true(faults.count > 0);
        for (size_t k = 0; k < faults.count; k++) {
            if (strcmp(faults.list[k].code, "MISSING") != 0 &&
                strcmp(faults.list[k].code, "OVERBROAD") != 0) {
                print_faults(kinds[i].name);
                fail();
            }
        }
        for (const char *line = text; line != NULL; line = strchr(line, '\n')) {
            line += *line == '\n';
            assert_true(strcspn(line, "\n") <= 140);
        }
        arena_reset(arena);
    }
    assert_string_equal(template_words("necessity.urgency", arena), "EMERGENCY, URGENT, ROUTINE");
    assert_string_equal(template_words("confidential", arena), "yes or no");
    assert_string_equal(template_words("reference", arena), "");
    assert_string_equal(template_words("nothing.there", arena), "");
}

static void each_kind_has_its_example(void **state)
{
    (void)state;
    size_t count = 0;
    const char *top = getenv("COMITY_TOP");
    const struct request_kind *kinds = request_kinds(&count);
    for (size_t i = 0; i < count; i++) {
        char path[512];
        (void)snprintf(path, sizeof path, "%s/examples/%s.json", top == NULL ? "." : top, kinds[i].name);
        FILE *file = fopen(path, "r");
        if (file == NULL) {
            fail_msg("there is no %s", path);
        }
        char *text = arena_zero(arena, 1, 65536);
        assert_true(fread(text, 1, 65535, file) > 0);
        (void)fclose(file);
        const ProtobufCMessage *request =
            message_of_text(arena, &comity__request__descriptor, text, NOW_MS, NULL);
        assert_ptr_equal(request_kind_of((const Comity__Request *)(const void *)request), &kinds[i]);
        assert_ptr_equal(request_kind_find(kinds[i].name), &kinds[i]);
        arena_reset(arena);
    }
    assert_null(request_kind_find("preserve"));
    Comity__Request none = COMITY__REQUEST__INIT;
    assert_null(request_kind_of(&none));
    none.type = COMITY__REQUEST__TYPE__LINK;
    assert_null(request_kind_of(&none));
    none.type = COMITY__REQUEST__TYPE__MLA;
    assert_null(request_kind_of(&none));
}

static void put_number(uint8_t *at, size_t number)
{
    for (unsigned i = 0; i < 4; i++) {
        at[i] = (uint8_t)(number >> (8 * i));
    }
}

/* A catalogue (.mo) that translates one text. */
static const struct catalogue *translating(const char *text, const char *into)
{
    static const char header[] =
        "Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=1; plural=0;\n";
    const char *strings[] = {"", text, header, into};
    const struct catalogue *words = NULL;
    size_t refused = 0, at = 20 + 4 * 8;
    uint8_t *room = arena_zero(arena, 1, 4096);
    put_number(room, 0x950412de);
    put_number(room + 8, 2);
    put_number(room + 12, 20);
    put_number(room + 16, 36);
    for (size_t i = 0; i < 4; i++) {
        size_t size = strlen(strings[i]);
        assert_true(at + size < 4096);
        put_number(room + 20 + 8 * i, size);
        put_number(room + 24 + 8 * i, at);
        memcpy(room + at, strings[i], size);
        at += size + 1;
    }
    assert_int_equal(catalogue_read(bytes_of(room, at), arena, &words, &refused), CATALOGUE_OK);
    assert_int_equal(refused, 0);
    return words;
}

static void a_script_without_blanks_is_broken_between_its_characters(void **state)
{
    (void)state;
    size_t count = 0;
    const struct request_kind *kind = &request_kinds(&count)[0];
    char *into = arena_zero(arena, 1, 1024);
    for (size_t i = 0; i < 300; i++) {
        memcpy(into + 3 * i, "\xe8\xaf\xb7", 3);
    }
    char *form = template_write(kind, translating(kind->about, into), arena);
    assert_non_null(strstr(form, "\xe8\xaf\xb7"));
    assert_true(text_is_showable(bytes_of_text(form)));
    for (char *line = form, *end = NULL; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        *end = '\0';
        assert_true(line[0] != '#' || columns_of_text(line) <= 102 || strchr(line, ' ') == NULL ||
                    strncmp(line, "#   ", 4) == 0);
        assert_true(strncmp(line, "# \xe8", 3) != 0 || columns_of_text(line) > 2 + 4); /* not one a line */
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_examples_of_a_kind_are_a_request_of_it),
        TEST(without_any_field_that_is_needed_they_are_not),
        TEST(a_template_has_each_field_once_and_says_what_is_missing),
        TEST(a_script_without_blanks_is_broken_between_its_characters),
        TEST(each_kind_has_its_example),
    };
    return cmocka_run_group_tests_name("template", tests, NULL, NULL);
}
