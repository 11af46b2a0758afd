/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of a network on one machine (network.h): whoever made its keys and its roster puts them down here, so that every such
 * folder looks the same. Functions that return false have set the error of the folder.
 */
#ifndef COMITY_NODES_CLI_NETWORK_FOLDER_H
#define COMITY_NODES_CLI_NETWORK_FOLDER_H

#include "base/daemon/program.h"
#include "keys/roster.h"
#include "keys/sign.h"

#define NETWORK_FOLDER_BROKER "broker" /* the member that is no party */

struct network_folder {
    const char *directory;
    struct arena *arena;
    struct error *error;
};

/* True if it does not exist or holds nothing. */
MUST_USE bool network_folder_is_empty(const char *path);
/* Makes the folder, or takes one that nobody else may write to. */
MUST_USE bool network_folder_open(const struct network_folder *);
/* "XA-poc": the member that is that party. NULL: the arena is exhausted. */
const char *network_folder_member(const struct network_folder *, const struct address *);
/* Makes the folders of a member. */
MUST_USE bool network_folder_add(const struct network_folder *, const char *member);
/* A key file of a member: file is "keys/node.key". The secret stays the caller's. */
MUST_USE bool network_folder_key(const struct network_folder *, const char *member, const char *file,
                                 enum key_role, const char *owner, const struct public_key *,
                                 const uint8_t secret[32]);
/* The pair of a root key in minisign's format: roots/NAME.key and .pub. */
MUST_USE bool network_folder_root(const struct network_folder *, const char *name,
                                  const struct minisign_key *, const struct signer *);
/* A roster version with a signature of each root: of a member, or with member "" of the network. */
MUST_USE bool network_folder_roster(const struct network_folder *, const char *member, uint64_t version,
                                    struct bytes json, const struct bytes *minisigs,
                                    const char *const *root_names, size_t count);
/* Any other file of a member, or with member "" of the network. */
MUST_USE bool network_folder_text(const struct network_folder *, const char *member, const char *file,
                                  const char *text);
/* What makes it a network, last of all: its id, 64 hexadecimal digits. */
MUST_USE bool network_folder_mark(const struct network_folder *, const char *network);

/* Where folders are made that nobody named: TMPDIR, else /tmp. */
const char *network_folder_parent(void);
/* A new folder of that name there, with ".XXXXXX" drawn behind it, in the arena. NULL with an error. */
MUST_USE const char *network_folder_temporary(struct arena *, const char *name, struct error *);
/* Removes a folder and all that is in it. False with an error. */
MUST_USE bool network_folder_remove(const char *directory, struct error *);

#endif
