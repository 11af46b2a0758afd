/* SPDX-License-Identifier: Apache-2.0 */
/* Is a text an IP address? IPv4 as four decimal numbers without leading zeros; IPv6 by RFC 4291 2.2 without a zone id. */
#ifndef COMITY_NODES_IP_ADDRESS_H
#define COMITY_NODES_IP_ADDRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/attributes.h"

bool ip_address_is_valid(const char *text);
/* Its 16 bytes in network order, IPv4 as IPv4-mapped; false when it is none, ret untouched. */
MUST_USE bool ip_address_read(const char *text, uint8_t ret[16]);

#endif
