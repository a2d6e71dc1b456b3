"""Score-based generation as a model: passage after passage, each told what lies before and behind it."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.diffusion import samplers, schedule
from leap_models.diffusion.denoiser import noised
from leap_models.diffusion.inpainting import filled, filling
from leap_models.diffusion.samplers import Settings
from leap_models.diffusion.sde import END, Sde
from leap_models.families.score_sde import ANY, describe
from leap_models.families.score_sde.config import ANY_WISH, ScoreSdeConfig, build, denoiser
from leap_models.families.score_sde.network import CONDITIONS, Wishes
from leap_models.families.score_sde.passage import (
    HIGHEST_KEY,
    LENGTH,
    LOWEST_KEY,
    PITCH,
    START,
    STEPS_PER_BEAT,
    StepNotes,
    draw,
    off_steps,
    places,
    read,
)
from leap_models.families.score_sde.plan import Plan, kept, made_cells, plan
from leap_models.interface import ModelInfo, Tick, Values, Window
from leap_models.music.bars import Bars
from leap_models.music.keys import NAMES, key_of, number_of, pitch_classes, to_white_keys, transposed
from leap_models.music.notes import Notes
from leap_models.music.roll import notes_to_roll
from leap_models.music.tempo import TempoMap

MOST_PASSAGES = 3  # that a window may need; what a tick counts
FEW = 6  # notes, from which nothing is concluded


@dataclass(frozen=True)
class Made:
    """The music so far. Steps are sixteenths from the first bar line on.

    Args:
        until: everything before this step is decided.
        first: the step of the first column of `planes`.
        planes: (channels, rows, until - first) of the last passage; there may be none.
        notes: made, not those of the clip; what has ended before the last window is left out.
        semitones: by which the network sees the music moved.
        usual: density and register that the network is told where neither is wished; negative for any.
    """

    until: int
    first: int
    planes: np.ndarray
    notes: StepNotes
    semitones: int
    usual: tuple[float, float]


def _own(clip: StepNotes, semitones: int) -> tuple[float, float]:
    """Density and register of a clip, as the network is told them; of a few notes, any."""
    if len(clip) < FEW:
        return ANY_WISH
    beats = (int(clip[:, START].max()) - int(clip[:, START].min())) / STEPS_PER_BEAT + 1.0
    return len(clip) / beats, float(clip[:, PITCH].mean()) + semitones


class _Ticks:
    """So many ticks and no more, however many are needed."""

    def __init__(self, tick: Tick, count: int) -> None:
        self._tick, self._left = tick, count

    def __call__(self) -> None:
        if self._left:
            self._left -= 1
            self._tick()

    def finish(self) -> None:
        while self._left:
            self()


class ScoreSde:
    """See `leap_models.interface.Model`."""

    def __init__(self, network: nn.Module, config: ScoreSdeConfig, device: str = "cpu") -> None:
        self.info: ModelInfo = describe()
        self.network, self.config, self.device = network.to(device).eval(), config, device

    @classmethod
    def load(cls, folder: Path, device: str) -> "ScoreSde":
        """From a checkpoint folder.

        Raises:
            DamagedWeights: something is missing, or not what model.json says.
        """
        found = checkpoint.load(folder, device)
        config = from_dict(ScoreSdeConfig, found.card.config)
        network = build(config)
        checkpoint.fill(network, found.part("network"), folder)
        return cls(network, config, device)

    def ticks(self, params: Values) -> int:
        """One for each step of each passage that a window may need."""
        return MOST_PASSAGES * int(params["steps"])

    @torch.inference_mode()
    def run_window(
        self, window: Window, previous: Window | None, params: Values, rng: np.random.Generator, tick: Tick
    ) -> Window:
        """See `leap_models.interface.Model.run_window`."""
        grid, ticks = self.info.grid, _Ticks(tick, self.ticks(params))
        tempo = window.tempo or TempoMap.steady(float(params["bpm"]), int(params["beats_per_bar"]))
        wanted, bars = plan(window.notes, tempo, self.config.shape, params), Bars(tempo)
        made = previous.state if previous is not None and isinstance(previous.state, Made) else None
        if made is None:
            made = self._begin(window.notes, wanted.clip, params, rng)
        end_s = window.start_s + grid.window_s
        needed = int(np.ceil((tempo.beat_at(end_s) - bars.origin) * STEPS_PER_BEAT))
        while made.until < needed:
            made = self._next(made, wanted, needed, tempo.beats_per_bar, params, rng, ticks)
        ticks.finish()
        notes = tuple(sorted((*kept(window.notes, tempo, wanted), *off_steps(made.notes, tempo, bars.origin))))
        near = [note for note in notes if note.end_s > window.start_s and note.start_s < end_s]
        roll = notes_to_roll(near, grid.frame_rate, grid.frames, 1, window.start_s)
        over = int(np.floor((tempo.beat_at(window.start_s) - bars.origin) * STEPS_PER_BEAT))
        ended = made.notes[:, START] + made.notes[:, LENGTH] <= over
        return replace(window, roll=roll, state=replace(made, notes=made.notes[~ended]))

    def _begin(self, notes: Notes, clip: StepNotes, params: Values, rng: np.random.Generator) -> Made:
        """Nothing, in the key that is wished, else the clip's, else any; to be as dense as the clip, or as is usual."""
        shape, key = self.config.shape, int(rng.integers(len(NAMES)))
        if params["key"] != ANY:
            key = number_of(str(params["key"]))
        elif notes:
            key = key_of(pitch_classes(notes))
        nothing = np.zeros((shape.channels, shape.rows, 0), np.float32)
        semitones = to_white_keys(key) if self.config.one_key else 0
        usual = _own(clip, semitones) if notes else self.config.draw_usual(rng)
        return Made(0, 0, nothing, np.zeros((0, 4), np.int64), semitones, usual)

    def _next(
        self, made: Made, wanted: Plan, needed: int, beats_per_bar: int, params: Values, rng: np.random.Generator,
        tick: Tick,
    ) -> Made:
        """Make the next passage, unless nothing is made before `needed`."""
        shape = self.config.shape.moved(made.semitones)
        stretch = wanted.next_missing(made.until)
        if stretch is None or stretch[0] >= needed:
            return replace(made, until=needed)
        length = min(shape.steps, stretch[1] - stretch[0])
        before = shape.steps // 2 if length > 3 * shape.steps // 4 else (shape.steps - length) // 2
        first = max(0, stretch[0] - before)
        known, missing = self._known(made, wanted, first)
        wishes = self._wishes(known, missing, places(first, shape.steps, beats_per_bar), params, made)
        planes = self._sample(wishes, wanted.variation, params, rng, tick)
        heard = read(planes, shape, self.config.reading, first)
        heard = heard[(heard[:, PITCH] >= LOWEST_KEY) & (heard[:, PITCH] <= HIGHEST_KEY)]
        # A note that sounded when the last passage ended may last longer now.
        still = {(row[START], row[PITCH]) for row in made.notes.tolist() if row[START] + row[LENGTH] >= made.until}
        again = np.array([(row[START], row[PITCH]) in still for row in heard.tolist()], dtype=bool)
        fresh = np.concatenate([made_cells(heard, missing, shape, first), heard[again]])
        longer = {(row[START], row[PITCH]) for row in fresh.tolist()}
        stays = np.array([(row[START], row[PITCH]) not in longer for row in made.notes.tolist()], dtype=bool)
        notes = np.concatenate([made.notes[stays], fresh])
        return replace(made, until=first + shape.steps, first=first, planes=planes, notes=notes)

    def _known(self, made: Made, wanted: Plan, first: int) -> tuple[np.ndarray, np.ndarray]:
        """The planes of a passage as far as they are known, or varied, and the cells that are made."""
        shape = self.config.shape.moved(made.semitones)
        known, missing = draw(wanted.clip, shape, first), wanted.missing(shape, first)
        begin, end = max(first, made.first), min(first + shape.steps, made.first + made.planes.shape[-1])
        if begin < end:
            known[:, :, begin - first : end - first] = made.planes[:, :, begin - made.first : end - made.first]
        missing[:, : max(0, made.until - first)] = False
        return known, missing

    def _sample(
        self, wishes: Wishes, variation: float, params: Values, rng: np.random.Generator, tick: Tick
    ) -> np.ndarray:
        """(channels, rows, steps): the known cells as they are, the others made."""
        levels, known, gaps = self.config.levels, wishes.known, wishes.missing
        steered = any(params[name] not in (ANY, 0.0) for name in CONDITIONS)
        guidance = float(params["guidance"]) if steered else 1.0
        expect = filling(denoiser(self.network, wishes, guidance), known, gaps)
        name = str(params["sampler"])
        seeds = [int(seed) for seed in rng.integers(2**62, size=2)]
        noise = float(params["temperature"]) * samplers.gaussian(tuple(known.shape), seeds[0], known.device)
        end = 0.0 if name in samplers.TO_ZERO else END
        times = schedule.times(int(params["steps"]), start=variation, end=end).to(known.device)
        start = noised(known, noise, times[:1], levels) if variation < 1.0 else Sde(levels).prior(noise)
        made = samplers.make(name, Settings(seeds[1]))(expect, levels, start, times, tick)
        found: np.ndarray = filled(made, known, gaps)[0].cpu().numpy()
        return found

    def _wishes(
        self, known: np.ndarray, missing: np.ndarray, where: np.ndarray, params: Values, made: Made
    ) -> Wishes:
        """What the network is told, which sees the music moved."""
        def tensor(value: object) -> Tensor:
            return torch.as_tensor(value, device=self.device)[None]

        key = -1 if params["key"] == ANY else transposed(number_of(str(params["key"])), made.semitones)
        density, register = made.usual
        if params["density"] or params["register"]:
            density, register = float(params["density"]) or -1.0, float(params["register"]) or -1.0
            register = register + made.semitones if register > 0.0 else register
        return Wishes(
            known=tensor(known), missing=tensor(missing[None]), places=tensor(where), key=tensor(key),
            density=tensor(np.float32(density)), register=tensor(np.float32(register)),
        )
