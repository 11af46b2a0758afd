/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Hostile JSON, and hostile forms: what is read as a letter or a request packs, passes the scanner, is held against the rules without
 * falling over, and is the same message when it is written and read again. The corpus is replayed by tests/unit/json_test.c.
 */
#include "tests/fuzz/json_fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "base/ensure.h"
#include "nodes/completeness.h"
#include "proto/form.h"
#include "proto/json.h"

#define NOW_MS UINT64_C(1795132800000)

static void check_letter(struct arena *arena, const ProtobufCMessage *message)
{
    Comity__Letter letter = COMITY__LETTER__INIT;
    struct faults faults;
    struct completeness c = {.faults = &faults, .now_ms = NOW_MS};
    faults_init(&faults, arena);
    if (message->descriptor == &comity__request__descriptor) {
        letter.body_case = COMITY__LETTER__BODY_REQUEST;
        letter.request = (Comity__Request *)(uintptr_t)message;
        letter_complete(&c, &letter);
    } else {
        letter_complete(&c, (const Comity__Letter *)(const void *)message);
    }
}

static void check_json(struct arena *arena, const ProtobufCMessageDescriptor *type, const json_t *json)
{
    struct faults faults;
    faults_init(&faults, arena);
    ProtobufCMessage *message = message_of_json(type, json, arena, &faults);
    ensure((message == NULL) == faults_any(&faults));
    if (message == NULL) {
        return;
    }
    struct bytes packed = wire_pack(arena, message);
    ensure(packed.data != NULL && wire_scan(type, packed, NULL) == WIRE_OK);
    json_t *written = json_of_message(message);
    ProtobufCMessage *again = written == NULL ? NULL : message_of_json(type, written, arena, &faults);
    ensure(again != NULL && bytes_equal(wire_pack(arena, again), packed));
    json_decref(written);
    check_letter(arena, message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new((size_t)64 << 20);
    struct faults faults;
    if (arena == NULL) {
        abort();
    }
    faults_init(&faults, arena);
    json_t *json = json_read(bytes_of(data, size), (size_t)256 << 10, &faults);
    if (json != NULL) {
        check_json(arena, &comity__letter__descriptor, json);
        check_json(arena, &comity__request__descriptor, json);
    }
    json_decref(json);
    faults_init(&faults, arena);
    json = form_read(bytes_of(data, size), &comity__request__descriptor, arena, &faults);
    ensure((json == NULL) == faults_any(&faults));
    if (json != NULL) {
        check_json(arena, &comity__request__descriptor, json);
    }
    json_decref(json);
    arena_free(arena);
    return 0;
}
