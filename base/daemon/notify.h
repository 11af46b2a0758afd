/* SPDX-License-Identifier: Apache-2.0 */
/* What a daemon tells its supervisor (sd_notify(3)). Without NOTIFY_SOCKET in the environment nothing happens. */
#ifndef COMITY_BASE_DAEMON_NOTIFY_H
#define COMITY_BASE_DAEMON_NOTIFY_H

#include <stdint.h>

#include "base/clock.h"

void notify_ready(void); /* serving: self-test passed, sockets bound */
void notify_stopping(void);
void notify_alive(void); /* the watchdog's keep-alive: once a turn, at least each notify_alive_every_ms() */

/* Half of the watchdog's patience; 0 when no watchdog waits for this process. */
uint64_t notify_alive_every_ms(void);

/* How long a host may wait for input that has to act at `until`: ten seconds at most, and never past its next sign of life. */
int64_t notify_wait_ms(mono_ms now, mono_ms until);

#endif
