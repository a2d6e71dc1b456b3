"""MuseGAN as a model: phrases of a few bars, one after the other, laid on the beat."""

import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.errors import BadParameter
from leap_models.families.musegan import ANY, NO_SEED, config, describe
from leap_models.families.musegan.binarise import Method, cells_of, least_for, levels_for
from leap_models.families.musegan.config import MuseGanConfig
from leap_models.families.musegan.generator import told
from leap_models.families.musegan.latents import between
from leap_models.families.musegan.listener import Listener
from leap_models.families.musegan.phrase import (
    DRUM_TRACKS,
    Cells,
    StepNote,
    consolidate,
    draw,
    hushed,
    off_steps,
    on_steps,
    read,
    spared,
    transposed,
)
from leap_models.families.musegan.walk import Trail, Walk, into_key, root_of
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.keys import NAMES as KEYS
from leap_models.music.keys import key_of, number_of, pitch_classes, to_white_keys
from leap_models.music.notes import Notes
from leap_models.music.players import NAMES
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap

AT_ONCE = 4  # phrases in one call of the networks: more do not fit into a processor's cache
_ACCENTS, _CHANCE, _KEY = 1, 2, 3  # purposes of chance, besides latents


@dataclass(frozen=True, eq=False)
class Made:
    """The music so far. Steps count from the first bar line.

    Args:
        root, other_root: of the take, and of the one it goes towards.
        phrases: how many are made.
        semitones: by which all phrases are moved, into the key.
        notes: with velocities; what ended before the last window is left out.
    """

    root: int
    other_root: int
    phrases: int
    semitones: int
    trail: Trail
    notes: tuple[tuple[StepNote, int], ...]


log = logging.getLogger(__name__)


class MuseGan:
    """See `leap_models.interface.Model`."""

    def __init__(
        self, generator: nn.Module, sizes: MuseGanConfig, refiner: nn.Module | None = None, device: str = "cpu",
        judge: nn.Module | None = None, hearer: Listener | None = None,
    ) -> None:  # fmt: skip
        self.info: ModelInfo = describe()
        self.config, self.device = sizes, device
        self.generator = generator.to(device).eval()
        self.refiner = None if refiner is None else refiner.to(device).eval()
        self.judge = None if judge is None else judge.to(device).eval()
        self.hearer = None if hearer is None else hearer.to(device).eval()
        self.size = sizes.latents.size(sizes.shape)

    @classmethod
    def load(cls, folder: Path, device: str) -> "MuseGan":
        """From a checkpoint folder.

        Raises:
            DamagedWeights: something is missing, or not what model.json says.
        """
        found = checkpoint.load(folder, device)
        sizes = from_dict(MuseGanConfig, found.card.config)
        generator, refiner = config.generator(sizes), config.refiner(sizes)
        checkpoint.fill(generator, found.part("generator"), folder)
        if not sizes.refined_levels.factors:
            refiner = None  # it was not taught
        if refiner is not None:
            checkpoint.fill(refiner, found.part("refiner"), folder)
        judge = config.discriminator(sizes) if sizes.judged else None
        if judge is not None:
            checkpoint.fill(judge, found.part("discriminator"), folder)
        hearer = Listener(sizes) if sizes.hears else None
        if hearer is not None:
            checkpoint.fill(hearer, found.part("hearer"), folder)
        return cls(generator, sizes, refiner, device, judge, hearer)

    def ticks(self, params: Values) -> int:  # noqa: ARG002
        """One a window."""
        return 1

    @torch.inference_mode()
    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`.

        Raises:
            BadParameter: the tempo is not in the metre of the phrases, or the weights cannot do what is asked.
        """
        tick()
        grid, shape = self.info.grid, self.config.shape
        tempo = window.tempo or TempoMap.steady(float(params["bpm"]), shape.beats_per_bar)
        if tempo.beats_per_bar != shape.beats_per_bar:
            raise BadParameter(f"the metre must be {shape.beats_per_bar}/4, got {tempo.beats_per_bar} beats a bar")
        made = previous.state if previous is not None and isinstance(previous.state, Made) else None
        if made is None:
            made = self._begin(window.notes, params, rng)
        end_s, origin = window.start_s + grid.window_s, Bars(tempo).origin
        needed = (tempo.beat_at(end_s) - origin) * shape.steps_per_beat
        if not window.notes:
            needed = min(needed, int(params["bars"]) * shape.steps)  # music from nothing is no longer
        while made.phrases * shape.bars * shape.steps < needed:
            made = self._next(made, params, window.notes, tempo)
        notes = off_steps(made.notes, tempo, origin, shape.steps_per_beat)
        notes += self._given(window.notes, params)
        near = [note for note in notes if note.end_s > window.start_s and note.start_s < end_s]
        roll = notes_to_roll(near, grid.frame_rate, grid.frames, self.info.tracks, window.start_s)
        over = (tempo.beat_at(window.start_s) - origin) * shape.steps_per_beat
        still = tuple(each for each in made.notes if each[0].start + each[0].length > over - shape.steps_per_beat)
        return replace(window, roll=roll, state=replace(made, notes=still))

    def takes(
        self, latents: np.ndarray, params: Values, given: Cells | None = None, chance: np.random.Generator | None = None
    ) -> Cells:
        """(phrases, bars, steps, pitches, tracks) of latents (phrases, size), without crumbs.

        Args:
            given: (bars, steps, pitches, tracks): the part `track` of it is accompanied, and stays as it is.
            chance: for cells that are turned on by chance.
        """
        method, chance = self._method(str(params["cells"])), chance or np.random.default_rng(0)
        track = NAMES.index(str(params["track"]))
        if given is not None:
            latents = self.tuned(latents, given, track)
        parts = [
            self._cells(part, None if given is None else self._told(given, track, len(part)), method,
                        float(params["density"]), chance)
            for part in _chunks(latents)
        ]  # fmt: skip
        found = consolidate(np.concatenate(parts), spared(self.config.shape))
        log.debug("%d holes filled, %d crumbs dropped in %d phrases", found.filled, found.dropped, len(latents))
        if given is not None:
            found.cells[..., track] = given[..., track]
        return found.cells

    def tuned(self, latents: np.ndarray, given: Cells, track: int) -> np.ndarray:
        """Latents drawn by chance, moved to where phrases lie whose track may be the given one."""
        if self.hearer is None:
            return latents
        heard = self.hearer(self._told(given, track, 1))
        made = heard.mean + torch.exp(0.5 * heard.spread) * torch.from_numpy(latents).float().to(self.device)
        found: np.ndarray = (made @ self.hearer.straight).detach().cpu().numpy().astype(np.float64)
        return found

    def walk(self, root: int, change: float, candidates: int) -> Walk:
        """A take's phrases, chosen by the judge if there is one."""
        return Walk(root, self.size, change, candidates, None if self.judge is None else self._judged)

    def _judged(self, cells: Cells) -> np.ndarray:
        """(phrases,) how much each is like music."""
        assert self.judge is not None
        parts = [self.judge(torch.from_numpy(part).to(self.device) * 2.0 - 1.0) for part in _chunks(cells)]
        return np.asarray(torch.cat(parts).mean(dim=1).cpu().numpy())

    def _begin(self, notes: Notes, params: Values, rng: np.random.Generator) -> Made:
        towards = int(params["towards"])
        other = root_of(np.random.default_rng([towards, 0])) if towards != NO_SEED else NO_SEED
        root = root_of(rng)
        return Made(root, other, 0, self._away(root, notes, params), Trail(), ())

    def _away(self, root: int, notes: Notes, params: Values) -> int:
        """The semitones from the networks' one key to the clip's, or to the one that is wished, or to any."""
        if not self.config.one_key:
            return 0
        key = int(np.random.default_rng([root, 0, _KEY]).integers(len(KEYS)))
        if notes and NAMES.index(str(params["track"])) not in DRUM_TRACKS:
            key = key_of(pitch_classes(notes))
        elif params["key"] != ANY:
            key = number_of(str(params["key"]))
        return -to_white_keys(key)

    def _next(self, made: Made, params: Values, notes: Notes, tempo: TempoMap) -> Made:
        """Make the next phrase."""
        shape, number = self.config.shape, made.phrases
        given = None
        if notes:
            given = transposed(self._given_cells(notes, tempo, number, params), -made.semitones)
        own, cells, trail = self._cells_on_the_way(made, params, given)
        semitones = made.semitones
        if number == 0 and given is None and params["key"] != ANY and not self.config.one_key:
            semitones = into_key(cells, number_of(str(params["key"])))
        cells = transposed(cells, semitones)
        if given is not None:
            cells[..., NAMES.index(str(params["track"]))] = False  # the part itself comes as it was
        first = number * shape.bars * shape.steps
        played = self.config.accents.play(read(cells, shape, first), shape.steps, own.chance(number, _ACCENTS))
        return replace(made, phrases=number + 1, semitones=semitones, trail=trail, notes=(*made.notes, *played))

    def _cells_on_the_way(self, made: Made, params: Values, given: Cells | None) -> tuple[Walk, Cells, Trail]:
        """A phrase of this take, or between it and the one it goes towards."""
        number = made.phrases
        change, candidates = float(params["change"]), int(params["candidates"])

        def play(latents: np.ndarray) -> Cells:
            return self.takes(latents, params, given, own.chance(number, _CHANCE))

        own = self.walk(made.root, change, candidates)
        step = own.next(number, made.trail.own, play, given)
        if made.other_root == NO_SEED:
            return own, step.cells, Trail(step)
        other = self.walk(made.other_root, change, candidates).next(number, made.trail.other, play, given)
        latents = between(step.latents, other.latents, float(params["position"]), str(params["mode"]))
        return own, play(latents[None])[0], Trail(step, other)

    def _cells(
        self, latents: np.ndarray, heard: Tensor | None, method: Method, density: float, rng: np.random.Generator
    ) -> Cells:
        z = torch.from_numpy(latents.astype(np.float32)).to(self.device)
        logits: Tensor = self.generator(z, heard)
        known = self.config.levels
        if method == "refined" and self.refiner is not None:
            logits, known = self.refiner(logits), self.config.refined_levels
        levels = levels_for(known, density, self.config.shape.tracks)
        return hushed(cells_of(logits, levels, method, rng, self.config.hold), least_for(self.config.least, density))

    def _method(self, wanted: str) -> Method:
        if wanted == "refined" and self.refiner is None:
            raise BadParameter("cells must be best, hard or bernoulli with these weights, which have no refiner")
        if wanted == "best":
            return "hard" if self.refiner is None else "refined"
        return "bernoulli" if wanted == "bernoulli" else "refined" if wanted == "refined" else "hard"

    def _told(self, given: Cells, track: int, count: int) -> Tensor:
        """What the encoder sees of a given part."""
        cells = torch.from_numpy(given[None]).to(self.device)
        return told(cells, torch.tensor([track], device=self.device)).expand(count, *given.shape)

    def _given_cells(self, notes: Notes, tempo: TempoMap, number: int, params: Values) -> Cells:
        """The given part in a phrase."""
        shape, track = self.config.shape, NAMES.index(str(params["track"]))
        if track not in self.config.given:
            able = ", ".join(NAMES[each] for each in self.config.given) or "nobody"
            raise BadParameter(f"these weights can accompany {able}, got {params['track']}")
        own = [replace(note, track=track) for note in notes]
        steps = on_steps(own, tempo, Bars(tempo).origin, shape.steps_per_beat)
        return draw(steps, shape, shape.bars, number * shape.bars * shape.steps)

    def _given(self, notes: Notes, params: Values) -> Notes:
        track = NAMES.index(str(params["track"]))
        return tuple(replace(note, track=track) for note in notes)


def _chunks(latents: np.ndarray) -> list[np.ndarray]:
    return [latents[at : at + AT_ONCE] for at in range(0, len(latents), AT_ONCE)]


