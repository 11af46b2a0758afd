/* SPDX-License-Identifier: Apache-2.0 */
/* Faults of lines. At the broker they strike the lines of all parties. */
#include "drills/play/faults_private.h"

/* The parties whose lines are meant: one, or all when it is the broker's end. */
static size_t first_party(size_t actor)
{
    return actor == WORLD_BROKER ? 1 : actor;
}

static size_t last_party(const struct faults_play *play, size_t actor)
{
    return actor == WORLD_BROKER ? play->actor_count - 1 : actor;
}

void faults_line(struct faults_play *play, size_t party, const struct link_nature *nature)
{
    play->lines[party].base = *nature;
    play->lines[party].now = *nature;
    world_link(play->world, party, nature);
}

bool line_cut(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    bool there = false;
    for (size_t party = first_party(actor); party <= last_party(play, actor); party++) {
        there |= world_has_connection(play->world, party);
        if (kind == FAULT_LINK_CUT) {
            world_cut_link(play->world, party);
        } else {
            world_cut_half(play->world, party,
                           stream_chance(&play->stream, 500) ? WORLD_TO_BROKER : WORLD_TO_NODE);
        }
    }
    *for_us = 0;
    return there;
}

static void make_worse(struct faults_play *play, enum fault_kind kind, size_t actor, struct link_nature *now)
{
    switch ((int)kind) {
    case FAULT_PARTITION:
        now->stalled[stream_below(&play->stream, 2)] = true;
        break;
    case FAULT_SLOW_LINK:
        now->delay_min_us = stream_between(&play->stream, 200000, 2 * SECOND_US);
        now->delay_max_us = now->delay_min_us * 10;
        now->bytes_per_s = stream_between(&play->stream, 1000, 20000);
        break;
    case FAULT_SLOW_READER:
        now->frames_per_s[actor == WORLD_BROKER ? WORLD_TO_BROKER : WORLD_TO_NODE] =
            stream_between(&play->stream, 1, 8);
        break;
    case FAULT_CORRUPT:
        now->corrupt = (unsigned)stream_between(&play->stream, 5, 200);
        break;
    case FAULT_DUPLICATE:
        now->duplicate = (unsigned)stream_between(&play->stream, 20, 500);
        break;
    case FAULT_REORDER:
        now->reorder = (unsigned)stream_between(&play->stream, 20, 500);
        break;
    default:
        break;
    }
}

/* Frames struck so far on these lines by a fault of that kind, which is a hostile one. */
static uint64_t strikes(const struct faults_play *play, enum fault_kind kind, size_t actor)
{
    uint64_t sum = 0;
    for (size_t party = first_party(actor); party <= last_party(play, actor); party++) {
        struct link_strikes of = world_strikes(play->world, party);
        sum += kind == FAULT_CORRUPT ? of.corrupted : kind == FAULT_DUPLICATE ? of.duplicated : of.reordered;
    }
    return sum;
}

static bool is_hostile(enum fault_kind kind)
{
    return kind == FAULT_CORRUPT || kind == FAULT_DUPLICATE || kind == FAULT_REORDER;
}

bool line_worse(struct faults_play *play, enum fault_kind kind, size_t actor, uint64_t *for_us)
{
    (void)for_us;
    play->machines[actor].struck[kind] = is_hostile(kind) ? strikes(play, kind, actor) : 0;
    for (size_t party = first_party(actor); party <= last_party(play, actor); party++) {
        struct line *line = &play->lines[party];
        if (is_hostile(kind) && play->oracle != NULL) {
            oracle_hostile(play->oracle, world_now_us(play->world), party);
        }
        if (kind == FAULT_ISOLATED) {
            line->isolated = true;
            world_want_link(play->world, party, false);
        } else {
            make_worse(play, kind, actor, &line->now);
            world_link(play->world, party, &line->now);
        }
    }
    return true;
}

static void make_well(enum fault_kind kind, const struct link_nature *base, struct link_nature *now)
{
    switch ((int)kind) {
    case FAULT_PARTITION:
        now->stalled[0] = base->stalled[0];
        now->stalled[1] = base->stalled[1];
        break;
    case FAULT_SLOW_LINK:
        now->delay_min_us = base->delay_min_us;
        now->delay_max_us = base->delay_max_us;
        now->bytes_per_s = base->bytes_per_s;
        break;
    case FAULT_SLOW_READER:
        now->frames_per_s[0] = base->frames_per_s[0];
        now->frames_per_s[1] = base->frames_per_s[1];
        break;
    case FAULT_CORRUPT:
        now->corrupt = base->corrupt;
        break;
    case FAULT_DUPLICATE:
        now->duplicate = base->duplicate;
        break;
    case FAULT_REORDER:
        now->reorder = base->reorder;
        break;
    default:
        break;
    }
}

void line_end(struct faults_play *play, enum fault_kind kind, size_t actor)
{
    if (is_hostile(kind) && strikes(play, kind, actor) != play->machines[actor].struck[kind]) {
        play_count(play, kind); /* else no frame met it */
    }
    for (size_t party = first_party(actor); party <= last_party(play, actor); party++) {
        struct line *line = &play->lines[party];
        if (kind == FAULT_ISOLATED) {
            line->isolated = false;
            world_want_link(play->world, party, true);
        } else {
            make_well(kind, &line->base, &line->now);
            world_link(play->world, party, &line->now);
        }
    }
}
