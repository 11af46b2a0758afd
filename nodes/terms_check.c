/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/terms_check.h"

#include <stdio.h>
#include <string.h>

#include "base/catalogue.h"
#include "nodes/letter_checks.h"
#include "nodes/letter_parts.h"
#include "nodes/letter_walk.h"

struct check {
    const Comity__Letter *letter;
    const Comity__Request *request; /* it brings; NULL: another letter */
    const struct case_fold *fold;   /* NULL: a new case */
    const struct party *to;         /* whose terms these are */
    const struct terms *terms;      /* what then holds */
    struct faults *conditions;      /* faults, or notes where they give way */
    struct faults *notes;
};

/* --- whom it goes to --- */

/* The article under which a request is made; NULL: none. */
static const char *article_of(const Comity__Request *request)
{
    switch ((int)request->type) {
    case COMITY__REQUEST__TYPE__PRESERVE:
        return "42";
    case COMITY__REQUEST__TYPE__MLA:
        return "40";
    case COMITY__REQUEST__TYPE__ENQUIRY:
    case COMITY__REQUEST__TYPE__EMERGENCY:
        return "41";
    case COMITY__REQUEST__TYPE__SPONTANEOUS:
        return "51";
    default:
        return NULL; /* pings go to everybody, ties stay within a State */
    }
}

static const char *article_of_measure(const Comity__Item *item)
{
    switch ((int)item->measure) {
    case COMITY__ITEM__MEASURE__ACCESS_STORED_DATA:
        return "44";
    case COMITY__ITEM__MEASURE__REALTIME_TRAFFIC:
        return "45";
    case COMITY__ITEM__MEASURE__INTERCEPT_CONTENT:
        return "46";
    case COMITY__ITEM__MEASURE__CONFISCATE:
        return "50";
    default:
        return "40";
    }
}

static void check_authority(struct check *k, const char *path, const char *article)
{
    const struct address *named = terms_authority(k->terms, article);
    if (named != NULL && !address_equal(named, &k->to->address)) {
        faults_add(k->conditions, path, "AUTHORITY",
                   "%s takes requests under article %s at %s: send it there", k->to->address.text, article,
                   named->text);
    }
}

/* The measures that a letter asks for, one an item; count 0: it asks for none. */
static Comity__Item *const *measures_of(const struct check *k, size_t *ret_count)
{
    const Comity__Supplement *more =
        letter_kind(k->letter) == LETTER_SUPPLEMENT && k->fold != NULL && k->fold->machine == MACHINE_MLA
            ? k->letter->supplement
            : NULL;
    const bool asked = k->request != NULL && k->request->type == COMITY__REQUEST__TYPE__MLA;
    *ret_count = asked ? k->request->n_items : more != NULL ? more->n_items : 0;
    return asked ? k->request->items : more != NULL ? more->items : NULL;
}

/* What another authority takes, every measure by itself: it goes there in a request of its own. */
static void check_authorities(struct check *k)
{
    size_t count = 0;
    Comity__Item *const *measures = measures_of(k, &count);
    const char *article = k->request == NULL ? NULL : article_of(k->request);
    if (article != NULL && count == 0) {
        check_authority(k, "", article);
    }
    for (size_t i = 0; i < count; i++) {
        char path[64];
        (void)snprintf(path, sizeof path, "items[%zu].measure", i);
        check_authority(k, path, article_of_measure(measures[i]));
    }
}

/* --- languages --- */

/* "en-GB" is English. */
static bool same_language(const char *a, const char *b)
{
    size_t size = strcspn(a, "-_");
    return size == strcspn(b, "-_") && strncmp(a, b, size) == 0;
}

static bool is_among(const char *language, const char *const *list)
{
    for (; *list != NULL; list++) {
        if (same_language(language, *list)) {
            return true;
        }
    }
    return false;
}

static const char *joined(struct faults *faults, const char *const *list)
{
    const char *text = "";
    for (; *list != NULL; list++) {
        const char *longer = arena_format(faults->arena, "%s%s%s", text, text[0] == '\0' ? "" : ", ", *list);
        text = longer == NULL ? text : longer;
    }
    return text;
}

static bool is_urgent(const Comity__Request *request)
{
    return request->necessity != NULL &&
           (request->necessity->urgency == COMITY__NECESSITY__URGENCY__EMERGENCY ||
            request->necessity->urgency == COMITY__NECESSITY__URGENCY__URGENT);
}

static void check_language(struct check *k)
{
    const char *language = k->request->language;
    const bool assistance = k->request->type == COMITY__REQUEST__TYPE__MLA;
    const char *const *published = k->terms->languages[assistance ? TERMS_ASSISTANCE : TERMS_HOLDS];
    const bool condition = published[0] != NULL;
    const char *const *list = condition ? published : k->to->languages;
    if (language[0] == '\0' || list[0] == NULL || is_among(language, list) ||
        (is_urgent(k->request) && is_among(language, k->terms->languages[TERMS_URGENT]))) {
        return;
    }
    if (k->request->translation_by != NULL) {
        faults_add(k->notes, "language", "LANGUAGE",
                   "%s reads %s, and this is written in %s: the translation has to follow by the day it says",
                   k->to->address.text, joined(k->notes, list), language);
    } else {
        faults_add(condition ? k->conditions : k->notes, "language", "LANGUAGE",
                   "%s reads %s, and this is written in %s: translate it, or say in translationBy when the "
                   "translation follows",
                   k->to->address.text, joined(k->notes, list), language);
    }
}

/* --- what it must have --- */

static void check_insists(struct check *k)
{
    const char *text = arena_format(k->conditions->arena,
                                    say(k->conditions->words, N_("missing: %s insists on it in its terms")),
                                    k->to->address.text);
    const ProtobufCMessage *body = letter_body(k->letter);
    for (const char *const *path = k->terms->insists; *path != NULL && text != NULL; path++) {
        bool known = letter_insist(body, *path, k->conditions, "INSISTED", text);
        if (!known && k->request != NULL) { /* a SUPPLEMENT has a request's items, and no more of it */
            faults_add(k->notes, "", "INSISTED", "%s insists on %s, which this program does not know",
                       k->to->address.text, *path);
        }
    }
}

static void check_dual_criminality(struct check *k)
{
    const Comity__Offence *offence = k->request->offence;
    const bool hold = k->request->type == COMITY__REQUEST__TYPE__PRESERVE;
    const bool assistance = k->request->type == COMITY__REQUEST__TYPE__MLA;
    const bool budapest =
        k->request->basis != NULL && k->request->basis->instrument == COMITY__BASIS__INSTRUMENT__BUDAPEST;
    const bool described = offence != NULL && (offence->n_codes != 0 || offence->provision[0] != '\0');
    if (assistance && k->terms->dual_assistance && described) {
        faults_add(k->notes, "offence", "DUAL_CRIMINALITY",
                   "%s assists only where the conduct is an offence there as well: the facts should show it",
                   k->to->address.text);
    } else if (assistance && k->terms->dual_assistance) {
        faults_add(k->conditions, "offence", "DUAL_CRIMINALITY",
                   "%s assists only where the conduct is an offence there as well: name the offence",
                   k->to->address.text);
    }
    if (hold && k->terms->dual_holds) {
        faults_add(
            k->notes, "offence", "DUAL_CRIMINALITY",
            "%s says that it holds only what is about an offence there as well: the facts should show it",
            k->to->address.text);
    }
    if (hold && budapest && k->terms->reservation_29_4) {
        faults_add(k->notes, "basis", "RESERVATION",
                   "%s reserved the right of art. 29(4) of the Budapest Convention: it may refuse where dual "
                   "criminality will be missing at disclosure",
                   k->to->address.text);
    }
}

/* --- holds --- */

static void check_hold_days(struct check *k)
{
    if (k->request->type == COMITY__REQUEST__TYPE__PRESERVE &&
        k->request->hold_days > k->terms->hold_days_max) {
        faults_add(k->notes, "holdDays", "HOLD_DAYS",
                   "%s holds for %u days at most at a time: ask to extend before they are over",
                   k->to->address.text, (unsigned)k->terms->hold_days_max);
    }
}

static uint64_t extensions_granted(const struct case_fold *fold)
{
    uint64_t granted = 0;
    for (size_t i = 0; i < fold->letter_count; i++) {
        granted +=
            fold->letters[i].effect == EFFECT_FOLDED && fold->letters[i].letter->kind == LETTER_EXTENDED;
    }
    return granted;
}

/* The first end of a hold that is still to come; 0: none. */
static int64_t next_end_ms(const struct case_fold *fold)
{
    int64_t first = 0;
    for (size_t i = 0; i < fold->item_count; i++) {
        const struct case_item *item = &fold->items[i];
        if (item->state == ITEM_HELD && (first == 0 || item->hold_until.ms < first)) {
            first = item->hold_until.ms;
        }
    }
    return first;
}

static void check_lead(struct check *k, wall_ms now)
{
    const int64_t lead_ms = (int64_t)(k->terms->lead_days * MS_PER_DAY);
    const int64_t end_ms = next_end_ms(k->fold);
    if (end_ms != 0 && (int64_t)now.ms > end_ms - lead_ms) {
        faults_add(k->notes, "", "LEAD_TIME",
                   "%s wants this %u days before the hold ends, and that is over: call there as well",
                   k->to->address.text, (unsigned)k->terms->lead_days);
    }
}

static void check_extend(struct check *k)
{
    if (k->terms->hold_extensions != TERMS_UNSAID &&
        extensions_granted(k->fold) >= k->terms->hold_extensions) {
        faults_add(k->notes, "", "EXTENSIONS", "%s extends a hold %u times at most, and has done so",
                   k->to->address.text, (unsigned)k->terms->hold_extensions);
    }
}

/* --- files --- */

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* Does the text end in that word, of whatever case, after a separator: "application/pdf", "report.PDF"? */
static bool ends_in(const char *text, const char *word)
{
    size_t size = strlen(text);
    size_t word_size = strlen(word);
    if (size <= word_size || strchr("/.+", text[size - word_size - 1]) == NULL) {
        return false;
    }
    for (size_t i = 0; i < word_size; i++) {
        if (lower(text[size - word_size + i]) != lower(word[i])) {
            return false;
        }
    }
    return true;
}

static void check_files(struct check *k, Comity__File *const *files, size_t count, const char *member)
{
    for (size_t i = 0; i < count; i++) {
        bool known = false;
        for (const char *const *format = k->terms->formats; *format != NULL; format++) {
            known = known || ends_in(files[i]->media, *format) || ends_in(files[i]->name, *format);
        }
        char path[64];
        (void)snprintf(path, sizeof path, "%s[%zu].media", member, i);
        if (!known) {
            faults_add(k->notes, path, "FORMAT", "%s can use %s", k->to->address.text,
                       joined(k->notes, k->terms->formats));
        }
    }
}

static void check_formats(struct check *k)
{
    const Comity__Letter *letter = k->letter;
    if (k->terms->formats[0] == NULL) {
        return;
    }
    switch ((int)letter_kind(letter)) {
    case LETTER_TRANSLATION:
        check_files(k, letter->translation->attached, letter->translation->n_attached, "attached");
        break;
    case LETTER_EVIDENCE:
        check_files(k, letter->evidence->manifest, letter->evidence->n_manifest, "manifest");
        break;
    case LETTER_DISCLOSED:
        check_files(k, letter->disclosed->manifest, letter->disclosed->n_manifest, "manifest");
        break;
    default:
        break;
    }
}

/* --- all of it --- */

static void check_understood(struct check *k, struct faults *faults)
{
    if (letter_generation(k->letter) > k->to->letters) {
        faults_add(
            faults, "", "NOT_UNDERSTOOD",
            "the program of %s does not know such a letter yet: send it another way, or leave out what "
            "is new",
            k->to->address.text);
    }
}

void letter_terms_check(const Comity__Letter *letter, enum side author, const struct case_fold *fold,
                        const struct letter_terms *terms, struct faults *faults, struct faults *notes)
{
    const struct party *to = author == SIDE_Q ? terms->r : terms->q;
    if (to == NULL || letter_kind(letter) == LETTER_NONE) {
        return;
    }
    struct check k = {.letter = letter,
                      .request = letter_kind(letter) == LETTER_REQUEST ? letter->request : NULL,
                      .fold = fold,
                      .to = to,
                      .terms = party_terms(to),
                      .conditions =
                          letter_overrules(letter, fold, COMITY__ACTED__RULE__TERMS) ? notes : faults,
                      .notes = notes};
    if (author == SIDE_Q && terms->q != NULL) {
        authority_check(letter, terms->q, notes);
    }
    check_understood(&k, faults);
    check_formats(&k);
    check_authorities(&k);
    if (k.request != NULL) {
        check_language(&k);
        check_dual_criminality(&k);
        check_hold_days(&k);
    }
    if (k.request != NULL || letter_kind(letter) == LETTER_SUPPLEMENT) {
        check_insists(&k);
    }
    if (fold != NULL && letter_kind(letter) == LETTER_EXTEND) {
        check_extend(&k);
    }
    if (fold != NULL && (letter_kind(letter) == LETTER_EXTEND || letter_kind(letter) == LETTER_MLA_NOTICE)) {
        check_lead(&k, terms->now);
    }
}

/* --- the own State's --- */

static bool second_signature_left_aside(const Comity__Letter *letter, const struct case_fold *fold)
{
    return letter_overrules(letter, fold, COMITY__ACTED__RULE__SECOND_SIGNATURE);
}

unsigned letter_signatures_here(const Comity__Letter *letter, const struct case_fold *fold,
                                const struct party *own)
{
    const enum letter_kind kind = letter_kind(letter);
    const unsigned treaty = letter_signatures_needed(kind, letter);
    const unsigned raised =
        own == NULL || kind == LETTER_NONE ? 0 : terms_signatures(party_terms(own), letter_name(kind));
    return treaty == 0 || raised <= treaty || second_signature_left_aside(letter, fold) ? treaty : raised;
}
