/**
 * The most likely sequence of beats through the activations, with a tempo that may drift but seldom jumps.
 *
 * Follows leap_models/music/beat_path.py: a beat that ends an interval of k frames scores what was heard at it and what
 * was best k frames before.
 */

import { FRAME_RATE, type Frames, KEPT_S } from "./heard";

export const [SHORTEST, LONGEST] = [12, 60]; // frames between beats: 250 to 50 bpm
const LATE_S = 0.003; // by which the network hears a beat after it began

// All in nats, as in Python.
const GAIN = -1.1; // of a beat where the network is undecided
const SIDE = 0.6; // share of an activation that counts one frame off
const FLOOR = 0.05; // no silence speaks louder against a beat than this probability
const USUAL_BPM = [66, 140] as const;
const UNUSUAL = 0.5; // lost per beat and octave outside
const REACH = 4; // frames by which an interval may differ from the one before
const DRIFT = 0.4; // lost when it does
const BEND = 60; // lost per relative change beyond one frame, which rounding explains
const JUMP = 30; // lost for any other change of tempo
const FRESH = 1; // lost for it after a rest
const REST = [100, 5] as const; // frames: from 2 s before a beat until it begins
const QUIET = 0.15; // no probability of a beat in a rest is more

const COUNT = LONGEST - SHORTEST + 1; // of intervals
const KEPT = KEPT_S * FRAME_RATE;
const OWN_COSTS = Float64Array.from({ length: COUNT }, (_, i) => {
  const bpm = (60 * FRAME_RATE) / (SHORTEST + i);
  return -UNUSUAL * Math.max(0, Math.log2(USUAL_BPM[0] / bpm), Math.log2(bpm / USUAL_BPM[1]));
});
// Among equals, the tempo stays: 0, -1, 1, -2, 2 ...
const STEPS = [0, ...Array.from({ length: REACH }, (_, i) => [-(i + 1), i + 1]).flat()];

/** Beats in the order of time: when, finer than frames, and how strongly heard (0..1). */
export class Path {
  constructor(
    readonly timesS: readonly number[] = [],
    readonly strengths: readonly number[] = [],
  ) {}

  get length(): number {
    return this.timesS.length;
  }

  /** The beats in [startS, endS). */
  between(startS: number, endS: number): Path {
    return this.chosen(this.timesS.map((timeS) => timeS >= startS && timeS < endS));
  }

  /** The beats for which `which` is true. */
  chosen(which: readonly boolean[]): Path {
    return new Path(
      this.timesS.filter((_, i) => which[i]),
      this.strengths.filter((_, i) => which[i]),
    );
  }

  /** These beats and then the other's. */
  joined(other: Path): Path {
    return new Path([...this.timesS, ...other.timesS], [...this.strengths, ...other.strengths]);
  }

  /** The mean of the strengths of the first beats. */
  meanStrength(count = this.length): number {
    const some = this.strengths.slice(0, count);
    return sum(some) / some.length;
  }
}

export function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

/** Activations in, frame by frame; the best path out. */
export class BeatPath {
  private heard: number[] = []; // probability of any beat in the frames that are kept
  private first = 0; // frame of the first of them
  private next = 1; // frame to be scored next; the first has no neighbour and cannot be a beat
  private readonly scores = new Float64Array(LONGEST * COUNT); // of paths that go on with an interval
  private readonly ends = new Float64Array(LONGEST * COUNT).fill(-Infinity); // that end here; by frame % LONGEST
  private readonly cameBy = new Int8Array(KEPT * COUNT); // interval before the one that goes on

  /** Take the next frames; each is used when the one after it is there. */
  push(activations: Frames): void {
    for (let frame = 0; frame < activations.length; frame++) {
      this.heard.push(activations.at(frame, 0) + activations.at(frame, 1));
    }
    const until = this.first + this.heard.length - 1;
    for (; this.next < until; this.next++) this.step(this.next);
    const surplus = this.heard.length - KEPT;
    if (surplus > 0) {
      this.heard = this.heard.slice(surplus);
      this.first += surplus;
    }
  }

  /** No more frames come. */
  finish(silence: Frames): void {
    this.push(silence);
  }

  /** The beats of the best path so far, as far back as it is kept. */
  trace(): Path {
    const newest = this.next - 1;
    let [frame, column, best] = [-1, 0, -Infinity];
    for (let each = Math.max(1, newest - LONGEST + 1); each <= newest; each++) {
      for (let i = 0; i < COUNT; i++) {
        const score = this.ends[(each % LONGEST) * COUNT + i]!;
        if (frame < 0 || score > best) [frame, column, best] = [each, i, score];
      }
    }
    const frames: number[] = [];
    while (frame > this.first) {
      frames.push(frame);
      frame -= SHORTEST + column;
      column = this.cameBy[modulo(frame, KEPT) * COUNT + column]!;
    }
    return this.path(frames.reverse());
  }

  private step(frame: number): void {
    const gain = this.gain(frame - this.first);
    const row = (frame % LONGEST) * COUNT;
    const ends = new Float64Array(COUNT);
    let best = 0;
    for (let i = 0; i < COUNT; i++) {
      const before = modulo(frame - SHORTEST - i, LONGEST);
      ends[i] = this.scores[before * COUNT + i]! + (OWN_COSTS[i]! + gain);
      if (ends[i]! > ends[best]!) best = i;
    }
    const jump = ends[best]! + this.jump(frame - this.first);
    const came = (frame % KEPT) * COUNT;
    for (let i = 0; i < COUNT; i++) {
      let [by, score] = [i, -Infinity];
      for (const move of STEPS) {
        const from = i + move;
        if (from < 0 || from >= COUNT) continue;
        const option = ends[from]! + moveCost(i, move);
        if (option > score) [by, score] = [from, option];
      }
      this.ends[row + i] = ends[i]!;
      this.scores[row + i] = Math.max(score, jump);
      this.cameBy[came + i] = jump > score ? best : by;
    }
  }

  /** What a beat gains at a place: log odds, from the frame and its neighbours. */
  private gain(place: number): number {
    const near = SIDE * Math.max(this.heard[place - 1]!, this.heard[place + 1]!);
    const probability = Math.min(Math.max(near, this.heard[place]!, FLOOR), 0.99);
    return Math.log(probability / (1 - probability)) + GAIN;
  }

  /** What a jump to another tempo costs there. */
  private jump(place: number): number {
    const [start, end] = REST;
    let loudest = 0;
    for (let i = Math.max(0, place - start); i < place - end; i++) loudest = Math.max(loudest, this.heard[i]!);
    return loudest > QUIET ? -JUMP : -FRESH;
  }

  private path(frames: readonly number[]): Path {
    const last = this.heard.length - 1;
    const at = (place: number) => this.heard[Math.min(Math.max(place, 0), last)]!;
    const log = (place: number) => Math.log(Math.max(at(place), 1e-3));
    const times = frames.map((frame) => {
      const place = frame - this.first;
      const [left, middle, right] = [log(place - 1), log(place), log(place + 1)];
      const bend = Math.min(left - 2 * middle + right, -1e-9); // the top of the parabola through three neighbours
      const offset = Math.min(Math.max((0.5 * (left - right)) / bend, -0.5), 0.5);
      return (frame + offset) / FRAME_RATE - LATE_S;
    });
    const strengths = frames.map((frame) => Math.max(...[-1, 0, 1].map((step) => at(frame - this.first + step))));
    return new Path(times, strengths);
  }
}

function moveCost(interval: number, move: number): number {
  const bend = (BEND * Math.max(0, Math.abs(move) - 1)) / (SHORTEST + interval);
  return -((move !== 0 ? DRIFT : 0) + bend);
}

function modulo(value: number, count: number): number {
  return ((value % count) + count) % count;
}
