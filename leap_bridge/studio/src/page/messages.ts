/** One line at a time for the user: what went wrong stays until it is dismissed or mended, the rest passes. */

import { element, make } from "./dom";

const SEEN_MS = 5000;

export class Messages {
  private readonly alert = element("alert", HTMLDivElement);
  private readonly said = element("said", HTMLParagraphElement);
  private timer = 0;

  constructor() {
    element("alert-close", HTMLButtonElement).addEventListener("click", () => this.clear());
    this.said.dataset["gone"] = "";
  }

  fail(line: string): void {
    element("alert-text", HTMLParagraphElement).textContent = line;
    this.alert.hidden = false;
  }

  clear(): void {
    this.alert.hidden = true;
  }

  /** Say something; with something to do about it, it stays twice as long. */
  say(line: string, action?: { label: string; act: () => void }): void {
    window.clearTimeout(this.timer);
    this.said.replaceChildren(line);
    if (action) {
      const click = () => {
        this.said.replaceChildren();
        action.act();
      };
      this.said.append(make("button", { type: "button", click }, action.label));
    }
    delete this.said.dataset["gone"];
    this.timer = window.setTimeout(() => this.hush(), action ? 2 * SEEN_MS : SEEN_MS);
  }

  private hush(): void {
    if (this.said.matches(":hover, :focus-within")) {
      this.timer = window.setTimeout(() => this.hush(), SEEN_MS);
      return;
    }
    this.said.dataset["gone"] = "";
    this.timer = window.setTimeout(() => this.said.replaceChildren(), 300);
  }
}
