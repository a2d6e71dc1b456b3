/** A piano keyboard whose keys light up in the colour of the hand that plays them. */

import { element } from "./dom";
import { isAt } from "./draw_roll";
import { type Palette, palette, playerColour } from "./palette";
import type { Player } from "./player";
import type { Session } from "./session";
import type { PlayedNote } from "./takes";

const LOW = 21;
const HIGH = 108;
const BLACK = new Set([1, 3, 6, 8, 10]);
const WHITES = 52;

export class KeyboardView {
  private readonly canvas = element("keyboard", HTMLCanvasElement);
  private colours: Palette = palette();
  private shown = "";

  constructor(
    private readonly session: Session,
    private readonly player: Player,
  ) {
    player.on("position", () => this.draw());
    session.on("choice", () => this.draw());
    new ResizeObserver(() => this.draw(true)).observe(this.canvas);
  }

  recolour(): void {
    this.colours = palette();
    this.draw(true);
  }

  private get pressed(): Map<number, number> {
    const take = this.session.heard;
    const atS = this.player.positionS;
    const isPressed = (note: PlayedNote) => isAt(note, atS, take?.startS ?? 0) && !take?.players[note.player]?.drums;
    return new Map(take?.notes.filter(isPressed).map((note) => [note.pitch, note.player]));
  }

  private draw(always = false): void {
    const { pressed, canvas } = this;
    const shown = [...pressed].join(" ");
    if (!always && shown === this.shown) return;
    this.shown = shown;
    canvas.dataset["pressed"] = [...pressed.keys()].join(" ");
    const dense = window.devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    [canvas.width, canvas.height] = [Math.round(width * dense), Math.round(height * dense)];
    const on = canvas.getContext("2d")!;
    on.scale(dense, dense);
    this.drawKeys(on, width, height, pressed);
  }

  private drawKeys(on: CanvasRenderingContext2D, width: number, height: number, pressed: Map<number, number>): void {
    const { colours } = this;
    const wide = width / WHITES;
    let white = 0;
    const blacks: [x: number, pitch: number][] = [];
    for (let pitch = LOW; pitch <= HIGH; pitch++) {
      if (BLACK.has(pitch % 12)) {
        blacks.push([white * wide, pitch]);
        continue;
      }
      const x = white++ * wide;
      const player = pressed.get(pitch);
      on.fillStyle = player === undefined ? colours["key-white"] : playerColour(colours, player);
      on.fillRect(x, 0, wide, height);
      on.fillStyle = colours["key-line"];
      on.fillRect(Math.round(x), 0, 1, height);
      if (pitch === 60) this.drawMiddle(on, x + wide / 2, height, player !== undefined);
    }
    for (const [x, pitch] of blacks) {
      const player = pressed.get(pitch);
      on.fillStyle = colours["key-black"];
      on.fillRect(x - wide * 0.31, 0, wide * 0.62, height * 0.62);
      if (player === undefined) continue;
      on.fillStyle = playerColour(colours, player);
      on.fillRect(x - wide * 0.31 + 1, 0, wide * 0.62 - 2, height * 0.62 - 1);
    }
  }

  private drawMiddle(on: CanvasRenderingContext2D, x: number, height: number, isPressed: boolean): void {
    on.fillStyle = isPressed ? this.colours["key-white"] : this.colours["key-line"];
    on.beginPath();
    on.arc(x, height - 9, 2.5, 0, 2 * Math.PI);
    on.fill();
  }
}
