// SPDX-License-Identifier: Apache-2.0
/*
 * Makes the template of the report: node build.mjs OUT.html. One file with style, script and map in it, and one mark,
 * @REPORT_JSON@, that whoever writes a report replaces with report.json, each < in it written as \u003c: then no text of a
 * scenario can end the element or begin a comment. Style and script run by their hashes alone, so that nothing else does.
 *
 * node build.mjs --tests OUT.cjs SOURCE.ts: bundles a test for node; what it needs of node_modules stays there.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));

function hash(text) {
    return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

async function bundle(entry, options) {
    const result = await build({
        entryPoints: [entry],
        bundle: true,
        write: false,
        charset: 'utf8',
        legalComments: 'none',
        ...options,
    });
    return result.outputFiles[0].text.trim();
}

async function page(out) {
    const browsers = ['chrome109', 'firefox115', 'safari16'];
    const script = await bundle(join(here, 'src/main.ts'), {
        format: 'iife',
        minify: true,
        target: browsers,
        loader: { '.json': 'text' }, // the atlas: a text is read faster than a program
    });
    const style = await bundle(join(here, 'src/page.css'), { minify: true, target: browsers });
    if (/<\/script|<!--/i.test(script)) throw new Error('the script would end its own element');
    const parts = { SCRIPT_HASH: hash(script), STYLE_HASH: hash(style), STYLE: style, SCRIPT: script };
    const html = readFileSync(join(here, 'src/page.html'), 'utf8').replace(/@(\w+)@/g, (mark, name) => parts[name] ?? mark);
    if (html.split('@REPORT_JSON@').length !== 2) throw new Error('the mark must be there once');
    write(out, html);
}

function write(out, text) {
    mkdirSync(dirname(out), { recursive: true });
    writeFileSync(out, text);
}

const [first, ...rest] = process.argv.slice(2);
if (first === '--tests') {
    const [out, source] = rest;
    write(
        out,
        await bundle(source, {
            format: 'cjs',
            platform: 'node',
            target: 'node18',
            external: ['playwright-core', 'axe-core'],
        }),
    );
} else {
    await page(first);
}
