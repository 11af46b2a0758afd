#!/usr/bin/env -S /usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""World and rehearsal of one scenario agree where people dominate: the median of each step, of the same seed, differs by no more than
5 % or half the bootstrap interval (95 %) of that median over 30 runs in the world, whichever is larger.
Usage: agree.py SCENARIO [--set NAME=VALUE]...; COMITY_BIN: the programs, COMITY_REHEARSED: a report.json of a rehearsal that was made
before. Prints TAP; says of each step what came out."""
import json
import os
import random
import subprocess
import sys
import tempfile

RUNS = 30
SHARE = 0.05
# Where a network dominates, not people: the machine's own milliseconds, as many times as the clock is compressed.
NOT_PEOPLE = {"M3": "transport", "D1": "injects"}
COMITY = os.path.join(os.environ.get("COMITY_BIN", "build/debug/bin"), "comity")


def report(way, arguments, more=()):
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([COMITY, "drill", way, *arguments, *more, "--out", folder, "--json"], check=True,
                       stdout=subprocess.DEVNULL)
        with open(os.path.join(folder, "report.json"), encoding="utf-8") as file:
            return json.load(file)


def rehearsal(arguments):
    made = os.environ.get("COMITY_REHEARSED")
    if made is None:
        return report("rehearse", arguments)
    with open(made, encoding="utf-8") as file:
        return json.load(file)


def median(values):
    values = sorted(values)
    middle = len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def steps(of):
    """(measure, class) -> (median in ms, how many): elapsed time, all States, all hours. What is of no case has no class."""
    found = {}
    for measure in of["measures"]:
        if measure["kind"] != "span" or measure["id"] in NOT_PEOPLE:
            continue
        for row in measure["rows"]:
            if row["state"] is None and row["hours"] == "all" and row["clock"] == "gross" and row["done"]:
                values = row.get("values") or []
                if row["p50"] is not None or values:
                    value = row["p50"] if row["p50"] is not None else median(values)
                    found[(measure["id"], measure["word"], row["class"] or "no class")] = (value, row["done"])
    return found


def half_interval(medians):
    draw = random.Random(1)
    means = sorted(median(draw.choices(medians, k=len(medians))) for _ in range(1000))
    return (means[975] - means[25]) / 2


def main():
    arguments = sys.argv[1:]
    world, rehearsed = steps(report("run", arguments)), steps(rehearsal(arguments))
    runs = [steps(report("run", arguments, ["--seed", str(seed)])) for seed in range(1, RUNS + 1)]
    print(f"1..{len(world)}")
    failed = 0
    for number, (step, (expected, count)) in enumerate(sorted(world.items()), 1):
        medians = [run[step][0] for run in runs if step in run]
        allowed = max(SHARE * abs(expected), half_interval(medians) if len(medians) > 1 else 0)
        got, done = rehearsed.get(step, (None, 0))
        good = got is not None and abs(got - expected) <= allowed
        failed += not good
        minutes = "never" if got is None else f"{got / 60000:.1f} min"
        print(f"{'' if good else 'not '}ok {number} - {' '.join(step)}: world {expected / 60000:.1f} min of {count}, "
              f"rehearsal {minutes} of {done}; {allowed / 60000:.1f} min allowed", flush=True)
    return 1 if failed or not world else 0


if __name__ == "__main__":
    sys.exit(main())
