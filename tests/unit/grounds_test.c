/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which ground may stand in which letter under which instrument: written down here once more from the text (docs/lifecycle.md,
 * more on grounds), never read from the table. 5 letters, 19 grounds, 3 instruments, offences of the instrument or not.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "nodes/lifecycle.h"
#include "tests/support/case_letters.h"

#define GROUNDS 19

/* " G21B G22 ": with a space on both sides of each. */
struct golden {
    enum ground_letter letter;
    enum basis basis;
    const char *always, *outside; /* outside: besides, where no offence is one of the instrument */
};

/* An instrument that we do not know has a list of its own: the reasons say which. Secrecy of banks is no reason anywhere. */
#define OWN_LIST                                                                                             \
    " G21A G21B G21C G21D G22 RE POLITICAL_OFFENCE B29_5_B B29_4 DUAL_CRIMINALITY DE_MINIMIS FISCAL "        \
    "OTHER_INSTRUMENT B30_2_B B27_4_B B25_4 OTHER_CHANNEL LATE_OR_INSUFFICIENT "
#define OWN_LIST_OTHER                                                                                       \
    " G22 RE POLITICAL_OFFENCE B29_5_B B29_4 DUAL_CRIMINALITY DE_MINIMIS FISCAL OTHER_INSTRUMENT B30_2_B "   \
    "B27_4_B B25_4 OTHER_CHANNEL LATE_OR_INSUFFICIENT "

static const struct golden golden[] = {
    {REFUSES_HOLD, BASIS_UN_CYBERCRIME, " G21B G21C G22 ", " RE "},
    {REFUSES_HOLD, BASIS_BUDAPEST, " POLITICAL_OFFENCE B29_5_B ", " B29_4 "},
    {REFUSES_HOLD, BASIS_OTHER, OWN_LIST, ""},
    {REFUSES_EXTENSION, BASIS_UN_CYBERCRIME, " G21B G21C G22 ", " RE "},
    {REFUSES_EXTENSION, BASIS_BUDAPEST, " POLITICAL_OFFENCE B29_5_B ", " B29_4 "},
    {REFUSES_EXTENSION, BASIS_OTHER, OWN_LIST, ""},
    {WITHHOLDS_43, BASIS_UN_CYBERCRIME, " G21B G21C G22 ", ""},
    {WITHHOLDS_43, BASIS_BUDAPEST, " POLITICAL_OFFENCE B30_2_B ", ""},
    {WITHHOLDS_43, BASIS_OTHER, " OTHER_INSTRUMENT ", ""},
    {REFUSES_MLA_21, BASIS_UN_CYBERCRIME, " G21A G21B G21C G21D ", ""},
    {REFUSES_MLA_21, BASIS_BUDAPEST, "", ""},
    {REFUSES_MLA_21, BASIS_OTHER, " G21A G21B G21C G21D ", ""},
    {REFUSES_MLA, BASIS_UN_CYBERCRIME, " G22 DUAL_CRIMINALITY DE_MINIMIS OTHER_CHANNEL ", ""},
    {REFUSES_MLA, BASIS_BUDAPEST, " POLITICAL_OFFENCE B27_4_B B25_4 ", ""},
    {REFUSES_MLA, BASIS_OTHER, OWN_LIST_OTHER, ""},
};

static struct arena *arena;
static Comity__Letter *request;

static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)8 << 20);
    assert_non_null(arena);
    request = letter_make(arena, LETTER_REQUEST, T0_MS, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static bool has_word(const char *list, const char *word)
{
    char padded[64];
    (void)snprintf(padded, sizeof padded, " %s ", word);
    return strstr(list, padded) != NULL;
}

static void each_ground_stands_where_the_text_says(void **state)
{
    (void)state;
    size_t checked = 0;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        const struct golden *g = &golden[i];
        request->request->basis->instrument = (Comity__Basis__Instrument)g->basis;
        for (uint32_t ground = 1; ground <= GROUNDS; ground++) {
            for (int outside = 0; outside < 2; outside++, checked++) {
                request->request->offence->codes[0] =
                    outside ? COMITY__OFFENCE__CODE__SERIOUS_CRIME : COMITY__OFFENCE__CODE__ILLEGAL_ACCESS;
                const char *word = ground_name(ground);
                bool expected = has_word(g->always, word) || (outside && has_word(g->outside, word));
                bool is = ground_allowed(g->letter, (enum ground)ground, request->request);
                if (is != expected) {
                    (void)fprintf(stderr, "%s in letter %d under %s, %s\n", word, (int)g->letter,
                                  basis_name(g->basis), outside ? "outside" : "inside");
                }
                assert_int_equal(is, expected);
            }
        }
    }
    assert_int_equal(checked, 5 * 3 * GROUNDS * 2);
}

/* The list above is of every letter under every basis, once; and of every ground that there is. */
static void nothing_of_the_table_is_left_out_here(void **state)
{
    (void)state;
    unsigned seen[GROUND_LETTERS][BASIS_OTHER + 1] = {{0}};
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        seen[golden[i].letter][golden[i].basis]++;
    }
    for (size_t letter = GROUND_LETTER_NONE + 1; letter < GROUND_LETTERS; letter++) {
        for (size_t basis = BASIS_NONE + 1; basis <= BASIS_OTHER; basis++) {
            assert_int_equal(seen[letter][basis], 1);
        }
    }
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    bool met[GROUNDS + 1] = {false};
    assert_int_equal(count, GROUNDS);
    for (size_t i = 0; i < count; i++) {
        assert_true(rules[i].ground >= 1 && rules[i].ground <= GROUNDS && !met[rules[i].ground]);
        met[rules[i].ground] = true;
    }
}

static bool is_golden(enum ground_letter letter, enum basis basis, const char *word)
{
    bool is = false;
    for (size_t i = 0; i < sizeof golden / sizeof golden[0]; i++) {
        is |= golden[i].letter == letter && golden[i].basis == basis && has_word(golden[i].always, word);
    }
    return is;
}

/* The letter says that ground; false: letters of this kind name none. */
static bool put_ground(Comity__Letter *letter, uint32_t ground)
{
    enum letter_kind kind = letter_kind(letter);
    Comity__Refused__Ground says = (Comity__Refused__Ground)ground;
    if (kind == LETTER_REFUSED) {
        letter->refused->ground = says;
    } else if (kind == LETTER_EXTENSION_REFUSED) {
        letter->extension_refused->ground = says;
    } else if (kind == LETTER_DISCLOSED_43) {
        letter->disclosed_43->withheld = 1;
        letter->disclosed_43->ground = says;
    }
    return kind == LETTER_REFUSED || kind == LETTER_EXTENSION_REFUSED || kind == LETTER_DISCLOSED_43;
}

/* What the fold flags as outside the treaty: each ground in each letter of each machine that names one. */
static void each_letter_on_each_ground_is_flagged_or_not(void **state)
{
    (void)state;
    size_t flagged = 0, tried = 0;
    for (unsigned kind = LETTER_NONE + 1; kind <= LETTER_KINDS; kind++) {
        Comity__Letter *letter = letter_make(arena, (enum letter_kind)kind, T0_MS, 1);
        for (unsigned basis = BASIS_NONE + 1; basis <= BASIS_OTHER; basis++) {
            request->request->basis->instrument = (Comity__Basis__Instrument)basis;
            for (uint32_t ground = 1; ground <= GROUNDS; ground++) {
                for (unsigned machine = MACHINE_NONE + 1; machine < MACHINES; machine++) {
                    enum ground of = GROUND_NONE;
                    bool names = put_ground(letter, ground);
                    enum ground_letter what = ground_letter_of((enum machine)machine, letter, &of);
                    bool outside = ground_is_outside((enum machine)machine, letter, request->request);
                    assert_int_equal(what != GROUND_LETTER_NONE, names);
                    assert_int_equal(of, names ? ground : GROUND_NONE);
                    assert_int_equal(outside,
                                     names && !is_golden(what, (enum basis)basis, ground_name(ground)));
                    tried += names;
                    flagged += outside;
                }
            }
        }
    }
    assert_int_equal(tried, 3 * 3 * GROUNDS * (MACHINES - MACHINE_NONE - 1));
    assert_true(flagged > 0 && flagged < tried);
}

static void offences_are_those_of_the_instrument(void **state)
{
    (void)state;
    request->request->offence->codes[0] = COMITY__OFFENCE__CODE__LAUNDERING; /* of one of them alone */
    request->request->basis->instrument = COMITY__BASIS__INSTRUMENT__BUDAPEST;
    assert_true(ground_allowed(REFUSES_HOLD, GROUND_B29_4, request->request));
    request->request->basis->instrument = COMITY__BASIS__INSTRUMENT__UN_CYBERCRIME;
    assert_false(ground_allowed(REFUSES_HOLD, GROUND_RE, request->request));
    request->request->basis = NULL;
    assert_false(ground_allowed(REFUSES_HOLD, GROUND_G21B, request->request));
}

static void too_late_is_a_ground_for_confiscation_alone(void **state)
{
    (void)state;
    request->request->basis->instrument = COMITY__BASIS__INSTRUMENT__UN_CYBERCRIME;
    assert_false(ground_allowed(REFUSES_MLA, GROUND_LATE_OR_INSUFFICIENT, request->request));
    request->request->items[0]->measure = COMITY__ITEM__MEASURE__CONFISCATE;
    assert_true(ground_allowed(REFUSES_MLA, GROUND_LATE_OR_INSUFFICIENT, request->request));
    assert_false(ground_allowed(REFUSES_HOLD, GROUND_LATE_OR_INSUFFICIENT, request->request));
}

/* Which letters need one at all; a reason of an extension refused is none. */
static void letters_that_need_a_ground_are_known(void **state)
{
    (void)state;
    enum ground ground = GROUND_NONE;
    Comity__Letter *refused = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    refused->refused->ground = COMITY__REFUSED__GROUND__G21A;
    assert_int_equal(ground_letter_of(MACHINE_HOLD, refused, &ground), REFUSES_HOLD);
    assert_int_equal(ground, GROUND_G21A);
    assert_int_equal(ground_letter_of(MACHINE_MLA, refused, &ground), REFUSES_MLA_21);
    refused->refused->ground = COMITY__REFUSED__GROUND__G22;
    assert_int_equal(ground_letter_of(MACHINE_MLA, refused, &ground), REFUSES_MLA);
    Comity__Letter *extension = letter_make(arena, LETTER_EXTENSION_REFUSED, T0_MS, 1);
    extension->extension_refused->reason = COMITY__EXTENSION_REFUSED__REASON__DATA_GONE;
    assert_int_equal(ground_letter_of(MACHINE_HOLD, extension, &ground), GROUND_LETTER_NONE);
    extension->extension_refused->ground = COMITY__REFUSED__GROUND__G22;
    assert_int_equal(ground_letter_of(MACHINE_HOLD, extension, &ground), REFUSES_EXTENSION);
    Comity__Letter *disclosed = letter_make(arena, LETTER_DISCLOSED_43, T0_MS, 1);
    assert_int_equal(ground_letter_of(MACHINE_HOLD, disclosed, &ground), GROUND_LETTER_NONE);
    disclosed->disclosed_43->withheld = 1;
    assert_int_equal(ground_letter_of(MACHINE_HOLD, disclosed, &ground), WITHHOLDS_43);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(each_ground_stands_where_the_text_says),       TEST(nothing_of_the_table_is_left_out_here),
        TEST(each_letter_on_each_ground_is_flagged_or_not), TEST(offences_are_those_of_the_instrument),
        TEST(too_late_is_a_ground_for_confiscation_alone),  TEST(letters_that_need_a_ground_are_known),
    };
    return cmocka_run_group_tests_name("grounds", tests, NULL, NULL);
}
