/* SPDX-License-Identifier: Apache-2.0 */
/* What the table, the treaty and the roster say about a letter before it is signed, and about which letters may follow. */
#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "base/instant.h"
#include "nodes/completeness.h"
#include "nodes/letter_checks.h"
#include "nodes/lifecycle.h"

#define TEXT_MAX 256

/* Appends to a text that is cut at its end when there is no more room. */
static void append(char text[TEXT_MAX], const char *separator, const char *word)
{
    size_t used = strlen(text);
    (void)snprintf(text + used, TEXT_MAX - used, "%s%s", used == 0 ? "" : separator, word);
}

/* --- may this row be sent of this item? --- */

/* letter NULL: as far as can be said without one. */
static struct cell_refusal refusal_of(const struct lifecycle_row *row, const struct case_fold *fold,
                                      const struct case_item *item, const Comity__Letter *letter,
                                      uint64_t now_ms)
{
    struct need_scene scene = {.row = row, .fold = fold, .item = item, .letter = letter, .at_ms = now_ms};
    return cell_refusal(&scene);
}

static bool row_possible(const struct lifecycle_row *row, const struct case_fold *fold, uint64_t now_ms)
{
    for (size_t i = 0; i < fold->item_count; i++) {
        if (refusal_of(row, fold, &fold->items[i], NULL, now_ms).code == NULL) {
            return true;
        }
    }
    return false;
}

void letter_next(const struct case_fold *fold, enum side side, wall_ms now,
                 enum letter_kind ret[LETTER_KINDS + 1])
{
    bool possible[LETTER_KINDS + 1] = {false};
    size_t row_count = 0, count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&row_count);
    bool new_case = fold == NULL || fold->request == NULL;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].side == side && (new_case || rows[i].machine == fold->machine)) {
            possible[rows[i].kind] |=
                new_case ? letter_opens(rows[i].kind) : row_possible(&rows[i], fold, now.ms);
        }
    }
    for (unsigned kind = 1; kind <= LETTER_KINDS; kind++) {
        if (possible[kind]) {
            ret[count++] = (enum letter_kind)kind;
        }
    }
    ret[count] = LETTER_NONE;
}

unsigned letter_signatures_needed(enum letter_kind kind, const Comity__Letter *letter)
{
    size_t row_count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&row_count);
    const struct lifecycle_row *own = letter == NULL ? NULL : lifecycle_row_any(letter);
    unsigned most = 0;
    for (size_t i = 0; i < row_count; i++) {
        if (rows[i].kind == kind && rows[i].signatures > most) {
            most = rows[i].signatures;
        }
    }
    return own != NULL && own->kind == kind ? own->signatures : most;
}

/* --- against the case --- */

struct check {
    const Comity__Letter *letter;
    const struct lifecycle_row *row;
    const struct case_fold *fold;
    const struct letter_terms *terms;
    struct faults *faults;
    char possible[TEXT_MAX]; /* "ACK, HELD ...": what the author may send instead */
};

static void write_possible(struct check *k, enum side author)
{
    enum letter_kind next[LETTER_KINDS + 1];
    letter_next(k->fold, author, k->terms->now, next);
    k->possible[0] = '\0';
    for (size_t i = 0; next[i] != LETTER_NONE; i++) {
        append(k->possible, ", ", letter_name(next[i]));
    }
    if (k->possible[0] == '\0') {
        append(k->possible, "", say(k->faults->words, "none"));
    }
}

/* "HELD to 2027-01-14T17:00:00Z", "ENDED (NOT_FOUND)" */
static void write_standing(char ret[TEXT_MAX], const struct case_item *item)
{
    char until[INSTANT_TEXT_MAX];
    if (item->state == ITEM_ENDED) {
        (void)snprintf(ret, TEXT_MAX, "%s (%s)", item_state_name(item->state),
                       item_result_name(item->result));
    } else if (item->state == ITEM_HELD) {
        (void)snprintf(ret, TEXT_MAX, "%s to %s", item_state_name(item->state),
                       instant_write(until, item->hold_until));
    } else {
        (void)snprintf(ret, TEXT_MAX, "%s", item_state_name(item->state));
    }
}

static void fault_of_item(struct check *k, const char *path, const struct case_item *item,
                          struct cell_refusal why)
{
    char standing[TEXT_MAX];
    write_standing(standing, item);
    faults_add(k->faults, path, why.code, "%s cannot be said of item %u, which is %s: %s; possible now: %s",
               k->row->name, item->number, standing, say(k->faults->words, why.text), k->possible);
}

/* Items named in a list, at a path of the letter. */
static void check_named(struct check *k, const char *path, const uint32_t *list, size_t count)
{
    bool seen[CASE_ITEMS_MAX + 1] = {false};
    for (size_t i = 0; i < count; i++) {
        char at[TEXT_MAX];
        (void)snprintf(at, sizeof at, "%s[%zu]", path, i);
        if (list[i] == 0 || list[i] > k->fold->item_count) {
            faults_add(k->faults, at, "NO_ITEM", "there is no item %u: the request has items 1 to %zu",
                       list[i], k->fold->item_count);
            continue;
        }
        const struct case_item *item = &k->fold->items[list[i] - 1];
        struct cell_refusal why = refusal_of(k->row, k->fold, item, k->letter, k->terms->now.ms);
        if (seen[list[i]]) {
            faults_add(k->faults, at, "DUPLICATE", "item %u is named twice: name it once", list[i]);
        } else if (why.code != NULL) {
            fault_of_item(k, at, item, why);
        }
        seen[list[i]] = true;
    }
}

/* It would take effect on that item although what it needs is not so, and be flagged. */
static bool would_be_flagged(const struct check *k, const struct case_item *item)
{
    const struct need_scene scene = {
        .row = k->row, .fold = k->fold, .item = item, .letter = k->letter, .at_ms = k->terms->now.ms};
    return k->row->cells[item->state].rule != CELL_FORBIDDEN &&
           need_failing(&scene, needs_of(NEED_SIGN) | needs_of(NEED_VOID)) == NEEDS &&
           need_failing(&scene, needs_of(NEED_FLAG)) != NEEDS;
}

/* No item is named: the letter is about all it applies to, and there must be one; but none of which it may not be said. */
static void check_unnamed(struct check *k)
{
    bool any = false;
    for (size_t i = 0; i < k->fold->item_count; i++) {
        const struct case_item *item = &k->fold->items[i];
        struct cell_refusal why = refusal_of(k->row, k->fold, item, k->letter, k->terms->now.ms);
        if (why.code != NULL && would_be_flagged(k, item)) {
            fault_of_item(k, "items", item, why);
        }
        any |= why.code == NULL || would_be_flagged(k, item);
    }
    for (size_t i = 0; !any && i < k->fold->item_count; i++) {
        const struct case_item *item = &k->fold->items[i];
        fault_of_item(k, "items", item, refusal_of(k->row, k->fold, item, k->letter, k->terms->now.ms));
    }
}

static void check_items(struct check *k)
{
    const uint32_t *list = NULL;
    size_t count = 0;
    if (k->row->kind == LETTER_INFO_ASKED) {
        const Comity__InfoAsked *asked = k->letter->info_asked;
        for (size_t i = 0; i < asked->n_questions; i++) {
            char path[TEXT_MAX];
            (void)snprintf(path, sizeof path, "questions[%zu].items", i);
            check_named(k, path, asked->questions[i]->items, asked->questions[i]->n_items);
        }
    } else if (letter_item_list(k->letter, &list, &count)) {
        check_named(k, "items", list, count);
    }
    if (count == 0) {
        check_unnamed(k);
    }
}

/* The last questions put to Q; NULL: none wait, or a letter that took the case over says only that some do. */
static const Comity__InfoAsked *questions_open(const struct case_fold *fold)
{
    const struct case_letter *last = NULL;
    for (size_t i = 0; i < fold->ask_count; i++) {
        const struct case_ask *ask = &fold->asks[i];
        bool put_here = ask->opened_by->kind == LETTER_INFO_ASKED; /* else in a case before this one */
        if (ask->kind == ASK_INFO && put_here &&
            (last == NULL || ask->opened_by->case_seq > last->case_seq)) {
            last = ask->opened_by;
        }
    }
    return last == NULL ? NULL : last->letter->info_asked;
}

/* One INFO_GIVEN closes all questions, so it has to answer each. */
static void check_answers(struct check *k)
{
    const Comity__InfoAsked *asked = questions_open(k->fold);
    const Comity__InfoGiven *given = k->letter->info_given;
    for (size_t q = 1; asked != NULL && q <= asked->n_questions; q++) {
        bool answered = false;
        for (size_t i = 0; i < given->n_answers; i++) {
            answered |= given->answers[i]->question == q;
        }
        if (!answered) {
            faults_add(k->faults, "answers", "UNANSWERED",
                       "question %zu is not answered: \"%.120s\"; if it is not known, say so", q,
                       asked->questions[q - 1]->text);
        }
    }
    for (size_t i = 0; asked != NULL && i < given->n_answers; i++) {
        if (given->answers[i]->question > asked->n_questions) {
            char path[TEXT_MAX];
            (void)snprintf(path, sizeof path, "answers[%zu].question", i);
            faults_add(k->faults, path, "NO_QUESTION",
                       "there is no question %u: there are questions 1 to %zu", given->answers[i]->question,
                       asked->n_questions);
        }
    }
}

/* A ground that the legal basis does not have is not signed; the allowed ones are named. */
static void check_ground(struct check *k)
{
    static const char *const does[GROUND_LETTERS] = {"",
                                                     N_("refuses no hold"),
                                                     N_("refuses no extension"),
                                                     N_("withholds no traffic data"),
                                                     N_("refuses no assistance"),
                                                     N_("refuses no assistance")};
    static const char *const instead[GROUND_LETTERS] = {
        "",
        N_("the letter is NOT_HELD with its honest cause"),
        N_("write the reason LATE, LAW_MAX, DATA_GONE or NO_PROGRESS"),
        N_("disclose the data"),
        N_("consult the requesting side"),
        N_("consult the requesting side")};
    const Comity__Request *request = k->fold->request;
    enum ground ground = GROUND_NONE;
    enum ground_letter of = ground_letter_of(k->fold->machine, k->letter, &ground);
    if (of == GROUND_LETTER_NONE || ground == GROUND_NONE || ground_allowed(of, ground, request)) {
        return;
    }
    char allowed[TEXT_MAX] = "";
    size_t count = 0;
    const struct ground_rule *rules = ground_rules(&count);
    const char *said = "";
    for (size_t i = 0; i < count; i++) {
        if (ground_allowed(of, rules[i].ground, request)) {
            append(allowed, ", ", ground_name(rules[i].ground));
        }
        if (rules[i].ground == ground) {
            said = rules[i].text;
        }
    }
    faults_add(k->faults, "ground", "NOT_A_GROUND",
               "%s (%s) %s under %s; grounds allowed: %s; if none fits, %s", ground_name(ground),
               say(k->faults->words, said), say(k->faults->words, does[of]),
               request->basis == NULL ? "?" : basis_name(request->basis->instrument), allowed,
               say(k->faults->words, instead[of]));
}

static void check_supplement(struct check *k)
{
    const Comity__Supplement *supplement = k->letter->supplement;
    size_t count = supplement->n_items;
    if (supplement->first_item != 0 && supplement->first_item != k->fold->item_count + 1) {
        faults_add(k->faults, "firstItem", "RENUMBERED",
                   "the case has %zu items by now: leave it out, and the number that follows is written in",
                   k->fold->item_count);
    }
    if (count > CASE_ITEMS_MAX - k->fold->item_count) {
        faults_add(k->faults, "items", "TOO_MANY",
                   "a case has %d items at most, and this one has %zu: make a new case", CASE_ITEMS_MAX,
                   k->fold->item_count);
    }
}

/* The end of a hold is a midnight of the requested side, after assistance too; the 14 days are a need of the table. */
static void check_after_mla(struct check *k)
{
    if (k->row->kind != LETTER_MLA_ENDED || k->terms->r_zone == NULL) {
        return;
    }
    uint64_t until = (uint64_t)letter_hold_until(k->letter, NULL).ms;
    uint64_t least =
        zone_next_midnight(k->terms->r_zone, (wall_ms){.ms = k->terms->now.ms + AFTER_MLA_DAYS * MS_PER_DAY})
            .ms;
    if (until != 0 && until < least) {
        char text[INSTANT_TEXT_MAX];
        faults_add(k->faults, "holdUntil", "TOO_SHORT",
                   "the data are held to the first midnight 14 days after assistance ended: %s or later",
                   instant_write(text, (struct instant){.ms = (int64_t)least}));
    }
}

static void check_against_case(struct check *k, enum side author)
{
    if (k->fold == NULL || k->fold->request == NULL) {
        if (!letter_opens(k->row->kind)) {
            faults_add(k->faults, "", "NO_CASE", "%s needs a case: a case begins with a REQUEST",
                       k->row->name);
        }
        return;
    }
    if (letter_opens(k->row->kind) && !ask_is_open(k->fold, ASK_ORAL, 0)) {
        faults_add(k->faults, "", "DUPLICATE",
                   "this case has its request: make a new case, and name this one in previous");
        return;
    }
    if (k->row->machine != k->fold->machine) {
        faults_add(k->faults, "", "NOT_OF_CASE", "%s is no letter of a case that is a %s", k->row->name,
                   machine_text(k->fold->machine));
        return;
    }
    write_possible(k, author);
    check_items(k);
    if (k->row->kind == LETTER_INFO_GIVEN) {
        check_answers(k);
    }
    if (k->row->kind == LETTER_SUPPLEMENT) {
        check_supplement(k);
    }
    check_after_mla(k);
    check_ground(k);
    row_answers_check(k->letter, k->fold, k->faults);
}

/* --- what gave way to an emergency --- */

static bool in_emergency(const Comity__Letter *letter, const struct case_fold *fold)
{
    const Comity__Request *request = letter_request(letter);
    if (fold != NULL && fold->request != NULL) {
        return fold->urgency == URGENCY_EMERGENCY;
    }
    return request != NULL && request->necessity != NULL &&
           urgency_of(request->necessity->urgency) == URGENCY_EMERGENCY;
}

bool letter_overrules(const Comity__Letter *letter, const struct case_fold *fold, Comity__Acted__Rule rule)
{
    const Comity__Acted *acted = letter->acted;
    for (size_t i = 0; acted != NULL && acted->why[0] != '\0' && i < acted->n_rules; i++) {
        if (acted->rules[i] == rule && in_emergency(letter, fold)) {
            return true;
        }
    }
    return false;
}

static void check_acted(struct check *k)
{
    if (k->letter->acted != NULL && !in_emergency(k->letter, k->fold)) {
        faults_add(k->faults, "acted", "NO_EMERGENCY",
                   "rules of the own State give way in an emergency only");
    }
}

/* --- the two checks --- */

static const char *side_text(enum side side)
{
    return side == SIDE_Q ? N_("requesting") : N_("requested");
}

static void check_side(const struct lifecycle_row *row, enum side author, struct faults *faults)
{
    if (row->side != author) {
        faults_add(faults, "", "WRONG_SIDE", "%s is a letter of the %s side, and this is the %s side",
                   row->name, say(faults->words, side_text(row->side)),
                   say(faults->words, side_text(author)));
    }
}

/* Does that side write such a letter in any machine? Who asks for another use, or tells of exculpatory facts, is not one side in all. */
static bool is_of_side(const Comity__Letter *letter, enum side author)
{
    size_t count = 0;
    const struct lifecycle_row *rows = lifecycle_rows(&count);
    for (size_t i = 0; i < count; i++) {
        if (rows[i].kind == letter_kind(letter) && rows[i].side == author) {
            return true;
        }
    }
    return false;
}

static void check_complete(const Comity__Letter *letter, const struct letter_terms *terms,
                           struct faults *faults)
{
    struct completeness c = {.faults = faults, .now_ms = terms->now.ms, .r_zone = terms->r_zone};
    letter_complete(&c, letter);
}

void letter_check_arrived(const Comity__Letter *letter, enum side author, const struct letter_terms *terms,
                          struct faults *faults)
{
    const struct lifecycle_row *row = lifecycle_row_any(letter);
    check_complete(letter, terms, faults);
    link_parties_check(letter, terms, faults);
    if (row != NULL && !is_of_side(letter, author)) {
        check_side(row, author, faults);
    }
}

/* Its row in the machine of the case; where it has none there, that of the machine it belongs to. */
static const struct lifecycle_row *row_in_case(const Comity__Letter *letter, const struct case_fold *fold)
{
    const struct lifecycle_row *row = fold == NULL ? NULL : lifecycle_row_of(fold->machine, letter);
    return row == NULL ? lifecycle_row_any(letter) : row;
}

void letter_check(const Comity__Letter *letter, enum side author, const struct case_fold *fold,
                  const struct letter_terms *terms, struct faults *faults)
{
    letter_check_arrived(letter, author, terms, faults);
    struct check k = {
        .letter = letter, .row = row_in_case(letter, fold), .fold = fold, .terms = terms, .faults = faults};
    if (k.row == NULL || k.row->side != author) {
        if (k.row != NULL && is_of_side(letter, author)) {
            check_side(k.row, author, faults); /* it is, in another machine */
        }
        return;
    }
    check_against_case(&k, author);
    check_acted(&k);
    callback_check(letter, fold, terms, faults);
    moved_party_check(letter, terms, faults);
}
