// SPDX-License-Identifier: Apache-2.0
/* The page of a sweep: what the parameters change, by how much, and how far that may be trusted. */
import { choice, fitted, h, section } from './dom';
import { count } from './format';
import { cell_text, interval_chart } from './interval_chart';
import { class_name, measure_name } from './names';
import { unique } from './read';
import type { Sweep, SweepColumn } from './sweep';
import { table, whole } from './table';
import { texts } from './texts';

const t = texts.sweep;
const CHARTS = 40; // at once
const DIFFERS = 'differs';

/** Throws what is wrong with it. */
export function read_sweep(sweep: Sweep): Sweep {
    for (const list of [sweep.names, sweep.points, sweep.columns])
        if (!Array.isArray(list)) throw new Error('names, points, columns');
    for (const c of sweep.columns)
        if (c.cells.length !== sweep.points.length) throw new Error(`${c.measure}: ${c.cells.length} cells`);
    return sweep;
}

/** Points by what differs between them. */
function point_names(sweep: Sweep): string[] {
    return sweep.points.map((point) => {
        const parts = sweep.names.map((n, i) => (n.values.length > 1 ? `${n.name}=${n.values[point.at[i] ?? 0] ?? ''}` : ''));
        return parts.filter(Boolean).join(', ') || t.as_it_is;
    });
}

function column_name(sweep: Sweep, c: SweepColumn): string {
    if (c.what === 'weight') return t.weight;
    if (c.measure === 'expect') return t.expectation(sweep.texts.expect[c.word ?? ''] ?? c.word ?? '');
    if (c.measure === 'answer') return sweep.texts.answer[c.word ?? ''] ?? c.word ?? '';
    const name = c.measure === 'M20' ? `M20 ${c.word ?? ''}` : measure_name({ id: c.measure, word: c.word ?? '' });
    return [name, c.class && class_name(c.class), c.state].filter(Boolean).join(', ');
}

function card(sweep: Sweep, c: SweepColumn, names: string[]): HTMLElement {
    const title = column_name(sweep, c);
    const says = t.what_of[c.what] ?? c.what;
    return h(
        'article',
        { class: 'measure' },
        h('h3', {}, title),
        h('p', { class: 'note' }, [says, c.differs ? t.differs : t.same].filter(Boolean).join(' · ')),
        fitted((width) => interval_chart(c, names, `${title}: ${says}`, width)),
        h(
            'details',
            {},
            h('summary', {}, texts.show_as_table),
            table({
                caption: says,
                quiet: true,
                lines: true,
                columns: [{ head: t.point }, { head: t.value }, { head: t.runs, num: true }],
                rows: names.map((name, i) => [name, whole(cell_text(c.kind, c.cells[i] ?? null)), count(c.cells[i]?.n ?? 0)]),
            }),
        ),
    );
}

/** What nobody asks for first is left to whoever asks for it. */
const telling = (c: SweepColumn): boolean =>
    c.differs && c.what !== 'p90' && c.what !== 'time' && (c.state === null || c.what === 'p50');

function numbers(sweep: Sweep, names: string[]): HTMLElement {
    const box = h('div', { 'aria-live': 'polite' });
    const differing = sweep.columns.filter(telling);
    const show = (what: string): void => {
        const wanted = what === DIFFERS ? differing : sweep.columns.filter((c) => c.measure === what);
        box.replaceChildren(...wanted.slice(0, CHARTS).map((c) => card(sweep, c, names)));
        if (wanted.length === 0) box.append(h('p', {}, t.none_differs));
        if (wanted.length > CHARTS) box.append(h('p', { class: 'note' }, t.more(count(CHARTS), count(wanted.length))));
    };
    const measures = unique(sweep.columns.map((c) => c.measure)).map((m): [string, string] => [
        m,
        m === 'expect' ? texts.expectations.title : m === 'answer' ? t.answers : `${m} ${texts.measures[m] ?? ''}`,
    ]);
    show(DIFFERS);
    return section(
        'numbers',
        t.numbers,
        h('p', {}, t.how),
        choice(t.show, [[DIFFERS, t.what_differs], ...measures], DIFFERS, show),
        box,
    );
}

function summary(sweep: Sweep): HTMLElement {
    const differing = sweep.columns.filter((c) => c.differs).length;
    const facts: [number, string][] = [
        [sweep.points.length, t.points],
        [sweep.runs, t.runs_each],
        [differing, t.numbers_differ],
        [sweep.columns.length - differing, t.numbers_same],
    ];
    return section(
        'summary',
        texts.summary.title,
        sweep.done < sweep.of && h('p', {}, h('strong', {}, t.unfinished(count(sweep.done), count(sweep.of)))),
        h('ul', { class: 'numbers' }, ...facts.map(([n, word]) => h('li', {}, h('strong', {}, count(n)), ' ', word))),
        table({
            caption: t.varied,
            lines: true,
            columns: [{ head: t.name }, { head: t.values }],
            rows: sweep.names.map((n) => [n.name, n.values.join(', ')]),
        }),
        sweep.summary && h('h3', {}, texts.summary.teaches),
        sweep.summary && h('p', {}, sweep.summary),
    );
}

function appendix(sweep: Sweep, names: string[]): HTMLElement {
    const a = texts.appendix;
    return section(
        'appendix',
        a.title,
        h('h3', {}, a.rerun),
        h('p', {}, t.rerun_how),
        h('pre', { tabindex: 0, 'aria-label': a.rerun, role: 'region' }, sweep.command),
        h('p', { class: 'note' }, `${a.build}: ${sweep.build}`),
        table({
            caption: t.hashes,
            lines: true,
            columns: [{ head: t.point }, { head: t.runs, num: true }, { head: a.scenario }],
            rows: sweep.points.map((p, i) => [names[i], count(p.runs), h('code', {}, p.scenario_hash)]),
        }),
    );
}

export function sweep_sections(sweep: Sweep): HTMLElement[] {
    const names = point_names(sweep);
    return [summary(sweep), numbers(sweep, names), appendix(sweep, names)];
}
