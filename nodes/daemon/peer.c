/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* struct ucred, SO_PEERCRED */
#include "nodes/daemon/peer.h"

#include <pwd.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

bool peer_of_socket(int fd, struct peer *ret)
{
    struct ucred credentials;
    socklen_t size = sizeof credentials;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
        return false;
    }
    struct passwd entry;
    struct passwd *found = NULL;
    char room[4096];
    ret->uid = credentials.uid;
    if (getpwuid_r(credentials.uid, &entry, room, sizeof room, &found) == 0 && found != NULL) {
        (void)snprintf(ret->name, sizeof ret->name, "%.63s", found->pw_name);
    } else {
        (void)snprintf(ret->name, sizeof ret->name, "uid-%lu", (unsigned long)credentials.uid);
    }
    return true;
}

bool peer_may_act(const struct peer *peer)
{
    return peer->uid == 0 || peer->uid == geteuid();
}
