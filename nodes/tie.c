/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "nodes/moved.h"
#include "nodes/node_says.h"
#include "nodes/rosters.h"
#include "nodes/tie_private.h"

bool no_case(const struct case_id *id)
{
    return bytes_all_zero(bytes_of(id->bytes, sizeof id->bytes));
}

bool same_case(const struct case_id *a, const struct case_id *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

struct case_id case_named(ProtobufCBinaryData data)
{
    struct case_id id = {.bytes = {0}};
    if (data.len == sizeof id.bytes) {
        memcpy(id.bytes, data.data, sizeof id.bytes);
    }
    return id;
}

ProtobufCBinaryData name_case(struct arena *arena, const struct case_id *id)
{
    return no_case(id) ? wire_binary(bytes_of(NULL, 0))
                       : wire_binary(arena_copy(arena, bytes_of(id->bytes, sizeof id->bytes)));
}

void tie_again(const struct renewal *r, const struct case_id *id)
{
    store_chore_put(r->node->store, id, turn_wall(r->turn).ms + SAY_AGAIN_MS);
}

/* --- the parties of one State --- */

/* The active party of that State with that name: "/poc". */
static const struct address *named_so(const struct roster *roster, const char *me, const char *name)
{
    size_t count = 0;
    const struct party *parties = roster_parties(roster, &count);
    for (size_t i = 0; i < count; i++) {
        const char *address = parties[i].address.text;
        if (parties[i].status == PARTY_ACTIVE && same_state(me, address) &&
            strcmp(strchr(address, '/'), name) == 0) {
            return &parties[i].address;
        }
    }
    return NULL;
}

const struct address *own_authority(const struct node *node, const char *article)
{
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const struct address *said = self == NULL ? NULL : terms_authority(party_terms(self), article);
    if (said != NULL && same_state(said->text, node->options.party.text)) {
        return said;
    }
    return roster == NULL ? NULL : named_so(roster, node->options.party.text, "/poc");
}

const struct address *central_authority(const struct node *node)
{
    const char *me = node->options.party.text;
    const struct roster *roster = node_roster_now(node);
    const struct party *self = node_self(node);
    const struct address *said = self == NULL ? NULL : terms_authority(party_terms(self), "40");
    const struct address *found = said != NULL && same_state(said->text, me) ? said
                                  : roster == NULL                           ? NULL
                                                   : named_so(roster, me, "/central");
    return found == NULL || node_is_me(node, found->text) ? NULL : found;
}

/* --- what a changed case leads to --- */

void tie_follow(struct node *node, struct turn *turn, const struct case_row *row,
                const struct case_fold *fold, struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena, .row = row, .fold = fold};
    if (fold->machine == MACHINE_LINK) {
        tie_link_follow(&r);
    } else if (fold->machine == MACHINE_MLA) {
        tie_mla_follow(&r);
    } else if (fold->machine == MACHINE_HOLD) {
        tie_hold_follow(&r);
    }
    moved_follow(node, turn, row, fold, arena);
}

/* --- what came outside the network --- */

bool tie_told(struct node *node, struct turn *turn, const struct tie *given, const struct hand_over *along,
              struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    struct tie tie = *given;
    tie.asked = true;
    tie.state = ITEM_ASKED;
    if (tie.other.text[0] == '\0') {
        tie.other = tie_whom(&r, &tie);
    }
    return tie.other.text[0] != '\0' && tie_tell(&r, &tie, &tie.item, tie.item != 0, along);
}

bool tie_over(struct node *node, struct turn *turn, struct tie *tie, Comity__MlaEnded__Why why,
              struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    return tie_end(&r, tie, why) != SAID_LATER;
}

bool tie_ended(struct node *node, struct turn *turn, const char *requester, const char *mla_reference,
               Comity__MlaEnded__Why why, struct arena *arena)
{
    const struct renewal r = {.node = node, .turn = turn, .arena = arena};
    struct tie *ties = arena_zero(arena, TIES_OF_CASE_MAX, sizeof *ties);
    struct case_id after = {.bytes = {0}};
    bool any = false;
    size_t count = TIES_OF_CASE_MAX;
    while (ties != NULL && count == TIES_OF_CASE_MAX) {
        count = store_ties_open(node->store, TIES_OPEN, &after, TIES_OF_CASE_MAX, arena, ties);
        for (size_t i = 0; i < count; i++) {
            after = ties[i].link;
            if (ties[i].asked && no_case(&ties[i].mla) && strcmp(ties[i].requester, requester) == 0 &&
                strcmp(ties[i].mla_reference, mla_reference) == 0) {
                (void)tie_end(&r, &ties[i], why);
                any = true;
            }
        }
    }
    return any;
}
