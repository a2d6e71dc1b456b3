/**
 * A song as an arrangement: the whole picture, as leap_models/pipeline.py draws it.
 *
 *     part of a song -> windows of audio, beats -> model -> crossfade -> notes -> beat grid -> two hands -> stretches
 */

import { Finisher, type Result, type Stretch } from "../music/finishing";
import { Chain } from "../music/reading";
import type { Clock } from "./clock";
import { Intake, type Part } from "./intake";
import { runWindow, type State, ticks, type Wishes } from "./model";
import type { Networks } from "./networks";

const SILENT = 1e-4; // -80 dB: a window whose samples are all smaller is silence

export interface Request extends Wishes {
  /** 0 leaves onsets where the model put them, 1 moves them onto the sixteenths where the beat is clear. */
  readonly quantize: number;
}

/** Arrange a part of a song; stretches are told as soon as no later window can change them. */
export async function arrange(
  networks: Networks,
  part: Part,
  request: Request,
  clock: Clock,
  tell: (stretch: Stretch) => void,
): Promise<Result> {
  clock.say("decoding");
  const source = new Intake(networks, part);
  const chain = new Chain(source);
  const finisher = new Finisher(request.difficulty, request.quantize);
  clock.start(source.count * ticks(networks));
  let before: State | null = null;
  for await (const window of source.windows(clock.check)) {
    if (isSilent(window.audio)) {
      before = null; // nothing to play, and whatever follows begins afresh
      clock.skip(ticks(networks));
      tell(finisher.push(chain.push(window.index, null)));
      continue;
    }
    const made = await runWindow(networks, window, before, request, clock.tick);
    before = made.state;
    tell(finisher.push(chain.push(window.index, made.roll)));
  }
  return finisher.finish();
}

function isSilent(audio: Float32Array): boolean {
  return audio.every((sample) => Math.abs(sample) < SILENT);
}
