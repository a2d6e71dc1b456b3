/** Draws piano rolls on a canvas: on the page, and into the picture that is saved. */

import { type Bar, barsOf } from "./bars";
import { type Palette, playerColour } from "./palette";
import type { PlayedNote, Take } from "./takes";
import type { Loop } from "./transport";

export const GUTTER = 44; // CSS pixels on the left, for names of keys
export const RULER = 26; // on top, for numbers of bars
const LANE_HEAD = 22;
const PADDING = 2; // keys above and below the notes
const FEWEST_KEYS = 30;
const NARROWEST_BAR = 34; // narrower bars are numbered every 2, 4, ...
const BLACK = new Set([1, 3, 6, 8, 10]);
const FONT = '"Instrument Sans Variable", system-ui, sans-serif';

export interface Lane {
  take: Take;
  /** "A · 3 · Intermediate"; "" for none. */
  label: string;
  dim: boolean;
}

export interface Scene {
  width: number;
  height: number;
  /** The song's second at the gutter's right edge, and how many pixels a second has. */
  fromS: number;
  pxPerS: number;
  lanes: Lane[];
  /** The song's second that is heard; null for none. */
  atS: number | null;
  loop: Loop | null;
  colours: Palette;
}

export interface Keys {
  low: number;
  high: number;
}

/** The keys that a roll of these notes shows. */
export function keysOf(notes: PlayedNote[]): Keys {
  let [low, high] = [127, 0];
  for (const { pitch } of notes) [low, high] = [Math.min(low, pitch), Math.max(high, pitch)];
  if (low > high) return { low: 36, high: 84 };
  [low, high] = [low - PADDING, high + PADDING];
  const missing = Math.max(0, FEWEST_KEYS - (high - low));
  return { low: Math.max(0, low - Math.ceil(missing / 2)), high: Math.min(127, high + Math.floor(missing / 2)) };
}

export function drawRoll(on: CanvasRenderingContext2D, scene: Scene): void {
  const { width, height, colours } = scene;
  on.clearRect(0, 0, width, height);
  on.fillStyle = colours.paper;
  on.fillRect(0, 0, width, height);
  const keys = keysOf(scene.lanes.flatMap(({ take }) => take.notes));
  const laneHeight = (height - RULER) / Math.max(1, scene.lanes.length);
  scene.lanes.forEach((lane, i) => drawLane(on, scene, lane, keys, RULER + i * laneHeight, laneHeight));
  if (scene.lanes.length === 0) drawEmptyLane(on, scene, keys, RULER, height - RULER);
  drawRuler(on, scene);
  drawCursor(on, scene);
}

/** Where a second is, in pixels. */
export function xOf(scene: Pick<Scene, "fromS" | "pxPerS">, second: number): number {
  return GUTTER + (second - scene.fromS) * scene.pxPerS;
}

/** Drawn so little more than once a take: bars are found again only when the tempo map is another one. */
const bars = new WeakMap<object, { endS: number; bars: Bar[] }>();

export function barsOfTake(take: Take): Bar[] {
  if (!take.tempo) return [];
  const known = bars.get(take.tempo);
  if (known && known.endS === take.durationS) return known.bars;
  const found = barsOf(take.tempo, take.durationS);
  bars.set(take.tempo, { endS: take.durationS, bars: found });
  return found;
}

function drawLane(on: CanvasRenderingContext2D, scene: Scene, lane: Lane, keys: Keys, top: number, height: number): void {
  const head = lane.label ? LANE_HEAD : 0;
  drawEmptyLane(on, scene, keys, top + head, height - head);
  on.save();
  on.beginPath();
  on.rect(GUTTER, top, scene.width - GUTTER, height);
  on.clip();
  drawBars(on, scene, lane.take, top + head, height - head);
  drawUnmade(on, scene, lane.take, top + head, height - head);
  on.globalAlpha = lane.dim ? 0.45 : 1;
  drawNotes(on, scene, lane.take, keys, top + head, height - head);
  on.restore();
  if (head) drawHead(on, scene, lane, top);
}

function drawHead(on: CanvasRenderingContext2D, { width, colours }: Scene, lane: Lane, top: number): void {
  on.fillStyle = colours["row-black"];
  on.fillRect(0, top, width, LANE_HEAD);
  on.fillStyle = lane.dim ? colours["ink-soft"] : colours.ink;
  on.font = `600 12px ${FONT}`;
  on.textBaseline = "middle";
  on.textAlign = "left";
  on.fillText(lane.label, 12, top + LANE_HEAD / 2 + 0.5);
}

function drawEmptyLane(on: CanvasRenderingContext2D, scene: Scene, keys: Keys, top: number, height: number): void {
  const { width, colours } = scene;
  const row = height / (keys.high - keys.low + 1);
  const yOf = (pitch: number) => top + (keys.high - pitch) * row;
  on.textBaseline = "middle";
  on.textAlign = "right";
  on.font = `500 11px ${FONT}`;
  for (let pitch = keys.low; pitch <= keys.high; pitch++) {
    if (BLACK.has(pitch % 12)) {
      on.fillStyle = colours["row-black"];
      on.fillRect(GUTTER, yOf(pitch), width - GUTTER, row);
    }
    if (pitch % 12 !== 0) continue;
    on.fillStyle = pitch === 60 ? colours["line-middle"] : colours.line;
    on.fillRect(GUTTER, yOf(pitch) + row - 1, width - GUTTER, 1);
    on.fillStyle = pitch === 60 ? colours.ink : colours["ink-soft"];
    const y = Math.min(Math.max(yOf(pitch) + row / 2, top + 7), top + height - 7);
    on.fillText(`C${pitch / 12 - 1}`, GUTTER - 10, y);
  }
  on.fillStyle = colours["line-bar"];
  on.fillRect(GUTTER - 1, top, 1, height);
}

function drawBars(on: CanvasRenderingContext2D, scene: Scene, take: Take, top: number, height: number): void {
  for (const bar of visible(scene, take)) {
    on.fillStyle = scene.colours["line-bar"];
    on.fillRect(Math.round(xOf(scene, bar.startS + take.startS)), top, 1, height);
    if (scene.pxPerS < 24) continue;
    on.fillStyle = scene.colours.line;
    for (const beatS of bar.beatsS) on.fillRect(Math.round(xOf(scene, beatS + take.startS)), top, 1, height);
  }
}

function visible(scene: Scene, take: Take): Bar[] {
  const toS = scene.fromS + (scene.width - GUTTER) / scene.pxPerS - take.startS;
  const all = barsOfTake(take);
  return all.filter((bar, i) => bar.startS <= toS && (all[i + 1]?.startS ?? Infinity) >= scene.fromS - take.startS);
}

/** Hatched: what is still to be made, or was never asked for. */
function drawUnmade(on: CanvasRenderingContext2D, scene: Scene, take: Take, top: number, height: number): void {
  const edges = [xOf(scene, take.startS), xOf(scene, take.startS + take.untilS)] as const;
  on.save();
  on.beginPath();
  if (edges[0] > GUTTER) on.rect(GUTTER, top, edges[0] - GUTTER, height);
  if (edges[1] < scene.width) on.rect(edges[1], top, scene.width - edges[1], height);
  on.clip();
  on.strokeStyle = scene.colours.line;
  on.lineWidth = 1;
  on.beginPath();
  const shift = (scene.fromS * scene.pxPerS) % 10;
  for (let x = GUTTER - height - 10 - shift; x < scene.width; x += 10) {
    on.moveTo(x, top + height);
    on.lineTo(x + height, top);
  }
  on.stroke();
  on.restore();
}

function drawNotes(on: CanvasRenderingContext2D, scene: Scene, take: Take, keys: Keys, top: number, height: number): void {
  const row = height / (keys.high - keys.low + 1);
  const thick = row < 5 ? Math.max(3, row * 1.15) : row - 1; // thin ones overlap a little rather than vanish
  const alpha = on.globalAlpha;
  for (const note of take.notes) {
    const x = xOf(scene, note.startS + take.startS);
    const long = Math.max(2.5, (note.endS - note.startS) * scene.pxPerS - 1);
    if (x > scene.width || x + long < GUTTER) continue;
    const sounds = isAt(note, scene.atS, take.startS);
    const y = top + (keys.high - note.pitch) * row + (row - thick) / 2;
    on.fillStyle = playerColour(scene.colours, note.player);
    on.globalAlpha = alpha * (sounds ? 1 : 0.45 + (0.5 * note.velocity) / 127);
    on.beginPath();
    on.roundRect(x, y, long, thick, Math.min(3, thick / 2));
    on.fill();
    on.globalAlpha = alpha;
    on.fillRect(x, y, Math.min(2, long), thick); // where it is struck
    if (sounds) outline(on, scene, x, y, long, thick);
  }
}

function outline(on: CanvasRenderingContext2D, scene: Scene, x: number, y: number, long: number, thick: number): void {
  on.strokeStyle = scene.colours.ink;
  on.lineWidth = 1.5;
  on.beginPath();
  on.roundRect(x - 0.75, y - 0.75, long + 1.5, thick + 1.5, 3);
  on.stroke();
}

export function isAt(note: PlayedNote, atS: number | null, startS: number): boolean {
  return atS !== null && note.startS + startS <= atS && atS < note.endS + startS;
}

function drawRuler(on: CanvasRenderingContext2D, scene: Scene): void {
  const { colours, width, loop } = scene;
  on.fillStyle = colours.paper;
  on.fillRect(0, 0, width, RULER);
  on.save();
  on.beginPath();
  on.rect(GUTTER, 0, width - GUTTER, scene.height);
  on.clip();
  if (loop) {
    const [from, to] = [xOf(scene, loop.startS), xOf(scene, loop.endS)];
    on.fillStyle = colours.loop;
    on.globalAlpha = 0.12;
    on.fillRect(from, RULER, to - from, scene.height - RULER);
    on.globalAlpha = 1;
    on.fillRect(from, RULER - 6, to - from, 6);
  }
  const take = scene.lanes.find(({ dim }) => !dim)?.take;
  if (take) drawNumbers(on, scene, take);
  on.restore();
  on.fillStyle = colours["line-bar"];
  on.fillRect(0, RULER - 1, width, 1);
}

function drawNumbers(on: CanvasRenderingContext2D, scene: Scene, take: Take): void {
  const all = barsOfTake(take);
  if (all.length < 2) return;
  const wide = ((all.at(-1)!.startS - all[0]!.startS) / (all.length - 1)) * scene.pxPerS;
  let step = 1;
  while (wide * step < NARROWEST_BAR) step *= 2;
  on.font = `500 11px ${FONT}`;
  on.textAlign = "left";
  on.textBaseline = "middle";
  for (const bar of visible(scene, take)) {
    if ((bar.number - 1) % step) continue;
    const x = Math.round(xOf(scene, bar.startS + take.startS));
    on.fillStyle = scene.colours["line-bar"];
    on.fillRect(x, RULER - 10, 1, 9);
    on.fillStyle = scene.colours["ink-soft"];
    on.fillText(String(bar.number), x + 5, RULER / 2 - 2);
  }
}

function drawCursor(on: CanvasRenderingContext2D, scene: Scene): void {
  if (scene.atS === null) return;
  const x = xOf(scene, scene.atS);
  if (x < GUTTER - 1 || x > scene.width) return;
  on.fillStyle = scene.colours.cursor;
  on.fillRect(x - 0.75, 0, 1.5, scene.height);
  on.beginPath();
  on.moveTo(x - 5, 0);
  on.lineTo(x + 5, 0);
  on.lineTo(x, 8);
  on.fill();
}
