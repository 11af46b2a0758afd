// SPDX-License-Identifier: Apache-2.0
/* States and the arrows between them: of the whole drill on the map, of this moment in the replay. */
import { fresh_id, s } from './dom';
import type { Drill } from './read';
import { type Places, places, type Point } from './places';
import { texts } from './texts';

const t = texts.map;
export const ARROWS = 80; // the widest; the table has the others
const NAMED = 60; // States, each with its code; of more, the busiest
const BUSIEST = 36;
const FIGURED = 24; // arrows, each with its number

export interface Arrow {
    from: string;
    to: string;
    n: number;
}

export interface MapPicture {
    element: SVGSVGElement;
    /** Shows only these arrows ("BD PH"), drawn when first needed. */
    light: (ways: Set<string>) => void;
    /** What stands below a State's code. */
    say: (code: string, text: string) => void;
}

export const way_of = (from: string, to: string): string => `${from} ${to}`;

/** Cases by way, over all classes: the width of an arrow is a count, no measure of time. */
export function arrows(drill: Drill): Arrow[] {
    const sums = new Map<string, Arrow>();
    for (const f of drill.report.flows) {
        if (f.from === f.to) continue;
        const key = way_of(f.from, f.to);
        const sum = sums.get(key) ?? { from: f.from, to: f.to, n: 0 };
        sum.n += f.n;
        sums.set(key, sum);
    }
    return [...sums.values()].sort((a, b) => b.n - a.n || (way_of(a.from, a.to) < way_of(b.from, b.to) ? -1 : 1));
}

/** A bow to the right of its way, so that there and back do not lie over each other; it ends before the State's dot. */
function bow(a: Point, b: Point, gap: number): { d: string; middle: Point } {
    const [dx, dy] = [b[0] - a[0], b[1] - a[1]];
    const length = Math.hypot(dx, dy) || 1;
    const c: Point = [(a[0] + b[0]) / 2 - dy * 0.2, (a[1] + b[1]) / 2 + dx * 0.2];
    const back = Math.hypot(b[0] - c[0], b[1] - c[1]) || 1;
    const cut = Math.min(gap, length / 3);
    const end: Point = [b[0] - ((b[0] - c[0]) / back) * cut, b[1] - ((b[1] - c[1]) / back) * cut];
    const f = (p: Point): string => `${p[0].toFixed(1)},${p[1].toFixed(1)}`;
    return { d: `M${f(a)}Q${f(c)} ${f(end)}`, middle: [(a[0] + 2 * c[0] + b[0]) / 4, (a[1] + 2 * c[1] + b[1]) / 4] };
}

function draw_arrow(
    arrow: Arrow,
    where: Places,
    most: number,
    thickest: number,
    head: string,
    figure: boolean,
): SVGElement | null {
    const [a, b] = [where.at.get(arrow.from), where.at.get(arrow.to)];
    if (!a || !b) return null;
    const { d, middle } = bow(a, b, 12);
    const width = 1.5 + thickest * Math.sqrt(arrow.n / most);
    return s(
        'g',
        { class: 'flow' },
        s('title', {}, t.flow(arrow.from, arrow.to, arrow.n)),
        s('path', { d, 'stroke-width': width.toFixed(1), 'marker-end': `url(#${head})` }),
        figure && s('text', { x: middle[0], y: middle[1] + 4, 'text-anchor': 'middle' }, arrow.n),
    );
}

/** States whose code is written: all of them, or those with most cases. */
function names(drill: Drill, all: Arrow[]): Set<string> {
    const { states } = drill.report;
    if (states.length <= NAMED) return new Set(states.map((state) => state.code));
    const cases = new Map<string, number>();
    for (const a of all) for (const code of [a.from, a.to]) cases.set(code, (cases.get(code) ?? 0) + a.n);
    return new Set(
        [...cases]
            .sort((a, b) => b[1] - a[1])
            .slice(0, BUSIEST)
            .map(([code]) => code),
    );
}

export function map_picture(drill: Drill, width: number, label: string, moving: boolean): MapPicture {
    const where = places(drill.report.states, width);
    const all = arrows(drill);
    const most = Math.max(1, ...all.map((a) => a.n));
    const head = fresh_id('head');
    const ways = s('g', { class: 'flows' });
    const dots = s('g', { class: 'places' });
    const below = new Map<string, SVGTextElement>();
    const named = names(drill, all);
    const figures = all.length <= FIGURED;
    const narrow = width < 520;
    for (const state of drill.report.states) {
        const at = where.at.get(state.code);
        if (!at) continue;
        const text = s('text', { class: 'below', x: at[0], y: at[1] + 21, 'text-anchor': 'middle' });
        below.set(state.code, text);
        dots.append(
            s(
                'g',
                {},
                s('title', {}, `${state.code} ${state.name}`),
                state.white_cell
                    ? s('rect', { x: at[0] - 5, y: at[1] - 5, width: 10, height: 10 })
                    : s('circle', { cx: at[0], cy: at[1], r: named.size < drill.report.states.length || narrow ? 4 : 6 }),
                named.has(state.code) &&
                    s('text', { class: 'code', x: at[0], y: at[1] - 10, 'text-anchor': 'middle' }, state.code),
                text,
            ),
        );
    }
    const drawn = new Map<string, SVGElement>();
    const add = (arrow: Arrow, size: number, figure: boolean): void => {
        const element = draw_arrow(arrow, where, size, narrow || !figures ? 3 : 5, head, figure);
        if (!element) return;
        drawn.set(way_of(arrow.from, arrow.to), element);
        ways.append(element);
    };
    if (!moving) for (const [i, arrow] of all.slice(0, ARROWS).entries()) add(arrow, most, figures && (!narrow || i < 5));
    const element = s(
        'svg',
        { class: 'map', viewBox: `0 0 ${width} ${where.height}`, role: 'img', 'aria-label': label },
        s(
            'defs',
            {},
            s(
                'marker',
                {
                    id: head,
                    viewBox: '0 0 10 10',
                    refX: 8,
                    refY: 5,
                    markerWidth: 13,
                    markerHeight: 13,
                    markerUnits: 'userSpaceOnUse',
                    orient: 'auto',
                },
                s('path', { class: 'head', d: 'M0,0L10,5L0,10Z' }),
            ),
        ),
        where.land ?? '',
        ways,
        dots,
    );
    return {
        element,
        light: (wanted) => {
            for (const way of wanted) {
                const [from = '', to = ''] = way.split(' ');
                if (!drawn.has(way)) add({ from, to, n: 1 }, 2, false);
            }
            for (const [way, arrow] of drawn) arrow.classList.toggle('off', !wanted.has(way));
        },
        say: (code, text) => {
            const element_below = below.get(code);
            if (element_below && element_below.textContent !== text) element_below.textContent = text;
        },
    };
}
