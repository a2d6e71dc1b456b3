import { expect, test } from "vitest";

import { clockTime, readClockTime, span } from "../../src/page/clock_time";

test.each([[75.34, 0, "1:15"], [75.36, 1, "1:15.3"], [5, 1, "0:05.0"], [59.99, 1, "0:59.9"], [600, 0, "10:00"], [-1, 1, "0:00.0"]])(
  "%f s with %i digits reads %s", (seconds, digits, text) => expect(clockTime(seconds, digits)).toBe(text),
);

test.each([["1:15.3", 75.3], ["75", 75], ["0:05", 5], ["1:05,5", 65.5], [" 12 ", 12]])("“%s” is %f s", (text, seconds) => {
  expect(readClockTime("start", text)).toBeCloseTo(seconds);
});

test.each(["", "1:75", "a", "-3", "1:2:3"])("“%s” is refused, with what is asked for", (text) => {
  expect(() => readClockTime("start", text)).toThrow(/start must be a time such as 1:05 or 65, got/);
});

test.each([[0.4, "a moment"], [34, "34 s"], [60, "1 min"], [100, "1 min 40 s"]])("%f s are %s", (seconds, text) => {
  expect(span(seconds)).toBe(text);
});
