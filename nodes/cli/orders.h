/* SPDX-License-Identifier: Apache-2.0 */
/*
 * officer.conf in a party's directory: what a desk writes into every order. Options go before it. Without the file, or
 * with a key of it not given, what is missing has to be said on the command line.
 */
#ifndef COMITY_NODES_CLI_ORDERS_H
#define COMITY_NODES_CLI_ORDERS_H

#include "base/config.h"
#include "nodes/cli/act.h"

struct orders {
    bool known;                                                             /* the file is there */
    const char *authority, *authority_kind, *reference, *scope, *custodian; /* "" when not given */
    uint64_t order_days;                                                    /* 0 when not given */
};

extern const struct config_table orders_table;

/* A fault of the file ends the act. */
void orders_read(struct act *, struct orders *ret);

#endif
