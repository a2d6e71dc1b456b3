/**
 * TypeScript answers as Python does: every golden/music_*.json, each a list of cases.
 *
 * MUSIC_CASES=FILE... (separated by ":") checks other files of the same form instead.
 */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

import { ANSWERS, difference, type Json } from "./music_answers";

const FOLDER = new URL("../../golden/", import.meta.url);
const TOLERANCE_S = 1e-6;
const EXACT = ["join"]; // float32 sums are the same to the last bit

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly given: unknown;
  readonly expected: Json;
}

const others = process.env["MUSIC_CASES"]?.split(":");
const golden = readdirSync(FOLDER).filter((name) => /^music_.*\.json$/.test(name));
const files = others ?? golden.map((name) => new URL(name, FOLDER));

test("there are golden cases of every kind", () => {
  expect(golden.map((name) => name.slice("music_".length, -".json".length)).sort()).toEqual(Object.keys(ANSWERS).sort());
});

for (const file of files) {
  const cases = JSON.parse(readFileSync(file, "utf8")) as Case[];
  describe(`${file}`.split("/").at(-1)!, () => {
    test.each(cases)("$kind: $name", ({ kind, given, expected }) => {
      const tolerance = EXACT.includes(kind) ? 0 : TOLERANCE_S;
      expect(difference(ANSWERS[kind]!(given), expected, tolerance)).toBeNull();
    });
  });
}
