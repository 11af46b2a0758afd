// SPDX-License-Identifier: Apache-2.0
/*
 * Rectangles that differ by texture as well as by colour: lines of four directions, dots, and none, over six grounds. Drawn line by
 * line: a printer's driver makes an image of each fill by pattern, and a report of one page becomes one of thirty megabytes.
 */
import { s } from './dom';

type Texture = 'plain' | 'rising' | 'falling' | 'across' | 'upright' | 'dots';
const TEXTURES: readonly Texture[] = ['plain', 'rising', 'falling', 'across', 'upright', 'dots'];
const GAP = 7;

/** Lines of the texture within the rectangle, as a path. */
function lines(texture: Texture, x: number, y: number, w: number, h: number): string {
    const parts: string[] = [];
    const draw = (x1: number, y1: number, x2: number, y2: number): void => {
        parts.push(`M${(x + x1).toFixed(1)},${(y + y1).toFixed(1)}L${(x + x2).toFixed(1)},${(y + y2).toFixed(1)}`);
    };
    if (texture === 'rising' || texture === 'falling') {
        for (let c = GAP / 2; c < w + h; c += GAP) {
            // x1 + y1 = c within the rectangle; falling: the same, mirrored.
            const [x1, y1, x2, y2] = [Math.max(0, c - h), Math.min(c, h), Math.min(c, w), Math.max(0, c - w)];
            if (texture === 'rising') draw(x1, y1, x2, y2);
            else draw(w - x1, y1, w - x2, y2);
        }
    }
    if (texture === 'across') for (let c = GAP / 2; c < h; c += GAP) draw(0, c, w, c);
    if (texture === 'upright') for (let c = GAP / 2; c < w; c += GAP) draw(c, 0, c, h);
    if (texture === 'dots')
        for (let cx = GAP / 2; cx < w; cx += GAP) for (let cy = GAP / 2; cy < h; cy += GAP) draw(cx, cy, cx, cy);
    return parts.join('');
}

/** The i-th part: neighbours differ in ground and in texture, and so do parts that share one of the two. */
export function part(i: number, x: number, y: number, w: number, h: number): SVGGElement {
    const texture = TEXTURES[(i + Math.floor(i / TEXTURES.length)) % TEXTURES.length] ?? 'plain';
    const d = lines(texture, x, y, w, h);
    return s(
        'g',
        { class: `part ground${i % 6} ${texture}` },
        s('rect', { x, y, width: w, height: h }),
        d !== '' && s('path', { d }),
    );
}

/** Time in which nobody was on duty. */
export const hatched = (x: number, y: number, w: number, h: number): SVGPathElement =>
    s('path', { class: 'closed', d: lines('rising', x, y, w, h) });
