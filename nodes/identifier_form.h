/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One spelling for all spellings of an identifier, so that two requests for the same thing can be seen to be that: by their fingerprints,
 * never shown and never sent.
 */
#ifndef COMITY_NODES_IDENTIFIER_FORM_H
#define COMITY_NODES_IDENTIFIER_FORM_H

#include "base/arena.h"
#include "proto/letter.pb-c.h"

/*
 * IP_ADDRESS: 32 hexadecimal digits, IPv4 as IPv4-mapped (RFC 4291 2.5.5.2). DOMAIN: small letters, no dot at the end. EMAIL: small
 * letters. URL: scheme and host in small letters, without fragment and without a slash at the end. PHONE: "+" and digits, an
 * international 00 as "+". DEVICE: letters and digits alone, small. WALLET: small where it is hexadecimal behind 0x, else as it is. All
 * else as it is, without blanks around it. A value that is not of its kind is as it is. NULL when the arena ends.
 */
MUST_USE const char *identifier_form(Comity__Identifier__Kind, const char *value, struct arena *);

#endif
