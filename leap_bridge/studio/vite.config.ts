import { defineConfig } from "vitest/config";

/** Without these two headers a browser gives WebAssembly no threads. */
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };

export default defineConfig({
  base: "./", // so that the folder works under any path of any static host
  build: { target: "es2022", assetsInlineLimit: 0, sourcemap: false },
  worker: { format: "es" },
  server: { headers: ISOLATION },
  preview: { headers: ISOLATION },
  test: { include: ["tests/unit/**/*.test.ts", "tests/golden/**/*.test.ts"], environment: "node" },
});
