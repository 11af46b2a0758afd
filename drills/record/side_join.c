/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/record/side_join.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"

#define SAYS_MAX 100

struct joining {
    struct drill_record *whole;
    const struct side_part *parts;
    size_t count;
};

static const char *or_nothing(const char *text)
{
    return text == NULL ? "" : text;
}

/* --- disputes --- */

static void moment_write(char ret[SAYS_MAX], uint64_t ms)
{
    char at[INSTANT_TEXT_MAX];
    (void)snprintf(ret, SAYS_MAX, "%s",
                   ms == 0 ? "" : instant_write(at, (struct instant){.ms = (int64_t)ms}));
}

static void dispute(const struct joining *j, const struct record_dispute *of, const struct side_part *first,
                    const char *first_says, const struct side_part *second, const char *second_says)
{
    struct record_dispute row = *of;
    row.first = first->party;
    row.second = second->party;
    row.first_says = first_says;
    row.second_says = second_says;
    (void)record_add_dispute(j->whole, &row);
}

/* What both say of a case as a whole. */
static void compare_cases(const struct joining *j, size_t of_case, const struct side_part *a,
                          const struct side_part *b)
{
    const uint8_t *id = record_case(j->whole, of_case)->id;
    const struct record_case *x = record_case(a->record, record_find_case(a->record, id));
    const struct record_case *y = record_case(b->record, record_find_case(b->record, id));
    const struct {
        const char *what, *first, *second;
    } said[] = {{"reference", or_nothing(x->reference), or_nothing(y->reference)},
                {"kind", or_nothing(x->machine), or_nothing(y->machine)},
                {"class", record_class_letter(x->urgency), record_class_letter(y->urgency)}};
    for (size_t i = 0; i < sizeof said / sizeof said[0]; i++) {
        if (strcmp(said[i].first, said[i].second) != 0) {
            dispute(j, &(struct record_dispute){.what = said[i].what, .of_case = of_case}, a, said[i].first,
                    b, said[i].second);
        }
    }
}

/* A letter that both show. */
static void compare_letters(const struct joining *j, const struct record_dispute *of,
                            const struct side_part *a, const struct record_letter *x,
                            const struct side_part *b, const struct record_letter *y)
{
    static const struct {
        const char *what;
        size_t offset;
    } moments[] = {{"accepted", offsetof(struct record_letter, accepted_ms)},
                   {"delivered", offsetof(struct record_letter, delivered_ms)},
                   {"opened", offsetof(struct record_letter, opened_ms)}};
    struct record_dispute row = *of;
    char first[SAYS_MAX], second[SAYS_MAX];
    if (!bytes_equal(x->id, y->id)) { /* two letters, and of another one no moment is the same */
        row.what = "letter";
        (void)hex_write(first, x->id);
        (void)hex_write(second, y->id);
        dispute(j, &row, a, first, b, second);
        return;
    }
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        uint64_t x_ms = 0, y_ms = 0;
        memcpy(&x_ms, (const char *)x + moments[i].offset, sizeof x_ms);
        memcpy(&y_ms, (const char *)y + moments[i].offset, sizeof y_ms);
        if (x_ms != 0 && y_ms != 0 && x_ms != y_ms) {
            row.what = moments[i].what;
            moment_write(first, x_ms);
            moment_write(second, y_ms);
            dispute(j, &row, a, first, b, second);
        }
    }
    if (x->without_effect != y->without_effect) {
        row.what = "effect";
        dispute(j, &row, a, x->without_effect ? "without effect" : "in effect", b,
                y->without_effect ? "without effect" : "in effect");
    }
}

/* One shows it, the other had it when it was asked, or wrote it, and does not show it. */
static void miss_letter(const struct joining *j, const struct record_dispute *of,
                        const struct side_part *shows, const struct record_letter *letter, bool author_lacks,
                        const struct side_part *lacks)
{
    uint64_t had_ms = author_lacks ? letter->sealed_ms : letter->delivered_ms;
    struct record_dispute row = *of;
    char at[SAYS_MAX];
    row.what = author_lacks ? "signed" : "delivered";
    if (had_ms != 0 && had_ms < lacks->ended_ms) {
        moment_write(at, had_ms);
        dispute(j, &row, shows, at, lacks, "");
    }
}

static const struct side_part *part_of(const struct joining *j, size_t party)
{
    for (size_t i = 0; i < j->count; i++) {
        if (j->parts[i].party == party) {
            return &j->parts[i];
        }
    }
    return NULL;
}

/* A letter that one side shows: what both show is compared where its requester shows it. */
static void compare_letter(const struct joining *j, const struct side_part *a, const struct record_letter *x)
{
    const struct record_case *it = record_case(a->record, x->of_case);
    const struct side_part *b = part_of(j, a->party == it->q ? it->r : it->q);
    if (b == NULL) {
        return;
    }
    size_t there = record_find_case(b->record, it->id);
    const struct record_letter *y =
        record_letter(b->record, there == 0 ? 0 : record_find_letter(b->record, there, x->side, x->seq));
    const struct record_dispute of = {
        .of_case = record_find_case(j->whole, it->id), .side = x->side, .seq = x->seq};
    if (y == NULL) {
        miss_letter(j, &of, a, x, (x->side == RECORD_Q ? it->q : it->r) == b->party, b);
    } else if (a->party == it->q) {
        compare_letters(j, &of, a, x, b, y);
    }
}

static void compare(const struct joining *j)
{
    for (size_t n = 1; n <= j->whole->cases.count; n++) {
        const struct record_case *it = record_case(j->whole, n);
        const struct side_part *q = part_of(j, it->q), *r = part_of(j, it->r);
        if (q != NULL && r != NULL && record_find_case(q->record, it->id) != 0 &&
            record_find_case(r->record, it->id) != 0) {
            compare_cases(j, n, q, r);
        }
    }
    for (size_t i = 0; i < j->count; i++) {
        for (size_t k = 0; k < j->parts[i].record->letters.count; k++) {
            compare_letter(j, &j->parts[i], &j->parts[i].record->letters.list[k]);
        }
    }
}

/* --- one of all --- */

static size_t case_there(const struct joining *j, const struct side_part *part, size_t of_case)
{
    const struct record_case *it = record_case(part->record, of_case);
    return it == NULL ? 0 : record_find_case(j->whole, it->id);
}

enum pass { PASS_AUTHOR, PASS_READER, PASS_ALL, PASSES };

/* What is known already stays: so the passes go by who knows best. */
static void join_letters(const struct joining *j, const struct side_part *part, enum pass pass)
{
    struct arena *arena = arena_new(2 * RECORD_LETTER_MAX);
    ensure(arena != NULL);
    for (size_t i = 0; i < part->record->letters.count; i++) {
        struct record_letter row = part->record->letters.list[i];
        const struct record_case *it = record_case(part->record, row.of_case);
        bool author = (row.side == RECORD_Q ? it->q : it->r) == part->party;
        if (pass != PASS_ALL && author != (pass == PASS_AUTHOR)) {
            continue;
        }
        row.of_case = case_there(j, part, row.of_case);
        const struct record_letter *known =
            record_letter(j->whole, record_find_letter(j->whole, row.of_case, row.side, row.seq));
        if (known != NULL && !bytes_equal(known->id, row.id)) {
            continue; /* of another letter in that place: it is in dispute */
        }
        if (pass == PASS_AUTHOR) {
            row.delivered_ms = row.opened_ms = 0;
        }
        arena_reset(arena);
        row.letter = record_letter_bytes(part->record, &row, arena);
        row.filed_bytes = 0;
        (void)record_add_letter(j->whole, &row);
    }
    arena_free(arena);
}

/* Who releases an inject knows when. */
static void join_injects(const struct joining *j, const struct side_part *part)
{
    for (size_t n = 1; n <= part->record->injects.count; n++) {
        const struct record_inject *inject = record_inject(part->record, n);
        if ((inject->from != 0 ? inject->from : inject->to) == part->party && inject->released_ms != 0) {
            record_inject_is(j->whole, n, RECORD_RELEASED, inject->released_ms);
        }
    }
}

static void join_rest(const struct joining *j, const struct side_part *part)
{
    for (size_t i = 0; i < part->record->notes.count; i++) {
        struct record_note row = part->record->notes.list[i];
        row.of_case = case_there(j, part, row.of_case);
        (void)record_add_note(j->whole, &row);
    }
    for (size_t i = 0; i < part->record->spans.count; i++) {
        struct record_span row = part->record->spans.list[i];
        row.of_case = case_there(j, part, row.of_case);
        (void)record_add_span(j->whole, &row);
    }
    for (size_t i = 0; i < part->record->acts.count; i++) {
        struct record_act row = part->record->acts.list[i];
        row.of_case = case_there(j, part, row.of_case);
        (void)record_add_act(j->whole, &row);
    }
}

/* --- stops --- */

static uint64_t freeze_end_ms(const struct record_freeze *freeze, const struct side_part *part)
{
    return freeze->resume_ms == 0 ? part->ended_ms : freeze->resume_ms;
}

static bool stood_still(const struct side_part *part, uint64_t from_ms, uint64_t to_ms)
{
    for (size_t i = 0; i < part->record->freezes.count; i++) {
        const struct record_freeze *freeze = &part->record->freezes.list[i];
        if (freeze->stop_ms < to_ms && freeze_end_ms(freeze, part) > from_ms) {
            return true;
        }
    }
    return false;
}

/* Who stopped while another went on: the time is cut out for all, and both are named. */
static void join_stops(const struct joining *j, const struct side_part *part)
{
    for (size_t i = 0; i < part->record->freezes.count; i++) {
        struct record_freeze freeze = part->record->freezes.list[i];
        char at[SAYS_MAX];
        uint64_t end_ms = freeze_end_ms(&freeze, part);
        moment_write(at, freeze.stop_ms);
        for (size_t k = 0; k < j->count; k++) {
            const struct side_part *other = &j->parts[k];
            if (other != part && freeze.stop_ms < other->ended_ms &&
                !stood_still(other, freeze.stop_ms, end_ms)) {
                dispute(j, &(struct record_dispute){.what = "STOP"}, part, at, other, "");
            }
        }
        freeze.party = part->party;
        freeze.resume_ms = end_ms;
        (void)record_add_freeze(j->whole, &freeze);
    }
}

void side_join(struct drill_record *whole, const struct side_part *parts, size_t count)
{
    const struct joining j = {.whole = whole, .parts = parts, .count = count};
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < parts[i].record->cases.count; k++) {
            (void)record_add_case(whole, &parts[i].record->cases.list[k]);
        }
    }
    for (unsigned pass = 0; pass < PASSES; pass++) {
        for (size_t i = 0; i < count; i++) {
            join_letters(&j, &parts[i], (enum pass)pass);
        }
    }
    for (size_t i = 0; i < count; i++) {
        join_injects(&j, &parts[i]);
        join_rest(&j, &parts[i]);
        join_stops(&j, &parts[i]);
    }
    compare(&j);
}
