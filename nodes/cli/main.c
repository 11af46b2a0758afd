/* SPDX-License-Identifier: Apache-2.0 */
/* comity(1) */
#include "nodes/cli/help.h"
#include "nodes/cli/subcommands.h"

int main(int argc, char **argv)
{
    return cli_main(argc, argv, subcommands, help_all);
}
