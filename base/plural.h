/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which of a language's forms goes with a number: the expression of a catalogue's Plural-Forms, "n != 1" for English
 * (GNU gettext manual, "Additional functions for plural forms"). The text is hostile until it is compiled.
 */
#ifndef COMITY_BASE_PLURAL_H
#define COMITY_BASE_PLURAL_H

#include "base/attributes.h"
#include "base/bytes.h"

#define PLURAL_FORMS_MAX 8
#define PLURAL_CODE_MAX  128

/* In the order of evaluation: operands before their operator. */
struct plural {
    size_t forms;
    size_t count;
    struct plural_step {
        uint8_t what; /* an operator of plural.c */
        uint32_t number;
    } code[PLURAL_CODE_MAX];
};

/* n != 1, two forms. */
void plural_default(struct plural *ret);
/* "nplurals=2; plural=(n != 1);"; false and ret untouched: it is none, or more than there is room for. */
MUST_USE bool plural_read(struct bytes text, struct plural *ret);
/* Below plural->forms, for every n. */
size_t plural_form(const struct plural *, uint64_t n);

#endif
