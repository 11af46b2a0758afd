/* SPDX-License-Identifier: Apache-2.0 */
/* What officers do: one act after the other, drawn from the stream, or told by a plan. */
#include "drills/play/people.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/people_aim.h"
#include "drills/play/people_draft.h"
#include "drills/play/people_state.h"

#define SCRATCH_BYTES ((size_t)8 * 1024 * 1024)
#define DRAWS_MAX     4 /* until a case is drawn that is not over */
#define LOOKS_MAX     2 /* cases looked at for something to write, in one act */
#define DRAWER_MAX    8
#define RETRIES_MAX   16  /* in one go, the longest waiting first: a full disk makes many wait for long */
#define AIMED         150 /* in 1000: what is written next is aimed at a cell */
#define AIMING        800 /* the same while they are on the way to one */
#define CASES_WANTED  6   /* a party that knows fewer is rather asked for new ones */

struct people *people_new(struct world *world, const struct cast *cast, uint64_t seed, struct oracle *oracle,
                          struct coverage *coverage)
{
    struct people *people = calloc(1, sizeof *people);
    ensure(people != NULL);
    people->world = world;
    people->cast = cast;
    people->oracle = oracle;
    people->coverage = coverage;
    people->stream = stream_of(seed, "people", 0);
    aim_init(&people->aim, seed);
    people->scratch = arena_new(SCRATCH_BYTES);
    ensure(people->scratch != NULL);
    return people;
}

static void errands_done(struct errands *errands)
{
    for (size_t i = 0; i < errands->count; i++) {
        errand_done(&errands->list[i]);
    }
    free(errands->list);
}

void people_free(struct people *people)
{
    if (people == NULL) {
        return;
    }
    errands_done(&people->waiting);
    errands_done(&people->drawer);
    for (size_t i = 0; i < ANSWERED; i++) {
        errand_done(&people->answered[i]);
    }
    arena_free(people->scratch);
    free(people->cases);
    free(people->met);
    free(people->labels);
    free(people);
}

/* --- drawing --- */

static bool chance(struct people *people, uint64_t permille)
{
    return stream_chance(&people->stream, permille);
}

static size_t any_party(struct people *people)
{
    return 1 + stream_below(&people->stream, people->cast->party_count);
}

static size_t other_party(struct people *people, size_t party)
{
    size_t other = 1 + stream_below(&people->stream, people->cast->party_count - 1);
    return other >= party ? other + 1 : other;
}

/* A line of somebody's inbox, as it comes: what is owed first is rather taken. */
static bool look_from_inbox(struct people *people, struct look *ret)
{
    size_t party = any_party(people);
    json_t *inbox = desk_ask(people, party, VERB_INBOX, "", chance(people, 500) ? "all=1" : "", NULL);
    const json_t *lines = json_object_get(inbox, "cases");
    size_t count = json_array_size(lines);
    char id[CASE_TEXT] = "";
    if (count != 0) {
        const json_t *line = json_array_get(lines, stream_tailed(&people->stream, 0, count - 1));
        const char *text = json_string_value(json_object_get(line, "case"));
        (void)snprintf(id, sizeof id, "%s", text == NULL ? "" : text);
    }
    json_decref(inbox);
    return id[0] != '\0' && desk_look(people, party, id, ret);
}

static bool is_over(const struct sight *sight)
{
    size_t ended = 0;
    for (size_t i = 0; i < sight->item_count; i++) {
        ended += sight->items[i].state == ITEM_ENDED;
    }
    return ended != 0 && ended == sight->item_count;
}

/*
 * One of the cases begun, rather a late one, from either side. Of one whose items have all ended there is not
 * much to say.
 */
static bool look_from_memory(struct people *people, struct look *ret)
{
    size_t index = 0;
    if (people->case_count == 0) {
        return false;
    }
    for (unsigned draws = 0; draws == 0 || (draws < DRAWS_MAX && people->met[index].over); draws++) {
        index = chance(people, 300)
                    ? stream_below(&people->stream, people->case_count)
                    : people->case_count - 1 - stream_tailed(&people->stream, 0, people->case_count - 1);
    }
    const struct people_case *known = &people->cases[index];
    bool q_first = chance(people, 400);
    bool found = desk_look(people, q_first ? known->q : known->r, known->id, ret) ||
                 desk_look(people, q_first ? known->r : known->q, known->id, ret);
    people->met[index].over = found && is_over(&ret->sight);
    return found;
}

/* False: nothing was found, and there is nothing in *ret to be given back. */
static bool look_anywhere(struct people *people, struct look *ret)
{
    *ret = (struct look){.view = NULL};
    return (chance(people, 300) && look_from_inbox(people, ret)) || look_from_memory(people, ret);
}

/* --- writing --- */

/* Prepared and handed in, or sometimes kept in a drawer until the world has moved on. */
static void write(struct people *people, const struct draft *draft)
{
    struct errand errand;
    if (desk_prepare(people, draft, &errand, NULL) != 200) {
        return;
    }
    if (people->drawer.count < DRAWER_MAX && chance(people, 80)) {
        errand.handed_in = true; /* by then it is of another time */
        errands_put(&people->drawer, &errand);
    } else {
        (void)desk_hand_in(people, &errand, NULL);
    }
}

/* What is begun how often: (machine, letter, weight). */
static enum cell_row draw_opener(struct people *people, size_t party)
{
    static const struct {
        enum cell_row row;
        uint64_t weight;
    } openers[] = {
        {ROW_HOLD_REQUEST_NONE, 35},        {ROW_MLA_REQUEST_NONE, 28},
        {ROW_ENQUIRY_REQUEST_NONE, 6},      {ROW_SPONTANEOUS_REQUEST_NONE, 7},
        {ROW_EMERGENCY_REQUEST_NONE, 6},    {ROW_PING_REQUEST_NONE, 4},
        {ROW_HOLD_ORAL_NOTED_NONE, 3},      {ROW_MLA_ORAL_NOTED_NONE, 2},
        {ROW_EMERGENCY_ORAL_NOTED_NONE, 2}, {ROW_HOLD_TAKEN_OVER_NONE, 3},
        {ROW_MLA_TAKEN_OVER_NONE, 2},       {ROW_LINK_REQUEST_NONE, 2},
    };
    uint64_t drawn = stream_below(&people->stream, 100);
    size_t i = 0;
    while (drawn >= openers[i].weight) {
        drawn -= openers[i++].weight;
    }
    bool alone = openers[i].row == ROW_LINK_REQUEST_NONE && desk_sibling(people, party) == 0;
    return alone ? ROW_HOLD_REQUEST_NONE : openers[i].row;
}

static void begin(struct people *people, size_t party, size_t to)
{
    struct sight sight;
    struct draft draft;
    enum cell_row row = draw_opener(people, party);
    const struct drawing drawing = {
        .party = party, .other = row == ROW_LINK_REQUEST_NONE ? desk_sibling(people, party) : to, .row = row};
    draft_begin(people, &drawing, &sight, &draft);
    write(people, &draft);
    draft_done(&draft);
}

static bool write_next(struct people *people, const struct look *look)
{
    struct choice choice;
    bool found = choose_next(people, look, &choice);
    if (found) {
        struct draft draft;
        draft_in_case(people, look, &choice, NULL, &draft);
        write(people, &draft);
        draft_done(&draft);
    }
    return found;
}

/* --- acts --- */

static void act_begin(struct people *people)
{
    size_t party = any_party(people);
    begin(people, party, other_party(people, party));
}

static void act_next(struct people *people)
{
    bool found = chance(people, AIMED) && act_aimed(people);
    for (unsigned i = 0; i < LOOKS_MAX && !found; i++) {
        struct look look;
        found = look_anywhere(people, &look) && write_next(people, &look);
        desk_look_done(&look);
    }
}

/* Both sides of a case write, neither of them having read what the other one writes. */
static void act_cross(struct people *people)
{
    struct look look, other = {.view = NULL};
    bool found = look_anywhere(people, &look);
    size_t party = found ? desk_other(people, look.party, look.case_id) : 0;
    if (party >= 1 && party <= people->cast->party_count && desk_look(people, party, look.case_id, &other)) {
        (void)write_next(people, &look);
        (void)write_next(people, &other);
    }
    desk_look_done(&look);
    desk_look_done(&other);
}

/*
 * Can nothing that happens between looking and writing allow it? So it is for a letter of the other side, for
 * a second request, and for items that R names in a state that the table forbids: only R's own letters move
 * items.
 */
static bool is_forbidden_for_good(const struct look *look, const struct draft *draft)
{
    const struct lifecycle_row *row = row_of_table(draft->row);
    uint32_t named[CASE_ITEMS_MAX];
    bool opens =
        letter_opens(row->kind) && look->sight.item_count != 0 && (look->sight.asks & ASK_BIT(ASK_ORAL)) == 0;
    bool forbidden = (row->machine == look->sight.machine && row->side != look->sight.side) || opens;
    bool moves = row->side == SIDE_R && look->sight.side == SIDE_R && row->machine == look->sight.machine;
    size_t count = moves ? letter_names(draft->letter, named) : 0;
    for (size_t i = 0; i < count; i++) {
        forbidden |= named[i] > look->sight.item_count ||
                     row->cells[look->sight.items[named[i] - 1].state].rule == CELL_FORBIDDEN;
    }
    return forbidden;
}

/* Rather one of this case, and of this side. */
static bool is_worth_trying(struct people *people, const struct sight *sight, const struct lifecycle_row *row)
{
    return (row->machine == sight->machine || chance(people, 10)) &&
           (row->side == sight->side || chance(people, 200));
}

/* Any letter about any items, whatever the state. What turns out to be allowed after all is handed in. */
static void act_forbidden(struct people *people)
{
    struct look look;
    struct choice choice = {.item_count = 0};
    struct draft draft;
    struct errand errand;
    json_t *answer = NULL;
    if (!look_anywhere(people, &look)) {
        desk_look_done(&look);
        return;
    }
    do {
        choice.row = (enum cell_row)stream_below(&people->stream, ROW_COUNT);
    } while (!is_worth_trying(people, &look.sight, row_of_table(choice.row)));
    for (size_t i = 0; i < look.sight.item_count; i++) {
        choice.items[choice.item_count++] = (uint32_t)i + 1;
    }
    draft_in_case(people, &look, &choice, NULL, &draft);
    draft.sort = ERRAND_ODD;
    unsigned status = desk_prepare(people, &draft, &errand, &answer);
    if (status == 200 && is_forbidden_for_good(&look, &draft)) {
        desk_trouble(people, look.party, "a letter that the table forbids may be signed", status, NULL);
    }
    if (status == 200) {
        (void)desk_hand_in(people, &errand, NULL);
    }
    json_decref(answer);
    draft_done(&draft);
    desk_look_done(&look);
}

static void act_open(struct people *people)
{
    struct look look;
    for (unsigned i = 0; i < LOOKS_MAX; i++) {
        bool found =
            look_anywhere(people, &look) && json_array_size(json_object_get(look.view, "unopened")) != 0;
        if (found) {
            (void)desk_open(people, look.party, look.case_id);
        }
        desk_look_done(&look);
        if (found) {
            return;
        }
    }
}

static void act_look(struct people *people)
{
    static const enum verb verbs[] = {VERB_INBOX, VERB_STATUS,   VERB_ROSTER,   VERB_WHY,
                                      VERB_CASE,  VERB_WORKLIST, VERB_TIMELINE, VERB_NEXT};
    enum verb verb = verbs[stream_below(&people->stream, sizeof verbs / sizeof verbs[0])];
    const char *target = "";
    if (verb == VERB_WHY || verb == VERB_CASE || verb == VERB_TIMELINE || verb == VERB_NEXT) {
        target = people->case_count == 0
                     ? "0123456789abcdef"
                     : people->cases[stream_below(&people->stream, people->case_count)].id;
    }
    json_decref(
        desk_ask(people, any_party(people), verb, target, verb == VERB_CASE ? "letters=all" : "", NULL));
}

/* What was signed a while ago: the case, the roster or the day may have moved since. */
static void act_drawer(struct people *people)
{
    if (people->drawer.count != 0) {
        struct errand errand =
            errands_take(&people->drawer, stream_below(&people->stream, people->drawer.count));
        (void)desk_hand_in(people, &errand, NULL);
    }
}

/* --- what must not be taken --- */

/* One character of a base64 text becomes another. */
static void garble(struct people *people, json_t *body, const char *name)
{
    const char *text = json_string_value(json_object_get(body, name));
    char *copy = strdup(text);
    ensure(copy != NULL && copy[0] != '\0');
    char *spot = &copy[stream_below(&people->stream, strlen(copy))];
    *spot = *spot == 'A' ? 'B' : 'A';
    ensure(json_object_set_new(body, name, json_string(copy)) == 0);
    free(copy);
}

/*
 * Signed as it should be, then spoiled: a signature missing, one of something else, or what was signed
 * changed.
 */
static void spoil(struct people *people, struct errand *errand)
{
    json_t *signatures = json_object_get(errand->body, "signatures");
    errand->wrong = true;
    switch (stream_below(&people->stream, 4)) {
    case 0:
        (void)json_array_remove(signatures, 0);
        break;
    case 1:
        (void)json_array_append(signatures, json_array_get(signatures, 0));
        break;
    case 2:
        garble(people, errand->body, "letter");
        break;
    default:
        garble(people, errand->body, "context");
        break;
    }
}

/* Too few officers, one twice, or one of another party. */
static void misname(struct people *people, struct draft *draft)
{
    switch (stream_below(&people->stream, 3)) {
    case 0:
        draft->signer_count = row_of_table(draft->row)->signatures == 2 ? 1 : 0;
        break;
    case 1:
        draft->signer_count = 2;
        draft->signers[1] = draft->signers[0];
        draft->keys[1] = draft->keys[0];
        break;
    default:
        draft->keys[0] = &desk_party(people, other_party(people, draft->party))->officer[0];
        draft->signers[0] = draft->keys[0]->key;
        break;
    }
}

static void act_wrong(struct people *people)
{
    struct look look;
    struct choice choice;
    if (look_anywhere(people, &look) && choose_next(people, &look, &choice)) {
        struct draft draft;
        struct errand errand;
        bool misnamed = chance(people, 400);
        draft_in_case(people, &look, &choice, NULL, &draft);
        if (misnamed) {
            misname(people, &draft);
            draft.sort = ERRAND_MISNAMED;
        }
        if (desk_prepare(people, &draft, &errand, NULL) == 200) {
            if (misnamed) {
                desk_trouble(people, look.party, "officers who may not were let sign", 200, NULL);
                errand.wrong = true;
            } else {
                spoil(people, &errand);
            }
            (void)desk_hand_in(people, &errand, NULL);
        }
        draft_done(&draft);
    }
    desk_look_done(&look);
}

/* --- what people do --- */

void people_act(struct people *people)
{
    static const struct {
        uint64_t weight;
        void (*act)(struct people *);
    } acts[] = {
        {80, act_begin}, {490, act_next},  {60, act_cross},   {110, act_forbidden}, {80, act_open},
        {40, act_look},  {50, act_drawer}, {30, desk_repeat}, {30, act_wrong},      {30, act_between},
    };
    uint64_t drawn = stream_below(&people->stream, 1000);
    size_t i = 0;
    if (is_aiming(people) && chance(people, AIMING)) {
        (void)act_aimed(people);
        return;
    }
    if (people->case_count < CASES_WANTED && chance(people, 500)) {
        act_begin(people);
        return;
    }
    while (drawn >= acts[i].weight) {
        drawn -= acts[i++].weight;
    }
    acts[i].act(people);
}

uint64_t people_wait_ms(struct people *people)
{
    const uint64_t ms = people->aim.wait_ms;
    people->aim.wait_ms = 0;
    return ms;
}

void people_burst(struct people *people, size_t requests)
{
    size_t party = any_party(people);
    size_t to = other_party(people, party);
    bool one_recipient = chance(people, 500);
    for (size_t i = 0; i < requests; i++) {
        begin(people, party, one_recipient ? to : other_party(people, party));
    }
}

void people_retry(struct people *people)
{
    size_t left = people->waiting.count < RETRIES_MAX ? people->waiting.count : RETRIES_MAX;
    for (; left != 0; left--) {
        struct errand errand = errands_take(&people->waiting, 0);
        if (world_is_up(people->world, errand.party)) {
            (void)desk_hand_in(people, &errand, NULL);
        } else {
            errands_put(&people->waiting, &errand);
        }
    }
}

size_t people_unanswered(const struct people *people)
{
    return people->waiting.count;
}

uint64_t people_letters(const struct people *people)
{
    return people->letters;
}

void people_struck(struct people *people, size_t actor, enum fault_kind kind)
{
    struct struck *struck = &people->struck[actor];
    struck->ever[kind] = true;
    if (kind == FAULT_DISK_FULL) {
        struck->full_us = world_now_us(people->world);
    }
}

const char *people_trouble(const struct people *people)
{
    return people->trouble;
}

size_t people_cases(const struct people *people, const struct people_case **ret)
{
    *ret = people->cases;
    return people->case_count;
}
