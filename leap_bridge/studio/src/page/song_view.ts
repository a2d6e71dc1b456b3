/** How a song comes in: dropped, chosen or recorded. */

import { clockTime } from "./clock_time";
import { download, element } from "./dom";
import type { Messages } from "./messages";
import { Recorder } from "./recorder";
import { lineOf, type Session } from "./session";

const TICK_MS = 250;

export class SongView {
  private readonly file = element("file", HTMLInputElement);
  private readonly recorder = new Recorder();
  private recordingSince: number | null = null;
  private timer = 0;
  private unsavedRecording = false;
  private startWithout = false;

  constructor(
    private readonly session: Session,
    private readonly messages: Messages,
  ) {
    for (const button of document.querySelectorAll("[data-choose]")) button.addEventListener("click", () => this.file.click());
    for (const button of document.querySelectorAll("[data-record]")) button.addEventListener("click", () => void this.record());
    this.file.addEventListener("change", () => {
      const [file] = this.file.files ?? [];
      if (file) void this.open(file);
      this.file.value = "";
    });
    element("save-recording", HTMLButtonElement).addEventListener("click", () => this.saveRecording());
    session.on("song", () => this.show());
    element("without-song", HTMLButtonElement).addEventListener("click", () => {
      this.startWithout = true;
      this.show();
    });
    this.takeDrops();
  }

  /** Would a recording be lost with the page? */
  get hasUnsaved(): boolean {
    return this.unsavedRecording || this.recordingSince !== null;
  }

  private async open(file: File): Promise<void> {
    if (this.session.job) return this.messages.fail("An arrangement is being made: cancel it, or wait, before you open another song.");
    this.messages.clear();
    this.messages.say(`Reading ${file.name}`);
    await this.session.open(file, file.name);
  }

  private show(): void {
    const { song } = this.session;
    const isWorking = song !== null || this.startWithout;
    element("welcome", HTMLElement).hidden = isWorking;
    element("work", HTMLDivElement).hidden = !isWorking;
    element("wave-card", HTMLElement).hidden = song === null;
    if (!song) {
      element("song-name", HTMLHeadingElement).textContent = "No song";
      element("model", HTMLSelectElement).focus();
      return;
    }
    const name = element("song-name", HTMLHeadingElement);
    [name.textContent, name.title] = [song.name, song.name];
    element("song-length", HTMLSpanElement).textContent = clockTime(song.kept.durationS);
    element("save-recording", HTMLButtonElement).hidden = !song.kept.recorded;
    document.title = `${song.name} · LEAP Studio`;
    this.messages.say(`${song.name}, ${clockTime(song.kept.durationS)}, is open.`);
    if (document.activeElement === document.body || document.activeElement?.closest("[hidden]")) {
      element("arrange", HTMLButtonElement).focus({ preventScroll: true });
    }
  }

  private async record(): Promise<void> {
    try {
      if (this.recordingSince === null) return await this.beginRecording();
      window.clearInterval(this.timer);
      this.recordingSince = null;
      this.showRecording();
      const sound = await this.recorder.stop();
      const at = new Date().toTimeString().slice(0, 5).replace(":", ".");
      await this.session.open(sound, `Recording ${at}`, true);
      this.unsavedRecording = this.session.song?.file === sound;
    } catch (error) {
      this.messages.fail(lineOf(error));
    }
  }

  private async beginRecording(): Promise<void> {
    if (this.session.job) return this.messages.fail("An arrangement is being made: cancel it, or wait, before you record.");
    await this.recorder.start();
    this.messages.clear();
    this.recordingSince = performance.now();
    this.timer = window.setInterval(() => this.showRecording(), TICK_MS);
    this.showRecording();
    this.messages.say("Recording. Press Stop when you are done.");
  }

  private showRecording(): void {
    const sinceMs = this.recordingSince;
    for (const text of document.querySelectorAll("[data-record-text]")) {
      text.textContent = sinceMs === null ? "Record" : `Stop ${clockTime((performance.now() - sinceMs) / 1000)}`;
      text.closest("button")?.classList.toggle("recording", sinceMs !== null);
    }
  }

  private saveRecording(): void {
    const { song } = this.session;
    if (!song) return;
    const ending = /webm/.test(song.file.type) ? "webm" : /mp4/.test(song.file.type) ? "m4a" : "ogg";
    download(song.file, `${song.name}.${ending}`);
    this.unsavedRecording = false;
  }

  private takeDrops(): void {
    const over = element("drag-over", HTMLDivElement);
    const isFile = (event: DragEvent) => event.dataTransfer?.types.includes("Files") ?? false;
    window.addEventListener("dragover", (event) => {
      if (!isFile(event)) return;
      event.preventDefault();
      over.hidden = false;
    });
    window.addEventListener("dragleave", (event) => {
      if (event.relatedTarget === null) over.hidden = true;
    });
    window.addEventListener("drop", (event) => {
      over.hidden = true;
      if (!isFile(event)) return;
      event.preventDefault();
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length > 1) this.messages.fail(`One song at a time, got ${files.length} files.`);
      else if (files[0]) void this.open(files[0]);
    });
  }
}
