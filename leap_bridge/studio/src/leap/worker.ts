/** The engine in a thread of its own, so that the page stays quick. See `messages`. */

import { ArrangeError, type Progress } from "../arranger";
import { Clock } from "./clock";
import { failureOf, isAbort } from "./failures";
import type { Part } from "./intake";
import { fetchConstants, fetchPart } from "./loading";
import type { FromWorker, ToWorker } from "./messages";
import { CONTEXT, type Networks, RATES } from "./networks";
import { arrange, type Request } from "./pipeline";
import { openRuntime } from "./runtimes";
import { readTensors } from "./safetensors";
import { Sessions } from "./sessions";
import { isBetter } from "./trial";

let networks: Networks | null = null;
let part: Part | null = null;
const stopped = new Set<number>();

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  switch (data.kind) {
    case "load":
      return void load(data.base, data.gpu).catch((error: unknown) => say({ kind: "failed", run: null, ...failureOf(error) }));
    case "song":
      part = { samples: data.samples, sampleRate: data.sampleRate, memory: new Map() };
      return;
    case "arrange":
      return void run(data.run, data.request);
    case "stop":
      stopped.add(data.run);
  }
};

function say(message: FromWorker): void {
  self.postMessage(message);
}

/** With a GPU if there is one that can do all of it, else without. */
async function load(base: string, gpu: boolean): Promise<void> {
  try {
    await open(base, gpu);
  } catch (error) {
    if (!gpu || error instanceof ArrangeError) throw error;
    await open(base, false);
  }
}

async function open(base: string, gpu: boolean): Promise<void> {
  const folder = new URL("models/leap/", base).href;
  const tell = (done: number, total: number) => say({ kind: "progress", run: null, progress: loading(done, total) });
  const opening = openRuntime(base, gpu);
  opening.catch(() => undefined); // told below
  const constants = await fetchConstants(folder);
  const total = Object.values(constants.files).reduce((sum, file) => sum + file.bytes, 0);
  const done = new Map<string, number>();
  const get = (name: string): Promise<Uint8Array> =>
    fetchPart(folder, constants, name, (bytes) => {
      done.set(name, bytes);
      tell([...done.values()].reduce((sum, each) => sum + each, 0), total);
    });
  const context = readTensors((await get(CONTEXT)).buffer as ArrayBuffer);
  const rates = readTensors((await get(RATES)).buffer as ArrayBuffer);
  const { runtime, device, threads } = await opening;
  const graphs = new Map<string, Uint8Array>();
  const graph = async (name: string) => {
    const bytes = graphs.get(name) ?? (await get(`${name}.onnx`));
    if (device === "webgpu") graphs.set(name, bytes); // they are needed twice
    return bytes;
  };
  const opened = await Sessions.open(runtime, device, constants, context, rates, graph);
  if (device === "webgpu") {
    const plain = await Sessions.open(runtime, "wasm", constants, context, rates, graph);
    const isGood = await isBetter(opened, plain).finally(() => plain.close());
    if (!isGood) {
      await opened.close();
      throw new Error("the GPU gives other numbers, or is slower");
    }
  }
  networks = opened;
  say({ kind: "loaded", device: opened.device, threads });
}

function loading(done: number, total: number): Progress {
  return { stage: "loading", done, total, etaS: null };
}

async function run(id: number, request: Request): Promise<void> {
  try {
    if (networks === null || part === null) throw new Error("nothing is loaded yet");
    const tell = (progress: Progress) => say({ kind: "progress", run: id, progress });
    const clock = new Clock(tell, () => stopped.has(id), breathe);
    const result = await arrange(networks, part, request, clock, (stretch) => say({ kind: "stretch", run: id, stretch }));
    say({ kind: "done", run: id, result });
  } catch (error) {
    if (isAbort(error)) say({ kind: "stopped", run: id });
    else say({ kind: "failed", run: id, ...failureOf(error) });
  } finally {
    stopped.delete(id);
  }
}

/** Let messages in. */
function breathe(): Promise<void> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(null);
  });
}
