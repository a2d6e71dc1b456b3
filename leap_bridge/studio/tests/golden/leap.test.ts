/** The engine answers as Python does: golden/leap.json, written by tests/studio/leap_cases.py. */

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { ANSWERS } from "./leap_answers";
import { difference, type Json } from "./music_answers";

const TOLERANCE = 2e-4; // sums of 1024 cells are among the answers

interface Case {
  readonly kind: string;
  readonly name: string;
  readonly given: never;
  readonly expected: Json;
}

const cases = JSON.parse(readFileSync(new URL("../../golden/leap.json", import.meta.url), "utf8")) as Case[];

test("there are cases of every kind", () => {
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(Object.keys(ANSWERS)));
});

test.each(cases)("$kind: $name", async ({ kind, given, expected }) => {
  expect(difference(await ANSWERS[kind]!(given), expected, TOLERANCE)).toBeNull();
});
