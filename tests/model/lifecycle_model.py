#!/usr/bin/env -S /usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A model of the lifecycle made from docs/lifecycle.md alone. It knows one item of a case as (state, open asks, asks put twice,
links, whether all stated dates are past, what was said) and tries every letter of both sides and the passing of time, until
nothing new comes. Then: every cell of the tables is met; from everywhere R's letters and time alone lead to the end, and answer
whatever R owes; R always has a letter to send before the end; and a hold that something waits for is not released as expired."""
import collections
import os
import re
import sys

TOP = os.environ.get("COMITY_TOP") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
LINKS, OPEN = 2, 2  # how many links, and how many asks at a time
State = collections.namedtuple("State", "at asks twice links past said")
Row = collections.namedtuple("Row", "name side cells needs opens answers")

# Cells that nothing leads to, and why.
UNREACHED = {
    ("MLA", "REFUSED:P21", "A"): "not signed without consulting, which moves the item to C; one that comes is folded and flagged",
    ("MLA", "REPLY:CONSULT", "A"): "a consultation moves the item to C; TAKEN_OVER may restate one on A",
    ("MLA", "REPLY:CONDITIONS", "A"): "as above", ("MLA", "REPLY:COST", "A"): "as above",
    ("MLA", "REPLY:CONDITIONS", "X"): "nothing is executed while conditions wait; TAKEN_OVER may restate some",
}
# What a letter leaves behind that a need asks for.
SAID = {"ACK": "acked", "REPLY:CONSULT": "consulted", "EVIDENCE_RECEIPT:OK": "well", "CONTENT": "content", "OUTCOME": "told",
        "MLA_ENDED": "assisted", "ECHO": "ECHO"}
OPEN_NEEDS = {"WARN_OPEN", "REPLY_OPEN", "WITHDRAWAL_OPEN", "EXTEND_OPEN", "NOTICE_OPEN", "REOPEN_OPEN", "QUESTION_OR_CORRECTION"}
TIME_NEEDS = {"GRACE_PAST", "PING_PAST", "NOT_TOO_OFTEN"}  # hold once time has passed
FREE_NEEDS = {"NO_EARLIER_END", "LATER_END", "FLOOR_AFTER_MLA", "LAW_END_TOLD", "CONDITIONAL"}  # by what the letter says


def tables(text):
    """heading -> rows of cells, without the two lines of the header; the header under (heading, 'header')"""
    found = {}
    for part in re.split(r"^## ", text.split("<!-- tables -->")[1], flags=re.M)[1:]:
        heading, lines = part.split("\n", 1)
        rows = [[cell.strip() for cell in line[1:-1].split("|")] for line in lines.splitlines() if line.startswith("|")]
        found[heading], found[heading, "header"] = rows[2:], rows[:1] and rows[0]
    return found


def words(does, verb):
    match = re.search(r"\b" + verb + r" ([A-Z0-9_, ]+)", does)
    return frozenset(match.group(1).split(", ")) if match else frozenset()


class Machine:
    def __init__(self, name, doc):
        self.name = name
        states = {row[0]: row[2] for row in doc["Machines"]}[name]
        self.letter = {word: letter for letter, word in (state.split() for state in states.split(", "))}
        self.asks = {row[0]: row for row in doc["Asks"]}
        self.rows = [self.row(cell, side, doc["%s: letters of %s" % (name, side), "header"])
                     for side in "RQ" for cell in doc["%s: letters of %s" % (name, side)]]

    def row(self, cell, side, header):
        first, last = 2, header.index("needs")
        needs = frozenset(filter(None, cell[last].replace("SILENT_60", "SILENT").split(", ")))
        return Row(cell[0], side, dict(zip(header[first:last], cell[first:last])), needs, words(cell[last + 1], "opens"),
                   words(cell[last + 1], "answers"))

    def owed_by(self, ask, opener):
        owes = self.asks[ask][1]
        return {"other": "Q" if opener == "R" else "R"}.get(owes, owes)

    def closed_at(self, letter):
        return {ask for ask, row in self.asks.items() for word in row[3].split(", ") if self.letter.get(word) == letter}

    # What must hold besides the state, where it is not one of the sets above.
    HOLDS = {
        "UNANSWERED": lambda m, row, s: "acked" not in s.said, "NOT_YET_ASKED": lambda m, row, s: not row.opens & s.asks,
        "STOP_DUE": lambda m, row, s: "STOP" in s.asks or "WARN" in m.silent(s),
        "NOTHING_WAITS": lambda m, row, s: not s.asks & {"EXTEND", "NOTICE"},
        "LINKED": lambda m, row, s: s.links > 0, "ASSISTED": lambda m, row, s: "assisted" in s.said, "NEW_LINK": lambda m, row, s: s.links < LINKS,
        "ORAL_OVERDUE": lambda m, row, s: "ORAL" in s.asks and s.past,
        "SILENT": lambda m, row, s: any(m.asks[ask][2] == "item" for ask in m.silent(s)),
        "CONSULTED": lambda m, row, s: s.past if "CONSULT" in s.asks else "consulted" in s.said,
        "CONDITIONS_MET": lambda m, row, s: "conditions" not in s.said,
        "RECEIVED_WELL": lambda m, row, s: "well" in s.said or ("final" in s.said and s.past),
        "OUTCOME_TOLD": lambda m, row, s: "told" in s.said or "OUTCOME" in m.silent(s),
        "CONTENT_HERE": lambda m, row, s: "content" in s.said, "FIRST": lambda m, row, s: row.name not in s.said}

    def silent(self, s):
        return {ask for ask in s.twice if self.asks[ask][1] == "Q"} if s.past else frozenset()

    def holds(self, need, row, s):
        if need in OPEN_NEEDS:
            return bool(row.answers & s.asks)
        if need in TIME_NEEDS:
            return s.past
        return need in FREE_NEEDS or self.HOLDS[need](self, row, s)

    def may(self, row, s):
        cell = row.cells[s.at]
        if cell == "dup":
            return "ORAL" in s.asks
        return cell != "-" and not cell.startswith("void") and len(s.asks | row.opens) <= OPEN and all(self.holds(need, row, s) for need in row.needs)

    def said(self, row, s):
        said = set(s.said)
        if row.name in SAID:
            said.add(SAID[row.name])
        if row.name in ("ORDERED", "HELD", "NOT_HELD", "REFUSED", "DISCLOSED:PART"):
            said.add("acked")
        if row.name == "CONDITIONS":
            said.add("conditions")
        if row.name == "EVIDENCE:FINAL":
            said = (said - {"well"}) | ({"final"} if "given" in said else {"given"})
        return said

    def after(self, row, s):
        """the states that the letter can lead to"""
        cell = row.cells[s.at]
        links = s.links + ("+" in cell) - cell.endswith("-")
        at = ("M" if links else "H") if cell[:3] == "H/M" else cell[0] if cell[0] in self.letter.values() else s.at
        opens = row.opens if row.side == "R" or cell in ("ask", "late") else frozenset()
        asks, said = s.asks - row.answers | opens, self.said(row, s)
        if at != s.at:
            asks = asks - self.closed_at(at)
            links = 0 if at == "Z" else links
            said = {"acked"} & said if s.at == "Z" else said
        twice = (s.twice | (s.asks & opens if row.side == "R" and s.past else set())) & asks
        dated = bool(row.side == "R" and opens) or at in "HX" or row.name == "EVIDENCE:FINAL"
        variants = [said - {"conditions"}, said] if row.name == "REPLY:CONDITIONS" else [said]  # accepted or not
        return [State(at, frozenset(asks), frozenset(twice), links, s.past and not dated, frozenset(v)) for v in variants]

    def starts(self):
        first = [r for r in self.rows if r.name == "REQUEST"][0]
        for asks in {frozenset(), first.opens} | ({frozenset(["ORAL"])} if "ORAL" in first.answers else set()):
            for said in [frozenset()] + ([frozenset(["content"])] if self.name == "SPONTANEOUS" else []):
                yield State("A", asks, frozenset(), 0, False, said)

    def explore(self):
        self.edges, self.met, todo = {}, set(), list(self.starts())
        while todo:
            s = todo.pop()
            if s in self.edges:
                continue
            self.edges[s] = [("time", "-", s._replace(past=True))]
            for row in self.rows:
                if self.may(row, s):
                    self.met.add((row.name, s.at))
                    self.edges[s] += [(row.name, row.side, t) for t in self.after(row, s)]
            todo += [t for _, _, t in self.edges[s] if t not in self.edges]

    def without_q(self, wanted):
        """the states from which R's letters and time alone lead to one that is wanted"""
        back = collections.defaultdict(set)
        for s, edges in self.edges.items():
            for _, side, t in edges:
                if side != "Q":
                    back[t].add(s)
        found = {s for s in self.edges if wanted(s)}
        todo = list(found)
        while todo:
            for s in back[todo.pop()] - found:
                found.add(s)
                todo.append(s)
        return found


def check(number, good, text):
    print("%sok %d - %s" % ("" if good else "not ", number, text))
    return good


def main():
    with open(os.path.join(TOP, "docs", "lifecycle.md"), encoding="utf-8") as file:
        doc = tables(file.read())
    good, number, names = True, 0, [row[0] for row in doc["Machines"]]
    print("1..%d" % (5 * len(names)))
    for name in names:
        m = Machine(name, doc)
        m.explore()
        sendable = {(row.name, at) for row in m.rows for at, cell in row.cells.items()
                    if cell != "-" and not cell.startswith("void") and (cell != "dup" or "ORAL" in row.answers)}
        missed = {cell for cell in sendable - m.met if (name,) + cell not in UNREACHED}
        missed -= {("REQUEST", at) for _, at in missed if at not in "AOH"}  # once all has ended no call waits
        ends = m.without_q(lambda t: t.at == "Z")
        stuck = [s for s in m.edges if s not in ends][:1]
        mute = [s for s in m.edges if s.at != "Z" and all(side != "R" for past in (False, True)
                for _, side, _ in m.edges.get(s._replace(past=past), []))][:1]
        owed = {ask for s in m.edges for ask in s.asks if ask in m.asks and m.owed_by(ask, "Q" if name != "SPONTANEOUS" else "R") == "R"}
        unanswered = {ask for ask in owed if len(m.without_q(lambda t, a=ask: a not in t.asks)) != len(m.edges)}
        wrong = [s for s, edges in m.edges.items() for word, _, _ in edges
                 if word == "RELEASED:EXPIRED" and (s.at != "H" or s.asks & {"EXTEND", "NOTICE"} or not s.past)][:1]
        for holds, text in ((not missed, "every cell is met %s" % (sorted(missed) or "")),
                            (not stuck, "R and time alone lead to the end %s" % (stuck or "")),
                            (not mute, "R always has a letter to send %s" % (mute or "")),
                            (not unanswered, "R can answer what it owes %s" % (sorted(unanswered) or "")),
                            (not wrong, "nothing that is waited for expires %s" % (wrong or ""))):
            number += 1
            good &= check(number, holds, "%s, %d states: %s" % (name, len(m.edges), text))
    return 0 if good else 1


sys.exit(main())
