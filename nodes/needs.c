/* SPDX-License-Identifier: Apache-2.0 */
/* What letters need besides the state of an item (needs.def), judged by letters and the times in them. */
#include <string.h>

#include "nodes/lifecycle.h"

#define DAYS(n) ((uint64_t)(n)*MS_PER_DAY)

static const struct {
    const char *name, *code, *text;
    enum need_effect effect;
} rules[NEEDS] = {
#define NEED(word, says, when, clause)                                                                       \
    [NEED_##word] = {.name = #word, .code = (says), .text = (clause), .effect = NEED_##when},
#include "nodes/needs.def"
#undef NEED
};
_Static_assert(NEEDS <= 32, "the needs of a row are a mask of 32 bits");

const char *need_name(enum need need)
{
    return need < NEEDS ? rules[need].name : "";
}

const char *need_code(enum need need)
{
    return need < NEEDS ? rules[need].code : "";
}

const char *need_text(enum need need)
{
    return need < NEEDS ? rules[need].text : "";
}

unsigned needs_of(enum need_effect effect)
{
    static const unsigned masks[] = {
#define NEED(word, says, when, clause) +(NEED_##when == NEED_SIGN ? NEED_BIT(NEED_##word) : 0U)
        [NEED_SIGN] =
#include "nodes/needs.def"
#undef NEED
            ,
#define NEED(word, says, when, clause) +(NEED_##when == NEED_VOID ? NEED_BIT(NEED_##word) : 0U)
        [NEED_VOID] =
#include "nodes/needs.def"
#undef NEED
            ,
#define NEED(word, says, when, clause) +(NEED_##when == NEED_FLAG ? NEED_BIT(NEED_##word) : 0U)
        [NEED_FLAG] =
#include "nodes/needs.def"
#undef NEED
    };
    return masks[effect];
}

/* --- what is open --- */

static const struct case_ask *ask_on(const struct need_scene *s, enum ask_kind kind)
{
    return ask_find(s->fold, kind, ask_is_of_case(kind) ? 0 : s->item->number);
}

static bool any_open(const struct need_scene *s, unsigned kinds)
{
    return ((s->fold->open[s->item->number] | s->fold->open[0]) & kinds) != 0;
}

/* A date for an answer that was past when this letter was signed. */
static bool is_past(uint64_t by_ms, uint64_t at_ms)
{
    return by_ms != 0 && by_ms < at_ms;
}

/* Put twice, and the last date for the answer is past. A question that blocks nothing keeps nobody waiting. */
static bool is_silent(const struct need_scene *s, const struct case_ask *ask)
{
    return ask != NULL && ask->times >= 2 && is_past(ask_by_ms(s->fold, ask), s->at_ms) &&
           (ask->kind != ASK_INFO || ask->blocking);
}

/* The requesting side owes an answer on it, was reminded, and was first asked at least so long ago. */
static bool silent_for(const struct need_scene *s, uint64_t least_ms)
{
    unsigned open = s->fold->open[s->item->number];
    for (unsigned kind = 0; open >> kind != 0; kind++) {
        const struct case_ask *ask = ask_find(s->fold, (enum ask_kind)kind, s->item->number);
        if (ask != NULL && ask->owed_by == SIDE_Q && is_silent(s, ask) &&
            s->at_ms >= ask->since_ms + least_ms) {
            return true;
        }
    }
    return false;
}

static bool stop_is_due(const struct need_scene *s)
{
    const struct case_ask *warned = ask_on(s, ASK_WARN);
    return ask_on(s, ASK_STOP) != NULL || (warned != NULL && warned->default_stop && is_silent(s, warned));
}

/* --- links --- */

/* The link that a letter names and that keeps the item open; without a letter any. */
static bool is_linked(const struct need_scene *s)
{
    return s->letter == NULL ? s->item->links != 0
                             : case_link_find(s->fold, s->letter, s->item->number) != NULL;
}

static bool is_new_link(const struct need_scene *s)
{
    return s->letter == NULL || (case_link_find(s->fold, s->letter, s->item->number) == NULL &&
                                 case_link_has_room(s->fold, s->letter));
}

/* Of an item that is held open by this one link; else the letter's date does not matter. */
static bool floor_after_mla(const struct need_scene *s)
{
    if (s->letter == NULL || s->item->state != ITEM_HELD_OPEN || s->item->links != 1) {
        return true;
    }
    uint64_t until = (uint64_t)letter_hold_until(s->letter, NULL).ms;
    return until >= (uint64_t)s->item->hold_until.ms && until >= s->at_ms + DAYS(AFTER_MLA_DAYS);
}

/* --- what was said --- */

/* The order of a court takes the place of the warning. */
static bool law_end_told(const struct need_scene *s)
{
    uint64_t warned = s->item->facts.cannot_continue_ms;
    return (s->letter != NULL && s->letter->released->court_order[0] != '\0') ||
           (warned != 0 && s->at_ms >= warned + DAYS(10));
}

static bool oral_overdue(const struct need_scene *s)
{
    const struct case_ask *oral = ask_on(s, ASK_ORAL);
    return oral != NULL && is_past(ask_by_ms(s->fold, oral), s->at_ms) &&
           (s->letter == NULL || s->letter->released->called_at != NULL);
}

static bool is_consulted(const struct need_scene *s)
{
    const struct case_ask *consult = ask_on(s, ASK_CONSULT);
    return consult == NULL ? s->item->facts.consulted : is_past(ask_by_ms(s->fold, consult), s->at_ms);
}

static bool received_well(const struct need_scene *s)
{
    const struct item_facts *facts = &s->item->facts;
    return facts->received_well || (facts->finals >= 2 && is_past(facts->receipt_by_ms, s->at_ms));
}

static bool outcome_told(const struct need_scene *s)
{
    const struct case_ask *asked = ask_on(s, ASK_OUTCOME);
    return s->fold->outcome_told || is_silent(s, asked);
}

static bool is_conditional(const Comity__Request *request)
{
    return request->offer != NULL && (request->offer->n_conditions != 0 || request->offer->content_follows);
}

static bool ping_past(const struct need_scene *s)
{
    const Comity__PingAsk *ping = s->fold->request->ping;
    return ping != NULL && is_past((uint64_t)instant_of(ping->by).ms, s->at_ms);
}

static bool answer_runs(const struct case_fold *fold)
{
    return due_find(fold, CLOCK_ANSWER, 0) != NULL || due_find(fold, CLOCK_MLA_ACK, 0) != NULL;
}

static bool not_too_often(const struct need_scene *s)
{
    return s->fold->urgency == URGENCY_EMERGENCY || s->fold->status_asked_ms == 0 ||
           s->at_ms >= s->fold->status_asked_ms + DAYS(30);
}

static bool corrects(const Comity__Letter *letter)
{
    return letter != NULL && letter->info_given->n_corrections != 0;
}

bool need_holds(enum need need, const struct need_scene *s)
{
    switch (need) {
    case NEED_UNANSWERED:
        return answer_runs(s->fold);
    case NEED_QUESTION_OR_CORRECTION:
        return any_open(s, s->row->answers) || corrects(s->letter);
    case NEED_WARN_OPEN:
    case NEED_REPLY_OPEN:
    case NEED_WITHDRAWAL_OPEN:
    case NEED_EXTEND_OPEN:
    case NEED_NOTICE_OPEN:
    case NEED_REOPEN_OPEN:
        return any_open(s, s->row->answers);
    case NEED_NOT_YET_ASKED:
        return !any_open(s, s->row->opens);
    case NEED_NOT_TOO_OFTEN:
        return not_too_often(s);
    case NEED_STOP_DUE:
        return stop_is_due(s);
    case NEED_GRACE_PAST:
        return s->at_ms >= s->item->grace_until_ms;
    case NEED_NOTHING_WAITS:
        return !any_open(s, ASK_BIT(ASK_EXTEND) | ASK_BIT(ASK_NOTICE));
    case NEED_NO_EARLIER_END:
        return s->letter == NULL || letter_hold_until(s->letter, NULL).ms >= s->item->hold_until.ms;
    case NEED_LATER_END:
        return s->letter == NULL || letter_hold_until(s->letter, NULL).ms > s->item->hold_until.ms;
    case NEED_FLOOR_AFTER_MLA:
        return floor_after_mla(s);
    case NEED_LINKED:
        return is_linked(s);
    case NEED_ASSISTED:
        return s->item->facts.assisted;
    case NEED_NEW_LINK:
        return is_new_link(s);
    case NEED_LAW_END_TOLD:
        return law_end_told(s);
    case NEED_ORAL_OVERDUE:
        return oral_overdue(s);
    case NEED_SILENT:
        return silent_for(s, 0);
    case NEED_SILENT_60:
        return silent_for(s, DAYS(60));
    case NEED_CONSULTED:
        return is_consulted(s);
    case NEED_CONDITIONS_MET:
        return s->item->facts.conditions == CONDITIONS_NONE ||
               s->item->facts.conditions == CONDITIONS_ACCEPTED;
    case NEED_RECEIVED_WELL:
        return received_well(s);
    case NEED_OUTCOME_TOLD:
        return outcome_told(s);
    case NEED_CONDITIONAL:
        return is_conditional(s->fold->request);
    case NEED_CONTENT_HERE:
        return s->item->facts.content || !is_conditional(s->fold->request);
    case NEED_PING_PAST:
        return ping_past(s);
    case NEED_FIRST:
        return (s->fold->said >> s->row->kind & 1U) == 0;
    case NEEDS:
        break;
    }
    return true;
}

enum need need_failing(const struct need_scene *scene, unsigned among)
{
    unsigned asked = scene->row->needs & among;
    for (unsigned need = 0; asked != 0; need++, asked >>= 1) {
        if ((asked & 1U) != 0 && !need_holds((enum need)need, scene)) {
            return (enum need)need;
        }
    }
    return NEEDS;
}
