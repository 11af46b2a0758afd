/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/case_letters.h"

#include <string.h>

#include "base/ensure.h"
#include "tests/support/letter_bodies.h"

const struct expected_row expected_rows[EXPECTED_ROWS] = {
    {"REQUEST", LETTER_REQUEST, 0, SIDE_Q, 1, {"dup", "dup", "dup", "dup", "dup"}},
    {"ACK", LETTER_ACK, 0, SIDE_R, 1, {".", "-", "-", "-", "-"}},
    {"INFO_ASKED", LETTER_INFO_ASKED, 0, SIDE_R, 1, {".", ".", ".", ".", "-"}},
    {"INFO_GIVEN", LETTER_INFO_GIVEN, 0, SIDE_Q, 1, {"note", "note", "note", "note", "void:ENDED"}},
    {"ORDERED", LETTER_ORDERED, 0, SIDE_R, 1, {"O", "O", "-", "-", "-"}},
    {"HELD", LETTER_HELD, 0, SIDE_R, 1, {"H/M", "H/M", "H", "M", "-"}},
    {"NOT_HELD", LETTER_NOT_HELD, 0, SIDE_R, 1, {"Z", "Z", "-", "-", "-"}},
    {"REFUSED", LETTER_REFUSED, 0, SIDE_R, 2, {"Z", "Z", "-", "-", "-"}},
    {"WITHDRAW", LETTER_WITHDRAW, 0, SIDE_Q, 1, {"ask", "ask", "ask", "ask", "void:ENDED"}},
    {"RELEASED:WITHDRAWN",
     LETTER_RELEASED,
     COMITY__RELEASED__WHY__WITHDRAWN,
     SIDE_R,
     1,
     {"Z", "Z", "Z", "Z", "-"}},
    {"RELEASED:EXPIRED",
     LETTER_RELEASED,
     COMITY__RELEASED__WHY__EXPIRED,
     SIDE_R,
     1,
     {"-", "-", "Z", "-", "-"}},
    {"EXTEND",
     LETTER_EXTEND,
     0,
     SIDE_Q,
     1,
     {"void:TOO_EARLY", "void:TOO_EARLY", "ask", "void:NO_END", "late"}},
    {"EXTENDED", LETTER_EXTENDED, 0, SIDE_R, 1, {"-", "-", "H", "-", "-"}},
    {"STATUS_ASK", LETTER_STATUS_ASK, 0, SIDE_Q, 1, {"ask", "ask", "ask", "ask", "ask"}},
    {"STATUS", LETTER_STATUS, 0, SIDE_R, 1, {".", ".", ".", ".", "."}},
};

char *text_make(struct arena *arena, const char *text)
{
    char *made = arena_format(arena, "%s", text);
    ensure(made != NULL);
    return made;
}

Comity__Instant *instant_make(struct arena *arena, uint64_t ms)
{
    Comity__Instant *at = arena_take(arena, sizeof *at);
    ensure(at != NULL);
    comity__instant__init(at);
    at->ms = (int64_t)ms;
    return at;
}

Comity__Letter *letter_released(struct arena *arena, Comity__Released__Why why, uint64_t ms)
{
    Comity__Letter *letter = letter_make(arena, LETTER_RELEASED, ms, 1);
    letter->released->why = why;
    return letter;
}

/* A message with its defaults, in the arena. */
#define NEW(arena, Type, lower, name)                                                                        \
    Comity__##Type *name = arena_take(arena, sizeof *name);                                                  \
    ensure(name != NULL);                                                                                    \
    comity__##lower##__init(name)

static Comity__Item *item_make(struct arena *arena, uint64_t ms)
{
    NEW(arena, Item, item, item);
    NEW(arena, Identifier, identifier, identifier);
    NEW(arena, Period, period, period);
    identifier->kind = COMITY__IDENTIFIER__KIND__IP_ADDRESS;
    identifier->value = text_make(arena, "203.0.113.77");
    period->from = instant_make(arena, ms - 3 * MS_PER_DAY);
    period->to = instant_make(arena, ms - MS_PER_DAY);
    item->category = COMITY__ITEM__CATEGORY__TRAFFIC;
    item->description = text_make(arena, "Connection logs of the server");
    item->n_identifiers = 1;
    item->identifiers = arena_take(arena, sizeof(Comity__Identifier *));
    item->identifiers[0] = identifier;
    item->period = period;
    item->custodian = text_make(arena, "Example Hosting");
    item->link = text_make(arena, "Source of all sessions");
    return item;
}

static void request_parts(struct arena *arena, Comity__Request *request)
{
    NEW(arena, Authority, authority, authority);
    authority->organisation = text_make(arena, "National Cybercrime Centre of Aldoria");
    authority->officer = text_make(arena, "Det. Supt. on duty");
    authority->phone = text_make(arena, "+99 555 0104");
    authority->email = text_make(arena, "duty@ncc.example");
    authority->hours = text_make(arena, "24/7");
    authority->zone = text_make(arena, "Asia/Ho_Chi_Minh");
    NEW(arena, Contact, contact, contact);
    contact->name = text_make(arena, "Head of Unit 4");
    contact->function = text_make(arena, "head of unit");
    contact->phone = text_make(arena, "+99 555 0100");
    NEW(arena, Basis, basis, basis);
    basis->instrument = COMITY__BASIS__INSTRUMENT__UN_CYBERCRIME;
    NEW(arena, Offence, offence, offence);
    offence->n_codes = 1;
    offence->codes = arena_take(arena, sizeof *offence->codes);
    offence->codes[0] = COMITY__OFFENCE__CODE__ILLEGAL_ACCESS;
    offence->provision = text_make(arena, "Penal Code s. 290");
    offence->max_years = 12;
    NEW(arena, Necessity, necessity, necessity);
    necessity->urgency = COMITY__NECESSITY__URGENCY__URGENT;
    necessity->n_reasons = 1;
    necessity->reasons = arena_take(arena, sizeof *necessity->reasons);
    necessity->reasons[0] = COMITY__NECESSITY__REASON__DATA_VOLATILE;
    NEW(arena, Mla, mla, mla);
    mla->intended = 1;
    request->authority = authority;
    request->confirmation = contact;
    request->basis = basis;
    request->offence = offence;
    request->necessity = necessity;
    request->mla = mla;
}

static Comity__Request *request_make(struct arena *arena, uint64_t ms, size_t item_count)
{
    NEW(arena, Request, request, request);
    request_parts(arena, request);
    request->type = COMITY__REQUEST__TYPE__PRESERVE;
    request->reference = text_make(arena, "XA-NCC-2026-0417");
    request->facts = text_make(arena, "41 corporate mailboxes were entered with stolen credentials.");
    request->n_items = item_count;
    request->items = arena_take(arena, item_count * sizeof(Comity__Item *));
    for (size_t i = 0; i < item_count; i++) {
        request->items[i] = item_make(arena, ms);
    }
    request->hold_days = 90;
    request->confidential = 1;
    request->do_not_notify = 1;
    request->purpose = text_make(arena, "These proceedings only");
    request->tlp = COMITY__REQUEST__TLP__AMBER_STRICT;
    request->language = text_make(arena, "en");
    return request;
}

static Comity__InfoAsked *info_asked_make(struct arena *arena)
{
    NEW(arena, InfoAsked, info_asked, asked);
    NEW(arena, Question, question, question);
    question->code = COMITY__QUESTION__CODE__PORT;
    question->text = text_make(arena, "From which source port?");
    question->blocking = 1;
    asked->n_questions = 1;
    asked->questions = arena_take(arena, sizeof(Comity__Question *));
    asked->questions[0] = question;
    return asked;
}

static Comity__InfoGiven *info_given_make(struct arena *arena)
{
    NEW(arena, InfoGiven, info_given, given);
    NEW(arena, InfoAnswer, info_answer, answer);
    answer->question = 1;
    answer->text = text_make(arena, "Source port 40110.");
    given->n_answers = 1;
    given->answers = arena_take(arena, sizeof(Comity__InfoAnswer *));
    given->answers[0] = answer;
    return given;
}

static Comity__Ordered *ordered_make(struct arena *arena, uint64_t ms)
{
    NEW(arena, Ordered, ordered, ordered);
    NEW(arena, Authorisation, authorisation, authorisation);
    authorisation->authority = text_make(arena, "District Court");
    authorisation->kind = COMITY__AUTHORISATION__KIND__JUDICIAL;
    authorisation->reference = text_make(arena, "DC 77/26");
    authorisation->issued_at = instant_make(arena, ms);
    ordered->authorisation = authorisation;
    ordered->custodian = text_make(arena, "Example Hosting");
    ordered->served_at = instant_make(arena, ms);
    return ordered;
}

static Comity__Held *held_make(struct arena *arena, uint64_t ms)
{
    NEW(arena, Held, held, held);
    held->held_from = instant_make(arena, ms);
    held->hold_until = instant_make(arena, ms + 61 * MS_PER_DAY);
    held->zone = text_make(arena, "Asia/Bangkok");
    held->scope = text_make(arena, "all that was asked for");
    held->custodian_reference = text_make(arena, "EH-1");
    return held;
}

static Comity__Extended *extended_make(struct arena *arena, uint64_t ms)
{
    NEW(arena, Extended, extended, extended);
    extended->hold_until = instant_make(arena, ms + 150 * MS_PER_DAY);
    extended->zone = text_make(arena, "Asia/Bangkok");
    return extended;
}

/* A body that says nothing yet. The members of a oneof lie over each other, each a pointer. */
static void set_empty(struct arena *arena, Comity__Letter *letter, enum letter_kind kind)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field(&comity__letter__descriptor, kind);
    const ProtobufCMessageDescriptor *descriptor = field->descriptor;
    ProtobufCMessage *body = arena_take(arena, descriptor->sizeof_message);
    ensure(body != NULL);
    protobuf_c_message_init(descriptor, body);
    memcpy((uint8_t *)letter + field->offset, &body, sizeof(void *));
}

/* What a body needs to say to be complete: the letters that every test writes, by hand for speed. */
static void fill_body(struct arena *arena, Comity__Letter *letter, enum letter_kind kind, uint64_t ms,
                      size_t item_count)
{
    if (kind == LETTER_REQUEST) {
        letter->request = request_make(arena, ms, item_count);
    } else if (kind == LETTER_ACK) {
        letter->ack->reference = text_make(arena, "XB-2026-88");
        letter->ack->answer = COMITY__ACK__ANSWER__WILL_ANSWER;
        letter->ack->form = text_make(arena, "HELD by this network");
        letter->ack->answer_by = instant_make(arena, ms + MS_PER_DAY);
    } else if (kind == LETTER_INFO_ASKED) {
        letter->info_asked = info_asked_make(arena);
    } else if (kind == LETTER_INFO_GIVEN) {
        letter->info_given = info_given_make(arena);
    } else if (kind == LETTER_ORDERED) {
        letter->ordered = ordered_make(arena, ms);
    } else if (kind == LETTER_HELD) {
        letter->held = held_make(arena, ms);
    } else if (kind == LETTER_NOT_HELD) {
        letter->not_held->cause = COMITY__NOT_HELD__CAUSE__NOT_FOUND;
    } else if (kind == LETTER_REFUSED) {
        letter->refused->ground = COMITY__REFUSED__GROUND__G21B;
        letter->refused->text = text_make(arena, "It would prejudice essential interests.");
    } else if (kind == LETTER_RELEASED) {
        letter->released->why = COMITY__RELEASED__WHY__WITHDRAWN;
        letter->released->at = instant_make(arena, ms);
    } else if (kind == LETTER_EXTEND) {
        letter->extend->days = 60;
        letter->extend->text = text_make(arena, "The translation takes longer.");
        letter->extend->mla_progress = text_make(arena, "in translation");
    } else if (kind == LETTER_EXTENDED) {
        letter->extended = extended_make(arena, ms);
    } else if (kind == LETTER_STATUS) {
        letter->status->text = text_make(arena, "With the court.");
    }
}

Comity__Letter *letter_make(struct arena *arena, enum letter_kind kind, uint64_t ms, size_t item_count)
{
    NEW(arena, Letter, letter, letter);
    letter->body_case = (Comity__Letter__BodyCase)kind;
    if (kind > LETTER_STATUS) {
        bool opens = kind == LETTER_ORAL_NOTED || kind == LETTER_TAKEN_OVER;
        return letter_of_body(arena, kind, ms, opens ? request_make(arena, ms, item_count) : NULL);
    }
    if (kind != LETTER_NONE) {
        set_empty(arena, letter, kind);
        fill_body(arena, letter, kind, ms, item_count);
    }
    return letter;
}

Comity__Letter *letter_make_of(struct arena *arena, enum letter_kind kind, uint64_t ms, const uint32_t *items,
                               size_t count)
{
    Comity__Letter *letter = letter_make(arena, kind, ms, 1);
    uint32_t *copy = arena_take(arena, (count + 1) * sizeof *copy);
    ensure(copy != NULL);
    if (count != 0) {
        memcpy(copy, items, count * sizeof *copy);
    }
#define ITEMS_OF(word, member)                                                                               \
    if (kind == LETTER_##word) {                                                                             \
        letter->member->items = copy;                                                                        \
        letter->member->n_items = count;                                                                     \
    }
#include "nodes/letter_parts.def"
#undef ITEMS_OF
    if (kind == LETTER_INFO_ASKED) {
        letter->info_asked->questions[0]->items = copy;
        letter->info_asked->questions[0]->n_items = count;
    }
    return letter;
}

void history_init(struct history *h, struct arena *arena)
{
    memset(h, 0, sizeof *h);
    h->arena = arena;
}

static struct letter_id id_make(enum side side, size_t n)
{
    struct letter_id id = {.digest = {.bytes = {(uint8_t)side, (uint8_t)(n >> 8), (uint8_t)n}}};
    return id;
}

struct case_letter *q_writes(struct history *h, const Comity__Letter *letter, uint64_t ms)
{
    ensure(h->q_count < HISTORY_MAX);
    struct case_letter *l = &h->q[h->q_count++];
    *l = (struct case_letter){.author = SIDE_Q, .kind = letter_kind(letter), .letter = letter};
    l->id = id_make(SIDE_Q, h->q_count);
    if (h->r_count != 0) {
        l->seen = h->r[h->r_count - 1].id;
    }
    l->case_seq = (uint32_t)h->q_count;
    l->signed_ms = l->accepted_ms = ms;
    l->delivered_ms = ms + MS_PER_MINUTE;
    return l;
}

struct case_letter *r_writes(struct history *h, const Comity__Letter *letter, uint64_t ms, size_t seen)
{
    ensure(h->r_count < HISTORY_MAX && seen <= h->q_count);
    struct case_letter *l = &h->r[h->r_count++];
    *l = (struct case_letter){.author = SIDE_R, .kind = letter_kind(letter), .letter = letter};
    l->id = id_make(SIDE_R, h->r_count);
    if (seen != 0) {
        l->seen = h->q[seen - 1].id;
    }
    l->case_seq = (uint32_t)h->r_count;
    l->signed_ms = l->accepted_ms = ms;
    l->delivered_ms = ms + MS_PER_MINUTE;
    return l;
}

void history_fold(const struct history *h, struct case_fold *ret)
{
    ensure(case_fold(h->q, h->q_count, h->r, h->r_count, NULL, h->arena, ret));
}

const struct case_due *fold_due(const struct case_fold *fold, enum clock_name clock, uint32_t item)
{
    for (size_t i = 0; i < fold->due_count; i++) {
        if (fold->dues[i].clock == clock && fold->dues[i].item == item) {
            return &fold->dues[i];
        }
    }
    return NULL;
}

const struct folded_letter *fold_last(const struct case_fold *fold)
{
    ensure(fold->letter_count != 0);
    return &fold->letters[fold->letter_count - 1];
}

const enum item_result item_ends[ITEM_ENDS] = {RESULT_NOT_FOUND,    RESULT_ELSEWHERE, RESULT_IMPOSSIBLE,
                                               RESULT_NOT_EXECUTED, RESULT_REFUSED,   RESULT_WITHDRAWN,
                                               RESULT_EXPIRED};

static void reach_end(struct history *h, enum item_result result, uint64_t *ms)
{
    Comity__Letter *last = NULL;
    if (result == RESULT_REFUSED) {
        last = letter_make(h->arena, LETTER_REFUSED, *ms, 1);
    } else if (result == RESULT_WITHDRAWN || result == RESULT_EXPIRED) {
        r_writes(h, letter_make(h->arena, LETTER_HELD, *ms, 1), *ms, 1);
        *ms += result == RESULT_EXPIRED ? 65 * MS_PER_DAY : MS_PER_HOUR;
        if (result == RESULT_WITHDRAWN) {
            q_writes(h, letter_make(h->arena, LETTER_WITHDRAW, *ms, 1), *ms - 2 * MS_PER_MINUTE);
        }
        last = letter_make(h->arena, LETTER_RELEASED, *ms, 1);
        last->released->why =
            result == RESULT_EXPIRED ? COMITY__RELEASED__WHY__EXPIRED : COMITY__RELEASED__WHY__WITHDRAWN;
    } else {
        last = letter_make(h->arena, LETTER_NOT_HELD, *ms, 1);
        last->not_held->cause = result == RESULT_ELSEWHERE    ? COMITY__NOT_HELD__CAUSE__ELSEWHERE
                                : result == RESULT_IMPOSSIBLE ? COMITY__NOT_HELD__CAUSE__IMPOSSIBLE
                                : result == RESULT_NOT_FOUND  ? COMITY__NOT_HELD__CAUSE__NOT_FOUND
                                                              : COMITY__NOT_HELD__CAUSE__COURT_DENIED;
    }
    r_writes(h, last, *ms, h->q_count);
}

uint64_t history_reach(struct history *h, enum item_state state, enum item_result result)
{
    uint64_t ms = T0_MS;
    q_writes(h, letter_make(h->arena, LETTER_REQUEST, ms, 1), ms);
    ms += MS_PER_HOUR;
    if (state == ITEM_ORDERED || state == ITEM_HELD) {
        r_writes(h, letter_make(h->arena, LETTER_ORDERED, ms, 1), ms, 1);
    }
    if (state == ITEM_HELD) {
        ms += MS_PER_HOUR;
        r_writes(h, letter_make(h->arena, LETTER_HELD, ms, 1), ms, 1);
    }
    if (state == ITEM_ENDED) {
        reach_end(h, result, &ms);
    }
    return ms + MS_PER_HOUR;
}
