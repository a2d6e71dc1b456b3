"""Following the beat of a recording that was followed before."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from leap_models.memory import Memory, Part
from leap_models.music.audio import Samples
from leap_models.music.beat_clarity import BeatClarity
from leap_models.music.tempo import TempoMap

_ANCHOR_BYTES = 160


class Follower(Protocol):
    """Blocks of a recording in, its tempo out; see `leap_models.music.beats.BeatTracker`."""

    def push(self, samples: Samples) -> TempoMap:
        """Take the next samples; give the map as far as it is known."""

    def finish(self) -> TempoMap:
        """The recording ends here; give the whole map."""

    @property
    def clarity(self) -> BeatClarity:
        """How clear the beat is, as far as the map is known; it may outlive the follower."""
        ...


def follower(memory: Memory, part: Part, make: Callable[[], Follower]) -> Follower:
    """Who follows the beat of a recording: from memory if it was followed to its end before, else `make()`.

    Args:
        part: of which sound; the same one must come in the same blocks.
    """
    known = memory.get(("beats", part.key), _Followed)
    return _Again(known) if known is not None else _Noting(make(), memory, part)


@dataclass(frozen=True)
class _Followed:
    """What a follower said, block by block, and how clear it was."""

    maps: tuple[TempoMap, ...]
    clarity: BeatClarity


@dataclass
class _Again:
    """Says what was said."""

    followed: _Followed
    _next: int = 0

    def push(self, samples: Samples) -> TempoMap:  # noqa: ARG002
        self._next += 1
        maps = self.followed.maps
        return maps[min(self._next, len(maps)) - 1]

    def finish(self) -> TempoMap:
        return self.followed.maps[-1]

    @property
    def clarity(self) -> BeatClarity:
        return self.followed.clarity


@dataclass
class _Noting:
    """Follows, and notes what it says."""

    follower: Follower
    memory: Memory
    part: Part
    _maps: list[TempoMap] = field(default_factory=list)

    def push(self, samples: Samples) -> TempoMap:
        return self._note(self.follower.push(samples))

    def finish(self) -> TempoMap:
        tempo = self._note(self.follower.finish())
        size = sum(len(each.anchors) for each in {id(each): each for each in self._maps}.values())
        if self.part.unchanged():
            followed = _Followed(tuple(self._maps), self.clarity)
            self.memory.put(("beats", self.part.key), followed, _ANCHOR_BYTES * size + 100)
        return tempo

    @property
    def clarity(self) -> BeatClarity:
        return self.follower.clarity

    def _note(self, tempo: TempoMap) -> TempoMap:
        """Most blocks change nothing, so that one map is kept for many."""
        self._maps.append(self._maps[-1] if self._maps and self._maps[-1] == tempo else tempo)
        return self._maps[-1]
