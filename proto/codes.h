/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our own enums for the words of letters that code decides by, in the numbers of the .proto files (codes.c asserts it).
 * The generated enums carry one member more to fix their size, so that no switch over them can be complete; these can.
 * NONE is 0: absent on the wire, or a number that is none.
 */
#ifndef COMITY_PROTO_CODES_H
#define COMITY_PROTO_CODES_H

#include "base/bytes.h"
#include "proto/letter.pb-c.h"

enum letter_kind {
    LETTER_NONE = 0,
#define LETTER_KIND(number, word, member) LETTER_##word = (number),
#include "proto/codes.def"
#undef LETTER_KIND
};
#define LETTER_KINDS 56

/* Necessity.urgency */
enum urgency {
    URGENCY_NONE = 0,
#define URGENCY(number, word) URGENCY_##word = (number),
#include "proto/codes.def"
#undef URGENCY
};

/* Item.category */
enum category {
    CATEGORY_NONE = 0,
#define CATEGORY(number, word) CATEGORY_##word = (number),
#include "proto/codes.def"
#undef CATEGORY
};

/* Basis.instrument: the legal basis */
enum basis {
    BASIS_NONE = 0,
#define BASIS(number, word) BASIS_##word = (number),
#include "proto/codes.def"
#undef BASIS
};

/* Refused.ground */
enum ground {
    GROUND_NONE = 0,
#define GROUND(number, word) GROUND_##word = (number),
#include "proto/codes.def"
#undef GROUND
};

/* NotHeld.cause */
enum cause {
    CAUSE_NONE = 0,
#define CAUSE(number, word) CAUSE_##word = (number),
#include "proto/codes.def"
#undef CAUSE
};

/* Released.why */
enum release {
    RELEASE_NONE = 0,
#define RELEASE(number, word) RELEASE_##word = (number),
#include "proto/codes.def"
#undef RELEASE
};

/* Which member of its oneof a letter has; LETTER_NONE when it has none. */
enum letter_kind letter_kind(const Comity__Letter *);

/* "REQUEST", "INFO_ASKED" ...; "?" for a number that is none. */
const char *letter_name(uint32_t kind);
/* The kind of a word as letter_name() writes it; LETTER_NONE for any other. */
enum letter_kind letter_kind_of_name(struct bytes name);

/* From the generated enums; NONE for what is no value of theirs. */
enum urgency urgency_of(Comity__Necessity__Urgency);
enum category category_of(Comity__Item__Category);
enum basis basis_of(Comity__Basis__Instrument);
enum ground ground_of(Comity__Refused__Ground);
enum cause cause_of(Comity__NotHeld__Cause);
enum release release_of(Comity__Released__Why);

/* The words of the .proto files: "EMERGENCY", "G21A", "NOT_FOUND" ...; "?" for a number that is none. */
const char *urgency_name(uint32_t urgency);
const char *category_name(uint32_t category);
const char *basis_name(uint32_t basis);
const char *ground_name(uint32_t ground);
const char *cause_name(uint32_t cause);
const char *release_name(uint32_t release);

#endif
