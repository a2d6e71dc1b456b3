"""Pieces of notes: a clip, nothing at all for a model that makes music by itself, or what is to be played aloud.

Models share what they call these parameters: `bars`, `bpm` and `beats_per_bar` of music from nothing, and `more` bars
that are added behind a clip. A model that has not got one does without.
"""

from dataclasses import replace
from pathlib import Path

from leap_models import reference
from leap_models.errors import BadParameter
from leap_models.interface import ModelInfo, Piece, Values
from leap_models.music import midi
from leap_models.music.bars import Bars
from leap_models.music.decoders import open_source
from leap_models.music.notes import Notes, Pedal
from leap_models.music.players import NAMES, part_of
from leap_models.music.tempo import TempoMap

BARS, BPM, BEATS_PER_BAR = 8, 100.0, 4  # where a model has no such parameter
UNSAID_BPM = 120.0
MIDI_SUFFIXES = (".mid", ".midi")


def nothing(params: Values, tempo: TempoMap | None = None) -> Piece:
    """A piece without notes, as long as the parameters say.

    Args:
        params: complete and checked.
        tempo: the host's, before `bpm` and `beats_per_bar`.
    """
    if tempo is None:
        tempo = TempoMap.steady(float(params.get("bpm", BPM)), int(params.get("beats_per_bar", BEATS_PER_BAR)))
    return Piece(None, (), tempo, Bars(tempo).second_at(int(params.get("bars", BARS))), "")


def clip(path: Path | str, params: Values, info: ModelInfo | None = None) -> Piece:
    """A MIDI file as a piece that ends with its last bar, or `more` bars later.

    Args:
        info: of whom it is for; a band is given only what the parameter `track` names, all others what is no drum.

    Raises:
        UnreadableMidi: it is missing, not MIDI, or damaged.
        BadParameter: it holds no notes, or none of that track.
    """
    read = midi.read(path)
    if not read.notes:
        raise BadParameter(f"a clip must hold at least one note, {path} holds none")
    if info is not None and info.instruments:
        return _in_bars(part_of(read, str(params["track"])), read.tempo, params, str(path))
    pitched = without_drums(read)
    if not pitched:
        raise BadParameter(f"a clip must hold at least one note that is no drum, {path} holds none")
    return _in_bars(pitched, read.tempo, params, str(path))


def given(notes: Notes, tempo: TempoMap | None, params: Values, info: ModelInfo) -> Piece:
    """The same of notes that are no file; of a band they are what the parameter `track` names.

    Args:
        tempo: None is 120 beats a minute in bars of four, as in a MIDI file that says nothing.
    """
    if info.instruments:
        notes = tuple(replace(note, track=NAMES.index(str(params["track"]))) for note in notes)
    return _in_bars(notes, tempo or TempoMap.steady(UNSAID_BPM), params, "")


def _in_bars(notes: Notes, tempo: TempoMap, params: Values, source: str) -> Piece:
    bars = Bars(tempo)
    end_s = bars.second_at(bars.count(notes) + int(params.get("more", 0)))
    return Piece(None, notes, tempo, end_s, source)


def plays(info: ModelInfo) -> bool:
    """Whether a model plays notes as they are given, from a clip or from a recording: see `recital`."""
    return info.has_reference or ("notes" in info.takes and info.gives == "audio")


def recital(path: Path | str, info: ModelInfo, like: str = "") -> Piece:
    """What a model that plays notes is to play: a MIDI file without its drums, or the notes of a recording.

    Args:
        like: the path of the recording that it is to sound like, for a model with a reference.

    Raises:
        UnreadableMidi, UnreadableAudio: it is missing, neither, or damaged.
        BadParameter: it holds no notes, or the reference is too short, or silent.
    """
    if like:
        reference.check(like, info.grid.sample_rate)
    if not is_midi(path):
        return Piece(None, (), None, open_source(Path(path)).duration_s, str(path), like, unheard=True)
    read = midi.read(path)
    notes = without_drums(read)
    if not notes:
        raise BadParameter(f"a file must hold at least one note to play, {path} holds none")
    return played(notes, read.pedals, read.tempo, str(path), info, like)


def without_drums(read: midi.Midi) -> Notes:
    """The notes of a MIDI file that have a pitch."""
    return tuple(note for note in read.notes if not read.tracks[note.track].is_drum)


def played(
    notes: Notes, pedals: tuple[Pedal, ...], tempo: TempoMap | None, source: str, info: ModelInfo, like: str = ""
) -> Piece:
    """Notes as a piece that ends when the last of them has died away."""
    end_s = max([*(note.end_s for note in notes), *(pedal.end_s for pedal in pedals)]) + info.tail_s
    return Piece(None, notes, tempo, end_s, source, like, pedals)


def is_midi(path: Path | str) -> bool:
    """Whether a file is one of notes: its name says so, or its first bytes do."""
    path = Path(path)
    if path.suffix.lower() in MIDI_SUFFIXES:
        return True
    try:
        with path.open("rb") as stream:
            return stream.read(4) == b"MThd"
    except OSError:
        return False  # whoever opens it as a recording says why
