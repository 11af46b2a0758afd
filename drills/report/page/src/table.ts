// SPDX-License-Identifier: Apache-2.0
/*
 * Tables. `lines` turns each row into a block of "head: value" on a narrow screen, for tables of sentences; the others keep their
 * columns and scroll in a box of their own. Roles are written out because a table laid out as blocks loses those it has by nature.
 */
import { type Child, h } from './dom';
import { instant, to_the_second } from './format';
import type { Ms } from './report';

export interface Column {
    head: string;
    /** Numbers stand to the right. */
    num?: boolean;
}

export interface TableOptions {
    caption: string;
    columns: Column[];
    rows: Child[][];
    lines?: boolean;
    /** The caption is said by the heading above: for those who listen only. */
    quiet?: boolean;
    class?: string;
}

export function table(o: TableOptions): HTMLElement {
    const head = h('tr', { role: 'row' });
    for (const c of o.columns)
        head.append(h('th', { scope: 'col', role: 'columnheader', class: c.num ? 'num' : null }, c.head));
    const body = h('tbody', { role: 'rowgroup' });
    for (const row of o.rows) body.append(line(o.columns, row));
    const element = h(
        'table',
        { role: 'table', class: `${o.lines ? 'lines' : ''} ${o.class ?? ''}` },
        h('caption', { class: o.quiet ? 'heard' : null }, o.caption),
        h('thead', { role: 'rowgroup' }, head),
        body,
    );
    if (o.lines) return element;
    return h('div', { class: 'scrolls', tabindex: 0, role: 'region', 'aria-label': o.caption }, element);
}

/** What is not broken at a hyphen: references, times. */
export const whole = (text: string): HTMLElement => h('span', { class: 'whole' }, text);

/** A time in a column whose head says UTC. */
export const when = (ms: Ms | null): HTMLElement => whole(instant(ms, false));

/** What somebody says, which may be a moment: that as all moments are shown, to the second. */
export const told = (text: string): string =>
    /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(text) ? `${to_the_second(Date.parse(text))} UTC` : text;

/** A cell that stands below several heads. */
export const wide = (columns: number, content: Child): HTMLTableCellElement =>
    h('td', { role: 'cell', class: 'wide', colspan: columns, 'aria-colspan': columns }, content);

/** One row: its first cell is its head. */
export function line(columns: Column[], row: Child[]): HTMLTableRowElement {
    const tr = h('tr', { role: 'row' });
    let at = 0; // column
    for (const [i, cell] of row.entries()) {
        const column = columns[at] ?? { head: '' };
        const what = { class: column.num ? 'num' : null, 'data-head': column.head };
        if (cell instanceof HTMLTableCellElement) tr.append(cell);
        else if (i === 0) tr.append(h('th', { scope: 'row', role: 'rowheader', ...what }, cell));
        else tr.append(h('td', { role: 'cell', ...what }, cell));
        at += cell instanceof HTMLTableCellElement ? cell.colSpan : 1;
    }
    return tr;
}
