/** LEAP's networks, as `leap-bridge export` wrote them, whoever does their sums. */

import type { Tensors } from "./safetensors";

/** What must be known besides the networks: `leap.json`. */
export interface Constants {
  readonly format: number;
  readonly model: string;
  readonly files: Readonly<Record<string, { readonly bytes: number; readonly sha256: string }>>;
  readonly grid: { readonly sampleRate: number; readonly frameRate: number; readonly frames: number; readonly hop: number };
  readonly params: { readonly steps: number; readonly temperature: number; readonly melody: number };
  /** Levels of difficulty, and what the transformer is asked for at each. */
  readonly levels: readonly number[];
  readonly asked: readonly number[];
  /** The scores at which levels 1 to 5 lie. */
  readonly edges: readonly number[];
  /** Inputs of the decoder. */
  readonly decoder: readonly string[];
}

export const FORMAT = 2;
export const GRAPHS = ["conditioner", "listen", "step", "decoder", "beats"] as const;
export type Graph = (typeof GRAPHS)[number];
export const CONTEXT = "context.safetensors";
export const RATES = "rates.safetensors";
export const CONSTANTS = "leap.json";

/** An array of numbers, the last axis fastest. */
export interface Numbers {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

export interface Networks {
  readonly constants: Constants;
  /** Weights of the beat context. */
  readonly context: Tensors;
  /** What soxr does to the usual sample rates. */
  readonly rates: Tensors;
  /** Where the sums are done: "wasm" or "webgpu". */
  readonly device: string;
  run(graph: Graph, inputs: Readonly<Record<string, Numbers>>): Promise<Readonly<Record<string, Numbers>>>;
}

/** The roll of some latents, as likelihoods: whatever the decoder wants of what is known. */
export async function decoded(networks: Networks, known: Readonly<Record<string, Numbers>>): Promise<Float32Array> {
  const wanted = Object.fromEntries(networks.constants.decoder.map((name) => [name, known[name]!]));
  return (await networks.run("decoder", wanted))["planes"]!.data;
}

/** What the beat network keeps from block to block. */
export interface Memory {
  readonly hidden: Numbers;
  readonly cell: Numbers;
}

/** The beat network: spectra and rises of some frames in, two activations of each out. */
export type BeatSums = (features: Float32Array, memory: Memory | null) => Promise<{ activations: Float32Array; memory: Memory }>;

const BANDS = 272;
const MEMORY = [2, 2, 1, 150] as const; // runs, layers, 1, cells

export function beatSums(networks: Networks): BeatSums {
  const empty = (): Numbers => ({ shape: MEMORY, data: new Float32Array(MEMORY.reduce<number>((all, axis) => all * axis, 1)) });
  return async (features, memory) => {
    const { hidden, cell } = memory ?? { hidden: empty(), cell: empty() };
    const frames = { shape: [features.length / BANDS, BANDS], data: features };
    const said = await networks.run("beats", { features: frames, hidden, cell });
    return { activations: said["activations"]!.data, memory: { hidden: said["hidden_after"]!, cell: said["cell_after"]! } };
  };
}
