/** Whether a GPU does the sums as they should be, and sooner than WebAssembly: browsers' drivers are many. */

import { BEAT_WIDTH, WIDTH } from "./conditioner";
import { decoded, type Graph, type Networks, type Numbers } from "./networks";
import { unitNoise } from "./noise";

const FRAMES = 512;
const LATENTS = [1, 4, 12, 128];
const SAMPLES = 122_880;
const MOST_APART = 0.02; // of likelihoods, which are read at a threshold
const NOISE = unitNoise(6143, 1n); // again and again, shifted in every row

interface Outcome {
  readonly answers: readonly Float32Array[];
  readonly tookMs: number;
}

/** Send the same noise through both. */
export async function isBetter(gpu: Networks, plain: Networks): Promise<boolean> {
  const given = inputs();
  const expected = await window(plain, given);
  await window(gpu, given); // the first time makes its programs
  const found = await window(gpu, given);
  return found.tookMs < expected.tookMs && found.answers.every((answer, i) => apart(answer, expected.answers[i]!) <= MOST_APART);
}

function inputs() {
  return {
    samples: noise([1, SAMPLES], 0.1),
    features: likelihoods([1, FRAMES, WIDTH]),
    beat: noise([1, FRAMES, BEAT_WIDTH]),
    level: noise([1]),
    rest: { noisy: noise(LATENTS), known: noise(LATENTS), is_known: noise([1, 128]), time: likelihoods([1]) },
  };
}

/** The sums of a window, with a single step. */
async function window(networks: Networks, { samples, features, beat, level, rest }: ReturnType<typeof inputs>): Promise<Outcome> {
  const startedMs = performance.now();
  const answer = async (graph: Graph, name: string, given: Record<string, Numbers>) => (await networks.run(graph, given))[name]!;
  const frames = await answer("conditioner", "frames", { samples });
  const listened = await networks.run("listen", { features, beat });
  const { tokens, draft } = listened as { tokens: Numbers; draft: Numbers };
  const latents = await answer("step", "clean", { ...rest, level, tokens, draft });
  const planes = await decoded(networks, { latents, features, beat, level, ...listened });
  return { answers: [frames.data, latents.data, planes], tookMs: performance.now() - startedMs };
}

function noise(shape: readonly number[], loudness = 1): Numbers {
  const count = shape.reduce((all, axis) => all * axis, 1);
  return { shape, data: Float32Array.from({ length: count }, (_, i) => NOISE[i % NOISE.length]! * loudness) };
}

/** Numbers from 0 to 1, most of them small. */
function likelihoods(shape: readonly number[]): Numbers {
  return { shape, data: noise(shape).data.map((value) => Math.min(1, value ** 4 / 10)) };
}

/** The largest difference; no number at all is infinitely far. */
function apart(found: Float32Array, expected: Float32Array): number {
  let most = found.length === expected.length ? 0 : Infinity;
  found.forEach((value, i) => {
    const difference = Math.abs(value - expected[i]!);
    if (!(difference <= most)) most = Number.isNaN(difference) ? Infinity : difference;
  });
  return most;
}
