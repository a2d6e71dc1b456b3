/** What can be set: the limits of each, and the link that holds them. */

import { ArrangeError, type Settings } from "../arranger";

export const DEFAULTS: Settings = { difficulty: 3, quantize: 1, seed: 0, startS: 0, endS: null };

interface Limit {
  low: number;
  high: number;
  whole?: boolean;
}

export const LIMITS = {
  difficulty: { low: 1, high: 5 },
  quantize: { low: 0, high: 1 },
  seed: { low: 0, high: 2 ** 31 - 1, whole: true },
} as const satisfies Record<string, Limit>;

/** What the whole numbers of difficulty are called. */
export const LEVELS = ["First year", "Easy", "Intermediate", "Advanced", "Virtuoso"] as const;

const LINKED = [["difficulty", "difficulty"], ["quantize", "quantize"], ["seed", "seed"]] as const;

/** 2.8 -> "Intermediate". */
export function levelName(difficulty: number): string {
  return LEVELS[Math.min(5, Math.max(1, Math.round(difficulty))) - 1]!;
}

/** 3 -> "3", 2.5 -> "2.5". */
export function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}

/** The number that a text says, if it is allowed; otherwise an ArrangeError. */
export function readNumber(name: keyof typeof LIMITS, text: string): number {
  const limit: Limit = LIMITS[name];
  const value = text.trim() === "" ? NaN : Number(text.trim().replace(",", "."));
  if (!(value >= limit.low && value <= limit.high) || (limit.whole && !Number.isInteger(value))) {
    const kind = limit.whole ? "a whole number " : "";
    throw new ArrangeError("bad_parameter", `${name} must be ${kind}from ${limit.low} to ${limit.high}, got “${text}”`);
  }
  return value;
}

/** The part of a link behind #. It never holds anything of the song. */
export function toLink(settings: Settings): string {
  const told = new URLSearchParams();
  for (const [name, key] of LINKED) told.set(name, figure(settings[key]));
  if (settings.startS > 0) told.set("start", figure(settings.startS));
  if (settings.endS !== null) told.set("end", figure(settings.endS));
  return told.toString();
}

/** The settings of a link, and a line for each of its parts that is wrong. */
export function fromLink(hash: string): { settings: Settings; wrong: string[] } {
  const told = new URLSearchParams(hash.replace(/^#/, ""));
  const settings = { ...DEFAULTS };
  const wrong: string[] = [];
  const take = (read: () => void) => {
    try {
      read();
    } catch (error) {
      if (!(error instanceof ArrangeError)) throw error;
      wrong.push(`In the link, ${error.message}`);
    }
  };
  for (const [name, key] of LINKED) {
    const text = told.get(name);
    if (text !== null) take(() => (settings[key] = readNumber(key, text)));
  }
  take(() => (settings.startS = section("start", told.get("start")) ?? 0));
  take(() => (settings.endS = section("end", told.get("end"))));
  if (settings.endS !== null && settings.endS <= settings.startS) {
    wrong.push(`In the link, end must be after start, got ${figure(settings.startS)} to ${figure(settings.endS)} s`);
    [settings.startS, settings.endS] = [0, null];
  }
  return { settings, wrong };
}

function section(name: string, text: string | null): number | null {
  if (text === null) return null;
  const value = text.trim() === "" ? NaN : Number(text);
  if (value >= 0 && value < Infinity) return value;
  throw new ArrangeError("bad_parameter", `${name} must be a number of seconds from 0, got “${text}”`);
}
