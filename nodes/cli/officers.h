/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The officers who sign: key files of theirs, unlocked by this program only. Named by --officer NAME or FILE; else those in
 * DIR/officers, "duty" first, then by name, as many as are needed.
 */
#ifndef COMITY_NODES_CLI_OFFICERS_H
#define COMITY_NODES_CLI_OFFICERS_H

#include "keys/keyfile.h"
#include "keys/sign.h"
#include "nodes/cli/cli.h"
#include "proto/limits.h"

#define OFFICER_OPTION                                                                                       \
    {                                                                                                        \
        "officer", "NAME|FILE", true, N_("who signs: a key in DIR/officers, or a key file; default duty")    \
    }

struct officer {
    char name[96]; /* owner of the key: "XB/poc duty" */
    struct signer signer;
};

struct officers {
    const struct cli *cli;
    struct slab *slab;
    const char *paths[SIGNERS_MAX];
    size_t path_count;
    bool named; /* by --officer */
    struct officer list[SIGNERS_MAX];
    size_t count; /* unlocked so far */
};

/* Finds the key files; none is opened yet. An exit code, told when it is not EXIT_DONE. */
MUST_USE int officers_open(struct officers *, const struct cli *, const struct arguments *);
/* Unlocks until there are so many; asks for passphrases. */
MUST_USE int officers_need(struct officers *, size_t count);
void officers_close(struct officers *);

/* The proof of one digest, signed alone; data NULL: no memory. */
MUST_USE struct bytes officer_sign(const struct officer *, const struct digest *, struct arena *);

#endif
