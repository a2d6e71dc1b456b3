/** Joining windows with a linear crossfade, a window at a time. Follows leap_models/music/windows.py. */

import { BadParameter } from "./errors";
import type { Grid } from "./grid";
import { PITCHES } from "./notes";
import { columns } from "./planes";
import { Roll } from "./roll";

const TINY = 2 ** -126; // the smallest normal float32

/** Planes of `rows` rows; sums are in float32 throughout, as NumPy's are. */
export class Joiner {
  private readonly size: number;
  private readonly hop: number;
  private readonly overlap: number;
  private readonly ramp: Float32Array; // weight of the newer window
  private left: number | null;
  private tail: Float32Array | null = null; // rows of `overlap`: what the next window may still change
  private tailConfidence: Float32Array | null = null;

  /** `total`: where the piece ends, in frames; what windows hold beyond it is left out. null: nothing is. */
  constructor(
    grid: Grid,
    private readonly rows: number,
    total: number | null = null,
  ) {
    this.size = grid.frames;
    this.hop = grid.hop;
    this.overlap = this.size - this.hop;
    this.ramp = Float32Array.from({ length: this.overlap }, (_, i) => (i + 1) / (this.overlap + 1));
    this.left = total;
  }

  /**
   * Take the next window, give the frames that no later window can change.
   *
   * `confidence`: of the window's shape: how much each entry counts against that of the other window; give it with
   * every window or with none.
   */
  push(window: Float32Array, confidence: Float32Array | null = null): Float32Array {
    if (window.length !== this.size * this.rows) {
      throw new BadParameter(`a window must have ${this.size} frames, got ${window.length / this.rows}`);
    }
    const joined = window.slice();
    if (this.tail !== null) this.crossfade(joined, this.tail, confidence);
    this.tail = columns(joined, this.rows, this.hop, this.size);
    this.tailConfidence = confidence && columns(confidence, this.rows, this.hop, this.size);
    return this.trimmed(joined, this.hop);
  }

  /** The frames behind the last hop. */
  finish(): Float32Array {
    if (this.tail === null) throw new BadParameter("there are no windows to join");
    return this.trimmed(this.tail, this.overlap);
  }

  private crossfade(window: Float32Array, tail: Float32Array, confidence: Float32Array | null): void {
    for (let row = 0; row < this.rows; row++) {
      for (let i = 0; i < this.overlap; i++) {
        const [at, behind] = [row * this.size + i, row * this.overlap + i];
        const weight = this.weight(i, confidence?.[at], this.tailConfidence?.[behind]);
        const old = tail[behind]!;
        window[at] = old + Math.fround(weight * Math.fround(window[at]! - old));
      }
    }
  }

  private weight(i: number, newer: number | undefined, older: number | undefined): number {
    const ramp = this.ramp[i]!;
    if (newer === undefined || older === undefined) return ramp;
    const rising = Math.fround(ramp * newer);
    const falling = Math.fround(Math.fround(1 - ramp) * older);
    const both = Math.fround(rising + falling);
    return both > 0 ? Math.fround(rising / Math.max(both, TINY)) : ramp;
  }

  private trimmed(joined: Float32Array, count: number): Float32Array {
    const kept = this.left === null ? count : Math.min(count, this.left);
    if (this.left !== null) this.left -= kept;
    return columns(joined, this.rows, 0, kept);
  }
}

/**
 * The same for rolls. Velocity is crossfaded by how surely each window hears the note.
 *
 * So a note that only one of two windows hears becomes less sure, but not quieter.
 */
export class RollJoiner {
  private readonly sounding: Joiner;
  private readonly onset: Joiner;
  private readonly velocity: Joiner;

  /** `total`: where the piece ends, in frames; null: with the last window. */
  constructor(
    private readonly grid: Grid,
    private readonly tracks = 1,
    total: number | null = null,
  ) {
    const joiner = () => new Joiner(grid, tracks * PITCHES, total);
    [this.sounding, this.onset, this.velocity] = [joiner(), joiner(), joiner()];
  }

  /** Take the next window's roll, give the frames that no later window can change. */
  push(roll: Roll): Roll {
    const rate = this.grid.frameRate;
    if (roll.rate !== rate) throw new BadParameter(`a roll of ${rate} frames per second is expected, got ${roll.rate}`);
    return new Roll(
      this.sounding.push(roll.sounding),
      this.onset.push(roll.onset),
      this.velocity.push(roll.velocity, roll.sounding),
      rate,
      this.tracks,
    );
  }

  /** The frames behind the last hop. */
  finish(): Roll {
    const [sounding, onset, velocity] = [this.sounding.finish(), this.onset.finish(), this.velocity.finish()];
    return new Roll(sounding, onset, velocity, this.grid.frameRate, this.tracks);
  }
}
