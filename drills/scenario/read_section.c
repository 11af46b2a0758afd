/* SPDX-License-Identifier: Apache-2.0 */
/* A map by the table of keys of its section: unknown, missing, misplaced keys; and what is within. Recursion follows the table. */
#include <string.h>

#include "base/ensure.h"
#include "drills/scenario/reader.h"

struct section_at {
    enum section_id id;
    const struct schema_section *section;
    const struct schema_key *keys;
    size_t count;
    char *into;
};

static struct section_at section_at(enum section_id id, void *into)
{
    struct section_at at = {.id = id, .section = schema_section(id), .into = into};
    at.keys = schema_keys(id, &at.count);
    return at;
}

/* The kind that `only` goes by; 0: none, or not known. */
static unsigned kind_of(const struct section_at *at)
{
    unsigned kind = 0;
    if (at->section->kind_offset != NO_OFFSET) {
        memcpy(&kind, at->into + at->section->kind_offset, sizeof kind);
    }
    return kind;
}

static bool applies(const struct section_at *at, const struct schema_key *key)
{
    unsigned kind = kind_of(at);
    return key->only == 0 || kind == 0 || (key->only >> kind & 1) != 0;
}

/* --- keys that are not there, and those that should not be --- */

static void say_unknown(struct reader *reader, const struct section_at *at, const struct tree *child)
{
    const char *words[64];
    size_t count = 0;
    for (size_t i = 0; i < at->count && count < 61; i++) {
        if (at->keys[i].word[0] != '\0' && applies(at, &at->keys[i])) {
            words[count++] = at->keys[i].word;
        }
    }
    if (at->id == SECTION_TOP) {
        words[count++] = "include";
        words[count++] = "parameters";
    }
    words[count] = NULL;
    tree_unknown(reader->r, child->key_place, N_("no key here"), child->key, words);
}

static void check_keys(struct reader *reader, const struct section_at *at, const struct tree *map)
{
    for (const struct tree *child = map->first; child != NULL; child = child->next) {
        bool known = false;
        for (size_t i = 0; i < at->count; i++) {
            known = known || (at->keys[i].word[0] != '\0' && strcmp(at->keys[i].word, child->key) == 0);
        }
        if (!known) {
            say_unknown(reader, at, child);
        }
    }
}

static void say_misplaced(struct reader *reader, const struct section_at *at, const struct schema_key *key,
                          const struct tree *child)
{
    enum word_list list = at->id == SECTION_INJECT ? WORDS_INJECT : WORDS_FAULT;
    const char *kinds = schema_kinds(at->id, key, reader->r->arena);
    mistake_at(reader->r->mistakes, child->key_place,
               N_("\"%s\" is not for the kind %s; leave it out, or make the kind one of: %s"), key->word,
               schema_word(list, kind_of(at)), kinds == NULL ? "?" : kinds);
}

static void say_missing(struct reader *reader, const struct section_at *at, const struct schema_key *key,
                        const struct tree *map)
{
    mistake_at(reader->r->mistakes, map->place, N_("%s: \"%s\" is missing: %s; write such as %s: %s"),
               at->section->title, key->word, say(reader->r->mistakes->words, key->about), key->word,
               key->example);
}

/* --- lists and maps of sections --- */

static void mark(const struct section_at *at, const struct tree *map)
{
    if (at->section->place_offset != NO_OFFSET) {
        memcpy(at->into + at->section->place_offset, &map->place, sizeof map->place);
    }
    if (at->section->given_offset != NO_OFFSET) {
        const bool given = true;
        memcpy(at->into + at->section->given_offset, &given, sizeof given);
    }
}

static bool is_map(struct reader *reader, const struct schema_key *key, const struct tree *tree)
{
    if (tree->kind != TREE_MAP) {
        mistake_at(reader->r->mistakes, tree->place, N_("%s: here stands no map; write such as %s"),
                   key->word, key->example);
    }
    return tree->kind == TREE_MAP;
}

static void element_values(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                           void *into)
{
    const struct schema_section *section = schema_section(key->section);
    const char *name = NULL;
    if (!is_map(reader, key, tree)) {
        return;
    }
    read_values(reader, key->section, tree, into);
    if (section->name_offset != NO_OFFSET && key->section != SECTION_UNIT) {
        memcpy((void *)&name, (char *)into + section->name_offset, sizeof name);
        register_name(reader, key->section, name, into, tree->key == NULL ? tree->place : tree->key_place);
    }
}

/* The values of a list (or of a map by name), one behind the other. */
static void list_values(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        struct any_list *member)
{
    size_t bytes = schema_section(key->section)->bytes;
    size_t max = key->kind == VALUE_MAP ? TREE_KEYS_MAX : (size_t)key->max;
    enum tree_kind wanted = key->kind == VALUE_MAP ? TREE_MAP : TREE_LIST;
    if (tree->kind != wanted) {
        say_form(reader, key, tree);
        return;
    }
    if (tree->count > max) {
        mistake_at(reader->r->mistakes, tree->place, N_("%s: there are %zu of these; at most %zu are taken"),
                   key->word, tree->count, max);
        return;
    }
    char *list = take(reader, tree->count + 1, bytes);
    if (list == NULL) {
        return;
    }
    *member = (struct any_list){.list = list, .count = tree->count};
    for (const struct tree *child = tree->first; child != NULL; child = child->next, list += bytes) {
        element_values(reader, key, child, list);
    }
}

static void list_names(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       const struct any_list *member)
{
    size_t bytes = schema_section(key->section)->bytes;
    char *list = member->list;
    if (list == NULL) { /* it was not taken */
        return;
    }
    for (const struct tree *child = tree->first; child != NULL; child = child->next, list += bytes) {
        if (child->kind == TREE_MAP) {
            read_names(reader, key->section, child, list);
        }
    }
}

/* 24/7, office, or rows. */
static void desk_hours(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       struct any_list *member)
{
    if (tree->kind == TREE_LIST) {
        list_values(reader, key, tree, member);
        return;
    }
    bool always = strcmp(tree->text, "24/7") == 0;
    if (tree->kind != TREE_TEXT || (!always && strcmp(tree->text, "office") != 0)) {
        say_form(reader, key, tree);
        return;
    }
    struct scenario_hours *row = take(reader, 1, sizeof *row);
    if (row != NULL) {
        *row = (struct scenario_hours){.place = tree->place,
                                       .days = always ? SCENARIO_DAY_EVERY : SCENARIO_DAY_WORK,
                                       .office = !always,
                                       .span = {0, 24 * 60}};
        *member = (struct any_list){.list = row, .count = 1};
    }
}

#define PEOPLE_MAX 500

static void people(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                   struct scenario_people *member)
{
    static const struct schema_key number = {
        .word = "people", .kind = VALUE_NUMBER, .min = 0, .max = PEOPLE_MAX};
    member->given = true;
    if (tree->kind == TREE_LIST) {
        struct any_list rows = {NULL, 0};
        list_values(reader, key, tree, &rows);
        member->rows.list = rows.list;
        member->rows.count = rows.count;
    } else {
        (void)read_value(reader, &number, tree, &member->number);
    }
}

/* --- a section --- */

/* What stands in a member, in pass 1. */
static void key_values(struct reader *reader, const struct schema_key *key, const struct tree *child,
                       char *member)
{
    switch ((int)key->kind) {
    case VALUE_ONE:
        if (is_map(reader, key, child)) {
            read_values(reader, key->section, child, member);
        }
        break;
    case VALUE_LIST:
    case VALUE_MAP:
        list_values(reader, key, child, (struct any_list *)(void *)member);
        break;
    case VALUE_DESK_HOURS:
        desk_hours(reader, key, child, (struct any_list *)(void *)member);
        break;
    case VALUE_PEOPLE:
        people(reader, key, child, (struct scenario_people *)(void *)member);
        break;
    default:
        (void)read_value(reader, key, child, member);
        break;
    }
}

/* What holds where nothing is said. */
static void default_values(struct reader *reader, const struct schema_key *key, const struct tree *map,
                           char *member)
{
    if (key->initial != NULL) {
        const struct tree said = {.kind = TREE_TEXT, .text = key->initial, .place = map->place};
        key_values(reader, key, &said, member);
    } else if (key->kind == VALUE_ONE && !schema_needs(key->section)) {
        const struct tree empty = {.kind = TREE_MAP, .text = "", .place = map->place};
        struct section_at within = section_at(key->section, member);
        for (size_t i = 0; i < within.count; i++) {
            default_values(reader, &within.keys[i], &empty, member + within.keys[i].offset);
        }
    }
}

/* What is to be known before others are read: whose units and data they are. */
static void finish_state(struct reader *reader, struct scenario_state *state)
{
    struct scenario_unit *units = (struct scenario_unit *)(uintptr_t)state->units.list;
    for (size_t i = 0; i < state->units.count; i++) {
        struct scenario_unit *unit = &units[i];
        unit->state = state;
        if (state->code == NULL || unit->name == NULL) {
            continue;
        }
        const char *address = arena_format(reader->r->arena, "%s/%s", state->code, unit->name);
        if (address != NULL) {
            unit->address = address;
            register_name(reader, SECTION_UNIT, address, unit, unit->place);
        }
        if (unit->role == SCENARIO_ROLE_NONE) {
            unit->role = strcmp(unit->name, "poc") == 0       ? SCENARIO_ROLE_POC
                         : strcmp(unit->name, "central") == 0 ? SCENARIO_ROLE_CENTRAL
                                                              : SCENARIO_ROLE_OTHER;
        }
    }
    state->calendar = (struct calendar_entry){.week = state->week.work,
                                              .hours = state->week.hours,
                                              .holidays = state->holidays.list,
                                              .holiday_count = state->holidays.count};
}

/* One of at, after and when; a controller needs none. */
static void check_when(struct reader *reader, const struct tree *map)
{
    const struct tree *manual = tree_find(map, "manual");
    bool by_hand = manual != NULL && tree_is_flag(manual, &by_hand) && by_hand;
    int ways =
        (tree_find(map, "at") != NULL) + (tree_find(map, "after") != NULL) + (tree_find(map, "when") != NULL);
    if (ways > 1) {
        mistake_at(reader->r->mistakes, map->place,
                   N_("more than one says when this happens; keep one of at, after and when"));
    } else if (ways == 0 && !by_hand) {
        mistake_at(reader->r->mistakes, map->place,
                   N_("nothing says when this happens; write one of at, after and when"));
    }
}

static void finish_section(struct reader *reader, enum section_id id, const struct tree *map, void *into)
{
    if (id == SECTION_INJECT || id == SECTION_FAULT) {
        check_when(reader, map);
    } else if (id == SECTION_STATE) {
        finish_state(reader, into);
    } else if (id == SECTION_PROVIDER) {
        struct scenario_provider *provider = into;
        struct scenario_data *data = (struct scenario_data *)(uintptr_t)provider->data.list;
        for (size_t i = 0; i < provider->data.count; i++) {
            data[i].provider = provider;
        }
    }
}

void read_values(struct reader *reader, enum section_id id, const struct tree *map, void *into)
{
    struct section_at at = section_at(id, into);
    mark(&at, map);
    for (size_t i = 0; i < at.count; i++) {
        const struct schema_key *key = &at.keys[i];
        char *member = at.into + key->offset;
        const struct tree *child = key->word[0] == '\0' ? NULL : tree_find(map, key->word);
        if (key->kind == VALUE_OWN_NAME) {
            (void)read_value(reader, key, map, member);
        } else if (child != NULL && !applies(&at, key)) {
            say_misplaced(reader, &at, key, child);
        } else if (child != NULL) {
            key_values(reader, key, child, member);
        } else if (key->needed && applies(&at, key) && (key->only == 0 || kind_of(&at) != 0)) {
            say_missing(reader, &at, key, map);
        } else if (applies(&at, key)) {
            default_values(reader, key, map, member);
        }
    }
    check_keys(reader, &at, map);
    finish_section(reader, id, map, into);
}

void read_names(struct reader *reader, enum section_id id, const struct tree *map, void *into)
{
    struct section_at at = section_at(id, into);
    for (size_t i = 0; i < at.count; i++) {
        const struct schema_key *key = &at.keys[i];
        char *member = at.into + key->offset;
        const struct tree *child = key->word[0] == '\0' ? NULL : tree_find(map, key->word);
        if (child == NULL || !applies(&at, key)) {
            continue;
        }
        if (key->kind == VALUE_ONE && child->kind == TREE_MAP) {
            read_names(reader, key->section, child, member);
        } else if (key->kind == VALUE_LIST || key->kind == VALUE_MAP) {
            list_names(reader, key, child, (struct any_list *)(void *)member);
        } else {
            read_name(reader, key, child, member);
        }
    }
}
