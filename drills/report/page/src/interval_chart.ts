// SPDX-License-Identifier: Apache-2.0
/*
 * One number at each point of a sweep: a dot where it is, a line over where it lies 95 times of 100. An arrow where that goes on beyond
 * what was observed, a hollow dot where the number itself does.
 */
import { s } from './dom';
import { count, percent, span } from './format';
import { span_scale } from './scale';
import type { Cell, Kind, SweepColumn } from './sweep';
import { texts } from './texts';

const t = texts.sweep;
const ROW = 26;
const TOP = 8;
const BOTTOM = 30;
const RIGHT = 22;
const SHARES = [0, 250, 500, 750, 1000];

interface Axis {
    at: (value: number) => number;
    ticks: { at: number; text: string }[];
}

/** A number of that kind, as people read it. */
export function value_text(kind: Kind, value: number): string {
    if (kind === 'span') return span(value);
    return kind === 'mean' ? (value / 1000).toFixed(2) : percent(value);
}

/** A cell in words: 4 h (3 h to 5 h). */
export function cell_text(kind: Kind, cell: Cell | null): string {
    if (cell === null) return t.nothing;
    const bound = (value: number | null | undefined): string =>
        value === null || value === undefined ? t.beyond_all : value_text(kind, value);
    const own = cell.value === null ? texts.turnaround.beyond(value_text(kind, cell.beyond ?? 0)) : value_text(kind, cell.value);
    return cell.sure ? `${own} (${t.between(bound(cell.low), bound(cell.high))})` : own;
}

function axis_of(column: SweepColumn): Axis {
    const numbers = column.cells.flatMap((c) => (c ? [c.value, c.beyond, c.low, c.high] : []));
    const all = numbers.filter((n): n is number => typeof n === 'number');
    if (column.kind === 'span') {
        const above = all.filter((n) => n > 0);
        return span_scale(Math.min(...above, 3_600_000) / 1.5, Math.max(...above, 60_000) * 1.5);
    }
    if (column.kind !== 'mean')
        return { at: (v) => v / 1000, ticks: SHARES.map((v) => ({ at: v / 1000, text: percent(v) })) };
    const most = Math.max(1000, Math.ceil(Math.max(...all, 0) / 1000) * 1000);
    const ticks = [0, most / 2, most].map((v) => ({ at: v / most, text: count(v / 1000) }));
    return { at: (v) => v / most, ticks };
}

function mark(cell: Cell, x: (value: number) => number, y: number, right: number): SVGElement {
    const g = s('g', { class: 'interval' });
    if (cell.sure) {
        const high = cell.high ?? null;
        const low = x(cell.low ?? cell.beyond ?? 0);
        g.append(s('line', { class: 'reach', x1: low, x2: high === null ? right : x(high), y1: y, y2: y }));
        if (high === null) g.append(s('path', { class: 'arrow', d: `M${right - 7},${y - 5}L${right},${y}L${right - 7},${y + 5}` }));
        else g.append(s('line', { class: 'reach', x1: x(high), x2: x(high), y1: y - 5, y2: y + 5 }));
        g.append(s('line', { class: 'reach', x1: low, x2: low, y1: y - 5, y2: y + 5 }));
    }
    g.append(s('circle', { class: cell.value === null ? 'dot' : 'point', cx: x(cell.value ?? cell.beyond ?? 0), cy: y, r: 5 }));
    return g;
}

/** Rows as wide names as there are; on a narrow screen the name stands above its line. */
export function interval_chart(column: SweepColumn, names: string[], label: string, width: number): SVGElement {
    const narrow = width < 560;
    const left = narrow ? 12 : Math.min(width * 0.45, 24 + Math.max(...names.map((n) => n.length)) * 7.2);
    const row = narrow ? ROW + 16 : ROW;
    const height = TOP + names.length * row + BOTTOM;
    const axis = axis_of(column);
    const x = (value: number): number => left + axis.at(value) * (width - left - RIGHT);
    const picture = s('svg', { class: 'chart intervals', viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': label });
    const axes = s('g', { class: 'axes' });
    let last = -100;
    for (const tick of axis.ticks) {
        const at = left + tick.at * (width - left - RIGHT);
        if (at - last < 46) continue; // no two figures over each other
        last = at;
        axes.append(
            s('line', { x1: at, x2: at, y1: TOP, y2: height - BOTTOM + 4 }),
            s('text', { x: at, y: height - 10, 'text-anchor': 'middle' }, tick.text),
        );
    }
    picture.append(axes);
    names.forEach((name, i) => {
        const y = TOP + i * row + row / 2 + (narrow ? 8 : 0);
        const cell = column.cells[i] ?? null;
        picture.append(
            narrow ? s('text', { x: left, y: y - 10 }, name) : s('text', { x: left - 10, y: y + 4, 'text-anchor': 'end' }, name),
        );
        if (cell === null) picture.append(s('text', { class: 'below', x: left + 4, y: y + 4 }, t.nothing));
        else picture.append(mark(cell, x, y, width - RIGHT / 2));
    });
    return picture;
}
