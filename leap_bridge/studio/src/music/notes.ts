/** A note, as every part of the product knows it. Follows leap_models/music/notes.py. */

export const RIGHT = 0; // the track of the right hand
export const LEFT = 1; // the track of the left hand
export const PITCHES = 128; // MIDI numbers 0..127
export const SUSTAIN = 64; // the MIDI controller of the sustain pedal

/** One struck key. Times are seconds; `pitch` 0..127, 60 is middle C; `velocity` 1..127; `track` is RIGHT or LEFT. */
export interface Note {
  readonly startS: number;
  readonly endS: number;
  readonly pitch: number;
  readonly velocity: number;
  readonly track: number;
}

/** Sorted by time. */
export type Notes = readonly Note[];

/** One stretch during which the sustain pedal is down. */
export interface Pedal {
  readonly startS: number;
  readonly endS: number;
}

/** The order of notes: by start, end, pitch, velocity and track. */
export function compareNotes(a: Note, b: Note): number {
  return (
    a.startS - b.startS || a.endS - b.endS || a.pitch - b.pitch || a.velocity - b.velocity || a.track - b.track
  );
}

/** The same notes in their order. */
export function sortedNotes(notes: Iterable<Note>): Note[] {
  return [...notes].sort(compareNotes);
}
