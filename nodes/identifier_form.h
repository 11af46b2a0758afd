/* SPDX-License-Identifier: Apache-2.0 */
/* One spelling for what people spell in many ways: so that two requests for the same thing are seen to be. */
#ifndef COMITY_NODES_IDENTIFIER_FORM_H
#define COMITY_NODES_IDENTIFIER_FORM_H

#include "base/arena.h"
#include "proto/wire.h"

/*
 * The value of an identifier in one spelling, in the arena; NULL when it ends. IP addresses as 16 bytes in hexadecimal (IPv4 as
 * ::ffff:a.b.c.d is); domains and mail addresses in lower case, without a dot at the end; URLs with scheme and host in lower
 * case, without the default port, a fragment and a slash at the end; telephone numbers as digits, 00 for +; wallets of
 * case-blind alphabets, accounts, devices and the rest in lower case without blanks and hyphens. What is not of its kind's
 * grammar is treated like the rest.
 */
const char *identifier_form(Comity__Identifier__Kind, const char *value, struct arena *);

/* The name of a custodian: letters and digits alone, lower case; "" for none. NULL when the arena ends. */
const char *custodian_form(const char *name, struct arena *);

#endif
