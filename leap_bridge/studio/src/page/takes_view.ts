/** The list of everything that was arranged, and which of it are A and B. */

import { measured } from "../music/saving";
import { clockTime } from "./clock_time";
import { element, make } from "./dom";
import type { Messages } from "./messages";
import type { Session } from "./session";
import { asArrangement, HANDS, type Take } from "./takes";

const known = new WeakMap<Take, string[]>();

/** What a piano take turned out to be. */
function measures(take: Take): string[] {
  if (take.players !== HANDS || take.state !== "done" || take.notes.length === 0) return [];
  const found = known.get(take);
  if (found) return found;
  const { difficulty, bpm } = measured(asArrangement(take));
  const said = [`measured ${Number(difficulty).toFixed(1)}`, `${Math.round(Number(bpm))} bpm`];
  known.set(take, said);
  return said;
}

export class TakesView {
  private readonly list = element("takes", HTMLUListElement);
  private shown = "";

  constructor(
    private readonly session: Session,
    private readonly messages: Messages,
  ) {
    session.on("takes", () => this.show());
    session.on("choice", () => this.show());
    element("hear-a", HTMLButtonElement).addEventListener("click", () => session.hear("a"));
    element("hear-b", HTMLButtonElement).addEventListener("click", () => session.hear("b"));
    this.show();
  }

  private show(): void {
    const { choice, takes } = this.session;
    element("takes-none", HTMLParagraphElement).hidden = takes.length > 0;
    element("takes-how", HTMLParagraphElement).hidden = takes.length < 2;
    this.showChoice();
    const shown = JSON.stringify([choice.a?.id, choice.b?.id, takes.map((take) => [take.id, this.detail(take), take.warnings])]);
    if (shown === this.shown) return;
    this.shown = shown;
    const focused = document.activeElement?.id;
    this.list.replaceChildren(...takes.map((take) => this.row(take)));
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus();
  }

  private showChoice(): void {
    const { a, b, heard } = this.session.choice;
    element("ab", HTMLDivElement).hidden = b === null;
    const press = (id: string, which: "a" | "b", take: Take | null) => {
      const button = element(id, HTMLButtonElement);
      button.setAttribute("aria-pressed", String(heard === which));
      button.setAttribute("aria-label", `${which.toUpperCase()}: ${take?.title ?? ""}`);
    };
    press("hear-a", "a", a);
    press("hear-b", "b", b);
  }

  private row(take: Take): HTMLLIElement {
    const { choice } = this.session;
    const one = (which: "a" | "b", click: () => void) =>
      make("button", {
        type: "button", id: `take-${take.id}-${which}`, click, title: which === "a" ? "Show" : "Compare with A",
        "aria-pressed": String(choice[which] === take), "aria-label": `${which === "a" ? "Show as A" : "Compare as B"}: difficulty ${take.title}`,
      }, which.toUpperCase());
    const which = make("span", { class: "which" }, one("a", () => void this.session.show(take)), one("b", () => this.compare(take)));
    const about = make("div", {}, make("strong", {}, take.title), make("span", { class: "hint" }, this.detail(take)));
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.innerHTML = '<use href="#i-bin" />';
    const bin = make("button", { type: "button", class: "quiet bin", "aria-label": `Remove take ${take.title}`, click: () => this.remove(take) }, icon);
    const row = make("li", { class: "take" }, which, about, bin);
    for (const warning of take.warnings) row.append(make("p", { class: "warn" }, warning));
    return row;
  }

  private detail(take: Take): string {
    const { windows, state } = take;
    if (state === "working") return windows.total ? `window ${windows.done} of ${windows.total}` : "being made";
    const parts = [take.notes.length || !take.sound ? `${take.notes.length} notes` : "sound", ...measures(take), take.detail];
    const isWhole = take.song === null || (take.startS === 0 && take.durationS > take.song.durationS - 0.1);
    if (!isWhole) parts.push(`${clockTime(take.startS)}–${clockTime(take.startS + take.durationS)}`);
    if (state !== "done") parts.unshift(`${state}, kept ${windows.done} of ${windows.total} windows`);
    if (take.song && take.song.id !== this.session.song?.kept.id) parts.unshift(take.song.name);
    if (take.saved) parts.push("saved");
    return parts.map((part) => part.replaceAll(" ", "\u00a0")).join(" · ");
  }

  private compare(take: Take): void {
    const { a, b } = this.session.choice;
    if (b === take) return this.session.compare(null);
    if (a && a.song?.id !== take.song?.id) return this.messages.fail("Only takes of the same song can be compared.");
    if (a === take) return this.messages.say("This take is A already: choose another one as B.");
    this.session.compare(take);
    this.messages.say("A and B play the same bars: press X to switch.");
  }

  private remove(take: Take): void {
    if (this.session.job?.take === take) return this.messages.say("It is being made: cancel first.");
    this.session.remove(take);
    element("takes-title", HTMLHeadingElement).scrollIntoView({ block: "nearest" });
    this.messages.say("Take removed.", { label: "Undo", act: () => this.session.restore() });
  }
}
