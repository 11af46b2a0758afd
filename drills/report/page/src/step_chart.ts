// SPDX-License-Identifier: Apache-2.0
/*
 * Share that had come, by time: one stepped line a class, told apart by its dashes and the letter at its end; targets as lines
 * across; single spans as dots where there are fewer than five.
 */
import { s } from './dom';
import { CLASSES, class_name, measure_title } from './names';
import type { Class, Measure } from './report';
import { type Scale, span_scale } from './scale';
import { texts } from './texts';

const t = texts.turnaround;
const HEIGHT = 232;
const WORD = 62; // px: a target's name
const BOX = { left: 44, right: 26, top: 24, bottom: 40 };

interface Box {
    scale: Scale;
    x: (ms: number) => number;
    y: (permille: number) => number;
    width: number;
}

/** Class's whole row, in elapsed time. */
const headline_rows = (m: Measure): Measure['rows'] =>
    m.rows.filter((r) => r.state === null && r.hours === 'all' && r.clock === 'gross');

function axes(box: Box): SVGElement {
    const g = s('g', { class: 'axes' });
    for (const share of [0, 250, 500, 750, 1000]) {
        g.append(
            s('line', { x1: box.x(0), x2: box.width - BOX.right, y1: box.y(share), y2: box.y(share) }),
            s('text', { x: BOX.left - 6, y: box.y(share) + 4, 'text-anchor': 'end' }, `${share / 10} %`),
        );
    }
    let last = -100;
    for (const tick of box.scale.ticks) {
        const x = BOX.left + tick.at * (box.width - BOX.left - BOX.right);
        if (x - last < 46) continue; // no two figures over each other
        last = x;
        g.append(
            s('line', { x1: x, x2: x, y1: box.y(1000), y2: box.y(0) + 5 }),
            s('text', { x, y: box.y(0) + 19, 'text-anchor': 'middle' }, tick.text),
        );
    }
    return g;
}

function targets(m: Measure, box: Box, shown: Class[]): SVGElement {
    const g = s('g', { class: 'targets' });
    const at = new Map<number, string>();
    for (const c of shown) {
        const target = m.targets[c];
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
function letter_heights(curves: Measure['curve'], box: Box): Map<Class, number> {
    const heights = new Map<Class, number>();
    let above = -100;
    for (const c of curves.slice().sort((a, b) => (b.points.at(-1)?.[1] ?? 0) - (a.points.at(-1)?.[1] ?? 0))) {
        above = Math.max(box.y(c.points.at(-1)?.[1] ?? 0) + 4, above + 13);
        heights.set(c.class, above);
    }
    return heights;
}

function curve(c: Class, points: [number, number][], box: Box, letter_y: number): SVGElement {
    let path = `M${box.x(0)},${box.y(0)}`;
    for (const [ms, share] of points) path += `H${box.x(ms).toFixed(1)}V${box.y(share).toFixed(1)}`;
    path += `H${box.width - BOX.right}`;
    return s(
        'g',
        { class: `curve ${c}` },
        s('path', { d: path }),
        s('text', { x: box.width - BOX.right + 5, y: letter_y }, c),
    );
}

export function step_chart(m: Measure, width: number): SVGElement {
    const rows = headline_rows(m);
    const curves = m.curve.filter((c) => c.state === null && c.points.length > 0);
    const shown = CLASSES.filter((c) => curves.some((x) => x.class === c) || rows.some((r) => r.class === c && r.values));
    const spans = [
        ...curves.flatMap((c) => c.points.map(([ms]) => ms)),
        ...rows.flatMap((r) => r.values ?? []),
        ...shown.map((c) => m.targets[c] ?? 0),
    ].filter((ms) => ms > 0);
    const low = Math.min(...spans, 60_000) / 1.5;
    const high = Math.max(...spans, 600_000) * 2;
    const scale = span_scale(low, high);
    const inner = width - BOX.left - BOX.right;
    const box: Box = {
        scale,
        width,
        x: (ms) => BOX.left + scale.at(ms) * inner,
        y: (permille) => HEIGHT - BOX.bottom - (permille / 1000) * (HEIGHT - BOX.top - BOX.bottom),
    };
    const label = `${t.curve_label(measure_title(m))}: ${shown.map(class_name).join(', ')}`;
    const picture = s('svg', { class: 'chart steps', viewBox: `0 0 ${width} ${HEIGHT}`, role: 'img', 'aria-label': label });
    picture.append(axes(box), targets(m, box, shown));
    const lines = curves.filter((c) => !rows.some((r) => r.class === c.class && r.values && r.n < 5));
    const heights = letter_heights(lines, box);
    for (const c of lines) picture.append(curve(c.class, c.points, box, heights.get(c.class) ?? 0));
    shown.forEach((c, lane) => {
        for (const row of rows.filter((r) => r.class === c && r.n < 5)) {
            const y = box.y(0) - 10 - lane * 16;
            for (const ms of row.values ?? [])
                picture.append(s('circle', { class: `dot ${c}`, cx: box.x(ms), cy: y, r: 5 }));
            if (row.values?.length)
                picture.append(s('text', { class: 'dot-name', x: box.width - BOX.right + 5, y: y + 4 }, c));
        }
    });
    picture.append(s('text', { class: 'axis-name', x: BOX.left, y: HEIGHT - 4 }, t.x));
    return picture;
}
