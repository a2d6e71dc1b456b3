/** From what a model draws to notes: rolls are crossfaded and read, window by window. Follows leap_models/reading.py. */

import type { Grid } from "./grid";
import type { Notes } from "./notes";
import { emptyRoll, NoteReader, type Roll } from "./roll";
import type { TempoMap } from "./tempo";
import { RollJoiner } from "./windows";

export const SHORTEST_S = 1; // of a stretch that a beat is looked for in

/** The notes of a window, where the model put them. */
export interface Reading {
  readonly window: number;
  readonly windows: number;
  readonly notes: Notes;
  /** All notes that begin before it have been read. */
  readonly untilS: number;
  /** Of the request, as far as it is known. */
  readonly durationS: number;
  readonly tempo: TempoMap;
  /** Whether the beat is clear where these notes lie. */
  readonly clear: boolean;
  /** Whether anything but silence came so far. */
  readonly heard: boolean;
  /** At the end. */
  readonly warnings: readonly string[];
}

/** What is asked of whoever hands the windows of a piece out, each time after a window was handed out. */
export interface Source {
  readonly grid: Grid;
  /** How many windows there are, as far as it is known. */
  readonly count: number;
  readonly durationS: number;
  /** Before the last window's end it will not change. */
  readonly tempo: TempoMap;
  /** Complete after the last window. */
  readonly warnings: readonly string[];
  /** Whether the tempo between two times can be relied upon. */
  isClear(startS: number, endS: number): boolean;
}

/** Behind the model: rolls in, notes out. */
export class Chain {
  private readonly silence: Roll;
  private readonly joiner: RollJoiner;
  private readonly reader: NoteReader;
  private heard = false;
  private untilS = 0; // of the last reading

  constructor(
    private readonly source: Source,
    tracks = 1,
  ) {
    const { grid } = source;
    this.silence = emptyRoll(grid.frameRate, grid.frames, tracks);
    this.joiner = new RollJoiner(grid, tracks);
    this.reader = new NoteReader({ longestS: grid.hopS });
  }

  /** Take the roll of the next window, null for silence; give the notes that became final. */
  push(index: number, roll: Roll | null): Reading {
    const { source } = this;
    const isLast = index === source.count - 1;
    this.heard ||= roll !== null;
    const joined = this.joiner.push(roll ?? this.silence);
    const notes = [...this.reader.push(joined)];
    if (isLast) notes.push(...this.reader.push(this.joiner.finish()), ...this.reader.finish());
    const beginS = this.untilS;
    this.untilS = isLast ? source.durationS : this.reader.untilS;
    return {
      window: index,
      windows: source.count,
      notes,
      untilS: this.untilS,
      durationS: source.durationS,
      tempo: source.tempo,
      clear: source.isClear(beginS, Math.max(this.untilS, beginS + SHORTEST_S)),
      heard: this.heard,
      warnings: isLast ? source.warnings : [],
    };
  }
}
