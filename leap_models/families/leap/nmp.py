"""The note network of Basic Pitch as a torch module, on a CPU or a GPU, in batches.

A constant-Q transform of 2 s of audio, eight harmonics stacked, and 17 thousand convolution weights give the
likelihood of onsets, notes and pitch contours. Trained by Spotify on real recordings of many instruments and voices
(Bittner et al. 2022; weights Apache-2.0, see NOTICE). Numbers are those of the published network `nmp.onnx`, which a
test compares this with.

Conventions: 22 050 Hz mono in -1..1; 256 samples a frame; contour bin 3 k + 1 is not centred on key k: bin 3 k is.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

SAMPLE_RATE = 22_050
HOP = 256
SAMPLES = 43_844  # the window that the network was trained on: 2 s less one hop
FRAMES = 172  # frames of that window
KEYS = 88
CONTOURS = 264  # three bins a semitone
BINS = 309  # bins of the transform: 8.6 octaves from 27.5 Hz
BINS_PER_OCTAVE = 36
OCTAVES = 9
TAPS = 256  # length of the transform's kernels and of its half-band filter
HARMONIC_SHIFTS = (-36, 0, 36, 57, 72, 84, 93, 101)  # bins from a pitch to 1/2, 1, 2 .. 7 times its frequency


@dataclass(frozen=True)
class NoteLikelihood:
    """What the network hears, 0..1. `stack` is what it hears it in: the normalised harmonic transform."""

    onset: Tensor  # (batch, frames, 88)
    note: Tensor  # (batch, frames, 88)
    contour: Tensor  # (batch, frames, 264)
    stack: Tensor  # (batch, 8, frames, 264)


class Nmp(nn.Module):
    """Basic Pitch's network. (batch, 43 844 samples) -> NoteLikelihood of 172 frames."""

    kernel_real: Tensor
    kernel_imaginary: Tensor
    half_band: Tensor
    root_length: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("kernel_real", torch.zeros(BINS_PER_OCTAVE, 1, TAPS))
        self.register_buffer("kernel_imaginary", torch.zeros(BINS_PER_OCTAVE, 1, TAPS))
        self.register_buffer("half_band", torch.zeros(1, 1, TAPS))
        self.register_buffer("root_length", torch.zeros(BINS))
        self.gain = nn.Parameter(torch.ones(2))  # of the transform's batch norm: factor, offset
        self.contour_in = nn.Conv2d(8, 8, (3, 39), padding=(1, 19))
        self.contour_out = nn.Conv2d(8, 1, 5, padding=2)
        self.note_in = nn.Conv2d(1, 32, 7, stride=(1, 3), padding=(3, 2))
        self.note_out = nn.Conv2d(32, 1, (7, 3), padding=(3, 1))
        self.onset_in = nn.Conv2d(8, 32, 5, stride=(1, 3), padding=(2, 1))
        self.onset_out = nn.Conv2d(33, 1, 3, padding=1)

    def forward(self, samples: Tensor) -> NoteLikelihood:
        return self.hear(self.loudness(samples))

    def hear(self, loudness: Tensor) -> NoteLikelihood:
        """(batch, 309, frames) of the transform -> likelihoods of its frames."""
        stack = self.harmonics(loudness)
        stack = stack.contiguous(memory_format=torch.channels_last)  # five times faster in the widest convolution
        contour = torch.sigmoid(self.contour_out(torch.relu(self.contour_in(stack))))
        note = torch.sigmoid(self.note_out(torch.relu(self.note_in(contour))))
        heard = torch.relu(self.onset_in(stack))
        onset = torch.sigmoid(self.onset_out(torch.cat([note, heard], dim=1)))
        return NoteLikelihood(onset[:, 0], note[:, 0], contour[:, 0], stack)

    def loudness(self, samples: Tensor) -> Tensor:
        """(batch, samples) -> (batch, 309, frames): the transform in dB, each window's range scaled to 0..1."""
        octaves = []
        signal = samples[:, None]
        for octave in range(OCTAVES):
            padded = functional.pad(signal, (TAPS // 2, TAPS // 2), mode="reflect")
            hop = HOP >> octave
            real = functional.conv1d(padded, self.kernel_real, stride=hop)
            imaginary = functional.conv1d(padded, self.kernel_imaginary, stride=hop)
            octaves.append(real.square() + imaginary.square())
            if octave + 1 < OCTAVES:
                signal = functional.conv1d(functional.pad(signal, (127, 127)), self.half_band, stride=2)
        power = torch.cat(octaves[::-1], dim=1)[:, -BINS:] * self.root_length[:, None].square()
        decibel = 10.0 * torch.log10(power + 1e-10)
        lowest = decibel.amin(dim=(1, 2), keepdim=True)
        span = (decibel - lowest).amax(dim=(1, 2), keepdim=True)
        return torch.where(span == 0, 0.0, (decibel - lowest) / span.clamp(min=1e-12))

    def harmonics(self, loudness: Tensor) -> Tensor:
        """(batch, 309, frames) -> (batch, 8, frames, 264): at each pitch, its half to its seventh harmonic."""
        scaled = loudness.transpose(1, 2) * self.gain[0] + self.gain[1]
        shifted = []
        for shift in HARMONIC_SHIFTS:
            above = scaled[..., max(0, shift) :]
            shifted.append(functional.pad(above, (max(0, -shift), max(0, shift)))[..., :CONTOURS])
        return torch.stack(shifted, dim=1)
