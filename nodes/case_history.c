/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/case_history.h"

#include "nodes/letter_parts.h"
#include "nodes/lifecycle.h"

uint64_t letter_sent_ms(const struct case_letter *letter)
{
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->signed_ms;
}

static void first(uint64_t *at, uint64_t ms)
{
    *at = *at == 0 ? ms : *at;
}

/* Sets what is 0 of the items the letter is about. */
static void of_items(const struct case_letter *letter, size_t item_count, uint64_t ms, uint64_t *at)
{
    struct targets targets;
    letter_targets(letter->letter, item_count, &targets);
    for (size_t n = 1; n <= item_count; n++) {
        if (targets.all || targets.named[n]) {
            first(&at[n], ms);
        }
    }
}

/* An answer to a blocking question is waited for, from its being asked to its delivery. */
static void pause_begin(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        bool asked = targets.blocking[0] || targets.blocking[n];
        h->pause[n].since_ms =
            asked && h->pause[n].since_ms == 0 ? letter_sent_ms(letter) : h->pause[n].since_ms;
    }
}

static void pause_end(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        struct case_pause *pause = &h->pause[n];
        bool answered =
            (targets.all || targets.named[n]) && pause->since_ms != 0 && letter->delivered_ms != 0;
        if (answered) {
            pause->ms += letter->delivered_ms > pause->since_ms ? letter->delivered_ms - pause->since_ms : 0;
            pause->since_ms = 0;
        }
    }
}

/* A decision ends what was waited for. */
static void decide(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    uint64_t ms = letter_sent_ms(letter);
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if ((targets.all || targets.named[n]) && h->decided_ms[n] == 0) {
            const struct case_pause *pause = &h->pause[n];
            bool runs = pause->since_ms != 0 && ms > pause->since_ms;
            h->decided_ms[n] = ms;
            h->decided[n].ms = pause->ms + (runs ? ms - pause->since_ms : 0);
        }
    }
}

/* The date of the hold; the request for assistance, against the date as it was then. */
static void read_hold(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    const char *zone = NULL;
    const struct instant until = letter_hold_until(letter->letter, &zone);
    bool received = letter->kind == LETTER_MLA_RECEIVED;
    bool linked = received || letter->kind == LETTER_MLA_NOTICE;
    if (until.ms <= 0 && !linked) {
        return;
    }
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if (!targets.all && !targets.named[n]) {
            continue;
        }
        h->until_ms[n] = until.ms > 0 ? (uint64_t)until.ms : h->until_ms[n];
        if (linked && h->linked_ms[n] == 0) {
            h->linked_ms[n] = letter_sent_ms(letter);
            h->linked_until_ms[n] = h->until_ms[n];
        }
        if (received && h->received_ms[n] == 0) {
            h->received_ms[n] = (uint64_t)instant_of(letter->letter->mla_received->received_at).ms;
            h->received_until_ms[n] = h->until_ms[n];
        }
    }
}

/* Withdrawn, or stopped after a warning: nobody waits for what had not ended by then. */
static void withdraw(struct case_history *h, size_t at)
{
    const struct case_letter *letter = h->fold->letters[at].letter;
    const struct lifecycle_row *row = lifecycle_row_of(h->fold->machine, letter->letter);
    struct targets targets;
    if (row == NULL || (row->opens & (ASK_BIT(ASK_WITHDRAW) | ASK_BIT(ASK_STOP))) == 0) {
        return;
    }
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t i = 0; i < h->fold->item_count; i++) {
        const struct case_item *item = &h->fold->items[i];
        bool had_ended = item->state == ITEM_ENDED && item->moved_by < at;
        if ((targets.all || targets.named[item->number]) && !had_ended) {
            first(&h->withdrawn_ms[item->number], letter->delivered_ms);
        }
    }
}

/* What is opened again is waited for again. */
static void take_back_withdrawal(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        h->withdrawn_ms[n] = targets.all || targets.named[n] ? 0 : h->withdrawn_ms[n];
    }
}

/* The case is withdrawn with its last item. */
static void withdraw_case(struct case_history *h)
{
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if (h->withdrawn_ms[n] == 0) {
            h->withdrawn_ms[0] = 0;
            return;
        }
        h->withdrawn_ms[0] =
            h->withdrawn_ms[n] > h->withdrawn_ms[0] ? h->withdrawn_ms[n] : h->withdrawn_ms[0];
    }
}

/* What answers the request itself, in any machine; not that it will be answered, and no part of an answer. */
static bool is_decision(const struct case_letter *letter)
{
    switch ((int)letter->kind) {
    case LETTER_ORDERED:
    case LETTER_HELD:
    case LETTER_NOT_HELD:
    case LETTER_REFUSED:
    case LETTER_REFERRED:
    case LETTER_ADMITTED:
    case LETTER_TAKEN:
        return true;
    case LETTER_DISCLOSED:
    case LETTER_ANSWERED:
        return letter_why(letter->letter) == WHY_FINAL;
    case LETTER_DECLINED:
        return letter_why(letter->letter) == WHY_NONE;
    default:
        return false;
    }
}

static void read_r(struct case_history *h, const struct folded_letter *folded)
{
    const struct case_letter *letter = folded->letter;
    size_t items = h->fold->item_count;
    uint64_t ms = letter_sent_ms(letter);
    if (letter_signatures_needed(letter->kind, letter->letter) != 0) {
        first(&h->officer_ms, ms);
    }
    if (is_decision(letter)) {
        h->is_decided = true;
        first(&h->commit_ms, ms);
        decide(h, letter);
    }
    if (letter->kind == LETTER_ACK && letter->letter->ack->answer == COMITY__ACK__ANSWER__WILL_ANSWER) {
        first(&h->commit_ms, ms);
    }
    if (letter->kind == LETTER_ORDERED) {
        of_items(letter, items, ms, h->ordered_ms);
    }
    if (letter->kind == LETTER_DISCLOSED || letter->kind == LETTER_DECLINED ||
        letter->kind == LETTER_REFERRED) {
        first(&h->emergency_ms, ms);
    }
    if (letter->kind == LETTER_EXTENDED || letter->kind == LETTER_EXTENSION_REFUSED) {
        of_items(letter, items, ms, h->answered_ms);
    }
    if (letter->kind == LETTER_STATUS) {
        first(&h->said_ms, h->asked_ms == 0 ? 0 : ms);
    }
    if (letter->kind == LETTER_REOPENED) {
        take_back_withdrawal(h, letter);
    }
    if (letter->kind == LETTER_INFO_ASKED) {
        pause_begin(h, letter);
    }
    if (letter->kind == LETTER_EVIDENCE && letter_why(letter->letter) == WHY_FINAL) {
        of_items(letter, items, ms, h->final_ms);
    }
    read_hold(h, letter);
    const Comity__NotHeld *not_held = letter->kind == LETTER_NOT_HELD ? letter->letter->not_held : NULL;
    h->questions |= letter->kind == LETTER_INFO_ASKED;
    h->elsewhere |= letter->kind == LETTER_REFERRED || letter->kind == LETTER_MOVED ||
                    (not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__ELSEWHERE);
    h->merged |= not_held != NULL && not_held->cause == COMITY__NOT_HELD__CAUSE__DUPLICATE_OF;
    h->refused |= letter->kind == LETTER_REFUSED || letter->kind == LETTER_EXTENSION_REFUSED;
    h->out_of_list |= folded->outside_treaty || folded->without_consult;
}

/* It counts where the final part had been sent. */
static void read_receipt(struct case_history *h, const struct case_letter *letter)
{
    struct targets targets;
    letter_targets(letter->letter, h->fold->item_count, &targets);
    for (size_t n = 1; n <= h->fold->item_count; n++) {
        if ((targets.all || targets.named[n]) && h->final_ms[n] != 0) {
            first(&h->whole_ms[n], letter_sent_ms(letter));
        }
    }
}

static void read_q(struct case_history *h, const struct case_letter *letter)
{
    size_t items = h->fold->item_count;
    if (letter->kind == LETTER_REQUEST && letter->case_seq == 1) {
        h->request_ms = letter->delivered_ms;
        h->request_accepted_ms = letter->accepted_ms;
        h->roster = letter->roster;
    } else if (letter->kind == LETTER_EXTEND) {
        of_items(letter, items, letter->delivered_ms, h->extend_ms);
    } else if (letter->kind == LETTER_MLA_NOTICE) {
        of_items(letter, items, letter_sent_ms(letter), h->notice_ms);
        read_hold(h, letter);
    } else if (letter->kind == LETTER_INFO_GIVEN) {
        pause_end(h, letter);
    } else if (letter->kind == LETTER_EVIDENCE_RECEIPT && letter_why(letter->letter) == WHY_OK) {
        read_receipt(h, letter);
    } else if (letter->kind == LETTER_STATUS_ASK) {
        first(&h->asked_ms, letter->delivered_ms);
    }
}

void case_history_read(struct case_history *h, const struct case_fold *fold)
{
    *h = (struct case_history){.fold = fold};
    for (size_t i = 0; i < fold->letter_count; i++) {
        const struct folded_letter *folded = &fold->letters[i];
        if (folded->effect == EFFECT_VOID || folded->effect == EFFECT_BREACH) {
            continue;
        }
        if (folded->letter->author == SIDE_R) {
            read_r(h, folded);
        } else {
            read_q(h, folded->letter);
            withdraw(h, i);
        }
    }
    withdraw_case(h);
}
