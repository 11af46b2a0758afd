/* SPDX-License-Identifier: Apache-2.0 */
#include "base/daemon/signals.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/ensure.h"

int signals_open(struct error *error)
{
    sigset_t set;
    (void)sigemptyset(&set);
    (void)sigaddset(&set, SIGTERM);
    (void)sigaddset(&set, SIGINT);
    (void)sigaddset(&set, SIGHUP);
    int fd = sigprocmask(SIG_BLOCK, &set, NULL) == 0 ? signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC) : -1;
    if (fd < 0) {
        error_set(error, "cannot listen for signals: %s", strerror(errno));
    }
    return fd;
}

enum host_signal signals_next(int fd)
{
    struct signalfd_siginfo info;
    ssize_t got = read(fd, &info, sizeof info);
    if (got < 0) {
        ensure(errno == EAGAIN || errno == EINTR);
        return HOST_SIGNAL_NONE;
    }
    ensure(got == (ssize_t)sizeof info);
    return info.ssi_signo == SIGHUP ? HOST_SIGNAL_RELOAD : HOST_SIGNAL_STOP;
}
