/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Passphrases of key files: from the terminal, without echo, or the first line of a file that the environment names. They lie in the
 * caller's buffer, which has to be wiped (sodium_memzero) when the code is EXIT_DONE, and is when it is not.
 */
#ifndef COMITY_NODES_CLI_PASSPHRASE_H
#define COMITY_NODES_CLI_PASSPHRASE_H

#include "nodes/cli/cli.h"

#define PASSPHRASE_MAX 1024 /* bytes, with the zero behind it */
#define PASSPHRASE_MIN 12   /* bytes of a new one */

/* That of the key file at path, by COMITY_PASSPHRASE_FILE. An exit code, told when it is not EXIT_DONE. */
MUST_USE int passphrase_get(const struct cli *, const char *path, char ret[PASSPHRASE_MAX]);
/* A new one for it, by COMITY_NEW_PASSPHRASE_FILE; a terminal is asked twice. An exit code, as above. */
MUST_USE int passphrase_choose(const struct cli *, const char *path, char ret[PASSPHRASE_MAX]);

#endif
