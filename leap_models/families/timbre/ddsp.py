"""A piano of partials: every note in closed form, a hammer of noise, strings that answer to the pedal, a room.

What a note sounds like follows from its key, its velocity and the timbre vector, so any stretch of a piece can be
rendered by itself, and stretches fit. Sources: Engel et al. 2020 (DDSP); Renault, Mignot & Roebel 2023 (DDSP-Piano),
of which this has no recurrent part.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

from leap_models.families.timbre.additive import Stretch, render
from leap_models.families.timbre.encoder import VECTOR
from leap_models.families.timbre.noise import convolved, noises
from leap_models.families.timbre.player import Player
from leap_models.families.timbre.score import KEY, LEAD_FRAMES, LEAD_S, LINGER_S, ONSET, RELEASE, VELOCITY
from leap_models.families.timbre.touch import AS_LEARNED, Touch
from leap_models.families.timbre.voices import Struck, Voices

_HAMMER_BANDS, _HAMMER_TIMES_S, _HAMMER_S = 14, (0.015, 0.06, 0.25, 1.0), 0.5
_ROOM_BANDS, _ROOM_TIMES_S, _ROOM_S = 10, (0.06, 0.2, 0.5, 1.0, 2.0), LEAD_S - 0.05
_STRING_BANDS, _STRING_TIMES_S = 10, (1.5, 4.0)
_LIFT_FRAMES = 12  # in which dampers quiet what answered to the pedal
_FLOOR = {True: 1e-6, False: 5e-6}  # amplitude; while it learns, the quiet must be heard to grow


@dataclass(frozen=True)
class DdspSizes:
    """How large the network is.

    Args:
        partials: the most that a note has.
        width: of the network that knows what a note does.
    """

    partials: int = 80
    width: int = 256


class Ddsp(Player):
    """(score, reference) -> audio; see the module."""

    def __init__(self, sizes: DdspSizes, sample_rate: int, hop: int) -> None:
        super().__init__(sample_rate, hop)
        self.voices = Voices(sizes.partials, _HAMMER_BANDS * len(_HAMMER_TIMES_S), sizes.width)
        self.room = _quiet(_ROOM_BANDS * len(_ROOM_TIMES_S))
        self.answer = _quiet(_STRING_BANDS * len(_STRING_TIMES_S))
        room, hammer = round(_ROOM_S * sample_rate), round(_HAMMER_S * sample_rate)
        made = {
            "hammers": noises(_HAMMER_BANDS, _HAMMER_TIMES_S, hammer, sample_rate, seed=1),
            "rooms": noises(_ROOM_BANDS, _ROOM_TIMES_S, room, sample_rate, seed=2),
            "rooms_right": noises(_ROOM_BANDS, _ROOM_TIMES_S, room, sample_rate, seed=5),
            "answers": noises(_STRING_BANDS, _STRING_TIMES_S, room, sample_rate, seed=3),
            "signs": torch.randint(2, (88, len(_HAMMER_TIMES_S) * _HAMMER_BANDS), generator=_seeded(4)) * 2.0 - 1.0,
        }
        for name, value in made.items():
            self.register_buffer(name, value, persistent=False)
        self.hammers: Tensor
        self.rooms: Tensor
        self.rooms_right: Tensor
        self.answers: Tensor
        self.signs: Tensor

    def play(self, score: Mapping[str, Tensor], heard: Tensor, touch: Touch = AS_LEARNED) -> Tensor:
        """(batch, frames x hop) with the (batch, 64) vector that was heard."""
        dry = self.dry(score["strikes"], heard, score["onset"].shape[1], touch)
        gate = _samples_of(torch.cat([score["pedal_before"], score["pedal"]], dim=1), self.hop)
        strings = gate * convolved(dry * gate, self.answer(heard).exp() @ self.answers)
        direct = dry + strings
        rooms = self.rooms_right if touch.right else self.rooms
        roomy = direct + touch.room * convolved(direct, self.room(heard).exp() @ rooms)
        return roomy[:, LEAD_FRAMES * self.hop :]

    def dry(self, strikes: Tensor, vector: Tensor, frames: int, touch: Touch = AS_LEARNED) -> Tensor:
        """Strings and hammers without room and pedal, from `LEAD_S` before the first frame on.

        Args:
            strikes: (batch, count, 4); velocity 0 is no strike.
        """
        batch, blocks = len(strikes), LEAD_FRAMES + frames
        item, which = ((strikes[..., VELOCITY] > 0) & (strikes[..., RELEASE] > -LINGER_S)).nonzero(as_tuple=True)
        mine = strikes[item, which]  # of all items, one after the other
        key, velocity = mine[:, KEY].to(vector.dtype), mine[:, VELOCITY].to(vector.dtype)
        struck = self.voices(key, velocity, vector.expand(batch, VECTOR)[item], touch)
        asked = Stretch(-LEAD_S, blocks, self.hop, self.sample_rate, batch)
        ringing = render(struck.partials(item, mine, key, self.sample_rate), asked, _FLOOR[self.training])
        return ringing + self._hammered(item, mine, struck, (batch, blocks * self.hop))

    def _hammered(self, item: Tensor, strikes: Tensor, struck: Struck, shape: tuple[int, int]) -> Tensor:
        """The noise of each strike, (batch, samples)."""
        length, (batch, samples) = self.hammers.shape[1], shape
        begin_s = strikes[:, ONSET] + struck.late_s.detach() + LEAD_S
        first = (begin_s * self.sample_rate).round().long()
        inside = ((first > -length) & (first < samples)).nonzero()[:, 0]
        bursts = (struck.hammer[inside] * self.signs[strikes[inside, KEY].long()]) @ self.hammers  # (strikes, length)
        begins = item[inside] * (samples + 2 * length) + first[inside] + length  # each item has room on both sides
        place = begins[:, None] + torch.arange(length, device=strikes.device)
        made = struck.hammer.new_zeros(batch * (samples + 2 * length))
        whole = made.index_add(0, place.reshape(-1), bursts.reshape(-1)).view(batch, -1)
        return whole[:, length : length + samples]


def _quiet(noises: int) -> nn.Linear:
    """Levels of noises, logarithms: at first 40 dB below what makes them."""
    layer = nn.Linear(VECTOR, noises)
    nn.init.normal_(layer.weight, std=0.003)
    nn.init.constant_(layer.bias, -4.6)
    return layer


def _seeded(seed: int) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def _samples_of(pedal: Tensor, hop: int) -> Tensor:
    """(batch, frames) of 0 and 1 -> (batch, frames x hop), without steps."""
    padded = functional.pad(pedal[:, None], (_LIFT_FRAMES - 1, 0), mode="replicate")
    smooth = functional.avg_pool1d(padded, _LIFT_FRAMES, 1)
    return functional.interpolate(smooth, scale_factor=hop, mode="linear", align_corners=False)[:, 0]
