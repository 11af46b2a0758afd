/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/doors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void put(struct node_doors *doors, enum record_kind kind, const uint64_t *numbers)
{
    record_add(doors->record, kind, numbers, NULL, 0);
}

static void sign(void *context, const struct signer *signer, struct bytes text, uint8_t ret[SIGN_BYTES])
{
    signer_sign(signer, text, ret);
    record_add(context, RECORD_SIGNED, NULL, &(struct bytes){.data = ret, .size = SIGN_BYTES}, 1);
}

void node_door_signer(struct node_doors *doors, struct signer *signer)
{
    if (doors->record != NULL) {
        signer->hand = (struct sign_hand){.sign = sign, .context = doors->record};
    }
}

enum door node_door_open(struct node_doors *doors, const struct node_options *options, struct error *error)
{
    const uint64_t numbers[] = {options->store_bytes_max, options->life_ms,    options->prekey_days,
                                options->has_exercise,    NODE_TURN_BYTES_MAX, NODE_SLAB_CELLS,
                                options->mla_lead_days,   options->wall_rate};
    const struct bytes blobs[] = {
        bytes_of_text(options->store_path),
        bytes_of(options->network.bytes, sizeof options->network.bytes),
        bytes_of_text(options->party.text),
        bytes_of(options->node_signer->key.bytes, sizeof options->node_signer->key.bytes),
        bytes_of(options->seal_signer->key.bytes, sizeof options->seal_signer->key.bytes),
        bytes_of(options->exercise.bytes, sizeof options->exercise.bytes),
    };
    record_add(doors->record, RECORD_OPEN_NODE, numbers, blobs, sizeof blobs / sizeof blobs[0]);
    return record_result(doors->record, node_open(&doors->node, options, error));
}

void node_door_disk_free(struct node_doors *doors, uint64_t bytes)
{
    put(doors, RECORD_DISK_FREE, &bytes);
    node_disk_free(doors->node, bytes);
}

bool node_door_zone(struct node_doors *doors, struct bytes tzif, struct arena *arena)
{
    const struct zone *zone = tzif.data == NULL ? NULL : zone_read(tzif, arena);
    record_add(doors->record, RECORD_ZONE, NULL, &tzif, 1);
    node_zone(doors->node, zone);
    return zone != NULL;
}

bool node_door_zone_of(struct node_doors *doors, struct zone_set *set, const char *name, struct bytes tzif)
{
    const struct bytes blobs[] = {bytes_of_text(name), tzif};
    bool added = tzif.data != NULL && zone_set_add(set, name, tzif);
    if (added) {
        record_add(doors->record, RECORD_ZONE_OF, NULL, blobs, 2);
    }
    return added;
}

void node_door_zones(struct node_doors *doors, const struct zone_set *set)
{
    record_add(doors->record, RECORD_ZONES, NULL, NULL, 0);
    node_zones(doors->node, set);
}

void node_door_link_trouble(struct node_doors *doors, const char *text)
{
    if (strcmp(text, doors->trouble) == 0) {
        return;
    }
    const struct bytes told = bytes_of_text(text);
    (void)snprintf(doors->trouble, sizeof doors->trouble, "%s", text);
    record_add(doors->record, RECORD_LINK_TROUBLE, NULL, &told, 1);
    node_link_trouble(doors->node, text);
}

void node_door_begin(struct node_doors *doors, wall_ms wall, mono_ms mono)
{
    put(doors, RECORD_TURN, (const uint64_t[]){wall.ms, mono.ms});
    turn_begin(doors->turn, wall, mono);
}

enum door node_door_link_up(struct node_doors *doors, link_id link)
{
    const struct bytes nobody = {.size = 0};
    record_add(doors->record, RECORD_LINK_UP, &link.number, &nobody, 1);
    return record_result(doors->record, node_link_up(doors->node, doors->turn, link));
}

enum door node_door_link_down(struct node_doors *doors, link_id link)
{
    put(doors, RECORD_LINK_DOWN, &link.number);
    return record_result(doors->record, node_link_down(doors->node, doors->turn, link));
}

enum door node_door_frame(struct node_doors *doors, link_id link, struct bytes frame)
{
    record_add(doors->record, RECORD_FRAME, &link.number, &frame, 1);
    return record_result(doors->record, node_frame(doors->node, doors->turn, link, frame));
}

enum door node_door_roster(struct node_doors *doors, struct bytes json, const struct bytes *minisigs,
                           size_t count, enum roster_outcome *ret_outcome, struct error *error)
{
    struct bytes blobs[RECORD_BLOBS_MAX] = {json};
    for (size_t i = 0; i < count && i + 1 < RECORD_BLOBS_MAX; i++) {
        blobs[i + 1] = minisigs[i];
    }
    record_add(doors->record, RECORD_ROSTER, NULL, blobs, count + 1);
    enum door door = node_roster(doors->node, doors->turn, json, minisigs, count, ret_outcome, error);
    return record_result_of(doors->record, door, *ret_outcome, bytes_of(NULL, 0));
}

/* What is recorded is answered in the source's words: a catalogue is no input that a replay could have again. */
enum door node_door_command(struct node_doors *doors, const struct command *asked, struct answer *ret)
{
    struct command plain = *asked;
    plain.words = doors->record == NULL ? asked->words : NULL;
    const struct command *command = &plain;
    if (doors->record != NULL) {
        const uint64_t verb = command->verb;
        char *body = command->body == NULL ? NULL : json_dumps(command->body, JSON_COMPACT);
        const struct bytes blobs[] = {
            bytes_of(command->id, sizeof command->id),
            bytes_of_text(command->actor),
            bytes_of_text(command->target),
            bytes_of_text(command->query),
            bytes_of_text(body == NULL ? "" : body),
        };
        record_add(doors->record, RECORD_COMMAND, &verb, blobs, sizeof blobs / sizeof blobs[0]);
        free(body);
    }
    enum door door = node_command(doors->node, doors->turn, command, ret);
    return record_result_of(doors->record, door, ret->status, ret->json);
}

enum door node_door_tick(struct node_doors *doors)
{
    put(doors, RECORD_TICK, NULL);
    return record_result(doors->record, node_tick(doors->node, doors->turn));
}

enum door node_door_turn_end(struct node_doors *doors)
{
    put(doors, RECORD_TURN_END, NULL);
    enum door door = node_turn_end(doors->node, doors->turn);
    return record_result(doors->record, turn_exhausted(doors->turn) ? DOOR_FATAL : door);
}

static void keep_to_exercises(struct node_doors *doors)
{
    const struct roster *roster = node_current_roster(doors->node);
    if (!record_is_sealed(doors->record) && (roster == NULL || !roster_is_exercise(roster))) {
        record_stop(doors->record, "the roster is not one of exercises only");
    }
}

enum door node_door_commit(struct node_doors *doors)
{
    size_t said = 0;
    (void)turn_said(doors->turn, &said);
    put(doors, RECORD_COMMIT, NULL);
    enum door door = node_commit(doors->node);
    keep_to_exercises(doors);
    return record_result_of(doors->record, door, said, bytes_of(NULL, 0));
}

enum door node_door_between_turns(struct node_doors *doors, bool idle)
{
    put(doors, RECORD_BETWEEN_TURNS, &(const uint64_t){idle});
    return record_result(doors->record, node_between_turns(doors->node, idle));
}
