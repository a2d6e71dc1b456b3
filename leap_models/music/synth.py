"""Notes as sound, for listening: a piano or a band of a SoundFont where there is one, else one made of sines and noise.

Tried in this order: the package tinysoundfont, the program fluidsynth (both need a SoundFont), and NumPy alone.
"""

import logging
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import numpy.typing as npt

from leap_models.errors import BadParameter, UnwritableOutput
from leap_models.music import midi_writer
from leap_models.music.additive import TAIL_S, play_additive, sustained, voice_of
from leap_models.music.drum_sounds import play_drums
from leap_models.music.notes import LOUDNESS, VOLUME, Note, Notes, Pedal, TrackInfo
from leap_models.music.players import channels
from leap_models.music.tempo import TempoMap

log = logging.getLogger(__name__)

SAMPLE_RATE = 44100
PEAK = 0.89  # -1 dB: the loudest sample of a rendering
PIANO = (TrackInfo("Piano"),)
DRUM_BANK = 128  # of a SoundFont
FOLDERS = (
    "/usr/share/sounds/sf2", "/usr/share/sounds/sf3", "/usr/share/soundfonts", "/usr/local/share/soundfonts",
    "/opt/homebrew/share/soundfonts", "~/.local/share/soundfonts", "~/Library/Audio/Sounds/Banks", "~/soundfonts",
    "/Applications/MuseScore 4.app/Contents/Resources/sound", "C:/Program Files/MuseScore 4/sound", "C:/soundfonts",
)  # fmt: skip
NAMES = (  # the best piano first; then whatever else there is
    "MuseScore_General.sf3", "MuseScore_General_Full.sf3", "MuseScore_General.sf2", "MS Basic.sf3", "FluidR3_GM.sf2",
    "FluidR3Mono_GM.sf3", "GeneralUser-GS.sf2", "TimGM6mb.sf2", "default-GM.sf2", "default-GM.sf3",
)  # fmt: skip

Samples = npt.NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Rendering:
    """A piece as sound.

    Args:
        samples: (samples,) mono, from the piece's 0 s until the last note has died away.
        synth: what played it, in words.
    """

    samples: Samples
    sample_rate: int
    synth: str


@dataclass(frozen=True)
class _Music:
    """`track` of a note is the number of its instrument."""

    notes: Notes
    pedals: Sequence[Pedal]
    sample_rate: int
    instruments: Sequence[TrackInfo]

    @property
    def samples(self) -> int:
        ends_s = [*(note.end_s for note in self.notes), *(pedal.end_s for pedal in self.pedals)]
        return round((max(ends_s, default=0.0) + TAIL_S) * self.sample_rate)

    def played(self, track: int) -> Notes:
        """What one plays, as long as the pedal holds it; drums have none."""
        notes = [note for note in self.notes if note.track == track]
        return sustained(notes, () if self.instruments[track].is_drum else self.pedals)


def render(
    notes: Iterable[Note], pedals: Iterable[Pedal] = (), sample_rate: int = SAMPLE_RATE,
    instruments: Sequence[TrackInfo] = (),
) -> Rendering:  # fmt: skip
    """Play the notes on the best instruments there are.

    Args:
        instruments: one for each track that notes may have; (): both hands are a piano's.

    Raises:
        BadParameter: a sample rate below 8000.
    """
    if sample_rate < 8000:
        raise BadParameter(f"sample_rate must be at least 8000, got {sample_rate}")
    played = sorted(notes) if instruments else sorted(replace(note, track=0) for note in notes)
    music = _Music(tuple(played), sorted(pedals), sample_rate, instruments or PIANO)
    for name, play in _synths():
        try:
            return Rendering(_normalized(play(music)), sample_rate, name)
        except (OSError, RuntimeError, subprocess.SubprocessError) as error:
            log.warning("%s failed (%s), trying the next synth", name, error)
    return Rendering(_normalized(_play_plain(music)), sample_rate, "additive band" if instruments else "additive piano")


def write(
    path: Path, notes: Iterable[Note], pedals: Iterable[Pedal] = (), sample_rate: int = SAMPLE_RATE,
    instruments: Sequence[TrackInfo] = (),
) -> Rendering:  # fmt: skip
    """Render into a 16-bit mono .wav file; gives what was rendered.

    Raises:
        BadParameter: a sample rate below 8000.
        UnwritableOutput: the file cannot be written.
    """
    import soundfile

    rendering = render(notes, pedals, sample_rate, instruments)
    try:
        with path.open("wb") as stream:
            soundfile.write(stream, rendering.samples, sample_rate, subtype="PCM_16", format="WAV")
    except (OSError, soundfile.LibsndfileError) as error:
        raise UnwritableOutput(f"cannot write {path}: {error}") from error
    return rendering


def find_soundfont(folders: Sequence[str] = FOLDERS) -> Path | None:
    """The best SoundFont of this computer; None if it has none in the usual places."""
    places = [Path(folder).expanduser() for folder in folders]
    known = [place / name for name in NAMES for place in places]
    others = [file for place in places if place.is_dir() for file in sorted(place.glob("*.sf[23]"))]
    return next((file for file in [*known, *others] if file.is_file()), None)


def _synths() -> list[tuple[str, Callable[[_Music], Samples]]]:
    """Those that are there, with their names, best first."""
    found: list[tuple[str, Callable[[_Music], Samples]]] = []
    soundfont = find_soundfont()
    if soundfont is not None and find_spec("tinysoundfont"):
        found.append((f"tinysoundfont with {soundfont.name}", partial(_play_tinysoundfont, soundfont)))
    if soundfont is not None and shutil.which("fluidsynth"):
        found.append((f"fluidsynth with {soundfont.name}", partial(_play_fluidsynth, soundfont)))
    return found


def _normalized(samples: npt.NDArray[np.floating]) -> Samples:
    peak = float(abs(samples).max(initial=0.0))
    return np.asarray(samples * (PEAK / peak if peak > 1e-6 else 0.0), np.float32)


def _play_plain(music: _Music) -> Samples:
    """Without a SoundFont."""
    mix = np.zeros(music.samples, np.float32)
    for track, each in enumerate(music.instruments):
        notes = music.played(track)
        if each.is_drum:
            sound = play_drums(notes, music.sample_rate, music.samples)
        else:
            sound = play_additive(notes, (), music.sample_rate, music.samples, voice_of(each.program))
        mix += np.float32((each.volume / VOLUME) ** 2) * sound  # as General MIDI has it: a square law
    return mix


def _play_tinysoundfont(soundfont: Path, music: _Music) -> Samples:
    import tinysoundfont

    synth = tinysoundfont.Synth(samplerate=music.sample_rate, gain=-12)
    loaded = synth.sfload(str(soundfont))
    events: list[tuple[float, bool, tuple[int, ...]]] = []  # second, whether a key is struck, channel, pitch, velocity
    for track, (each, channel) in enumerate(zip(music.instruments, channels(music.instruments), strict=True)):
        synth.program_select(channel, loaded, DRUM_BANK if each.is_drum else 0, each.program)
        synth.control_change(channel, LOUDNESS, each.volume)
        for note in music.played(track):  # tinysoundfont knows no pedal
            events += [(note.start_s, True, (channel, note.pitch, note.velocity))]
            events += [(note.end_s, False, (channel, note.pitch))]
    heard: list[Samples] = []
    done = 0
    for second, struck, values in sorted(events):
        at = max(done, round(second * music.sample_rate))
        heard += _generated(synth.generate, at - done)
        done = at
        (synth.noteon if struck else synth.noteoff)(*values)
    heard += _generated(synth.generate, music.samples - done)
    return np.concatenate(heard)


def _generated(generate: Callable[[int], memoryview], count: int) -> list[Samples]:
    """The next samples, left and right mixed."""
    if count <= 0:
        return []
    stereo = np.frombuffer(bytes(generate(count)), np.float32).reshape(-1, 2)
    return [np.asarray(stereo.mean(axis=1), np.float32)]


def _play_fluidsynth(soundfont: Path, music: _Music) -> Samples:
    import soundfile

    with tempfile.TemporaryDirectory() as folder:
        score, sound = Path(folder) / "score.mid", Path(folder) / "sound.wav"
        midi_writer.write_played(score, music.notes, TempoMap.steady(120.0), music.instruments, music.pedals)
        rate = str(music.sample_rate)
        command = ["fluidsynth", "-ni", "-g", "0.4", "-r", rate, "-F", str(sound), str(soundfont), str(score)]
        subprocess.run(command, check=True, capture_output=True, timeout=600)
        stereo, _ = soundfile.read(sound, dtype="float32", always_2d=True)
    samples = np.zeros(music.samples, np.float32)
    count = min(len(stereo), len(samples))
    samples[:count] = stereo[:count].mean(axis=1)
    return samples
