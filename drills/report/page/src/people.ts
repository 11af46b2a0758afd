// SPDX-License-Identifier: Apache-2.0
/* Load on people (D5): how busy a desk was by the hour, and what waited for it. */
import { choice, fitted, folded, h, s, section } from './dom';
import { count, HOUR, instant, percent, span } from './format';
import { type Drill, unique } from './read';
import type { Load, Ms } from './report';
import { calendar_scale } from './scale';
import { table } from './table';
import { texts } from './texts';
import { hatched } from './textures';

const t = texts.people;
const HEIGHT = 150;
const BOX = { left: 48, right: 34, top: 14, bottom: 30 };
const DRAWN = 6;

type HourOfDesk = Load['hours'][number];

const hours_of = (loads: Load[], party: string): HourOfDesk[] =>
    loads
        .filter((l) => l.party === party)
        .flatMap((l) => l.hours)
        .sort((a, b) => a.at - b.at);

/** The first and the last hour of several desks: they are read side by side. */
const hours_from_to = (all: HourOfDesk[][]): [start: Ms, last: Ms] => [
    Math.min(...all.map((hours) => hours[0]?.at ?? Infinity)),
    Math.max(...all.map((hours) => hours.at(-1)?.at ?? 0)),
];

function picture(party: string, hours: HourOfDesk[], [start, last]: [Ms, Ms], width: number): SVGElement {
    const scale = calendar_scale(start, last + HOUR, Math.floor(width / 70));
    const inner = width - BOX.left - BOX.right;
    const x = (ms: Ms): number => BOX.left + scale.at(ms) * inner;
    const floor = HEIGHT - BOX.bottom;
    const y = (share: number): number => floor - share * (floor - BOX.top);
    const most = Math.max(1, ...hours.map((o) => o.queue));
    const svg = s('svg', {
        class: 'chart load',
        viewBox: `0 0 ${width} ${HEIGHT}`,
        role: 'img',
        'aria-label': t.label(party),
    });
    const wide = Math.max(1, inner / Math.max(1, (last + HOUR - start) / HOUR));
    let waiting = '';
    let closed: Ms | null = null; // since when nobody is on duty
    for (const o of [...hours, { at: (hours.at(-1)?.at ?? 0) + HOUR, staffed: 1 }]) {
        if (o.staffed === 0) closed ??= o.at;
        else if (closed !== null) {
            svg.append(hatched(x(closed), BOX.top, x(o.at) - x(closed), floor - BOX.top));
            closed = null;
        }
    }
    for (const o of hours) {
        const share = o.staffed > 0 ? Math.min(1, o.busy_ms / (o.staffed * HOUR)) : 0;
        if (share > 0)
            svg.append(
                s('rect', {
                    class: 'busy',
                    x: x(o.at),
                    y: y(share),
                    width: Math.max(1, wide - 0.5),
                    height: floor - y(share),
                }),
            );
        waiting += `${waiting ? 'L' : 'M'}${x(o.at).toFixed(1)},${y(o.queue / most).toFixed(1)}h${wide.toFixed(1)}`;
    }
    svg.append(
        s('path', { class: 'waiting', d: waiting }),
        s('line', { class: 'floor', x1: BOX.left, x2: width - BOX.right, y1: floor, y2: floor }),
    );
    for (const tick of scale.ticks) {
        svg.append(s('text', { x: BOX.left + tick.at * inner, y: HEIGHT - 12, 'text-anchor': 'middle' }, tick.text));
    }
    svg.append(
        s('text', { x: BOX.left - 5, y: BOX.top + 5, 'text-anchor': 'end' }, '100 %'),
        s('text', { x: BOX.left - 5, y: floor + 3, 'text-anchor': 'end' }, '0'),
        s('text', { x: width - BOX.right + 5, y: BOX.top + 5 }, count(most)),
        s('text', { x: width - BOX.right + 5, y: floor + 3 }, '0'),
    );
    return svg;
}

function by_day(loads: Load[], parties: string[]): HTMLElement {
    const rows = loads
        .filter((l) => parties.includes(l.party))
        .map((l) => {
            const busy = l.hours.reduce((a, o) => a + o.busy_ms, 0);
            const staffed = l.hours.reduce((a, o) => a + o.staffed * HOUR, 0);
            const peak = l.hours.reduce((a, o) => (o.queue > a.queue ? o : a), { at: 0, staffed: 0, busy_ms: 0, queue: 0 });
            return [
                l.party,
                String(l.day),
                count(Math.max(0, ...l.hours.map((o) => o.staffed))),
                span(busy),
                staffed > 0 ? percent(Math.round((busy * 1000) / staffed)) : texts.none,
                count(peak.queue),
                peak.queue > 0 ? instant(peak.at, false) : texts.none,
            ];
        });
    return table({
        caption: t.table,
        columns: [
            { head: t.desk },
            { head: t.day },
            { head: t.most, num: true },
            { head: t.worked, num: true },
            { head: t.of_staffed, num: true },
            { head: t.peak, num: true },
            { head: t.peak_at },
        ],
        rows,
    });
}

export function people(drill: Drill): HTMLElement {
    const loads = drill.report.people;
    if (loads.length === 0) return section('people', t.title, h('p', {}, t.none));
    const parties = unique(loads.map((l) => l.party));
    // The fullest desks first, so that what is drawn without asking is what matters.
    const peak = new Map(parties.map((p) => [p, Math.max(0, ...hours_of(loads, p).map((o) => o.queue))]));
    parties.sort((a, b) => (peak.get(b) ?? 0) - (peak.get(a) ?? 0));
    const box = h('div', { class: 'loads' });
    const tables = h('div', {});
    let shown: string[] = []; // of the table, too
    const show = (party: string): void => {
        shown = party ? [party] : parties.slice(0, DRAWN);
        const reach = hours_from_to(shown.map((p) => hours_of(loads, p)));
        box.replaceChildren(
            ...shown.map((p) =>
                h(
                    'figure',
                    {},
                    h(
                        'figcaption',
                        {},
                        h('b', {}, p),
                        ' ',
                        h('span', { class: 'key-busy' }, t.busy),
                        ' ',
                        h('span', { class: 'key-waiting' }, t.queue),
                    ),
                    fitted((width) => picture(p, hours_of(loads, p), reach, width), 520),
                ),
            ),
        );
        if (tables.hasChildNodes()) tables.replaceChildren(by_day(loads, shown));
    };
    show('');
    return section(
        'people',
        t.title,
        h('p', {}, t.how),
        choice(
            t.desk,
            [
                ['', parties.length > DRAWN ? `${DRAWN} / ${parties.length}` : texts.all],
                ...parties.map((p): [string, string] => [p, p]),
            ],
            '',
            show,
        ),
        box,
        folded(texts.show_as_table, () => {
            tables.replaceChildren(by_day(loads, shown));
            return [tables];
        }),
    );
}
