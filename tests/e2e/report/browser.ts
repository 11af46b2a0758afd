// SPDX-License-Identifier: Apache-2.0
/* A report in a page of headless Chromium, as a file from a stick: what it says on the console and asks of a network is kept. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { source as axe_source } from 'axe-core';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';

export const BIN = process.env['COMITY_BIN'] ?? 'build/debug/bin';
const CHROMIUM = process.env['COMITY_CHROMIUM'] ?? '/usr/bin/chromium';
export const TOP = process.env['COMITY_TOP'] ?? '.';
export const template = readFileSync(join(BIN, '../share/comity/report.html'), 'utf8');

/** As whoever writes a report does it. */
export const filled = (json: string): string => template.replace('@REPORT_JSON@', () => json.replaceAll('<', '\\u003c'));

export interface Opened {
    page: Page;
    /** Warnings, errors and requests: of a good page none. */
    complaints: string[];
    /** By the clock from opening: to the load event, to the first picture with something in it, and until all that is in sight is drawn. */
    took_ms: { load: number; seen: number; whole: number };
    /** Seconds of the page's processor until all of it is laid out, as far as that is waited for: of all, of its script, of laying it out. */
    work_s: { all: number; script: number; layout: number };
}

let browser: Browser | null = null;
const folder = mkdtempSync(join(tmpdir(), 'report-'));
let files = 0;

/** Opens a page of its own. What lies below is laid out when the page has time: that is waited for unless it is to be `as_opened`. */
export async function open_report(html: string, options: BrowserContextOptions = {}, as_opened = false): Promise<Opened> {
    if (!existsSync(CHROMIUM)) throw new Error(`no ${CHROMIUM}: make deps installs it, COMITY_CHROMIUM names another`);
    browser ??= await chromium.launch({ executablePath: CHROMIUM });
    files += 1;
    const file = join(folder, `${files}.html`);
    writeFileSync(file, html);
    const page = await browser.newPage({
        viewport: { width: 1280, height: 900 },
        locale: 'en-GB',
        timezoneId: 'UTC',
        ...options,
    });
    page.setDefaultTimeout(15_000);
    const complaints: string[] = [];
    page.on('console', (message) => {
        if (message.type() !== 'log') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
        if (request.url() !== `file://${file}` && !request.url().startsWith('blob:')) complaints.push(request.url());
    });
    const session = await page.context().newCDPSession(page);
    await session.send('Performance.enable', { timeDomain: 'threadTicks' });
    await page.goto(`file://${file}`);
    // Pictures are drawn when their boxes have a width, after loading: two frames later all of it is there.
    const whole = await page.evaluate(
        () =>
            new Promise<number>((done) =>
                requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(performance.now())))),
            ),
    );
    const first = await page.evaluate(
        () =>
            new Promise<{ load: number; seen: number }>((done) => {
                const [opened] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
                new PerformanceObserver((list) => {
                    const [seen] = list.getEntriesByName('first-contentful-paint');
                    if (seen) done({ load: opened?.loadEventEnd ?? NaN, seen: seen.startTime });
                }).observe({ type: 'paint', buffered: true });
            }),
    );
    if (!as_opened) await page.locator('section.later').last().waitFor({ state: 'detached' });
    const { metrics } = await session.send('Performance.getMetrics');
    const seconds = (name: string): number => metrics.find((m) => m.name === name)?.value ?? NaN;
    const work_s = {
        all: seconds('TaskDuration'),
        script: seconds('ScriptDuration'),
        layout: seconds('LayoutDuration') + seconds('RecalcStyleDuration'),
    };
    return { page, complaints, took_ms: { ...first, whole }, work_s };
}

export async function close_all(): Promise<void> {
    await browser?.close();
    rmSync(folder, { recursive: true, force: true });
}

/** Opens all that is folded, and waits until it is made. */
export async function open_all(page: Page): Promise<void> {
    await page.evaluate(() => document.querySelectorAll('details').forEach((d) => (d.open = true)));
    await page.locator('details:not(:has(> :not(summary)))').last().waitFor({ state: 'detached' });
}

/** Violations of WCAG 2.2 A and AA, and of good practice, each with where. */
export async function violations(page: Page): Promise<string[]> {
    await page.evaluate(axe_source); // as a debugger would: the page's own policy lets no script in
    return page.evaluate(async () => {
        const axe = (
            window as unknown as { axe: { run: () => Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> } }
        ).axe;
        const { violations: found } = await axe.run();
        return found.map(
            (v) =>
                `${v.id}: ${v.nodes
                    .slice(0, 3)
                    .map((n) => n.html.slice(0, 160))
                    .join(' | ')}`,
        );
    });
}
