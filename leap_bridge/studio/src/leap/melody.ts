/** The likeliest line of a melody (Viterbi). Follows `decode` of leap_models/families/leap/melody.py. */

export const KEYS = 88;
export const LOWEST_PITCH = 21;
const PLACES = KEYS + 1; // the last is a rest

// In nats, as in Python.
const VOICING_BIAS = 2;
const STEP_COST = 2; // of going to any other key
const SEMITONE_COST = 0.2; // more for each semitone of the step
const LEAP_SEMITONES = 12; // a step wider than this costs no more
const REST_COST = 2; // of starting or ending a rest

/**
 * Which key each frame sings, as a MIDI number, or -1.
 *
 * `salience`: 88 logits a frame. `voicing`: a logit a frame.
 */
export function decode(salience: Float32Array, voicing: Float32Array): Int16Array {
  const frames = voicing.length;
  const found = new Int16Array(frames).fill(-1);
  if (frames === 0) return found;
  const heard = logLikelihoods(salience, voicing);
  const costs = stepCosts();
  let best = heard.slice(0, PLACES);
  const origins = new Int16Array(frames * PLACES);
  for (let frame = 1; frame < frames; frame++) {
    const arriving = new Float64Array(PLACES);
    for (let to = 0; to < PLACES; to++) {
      let [origin, score] = [0, -Infinity];
      for (let from = 0; from < PLACES; from++) {
        const option = best[from]! - costs[from * PLACES + to]!;
        if (option > score) [origin, score] = [from, option];
      }
      origins[frame * PLACES + to] = origin;
      arriving[to] = score + heard[frame * PLACES + to]!;
    }
    best = arriving;
  }
  let place = best.indexOf(Math.max(...best));
  for (let frame = frames - 1; frame >= 0; frame--) {
    if (place < KEYS) found[frame] = place + LOWEST_PITCH;
    place = origins[frame * PLACES + place]!;
  }
  return found;
}

/** Of each key and, last, of a rest. */
function logLikelihoods(salience: Float32Array, voicing: Float32Array): Float64Array {
  const found = new Float64Array(voicing.length * PLACES);
  voicing.forEach((logit, frame) => {
    const keys = salience.subarray(frame * KEYS, (frame + 1) * KEYS);
    const total = logSumExp(keys);
    const sung = -softplus(-(logit + VOICING_BIAS));
    for (let key = 0; key < KEYS; key++) found[frame * PLACES + key] = keys[key]! - total + sung;
    found[frame * PLACES + KEYS] = -softplus(logit + VOICING_BIAS);
  });
  return found;
}

function logSumExp(values: Float32Array): number {
  const highest = Math.max(...values);
  let sum = 0;
  for (const value of values) sum += Math.exp(value - highest);
  return highest + Math.log(sum);
}

function softplus(value: number): number {
  return Math.max(value, 0) + Math.log1p(Math.exp(-Math.abs(value)));
}

/** The cost of going from a key or a rest to another. */
function stepCosts(): Float64Array {
  const costs = new Float64Array(PLACES * PLACES).fill(REST_COST);
  for (let from = 0; from < KEYS; from++) {
    for (let to = 0; to < KEYS; to++) {
      const distance = Math.abs(from - to);
      costs[from * PLACES + to] = (distance > 0 ? STEP_COST : 0) + Math.min(distance, LEAP_SEMITONES) * SEMITONE_COST;
    }
  }
  costs[PLACES * PLACES - 1] = 0;
  return costs;
}
