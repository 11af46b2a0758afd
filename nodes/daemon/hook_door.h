/* SPDX-License-Identifier: Apache-2.0 */
/* Between the node and its hook program: the alarms that it is to be told, and which it was told. */
#ifndef COMITY_NODES_DAEMON_HOOK_DOOR_H
#define COMITY_NODES_DAEMON_HOOK_DOOR_H

#include "nodes/daemon/doors.h"
#include "nodes/daemon/hooks.h"

/* In a turn: tells the node what the program was told, and asks what it is to be told. As node_door_command(). */
MUST_USE enum door hook_door_tend(struct hooks *, struct node_doors *);

#endif
