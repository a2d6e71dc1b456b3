"""The notes of a recording: by Transkun where it is installed, else by Basic Pitch's network, which is always here.

Transkun (Yan & Duan 2024) was trained on pianos alone, hears the pedal, and is a program of its own, which brings its
weights with it: see INSTALL. Nothing is ever fetched from here.
"""

import logging
import subprocess
import sys
import tempfile
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

import soundfile

from leap_models.errors import LeapError, MissingDependency
from leap_models.interface import Piece, Request
from leap_models.memory import Memory, part_of
from leap_models.music import audio, midi
from leap_models.music.notes import Notes, Pedal
from leap_models.params import Param
from leap_models.progress import Clock

log = logging.getLogger(__name__)
INSTALL = 'pip install transkun "setuptools<81"'  # it looks for its weights with a part that newer ones lack
TRANSKUN, BASIC_PITCH = "transkun", "basic-pitch"
READER = Param(
    "reader", "auto", choices=("auto", TRANSKUN, BASIC_PITCH),
    help="who finds the notes; auto is Transkun where it is installed, else Basic Pitch",
)  # fmt: skip
NAMES = {TRANSKUN: "Transkun", BASIC_PITCH: "Basic Pitch"}
_TRANSKUN_RATE, _BASIC_PITCH_RATE = 44_100, 22_050
_POLL_S = 0.2


@dataclass(frozen=True)
class Transcription:
    """What was found in a recording, or a part of it. Times are seconds of the recording.

    Args:
        reader: who found it: TRANSKUN or BASIC_PITCH.
    """

    notes: Notes
    pedals: tuple[Pedal, ...]
    reader: str
    warnings: tuple[str, ...] = ()


def with_notes(piece: Piece, request: Request, clock: Clock, memory: Memory | None = None) -> Piece:
    """The piece with the notes of its recording, if they are still to be found.

    Raises:
        As `find`.
    """
    return noted(piece, find(piece, request, clock, memory)) if piece.unheard else piece


def find(
    piece: Piece, request: Request, clock: Clock, memory: Memory | None = None, reader: str = "auto"
) -> Transcription:
    """The notes of a piece that is a recording, as far as the request needs them; from memory if they are known.

    Raises:
        As `transcribe`.
    """
    part = None
    if memory is not None:
        sound = replace(piece, audio=None)  # which is the reference
        part = part_of(sound, memory, request.start_s, request.end_s, reader)
        known = None if part is None else memory.get(("notes", part.key), Transcription)
        if known is not None:
            return known
    found = transcribe(piece.source, clock, request.start_s, request.end_s, reader)
    if memory is not None and part is not None and part.unchanged():
        memory.put(("notes", part.key), found, 200 * len(found.notes) + 400)
    return found


def noted(piece: Piece, found: Transcription) -> Piece:
    """The piece with the notes that were found in it, and a word about it."""
    said = f"the notes were found in the recording by {NAMES[found.reader]}, which may miss some and add others"
    return replace(
        piece, notes=found.notes, pedals=found.pedals, unheard=False, warnings=(*piece.warnings, *found.warnings, said)
    )


def earlier(found: Transcription, by_s: float) -> Transcription:
    """The same with all its times that much earlier."""
    return replace(
        found,
        notes=tuple(replace(note, start_s=note.start_s - by_s, end_s=note.end_s - by_s) for note in found.notes),
        pedals=tuple(Pedal(pedal.start_s - by_s, pedal.end_s - by_s) for pedal in found.pedals),
    )


def transcribe(
    path: Path | str, clock: Clock, start_s: float = 0.0, end_s: float | None = None, reader: str = "auto"
) -> Transcription:
    """Find the notes of a recording, or of the part between two times.

    Raises:
        UnreadableAudio: it cannot be read.
        MissingDependency: Transkun was asked for and is not installed, or does not work.
        Cancelled: somebody asked to stop.
    """
    clock.heard(0.0, 1.0)
    has_transkun = find_spec("transkun") is not None
    if reader == TRANSKUN and not has_transkun:
        raise MissingDependency(f"the reader transkun is not installed: {INSTALL}")
    if reader != BASIC_PITCH and has_transkun:
        try:
            return _by_transkun(str(path), clock, start_s, end_s)
        except MissingDependency as error:
            if reader == TRANSKUN:
                raise
            log.warning("%s; Basic Pitch takes its place", error)
    return _by_basic_pitch(str(path), clock, start_s, end_s)


def _by_basic_pitch(path: str, clock: Clock, start_s: float, end_s: float | None) -> Transcription:
    from leap_models.families.leap.transcriber import find_notes

    sound = audio.stream(path, _BASIC_PITCH_RATE, start_s, end_s)
    whole_s = min(sound.duration_s, sound.duration_s if end_s is None else end_s) - start_s

    def tell(heard_s: float) -> None:
        clock.check()
        clock.heard(min(heard_s, whole_s), whole_s)

    notes = tuple(note for note in find_notes(sound, tell) if note.start_s < whole_s)
    return earlier(Transcription(notes, (), BASIC_PITCH, sound.warnings), -start_s)


def _by_transkun(path: str, clock: Clock, start_s: float, end_s: float | None) -> Transcription:
    sound = audio.read(path, _TRANSKUN_RATE, start_s, end_s)
    with tempfile.TemporaryDirectory() as folder:
        recording, score = Path(folder) / "sound.wav", Path(folder) / "score.mid"
        soundfile.write(recording, sound.samples, _TRANSKUN_RATE, subtype="PCM_16")
        _run([sys.executable, "-m", "transkun.transcribe", str(recording), str(score)], Path(folder) / "log", clock)
        try:
            read = midi.read(score)
        except LeapError as error:
            raise MissingDependency(f"Transkun left no notes: {error}") from error
    notes = tuple(sorted(replace(note, track=0) for note in read.notes))
    return earlier(Transcription(notes, read.pedals, TRANSKUN, sound.warnings), -start_s)


def _run(command: list[str], log_path: Path, clock: Clock) -> None:
    """Have a program do its work, unless somebody asks to stop.

    Raises:
        MissingDependency: it failed.
        Cancelled: somebody asked to stop.
    """
    with log_path.open("wb") as stream, subprocess.Popen(command, stdout=stream, stderr=stream) as running:
        try:
            while running.poll() is None:
                clock.check()
                try:
                    running.wait(_POLL_S)
                except subprocess.TimeoutExpired:
                    continue
        finally:
            running.kill()
    if running.returncode:
        lines = log_path.read_text(encoding="utf-8", errors="replace").strip().splitlines() or ["no word"]
        raise MissingDependency(f"Transkun failed: {lines[-1][:200]}")
