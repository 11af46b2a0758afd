/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/frame_words.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/attributes.h"
#include "base/text.h"
#include "keys/envelope.h"
#include "keys/sign.h"
#include "proto/reason.h"
#include "proto/wire.h"

#define LISTED_MAX 4 /* of a repeated field, then "..." */

struct line {
    char *text; /* FRAME_WORDS_BYTES */
    size_t size;
    struct arena *scratch;
};

static void add(struct line *, const char *format, ...) PRINTF_LIKE(2, 3);

static void add(struct line *line, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int wrote = vsnprintf(line->text + line->size, FRAME_WORDS_BYTES - line->size, format, arguments);
    va_end(arguments);
    size_t room = FRAME_WORDS_BYTES - 1 - line->size;
    line->size += wrote < 0 ? 0 : (size_t)wrote < room ? (size_t)wrote : room;
}

/* What a peer chose: escaped. */
static void add_text(struct line *line, const char *text)
{
    const char *quiet = text_quiet(line->scratch, bytes_of_text(text), 120);
    add(line, "%s", quiet == NULL ? "?" : quiet);
}

static void add_id(struct line *line, struct bytes id)
{
    char hex[9];
    if (id.size >= 4) {
        add(line, " %s", hex_write(hex, bytes_of(id.data, 4)));
    }
}

static void add_place(struct line *line, uint32_t lane, uint32_t incarnation, uint32_t seq)
{
    add(line, " %s %u/%u", lane_name(lane), incarnation, seq);
}

/* --- what is nested --- */

static void add_header(struct line *line, struct bytes header, struct bytes seal,
                       const struct digest *body_hash)
{
    Comity__Header *head = NULL;
    if (header_unpack(header, line->scratch, &head, NULL) != WIRE_OK) {
        add(line, " (header does not read)");
        return;
    }
    struct envelope_id id = envelope_id_of(header, seal, body_hash);
    add(line, " %s -> %s", head->from, head->to);
    add_place(line, head->lane, head->incarnation, head->seq);
    add_id(line, digest_bytes(&id.digest));
}

static void add_envelope(struct line *line, struct bytes bytes)
{
    Comity__Envelope *envelope = NULL;
    if (envelope_unpack(bytes, line->scratch, &envelope, NULL) != WIRE_OK) {
        add(line, " (envelope does not read) %zu bytes", bytes.size);
        return;
    }
    struct digest body_hash = plain_hash(wire_bytes(envelope->body));
    add_header(line, wire_bytes(envelope->header), wire_bytes(envelope->seal), &body_hash);
    add(line, " %zu bytes", bytes.size);
}

static void add_receipt(struct line *line, struct bytes bytes)
{
    Comity__SignedReceipt *signed_receipt = NULL;
    Comity__Receipt *receipt = NULL;
    if (signed_receipt_unpack(bytes, line->scratch, &signed_receipt, NULL) != WIRE_OK ||
        receipt_unpack(wire_bytes(signed_receipt->receipt), line->scratch, &receipt, NULL) != WIRE_OK) {
        add(line, " (receipt does not read) %zu bytes", bytes.size);
        return;
    }
    struct bytes body = wire_bytes(signed_receipt->receipt);
    struct digest digest = labelled_digest("comity/v1/rcpt", &body, 1);
    add(line, " %s", receipt_kind_name(receipt->kind));
    add_id(line, digest_bytes(&digest));
    add(line, " of %s -> %s:", receipt->from, receipt->to);
    for (size_t i = 0; i < receipt->n_item && i < LISTED_MAX; i++) {
        const Comity__ReceiptItem *item = receipt->item[i];
        add_place(line, item->lane, item->incarnation, item->seq);
        add_id(line, wire_bytes(item->id));
        if (item->reason != 0) {
            add(line, " %s", reason_name(item->reason));
        }
    }
    if (receipt->n_item > LISTED_MAX) {
        add(line, " and %zu more", receipt->n_item - LISTED_MAX);
    }
}

/* --- frames --- */

static void say_rejected(struct line *line, const Comity__Rejected *rejected)
{
    add(line, "Rejected tag %llu", (unsigned long long)rejected->tag);
    add_id(line, wire_bytes(rejected->id));
    add(line, " %s", reason_name(rejected->reason));
    if (rejected->temporary) {
        add(line, ", wait %u ms", rejected->retry_ms);
    } else {
        add(line, ", final");
    }
    if (rejected->detail[0] != '\0') {
        add(line, ": ");
        add_text(line, rejected->detail);
    }
    if (rejected->receipt.len != 0) {
        add(line, ";");
        add_receipt(line, wire_bytes(rejected->receipt));
    }
}

static void say_deliver(struct line *line, const Comity__Deliver *deliver)
{
    add(line, "Deliver tag %llu", (unsigned long long)deliver->tag);
    if (deliver->stub == NULL) {
        add_envelope(line, wire_bytes(deliver->envelope));
    } else if (deliver->stub->body_hash.len == sizeof(struct digest)) {
        struct digest body_hash = digest_from(wire_bytes(deliver->stub->body_hash));
        add_header(line, wire_bytes(deliver->stub->header), wire_bytes(deliver->stub->seal), &body_hash);
        add(line, " stub");
    }
}

static void say_settle(struct line *line, const Comity__Settle *settle)
{
    add(line, "Settle");
    for (size_t i = 0; i < settle->n_digest && i < LISTED_MAX; i++) {
        add_id(line, wire_bytes(settle->digest[i]));
    }
    if (settle->n_digest > LISTED_MAX) {
        add(line, " and %zu more", settle->n_digest - LISTED_MAX);
    }
}

static void say_heads(struct line *line, const Comity__Heads *heads)
{
    add(line, "Heads %zu%s:", heads->n_head, heads->last ? "" : ", more follow");
    for (size_t i = 0; i < heads->n_head && i < LISTED_MAX; i++) {
        const Comity__PeerHead *head = heads->head[i];
        bool own = head->to[0] != '\0';
        add(line, own ? " %s" : " from %s", own ? head->to : head->from);
        add_place(line, head->lane, head->incarnation, head->seq);
        add_id(line, wire_bytes(head->id));
    }
}

static void say_prekeys(struct line *line, const Comity__Prekeys *prekeys)
{
    Comity__SignedPrekeys *signed_list = NULL;
    Comity__PrekeyList *list = NULL;
    if (prekeys->ask[0] != '\0') {
        add(line, "Prekeys ask %s", prekeys->ask);
    } else if (prekeys->absent[0] != '\0') {
        add(line, "Prekeys absent %s", prekeys->absent);
    } else if (signed_prekeys_unpack(wire_bytes(prekeys->list), line->scratch, &signed_list, NULL) ==
                   WIRE_OK &&
               prekey_list_unpack(wire_bytes(signed_list->list), line->scratch, &list, NULL) == WIRE_OK) {
        add(line, "Prekeys of %s list %llu, %zu keys", list->party, (unsigned long long)list->number,
            list->n_key);
    } else {
        add(line, "Prekeys (do not read)");
    }
}

static void say_roster(struct line *line, const Comity__RosterFrame *roster)
{
    if (roster->ask != 0) {
        add(line, "Roster ask version %llu", (unsigned long long)roster->ask);
    } else {
        add(line, "Roster version %llu part %u of %u, %zu bytes", (unsigned long long)roster->version,
            roster->part, roster->parts, roster->data.len);
    }
}

static void say_status(struct line *line, const Comity__StatusFrame *status)
{
    add(line, "Status");
    if (status->ask.len != 0) {
        add(line, " ask");
        add_id(line, wire_bytes(status->ask));
        return;
    }
    add_id(line, wire_bytes(status->id));
    add(line, " state %u, %llu before it, recipient %s", status->state, (unsigned long long)status->before,
        status->recipient_here ? "here" : "away");
}

static void say_ask_again(struct line *line, const Comity__AskAgain *ask)
{
    add(line, "AskAgain %s %s %u/%u..%u", ask->from, lane_name(ask->lane), ask->incarnation, ask->first,
        ask->last);
}

static void say_bye(struct line *line, const Comity__Bye *bye)
{
    add(line, "Bye %s ", bye->reason == REASON_NONE ? "" : reason_name(bye->reason));
    add_text(line, bye->text);
}

static void say(struct line *line, const Comity__Frame *frame)
{
    switch ((int)frame->body_case) {
    case COMITY__FRAME__BODY_HELLO:
        add(line, "Hello %s roster %llu prekeys %llu", frame->hello->party,
            (unsigned long long)frame->hello->roster, (unsigned long long)frame->hello->prekeys);
        break;
    case COMITY__FRAME__BODY_WELCOME:
        add(line, "Welcome roster %llu prekeys %llu submits %u", (unsigned long long)frame->welcome->roster,
            (unsigned long long)frame->welcome->prekeys, frame->welcome->submits_max);
        break;
    case COMITY__FRAME__BODY_SUBMIT:
        add(line, "Submit tag %llu", (unsigned long long)frame->submit->tag);
        add_envelope(line, wire_bytes(frame->submit->envelope));
        break;
    case COMITY__FRAME__BODY_ACCEPTED:
        add(line, "Accepted");
        add_receipt(line, wire_bytes(frame->accepted->receipt));
        break;
    case COMITY__FRAME__BODY_REJECTED:
        say_rejected(line, frame->rejected);
        break;
    case COMITY__FRAME__BODY_DELIVER:
        say_deliver(line, frame->deliver);
        break;
    case COMITY__FRAME__BODY_RECEIPT:
        add(line, "Receipt");
        add_receipt(line, wire_bytes(frame->receipt->receipt));
        break;
    case COMITY__FRAME__BODY_SETTLE:
        say_settle(line, frame->settle);
        break;
    case COMITY__FRAME__BODY_CREDIT:
        add(line, "Credit %s %u", lane_name(frame->credit->lane), frame->credit->envelopes);
        break;
    case COMITY__FRAME__BODY_HEADS:
        say_heads(line, frame->heads);
        break;
    case COMITY__FRAME__BODY_ASK_AGAIN:
        say_ask_again(line, frame->ask_again);
        break;
    case COMITY__FRAME__BODY_PREKEYS:
        say_prekeys(line, frame->prekeys);
        break;
    case COMITY__FRAME__BODY_ROSTER:
        say_roster(line, frame->roster);
        break;
    case COMITY__FRAME__BODY_STATUS:
        say_status(line, frame->status);
        break;
    case COMITY__FRAME__BODY_PING:
        add(line, "Ping");
        break;
    case COMITY__FRAME__BODY_PONG:
        add(line, "Pong");
        break;
    case COMITY__FRAME__BODY_BYE:
        say_bye(line, frame->bye);
        break;
    default:
        add(line, "an empty frame");
    }
}

void frame_words(struct bytes frame_bytes, struct arena *scratch, char ret[FRAME_WORDS_BYTES])
{
    struct line line = {.text = ret, .scratch = scratch};
    Comity__Frame *frame = NULL;
    ret[0] = '\0';
    if (frame_unpack(frame_bytes, scratch, &frame, NULL) == WIRE_OK) {
        say(&line, frame);
    } else {
        add(&line, "a frame that does not read, %zu bytes", frame_bytes.size);
    }
    arena_reset(scratch);
}
