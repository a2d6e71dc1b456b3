/** Which beats begin a bar: a vote of all beats and half beats. Follows leap_models/music/beat_bars.py. */

import { modulo, roundHalfEven } from "../music/arithmetic";
import { FRAME_RATE, Frames, type Heard, KEPT_S, LOW_BANDS } from "./heard";

const CONTEXT_BEATS = 2; // before and after, whose spectra are compared
const WALTZ = 2; // by how many standard errors bars of three must be clearer than bars of four
const FEWEST = 16; // votes that decide anything

/** As in a tempo map: `downbeat` is the number of a beat, whole or half, that begins a bar. */
export interface Bars {
  readonly beatsPerBar: number;
  readonly downbeat: number;
}

interface Vote {
  readonly second: number;
  readonly half: number; // half beats
  readonly lead: number; // of a downbeat
  readonly strength: number;
  readonly change: number; // of harmony
}

/** What was heard on each beat and half beat of the grid, in the order of time. */
export class BarVotes {
  private activations = new Frames(2);
  private bands = new Frames(LOW_BANDS);
  private first = 0; // frame of the first that is kept
  private readonly votes: Vote[] = [];
  private readonly begins = [0]; // votes from which on beats are counted anew

  /** Take the next frames. */
  push(heard: Heard): void {
    const kept = KEPT_S * FRAME_RATE;
    const bands = this.bands.joined(heard.bands);
    this.first += Math.max(0, bands.length - kept);
    this.bands = bands.last(kept);
    this.activations = this.activations.joined(heard.activations).last(kept);
  }

  /** Let beats and half beats vote, within the frames that are kept. `beatS`: how long a beat is. */
  vote(timesS: ArrayLike<number>, beats: readonly number[], beatS: number): void {
    const last = this.activations.length - 2;
    const context = roundHalfEven(CONTEXT_BEATS * beatS * FRAME_RATE);
    const sums = cumulative(this.bands);
    beats.forEach((beat, i) => {
      const second = timesS[i]!;
      const place = Math.min(Math.max(roundHalfEven(second * FRAME_RATE) - this.first, 1), last);
      const near = [0, 1].map((which) => Math.max(...[-1, 0, 1].map((step) => this.activations.at(place + step, which))));
      const [beatHeard, downbeatHeard] = near as [number, number];
      this.votes.push({
        second,
        half: roundHalfEven(2 * beat),
        lead: downbeatHeard - beatHeard,
        strength: beatHeard + downbeatHeard,
        change: changeAt(sums, this.bands.length, place, context),
      });
    });
  }

  /** From here on beats have another length; what was voted before does not count. */
  countAnew(): void {
    this.begins.push(this.votes.length);
  }

  /** The outcome of the votes before `untilS`. */
  bars(untilS: number): Bars {
    let known = this.votes.findIndex((vote) => vote.second >= untilS);
    if (known < 0) known = this.votes.length;
    const begin = Math.max(...this.begins.filter((place) => place <= known));
    if (known - begin < FEWEST) return { beatsPerBar: 4, downbeat: 0 };
    const votes = this.votes.slice(begin, known);
    const [four, three] = [scores(votes, 8), scores(votes, 6)];
    const isWaltz = Math.max(...three) > Math.max(...four) + WALTZ;
    const chosen = isWaltz ? three : four;
    return { beatsPerBar: isWaltz ? 3 : 4, downbeat: chosen.indexOf(Math.max(...chosen)) / 2 };
  }
}

/** Sums of the bands of all frames before each. */
function cumulative(bands: Frames): Float64Array {
  const sums = new Float64Array((bands.length + 1) * LOW_BANDS);
  for (let i = 0; i < bands.data.length; i++) sums[i + LOW_BANDS] = sums[i]! + bands.data[i]!;
  return sums;
}

/** How different the mean spectrum is after a place from before; 0..1. */
function changeAt(sums: Float64Array, frames: number, place: number, context: number): number {
  const mean = (from: number, to: number): number[] => {
    const start = Math.min(Math.max(from, 0), frames - 1);
    const end = Math.min(Math.max(to, start + 1), frames);
    return Array.from({ length: LOW_BANDS }, (_, band) => {
      return (sums[end * LOW_BANDS + band]! - sums[start * LOW_BANDS + band]!) / (end - start);
    });
  };
  const [before, after] = [mean(place - context, place - 1), mean(place + 1, place + context)];
  const product = (a: number[], b: number[]) => a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  const lengths = Math.sqrt(product(before, before) * product(after, after));
  return 1 - product(before, after) / Math.max(lengths, 1e-9);
}

/** For each half beat of a bar, how clearly bars begin there, in standard errors. */
function scores(votes: readonly Vote[], cycle: number): number[] {
  const leads = standard(votes.map((vote) => vote.lead));
  const strengths = standard(votes.map((vote) => vote.strength));
  const changes = standard(votes.map((vote) => vote.change));
  return Array.from({ length: cycle }, (_, place) => {
    const here = votes.map((vote) => modulo(vote.half, cycle) === place);
    const same = votes.map((vote) => modulo(vote.half, 2) === place % 2);
    const count = here.filter(Boolean).length;
    if (count === 0) return 0;
    const of = (values: readonly number[], which: readonly boolean[]) => values.filter((_, i) => which[i]);
    const lead = (mean(of(leads, here)) - mean(of(leads, same))) / (deviation(of(leads, same)) + 1e-6);
    return (lead + mean(of(changes, here)) + mean(of(strengths, same))) * Math.sqrt(count);
  });
}

function standard(values: readonly number[]): number[] {
  const [middle, spread] = [mean(values), deviation(values) + 1e-6];
  return values.map((value) => (value - middle) / spread);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function deviation(values: readonly number[]): number {
  const middle = mean(values);
  return Math.sqrt(mean(values.map((value) => (value - middle) ** 2)));
}
