/** The networks' sums by ONNX Runtime Web, whichever of its builds is given. */

import type { InferenceSession, Tensor } from "onnxruntime-web";

import { type Constants, type Graph, GRAPHS, type Networks, type Numbers } from "./networks";
import type { Tensors } from "./safetensors";

/** The part of ONNX Runtime Web that is needed. */
export interface Runtime {
  readonly InferenceSession: { create(graph: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> };
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => Tensor;
}

export class Sessions implements Networks {
  private constructor(
    readonly constants: Constants,
    readonly context: Tensors,
    readonly rates: Tensors,
    readonly device: "wasm" | "webgpu",
    private readonly runtime: Runtime,
    private readonly sessions: ReadonlyMap<Graph, InferenceSession>,
  ) {}

  /** `graphs` gives the bytes of each; `ready` is told after each. */
  static async open(
    runtime: Runtime,
    device: "wasm" | "webgpu",
    constants: Constants,
    context: Tensors,
    rates: Tensors,
    graphs: (name: Graph) => Promise<Uint8Array>,
    ready: (done: number, total: number) => void = () => undefined,
  ): Promise<Sessions> {
    const sessions = new Map<Graph, InferenceSession>();
    for (const name of GRAPHS) {
      // The beat network is a chain of small sums, one after the other: nothing for a GPU.
      const executionProviders = name === "beats" ? ["wasm"] : [device];
      const options = { executionProviders, graphOptimizationLevel: "all" } as const;
      sessions.set(name, await runtime.InferenceSession.create(await graphs(name), options));
      ready(sessions.size, GRAPHS.length);
    }
    return new Sessions(constants, context, rates, device, runtime, sessions);
  }

  /** Give the memory back. */
  async close(): Promise<void> {
    for (const session of this.sessions.values()) await session.release();
  }

  async run(graph: Graph, inputs: Readonly<Record<string, Numbers>>): Promise<Record<string, Numbers>> {
    const session = this.sessions.get(graph);
    if (session === undefined) throw new Error(`there is no graph ${graph}`);
    const feeds: Record<string, Tensor> = {};
    for (const [name, { shape, data }] of Object.entries(inputs)) {
      feeds[name] = new this.runtime.Tensor("float32", data, shape);
    }
    const outputs = await session.run(feeds);
    const found: Record<string, Numbers> = {};
    for (const [name, tensor] of Object.entries(outputs)) {
      found[name] = { shape: tensor.dims, data: (await tensor.getData()) as Float32Array };
      tensor.dispose();
    }
    for (const tensor of Object.values(feeds)) tensor.dispose();
    return found;
  }
}
