/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The roster: the signed, versioned directory of parties and the only source of trust (docs/protocol.md 9).
 * Reading is pure: bytes in, a frozen object out. Storing is the caller's; rules of update are roster_update().
 */
#ifndef COMITY_KEYS_ROSTER_H
#define COMITY_KEYS_ROSTER_H

#include "base/arena.h"
#include "base/calendar.h"
#include "base/clock.h"
#include "base/error.h"
#include "keys/minisign.h"
#include "proto/ids.h"

#define ROSTER_BYTES_MAX   ((size_t)4 * 1024 * 1024)
#define ROSTER_MINISIG_MAX 64

enum roster_outcome {
    ROSTER_OK,
    ROSTER_SAME,      /* the very version and bytes we hold: nothing to do */
    ROSTER_FORMAT,    /* size, JSON, members, grammar */
    ROSTER_NETWORK,   /* another network */
    ROSTER_VERSION,   /* a rollback, or a version further than the next */
    ROSTER_FORK,      /* same version with other bytes, or previous is not ours: keep both, alarm */
    ROSTER_RULE,      /* a rule about keys, addresses, thresholds or dates */
    ROSTER_THRESHOLD, /* too few distinct root keys signed */
    ROSTER_EXPIRED,   /* past expires + grace: no new sealing, no submit */
    ROSTER_NO_MEMORY,
};
/* "E_ROSTER_FORMAT" ... */
const char *roster_outcome_name(enum roster_outcome);

enum key_role { ROLE_NODE = 1, ROLE_OFFICER, ROLE_SEAL, ROLE_LINK, ROLE_PACKAGE, ROLE_RECEIPT, ROLE_LOG };
const char *key_role_name(enum key_role);

/* What a person does in an office, as the roster's `office` names it. */
enum office {
    OFFICE_NONE = 0, /* not said */
    OFFICE_DUTY,
    OFFICE_DEPUTY,
    OFFICE_HEAD,
    OFFICE_REGISTRY,
    OFFICE_LAWYER,
    OFFICE_TRANSLATOR,
    OFFICE_ADMINISTRATOR,
};
const char *office_name(enum office); /* "duty"; "" for none */

struct roster_key {
    enum key_role role;
    struct public_key key;
    uint64_t from_ms, until_ms;
    bool revoked;
    uint64_t revoked_at_ms;
    const char *revoked_reason; /* "" */
    const char *name;   /* officers: name or role and number; "" where office and number stand for it */
    enum office office; /* officers */
    const char *number; /* officers: within the office, "" */
    const char *shown;  /* officers: to other parties: office and number, or the name where they lack */
    const char *const *mandate; /* officers: NULL-terminated; words of format 2: sign, decide, read */
    bool exercise;              /* officers: signs in exercises only */
    uint8_t minisign_id[8];     /* packages: what their .minisig files name; else zero */
};

/* How to reach people, as the party wrote it: "" where nothing is given. */
struct contact {
    const char *role; /* "duty officer" */
    const char *name;
    const char *phone; /* the number to call back on */
    const char *email;
    const char *hours; /* "24/7" */
    enum office office;
    uint64_t verified_at_ms; /* when somebody last found this right; 0: not said */
    const char *verified_by; /* who that was */
};

/* --- what a party publishes of how it works: format 2 --- */

enum terms_class { TERMS_HOLDS, TERMS_ASSISTANCE, TERMS_URGENT, TERMS_CLASSES };

/* Which party of the State takes requests under an article of the Convention. */
struct term_authority {
    const char *article; /* "42" */
    struct address party;
};

/* So many officers of the own State sign such letters: it may be more than the treaty's least, never fewer. */
struct term_signatures {
    const char *letter; /* "REFUSED" */
    uint64_t count;     /* 1..3 */
};

#define TERMS_UNSAID UINT64_MAX

struct terms {
    const char *const
        *languages[TERMS_CLASSES]; /* NULL-terminated, in order of preference; empty: not said */
    const char *const
        *insists; /* paths of a letter's body that must not be empty: "items.identifiers.port" */
    bool dual_holds, dual_assistance; /* dual criminality is asked for */
    bool reservation_29_4;            /* declared under art. 29(4) of the Budapest Convention */
    uint64_t hold_days_max;           /* in one decision; TERMS_UNSAID */
    uint64_t hold_extensions;         /* of one hold; TERMS_UNSAID */
    uint64_t lead_days;          /* before its end: for asking an extension, and for the request it is for */
    const char *const *formats;  /* of files, "pdf" */
    const char *const *channels; /* "network", "paper" */
    const struct term_authority *authorities;
    size_t authority_count;
    const struct term_signatures *signatures;
    size_t signatures_count;
    bool share_opened; /* OPENED receipts are given to the other State, as with capabilities.opened */
    const char *text;  /* what else people should know */
};

struct ping_consent {
    bool given;                   /* the party may be pinged without being asked each time */
    const struct day_span *quiet; /* when not, local time */
    size_t quiet_count;
    uint64_t per_year;     /* at most so many from one party */
    uint64_t answer_hours; /* in which a person answers */
};

enum party_status { PARTY_ACTIVE = 1, PARTY_SUSPENDED, PARTY_LEFT };

struct party {
    struct address address;
    enum party_status status;
    const char *name;
    const char *zone;             /* tzdata name */
    const char *const *languages; /* NULL-terminated */
    const struct contact *contacts;
    size_t contact_count;
    const struct roster_key *keys;
    size_t key_count;
    bool shares_opened; /* capabilities.opened or terms.share_opened: OPENED receipts go to the other State */
    uint64_t
        letters; /* capabilities.letters: 1: HOLD in its first form only; 2: all this program knows. 0 in drafts: 1 */
    const struct calendar_entry
        *calendar;             /* what is published; NULL: nothing (party_calendar() tells what then holds) */
    const struct terms *terms; /* NULL: nothing */
    const struct ping_consent *ping; /* NULL: nothing */
    uint64_t
        quota_envelopes; /* quota.envelopes: waiting at the broker for one recipient; 0 = the broker's default */
    uint64_t quota_bytes; /* quota.bytes */
};

struct roster_broker {
    const char *id;
    const char *const *endpoints; /* NULL-terminated */
    const struct roster_key *keys;
    size_t key_count;
};

struct roster; /* frozen */

/* Whether it takes part with a node of its own, as its link keys say; else it stands in the directory only: by mail, by phone. */
bool party_has_node(const struct party *);

/*
 * What holds of a party, published or not; never NULL, as long-lived as the party. Without a word of its own:
 * Monday to Friday, no holidays, no hours;
 */
const struct calendar_entry *party_calendar(const struct party *);
/* no condition, no limit said, 10 days of lead; */
const struct terms *party_terms(const struct party *);
/* no consent, and with consent alone 12 a year and 24 hours to answer. */
const struct ping_consent *party_ping(const struct party *);
/* What a State asks of its own: signatures on a letter by its name ("REFUSED"), 0: nothing beyond the treaty. */
unsigned terms_signatures(const struct terms *, const char *letter);
/* The party that takes requests under an article ("42"), those under 44, 45, 46 and 50 by default who takes 40; NULL: not said. */
const struct address *terms_authority(const struct terms *, const char *article);

/*
 * Reads the bytes (copied) and applies every rule that needs no predecessor: FORMAT, RULE, NO_MEMORY. The error names the
 * place: "parties[3].keys[1].from: not YYYY-MM-DDTHH:MM:SSZ".
 */
MUST_USE enum roster_outcome roster_read(struct bytes json, struct roster **ret, struct error *);
/*
 * The same of a candidate when held is stored (NULL: none is): a key that held has too was a valid point when held was read
 * and is not multiplied again, which is most of the work.
 */
MUST_USE enum roster_outcome roster_read_after(const struct roster *held, struct bytes json,
                                               struct roster **ret, struct error *);
/* The same of one that was taken and stored here: its points were multiplied then. */
MUST_USE enum roster_outcome roster_read_stored(struct bytes json, struct roster **ret, struct error *);
void roster_free(struct roster *); /* NULL is allowed */

uint64_t roster_version(const struct roster *);
struct bytes roster_json(const struct roster *);         /* the bytes it was read from */
const struct digest *roster_hash(const struct roster *); /* H(file) */
/* The network's id: hash of version 1 (for version 1 its own hash). */
struct network_id roster_network(const struct roster *);
const struct digest *roster_previous(const struct roster *); /* what the file says; zero in version 1 */
uint64_t roster_issued_ms(const struct roster *);
uint64_t roster_expires_ms(const struct roster *);
uint64_t roster_grace_ms(const struct roster *);
unsigned roster_threshold(const struct roster *);
unsigned roster_format(const struct roster *); /* 1 or 2 */
/* The time zones its parties name, each once, in order of bytes; in the arena. NULL: exhausted. */
MUST_USE const char *const *roster_zones(const struct roster *, struct arena *, size_t *ret_count);
const struct minisign_key *roster_roots(const struct roster *, size_t *ret_count);
const char *roster_root_name(const struct roster *, size_t index);
const struct party *roster_parties(const struct roster *, size_t *ret_count); /* in the file's order */
const struct roster_broker *roster_brokers(const struct roster *, size_t *ret_count);

/* NULL when there is no such party, whatever its status. */
const struct party *roster_find(const struct roster *, const char *address);
/* The owner of a link key that holds at that time and is not revoked and whose party is active; NULL: admit nobody. */
const struct party *roster_find_link(const struct roster *, const struct public_key *, wall_ms at);

/*
 * Whether nothing real can be signed under this roster: it has officers, and every officer's key, whatever its time and standing,
 * is for exercises only.
 */
MUST_USE bool roster_is_exercise(const struct roster *);

enum key_standing { KEY_GOOD, KEY_UNKNOWN, KEY_NOT_AT_THAT_TIME, KEY_REVOKED };
/*
 * How a key of that role stands at a time. party: of this very roster; NULL: any broker. *ret_key (may be NULL) is set when
 * the key is known. Time goes before revocation: a revoked key whose time is over is NOT_AT_THAT_TIME.
 */
MUST_USE enum key_standing roster_key_standing(const struct roster *, const struct party *, enum key_role,
                                               const struct public_key *, wall_ms at,
                                               const struct roster_key **ret_key);

/* ROSTER_OK (fresh), or *ret_stale set past expires, or ROSTER_EXPIRED past expires + grace. */
MUST_USE enum roster_outcome roster_freshness(const struct roster *, wall_ms now, bool *ret_stale);

/* One line a signature file: who signed, or why it counts nothing. For people. */
struct signature_report {
    enum minisig_outcome outcome;
    const char *root;    /* name of the root key, "" if unknown */
    const char *comment; /* trusted comment, "" */
    bool counted;        /* false also for the second file of one key */
};

/*
 * Verification of a first roster: version 1 with the expected network as its hash; step 6 with its own roots only. NETWORK,
 * VERSION (not version 1: see roster_first_pinned), FORMAT (too many signature files), THRESHOLD. reports: room for count
 * entries, or NULL; filled when step 6 is reached. Names in reports live as long as the rosters, comments as the arena.
 */
MUST_USE enum roster_outcome roster_first(const struct roster *candidate,
                                          const struct network_id *expected_network,
                                          const struct bytes *minisigs, size_t count, struct arena *,
                                          struct signature_report *reports, struct error *);
/* The same for a first roster of any version whose number and hash are known from paper. VERSION: another number; FORK: another hash. */
MUST_USE enum roster_outcome roster_first_pinned(const struct roster *candidate,
                                                 const struct network_id *expected_network, uint64_t version,
                                                 const struct digest *hash, const struct bytes *minisigs,
                                                 size_t count, struct arena *,
                                                 struct signature_report *reports, struct error *);
/*
 * Whether at least one root of held signed the bytes: cheap, so that of what strangers bring only a roster that somebody with a
 * root key made is parsed, judged and kept as proof of a fork.
 */
MUST_USE bool roster_signed_by_a_root(const struct roster *held, struct bytes json,
                                      const struct bytes *minisigs, size_t count);
/* Verification of a candidate when held is stored: steps 2-6. OK: store it durably, then use it. */
MUST_USE enum roster_outcome roster_update(const struct roster *held, const struct roster *candidate,
                                           const struct bytes *minisigs, size_t count, struct arena *,
                                           struct signature_report *reports, struct error *);

#endif
