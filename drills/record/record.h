/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What happened in a drill, from any way of playing it: what nodes export of their cases, and what only the drill knows (injects,
 * faults, calls, what data really lived, shifts, notes). Filled by whoever plays, in any order; read after record_finish(). Nothing
 * in it is a time of the machine that ran it. Texts are copied; what a field does not say is 0 or NULL.
 *
 * Heap memory; out of memory is the end (ensure). Letters as signed go to a file without a name where temporary files lie
 * (files_temporary()); where there is no room for them, they stay in memory. Elements of a list are named by their number, from
 * 1; 0 is none. Pointers into a list last until the next is added.
 */
#ifndef COMITY_DRILLS_RECORD_RECORD_H
#define COMITY_DRILLS_RECORD_RECORD_H

#include "base/arena.h"
#include "base/bytes.h"
#include "base/calendar.h"

#define RECORD_LIST(type)                                                                                    \
    struct {                                                                                                 \
        struct type *list;                                                                                   \
        size_t count, room;                                                                                  \
    }

/* Written as the numbers of the protocol's urgencies. */
enum record_class { RECORD_NO_CLASS, RECORD_EMERGENCY, RECORD_URGENT, RECORD_ROUTINE, RECORD_CLASSES };
const char *record_class_letter(enum record_class); /* "E", "U", "R", "" */

/* The side of a case: who requests, who is requested. Numbers of nodes/case.h. */
enum record_side { RECORD_NO_SIDE, RECORD_Q, RECORD_R };

/* --- who --- */

struct record_state {
    const char *code, *name, *zone_name;
    bool placed;
    int32_t north, east; /* millionths of a degree */
    bool white_cell;     /* a controller plays it: left out of the measures */
};
struct record_party {
    const char *address; /* "XB/poc" */
    size_t state;
    const char *role, *desk;
    uint64_t people;          /* the most at one time */
    const struct zone *zone;  /* borrowed; NULL: UTC */
    struct calendar_entry on; /* borrowed holidays: working week, hours and on-call, as published */
    /* Who is there at a moment, by the desk's own hours; NULL: by `on`. hours is borrowed. */
    enum staffing (*staffing)(const void *hours, uint64_t at_ms);
    const void *hours;
    uint64_t lead_days; /* before the end of a hold, by its terms; 0: not said */
    bool white_cell;
    bool missing;     /* its side gave no record of a live exercise: what only that could tell is not known */
    uint64_t read_ms; /* its side was looked at then for the last time; 0: at the record's end */
};

/* --- cases, as nodes export them --- */

struct record_case {
    uint8_t id[16];
    size_t q, r;           /* parties */
    const char *reference; /* Q's */
    const char *machine;   /* "HOLD" */
    const char *state;     /* as folded by the node that was asked last: "CLOSED" */
    enum record_class urgency;
    bool has_exercise;
    uint8_t exercise[16];
    size_t inject;        /* that began it */
    uint64_t load;        /* or the number of a request of the load model, from 1 */
    const char *forged;   /* what was stolen ("officer-key"); NULL: genuine */
    size_t duplicate_of;  /* ground truth: the case that asks for the same and was first */
    size_t referred_from; /* ground truth: the case that sent the requester here; a chain over third States */
    bool withdrawn_by_drill;      /* a controller's correction: left out */
    bool of_fault;                /* an injected overload sent it: left out with the faults */
    size_t first_letter, letters; /* number of the first and how many, after record_finish() */
};

#define RECORD_LETTER_MAX ((size_t)1 << 20) /* bytes of one as signed */

/* A letter in a case. */
struct record_letter {
    size_t of_case;
    enum record_side side;
    uint32_t seq;        /* the side's n-th, from 1 */
    uint32_t kind;       /* proto/codes.def */
    const char *word;    /* "HELD" */
    const char *why;     /* "WITHDRAWN" of a release, "21a" of a refusal; "" */
    bool human;          /* an officer signed it */
    bool without_effect; /* void, forbidden, held back or dead */
    uint64_t sealed_ms, accepted_ms, delivered_ms, opened_ms;
    uint64_t roster; /* version it was signed under */
    uint64_t items;  /* bit number - 1 of each item it names; 0: the case or all of it */
    uint64_t held_from_ms, hold_until_ms, called_ms, called_back_ms,
        received_ms; /* declared by people in it */
    struct bytes
        seen; /* id (32 bytes) of the other side's last letter in effect when it was signed; empty: none */
    struct bytes id; /* 32 bytes */
    /* As signed: what the measures fold; empty: only the rest is known. Once it is added: record_letter_bytes(). */
    struct bytes letter;
    uint64_t filed_at; /* the record's own: where its file has it */
    size_t filed_bytes;
};

/* What a node measures that no letter tells (STATS?spans=1): orders, escalations. Numbers of nodes/metrics.def and metrics.h. */
struct record_span {
    size_t of_case; /* 0: of none that is known */
    size_t party;   /* that said so */
    uint32_t metric, part, item, outcome;
    enum record_class urgency;
    bool ours; /* its own time is measured */
    uint64_t start_ms, stop_ms, due_ms;
};

/* --- what only the drill knows --- */

enum record_inject_state {
    RECORD_PLANNED,
    RECORD_RELEASED,
    RECORD_RECEIVED,
    RECORD_DONE,
    RECORD_SKIPPED,
    RECORD_UNSEEN, /* only a side that gave no record could tell */
};
const char *record_inject_state_word(enum record_inject_state); /* "planned" ... */
struct record_inject {
    const char *id, *kind, *text;
    size_t from, to; /* parties */
    enum record_inject_state state;
    uint64_t planned_ms; /* 0: it waits for something */
    uint64_t released_ms, received_ms, done_ms, skipped_ms;
    size_t of_case; /* that it began, or is about */
};

/* One row a fault, whoever it strikes. */
struct record_fault {
    const char *id, *kind;
    const char *where;          /* addresses of parties, or "broker" */
    size_t party;               /* the one party; 0: the broker, or all that stand in `where` */
    uint64_t from_ms, until_ms; /* until 0: to the end */
};

/* A phone call, mail, paper or courier. */
struct record_call {
    const char *kind; /* "phone" */
    size_t from, to, inject, of_case;
    uint64_t at_ms, received_ms; /* received 0: nobody took it */
    enum record_known {
        RECORD_UNKNOWN,
        RECORD_YES,
        RECORD_NO
    } knew_role; /* who picked up knew what this is about */
    const char *detail;
};

/* Data that really are (or not) at a provider, until they are deleted. */
struct record_truth {
    const char *label, *provider;
    size_t state;
    uint64_t until_ms; /* 0: they are kept */
    bool there;        /* else nothing is to be found */
};
/* An item of a case asks for those data. */
struct record_asks {
    size_t of_case, truth;
    uint32_t item;
};

/*
 * Something else that happened, by a word of the scenario's events ("told", "rejected") or of the record's own: "warned network",
 * "called back", "alarm", "alarm seen", "notify", "custodian confirmed", "custodian asked", "down for maintenance".
 */
struct record_act {
    uint64_t at_ms;
    const char *what;
    size_t party, of_case, inject;
    uint32_t item;
    const char *who;    /* officer, controller; "" */
    const char *detail; /* "REPLAY" of a rejection */
};

/* An hour of a desk, or several that were alike. */
struct record_hour {
    size_t party;
    uint64_t at_ms; /* it begins */
    uint64_t span_ms;
    uint64_t staffed; /* people there */
    uint64_t busy_ms; /* of all of them together, in each hour */
    uint64_t queue;   /* tasks, and cases with something unread, that waited at its end */
};
/* Somebody comes on duty, and until when. */
struct record_shift {
    size_t party;
    const char *who;
    uint64_t from_ms, until_ms;
};

/* By a person, beside the signed record and never over it. */
struct record_note {
    uint64_t at_ms;
    const char *by;
    size_t of_case;
    const char *text;
    const char *corrects; /* what it says of something in the record; NULL: a note */
};

struct record_freeze {
    uint64_t stop_ms, resume_ms; /* STOP to RESUME; 0: never resumed */
    const char *why;
    size_t party; /* whose side stopped; 0: the whole drill */
};
struct record_jump {
    uint64_t at_ms, to_ms;
};

/* --- a live exercise of several sides, each with a record of its own: side_join.h --- */

struct record_side_read {
    size_t party;
    bool given;
    uint8_t hash[32]; /* of its record */
    uint64_t ended_ms;
    size_t cases, letters, skipped;
    const char *trouble; /* of what was skipped, the first; "" */
};
/* Two sides say something else of one thing. */
struct record_dispute {
    const char *what; /* "accepted", "delivered", "letter", "class", "STOP" ... */
    size_t of_case;
    enum record_side side; /* of a letter: whose; of the case as a whole: none */
    uint32_t seq;
    size_t first, second; /* parties */
    const char *first_says, *second_says;
};

/* --- the events, as events.csv and the transcript hash have them --- */

struct record_event {
    uint64_t at_ms;
    const char *what; /* "accepted", "inject released", "fault begins" ... */
    size_t party, of_case, inject;
    size_t letter;
    uint32_t item;
    const char *who, *detail; /* "" */
};

/* --- the whole --- */

struct record_head {
    const char *title, *way;     /* "world", "rehearsal", "live" */
    const char *build, *command; /* as --version says; how to run it again */
    uint8_t scenario_hash[32];
    bool has_exercise;
    uint8_t exercise[16];
    uint64_t seed, compression;
    uint64_t start_ms, end_ms; /* end: when it was looked at; what runs is censored there */
};

struct drill_record {
    struct record_head head;
    RECORD_LIST(record_state) states;
    RECORD_LIST(record_party) parties;
    RECORD_LIST(record_case) cases;
    RECORD_LIST(record_letter) letters;
    RECORD_LIST(record_span) spans;
    RECORD_LIST(record_inject) injects;
    RECORD_LIST(record_fault) faults;
    RECORD_LIST(record_call) calls;
    RECORD_LIST(record_truth) truths;
    RECORD_LIST(record_asks) asks;
    RECORD_LIST(record_act) acts;
    RECORD_LIST(record_hour) hours;
    RECORD_LIST(record_shift) shifts;
    RECORD_LIST(record_note) notes;
    RECORD_LIST(record_freeze) freezes;
    RECORD_LIST(record_jump) jumps;
    RECORD_LIST(record_side_read) sides; /* none: it is not of several */
    RECORD_LIST(record_dispute) disputes;
    /* After record_finish(): */
    RECORD_LIST(record_event) events; /* in order of time, then of what they are */
    /* The module's own. */
    struct arena *arena;
    struct record_index *index;
    struct letter_file *letter_file;
    bool closed;
};

struct drill_record *record_new(void);
void record_free(struct drill_record *); /* NULL is allowed */
/* A copy that lives as long as the record; NULL stays NULL. */
const char *record_text(struct drill_record *, const char *);
struct bytes record_bytes(struct drill_record *, struct bytes);

/* Each adds one, with its texts copied, and returns its number. A time may lie anywhere: order is made by record_finish(). */
size_t record_add_state(struct drill_record *, const struct record_state *);
size_t record_add_party(struct drill_record *, const struct record_party *);
/* The case of that id: added, or what was 0 or NULL of it filled in. */
size_t record_add_case(struct drill_record *, const struct record_case *);
/* The letter of that case, side and seq: added, or what was not known of it filled in. */
size_t record_add_letter(struct drill_record *, const struct record_letter *);
size_t record_add_span(struct drill_record *, const struct record_span *);
size_t record_add_inject(struct drill_record *, const struct record_inject *);
size_t record_add_fault(struct drill_record *, const struct record_fault *);
size_t record_add_call(struct drill_record *, const struct record_call *);
size_t record_add_truth(struct drill_record *, const struct record_truth *);
size_t record_add_asks(struct drill_record *, const struct record_asks *);
size_t record_add_act(struct drill_record *, const struct record_act *);
size_t record_add_hour(struct drill_record *, const struct record_hour *);
size_t record_add_shift(struct drill_record *, const struct record_shift *);
size_t record_add_note(struct drill_record *, const struct record_note *);
size_t record_add_freeze(struct drill_record *, const struct record_freeze *);
size_t record_add_jump(struct drill_record *, const struct record_jump *);
size_t record_add_side(struct drill_record *, const struct record_side_read *);
size_t record_add_dispute(struct drill_record *, const struct record_dispute *);
/* The state that an inject came to, at that moment. */
void record_inject_is(struct drill_record *, size_t number, enum record_inject_state, uint64_t at_ms);
/* Which inject or number of the load model began the case (0: not this), and what the drill knows of it. */
void record_case_is(struct drill_record *, size_t of_case, size_t inject, uint64_t load);

/* Whether the fault is that party's, and not the broker's. */
bool record_fault_strikes(const struct drill_record *, const struct record_fault *, size_t party);
/* By number; NULL for 0. */
const struct record_party *record_party(const struct drill_record *, size_t);
const struct record_state *record_state(const struct drill_record *, size_t);
const struct record_case *record_case(const struct drill_record *, size_t);
/* When a letter was said: as the broker accepted it, the one clock; by its author's where no broker has had it. 0: not known. */
uint64_t record_letter_ms(const struct record_letter *);
const struct record_letter *record_letter(const struct drill_record *, size_t);
/* The letter as signed, in the arena or the record; empty: it is not known, or the arena ends. */
struct bytes record_letter_bytes(const struct drill_record *, const struct record_letter *, struct arena *);
const struct record_inject *record_inject(const struct drill_record *, size_t);
/* 0: there is none. */
size_t record_find_party(const struct drill_record *, const char *address);
size_t record_find_state(const struct drill_record *, const char *code);
size_t record_find_inject(const struct drill_record *, const char *id);
size_t record_find_case(const struct drill_record *, const uint8_t id[16]);
size_t record_find_truth(const struct drill_record *, const char *label);
size_t record_find_letter(const struct drill_record *, size_t of_case, enum record_side, uint32_t seq);

/*
 * Up to when it is known what happened: at a party; in a case, which both of its parties see; to an inject, which its own side
 * releases (release), and which both sides of a request see. 0: nobody who could tell gave a record.
 */
uint64_t record_party_known_ms(const struct drill_record *, size_t party);
uint64_t record_case_known_ms(const struct drill_record *, size_t of_case);
uint64_t record_inject_known_ms(const struct drill_record *, size_t inject, bool release);

/*
 * Brings it into its order, which does not depend on the order of adding: cases by when they began, then by id; letters by case
 * and time; numbers of cases and letters that were handed out before are not valid any more. Then makes the events. To be called once, last.
 */
void record_finish(struct drill_record *, uint64_t end_ms);

/* --- what is made of it: record_write.c --- */

/* BLAKE2b-256 of all events in their order, each field with its length before it. */
void record_hash(const struct drill_record *, uint8_t ret[32]);
/*
 * RFC 4180, a header line first: at,at_ms,party,who,case,reference,inject,event,letter,why,class,item,detail. put is called with
 * pieces of text; false from it ends the writing, and is returned.
 */
MUST_USE bool record_write_csv(const struct drill_record *, bool (*put)(void *context, const char *, size_t),
                               void *context);

#endif
