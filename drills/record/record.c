/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/record/record_private.h"

#define BYTES_MAX   ((size_t)8 << 30) /* of texts and letters: more than any machine that plays has */
#define SLOTS_FIRST 1024

/* Open addressing over numbers of a list; a slot is empty at 0. */
struct slots {
    size_t *numbers;
    size_t room, used;
};
struct record_index {
    struct slots cases, letters;
};

struct drill_record *record_new(void)
{
    struct drill_record *record = calloc(1, sizeof *record);
    ensure(record != NULL);
    record->arena = arena_new(BYTES_MAX);
    record->index = calloc(1, sizeof *record->index);
    ensure(record->arena != NULL && record->index != NULL);
    record->letter_file = letter_file_new();
    return record;
}

void record_free(struct drill_record *record)
{
    if (record == NULL) {
        return;
    }
    void *const lists[] = {
        record->states.list, record->parties.list,  record->cases.list,   record->letters.list,
        record->spans.list,  record->injects.list,  record->faults.list,  record->calls.list,
        record->truths.list, record->asks.list,     record->acts.list,    record->hours.list,
        record->shifts.list, record->notes.list,    record->freezes.list, record->jumps.list,
        record->sides.list,  record->disputes.list, record->events.list};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        free(lists[i]);
    }
    free(record->index->cases.numbers);
    free(record->index->letters.numbers);
    free(record->index);
    letter_file_free(record->letter_file);
    arena_free(record->arena);
    free(record);
}

struct bytes record_bytes(struct drill_record *record, struct bytes bytes)
{
    struct bytes copy = arena_copy(record->arena, bytes);
    ensure(copy.data != NULL);
    return copy;
}

const char *record_text(struct drill_record *record, const char *text)
{
    return text == NULL ? NULL : (const char *)record_bytes(record, bytes_of_text(text)).data;
}

/* Room for one more; the list may move. */
static void *grown(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room) {
        return list;
    }
    *room = *room == 0 ? 16 : 2 * *room;
    void *more = realloc(list, *room * size);
    ensure(more != NULL);
    return more;
}

#define ADD(list_, element)                                                                                  \
    ((list_).list = grown((list_).list, (list_).count, &(list_).room, sizeof *(list_).list),                 \
     (list_).list[(list_).count] = *(element), ++(list_).count)
#define TEXT(list_, number, member)                                                                          \
    ((list_).list[(number)-1].member = record_text(record, (list_).list[(number)-1].member))

/* --- what the drill knows --- */

size_t record_add_state(struct drill_record *record, const struct record_state *state)
{
    size_t n = ADD(record->states, state);
    TEXT(record->states, n, code);
    TEXT(record->states, n, name);
    TEXT(record->states, n, zone_name);
    return n;
}

size_t record_add_party(struct drill_record *record, const struct record_party *party)
{
    size_t n = ADD(record->parties, party);
    TEXT(record->parties, n, address);
    TEXT(record->parties, n, role);
    TEXT(record->parties, n, desk);
    return n;
}

size_t record_add_span(struct drill_record *record, const struct record_span *span)
{
    return ADD(record->spans, span);
}

size_t record_add_inject(struct drill_record *record, const struct record_inject *inject)
{
    size_t n = ADD(record->injects, inject);
    TEXT(record->injects, n, id);
    TEXT(record->injects, n, kind);
    TEXT(record->injects, n, text);
    return n;
}

size_t record_add_fault(struct drill_record *record, const struct record_fault *fault)
{
    size_t n = ADD(record->faults, fault);
    TEXT(record->faults, n, id);
    TEXT(record->faults, n, kind);
    TEXT(record->faults, n, where);
    return n;
}

size_t record_add_call(struct drill_record *record, const struct record_call *call)
{
    size_t n = ADD(record->calls, call);
    TEXT(record->calls, n, kind);
    TEXT(record->calls, n, detail);
    return n;
}

size_t record_add_truth(struct drill_record *record, const struct record_truth *truth)
{
    size_t n = ADD(record->truths, truth);
    TEXT(record->truths, n, label);
    TEXT(record->truths, n, provider);
    return n;
}

size_t record_add_asks(struct drill_record *record, const struct record_asks *asks)
{
    ensure(asks->truth >= 1 && asks->truth <= record->truths.count && asks->of_case >= 1 &&
           asks->of_case <= record->cases.count);
    return ADD(record->asks, asks);
}

size_t record_add_act(struct drill_record *record, const struct record_act *act)
{
    size_t n = ADD(record->acts, act);
    TEXT(record->acts, n, what);
    TEXT(record->acts, n, who);
    TEXT(record->acts, n, detail);
    return n;
}

size_t record_add_hour(struct drill_record *record, const struct record_hour *hour)
{
    return ADD(record->hours, hour);
}

size_t record_add_shift(struct drill_record *record, const struct record_shift *shift)
{
    size_t n = ADD(record->shifts, shift);
    TEXT(record->shifts, n, who);
    return n;
}

size_t record_add_note(struct drill_record *record, const struct record_note *note)
{
    size_t n = ADD(record->notes, note);
    TEXT(record->notes, n, by);
    TEXT(record->notes, n, text);
    TEXT(record->notes, n, corrects);
    return n;
}

size_t record_add_freeze(struct drill_record *record, const struct record_freeze *freeze)
{
    size_t n = ADD(record->freezes, freeze);
    TEXT(record->freezes, n, why);
    return n;
}

size_t record_add_jump(struct drill_record *record, const struct record_jump *jump)
{
    return ADD(record->jumps, jump);
}

size_t record_add_side(struct drill_record *record, const struct record_side_read *side)
{
    size_t n = ADD(record->sides, side);
    TEXT(record->sides, n, trouble);
    return n;
}

size_t record_add_dispute(struct drill_record *record, const struct record_dispute *dispute)
{
    size_t n = ADD(record->disputes, dispute);
    TEXT(record->disputes, n, what);
    TEXT(record->disputes, n, first_says);
    TEXT(record->disputes, n, second_says);
    return n;
}

void record_inject_is(struct drill_record *record, size_t number, enum record_inject_state state,
                      uint64_t at_ms)
{
    ensure(number >= 1 && number <= record->injects.count);
    struct record_inject *inject = &record->injects.list[number - 1];
    inject->state = state;
    switch (state) {
    case RECORD_PLANNED:
        inject->planned_ms = at_ms;
        break;
    case RECORD_RELEASED:
        inject->released_ms = at_ms;
        break;
    case RECORD_RECEIVED:
        inject->received_ms = at_ms;
        break;
    case RECORD_DONE:
        inject->done_ms = at_ms;
        break;
    case RECORD_SKIPPED:
        inject->skipped_ms = at_ms;
        break;
    case RECORD_UNSEEN:
        break;
    }
}

/* --- finding cases and letters --- */

static uint64_t mixed(uint64_t hash, uint64_t with)
{
    hash = (hash ^ with) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ hash >> 29;
}

static uint64_t hash_of_id(const uint8_t id[16])
{
    uint64_t half[2];
    memcpy(half, id, sizeof half);
    return mixed(mixed(0, half[0]), half[1]);
}

static uint64_t hash_of_place(size_t of_case, enum record_side side, uint32_t seq)
{
    return mixed(mixed(0, of_case), (uint64_t)seq << 2 | (uint64_t)side);
}

static bool case_is(const struct drill_record *record, size_t number, const void *id)
{
    return memcmp(record->cases.list[number - 1].id, id, 16) == 0;
}

static bool letter_is(const struct drill_record *record, size_t number, const void *wanted)
{
    const struct record_letter *a = &record->letters.list[number - 1], *b = wanted;
    return a->of_case == b->of_case && a->side == b->side && a->seq == b->seq;
}

/* The slot where it is, or where it would go. */
static size_t *slot_of(const struct drill_record *record, const struct slots *slots, uint64_t hash,
                       bool (*is)(const struct drill_record *, size_t, const void *), const void *wanted)
{
    size_t at = (size_t)hash & (slots->room - 1);
    while (slots->numbers[at] != 0 && !is(record, slots->numbers[at], wanted)) {
        at = (at + 1) & (slots->room - 1);
    }
    return &slots->numbers[at];
}

static uint64_t hash_of_case(const struct drill_record *record, size_t number)
{
    return hash_of_id(record->cases.list[number - 1].id);
}

static uint64_t hash_of_letter(const struct drill_record *record, size_t number)
{
    const struct record_letter *letter = &record->letters.list[number - 1];
    return hash_of_place(letter->of_case, letter->side, letter->seq);
}

/* Room for one more, at most half full. */
static void slots_grow(const struct drill_record *record, struct slots *slots,
                       uint64_t (*hash)(const struct drill_record *, size_t))
{
    if (2 * (slots->used + 1) <= slots->room) {
        return;
    }
    struct slots more = {.room = slots->room == 0 ? SLOTS_FIRST : 2 * slots->room, .used = slots->used};
    more.numbers = calloc(more.room, sizeof *more.numbers);
    ensure(more.numbers != NULL);
    for (size_t i = 0; i < slots->room; i++) {
        if (slots->numbers[i] != 0) {
            size_t at = (size_t)hash(record, slots->numbers[i]) & (more.room - 1);
            while (more.numbers[at] != 0) {
                at = (at + 1) & (more.room - 1);
            }
            more.numbers[at] = slots->numbers[i];
        }
    }
    free(slots->numbers);
    *slots = more;
}

size_t record_find_case(const struct drill_record *record, const uint8_t id[16])
{
    const struct slots *slots = &record->index->cases;
    return slots->room == 0 ? 0 : *slot_of(record, slots, hash_of_id(id), case_is, id);
}

size_t record_find_letter(const struct drill_record *record, size_t of_case, enum record_side side,
                          uint32_t seq)
{
    const struct slots *slots = &record->index->letters;
    const struct record_letter wanted = {.of_case = of_case, .side = side, .seq = seq};
    return slots->room == 0 ? 0
                            : *slot_of(record, slots, hash_of_place(of_case, side, seq), letter_is, &wanted);
}

void record_reindex(struct drill_record *record)
{
    struct slots *slots = &record->index->cases;
    for (size_t i = 0; i < slots->room; i++) {
        slots->numbers[i] = 0;
    }
    for (size_t n = 1; n <= record->cases.count; n++) {
        const uint8_t *id = record->cases.list[n - 1].id;
        *slot_of(record, slots, hash_of_id(id), case_is, id) = n;
    }
}

/* --- cases and letters: added, or what was not known filled in --- */

#define FILL_NUMBER(member) (old->member = old->member == 0 ? new->member : old->member)
#define FILL_TEXT(member)                                                                                    \
    (old->member =                                                                                           \
         old->member == NULL || old->member[0] == '\0' ? record_text(record, new->member) : old->member)

static void case_fill(struct drill_record *record, struct record_case *old, const struct record_case *new)
{
    FILL_NUMBER(q);
    FILL_NUMBER(r);
    FILL_TEXT(reference);
    FILL_TEXT(machine);
    FILL_NUMBER(inject);
    FILL_NUMBER(load);
    FILL_TEXT(forged);
    FILL_NUMBER(duplicate_of);
    FILL_NUMBER(referred_from);
    old->withdrawn_by_drill |= new->withdrawn_by_drill;
    old->of_fault |= new->of_fault;
    if (new->state != NULL &&new->state[0] != '\0') {
        old->state = record_text(record, new->state);
    }
    old->urgency = new->urgency == RECORD_NO_CLASS ? old->urgency : new->urgency;
    if (new->has_exercise) {
        old->has_exercise = true;
        memcpy(old->exercise, new->exercise, sizeof old->exercise);
    }
}

size_t record_add_case(struct drill_record *record, const struct record_case *new)
{
    struct slots *slots = &record->index->cases;
    ensure(!record->closed);
    slots_grow(record, slots, hash_of_case);
    size_t *slot = slot_of(record, slots, hash_of_id(new->id), case_is, new->id);
    if (*slot == 0) {
        struct record_case blank = {.inject = 0};
        memcpy(blank.id, new->id, sizeof blank.id);
        *slot = ADD(record->cases, &blank);
        slots->used++;
    }
    case_fill(record, &record->cases.list[*slot - 1], new);
    return *slot;
}

void record_case_is(struct drill_record *record, size_t of_case, size_t inject, uint64_t load)
{
    ensure(of_case >= 1 && of_case <= record->cases.count);
    struct record_case *it = &record->cases.list[of_case - 1];
    it->inject = inject == 0 ? it->inject : inject;
    it->load = load == 0 ? it->load : load;
}

/* What a node says that has it in effect counts before what one says that does not. */
static void letter_fill(struct record_letter *old, const struct record_letter *new)
{
    old->without_effect = old->without_effect && new->without_effect;
    FILL_NUMBER(sealed_ms);
    FILL_NUMBER(accepted_ms);
    FILL_NUMBER(delivered_ms);
    FILL_NUMBER(opened_ms);
}

size_t record_add_letter(struct drill_record *record, const struct record_letter *new)
{
    ensure(!record->closed && new->of_case >= 1 && new->of_case <= record->cases.count);
    ensure(new->filed_bytes == 0); /* of another record: its bytes are there */
    struct slots *slots = &record->index->letters;
    slots_grow(record, slots, hash_of_letter);
    size_t *slot = slot_of(record, slots, hash_of_place(new->of_case, new->side, new->seq), letter_is, new);
    if (*slot != 0) {
        letter_fill(&record->letters.list[*slot - 1], new);
        return *slot;
    }
    size_t n = *slot = ADD(record->letters, new);
    slots->used++;
    TEXT(record->letters, n, word);
    TEXT(record->letters, n, why);
    struct record_letter *letter = &record->letters.list[n - 1];
    letter->seen = record_bytes(record, letter->seen);
    letter->id = record_bytes(record, letter->id);
    if (letter_file_put(record->letter_file, letter->letter, &letter->filed_at)) {
        letter->filed_bytes = letter->letter.size;
        letter->letter = bytes_of(NULL, 0);
    } else {
        letter->letter = record_bytes(record, letter->letter);
    }
    return n;
}

/* --- by number and by name --- */

#define AT(list_) (number == 0 || number > record->list_.count ? NULL : &record->list_.list[number - 1])

const struct record_party *record_party(const struct drill_record *record, size_t number)
{
    return AT(parties);
}

const struct record_state *record_state(const struct drill_record *record, size_t number)
{
    return AT(states);
}

const struct record_case *record_case(const struct drill_record *record, size_t number)
{
    return AT(cases);
}

const struct record_letter *record_letter(const struct drill_record *record, size_t number)
{
    return AT(letters);
}

const struct record_inject *record_inject(const struct drill_record *record, size_t number)
{
    return AT(injects);
}

#define FIND(list_, member, wanted)                                                                          \
    for (size_t i = 0; i < record->list_.count; i++) {                                                       \
        if (strcmp(record->list_.list[i].member, wanted) == 0) {                                             \
            return i + 1;                                                                                    \
        }                                                                                                    \
    }                                                                                                        \
    return 0

size_t record_find_party(const struct drill_record *record, const char *address)
{
    FIND(parties, address, address);
}

size_t record_find_state(const struct drill_record *record, const char *code)
{
    FIND(states, code, code);
}

size_t record_find_inject(const struct drill_record *record, const char *id)
{
    FIND(injects, id, id);
}

size_t record_find_truth(const struct drill_record *record, const char *label)
{
    FIND(truths, label, label);
}

/* Its address as a whole word of the list. */
static bool names(const char *where, const char *address)
{
    size_t size = strlen(address);
    for (const char *at = strstr(where, address); at != NULL; at = strstr(at + 1, address)) {
        bool begins = at == where || strchr(" ,", at[-1]) != NULL;
        if (begins && strchr(" ,", at[size]) != NULL) { /* or at the end */
            return true;
        }
    }
    return false;
}

bool record_fault_strikes(const struct drill_record *record, const struct record_fault *fault, size_t party)
{
    const struct record_party *it = record_party(record, party);
    return it != NULL && (fault->party == party ||
                          (fault->party == 0 && fault->where != NULL && names(fault->where, it->address)));
}

uint64_t record_letter_ms(const struct record_letter *letter)
{
    return letter->accepted_ms != 0 ? letter->accepted_ms : letter->sealed_ms;
}

/* --- what is known --- */

uint64_t record_party_known_ms(const struct drill_record *record, size_t party)
{
    const struct record_party *it = record_party(record, party);
    const uint64_t end_ms = record->head.end_ms;
    return it == NULL || it->missing ? 0 : it->read_ms == 0 || it->read_ms > end_ms ? end_ms : it->read_ms;
}

static uint64_t either_knows_ms(const struct drill_record *record, size_t a, size_t b)
{
    uint64_t a_ms = record_party_known_ms(record, a), b_ms = record_party_known_ms(record, b);
    return a_ms > b_ms ? a_ms : b_ms;
}

uint64_t record_case_known_ms(const struct drill_record *record, size_t of_case)
{
    const struct record_case *it = record_case(record, of_case);
    return it == NULL ? record->head.end_ms : either_knows_ms(record, it->q, it->r);
}

uint64_t record_inject_known_ms(const struct drill_record *record, size_t inject, bool release)
{
    const struct record_inject *it = record_inject(record, inject);
    if (it == NULL || (it->from == 0 && it->to == 0)) {
        return record->head.end_ms;
    }
    if (it->kind != NULL && strcmp(it->kind, "request") == 0) {
        return either_knows_ms(record, it->from, it->to);
    }
    bool own = it->to == 0 || (release && it->from != 0);
    return record_party_known_ms(record, own ? it->from : it->to);
}

/* --- words --- */

const char *record_class_letter(enum record_class urgency)
{
    static const char *const letters[RECORD_CLASSES] = {"", "E", "U", "R"};
    return (unsigned)urgency < RECORD_CLASSES ? letters[urgency] : "";
}

const char *record_inject_state_word(enum record_inject_state state)
{
    static const char *const words[] = {"planned", "released", "received", "done", "skipped", "unknown"};
    return (unsigned)state < sizeof words / sizeof words[0] ? words[state] : "";
}
