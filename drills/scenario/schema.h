/* SPDX-License-Identifier: Apache-2.0 */
/* The table of all keys of a scenario (keys.def): reader, messages, help and documentation are made from it. */
#ifndef COMITY_DRILLS_SCENARIO_SCHEMA_H
#define COMITY_DRILLS_SCENARIO_SCHEMA_H

#include "drills/scenario/scenario.h"

enum value_kind {
    VALUE_OWN_NAME,   /* const char *: the key of the map that it is in */
    VALUE_LINE,       /* const char *: min..max bytes on one line */
    VALUE_PROSE,      /* const char *: at most max bytes */
    VALUE_NAME,       /* const char *: how it is called in this file */
    VALUE_UNIT_NAME,  /* const char *: the second part of an address */
    VALUE_CODE,       /* const char * */
    VALUE_NUMBER,     /* uint64_t, min..max */
    VALUE_SPAN,       /* uint64_t, ms */
    VALUE_WORKSPAN,   /* struct scenario_span */
    VALUE_CHANCE,     /* uint32_t, at most a million */
    VALUE_RATIO,      /* uint32_t, at most ten millions */
    VALUE_FLAG,       /* bool */
    VALUE_WORD,       /* enum of words.def */
    VALUE_WORDS,      /* uint64_t: a bit each */
    VALUE_ONE_OF,     /* const char * of the table */
    VALUE_INSTANT,    /* uint64_t: RFC 3339 */
    VALUE_MOMENT,     /* uint64_t: that, or "day 3 09:00 XB"; within the clock */
    VALUE_ANYTIME,    /* the same, also outside of the clock */
    VALUE_BY,         /* struct scenario_by */
    VALUE_DATE,       /* int32_t */
    VALUE_DATES,      /* list of int32_t */
    VALUE_ZONE,       /* struct scenario_zone */
    VALUE_DAYS,       /* uint32_t */
    VALUE_WEEKDAYS,   /* uint8_t */
    VALUE_DAYTIME,    /* uint16_t, minutes */
    VALUE_DAYTIMES,   /* list of uint16_t */
    VALUE_DAYSPAN,    /* struct day_span */
    VALUE_DESK_HOURS, /* list of struct scenario_hours */
    VALUE_PEOPLE,     /* struct scenario_people */
    VALUE_RATE,       /* uint64_t, bytes a second */
    VALUE_POSITION,   /* struct scenario_position */
    VALUE_TABLES,     /* list of struct scenario_quantiles */
    VALUE_QUANTILES,  /* const struct scenario_quantiles * */
    VALUE_SERVICE,    /* struct scenario_service */
    VALUE_CONDITION,  /* struct scenario_condition */
    VALUE_LINES,      /* list of const char *, each at most max bytes */
    VALUE_JSON,       /* const char *: an object */
    VALUE_REF,        /* const struct * of a section */
    VALUE_REFS,       /* list of such */
    VALUE_PARTY,      /* const struct scenario_unit * */
    VALUE_PARTIES,    /* list of such */
    VALUE_ONE,        /* a section within */
    VALUE_LIST,       /* list of a section */
    VALUE_MAP,        /* list of a section, by name */
};

#define SECTION(id, ...) SECTION_##id,
#define KEY(...)
enum section_id {
#include "drills/scenario/keys.def"
    SECTIONS
};
#undef SECTION
#undef KEY

/* Lists of words. */
enum word_list {
    WORDS_NONE,
    WORDS_CLASSIFICATION,
    WORDS_CLASS,
    WORDS_ROLE,
    WORDS_POWER,
    WORDS_DATA,
    WORDS_IDENTIFIER,
    WORDS_INJECT,
    WORDS_CARRIES,
    WORDS_DECISION,
    WORDS_FORGERY,
    WORDS_FAULT,
    WORDS_SIDE,
    WORDS_MEASURE,
    WORDS_EVENT,
    WORDS_GROUNDS,
    WORDS_REQUESTS,
    WORDS_LETTERS,
    WORD_LISTS
};
/* The word with that number, from 1; NULL after the last. What it means: may be "". */
const char *schema_word(enum word_list, size_t index);
const char *schema_meaning(enum word_list, size_t index);
const char *schema_list_title(enum word_list);

struct schema_key {
    const char *word; /* "" for VALUE_OWN_NAME */
    enum value_kind kind;
    uint64_t min, max;
    enum section_id section; /* of ONE, LIST, MAP, REF, REFS */
    enum word_list words;
    bool needed;
    const char *initial; /* as it would stand in the file; NULL: none */
    uint32_t only;       /* bit 1 << kind of the section's `kind`; 0: all */
    size_t offset;
    const char *about, *example;
};

#define NO_OFFSET SIZE_MAX
struct schema_section {
    const char *title, *about;
    size_t bytes;
    size_t place_offset; /* struct scenario_place; NO_OFFSET: it keeps none */
    size_t kind_offset;  /* an enum that `only` goes by */
    size_t given_offset; /* bool that says that something stands there */
    size_t name_offset;  /* const char * that others name it by */
};
const struct schema_section *schema_section(enum section_id);
const struct schema_key *schema_keys(enum section_id, size_t *ret_count);
/* Whether it has a key that has to be there. */
bool schema_needs(enum section_id);

/* What may stand there, in the language: "a span such as 90s, 15m, 4h, 3d". NULL: the arena is exhausted. */
const char *schema_form_text(const struct schema_key *, const struct catalogue *, struct arena *);
/* With which kinds of inject or fault, in words; "" for all. NULL: the arena is exhausted. */
const char *schema_kinds(enum section_id, const struct schema_key *, struct arena *);

/* A small scenario that is taken as it stands. */
extern const char schema_example[];
/* docs/drills/scenario.md, from the tables. NULL: the arena is exhausted. */
const char *schema_page(struct arena *);

#endif
