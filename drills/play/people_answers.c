/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/people_answers.h"

#include <stdio.h>
#include <string.h>

#include "drills/play/people_desk.h"

#define FULL_KNOWN_US (2 * UINT64_C(1000000)) /* a node looks at the room of its disk every second */
#define DAY_US        (86400 * UINT64_C(1000000))

enum { ANY_VERB = VERB_NONE };

/* Errands as answers.def names them. */
enum {
    LOOK = ERRAND_LOOK,
    ODD = ERRAND_ODD,
    MISNAMED = ERRAND_MISNAMED,
    FRESH = ERRAND_FRESH,
    STALE = ERRAND_STALE,
    SPOILED = ERRAND_SPOILED,
    PREPARING = ERRAND_OFFERED | ERRAND_ODD | ERRAND_MISNAMED | ERRAND_STALE,
    EVERY = 2 * ERRAND_TOLD - 1,
};

/* When an answer may be given. */
enum {
    ALWAYS = 0,
    NO_ROOM = 1,    /* its disk has a bound, or a write of this call found no space */
    STORE_LOST = 2, /* its store came back from an older state */
    NOT_SHOWN = 4,  /* its node has never shown the case */
    REVOKED = 8,    /* the deputy takes part, and the newest roster revokes that key */
    EXERCISE =
        16, /* one of the two has not joined the exercise of the others, or a paper, which is real, is theirs */
    CLOCK_WRONG = 32,     /* its clock is or was wrong */
    WE_SUSPENDED = 64,    /* it is or was suspended */
    THEY_SUSPENDED = 128, /* the other party is or was */
    ROSTER_NEW = 256,     /* there is more than one roster */
    DAY_OLD = 512,        /* prepared almost a day ago, or before */
    LIED_TO = 1024, /* its line spoiled frames, or the other party lies: a loss may be seen where is none */
};

static const struct line {
    int verb;
    unsigned errands;
    unsigned status;
    const char *code;
    unsigned when;
} lines[] = {
#define VERB_ANY                                     ANY_VERB
#define ANSWER(verb, errands, status, code, when, _) {VERB_##verb, errands, status, code, when},
#include "drills/play/answers.def"
#undef ANSWER
};

static bool has_no_room(const struct people *people, const struct asked *asked)
{
    const struct disk *disk = world_disk(people->world, asked->party);
    const struct struck *struck = &people->struck[asked->party];
    bool full_of_late =
        struck->ever[FAULT_DISK_FULL] && world_now_us(people->world) - struck->full_us <= FULL_KNOWN_US;
    return disk_room(disk) != UINT64_MAX || full_of_late || disk_failed(disk) > asked->operations ||
           disk_fails_on(disk);
}

static bool is_revoked(const struct people *people, size_t party)
{
    const struct cast_party *known = &people->cast->parties[party - 1];
    const struct party *listed = roster_find(people->cast->roster, known->address.text);
    const struct public_key *deputy = &cast_deputy(known)->key;
    return listed != NULL && roster_key_standing(people->cast->roster, listed, ROLE_OFFICER, deputy,
                                                 world_now(people->world), NULL) == KEY_REVOKED;
}

/*
 * Not all that is between them is of the exercise: one plays no part in it, or they are offices of one State, which tell each
 * other of what came on paper. That is real, and their keys act in the exercise only.
 */
static bool is_outside(const struct people *people, const struct asked *asked)
{
    const struct cast *cast = people->cast;
    size_t outsider = cast->outsider < cast->party_count ? cast->outsider + 1 : 0;
    bool alone = outsider != 0 && (asked->party == outsider || asked->other == outsider);
    bool offices = asked->other != 0 && same_state(cast->parties[asked->party - 1].address.text,
                                                   cast->parties[asked->other - 1].address.text);
    return cast->exercise && (alone || offices);
}

static bool clock_is_wrong(const struct people *people, size_t party)
{
    const bool *ever = people->struck[party].ever;
    return ever[FAULT_CLOCK_OFFSET] || ever[FAULT_CLOCK_DRIFT] || ever[FAULT_CLOCK_JUMP] ||
           world_clock(people->world, party).ms != world_now(people->world).ms;
}

/* The conditions that hold now. */
static unsigned conditions(const struct people *people, const struct asked *asked)
{
    const struct struck *own = &people->struck[asked->party];
    const struct struck *other = asked->other == 0 ? NULL : &people->struck[asked->other];
    bool lied = own->ever[FAULT_CORRUPT] || people->struck[WORLD_BROKER].ever[FAULT_CORRUPT] ||
                (people->cast->has_liar && asked->other == people->cast->party_count + 1);
    bool day_old = world_now_us(people->world) - asked->prepared_us >= DAY_US;
    return (has_no_room(people, asked) ? NO_ROOM : 0U) |
           (own->ever[FAULT_RESTORE] || own->ever[FAULT_LYING_DISK] ? STORE_LOST : 0U) |
           (!asked->shown ? NOT_SHOWN : 0U) |
           (asked->deputy && is_revoked(people, asked->party) ? REVOKED : 0U) |
           (is_outside(people, asked) ? EXERCISE : 0U) |
           (clock_is_wrong(people, asked->party) ? CLOCK_WRONG : 0U) |
           (own->ever[FAULT_SUSPENDED_PARTY] ? WE_SUSPENDED : 0U) |
           (other != NULL && other->ever[FAULT_SUSPENDED_PARTY] ? THEY_SUSPENDED : 0U) |
           (roster_version(people->cast->roster) > 1 ? ROSTER_NEW : 0U) | (day_old ? DAY_OLD : 0U) |
           (lied ? LIED_TO : 0U);
}

static bool is_allowed(const struct people *people, const struct asked *asked, unsigned status,
                       const char *code)
{
    if (asked->sort == ERRAND_TOLD && status >= 400 && status < 500) {
        return code[0] != '\0';
    }
    for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
        const struct line *line = &lines[i];
        if ((line->verb == ANY_VERB || line->verb == (int)asked->verb) &&
            (line->errands & (unsigned)asked->sort) != 0 && line->status == status &&
            strcmp(line->code, code) == 0 &&
            (line->when == ALWAYS || (line->when & conditions(people, asked)) != 0)) {
            return true;
        }
    }
    return false;
}

/* --- at a desk --- */

const char *desk_code(const json_t *answer)
{
    const char *code = json_string_value(json_object_get(answer, "code"));
    return code == NULL ? "" : code;
}

void desk_trouble(struct people *people, size_t party, const char *what, unsigned status,
                  const json_t *answer)
{
    if (people->trouble[0] == '\0') {
        const char *error = json_string_value(json_object_get(answer, "error"));
        const json_t *fault = json_array_get(json_object_get(answer, "faults"), 0);
        const char *first = json_string_value(json_object_get(fault, "text"));
        (void)snprintf(people->trouble, sizeof people->trouble, "%s: %s; it answered %u %s %s%s%s%s%s %s",
                       people->cast->parties[party - 1].address.text, what, status, desk_code(answer),
                       error == NULL ? "" : error, first == NULL ? "" : ": ", desk_code(fault),
                       first == NULL ? "" : " ", first == NULL ? "" : first, sight_text(fault, "path"));
    }
}

struct asked desk_asked(const struct people *people, size_t party, enum verb verb, enum errand_sort sort,
                        const char *case_id, const char *to)
{
    struct asked asked = {.verb = verb, .sort = sort, .party = party};
    size_t index = desk_case_index(people, case_id);
    if (to[0] != '\0') {
        asked.other = world_actor(people->world, to);
    } else if (index < people->case_count) {
        const struct people_case *known = &people->cases[index];
        const struct met *met = &people->met[index];
        asked.other = known->q == party ? known->r : known->r == party ? known->q : 0;
        asked.shown = (known->q == party && met->q_shown) || (known->r == party && met->r_shown);
    }
    asked.prepared_us = world_now_us(people->world);
    const struct disk *disk = world_disk(people->world, party);
    asked.operations =
        disk == NULL ? 0 : disk_operations(disk); /* NULL: a guest, which has no machine here */
    return asked;
}

struct asked desk_asked_by(const struct people *people, const struct errand *errand)
{
    bool stale = errand->handed_in || errand->prepared_us != world_now_us(people->world);
    enum errand_sort sort = errand->told    ? ERRAND_TOLD
                            : errand->wrong ? ERRAND_SPOILED
                            : stale         ? ERRAND_STALE
                                            : ERRAND_FRESH;
    struct asked asked = desk_asked(people, errand->party, errand->verb, sort, errand->case_id, errand->to);
    asked.deputy = errand->deputy;
    asked.prepared_us = errand->prepared_us;
    return asked;
}

void desk_judge(struct people *people, const struct asked *asked, unsigned status, const json_t *answer)
{
    if (answer == NULL || (status != 200 && desk_code(answer)[0] == '\0')) {
        desk_trouble(people, asked->party, "an answer without words", status, answer);
    } else if (status != 200 && !is_allowed(people, asked, status, desk_code(answer))) {
        desk_trouble(people, asked->party, "a refusal that nothing explains", status, answer);
    }
}
