/* SPDX-License-Identifier: Apache-2.0 */
/* The same case as both sides show it: what differs is found, and what both have wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/instant.h"
#include "base/text.h"
#include "tests/support/oracle_scene.h"

#define HOLD_UNTIL "2026-03-10T00:00:00Z"

/* A letter of a view is handed in by whom it names; its short id in the view becomes the one that it has by its bytes. */
static void hand_in(struct scene *s, json_t *letter)
{
    const char *by = json_string_value(json_object_get(letter, "by"));
    const char *name = json_string_value(json_object_get(letter, "id"));
    uint32_t seq = (uint32_t)json_integer_value(json_object_get(letter, "seq"));
    struct instant at;
    char text[65];
    assert_int_equal(instant_read(bytes_of_text(json_string_value(json_object_get(letter, "signed"))), &at),
                     INSTANT_OK);
    struct bytes context =
        scene_context(s, by, strcmp(by, "XA/poc") == 0 ? "XB/poc" : "XA/poc", seq, (uint64_t)at.ms, NULL);
    struct bytes bytes = arena_copy(s->kit.arena, bytes_of_text(name));
    struct id id = said_letter_id(context, bytes);
    oracle_submit(s->oracle, scene_tick(s), strcmp(by, "XA/poc") == 0 ? XA : XB, id.bytes, context, bytes);
    hex_write(text, bytes_of(id.bytes, sizeof id.bytes));
    assert_int_equal(json_object_set_new(letter, "id", json_string(text)), 0);
}

/* A view of letters that were handed in. */
static json_t *view_of(struct scene *s, const char *text)
{
    json_error_t error;
    json_t *view = json_loads(text, 0, &error);
    if (view == NULL) {
        fail_msg("%s at %d", error.text, error.position);
    }
    json_t *letters = json_object_get(view, "letters");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        hand_in(s, json_array_get(letters, i));
    }
    return view;
}

#define LETTER(id, kind, by, seq, signed_at, effect, body)                                                   \
    "{\"id\":\"" id "\",\"letter\":\"" kind "\",\"by\":\"" by "\",\"seq\":" #seq ",\"signed\":\"" signed_at  \
    "\",\"accepted\":\"" signed_at "\",\"effect\":\"" effect "\",\"body\":" body "}"
#define REQUEST                                                                                              \
    LETTER("aa11", "REQUEST", "XA/poc", 1, "2026-01-01T00:00:00Z", "FOLDED", "{\"request\":{\"items\":[{}]}}")
#define HELD                                                                                                 \
    LETTER("bb22", "HELD", "XB/poc", 1, "2026-01-02T00:00:00Z", "FOLDED",                                    \
           "{\"held\":{\"holdUntil\":\"" HOLD_UNTIL "\"}}")
#define EXTEND                                                                                               \
    LETTER("cc33", "EXTEND", "XA/poc", 2, "2026-03-01T00:00:00Z", "FOLDED", "{\"extend\":{\"items\":[1]}}")
#define RELEASED(at, items)                                                                                  \
    LETTER("dd44", "RELEASED", "XB/poc", 2, at, "FOLDED", "{\"released\":{\"why\":\"EXPIRED\"" items "}}")
#define VIEW(letters, state, item) VIEW_ASKED(letters, state, item, "")
#define VIEW_ASKED(letters, state, item, asks)                                                               \
    "{\"from\":\"XA/poc\",\"state\":\"" state "\",\"asks\":[" asks                                           \
    "],\"owed\":[],\"items\":[{\"number\":1," item ",\"held_until\":\"" HOLD_UNTIL                           \
    "\"}],\"letters\":[" letters "]}"
/* Signed by a clock that was ahead. */
#define EARLY                                                                                                \
    "{\"id\":\"dd44\",\"letter\":\"RELEASED\",\"by\":\"XB/poc\",\"seq\":2,\"signed\":"                       \
    "\"2026-03-13T00:00:00Z\",\"accepted\":\"2026-03-12T00:00:00Z\",\"effect\":\"FOLDED\",\"body\":{"        \
    "\"released\":"                                                                                          \
    "{\"why\":\"EXPIRED\"}}}"
#define IS_HELD    "\"state\":\"HELD\""
#define IS_EXPIRED "\"state\":\"ENDED\",\"result\":\"EXPIRED\""

static void show(struct scene *s, const char *q_text, const char *r_text)
{
    json_t *q = q_text == NULL ? NULL : view_of(s, q_text);
    json_t *r = r_text == NULL ? NULL : view_of(s, r_text);
    oracle_case(s->oracle, scene_tick(s), "ca5e000000000000ca5e000000000000", XA, q, XB, r);
    json_decref(q);
    json_decref(r);
}

static void equal_views_are_equal(void **state)
{
    struct scene *s = *state;
    const char *held = VIEW(REQUEST "," HELD, "HELD", IS_HELD);
    const char *released =
        VIEW(REQUEST "," HELD "," RELEASED("2026-03-13T00:00:00Z", ""), "CLOSED", IS_EXPIRED);
    show(s, held, held);
    show(s, released, released);
    show(s, NULL, NULL);
    show(s, "{\"state\":\"SENT\",\"letters\":[]}", NULL);
    scene_expect_good(s);
}

static const struct unlike {
    const char *q, *r, *invariant, *part;
} unlike[] = {
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST "," HELD, "CLOSED", IS_HELD), "I5", "other state"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST, "HELD", IS_HELD), "I5", "\" and nothing"},
    {VIEW(REQUEST, "HELD", IS_HELD), VIEW(REQUEST "," HELD, "HELD", IS_HELD), "I5", "nothing and \""},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(HELD "," REQUEST, "HELD", IS_HELD), "I5", "other id"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), VIEW(REQUEST "," HELD, "HELD", "\"state\":\"ASKED\""), "I5",
     "other items"},
    {VIEW(REQUEST "," HELD, "HELD", IS_HELD), NULL, "I5", "not to XB/poc"},
    {NULL, VIEW(REQUEST "," HELD, "HELD", IS_HELD), "I5", "not to XA/poc"},
};

static void each_difference_is_found(void **state)
{
    for (size_t i = 0; i < sizeof unlike / sizeof unlike[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        show(*state, unlike[i].q, unlike[i].r);
        scene_expect_broken(*state, unlike[i].invariant, unlike[i].part);
    }
}

#define UMLAUTS "\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4"
#define LONG    UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS UMLAUTS

/* Else JSON would not take it, and the failure would be told nowhere. */
static void what_differs_is_cut_within_no_character(void **state)
{
    struct scene *s = *state;
    show(s, VIEW(REQUEST "," HELD, LONG, IS_HELD), VIEW(REQUEST "," HELD, "x" LONG, IS_HELD));
    scene_expect_broken(s, "I5", "other state");
    const char *text = oracle_verdict(s->oracle)->text;
    assert_true(text_is_line(bytes_of_text(text)));
}

/* At either side. */
static void a_letter_on_its_way_at_the_end_is_found(void **state)
{
    struct scene *s = *state;
    const char *held = VIEW(REQUEST "," HELD, "HELD", IS_HELD);
    show(s,
         VIEW(REQUEST "," HELD "," LETTER("ee55", "STATUS_ASK", "XA/poc", 2, "2026-01-03T00:00:00Z",
                                          "ON_ITS_WAY", "{\"statusAsk\":{}}"),
              "HELD", IS_HELD),
         held);
    scene_expect_broken(s, "I8", "on its way as XA/poc shows it");
    assert_int_equal(scene_close(state), 0);
    assert_int_equal(scene_open(state), 0);
    s = *state;
    show(s, held,
         VIEW(REQUEST "," HELD "," LETTER("ee55", "STATUS", "XB/poc", 2, "2026-01-03T00:00:00Z", "ON_ITS_WAY",
                                          "{\"status\":{}}"),
              "HELD", IS_HELD));
    scene_expect_broken(s, "I8", "on its way as XB/poc shows it");
}

#define RELEASED_AS(effect, why)                                                                             \
    LETTER("dd44", "RELEASED", "XB/poc", 2, "2026-03-14T00:00:00Z", effect,                                  \
           "{\"released\":{\"why\":\"" why "\"}}")
#define STATUS_OF(effect)                                                                                    \
    LETTER("ee55", "STATUS", "XB/poc", 2, "2026-01-03T00:00:00Z", effect, "{\"status\":{}}")
#define IS_WITHDRAWN "\"state\":\"ENDED\",\"result\":\"WITHDRAWN\""
#define ASKED        "{\"ask\":\"EXTEND\",\"by\":\"XB/poc\",\"item\":1}"
/* The same wrong case on both sides: from the letters alone it is seen. */
static const struct wrong_alike {
    const char *view, *invariant, *part;
} wrong_alike[] = {
    {VIEW(REQUEST, "HELD", IS_HELD), "I5", "by its letters it is ASKED"},
    {VIEW(REQUEST "," HELD "," RELEASED("2026-03-12T23:59:59Z", ",\"items\":[1]"), "CLOSED", IS_EXPIRED),
     "I11", "before its date and its grace"},
    {VIEW(REQUEST "," HELD "," EARLY, "CLOSED", IS_EXPIRED), "I11", "by the broker's clock"},
    {VIEW(REQUEST "," HELD "," RELEASED("2026-03-12T23:59:59Z", ""), "CLOSED", IS_EXPIRED), "I5",
     "by the case before it it has none"},
    {VIEW(REQUEST "," HELD "," RELEASED_AS("FOLDED", "WITHDRAWN"), "CLOSED", IS_WITHDRAWN), "I5",
     "by the case before it it has none"},
    {VIEW(REQUEST "," HELD "," RELEASED_AS("FOLDED", "REACHED"), "CLOSED", IS_WITHDRAWN), "I5",
     "no letter of that side in such a case"},
    {VIEW(REQUEST "," HELD "," STATUS_OF("BREACH"), "HELD", IS_HELD), "I5",
     "by the case before it it has an effect"},
    {VIEW(REQUEST "," HELD "," EXTEND, "HELD", IS_HELD), "I5",
     "ask EXTEND on item 1 of case ca5e0000 is shown as closed"},
    {VIEW_ASKED(REQUEST "," HELD, "HELD", IS_HELD, ASKED), "I5",
     "ask EXTEND on item 1 of case ca5e0000 is shown as open"},
    {VIEW_ASKED(REQUEST "," HELD "," EXTEND, "HELD", IS_HELD, ASKED), "I11", "waits without a date"},
    {VIEW(REQUEST "," HELD "," EXTEND "," RELEASED("2026-03-14T00:00:00Z", ",\"items\":[1]"), "CLOSED",
          IS_EXPIRED),
     "I11", "while an extension was asked for"},
};

static void what_both_sides_have_wrong_is_found(void **state)
{
    for (size_t i = 0; i < sizeof wrong_alike / sizeof wrong_alike[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        show(*state, wrong_alike[i].view, wrong_alike[i].view);
        scene_expect_broken(*state, wrong_alike[i].invariant, wrong_alike[i].part);
    }
}

#define DUE(what, when) "{\"by\":\"XB/poc\",\"what\":\"" what "\",\"when\":\"" when "\"}"
/* A request that was delivered then, and what is owed. */
#define DELIVERED(at, owed)                                                                                  \
    "{\"state\":\"REQUESTED\",\"asks\":[],\"items\":[],\"owed\":[" owed                                      \
    "],\"letters\":[{\"id\":\"aa11\",\"letter\":\"REQUEST\",\"by\":\"XA/poc\",\"seq\":1,\"signed\":"         \
    "\"2026-01-01T00:00:00Z\",\"accepted\":\"2026-01-01T00:00:00Z\",\"delivered\":\"" at                     \
    "\",\"effect\":\"FOLDED\",\"body\":{\"request\":{\"items\":[]}}}]}"
#define EARLIER       "2026-01-01T00:00:01Z"
#define LATER         "2026-01-01T09:00:00Z"
#define OWED(a, b)    DUE("ack", a) "," DUE("status", b)
#define OTHER_WAY     DUE("status", "2026-01-05T00:00:00Z") "," DUE("ack", "2026-01-06T00:00:00Z")
#define OWED_EARLIER  OWED("2026-01-02T00:00:01Z", "2026-01-03T00:00:01Z")
#define OWED_LATER    OWED("2026-01-02T09:00:00Z", "2026-01-03T09:00:00Z")
#define ANOTHER_LATER DUE("ack", "2026-01-02T09:00:00Z") "," DUE("decide", "2026-01-03T09:00:00Z")

/* The broker and a party forgot the delivery, and it was made again. What is owed by when follows from it, and nothing else. */
static void after_a_loss_the_dates_of_what_is_owed_follow_the_times_of_letters(void **state)
{
    struct scene *s = *state;
    json_decref(view_of(s, DELIVERED(EARLIER, OWED_EARLIER)));
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(LATER, OWED_LATER));
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(LATER, OTHER_WAY)); /* in order of the dates */
    scene_expect_good(s);
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(LATER, ANOTHER_LATER));
    scene_expect_broken(s, "I5", "other owed");
}

static void what_is_owed_must_agree_where_the_times_do(void **state)
{
    struct scene *s = *state;
    json_decref(view_of(s, DELIVERED(EARLIER, OWED_EARLIER)));
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(EARLIER, OWED_LATER));
    scene_expect_broken(s, "I5", "other owed");
}

static void one_more_owed_is_found_after_a_loss(void **state)
{
    struct scene *s = *state;
    json_decref(view_of(s, DELIVERED(EARLIER, OWED_EARLIER)));
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(LATER, OWED_LATER "," DUE("decide", LATER)));
    scene_expect_broken(s, "I5", "other owed");
}

/* The times of the story. */
#define SIGNED       "2026-01-01T00:00:00Z"
#define ACCEPTED     "2026-01-01T00:00:01Z"
#define WAS_RECEIVED "2026-01-01T00:00:04Z"

/* A request known by its id, as it is shown by a side that says it was delivered then. */
static json_t *request_view(const struct post *p, const char *delivered)
{
    char id[65];
    json_t *view = json_pack("{s:[{s:s, s:s, s:s, s:i, s:s, s:s, s:s, s:s}]}", "letters", "id",
                             hex_write(id, digest_bytes(&p->id.digest)), "letter", "REQUEST", "by", "XA/poc",
                             "seq", (int)p->seq, "signed", SIGNED, "effect", "FOLDED", "accepted", ACCEPTED,
                             "delivered", delivered);
    assert_non_null(view);
    return view;
}

static void times_may_differ(struct scene *s, const struct post *p)
{
    json_t *q = request_view(p, EARLIER);
    json_t *r = request_view(p, LATER);
    oracle_case(s->oracle, scene_tick(s), "ca5e000000000000ca5e000000000000", XA, q, XB, r);
    json_decref(q);
    json_decref(r);
}

static void a_loss_before_a_letter_does_not_change_its_times(void **state)
{
    struct scene *s = *state;
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    struct post *p = scene_play(s, NOTHING);
    times_may_differ(s, p);
    scene_expect_broken(s, "I5", "other delivered");
}

static void a_loss_after_a_letter_may_change_its_times(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    times_may_differ(s, p);
    scene_expect_good(s);
}

/* It went out, its answer and its author's disk died, and it was handed in again. */
static void a_loss_before_the_first_answer_may_change_its_times(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, WITHOUT(ANSWERED));
    oracle_lost_after(s->oracle, scene_tick(s), XA, 0);
    scene_tell(s, p);
    scene_tick(s);
    scene_answer(s, p, 200, NULL);
    times_may_differ(s, p);
    scene_expect_good(s);
}

static void without_a_loss_the_times_of_letters_must_agree(void **state)
{
    struct scene *s = *state;
    show(s, DELIVERED(EARLIER, OWED_EARLIER), DELIVERED(LATER, OWED_LATER));
    scene_expect_broken(s, "I5", "other delivered");
}

/* --- against what the oracle saw itself --- */

static void show_alike(struct scene *s, const struct post *p, const char *member, const char *value)
{
    json_t *view = request_view(p, WAS_RECEIVED);
    if (member != NULL) {
        json_t *letter = json_array_get(json_object_get(view, "letters"), 0);
        assert_int_equal(json_object_set_new(letter, member, json_string(value)), 0);
    }
    oracle_case(s->oracle, scene_tick(s), "ca5e0000000000000000000000000000", XA, view, XB, view);
    json_decref(view);
}

static void times_that_the_receipts_tell_are_right(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    scene_finish(s);
    show_alike(s, p, NULL, NULL);
    scene_expect_good(s);
}

static const struct {
    const char *member, *value, *invariant, *part;
} untold[] = {
    {"accepted", "2026-01-01T00:00:02Z", "I5", "accepted at 2026-01-01T00:00:02Z, and not by its receipts"},
    {"accepted", "", "I5", "accepted at , and not by its receipts"},
    {"delivered", "2026-01-01T00:00:05Z", "I5", "delivered at"},
    {"signed", "2026-01-01T00:00:00.001Z", "I4", "other than what was signed"},
    {"by", "XB/poc", "I4", "other than what was signed"},
};

/* Both sides may show the same and be wrong. */
static void a_time_that_no_receipt_tells_is_found(void **state)
{
    for (size_t i = 0; i < sizeof untold / sizeof untold[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        struct scene *s = *state;
        struct post *p = scene_play(s, NOTHING);
        scene_finish(s);
        show_alike(s, p, untold[i].member, untold[i].value);
        scene_expect_broken(s, untold[i].invariant, untold[i].part);
    }
}

static void a_loss_after_a_letter_excuses_its_times(void **state)
{
    struct scene *s = *state;
    struct post *p = scene_play(s, NOTHING);
    oracle_lost_after(s->oracle, scene_tick(s), XB, 0);
    scene_finish(s);
    show_alike(s, p, "delivered", "2026-01-01T00:00:05Z");
    scene_expect_good(s);
}

/* --- at any moment --- */

static void look(struct scene *s, const char *text)
{
    json_t *view = view_of(s, text);
    oracle_shown(s->oracle, scene_tick(s), XB, "ca5e000000000000ca5e000000000000", view);
    json_decref(view);
}

#define STATUS(seq, effect)                                                                                  \
    LETTER("ee55", "STATUS", "XB/poc", seq, "2026-01-03T00:00:00Z", effect, "{\"status\":{}}")
#define STATUS_ASK(seq, effect)                                                                              \
    LETTER("ff66", "STATUS_ASK", "XA/poc", seq, "2026-01-03T00:00:00Z", effect, "{\"statusAsk\":{}}")
#define SHOWN(letters) "{\"letters\":[" letters "]}"

static void letters_are_in_the_order_of_each_author(void **state)
{
    struct scene *s = *state;
    look(s, SHOWN(""));
    look(s, SHOWN(REQUEST "," HELD "," STATUS(2, "NOTED") "," STATUS_ASK(2, "VOID")));
    look(s, SHOWN(REQUEST "," STATUS_ASK(3, "HELD_BACK") "," HELD "," STATUS_ASK(9, "FAILED")));
    look(s, SHOWN(REQUEST "," HELD "," STATUS_ASK(2, "ON_ITS_WAY") "," STATUS_ASK(3, "ON_ITS_WAY")));
    scene_expect_good(s);
}

/* Also when it is there a moment later, and nothing is to be seen of it at the end. */
static void a_letter_before_its_turn_is_found(void **state)
{
    static const char *const views[] = {
        SHOWN(REQUEST "," HELD "," STATUS_ASK(3, "FOLDED")),
        SHOWN(REQUEST "," STATUS(2, "NOTED")),
        SHOWN(REQUEST "," STATUS_ASK(2, "ON_ITS_WAY") "," STATUS_ASK(3, "FOLDED")),
        SHOWN(REQUEST "," STATUS_ASK(1, "FOLDED")),
        SHOWN(STATUS_ASK(2, "FOLDED") "," REQUEST),
    };
    for (size_t i = 0; i < sizeof views / sizeof views[0]; i++) {
        assert_int_equal(scene_close(state), 0);
        assert_int_equal(scene_open(state), 0);
        look(*state, views[i]);
        scene_expect_broken(*state, "I3", "XB/poc shows letter");
    }
}

static void a_letter_that_nobody_handed_in_is_found(void **state)
{
    struct scene *s = *state;
    json_t *view = json_loads(SHOWN(REQUEST), 0, NULL);
    oracle_shown(s->oracle, scene_tick(s), XB, "ca5e000000000000ca5e000000000000", view);
    json_decref(view);
    scene_expect_broken(s, "I4", "nobody handed in");
}

/* By the key of the scene's XB/poc alone; of a letter that nobody handed in. */
static void show_signed_by_node(struct scene *s, const char *kind, const char *body)
{
    char key[65];
    json_t *letter = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:[{s:s}], s:o}", "id", "0011", "letter", kind,
                               "by", "XB/poc", "seq", 1, "signed", "2026-01-03T00:00:00Z", "effect", "FOLDED",
                               "signers", "key", hex_write(key, bytes_of(s->kit.other_node.key.bytes, 32)),
                               "body", json_loads(body, 0, NULL));
    json_t *view = json_pack("{s:[o]}", "letters", letter);
    assert_non_null(view);
    oracle_shown(s->oracle, scene_tick(s), XB, "ca5e000000000000ca5e000000000000", view);
    json_decref(view);
}

static void a_node_signs_alone_what_it_may(void **state)
{
    struct scene *s = *state;
    show_signed_by_node(s, "ECHO", "{\"echo\":{}}");
    show_signed_by_node(s, "RELEASED", "{\"released\":{\"why\":\"CLOSED\"}}");
    show_signed_by_node(s, "MLA_RECEIVED", "{\"mlaReceived\":{}}");
    scene_expect_good(s);
    show_signed_by_node(s, "RELEASED", "{\"released\":{\"why\":\"EXPIRED\"}}");
    scene_expect_broken(s, "I4", "which may not sign such a letter alone");
}

static void a_third_author_is_found(void **state)
{
    struct scene *s = *state;
    look(s, SHOWN(REQUEST "," HELD "," LETTER("ee55", "STATUS", "XC/poc", 1, "2026-01-03T00:00:00Z", "FOLDED",
                                              "{\"status\":{}}")));
    scene_expect_broken(s, "I4", "has two authors already");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, scene_open, scene_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(equal_views_are_equal),
        TEST(each_difference_is_found),
        TEST(what_differs_is_cut_within_no_character),
        TEST(a_letter_on_its_way_at_the_end_is_found),
        TEST(what_both_sides_have_wrong_is_found),
        TEST(after_a_loss_the_dates_of_what_is_owed_follow_the_times_of_letters),
        TEST(what_is_owed_must_agree_where_the_times_do),
        TEST(one_more_owed_is_found_after_a_loss),
        TEST(a_loss_before_a_letter_does_not_change_its_times),
        TEST(a_loss_after_a_letter_may_change_its_times),
        TEST(a_loss_before_the_first_answer_may_change_its_times),
        TEST(without_a_loss_the_times_of_letters_must_agree),
        TEST(times_that_the_receipts_tell_are_right),
        TEST(a_time_that_no_receipt_tells_is_found),
        TEST(a_loss_after_a_letter_excuses_its_times),
        TEST(letters_are_in_the_order_of_each_author),
        TEST(a_letter_before_its_turn_is_found),
        TEST(a_letter_that_nobody_handed_in_is_found),
        TEST(a_node_signs_alone_what_it_may),
        TEST(a_third_author_is_found),
    };
    return cmocka_run_group_tests_name("oracle_case", tests, NULL, NULL);
}
