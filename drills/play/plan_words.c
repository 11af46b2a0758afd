/* SPDX-License-Identifier: Apache-2.0 */
/* One line of a plan against plan_words.def: word by word, all statements side by side, until one is left. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/plan_stage.h"
#include "proto/codes.h"

#define LINE_WORDS_MAX 40
#define PATTERN_WORDS  12
#define NAMES_MAX      160
#define NAME_BYTES_MAX 24
#define NUMBER_MAX     1000000
#define SHOWN_MAX      CAST_PARTIES_MAX /* so many right words are listed */
#define TAIL_BYTES     240
#define YEARS_10_MS    (UINT64_C(3653) * 86400000)

struct word {
    char *text;
    size_t column; /* from 1 */
};

struct pattern {
    enum statement kind;
    int detail;
    char room[96];
    const char *words[PATTERN_WORDS];
    size_t count;
};

static const struct {
    enum statement kind;
    int detail;
    const char *words;
} statements[] = {
#define STATEMENT(kind, detail, words) {STATEMENT_##kind, detail, words},
#include "drills/play/plan_words.def"
#undef STATEMENT
};
#define STATEMENTS (sizeof statements / sizeof statements[0])

static const struct {
    const char *name;
    uint64_t ms;
} units[] = {{"milliseconds", 1}, {"millisecond", 1}, {"seconds", 1000},  {"second", 1000},
             {"minutes", 60000},  {"minute", 60000},  {"hours", 3600000}, {"hour", 3600000},
             {"days", 86400000},  {"day", 86400000}};

static const char *const losses[] = {"nothing", "everything", "some", "torn"};
static const enum disk_cut cuts[] = {DISK_KEEP_ALL, DISK_LOSE_ALL, DISK_RANDOM, DISK_TORN};

const char *const plan_node_events[PLAN_NODE_EVENTS] = {
#define EVENT(name, level, text, help) text,
#include "nodes/events.def"
#undef EVENT
};
const char *const plan_broker_events[PLAN_BROKER_EVENTS] = {
#define EVENT(identifier, name, level, help) name,
#include "broker/events.def"
#undef EVENT
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* The line being read. */
struct reader {
    struct plan *plan;
    struct step *step;
    struct error *error;
    const char *text;
    struct word words[LINE_WORDS_MAX];
    size_t word_count, end_column;
    struct pattern patterns[STATEMENTS];
    bool in[STATEMENTS]; /* still fits */
};

const char *plan_actor_name(const struct plan *plan, size_t actor)
{
    return actor == 0 ? PLAN_HUB : plan->parties[actor - 1];
}

bool plan_refuse(const struct plan *plan, unsigned line, size_t column, struct error *error,
                 const char *format, ...)
{
    char text[400];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, error_say(error, format), list);
    va_end(list);
    if (column == 0) {
        error_set(error, "%s:%u: %s", plan->name, line, text);
    } else {
        error_set(error, "%s:%u:%zu: %s", plan->name, line, column, text);
    }
    return false;
}

#define REFUSE(r, column, ...) plan_refuse((r)->plan, (r)->step->line, column, (r)->error, __VA_ARGS__)

/* --- words --- */

static bool split(struct reader *r)
{
    const char *at = r->text;
    while (*at != '\0') {
        at += strspn(at, " ");
        size_t size = strcspn(at, " ");
        if (size == 0) {
            break;
        }
        if (r->word_count == LINE_WORDS_MAX) {
            break; /* the rest belongs to JSON or a value */
        }
        struct bytes copy = arena_copy(r->plan->arena, bytes_of(at, size));
        if (copy.data == NULL) {
            return REFUSE(r, 0, "no memory");
        }
        r->words[r->word_count++] =
            (struct word){.text = (char *)(uintptr_t)copy.data, .column = (size_t)(at - r->text) + 1};
        at += size;
    }
    r->end_column = strlen(r->text) + 1;
    return true;
}

static void split_pattern(struct pattern *pattern, size_t index)
{
    pattern->kind = statements[index].kind;
    pattern->detail = statements[index].detail;
    (void)snprintf(pattern->room, sizeof pattern->room, "%s", statements[index].words);
    pattern->count = 0;
    for (char *at = pattern->room; *at != '\0';) {
        pattern->words[pattern->count++] = at;
        at += strcspn(at, " ");
        if (*at == ' ') {
            *at++ = '\0';
        }
    }
}

static bool stands_for_something(const char *element)
{
    return element[0] >= 'A' && element[0] <= 'Z';
}

static bool is(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

static bool takes_the_rest(const char *element)
{
    return is(element, "PARTIES") || is(element, "JSON") || is(element, "VALUE");
}

/* --- what words in capitals stand for --- */

struct names {
    const char *list[NAMES_MAX + 1];
    size_t count;
};

static void add(struct names *names, const char *name)
{
    for (size_t i = 0; i < names->count; i++) {
        if (is(names->list[i], name)) {
            return;
        }
    }
    if (names->count < NAMES_MAX) {
        names->list[names->count++] = name;
        names->list[names->count] = NULL;
    }
}

static void add_letters(struct names *names, struct plan *plan)
{
    for (uint32_t kind = 2; kind <= LETTER_KINDS; kind++) { /* a request has a statement of its own */
        char *name = arena_format(plan->arena, "%s", letter_name(kind));
        for (char *c = name; c != NULL && *c != '\0'; c++) {
            *c = (char)(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
        }
        if (name != NULL) {
            add(names, name);
        }
    }
}

static void add_all(struct names *names, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        add(names, list[i]);
    }
}

/* The words that could stand there; none for numbers and what is free. */
static void add_names(struct reader *r, const char *element, struct names *names)
{
    struct plan *plan = r->plan;
    if (is(element, "PARTY")) {
        add_all(names, plan->parties, plan->party_count);
    } else if (is(element, "ACTOR")) {
        add_all(names, plan->parties, plan->party_count);
        add(names, PLAN_HUB);
    } else if (is(element, "LETTER")) {
        add_letters(names, plan);
    } else if (is(element, "FLAW")) {
        for (unsigned i = FLAW_NONE + 1; i < FLAW_COUNT; i++) {
            add(names, flaw_word((enum flaw)i));
        }
    } else if (is(element, "BACKUP")) {
        add_all(names, plan->backups, plan->backup_count);
    } else if (is(element, "LOSS")) {
        add_all(names, losses, COUNT(losses));
    } else if (is(element, "EVENT") && r->step->actor == 0) {
        add_all(names, plan_broker_events, PLAN_BROKER_EVENTS);
    } else if (is(element, "EVENT")) {
        add_all(names, plan_node_events, PLAN_NODE_EVENTS);
    } else if (is(element, "CASE")) {
        for (size_t i = 0; i < plan->case_count; i++) {
            add(names, plan->cases[i].label);
        }
    } else if (is(element, "FAULT")) {
        for (unsigned i = 0; i < FAULT_COUNT; i++) {
            add(names, fault_name((enum fault_kind)i));
        }
    } else if (is(element, "UNIT")) {
        for (size_t i = 0; i < COUNT(units); i++) {
            add(names, units[i].name);
        }
    }
}

static const struct {
    const char *element, *says;
} meanings[] = {
    {"PARTY", N_("a party of this plan")},
    {"ACTOR", N_("a party of this plan or hub")},
    {"LETTER", N_("a letter")},
    {"CASE", N_("a case that was named before")},
    {"NEW", N_("a new name: a small letter, then small letters, digits and -, 24 at most")},
    {"FLAW", N_("a flaw of an envelope")},
    {"FAULT", N_("a fault")},
    {"LOSS", N_("what a crash loses")},
    {"EVENT", N_("an event that it logs")},
    {"BACKUP", N_("a backup that was made before")},
    {"NUMBER", N_("a number from 1 to 1000000")},
    {"UNIT", N_("a unit of time")},
    {"CODE", N_("a code in capitals")},
    {"PATH", N_("a member of the case, such as items[0].state")},
};

static const char *meaning(const char *element)
{
    for (size_t i = 0; i < COUNT(meanings); i++) {
        if (is(meanings[i].element, element)) {
            return meanings[i].says;
        }
    }
    return element;
}

static bool made_of(const char *word, const char *characters)
{
    return word[0] != '\0' && strspn(word, characters) == strlen(word);
}

#define SMALL    "abcdefghijklmnopqrstuvwxyz"
#define CAPITALS "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS   "0123456789"

static bool number_of(const char *word, uint64_t *ret)
{
    uint64_t number = 0;
    if (!made_of(word, DIGITS) || strlen(word) > 7) {
        return false;
    }
    for (const char *c = word; *c != '\0'; c++) {
        number = number * 10 + (uint64_t)(*c - '0');
    }
    *ret = number;
    return number >= 1 && number <= NUMBER_MAX;
}

static bool fits(struct reader *r, const char *element, const char *word)
{
    struct names names = {.count = 0};
    uint64_t number = 0;
    if (!stands_for_something(element)) {
        return is(element, word);
    }
    if (takes_the_rest(element)) {
        return true;
    }
    if (is(element, "NUMBER")) {
        return number_of(word, &number);
    }
    if (is(element, "NEW")) {
        return made_of(word, SMALL DIGITS "-") && strchr(SMALL, word[0]) != NULL &&
               strlen(word) <= NAME_BYTES_MAX;
    }
    if (is(element, "CODE")) {
        return made_of(word, CAPITALS "_");
    }
    if (is(element, "PATH")) {
        return made_of(word, SMALL CAPITALS DIGITS "_.[]");
    }
    add_names(r, element, &names);
    return text_is_one_of(word, (names.list[names.count] = NULL, names.list));
}

/* --- what each word sets --- */

static size_t index_of(const char *word, const char *const *list, size_t count)
{
    size_t i = 0;
    while (i < count && !is(list[i], word)) {
        i++;
    }
    return i;
}

static size_t actor_of(const struct plan *plan, const char *word)
{
    return is(word, PLAN_HUB) ? 0 : index_of(word, plan->parties, plan->party_count) + 1;
}

static size_t case_of(const struct plan *plan, const char *word)
{
    size_t i = 0;
    while (i < plan->case_count && !is(plan->cases[i].label, word)) {
        i++;
    }
    return i;
}

static enum fault_kind fault_of(const char *word)
{
    unsigned i = 0;
    while (i < FAULT_COUNT && !is(fault_name((enum fault_kind)i), word)) {
        i++;
    }
    return (enum fault_kind)i;
}

static uint64_t unit_ms(const char *word)
{
    size_t i = 0;
    while (i < COUNT(units) && !is(units[i].name, word)) {
        i++;
    }
    return units[i].ms;
}

static bool read_json(struct reader *r, const struct word *word)
{
    json_error_t fault;
    const char *text = r->text + word->column - 1;
    r->step->json = json_loads(text, JSON_REJECT_DUPLICATES, &fault);
    if (r->step->json == NULL) {
        return REFUSE(r, word->column - 1 + (size_t)(fault.column > 0 ? fault.column : 1),
                      "this is no JSON object: %s", fault.text);
    }
    return json_is_object(r->step->json) ||
           REFUSE(r, word->column, "write a JSON object: {\"member\": value}");
}

/* JSON where it is some; else the text itself. */
static bool read_value(struct reader *r, const struct word *word)
{
    const char *text = r->text + word->column - 1;
    r->step->json = json_loads(text, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, NULL);
    r->step->json = r->step->json == NULL ? json_string(text) : r->step->json;
    return r->step->json != NULL || REFUSE(r, word->column, "no memory");
}

/* What could stand there instead: the nearest one, or all if they are few; else nothing. */
static const char *instead(const struct reader *r, const struct names *names, const char *word,
                           char tail[TAIL_BYTES])
{
    const char *nearest = text_nearest(word, names->list);
    size_t used = 0;
    tail[0] = '\0';
    if (nearest != NULL) {
        (void)snprintf(tail, TAIL_BYTES, error_say(r->error, N_("; did you mean \"%s\"?")), nearest);
    } else if (names->count <= SHOWN_MAX) {
        for (size_t i = 0; i < names->count && used < TAIL_BYTES; i++) {
            used += (size_t)snprintf(tail + used, TAIL_BYTES - used, "%s%s",
                                     i == 0                  ? error_say(r->error, N_("; write "))
                                     : i + 1 == names->count ? error_say(r->error, N_(" or "))
                                                             : ", ",
                                     names->list[i]);
        }
    }
    return tail;
}

/* PARTIES: before them, no line can name one. Each is one of the cast. */
static bool read_parties(struct reader *r, size_t first)
{
    struct plan *plan = r->plan;
    struct names cast = {.count = 0};
    char tail[TAIL_BYTES];
    for (size_t place = 0; place < CAST_PARTIES_MAX; place++) {
        add(&cast, cast_address(place));
    }
    if (plan->party_count != 0) {
        return REFUSE(r, 1, "the parties are already named");
    }
    for (size_t i = first; i < r->word_count; i++) {
        const struct word *word = &r->words[i];
        if (!text_is_one_of(word->text, cast.list)) {
            return REFUSE(r, word->column, "\"%.60s\" is no party of a world%s", word->text,
                          instead(r, &cast, word->text, tail));
        }
        if (index_of(word->text, plan->parties, plan->party_count) < plan->party_count) {
            return REFUSE(r, word->column, "%s is named twice", word->text);
        }
        ensure(plan->party_count < CAST_PARTIES_MAX); /* there are no more that differ */
        plan->parties[plan->party_count++] = word->text;
    }
    return plan->party_count >= 2 || REFUSE(r, r->end_column, "a history needs two parties");
}

static bool set(struct reader *r, const char *element, size_t index, bool *first_actor)
{
    const struct word *word = &r->words[index];
    struct step *step = r->step;
    if (is(element, "PARTY") || is(element, "ACTOR")) {
        *(*first_actor ? &step->actor : &step->other) = actor_of(r->plan, word->text);
        *first_actor = false;
    } else if (is(element, "LETTER")) {
        step->letter = word->text;
    } else if (is(element, "CASE")) {
        step->label = case_of(r->plan, word->text);
    } else if (is(element, "BACKUP")) {
        step->label = index_of(word->text, r->plan->backups, r->plan->backup_count);
    } else if (is(element, "FLAW")) {
        step->flaw = flaw_of_word(word->text);
    } else if (is(element, "FAULT")) {
        step->fault = fault_of(word->text);
    } else if (is(element, "LOSS")) {
        step->loss = cuts[index_of(word->text, losses, COUNT(losses))];
    } else if (is(element, "NUMBER")) {
        (void)number_of(word->text, &step->number);
    } else if (is(element, "UNIT")) {
        step->ms = step->number * unit_ms(word->text);
        return step->ms <= YEARS_10_MS || REFUSE(r, word->column, "that is longer than ten years");
    } else if (is(element, "JSON")) {
        return read_json(r, word);
    } else if (is(element, "VALUE")) {
        return read_value(r, word);
    } else if (is(element, "PARTIES")) {
        return read_parties(r, index);
    } else if (stands_for_something(element)) {
        step->word = word->text; /* CODE, EVENT, PATH, NEW */
    }
    return true;
}

/* --- which statement it is --- */

/* The words that could stand at that place, and what they are called. */
static bool refuse_word(struct reader *r, size_t index, const bool *were_in)
{
    const struct word *word = &r->words[index];
    struct names names = {.count = 0};
    const char *element = NULL; /* the one meaning, if there is one */
    bool mixed = false;
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (!were_in[i]) {
            continue;
        }
        const char *here = index < r->patterns[i].count ? r->patterns[i].words[index] : NULL;
        if (here == NULL) {
            mixed = true;
        } else if (stands_for_something(here)) {
            mixed |= element != NULL && !is(element, here);
            element = here;
            add_names(r, here, &names);
        } else {
            add(&names, here);
            mixed = true;
        }
    }
    names.list[names.count] = NULL;
    char tail[TAIL_BYTES];
    (void)instead(r, &names, word->text, tail);
    if (names.count == 0 && element == NULL) {
        return REFUSE(r, word->column, "the statement ends before \"%.60s\"", word->text);
    }
    return element != NULL && !mixed
               ? REFUSE(r, word->column, "\"%.60s\" is not %s%s", word->text,
                        error_say(r->error, meaning(element)), tail)
               : REFUSE(r, word->column, "\"%.60s\" is not understood here%s", word->text, tail);
}

static bool refuse_end(struct reader *r)
{
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (r->in[i]) {
            return REFUSE(r, r->end_column, "the line ends too early; write: %s", statements[i].words);
        }
    }
    return REFUSE(r, r->end_column, "the line ends too early");
}

/* Keeps the statements that have that word there: those that have it itself, else those that have something it stands for. */
static bool narrow(struct reader *r, size_t index, bool *ret_rest)
{
    bool were_in[STATEMENTS], exact = false, any = false;
    memcpy(were_in, r->in, sizeof were_in);
    *ret_rest = false;
    for (size_t i = 0; i < STATEMENTS; i++) {
        const struct pattern *pattern = &r->patterns[i];
        r->in[i] =
            were_in[i] && index < pattern->count && fits(r, pattern->words[index], r->words[index].text);
        exact |= r->in[i] && !stands_for_something(pattern->words[index]);
        any |= r->in[i];
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        r->in[i] = r->in[i] && (!exact || !stands_for_something(r->patterns[i].words[index]));
        *ret_rest |= r->in[i] && takes_the_rest(r->patterns[i].words[index]);
    }
    return any || refuse_word(r, index, were_in);
}

static size_t first_in(const struct reader *r)
{
    size_t i = 0;
    while (!r->in[i]) {
        i++;
    }
    return i;
}

static bool match(struct reader *r)
{
    bool first_actor = true, rest = false;
    for (size_t i = 0; i < STATEMENTS; i++) {
        split_pattern(&r->patterns[i], i);
        r->in[i] = true;
    }
    for (size_t index = 0; index < r->word_count && !rest; index++) {
        /* The same word stands for the same in all that are left: the grammar of plan_words.def is so. */
        if (!narrow(r, index, &rest) || !set(r, r->patterns[first_in(r)].words[index], index, &first_actor)) {
            return false;
        }
        for (size_t i = 0; i < STATEMENTS && rest; i++) {
            r->in[i] = r->in[i] && takes_the_rest(r->patterns[i].words[index]);
            r->word_count = index + 1;
        }
    }
    for (size_t i = 0; i < STATEMENTS; i++) {
        if (r->in[i] && r->patterns[i].count == r->word_count) {
            r->step->kind = r->patterns[i].kind;
            r->step->detail = r->patterns[i].detail;
            return true;
        }
    }
    return refuse_end(r);
}

bool plan_words(struct plan *plan, const char *text, unsigned line, struct step *ret, struct error *error)
{
    struct reader r = {.plan = plan, .step = ret, .error = error, .text = text};
    *ret = (struct step){.line = line, .text = text};
    return split(&r) && match(&r);
}
