/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An officer's desk: asking the node, preparing a letter, signing it, handing it in, and again when no answer
 * came. What is written and when is decided by people.c.
 */
#ifndef COMITY_DRILLS_PLAY_PEOPLE_DESK_H
#define COMITY_DRILLS_PLAY_PEOPLE_DESK_H

#include "drills/play/letters.h"
#include "drills/play/people.h"
#include "drills/play/people_answers.h"

#define CASE_TEXT    33
#define LABEL_TEXT   64
#define ANSWERED     16 /* commands remembered, to be handed in once more */
#define TROUBLE_MAX  320
#define DESK_SIGNERS CAST_OFFICERS

/* A command that officers have signed. */
struct errand {
    enum verb verb;          /* SUBMIT, OPEN */
    size_t party;            /* whose: an actor */
    uint8_t id[16];          /* of the command */
    json_t *body;            /* owned */
    char case_id[CASE_TEXT]; /* OPEN: target; SUBMIT: of the letter */
    enum cell_row row;       /* of SUBMIT, as all below */
    json_t *letter;          /* owned; to prepare it again when it went stale */
    char to[ADDRESS_MAX];    /* of a new case; else "" */
    char label[LABEL_TEXT];  /* of a new case; else "" */
    bool wrong;              /* it must be refused */
    bool told;               /* by a plan */
    bool handed_in;          /* once already, or kept in a drawer */
    bool deputy;             /* the officer whose key may be revoked signed it, too */
    uint64_t prepared_us;
    unsigned tries;
};
void errand_done(struct errand *);

struct errands {
    struct errand *list;
    size_t count, room;
};
void errands_put(struct errands *, const struct errand *); /* takes over what it owns */
struct errand errands_take(struct errands *, size_t index);

struct label {
    char name[LABEL_TEXT], case_id[CASE_TEXT];
};

/*
 * How a letter meets an item in a state: written of it there; written before the other side moves it there; of another item, too; or in
 * a case that begins there, as another party had it before.
 */
enum aim_manner { AIM_STRAIGHT, AIM_CROSSING, AIM_BESIDE, AIM_RESTATED, AIM_MANNERS };

/* The cell of the lifecycle table that people are after, and the case in which they are (people_aim.h). */
struct aim {
    size_t number, left; /* of the cell that comes after it; so many more are aimed at */
    enum cell_row row;   /* ROW_COUNT: they are after none now */
    enum item_state state;
    enum aim_manner manner;
    unsigned acts, letters;  /* spent on this cell; in this manner */
    unsigned unsettled;      /* looks in a row at letters that had not arrived */
    size_t q, r;             /* actors */
    char case_id[CASE_TEXT]; /* "": none */
    uint32_t item;           /* about which is written */
    enum cell_row before;    /* to be written first; ROW_COUNT: none */
    enum cell_row reminded;  /* written last, to wait after it; ROW_COUNT: none */
    bool refused[ROW_COUNT]; /* letters that were, on the way to this cell */
    uint64_t wait_ms;        /* so long nothing is to be written */
    uint64_t wake_us;        /* when that ends */
};

struct people {
    struct world *world;
    const struct cast *cast;
    struct oracle *oracle;     /* or NULL */
    struct coverage *coverage; /* or NULL */
    struct stream stream;
    struct arena *scratch;  /* of one step at a desk */
    struct errands waiting; /* no answer yet */
    struct errands drawer;  /* signed, kept for later */
    struct errand answered[ANSWERED];
    size_t answered_count, answered_next;
    struct people_case *cases;
    size_t case_count, case_room;
    struct met {
        uint32_t q_view, r_view; /* letters of the other side counted in what Q's, R's node showed */
        bool q_shown, r_shown;   /* Q's, R's node has shown the case */
        bool over;               /* all items had ended when it was looked at last */
        enum machine machine;
    } * met; /* as many as cases */
    struct label *labels;
    size_t label_count, label_room;
    struct aim aim;
    uint64_t letters;
    struct struck struck[CAST_PARTIES_MAX + 1]; /* by actor */
    char trouble[TROUBLE_MAX];
};

/* The first one stays. */
void desk_trouble(struct people *, size_t party, const char *what, unsigned status, const json_t *answer);

/* The code of an answer, "". */
const char *desk_code(const json_t *answer);
/* The index of a case that was begun; case_count: it is not known. */
size_t desk_case_index(const struct people *, const char *case_id);

/* A query; a new reference, NULL when it is down. *ret_status may be NULL. */
json_t *desk_ask(struct people *, size_t party, enum verb, const char *target, const char *query,
                 unsigned *ret_status);
/* GET case; NULL when the status is not 200. ret_status (may be NULL): 404 when it does not know the case, 0 when it is down. */
json_t *desk_case(struct people *, size_t party, const char *case_id, unsigned *ret_status);

/* A case as one side sees it, with the view it was read from. */
struct look {
    size_t party; /* an actor */
    char case_id[CASE_TEXT];
    json_t *view; /* owned */
    struct sight sight;
};
/* False: it is down or does not know the case; the sight is that of a new one then. */
bool desk_look(struct people *, size_t party, const char *case_id, struct look *ret);
void desk_look_done(struct look *);

const struct cast_party *desk_party(const struct people *, size_t party);
/* The index of a case of that view, which is noted if nobody here began it: nodes begin cases, too. */
size_t desk_note_view(struct people *, const json_t *view);
/* The case that was begun with it. */
void desk_note_begun(struct people *, const struct errand *);
/* The actor of the other party of a case; 0: it is not known. */
size_t desk_other(const struct people *, size_t party, const char *case_id);
/* Another party of its State that is cast, as an actor; 0: there is none. */
size_t desk_sibling(const struct people *, size_t party);

/* What is to be drawn. */
struct drawing {
    size_t party, other; /* actors; other 0: not known */
    enum cell_row row;
    const struct sight *sight;
    const uint32_t *items; /* it may name these */
    size_t item_count;
    bool exact;               /* it names them */
    enum item_state restates; /* as of letter_scene */
    const json_t *fields;     /* or NULL */
    bool told;                /* by a plan */
};
/*
 * The letter as PREPARE takes it; the oracle hears of its canary. A new reference. *ret_odd (may be NULL): something was drawn that
 * the rules forbid.
 */
json_t *desk_draw(struct people *, const struct drawing *, bool *ret_odd);

/* What officers sit down to write. */
struct draft {
    size_t party; /* an actor */
    enum cell_row row;
    const char *case_id;       /* NULL: a new case */
    const char *to, *label;    /* of a new case; label may be "" */
    const json_t *letter;      /* borrowed */
    const struct sight *sight; /* NULL: the case was not looked at */
    enum errand_sort sort;     /* of preparing it */
    struct public_key signers[DESK_SIGNERS];
    const struct signer *keys[DESK_SIGNERS];
    size_t signer_count;
};
/* Officers of the party, drawn: as many as the row needs, seldom more. */
void desk_officers(struct people *, struct draft *);
/*
 * PREPARE and signing. 200: *ret_errand is ready to be handed in; else the status and, if wanted, the answer
 * that refused.
 */
unsigned desk_prepare(struct people *, const struct draft *, struct errand *ret_errand, json_t **ret_answer);
/*
 * Hands it in; takes it over. Without an answer it waits to be handed in again; gone stale, it is prepared
 * again and handed in. Returns the status of the last step; *ret_answer (may be NULL) is a new reference, or
 * NULL.
 */
unsigned desk_hand_in(struct people *, struct errand *, json_t **ret_answer);
/*
 * One of the last commands that were answered once more, the same under the same id. Whether the answer is
 * the same: the oracle.
 */
void desk_repeat(struct people *);
/* Enters a request for assistance that came outside the network. The status; 0: it is down. */
unsigned desk_enter(struct people *, size_t party, const json_t *body);
/* OPENED of what arrived in a case, by an officer drawn. 200 also when there was nothing to open. */
unsigned desk_open(struct people *, size_t party, const char *case_id);

#endif
