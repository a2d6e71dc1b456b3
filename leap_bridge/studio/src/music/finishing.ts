/**
 * From notes where the model put them to an arrangement: onto the beat, into two hands, with its pedal.
 *
 * Follows `_finished` and `collect` of leap_models/pipeline.py. Times count from the request's start.
 */

import type { Note, Notes, Pedal } from "./notes";
import { findPedals } from "./pedal";
import { Player } from "./playability";
import type { Reading } from "./reading";
import { Quantizer, type TempoMap } from "./tempo";

export const PEDAL_LEVEL = 2; // in their first year people play without the pedal

/** Music that will not change any more. */
export interface Stretch {
  /** The number of the window after which it was known, of so many. */
  readonly window: number;
  readonly windows: number;
  /** In the order of their onsets; none began in an earlier stretch. */
  readonly notes: Notes;
  /** All notes that begin before it have been given out. */
  readonly untilS: number;
  /** As far as it is known now; before `untilS` it will not change. */
  readonly tempo: TempoMap;
  /** What a person should know, said once. */
  readonly warnings: readonly string[];
}

/** An arrangement. */
export interface Result {
  readonly notes: Notes;
  readonly pedals: readonly Pedal[];
  readonly tempo: TempoMap;
  readonly durationS: number;
  readonly windows: number;
  readonly warnings: readonly string[];
}

/** Takes readings as they come, gives stretches, and in the end the arrangement that they are together. */
export class Finisher {
  private readonly quantizer: Quantizer;
  private readonly player: Player;
  private readonly notes: Note[] = [];
  private readonly warnings: string[] = [];
  private last: Stretch | null = null;

  /** `difficulty`: 1 to 5. `quantize`: 0 leaves onsets where the model put them, 1 moves them onto the sixteenths. */
  constructor(
    private readonly difficulty: number,
    quantize: number,
  ) {
    this.quantizer = new Quantizer(quantize);
    this.player = new Player(difficulty);
  }

  /** Notes onto the beat and into two hands. */
  push(read: Reading): Stretch {
    const isLast = read.window === read.windows - 1;
    const placed = [...this.quantizer.push(read.notes, read.tempo, read.untilS, read.clear)];
    if (isLast) placed.push(...this.quantizer.finish());
    const played = [...this.player.push(placed, this.quantizer.untilS)];
    if (isLast) played.push(...this.player.finish());
    const notes = played
      .filter((note) => note.startS < read.durationS)
      .map((note) => (note.endS <= read.durationS ? note : { ...note, endS: read.durationS }));
    this.notes.push(...notes);
    const stretch = {
      window: read.window,
      windows: read.windows,
      notes,
      untilS: isLast ? read.untilS : Math.max(0, this.player.untilS),
      tempo: read.tempo,
      warnings: isLast ? this.warningsOf(read) : [],
    };
    this.warnings.push(...stretch.warnings);
    this.last = stretch;
    return stretch;
  }

  /** All stretches as one arrangement, with its pedal; call it after the last. */
  finish(): Result {
    const { last, notes, warnings } = this;
    if (last === null) throw new Error("nothing was pushed");
    const pedals = this.difficulty >= PEDAL_LEVEL ? findPedals(notes, last.tempo) : [];
    return { notes, pedals, tempo: last.tempo, durationS: last.untilS, windows: last.windows, warnings };
  }

  private warningsOf(read: Reading): readonly string[] {
    if (this.notes.length > 0) return read.warnings;
    const reason = read.heard ? "nothing was found to play" : "the recording is silent";
    return [...read.warnings, `${reason}, so the arrangement is empty`];
  }
}
