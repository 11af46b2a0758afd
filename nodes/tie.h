/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What binds the cases of several parties of one State (docs/lifecycle.md, the link): a request for assistance keeps a hold open
 * though the central authority has the one and the point of contact the other. The node of a central authority tells the point
 * of contact of its State, in a LINK case, when such a request was sent or came in, and again when it ended; the node there finds
 * the hold and writes the letter that is owed in it. What a node does here follows from the cases as they are folded, each time
 * one changed: what was done shows in them and is not done twice, also by a disk that came back older.
 */
#ifndef COMITY_NODES_TIE_H
#define COMITY_NODES_TIE_H

#include "nodes/letters.h"
#include "nodes/restated.h"

/* A LINK case as it is looked up; or, where one party has both cases, the tie without one. */
struct tie {
    struct case_id link; /* the LINK case; without one: made from the ids of both cases */
    bool alone;          /* there is no LINK case */
    bool asked;          /* this party asked for it: the other one answers */
    Comity__Tie__Event event;
    struct address other;       /* the other party; its own where alone */
    struct address hold_party;  /* who keeps the hold; "" not said */
    struct case_id hold;        /* as it was named; zero: not named */
    const char *hold_reference; /* "" */
    struct case_id mla;         /* zero: it is in no case here */
    const char *mla_reference;  /* "" */
    const char *requester; /* the State that asks for assistance, by its two letters; NULL counts as "" */
    Comity__Channel channel;
    uint64_t at_ms;            /* the request for assistance was sent, or came in */
    enum item_state state;     /* of the link: ASKED, LINKED, ENDED */
    bool ending;               /* the request for assistance has ended and the hold still waits for it */
    Comity__MlaEnded__Why why; /* how it ended */
    struct case_id here;       /* the hold of this party that it was found to be about; zero: none */
    bool
        stuck; /* the hold takes no such letter now: it has ended; of a hand-over: it does not go on as it stood */
    const char *overdue; /* ESCALATED: name of the clock that ran out at at_ms; "" else. NULL counts as "" */
    uint32_t item;       /* ESCALATED: of the case `hold`; 0: the case */
    const Comity__Necessity *necessity; /* ESCALATED: why it is urgent; not stored; NULL: not said */
    bool
        exercise; /* what it is about belongs to the exercise that was joined: where no case here says it; not stored */
};

/* What goes along when a case is handed over. */
struct hand_over {
    struct bytes opener; /* the letter with the request, as a ReturnedLetter */
    struct bytes more;   /* the items of stood that are not in it, as Tie has them; none */
    struct restated stood;
};

/* What is to be done of ties after this case was renewed. Files what the node itself says. */
void tie_follow(struct node *, struct turn *, const struct case_row *, const struct case_fold *,
                struct arena *);
/*
 * Tells the point of contact of this State of a request for assistance that came in, or went out, outside the network: a LINK is
 * opened, or (the hold is this party's own) its letter written. Or, with what goes along, hands a case over. Or tells the central
 * authority of a case that nobody answers for (escalated.h). False: not now.
 */
MUST_USE bool tie_told(struct node *, struct turn *, const struct tie *, const struct hand_over *,
                       struct arena *);
/* What that tie of ours was for is over: the other side closes it. False: that cannot be said now, and is to be tried again. */
MUST_USE bool tie_over(struct node *, struct turn *, struct tie *, Comity__MlaEnded__Why, struct arena *);
/* That of this State with that reference has ended, likewise. False: no open tie is about it. */
MUST_USE bool tie_ended(struct node *, struct turn *, const char *requester, const char *mla_reference,
                        Comity__MlaEnded__Why, struct arena *);

/* The party of the own State that takes requests under an article, by its terms; else its point of contact, else NULL. */
const struct address *own_authority(const struct node *, const char *article);
/*
 * The other party of the own State that is its central authority: by its terms (article 40), else the one that is named so; NULL:
 * there is none, or it is this one.
 */
const struct address *central_authority(const struct node *);
/* An id in a letter; zero: none. */
struct case_id case_named(ProtobufCBinaryData);

/* --- store_ties.c --- */

void store_tie_put(struct store *, const struct tie *);
/* Which ties are looked for. */
enum ties_by {
    TIES_BY_LINK, /* the LINK case */
    TIES_BY_HERE, /* the hold that was found */
};
/* In the order of their ids; texts in the arena. At most max. Returns how many. */
size_t store_ties(struct store *, enum ties_by, const struct case_id *, size_t max, struct arena *,
                  struct tie *ret);
/* The same of those of one event that this party asked for, or that it answers: by the case that was named. */
enum ties_of {
    TIES_OF_HOLD, /* the hold, or the case that is handed over or late */
    TIES_OF_MLA,  /* the request for assistance, or the case that goes on */
};
size_t store_ties_of(struct store *, enum ties_of, const struct case_id *, Comity__Tie__Event, bool asked,
                     size_t max, struct arena *, struct tie *ret);
/* LINKs that tell a central authority of dates of that case, are not over and can be heard: as store_ties(). */
size_t store_escalated_open(struct store *, const struct case_id *, size_t max, struct arena *,
                            struct tie *ret);
/*
 * Was a LINK about this date, give or take, of whichever item; or about another one of that clock and item, and is not over? One that
 * died is not begun again: who refuses it would be asked at each look.
 */
bool store_escalated(struct store *, const struct case_id *, const char *overdue, uint32_t item,
                     uint64_t at_ms, uint64_t same_ms);
/* A person has seen to it: it waits no more, whatever follows from the cases. */
void store_settle(struct store *, const struct case_id *tie, uint64_t now_ms, const char *by);
MUST_USE bool store_is_settled(struct store *, const struct case_id *tie);
/* Those that have not ended, or of these only the ones that are ending, after that id (NULL: from the start), in the order of ids. */
enum ties_open { TIES_OPEN, TIES_ENDING };
size_t store_ties_open(struct store *, enum ties_open, const struct case_id *after, size_t max,
                       struct arena *, struct tie *ret);
/* LINK cases that wait for a hold like that one, which changed, but for those whose rows are marked: the first max by their ids. */
size_t store_ties_waiting(struct store *, const struct case_row *hold, size_t max, struct case_id *ret);
/* Marks the rows of all of them. */
void store_ties_mark_waiting(struct store *, const struct case_row *hold);
/* Cases of that own side with that reference of either side, in the order of their ids. At most max. Returns how many. */
size_t store_cases_by_reference(struct store *, const char *reference, enum side own_side, size_t max,
                                struct case_id *ret);

/* A request for assistance that came outside the network, as it was entered by hand. */
struct logged_mla {
    uint64_t number; /* from 1 */
    const char *reference;
    const char *from; /* the State that asks: two letters */
    Comity__Channel channel;
    uint64_t received_ms, logged_ms;
    struct case_id hold;        /* zero: not named */
    const char *hold_reference; /* "" */
    struct address party;       /* who is told of it */
    uint64_t ended_ms;          /* 0: it waits */
    const char *by;             /* who entered it */
};
/* The same reference of the same State is entered anew. */
void store_logged_mla_put(struct store *, const struct logged_mla *);
MUST_USE bool store_logged_mla_get(struct store *, const char *from, const char *reference, struct arena *,
                                   struct logged_mla *ret);
/* Those after that number that name no hold and wait, in the order they were entered. */
size_t store_logged_mla_loose(struct store *, uint64_t after, size_t max, struct arena *,
                              struct logged_mla *ret);

#endif
