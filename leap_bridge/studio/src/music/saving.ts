/** What the page saves: an arrangement, whoever made it, as the files that `leap-bridge arrange` writes. */

import type { Arrangement, Note as HandNote } from "../arranger";
import { fixed } from "./arithmetic";
import { EDGES, measure } from "./difficulty";
import * as midi from "./midi_writer";
import { LEFT, type Note, RIGHT, sortedNotes } from "./notes";
import * as score from "./score";
import { TempoMap } from "./tempo";

/** The bytes of a .mid: two tracks of hands with their pedal, and the song's tempo and bars. */
export function midiFile(arrangement: Arrangement): Uint8Array<ArrayBuffer> {
  return midi.write(arrangement.notes.map(numbered), TempoMap.of(arrangement.tempo), arrangement.pedals);
}

/** The text of a .musicxml; `title` is usually the name of the song's file. */
export function musicXml(arrangement: Arrangement, title: string): string {
  return score.write(sortedNotes(arrangement.notes.map(numbered)), TempoMap.of(arrangement.tempo), title);
}

/** What `arrange` reports of an arrangement: how hard it is, 1 to 5, and its mean tempo in beats a minute. */
export interface Measured {
  readonly difficulty: number;
  readonly bpm: number;
}

/** Measure an arrangement. `edges`: the scores at which the model's levels 1 to 5 lie, if its card says so. */
export function measured(arrangement: Arrangement, edges: readonly number[] = EDGES): Measured {
  const [tempo, durationS] = [TempoMap.of(arrangement.tempo), arrangement.durationS];
  const level = measure(sortedNotes(arrangement.notes.map(numbered)), 0, durationS, edges, tempo);
  const beats = tempo.beatAt(durationS) - tempo.beatAt(0);
  return { difficulty: Number(fixed(level, 2)), bpm: Number(fixed((60 * beats) / durationS, 1)) };
}

/** A note as the page knows it. */
export function handed(note: Note): HandNote {
  const { startS, endS, pitch, velocity } = note;
  return { startS, endS, pitch, velocity, hand: note.track === LEFT ? "left" : "right" };
}

/** The same the other way. */
export function numbered(note: HandNote): Note {
  const { startS, endS, pitch, velocity } = note;
  return { startS, endS, pitch, velocity, track: note.hand === "left" ? LEFT : RIGHT };
}
