/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/hook_door.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/daemon/host.h"

static enum door command(struct node_doors *doors, enum verb verb, const char *target, const char *query,
                         json_t *body, struct answer *ret)
{
    struct command command = {.actor = "hook", .verb = verb, .target = target, .query = query, .body = body};
    host_random(NULL, command.id, sizeof command.id);
    enum door door = node_door_command(doors, &command, ret);
    json_decref(body);
    return door;
}

enum door hook_door_tend(struct hooks *hooks, struct node_doors *doors)
{
    struct answer answer;
    uint64_t alarm = 0, raised = node_alarms_raised(doors->node);
    enum door door = DOOR_OK;
    bool told = false;
    while (door == DOOR_OK && hooks_result(hooks, &alarm, &told)) {
        char target[24];
        (void)snprintf(target, sizeof target, "%" PRIu64, alarm);
        door = command(doors, VERB_HOOKED, target, "", json_pack("{s:b}", "told", told), &answer);
    }
    if (door == DOOR_OK && hooks_want(hooks, raised)) {
        door = command(doors, VERB_ALARMS, "", "hook=1", NULL, &answer);
        if (door == DOOR_OK) {
            hooks_give(hooks, raised, (const char *)answer.json.data, answer.json.size);
        }
    }
    return door;
}
