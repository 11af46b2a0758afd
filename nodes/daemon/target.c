/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/daemon/target.h"

#include <string.h>

#include "base/catalogue.h"
#include "base/daemon/host.h"
#include "base/instant.h"
#include "base/log.h"

static bool is_link_key(const struct roster_key *key, wall_ms now)
{
    return key->role == ROLE_LINK && !key->revoked && key->from_ms <= now.ms && now.ms < key->until_ms;
}

const char *target_none_because(const struct roster *roster, wall_ms now, bool *ret_clock)
{
    size_t count = 0;
    size_t at_other_times = 0;
    const struct roster_broker *brokers = roster_brokers(roster, &count);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < brokers[i].key_count; k++) {
            const struct roster_key *key = &brokers[i].keys[k];
            at_other_times += key->role == ROLE_LINK && !key->revoked && !is_link_key(key, now);
        }
    }
    *ret_clock = at_other_times != 0;
    return *ret_clock
               ? N_("no link key of a broker in the roster is valid by this machine's clock; set it, or ask "
                    "your registrar for a newer roster; it shows")
               : N_("the roster names no broker with a valid link key; ask your registrar for a newer one");
}

/* The day is said, and not the moment: the same trouble keeps the same words. */
static void no_broker(struct uplink *uplink, const struct roster *roster, wall_ms now, struct error *error)
{
    char day[INSTANT_TEXT_MAX];
    bool clock = false;
    const char *why = target_none_because(roster, now, &clock);
    instant_write(day, (struct instant){.ms = (int64_t)now.ms});
    day[clock ? strcspn(day, "T") : 0] = '\0';
    error_set(error, "%s%s%s", why, clock ? ": " : "", day);
    uplink_untarget(uplink, why, day);
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
                bool good = uplink_target(uplink, target->through == NULL ? brokers[i].endpoints : through,
                                          &brokers[i].keys[k].key, error);
                if (!good) {
                    uplink_untarget(uplink, N_("the roster names no endpoint of a broker that can be used"),
                                    "");
                }
                return good;
            }
        }
    }
    no_broker(uplink, roster, now, error);
    return false;
}

void target_follow(struct target *target, struct uplink *uplink, const struct node *node,
                   struct logger *logger)
{
    const struct roster *roster = node_current_roster(node);
    struct error error = {.text = ""};
    bool targeted = roster == NULL || target_broker(target, uplink, roster, &error);
    if (!targeted && !target->none) {
        struct log_line line;
        log_line_init(&line);
        log_text(&line, "cause", bytes_of_text(error.text));
        logger_event(logger, LOG_ERROR, "link.target", "%s", line.text);
    }
    target->none = !targeted;
}
