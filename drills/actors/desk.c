/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/actors/desk.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

#define HANDOVER     UINT64_MAX /* the owner of that task */
#define FRESH_MS     (8 * MS_PER_HOUR)
#define NEVER_DAYS   400 /* a desk that is closed for so long never opens */
#define SEGMENTS_MAX 4000

struct working {
    struct desk_task task;
    uint64_t left_ms, since_ms;
};

struct waiting {
    struct desk_task task;
    uint64_t left_ms; /* of what was put down; needs_ms of what nobody has begun */
    bool begun;
};

struct desk {
    const struct scenario_unit *unit;
    struct agenda *agenda;
    struct desk_owner owner;
    struct working *working;
    size_t working_count, working_room;
    struct waiting *waiting;
    size_t waiting_count, waiting_room;
    size_t unread;
    bool used;                   /* there was something to do, or to read */
    struct scenario_staff there; /* at looked_ms, where it is until later */
    uint64_t shift_ms;           /* the last hand-over that was looked at */
    uint64_t wake_number;        /* of the agenda entry that counts */
    uint64_t looked_ms;          /* up to when work is accounted for */
    struct desk_hour *hours;
    size_t hour_count, hour_room;
    bool busy; /* in desk_turn() */
    bool again;
};

struct desk *desk_new(const struct scenario_unit *unit, struct agenda *agenda, const struct desk_owner *owner)
{
    struct desk *desk = calloc(1, sizeof *desk);
    ensure(desk != NULL);
    desk->unit = unit;
    desk->agenda = agenda;
    desk->owner = *owner;
    desk->looked_ms = desk->shift_ms = agenda->now_ms;
    return desk;
}

void desk_free(struct desk *desk)
{
    if (desk != NULL) {
        free(desk->working);
        free(desk->waiting);
        free(desk->hours);
        free(desk);
    }
}

/* --- lists --- */

static void put_waiting(struct desk *desk, const struct waiting *waiting)
{
    if (desk->waiting_count == desk->waiting_room) {
        desk->waiting_room = desk->waiting_room == 0 ? 8 : 2 * desk->waiting_room;
        desk->waiting = realloc(desk->waiting, desk->waiting_room * sizeof *desk->waiting);
        ensure(desk->waiting != NULL);
    }
    desk->waiting[desk->waiting_count++] = *waiting;
}

static struct waiting take_waiting(struct desk *desk, size_t index)
{
    struct waiting taken = desk->waiting[index];
    desk->waiting_count--;
    memmove(&desk->waiting[index], &desk->waiting[index + 1],
            (desk->waiting_count - index) * sizeof *desk->waiting);
    return taken;
}

static void put_working(struct desk *desk, const struct working *working)
{
    if (desk->working_count == desk->working_room) {
        desk->working_room = desk->working_room == 0 ? 4 : 2 * desk->working_room;
        desk->working = realloc(desk->working, desk->working_room * sizeof *desk->working);
        ensure(desk->working != NULL);
    }
    desk->working[desk->working_count++] = *working;
}

static struct working take_working(struct desk *desk, size_t index)
{
    struct working taken = desk->working[index];
    desk->working_count--;
    memmove(&desk->working[index], &desk->working[index + 1],
            (desk->working_count - index) * sizeof *desk->working);
    return taken;
}

/* --- hours --- */

static bool is_like(const struct desk_hour *hour, const struct desk_hour *next)
{
    return hour->at_ms + hour->span_ms == next->at_ms &&
           hour->at_ms / MS_PER_DAY == next->at_ms / MS_PER_DAY && hour->staffed == next->staffed &&
           hour->busy_ms == next->busy_ms && hour->queue == next->queue;
}

/* The hour is over: one with those before it, where they were alike. */
static void close_hour(struct desk *desk)
{
    if (desk->hour_count >= 2 &&
        is_like(&desk->hours[desk->hour_count - 2], &desk->hours[desk->hour_count - 1])) {
        desk->hour_count--;
        desk->hours[desk->hour_count - 1].span_ms += MS_PER_HOUR;
    }
}

static struct desk_hour *hour_at(struct desk *desk, uint64_t at_ms)
{
    uint64_t begins = at_ms / MS_PER_HOUR * MS_PER_HOUR;
    if (desk->hour_count != 0 && desk->hours[desk->hour_count - 1].at_ms == begins) {
        return &desk->hours[desk->hour_count - 1];
    }
    if (desk->hour_count == desk->hour_room) {
        desk->hour_room = desk->hour_room == 0 ? 32 : 2 * desk->hour_room;
        desk->hours = realloc(desk->hours, desk->hour_room * sizeof *desk->hours);
        ensure(desk->hours != NULL);
    }
    struct desk_hour *hour = &desk->hours[desk->hour_count++];
    *hour = (struct desk_hour){.at_ms = begins, .span_ms = MS_PER_HOUR};
    return hour;
}

/*
 * From when it was looked last until now so many worked, and so much waited, whoever was there. Hours begin with the drill as soon as
 * there is anything to tell of the desk.
 */
static void account(struct desk *desk)
{
    uint64_t now = desk->agenda->now_ms;
    while (desk->used && desk->looked_ms < now) {
        if (desk->there.until_ms <= desk->looked_ms) {
            desk->there = scenario_staff_at(desk->unit, desk->looked_ms);
        }
        uint64_t until = (desk->looked_ms / MS_PER_HOUR + 1) * MS_PER_HOUR;
        until = desk->there.until_ms < until ? desk->there.until_ms : until;
        until = now < until ? now : until;
        struct desk_hour *hour = hour_at(desk, desk->looked_ms);
        hour->busy_ms += desk->working_count * (until - desk->looked_ms);
        hour->queue = desk->waiting_count + desk->unread;
        hour->staffed = desk->there.people > hour->staffed ? desk->there.people : hour->staffed;
        desk->looked_ms = until;
        if (until % MS_PER_HOUR == 0) {
            close_hour(desk);
        }
    }
}

/* --- who is there --- */

static bool is_on_call(const struct desk *desk, const struct scenario_staff *staff)
{
    return staff->staffing == ON_CALL && desk->unit->desk->on_call;
}

/* How many tasks can be worked at. */
static uint64_t hands(const struct desk *desk, const struct scenario_staff *staff)
{
    return staff->people != 0 ? staff->people : is_on_call(desk, staff) ? 1 : 0;
}

bool desk_answers(const struct desk *desk)
{
    const struct scenario_staff staff = scenario_staff_at(desk->unit, desk->agenda->now_ms);
    return hands(desk, &staff) != 0;
}

static uint64_t next_shift_ms(const struct desk *desk)
{
    const struct zone *zone = desk->unit->state->zone.zone;
    uint64_t now = desk->agenda->now_ms, next = UINT64_MAX;
    int64_t date = local_date(zone_local_ms(zone, now));
    for (size_t i = 0; i < desk->unit->desk->shifts.count; i++) {
        for (int64_t day = date; day <= date + 1; day++) {
            int64_t local = day * (int64_t)MS_PER_DAY +
                            (int64_t)desk->unit->desk->shifts.list[i] * (int64_t)MS_PER_MINUTE;
            uint64_t at = zone_at_local(zone, local).ms;
            next = at > now && at < next ? at : next;
        }
    }
    return next;
}

/* The last time a shift began, or the desk opened: since then those who are there are on duty. */
static uint64_t duty_ms(const struct desk *desk)
{
    const uint64_t now = desk->agenda->now_ms;
    const struct zone *zone = desk->unit->state->zone.zone;
    const int64_t date = local_date(zone_local_ms(zone, now));
    uint64_t since = 0;
    for (size_t i = 0; i < desk->unit->desk->shifts.count; i++) {
        for (int64_t day = date - 1; day <= date; day++) {
            int64_t local = day * (int64_t)MS_PER_DAY +
                            (int64_t)desk->unit->desk->shifts.list[i] * (int64_t)MS_PER_MINUTE;
            uint64_t at = zone_at_local(zone, local).ms;
            since = at <= now && at > since ? at : since;
        }
    }
    uint64_t at = now - MS_PER_DAY, opened = 0;
    bool there = scenario_staff_at(desk->unit, at).people != 0;
    while (at < now) {
        const struct scenario_staff staff = scenario_staff_at(desk->unit, at);
        opened = !there && staff.people != 0 ? at : opened;
        there = staff.people != 0;
        at = staff.until_ms;
    }
    since = opened > since ? opened : since;
    return since == 0 ? now : since; /* always there, and no shifts: who comes and goes is not said */
}

/* So much longer it takes those who are on duty for long. */
static uint64_t tired(const struct desk *desk, uint64_t needs_ms)
{
    if (desk->unit->desk->fatigue == 0) {
        return needs_ms;
    }
    uint64_t on_duty = desk->agenda->now_ms - duty_ms(desk);
    uint64_t over_hours = on_duty > FRESH_MS ? (on_duty - FRESH_MS) / MS_PER_HOUR : 0;
    return needs_ms + needs_ms * over_hours * desk->unit->desk->fatigue / SCENARIO_MILLION;
}

uint64_t desk_staffed_after(const struct scenario_unit *unit, uint64_t from_ms, uint64_t span_ms,
                            bool on_call)
{
    uint64_t at = from_ms, left = span_ms;
    for (unsigned i = 0; i < SEGMENTS_MAX && at < from_ms + NEVER_DAYS * MS_PER_DAY + span_ms; i++) {
        const struct scenario_staff staff = scenario_staff_at(unit, at);
        bool counts = staff.people != 0 || (on_call && staff.staffing == ON_CALL);
        if (counts && staff.until_ms - at >= left) {
            return at + left;
        }
        left -= counts ? staff.until_ms - at : 0;
        at = staff.until_ms;
    }
    return UINT64_MAX;
}

/* --- work --- */

static void put_down(struct desk *desk, size_t index)
{
    struct working stopped = take_working(desk, index);
    put_waiting(desk, &(struct waiting){.task = stopped.task, .left_ms = stopped.left_ms, .begun = true});
}

static void begin(struct desk *desk, size_t index)
{
    struct waiting next = take_waiting(desk, index);
    put_working(desk, &(struct working){.task = next.task,
                                        .left_ms = next.begun ? next.left_ms : tired(desk, next.left_ms),
                                        .since_ms = desk->agenda->now_ms});
}

/* Time has passed for who works. */
static void work(struct desk *desk)
{
    for (size_t i = 0; i < desk->working_count; i++) {
        struct working *working = &desk->working[i];
        uint64_t passed = desk->agenda->now_ms - working->since_ms;
        working->left_ms -= passed < working->left_ms ? passed : working->left_ms;
        working->since_ms = desk->agenda->now_ms;
    }
}

static bool may_be_done(const struct desk_task *task, bool on_call)
{
    return !on_call || (task->cannot_wait && task->owner != HANDOVER);
}

/* Who goes home, and what those on call leave, is put down. */
static void close_down(struct desk *desk, const struct scenario_staff *staff)
{
    bool on_call = staff->people == 0;
    for (size_t i = desk->working_count; i != 0; i--) {
        if (!may_be_done(&desk->working[i - 1].task, on_call)) {
            put_down(desk, i - 1);
        }
    }
    while (desk->working_count > hands(desk, staff)) {
        put_down(desk, desk->working_count - 1);
    }
}

/* The place in waiting of what is begun next; SIZE_MAX: nothing can be. */
static size_t next_task(struct desk *desk, bool on_call)
{
    size_t count = 0;
    struct desk_task *tasks = calloc(desk->waiting_count + 1, sizeof *tasks);
    size_t *places = calloc(desk->waiting_count + 1, sizeof *places);
    ensure(tasks != NULL && places != NULL);
    size_t found = SIZE_MAX, begun = SIZE_MAX;
    for (size_t i = 0; i < desk->waiting_count && found == SIZE_MAX; i++) {
        const struct waiting *waiting = &desk->waiting[i];
        if (!may_be_done(&waiting->task, on_call)) {
            continue;
        }
        if (waiting->task.owner == HANDOVER) {
            found = i;
        }
        if (waiting->begun && begun == SIZE_MAX) {
            begun = i; /* what was begun is finished first */
        }
        places[count] = i;
        tasks[count++] = waiting->task;
    }
    found = found == SIZE_MAX ? begun : found;
    if (found == SIZE_MAX && count == 1) {
        found = places[0];
    } else if (found == SIZE_MAX && count > 1) {
        size_t first = desk->owner.first == NULL ? 0 : desk->owner.first(desk->owner.context, tasks, count);
        found = places[first < count ? first : 0];
    }
    free(tasks);
    free(places);
    return found;
}

/* Those who come on duty are told first what there is. */
static void hand_over(struct desk *desk, const struct scenario_staff *staff)
{
    uint64_t now = desk->agenda->now_ms;
    bool shift = scenario_shift_begins(desk->unit, now) && desk->shift_ms != now;
    if (shift && staff->people != 0) {
        desk->shift_ms = now;
        if (desk->owner.handover_ms != NULL && desk->working_count + desk->waiting_count != 0) {
            uint64_t needs = desk->owner.handover_ms(desk->owner.context);
            if (desk->working_count >= staff->people) {
                put_down(desk, desk->working_count - 1);
            }
            const struct waiting task = {.task = {.owner = HANDOVER, .needs_ms = needs, .arrived_ms = now},
                                         .left_ms = needs};
            put_waiting(desk, &task);
        }
    }
}

static void finish(struct desk *desk)
{
    for (size_t i = 0; i < desk->working_count;) {
        if (desk->working[i].left_ms != 0) {
            i++;
            continue;
        }
        struct working done = take_working(desk, i);
        if (done.task.owner != HANDOVER) {
            desk->owner.done(desk->owner.context, done.task.owner); /* may put more */
        }
        i = 0;
    }
}

static void wake(void *context, uint64_t argument);

static void plan(struct desk *desk, const struct scenario_staff *staff)
{
    uint64_t next = UINT64_MAX;
    if (desk->working_count + desk->waiting_count == 0) {
        return;
    }
    for (size_t i = 0; i < desk->working_count; i++) {
        uint64_t ends = desk->agenda->now_ms + desk->working[i].left_ms;
        next = ends < next ? ends : next;
    }
    uint64_t shift = next_shift_ms(desk);
    next = staff->until_ms < next ? staff->until_ms : next;
    next = shift < next ? shift : next;
    agenda_put(desk->agenda, next, wake, desk, ++desk->wake_number);
}

static void turn(struct desk *desk)
{
    if (desk->busy) {
        desk->again = true; /* the turn that runs goes on with it */
        return;
    }
    desk->busy = true;
    struct scenario_staff staff = {.people = 0};
    do {
        desk->again = false;
        staff = scenario_staff_at(desk->unit, desk->agenda->now_ms);
        account(desk);
        work(desk);
        finish(desk);
        hand_over(desk, &staff);
        close_down(desk, &staff);
        size_t next = 0;
        while (desk->working_count < hands(desk, &staff) &&
               (next = next_task(desk, staff.people == 0)) != SIZE_MAX) {
            begin(desk, next);
        }
        for (size_t i = 0; i < desk->working_count; i++) {
            desk->again |= desk->working[i].left_ms == 0;
        }
    } while (desk->again);
    desk->busy = false;
    plan(desk, &staff);
}

static void wake(void *context, uint64_t argument)
{
    struct desk *desk = context;
    if (argument == desk->wake_number) {
        turn(desk);
    }
}

void desk_put(struct desk *desk, const struct desk_task *task)
{
    struct waiting waiting = {.task = *task, .left_ms = task->needs_ms};
    waiting.task.arrived_ms = desk->agenda->now_ms;
    desk->used = true;
    account(desk);
    put_waiting(desk, &waiting);
    turn(desk);
}

bool desk_call(struct desk *desk, const struct desk_task *task)
{
    const struct scenario_staff staff = scenario_staff_at(desk->unit, desk->agenda->now_ms);
    if (hands(desk, &staff) == 0) {
        return false;
    }
    desk->used = true;
    account(desk);
    work(desk);
    if (desk->working_count >= hands(desk, &staff)) {
        size_t least = desk->working_count - 1;
        for (size_t i = 0; i < desk->working_count; i++) {
            least = desk->working[i].task.cannot_wait ? least : i;
        }
        put_down(desk, least);
    }
    put_working(desk, &(struct working){.task = *task,
                                        .left_ms = tired(desk, task->needs_ms),
                                        .since_ms = desk->agenda->now_ms});
    desk->working[desk->working_count - 1].task.cannot_wait = true;
    turn(desk);
    return true;
}

void desk_unread(struct desk *desk, bool more)
{
    ensure(more || desk->unread != 0);
    desk->used = true;
    account(desk);
    desk->unread += more ? 1 : 0;
    desk->unread -= more ? 0 : 1;
}

size_t desk_hours(struct desk *desk, const struct desk_hour **ret)
{
    account(desk);
    *ret = desk->hours;
    return desk->hour_count;
}

size_t desk_waiting(const struct desk *desk)
{
    return desk->waiting_count;
}
