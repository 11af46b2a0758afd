/* SPDX-License-Identifier: Apache-2.0 */
/* Values that say something by a name: States, parties, injects, tables; and moments, which name a State. */
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "drills/scenario/reader.h"
#include "drills/scenario/values.h"

#define NAMES_COMPARED 4096 /* for the nearest one: each takes a while */

/* --- registries --- */

void register_name(struct reader *reader, size_t registry, const char *name, void *what,
                   struct scenario_place place)
{
    struct registry *names = &reader->names[registry];
    if (name == NULL) {
        return; /* it was said already */
    }
    if (names->count == names->room) {
        size_t room = names->room == 0 ? 64 : 2 * names->room;
        struct named *list = take(reader, room, sizeof *list);
        if (list == NULL) {
            return;
        }
        if (names->count > 0) {
            memcpy(list, names->list, names->count * sizeof *list);
        }
        names->list = list;
        names->room = room;
    }
    names->list[names->count] =
        (struct named){.name = name, .what = what, .place = place, .number = names->count};
    names->count++;
}

static int by_name(const void *a, const void *b)
{
    const struct named *x = a;
    const struct named *y = b;
    int order = strcmp(x->name, y->name);
    if (order != 0) {
        return order;
    }
    return x->number < y->number ? -1 : x->number > y->number;
}

static void say_twice(struct reader *reader, const struct named *first, const struct named *again)
{
    struct scenario_mistakes *m = reader->r->mistakes;
    mistake_at(m, again->place, N_("\"%s\" stands twice; the first is at %s: keep one, or call it otherwise"),
               mistake_quote(m, again->name), mistake_place(first->place, reader->r->arena));
}

void registries_sort(struct reader *reader)
{
    for (size_t i = 0; i <= SECTIONS; i++) {
        struct registry *names = &reader->names[i];
        if (names->count > 1) {
            qsort(names->list, names->count, sizeof *names->list, by_name);
        }
        for (size_t k = 1; k < names->count; k++) {
            if (strcmp(names->list[k].name, names->list[k - 1].name) == 0) {
                say_twice(reader, &names->list[k - 1], &names->list[k]);
            }
        }
        names->sorted = true;
    }
}

void *find_name(const struct reader *reader, size_t registry, const char *name)
{
    const struct registry *names = &reader->names[registry];
    size_t low = 0;
    size_t high = names->count;
    while (low < high) { /* the first of that name */
        size_t middle = low + (high - low) / 2;
        if (strcmp(names->list[middle].name, name) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < names->count && strcmp(names->list[low].name, name) == 0 ? names->list[low].what : NULL;
}

static const char *what_lacks(size_t registry)
{
    switch (registry) {
    case SECTION_STATE:
        return N_("no State of this scenario");
    case SECTION_UNIT:
        return N_("no party of this scenario");
    case SECTION_INJECT:
        return N_("no inject of this scenario");
    case SECTION_PROVIDER:
        return N_("no provider of this scenario");
    case SECTION_DATA:
        return N_("no label of data of a provider");
    case SECTION_DESK:
        return N_("no desk under desks");
    case SECTION_HABITS:
        return N_("no habits under habits");
    case SECTION_OBJECTIVE:
        return N_("no objective of this scenario");
    case REGISTRY_TABLES:
        return N_("no table under times");
    default:
        return N_("no name of this scenario");
    }
}

static void say_unknown(struct reader *reader, size_t registry, const char *name, struct scenario_place place)
{
    const struct registry *names = &reader->names[registry];
    if (mistakes_full(reader->r->mistakes)) {
        return;
    }
    const char **words = take(reader, names->count + 1, sizeof *words);
    for (size_t i = 0; words != NULL && i < names->count && i < NAMES_COMPARED; i++) {
        words[i] = names->list[i].name;
    }
    if (words != NULL) {
        tree_unknown(reader->r, place, what_lacks(registry), name, words);
    }
}

/* What a scalar names; NULL: said what is wrong. */
static void *lookup(struct reader *reader, const struct schema_key *key, size_t registry,
                    const struct tree *tree)
{
    const char *name = text_of(reader, key, tree);
    void *found = name == NULL ? NULL : find_name(reader, registry, name);
    if (name != NULL && found == NULL) {
        say_unknown(reader, registry, name, tree->place);
    }
    return found;
}

/* One name, or a list of them. */
static void read_refs(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      struct any_list *member)
{
    if (tree->kind == TREE_MAP || tree->count > key->max) {
        say_form(reader, key, tree);
        return;
    }
    void **list = take(reader, tree->count + 1, sizeof *list);
    const struct tree *name = tree->kind == TREE_LIST ? tree->first : tree;
    size_t count = 0;
    for (; list != NULL && name != NULL; name = tree->kind == TREE_LIST ? name->next : NULL) {
        void *found = lookup(reader, key, key->section, name);
        if (found != NULL) {
            list[count++] = found;
        }
    }
    if (list != NULL) {
        *member = (struct any_list){.list = (void *)list, .count = count};
    }
}

/* --- parties --- */

#define PARTIES_MAX 512

struct party_list {
    const struct scenario_unit *list[PARTIES_MAX];
    size_t count;
};

/* "XB/poc", or "XB": all of its units. */
static void add_parties(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        struct party_list *parties)
{
    const char *text = text_of(reader, key, tree);
    if (text == NULL) {
        return;
    }
    if (strchr(text, '/') != NULL) {
        const struct scenario_unit *unit = lookup(reader, key, SECTION_UNIT, tree);
        if (unit != NULL && parties->count < PARTIES_MAX) {
            parties->list[parties->count++] = unit;
        }
        return;
    }
    const struct scenario_state *state = lookup(reader, key, SECTION_STATE, tree);
    for (size_t i = 0; state != NULL && i < state->units.count && parties->count < PARTIES_MAX; i++) {
        parties->list[parties->count++] = &state->units.list[i];
    }
}

static void read_parties(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                         struct any_list *member)
{
    struct party_list parties = {.count = 0};
    if (tree->kind == TREE_MAP || tree->count > PARTIES_MAX) {
        say_form(reader, key, tree);
        return;
    }
    const struct tree *name = tree->kind == TREE_LIST ? tree->first : tree;
    for (; name != NULL; name = tree->kind == TREE_LIST ? name->next : NULL) {
        add_parties(reader, key, name, &parties);
    }
    const struct scenario_unit **list = take(reader, parties.count + 1, sizeof *list);
    if (list != NULL) {
        memcpy((void *)list, (const void *)parties.list, parties.count * sizeof *list);
        *member = (struct any_list){.list = (void *)list, .count = parties.count};
    }
}

/* --- moments --- */

/* "day 3 09:00 XB": false: said what is wrong. */
static bool local_moment(struct reader *reader, const struct tree *tree, uint64_t *ret)
{
    const struct scenario_clock *clock = &reader->s->clock;
    uint64_t day = 0;
    uint16_t minute = 0;
    char code[3] = "";
    if (!value_day(tree->text, &day, &minute, code)) {
        return false;
    }
    const struct scenario_state *state = find_name(reader, SECTION_STATE, code);
    if (state == NULL) {
        say_unknown(reader, SECTION_STATE, code, tree->place);
        *ret = 0;
        return true;
    }
    int64_t date = clock->start_date + (int64_t)day - 1;
    int64_t local_ms = date * (int64_t)MS_PER_DAY + minute * (int64_t)MS_PER_MINUTE;
    *ret = state->zone.zone == NULL ? 0 : zone_at_local(state->zone.zone, local_ms).ms;
    return true;
}

static const char *time_text(struct reader *reader, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    const char *copy = arena_format(
        reader->r->arena, "%s", instant_write(text, (struct instant){.ms = (int64_t)ms, .offset_min = 0}));
    return copy == NULL ? "?" : copy;
}

static void check_within(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                         uint64_t ms)
{
    const struct scenario_clock *clock = &reader->s->clock;
    struct scenario_mistakes *m = reader->r->mistakes;
    if (ms == 0 || clock->start_ms == 0 || clock->end_ms == 0) {
        return; /* said already */
    }
    if (ms < clock->start_ms) {
        mistake_at(m, tree->place, N_("%s: %s is before the start of the clock; write a time from %s on"),
                   key->word, mistake_quote(m, tree->text), time_text(reader, clock->start_ms));
    } else if (ms > clock->end_ms) {
        mistake_at(m, tree->place,
                   N_("%s: %s is beyond the length of the clock; write a time up to %s, or make it longer"),
                   key->word, mistake_quote(m, tree->text), time_text(reader, clock->end_ms));
    }
}

static void read_moment(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        uint64_t *member)
{
    struct instant instant = {0, 0};
    uint64_t ms = 0;
    if (text_of(reader, key, tree) == NULL) {
        return;
    }
    if (!local_moment(reader, tree, &ms)) {
        enum instant_outcome outcome = instant_read(bytes_of_text(tree->text), &instant);
        if (outcome != INSTANT_OK || instant.ms <= 0) {
            say_time(reader, key, tree, outcome);
            return;
        }
        ms = (uint64_t)instant.ms;
    }
    *member = ms;
    if (key->kind != VALUE_ANYTIME) {
        check_within(reader, key, tree, ms);
    }
}

static void read_by(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                    struct scenario_by *member)
{
    if (tree->kind == TREE_TEXT && value_workspan(tree->text, &member->within)) {
        return;
    }
    read_moment(reader, key, tree, &member->at_ms);
}

/* --- tables --- */

static void read_table(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       const struct scenario_quantiles **member)
{
    if (tree->kind == TREE_TEXT) {
        *member = lookup(reader, key, REGISTRY_TABLES, tree);
        return;
    }
    struct scenario_quantiles *table = take(reader, 1, sizeof *table);
    if (table != NULL) {
        (void)read_quantiles(reader, tree, table);
        *member = table;
    }
}

static void read_service(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                         struct scenario_service *member)
{
    const char *words[SCENARIO_CLASSES] = {NULL};
    if (tree->kind != TREE_MAP || is_quantiles(tree)) {
        const struct scenario_quantiles *table = NULL;
        read_table(reader, key, tree, &table);
        for (size_t i = 1; i < SCENARIO_CLASSES; i++) {
            member->by[i] = table;
        }
        return;
    }
    for (size_t i = 1; i < SCENARIO_CLASSES; i++) {
        words[i - 1] = schema_word(WORDS_CLASS, i);
    }
    for (const struct tree *child = tree->first; child != NULL; child = child->next) {
        size_t i = 1;
        while (i < SCENARIO_CLASSES && strcmp(words[i - 1], child->key) != 0) {
            i++;
        }
        if (i == SCENARIO_CLASSES) {
            tree_unknown(reader->r, child->key_place, N_("no class"), child->key, words);
        } else {
            read_table(reader, key, child, &member->by[i]);
        }
    }
}

/* --- conditions --- */

/* The word of the text up to the next blank, in the arena; *at goes behind it. */
static const char *next_word(struct reader *reader, const char **at)
{
    size_t size = strcspn(*at, " ");
    const char *word = arena_format(reader->r->arena, "%.*s", (int)size, *at);
    *at += size;
    *at += **at == ' ';
    return word == NULL ? "" : word;
}

static void named_at(struct reader *reader, const struct tree *tree, const char *name,
                     struct scenario_condition *c)
{
    if (c->kind == SCENARIO_WHEN_HOLD_EXPIRES) {
        c->of = find_name(reader, SECTION_INJECT, name);
        if (c->of == NULL) {
            say_unknown(reader, SECTION_INJECT, name, tree->place);
        }
        return;
    }
    size_t registry = strchr(name, '/') == NULL ? SECTION_STATE : SECTION_UNIT;
    const void *found = find_name(reader, registry, name);
    if (found == NULL) {
        say_unknown(reader, registry, name, tree->place);
    } else if (registry == SECTION_UNIT) {
        c->party = found;
        c->state = c->party->state;
    } else {
        c->state = found;
    }
}

static void read_condition(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                           struct scenario_condition *member)
{
    static const struct {
        const char *before, *between;
        enum scenario_condition_kind kind;
    } forms[] = {{"hold of ", "expires within ", SCENARIO_WHEN_HOLD_EXPIRES},
                 {"open cases of ", "above ", SCENARIO_WHEN_OPEN_CASES}};
    const char *text = text_of(reader, key, tree);
    for (size_t i = 0; text != NULL && i < sizeof forms / sizeof forms[0]; i++) {
        if (strncmp(text, forms[i].before, strlen(forms[i].before)) != 0) {
            continue;
        }
        const char *at = text + strlen(forms[i].before);
        const char *name = next_word(reader, &at);
        const char *rest = at + strlen(forms[i].between);
        struct scenario_condition c = {.kind = forms[i].kind};
        bool good = strncmp(at, forms[i].between, strlen(forms[i].between)) == 0 &&
                    (c.kind == SCENARIO_WHEN_HOLD_EXPIRES ? value_span(rest, &c.within)
                                                          : value_number(rest, 0, 1000000, &c.above));
        if (good) {
            named_at(reader, tree, name, &c);
            *member = c;
            return;
        }
    }
    if (text != NULL) {
        say_form(reader, key, tree);
    }
}

void read_name(struct reader *reader, const struct schema_key *key, const struct tree *tree, void *member)
{
    const void **pointer = member;
    switch ((int)key->kind) {
    case VALUE_REF:
        *pointer = lookup(reader, key, key->section, tree);
        break;
    case VALUE_PARTY:
        *pointer = lookup(reader, key, SECTION_UNIT, tree);
        break;
    case VALUE_REFS:
        read_refs(reader, key, tree, member);
        break;
    case VALUE_PARTIES:
        read_parties(reader, key, tree, member);
        break;
    case VALUE_MOMENT:
    case VALUE_ANYTIME:
        read_moment(reader, key, tree, member);
        break;
    case VALUE_BY:
        read_by(reader, key, tree, member);
        break;
    case VALUE_QUANTILES:
        read_table(reader, key, tree, member);
        break;
    case VALUE_SERVICE:
        read_service(reader, key, tree, member);
        break;
    case VALUE_CONDITION:
        read_condition(reader, key, tree, member);
        break;
    default:
        break; /* it was read in the first pass */
    }
}
