/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of checks.def: an example or a letter changed in one way has that fault and no other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/completeness.h"
#include "proto/json.h"
#include "tests/support/checked_letter.h"
#include "tests/support/letter_bodies.h"

#define NOW_MS UINT64_C(1795132800000) /* 2026-11-20T00:00:00Z: examples are as of then */

/* path and code NULL: it stays complete. changes: "path = JSON", one a line; the JSON null takes away what is there. */
struct change {
    const char *base; /* the name of an example, or of a letter of letter_bodies.def */
    const char *changes, *path, *code;
};

#define LINK_OF(members) "type = \"LINK\"\nping = null\ntie = {\"event\": \"ESCALATED\", " members "}"

static const struct change requests[] = {
    {"preservation", "confidential = null", "confidential", "INCONSISTENT"},
    {"preservation", "doNotNotify = null", "doNotNotify", "INCONSISTENT"},
    {"preservation", "basis.instrument = \"OTHER\"", "basis.text", "MISSING"},
    {"preservation", "offence.codes = [\"SERIOUS_CRIME\"]\noffence.maxYears = 3", "offence.maxYears",
     "NOT_SERIOUS"},
    {"preservation", "offence.codes = [\"OTHER_UN_TREATY\"]", "offence.treaty", "MISSING"},
    {"preservation", "language = \"english\"", "language", "NOT_A_LANGUAGE"},
    {"preservation", "language = \"pt-BR\"", NULL, NULL},
    {"preservation", "language = \"zh-\"", "language", "NOT_A_LANGUAGE"},
    {"preservation", "confirmation.email = \"me\"", "confirmation.email", "NOT_AN_EMAIL"},
    {"preservation", "assistance = {\"object\": \"x\"}", "assistance", "INCONSISTENT"},
    {"preservation", "emergency = {\"who\": \"x\", \"howKnown\": \"y\", \"callBack\": \"12345\"}",
     "emergency", "INCONSISTENT"},
    {"preservation", "items[0].measure = \"ACCESS_STORED_DATA\"", "items[0].measure", "INCONSISTENT"},
    {"preservation", "items[0].custodian = null", "items[0].custodian", "MISSING"},
    {"preservation", "items[0].custodian = null\nitems[0].location = \"XB\"", NULL, NULL},
    {"preservation", "items[0].period = null", "items[0].period", "MISSING"},
    {"preservation", "items[0].period = null\nitems[0].identifiers[0].at = \"2026-11-14T00:00:00Z\"", NULL,
     NULL},
    {"preservation", "items[0].identifiers = null\nitems[0].period = null", "items[0].identifiers",
     "OVERBROAD"},
    {"preservation", "items[0].identifiers = null\nitems[0].description = null", "items[0].description",
     "MISSING"},
    {"preservation", "items[0].period.to = \"2026-11-12T00:00:00Z\"", "items[0].period", "BACKWARDS"},
    {"preservation", "items[0].identifiers[0].clockErrorS = 2", "items[0].identifiers[0].at", "MISSING"},
    {"preservation", "items[0].identifiers[0].peerPort = 2", "items[0].identifiers[0].peer", "MISSING"},
    {"preservation", "items[0].identifiers[0].port = 70000", "items[0].identifiers[0].port", "RANGE"},
    {"preservation", "items[1].identifiers[1].port = 80", "items[1].identifiers[1].port", "INCONSISTENT"},
    {"preservation", "items[1].identifiers[1].protocol = \"tcp\"", "items[1].identifiers[1].protocol",
     "INCONSISTENT"},
    {"preservation", "items[1].identifiers[1].peer = \"::1\"", "items[1].identifiers[1].peer",
     "INCONSISTENT"},
    {"preservation", "parent = {\"relation\": \"FOLLOWS\"}", "parent.reference", "MISSING"},
    {"preservation", "parent = {\"relation\": \"REFERRED\"}", "parent.state", "MISSING"},
    {"preservation", "parent = {\"relation\": \"HOP\", \"state\": \"XB\"}", "parent.hops", "MISSING"},
    {"preservation", "parent = {\"relation\": \"HOP\", \"state\": \"XB\", \"hops\": 16}", NULL, NULL},
    {"preservation", "parent = {\"relation\": \"HOP\", \"state\": \"XB\", \"hops\": 17}", "parent.hops",
     "TOO_FAR"},
    {"preservation-rows", "items[0].rows = \"value\\nx\"\nitems[0].identifiers = null", NULL, NULL},
    {"preservation-rows", "items[0].rows = \"value\\n203.0.113.5\"", "items[0].period", "MISSING"},
    {"preservation-rows", "items[0].rows = \"value,at\\n203.0.113.5,2026-12-01T00:00:00Z\"", "items[0].rows",
     "FUTURE"},
    {"preservation-rows", "items[0].rows = \"value,port\\n203.0.113.5,x\"", "items[0].rows", "RANGE"},
    {"hop", "parent.state = null", "parent.state", "MISSING"},
    {"stored-data", "facts = null", "facts", "MISSING"},
    {"stored-data", "items[0].category = null", "items[0].category", "MISSING"},
    {"stored-data", "items[1].holds = null", "items[1].identifiers", "MISSING"},
    {"stored-data", "items[0].custodian = null", "items[0].custodian", "MISSING"},
    {"stored-data", "items[0].holds[0].reference = null", "items[0].holds[0].reference", "MISSING"},
    {"stored-data",
     "items[0].holds[0].reference = null\nitems[0].holds[0].caseId = \"AAAAAAAAAAAAAAAAAAAAAQ==\"", NULL,
     NULL},
    {"stored-data", "assistance.deadlineReason = null", "assistance.deadlineReason", "MISSING"},
    {"stored-data", "translationBy = \"2026-11-01T00:00:00Z\"", "translationBy", "PAST"},
    {"stored-data", "holdDays = 60", "holdDays", "INCONSISTENT"},
    {"serve-documents", "facts = null", NULL, NULL},
    {"serve-documents", "items[0].measure = \"OTHER_MEASURE\"", "facts", "MISSING"},
    {"realtime-traffic", "items[0].justification = null", "items[0].justification", "MISSING"},
    {"realtime-traffic", "items[0].period = null", "items[0].period", "MISSING"},
    {"realtime-traffic", "items[0].category = \"CONTENT\"", "items[0].category", "INCONSISTENT"},
    {"realtime-traffic",
     "items[0].period.from = \"2026-11-01T00:00:00Z\"\nitems[0].period.to = \"2026-11-02T00:00:00Z\"",
     "items[0].period.to", "PAST"},
    {"interception", "items[0].category = \"TRAFFIC\"", "items[0].category", "INCONSISTENT"},
    {"take-evidence", "items[0].description = null", "items[0].description", "MISSING"},
    {"confiscation", "items[0].property = null", "items[0].property", "MISSING"},
    {"confiscation", "items[0].property.orderCertified = null", "items[0].property.orderCertified",
     "MISSING"},
    {"confiscation", "items[0].property.currency = null", "items[0].property.currency", "MISSING"},
    {"confiscation", "items[0].property.value = null", "items[0].property.value", "MISSING"},
    {"confiscation", "items[0].property.currency = \"usd\"", "items[0].property.currency", "NOT_A_CURRENCY"},
    {"search-seizure", "items[0].location = null", "items[0].custodian", "MISSING"},
    {"locate-provider", "items = null", "items", "MISSING"},
    {"locate-provider", "items[0].identifiers = null", "items", "MISSING"},
    {"locate-suspect", "persons = null", "persons", "MISSING"},
    {"locate-suspect", "persons[0].nameLatin = null", "persons[0].nameLatin", "MISSING"},
    {"locate-suspect", "persons[0].nameLatin = \"Петренко\"", "persons[0].nameLatin", "NOT_LATIN"},
    {"locate-suspect", "persons[0].order = null", "persons[0].order", "MISSING"},
    {"locate-suspect", "persons[0].nameLatin = null\npersons[0].nameOriginal = null",
     "persons[0].nameOriginal", "MISSING"},
    {"locate-suspect", "persons[0].nameLatin = null\npersons[0].nameOriginal = \"Nguyễn Thị Mai\"", NULL,
     NULL},
    {"locate-suspect",
     "persons[0].nameOriginal = null\npersons[0].nameLatin = \"Ronaldinho\"\npersons[0].order = null", NULL,
     NULL},
    {"locate-suspect", "persons[0].born = \"1991\"", NULL, NULL},
    {"locate-suspect", "persons[0].born = \"1991-13\"", "persons[0].born", "NOT_A_DATE"},
    {"locate-suspect", "persons[0].born = \"91\"", "persons[0].born", "NOT_A_DATE"},
    {"locate-suspect", "persons[0].born = \"2027\"", "persons[0].born", "FUTURE"},
    {"onward-transfer", "parent = null", "parent", "MISSING"},
    {"freeze-alert", "enquiry.amount = null", "enquiry.amount", "MISSING"},
    {"freeze-alert", "enquiry.currency = null", "enquiry.currency", "MISSING"},
    {"freeze-alert", "enquiry.account = null", "enquiry.account", "MISSING"},
    {"police-info", "handling.conditions = [\"OTHER_CONDITION\"]", "handling.text", "MISSING"},
    {"spontaneous", "offer.conditions = null", "offer.conditions", "MISSING"},
    {"spontaneous", "offer.conditions = [\"OTHER_CONDITION\"]", "offer.conditionsText", "MISSING"},
    {"emergency", "necessity.urgency = \"URGENT\"", "necessity.urgency", "INCONSISTENT"},
    {"emergency", "necessity.reasons = [\"DATA_VOLATILE\"]", "necessity.reasons", "NOT_AN_EMERGENCY"},
    {"emergency", "emergency.callBack = \"ask\"", "emergency.callBack", "NOT_A_NUMBER"},
    {"ping",
     "type = \"LINK\"\nping = null\ntie = {\"event\": \"SENT\", \"requester\": \"XA\", \"channel\": "
     "\"PAPER\", \"at\": "
     "\"2026-11-19T00:00:00Z\"}",
     "tie.mlaReference", "MISSING"},
    {"ping",
     "type = \"LINK\"\nping = null\ntie = {\"event\": \"SENT\", \"requester\": \"XA\", \"mlaReference\": "
     "\"7\", \"at\": "
     "\"2026-11-19T00:00:00Z\"}",
     "tie.channel", "MISSING"},
    {"ping",
     "type = \"LINK\"\nping = null\ntie = {\"event\": \"SENT\", \"requester\": \"XA\", \"mlaReference\": "
     "\"7\", \"channel\": "
     "\"PAPER\"}",
     "tie.at", "MISSING"},
    {"ping",
     "type = \"LINK\"\nping = null\ntie = {\"event\": \"RECEIVED\", \"mlaReference\": \"7\", \"channel\": "
     "\"PAPER\", \"at\": \"2026-11-19T00:00:00Z\"}",
     "tie.requester", "MISSING"},
    {"ping", "type = \"LINK\"\nping = null\ntie = {\"event\": \"HAND_OVER\"}", "tie.opener", "MISSING"},
    {"ping", LINK_OF("\"overdue\": \"DECIDE\", \"at\": \"2026-01-05T10:00:00Z\""), "tie.hold", "MISSING"},
    {"ping", LINK_OF("\"hold\": {\"reference\": \"A-1\"}, \"at\": \"2026-01-05T10:00:00Z\""), "tie.overdue",
     "MISSING"},
    {"ping", LINK_OF("\"hold\": {\"reference\": \"A-1\"}, \"overdue\": \"DECIDE\""), "tie.at", "MISSING"},
};

static const struct change letters[] = {
    {"ACK", "form = null", "form", "MISSING"},
    {"ACK", "answer = \"NOT_YET_KNOWN\"\nanswerBy = null", "answerBy", "MISSING"},
    {"ACK", "answer = \"WILL_NOT_ANSWER\"", "text", "MISSING"},
    {"ACK", "urgency = \"ROUTINE\"", "text", "MISSING"},
    {"INFO_GIVEN", "answers = null", "answers", "MISSING"},
    {"HELD", "rows = \"1-3 held\\n4\"", NULL, NULL},
    {"HELD", "rows = \"all\"", "rows", "NOT_ROWS"},
    {"NOT_HELD", "rows = \"3-1\"", "rows", "NOT_ROWS"},
    {"NOT_HELD", "cause = \"DUPLICATE_OF\"", "duplicateOf", "MISSING"},
    {"NOT_HELD", "cause = \"DUPLICATE_OF\"\nduplicateOf = \"XA-1\"", NULL, NULL},
    {"NOT_HELD", "duplicateOf = \"XA-1\"", "duplicateOf", "INCONSISTENT"},
    {"NOT_HELD", "state = \"XC\"", "state", "INCONSISTENT"},
    {"RELEASED", "why = \"UNCONFIRMED\"", "calledAt", "MISSING"},
    {"EXTEND", "days = 181", "days", "TOO_LONG"},
    {"EXTENSION_REFUSED", "reason = null", "reason", "MISSING"},
    {"EXTENSION_REFUSED", "ground = \"G21B\"", "reason", "INCONSISTENT"},
    {"ORAL_NOTED", "calledBackAt = \"@-2\"", "calledBackAt", "BACKWARDS"},
    {"ORAL_NOTED", "numberCalledBack = \"none\"", "numberCalledBack", "NOT_A_NUMBER"},
    {"WARNING", "kind = \"USER_NOTICE\"", "at", "MISSING"},
    {"WARNING", "kind = \"CANNOT_CONTINUE\"", "at", "MISSING"},
    {"WARNING", "at = \"@12\"", "by", "TOO_LATE"},
    {"REFERRED", "authority = null", "authority", "MISSING"},
    {"REFERRED", "authority = null\nstate = \"XC\"", NULL, NULL},
    {"TAKEN_OVER", "restated[0].holdUntil = null", "restated[0].holdUntil", "MISSING"},
    {"TAKEN_OVER", "restated[0].heldFrom = null", "restated[0].heldFrom", "MISSING"},
    {"TAKEN_OVER", "restated[0].zone = null", "restated[0].zone", "MISSING"},
    {"TAKEN_OVER", "restated = [{\"item\": 1, \"state\": \"ENDED\"}]", "restated[0].result", "MISSING"},
    {"TAKEN_OVER", "request.necessity.answerWantedBy = \"@-500\"", NULL, NULL}, /* what stood, stands */
    {"ORAL_NOTED", "request.necessity.answerWantedBy = \"@-500\"", "request.necessity.answerWantedBy",
     "PAST"},
    {"ORAL_NOTED",
     "request.reference = null\nrequest.purpose = null\nrequest.items[0].link = null\nrequest.confirmation = "
     "null",
     NULL, NULL},
    {"ORAL_NOTED", "request.items = null", "request.items", "MISSING"},
    {"MLA_ENDED", "zone = null", "zone", "MISSING"},
    {"DISCLOSED_43", "state = null", "state", "MISSING"},
    {"DISCLOSED_43", "provider = null", "provider", "MISSING"},
    {"DISCLOSED_43", "ground = \"G22\"", "ground", "INCONSISTENT"},
    {"DISCLOSED_43", "withheld = true\ntext = \"x\"", "ground", "MISSING"},
    {"DISCLOSED_43", "withheld = true\nground = \"G22\"", "text", "MISSING"},
    {"CORRECTED", "facts[0].field = \"holdUntil\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"hold_until\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"why\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"items\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"restated[0].state\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"items[0].why\"", "facts[0].field", "NO_FACT"},
    {"CORRECTED", "facts[0].field = \"state\"", NULL, NULL}, /* a State of the world */
    {"SUPPLEMENT", "items[0].link = null", "items[0].link", "MISSING"},
    {"SUPPLEMENT", "items[0].measure = \"PROVIDE_RECORDS\"\nitems[0].category = null", NULL, NULL},
    {"DECIDE", "what = \"CHANGED\"", "text", "MISSING"},
    {"CONSULT", "ground = null", "ground", "MISSING"},
    {"CONSULT", "intent = \"POSTPONE\"\nground = null", NULL, NULL},
    {"COST_ASK", "currency = \"eur\"", "currency", "NOT_A_CURRENCY"},
    {"EVIDENCE", "manifest = null", "manifest", "MISSING"},
    {"EVIDENCE", "replaces = 1", "replaces", "RANGE"},
    {"EVIDENCE",
     "manifest[1] = {\"name\": \"logs.tar.gz\", \"bytes\": 1, \"sha256\": "
     "\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=\"}",
     "manifest[1].name", "DUPLICATE"},
    {"DISCLOSED", "manifest = [{\"name\": \"a\", \"bytes\": 1}]", "manifest[0].sha256", "MISSING"},
    {"REPLY", "answer = \"REJECT\"", "text", "MISSING"},
    {"REPLY", "answer = \"COUNTER\"", "text", "MISSING"},
    {"EVIDENCE_RECEIPT", "bad = true", "text", "MISSING"},
    {"ANSWERED", "outcome = \"LOCATED\"", "location", "MISSING"},
    {"ANSWERED", "outcome = \"MEASURE_UNTIL\"", "until", "MISSING"},
    {"OUTCOME", "result = \"UNKNOWN\"", "text", "MISSING"},
    {"PING_ANSWERED", "checks[0].right = null", "checks[0].correction", "MISSING"},
    {"TIED", "holdCase = null", "holdCase", "MISSING"},
    {"TIED", "match = \"NOT\"\nholdCase = null", NULL, NULL},
    {"TRANSLATION", "language = \"deutsch\"", "language", "NOT_A_LANGUAGE"},
};

/* --- changing JSON by a path --- */

/* The value that a step leads to: "items[2]" or "items". */
static json_t *step(json_t *at, const char *name, size_t index)
{
    json_t *part = json_object_get(at, name);
    return index == SIZE_MAX ? part : json_array_get(part, index);
}

static void put(json_t *at, const char *name, size_t index, json_t *value)
{
    if (index != SIZE_MAX) {
        json_t *array = json_object_get(at, name);
        if (index == json_array_size(array)) {
            assert_int_equal(json_array_append(array, value), 0);
        } else {
            assert_int_equal(json_array_set(array, index, value), 0);
        }
    } else if (json_is_null(value)) {
        (void)json_object_del(at, name);
    } else {
        assert_int_equal(json_object_set(at, name, value), 0);
    }
    json_decref(value);
}

static void change(json_t *at, const char *line)
{
    char path[128], *next = path;
    const char *equals = strstr(line, " = ");
    assert_non_null(equals);
    (void)snprintf(path, sizeof path, "%.*s", (int)(equals - line), line);
    json_t *value = json_loads(equals + 3, JSON_DECODE_ANY | JSON_DISABLE_EOF_CHECK, NULL);
    assert_non_null(value);
    for (;;) {
        char *name = next;
        size_t index = SIZE_MAX;
        next = strchr(name, '.');
        if (next != NULL) {
            *next++ = '\0';
        }
        char *bracket = strchr(name, '[');
        if (bracket != NULL) {
            index = strtoul(bracket + 1, NULL, 10);
            *bracket = '\0';
        }
        if (next == NULL) {
            put(at, name, index, value);
            return;
        }
        at = step(at, name, index);
        assert_non_null(at);
    }
}

/* --- the tables --- */

static char *text_of_example(const char *name)
{
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(arena, "%s/examples/%s.json", top == NULL ? "." : top, name);
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fail_msg("there is no %s", path);
    }
    char *text = arena_zero(arena, 1, 65536);
    assert_true(fread(text, 1, 65535, file) > 0);
    (void)fclose(file);
    return text;
}

static void check_change(const struct change *c, enum letter_kind kind, const char *text, uint64_t now_ms)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, kind);
    const Comity__Request *request = letter_make(arena, LETTER_REQUEST, now_ms, 2)->request;
    /* What the text fills in is filled in before it is changed: the request of a call can be changed, too. */
    const ProtobufCMessage *whole = message_of_text(arena, field->descriptor, text, now_ms, request);
    json_t *json = json_of_message(whole);
    for (const char *line = c->changes; line != NULL; line = strchr(line, '\n')) {
        line += *line == '\n';
        change(json, line);
    }
    char *changed = json_dumps(json, 0);
    Comity__Letter made = COMITY__LETTER__INIT;
    made.body_case = (Comity__Letter__BodyCase)kind;
    ProtobufCMessage *body = message_of_text(arena, field->descriptor, changed, now_ms, NULL);
    memcpy((uint8_t *)&made + field->offset, &body, sizeof(void *));
    struct completeness look = {.faults = &faults, .now_ms = now_ms};
    faults_init(&faults, arena);
    letter_complete(&look, &made);
    bool right =
        c->path == NULL ? faults.count == 0 : faults.count == 1 && letter_fault(c->path, c->code) != NULL;
    if (!right) {
        print_error("%s with %s:\n", c->base, c->changes);
        c->path == NULL ? expect_no_fault() : expect_fault(c->path, c->code);
    }
    free(changed);
    json_decref(json);
}

static void each_change_of_an_example_has_its_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof requests / sizeof requests[0]; i++) {
        check_change(&requests[i], LETTER_REQUEST, text_of_example(requests[i].base), NOW_MS);
        arena_reset(arena);
    }
}

static void each_change_of_a_letter_has_its_fault(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++) {
        enum letter_kind kind = letter_kind_of_name(bytes_of_text(letters[i].base));
        check_change(&letters[i], kind, letter_body_text(kind), T0_MS);
        arena_reset(arena);
    }
}

static void a_request_that_no_desk_could_take_over_is_too_large(void **state)
{
    (void)state;
    char *text = arena_zero(arena, 1, 2001);
    memset(text, 'x', 2000);
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 24);
    for (size_t i = 0; i < 24; i++) {
        letter->request->items[i]->description = text;
    }
    struct completeness look = {.faults = &faults, .now_ms = T0_MS};
    letter_complete(&look, letter);
    expect_fault("", "TOO_LARGE");
    letter->request->n_items = 20;
    faults_init(&faults, arena);
    letter_complete(&look, letter);
    expect_no_fault();
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checked_letter_setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_change_of_an_example_has_its_fault),
        TEST(each_change_of_a_letter_has_its_fault),
        TEST(a_request_that_no_desk_could_take_over_is_too_large),
    };
    return cmocka_run_group_tests_name("several_fields", tests, NULL, NULL);
}
