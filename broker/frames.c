/* SPDX-License-Identifier: Apache-2.0 */
#include "broker/broker_private.h"

size_t say_frame(struct broker *broker, struct turn *turn, const struct link *link,
                 const Comity__Frame *frame)
{
    struct bytes packed = frame_pack(broker->scratch, frame);
    if (packed.data != NULL) {
        turn_say(turn, link->id, packed);
    }
    return packed.size;
}

void say_rejected(struct broker *broker, struct turn *turn, const struct link *link,
                  const Comity__Rejected *rejected)
{
    Comity__Frame frame = COMITY__FRAME__INIT;
    Comity__Rejected message = *rejected;
    frame.body_case = COMITY__FRAME__BODY_REJECTED;
    frame.rejected = &message;
    (void)say_frame(broker, turn, link, &frame);
}

void say_refusal(struct broker *broker, struct turn *turn, const struct link *link, uint64_t tag,
                 const struct envelope_id *id, enum reason reason, bool temporary, uint32_t retry_ms,
                 const char *detail)
{
    Comity__Rejected rejected = COMITY__REJECTED__INIT;
    rejected.tag = tag;
    if (id != NULL) {
        rejected.id = wire_binary(digest_bytes(&id->digest));
    }
    rejected.reason = reason;
    rejected.temporary = temporary;
    rejected.retry_ms = retry_ms;
    rejected.detail = (char *)(uintptr_t)detail;
    broker->figures.refused[reason]++;
    say_rejected(broker, turn, link, &rejected);
}

void say_settle(struct broker *broker, struct turn *turn, const struct link *link,
                const struct digest *digest)
{
    Comity__Settle settle = COMITY__SETTLE__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    ProtobufCBinaryData one = wire_binary(digest_bytes(digest));
    settle.n_digest = 1;
    settle.digest = &one;
    frame.body_case = COMITY__FRAME__BODY_SETTLE;
    frame.settle = &settle;
    (void)say_frame(broker, turn, link, &frame);
}
