/** A take as a picture: its roll, wrapped like the lines of a page. */

import { barsOfTake, drawRoll, GUTTER } from "./draw_roll";
import { type Palette, palette } from "./palette";
import type { Take } from "./takes";

const WIDTH = 1600; // CSS pixels
const HEIGHT = 230; // of a line
const HEAD = 56;
const LINE_S = 20;
const MARGIN = 24;
const DENSE = 2;
const MOST_LINES = 60; // what browsers allow a canvas

export async function picture(take: Take): Promise<Blob> {
  const starts = linesOf(take);
  const canvas = document.createElement("canvas");
  const height = HEAD + starts.length * (HEIGHT + MARGIN);
  [canvas.width, canvas.height] = [WIDTH * DENSE, height * DENSE];
  const on = canvas.getContext("2d")!;
  on.scale(DENSE, DENSE);
  const colours = onPaper();
  on.fillStyle = colours.paper;
  on.fillRect(0, 0, WIDTH, height);
  on.fillStyle = colours.ink;
  on.font = '600 20px "Instrument Sans Variable", system-ui, sans-serif';
  on.fillText([take.song?.name, take.title, `seed ${take.settings.seed}`].filter(Boolean).join("   ·   "), MARGIN, 36);
  starts.forEach((fromS, i) => {
    const endS = starts[i + 1] ?? Math.max(take.durationS, fromS + 1);
    const width = WIDTH - 2 * MARGIN;
    const pxPerS = (width - GUTTER) / (starts.length > 1 ? longest(starts, take) : LINE_S);
    on.save();
    on.translate(MARGIN, HEAD + i * (HEIGHT + MARGIN));
    on.beginPath();
    on.rect(0, 0, GUTTER + (endS - fromS) * pxPerS, HEIGHT);
    on.clip();
    drawRoll(on, { width, height: HEIGHT, fromS: fromS + take.startS, pxPerS, lanes: [{ take, label: "", dim: false }], atS: null, loop: null, colours });
    on.restore();
  });
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("this browser allows no picture of that size"))), "image/png"),
  );
}

/** Light colours, whatever the page has: pictures get printed. */
function onPaper(): Palette {
  const { dataset } = document.documentElement;
  const theme = dataset["theme"];
  dataset["theme"] = "light"; // only until the next line but one: nothing is drawn meanwhile
  const colours = palette();
  if (theme === undefined) delete dataset["theme"];
  else dataset["theme"] = theme;
  return colours;
}

function longest(starts: number[], take: Take): number {
  return Math.max(...starts.map((startS, i) => (starts[i + 1] ?? take.durationS) - startS));
}

/** Where lines begin: at bars, about every 20 s. */
function linesOf(take: Take): number[] {
  const everyS = Math.max(LINE_S, take.durationS / MOST_LINES);
  const starts = [0];
  for (const { startS } of barsOfTake(take)) {
    if (startS - starts.at(-1)! > everyS * 0.85) starts.push(startS);
  }
  if (starts.length === 1) for (let s = everyS; s < take.durationS; s += everyS) starts.push(s);
  return starts;
}
