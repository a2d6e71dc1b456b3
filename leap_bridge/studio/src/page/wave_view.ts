/** The song's waveform: where playing is, and the section that is to be arranged. */

import WaveSurfer from "wavesurfer.js";
import Regions, { type Region } from "wavesurfer.js/dist/plugins/regions.esm.js";

import { element } from "./dom";
import { type Palette, palette } from "./palette";
import type { Player } from "./player";
import type { Session } from "./session";

const PEAKS = 4000;
const SHORTEST_S = 1;

export class WaveView {
  private readonly wave: WaveSurfer;
  private readonly regions = Regions.create();
  private region: Region | null = null;
  private durationS = 0;

  constructor(
    private readonly session: Session,
    player: Player,
  ) {
    const container = element("wave", HTMLDivElement);
    this.wave = WaveSurfer.create({ container, height: 72, barWidth: 2, barGap: 1, barRadius: 1, cursorWidth: 1.5, normalize: true, plugins: [this.regions], ...this.look() });
    this.wave.on("click", (x) => player.seek(x * this.durationS));
    this.regions.enableDragSelection({ color: this.colours.section }, 4);
    this.regions.on("region-created", (region) => this.drawn(region));
    this.regions.on("region-updated", (region) => this.take(region));
    session.on("song", (song) => {
      if (song) this.show(song.samples, song.kept.durationS);
    });
    session.on("settings", () => this.mark());
    session.on("choice", ({ a }) => (container.style.opacity = a && a.song === null ? "0.4" : "")); // it is not of this song
    player.on("position", () => this.durationS && this.wave.setTime(Math.min(player.positionS, this.durationS)));
  }

  private colours: Palette = palette();

  recolour(): void {
    this.colours = palette();
    this.wave.setOptions(this.look());
    this.region?.setOptions({ color: this.colours.section });
  }

  private look() {
    const colours = palette();
    return { waveColor: colours.wave, progressColor: colours["wave-played"], cursorColor: colours.cursor };
  }

  private show(samples: Float32Array, durationS: number): void {
    this.durationS = durationS;
    void this.wave.load("", [peaksOf(samples)], durationS).then(() => this.mark());
  }

  /** A new region replaces the one before. */
  private drawn(region: Region): void {
    if (region === this.region) return;
    this.region?.remove();
    this.region = region;
    this.name(region);
    if (region.end - region.start >= SHORTEST_S) this.take(region);
  }

  private take(region: Region): void {
    if (region.end - region.start < SHORTEST_S) return this.mark();
    const startS = Math.round(region.start * 100) / 100;
    const endS = region.end >= this.durationS - 0.05 ? null : Math.round(region.end * 100) / 100;
    this.session.set({ startS, endS });
  }

  /** Show the section that is set. */
  private mark(): void {
    const { startS, endS } = this.session.settings;
    if (!this.durationS || this.wave.getDuration() === 0) return;
    if (startS === 0 && endS === null) {
      this.region?.remove();
      this.region = null;
      return;
    }
    const [start, end] = [startS, endS ?? this.durationS];
    if (this.region) {
      if (Math.abs(this.region.start - start) > 0.01 || Math.abs(this.region.end - end) > 0.01) this.region.setOptions({ start, end });
      return;
    }
    const region = this.regions.addRegion({ start, end, color: this.colours.section });
    this.region = region;
    this.name(region);
  }

  private name(region: Region): void {
    region.element?.setAttribute("aria-hidden", "true"); // the fields From and To say the same
  }
}

/** The loudest sample, with its sign, of each of some thousand stretches. */
function peaksOf(samples: Float32Array): Float32Array {
  const count = Math.min(PEAKS, samples.length);
  const peaks = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    const end = Math.floor(((i + 1) * samples.length) / count);
    for (let j = Math.floor((i * samples.length) / count); j < end; j++) {
      if (Math.abs(samples[j]!) > Math.abs(peaks[i]!)) peaks[i] = samples[j]!;
    }
  }
  return peaks;
}
