/** Frames of a recording, as the beat network heard them. Follows `Heard` of leap_models/music/beat_network.py. */

import { joined } from "./resampling";

export const FRAME_RATE = 50;
export const LOW_BANDS = 29; // up to 500 Hz
export const RISES = 17; // of eight bands each
export const KEPT_S = 30; // how far back what was heard is remembered

/** Frames one after the other; `width` numbers each. */
export class Frames {
  constructor(
    readonly width: number,
    readonly data: Float32Array = new Float32Array(0),
  ) {}

  get length(): number {
    return this.data.length / this.width;
  }

  at(frame: number, place: number): number {
    return this.data[frame * this.width + place]!;
  }

  joined(later: Frames): Frames {
    return new Frames(this.width, joined(this.data, later.data));
  }

  part(first: number, end = this.length): Frames {
    return new Frames(this.width, this.data.slice(first * this.width, end * this.width));
  }

  /** The last frames, at most so many. */
  last(count: number): Frames {
    return this.length <= count ? this : this.part(this.length - count);
  }
}

export class Heard {
  constructor(
    /** Probabilities of a beat that is no downbeat, and of a downbeat. */
    readonly activations = new Frames(2),
    /** The spectrum up to 500 Hz. */
    readonly bands = new Frames(LOW_BANDS),
    /** How much louder eight bands each became since the last frame, in the mean. */
    readonly rises = new Frames(RISES),
  ) {}

  get length(): number {
    return this.activations.length;
  }

  /** How much louder all bands became, of each frame. */
  onsets(): Float32Array {
    return Float32Array.from({ length: this.length }, (_, frame) => {
      let sum = 0;
      for (let i = 0; i < RISES; i++) sum += this.rises.at(frame, i);
      return sum / RISES;
    });
  }

  joined(later: Heard): Heard {
    return new Heard(
      this.activations.joined(later.activations),
      this.bands.joined(later.bands),
      this.rises.joined(later.rises),
    );
  }

  part(first: number, end?: number): Heard {
    return new Heard(this.activations.part(first, end), this.bands.part(first, end), this.rises.part(first, end));
  }

  withActivations(activations: Frames): Heard {
    return new Heard(activations, this.bands, this.rises);
  }
}
