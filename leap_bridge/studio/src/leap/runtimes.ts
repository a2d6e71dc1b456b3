/** ONNX Runtime Web in this worker: with WebGPU where there is an adapter, else as WebAssembly with threads and SIMD. */

import type { Env } from "onnxruntime-web";
import asyncifyModule from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import wasmModule from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";

import { fetchUnpacked } from "./loading";
import type { Runtime } from "./sessions";

export interface OpenRuntime {
  readonly runtime: Runtime;
  readonly device: "wasm" | "webgpu";
  readonly threads: number;
}

const MOST_THREADS = 8; // more gain nothing for sums of this size

/** `base`: the page's folder, in which `ort/` lies. */
export async function openRuntime(base: string, gpu: boolean): Promise<OpenRuntime> {
  const threads = self.crossOriginIsolated ? Math.min(MOST_THREADS, navigator.hardwareConcurrency || 1) : 1;
  const device = gpu && (await hasAdapter()) ? "webgpu" : "wasm";
  const build = device === "webgpu" ? "ort-wasm-simd-threaded.asyncify" : "ort-wasm-simd-threaded";
  const binary = fetchUnpacked(new URL(`ort/${build}.wasm.gz`, base).href);
  const runtime = device === "webgpu" ? await import("onnxruntime-web/webgpu") : await import("onnxruntime-web/wasm");
  setUp(runtime.env, threads, new URL(device === "webgpu" ? asyncifyModule : wasmModule, self.location.href).href, await binary);
  return { runtime: runtime as unknown as Runtime, device, threads };
}

function setUp(env: Env, threads: number, module: string, binary: Uint8Array): void {
  env.logLevel = "error";
  env.wasm.numThreads = threads;
  env.wasm.wasmPaths = { mjs: module };
  env.wasm.wasmBinary = binary.buffer as ArrayBuffer;
}

async function hasAdapter(): Promise<boolean> {
  const gpu = (navigator as { gpu?: { requestAdapter(): Promise<{ info?: { isFallbackAdapter?: boolean } } | null> } }).gpu;
  try {
    const adapter = (await gpu?.requestAdapter()) ?? null;
    return adapter !== null && adapter.info?.isFallbackAdapter !== true; // one that is made of software is slower than WebAssembly
  } catch {
    return false;
  }
}
