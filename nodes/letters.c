/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/letters.h"

#include <string.h>

#include "base/faults.h"
#include "nodes/calendar.h"
#include "nodes/case_follow.h"
#include "nodes/inbox.h"
#include "nodes/lifecycle.h"
#include "nodes/node_duties.h"
#include "nodes/rosters.h"
#include "nodes/signed_letter.h"
#include "nodes/store_letters.h"
#include "nodes/tie.h"
#include "proto/limits.h"

#define CASES_RENEWED_A_TURN 64
#define BYTES_RENEWED_A_TURN ((size_t)256 * 1024) /* of their letters; one case may be larger */
#define SCRATCH_BYTES        ((size_t)16 * 1024)  /* a context */
#define FOLLOW_BYTES_MAX                                                                                     \
    ((size_t)64 * 1024 * 1024) /* what follows from a case of two sides of CASE_BYTES_SIDE */

static bool is_zero(const struct letter_id *id)
{
    return bytes_all_zero(digest_bytes(&id->digest));
}

static bool same_letter(const struct letter_id *a, const struct letter_id *b)
{
    return digest_equal(&a->digest, &b->digest);
}

/* --- writing --- */

static enum side side_of(const struct case_row *row, const char *party)
{
    return strcmp(row->q.text, party) == 0 ? SIDE_Q : SIDE_R;
}

static const struct address *other_side(const struct case_row *row, enum side side)
{
    return side == SIDE_Q ? &row->r : &row->q;
}

bool letter_draft(struct node *node, const struct case_id *id, struct letter_draft *ret)
{
    uint32_t seq = 0;
    const struct case_row *row = case_look_up(node, id);
    if (row != NULL) {
        struct letter_draft draft = {.case_id = *id,
                                     .to = *other_side(row, row->own_side),
                                     .author = row->own_side,
                                     .has_exercise = row->has_exercise,
                                     .exercise = row->exercise};
        draft.has_seen = store_letter_in_effect(node->store, id, draft.to.text, 0, &draft.seen, &seq);
        draft.has_prev = store_letter_in_effect(node->store, id, node->options.party.text, 0, &draft.prev,
                                                &draft.case_seq);
        draft.case_seq++;
        *ret = draft;
    }
    return row != NULL;
}

bool letter_begins(const struct letter_row *row)
{
    return row->case_seq == 1 && letter_opens(row->kind) && is_zero(&row->seen);
}

void letter_draft_new(struct node *node, struct turn *turn, const struct address *to, enum side author,
                      bool exercise, struct letter_draft *ret)
{
    *ret = (struct letter_draft){.to = *to,
                                 .author = author,
                                 .case_seq = 1,
                                 .has_exercise = exercise,
                                 .exercise = node->options.exercise};
    turn_random(turn, ret->case_id.bytes, sizeof ret->case_id.bytes);
}

struct bytes letter_context(struct node *node, const struct letter_draft *draft, struct bytes letter,
                            const struct public_key *signers, size_t signer_count, wall_ms signed_at,
                            struct arena *arena, struct letter_id *ret)
{
    const struct node_options *options = &node->options;
    const struct roster *roster = node_roster_now(node);
    struct address from = options->party;
    struct address to = draft->to;
    struct exercise_id exercise = draft->exercise;
    ProtobufCBinaryData keys[SIGNERS_MAX];
    Comity__Context context = COMITY__CONTEXT__INIT;
    for (size_t i = 0; i < signer_count && i < SIGNERS_MAX; i++) {
        keys[i] = wire_binary(bytes_of(signers[i].bytes, sizeof signers[i].bytes));
    }
    context.version = 1;
    context.kind = KIND_LETTER;
    context.network = wire_binary(bytes_of(options->network.bytes, sizeof options->network.bytes));
    context.from = from.text;
    context.to = to.text;
    context.case_id = wire_binary(bytes_of(draft->case_id.bytes, sizeof draft->case_id.bytes));
    context.case_seq = draft->case_seq;
    if (draft->has_prev) {
        context.case_prev = wire_binary(digest_bytes(&draft->prev.digest));
    }
    if (draft->has_seen) {
        context.seen = wire_binary(digest_bytes(&draft->seen.digest));
    }
    context.signed_ms = signed_at.ms;
    context.roster = roster_version(roster);
    context.roster_hash = wire_binary(digest_bytes(roster_hash(roster)));
    if (draft->has_exercise) {
        context.exercise = wire_binary(bytes_of(exercise.bytes, sizeof exercise.bytes));
    }
    context.n_signer = signer_count < SIGNERS_MAX ? signer_count : SIGNERS_MAX;
    context.signer = keys;
    struct bytes encoded = context_pack(arena, &context);
    if (encoded.data != NULL) {
        *ret = letter_id_of(encoded, letter);
    }
    return encoded;
}

/* What is signed must be this node's, of this network, real or of the exercise it has joined, and under a roster it has. */
static enum file_outcome check_context(struct node *node, const Comity__Context *context)
{
    const struct node_options *options = &node->options;
    struct digest held;
    bool of_it = options->has_exercise &&
                 bytes_equal(wire_bytes(context->exercise),
                             bytes_of(options->exercise.bytes, sizeof options->exercise.bytes));
    bool ours = context->version == 1 && context->kind == KIND_LETTER && node_is_me(node, context->from) &&
                !node_is_me(node, context->to) &&
                bytes_equal(wire_bytes(context->network),
                            bytes_of(options->network.bytes, sizeof options->network.bytes)) &&
                (context->exercise.len == 0 || of_it) && context->case_id.len == sizeof(struct case_id) &&
                context->case_seq >= 1 &&
                context->case_prev.len == (context->case_seq == 1 ? 0 : sizeof(struct letter_id));
    if (!ours) {
        return FILE_MALFORMED;
    }
    if (node_self(node) == NULL || !node_rosters_hash(node, context->roster, &held) ||
        !bytes_equal(digest_bytes(&held), wire_bytes(context->roster_hash))) {
        return FILE_ROSTER;
    }
    const struct party *to = roster_find(node_roster_now(node), context->to);
    return to != NULL && to->status == PARTY_ACTIVE ? FILE_OK : FILE_ROSTER;
}

/*
 * Is it still the next letter of its case? Of one that the other side opened, the first letter says what it saw: without that
 * it would pass for one that begins it.
 */
static enum file_outcome check_place(struct node *node, struct letter_row *row, const Comity__Letter *message)
{
    struct letter_draft draft;
    if (!letter_draft(node, &row->case_id, &draft)) {
        row->author = letter_author(node, row, message);
        return letter_begins(row) ? FILE_OK : FILE_MALFORMED;
    }
    row->author = draft.author;
    if (!address_equal(&draft.to, &row->to)) {
        return FILE_MALFORMED;
    }
    bool next = row->case_seq == draft.case_seq && is_zero(&row->prev) != draft.has_prev &&
                (!draft.has_prev || same_letter(&row->prev, &draft.prev));
    bool began =
        row->case_seq > 1 || !draft.has_seen; /* a first letter may stand for one that was given up */
    bool seen = is_zero(&row->seen)
                    ? began
                    : store_letter_is_in_effect(node->store, &row->case_id, row->to.text, &row->seen);
    return next && seen ? FILE_OK : FILE_MOVED;
}

static enum lane request_lane(const Comity__Request *request)
{
    enum urgency urgency =
        request->necessity == NULL ? URGENCY_NONE : urgency_of(request->necessity->urgency);
    return urgency == URGENCY_EMERGENCY || urgency == URGENCY_URGENT ? LANE_URGENT : LANE_ROUTINE;
}

static void open_case(struct node *node, const struct letter_row *row, const Comity__Request *request,
                      const Comity__Context *context)
{
    bool of_q = row->author == SIDE_Q;
    struct case_row opened = {.id = row->case_id,
                              .own_side = row->own == of_q ? SIDE_Q : SIDE_R,
                              .q = of_q ? row->from : row->to,
                              .r = of_q ? row->to : row->from,
                              .lane = request_lane(request),
                              .q_reference = request->reference,
                              .has_exercise = context->exercise.len == sizeof(struct exercise_id),
                              .created_ms = row->filed_ms,
                              .stale = row->stale};
    if (opened.has_exercise) {
        memcpy(opened.exercise.bytes, context->exercise.data, sizeof opened.exercise.bytes);
    }
    store_case_put(node->store, &opened);
}

/* The requested side's own number, where the letter tells it. */
static const char *r_reference(const Comity__Letter *message)
{
    enum letter_kind kind = letter_kind(message);
#define REFERENCE_OF(word, member)                                                                           \
    if (kind == LETTER_##word) {                                                                             \
        return message->member->reference;                                                                   \
    }
#include "nodes/letter_parts.def"
#undef REFERENCE_OF
    return "";
}

/* What the case file itself keeps of a letter that took effect. */
static void note_in_case(struct node *node, const struct letter_row *row, const Comity__Letter *message,
                         const Comity__Context *context)
{
    const Comity__Request *request = letter_request(message);
    bool here = case_look_up(node, &row->case_id) != NULL;
    if (!here && request != NULL && row->case_seq == 1) {
        open_case(node, row, request, context);
    } else if (request != NULL && row->author == SIDE_Q && request->reference[0] != '\0') {
        store_case_q_reference(node->store, &row->case_id,
                               request->reference); /* what was told by phone has its number now */
    }
    if (r_reference(message)[0] != '\0') {
        store_case_r_reference(node->store, &row->case_id, r_reference(message));
    }
    case_touch(node, &row->case_id, row->filed_ms);
}

static enum lane lane_of_case(struct node *node, const struct case_id *id, const Comity__Letter *message)
{
    const struct case_row *row = case_look_up(node, id);
    const Comity__Request *request = letter_request(message);
    return row != NULL ? row->lane : request == NULL ? LANE_ROUTINE : request_lane(request);
}

enum file_outcome letter_file(struct node *node, struct turn *turn, struct bytes context, struct bytes letter,
                              const struct bytes *proofs, size_t proof_count, struct letter_id *ret_id)
{
    struct arena *arena = turn_arena(turn);
    Comity__Context *signed_context = NULL;
    Comity__Letter *message = NULL;
    struct letter_row known;
    char id[ID_SHORT];
    ProtobufCBinaryData list[SIGNERS_MAX];
    struct signed_letter as_signed = {.context_bytes = context, .letter_bytes = letter, .proofs = list};
    struct letter_row row = {.id = letter_id_of(context, letter),
                             .own = true,
                             .filed_ms = turn_wall(turn).ms,
                             .place = PLACE_EFFECT,
                             .sending = SENDING_WANTED};
    if (node->live.disk_low) {
        return FILE_FULL;
    }
    if (context_unpack(context, arena, &signed_context, NULL) != WIRE_OK ||
        letter_unpack(letter, arena, &message, NULL) != WIRE_OK || proof_count < 1 ||
        proof_count > SIGNERS_MAX || signed_context->n_signer != proof_count) {
        return FILE_MALFORMED;
    }
    *ret_id = row.id;
    if (letter_get(node, &row.id, arena, &known)) {
        return FILE_KNOWN;
    }
    enum file_outcome outcome = check_context(node, signed_context);
    if (outcome != FILE_OK) {
        return outcome;
    }
    for (as_signed.proof_count = 0; as_signed.proof_count < proof_count; as_signed.proof_count++) {
        list[as_signed.proof_count] = wire_binary(proofs[as_signed.proof_count]);
    }
    as_signed.context = signed_context;
    letter_row_of(&as_signed, &row);
    row.kind = letter_kind(message);
    outcome = row.kind == LETTER_NONE ? FILE_MALFORMED : check_place(node, &row, message);
    if (outcome != FILE_OK) {
        return outcome;
    }
    row.lane = lane_of_case(node, &row.case_id, message);
    row.stale = node_rosters_standing(node, turn).stale;
    row.proofs = signed_letter_proofs(&as_signed, arena);
    if (row.proofs.data == NULL) {
        return FILE_FULL;
    }
    store_letter_put(node->store, &row);
    note_in_case(node, &row, message, signed_context);
    node_event(turn, EVENT_LETTER_FILED, "to=%s kind=%s number=%u id=%s", row.to.text, letter_name(row.kind),
               (unsigned)row.case_seq, id_short(id, &row.id.digest));
    return FILE_OK;
}

/* --- the other side's letters --- */

enum side letter_author(struct node *node, const struct letter_row *letter, const Comity__Letter *message)
{
    const struct case_row *row = case_look_up(node, &letter->case_id);
    const struct lifecycle_row *rule = message == NULL ? NULL : lifecycle_row_any(message);
    return row != NULL ? side_of(row, letter->from.text) : rule == NULL ? SIDE_Q : rule->side;
}

bool letter_is_complete(struct node *node, const struct letter_row *letter, const Comity__Letter *message,
                        struct arena *arena, const char **ret_why)
{
    const wall_ms signed_at = {.ms = letter->signed_ms};
    bool of_q = letter->author == SIDE_Q;
    struct letter_terms terms = case_terms(node, of_q ? letter->from.text : letter->to.text,
                                           of_q ? letter->to.text : letter->from.text, signed_at);
    terms.r_zone = NULL; /* R's own, when R signed: whoever receives it, or gets it back, judges it without */
    struct faults *faults = arena_zero(arena, 1, sizeof *faults);
    if (faults == NULL) {
        return false;
    }
    faults_init(faults, arena);
    letter_check_arrived(message, letter->author, &terms, faults);
    if (faults_any(faults)) {
        *ret_why = faults->list[0].code;
    }
    return !faults_any(faults);
}

/* Is it a letter between this node and the other party of this case? */
static bool is_party_of(const struct node *node, const struct case_row *row, const struct letter_row *letter)
{
    return address_equal(other_side(row, row->own_side), letter->own ? &letter->to : &letter->from) &&
           side_of(row, node->options.party.text) == row->own_side;
}

static enum letter_fit fit_later(struct node *node, const struct letter_row *letter)
{
    struct store *store = node->store;
    bool room = store_letters_held_of_case(store, &letter->case_id) < HELD_BACK_CASE &&
                store_letters_held_of_sender(store, letter->from.text) < HELD_BACK_PEER &&
                store_letters_held(store) < HELD_BACK_NODE;
    return room ? FIT_LATER : FIT_CROWDED;
}

/* An exercise and the real thing are never mixed in one case: other officers may sign in an exercise. */
static bool is_of_exercise(const struct case_row *row, const struct letter_row *letter)
{
    Comity__Context *context = NULL;
    struct arena *scratch = arena_new(SCRATCH_BYTES);
    bool same = false;
    if (scratch != NULL && context_unpack(letter->context, scratch, &context, NULL) == WIRE_OK) {
        struct bytes exercise = wire_bytes(context->exercise);
        same = row->has_exercise
                   ? bytes_equal(exercise, bytes_of(row->exercise.bytes, sizeof row->exercise.bytes))
                   : exercise.size == 0;
    }
    arena_free(scratch);
    return same;
}

/* Had its author's other side begun the case, when this letter says that it does? A case begins once (I5). */
static bool begins_again(struct node *node, const struct letter_row *letter)
{
    struct letter_id id;
    struct letter_row first;
    uint32_t seq = 0;
    struct arena *scratch = NULL;
    bool again = letter_begins(letter) &&
                 store_letter_in_effect(node->store, &letter->case_id, letter->to.text, 1, &id, &seq) &&
                 (scratch = arena_new(CASE_BYTES_SIDE)) != NULL && letter_get(node, &id, scratch, &first) &&
                 letter_begins(&first);
    arena_free(scratch);
    return again;
}

/* The place of a letter in its case, whatever room there is. */
static enum letter_fit place_of(struct node *node, const struct letter_row *letter)
{
    struct letter_id id;
    uint32_t seq = 0;
    const struct case_row *row = case_look_up(node, &letter->case_id);
    bool known = row != NULL;
    if (known && !(is_party_of(node, row, letter) && is_of_exercise(row, letter))) {
        return FIT_NOT;
    }
    if (known && store_letter_in_effect(node->store, &letter->case_id, letter->from.text, letter->case_seq,
                                        &id, &seq)) {
        return FIT_NOT; /* its number is taken by another letter */
    }
    if (letter->case_seq == 1) {
        bool opens = known ? !begins_again(node, letter) : letter_begins(letter);
        return opens ? FIT_NEXT : FIT_NOT;
    }
    if (!store_letter_in_effect(node->store, &letter->case_id, letter->from.text, letter->case_seq - 1, &id,
                                &seq)) {
        return FIT_LATER;
    }
    return same_letter(&id, &letter->prev) ? FIT_NEXT : FIT_NOT;
}

enum letter_fit letter_fit(struct node *node, const struct letter_row *letter)
{
    size_t bytes = 0;
    size_t count = store_letters_size(node->store, &letter->case_id, letter->from.text, &bytes);
    if (count >= CASE_LETTERS_SIDE || bytes + letter->letter.size > CASE_BYTES_SIDE) {
        return FIT_FULL;
    }
    enum letter_fit place = place_of(node, letter);
    return place == FIT_LATER ? fit_later(node, letter) : place;
}

static void in_effect(struct node *node, struct turn *turn, const struct letter_row *letter,
                      const Comity__Letter *message)
{
    Comity__Context *context = NULL;
    char id[ID_SHORT];
    if (context_unpack(letter->context, turn_arena(turn), &context, NULL) != WIRE_OK) {
        return; /* it was scanned before: the turn is exhausted and its host ends this party */
    }
    note_in_case(node, letter, message, context);
    node->live.figures.effective++;
    node_event(turn, EVENT_LETTER_EFFECT, "from=%s kind=%s number=%u id=%s", letter->from.text,
               letter_name(letter->kind), (unsigned)letter->case_seq, id_short(id, &letter->id.digest));
}

void letter_take(struct node *node, struct turn *turn, const struct letter_row *letter,
                 const Comity__Letter *message)
{
    char id[ID_SHORT];
    store_letter_put(node->store, letter);
    if (letter->place == PLACE_EFFECT) {
        in_effect(node, turn, letter, message);
        return;
    }
    case_touch(node, &letter->case_id, letter->filed_ms);
    node_event(turn, EVENT_LETTER_HELD_BACK, "from=%s kind=%s number=%u id=%s", letter->from.text,
               letter_name(letter->kind), (unsigned)letter->case_seq, id_short(id, &letter->id.digest));
}

void letter_return(struct node *node, struct turn *turn, struct letter_row *letter,
                   const Comity__Letter *message)
{
    Comity__Context *context = NULL;
    char id[ID_SHORT];
    if (context_unpack(letter->context, turn_arena(turn), &context, NULL) != WIRE_OK) {
        return; /* it was scanned before: the turn is exhausted and its host ends this party */
    }
    letter->returned = true;
    letter->lane = lane_of_case(node, &letter->case_id, message);
    letter->filed_ms = turn_wall(turn).ms;
    letter->stale = node_rosters_standing(node, turn).stale;
    store_letter_put(node->store, letter);
    if (letter->place == PLACE_EFFECT) {
        note_in_case(node, letter, message, context);
    } else {
        case_touch(node, &letter->case_id, letter->filed_ms);
    }
    node_event(turn, EVENT_LETTER_RETURNED, "from=%s to=%s kind=%s number=%u id=%s", letter->from.text,
               letter->to.text, letter_name(letter->kind), (unsigned)letter->case_seq,
               id_short(id, &letter->id.digest));
}

/* One letter held back with the next number: takes effect, or is refused after all. True: it took effect. */
static bool follow(struct node *node, struct turn *turn, const struct letter_id *id)
{
    struct letter_row letter;
    Comity__Letter *message = NULL;
    const char *why = NULL;
    struct arena *arena = turn_arena(turn);
    if (!letter_get(node, id, arena, &letter) ||
        letter_unpack(letter.letter, arena, &message, NULL) != WIRE_OK) {
        return false;
    }
    letter.author = letter_author(node, &letter, message);
    enum reason reason = place_of(node, &letter) != FIT_NEXT                        ? REASON_CASE
                         : !letter_is_complete(node, &letter, message, arena, &why) ? REASON_LETTER
                                                                                    : REASON_NONE;
    if (reason != REASON_NONE) {
        store_letter_place(node->store, id, PLACE_DEAD, reason);
        inbox_refuse(node, turn, id, reason);
        return false;
    }
    store_letter_author(node->store, id, letter.author);
    store_letter_place(node->store, id, PLACE_EFFECT, REASON_NONE);
    in_effect(node, turn, &letter, message);
    return true;
}

void letters_follow(struct node *node, struct turn *turn, const struct case_id *case_id, const char *author)
{
    struct letter_id last, held[HELD_BACK_CASE];
    uint32_t seq = 0;
    bool moved = true;
    while (moved && store_letter_in_effect(node->store, case_id, author, 0, &last, &seq)) {
        size_t count = store_letters_waiting_for(node->store, case_id, author, seq + 1, HELD_BACK_CASE, held);
        moved = false;
        for (size_t i = 0; i < count; i++) {
            moved = follow(node, turn, &held[i]) || moved;
        }
    }
}

/* --- the cached lines --- */

static void first_due(const struct case_fold *fold, enum side side, size_t *ret_count,
                      enum clock_name *ret_clock, uint64_t *ret_ms)
{
    *ret_count = 0;
    for (size_t i = fold->due_count; i > 0; i--) {
        const struct case_due *due =
            &fold->dues[i - 1]; /* in order of time: the first one is looked at last */
        if (due->owed_by == side && !due->paused) {
            *ret_clock = due->clock;
            *ret_ms = due->when_ms;
            (*ret_count)++;
        }
    }
}

bool case_same_exercise(const struct case_row *a, const struct case_row *b)
{
    return a->has_exercise == b->has_exercise &&
           (!a->has_exercise || memcmp(a->exercise.bytes, b->exercise.bytes, sizeof a->exercise.bytes) == 0);
}

bool case_in_exercise(const struct node *node, const struct case_row *row)
{
    const struct node_options *options = &node->options;
    return !row->has_exercise ||
           (options->has_exercise &&
            memcmp(row->exercise.bytes, options->exercise.bytes, sizeof row->exercise.bytes) == 0);
}

/* The last own letter in effect that officers write: its number in the case, and of filing. */
static void last_written(const struct letter_row *letters, size_t count, uint32_t *ret_seq,
                         uint64_t *ret_number)
{
    *ret_seq = 0;
    *ret_number = 0;
    for (size_t i = 0; i < count; i++) {
        const struct letter_row *letter = &letters[i];
        if (letter->own && letter->place == PLACE_EFFECT &&
            letter_signatures_needed(letter->kind, NULL) != 0) {
            *ret_seq = letter->case_seq > *ret_seq ? letter->case_seq : *ret_seq;
            *ret_number = letter->number > *ret_number ? letter->number : *ret_number;
        }
    }
}

void case_count_letters(struct case_row *row, const struct letter_row *letters, size_t count)
{
    uint32_t seq = 0;
    uint64_t number = 0;
    last_written(letters, count, &seq, &number);
    row->unopened = row->held_back = 0;
    row->undelivered_ms = 0;
    row->failed_number = 0;
    for (size_t i = 0; i < count; i++) {
        const struct letter_row *letter = &letters[i];
        bool unopened = !letter->own && letter->place == PLACE_EFFECT && letter->opened_here_ms == 0;
        row->unopened += unopened && !letter->returned ? 1 : 0;
        row->held_back += letter->place == PLACE_HELD_BACK ? 1 : 0;
        if (letter->sending == SENDING_FAILED && !letter->returned && letter->case_seq > seq &&
            letter->number > number) {
            row->failed_number = (uint32_t)letter->number;
        }
        bool waits = letter->place == PLACE_EFFECT &&
                     (letter->sending == SENDING_WANTED || letter->sending == SENDING_SEALED);
        if (waits && (row->undelivered_ms == 0 || letter->filed_ms < row->undelivered_ms)) {
            row->undelivered_ms = letter->filed_ms;
        }
    }
}

static bool same_cache(const struct case_row *a, const struct case_row *b)
{
    return a->changed_ms == b->changed_ms && a->state == b->state && a->own_dues == b->own_dues &&
           a->own_clock == b->own_clock && a->own_due_ms == b->own_due_ms && a->their_dues == b->their_dues &&
           a->their_clock == b->their_clock && a->their_due_ms == b->their_due_ms;
}

/* In memory of its own: how large a case is, the other side has a say in. Returns that. */
static size_t renew(struct node *node, struct turn *turn, const struct case_id *id, struct arena *arena)
{
    struct case_row row;
    struct case_look look = {.count = 0};
    size_t bytes = 0;
    if (!case_get(node, id, arena,
                  &row)) { /* no letter that begins it is here, or memory ended: its mark stays */
        return 0;
    }
    bool looked = case_look(node, id, arena, &look);
    const struct case_fold *fold = look.fold;
    for (size_t i = 0; i < look.count; i++) {
        bytes += look.rows[i].context.size + look.rows[i].letter.size;
    }
    if (!looked) {
        return bytes;
    }
    const struct case_row before = row;
    const uint64_t changed_ms = case_unmark(node, id);
    enum side theirs = row.own_side == SIDE_Q ? SIDE_R : SIDE_Q;
    row.changed_ms = changed_ms > row.changed_ms ? changed_ms : row.changed_ms;
    row.state = fold->state;
    case_count_letters(&row, look.rows, look.count);
    first_due(fold, row.own_side, &row.own_dues, &row.own_clock, &row.own_due_ms);
    first_due(fold, theirs, &row.their_dues, &row.their_clock, &row.their_due_ms);
    if (row.dirty || !same_cache(&before, &row)) {
        store_case_cache(node->store, &row);
    }
    case_follow(node, turn, &row, fold, arena);
    if (case_in_exercise(node, &row)) { /* what it said elsewhere would be refused */
        tie_follow(node, turn, &row, fold, arena);
        duties_follow(node, turn, &row, fold, arena);
    }
    return bytes;
}

void cases_renew(struct node *node, struct turn *turn)
{
    struct case_id ids[CASES_RENEWED_A_TURN];
    size_t count = cases_marked(node, CASES_RENEWED_A_TURN, ids), bytes = 0, done = 0;
    struct arena *arena = count == 0 ? NULL : arena_new(FOLLOW_BYTES_MAX);
    for (; done < count && bytes < BYTES_RENEWED_A_TURN && arena != NULL; done++) {
        bytes += renew(node, turn, &ids[done], arena);
        arena_reset(arena);
        kept_cases_settle(&node->kept);
    }
    arena_free(arena);
    node->live.more |= done != 0 && (done < count || count == CASES_RENEWED_A_TURN);
}
