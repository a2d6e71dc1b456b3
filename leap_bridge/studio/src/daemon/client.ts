// A client of the daemon that served this page. One WebSocket; jobs, uploads and files of several askers at once.

import { pack, PROTOCOL, read, readAccepted, readHead, readModels, readStatus, DaemonError, type Told, unpack } from "./wire";
import type { Accepted, Daemon, Format, JobListener, Model, Order, Result, Status, TrackNote, Value, Welcome } from "./types";

export { DaemonError };

const PIECE_BYTES = 256 * 1024;
const MOST_BUFFERED_BYTES = 4 * PIECE_BYTES; // so that cancel does not wait behind an upload
const LOOK_MS = 10;
const OPEN_MS = 5000;
const WHERE = "leap-daemon"; // the meta element that the daemon puts into the page

type Json = Record<string, unknown>;

/** Where the daemon's WebSocket is, if a daemon served this page; null on any other host. */
export function offered(page: Document = document): string | null {
  const path = page.querySelector<HTMLMetaElement>(`meta[name="${WHERE}"]`)?.content;
  return path ? new URL(path, page.baseURI.replace(/^http/, "ws")).href : null;
}

/** Connect to a daemon. Rejects with DaemonError when there is none, or one of another protocol. */
export function connect(url: string, Socket: typeof WebSocket = WebSocket): Promise<Daemon> {
  return new Promise((resolve, reject) => {
    const socket = new Socket(url);
    socket.binaryType = "arraybuffer";
    const fail = (why: string) => {
      clearTimeout(timer);
      socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
      reject(new DaemonError("not_running", why));
    };
    const timer = setTimeout(() => fail("the daemon does not answer"), OPEN_MS);
    socket.onerror = socket.onclose = () => fail("the daemon cannot be reached");
    socket.onmessage = ({ data }) => {
      try {
        const told = read(String(data));
        if (told.kind !== "welcome") return fail("the daemon did not welcome this page");
        if (told.welcome.protocol !== PROTOCOL) {
          return fail(`the daemon speaks protocol ${told.welcome.protocol}, this page ${PROTOCOL}: load it again`);
        }
        clearTimeout(timer);
        resolve(new Connection(socket, told.welcome));
      } catch (error) {
        fail(error instanceof Error ? error.message : String(error));
      }
    };
  });
}

interface Waiting {
  resolve(ok: Json): void;
  reject(error: Error): void;
}

interface Incoming {
  pieces: ArrayBuffer[];
  missing: number;
  done(): void;
  fail(error: DaemonError): void;
}

interface Running {
  listener: JobListener;
  notes: TrackNote[];
  warnings: string[];
  resolve(result: Result): void;
  reject(error: Error): void;
}

class Connection implements Daemon {
  closed = false;
  onLost: ((reason: string) => void) | null = null;
  private last = 0;
  private readonly waiting = new Map<number, Waiting>();
  private readonly incoming = new Map<number, Incoming>();
  private readonly running = new Map<number, Running>();

  constructor(
    private readonly socket: WebSocket,
    readonly welcome: Welcome,
  ) {
    socket.onmessage = ({ data }) => this.hear(data as string | ArrayBuffer);
    socket.onclose = ({ reason }) => this.lose(reason || "the connection to the daemon is lost");
    socket.onerror = null;
  }

  async models(): Promise<Model[]> {
    return readModels(await this.ask({ do: "models" }));
  }

  async status(): Promise<Status> {
    return readStatus(await this.ask({ do: "status" }));
  }

  async run(order: Order, listener: JobListener, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const files: number[] = [];
    try {
      const message: Json = { do: "start", model: order.model, values: order.values ?? {}, ...withNotes(order) };
      for (const [key, blob, name] of filesOf(order)) {
        const id = await this.upload(blob, name, listener, signal);
        files.push(id);
        message[key] = id;
      }
      return await this.start(message, listener, signal);
    } catch (error) {
      for (const file of files) this.tell({ do: "drop", file });
      throw error;
    }
  }

  async file(job: number, format: Format, signal?: AbortSignal): Promise<File> {
    signal?.throwIfAborted();
    const id = this.number();
    const { resolve, reject, promise } = withResolvers<File>();
    const take = (ok: Json) => {
      const { name, mime, bytes } = readHead(ok);
      const pieces: ArrayBuffer[] = [];
      const done = () => resolve(new File(pieces, name, { type: mime }));
      this.incoming.set(id, { pieces, missing: bytes, done, fail: reject });
      if (bytes === 0) done();
    };
    const abort = () => reject(aborted(signal));
    signal?.addEventListener("abort", abort);
    try {
      this.send({ do: "file", job, format }, id, { resolve: take, reject });
      return await promise;
    } finally {
      signal?.removeEventListener("abort", abort);
      this.incoming.delete(id); // pieces that still come are let fall
    }
  }

  async forget(job: number): Promise<void> {
    await this.ask({ do: "forget", job });
  }

  close(): void {
    this.onLost = null;
    this.socket.close();
    this.lose("the page has closed the connection");
  }

  private async upload(blob: Blob, name: string, listener: JobListener, signal: AbortSignal): Promise<number> {
    const most = this.welcome.limits.uploadBytes;
    if (blob.size > most) {
      throw new DaemonError("bad_parameter", `a file may have ${megabytes(most)}, ${name} has ${megabytes(blob.size)}`);
    }
    const id = this.number();
    let over = false;
    const answer = this.ask({ do: "upload", name, bytes: blob.size }, id).finally(() => (over = true));
    answer.catch(() => undefined); // it is looked at below
    for (let sent = 0; sent < blob.size && !over; sent += PIECE_BYTES) {
      const piece = await blob.slice(sent, sent + PIECE_BYTES).arrayBuffer();
      while (this.socket.bufferedAmount > MOST_BUFFERED_BYTES && !this.closed) await later(LOOK_MS);
      if (signal.aborted) {
        this.tell({ do: "drop", file: id });
        throw aborted(signal);
      }
      if (this.closed || over) break;
      this.socket.send(pack(id, piece));
      listener.progress?.({ stage: "uploading", done: Math.min(sent + PIECE_BYTES, blob.size), total: blob.size, etaS: null });
    }
    await answer;
    return id;
  }

  private async start(message: Json, listener: JobListener, signal: AbortSignal): Promise<Result> {
    signal.throwIfAborted();
    const { resolve, reject, promise } = withResolvers<Result>();
    const id = this.number();
    let accepted: Accepted | undefined;
    const cancel = () => {
      if (accepted) this.tell({ do: "cancel", job: accepted.job });
    };
    signal.addEventListener("abort", cancel);
    // Before any event of the job is read, so that none is lost.
    const take = (ok: Json) => {
      accepted = readAccepted(ok);
      this.running.set(accepted.job, { listener, notes: [], warnings: [], resolve, reject });
      if (signal.aborted) cancel();
      listener.accepted?.(accepted);
    };
    try {
      this.send(message, id, { resolve: take, reject });
      return await promise;
    } catch (error) {
      throw error === CANCELLED ? (signal.aborted ? aborted(signal) : CANCELLED) : error;
    } finally {
      signal.removeEventListener("abort", cancel);
      if (accepted) this.running.delete(accepted.job);
    }
  }

  private number(): number {
    this.last += 1;
    return this.last;
  }

  private ask(message: Json, id: number = this.number()): Promise<Json> {
    return new Promise((resolve, reject) => this.send(message, id, { resolve, reject }));
  }

  /** Ask for something whose answer does not matter. */
  private tell(message: Json): void {
    if (!this.closed) this.ask(message).catch(() => undefined);
  }

  private send(message: Json, id: number, waiting: Waiting): void {
    if (this.closed) {
      waiting.reject(new DaemonError("lost", "the connection to the daemon is lost"));
      return;
    }
    this.waiting.set(id, waiting);
    this.socket.send(JSON.stringify({ id, ...message }));
  }

  private hear(data: string | ArrayBuffer): void {
    try {
      if (typeof data === "string") this.take(read(data));
      else this.takePiece(data);
    } catch (error) {
      this.onLost?.(error instanceof Error ? error.message : String(error));
      this.onLost = null;
      this.socket.close();
      this.lose("the daemon said something that this page does not know");
    }
  }

  private take(told: Told): void {
    switch (told.kind) {
      case "answer":
      case "refusal": {
        const waiting = this.waiting.get(told.id);
        this.waiting.delete(told.id);
        if (told.kind === "answer") waiting?.resolve(told.ok);
        else if (waiting) waiting.reject(told.error);
        else this.incoming.get(told.id)?.fail(told.error); // it went wrong while it was sent
        return;
      }
      case "welcome":
      case "other":
        return;
      default: {
        const running = this.running.get(told.job);
        if (running) takeEvent(running, told);
      }
    }
  }

  private takePiece(data: ArrayBuffer): void {
    const { id, bytes } = unpack(data);
    const file = this.incoming.get(id);
    if (!file) return;
    file.pieces.push(bytes);
    file.missing -= bytes.byteLength;
    if (file.missing === 0) file.done();
  }

  private lose(reason: string): void {
    if (this.closed) return;
    this.closed = true;
    const error = new DaemonError("lost", reason);
    for (const each of [...this.waiting.values(), ...this.running.values()]) each.reject(error);
    for (const file of this.incoming.values()) file.fail(error);
    this.waiting.clear();
    this.running.clear();
    this.incoming.clear();
    this.onLost?.(reason);
  }
}

const CANCELLED = new DaemonError("cancelled", "the job was cancelled");

type JobTold = Exclude<Told, { kind: "answer" | "refusal" | "welcome" | "other" }>;

function takeEvent(running: Running, told: JobTold): void {
  switch (told.kind) {
    case "progress":
      running.listener.progress?.(told.progress);
      return;
    case "stretch":
      running.notes.push(...told.stretch.notes);
      running.listener.stretch?.(told.stretch);
      return;
    case "warning":
      running.warnings.push(told.text);
      running.listener.warning?.(told.text);
      return;
    case "done":
      running.resolve({ ...told.result, notes: running.notes, warnings: running.warnings });
      return;
    case "cancelled":
      running.reject(CANCELLED);
      return;
    case "failed":
      running.reject(told.error);
  }
}

function filesOf(order: Order): [key: string, blob: Blob, name: string][] {
  const named = (blob: Blob, name?: string) => name ?? (blob instanceof File ? blob.name : "");
  const files: [string, Blob, string][] = [];
  if (order.source) files.push(["source", order.source, named(order.source, order.sourceName)]);
  if (order.like) files.push(["like", order.like, named(order.like, order.likeName)]);
  return files;
}

function withNotes({ notes, pedals, tempo, keep }: Order): Json {
  const message: Record<string, Value | unknown> = {};
  if (notes) message.notes = notes.map((note) => [note.startS, note.endS, note.pitch, note.velocity]);
  if (pedals) message.pedals = pedals.map((pedal) => [pedal.startS, pedal.endS]);
  if (tempo) message.tempo = { anchors: tempo.anchors, beats_per_bar: tempo.beatsPerBar, downbeat: tempo.downbeat };
  if (keep !== undefined) message.keep = keep;
  return message;
}

function aborted(signal?: AbortSignal): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException("The job was cancelled.", "AbortError");
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(0)} MB`;
}

function later(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((done, fail) => {
    resolve = done;
    reject = fail;
  });
  return { promise, resolve, reject };
}
