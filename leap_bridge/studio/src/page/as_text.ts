/** The notes as a table, bar by bar: for those who do not see the roll, and for those who count. */

import { element, make } from "./dom";
import { barsOfTake } from "./draw_roll";
import type { Session } from "./session";
import type { PlayedNote, Take } from "./takes";

const NAMES = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

export function showAsText(session: Session): void {
  const details = element("as-text", HTMLDetailsElement);
  const show = () => {
    if (!details.open) return;
    const table = element("as-table", HTMLTableElement);
    const { heard } = session;
    table.replaceChildren(...(heard ? rowsOf(heard) : [make("caption", {}, "No arrangement yet")]));
  };
  details.addEventListener("toggle", show);
  session.on("choice", show);
  session.on("job", show);
}

function rowsOf(take: Take): HTMLElement[] {
  const bars = barsOfTake(take);
  const heads = ["Bar", ...take.players.map(({ name }) => name)].map((name) => make("th", { scope: "col" }, name));
  const body = make("tbody");
  bars.forEach((bar, i) => {
    const endS = bars[i + 1]?.startS ?? Infinity;
    const inside = take.notes.filter(({ startS }) => startS >= bar.startS - 1e-3 && startS < endS - 1e-3);
    const cells = take.players.map((_, player) => make("td", {}, line(inside.filter((note) => note.player === player))));
    body.append(make("tr", {}, make("th", { scope: "row" }, String(bar.number)), ...cells));
  });
  return [make("thead", {}, make("tr", {}, ...heads)), body];
}

/** "C4 E4+G4": what is struck together is joined. */
function line(notes: PlayedNote[]): string {
  const chords = new Map<number, string[]>();
  for (const note of notes.toSorted((a, b) => a.startS - b.startS || a.pitch - b.pitch)) {
    const at = [...chords.keys()].find((startS) => Math.abs(startS - note.startS) < 0.03) ?? note.startS;
    chords.set(at, [...(chords.get(at) ?? []), pitchName(note.pitch)]);
  }
  return [...chords.values()].map((names) => names.join("+")).join("  ") || "–";
}

/** 60 -> "C4" */
export function pitchName(pitch: number): string {
  return `${NAMES[pitch % 12]}${Math.floor(pitch / 12) - 1}`;
}
