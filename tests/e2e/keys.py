#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Presses keys at a program on a terminal: keys.py SCREEN PROGRAM [ARG]... <SCRIPT

Each line of SCRIPT is "TEXT => KEYS": the keys (\\x1b, \\x03 and the like are bytes) are pressed once TEXT is on the screen after
what was there at the last ones. SCREEN gets all that was on the screen. The exit code is the program's; 99: it waited for a minute. Prints
whether the terminal reads lines and echoes again after the program: "cooked" or "raw".
"""
import os
import pty
import select
import sys
import termios
import time


def read_script():
    for line in sys.stdin:
        if line.strip():
            text, keys = line.rstrip("\n").split(" => ", 1)
            yield text, keys.encode().decode("unicode_escape").encode()


def main():
    script = list(read_script())
    child, terminal = pty.fork()
    if child == 0:
        os.execvp(sys.argv[2], sys.argv[2:])
    seen = b""
    end = time.monotonic() + 60
    with open(sys.argv[1], "wb") as screen:
        while True:
            ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                os.kill(child, 9)
                sys.exit(99)
            modes = termios.tcgetattr(terminal)[3]
            try:
                got = os.read(terminal, 65536)
            except OSError:
                break
            screen.write(got)
            seen += got
            if script and script[0][0].encode() in seen:
                seen = b""
                os.write(terminal, script.pop(0)[1])
    print("cooked" if modes & termios.ICANON and modes & termios.ECHO else "raw")
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
