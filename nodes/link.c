/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/link.h"

#include <string.h>

#include "base/catalogue.h"
#include "base/log.h"
#include "base/text.h"
#include "nodes/broker_time.h"
#include "nodes/chains.h"
#include "nodes/inbox.h"
#include "nodes/outbox.h"
#include "nodes/prekeys.h"
#include "nodes/recall.h"
#include "nodes/receipts.h"
#include "nodes/rosters.h"

#define SILENT_QUIETS    3                    /* so many times as long as what is quiet is silence */
#define OPENING_STEP_MS  (60 * MS_PER_SECOND) /* for Welcome, and from one frame of heads to the next */
#define OPENING_MS_MAX   (10 * MS_PER_MINUTE) /* all of it, from Hello */
#define CREDIT_URGENT    8
#define CREDIT_ROUTINE   12
#define CREDIT_BULK      4
#define WHY_SHOWN        250  /* bytes of why a link ended */
#define HEADS_FRAMES_MAX 1024 /* of one link: 65,536 chains */
#define SOFTWARE         "comity-node 1"

void node_say(struct node *node, struct turn *turn, const Comity__Frame *frame)
{
    if (node->live.stage == LINK_DOWN) {
        return;
    }
    struct bytes bytes = frame_pack(turn_arena(turn), frame);
    if (bytes.data != NULL) {
        turn_say(turn, node->live.link, bytes);
    }
}

/* What belongs to the link goes with it; what the store knows of the link's answers too. */
static void forget_link(struct node *node)
{
    struct live *live = &node->live;
    live->link = (link_id){.number = 0};
    live->stage = LINK_DOWN;
    live->broker_roster = 0;
    live->broker_prekeys = 0;
    live->prekeys_said = 0;
    live->roster_asked = 0;
    live->rosters_said = 0;
    live->roster_wanted = 0;
    live->receipts_said = 0;
    live->receipts_again = (mono_ms){.ms = 0};
    live->receipts_wait_ms = 0;
    live->receipts_unread = 0;
    live->submit_count = 0;
    live->pinged = (mono_ms){.ms = 0};
    live->heads_frames = 0;
    live->chains_lost = 0;
    memset(live->credit_back, 0, sizeof live->credit_back);
    live->figures.connected = false;
}

void node_uplink_open(struct node *node, struct turn *turn, link_id link)
{
    const struct roster *roster = node_roster_now(node);
    struct address party = node->options.party;
    char software[] = SOFTWARE;
    Comity__Hello hello = COMITY__HELLO__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    forget_link(node);
    node_rosters_forget_parts(node);
    node->live.link = link;
    node->live.stage = LINK_HELLO;
    node->live.heard = turn_mono(turn);
    node->live.opening = node->live.opened = turn_mono(turn);
    hello.version = 1;
    hello.network = wire_binary(bytes_of(node->options.network.bytes, sizeof node->options.network.bytes));
    hello.party = party.text;
    hello.software = software;
    hello.roster = roster == NULL ? 0 : roster_version(roster);
    hello.prekeys = node_prekeys_number(node);
    frame.body_case = COMITY__FRAME__BODY_HELLO;
    frame.hello = &hello;
    node_say(node, turn, &frame);
}

void node_uplink_closed(struct node *node, struct turn *turn)
{
    if (node->live.stage != LINK_DOWN) {
        node_event(turn, EVENT_LINK_DOWN, "link=%llu", (unsigned long long)node->live.link.number);
    }
    forget_link(node);
}

/* why: a sentence of ours or the broker's words; people are shown both parts (view_link_trouble()). */
static void hang_up(struct node *node, struct turn *turn, const char *who, const char *why)
{
    const char *shown = text_quiet(turn_arena(turn), bytes_of_text(why), WHY_SHOWN);
    const char *text =
        shown == NULL || shown[0] == '\0' ? NULL : arena_format(turn_arena(turn), "%s: %s", who, shown);
    turn_hang_up(turn, node->live.link, text == NULL ? who : text);
}

void node_uplink_break(struct node *node, struct turn *turn, enum reason reason, const char *why)
{
    char text[128];
    Comity__Bye bye = COMITY__BYE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    size_t length = strlen(why);
    length = length < sizeof text - 1 ? length : sizeof text - 1;
    memcpy(text, why, length);
    text[length] = '\0';
    bye.reason = (uint32_t)reason;
    bye.text = text;
    frame.body_case = COMITY__FRAME__BODY_BYE;
    frame.bye = &bye;
    node_say(node, turn, &frame);
    hang_up(node, turn, N_("this node ended the link"), why);
    forget_link(node);
}

/* --- opening --- */

static void give_credit(struct node *node, struct turn *turn, enum lane lane, uint32_t envelopes)
{
    Comity__Credit credit = COMITY__CREDIT__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    credit.lane = (uint32_t)lane;
    credit.envelopes = envelopes;
    frame.body_case = COMITY__FRAME__BODY_CREDIT;
    frame.credit = &credit;
    node_say(node, turn, &frame);
}

static bool take_welcome(struct node *node, struct turn *turn, const Comity__Welcome *welcome)
{
    struct live *live = &node->live;
    if (live->stage != LINK_HELLO || welcome->version != 1 || welcome->submits_max == 0) {
        return false;
    }
    live->stage = LINK_HEADS;
    live->opening = turn_mono(turn);
    live->broker_roster = welcome->roster;
    live->broker_prekeys = welcome->prekeys;
    live->submits_max = welcome->submits_max < SUBMITS_MAX ? welcome->submits_max : SUBMITS_MAX;
    broker_time_told(node, turn, welcome->now_ms);
    if (node_prekeys_show_loss(node)) {
        recall_name_loss(node, turn, "lost=prekeys");
    } else if (node_prekeys_were_taken(node) && welcome->prekeys < node_prekeys_number(node)) {
        recall_broker_fell_back(node, turn);
    }
    own_chains_heads_begin(node);
    recall_heads_begin(node);
    store_peers_fresh(node->store);
    outbox_try_again(node);
    node_rosters_ask(node, turn);
    node_prekeys_renew(node, turn);
    return true;
}

/* Of a chain of ours or of one to us. */
static bool head_holds(const Comity__PeerHead *head)
{
    return (head->to[0] == '\0') != (head->from[0] == '\0') && (head->to[0] != '\0' || head->ended == 0) &&
           head->lane >= LANE_URGENT && head->lane <= LANE_BULK && head->incarnation >= 1 && head->seq >= 1 &&
           head->id.len == sizeof(struct digest);
}

static bool take_heads(struct node *node, struct turn *turn, const Comity__Heads *heads)
{
    if (node->live.stage != LINK_HEADS || ++node->live.heads_frames > HEADS_FRAMES_MAX) {
        return false;
    }
    node->live.opening = turn_mono(turn);
    for (size_t i = 0; i < heads->n_head; i++) {
        if (!head_holds(heads->head[i])) {
            return false;
        }
        if (heads->head[i]->to[0] != '\0') {
            own_chains_head(node, turn, heads->head[i]);
        } else {
            recall_head_answered(node, turn, heads->head[i]);
        }
    }
    if (heads->last) {
        own_chains_heads_done(node, turn);
        recall_heads_done(node, turn);
        node->live.stage = LINK_READY;
        /* Not before: a letter of a case that this disk has lost would be refused for good (recall.h). */
        give_credit(node, turn, LANE_URGENT, CREDIT_URGENT);
        give_credit(node, turn, LANE_ROUTINE, CREDIT_ROUTINE);
        give_credit(node, turn, LANE_BULK, CREDIT_BULK);
        in_chains_ask(node, turn, NULL);
        node->live.figures.connected = true;
        node_event(turn, EVENT_LINK_UP, "link=%llu", (unsigned long long)node->live.link.number);
    }
    return true;
}

/* --- frames --- */

void node_uplink_took(struct node *node, struct turn *turn, const Comity__Deliver *deliver)
{
    Comity__Envelope *envelope = NULL;
    Comity__Header *head = NULL;
    struct arena *arena = turn_arena(turn);
    struct bytes header = deliver->stub != NULL ? wire_bytes(deliver->stub->header) : bytes_of(NULL, 0);
    if (deliver->stub == NULL &&
        envelope_unpack(wire_bytes(deliver->envelope), arena, &envelope, NULL) == WIRE_OK) {
        header = wire_bytes(envelope->header);
    }
    if (header_unpack(header, arena, &head, NULL) == WIRE_OK && head->lane >= LANE_URGENT &&
        head->lane <= LANE_BULK) {
        node->live.credit_back[head->lane]++;
    }
}

/* No answer to a Submit: the broker asks for an envelope again (6.4), or did not take what it was told besides. */
static void take_unasked(struct node *node, struct turn *turn, const Comity__Rejected *rejected)
{
    bool envelope = rejected->id.len == sizeof(struct digest);
    if (envelope && rejected->temporary && rejected->reason == REASON_SIGNATURE) {
        const struct envelope_id id = {.digest = digest_from(wire_bytes(rejected->id))};
        outbox_damaged(node, turn, &id);
        return;
    }
    if (rejected->temporary) { /* a roster or a prekey list never is (6.3, 6.8) */
        node_receipts_refused(node, turn, rejected->retry_ms);
    }
    const char *what = rejected->reason == REASON_QUOTA    ? "no-room"
                       : rejected->temporary               ? "receipt"
                       : rejected->reason == REASON_ROSTER ? "roster"
                                                           : "prekeys";
    node_event(turn, EVENT_LINK_REFUSED, "what=%s reason=%s", what, reason_name(rejected->reason));
}

static bool take_rejected(struct node *node, struct turn *turn, const Comity__Rejected *rejected)
{
    if (rejected->tag == 0) {
        take_unasked(node, turn, rejected);
        return true;
    }
    /* With a receipt that holds the number is spent; without one the envelope is kept and tried again. */
    if (rejected->receipt.len == 0 || !node_receipts_take(node, turn, wire_bytes(rejected->receipt))) {
        outbox_rejected(node, turn, rejected);
    }
    return true;
}

static bool take_deliver(struct node *node, struct turn *turn, const Comity__Deliver *deliver)
{
    if (!inbox_deliver(node, turn, deliver)) {
        return false;
    }
    node_uplink_took(node, turn, deliver);
    return true;
}

static bool take_settle(struct node *node, struct turn *turn, const Comity__Settle *settle)
{
    for (size_t i = 0; i < settle->n_digest; i++) {
        const struct digest digest = digest_from(wire_bytes(settle->digest[i]));
        if (!node_receipts_settled(node, &digest)) {
            node_prekeys_taken(node, turn, &digest);
        }
    }
    return true;
}

static void take_ping(struct node *node, struct turn *turn, const Comity__Ping *ping)
{
    Comity__Pong pong = COMITY__PONG__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    pong.nonce = ping->nonce;
    pong.committed = node->committed;
    frame.body_case = COMITY__FRAME__BODY_PONG;
    frame.pong = &pong;
    node_say(node, turn, &frame);
}

static bool take_bye(struct node *node, struct turn *turn, const Comity__Bye *bye)
{
    struct log_line line;
    log_line_init(&line);
    log_text(&line, "reason", bytes_of_text(reason_name(bye->reason)));
    log_text(&line, "text", bytes_of_text(bye->text));
    node_event(turn, EVENT_LINK_BYE, "%s", line.text);
    hang_up(node, turn, N_("the broker ended the link"),
            bye->reason == REASON_NONE ? bye->text : reason_meaning(bye->reason));
    forget_link(node);
    return true;
}

static bool take_status(struct node *node, struct turn *turn, const Comity__StatusFrame *status)
{
    if (status->ask.len != 0 || status->id.len != sizeof(struct digest)) {
        return false;
    }
    outbox_status(node, turn, status);
    return true;
}

/* Before Welcome the broker says Welcome or Bye; the rest only after it. */
static bool is_in_place(const struct node *node, const Comity__Frame *frame)
{
    bool early =
        frame->body_case == COMITY__FRAME__BODY_WELCOME || frame->body_case == COMITY__FRAME__BODY_BYE;
    return early || node->live.stage >= LINK_HEADS;
}

static void hear(struct node *node, const struct turn *turn)
{
    node->live.heard = turn_mono(turn);
    node->live.pinged = (mono_ms){.ms = 0};
}

bool node_uplink_heartbeat(struct node *node, struct turn *turn, const Comity__Frame *frame)
{
    if (frame->body_case == COMITY__FRAME__BODY_PING) {
        hear(node, turn);
        take_ping(node, turn, frame->ping);
        return true;
    }
    if (frame->body_case == COMITY__FRAME__BODY_PONG) {
        hear(node, turn);
        broker_time_told(node, turn, frame->pong->now_ms);
        return true;
    }
    return false;
}

bool node_uplink_frame(struct node *node, struct turn *turn, const Comity__Frame *frame)
{
    hear(node, turn);
    if (!is_in_place(node, frame)) {
        return false;
    }
    switch ((int)frame->body_case) { /* the generated enum has a member that is no frame */
    case COMITY__FRAME__BODY_WELCOME:
        return take_welcome(node, turn, frame->welcome);
    case COMITY__FRAME__BODY_HEADS:
        return take_heads(node, turn, frame->heads);
    case COMITY__FRAME__BODY_ACCEPTED:
        node_receipts_take(node, turn, wire_bytes(frame->accepted->receipt));
        return true;
    case COMITY__FRAME__BODY_REJECTED:
        return take_rejected(node, turn, frame->rejected);
    case COMITY__FRAME__BODY_DELIVER:
        return take_deliver(node, turn, frame->deliver);
    case COMITY__FRAME__BODY_RECEIPT:
        node_receipts_take(node, turn, wire_bytes(frame->receipt->receipt));
        return true;
    case COMITY__FRAME__BODY_SETTLE:
        return take_settle(node, turn, frame->settle);
    case COMITY__FRAME__BODY_PREKEYS:
        return node_prekeys_frame(node, turn, frame->prekeys);
    case COMITY__FRAME__BODY_ROSTER:
        return node_rosters_frame(node, turn, frame->roster);
    case COMITY__FRAME__BODY_STATUS:
        return take_status(node, turn, frame->status);
    case COMITY__FRAME__BODY_BYE:
        return take_bye(node, turn, frame->bye);
    default:
        return false; /* Hello, Submit, Credit, AskAgain: of the other direction, or no frame at all */
    }
}

/* --- time --- */

static void ping(struct node *node, struct turn *turn)
{
    Comity__Ping message = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.nonce = ++node->live.next_tag;
    message.committed = node->committed;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &message;
    node_say(node, turn, &frame);
    node->live.pinged = turn_mono(turn);
}

void node_uplink_ping(struct node *node, struct turn *turn)
{
    if (node->live.stage == LINK_READY) {
        ping(node, turn);
    }
}

/* A broker may answer pings, and so is not silent, and withhold what a link needs to be of use. */
static mono_ms opening_deadline(const struct live *live)
{
    return live->stage == LINK_READY ? MONO_NEVER
                                     : mono_earlier(mono_after(live->opening, OPENING_STEP_MS),
                                                    mono_after(live->opened, OPENING_MS_MAX));
}

static mono_ms quiet_at(const struct node *node)
{
    return mono_after(node->live.heard, node->options.quiet_ms);
}

static mono_ms silent_at(const struct node *node)
{
    return mono_after(node->live.heard, SILENT_QUIETS * node->options.quiet_ms);
}

void node_uplink_tick(struct node *node, struct turn *turn)
{
    const struct live *live = &node->live;
    mono_ms now = turn_mono(turn);
    if (live->stage == LINK_DOWN) {
        return;
    }
    if (now.ms >= silent_at(node).ms) {
        node_event(turn, EVENT_LINK_SILENT, "link=%llu", (unsigned long long)live->link.number);
        node_uplink_break(node, turn, REASON_NONE, "the broker was silent for too long");
    } else if (now.ms >= opening_deadline(live).ms) {
        node_event(turn, EVENT_LINK_UNOPENED, "link=%llu awaited=%s", (unsigned long long)live->link.number,
                   live->stage == LINK_HELLO ? "welcome" : "heads");
        node_uplink_break(node, turn, REASON_NONE,
                          "the opening did not go on for 60 seconds, or took 10 minutes");
    } else if (live->pinged.ms == 0 && now.ms >= quiet_at(node).ms) {
        ping(node, turn);
    }
}

void node_uplink_renew(struct node *node, struct turn *turn)
{
    if (node->live.stage >= LINK_HEADS && node_receipts_wanted(node)) {
        node_event(turn, EVENT_LINK_RENEWED, "link=%llu", (unsigned long long)node->live.link.number);
        node_uplink_break(node, turn, REASON_NONE, "receipts are to be said again, under the new roster");
    }
}

mono_ms node_uplink_deadline(const struct node *node)
{
    if (node->live.stage == LINK_DOWN) {
        return MONO_NEVER;
    }
    mono_ms silence = node->live.pinged.ms == 0 ? quiet_at(node) : silent_at(node);
    return mono_earlier(silence, opening_deadline(&node->live));
}

void node_uplink_credit(struct node *node, struct turn *turn)
{
    for (unsigned lane = LANE_URGENT; lane <= LANE_BULK; lane++) {
        if (node->live.credit_back[lane] != 0) {
            give_credit(node, turn, (enum lane)lane, node->live.credit_back[lane]);
            node->live.credit_back[lane] = 0;
        }
    }
}
