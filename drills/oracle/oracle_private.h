/* SPDX-License-Identifier: Apache-2.0 */
/* What the oracle keeps: a record of each thing that was said, in the order in which it was first seen. */
#ifndef COMITY_DRILLS_ORACLE_ORACLE_PRIVATE_H
#define COMITY_DRILLS_ORACLE_ORACLE_PRIVATE_H

#include "drills/oracle/canaries.h"
#include "drills/oracle/id_map.h"
#include "drills/oracle/oracle.h"
#include "drills/oracle/said_objects.h"

#define BROKER  ((size_t)0)
#define NOBODY  SIZE_MAX
#define NOT_YET UINT64_MAX /* of times */
#define DAY_MS  UINT64_C(86400000)

/* The codes of docs/protocol.md 4.5 that are named here. */
enum {
    E_TO = 8,
    E_KEY = 9,
    E_REVOKED = 10,
    E_SIGNATURE = 11,
    E_CLOCK = 12,
    E_EXPIRED = 13,
    E_FORK = 14,
    E_SEQUENCE = 15,
    E_QUOTA = 16,
    E_EXERCISE = 17,
    E_LETTER = 29,
    E_CASE = 30,
};

/* A receipt of one kind about one envelope, said by the one who signs that kind. */
struct fact {
    uint64_t at_us, at_ms; /* said at; the receipt's own time */
    uint32_t receipt;      /* ID_MAP_NONE: never said */
    uint32_t reason;
};

struct envelope_record {
    struct id id, prev;
    bool has_prev;
    size_t from, to;
    uint32_t lane, incarnation, seq;
    uint64_t created_ms, expires_ms;
    uint64_t said_us;                           /* first Submit */
    uint64_t delivered_us, deliver_accepted_ms; /* first Deliver of the whole, and what it told; NOT_YET */
    uint64_t stub_settled_us;                   /* by its recipient */
    uint64_t broker_knew_us,
        broker_knew_last_us; /* first and last frame of the broker that shows it knows it */
    struct fact facts[FACT_KINDS];
};

/* One number of one chain. */
struct number_record {
    uint32_t envelope, accepted; /* last said; accepted: ID_MAP_NONE */
    bool again; /* it was used again after a loss that excuses it: its neighbours prove nothing */
};

struct receipt_record {
    struct id digest;
    enum fact_kind kind;
    size_t from, to;
    uint64_t at_ms;
    size_t item_first, item_count; /* in oracle.items */
    uint64_t said_us;              /* by its signer */
    uint64_t settled_by_broker_us, settled_by_sender_us;
    bool opened_by_officer; /* OPENED: an officer signed it */
    struct id by_key;
};

struct item_record {
    uint32_t envelope, reason;
};

struct letter_record {
    struct id id, prev;
    bool has_prev;
    size_t from, to;
    uint8_t case_id[16];
    uint32_t case_seq;
    uint64_t signed_ms;
    size_t signer_count;
    struct id signers[SAID_SIGNERS_MAX];
    uint64_t submitted_us,
        ok_us; /* first handed in; first answered 200: it was taken in between, and may be lost since */
    unsigned outstanding; /* submits without an answer */
    unsigned status;      /* the last answer */
    uint64_t accepted_ms,
        delivered_ms; /* found by the finish: of the envelope that was delivered first; 0: of none */
};

struct command_record {
    uint32_t letter; /* ID_MAP_NONE: its context cannot be read */
    uint64_t ok_us;
};

struct loss {
    size_t actor;
    uint64_t since_us, at_us;
};

struct oracle {
    struct oracle_party *parties; /* by actor; [BROKER] is empty */
    bool *hostile, *liar;         /* by actor */
    size_t party_count;
    struct id receipt_key;
    uint64_t now_us;
    uint64_t healed_us, healed_ms; /* NOT_YET; the same moment by a right clock */
    bool broken;
    struct oracle_verdict verdict;
    struct oracle_figures figures;
    struct canaries *canaries;

    struct loss *losses;
    size_t loss_count, loss_room;
    struct envelope_record *envelopes;
    size_t envelope_count, envelope_room;
    struct number_record *numbers;
    size_t number_count, number_room;
    struct receipt_record *receipts;
    size_t receipt_count, receipt_room;
    struct item_record *items; /* of all receipts */
    size_t item_count, item_room;
    struct letter_record *letters;
    size_t letter_count, letter_room;
    struct command_record *commands;
    size_t command_count, command_room;
    struct id_map envelope_of_id, number_of_place, receipt_of_digest, receipt_of_raw, letter_of_id,
        command_of_id;
    struct id_map good_turns;
    struct id_map revoked_keys;
    struct id_map torn_cases; /* of which a loss took what nothing brings back; by oracle_case_key */
};

/* --- the verdict --- */

/* The first one stays. */
void oracle_break(struct oracle *, const char *invariant, const char *format, ...) PRINTF_LIKE(3, 4);
/* What that actor had committed at that moment may be gone: a loss told of covers it. */
bool oracle_is_excused(const struct oracle *, size_t actor, uint64_t at_us);
/* The same for an expectation that is broken: counted if it is excused. */
bool oracle_excuse(struct oracle *, size_t actor, uint64_t at_us);
/* It has lost something, then or later: what it had before may be gone, what it got afterwards is not. */
bool oracle_lost_since(const struct oracle *, size_t actor, uint64_t at_us);
bool oracle_lost_anything(const struct oracle *, size_t actor);

/*
 * I8: an envelope with these times lived for a day after the heal. False also where one who carries it lost something: a recall
 * takes up to 15 days.
 */
bool oracle_had_a_day(const struct oracle *, size_t from, size_t to, uint64_t created_ms,
                      uint64_t expires_ms);

/* Of a case that lost what nothing brings back the two sides differ for good. */
struct id oracle_case_key(const uint8_t case_id[16]);
/* Is it one of those? Counted as excused. */
bool oracle_excuse_torn(struct oracle *, const uint8_t case_id[16]);

/* --- names --- */

const char *oracle_name(const struct oracle *, size_t actor);    /* "the broker", "XA/poc" */
size_t oracle_actor(const struct oracle *, const char *address); /* NOBODY when there is none */
/* "XA/poc's envelope 1a2b3c4d to XB/poc (lane 2, 1/17)" */
struct envelope_text {
    char text[144];
};
struct envelope_text oracle_envelope_text(const struct oracle *, const struct envelope_record *);
/* "receipt 1a2b3c4d DELIVERED of XA/poc's envelopes to XB/poc" */
struct envelope_text oracle_receipt_text(const struct oracle *, const struct receipt_record *);

/* --- what the broker knows --- */

/* It shows in what the broker says now that it has this envelope, or had. */
void oracle_broker_knows(struct oracle *, struct envelope_record *);
/* The number of an envelope that was said, and the one before it; NULL: none. */
struct number_record *oracle_number(struct oracle *, const struct envelope_record *);
const struct number_record *oracle_number_before(const struct oracle *, const struct envelope_record *);

/* --- receipts (receipt_record.c) --- */

/*
 * A receipt in a frame that the broker (speaker BROKER) or the party said over the link of party. Its record, or NULL: the
 * verdict says why.
 */
struct receipt_record *oracle_receipt_said(struct oracle *, size_t speaker, size_t party, struct bytes raw);
/* One that is shown otherwise: in a database, by an officer. NULL: it is malformed or not signed by the one it says. */
struct receipt_record *oracle_receipt_shown(struct oracle *, struct bytes raw);
#endif
