/** How far a run is, and whether it is to go on. Follows leap_models/progress.py. */

import type { Progress } from "../arranger";

export class Clock {
  private done = 0;
  private total = 0;
  private startedMs = 0;

  /** `stopped`: whether somebody asked to stop; by `breathe` such a wish gets through while sums are done. */
  constructor(
    private readonly tell: (progress: Progress) => void,
    private readonly stopped: () => boolean,
    private readonly breathe: () => Promise<void>,
  ) {}

  /** A stage without units begins. */
  say(stage: string): void {
    this.tell({ stage, done: 0, total: 1, etaS: null });
  }

  /** The music is being listened to; `total` units of work lie ahead. */
  start(total: number): void {
    this.total = total;
    this.say("listening");
  }

  /** Stop here if asked to: throws an AbortError. */
  readonly check = async (): Promise<void> => {
    await this.breathe();
    if (this.stopped()) throw new DOMException("the run was cancelled", "AbortError");
  };

  /** One unit of work is done. */
  readonly tick = async (): Promise<void> => {
    await this.check();
    this.skip(1);
  };

  /** So many units need not be done, or are. */
  skip(units: number): void {
    if (this.done === 0) this.startedMs = performance.now();
    this.done += units;
    const spentS = (performance.now() - this.startedMs) / 1000;
    const etaS = this.done > units ? (spentS / this.done) * (this.total - this.done) : null;
    this.tell({ stage: "arranging", done: this.done, total: this.total, etaS });
  }
}
