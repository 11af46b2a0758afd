// SPDX-License-Identifier: Apache-2.0
/* A week by the hour, local time: a table whose cells say the median and are the darker the slower. */
import { type Child, choice, h, section } from './dom';
import { DAY, HOUR, MINUTE } from './format';
import { class_name, measure_name } from './names';
import { type Drill, unique } from './read';
import type { Heat, Ms } from './report';
import { texts } from './texts';

const t = texts.heat;
const FEW = 5;
const SHADES = 5;

/** 45m, 3h, 2d: what fits a cell. */
function short(ms: Ms): string {
    if (ms < HOUR) return `${Math.max(1, Math.round(ms / MINUTE))}m`;
    if (ms < 2 * DAY) return `${Math.round(ms / HOUR)}h`;
    return `${Math.round(ms / DAY)}d`;
}

function cell(heat: Heat, i: number, shade: (ms: Ms) => number): HTMLElement {
    const [n, p50] = heat.cells[i] ?? [0, null];
    if (n === 0) return h('td', { role: 'cell' });
    if (n < FEW || p50 === null) {
        return h(
            'td',
            { role: 'cell', class: 'few' },
            h('span', { 'aria-hidden': 'true' }, t.few),
            h('span', { class: 'heard' }, t.few_heard(n)),
        );
    }
    return h('td', { role: 'cell', class: `shade${shade(p50)}`, title: `${texts.turnaround.number} = ${n}` }, short(p50));
}

/** Shade by rank among all tables of the same measure and class: they are read side by side. */
function shades(all: Heat[], like: Heat): (ms: Ms) => number {
    const same = all.filter((x) => x.measure === like.measure && x.class === like.class).flatMap((x) => x.cells);
    const times = unique(same.filter(([n, p50]) => n >= FEW && p50 !== null).map(([, p50]) => p50 ?? 0)).sort(
        (a, b) => a - b,
    );
    const ranks = new Map(times.map((ms, i) => [ms, Math.floor((i * SHADES) / times.length)]));
    return (ms) => ranks.get(ms) ?? 0;
}

/** Whether any hour has enough to say something. */
const says = (heat: Heat): boolean => heat.cells.some(([n, p50]) => n >= FEW && p50 !== null);

function heat_table(drill: Drill, heat: Heat): HTMLElement {
    const measure = drill.report.measures.find((m) => m.id === heat.measure);
    const name = `${measure ? measure_name(measure) : heat.measure}${heat.class ? `, ${class_name(heat.class)}` : ''}`;
    const state = drill.state(heat.state);
    const shade = shades(drill.report.heat, heat);
    const body = h('tbody', { role: 'rowgroup' });
    for (let hour = 0; hour < 24; hour += 1) {
        const tr = h('tr', { role: 'row' }, h('th', { scope: 'row', role: 'rowheader' }, String(hour).padStart(2, '0')));
        for (let day = 0; day < 7; day += 1) tr.append(cell(heat, day * 24 + hour, shade));
        body.append(tr);
    }
    return h(
        'table',
        { role: 'table', class: 'heat' },
        h('caption', {}, t.caption(name, state ? `${heat.state} ${state.name} (${state.zone})` : heat.state)),
        h(
            'thead',
            { role: 'rowgroup' },
            h(
                'tr',
                { role: 'row' },
                h('th', { scope: 'col', role: 'columnheader' }, t.hour),
                ...t.days.map((d): Child => h('th', { scope: 'col', role: 'columnheader' }, d)),
            ),
        ),
        body,
    );
}

export function heat(drill: Drill): HTMLElement | null {
    const all = drill.report.heat.filter(says);
    const [first] = all;
    if (drill.report.heat.length === 0) return null;
    if (!first) return section('heat', t.title, h('p', {}, t.none));
    const measures = unique(all.map((x) => x.measure));
    const states = unique(all.map((x) => x.state));
    const wanted = { measure: first.measure, state: states.length > 6 ? first.state : '' };
    const box = h('div', { class: 'heats' });
    const show = (): void => {
        const shown = all.filter((x) => x.measure === wanted.measure && (wanted.state === '' || x.state === wanted.state));
        box.replaceChildren(...shown.map((x) => heat_table(drill, x)));
    };
    const options = (codes: string[]): [string, string][] => codes.map((c) => [c, c]);
    show();
    return section(
        'heat',
        t.title,
        h('p', {}, `${t.how} ${t.scale}`),
        h(
            'div',
            { class: 'controls' },
            choice(texts.measure, options(measures), wanted.measure, (value) => {
                wanted.measure = value;
                show();
            }),
            choice(
                texts.state,
                [...(states.length > 6 ? [] : [['', texts.all] as [string, string]]), ...options(states)],
                wanted.state,
                (value) => {
                    wanted.state = value;
                    show();
                },
            ),
        ),
        box,
    );
}
