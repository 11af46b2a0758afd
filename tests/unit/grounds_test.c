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
        TEST(each_ground_stands_where_the_text_says),
        TEST(offences_are_those_of_the_instrument),
        TEST(too_late_is_a_ground_for_confiscation_alone),
        TEST(letters_that_need_a_ground_are_known),
    };
    return cmocka_run_group_tests_name("grounds", tests, NULL, NULL);
}
