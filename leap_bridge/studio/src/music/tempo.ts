/** Where the beats are, and notes moved onto them. Follows leap_models/music/tempo.py. */

import { bisectRight } from "./arithmetic";
import { BadParameter } from "./errors";
import { compareNotes, type Note, type Notes, sortedNotes } from "./notes";

export const SHORTEST_BEATS = 1 / 8; // a 32nd where a beat is a quarter: no quantized note is shorter
export const SLOW_BPM = 75;
export const BETWEEN = 0.3; // of a step: from there to the middle a note lies between two steps

/** A second, and the beat at it. */
export type Anchor = readonly [second: number, beat: number];

/** What a tempo map is made of, and what remains of one that was sent to another thread. */
export interface TempoData {
  readonly anchors: readonly Anchor[];
  readonly beatsPerBar: number;
  readonly downbeat: number;
}

/**
 * Which beat of a piece is when. Linear between anchors; the first and the last tempo go on for ever.
 *
 * `anchors`: at least two, seconds and beats strictly rising. `downbeat`: the number of a beat that begins a bar.
 */
export class TempoMap implements TempoData {
  constructor(
    readonly anchors: readonly Anchor[],
    readonly beatsPerBar = 4,
    readonly downbeat = 0,
  ) {
    if (anchors.length < 2) throw new BadParameter(`a tempo map needs at least two anchors, got ${anchors.length}`);
    const isFinite = anchors.every(([second, beat]) => Number.isFinite(second) && Number.isFinite(beat));
    const rises = anchors.slice(1).every(([second, beat], i) => second > anchors[i]![0] && beat > anchors[i]![1]);
    if (!isFinite || !rises) throw new BadParameter("the seconds and the beats of a tempo map's anchors must rise");
    if (beatsPerBar < 1 || !Number.isFinite(downbeat)) {
      throw new BadParameter(`a bar must have at least one beat and a beginning, got ${beatsPerBar} beats`);
    }
  }

  /** One tempo throughout; beat 0, which begins a bar, is at `firstS`. */
  static steady(bpm: number, beatsPerBar = 4, firstS = 0): TempoMap {
    if (!(bpm > 0 && bpm < Infinity)) throw new BadParameter(`bpm must be more than 0, got ${bpm}`);
    return new TempoMap([[firstS, 0], [firstS + 60 / bpm, 1]], beatsPerBar);
  }

  /** The map that plain data describes. */
  static of({ anchors, beatsPerBar, downbeat }: TempoData): TempoMap {
    return new TempoMap(anchors, beatsPerBar, downbeat);
  }

  /** The beat, with its fraction, at a time. */
  beatAt(second: number): number {
    const [[secondA, beatA], [secondB, beatB]] = this.segment(second, 0);
    return beatA + ((second - secondA) * (beatB - beatA)) / (secondB - secondA);
  }

  /** The time of a beat; the inverse of `beatAt`. */
  secondAt(beat: number): number {
    const [[secondA, beatA], [secondB, beatB]] = this.segment(beat, 1);
    return secondA + ((beat - beatA) * (secondB - secondA)) / (beatB - beatA);
  }

  /** The same as `beatAt` for many times at once. */
  beatsAt(seconds: ArrayLike<number>): Float64Array {
    return Float64Array.from(seconds, (second) => {
      const [[secondA, beatA], [secondB, beatB]] = this.segment(second, 0);
      return beatA + (second - secondA) * ((beatB - beatA) / (secondB - secondA));
    });
  }

  /** The same as `secondAt` for many beats at once. */
  secondsAt(beats: ArrayLike<number>): Float64Array {
    return Float64Array.from(beats, (beat) => {
      const [[secondA, beatA], [secondB, beatB]] = this.segment(beat, 1);
      return secondA + (beat - beatA) * ((secondB - secondA) / (beatB - beatA));
    });
  }

  /** Beats per minute at a time; on an anchor, those after it. */
  bpmAt(second: number): number {
    const [[secondA, beatA], [secondB, beatB]] = this.segment(second, 0);
    return (60 * (beatB - beatA)) / (secondB - secondA);
  }

  /** The same beats, all later by `byS` seconds. */
  shifted(byS: number): TempoMap {
    const anchors = this.anchors.map(([second, beat]): Anchor => [second + byS, beat]);
    return new TempoMap(anchors, this.beatsPerBar, this.downbeat);
  }

  private segment(value: number, axis: 0 | 1): [Anchor, Anchor] {
    const after = bisectRight(this.anchors, value, (anchor) => anchor[axis]);
    const index = Math.min(Math.max(after, 1), this.anchors.length - 1);
    return [this.anchors[index - 1]!, this.anchors[index]!];
  }
}

/** Move onsets towards the nearest step of the beat; see `Quantizer`. */
export function quantize(notes: Iterable<Note>, tempo: TempoMap, strength: number, stepsPerBeat = 4): Notes {
  const quantizer = new Quantizer(strength, stepsPerBeat);
  return [...quantizer.push(sortedNotes(notes), tempo, 0), ...quantizer.finish()];
}

/** A note whose place in beats is found. */
interface Placed {
  readonly note: Note;
  readonly start: number;
  end: number;
  readonly writtenEnd: number; // where it ended before
  given: boolean;
}

/**
 * Moves onsets towards the nearest step of the beat, as notes arrive.
 *
 * A note keeps its length, but lasts at least a 32nd. Where two notes of one key would come to overlap, the earlier ends
 * when the later begins; where they would begin together, the later comes a 32nd later. No onset is moved to before 0 s.
 *
 * `strength`: 0 leaves the notes as they are, 1 moves them all the way. `stepsPerBeat`: 4 for sixteenths where a beat is
 * a quarter. Where beats are slower than SLOW_BPM, and so may be counted in twos, a note well between two steps goes to
 * the middle of them.
 */
export class Quantizer {
  /** Every note that begins before has been given out. */
  untilS = 0;
  private held: Placed[] = [];
  private readonly last = new Map<string, Placed>(); // by track and pitch
  private tempo: TempoMap | null = null;

  constructor(
    private readonly strength: number,
    private readonly stepsPerBeat = 4,
  ) {
    if (!(strength >= 0 && strength <= 1)) throw new BadParameter(`strength must be from 0 to 1, got ${strength}`);
    if (stepsPerBeat < 1) throw new BadParameter(`stepsPerBeat must be at least 1, got ${stepsPerBeat}`);
  }

  /**
   * Take the next notes, in the order of their onsets; give those that can no longer change.
   *
   * `tempo` may have grown since the last call, but not changed before `untilS`, before which every note has been pushed.
   * `clear`: whether the beat is clear where these notes lie; where it is not, they stay.
   */
  push(notes: Iterable<Note>, tempo: TempoMap, untilS: number, clear = true): Notes {
    if (this.strength === 0) {
      this.untilS = untilS;
      return [...notes];
    }
    this.tempo = tempo;
    for (const note of notes) this.place(note, tempo, clear);
    // Moving to the nearest step keeps the order of onsets, so whatever is still to come begins here or later.
    const until = tempo.beatAt(untilS);
    const untilBeat = Math.min(until, this.moved(until, tempo));
    this.untilS = tempo.secondAt(untilBeat);
    return this.give(untilBeat);
  }

  /** The rest. */
  finish(): Notes {
    return this.give(Infinity);
  }

  private moved(beat: number, tempo: TempoMap): number {
    const steps = beat * this.stepsPerBeat;
    let nearest = Math.floor(steps + 0.5);
    if (Math.abs(steps - nearest) > BETWEEN && tempo.bpmAt(tempo.secondAt(beat)) < SLOW_BPM) {
      nearest = Math.floor(steps) + 0.5;
    }
    return beat + this.strength * (nearest / this.stepsPerBeat - beat);
  }

  private place(note: Note, tempo: TempoMap, clear: boolean): void {
    const [written, writtenEnd] = [tempo.beatAt(note.startS), tempo.beatAt(note.endS)];
    let start = clear ? this.moved(written, tempo) : written;
    if (tempo.secondAt(start) < 0) {
      const up = Math.ceil(written * this.stepsPerBeat) / this.stepsPerBeat;
      start = written + this.strength * (up - written);
    }
    const key = `${note.track} ${note.pitch}`;
    const before = this.last.get(key);
    if (before !== undefined) {
      start = Math.max(start, before.given ? before.end : before.start + SHORTEST_BEATS);
      before.end = Math.min(before.end, start);
    }
    const end = start + Math.max(SHORTEST_BEATS, writtenEnd - written);
    const placed = { note, start, end, writtenEnd, given: false };
    this.last.set(key, placed);
    this.held.push(placed);
  }

  private give(untilBeat: number): Notes {
    const ready = this.held.filter((placed) => placed.start < untilBeat);
    this.held = this.held.filter((placed) => placed.start >= untilBeat);
    return ready.map((placed) => this.final(placed, untilBeat)).sort(compareNotes);
  }

  private final(placed: Placed, untilBeat: number): Note {
    // A note of this key that is still to come begins at the earliest where this one's old end would be moved to.
    const tempo = this.tempo;
    if (tempo === null) throw new Error("nothing is held before the first push");
    const latestEnd = Math.max(untilBeat, this.moved(placed.writtenEnd, tempo), placed.start + SHORTEST_BEATS);
    placed.end = Math.min(placed.end, latestEnd);
    placed.given = true;
    return { ...placed.note, startS: tempo.secondAt(placed.start), endS: tempo.secondAt(placed.end) };
  }
}
