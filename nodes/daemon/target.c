/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/target.h"

#include "base/daemon/host.h"
#include "base/log.h"

static bool is_link_key(const struct roster_key *key, wall_ms now)
{
    return key->role == ROLE_LINK && !key->revoked && key->from_ms <= now.ms && now.ms < key->until_ms;
}

static bool target_broker(const struct target *target, struct uplink *uplink, const struct roster *roster,
                          struct error *error)
{
    const char *const through[] = {target->through, NULL};
    size_t count = 0;
    wall_ms now = host_wall();
    const struct roster_broker *brokers = roster_brokers(roster, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < brokers[i].key_count; k++) {
            if (is_link_key(&brokers[i].keys[k], now)) {
                return uplink_target(uplink, target->through == NULL ? brokers[i].endpoints : through,
                                     &brokers[i].keys[k].key, error);
            }
        }
    }
    error_set(error, "the roster names no broker with a valid link key; ask your registrar for a newer one");
    return false;
}

void target_follow(struct target *target, struct uplink *uplink, const struct node *node,
                   struct logger *logger)
{
    const struct roster *roster = node_current_roster(node);
    struct error error = {.text = ""};
    bool targeted = roster == NULL || target_broker(target, uplink, roster, &error);
    if (!targeted) {
        uplink_untarget(uplink);
    }
    if (!targeted && !target->none) {
        struct log_line line;
        log_line_init(&line);
        log_text(&line, "cause", bytes_of_text(error.text));
        logger_event(logger, LOG_ERROR, "link.target", "%s", line.text);
    }
    target->none = !targeted;
}
