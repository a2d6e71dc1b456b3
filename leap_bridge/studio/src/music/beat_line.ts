/** Straight lines through beats: one tempo, from a robust fit. Follows leap_models/music/beat_line.py. */

import { modulo, roundHalfEven } from "./arithmetic";
import type { Path } from "./beat_path";
import { argmax, average, differences, mean, median, shareOf, sum } from "./statistics";

const BESIDE_S = 0.03; // a beat this near lies on the line
const BESIDE = 0.12; // or this near, in beats, where the tempo is fast
const SPREAD = 0.03; // tempi tried around the median, relative
const TRIED = 121;
const FEWEST = 4; // beats that make a line
const UNEVEN = 0.1; // share of itself by which an interval may be off
const JITTER_S = 0.005; // of a tracked beat, at least
const ROUND_BPM = [1, 0.5, 0.1]; // tempi that people choose: whole numbers before halves before tenths
const SURE = 2.5; // standard errors that a tempo may be off
const ROOM = 8; // standard errors between neighbours, or any number would be near a round one

/** Beat `beat` is at `second`, and a beat lasts `periodS`. */
export class Line {
  constructor(
    readonly second: number,
    readonly beat: number,
    readonly periodS: number,
  ) {}

  /** The same tempo, begun at another time. */
  at(second: number): Line {
    return new Line(second, this.beat, this.periodS);
  }

  /** The second of a beat. */
  timeOf(beat: number): number {
    return this.second + (beat - this.beat) * this.periodS;
  }

  /** The beat at a time. */
  beatOf(second: number): number {
    return this.beat + (second - this.second) / this.periodS;
  }

  /** The beat or half beat that each beat of the path is nearest to. */
  nearestHalves(path: Path): number[] {
    return path.timesS.map(
      (second) => roundHalfEven(((second - this.second) / this.periodS) * 2) / 2 + this.beat,
    );
  }

  /** How much later than that it is. */
  residualsS(path: Path): number[] {
    const halves = this.nearestHalves(path);
    return path.timesS.map((second, i) => second - this.second - (halves[i]! - this.beat) * this.periodS);
  }

  /** Which beats lie on the line. */
  holds(path: Path): boolean[] {
    const near = Math.min(BESIDE_S, BESIDE * this.periodS);
    return this.residualsS(path).map((residual) => Math.abs(residual) <= near);
  }

  /** How much of the beats, by strength, does; 1 where there are none. */
  share(path: Path): number {
    const total = sum(path.strengths);
    return total > 0 ? sum(path.chosen(this.holds(path)).strengths) / total : 1;
  }

  /** Share of the intervals between beats that are a beat long, half a beat or two; 1 with too few to tell. */
  evenness(path: Path): number {
    if (path.length < FEWEST) return 1;
    const beats = differences(path.timesS).map((interval) => interval / this.periodS);
    return shareOf(beats, (beat) => [0.5, 1, 2].some((factor) => Math.abs(beat / factor - 1) < UNEVEN));
  }

  /** How much later than the line the beats on it are, in the mean; 0 with too few to tell. */
  offS(path: Path): number {
    const on = this.holds(path);
    if (on.filter(Boolean).length < FEWEST) return 0;
    return average(this.residualsS(path).filter((_, i) => on[i]), path.chosen(on).strengths as number[]);
  }
}

/** A line, the share of the beats that lie on it, and the first of them. */
export interface LineFit {
  readonly line: Line;
  readonly share: number;
  readonly startS: number;
}

/**
 * The line through most of the beats. Its whole beats are where more is heard; how they are numbered says nothing.
 *
 * `path`: at least two beats.
 */
export function findLine(path: Path): LineFit {
  const medianS = median(differences(path.timesS));
  const step = (2 * SPREAD) / (TRIED - 1);
  const periods = Array.from({ length: TRIED }, (_, i) => medianS * Math.exp(i * step - SPREAD));
  const turns = periods.map((period) => turn(path, period)); // half beats coincide
  const best = argmax(turns.map(({ real, imaginary }) => Math.hypot(real, imaginary)));
  const phase = Math.atan2(turns[best]!.imaginary, turns[best]!.real) / (4 * Math.PI);
  const fit = refine(path, new Line(phase * periods[best]!, 0, periods[best]!));
  const share = fit.share * fit.line.evenness(path);
  const on = path.chosen(fit.line.holds(path));
  const isOdd = fit.line.nearestHalves(on).map((half) => modulo(half, 1) !== 0);
  const odd = sum(on.strengths.filter((_, i) => isOdd[i]));
  const even = sum(on.strengths.filter((_, i) => !isOdd[i]));
  const line = odd <= even ? fit.line : fit.line.at(fit.line.second + fit.line.periodS / 2);
  return { line, share, startS: fit.startS };
}

function turn(path: Path, period: number): { real: number; imaginary: number } {
  let [real, imaginary] = [0, 0];
  for (const [i, second] of path.timesS.entries()) {
    const angle = (4 * Math.PI * second) / period;
    real += Math.cos(angle) * path.strengths[i]!;
    imaginary += Math.sin(angle) * path.strengths[i]!;
  }
  return { real, imaginary };
}

/** The line that fits best among those near another; beats keep their numbers. */
export function refine(path: Path, near: Line): LineFit {
  let line = near;
  for (let round = 0; round < 3; round++) {
    const on = path.chosen(line.holds(path));
    if (on.length < FEWEST) return { line, share: 0, startS: path.timesS[0]! };
    line = regressed(on, line.nearestHalves(on));
  }
  const on = path.chosen(line.holds(path));
  return { line, share: line.share(path), startS: on.timesS[0] ?? path.timesS[0]! };
}

/** Least squares, with the roundest tempo that the beats leave room for. */
function regressed({ timesS, strengths }: Path, beats: readonly number[]): Line {
  const [beat, second] = [average(beats, strengths), average(timesS, strengths)];
  const spread = sum(beats.map((each, i) => strengths[i]! * (each - beat) ** 2));
  const together = sum(beats.map((each, i) => strengths[i]! * (each - beat) * (timesS[i]! - second)));
  const periodS = together / spread;
  const squares = timesS.map((each, i) => (each - second - periodS * (beats[i]! - beat)) ** 2);
  const jitterS = Math.max(JITTER_S, Math.sqrt(average(squares, strengths)));
  const roundS = rounded(periodS, jitterS * Math.sqrt(mean(strengths) / spread));
  const whole = roundHalfEven(beat);
  return new Line(second + (whole - beat) * roundS, whole, roundS);
}

function rounded(periodS: number, errorS: number): number {
  const bpm = 60 / periodS;
  for (const step of ROUND_BPM) {
    if ((periodS * step) / bpm < ROOM * errorS) break;
    const nearS = 60 / (roundHalfEven(bpm / step) * step);
    if (Math.abs(nearS - periodS) <= SURE * errorS) return nearS;
  }
  return periodS;
}
