import { fileURLToPath } from "node:url";

import { defineConfig } from "vitest/config";

import { licences, listOfFiles, pianoSamples } from "./site/plugins.ts";
import { packedRuntime } from "./site/runtime.ts";

/** Without these two headers a browser gives WebAssembly no threads. */
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

/** For tests of the page alone: `vite build --mode fake` has an arranger that needs no weights in place of the real one. */
const FAKE = { find: /^.*\/leap\/browser_arranger$/, replacement: path("tests/e2e/fake_arranger.ts") };

function path(relative: string): string {
  return fileURLToPath(new URL(relative, import.meta.url));
}

export default defineConfig(({ mode }) => ({
  base: "./", // so that the folder works under any path of any static host
  resolve: { alias: mode === "fake" ? [FAKE] : [] },
  plugins: [pianoSamples(), mode !== "fake" && packedRuntime(), licences(), listOfFiles()],
  build: {
    target: "es2022",
    outDir: mode === "fake" ? "dist-fake" : "dist",
    assetsInlineLimit: 0,
    rolldownOptions: {
      input: { index: path("index.html"), sw: path("src/offline/service_worker.ts") },
      output: { entryFileNames: (chunk) => (chunk.name === "sw" ? "sw.js" : "assets/[name]-[hash].js") },
    },
  },
  worker: { format: "es" },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  test: { include: ["tests/unit/**/*.test.ts", "tests/golden/**/*.test.ts"], environment: "node" },
}));
