/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lifecycle.h"

#define HREF                  GROUND_LETTER_BIT(REFUSES_HOLD)
#define HEXT                  GROUND_LETTER_BIT(REFUSES_EXTENSION)
#define D43                   GROUND_LETTER_BIT(WITHHOLDS_43)
#define M21                   GROUND_LETTER_BIT(REFUSES_MLA_21)
#define MOTH                  GROUND_LETTER_BIT(REFUSES_MLA)
#define OUTSIDE(letters)      ((letters) | GROUND_IF_OUTSIDE)
#define CONFISCATION(letters) ((letters) | GROUND_IF_CONFISCATION)

static const struct ground_rule rules[] = {
#define GROUND_RULE(word, un, budapest, other, says)                                                         \
    {.ground = GROUND_##word,                                                                                \
     .letters = {[BASIS_UN_CYBERCRIME] = (un), [BASIS_BUDAPEST] = (budapest), [BASIS_OTHER] = (other)},      \
     .text = (says)},
#include "nodes/grounds.def"
#undef GROUND_RULE
};

const struct ground_rule *ground_rules(size_t *ret_count)
{
    *ret_count = sizeof rules / sizeof rules[0];
    return rules;
}

enum ground_letter ground_letter_of(enum machine machine, const Comity__Letter *letter, enum ground *ret)
{
    enum letter_kind kind = letter_kind(letter);
    if (kind == LETTER_REFUSED) {
        *ret = ground_of(letter->refused->ground);
        return machine != MACHINE_MLA          ? REFUSES_HOLD
               : letter_why(letter) == WHY_P21 ? REFUSES_MLA_21
                                               : REFUSES_MLA;
    }
    if (kind == LETTER_EXTENSION_REFUSED) { /* its reasons are no grounds and always honest */
        *ret = ground_of(letter->extension_refused->ground);
        return *ret == GROUND_NONE ? GROUND_LETTER_NONE : REFUSES_EXTENSION;
    }
    if (kind == LETTER_DISCLOSED_43 && letter->disclosed_43->withheld) {
        *ret = ground_of(letter->disclosed_43->ground);
        return WITHHOLDS_43;
    }
    return GROUND_LETTER_NONE;
}

/* The offences that each instrument establishes: arts 7 to 17 there, arts 2 to 11 here. */
static bool is_of_instrument(Comity__Offence__Code code, enum basis basis)
{
    bool un = code >= COMITY__OFFENCE__CODE__ILLEGAL_ACCESS && code <= COMITY__OFFENCE__CODE__LAUNDERING;
    return un && (basis != BASIS_BUDAPEST || code <= COMITY__OFFENCE__CODE__CSAM);
}

static bool names_offence_of(const Comity__Request *request, enum basis basis)
{
    const Comity__Offence *offence = request->offence;
    for (size_t i = 0; offence != NULL && i < offence->n_codes; i++) {
        if (is_of_instrument(offence->codes[i], basis)) {
            return true;
        }
    }
    return false;
}

static bool asks_for_confiscation(const Comity__Request *request)
{
    for (size_t i = 0; i < request->n_items; i++) {
        if (request->items[i]->measure == COMITY__ITEM__MEASURE__CONFISCATE) {
            return true;
        }
    }
    return false;
}

bool ground_allowed(enum ground_letter letter, enum ground ground, const Comity__Request *request)
{
    enum basis basis = request->basis == NULL ? BASIS_NONE : basis_of(request->basis->instrument);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        unsigned letters = rules[i].letters[basis];
        if (rules[i].ground == ground && (letters & GROUND_LETTER_BIT(letter)) != 0) {
            return ((letters & GROUND_IF_OUTSIDE) == 0 || !names_offence_of(request, basis)) &&
                   ((letters & GROUND_IF_CONFISCATION) == 0 || asks_for_confiscation(request));
        }
    }
    return false;
}

bool ground_is_outside(enum machine machine, const Comity__Letter *letter, const Comity__Request *request)
{
    enum ground ground = GROUND_NONE;
    enum ground_letter of = ground_letter_of(machine, letter, &ground);
    return of != GROUND_LETTER_NONE && !ground_allowed(of, ground, request);
}
