/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an officer sends a letter: the node prepares it, this program decodes what came back, compares it with what was
 * asked for, shows it, signs it with the officers' keys, and submits it together with the OPENED receipts of what was not
 * opened yet. What is shown is made from the very bytes that are signed.
 *
 * A letter is built step by step; after the first fault, which has been told, the further steps do nothing.
 */
#ifndef COMITY_NODES_CLI_ACT_H
#define COMITY_NODES_CLI_ACT_H

#include "nodes/cli/elsewhere.h"
#include "nodes/cli/look.h"
#include "nodes/cli/when.h"
#include "proto/wire.h"

/* Who signs a letter, and in an emergency in spite of what: options of every subcommand that sends one. */
#define SIGNER_OPTIONS OFFICER_OPTION, WITH_OPTION, OVERRULE_OPTION, BECAUSE_OPTION
#define OVERRULE_OPTION                                                                                      \
    {                                                                                                        \
        "overrule", "RULE", true,                                                                            \
            N_("in an emergency: a rule of your own State gives way (TERMS SECOND_SIGNATURE DUPLICATE "      \
               "LEAD_TIME "                                                                                  \
               "CALL_BACK)")                                                                                 \
    }
#define BECAUSE_OPTION                                                                                       \
    {                                                                                                        \
        "because", "TEXT", false, N_("with --overrule: why it could not wait")                               \
    }

struct act {
    const struct cli *cli;
    const struct arguments *arguments;
    struct client client;
    struct officers officers; /* whose keys are here */
    struct elsewhere
        elsewhere[SIGNERS_MAX]; /* who signs at another machine, by --with: the letter waits for them */
    size_t elsewhere_count;
    struct look look;  /* json NULL: a new case */
    struct address to; /* the recipient */
    wall_ms now;
    json_t *body;
    size_t signers; /* fewest officers that sign */
    int (*confirm)(
        void *
            context); /* asked once it was shown, before it is signed: EXIT_DONE goes on; NULL: nobody asks */
    void *confirm_context;
    int code;
};

/* Opens the node, the officers' keys and the case (case_name NULL: a new one). act_send() or act_done() ends it. */
void act_begin(struct act *, const struct cli *, const struct arguments *, const char *case_name);
void act_done(struct act *);

/* Puts a value into the body; act_text() the option's text as letter_text() reads it, where it was given. */
void act_put(struct act *, const char *member, json_t *value);
void act_text(struct act *, const char *member, const char *option);
/* A moment of an option; instead: what to read when it is not given, NULL for leaving it out. */
void act_when(struct act *, const char *member, const char *option, enum when_kind, const char *instead);
json_t *act_instant(struct act *, const char *option, enum when_kind, const char *instead); /* NULL: none */
/* The numbers of --item as "items"; none: all to which the letter applies. */
void act_items(struct act *);
/* A word of a .proto enum, lower case and "-" allowed: "not-found". Unknown: usage with those there are; then NULL. */
json_t *act_word_of(struct act *, const char *option, const ProtobufCEnumDescriptor *, const char *text);
/* The same, put into the body. */
void act_word(struct act *, const char *member, const char *option, const ProtobufCEnumDescriptor *,
              const char *text);

/* A reference of our own for the case: "XB-POC-3f2a9c1e". */
const char *act_reference(struct act *);

/*
 * Sends {member: body} and says what came of it; or, where somebody signs elsewhere, leaves it with the node. The exit code of
 * the subcommand.
 */
int act_send(struct act *, const char *member);

#endif
