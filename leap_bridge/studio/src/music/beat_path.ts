/**
 * The most likely sequence of beats through the activations, with a tempo that may drift but seldom jumps.
 *
 * A beat at frame t that ends an interval of k frames scores what the network heard at t and what was best k frames
 * before; so the search looks at every frame and every interval, and needs no more than the longest interval behind it.
 * The path back from the newest frame is read at any time; what lies some seconds behind it hardly ever changes.
 *
 * Follows leap_models/music/beat_path.py.
 */

import { FRAME_RATE, KEPT_S } from "../leap/heard";
import { modulo } from "./arithmetic";
import { argmax, clip } from "./statistics";

export const SHORTEST = 12; // frames between beats: 250 to 50 bpm
export const LONGEST = 60;
const LATE_S = 0.003; // by which the network hears a beat after it began, in the mean over rendered songs

// All in nats. Found by a random search on rendered pop songs, with and without drums.
const GAIN = -1.1; // of a beat where the network is undecided: a tempo must earn its beats, or fewer would do
const SIDE = 0.6; // share of an activation that counts one frame off
const FLOOR = 0.05; // no silence speaks louder against a beat than this probability
const USUAL_BPM = [66, 140] as const;
const UNUSUAL = 0.5; // lost per beat and octave outside
const REACH = 4; // frames by which an interval may differ from the one before
const DRIFT = 0.4; // lost when it does
const BEND = 60; // lost per relative change beyond one frame, which rounding explains
const JUMP = 30; // lost for any other change of tempo
const FRESH = 1; // lost for it after a rest, when a new tempo is as good as the old one
const REST = [100, 5] as const; // frames: from 2 s before a beat until it begins
const QUIET = 0.15; // no probability of a beat in a rest is more

const INTERVALS = Array.from({ length: LONGEST - SHORTEST + 1 }, (_, i) => SHORTEST + i);
const COUNT = INTERVALS.length;
const KEPT = KEPT_S * FRAME_RATE; // frames

/** Beats in the order of time. */
export class Path {
  /** `timesS`: finer than frames. `strengths`: 0..1, what the network heard there. */
  constructor(
    readonly timesS: readonly number[] = [],
    readonly strengths: readonly number[] = [],
  ) {}

  get length(): number {
    return this.timesS.length;
  }

  /** The beats in [startS, endS). */
  between(startS: number, endS: number): Path {
    return this.chosen(this.timesS.map((second) => second >= startS && second < endS));
  }

  /** The beats for which `which` is true. */
  chosen(which: readonly boolean[]): Path {
    return new Path(
      this.timesS.filter((_, i) => which[i]),
      this.strengths.filter((_, i) => which[i]),
    );
  }

  /** The beats of both, the other's after its own. */
  joined(other: Path): Path {
    return new Path([...this.timesS, ...other.timesS], [...this.strengths, ...other.strengths]);
  }
}

/** For an interval, one that may come before it, by its place, and what that costs. */
interface Move {
  readonly before: number;
  readonly cost: number;
}

const OWN_COST = INTERVALS.map(unusual);
const MOVES = INTERVALS.map(movesTo);

/** Activations in, frame by frame; the best path out. */
export class BeatPath {
  private heard: number[] = []; // probability of any beat in the frames that are kept
  private first = 0; // frame of the first of them
  private next = 1; // frame to be scored next; the first has no neighbour and cannot be a beat
  private readonly scores = new Float64Array(LONGEST * COUNT); // of paths that go on with an interval
  private readonly ends = new Float64Array(LONGEST * COUNT).fill(-Infinity); // of paths that end here; frame % LONGEST
  private readonly cameBy = new Int8Array(KEPT * COUNT); // interval before the one that goes on

  /** Take the next frames, two numbers each; each frame is used when the one after it is there. */
  push(activations: Float32Array): void {
    for (let i = 0; i < activations.length; i += 2) this.heard.push(activations[i]! + activations[i + 1]!);
    const until = this.first + this.heard.length - 1;
    for (; this.next < until; this.next++) {
      const place = this.next - this.first;
      this.step(this.next, this.gain(place), this.jump(place));
    }
    const surplus = this.heard.length - KEPT;
    if (surplus > 0) {
      this.heard = this.heard.slice(surplus);
      this.first += surplus;
    }
  }

  /** No more frames come. */
  finish(): void {
    this.push(new Float32Array(2));
  }

  /** The beats of the best path so far, as far back as it is kept. */
  trace(): Path {
    const newest = this.next - 1;
    let [frame, column, best] = [-1, 0, -Infinity];
    for (let each = Math.max(1, newest - LONGEST + 1); each <= newest; each++) {
      const row = (each % LONGEST) * COUNT;
      for (let i = 0; i < COUNT; i++) {
        if (frame < 0 || this.ends[row + i]! > best) [frame, column, best] = [each, i, this.ends[row + i]!];
      }
    }
    const frames: number[] = [];
    while (frame > this.first) {
      frames.push(frame);
      frame -= INTERVALS[column]!;
      column = this.cameBy[modulo(frame, KEPT) * COUNT + column]!;
    }
    return this.path(frames.reverse());
  }

  private step(frame: number, gain: number, jumpCost: number): void {
    const ends = new Float64Array(COUNT);
    for (let i = 0; i < COUNT; i++) {
      const before = modulo(frame - INTERVALS[i]!, LONGEST);
      ends[i] = this.scores[before * COUNT + i]! + (OWN_COST[i]! + gain);
    }
    const best = argmax(ends);
    const jump = ends[best]! + jumpCost;
    const [row, kept] = [(frame % LONGEST) * COUNT, (frame % KEPT) * COUNT];
    for (let i = 0; i < COUNT; i++) {
      let [score, by] = [-Infinity, COUNT];
      for (const { before, cost } of MOVES[i]!) {
        const option = ends[before]! + cost;
        if (option > score) [score, by] = [option, before];
      }
      this.ends[row + i] = ends[i]!;
      this.scores[row + i] = Math.max(score, jump);
      this.cameBy[kept + i] = jump > score ? best : by;
    }
  }

  /** What a beat gains at a frame: log odds, from the frame and its neighbours. */
  private gain(place: number): number {
    const near = SIDE * Math.max(this.heard[place - 1]!, this.heard[place + 1]!);
    const probability = clip(Math.max(near, this.heard[place]!), FLOOR, 0.99);
    return Math.log(probability / (1 - probability)) + GAIN;
  }

  /** What a jump to another tempo costs at a frame. */
  private jump(place: number): number {
    let loudest = 0;
    for (let i = Math.max(0, place - REST[0]); i < place - REST[1]; i++) loudest = Math.max(loudest, this.heard[i]!);
    return loudest > QUIET ? -JUMP : -FRESH;
  }

  private path(frames: readonly number[]): Path {
    const at = (place: number) => this.heard[clip(place, 0, this.heard.length - 1)]!;
    const log = (place: number) => Math.log(Math.max(at(place), 1e-3));
    const times = frames.map((frame) => {
      const place = frame - this.first;
      const [left, middle, right] = [log(place - 1), log(place), log(place + 1)];
      // The top of the parabola through three neighbours.
      const bend = Math.min(left - 2 * middle + right, -1e-9);
      const offset = clip((0.5 * (left - right)) / bend, -0.5, 0.5);
      return (frame + offset) / FRAME_RATE - LATE_S;
    });
    const places = frames.map((frame) => frame - this.first);
    return new Path(times, places.map((place) => Math.max(at(place - 1), at(place), at(place + 1))));
  }
}

function unusual(interval: number): number {
  const bpm = (60 * FRAME_RATE) / interval;
  const [low, high] = USUAL_BPM;
  return -UNUSUAL * Math.max(0, Math.log2(low / bpm), Math.log2(bpm / high));
}

function movesTo(interval: number, place: number): Move[] {
  const steps = [0]; // among equals, the tempo stays
  for (let step = 1; step <= REACH; step++) steps.push(-step, step);
  return steps
    .map((step) => ({
      before: place + step,
      cost: -((step === 0 ? 0 : DRIFT) + (BEND * Math.max(0, Math.abs(step) - 1)) / interval),
    }))
    .filter(({ before }) => before >= 0 && before < COUNT);
}
