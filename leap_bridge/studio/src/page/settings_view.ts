/** The form: difficulty, quantise, seed and section, and the button that starts. */

import { ArrangeError, type Progress } from "../arranger";
import { clockTime, readClockTime, span } from "./clock_time";
import { element } from "./dom";
import type { Messages } from "./messages";
import type { Job, Session } from "./session";
import { figure, levelName, LIMITS, readNumber } from "./settings";

const STAGES: Record<string, string> = {
  loading: "Getting the arranger ready", uploading: "Sending the song to the daemon", queued: "Waiting for its turn",
  decoding: "Reading the song", listening: "Listening to the song", arranging: "Arranging", writing: "Writing",
};

export class SettingsView {
  private readonly form = element("settings", HTMLFormElement);
  private readonly difficulty = element("difficulty", HTMLInputElement);
  private readonly quantize = element("quantize", HTMLInputElement);
  private readonly seed = element("seed", HTMLInputElement);
  private readonly start = element("section-start", HTMLInputElement);
  private readonly end = element("section-end", HTMLInputElement);
  private readonly go = element("arrange", HTMLButtonElement);
  private readonly stop = element("cancel", HTMLButtonElement);

  constructor(
    private readonly session: Session,
    private readonly messages: Messages,
    begin: () => void,
  ) {
    this.difficulty.addEventListener("input", () => session.set({ difficulty: Number(this.difficulty.value) }));
    this.quantize.addEventListener("input", () => session.set({ quantize: Number(this.quantize.value) }));
    for (const input of [this.seed, this.start, this.end]) {
      input.addEventListener("change", () => this.read());
    }
    element("seed-next", HTMLButtonElement).addEventListener("click", () => {
      session.set({ seed: session.settings.seed >= LIMITS.seed.high ? 0 : session.settings.seed + 1 });
      messages.say(`Seed ${session.settings.seed}`);
    });
    element("section-all", HTMLButtonElement).addEventListener("click", () => session.set({ startS: 0, endS: null }));
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.read()) begin();
    });
    this.stop.addEventListener("click", () => session.cancel());
    session.on("settings", () => this.show());
    session.on("song", () => this.show());
    session.on("job", (job) => this.showJob(job));
    this.show();
  }

  private show(): void {
    const { settings, song } = this.session;
    this.difficulty.value = String(settings.difficulty);
    const name = `${figure(settings.difficulty)} · ${levelName(settings.difficulty)}`;
    element("difficulty-text", HTMLOutputElement).textContent = name;
    this.difficulty.setAttribute("aria-valuetext", name);
    this.quantize.value = String(settings.quantize);
    const firm = settings.quantize === 0 ? "off" : `${Math.round(settings.quantize * 100)} %`;
    element("quantize-text", HTMLOutputElement).textContent = firm;
    this.quantize.setAttribute("aria-valuetext", firm);
    for (const range of [this.difficulty, this.quantize]) fill(range);
    this.put(this.seed, String(settings.seed));
    this.put(this.start, clockTime(settings.startS, 1));
    this.put(this.end, clockTime(settings.endS ?? song?.kept.durationS ?? 0, 1));
  }

  private put(input: HTMLInputElement, text: string): void {
    input.value = text;
    input.removeAttribute("aria-invalid");
  }

  /** Take what was typed; where it is wrong, say so and go there. */
  private read(): boolean {
    const durationS = this.session.song?.kept.durationS ?? Infinity;
    const wrong: HTMLInputElement[] = [];
    const take = <Value>(input: HTMLInputElement, read: (text: string) => Value): Value | undefined => {
      try {
        return read(input.value);
      } catch (error) {
        if (!(error instanceof ArrangeError)) throw error;
        if (wrong.length === 0) this.messages.fail(error.message);
        input.setAttribute("aria-invalid", "true");
        wrong.push(input);
        return undefined;
      }
    };
    const seed = take(this.seed, (text) => readNumber("seed", text));
    const startS = take(this.start, (text) => inSong("The section’s start", readClockTime("The section’s start", text), 0, durationS));
    const endS = take(this.end, (text) => inSong("The section’s end", readClockTime("The section’s end", text), startS ?? 0, durationS));
    if (wrong.length || seed === undefined || startS === undefined || endS === undefined) {
      wrong[0]?.focus();
      return false;
    }
    this.messages.clear();
    this.session.set({ seed, ...this.section(startS, endS, durationS) });
    return true;
  }

  /** A time that is only shown in tenths stays what it was. */
  private section(startS: number, endS: number, durationS: number): { startS: number; endS: number | null } {
    const { settings } = this.session;
    const isSame = (one: number, other: number) => clockTime(one, 1) === clockTime(other, 1);
    return {
      startS: isSame(startS, settings.startS) ? settings.startS : startS,
      endS: isSame(endS, settings.endS ?? durationS) ? settings.endS : endS >= durationS ? null : endS,
    };
  }

  private showJob(job: Job | null): void {
    this.go.hidden = job !== null;
    if (this.stop.hidden !== (job === null)) {
      this.stop.hidden = job === null;
      (job ? this.stop : this.go).focus({ preventScroll: true });
    }
    const panel = element("progress", HTMLDivElement);
    panel.hidden = job === null;
    if (job) this.showProgress(job.progress);
  }

  private showProgress(progress: Progress | null): void {
    const bar = element("progress-bar", HTMLProgressElement);
    element("progress-stage", HTMLSpanElement).textContent = progress ? stageLine(progress) : "Starting";
    element("progress-eta", HTMLSpanElement).textContent = progress?.etaS ? `${progress.etaS < 1 ? "" : "about "}${span(progress.etaS)} left` : "";
    if (progress && progress.total > 1) Object.assign(bar, { max: progress.total, value: progress.done });
    else bar.removeAttribute("value");
  }
}

/** "Arranging, 40 %" */
export function stageLine({ stage, done, total }: Progress): string {
  const name = STAGES[stage] ?? stage;
  return total > 1 ? `${name}, ${Math.round((100 * done) / total)} %` : name;
}

/** How much of the track is before the thumb. */
export function fill(range: HTMLInputElement): void {
  const [low, high] = [Number(range.min), Number(range.max)];
  range.style.setProperty("--at", `${(100 * (Number(range.value) - low)) / (high - low)}%`);
}

function inSong(name: string, second: number, fromS: number, durationS: number): number {
  const isIn = second >= fromS && second <= durationS + 0.1; // what is shown is rounded to tenths
  if (!isIn || (fromS > 0 && second === fromS)) {
    throw new ArrangeError("bad_parameter", `${name} must be from ${clockTime(fromS, 1)} to ${clockTime(durationS, 1)}, got ${clockTime(second, 1)}`);
  }
  return second;
}
