/* SPDX-License-Identifier: Apache-2.0 */
/* Addresses, and the words of numbers: ids.h and codes.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/codes.h"
#include "proto/ids.h"

static void addresses_keep_their_grammar(void **state)
{
    (void)state;
    static const char *const good[] = {"XA/poc", "XB/a", "QM/a-1-", "XZ/abcdefghijklmnopqrstuvwxyz01"};
    static const char *const bad[] = {
        "",        "XA",      "XA/",          "Xa/poc",   "xa/poc",   "X1/poc",
        "XAA/poc", "XA-poc",  "XA/Poc",       "XA/1poc",  "XA/-poc",  "XA/p_c",
        "XA/poc ", " XA/poc", "XA/p\xc3\xa9", "XA/poc/x", "XA/poc\n", "XZ/abcdefghijklmnopqrstuvwxyz012"};
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct address address;
        assert_true(address_read(bytes_of_text(good[i]), &address));
        assert_string_equal(address.text, good[i]);
    }
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct address address = {"untouched"};
        assert_false(address_read(bytes_of_text(bad[i]), &address));
        assert_string_equal(address.text, "untouched");
    }
    struct address address;
    assert_false(address_read(bytes_of("XA/p\0c", 6), &address));
}

static void numbers_have_names(void **state)
{
    (void)state;
    assert_string_equal(lane_name(LANE_URGENT), "urgent");
    assert_string_equal(lane_name(LANE_BULK), "bulk");
    assert_string_equal(lane_name(0), "?");
    assert_string_equal(lane_name(LANES + 1), "?");
    assert_string_equal(receipt_kind_name(RECEIPT_ACCEPTED), "accepted");
    assert_string_equal(receipt_kind_name(RECEIPT_OPENED), "opened");
    assert_string_equal(receipt_kind_name(RECEIPT_OPENED + 1), "?");
    assert_string_equal(receipt_kind_name(UINT32_MAX), "?");
}

static void letters_have_the_upper_case_words_of_their_fields(void **state)
{
    (void)state;
    /* The members of the oneof, and beside them what is signed with any of them. */
    assert_int_equal(comity__letter__descriptor.n_fields, LETTER_KINDS + 1);
    assert_string_equal(comity__letter__descriptor.fields[LETTER_KINDS].name, "acted");
    for (unsigned i = 0; i < LETTER_KINDS; i++) {
        const ProtobufCFieldDescriptor *field = &comity__letter__descriptor.fields[i];
        const char *name = letter_name(field->id);
        size_t at = 0;
        for (; field->name[at] != 0; at++) {
            char c = field->name[at];
            assert_int_equal(name[at], c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
        }
        assert_int_equal(name[at], 0);
        assert_int_equal(letter_kind_of_name(bytes_of_text(name)), field->id);
        Comity__Letter letter = COMITY__LETTER__INIT;
        assert_int_equal(letter_kind(&letter), LETTER_NONE);
        letter.body_case = (Comity__Letter__BodyCase)field->id;
        assert_int_equal(letter_kind(&letter), field->id);
    }
    assert_string_equal(letter_name(0), "?");
    assert_string_equal(letter_name(LETTER_KINDS + 1), "?");
    assert_int_equal(letter_kind_of_name(bytes_of_text("?")), LETTER_NONE);
    assert_int_equal(letter_kind_of_name(bytes_of_text("request")), LETTER_NONE);
}

/* Every value of the generated enum, and the first number beyond, is the same word in ours. */
static void check_words(const ProtobufCEnumDescriptor *type, const char *(*name)(uint32_t))
{
    for (unsigned i = 0; i < type->n_values; i++) {
        assert_int_equal(type->values[i].value, i);
        assert_string_equal(name(i), i != 0 ? type->values[i].name : "?");
    }
    assert_string_equal(name(type->n_values), "?");
}

static void own_enums_are_those_of_the_letters(void **state)
{
    (void)state;
    check_words(&comity__necessity__urgency__descriptor, urgency_name);
    check_words(&comity__item__category__descriptor, category_name);
    check_words(&comity__basis__instrument__descriptor, basis_name);
    check_words(&comity__refused__ground__descriptor, ground_name);
    check_words(&comity__not_held__cause__descriptor, cause_name);
    check_words(&comity__released__why__descriptor, release_name);
    assert_int_equal(urgency_of(COMITY__NECESSITY__URGENCY__ROUTINE), URGENCY_ROUTINE);
    assert_int_equal(urgency_of((Comity__Necessity__Urgency)4), URGENCY_NONE);
    assert_int_equal(category_of(COMITY__ITEM__CATEGORY__CONTENT), CATEGORY_CONTENT);
    assert_int_equal(basis_of(COMITY__BASIS__INSTRUMENT__BUDAPEST), BASIS_BUDAPEST);
    assert_int_equal(ground_of(COMITY__REFUSED__GROUND__OTHER_INSTRUMENT), GROUND_OTHER_INSTRUMENT);
    assert_int_equal(ground_of((Comity__Refused__Ground)-1), GROUND_NONE);
    assert_int_equal(cause_of(COMITY__NOT_HELD__CAUSE__DUPLICATE_OF), CAUSE_DUPLICATE_OF);
    assert_int_equal(release_of(COMITY__RELEASED__WHY__EXPIRED), RELEASE_EXPIRED);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(addresses_keep_their_grammar),
        cmocka_unit_test(numbers_have_names),
        cmocka_unit_test(letters_have_the_upper_case_words_of_their_fields),
        cmocka_unit_test(own_enums_are_those_of_the_letters),
    };
    return cmocka_run_group_tests_name("ids", tests, NULL, NULL);
}
