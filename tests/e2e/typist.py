#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Types at a program on a terminal as a person would: typist.py SCRIPT LOG PROGRAM [ARG]...

Each line of SCRIPT is "QUESTION => ANSWER": the answer is typed once the program waits at a prompt ("> ") and what it printed since
the last answer has the question in it. An empty question fits any prompt; a prompt that no line fits is answered with Enter. A line is
used once, "* QUESTION => ANSWER" every time. A SCRIPT that ends in .json is a request: each field is answered from it, by the path that
heads the question, and the whole is signed and sent. "^C" is the key that interrupts, "^@" a zero byte. LOG gets all that was on the screen. The exit code is the program's; 99: it waited
for longer than a minute. COLUMNS: how wide the terminal is (80).
"""
import fcntl
import json
import os
import pty
import re
import select
import struct
import sys
import termios
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


def value_at(request, path):
    """What stands at "items[0].period.from"; None where nothing does."""
    for step in re.findall(r"[A-Za-z0-9]+", path):
        if isinstance(request, dict):
            request = request.get(step)
        elif isinstance(request, list) and step.isdigit() and int(step) < len(request):
            request = request[int(step)]
        else:
            return None
    return request


def spoken(value):
    if isinstance(value, list):
        words = all(re.fullmatch("[A-Z0-9_]+", word) for word in value)
        return (", " if words else "\\\n").join(value)
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value).replace("\n", "\\\n")


def answer_from(request, screen):
    more = re.search(r"One more \(([^ ]+)\)\?", screen)
    heads = re.findall(r"^([A-Za-z][A-Za-z0-9.\[\]]*)(?: \(may be left out\))?$", screen, re.MULTILINE)
    if "[s]ign and send" in screen:
        return "s"
    if more or "Fill it in? y" in screen:
        return "y" if value_at(request, more.group(1) if more else heads[-1]) is not None else ""
    if heads:
        return spoken(value_at(request, heads[-1]))
    return "" if "this is needed" in screen else "!"  # the answer was not taken


def answerer(path):
    if path.endswith(".json"):
        with open(path, encoding="utf-8") as file:
            request = json.load(file)
        return lambda screen: answer_from(request, screen)
    lines = read_script(path)
    return lambda screen: answer_to(lines, screen)


def main():
    answer = answerer(sys.argv[1])
    child, terminal = pty.fork()
    if child == 0:
        os.environ["TERM"] = "dumb"
        os.environ["NO_COLOR"] = "1"
        os.execvp(sys.argv[3], sys.argv[3:])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, int(os.environ.get("COLUMNS", "80")), 0, 0))
    log = open(sys.argv[2], "wb")
    seen = b""
    lines = []
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
            if not lines:
                lines = answer(seen.decode("utf-8", "replace").replace("\r", "")).split("\n")
            text = lines.pop(0)  # each at its own prompt
            seen = b""
            answers += 1
            if answers > ANSWERS_MAX:
                end = 0
            keys = b"\x03" if text == "^C" else text.replace("^@", "\0").encode() + b"\n"
            while keys:  # a terminal takes so many at a time
                keys = keys[os.write(terminal, keys[:1024]) :]
    log.close()
    sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


main()
