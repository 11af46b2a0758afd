/* SPDX-License-Identifier: Apache-2.0 */
/* Answers that somebody puts into the wrong case: the next one of the same kind on the desk. */
#include <string.h>

#include "drills/actors/unit.h"

#define NOTICED_MS                                                                                           \
    MS_PER_DAY      /* until somebody wonders why the case is still open, or why the other one is not */
#define LOOKED_AT 8 /* cases that are mixed up are beside each other */

/* What is said of a whole case and reads the same in another; of the others ret_ends says which end it. */
static bool is_mixed_up(enum job job, bool *ret_ends)
{
    static const struct {
        enum job job;
        bool ends;
    } mixed[] = {{JOB_ACK, false},  {JOB_ASK, false},  {JOB_STATUS, false}, {JOB_REFUSE, true},
                 {JOB_REFER, true}, {JOB_REPLY, true}, {JOB_ORDER, false}};
    for (size_t i = 0; i < sizeof mixed / sizeof mixed[0]; i++) {
        if (mixed[i].job == job) {
            *ret_ends = mixed[i].ends;
            return true;
        }
    }
    return false;
}

static bool takes_letter(struct file *file, enum job job)
{
    json_t *view = file->seen && !file->closed && !file->requesting ? file_view(file) : NULL;
    bool takes = view != NULL && casework_may(view, job_letter(job));
    json_decref(view);
    return takes;
}

/* NULL: there is none that it could be mixed up with. */
static struct file *beside(struct file *file, enum job job, struct stream *stream)
{
    struct unit *unit = file->unit;
    size_t first = (size_t)stream_below(stream, LOOKED_AT);
    for (size_t i = 0; i < LOOKED_AT && i + 1 < unit->file_count; i++) {
        size_t place = (file->index + 1 + (first + i) % LOOKED_AT) % unit->file_count;
        if (place != file->index && takes_letter(unit->files[place], job)) {
            return unit->files[place];
        }
    }
    return NULL;
}

bool goes_astray(struct file *file, enum job job, const json_t *letter)
{
    const struct scenario_habits *habits = file->unit->of->habits;
    struct stream stream = file_stream(file, "wrong case", file->jobs);
    char why[320] = "";
    bool ends = false,
         slips = habits != NULL && scenario_happens(habits->chances.wrong_case, stream_next(&stream));
    if (file->requesting || !slips || !is_mixed_up(job, &ends)) {
        return false;
    }
    struct file *other = beside(file, job, &stream);
    if (other == NULL) {
        return false;
    }
    if (unit_write(file->unit, "case", other->id, letter, NULL, why) != 200) {
        file_said(other, SCENARIO_EVENT_NONE, "wrong case refused", 0,
                  why); /* the program said so: it is put right at once */
        return false;
    }
    unit_letter_said(file->unit, other->id, other->reference, job_letter(job), letter, job_word(job));
    file_said(other, SCENARIO_EVENT_NONE, "wrong case", 0, file->reference);
    other->astray = other->astray || ends;
    uint64_t noticed_ms = unit_now(file->unit) + NOTICED_MS;
    file_wake_at(file, noticed_ms);
    file_wake_at(other, noticed_ms);
    return true;
}
