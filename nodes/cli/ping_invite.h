/* SPDX-License-Identifier: Apache-2.0 */
/* What a party without a node is asked with: the text of the mail, in its languages as far as there are catalogues, and a script for the phone. */
#ifndef COMITY_NODES_CLI_PING_INVITE_H
#define COMITY_NODES_CLI_PING_INVITE_H

#include "nodes/cli/cli.h"

struct ping_invite {
    const struct cli *cli;
    const json_t *from, *to; /* their entries in the directory */
    const char *answer_to;   /* our mail address */
    const char *mail;        /* theirs */
    const char *round, *code, *until;
    const char *text; /* of who pings; "" */
    bool exercise;    /* who signed it signs in exercises only */
    wall_ms now;
};

/* The file of the mail, in the arena of cli; NULL: no memory. Both addresses are good (mail.h). */
MUST_USE const char *ping_invite_mail(const struct ping_invite *);
/* The same of the script, in the language of cli. The code is not in it: it is for them to read out. */
MUST_USE const char *ping_invite_script(const struct ping_invite *);

#endif
