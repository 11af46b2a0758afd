/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Each letter of letter_bodies.def and each request of examples/ is complete; without any one field that its row of required.def asks
 * for, it has exactly that fault; with a moment on the wrong side of now, exactly that one. Every row is met.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/completeness.h"
#include "nodes/field_rules.h"
#include "proto/json.h"
#include "proto/json_value.h"
#include "proto/limits.h"
#include "tests/support/checked_letter.h"
#include "tests/support/letter_bodies.h"

#define EXAMPLES_MAX 64
#define ROWS_MAX     512
#define NEVER_MS     INT64_C(253402000000000) /* in the year 9999 */

static bool met[ROWS_MAX];

static void look(uint64_t now_ms)
{
    struct completeness c = {.faults = &faults, .now_ms = now_ms};
    faults_init(&faults, arena);
    letter_complete(&c, letter);
}

/* --- every message in a letter, with its path --- */

struct scene {
    ProtobufCMessage *message;
    const char *path; /* "items[1]."; "" the body */
    int type;         /* of the request that it is part of */
    bool oral, again;
};
#define SCENES_MAX 512
static struct scene scenes[SCENES_MAX];
static size_t scene_count;

static ProtobufCMessage *body_of(Comity__Letter *of)
{
    return &of->request->base; /* the members of the oneof lie over each other */
}

/* Messages of a letter are not recursive: the list is its own queue. */
static void add_scene(const struct scene *from, ProtobufCMessage *part, const char *name, size_t index)
{
    char json[JSON_NAME_MAX];
    (void)json_name(json, name);
    assert_true(scene_count < SCENES_MAX);
    struct scene *scene = &scenes[scene_count++];
    *scene = *from;
    scene->message = part;
    scene->path = index == SIZE_MAX ? arena_format(arena, "%s%s.", from->path, json)
                                    : arena_format(arena, "%s%s[%zu].", from->path, json, index);
    if (part->descriptor == &comity__request__descriptor) {
        scene->type = (int)((Comity__Request *)(void *)part)->type;
        scene->oral = from->message->descriptor == &comity__oral_noted__descriptor;
        scene->again = from->message->descriptor == &comity__taken_over__descriptor;
    }
    if (from->message->descriptor == &comity__supplement__descriptor) {
        scene->type = COMITY__REQUEST__TYPE__PRESERVE;
    }
}

static void list_scenes(void)
{
    ProtobufCMessage *body = body_of(letter);
    scenes[0] = (struct scene){.message = body, .path = ""};
    if (body->descriptor == &comity__request__descriptor) {
        scenes[0].type = (int)letter->request->type;
    }
    scene_count = 1;
    for (size_t i = 0; i < scene_count; i++) {
        const ProtobufCMessageDescriptor *descriptor = scenes[i].message->descriptor;
        for (unsigned f = 0; f < descriptor->n_fields; f++) {
            const ProtobufCFieldDescriptor *field = &descriptor->fields[f];
            uint8_t *at = (uint8_t *)scenes[i].message + field->offset;
            if (field->type != PROTOBUF_C_TYPE_MESSAGE) {
                continue;
            }
            if (field->label != PROTOBUF_C_LABEL_REPEATED) {
                ProtobufCMessage *part = *(ProtobufCMessage **)(void *)at;
                if (part != NULL) {
                    add_scene(&scenes[i], part, field->name, SIZE_MAX);
                }
                continue;
            }
            size_t count = *(size_t *)(void *)((uint8_t *)scenes[i].message + field->quantifier_offset);
            for (size_t k = 0; k < count; k++) {
                add_scene(&scenes[i], (*(ProtobufCMessage ***)(void *)at)[k], field->name, k);
            }
        }
    }
}

/* --- one field changed, looked at, and put back --- */

static const ProtobufCFieldDescriptor *field_at(const ProtobufCMessageDescriptor *message, size_t offset)
{
    for (unsigned i = 0; i < message->n_fields; i++) {
        if (message->fields[i].offset == offset) {
            return &message->fields[i];
        }
    }
    fail_msg("%s has no field at %zu", message->short_name, offset);
    return NULL;
}

static const char *path_of(const struct scene *scene, const ProtobufCFieldDescriptor *field)
{
    char name[JSON_NAME_MAX];
    return arena_format(arena, "%s%s", scene->path, json_name(name, field->name));
}

static bool is_there(const struct scene *scene, const ProtobufCFieldDescriptor *field)
{
    const uint8_t *at = (const uint8_t *)scene->message + field->offset;
    if (field->label == PROTOBUF_C_LABEL_REPEATED) {
        return *(const size_t *)(const void *)((const uint8_t *)scene->message + field->quantifier_offset) !=
               0;
    }
    if (field->type == PROTOBUF_C_TYPE_STRING) {
        return (*(const char *const *)(const void *)at)[0] != '\0';
    }
    if (field->type == PROTOBUF_C_TYPE_BYTES) {
        return ((const ProtobufCBinaryData *)(const void *)at)->len != 0;
    }
    return !bytes_all_zero(bytes_of(at, json_value_size(field->type)));
}

static void must_be_missed(const char *name, const struct scene *scene, const ProtobufCFieldDescriptor *field,
                           uint64_t now_ms)
{
    uint8_t *at = (uint8_t *)scene->message + field->offset;
    size_t size = field->label == PROTOBUF_C_LABEL_REPEATED ? sizeof(size_t) : json_value_size(field->type);
    uint8_t *to =
        field->label == PROTOBUF_C_LABEL_REPEATED ? (uint8_t *)scene->message + field->quantifier_offset : at;
    uint8_t kept[16];
    static const char *const empty = "";
    memcpy(kept, to, size);
    memset(to, 0, size);
    if (field->type == PROTOBUF_C_TYPE_STRING && field->label != PROTOBUF_C_LABEL_REPEATED) {
        memcpy(to, &empty, sizeof(void *));
    }
    look(now_ms);
    const char *path = path_of(scene, field);
    if (faults.count != 1 || letter_fault(path, "MISSING") == NULL) {
        print_error("%s without %s:\n", name, path);
        expect_fault(path, "MISSING");
    }
    memcpy(to, kept, size);
}

static void must_be_untimely(const char *name, const struct scene *scene,
                             const ProtobufCFieldDescriptor *field, enum rule_kind kind, uint64_t now_ms)
{
    Comity__Instant *at = *(Comity__Instant **)(void *)((uint8_t *)scene->message + field->offset);
    int64_t kept = at->ms;
    at->ms = kind == RULE_PAST ? NEVER_MS : 1000;
    look(now_ms);
    const char *path = path_of(scene, field);
    const char *code = kind == RULE_PAST ? "FUTURE" : "PAST";
    if (letter_fault(path, code) == NULL) {
        print_error("%s with %s at the wrong time:\n", name, path);
        expect_fault(path, code);
    }
    at->ms = kept;
}

static void check_scene(const char *name, const struct scene *scene, uint64_t now_ms)
{
    size_t all = 0, count = 0;
    const struct field_rule *first = field_rules(&all);
    const struct field_rule *rule = field_rules_of(scene->message->descriptor, &count);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCFieldDescriptor *field = field_at(scene->message->descriptor, rule[i].offset);
        if (!is_there(scene, field)) {
            continue;
        }
        met[&rule[i] - first] = true;
        if (rule[i].kind == RULE_REQUIRED && when_applies(rule[i].when, scene->type, scene->oral)) {
            must_be_missed(name, scene, field, now_ms);
        } else if (rule[i].kind == RULE_PAST || (rule[i].kind == RULE_FUTURE && !scene->again)) {
            must_be_untimely(name, scene, field, rule[i].kind, now_ms);
        }
    }
}

static void check_letter(const char *name, uint64_t now_ms)
{
    look(now_ms);
    if (faults.count != 0) {
        print_error("%s:\n", name);
    }
    expect_no_fault();
    list_scenes();
    for (size_t i = 0; i < scene_count; i++) {
        check_scene(name, &scenes[i], now_ms);
    }
}

/* --- the letters --- */

/* With what may be said besides, and of the kinds that no officer writes. */
static const struct {
    enum letter_kind kind;
    const char *text;
} fuller[] = {
    {LETTER_ACK,
     "{\"reference\": \"X\", \"answer\": \"WILL_NOT_ANSWER\", \"text\": \"no\", \"answerBy\": \"@1\", "
     "\"executeBy\": \"@2\", \"urgency\": \"ROUTINE\"}"},
    {LETTER_INFO_ASKED, "{\"questions\": [{\"code\": \"PORT\", \"text\": \"?\"}], \"by\": \"@9\"}"},
    {LETTER_RELEASED, "{\"why\": \"STOPPED\", \"at\": \"@0\", \"calledAt\": \"@0\"}"},
    {LETTER_STATUS, "{\"text\": \"soon\", \"by\": \"@9\"}"},
    {LETTER_WARNING, "{\"kind\": \"PREJUDICE\", \"at\": \"@9\", \"by\": \"@8\", \"text\": \"x\"}"},
    {LETTER_DISCLOSED_43,
     "{\"state\": \"XC\", \"provider\": \"P\", \"hops\": [{\"address\": \"::1\", \"port\": 80}]}"},
    {LETTER_EVIDENCE, "{\"part\": \"PART\", \"number\": 2, \"replaces\": 1, \"channel\": \"PAPER\", "
                      "\"missing\": \"the logs\", \"by\": \"@9\"}"},
    {LETTER_ANSWERED, "{\"part\": \"PART\", \"outcome\": \"GRANTED\", \"text\": \"x\", \"until\": \"@9\"}"},
    {LETTER_ECHO, "{\"node\": \"XB/poc\", \"roster\": 7, \"clock\": \"@0\", \"nextOpen\": \"@9\"}"},
    {LETTER_INFO_GIVEN, "{\"corrections\": [{\"letter\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\", "
                        "\"field\": \"items[0].custodian\", \"said\": \"A\", \"right\": \"B\"}]}"},
    {LETTER_REQUEST, "{\"type\": \"LINK\", \"reference\": \"X\", \"tie\": {\"event\": \"RECEIVED\", "
                     "\"requester\": \"XA\", \"channel\": "
                     "\"PAPER\", \"mlaReference\": \"77\", \"at\": \"@0\"}}"},
    {LETTER_REQUEST,
     "{\"type\": \"LINK\", \"reference\": \"X\", \"tie\": {\"event\": \"HAND_OVER\", "
     "\"openerLetter\": \"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\", "
     "\"restated\": [{\"item\": 1, \"state\": \"ASKED\"}], \"asks\": [{\"ask\": \"INFO\", \"items\": [1]}], "
     "\"dues\": [{\"clock\": \"DECIDE\", \"items\": [1], \"when\": \"@-1\"}]}}"},
};

static void each_letter_that_says_more_is_complete_too(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof fuller / sizeof fuller[0]; i++) {
        const ProtobufCFieldDescriptor *field =
            protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, fuller[i].kind);
        letter->body_case = (Comity__Letter__BodyCase)fuller[i].kind;
        ProtobufCMessage *body = message_of_text(arena, field->descriptor, fuller[i].text, T0_MS, NULL);
        memcpy((uint8_t *)letter + field->offset, &body, sizeof(void *));
        check_letter(letter_name(fuller[i].kind), T0_MS);
    }
}

static void rules_that_gave_way_are_named_with_any_letter(void **state)
{
    (void)state;
    Comity__Acted acted = COMITY__ACTED__INIT;
    Comity__Acted__Rule rule = COMITY__ACTED__RULE__TERMS;
    letter->acted = &acted;
    look(T0_MS);
    assert_int_equal(faults.count, 2);
    assert_non_null(letter_fault("acted.rules", "MISSING"));
    assert_non_null(letter_fault("acted.why", "MISSING"));
    acted.rules = &rule;
    acted.n_rules = 1;
    acted.why = text_make(arena, "The girl is on the bridge.");
    look(T0_MS);
    expect_no_fault();
}

static void each_letter_is_complete_and_misses_each_field(void **state)
{
    (void)state;
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        letter = letter_make(arena, (enum letter_kind)kind, T0_MS, 2);
        check_letter(letter_name(kind), T0_MS);
        assert_true(kind == LETTER_REQUEST || letter_body_text((enum letter_kind)kind) != NULL);
    }
}

/* Examples are as of the day that they tell of, and of every later one. */
#define EXAMPLES_MS UINT64_C(1795132800000) /* 2026-11-20T00:00:00Z */
#define DAY_MS      UINT64_C(86400000)

static void load(const char *folder, const char *file, uint64_t now_ms)
{
    char path[1024];
    (void)snprintf(path, sizeof path, "%s/%s", folder, file);
    FILE *from = fopen(path, "r");
    assert_non_null(from);
    char *text = arena_zero(arena, 1, 65536);
    assert_true(fread(text, 1, 65535, from) > 0);
    (void)fclose(from);
    Comity__Letter *made = arena_take(arena, sizeof *made);
    comity__letter__init(made);
    made->body_case = COMITY__LETTER__BODY_REQUEST;
    made->request =
        (Comity__Request *)(void *)message_of_text(arena, &comity__request__descriptor, text, now_ms, NULL);
    letter = made;
}

static void check_examples(uint64_t now_ms)
{
    char folder[512];
    size_t count = 0;
    const char *top = getenv("COMITY_TOP");
    (void)snprintf(folder, sizeof folder, "%s/examples", top != NULL ? top : ".");
    DIR *files = opendir(folder);
    assert_non_null(files);
    for (struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
        const char *end = strrchr(entry->d_name, '.');
        if (end != NULL && strcmp(end, ".json") == 0) {
            load(folder, entry->d_name, now_ms);
            check_letter(entry->d_name, now_ms);
            count++;
            arena_reset(arena);
        }
    }
    (void)closedir(files);
    assert_true(count >= 19);
}

static void each_example_is_complete_and_misses_each_field(void **state)
{
    (void)state;
    check_examples(EXAMPLES_MS);
}

static void each_example_is_complete_on_every_later_day(void **state)
{
    static const uint64_t days[] = {3, 60, 300, 3000};
    (void)state;
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        check_examples(EXAMPLES_MS + days[i] * DAY_MS);
    }
}

/* After those before: no row of required.def stands for a field that none of them has. */
static void every_row_was_met(void **state)
{
    (void)state;
    size_t count = 0, missed = 0;
    const struct field_rule *rules = field_rules(&count);
    assert_true(count <= ROWS_MAX);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessageDescriptor *message = limits_all()[rules[i].message]->descriptor;
        if (!met[i] && rules[i].message != MESSAGE_Acted) { /* beside the body: tested by itself */
            print_error("no letter has %s.%s\n", message->short_name,
                        field_at(message, rules[i].offset)->name);
            missed++;
        }
    }
    assert_int_equal(missed, 0);
}

static void rows_of_one_message_stand_together(void **state)
{
    (void)state;
    size_t count = 0, of_one = 0;
    const struct field_rule *rules = field_rules(&count);
    for (size_t i = 0; i < count; i++) {
        const ProtobufCMessageDescriptor *message = limits_all()[rules[i].message]->descriptor;
        const struct field_rule *first = field_rules_of(message, &of_one);
        assert_true(first <= &rules[i] && &rules[i] < first + of_one);
        const ProtobufCFieldDescriptor *field = field_at(message, rules[i].offset);
        bool moment = rules[i].kind == RULE_PAST || rules[i].kind == RULE_FUTURE;
        assert_int_equal(moment, moment && field->descriptor == &comity__instant__descriptor);
        assert_true(rules[i].kind != RULE_RANGE || field->type == PROTOBUF_C_TYPE_UINT32);
        bool form = rules[i].kind > RULE_FUTURE && rules[i].kind < RULE_RANGE;
        assert_true(!form || field->type == PROTOBUF_C_TYPE_STRING);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checked_letter_setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(rows_of_one_message_stand_together),
        TEST(each_letter_is_complete_and_misses_each_field),
        TEST(each_letter_that_says_more_is_complete_too),
        TEST(rules_that_gave_way_are_named_with_any_letter),
        TEST(each_example_is_complete_and_misses_each_field),
        TEST(each_example_is_complete_on_every_later_day),
        TEST(every_row_was_met),
    };
    return cmocka_run_group_tests_name("completeness", tests, NULL, NULL);
}
