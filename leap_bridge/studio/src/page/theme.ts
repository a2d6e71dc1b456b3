/** Dark, light, or as the system says. */

import { element } from "./dom";

const THEMES = ["auto", "light", "dark"] as const;
type Theme = (typeof THEMES)[number];
const KEPT = "leap-studio.theme";

/** Set up the switch; `changed` is called when colours have changed, by it or by the system. */
export function switchThemes(changed: () => void): void {
  let theme = kept();
  const button = element("theme", HTMLButtonElement);
  const show = () => {
    if (theme === "auto") delete document.documentElement.dataset["theme"];
    else document.documentElement.dataset["theme"] = theme;
    element("theme-text", HTMLSpanElement).textContent = `Theme: ${theme}`;
    button.setAttribute("aria-label", `Theme: ${theme}`);
    changed();
  };
  button.addEventListener("click", () => {
    theme = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
    keep(KEPT, theme);
    show();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", changed);
  show();
}

function kept(): Theme {
  const found = recall(KEPT);
  return THEMES.find((theme) => theme === found) ?? "auto";
}

/** Remember something small for the next visit, where the browser allows it. */
export function keep(name: string, value: string): void {
  try {
    localStorage.setItem(name, value);
  } catch {
    // Private windows and strict settings allow no storage; then it holds until the page closes.
  }
}

export function recall(name: string): string | null {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}
