"""One piano made another: an equaliser and a room that are the same for a target and its reference.

A few dozen pianos are few to learn timbre from; with these there is no end of them.
"""

from dataclasses import dataclass

import numpy as np
from scipy import fft

from leap_models.training.timbre_pianos import Room
from leap_models.training.timbre_render import RATE, room_response

BEFORE_S = 1.5  # of what is heard before a stretch, for the room
LOW_HZ, HIGH_HZ, KNOTS = 50.0, 12_000.0, 7  # of the equaliser, evenly spaced in octaves
MOST_DB = 5.0  # standard deviation at a knot
TAPS = 1024  # of the equaliser


@dataclass(frozen=True)
class Variation:
    """What a piano goes through.

    Args:
        response: (taps,); empty changes nothing.
    """

    response: np.ndarray

    @property
    def nothing(self) -> bool:
        """Whether sounds stay as they are."""
        return not len(self.response)

    def __call__(self, sound: np.ndarray) -> np.ndarray:
        """(BEFORE_S and a stretch,) -> (the stretch,)."""
        before = round(BEFORE_S * RATE)
        if self.nothing:
            return sound[before:]
        size = fft.next_fast_len(len(sound) + len(self.response) - 1, real=True)
        heard = fft.irfft(fft.rfft(sound, size) * fft.rfft(self.response.astype(np.float32), size), size)
        return np.asarray(heard[before + TAPS // 2 : len(sound) + TAPS // 2], np.float32)


NOTHING = Variation(np.zeros(0))


def drawn(rng: np.random.Generator) -> Variation:
    """Any equaliser, and in half of all cases a room; as loud on the whole as nothing."""
    hz = np.fft.rfftfreq(TAPS, 1.0 / RATE)
    knots = np.geomspace(LOW_HZ, HIGH_HZ, KNOTS)
    gain_db = np.interp(np.log(np.maximum(hz, 1.0)), np.log(knots), rng.normal(0, MOST_DB, KNOTS))
    even = np.fft.irfft(10.0 ** ((gain_db - gain_db[(hz > 100) & (hz < 1500)].mean()) / 20.0))
    response = np.roll(even, TAPS // 2) * np.hanning(TAPS)
    if rng.random() < 0.5:
        room = Room(float(rng.uniform(0.15, 1.2)), float(rng.uniform(0.03, 0.3)), float(rng.uniform(1500, 8000)))
        response = np.convolve(response, room_response(room, rng))
    return Variation(response)
