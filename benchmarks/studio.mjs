// How fast LEAP Studio's engine is in Chromium, without a GPU, and how much memory it takes.
//
//   leap-bridge studio --build && node benchmarks/studio.mjs SONG.wav [times]
//
// SONG.wav is mono in 32-bit floats; `times` repeats it, so as to have a long one. Prints seconds: to load, to the first
// notes, for all of the song, and for the same song at another difficulty; and megabytes every ten windows.

import { createServer } from "node:http";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

const STUDIO = fileURLToPath(new URL("../leap_bridge/studio/", import.meta.url));
const DIST = process.env.DIST ?? join(STUDIO, "dist");
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".json": "application/json" };
const ISOLATION = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

const [song, times = "1"] = process.argv.slice(2);
const { chromium } = await import(join(STUDIO, "node_modules/@playwright/test/index.mjs"));

function answer(request, response) {
  const path = request.url.split("?")[0];
  const file = path === "/song" ? song : join(DIST, path);
  const body = path === "/bench.html" ? "<title>bench</title>" : existsSync(file) && statSync(file).isFile() ? readFileSync(file) : null;
  response.writeHead(body === null ? 404 : 200, { "Content-Type": TYPES[extname(path)] ?? "application/octet-stream", ...ISOLATION });
  response.end(body ?? "");
}

/** Runs in the page: two arrangements of the song, timed. */
async function measure({ worker, times }) {
  const file = await (await fetch("/song")).arrayBuffer();
  const view = new DataView(file);
  let at = 12;
  while (view.getUint32(at) !== 0x64617461) at += 8 + view.getUint32(at + 4, true); // the chunk "data"
  const once = new Float32Array(file.slice(at + 8, at + 8 + view.getUint32(at + 4, true)));
  const samples = new Float32Array(once.length * times);
  for (let i = 0; i < times; i++) samples.set(once, i * once.length);
  const sampleRate = view.getUint32(24, true);
  const found = { song_s: samples.length / sampleRate, isolated: crossOriginIsolated, memory_mb: [] };
  const engine = new Worker(`/assets/${worker}`, { type: "module" });
  const run = (id, difficulty) => engine.postMessage({ kind: "arrange", run: id, request: { difficulty, seed: 7, quantize: 1 } });
  let startedMs = performance.now();
  const spent = () => Number(((performance.now() - startedMs) / 1000).toFixed(2));
  return new Promise((resolve, reject) => {
    engine.onmessage = async ({ data }) => {
      if (data.kind === "failed") reject(new Error(`${data.code}: ${data.message}`));
      if (data.kind === "loaded") {
        Object.assign(found, { load_s: spent(), device: data.device, threads: data.threads });
        engine.postMessage({ kind: "song", samples, sampleRate });
        startedMs = performance.now();
        run(0, 3);
      }
      if (data.kind === "stretch" && data.run === 0) {
        if (data.stretch.notes.length > 0) found.first_notes_s ??= spent();
        if (data.stretch.window % 10 === 0) {
          void performance.measureUserAgentSpecificMemory?.().then(({ bytes }) => found.memory_mb.push(Math.round(bytes / 1e6)));
        }
      }
      if (data.kind === "done" && data.run === 0) {
        Object.assign(found, { all_s: spent(), notes: data.result.notes.length });
        startedMs = performance.now();
        run(1, 1);
      }
      if (data.kind === "done" && data.run === 1) resolve({ ...found, again_s: spent() });
    };
    engine.postMessage({ kind: "load", base: `${location.origin}/`, gpu: false });
  });
}

const server = createServer(answer).listen(0, "127.0.0.1");
const executablePath = ["/usr/bin/chromium", "/usr/bin/chromium-browser"].find(existsSync);
const browser = await chromium.launch({ args: FLAGS, ...(executablePath ? { executablePath } : {}) });
try {
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${server.address().port}/bench.html`);
  const worker = readdirSync(join(DIST, "assets")).find((name) => name.startsWith("worker-"));
  console.log(JSON.stringify(await page.evaluate(measure, { worker, times: Number(times) })));
} finally {
  await browser.close();
  server.close();
}
