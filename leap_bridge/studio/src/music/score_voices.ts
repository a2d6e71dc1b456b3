/**
 * The voices of a score: times as sixteenths, chords, and rests between them, cut where bar lines are.
 *
 * Follows leap_models/music/score_voices.py.
 */

import { roundHalfEven } from "./arithmetic";
import type { Notes } from "./notes";
import type { TempoMap } from "./tempo";

export const STEPS = 4; // of a beat, the finest that is written
// Longest first.
export const LENGTHS = [
  { steps: 16, name: "whole", dots: 0 },
  { steps: 12, name: "half", dots: 1 },
  { steps: 8, name: "half", dots: 0 },
  { steps: 6, name: "quarter", dots: 1 },
  { steps: 4, name: "quarter", dots: 0 },
  { steps: 3, name: "eighth", dots: 1 },
  { steps: 2, name: "eighth", dots: 0 },
  { steps: 1, name: "16th", dots: 0 },
];

/** What one hand plays from one step to another, within a bar. No pitches: a rest. */
export interface Chord {
  readonly start: number;
  readonly steps: number;
  readonly pitches: readonly number[];
  readonly tiedFrom?: boolean;
  readonly tiedTo?: boolean;
}

/** What is struck together, in order; starts count from step `first`, see `firstStep`. */
export function voiceOf(notes: Notes, tempo: TempoMap, first: number): Chord[] {
  const struck = new Map<number, { end: number; pitches: Set<number> }>(); // by start
  for (const note of notes) {
    const start = Math.max(0, roundHalfEven(STEPS * tempo.beatAt(note.startS)) - first);
    const end = Math.max(start + 1, roundHalfEven(STEPS * tempo.beatAt(note.endS)) - first);
    const { end: longest, pitches } = struck.get(start) ?? { end, pitches: new Set() };
    struck.set(start, { end: Math.max(longest, end), pitches: pitches.add(note.pitch) });
  }
  const starts = [...struck.keys()].sort((a, b) => a - b);
  return starts.map((start, index) => {
    const { end, pitches } = struck.get(start)!;
    const steps = Math.min(end, starts[index + 1] ?? Infinity) - start;
    return { start, steps, pitches: [...pitches].sort((a, b) => a - b) };
  });
}

/** The step, counted from beat 0, of the last bar line at or before second 0. */
export function firstStep(tempo: TempoMap): number {
  const bars = (tempo.beatAt(0) - tempo.downbeat) / tempo.beatsPerBar;
  return roundHalfEven(STEPS * (tempo.downbeat + tempo.beatsPerBar * Math.floor(bars + 1e-6)));
}

/** The same with rests between, cut at bar lines into lengths that can be written, and tied. */
export function* inBars(chords: readonly Chord[], bar: number, end: number): Generator<Chord> {
  let at = 0;
  for (const chord of [...chords, { start: end, steps: 0, pitches: [] }]) {
    yield* cut({ start: at, steps: chord.start - at, pitches: [] }, bar);
    yield* cut(chord, bar);
    at = chord.start + chord.steps;
  }
}

function* cut(chord: Chord, bar: number): Generator<Chord> {
  let [at, left] = [chord.start, chord.steps];
  while (left > 0) {
    const room = Math.min(left, bar - (at % bar));
    const { steps } = LENGTHS.find((length) => length.steps <= room)!;
    yield { start: at, steps, pitches: chord.pitches, tiedFrom: at > chord.start, tiedTo: left > steps };
    at += steps;
    left -= steps;
  }
}
