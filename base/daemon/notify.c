/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/notify.h"

#include <systemd/sd-daemon.h>

#define WAIT_MS_MAX 10000

/* A supervisor that does not listen is its own affair: the daemon goes on. */
static void tell(const char *state)
{
    (void)sd_notify(0, state);
}

void notify_ready(void)
{
    tell("READY=1");
}

void notify_stopping(void)
{
    tell("STOPPING=1");
}

void notify_alive(void)
{
    tell("WATCHDOG=1");
}

uint64_t notify_alive_every_ms(void)
{
    uint64_t patience_us = 0;
    return sd_watchdog_enabled(0, &patience_us) > 0 ? patience_us / 2000 : 0;
}

int64_t notify_wait_ms(mono_ms now, mono_ms until)
{
    uint64_t alive = notify_alive_every_ms();
    if (alive != 0) {
        until = mono_earlier(until, mono_after(now, alive));
    }
    uint64_t left = until.ms <= now.ms ? 0 : until.ms - now.ms;
    return left > WAIT_MS_MAX ? WAIT_MS_MAX : (int64_t)left;
}
