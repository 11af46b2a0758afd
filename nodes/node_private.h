/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of a node share. State lives in the store; of the little that is memory, struct live is copied before
 * each input and put back when that input is undone. The rest of struct node does no harm if it stays as such an input left it.
 */
#ifndef COMITY_NODES_NODE_PRIVATE_H
#define COMITY_NODES_NODE_PRIVATE_H

#include "base/store.h"
#include "keys/sign.h"
#include "nodes/case_kept.h"
#include "nodes/case_marks.h"
#include "nodes/line_changes.h"
#include "nodes/node.h"
#include "proto/wire.h"

#define SUBMITS_MAX      64   /* unanswered on one link, whatever the broker would allow */
#define SEALS_A_TURN_MAX 64   /* letters sealed in one turn */
#define RECEIPTS_A_TURN  512  /* envelopes that one turn gives receipts for */
#define SEND_AGAIN_MAX   64   /* things said again on a new link, in one turn */
#define SEALS_AGAIN_MAX  3    /* times a letter is sealed anew without a person */
#define HELD_BACK_CASE   64   /* letters of one case that wait for their predecessor */
#define HELD_BACK_PEER   128  /* of one sender: what one State leaves open takes no room from the others */
#define HELD_BACK_NODE   1000 /* of all cases */
#define CASE_LETTERS_SIDE                                                                                    \
    500 /* letters of one side of a case, and their bytes: a case must fit into memory */
#define CASE_BYTES_SIDE ((size_t)1024 * 1024)

/* Where the link to the broker stands; docs/protocol.md 6.1. */
enum link_stage {
    LINK_DOWN,
    LINK_HELLO, /* Hello was said, Welcome is awaited */
    LINK_HEADS, /* Heads are awaited */
    LINK_READY,
};

struct submit_slot {
    uint64_t tag;
    struct envelope_id id;
    mono_ms said;
};

/* The earliest moments at which anything becomes due by itself, each on the clock that decides it; UINT64_MAX: never. due.h */
struct due {
    mono_ms mono;
    wall_ms own;  /* our wall clock */
    wall_ms sure; /* broker_time_sure() */
};

/* Memory that dies with the process; what belongs to the link is cleared with it. */
struct live {
    link_id link;
    enum link_stage stage;
    uint64_t broker_roster;  /* version the broker is known to hold */
    uint64_t broker_prekeys; /* number of our list that it held at Welcome */
    uint64_t prekeys_said;   /* number of the list published on this link */
    uint64_t roster_asked;   /* version asked for and not answered; 0: none */
    uint32_t submits_max;
    mono_ms heard, pinged; /* pinged 0: no ping is unanswered */
    mono_ms opened;        /* Hello */
    mono_ms opening;       /* the last step since: Hello, Welcome, a frame of heads */
    uint64_t next_tag;
    size_t submit_count;
    struct submit_slot submits[SUBMITS_MAX];
    uint32_t credit_back[LANES + 1]; /* credits to be given back at the turn's end, by lane */
    uint64_t receipts_said;          /* row of the last own receipt said on this link */
    mono_ms receipts_again;    /* when those not settled are said again on it; 0: the broker refused none */
    uint64_t receipts_wait_ms; /* how long that was put off the last time */
    uint64_t receipts_unread;  /* roster under which the last one of the broker did not verify; 0: none */
    uint64_t rosters_said;     /* version offered to the broker on this link */
    uint64_t roster_wanted;    /* version the broker asked for in this turn; 0: none */

    mono_ms unblock_at;  /* when chains that the broker told to wait are tried again; 0: none waits */
    wall_ms broker_told; /* its clock, as of broker_told_at; 0: not told (broker_time.h) */
    mono_ms broker_told_at;
    bool clock_was_off;    /* said once in the log */
    mono_ms seal_after;    /* sealing pauses until then, for clocks that differ (broker_time.h) */
    unsigned clock_pauses; /* in a row; each is longer */
    mono_ms keys_held_at;  /* own keys are due by our clock alone, counted up to then (prekeys.c); 0: none */
    unsigned heads_frames; /* of this link */
    unsigned chains_lost;  /* named on this link; further ones are only counted */
    mono_ms recall_seen;   /* when recall_tick() looked last; 0: not yet */
    uint64_t recall_linked_ms; /* with a link, not yet counted in the rows */
    bool roster_was_stale, roster_was_expired, node_key_was_bad, seal_key_was_bad; /* said once in the log */
    bool disk_low;
    uint64_t hook_failing; /* tries in a row in which the hook program could not be told (HOOKED) */
    mono_ms gaps_after;    /* old gaps are not looked for before (chains.c) */
    mono_ms ticked;        /* the last tick; 0: none */
    bool looked;           /* since this process began; due.h */
    bool more;      /* work is left, by this turn's inputs or its end: the next turn should come at once */
    struct due due; /* as the last turn that did work left it; all zero, and so reached, before the first */
    mono_ms pause_ends; /* what is overdue waits so long */
    wall_ms wall_seen;  /* our wall clock at the end of the last turn */
    mono_ms deadline;   /* of the last turn end */
    struct case_marks marks;
    struct node_figures figures;
};

/* A roster version that arrives in parts; kept until the next link, for an input that ends this one may be undone. */
struct roster_parts {
    uint64_t version;
    uint32_t parts, next;
    uint8_t *data;
    size_t size;
};

/* The row of a case that was read last; it stands while no row of a case was written since (store_stamp()). */
struct kept_row {
    struct arena *arena; /* it lies in it; NULL: none was read yet */
    const struct case_row *row;
    uint64_t stamp; /* 0: none is kept */
};

struct node {
    struct node_options options; /* store_path is not kept */
    struct store *store;
    struct roster *roster; /* the newest in the store; NULL before the first */
    struct roster *staged; /* taken in this input; becomes roster when the input holds */
    struct roster_parts parts;
    struct live live;
    mono_ms began;          /* this process, with its first input; 0: not yet */
    uint64_t disk_free;     /* as node_disk_free() was told */
    bool disk_low_told;     /* in the log */
    bool work;              /* an input since the last turn end may have left something to be done */
    char link_trouble[320]; /* as node_link_trouble() was told; "": there is a link, or nothing is known */
    uint64_t committed;     /* turns */
    struct line_changes changes;
    struct kept_cases kept;
    struct kept_row row;
    struct verified_turns verified;
    const struct zone_set *zones; /* the host's; NULL: none */
};

/*
 * Runs act(node, turn, context) in a savepoint. DONE: its changes hold. FULL (the disk is, or act gave up): they are undone, with all it said and all
 * it changed in struct live; the caller answers "wait". FATAL: the party ends.
 */
enum input_outcome { INPUT_DONE, INPUT_FULL, INPUT_FATAL };
MUST_USE enum input_outcome node_input(struct node *, struct turn *,
                                       void (*act)(struct node *, struct turn *, void *context),
                                       void *context);
/* The same without leaving the turn's end anything to look for: what only reads, and that end itself. */
MUST_USE enum input_outcome node_question(struct node *, struct turn *,
                                          void (*act)(struct node *, struct turn *, void *context),
                                          void *context);

/* The roster in use inside an input: the one taken in it, or the newest stored; NULL before the first. */
const struct roster *node_roster_now(const struct node *);
/* This node's own entry in it; NULL when there is none. */
const struct party *node_self(const struct node *);
/* True for this node's own address. */
bool node_is_me(const struct node *, const char *address);

/* What goes into the log: nodes/events.def. */
enum event {
#define EVENT(name, level, text, when) EVENT_##name,
#include "nodes/events.def"
#undef EVENT
};
void node_event(struct turn *, enum event, const char *fields, ...) PRINTF_LIKE(3, 4);

/* "0123456789abcdef": the first 16 digits of an id, for logs. */
#define ID_SHORT 17
const char *id_short(char ret[ID_SHORT], const struct digest *);

/* Says one frame to the broker; nothing when the link is down. */
void node_say(struct node *, struct turn *, const Comity__Frame *);

#endif
