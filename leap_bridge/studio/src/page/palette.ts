/** The colours of rolls, keyboard and waveform, read from the style sheet's theme. */

import { colours } from "./dom";

const NAMES = [
  "paper", "row-black", "line", "line-bar", "line-middle", "ink", "ink-soft", "ink-faint", "cursor", "loop",
  "right", "left", "third", "fourth", "fifth", "key-white", "key-black", "key-line", "wave", "wave-played", "section",
] as const;

export type Palette = Record<(typeof NAMES)[number], string>;

const PLAYERS = ["right", "left", "third", "fourth", "fifth"] as const;

export function palette(of: Element = document.body): Palette {
  return colours(of, NAMES);
}

export function playerColour(colours: Palette, player: number): string {
  return colours[PLAYERS[player % PLAYERS.length]!];
}
