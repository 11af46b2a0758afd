/* SPDX-License-Identifier: Apache-2.0 */
/* Sealing keys: this node's own lists and their private halves, and the lists of other parties. */
#ifndef COMITY_NODES_PREKEYS_H
#define COMITY_NODES_PREKEYS_H

#include "keys/prekeys.h"
#include "keys/seal.h"
#include "nodes/node_private.h"

#define PREKEYS_CHECK_MS (12 * MS_PER_HOUR)   /* a list of another party is asked for again after that */
#define PREKEYS_ASK_MS   (10 * MS_PER_MINUTE) /* an unanswered question is put again after that */

/*
 * Erases private halves that are due and makes a new list when none is held, when the newest has fewer than 14 days left,
 * when the broker holds one of ours that is not here (this node was restored: the keys of that list are lost), or when a
 * clock that was ahead spoilt the newest.
 */
void node_prekeys_renew(struct node *, struct turn *);
/* Says the newest list when the broker does not have it. */
void node_prekeys_publish(struct node *, struct turn *);
/* The broker has this list (a digest of a Settle); nothing when it is no list of ours. */
void node_prekeys_taken(struct node *, struct turn *, const struct digest *);
/* When the next private half is to be erased and the newest list to be renewed. */
void node_prekeys_due(struct node *, const struct turn *, struct due *);
/* Number of the newest own list, 0: none. */
uint64_t node_prekeys_number(struct node *);

/* The broker had said that it has the newest own list. */
bool node_prekeys_were_taken(struct node *);

/* The broker said in Welcome that it has a newer one, and not one that cannot be true. */
bool node_prekeys_show_loss(struct node *);

/* For open_envelope(): which keys are mine, and which of them are erased. */
struct slot_keys node_prekeys_slots(struct node *);

/*
 * The key to seal to a party with. False: its list is missing or has to be asked for again, which is done; sealing to it
 * waits (peer.waits) until the broker has answered.
 */
MUST_USE bool node_prekeys_for(struct node *, struct turn *, const char *party, struct public_key *ret);
/* A recipient refused one of its keys: ask before sealing to it again. */
void node_prekeys_doubt(struct node *, const char *party);
/*
 * It says that the key was never its own: the list is of a disk that it has lost, and whatever the broker holds of it takes its
 * place, even under a lower number (the broker was restored, too).
 */
void node_prekeys_forget(struct node *, const char *party);
/* A Prekeys frame from the broker. False: it is out of place. */
MUST_USE bool node_prekeys_frame(struct node *, struct turn *, const Comity__Prekeys *);

/* --- store_prekeys.c --- */

struct own_list {
    uint64_t number, first_ms, taken_ms; /* taken 0: the broker does not have it yet */
    size_t keys;
    struct digest digest;
};
/* But for its digest. False: there is no list. */
MUST_USE bool store_prekey_list_newest(struct store *, struct own_list *ret);
MUST_USE bool store_prekey_list_bytes(struct store *, uint64_t number, struct arena *, struct bytes *ret);
void store_prekey_list_put(struct store *, const struct own_list *own, struct bytes list);
/* erase_ms 0: not before a successor is taken. */
void store_prekey_put(struct store *, const struct public_key *, const uint8_t secret[32], uint64_t list,
                      uint64_t erase_ms);
enum slot_key store_prekey_find(struct store *, const struct public_key *, uint8_t ret_secret[32]);
/* Erases what is due; how many keys. */
size_t store_prekeys_erase(struct store *, uint64_t now_ms);
/* Are there private halves whose time is over by now? */
bool store_prekeys_due(struct store *, uint64_t now_ms);
/* When the next one's is; 0: none has an end yet. */
uint64_t store_prekeys_erase_ms(struct store *);
/* How many private halves of the newest list are not erased. */
size_t store_prekeys_left(struct store *);
/*
 * The list is with the broker: keys of older lists that waited for that get their date, and those with one beyond
 * erase_ms_max, which only a clock that was ahead can have given. False: no such digest.
 */
MUST_USE bool store_prekey_list_taken(struct store *, const struct digest *, uint64_t taken_ms,
                                      uint64_t last_erase_ms, uint64_t erase_ms_max);

struct peer_list {
    uint64_t number, checked_ms, asked_ms; /* number 0: none held */
    struct digest digest;
    struct bytes list; /* in the arena */
};
/* False: nothing is known of the party; *ret is all zero then. */
bool store_peer_get(struct store *, const char *party, struct arena *, struct peer_list *ret);
void store_peer_put(struct store *, const char *party, const struct peer_list *);
void store_peer_checked(struct store *, const char *party, uint64_t checked_ms);
void store_peer_asked(struct store *, const char *party, uint64_t asked_ms);
void store_peer_waits(struct store *, const char *party, bool waits);
bool store_peer_is_waiting(struct store *, const char *party);
void store_peer_forget(struct store *, const char *party); /* its list */
/* New link: no question is open, nobody waits. */
void store_peers_fresh(struct store *);
void store_peers_go_on(struct store *);

#endif
