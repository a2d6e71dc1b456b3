/**
 * Keeps the page for use without a network, and never mixes two versions of it.
 *
 * The build writes the list of its files, each with the hash of its content, in place of `FILES_OF_THE_BUILD`. Contents are
 * kept under their hashes: this worker can only answer with files of its own build, and a new build shares with the old one
 * what is the same. The first visit keeps what shows the page; the rest is kept when it is used, or when the page asks for
 * it. A later version is fetched completely before it takes over, and takes over when no page of the old one is open.
 */

declare const self: ServiceWorkerGlobalScope;
declare const FILES_OF_THE_BUILD: Record<string, { hash: string; bytes: number; unpacked?: string }>;

const FILES = FILES_OF_THE_BUILD;
const KEPT = "leap-studio";
const LATER = /^(models|piano|ort)\//; // large, and not needed to show the page
const FOR_GPU = /asyncify|webgpu/; // kept only where it is used
/** What gives WebAssembly its threads, also on hosts that send no such headers. */
const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
  "Cross-Origin-Resource-Policy": "same-origin",
};

const coming = new Map<string, Promise<void>>();

self.addEventListener("install", (event) => {
  const isUpdate = self.registration.active !== null;
  event.waitUntil(isUpdate ? needed().then(keep) : keep(Object.keys(FILES).filter((path) => !LATER.test(path))));
});

self.addEventListener("activate", (event) => {
  event.waitUntil(forgetOthers().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const path = pathOf(event.request);
  if (path !== null) event.respondWith(answer(path));
});

self.addEventListener("message", (event) => {
  const port = event.ports[0];
  if (event.data === "keep all") event.waitUntil(keepAll((done, total) => port?.postMessage({ done, total })));
  if (event.data === "take over") event.waitUntil(takeOver().then((taken) => port?.postMessage(taken)));
});

/** The path in the list that a request is for; null where it is none of ours. */
function pathOf(request: Request): string | null {
  const url = new URL(request.url);
  const scope = new URL(self.registration.scope);
  if (request.method !== "GET" || url.origin !== scope.origin || !url.pathname.startsWith(scope.pathname)) return null;
  const path = decodeURIComponent(url.pathname.slice(scope.pathname.length)) || "index.html";
  return path in FILES ? path : null;
}

async function answer(path: string): Promise<Response> {
  try {
    await fetchOnce(path);
    const kept = await (await caches.open(KEPT)).match(keyOf(path));
    if (kept) return kept;
    throw new Error(`${path} was removed from the browser's storage`);
  } catch (error) {
    return new Response(String(error), { status: 504, statusText: "Not kept, and not to be had", headers: ISOLATION });
  }
}

function keyOf(path: string): string {
  return new URL(`kept/${FILES[path]!.hash}`, self.registration.scope).href;
}

/** Have a file kept, however many ask for it at once. */
function fetchOnce(path: string): Promise<void> {
  const known = coming.get(path);
  if (known) return known;
  const fetching = fetchOne(path).finally(() => coming.delete(path));
  coming.set(path, fetching);
  return fetching;
}

async function fetchOne(path: string): Promise<void> {
  const cache = await caches.open(KEPT);
  if (await cache.match(keyOf(path))) return;
  const response = await fetch(new URL(path, self.registration.scope), { cache: "no-cache" });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${response.statusText}`);
  const body = await response.arrayBuffer();
  const { hash, unpacked } = FILES[path]!;
  const found = await hashOf(body);
  if (found !== hash && found !== unpacked) throw new Error(`${path} on the server is of another version: close this page and open it again`);
  const headers = new Headers({ ...ISOLATION, "Content-Type": response.headers.get("Content-Type") ?? "application/octet-stream" });
  await cache.put(keyOf(path), new Response(body, { headers }));
}

async function hashOf(body: ArrayBuffer): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", body));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function keep(paths: string[]): Promise<void> {
  for (const path of paths) await fetchOnce(path);
}

/** Everything that this browser may use. */
async function needed(): Promise<string[]> {
  const cache = await caches.open(KEPT);
  const kept = new Set((await cache.keys()).map(({ url }) => url));
  return Object.keys(FILES).filter((path) => !FOR_GPU.test(path) || kept.has(keyOf(path)));
}

async function keepAll(progress: (doneBytes: number, totalBytes: number) => void): Promise<void> {
  const paths = await needed();
  const total = paths.reduce((sum, path) => sum + FILES[path]!.bytes, 0);
  let done = 0;
  for (const path of paths) {
    // What is missing is missing from the sum, and so is told.
    const isKept = await fetchOnce(path).then(() => true, () => false);
    if (isKept) done += FILES[path]!.bytes;
    progress(done, total);
  }
  progress(done, total);
}

/** Delete what only earlier versions had. */
async function forgetOthers(): Promise<void> {
  const cache = await caches.open(KEPT);
  const ours = new Set(Object.keys(FILES).map(keyOf));
  for (const request of await cache.keys()) if (!ours.has(request.url)) await cache.delete(request);
}

/** Replace the version before, unless another page still uses it. */
async function takeOver(): Promise<boolean> {
  const pages = await self.clients.matchAll({ type: "window", includeUncontrolled: true });
  if (pages.length > 1) return false;
  await self.skipWaiting();
  return true;
}

export {};
