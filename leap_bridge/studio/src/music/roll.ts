/** Rolls: notes as three planes over time, and the way back. Follows leap_models/music/roll.py. */

import { pairwiseSum, roundHalfEven } from "./arithmetic";
import { BadParameter } from "./errors";
import { findEvents, Kind, LOOKAHEAD_FRAMES } from "./events";
import { compareNotes, type Note, type Notes, PITCHES } from "./notes";
import { columns, joinedColumns } from "./planes";

/**
 * Notes as planes of `tracks * 128` rows of `frames` numbers in 0..1, row after row; row = track * 128 + MIDI number.
 *
 * `sounding`: how surely a note sounds. `onset`: how surely it is struck in this very frame. `velocity`: velocity / 127
 * while it sounds; means nothing where `sounding` is low.
 */
export class Roll {
  readonly frames: number;

  constructor(
    readonly sounding: Float32Array,
    readonly onset: Float32Array,
    readonly velocity: Float32Array,
    readonly rate: number,
    readonly tracks = 1,
  ) {
    this.frames = sounding.length / (tracks * PITCHES);
    const isAlike = onset.length === sounding.length && velocity.length === sounding.length;
    if (!isAlike || !Number.isInteger(this.frames)) {
      const lengths = [sounding, onset, velocity].map((plane) => plane.length).join(", ");
      throw new BadParameter(`the planes of a roll must be of ${tracks} x 128 rows of one length, got ${lengths} numbers`);
    }
    if (rate <= 0) throw new BadParameter(`the rate of a roll must be positive, got ${rate}`);
  }

  /** How many rows each plane has. */
  get rows(): number {
    return this.tracks * PITCHES;
  }

  /** Its length in seconds. */
  get durationS(): number {
    return this.frames / this.rate;
  }

  /** The frames from `first` up to, without, `end`. */
  part(first: number, end = this.frames): Roll {
    const cut = (plane: Float32Array) => columns(plane, this.rows, first, end);
    return new Roll(cut(this.sounding), cut(this.onset), cut(this.velocity), this.rate, this.tracks);
  }

  /** This roll and then the other. */
  followedBy(other: Roll): Roll {
    const join = (a: Float32Array, b: Float32Array) => joinedColumns(a, b, this.rows);
    return new Roll(
      join(this.sounding, other.sounding),
      join(this.onset, other.onset),
      join(this.velocity, other.velocity),
      this.rate,
      this.tracks,
    );
  }
}

/** A roll in which nothing sounds. */
export function emptyRoll(rate: number, frames: number, tracks = 1): Roll {
  const plane = () => new Float32Array(tracks * PITCHES * frames);
  return new Roll(plane(), plane(), plane(), rate, tracks);
}

/** Read a whole roll at once; see `NoteReader`. */
export function rollToNotes(roll: Roll, options: ReaderOptions = {}): Notes {
  const reader = new NoteReader(options);
  return [...reader.push(roll), ...reader.finish()];
}

export interface ReaderOptions {
  /** The time of the first frame. */
  offsetS?: number;
  /** Thresholds, 0 < off <= on <= 1. */
  on?: number;
  off?: number;
  /** Shorter notes are dropped. */
  minS?: number;
  /** A note still sounding after that ends there, so that nothing waits for it; null: no limit. */
  longestS?: number | null;
}

/**
 * Reads a roll that arrives in pieces; however it is cut, the notes are the same.
 *
 * A note begins at a peak of the onset plane of at least `on`, or, where there is none, where `sounding` rises through
 * `on`. It ends where `sounding` falls below `off`, or where its key is struck again. A second onset within `minS` is
 * the same one. Its velocity is the mean over its frames, weighted by how surely it sounds.
 */
export class NoteReader {
  private readonly offsetS: number;
  private readonly on: number;
  private readonly off: number;
  private readonly minS: number;
  private readonly longestS: number | null;
  private kept: Roll | null = null; // from the frame `first` on: what may still be needed
  private first = 0; // the frame of the piece at which `kept` begins
  private decided = 0; // the first frame of the piece that is not decided
  private readonly begun = new Map<number, number>(); // row -> frame of the piece at which its note began
  private readonly spent = new Set<number>(); // rows of notes cut at `longestS` that have not fallen silent
  private ended: Note[] = []; // not given out, because an earlier note still sounds

  constructor({ offsetS = 0, on = 0.5, off = 0.3, minS = 0.05, longestS = null }: ReaderOptions = {}) {
    if (!(0 < off && off <= on && on <= 1)) {
      throw new BadParameter(`thresholds must be 0 < off <= on <= 1, got off ${off} and on ${on}`);
    }
    if (minS < 0 || (longestS !== null && longestS <= minS)) {
      throw new BadParameter(`lengths must be 0 <= minS < longestS, got ${minS} and ${longestS}`);
    }
    this.offsetS = offsetS;
    this.on = on;
    this.off = off;
    this.minS = minS;
    this.longestS = longestS;
  }

  /** Every note that begins before this time has been given out. */
  get untilS(): number {
    return this.offsetS + Math.min(this.decided, ...this.begun.values()) / this.rate;
  }

  /** Take the next frames; give the notes that became final, in the order of their onsets. */
  push(roll: Roll): Notes {
    if (this.kept === null) {
      this.kept = emptyRoll(roll.rate, LOOKAHEAD_FRAMES, roll.tracks); // so that frame 0 has a past
      this.first = -LOOKAHEAD_FRAMES;
    }
    if (roll.rate !== this.kept.rate || roll.tracks !== this.kept.tracks) {
      throw new BadParameter("every part of a roll must have the same rate and the same number of tracks");
    }
    this.kept = this.kept.followedBy(roll);
    this.decide(this.first + this.kept.frames - LOOKAHEAD_FRAMES);
    return this.give();
  }

  /** The rest; notes still sounding end with the roll. */
  finish(): Notes {
    if (this.kept === null) return [];
    const end = this.first + this.kept.frames;
    this.kept = this.kept.followedBy(emptyRoll(this.kept.rate, LOOKAHEAD_FRAMES, this.kept.tracks));
    this.decide(end);
    for (const row of [...this.begun.keys()]) this.end(row, end);
    return this.give();
  }

  private get rate(): number {
    return this.kept === null ? 1 : this.kept.rate;
  }

  /** Follow every row from the first undecided frame up to, without, `end`. */
  private decide(end: number): void {
    const kept = this.kept;
    if (kept === null || end <= this.decided) return;
    const first = this.decided - this.first;
    const stop = end - this.first + LOOKAHEAD_FRAMES;
    const part = kept.part(first - LOOKAHEAD_FRAMES, stop);
    for (const event of findEvents(part.sounding, part.onset, part.rows, this.on, this.off)) {
      this.follow(event.row, event.frame + this.decided, event.kind);
    }
    for (const [row, began] of [...this.begun]) this.expire(row, began, end);
    this.decided = end;
    const needed = Math.min(end - LOOKAHEAD_FRAMES, ...this.begun.values());
    this.kept = kept.part(needed - this.first);
    this.first = needed;
  }

  private follow(row: number, frame: number, kind: Kind): void {
    const earlier = this.begun.get(row);
    if (earlier !== undefined) this.expire(row, earlier, frame);
    const began = this.begun.get(row);
    if (kind === Kind.Fall) {
      this.spent.delete(row);
      this.end(row, frame);
    } else if (began === undefined) {
      if (kind === Kind.Strike || !this.spent.has(row)) {
        this.spent.delete(row);
        this.begun.set(row, frame);
      }
    } else if (kind === Kind.Strike && !this.isShort(frame - began)) {
      this.end(row, frame);
      this.begun.set(row, frame);
    }
  }

  /** End the note of `row` if it has lasted `longestS` by `frame`. */
  private expire(row: number, began: number, frame: number): void {
    if (this.longestS === null) return;
    const last = began + Math.max(1, Math.trunc(this.longestS * this.rate + 1e-6));
    if (frame >= last) {
      this.end(row, last);
      this.spent.add(row);
    }
  }

  private end(row: number, frame: number): void {
    const began = this.begun.get(row);
    const kept = this.kept;
    this.begun.delete(row);
    if (began === undefined || kept === null || this.isShort(frame - began)) return;
    const from = row * kept.frames + began - this.first;
    const span = [from, from + frame - began] as const;
    const sure = kept.sounding.subarray(...span);
    const loud = Float64Array.from(kept.velocity.subarray(...span), (each, i) => each * sure[i]!);
    const velocity = pairwiseSum(loud) / pairwiseSum(sure);
    this.ended.push({
      startS: this.offsetS + began / kept.rate,
      endS: this.offsetS + frame / kept.rate,
      pitch: row % PITCHES,
      velocity: Math.min(127, Math.max(1, roundHalfEven(127 * velocity))),
      track: Math.floor(row / PITCHES),
    });
  }

  private isShort(frames: number): boolean {
    return frames < this.minS * this.rate - 1e-6;
  }

  private give(): Notes {
    const untilS = this.untilS;
    const ready = this.ended.filter((note) => note.startS < untilS).sort(compareNotes);
    this.ended = this.ended.filter((note) => note.startS >= untilS);
    return ready;
  }
}
