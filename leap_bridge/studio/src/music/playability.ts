/**
 * Music for two hands: notes that no pianist could reach are left out, held notes are let go in time.
 *
 * `Player` is sequential: it takes notes as they come and gives final ones. However they are pushed, the result is the
 * same. What is struck within 30 ms is one group. A group is shared out between a low and a high hand; where it cannot be
 * played, inner notes go first, and the highest and the lowest note last. Follows leap_models/music/playability.py.
 */

import { interpolate } from "./arithmetic";
import { BadParameter } from "./errors";
import { Hand, type Key, type Limits, type Plan, type Wanted } from "./hands";
import { compareNotes, LEFT, type Note, type Notes, RIGHT, sortedNotes } from "./notes";

export const REACH = 14; // semitones, a major ninth: what one hand is asked to span at once
export const FINGERS = 5; // of one hand
export const GROUP_S = 0.03; // notes struck within this time of the first are struck together
const STEPS = [1, 2, 3, 4, 5];
const LEVELS = {
  // by level, 1 to 5; between them the table is interpolated
  reach: [7, 9, 12, 13, REACH],
  fingers: [2, 3, 4, FINGERS, FINGERS],
  repeatsPerS: [4, 5, 7, 10, 15],
  strikesPerS: [6, 8, 11, 15, 25],
};
// What it costs to leave out the tune, the bass, the highest of a group, and any other.
const [TOP, BOTTOM, UPPER, INNER] = [20, 8, 2.5, 1.2];
const CROSSING = 1.5; // what it costs when the left hand reaches over the right; more the further
const TINY_S = 1e-9;

/** What a player of that level can do; throws BadParameter if there is no such level. */
export function limits(level: number): Limits {
  if (!(level >= 1 && level <= 5)) throw new BadParameter(`level must be from 1 to 5, got ${level}`);
  const found = (row: readonly number[]) => interpolate(level, STEPS, row);
  return {
    reach: Math.trunc(found(LEVELS.reach)),
    fingers: Math.trunc(found(LEVELS.fingers)),
    repeatsPerS: found(LEVELS.repeatsPerS),
    strikesPerS: found(LEVELS.strikesPerS),
  };
}

/** The notes as two hands of that level can play them; see `Player`. */
export function makePlayable(notes: Iterable<Note>, level: number): Notes {
  const player = new Player(level);
  return [...player.push(sortedNotes(notes), 0), ...player.finish()];
}

interface Struck {
  readonly key: Key;
  readonly hand: Hand;
}

/**
 * Two hands that play what comes, as well as their level, 1.0 to 5.0, allows.
 *
 * Every note given out is marked `RIGHT` or `LEFT`. What each hand holds at any moment is within its reach and its
 * fingers. Held notes are released early where a hand must go elsewhere, if possible not before a sixteenth; the highest
 * sounding note is not released for an inner one. A key struck again ends its earlier note; struck again too fast, the
 * earlier note lasts instead.
 */
export class Player {
  private readonly limits: Limits;
  private readonly right: Hand;
  private readonly left: Hand;
  private coming: Note[] = [];
  private waiting: Struck[] = []; // played, and not given out
  private readonly struck = new Map<number, Struck>(); // by pitch, the last time
  private pushedS = -Infinity;
  private finalS = -Infinity;

  constructor(level: number) {
    this.limits = limits(level);
    this.right = new Hand(RIGHT, this.limits);
    this.left = new Hand(LEFT, this.limits);
  }

  /** Every note that begins before this time has been given out. */
  get untilS(): number {
    return this.finalS;
  }

  /** Take the next notes, in the order of their onsets, all that begin before `untilS`; give the final ones. */
  push(notes: Iterable<Note>, untilS: number): Notes {
    for (const note of notes) this.coming.push(note);
    this.pushedS = Math.max(this.pushedS, untilS);
    this.play(this.pushedS);
    const nowS = Math.min(this.pushedS, this.coming[0]?.startS ?? Infinity);
    const openS = this.waiting.filter(({ key }) => !this.isFinal(key, nowS)).map(({ key }) => key.note.startS);
    this.finalS = Math.min(nowS, ...openS);
    return this.give(this.finalS);
  }

  /** The rest. */
  finish(): Notes {
    this.play(Infinity);
    this.finalS = Infinity;
    return this.give(this.finalS);
  }

  /** Play every group that is complete. */
  private play(untilS: number): void {
    let next = 0;
    while (next < this.coming.length && this.coming[next]!.startS + GROUP_S + TINY_S < untilS) {
      const lastS = this.coming[next]!.startS + GROUP_S + TINY_S;
      const group = [this.coming[next++]!];
      while (next < this.coming.length && this.coming[next]!.startS <= lastS) group.push(this.coming[next++]!);
      this.playGroup(group);
    }
    this.coming = this.coming.slice(next);
  }

  private isFinal(key: Key, nowS: number): boolean {
    return Math.max(key.endS, key.note.startS + 1 / this.limits.repeatsPerS) <= nowS;
  }

  private give(untilS: number): Notes {
    const ready = this.waiting.filter(({ key }) => key.note.startS < untilS);
    this.waiting = this.waiting.filter(({ key }) => key.note.startS >= untilS);
    return ready
      .map(({ key, hand }) => ({ ...key.note, endS: key.endS, track: hand.side }))
      .sort(compareNotes);
  }

  private playGroup(group: readonly Note[]): void {
    const nowS = group[0]!.startS;
    this.right.forget(nowS);
    this.left.forget(nowS);
    const fresh = onceEach(group).filter((note) => !this.isRepetition(note));
    const { wanted, top } = this.wanted(fresh, nowS);
    const { left, right } = this.best(wanted, nowS, top);
    for (const [hand, plan] of [[this.left, left], [this.right, right]] as const) {
      for (const key of hand.follow(plan, nowS)) {
        this.waiting.push({ key, hand });
        this.struck.set(key.pitch, { key, hand });
      }
    }
  }

  /** Whether its key was struck too little before; else the key, if it is down, comes up for it. */
  private isRepetition(note: Note): boolean {
    const last = this.struck.get(note.pitch);
    if (last === undefined) return false;
    const { key, hand } = last;
    if (note.startS - key.note.startS < 1 / this.limits.repeatsPerS - TINY_S) {
      const isHeld = hand.keys.includes(key);
      if (isHeld || (!key.released && hand.reaches(key.pitch))) {
        if (!isHeld) hand.keys.push(key);
        key.endS = Math.max(key.endS, note.endS);
      }
      return true;
    }
    if (key.endS > note.startS) {
      key.endS = note.startS;
      hand.keys = hand.keys.filter((held) => held !== key);
    }
    return false;
  }

  /** The notes of a group, low to high, with their worth; and the key of the tune, if it is held. */
  private wanted(fresh: readonly Note[], nowS: number): { wanted: Wanted[]; top: Key | null } {
    const held = [this.left, this.right].flatMap((hand) => hand.keys.filter((key) => key.endS > nowS + 0.1));
    const top = held.reduce<Key | null>((best, key) => (best === null || key.pitch > best.pitch ? key : best), null);
    const highest = top?.pitch ?? -1;
    const lowest = Math.min(128, ...held.map((key) => key.pitch));

    const worth = (note: Note, index: number): number => {
      const isHighest = index === fresh.length - 1;
      if (isHighest && note.pitch > highest) return TOP;
      if (index === 0 && note.pitch < lowest) return BOTTOM;
      return (isHighest ? UPPER : INNER) + note.velocity / 127;
    };

    const wanted = fresh.map((note, index) => {
      const one = worth(note, index);
      return { note, worth: one, tune: one === TOP, inner: one < BOTTOM };
    });
    return { wanted, top };
  }

  /** What the left and the right hand do: of all ways of sharing the notes out the cheapest, the first of equals. */
  private best(wanted: readonly Wanted[], nowS: number, top: Key | null): { left: Plan; right: Plan } {
    let best: { left: Plan; right: Plan } | null = null;
    let least = Infinity;
    for (let split = 0; split <= wanted.length; split++) {
      const low = wanted.slice(0, split).sort((a, b) => b.worth - a.worth || a.note.pitch - b.note.pitch);
      const high = wanted.slice(split).sort((a, b) => b.worth - a.worth || b.note.pitch - a.note.pitch);
      const plans = { left: this.left.plan(low, nowS, top), right: this.right.plan(high, nowS, top) };
      const cost = total(plans.left, plans.right);
      if (best === null || cost < least) [best, least] = [plans, cost];
    }
    return best!;
  }
}

/** Low to high; of two notes on one key the first, as loud and as long as the two. */
function onceEach(group: readonly Note[]): Note[] {
  const best = new Map<number, Note>();
  for (const note of group) {
    const first = best.get(note.pitch) ?? note;
    const [endS, velocity] = [Math.max(first.endS, note.endS), Math.max(first.velocity, note.velocity)];
    best.set(note.pitch, { startS: first.startS, endS, pitch: note.pitch, velocity, track: note.track });
  }
  return [...best.values()].sort((a, b) => a.pitch - b.pitch);
}

function total(left: Plan, right: Plan): number {
  const over = left.highest - right.lowest;
  return left.cost + right.cost + (over > 0 ? CROSSING + 0.15 * over : 0);
}
