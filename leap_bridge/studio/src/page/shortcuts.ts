/** Single keys that work everywhere on the page, unless they are typed into something. */

import { element } from "./dom";
import type { RollView } from "./roll_view";
import type { Session } from "./session";
import { keep, recall } from "./theme";
import type { TransportView } from "./transport_view";

const KEPT = "leap-studio.keys";
const ZOOM = 1.4;

export function listenForKeys(session: Session, transport: TransportView, roll: RollView): void {
  const dialog = element("keys", HTMLDialogElement);
  const on = element("keys-on", HTMLInputElement);
  on.checked = recall(KEPT) !== "off";
  on.addEventListener("change", () => keep(KEPT, on.checked ? "on" : "off"));
  element("keys-open", HTMLButtonElement).addEventListener("click", () => dialog.showModal());
  const acts: Record<string, () => void> = {
    " ": () => void transport.toggle(),
    ArrowLeft: () => transport.step(false),
    ArrowRight: () => transport.step(true),
    Home: () => transport.toStart(),
    End: () => transport.toEnd(),
    "[": () => transport.setLoopEdge("start"),
    "]": () => transport.setLoopEdge("end"),
    l: () => transport.toggleLoop(),
    x: () => session.hear(session.choice.heard === "a" ? "b" : "a"),
    "+": () => roll.zoom(ZOOM),
    "=": () => roll.zoom(ZOOM),
    "-": () => roll.zoom(1 / ZOOM),
    Escape: () => session.cancel(),
  };
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || dialog.open || !(session.song || session.choice.a)) return;
    const act = acts[event.key] ?? acts[event.key.toLowerCase()];
    if (!act || isWanted(event)) return;
    const isInRoll = event.target instanceof Element && event.target.closest("#roll") !== null;
    if (!on.checked && !isInRoll && event.key !== "Escape") return;
    event.preventDefault();
    act();
  });
}

/** Does what has the focus do something of its own with this key? */
function isWanted({ target, key }: KeyboardEvent): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (key === "Escape") return false;
  if (target instanceof HTMLInputElement) return target.type !== "range" || /^(Arrow|Home|End)/.test(key);
  if (target instanceof HTMLSelectElement || target.isContentEditable) return true;
  if (target.closest(".table-scroll")) return /^(Arrow|Home|End)/.test(key);
  return (target instanceof HTMLButtonElement || target.tagName === "SUMMARY" || target.tagName === "A") && key === " ";
}
