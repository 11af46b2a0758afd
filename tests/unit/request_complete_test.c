/* SPDX-License-Identifier: Apache-2.0 */
/* A request made wrong in one way has that fault and no other; made wrong in eight ways it has eight. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/ip_address.h"
#include "nodes/lifecycle.h"
#include "proto/json.h"
#include "tests/support/checked_letter.h"

/* A request made wrong in one way: one line of code, one fault. */
#define WRONG(change, path, code)                                                                            \
    do {                                                                                                     \
        letter = letter_make(arena, LETTER_REQUEST, T0_MS, 2);                                               \
        Comity__Request *m = letter->request;                                                                \
        change;                                                                                              \
        letter_check_at(SIDE_Q, NULL, T0_MS);                                                                \
        expect_fault(path, code);                                                                            \
    } while (0)
#define EMPTY text_make(arena, "")

static void a_complete_request_may_be_signed(void **state)
{
    (void)state;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    expect_no_fault();
}

static void the_example_may_be_signed(void **state)
{
    (void)state;
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(arena, "%s/examples/preservation.json", top == NULL ? "." : top);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    char *text = arena_zero(arena, 1, 65536);
    size_t size = fread(text, 1, 65535, file);
    fclose(file);
    json_t *json = json_read(bytes_of(text, size), 65536, &faults);
    assert_non_null(json);
    ProtobufCMessage *message = message_of_json(&comity__request__descriptor, json, arena, &faults);
    json_decref(json);
    expect_no_fault();
    letter->request = (Comity__Request *)message;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    expect_no_fault();
}

static void each_part_that_is_missing_is_named(void **state)
{
    (void)state;
    WRONG(m->type = 0, "type", "MISSING");
    WRONG(m->reference = EMPTY, "reference", "MISSING");
    WRONG(m->authority = NULL, "authority", "MISSING");
    WRONG(m->authority->organisation = EMPTY, "authority.organisation", "MISSING");
    WRONG(m->authority->officer = EMPTY, "authority.officer", "MISSING");
    WRONG(m->authority->phone = EMPTY, "authority.phone", "MISSING");
    WRONG(m->authority->email = EMPTY, "authority.email", "MISSING");
    WRONG(m->authority->hours = EMPTY, "authority.hours", "MISSING");
    WRONG(m->authority->zone = EMPTY, "authority.zone", "MISSING");
    WRONG(m->confirmation = NULL, "confirmation", "MISSING");
    WRONG(m->confirmation->name = EMPTY, "confirmation.name", "MISSING");
    WRONG(m->confirmation->function = EMPTY, "confirmation.function", "MISSING");
    WRONG(m->confirmation->phone = EMPTY, "confirmation.phone", "MISSING");
    WRONG(m->basis = NULL, "basis", "MISSING");
    WRONG(m->basis->instrument = 0, "basis.instrument", "MISSING");
    WRONG(m->basis->instrument = COMITY__BASIS__INSTRUMENT__OTHER, "basis.text", "MISSING");
    WRONG(m->offence = NULL, "offence", "MISSING");
    WRONG(m->offence->n_codes = 0, "offence.codes", "MISSING");
    WRONG(m->offence->codes[0] = 0, "offence.codes[0]", "MISSING");
    WRONG(m->offence->provision = EMPTY, "offence.provision", "MISSING");
    WRONG(m->offence->max_years = 0, "offence.maxYears", "MISSING");
    WRONG(m->offence->codes[0] = COMITY__OFFENCE__CODE__OTHER_UN_TREATY, "offence.treaty", "MISSING");
    WRONG(m->facts = EMPTY, "facts", "MISSING");
    WRONG(m->n_items = 0, "items", "MISSING");
    WRONG(m->necessity = NULL, "necessity", "MISSING");
    WRONG(m->necessity->urgency = 0, "necessity.urgency", "MISSING");
    WRONG(m->necessity->n_reasons = 0, "necessity.reasons", "MISSING");
    WRONG(m->hold_days = 0, "holdDays", "MISSING");
    WRONG(m->mla = NULL, "mla", "MISSING");
    WRONG(m->purpose = EMPTY, "purpose", "MISSING");
    WRONG(m->tlp = 0, "tlp", "MISSING");
    WRONG(m->language = EMPTY, "language", "MISSING");
}

static void each_part_of_an_item_that_is_missing_is_named(void **state)
{
    (void)state;
    WRONG(m->items[1]->category = 0, "items[1].category", "MISSING");
    WRONG(m->items[1]->link = EMPTY, "items[1].link", "MISSING");
    WRONG(m->items[1]->custodian = EMPTY, "items[1].custodian", "MISSING");
    WRONG(m->items[1]->description = EMPTY;
          m->items[1]->n_identifiers = 0, "items[1].description", "MISSING");
    WRONG(m->items[0]->period = NULL, "items[0].period", "MISSING");
    WRONG(m->items[0]->period->from = NULL, "items[0].period.from", "MISSING");
    WRONG(m->items[0]->period->to = NULL, "items[0].period.to", "MISSING");
    WRONG(m->items[0]->identifiers[0]->kind = 0, "items[0].identifiers[0].kind", "MISSING");
    WRONG(m->items[0]->identifiers[0]->value = EMPTY, "items[0].identifiers[0].value", "MISSING");
    WRONG(m->items[0]->category = COMITY__ITEM__CATEGORY__SUBSCRIBER;
          m->items[0]->period = NULL, "items[0].period", "MISSING");
}

static void each_thing_that_is_wrong_is_named(void **state)
{
    (void)state;
    WRONG(m->authority->zone = text_make(arena, "Hanoi time"), "authority.zone", "NOT_A_ZONE");
    WRONG(m->authority->email = text_make(arena, "duty"), "authority.email", "NOT_AN_EMAIL");
    WRONG(m->confirmation->phone = text_make(arena, "+99 555 0101"), "confirmation.phone", "NOT_IN_ROSTER");
    WRONG(m->hold_days = 30, "holdDays", "TOO_SHORT");
    WRONG(m->hold_days = 181, "holdDays", "TOO_LONG");
    WRONG(m->mla->intended = 0, "mla.intended", "NO_MLA");
    WRONG(m->do_not_notify = 0, "doNotNotify", "INCONSISTENT");
    WRONG(m->confidential = 0, "confidential", "INCONSISTENT");
    WRONG(m->offence->codes[0] = COMITY__OFFENCE__CODE__SERIOUS_CRIME;
          m->offence->max_years = 3, "offence.maxYears", "NOT_SERIOUS");
    WRONG(m->offence->codes[0] = (Comity__Offence__Code)99, "offence.codes[0]", "ENUM");
    WRONG(m->tlp = (Comity__Request__Tlp)99, "tlp", "ENUM");
    WRONG(m->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
          m->necessity->text = text_make(arena, "x"), "necessity.reasons", "NOT_AN_EMERGENCY");
    WRONG(m->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
          m->necessity->reasons[0] = COMITY__NECESSITY__REASON__THREAT_TO_LIFE, "necessity.text", "MISSING");
    WRONG(m->necessity->reasons[0] = COMITY__NECESSITY__REASON__OTHER_REASON, "necessity.text", "MISSING");
    WRONG(m->necessity->answer_wanted_by = instant_make(arena, T0_MS - MS_PER_DAY),
          "necessity.answerWantedBy", "PAST");
    WRONG(m->items[1]->period->to = m->items[1]->period->from, "items[1].period", "BACKWARDS");
    WRONG(m->items[1]->period->from = instant_make(arena, T0_MS + MS_PER_DAY);
          m->items[1]->period->to = instant_make(arena, T0_MS + 2 * MS_PER_DAY), "items[1].period.from",
          "FUTURE");
    WRONG(m->items[0]->identifiers[0]->value = text_make(arena, "203.0.113.777"),
          "items[0].identifiers[0].value", "NOT_AN_ADDRESS");
    WRONG(m->items[0]->identifiers[0]->port = 65536, "items[0].identifiers[0].port", "RANGE");
    WRONG(m->items[0]->category = COMITY__ITEM__CATEGORY__CONTENT; m->items[0]->n_identifiers = 0;
          m->items[0]->period = NULL, "items[0].identifiers", "OVERBROAD"); /* "all data of the user" */
}

static void what_is_enough_is_enough(void **state)
{
    (void)state;
    Comity__Request *m = letter->request;
    m->items[0]->identifiers[0]->at =
        instant_make(arena, T0_MS - MS_PER_DAY); /* a time instead of a period */
    m->items[0]->period = NULL;
    m->items[1]->description = EMPTY; /* an identifier is enough */
    m->items[1]->custodian = EMPTY;
    m->items[1]->location = text_make(arena, "a data centre in XB");
    m->necessity->urgency = COMITY__NECESSITY__URGENCY__ROUTINE;
    m->necessity->n_reasons = 0;
    m->necessity->text = text_make(arena, "Logs are kept for 7 days.");
    m->hold_days = 60;
    m->confidential = m->do_not_notify = 0;
    letter_check_at(SIDE_Q, NULL, T0_MS);
    expect_no_fault();
}

static void a_party_without_numbers_in_the_roster_is_not_checked(void **state)
{
    (void)state;
    struct letter_terms terms = {.q = &checked_r, .r = &checked_r, .now = {.ms = T0_MS}};
    letter->request->confirmation->phone = text_make(arena, "+99 1");
    letter_check(letter, SIDE_Q, NULL, &terms, &faults);
    expect_no_fault();
}

static void many_faults_are_all_named_at_once(void **state)
{
    (void)state;
    Comity__Request *m = letter->request;
    m->authority->zone = EMPTY;
    m->hold_days = 30;
    m->items[0]->link = EMPTY;
    m->items[1]->link = EMPTY;
    m->offence->provision = EMPTY;
    m->necessity = NULL;
    m->mla->intended = 0;
    m->confirmation->phone = text_make(arena, "+1");
    letter_check_at(SIDE_Q, NULL, T0_MS);
    assert_int_equal(faults.count, 8);
    assert_non_null(letter_fault("authority.zone", "MISSING"));
    assert_non_null(letter_fault("holdDays", "TOO_SHORT"));
    assert_non_null(letter_fault("items[0].link", "MISSING"));
    assert_non_null(letter_fault("items[1].link", "MISSING"));
    assert_non_null(letter_fault("offence.provision", "MISSING"));
    assert_non_null(letter_fault("necessity", "MISSING"));
    assert_non_null(letter_fault("mla.intended", "NO_MLA"));
    assert_non_null(strstr(letter_fault("confirmation.phone", "NOT_IN_ROSTER")->text, "+99-555-0100"));
}

static void addresses_are_told_from_other_text(void **state)
{
    (void)state;
    static const char *const good[] = {"0.0.0.0",
                                       "203.0.113.77",
                                       "255.255.255.255",
                                       "::",
                                       "::1",
                                       "2001:db8::1",
                                       "2001:DB8::",
                                       "1:2:3:4:5:6:7:8",
                                       "::ffff:198.51.100.7",
                                       "1:2:3:4:5:6:203.0.113.1",
                                       "1::8",
                                       "1:2:3:4:5:6:7::"};
    static const char *const bad[] = {"",
                                      ".",
                                      "1.2.3",
                                      "1.2.3.4.5",
                                      "256.1.1.1",
                                      "01.2.3.4",
                                      "1.2.3.4 ",
                                      "1..3.4",
                                      "0x1.2.3.4",
                                      "1.2.3.4444444444444",
                                      ":",
                                      ":::",
                                      "1:2:3:4:5:6:7",
                                      "1:2:3:4:5:6:7:8:9",
                                      "1::2::3",
                                      "12345::",
                                      "g::",
                                      "1:2:3:4:5:6:7:1.2.3.4",
                                      "fe80::1%eth0",
                                      "1:",
                                      ":1",
                                      "::1.2.3",
                                      "1:2:3:4:5:6:7:8::",
                                      "example.net",
                                      "2001:db8::1:"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        if (!ip_address_is_valid(good[i])) {
            fail_msg("%s is an address", good[i]);
        }
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        if (ip_address_is_valid(bad[i])) {
            fail_msg("%s is no address", bad[i]);
        }
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, checked_letter_setup, checked_letter_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_complete_request_may_be_signed),
        TEST(the_example_may_be_signed),
        TEST(each_part_that_is_missing_is_named),
        TEST(each_part_of_an_item_that_is_missing_is_named),
        TEST(each_thing_that_is_wrong_is_named),
        TEST(what_is_enough_is_enough),
        TEST(a_party_without_numbers_in_the_roster_is_not_checked),
        TEST(many_faults_are_all_named_at_once),
        TEST(addresses_are_told_from_other_text),
    };
    return cmocka_run_group_tests_name("request_complete", tests, NULL, NULL);
}
