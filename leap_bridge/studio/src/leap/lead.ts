/**
 * The tune on top: where a melody was clearly heard, the roll plays it and nothing above it.
 *
 * Follows leap_models/families/leap/lead.py.
 */

import { roundHalfEven } from "../music/arithmetic";
import { PITCHES } from "../music/notes";
import { Roll } from "../music/roll";
import { FEATURE_RATE } from "./conditioner";
import { decode, KEYS, LOWEST_PITCH } from "./melody";

const SHORTEST_S = 0.1; // of a note of the tune; shorter ones are glides
const [EARLY_S, LATE_S] = [0.08, 0.12]; // an onset of the roll this near is the tune's own
const SURE = 0.95; // likelihood that a note of the tune gets
const SOFTEST = 0.6; // of full velocity, for a note of the tune that the roll did not have
export const OCTAVES = [-1, 0, 1, 2];
const [REGISTER, SPREAD] = [76, 5]; // a MIDI number and semitones: where tunes lie on a piano
const FLOOR = 1e-5;

/** A note of the tune, in frames of features; `certainty` is 0..1. */
export interface LeadNote {
  readonly first: number;
  readonly end: number;
  readonly pitch: number;
  readonly certainty: number;
}

/** The tune in a stretch: `melody` says how likely each of 88 keys carries it, 50 frames a second. */
export function line(melody: Float32Array): LeadNote[] {
  const frames = melody.length / KEYS;
  const voicing = new Float32Array(frames);
  for (let frame = 0; frame < frames; frame++) {
    let sum = 0;
    for (let key = 0; key < KEYS; key++) sum += melody[frame * KEYS + key]!;
    const voiced = Math.fround(Math.min(Math.max(sum, FLOOR), 1 - FLOOR));
    voicing[frame] = Math.log(voiced / (1 - voiced));
  }
  const pitches = decode(melody.map((share) => Math.log(Math.max(share, FLOOR))), voicing);
  const found: LeadNote[] = [];
  for (let first = 0; first < frames; ) {
    const pitch = pitches[first]!;
    let end = first + 1;
    while (end < frames && pitches[end] === pitch) end++;
    if (pitch >= 0 && end - first >= SHORTEST_S * FEATURE_RATE) {
      found.push({ first, end, pitch, certainty: certainty(melody, first, end, pitch) });
    }
    first = end;
  }
  return found;
}

function certainty(melody: Float32Array, first: number, end: number, pitch: number): number {
  let sum = 0;
  for (let frame = first; frame < end; frame++) sum += melody[frame * KEYS + pitch - LOWEST_PITCH]!;
  return Math.fround(sum / (end - first));
}

/**
 * How much speaks for moving a tune by each of `OCTAVES`: seconds for which the roll plays it there, those away from the
 * register of tunes counting less.
 */
export function octaves(roll: Roll, tune: readonly LeadNote[]): Float32Array {
  const played = new Float32Array(OCTAVES.length);
  for (const note of tune) {
    const [first, end] = framesOf(note, roll);
    OCTAVES.forEach((octave, index) => {
      const pitch = note.pitch + 12 * octave;
      if (!isKey(pitch)) return;
      let sum = 0;
      for (let frame = first; frame < end; frame++) sum += roll.sounding[pitch * roll.frames + frame]!;
      played[index]! += (Math.exp(-0.5 * ((pitch - REGISTER) / SPREAD) ** 2) * sum) / roll.rate;
    });
  }
  return played;
}

/**
 * A roll that plays a tune on top, moved by so many octaves.
 *
 * `firmness`: 0 changes nothing, 1 plays all of the tune, what lies between only what is as certain as 1 - firmness.
 */
export function follow(roll: Roll, tune: readonly LeadNote[], octave: number, firmness: number): Roll {
  if (firmness <= 0) return roll;
  const led = new Roll(roll.sounding.slice(), roll.onset.slice(), roll.velocity.slice(), roll.rate);
  for (const note of tune) {
    const pitch = note.pitch + 12 * octave;
    if (note.certainty < 1 - firmness || !isKey(pitch)) continue;
    const [first, end] = framesOf(note, roll);
    clearAbove(led, pitch, first, end);
    play(led, pitch, first, end);
  }
  return led;
}

function isKey(pitch: number): boolean {
  return pitch >= LOWEST_PITCH && pitch < LOWEST_PITCH + KEYS;
}

function framesOf(note: LeadNote, roll: Roll): [number, number] {
  return [roundHalfEven((note.first * roll.rate) / FEATURE_RATE), roundHalfEven((note.end * roll.rate) / FEATURE_RATE)];
}

/** Silence what lies above a note of the tune, but for its octaves. */
function clearAbove(roll: Roll, pitch: number, first: number, end: number): void {
  for (let above = pitch + 1; above < Math.min(LOWEST_PITCH + KEYS, PITCHES); above++) {
    if ((above - pitch) % 12 === 0) continue;
    roll.sounding.fill(0, above * roll.frames + first, above * roll.frames + end);
    roll.onset.fill(0, above * roll.frames + first, above * roll.frames + end);
  }
}

function play(roll: Roll, pitch: number, first: number, end: number): void {
  const row = pitch * roll.frames;
  const near = Math.max(0, first - roundHalfEven(EARLY_S * roll.rate));
  let struck = near;
  for (let frame = near; frame < Math.min(first + roundHalfEven(LATE_S * roll.rate), roll.frames); frame++) {
    if (roll.onset[row + frame]! > roll.onset[row + struck]!) struck = frame;
  }
  let begin = first;
  if (roll.onset[row + struck]! >= 0.5) {
    begin = struck;
    roll.onset[row + struck] = Math.max(roll.onset[row + struck]!, SURE);
  } else if (first > 0) {
    roll.onset[row + first] = SURE; // a note that goes on from before the window is not struck again
    roll.sounding[row + first - 1] = 0;
  }
  for (let frame = begin; frame < end; frame++) {
    roll.sounding[row + frame] = Math.max(roll.sounding[row + frame]!, SURE);
    roll.velocity[row + frame] = Math.max(roll.velocity[row + frame]!, SOFTEST);
  }
}
