/** What the page holds: the open song, the settings, every arrangement made so far, and the one being made. */

import { ArrangeError, type Arranger, type Progress, type Settings } from "../arranger";
import { Emitter } from "./emitter";
import { type OpenSong, openSong, reopen } from "./open_song";
import { DEFAULTS } from "./settings";
import { addStretch, complete, isUnsaved, type Made, newTake, type Take, type TakeListener } from "./takes";

export interface Job {
  take: Take;
  progress: Progress | null;
  cancel(): void;
}

export interface SessionEvents {
  song: OpenSong | null;
  settings: Settings;
  /** One of them has changed, come or gone. */
  takes: Take[];
  /** Another take is shown, compared with or heard. */
  choice: Choice;
  job: Job | null;
  /** One line for the user. */
  said: string;
  failed: string;
}

/** A is shown, B is compared with it, and one of them is heard. */
export interface Choice {
  a: Take | null;
  b: Take | null;
  heard: "a" | "b";
}

/** How a take is made; what comes meanwhile goes to the listener. */
export type Work = (listener: TakeListener, signal: AbortSignal) => Promise<Made>;

export class Session extends Emitter<SessionEvents> {
  song: OpenSong | null = null;
  settings: Settings = { ...DEFAULTS };
  takes: Take[] = [];
  choice: Choice = { a: null, b: null, heard: "a" };
  job: Job | null = null;
  /** Decoded sound of takes of models that give sound. */
  readonly sounds = new Map<number, AudioBuffer>();
  private lastTake = 0;
  private opening = 0;
  private removed: { take: Take; index: number } | null = null;

  constructor(public arranger: Arranger) {
    super();
  }

  get heard(): Take | null {
    return this.choice.heard === "b" && this.choice.b ? this.choice.b : this.choice.a;
  }

  /** Would anything be lost if the page went away now? */
  get hasUnsaved(): boolean {
    return this.takes.some(isUnsaved) || this.job !== null;
  }

  /** Open a file as the song. Only the last of several calls counts. */
  async open(file: Blob, name: string, recorded = false): Promise<void> {
    const turn = ++this.opening;
    await this.guard(async () => {
      const song = await openSong(file, name, recorded);
      if (turn !== this.opening) return;
      if (this.song) this.set({ startS: 0, endS: null });
      this.take(song);
      this.choose({ a: null, b: null, heard: "a" });
    });
  }

  /** Change settings; a section outside the song is moved into it. */
  set(changed: Partial<Settings>): void {
    const settings = { ...this.settings, ...changed };
    this.settings = this.song ? within(settings, this.song.kept.durationS) : settings;
    this.emit("settings", this.settings);
  }

  /** Make an arrangement of the open song with the settings as they are. */
  async arrange(): Promise<void> {
    const { song, arranger } = this;
    if (!song) return this.emit("failed", "There is no song yet: choose a file, drop one on the page, or record.");
    const settings = { ...this.settings };
    await this.make(newTake(++this.lastTake, song.kept, settings), (listener, signal) =>
      arranger.arrange(song, settings, listener, signal),
    );
  }

  /** A take's number, for those who make takes elsewhere. */
  nextTake(): number {
    return ++this.lastTake;
  }

  /** Make a take and show it while it grows. */
  async make(take: Take, work: Work): Promise<void> {
    if (this.job) return;
    const stop = new AbortController();
    const before = this.choice;
    this.job = { take, progress: null, cancel: () => stop.abort() };
    this.takes = [...this.takes, take];
    this.choose({ a: take, b: before.b, heard: "a" });
    this.emit("takes", this.takes);
    this.emit("job", this.job);
    try {
      const made = await work(this.listenerOf(take), stop.signal);
      complete(take, made);
      this.emit("said", doneLine(take));
    } catch (error) {
      this.end(take, before, error, stop.signal.aborted);
    } finally {
      this.job = null;
      this.emit("takes", this.takes);
      this.emit("choice", this.choice);
      this.emit("job", null);
    }
  }

  cancel(): void {
    this.job?.cancel();
  }

  /** Show a take, compare with it, or hear the other; a take of another song brings its song along. */
  async show(take: Take): Promise<void> {
    await this.guard(async () => {
      const turn = ++this.opening;
      if (take.song && take.song.id !== this.song?.kept.id) {
        const song = await reopen(take.song);
        if (turn !== this.opening) return;
        this.take(song);
      }
      const b = this.choice.b?.song?.id === take.song?.id && this.choice.b !== take ? this.choice.b : null;
      this.choose({ a: take, b, heard: "a" });
    });
  }

  compare(take: Take | null): void {
    this.choose({ ...this.choice, b: take === this.choice.a ? null : take, heard: take ? this.choice.heard : "a" });
  }

  hear(which: "a" | "b"): void {
    if (which === "b" && !this.choice.b) return;
    this.choose({ ...this.choice, heard: which });
  }

  remove(take: Take): void {
    const index = this.takes.indexOf(take);
    if (index < 0 || this.job?.take === take) return;
    this.removed = { take, index };
    this.takes = this.takes.filter((other) => other !== take);
    const { a, b } = this.choice;
    const sameSong = this.takes.filter((other) => other.song?.id === take.song?.id);
    if (a === take) this.choose({ a: b ?? sameSong.at(-1) ?? null, b: null, heard: "a" });
    else if (b === take) this.choose({ a, b: null, heard: "a" });
    this.emit("takes", this.takes);
  }

  /** Bring back what was removed last. */
  restore(): void {
    if (!this.removed) return;
    const { take, index } = this.removed;
    this.removed = null;
    this.takes = this.takes.toSpliced(index, 0, take);
    this.emit("takes", this.takes);
    if (!this.choice.a) void this.show(take);
  }

  saved(take: Take): void {
    take.saved = true;
    this.emit("takes", this.takes);
  }

  private take(song: OpenSong): void {
    this.song = song;
    this.settings = within(this.settings, song.kept.durationS);
    this.emit("song", song);
    this.emit("settings", this.settings);
  }

  private choose(choice: Choice): void {
    this.choice = choice;
    this.emit("choice", choice);
  }

  private listenerOf(take: Take): TakeListener {
    return {
      progress: (progress) => {
        if (this.job?.take !== take) return;
        this.job.progress = progress;
        this.emit("job", this.job);
      },
      stretch: (stretch) => {
        addStretch(take, stretch);
        this.emit("takes", this.takes);
      },
    };
  }

  /** What was made before an end that was not meant is kept; nothing at all is not. */
  private end(take: Take, before: Choice, error: unknown, cancelled: boolean): void {
    take.state = cancelled ? "cancelled" : "failed";
    if (take.notes.length === 0) {
      this.takes = this.takes.filter((other) => other !== take);
      if (this.choice.a === take) this.choice = before;
    }
    const { done, total } = take.windows;
    if (!cancelled) this.emit("failed", lineOf(error));
    else this.emit("said", done ? `Cancelled; ${done} of ${total} windows are kept.` : "Cancelled.");
  }

  private async guard(work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.emit("failed", lineOf(error));
    }
  }
}

/** One line for the user; what is no ArrangeError is a mistake of ours, and says so. */
export function lineOf(error: unknown): string {
  if (error instanceof ArrangeError || (error instanceof Error && "code" in error && typeof error.code === "string")) {
    return error.message;
  }
  console.error(error);
  return `Something went wrong that is not your mistake: ${error instanceof Error ? error.message : String(error)}`;
}

function within(settings: Settings, durationS: number): Settings {
  const { startS, endS } = settings;
  if (startS >= durationS) return { ...settings, startS: 0, endS: null };
  return endS !== null && endS >= durationS ? { ...settings, endS: null } : settings;
}

function doneLine(take: Take): string {
  if (take.notes.length === 0 && take.sound) return `Done: ${take.title}.`;
  const count = take.notes.length;
  return `Done: ${count} ${count === 1 ? "note" : "notes"}, ${take.title}.`;
}
