/* SPDX-License-Identifier: Apache-2.0 */
/* Duplicates: one spelling of identifiers, and the same thing asked twice found and merged. */
/* cmocka.h wants the four before it. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "nodes/fingerprint.h"
#include "nodes/identifier_form.h"
#include "tests/support/api.h"

/* --- spellings --- */

#define IP     COMITY__IDENTIFIER__KIND__IP_ADDRESS
#define URL    COMITY__IDENTIFIER__KIND__URL
#define EMAIL  COMITY__IDENTIFIER__KIND__EMAIL
#define DOMAIN COMITY__IDENTIFIER__KIND__DOMAIN
#define PHONE  COMITY__IDENTIFIER__KIND__PHONE
#define WALLET COMITY__IDENTIFIER__KIND__WALLET
#define DEVICE COMITY__IDENTIFIER__KIND__DEVICE

static const struct {
    Comity__Identifier__Kind kind;
    const char *a, *b;
    bool same;
} spellings[] = {
    {IP, "2001:db8::1", "2001:0DB8:0:0:0:0:0:0001", true},
    {IP, "::ffff:203.0.113.77", "203.0.113.77", true},
    {IP, "1::", "1:0::0", true},
    {IP, "::", "0:0:0:0:0:0:0:0", true},
    {IP, "64:ff9b::192.0.2.33", "64:ff9b::c000:221", true},
    {IP, "203.0.113.77", "203.0.113.78", false},
    {IP, "1:2::", "1::2", false},
    {EMAIL, "Anna@Example.ORG", "anna@example.org", true},
    {EMAIL, "anna@example.org", "ana@example.org", false},
    {DOMAIN, "Shop.Example.", "shop.example", true},
    {URL, "HTTPS://Shop.Example:443/Pay/", "https://shop.example/Pay#top", true},
    {URL, "http://shop.example:80", "http://shop.example/", true},
    {URL, "http://shop.example:8080/", "http://shop.example/", false},
    {URL, "https://shop.example/Pay", "https://shop.example/pay", false},
    {PHONE, "+84 (28) 3823-1234", "0084 28 38231234", true},
    {PHONE, "+84 28 38231234", "+84 28 38231235", false},
    {WALLET, "0xAbC1", "0xabc1", true},
    {WALLET, "1BoatSLRHtKNngkdXEeobR76b53LETtpyT", "1boatslrhtknngkdxeeobr76b53lettpyt", false},
    {DEVICE, "35-209900-176148-1", "352099001761481", true},
};

static void identifiers_have_one_spelling(void **state)
{
    (void)state;
    struct arena *arena = arena_new(65536);
    for (size_t i = 0; i < sizeof spellings / sizeof spellings[0]; i++) {
        const char *a = identifier_form(spellings[i].kind, spellings[i].a, arena);
        const char *b = identifier_form(spellings[i].kind, spellings[i].b, arena);
        if ((strcmp(a, b) == 0) != spellings[i].same) {
            fail_msg("%s: %s, %s: %s", spellings[i].a, a, spellings[i].b, b);
        }
    }
    assert_string_equal(custodian_form("Example Hosting, B.V.", arena), "examplehostingbv");
    assert_string_equal(custodian_form("", arena), "");
    arena_free(arena);
}

/* Whatever a peer writes: an end, in bounds. */
static void any_text_has_a_form(void **state)
{
    (void)state;
    static const char signs[] = "0123456789abcdefABCDEF:./#?[]%-+@ xhtps";
    struct arena *arena = arena_new(65536);
    uint64_t seed = 0x9e3779b97f4a7c15;
    for (unsigned round = 0; round < 20000; round++) {
        char text[24];
        size_t size = round % (sizeof text - 1);
        for (size_t i = 0; i < size; i++) {
            seed ^= seed << 13;
            seed ^= seed >> 7;
            seed ^= seed << 17;
            text[i] = signs[seed % (sizeof signs - 1)];
        }
        text[size] = '\0';
        for (int kind = 0; kind <= COMITY__IDENTIFIER__KIND__OTHER_KIND; kind++) {
            assert_non_null(identifier_form((Comity__Identifier__Kind)kind, text, arena));
        }
        arena_reset(arena);
    }
    arena_free(arena);
}

/* --- cases --- */

/* XA asks XB with this reference; change is called on the items. Returns the case. */
static void ask(struct api *api, const char *reference, const char *custodian, unsigned port, char ret[33])
{
    json_t *letter = json_loads(api->request, 0, NULL);
    json_t *request = json_object_get(letter, "request");
    json_t *item = json_array_get(json_object_get(request, "items"), 0);
    json_t *answer = NULL;
    (void)json_object_set_new(request, "reference", json_string(reference));
    (void)json_object_set_new(item, "custodian", json_string(custodian));
    (void)json_object_set_new(json_array_get(json_object_get(item, "identifiers"), 0), "port",
                              json_integer((json_int_t)port));
    while (json_array_size(json_object_get(request, "items")) > 1) {
        (void)json_array_remove(json_object_get(request, "items"), 1);
    }
    char *text = json_dumps(letter, 0);
    unsigned status = officer_send(api->world, api->fixture, "XA/poc", "XB/poc", text, &answer);
    if (status != 200) {
        fail_msg("%u: %s", status, api_text(answer, "error"));
    }
    (void)snprintf(ret, 33, "%s", api_text(answer, "case"));
    json_decref(answer);
    free(text);
    json_decref(letter);
    api_settle(api);
}

static size_t twins(struct api *api, const char *party, const char *id, const char *other)
{
    json_t *view = officer_get(api->world, party, VERB_CASE, id, "");
    const json_t *list = json_object_get(view, "twins");
    size_t count = json_array_size(list);
    if (count != 0 && other != NULL) {
        assert_string_equal(api_text(json_array_get(list, 0), "case"), other);
    }
    json_t *inbox = officer_get(api->world, party, VERB_INBOX, "", "all=1");
    size_t i = 0;
    json_t *line = NULL;
    json_array_foreach(json_object_get(inbox, "cases"), i, line)
    {
        if (strcmp(api_text(line, "case"), id) == 0) {
            assert_int_equal(json_object_get(line, "twin") != NULL, count != 0);
        }
    }
    json_decref(inbox);
    json_decref(view);
    return count;
}

static void the_same_asked_twice_is_shown_at_both_cases_and_ends(void **state)
{
    struct api *api = *state;
    char first[33], second[33], third[33], fourth[33];
    ask(api, "A-1", "Example Hosting", 443, first);
    assert_int_equal(twins(api, "XB/poc", first, NULL), 0);
    ask(api, "A-2", "EXAMPLE HOSTING", 443, second);
    assert_int_equal(twins(api, "XB/poc", first, second), 1);
    assert_int_equal(twins(api, "XB/poc", second, first), 1);
    assert_int_equal(twins(api, "XA/poc", first, second), 1);
    ask(api, "A-3", "Other Hosting", 443, third); /* another custodian */
    assert_int_equal(twins(api, "XB/poc", third, NULL), 0);
    ask(api, "A-4", "Example Hosting", 444, fourth); /* another subscriber behind the same address */
    assert_int_equal(twins(api, "XB/poc", fourth, NULL), 0);
}

#define MERGE(of)                                                                                            \
    "{\"notHeld\":{\"cause\":\"DUPLICATE_OF\",\"duplicateOf\":\"" of "\",\"text\":\"held there\"}}"

static void one_of_two_is_merged(void **state)
{
    struct api *api = *state;
    char first[33], second[33];
    json_t *answer = NULL;
    unsigned status = 0;
    ask(api, "A-1", "Example Hosting", 443, first);
    ask(api, "A-2", "Example Hosting", 443, second);
    (void)snprintf(api->case_id, sizeof api->case_id, "%s", second);
    assert_int_equal(officer_send(api->world, api->fixture, "XB/poc", second, MERGE("A-9"), &answer), 422);
    assert_string_equal(api_text(answer, "code"), "DUPLICATE_OF");
    json_decref(answer);
    assert_int_equal(officer_send(api->world, api->fixture, "XB/poc", second, MERGE("A-2"), &answer), 422);
    json_decref(answer);
    json_t *body = NULL;
    char third[33];
    assert_int_equal(officer_sign(api->world, api->fixture, "XB/poc", second, MERGE("A-3"), &body), 422);
    json_decref(body);
    ask(api, "A-3", "Example Hosting", 80, third);
    assert_int_equal(officer_sign(api->world, api->fixture, "XB/poc", second, MERGE("A-3"), &body), 200);
    ask(api, "A-3", "Example Hosting", 81, third); /* it names two by now */
    answer = api_call(api, "XB/poc", VERB_SUBMIT, "", "", true, body, &status);
    api_assert_refused(answer, status, 422, "DUPLICATE_OF");
    api_send(api, "XB/poc", MERGE("A-1"));
    assert_int_equal(twins(api, "XB/poc", first, NULL), 0); /* it is one work now */
    assert_int_equal(twins(api, "XA/poc", first, NULL), 0);
    json_t *view = officer_get(api->world, "XA/poc", VERB_CASE, second, "");
    assert_string_equal(api_text(view, "state"), "CLOSED");
    json_decref(view);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, api_set_up, api_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(identifiers_have_one_spelling),
        cmocka_unit_test(any_text_has_a_form),
        TEST(the_same_asked_twice_is_shown_at_both_cases_and_ends),
        TEST(one_of_two_is_merged),
    };
    return cmocka_run_group_tests_name("fingerprint", tests, NULL, NULL);
}
