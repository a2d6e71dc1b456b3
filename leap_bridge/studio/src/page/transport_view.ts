/** Play, loop and balance, and where the music is. */

import { barAndBeat, neighbour } from "./bars";
import { clockTime } from "./clock_time";
import { element } from "./dom";
import { barsOfTake } from "./draw_roll";
import type { Messages } from "./messages";
import type { Player } from "./player";
import { wholeBars } from "./roll_view";
import type { Session } from "./session";

const STEP_S = 5; // of an arrow key where there are no bars
const LOOP_BARS_S = 0.01; // a loop begun by hand reaches at least to the end of its bar

export class TransportView {
  private readonly play = element("play", HTMLButtonElement);
  private readonly loop = element("loop", HTMLButtonElement);
  private readonly balance = element("balance", HTMLInputElement);
  private lastLoop: { startS: number; endS: number } | null = null;

  constructor(
    private readonly session: Session,
    private readonly player: Player,
    private readonly messages: Messages,
  ) {
    this.play.addEventListener("click", () => void this.toggle());
    this.loop.addEventListener("click", () => this.toggleLoop());
    element("to-start", HTMLButtonElement).addEventListener("click", () => this.toStart());
    this.balance.addEventListener("input", () => this.mix(Number(this.balance.value)));
    element("only-song", HTMLButtonElement).addEventListener("click", () => this.mix(0));
    element("only-piano", HTMLButtonElement).addEventListener("click", () => this.mix(1));
    player.on("playing", () => this.showPlaying());
    player.on("position", () => this.showPosition());
    player.on("failed", (line) => messages.fail(line));
    session.on("song", (song) => {
      player.setLoop(null);
      this.lastLoop = null;
      player.setSong(song?.buffer ?? null);
      this.showLoop();
    });
    session.on("choice", () => this.takeHeard());
    session.on("job", () => this.takeHeard());
    this.mix(Number(this.balance.value));
  }

  async toggle(): Promise<void> {
    if (this.player.playing) return this.player.pause();
    try {
      await this.player.play();
    } catch {
      this.messages.fail("This browser gives no sound: allow it for this page, then press play again.");
    }
  }

  toStart(): void {
    this.player.seek(this.player.loopPart?.startS ?? this.session.heard?.startS ?? 0);
  }

  toEnd(): void {
    const { heard } = this.session;
    this.player.seek(heard ? heard.startS + heard.durationS : this.player.endS);
  }

  /** A bar on or back. */
  step(forward: boolean): void {
    const { heard } = this.session;
    const shift = heard?.startS ?? 0;
    const atS = this.player.positionS - shift;
    const bars = heard ? barsOfTake(heard) : [];
    const toS = bars.length ? (neighbour(bars, atS, forward) ?? (forward ? heard!.durationS : 0)) : atS + (forward ? STEP_S : -STEP_S);
    this.player.seek(toS + shift);
  }

  toggleLoop(): void {
    const { player } = this;
    if (player.loopPart) {
      this.lastLoop = player.loopPart;
      player.setLoop(null);
    } else player.setLoop(this.lastLoop ?? wholeBars(this.session.heard, player.positionS, player.positionS + LOOP_BARS_S));
    this.afterLoop();
  }

  /** Begin or end the loop at the bar where the music is. */
  setLoopEdge(edge: "start" | "end"): void {
    const { player } = this;
    const bar = wholeBars(this.session.heard, player.positionS, player.positionS + LOOP_BARS_S);
    const old = player.loopPart ?? bar;
    const startS = edge === "start" ? bar.startS : Math.min(old.startS, bar.startS);
    player.setLoop({ startS, endS: edge === "end" ? bar.endS : Math.max(old.endS, bar.endS) });
    this.afterLoop();
  }

  mix(balance: number): void {
    this.balance.value = String(balance);
    this.player.setBalance(balance);
    const [song, piano] = [Math.round((1 - balance) * 100), Math.round(balance * 100)];
    const text = balance === 0 ? "song alone" : balance === 1 ? "piano alone" : `song ${song} %, piano ${piano} %`;
    this.balance.setAttribute("aria-valuetext", text);
    element("only-song", HTMLButtonElement).setAttribute("aria-pressed", String(balance === 0));
    element("only-piano", HTMLButtonElement).setAttribute("aria-pressed", String(balance === 1));
  }

  private takeHeard(): void {
    const { heard, song } = this.session;
    const isOfNoSong = heard !== null && heard.song === null;
    this.player.setSong(isOfNoSong ? null : (song?.buffer ?? null));
    this.player.setTake(heard, heard ? (this.session.sounds.get(heard.id) ?? null) : null);
    this.showPosition();
  }

  private showPlaying(): void {
    const { playing } = this.player;
    this.play.setAttribute("aria-label", playing ? "Pause" : "Play");
    document.getElementById("play-icon")?.setAttribute("href", playing ? "#i-pause" : "#i-play");
  }

  private showPosition(): void {
    const { heard } = this.session;
    const atS = this.player.positionS;
    element("where-time", HTMLSpanElement).textContent = clockTime(atS, 1);
    element("where-bar", HTMLSpanElement).textContent = heard ? barAndBeat(barsOfTake(heard), atS - heard.startS) : "–";
    this.showLoop();
  }

  private afterLoop(): void {
    this.showLoop();
    this.player.seek(this.player.positionS);
    this.messages.say(this.loopLine() || "Loop off");
  }

  private showLoop(): void {
    const isOn = String(this.player.loopPart !== null);
    if (this.loop.getAttribute("aria-pressed") !== isOn) this.loop.setAttribute("aria-pressed", isOn);
    const line = this.loopLine();
    const text = element("loop-text", HTMLParagraphElement);
    if (text.textContent !== line) text.textContent = line;
  }

  private loopLine(): string {
    const { loopPart } = this.player;
    if (!loopPart) return "";
    const { heard } = this.session;
    const bars = heard ? barsOfTake(heard) : [];
    const inside = bars.filter((bar) => bar.startS + heard!.startS >= loopPart.startS - 0.01 && bar.startS + heard!.startS < loopPart.endS - 0.01);
    const [first, last] = [inside[0]?.number, inside.at(-1)?.number];
    if (first === undefined) return `Loop ${clockTime(loopPart.startS, 1)} to ${clockTime(loopPart.endS, 1)}`;
    return first === last ? `Loop bar ${first}` : `Loop bars ${first} to ${last}`;
  }
}
