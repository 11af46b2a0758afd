// SPDX-License-Identifier: Apache-2.0
/* What lapsed; and what was played in: injects, faults, and what people noted. */
import { h, section } from './dom';
import { plain } from './names';
import type { Drill } from './read';
import type { CaseName } from './report';
import { table, when, whole } from './table';
import { texts } from './texts';

const t = texts.happened;

const case_name = (drill: Drill, name: CaseName | null): string =>
    drill.find_case(name)?.reference ?? (name === null ? texts.none : String(name));

export function lapses(drill: Drill): HTMLElement {
    const l = texts.lapses;
    const rows = drill.report.lapses.map((x) => [
        h('span', {}, whole(case_name(drill, x.case)), ` ${texts.cases.item(x.item)}`),
        when(x.at),
        plain(x.what),
        `${x.owed_by}: ${x.owed_what}`,
        x.text,
    ]);
    return section(
        'lapses',
        l.title,
        rows.length === 0
            ? h('p', {}, l.none)
            : table({
                  caption: l.caption,
                  lines: true,
                  columns: [l.case, l.at, l.what, l.owed, l.text].map((head) => ({ head })),
                  rows,
              }),
    );
}

export function happened(drill: Drill): HTMLElement {
    const { injects, faults, notes } = drill.report;
    return section(
        'happened',
        t.title,
        h('h3', {}, t.injects),
        injects.length === 0
            ? h('p', {}, t.no_injects)
            : table({
                  caption: t.injects,
                  quiet: true,
                  lines: true,
                  columns: [t.id, t.kind, t.to, t.text, t.planned, t.released, t.received, t.state].map((head) => ({
                      head,
                  })),
                  rows: injects.map((i) => [
                      i.id,
                      i.kind,
                      i.to,
                      i.text,
                      when(i.planned),
                      when(i.released),
                      when(i.received),
                      t.states[i.state] ?? i.state,
                  ]),
              }),
        h('h3', {}, t.faults),
        faults.length === 0
            ? h('p', {}, t.no_faults)
            : table({
                  caption: t.faults,
                  quiet: true,
                  lines: true,
                  columns: [t.fault, t.kind, t.where, t.from, t.until].map((head) => ({ head })),
                  rows: faults.map((f) => [
                      f.id,
                      f.kind,
                      f.where,
                      when(f.from),
                      f.until === null ? t.to_the_end : when(f.until),
                  ]),
              }),
        h('h3', {}, t.notes),
        h('p', { class: 'note' }, t.kept_apart),
        notes.length === 0
            ? h('p', {}, t.no_notes)
            : table({
                  caption: t.notes,
                  quiet: true,
                  lines: true,
                  columns: [t.at, t.by, texts.cases.reference, t.text].map((head) => ({ head })),
                  rows: notes.map((n) => [
                      when(n.at),
                      n.by,
                      whole(case_name(drill, n.case)),
                      n.corrects ? `${t.corrects(n.corrects)}${n.text}` : n.text,
                  ]),
              }),
    );
}
