/** The arranger in this browser: the engine in a worker, as the page wants it. */

import type * as page from "../arranger";
import { ArrangeError, type Arrangement, type Arranger, type Listener, type Note, type Progress, type Settings, type Song } from "../arranger";
import type { Result, Stretch } from "../music/finishing";
import { RIGHT, type Notes } from "../music/notes";
import type { TempoMap } from "../music/tempo";
import type { FromWorker, ToWorker } from "./messages";

const LARGEST_SEED = 2 ** 31 - 1;
const BROKEN = new Set(["out_of_memory", "internal_error"]); // after these a worker is not to be trusted

/** The part of a worker that is needed, so that tests can be one. */
export interface Thread {
  postMessage(message: ToWorker, transfer: Transferable[]): void;
  terminate(): void;
  onmessage: ((event: MessageEvent<FromWorker>) => void) | null;
  onerror: ((event: ErrorEvent) => void) | null;
}

interface Running {
  readonly listener: Listener;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

export interface Options {
  /** The page's folder, in which `models/leap/` lies. */
  readonly base?: string;
  /** Whether a GPU may be used if there is one. */
  readonly gpu?: boolean;
  readonly start?: () => Thread;
}

export class BrowserArranger implements Arranger {
  /** Where the sums are done, once that is known: "wasm" or "webgpu". */
  device: string | null = null;
  private readonly base: string;
  private readonly gpu: boolean;
  private readonly start: () => Thread;
  private thread: Thread | null = null;
  private loaded: Promise<void> | null = null;
  private readonly watchers = new Set<(progress: Progress) => void>();
  private sent: { song: WeakRef<Song>; startS: number; endS: number | null } | null = null; // so that it can be let go
  private readonly runs = new Map<number, Running>();
  private settleLoad: { resolve(): void; reject(error: unknown): void } | null = null;
  private last: Promise<unknown> = Promise.resolve(); // the run before, which the next one waits for
  private count = 0;

  constructor({ base, gpu = true, start = newThread }: Options = {}) {
    this.base = base ?? document.baseURI;
    this.gpu = gpu;
    this.start = start;
  }

  async load(progress: (progress: Progress) => void): Promise<void> {
    this.watchers.add(progress);
    try {
      await (this.loaded ??= this.begin());
    } finally {
      this.watchers.delete(progress);
    }
  }

  async arrange(song: Song, settings: Settings, listener: Listener, signal: AbortSignal): Promise<Arrangement> {
    check(song, settings);
    signal.throwIfAborted();
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new DOMException("the run was cancelled", "AbortError")), { once: true });
    });
    aborted.catch(() => undefined);
    await Promise.race([this.load((progress) => listener.progress(progress)), aborted]);
    const run = this.count++;
    const ended = this.last.then(() => this.run(run, song, settings, listener, signal));
    this.last = ended.catch(() => undefined);
    return arrangementOf(await Promise.race([ended, aborted]));
  }

  private begin(): Promise<void> {
    const thread = this.start();
    this.thread = thread;
    thread.onmessage = ({ data }) => this.hear(data);
    thread.onerror = (event) => this.fail(null, "internal_error", event.message || "the engine could not be started");
    return new Promise((resolve, reject) => {
      this.settleLoad = { resolve, reject };
      thread.postMessage({ kind: "load", base: this.base, gpu: this.gpu }, []);
    });
  }

  private run(run: number, song: Song, settings: Settings, listener: Listener, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const { thread } = this;
    if (thread === null) throw new ArrangeError("internal_error", "The engine has stopped; try again.");
    return new Promise((resolve, reject) => {
      this.runs.set(run, { listener, resolve, reject });
      signal.addEventListener("abort", () => thread.postMessage({ kind: "stop", run }, []), { once: true });
      this.send(thread, song, settings);
      const { difficulty, quantize, seed } = settings;
      thread.postMessage({ kind: "arrange", run, request: { difficulty, quantize, seed } }, []);
    });
  }

  /** Give the worker the part of the song that is wanted, unless it has it. */
  private send(thread: Thread, song: Song, { startS, endS }: Settings): void {
    if (this.sent?.song.deref() === song && this.sent.startS === startS && this.sent.endS === endS) return;
    const { sampleRate } = song;
    const endAt = endS === null ? song.samples.length : Math.floor(endS * sampleRate + 0.5);
    const samples = song.samples.slice(Math.floor(startS * sampleRate + 0.5), endAt);
    thread.postMessage({ kind: "song", samples, sampleRate }, [samples.buffer]);
    this.sent = { song: new WeakRef(song), startS, endS };
  }

  private hear(message: FromWorker): void {
    switch (message.kind) {
      case "progress":
        if (message.run === null) for (const watcher of this.watchers) watcher(message.progress);
        else this.runs.get(message.run)?.listener.progress(message.progress);
        return;
      case "loaded":
        this.device = message.device;
        this.settleLoad?.resolve();
        return;
      case "stretch":
        this.runs.get(message.run)?.listener.stretch(stretchOf(message.stretch));
        return;
      case "done":
        this.runs.get(message.run)?.resolve(message.result);
        this.runs.delete(message.run);
        return;
      case "stopped":
        this.runs.get(message.run)?.reject(new DOMException("the run was cancelled", "AbortError"));
        this.runs.delete(message.run);
        return;
      case "failed":
        this.fail(message.run, message.code, message.message);
    }
  }

  /** A run failed, or all of them because the worker did. */
  private fail(run: number | null, code: string, message: string): void {
    const error = new ArrangeError(code, message);
    if (run !== null) {
      this.runs.get(run)?.reject(error);
      this.runs.delete(run);
    }
    if (run !== null && !BROKEN.has(code)) return;
    this.thread?.terminate();
    [this.thread, this.loaded, this.sent] = [null, null, null];
    this.settleLoad?.reject(error);
    for (const each of this.runs.values()) each.reject(error);
    this.runs.clear();
  }
}

function newThread(): Thread {
  return new Worker(new URL("./worker.ts", import.meta.url), { type: "module", name: "leap" });
}

/** Throws an ArrangeError if the settings do not fit the song. */
function check(song: Song, { difficulty, quantize, seed, startS, endS }: Settings): void {
  const refuse = (message: string): never => {
    throw new ArrangeError("bad_parameter", message);
  };
  if (song.samples.length === 0) throw new ArrangeError("unreadable_audio", `there is no sound in ${song.name}`);
  const durationS = song.samples.length / song.sampleRate;
  if (!(difficulty >= 1 && difficulty <= 5)) refuse(`difficulty must be from 1 to 5, got ${difficulty}`);
  if (!(quantize >= 0 && quantize <= 1)) refuse(`quantize must be from 0 to 1, got ${quantize}`);
  if (!Number.isInteger(seed) || seed < 0 || seed > LARGEST_SEED) {
    refuse(`seed must be a whole number from 0 to ${LARGEST_SEED}, got ${seed}`);
  }
  if (!(startS >= 0 && startS < durationS)) refuse(`start must be from 0 to less than ${durationS.toFixed(2)} s, got ${startS}`);
  if (endS !== null && !(endS > startS)) refuse(`end must be after the start at ${startS} s, got ${endS}`);
}

function arrangementOf(result: Result): Arrangement {
  return {
    notes: notesOf(result.notes),
    pedals: result.pedals.map(({ startS, endS }) => ({ startS, endS })),
    tempo: tempoOf(result.tempo),
    durationS: result.durationS,
    warnings: [...result.warnings],
  };
}

function stretchOf({ window, windows, notes, untilS, tempo }: Stretch): page.Stretch {
  return { window, windows, notes: notesOf(notes), untilS, tempo: tempoOf(tempo) };
}

function notesOf(notes: Notes): Note[] {
  return notes.map(({ startS, endS, pitch, velocity, track }) => {
    return { startS, endS, pitch, velocity, hand: track === RIGHT ? "right" : "left" };
  });
}

function tempoOf({ anchors, beatsPerBar, downbeat }: TempoMap): Arrangement["tempo"] {
  return { anchors: anchors.map(([second, beat]) => [second, beat]), beatsPerBar, downbeat };
}
