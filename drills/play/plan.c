/* SPDX-License-Identifier: Apache-2.0 */
/* A plan as a whole: its lines in order, and what no single line can know. */
#include "drills/play/plan.h"

#include <stdlib.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/text.h"
#include "drills/play/liar.h"
#include "drills/play/plan_steps.h"
#include "keys/envelope.h"
#include "keys/prekeys.h"
#include "proto/reason.h"

#define ARENA_BYTES ((size_t)4 * 1024 * 1024)

static bool is_setup(enum statement kind)
{
    return kind == STATEMENT_PARTIES || kind == STATEMENT_LIFE || kind == STATEMENT_PREKEYS ||
           kind == STATEMENT_QUOTA;
}

static bool is_expectation(enum statement kind)
{
    return kind >= STATEMENT_SEES;
}

static const struct step *last_step(const struct plan *plan)
{
    return plan->step_count == 0 ? NULL : &plan->steps[plan->step_count - 1];
}

/* --- what a line means for the lines after it --- */

static bool name_case(struct plan *plan, const struct step *step, struct error *error)
{
    for (size_t i = 0; i < plan->case_count; i++) {
        if (strcmp(plan->cases[i].label, step->word) == 0) {
            return plan_refuse(plan, step->line, 0, error, "there is a case named %s already", step->word);
        }
    }
    if (plan->case_count == PLAN_LABELS_MAX) {
        return plan_refuse(plan, step->line, 0, error, "there are too many cases: %d at most",
                           PLAN_LABELS_MAX);
    }
    if (step->actor == step->other) {
        return plan_refuse(plan, step->line, 0, error, "%s writes to itself",
                           plan_actor_name(plan, step->actor));
    }
    bool by_r = step->letter != NULL; /* all that begins a case but the request is of the requested side */
    plan->cases[plan->case_count++] = (struct plan_case){
        .label = step->word, .q = by_r ? step->other : step->actor, .r = by_r ? step->actor : step->other};
    return true;
}

/* The case goes on between who asked and who takes it over. */
static bool name_successor(struct plan *plan, const struct step *step, struct error *error)
{
    const struct plan_case *before = &plan->cases[step->label];
    const struct step opened = {.line = step->line,
                                .word = step->word,
                                .letter = "taken_over",
                                .actor = step->actor,
                                .other = before->q};
    if (step->actor == before->r) {
        return plan_refuse(plan, step->line, 0, error, "%s has the case %s already",
                           plan_actor_name(plan, step->actor), before->label);
    }
    return name_case(plan, &opened, error);
}

static bool name_backup(struct plan *plan, const struct step *step, struct error *error)
{
    for (size_t i = 0; i < plan->backup_count; i++) {
        if (strcmp(plan->backups[i], step->word) == 0) {
            return plan_refuse(plan, step->line, 0, error, "there is a backup named %s already", step->word);
        }
    }
    if (plan->backup_count == PLAN_LABELS_MAX) {
        return plan_refuse(plan, step->line, 0, error, "there are too many backups: %d at most",
                           PLAN_LABELS_MAX);
    }
    plan->backup_actors[plan->backup_count] = step->actor;
    plan->backups[plan->backup_count++] = step->word;
    return true;
}

static bool is_in_case(const struct plan *plan, const struct step *step, struct error *error)
{
    const struct plan_case *about = &plan->cases[step->label];
    return step->actor == about->q || step->actor == about->r ||
           plan_refuse(plan, step->line, 0, error, "%s is not in the case %s: that is between %s and %s",
                       plan_actor_name(plan, step->actor), about->label, plan_actor_name(plan, about->q),
                       plan_actor_name(plan, about->r));
}

static bool is_of_actor(const struct plan *plan, const struct step *step, struct error *error)
{
    size_t actor = plan->backup_actors[step->label];
    return step->actor == actor || plan_refuse(plan, step->line, 0, error, "%s is a backup of %s, not of %s",
                                               plan->backups[step->label], plan_actor_name(plan, actor),
                                               plan_actor_name(plan, step->actor));
}

static bool is_own_link(const struct plan *plan, const struct step *step, struct error *error)
{
    return step->other == 0 || step->other == step->actor ||
           plan_refuse(plan, step->line, 0, error, "the two ends of that link are %s and " PLAN_HUB,
                       plan_actor_name(plan, step->actor));
}

static bool was_written(const struct plan *plan, const struct step *step, struct error *error)
{
    for (size_t i = 0; i < plan->step_count; i++) {
        if (plan->steps[i].kind == STATEMENT_REQUEST || plan->steps[i].kind == STATEMENT_WRITE ||
            plan->steps[i].kind == STATEMENT_TAKE_OVER || plan->steps[i].kind == STATEMENT_ENTER ||
            plan->steps[i].kind == STATEMENT_LIFT) {
            return true;
        }
    }
    return plan_refuse(plan, step->line, 0, error, "nobody wrote anything before");
}

/* One party at most lies, and to others, as often as a liar can. */
static bool name_liar(struct plan *plan, const struct step *step, struct error *error)
{
    if (plan->liar != 0 && plan->liar != step->actor) {
        return plan_refuse(plan, step->line, 1, error, "%s lies in this plan already: one party at most",
                           plan_actor_name(plan, plan->liar));
    }
    plan->liar = step->actor;
    if (plan->lie_count++ == LIES_MAX) {
        return plan_refuse(plan, step->line, 0, error, "there are too many lies: %d at most", LIES_MAX);
    }
    return step->other != step->actor || plan_refuse(plan, step->line, 0, error, "%s cannot lie to itself",
                                                     plan_actor_name(plan, step->actor));
}

/* Somebody lied, and the code is one that an envelope can be refused with. */
static bool lie_can_be_answered(const struct plan *plan, const struct step *step, struct error *error)
{
    const char *names[REASON_COUNT];
    for (uint32_t reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        names[reason - 1] = reason_name(reason);
    }
    names[REASON_COUNT - 1] = NULL;
    if (plan->liar == 0) {
        return plan_refuse(plan, step->line, 0, error, "nobody lied before");
    }
    if (text_is_one_of(step->word, names)) {
        return true;
    }
    const char *nearest = text_nearest(step->word, names);
    return plan_refuse(plan, step->line, 0, error, "\"%.60s\" is no code of a refusal%s%s%s", step->word,
                       nearest == NULL ? error_say(error, N_(", such as "))
                                       : error_say(error, N_("; did you mean \"")),
                       nearest == NULL ? reason_name(REASON_PADDING) : nearest, nearest == NULL ? "" : "\"?");
}

/* A liar has no node: it does nothing but lie, and nothing befalls it. Its first lie may stand after all else. */
static bool liar_only_lies(const struct plan *plan, struct error *error)
{
    for (size_t i = 0; plan->liar != 0 && i < plan->step_count; i++) {
        const struct step *step = &plan->steps[i];
        if (step->kind != STATEMENT_LIE && (step->actor == plan->liar || step->other == plan->liar)) {
            return plan_refuse(plan, step->line, 0, error, "%s lies in this plan: it has no node",
                               plan_actor_name(plan, plan->liar));
        }
    }
    return plan->liar == 0 || plan->party_count > 2 ||
           plan_refuse(plan, plan->steps[0].line, 0, error,
                       "a history needs two parties beside the one that lies");
}

static bool limit_life(struct plan *plan, const struct step *step, struct error *error)
{
    plan->life_ms = step->ms;
    return (step->ms >= LIFE_MS_MIN && step->ms <= LIFE_MS_MAX) ||
           plan_refuse(plan, step->line, 0, error, "an envelope lives from 1 minute to 14 days");
}

static bool limit_prekeys(struct plan *plan, const struct step *step, struct error *error)
{
    plan->prekey_days = step->number;
    return (step->number >= PREKEYS_MIN && step->number <= PREKEYS_MAX) ||
           plan_refuse(plan, step->line, 0, error, "a list has sealing keys for %d to %d days", PREKEYS_MIN,
                       PREKEYS_MAX);
}

/* What a line must find and what it leaves behind. */
static bool take(struct plan *plan, const struct step *step, struct error *error)
{
    const struct step *last = last_step(plan);
    if (plan->party_count == 0) {
        return plan_refuse(plan, step->line, 1, error,
                           "the first line names the parties: parties XA/poc XB/poc");
    }
    if (is_setup(step->kind) && last != NULL && !is_setup(last->kind)) {
        return plan_refuse(plan, step->line, 1, error, "limits stand before the first thing that happens");
    }
    switch (step->kind) {
    case STATEMENT_LIFE:
        return limit_life(plan, step, error);
    case STATEMENT_PREKEYS:
        return limit_prekeys(plan, step, error);
    case STATEMENT_QUOTA:
        plan->quota_envelopes = step->number;
        return true;
    case STATEMENT_REQUEST:
        return name_case(plan, step, error);
    case STATEMENT_TAKE_OVER:
        return name_successor(plan, step, error);
    case STATEMENT_WRITE:
    case STATEMENT_OPEN:
        return is_in_case(plan, step, error);
    case STATEMENT_LIE:
        return name_liar(plan, step, error);
    case STATEMENT_LIE_ANSWER:
        return lie_can_be_answered(plan, step, error);
    case STATEMENT_BREAK_HALF:
        return is_own_link(plan, step, error);
    case STATEMENT_BACKUP:
        return name_backup(plan, step, error);
    case STATEMENT_RESTORE:
        return is_of_actor(plan, step, error);
    case STATEMENT_ANSWER:
        return was_written(plan, step, error);
    case STATEMENT_NONE:
    case STATEMENT_PARTIES:
    case STATEMENT_ENTER:
    case STATEMENT_LIFT:
    case STATEMENT_WAIT:
    case STATEMENT_QUIET:
    case STATEMENT_SLEEP:
    case STATEMENT_CUT:
    case STATEMENT_BREAK:
    case STATEMENT_STALL:
    case STATEMENT_LINK:
    case STATEMENT_FAULT:
    case STATEMENT_HEAL:
    case STATEMENT_CRASH:
    case STATEMENT_CRASH_IN_TURN:
    case STATEMENT_START:
    case STATEMENT_CLOCK:
    case STATEMENT_CLOCK_RIGHT:
    case STATEMENT_FREEZE:
    case STATEMENT_ROSTER:
    case STATEMENT_SEES:
    case STATEMENT_SEES_ORDER:
    case STATEMENT_SEES_NOTHING:
    case STATEMENT_WORKLIST:
    case STATEMENT_SAME:
    case STATEMENT_LOGS:
    case STATEMENT_IS_UP:
        break;
    }
    return true;
}

/* --- lines --- */

static bool is_text(const struct plan *plan, unsigned line, const char *text, struct error *error)
{
    struct bytes left = bytes_of_text(text);
    while (left.size > 0) {
        size_t size = text_next_on_line(left);
        if (size == 0) {
            return plan_refuse(plan, line, strlen(text) - left.size + 1, error,
                               "a byte that is no text; words are parted by blanks");
        }
        left = bytes_of(left.data + size, left.size - size);
    }
    return true;
}

static bool read_line(struct plan *plan, const char *text, unsigned line, struct error *error)
{
    const char *first = text + strspn(text, " ");
    if (!is_text(plan, line, text, error)) {
        return false;
    }
    if (*first == '\0' || *first == '#') {
        return true;
    }
    struct step *step = &plan->steps[plan->step_count];
    bool good = plan_words(plan, text, line, step, error) && take(plan, step, error);
    plan->step_count++; /* also what failed: its JSON is freed with the plan */
    return good;
}

/* A copy without the blanks at its end. */
static const char *copy_line(struct plan *plan, struct bytes text)
{
    while (text.size > 0 && text.data[text.size - 1] == ' ') {
        text.size--;
    }
    return (const char *)arena_copy(plan->arena, text).data;
}

static bool read_lines(struct plan *plan, struct bytes text, struct error *error)
{
    unsigned line = 0;
    while (text.size > 0) {
        const uint8_t *end = memchr(text.data, '\n', text.size);
        size_t size = end == NULL ? text.size : (size_t)(end - text.data);
        line++;
        if (memchr(text.data, '\0', size) != NULL) {
            return plan_refuse(plan, line, 0, error, "a byte that is no text");
        }
        const char *copy = copy_line(plan, bytes_of(text.data, size));
        if (line > PLAN_LINES_MAX || copy == NULL) {
            return plan_refuse(plan, line, 0, error, "a plan has %d lines at most", PLAN_LINES_MAX);
        }
        if (!read_line(plan, copy, line, error)) {
            return false;
        }
        size += end != NULL;
        text = bytes_of(text.data + size, text.size - size);
    }
    const struct step *last = last_step(plan);
    if (last == NULL) {
        return plan_refuse(plan, line == 0 ? 1 : line, 0, error,
                           "the plan is empty; its first line is: parties XA/poc XB/poc");
    }
    if (!is_expectation(last->kind)) {
        return plan_refuse(plan, last->line, 0, error, "a plan ends with what is expected: expect ...");
    }
    return liar_only_lies(plan, error);
}

bool plan_read(struct bytes text, const char *name, struct plan **ret, struct error *error)
{
    struct plan *plan = calloc(1, sizeof *plan);
    struct arena *arena = arena_new(ARENA_BYTES);
    bool good = plan != NULL && arena != NULL;
    if (good) {
        plan->arena = arena;
        plan->name = arena_format(arena, "%s", name);
        plan->steps = arena_zero(arena, PLAN_LINES_MAX, sizeof *plan->steps);
        good = plan->name != NULL && plan->steps != NULL;
    }
    if (!good) {
        error_set(error, "%s: no memory", name);
    } else if (text.size > PLAN_BYTES_MAX) {
        error_set(error, "%s: a plan has %zu bytes at most", name, PLAN_BYTES_MAX);
    } else if (read_lines(plan, text, error)) {
        *ret = plan;
        return true;
    }
    if (plan == NULL) {
        arena_free(arena);
    }
    plan_free(plan);
    return false;
}

void plan_free(struct plan *plan)
{
    if (plan == NULL) {
        return;
    }
    for (size_t i = 0; plan->steps != NULL && i < plan->step_count; i++) {
        json_decref(plan->steps[i].json);
    }
    arena_free(plan->arena);
    free(plan);
}

size_t plan_parties(const struct plan *plan, const char *const **ret)
{
    *ret = plan->parties;
    return plan->party_count;
}

const char *plan_liar(const struct plan *plan)
{
    return plan->liar == 0 ? NULL : plan_actor_name(plan, plan->liar);
}

void plan_setup(const struct plan *plan, struct world_setup *setup)
{
    setup->life_ms = plan->life_ms != 0 ? plan->life_ms : setup->life_ms;
    setup->prekey_days = plan->prekey_days != 0 ? plan->prekey_days : setup->prekey_days;
    setup->quota_envelopes = plan->quota_envelopes != 0 ? plan->quota_envelopes : setup->quota_envelopes;
}
