/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a party publishes of how it works (docs/protocol.md 9.5): calendar, terms, consent to pings, offices. The grammar as
 * tables, and what holds where nothing is published.
 */
#include "keys/roster_terms.h"

#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"

#define QUIET_MAX        16
#define MINUTES_A_DAY    1440
#define HOLD_DAYS_LEAST  60 /* modelled on art. 42(8) */
#define HOLD_DAYS_MOST   36500
#define EXTENSIONS_MOST  1000
#define LEAD_DAYS        10
#define LEAD_DAYS_MOST   365
#define PINGS_A_YEAR     12
#define PINGS_MOST       366
#define ANSWER_HOURS     24
#define ANSWER_MOST      336
#define SIGNERS_MOST     3
#define MONDAY_TO_FRIDAY 0x3e

static const char *const office_words[] = {
    [OFFICE_NONE] = "",
    [OFFICE_DUTY] = "duty",
    [OFFICE_DEPUTY] = "deputy",
    [OFFICE_HEAD] = "head",
    [OFFICE_REGISTRY] = "registry",
    [OFFICE_LAWYER] = "lawyer",
    [OFFICE_TRANSLATOR] = "translator",
    [OFFICE_ADMINISTRATOR] = "administrator",
};
#define OFFICES (sizeof office_words / sizeof office_words[0])

const char *office_name(enum office office)
{
    ensure((size_t)office < OFFICES);
    return office_words[office];
}

/* --- what holds where nothing is published --- */

static const struct calendar_entry no_calendar = {.week = MONDAY_TO_FRIDAY};
static const struct terms no_terms = {
    .languages = {field_no_texts, field_no_texts, field_no_texts},
    .insists = field_no_texts,
    .hold_days_max = TERMS_UNSAID,
    .hold_extensions = TERMS_UNSAID,
    .lead_days = LEAD_DAYS,
    .formats = field_no_texts,
    .channels = field_no_texts,
    .text = "",
};
static const struct ping_consent no_consent = {.per_year = PINGS_A_YEAR, .answer_hours = ANSWER_HOURS};

bool party_has_node(const struct party *party)
{
    bool has = false;
    for (size_t i = 0; i < party->key_count; i++) {
        has = has || party->keys[i].role == ROLE_LINK;
    }
    return has;
}

const struct calendar_entry *party_calendar(const struct party *party)
{
    return party->calendar == NULL ? &no_calendar : party->calendar;
}

const struct terms *party_terms(const struct party *party)
{
    return party->terms == NULL ? &no_terms : party->terms;
}

const struct ping_consent *party_ping(const struct party *party)
{
    return party->ping == NULL ? &no_consent : party->ping;
}

unsigned terms_signatures(const struct terms *terms, const char *letter)
{
    for (size_t i = 0; i < terms->signatures_count; i++) {
        if (strcmp(terms->signatures[i].letter, letter) == 0) {
            return (unsigned)terms->signatures[i].count;
        }
    }
    return 0;
}

static const struct address *named_for(const struct terms *terms, const char *article)
{
    for (size_t i = 0; i < terms->authority_count; i++) {
        if (strcmp(terms->authorities[i].article, article) == 0) {
            return &terms->authorities[i].party;
        }
    }
    return NULL;
}

const struct address *terms_authority(const struct terms *terms, const char *article)
{
    static const char *const measures[] = {"44", "45", "46", "50", NULL};
    const struct address *named = named_for(terms, article);
    return named == NULL && text_is_one_of(article, measures) ? named_for(terms, "40") : named;
}

/* --- words, hours, dates --- */

void roster_read_office(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                        void *into)
{
    (void)m;
    for (size_t i = OFFICE_DUTY; i < OFFICES; i++) {
        if (json_is_string(json) && strcmp(json_string_value(json), office_words[i]) == 0) {
            *(enum office *)into = (enum office)i;
            return;
        }
    }
    field_fail(r, place, "not duty, deputy, head, registry, lawyer, translator or administrator");
}

static bool digits(const char *text, unsigned *ret)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') {
        return false;
    }
    *ret = (unsigned)(text[0] - '0') * 10 + (unsigned)(text[1] - '0');
    return true;
}

/* HH:MM, until 24:00 */
static bool read_minute(const char *text, uint16_t *ret)
{
    unsigned hour = 0;
    unsigned minute = 0;
    if (!digits(text, &hour) || text[2] != ':' || !digits(text + 3, &minute) || minute > 59 ||
        hour * 60 + minute > MINUTES_A_DAY) {
        return false;
    }
    *ret = (uint16_t)(hour * 60 + minute);
    return true;
}

static void read_span(struct reader *r, const struct place *place, json_t *json, struct day_span *ret)
{
    const char *text = json_string_value(json);
    struct day_span span = {0, 0};
    if (text == NULL || json_string_length(json) != strlen("HH:MM-HH:MM") || text[5] != '-' ||
        !read_minute(text, &span.from_min) || !read_minute(text + 6, &span.until_min) ||
        span.from_min == MINUTES_A_DAY || span.until_min == 0) {
        field_fail(r, place, "not HH:MM-HH:MM within 00:00 and 24:00, such as 08:30-17:00");
    } else if (span.from_min == span.until_min) {
        field_fail(r, place, "begins and ends at one time; all day is 00:00-24:00");
    } else {
        *ret = span;
    }
}

static void read_hours(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                       void *into)
{
    (void)m;
    read_span(r, place, json, into);
}

static void read_week(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    static const char *const days[] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};
    const char *const *words = NULL;
    uint8_t week = 0;
    field_texts(r, place, json, m, &words);
    for (size_t i = 0; r->outcome == ROSTER_OK && words[i] != NULL; i++) {
        const struct place here = {.above = place, .index = i};
        unsigned day = 0;
        while (day < 7 && strcmp(words[i], days[day]) != 0) {
            day++;
        }
        if (day == 7) {
            field_fail(r, &here, "not mon, tue, wed, thu, fri, sat or sun");
        } else if ((week >> day & 1) != 0) {
            field_fail(r, &here, "%s is named twice", days[day]);
        }
        week = (uint8_t)(week | 1U << day);
    }
    if (r->outcome == ROSTER_OK && week == 0) {
        field_fail(r, place, "names no working day");
    }
    *(uint8_t *)into = week;
}

static void read_date(struct reader *r, const struct place *place, json_t *json, void *element)
{
    int64_t ms = 0;
    if (!json_is_string(json) || !instant_read_date(field_string(json), &ms)) {
        field_fail(r, place, "not a date YYYY-MM-DD");
        return;
    }
    *(int32_t *)element = (int32_t)(ms / (int64_t)MS_PER_DAY);
}

static void read_holidays(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                          void *into)
{
    struct calendar_entry *calendar = into;
    (void)m;
    if (json_array_size(json) > CALENDAR_HOLIDAYS_MAX) {
        field_fail(r, place, "more than %d dates", CALENDAR_HOLIDAYS_MAX);
        return;
    }
    calendar->holidays = field_array(r, place, json, sizeof(int32_t), read_date, &calendar->holiday_count);
    for (size_t i = 1; r->outcome == ROSTER_OK && i < calendar->holiday_count; i++) {
        if (calendar->holidays[i] <= calendar->holidays[i - 1]) {
            field_fail(r, &(struct place){.above = place, .index = i}, "not after the date before it");
        }
    }
}

void roster_read_calendar(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                          void *into)
{
    static const struct member members[] = {
        {"week", read_week, offsetof(struct calendar_entry, week), 0, 0, OPTIONAL},
        {"hours", read_hours, offsetof(struct calendar_entry, hours), 0, 0, OPTIONAL},
        {"on_call", read_hours, offsetof(struct calendar_entry, on_call), 0, 0, OPTIONAL},
        {"holidays", read_holidays, 0, 0, 0, OPTIONAL},
    };
    struct calendar_entry *calendar = field_take(r, 1, sizeof *calendar);
    (void)m;
    if (calendar != NULL) {
        *calendar = no_calendar;
        FIELD_OBJECT(r, place, json, members, calendar);
        *(const struct calendar_entry **)into = calendar;
    }
}

/* --- terms --- */

static void read_languages(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                           void *into)
{
    static const struct member members[] = {
        {"holds", field_texts, offsetof(struct terms, languages[TERMS_HOLDS]), 0, 0, OPTIONAL},
        {"assistance", field_texts, offsetof(struct terms, languages[TERMS_ASSISTANCE]), 0, 0, OPTIONAL},
        {"urgent", field_texts, offsetof(struct terms, languages[TERMS_URGENT]), 0, 0, OPTIONAL},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

static void read_insists(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                         void *into)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.";
    field_texts(r, place, json, m, into);
    const char *const *paths = *(const char *const **)into;
    for (size_t i = 0; r->outcome == ROSTER_OK && paths[i] != NULL; i++) {
        if (strspn(paths[i], allowed) != strlen(paths[i])) {
            field_fail(r, &(struct place){.above = place, .index = i},
                       "not a path in a letter such as items.identifiers.port");
        }
    }
}

static void read_dual_criminality(struct reader *r, const struct place *place, json_t *json,
                                  const struct member *m, void *into)
{
    static const struct member members[] = {
        {"holds", field_bool, offsetof(struct terms, dual_holds), 0, 0, OPTIONAL},
        {"assistance", field_bool, offsetof(struct terms, dual_assistance), 0, 0, OPTIONAL},
        {"reservation_29_4", field_bool, offsetof(struct terms, reservation_29_4), 0, 0, OPTIONAL},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

static void read_hold(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    static const struct member members[] = {
        {"days_max", field_integer, offsetof(struct terms, hold_days_max), HOLD_DAYS_LEAST, HOLD_DAYS_MOST,
         OPTIONAL},
        {"extensions", field_integer, offsetof(struct terms, hold_extensions), 0, EXTENSIONS_MOST, OPTIONAL},
        {"lead_days", field_integer, offsetof(struct terms, lead_days), 1, LEAD_DAYS_MOST, OPTIONAL},
    };
    (void)m;
    FIELD_OBJECT(r, place, json, members, into);
}

/* An object whose members are named by what they are about: each value into an element, its name into its first member. */
static void *read_named(struct reader *r, const struct place *place, json_t *json, size_t size,
                        void (*read)(struct reader *, const struct place *, json_t *, void *element),
                        size_t *ret_count)
{
    const char *name = NULL;
    json_t *value = NULL;
    if (!json_is_object(json)) {
        field_fail(r, place, "not an object");
        return NULL;
    }
    char *elements = field_take(r, json_object_size(json), size);
    json_object_foreach(json, name, value)
    {
        const struct place here = {.above = place, .member = field_quiet(r, name)};
        if (r->outcome == ROSTER_OK) {
            *(const char **)(void *)(elements + *ret_count * size) = here.member;
            read(r, &here, value, elements + *ret_count * size);
            ++*ret_count;
        }
    }
    return elements;
}

static void read_authority(struct reader *r, const struct place *place, json_t *json, void *element)
{
    struct term_authority *authority = element;
    size_t length = strlen(place->member);
    if (length < 1 || length > 3 || strspn(place->member, "0123456789") != length) {
        field_fail(r, place, "not the number of an article such as 42");
    } else if (!json_is_string(json) || !address_read(field_string(json), &authority->party)) {
        field_fail(r, place, "not an address like XA/poc");
    }
}

static void read_authorities(struct reader *r, const struct place *place, json_t *json,
                             const struct member *m, void *into)
{
    struct terms *terms = into;
    (void)m;
    terms->authorities =
        read_named(r, place, json, sizeof *terms->authorities, read_authority, &terms->authority_count);
}

static void read_signature_count(struct reader *r, const struct place *place, json_t *json, void *element)
{
    static const struct member range = {.min = 1, .max = SIGNERS_MOST};
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_";
    if (place->member[0] == '\0' || strspn(place->member, allowed) != strlen(place->member)) {
        field_fail(r, place, "not the name of a letter such as REFUSED");
        return;
    }
    field_integer(r, place, json, &range, &((struct term_signatures *)element)->count);
}

static void read_signatures(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                            void *into)
{
    struct terms *terms = into;
    (void)m;
    terms->signatures =
        read_named(r, place, json, sizeof *terms->signatures, read_signature_count, &terms->signatures_count);
}

void roster_read_terms(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                       void *into)
{
    static const struct member members[] = {
        {"languages", read_languages, 0, 0, 0, OPTIONAL},
        {"insists", read_insists, offsetof(struct terms, insists), 0, 0, OPTIONAL},
        {"dual_criminality", read_dual_criminality, 0, 0, 0, OPTIONAL},
        {"hold", read_hold, 0, 0, 0, OPTIONAL},
        {"formats", field_texts, offsetof(struct terms, formats), 0, 0, OPTIONAL},
        {"channels", field_texts, offsetof(struct terms, channels), 0, 0, OPTIONAL},
        {"authorities", read_authorities, 0, 0, 0, OPTIONAL},
        {"signatures", read_signatures, 0, 0, 0, OPTIONAL},
        {"share_opened", field_bool, offsetof(struct terms, share_opened), 0, 0, OPTIONAL},
        {"text", field_text, offsetof(struct terms, text), 0, 0, OPTIONAL},
    };
    struct terms *terms = field_take(r, 1, sizeof *terms);
    (void)m;
    if (terms != NULL) {
        *terms = no_terms;
        FIELD_OBJECT(r, place, json, members, terms);
        *(const struct terms **)into = terms;
    }
}

/* --- pings --- */

static void read_quiet_span(struct reader *r, const struct place *place, json_t *json, void *element)
{
    read_span(r, place, json, element);
}

static void read_quiet(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                       void *into)
{
    struct ping_consent *ping = into;
    (void)m;
    if (json_array_size(json) > QUIET_MAX) {
        field_fail(r, place, "more than %d stretches", QUIET_MAX);
        return;
    }
    ping->quiet = field_array(r, place, json, sizeof *ping->quiet, read_quiet_span, &ping->quiet_count);
}

void roster_read_ping(struct reader *r, const struct place *place, json_t *json, const struct member *m,
                      void *into)
{
    static const struct member members[] = {
        {"consent", field_bool, offsetof(struct ping_consent, given), 0, 0, REQUIRED},
        {"quiet", read_quiet, 0, 0, 0, OPTIONAL},
        {"per_year", field_integer, offsetof(struct ping_consent, per_year), 1, PINGS_MOST, OPTIONAL},
        {"answer_hours", field_integer, offsetof(struct ping_consent, answer_hours), 1, ANSWER_MOST,
         OPTIONAL},
    };
    struct ping_consent *ping = field_take(r, 1, sizeof *ping);
    (void)m;
    if (ping != NULL) {
        *ping = no_consent;
        FIELD_OBJECT(r, place, json, members, ping);
        *(const struct ping_consent **)into = ping;
    }
}

/* --- officers --- */

void roster_check_officer(struct reader *r, const struct place *place, struct roster_key *key)
{
    static const char *const words[] = {"sign", "decide", "read", NULL};
    const struct place mandate = {.above = place, .member = "mandate"};
    bool placed = key->office != OFFICE_NONE && key->number[0] != '\0';
    if (r->format < 2 || r->outcome != ROSTER_OK) {
        key->shown = key->name;
        return;
    }
    for (size_t i = 0; key->mandate[i] != NULL; i++) {
        if (!text_is_one_of(key->mandate[i], words)) {
            field_fail(r, &(struct place){.above = &mandate, .index = i}, "not sign, decide or read");
        }
    }
    if (text_is_one_of("decide", key->mandate) && !text_is_one_of("sign", key->mandate)) {
        field_fail(r, &mandate, "decide without sign: who decides signs the decision");
    }
    if (key->name[0] == '\0' && !placed) {
        field_fail(r, place, "has neither a name nor an office with a number");
    }
    key->shown = placed ? arena_format(r->arena, "%s %s", office_name(key->office), key->number) : key->name;
    if (key->shown == NULL) {
        field_fail_memory(r);
    }
}
