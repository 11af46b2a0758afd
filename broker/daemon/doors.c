/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/daemon/doors.h"

static void put(struct broker_doors *doors, enum record_kind kind, const uint64_t *numbers)
{
    record_add(doors->record, kind, numbers, NULL, 0);
}

static void sign(void *context, const struct signer *signer, struct bytes text, uint8_t ret[SIGN_BYTES])
{
    signer_sign(signer, text, ret);
    record_add(context, RECORD_SIGNED, NULL, &(struct bytes){.data = ret, .size = SIGN_BYTES}, 1);
}

void broker_door_signer(struct broker_doors *doors, struct signer *signer)
{
    if (doors->record != NULL) {
        signer->hand = (struct sign_hand){.sign = sign, .context = doors->record};
    }
}

enum door broker_door_open(struct broker_doors *doors, const struct broker_options *options,
                           struct error *error)
{
    const uint64_t numbers[] = {options->spool_bytes_max, options->quota_envelopes, options->quota_bytes,
                                options->submits_max,     BROKER_TURN_BYTES_MAX,    BROKER_SLAB_CELLS};
    const struct bytes blobs[] = {
        bytes_of_text(options->store_path),
        bytes_of(options->network.bytes, sizeof options->network.bytes),
        bytes_of_text(options->id),
        bytes_of(options->receipt_signer->key.bytes, sizeof options->receipt_signer->key.bytes),
    };
    record_add(doors->record, RECORD_OPEN_BROKER, numbers, blobs, sizeof blobs / sizeof blobs[0]);
    return record_result(doors->record, broker_open(&doors->broker, options, error));
}

void broker_door_disk_free(struct broker_doors *doors, uint64_t bytes)
{
    put(doors, RECORD_DISK_FREE, &bytes);
    broker_disk_free(doors->broker, bytes);
}

void broker_door_begin(struct broker_doors *doors, wall_ms wall, mono_ms mono)
{
    put(doors, RECORD_TURN, (const uint64_t[]){wall.ms, mono.ms});
    turn_begin(doors->turn, wall, mono);
}

enum door broker_door_link_up(struct broker_doors *doors, link_id link, const struct address *party)
{
    const struct bytes name = bytes_of_text(party->text);
    record_add(doors->record, RECORD_LINK_UP, &link.number, &name, 1);
    return record_result(doors->record, broker_link_up(doors->broker, doors->turn, link, party));
}

enum door broker_door_link_down(struct broker_doors *doors, link_id link)
{
    put(doors, RECORD_LINK_DOWN, &link.number);
    return record_result(doors->record, broker_link_down(doors->broker, doors->turn, link));
}

enum door broker_door_frame(struct broker_doors *doors, link_id link, struct bytes frame)
{
    record_add(doors->record, RECORD_FRAME, &link.number, &frame, 1);
    return record_result(doors->record, broker_frame(doors->broker, doors->turn, link, frame));
}

enum door broker_door_roster(struct broker_doors *doors, struct bytes json, const struct bytes *minisigs,
                             size_t count, enum roster_outcome *ret_outcome, struct error *error)
{
    struct bytes blobs[RECORD_BLOBS_MAX] = {json};
    for (size_t i = 0; i < count && i + 1 < RECORD_BLOBS_MAX; i++) {
        blobs[i + 1] = minisigs[i];
    }
    record_add(doors->record, RECORD_ROSTER, NULL, blobs, count + 1);
    enum door door = broker_roster(doors->broker, doors->turn, json, minisigs, count, ret_outcome, error);
    return record_result_of(doors->record, door, *ret_outcome, bytes_of(NULL, 0));
}

enum door broker_door_tick(struct broker_doors *doors)
{
    put(doors, RECORD_TICK, NULL);
    return record_result(doors->record, broker_tick(doors->broker, doors->turn));
}

enum door broker_door_turn_end(struct broker_doors *doors)
{
    put(doors, RECORD_TURN_END, NULL);
    enum door door = broker_turn_end(doors->broker, doors->turn);
    return record_result(doors->record, turn_exhausted(doors->turn) ? DOOR_FATAL : door);
}

static void keep_to_exercises(struct broker_doors *doors)
{
    const struct roster *roster = broker_current_roster(doors->broker);
    if (!record_is_sealed(doors->record) && (roster == NULL || !roster_is_exercise(roster))) {
        record_stop(doors->record, "the roster is not one of exercises only");
    }
}

enum door broker_door_commit(struct broker_doors *doors)
{
    size_t said = 0;
    (void)turn_said(doors->turn, &said);
    put(doors, RECORD_COMMIT, NULL);
    enum door door = broker_commit(doors->broker);
    keep_to_exercises(doors);
    return record_result_of(doors->record, door, said, bytes_of(NULL, 0));
}

enum door broker_door_between_turns(struct broker_doors *doors, bool idle)
{
    put(doors, RECORD_BETWEEN_TURNS, &(const uint64_t){idle});
    return record_result(doors->record, broker_between_turns(doors->broker, idle));
}
