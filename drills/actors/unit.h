/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the parts of the actors share: unit.c (a unit at its node), screen.c (what its screen shows), casework.c (what is next in a
 * case), jobs.c (what is written).
 */
#ifndef COMITY_DRILLS_ACTORS_UNIT_H
#define COMITY_DRILLS_ACTORS_UNIT_H

#include "drills/actors/actors.h"
#include "drills/actors/custodian.h"
#include "drills/actors/writing.h"

enum job {
    JOB_NONE,
#define JOB(name, ...) JOB_##name,
#include "drills/actors/tasks.def"
#undef JOB
    JOBS
};
const char *job_word(enum job);
const char *job_letter(enum job); /* "HELD" */
enum scenario_task job_task(enum job);

struct unit;

/* An item at the requested side. */
struct file_item {
    bool asked; /* the custodian was */
    bool told;  /* its answer was noted */
    struct custodian_answer answer;
};

#define FILE_AT_ONCE_MAX 48 /* letters that a desk writes into one case at one moment: nobody has so many */

/* A line of the inbox, as the screen shows it. */
struct shown {
    bool listed, exercise;    /* listed: not folded away */
    unsigned rank;            /* among the ranks of the inbox, first things first */
    bool life;                /* of the first rank, and goes first */
    uint64_t at_ms, legal_ms; /* its place in the rank; a legal date that is near comes before promises */
    uint64_t hash;            /* of what it says; 0: it is not listed */
    bool unopened, closed, held_open;
};

/* What a unit remembers of a case besides what its node shows. */
struct file {
    struct unit *unit;
    size_t index;
    char id[ACTORS_CASE_TEXT];
    char *reference; /* of the requesting side: what is drawn goes by it */
    struct address to;
    uint64_t line; /* of the inbox, hashed, when it was looked at last */
    struct shown shown;
    json_t *
        view; /* as it was when the job was put on the desk; NULL: no job waits, or the case has changed since */
    enum scenario_class urgency;
    bool requesting, seen, closed;
    struct {
        bool drawn, never, refer, extend, withdraw, assistance;
        const char *ground; /* NULL: it is not refused */
        unsigned asks;      /* rounds of questions */
    } fate;
    unsigned asked;       /* rounds so far */
    uint64_t read_ms;     /* somebody gets to what is unread; 0: nothing is */
    uint64_t decide_ms;   /* it is decided; 0: that has not begun */
    uint64_t execute_ms;  /* assistance is executed */
    uint64_t assist_ms;   /* the request for assistance is ready to go; 0: none is drafted */
    uint64_t withdraw_ms; /* it turns out that it is not needed */
    bool assisted;        /* it has gone */
    char ended[64]; /* the request for assistance that kept the hold open, once it has ended; "": none has */
    char ended_why[32];              /* "COMPLETED" */
    bool open;                       /* a hold that a request for assistance keeps open */
    unsigned extended;               /* times asked for */
    enum scenario_decision decision; /* that a person made */
    bool called;                     /* somebody phoned about it */
    enum job job;                    /* that waits or is being done */
    uint64_t jobs;                   /* done so far: what is drawn for each is its own */
    uint64_t wake_ms;                /* that is planned; 0: none */
    unsigned failures;               /* of the same job, one after the other */
    bool order_told;                 /* what was decided is in the drill's record */
    bool asked_any;                  /* a custodian was asked for something */
    enum job handed_in;              /* what was written last */
    struct {
        uint64_t at_ms;
        unsigned count;
    } at_once;   /* what was done last, and how often at that moment */
    bool astray; /* an answer to another case was put here, and nobody has taken it back */
    struct file_item *items;
    size_t item_count;
};

/* A request for assistance on paper. */
struct paper {
    char case_id[ACTORS_CASE_TEXT], reference[96];
    const struct scenario_unit *hold_of, *from;
    const char *channel;
    uint64_t came_ms;
    bool entered, refused;
};

/* A domestic order under a hold, in the register of the node. */
struct order {
    uint64_t n, until_ms;
    size_t file;
};

/* What can be known of a case before anybody has looked into it: its line says it, or the letter that began it. */
struct outside {
    char reference[160]; /* "": none, or one that is too long for this */
    struct address to;
    enum scenario_class urgency;
    bool requesting;
};

/* A line that changed, and that nobody has looked at yet. */
struct changed_line {
    char id[ACTORS_CASE_TEXT];
    struct shown shown;
    struct outside outside;
};

/* The inbox, kept up to date by what the node says has changed. */
struct screen {
    char mark[64]; /* up to where; "": it has never been read */
    uint64_t near_ms;
    struct changed_line *changed;
    size_t changed_count, changed_room;
    bool ties_changed; /* a case, or a paper, that may end what keeps a hold open */
};

struct unit {
    struct actors *actors;
    size_t place;
    const struct scenario_unit *of;
    struct desk *desk;
    struct file **files;
    size_t file_count, file_room;
    struct file **slots; /* the same, by the id of the case; the newest of one id */
    size_t slot_count;
    size_t held_open; /* files that are open: holds */
    struct screen screen;
    uint64_t commands, references;
    struct paper *papers;
    size_t paper_count;
    struct order *orders;
    size_t order_count;
};

struct actors {
    struct actors_setup setup;
    struct unit *units;
    size_t unit_count;
    struct arena *scratch;
    char stuck[400]; /* "": nobody is */
};

/* --- unit.c; unit_assist() in actors.c --- */

uint64_t unit_now(const struct unit *);
/* Puts the question of an item to who has the data; what comes back, and when, is in item->answer. */
void file_ask_custodian(struct file *, struct file_item *, uint32_t number, const char *provider,
                        const char *identifier, struct stream *);
/* A stream of its own for this case and purpose; n: the how-manyth time. */
struct stream file_stream(const struct file *, const char *word, uint64_t n);
/* The service time of a task by the habits, drawn. */
uint64_t file_draw(const struct file *, enum scenario_task, uint64_t n);
bool file_cannot_wait(const struct file *);
void file_said(const struct file *, enum scenario_event, const char *what, uint32_t item, const char *detail);
struct file *unit_file(struct unit *, const char *case_id); /* NULL: it does not know it */
struct file *unit_add_file(struct unit *, const char *case_id);
/* Somebody looks what is next in the case, unless it is being worked at. */
void file_consider(struct file *);
/* The line in the inbox has changed: the same, but what nobody has read yet is not looked into. */
void file_changed(struct file *, const struct changed_line *);
/* What lies there unread, or was written here, need not be looked into to know this. */
void file_get_to_know(struct file *, const struct outside *);
/* By the words of its request. */
enum scenario_class class_of_words(const char *urgency, const char *type);
/* Somebody gets to what is unread then; 0: nothing is. Until then it waits for the desk. */
void file_read_at(struct file *, uint64_t at_ms);
/* What was known of the case while a job waits holds no more. */
void file_forget_view(struct file *);
/* A letter was handed in. */
void unit_letter_said(const struct unit *, const char *case_id, const char *reference, const char *kind,
                      const json_t *body, const char *what);
struct desk_owner unit_desk_owner(struct unit *);
#define UNIT_CALL  (UINT64_MAX - 1)    /* the owner of a phone call at a desk */
#define UNIT_ORDER (UINT64_C(1) << 61) /* of orders that end soon, by their number */
#define UNIT_PAPER (UINT64_C(1) << 62) /* and from here on of papers, by their number */
json_t *unit_ask(struct unit *, enum verb, const char *target, const char *query, const json_t *body,
                 unsigned *ret_status);
/* A command under an id of its own, from the stream of the unit. */
unsigned unit_command(struct unit *, enum verb, const char *target, const json_t *body, json_t **ret_answer);
void unit_why(char ret[320], unsigned status, const json_t *answer);
/* The case as the own node shows it to an officer, without its letters, or with them; NULL: it does not. */
json_t *file_view(struct file *);
json_t *file_view_letters(struct file *);
/* Something is done in the case. False, and it is in actors->stuck: so often at one moment that it would have no end. */
MUST_USE bool file_goes_on(struct file *);
void file_wake_at(struct file *, uint64_t at_ms); /* looked at again then; UINT64_MAX: not by the clock */
struct writer file_writer(const struct file *);
/* Prepares, signs and hands in; opens what is unread with it. where: "to" or "case". The status, and the case on 200. */
unsigned unit_write(struct unit *, const char *where, const char *name, const json_t *letter,
                    char ret_case[ACTORS_CASE_TEXT], char ret_why[320]);
/* The request for assistance leaves: from the State's central authority, or this unit where there is none, to the other State's. */
void unit_assist(struct file *, const json_t *view);

/* --- screen.c --- */

/* What changed in the inbox since the last time; nobody looks at a case for it yet. False: the node does not answer. */
MUST_USE bool screen_refresh(struct unit *);
/* The case is about to be looked at: what its line says by now is no news any more. */
void screen_looked_at(struct file *);
/* Which of these comes first, as desk_owner has it. */
size_t screen_first(void *context, const struct desk_task *waiting, size_t count);
void screen_done(struct screen *);

/* --- unit_paper.c, unit_orders.c, unit_astray.c --- */

/* Somebody has done with a paper what was next. */
void paper_done(struct unit *, size_t number);
/* An order was served: the letter's body says on whom, and for what. */
void order_served(struct file *, const json_t *ordered);
/* Somebody has seen that it ends soon. */
void order_looked_at(struct unit *, size_t number);
/* Puts what was written for this case into another one, where that goes; false: it belongs where it is, or was not taken there. */
bool goes_astray(struct file *, enum job, const json_t *letter);

/* --- casework.c --- */

struct choice {
    enum job job;     /* for somebody at the desk, now */
    uint64_t wake_ms; /* else look again then; UINT64_MAX: when something comes */
};
/* What is next, by the case as the own node shows it. What others decide, or deliver, begins here. */
struct choice casework_next(struct file *, const json_t *view);
bool casework_may(const json_t *view, const char *letter);
bool casework_holds(const json_t *view); /* an item is held, or ordered to be */

/* --- jobs.c --- */

/* Whether who writes the letter that ends the job reads the others of the case again. */
bool job_needs_letters(enum job);

/* The letter that ends the job, a new reference; NULL: it turns out that there is nothing to write. */
json_t *job_write(struct file *, enum job, const json_t *view);
/* It was taken: what follows from it at this desk. */
void job_done(struct file *, enum job, const json_t *view, const json_t *letter);

#endif
