/** Whatever went wrong as a stable word and one line. */

import { ArrangeError } from "../arranger";
import { LeapError } from "../music/errors";

const NO_MEMORY = /out of memory|bad_alloc|failed to allocate|allocation failed|could not be allocated|memory\.grow|array buffer/i;

export interface Failure {
  readonly code: string;
  readonly message: string;
}

export function failureOf(error: unknown): Failure {
  if (error instanceof ArrangeError || error instanceof LeapError) return { code: error.code, message: error.message };
  const message = error instanceof Error ? error.message : String(error);
  if (NO_MEMORY.test(message)) {
    const line = "The browser has no memory left for this. Close other tabs, or arrange a shorter section of the song.";
    return { code: "out_of_memory", message: line };
  }
  return { code: "internal_error", message: message.split("\n")[0]! };
}

export function isAbort(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
