"""What stands beside timbre transfer when it is measured: other ways of playing the notes as a piano that is known
from a recording alone.

    timbre                                the trained network, which hears the reference
    no timbre vector                      the same with the mean vector of the training pianos
    plain FluidR3                         what one would use who has heard nothing
    FluidR3 with the reference's spectrum the same through an equaliser
    nearest training piano                that plays the notes itself; nearest by its mean mel bands
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from leap_models import checkpoint
from leap_models.config import from_dict
from leap_models.families.timbre.config import TimbreConfig, build
from leap_models.families.timbre.score import RATE as FRAME_RATE
from leap_models.families.timbre.score import as_tensors, score_frames
from leap_models.training import timbre_data, timbre_measures
from leap_models.training.timbre_data import Recordings
from leap_models.training.timbre_measures import Centroids
from leap_models.training.timbre_pianos import PLAIN, of_split
from leap_models.training.timbre_render import RATE, Played

REFERENCE_S = 8.0
OURS, MEAN_VECTOR = "timbre", "no timbre vector"
FLUID, EQUALISED, NEAREST = "plain FluidR3", "FluidR3 with the reference's spectrum", "nearest training piano"


@dataclass(frozen=True)
class Case:
    """What is asked: a passage as a piano plays it that is known from another passage."""

    piano: str
    passage: str
    reference: str


class Trained:
    """A trained network, and how long it takes."""

    def __init__(self, weights: Path) -> None:
        found = checkpoint.load(weights)
        self.network = build(from_dict(TimbreConfig, found.card.config)).eval()
        checkpoint.fill(self.network, found.part("network"), weights)
        self.played_s = self.spent_s = 0.0

    @torch.inference_mode()
    def listen(self, reference: np.ndarray) -> torch.Tensor:
        """What the network needs to know of a recording."""
        return self.network.listen(torch.from_numpy(reference)[None])

    @torch.inference_mode()
    def vector(self, reference: np.ndarray) -> np.ndarray:
        """The recording's timbre."""
        return np.asarray(self.network.timbre(torch.from_numpy(reference)[None])[0].numpy())

    @torch.inference_mode()
    def play(self, music: Played, heard: torch.Tensor) -> np.ndarray:
        """(samples,) of the whole passage."""
        began_s, frames = time.perf_counter(), round(music.duration_s * FRAME_RATE)
        score = as_tensors([score_frames(music.notes, music.pedals, 0.0, frames)])
        made: np.ndarray = self.network.play(score, heard)[0].numpy()
        self.spent_s += time.perf_counter() - began_s
        self.played_s += music.duration_s
        return made


class Bench:
    """The renderings, and what each system makes of a case."""

    def __init__(self, prepared: Path, player: Trained) -> None:
        self.player, self.test = player, timbre_data.load(prepared, "test")
        train = timbre_data.load(prepared, "train")
        self.seen = [piano for piano in train.pianos if piano in self.test.pianos]
        self.unseen = [piano.name for piano in of_split("test") if piano.name in self.test.pianos]
        sounds = {piano: [train.sound(piano, each) for each in train.of(piano)] for piano in self.seen}
        self.classifier = Centroids.of(sounds)
        self.mel = {
            name: np.mean([timbre_measures.mean_mel(each) for each in mine], axis=0) for name, mine in sounds.items()
        }
        self.plain_db = timbre_measures.spectrum_db(sounds[PLAIN])
        heard = [player.listen(mine[0][: round(REFERENCE_S * RATE)]) for mine in sounds.values()]
        self.mean = torch.stack(heard).mean(dim=0) if all(each.shape == heard[0].shape for each in heard) else heard[0]

    def reference(self, case: Case) -> np.ndarray:
        """What is heard of the piano."""
        return self.test.sound(case.piano, case.reference, 0.0, REFERENCE_S)

    def truth(self, case: Case) -> np.ndarray:
        """What is wanted."""
        return self.test.sound(case.piano, case.passage)

    def ours(self, case: Case) -> np.ndarray:
        """What the network makes of it."""
        return self.player.play(self.test.passages[case.passage], self.player.listen(self.reference(case)))

    def nearest(self, case: Case) -> str:
        """The training piano whose mean mel bands are most like the reference's."""
        heard = timbre_measures.mean_mel(self.reference(case))
        others = [name for name in self.seen if name != case.piano]
        return min(others, key=lambda name: float(np.abs(self.mel[name] - heard).mean()))

    def likest(self, sound: np.ndarray, case: Case) -> str:
        """The training piano whose own rendering of the same notes a sound is nearest to, by mel."""
        apart = {
            name: timbre_measures.mel_distance_db(sound, self.test.sound(name, case.passage)) for name in self.seen
        }
        return min(apart, key=lambda name: apart[name])

    def systems(self) -> dict[str, Callable[[Case], np.ndarray]]:
        """What each makes of a case."""
        def matched(case: Case) -> np.ndarray:
            wanted_db = timbre_measures.spectrum_db([self.reference(case)])
            return timbre_measures.equalised(self.test.sound(PLAIN, case.passage), wanted_db - self.plain_db)

        return {
            OURS: self.ours,
            MEAN_VECTOR: lambda case: self.player.play(self.test.passages[case.passage], self.mean),
            FLUID: lambda case: self.test.sound(PLAIN, case.passage),
            EQUALISED: matched,
            NEAREST: lambda case: self.test.sound(self.nearest(case), case.passage),
        }


def cases(recordings: Recordings, pianos: Sequence[str], count: int) -> list[Case]:
    """So many cases, as evenly over pianos and passages as can be; the same ones each time."""
    found = []
    for place in range(count):
        piano = pianos[place % len(pianos)]
        passages = recordings.of(piano)
        turn, others = place // len(pianos) + place % len(pianos), len(passages) - 1
        target = turn % len(passages)
        reference = (target + 1 + place // len(pianos) % others) % len(passages)
        found.append(Case(piano, passages[target], passages[reference]))
    return found
