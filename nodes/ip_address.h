/* SPDX-License-Identifier: Apache-2.0 */
/* Is a text an IP address? IPv4 as four decimal numbers without leading zeros; IPv6 by RFC 4291 2.2 without a zone id. */
#ifndef COMITY_NODES_IP_ADDRESS_H
#define COMITY_NODES_IP_ADDRESS_H

#include <stdbool.h>

bool ip_address_is_valid(const char *text);

#endif
