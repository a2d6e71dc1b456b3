/** How clear it is where the beats are. Follows leap_models/music/beat_clarity.py. */

import { roundHalfEven } from "../music/arithmetic";
import type { TempoMap } from "../music/tempo";
import { median } from "./beat_line";
import type { Path } from "./beat_path";
import { FRAME_RATE, KEPT_S } from "./heard";
import { joined } from "./resampling";

export const CLEAR = 0.7; // from this confidence on the grid can be relied upon
export const REACH_S = 5; // before and after a time, what speaks for it
const [ON_S, ON_BEATS] = [0.03, 0.12]; // so near to a whole or half beat a beat lies on the grid
const LATE_S = 0.008; // by which the spectrum rises after a note began
const STEPS = 4; // of the grid per beat: sixteenths
const [HEARD, ALIGNED, BIAS] = [5, 3.2, -3.1];

/** Judges the grid stretch by stretch, once for ever. */
export class BeatClarity {
  private onsets: Float32Array = new Float32Array(0);
  private first = 0; // frame of the first that is kept
  private readonly edgesS = [0];
  private readonly judged: number[] = []; // between two edges each

  /** Take how much louder the next frames became. */
  push(onsets: Float32Array): void {
    const kept = KEPT_S * FRAME_RATE;
    const all = joined(this.onsets, onsets);
    this.first += Math.max(0, all.length - kept);
    this.onsets = all.slice(-kept);
  }

  /** Find out how clear the grid is between the last edge and `untilS`; `tempo` is null without beats. */
  judge(untilS: number, path: Path, tempo: TempoMap | null): void {
    this.edgesS.push(untilS);
    this.judged.push(tempo === null ? 0 : this.confidenceAt(untilS, path, tempo));
  }

  /** The mean over what is judged of [startS, endS); 0 where nothing is. */
  confidence(startS: number, endS: number): number {
    const edgesS = this.edgesS.map((edgeS) => Math.min(Math.max(edgeS, startS), endS));
    let [sum, totalS] = [0, 0];
    this.judged.forEach((confidence, i) => {
      const lengthS = edgesS[i + 1]! - edgesS[i]!;
      sum += lengthS * confidence;
      totalS += lengthS;
    });
    return totalS > 0 ? sum / totalS : 0;
  }

  private confidenceAt(second: number, path: Path, tempo: TempoMap): number {
    const near = path.between(second - REACH_S, second + REACH_S);
    const evidence = HEARD * heard(near, tempo, second) + ALIGNED * this.aligned(tempo, second) + BIAS;
    return 1 / (1 + Math.exp(-evidence));
  }

  /** -1..1: whether onsets lie on sixteenths (1), all between them (-1), or anywhere (0). */
  private aligned(tempo: TempoMap, second: number): number {
    const first = Math.max(0, roundHalfEven((second - REACH_S) * FRAME_RATE) - this.first);
    const end = Math.max(first, roundHalfEven((second + REACH_S) * FRAME_RATE) - this.first);
    const onsets = this.onsets.slice(first, end);
    if (!onsets.some((onset) => onset !== 0)) return 0;
    const middle = median(onsets);
    let [sum, total] = [0, 0];
    onsets.forEach((onset, i) => {
      const above = Math.max(onset - middle, 0);
      const beat = tempo.beatAt((this.first + first + i) / FRAME_RATE - LATE_S);
      sum += above * Math.cos(2 * Math.PI * STEPS * beat);
      total += above;
    });
    return sum / Math.max(total, 1e-9);
  }
}

/** 0..1: how strongly beats were heard in the mean; those beside the grid count as unheard. */
function heard(path: Path, tempo: TempoMap, second: number): number {
  if (path.length === 0) return 0;
  const beatS = 60 / tempo.bpmAt(second);
  const near = Math.min(ON_S, ON_BEATS * beatS);
  let sum = 0;
  path.timesS.forEach((timeS, i) => {
    const halves = 2 * tempo.beatAt(timeS);
    if ((Math.abs(halves - roundHalfEven(halves)) / 2) * beatS <= near) sum += path.strengths[i]!;
  });
  return sum / path.length;
}
