/** The piano roll on the page: scrolls, zooms, follows the cursor, and takes clicks and loops. */

import { barAt, type Bar } from "./bars";
import { element } from "./dom";
import { barsOfTake, drawRoll, GUTTER, type Lane, RULER } from "./draw_roll";
import { type Palette, palette } from "./palette";
import { span } from "./clock_time";
import type { Player } from "./player";
import type { Session } from "./session";
import type { Take } from "./takes";

const NARROWEST = 6; // pixels a second
const WIDEST = 400;
const ZOOM = 1.4;
const FIRST_S = 20; // how much of a take is seen at first,
const FIRST_PX = 45; // unless a second were narrower than this
const NARROW = 420; // pixels: less has no room for two rolls
const LOOPING_PX = 6; // a drag of less is a click
const AHEAD = 0.1; // of the width: where the cursor stands after the roll has followed it

export class RollView {
  private readonly scroll = element("roll", HTMLDivElement);
  private readonly long = element("roll-long", HTMLDivElement);
  private readonly canvas = element("roll-canvas", HTMLCanvasElement);
  private readonly empty = element("roll-empty", HTMLParagraphElement);
  private readonly summary = element("roll-summary", HTMLParagraphElement);
  private pxPerS = 0;
  private colours: Palette = palette();
  private queued = false;

  constructor(
    private readonly session: Session,
    private readonly player: Player,
  ) {
    session.on("takes", () => this.draw());
    session.on("choice", () => this.layOut());
    session.on("song", () => this.layOut());
    player.on("position", () => this.follow());
    this.scroll.addEventListener("scroll", () => this.draw());
    new ResizeObserver(() => this.layOut()).observe(this.scroll);
    element("zoom-in", HTMLButtonElement).addEventListener("click", () => this.zoom(ZOOM));
    element("zoom-out", HTMLButtonElement).addEventListener("click", () => this.zoom(1 / ZOOM));
    this.scroll.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    void document.fonts.ready.then(() => this.draw());
  }

  recolour(): void {
    this.colours = palette();
    this.draw();
  }

  /** Show more or less of the music around the cursor. */
  zoom(by: number): void {
    const atS = this.player.positionS;
    const x = (atS - this.fromS) * this.pxPerS;
    const isSeen = x >= 0 && x <= this.width;
    const anchorS = isSeen ? atS : this.fromS + this.width / 2 / this.pxPerS;
    const offset = isSeen ? x : this.width / 2;
    this.pxPerS = Math.min(WIDEST, Math.max(this.narrowest, this.pxPerS * by));
    this.stretch();
    this.scroll.scrollLeft = anchorS * this.pxPerS - offset;
    this.draw();
  }

  private get width(): number {
    return this.scroll.clientWidth - GUTTER;
  }

  private get fromS(): number {
    return this.pxPerS ? this.scroll.scrollLeft / this.pxPerS : 0;
  }

  private get durationS(): number {
    return Math.max(this.player.endS, this.session.song?.kept.durationS ?? 0, 1);
  }

  private get narrowest(): number {
    return Math.max(Math.min(NARROWEST, this.width / 30), this.width / this.durationS);
  }

  private get lanes(): Lane[] {
    const { a, b, heard } = this.session.choice;
    if (!a) return [];
    if (!b) return [{ take: a, label: "", dim: false }];
    if (this.scroll.clientWidth < NARROW) return [{ take: heard === "a" ? a : b, label: heard === "a" ? `A   ${a.title}` : `B   ${b.title}`, dim: false }];
    return [
      { take: a, label: `A   ${a.title}`, dim: heard === "b" },
      { take: b, label: `B   ${b.title}`, dim: heard === "a" },
    ];
  }

  private layOut(): void {
    if (this.scroll.clientWidth === 0) return;
    this.scroll.dataset["lanes"] = String(this.lanes.length);
    const isFirst = this.pxPerS === 0;
    if (isFirst) this.pxPerS = Math.max(FIRST_PX, this.width / Math.min(FIRST_S, this.durationS));
    this.pxPerS = Math.max(this.pxPerS, this.narrowest);
    this.stretch();
    const a = this.session.choice.a;
    if (a && (a.startS + a.durationS < this.fromS || a.startS > this.fromS + this.width / this.pxPerS)) {
      this.scroll.scrollLeft = a.startS * this.pxPerS;
    }
    this.draw();
  }

  private stretch(): void {
    this.long.style.width = `${Math.ceil(GUTTER + this.durationS * this.pxPerS)}px`;
  }

  private follow(): void {
    const x = (this.player.positionS - this.fromS) * this.pxPerS;
    if (x < 0 || x > this.width * (this.player.playing ? 0.92 : 1)) {
      this.scroll.scrollLeft = this.player.positionS * this.pxPerS - this.width * AHEAD;
    }
    this.draw();
  }

  /** Draw in the next frame, once however often it is asked for. */
  private draw(): void {
    if (this.queued) return;
    this.queued = true;
    requestAnimationFrame(() => {
      this.queued = false;
      this.drawNow();
    });
  }

  private drawNow(): void {
    const [width, height] = [this.scroll.clientWidth, this.scroll.clientHeight];
    if (width === 0) return;
    const dense = window.devicePixelRatio || 1;
    const [across, down] = [Math.round(width * dense), Math.round(height * dense)];
    if (this.canvas.width !== across || this.canvas.height !== down) {
      [this.canvas.width, this.canvas.height] = [across, down];
      Object.assign(this.canvas.style, { width: `${width}px`, height: `${height}px` });
    }
    const on = this.canvas.getContext("2d")!;
    on.setTransform(dense, 0, 0, dense, 0, 0);
    const { lanes } = this;
    const { fromS, pxPerS, colours, player } = this;
    drawRoll(on, { width, height, fromS, pxPerS, lanes, atS: player.positionS, loop: player.loopPart, colours });
    this.empty.hidden = lanes.length > 0;
    this.describe(lanes);
  }

  /** For those who do not see it, and for tests. */
  private describe(lanes: Lane[]): void {
    const text = lanes.length ? lanes.map(({ take, label }) => label + summaryOf(take)).join(" ") : "No arrangement yet.";
    if (this.summary.textContent !== text) this.summary.textContent = text;
  }

  private wheel(event: WheelEvent): void {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    this.zoom(2 ** (-event.deltaY / 200));
  }

  private secondAt(event: PointerEvent): number {
    const x = event.clientX - this.canvas.getBoundingClientRect().left - GUTTER;
    return Math.min(Math.max(0, this.fromS + x / this.pxPerS), this.durationS);
  }

  /** A click goes there; a drag along the ruler, or with the mouse anywhere, loops the bars it touches. */
  private press(event: PointerEvent): void {
    if (event.button !== 0 || event.offsetX < GUTTER) return;
    const fromS = this.secondAt(event);
    const mayLoop = event.pointerType === "mouse" || event.offsetY < RULER;
    let looping = false;
    const move = (moved: PointerEvent) => {
      if (!mayLoop || (!looping && Math.abs(moved.clientX - event.clientX) < LOOPING_PX)) return;
      looping = true;
      this.player.setLoop(this.wholeBars(fromS, this.secondAt(moved)));
      this.draw();
    };
    const up = (ended: PointerEvent) => {
      this.canvas.removeEventListener("pointermove", move);
      this.canvas.removeEventListener("pointerup", up);
      if (looping) this.player.seek(this.player.loopPart?.startS ?? fromS);
      else if (Math.abs(ended.clientX - event.clientX) < LOOPING_PX) this.player.seek(fromS);
    };
    if (mayLoop) this.canvas.setPointerCapture(event.pointerId);
    this.canvas.addEventListener("pointermove", move);
    this.canvas.addEventListener("pointerup", up, { once: true });
    this.canvas.addEventListener("pointercancel", () => this.canvas.removeEventListener("pointermove", move), { once: true });
  }

  private wholeBars(oneS: number, otherS: number): { startS: number; endS: number } {
    return wholeBars(this.session.heard, Math.min(oneS, otherS), Math.max(oneS, otherS));
  }
}

/** The bars of a take that a stretch of the song touches; without bars, the stretch itself. */
export function wholeBars(take: Take | null, fromS: number, toS: number): { startS: number; endS: number } {
  const all: Bar[] = take ? barsOfTake(take) : [];
  const shift = take?.startS ?? 0;
  const first = barAt(all, fromS - shift);
  const next = all.find((bar) => bar.startS >= toS - shift - 1e-3);
  const endS = next?.startS ?? (take && all.length ? take.durationS : toS - shift);
  return { startS: (first?.startS ?? fromS - shift) + shift, endS: endS + shift };
}

function summaryOf(take: Take): string {
  const counts = take.players.map(({ name }, i) => `${take.notes.filter(({ player }) => player === i).length} ${name.toLowerCase()}`);
  const of = take.state === "working" ? ", being made" : take.state === "cancelled" ? ", cancelled" : "";
  return ` ${take.notes.length} notes (${counts.join(", ")}) in ${barsOfTake(take).length} bars, ${span(take.durationS)}${of}.`;
}
