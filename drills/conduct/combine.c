/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/conduct/combine.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/conduct/live.h"
#include "drills/record/side_join.h"

struct combining {
    struct combine_side *sides;
    size_t count;
    const struct scenario *scenario;
    struct drill_record *record;
    struct side_part *parts; /* [i] of sides[i] */
    struct error *error;
};

static bool is_of_exercise(struct combining *c, const struct combine_side *given)
{
    const struct side_head *head = &given->side.head;
    const struct drill_record *record = c->record;
    if (memcmp(head->exercise, record->head.exercise, sizeof head->exercise) != 0 ||
        memcmp(head->scenario_hash, record->head.scenario_hash, sizeof head->scenario_hash) != 0) {
        error_set(c->error, "%s is of another exercise; compare the scenario and what was said with --set",
                  given->name);
        return false;
    }
    if (record_find_party(record, head->party) == 0) {
        error_set(c->error, "%s is of %s, who is not in the scenario", given->name, head->party);
        return false;
    }
    if (head->ended_ms < record->head.start_ms) {
        error_set(c->error, "%s ended before the exercise began", given->name);
        return false;
    }
    return true;
}

static bool is_only(struct combining *c, size_t number)
{
    for (size_t i = 0; i < number; i++) {
        if (strcmp(c->sides[i].side.head.party, c->sides[number].side.head.party) == 0) {
            error_set(c->error, "%s and %s are both of %s; take the one whose hash its people name",
                      c->sides[i].name, c->sides[number].name, c->sides[i].side.head.party);
            return false;
        }
    }
    return true;
}

static bool has_own_cases(struct combining *c, const char *name, const struct side_part *part)
{
    for (size_t i = 0; i < part->record->cases.count; i++) {
        const struct record_case *it = &part->record->cases.list[i];
        if (it->q != part->party && it->r != part->party) {
            error_set(c->error, "%s shows a case of others: %s", name,
                      it->reference == NULL ? "" : it->reference);
            return false;
        }
    }
    return true;
}

/* What one side shows, in a record of its own, and a line about that. */
static bool read_side(struct combining *c, size_t number)
{
    struct combine_side *given = &c->sides[number];
    struct side_part *part = &c->parts[number];
    struct record_read read = {.trouble = ""};
    *part = (struct side_part){.record = record_new(), .ended_ms = given->side.head.ended_ms};
    live_record_begin(part->record, c->scenario, "", "");
    part->party = record_find_party(part->record, given->side.head.party);
    const struct record_source source = side_source(&given->side);
    if (!record_read_node(part->record, part->party, &source, &read)) {
        error_set(c->error, "%s: %s", given->name, read.trouble);
        return false;
    }
    live_record_journal(given->side.journal, part->record);
    struct record_side_read row = {.party = part->party,
                                   .given = true,
                                   .ended_ms = part->ended_ms,
                                   .cases = read.cases,
                                   .letters = read.letters,
                                   .skipped = read.skipped,
                                   .trouble = read.trouble};
    memcpy(row.hash, given->side.hash, sizeof row.hash);
    (void)record_add_side(c->record, &row);
    return has_own_cases(c, given->name, part);
}

/* Whatever order they were named in. */
static int by_party(const void *left, const void *right)
{
    const struct combine_side *a = left, *b = right;
    int order = strcmp(a->side.head.party, b->side.head.party);
    return order != 0 ? order : strcmp(a->name, b->name);
}

/* Up to when each party was seen, and who was not: what only those could tell stays unknown. Returns the end. */
static uint64_t tell_missing(struct combining *c)
{
    const uint64_t over_ms = c->scenario->clock.end_ms;
    uint64_t end_ms = 0;
    for (size_t i = 0; i < c->record->parties.count; i++) {
        c->record->parties.list[i].missing = true;
    }
    for (size_t i = 0; i < c->count; i++) {
        struct record_party *party = &c->record->parties.list[c->parts[i].party - 1];
        party->missing = false;
        party->read_ms = c->parts[i].ended_ms;
        end_ms = party->read_ms > end_ms ? party->read_ms : end_ms;
    }
    for (size_t i = 0; i < c->record->parties.count; i++) {
        if (c->record->parties.list[i].missing && !c->record->parties.list[i].white_cell) {
            (void)record_add_side(c->record, &(struct record_side_read){.party = i + 1, .trouble = ""});
        }
    }
    return end_ms < over_ms ? end_ms : over_ms;
}

/* An inject of which nothing is known, because nobody who could tell gave a record, was not held back for that. */
static void tell_unseen(struct drill_record *record)
{
    for (size_t n = 1; n <= record->injects.count; n++) {
        if (record_inject(record, n)->state == RECORD_PLANNED &&
            record_inject_known_ms(record, n, true) == 0) {
            record_inject_is(record, n, RECORD_UNSEEN, 0);
        }
    }
}

static bool run(struct combining *c)
{
    for (size_t i = 0; i < c->count; i++) {
        if (!is_of_exercise(c, &c->sides[i]) || !is_only(c, i)) {
            return false;
        }
    }
    for (size_t i = 0; i < c->count; i++) {
        if (!read_side(c, i)) {
            return false;
        }
    }
    side_join(c->record, c->parts, c->count);
    live_record_cases(c->record);
    c->record->head.end_ms = tell_missing(c);
    tell_unseen(c->record);
    record_finish(c->record, c->record->head.end_ms);
    return true;
}

bool combine(struct combine_side *sides, size_t count, const struct scenario *scenario, const char *build,
             const char *command, struct drill_record *record, struct error *error)
{
    struct side_part *parts = calloc(count + 1, sizeof *parts);
    ensure(parts != NULL);
    struct combining c = {.sides = sides,
                          .parts = parts,
                          .count = count,
                          .scenario = scenario,
                          .record = record,
                          .error = error};
    live_record_begin(record, scenario, build, command);
    qsort(sides, count, sizeof *sides, by_party);
    bool good = run(&c);
    for (size_t i = 0; i < count; i++) {
        record_free(parts[i].record);
    }
    free(parts);
    return good;
}
