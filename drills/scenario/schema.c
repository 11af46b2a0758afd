/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/schema.h"

#include <stdint.h>
#include <string.h>

#define LISTED_MAX 5000 /* elements of a list */

/* What may stand there. */
#define OWN_NAME            .kind = VALUE_OWN_NAME
#define LINE(least, most)   .kind = VALUE_LINE, .min = (least), .max = (most)
#define PROSE(most)         .kind = VALUE_PROSE, .max = (most)
#define NAME                .kind = VALUE_NAME
#define UNIT_NAME           .kind = VALUE_UNIT_NAME
#define CODE                .kind = VALUE_CODE
#define NUMBER(least, most) .kind = VALUE_NUMBER, .min = (least), .max = (most)
#define SPAN                .kind = VALUE_SPAN
#define WORKSPAN            .kind = VALUE_WORKSPAN
#define CHANCE              .kind = VALUE_CHANCE, .max = SCENARIO_MILLION
#define RATIO               .kind = VALUE_RATIO, .max = 10 * SCENARIO_MILLION
#define FLAG                .kind = VALUE_FLAG
#define WORD(list)          .kind = VALUE_WORD, .words = WORDS_##list
#define WORDS(list)         .kind = VALUE_WORDS, .words = WORDS_##list
#define ONE_OF(list)        .kind = VALUE_ONE_OF, .words = WORDS_##list
#define INSTANT             .kind = VALUE_INSTANT
#define MOMENT              .kind = VALUE_MOMENT
#define ANYTIME             .kind = VALUE_ANYTIME
#define BY                  .kind = VALUE_BY
#define DATE                .kind = VALUE_DATE
#define DATES               .kind = VALUE_DATES, .max = CALENDAR_HOLIDAYS_MAX
#define ZONE                .kind = VALUE_ZONE
#define DAYS                .kind = VALUE_DAYS
#define WEEKDAYS            .kind = VALUE_WEEKDAYS
#define DAYTIME             .kind = VALUE_DAYTIME
#define DAYTIMES            .kind = VALUE_DAYTIMES, .max = 24
#define DAYSPAN             .kind = VALUE_DAYSPAN
#define DESK_HOURS          .kind = VALUE_DESK_HOURS, .section = SECTION_HOURS, .max = 50
#define PEOPLE              .kind = VALUE_PEOPLE, .section = SECTION_STAFF, .max = 50
#define RATE                .kind = VALUE_RATE
#define POSITION            .kind = VALUE_POSITION
#define TABLES              .kind = VALUE_TABLES
#define QUANTILES           .kind = VALUE_QUANTILES
#define SERVICE             .kind = VALUE_SERVICE
#define CONDITION           .kind = VALUE_CONDITION
#define LINES(most)         .kind = VALUE_LINES, .max = (most)
#define JSON                .kind = VALUE_JSON
#define REF(id)             .kind = VALUE_REF, .section = SECTION_##id
#define REFS(id)            .kind = VALUE_REFS, .section = SECTION_##id, .max = LISTED_MAX
#define PARTY               .kind = VALUE_PARTY
#define PARTIES             .kind = VALUE_PARTIES
#define ONE(id)             .kind = VALUE_ONE, .section = SECTION_##id
#define LIST(id)            .kind = VALUE_LIST, .section = SECTION_##id, .max = LISTED_MAX
#define LIST_OF(id, most)   .kind = VALUE_LIST, .section = SECTION_##id, .max = (most)
#define MAP(id)             .kind = VALUE_MAP, .section = SECTION_##id

/* Whether it has to. */
#define MAY                        .needed = false
#define NEEDED                     .needed = true
#define INITIALLY(text)            .initial = (text)
#define FOR(kinds)                 .only = (kinds)
#define NEEDED_FOR(kinds)          .only = (kinds), .needed = true
#define FOR_INITIALLY(kinds, text) .only = (kinds), .initial = (text)
#define IS(kind)                   (1U << SCENARIO_INJECT_##kind)
#define FAULT_IS(kind)             (1U << SCENARIO_FAULT_##kind)
#define OUTSIDE                    (IS(PHONE) | IS(MAIL) | IS(PAPER) | IS(COURIER))

/* One array for each section: the KEYs that follow it. */
#define SECTION(id, type, ...) typedef type type_of_##id;
#define KEY(...)
#include "drills/scenario/keys.def"
#undef SECTION
#undef KEY

#define SECTION(...)
#define KEY(id, member, name, what, need, says, shown)                                                       \
    {.word = (name),                                                                                         \
     what,                                                                                                   \
     need,                                                                                                   \
     .offset = offsetof(type_of_##id, member),                                                               \
     .about = (says),                                                                                        \
     .example = (shown)},

static const struct schema_key keys[] = {
#include "drills/scenario/keys.def"
};
#undef SECTION
#undef KEY

/* Where the keys of each section begin, counted by the compiler: a key has the number of its line. */
#define JOIN_(a, b)      a##b
#define JOIN(a, b)       JOIN_(a, b)
#define SECTION(id, ...) FIRST_##id, BEFORE_##id = FIRST_##id - 1,
#define KEY(id, ...)     JOIN(KEY_##id##_, __LINE__),
enum {
#include "drills/scenario/keys.def"
    KEYS
};
#undef SECTION
#undef KEY
_Static_assert(KEYS == sizeof keys / sizeof keys[0], "each key has a line of its own");

#define SECTION(id, ...) FIRST_##id,
#define KEY(...)
static const size_t firsts[SECTIONS + 1] = {
#include "drills/scenario/keys.def"
    KEYS,
};
#undef SECTION

#define OFFSETS(place, kind, given, name)                                                                    \
    .place_offset = (place), .kind_offset = (kind), .given_offset = (given), .name_offset = (name)
#define PLAIN              OFFSETS(NO_OFFSET, NO_OFFSET, NO_OFFSET, NO_OFFSET)
#define PLACED(type)       OFFSETS(offsetof(type, place), NO_OFFSET, NO_OFFSET, NO_OFFSET)
#define GIVEN(type)        OFFSETS(NO_OFFSET, NO_OFFSET, offsetof(type, given), NO_OFFSET)
#define NAMED(type, named) OFFSETS(offsetof(type, place), NO_OFFSET, NO_OFFSET, offsetof(type, named))
#define KINDS(type, named)                                                                                   \
    OFFSETS(offsetof(type, place), offsetof(type, kind), NO_OFFSET, offsetof(type, named))
#define SECTION(id, type, traits, heading, says)                                                             \
    [SECTION_##id] = {.title = (heading), .about = (says), .bytes = sizeof(type), traits},
static const struct schema_section sections[SECTIONS] = {
#include "drills/scenario/keys.def"
};
#undef SECTION
#undef KEY

const struct schema_section *schema_section(enum section_id id)
{
    return &sections[id];
}

const struct schema_key *schema_keys(enum section_id id, size_t *ret_count)
{
    *ret_count = firsts[id + 1] - firsts[id];
    return &keys[firsts[id]];
}

bool schema_needs(enum section_id id)
{
    size_t count = 0;
    const struct schema_key *list = schema_keys(id, &count);
    for (size_t i = 0; i < count; i++) {
        if (list[i].needed) {
            return true;
        }
    }
    return false;
}

static const char *const forms[] = {
    [VALUE_OWN_NAME] = N_("its name: small letters, digits and dashes"),
    [VALUE_LINE] = N_("one line"),
    [VALUE_PROSE] = N_("a text"),
    [VALUE_NAME] = N_("a name: small letters, digits and dashes"),
    [VALUE_UNIT_NAME] = N_("a name: small letters, digits and dashes, at most 28"),
    [VALUE_CODE] = N_("two capital letters"),
    [VALUE_NUMBER] = N_("a number"),
    [VALUE_SPAN] = N_("a span such as 90s, 15m, 4h, 3d, 1d 12h"),
    [VALUE_WORKSPAN] = N_("a span such as 90s, 15m, 4h, 3d, 2wd"),
    [VALUE_CHANCE] = N_("a chance such as 30 % or 1 in 300"),
    [VALUE_RATIO] = N_("a ratio such as 150 %, at most 1000 %"),
    [VALUE_FLAG] = N_("yes or no"),
    [VALUE_WORD] = N_("a word"),
    [VALUE_WORDS] = N_("a list of words"),
    [VALUE_ONE_OF] = N_("a word"),
    [VALUE_INSTANT] = N_("a time with its zone such as 2026-11-19T18:00:00+06:00"),
    [VALUE_MOMENT] = N_("a time such as 2026-11-19T18:00:00Z, or day 3 09:00 XB"),
    [VALUE_ANYTIME] = N_("a time such as 2026-11-19T18:00:00Z, or day 3 09:00 XB, also outside of the clock"),
    [VALUE_BY] = N_("a time such as day 3 09:00 XB, or a span such as 8h, 2wd"),
    [VALUE_DATE] = N_("a date such as 2026-12-25"),
    [VALUE_DATES] = N_("a list of dates such as [2026-12-25, 2027-01-01]"),
    [VALUE_ZONE] = N_("a time zone of tzdata such as Asia/Dhaka"),
    [VALUE_DAYS] = N_("every, work, off, or days such as mon-fri, sat, holiday"),
    [VALUE_WEEKDAYS] = N_("days such as mon-fri or sun-thu"),
    [VALUE_DAYTIME] = N_("a time of day such as 09:00"),
    [VALUE_DAYTIMES] = N_("a list of times of day such as [06:00, 14:00, 22:00]"),
    [VALUE_DAYSPAN] = N_("hours such as 09:00-17:00"),
    [VALUE_DESK_HOURS] = N_("24/7, office, or a list of {days, from, to}"),
    [VALUE_PEOPLE] = N_("a number, or a list of {days, from, to, people}"),
    [VALUE_RATE] = N_("a rate such as 64 kbit/s, 2 Mbit/s"),
    [VALUE_POSITION] = N_("degrees north and east such as [38.72, -9.14]"),
    [VALUE_TABLES] = N_("a map of tables such as {p0: 2m, p50: 15m, p90: 75m, p100: 6h}"),
    [VALUE_QUANTILES] =
        N_("the name of a table under times, or a table such as {p0: 2m, p50: 15m, p100: 6h}"),
    [VALUE_SERVICE] = N_("the name of a table, a table, or {emergency: ..., urgent: ..., routine: ...}"),
    [VALUE_CONDITION] = N_("hold of INJECT expires within SPAN, or open cases of STATE above NUMBER"),
    [VALUE_LINES] = N_("a list of lines"),
    [VALUE_JSON] = N_("a map of members"),
    [VALUE_REF] = N_("a name"),
    [VALUE_REFS] = N_("a list of names"),
    [VALUE_PARTY] = N_("the address of a party such as XB/poc"),
    [VALUE_PARTIES] = N_("a list of parties such as [XB/poc]; a code alone is all of a State"),
    [VALUE_ONE] = N_("a map"),
    [VALUE_LIST] = N_("a list of maps"),
    [VALUE_MAP] = N_("a map of maps by name"),
};

#define WORDS_SHOWN 9 /* a longer list is named */

/* "a word: own, prosecutor, court", "a word of the list of events" */
static const char *words_text(const struct schema_key *key, const char *form, const struct catalogue *words,
                              struct arena *arena)
{
    const char *text = form;
    size_t count = 0;
    while (schema_word(key->words, count + 1) != NULL) {
        count++;
    }
    if (count > WORDS_SHOWN) {
        return arena_format(arena, say(words, N_("%s of the list \"%s\"")), form,
                            say(words, schema_list_title(key->words)));
    }
    for (size_t i = 1; text != NULL && i <= count; i++) {
        text = arena_format(arena, "%s%s%s", text, i == 1 ? ": " : ", ", schema_word(key->words, i));
    }
    return text;
}

const char *schema_form_text(const struct schema_key *key, const struct catalogue *words, struct arena *arena)
{
    const char *form = say(words, forms[key->kind]);
    if (key->kind == VALUE_NUMBER) {
        return key->max == INT64_MAX
                   ? form
                   : arena_format(arena, say(words, N_("%s from %llu to %llu")), form,
                                  (unsigned long long)key->min, (unsigned long long)key->max);
    }
    if (key->kind == VALUE_LINE || key->kind == VALUE_PROSE || key->kind == VALUE_LINES) {
        return arena_format(arena, say(words, N_("%s of at most %llu bytes")), form,
                            (unsigned long long)key->max);
    }
    if (key->kind == VALUE_CHANCE) {
        return arena_format(arena, say(words, N_("%s, at most 100 %%")), form);
    }
    if (key->words != WORDS_NONE) {
        return words_text(key, form, words, arena);
    }
    if (key->kind == VALUE_REF || key->kind == VALUE_REFS) {
        return arena_format(arena, say(words, N_("%s under %s")), form, sections[key->section].title);
    }
    if (key->kind == VALUE_ONE || key->kind == VALUE_LIST || key->kind == VALUE_MAP) {
        return arena_format(arena, say(words, N_("%s, see %s")), form, sections[key->section].title);
    }
    return form;
}

const char *schema_kinds(enum section_id id, const struct schema_key *key, struct arena *arena)
{
    enum word_list list = id == SECTION_INJECT ? WORDS_INJECT : WORDS_FAULT;
    const char *text = "";
    for (size_t i = 1; text != NULL && key->only != 0 && schema_word(list, i) != NULL; i++) {
        if ((key->only >> i & 1) != 0) {
            text = arena_format(arena, "%s%s%s", text, *text == '\0' ? "" : ", ", schema_word(list, i));
        }
    }
    return text;
}
