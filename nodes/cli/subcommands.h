/* SPDX-License-Identifier: Apache-2.0 */
#ifndef COMITY_NODES_CLI_SUBCOMMANDS_H
#define COMITY_NODES_CLI_SUBCOMMANDS_H

#include "nodes/cli/cli.h"

extern const struct subcommand cmd_ack, cmd_answer, cmd_ask, cmd_completion, cmd_demo, cmd_extend, cmd_held,
    cmd_help, cmd_inbox, cmd_network_down, cmd_network_new, cmd_network_status, cmd_network_up, cmd_not_held,
    cmd_ordered, cmd_refuse, cmd_release, cmd_request, cmd_roster_show, cmd_roster_update, cmd_roster_verify,
    cmd_show, cmd_status, cmd_wait, cmd_why, cmd_withdraw, cmd_world, cmd_discard, cmd_prepared, cmd_sign,
    cmd_submit, cmd_letter, cmd_mla, cmd_reopen, cmd_disclose, cmd_directory, cmd_roster_draft, cmd_next,
    cmd_timeline, cmd_take, cmd_note, cmd_alarms, cmd_orders, cmd_order, cmd_renew, cmd_lift, cmd_worklist,
    cmd_settle, cmd_key_new, cmd_key_passphrase, cmd_key_show, cmd_link, cmd_draft, cmd_ping,
    cmd_ping_answered, cmd_export, cmd_import, cmd_stats, cmd_drill;

#endif
