/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/node_says.h"

#include "nodes/lifecycle.h"
#include "nodes/recall.h"
#include "nodes/signed_letter.h"

static enum node_said said_of(struct node *node, enum file_outcome outcome)
{
    switch (outcome) {
    case FILE_OK:
    case FILE_KNOWN:
        node->live.more = true; /* to be sealed */
        return SAID;
    case FILE_MALFORMED:
        return SAID_NEVER;
    case FILE_MOVED:
    case FILE_ROSTER:
    case FILE_FULL:
        break;
    }
    return SAID_LATER;
}

/* By the same rules as an officer's; what they forbid is in the log. */
static bool may_say(struct turn *turn, const Comity__Letter *letter, enum side author, const char *party,
                    const struct case_fold *fold, const struct letter_terms *terms, struct arena *arena)
{
    struct faults *faults = arena_zero(arena, 1, sizeof *faults);
    if (faults == NULL) {
        return false;
    }
    faults_init(faults, arena);
    letter_check(letter, author, fold, terms, faults);
    if (faults_any(faults)) {
        node_event(turn, EVENT_NODE_SILENT, "to=%s kind=%s code=%s at=%s", party,
                   letter_name((uint32_t)letter_kind(letter)), faults->list[0].code, faults->list[0].path);
    }
    return !faults_any(faults);
}

/* Letters of this side that failed for good, with nothing in effect behind them: the next one waits until then. 0: there are none. */
static uint64_t paused_until(struct node *node, const struct case_id *id, struct arena *arena)
{
    struct case_look look = {.count = 0};
    size_t failed = 0;
    uint64_t last_ms = 0;
    bool looked = case_look(node, id, arena, &look);
    const struct letter_row *rows = look.rows;
    for (size_t i = 0; looked && i < look.count; i++) {
        bool gone = rows[i].own && rows[i].place == PLACE_DEAD;
        failed = gone ? failed + 1 : rows[i].place == PLACE_EFFECT ? 0 : failed;
        last_ms = gone ? rows[i].filed_ms : last_ms;
    }
    size_t doubles = failed < SAY_AGAIN_DOUBLES ? failed : SAY_AGAIN_DOUBLES;
    return failed == 0 ? 0 : last_ms + (SAY_AGAIN_MS << doubles);
}

enum node_said node_says(struct node *node, struct turn *turn, const struct case_row *row,
                         const struct case_fold *fold, Comity__Letter *letter, struct arena *arena)
{
    struct letter_draft draft;
    struct letter_id id;
    const struct letter_terms terms = case_terms(node, row->q.text, row->r.text, turn_wall(turn));
    if (!letter_draft(node, &row->id, &draft) ||
        recall_blocks(node, &row->id, draft.to.text) != RECALL_FREE) {
        store_chore_put(node->store, &row->id, turn_wall(turn).ms + SAY_AGAIN_MS);
        return SAID_LATER;
    }
    if (!may_say(turn, letter, row->own_side, draft.to.text, fold, &terms, arena)) {
        return SAID_NEVER;
    }
    const uint64_t until_ms = paused_until(node, &row->id, arena);
    if (until_ms > turn_wall(turn).ms) {
        store_chore_put(node->store, &row->id, until_ms);
        return SAID_LATER;
    }
    enum node_said said = said_of(node, node_letter_file(node, turn, &draft, letter, &id));
    if (said == SAID_LATER) {
        store_chore_put(node->store, &row->id, turn_wall(turn).ms + SAY_AGAIN_MS);
    }
    return said;
}

enum node_said node_begins(struct node *node, struct turn *turn, const struct address *to, bool exercise,
                           Comity__Letter *letter, struct arena *arena, struct case_id *ret)
{
    struct letter_draft draft;
    struct letter_id id;
    const struct letter_terms terms = case_terms(node, node->options.party.text, to->text, turn_wall(turn));
    if (!may_say(turn, letter, SIDE_Q, to->text, NULL, &terms, arena)) {
        return SAID_NEVER;
    }
    letter_draft_new(node, turn, to, SIDE_Q, exercise, &draft);
    *ret = draft.case_id;
    return said_of(node, node_letter_file(node, turn, &draft, letter, &id));
}

size_t items_for(const struct case_fold *fold, const Comity__Letter *letter, const uint32_t *wanted,
                 size_t count, uint64_t now_ms, struct arena *arena, uint32_t **ret)
{
    const struct lifecycle_row *row = lifecycle_row_of(fold->machine, letter);
    uint32_t *list = arena_zero(arena, fold->item_count + 1, sizeof *list);
    size_t named = 0;
    for (size_t i = 0; list != NULL && row != NULL && i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        const struct need_scene scene = {
            .row = row, .fold = fold, .item = item, .letter = letter, .at_ms = now_ms};
        bool is_wanted = count == 0;
        for (size_t k = 0; k < count; k++) {
            is_wanted |= wanted[k] == item->number;
        }
        if (is_wanted && cell_refusal(&scene).code == NULL) {
            list[named++] = item->number;
        }
    }
    *ret = list;
    return named;
}

Comity__Letter *released_new(struct arena *arena, Comity__Released__Why why, uint64_t at_ms)
{
    Comity__Letter *letter = arena_take(arena, sizeof *letter);
    Comity__Released *released = arena_take(arena, sizeof *released);
    if (letter == NULL || released == NULL) {
        return NULL;
    }
    comity__letter__init(letter);
    comity__released__init(released);
    letter->body_case = COMITY__LETTER__BODY_RELEASED;
    letter->released = released;
    released->why = why;
    released->at = instant_new(arena, at_ms);
    return letter;
}

Comity__Instant *instant_new(struct arena *arena, uint64_t ms)
{
    Comity__Instant *instant = arena_take(arena, sizeof *instant);
    if (instant != NULL) {
        comity__instant__init(instant);
        instant->ms = (int64_t)ms;
    }
    return instant;
}

char *text_new(struct arena *arena, const char *text)
{
    return arena_format(arena, "%s", text);
}
