/** What the engine does by itself: resampling, spectra, reading files, and how the page's plug answers. */

import { describe, expect, test } from "vitest";

import { type Arrangement, ArrangeError, type Progress, type Settings, type Song } from "../../src/arranger";
import { BrowserArranger, type Thread } from "../../src/leap/browser_arranger";
import { failureOf } from "../../src/leap/failures";
import { Fourier } from "../../src/leap/fourier";
import type { FromWorker, ToWorker } from "../../src/leap/messages";
import { unitNoise } from "../../src/leap/noise";
import { resample, Resampler } from "../../src/leap/resampling";
import { readTensors } from "../../src/leap/safetensors";
import { TempoMap } from "../../src/music/tempo";

const SETTINGS: Settings = { difficulty: 3, quantize: 1, seed: 0, startS: 0, endS: null };

describe("resampling", () => {
  const tone = (hz: number, rate: number, count: number) =>
    Float32Array.from({ length: count }, (_, i) => Math.sin((2 * Math.PI * hz * i) / rate));

  test.each([[44_100, 24_000], [48_000, 24_000], [22_050, 24_000], [32_000, 24_000], [11_025, 24_000]])(
    "a tone stays a tone from %i to %i",
    (given, wanted) => {
      const found = resample(tone(1000, given, given), given, wanted);
      const expected = tone(1000, wanted, wanted);
      expect(found.length).toBe(wanted);
      const apart = found.slice(500, -500).map((value, i) => Math.abs(value - expected[i + 500]!));
      expect(Math.max(...apart)).toBeLessThan(2e-5);
    },
  );

  test("what is too high for the new rate is gone", () => {
    const found = resample(tone(12_500, 44_100, 44_100), 44_100, 24_000);
    expect(Math.max(...found.slice(500, -500).map(Math.abs))).toBeLessThan(1e-5);
  });

  test("it does not matter how a song is cut", () => {
    const song = unitNoise(30_000, 1n);
    const whole = resample(song, 44_100, 24_000);
    const resampler = new Resampler(44_100, 24_000);
    const parts = [0, 1, 7000, 7001, 20_000].map((start, i, starts) => resampler.push(song.subarray(start, starts[i + 1] ?? song.length)));
    const found = [...parts, resampler.finish()].flatMap((part) => [...part]);
    expect(found).toEqual([...whole]);
  });

  test("one sample is not nothing", () => {
    expect(resample(new Float32Array(1), 44_100, 24_000).length).toBe(1);
  });
});

test("magnitudes are those of the plain sum", () => {
  const [one, other] = [unitNoise(48, 1n), unitNoise(48, 2n)];
  const found = [new Float32Array(20), new Float32Array(20)] as const;
  new Fourier(48).magnitudes(one, other, ...found);
  [one, other].forEach((window, which) => {
    for (let bin = 0; bin < 20; bin++) {
      let [real, imaginary] = [0, 0];
      window.forEach((value, i) => {
        real += value * Math.cos((2 * Math.PI * bin * i) / 48);
        imaginary -= value * Math.sin((2 * Math.PI * bin * i) / 48);
      });
      expect(found[which]![bin]).toBeCloseTo(Math.hypot(real, imaginary), 4);
    }
  });
});

test("numbers of 16 bits are read as what they are", () => {
  const halves = [0x0000, 0x3c00, 0xc000, 0x3555, 0x7bff, 0x0001];
  const head = new TextEncoder().encode(JSON.stringify({ x: { dtype: "F16", shape: [6], data_offsets: [0, 12] } }));
  const file = new ArrayBuffer(8 + head.length + 12);
  const view = new DataView(file);
  view.setBigUint64(0, BigInt(head.length), true);
  new Uint8Array(file).set(head, 8);
  halves.forEach((bits, i) => view.setUint16(8 + head.length + 2 * i, bits, true));
  expect([...readTensors(file).get("x")!.values]).toEqual([0, 1, -2, 0.333251953125, 65504, Math.fround(2 ** -24)]);
});

test.each(["std::bad_alloc", "Out of memory", "Array buffer allocation failed", "WebAssembly.Memory.grow(): failed to grow; memory.grow"])(
  "%s is said as what it is", (message) => {
    expect(failureOf(new Error(message)).code).toBe("out_of_memory");
  },
);

/** A worker that is played by the test. */
class PlayedThread implements Thread {
  readonly heard: ToWorker[] = [];
  onmessage: Thread["onmessage"] = null;
  onerror: Thread["onerror"] = null;
  isEnded = false;

  constructor(private readonly answers: (message: ToWorker, thread: PlayedThread) => void) {}

  postMessage(message: ToWorker): void {
    this.heard.push(message);
    queueMicrotask(() => this.answers(message, this));
  }

  terminate(): void {
    this.isEnded = true;
  }

  say(message: FromWorker): void {
    this.onmessage?.({ data: message } as MessageEvent<FromWorker>);
  }
}

describe("the browser's arranger", () => {
  const song: Song = { name: "song", samples: new Float32Array(44_100 * 3), sampleRate: 44_100, file: new Blob() };
  const notes = [{ startS: 0, endS: 1, pitch: 60, velocity: 64, track: 1 }];
  const tempo = TempoMap.steady(120);

  function played(onArrange: (run: number, thread: PlayedThread) => void): { arranger: BrowserArranger; threads: PlayedThread[] } {
    const threads: PlayedThread[] = [];
    const start = () => {
      const thread = new PlayedThread((message, self) => {
        if (message.kind === "load") self.say({ kind: "loaded", device: "wasm", threads: 2 });
        if (message.kind === "arrange") onArrange(message.run, self);
      });
      threads.push(thread);
      return thread;
    };
    return { arranger: new BrowserArranger({ base: "http://localhost/", start }), threads };
  }

  const done = (run: number): FromWorker => {
    return { kind: "done", run, result: { notes, pedals: [], tempo, durationS: 3, windows: 1, warnings: ["soft"] } };
  };
  const nobody = { progress: () => undefined, stretch: () => undefined };
  const run = (arranger: BrowserArranger, settings: Partial<Settings> = {}, signal = new AbortController().signal): Promise<Arrangement> =>
    arranger.arrange(song, { ...SETTINGS, ...settings }, nobody, signal);

  test("notes come with their hands", async () => {
    const { arranger } = played((id, thread) => thread.say(done(id)));
    const { notes: found, warnings } = await run(arranger);
    expect(found).toEqual([{ startS: 0, endS: 1, pitch: 60, velocity: 64, hand: "left" }]);
    expect(warnings).toEqual(["soft"]);
    expect(arranger.device).toBe("wasm");
  });

  test("only the section that is wanted is sent, and not again", async () => {
    const { arranger, threads } = played((id, thread) => thread.say(done(id)));
    await run(arranger, { startS: 1, endS: 2 });
    await run(arranger, { startS: 1, endS: 2, difficulty: 1 });
    const sent = threads[0]!.heard.filter((message) => message.kind === "song");
    expect(sent.map((message) => (message.kind === "song" ? message.samples.length : 0))).toEqual([44_100]);
  });

  test("progress and stretches reach the listener", async () => {
    const heard: string[] = [];
    const { arranger } = played((id, thread) => {
      thread.say({ kind: "progress", run: id, progress: { stage: "arranging", done: 1, total: 4, etaS: 2 } });
      thread.say({ kind: "stretch", run: id, stretch: { window: 0, windows: 1, notes, untilS: 1, tempo, warnings: [] } });
      thread.say(done(id));
    });
    const listener = {
      progress: (progress: Progress) => void heard.push(`${progress.stage} ${progress.done}`),
      stretch: ({ untilS }: { untilS: number }) => void heard.push(`until ${untilS}`),
    };
    await arranger.arrange(song, SETTINGS, listener, new AbortController().signal);
    expect(heard).toEqual(["arranging 1", "until 1"]);
  });

  test("a run that is cancelled ends at once, and the next one begins when it has stopped", async () => {
    const stop = new AbortController();
    const { arranger, threads } = played((id, thread) => (id === 0 ? stop.abort() : thread.say(done(id))));
    await expect(run(arranger, {}, stop.signal)).rejects.toMatchObject({ name: "AbortError" });
    const next = run(arranger);
    expect(threads[0]!.heard.at(-1)).toEqual({ kind: "stop", run: 0 });
    threads[0]!.say({ kind: "stopped", run: 0 });
    expect((await next).notes.length).toBe(1);
  });

  test("an error has a code and a line; the engine is kept", async () => {
    const { arranger, threads } = played((id, thread) =>
      thread.say(id === 0 ? { kind: "failed", run: id, code: "bad_parameter", message: "no" } : done(id)),
    );
    await expect(run(arranger)).rejects.toMatchObject({ code: "bad_parameter", message: "no" });
    await run(arranger);
    expect(threads.length).toBe(1);
  });

  test("without memory the engine starts afresh", async () => {
    const { arranger, threads } = played((id, thread) =>
      thread.say(id === 0 ? { kind: "failed", run: id, code: "out_of_memory", message: "full" } : done(id)),
    );
    await expect(run(arranger)).rejects.toMatchObject({ code: "out_of_memory" });
    expect(threads[0]!.isEnded).toBe(true);
    await run(arranger);
    expect(threads.length).toBe(2);
  });

  test("loading that failed can be tried again", async () => {
    let tries = 0;
    const start = () =>
      new PlayedThread((message, thread) => {
        if (message.kind !== "load") return;
        tries += 1;
        if (tries === 1) thread.say({ kind: "failed", run: null, code: "file_not_found", message: "no network" });
        else thread.say({ kind: "loaded", device: "wasm", threads: 1 });
      });
    const arranger = new BrowserArranger({ base: "http://localhost/", start });
    await expect(arranger.load(() => undefined)).rejects.toMatchObject({ code: "file_not_found" });
    await arranger.load(() => undefined);
    expect(tries).toBe(2);
  });

  test.each([
    [{ difficulty: 6 }, "difficulty must be from 1 to 5, got 6"],
    [{ quantize: -1 }, "quantize must be from 0 to 1, got -1"],
    [{ seed: 1.5 }, "seed must be a whole number"],
    [{ startS: 3 }, "start must be from 0 to less than 3.00 s, got 3"],
    [{ startS: 1, endS: 1 }, "end must be after the start at 1 s, got 1"],
  ])("%o is refused", async (settings, said) => {
    const { arranger } = played(() => undefined);
    const refused = run(arranger, settings);
    await expect(refused).rejects.toBeInstanceOf(ArrangeError);
    await expect(refused).rejects.toThrow(said);
  });
});
