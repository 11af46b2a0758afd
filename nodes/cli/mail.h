/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A mail as a file that mail programs open and send (RFC 5322), and links that begin an answer (RFC 6068). This program sends none.
 * Whatever comes into a header is one plain address, or a text in encoded words: nothing a directory says begins a header of its own.
 */
#ifndef COMITY_NODES_CLI_MAIL_H
#define COMITY_NODES_CLI_MAIL_H

#include "base/arena.h"
#include "base/clock.h"

/* One address as RFC 5322 3.4.1 writes it without quotes and comments, in ASCII; "" and anything else: no. */
bool mail_address_is_good(const char *text);

struct mail {
    const char *from, *to; /* addresses that are good */
    const char *id;        /* what is before the @ of its Message-ID: letters, digits, "-" and "." */
    const char *subject;
    const char *body; /* lines end in LF */
    wall_ms at;
};
/* The file, in the arena; NULL: no memory, or an address that is not good. */
MUST_USE const char *mail_write(const struct mail *, struct arena *);

/* "mailto:ADDRESS?subject=...&body=...", in the arena; NULL as above. */
MUST_USE const char *mail_link(const char *to, const char *subject, const char *body, struct arena *);

#endif
