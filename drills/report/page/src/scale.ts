// SPDX-License-Identifier: Apache-2.0
/* Axes of time. Spans lie on a logarithmic axis: minutes at a desk and months of a hold are to be read in one picture. */
import { DAY, HOUR, MINUTE, SECOND } from './format';

export interface Tick {
    /** Share of the axis, 0 to 1. */
    at: number;
    text: string;
}

export interface Scale {
    at: (ms: number) => number;
    ticks: Tick[];
}

const MARKS: [number, string][] = [
    [SECOND, '1 s'],
    [10 * SECOND, '10 s'],
    [MINUTE, '1 min'],
    [10 * MINUTE, '10 min'],
    [HOUR, '1 h'],
    [6 * HOUR, '6 h'],
    [DAY, '1 d'],
    [7 * DAY, '7 d'],
    [30 * DAY, '30 d'],
    [120 * DAY, '120 d'],
    [365 * DAY, '1 y'],
    [1825 * DAY, '5 y'],
];

/** Between them, where an axis is short. */
const MORE: typeof MARKS = [
    [2 * SECOND, '2 s'],
    [30 * SECOND, '30 s'],
    [3 * MINUTE, '3 min'],
    [30 * MINUTE, '30 min'],
    [2 * HOUR, '2 h'],
    [12 * HOUR, '12 h'],
    [2 * DAY, '2 d'],
    [14 * DAY, '14 d'],
    [60 * DAY, '60 d'],
    [240 * DAY, '240 d'],
];
const SHORT = 300; // times its beginning

/** Spans from `low` to `high`, both above 0; what lies outside is drawn at the edge. */
export function span_scale(low: number, high: number): Scale {
    const from = Math.log(low);
    const length = Math.max(Math.log(high) - from, 1e-9);
    const at = (ms: number): number => Math.min(1, Math.max(0, (Math.log(Math.max(ms, 1)) - from) / length));
    const marks = high < low * SHORT ? [...MARKS, ...MORE].sort(([a], [b]) => a - b) : MARKS;
    const ticks = marks.filter(([ms]) => ms >= low && ms <= high).map(([ms, text]) => ({ at: at(ms), text }));
    return { at, ticks };
}

const STEPS = [HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];

/** Instants, with about `wanted` ticks at round times of UTC. */
export function calendar_scale(start: number, end: number, wanted: number): Scale {
    const length = Math.max(end - start, 1);
    const at = (ms: number): number => Math.min(1, Math.max(0, (ms - start) / length));
    const step = STEPS.find((st) => length / st <= wanted) ?? Math.ceil(length / wanted / DAY) * DAY;
    const ticks: Tick[] = [];
    for (let ms = Math.ceil(start / step) * step; ms <= end; ms += step) {
        const iso = new Date(ms).toISOString();
        ticks.push({ at: at(ms), text: step < DAY && ms % DAY !== 0 ? iso.slice(11, 16) : iso.slice(5, 10) });
    }
    return { at, ticks };
}
