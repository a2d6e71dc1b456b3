/** Ships ONNX Runtime's WebAssembly compressed, as `ort/NAME.wasm.gz`: a quarter of its size, whatever the host does. */

import { readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

const FOLDER = join(import.meta.dirname, "../node_modules/onnxruntime-web/dist");
const BUILDS = ["ort-wasm-simd-threaded", "ort-wasm-simd-threaded.asyncify"]; // without and with WebGPU

export function packedRuntime(): Plugin {
  const packed = (build: string) => gzipSync(readFileSync(join(FOLDER, `${build}.wasm`)), { level: 9 });
  return {
    name: "packed-runtime",
    generateBundle() {
      for (const build of BUILDS) this.emitFile({ type: "asset", fileName: `ort/${build}.wasm.gz`, source: packed(build) });
    },
    writeBundle({ dir }) {
      const assets = join(dir ?? "dist", "assets"); // what ONNX Runtime names by itself, and nobody asks for
      for (const file of readdirSync(assets)) if (/^ort-wasm.*\.wasm$/.test(file)) rmSync(join(assets, file));
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const build = /^\/ort\/(.*)\.wasm\.gz$/.exec((request.url ?? "").replace(/\?.*$/, ""))?.[1];
        if (build === undefined || !BUILDS.includes(build)) return next();
        response.setHeader("Content-Type", "application/gzip");
        response.end(packed(build));
      });
    },
  };
}
