/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a plan: what each statement does to the stage. What is expected stands in plan_expect.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/plan_stage.h"

#define US_PER_MS      UINT64_C(1000)
#define QUIET_BOUND_MS (UINT64_C(3) * 86400000)

bool plan_fail(struct plan_run *run, const struct step *step, const char *format, ...)
{
    char text[400];
    va_list list;
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    return plan_refuse(run->plan, step->line, 0, &run->stage->error, "%s", text);
}

/* --- the witness: what was logged --- */

static void hear_log(void *context, size_t actor, const struct logged *logged)
{
    struct plan_run *run = context;
    const struct world_witness *next = run->stage->witness;
    size_t i = 0;
    while (i < run->log_count &&
           (run->logs[i].actor != actor || strcmp(run->logs[i].event, logged->event) != 0)) {
        i++;
    }
    if (i == run->log_count) {
        ensure(i < PLAN_LOGS_MAX && strlen(logged->event) < PLAN_EVENT_BYTES);
        run->logs[i].actor = actor;
        (void)snprintf(run->logs[i].event, sizeof run->logs[i].event, "%s", logged->event);
        run->log_count++;
    }
    if (next->logged != NULL) {
        next->logged(next->context, actor, logged);
    }
}

static void hear_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    const struct world_witness *next = ((struct plan_run *)context)->stage->witness;
    if (next->said != NULL) {
        next->said(next->context, party, direction, frame);
    }
}

static void hear_heard(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    const struct world_witness *next = ((struct plan_run *)context)->stage->witness;
    if (next->heard != NULL) {
        next->heard(next->context, party, direction, frame);
    }
}

static void look_at_trap(struct plan_run *run, size_t actor)
{
    if (disk_failed(world_disk(run->stage->world, actor)) != 0) {
        run->traps[actor] = NULL;
    }
}

static void hear_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    struct plan_run *run = context;
    const struct world_witness *next = run->stage->witness;
    if (fact == WORLD_DOWN) {
        bool came = world_cause_of_end(run->stage->world, actor) == WORLD_AT_ITS_MOMENT;
        const struct step *step = came ? run->moments[actor] : NULL;
        run->moments[actor] = came ? NULL : run->moments[actor];
        look_at_trap(run, actor); /* before it is started again, which sets it anew */
        if (run->ending || (step != NULL && step->kind == STATEMENT_CRASH_IN_TURN)) {
            transcript_note(run->stage->transcript, actor, "is down, as planned: %s",
                            text == NULL ? "" : text);
            return; /* the plan starts it again, nobody else */
        }
    }
    if (next->fact != NULL) {
        next->fact(next->context, actor, fact, text);
    }
}

/* --- actors --- */

size_t plan_actor(const struct plan_run *run, size_t actor)
{
    return actor == 0 ? WORLD_BROKER : world_actor(run->stage->world, run->plan->parties[actor - 1]);
}

const char *plan_party(const struct plan_run *run, size_t actor)
{
    return plan_actor_name(run->plan, actor);
}

static bool all_are_cast(struct plan_run *run)
{
    const struct cast *cast = run->stage->cast;
    const char *missing = cast_misses(cast, run->plan->parties, run->plan->party_count);
    return missing == NULL ||
           plan_fail(run, &run->plan->steps[0], "%s is not among the first %zu parties of the cast", missing,
                     cast->party_count);
}

/* --- statements --- */

static bool write_letter(struct plan_run *run, const struct step *step, bool request)
{
    const struct plan *plan = run->plan;
    const char *where = request ? plan_party(run, step->other) : plan->cases[step->label].label;
    json_decref(run->answer);
    run->answer = NULL;
    run->last_write = step;
    run->status = people_write(run->stage->people, plan_party(run, step->actor),
                               step->letter == NULL ? "request" : step->letter, where,
                               request ? step->word : NULL, step->json, &run->answer);
    run->answered = run->status == 200 || run->status == 0 || run->status == 503;
    return true;
}

/* The link that handed the case over to that party, by its worklist; "": there is none. */
static const char *handed_over(const struct plan_run *run, const struct step *step, json_t *worklist)
{
    const struct plan_case *about = &run->plan->cases[step->label];
    json_t *view = people_view(run->stage->people, plan_party(run, about->q), about->label);
    const char *id = json_string_value(json_object_get(view, "case"));
    const char *link = "";
    size_t i = 0;
    json_t *entry = NULL;
    json_array_foreach(json_object_get(worklist, "entries"), i, entry)
    {
        const char *what = json_string_value(json_object_get(entry, "what"));
        const char *hold = json_string_value(json_object_get(entry, "hold"));
        if (id != NULL && hold != NULL && what != NULL && strcmp(hold, id) == 0 &&
            strcmp(what, "TAKE_OVER") == 0) {
            link = json_string_value(json_object_get(entry, "link"));
        }
    }
    json_decref(view);
    return link;
}

/* As an officer does: by the worklist, with the draft that the node has ready. */
static bool take_over(struct plan_run *run, const struct step *step)
{
    struct people *people = run->stage->people;
    const char *party = plan_party(run, step->actor);
    const struct plan_case *about = &run->plan->cases[step->label];
    json_t *worklist = people_worklist(people, party);
    json_t *draft = people_draft(people, party, handed_over(run, step, worklist), "takeover");
    json_t *body = json_object_get(json_object_get(draft, "letter"), "takenOver");
    bool good = body != NULL && json_object_update(body, step->json == NULL ? body : step->json) == 0;
    json_decref(run->answer);
    run->answer = NULL;
    run->last_write = step;
    if (good) {
        run->status = people_write(people, party, "taken_over", plan_party(run, about->q), step->word, body,
                                   &run->answer);
        run->answered = run->status == 200 || run->status == 0 || run->status == 503;
    }
    json_decref(draft);
    json_decref(worklist);
    return good || plan_fail(run, step, "nobody handed %s over to %s", about->label, party);
}

/* What goes to nobody: assistance that came outside the network, a domestic order. */
static bool do_here(struct plan_run *run, const struct step *step, enum verb verb, const char *target)
{
    json_decref(run->answer);
    run->answer = NULL;
    run->last_write = step;
    run->status =
        people_do(run->stage->people, plan_party(run, step->actor), verb, target, step->json, &run->answer);
    run->answered = run->status == 200 || run->status == 0 || run->status == 503;
    return true;
}

static bool lift(struct plan_run *run, const struct step *step)
{
    char order[24];
    (void)snprintf(order, sizeof order, "%llu", (unsigned long long)step->number);
    return do_here(run, step, VERB_ORDER_END, order);
}

static bool open_case(struct plan_run *run, const struct step *step)
{
    const char *label = run->plan->cases[step->label].label;
    unsigned status = people_open(run->stage->people, plan_party(run, step->actor), label);
    return status == 200 || plan_fail(run, step, "%s cannot open %s: %s %u", plan_party(run, step->actor),
                                      label, status == 0 ? "it is down," : "HTTP status", status);
}

static bool lie(struct plan_run *run, const struct step *step)
{
    liar_tell(run->stage->liar, step->flaw, plan_actor(run, step->other));
    return true;
}

static bool wait_for(struct plan_run *run, const struct step *step)
{
    struct world *world = run->stage->world;
    bool ended = step->kind == STATEMENT_SLEEP ? world_leap(world, step->ms) : world_pass(world, step->ms);
    people_retry(run->stage->people);
    return ended || plan_fail(run, step, "an instant does not end");
}

static bool wait_until_quiet(struct plan_run *run, const struct step *step)
{
    return stage_wait_until_quiet(run->stage, QUIET_BOUND_MS) || oracle_verdict(run->stage->oracle) != NULL ||
           plan_fail(run, step, "it is not quiet after %u days", (unsigned)(QUIET_BOUND_MS / 86400000));
}

static bool set_link(struct plan_run *run, const struct step *step)
{
    struct world *world = run->stage->world;
    size_t party = plan_actor(run, step->actor);
    struct link_nature *nature = &run->natures[step->actor];
    if (step->kind == STATEMENT_STALL) {
        nature->stalled[step->detail] = true;
    } else if (step->kind == STATEMENT_LINK) {
        *nature = (struct link_nature){0};
    } else if (step->kind == STATEMENT_BREAK_HALF) {
        world_cut_half(world, party, step->other == 0 ? WORLD_TO_NODE : WORLD_TO_BROKER);
        return true;
    } else {
        world_want_link(world, party, step->kind == STATEMENT_BREAK);
        world_cut_link(world, party);
        return true;
    }
    world_link(world, party, nature);
    if (step->kind == STATEMENT_LINK) {
        world_want_link(world, party, true);
    }
    return true;
}

/* What has to strike before the plan ends. A second one in its place would hide that it did not. */
static bool arm(struct plan_run *run, const struct step *step, const struct step **armed)
{
    const struct step *before = *armed;
    *armed = step;
    return before == NULL ||
           plan_fail(run, before, "that did not come before line %u: %s", step->line, step->text);
}

/* Whether a fault waits for an operation of the disk, or for a turn. */
static const struct step **armed_by(struct plan_run *run, enum fault_kind fault, size_t actor)
{
    switch ((unsigned)fault) {
    case FAULT_TORN_WRITE:
    case FAULT_CUT_IN_WRITE:
    case FAULT_NO_SPACE:
    case FAULT_EIO_READ:
    case FAULT_EIO_WRITE:
    case FAULT_EIO_SYNC:
        return &run->traps[actor];
    case FAULT_CUT_BEFORE_COMMIT:
    case FAULT_CUT_AFTER_COMMIT:
    case FAULT_CUT_HALF_SPOKEN:
        return &run->moments[actor];
    default:
        return NULL;
    }
}

static bool begin_fault(struct plan_run *run, const struct step *step)
{
    size_t actor = plan_actor(run, step->actor);
    if (!fault_begin(run->stage->faults, step->fault, actor, step->ms * US_PER_MS)) {
        return plan_fail(run, step, "%s cannot happen at %s now", fault_name(step->fault),
                         plan_party(run, step->actor));
    }
    const struct step **armed = armed_by(run, step->fault, actor);
    return armed == NULL || arm(run, step, armed);
}

static bool needs(struct plan_run *run, const struct step *step, bool up)
{
    return world_is_up(run->stage->world, plan_actor(run, step->actor)) == up ||
           plan_fail(run, step, "%s is %s", plan_party(run, step->actor), up ? "down" : "up");
}

static void end(struct plan_run *run, size_t actor, enum disk_cut loss)
{
    run->ending = true;
    world_crash(run->stage->world, actor, loss);
    run->ending = false;
}

static bool crash(struct plan_run *run, const struct step *step)
{
    size_t actor = plan_actor(run, step->actor);
    if (!needs(run, step, true)) {
        return false;
    }
    if (step->kind == STATEMENT_CRASH_IN_TURN) {
        world_crash_in_turn(run->stage->world, actor, (enum world_moment)step->detail, step->loss);
        return arm(run, step, &run->moments[actor]);
    }
    end(run, actor, step->loss);
    return true;
}

static bool start(struct plan_run *run, const struct step *step)
{
    struct error error = {.text = ""};
    return needs(run, step, false) &&
           (world_start(run->stage->world, plan_actor(run, step->actor), &error) ||
            plan_fail(run, step, "%s does not start: %s", plan_party(run, step->actor), error.text));
}

static bool backup(struct plan_run *run, const struct step *step)
{
    char vfs[32];
    struct plan_backup *made = &run->backups[run->backup_count];
    (void)snprintf(vfs, sizeof vfs, "plan-backup-%zu", run->backup_count);
    made->disk = disk_new(vfs, run->backup_count + 1);
    ensure(made->disk != NULL);
    made->at_us = world_now_us(run->stage->world);
    world_backup(run->stage->world, plan_actor(run, step->actor), made->disk);
    run->backup_count++; /* in the plan's order: a backup is named when it is made */
    return true;
}

static bool restore(struct plan_run *run, const struct step *step)
{
    const struct plan_stage *stage = run->stage;
    const struct plan_backup *from = &run->backups[step->label];
    size_t actor = plan_actor(run, step->actor);
    if (world_is_up(stage->world, actor)) {
        end(run, actor, DISK_KEEP_ALL);
    }
    oracle_lost_after(stage->oracle, world_now_us(stage->world), actor, from->at_us);
    people_struck(stage->people, actor, FAULT_RESTORE);
    world_restore(stage->world, actor, from->disk);
    return true;
}

static bool set_clock(struct plan_run *run, const struct step *step)
{
    int64_t offset = step->kind == STATEMENT_CLOCK ? step->detail * (int64_t)step->ms : 0;
    world_set_clock(run->stage->world, plan_actor(run, step->actor), offset, 0);
    people_struck(run->stage->people, plan_actor(run, step->actor), FAULT_CLOCK_OFFSET);
    return true;
}

static bool freeze(struct plan_run *run, const struct step *step)
{
    struct world *world = run->stage->world;
    world_freeze(world, plan_actor(run, step->actor), world_now_us(world) + step->ms * US_PER_MS);
    return true;
}

static bool next_roster(struct plan_run *run, const struct step *step)
{
    const struct plan_stage *stage = run->stage;
    size_t party = step->actor == 0 ? 0 : plan_actor(run, step->actor) - 1;
    if (step->detail == CAST_SUSPEND) {
        people_struck(stage->people, party + 1, FAULT_SUSPENDED_PARTY);
    }
    if (step->detail == CAST_REVOKE_OFFICER) {
        const struct signer *deputy = cast_deputy(&stage->cast->parties[party]);
        oracle_revoked(stage->oracle, world_now_us(stage->world), deputy->key.bytes);
    }
    cast_next_roster(stage->cast, (enum cast_change)step->detail, party, world_now(stage->world));
    for (size_t i = 0; i < world_actor_count(stage->world); i++) {
        world_roster(stage->world, i, stage->cast->newest_json, stage->cast->newest_minisigs,
                     sizeof stage->cast->newest_minisigs / sizeof stage->cast->newest_minisigs[0]);
    }
    return true;
}

/* Also what the plan itself did: lines, clocks, and who is down. */
static bool heal(struct plan_run *run, const struct step *step)
{
    struct world *world = run->stage->world;
    struct error error = {.text = ""};
    faults_heal(run->stage->faults);
    for (size_t i = 1; i <= run->plan->party_count; i++) {
        size_t party = plan_actor(run, i);
        if (i == run->plan->liar) {
            continue;
        }
        run->natures[i] = (struct link_nature){0};
        world_link(world, party, &run->natures[i]);
        world_want_link(world, party, true);
    }
    for (size_t i = 0; i <= run->plan->party_count; i++) {
        size_t actor = plan_actor(run, i);
        world_set_clock(world, actor, 0, 0);
        if (i != 0 && i == run->plan->liar) {
            continue;
        }
        if (!world_is_up(world, actor) && !world_start(world, actor, &error)) {
            return plan_fail(run, step, "%s does not start: %s", plan_party(run, i), error.text);
        }
    }
    return true;
}

static bool play_step(struct plan_run *run, const struct step *step)
{
    switch (step->kind) {
    case STATEMENT_NONE:
    case STATEMENT_PARTIES:
    case STATEMENT_LIFE:
    case STATEMENT_PREKEYS:
    case STATEMENT_QUOTA:
        return true;
    case STATEMENT_REQUEST:
    case STATEMENT_WRITE:
        return write_letter(run, step, step->kind == STATEMENT_REQUEST);
    case STATEMENT_TAKE_OVER:
        return take_over(run, step);
    case STATEMENT_ENTER:
        return do_here(run, step, (enum verb)step->detail, "");
    case STATEMENT_LIFT:
        return lift(run, step);
    case STATEMENT_OPEN:
        return open_case(run, step);
    case STATEMENT_LIE:
        return lie(run, step);
    case STATEMENT_WAIT:
    case STATEMENT_SLEEP:
        return wait_for(run, step);
    case STATEMENT_QUIET:
        return wait_until_quiet(run, step);
    case STATEMENT_CUT:
    case STATEMENT_BREAK:
    case STATEMENT_BREAK_HALF:
    case STATEMENT_STALL:
    case STATEMENT_LINK:
        return set_link(run, step);
    case STATEMENT_FAULT:
        return begin_fault(run, step);
    case STATEMENT_HEAL:
        return heal(run, step);
    case STATEMENT_CRASH:
    case STATEMENT_CRASH_IN_TURN:
        return crash(run, step);
    case STATEMENT_START:
        return start(run, step);
    case STATEMENT_BACKUP:
        return backup(run, step);
    case STATEMENT_RESTORE:
        return restore(run, step);
    case STATEMENT_CLOCK:
    case STATEMENT_CLOCK_RIGHT:
        return set_clock(run, step);
    case STATEMENT_FREEZE:
        return freeze(run, step);
    case STATEMENT_ROSTER:
        return next_roster(run, step);
    case STATEMENT_SEES:
    case STATEMENT_SEES_ORDER:
    case STATEMENT_SEES_NOTHING:
    case STATEMENT_WORKLIST:
    case STATEMENT_SAME:
    case STATEMENT_ANSWER:
    case STATEMENT_LIE_ANSWER:
    case STATEMENT_LOGS:
    case STATEMENT_IS_UP:
        return plan_expect(run, step);
    }
    return true;
}

/* A letter that was refused is a part of the plan only if the next line expects it. */
static bool write_was_taken(struct plan_run *run, const struct step *next)
{
    if (run->answered || next->kind == STATEMENT_ANSWER) {
        run->answered = true;
        return true;
    }
    const char *code = json_string_value(json_object_get(run->answer, "code"));
    return plan_fail(run, run->last_write, "it was answered %u %s, which no line expects", run->status,
                     code == NULL ? "" : code);
}

static void look_at_traps(struct plan_run *run)
{
    for (size_t i = 0; i < world_actor_count(run->stage->world); i++) {
        look_at_trap(run, i);
    }
}

/* What the plan tells has come about. */
static bool all_struck(struct plan_run *run)
{
    for (size_t i = 0; i < world_actor_count(run->stage->world); i++) {
        const struct step *waits = run->moments[i] != NULL ? run->moments[i] : run->traps[i];
        if (waits != NULL) {
            return plan_fail(run, waits, "that never came: %s", waits->text);
        }
    }
    return true;
}

static bool play_steps(struct plan_run *run)
{
    for (size_t i = 0; i < run->plan->step_count; i++) {
        const struct step *step = &run->plan->steps[i];
        transcript_note(run->stage->transcript, plan_actor(run, step->actor), "plan %u: %s", step->line,
                        step->text);
        if (!write_was_taken(run, step) || !play_step(run, step)) {
            return false;
        }
        look_at_traps(run);
        if (oracle_verdict(run->stage->oracle) != NULL) {
            return true; /* the history tells of it */
        }
    }
    return all_struck(run) && heal(run, &run->plan->steps[run->plan->step_count - 1]);
}

bool plan_play(const struct plan *plan, struct plan_stage *stage)
{
    struct plan_run run = {.plan = plan, .stage = stage, .answered = true};
    if (!all_are_cast(&run)) {
        return false;
    }
    world_set_witness(
        stage->world,
        (struct world_witness){
            .context = &run, .said = hear_said, .heard = hear_heard, .logged = hear_log, .fact = hear_fact});
    bool good = play_steps(&run);
    world_set_witness(stage->world, *stage->witness);
    json_decref(run.answer);
    for (size_t i = 0; i < run.backup_count; i++) {
        disk_free(run.backups[i].disk);
    }
    return good;
}
