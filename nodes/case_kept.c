/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_kept.h"

#include <string.h>

#include "nodes/letters.h"
#include "nodes/store_letters.h"

/* --- memory --- */

static struct kept_piece *piece_new(void)
{
    struct arena *arena = arena_new(KEPT_PIECE_BYTES_MAX);
    struct kept_piece *piece = arena == NULL ? NULL : arena_take(arena, sizeof *piece);
    if (piece == NULL) {
        arena_free(arena);
        return NULL;
    }
    *piece = (struct kept_piece){.arena = arena};
    return piece;
}

/* Who looked at it in this input may still hold it. */
static void piece_let_go(struct kept_cases *cases, struct kept_piece *piece)
{
    if (piece != NULL) {
        piece->next = cases->let_go;
        cases->let_go = piece;
        cases->let_go_bytes += arena_used(piece->arena);
    }
}

static void let_go(struct kept_cases *cases, struct kept_case *kept)
{
    piece_let_go(cases, kept->signed_part);
    piece_let_go(cases, kept->state);
    *kept = (struct kept_case){.signed_part = NULL};
}

static bool is_too_large(const struct kept_case *kept)
{
    return kept->signed_part != NULL && kept->state != NULL &&
           arena_used(kept->signed_part->arena) + arena_used(kept->state->arena) > CASE_KEPT_BYTES;
}

void kept_cases_settle(struct kept_cases *cases)
{
    for (size_t i = 0; i < CASES_KEPT; i++) {
        if (is_too_large(&cases->list[i])) {
            let_go(cases, &cases->list[i]);
        }
    }
    for (struct kept_piece *piece = cases->let_go, *next; piece != NULL; piece = next) {
        next = piece->next;
        arena_free(piece->arena);
    }
    cases->let_go = NULL;
    cases->let_go_bytes = 0;
}

void kept_cases_doubt(struct kept_cases *cases)
{
    for (size_t i = 0; i < CASES_KEPT; i++) {
        cases->list[i].letters_stamp = cases->list[i].calendars_stamp = 0;
    }
}

void kept_cases_free(struct kept_cases *cases)
{
    for (size_t i = 0; i < CASES_KEPT; i++) {
        let_go(cases, &cases->list[i]);
    }
    kept_cases_settle(cases);
}

static bool is_of(const struct kept_case *kept, const struct case_id *id)
{
    return kept->signed_part != NULL && memcmp(kept->id.bytes, id->bytes, sizeof id->bytes) == 0;
}

/* The place of that case; else a free one, else that of the one that nobody looked at for longest. */
static struct kept_case *place_of(struct kept_cases *cases, const struct case_id *id)
{
    struct kept_case *place = &cases->list[0];
    for (size_t i = 0; i < CASES_KEPT; i++) {
        struct kept_case *kept = &cases->list[i];
        if (is_of(kept, id)) {
            return kept;
        }
        place = kept->looked < place->looked ? kept : place;
    }
    let_go(cases, place);
    place->id = *id;
    place->signed_part = piece_new();
    return place;
}

/* --- letters --- */

/* The row of that letter as it is known; count: it is not. Mostly it is the at-th. */
static size_t index_of(const struct case_look *known, size_t at, const struct letter_id *id)
{
    if (at < known->count && digest_equal(&known->rows[at].id.digest, &id->digest)) {
        return at;
    }
    size_t i = 0;
    while (i < known->count && !digest_equal(&known->rows[i].id.digest, &id->digest)) {
        i++;
    }
    return i;
}

static bool is_as_it_was(const struct letter_row *row, const struct letter_row *now)
{
    return row->number == now->number && row->author == now->author && row->accepted_ms == now->accepted_ms &&
           row->delivered_ms == now->delivered_ms && row->opened_ms == now->opened_ms &&
           row->opened_here_ms == now->opened_here_ms &&
           digest_equal(&row->envelope.digest, &now->envelope.digest) && row->place == now->place &&
           row->sending == now->sending && row->reason == now->reason && row->seals == now->seals &&
           row->returned == now->returned;
}

static bool all_as_they_were(const struct case_look *known, const struct letter_row *now, size_t count)
{
    bool same = known->fold != NULL && known->count == count;
    for (size_t i = 0; i < count && same; i++) {
        same = digest_equal(&known->rows[i].id.digest, &now[i].id.digest) &&
               is_as_it_was(&known->rows[i], &now[i]);
    }
    return same;
}

static struct letter_row with_what_changes(struct letter_row row, const struct letter_row *now)
{
    row.number = now->number;
    row.author = now->author;
    row.accepted_ms = now->accepted_ms;
    row.delivered_ms = now->delivered_ms;
    row.opened_ms = now->opened_ms;
    row.opened_here_ms = now->opened_here_ms;
    row.envelope = now->envelope;
    row.place = now->place;
    row.sending = now->sending;
    row.reason = now->reason;
    row.seals = now->seals;
    row.returned = now->returned;
    return row;
}

/* Makes whole rows of what changes: what is signed is known, or read. False: memory ended, or the store failed. */
static bool complete(struct node *node, const struct kept_case *known, struct letter_row *rows, size_t count,
                     struct case_letter *ret_decoded)
{
    struct case_look whole_rows = known->look;
    if (whole_rows.count == 0) {
        whole_rows.rows = letter_list(node, &known->id, known->signed_part->arena, &whole_rows.count);
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = index_of(&whole_rows, i, &rows[i].id);
        struct letter_row whole;
        if (at < whole_rows.count) {
            whole = whole_rows.rows[at];
            ret_decoded[i] = at < known->look.count ? known->decoded[at] : ret_decoded[i];
        } else if (!letter_get(node, &rows[i].id, known->signed_part->arena, &whole)) {
            return false;
        }
        rows[i] = with_what_changes(whole, &rows[i]);
    }
    return true;
}

/* --- looking --- */

/* False: memory ended, or the store failed. */
static bool fold_anew(struct node *node, struct kept_case *known, struct kept_piece *state,
                      struct letter_row *rows, size_t count, struct kept_case *ret)
{
    struct kept_case now = *known;
    now.state = state;
    now.decoded = arena_zero(state->arena, count + 1, sizeof *now.decoded);
    now.look = (struct case_look){.rows = rows, .count = count};
    if (now.decoded == NULL || !complete(node, known, rows, count, now.decoded) ||
        !case_fold_rows(node, rows, count, now.decoded, now.signed_part->arena, state->arena, &now.look)) {
        return false;
    }
    *ret = now;
    return true;
}

/* Reads what may have changed, and folds it if something did. */
static bool look_again(struct node *node, struct kept_case *kept, uint64_t letters, uint64_t calendars)
{
    size_t count = 0;
    struct kept_piece *state = kept->signed_part == NULL ? NULL : piece_new();
    struct kept_case now = *kept;
    struct letter_row *rows =
        state == NULL ? NULL : store_letters_states(node->store, &kept->id, state->arena, &count);
    bool good = state != NULL && !arena_exhausted(state->arena);
    bool same = good && kept->calendars_stamp == calendars && all_as_they_were(&kept->look, rows, count);
    good = good && (same || fold_anew(node, kept, state, rows, count, &now));
    piece_let_go(&node->kept, !good || same ? state : kept->state);
    if (good) {
        *kept = now;
        kept->letters_stamp = letters;
        kept->calendars_stamp = calendars;
    }
    return good;
}

bool case_look(struct node *node, const struct case_id *id, struct arena *arena, struct case_look *ret)
{
    struct kept_case *kept = place_of(&node->kept, id);
    uint64_t letters = store_stamp(node->store, "SELECT 1 FROM letter");
    uint64_t calendars = store_stamp(node->store, "SELECT 1 FROM calendar, roster");
    kept->looked = ++node->kept.looks;
    bool stands = kept->letters_stamp == letters && kept->calendars_stamp == calendars;
    if (!stands &&
        (node->kept.let_go_bytes > LET_GO_BYTES_MAX || !look_again(node, kept, letters, calendars))) {
        let_go(&node->kept, kept);
        return arena_take(arena, SIZE_MAX) != NULL; /* never: it counts as exhausted */
    }
    if (store_outcome(node->store) != STORE_OK) {
        kept->letters_stamp = kept->calendars_stamp = 0; /* nothing was found, whatever there is */
    }
    *ret = kept->look;
    return true;
}
