/** Gets the page ready: the service worker that keeps it, threads for WebAssembly, the models, and the piano's samples. */

import type { Arranger } from "../arranger";
import type { Messages } from "./messages";
import type { Player } from "./player";
import { lineOf } from "./session";

const CONTROL_MS = 8000; // how long the first visit waits for its service worker
const RELOADED = "leap-studio.reloaded";

export interface Readiness {
  text: string;
  state: "loading" | "ready" | "failed";
  /** From 0 to 1; null where there is nothing to wait for. */
  done: number | null;
}

interface Parts {
  arranger: Arranger;
  player: Player;
  messages: Messages;
  /** Nothing has been given to the page yet. */
  mayReload: () => boolean;
  /** A daemon serves the page, from this computer: nothing has to be kept. */
  isLocal: boolean;
  show: (readiness: Readiness) => void;
}

export async function getReady(parts: Parts): Promise<void> {
  const { show } = parts;
  show({ text: "Starting", state: "loading", done: null });
  const worker = parts.isLocal ? null : await serviceWorker(parts.messages);
  if (worker && !crossOriginIsolated && parts.mayReload() && reloadOnce()) return;
  window.addEventListener("pointerdown", () => void parts.player.preload(), { once: true });
  window.addEventListener("keydown", () => void parts.player.preload(), { once: true });
  if (!(await loadArranger(parts))) return;
  const ready = crossOriginIsolated ? "Ready" : "Ready, one thread";
  show({ text: ready, state: "ready", done: null });
  if (worker && (await keepAll(worker))) show({ text: `${ready}, works offline`, state: "ready", done: null });
}

/** The models; once the network is back, again. */
async function loadArranger(parts: Parts): Promise<boolean> {
  const { arranger, messages, show } = parts;
  try {
    await arranger.load(({ done, total }) => {
      const part = total > 0 ? done / total : 0;
      show({ text: "Getting the arranger ready", state: "loading", done: part });
    });
    return true;
  } catch (error) {
    show({ text: "The arranger is not loaded", state: "failed", done: null });
    messages.fail(`The arranger could not be loaded: ${lineOf(error)}`);
    window.addEventListener("online", () => void getReady(parts), { once: true });
    return false;
  }
}

/** The worker that keeps this page; null where there is none. */
async function serviceWorker(messages: Messages): Promise<ServiceWorker | null> {
  if (!import.meta.env.PROD || !("serviceWorker" in navigator)) return null;
  try {
    const registration = await navigator.serviceWorker.register(new URL("sw.js", document.baseURI));
    if (!registration) return null; // some browsers answer so where it is blocked
    offerUpdates(registration, messages);
    await control();
    return navigator.serviceWorker.controller;
  } catch (error) {
    console.warn("The page cannot be kept for use without a network:", error);
    return null;
  }
}

function control(): Promise<void> {
  return new Promise((resolve) => {
    if (navigator.serviceWorker.controller) return resolve();
    navigator.serviceWorker.addEventListener("controllerchange", () => resolve(), { once: true });
    setTimeout(resolve, CONTROL_MS);
  });
}

/** A host that sends no headers for isolation: the service worker adds them, from the next load on. */
function reloadOnce(): boolean {
  try {
    if (sessionStorage.getItem(RELOADED)) return false;
    sessionStorage.setItem(RELOADED, "yes");
  } catch {
    return false;
  }
  location.reload();
  return true;
}

function keepAll(worker: ServiceWorker): Promise<boolean> {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    let last = -1;
    port1.onmessage = ({ data }: MessageEvent<{ done: number; total: number }>) => {
      if (data.done === data.total) resolve(true);
      else if (data.done === last) resolve(false);
      last = data.done;
    };
    worker.postMessage("keep all", [port2]);
  });
}

/** A later version waits until nobody uses this one; who wants it now may have it, if this page is the only one. */
function offerUpdates(registration: ServiceWorkerRegistration, messages: Messages): void {
  const offer = () => {
    const { waiting } = registration;
    if (!waiting || !navigator.serviceWorker.controller) return;
    messages.say("A new version of this page is here.", { label: "Use it", act: () => void takeOver(waiting, messages) });
  };
  offer();
  registration.addEventListener("updatefound", () => {
    registration.installing?.addEventListener("statechange", offer);
  });
}

async function takeOver(waiting: ServiceWorker, messages: Messages): Promise<void> {
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }: MessageEvent<boolean>) => {
    if (data) location.reload();
    else messages.say("Close the other pages of LEAP Studio first.");
  };
  waiting.postMessage("take over", [port2]);
}
