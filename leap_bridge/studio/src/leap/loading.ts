/** The files of the networks, fetched and looked at. */

import { ArrangeError } from "../arranger";
import { CONSTANTS, type Constants, FORMAT } from "./networks";

/** Fetch a file; `tell` hears of every part with the bytes so far. */
export async function fetchBytes(url: string, tell: (bytes: number) => void = () => undefined): Promise<Uint8Array> {
  const response = await fetch(url).catch((error: unknown) => {
    throw new ArrangeError("file_not_found", `${url} cannot be reached; is there a network?`, { cause: error });
  });
  if (!response.ok || response.body === null) {
    throw new ArrangeError("file_not_found", `${url} is not there (${response.status}); the site is not complete.`);
  }
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = response.body.getReader();
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    parts.push(part.value);
    size += part.value.length;
    tell(size);
  }
  const whole = new Uint8Array(size);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** The same, made whole again if it is stored compressed and no server or browser has done so. */
export async function fetchUnpacked(url: string): Promise<Uint8Array> {
  const bytes = await fetchBytes(url);
  if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return bytes;
  const unpacked = new Blob([bytes as BlobPart]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Uint8Array(await new Response(unpacked).arrayBuffer());
}

/** What must be known besides the networks. */
export async function fetchConstants(base: string): Promise<Constants> {
  const url = new URL(CONSTANTS, base).href;
  const text = new TextDecoder().decode(await fetchBytes(url));
  let constants: Constants;
  try {
    constants = JSON.parse(text) as Constants;
  } catch (error) {
    throw new ArrangeError("damaged_weights", `${url} is damaged.`, { cause: error });
  }
  if (constants.format !== FORMAT) {
    throw new ArrangeError("damaged_weights", `${url} has format ${constants.format}, this page reads ${FORMAT}.`);
  }
  return constants;
}

/** A file that the constants speak of, if it is the one. */
export async function fetchPart(base: string, constants: Constants, name: string, tell: (bytes: number) => void): Promise<Uint8Array> {
  const url = new URL(name, base).href;
  const bytes = await fetchBytes(url, tell);
  const expected = constants.files[name]?.sha256;
  const found = await sha256(bytes);
  if (expected === undefined || (found !== null && found !== expected)) {
    throw new ArrangeError("damaged_weights", `${url} is not the file that ${CONSTANTS} speaks of; load the page again.`);
  }
  return bytes;
}

/** In hexadecimal; null where the page is not served in a way that allows to know. */
async function sha256(bytes: Uint8Array): Promise<string | null> {
  if (globalThis.crypto?.subtle === undefined) return null;
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes as BufferSource));
  return [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
