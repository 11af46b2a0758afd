/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/replay_words.h"

#include <inttypes.h>
#include <string.h>

#include "base/ensure.h"
#include "base/instant.h"
#include "base/text.h"
#include "drills/play/frame_words.h"
#include "nodes/node.h"

#define SCRATCH_BYTES ((size_t)8 * 1024 * 1024)
#define SHOWN_BYTES   400

void replay_words_init(struct replay_words *words, FILE *trace)
{
    *words = (struct replay_words){.out = trace, .door = "", .scratch = arena_new(SCRATCH_BYTES)};
    ensure(words->scratch != NULL);
}

void replay_words_done(struct replay_words *words)
{
    arena_free(words->scratch);
}

static const char *verb_name(uint64_t verb)
{
    static const char *const names[] = {
#define VERB(name, kind, method, path, help) [VERB_##name] = #name,
#include "nodes/api.def"
#undef VERB
    };
    return verb < sizeof names / sizeof names[0] && names[verb] != NULL ? names[verb] : "?";
}

/* Whatever a peer, file or person wrote, as part of one line. */
static void print_quiet(struct replay_words *words, struct bytes text)
{
    char *quiet = text_quiet(words->scratch, text, SHOWN_BYTES);
    (void)fputs(quiet == NULL ? "?" : quiet, words->out);
    arena_reset(words->scratch);
}

static void print_time(struct replay_words *words, uint64_t ms)
{
    char text[INSTANT_TEXT_MAX];
    (void)fputs(instant_write(text, (struct instant){.ms = (int64_t)(ms & INT64_MAX)}), words->out);
}

static void print_command(struct replay_words *words, const struct record_entry *entry)
{
    (void)fprintf(words->out, " %s ", verb_name(entry->numbers[0]));
    print_quiet(words, entry->blobs[2]);
    (void)fputs(entry->blobs[3].size == 0 ? "" : "?", words->out);
    print_quiet(words, entry->blobs[3]);
    (void)fputs(" by ", words->out);
    print_quiet(words, entry->blobs[1]);
    (void)fputc(' ', words->out);
    print_quiet(words, entry->blobs[4]);
}

static void print_frame(struct replay_words *words, const struct record_entry *entry)
{
    char text[FRAME_WORDS_BYTES];
    frame_words(entry->blobs[0], words->scratch, text);
    (void)fprintf(words->out, " on link %" PRIu64 ": %s", entry->numbers[0], text);
}

static void print_details(struct replay_words *words, const struct record_entry *entry)
{
    FILE *out = words->out;
    const uint64_t *n = entry->numbers;
    switch ((int)entry->kind) { /* what is not named has no details */
    case RECORD_STORE:
        print_quiet(words, entry->blobs[0]);
        (void)fprintf(out, ": %zu bytes at %" PRIu64, entry->blobs[1].size, n[0]);
        break;
    case RECORD_OPEN_BROKER:
    case RECORD_OPEN_NODE:
        (void)fputc(' ', out);
        print_quiet(words, entry->blobs[2]);
        (void)fputs(" from ", out);
        print_quiet(words, entry->blobs[0]);
        break;
    case RECORD_DISK_FREE:
        (void)fprintf(out, " %" PRIu64, n[0]);
        break;
    case RECORD_ZONE:
        (void)fprintf(out, " of %zu bytes", entry->blobs[0].size);
        break;
    case RECORD_LINK_TROUBLE:
    case RECORD_ZONE_OF:
        (void)fputc(' ', out);
        print_quiet(words, entry->blobs[0]);
        break;
    case RECORD_LINK_UP:
    case RECORD_LINK_DOWN:
        (void)fprintf(out, " %" PRIu64 " ", n[0]);
        print_quiet(words, entry->blob_count == 0 ? bytes_of(NULL, 0) : entry->blobs[0]);
        break;
    case RECORD_FRAME:
        print_frame(words, entry);
        break;
    case RECORD_ROSTER:
        (void)fprintf(out, " of %zu bytes, %zu signature files", entry->blobs[0].size, entry->blob_count - 1);
        break;
    case RECORD_COMMAND:
        print_command(words, entry);
        break;
    case RECORD_BETWEEN_TURNS:
        (void)fputs(n[0] != 0 ? ", idle" : "", out);
        break;
    }
}

void replay_words_input(struct replay_words *words, const struct record_entry *entry, bool half)
{
    words->door = record_word(entry->kind);
    if (words->out == NULL) {
        return;
    }
    if (entry->kind == RECORD_TURN) {
        (void)fprintf(words->out, "turn %" PRIu64 " ", words->turn);
        print_time(words, entry->numbers[0]);
    } else {
        (void)fprintf(words->out, "  %s", words->door);
        print_details(words, entry);
    }
    (void)fputs(half ? "  (the record ends in it)\n" : "\n", words->out);
    (void)fflush(words->out);
}

void replay_words_answer(struct replay_words *words, const struct record_entry *entry,
                         const struct replay_answer *answer)
{
    if (words->out == NULL) {
        return;
    }
    if (answer->door == DOOR_FATAL) {
        (void)fputs("    FATAL ", words->out);
        print_quiet(words, bytes_of_text(answer->trouble));
        (void)fputc('\n', words->out);
    } else if (entry->kind == RECORD_COMMAND) {
        (void)fprintf(words->out, "    answer %" PRIu64 " ", answer->code);
        print_quiet(words, answer->bytes);
        (void)fputc('\n', words->out);
    } else if (entry->kind == RECORD_ROSTER) {
        (void)fprintf(words->out, "    %s ", roster_outcome_name((enum roster_outcome)answer->code));
        print_quiet(words, bytes_of_text(answer->trouble));
        (void)fputc('\n', words->out);
    }
}

void replay_words_said(struct replay_words *words, const struct said *said, char ret[REPLAY_WORDS_BYTES])
{
    char text[FRAME_WORDS_BYTES];
    if (said->kind == SAID_FRAME) {
        frame_words(said->frame, words->scratch, text);
    } else {
        (void)snprintf(text, sizeof text, "hang up, %s", said->why);
    }
    (void)snprintf(ret, REPLAY_WORDS_BYTES, "link %" PRIu64 ": %s", said->to.number, text);
}

void replay_words_turn(struct replay_words *words, const struct turn *turn)
{
    size_t count = 0;
    if (words->out == NULL) {
        return;
    }
    const struct logged *logged = turn_logged(turn, &count);
    for (size_t i = 0; i < count; i++) {
        (void)fprintf(words->out, "    log %s %s\n", logged[i].event, logged[i].fields);
    }
    const struct said *said = turn_said(turn, &count);
    for (size_t i = 0; i < count; i++) {
        char text[REPLAY_WORDS_BYTES];
        replay_words_said(words, &said[i], text);
        (void)fprintf(words->out, "    says to %s\n", text);
    }
}
