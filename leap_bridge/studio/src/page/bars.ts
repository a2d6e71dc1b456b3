/** Bars of a take, as people count them. The rule is that of leap_models/music/plot.py. */

import type { Tempo } from "../arranger";
import { TempoMap } from "../music/tempo";

const EARLY_S = 0.15; // a beat tracker may put the first beat so much before the first sound

export interface Bar {
  /** The first one is number 1. */
  number: number;
  startS: number;
  /** Where its other beats are. */
  beatsS: number[];
}

/** The bars that begin before `endS`; one that began a moment before 0 s begins there. */
export function barsOf(tempo: Tempo, endS: number): Bar[] {
  const map = TempoMap.of(tempo);
  const [first, last] = [-EARLY_S, endS].map((at) => (map.beatAt(at) - tempo.downbeat) / tempo.beatsPerBar) as [number, number];
  const bars: Bar[] = [];
  for (let bar = Math.ceil(first); bar <= Math.floor(last); bar++) {
    const beat = tempo.downbeat + bar * tempo.beatsPerBar;
    const beatsS = Array.from({ length: tempo.beatsPerBar - 1 }, (_, i) => map.secondAt(beat + i + 1));
    if (map.secondAt(beat) > endS - 1e-3) break; // the line that ends the last bar begins none
    bars.push({ number: bars.length + 1, startS: Math.max(0, map.secondAt(beat)), beatsS });
  }
  return bars;
}

/** "12.3": the bar and the beat of it at a second; "–" before the first bar. */
export function barAndBeat(bars: Bar[], atS: number): string {
  const bar = barAt(bars, atS);
  if (!bar) return "–";
  return `${bar.number}.${1 + bar.beatsS.filter((beatS) => beatS <= atS + 1e-3).length}`;
}

export function barAt(bars: Bar[], atS: number): Bar | undefined {
  return bars.findLast((bar) => bar.startS <= atS + 1e-3);
}

/** Where the bar after next begins, or the one before: what an arrow key goes to. */
export function neighbour(bars: Bar[], atS: number, forward: boolean): number | undefined {
  if (forward) return bars.find((bar) => bar.startS > atS + 0.01)?.startS;
  return bars.findLast((bar) => bar.startS < atS - 0.3)?.startS;
}
