/**
 * A whole song as Python arranges it. tests/studio/test_leap_song.py writes it and the networks, and runs this:
 *
 *     LEAP_SONG=FOLDER   models/ as `leap-bridge export` writes them; song.f32, mono samples; song.json, what Python made
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

import { Clock } from "../../src/leap/clock";
import { CONSTANTS, type Constants, CONTEXT, RATES } from "../../src/leap/networks";
import { arrange } from "../../src/leap/pipeline";
import { readTensors } from "../../src/leap/safetensors";
import { type Runtime, Sessions } from "../../src/leap/sessions";
import type { Stretch } from "../../src/music/finishing";
import { unmatched } from "../unmatched";

const FOLDER = process.env["LEAP_SONG"];
const TOLERANCE_S = 0.01;

interface Made {
  readonly sampleRate: number;
  readonly difficulty: number;
  readonly seed: number;
  readonly notes: [startS: number, endS: number, pitch: number, velocity: number, track: number][];
  readonly anchors: [number, number][];
  readonly warnings: string[];
}

function bytes(...path: string[]): ArrayBuffer {
  const file = readFileSync(join(FOLDER!, ...path));
  return file.buffer.slice(file.byteOffset, file.byteOffset + file.byteLength) as ArrayBuffer;
}

async function networks(): Promise<Sessions> {
  const ort = await import("onnxruntime-web");
  ort.env.wasm.numThreads = 1;
  ort.env.logLevel = "error";
  const constants = JSON.parse(new TextDecoder().decode(bytes("models", CONSTANTS))) as Constants;
  const [context, rates] = [CONTEXT, RATES].map((name) => readTensors(bytes("models", name)));
  const graphs = async (name: string) => new Uint8Array(bytes("models", `${name}.onnx`));
  return Sessions.open(ort as unknown as Runtime, "wasm", constants, context!, rates!, graphs);
}

describe.skipIf(FOLDER === undefined)("a song", () => {
  const never = () => false;
  const breathe = () => Promise.resolve();

  test("has the notes that Python gives it", { timeout: 300_000 }, async () => {
    const made = JSON.parse(readFileSync(join(FOLDER!, "song.json"), "utf8")) as Made;
    const part = { samples: new Float32Array(bytes("song.f32")), sampleRate: made.sampleRate };
    const stretches: Stretch[] = [];
    const stages = new Set<string>();
    const clock = new Clock(({ stage }) => stages.add(stage), never, breathe);
    const request = { difficulty: made.difficulty, seed: made.seed, quantize: 1 };
    const result = await arrange(await networks(), part, request, clock, (stretch) => stretches.push(stretch));

    const others = unmatched(result.notes, made.notes, (note, [startS, , pitch]) => pitch === note.pitch && Math.abs(startS - note.startS) <= TOLERANCE_S);
    // Where a likelihood lies at the very threshold, processors may round it to either side.
    expect(others).toBeLessThanOrEqual(made.notes.length / 50);
    expect(result.tempo.anchors.length).toBe(made.anchors.length);
    expect([...result.warnings]).toEqual(made.warnings);
    expect(stretches.flatMap(({ notes }) => notes)).toEqual(result.notes);
    expect([...stages]).toEqual(["decoding", "listening", "arranging"]);
  });

  test("that is silent gives nothing, and says so", { timeout: 60_000 }, async () => {
    const part = { samples: new Float32Array(3 * 44_100), sampleRate: 44_100 };
    const clock = new Clock(() => undefined, never, breathe);
    const result = await arrange(await networks(), part, { difficulty: 3, seed: 0, quantize: 1 }, clock, () => undefined);
    expect(result.notes).toEqual([]);
    expect(result.warnings).toEqual(["the recording is silent, so the arrangement is empty"]);
  });

  test("can be stopped in the middle", { timeout: 60_000 }, async () => {
    const made = JSON.parse(readFileSync(join(FOLDER!, "song.json"), "utf8")) as Made;
    const part = { samples: new Float32Array(bytes("song.f32")), sampleRate: made.sampleRate };
    let asked = 0;
    const clock = new Clock(() => undefined, () => ++asked > 8, breathe);
    const stopped = arrange(await networks(), part, { difficulty: 3, seed: 0, quantize: 1 }, clock, () => undefined);
    await expect(stopped).rejects.toMatchObject({ name: "AbortError" });
  });
});
