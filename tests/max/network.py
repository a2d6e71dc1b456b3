"""A network that loses, doubles and swaps packets."""

import random


class Network:
    """What happens to packets on their way. Shares of them."""

    def __init__(self, lost: float = 0.0, doubled: float = 0.0, swapped: float = 0.0, seed: int = 1) -> None:
        self._shares, self._chance = (lost, doubled, swapped), random.Random(seed)
        self._held: dict[object, object] = {}
        self.losses = 0

    def passes(self, way: object, packet: object) -> list:
        """What arrives of a packet, and when it does of the one that was held back before."""
        lost, doubled, swapped = self._shares
        fate = self._chance.random()
        if fate < lost:
            self.losses += 1
            return []
        if fate < lost + swapped and way not in self._held:
            self._held[way] = packet
            return []
        copies = [packet] * (2 if fate > 1.0 - doubled else 1)
        return copies + ([self._held.pop(way)] if way in self._held else [])
