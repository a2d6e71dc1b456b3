/** Saves the take that is heard: as MIDI, as a score, as a picture. */

import { midiFile, musicXml } from "../music/saving";
import { download, element, make } from "./dom";
import type { Messages } from "./messages";
import { picture } from "./picture";
import { lineOf, type Session } from "./session";
import { figure, toLink } from "./settings";
import { asArrangement, HANDS, type Take } from "./takes";

/** Where the files of takes come from that were not made by an `Arranger`. */
export type OtherFiles = (take: Take, format: "mid" | "musicxml" | "wav") => Promise<Blob> | null;

type Format = "mid" | "musicxml" | "png" | "wav";

const FORMATS = ["mid", "musicxml", "png", "wav"] as const;
const TYPES = { mid: "audio/midi", musicxml: "application/vnd.recordare.musicxml+xml" };

export class SaveView {
  constructor(
    private readonly session: Session,
    private readonly messages: Messages,
    private readonly otherFiles: OtherFiles = () => null,
  ) {
    for (const format of FORMATS) element(`save-${format}`, HTMLButtonElement).addEventListener("click", () => void this.save(format));
    element("copy-link", HTMLButtonElement).addEventListener("click", () => void this.copyLink());
    session.on("choice", () => this.show());
    session.on("job", () => this.show());
    this.show();
  }

  private show(): void {
    const take = this.session.heard;
    const isBusy = take !== null && this.session.job?.take === take;
    const has: Record<Format, boolean> = {
      mid: !!take?.notes.length, musicxml: !!take?.notes.length, png: !!take?.notes.length, wav: take?.sound != null,
    };
    for (const format of FORMATS) element(`save-${format}`, HTMLButtonElement).disabled = isBusy || !has[format];
    element("save-wav", HTMLButtonElement).hidden = !has.wav;
    const legend = element("legend", HTMLParagraphElement);
    const players = take?.players ?? HANDS;
    const names = ["right", "left", "third", "fourth", "fifth"];
    legend.replaceChildren(
      ...players.map(({ name }, i) => make("span", {}, make("i", { style: `background: var(--${names[i % names.length]})` }), name)),
    );
  }

  private async save(format: Format): Promise<void> {
    const take = this.session.heard;
    if (!take) return;
    try {
      const file = await this.fileOf(take, format);
      download(file, fileName(take, format));
      if (format !== "png") this.session.saved(take);
      this.messages.say(`Saved ${fileName(take, format)}`);
    } catch (error) {
      this.messages.fail(`The file could not be made: ${lineOf(error)}`);
    }
  }

  private async fileOf(take: Take, format: Format): Promise<Blob> {
    if (format === "png") return picture(take);
    if (format === "wav" && take.sound) return take.sound;
    const other = this.otherFiles(take, format);
    if (other) return other;
    const made = asArrangement(take);
    if (format === "mid") return new Blob([midiFile(made) as Uint8Array<ArrayBuffer>], { type: TYPES.mid });
    return new Blob([musicXml(made, take.song?.name ?? take.title)], { type: TYPES.musicxml });
  }

  private async copyLink(): Promise<void> {
    const link = new URL(`#${toLink(this.session.settings)}`, location.href).href;
    history.replaceState(null, "", link);
    try {
      await navigator.clipboard.writeText(link);
      this.messages.say("Link copied. It holds the settings, not the song.");
    } catch {
      this.messages.say("The link is in the address bar. It holds the settings, not the song.");
    }
  }
}

/** "song.mp3" -> "song.piano-3-seed0.mid": enough to make the same again. */
export function fileName(take: Take, format: string): string {
  const stem = take.song?.name.replace(/\.[^.]+$/, "").replace(/[\\/:*?"<>|]/g, "-") || "music";
  const part = take.players === HANDS ? "piano" : take.title.split(" ")[0]!.toLowerCase();
  return `${stem}.${part}-${figure(take.settings.difficulty)}-seed${take.settings.seed}.${format}`;
}
