/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/oracle/finish.h"

/* One node's database, and whose. */
struct node_end {
    struct ending *end;
    struct oracle *oracle;
    const struct node_file *file;
    size_t party;
    const char *name;
};

static bool reason_is_good(uint32_t reason)
{
    return reason >= 1 && reason <= SAID_REASONS_MAX;
}

static bool id_is_none(const struct id *id)
{
    return bytes_all_zero(id_bytes(id));
}

static void broken(const struct node_end *n, const char *invariant, const struct letter_row *row,
                   const char *why)
{
    oracle_break(n->oracle, invariant, "%s has letter %s from %s to %s (number %u of its case): %s", n->name,
                 id_digits(&row->id).text, row->from.text, row->to.text, (unsigned)row->case_seq, why);
}

/* --- a letter --- */

/* I4: it is the one that was submitted, byte for byte. */
static void check_bytes(const struct node_end *n, const struct letter_row *row)
{
    const struct said_context *context = &row->context;
    bool same = row->context_good && id_equal(&row->id, &row->computed) &&
                strcmp(context->from.text, row->from.text) == 0 &&
                strcmp(context->to.text, row->to.text) == 0 &&
                memcmp(context->case_id, row->case_id, sizeof row->case_id) == 0 &&
                context->case_seq == row->case_seq && context->has_prev == !id_is_none(&row->prev) &&
                (!context->has_prev || id_equal(&context->prev, &row->prev));
    if (!same) {
        broken(n, "I4", row, "its bytes are not what was signed");
    }
}

/* Its author's node signed it alone: no officer submitted it. */
static bool is_of_node(const struct oracle *o, const struct letter_row *row)
{
    for (size_t i = 1; i <= o->party_count; i++) {
        if (strcmp(o->parties[i].address, row->from.text) == 0) {
            return row->context.signer_count == 1 && memcmp(&row->context.signers[0], o->parties[i].node_key,
                                                            sizeof o->parties[i].node_key) == 0;
        }
    }
    return false;
}

static void check_origin(const struct node_end *n, const struct letter_row *row)
{
    const struct oracle *o = n->oracle;
    uint32_t number = id_map_get(&o->letter_of_id, &row->id);
    const struct letter_record *letter = number == ID_MAP_NONE ? NULL : &o->letters[number];
    if (letter == NULL && is_of_node(o, row)) {
        return;
    }
    if (letter == NULL) {
        broken(n, "I4", row, "nobody submitted it");
    } else if ((row->own ? letter->from : letter->to) != n->party) {
        broken(n, "I4", row, "it belongs to others");
    } else if (letter->ok_us == NOT_YET && letter->outstanding == 0) {
        broken(n, "I2", row, "its submit was refused");
    }
}

/* Its author lost it after it was taken; of one whose answer nobody heard, any time since it was handed in may be that. */
static bool was_lost(const struct oracle *o, size_t author, const struct letter_record *letter)
{
    return letter->ok_us == NOT_YET ? oracle_lost_since(o, author, letter->submitted_us)
                                    : oracle_is_excused(o, author, letter->ok_us);
}

/* One before it was lost by its author before anybody had taken it: nothing brings that back. */
static bool follows_a_lost_one(const struct node_end *n, const struct letter_row *row, size_t author)
{
    const struct oracle *o = n->oracle;
    for (size_t i = 0; i < o->letter_count; i++) {
        const struct letter_record *before = &o->letters[i];
        if (before->from == author && before->case_seq < row->case_seq &&
            memcmp(before->case_id, row->case_id, sizeof row->case_id) == 0 &&
            finish_letter(n->end, author, &before->id) == NULL &&
            finish_letter(n->end, n->party, &before->id) == NULL && was_lost(o, author, before)) {
            return true;
        }
    }
    return false;
}

/* A letter that waits for its predecessor; one that its author has given up waits for ever, which is final, too. */
static bool may_wait(const struct node_end *n, const struct letter_row *row)
{
    const struct oracle *o = n->oracle;
    size_t author = oracle_actor(o, row->from.text);
    const struct letter_row *sent = author == NOBODY ? NULL : finish_letter(n->end, author, &row->id);
    struct id key = oracle_case_key(row->case_id);
    return id_map_get(&o->torn_cases, &key) != ID_MAP_NONE ||
           (author != NOBODY && follows_a_lost_one(n, row, author)) ||
           (sent != NULL && sent->place == PLACE_DEAD);
}

/* A liar publishes no keys and answers nothing: what a node writes to it by itself waits for ever. */
static bool is_for_liar(const struct oracle *o, const struct letter_row *row)
{
    size_t to = oracle_actor(o, row->to.text);
    return to != NOBODY && o->liar[to];
}

static void check_standing(const struct node_end *n, const struct letter_row *row)
{
    if (row->own && row->place != PLACE_DEAD && is_for_liar(n->oracle, row)) {
        return;
    }
    if (row->place == PLACE_WAITS && !may_wait(n, row)) {
        broken(n, "I8", row, "it waits for the letter before it");
    } else if (row->own && row->sending == SENDING_WAITS) {
        broken(n, "I8", row, "it waits to be sealed");
    } else if (row->own && row->sending == SENDING_ON_ITS_WAY) {
        broken(n, "I8", row, "it is still on its way");
    } else if (row->place == PLACE_DEAD && !reason_is_good(row->reason)) {
        broken(n, "I10", row, "it was given up for no reason");
    }
    n->oracle->figures.failed += row->own && row->place == PLACE_DEAD;
}

/* --- the order of a case (I2, I3) --- */

static int effect_order(const void *left, const void *right)
{
    const struct letter_row *a = *(const struct letter_row *const *)left;
    const struct letter_row *b = *(const struct letter_row *const *)right;
    int order = memcmp(a->case_id, b->case_id, sizeof a->case_id);
    if (order == 0) {
        order = strcmp(a->from.text, b->from.text);
    }
    if (order == 0) {
        order = a->case_seq < b->case_seq ? -1 : a->case_seq > b->case_seq;
    }
    return order != 0 ? order : memcmp(a->id.bytes, b->id.bytes, sizeof a->id.bytes);
}

static bool same_author(const struct letter_row *a, const struct letter_row *b)
{
    return memcmp(a->case_id, b->case_id, sizeof a->case_id) == 0 && strcmp(a->from.text, b->from.text) == 0;
}

/* before: the one in effect before it of that author in that case, or NULL. */
static void check_follows(const struct node_end *n, const struct letter_row *before,
                          const struct letter_row *row)
{
    uint32_t expected = before == NULL ? 1 : before->case_seq + 1;
    if (before != NULL && before->case_seq == row->case_seq) {
        broken(n, "I2", row, "another letter is in effect under that number");
    } else if (row->case_seq != expected) {
        broken(n, "I3", row, "it is in effect and the one before it is not");
    } else if (before != NULL && !id_equal(&row->prev, &before->id)) {
        broken(n, "I3", row, "it follows another letter than the one before it");
    }
}

static void check_order(const struct node_end *n)
{
    const struct node_file *file = n->file;
    const struct letter_row **rows = calloc(file->letter_count + 1, sizeof *rows);
    size_t count = 0;
    ensure(rows != NULL);
    for (size_t i = 0; i < file->letter_count; i++) {
        if (file->letters[i].place == PLACE_IN_EFFECT) {
            rows[count++] = &file->letters[i];
        }
    }
    qsort(rows, count, sizeof *rows, effect_order);
    for (size_t i = 0; i < count; i++) {
        check_follows(n, i > 0 && same_author(rows[i - 1], rows[i]) ? rows[i - 1] : NULL, rows[i]);
    }
    free(rows);
}

/* --- envelopes and receipts --- */

static void check_out(const struct node_end *n, const struct out_row *row)
{
    if (row->state < OUT_IS_DELIVERED || row->has_body) {
        oracle_break(n->oracle, "I8", "%s's envelope %s with letter %s still waits for %s (reason %u)",
                     n->name, id_digits(&row->id).text, id_digits(&row->letter).text,
                     row->state < OUT_IS_DELIVERED ? "its end" : "the word ACCEPTED", (unsigned)row->reason);
    } else if (row->state >= OUT_IS_REFUSED && row->state <= OUT_IS_EXPIRED && !reason_is_good(row->reason)) {
        oracle_break(n->oracle, "I10", "%s's envelope %s ended (state %u) for no reason", n->name,
                     id_digits(&row->id).text, (unsigned)row->state);
    }
}

/* I8: nobody was ever told of it. Clocks that were wrong before the heal set times that have not come yet. */
static void check_void(const struct node_end *n, const struct out_row *row)
{
    const struct oracle *o = n->oracle;
    size_t to = oracle_actor(o, row->to.text);
    uint64_t now_ms = o->healed_ms + (o->now_us - o->healed_us) / 1000;
    if (row->state == OUT_IS_VOID && o->healed_us != NOT_YET && to != NOBODY &&
        row->ended_ms > o->healed_ms + DAY_MS && row->ended_ms <= now_ms &&
        oracle_had_a_day(o, n->party, to, row->created_ms, row->expires_ms)) {
        oracle_break(n->oracle, "I8",
                     "%s's envelope %s to %s was not sent until it died of age, and had a day in which"
                     " nothing was wrong",
                     n->name, id_digits(&row->id).text, row->to.text);
    }
}

static void check_in(const struct node_end *n, const struct in_row *row)
{
    if (row->due != 0) {
        oracle_break(n->oracle, "I8", "%s owes a receipt for envelope %s", n->name, id_digits(&row->id).text);
    } else if (row->outcome == IN_IS_DELIVERED && !id_is_none(&row->letter) &&
               finish_letter(n->end, n->party, &row->letter) == NULL) {
        oracle_break(n->oracle, "I1", "%s has envelope %s as delivered and not its letter %s", n->name,
                     id_digits(&row->id).text, id_digits(&row->letter).text);
    } else if (row->outcome == IN_IS_REFUSED && !reason_is_good(row->reason)) {
        oracle_break(n->oracle, "I10", "%s refused envelope %s for no reason", n->name,
                     id_digits(&row->id).text);
    }
}

static void check_receipt(const struct node_end *n, const struct receipt_bytes *row)
{
    const struct receipt_record *receipt = oracle_receipt_shown(n->oracle, row->raw);
    if (row->own && !row->settled && receipt != NULL) {
        oracle_break(n->oracle, "I8", "%s still owes the broker its %s", n->name,
                     oracle_receipt_text(n->oracle, receipt).text);
    }
}

void finish_node(struct ending *end, size_t party)
{
    const struct node_file *file = &end->files[party];
    const struct node_end n = {.end = end,
                               .oracle = end->oracle,
                               .file = file,
                               .party = party,
                               .name = oracle_name(end->oracle, party)};
    for (size_t i = 0; i < file->out_count; i++) {
        check_void(&n, &file->outs[i]); /* first: its letter is on its way anew, which says less */
    }
    for (size_t i = 0; i < file->letter_count; i++) {
        check_bytes(&n, &file->letters[i]);
        check_origin(&n, &file->letters[i]);
        check_standing(&n, &file->letters[i]);
    }
    check_order(&n);
    for (size_t i = 0; i < file->out_count; i++) {
        check_out(&n, &file->outs[i]);
    }
    for (size_t i = 0; i < file->in_count; i++) {
        check_in(&n, &file->ins[i]);
    }
    for (size_t i = 0; i < file->receipt_count; i++) {
        check_receipt(&n, &file->receipts[i]);
    }
}
