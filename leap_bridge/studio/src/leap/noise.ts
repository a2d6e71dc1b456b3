/**
 * The noise that windows begin from: a seed's numbers are those of Python.
 *
 * `unitNoise` follows leap_models/diffusion/noise.py. `windowSeed` is what NumPy's `default_rng([seed, window])` gives
 * first: SeedSequence (O'Neill's seed_seq_fe) fills the state of a PCG64 (XSL-RR), of which the upper 62 bits are taken.
 */

const BITS_64 = (1n << 64n) - 1n;
const BITS_128 = (1n << 128n) - 1n;
const POOL = 4; // words of 32 bits

/** The seed of a window's noise: `int(np.random.default_rng([seed, window]).integers(2**62))`. */
export function windowSeed(seed: number, window: number): bigint {
  const words = seedSequence([seed, window], 8);
  const long = (at: number) => (BigInt(words[at + 1]!) << 32n) | BigInt(words[at]!);
  return pcg64((long(0) << 64n) | long(2), (long(4) << 64n) | long(6)) >> 2n;
}

/** `SeedSequence(entropy).generate_state(count)`, for whole numbers below 2^32. */
export function seedSequence(entropy: readonly number[], count: number): Uint32Array {
  const pool = new Uint32Array(POOL);
  let factor = 0x43b0d7e5;
  const hashed = (value: number) => {
    let word = value ^ factor;
    factor = Math.imul(factor, 0x931e8875);
    word = Math.imul(word, factor);
    return (word ^ (word >>> 16)) >>> 0;
  };
  for (let i = 0; i < POOL; i++) pool[i] = hashed(entropy[i] ?? 0);
  for (let source = 0; source < POOL; source++) {
    for (let target = 0; target < POOL; target++) {
      if (source !== target) pool[target] = mixed(pool[target]!, hashed(pool[source]!));
    }
  }
  return generated(pool, count);
}

function mixed(one: number, other: number): number {
  const word = Math.imul(one, 0xca01f9dd) - Math.imul(other, 0x4973f715);
  return (word ^ (word >>> 16)) >>> 0;
}

function generated(pool: Uint32Array, count: number): Uint32Array {
  let factor = 0x8b51f9dd;
  return Uint32Array.from({ length: count }, (_, i) => {
    let word = pool[i % POOL]! ^ factor;
    factor = Math.imul(factor, 0x58f38ded);
    word = Math.imul(word, factor);
    return (word ^ (word >>> 16)) >>> 0;
  });
}

/** The first number of a PCG64 that is given this state and this stream. */
function pcg64(state: bigint, stream: bigint): bigint {
  const factor = (2549297995355413924n << 64n) | 4865540595714422341n;
  const step = ((stream << 1n) | 1n) & BITS_128;
  const next = (at: bigint) => (at * factor + step) & BITS_128;
  const now = next(next((step + state) & BITS_128)); // seeded, and one step further
  const turns = now >> 122n;
  const word = (now >> 64n) ^ (now & BITS_64);
  return ((word >> turns) | (word << ((64n - turns) & 63n))) & BITS_64;
}

/** Independent normal numbers of mean 0 and variance 1; `seed` is from 0 to 2^64 - 1. */
export function unitNoise(count: number, seed: bigint): Float32Array {
  const noise = new Float32Array(count);
  const blocks = Math.ceil(count / POOL);
  for (let block = 0; block < blocks; block++) {
    const words = philox(BigInt(block + 1), seed);
    for (let pair = 0; pair < POOL; pair += 2) {
      const length = Math.sqrt(-2 * Math.log(share(words[pair]!)));
      const angle = 2 * Math.PI * share(words[pair + 1]!);
      const at = block * POOL + pair;
      if (at < count) noise[at] = length * Math.cos(angle);
      if (at + 1 < count) noise[at + 1] = length * Math.sin(angle);
    }
  }
  return noise;
}

/** A word's upper 53 bits as a number in (0, 1]. */
function share(word: bigint): number {
  return (Number(word >> 11n) + 1) * 2 ** -53;
}

/** Philox4x64-10: four words for a counter and a key of at most 64 bits. Source: Salmon et al. 2011. */
export function philox(counter: bigint, key: bigint): [bigint, bigint, bigint, bigint] {
  let [a, b, c, d] = [counter, 0n, 0n, 0n];
  let [low, high] = [key & BITS_64, 0n];
  for (let round = 0; round < 10; round++) {
    const one = a * 0xd2e7470ee14c6c93n;
    const other = c * 0xca5a826395121157n;
    [a, b, c, d] = [(other >> 64n) ^ b ^ low, other & BITS_64, (one >> 64n) ^ d ^ high, one & BITS_64];
    low = (low + 0x9e3779b97f4a7c15n) & BITS_64;
    high = (high + 0xbb67ae8584caa73bn) & BITS_64;
  }
  return [a, b, c, d];
}
