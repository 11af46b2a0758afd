#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types at a program on a terminal as a person would: typist.py SCRIPT LOG PROGRAM [ARG]...

Each line of SCRIPT is "QUESTION => ANSWER": the answer is typed once the program waits at a prompt ("> ") and what it printed since
the last answer has the question in it. An empty question fits any prompt; a prompt that no line fits is answered with Enter. A line is
used once, "* QUESTION => ANSWER" every time. LOG gets all that was on the screen. The exit code is the program's; 99: it waited for longer
than a minute.
"""
import os
import pty
import select
import sys
import time

ANSWERS_MAX = 300


def read_script(path):
    lines = []
    with open(path, encoding="utf-8") as script:
        for line in script:
            line = line.rstrip("\n")
            while line.endswith("\\"):  # typed as it is: the answer goes on in the next line
                line += "\n" + next(script).rstrip("\n")
            if line.strip() and not line.startswith("#"):
                question, answer = line.split("=>", 1)
                often = question.startswith("* ")
                lines.append([question.removeprefix("* ").strip(), answer.strip(), often])
    return lines


def answer_to(lines, screen):
    for i, (question, answer, often) in enumerate(lines):
        if question in screen:
            if not often:
                del lines[i]
            return answer
    return ""


def main():
    lines = read_script(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "dumb"
        os.environ["NO_COLOR"] = "1"
        os.execvp(sys.argv[3], sys.argv[3:])
    log = open(sys.argv[2], "wb")
    seen = b""
    answers = 0
    end = time.monotonic() + 60
    while True:
        ready, _, _ = select.select([terminal], [], [], max(0, end - time.monotonic()))
        if not ready:
            os.kill(child, 9)
            os.waitpid(child, 0)
            sys.exit(99)
        try:
            got = os.read(terminal, 65536)
        except OSError:
            break
        if not got:
            break
        log.write(got)
        seen += got
        if seen.endswith((b"> ", b"\n. ")):
            text = answer_to(lines, seen.decode("utf-8", "replace").replace("\r", ""))
            seen = b""
            answers += 1
            if answers > ANSWERS_MAX:
                end = 0
            os.write(terminal, text.encode() + b"\n")
    log.close()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
