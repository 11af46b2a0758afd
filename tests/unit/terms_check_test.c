/* SPDX-License-Identifier: Apache-2.0 */
/* A letter against what States publish: what is a fault, what only a note, and what gives way in an emergency. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "nodes/letter_walk.h"
#include "nodes/terms_check.h"
#include "tests/support/case_letters.h"

static struct arena *arena;
static const char *const none[] = {NULL};
static const char *const vietnamese[] = {"vi", NULL};
static const char *const english[] = {"fr", "en", NULL};
static struct terms terms;
static struct party q, r;
static struct faults *faults, *notes;
static Comity__Letter *letter;
static Comity__Request *request;
static struct history h;
static struct case_fold fold;

/* XA/poc asks XB/poc, which publishes terms that ask for nothing. */
static int setup(void **state)
{
    (void)state;
    arena = arena_new((size_t)16 << 20);
    faults = arena_take(arena, sizeof *faults);
    notes = arena_take(arena, sizeof *notes);
    terms = *party_terms(&(struct party){.terms = NULL});
    q = (struct party){.languages = none, .letters = 2};
    r = (struct party){.languages = none, .letters = 2, .terms = &terms};
    assert_true(address_read(bytes_of_text("XA/poc"), &q.address));
    assert_true(address_read(bytes_of_text("XB/poc"), &r.address));
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 2);
    request = letter->request;
    history_init(&h, arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static void check(enum side author, const struct case_fold *of, uint64_t now)
{
    const struct letter_terms scene = {.q = &q, .r = &r, .now = {.ms = now}};
    faults_init(faults, arena);
    faults_init(notes, arena);
    letter_terms_check(letter, author, of, &scene, faults, notes);
}

static void expect(const struct faults *in, size_t count, const char *path, const char *code)
{
    assert_int_equal(in->count, count);
    if (count != 0) {
        assert_string_equal(in->list[0].path, path);
        assert_string_equal(in->list[0].code, code);
    }
}

/* What this letter of Q in a new case gets. */
static void expect_fault(const char *path, const char *code)
{
    check(SIDE_Q, NULL, T0_MS);
    expect(faults, 1, path, code);
    expect(notes, 0, NULL, NULL);
}

static void expect_note(const char *path, const char *code)
{
    check(SIDE_Q, NULL, T0_MS);
    expect(faults, 0, NULL, NULL);
    expect(notes, 1, path, code);
}

static void expect_nothing(void)
{
    check(SIDE_Q, NULL, T0_MS);
    expect(faults, 0, NULL, NULL);
    expect(notes, 0, NULL, NULL);
}

static void becomes_an_emergency(void)
{
    request->necessity->urgency = COMITY__NECESSITY__URGENCY__EMERGENCY;
}

static void acts(Comity__Acted__Rule rule, const char *why)
{
    static Comity__Acted acted;
    static Comity__Acted__Rule rules[1];
    comity__acted__init(&acted);
    rules[0] = rule;
    acted.n_rules = 1;
    acted.rules = rules;
    acted.why = text_make(arena, why);
    letter->acted = &acted;
}

static void who_asks_for_nothing_gets_everything(void **state)
{
    (void)state;
    expect_nothing();
    r.terms = NULL;
    expect_nothing();
}

static void published_languages_are_a_condition(void **state)
{
    (void)state;
    terms.languages[TERMS_HOLDS] = vietnamese;
    expect_fault("language", "LANGUAGE");
    request->language = text_make(arena, "vi");
    expect_nothing();
    request->language = text_make(arena, "vi-VN");
    expect_nothing();
    request->language = text_make(arena, "v");
    expect_fault("language", "LANGUAGE");
    request->language = text_make(arena, "en");
    request->translation_by = instant_make(arena, T0_MS + MS_PER_DAY);
    expect_note("language", "LANGUAGE");
    request->translation_by = NULL;
    terms.languages[TERMS_ASSISTANCE] = english; /* another class of requests */
    expect_fault("language", "LANGUAGE");
    request->type = COMITY__REQUEST__TYPE__MLA;
    expect_nothing();
    request->type = COMITY__REQUEST__TYPE__PRESERVE;
    terms.languages[TERMS_URGENT] = english; /* the fixture's request is urgent */
    expect_nothing();
    request->necessity->urgency = COMITY__NECESSITY__URGENCY__ROUTINE;
    expect_fault("language", "LANGUAGE");
}

static void languages_of_who_publishes_no_terms_are_told(void **state)
{
    (void)state;
    r.terms = NULL;
    r.languages = vietnamese;
    expect_note("language", "LANGUAGE");
    r.languages = english;
    expect_nothing();
}

static void requests_go_to_the_authority_that_takes_them(void **state)
{
    (void)state;
    struct term_authority authorities[2] = {{.article = "42"}, {.article = "40"}};
    assert_true(address_read(bytes_of_text("XB/central"), &authorities[0].party));
    assert_true(address_read(bytes_of_text("XB/poc"), &authorities[1].party));
    terms.authorities = authorities;
    terms.authority_count = 2;
    expect_fault("", "AUTHORITY");
    assert_non_null(strstr(faults->list[0].text, "XB/central"));
    request->type = COMITY__REQUEST__TYPE__MLA;
    request->items[0]->measure = COMITY__ITEM__MEASURE__ACCESS_STORED_DATA;
    expect_nothing(); /* nothing is said of 44: 40 holds */
    authorities[0].article = "44";
    expect_fault("items[0].measure", "AUTHORITY");
    request->items[0]->measure = COMITY__ITEM__MEASURE__TAKE_EVIDENCE;
    expect_nothing();
    Comity__Item first = COMITY__ITEM__INIT, *own[] = {&first, request->items[0]}, **items = request->items;
    const size_t count = request->n_items;
    first.measure = COMITY__ITEM__MEASURE__TAKE_EVIDENCE;
    own[1]->measure = COMITY__ITEM__MEASURE__ACCESS_STORED_DATA; /* not the first of them alone */
    request->items = own;
    request->n_items = 2;
    expect_fault("items[1].measure", "AUTHORITY");
    request->items = items;
    request->n_items = count;
    authorities[0].article = "41";
    request->type = COMITY__REQUEST__TYPE__EMERGENCY;
    expect_fault("", "AUTHORITY");
    request->type = COMITY__REQUEST__TYPE__PING;
    expect_nothing();
}

/* With what was asked for before it goes on as it is: only what is new is looked at. */
static void measures_that_follow_go_to_the_authority_that_takes_them(void **state)
{
    (void)state;
    struct term_authority authority = {.article = "44"};
    Comity__Item first = COMITY__ITEM__INIT, second = COMITY__ITEM__INIT, *more[] = {&first, &second};
    Comity__Supplement supplement = COMITY__SUPPLEMENT__INIT;
    assert_true(address_read(bytes_of_text("XB/central"), &authority.party));
    terms.authorities = &authority;
    terms.authority_count = 1;
    first.measure = COMITY__ITEM__MEASURE__TAKE_EVIDENCE;
    second.measure = COMITY__ITEM__MEASURE__ACCESS_STORED_DATA;
    supplement.items = more;
    supplement.n_items = 2;
    letter = letter_make(arena, LETTER_SUPPLEMENT, T0_MS, 0);
    letter->supplement = &supplement;
    fold = (struct case_fold){.machine = MACHINE_MLA};
    check(SIDE_Q, &fold, T0_MS);
    expect(faults, 1, "items[1].measure", "AUTHORITY");
    second.measure = COMITY__ITEM__MEASURE__TAKE_EVIDENCE;
    check(SIDE_Q, &fold, T0_MS);
    expect(faults, 0, "", "");
    second.measure = COMITY__ITEM__MEASURE__ACCESS_STORED_DATA;
    fold.machine = MACHINE_HOLD; /* its items are data, not measures */
    check(SIDE_Q, &fold, T0_MS);
    expect(faults, 0, "", "");
}

static void what_a_state_insists_on_is_named_at_each_place(void **state)
{
    (void)state;
    static const char *const port[] = {"items.identifiers.port", NULL};
    static const char *const proceedings[] = {"proceedings", NULL};
    static const char *const investigating[] = {"investigating.officer", NULL};
    static const char *const born[] = {"persons.born", NULL};
    static const char *const unknown[] = {"items.colour", NULL};
    terms.insists = port;
    request->items[0]->identifiers[0]->port = 443;
    request->items[1]->identifiers[0]->port = 0;
    expect_fault("items[1].identifiers[0].port", "INSISTED");
    request->items[1]->identifiers[0]->kind = COMITY__IDENTIFIER__KIND__ACCOUNT; /* has no port */
    expect_nothing();
    terms.insists = proceedings;
    expect_fault("proceedings", "INSISTED");
    request->proceedings = text_make(arena, "4 Js 17/26");
    expect_nothing();
    terms.insists = investigating;
    expect_fault("investigating", "INSISTED");
    request->investigating = request->authority;
    expect_nothing();
    request->authority->officer = text_make(arena, "");
    expect_fault("investigating.officer", "INSISTED");
    terms.insists = born;
    expect_nothing(); /* nobody is named */
    terms.insists = unknown;
    expect_note("", "INSISTED");
    static const char *const into_a_text[] = {"language.code", NULL};
    terms.insists = into_a_text;
    expect_note("", "INSISTED");
}

static void who_asks_is_held_against_the_own_entry(void **state)
{
    (void)state;
    static const struct contact contacts[] = {{.phone = "+99 555 0100", .email = "", .hours = ""},
                                              {.phone = "+99-555-0104", .email = "", .hours = "24/7"}};
    expect_nothing(); /* the entry says nothing */
    q.contacts = contacts;
    q.contact_count = 2;
    q.zone = "Asia/Ho_Chi_Minh";
    expect_nothing(); /* one of its numbers, however it is spaced; of e-mail it says nothing */
    request->authority->phone = text_make(arena, "+99 555 0105");
    expect_note("authority.phone", "NOT_IN_ROSTER");
    assert_non_null(strstr(notes->list[0].text, "+99 555 0100, +99-555-0104"));
    request->authority->phone = text_make(arena, "+99 555 0104");
    request->authority->hours = text_make(arena, "Monday to Friday");
    expect_note("authority.hours", "NOT_IN_ROSTER");
    request->authority->hours = text_make(arena, "24/7");
    request->authority->zone = text_make(arena, "Europe/Paris");
    expect_note("authority.zone", "NOT_IN_ROSTER");
    letter = letter_make(arena, LETTER_WITHDRAW, T0_MS, 0);
    expect_nothing();
}

static void dual_criminality_is_a_condition_of_assistance_only(void **state)
{
    (void)state;
    terms.dual_assistance = true;
    expect_nothing(); /* a hold */
    terms.dual_holds = true;
    expect_note("offence", "DUAL_CRIMINALITY");
    request->type = COMITY__REQUEST__TYPE__MLA;
    expect_note("offence", "DUAL_CRIMINALITY");
    request->offence->n_codes = 0;
    request->offence->provision = text_make(arena, "");
    expect_fault("offence", "DUAL_CRIMINALITY");
}

static void a_reservation_matters_under_its_convention(void **state)
{
    (void)state;
    terms.reservation_29_4 = true;
    expect_nothing();
    request->basis->instrument = COMITY__BASIS__INSTRUMENT__BUDAPEST;
    expect_note("basis", "RESERVATION");
}

static void longer_holds_than_are_given_are_told(void **state)
{
    (void)state;
    terms.hold_days_max = 90;
    expect_nothing();
    terms.hold_days_max = 89;
    expect_note("holdDays", "HOLD_DAYS");
}

static void conditions_give_way_in_an_emergency_that_says_why(void **state)
{
    (void)state;
    terms.languages[TERMS_HOLDS] = vietnamese;
    acts(COMITY__ACTED__RULE__TERMS, "a child is at risk");
    expect_fault("language", "LANGUAGE"); /* no emergency */
    becomes_an_emergency();
    expect_note("language", "LANGUAGE");
    acts(COMITY__ACTED__RULE__TERMS, "");
    expect_fault("language", "LANGUAGE");
    acts(COMITY__ACTED__RULE__DUPLICATE, "a child is at risk");
    expect_fault("language", "LANGUAGE");
    letter->acted = NULL;
    expect_fault("language", "LANGUAGE");
}

static void what_the_other_program_does_not_know_is_always_a_fault(void **state)
{
    (void)state;
    r.letters = 1;
    expect_nothing();
    request->proceedings = text_make(arena, "4 Js 17/26");
    expect_fault("", "NOT_UNDERSTOOD");
    becomes_an_emergency();
    acts(COMITY__ACTED__RULE__TERMS, "a child is at risk");
    check(SIDE_Q, NULL, T0_MS);
    expect(faults, 1, "", "NOT_UNDERSTOOD");
    r.letters = 3;
    expect_nothing();
}

/* The first form of each letter: what nodes of before write and read. */
static void generation_is_that_of_the_newest_word(void **state)
{
    (void)state;
    for (unsigned kind = LETTER_REQUEST; kind <= LETTER_STATUS; kind++) {
        letter = kind == LETTER_RELEASED ? letter_released(arena, COMITY__RELEASED__WHY__EXPIRED, T0_MS)
                                         : letter_make(arena, (enum letter_kind)kind, T0_MS, 1);
        assert_int_equal(letter_generation(letter), 1);
    }
    assert_int_equal(letter_generation(letter_released(arena, COMITY__RELEASED__WHY__STOPPED, T0_MS)), 2);
    letter = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    letter->refused->ground = COMITY__REFUSED__GROUND__B30_2_B;
    assert_int_equal(letter_generation(letter), 2);
    letter = letter_make(arena, LETTER_HELD, T0_MS, 1);
    letter->held->rows = text_make(arena, "1,2");
    assert_int_equal(letter_generation(letter), 2);
    letter = letter_make(arena, LETTER_REQUEST, T0_MS, 2);
    letter->request->items[1]->identifiers[0]->peer_port = 25;
    assert_int_equal(letter_generation(letter), 2);
    letter = letter_make(arena, LETTER_ACK, T0_MS, 1);
    acts(COMITY__ACTED__RULE__TERMS, "why");
    assert_int_equal(letter_generation(letter), 2);
    Comity__Lost lost = COMITY__LOST__INIT;
    Comity__Letter new_kind = COMITY__LETTER__INIT;
    new_kind.body_case = COMITY__LETTER__BODY_LOST;
    new_kind.lost = &lost;
    assert_int_equal(letter_generation(&new_kind), 2);
}

static void extensions_and_lead_times_are_told(void **state)
{
    (void)state;
    uint64_t now = history_reach(&h, ITEM_HELD, RESULT_NONE);
    history_fold(&h, &fold);
    const uint64_t end = (uint64_t)fold.items[0].hold_until.ms;
    letter = letter_make(arena, LETTER_EXTEND, now, 1);
    check(SIDE_Q, &fold, end - 10 * MS_PER_DAY);
    expect(faults, 0, NULL, NULL);
    expect(notes, 0, NULL, NULL);
    check(SIDE_Q, &fold, end - 10 * MS_PER_DAY + 1);
    expect(faults, 0, NULL, NULL);
    expect(notes, 1, "", "LEAD_TIME");
    terms.lead_days = 20;
    check(SIDE_Q, &fold, end - 15 * MS_PER_DAY);
    expect(notes, 1, "", "LEAD_TIME");
    check(SIDE_Q, &fold, end - 20 * MS_PER_DAY);
    expect(notes, 0, NULL, NULL);
    terms.hold_extensions = 1;
    check(SIDE_Q, &fold, now);
    expect(notes, 0, NULL, NULL);
    (void)r_writes(&h, letter_make(arena, LETTER_EXTENDED, now, 1), now, 1);
    history_fold(&h, &fold);
    check(SIDE_Q, &fold, now);
    expect(notes, 1, "", "EXTENSIONS");
    terms.hold_extensions = 2;
    check(SIDE_Q, &fold, now);
    expect(notes, 0, NULL, NULL);
}

static void files_in_other_formats_are_told(void **state)
{
    (void)state;
    static const char *const formats[] = {"pdf", "xml", NULL};
    static const struct {
        const char *name, *media;
        bool good;
    } rows[] = {{"translation", "application/pdf", true},
                {"translation.PDF", "", true},
                {"a", "image/svg+xml", true},
                {"translation.odt", "application/odt", false},
                {"pdf", "xpdf", false},
                {"", "", false}};
    Comity__Translation translation = COMITY__TRANSLATION__INIT;
    Comity__File file = COMITY__FILE__INIT;
    Comity__File *files[1] = {&file};
    Comity__Letter brought = COMITY__LETTER__INIT;
    brought.body_case = COMITY__LETTER__BODY_TRANSLATION;
    brought.translation = &translation;
    translation.n_attached = 1;
    translation.attached = files;
    letter = &brought;
    terms.formats = formats;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        file.name = text_make(arena, rows[i].name);
        file.media = text_make(arena, rows[i].media);
        check(SIDE_Q, NULL, T0_MS);
        expect(faults, 0, NULL, NULL);
        expect(notes, !rows[i].good, "attached[0].media", "FORMAT");
    }
    terms.formats = none;
    check(SIDE_Q, NULL, T0_MS);
    expect(notes, 0, NULL, NULL);
    terms.formats = formats;
    check(SIDE_R, NULL, T0_MS); /* then Q's would count, and it has none */
    expect(notes, 0, NULL, NULL);
}

/* --- the own State's --- */

static void a_state_may_ask_more_of_its_own_and_never_less(void **state)
{
    (void)state;
    const struct term_signatures more[] = {{"REQUEST", 3}, {"REFUSED", 1}, {"STATUS", 2}};
    struct terms own_terms = terms;
    own_terms.signatures = more;
    own_terms.signatures_count = 3;
    const struct party own = {.terms = &own_terms}, silent = {.terms = NULL};
    assert_int_equal(letter_signatures_here(letter, NULL, &silent), 1);
    assert_int_equal(letter_signatures_here(letter, NULL, NULL), 1);
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 3);
    becomes_an_emergency();
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 3);
    acts(COMITY__ACTED__RULE__SECOND_SIGNATURE, "a child is at risk");
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 1);
    letter = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 2);
    letter = letter_make(arena, LETTER_STATUS, T0_MS, 1);
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 2);
    acts(COMITY__ACTED__RULE__SECOND_SIGNATURE, "a child is at risk");
    assert_int_equal(letter_signatures_here(letter, NULL, &own), 2); /* no emergency that it belongs to */
    fold.urgency = URGENCY_EMERGENCY;
    assert_int_equal(letter_signatures_here(letter, &fold, &own), 1);
}

static void what_the_treaty_asks_for_never_gives_way(void **state)
{
    (void)state;
    fold.urgency = URGENCY_EMERGENCY;
    letter = letter_make(arena, LETTER_REFUSED, T0_MS, 1);
    acts(COMITY__ACTED__RULE__SECOND_SIGNATURE, "a child is at risk");
    assert_int_equal(letter_signatures_here(letter, &fold, &(struct party){.terms = NULL}), 2);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EACH(who_asks_for_nothing_gets_everything),
        EACH(published_languages_are_a_condition),
        EACH(languages_of_who_publishes_no_terms_are_told),
        EACH(requests_go_to_the_authority_that_takes_them),
        EACH(measures_that_follow_go_to_the_authority_that_takes_them),
        EACH(what_a_state_insists_on_is_named_at_each_place),
        EACH(who_asks_is_held_against_the_own_entry),
        EACH(dual_criminality_is_a_condition_of_assistance_only),
        EACH(a_reservation_matters_under_its_convention),
        EACH(longer_holds_than_are_given_are_told),
        EACH(conditions_give_way_in_an_emergency_that_says_why),
        EACH(what_the_other_program_does_not_know_is_always_a_fault),
        EACH(generation_is_that_of_the_newest_word),
        EACH(extensions_and_lead_times_are_told),
        EACH(files_in_other_formats_are_told),
        EACH(a_state_may_ask_more_of_its_own_and_never_less),
        EACH(what_the_treaty_asks_for_never_gives_way),
    };
    return cmocka_run_group_tests_name("terms_check", tests, NULL, NULL);
}
