"""The files that an arrangement, or a sound, is asked to become, written all or none."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.music import midi, plot, score, sound_pictures, synth, wav
from leap_models.music.audio import Samples
from leap_models.music.notes import Notes, TrackInfo
from leap_models.music.sound_pictures import Row
from leap_models.music.tempo import TempoMap
from leap_models.paths import atomic, refuse_existing
from leap_models.pipeline import Result

MIDI_SUFFIXES = (".mid", ".midi")


@dataclass(frozen=True)
class Outputs:
    """Where to write what; None: not wanted."""

    midi: Path
    preview: Path | None = None
    plot: Path | None = None
    musicxml: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those wanted."""
        return tuple(path for path in (self.midi, self.preview, self.plot, self.musicxml) if path is not None)

    def check(self, force: bool) -> None:
        """Refuse what could not be written, before any work is done.

        Raises:
            BadParameter: a name whose ending says another kind of file.
            OutputExists: something is there, and `force` is not given.
            UnwritableOutput: there is no such folder, or it is read-only.
        """
        _check_suffix("the output", self.midi, MIDI_SUFFIXES)
        _check_suffix("--preview", self.preview, (".wav",))
        _check_suffix("--plot", self.plot, (".png",))
        _check_suffix("--musicxml", self.musicxml, (".musicxml", ".xml"))
        _check_paths(self.paths, force)

    def write(self, result: Result, title: str) -> None:
        """Write them all; when one fails, none is left.

        Raises:
            UnwritableOutput: one cannot be written.
        """
        with ExitStack() as stack:
            midi.write(stack.enter_context(_atomic(self.midi)), result.notes, result.tempo, pedals=result.pedals)
            if self.preview is not None:
                synth.write(stack.enter_context(_atomic(self.preview)), result.notes, result.pedals)
            if self.plot is not None:
                plot.write(stack.enter_context(_atomic(self.plot)), result.notes, result.tempo, title)
            if self.musicxml is not None:
                score.write(stack.enter_context(_atomic(self.musicxml)), result.notes, result.tempo, title)


@dataclass(frozen=True)
class Extras:
    """What is written of music beside its .mid: how it sounds, and its score; None: not wanted."""

    preview: Path | None = None
    musicxml: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those wanted."""
        return tuple(path for path in (self.preview, self.musicxml) if path is not None)

    def numbered(self, number: int) -> "Extras":
        """The same for one of several takes."""
        return Extras(*(path and path.with_stem(f"{path.stem}-{number}") for path in (self.preview, self.musicxml)))

    def write(self, notes: Notes, tempo: TempoMap, title: str, instruments: Sequence[TrackInfo]) -> None:
        """Write both; when one fails, none is left.

        Args:
            instruments: one for each track of a band; (): the hands of a piano.

        Raises:
            UnwritableOutput: one cannot be written.
        """
        with ExitStack() as stack:
            if self.preview is not None:
                synth.write(stack.enter_context(_atomic(self.preview)), notes, instruments=instruments)
            if self.musicxml is not None:
                score.write(stack.enter_context(_atomic(self.musicxml)), notes, tempo, title, instruments)


def add_extras(parser: argparse.ArgumentParser) -> None:
    """Their flags."""
    parser.add_argument("--preview", metavar="OUT.wav", help="also write how it sounds")
    parser.add_argument("--musicxml", metavar="OUT.musicxml", help="also write it as a score")


def extras(arguments: argparse.Namespace) -> Extras:
    """What `add_extras` was told.

    Raises:
        BadParameter: a name whose ending says another kind of file.
    """
    found = Extras(*(Path(path) if path else None for path in (arguments.preview, arguments.musicxml)))
    _check_suffix("--preview", found.preview, (".wav",))
    _check_suffix("--musicxml", found.musicxml, (".musicxml", ".xml"))
    return found


@dataclass(frozen=True)
class Sounds:
    """The same for sound: where to write what; None: not wanted."""

    wav: Path
    plot: Path | None = None

    @property
    def paths(self) -> tuple[Path, ...]:
        """Those wanted."""
        return tuple(path for path in (self.wav, self.plot) if path is not None)

    def check(self, force: bool) -> None:
        """Refuse what could not be written, before any work is done.

        Raises:
            As `Outputs.check`.
        """
        _check_suffix("the output", self.wav, (".wav",))
        _check_suffix("--plot", self.plot, (".png",))
        _check_paths(self.paths, force)

    def write(self, channels: Sequence[Samples], sample_rate: int, rows: Sequence[Row]) -> None:
        """Write both; when one fails, none is left.

        Args:
            channels: one, or the left and the right.

        Raises:
            UnwritableOutput: one cannot be written.
        """
        with ExitStack() as stack:
            samples = channels[0] if len(channels) == 1 else np.stack(channels, axis=1)
            wav.write(stack.enter_context(_atomic(self.wav)), samples, sample_rate)
            if self.plot is not None:
                sound_pictures.write(stack.enter_context(_atomic(self.plot)), rows)


def say(warnings: Sequence[str], paths: Sequence[str | None]) -> None:
    """Tell what a person should know, and where the files are."""
    for warning in warnings:
        print(f"leap-bridge: warning: {warning}", file=sys.stderr)
    for path in paths:
        if path is not None:
            print(path)


@contextmanager
def _atomic(path: Path) -> Iterator[Path]:
    """`paths.atomic`, whose errors name the file that was asked for, not the unfinished one."""
    unfinished = path
    try:
        with atomic(path) as unfinished:
            yield unfinished
    except UnwritableOutput as error:
        raise UnwritableOutput(str(error).replace(str(unfinished), str(path))) from error


def _check_suffix(what: str, path: Path | None, allowed: tuple[str, ...]) -> None:
    if path is not None and path.suffix.lower() not in allowed:
        raise BadParameter(f"{what} must end in {' or '.join(allowed)}, got {path.name}")


def _check_paths(paths: Sequence[Path], force: bool) -> None:
    if len(set(paths)) < len(paths):
        raise BadParameter("every output must have a name of its own")
    for path in paths:
        refuse_existing(path, force)
        if path.is_dir() or not path.parent.is_dir() or not os.access(path.parent, os.W_OK):
            raise UnwritableOutput(f"cannot write {path}: {_obstacle(path)}")


def _obstacle(path: Path) -> str:
    if path.is_dir():
        return "it is a folder"
    if not path.parent.is_dir():
        return f"there is no folder {path.parent}"
    return f"the folder {path.parent} is read-only"
