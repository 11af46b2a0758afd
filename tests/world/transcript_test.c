/* SPDX-License-Identifier: Apache-2.0 */
/* The transcript: its hash holds everything that happened in its order, and its words say it to people. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "drills/play/cast.h"
#include "drills/play/frame_words.h"
#include "drills/play/transcript.h"
#include "proto/reason.h"
#include "proto/wire.h"

#define START ((wall_ms){.ms = UINT64_C(1780272000000)})

static const char *const names[] = {"hub", "XA/poc", "XB/poc"};

struct scene {
    struct cast *cast;
    struct world *world;
    struct arena *arena;
};

static int scene_open(void **state)
{
    struct scene *scene = calloc(1, sizeof *scene);
    struct world_setup setup = {.life_ms = 0};
    assert_non_null(scene);
    scene->cast = cast_new(1, 2, START);
    scene->world = cast_world(scene->cast, &setup);
    scene->arena = arena_new(1024 * 1024);
    assert_non_null(scene->arena);
    *state = scene;
    return 0;
}

static int scene_close(void **state)
{
    struct scene *scene = *state;
    world_free(scene->world);
    cast_free(scene->cast);
    arena_free(scene->arena);
    free(scene);
    return 0;
}

static struct bytes ping(struct scene *scene, uint64_t nonce)
{
    Comity__Ping message = COMITY__PING__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    message.nonce = nonce;
    frame.body_case = COMITY__FRAME__BODY_PING;
    frame.ping = &message;
    return frame_pack(scene->arena, &frame);
}

static struct bytes bye(struct scene *scene)
{
    Comity__Bye message = COMITY__BYE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    frame.body_case = COMITY__FRAME__BODY_BYE;
    frame.bye = &message;
    return frame_pack(scene->arena, &frame);
}

enum variant {
    PLAIN,
    OTHER_PARTY,
    OTHER_DIRECTION,
    HEARD_NOT_SAID,
    OTHER_BYTES,
    OTHER_ORDER,
    OTHER_NOTE,
    OTHER_LOG,
    LATER,
    VARIANTS
};

static void hash_of(struct scene *scene, enum variant variant, uint8_t ret[32])
{
    struct transcript *transcript = transcript_new(scene->world, names, NULL);
    const struct logged logged = {LOG_INFO, "link_up",
                                  variant == OTHER_LOG ? "party=XC/poc" : "party=XA/poc"};
    struct bytes first = ping(scene, variant == OTHER_BYTES ? 3 : 1);
    struct bytes second = ping(scene, 2);
    if (variant == LATER) {
        assert_true(world_pass(scene->world, 1));
    }
    transcript_frame(transcript, variant != HEARD_NOT_SAID, variant == OTHER_PARTY ? 2 : 1,
                     variant == OTHER_DIRECTION ? WORLD_TO_NODE : WORLD_TO_BROKER,
                     variant == OTHER_ORDER ? second : first);
    transcript_frame(transcript, true, 1, WORLD_TO_BROKER, variant == OTHER_ORDER ? first : second);
    transcript_logged(transcript, 0, &logged);
    transcript_note(transcript, 0, "fault %s", variant == OTHER_NOTE ? "kill" : "power_cut");
    transcript_hash(transcript, ret);
    transcript_free(transcript);
    arena_reset(scene->arena);
}

static void the_hash_tells_every_difference(void **state)
{
    struct scene *scene = *state;
    uint8_t hashes[VARIANTS][32];
    uint8_t again[32];
    hash_of(scene, PLAIN, again);
    for (int i = 0; i < VARIANTS; i++) {
        hash_of(scene, (enum variant)i, hashes[i]);
        for (int k = 0; k < i; k++) {
            assert_memory_not_equal(hashes[i], hashes[k], 32);
        }
    }
    assert_memory_equal(hashes[PLAIN], again, 32);
}

static char *last_of(const struct transcript *transcript)
{
    char *text = NULL;
    size_t size = 0;
    FILE *to = open_memstream(&text, &size);
    assert_non_null(to);
    transcript_print_last(transcript, to);
    assert_int_equal(fclose(to), 0);
    return text;
}

static void the_last_fifty_are_kept_in_words(void **state)
{
    struct scene *scene = *state;
    struct transcript *transcript = transcript_new(scene->world, names, NULL);
    for (unsigned i = 0; i < TRANSCRIPT_LAST + 7; i++) {
        transcript_note(transcript, 1, "note %u", i);
    }
    transcript_frame(transcript, false, 2, WORLD_TO_BROKER, ping(scene, 1)); /* is not */
    transcript_frame(transcript, false, 2, WORLD_TO_BROKER, bye(scene));
    transcript_keep(transcript);
    transcript_note(transcript, 1, "too late");
    char *text = last_of(transcript);
    size_t lines = 0;
    for (const char *at = text; (at = strchr(at, '\n')) != NULL; at++) {
        lines++;
    }
    assert_int_equal(lines, TRANSCRIPT_LAST);
    assert_null(strstr(text, "note 7\n"));
    assert_non_null(strstr(text, "XA/poc **  note 8\n"));
    assert_non_null(strstr(text, "hub <- XB/poc  Bye"));
    assert_null(strstr(text, "Ping"));
    assert_null(strstr(text, "too late"));
    free(text);
    transcript_free(transcript);
}

/* What the parties of a world really say, put into words: nothing that does not read. */
struct hearing {
    struct arena *arena;
    unsigned frames;
    char words[40][FRAME_WORDS_BYTES];
};

static void see_said(void *context, size_t party, enum world_direction direction, struct bytes frame)
{
    struct hearing *hearing = context;
    (void)party;
    (void)direction;
    if (hearing->frames < 40) {
        frame_words(frame, hearing->arena, hearing->words[hearing->frames++]);
    }
}

static void real_frames_have_words(void **state)
{
    struct scene *scene = *state;
    struct hearing hearing = {.arena = scene->arena};
    bool hello = false;
    bool prekeys = false;
    world_set_witness(scene->world, (struct world_witness){.context = &hearing, .said = see_said});
    assert_true(world_pass(scene->world, 5000));
    assert_true(hearing.frames > 4);
    for (unsigned i = 0; i < hearing.frames; i++) {
        assert_null(strstr(hearing.words[i], "not read"));
        hello = hello || strstr(hearing.words[i], "Hello XA/poc roster 1") != NULL;
        prekeys = prekeys || strstr(hearing.words[i], "Prekeys of XB/poc list 1") != NULL;
    }
    assert_true(hello && prekeys);
}

static void refusals_have_their_reason(void **state)
{
    struct scene *scene = *state;
    char words[FRAME_WORDS_BYTES];
    char detail[] = "full";
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    rejected.tag = 4;
    rejected.reason = REASON_QUOTA;
    rejected.temporary = 1;
    rejected.retry_ms = 10000;
    rejected.detail = detail;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &rejected;
    struct arena *scratch = arena_new(1024 * 1024);
    assert_non_null(scratch);
    frame_words(frame_pack(scene->arena, &frame), scratch, words);
    assert_string_equal(words, "Rejected tag 4 E_QUOTA, wait 10000 ms: full");
    frame_words(bytes_of_text("\x01\x02"), scratch, words);
    assert_non_null(strstr(words, "does not read"));
    arena_free(scratch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_hash_tells_every_difference, scene_open, scene_close),
        cmocka_unit_test_setup_teardown(the_last_fifty_are_kept_in_words, scene_open, scene_close),
        cmocka_unit_test_setup_teardown(real_frames_have_words, scene_open, scene_close),
        cmocka_unit_test_setup_teardown(refusals_have_their_reason, scene_open, scene_close),
    };
    return cmocka_run_group_tests_name("transcript", tests, NULL, NULL);
}
