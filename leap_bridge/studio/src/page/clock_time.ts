/** Seconds as people write them. */

import { ArrangeError } from "../arranger";

/** 75.34 -> "1:15", with tenths "1:15.3". */
export function clockTime(seconds: number, digits = 0): string {
  const unit = 10 ** digits;
  const rounded = Math.floor(Math.max(0, seconds) * unit + 1e-6) / unit;
  const rest = (rounded % 60).toFixed(digits).padStart(digits ? digits + 3 : 2, "0");
  return `${Math.floor(rounded / 60)}:${rest}`;
}

/** "1:15.3", "75.3" -> 75.3. Rejects anything else with an ArrangeError that names what is asked for. */
export function readClockTime(name: string, text: string): number {
  const match = /^\s*(?:(\d+):)?(\d+(?:[.,]\d*)?)\s*$/.exec(text);
  const seconds = match ? Number(match[1] ?? 0) * 60 + Number(match[2]!.replace(",", ".")) : NaN;
  if (!Number.isFinite(seconds) || (match?.[1] !== undefined && Number(match[2]!.replace(",", ".")) >= 60)) {
    throw new ArrangeError("bad_parameter", `${name} must be a time such as 1:05 or 65, got “${text.trim()}”`);
  }
  return seconds;
}

/** 0.4 -> "a moment", 34 -> "34 s", 100 -> "1 min 40 s". */
export function span(seconds: number): string {
  if (seconds < 1) return "a moment";
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return whole % 60 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${whole / 60} min`;
}
