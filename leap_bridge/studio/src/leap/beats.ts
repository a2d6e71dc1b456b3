/**
 * Beats, bars and tempo of a recording, followed as it is read. Follows leap_models/music/beats.py.
 *
 * Audio is worked on in blocks of one second, whatever lengths it comes in. A part of the map is fixed AHEAD_S after it
 * was heard and does not change any more.
 */

import { TempoMap } from "../music/tempo";
import { BarVotes } from "./beat_bars";
import { BeatClarity } from "./beat_clarity";
import { BeatContext, AHEAD_S as CONTEXT_AHEAD_S } from "./beat_context";
import { BeatGrid, AHEAD_S as GRID_AHEAD_S, STRIDE_S } from "./beat_grid";
import { BeatNetwork, SAMPLE_RATE } from "./beat_network";
import { BeatPath, type Path } from "./beat_path";
import { FRAME_RATE, Frames, type Heard } from "./heard";
import type { BeatSums } from "./networks";
import { joined } from "./resampling";
import type { Tensors } from "./safetensors";

/** How much audio must have been pushed before a time's tempo is final. */
export const AHEAD_S = 2 + CONTEXT_AHEAD_S + GRID_AHEAD_S;

/** A recording at 24 000 Hz in, piece by piece; its tempo map out, as far as it is known. */
export class BeatTracker {
  readonly clarity = new BeatClarity();
  private readonly network: BeatNetwork;
  private readonly context: BeatContext;
  private readonly path = new BeatPath();
  private readonly grid = new BeatGrid();
  private readonly votes = new BarVotes();
  private waiting: Float32Array = new Float32Array(0); // samples that do not fill a block yet
  private pushed = 0; // samples
  private frames = 0;

  constructor(sums: BeatSums, context: Tensors) {
    this.network = new BeatNetwork(sums);
    this.context = new BeatContext(context);
  }

  /** Take the next samples, mono; give the map, which is final before AHEAD_S ago. */
  async push(samples: Float32Array): Promise<TempoMap> {
    this.pushed += samples.length;
    const waiting = joined(this.waiting, samples);
    const whole = waiting.length - (waiting.length % SAMPLE_RATE);
    for (let start = 0; start < whole; start += SAMPLE_RATE) {
      await this.hear(waiting.slice(start, start + SAMPLE_RATE), false);
    }
    this.waiting = waiting.slice(whole);
    return this.tempo(Math.max(0, this.pushed / SAMPLE_RATE - AHEAD_S));
  }

  /** The recording ends here; give the whole map. */
  async finish(): Promise<TempoMap> {
    await this.hear(this.waiting, true);
    return this.tempo();
  }

  /** The map from the start to `untilS`; null is as far as it is final. Beyond, its last tempo goes on. */
  tempo(untilS: number | null = null): TempoMap {
    const end = untilS === null ? this.grid.untilS : Math.min(untilS, this.grid.untilS);
    const bars = this.votes.bars(end);
    return new TempoMap(this.grid.known(end), bars.beatsPerBar, bars.downbeat);
  }

  private async hear(block: Float32Array, last: boolean): Promise<void> {
    this.take(this.context.push(await this.network.push(block)));
    if (last) {
      this.take(this.context.push(await this.network.finish(), true));
      this.path.finish(new Frames(2, new Float32Array(2)));
    }
    const heardS = this.frames / FRAME_RATE;
    this.follow(last ? heardS : heardS - GRID_AHEAD_S);
  }

  private take(heard: Heard): void {
    this.votes.push(heard);
    this.clarity.push(heard.onsets());
    this.path.push(heard.activations);
    this.frames += heard.length;
  }

  /** Fix the grid up to `untilS`. */
  private follow(untilS: number): void {
    const path = this.path.trace();
    while (this.grid.untilS < untilS) this.advance(path, Math.min(this.grid.untilS + STRIDE_S, untilS));
  }

  /** Lay the next stretch of the grid, judge it, and let its beats vote on the bars. */
  private advance(path: Path, untilS: number): void {
    const { grid } = this;
    const [fromS, recounts] = [grid.untilS, grid.recounts];
    grid.advance(path, untilS);
    if (grid.recounts > recounts) this.votes.countAnew();
    const tempo = grid.found ? new TempoMap(grid.known(untilS)) : null;
    this.clarity.judge(untilS, path, tempo);
    if (tempo === null) return;
    const [first, end] = [fromS, untilS].map((edgeS) => Math.ceil(2 * tempo.beatAt(edgeS))) as [number, number];
    const beats = Array.from({ length: Math.max(0, end - first) }, (_, i) => (first + i) / 2);
    this.votes.vote(tempo.secondsAt(beats), beats, 60 / tempo.bpmAt(untilS));
  }
}
