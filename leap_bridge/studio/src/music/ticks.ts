/**
 * A tempo map on the ticks of a MIDI file, whose tempi are whole microseconds and whose tick 0 is second 0.
 *
 * Follows leap_models/music/ticks.py.
 */

import { bisectRight, roundHalfEven } from "./arithmetic";
import { BadParameter } from "./errors";
import type { TempoMap } from "./tempo";

export const TICKS_PER_BEAT = 480; // doubled for slow tempi
export const TOLERANCE_S = 0.001; // how far a bar line of the file may be from the song's
const HALF_TICK_S = 0.0006; // how far a note may be moved to reach a tick
const MOST_TICKS_PER_BEAT = 30_720; // a MIDI file has 15 bits for it
const MOST_TICKS = 10_000_000; // some programs take a file with more for a corrupt one
const SLOWEST_US = 0xffffff; // microseconds per beat; a MIDI file has 24 bits for it
const FASTEST_BPM = 960; // what hosts still take as a tempo
const STRIDE_BEATS = 256; // a whole number of microseconds per beat is near enough for so long

/** From `tick`, which is at `second`, a beat lasts `usPerBeat` microseconds. */
export interface TempoChange {
  readonly tick: number;
  readonly second: number;
  readonly usPerBeat: number;
}

/** The tempo as a file holds it. */
export class FileTempo {
  /**
   * `perBeat`: ticks. `changes`: the first is at tick 0. `firstBarBeats`: length of the first bar; the others are
   * `beatsPerBar` of the tempo map.
   */
  constructor(
    readonly perBeat: number,
    readonly changes: readonly TempoChange[],
    readonly firstBarBeats: number,
  ) {}

  /** The tick nearest to a time; never before tick 0. */
  tickAt(second: number): number {
    const index = bisectRight(this.changes, second, (each) => each.second) - 1;
    const change = this.changes[Math.max(index, 0)]!;
    const ticks = (((second - change.second) * 1e6) / change.usPerBeat) * this.perBeat;
    return Math.max(0, change.tick + Math.floor(ticks + 0.5));
  }
}

/** Beat `beat` of the file is to be at `second`. */
interface Point {
  readonly beat: number;
  readonly second: number;
}

/** How the file begins: its bars are those of the song, and beat 0 is at 0 s. */
interface Opening {
  /** The start of the file, and from where on it follows the song. */
  readonly points: readonly Point[];
  /** A beat of the file less the same beat of the song, from the last point on. */
  readonly shift: number;
  readonly firstBarBeats: number;
}

/**
 * Put a tempo map on ticks, with as few tempo changes as keep every beat within a millisecond, as far as `endS`.
 *
 * A song rarely begins on a bar line at 0 s. What comes before its first one becomes a bar of its own, whose first beats
 * are played faster where they are not all there. Throws BadParameter if a beat is longer than a MIDI file can say.
 */
export function fileTempo(tempo: TempoMap, endS: number): FileTempo {
  const opening = openingOf(tempo);
  const points = pointsOf(tempo, opening, endS);
  const slowestS = Math.max(...pairs(points).map(([a, b]) => (b.second - a.second) / (b.beat - a.beat)));
  let perBeat = TICKS_PER_BEAT;
  const most = Math.min(MOST_TICKS_PER_BEAT, MOST_TICKS / points.at(-1)!.beat);
  while (slowestS / perBeat / 2 > HALF_TICK_S && 2 * perBeat <= most) perBeat *= 2;
  return new FileTempo(perBeat, changesOf(onTicks(points, perBeat), perBeat), opening.firstBarBeats);
}

/** The beginning of the file of a song with that tempo map. */
export function openingOf(tempo: TempoMap): Opening {
  const [bar, beat0] = [tempo.beatsPerBar, tempo.beatAt(0)];
  const firstBar = tempo.downbeat + bar * Math.ceil((beat0 - tempo.downbeat) / bar - 1e-6); // its beat, at 0 s or later
  if (firstBar - beat0 <= 1e-6 * bar) {
    return { points: [{ beat: 0, second: 0 }], shift: -firstBar, firstBarBeats: bar };
  }
  // So many beats of the file before the first bar line, and so many of them at the song's tempo.
  for (let beats = bar; beats > 0; beats--) {
    for (let whole = Math.min(beats - 1, Math.floor(firstBar - beat0)); whole >= 0; whole--) {
      const second = tempo.secondAt(firstBar - whole);
      if (second * FASTEST_BPM >= 60 * (beats - whole)) {
        const points = [{ beat: 0, second: 0 }, { beat: beats - whole, second }];
        return { points, shift: beats - firstBar, firstBarBeats: beats };
      }
    }
  }
  // The bar line is within 63 ms of the beginning: the first beat takes that in.
  const points = [{ beat: 0, second: 0 }, { beat: 1, second: tempo.secondAt(firstBar + 1) }];
  return { points, shift: -firstBar, firstBarBeats: bar };
}

/** The anchors, and more between where they are far apart, up to a beat behind `endS`. */
function pointsOf(tempo: TempoMap, opening: Opening, endS: number): Point[] {
  const points = [...opening.points];
  const begin = points.at(-1)!.beat;
  const lastBeat = Math.ceil(Math.max(tempo.beatAt(endS) + opening.shift, begin)) + 1;
  const anchors = tempo.anchors.map(([, beat]) => beat + opening.shift);
  for (const beat of [...anchors.filter((each) => begin < each && each < lastBeat), lastBeat]) {
    const from = points.at(-1)!.beat;
    const parts = Math.ceil((beat - from) / STRIDE_BEATS);
    const step = (beat - from) / parts;
    for (let part = 1; part <= parts; part++) {
      const each = beat - step * (parts - part);
      points.push({ beat: each, second: tempo.secondAt(each - opening.shift) });
    }
  }
  return points;
}

interface Placed {
  readonly tick: number;
  readonly second: number;
}

/** Each point moved along its line to a whole tick; rising. */
function onTicks(points: readonly Point[], perBeat: number): Placed[] {
  const moved: Placed[] = [{ tick: 0, second: 0 }];
  for (const [before, point] of pairs(points)) {
    const tick = roundHalfEven(point.beat * perBeat);
    const slope = (point.second - before.second) / (point.beat - before.beat);
    if (tick > moved.at(-1)!.tick) {
      moved.push({ tick, second: point.second + (tick / perBeat - point.beat) * slope });
    }
  }
  return moved;
}

/** Straight lines through the points, each as long as it stays within TOLERANCE_S of all it passes. */
function changesOf(points: readonly Placed[], perBeat: number): TempoChange[] {
  const changes: TempoChange[] = [];
  let [index, second] = [0, 0];
  while (index < points.length - 1) {
    const tick = points[index]!.tick;
    let [low, high, reached, aim] = [1, SLOWEST_US, index, 0];
    for (let other = index + 1; other < points.length; other++) {
      const { tick: otherTick, second: otherSecond } = points[other]!;
      const us = (1e6 * perBeat) / (otherTick - tick); // microseconds per beat that move that point by a second
      low = Math.max(low, Math.ceil((otherSecond - TOLERANCE_S - second) * us));
      high = Math.min(high, Math.floor((otherSecond + TOLERANCE_S - second) * us));
      if (low > high) break;
      reached = other;
      aim = Math.min(Math.max(roundHalfEven((otherSecond - second) * us), low), high);
    }
    if (reached === index) {
      const at = second.toFixed(3);
      throw new BadParameter(`a beat in a MIDI file must be shorter than 16.7 s, the tempo at ${at} s is not`);
    }
    changes.push({ tick, second, usPerBeat: aim });
    second += (((points[reached]!.tick - tick) / perBeat) * aim) / 1e6;
    index = reached;
  }
  return changes;
}

/** Each item with the next. */
function pairs<T>(items: readonly T[]): [T, T][] {
  return items.slice(1).map((item, i) => [items[i]!, item]);
}
