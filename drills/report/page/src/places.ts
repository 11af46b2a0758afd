// SPDX-License-Identifier: Apache-2.0
/*
 * Where the States of a drill stand. Real ones at their place on the world map (Natural Earth projection, turned so that the widest
 * empty stretch of longitudes is at its edge, and as large as the States leave room for); fictional ones on a ring, or in
 * lines below the map if there is one.
 */
import { geoNaturalEarth1, geoPath } from 'd3-geo';
import type { Feature } from 'geojson';
import { feature } from 'topojson-client';
import type { GeometryCollection, Topology } from 'topojson-specification';
import atlas from 'world-atlas/countries-110m.json';
import { s } from './dom';
import type { State } from './report';

export type Point = [x: number, y: number];

export interface Places {
    at: Map<string, Point>;
    /** The land below them; null when no State of the drill is a real one. */
    land: SVGElement | null;
    height: number;
}

/** The bundle has the atlas as text (build.mjs): taken apart when a map is drawn, and not for fictional States. */
let known: Feature[] | null = null;
function countries(): Feature[] {
    if (known === null) {
        const topology = JSON.parse(atlas as unknown as string) as Topology<{ countries: GeometryCollection }>;
        known = feature(topology, topology.objects.countries).features;
    }
    return known;
}

const FEW = 24;
const LARGEST = 3.2; // times the whole world: two neighbours do not fill the page

type Placed = State & { lat: number; lon: number };
const has_place = (state: State): state is Placed => state.real && state.lat !== null && state.lon !== null;

/** Longitude of the middle, opposite the widest gap. */
function middle(longitudes: number[]): number {
    const sorted = longitudes.map((l) => (l + 360) % 360).sort((a, b) => a - b);
    let widest = { gap: -1, at: 0 };
    sorted.forEach((l, i) => {
        const next = sorted[i + 1] ?? (sorted[0] ?? 0) + 360;
        if (next - l > widest.gap) widest = { gap: next - l, at: l + (next - l) / 2 };
    });
    return (widest.at + 180) % 360;
}

function on_the_world(states: Placed[], width: number): Places {
    const height = Math.round(width < 520 ? width * 0.72 : width * 0.5);
    const margin = width < 520 ? 34 : 70;
    const projection = geoNaturalEarth1().rotate([-middle(states.map((st) => st.lon)), 0]);
    const world = geoNaturalEarth1().fitSize([width, height], { type: 'Sphere' }).scale();
    projection.fitExtent(
        [
            [margin, margin],
            [width - margin, height - margin],
        ],
        { type: 'MultiPoint', coordinates: states.map((st) => [st.lon, st.lat]) },
    );
    if (!(projection.scale() < world * LARGEST)) {
        const [x, y] = [
            states.reduce((a, st) => a + st.lon, 0) / states.length,
            states.reduce((a, st) => a + st.lat, 0) / states.length,
        ];
        projection.scale(world * LARGEST).translate([0, 0]);
        const [px, py] = projection([x, y]) ?? [0, 0];
        projection.translate([width / 2 - px, height / 2 - py]);
    }
    projection.clipExtent([
        [-2, -2],
        [width + 2, height + 2],
    ]);
    const path = geoPath(projection).digits(1);
    const land = s('g', { class: 'land' });
    for (const country of countries()) {
        const d = path(country);
        if (d) land.append(s('path', { d }));
    }
    const at = new Map<string, Point>();
    for (const st of states) at.set(st.code, projection([st.lon, st.lat]) ?? [0, 0]);
    return { at, land, height };
}

function on_a_ring(states: State[], width: number): Places {
    const few = states.length <= FEW;
    const wide = Math.min(width, few ? 640 : width);
    const height = Math.round(few ? Math.min(width, 560) * 0.74 : Math.max(width * 0.62, 320));
    const at = new Map<string, Point>();
    states.forEach((st, i) => {
        const turn = (i / states.length) * 2 * Math.PI - Math.PI / 2;
        at.set(st.code, [width / 2 + Math.cos(turn) * (wide / 2 - 40), height / 2 + Math.sin(turn) * (height / 2 - 40)]);
    });
    return { at, land: null, height };
}

function in_lines(states: State[], width: number, top: number): Places {
    const columns = Math.max(4, Math.floor(width / 64));
    const at = new Map<string, Point>();
    states.forEach((st, i) => {
        const line = Math.floor(i / columns);
        const shift = line % 2 ? 0.75 : 0.25; // staggered, so that arrows do not run over the names between
        at.set(st.code, [((i % columns) + shift + 0.25) * (width / (columns + 0.5)), top + 34 + line * 58]);
    });
    return { at, land: null, height: top + Math.ceil(states.length / columns) * 58 + 24 };
}

/** The map and the replay show the same: it is projected once. */
let last: { states: State[]; width: number; places: Places } | null = null;

export function places(states: State[], width: number): Places {
    if (last?.states !== states || last.width !== width) last = { states, width, places: placed(states, width) };
    return { ...last.places, land: (last.places.land?.cloneNode(true) as SVGElement | undefined) ?? null };
}

function placed(states: State[], width: number): Places {
    const real = states.filter(has_place);
    const others = states.filter((st) => !has_place(st));
    if (real.length === 0) return on_a_ring(others, width);
    const world = on_the_world(real, width);
    if (others.length === 0) return world;
    const below = in_lines(others, width, world.height);
    return { at: new Map([...world.at, ...below.at]), land: world.land, height: below.height };
}
