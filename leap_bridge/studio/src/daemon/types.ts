// What the daemon says over its WebSocket, as the page sees it. Follows leap_bridge/web/answers.py.

import type { Note, Pedal, Progress, Tempo } from "../arranger";

export type Value = number | boolean | string;

/** One knob of a model, or of every model: see leap_models/params.py. */
export interface Param {
  name: string;
  kind: "float" | "int" | "bool" | "word";
  default: Value;
  /** The allowed range of a number, both ends included; null is no limit. */
  low: number | null;
  high: number | null;
  /** The allowed words; [] where any is. */
  choices: string[];
  /** "s", "steps", "" for none. */
  unit: string;
  help: string;
  /** What may be given, in words: "a number from 1 to 5". */
  allowed: string;
  /** "model" for a knob of this model, "request" for what every model can be told: start_s, end_s, seed, quantize. */
  section: "model" | "request";
}

/** Who plays in what a model gives: the hands of a piano, the players of a band. */
export interface Track {
  name: string;
  /** From 1. */
  channel: number;
  /** General MIDI, from 0. */
  program: number;
  drums: boolean;
}

export type Format = "mid" | "wav" | "musicxml";

export interface Model {
  name: string;
  family: string;
  summary: string;
  licence: string;
  trainedOn: string;
  /** Which files it needs: ["audio"], ["notes"] (a MIDI file), both (then the audio is what it is to sound like), or none. */
  takes: ("audio" | "notes")[];
  /** It also makes music from nothing. */
  alone: boolean;
  gives: "roll" | "audio";
  windowS: number;
  hopS: number;
  /** [] of a model that gives audio. */
  tracks: Track[];
  /** All that `start` can be told: first those of the model, then those of every request. */
  params: Param[];
  /** The files that can be had of a result. */
  formats: Format[];
}

/** A note of any model; `track` counts in the model's `tracks`. */
export interface TrackNote {
  startS: number;
  endS: number;
  pitch: number;
  velocity: number;
  track: number;
}

export interface Limits {
  /** Of all files that a page has uploaded at once. */
  uploadBytes: number;
  /** The longest part of a recording. */
  pieceS: number;
}

export interface Welcome {
  protocol: number;
  version: string;
  limits: Limits;
}

export interface Status {
  uptimeS: number;
  /** Jobs of everybody that wait. */
  queued: number;
  /** The number of the job that runs, 0 if none does. */
  running: number;
  done: number;
  /** Models that are loaded. */
  models: string[];
  modelsMb: number;
}

export interface Order {
  model: string;
  /** What it is made of: a recording or a MIDI file. None for music from nothing. */
  source?: File | Blob;
  sourceName?: string;
  /** What it is to sound like, for a model that takes audio and notes. */
  like?: File | Blob;
  likeName?: string;
  /** Notes instead of a file, for a model that takes notes. */
  notes?: Pick<TrackNote, "startS" | "endS" | "pitch" | "velocity">[];
  pedals?: Pedal[];
  /** The beat, where it is known: it goes before the one that is heard. */
  tempo?: Tempo;
  /** The number of an earlier job of the same file: its music outside start_s and end_s is kept. */
  keep?: number;
  /** By the names of the model's `params`; what is left out is as by default. */
  values?: Record<string, Value>;
}

export interface Accepted {
  /** The number of the job. */
  job: number;
  windows: number;
  /** Jobs before it. */
  position: number;
  /** Where in the source its times count from. */
  startS: number;
  durationS: number;
  /** The seed that was taken, also where -1 was asked for. */
  seed: number;
}

/** A stretch of notes that will not change any more. */
export interface JobStretch {
  window: number;
  windows: number;
  notes: TrackNote[];
  untilS: number;
  tempo: Tempo;
}

export interface Result {
  job: number;
  windows: number;
  seed: number;
  durationS: number;
  /** All notes; [] of a model that gives audio. */
  notes: TrackNote[];
  pedals: Pedal[];
  tempo: Tempo;
  warnings: string[];
}

export interface JobListener {
  accepted?(accepted: Accepted): void;
  /** Of the upload too, with the stage "uploading". */
  progress?(progress: Progress): void;
  stretch?(stretch: JobStretch): void;
  warning?(text: string): void;
}

/** A running daemon. Everything rejects with `DaemonError`; what was aborted rejects with an AbortError. */
export interface Daemon {
  readonly welcome: Welcome;
  /** Becomes true when the connection is lost, or closed; `onLost` hears of the former. */
  readonly closed: boolean;
  onLost: ((reason: string) => void) | null;
  models(): Promise<Model[]>;
  status(): Promise<Status>;
  /** Uploads what there is to upload, starts a job and waits for its end. */
  run(order: Order, listener: JobListener, signal: AbortSignal): Promise<Result>;
  /** A file of a job's result; of a job that gives audio also while it runs, as far as it is made. */
  file(job: number, format: Format, signal?: AbortSignal): Promise<File>;
  /** Have the daemon delete a job's files now, not when the page goes. */
  forget(job: number): Promise<void>;
  close(): void;
}

export type { Note, Pedal, Progress, Tempo };
