/**
 * From one sample rate to another, by a windowed sinc: what soxr does in Python, with the same band.
 *
 * All below 91.3 % of the lower rate's half is kept, all above that half is 120 dB down; linear phase, no delay.
 */

const KEPT = 0.913; // of half the lower rate
const REJECTION_DB = 120;

/** Samples in as they come, samples at the wanted rate out; a song's length stays what it is, rounded, at least one. */
export class Resampler {
  private readonly up: number;
  private readonly down: number;
  private readonly filter: Filter | null;
  private kept: Float32Array; // from the sample `first` on
  private first: number;
  private given = 0; // samples at the wanted rate
  /** Samples at the given rate. */
  taken = 0;
  isFinished = false;

  constructor(
    readonly givenRate: number,
    readonly wantedRate: number,
  ) {
    const divisor = greatestDivisor(givenRate, wantedRate);
    this.up = wantedRate / divisor;
    this.down = givenRate / divisor;
    this.filter = givenRate === wantedRate ? null : new Filter(this.up, this.down);
    const half = this.filter?.half ?? 0;
    this.kept = new Float32Array(half); // silence before the start
    this.first = -half;
  }

  push(samples: Float32Array): Float32Array {
    this.taken += samples.length;
    if (this.filter === null) {
      this.given += samples.length;
      return samples;
    }
    this.kept = joined(this.kept, samples);
    const known = this.first + this.kept.length - this.filter.half - 1; // the last place that is surrounded by samples
    return this.until(known < 0 ? 0 : Math.floor((known * this.up) / this.down) + 1);
  }

  finish(): Float32Array {
    this.isFinished = true;
    const whole = Math.floor((2 * this.taken * this.wantedRate + this.givenRate) / (2 * this.givenRate));
    const end = Math.max(1, whole);
    if (this.filter === null) return new Float32Array(end - this.given);
    this.kept = joined(this.kept, new Float32Array(2 * this.filter.half + this.down));
    return this.until(end);
  }

  /** The samples at the wanted rate up to, without, `end`. */
  private until(end: number): Float32Array {
    const { filter, up, down } = this;
    if (filter === null || end <= this.given) return new Float32Array(0);
    const found = new Float32Array(end - this.given);
    const { half, taps } = filter;
    for (let i = 0; i < found.length; i++) {
      const place = (this.given + i) * down;
      const at = Math.floor(place / up) - half + 1 - this.first;
      const weights = filter.phase(place % up);
      let sum = 0;
      for (let tap = 0; tap < taps; tap++) sum += weights[tap]! * this.kept[at + tap]!;
      found[i] = sum;
    }
    this.given = end;
    const next = Math.floor((end * down) / up) - half + 1;
    this.kept = this.kept.slice(next - this.first);
    this.first = next;
    return found;
  }
}

/** All of a recording at once. */
export function resample(samples: Float32Array, givenRate: number, wantedRate: number): Float32Array {
  if (givenRate === wantedRate) return samples;
  const resampler = new Resampler(givenRate, wantedRate);
  return joined(resampler.push(samples), resampler.finish());
}

/** A low-pass as seen from `up` places between two samples. Source: Kaiser & Schafer 1980. */
class Filter {
  /** How many samples it sees before a place, and behind it. */
  readonly half: number;
  readonly taps: number;
  private readonly cutoff: number; // in half the given rate
  private readonly beta = 0.1102 * (REJECTION_DB - 8.7);
  private readonly phases: (Float64Array | undefined)[];

  constructor(
    private readonly up: number,
    down: number,
  ) {
    const lower = Math.min(1, up / down);
    const width = (1 - KEPT) * lower * Math.PI; // of the transition, in radians a sample
    this.half = Math.ceil((REJECTION_DB - 7.95) / (2.285 * width) / 2) + 1;
    this.taps = 2 * this.half;
    this.cutoff = ((1 + KEPT) / 2) * lower;
    this.phases = new Array<Float64Array | undefined>(up);
  }

  /** Weights of the samples around a place that lies `numerator / up` behind a sample. */
  phase(numerator: number): Float64Array {
    return (this.phases[numerator] ??= this.weights(numerator / this.up));
  }

  private weights(share: number): Float64Array {
    const weights = Float64Array.from({ length: this.taps }, (_, tap) => {
      const distance = tap - this.half + 1 - share;
      const edge = 1 - (distance / this.half) ** 2;
      if (edge < 0) return 0;
      const angle = Math.PI * distance * this.cutoff;
      const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
      return (sinc * this.cutoff * bessel(this.beta * Math.sqrt(edge))) / bessel(this.beta);
    });
    const sum = weights.reduce((total, weight) => total + weight, 0);
    return weights.map((weight) => weight / sum); // so that what is constant stays as it is
  }
}

/** The modified Bessel function of the first kind and order 0. */
function bessel(x: number): number {
  let [sum, term] = [1, 1];
  for (let k = 1; term > 1e-17 * sum; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestDivisor(b, a % b);
}

/** One array behind the other. */
export function joined(a: Float32Array, b: Float32Array): Float32Array {
  if (a.length === 0) return b;
  if (b.length === 0) return a;
  const both = new Float32Array(a.length + b.length);
  both.set(a);
  both.set(b, a.length);
  return both;
}
