"""`melody_nn` as a model: window after window, the piano first, the others after it.

Its networks know C major and A minor alone: what they hear is moved there, what they say is moved back.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import BadParameter, DamagedWeights
from leap_models.families.continuation import ANY
from leap_models.families.continuation.band_config import BandConfig, Coders, Nexts
from leap_models.families.continuation.clip import on_steps, velocity
from leap_models.families.continuation.symbols import StepNote
from leap_models.families.continuation.windows import BARS, BEATS_PER_BAR, COARSE, COARSE_STEPS, notes_of, of_notes
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.keys import NAMES as KEYS
from leap_models.music.keys import key_of, number_of, pitch_classes, to_white_keys
from leap_models.music.notes import PITCHES, Note, Notes
from leap_models.music.players import DRUMS, GM_DRUMS, NAMES, PIANO
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap

CANDIDATES = 12  # windows that are drawn for a player who has pitches; the one that fits the piano best is played
ORDER = (PIANO, *(player for player in range(len(NAMES)) if player != PIANO))  # the piano is heard by the others


@dataclass(frozen=True, eq=False)
class Made:
    """The music so far. Steps are twelfths of beats from the first bar line on.

    Args:
        windows: how many are made.
        latents: (5, latent) of each player's last window. known: (5,) False for who has not played yet.
        notes: `voice` is the player; those of a clip are not among them, nor what ended before the last window.
        semitones: by which the networks hear everybody but the drums moved.
    """

    windows: int
    latents: np.ndarray
    known: np.ndarray
    notes: tuple[StepNote, ...]
    semitones: int


class Band:
    """See `leap_models.interface.Model`.

    Args:
        begins: (examples, 5, latent) windows that music from nothing begins with; NaN for who is silent.
    """

    def __init__(
        self, info: ModelInfo, config: BandConfig, coders: Coders, nexts: Nexts, begins: Tensor, device: str = "cpu"
    ) -> None:
        self.info, self.config, self.device = info, config, device
        self.coders, self.nexts = coders.to(device).eval(), nexts.to(device).eval()
        self.begins = begins.float().cpu().numpy()

    @classmethod
    def load(cls, info: ModelInfo, folder: Path, device: str) -> "Band":
        """From a checkpoint folder.

        Raises:
            DamagedWeights: something is missing, or not what model.json says.
        """
        found = checkpoint.load(folder, device)
        config = from_dict(BandConfig, found.card.config)
        coders, nexts = Coders(config.coders), Nexts(config)
        checkpoint.fill(coders, found.part("coders"), folder)
        checkpoint.fill(nexts, found.part("nexts"), folder)
        begins = found.part("begins").get("windows")
        if begins is None or begins.shape[1:] != (len(NAMES), config.coders.coder.latent) or not len(begins):
            raise DamagedWeights(f"{folder}: the weights do not say how music begins")
        return cls(info, config, coders, nexts, begins, device)

    def ticks(self, params: Values) -> int:  # noqa: ARG002
        """One a window."""
        return 1

    @torch.inference_mode()
    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`.

        Raises:
            BadParameter: the tempo is not in 4/4, or a player is named whom nobody knows.
        """
        tick()
        grid = self.info.grid
        tempo = window.tempo or TempoMap.steady(float(params["bpm"]), BEATS_PER_BAR)
        if tempo.beats_per_bar != BEATS_PER_BAR:
            raise BadParameter(f"the metre must be {BEATS_PER_BAR}/4, got {tempo.beats_per_bar} beats a bar")
        silent, given = silent_players(params), NAMES.index(str(params["track"]))
        made = previous.state if previous is not None and isinstance(previous.state, Made) else None
        if made is None:
            size = self.config.coders.coder.latent
            nobody = np.zeros((len(NAMES), size), np.float32), np.zeros(len(NAMES), dtype=bool)
            made = Made(0, *nobody, (), self._semitones(window.notes, given, str(params["key"]), rng))
        end_s = window.start_s + grid.window_s
        needed = (tempo.beat_at(end_s) - Bars(tempo).origin) * COARSE
        clip = on_steps(window.notes, tempo, COARSE)
        while made.windows * COARSE_STEPS < needed:
            made = self._next(made, clip, given, Bars(tempo).count(window.notes), silent, params, rng)
        notes = self._played(made, window.notes, given, tempo)
        near = [note for note in notes if note.end_s > window.start_s and note.start_s < end_s]
        roll = notes_to_roll(near, grid.frame_rate, grid.frames, self.info.tracks, window.start_s)
        over = (tempo.beat_at(window.start_s) - Bars(tempo).origin) * COARSE
        return replace(window, roll=roll, state=replace(made, notes=tuple(n for n in made.notes if n.end > over)))

    def _next(
        self, made: Made, clip: list[StepNote], given: int, bars: int, silent: frozenset[int], params: Values,
        rng: np.random.Generator,
    ) -> Made:
        """One more window of everybody."""
        first, end = made.windows * COARSE_STEPS, bars * BEATS_PER_BAR * COARSE  # of the clip
        latents, known, notes = made.latents.copy(), made.known.copy(), list(made.notes)
        begin = self.begins[int(rng.integers(len(self.begins)))] if not made.windows and not clip else None
        heard = [note for note in clip if first <= note.start < first + COARSE_STEPS]
        for player in ORDER:
            hears, drawn = player == given and first < end, False
            if hears and heard:
                latents[player], known[player] = self._encoded(player, heard, first, made.semitones), True
            elif not hears or player == PIANO:
                own = None if begin is None or np.isnan(begin[player]).any() else begin[player]
                latents[player] = self._drawn(player, latents, known, params, rng) if own is None else own
                drawn, known[player] = own is None, True
            if player not in silent and self.config.knows(player):
                fresh = self._notes(player, latents[player], drawn, first, made.semitones)
                notes += [note for note in fresh if player != given or note.start >= end]
        return Made(made.windows + 1, latents, known, tuple(sorted(notes)), made.semitones)

    def _encoded(self, player: int, notes: list[StepNote], first: int, semitones: int) -> np.ndarray:
        if player != DRUMS:
            notes = moved(notes, semitones)
        planes = torch.from_numpy(of_notes(notes, first, player == DRUMS))[None].to(self.device)
        return np.asarray(self.coders.encode(player, planes)[0].cpu().numpy())

    def _drawn(
        self, player: int, latents: np.ndarray, known: np.ndarray, params: Values, rng: np.random.Generator
    ) -> np.ndarray:
        """What a player could play after his last window, to what the piano plays now."""
        count = CANDIDATES if player not in (PIANO, DRUMS) and known[PIANO] else 1
        chance = rng.random(count, dtype=np.float32)
        noise = rng.standard_normal((count, latents.shape[1]), dtype=np.float32)
        inputs = [latents[player]] if player == PIANO else [latents[player], latents[PIANO]]
        there = [known[player]] if player == PIANO else [known[player], known[PIANO]]
        mixture = self.nexts.net(player)(
            torch.from_numpy(np.stack(inputs))[None].repeat(count, 1, 1).to(self.device),
            torch.tensor([there], dtype=torch.float32, device=self.device).repeat(count, 1),
        )
        bold = self.config.boldness[player] if self.config.boldness else 1.0
        drawn = mixture.draw(
            float(params["temperature"]) * bold, torch.from_numpy(chance).to(self.device),
            torch.from_numpy(noise).to(self.device),
        )  # fmt: skip
        best = self._fitting(player, drawn, latents[PIANO]) if count > 1 else 0
        return np.asarray(drawn[best].float().cpu().numpy())

    def _fitting(self, player: int, drawn: Tensor, piano: np.ndarray) -> int:
        """The number of the window, out of some of a player's, that is most in harmony with the piano's."""
        said = self.coders.decode(player, drawn)[:, 0] > self.config.threshold(player, drawn=True)
        heard = torch.from_numpy(piano)[None].to(self.device)
        under = self.coders.decode(PIANO, heard)[:, 0] > self.config.threshold(PIANO, drawn=False)
        return int(harmony(said.cpu().numpy(), under[0].cpu().numpy()).argmax())

    def _notes(self, player: int, latent: np.ndarray, drawn: bool, first: int, semitones: int) -> list[StepNote]:
        """What a player plays in a window."""
        logits = self.coders.decode(player, torch.from_numpy(latent)[None].to(self.device))[0]
        found = notes_of(logits.cpu().numpy(), self.config.threshold(player, drawn), first)
        if player == DRUMS:
            found = [replace(note, length=COARSE // 4) for note in found if note.pitch in GM_DRUMS]
        else:
            found = moved(found, -semitones)
        return [replace(note, voice=player) for note in found]

    def _semitones(self, clip: Notes, given: int, wanted: str, rng: np.random.Generator) -> int:
        """By which the networks are to hear music moved: from the key that is wished, the clip's, or any."""
        if wanted != ANY:
            return to_white_keys(number_of(wanted))
        if clip and given != DRUMS:
            return to_white_keys(key_of(pitch_classes(clip)))
        return to_white_keys(int(rng.integers(len(KEYS))))

    def _played(self, made: Made, clip: Notes, given: int, tempo: TempoMap) -> Notes:
        """Everybody's notes in seconds, the clip's as they are."""
        origin = Bars(tempo).origin
        notes = [replace(note, track=given) for note in clip]
        for note in made.notes:
            start_s, end_s = (tempo.second_at(origin + step / COARSE) for step in (note.start, note.end))
            notes.append(Note(start_s, end_s, note.pitch, velocity(note.start, BEATS_PER_BAR, COARSE), note.voice))
        return tuple(sorted(notes))


def harmony(windows: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(windows,) 0..1: how much the pitch classes of each are those of another player's, half a bar at a time.

    Args:
        windows: (windows, STEPS, 128) what sounds; of who never plays, 0. other: (STEPS, 128).
    """
    one, two = _classes(windows), _classes(other[None])
    lengths = np.linalg.norm(one, axis=-1) * np.linalg.norm(two, axis=-1)
    alike = (one * two).sum(axis=-1) / np.maximum(lengths, 1e-9)
    counted = lengths > 0
    return np.asarray(alike.sum(axis=-1) / np.maximum(1, counted.sum(axis=-1)))


def _classes(windows: np.ndarray) -> np.ndarray:
    """(windows, half bars, 12) for how long each pitch class sounds."""
    halves = windows.reshape(len(windows), 2 * BARS, -1, PITCHES).sum(axis=2).astype(np.float64)
    return np.stack([halves[..., first::12].sum(axis=-1) for first in range(12)], axis=-1)


def moved(notes: list[StepNote], semitones: int) -> list[StepNote]:
    """The same music higher; what would leave MIDI's keys is left out."""
    return [replace(note, pitch=note.pitch + semitones) for note in notes if 0 <= note.pitch + semitones < PITCHES]


def silent_players(params: Values) -> frozenset[int]:
    """Who is to be silent.

    Raises:
        BadParameter: a name that is nobody's, or all players.
    """
    words = [word.strip().lower() for word in str(params["without"]).split(",") if word.strip()]
    for word in words:
        if word not in NAMES:
            raise BadParameter(f"without must name players out of {', '.join(NAMES)}, got {word}")
    if len(set(words)) == len(NAMES):
        raise BadParameter("without must leave somebody to play")
    return frozenset(NAMES.index(word) for word in words)

