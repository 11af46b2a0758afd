/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/wire.h"

#include "base/ensure.h"

/*
 * protobuf-c allocates as the input tells it to; what it may take for one message is this much and no more. The base is
 * what the smallest encoding of the most elements that limits.def allows in one message needs beyond the factor (64
 * items of 32 identifiers each), so that only fields skipped in a Gossip can exhaust it.
 */
#define BUDGET_FACTOR 8
#define BUDGET_BASE   ((size_t)320 * 1024)

struct budget {
    struct arena *arena;
    size_t end; /* of arena_used() */
    bool exhausted;
};

static void *budget_take(void *data, size_t size)
{
    struct budget *budget = data;
    size_t used = arena_used(budget->arena);
    void *taken = used <= budget->end && size <= budget->end - used ? arena_take(budget->arena, size) : NULL;
    if (taken == NULL) {
        budget->exhausted = true;
    }
    return taken;
}

static void budget_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer; /* goes with the arena */
}

enum wire_outcome wire_unpack(const ProtobufCMessageDescriptor *descriptor, struct bytes from,
                              struct arena *arena, ProtobufCMessage **ret, struct wire_fault *ret_fault)
{
    enum wire_outcome outcome = wire_scan(descriptor, from, ret_fault);
    if (outcome != WIRE_OK) {
        return outcome;
    }
    struct budget budget = {.arena = arena,
                            .end = arena_used(arena) + from.size * BUDGET_FACTOR + BUDGET_BASE};
    ProtobufCAllocator allocator = {.alloc = budget_take, .free = budget_free, .allocator_data = &budget};
    static const uint8_t nothing[1] = {0};
    ProtobufCMessage *message =
        protobuf_c_message_unpack(descriptor, &allocator, from.size, from.size != 0 ? from.data : nothing);
    if (message == NULL) {
        if (ret_fault != NULL) {
            *ret_fault = (struct wire_fault){
                .offset = 0,
                .path = descriptor->short_name,
                .reason =
                    budget.exhausted ? "more memory than a message of its size may take" : "not unpacked",
            };
        }
        return budget.exhausted ? WIRE_EXHAUSTED : WIRE_ENCODING;
    }
    *ret = message;
    return WIRE_OK;
}

struct bytes wire_pack(struct arena *arena, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    uint8_t *to = arena_take(arena, size != 0 ? size : 1);
    if (to == NULL) {
        return bytes_of(NULL, 0);
    }
    ensure(protobuf_c_message_pack(message, to) == size);
    struct bytes packed = bytes_of(to, size);
    ensure(wire_scan(message->descriptor, packed, NULL) == WIRE_OK);
    return packed;
}
