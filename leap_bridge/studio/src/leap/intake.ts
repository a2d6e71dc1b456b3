/**
 * A song as the model needs it: window by window, read no earlier than it is needed. Follows leap_models/intake.py.
 *
 * Only what lies ahead is kept at the model's rate, so an hour needs no more memory than a minute beside the song itself.
 * The beat is followed some seconds ahead of the window that is handed out.
 */

import { Grid } from "../music/grid";
import type { Source } from "../music/reading";
import { TempoMap } from "../music/tempo";
import { CLEAR } from "./beat_clarity";
import { AHEAD_S, BeatTracker } from "./beats";
import { beatSums, type Networks } from "./networks";
import type { Window } from "./model";
import { joined, measuredFilter, Resampler } from "./resampling";

const LOUDEST = 1.26; // 2 dB over full scale, which lossy formats reach by themselves
const BLOCK = 1 << 18; // samples of the song that are read at once, as in Python
const REMEMBERED = 240; // stretches of 5.12 s whose features are kept for another run: 20 min, 65 MB
const ABSURD = 1e9; // no sample of a sound is so far from 1

/** The part of a song that is wanted. Times count from its start. */
export interface Part {
  readonly samples: Float32Array; // mono
  readonly sampleRate: number;
  /** What was heard in it in earlier runs. */
  readonly memory?: Map<string, Float32Array>;
}

export class Intake implements Source {
  readonly grid: Grid;
  durationS: number;
  tempo = TempoMap.steady(120);
  private readonly tracker: BeatTracker;
  private readonly resampler: Resampler;
  private position = 0; // samples of the song that were read
  private ended = false;
  private kept: Float32Array = new Float32Array(0); // from the next window's start on
  private read = 0; // samples at the model's rate so far
  private peak = LOUDEST;
  private broken = 0;

  constructor(
    networks: Networks,
    private readonly part: Part,
  ) {
    const { sampleRate, frameRate, frames, hop } = networks.constants.grid;
    this.grid = new Grid(sampleRate, frameRate, frames, hop);
    this.tracker = new BeatTracker(beatSums(networks), networks.context);
    this.resampler = new Resampler(part.sampleRate, sampleRate, measuredFilter(networks.rates, part.sampleRate));
    this.durationS = part.samples.length / part.sampleRate;
  }

  get count(): number {
    return this.grid.count(this.durationS);
  }

  get warnings(): readonly string[] {
    const found = [];
    if (this.broken) found.push(`${this.broken} samples are no numbers; they were made silent`);
    if (this.peak > LOUDEST) found.push(`samples reach ${this.peak.toFixed(2)} instead of 1; they were scaled down`);
    return found;
  }

  isClear(startS: number, endS: number): boolean {
    return this.tracker.clarity.confidence(startS, endS) >= CLEAR;
  }

  /** Every window, in order. `check`: called after each block that was read; may throw to stop. */
  async *windows(check: () => Promise<void>): AsyncGenerator<Window> {
    for (let index = 0; index < this.count; index++) {
      const audio = await this.hear(index, check);
      const recall = (name: string, make: () => Promise<Float32Array>) => this.recall(`${index} ${name}`, make);
      yield { index, startS: this.grid.startS(index), audio, tempo: this.tempo, recall };
    }
  }

  private async recall(name: string, make: () => Promise<Float32Array>): Promise<Float32Array> {
    const { memory } = this.part;
    const known = memory?.get(name);
    if (known !== undefined) return known;
    const made = await make();
    if (memory !== undefined && memory.size < REMEMBERED) memory.set(name, made);
    return made;
  }

  private async hear(index: number, check: () => Promise<void>): Promise<Float32Array> {
    const { grid } = this;
    const start = index * grid.hopSamples;
    const target = start + grid.samples + Math.round(AHEAD_S * grid.sampleRate);
    while (!this.ended && this.read <= target) {
      await this.take(); // one more than needed, to know where the end is
      await check();
    }
    this.kept = this.kept.slice(start - (this.read - this.kept.length));
    const window = new Float32Array(grid.samples);
    window.set(this.kept.subarray(0, grid.samples));
    return window;
  }

  /** Read a block, keep it, and follow its beat; behind the last comes what the resampler held back, then the end. */
  private async take(): Promise<void> {
    const { part } = this;
    if (this.position < part.samples.length) {
      const block = this.cleaned(part.samples.subarray(this.position, this.position + BLOCK));
      this.position += block.length;
      await this.keep(this.resampler.push(block));
    } else if (!this.resampler.isFinished) {
      await this.keep(this.resampler.finish());
    } else {
      this.ended = true;
      this.durationS = this.read / this.grid.sampleRate;
      this.tempo = await this.tracker.finish();
    }
  }

  private async keep(resampled: Float32Array): Promise<void> {
    for (const sample of resampled) this.peak = Math.max(this.peak, Math.abs(sample));
    const block = this.peak > LOUDEST ? resampled.map((sample) => sample / this.peak) : resampled;
    this.kept = joined(this.kept, block);
    this.read += block.length;
    this.durationS = Math.max(this.durationS, this.read / this.grid.sampleRate);
    this.tempo = await this.tracker.push(block);
  }

  /** A block without what is no number. */
  private cleaned(block: Float32Array): Float32Array {
    let wrong = 0;
    for (const sample of block) if (!(Math.abs(sample) <= ABSURD)) wrong++;
    this.broken += wrong;
    return wrong ? block.map((sample) => (Math.abs(sample) <= ABSURD ? sample : 0)) : block;
  }
}
