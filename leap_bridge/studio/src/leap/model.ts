/** LEAP as a model: listens to a window, samples latents that go on from the one before, and decodes them.
 *
 * Follows leap_models/families/leap/model.py; noise, steps and schedule (rectified flow, Euler) are Python's.
 */

import { interpolate } from "../music/arithmetic";
import { PITCHES } from "../music/notes";
import { Roll } from "../music/roll";
import type { TempoMap } from "../music/tempo";
import { BEAT_WIDTH, beatFeatures, listen, MARGIN_S, STRETCH_FRAMES, STRETCH_S, WIDTH } from "./conditioner";
import { eased } from "./easing";
import { follow, line, OCTAVES, octaves } from "./lead";
import { KEYS, LOWEST_PITCH } from "./melody";
import { decoded, type Networks, type Numbers } from "./networks";
import { unitNoise, windowSeed } from "./noise";
import { joined } from "./resampling";

const [CHANNELS, ROWS, COLUMNS] = [4, 12, 128]; // latents of one window; a column is 80 ms
const LATENTS = [1, CHANNELS, ROWS, COLUMNS];
const OVERLAP = COLUMNS / 2; // latent columns that a window shares with the one before
const MEMORY = 0.95; // for the octaves of earlier windows
const FRAMES = 1024; // of a window's roll
const ROLL_RATE = 100;

/** One stretch of a song on the grid. */
export interface Window {
  readonly index: number;
  readonly startS: number;
  readonly audio: Float32Array;
  readonly tempo: TempoMap;
  /** Gives what `make` gives, perhaps from an earlier run over the same song. */
  recall(name: string, make: () => Promise<Float32Array>): Promise<Float32Array>;
}

/** What a window leaves to the next: its second half. */
export interface State {
  readonly latents: Float32Array; // CHANNELS x ROWS x OVERLAP
  readonly features: Float32Array;
  /** Seconds for which the tune was played in each octave, the latest count most. */
  readonly octaves: Float32Array;
}

export interface Made {
  readonly roll: Roll;
  readonly state: State;
}

/** Counts one unit of work; throws when the run was stopped. */
export type Tick = () => Promise<void>;

/** What may differ from run to run. */
export interface Wishes {
  readonly difficulty: number;
  readonly seed: number;
}

/** How often `runWindow` calls its tick: for listening, for each step, for decoding. */
export function ticks(networks: Networks): number {
  return networks.constants.params.steps + 2;
}

/** Fill one window in. `before`: what the window before left; null for the first, and behind silence. */
export async function runWindow(networks: Networks, window: Window, before: State | null, wishes: Wishes, tick: Tick): Promise<Made> {
  await tick();
  const features = await hear(networks, window, before);
  const told = {
    features: { shape: [1, 2 * STRETCH_FRAMES, WIDTH], data: features },
    beat: { shape: [1, 2 * STRETCH_FRAMES, BEAT_WIDTH], data: beatFeatures(window.tempo, window.startS, 2 * STRETCH_FRAMES) },
    level: { shape: [1], data: Float32Array.of(asked(networks, wishes.difficulty)) },
  };
  const noise = unitNoise(CHANNELS * ROWS * COLUMNS, windowSeed(wishes.seed, window.index));
  const listened = await networks.run("listen", { features: told.features, beat: told.beat });
  const latents = await sample(networks, told.level, listened, noise, before, tick);
  await tick();
  const planes = await decoded(networks, { ...told, ...listened, latents: { shape: LATENTS, data: latents } });
  const { roll, state } = led(networks, planes, features, latents, before);
  return { roll: eased(roll, wishes.difficulty, networks.constants.edges), state };
}

/** Both halves of a window; the first is remembered if there is a window before. */
async function hear(networks: Networks, window: Window, before: State | null): Promise<Float32Array> {
  const rate = networks.constants.grid.sampleRate;
  const [hop, margin] = [Math.round(STRETCH_S * rate), Math.round(MARGIN_S * rate)];
  const { audio } = window;
  const first = before?.features ?? (await window.recall("first", () => listen(networks, audio.slice(0, hop), 0)));
  const second = await window.recall("second", () => listen(networks, audio.slice(hop - margin), MARGIN_S));
  return joined(first, second);
}

/** What the transformer is asked for, so that the whole comes out as hard as `difficulty`. */
function asked(networks: Networks, difficulty: number): number {
  return interpolate(difficulty, networks.constants.levels, networks.constants.asked);
}

/** Clean latents from noise: Euler's method along straight lines, from all noise to none. */
async function sample(
  networks: Networks,
  level: Numbers,
  listened: Readonly<Record<string, Numbers>>,
  noise: Float32Array,
  before: State | null,
  tick: Tick,
): Promise<Float32Array> {
  const inputs = { level, ...knownOf(before), tokens: listened["tokens"]!, draft: listened["draft"]! };
  const { steps, temperature } = networks.constants.params;
  let x = noise.map((value) => value * temperature);
  for (let step = 0; step < steps; step++) {
    await tick();
    const [now, next] = [Math.fround(1 - step / steps), Math.fround(1 - (step + 1) / steps)];
    const time = { shape: [1], data: Float32Array.of(now) };
    const said = await networks.run("step", { noisy: { shape: LATENTS, data: x }, time, ...inputs });
    const clean = said["clean"]!.data;
    x = x.map((value, i) => {
      const eps = (value - (1 - now) * clean[i]!) / Math.max(now, 1e-6);
      return (1 - next) * clean[i]! + next * eps;
    });
  }
  return x;
}

/** The overlap with the window before as known latents. */
function knownOf(before: State | null): { known: Numbers; is_known: Numbers } {
  const known = new Float32Array(CHANNELS * ROWS * COLUMNS);
  const isKnown = new Float32Array(COLUMNS);
  if (before !== null) {
    for (let row = 0; row < CHANNELS * ROWS; row++) {
      known.set(before.latents.subarray(row * OVERLAP, (row + 1) * OVERLAP), row * COLUMNS);
    }
    isKnown.fill(1, 0, OVERLAP);
  }
  return { known: { shape: LATENTS, data: known }, is_known: { shape: [1, COLUMNS], data: isKnown } };
}

/** The decoded planes as a roll that plays the tune on top, and what is left to the next window. */
function led(networks: Networks, planes: Float32Array, features: Float32Array, latents: Float32Array, before: State | null): Made {
  const roll = asRoll(planes);
  const tune = line(melodyOf(features));
  const memory = octaves(roll, tune);
  const all = memory.map((playedS, i) => (before === null ? 0 : before.octaves[i]! * MEMORY) + playedS);
  const octave = OCTAVES[all.indexOf(Math.max(...all))]!;
  const later = new Float32Array(CHANNELS * ROWS * OVERLAP);
  for (let row = 0; row < CHANNELS * ROWS; row++) {
    later.set(latents.subarray(row * COLUMNS + OVERLAP, (row + 1) * COLUMNS), row * OVERLAP);
  }
  const state = { latents: later, features: features.slice(STRETCH_FRAMES * WIDTH), octaves: all };
  return { roll: follow(roll, tune, octave, networks.constants.params.melody), state };
}

/** The plane of features that says which key carries the melody. */
function melodyOf(features: Float32Array): Float32Array {
  const frames = features.length / WIDTH;
  const melody = new Float32Array(frames * KEYS);
  for (let frame = 0; frame < frames; frame++) {
    melody.set(features.subarray(frame * WIDTH + 2 * KEYS, frame * WIDTH + 3 * KEYS), frame * KEYS);
  }
  return melody;
}

/** Sounding, onset and velocity of 88 keys as a roll of all MIDI numbers. */
function asRoll(planes: Float32Array): Roll {
  const size = KEYS * FRAMES;
  const plane = (which: number): Float32Array => {
    const rows = new Float32Array(PITCHES * FRAMES);
    rows.set(planes.subarray(which * size, (which + 1) * size), LOWEST_PITCH * FRAMES);
    return rows;
  };
  return new Roll(plane(0), plane(1), plane(2), ROLL_RATE);
}
