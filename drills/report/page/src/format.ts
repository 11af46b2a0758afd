// SPDX-License-Identifier: Apache-2.0
/* Numbers as people read them. Times are UTC; the local time of a State stands beside it where somebody was awake or asleep. */
import type { Ms } from './report';
import { language, texts } from './texts';

export const SECOND = 1000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;

const whole = new Intl.NumberFormat(language);
const one = new Intl.NumberFormat(language, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** With blanks at which no line is broken. */
const unbroken = (text: string): string => text.replaceAll(' ', '\u00a0');

export const count = (n: number): string => whole.format(n);

/** Of permille: 84 %, or 0.4 % where the whole number would say nothing. */
export function percent(permille: number): string {
    const exact = permille % 10 === 0 || permille >= 100;
    return unbroken(`${exact ? whole.format(Math.round(permille / 10)) : one.format(permille / 10)} %`);
}

/** Of permille, always to a tenth: what has to sum up to 100 %. */
export const tenths = (permille: number): string => unbroken(`${one.format(permille / 10)} %`);

const two = (n: number): string => String(n).padStart(2, '0');

/** Two units at most: 1.5 s, 45 s, 12 min, 2 h 05 min, 3 d 04 h. */
export const span = (ms: Ms | null): string => unbroken(span_words(ms));

function span_words(ms: Ms | null): string {
    if (ms === null) return texts.none;
    if (ms < 0) return `−${span_words(-ms)}`;
    const u = texts.units;
    if (ms > 0 && ms < 10 * SECOND) return `${one.format(ms / SECOND)} ${u.s}`;
    if (ms < MINUTE) return `${Math.floor(ms / SECOND)} ${u.s}`;
    if (ms < HOUR) return `${Math.floor(ms / MINUTE)} ${u.min}`;
    if (ms < DAY) {
        const minutes = Math.floor((ms % HOUR) / MINUTE);
        return `${Math.floor(ms / HOUR)} ${u.h}${minutes ? ` ${two(minutes)} ${u.min}` : ''}`;
    }
    const hours = Math.floor((ms % DAY) / HOUR);
    return `${count(Math.floor(ms / DAY))} ${u.d}${hours ? ` ${two(hours)} ${u.h}` : ''}`;
}

/** 2016-02-05 03:12:45: where machines answer each other, seconds count. */
export const to_the_second = (ms: Ms): string => unbroken(new Date(ms).toISOString().slice(0, 19).replace('T', ' '));

/** 2016-02-05 03:12 UTC, without the zone where a head says it. */
export function instant(ms: Ms | null, zone = true): string {
    if (ms === null) return texts.none;
    const at = new Date(ms);
    if (Number.isNaN(at.getTime())) return texts.none;
    return unbroken(`${at.toISOString().slice(0, 16).replace('T', ' ')}${zone ? ' UTC' : ''}`);
}

const locals = new Map<string, Intl.DateTimeFormat | null>();

function local_format(zone: string): Intl.DateTimeFormat | null {
    let format = locals.get(zone);
    if (format === undefined) {
        try {
            format = new Intl.DateTimeFormat(language, {
                timeZone: zone,
                weekday: 'short',
                hour: '2-digit',
                minute: '2-digit',
                hourCycle: 'h23',
            });
        } catch {
            format = null; // a zone that this browser does not know: UTC alone is shown
        }
        locals.set(zone, format);
    }
    return format;
}

/** Fri 09:12, in that zone; empty when the zone is not known here. */
export function local(ms: Ms, zone: string): string {
    return local_format(zone)?.format(ms).replace(',', '') ?? '';
}

/** Parts of `whole` that sum up to 1000 exactly: the largest remainders are rounded up. */
export function permilles(parts: number[]): number[] {
    const sum = parts.reduce((a, b) => a + b, 0);
    if (sum === 0) return parts.map(() => 0);
    const exact = parts.map((p) => (p * 1000) / sum);
    const floors = exact.map(Math.floor);
    let missing = 1000 - floors.reduce((a, b) => a + b, 0);
    const order = exact.map((e, i) => ({ i, rest: e - Math.floor(e) })).sort((a, b) => b.rest - a.rest || a.i - b.i);
    for (const { i } of order) {
        if (missing === 0) break;
        floors[i] = (floors[i] ?? 0) + 1;
        missing -= 1;
    }
    return floors;
}

/** State of a party's address: XB of XB/poc. */
export const state_of = (party: string): string => party.split('/')[0] ?? party;
