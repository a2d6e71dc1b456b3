/**
 * How likely a beat and a downbeat are at each moment of a recording, heard as it arrives.
 *
 * Follows leap_models/music/beat_network.py: the spectra are made here, the network's sums by the graph `beats`. Frame i
 * is centred on sample 480 i of audio at 24 kHz.
 */

import { bisectLeft, roundHalfEven } from "../music/arithmetic";
import { Fourier } from "./fourier";
import { FRAME_RATE, Frames, Heard, LOW_BANDS, RISES } from "./heard";
import type { BeatSums, Memory } from "./networks";
import { joined } from "./resampling";

export const SAMPLE_RATE = 24_000;
const HOP = SAMPLE_RATE / FRAME_RATE; // 480 samples
const WINDOW = 1536; // samples, 64 ms

// BeatNet heard 22 050 Hz through windows of 1411 samples. Bins of 24000 / 1536 Hz are the same to 1 in 10 000.
const [ITS_RATE, ITS_WINDOW] = [22_050, 1411];
const BINS = Math.floor(ITS_WINDOW / 2);
const FADE_HZ = [10_250, 10_860] as const;
const [PER_OCTAVE, LOWEST_HZ, HIGHEST_HZ, TUNING_HZ] = [24, 30, 17_000, 440];

/** Samples in, what is heard in them out. */
export class BeatNetwork {
  private samples: Float32Array = new Float32Array(WINDOW / 2); // from the start of the next frame's window on
  private count = 0; // samples so far
  private frames = 0; // given so far
  private lastBands: Float32Array | null = null;
  private memory: Memory | null = null;
  private readonly spectrum = new Spectrum();

  constructor(private readonly sums: BeatSums) {}

  /** Take the next samples (24 kHz, mono), give the frames that are complete. */
  async push(samples: Float32Array): Promise<Heard> {
    this.samples = joined(this.samples, samples);
    this.count += samples.length;
    return this.run(Math.floor((this.samples.length - WINDOW) / HOP) + 1);
  }

  /** The rest: the last frame begins before the last sample. */
  async finish(): Promise<Heard> {
    const missing = Math.ceil(this.count / HOP) - this.frames;
    this.samples = joined(this.samples, new Float32Array(WINDOW));
    return this.run(missing);
  }

  private async run(frames: number): Promise<Heard> {
    if (frames <= 0) return new Heard();
    const width = this.spectrum.bands;
    const bands = this.spectrum.of(this.samples, frames);
    this.samples = this.samples.slice(frames * HOP);
    this.frames += frames;
    const features = this.withRises(bands, frames, width);
    const { activations, memory } = await this.sums(features, this.memory);
    this.memory = memory;
    return heard(activations, features, frames, width);
  }

  /** Each frame's bands, and how much each rose since the last frame. */
  private withRises(bands: Float32Array, frames: number, width: number): Float32Array {
    const features = new Float32Array(frames * 2 * width);
    let before: Float32Array = this.lastBands ?? bands.subarray(0, width);
    for (let frame = 0; frame < frames; frame++) {
      const now = bands.subarray(frame * width, (frame + 1) * width);
      features.set(now, frame * 2 * width);
      for (let i = 0; i < width; i++) features[(2 * frame + 1) * width + i] = Math.max(now[i]! - before[i]!, 0);
      before = now;
    }
    this.lastBands = before.slice();
    return features;
  }
}

function heard(activations: Float32Array, features: Float32Array, frames: number, width: number): Heard {
  const low = new Float32Array(frames * LOW_BANDS);
  const rises = new Float32Array(frames * RISES);
  const each = width / RISES;
  for (let frame = 0; frame < frames; frame++) {
    const at = frame * 2 * width;
    low.set(features.subarray(at, at + LOW_BANDS), frame * LOW_BANDS);
    for (let i = 0; i < RISES; i++) {
      let sum = 0;
      for (let band = 0; band < each; band++) sum += features[at + width + i * each + band]!;
      rises[frame * RISES + i] = sum / each;
    }
  }
  return new Heard(new Frames(2, activations), new Frames(LOW_BANDS, low), new Frames(RISES, rises));
}

/** Triangular bands, 24 to the octave, of Hann windows of 64 ms every 20 ms: log10(1 + magnitude). */
export class Spectrum {
  private readonly filters = bandFilters();
  private readonly fourier = new Fourier(WINDOW);
  // As numpy.hanning has it: both ends are 0.
  private readonly hann = Float32Array.from({ length: WINDOW }, (_, i) => 0.5 - 0.5 * Math.cos((2 * Math.PI * i) / (WINDOW - 1)));

  get bands(): number {
    return this.filters.length;
  }

  /** The bands of so many frames, the first of which begins with the samples. */
  of(samples: Float32Array, frames: number): Float32Array {
    const found = new Float32Array(frames * this.bands);
    const [one, other] = [new Float32Array(WINDOW), new Float32Array(WINDOW)];
    const magnitudes = [new Float32Array(BINS), new Float32Array(BINS)] as const;
    for (let frame = 0; frame < frames; frame += 2) {
      this.fade(samples, frame * HOP, one);
      if (frame + 1 < frames) this.fade(samples, (frame + 1) * HOP, other);
      this.fourier.magnitudes(one, other, ...magnitudes);
      this.sum(magnitudes[0], found, frame);
      if (frame + 1 < frames) this.sum(magnitudes[1], found, frame + 1);
    }
    return found;
  }

  private fade(samples: Float32Array, start: number, window: Float32Array): void {
    for (let i = 0; i < WINDOW; i++) window[i] = samples[start + i]! * this.hann[i]!;
  }

  private sum(magnitudes: Float32Array, found: Float32Array, frame: number): void {
    this.filters.forEach(({ first, weights }, band) => {
      let sum = 0;
      for (let i = 0; i < weights.length; i++) sum += magnitudes[first + i]! * weights[i]!;
      found[frame * this.filters.length + band] = Math.log10(1 + sum);
    });
  }
}

/** A band's share of the bins from `first` on. */
interface Band {
  readonly first: number;
  readonly weights: Float32Array;
}

/** Each band's share of each bin; a band that no bin is near is left out. See `band_filters` of the Python module. */
function bandFilters(): Band[] {
  const binsHz = Array.from({ length: BINS }, (_, i) => (i * ITS_RATE) / 2 / BINS);
  const [first, last] = [LOWEST_HZ, HIGHEST_HZ].map((hz) => Math.log2(hz / TUNING_HZ) * PER_OCTAVE) as [number, number];
  const nearest = new Set<number>();
  for (let step = Math.ceil(first); step <= Math.floor(last); step++) {
    const centreHz = TUNING_HZ * 2 ** (step / PER_OCTAVE);
    const above = Math.min(Math.max(bisectLeft(binsHz, centreHz, (hz) => hz), 1), BINS - 1);
    nearest.add(above - (centreHz - binsHz[above - 1]! < binsHz[above]! - centreHz ? 1 : 0));
  }
  const edges = [...nearest].sort((a, b) => a - b);
  return edges.slice(2).map((stop, i) => triangle(edges[i]!, edges[i + 1]!, stop));
}

/** From 0 at `start` to the most at `centre` and back to 0 at `stop`, summing to 1 before the fade. */
function triangle(start: number, centre: number, stop: number): Band {
  if (stop - start < 2) [centre, stop] = [start, start + 1];
  const weights = Float64Array.from({ length: stop - start }, (_, i) => {
    const bin = start + i;
    return bin < centre ? i / Math.max(1, centre - start) : 1 - (bin - centre) / (stop - centre);
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const [low, high] = FADE_HZ;
  return {
    first: start,
    weights: Float32Array.from(weights, (weight, i) => {
      const place = Math.min(Math.max((((start + i) * SAMPLE_RATE) / WINDOW - low) / (high - low), 0), 1);
      return (weight / sum) * (0.5 + 0.5 * Math.cos(Math.PI * place)) * (ITS_WINDOW / WINDOW);
    }),
  };
}

/** The frame that is nearest to a time. */
export function frameAt(second: number): number {
  return roundHalfEven(second * FRAME_RATE);
}
