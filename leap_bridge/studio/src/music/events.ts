/** What happens on the rows of a roll: where notes are struck, rise and fall. Follows leap_models/music/events.py. */

export const REACH_FRAMES = 2; // how far a network smears an onset to each side
export const LOOKAHEAD_FRAMES = 2 * REACH_FRAMES; // what must be known on both sides of a frame to decide on it

/** In the order in which events count within one frame. */
export const Kind = {
  Fall: 0, // sounding falls below `off`
  Strike: 1, // an onset peaks
  Rise: 2, // sounding rises through `on`, and no onset peaks now or soon
} as const;
export type Kind = (typeof Kind)[keyof typeof Kind];

/** One thing that happens; `row` is track * 128 + pitch. */
export interface Event {
  readonly frame: number;
  readonly row: number;
  readonly kind: Kind;
}

/**
 * Everything that happens in two planes of rows of LOOKAHEAD + frames + LOOKAHEAD entries, sorted; frames from 0.
 *
 * An onset peaks where it is at least `on`, no frame within REACH_FRAMES is higher, and the note is heard (`off`) within
 * as many frames. Of equal neighbours the first is the peak.
 */
export function findEvents(sounding: Float32Array, onset: Float32Array, rows: number, on: number, off: number): Event[] {
  const width = sounding.length / rows;
  const count = width - 2 * LOOKAHEAD_FRAMES;
  const [high, low] = [Math.fround(on), Math.fround(off)]; // as NumPy compares them with its float32
  const found: Event[] = [];
  for (let row = 0; row < rows; row++) {
    const first = row * width + LOOKAHEAD_FRAMES;
    for (let frame = 0; frame < count; frame++) {
      const at = first + frame;
      const [now, before] = [sounding[at]!, sounding[at - 1]!];
      if (now < low && before >= low) found.push({ frame, row, kind: Kind.Fall });
      if (peaks(sounding, onset, at, high, low)) found.push({ frame, row, kind: Kind.Strike });
      else if (now >= high && before < high && !peaksSoon(sounding, onset, at, high, low)) {
        found.push({ frame, row, kind: Kind.Rise });
      }
    }
  }
  return found.sort((a, b) => a.frame - b.frame || a.row - b.row || a.kind - b.kind);
}

function peaks(sounding: Float32Array, onset: Float32Array, at: number, high: number, low: number): boolean {
  const here = onset[at]!;
  if (!(here >= high)) return false;
  let isHeard = sounding[at]! >= low;
  for (let step = 1; step <= REACH_FRAMES; step++) {
    if (!(here > onset[at - step]! && here >= onset[at + step]!)) return false;
    isHeard ||= sounding[at + step]! >= low;
  }
  return isHeard;
}

/** Whether an onset is about to peak: the better time. */
function peaksSoon(sounding: Float32Array, onset: Float32Array, at: number, high: number, low: number): boolean {
  for (let step = 1; step <= REACH_FRAMES; step++) {
    if (peaks(sounding, onset, at + step, high, low)) return true;
  }
  return false;
}
