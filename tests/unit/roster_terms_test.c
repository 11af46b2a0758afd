/* SPDX-License-Identifier: Apache-2.0 */
/* Format 2 of the roster: what parties publish of how they work, read, written again, and refused where it is wrong. */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/text.h"
#include "tests/support/roster_fixture.h"

#define SCRATCH_BYTES ((size_t)64 * 1024 * 1024)

/* Of XA/poc. */
#define CALENDAR                                                                                             \
    "{\"week\": [\"sun\", \"mon\", \"tue\", \"wed\", \"thu\"], \"hours\": \"08:30-17:00\","                  \
    " \"on_call\": \"17:00-08:30\", \"holidays\": [\"2026-02-17\", \"2026-12-25\"]}"
#define TERMS                                                                                                \
    "{\"languages\": {\"holds\": [\"vi\", \"en\"], \"assistance\": [\"vi\"]},"                               \
    " \"insists\": [\"items.identifiers.port\"], \"dual_criminality\": {\"assistance\": true},"              \
    " \"hold\": {\"days_max\": 90, \"extensions\": 3, \"lead_days\": 14}, \"formats\": [\"pdf\"],"           \
    " \"channels\": [\"network\", \"paper\"], \"authorities\": {\"42\": \"XA/poc\"},"                        \
    " \"signatures\": {\"REFUSED\": 3, \"HELD\": 2}, \"share_opened\": true, \"text\": \"Call first.\"}"
#define PING                                                                                                 \
    "{\"consent\": true, \"quiet\": [\"22:00-06:00\", \"12:00-13:00\"], \"per_year\": 4, \"answer_hours\": " \
    "12}"
#define OFFICER "\"office\": \"duty\", \"number\": \"12\", \"mandate\": [\"sign\", \"decide\"]"

struct bench {
    struct slab *slab;
    struct fixture *f;
    struct arena *scratch;
    const char *text; /* the fixture's version 1 in format 2, with all of the above */
};

/* text with the first find replaced. */
static const char *edited(struct bench *b, const char *text, const char *find, const char *replace)
{
    const char *at = strstr(text, find);
    if (at == NULL) {
        fail_msg("there is no %s", find);
    }
    char *copy = arena_format(b->scratch, "%.*s%s%s", (int)(at - text), text, replace, at + strlen(find));
    assert_non_null(copy);
    return copy;
}

static int bench_up(void **state)
{
    static struct bench b;
    b.slab = slab_new(FIXTURE_SLAB_CELLS, NULL);
    assert_non_null(b.slab);
    b.f = fixture_new(b.slab);
    b.scratch = arena_new(SCRATCH_BYTES);
    const char *text = (const char *)b.f->json.data;
    text = edited(&b, text, "\"zone\": \"Asia/Ho_Chi_Minh\"",
                  "\"zone\": \"Asia/Ho_Chi_Minh\", \"calendar\": " CALENDAR ", \"terms\": " TERMS
                  ", \"ping\": " PING);
    text = edited(&b, text, "\"opened\": true", "\"opened\": false");
    text = edited(&b, text, "\"hours\": \"24/7\"",
                  "\"hours\": \"24/7\", \"office\": \"duty\", \"verified_at\": \"2026-05-01T08:00:00Z\","
                  " \"verified_by\": \"XA/poc head\"");
    const char *officer = strstr(text, "\"name\": \"duty\"");
    const char *mandate = strstr(text, "\"mandate\": [");
    const char *end = strchr(mandate, ']');
    assert_true(mandate < officer);
    text = arena_format(b.scratch, "%.*s" OFFICER "%s", (int)(mandate - text), text, end + 1);
    text = edited(&b, text, "\"name\": \"duty\",", "");
    b.text = text;
    *state = &b;
    return 0;
}

static int bench_down(void **state)
{
    struct bench *b = *state;
    arena_free(b->scratch);
    fixture_free(b->f);
    slab_free(b->slab);
    return 0;
}

static struct roster *read_good(const char *text)
{
    struct roster *roster = NULL;
    struct error error = {.text = ""};
    if (roster_read(bytes_of_text(text), &roster, &error) != ROSTER_OK) {
        fail_msg("%s", error.text);
    }
    return roster;
}

static int32_t day_of(const char *date)
{
    int64_t ms = 0;
    assert_true(instant_read_date(bytes_of_text(date), &ms));
    return (int32_t)(ms / (int64_t)MS_PER_DAY);
}

static void check_read(const struct roster *roster)
{
    const struct party *xa = roster_find(roster, "XA/poc");
    const struct calendar_entry *calendar = party_calendar(xa);
    const struct terms *terms = party_terms(xa);
    const struct ping_consent *ping = party_ping(xa);
    assert_int_equal(roster_format(roster), 2);
    assert_int_equal(calendar->week, 0x1f);
    assert_int_equal(calendar->hours.from_min, 510);
    assert_int_equal(calendar->hours.until_min, 1020);
    assert_int_equal(calendar->on_call.from_min, 1020);
    assert_int_equal(calendar->holiday_count, 2);
    assert_int_equal(calendar->holidays[0], day_of("2026-02-17"));
    assert_int_equal(calendar->holidays[1], day_of("2026-12-25"));
    assert_string_equal(terms->languages[TERMS_HOLDS][1], "en");
    assert_string_equal(terms->languages[TERMS_ASSISTANCE][0], "vi");
    assert_null(terms->languages[TERMS_URGENT][0]);
    assert_string_equal(terms->insists[0], "items.identifiers.port");
    assert_true(terms->dual_assistance && !terms->dual_holds && !terms->reservation_29_4);
    assert_int_equal(terms->hold_days_max, 90);
    assert_int_equal(terms->hold_extensions, 3);
    assert_int_equal(terms->lead_days, 14);
    assert_string_equal(terms->formats[0], "pdf");
    assert_string_equal(terms->channels[1], "paper");
    assert_string_equal(terms_authority(terms, "42")->text, "XA/poc");
    assert_null(terms_authority(terms, "40"));
    assert_int_equal(terms_signatures(terms, "REFUSED"), 3);
    assert_int_equal(terms_signatures(terms, "HELD"), 2);
    assert_int_equal(terms_signatures(terms, "ACK"), 0);
    assert_string_equal(terms->text, "Call first.");
    assert_true(ping->given);
    assert_int_equal(ping->quiet_count, 2);
    assert_int_equal(ping->per_year, 4);
    assert_int_equal(ping->answer_hours, 12);
    assert_true(xa->shares_opened); /* by its terms */
    assert_int_equal(xa->letters, 2);
    assert_int_equal(xa->contacts[0].office, OFFICE_DUTY);
    assert_string_equal(xa->contacts[0].verified_by, "XA/poc head");
    assert_int_equal(xa->contacts[0].verified_at_ms, UINT64_C(1777622400000));
    assert_string_equal(xa->keys[3].name, "");
    assert_string_equal(xa->keys[3].shown, "duty 12");
    assert_string_equal(xa->keys[3].mandate[1], "decide");
    assert_string_equal(xa->keys[4].shown, "head");
}

static void everything_is_read_as_it_was_written(void **state)
{
    struct bench *b = *state;
    struct roster *roster = read_good(b->text);
    check_read(roster);
    roster_free(roster);
}

static void all_of_it_survives_writing_and_reading(void **state)
{
    struct bench *b = *state;
    struct roster *roster = read_good(b->text);
    struct roster_draft draft;
    assert_true(roster_draft_after(roster, b->scratch, &draft));
    struct bytes json = roster_make(&draft, b->scratch);
    assert_non_null(json.data);
    struct roster *next = read_good((const char *)json.data);
    check_read(next);
    roster_free(next);
    roster_free(roster);
}

static void what_is_not_published_has_its_defaults(void **state)
{
    struct bench *b = *state;
    const struct party *xb = roster_find(b->f->roster, "XB/poc");
    assert_int_equal(roster_format(b->f->roster), 2);
    assert_true(xb->calendar == NULL && xb->terms == NULL && xb->ping == NULL);
    assert_int_equal(xb->letters, 2);
    assert_int_equal(party_calendar(xb)->week, 0x3e); /* Monday to Friday */
    assert_int_equal(party_calendar(xb)->holiday_count, 0);
    assert_false(day_span_given(party_calendar(xb)->hours));
    assert_null(party_terms(xb)->languages[TERMS_HOLDS][0]);
    assert_null(party_terms(xb)->insists[0]);
    assert_int_equal(party_terms(xb)->hold_days_max, TERMS_UNSAID);
    assert_int_equal(party_terms(xb)->lead_days, 10);
    assert_false(party_ping(xb)->given);
    assert_string_equal(xb->keys[3].shown, "duty");
}

static void an_empty_object_has_the_same_defaults(void **state)
{
    struct bench *b = *state;
    const char *text = edited(b, b->text, CALENDAR, "{}");
    text = edited(b, text, TERMS, "{}");
    text = edited(b, text, PING, "{\"consent\": true}");
    struct roster *roster = read_good(text);
    const struct party *xa = roster_find(roster, "XA/poc");
    assert_non_null(xa->calendar);
    assert_int_equal(xa->calendar->week, 0x3e);
    assert_int_equal(xa->terms->lead_days, 10);
    assert_int_equal(xa->terms->hold_extensions, TERMS_UNSAID);
    assert_int_equal(xa->ping->per_year, 12);
    assert_int_equal(xa->ping->answer_hours, 24);
    roster_free(roster);
}

/* Edits of the text of format 2; path: what the error begins with, NULL: it is good. */
static const struct {
    const char *find, *replace, *path;
} edits[] = {
    {"\"sun\", ", "", NULL},
    {"\"sun\", ", "\"Sun\", ", "parties[0].calendar.week[0]: not mon, tue"},
    {"\"sun\", ", "\"mon\", ", "parties[0].calendar.week[1]: mon is named twice"},
    {"[\"sun\", \"mon\", \"tue\", \"wed\", \"thu\"]", "[]", "parties[0].calendar.week: names no working day"},
    {"[\"sun\", \"mon\", \"tue\", \"wed\", \"thu\"]", "[\"fri\"]", NULL},
    {"\"week\": [\"sun\"", "\"weak\": [\"sun\"", "parties[0].calendar: has a member \"weak\" that format 2"},
    {"08:30-17:00", "00:00-24:00", NULL},
    {"08:30-17:00", "08:30-24:01", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "24:00-08:00", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "08:30-00:00", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "08:60-17:00", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "8:30-17:00", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "08.30-17.00", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00",
     "08:30\xe2\x80\x93"
     "17:00",
     "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"08:30-17:00", "17:00-17:00", "parties[0].calendar.hours: begins and ends at one time"},
    {"\"08:30-17:00\"", "830", "parties[0].calendar.hours: not HH:MM-HH:MM"},
    {"2026-02-17", "2026-02-29", "parties[0].calendar.holidays[0]: not a date"},
    {"2026-02-17", "2028-02-29", "parties[0].calendar.holidays[1]: not after the date before it"},
    {"2026-02-17", "2026-12-25", "parties[0].calendar.holidays[1]: not after the date before it"},
    {"\"2026-02-17\", \"2026-12-25\"", "", NULL},
    {"\"languages\": {\"holds\"", "\"languages\": {\"hold\"",
     "parties[0].terms.languages: has a member \"hold\""},
    {"[\"vi\", \"en\"]", "\"vi\"", "parties[0].terms.languages.holds: not an array"},
    {"items.identifiers.port", "items[0].port", "parties[0].terms.insists[0]: not a path in a letter"},
    {"\"assistance\": true", "\"assistance\": 1",
     "parties[0].terms.dual_criminality.assistance: not true or false"},
    {"\"days_max\": 90", "\"days_max\": 59", "parties[0].terms.hold.days_max: not within 60..36500"},
    {"\"extensions\": 3", "\"extensions\": 0", NULL},
    {"\"lead_days\": 14", "\"lead_days\": 366", "parties[0].terms.hold.lead_days: not within 1..365"},
    {"{\"42\": \"XA/poc\"}", "{\"42\": \"XB/poc\"}",
     "parties[0].terms.authorities.42: XB/poc is of another State"},
    {"{\"42\": \"XA/poc\"}", "{\"42\": \"XA/ca\"}",
     "parties[0].terms.authorities.42: XA/ca is not in the roster"},
    {"{\"42\": \"XA/poc\"}", "{\"42\": 7}", "parties[0].terms.authorities.42: not an address"},
    {"{\"42\": \"XA/poc\"}", "{\"art. 42\": \"XA/poc\"}",
     "parties[0].terms.authorities.art. 42: not the number"},
    {"{\"42\": \"XA/poc\"}", "{\"\": \"XA/poc\"}", "parties[0].terms.authorities.: not the number"},
    {"{\"42\": \"XA/poc\"}", "[]", "parties[0].terms.authorities: not an object"},
    {"{\"42\": \"XA/poc\"}", "{\"42\": \"XA/poc\", \"40\": \"XA/poc\"}", NULL},
    {"\"REFUSED\": 3", "\"REFUSED\": 4", "parties[0].terms.signatures.REFUSED: not within 1..3"},
    {"\"REFUSED\": 3", "\"REFUSED\": 0", "parties[0].terms.signatures.REFUSED: not within 1..3"},
    {"\"REFUSED\": 3", "\"refused\": 3", "parties[0].terms.signatures.refused: not the name of a letter"},
    {"\"REFUSED\": 3", "\"OF_A_LATER_VERSION\": 3", NULL},
    {"\"text\": \"Call first.\"", "\"text\": \"Call\\nfirst.\"", "parties[0].terms.text: not one line"},
    {"\"consent\": true, ", "", "parties[0].ping.consent: missing"},
    {"22:00-06:00", "22:00", "parties[0].ping.quiet[0]: not HH:MM-HH:MM"},
    {"\"per_year\": 4", "\"per_year\": 367", "parties[0].ping.per_year: not within 1..366"},
    {"\"answer_hours\": 12", "\"answer_hours\": 0", "parties[0].ping.answer_hours: not within 1..336"},
    {"\"letters\": 2", "\"letters\": 0", "parties[0].capabilities.letters: not within 1..1000"},
    {"\"letters\": 2", "\"letters\": 3", NULL},
    {"\"office\": \"duty\", \"verified", "\"office\": \"boss\", \"verified",
     "parties[0].contacts[0].office: not duty"},
    {"2026-05-01T08:00:00Z", "2026-05-01", "parties[0].contacts[0].verified_at: not YYYY"},
    {"\"number\": \"12\", ", "", "parties[0].keys[3]: has neither a name nor an office with a number"},
    {"\"number\": \"12\", ", "\"number\": \"12\", \"name\": \"Nguyen\", ", NULL},
    {"\"sign\", \"decide\"", "\"decide\"", "parties[0].keys[3].mandate: decide without sign"},
    {"\"sign\", \"decide\"", "\"read\"", NULL},
    {"\"sign\", \"decide\"", "\"sign\", \"seal\"", "parties[0].keys[3].mandate[1]: not sign, decide or read"},
    {"comity-roster-2", "comity-roster-1",
     "parties[0]: has a member \"calendar\" that format 1 does not know"},
};

static void edits_end_as_told(void **state)
{
    struct bench *b = *state;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        struct roster *roster = NULL;
        struct error error = {.text = ""};
        const char *path = edits[i].path;
        const char *text = edited(b, b->text, edits[i].find, edits[i].replace);
        enum roster_outcome outcome = roster_read(bytes_of_text(text), &roster, &error);
        if ((outcome == ROSTER_OK) != (path == NULL) ||
            (path != NULL && strncmp(error.text, path, strlen(path)) != 0)) {
            fail_msg("%s -> %s: %s: %s", edits[i].find, edits[i].replace, roster_outcome_name(outcome),
                     error.text);
        }
        roster_free(roster);
    }
}

/* XA/poc and XA/central, which says that of its own. Does it end with that text? NULL: good. */
static void expect_authorities(struct bench *b, const char *of_poc, const char *status,
                               const char *of_central, const char *path)
{
    struct roster *roster = NULL;
    struct error error = {.text = ""};
    const char *text = edited(b, b->text, "{\"42\": \"XA/poc\"}", of_poc);
    text = edited(b, text, "\"XB/poc\"",
                  arena_format(b->scratch, "\"XA/central\", \"terms\": {\"authorities\": %s}", of_central));
    text = edited(b, text, "\"active\"", "\"first\"");
    text = edited(b, text, "\"active\"", arena_format(b->scratch, "\"%s\"", status));
    text = edited(b, text, "\"first\"", "\"active\"");
    enum roster_outcome outcome = roster_read(bytes_of_text(text), &roster, &error);
    if (outcome != (path == NULL ? ROSTER_OK : ROSTER_RULE) ||
        (path != NULL && strstr(error.text, path) == NULL)) {
        fail_msg("%s, %s: %s: %s", of_poc, of_central, roster_outcome_name(outcome), error.text);
    }
    roster_free(roster);
}

static void requests_end_at_who_takes_them(void **state)
{
    struct bench *b = *state;
    static const char central[] = "{\"42\": \"XA/central\"}", poc[] = "{\"42\": \"XA/poc\"}";
    expect_authorities(b, central, "active", central, NULL);
    expect_authorities(b, central, "active", "{}", NULL);
    expect_authorities(b, central, "active", poc,
                       "parties[0].terms.authorities.42: XA/central itself names XA/poc for it");
    expect_authorities(b, central, "suspended", "{}",
                       "parties[0].terms.authorities.42: XA/central is not active");
    expect_authorities(b, "{}", "left", poc, NULL);
    expect_authorities(b, "{\"40\": \"XA/central\"}", "active", "{\"44\": \"XA/poc\"}", /* 40 takes 44, too */
                       "parties[1].terms.authorities.44: XA/poc itself names XA/central for it");
}

static void two_hundred_holidays_and_no_more(void **state)
{
    struct bench *b = *state;
    for (size_t count = 200; count <= 201; count++) {
        char *list = arena_format(b->scratch, "\"1999-12-31\"");
        for (size_t i = 1; i < count; i++) {
            list = arena_format(b->scratch, "%s, \"2%03zu-01-01\"", list, i);
        }
        struct roster *roster = NULL;
        struct error error = {.text = ""};
        const char *text = edited(b, b->text, "\"2026-02-17\", \"2026-12-25\"", list);
        enum roster_outcome outcome = roster_read(bytes_of_text(text), &roster, &error);
        assert_int_equal(outcome, count == 200 ? ROSTER_OK : ROSTER_FORMAT);
        roster_free(roster);
    }
}

static void spans_of_a_day_may_run_over_midnight(void **state)
{
    (void)state;
    const struct day_span day = {510, 1020}, night = {1320, 360}, all = {0, 1440}, none = {0, 0};
    assert_true(day_span_has(day, 510) && day_span_has(day, 1019));
    assert_false(day_span_has(day, 509) || day_span_has(day, 1020));
    assert_true(day_span_has(night, 1320) && day_span_has(night, 1439) && day_span_has(night, 0) &&
                day_span_has(night, 359));
    assert_false(day_span_has(night, 360) || day_span_has(night, 1319));
    assert_true(day_span_has(all, 0) && day_span_has(all, 1439));
    assert_false(day_span_has(none, 0) || day_span_given(none));
}

static void a_format_never_goes_back(void **state)
{
    struct bench *b = *state;
    struct roster *two = read_good(b->text);
    struct roster_draft draft;
    assert_true(roster_draft_after(two, b->scratch, &draft));
    draft.issued_ms += MS_PER_DAY;
    struct bytes good = roster_make(&draft, b->scratch);
    for (size_t i = 0; i < draft.party_count; i++) {
        draft.parties[i].calendar = NULL;
        draft.parties[i].terms = NULL;
        draft.parties[i].ping = NULL;
        draft.parties[i].letters = 1;
        draft.parties[i].contact_count = 0;
    }
    struct roster_key *keys = draft_keys(b->scratch, draft.parties[0].keys, draft.parties[0].key_count, 0);
    keys[3].name = "duty";
    keys[3].number = "";
    keys[3].office = OFFICE_NONE;
    draft.parties[0].keys = keys;
    struct bytes still = roster_make(&draft, b->scratch); /* nothing needs it, but the one before had it */
    draft.format = 1;
    struct bytes back = roster_make(&draft, b->scratch);
    const struct {
        struct bytes json;
        enum roster_outcome outcome;
    } cases[] = {{good, ROSTER_THRESHOLD}, {still, ROSTER_THRESHOLD}, {back, ROSTER_RULE}};
    for (size_t i = 0; i < 3; i++) {
        struct error error = {.text = ""};
        struct roster *candidate = read_good((const char *)cases[i].json.data);
        assert_int_equal(roster_format(candidate), i == 2 ? 1 : 2);
        assert_int_equal(roster_update(two, candidate, NULL, 0, b->scratch, NULL, &error), cases[i].outcome);
        assert_int_equal(i == 2, strncmp(error.text, "format: comity-roster-1, but version 1", 38) == 0);
        roster_free(candidate);
    }
    roster_free(two);
}

/* What was drafted once with comity roster draft; it must not change. */
static void kept_file_of_format_2_is_still_read(void **state)
{
    struct bench *b = *state;
    const char *top = getenv("COMITY_TOP");
    char *path = arena_format(b->scratch, "%s/tests/data/roster/format-2.json", top == NULL ? "." : top);
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        fail_msg("%s is missing", path);
    }
    char *text = arena_zero(b->scratch, 1, 65536);
    assert_true(fread(text, 1, 65535, file) > 0);
    (void)fclose(file);
    struct roster *roster = read_good(text);
    const struct party *xb = roster_find(roster, "XB/poc");
    assert_int_equal(roster_format(roster), 2);
    assert_int_equal(xb->calendar->holiday_count, 3);
    assert_int_equal(xb->terms->lead_days, 14);
    assert_int_equal(terms_signatures(xb->terms, "REFUSED"), 3);
    assert_string_equal(xb->contacts[0].verified_by, "XA/poc, by phone");
    roster_free(roster);
}

static void zones_are_named_once_and_in_order(void **state)
{
    struct bench *b = *state;
    size_t count = 0;
    const char *text = edited(b, (const char *)b->f->json.data, "Europe/Paris", "Asia/Ho_Chi_Minh");
    struct roster *roster = read_good(text);
    const char *const *zones = roster_zones(roster, b->scratch, &count);
    assert_int_equal(count, 2);
    assert_string_equal(zones[0], "America/New_York");
    assert_string_equal(zones[1], "Asia/Ho_Chi_Minh");
    roster_free(roster);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_read_as_it_was_written),
        cmocka_unit_test(all_of_it_survives_writing_and_reading),
        cmocka_unit_test(what_is_not_published_has_its_defaults),
        cmocka_unit_test(an_empty_object_has_the_same_defaults),
        cmocka_unit_test(edits_end_as_told),
        cmocka_unit_test(requests_end_at_who_takes_them),
        cmocka_unit_test(two_hundred_holidays_and_no_more),
        cmocka_unit_test(spans_of_a_day_may_run_over_midnight),
        cmocka_unit_test(a_format_never_goes_back),
        cmocka_unit_test(kept_file_of_format_2_is_still_read),
        cmocka_unit_test(zones_are_named_once_and_in_order),
    };
    if (sodium_init() < 0) {
        return 1;
    }
    return cmocka_run_group_tests_name("roster_terms", tests, bench_up, bench_down);
}
