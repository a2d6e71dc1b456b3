import { expect, test } from "vitest";

import { ArrangeError } from "../../src/arranger";

test("an error carries a stable word beside its line", () => {
  const error = new ArrangeError("bad_parameter", "difficulty must be from 1 to 5, got 6");
  expect([error.code, error.name]).toEqual(["bad_parameter", "ArrangeError"]);
});
