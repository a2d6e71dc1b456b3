"""What all variants share: they listen to a reference, then they play a score."""

from collections.abc import Mapping

from torch import Tensor, nn

from leap_models.families.timbre.encoder import TimbreEncoder
from leap_models.families.timbre.touch import AS_LEARNED, Touch


class Player(nn.Module):
    """(score, reference) -> audio. A score is what `score.as_tensors` gives; audio is (batch, samples).

    Args:
        hop: samples in a frame of the score.
    """

    def __init__(self, sample_rate: int, hop: int) -> None:
        super().__init__()
        self.sample_rate, self.hop = sample_rate, hop
        self.encoder = TimbreEncoder(sample_rate)

    def forward(self, score: Mapping[str, Tensor], reference: Tensor) -> Tensor:
        """(batch, samples) of the reference -> (batch, frames x hop)."""
        return self.play(score, self.listen(reference))

    def timbre(self, reference: Tensor) -> Tensor:
        """(batch, samples) -> (batch, 64)."""
        vector: Tensor = self.encoder(reference)
        return vector

    def listen(self, reference: Tensor) -> Tensor:
        """What `play` needs to know of the reference: the vector, but for `concat_skips`."""
        return self.timbre(reference)

    def play(self, score: Mapping[str, Tensor], heard: Tensor, touch: Touch = AS_LEARNED) -> Tensor:
        """(batch, frames x hop). Only partials can be touched."""
        raise NotImplementedError
