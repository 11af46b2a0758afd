/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/oracle/case_dates.h"

#include <string.h>

#include "drills/oracle/case_shown.h"

#define ITEMS_MAX       64
#define GRACE_MS        (INT64_C(72) * 3600 * 1000) /* docs/lifecycle.md, rule 6 */
#define CLOCKS_APART_MS (INT64_C(10) * 60 * 1000)   /* signed to created to accepted: 5 minutes each */

enum item_standing { ASKED, ORDERED, HELD, ENDED };

struct item {
    enum item_standing state;
    const char *result;
    int64_t until_ms; /* 0: none */
    bool withdraw_open, extend_open;
};

struct dates {
    struct oracle *oracle;
    const char *case_id;
    size_t count;
    struct item items[ITEMS_MAX + 1]; /* by number */
    const json_t *letter, *body;      /* being taken; body: its only member */
    const char *kind;
    bool beyond; /* a letter came that is not read here */
};

static const json_t *only_member(const json_t *object)
{
    json_t *open =
        (json_t *)(uintptr_t)object; /* the iterators of jansson are not const; nothing is changed */
    return json_object_iter_value(json_object_iter(open));
}

/* --- which items --- */

static bool names_any(const struct dates *d)
{
    return json_array_size(json_object_get(d->body, "items")) != 0;
}

static bool names(const struct dates *d, size_t number)
{
    const json_t *items = json_object_get(d->body, "items");
    for (size_t i = 0; i < json_array_size(items); i++) {
        if (json_integer_value(json_array_get(items, i)) == (json_int_t)number) {
            return true;
        }
    }
    return false;
}

/* --- what a letter does to one item --- */

static void end_item(struct item *item, const char *result)
{
    *item = (struct item){.state = ENDED, .result = result, .until_ms = item->until_ms};
}

static void early(struct dates *d, size_t number, const char *why)
{
    oracle_break(d->oracle, "I11", "letter %.8s of case %.8s released item %zu as expired %s",
                 shown_text(d->letter, "id"), d->case_id, number, why);
}

/* Accepted is the broker's time, signed that of an officer's node: both were past the grace. */
static void expire(struct dates *d, size_t number, bool is_named)
{
    struct item *item = &d->items[number];
    int64_t grace_ms = item->until_ms + GRACE_MS;
    int64_t accepted_ms = shown_ms(d->letter, "accepted");
    bool may = item->state == HELD && !item->extend_open && shown_ms(d->letter, "signed") >= grace_ms;
    if (!may && is_named) {
        early(d, number,
              item->extend_open ? "while an extension was asked for" : "before its date and its grace");
    }
    if (may && accepted_ms != 0 && accepted_ms + CLOCKS_APART_MS < grace_ms) {
        early(d, number, "before its date and its grace, by the broker's clock");
    }
    if (may) {
        end_item(item, "EXPIRED");
    }
}

static void release(struct dates *d, size_t number, bool is_named)
{
    struct item *item = &d->items[number];
    if (strcmp(shown_text(d->body, "why"), "EXPIRED") == 0) {
        expire(d, number, is_named);
    } else if (item->state != ENDED && item->withdraw_open) {
        end_item(item, "WITHDRAWN");
    }
}

static const char *not_held_result(const json_t *body)
{
    const char *cause = shown_text(body, "cause");
    bool itself = strcmp(cause, "NOT_FOUND") == 0 || strcmp(cause, "ELSEWHERE") == 0 ||
                  strcmp(cause, "IMPOSSIBLE") == 0;
    return itself ? cause : "NOT_EXECUTED";
}

static void hold(struct dates *d, struct item *item, bool is_extension)
{
    int64_t until_ms = shown_ms(d->body, "holdUntil");
    bool later = is_extension ? item->state == HELD && until_ms > item->until_ms
                              : item->state != ENDED && until_ms >= item->until_ms;
    if (later) {
        item->state = HELD;
        item->until_ms = until_ms;
        item->extend_open = item->extend_open && !is_extension;
    }
}

static void take_item(struct dates *d, size_t number, bool is_named)
{
    struct item *item = &d->items[number];
    bool is_open = item->state == ASKED || item->state == ORDERED;
    if (strcmp(d->kind, "ORDERED") == 0 && is_open) {
        item->state = ORDERED;
    } else if (strcmp(d->kind, "HELD") == 0) {
        hold(d, item, false);
    } else if (strcmp(d->kind, "EXTENDED") == 0) {
        hold(d, item, true);
    } else if (strcmp(d->kind, "NOT_HELD") == 0 && is_open) {
        end_item(item, not_held_result(d->body));
    } else if (strcmp(d->kind, "REFUSED") == 0 && is_open) {
        end_item(item, "REFUSED");
    } else if (strcmp(d->kind, "RELEASED") == 0) {
        release(d, number, is_named);
    } else if (strcmp(d->kind, "WITHDRAW") == 0 && item->state != ENDED) {
        item->withdraw_open = true;
    } else if (strcmp(d->kind, "EXTEND") == 0 && item->state == HELD) {
        item->extend_open = true;
    }
}

/* --- letters --- */

/* Letters of a hold that ask for and keep data; the tables of all others are not written down here. */
static bool is_read(const char *kind, const char *why)
{
    static const char *const kinds[] = {"REQUEST", "ACK",      "INFO_ASKED", "INFO_GIVEN", "ORDERED",
                                        "HELD",    "NOT_HELD", "REFUSED",    "WITHDRAW",   "RELEASED",
                                        "EXTEND",  "EXTENDED", "STATUS_ASK", "STATUS",     NULL};
    bool known = false;
    for (size_t i = 0; kinds[i] != NULL; i++) {
        known |= strcmp(kinds[i], kind) == 0;
    }
    return known &&
           (strcmp(kind, "RELEASED") != 0 || strcmp(why, "EXPIRED") == 0 || strcmp(why, "WITHDRAWN") == 0);
}

static void take_letter(struct dates *d, const json_t *letter)
{
    const char *effect = shown_text(letter, "effect");
    d->letter = letter;
    d->kind = shown_text(letter, "letter");
    d->body = only_member(json_object_get(letter, "body"));
    d->beyond = d->beyond || !is_read(d->kind, shown_text(d->body, "why"));
    if (strcmp(effect, "FOLDED") != 0 && strcmp(effect, "NOTED") != 0) {
        return;
    }
    if (strcmp(d->kind, "REQUEST") == 0 && d->count == 0) {
        size_t count = json_array_size(json_object_get(d->body, "items"));
        d->count = count < ITEMS_MAX ? count : ITEMS_MAX;
        return;
    }
    for (size_t number = 1; number <= d->count; number++) {
        bool is_named = names(d, number);
        if (is_named || !names_any(d)) {
            take_item(d, number, is_named);
        }
    }
}

/* --- against the view --- */

static void check_item(struct dates *d, const json_t *shown)
{
    static const char *const states[] = {"ASKED", "ORDERED", "HELD", "ENDED"};
    size_t number = (size_t)json_integer_value(json_object_get(shown, "number"));
    if (number < 1 || number > d->count || strcmp(shown_text(shown, "state"), "HELD_OPEN") == 0) {
        return; /* no letter known here holds it open */
    }
    const struct item *item = &d->items[number];
    const char *result = item->result == NULL ? "" : item->result;
    if (strcmp(shown_text(shown, "state"), states[item->state]) != 0 ||
        strcmp(shown_text(shown, "result"), result) != 0 || shown_ms(shown, "held_until") != item->until_ms) {
        oracle_break(d->oracle, "I5",
                     "item %zu of case %.8s is shown as %s%s%s until %s, and by its letters it is %s %s",
                     number, d->case_id, shown_text(shown, "state"),
                     shown_text(shown, "result")[0] == '\0' ? "" : " ", shown_text(shown, "result"),
                     shown_text(shown, "held_until"), states[item->state], result);
    }
}

void case_dates_check(struct oracle *o, const char *case_id, const json_t *view)
{
    struct dates d = {.oracle = o, .case_id = case_id};
    const json_t *letters = json_object_get(view, "letters");
    const json_t *items = json_object_get(view, "items");
    for (size_t i = 0; i < json_array_size(letters); i++) {
        take_letter(&d, json_array_get(letters, i));
    }
    const char *type = shown_text(view, "type");
    bool is_hold = type[0] == '\0' || strcmp(type, "PRESERVE") == 0;
    for (size_t i = 0; is_hold && !d.beyond && i < json_array_size(items); i++) {
        check_item(&d, json_array_get(items, i));
    }
}
