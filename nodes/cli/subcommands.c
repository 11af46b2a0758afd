/* SPDX-License-Identifier: Apache-2.0 */
/* The table of subcommands: one file each, cmd_NAME.c. */
#include "nodes/cli/subcommands.h"

const struct subcommand *const subcommands[] = {
    &cmd_inbox,
    &cmd_show,
    &cmd_request,
    &cmd_wait,
    &cmd_why,
    &cmd_ack,
    &cmd_ask,
    &cmd_ordered,
    &cmd_held,
    &cmd_not_held,
    &cmd_refuse,
    &cmd_release,
    &cmd_answer,
    &cmd_extend,
    &cmd_withdraw,
    &cmd_status,
    &cmd_prepared,
    &cmd_sign,
    &cmd_submit,
    &cmd_discard,
    &cmd_roster_show,
    &cmd_roster_verify,
    &cmd_roster_update,
    &cmd_network_new,
    &cmd_network_up,
    &cmd_network_status,
    &cmd_network_down,
    &cmd_demo,
    &cmd_world, /* comity-drill has its members */
    &cmd_help,
    &cmd_completion,
    NULL,
};
