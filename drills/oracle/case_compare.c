/* SPDX-License-Identifier: Apache-2.0 */
/* One case as both sides show it: the same letters in the same order, folded into the same case (I5). */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "drills/oracle/case_model.h"
#include "drills/oracle/case_shown.h"

struct case_sides {
    struct oracle *oracle;
    const char *case_id;
    size_t q, r;
    const json_t *q_view, *r_view;
    const json_t *letter; /* at Q, of the two that are compared; NULL: what is compared is the case */
    bool times_differ;    /* of a letter, where they may */
};

/* --- members --- */

static void differ(const struct case_sides *s, const char *what, const json_t *q, const json_t *r)
{
    /* ASCII: both are cut, and no cut falls within a character */
    const size_t flags = JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY | JSON_ENSURE_ASCII;
    char *q_text = q == NULL ? NULL : json_dumps(q, flags);
    char *r_text = r == NULL ? NULL : json_dumps(r, flags);
    oracle_break(s->oracle, "I5", "%s%.8s%scase %.8s has other %s at %s and at %s: %.140s and %.140s",
                 s->letter == NULL ? "" : "letter ", s->letter == NULL ? "" : shown_text(s->letter, "id"),
                 s->letter == NULL ? "" : " of ", s->case_id, what, oracle_name(s->oracle, s->q),
                 oracle_name(s->oracle, s->r), q_text == NULL ? "nothing" : q_text,
                 r_text == NULL ? "nothing" : r_text);
    free(q_text);
    free(r_text);
}

/* Absent on both sides is equal, too. */
static bool is_equal(const json_t *q, const json_t *r)
{
    return q == r || (q != NULL && r != NULL && json_equal(q, r) != 0);
}

static void compare(const struct case_sides *s, const char *what, const json_t *q, const json_t *r)
{
    if (!is_equal(q, r)) {
        differ(s, what, q, r);
    }
}

static void compare_member(const struct case_sides *s, const char *name)
{
    compare(s, name, json_object_get(s->q_view, name), json_object_get(s->r_view, name));
}

/* --- letters --- */

/* The n-th of those in the fold; NULL when there are fewer. */
static const json_t *folded_letter(const json_t *view, size_t n)
{
    const json_t *letters = json_object_get(view, "letters");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        if (shown_in_effect(letter) && n-- == 0) {
            return letter;
        }
    }
    return NULL;
}

/* When it was first handed in: it may have gone out with no answer heard, and have been handed in again after a loss. */
static uint64_t written_us(const struct oracle *o, const json_t *letter)
{
    const struct letter_record *record = shown_record(o, letter);
    return record == NULL ? 0 : record->submitted_us;
}

/* Its times count on both sides alike, unless a store was put back since it was written, or a link told other ones. */
static bool times_must_agree(const struct case_sides *s, const json_t *letter)
{
    const struct oracle *o = s->oracle;
    uint64_t at_us = written_us(o, letter);
    return !o->hostile[s->q] && !o->hostile[s->r] && !oracle_lost_since(o, BROKER, at_us) &&
           !oracle_lost_since(o, s->q, at_us) && !oracle_lost_since(o, s->r, at_us);
}

/* Both sides show the same, so one of them is looked at. */
static void check_time(const struct case_sides *s, const json_t *letter, const char *name, uint64_t told_ms)
{
    if (told_ms != 0 && shown_ms(letter, name) != (int64_t)told_ms) {
        oracle_break(s->oracle, "I5",
                     "letter %.8s (%s) of case %.8s is shown as %s at %s, and not by its receipts",
                     shown_text(letter, "id"), shown_text(letter, "letter"), s->case_id, name,
                     shown_text(letter, name));
    }
}

static void compare_times(struct case_sides *s, const json_t *q, const json_t *r)
{
    static const char *const times[] = {"accepted", "delivered"};
    const struct letter_record *record = shown_record(s->oracle, q);
    if (record != NULL && times_must_agree(s, q)) {
        check_time(s, q, "accepted", record->accepted_ms);
        check_time(s, q, "delivered", record->delivered_ms);
    }
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const json_t *at_q = json_object_get(q, times[i]);
        const json_t *at_r = json_object_get(r, times[i]);
        if (times_must_agree(s, q)) {
            compare(s, times[i], at_q, at_r);
        } else {
            s->times_differ = s->times_differ || !is_equal(at_q, at_r);
        }
    }
}

static void compare_letters(struct case_sides *s)
{
    static const char *const members[] = {"id",
                                          "letter",
                                          "by",
                                          "seq",
                                          "signed",
                                          "body",
                                          "effect",
                                          "code",
                                          "outside_treaty",
                                          "without_consult",
                                          "art_42_8",
                                          "acted"};
    for (size_t n = 0; !s->oracle->broken; n++) {
        const json_t *q = folded_letter(s->q_view, n);
        const json_t *r = folded_letter(s->r_view, n);
        if (q == NULL && r == NULL) {
            return;
        }
        if (q == NULL || r == NULL) {
            differ(s, "letters", json_object_get(q, "id"), json_object_get(r, "id"));
            return;
        }
        s->letter = q; /* the trace has its id, and not the one of its case */
        for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
            compare(s, members[i], json_object_get(q, members[i]), json_object_get(r, members[i]));
        }
        compare_times(s, q, r);
        s->letter = NULL;
    }
}

/* --- what is owed --- */

static bool is_same_due(const json_t *q, const json_t *r)
{
    static const char *const members[] = {"by", "what", "item", "paused"};
    bool same = true;
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
        same = same && is_equal(json_object_get(q, members[i]), json_object_get(r, members[i]));
    }
    return same;
}

static size_t count_due(const json_t *list, const json_t *due)
{
    size_t count = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        count += is_same_due(json_array_get(list, i), due);
    }
    return count;
}

/* By when depends on the times of letters, and so does the order. Where these differ by a loss, all else is the same. */
static void compare_owed(const struct case_sides *s)
{
    const json_t *q = json_object_get(s->q_view, "owed");
    const json_t *r = json_object_get(s->r_view, "owed");
    bool same = json_array_size(q) == json_array_size(r);
    if (!s->times_differ) {
        compare(s, "owed", q, r);
        return;
    }
    for (size_t i = 0; i < json_array_size(q); i++) {
        const json_t *due = json_array_get(q, i);
        same = same && count_due(q, due) == count_due(r, due);
    }
    if (!same) {
        differ(s, "owed", q, r);
    }
}

/* I8: at the end nothing is on its way. */
static void check_none_on_its_way(const struct case_sides *s, size_t party, const json_t *view)
{
    const json_t *letters = json_object_get(view, "letters");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        const json_t *letter = json_array_get(letters, i);
        if (strcmp(shown_text(letter, "effect"), "ON_ITS_WAY") == 0) {
            oracle_break(s->oracle, "I8", "letter %.8s (%s) of case %.8s is still on its way as %s shows it",
                         shown_text(letter, "id"), shown_text(letter, "letter"), s->case_id,
                         oracle_name(s->oracle, party));
        }
    }
}

/* --- the case --- */

/* A case that one side does not know: then nothing that is in effect ever reached it, or came from it. */
static void check_alone(const struct case_sides *s, const json_t *view, size_t knows, size_t misses)
{
    const json_t *letter = folded_letter(view, 0);
    if (letter != NULL) {
        oracle_break(s->oracle, "I5",
                     "case %.8s is known to %s, with letter %.8s (%s) in effect, and not to %s", s->case_id,
                     oracle_name(s->oracle, knows), shown_text(letter, "id"), shown_text(letter, "letter"),
                     oracle_name(s->oracle, misses));
    }
}

/* The finish has found that a loss took what nothing brings back. */
static bool is_torn(struct oracle *o, const char *case_id)
{
    uint8_t bytes[16];
    return hex_read(bytes, sizeof bytes, bytes_of_text(case_id)) && oracle_excuse_torn(o, bytes);
}

void oracle_case(struct oracle *o, uint64_t at_us, const char *case_id, size_t q_party, const json_t *q_view,
                 size_t r_party, const json_t *r_view)
{
    struct case_sides s = {
        .oracle = o, .case_id = case_id, .q = q_party, .r = r_party, .q_view = q_view, .r_view = r_view};
    if (o->broken || is_torn(o, case_id)) {
        return;
    }
    o->now_us = at_us;
    oracle_shown(o, at_us, q_party, case_id, q_view);
    oracle_shown(o, at_us, r_party, case_id, r_view);
    if (q_view != NULL && r_view != NULL) {
        check_none_on_its_way(&s, q_party, q_view);
        check_none_on_its_way(&s, r_party, r_view);
        compare_letters(&s);
        compare_member(&s, "state");
        compare_member(&s, "items");
        compare_member(&s, "asks");
        compare_owed(&s);
    } else if (r_view == NULL && q_view != NULL) {
        check_alone(&s, q_view, q_party, r_party);
    } else if (q_view == NULL && r_view != NULL) {
        check_alone(&s, r_view, r_party, q_party);
    }
    if (q_view != NULL || r_view != NULL) {
        case_model_check(o, case_id, r_view != NULL ? r_view : q_view);
    }
}
