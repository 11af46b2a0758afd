/* SPDX-License-Identifier: Apache-2.0 */
#include "base/turn.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"

struct turn {
    struct turn_source source;
    struct arena *arena;
    bool owns_arena;
    wall_ms wall;
    mono_ms mono;
    struct said *said; /* both lists live in the arena: they are charged to the turn like everything else */
    size_t said_count, said_room;
    struct logged *logged;
    size_t logged_count, logged_room;
};

struct turn *turn_new_in(struct turn_source source, struct arena *arena)
{
    struct turn *turn = calloc(1, sizeof *turn);
    if (turn != NULL) {
        turn->source = source;
        turn->arena = arena;
    }
    return turn;
}

struct turn *turn_new(struct turn_source source, size_t bytes_max)
{
    struct arena *arena = arena_new(bytes_max);
    struct turn *turn = arena == NULL ? NULL : turn_new_in(source, arena);
    if (turn == NULL) {
        arena_free(arena);
        return NULL;
    }
    turn->owns_arena = true;
    return turn;
}

void turn_free(struct turn *turn)
{
    if (turn == NULL) {
        return;
    }
    if (turn->owns_arena) {
        arena_free(turn->arena);
    }
    free(turn);
}

void turn_begin(struct turn *turn, wall_ms wall, mono_ms mono)
{
    ensure(mono.ms >= turn->mono.ms);
    turn->wall = wall;
    turn->mono = mono;
    turn->said = NULL;
    turn->said_count = turn->said_room = 0;
    turn->logged = NULL;
    turn->logged_count = turn->logged_room = 0;
    arena_reset(turn->arena);
}

wall_ms turn_wall(const struct turn *turn)
{
    return turn->wall;
}

mono_ms turn_mono(const struct turn *turn)
{
    return turn->mono;
}

void turn_random(struct turn *turn, uint8_t *ret, size_t size)
{
    turn->source.random(turn->source.context, ret, size);
}

/* The place for one more item at the end of a list in the arena; NULL when there is no room for a longer list. */
static void *one_more(struct turn *turn, void **list, size_t *count, size_t *room, size_t item_size)
{
    if (*count == *room) {
        size_t wanted = *room == 0 ? 32 : *room * 2;
        uint8_t *larger = arena_zero(turn->arena, wanted, item_size);
        if (larger == NULL) {
            return NULL;
        }
        if (*count != 0) {
            memcpy(larger, *list, *count * item_size);
        }
        *list = larger;
        *room = wanted;
    }
    return (uint8_t *)*list + (*count)++ * item_size;
}

static void add_said(struct turn *turn, struct said said)
{
    void *list = turn->said;
    struct said *place = one_more(turn, &list, &turn->said_count, &turn->said_room, sizeof said);
    if (place != NULL) {
        turn->said = list;
        *place = said;
    }
}

void turn_say(struct turn *turn, link_id to, struct bytes frame)
{
    struct bytes copy = arena_copy(turn->arena, frame);
    if (copy.data != NULL) {
        add_said(turn, (struct said){.kind = SAID_FRAME, .to = to, .frame = copy});
    }
}

void turn_hang_up(struct turn *turn, link_id link, const char *why)
{
    add_said(turn, (struct said){.kind = SAID_HANG_UP, .to = link, .why = why});
}

void turn_log(struct turn *turn, enum log_level level, const char *event, const char *fields, ...)
{
    va_list args;
    va_start(args, fields);
    char *text = arena_format_list(turn->arena, fields, args);
    va_end(args);
    if (text == NULL) {
        return;
    }
    for (char *c = text; *c != '\0'; c++) { /* one event is one line, even when a caller forgot log.h */
        if ((unsigned char)*c < 0x20 || *c == 0x7f) {
            *c = '?';
        }
    }
    void *list = turn->logged;
    struct logged *place = one_more(turn, &list, &turn->logged_count, &turn->logged_room, sizeof *place);
    if (place != NULL) {
        turn->logged = list;
        *place = (struct logged){.level = level, .event = event, .fields = text};
    }
}

struct arena *turn_arena(struct turn *turn)
{
    return turn->arena;
}

struct turn_mark turn_mark(const struct turn *turn)
{
    return (struct turn_mark){.said = turn->said_count, .logged = turn->logged_count};
}

void turn_strike(struct turn *turn, struct turn_mark mark)
{
    ensure(mark.said <= turn->said_count && mark.logged <= turn->logged_count);
    turn->said_count = mark.said;
    turn->logged_count = mark.logged;
}

bool turn_exhausted(const struct turn *turn)
{
    return arena_exhausted(turn->arena);
}

const struct said *turn_said(const struct turn *turn, size_t *ret_count)
{
    *ret_count = turn->said_count;
    return turn->said;
}

const struct logged *turn_logged(const struct turn *turn, size_t *ret_count)
{
    *ret_count = turn->logged_count;
    return turn->logged;
}
