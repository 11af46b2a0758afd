/* SPDX-License-Identifier: Apache-2.0 */
/* Who is at the other end of a Unix socket, as the kernel says. */
#ifndef COMITY_NODES_DAEMON_PEER_H
#define COMITY_NODES_DAEMON_PEER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/attributes.h"

#define PEER_NAME_MAX 64

struct peer {
    uid_t uid;
    char name[PEER_NAME_MAX]; /* user name, or the number */
};

/* False when the kernel does not tell. */
MUST_USE bool peer_of_socket(int fd, struct peer *ret);

/* True for our own user and root: nobody else acts for this party. */
bool peer_may_act(const struct peer *);

#endif
