/**
 * A steady grid through tracked beats. It grows as beats come in, and what was laid down is never moved.
 *
 * Follows leap_models/music/beat_grid.py: one tempo as long as the beats bear it out, a round number of beats per minute
 * where they leave room for one.
 */

import { roundHalfEven } from "../music/arithmetic";
import type { Anchor } from "../music/tempo";
import { differences, findLine, Line, type LineFit, median, modulo1, refine } from "./beat_line";
import { Path } from "./beat_path";

export const FALLBACK_BPM = 120;
export const AHEAD_S = 18; // how far beyond a stretch of grid the beats must be known
export const STRIDE_S = 1; // between two looks at the beats ahead

const NEAR_S = 10; // what decides whether the line still holds
const HOLDS = 0.45; // share of the beats there that lie on it
const EVEN = 0.1; // share of their intervals that suit its tempo
const FITS = 0.8; // share that must lie on a new line
const LENGTHS_S = [18, 12, 8]; // in which a new line is looked for, the longest first
const FEWEST = 6; // beats that make a new line
const HEARD = 0.25; // mean strength of beats that say anything
const HEARD_LATER = 0.45; // and of those that make a new line when there is one already; endings fade
const OFF_S = 0.018; // by how much the beats may be beside the line before it is corrected
const LEFT_S = 0.006; // and afterwards
const JOIN_BEATS = 4; // over which a correction is spread
const FAST_S = 60 / 140; // a beat
const AGREED = 0.85; // share of the beats ahead that go at twice or half the tempo before the grid does
const SUDDEN = 0.15; // relative change from a beat to the next that is no gradual change of tempo
const CHANGED = 0.03; // relative change of tempo that is worth following beat by beat
const TRAIL_S = 3; // of single beats that are laid down at once
const SAME = 0.06; // relative difference of tempi that are twice or half of each other
const TINY = 1e-6; // what arithmetic may lose

/** Anchors that follow the beats. */
export class BeatGrid {
  /** What is laid down so far; behind the last, `line` goes on. */
  readonly anchors: Anchor[] = [];
  /** The tempo of now. At the start, and until beats are found, FALLBACK_BPM. */
  line = new Line(0, 0, 60 / FALLBACK_BPM);
  /** Before this nothing will change. */
  untilS = 0;
  /** Whether it rests on beats yet. */
  found = false;
  /** How often it went over to twice or half as many beats. */
  recounts = 0;
  private behind = new Path(); // beats that the line rests on and that are before untilS

  /** Lay the grid down up to `untilS`. `path`: the beats from `this.untilS` on, AHEAD_S beyond `untilS` if there are. */
  advance(path: Path, untilS: number): void {
    while (this.untilS < untilS) {
      if (this.anchors.length === 0 || this.untilS >= this.lastAnchor[0]) {
        this.look(path.between(this.untilS, this.untilS + AHEAD_S));
      }
      const nextS = Math.min(this.untilS + STRIDE_S, untilS);
      const passed = path.between(this.untilS, nextS);
      this.behind = this.behind.joined(passed.chosen(this.line.holds(passed)));
      this.untilS = nextS;
    }
  }

  /** At least two anchors: the grid up to `untilS`, where its last tempo goes on. */
  known(untilS: number): Anchor[] {
    const anchors: Anchor[] = this.anchors.length ? this.anchors : [[this.line.second, this.line.beat]];
    let laid = anchors.filter(([second]) => second <= untilS);
    if (laid.length === 0) laid = anchors.slice(0, 1);
    if (laid.length < anchors.length) return [...laid, anchors[laid.length]!];
    const beat = Math.max(laid[laid.length - 1]![1] + 1, Math.ceil(this.line.beatOf(untilS)));
    return [...laid, [this.line.timeOf(beat), beat]];
  }

  private get lastAnchor(): Anchor {
    return this.anchors[this.anchors.length - 1]!;
  }

  private look(ahead: Path): void {
    const near = ahead.between(this.untilS, this.untilS + NEAR_S);
    if (!this.found) this.change(ahead);
    else if (near.length === 0 || near.meanStrength() < HEARD) return;
    else if (!this.holds(near)) this.change(ahead);
    else if (Math.abs(this.line.offS(near)) > OFF_S) this.correct(near, ahead);
    else this.followOctave(ahead);
  }

  /** Whether beats lie on the line, and not by chance. */
  private holds(near: Path): boolean {
    return this.line.share(near) >= HOLDS && this.line.evenness(near) >= EVEN;
  }

  /** Go over to another line if there is one, else from beat to beat, as in a ritardando. */
  private change(ahead: Path): void {
    const fit = this.search(ahead);
    if (fit === null) {
      if (this.found) this.trail(ahead);
    } else if (this.untilS === 0) {
      const { line } = fit;
      const firstS = line.timeOf(Math.ceil(line.beatOf(0) - TINY));
      this.lay(firstS, 0);
      this.goOn(new Line(firstS, 0, line.periodS));
      this.found = true;
    } else {
      this.join(fit);
      this.found = true;
    }
  }

  /** The line on which beats lie for long; among equals, the first. */
  private search(ahead: Path): LineFit | null {
    const loud = this.found ? HEARD_LATER : HEARD;
    for (const lengthS of LENGTHS_S) {
      for (let i = 0; i < ahead.length; i += 2) {
        const startS = ahead.timesS[i]!;
        if (startS > this.untilS + Math.max(AHEAD_S - lengthS, 2)) break;
        const part = ahead.between(startS, startS + lengthS);
        if (part.length < FEWEST || part.meanStrength() < loud) continue;
        const fit = findLine(part);
        if (fit.share >= FITS) return fit;
      }
    }
    return null;
  }

  /** Leave the line of now on its last beat before the other one begins, and reach that one on a beat. */
  private join(fit: LineFit): void {
    const old = this.line;
    let now = fit.line;
    if (this.found && Math.abs(now.periodS / old.periodS / 2 - 1) < SAME) {
      now = new Line(now.second, now.beat, now.periodS / 2); // only every other beat is heard now
    }
    if (this.anchors.length === 0) this.lay(old.second, old.beat);
    const leave = Math.max(this.nextBeat(), Math.floor(old.beatOf(fit.startS - 0.5 * now.periodS)));
    const leaveS = old.timeOf(leave);
    const from = now.beatOf(Math.max(fit.startS, leaveS + 0.6 * now.periodS));
    const arriveS = now.timeOf(Math.ceil(from - TINY));
    const arrive = leave + Math.max(1, roundHalfEven((arriveS - leaveS) / now.periodS));
    this.lay(leaveS, leave);
    this.lay(arriveS, arrive);
    this.goOn(new Line(arriveS, arrive, now.periodS));
  }

  /** Lay down the next beats as they were played, if they are clear and the tempo changes little by little. */
  private trail(ahead: Path): void {
    const fromS = Math.max(this.untilS, this.lastAnchor[0]);
    const beats = ahead.between(fromS + 0.3 * this.line.periodS, fromS + AHEAD_S);
    const lengthsS = differences(beats.timesS.slice(0, FEWEST + 1));
    if (lengthsS.length < FEWEST || beats.meanStrength(FEWEST) < HEARD_LATER) return;
    const ratio = median(lengthsS) / this.line.periodS;
    const changes = differences(lengthsS.map((lengthS) => Math.log(lengthS))).map(Math.abs);
    if (Math.max(...changes) > SUDDEN || Math.abs(ratio - 1) < CHANGED) return;
    const left = this.line.beatOf(fromS);
    const number = Math.max(roundHalfEven(this.line.beatOf(beats.timesS[0]!)), Math.floor(left + TINY) + 1);
    this.lay(fromS, left);
    const near = beats.timesS.slice(0, FEWEST).filter((timeS) => timeS < fromS + TRAIL_S);
    const last = Math.max(1, near.length - 1);
    for (let place = 0; place <= last; place++) this.lay(beats.timesS[place]!, number + place);
    this.goOn(new Line(beats.timesS[last]!, number + last, lengthsS[last]!));
  }

  /** Bring the line back to the beats: with all it rested on, or if the tempo has drifted, with those to come. */
  private correct(near: Path, ahead: Path): void {
    const moved = new Line(this.line.second + this.line.offS(near), this.line.beat, this.line.periodS);
    const rested = refine(this.behind.joined(near), this.line).line;
    const others = [refine(ahead, moved), refine(near, moved)].filter((fit) => fit.share >= FITS);
    const lines = [rested, ...others.map((fit) => fit.line)];
    const line = lines.find((each) => Math.abs(each.offS(near)) <= LEFT_S && each.share(near) >= HOLDS) ?? moved;
    const [begin, { behind }] = [this.nextBeat(), this];
    const end = begin + JOIN_BEATS;
    this.lay(this.line.timeOf(begin), begin);
    this.lay(line.timeOf(end), end);
    this.goOn(new Line(line.timeOf(end), end, line.periodS));
    if (line === rested) this.behind = behind;
  }

  /** Count twice as many beats if all beats ahead do, or half as many where that is too fast. */
  private followOctave(ahead: Path): void {
    if (ahead.length < 2 * FEWEST || ahead.timesS[ahead.length - 1]! - this.untilS < AHEAD_S - 2) return;
    const ratios = differences(ahead.timesS).map((lengthS) => lengthS / this.line.periodS);
    for (const factor of this.line.periodS < FAST_S ? [0.5, 2] : [0.5]) {
      const agreed = ratios.filter((ratio) => Math.abs(ratio / factor - 1) < 0.2).length / ratios.length;
      if (agreed < AGREED) continue;
      let beat = this.nextBeat();
      const places = this.line.nearestHalves(ahead).map((half) => modulo1((half - beat) / 2) * 2);
      const on = (place: number) => places.filter((each) => each === place).length;
      if (factor === 2 && on(1) > on(0)) beat += 1;
      this.lay(this.line.timeOf(beat), beat);
      this.goOn(new Line(this.line.timeOf(beat), beat, this.line.periodS * factor));
      this.recounts += 1;
      return;
    }
  }

  /** The first beat of the line of now that may still be moved. */
  private nextBeat(): number {
    return Math.ceil(this.line.beatOf(Math.max(this.untilS, this.lastAnchor[0])) - TINY);
  }

  private goOn(line: Line): void {
    this.line = line;
    this.behind = new Path();
  }

  private lay(second: number, beat: number): void {
    if (this.anchors.length === 0 || second > this.lastAnchor[0] + TINY) this.anchors.push([second, beat]);
  }
}
