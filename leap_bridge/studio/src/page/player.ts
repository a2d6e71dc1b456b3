/** Plays the song, the piano or both, from one clock. */

import type { Pedal } from "../arranger";
import { Emitter } from "./emitter";
import { Piano, sounding } from "./piano";
import type { PlayedNote, Take } from "./takes";
import { gains, type Loop, Run, type Slice } from "./transport";

const LOOK_MS = 100; // how often the next notes are scheduled
const AHEAD_S = 0.35;
const AHEAD_HIDDEN_S = 2.5; // in a hidden tab timers come once a second
const START_S = 0.06; // from pressing play to the first sound
const FADE_S = 0.015;

export interface PlayerEvents {
  playing: boolean;
  /** Also when playing stands still: something has moved it. */
  position: number;
  /** How many of the piano's samples are there. */
  piano: { done: number; total: number };
  failed: string;
}

export class Player extends Emitter<PlayerEvents> {
  private context: AudioContext | null = null;
  private piano: Piano | null = null;
  private songGain: GainNode | null = null;
  private pianoGain: GainNode | null = null;
  private source: AudioBufferSourceNode | null = null;
  private sound: AudioBufferSourceNode | null = null;
  private run: Run | null = null;
  private timer = 0;
  private restS = 0;
  private song: AudioBuffer | null = null;
  private take: Take | null = null;
  private takeSound: AudioBuffer | null = null;
  private loop: Loop | null = null;
  private balance = 0.5;
  private heard: { notes: PlayedNote[]; count: number; of: PlayedNote[]; pedals: Pedal[] } | null = null;

  get playing(): boolean {
    return this.run !== null;
  }

  /** The song's second that is heard now. */
  get positionS(): number {
    if (!this.run || !this.context) return this.restS;
    return this.run.positionAt(this.context.currentTime - (this.context.outputLatency || 0));
  }

  get endS(): number {
    const takeEndS = this.take ? this.take.startS + this.take.durationS : 0;
    return Math.max(this.song?.duration ?? 0, takeEndS);
  }

  get loopPart(): Loop | null {
    return this.loop;
  }

  setSong(song: AudioBuffer | null): void {
    if (song === this.song) return;
    this.pause();
    this.song = song;
    this.seek(0);
  }

  /** Change what is heard; playing goes on where it is. */
  setTake(take: Take | null, sound: AudioBuffer | null = null): void {
    if (take === this.take && sound === this.takeSound) return;
    const isSound = this.takeSound !== null || sound !== null;
    this.take = take;
    this.takeSound = sound;
    if (isSound) this.again();
    else this.replaceNotes();
  }

  setLoop(loop: Loop | null): void {
    this.loop = loop;
    this.again();
  }

  /** 0 is the song alone, 1 the piano alone. */
  setBalance(balance: number): void {
    this.balance = balance;
    if (!this.context || !this.songGain || !this.pianoGain) return;
    const { song, piano } = gains(balance);
    this.songGain.gain.setTargetAtTime(song, this.context.currentTime, FADE_S);
    this.pianoGain.gain.setTargetAtTime(piano, this.context.currentTime, FADE_S);
  }

  /** Make everything ready and play from where it stands. Call it from a click or a key: browsers ask for that. */
  async play(): Promise<void> {
    if (this.playing || this.endS === 0) return;
    const context = this.wake();
    await context.resume();
    if (this.playing) return;
    if (this.restS >= this.endS - 0.05) this.restS = this.loop?.startS ?? 0;
    this.begin(this.restS);
    this.emit("playing", true);
    this.frame();
  }

  pause(): void {
    if (!this.playing) return;
    this.restS = this.positionS;
    this.stopSounds();
    this.run = null;
    this.emit("playing", false);
    this.emit("position", this.restS);
  }

  seek(toS: number): void {
    this.restS = Math.min(Math.max(0, toS), this.endS);
    if (this.playing) {
      this.stopSounds();
      this.begin(this.restS);
    }
    this.emit("position", this.restS);
  }

  /** Get the piano's samples before they are needed. */
  async preload(): Promise<void> {
    this.wake();
    await this.piano?.ready;
  }

  private wake(): AudioContext {
    if (this.context) return this.context;
    const context = new AudioContext({ latencyHint: "interactive" });
    const out = context.createDynamicsCompressor(); // song and piano together do not clip
    out.connect(context.destination);
    this.songGain = new GainNode(context);
    this.pianoGain = new GainNode(context);
    this.songGain.connect(out);
    this.pianoGain.connect(out);
    this.context = context;
    this.piano = new Piano(context, this.pianoGain, (done, total) => this.emit("piano", { done, total }));
    this.piano.ready.catch(() => this.emit("failed", "The piano's samples could not be loaded: you hear the song alone."));
    this.setBalance(this.balance);
    return context;
  }

  private begin(fromS: number): void {
    const { context } = this;
    if (!context) return;
    const beganS = context.currentTime + START_S;
    this.run = new Run(beganS, fromS, this.endS, this.loop);
    if (this.song && this.songGain) this.source = this.startBuffer(this.song, this.songGain, 0, fromS, beganS);
    if (this.takeSound && this.take && this.pianoGain) {
      this.sound = this.startBuffer(this.takeSound, this.pianoGain, this.take.startS, fromS, beganS);
    }
    this.look();
    this.timer = window.setInterval(() => this.look(), LOOK_MS);
  }

  private startBuffer(buffer: AudioBuffer, to: AudioNode, startS: number, fromS: number, whenS: number): AudioBufferSourceNode | null {
    const source = new AudioBufferSourceNode(this.context!, { buffer });
    source.connect(to);
    const { loop } = this;
    if (loop && startS === 0 && fromS < loop.endS && loop.endS <= buffer.duration) {
      Object.assign(source, { loop: true, loopStart: loop.startS, loopEnd: loop.endS });
    }
    const offsetS = fromS - startS;
    if (offsetS >= buffer.duration) return null;
    source.start(whenS + Math.max(0, -offsetS), Math.max(0, offsetS));
    return source;
  }

  private look(): void {
    const { context, run } = this;
    if (!context || !run) return;
    if (run.isOver(context.currentTime)) {
      this.pause();
      return;
    }
    const untilS = context.currentTime + (document.hidden ? AHEAD_HIDDEN_S : AHEAD_S);
    for (const slice of run.plan(untilS)) this.strike(slice);
  }

  private strike(slice: Slice): void {
    const { take } = this;
    if (!take || !this.piano || this.takeSound) return;
    for (const note of this.notesOf(take)) {
      if (take.players[note.player]?.drums) continue;
      const atS = note.startS + take.startS;
      if (atS < slice.fromS || atS >= slice.toS) continue;
      this.piano.strike(note.pitch, note.velocity, slice.whenS + atS - slice.fromS, note.endS - note.startS);
    }
  }

  /** The take's notes as they sound; found again when it has grown. */
  private notesOf(take: Take): PlayedNote[] {
    const { heard } = this;
    const { notes, pedals } = take;
    if (heard?.of === notes && heard.count === notes.length && heard.pedals === pedals) return heard.notes;
    this.heard = { notes: sounding(notes, pedals), count: notes.length, of: notes, pedals };
    return this.heard.notes;
  }

  /** The song plays on, and the piano goes on with other notes. */
  private replaceNotes(): void {
    if (!this.context || !this.run) return;
    this.piano?.silence();
    this.run.planAgain(this.context.currentTime + START_S / 2);
    this.look();
  }

  private again(): void {
    if (this.playing) this.seek(this.positionS);
  }

  private stopSounds(): void {
    window.clearInterval(this.timer);
    for (const source of [this.source, this.sound]) source?.stop();
    this.source = this.sound = null;
    this.piano?.silence();
  }

  private frame(): void {
    if (!this.playing) return;
    this.emit("position", this.positionS);
    requestAnimationFrame(() => this.frame());
  }
}
