/** What makes arrangements, whether in this browser or in a daemon: the plug between the page and its engines. */

/** What may be asked of an arrangement, and of which part of the song. */
export interface Settings {
  /** From 1, first year, to 5, virtuoso; fractions allowed. */
  difficulty: number;
  /** How firmly onsets are moved to the beat grid: 0 not at all, 1 all the way. */
  quantize: number;
  /** The same seed gives the same notes. A whole number from 0. */
  seed: number;
  /** The part of the song that is wanted, in seconds of the song; null is its end. */
  startS: number;
  endS: number | null;
}

export type Hand = "right" | "left";

/** One key pressed. As in Python, seconds count from `Settings.startS`; velocity is 1..127. */
export interface Note {
  startS: number;
  endS: number;
  pitch: number;
  velocity: number;
  hand: Hand;
}

/** The right pedal held down, in seconds from `Settings.startS`. */
export interface Pedal {
  startS: number;
  endS: number;
}

/** Where the beats are: straight lines between anchors, and on beyond the outer ones. */
export interface Tempo {
  /** (second from `Settings.startS`, beat), rising in both. */
  anchors: [second: number, beat: number][];
  beatsPerBar: number;
  /** A beat that begins a bar. */
  downbeat: number;
}

/** Notes that have become final: what was given is never taken back. */
export interface Stretch {
  /** Which window, counted from 0, of how many. */
  window: number;
  windows: number;
  /** The new ones alone. */
  notes: Note[];
  /** Everything before this second is final. */
  untilS: number;
  tempo: Tempo;
}

export interface Arrangement {
  notes: Note[];
  pedals: Pedal[];
  tempo: Tempo;
  durationS: number;
  /** One line each. */
  warnings: string[];
}

export interface Progress {
  stage: string;
  done: number;
  total: number;
  etaS: number | null;
}

export interface Song {
  name: string;
  /** The mean of all channels, -1..1. */
  samples: Float32Array;
  sampleRate: number;
  /** As it was given. */
  file: Blob;
}

export interface Listener {
  progress(p: Progress): void;
  stretch(s: Stretch): void;
}

export interface Arranger {
  /** Get the weights and make everything ready; more calls wait for the first. */
  load(progress: (p: Progress) => void): Promise<void>;
  /**
   * Arrange a part of a song; the listener hears of notes as soon as they are final.
   *
   * Rejects with a `DOMException` named AbortError when the signal says so, or with an `ArrangeError`.
   */
  arrange(song: Song, settings: Settings, listener: Listener, signal: AbortSignal): Promise<Arrangement>;
}

/** Something that the user can mend: one line that says what was given and what is allowed. */
export class ArrangeError extends Error {
  constructor(
    /** A stable word, as in Python's error tree: bad_parameter, unreadable_audio, out_of_memory ... */
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = "ArrangeError";
  }
}
