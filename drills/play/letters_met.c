/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cells of the lifecycle table the letters of the other side met where they arrived. A view shows
 * letters in the order in which they are folded, so the letters before one, folded alone, give the states
 * that it found.
 */
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/letters.h"
#include "proto/json.h"

struct met {
    struct arena *arena;
    struct case_letter *q, *r; /* those before, in order of case_seq */
    size_t q_count, r_count;
    struct coverage *coverage;
    struct case_fold *fold; /* room for one */
};

static uint32_t seq_of(const json_t *entry)
{
    return (uint32_t)json_integer_value(json_object_get(entry, "seq"));
}

/* Was it folded here? What is on its way, held back or failed met nothing yet. */
static bool is_in_effect(const json_t *entry)
{
    static const char *const not_yet[] = {"ON_ITS_WAY", "HELD_BACK", "FAILED", NULL};
    return !text_is_one_of(sight_text(entry, "effect"), not_yet);
}

static bool read_letter(struct met *met, const json_t *entry, enum side author, struct case_letter *ret)
{
    struct faults *faults = arena_take(met->arena, sizeof *faults);
    ensure(faults != NULL);
    faults_init(faults, met->arena);
    *ret = (struct case_letter){.author = author,
                                .case_seq = seq_of(entry),
                                .signed_ms = sight_ms(entry, "signed"),
                                .accepted_ms = sight_ms(entry, "accepted"),
                                .delivered_ms = 1};
    ret->letter = (const Comity__Letter *)message_of_json(&comity__letter__descriptor,
                                                          json_object_get(entry, "body"), met->arena, faults);
    if (ret->letter == NULL || !hex_read(ret->id.digest.bytes, sizeof ret->id.digest.bytes,
                                         bytes_of_text(sight_text(entry, "id")))) {
        return false;
    }
    ret->kind = letter_kind(ret->letter);
    if (author == SIDE_R && met->q_count != 0) {
        ret->seen = met->q[met->q_count - 1].id;
    }
    return true;
}

static void count(const struct met *met, const struct case_letter *letter)
{
    struct case_fold *fold = met->fold;
    struct targets targets;
    ensure(case_fold(met->q, met->q_count, met->r, met->r_count, NULL, met->arena, fold));
    letter_targets(letter->letter, fold->item_count, &targets);
    const struct lifecycle_row *row = fold->machine == MACHINE_NONE
                                          ? lifecycle_row_any(letter->letter)
                                          : lifecycle_row_of(fold->machine, letter->letter);
    for (size_t i = 0; row != NULL && i < fold->item_count; i++) {
        if (targets.all || targets.named[fold->items[i].number]) {
            coverage_cell(met->coverage, (enum cell_row)(row - row_of_table((enum cell_row)0)),
                          fold->items[i].state);
        }
    }
}

uint32_t sight_count_met(const json_t *view, uint32_t since, struct arena *arena, struct coverage *coverage)
{
    const json_t *letters = json_object_get(view, "letters");
    enum side own = strcmp(sight_text(view, "side"), "requested") == 0 ? SIDE_R : SIDE_Q;
    const char *q_address = sight_text(view, "from");
    struct met met = {.arena = arena, .coverage = coverage};
    uint32_t highest = since;
    size_t index = 0;
    json_t *entry = NULL;
    json_array_foreach(letters, index, entry)
    {
        enum side author = strcmp(sight_text(entry, "by"), q_address) == 0 ? SIDE_Q : SIDE_R;
        highest = author != own && is_in_effect(entry) && seq_of(entry) > highest ? seq_of(entry) : highest;
    }
    if (highest == since) {
        return since;
    }
    met.q = arena_zero(arena, 2 * json_array_size(letters), sizeof *met.q);
    met.fold = arena_take(arena, sizeof *met.fold);
    ensure(met.q != NULL && met.fold != NULL);
    met.r = met.q + json_array_size(letters);
    json_array_foreach(letters, index, entry)
    {
        struct case_letter letter;
        enum side author = strcmp(sight_text(entry, "by"), q_address) == 0 ? SIDE_Q : SIDE_R;
        if (!is_in_effect(entry) || !read_letter(&met, entry, author, &letter)) {
            continue;
        }
        if (author != own && letter.case_seq > since) {
            count(&met, &letter);
        }
        if (author == SIDE_Q) {
            met.q[met.q_count++] = letter;
        } else {
            met.r[met.r_count++] = letter;
        }
    }
    return highest;
}
