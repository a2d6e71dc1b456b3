/**
 * When to hold the sustain pedal: where the left hand breaks a chord up, and nothing would blur.
 *
 * The pedal changes with the harmony: at a bar line, and in the middle of a bar if the bass moves there. It comes up with
 * the new bass and goes down again a moment later, as pianists do. Follows leap_models/music/pedal.py.
 */

import { floorDivide, modulo } from "./arithmetic";
import { LEFT, type Note, type Notes, type Pedal } from "./notes";
import type { TempoMap } from "./tempo";

export const DOWN_S = 0.06; // from the new bass to the foot
export const SHORTEST_S = 0.3;
export const FASTEST_PER_S = 5; // more notes of the right hand than that are a run, which the pedal would smear
export const NEAR_S = 0.1; // how far from a bar's half its bass may be struck

/** The stretches during which the pedal helps, sorted, none touching another. `notes`: of two hands, sorted by time. */
export function findPedals(notes: Notes, tempo: TempoMap): Pedal[] {
  const pedals: Pedal[] = [];
  for (const { startS, endS, part } of harmonies(notes, tempo)) {
    const left = part.filter((note) => note.track === LEFT);
    const downS = startS + DOWN_S;
    if (endS - downS >= SHORTEST_S && isBroken(left) && !wouldBlur(part, left, endS - startS)) {
      pedals.push({ startS: downS, endS });
    }
  }
  return pedals;
}

interface Harmony {
  readonly startS: number;
  readonly endS: number;
  readonly part: Notes;
}

/** Half bars, joined where the bass stays: start, end, and the notes that begin there. */
function* harmonies(notes: Notes, tempo: TempoMap): Generator<Harmony> {
  const first = notes[0];
  if (first === undefined) return;
  const half = tempo.beatsPerBar / 2;
  let number = floorDivide(tempo.beatAt(first.startS + NEAR_S) - tempo.downbeat, half);
  const lastS = notes.reduce((last, note) => Math.max(last, note.endS), -Infinity);
  let [startS, index] = [first.startS, 0];
  let part: Note[] = [];
  while (startS < lastS) {
    number += 1;
    const borderS = tempo.secondAt(tempo.downbeat + number * half);
    while (index < notes.length && notes[index]!.startS < borderS - NEAR_S) part.push(notes[index++]!);
    const fresh = notes
      .slice(index, index + 20)
      .filter((note) => note.track === LEFT && Math.abs(note.startS - borderS) <= NEAR_S);
    if (number % 2 === 0 || moves(part, fresh) || borderS >= lastS) {
      const endS = Math.min(borderS, lastS, ...fresh.map((note) => note.startS));
      if (endS > startS) yield { startS, endS, part };
      startS = Math.max(startS, endS);
      part = [];
    }
  }
}

/** Whether a new bass begins a new harmony: it is neither the octave nor the fifth of the old one. */
function moves(part: Notes, fresh: Notes): boolean {
  const old = part.filter((note) => note.track === LEFT).map((note) => note.pitch);
  if (old.length === 0 || fresh.length === 0) return fresh.length > 0;
  const step = Math.min(...fresh.map((note) => note.pitch)) - Math.min(...old);
  return step < 7 && ![0, 7].includes(modulo(step, 12));
}

/** Whether the left hand lets a note go before it strikes another that belongs to it. */
function isBroken(left: Notes): boolean {
  return left.slice(1).some((late, i) => left[i]!.endS < late.endS && left[i]!.pitch !== late.pitch);
}

/** Whether steps in the left hand, or a run in the right, would sound together. */
function wouldBlur(part: Notes, left: Notes, lengthS: number): boolean {
  const pitches = [...new Set(left.map((note) => note.pitch))].sort((a, b) => a - b);
  const hasSteps = pitches.slice(1).some((high, i) => high - pitches[i]! <= 2);
  return hasSteps || part.length - left.length > FASTEST_PER_S * lengthS;
}
