/** Straight lines through beats: one tempo, from a robust fit. Follows leap_models/music/beat_line.py. */

import { roundHalfEven } from "../music/arithmetic";
import { type Path, sum } from "./beat_path";

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
    return path.timesS.map((timeS) => roundHalfEven(((timeS - this.second) / this.periodS) * 2) / 2 + this.beat);
  }

  /** How much later than that it is. */
  residualsS(path: Path): number[] {
    const halves = this.nearestHalves(path);
    return path.timesS.map((timeS, i) => timeS - this.second - (halves[i]! - this.beat) * this.periodS);
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
    const even = differences(path.timesS).filter((lengthS) => {
      const beats = lengthS / this.periodS;
      return Math.min(...[0.5, 1, 2].map((factor) => Math.abs(beats / factor - 1))) < UNEVEN;
    });
    return even.length / (path.length - 1);
  }

  /** How much later than the line the beats on it are, in the mean; 0 with too few to tell. */
  offS(path: Path): number {
    const on = this.holds(path);
    if (on.filter(Boolean).length < FEWEST) return 0;
    const residuals = this.residualsS(path).filter((_, i) => on[i]);
    return average(residuals, path.chosen(on).strengths);
  }
}

/** A line, the share of the beats that lie on it, and the first of them. */
export interface LineFit {
  readonly line: Line;
  readonly share: number;
  readonly startS: number;
}

/** The line through most of at least two beats; its whole beats are where more is heard. */
export function findLine(path: Path): LineFit {
  const medianS = median(differences(path.timesS));
  let [best, phase, period] = [-1, 0, medianS];
  for (let i = 0; i < TRIED; i++) {
    const tried = medianS * Math.exp(-SPREAD + (2 * SPREAD * i) / (TRIED - 1));
    let [real, imaginary] = [0, 0];
    path.timesS.forEach((timeS, beat) => {
      const angle = (4 * Math.PI * timeS) / tried; // half beats coincide
      real += path.strengths[beat]! * Math.cos(angle);
      imaginary += path.strengths[beat]! * Math.sin(angle);
    });
    const length = Math.hypot(real, imaginary);
    if (length > best) [best, phase, period] = [length, Math.atan2(imaginary, real) / (4 * Math.PI), tried];
  }
  const refined = refine(path, new Line(phase * period, 0, period));
  const fit = { ...refined, share: refined.share * refined.line.evenness(path) };
  const { line } = fit;
  const on = line.holds(path);
  const odd = line.nearestHalves(path).map((beat) => modulo1(beat) !== 0);
  const heard = (isOdd: boolean) => sum(path.strengths.filter((_, i) => on[i] && odd[i] === isOdd));
  if (heard(true) <= heard(false)) return fit;
  return { ...fit, line: new Line(line.second + line.periodS / 2, line.beat, line.periodS) };
}

/** The line that fits best among those near another; beats keep their numbers. */
export function refine(path: Path, near: Line): LineFit {
  let line = near;
  for (let round = 0; round < 3; round++) {
    const on = line.holds(path);
    const chosen = path.chosen(on);
    if (chosen.length < FEWEST) return { line, share: 0, startS: path.timesS[0]! };
    line = regressed(chosen.timesS, line.nearestHalves(path).filter((_, i) => on[i]), chosen.strengths);
  }
  const on = path.chosen(line.holds(path));
  return { line, share: line.share(path), startS: on.timesS[0] ?? path.timesS[0]! };
}

/** Least squares, with the roundest tempo that the beats leave room for. */
function regressed(timesS: readonly number[], beats: readonly number[], weights: readonly number[]): Line {
  const [beat, second] = [average(beats, weights), average(timesS, weights)];
  const spread = sum(beats.map((each, i) => weights[i]! * (each - beat) ** 2));
  const together = sum(beats.map((each, i) => weights[i]! * (each - beat) * (timesS[i]! - second)));
  const fitted = together / spread;
  const squares = timesS.map((timeS, i) => (timeS - second - fitted * (beats[i]! - beat)) ** 2);
  const jitterS = Math.max(JITTER_S, Math.sqrt(average(squares, weights)));
  const mean = sum(weights) / weights.length;
  const periodS = rounded(fitted, jitterS * Math.sqrt(mean / spread));
  const whole = roundHalfEven(beat);
  return new Line(second + (whole - beat) * periodS, whole, periodS);
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

export function differences(values: readonly number[]): number[] {
  return values.slice(1).map((value, i) => value - values[i]!);
}

export function average(values: readonly number[], weights: readonly number[]): number {
  return sum(values.map((value, i) => value * weights[i]!)) / sum(weights);
}

export function median(values: ArrayLike<number>): number {
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** Python's `value % 1`. */
export function modulo1(value: number): number {
  return value - Math.floor(value);
}
