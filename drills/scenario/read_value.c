/* SPDX-License-Identifier: Apache-2.0 */
/* Values that say all by themselves. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/instant.h"
#include "base/text.h"
#include "drills/scenario/reader.h"
#include "drills/scenario/values.h"

#define NAME_BYTES_MAX 40
#define UNIT_BYTES_MAX 28
#define SMALL_LETTERS  "abcdefghijklmnopqrstuvwxyz"

void *take(struct reader *reader, size_t count, size_t size)
{
    void *memory = arena_zero(reader->r->arena, count, size);
    if (memory == NULL) {
        mistake_at(reader->r->mistakes, (struct scenario_place){NULL, 0, 0},
                   N_("there is no memory left; make the scenario smaller"));
    }
    return memory;
}

/* --- what is wrong --- */

static const char *form_of(struct reader *reader, const struct schema_key *key)
{
    const char *text = schema_form_text(key, reader->r->mistakes->words, reader->r->arena);
    return text == NULL ? "?" : text;
}

void say_form(struct reader *reader, const struct schema_key *key, const struct tree *tree)
{
    struct scenario_mistakes *m = reader->r->mistakes;
    if (tree->kind == TREE_TEXT && (tree->text[0] != '\0' || tree->quoted)) {
        mistake_at(m, tree->place, N_("%s: \"%s\" is not taken; write %s"), key->word,
                   mistake_quote(m, tree->text), form_of(reader, key));
    } else if (tree->kind == TREE_TEXT) {
        mistake_at(m, tree->place, N_("%s: nothing stands here; write %s, or leave the key out"), key->word,
                   form_of(reader, key));
    } else {
        mistake_at(m, tree->place,
                   tree->kind == TREE_LIST ? N_("%s: a list stands here; write %s")
                                           : N_("%s: a map stands here; write %s"),
                   key->word, form_of(reader, key));
    }
}

const char *text_of(struct reader *reader, const struct schema_key *key, const struct tree *tree)
{
    if (tree->kind == TREE_TEXT && tree->text[0] != '\0') {
        return tree->text;
    }
    say_form(reader, key, tree);
    return NULL;
}

/* --- words --- */

/* The number of the word in the list, from 1; 0: said what is wrong. */
static unsigned word_number(struct reader *reader, const struct schema_key *key, const struct tree *tree)
{
    const char *words[128];
    size_t count = 0;
    const char *text = text_of(reader, key, tree);
    if (text == NULL) {
        return 0;
    }
    for (; count < 127 && schema_word(key->words, count + 1) != NULL; count++) {
        words[count] = schema_word(key->words, count + 1);
        if (strcmp(words[count], text) == 0) {
            return (unsigned)count + 1;
        }
    }
    words[count] = NULL;
    const char *what = arena_format(reader->r->arena, say(reader->r->mistakes->words, N_("no %s")),
                                    say(reader->r->mistakes->words, schema_list_title(key->words)));
    tree_unknown(reader->r, tree->place, what == NULL ? "?" : what, text, words);
    return 0;
}

static void read_words(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       uint64_t *member)
{
    const struct tree *word = tree->kind == TREE_LIST ? tree->first : tree;
    for (; word != NULL; word = tree->kind == TREE_LIST ? word->next : NULL) {
        unsigned number = word_number(reader, key, word);
        *member |= number == 0 ? 0 : UINT64_C(1) << number;
    }
}

/* --- names and texts --- */

static bool name_good(const char *text, size_t max)
{
    return text[0] >= 'a' && text[0] <= 'z' && strlen(text) <= max &&
           text[strspn(text, SMALL_LETTERS "0123456789-")] == '\0';
}

static bool code_good(const char *text)
{
    return strlen(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z';
}

static bool text_good(const struct schema_key *key, const char *text)
{
    struct bytes bytes = bytes_of_text(text);
    switch ((int)key->kind) {
    case VALUE_NAME:
    case VALUE_OWN_NAME:
        return name_good(text, NAME_BYTES_MAX);
    case VALUE_UNIT_NAME:
        return name_good(text, UNIT_BYTES_MAX);
    case VALUE_CODE:
        return code_good(text);
    case VALUE_PROSE:
        return bytes.size <= key->max;
    default:
        return bytes.size >= key->min && bytes.size <= key->max && text_is_line(bytes);
    }
}

static void read_text(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      const char **member)
{
    const char *text = key->kind == VALUE_OWN_NAME ? tree->key : text_of(reader, key, tree);
    if (text != NULL && text_good(key, text)) {
        *member = text;
    } else if (text != NULL && key->kind == VALUE_OWN_NAME) {
        mistake_at(reader->r->mistakes, tree->key_place,
                   N_("\"%s\" is no name; write small letters, digits and dashes, at most %d"),
                   mistake_quote(reader->r->mistakes, text), NAME_BYTES_MAX);
    } else if (text != NULL) {
        say_form(reader, key, tree);
    }
}

static void read_lines(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       struct any_list *member)
{
    const char **list = tree->kind == TREE_LIST ? take(reader, tree->count + 1, sizeof *list) : NULL;
    if (tree->kind != TREE_LIST) {
        say_form(reader, key, tree);
    }
    if (list == NULL) {
        return;
    }
    *member = (struct any_list){.list = (void *)list, .count = tree->count};
    for (const struct tree *line = tree->first; line != NULL; line = line->next) {
        read_text(reader, key, line, list++);
    }
}

/* --- dates --- */

static void say_no_date(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        const char *date)
{
    mistake_at(reader->r->mistakes, tree->place,
               N_("%s: there is no date \"%s\"; write year, month and day such as 2026-12-25"), key->word,
               mistake_quote(reader->r->mistakes, date));
}

void say_time(struct reader *reader, const struct schema_key *key, const struct tree *tree,
              enum instant_outcome outcome)
{
    struct scenario_mistakes *m = reader->r->mistakes;
    const char *date = arena_format(reader->r->arena, "%.10s", tree->text);
    int64_t ms = 0;
    bool has_date = date != NULL && strlen(date) == 10 && strspn(date, "0123456789-") == 10 &&
                    date[4] == '-' && date[7] == '-';
    if (has_date && !instant_read_date(bytes_of_text(date), &ms)) {
        say_no_date(reader, key, tree, date);
    } else if (outcome == INSTANT_NO_ZONE) {
        mistake_at(m, tree->place, N_("%s: \"%s\" has no zone; write Z or such as +06:00 behind it"),
                   key->word, mistake_quote(m, tree->text));
    } else {
        say_form(reader, key, tree);
    }
}

static void read_instant(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                         uint64_t *member)
{
    struct instant instant = {0, 0};
    const char *text = text_of(reader, key, tree);
    if (text == NULL) {
        return;
    }
    enum instant_outcome outcome = instant_read(bytes_of_text(text), &instant);
    if (outcome != INSTANT_OK || instant.ms < (int64_t)(366 * MS_PER_DAY) ||
        instant.ms > INSTANT_MS_MAX - (int64_t)SPAN_MS_MAX) {
        say_time(reader, key, tree, outcome);
        return;
    }
    struct civil civil = instant_civil(instant);
    *member = (uint64_t)instant.ms;
    reader->s->clock.start_date = civil_days(civil.year, civil.month, civil.day);
}

static bool read_date(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      int32_t *member)
{
    int64_t ms = 0;
    const char *text = text_of(reader, key, tree);
    if (text == NULL) {
        return false;
    }
    if (!instant_read_date(bytes_of_text(text), &ms) || ms < 0) {
        say_no_date(reader, key, tree, text);
        return false;
    }
    *member = (int32_t)(ms / (int64_t)MS_PER_DAY);
    return true;
}

static int by_date(const void *a, const void *b)
{
    const int32_t *x = a;
    const int32_t *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void read_dates(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                       struct any_list *member)
{
    if (tree->kind != TREE_LIST || tree->count > key->max) {
        say_form(reader, key, tree);
        return;
    }
    int32_t *list = take(reader, tree->count + 1, sizeof *list);
    size_t count = 0;
    for (const struct tree *date = tree->first; list != NULL && date != NULL; date = date->next) {
        count += read_date(reader, key, date, &list[count]);
    }
    if (list != NULL) {
        qsort(list, count, sizeof *list, by_date);
        *member = (struct any_list){.list = list, .count = count};
    }
}

static void read_daytimes(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                          struct any_list *member)
{
    if (tree->kind != TREE_LIST || tree->count > key->max) {
        say_form(reader, key, tree);
        return;
    }
    uint16_t *list = take(reader, tree->count + 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    *member = (struct any_list){.list = list, .count = tree->count};
    for (const struct tree *time = tree->first; time != NULL; time = time->next, list++) {
        if (time->kind != TREE_TEXT || !value_daytime(time->text, list) || *list == 24 * 60) {
            say_form(reader, key, time);
        }
    }
}

static void read_zone(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      struct scenario_zone *member)
{
    const struct reading *r = reader->r;
    const char *text = text_of(reader, key, tree);
    if (text == NULL) {
        return;
    }
    member->name = text;
    member->zone = r->source->zone(r->source->context, text, r->arena);
    if (member->zone == NULL && !mistakes_full(r->mistakes)) {
        const char *nearest = r->source->zones == NULL
                                  ? NULL
                                  : text_nearest(text, r->source->zones(r->source->context, r->arena));
        mistake_at(r->mistakes, tree->place,
                   nearest == NULL ? N_("%s: tzdata has no zone \"%s\"; write it as it does, such as %s")
                                   : N_("%s: tzdata has no zone \"%s\"; did you mean \"%s\"?"),
                   key->word, mistake_quote(r->mistakes, text), nearest == NULL ? "Asia/Dhaka" : nearest);
    }
}

static void read_position(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                          struct scenario_position *member)
{
    const struct tree *north = tree->kind == TREE_LIST && tree->count == 2 ? tree->first : NULL;
    if (north == NULL || north->kind != TREE_TEXT || north->next->kind != TREE_TEXT ||
        !value_degrees(north->text, 90, &member->north) ||
        !value_degrees(north->next->text, 180, &member->east)) {
        say_form(reader, key, tree);
        return;
    }
    member->given = true;
}

/* --- quantiles --- */

bool is_quantiles(const struct tree *tree)
{
    uint32_t ppm = 0;
    return tree->kind == TREE_MAP && tree->first != NULL && value_quantile_key(tree->first->key, &ppm);
}

static int by_ppm(const void *a, const void *b)
{
    const struct scenario_quantile *x = a;
    const struct scenario_quantile *y = b;
    return x->ppm < y->ppm ? -1 : x->ppm > y->ppm;
}

static bool read_quantile(struct reader *reader, const struct tree *point, struct scenario_quantile *ret)
{
    static const struct schema_key span = {.word = "quantile", .kind = VALUE_SPAN};
    if (!value_quantile_key(point->key, &ret->ppm)) {
        mistake_at(reader->r->mistakes, point->key_place,
                   N_("\"%s\" is no quantile; write p0 to p100, such as p50 or p99.9"),
                   mistake_quote(reader->r->mistakes, point->key));
        return false;
    }
    return read_value(reader, &span, point, &ret->ms) && ret->ms != UINT64_MAX;
}

bool read_quantiles(struct reader *reader, const struct tree *tree, struct scenario_quantiles *ret)
{
    struct scenario_mistakes *m = reader->r->mistakes;
    size_t before = m->count + m->more;
    if (tree->kind != TREE_MAP || tree->count < 2 || tree->count > SCENARIO_QUANTILES_MAX) {
        mistake_at(m, tree->place,
                   N_("a table has 2 to %d quantiles; write such as {p0: 2m, p50: 15m, p100: 6h}"),
                   SCENARIO_QUANTILES_MAX);
        return false;
    }
    ret->count = 0;
    for (const struct tree *point = tree->first; point != NULL; point = point->next) {
        if (!read_quantile(reader, point, &ret->points[ret->count++])) {
            ret->count--;
        }
    }
    if (m->count + m->more != before) {
        ret->count = 0;
        return false;
    }
    qsort(ret->points, ret->count, sizeof ret->points[0], by_ppm);
    for (size_t i = 1; i < ret->count; i++) {
        if (ret->points[i].ppm == ret->points[i - 1].ppm || ret->points[i].ms < ret->points[i - 1].ms) {
            mistake_at(m, tree->place, N_("the quantiles do not rise; a higher one takes at least as long"));
            break;
        }
    }
    if (ret->points[0].ppm != 0 || ret->points[ret->count - 1].ppm != SCENARIO_MILLION) {
        mistake_at(m, tree->place, N_("p0 or p100 is missing; say how short and how long it is at most"));
    }
    return m->count + m->more == before;
}

static void read_tables(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        struct any_list *member)
{
    static const struct schema_key own_name = {.word = "times", .kind = VALUE_OWN_NAME};
    if (tree->kind != TREE_MAP) {
        say_form(reader, key, tree);
        return;
    }
    struct scenario_quantiles *list = take(reader, tree->count + 1, sizeof *list);
    if (list == NULL) {
        return;
    }
    *member = (struct any_list){.list = list, .count = tree->count};
    for (const struct tree *table = tree->first; table != NULL; table = table->next, list++) {
        read_text(reader, &own_name, table, &list->name);
        (void)read_quantiles(reader, table, list);
        register_name(reader, REGISTRY_TABLES, list->name, list, table->key_place);
    }
}

/* --- scalars --- */

static bool scalar_good(const struct schema_key *key, const struct tree *tree, void *member)
{
    const char *text = tree->text;
    uint32_t days = 0;
    switch ((int)key->kind) {
    case VALUE_NUMBER:
        return value_number(text, key->min, key->max, member);
    case VALUE_SPAN:
        return value_span(text, member);
    case VALUE_WORKSPAN:
        return value_workspan(text, member);
    case VALUE_CHANCE:
    case VALUE_RATIO:
        return value_chance(text, (uint32_t)key->max, member);
    case VALUE_FLAG:
        return tree_is_flag(tree, member);
    case VALUE_DAYS:
        return value_days(text, false, member);
    case VALUE_WEEKDAYS:
        if (!value_days(text, true, &days)) {
            return false;
        }
        *(uint8_t *)member = (uint8_t)days;
        return true;
    case VALUE_DAYTIME:
        return value_daytime(text, member);
    case VALUE_DAYSPAN:
        return value_dayspan(text, member);
    case VALUE_RATE:
        return value_rate(text, member);
    default:
        return false;
    }
}

static bool read_scalar(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        void *member)
{
    if (text_of(reader, key, tree) == NULL) {
        return false;
    }
    if (!scalar_good(key, tree, member)) {
        say_form(reader, key, tree);
        return false;
    }
    return true;
}

/* A word in the member, which is an enumeration. */
static void read_word(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      void *member)
{
    unsigned number = word_number(reader, key, tree);
    memcpy(member, &number, sizeof number);
}

static void read_one_of(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                        const char **member)
{
    unsigned number = word_number(reader, key, tree);
    *member = number == 0 ? NULL : schema_word(key->words, number);
}

static void read_json(struct reader *reader, const struct schema_key *key, const struct tree *tree,
                      const char **member)
{
    if (tree->kind != TREE_MAP) {
        say_form(reader, key, tree);
        return;
    }
    *member = tree_canonical(tree, reader->r->arena);
}

bool read_value(struct reader *reader, const struct schema_key *key, const struct tree *tree, void *member)
{
    switch (key->kind) {
    case VALUE_OWN_NAME:
    case VALUE_LINE:
    case VALUE_PROSE:
    case VALUE_NAME:
    case VALUE_UNIT_NAME:
    case VALUE_CODE:
        read_text(reader, key, tree, member);
        return true;
    case VALUE_NUMBER:
    case VALUE_SPAN:
    case VALUE_WORKSPAN:
    case VALUE_CHANCE:
    case VALUE_RATIO:
    case VALUE_FLAG:
    case VALUE_DAYS:
    case VALUE_WEEKDAYS:
    case VALUE_DAYTIME:
    case VALUE_DAYSPAN:
    case VALUE_RATE:
        return read_scalar(reader, key, tree, member);
    case VALUE_WORD:
        read_word(reader, key, tree, member);
        return true;
    case VALUE_WORDS:
        read_words(reader, key, tree, member);
        return true;
    case VALUE_ONE_OF:
        read_one_of(reader, key, tree, member);
        return true;
    case VALUE_INSTANT:
        read_instant(reader, key, tree, member);
        return true;
    case VALUE_DATE:
        return read_date(reader, key, tree, member);
    case VALUE_DATES:
        read_dates(reader, key, tree, member);
        return true;
    case VALUE_DAYTIMES:
        read_daytimes(reader, key, tree, member);
        return true;
    case VALUE_ZONE:
        read_zone(reader, key, tree, member);
        return true;
    case VALUE_POSITION:
        read_position(reader, key, tree, member);
        return true;
    case VALUE_TABLES:
        read_tables(reader, key, tree, member);
        return true;
    case VALUE_LINES:
        read_lines(reader, key, tree, member);
        return true;
    case VALUE_JSON:
        read_json(reader, key, tree, member);
        return true;
    case VALUE_MOMENT:
    case VALUE_ANYTIME:
    case VALUE_BY:
    case VALUE_DESK_HOURS:
    case VALUE_PEOPLE:
    case VALUE_QUANTILES:
    case VALUE_SERVICE:
    case VALUE_CONDITION:
    case VALUE_REF:
    case VALUE_REFS:
    case VALUE_PARTY:
    case VALUE_PARTIES:
    case VALUE_ONE:
    case VALUE_LIST:
    case VALUE_MAP:
        return false; /* in the second pass, or by read_section.c */
    }
    return false;
}
