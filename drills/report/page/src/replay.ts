// SPDX-License-Identifier: Apache-2.0
/* The drill once more at a chosen speed: letters on the map, what is open in each State, and what has just happened. */
import { choice, fitted, h, section } from './dom';
import { DAY, HOUR, instant, local, MINUTE, span, state_of } from './format';
import { type MapPicture, map_picture } from './map_picture';
import { type Moment, moments } from './moments';
import type { Drill } from './read';
import type { Ms } from './report';
import { texts } from './texts';

const t = texts.replay;
const SPEEDS = [MINUTE, 10 * MINUTE, HOUR, 6 * HOUR, DAY, 7 * DAY]; // of the drill, in a second
const LIT_S = 1.5; // how long a letter is seen, in seconds of whoever looks
const QUIET_S = 2; // a longer pause is skipped to one second before the next event
const LOGGED = 12;

/** Index of the first moment after `now`. */
function first_after(all: Moment[], now: Ms): number {
    let [low, high] = [0, all.length];
    while (low < high) {
        const mid = (low + high) >> 1;
        if ((all[mid]?.at ?? 0) <= now) low = mid + 1;
        else high = mid;
    }
    return low;
}

/** Open cases of each State that is asked. */
function open_at(drill: Drill, now: Ms): Map<string, number> {
    const open = new Map<string, number>();
    for (const c of drill.cases) {
        if (c.opened > now || (c.ended !== null && c.ended <= now)) continue;
        const code = state_of(c.to);
        open.set(code, (open.get(code) ?? 0) + 1);
    }
    return open;
}

export function replay(drill: Drill): HTMLElement {
    const { start, end } = drill.report.clock;
    const all = moments(drill);
    let now = start;
    let running = false;
    // Some minutes for the whole, less where quiet times are skipped.
    let speed = SPEEDS.find((sp) => (end - start) / sp <= 400) ?? SPEEDS[SPEEDS.length - 1] ?? DAY;
    let picture: MapPicture | null = null;
    let last_frame = 0;

    const clock = h('output', { class: 'clock', 'aria-live': 'off' }); // it would be read out without end
    const log = h('ol', { class: 'log', 'aria-label': t.log });
    const slider = h('input', { type: 'range', min: 0, max: 1000, step: 1, 'aria-label': t.seek });
    const skip = h('input', { type: 'checkbox', checked: true });
    const play = h('button', { type: 'button', class: 'play' }, t.play);

    const show = (): void => {
        const next = first_after(all, now);
        clock.textContent = instant(now);
        slider.value = String(Math.round(((now - start) / Math.max(1, end - start)) * 1000));
        slider.setAttribute('aria-valuetext', instant(now));
        const recent = all.slice(Math.max(0, next - LOGGED), next).reverse();
        log.replaceChildren(
            ...recent.map((m) => {
                const state = drill.state(state_of(m.who));
                const there = state ? ` (${local(m.at, state.zone)})` : '';
                return h(
                    'li',
                    { class: m.at === recent[0]?.at ? 'new' : null },
                    h('time', {}, instant(m.at, false)),
                    there,
                    ' ',
                    h('b', {}, m.who),
                    ` ${m.text}`,
                );
            }),
        );
        if (recent.length === 0) log.append(h('li', {}, t.nothing));
        if (!picture) return;
        const since = now - speed * LIT_S;
        picture.light(
            new Set(
                recent.filter((m) => m.way !== null && (m.at > since || m.at === recent[0]?.at)).map((m) => m.way ?? ''),
            ),
        );
        const open = open_at(drill, now);
        for (const state of drill.report.states) {
            const n = open.get(state.code) ?? 0;
            picture.say(state.code, n > 0 ? t.open(n) : '');
        }
    };
    const go = (to: Ms): void => {
        now = Math.min(end, Math.max(start, to));
        show();
    };
    const stop = (): void => {
        running = false;
        play.textContent = t.play;
        log.setAttribute('aria-live', 'polite');
    };
    const frame = (at: number): void => {
        if (!running) return;
        const passed = Math.min(0.25, (at - last_frame) / 1000); // a tab that slept goes on where it was
        last_frame = at;
        const next = all[first_after(all, now)]?.at ?? end;
        const quiet = skip.checked && next - now > speed * QUIET_S && !recently(all, now, speed);
        go(quiet ? next - speed : now + passed * speed);
        if (now >= end) stop();
        else requestAnimationFrame(frame);
    };
    play.addEventListener('click', () => {
        if (running) {
            stop();
            return;
        }
        if (now >= end) now = start;
        running = true;
        play.textContent = t.pause;
        log.setAttribute('aria-live', 'off'); // steps are read out, a run would not be kept up with
        last_frame = performance.now();
        requestAnimationFrame(frame);
    });
    slider.addEventListener('input', () => go(start + (Number(slider.value) / 1000) * (end - start)));
    const step = (by: 1 | -1): void => {
        stop();
        const next = first_after(all, now);
        if (by === 1) go(all[next]?.at ?? end);
        else go([...all.slice(0, next)].reverse().find((m) => m.at < now)?.at ?? start);
    };
    const button = (text: string, act: () => void): HTMLElement => h('button', { type: 'button', onclick: act }, text);

    stop();
    const drawn = fitted((width) => {
        picture = map_picture(drill, width, texts.map.label, true);
        show();
        return picture.element;
    });
    show();
    return section(
        'replay',
        t.title,
        h('p', {}, t.how),
        drill.report.events_of === 'some' && h('p', { class: 'note' }, t.of_some),
        h(
            'div',
            { class: 'controls', role: 'group', 'aria-label': t.title },
            play,
            button(t.back, () => step(-1)),
            button(t.next, () => step(1)),
            button(t.start, () => {
                stop();
                go(start);
            }),
            choice(
                t.speed,
                SPEEDS.map((sp): [string, string] => [String(sp), t.a_second(span(sp))]),
                String(speed),
                (value) => {
                    speed = Number(value);
                },
            ),
            h('label', { class: 'choice' }, skip, h('span', {}, t.skip)),
        ),
        h('div', { class: 'seek' }, slider, clock),
        drawn,
        h('h3', {}, t.log),
        log,
    );
}

/** Something is still being looked at. */
function recently(all: Moment[], now: Ms, speed: number): boolean {
    const last = all[first_after(all, now) - 1];
    return last !== undefined && now - last.at < speed * LIT_S;
}
