/** An arrangement as the page keeps it: its notes, how it came about, and whether it is safe on disk. */

import type { Arrangement, Note, Pedal, Progress, Settings, Stretch, Tempo } from "../arranger";
import { figure, levelName } from "./settings";

/** Of the notes' hands, or of a band's players. */
export interface Player {
  name: string;
  drums: boolean;
}

export interface PlayedNote {
  startS: number;
  endS: number;
  pitch: number;
  velocity: number;
  /** Counts in the take's `players`. */
  player: number;
}

export const HANDS: Player[] = [{ name: "Right hand", drums: false }, { name: "Left hand", drums: false }];

/** A listener that is told of hands or of players. */
export interface TakeListener {
  progress(progress: Progress): void;
  stretch(stretch: Omit<Stretch, "notes"> & { notes: (Note | PlayedNote)[] }): void;
}

/** What comes of making a take. */
export type Made = Omit<Arrangement, "notes"> & { notes: (Note | PlayedNote)[] };

export type State = "working" | "done" | "cancelled" | "failed";

/** What a song is to the page when it is not open: the samples can be had again from the file. */
export interface SongFile {
  id: number;
  name: string;
  file: Blob;
  durationS: number;
  recorded: boolean;
}

export interface Take {
  id: number;
  /** Null of music from nothing. */
  song: SongFile | null;
  title: string;
  detail: string;
  settings: Settings;
  players: Player[];
  notes: PlayedNote[];
  pedals: Pedal[];
  /** Null until the first window. */
  tempo: Tempo | null;
  /** Where in the song its seconds count from. */
  startS: number;
  durationS: number;
  /** Everything before is final, counted as the notes are. */
  untilS: number;
  windows: { done: number; total: number };
  state: State;
  warnings: string[];
  saved: boolean;
  /** Of a model that gives sound. */
  sound: Blob | null;
}

export function newTake(id: number, song: SongFile | null, settings: Settings): Take {
  const endS = song === null ? 0 : Math.min(settings.endS ?? song.durationS, song.durationS);
  return {
    id, song, settings: { ...settings },
    title: `${figure(settings.difficulty)} · ${levelName(settings.difficulty)}`,
    detail: settings.quantize === 1 ? `seed ${settings.seed}` : `seed ${settings.seed}, quantise ${figure(settings.quantize)}`,
    players: HANDS, notes: [], pedals: [], tempo: null,
    startS: settings.startS, durationS: endS - settings.startS, untilS: 0, windows: { done: 0, total: 0 },
    state: "working", warnings: [], saved: false, sound: null,
  };
}

export function addStretch(take: Take, stretch: Parameters<TakeListener["stretch"]>[0]): void {
  take.notes.push(...stretch.notes.map(played));
  take.tempo = stretch.tempo;
  take.untilS = Math.min(stretch.untilS, take.durationS);
  take.windows = { done: stretch.window + 1, total: stretch.windows };
}

export function complete(take: Take, made: Made): void {
  const { pedals, tempo, durationS, warnings } = made;
  Object.assign(take, { notes: made.notes.map(played), pedals, tempo, durationS, warnings, untilS: durationS, state: "done" });
}

/** The notes of a piano take as the writers of files want them. */
export function asArrangement(take: Take): Arrangement {
  const notes: Note[] = take.notes.map(({ player, ...note }) => ({ ...note, hand: player === 0 ? "right" : "left" }));
  return {
    notes, pedals: take.pedals, tempo: take.tempo ?? { anchors: [[0, 0], [0.5, 1]], beatsPerBar: 4, downbeat: 0 },
    durationS: take.durationS, warnings: take.warnings,
  };
}

/** Is there something in it that would be lost with the page? */
export function isUnsaved(take: Take): boolean {
  return !take.saved && (take.notes.length > 0 || take.sound !== null);
}

function played(note: Note | PlayedNote): PlayedNote {
  if ("player" in note) return note;
  const { hand, ...rest } = note;
  return { ...rest, player: hand === "right" ? 0 : 1 };
}
