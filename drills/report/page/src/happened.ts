// SPDX-License-Identifier: Apache-2.0
/* What lapsed; and what was played in: injects, faults, and what people noted. */
import { type Child, h, section } from './dom';
import { count } from './format';
import { plain } from './names';
import type { Drill } from './read';
import type { CaseName, Lapse } from './report';
import { line, table, when, whole } from './table';
import { texts } from './texts';

const t = texts.happened;

const case_name = (drill: Drill, name: CaseName | null): string =>
    drill.find_case(name)?.reference ?? (name === null ? texts.none : String(name));

const LAPSES_A_TIME = 50;

export function lapses(drill: Drill): HTMLElement {
    const l = texts.lapses;
    const all = drill.report.lapses;
    if (all.length === 0) return section('lapses', l.title, h('p', {}, l.none));
    const columns = [l.case, l.at, l.what, l.owed, l.text].map((head) => ({ head }));
    const row = (x: Lapse): Child[] => [
        h('span', {}, whole(case_name(drill, x.case)), ` ${texts.cases.item(x.item)}`),
        when(x.at),
        plain(x.what),
        `${x.owed_by}: ${x.owed_what}`,
        x.text,
    ];
    let shown = Math.min(LAPSES_A_TIME, all.length);
    const element = table({ caption: l.caption, lines: true, columns, rows: all.slice(0, shown).map(row) });
    if (shown === all.length) return section('lapses', l.title, element);
    const said = h('p', { role: 'status' }, l.shown(count(shown), count(all.length)));
    const more = h('button', { type: 'button' }, l.more);
    more.onclick = (): void => {
        const body = element.querySelector('tbody');
        const next = all.slice(shown, shown + LAPSES_A_TIME).map((x) => line(columns, row(x)));
        body?.append(...next);
        shown += next.length;
        said.textContent = l.shown(count(shown), count(all.length));
        more.hidden = shown === all.length;
    };
    return section('lapses', l.title, element, said, h('div', { class: 'controls screen' }, more));
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
