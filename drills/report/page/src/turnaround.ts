// SPDX-License-Identifier: Apache-2.0
/* Each measure: its curves, and the numbers of the same as a table. */
import { type Child, choice, fitted, folded, h, section } from './dom';
import { count, percent, span } from './format';
import { class_name, class_rank, measure_name, measure_text } from './names';
import { type Drill, unique } from './read';
import type { Measure, MeasureRow, Ms } from './report';
import { has_picture, step_chart } from './step_chart';
import { type Column, table, wide } from './table';
import { texts } from './texts';

const t = texts.turnaround;

const FEW = 5;

/** Met of those that are due, and how many those are; of fewer than five there is no percentage. */
function on_time(r: MeasureRow): Child {
    if (r.mature === 0) return texts.none;
    if (r.mature < FEW) return t.on_time_of(r.on_time, r.mature);
    return h(
        'span',
        {},
        percent(Math.round((r.on_time * 1000) / r.mature)),
        h('small', {}, ` ${t.on_time_of(r.on_time, r.mature)}`),
    );
}

/** A percentile; the last observed time with > where the curve does not reach it; nothing of fewer than five. */
function percentile(r: MeasureRow, value: Ms | null): string {
    if (r.n < FEW) return texts.none;
    if (value !== null) return span(value);
    return r.beyond && r.worst !== null ? t.beyond(span(r.worst)) : texts.none;
}

/** Of what still runs the slowest is not known: it has taken so long by now. */
const slowest = (r: MeasureRow): string => (r.worst !== null && r.open > 0 ? t.beyond(span(r.worst)) : span(r.worst));

const SPAN_COLUMNS: Column[] = [
    { head: t.on_time, num: true },
    { head: t.p50, num: true },
    { head: t.p90, num: true },
    { head: t.p99, num: true },
    { head: t.worst, num: true },
    { head: t.n, num: true },
    { head: t.done, num: true },
    { head: t.open, num: true },
    { head: t.missed, num: true },
    { head: t.left, num: true },
];

function span_cells(r: MeasureRow): Child[] {
    const each = r.n < FEW ? (r.values ?? []) : [];
    return [
        on_time(r),
        ...(each.length > 0
            ? [wide(3, `${t.few}: ${each.map((v) => span(v)).join(', ')}`)]
            : [r.p50, r.p90, r.p99].map((value) => percentile(r, value))),
        slowest(r),
        count(r.n),
        count(r.done),
        count(r.open),
        count(r.missed),
        count(r.left),
    ];
}

const HOURS: readonly MeasureRow['hours'][] = ['all', 'S', 'C', 'X'];
const SHOWN = 48; // rows at once

const order = (a: MeasureRow, b: MeasureRow): number => class_rank(a.class) - class_rank(b.class);

function whole_table(m: Measure): HTMLElement {
    const rows = m.rows.filter((r) => r.state === null && r.hours === 'all').sort(order);
    return table({
        caption: measure_name(m),
        quiet: true,
        lines: true,
        columns: [{ head: texts.class }, { head: t.clock }, ...SPAN_COLUMNS],
        rows: rows.map((r) => [class_name(r.class), t.clocks[r.clock] ?? r.clock, ...span_cells(r)]),
    });
}

const key_of = (r: MeasureRow): string => `${r.class} ${r.state} ${r.clock} ${r.n}`;

/** Where all came in at one kind of hour, its row says the same as that of any time, and more. */
function telling(rows: MeasureRow[]): MeasureRow[] {
    const at_one = new Set(rows.filter((r) => r.hours !== 'all').map(key_of));
    return rows.filter((r) => (r.hours === 'all' ? r.state !== null && !at_one.has(key_of(r)) : true));
}

/** Rows of one State, or of all by hour of arrival. Made when opened: a world has hundreds of States. */
function by_state(m: Measure): HTMLElement | null {
    const parted = telling(m.rows);
    if (parted.length === 0) return null;
    const states = unique(parted.map((r) => r.state ?? '')).sort();
    const few = parted.length <= SHOWN;
    const by = (r: MeasureRow): string => r.state ?? texts.all;
    const box = h('div', {});
    const show = (state: string | null): void => {
        const rows = parted
            .filter((r) => state === null || (r.state ?? '') === state)
            .sort(
                (a, b) =>
                    order(a, b) ||
                    (by(a) < by(b) ? -1 : by(a) > by(b) ? 1 : HOURS.indexOf(a.hours) - HOURS.indexOf(b.hours)),
            );
        box.replaceChildren(
            table({
                caption: `${measure_name(m)}, ${t.by_state}`,
                columns: [
                    { head: texts.state },
                    { head: texts.class },
                    { head: t.hours },
                    { head: t.clock },
                    ...SPAN_COLUMNS,
                ],
                rows: rows.map((r) => [
                    by(r),
                    class_name(r.class),
                    t.hours_of[r.hours] ?? r.hours,
                    t.clocks[r.clock] ?? r.clock,
                    ...span_cells(r),
                ]),
            }),
        );
    };
    const first = few ? null : (states[0] ?? '');
    const options = states.map((code): [string, string] => [code, code || texts.all]);
    // Paper has the table if it is whole; of hundreds of States it would have that of one, by chance.
    return folded(
        t.by_state,
        () => {
            show(first);
            return few ? [box] : [choice(texts.state, options, first ?? '', show), box];
        },
        few,
    );
}

function left_out(m: Measure): HTMLElement | null {
    if (!m.left_out?.length) return null;
    return h('p', { class: 'note' }, `${t.left_out}: ${m.left_out.map((l) => `${count(l.n)} ${l.why}`).join(', ')}.`);
}

function span_card(m: Measure): HTMLElement {
    const id = `measure-${m.id}-${m.word}`; // several have one number
    return h(
        'article',
        { class: 'measure', 'aria-labelledby': id },
        h('h3', { id }, measure_name(m)),
        h('p', { class: 'note' }, measure_text(m)),
        has_picture(m) && fitted((width) => step_chart(m, width), 760),
        m.rows.length > 0 ? whole_table(m) : h('p', {}, t.no_data),
        left_out(m),
        by_state(m),
    );
}

function shares(measures: Measure[]): HTMLElement {
    const rows = measures.flatMap((m) =>
        m.rows
            .filter((r) => r.state === null && r.hours === 'all')
            .sort(order)
            .map((r) => [
                measure_name(m),
                class_name(r.class),
                m.kind === 'share' ? on_time(r) : texts.none,
                m.kind === 'share' ? count(r.on_time) : count(r.n),
                count(m.kind === 'share' ? r.mature : r.n),
                count(r.open),
                count(r.left),
            ]),
    );
    return table({
        caption: t.shares,
        quiet: true,
        lines: true,
        columns: [
            { head: texts.measure },
            { head: texts.class },
            { head: t.share, num: true },
            { head: t.so, num: true },
            { head: t.number, num: true },
            { head: t.open, num: true },
            { head: t.left, num: true },
        ],
        rows,
    });
}

export function turnaround(drill: Drill): HTMLElement {
    const spans = drill.report.measures.filter((m) => m.kind === 'span');
    const others = drill.report.measures.filter((m) => m.kind !== 'span');
    return section(
        'turnaround',
        t.title,
        h('p', {}, t.how),
        h('p', { class: 'note' }, `${t.beyond_note} ${t.few_note}`),
        ...spans.map(span_card),
        others.length > 0 && h('h3', {}, t.shares),
        others.length > 0 && shares(others),
    );
}
