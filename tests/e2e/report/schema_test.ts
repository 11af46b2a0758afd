// SPDX-License-Identifier: Apache-2.0
/*
 * What a drill really writes has the keys that the page is built for and the documents tell: report.json is put to the compiler as a
 * constant of the type Report, which lets no key be missing, no key be more, and no word be another; events.csv is read by RFC 4180.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, test } from 'node:test';
import type { Report, Rows } from '../../../drills/report/page/src/report';
import { BIN, TOP } from './browser';

const SCENARIOS = ['long-weekend', 'takedown-day', 'ping'];
const PAGE = resolve(TOP, 'drills/report/page');
const folder = mkdtempSync(join(tmpdir(), 'schema-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const played = new Map<string, string>();
/** The folder of its report. */
function play(scenario: string): string {
    const out = played.get(scenario) ?? join(folder, scenario);
    if (!played.has(scenario))
        execFileSync(join(BIN, 'comity'), ['drill', 'run', join(TOP, 'drills/scenarios', scenario), '--out', out]);
    played.set(scenario, out);
    return out;
}
const report_of = (scenario: string): Report => JSON.parse(readFileSync(join(play(scenario), 'report.json'), 'utf8')) as Report;

/** Rows as the objects that they are short for. */
const unpacked = ({ columns, rows }: Rows): unknown[] =>
    rows.map((row) => Object.fromEntries(columns.map((name, i) => [name, row[i]])));

/** What the compiler says of these reports. */
function complaints_about(reports: Report[]): string {
    const source = [`import type { Case, CaseEvent, Report } from ${JSON.stringify(join(PAGE, 'src/report'))};`];
    reports.forEach((report, i) => {
        const { cases, events, ...rest } = report;
        source.push(
            `export const cases${i}: Case[] = ${JSON.stringify(unpacked(cases))};`,
            `export const events${i}: CaseEvent[] = ${JSON.stringify(unpacked(events))};`,
            `export const report${i}: Omit<Report, 'cases' | 'events'> = ${JSON.stringify(rest)};`,
        );
    });
    const file = join(folder, 'reports.ts');
    writeFileSync(file, source.join('\n'));
    const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--target', 'es2022', '--moduleResolution', 'bundler'];
    const compiler = join(PAGE, 'node_modules/typescript/bin/tsc');
    const { stdout } = spawnSync('node', [compiler, ...flags, '--module', 'esnext', '--skipLibCheck', file], { encoding: 'utf8' });
    return stdout;
}

function fractions(value: unknown, path: string, found: string[]): string[] {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) found.push(path);
    if (value !== null && typeof value === 'object')
        for (const [key, one] of Object.entries(value)) fractions(one, `${path}.${key}`, found);
    return found;
}

test('the load of a desk is told from the beginning to the end, and closed hours in which something lay unread with it', () => {
    const { people, clock } = report_of('long-weekend');
    for (const party of new Set(people.map((l) => l.party))) {
        const hours = people.filter((l) => l.party === party).flatMap((l) => l.hours);
        let at = clock.start - (clock.start % 3_600_000);
        for (const o of hours) {
            assert.equal(o.at, at, party);
            at = o.at + o.span;
        }
        assert.ok(at >= clock.end, party);
    }
    assert.ok(people.some((l) => l.hours.some((o) => o.staffed === 0 && o.busy_ms === 0 && o.queue > 0)));
});

test('report.json of a drill has the keys and words that the page is checked against, no more and no less', () => {
    const reports = SCENARIOS.map(report_of);
    assert.equal(complaints_about(reports), '');
    const [first] = reports;
    assert.ok(first && first.measures.some((m) => m.id === 'D5' && m.rows.every((r) => r.class === null) && m.kind === 'span'));
    // And the compiler does look: a key more, a key less, another word.
    assert.match(complaints_about([{ ...first, more: 1 } as Report]), /'"more"' does not exist/);
    const { seed, ...less } = first;
    assert.ok(seed);
    assert.match(complaints_about([less as Report]), /'seed' is missing/);
    assert.match(complaints_about([{ ...first, way: 'word' as 'world' }]), /'"word"' is not assignable/);
});

test('every number of a report is whole, places on the map aside, and every key is in its document', () => {
    const document = readFileSync(join(TOP, 'docs/drills/report.md'), 'utf8');
    for (const report of SCENARIOS.map(report_of)) {
        const odd = fractions(report, '', []).filter((path) => !/^\.states\.\d+\.(lat|lon)$/.test(path));
        assert.deepEqual(odd, []);
        const keys = [...Object.keys(report), ...report.cases.columns, ...report.events.columns];
        for (const key of keys) assert.ok(document.includes(`\`${key}\``), key);
    }
});

/** RFC 4180, with CRLF; throws where it is none. */
function read_csv(text: string): string[][] {
    const rows: string[][] = [];
    let row: string[] = [];
    const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
    while (cell.lastIndex < text.length) {
        const at = cell.lastIndex;
        const found = cell.exec(text);
        if (!found) throw new Error(`no cell at ${at}: ${text.slice(at, at + 40)}`);
        row.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '');
        if (found[3] === ',') continue;
        rows.push(row);
        row = [];
    }
    return rows;
}

test('events.csv has the columns of its document, times that say the same twice, and no cell that is a formula', () => {
    const document = readFileSync(join(TOP, 'docs/drills/report.md'), 'utf8');
    const columns: string[] = /^events\.csv[^\n]*columns: ((?:`\w+` ?)+)/m.exec(document)?.[1]?.match(/\w+/g) ?? [];
    for (const scenario of SCENARIOS) {
        const [head, ...rows] = read_csv(readFileSync(join(play(scenario), 'events.csv'), 'utf8'));
        assert.deepEqual(head, columns);
        assert.ok(rows.length > 20);
        let last = 0;
        for (const row of rows) {
            assert.equal(row.length, columns.length, row.join());
            assert.ok(!row.some((cell) => /^[=+\-@\t\r]/.test(cell)), row.join());
            const ms = Number(row[columns.indexOf('at_ms')]);
            assert.equal(Date.parse(row[columns.indexOf('at')] ?? ''), ms);
            assert.ok(ms >= last); // in order of time
            last = ms;
            assert.match(row[columns.indexOf('class')] ?? '', /^[EUR]?$/);
        }
    }
});
