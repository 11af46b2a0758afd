// SPDX-License-Identifier: Apache-2.0
/* The same page with a sweep in it, or two reports compared. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Compared, Row } from '../../../drills/report/page/src/compare_page';
import type { Cell, Sweep, SweepColumn } from '../../../drills/report/page/src/sweep';
import { filled, open_report, violations } from './browser';

const HOUR = 3_600_000;
const PHONE = { viewport: { width: 360, height: 740 } };

const cell = (value: number | null, low: number | null, high: number | null): Cell => ({
    n: 50,
    value,
    ...(value === null ? { beyond: 200 * HOUR } : {}),
    sure: true,
    low,
    high,
});
const column = (measure: string, what: string, kind: SweepColumn['kind'], cells: (Cell | null)[]): SweepColumn => ({
    measure,
    word: measure === 'expect' ? 'quick' : 'word',
    class: measure.startsWith('M') ? 'U' : null,
    state: measure === 'M5' ? 'XB' : null,
    what,
    kind,
    differs: measure !== 'M4',
    cells,
});

/* Of two desks and two staffings: numbers of each kind, one beyond what was observed, one that was not measured. */
const sweep: Sweep = {
    format: 'comity-drill-sweep-1',
    title: 'Busy </script><b>x</b>',
    summary: 'Six questions at once',
    classification: 'TLP:CLEAR',
    texts: { answer: { word: 'When was the last one answered?' }, expect: { quick: null } },
    build: '0.1.0 (abc)',
    command: "comity drill sweep busy.yaml --set 'people=1,2' --set 'desk=office,mailbox' --runs 50 --seed 3",
    seed: 3,
    runs: 50,
    done: 150,
    of: 200,
    names: [
        { name: 'people', values: ['1', '2'] },
        { name: 'desk', values: ['office', 'mailbox'] },
        { name: 'note', values: ['x'] },
    ],
    points: [0, 1, 2, 3].map((i) => ({ at: [i >> 1, i & 1, 0], scenario_hash: `${i}`.repeat(64), runs: i === 3 ? 0 : 50 })),
    columns: [
        column('expect', 'met', 'chance', [cell(400, 270, 540), cell(0, 0, 71), cell(1000, 928, 1000), null]),
        column('answer', 'span', 'span', [cell(4 * HOUR, 3 * HOUR, 5 * HOUR), cell(null, 90 * HOUR, null), null, null]),
        column('M4', 'on time', 'share', [cell(500, 400, 600), cell(500, 400, 600), cell(510, 400, 600), null]),
        column('M5', 'p50', 'span', [cell(4 * HOUR, 3 * HOUR, null), cell(90 * HOUR, 80 * HOUR, 99 * HOUR), null, null]),
        column('M7', 'count', 'mean', [cell(2350, 2100, 2600), cell(0, 0, 71), { n: 3, value: 1000, sure: false }, null]),
    ],
};

const side = (title: string): Compared['a'] => ({
    title,
    way: 'world',
    scenario_hash: 'a'.repeat(64),
    transcript_hash: 'b'.repeat(64),
    build: '0.1.0 (abc)',
    command: 'comity drill run busy.yaml --seed 3',
});
const row = (measure: string, word: string, what: string, of: Partial<Row>): Row => ({
    measure,
    word,
    what,
    class: null,
    state: null,
    unit: 'ms',
    a: null,
    b: null,
    a_of: null,
    b_of: null,
    a_beyond: false,
    b_beyond: false,
    few: false,
    result: 'unknown',
    ...of,
});
const compared: Compared = {
    format: 'comity-drill-compare-1',
    same_scenario: false,
    same_transcript: false,
    a: side('Busy'),
    b: side('Busy'),
    rows: [
        row('M1', 'acknowledge', 'p50', { class: 'U', state: 'XB', a: HOUR, a_of: 12, b: 2 * HOUR, b_of: 11, result: 'worse' }),
        row('expect', 'answers', 'time to spare', { a: -HOUR, b: HOUR, result: 'better' }),
        row('M5', 'safe', 'p50', { class: 'U', b: HOUR, b_of: 7 }),
        row('M5', '<b>', 'worst', { class: 'U', a: HOUR, a_of: 3, b: 2 * HOUR, b_of: 3, b_beyond: true, few: true, result: 'worse' }),
        row('M6', 'saved-in-time', 'so', { unit: 'share', a: 1, a_of: 2, b: 2, b_of: 2, few: true, result: 'better' }),
        row('D5', 'alarms-idle', 'so', { unit: 'share', a: 10, a_of: 20, b: 12, b_of: 20, result: 'better' }),
        row('M7', 'lapse', 'count', { unit: 'count', a: 0, b: 0, result: 'same' }),
    ],
    better: 1,
    worse: 1,
    same: 1,
};

const sweep_page = filled(JSON.stringify(sweep));
const compare_page = filled(JSON.stringify(compared));

test('a sweep shows what differs, a dot and a line a point, in words too', async () => {
    const { page, complaints } = await open_report(sweep_page);
    assert.equal(await page.title(), 'Busy </script><b>x</b>: what if · EXERCISE');
    const numbers = page.locator('#numbers');
    assert.deepEqual(
        (await numbers.locator('h3').allTextContents()).map((t) => t.replace(/,.*/, '')),
        ['Expectation: quick', 'When was the last one answered?', 'M5 Data safe', 'M7 Hold kept until assistance came'],
    );
    const first = numbers.locator('article').first();
    assert.equal(await first.locator('svg .point').count(), 3);
    assert.match((await first.locator('svg').textContent()) ?? '', /people=1, desk=office/);
    assert.match((await first.locator('svg').textContent()) ?? '', /nothing measured/);
    assert.equal(await numbers.locator('article').nth(1).locator('svg .dot').count(), 1); // not reached
    assert.equal(await numbers.locator('article').nth(1).locator('svg .arrow').count(), 1); // and goes on
    await numbers.locator('summary').nth(1).click();
    const words = (await numbers.locator('article').nth(1).locator('table').innerText()).replaceAll('\u00a0', ' ');
    assert.match(words, /4 h \(3 h to 5 h\)/);
    assert.match(words, /> 8 d 08 h \(3 d 18 h to beyond\)/);
    assert.match(await page.locator('#summary').innerText(), /Not finished: 150 of 200 runs were played/);
    assert.match(await page.locator('#appendix').innerText(), /comity drill sweep busy\.yaml/);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('a sweep: any measure is chosen by keyboard', async () => {
    const { page } = await open_report(sweep_page);
    const numbers = page.locator('#numbers');
    await numbers.locator('select').focus();
    await page.keyboard.type('M4');
    assert.deepEqual(await numbers.locator('h3').allTextContents(), ['M4 Decided, Urgent']);
    assert.match(await numbers.locator('.note').first().innerText(), /the same, as far as these runs can tell/);
    await page.close();
});

test('a sweep in which nothing differs says so', async () => {
    const same = { ...sweep, columns: sweep.columns.map((c) => ({ ...c, differs: false })) };
    const { page } = await open_report(filled(JSON.stringify(same)));
    assert.match(await page.locator('#numbers').innerText(), /Nothing differs by more than chance/);
    await page.close();
});

test('two reports stand side by side, what is worse first', async () => {
    const { page, complaints } = await open_report(compare_page);
    const results = await page.locator('#numbers .result:visible').allInnerTexts();
    assert.deepEqual(results, [
        '▼ worse in B',
        '▼ worse in B',
        '▲ better in B',
        '▲ better in B',
        '▲ better in B',
        '? cannot be said',
    ]);
    const text = (await page.locator('#numbers').innerText()).replaceAll('\u00a0', ' ');
    assert.match(text, /M1 Acknowledged by a person: half by\s+Urgent\s+XB\s+1 h of 12\s+2 h of 11\s+\+1 h/);
    assert.match(text, /Expectation: answers, time to spare\s+–\s+all\s+−1 h\s+1 h\s+\+2 h/);
    assert.match(text, /> 2 h of 3\s+–\s+▼ worse in B few/); // nobody knows by how much
    assert.match(text, /Saved before the data died: so\s+–\s+all\s+1 of 2\s+2 of 2\s+–\s+▲ better in B few/); // no 50 points
    assert.match(text, /10 of 20\s+12 of 20\s+\+10\.0 points\s+▲ better in B\n/);
    await page.locator('#numbers select').selectOption('XB');
    assert.equal(await page.locator('#numbers .result:visible').count(), 1);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('what is no sweep and no comparison says so', async () => {
    for (const odd of [{ ...sweep, points: null }, { ...sweep, columns: [{ cells: [] }] }, { ...compared, rows: {} }]) {
        const { page } = await open_report(filled(JSON.stringify(odd)));
        assert.match(await page.locator('h1').innerText(), /cannot be shown/);
        await page.close();
    }
});

test('a sweep and a comparison: no barrier, no scrolling sideways on a phone, A4 on paper', async () => {
    for (const html of [sweep_page, compare_page]) {
        for (const options of [{}, { colorScheme: 'dark' as const }, PHONE]) {
            const { page } = await open_report(html, options);
            await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
            assert.deepEqual(await violations(page), [], JSON.stringify(options));
            if (options === PHONE)
                assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
            await page.close();
        }
        const { page } = await open_report(html);
        const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
        for (const [, width, height] of pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g))
            assert.deepEqual([Math.round(Number(width)), Math.round(Number(height))], [595, 842]);
        await page.close();
    }
});
