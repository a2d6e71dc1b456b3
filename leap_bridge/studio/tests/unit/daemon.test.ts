// The client of the daemon, played against a socket of ours: what it says, what it makes of the answers, what it does when it is lost.

import { beforeEach, describe, expect, it, vi } from "vitest";
import type { Settings, Song, Stretch } from "../../src/arranger";
import { connect, DaemonArranger, DaemonError, offered, type Daemon, type JobListener, type Progress } from "../../src/daemon";

type Said = Record<string, unknown>;

const WELCOME = { event: "welcome", protocol: 1, version: "0.1.0", limits: { upload_bytes: 1000, piece_s: 7200 } };
const TEMPO = { anchors: [[0, 0], [0.5, 1]], beats_per_bar: 4, downbeat: 0 };
const ACCEPTED = { job: 3, windows: 2, position: 0, start_s: 0, duration_s: 4, seed: 7 };
const DONE = { event: "done", job: 3, windows: 2, seed: 7, duration_s: 4, tempo: TEMPO, pedals: [[0, 1.5]] };
const NEVER = new AbortController().signal;

/** A browser's WebSocket, whose other end is the test. */
class Socket {
  static last: Socket;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  onclose: ((event: { reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  onopen: (() => void) | null = null;
  binaryType = "";
  bufferedAmount = 0;
  closed = false;
  readonly said: Said[] = [];
  readonly pieces: { id: number; bytes: number }[] = [];

  constructor(readonly url: string) {
    Socket.last = this;
  }

  send(data: string | Uint8Array): void {
    if (typeof data === "string") this.said.push(JSON.parse(data) as Said);
    else this.pieces.push({ id: new DataView(data.buffer).getUint32(0), bytes: data.byteLength - 4 });
  }

  close(): void {
    this.closed = true;
  }

  hear(message: Said | ArrayBuffer | string): void {
    const data = typeof message === "string" || message instanceof ArrayBuffer ? message : JSON.stringify(message);
    this.onmessage?.({ data });
  }

  /** The last request of a kind, as soon as it was made. */
  async asked(kind: string): Promise<Said & { id: number }> {
    return await vi.waitFor(() => {
      const found = this.said.findLast((each) => each.do === kind);
      if (!found) throw new Error(`nobody asked for ${kind}`);
      return found as Said & { id: number };
    });
  }

  async answer(kind: string, ok: Said = {}): Promise<Said & { id: number }> {
    const asked = await this.asked(kind);
    this.hear({ id: asked.id, ok });
    return asked;
  }
}

const socketClass = Socket as unknown as typeof WebSocket;
let socket: Socket;
let daemon: Daemon;

beforeEach(async () => {
  const connecting = connect("ws://127.0.0.1:9511/daemon", socketClass);
  socket = Socket.last;
  socket.hear(WELCOME);
  daemon = await connecting;
});

function piece(id: number, ...bytes: number[]): ArrayBuffer {
  const packed = new Uint8Array([0, 0, 0, id, ...bytes]);
  return packed.buffer;
}

function run(listener: JobListener = {}, signal: AbortSignal = NEVER, source: Blob = new Blob(["song"])) {
  return daemon.run({ model: "toy", source, sourceName: "a.wav", values: { seed: 7 } }, listener, signal);
}

describe("connecting", () => {
  it("knows the limits from the welcome", () => {
    expect(daemon.welcome).toEqual({ protocol: 1, version: "0.1.0", limits: { uploadBytes: 1000, pieceS: 7200 } });
  });

  it.each([
    [{ ...WELCOME, protocol: 2 }, /protocol 2, this page 1/],
    [{ event: "other" }, /did not welcome/],
    ["nonsense", /does not know/],
  ])("refuses %j", async (first, why) => {
    const connecting = connect("ws://127.0.0.1:9511/daemon", socketClass);
    Socket.last.hear(first);
    await expect(connecting).rejects.toThrow(why);
  });

  it("says that nobody is there", async () => {
    const connecting = connect("ws://127.0.0.1:9511/daemon", socketClass);
    Socket.last.onerror?.();
    await expect(connecting).rejects.toMatchObject({ code: "not_running" });
  });

  it("finds the daemon that served the page, and none elsewhere", () => {
    const page = (content: string | null) =>
      ({ querySelector: () => (content === null ? null : { content }), baseURI: "http://127.0.0.1:9511/" }) as unknown as Document;
    expect(offered(page("/daemon"))).toBe("ws://127.0.0.1:9511/daemon");
    expect(offered(page(null))).toBeNull();
  });
});

describe("models", () => {
  it("come with their knobs", async () => {
    const asked = daemon.models();
    const param = { name: "steps", kind: "int", default: 2, low: 1, high: null, choices: [], unit: "steps", help: "h", allowed: "a", section: "model" };
    await socket.answer("models", {
      models: [
        { name: "toy", family: "toy", summary: "s", licence: "MIT", trained_on: "nothing", takes: ["audio"], alone: false,
          gives: "roll", window_s: 1.28, hop_s: 0.64, tracks: [{ name: "right", channel: 1, program: 0, drums: false }],
          params: [param], formats: ["mid"] },
      ],
    });
    const [toy] = await asked;
    expect(toy?.params).toEqual([param]);
    expect(toy).toMatchObject({ trainedOn: "nothing", windowS: 1.28, formats: ["mid"] });
  });
});

describe("a job", () => {
  it("uploads the song, starts, and gives what was said, in order", async () => {
    const heard: string[] = [];
    const finished = run({
      accepted: ({ job }) => heard.push(`accepted ${job}`),
      progress: ({ stage }: Progress) => heard.push(stage),
      stretch: ({ notes }) => heard.push(`${notes.length} notes`),
      warning: (text) => heard.push(text),
    });
    const upload = await socket.asked("upload");
    expect(upload).toMatchObject({ name: "a.wav", bytes: 4 });
    await vi.waitFor(() => expect(socket.pieces).toEqual([{ id: upload.id, bytes: 4 }]));
    await socket.answer("upload");
    const start = await socket.answer("start", ACCEPTED);
    expect(start).toMatchObject({ model: "toy", source: upload.id, values: { seed: 7 } });
    socket.hear({ event: "progress", job: 3, stage: "arranging", done: 1, total: 8, eta_s: null });
    socket.hear({ event: "stretch", job: 3, window: 0, windows: 2, until_s: 2, tempo: TEMPO, notes: [[0, 1, 60, 80, 0]] });
    socket.hear({ event: "stretch", job: 99, window: 0, windows: 2, until_s: 2, tempo: TEMPO, notes: [[0, 1, 61, 80, 0]] });
    socket.hear({ event: "stretch", job: 3, window: 1, windows: 2, until_s: 4, tempo: TEMPO, notes: [[2, 3, 40, 70, 1]] });
    socket.hear({ event: "warning", job: 3, text: "quiet" });
    socket.hear({ event: "news of a later version", job: 3 });
    socket.hear(DONE);
    const result = await finished;
    expect(heard).toEqual(["uploading", "accepted 3", "arranging", "1 notes", "1 notes", "quiet"]);
    expect(result).toEqual({
      job: 3, windows: 2, seed: 7, durationS: 4, warnings: ["quiet"], pedals: [{ startS: 0, endS: 1.5 }],
      tempo: { anchors: [[0, 0], [0.5, 1]], beatsPerBar: 4, downbeat: 0 },
      notes: [
        { startS: 0, endS: 1, pitch: 60, velocity: 80, track: 0 },
        { startS: 2, endS: 3, pitch: 40, velocity: 70, track: 1 },
      ],
    });
  });

  it("loses nothing that is said in the same breath as its acceptance", async () => {
    const finished = daemon.run({ model: "toy" }, {}, NEVER);
    const { id } = await socket.asked("start");
    socket.hear({ id, ok: ACCEPTED });
    socket.hear({ event: "stretch", job: 3, window: 0, windows: 1, until_s: 2, tempo: TEMPO, notes: [[0, 1, 60, 80, 0]] });
    socket.hear(DONE);
    expect((await finished).notes).toHaveLength(1);
  });

  it("goes wrong as the daemon says, and its upload is dropped", async () => {
    const finished = run();
    await socket.answer("upload");
    const { id } = await socket.asked("start");
    socket.hear({ id, error: { code: "bad_parameter", message: "difficulty must be a number from 1 to 5, got 9" } });
    await expect(finished).rejects.toMatchObject({ code: "bad_parameter", message: /got 9/ });
    expect(await socket.asked("drop")).toMatchObject({ file: 1 });
  });

  it("fails when the job fails", async () => {
    const finished = daemon.run({ model: "toy" }, {}, NEVER);
    await socket.answer("start", ACCEPTED);
    socket.hear({ event: "failed", job: 3, error: { code: "unreadable_audio", message: "no sound" } });
    await expect(finished).rejects.toThrow(DaemonError);
  });

  it("is cancelled by its signal, and rejects when the daemon has stopped it", async () => {
    const stop = new AbortController();
    const finished = daemon.run({ model: "toy" }, {}, stop.signal);
    await socket.answer("start", ACCEPTED);
    stop.abort();
    expect(await socket.asked("cancel")).toMatchObject({ job: 3 });
    socket.hear({ event: "cancelled", job: 3, windows: 1 });
    await expect(finished).rejects.toMatchObject({ name: "AbortError" });
  });

  it("is cancelled as soon as it is accepted, where that came later", async () => {
    const stop = new AbortController();
    const finished = daemon.run({ model: "toy" }, {}, stop.signal);
    await socket.asked("start");
    stop.abort();
    await socket.answer("start", ACCEPTED);
    await socket.asked("cancel");
    socket.hear({ event: "cancelled", job: 3, windows: 0 });
    await expect(finished).rejects.toMatchObject({ name: "AbortError" });
  });

  it("is never started when it was aborted before", async () => {
    await expect(run({}, AbortSignal.abort())).rejects.toMatchObject({ name: "AbortError" });
    expect(socket.said).toEqual([]);
  });

  it("tells of a file that is too large before it sends it", async () => {
    await expect(run({}, NEVER, new Blob(["x".repeat(1001)]))).rejects.toMatchObject({ code: "bad_parameter" });
    expect(socket.pieces).toEqual([]);
  });

  it("sends an upload no faster than it is taken, and stops when aborted", async () => {
    const stop = new AbortController();
    socket.bufferedAmount = 2 ** 30;
    const finished = run({}, stop.signal);
    await socket.asked("upload");
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(socket.pieces).toEqual([]);
    stop.abort();
    socket.bufferedAmount = 0;
    await expect(finished).rejects.toMatchObject({ name: "AbortError" });
    expect(socket.pieces).toEqual([]);
    expect(await socket.asked("drop")).toMatchObject({ file: 1 });
  });

  it("ends with the connection, which says so once", async () => {
    const reasons: string[] = [];
    daemon.onLost = (reason) => reasons.push(reason);
    const finished = daemon.run({ model: "toy" }, {}, NEVER);
    await socket.answer("start", ACCEPTED);
    socket.onclose?.({ reason: "" });
    await expect(finished).rejects.toMatchObject({ code: "lost" });
    await expect(daemon.models()).rejects.toMatchObject({ code: "lost" });
    expect(reasons).toEqual(["the connection to the daemon is lost"]);
    expect(daemon.closed).toBe(true);
  });
});

describe("a file of a result", () => {
  it("is put together from its pieces", async () => {
    const file = daemon.file(3, "mid");
    const { id } = await socket.answer("file", { name: "song.piano.mid", mime: "audio/midi", bytes: 5 });
    socket.hear(piece(id, 1, 2, 3));
    socket.hear(piece(99, 9, 9));
    socket.hear(piece(id, 4, 5));
    const found = await file;
    expect([found.name, found.type]).toEqual(["song.piano.mid", "audio/midi"]);
    expect([...new Uint8Array(await found.arrayBuffer())]).toEqual([1, 2, 3, 4, 5]);
  });

  it("may go wrong on its way", async () => {
    const file = daemon.file(3, "wav");
    const { id } = await socket.answer("file", { name: "x.wav", mime: "audio/wav", bytes: 5 });
    socket.hear(piece(id, 1));
    socket.hear({ id, error: { code: "unwritable_output", message: "it is gone" } });
    await expect(file).rejects.toMatchObject({ code: "unwritable_output" });
  });

  it("is not waited for any more when aborted", async () => {
    const stop = new AbortController();
    const file = daemon.file(3, "wav", stop.signal);
    await socket.asked("file");
    stop.abort();
    await expect(file).rejects.toMatchObject({ name: "AbortError" });
    await socket.answer("file", { name: "x.wav", mime: "audio/wav", bytes: 5 });
  });
});

describe("nonsense", () => {
  it.each(["nonsense", "[]", "{}", '{"id": "1", "ok": {}}', '{"event": "progress", "job": 3}', '{"event":"done","job":3,"pedals":[1]}'])(
    "ends the connection: %s",
    (text) => {
      const reasons: string[] = [];
      daemon.onLost = (reason) => reasons.push(reason);
      socket.hear(text);
      expect(reasons).toHaveLength(1);
      expect(socket.closed).toBe(true);
    },
  );
});

describe("the arranger", () => {
  const settings: Settings = { difficulty: 2, quantize: 1, seed: 7, startS: 1, endS: null };
  const song = (name: string): Song => ({ name, samples: new Float32Array([0, 0.5]), sampleRate: 8000, file: new Blob(["1234"]) });

  it("arranges with the daemon's model, and gives notes their hands", async () => {
    const stretches: Stretch[] = [];
    const arranger = new DaemonArranger(daemon);
    const listener = { progress: () => undefined, stretch: (stretch: Stretch) => stretches.push(stretch) };
    const finished = arranger.arrange(song("a.mp3"), settings, listener, NEVER);
    await socket.answer("upload");
    const start = await socket.answer("start", ACCEPTED);
    expect(start).toMatchObject({ model: "leap", values: { difficulty: 2, quantize: 1, seed: 7, start_s: 1, end_s: 0 } });
    socket.hear({ event: "stretch", job: 3, window: 0, windows: 1, until_s: 4, tempo: TEMPO, notes: [[0, 1, 60, 80, 0], [0, 1, 40, 70, 1]] });
    socket.hear(DONE);
    expect((await finished).notes.map((note) => note.hand)).toEqual(["right", "left"]);
    expect(stretches[0]?.notes[1]).toEqual({ startS: 0, endS: 1, pitch: 40, velocity: 70, hand: "left" });
    expect(arranger.job).toBe(3);
  });

  it.each([["a.mp3", 4], ["a.webm", 44 + 8], ["recording", 44 + 8]])("sends %s as %i bytes", async (name, bytes) => {
    const finished = new DaemonArranger(daemon).arrange(song(name), settings, { progress: () => undefined, stretch: () => undefined }, NEVER);
    expect(await socket.asked("upload")).toMatchObject({ bytes });
    daemon.close();
    await expect(finished).rejects.toMatchObject({ code: "lost" });
  });
});
