// SPDX-License-Identifier: Apache-2.0
/*
 * Share that had come, by time: one stepped line a class, told apart by its dashes and the letter at its end; targets as lines
 * across; single spans as dots where there are fewer than five. Where there are dots only, no share is drawn: a strip is all they need.
 */
import { s } from './dom';
import { class_name, class_rank, class_style, CLASSES, measure_title } from './names';
import type { Class, Measure, Ms } from './report';
import { type Scale, span_scale } from './scale';
import { texts } from './texts';

const t = texts.turnaround;
const HEIGHT = 232;
const WORD = 62; // px: a target's name
const BOX = { left: 44, right: 26, top: 24, bottom: 40 };
const LANE = 24; // of a class in a strip
const STRIP_LEFT = 92; // its name
const LEAST = 30; // times the shortest that an axis reaches: one dot has room around it

type Shown = Class | null;
const SHOWN: readonly Shown[] = [...CLASSES, null];

interface Box {
    scale: Scale;
    x: (ms: number) => number;
    y: (permille: number) => number;
    width: number;
    left: number;
    /** Of the whole picture. */
    height: number;
}

/** Shares that have a line across. */
const QUARTERS = [0, 250, 500, 750, 1000];

/** Class's whole row, in elapsed time. */
const headline_rows = (m: Measure): Measure['rows'] =>
    m.rows.filter((r) => r.state === null && r.hours === 'all' && r.clock === 'gross');

const is_few = (r: Measure['rows'][number]): boolean => r.values !== undefined && r.n < 5;

/** Curves of those that are many. */
const lines_of = (m: Measure): Measure['curve'] =>
    m.curve.filter(
        (c) => c.state === null && c.points.length > 0 && !headline_rows(m).some((r) => r.class === c.class && is_few(r)),
    );

/** Whether anything came, and not all of it at once. */
export const has_picture = (m: Measure): boolean =>
    lines_of(m).some((c) => c.points.some(([ms, share]) => ms > 0 && share > 0)) ||
    headline_rows(m).some((r) => is_few(r) && r.values?.some((ms) => ms > 0));

function axes(box: Box, shares: number[]): SVGElement {
    const g = s('g', { class: 'axes' });
    for (const share of shares) {
        g.append(
            s('line', { x1: box.x(0), x2: box.width - BOX.right, y1: box.y(share), y2: box.y(share) }),
            s('text', { x: box.left - 6, y: box.y(share) + 4, 'text-anchor': 'end' }, `${share / 10} %`),
        );
    }
    let last = -100;
    for (const tick of box.scale.ticks) {
        const x = box.left + tick.at * (box.width - box.left - BOX.right);
        if (x - last < 46) continue; // no two figures over each other
        last = x;
        g.append(
            s('line', { x1: x, x2: x, y1: box.y(1000), y2: box.y(0) + 5 }),
            s('text', { x, y: box.y(0) + 19, 'text-anchor': 'middle' }, tick.text),
        );
    }
    return g;
}

function targets(m: Measure, box: Box, shown: Shown[]): SVGElement {
    const g = s('g', { class: 'targets' });
    const at = new Map<number, string>();
    for (const c of shown) {
        const target = c && m.targets[c];
        if (target) at.set(target, (at.get(target) ?? '') + c);
    }
    let last = -100;
    for (const [target, classes] of [...at].sort(([a], [b]) => a - b)) {
        const x = box.x(target);
        const close = x - last < WORD; // the word stands there already: the letter alone
        last = x;
        g.append(
            s('line', { x1: x, x2: x, y1: BOX.top - 6, y2: box.y(0) }),
            s(
                'text',
                { x: close ? x + 4 : x + 5, y: BOX.top - 10, 'text-anchor': close ? 'middle' : 'end' },
                close ? classes : `${t.target} ${classes}`,
            ),
        );
    }
    return g;
}

/** Heights of the letters at the ends of the curves, apart enough to be read. */
function letter_heights(curves: Measure['curve'], box: Box): Map<Shown, number> {
    const heights = new Map<Shown, number>();
    let above = -100;
    for (const c of curves.slice().sort((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0))) {
        above = Math.max(box.y(c.points.at(-1)?.[1] ?? 0) + 4, above + 13);
        heights.set(c.class, above);
    }
    return heights;
}

function curve(c: Shown, points: [number, number][], box: Box, letter_y: number): SVGElement {
    let path = `M${box.x(0)},${box.y(0)}`;
    for (const [ms, share] of points) path += `H${box.x(ms).toFixed(1)}V${box.y(share).toFixed(1)}`;
    path += `H${box.width - BOX.right}`;
    return s(
        'g',
        { class: `curve ${class_style(c)}` },
        s('path', { d: path }),
        s('text', { x: box.width - BOX.right + 5, y: letter_y }, c ?? ''),
    );
}

/** From the shortest to the longest that is shown, with room on both sides. */
function scale_of(spans: Ms[]): Scale {
    const some = spans.filter((ms) => ms > 0);
    const high = Math.max(...some) * 1.6;
    return span_scale(Math.min(Math.min(...some) / 1.6, high / LEAST), high);
}

/** Each that came of a class with few, and how many are still open. */
function dots(m: Measure, box: Box, shown: Shown[], lane_y: (lane: number) => number): SVGElement {
    const g = s('g', {});
    const rows = headline_rows(m).filter(is_few);
    shown.forEach((c, lane) => {
        const y = lane_y(lane);
        for (const row of rows.filter((r) => r.class === c)) {
            for (const ms of row.values ?? [])
                g.append(s('circle', { class: `dot ${class_style(c)}`, cx: box.x(ms), cy: y, r: 5 }));
        }
    });
    return g;
}

function strip(m: Measure, box: Box, shown: Shown[], lane_y: (lane: number) => number): SVGElement {
    const g = s('g', { class: 'lanes' });
    shown.forEach((c, lane) => {
        const y = lane_y(lane);
        g.append(
            s('line', { x1: box.left, x2: box.width - BOX.right, y1: y, y2: y }),
            s('text', { class: 'dot-name', x: box.left - 10, y: y + 4, 'text-anchor': 'end' }, c === null ? '' : class_name(c)),
        );
    });
    g.append(dots(m, box, shown, lane_y));
    return g;
}

export function step_chart(m: Measure, width: number): SVGElement {
    const rows = headline_rows(m);
    const lines = lines_of(m);
    const shown = SHOWN.filter((c) => lines.some((x) => x.class === c) || rows.some((r) => r.class === c && is_few(r))).sort(
        (a, b) => class_rank(a) - class_rank(b),
    );
    const scale = scale_of([
        ...lines.flatMap((c) => c.points.map(([ms]) => ms)),
        ...rows.flatMap((r) => (is_few(r) ? (r.values ?? []) : [])),
        ...shown.map((c) => (c && m.targets[c]) ?? 0),
    ]);
    const only_dots = lines.length === 0;
    const height = only_dots ? BOX.top + BOX.bottom + shown.length * LANE : HEIGHT;
    const left = only_dots ? STRIP_LEFT : BOX.left;
    const inner = width - left - BOX.right;
    const box: Box = {
        scale,
        width,
        left,
        height,
        x: (ms) => left + scale.at(ms) * inner,
        y: (permille) => height - BOX.bottom - (permille / 1000) * (height - BOX.top - BOX.bottom),
    };
    const label = `${only_dots ? t.dots_label(measure_title(m)) : t.curve_label(measure_title(m))}: ${shown.map(class_name).join(', ')}`;
    const picture = s('svg', { class: 'chart steps', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
    picture.append(axes(box, only_dots ? [] : QUARTERS), targets(m, box, shown));
    if (only_dots) {
        picture.append(strip(m, box, shown, (lane) => BOX.top + (lane + 0.5) * LANE));
    } else {
        const heights = letter_heights(lines, box);
        const beside = (lane: number): number => box.y(0) - 10 - lane * 16;
        for (const c of lines) picture.append(curve(c.class, c.points, box, heights.get(c.class) ?? 0));
        picture.append(dots(m, box, shown, beside));
        shown.forEach((c, lane) => {
            if (!lines.some((x) => x.class === c))
                picture.append(s('text', { class: 'dot-name', x: width - BOX.right + 5, y: beside(lane) + 4 }, c ?? ''));
        });
    }
    picture.append(s('text', { class: 'axis-name', x: left, y: height - 4 }, t.x));
    return picture;
}
