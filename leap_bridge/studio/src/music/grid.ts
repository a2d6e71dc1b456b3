/** The grid that a piece is cut on: windows of equal length that overlap by at most a half. Follows music/grid.py. */

import { BadParameter } from "./errors";

const TINY = 1e-6; // of a frame: what arithmetic with seconds may lose

/** Divide whole numbers and refuse to round. Throws BadParameter if there is a remainder. */
export function exactDiv(dividend: number, divisor: number): number {
  if (divisor <= 0 || dividend % divisor !== 0) {
    throw new BadParameter(`${dividend} is not a whole multiple of ${divisor}`);
  }
  return dividend / divisor;
}

/**
 * Windows of `frames` frames, one every `hop` frames. LEAP: new Grid(24000, 100, 1024, 512).
 *
 * Half a window <= hop <= a window, so at most two windows overlap and linear ramps sum to one.
 */
export class Grid {
  constructor(
    readonly sampleRate: number,
    readonly frameRate: number,
    readonly frames: number,
    readonly hop: number,
  ) {
    exactDiv(sampleRate, frameRate);
    if (sampleRate <= 0 || frames <= 0) {
      throw new BadParameter(`sampleRate and frames must be positive, got ${sampleRate} and ${frames}`);
    }
    if (frames > 2 * hop || hop > frames) {
      throw new BadParameter(`hop must be from half a window to a window of ${frames} frames, got ${hop}`);
    }
  }

  /** Audio samples in one frame. */
  get samplesPerFrame(): number {
    return exactDiv(this.sampleRate, this.frameRate);
  }

  /** Audio samples in a window. */
  get samples(): number {
    return this.frames * this.samplesPerFrame;
  }

  /** Audio samples from the start of a window to the start of the next. */
  get hopSamples(): number {
    return this.hop * this.samplesPerFrame;
  }

  /** Frames that a window shares with the next. */
  get overlap(): number {
    return this.frames - this.hop;
  }

  /** Length of a window in seconds. */
  get windowS(): number {
    return this.frames / this.frameRate;
  }

  /** Seconds from the start of a window to the start of the next. */
  get hopS(): number {
    return this.hop / this.frameRate;
  }

  /** How many frames a piece of that length has; a begun frame counts. */
  totalFrames(durationS: number): number {
    if (!(durationS >= 0 && durationS < Infinity)) {
      throw new BadParameter(`durationS must be at least 0, got ${durationS}`);
    }
    return Math.max(0, Math.ceil(durationS * this.frameRate - TINY));
  }

  /** How many windows cover `total` frames; at least one. */
  countFrames(total: number): number {
    return Math.max(0, Math.ceil((total - this.frames) / this.hop)) + 1;
  }

  /** How many windows cover a piece of that length; at least one. */
  count(durationS: number): number {
    return this.countFrames(this.totalFrames(durationS));
  }

  /** Where window `index` begins, in seconds from the start of the piece. */
  startS(index: number): number {
    return (index * this.hop) / this.frameRate;
  }
}
