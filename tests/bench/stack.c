/* SPDX-License-Identifier: Apache-2.0 */
/* Envelopes as the broker sees them: a valid header, seal and proof around a body that it cannot read. */
#include <string.h>

#include "keys/seal.h"
#include "tests/bench/bench.h"
#include "tests/bench/network.h"

static struct bytes seal_of_nobody(struct bench *bench)
{
    struct bytes random = noise(bench, 144);
    Comity__Slot slot = COMITY__SLOT__INIT;
    Comity__Slot *slots[] = {&slot};
    Comity__Seal seal = COMITY__SEAL__INIT;
    seal.commit = wire_binary(bytes_of(random.data, 32));
    slot.recipient_key = wire_binary(bytes_of(random.data + 32, 32));
    slot.enc = wire_binary(bytes_of(random.data + 64, 32));
    slot.wrapped = wire_binary(bytes_of(random.data + 96, 48));
    seal.n_slot = 1;
    seal.slot = slots;
    return seal_pack(bench->arena, &seal);
}

void stack_make(struct bench *bench, size_t count, size_t turn)
{
    struct stack *stack = &bench->stack;
    struct arena *arena = bench->arena;
    struct bytes seal = seal_of_nobody(bench);
    struct bytes body = noise(bench, BODY_BYTES);
    struct digest body_hash = plain_hash(body);
    struct digest *digests = arena_take(arena, turn * sizeof *digests);
    struct bytes *headers = arena_take(arena, turn * sizeof *headers);
    struct bytes *proofs = arena_take(arena, turn * sizeof *proofs);
    stack->count = count;
    stack->envelopes = arena_take(arena, count * sizeof *stack->envelopes);
    stack->ids = arena_take(arena, count * sizeof *stack->ids);
    ensure(digests != NULL && headers != NULL && proofs != NULL && stack->envelopes != NULL &&
           stack->ids != NULL && seal.data != NULL);
    for (size_t first = 0; first < count; first += turn) {
        size_t some = count - first < turn ? count - first : turn;
        for (size_t i = 0; i < some; i++) {
            size_t at = first + i;
            headers[i] =
                network_header(bench->network, arena, (uint32_t)at + 1, at == 0 ? NULL : &stack->ids[at - 1]);
            stack->ids[at] = envelope_id_of(headers[i], seal, &body_hash);
            digests[i] = stack->ids[at].digest;
        }
        ensure(sign_turn(&bench->network->sender, digests, some, arena, proofs));
        for (size_t i = 0; i < some; i++) {
            stack->envelopes[first + i] = envelope_encode(arena, headers[i], seal, body, proofs[i]);
            ensure(stack->envelopes[first + i].data != NULL);
        }
    }
}
