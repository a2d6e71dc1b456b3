/**
 * Beats as they are heard by one who knows what follows: frames in, the same frames later out, with surer beats.
 *
 * Follows leap_models/music/beat_context.py: a stack of dilated convolutions over time, the last two of which look back
 * only.
 */

import { FRAME_RATE, Frames, Heard, LOW_BANDS, RISES } from "./heard";
import type { Tensors } from "./safetensors";

const TAPS = 5; // of each convolution
const LAYERS = [[1, 2], [2, 2], [4, 2], [8, 2], [16, 2], [32, 2], [64, 2], [64, 0], [128, 0]] as const; // dilation, ahead
const AHEAD = 1 + LAYERS.reduce((sum, [dilation, ahead]) => sum + dilation * ahead, 0);
/** How much must be heard beyond a frame. */
export const AHEAD_S = AHEAD / FRAME_RATE;
const FEATURES = 2 + RISES + LOW_BANDS;

const OWN = 0.5; // share of this network in what is said
const BOLDER = 0.9; // nats by which both together are surer
const UNSURE = 0.01; // a probability is no nearer to 0 or 1
const [LOGIT, RISE, MIDDLE] = [Math.fround(1 / 3), 12, 0.5]; // bring everything to about -1..1

export class BeatContext {
  private readonly enter: Enter;
  private readonly layers: Layer[];
  private readonly out: Mix;
  private waiting = new Heard();

  constructor(weights: Tensors) {
    this.enter = new Enter(weights);
    this.layers = LAYERS.map((_, place) => new Layer(weights, place));
    this.out = new Mix(weights, "context.out");
  }

  /** Take the next frames; give those that no frame to come can change, and if they are the last, all. */
  push(heard: Heard, last = false): Heard {
    let flow = this.enter.push(features(heard), last);
    for (const layer of this.layers) flow = layer.push(flow, last);
    return this.give(heard, flow);
  }

  private give(heard: Heard, flow: Frames): Heard {
    const waiting = this.waiting.joined(heard);
    const known = waiting.part(0, flow.length);
    this.waiting = waiting.part(flow.length);
    const said = this.out.of(flow);
    const before = logits(known.activations);
    const activations = new Float32Array(2 * flow.length);
    for (let frame = 0; frame < flow.length; frame++) {
      const [beat, both] = [0, 1].map((place) => {
        const logit = OWN * said.at(frame, place) + (1 - OWN) * before.at(frame, place) + BOLDER;
        return 1 / (1 + Math.exp(-logit));
      }) as [number, number];
      const downbeat = Math.min(beat, both);
      activations[2 * frame] = beat - downbeat;
      activations[2 * frame + 1] = downbeat;
    }
    return known.withActivations(new Frames(2, activations));
  }
}

/** What the network hears of each frame. */
function features(heard: Heard): Frames {
  const odds = logits(heard.activations);
  const found = new Float32Array(heard.length * FEATURES);
  for (let frame = 0; frame < heard.length; frame++) {
    const at = frame * FEATURES;
    for (let i = 0; i < 2; i++) found[at + i] = odds.at(frame, i) * LOGIT;
    for (let i = 0; i < RISES; i++) found[at + 2 + i] = heard.rises.at(frame, i) * RISE;
    for (let i = 0; i < LOW_BANDS; i++) found[at + 2 + RISES + i] = heard.bands.at(frame, i) - MIDDLE;
  }
  return new Frames(FEATURES, found);
}

/** Log odds of any beat and of a downbeat. */
function logits(activations: Frames): Frames {
  const found = new Float32Array(2 * activations.length);
  for (let frame = 0; frame < activations.length; frame++) {
    const [beat, downbeat] = [activations.at(frame, 0), activations.at(frame, 1)];
    [beat + downbeat, downbeat].forEach((share, place) => {
      const odds = Math.min(Math.max(share, UNSURE), 1 - UNSURE);
      found[2 * frame + place] = Math.log(odds / (1 - odds));
    });
  }
  return new Frames(2, found);
}

/** Channels into channels, frame by frame, the taps of a convolution one after another. */
class Mix {
  readonly outputs: number;
  private readonly inputs: number;
  private readonly weight: Float32Array; // (in, out)
  private readonly bias: Float32Array;

  constructor(weights: Tensors, name: string) {
    const weight = weights.get(`${name}.weight`);
    const bias = weights.get(`${name}.bias`);
    if (weight === undefined || bias === undefined) throw new Error(`the beat context's weights lack ${name}`);
    const [outputs, channels, taps] = weight.shape as [number, number, number];
    this.outputs = outputs;
    this.inputs = taps * channels;
    this.bias = bias.values;
    this.weight = new Float32Array(outputs * channels * taps);
    for (let out = 0; out < outputs; out++) {
      for (let channel = 0; channel < channels; channel++) {
        for (let tap = 0; tap < taps; tap++) {
          const value = weight.values[(out * channels + channel) * taps + tap]!;
          this.weight[(tap * channels + channel) * outputs + out] = value;
        }
      }
    }
  }

  of(flow: Frames): Frames {
    const { inputs, outputs, weight } = this;
    const mixed = new Float32Array(flow.length * outputs);
    const sums = new Float64Array(outputs);
    for (let frame = 0; frame < flow.length; frame++) {
      sums.set(this.bias);
      for (let i = 0; i < inputs; i++) {
        const value = flow.data[frame * inputs + i]!;
        for (let out = 0; out < outputs; out++) sums[out]! += value * weight[i * outputs + out]!;
      }
      mixed.set(sums, frame * outputs);
    }
    return new Frames(outputs, mixed);
  }
}

/** Frames in, the frames that a convolution sees for each of them out, as soon as all were there. */
class Taps {
  private readonly span: number;
  private readonly ahead: number;
  private kept: Frames; // silence before the start

  constructor(
    private readonly channels: number,
    private readonly taps: number,
    private readonly dilation: number,
    ahead: number,
  ) {
    this.span = (taps - 1) * dilation;
    this.ahead = ahead * dilation;
    this.kept = new Frames(channels, new Float32Array((this.span - this.ahead) * channels));
  }

  push(flow: Frames, last: boolean): Frames {
    const { channels, taps, dilation } = this;
    const after = new Frames(channels, new Float32Array(last ? this.ahead * channels : 0));
    const seen = this.kept.joined(flow).joined(after);
    const frames = Math.max(0, seen.length - this.span);
    this.kept = seen.part(frames);
    const found = new Float32Array(frames * taps * channels);
    for (let frame = 0; frame < frames; frame++) {
      for (let tap = 0; tap < taps; tap++) {
        const at = (frame + tap * dilation) * channels;
        found.set(seen.data.subarray(at, at + channels), (frame * taps + tap) * channels);
      }
    }
    return new Frames(taps * channels, found);
  }
}

/** Features into channels. */
class Enter {
  private readonly taps = new Taps(FEATURES, 3, 1, 1);
  private readonly mix: Mix;

  constructor(weights: Tensors) {
    this.mix = new Mix(weights, "context.enter");
  }

  push(flow: Frames, last: boolean): Frames {
    return bent(this.mix.of(this.taps.push(flow, last)));
  }
}

/** A dilated convolution, whose outcome is added to what went in. */
class Layer {
  private readonly convolve: Mix;
  private readonly mix: Mix;
  private readonly taps: Taps;
  private readonly middle: number;

  constructor(weights: Tensors, place: number) {
    const [dilation, ahead] = LAYERS[place]!;
    this.convolve = new Mix(weights, `context.convolve.${place}`);
    this.mix = new Mix(weights, `context.mix.${place}`);
    this.taps = new Taps(this.mix.outputs, TAPS, dilation, ahead);
    this.middle = TAPS - 1 - ahead;
  }

  push(flow: Frames, last: boolean): Frames {
    const seen = this.taps.push(flow, last);
    const added = this.mix.of(bent(this.convolve.of(seen)));
    const width = this.mix.outputs;
    for (let frame = 0; frame < added.length; frame++) {
      const at = frame * seen.width + this.middle * width;
      for (let i = 0; i < width; i++) added.data[frame * width + i]! += seen.data[at + i]!;
    }
    return added;
  }
}

/** Exponential linear units, in place. */
function bent(flow: Frames): Frames {
  for (let i = 0; i < flow.data.length; i++) if (flow.data[i]! <= 0) flow.data[i] = Math.expm1(flow.data[i]!);
  return flow;
}
