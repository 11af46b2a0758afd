/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/scenario/words.h"

#include <stddef.h>
#include <string.h>

#include "drills/scenario/schema.h"

/* Each list: its words, "" for 0 before them and NULL after them; and what they mean. */
#define WORD_PAIR(name, word, what) {word, what},
struct pair {
    const char *word, *what;
};

static const struct pair classification[] = {{"", ""},
#define WORD_CLASSIFICATION WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_CLASSIFICATION
                                             {NULL, NULL}};
static const struct pair class[] = {{"", ""},
#define WORD_CLASS WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_CLASS
                                    {NULL, NULL}};
static const struct pair role[] = {{"", ""},
#define WORD_ROLE WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_ROLE
                                   {NULL, NULL}};
static const struct pair power[] = {{"", ""},
#define WORD_POWER WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_POWER
                                    {NULL, NULL}};
static const struct pair data[] = {{"", ""},
#define WORD_DATA WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_DATA
                                   {NULL, NULL}};
static const struct pair identifier[] = {{"", ""},
#define WORD_IDENTIFIER WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_IDENTIFIER
                                         {NULL, NULL}};
static const struct pair inject[] = {{"", ""},
#define WORD_INJECT WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_INJECT
                                     {NULL, NULL}};
static const struct pair carries[] = {{"", ""},
#define WORD_CARRIES WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_CARRIES
                                      {NULL, NULL}};
static const struct pair decision[] = {{"", ""},
#define WORD_DECISION WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_DECISION
                                       {NULL, NULL}};
static const struct pair forgery[] = {{"", ""},
#define WORD_FORGERY WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_FORGERY
                                      {NULL, NULL}};
static const struct pair fault[] = {{"", ""},
#define WORD_FAULT WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_FAULT
                                    {NULL, NULL}};
static const struct pair side[] = {{"", ""},
#define WORD_SIDE WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_SIDE
                                   {NULL, NULL}};
static const struct pair measure[] = {{"", ""},
#define WORD_MEASURE WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_MEASURE
                                      {NULL, NULL}};
static const struct pair event[] = {{"", ""},
#define WORD_EVENT WORD_PAIR
#include "drills/scenario/words.def"
#undef WORD_EVENT
                                    {NULL, NULL}};
/* What the product has words for: its own tables. */
static const struct pair grounds[] = {{"", ""},
#define GROUND_RULE(name, un, budapest, other, what) {#name, what},
#include "nodes/grounds.def"
#undef GROUND_RULE
                                      {NULL, NULL}};
static const struct pair requests[] = {{"", ""},
#define KIND(id, name, type, path, value, title, what) {name, what},
#include "nodes/request_kinds.def"
#undef KIND
                                       {NULL, NULL}};
static const struct pair letters[] = {{"", ""},
#define LETTER_KIND(number, name, word) {#word, ""},
#include "proto/codes.def"
#undef LETTER_KIND
                                      {NULL, NULL}};
static const struct pair none[] = {{"", ""}, {NULL, NULL}};

static const struct {
    const char *title;
    const struct pair *pairs;
} lists[WORD_LISTS] = {
    [WORDS_NONE] = {"", none},
    [WORDS_CLASSIFICATION] = {"classification", classification},
    [WORDS_CLASS] = {"class", class},
    [WORDS_ROLE] = {"role", role},
    [WORDS_POWER] = {"power", power},
    [WORDS_DATA] = {"kind of data", data},
    [WORDS_IDENTIFIER] = {"kind of identifier", identifier},
    [WORDS_INJECT] = {"kind of inject", inject},
    [WORDS_CARRIES] = {"what an inject carries", carries},
    [WORDS_DECISION] = {"decision", decision},
    [WORDS_FORGERY] = {"what an attacker holds", forgery},
    [WORDS_FAULT] = {"kind of fault", fault},
    [WORDS_SIDE] = {"direction", side},
    [WORDS_MEASURE] = {"measure", measure},
    [WORDS_EVENT] = {"event", event},
    [WORDS_GROUNDS] = {"ground", grounds},
    [WORDS_REQUESTS] = {"kind of request", requests},
    [WORDS_LETTERS] = {"letter", letters},
};

const char *schema_word(enum word_list list, size_t index)
{
    return lists[list].pairs[index].word;
}

const char *schema_meaning(enum word_list list, size_t index)
{
    return lists[list].pairs[index].what;
}

const char *schema_list_title(enum word_list list)
{
    return lists[list].title;
}

static const struct {
    const char *word, *what;
} tasks[SCENARIO_TASKS] = {
#define TASK(name, word, what) {word, what},
#include "drills/scenario/tasks.def"
#undef TASK
};

#define WORD_OF(name, type, list)                                                                            \
    const char *scenario_##name##_word(enum scenario_##type value)                                           \
    {                                                                                                        \
        return lists[list].pairs[value].word;                                                                \
    }
/* clang-format off */
WORD_OF(classification, classification, WORDS_CLASSIFICATION)
WORD_OF(class, class, WORDS_CLASS)
WORD_OF(role, role, WORDS_ROLE)
WORD_OF(power, power, WORDS_POWER)
WORD_OF(data, data_kind, WORDS_DATA)
WORD_OF(identifier, identifier_kind, WORDS_IDENTIFIER)
WORD_OF(inject, inject_kind, WORDS_INJECT)
WORD_OF(carries, carries, WORDS_CARRIES)
WORD_OF(decision, decision, WORDS_DECISION)
WORD_OF(forgery, forgery, WORDS_FORGERY)
WORD_OF(fault, fault_kind, WORDS_FAULT)
WORD_OF(measure, measure, WORDS_MEASURE)
WORD_OF(event, event, WORDS_EVENT)
/* clang-format on */

const char *scenario_task_word(enum scenario_task task)
{
    return tasks[task].word;
}

enum scenario_request scenario_request_type(const char *kind)
{
    static const struct {
        const char *name;
        enum scenario_request type;
    } kinds[] = {
#define KIND(id, name, type, ...) {name, SCENARIO_REQUEST_##type},
#include "nodes/request_kinds.def"
#undef KIND
    };
    for (size_t i = 0; kind != NULL && i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i].name, kind) == 0) {
            return kinds[i].type;
        }
    }
    return SCENARIO_REQUEST_NONE;
}
