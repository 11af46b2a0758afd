/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/lifecycle.h"

static const struct ground_rule rules[] = {
#define GROUND_RULE(word, un, budapest, other, says)                                                         \
    {.ground = GROUND_##word,                                                                                \
     .scope = {[BASIS_UN_CYBERCRIME] = GROUND_##un,                                                          \
               [BASIS_BUDAPEST] = GROUND_##budapest,                                                         \
               [BASIS_OTHER] = GROUND_##other},                                                              \
     .text = (says)},
#include "nodes/grounds.def"
#undef GROUND_RULE
};

const struct ground_rule *ground_rules(size_t *ret_count)
{
    *ret_count = sizeof rules / sizeof rules[0];
    return rules;
}

/* The codes ILLEGAL_ACCESS .. LAUNDERING stand for the articles 7 to 17, one each. */
static bool names_convention_offence(const Comity__Request *request)
{
    const Comity__Offence *offence = request->offence;
    for (size_t i = 0; offence != NULL && i < offence->n_codes; i++) {
        if (offence->codes[i] >= COMITY__OFFENCE__CODE__ILLEGAL_ACCESS &&
            offence->codes[i] <= COMITY__OFFENCE__CODE__LAUNDERING) {
            return true;
        }
    }
    return false;
}

bool ground_allowed(enum ground ground, const Comity__Request *request)
{
    enum basis basis = request->basis == NULL ? BASIS_NONE : basis_of(request->basis->instrument);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        if (rules[i].ground == ground) {
            enum ground_scope scope = rules[i].scope[basis];
            return scope == GROUND_YES || (scope == GROUND_OUTSIDE && !names_convention_offence(request));
        }
    }
    return false;
}

bool ground_is_outside(enum machine machine, const Comity__Letter *letter, const Comity__Request *request)
{
    return machine == MACHINE_HOLD && letter_kind(letter) == LETTER_REFUSED &&
           !ground_allowed(ground_of(letter->refused->ground), request);
}
