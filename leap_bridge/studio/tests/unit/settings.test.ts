import { expect, test } from "vitest";

import { DEFAULTS, fromLink, levelName, readNumber, toLink } from "../../src/page/settings";

test("a link brings back the settings that it was made of", () => {
  const settings = { difficulty: 3.4, quantize: 0.5, seed: 7, startS: 60, endS: 90.5 };
  expect(fromLink(`#${toLink(settings)}`)).toEqual({ settings, wrong: [] });
});

test("a link of a whole song names no section", () => {
  expect(toLink(DEFAULTS)).toBe("difficulty=3&quantize=1&seed=0");
});

test("what is wrong in a link is said, and the rest is taken", () => {
  const { settings, wrong } = fromLink("#difficulty=9&seed=4&start=x");
  expect(settings).toEqual({ ...DEFAULTS, seed: 4 });
  expect(wrong).toEqual([
    "In the link, difficulty must be from 1 to 5, got “9”",
    "In the link, start must be a number of seconds from 0, got “x”",
  ]);
});

test("a section that ends before it begins is refused", () => {
  expect(fromLink("#start=9&end=3")).toEqual({ settings: DEFAULTS, wrong: ["In the link, end must be after start, got 9 to 3 s"] });
});

test("a seed is a whole number", () => {
  expect(() => readNumber("seed", "1.5")).toThrow("seed must be a whole number from 0 to 2147483647, got “1.5”");
});

test.each([[1, "First year"], [2.4, "Easy"], [2.5, "Intermediate"], [5, "Virtuoso"]])("difficulty %f is called %s", (difficulty, name) => {
  expect(levelName(difficulty)).toBe(name);
});
