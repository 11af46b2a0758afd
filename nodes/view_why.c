/* SPDX-License-Identifier: Apache-2.0 */
/* WHY: where an envelope, or each envelope of a case, is; why; and what happens next. A sentence for every state. */
#include <string.h>

#include "base/text.h"
#include "nodes/inbox.h"
#include "nodes/outbox.h"
#include "nodes/store_recall.h"
#include "nodes/trouble.h"
#include "nodes/view.h"

#define PREFIX_DIGITS_MIN 8
#define DIGITS_MAX        64
#define PREFIX_FOUND_MAX  8
#define SEALS_SHOWN       8
#define DETAIL_SHOWN      300 /* bytes of what the broker says */
#define BY_ITSELF         N_("nothing to do: it goes on by itself")

/* What is said of one envelope or letter. */
struct story {
    const char *state, *why, *next;
    enum reason reason;
};

/* --- own letters --- */

static const char *at_text(struct call *call, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    const char *copy =
        arena_format(call->arena, "%s", instant_write(text, (struct instant){.ms = (int64_t)ms}));
    return copy == NULL ? "" : copy;
}

static const char *no_link(struct call *call)
{
    const char *trouble = view_link_trouble(call);
    return trouble[0] == '\0' ? say(call->words, "the link to the broker is down")
                              : call_text(call, "the link to the broker is down: %s", trouble);
}

/* Why nothing at all leaves this node for that party now; NULL: something may. */
static const char *blocked_here(struct call *call, const char *to, const char **ret_next)
{
    const struct roster *roster = node_roster_now(call->node);
    const struct party *party = roster == NULL ? NULL : roster_find(roster, to);
    *ret_next = BY_ITSELF;
    if (!node_rosters_standing(call->node, call->turn).usable) {
        *ret_next = "get a new roster from your registrar, then: comity roster update";
        return "the roster is missing or past its expiry and grace";
    }
    if (party == NULL || party->status != PARTY_ACTIVE) {
        *ret_next = "reach them by phone; it is sent by itself when the roster names them as active again";
        return call_text(call, "%s is not active in the roster", to);
    }
    if (call->node->live.stage != LINK_READY) {
        *ret_next = "it is sent by itself when the link is back; if that lasts, look at: comity status";
        return no_link(call);
    }
    return NULL;
}

/* What of this node itself keeps it from sealing anything; NULL: nothing does. */
static const char *seals_nothing(struct call *call, const char **ret_next)
{
    struct trouble found[TROUBLES_MAX];
    size_t count = troubles(call->node, call->turn, call->words, found);
    for (size_t i = 0; i < count; i++) {
        if (found[i].seals_nothing) {
            *ret_next = found[i].next;
            return arena_format(call->arena, "%s", found[i].why.text);
        }
    }
    return NULL;
}

/* A letter without an envelope on its way. */
static struct story filed_story(struct call *call, const struct letter_row *letter)
{
    struct story story = {.state = "FILED", .reason = letter->reason, .next = BY_ITSELF};
    story.why = blocked_here(call, letter->to.text, &story.next);
    if (story.why == NULL) {
        story.why = seals_nothing(call, &story.next);
    }
    if (story.why == NULL && letter_waits_for_recall(call->node, letter)) {
        story.why =
            call_text(call, "this node's disk has lost letters of its case; they are asked back from %s",
                      letter->to.text);
    } else if (story.why == NULL && letter->reason != REASON_NONE) {
        story.why = call_text(call, "its last envelope failed (%s: %s); it is sealed again",
                              reason_name((uint32_t)letter->reason),
                              say(call->words, reason_meaning((uint32_t)letter->reason)));
        story.next = reason_next_sender((uint32_t)letter->reason);
    } else if (story.why == NULL) {
        story.why =
            call_text(call, "it waits to be sealed: the sealing keys of %s are asked for", letter->to.text);
    }
    return story;
}

static struct story open_story(struct call *call, const struct out_row *out)
{
    struct story story = {
        .state = out->said ? "SUBMITTED" : "SEALED", .reason = out->reason, .next = BY_ITSELF};
    if (out->reason == REASON_REVOKED) {
        story.why = "what was answered about it is signed by a key that is revoked; when its time is over it "
                    "counts as expired";
        return story;
    }
    if (out->reason != REASON_NONE && (out->parked || out->blocked)) {
        const char *said = text_quiet(call->arena, bytes_of_text(out->detail), DETAIL_SHOWN);
        bool bare = said == NULL || said[0] == '\0';
        story.why = call_text(call, "the broker does not take it for now (%s: %s)%s%s",
                              reason_name((uint32_t)out->reason),
                              say(call->words, reason_meaning((uint32_t)out->reason)),
                              bare ? "" : say(call->words, N_("; it says: ")), bare ? "" : said);
        story.next = reason_next_sender((uint32_t)out->reason);
        return story;
    }
    story.why = blocked_here(call, out->to.text, &story.next);
    if (story.why == NULL) {
        story.why = out->said ? "it was sent, and the broker has not answered yet"
                              : "it waits for its turn to be sent";
    }
    return story;
}

static struct story accepted_story(struct call *call, const struct out_row *out)
{
    struct story story = {.state = "ACCEPTED"};
    const char *there = "";
    if (out->status_ms != 0) {
        there = out->recipient_here           ? call_text(call, "; their node is connected")
                : out->recipient_seen_ms != 0 ? call_text(call, "; their node was last seen at %s",
                                                          at_text(call, out->recipient_seen_ms))
                                              : "; their node has not been seen";
    }
    story.why = call_text(call, "the broker took it at %s and keeps it for %s%s",
                          at_text(call, out->accepted_ms), out->to.text, say(call->words, there));
    story.next = call_text(
        call, "it is delivered by itself when their node takes it, until %s; if it is urgent, call them",
        at_text(call, out->expires_ms));
    outbox_ask_status(call->node, call->turn, &out->id);
    return story;
}

static struct story delivered_story(struct call *call, const struct out_row *out)
{
    struct letter_row letter;
    bool opened = letter_get(call->node, &out->letter, call->arena, &letter) && letter.opened_ms != 0;
    return (struct story){.state = "DELIVERED",
                          .why = opened ? call_text(call, "an officer of %s opened it at %s", out->to.text,
                                                    at_text(call, letter.opened_ms))
                                        : call_text(call, "the node of %s has it since %s", out->to.text,
                                                    at_text(call, out->ended_ms)),
                          .next = opened ? "it is their turn"
                                         : "an officer there has to open it; if it is urgent, call them"};
}

/* A letter that is over: what transport failed was sealed again before, and is not any more. */
static const char *over_next(enum reason reason)
{
    return reason_is_of_transport(reason)
               ? N_("it was sealed as often as it may be, and is given up: see what "
                    "failed it, then write and sign the letter again")
               : reason_next_sender((uint32_t)reason);
}

/* An envelope that failed: is its letter sealed again, or over? */
static struct story failed_story(struct call *call, const struct out_row *out, const char *state,
                                 const char *who)
{
    struct letter_row letter;
    bool known = letter_get(call->node, &out->letter, call->arena, &letter);
    bool over = known && letter.sending == SENDING_FAILED;
    enum reason reason = out->reason == REASON_NONE ? REASON_EXPIRED : out->reason;
    return (struct story){
        .state = state,
        .reason = reason,
        .why = arena_format(call->arena, "%s: %s", say(call->words, who),
                            say(call->words, reason_meaning((uint32_t)reason))),
        .next = over ? over_next(reason)
                     : "its letter is sealed again under a new number, without a new signature"};
}

static struct story out_story(struct call *call, const struct out_row *out)
{
    switch (out->state) {
    case OUT_SEALED:
        return open_story(call, out);
    case OUT_ACCEPTED:
        return accepted_story(call, out);
    case OUT_DELIVERED:
        return delivered_story(call, out);
    case OUT_REFUSED:
        return failed_story(call, out, "REFUSED", "the recipient's node refused it");
    case OUT_REJECTED:
        return failed_story(call, out, "REJECTED", "the broker refused it");
    case OUT_EXPIRED:
        return failed_story(call, out, "EXPIRED", "it lay at the broker until it expired");
    case OUT_VOIDED:
        break;
    }
    return failed_story(call, out, "EXPIRED", "it expired here before it could be sent");
}

/* --- letters of the other side --- */

static struct story held_back_story(struct call *call, const struct letter_row *letter)
{
    if (store_recall_holds_up(call->node->store, &letter->id)) {
        return (struct story){
            .state = "HELD_BACK",
            .why =
                call_text(call,
                          "this node's disk had lost a letter of the same case that goes before it; what %s"
                          " gave back does not hold (an officer's key may be revoked since), and is kept"
                          " as proof",
                          letter->from.text),
            .next = call_text(call,
                              "call %s: their letters behind that one do not take effect here; go on in a new"
                              " case",
                              letter->from.text)};
    }
    return (struct story){
        .state = "HELD_BACK",
        .why = "a letter of the same case that goes before it is not here yet; it was asked for",
        .next = BY_ITSELF};
}

static struct story in_story(struct call *call, const struct in_row *in, const struct letter_row *letter)
{
    if (in->outcome == IN_EXPIRED) {
        return (struct story){.state = "EXPIRED",
                              .reason = REASON_EXPIRED,
                              .why = "it expired at the broker before this node took it",
                              .next = "the sender's node seals its letter again by itself"};
    }
    if (in->outcome == IN_REFUSED || letter == NULL) {
        return (struct story){.state = "REFUSED",
                              .reason = in->reason,
                              .why = reason_meaning((uint32_t)in->reason),
                              .next = reason_next((uint32_t)in->reason)};
    }
    if (letter->place == PLACE_HELD_BACK) {
        return held_back_story(call, letter);
    }
    if (letter->place == PLACE_DEAD) {
        return (struct story){.state = "REFUSED",
                              .reason = letter->reason,
                              .why = reason_meaning((uint32_t)letter->reason),
                              .next = reason_next((uint32_t)letter->reason)};
    }
    bool opened = letter->opened_here_ms != 0;
    return (struct story){.state = "EFFECTIVE",
                          .why = opened ? "it is in the case file and was opened"
                                        : "it is in the case file; no officer has opened it",
                          .next = opened ? "answer it, if the case shows that you owe it"
                                         : "open it: comity show CASE"};
}

/* --- JSON --- */

static json_t *story_json(struct call *call, const struct story *story)
{
    json_t *json = json_object();
    put_text(call, json, "state", story->state);
    if (story->reason != REASON_NONE) {
        put_text(call, json, "code", reason_name((uint32_t)story->reason));
    }
    put_text(call, json, "why", say(call->words, story->why));
    put_text(call, json, "next", say(call->words, story->next));
    return json;
}

static void put_letter(struct call *call, json_t *json, const struct letter_row *letter)
{
    put_text(call, json, "letter", letter_name((uint32_t)letter->kind));
    put_hex(call, json, "case", bytes_of(letter->case_id.bytes, sizeof letter->case_id.bytes));
    put_text(call, json, "direction", letter->own ? "out" : "in");
    put_text(call, json, "from", letter->from.text);
    put_text(call, json, "to", letter->to.text);
    put_text(call, json, "lane", lane_name((uint32_t)letter->lane));
}

static void add_out(struct call *call, json_t *list, const struct out_row *out)
{
    struct letter_row letter;
    struct story story = out_story(call, out);
    json_t *json = story_json(call, &story);
    put_hex(call, json, "envelope", digest_bytes(&out->id.digest));
    if (letter_get(call->node, &out->letter, call->arena, &letter)) {
        put_letter(call, json, &letter);
    }
    append(call, list, json);
}

static void add_in(struct call *call, json_t *list, const struct in_row *in)
{
    struct letter_row letter;
    bool known = in->has_letter && letter_get(call->node, &in->letter, call->arena, &letter);
    struct story story = in_story(call, in, known ? &letter : NULL);
    json_t *json = story_json(call, &story);
    put_hex(call, json, "envelope", digest_bytes(&in->id.digest));
    if (known) {
        put_letter(call, json, &letter);
    } else {
        put_text(call, json, "direction", "in");
        put_text(call, json, "from", in->from.text);
        put_text(call, json, "to", call->node->options.party.text);
        put_text(call, json, "lane", lane_name((uint32_t)in->lane));
    }
    append(call, list, json);
}

static void add_own_letter(struct call *call, json_t *list, const struct letter_row *letter)
{
    struct out_row seals[SEALS_SHOWN];
    size_t count = outbox_of_letter(call->node, &letter->id, SEALS_SHOWN, call->arena, seals);
    for (size_t i = 0; i < count; i++) {
        add_out(call, list, &seals[i]);
    }
    if (letter->sending == SENDING_WANTED) {
        struct story story = filed_story(call, letter);
        json_t *json = story_json(call, &story);
        put_letter(call, json, letter);
        append(call, list, json);
    }
}

/* Of all that has not reached the broker one envelope or letter is told: the others wait for the same, or behind it. */
json_t *view_waiting_because(struct call *call)
{
    struct out_row out;
    struct letter_row letter;
    struct story story;
    if (outbox_not_taken(call->node, call->arena, &out)) {
        story = open_story(call, &out);
    } else if (letter_not_sealed(call->node, call->arena, &letter)) {
        story = filed_story(call, &letter);
    } else {
        return NULL;
    }
    return story_json(call, &story);
}

/* --- what is asked about --- */

static void answer_envelopes(struct call *call, json_t *list)
{
    json_t *json = json_object();
    put(call, json, "envelopes", list);
    answer_json(call, json);
}

static struct story returned_story(struct call *call, const struct letter_row *letter)
{
    return (struct story){
        .state = "RETURNED",
        .why = call_text(call, "this node's disk had lost it, or its end; %s gave that back, with its times",
                         letter->own ? letter->to.text : letter->from.text),
        .next = "it is in the case file; where a time matters, compare it with what they have signed"};
}

static void add_returned(struct call *call, json_t *list, const struct letter_row *letter)
{
    const struct story story =
        letter->place == PLACE_HELD_BACK ? held_back_story(call, letter) : returned_story(call, letter);
    json_t *json = story_json(call, &story);
    put_letter(call, json, letter);
    append(call, list, json);
}

static void why_case(struct call *call, const struct case_row *row)
{
    struct case_look look = {.count = 0};
    bool looked = case_look(call->node, &row->id, call->arena, &look);
    const struct letter_row *letters = look.rows;
    json_t *list = json_array();
    for (size_t i = 0; looked && i < look.count; i++) {
        struct in_row in;
        if (letters[i].returned) {
            add_returned(call, list, &letters[i]);
        } else if (letters[i].own) {
            add_own_letter(call, list, &letters[i]);
        } else if (inbox_get(call->node, &letters[i].envelope, &in)) {
            add_in(call, list, &in);
        }
    }
    answer_envelopes(call, list);
    put_exercise(call, call->json, row);
}

static bool is_digits(const char *name)
{
    size_t size = strlen(name);
    return size >= PREFIX_DIGITS_MIN && size <= DIGITS_MAX && strspn(name, "0123456789abcdef") == size;
}

static void why_envelope(struct call *call, const struct envelope_id *id)
{
    struct out_row out;
    struct in_row in;
    json_t *list = json_array();
    if (outbox_get(call->node, id, call->arena, &out)) {
        add_out(call, list, &out);
    } else if (inbox_get(call->node, id, &in)) {
        add_in(call, list, &in);
    }
    answer_envelopes(call, list);
}

static void answer_several(struct call *call, const struct envelope_id *found, size_t count)
{
    answer_error(call, 409, "AMBIGUOUS", "write more digits of the envelope's id",
                 "%zu envelopes begin with these digits", count);
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        char id[65];
        append(call, list, json_string(hex_write(id, digest_bytes(&found[i].digest))));
    }
    put(call, call->json, "candidates", list);
}

/* A case when the name is one; an envelope when digits begin its id. */
void view_why(struct call *call)
{
    struct case_row row;
    struct envelope_id found[PREFIX_FOUND_MAX];
    const char *name = call->command->target;
    size_t count = 0;
    if (case_find(call->node, name, call->arena, &row) == CASE_UNKNOWN && is_digits(name)) {
        count = outbox_by_prefix(call->node, name, PREFIX_FOUND_MAX, found);
    }
    if (count == 1) {
        why_envelope(call, &found[0]);
    } else if (count > 1) {
        answer_several(call, found, count);
    } else if (call_case(call, name, &row)) {
        why_case(call, &row);
    }
}
