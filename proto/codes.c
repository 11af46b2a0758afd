/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/codes.h"

#define NAMED(names, number)  ((number) < sizeof(names) / sizeof(names)[0] ? (names)[number] : (names)[0])
#define IS_ONE(names, number) ((number) > 0 && (size_t)(number) < sizeof(names) / sizeof(names)[0])

#define LETTER_KIND(number, word, member)                                                                    \
    _Static_assert((int)LETTER_##word == (int)COMITY__LETTER__BODY_##word, "letter.proto");
#define URGENCY(number, word)                                                                                \
    _Static_assert((int)URGENCY_##word == (int)COMITY__NECESSITY__URGENCY__##word, "letter.proto");
#define CATEGORY(number, word)                                                                               \
    _Static_assert((int)CATEGORY_##word == (int)COMITY__ITEM__CATEGORY__##word, "letter.proto");
#define BASIS(number, word)                                                                                  \
    _Static_assert((int)BASIS_##word == (int)COMITY__BASIS__INSTRUMENT__##word, "letter.proto");
#define GROUND(number, word)                                                                                 \
    _Static_assert((int)GROUND_##word == (int)COMITY__REFUSED__GROUND__##word, "letter.proto");
#define CAUSE(number, word)                                                                                  \
    _Static_assert((int)CAUSE_##word == (int)COMITY__NOT_HELD__CAUSE__##word, "letter.proto");
#define RELEASE(number, word)                                                                                \
    _Static_assert((int)RELEASE_##word == (int)COMITY__RELEASED__WHY__##word, "letter.proto");
#include "proto/codes.def"
#undef LETTER_KIND
#undef URGENCY
#undef CATEGORY
#undef BASIS
#undef GROUND
#undef CAUSE
#undef RELEASE

static const char *const letter_names[] = {
    "?",
#define LETTER_KIND(number, word, member) [number] = #word,
#include "proto/codes.def"
#undef LETTER_KIND
};
_Static_assert(sizeof letter_names / sizeof letter_names[0] == LETTER_KINDS + 1,
               "codes.def and LETTER_KINDS differ");

static const char *const urgency_names[] = {
    "?",
#define URGENCY(number, word) [number] = #word,
#include "proto/codes.def"
#undef URGENCY
};

static const char *const category_names[] = {
    "?",
#define CATEGORY(number, word) [number] = #word,
#include "proto/codes.def"
#undef CATEGORY
};

static const char *const basis_names[] = {
    "?",
#define BASIS(number, word) [number] = #word,
#include "proto/codes.def"
#undef BASIS
};

static const char *const ground_names[] = {
    "?",
#define GROUND(number, word) [number] = #word,
#include "proto/codes.def"
#undef GROUND
};

static const char *const cause_names[] = {
    "?",
#define CAUSE(number, word) [number] = #word,
#include "proto/codes.def"
#undef CAUSE
};

static const char *const release_names[] = {
    "?",
#define RELEASE(number, word) [number] = #word,
#include "proto/codes.def"
#undef RELEASE
};

enum letter_kind letter_kind(const Comity__Letter *letter)
{
    int member = (int)letter->body_case;
    return IS_ONE(letter_names, member) ? (enum letter_kind)member : LETTER_NONE;
}

const char *letter_name(uint32_t kind)
{
    return NAMED(letter_names, kind);
}

enum letter_kind letter_kind_of_name(struct bytes name)
{
    for (unsigned i = 1; i <= LETTER_KINDS; i++) {
        if (bytes_equal(name, bytes_of_text(letter_names[i]))) {
            return (enum letter_kind)i;
        }
    }
    return LETTER_NONE;
}

enum urgency urgency_of(Comity__Necessity__Urgency from)
{
    int value = (int)from;
    return IS_ONE(urgency_names, value) ? (enum urgency)value : URGENCY_NONE;
}

enum category category_of(Comity__Item__Category from)
{
    int value = (int)from;
    return IS_ONE(category_names, value) ? (enum category)value : CATEGORY_NONE;
}

enum basis basis_of(Comity__Basis__Instrument from)
{
    int value = (int)from;
    return IS_ONE(basis_names, value) ? (enum basis)value : BASIS_NONE;
}

enum ground ground_of(Comity__Refused__Ground from)
{
    int value = (int)from;
    return IS_ONE(ground_names, value) ? (enum ground)value : GROUND_NONE;
}

enum cause cause_of(Comity__NotHeld__Cause from)
{
    int value = (int)from;
    return IS_ONE(cause_names, value) ? (enum cause)value : CAUSE_NONE;
}

enum release release_of(Comity__Released__Why from)
{
    int value = (int)from;
    return IS_ONE(release_names, value) ? (enum release)value : RELEASE_NONE;
}

const char *urgency_name(uint32_t urgency)
{
    return NAMED(urgency_names, urgency);
}

const char *category_name(uint32_t category)
{
    return NAMED(category_names, category);
}

const char *basis_name(uint32_t basis)
{
    return NAMED(basis_names, basis);
}

const char *ground_name(uint32_t ground)
{
    return NAMED(ground_names, ground);
}

const char *cause_name(uint32_t cause)
{
    return NAMED(cause_names, cause);
}

const char *release_name(uint32_t release)
{
    return NAMED(release_names, release);
}
