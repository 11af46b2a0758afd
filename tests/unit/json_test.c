/* SPDX-License-Identifier: Apache-2.0 */
/* JSON of messages: the example officers start from, each code of fault with its path, both spellings. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/json.h"
#include "proto/limits.h"
#include "tests/fuzz/json_fuzz.c" /* the fuzz target's function, to replay its corpus */

#define TEXT_MAX ((size_t)256 * 1024)

struct fixture {
    struct arena *arena;
    struct faults faults;
};

static int fixture_open(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = arena_new((size_t)8 * 1024 * 1024);
    assert_non_null(f->arena);
    faults_init(&f->faults, f->arena);
    *state = f;
    return 0;
}

static int fixture_close(void **state)
{
    struct fixture *f = *state;
    arena_free(f->arena);
    free(f);
    return 0;
}

static ProtobufCMessage *read_text(struct fixture *f, const ProtobufCMessageDescriptor *type,
                                   const char *text)
{
    faults_init(&f->faults, f->arena);
    json_t *json = json_read(bytes_of_text(text), TEXT_MAX, &f->faults);
    ProtobufCMessage *message = json != NULL ? message_of_json(type, json, f->arena, &f->faults) : NULL;
    json_decref(json);
    assert_int_equal(message == NULL, faults_any(&f->faults));
    return message;
}

static struct bytes file_bytes(struct arena *arena, const char *name)
{
    const char *top = getenv("COMITY_TOP");
    uint8_t *bytes = arena_take(arena, TEXT_MAX);
    FILE *file = fopen(arena_format(arena, "%s/%s", top != NULL ? top : ".", name), "rb");
    assert_non_null(bytes);
    assert_non_null(file);
    size_t size = fread(bytes, 1, TEXT_MAX, file);
    (void)fclose(file);
    return bytes_of(bytes, size);
}

static void the_example_reads_without_a_fault_and_comes_back(void **state)
{
    struct fixture *f = *state;
    json_t *json = json_read(file_bytes(f->arena, "examples/preservation.json"), TEXT_MAX, &f->faults);
    assert_non_null(json);
    ProtobufCMessage *message = message_of_json(&comity__request__descriptor, json, f->arena, &f->faults);
    if (message == NULL) {
        fail_msg("%s: %s", f->faults.list[0].path, f->faults.list[0].text);
    }
    Comity__Request *request = (Comity__Request *)message;
    assert_string_equal(request->reference, "XA-NCC-2026-0417");
    assert_int_equal(request->n_items, 3);
    assert_int_equal(request->items[0]->period->from->ms, INT64_C(1794528000000));
    assert_int_equal(request->hold_days, 90);
    json_t *back = json_of_message(message);
    assert_true(json_equal(json, back));
    struct bytes packed = wire_pack(f->arena, message);
    ProtobufCMessage *unpacked = NULL;
    assert_int_equal(wire_unpack(&comity__request__descriptor, packed, f->arena, &unpacked, NULL), WIRE_OK);
    json_t *again = json_of_message(unpacked);
    assert_true(json_equal(json, again));
    json_decref(again);
    json_decref(back);
    json_decref(json);
}

struct fault_case {
    const ProtobufCMessageDescriptor *type;
    const char *json, *path, *code, *text; /* text: a part of the sentence */
};

#define REQUEST &comity__request__descriptor
#define DELIVER &comity__deliver__descriptor
#define HEAD    &comity__head__descriptor

static const struct fault_case fault_cases[] = {
    {REQUEST, "[1,2", "", "NOT_JSON", "line 1"},
    {REQUEST, "{\"facts\": \"\xff\"}", "", "NOT_JSON", "line 1"},
    {REQUEST, "{\"facts\": \"a\\u0000b\"}", "", "NOT_JSON", "line 1"},
    {REQUEST, "{\"facts\": \"a\", \"facts\": \"b\"}", "", "DUPLICATE", "line 1"},
    {REQUEST, "[]", "", "TYPE", "object"},
    {REQUEST, "{\"referense\": \"x\"}", "referense", "UNKNOWN", "did you mean reference?"},
    {REQUEST, "{\"hold_dys\": 1}", "hold_dys", "UNKNOWN", "did you mean holdDays?"},
    {REQUEST, "{\"zzzzzzzzzz\": {\"a\": [1]}}", "zzzzzzzzzz", "UNKNOWN", "no such member"},
    {REQUEST, "{\"a\\nb\": null}", "a\\x0ab", "UNKNOWN", "no such member"},
    {REQUEST, "{\"holdDays\": 1, \"hold_days\": 1}", "hold_days", "DUPLICATE", "both spellings"},
    {REQUEST, "{\"holdDays\": 1.5}", "holdDays", "TYPE", "whole number"},
    {REQUEST, "{\"holdDays\": \"9x\"}", "holdDays", "TYPE", "whole number"},
    {REQUEST, "{\"holdDays\": \"09\"}", "holdDays", "TYPE", "whole number"},
    {REQUEST, "{\"holdDays\": -1}", "holdDays", "RANGE", "from 0 to 4294967295"},
    {REQUEST, "{\"holdDays\": 4294967296}", "holdDays", "RANGE", "from 0 to 4294967295"},
    {REQUEST, "{\"confidential\": \"true\"}", "confidential", "TYPE", "true or false"},
    {REQUEST, "{\"facts\": 1}", "facts", "TYPE", "text in quotes"},
    {REQUEST, "{\"facts\": \"a\\u202eb\"}", "facts", "TEXT", "direction"},
    {REQUEST, "{\"reference\": \"a\\nb\"}", "reference", "TEXT", "one line"},
    {&comity__identifier__descriptor, "{\"value\": \"ad\\u200bmin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"ad\\u200cmin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"ad\\u200dmin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"\\u200eadmin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"\\u200fadmin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"ad\\u00admin\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"admin\\ufe0f\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"admin\\u202e\"}", "value", "TEXT", "invisible"},
    {&comity__identifier__descriptor, "{\"value\": \"\\u2066admin\"}", "value", "TEXT", "invisible"},
    {REQUEST, "{\"type\": \"PRESERV\"}", "type", "ENUM", "must be one of: PRESERVE"},
    {REQUEST, "{\"type\": \"NO_TYPE\"}", "type", "ENUM", "must be one of: PRESERVE"},
    {REQUEST, "{\"type\": 1}", "type", "TYPE", "must be one of: PRESERVE"},
    {REQUEST, "{\"tlp\": \"amber\"}", "tlp", "ENUM", "RED, AMBER_STRICT, AMBER, GREEN, CLEAR"},
    {REQUEST, "{\"items\": {}}", "items", "TYPE", "list"},
    {REQUEST, "{\"items\": [null]}", "items[0]", "TYPE", "object"},
    {REQUEST, "{\"items\": [{}, {\"period\": {\"from\": \"2026-11-13T00:00:00\"}}]}", "items[1].period.from",
     "NO_ZONE", "2026-11-13T00:00:00Z"},
    {REQUEST, "{\"items\": [{\"data_dies\": \"2026-11-13\"}]}", "items[0].data_dies", "DATE_ONLY",
     "2026-11-13T00:00:00Z"},
    {REQUEST, "{\"items\": [{\"dataDies\": \"next week\"}]}", "items[0].dataDies", "NOT_A_TIME",
     "with its zone"},
    {REQUEST, "{\"items\": [{\"dataDies\": {\"ms\": 1}}]}", "items[0].dataDies", "NOT_A_TIME",
     "with its zone"},
    {REQUEST, "{\"items\": [{\"dataDies\": \"0001-01-01T00:00:00Z\"}]}", "items[0].dataDies", "RANGE",
     "9999"},
    {REQUEST, "{\"mla\": {\"plannedBy\": \"2026-02-30\"}}", "mla.plannedBy", "NOT_A_DATE", "2026-12-15"},
    {REQUEST, "{\"alsoSentVia\": [\"a\", \"\"]}", "alsoSentVia[1]", "TEXT", "empty"},
    {REQUEST, "{\"offence\": {\"codes\": [\"FORGERY\", \"\"]}}", "offence.codes[1]", "ENUM",
     "ILLEGAL_ACCESS"},
    {&comity__held__descriptor, "{\"items\": [1, 0]}", "items[1]", "RANGE", "from 1"},
    {&comity__not_held__descriptor, "{\"state\": \"xb\"}", "state", "TEXT", "capital letters"},
    {&comity__ask_again__descriptor, "{\"from\": \"XB\"}", "from", "TEXT", "XA/poc"},
    {DELIVER, "{\"acceptedMs\": \"18446744073709551616\"}", "acceptedMs", "TYPE", "whole number"},
    {DELIVER, "{\"acceptedMs\": -1}", "acceptedMs", "RANGE", "from 0 to 18446744073709551615"},
    {HEAD, "{\"id\": \"?\"}", "id", "TYPE", "base64"},
    {HEAD, "{\"id\": 7}", "id", "TYPE", "base64"},
    {HEAD, "{\"id\": \"AAAA\"}", "id", "RANGE", "at least 32"},
    {HEAD, "{\"id\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\"}", "id", "TOO_LONG", "at most 32"},
    {&comity__letter__descriptor, "{\"ack\": {}, \"infoAsked\": {}}", "infoAsked", "TWO_OF", "ack is"},
};

static void each_fault_has_its_code_and_place(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof fault_cases / sizeof fault_cases[0]; i++) {
        const struct fault_case *c = &fault_cases[i];
        const struct fault *first = &f->faults.list[0];
        if (read_text(f, c->type, c->json) != NULL) {
            fail_msg("%s was read", c->json);
        }
        if (f->faults.count != 1 || strcmp(first->code, c->code) != 0 || strcmp(first->path, c->path) != 0 ||
            strstr(first->text, c->text) == NULL) {
            fail_msg("%s: %zu faults, the first at \"%s\": %s, %s", c->json, f->faults.count, first->path,
                     first->code, first->text);
        }
    }
}

static void all_faults_are_found_at_once(void **state)
{
    struct fixture *f = *state;
    assert_null(read_text(
        f, REQUEST,
        "{\"holdDays\": -1, \"items\": [{\"category\": \"X\"}, {\"period\": {\"from\": \"x\", \"to\": 1}}],"
        " \"nonsense\": 1, \"mla\": {\"intended\": 1}}"));
    static const char *const paths[] = {"holdDays",           "items[0].category", "items[1].period.from",
                                        "items[1].period.to", "nonsense",          "mla.intended"};
    assert_int_equal(f->faults.count, sizeof paths / sizeof paths[0]);
    for (size_t i = 0; i < f->faults.count; i++) {
        assert_string_equal(f->faults.list[i].path, paths[i]);
    }
}

static void both_spellings_and_both_forms_of_numbers_are_read(void **state)
{
    struct fixture *f = *state;
    const Comity__Request *request =
        (Comity__Request *)read_text(f, REQUEST, "{\"hold_days\": \"60\", \"do_not_notify\": true}");
    assert_int_equal(request->hold_days, 60);
    assert_true(request->do_not_notify);
    request = (Comity__Request *)read_text(f, REQUEST, "{\"holdDays\": 60, \"doNotNotify\": true}");
    assert_int_equal(request->hold_days, 60);
    assert_true(request->do_not_notify);
    const Comity__Deliver *deliver =
        (Comity__Deliver *)read_text(f, DELIVER, "{\"acceptedMs\": \"18446744073709551615\"}");
    assert_true(deliver->accepted_ms == UINT64_MAX);
    deliver = (Comity__Deliver *)read_text(f, DELIVER, "{\"accepted_ms\": 5}");
    assert_int_equal(deliver->accepted_ms, 5);
}

static void what_says_nothing_is_absent(void **state)
{
    struct fixture *f = *state;
    ProtobufCMessage *message = read_text(
        f, REQUEST,
        "{\"holdDays\": 0, \"facts\": \"\", \"mla\": {\"intended\": false}, \"necessity\": {}, \"tlp\": \"\","
        " \"confidential\": false, \"items\": [], \"purpose\": null}");
    assert_non_null(message);
    assert_int_equal(wire_pack(f->arena, message).size, 0);
    json_t *json = json_of_message(message);
    assert_int_equal(json_object_size(json), 0);
    json_decref(json);
}

static void an_empty_member_of_a_oneof_says_something(void **state)
{
    struct fixture *f = *state;
    ProtobufCMessage *message = read_text(f, &comity__letter__descriptor, "{\"statusAsk\": {}}");
    assert_non_null(message);
    assert_int_equal(wire_pack(f->arena, message).size, 2);
    json_t *json = json_of_message(message);
    assert_non_null(json_object_get(json, "statusAsk"));
    json_decref(json);
}

static void moments_keep_their_offset(void **state)
{
    struct fixture *f = *state;
    static const char *const texts[] = {"2026-11-13T00:00:00Z", "2026-11-13T07:00:00+07:00",
                                        "1970-01-01T00:00:00Z", "0001-01-02T00:00:00.001-05:30",
                                        "9999-12-31T23:58:59+23:59"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        ProtobufCMessage *message =
            read_text(f, &comity__period__descriptor, arena_format(f->arena, "{\"from\": \"%s\"}", texts[i]));
        assert_non_null(message);
        struct bytes packed = wire_pack(f->arena, message);
        assert_true(packed.size >= 2);
        json_t *json = json_of_message(message);
        assert_string_equal(json_string_value(json_object_get(json, "from")), texts[i]);
        json_decref(json);
    }
}

static void wide_numbers_and_bytes_are_strings(void **state)
{
    (void)state;
    uint8_t id[32] = {0xff};
    Comity__Stub stub = COMITY__STUB__INIT;
    Comity__Deliver deliver = COMITY__DELIVER__INIT;
    stub.body_hash = wire_binary(bytes_of(id, sizeof id));
    deliver.accepted_ms = UINT64_C(1794528000000);
    deliver.stub = &stub;
    json_t *json = json_of_message(&deliver.base);
    char *text = json_dumps(json, JSON_COMPACT);
    assert_string_equal(text, "{\"acceptedMs\":\"1794528000000\",\"stub\":{\"bodyHash\":"
                              "\"/wAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"}}");
    free(text);
    json_decref(json);
}

static void lists_end_at_their_limit(void **state)
{
    struct fixture *f = *state;
    char text[1024] = "{\"items\": [";
    for (size_t i = 0; i < ITEMS_MAX; i++) {
        strcat(text, i != 0 ? ",{}" : "{}");
    }
    size_t end = strlen(text);
    strcpy(text + end, "]}");
    assert_non_null(read_text(f, REQUEST, text));
    strcpy(text + end, ",{}]}");
    assert_null(read_text(f, REQUEST, text));
    assert_string_equal(f->faults.list[0].code, "TOO_MANY");
}

static void a_whole_that_is_too_large_is_one_fault(void **state)
{
    struct fixture *f = *state;
    char *text = malloc(TEXT_MAX);
    assert_non_null(text);
    size_t at = (size_t)snprintf(text, TEXT_MAX, "{\"items\": [");
    for (size_t i = 0; i < 40; i++) {
        at += (size_t)snprintf(text + at, TEXT_MAX - at, "%s{\"description\": \"%01900d\"}",
                               i != 0 ? "," : "", 1);
    }
    (void)snprintf(text + at, TEXT_MAX - at, "]}");
    assert_null(read_text(f, REQUEST, text));
    assert_int_equal(f->faults.count, 1);
    assert_string_equal(f->faults.list[0].code, "TOO_LONG");
    assert_string_equal(f->faults.list[0].path, "");
    free(text);
}

static void a_request_of_the_largest_size_fits_a_letter(void **state)
{
    (void)state;
    /* Tag and length of a part of LETTER_PART_BYTES_MAX bytes: 1 and 3. */
    assert_true(LETTER_PART_BYTES_MAX + 4 <= LETTER_BYTES_MAX);
}

static void text_has_limits_of_size_and_depth(void **state)
{
    struct fixture *f = *state;
    char deep[2 * (JSON_DEPTH_MAX + 1) + 1];
    memset(deep, '[', JSON_DEPTH_MAX);
    memset(deep + JSON_DEPTH_MAX, ']', JSON_DEPTH_MAX);
    json_t *json = json_read(bytes_of(deep, (size_t)2 * JSON_DEPTH_MAX), TEXT_MAX, &f->faults);
    assert_non_null(json);
    json_decref(json);
    memset(deep, '[', JSON_DEPTH_MAX + 1);
    memset(deep + JSON_DEPTH_MAX + 1, ']', JSON_DEPTH_MAX + 1);
    assert_null(json_read(bytes_of(deep, (size_t)2 * (JSON_DEPTH_MAX + 1)), TEXT_MAX, &f->faults));
    assert_string_equal(f->faults.list[0].code, "NOT_JSON");
    json = json_read(bytes_of_text("[\"[[[[[[[[[[[[[[[[[[[[[[ \\\" [[[[[[[[[[[[[[[[[[[[[[\"]"), TEXT_MAX,
                     &f->faults);
    assert_non_null(json);
    json_decref(json);
    faults_init(&f->faults, f->arena);
    assert_null(json_read(bytes_of_text("[1, 2]"), 5, &f->faults));
    assert_string_equal(f->faults.list[0].code, "TOO_LONG");
}

static void a_small_arena_is_a_fault(void **state)
{
    struct fixture *f = *state;
    struct arena *small = arena_new(600);
    json_t *json = json_read(bytes_of_text("{\"items\": [{}, {}, {}, {}, {}, {}]}"), TEXT_MAX, &f->faults);
    assert_null(message_of_json(REQUEST, json, small, &f->faults));
    assert_true(faults_any(&f->faults));
    json_decref(json);
    arena_free(small);
}

static void shape_is_no_less_than_the_text_holds(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t depth, values;
    } cases[] = {
        {"", 0, 1},
        {"[]", 1, 2},
        {"[{},{},{}]", 2, 7},
        {"{\"a\":[1,2],\"b\":{}}", 2, 6},
        {"\"[{,\\\"[{,\"", 0, 1},
        {"}}]][", 1, 2},
        {"\"\\", 0, 1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_shape shape = json_shape(bytes_of_text(cases[i].text));
        assert_int_equal(shape.depth, cases[i].depth);
        assert_int_equal(shape.values, cases[i].values);
    }
}

static void past_finds_of_the_fuzzer_hold(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char folder[512];
    size_t count = 0;
    (void)snprintf(folder, sizeof folder, "%s/tests/data/json", top != NULL ? top : ".");
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        char path[1024];
        uint8_t bytes[8192];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entry->d_name);
        FILE *file = entry->d_name[0] != '.' ? fopen(path, "rb") : NULL;
        if (file != NULL) {
            size_t size = fread(bytes, 1, sizeof bytes, file);
            (void)fclose(file);
            assert_int_equal(LLVMFuzzerTestOneInput(bytes, size), 0);
            count++;
        }
    }
    (void)closedir(files);
    assert_true(count > 0);
}

#define WITH_FIXTURE(test) cmocka_unit_test_setup_teardown(test, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FIXTURE(the_example_reads_without_a_fault_and_comes_back),
        WITH_FIXTURE(each_fault_has_its_code_and_place),
        WITH_FIXTURE(all_faults_are_found_at_once),
        WITH_FIXTURE(both_spellings_and_both_forms_of_numbers_are_read),
        WITH_FIXTURE(what_says_nothing_is_absent),
        WITH_FIXTURE(an_empty_member_of_a_oneof_says_something),
        WITH_FIXTURE(moments_keep_their_offset),
        WITH_FIXTURE(wide_numbers_and_bytes_are_strings),
        WITH_FIXTURE(lists_end_at_their_limit),
        WITH_FIXTURE(a_whole_that_is_too_large_is_one_fault),
        WITH_FIXTURE(a_request_of_the_largest_size_fits_a_letter),
        WITH_FIXTURE(text_has_limits_of_size_and_depth),
        cmocka_unit_test(shape_is_no_less_than_the_text_holds),
        WITH_FIXTURE(a_small_arena_is_a_fault),
        cmocka_unit_test(past_finds_of_the_fuzzer_hold),
    };
    return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
