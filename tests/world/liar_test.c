/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of a world, and the one that lies: each flaw is refused for what it is, by the broker or by its recipient. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/liar.h"

#define START      ((wall_ms){.ms = UINT64_C(1780315200000)}) /* 2026-06-01T12:00:00Z */
#define ANSWER_MS  5000
#define SILENCE_MS 61000

struct scene {
    struct cast *cast;
    struct world *world;
    struct oracle *oracle;
    struct liar *liar;
    size_t ups, downs; /* links of the liar */
};

static void see_fact(void *context, size_t actor, enum world_fact fact, const char *text)
{
    struct scene *s = context;
    (void)text;
    s->ups += actor == cast_liar(s->cast) && fact == WORLD_LINK_UP;
    s->downs += actor == cast_liar(s->cast) && fact == WORLD_LINK_DOWN;
}

static void see_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct scene *s = context;
    oracle_said(s->oracle, world_now_us(s->world), party, direction == WORLD_TO_BROKER, frame);
}

static void begin(struct scene *s)
{
    struct oracle_party parties[3];
    struct world_setup setup = {.life_ms = 0};
    *s = (struct scene){.cast = cast_of(&(struct cast_setup){
                            .seed = 3, .party_count = 3, .start = START, .has_liar = true, .liar = 2})};
    s->world = cast_world(s->cast, &setup);
    for (size_t i = 0; i < 3; i++) {
        const struct cast_party *party = &s->cast->parties[i];
        parties[i].address = party->address.text;
        memcpy(parties[i].node_key, party->node_signer.key.bytes, sizeof parties[i].node_key);
        memcpy(parties[i].seal_key, party->seal_signer.key.bytes, sizeof parties[i].seal_key);
    }
    s->oracle = oracle_new(parties, 3, s->cast->receipt_signer.key.bytes);
    s->liar = liar_new(s->world, s->cast, 3, s->oracle);
    world_set_witness(s->world, (struct world_witness){.context = s, .said = see_said, .fact = see_fact});
}

static void end(struct scene *s)
{
    const struct oracle_verdict *verdict = oracle_verdict(s->oracle);
    assert_string_equal(verdict == NULL ? "" : verdict->text, "");
    world_free(s->world);
    liar_free(s->liar);
    oracle_free(s->oracle);
    cast_free(s->cast);
}

static void each_flaw_is_refused_for_what_it_is(void **state)
{
    struct scene s;
    (void)state;
    begin(&s);
    assert_true(world_pass(s.world, ANSWER_MS));
    for (unsigned flaw = FLAW_NONE + 1; flaw < FLAW_COUNT; flaw++) {
        liar_tell(s.liar, (enum flaw)flaw, 1 + flaw % 2);
        assert_true(world_pass(s.world, ANSWER_MS));
        assert_string_equal(reason_name((uint32_t)liar_answer(s.liar)),
                            reason_name((uint32_t)flaw_reason((enum flaw)flaw)));
    }
    assert_string_equal(liar_trouble(s.liar), "");
    assert_false(liar_unrefused(s.liar, NULL));
    end(&s);
}

/* It is no actor with a disk, its line is let be until it has something to say, and again after that. */
static void a_guest_has_a_link_when_it_wants_one(void **state)
{
    struct scene s;
    (void)state;
    begin(&s);
    size_t guest = cast_liar(s.cast);
    assert_int_equal(world_actor_count(s.world), guest);
    assert_int_equal(world_actor(s.world, s.cast->parties[guest - 1].address.text), guest);
    assert_false(world_is_up(s.world, guest));
    assert_true(world_pass(s.world, ANSWER_MS));
    assert_false(world_has_connection(s.world, guest));
    assert_false(world_say(s.world, guest, bytes_of_text("x")));
    liar_tell(s.liar, FLAW_PADDING, 1);
    assert_true(world_pass(s.world, ANSWER_MS));
    assert_int_equal(s.ups, 1);
    assert_true(world_has_connection(s.world, guest));
    assert_true(world_pass(s.world, 2 * SILENCE_MS));
    assert_int_equal(s.downs, 2); /* at both ends */
    assert_false(world_has_connection(s.world, guest));
    assert_int_equal(s.ups, 1);
    end(&s);
}

/* The broker is down, then the recipient has never been there: a lie waits for the link and for the keys. */
static void a_lie_waits_until_it_can_be_told(void **state)
{
    struct scene s;
    struct error error = {.text = ""};
    (void)state;
    begin(&s);
    world_stop(s.world, 1);
    world_stop(s.world, WORLD_BROKER);
    liar_tell(s.liar, FLAW_INNER, 1);
    assert_true(world_pass(s.world, ANSWER_MS));
    assert_true(world_start(s.world, WORLD_BROKER, &error));
    assert_true(world_pass(s.world, ANSWER_MS));
    assert_int_equal(s.ups, 1);
    assert_int_equal(liar_untold(s.liar), 1);
    assert_true(world_start(s.world, 1, &error));
    assert_true(world_pass(s.world, ANSWER_MS));
    liar_call(s.liar);
    assert_true(world_pass(s.world, ANSWER_MS));
    assert_int_equal(liar_untold(s.liar), 0);
    assert_int_equal(liar_answer(s.liar), REASON_INNER);
    end(&s);
}

static void flaws_have_words_of_their_own(void **state)
{
    (void)state;
    for (unsigned i = 0; i < FLAW_COUNT; i++) {
        assert_int_equal(flaw_of_word(flaw_word((enum flaw)i)), i);
    }
    assert_int_equal(flaw_of_word("paddings"), FLAW_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_flaw_is_refused_for_what_it_is),
        cmocka_unit_test(a_guest_has_a_link_when_it_wants_one),
        cmocka_unit_test(a_lie_waits_until_it_can_be_told),
        cmocka_unit_test(flaws_have_words_of_their_own),
    };
    return cmocka_run_group_tests_name("liar", tests, NULL, NULL);
}
