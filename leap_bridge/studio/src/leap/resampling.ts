/**
 * From one sample rate to another, as soxr does it in Python.
 *
 * For the usual rates soxr's filter was measured when the networks were exported. For others a windowed sinc has the same
 * band: all below 91.3 % of the lower rate's half is kept, all above that half is 120 dB down; linear phase, no delay.
 */

import type { Tensors } from "./safetensors";

const KEPT = 0.913; // of half the lower rate
const REJECTION_DB = 120;
const TINY = 1e-7; // of a measured weight: less is the rounding of who measured

/** A filter as seen from each place at which an output may lie between two inputs. */
interface Filter {
  /** How far before the start of a song it looks. */
  readonly before: number;
  /** How many samples it sees at most. */
  readonly taps: number;
  /** The weights for the output `number`, of samples from `start(number)` on. */
  weights(number: number): Float64Array;
  start(number: number): number;
  /** What makes the first outputs, where that is done in another way: (samples, outputs). */
  readonly first: { readonly weights: Float32Array; readonly outputs: number } | null;
}

/** Samples in as they come, samples at the wanted rate out; a song's length stays what it is, rounded, at least one. */
export class Resampler {
  private readonly filter: Filter | null;
  private kept: Float32Array; // from the sample `from` on
  private from: number;
  private given = 0; // samples at the wanted rate
  /** Samples at the given rate. */
  taken = 0;
  isFinished = false;

  constructor(
    readonly givenRate: number,
    readonly wantedRate: number,
    measured: Filter | null = null,
  ) {
    this.filter = givenRate === wantedRate ? null : (measured ?? new Sinc(givenRate, wantedRate));
    const before = this.filter?.before ?? 0;
    this.kept = new Float32Array(before); // silence before the start
    this.from = -before;
  }

  push(samples: Float32Array): Float32Array {
    this.taken += samples.length;
    if (this.filter === null) {
      this.given += samples.length;
      return samples;
    }
    this.kept = joined(this.kept, samples);
    return this.until(this.known(this.filter));
  }

  finish(): Float32Array {
    this.isFinished = true;
    const whole = Math.floor((2 * this.taken * this.wantedRate + this.givenRate) / (2 * this.givenRate));
    const end = Math.max(1, whole);
    if (this.filter === null) return new Float32Array(end - this.given);
    this.kept = joined(this.kept, new Float32Array(2 * this.filter.taps + this.givenRate));
    return this.until(end);
  }

  /** The outputs for which everything that they see has come. */
  private known(filter: Filter): number {
    const { taps, first } = filter;
    const end = this.from + this.kept.length;
    if (first !== null && end < first.weights.length / first.outputs) return 0;
    let number = Math.max(this.given, Math.floor(((end - 2 * taps) * this.wantedRate) / this.givenRate));
    while (filter.start(number) + taps <= end) number++;
    return number;
  }

  /** The samples at the wanted rate up to, without, `end`. */
  private until(end: number): Float32Array {
    const { filter } = this;
    if (filter === null || end <= this.given) return new Float32Array(0);
    const found = new Float32Array(end - this.given);
    const { kept } = this;
    for (let i = 0; i < found.length; i++) {
      const weights = filter.weights(this.given + i);
      const at = filter.start(this.given + i) - this.from;
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap++) sum += weights[tap]! * kept[at + tap]!;
      found[i] = sum;
    }
    if (this.given === 0 && filter.first !== null) this.begin(found, filter.first);
    this.given = end;
    const next = filter.start(end) - filter.taps; // phases do not see equally far back
    if (next > this.from) {
      this.kept = this.kept.slice(next - this.from);
      this.from = next;
    }
    return found;
  }

  private begin(found: Float32Array, { weights, outputs }: NonNullable<Filter["first"]>): void {
    for (let output = 0; output < Math.min(outputs, found.length); output++) {
      let sum = 0;
      for (let i = 0; i < weights.length / outputs; i++) sum += weights[i * outputs + output]! * this.kept[i - this.from]!;
      found[output] = sum;
    }
  }
}

/** All of a recording at once. */
export function resample(samples: Float32Array, givenRate: number, wantedRate: number): Float32Array {
  if (givenRate === wantedRate) return samples;
  const resampler = new Resampler(givenRate, wantedRate);
  return joined(resampler.push(samples), resampler.finish());
}

/** soxr's filter from a rate to the model's; null where it was not measured. */
export function measuredFilter(rates: Tensors, givenRate: number, wantedRate = 24_000): Filter | null {
  const [phases, before, first] = ["phases", "before", "first"].map((part) => rates.get(`${givenRate}.${part}`));
  if (phases === undefined || before === undefined || first === undefined) return null;
  const [up, taps] = phases.shape as [number, number];
  const down = givenRate / greatestDivisor(givenRate, wantedRate);
  const seen = Array.from({ length: up }, (_, phase) => {
    const weights = phases.values.subarray(phase * taps, (phase + 1) * taps);
    const begin = weights.findIndex((weight) => Math.abs(weight) > TINY);
    const end = weights.findLastIndex((weight) => Math.abs(weight) > TINY) + 1;
    return { begin: begin - before.values[0]!, weights: Float64Array.from(weights.subarray(begin, end)) };
  });
  return {
    before: before.values[0]!,
    taps,
    weights: (number) => seen[number % up]!.weights,
    start: (number) => Math.floor(number / up) * down + seen[number % up]!.begin,
    first: { weights: first.values, outputs: first.shape[1]! },
  };
}

/** A low-pass by Kaiser's window. Source: Kaiser & Schafer 1980. */
class Sinc implements Filter {
  readonly before: number;
  readonly taps: number;
  readonly first = null;
  private readonly up: number;
  private readonly down: number;
  private readonly half: number;
  private readonly cutoff: number; // in half the given rate
  private readonly beta = 0.1102 * (REJECTION_DB - 8.7);
  private readonly phases: (Float64Array | undefined)[];

  constructor(givenRate: number, wantedRate: number) {
    const divisor = greatestDivisor(givenRate, wantedRate);
    [this.up, this.down] = [wantedRate / divisor, givenRate / divisor];
    const lower = Math.min(1, wantedRate / givenRate);
    const width = (1 - KEPT) * lower * Math.PI; // of the transition, in radians a sample
    this.half = Math.ceil((REJECTION_DB - 7.95) / (2.285 * width) / 2) + 1;
    [this.taps, this.before] = [2 * this.half, this.half - 1];
    this.cutoff = ((1 + KEPT) / 2) * lower;
    this.phases = new Array<Float64Array | undefined>(this.up);
  }

  start(number: number): number {
    return Math.floor((number * this.down) / this.up) - this.before;
  }

  weights(number: number): Float64Array {
    const phase = (number * this.down) % this.up;
    return (this.phases[phase] ??= this.made(phase / this.up));
  }

  /** For an output that lies `share` of a sample behind one. */
  private made(share: number): Float64Array {
    const weights = Float64Array.from({ length: this.taps }, (_, tap) => {
      const distance = tap - this.before - share;
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
