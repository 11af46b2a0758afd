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
const NOTHING: HourOfDesk = { at: 0, span: 0, staffed: 0, busy_ms: 0, queue: 0 };

const hours_of = (loads: Load[], party: string): HourOfDesk[] =>
    loads
        .filter((l) => l.party === party)
        .flatMap((l) => l.hours)
        .sort((a, b) => a.at - b.at);

const end_of = (o?: HourOfDesk): Ms => (o ? o.at + o.span : 0);

/** From when on and until when there was anything to do, or to read, at several desks: they are read side by side. */
function reach_of(all: HourOfDesk[]): [start: Ms, end: Ms] {
    const some = all.filter((o) => o.busy_ms > 0 || o.queue > 0);
    const told = some.length > 0 ? some : all;
    return [Math.min(...told.map((o) => o.at)), Math.max(...told.map(end_of))];
}

/** Spans in which nobody is on duty, those that touch as one. */
function closed_spans(hours: HourOfDesk[]): [from: Ms, until: Ms][] {
    const spans: [Ms, Ms][] = [];
    for (const o of hours.filter((one) => one.staffed === 0)) {
        const before = spans.at(-1);
        if (before && before[1] === o.at) before[1] = end_of(o);
        else spans.push([o.at, end_of(o)]);
    }
    return spans;
}

/** What waited, in steps; nothing where nothing is told. */
function steps(hours: HourOfDesk[], x: (ms: Ms) => number, y: (queue: number) => number): string {
    let path = '';
    let until = -1;
    for (const o of hours) {
        path += o.at === until ? `V${y(o.queue).toFixed(1)}` : `M${x(o.at).toFixed(1)},${y(o.queue).toFixed(1)}`;
        path += `H${x(end_of(o)).toFixed(1)}`;
        until = end_of(o);
    }
    return path;
}

function picture(party: string, all: HourOfDesk[], [start, end]: [Ms, Ms], width: number): SVGElement {
    const hours = all.filter((o) => o.at < end && end_of(o) > start);
    const scale = calendar_scale(start, end, Math.floor(width / 70));
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
    for (const [from, until] of closed_spans(hours)) {
        svg.append(hatched(x(from), BOX.top, x(until) - x(from), floor - BOX.top));
    }
    for (const o of hours) {
        const share = o.staffed > 0 ? Math.min(1, o.busy_ms / (o.staffed * HOUR)) : 0;
        if (share > 0)
            svg.append(
                s('rect', {
                    class: 'busy',
                    x: x(o.at),
                    y: y(share),
                    width: Math.max(1, x(end_of(o)) - x(o.at) - 0.5),
                    height: floor - y(share),
                }),
            );
    }
    svg.append(
        s('path', { class: 'waiting', d: steps(hours, x, (queue) => y(queue / most)) }),
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
            const busy = l.hours.reduce((a, o) => a + (o.busy_ms * o.span) / HOUR, 0);
            const staffed = l.hours.reduce((a, o) => a + o.staffed * o.span, 0);
            const peak = l.hours.reduce((a, o) => (o.queue > a.queue ? o : a), NOTHING);
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
        const reach = reach_of(shown.flatMap((p) => hours_of(loads, p)));
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
