/**
 * One hand at the keyboard: what it holds, what it can take, and what taking it would cost. Follows music/hands.py.
 *
 * Costs are in one unit throughout: about the loss of a second of one held inner note.
 */

import { LEFT, type Note, RIGHT } from "./notes";

export const CHORD_S = 0.035; // what a hand strikes within this time it holds at once; a little more than an onset group
export const SIXTEENTH_S = 0.12; // a note released earlier is heard as cut off: a sixteenth at 125 beats a minute
export const CUT_OFF = 1.5; // the cost of that
export const TUNE_HELD = 4; // the cost of releasing the highest note that sounds
export const HOME = [67, 50] as const; // MIDI numbers around which the right and the left hand begin
export const OVERLAP_S = 0.06; // so much of a legato note's end nobody misses
export const LEFT_ON_TOP = 0.4; // the cost of the left hand playing the tune
export const RESTS_S = 1; // a hand that has played nothing for so long is not in the other's way
// Below the first the right hand, above the second the left hand is away from its own part of the keys.
export const FAR = [60, 62] as const;

/** What a player of some level can do. */
export interface Limits {
  /** Semitones that one hand spans. */
  readonly reach: number;
  /** Keys that one hand holds. */
  readonly fingers: number;
  /** How often one key can be struck. */
  readonly repeatsPerS: number;
  /** How often a hand plays notes between tune and bass. */
  readonly strikesPerS: number;
}

/** A key that was struck; `endS` may come earlier than written, or later if a repetition was left out. */
export class Key {
  released = false;

  constructor(
    readonly note: Note,
    public endS: number,
  ) {}

  /** MIDI number. */
  get pitch(): number {
    return this.note.pitch;
  }
}

/** A note to be played, and what leaving it out would cost. */
export interface Wanted {
  readonly note: Note;
  readonly worth: number;
  readonly tune: boolean;
  readonly inner: boolean; // neither the tune nor the bass
}

/** What a hand would do with the notes it is offered. */
export interface Plan {
  readonly taken: readonly Note[];
  readonly released: readonly Key[];
  readonly cost: number;
  readonly lowest: number; // of all it holds then; where it was, if that is nothing
  readonly highest: number;
}

/** Remembers what it holds and where it is. */
export class Hand {
  keys: Key[] = [];
  private place: number; // MIDI number in the middle of what it played last
  private struckS = -Infinity;

  constructor(
    readonly side: typeof RIGHT | typeof LEFT,
    private readonly limits: Limits,
  ) {
    this.place = HOME[side];
  }

  /** Keys that are up again no longer matter, unless they belong to the chord being played. */
  forget(nowS: number): void {
    this.keys = this.keys.filter((key) => key.endS > nowS || key.note.startS >= nowS - CHORD_S);
  }

  /** Whether it can hold this key with all that it holds. */
  reaches(pitch: number): boolean {
    const pitches = [pitch, ...this.keys.map((key) => key.pitch)];
    return Math.max(...pitches) - Math.min(...pitches) <= this.limits.reach && pitches.length <= this.limits.fingers;
  }

  /**
   * Take what is worth more than the held notes it would cost, the dearest first.
   *
   * `wanted`: dearest first. `top`: the key of the tune, if it is held.
   */
  plan(wanted: readonly Wanted[], nowS: number, top: Key | null): Plan {
    const fixed = this.keys.filter((key) => key.note.startS >= nowS - CHORD_S).map((key) => key.pitch);
    let loose = this.keys.filter((key) => key.note.startS < nowS - CHORD_S);
    const taken: Note[] = [];
    const released: Key[] = [];
    let cost = 0;
    for (const one of wanted) {
      const going = this.going(one, fixed, loose, nowS, top);
      const price = going === null ? Infinity : going.reduce((sum, key) => sum + releaseCost(key, nowS, top), 0);
      cost += Math.min(price, one.worth);
      if (going !== null && price <= one.worth) {
        taken.push(one.note);
        fixed.push(one.note.pitch);
        released.push(...going);
        loose = loose.filter((key) => !going.includes(key));
      }
    }
    const held = [...fixed, ...loose.map((key) => key.pitch)];
    const idle = nowS - this.struckS < RESTS_S ? [this.place] : [];
    const around = held.length > 0 ? held : idle;
    const [low, high] = [Math.min(...around), Math.max(...around)];
    const dearest = wanted[0];
    if (this.side === LEFT && taken.length > 0 && dearest?.tune && dearest.note.pitch >= FAR[0]) cost += LEFT_ON_TOP;
    return { taken, released, cost: cost + this.effort(taken, low, high, nowS), lowest: low, highest: high };
  }

  /** Do it; gives the keys that were struck. */
  follow(plan: Plan, nowS: number): Key[] {
    for (const key of plan.released) {
      key.endS = nowS;
      key.released = true;
    }
    const struck = plan.taken.map((note) => new Key(note, note.endS));
    this.keys = [...this.keys.filter((key) => !plan.released.includes(key)), ...struck];
    if (struck.length > 0) {
      this.place = (plan.lowest + plan.highest) / 2;
      this.struckS = nowS;
    }
    return struck;
  }

  /** Which held keys must go for this note; null: it cannot be played. */
  private going(one: Wanted, fixed: number[], loose: Key[], nowS: number, top: Key | null): Key[] | null {
    const together = [...fixed, one.note.pitch];
    const [low, high] = [Math.min(...together), Math.max(...together)];
    const { reach, fingers, strikesPerS } = this.limits;
    if (high - low > reach || together.length > fingers) return null;
    if (one.inner && CHORD_S < nowS - this.struckS && nowS - this.struckS < 1 / strikesPerS) return null;
    const isTooFar = (key: Key) => high - key.pitch > reach || key.pitch - low > reach;
    const going = loose.filter(isTooFar);
    const spare = loose
      .filter((key) => !isTooFar(key))
      .sort((a, b) => releaseCost(a, nowS, top) - releaseCost(b, nowS, top));
    return [...going, ...spare.slice(0, Math.max(0, spare.length + together.length - fingers))];
  }

  /** The cost of getting there. */
  private effort(taken: readonly Note[], low: number, high: number, nowS: number): number {
    if (taken.length === 0) return 0;
    const leap = Math.max(0, Math.abs((low + high) / 2 - this.place) - 4);
    const beyond = (pitch: number) => Math.max(0, this.side === RIGHT ? FAR[0] - pitch : pitch - FAR[1]);
    const away = taken.reduce((sum, note) => sum + beyond(note.pitch), 0);
    return Math.min(3, (0.02 * leap) / (0.1 + nowS - this.struckS)) + 0.08 * away;
  }
}

/** What is lost when a held key is let go now. */
export function releaseCost(key: Key, nowS: number, top: Key | null): number {
  const restS = Math.max(0, key.endS - nowS - OVERLAP_S);
  let cost = Math.min(restS, 1);
  if (restS > 0 && nowS - key.note.startS < SIXTEENTH_S) cost += CUT_OFF;
  if (key === top) cost += TUNE_HELD * Math.min(1, restS / 0.25);
  return cost;
}
