/* SPDX-License-Identifier: Apache-2.0 */
/* The words of letters.def that the case decides: what the rules ask for, mostly. */
#include <string.h>

#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/letters_private.h"

#define SHORT_DAYS           30 /* a hold that the rules do not allow */
#define AFTER_MLA_DAYS_DRAWN 60

/* --- items --- */

/*
 * Some of those it may name, or none, which means all of them: also those of which it may not be said, if it would take effect there and be
 * flagged. Seldom one that the request does not have.
 */
static json_t *items(struct filling *f)
{
    struct letter_scene *scene = f->scene;
    if (scene->told || scene->item_count == 0 || (!scene->exact && stream_chance(scene->stream, 300))) {
        scene->odd |=
            (f->row->needs & needs_of(NEED_FLAG)) != 0 && scene->item_count < scene->sight->item_count;
        return NULL;
    }
    json_t *list = json_array();
    uint64_t certain = stream_below(scene->stream, scene->item_count);
    for (size_t i = 0; i < scene->item_count; i++) {
        if (scene->exact || i == certain || stream_chance(scene->stream, 500)) {
            letter_append(list, json_integer((json_int_t)scene->items[i]));
        }
    }
    if (!scene->exact && stream_chance(scene->stream, 10)) {
        scene->odd = true;
        letter_append(list, json_integer((json_int_t)scene->sight->item_count + 1));
    }
    return list;
}

void letter_note_items(struct filling *f, const json_t *list)
{
    for (size_t i = 0; i < f->scene->item_count; i++) {
        uint32_t number = f->scene->items[i];
        bool named = list == NULL;
        for (size_t k = 0; k < json_array_size(list); k++) {
            named |= json_integer_value(json_array_get(list, k)) == (json_int_t)number;
        }
        uint64_t until_ms = f->scene->sight->items[number - 1].until_ms;
        if (named && until_ms > f->promised_ms) {
            f->promised_ms = until_ms;
        }
    }
}

/* --- dates --- */

/* Where nothing is promised yet the node may choose; else not before what is promised. Seldom too short. */
static json_t *hold_until(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    uint64_t now = f->scene->sight->now.ms;
    uint64_t held_from = sight_ms(f->body, "heldFrom");
    uint64_t least = hold_floor_ms(held_from == 0 ? now : held_from, HOLD_DAYS_FLOOR, f->scene->author->zone);
    if (f->promised_ms == 0 && stream_chance(stream, 400)) {
        return NULL;
    }
    if (stream_chance(stream, 40)) {
        f->scene->odd = true;
        return letter_moment(f, now + SHORT_DAYS * MS_PER_DAY);
    }
    uint64_t from = f->promised_ms > least ? f->promised_ms : least;
    return letter_moment(f, from + stream_tailed(stream, 0, 90) * MS_PER_DAY);
}

/* Later than promised; seldom not, and sometimes after the extension was due anyway. */
static json_t *later_end(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    uint64_t now = f->scene->sight->now.ms;
    uint64_t from = f->promised_ms > now ? f->promised_ms : now;
    bool same = stream_chance(stream, 50);
    f->scene->odd |= same;
    return letter_moment(f, from + (same ? 0 : stream_between(stream, 1, 120) * MS_PER_DAY));
}

/* The first midnight of the author 14 days on, or what was promised before, if that is later; mostly that very moment. */
static json_t *after_mla(struct filling *f)
{
    uint64_t now = f->scene->sight->now.ms;
    wall_ms least = {.ms = now + AFTER_MLA_DAYS * MS_PER_DAY};
    uint64_t until =
        f->scene->author->zone == NULL ? least.ms : zone_next_midnight(f->scene->author->zone, least).ms;
    uint64_t days = stream_tailed(f->scene->stream, 0, AFTER_MLA_DAYS_DRAWN);
    return letter_moment(f, (until > f->promised_ms ? until : f->promised_ms) + days * MS_PER_DAY);
}

/* --- grounds --- */

static enum ground_letter refuses(const struct lifecycle_row *row)
{
    switch ((int)row->kind) {
    case LETTER_EXTENSION_REFUSED:
        return REFUSES_EXTENSION;
    case LETTER_DISCLOSED_43:
        return WITHHOLDS_43;
    default:
        return row->machine == MACHINE_HOLD ? REFUSES_HOLD
               : row->why == WHY_P21        ? REFUSES_MLA_21
                                            : REFUSES_MLA;
    }
}

static unsigned basis_number(const struct sight *sight)
{
    const char *basis = json_string_value(
        json_object_get(json_object_get(json_object_get(sight->view, "request"), "basis"), "instrument"));
    uint32_t number = BASIS_UN_CYBERCRIME;
    while (basis != NULL && number < BASIS_OTHER && strcmp(basis_name(number), basis) != 0) {
        number++;
    }
    return number;
}

/* Has it a right to stand there by some basis? So that a refusal of assistance stays in its row. */
static bool stands_somewhere(const struct ground_rule *rule, enum ground_letter of)
{
    unsigned all = 0;
    for (size_t i = 0; i <= BASIS_OTHER; i++) {
        all |= rule->letters[i];
    }
    return (all & GROUND_LETTER_BIT(of)) != 0;
}

/* A ground that the legal basis has, if it has one; one in ten is any. */
static json_t *ground(struct filling *f)
{
    struct stream *stream = f->scene->stream;
    size_t count = 0, good = 0;
    const struct ground_rule *rules = ground_rules(&count);
    const enum ground_letter of = refuses(f->row);
    const unsigned basis = basis_number(f->scene->sight);
    bool any = !f->scene->told && stream_chance(stream, 100);
    for (size_t i = 0; i < count; i++) {
        good += (rules[i].letters[basis] & GROUND_LETTER_BIT(of)) != 0;
    }
    any |= good == 0;
    const struct ground_rule *rule = NULL;
    do {
        rule = &rules[stream_below(stream, count)];
    } while (any ? !stands_somewhere(rule, of) : (rule->letters[basis] & GROUND_LETTER_BIT(of)) == 0);
    f->scene->odd |= any || (rule->letters[basis] & (GROUND_IF_OUTSIDE | GROUND_IF_CONFISCATION)) != 0;
    return letter_text(ground_name((uint32_t)rule->ground));
}

/* --- what was said before --- */

/* The body of a letter in effect that has such a member; NULL: it is another. */
static const json_t *said(const json_t *letter, const char *member)
{
    return strcmp(sight_text(letter, "effect"), "FOLDED") == 0
               ? json_object_get(json_object_get(letter, "body"), member)
               : NULL;
}

/* The questions that were put last; NULL: none is known. */
static const json_t *questions(const struct sight *sight)
{
    size_t index = 0;
    json_t *letter = NULL;
    const json_t *last = NULL;
    json_array_foreach(json_object_get(sight->view, "letters"), index, letter)
    {
        const json_t *asked = said(letter, "infoAsked");
        last = asked == NULL ? last : json_object_get(asked, "questions");
    }
    return last;
}

/* An answer to each question; seldom one is forgotten. */
static json_t *answers(struct filling *f)
{
    size_t count = json_array_size(questions(f->scene->sight));
    json_t *list = json_array();
    for (size_t i = 0; i < count || i == 0; i++) {
        if (i + 1 == count && i != 0 && stream_chance(f->scene->stream, 50)) {
            f->scene->odd = true;
            break;
        }
        json_t *answer = json_object();
        letter_put(answer, "question", json_integer((json_int_t)i + 1));
        letter_put(answer, "text", letter_words(f, 3, 600));
        letter_append(list, answer);
    }
    return list;
}

static void add_texts(json_t *to, const json_t *from)
{
    for (size_t i = 0; i < json_array_size(from); i++) {
        ensure(json_array_append(to, json_array_get(from, i)) == 0);
    }
}

/* The reference of a request for assistance that keeps a hold open; which items, and whether it still does, is not looked at. */
static json_t *link(struct filling *f)
{
    size_t index = 0;
    json_t *letter = NULL;
    json_t *known = json_array();
    json_array_foreach(json_object_get(f->scene->sight->view, "letters"), index, letter)
    {
        const json_t *received = json_object_get(said(letter, "mlaReceived"), "reference");
        const json_t *restated = json_object_get(said(letter, "takenOver"), "restated");
        if (received != NULL) {
            ensure(json_array_append(known, (json_t *)(uintptr_t)received) == 0);
        }
        for (size_t i = 0; i < json_array_size(restated); i++) {
            add_texts(known, json_object_get(json_array_get(restated, i), "links"));
        }
    }
    size_t count = json_array_size(known);
    json_t *drawn = count == 0 ? letter_reference(f)
                               : json_incref(json_array_get(known, stream_below(f->scene->stream, count)));
    f->scene->odd |= !f->scene->told;
    json_decref(known);
    return drawn;
}

/* The id of a letter of the case. */
static json_t *letter_id(struct filling *f)
{
    const json_t *letters = json_object_get(f->scene->sight->view, "letters");
    size_t count = json_array_size(letters);
    uint8_t id[32];
    if (count == 0) {
        return letter_random(f, sizeof id);
    }
    const json_t *letter = json_array_get(letters, stream_below(f->scene->stream, count));
    ensure(hex_read(id, sizeof id, bytes_of_text(sight_text(letter, "id"))));
    return letter_bytes(bytes_of(id, sizeof id));
}

/* The numbers of the parts of evidence that were sent; none: 1. */
static json_t *part_numbers(const struct sight *sight)
{
    size_t index = 0;
    json_t *letter = NULL;
    json_t *list = json_array();
    json_array_foreach(json_object_get(sight->view, "letters"), index, letter)
    {
        json_t *number =
            json_object_get(json_object_get(json_object_get(letter, "body"), "evidence"), "number");
        if (number != NULL && json_array_size(list) < 16) {
            ensure(json_array_append(list, number) == 0);
        }
    }
    if (json_array_size(list) == 0) {
        letter_append(list, json_integer(1));
    }
    return list;
}

static json_t *next_part_number(const struct sight *sight)
{
    json_t *known = part_numbers(sight);
    json_int_t last = json_integer_value(json_array_get(known, json_array_size(known) - 1));
    json_decref(known);
    return json_integer(last + 1);
}

/* The reference of the call that a written request confirms; NULL: there was none, or it was confirmed. */
static json_t *oral(const struct filling *f)
{
    const struct sight *sight = f->scene->sight;
    const char *reference = sight_text(sight->view, "their_reference");
    return (sight->asks & ASK_BIT(ASK_ORAL)) != 0 && sight->side == SIDE_Q && reference[0] != '\0'
               ? letter_text(reference)
               : NULL;
}

/* --- other cases --- */

static json_t *case_bytes(const char *digits)
{
    uint8_t id[16];
    ensure(hex_read(id, sizeof id, bytes_of_text(digits)));
    return letter_bytes(bytes_of(id, sizeof id));
}

static const struct scene_case *any_case(struct filling *f)
{
    const struct letter_scene *scene = f->scene;
    return scene->case_count == 0 ? NULL : &scene->cases[stream_below(scene->stream, scene->case_count)];
}

/* The id of a case that the author may mean; seldom, or where there is none, of one that nobody has. */
static json_t *other_case(struct filling *f)
{
    const struct scene_case *other = stream_chance(f->scene->stream, 900) ? any_case(f) : NULL;
    return other == NULL ? letter_random(f, 16) : case_bytes(other->id);
}

/* One hold, as a list; NULL: none is known. */
static json_t *holds(struct filling *f)
{
    const struct scene_case *other = any_case(f);
    if (other == NULL) {
        return NULL;
    }
    json_t *hold = json_object();
    letter_put(hold, "party", letter_text(other->holder));
    letter_put(hold, "caseId", case_bytes(other->id));
    json_t *list = json_array();
    letter_append(list, hold);
    return list;
}

/* --- a case that another party had --- */

/* A date of a hold, which may be over already. */
static void restate_hold(struct filling *f, json_t *item)
{
    struct stream *stream = f->scene->stream;
    uint64_t now = f->scene->sight->now.ms;
    letter_put(item, "heldFrom", letter_moment(f, now - stream_between(stream, 20, 80) * MS_PER_DAY));
    letter_put(item, "holdUntil",
               letter_moment(f, now - 12 * MS_PER_DAY + stream_between(stream, 0, 60) * MS_PER_DAY));
    letter_put(item, "zone", letter_text(f->scene->author->zone_name));
}

static json_t *restated_item(struct filling *f, size_t number)
{
    struct stream *stream = f->scene->stream;
    size_t count = 0;
    const enum item_state *states = machine_states(f->row->machine, &count);
    enum item_state state = f->scene->told ? ITEM_ASKED : states[stream_below(stream, count)];
    state = number == 1 && f->scene->restates != 0 ? f->scene->restates : state;
    json_t *item = json_object();
    letter_put(item, "item", json_integer((json_int_t)number));
    letter_put(item, "state", letter_text(item_state_name(state)));
    if (state == ITEM_ENDED) {
        letter_put(item, "result", letter_text(item_result_name(RESULT_REFUSED)));
    }
    if (state == ITEM_HELD || state == ITEM_HELD_OPEN) {
        restate_hold(f, item);
    }
    if (state == ITEM_HELD_OPEN) {
        json_t *links = json_array();
        letter_append(links, letter_reference(f));
        letter_put(item, "links", links);
    }
    return item;
}

/* One of the first item, which nobody answered yet. */
static json_t *asks_restated(struct filling *f)
{
    static const char *const asks[] = {"INFO", "WITHDRAW", "WARN", "NOTICE"};
    struct stream *stream = f->scene->stream;
    json_t *ask = json_object(), *items = json_array(), *list = json_array();
    letter_append(items, json_integer(1));
    letter_put(ask, "ask", letter_text(asks[stream_below(stream, sizeof asks / sizeof asks[0])]));
    letter_put(ask, "items", items);
    letter_put(ask, "since",
               letter_moment(f, f->scene->sight->now.ms - stream_between(stream, 1, 48) * MS_PER_HOUR));
    letter_append(list, ask);
    return list;
}

/* Each item of the request, or the one that it is itself. */
static json_t *restated(struct filling *f)
{
    size_t count = json_array_size(json_object_get(json_object_get(f->body, "request"), "items"));
    json_t *list = json_array();
    for (size_t i = 0; i < (count == 0 ? 1 : count); i++) {
        letter_append(list, restated_item(f, i + 1));
    }
    return list;
}

/* --- */

static json_t *address_of(const char *known, const struct filling *f)
{
    char made[ADDRESS_MAX];
    if (known[0] != '\0') {
        return letter_text(known);
    }
    (void)snprintf(made, sizeof made, "%.2s/archive", f->scene->author->address.text); /* nobody */
    return letter_text(made);
}

json_t *letter_case_word(struct filling *f, const char *word, bool *ret_known)
{
    const struct sight *sight = f->scene->sight;
    *ret_known = true;
#define WORD(name, value)                                                                                    \
    if (strcmp(word, name) == 0) {                                                                           \
        return value;                                                                                        \
    }
    WORD("items", items(f))
    WORD("ground", ground(f))
    WORD("answers", answers(f))
    WORD("hold_until", hold_until(f))
    WORD("later_end", later_end(f))
    WORD("after_mla", after_mla(f))
    WORD("link", link(f))
    WORD("letter", letter_id(f))
    WORD("part_number", next_part_number(sight))
    WORD("parts", part_numbers(sight))
    WORD("oral", oral(f))
    WORD("case", other_case(f))
    WORD("holds", holds(f))
    WORD("restated", restated(f))
    WORD("asks_restated", asks_restated(f))
    WORD("why", f->row->why == WHY_NONE ? NULL : letter_text(why_name(f->row->why)))
    WORD("phone", letter_text(f->scene->author->phone))
    WORD("their_phone", letter_text(f->scene->other == NULL ? "" : f->scene->other->phone))
    WORD("zone", letter_text(f->scene->author->zone_name))
    WORD("self", letter_text(f->scene->author->address.text))
    WORD("sibling", address_of(f->scene->sibling, f))
#undef WORD
    *ret_known = false;
    return NULL;
}
