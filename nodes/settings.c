/* SPDX-License-Identifier: Apache-2.0 */
#include "nodes/settings.h"

#include <stddef.h>

#include "base/exercise_clock.h"
#include "keys/prekeys.h"
#include "nodes/node.h"
#include "proto/ids.h"

static const struct config_key keys[] = {
    {"network", CONFIG_TEXT, offsetof(struct settings, network), 64, 64, NULL,
     "id of the network: the hash of roster version 1, 64 hexadecimal digits, compared on paper"},
    {"party", CONFIG_TEXT, offsetof(struct settings, party), 4, ADDRESS_MAX - 1, NULL,
     "for whom this node acts, as the roster names it: XA/poc"},
    {"socket", CONFIG_TEXT, offsetof(struct settings, socket), 1, 107, "node.sock", "Unix socket of the API"},
    {"through", CONFIG_TEXT, offsetof(struct settings, through), 1, 255, "none",
     "where the broker is reached instead of at the endpoints of the roster, such as a tunnel's end "
     "tcp://127.0.0.1:7410; its key is the roster's all the same; or none"},
    {"log", CONFIG_TEXT, offsetof(struct settings, log), 1, 16, "info",
     "least level of what is logged: error, warning, notice, info, debug"},
    {"exercise", CONFIG_TEXT, offsetof(struct settings, exercise), 1, 32, "none",
     "the exercise this node has joined, 32 hexadecimal digits, or none"},
    {"exercise_clock", CONFIG_TEXT, offsetof(struct settings, exercise_clock), 1, EXERCISE_CLOCK_TEXT_MAX,
     "none", EXERCISE_CLOCK_HELP},
    {"hook", CONFIG_TEXT, offsetof(struct settings, hook), 1, 400, "none",
     "program that is told of alarms, one line of JSON on its standard input, or none"},
    {"life_days", CONFIG_NUMBER, offsetof(struct settings, life_days), 1, 14, CONFIG_TEXT_OF(NODE_LIFE_DAYS),
     "how long an envelope may take to arrive before it expires"},
    {"prekey_days", CONFIG_NUMBER, offsetof(struct settings, prekey_days), PREKEYS_MIN, PREKEYS_MAX,
     CONFIG_TEXT_OF(NODE_PREKEY_DAYS), "days for which sealing keys are published ahead"},
    {"mla_lead_days", CONFIG_NUMBER, offsetof(struct settings, mla_lead_days), 1, MLA_LEAD_DAYS_MAX,
     CONFIG_TEXT_OF(MLA_LEAD_DAYS),
     "days that a request for assistance takes here from its hold on, until ten of this party's own are "
     "measured"},
    {"store_bytes_max", CONFIG_SIZE, offsetof(struct settings, store_bytes_max), 1048576, INT64_MAX, "64GiB",
     "how large the case file may grow"},
};
const struct config_table settings_table = {keys, sizeof keys / sizeof keys[0], sizeof(struct settings)};
