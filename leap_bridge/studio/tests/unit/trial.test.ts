/** A GPU is used only where it does the sums as they should be, and sooner. */

import { expect, test } from "vitest";

import type { Constants, Graph, Networks, Numbers } from "../../src/leap/networks";
import { isBetter } from "../../src/leap/trial";

const OUTPUTS: Record<Graph, string[]> = {
  conditioner: ["frames"], listen: ["tokens", "draft"], step: ["clean"], decoder: ["planes"], beats: [],
};

/** Networks that answer with a plain function of what they are given, after some time. */
function networks(takesMs: number, error: number): Networks {
  const run = async (graph: Graph, inputs: Readonly<Record<string, Numbers>>) => {
    await new Promise((resolve) => setTimeout(resolve, takesMs));
    const data = Object.values(inputs)[0]!.data.slice(0, 6144).map((value) => value / 2 + (graph === "decoder" ? error : 0));
    return Object.fromEntries(OUTPUTS[graph].map((name) => [name, { shape: [data.length], data }]));
  };
  return { constants: { decoder: ["latents", "features", "beat", "level"] } as unknown as Constants, context: new Map(), rates: new Map(), device: "test", run };
}

test.each([
  ["that is quick and exact is used", 1, 0, true],
  ["whose numbers are a little apart is used", 1, 0.001, true],
  ["that is slow is not", 60, 0, false],
  ["whose numbers are wrong is not", 1, 0.1, false],
  ["that gives no numbers is not", 1, NaN, false],
])("a GPU %s", async (_what, takesMs, error, expected) => {
  expect(await isBetter(networks(takesMs, error), networks(30, 0))).toBe(expected);
});
