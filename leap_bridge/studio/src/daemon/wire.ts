// The messages of the daemon's WebSocket, checked and turned into the page's types. Follows leap_bridge/web/answers.py.
//
// Text is JSON: {id, do, ...} to the daemon; {id, ok} or {id, error}, and {event, job, ...}, from it. Binary, either way, is
// part of a file: four bytes that are the id of the request it belongs to (big-endian), then the bytes.

import { ArrangeError, type Progress, type Tempo } from "../arranger";
import type { Accepted, JobStretch, Model, Param, Result, Status, Track, TrackNote, Value, Welcome } from "./types";

export const PROTOCOL = 1;
const HEAD_BYTES = 4;
const JOB_EVENTS = new Set(["progress", "stretch", "warning", "done", "cancelled", "failed"]);

type Json = Record<string, unknown>;

/** The daemon's refusal; `code` is one of leap_models/errors.py, or "lost" where the connection is. */
export class DaemonError extends ArrangeError {
  constructor(code: string, message: string) {
    super(code, message);
    this.name = "DaemonError";
  }
}

export type Told =
  | { kind: "welcome"; welcome: Welcome }
  | { kind: "answer"; id: number; ok: Json }
  | { kind: "refusal"; id: number; error: DaemonError }
  | { kind: "progress"; job: number; progress: Progress }
  | { kind: "stretch"; job: number; stretch: JobStretch }
  | { kind: "warning"; job: number; text: string }
  | { kind: "done"; job: number; result: Omit<Result, "notes" | "warnings"> }
  | { kind: "cancelled"; job: number }
  | { kind: "failed"; job: number; error: DaemonError }
  | { kind: "other" };

/** What a text message says. Throws DaemonError for one that is none of the protocol. */
export function read(text: string): Told {
  let said: unknown;
  try {
    said = JSON.parse(text);
  } catch {
    throw wrong("no JSON");
  }
  const message = object(said);
  if (typeof message.event === "string") return readEvent(message.event, message);
  const id = number(message.id);
  if (message.error !== undefined) return { kind: "refusal", id, error: readError(message.error) };
  return { kind: "answer", id, ok: object(message.ok) };
}

function readEvent(event: string, message: Json): Told {
  if (event === "welcome") return { kind: "welcome", welcome: readWelcome(message) };
  if (!JOB_EVENTS.has(event)) return { kind: "other" }; // a later daemon may say more
  const job = number(message.job);
  switch (event) {
    case "progress":
      return { kind: "progress", job, progress: readProgress(message) };
    case "stretch":
      return { kind: "stretch", job, stretch: readStretch(message) };
    case "warning":
      return { kind: "warning", job, text: string(message.text) };
    case "done":
      return { kind: "done", job, result: readResult(job, message) };
    case "cancelled":
      return { kind: "cancelled", job };
    default:
      return { kind: "failed", job, error: readError(message.error) };
  }
}

function readWelcome(message: Json): Welcome {
  const limits = object(message.limits);
  return {
    protocol: number(message.protocol),
    version: string(message.version),
    limits: { uploadBytes: number(limits.upload_bytes), pieceS: number(limits.piece_s) },
  };
}

function readProgress(message: Json): Progress {
  return {
    stage: string(message.stage),
    done: number(message.done),
    total: number(message.total),
    etaS: message.eta_s === null ? null : number(message.eta_s),
  };
}

function readStretch(message: Json): JobStretch {
  return {
    window: number(message.window),
    windows: number(message.windows),
    untilS: number(message.until_s),
    tempo: readTempo(message.tempo),
    notes: array(message.notes).map(readNote),
  };
}

function readResult(job: number, message: Json): Omit<Result, "notes" | "warnings"> {
  return {
    job,
    windows: number(message.windows),
    seed: number(message.seed),
    durationS: number(message.duration_s),
    tempo: readTempo(message.tempo),
    pedals: array(message.pedals).map((pair) => {
      const [startS, endS] = array(pair).map(number);
      return { startS: number(startS), endS: number(endS) };
    }),
  };
}

function readNote(row: unknown): TrackNote {
  const [startS, endS, pitch, velocity, track] = array(row).map(number);
  return { startS: number(startS), endS: number(endS), pitch: number(pitch), velocity: number(velocity), track: number(track) };
}

function readTempo(value: unknown): Tempo {
  const tempo = object(value);
  return {
    anchors: array(tempo.anchors).map((pair) => {
      const [second, beat] = array(pair);
      return [number(second), number(beat)];
    }),
    beatsPerBar: number(tempo.beats_per_bar),
    downbeat: number(tempo.downbeat),
  };
}

export function readModels(ok: Json): Model[] {
  return array(ok.models).map((each) => {
    const model = object(each);
    return {
      name: string(model.name),
      family: string(model.family),
      summary: string(model.summary),
      licence: string(model.licence),
      trainedOn: string(model.trained_on),
      takes: array(model.takes).map(string) as Model["takes"],
      alone: model.alone === true,
      gives: string(model.gives) as Model["gives"],
      windowS: number(model.window_s),
      hopS: number(model.hop_s),
      tracks: array(model.tracks).map((track) => readTrack(object(track))),
      params: array(model.params).map((param) => readParam(object(param))),
      formats: array(model.formats).map(string) as Model["formats"],
    };
  });
}

function readTrack(track: Json): Track {
  return {
    name: string(track.name),
    channel: number(track.channel),
    program: number(track.program),
    drums: track.drums === true,
  };
}

function readParam(param: Json): Param {
  return {
    name: string(param.name),
    kind: string(param.kind) as Param["kind"],
    default: param.default as Value,
    low: param.low === null ? null : number(param.low),
    high: param.high === null ? null : number(param.high),
    choices: array(param.choices).map(string),
    unit: string(param.unit),
    help: string(param.help),
    allowed: string(param.allowed),
    section: string(param.section) as Param["section"],
  };
}

export function readStatus(ok: Json): Status {
  return {
    uptimeS: number(ok.uptime_s),
    queued: number(ok.queued),
    running: number(ok.running),
    done: number(ok.done),
    models: array(ok.models).map(string),
    modelsMb: number(ok.models_mb),
  };
}

export function readAccepted(ok: Json): Accepted {
  return {
    job: number(ok.job),
    windows: number(ok.windows),
    position: number(ok.position),
    startS: number(ok.start_s),
    durationS: number(ok.duration_s),
    seed: number(ok.seed),
  };
}

/** The head of a file that follows in pieces. */
export function readHead(ok: Json): { name: string; mime: string; bytes: number } {
  return { name: string(ok.name), mime: string(ok.mime), bytes: number(ok.bytes) };
}

function readError(value: unknown): DaemonError {
  const error = object(value);
  return new DaemonError(string(error.code), string(error.message));
}

/** A piece of a file that belongs to a request. */
export function pack(id: number, bytes: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const packed = new Uint8Array(HEAD_BYTES + bytes.byteLength);
  new DataView(packed.buffer).setUint32(0, id);
  packed.set(new Uint8Array(bytes), HEAD_BYTES);
  return packed;
}

export function unpack(packed: ArrayBuffer): { id: number; bytes: ArrayBuffer } {
  if (packed.byteLength < HEAD_BYTES) throw wrong(`a piece of ${packed.byteLength} bytes`);
  return { id: new DataView(packed).getUint32(0), bytes: packed.slice(HEAD_BYTES) };
}

function object(value: unknown): Json {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(`${typeof value} for an object`);
  return value as Json;
}

function array(value: unknown): unknown[] {
  if (!Array.isArray(value)) throw wrong(`${typeof value} for a list`);
  return value;
}

function number(value: unknown): number {
  if (typeof value !== "number") throw wrong(`${typeof value} for a number`);
  return value;
}

function string(value: unknown): string {
  if (typeof value !== "string") throw wrong(`${typeof value} for a word`);
  return value;
}

function wrong(what: string): DaemonError {
  return new DaemonError("bad_message", `the daemon said something that this page does not know: ${what}`);
}
