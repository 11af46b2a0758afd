// SPDX-License-Identifier: Apache-2.0
/* What the report page shows, and how it can be used: by sight, keyboard and ear, on a phone and on paper, without a network. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { close_all, filled, open_all, open_report, template, TOP, violations } from './browser';
import './other_pages_test';
import './schema_test';
import type { Load } from '../../../drills/report/page/src/report';
import { sample } from './sample';

const SMALL = readFileSync(join(TOP, 'tests/data/report/long-weekend.json'), 'utf8');
const small = filled(SMALL);
const report = sample(60, false);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const PHONE = { viewport: { width: 360, height: 740 } };

after(close_all);

test('the sample that is committed is the one that is made', () => {
    assert.equal(SMALL, `${JSON.stringify(report)}\n`);
});

test('the template is one file with one mark and no address in it', () => {
    assert.equal(template.split('@REPORT_JSON@').length, 2);
    const addresses = /\b(?:src|href)="?https?:|url\((?!#)|@import|\bfetch\(|XMLHttpRequest|sourceMappingURL/;
    assert.deepEqual(template.match(addresses), null);
    assert.match(template, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'/);
    assert.ok(small.length < 2_000_000, `${small.length} bytes`);
});

test('headline, answers, numbers and every section are shown, without a complaint or a request', async () => {
    const { page, complaints } = await open_report(small);
    assert.equal(await page.title(), 'The long weekend · EXERCISE');
    const text = await page.locator('main').innerText();
    for (const sentence of report.headline) assert.ok(text.includes(sentence), sentence);
    for (const a of report.answers) assert.ok(text.includes(a.question) && text.includes(a.answer), a.answer);
    assert.match(await page.locator('.banner').innerText(), /EXERCISE/);
    const ids = await page.locator('main > section').evaluateAll((all) => all.map((s) => s.id));
    const wanted = [
        'summary',
        'expectations',
        'turnaround',
        'bottlenecks',
        'lapses',
        'map',
        'cases',
        'replay',
        'heat',
        'people',
        'happened',
        'improvements',
        'appendix',
    ];
    assert.deepEqual(ids, wanted);
    for (const id of wanted) assert.equal(await page.locator(`nav a[href="#${id}"]`).count(), 1, id);
    const met = report.expectations.filter((e) => e.result === 'met').length;
    assert.match(
        (await page.locator('.numbers li.met').innerText()).replace(/\s+/g, ' '),
        new RegExp(`^${met} . ?met of ${report.expectations.length}`),
    );
    for (const words of [report.scenario_hash, report.transcript_hash, report.build, report.command])
        assert.ok(text.includes(words), words);
    await page.waitForTimeout(50);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('sides: who gave a record and who did not, and in what two of them differ; moments as everywhere', async () => {
    const side = { skipped: 0, trouble: '', cases: 2, letters: 5 };
    const about = { case: null, letter: null, side: null, seq: null };
    const html = filled(
        JSON.stringify({
            ...report,
            way: 'live',
            sides: [
                { ...side, party: 'PH/poc', given: true, hash: 'ab'.repeat(32), ended: Date.UTC(2026, 0, 5, 12, 30), skipped: 1, trouble: 'cut' },
                { ...side, party: 'BD/poc', given: false, hash: null, ended: null, cases: 0, letters: 0 },
            ],
            disputes: [
                { ...about, what: 'STOP', first: 'PH/poc', first_says: '2026-01-05T12:00:59.222Z', second: 'BD/poc', second_says: '' },
                {
                    ...{ case: 0, letter: 'REQUEST', side: 'Q', seq: 1 },
                    ...{ what: 'kind', first: 'PH/poc', first_says: 'HOLD', second: 'BD/poc', second_says: 'MLA' },
                },
            ],
        }),
    );
    for (const options of [{}, PHONE]) {
        const { page, complaints } = await open_report(html, options);
        const sides = page.locator('#sides');
        assert.match(await sides.locator('p').first().innerText(), /^No record came from BD\/poc\./);
        const rows = await sides
            .locator('tbody tr')
            .evaluateAll((all) =>
                all.map((row) => [...row.children].map((cell) => cell.textContent?.replace(/\s+/g, ' ')).join(' ').trim()),
            );
        assert.equal(rows.length, 4);
        assert.match(rows[0] ?? '', /^PH\/poc .*2026-01-05 12:30 .*2 .*5 .*1: cut .*(ab){32}$/);
        assert.match(rows[1] ?? '', /^BD\/poc .*gave no record$/);
        assert.match(rows[2] ?? '', /^the exercise .*STOP .*PH\/poc: 2026-01-05 12:00:59 UTC .*BD\/poc: does not have it$/);
        assert.match(rows[3] ?? '', /REQUEST \(Q 1\) .*PH\/poc: HOLD .*BD\/poc: MLA$/);
        assert.equal(
            await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
            0,
        );
        assert.deepEqual(await violations(page), []);
        assert.deepEqual(complaints, []);
        await page.close();
    }
});

test('lapses beyond fifty come fifty at a time, and the page says how many there are', async () => {
    const one = report.lapses[0];
    assert.ok(one);
    const html = filled(JSON.stringify({ ...report, lapses: Array.from({ length: 120 }, (_, i) => ({ ...one, item: i + 1 })) }));
    const { page, complaints } = await open_report(html);
    const section = page.locator('#lapses');
    const more = section.getByRole('button', { name: 'Show more' });
    assert.equal(await section.locator('tbody tr').count(), 50);
    assert.equal(await section.getByRole('status').innerText(), 'The first 50 of 120; all of them stand in report.json.');
    await more.focus();
    await page.keyboard.press('Enter');
    assert.equal(await section.locator('tbody tr').count(), 100);
    await page.keyboard.press('Enter');
    assert.equal(await section.locator('tbody tr').count(), 120);
    assert.equal(await section.getByRole('status').innerText(), 'The first 120 of 120; all of them stand in report.json.');
    assert.ok(await more.isHidden());
    assert.match(await section.locator('tbody tr').last().innerText(), /item 120/);
    assert.deepEqual(await violations(page), []);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('a text of a scenario is text: it opens no element and ends none', async () => {
    const { page } = await open_report(small);
    assert.ok(await page.getByText('gone </script><!-- & </b>').isVisible());
    assert.equal(await page.locator('dd b').count(), 0);
    await page.close();
});

test('a page without a report, or with one of another format, says so', async () => {
    for (const html of [template, filled('{"format":"comity-drill-report-9"}')]) {
        const { page } = await open_report(html);
        assert.match(await page.locator('h1').innerText(), /cannot be shown/);
        await page.close();
    }
});

test('a report with nothing but its head opens', async () => {
    const { format, title, way, clock, scenario_hash, transcript_hash, seed, build, command } = report;
    const { page, complaints } = await open_report(
        filled(
            JSON.stringify({ format, title, way, clock, scenario_hash, transcript_hash, seed, build, command, summary: '' }),
        ),
    );
    assert.ok((await page.locator('main > section').count()) > 8);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('percentiles the curve does not reach have > before the last observed, and fewer than five are dots', async () => {
    const { page } = await open_report(small);
    const m5 = page.locator('article[aria-labelledby="measure-M5-safe"]');
    const rows = report.measures.find((m) => m.id === 'M5')?.rows.filter((r) => r.state === null && r.hours === 'all') ?? [];
    assert.ok(rows.some((r) => r.beyond && r.p99 === null));
    assert.match((await m5.locator('table').first().innerText()).replaceAll('\u00a0', ' '), /> \d+ (h|d)/);

    const few = structuredClone(report);
    for (const m of few.measures)
        for (const r of m.rows)
            if (r.class === 'E')
                Object.assign(r, { n: 3, done: 3, p50: null, p90: null, p99: null, values: [60_000, 600_000, 7_200_000] });
    const other = (await open_report(filled(JSON.stringify(few)))).page;
    const m1 = other.locator('article[aria-labelledby="measure-M1-acknowledge"]');
    assert.equal(await m1.locator('circle.dot').count(), 3);
    assert.equal(await m1.locator('.curve.E').count(), 0);
    assert.match((await m1.locator('table').first().innerText()).replaceAll('\u00a0', ' '), /each: 1 min, 10 min, 2 h/);
    await page.close();
    await other.close();
});

test('of fewer than five there is no percentage, and what is of no case is of no class', async () => {
    const few = structuredClone(report);
    const m6 = few.measures.find((m) => m.kind === 'share');
    const m1 = few.measures.find((m) => m.id === 'M1');
    assert.ok(m6?.rows[0] && m1);
    Object.assign(m6.rows[0], { mature: 2, on_time: 1 });
    const rows = m1.rows.filter((r) => r.class === 'U' && r.state === null).map((r) => ({ ...r, class: null }));
    const curve = m1.curve.filter((c) => c.class === 'U').map((c) => ({ ...c, class: null }));
    few.measures.push({ ...m1, id: 'D5', word: 'on-duty', rows, curve });
    few.measures.push({ ...m1, id: 'D1', word: 'inject-released', rows: [], curve: [{ class: null, state: null, points: [[0, 1000]] }] });
    const { page, complaints } = await open_report(filled(JSON.stringify(few)));
    const shares = (await page.locator('#turnaround table').last().innerText()).replaceAll('\u00a0', ' ');
    assert.match(shares, /Urgent\s+1 of 2/);
    assert.doesNotMatch(shares, /50 %/);
    const duty = page.locator('article[aria-labelledby="measure-D5-on-duty"]');
    assert.doesNotMatch(await duty.innerText(), /Routine|Urgent|null/);
    assert.equal(await duty.locator('.curve').count(), 1);
    // All at once, and at once: nothing to draw.
    assert.equal(await page.locator('article[aria-labelledby="measure-D1-inject-released"] svg').count(), 0);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('few cases make no tall page: the list is as long as they are, a week without five in an hour is a sentence', async () => {
    const few = structuredClone(report);
    few.cases.rows.length = 3;
    for (const heat of few.heat) heat.cells = heat.cells.map(([n]) => [Math.min(n, 4), null]);
    const { page } = await open_report(filled(JSON.stringify(few)));
    const height = await page.locator('.cases').evaluate((e) => e.clientHeight);
    assert.ok(height > 100 && height < 240, String(height));
    assert.match(await page.locator('#heat').innerText(), /too few to say anything/);
    assert.equal(await page.locator('#heat table').count(), 0);
    await page.close();
});

test('where one part of the time leaves the others no room, they are drawn once more, larger', async () => {
    const much = structuredClone(report);
    for (const b of much.buckets) b.ms = b.ms.map((ms, i) => (i === 10 ? 1e12 : ms));
    const { page } = await open_report(filled(JSON.stringify(much)));
    const bars = page.locator('#bottlenecks .stack').first();
    const names = await bars.locator('.name').allTextContents();
    assert.equal(names.length, 2 * much.buckets.filter((b) => b.state === null).length);
    assert.match(names[1] ?? '', /the other [\d.]+\s% of it, drawn larger/);
    await page.close();
});

test('no table is wider than the page, from a phone to a desk', async () => {
    for (const width of [360, 600, 768, 1024, 1280]) {
        const { page } = await open_report(small, { viewport: { width, height: 900 } });
        await open_all(page);
        const wider = await page.evaluate(() => {
            const right = document.querySelector('main')?.getBoundingClientRect().right ?? 0;
            return [...document.querySelectorAll('main table, main svg, main .controls')]
                .filter((e) => !e.closest('.scrolls') && e.getBoundingClientRect().right > right + 1)
                .map((e) => `${e.closest('section')?.id} ${e.textContent?.slice(0, 40)}`);
        });
        assert.deepEqual(wider, [], `${width}`);
        await page.close();
    }
});

test('the parts of the time sum up to 100 %', async () => {
    const { page } = await open_report(small);
    const rows = await page
        .locator('#bottlenecks .scrolls')
        .first()
        .locator('tbody tr')
        .evaluateAll((all) =>
            all.map((tr) => [...tr.querySelectorAll('td')].map((td) => Number.parseFloat(td.textContent ?? '') || 0)),
        );
    const sums = rows.pop() ?? [];
    assert.equal(sums.length, 3);
    sums.forEach((sum, i) => {
        assert.equal(sum, 100);
        assert.equal(Math.round(rows.reduce((a, row) => a + (row[i] ?? 0) * 10, 0)), 1000);
    });
    await page.close();
});

test('real States stand on the map, fictional ones on a ring, both with their flows', async () => {
    const { page } = await open_report(small);
    await page.locator('#map').scrollIntoViewIfNeeded();
    assert.deepEqual(await page.locator('#map .places .code').allTextContents(), ['BD', 'US', 'PH', 'LK']);
    assert.ok((await page.locator('#map .land path').count()) > 100);
    const ways = new Set(report.flows.map((f) => `${f.from} ${f.to}`)).size;
    assert.equal(await page.locator('#map .flow').count(), ways);
    await page.close();
    const ring = (await open_report(filled(JSON.stringify(sample(40, true))))).page;
    assert.equal(await ring.locator('#map .places circle, #map .places rect').count(), 6);
    assert.equal(await ring.locator('#map .land').count(), 0);
    await ring.close();
});

test('cases are found by words and opened by keyboard alone', async () => {
    const { page } = await open_report(small);
    const list = page.locator('.cases');
    await page.locator('#cases input[type=search]').fill('lk/poc refused');
    const found = report.cases.rows.filter((r) => String(r).includes('LK/poc') && r.includes('REFUSED'));
    assert.ok(found.length > 0);
    assert.match(await page.locator('#cases [role=status]').innerText(), new RegExp(`^${found.length} of 60`));
    await page.locator('#cases input[type=search]').fill('');

    await list.focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('ArrowDown');
    const active = await list.getAttribute('aria-activedescendant');
    assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
    assert.equal(await page.locator(`#${active}`).getAttribute('aria-rowindex'), '4');
    await page.keyboard.press('Enter');
    const heading = page.locator('.detail h3');
    assert.match(await heading.innerText(), /^Case BD-NCC-2016-\d{4}$/);
    assert.ok(await heading.evaluate((e) => e === document.activeElement));
    const detail = await page.locator('.detail').innerText();
    for (const word of ['delivered', 'acknowledged by a person', 'data held', 'Sealed', 'Accepted', 'Opened'])
        assert.ok(detail.includes(word), word);
    await page.locator('.detail button').press('Enter');
    assert.equal(await page.locator('.detail').count(), 0);
    assert.ok(await list.evaluate((e) => e === document.activeElement));
    await page.close();
});

test('every control is reached by Tab, and the first Tab leads past the contents', async () => {
    const { page } = await open_report(small);
    await page.keyboard.press('Tab');
    assert.equal(await page.locator(':focus').getAttribute('href'), '#summary');
    const seen = new Set<string>();
    for (let i = 0; i < 140; i += 1) {
        await page.keyboard.press('Tab');
        const where = await page.evaluate(() => document.activeElement?.closest('section')?.id ?? '');
        seen.add(`${where}`);
        if (i > 20 && where === '') break;
    }
    for (const id of [
        'summary',
        'expectations',
        'turnaround',
        'cases',
        'replay',
        'heat',
        'people',
        'improvements',
        'appendix',
    ])
        assert.ok(seen.has(id), id);
    await page.close();
});

/** Opens it so many times: what else a busy machine does is none of the page's, so the best is what the page needs. */
async function best_of(times: number, html: string): Promise<{ whole_ms: number; work: number; ours: number; said: string }> {
    const [whole, work, ours, said]: [number[], number[], number[], string[]] = [[], [], [], []];
    for (let i = 0; i < times; i += 1) {
        const { page, took_ms, work_s, complaints } = await open_report(html);
        assert.deepEqual(complaints, []);
        whole.push(took_ms.whole);
        work.push(work_s.all);
        ours.push(work_s.script + work_s.layout);
        said.push(
            `${Math.round(took_ms.load)} ms to the load, ${Math.round(took_ms.seen)} to the first picture, ` +
                `${Math.round(took_ms.whole)} to the whole; of the processor ${work_s.all.toFixed(3)} s, ` +
                `script ${work_s.script.toFixed(3)}, layout ${work_s.layout.toFixed(3)}`,
        );
        await page.close();
    }
    return { whole_ms: Math.min(...whole), work: Math.min(...work), ours: Math.min(...ours), said: said.join('\n') };
}

test('ten thousand cases take less than a second to the first whole picture', async (context) => {
    const best = await best_of(5, filled(JSON.stringify(sample(10_000, true))));
    for (const run of best.said.split('\n')) context.diagnostic(run);
    assert.ok(best.work < 1, best.said);
    assert.ok(best.ours < 0.75, best.said); // 0.26 measured: three times that is a page that got slow, not a machine that is
    assert.ok(best.whole_ms < 5_000, best.said); // by the clock there is room for what else the machine does, and none for a wait
});

test('what lies far below is drawn when it is jumped to, and what is folded made when it is opened', async () => {
    const { page } = await open_report(small, {}, true);
    assert.equal(await page.locator('#people table').count(), 0);
    await page.locator('nav a[href="#people"]').click();
    await page.locator('#people svg').first().waitFor();
    assert.equal(await page.locator('section.later').count(), 0);
    const top = (): Promise<number> => page.locator('#people h2').evaluate((h2) => h2.getBoundingClientRect().top);
    for (let i = 0; i < 50 && !((await top()) >= 0 && (await top()) < 200); i += 1) await page.waitForTimeout(100); // it scrolls smoothly
    assert.ok((await top()) >= 0 && (await top()) < 200, `${await top()}`);
    await page.locator('#people summary').click();
    await page.locator('#people table').first().waitFor();
    const of_one = page.locator('#people select');
    await of_one.selectOption({ index: 1 });
    assert.match(await page.locator('#people table').first().innerText(), new RegExp(await of_one.inputValue()));
    await page.close();
});

test('what waits is drawn in steps, and hatched is all of the time that nobody is on duty, worked or not', async () => {
    const start = Date.UTC(2016, 1, 4);
    const hour = (from: number, hours: number, staffed: number, queue: number): Load['hours'][number] => ({
        at: start + from * HOUR,
        span: hours * HOUR,
        staffed,
        busy_ms: staffed * 30 * MINUTE,
        queue,
    });
    const people: Load[] = [
        { party: 'XB/poc', day: '2016-02-04', hours: [hour(0, 9, 0, 1), hour(9, 8, 1, 2), hour(17, 7, 0, 5)] },
        { party: 'XB/poc', day: '2016-02-05', hours: [hour(24, 9, 0, 5), hour(33, 1, 1, 0), hour(34, 14, 0, 0)] }, // what comes after it is not drawn
    ];
    const { page } = await open_report(filled(JSON.stringify({ ...report, people })));
    await page.locator('#people svg').first().waitFor();
    const path = (await page.locator('#people path.waiting').getAttribute('d')) ?? '';
    assert.match(path, /^M[\d.]+,[\d.]+(?:H[\d.]+|V[\d.]+)+$/); // no slope
    assert.equal(path.split('H').length - 1, 5);
    const wide = await page
        .locator('#people svg')
        .first()
        .evaluate((svg) => {
            const sum = (what: string): number =>
                [...svg.querySelectorAll<SVGGraphicsElement>(what)].reduce((a, one) => a + one.getBBox().width, 0);
            const floor = svg.querySelector('.floor');
            const all = Number(floor?.getAttribute('x2')) - Number(floor?.getAttribute('x1'));
            return { hatched: sum('.closed') / all, busy: sum('.busy') / all };
        });
    assert.ok(Math.abs(wide.hatched - 25 / 34) < 0.03, `${wide.hatched}`);
    assert.ok(Math.abs(wide.busy - 9 / 34) < 0.01, `${wide.busy}`);
    await page.locator('#people summary').click();
    const row = page.locator('#people table tbody tr').first();
    assert.match((await row.innerText()).replace(/\s+/g, ' '), /4 h.* 50 % 5 2016-02-04 17:00/);
    await page.close();
});

test('ten thousand cases are walked to the last, with the rows in sight alone in the page', async () => {
    const { page } = await open_report(filled(JSON.stringify(sample(10_000, true))));
    assert.ok((await page.locator('.rows .case').count()) < 60);
    await page.locator('.cases').press('End');
    await page.locator('.rows .case[aria-rowindex="10001"]').waitFor();
    await page.close();
});

test('four times the cases cost no square of that', async () => {
    const work = async (cases: number): Promise<number> => (await best_of(3, filled(JSON.stringify(sample(cases, true))))).work;
    const [some, many] = [await work(5_000), await work(20_000)];
    assert.ok(many < 8 * some, `${some} s, ${many} s`); // four times is expected at most, of a square sixteen times
});

test('the replay plays, pauses, steps and seeks', async () => {
    const { page } = await open_report(small);
    const replay = page.locator('#replay');
    const clock = replay.locator('output');
    const at = async (): Promise<number> => Date.parse((await clock.innerText()).replace(/\sUTC/, 'Z').replace(/\s/, 'T'));
    await replay.scrollIntoViewIfNeeded();
    assert.equal(await at(), report.clock.start);
    await replay.getByRole('button', { name: 'Next event' }).click();
    assert.match(await replay.locator('.log li').first().innerText(), /request|inject/);
    const stepped = await at();
    assert.ok(stepped > report.clock.start);
    await replay.getByRole('button', { name: 'Play' }).click();
    await page.waitForFunction(
        (than) =>
            Date.parse(
                (document.querySelector('#replay output')?.textContent ?? '').replace(/\sUTC/, 'Z').replace(/\s/, 'T'),
            ) >
            than + 86_400_000,
        stepped,
    );
    await replay.getByRole('button', { name: 'Pause' }).click();
    const paused = await at();
    await page.waitForTimeout(150);
    assert.equal(await at(), paused);
    await replay.locator('input[type=range]').fill('1000');
    assert.equal(await at(), report.clock.end);
    await replay.getByRole('button', { name: 'To the start' }).click();
    await replay.locator('input[type=range]').fill('12');
    assert.match(
        await replay
            .locator('.map .below')
            .allTextContents()
            .then((all) => all.join(' ')),
        /\d+ open/,
    );
    await page.close();
});

test('the replay by keyboard and by ear: its time is the value of its slider, a step is read out and a run is not', async () => {
    const { page } = await open_report(small);
    const slider = page.locator('#replay input[type=range]');
    const log = page.locator('#replay .log');
    const said = async (): Promise<string> => (await slider.getAttribute('aria-valuetext')) ?? '';
    await page.locator('#replay .play').focus();
    assert.equal(await log.getAttribute('aria-live'), 'polite');
    await page.keyboard.press('Space');
    assert.equal(await log.getAttribute('aria-live'), 'off');
    assert.equal(await page.locator('#replay .play').innerText(), 'Pause');
    await page.keyboard.press('Space');
    assert.equal(await page.locator('#replay .play').innerText(), 'Play');
    assert.equal(await log.getAttribute('aria-live'), 'polite');
    await slider.focus();
    await page.keyboard.press('Home');
    const first = await said();
    assert.match(first.replaceAll('\u00a0', ' '), /^\d{4}-\d{2}-\d{2} \d{2}:\d{2} UTC$/);
    await page.keyboard.press('ArrowRight');
    assert.notEqual(await said(), first);
    const speed = page.locator('#replay select');
    const before = await speed.inputValue();
    await speed.focus();
    await page.keyboard.press('ArrowUp');
    assert.notEqual(await speed.inputValue(), before);
    await page.close();
});

test('a line of improvement is filled in, added and saved as CSV that is no formula', async () => {
    const { page, complaints } = await open_report(small);
    await page.locator('#improvements').getByLabel('Owner: Nobody on duty').fill('=Head of "desk"');
    await page.getByRole('button', { name: 'Add a line' }).click();
    await page.keyboard.type('A second look');
    const [download] = await Promise.all([
        page.waitForEvent('download'),
        page.getByRole('button', { name: 'Save the list' }).click(),
    ]);
    const csv = readFileSync(await download.path(), 'utf8');
    assert.match(csv, /^"Finding","What to do","Owner","Date"\r\n/);
    assert.ok(csv.includes(`"'=Head of ""desk"""`), csv);
    assert.ok(csv.includes('"A second look","","",""\r\n'), csv);
    assert.deepEqual(complaints, []);
    await page.close();
});

test('no barrier is found: light, dark, on a phone, and with everything open', async () => {
    for (const options of [{}, { colorScheme: 'dark' as const }, PHONE]) {
        const { page } = await open_report(small, options);
        await page.locator('.cases').press('Enter');
        if (options === PHONE)
            await open_all(page);
        assert.deepEqual(await violations(page), [], JSON.stringify(options));
        await page.close();
    }
});

test('a phone shows it without scrolling sideways', async () => {
    for (const html of [small, filled(JSON.stringify(sample(300, true)))]) {
        const { page } = await open_report(html, PHONE);
        await page.locator('.cases').press('Enter');
        await open_all(page);
        assert.equal(await page.evaluate(() => document.documentElement.scrollWidth), 360);
        // The axis over the ladders, which a year of cases fills: no text on another, none cut.
        const over = await page.evaluate(() => {
            const right = document.querySelector('.cases')?.getBoundingClientRect().right ?? 0;
            const texts = [...document.querySelectorAll('.cases .tick')].map((tick) => tick.getBoundingClientRect());
            return [texts.length > 1, texts.filter((box, i) => box.right > (texts[i + 1]?.left ?? right)).length];
        });
        assert.deepEqual(over, [true, 0]);
        await page.close();
    }
});

test('without colours nothing is lost: results are words, classes letters, parts textures and numbers', async () => {
    const { page } = await open_report(small, { forcedColors: 'active' });
    for (const text of await page.locator('#expectations .result').allTextContents())
        assert.match(text, /met|late|missed|not due yet|cut off/);
    const dashes = await page
        .locator('article[aria-labelledby="measure-M1-acknowledge"] .curve path')
        .evaluateAll((all) => all.map((p) => getComputedStyle(p).strokeDasharray));
    assert.equal(dashes.length, 3);
    assert.equal(new Set(dashes).size, dashes.length);
    const textures = await page
        .locator('#bottlenecks .stack')
        .first()
        .locator('.part')
        .evaluateAll((all) => all.map((p) => p.classList[2]));
    assert.ok(
        textures.every((texture, i) => texture !== textures[i + 1]),
        textures.join(' '),
    );
    await page.close();
});

test('paper: A4, with what is folded open, and folded again on the screen', async () => {
    const { page } = await open_report(small, {}, true); // before what lies below is laid out
    const pdf = (await page.pdf({ preferCSSPageSize: true, printBackground: true })).toString('latin1');
    assert.ok(pdf.length < 3_000_000, `${pdf.length} bytes`); // what is drawn goes to the printer as lines, not as images
    const boxes = [...pdf.matchAll(/\/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]/g)];
    assert.ok(boxes.length >= 8 && boxes.length <= 25, `${boxes.length} pages`);
    for (const [, width, height] of boxes)
        assert.deepEqual([Math.round(Number(width)), Math.round(Number(height))], [595, 842]);
    assert.equal(await page.locator('details[open]').count(), 0);
    assert.ok((await page.locator('#bottlenecks details .fitted svg').count()) > 0); // made and drawn for paper though nobody opened it
    await page.emulateMedia({ media: 'print' });
    assert.equal(await page.locator('#cases .paper tbody tr').count(), 40);
    assert.ok(await page.locator('#cases .paper').isVisible());
    assert.ok(!(await page.locator('#replay').isVisible()));
    const heads = await page.evaluate(
        () =>
            [...(document.styleSheets[0]?.cssRules ?? [])]
                .map((r) => r.cssText)
                .find((r) => r.startsWith('@page') && r.includes('top-left')) ?? '',
    );
    assert.match(heads, /EXERCISE/);
    await page.close();
});
