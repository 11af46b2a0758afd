/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Disks that come back older than they were: restored from a backup, emptied, or liars about their syncs. The loss is named
 * at the next hello, and the case files come back from the other ends without any person; docs/protocol.md 4.6.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/support/officer.h"

#define CASES 8
#define HOUR  (60 * 60 * 1000)

static const char ack[] = "{\"ack\":{\"reference\":\"XB-77\",\"desk\":\"duty\",\"answer\":\"WILL_ANSWER\","
                          "\"form\":\"by letter\",\"answerBy\":\"2026-06-02T12:00:00+02:00\"}}";
static const char ordered[] =
    "{\"ordered\":{\"authorisation\":{\"authority\":\"Court of "
    "Belmora\",\"kind\":\"JUDICIAL\",\"reference\":\"C-1\","
    "\"issuedAt\":\"2026-06-01T13:00:00+02:00\",\"scope\":\"items 1 to "
    "3\",\"expiresAt\":\"2026-09-01T00:00:00+02:00\"},"
    "\"custodian\":\"Example Hosting\",\"servedAt\":\"2026-06-01T13:30:00+02:00\"}}";
static const char held[] =
    "{\"held\":{\"heldFrom\":\"2026-06-01T13:40:00+02:00\",\"holdUntil\":\"2026-09-01T00:00:00+02:00\","
    "\"zone\":\"Europe/Paris\",\"scope\":\"all\",\"custodianReference\":\"eh-1\"}}";
static const char status_ask[] = "{\"statusAsk\":{\"text\":\"how does it stand?\"}}";
static const char status[] = "{\"status\":{\"text\":\"it goes on\"}}";

struct stage {
    struct officer_scene scene;
    struct disk *backup;
    size_t count; /* cases */
    struct {
        const char *q, *r;
        char id[33];
        size_t letters;
    } cases[CASES];
};

static int set_up(void **state)
{
    struct stage *s = calloc(1, sizeof *s);
    assert_non_null(s);
    officer_scene_open(&s->scene, 23);
    s->backup = disk_new("rebuild-backup", 3);
    *state = s;
    return 0;
}

static int tear_down(void **state)
{
    struct stage *s = *state;
    officer_scene_close(&s->scene);
    disk_free(s->backup);
    free(s);
    return 0;
}

static void pass(struct stage *s, uint64_t ms)
{
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(world_pass(s->scene.world, ms));
    assert_int_equal(world_fatals(s->scene.world), 0);
}

/* All machines sleep, and wake for a second every six hours. */
static void pass_days(struct stage *s, unsigned days)
{
    for (unsigned i = 0; i < 4 * days; i++) {
        assert_true(world_leap(s->scene.world, (uint64_t)6 * HOUR));
        pass(s, 1000);
    }
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text == NULL ? "" : text;
}

/* --- letters --- */

static unsigned try_send(struct stage *s, const char *party, const char *where, const char *letter,
                         char ret_code[32], char ret_case[33])
{
    json_t *answer = NULL;
    unsigned result = officer_send(s->scene.world, s->scene.fixture, party, where, letter, &answer);
    if (ret_code != NULL) {
        (void)snprintf(ret_code, 32, "%s", text_of(answer, "code"));
    }
    if (ret_case != NULL) {
        (void)snprintf(ret_case, 33, "%s", text_of(answer, "case"));
    }
    json_decref(answer);
    return result;
}

static void send(struct stage *s, size_t of, const char *party, const char *letter)
{
    char code[32];
    unsigned result = try_send(s, party, s->cases[of].id, letter, code, NULL);
    if (result != 200) {
        fail_msg("%s may not write in case %zu: %u %s", party, of, result, code);
    }
    s->cases[of].letters++;
}

/* The sample request is of XA/poc: others have another number to call back. Freed by the caller. */
static char *request_of(struct stage *s, const char *q)
{
    const struct party *party = roster_find(s->scene.fixture->roster, q);
    json_t *letter = json_loads(s->scene.request, 0, NULL);
    json_t *confirmation = json_object_get(json_object_get(letter, "request"), "confirmation");
    (void)json_object_set_new(confirmation, "phone", json_string(party->contacts[0].phone));
    char *text = json_dumps(letter, JSON_COMPACT);
    json_decref(letter);
    return text;
}

static size_t open_case(struct stage *s, const char *q, const char *r)
{
    char *request = request_of(s, q);
    size_t of = s->count++;
    assert_true(of < CASES);
    s->cases[of].q = q;
    s->cases[of].r = r;
    s->cases[of].letters = 1;
    assert_int_equal(try_send(s, q, r, request, NULL, s->cases[of].id), 200);
    free(request);
    return of;
}

/* Cases in both directions between XA and XB, and one that XB has no part in. */
static void write_before(struct stage *s)
{
    open_case(s, "XA/poc", "XB/poc");
    open_case(s, "XB/poc", "XA/poc");
    open_case(s, "XA/poc", "XC/poc");
    pass(s, 2000);
    send(s, 0, "XB/poc", ack);
    send(s, 2, "XC/poc", ack);
    pass(s, 2000);
}

/* Both sides of each go on, and new ones begin in both directions. */
static void write_after(struct stage *s)
{
    send(s, 0, "XB/poc", ordered);
    send(s, 0, "XB/poc", held);
    send(s, 0, "XA/poc", status_ask);
    send(s, 1, "XA/poc", ack);
    send(s, 1, "XB/poc", status_ask);
    size_t one = open_case(s, "XA/poc", "XB/poc");
    size_t two = open_case(s, "XB/poc", "XA/poc");
    pass(s, 2000);
    send(s, 0, "XB/poc", status);
    send(s, 1, "XA/poc", status);
    send(s, one, "XB/poc", ack);
    send(s, two, "XA/poc", ack);
    pass(s, 2000);
}

/* Each case goes on in both directions. */
static void write_on(struct stage *s)
{
    for (size_t i = 0; i < s->count; i++) {
        send(s, i, s->cases[i].q, status_ask);
    }
    pass(s, 2000);
    for (size_t i = 0; i < s->count; i++) {
        send(s, i, s->cases[i].r, status);
    }
    pass(s, 2000);
}

/* --- looking --- */

static json_t *view(struct stage *s, const char *party, size_t of)
{
    json_t *answer = officer_get(s->scene.world, party, VERB_CASE, s->cases[of].id, "letters=all");
    if (answer == NULL || json_object_get(answer, "state") == NULL) {
        fail_msg("%s does not know case %zu", party, of);
    }
    return answer;
}

static void assert_equal(size_t of, const char *name, const json_t *left, const json_t *right)
{
    if (json_equal(left, right) == 0) {
        char *a = json_dumps(left, JSON_ENCODE_ANY | JSON_INDENT(1));
        char *b = json_dumps(right, JSON_ENCODE_ANY | JSON_INDENT(1));
        fail_msg("%s of case %zu differs: %s | %s", name, of, a, b);
    }
}

static void assert_letters_equal(size_t of, const json_t *q, const json_t *r)
{
    static const char *const members[] = {"id",     "letter",   "by",        "seq",
                                          "signed", "accepted", "delivered", "effect"};
    for (size_t i = 0; i < json_array_size(q); i++) {
        for (size_t j = 0; j < sizeof members / sizeof members[0]; j++) {
            assert_equal(of, members[j], json_object_get(json_array_get(q, i), members[j]),
                         json_object_get(json_array_get(r, i), members[j]));
        }
    }
}

/* Both sides have every letter that was ever filed, with the same times, and fold them into the same case. */
static void assert_whole(struct stage *s)
{
    static const char *const members[] = {"state", "items", "owed", "asks"};
    for (size_t i = 0; i < s->count; i++) {
        json_t *q = view(s, s->cases[i].q, i);
        json_t *r = view(s, s->cases[i].r, i);
        assert_int_equal(json_array_size(json_object_get(q, "letters")), s->cases[i].letters);
        assert_int_equal(json_array_size(json_object_get(r, "letters")), s->cases[i].letters);
        for (size_t j = 0; j < sizeof members / sizeof members[0]; j++) {
            assert_equal(i, members[j], json_object_get(q, members[j]), json_object_get(r, members[j]));
        }
        assert_letters_equal(i, json_object_get(q, "letters"), json_object_get(r, "letters"));
        json_decref(q);
        json_decref(r);
    }
}

static bool status_has(struct stage *s, const char *party, const char *member)
{
    json_t *answer = officer_get(s->scene.world, party, VERB_STATUS, "", "");
    assert_non_null(answer);
    bool has = json_object_get(answer, member) != NULL;
    json_decref(answer);
    return has;
}

/* How a party's recall of the other one stands: 0 none, 1 it lasts, 2 done. */
static int recall_of(struct stage *s, const char *party, const char *other)
{
    json_t *answer = officer_get(s->scene.world, party, VERB_STATUS, "", "");
    json_t *list = json_object_get(answer, "recalls");
    int found = 0;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *recall = json_array_get(list, i);
        if (strcmp(text_of(recall, "party"), other) == 0) {
            found = json_object_get(recall, "whole_since") == NULL ? 1 : 2;
        }
    }
    json_decref(answer);
    return found;
}

/* --- disks --- */

static size_t actor_of(struct stage *s, const char *party)
{
    return party == NULL ? WORLD_BROKER : world_actor(s->scene.world, party);
}

static void back_up(struct stage *s, const char *party)
{
    disk_copy(s->backup, world_disk(s->scene.world, actor_of(s, party)));
}

static void start(struct stage *s, const char *party)
{
    struct error error = {.text = ""};
    if (!world_start(s->scene.world, actor_of(s, party), &error)) {
        fail_msg("%s", error.text);
    }
}

static void stop(struct stage *s, const char *party, enum disk_cut cut)
{
    world_crash(s->scene.world, actor_of(s, party), cut);
}

static void restore(struct stage *s, const char *party)
{
    stop(s, party, DISK_KEEP_ALL);
    disk_copy(world_disk(s->scene.world, actor_of(s, party)), s->backup);
    start(s, party);
}

static void loses_it(struct stage *s, const char *party, const char *other)
{
    write_before(s);
    back_up(s, party);
    write_after(s);
    assert_whole(s);
    restore(s, party);
    assert_false(status_has(s, party, "store_behind"));
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(status_has(s, party, "store_behind")); /* named at the hello */
    pass(s, HOUR);
    assert_int_equal(recall_of(s, party, other), 2);
    assert_whole(s);
    write_on(s);
    assert_whole(s);
}

static void an_older_disk_is_named_and_rebuilt(void **state)
{
    struct stage *s = *state;
    loses_it(s, "XB/poc", "XA/poc");
    assert_int_equal(recall_of(s, "XB/poc", "XC/poc"), 2); /* asked, too, to be sure */
}

static void with_many_parties_each_is_asked(void **state)
{
    struct stage *s = *state;
    write_before(s);
    back_up(s, "XA/poc");
    write_after(s);
    send(s, 2, "XA/poc", status_ask);
    pass(s, 2000);
    send(s, 2, "XC/poc", status);
    pass(s, 2000);
    restore(s, "XA/poc");
    pass(s, HOUR);
    assert_int_equal(recall_of(s, "XA/poc", "XB/poc"), 2);
    assert_int_equal(recall_of(s, "XA/poc", "XC/poc"), 2);
    assert_whole(s);
    write_on(s);
    assert_whole(s);
}

static void an_empty_disk_is_rebuilt(void **state)
{
    struct stage *s = *state;
    write_before(s);
    write_after(s);
    restore(s, "XA/poc"); /* nothing was ever backed up */
    pass(s, HOUR);
    assert_true(status_has(s, "XA/poc", "store_behind"));
    assert_whole(s);
    write_on(s);
    assert_whole(s);
}

static void a_disk_that_lied_is_named_at_the_next_hello(void **state)
{
    struct stage *s = *state;
    write_before(s);
    disk_lie_about_sync(world_disk(s->scene.world, actor_of(s, "XB/poc")), true);
    write_after(s);
    stop(s, "XB/poc", DISK_LOSE_ALL);
    disk_lie_about_sync(world_disk(s->scene.world, actor_of(s, "XB/poc")), false);
    start(s, "XB/poc");
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(status_has(s, "XB/poc", "store_behind"));
    pass(s, HOUR);
    assert_whole(s);
    write_on(s);
    assert_whole(s);
}

/* Only the word that a letter was delivered is lost: the broker tells that it was settled, and tells it again. */
static void a_forgotten_end_is_named_and_learned_again(void **state)
{
    struct stage *s = *state;
    write_before(s);
    stop(s, "XB/poc", DISK_KEEP_ALL);
    send(s, 0, "XA/poc", status_ask);
    pass(s, 2000);
    back_up(s, "XA/poc"); /* accepted, not delivered */
    start(s, "XB/poc");
    pass(s, 2000);
    assert_whole(s);
    restore(s, "XA/poc");
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(status_has(s, "XA/poc", "store_behind"));
    pass(s, 2000);
    assert_whole(s);
}

/* What the other side cannot tell yet is waited for: numbers of older cases stay unsigned, new cases may begin. */
static void while_the_other_side_is_away_older_cases_wait(void **state)
{
    struct stage *s = *state;
    char code[32];
    write_before(s);
    back_up(s, "XB/poc");
    write_after(s);
    stop(s, "XA/poc", DISK_KEEP_ALL);
    restore(s, "XB/poc");
    pass(s, HOUR);
    assert_int_equal(recall_of(s, "XB/poc", "XA/poc"), 1);
    assert_int_equal(try_send(s, "XB/poc", s->cases[0].id, ordered, code, NULL), 409);
    assert_string_equal(code, "RECALL");
    assert_int_equal(try_send(s, "XB/poc", s->cases[1].id, status_ask, code, NULL), 409);
    open_case(s, "XB/poc", "XA/poc"); /* none of its numbers can be taken */
    start(s, "XA/poc");
    pass(s, HOUR);
    assert_int_equal(recall_of(s, "XB/poc", "XA/poc"), 2);
    assert_whole(s);
    write_on(s);
    assert_whole(s);
}

/* Letters of both sides lie at the broker when the disk is lost, and some come only days later. */
static void letters_under_way_at_the_loss_arrive_first(void **state)
{
    struct stage *s = *state;
    write_before(s);
    back_up(s, "XB/poc");
    send(s, 0, "XB/poc", ordered);
    pass(s, 2000);
    stop(s, "XA/poc", DISK_KEEP_ALL);
    send(s, 0, "XB/poc", held);
    send(s, 1, "XB/poc", status_ask);
    pass(s, 2000);
    restore(s, "XB/poc");
    pass_days(s, 3);
    assert_int_equal(recall_of(s, "XB/poc", "XA/poc"), 1);
    start(s, "XA/poc");
    pass(s, HOUR);
    assert_int_equal(recall_of(s, "XB/poc", "XA/poc"), 2);
    assert_whole(s);
    send(s, 1, "XA/poc", status);
    pass(s, 2000);
    write_on(s);
    assert_whole(s);
}

/* A letter that was signed after the restart and before the first link has a number that is taken: it fails here. */
static void a_letter_signed_before_the_loss_was_known_gives_way(void **state)
{
    struct stage *s = *state;
    char code[32];
    write_before(s);
    back_up(s, "XB/poc");
    write_after(s);
    stop(s, NULL, DISK_KEEP_ALL);
    restore(s, "XB/poc");
    assert_int_equal(try_send(s, "XB/poc", s->cases[0].id, ordered, code, NULL), 200);
    s->cases[0].letters++; /* shown as failed, at XB only */
    start(s, NULL);
    pass(s, HOUR);
    json_t *q = view(s, "XA/poc", 0);
    json_t *r = view(s, "XB/poc", 0);
    assert_int_equal(json_array_size(json_object_get(r, "letters")), s->cases[0].letters);
    assert_int_equal(json_array_size(json_object_get(q, "letters")), s->cases[0].letters - 1);
    assert_letters_equal(0, json_object_get(q, "letters"), json_object_get(r, "letters"));
    const json_t *failed = json_array_get(json_object_get(r, "letters"), s->cases[0].letters - 1);
    assert_string_equal(text_of(failed, "effect"), "FAILED");
    assert_string_equal(text_of(failed, "reason"), "E_CASE");
    json_decref(q);
    json_decref(r);
    send(s, 0, "XA/poc", status_ask);
    pass(s, 2000);
    send(s, 0, "XB/poc", status);
    pass(s, 2000);
    q = view(s, "XA/poc", 0);
    assert_string_equal(text_of(q, "state"), "HELD");
    assert_int_equal(json_array_size(json_object_get(q, "letters")), s->cases[0].letters - 1);
    json_decref(q);
}

/* What only one of the two disks has comes back to the other. */
static void two_lost_disks_give_each_other_what_they_have(void **state)
{
    struct stage *s = *state;
    write_before(s);
    back_up(s, "XB/poc");
    struct disk *other = disk_new("rebuild-other", 4);
    send(s, 0, "XB/poc", ordered);
    send(s, 1, "XA/poc", ack);
    pass(s, 2000);
    disk_copy(other, world_disk(s->scene.world, actor_of(s, "XA/poc")));
    send(s, 0, "XB/poc", held);
    send(s, 1, "XB/poc", status_ask);
    pass(s, 2000);
    s->cases[0].letters--; /* that both have lost, nobody has */
    s->cases[1].letters--;
    stop(s, "XA/poc", DISK_KEEP_ALL);
    disk_copy(world_disk(s->scene.world, actor_of(s, "XA/poc")), other);
    restore(s, "XB/poc");
    start(s, "XA/poc");
    pass(s, HOUR);
    assert_int_equal(recall_of(s, "XB/poc", "XA/poc"), 2);
    assert_int_equal(recall_of(s, "XA/poc", "XB/poc"), 2);
    assert_whole(s);
    write_on(s);
    assert_whole(s);
    disk_free(other);
}

static void a_restored_broker_is_named_and_everything_ends(void **state)
{
    struct stage *s = *state;
    write_before(s);
    back_up(s, NULL);
    write_after(s);
    stop(s, "XC/poc", DISK_KEEP_ALL);
    send(s, 2, "XA/poc", status_ask); /* the only copies are the broker's and the sender's */
    pass(s, 2000);
    restore(s, NULL);
    assert_true(world_settle(s->scene.world, 100000));
    assert_true(status_has(s, "XA/poc", "broker_behind"));
    assert_true(status_has(s, "XB/poc", "broker_behind"));
    assert_false(status_has(s, "XA/poc", "store_behind"));
    start(s, "XC/poc");
    pass(s, HOUR);
    assert_whole(s);
    send(s, 2, "XC/poc", status);
    pass(s, 2000);
    write_on(s);
    assert_whole(s);
    stop(s, NULL, DISK_KEEP_ALL);
    disk_copy(world_disk(s->scene.world, WORLD_BROKER), s->backup);
    start(s, NULL);
    pass_days(s, 15);
    for (size_t i = 1; i <= FIXTURE_PARTIES; i++) {
        struct node_figures figures;
        node_figures(world_node(s->scene.world, i), &figures);
        assert_int_equal(figures.waiting_out, 0);
        assert_int_equal(figures.waiting_in, 0);
    }
    struct broker_figures figures;
    broker_figures(world_broker(s->scene.world), &figures);
    assert_int_equal(figures.waiting_envelopes, 0);
    assert_int_equal(figures.receipts_owed, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
        T(an_older_disk_is_named_and_rebuilt),
        T(with_many_parties_each_is_asked),
        T(an_empty_disk_is_rebuilt),
        T(a_disk_that_lied_is_named_at_the_next_hello),
        T(a_forgotten_end_is_named_and_learned_again),
        T(while_the_other_side_is_away_older_cases_wait),
        T(letters_under_way_at_the_loss_arrive_first),
        T(a_letter_signed_before_the_loss_was_known_gives_way),
        T(two_lost_disks_give_each_other_what_they_have),
        T(a_restored_broker_is_named_and_everything_ends),
    };
    return cmocka_run_group_tests_name("rebuild", tests, NULL, NULL);
}
