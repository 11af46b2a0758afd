/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scanner passes, protobuf-c unpacks within its budget and packs to the same bytes. The first byte selects the
 * message type. The corpus is replayed by tests/unit/wire_test.c through the same function.
 */
#include "tests/fuzz/scan_fuzz.h"

#include <stdlib.h>

#include "base/ensure.h"
#include "proto/limits.h"
#include "proto/wire.h"

#define ARENA_BYTES ((size_t)64 * 1024 * 1024)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t types = 0;
    while (limits_all()[types] != NULL) {
        types++;
    }
    if (size == 0) {
        return 0;
    }
    const ProtobufCMessageDescriptor *descriptor = limits_all()[data[0] % types]->descriptor;
    struct bytes from = bytes_of(data + 1, size - 1);
    struct arena *arena = arena_new(ARENA_BYTES);
    if (arena == NULL) {
        abort();
    }
    ProtobufCMessage *message = NULL;
    enum wire_outcome scanned = wire_scan(descriptor, from, NULL);
    enum wire_outcome outcome = wire_unpack(descriptor, from, arena, &message, NULL);
    if (outcome == WIRE_OK) {
        ensure(bytes_equal(wire_pack(arena, message), from));
    } else {
        ensure(scanned == outcome || outcome == WIRE_EXHAUSTED);
        ensure(outcome != WIRE_EXHAUSTED || descriptor == &comity__gossip__descriptor);
    }
    arena_free(arena);
    return 0;
}
