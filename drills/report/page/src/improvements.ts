// SPDX-License-Identifier: Apache-2.0
/* The list that is worked on after the drill: findings of the report, and owner and date from people, on screen or on paper. */
import { h, section } from './dom';
import { measure_title } from './names';
import type { Drill } from './read';
import type { Improvement } from './report';
import { line, table } from './table';
import { texts } from './texts';

const t = texts.improvements;
const EMPTY_LINES = 6; // on paper
const LETTERS_A_LINE = 34;

/** For RFC 4180; a cell that a spreadsheet would take for a formula gets an apostrophe before it. */
function csv_cell(text: string): string {
    const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
}

function field(value: string, label: string, placeholder = ''): HTMLTextAreaElement {
    // The style sheet lets it grow with its text; rows are for browsers that cannot.
    const rows = Math.max(1, Math.ceil(value.length / LETTERS_A_LINE));
    return h('textarea', { class: 'fill', rows, 'aria-label': label, placeholder, autocomplete: 'off' }, value);
}

/** With what it was measured by, and whose it is. */
function finding_text(i: Improvement): string {
    const of = [i.measure === null ? null : measure_title({ id: i.measure, word: '' }), i.state].filter(Boolean).join(', ');
    return of ? `${i.finding} (${of})` : i.finding;
}

const COLUMNS = [t.finding, t.suggestion, t.owner, t.date].map((head) => ({ head }));

export function improvements(drill: Drill): HTMLElement {
    const fields: HTMLTextAreaElement[][] = [];
    const row = (finding: string, suggestion: string, owner = '', date = ''): HTMLTextAreaElement[] => {
        const name = finding || t.row(fields.length + 1);
        const cells = [
            field(finding, t.of(t.finding, name)),
            field(suggestion, t.of(t.suggestion, name)),
            field(owner, t.of(t.owner, name)),
            field(date, t.of(t.date, name), t.date_form),
        ];
        fields.push(cells);
        return cells;
    };
    const rows = drill.report.improvements.map((i) =>
        row(finding_text(i), i.suggestion, i.owner, i.date),
    );
    rows.push(row('', ''));
    const element = table({ caption: t.caption, lines: true, class: 'improvements', columns: COLUMNS, rows });
    const paper = h('tbody', { role: 'rowgroup', class: 'paper', 'aria-hidden': 'true' });
    for (let i = 1; i < EMPTY_LINES; i += 1) paper.append(h('tr', {}, h('td', { colspan: COLUMNS.length })));
    element.append(paper);
    const add = (): void => {
        const cells = row('', '');
        element.querySelector('tbody')?.append(line(COLUMNS, cells));
        cells[0]?.focus();
    };
    const save = (): void => {
        const lines = fields.map((cells) => cells.map((c) => c.value.trim())).filter((cells) => cells.some(Boolean));
        const text = [COLUMNS.map((c) => c.head), ...lines].map((cells) => cells.map(csv_cell).join(',')).join('\r\n');
        const link = h('a', {
            href: URL.createObjectURL(new Blob([`${text}\r\n`], { type: 'text/csv' })),
            download: t.saved,
        });
        link.click();
        setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
    };
    return section(
        'improvements',
        t.title,
        h('p', { class: 'screen' }, t.how),
        element,
        h(
            'div',
            { class: 'controls screen' },
            h('button', { type: 'button', onclick: add }, t.add),
            h('button', { type: 'button', onclick: save }, t.save),
        ),
    );
}
