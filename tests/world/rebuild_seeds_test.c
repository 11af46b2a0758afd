/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many histories of three parties whose disks, and the broker's, are lost in every way at any moment: restored from a backup
 * taken at another moment, emptied, cut while they lie about their syncs. When all is quiet again, each case is the same on
 * both sides, and goes on in both directions. COMITY_REBUILD_SEEDS: how many; COMITY_REBUILD_FIRST: the first one.
 */
#include <setjmp.h>
#include <sodium.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/officer.h"

#define SEEDS  6
#define CASES  24
#define STEPS  60
#define HOUR   UINT64_C(3600000)
#define ACTORS (FIXTURE_PARTIES + 1)

static const char *const names[ACTORS] = {"hub", "XA/poc", "XB/poc", "XC/poc"};
static const char *const letters_of_r[] = {
    "{\"ack\":{\"reference\":\"R-1\",\"desk\":\"duty\",\"answer\":\"WILL_ANSWER\",\"form\":\"by letter\","
    "\"answerBy\":\"2026-09-02T12:00:00+02:00\"}}",
    "{\"ordered\":{\"authorisation\":{\"authority\":\"Court\",\"kind\":\"JUDICIAL\",\"reference\":\"C-1\","
    "\"issuedAt\":\"2026-06-01T13:00:00+02:00\",\"scope\":\"all\",\"expiresAt\":\"2026-12-01T00:00:00+02:"
    "00\"},"
    "\"custodian\":\"Example Hosting\",\"servedAt\":\"2026-06-01T13:30:00+02:00\"}}",
    "{\"held\":{\"heldFrom\":\"2026-06-01T13:40:00+02:00\",\"holdUntil\":\"2026-12-01T00:00:00+02:00\","
    "\"zone\":\"Europe/Paris\",\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}",
    "{\"infoAsked\":{\"questions\":[{\"code\":\"PERIOD\",\"text\":\"which period?\"}]}}",
    "{\"status\":{\"text\":\"it goes on\"}}"};
static const char *const letters_of_q[] = {
    "{\"statusAsk\":{\"text\":\"how does it stand?\"}}",
    "{\"infoGiven\":{\"answers\":[{\"question\":1,\"text\":\"the one named\"}]}}",
    "{\"statusAsk\":{\"text\":\"and now?\"}}"};

struct history {
    struct fixture *fixture;
    struct world *world;
    struct disk *backups[ACTORS];
    char *requests[ACTORS];
    uint64_t seed, random;
    size_t count;
    struct {
        size_t q, r; /* actors */
        char id[33];
    } cases[CASES];
    unsigned sent, losses;
    bool lost[ACTORS];
    bool broker_lost;
};

static uint64_t draw(struct history *h, uint64_t below)
{
    h->random ^= h->random << 13;
    h->random ^= h->random >> 7;
    h->random ^= h->random << 17;
    return (h->random >> 20) % below;
}

static void start(struct history *h, size_t actor)
{
    struct error error = {.text = ""};
    if (!world_is_up(h->world, actor) && !world_start(h->world, actor, &error)) {
        fail_msg("seed %llu: %s does not start: %s", (unsigned long long)h->seed, names[actor], error.text);
    }
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* --- steps --- */

static unsigned write_letter(struct history *h, size_t actor, const char *where, const char *letter,
                             char ret_case[33])
{
    json_t *answer = NULL;
    unsigned status = world_is_up(h->world, actor)
                          ? officer_send(h->world, h->fixture, names[actor], where, letter, &answer)
                          : 0;
    if (status == 200 && ret_case != NULL) {
        (void)snprintf(ret_case, 33, "%s", text_of(answer, "case"));
    }
    h->sent += status == 200;
    json_decref(answer);
    return status;
}

static void open_case(struct history *h)
{
    size_t q = 1 + draw(h, FIXTURE_PARTIES);
    size_t r = 1 + (q + draw(h, FIXTURE_PARTIES - 1)) % FIXTURE_PARTIES;
    char id[33];
    if (h->count < CASES && write_letter(h, q, names[r], h->requests[q], id) == 200) {
        h->cases[h->count].q = q;
        h->cases[h->count].r = r;
        memcpy(h->cases[h->count].id, id, sizeof id);
        h->count++;
    }
}

static void go_on(struct history *h)
{
    if (h->count == 0) {
        return;
    }
    size_t of = draw(h, h->count);
    bool requesting = draw(h, 2) == 0;
    size_t actor = requesting ? h->cases[of].q : h->cases[of].r;
    const char *letter = requesting ? letters_of_q[draw(h, sizeof letters_of_q / sizeof letters_of_q[0])]
                                    : letters_of_r[draw(h, sizeof letters_of_r / sizeof letters_of_r[0])];
    (void)write_letter(h, actor, h->cases[of].id, letter, NULL); /* what the case does not allow is refused */
}

/* One way or another its disk is older than it was; where it is not lost at all, it was killed. */
static void lose(struct history *h)
{
    size_t actor = draw(h, ACTORS);
    struct disk *disk = world_disk(h->world, actor);
    uint64_t how = draw(h, 6);
    world_crash(h->world, actor, how == 0 ? DISK_KEEP_ALL : DISK_LOSE_ALL);
    disk_lie_about_sync(disk, false);
    if (how == 1 || how == 2) {
        disk_copy(disk, h->backups[actor]);
    } else if (how == 3 && actor != WORLD_BROKER) {
        struct disk *empty = disk_new("rebuild-empty", 1);
        disk_copy(disk, empty);
        disk_free(empty);
    }
    h->losses += how != 0;
    h->lost[actor] = h->lost[actor] || how != 0;
    h->broker_lost = h->broker_lost || (actor == WORLD_BROKER && how != 0);
    if (draw(h, 3) != 0) {
        start(h, actor);
    }
}

static void let_pass(struct history *h)
{
    static const uint64_t spans[] = {10, 2000, 90000, HOUR, 8 * HOUR};
    if (draw(h, 2) == 0) {
        bool idle = world_settle(h->world, (unsigned)draw(h, 40)); /* or in the middle of something */
        (void)idle;
    } else {
        assert_true(world_leap(h->world, spans[draw(h, 5)]));
    }
}

static void step(struct history *h)
{
    size_t actor = draw(h, ACTORS);
    switch (draw(h, 12)) {
    case 0:
    case 1:
        open_case(h);
        break;
    case 2:
        if (world_is_up(h->world, actor)) {
            disk_copy(h->backups[actor], world_disk(h->world, actor));
        }
        break;
    case 3:
        disk_lie_about_sync(world_disk(h->world, actor), true);
        break;
    case 4:
        lose(h);
        break;
    case 5:
        start(h, actor);
        break;
    case 6:
    case 7:
    case 8:
        let_pass(h);
        break;
    default:
        go_on(h);
        break;
    }
}

/* --- quiet --- */

static void quiet(struct history *h, unsigned days)
{
    for (size_t i = 0; i < ACTORS; i++) {
        disk_lie_about_sync(world_disk(h->world, i), false);
        start(h, i);
    }
    for (unsigned i = 0; i < 4 * days; i++) {
        assert_true(world_pass(h->world, 5000));
        assert_true(world_leap(h->world, 6 * HOUR));
    }
    assert_true(world_pass(h->world, 5000));
    assert_int_equal(world_fatals(h->world), 0);
}

/*
 * After a loss a letter may have been accepted or delivered twice, and each side has the receipts of one time: what is proven to
 * it stays, whatever the other says (docs/protocol.md 4.6).
 */
static bool times_may_differ(const struct history *h, size_t of)
{
    return h->broker_lost || h->lost[h->cases[of].q] || h->lost[h->cases[of].r];
}

static int compare_texts(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* What is owed without by when, and in an order that does not follow from it. */
static void forget_dates(json_t *owed)
{
    char *texts[64];
    size_t count = json_array_size(owed);
    assert_true(count <= sizeof texts / sizeof texts[0]);
    for (size_t i = 0; i < count; i++) {
        (void)json_object_del(json_array_get(owed, i), "when");
        texts[i] = json_dumps(json_array_get(owed, i), JSON_SORT_KEYS);
    }
    qsort(texts, count, sizeof texts[0], compare_texts);
    (void)json_array_clear(owed);
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(owed, json_string(texts[i]));
        free(texts[i]);
    }
}

/* The view of a case; NULL: it is not known there. */
static json_t *view(struct history *h, size_t actor, size_t of)
{
    json_t *answer = officer_get(h->world, names[actor], VERB_CASE, h->cases[of].id, "letters=all");
    assert_non_null(answer);
    if (json_object_get(answer, "state") == NULL) {
        json_decref(answer);
        return NULL;
    }
    if (times_may_differ(h, of)) {
        forget_dates(json_object_get(answer, "owed"));
    }
    /* Failed letters are the memory of one side; so are those held back behind one that every disk has lost. */
    json_t *list = json_object_get(answer, "letters");
    for (size_t i = json_array_size(list); i > 0; i--) {
        const char *effect = text_of(json_array_get(list, i - 1), "effect");
        if (strcmp(effect, "FAILED") == 0 || strcmp(effect, "HELD_BACK") == 0) {
            (void)json_array_remove(list, i - 1);
        }
    }
    return answer;
}

static void differ(struct history *h, size_t of, const char *what, const json_t *q, const json_t *r)
{
    char *left = json_dumps(q, JSON_ENCODE_ANY);
    char *right = json_dumps(r, JSON_ENCODE_ANY);
    fail_msg("seed %llu: %s of case %zu between %s and %s differs: %s | %s", (unsigned long long)h->seed,
             what, of, names[h->cases[of].q], names[h->cases[of].r], left, right);
}

static void assert_same(struct history *h, size_t of)
{
    static const char *const members[] = {"state", "items", "asks", "owed"};
    static const char *const parts[] = {"id", "by", "seq", "effect", "delivered", "accepted"};
    const size_t timeless = 4;
    json_t *q = view(h, h->cases[of].q, of);
    json_t *r = view(h, h->cases[of].r, of);
    if (r == NULL && q != NULL && json_array_size(json_object_get(q, "letters")) == 0) {
        json_decref(q); /* its request has failed */
        return;
    }
    if ((q == NULL) != (r == NULL)) {
        differ(h, of, "knowledge", q, r);
    }
    for (size_t i = 0; q != NULL && i < sizeof members / sizeof members[0]; i++) {
        if (json_equal(json_object_get(q, members[i]), json_object_get(r, members[i])) == 0) {
            differ(h, of, members[i], json_object_get(q, members[i]), json_object_get(r, members[i]));
        }
    }
    const json_t *of_q = json_object_get(q, "letters");
    const json_t *of_r = json_object_get(r, "letters");
    if (json_array_size(of_q) != json_array_size(of_r)) {
        differ(h, of, "letters", of_q, of_r);
    }
    for (size_t i = 0; i < json_array_size(of_q); i++) {
        for (size_t j = 0; j < (times_may_differ(h, of) ? timeless : sizeof parts / sizeof parts[0]); j++) {
            const json_t *left = json_array_get(of_q, i);
            const json_t *right = json_array_get(of_r, i);
            if (json_equal(json_object_get(left, parts[j]), json_object_get(right, parts[j])) == 0) {
                differ(h, of, parts[j], left, right);
            }
        }
    }
    json_decref(q);
    json_decref(r);
}

/* No recall lasts, nothing waits, and every case takes a letter of each side. */
static void assert_goes_on(struct history *h)
{
    for (size_t i = 1; i < ACTORS; i++) {
        json_t *status = officer_get(h->world, names[i], VERB_STATUS, "", "");
        const json_t *recalls = json_object_get(status, "recalls");
        for (size_t k = 0; k < json_array_size(recalls); k++) {
            if (text_of(json_array_get(recalls, k), "whole_since")[0] == '\0' ||
                json_integer_value(json_object_get(json_array_get(recalls, k), "refused")) != 0) {
                differ(h, 0, names[i], recalls, NULL);
            }
        }
        /* And nobody is said to have lost what he has not. */
        if (!h->broker_lost && ((!h->lost[i] && json_object_get(status, "store_behind") != NULL) ||
                                json_object_get(status, "broker_behind") != NULL)) {
            differ(h, 0, "false alarm", status, NULL);
        }
        json_decref(status);
    }
    for (size_t of = 0; of < h->count; of++) {
        json_t *r = view(h, h->cases[of].r, of);
        if (r == NULL) {
            continue; /* only a lost disk knew of it, or its request has failed */
        }
        json_decref(r);
        unsigned asked = write_letter(h, h->cases[of].q, h->cases[of].id, letters_of_q[0], NULL);
        assert_true(asked == 200 || asked == 422); /* 422: it was asked already */
        assert_true(world_pass(h->world, 2000));
        assert_same(h, of);
        unsigned told = write_letter(h, h->cases[of].r, h->cases[of].id, letters_of_r[4], NULL);
        if (told != 200) {
            fail_msg("seed %llu: %s may not answer in case %zu: %u", (unsigned long long)h->seed,
                     names[h->cases[of].r], of, told);
        }
        assert_true(world_pass(h->world, 2000));
        assert_same(h, of);
    }
}

static char *request_of(const struct fixture *fixture, const char *q)
{
    char *sample = officer_sample_request();
    json_t *letter = json_loads(sample, 0, NULL);
    json_t *confirmation = json_object_get(json_object_get(letter, "request"), "confirmation");
    (void)json_object_set_new(confirmation, "phone",
                              json_string(roster_find(fixture->roster, q)->contacts[0].phone));
    char *text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    free(sample);
    return text;
}

static void play(struct fixture *fixture, uint64_t seed, unsigned *sent, unsigned *losses)
{
    struct history h = {.fixture = fixture, .seed = seed, .random = seed * UINT64_C(0x9e3779b97f4a7c15) | 1};
    char vfs[32];
    h.world = officer_world(fixture, seed);
    for (size_t i = 0; i < ACTORS; i++) {
        (void)snprintf(vfs, sizeof vfs, "rebuild-seed-%zu", i);
        h.backups[i] = disk_new(vfs, seed + i);
        h.requests[i] = i == WORLD_BROKER ? NULL : request_of(fixture, names[i]);
        disk_copy(h.backups[i], world_disk(h.world, i));
    }
    assert_true(world_settle(h.world, 1000));
    for (unsigned i = 0; i < STEPS; i++) {
        step(&h);
    }
    quiet(&h, 34); /* twice: a recall ends 15 days after what it waits for, at the latest */
    for (size_t of = 0; of < h.count; of++) {
        assert_same(&h, of);
    }
    assert_goes_on(&h);
    *sent += h.sent;
    *losses += h.losses;
    world_free(h.world);
    for (size_t i = 0; i < ACTORS; i++) {
        disk_free(h.backups[i]);
        free(h.requests[i]);
    }
}

static uint64_t number_of(const char *variable, uint64_t otherwise)
{
    const char *text = getenv(variable);
    return text == NULL ? otherwise : strtoull(text, NULL, 10);
}

/* Each of these once found a bug. */
static const uint64_t past[] = {1, 10, 12, 45, 175, 277, 561, 10072, 20066};

static void lost_disks_leave_both_sides_equal(void **state)
{
    (void)state;
    assert_true(sodium_init() >= 0);
    struct slab *slab = slab_new(256, NULL);
    struct fixture *fixture = fixture_new(slab);
    uint64_t first = number_of("COMITY_REBUILD_FIRST", 2);
    uint64_t seeds = number_of("COMITY_REBUILD_SEEDS", SEEDS);
    unsigned sent = 0;
    unsigned losses = 0;
    for (size_t i = 0; i < sizeof past / sizeof past[0]; i++) {
        play(fixture, past[i], &sent, &losses);
    }
    for (uint64_t seed = first; seed < first + seeds; seed++) {
        play(fixture, seed, &sent, &losses);
    }
    print_message("# %llu seeds and past ones: %u letters, %u disks lost\n", (unsigned long long)seeds, sent,
                  losses);
    assert_true(sent > seeds && losses > 0);
    fixture_free(fixture);
    slab_free(slab);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lost_disks_leave_both_sides_equal)};
    return cmocka_run_group_tests_name("rebuild_seeds", tests, NULL, NULL);
}
