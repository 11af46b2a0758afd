/* SPDX-License-Identifier: Apache-2.0 */
/* A case from its letters as they are stored: decoded, in their order, folded. */
#include <string.h>

#include "base/ensure.h"
#include "nodes/calendar.h"
#include "nodes/case_kept.h"
#include "nodes/letters.h"
#include "nodes/rosters.h"
#include "nodes/store_letters.h"

/* Decodes it, unless it is; what is decoded refers to the row's bytes. */
static bool decode(const struct letter_row *row, struct arena *arena, struct case_letter *ret)
{
    Comity__Letter *message = NULL;
    Comity__Context *context = NULL;
    if (ret->letter != NULL) {
        return true;
    }
    if (letter_unpack(row->letter, arena, &message, NULL) != WIRE_OK ||
        context_unpack(row->context, arena, &context, NULL) != WIRE_OK) {
        return false; /* it was scanned before it was filed: only the arena can have ended */
    }
    ret->letter = message;
    ret->roster = context->roster;
    return true;
}

static struct case_letter letter_of(const struct letter_row *row, const struct case_letter *decoded)
{
    return (struct case_letter){.author = row->author,
                                .kind = row->kind,
                                .letter = decoded->letter,
                                .id = row->id,
                                .seen = row->seen,
                                .case_seq = row->case_seq,
                                .roster = decoded->roster,
                                .signed_ms = row->signed_ms,
                                .accepted_ms = row->accepted_ms,
                                .delivered_ms = row->delivered_ms,
                                .opened_ms = row->opened_ms};
}

/* The letters of one side in effect, by their number: filing follows it, but for an own letter that replaced a dead one. */
static bool load_side(const struct letter_row *rows, size_t count, enum side side,
                      struct case_letter *decoded, struct arena *arena, struct case_letter *ret,
                      size_t *ret_count)
{
    size_t loaded = 0;
    for (size_t i = 0; i < count; i++) {
        if (rows[i].author != side || rows[i].place != PLACE_EFFECT) {
            continue;
        }
        if (!decode(&rows[i], arena, &decoded[i])) {
            return false;
        }
        size_t at = loaded++;
        while (at > 0 && ret[at - 1].case_seq > rows[i].case_seq) {
            ret[at] = ret[at - 1];
            at--;
        }
        ret[at] = letter_of(&rows[i], &decoded[i]);
    }
    *ret_count = loaded;
    return true;
}

/* False when an arena ends. */
static bool load_sides(const struct letter_row *rows, size_t count, struct case_letter *decoded,
                       struct arena *signed_part, struct arena *arena, struct case_letters *ret)
{
    struct case_letters letters = {.q = arena_zero(arena, count == 0 ? 1 : count, sizeof *letters.q),
                                   .r = arena_zero(arena, count == 0 ? 1 : count, sizeof *letters.r),
                                   .q_party = "",
                                   .r_party = ""};
    if (count != 0) {
        const bool by_q = rows[0].author == SIDE_Q;
        letters.q_party = by_q ? rows[0].from.text : rows[0].to.text;
        letters.r_party = by_q ? rows[0].to.text : rows[0].from.text;
    }
    if (letters.q == NULL || letters.r == NULL ||
        !load_side(rows, count, SIDE_Q, decoded, signed_part, letters.q, &letters.q_count) ||
        !load_side(rows, count, SIDE_R, decoded, signed_part, letters.r, &letters.r_count)) {
        return false;
    }
    *ret = letters;
    return true;
}

/* Of R's terms as the roster had them under which the case was opened: both sides know it, whatever is published later. */
static uint32_t lead_days(struct case_calendars *calendars, const struct case_letters *letters)
{
    bool q_began = letters->q_count != 0 && bytes_all_zero(digest_bytes(&letters->q[0].seen.digest));
    const struct case_letter *opener = letters->r_count != 0 && !q_began ? &letters->r[0]
                                       : letters->q_count != 0           ? &letters->q[0]
                                                                         : NULL;
    return opener == NULL ? 0 : case_calendar(calendars, SIDE_R, opener->roster)->lead_days;
}

/* Of R's letters the one of that id; r_count: there is none. */
static size_t index_of(const struct case_letters *letters, const struct letter_id *id)
{
    size_t at = 0;
    while (at < letters->r_count && !digest_equal(&letters->r[at].id.digest, &id->digest)) {
        at++;
    }
    return at;
}

/* before NULL: as it stands. */
static struct case_fold *fold_letters(struct node *node, const struct case_letters *letters,
                                      const struct letter_id *before, struct arena *arena)
{
    struct case_calendars calendars;
    struct case_fold *fold = arena_take(arena, sizeof *fold);
    if (fold == NULL) {
        return NULL;
    }
    ensure(letters->q != NULL && letters->r != NULL);
    case_calendars_init(&calendars, node, letters->q_party, letters->r_party, arena);
    const struct case_setting setting = {.context = &calendars,
                                         .workdays_after = case_workdays_after,
                                         .lead_days = lead_days(&calendars, letters)};
    size_t at = before == NULL ? letters->r_count : index_of(letters, before);
    bool good = before == NULL
                    ? case_fold(letters->q, letters->q_count, letters->r, at, &setting, arena, fold)
                    : at < letters->r_count && case_fold_before(letters->q, letters->q_count, letters->r, at,
                                                                &setting, arena, fold);
    fold->calendar_guessed = calendars.guessed;
    return good && !arena_exhausted(arena) ? fold : NULL;
}

bool case_fold_rows(struct node *node, const struct letter_row *rows, size_t count,
                    struct case_letter *decoded, struct arena *signed_part, struct arena *arena,
                    struct case_look *ret)
{
    struct case_letters *sides = arena_take(arena, sizeof *sides);
    const struct case_fold *fold =
        sides == NULL || !load_sides(rows, count, decoded, signed_part, arena, sides)
            ? NULL
            : fold_letters(node, sides, NULL, arena);
    if (fold != NULL) {
        *ret = (struct case_look){.rows = rows, .count = count, .sides = sides, .fold = fold};
    }
    return fold != NULL;
}

const struct case_fold *case_load_before(struct node *node, const struct case_id *id,
                                         const struct letter_id *before, struct arena *arena)
{
    struct case_look look;
    return case_look(node, id, arena, &look) ? fold_letters(node, look.sides, before, arena) : NULL;
}

const struct case_fold *case_load(struct node *node, const struct case_id *id, struct arena *arena)
{
    struct case_look look;
    return case_look(node, id, arena, &look) ? look.fold : NULL;
}

struct letter_terms case_terms(struct node *node, const char *q, const char *r, wall_ms now)
{
    const struct roster *roster = node_roster_now(node);
    return (struct letter_terms){.roster = roster,
                                 .q = roster_find(roster, q),
                                 .r = roster_find(roster, r),
                                 .r_zone = node_is_me(node, r) ? node->options.zone : NULL,
                                 .now = now};
}
