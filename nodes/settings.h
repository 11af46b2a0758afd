/* SPDX-License-Identifier: Apache-2.0 */
/*
 * node.conf as a table: what the daemon is configured by, and what the command line reads of it (party, socket, exercise_clock).
 */
#ifndef COMITY_NODES_SETTINGS_H
#define COMITY_NODES_SETTINGS_H

#include "base/config.h"

struct settings {
    const char *network;
    const char *party;
    const char *socket;
    const char *through;
    const char *log;
    const char *exercise;
    const char *exercise_clock;
    const char *hook;
    uint64_t life_days;
    uint64_t prekey_days;
    uint64_t mla_lead_days;
    uint64_t store_bytes_max;
};

extern const struct config_table settings_table; /* of struct settings */

#endif
