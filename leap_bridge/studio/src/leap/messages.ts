/** What the page and the worker say to each other. */

import type { Progress } from "../arranger";
import type { Result, Stretch } from "../music/finishing";
import type { Request } from "./pipeline";

export type ToWorker =
  /** Get the networks from the folder `base`. `gpu`: whether a GPU may be used if there is one. */
  | { readonly kind: "load"; readonly base: string; readonly gpu: boolean }
  /** What the runs to come are about. */
  | { readonly kind: "song"; readonly samples: Float32Array; readonly sampleRate: number }
  | { readonly kind: "arrange"; readonly run: number; readonly request: Request }
  | { readonly kind: "stop"; readonly run: number };

export type FromWorker =
  | { readonly kind: "progress"; readonly run: number | null; readonly progress: Progress }
  | { readonly kind: "loaded"; readonly device: string; readonly threads: number }
  | { readonly kind: "stretch"; readonly run: number; readonly stretch: Stretch }
  | { readonly kind: "done"; readonly run: number; readonly result: Result }
  | { readonly kind: "stopped"; readonly run: number }
  | { readonly kind: "failed"; readonly run: number | null; readonly code: string; readonly message: string };
