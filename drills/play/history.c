/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/history.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/mix.h"
#include "drills/play/plan.h"
#include "drills/play/stage.h"
#include "nodes/recall.h"

#define START_MS     UINT64_C(1780272000000) /* 2026-06-01T00:00:00Z */
#define START_DAYS   700                     /* a seed begins at one of so many days after it */
#define LAST_WORD_MS MS_PER_MINUTE
#define NAP_MS_MIN   (15 * MS_PER_DAY)
#define NAP_MS_MAX   (45 * MS_PER_DAY)
#define STIR_MS      (8 * MS_PER_SECOND) /* between naps: all are linked again */
#define AWAKE_MS     (25 * MS_PER_SECOND) /* of a long gap; the rest is slept, so that idle links cost nothing */

/* --- a stage --- */

struct play {
    struct plan_stage stage;
    struct stage_watch watch;
    struct mix mix;
    const struct history_options *options;
    struct history_result *result;
    struct oracle_verdict verdict; /* what the oracle does not see: START, BUSY, PLAN, PEOPLE */
};

static void raise_play(struct play *play, struct cast *cast, struct world_setup *setup)
{
    struct plan_stage *stage = &play->stage;
    struct oracle_party parties[CAST_PARTIES_MAX];
    const uint64_t seed = play->options->seed;
    stage->cast = cast;
    stage->world = cast_world(cast, setup);
    play->watch.names[WORLD_BROKER] = CAST_BROKER_ID;
    const size_t count = cast->party_count + cast->has_liar;
    for (size_t i = 0; i < count; i++) {
        const struct cast_party *party = &cast->parties[i];
        play->watch.names[i + 1] = party->address.text;
        parties[i].address = party->address.text;
        memcpy(parties[i].node_key, party->node_signer.key.bytes, sizeof parties[i].node_key);
        memcpy(parties[i].seal_key, party->seal_signer.key.bytes, sizeof parties[i].seal_key);
    }
    stage->oracle = oracle_new(parties, count, cast->receipt_signer.key.bytes);
    stage->transcript = transcript_new(stage->world, play->watch.names, play->options->trace);
    stage->people = people_new(stage->world, cast, seed, stage->oracle, &play->result->coverage);
    stage->liar = cast->has_liar ? liar_new(stage->world, cast, seed, stage->oracle) : NULL;
    stage->faults =
        faults_new(stage->world, cast, seed, stage->people, stage->oracle, &play->result->coverage);
    faults_note_to(stage->faults, stage->transcript);
    liar_note_to(stage->liar, stage->transcript);
    stage_watch(stage, &play->watch, &play->result->coverage);
}

static void strike(struct play *play)
{
    struct plan_stage *stage = &play->stage;
    faults_free(stage->faults);
    liar_free(stage->liar);
    people_free(stage->people);
    transcript_free(stage->transcript);
    oracle_free(stage->oracle);
    world_free(stage->world);
    cast_free(stage->cast);
    stage_watch_done(&play->watch);
}

/* --- verdicts --- */

static void find_at(struct play *play, uint64_t at_us, const char *invariant, const char *text)
{
    if (play->verdict.invariant == NULL) {
        play->verdict.invariant = invariant;
        play->verdict.at_us = at_us;
        (void)snprintf(play->verdict.text, sizeof play->verdict.text, "%s", text);
    }
}

static void find(struct play *play, const char *invariant, const char *text)
{
    find_at(play, world_now_us(play->stage.world), invariant, text);
}

/* True while no promise is broken. */
static bool is_well(struct play *play)
{
    const struct plan_stage *stage = &play->stage;
    const struct oracle_verdict *seen = oracle_verdict(stage->oracle);
    if (seen != NULL && play->verdict.invariant == NULL) {
        play->verdict = *seen;
    }
    if (faults_trouble(stage->faults)[0] != '\0') {
        find_at(play, faults_trouble_us(stage->faults), "START", faults_trouble(stage->faults));
    }
    if (people_trouble(stage->people)[0] != '\0') {
        find(play, "PEOPLE", people_trouble(stage->people));
    }
    if (stage->stall.text[0] != '\0') {
        find(play, "I8", stage->stall.text);
    }
    return play->verdict.invariant == NULL;
}

static bool pass(struct play *play, uint64_t ms)
{
    if (!world_pass(play->stage.world, ms)) {
        find(play, "BUSY", "an instant does not end");
    }
    return is_well(play);
}

/* --- the time with faults --- */

static bool wait_gap(struct play *play, uint64_t ms)
{
    uint64_t now_us = world_now_us(play->stage.world);
    uint64_t until_us = faults_sleep_until(play->stage.faults);
    if (until_us > now_us) {
        return pass(play, (until_us - now_us) / 1000 + 1000); /* nobody is linked: days are cheap */
    }
    if (ms <= AWAKE_MS) {
        return pass(play, ms);
    }
    if (!pass(play, AWAKE_MS)) {
        return false;
    }
    if (!world_leap(play->stage.world, ms - AWAKE_MS)) {
        find(play, "BUSY", "an instant does not end after a sleep");
    }
    return is_well(play);
}

/* A time in which people write nothing: all machines run, and are looked at now and then. */
static bool sleep_long(struct play *play, uint64_t ms)
{
    while (ms != 0) {
        uint64_t nap_ms = stream_between(&play->mix.stream, NAP_MS_MIN, NAP_MS_MAX);
        nap_ms = nap_ms < ms ? nap_ms : ms;
        if (!world_leap(play->stage.world, nap_ms)) {
            find(play, "BUSY", "an instant does not end after a sleep");
        }
        if (!is_well(play) || !pass(play, STIR_MS)) {
            return false;
        }
        ms -= nap_ms;
    }
    return true;
}

static void act(struct play *play)
{
    struct stream *stream = &play->mix.stream;
    people_act(play->stage.people);
    if (stream_chance(stream, 200)) {
        people_retry(play->stage.people);
    }
    if (play->mix.lie != 0 && stream_chance(stream, play->mix.lie)) {
        liar_act(play->stage.liar);
    }
    faults_look(play->stage.faults);
}

static void strike_perhaps(struct play *play)
{
    struct stream *stream = &play->mix.stream;
    enum fault_kind kind = FAULT_KILL;
    size_t actor = WORLD_BROKER;
    if (stream_chance(stream, play->mix.backup)) {
        faults_backup(play->stage.faults, (size_t)stream_below(stream, play->mix.parties + 1));
    }
    if (stream_chance(stream, play->mix.fault) && mix_fault(&play->mix, &kind, &actor)) {
        (void)fault_begin(play->stage.faults, kind, actor, 0);
    }
}

static bool has_faults(const struct mix *mix)
{
    bool any = false;
    for (size_t kind = 0; kind < FAULT_COUNT; kind++) {
        any |= mix->on[kind];
    }
    return any;
}

/* Nobody may refuse what all are there for: without a fault each letter that the seed wants is taken. */
static void ask_progress(struct play *play)
{
    char text[160];
    uint64_t letters = people_letters(play->stage.people);
    if (!has_faults(&play->mix) && letters < play->mix.letters) {
        (void)snprintf(text, sizeof text, "of %llu letters %llu were taken, in %llu acts without a fault",
                       (unsigned long long)play->mix.letters, (unsigned long long)letters,
                       (unsigned long long)play->mix.acts_max);
        find(play, "PEOPLE", text);
    }
}

static void play_mix(struct play *play)
{
    const struct mix *mix = &play->mix;
    for (size_t i = 1; i <= mix->parties; i++) {
        faults_line(play->stage.faults, i, &mix->lines[i]);
    }
    if (mix->lie != 0) {
        world_link(play->stage.world, mix->parties + 1, &mix->lines[mix->parties + 1]);
    }
    bool well = pass(play, 5 * MS_PER_SECOND); /* rosters and prekeys make their first round */
    for (uint64_t acts = 0; well && acts < mix->acts_max && people_letters(play->stage.people) < mix->letters;
         acts++) {
        act(play);
        strike_perhaps(play);
        const uint64_t wanted_ms = people_wait_ms(play->stage.people), gap_ms = mix_gap_ms(&play->mix);
        const uint64_t sleep_ms = mix_sleep_ms(&play->mix, wanted_ms <= AWAKE_MS ? 0 : wanted_ms);
        well = is_well(play) &&
               wait_gap(play, wanted_ms <= AWAKE_MS && wanted_ms > gap_ms ? wanted_ms : gap_ms) &&
               (sleep_ms == 0 || sleep_long(play, sleep_ms));
    }
    if (well) {
        ask_progress(play);
    }
}

/* --- the end --- */

static void ask_liveness(struct play *play)
{
    faults_heal(play->stage.faults);
    const uint64_t end_us = world_now_us(play->stage.world) + HISTORY_BOUND_MS * 1000;
    oracle_healed(play->stage.oracle, world_now_us(play->stage.world), world_now(play->stage.world).ms);
    if (!is_well(play) || stage_wait_until_quiet(&play->stage, HISTORY_BOUND_MS)) {
        return;
    }
    if (!is_well(play)) {
        return;
    }
    if (world_now_us(play->stage.world) < end_us) {
        find(play, "BUSY", "an instant does not end after the heal");
    } else if (people_unanswered(play->stage.people) != 0) {
        find(play, "I8", "submits got no answer within the bound");
    }
    stage_say_what_waits(&play->stage);
}

/* The actor with that address; the asker itself where a link made it up. */
static size_t asked_actor(const struct play *play, const struct recall_state *state, size_t asker)
{
    for (size_t i = 1; i < world_actor_count(play->stage.world); i++) {
        if (strcmp(play->watch.names[i], state->party.text) == 0) {
            return i;
        }
    }
    return asker;
}

/*
 * A node that names a loss of its disk or of the broker's, or asks others for what was lost; what a liar says of itself is its
 * own affair.
 */
static void ask_alarm(struct play *play, size_t actor)
{
    struct recall_state states[CAST_PARTIES_MAX];
    struct node *node = world_node(play->stage.world, actor);
    const struct oracle *oracle = play->stage.oracle;
    size_t count = recall_states(node, CAST_PARTIES_MAX, states);
    bool named = (recall_noticed_ms(node) != 0 && !oracle_may_recall(oracle, actor, actor)) ||
                 (recall_broker_noticed_ms(node) != 0 && !oracle_may_recall(oracle, actor, WORLD_BROKER));
    char text[160];
    for (size_t i = 0; i < count; i++) {
        size_t party = asked_actor(play, &states[i], actor);
        named |= !stage_is_liar(&play->stage, &states[i].party) && !oracle_may_recall(oracle, actor, party);
    }
    if (named) {
        (void)snprintf(text, sizeof text,
                       "%s names a loss, and neither a disk that matters to it lost anything nor a link lied",
                       play->watch.names[actor]);
        find(play, "I5", text);
    }
}

static void ask_alarms(struct play *play)
{
    for (size_t i = 1; i < world_actor_count(play->stage.world); i++) {
        ask_alarm(play, i);
    }
}

/* Each lie is refused, and for what it is. The word on the last one may still be under way when all others are quiet. */
static void ask_liar(struct play *play)
{
    struct error error = {.text = ""};
    if (play->options->plan != NULL || has_faults(&play->mix)) {
        return;
    }
    if (liar_unrefused(play->stage.liar, &error) && !pass(play, LAST_WORD_MS)) {
        return;
    }
    if (liar_trouble(play->stage.liar)[0] != '\0') {
        find(play, "I10", liar_trouble(play->stage.liar));
    } else if (liar_unrefused(play->stage.liar, &error)) {
        find(play, "I10", error.text);
    }
}

/* A case as that actor shows it; NULL: it does not know it. All is healed: any other answer is explained by no fault. */
static json_t *view_of(struct play *play, size_t actor, const char *id)
{
    struct command command = {.actor = "oracle", .verb = VERB_CASE, .target = id, .query = "letters=all"};
    char text[160];
    unsigned status = 0;
    json_t *answer = NULL;
    bool answered = world_command(play->stage.world, actor, &command, &status, &answer);
    if (answered && status == 200 && answer != NULL) {
        people_count_met(play->stage.people, actor, answer);
        return answer;
    }
    if (!answered || status != 404) {
        (void)snprintf(text, sizeof text, "%s does not show case %.8s at the end: HTTP status %u",
                       play->watch.names[actor], id, status);
        find(play, "PEOPLE", text);
    }
    json_decref(answer);
    return NULL;
}

struct views {
    json_t *q, *r;
};

static void ask_oracle(struct play *play)
{
    struct plan_stage *stage = &play->stage;
    const struct people_case *cases = NULL;
    struct oracle_store stores[CAST_PARTIES_MAX + 1];
    people_gather(stage->people);
    size_t count = people_cases(stage->people, &cases);
    struct views *views = calloc(count + 1, sizeof *views);
    ensure(views != NULL);
    for (size_t i = 0; i < count; i++) {
        const bool whole = cases[i].q <= stage->cast->party_count && cases[i].r <= stage->cast->party_count;
        views[i].q = whole ? view_of(play, cases[i].q, cases[i].id) : NULL; /* a liar has no node */
        views[i].r = whole ? view_of(play, cases[i].r, cases[i].id) : NULL;
    }
    memset(stores, 0, sizeof stores); /* a liar has none */
    for (size_t i = 0; i < world_actor_count(stage->world); i++) {
        stores[i] = (struct oracle_store){world_vfs(stage->world, i), world_store_path(stage->world, i)};
    }
    stage_close(stage);
    oracle_finish(stage->oracle, world_now_us(stage->world), stores);
    for (size_t i = 0; i < count; i++) {
        oracle_case(stage->oracle, world_now_us(stage->world), cases[i].id, cases[i].q, views[i].q,
                    cases[i].r, views[i].r);
        json_decref(views[i].q);
        json_decref(views[i].r);
    }
    free(views);
}

static void print_report(const struct play *play, FILE *to)
{
    const struct oracle_verdict *verdict = &play->verdict;
    uint64_t seconds = verdict->at_us / 1000000;
    (void)fprintf(to, "seed %llu breaks %s after %llud %02u:%02u:%02u: %s\n",
                  (unsigned long long)play->options->seed, verdict->invariant,
                  (unsigned long long)(seconds / 86400), (unsigned)(seconds / 3600 % 24),
                  (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60), verdict->text);
    if (play->options->plan == NULL) {
        (void)fprintf(to, "mix: ");
        mix_print(&play->mix, to);
    }
    (void)fprintf(to, "the last %d events:\n", TRANSCRIPT_LAST);
    transcript_print_last(play->stage.transcript, to);
    if (play->options->plan == NULL) {
        (void)fprintf(to, "play it again: comity world run --seed %llu --trace\n",
                      (unsigned long long)play->options->seed);
    }
}

static void sum_up(struct play *play)
{
    struct history_result *result = play->result;
    struct plan_stage *stage = &play->stage;
    result->ok = play->verdict.invariant == NULL;
    result->verdict = play->verdict;
    result->figures = oracle_figures(stage->oracle);
    transcript_hash(stage->transcript, result->transcript);
    result->coverage.seeds = 1;
    result->coverage.failed = !result->ok;
    result->coverage.letters = people_letters(stage->people);
    result->coverage.accepted = result->figures.accepted;
    result->coverage.turns = world_figures(stage->world).turns;
    result->coverage.virtual_ms = world_now_us(stage->world) / 1000;
    if (!result->ok && play->options->report != NULL) {
        print_report(play, play->options->report);
    }
}

static void raise_by_plan(struct play *play)
{
    struct world_setup setup = {.life_ms = 0};
    struct cast_setup cast_setup = {.seed = play->options->seed, .start = {.ms = START_MS}};
    const char *const *names = NULL;
    const char *liar = plan_liar(play->options->plan);
    size_t parties = plan_parties(play->options->plan, &names);
    struct cast *cast = NULL;
    cast_setup.party_count = parties;
    do { /* the parties of a plan need not be the first ones of a cast */
        cast_free(cast);
        cast = cast_of(&cast_setup);
    } while (cast_misses(cast, names, parties) != NULL && cast_setup.party_count++ < CAST_PARTIES_MAX);
    if (liar != NULL) {
        cast_setup.has_liar = true;
        cast_setup.liar = (size_t)(cast_party(cast, liar) - cast->parties);
        cast_free(cast);
        cast = cast_of(&cast_setup);
    }
    plan_setup(play->options->plan, &setup);
    raise_play(play, cast, &setup);
}

static void raise_by_mix(struct play *play)
{
    struct mix *mix = &play->mix;
    mix_draw(play->options->seed, mix);
    struct stream stream = stream_of(play->options->seed, "start", 0);
    wall_ms start = {.ms = START_MS + stream_below(&stream, START_DAYS * MS_PER_DAY)};
    struct cast *cast = cast_of(&(struct cast_setup){.seed = play->options->seed,
                                                     .party_count = mix->parties + (mix->lie != 0),
                                                     .start = start,
                                                     .exercise = mix->exercise,
                                                     .outsider = mix->outsider,
                                                     .has_liar = mix->lie != 0,
                                                     .liar = mix->liar});
    struct world_setup setup = mix->limits;
    raise_play(play, cast, &setup);
}

void history_play(const struct history_options *options, struct history_result *ret)
{
    struct play *play = calloc(1, sizeof *play);
    ensure(play != NULL);
    memset(ret, 0, sizeof *ret);
    play->options = options;
    play->result = ret;
    if (options->plan != NULL) {
        raise_by_plan(play);
        if (!plan_play(options->plan, &play->stage) && is_well(play)) {
            find(play, "PLAN", play->stage.error.text);
        }
    } else {
        raise_by_mix(play);
        play_mix(play);
    }
    if (is_well(play)) {
        ask_liveness(play);
    }
    if (is_well(play)) {
        ask_alarms(play);
        ask_liar(play);
    }
    if (is_well(play)) {
        ask_oracle(play);
    }
    (void)is_well(play);
    sum_up(play);
    strike(play);
    free(play);
}
