/* SPDX-License-Identifier: Apache-2.0 */
/* The table of subcommands: one file each, cmd_NAME.c, and those of the table of letters. */
#include "nodes/cli/subcommands.h"

#include "nodes/cli/letter_table.h"

#define COMMAND_FILE(kind)
#define COMMAND_NODE(kind)
#define COMMAND_TABLE(kind)              &letter_subcommands[LETTER_##kind],
#define LETTER(kind, command, made, ...) COMMAND_##made(kind)
#define OPTION(...)
#define LIST(...)
#define FLAG(...)
#define END

/* clang-format off */
const struct subcommand *const subcommands[] = {
    &cmd_inbox,
    &cmd_take,
    &cmd_show,
    &cmd_next,
    &cmd_timeline,
    &cmd_note,
    &cmd_alarms,
    &cmd_stats,
    &cmd_export,
    &cmd_request,
    &cmd_draft,
    &cmd_import,
    &cmd_wait,
    &cmd_why,
    &cmd_ack,
    &cmd_ask,
    &cmd_ordered,
    &cmd_held,
    &cmd_not_held,
    &cmd_refuse,
    &cmd_release,
    &cmd_disclose,
    &cmd_answer,
    &cmd_extend,
    &cmd_mla,
    &cmd_withdraw,
    &cmd_status,
    &cmd_reopen,
#include "nodes/letter_commands.def"
    &cmd_ping,
    &cmd_ping_answered,
    &cmd_letter,
    &cmd_worklist,
    &cmd_settle,
    &cmd_link,
    &cmd_orders,
    &cmd_order,
    &cmd_renew,
    &cmd_lift,
    &cmd_prepared,
    &cmd_sign,
    &cmd_submit,
    &cmd_discard,
    &cmd_directory,
    &cmd_roster_show,
    &cmd_roster_verify,
    &cmd_roster_update,
    &cmd_roster_draft,
    &cmd_key_new,
    &cmd_key_show,
    &cmd_key_passphrase,
    &cmd_network_new,
    &cmd_network_up,
    &cmd_network_status,
    &cmd_network_down,
    &cmd_demo,
    &cmd_world, /* comity-drill has its members */
    &cmd_drill, /* and these */
    &cmd_help,
    &cmd_completion,
    NULL,
};
/* clang-format on */
