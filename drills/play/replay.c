/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/replay.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/daemon/record_form.h"
#include "base/ensure.h"
#include "base/text.h"
#include "drills/play/replay_core.h"
#include "drills/play/replay_words.h"

#define STEP_BYTES_MAX (2 * RECORD_TURN_BYTES_MAX)

/* What the core took from outside in a door: randomness it drew, or a signature. In the order it took them. */
struct taken {
    enum record_kind kind;
    struct bytes bytes;
    struct taken *next;
};

struct replay {
    const struct replay_options *options;
    struct replay_report *report;
    struct record_reader *reader;
    struct replay_core *core;
    struct replay_words words;
    struct arena *arena; /* of the present step */
    struct taken *taken; /* then, and not again yet */
    bool half;           /* the record ends within this step: what it drew is not all there */
    bool opened;         /* the core's own door was come to: before it there is nothing to play */
    bool over;           /* report->end is known */
};

/* --- the end, and why --- */

/* What stands in a record may be anything: anybody can seal to a public key. */
static void copy_quiet(struct replay *replay, char *ret, size_t room, struct bytes text)
{
    const char *quiet = text_quiet(replay->words.scratch, text, room - 4);
    (void)snprintf(ret, room, "%s", quiet == NULL ? "?" : quiet);
    arena_reset(replay->words.scratch);
}

static void PRINTF_LIKE(3, 4) end(struct replay *replay, enum replay_end why, const char *format, ...)
{
    char text[sizeof replay->report->text];
    va_list list;
    if (replay->over) {
        return; /* the first counts */
    }
    va_start(list, format);
    (void)vsnprintf(text, sizeof text, format, list);
    va_end(list);
    copy_quiet(replay, replay->report->text, sizeof replay->report->text, bytes_of_text(text));
    replay->report->end = why;
    replay->over = true;
}

static enum replay_end end_of(enum record_outcome outcome)
{
    return outcome == RECORD_CUT ? REPLAY_CUT : outcome == RECORD_END ? REPLAY_ENDED : REPLAY_UNREADABLE;
}

/* The next entry; false when there is none, and the end is then told. */
static bool next(struct replay *replay, struct record_entry *ret)
{
    struct error error = {.text = ""};
    enum record_outcome outcome = record_reader_next(replay->reader, replay->arena, ret, &error);
    if (outcome != RECORD_OK) {
        end(replay, end_of(outcome), "%s", error.text);
    }
    return outcome == RECORD_OK;
}

/* --- randomness and signatures --- */

/* What was taken then, if it was of that kind and size; else NULL, which is told. */
static const struct taken *take(struct replay *replay, enum record_kind kind, size_t size)
{
    const struct taken *then = replay->taken;
    if (then != NULL && then->kind == kind && then->bytes.size == size) {
        replay->taken = then->next;
        return then;
    }
    if (!replay->half && then == NULL) {
        end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": %s took more than then: %s, %zu bytes",
            replay->report->turns, replay->words.door, record_word(kind), size);
    } else if (!replay->half) {
        end(replay, REPLAY_DIVERGED,
            "turn %" PRIu64 ": %s took %s, %zu bytes, where it was %s, %zu bytes, then",
            replay->report->turns, replay->words.door, record_word(kind), size, record_word(then->kind),
            then->bytes.size);
    }
    return NULL;
}

static void draw(void *context, uint8_t *ret, size_t size)
{
    struct replay *replay = context;
    const struct taken *then = take(replay, RECORD_DRAWN, size);
    memset(ret, 0, size);
    if (then != NULL) {
        memcpy(ret, then->bytes.data, size);
        replay->report->draws++;
    }
}

static void sign(void *context, const struct signer *signer, struct bytes text, uint8_t ret[SIGN_BYTES])
{
    struct replay *replay = context;
    const struct taken *then = take(replay, RECORD_SIGNED, SIGN_BYTES);
    memset(ret, 0, SIGN_BYTES);
    if (then == NULL) {
        return;
    }
    memcpy(ret, then->bytes.data, SIGN_BYTES);
    replay->report->signatures++;
    if (crypto_sign_verify_detached(ret, text.data, text.size, signer->key.bytes) != 0) {
        end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": %s signs something else than it signed then",
            replay->report->turns, replay->words.door);
    }
}

/* --- a step: a door, what it took, its result --- */

static bool has_result(enum record_kind kind)
{
    return kind == RECORD_OPEN_BROKER || kind == RECORD_OPEN_NODE || kind == RECORD_BETWEEN_TURNS ||
           (kind >= RECORD_LINK_UP && kind <= RECORD_COMMIT);
}

/* Reads on to the result. False: the record ends before it, and the door is to be played all the same. */
static bool read_result(struct replay *replay, struct record_entry *ret)
{
    struct taken **last = &replay->taken;
    while (next(replay, ret)) {
        if (ret->kind == RECORD_RESULT) {
            return true;
        }
        struct taken *taken = arena_take(replay->arena, sizeof *taken);
        if ((ret->kind != RECORD_DRAWN && ret->kind != RECORD_SIGNED) || taken == NULL) {
            end(replay, REPLAY_UNREADABLE, "the record is not sound: a door without a result");
            return false;
        }
        *taken = (struct taken){.kind = ret->kind, .bytes = ret->blobs[0]};
        *last = taken;
        last = &taken->next;
    }
    return false;
}

static const char *word_of_door(uint64_t door)
{
    return door == DOOR_OK ? "OK" : "FATAL";
}

static bool hash_differs(struct bytes what, struct bytes hash)
{
    uint8_t own[RECORD_HASH_BYTES];
    (void)crypto_generichash(own, sizeof own, what.data, what.size, NULL, 0);
    return !bytes_equal(bytes_of(own, sizeof own), hash);
}

static void compare_result(struct replay *replay, enum record_kind kind, const struct record_entry *then,
                           const struct replay_answer *now)
{
    uint64_t turn = replay->report->turns;
    const char *door = replay->words.door;
    const uint64_t *n = then->numbers;
    if (n[0] != now->door) {
        end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": %s answered %s where it answered %s then%s%s", turn,
            door, word_of_door(now->door), word_of_door(n[0]), now->trouble[0] == '\0' ? "" : ": ",
            now->trouble);
    } else if (now->door == DOOR_FATAL) {
        end(replay, REPLAY_FATAL, "turn %" PRIu64 ": %s answered FATAL, as it did then%s%s", turn, door,
            now->trouble[0] == '\0' ? "" : ": ", now->trouble);
    } else if (replay->taken != NULL) {
        end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": %s drew or signed less than it did then", turn, door);
    } else if (n[1] != now->code && kind != RECORD_COMMIT) { /* what was said is compared one by one */
        end(replay, REPLAY_DIVERGED,
            "turn %" PRIu64 ": %s came to code %" PRIu64 " where it was %" PRIu64 "%s%s", turn, door,
            now->code, n[1], now->trouble[0] == '\0' ? "" : ": ", now->trouble);
    } else if (n[2] != now->bytes.size) {
        end(replay, REPLAY_DIVERGED,
            "turn %" PRIu64 ": %s was answered with %zu bytes where there were %" PRIu64, turn, door,
            now->bytes.size, n[2]);
    } else if (n[2] != 0 && hash_differs(now->bytes, then->blobs[0])) {
        end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": %s was answered with other bytes, though as many",
            turn, door);
    }
}

/* --- what was said --- */

static struct bytes said_bytes(const struct said *said)
{
    return said->kind == SAID_FRAME ? said->frame : bytes_of_text(said->why);
}

static bool said_differs(const struct said *now, const struct record_entry *then)
{
    const uint64_t *n = then->numbers;
    struct bytes bytes = said_bytes(now);
    return n[0] != now->to.number || n[1] != now->kind || n[2] != bytes.size ||
           hash_differs(bytes, then->blobs[0]);
}

static void diverge_said(struct replay *replay, size_t index, const struct said *now,
                         const struct record_entry *then)
{
    char here[REPLAY_WORDS_BYTES] = "nothing";
    char there[REPLAY_WORDS_BYTES] = "nothing";
    if (now != NULL) {
        replay_words_said(&replay->words, now, here);
    }
    if (then != NULL) {
        (void)snprintf(there, sizeof there, "link %" PRIu64 ": %s of %" PRIu64 " bytes", then->numbers[0],
                       then->numbers[1] == SAID_FRAME ? "a frame" : "a hanging up for a cause",
                       then->numbers[2]);
    }
    end(replay, REPLAY_DIVERGED, "turn %" PRIu64 ": the %zu. thing said is %s; then it was %s",
        replay->report->turns, index + 1, here, there);
}

static void compare_said(struct replay *replay, uint64_t then_count)
{
    size_t count = 0;
    const struct said *said = turn_said(replay_core_turn(replay->core), &count);
    for (size_t i = 0; i < then_count && !replay->over; i++) {
        struct record_entry then;
        if (!next(replay, &then)) {
            return;
        }
        if (then.kind != RECORD_SAID || then.blobs[0].size != RECORD_HASH_BYTES) {
            end(replay, REPLAY_UNREADABLE, "the record is not sound: less was said than is counted");
        } else if (i >= count || said_differs(&said[i], &then)) {
            diverge_said(replay, i, i < count ? &said[i] : NULL, &then);
        } else {
            replay->report->said++;
        }
    }
    if (count > then_count) {
        diverge_said(replay, (size_t)then_count, &said[then_count], NULL);
    }
}

/* --- the way through --- */

static void begin(struct replay *replay, const struct record_entry *entry)
{
    struct replay_report *report = replay->report;
    report->began_ms = entry->numbers[0];
    copy_quiet(replay, report->program, sizeof report->program, entry->blobs[0]);
    copy_quiet(replay, report->build, sizeof report->build, entry->blobs[1]);
    (void)snprintf(report->own_build, sizeof report->own_build, "%s", RECORD_BUILD);
}

/* A turn begins: is it still to be played? */
static void count_turn(struct replay *replay, const struct record_entry *entry)
{
    if (replay->options->until_turn != 0 && replay->report->turns == replay->options->until_turn) {
        end(replay, REPLAY_UNTIL, "turn %" PRIu64 " is the last that was asked for", replay->report->turns);
        return;
    }
    replay->words.turn = ++replay->report->turns;
    replay->report->turn_wall_ms = entry->numbers[0];
}

/* Plays the door and compares what can be compared. */
static void play(struct replay *replay, const struct record_entry *entry)
{
    struct record_entry result = {.kind = RECORD_NONE};
    struct replay_answer answer;
    struct error error = {.text = ""};
    bool waits = has_result(entry->kind);
    bool complete = !waits || read_result(replay, &result);
    bool cut = replay->over && replay->report->end == REPLAY_CUT;
    if (replay->over && !cut) {
        return;
    }
    replay->half = !complete;
    replay->opened = replay->opened || entry->kind == RECORD_OPEN_BROKER || entry->kind == RECORD_OPEN_NODE;
    replay_words_input(&replay->words, entry, cut);
    if (!replay_core_play(replay->core, entry, &answer, &error)) {
        replay->over = false;
        end(replay, REPLAY_UNREADABLE, "turn %" PRIu64 ": %s", replay->report->turns, error.text);
        return;
    }
    replay->report->inputs++;
    copy_quiet(replay, replay->report->owner, sizeof replay->report->owner,
               bytes_of_text(replay_core_owner(replay->core)));
    if (waits && complete) {
        compare_result(replay, entry->kind, &result, &answer);
    }
    replay_words_answer(&replay->words, entry, &answer);
    if (entry->kind == RECORD_COMMIT && complete && !replay->over) {
        replay_words_turn(&replay->words, replay_core_turn(replay->core));
        compare_said(replay, result.numbers[1]);
    }
}

static void step(struct replay *replay)
{
    struct record_entry entry;
    arena_reset(replay->arena);
    replay->taken = NULL;
    if (!next(replay, &entry)) {
        return;
    }
    switch ((int)entry.kind) {
    case RECORD_BEGUN:
        begin(replay, &entry);
        return;
    case RECORD_ENDED:
        copy_quiet(replay, replay->report->text, sizeof replay->report->text, entry.blobs[0]);
        replay->report->end = REPLAY_ENDED;
        replay->over = true;
        return;
    case RECORD_TURN:
        count_turn(replay, &entry);
        break;
    }
    if (!replay->over) {
        play(replay, &entry);
    }
}

/* False: the record is over before the core was opened. Why, and what to do. */
static bool was_anything(const struct replay *replay, struct error *error)
{
    const char *file = replay->options->file;
    if (replay->opened || replay->report->end == REPLAY_UNREADABLE) {
        return true;
    }
    if (replay->report->end == REPLAY_CUT) {
        error_set(
            error,
            "%s: the record is cut off before its first turn, in the copy of the store that it begins with; "
            "nothing can be played: get the whole file, or record again with more room",
            file);
    } else {
        error_set(error,
                  "%s: the record was ended before its first turn (%s); nothing can be played: record again",
                  file, replay->report->text);
    }
    return false;
}

bool replay_run(const struct replay_options *options, struct replay_report *ret, struct error *error)
{
    *ret = (struct replay_report){.turns = 0};
    struct replay replay = {.options = options, .report = ret};
    struct error undumped = {.text = ""};
    if (options->dump != NULL && !replay_core_may_dump(options->dump, error)) {
        return false;
    }
    if (record_reader_open(&replay.reader, options->file, options->key, error) != RECORD_OK) {
        return false;
    }
    ret->sealed = record_reader_sealed(replay.reader);
    replay.arena = arena_new(STEP_BYTES_MAX);
    ensure(replay.arena != NULL);
    replay.core = replay_core_new((struct turn_source){.random = draw, .context = &replay},
                                  (struct sign_hand){.sign = sign, .context = &replay});
    replay_words_init(&replay.words, options->trace);
    while (!replay.over) {
        step(&replay);
    }
    bool anything = was_anything(&replay, error);
    if (anything && options->dump != NULL && !replay_core_dump(replay.core, options->dump, &undumped)) {
        copy_quiet(&replay, ret->undumped, sizeof ret->undumped, bytes_of_text(undumped.text));
    }
    replay_words_done(&replay.words);
    replay_core_free(replay.core);
    arena_free(replay.arena);
    record_reader_close(replay.reader);
    return anything;
}
