/** What TypeScript answers to the cases of golden/leap.json. Follows tests/studio/leap_answers.py. */

import { EDGES } from "../../src/music/difficulty";
import { Roll } from "../../src/music/roll";
import { TempoMap } from "../../src/music/tempo";
import { BeatTracker } from "../../src/leap/beats";
import { Spectrum } from "../../src/leap/beat_network";
import { BEAT_WIDTH, beatFeatures } from "../../src/leap/conditioner";
import { eased } from "../../src/leap/easing";
import { follow, line, OCTAVES, octaves } from "../../src/leap/lead";
import { KEYS } from "../../src/leap/melody";
import type { BeatSums, Memory } from "../../src/leap/networks";
import { unitNoise, windowSeed } from "../../src/leap/noise";
import type { Tensor, Tensors } from "../../src/leap/safetensors";
import type { Json } from "./music_answers";

const CHANNELS = 24;
const LAYERS = 9;
const BANDS = 272;

interface Clicks {
  seconds: number;
  seed: number;
  first_s: number;
  tempi: [number, number][];
  beats_per_bar: number;
  silent: [number, number][];
}

interface Led {
  seed: number;
  firmness: number;
  tune: [first: number, end: number, key: number, likelihood: number][];
  notes: [first: number, end: number, pitch: number, velocity: number][];
}

function noise(given: { seed: number; window: number; count: number }): Json {
  const seed = windowSeed(given.seed, given.window);
  return { seed: `${seed}`, noise: [...unitNoise(given.count, seed)] };
}

function spectrum(given: { frames: number; hz: number; seed: number; every: number }): Json {
  const made = new Spectrum();
  const bands = made.of(sound(given.frames * 480 + 1536, given.hz, given.seed), given.frames);
  return Array.from({ length: given.frames }, (_, frame) => {
    return [...bands.subarray(frame * made.bands, (frame + 1) * made.bands)].filter((_band, i) => i % given.every === 0);
  });
}

/** A tone in noise. */
function sound(count: number, hz: number, seed: number): Float32Array {
  return unitNoise(count, BigInt(seed)).map((value, i) => 0.3 * Math.sin((2 * Math.PI * hz * i) / 24_000) + Math.fround(0.1) * value);
}

/** Of a beat context that says little of its own. */
function weights(seed: number): Tensors {
  const shapes = new Map<string, number[]>([["context.enter", [CHANNELS, 48, 3]], ["context.out", [2, CHANNELS, 1]]]);
  for (let place = 0; place < LAYERS; place++) {
    shapes.set(`context.convolve.${place}`, [CHANNELS, CHANNELS, 5]);
    shapes.set(`context.mix.${place}`, [CHANNELS, CHANNELS, 1]);
  }
  const made = new Map<string, Tensor>();
  [...shapes].sort(([a], [b]) => (a < b ? -1 : 1)).forEach(([name, shape], number) => {
    const [outputs] = shape as [number];
    const size = shape.reduce((all, axis) => all * axis, 1);
    const values = unitNoise(size + outputs, BigInt(seed + number)).map((value) => value * Math.fround(0.05));
    made.set(`${name}.weight`, { shape, values: values.slice(outputs) });
    made.set(`${name}.bias`, { shape: [outputs], values: values.slice(0, outputs) });
  });
  return made;
}

/** Activations of beats whose tempo is [from second, bpm], and of downbeats, with noise. */
function clicks(given: Clicks, frames: number): Float32Array {
  const heard = Float64Array.from(unitNoise(2 * frames, BigInt(given.seed)), (value) => Math.abs(0.04 * value) + 0.01);
  let [second, beat] = [given.first_s, 0];
  while (second < frames / 50) {
    const bpm = given.tempi.filter(([fromS]) => fromS <= second).at(-1)![1];
    const frame = Math.floor(second * 50 + 0.5);
    const isSilent = given.silent.some(([start, end]) => start <= second && second < end);
    if (frame < frames && !isSilent) heard[2 * frame + (beat % given.beats_per_bar === 0 ? 1 : 0)] = 0.85;
    [second, beat] = [second + 60 / bpm, beat + 1];
  }
  return Float32Array.from(heard);
}

async function beats(given: Clicks): Promise<Json> {
  const activations = clicks(given, 50 * given.seconds + 50);
  let place = 0;
  const empty = { shape: [0], data: new Float32Array(0) };
  const memory: Memory = { hidden: empty, cell: empty };
  const sums: BeatSums = async (features) => {
    place += features.length / BANDS;
    return { activations: activations.slice(2 * (place - features.length / BANDS), 2 * place), memory };
  };
  const tracker = new BeatTracker(sums, weights(1));
  const samples = sound(24_000 * given.seconds, 220, given.seed + 1);
  const middle = 24_000 * Math.floor(given.seconds / 2);
  const halfway = await tracker.push(samples.subarray(0, middle));
  await tracker.push(samples.subarray(middle));
  const whole = await tracker.finish();
  const seconds = Array.from({ length: Math.ceil(given.seconds / 5) }, (_, i) => 5 * i);
  return {
    halfway: written(halfway),
    whole: written(whole),
    confidences: seconds.map((second) => tracker.clarity.confidence(second, second + 5)),
  };
}

function written(tempo: TempoMap): Json {
  return [tempo.anchors.map((anchor) => [...anchor]), tempo.beatsPerBar, tempo.downbeat];
}

function features(given: { tempo: [[number, number][], number, number]; start_s: number; frames: number }): Json {
  const found = beatFeatures(new TempoMap(...given.tempo), given.start_s, given.frames);
  return Array.from({ length: given.frames }, (_, i) => [...found.subarray(i * BEAT_WIDTH, (i + 1) * BEAT_WIDTH)]);
}

function lead(given: Led): Json {
  const heard = Float64Array.from(unitNoise(512 * KEYS, BigInt(given.seed)), (value) => Math.abs(value) * 0.002);
  for (const [first, end, key, likelihood] of given.tune) {
    for (let frame = first; frame < end; frame++) heard[frame * KEYS + key]! += likelihood;
  }
  const planes = [0, 1, 2].map(() => new Float32Array(128 * 1024)) as [Float32Array, Float32Array, Float32Array];
  for (const [first, end, pitch, velocity] of given.notes) {
    planes[0].fill(0.8, pitch * 1024 + first, pitch * 1024 + end);
    planes[1][pitch * 1024 + first] = 0.9;
    planes[2].fill(velocity, pitch * 1024 + first, pitch * 1024 + end);
  }
  const roll = new Roll(...planes, 100);
  const tune = line(Float32Array.from(heard));
  const played = octaves(roll, tune);
  const led = follow(roll, tune, OCTAVES[played.indexOf(Math.max(...played))]!, given.firmness);
  return {
    tune: tune.map(({ first, end, pitch, certainty }) => [first, end, pitch, certainty]),
    octaves: [...played],
    rows: { sounding: rows(led.sounding), onset: rows(led.onset), velocity: rows(led.velocity) },
  };
}

function easing(given: { level: number; notes: [first: number, end: number, pitch: number, likelihood: number][] }): Json {
  const planes = [0, 1, 2].map(() => new Float32Array(128 * 1024)) as [Float32Array, Float32Array, Float32Array];
  for (const [first, end, pitch, likelihood] of given.notes) {
    planes[0].fill(0.8, pitch * 1024 + first, pitch * 1024 + end);
    planes[1][pitch * 1024 + first] = likelihood;
  }
  const found = eased(new Roll(...planes, 100), given.level, EDGES);
  return { sounding: rows(found.sounding), onset: rows(found.onset) };
}

/** The sums of the rows in which there is something. */
function rows(plane: Float32Array): Json {
  const found: Record<string, number> = {};
  for (let row = 0; row < 128; row++) {
    const values = plane.subarray(row * 1024, (row + 1) * 1024);
    if (values.some((value) => value !== 0)) found[row] = values.reduce((sum, value) => sum + value, 0);
  }
  return found;
}

export const ANSWERS: Record<string, (given: never) => Json | Promise<Json>> = { noise, spectrum, beats, features, lead, easing };
