/**
 * A window that came out harder than was asked for, made easier: its least likely notes are not struck.
 *
 * Follows leap_models/families/leap/easing.py.
 */

import { bisectRight, roundHalfEven } from "../music/arithmetic";
import { measure } from "../music/difficulty";
import { REACH_FRAMES } from "../music/events";
import { type Note, type Notes, sortedNotes } from "../music/notes";
import { Roll, rollToNotes } from "../music/roll";

const SLACK = 0.25; // levels by which a window may be harder than asked: music is not equally hard everywhere
const GAP = 5; // frames of silence before a key is struck again

/** A roll whose notes are at most `SLACK` harder than a level; `edges` are the scores at which levels 1 to 5 lie. */
export function eased(roll: Roll, level: number, edges: readonly number[]): Roll {
  const notes = rollToNotes(roll);
  const likelihoods = notes.map((note) => ({ note, likelihood: likelihood(note, roll) }));
  const likeliest = likelihoods.sort((a, b) => b.likelihood - a.likelihood).map(({ note }) => note);
  const endS = Math.max(roll.durationS / 2, ...notes.map((note) => note.endS)); // the song may end within the window
  const hardness = (count: number): number => measure(sortedNotes(likeliest.slice(0, count)), 0, endS, edges);
  if (hardness(likeliest.length) <= level + SLACK) return roll;
  const kept = bisectRight([...likeliest.keys()], level + SLACK, hardness) - 1; // as every note makes it harder
  return without(roll, notes, new Set(likeliest.slice(kept)));
}

function likelihood(note: Note, roll: Roll): number {
  const first = roundHalfEven(note.startS * roll.rate);
  if (first === 0) return 1; // perhaps struck before
  const row = note.pitch * roll.frames;
  const [from, to] = [Math.max(0, first - REACH_FRAMES), Math.min(first + REACH_FRAMES + 1, roll.frames)];
  return Math.max(...roll.onset.subarray(row + from, row + to));
}

function without(roll: Roll, notes: Notes, dropped: ReadonlySet<Note>): Roll {
  const easier = new Roll(roll.sounding.slice(), roll.onset.slice(), roll.velocity, roll.rate);
  const heldUntil = new Map<number, number>(); // frame, by pitch
  for (const note of notes) {
    const row = note.pitch * roll.frames;
    const [first, end] = [roundHalfEven(note.startS * roll.rate), roundHalfEven(note.endS * roll.rate)];
    if (dropped.has(note)) {
      easier.onset.fill(0, row + first, row + end);
      const held = heldUntil.get(note.pitch) ?? -1 - GAP;
      if (first - held > GAP) {
        easier.sounding.fill(0, row + first, row + end);
        continue;
      }
      easier.sounding.fill(1, row + held, row + first);
    }
    heldUntil.set(note.pitch, end);
  }
  return easier;
}
