// SPDX-License-Identifier: Apache-2.0
/* Fills that differ by texture as well as by colour: lines of four directions, dots, and none, over six grounds. */
import { s } from './dom';

export const TEXTURES = 6;
const LINES = ['', 'M0,8L8,0M-2,2L2,-2M6,10L10,6', 'M0,0L8,8M-2,6L2,10M6,-2L10,2', 'M0,4H8', 'M4,0V8', 'dots'];

/** Class of the ground, and the texture over it, of the i-th part: neighbours differ in both. */
export const ground = (i: number): string => `ground${i % 6}`;

export function patterns(id: string, parts: number): SVGDefsElement {
    const defs = s('defs');
    for (let i = 0; i < parts; i += 1) {
        const line = LINES[(i + Math.floor(i / TEXTURES)) % TEXTURES] ?? '';
        defs.append(
            s(
                'pattern',
                { id: `${id}-${i}`, width: 8, height: 8, patternUnits: 'userSpaceOnUse', class: ground(i) },
                s('rect', { class: 'paint', width: 8, height: 8 }),
                line === 'dots' ? s('circle', { class: 'ink', cx: 4, cy: 4, r: 1.6 }) : line ? s('path', { class: 'line', d: line }) : '',
            ),
        );
    }
    return defs;
}
