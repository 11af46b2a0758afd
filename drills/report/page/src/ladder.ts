// SPDX-License-Identifier: Apache-2.0
/* The ladder of one case as a bar: lettered marks where it climbed a rung, the time its data were held, the time they would die. */
import { at_percent, h } from './dom';
import { DAY, instant, MINUTE, span } from './format';
import type { Case, Ms } from './report';
import { calendar_scale, type Scale, span_scale } from './scale';
import { texts } from './texts';

const t = texts.cases;
export type Rung = keyof typeof t.rungs;
type Marked = keyof typeof t.marks;

/** In the order in which they stand over each other at the same moment. */
export const MARKED: readonly Marked[] = ['delivered', 'acknowledged', 'decided', 'held_from', 'mla', 'dies', 'ended'];

/** Either time since the request of each, or the dates of the drill: what `at` takes differs by it. */
export interface LadderScale {
    scale: Scale;
    place: (c: Case, ms: Ms) => number;
    /** Percent between two letters that are to be read. */
    apart: number;
    /** Percent that a text of the axis takes. */
    text: number;
}

/** Time since the request is logarithmic: minutes of a desk beside months of a hold. */
export function ladder_scale(kind: 'since' | 'calendar', cases: Case[], start: Ms, end: Ms, short: boolean): LadderScale {
    const [apart, text] = short ? [7, 15] : [3.2, 11];
    if (kind === 'calendar') {
        const scale = calendar_scale(start, end, 6);
        return { scale, place: (_, ms) => scale.at(ms) * 100, apart, text };
    }
    let longest = DAY;
    for (const c of cases) longest = Math.max(longest, (c.ended ?? c.hold_until ?? end) - c.opened);
    const scale = span_scale(MINUTE / 2, longest * 1.1);
    return { scale, place: (c, ms) => scale.at(ms - c.opened) * 100, apart, text };
}

/** What a listener hears of it, and a pointer shows. */
export function ladder_text(c: Case): string {
    const parts = [`${t.rungs.opened} ${instant(c.opened)}`];
    for (const rung of MARKED) {
        const ms = c[rung];
        if (ms !== null) parts.push(`${t.rungs[rung]} ${span(ms - c.opened)}`);
    }
    return parts.join('; ');
}

export function ladder(c: Case, where: LadderScale, end: Ms): HTMLElement {
    const place = (ms: Ms): number => Math.min(98.5, Math.max(0.5, where.place(c, ms)));
    const bar = h('span', { class: 'ladder', role: 'img', 'aria-label': ladder_text(c), title: ladder_text(c) });
    const from = place(c.opened);
    bar.append(at_percent(h('i', { class: c.ended === null ? 'run open' : 'run' }), from, place(c.ended ?? end) - from));
    if (c.held_from !== null) {
        const held = place(c.held_from);
        bar.append(
            at_percent(
                h('i', { class: 'hold' }),
                held,
                Math.max(0, place(Math.min(c.hold_until ?? end, c.ended ?? Infinity)) - held),
            ),
        );
    }
    let last = -where.apart;
    const marks = MARKED.filter((rung) => c[rung] !== null).sort((a, b) => (c[a] ?? 0) - (c[b] ?? 0));
    for (const rung of marks) {
        const at = Math.min(98.5, Math.max(place(c[rung] ?? 0), last + where.apart));
        last = at;
        bar.append(at_percent(h('b', { class: rung }, t.marks[rung]), at));
    }
    return bar;
}

/** Over the bars. */
export function ladder_axis(where: LadderScale): HTMLElement {
    const axis = h('span', { class: 'ladder axis', 'aria-hidden': 'true' });
    let last = -20;
    for (const tick of where.scale.ticks) {
        if (tick.at * 100 - last < where.text || tick.at * 100 > 104 - where.text) continue;
        last = tick.at * 100;
        axis.append(at_percent(h('i', { class: 'tick' }, tick.text), last));
    }
    return axis;
}

export function ladder_legend(): HTMLElement {
    const list = h('ul', { class: 'legend' });
    for (const rung of MARKED)
        list.append(h('li', {}, h('b', { class: `mark ${rung}` }, t.marks[rung]), ` ${t.rungs[rung]}`));
    list.append(h('li', {}, h('i', { class: 'hold sample' }), ` ${t.rungs.held_from} – ${t.rungs.hold_until}`));
    return list;
}
