/**
 * How hard a stretch of piano music is: from 1 (first year) to 5 (virtuoso). Follows leap_models/music/difficulty.py.
 *
 * Eight features of the notes that begin in the stretch are weighed into one score, and the score becomes a level by
 * interpolation between edges. Where a feature needs to know the hands, it takes the split into a low and a high part
 * that is kindest to the player. A chord is what is struck within 30 ms; "per second" is per second of the stretch.
 */

import { bisectLeft, bisectRight, interpolate, modulo, roundHalfEven } from "./arithmetic";
import { BadParameter } from "./errors";
import type { Notes } from "./notes";
import type { TempoMap } from "./tempo";
import { CHORD_S } from "./voices";

export const LEVELS = [1, 2, 3, 4, 5] as const;
export const LEAP_S = 0.5; // a hand that must go further than LEAP semitones within this time leaps
export const LEAP = 12;
export const SPLITS = [48, 52, 56, 60, 64, 68, 72] as const; // MIDI numbers tried as the border between the hands
export const OFFBEAT = 0.36; // off-beat weight per note of POP909's arrangements, for music whose beat is not known
/** The scores at which levels 1 to 5 lie, if the model's card does not say others. */
export const EDGES: readonly number[] = [1.67, 2.49, 3.37, 4.21, 5.14];

const MAJOR = [0, 2, 4, 5, 7, 9, 11];
const OFFBEATS = [0, 1, 0.5, 1]; // by sixteenth of the beat

/** What makes a stretch of music hard. None of them falls when a note is added. */
export interface Features {
  /** All keys struck. */
  readonly notesPerS: number;
  /** Keys struck by the busier hand. */
  readonly handPerS: number;
  /** For every note the others struck with it, at most four. */
  readonly chordPerS: number;
  /** Semitones that a hand must span at once, in the widest chords. */
  readonly reach: number;
  /** Notes after which the same hand is needed more than an octave away within half a second. */
  readonly leapsPerS: number;
  /** How fast one key is struck again, at the fastest places. */
  readonly repeatsPerS: number;
  /** Notes outside the major or natural minor key that fits best. */
  readonly accidentalsPerS: number;
  /** Notes weighed by their place: 0 on a beat, 0.5 halfway, 1 elsewhere. */
  readonly offbeatPerS: number;
}

const SILENCE: Features = {
  notesPerS: 0,
  handPerS: 0,
  chordPerS: 0,
  reach: 0,
  leapsPerS: 0,
  repeatsPerS: 0,
  accidentalsPerS: 0,
  offbeatPerS: 0,
};
// A feature of the size of its scale counts ln 2 times its weight.
const SCALE = { ...SILENCE, notesPerS: 2, handPerS: 2, chordPerS: 2, reach: 7, leapsPerS: 1, repeatsPerS: 2 };
const SCALES: Features = { ...SCALE, accidentalsPerS: 0.5, offbeatPerS: 1.5 };
const WEIGHT = { ...SILENCE, notesPerS: 1, handPerS: 1, chordPerS: 0.6, reach: 0.4, leapsPerS: 0.5, repeatsPerS: 0.3 };
const WEIGHTS: Features = { ...WEIGHT, accidentalsPerS: 0.2, offbeatPerS: 0.4 };

/** The level, 1.0 to 5.0, of the notes that begin in startS..endS. Silence is level 1. */
export function measure(
  notes: Notes,
  startS: number,
  endS: number,
  edges: readonly number[] = EDGES,
  tempo: TempoMap | null = null,
): number {
  return interpolate(score(features(notes, startS, endS, tempo)), edges, LEVELS);
}

/** One number, 0 for silence, that grows with each feature. */
export function score(found: Features): number {
  const names = Object.keys(SILENCE) as (keyof Features)[];
  return names.reduce((sum, name) => sum + WEIGHTS[name] * Math.log1p(found[name] / SCALES[name]), 0);
}

/**
 * What makes the notes that begin in startS..endS hard.
 *
 * `notes`: sorted by time, of one piano; their tracks are not looked at. `tempo`: without it, notes are taken to be off
 * the beat as often as in POP909.
 */
export function features(notes: Notes, startS: number, endS: number, tempo: TempoMap | null = null): Features {
  if (!(endS > startS)) throw new BadParameter(`a stretch must end after it starts, got ${startS} to ${endS}`);
  const begin = (note: Notes[number]) => note.startS;
  const heard = notes.slice(bisectLeft(notes, startS, begin), bisectLeft(notes, endS, begin));
  if (heard.length === 0) return SILENCE;
  const onsetS = heard.map((note) => note.startS);
  const pitch = heard.map((note) => note.pitch);
  const lengthS = endS - startS;
  const place = 1 + Math.trunc(lengthS / 5); // of peaks the second, third, ... largest: one slip makes nothing hard
  const high = onsetS.map((second) => bisectRight(onsetS, second + CHORD_S + 1e-9, same));
  const low = onsetS.map((second) => bisectLeft(onsetS, second - CHORD_S - 1e-9, same));
  const together = high.reduce((sum, end, i) => sum + Math.min(end - low[i]! - 1, 4), 0);
  return {
    notesPerS: heard.length / lengthS,
    handPerS: Math.min(...SPLITS.map((split) => busier(pitch, split))) / lengthS,
    chordPerS: together / lengthS,
    reach: reach(pitch, high, place),
    leapsPerS: leaps(onsetS, pitch) / lengthS,
    repeatsPerS: repeats(onsetS, pitch, place),
    accidentalsPerS: accidentals(pitch) / lengthS,
    offbeatPerS: offbeat(onsetS, tempo) / lengthS,
  };
}

const same = (value: number) => value;
const ascending = (a: number, b: number) => a - b;

function busier(pitch: readonly number[], split: number): number {
  const above = pitch.filter((each) => each >= split).length;
  return Math.max(above, pitch.length - above);
}

/** Notes outside the key that leaves out the fewest. */
function accidentals(pitch: readonly number[]): number {
  const counts = new Array<number>(12).fill(0);
  for (const each of pitch) counts[each % 12]! += 1;
  const outside = (key: number) =>
    counts.reduce((sum, count, step) => sum + (MAJOR.includes(modulo(step - key, 12)) ? 0 : count), 0);
  return Math.min(...counts.map((_, key) => outside(key)));
}

/** Semitones of the `place`-th widest hand position, each chord split where it is kindest. */
function reach(pitch: readonly number[], high: readonly number[], place: number): number {
  const spans = high.flatMap((end, i) => (end - i > 1 ? [kindestSpan(pitch.slice(i, end))] : []));
  return spans.sort((a, b) => b - a)[place - 1] ?? 0;
}

function kindestSpan(chord: readonly number[]): number {
  const keys = [...chord].sort(ascending);
  const spans = keys.slice(1).map((key, i) => Math.max(keys[i]! - keys[0]!, keys.at(-1)! - key));
  return Math.min(...spans);
}

/** How many notes are followed by a leap, at the kindest of the splits. */
function leaps(onsetS: readonly number[], pitch: readonly number[]): number {
  const followed = (split: number) => {
    const leapsFrom = (i: number) => {
      for (let j = i + 1; j < pitch.length && onsetS[j]! - onsetS[i]! <= LEAP_S; j++) {
        const isWide = Math.abs(pitch[j]! - pitch[i]!) > LEAP && onsetS[j]! - onsetS[i]! > CHORD_S;
        if (isWide && pitch[j]! >= split === pitch[i]! >= split) return true;
      }
      return false;
    };
    return pitch.filter((_, i) => leapsFrom(i)).length;
  };
  return Math.min(...SPLITS.map(followed));
}

/** Strikes per second of the `place`-th fastest repetition of one key; at most 20. */
function repeats(onsetS: readonly number[], pitch: readonly number[], place: number): number {
  const last = new Map<number, number>();
  const gaps: number[] = [];
  for (const [i, key] of pitch.entries()) {
    const before = last.get(key);
    if (before !== undefined) gaps.push(onsetS[i]! - before);
    last.set(key, onsetS[i]!);
  }
  const gap = gaps.sort(ascending)[place - 1];
  return gap === undefined ? 0 : 1 / Math.max(gap, 0.05);
}

function offbeat(onsetS: readonly number[], tempo: TempoMap | null): number {
  if (tempo === null) return OFFBEAT * onsetS.length;
  const weights = Array.from(tempo.beatsAt(onsetS), (beat) => OFFBEATS[modulo(roundHalfEven(4 * beat), 4)]!);
  return weights.reduce((sum, weight) => sum + weight, 0);
}
