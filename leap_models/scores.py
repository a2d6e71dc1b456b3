"""Pieces without a recording: a clip of notes, or nothing at all, for a model that makes music by itself.

Models share what they call these parameters: `bars`, `bpm` and `beats_per_bar` of music from nothing, and `more` bars
that are added behind a clip. A model that has not got one does without.
"""

from pathlib import Path

from leap_models.errors import BadParameter
from leap_models.interface import ModelInfo, Piece, Values
from leap_models.music import midi
from leap_models.music.bars import Bars
from leap_models.music.players import part_of
from leap_models.music.tempo import TempoMap

BARS, BPM, BEATS_PER_BAR = 8, 100.0, 4  # where a model has no such parameter


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
        info: of whom it is for; a band is given only what the parameter `track` names.

    Raises:
        UnreadableMidi: it is missing, not MIDI, or damaged.
        BadParameter: it holds no notes, or none of that track.
    """
    read = midi.read(path)
    if not read.notes:
        raise BadParameter(f"a clip must hold at least one note, {path} holds none")
    notes = part_of(read, str(params["track"])) if info is not None and info.instruments else read.notes
    bars = Bars(read.tempo)
    end_s = bars.second_at(bars.count(notes) + int(params.get("more", 0)))
    return Piece(None, notes, read.tempo, end_s, str(path))
