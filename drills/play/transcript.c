/* SPDX-License-Identifier: Apache-2.0 */
#include "drills/play/transcript.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "drills/play/frame_words.h"

#define SCRATCH_BYTES_MAX ((size_t)4 * 1024 * 1024)
#define NOTE_BYTES_MAX    512

enum entry_kind { ENTRY_SAID, ENTRY_HEARD, ENTRY_LOGGED, ENTRY_NOTE };

/* An event as it happened; it is put into words only when somebody reads. Its bytes: a frame, or a text. */
struct entry {
    uint64_t at_us;
    size_t actor;
    enum entry_kind kind;
    enum world_direction direction;
    uint8_t *bytes; /* room of them is kept for the next event in this place */
    size_t size, room;
};

struct transcript {
    struct world *world;
    const char *const *names;
    FILE *trace;
    struct arena *scratch;
    crypto_generichash_state hash;
    uint64_t count; /* of events that are kept; the last of them is in last[(count - 1) % TRANSCRIPT_LAST] */
    struct entry last[TRANSCRIPT_LAST], passing; /* the newest one that is not kept */
    bool kept;                                   /* what comes now is not: these are the ones to read */
};

struct transcript *transcript_new(struct world *world, const char *const *names, FILE *trace)
{
    struct transcript *transcript = calloc(1, sizeof *transcript);
    ensure(transcript != NULL);
    transcript->world = world;
    transcript->names = names;
    transcript->trace = trace;
    transcript->scratch = arena_new(SCRATCH_BYTES_MAX);
    ensure(transcript->scratch != NULL);
    (void)crypto_generichash_init(&transcript->hash, NULL, 0, 32);
    return transcript;
}

void transcript_free(struct transcript *transcript)
{
    if (transcript == NULL) {
        return;
    }
    for (size_t i = 0; i < TRANSCRIPT_LAST; i++) {
        free(transcript->last[i].bytes);
    }
    free(transcript->passing.bytes);
    arena_free(transcript->scratch);
    free(transcript);
}

/* --- in words --- */

static void print_when(uint64_t at_us, FILE *to)
{
    uint64_t seconds = at_us / 1000000;
    (void)fprintf(to, "%llud %02u:%02u:%02u.%06u  ", (unsigned long long)(seconds / 86400),
                  (unsigned)(seconds / 3600 % 24), (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60),
                  (unsigned)(at_us % 1000000));
}

static void print_entry(const struct transcript *transcript, const struct entry *entry, FILE *to)
{
    const char *name = transcript->names[entry->actor];
    const char *hub = transcript->names[WORLD_BROKER];
    char words[FRAME_WORDS_BYTES];
    print_when(entry->at_us, to);
    switch (entry->kind) {
    case ENTRY_SAID:
    case ENTRY_HEARD: {
        bool up = entry->direction == WORLD_TO_BROKER;
        bool said = entry->kind == ENTRY_SAID;
        frame_words(bytes_of(entry->bytes, entry->size), transcript->scratch, words);
        /* Who does it stands first: the speaker, then the one that hears. */
        (void)fprintf(to, "%s %s %s  %s\n", up == said ? name : hub, said ? "->" : "<-",
                      up == said ? hub : name, words);
        break;
    }
    case ENTRY_LOGGED:
        (void)fprintf(to, "%s log  %.*s\n", name, (int)entry->size, (const char *)entry->bytes);
        break;
    case ENTRY_NOTE:
        (void)fprintf(to, "%s **  %.*s\n", name, (int)entry->size, (const char *)entry->bytes);
        break;
    }
}

void transcript_print_last(const struct transcript *transcript, FILE *to)
{
    uint64_t first = transcript->count < TRANSCRIPT_LAST ? 0 : transcript->count - TRANSCRIPT_LAST;
    for (uint64_t i = first; i < transcript->count; i++) {
        print_entry(transcript, &transcript->last[i % TRANSCRIPT_LAST], to);
    }
}

/* --- as it happens --- */

static void put_number(uint8_t *to, uint64_t number)
{
    for (size_t i = 0; i < 8; i++) {
        to[i] = (uint8_t)(number >> 8 * i);
    }
}

static void add_to_hash(struct transcript *transcript, const struct entry *entry)
{
    uint8_t head[4 * 8];
    put_number(head, entry->at_us);
    put_number(head + 8, entry->actor);
    put_number(head + 16, (uint64_t)entry->kind << 8 | (uint64_t)entry->direction);
    put_number(head + 24, entry->size);
    (void)crypto_generichash_update(&transcript->hash, head, sizeof head);
    (void)crypto_generichash_update(&transcript->hash, entry->bytes, entry->size);
}

/* Of Frame: the first bytes of what says nothing of letters. */
#define TAG_CREDIT      0x4a
#define TAG_PING        0x7a
#define TAG_PONG        0x82
#define TAG_PONG_SECOND 0x01

/* Ping, Pong, Credit: they would crowd out what happened. */
static bool is_idle_talk(enum entry_kind kind, struct bytes bytes)
{
    return (kind == ENTRY_SAID || kind == ENTRY_HEARD) && bytes.size > 1 &&
           (bytes.data[0] == TAG_CREDIT || bytes.data[0] == TAG_PING ||
            (bytes.data[0] == TAG_PONG && bytes.data[1] == TAG_PONG_SECOND));
}

static struct entry *place_for(struct transcript *transcript, enum entry_kind kind, struct bytes bytes)
{
    return transcript->kept || is_idle_talk(kind, bytes)
               ? &transcript->passing
               : &transcript->last[transcript->count++ % TRANSCRIPT_LAST];
}

void transcript_keep(struct transcript *transcript)
{
    transcript->kept = true;
}

static void record(struct transcript *transcript, size_t actor, enum entry_kind kind,
                   enum world_direction direction, struct bytes bytes)
{
    struct entry *entry = place_for(transcript, kind, bytes);
    if (entry->room < bytes.size || entry->bytes == NULL) {
        free(entry->bytes);
        entry->room = bytes.size + 256;
        entry->bytes = malloc(entry->room);
        ensure(entry->bytes != NULL);
    }
    if (bytes.size != 0) {
        memcpy(entry->bytes, bytes.data, bytes.size);
    }
    entry->size = bytes.size;
    entry->at_us = world_now_us(transcript->world);
    entry->actor = actor;
    entry->kind = kind;
    entry->direction = direction;
    add_to_hash(transcript, entry);
    if (transcript->trace != NULL) {
        print_entry(transcript, entry, transcript->trace);
    }
}

void transcript_frame(struct transcript *transcript, bool said, size_t party, enum world_direction direction,
                      struct bytes frame)
{
    record(transcript, party, said ? ENTRY_SAID : ENTRY_HEARD, direction, frame);
}

void transcript_logged(struct transcript *transcript, size_t actor, const struct logged *logged)
{
    char text[NOTE_BYTES_MAX];
    int size = snprintf(text, sizeof text, "<%d> %s %s", (int)logged->level, logged->event, logged->fields);
    size_t there = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    record(transcript, actor, ENTRY_LOGGED, WORLD_TO_BROKER, bytes_of(text, there));
}

void transcript_note(struct transcript *transcript, size_t actor, const char *format, ...)
{
    char text[NOTE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int size = vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    size_t there = size < 0 ? 0 : (size_t)size < sizeof text ? (size_t)size : sizeof text - 1;
    record(transcript, actor, ENTRY_NOTE, WORLD_TO_BROKER, bytes_of(text, there));
}

void transcript_hash(const struct transcript *transcript, uint8_t ret[32])
{
    crypto_generichash_state copy = transcript->hash;
    (void)crypto_generichash_final(&copy, ret, 32);
}
