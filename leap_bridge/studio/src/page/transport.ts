/** Where in the song playing is, and when what is to sound: arithmetic of two clocks, without any sound. */

/** A part that is played again and again, in seconds of the song. */
export interface Loop {
  startS: number;
  endS: number;
}

/** A stretch of song seconds, and when on the audio clock it begins to sound. */
export interface Slice {
  fromS: number;
  toS: number;
  whenS: number;
}

const SHORTEST_LOOP_S = 0.2;

/** A run of the song from some second on, begun at some time of the audio clock. */
export class Run {
  /** Up to where slices were handed out, on the audio clock. */
  private plannedS: number;

  constructor(
    readonly beganS: number,
    readonly fromS: number,
    readonly endS: number,
    readonly loop: Loop | null,
  ) {
    this.plannedS = beganS;
  }

  private get round(): Loop | null {
    const { loop, fromS } = this;
    return loop && loop.endS - loop.startS >= SHORTEST_LOOP_S && fromS < loop.endS ? loop : null;
  }

  /** The song's second at a time of the audio clock. */
  positionAt(nowS: number): number {
    const gone = this.fromS + Math.max(0, nowS - this.beganS);
    const { round } = this;
    if (round && gone >= round.endS) return round.startS + ((gone - round.endS) % (round.endS - round.startS));
    return Math.min(gone, this.endS);
  }

  isOver(nowS: number): boolean {
    return this.round === null && this.fromS + nowS - this.beganS >= this.endS;
  }

  /** Forget what was planned from a time on. */
  planAgain(fromS: number): void {
    this.plannedS = Math.max(this.beganS, Math.min(this.plannedS, fromS));
  }

  /** What has to be scheduled so that everything before `untilS` of the audio clock is. */
  plan(untilS: number): Slice[] {
    const slices: Slice[] = [];
    while (this.plannedS < untilS - 1e-6) {
      const fromS = this.positionAt(this.plannedS);
      const endS = this.round?.endS ?? this.endS;
      const lengthS = Math.min(endS - fromS, untilS - this.plannedS);
      if (lengthS <= 1e-6 && this.round === null) break;
      if (lengthS > 1e-6) slices.push({ fromS, toS: fromS + lengthS, whenS: this.plannedS });
      this.plannedS += Math.max(lengthS, 1e-6);
    }
    return slices;
  }
}

/** Equal power: 0 is the song alone, 1 the piano alone. */
export function gains(balance: number): { song: number; piano: number } {
  const angle = (Math.min(1, Math.max(0, balance)) * Math.PI) / 2;
  return { song: Math.cos(angle), piano: Math.sin(angle) };
}
