/* SPDX-License-Identifier: Apache-2.0 */
/* Prekey lists: the newest of each party is kept and given to whoever asks. Senders verify it themselves. */
#include <string.h>

#include "broker/broker_private.h"
#include "keys/prekeys.h"

static void say_list(struct broker *broker, struct turn *turn, const struct link *link, struct bytes list)
{
    Comity__Prekeys answer = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    answer.list = wire_binary(list);
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &answer;
    (void)say_frame(broker, turn, link, &frame);
}

static void say_absent(struct broker *broker, struct turn *turn, const struct link *link,
                       struct address *asked)
{
    Comity__Prekeys answer = COMITY__PREKEYS__INIT;
    Comity__Frame frame = COMITY__FRAME__INIT;
    answer.absent = asked->text;
    frame.body_case = COMITY__FRAME__BODY_PREKEYS;
    frame.prekeys = &answer;
    (void)say_frame(broker, turn, link, &frame);
}

/* Where the row stands among what the link waits for; absent_count when it does not. */
static size_t absent_find(const struct link *link, int64_t party)
{
    size_t i = 0;
    while (i < link->absent_count && link->absent[i] != party) {
        i++;
    }
    return i;
}

static void absent_remove(struct link *link, size_t index)
{
    link->absent_count--;
    memmove(&link->absent[index], &link->absent[index + 1],
            (link->absent_count - index) * sizeof link->absent[0]);
}

static void absent_note(struct link *link, int64_t party)
{
    if (absent_find(link, party) != link->absent_count) {
        return;
    }
    if (link->absent_count == ABSENT_MAX) {
        absent_remove(link, 0);
    }
    link->absent[link->absent_count++] = party;
}

static void answer_ask(struct broker *broker, struct turn *turn, struct link *link, const char *address)
{
    struct address asked;
    struct prekeys_row row;
    if (!address_read(bytes_of_text(address), &asked)) {
        return; /* the scanner lets nothing else through */
    }
    /* Only addresses of the roster get a row: asking for others leaves nothing behind. */
    if (roster_find(broker->roster, asked.text) == NULL) {
        say_absent(broker, turn, link, &asked);
        return;
    }
    int64_t party = party_row(broker->store, &asked);
    if (prekeys_row_find(broker->store, party, broker->scratch, &row)) {
        say_list(broker, turn, link, row.list);
    } else {
        say_absent(broker, turn, link, &asked);
        absent_note(link, party);
    }
}

/* A list has come: whoever asked for it in vain gets it now. */
static void give_to_askers(struct broker *broker, struct turn *turn, int64_t party, struct bytes list)
{
    for (size_t i = 0; i < broker->link_count; i++) {
        struct link *link = broker->links[i];
        size_t index = absent_find(link, party);
        if (index != link->absent_count) {
            absent_remove(link, index);
            say_list(broker, turn, link, list);
        }
    }
}

static void refuse(struct broker *broker, struct turn *turn, const struct link *link, enum reason reason,
                   const char *detail)
{
    log_event(turn, PREKEYS_REFUSED, "party=%s reason=%s", link->party.text, reason_name(reason));
    say_refusal(broker, turn, link, 0, NULL, reason, false, 0, detail);
}

static void take(struct broker *broker, struct turn *turn, const struct link *link,
                 const struct prekeys *offered, struct bytes list)
{
    const struct prekeys_row row = {.number = offered->number, .digest = offered->digest, .list = list};
    prekeys_row_put(broker->store, link->party_row, &row);
    give_to_askers(broker, turn, link->party_row, list);
    log_event(turn, PREKEYS_TAKEN, "party=%s number=%llu", link->party.text, (unsigned long long)row.number);
}

static void publish(struct broker *broker, struct turn *turn, struct link *link, struct bytes list)
{
    struct prekeys offered;
    struct prekeys_row held = {.number = 0};
    enum reason reason = prekeys_read(&broker->verified, list, broker->roster, broker->scratch, &offered);
    if (reason == REASON_NONE && !address_equal(&offered.party, &link->party)) {
        reason = REASON_FROM;
    }
    if (reason != REASON_NONE) {
        refuse(broker, turn, link, reason, "the prekey list does not hold");
        return;
    }
    enum prekeys_order order = prekeys_row_find(broker->store, link->party_row, NULL, &held)
                                   ? prekeys_compare(held.number, &held.digest, &offered)
                                   : PREKEYS_NEWER;
    switch (order) {
    case PREKEYS_NEWER:
        take(broker, turn, link, &offered, list);
        say_settle(broker, turn, link, &offered.digest);
        return;
    case PREKEYS_SAME:
        say_settle(broker, turn, link, &offered.digest);
        return;
    case PREKEYS_OLDER:
        refuse(broker, turn, link, REASON_SEQUENCE, "a prekey list with a higher number is held");
        return;
    case PREKEYS_CONFLICT:
        refuse(broker, turn, link, REASON_FORK, "another prekey list of this number is held");
        return;
    }
}

void prekeys_frame(struct broker *broker, struct turn *turn, struct link *link,
                   const Comity__Prekeys *prekeys)
{
    bool asks = prekeys->ask[0] != '\0';
    bool gives = prekeys->list.len != 0;
    if (asks == gives || prekeys->absent[0] != '\0') {
        link_end(broker, turn, link, REASON_FIELD, "a prekeys frame either asks or gives");
    } else if (asks) {
        answer_ask(broker, turn, link, prekeys->ask);
    } else {
        publish(broker, turn, link, wire_bytes(prekeys->list));
    }
}
