/* SPDX-License-Identifier: Apache-2.0 */
/* Spellings of one identifier have one form; different identifiers have different ones. */
#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/identifier_form.h"
#include "nodes/ip_address.h"

#define KIND(word) COMITY__IDENTIFIER__KIND__##word

static const struct {
    Comity__Identifier__Kind kind;
    const char *value, *form;
} forms[] = {
    {KIND(IP_ADDRESS), "203.0.113.77", "00000000000000000000ffffcb00714d"},
    {KIND(IP_ADDRESS), "::ffff:203.0.113.77", "00000000000000000000ffffcb00714d"},
    {KIND(IP_ADDRESS), "::FFFF:cb00:714d", "00000000000000000000ffffcb00714d"},
    {KIND(IP_ADDRESS), " 2001:DB8::1 ", "20010db8000000000000000000000001"},
    {KIND(IP_ADDRESS), "2001:db8:0:0:0:0:0:1", "20010db8000000000000000000000001"},
    {KIND(IP_ADDRESS), "not one", "not one"},
    {KIND(DOMAIN), "Example.ORG.", "example.org"},
    {KIND(DOMAIN), ".", "."},
    {KIND(EMAIL), "Some.One@Example.org", "some.one@example.org"},
    {KIND(URL), "HTTPS://Example.org/Path/#top", "https://example.org/Path"},
    {KIND(URL), "Example.org?Q=A", "example.org?Q=A"},
    {KIND(PHONE), "+99 (555) 01-00", "+995550100"},
    {KIND(PHONE), "0099 555 0100", "+995550100"},
    {KIND(PHONE), "0555 0100", "05550100"},
    {KIND(PHONE), "00", "+"},
    {KIND(DEVICE), "00:1B:44-11.3a B7", "001b44113ab7"},
    {KIND(WALLET), "0xAbC1", "0xabc1"},
    {KIND(WALLET), "bc1QAbC", "bc1QAbC"},
    {KIND(ACCOUNT), "\tMixed Case ", "Mixed Case"},
    {KIND(OTHER_KIND), "", ""},
};

static void each_spelling_has_its_form(void **state)
{
    (void)state;
    struct arena *arena = arena_new(65536);
    assert_non_null(arena);
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        assert_string_equal(identifier_form(forms[i].kind, forms[i].value, arena), forms[i].form);
    }
    struct arena *small = arena_new(4);
    assert_null(identifier_form(KIND(EMAIL), "someone@example.org", small));
    arena_free(small);
    arena_free(arena);
}

/* The system's own reader as the judge. */
static void addresses_have_the_bytes_that_others_read(void **state)
{
    (void)state;
    static const char *const texts[] = {"::",
                                        "::1",
                                        "1::",
                                        "1:2:3:4:5:6:7:8",
                                        "2001:db8::8:800:200c:417a",
                                        "::1.2.3.4",
                                        "64:ff9b::192.0.2.33",
                                        "1:2:3:4:5:6:203.0.113.1",
                                        "fe80::abcd:0:1",
                                        "1:2:3:4:5:6:7::",
                                        "::2:3:4:5:6:7:8"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        uint8_t ours[16], theirs[16];
        assert_true(ip_address_read(texts[i], ours));
        assert_int_equal(inet_pton(AF_INET6, texts[i], theirs), 1);
        assert_memory_equal(ours, theirs, sizeof ours);
    }
    uint8_t untouched[16] = {9};
    assert_false(ip_address_read("1.2.3", untouched));
    assert_int_equal(untouched[0], 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_spelling_has_its_form),
        cmocka_unit_test(addresses_have_the_bytes_that_others_read),
    };
    return cmocka_run_group_tests_name("identifier_form", tests, NULL, NULL);
}
