"""Continuation: melodies and chorales that go on, melodies between others, a band that follows the piano.

Each model is a module of this package with `describe` and `load`: `lstm`, `chorale`, `lstm_vae`, `conv_vae` and
`melody_nn`. What they say of themselves is here.
"""

from leap_models.interface import ModelInfo, Param
from leap_models.music.grid import Grid
from leap_models.music.keys import NAMES as KEYS
from leap_models.music.players import INSTRUMENTS

# Windows do not overlap: each goes on from the symbols that the one before left, so there is nothing to crossfade. They
# are long, since no note may be longer.
GRID = Grid(sample_rate=100, frame_rate=100, frames=1024, hop=1024)
BACH = "Bach's chorales as music21 brings them (public domain)"
BANDS = "Freedoom's music (BSD), and POP909 (MIT) played by MMA's styles and Groove's drummers (CC BY 4.0)"
STEPS_PER_BEAT = 12  # of a band's windows
VOICES = {"lstm": 1, "chorale": 4, "lstm_vae": 1, "conv_vae": 4}  # how many each hears at once
ANY = "any"
PASSAGE_BEATS = 16  # of what a latent stands for

_LENGTH = (
    Param("bars", 8, low=1, high=512, unit="bars", help="how long music from nothing is"),
    Param("bpm", 100.0, low=30.0, high=300.0, unit="beats/min", help="tempo of music from nothing"),
)
_METRE = Param("beats_per_bar", 4, low=2, high=7, help="quarters in a bar of music from nothing")
_KEY = Param("key", ANY, choices=(ANY, *KEYS), help="key of what is made, m is minor; any is a clip's own")
_MORE = Param("more", 8, low=0, high=512, unit="bars", help="how many bars are added behind a clip, which stays")
_MELODY = Param("melody", "", help="instead of a clip: a symbol for each sixteenth, as 67 _ _ _ r _ 65 _")
_SYMBOLS = (
    Param("temperature", 0.9, low=0.01, high=5.0, help="how bold: little takes what is likeliest, 1 is as learned"),
    Param("top_k", 0, low=0, high=128, help="of how many likeliest symbols one is chosen; 0 of all"),
    Param("top_p", 0.95, low=0.01, high=1.0, help="of the likeliest symbols that are together so likely"),
)
_LATENT = (
    Param("mode", "auto", choices=("auto", "reconstruct", "sample", "continue", "morph"),
          help="a clip again, music from nothing, what could come after a clip, or between the two halves of a clip"),
    Param("position", 0.5, low=0.0, high=1.0, help="how far a morph is from one half of the clip to the other"),
    Param("spread", 1.0, low=0.0, high=3.0, help="how far from the middle of what was learned music is taken"),
    Param("register", 0.0, low=-3.0, high=3.0, help="lower or higher, in spreads of what was learned"),
    Param("density", 0.0, low=-3.0, high=3.0, help="fewer or more notes, in spreads of what was learned"),
)  # fmt: skip
_BAND = (
    Param("track", "piano", choices=tuple(each.name.lower() for each in INSTRUMENTS),
          help="which player of a clip is accompanied; he plays what he played"),
    Param("temperature", 1.0, low=0.0, high=3.0, help="how far each window may leave the one before; 1 as in the data"),
    Param("without", "", help="players who are silent, with commas between: strings,drums"),
)  # fmt: skip


def melody_info(name: str, summary: str, latent: bool = False) -> ModelInfo:
    """What a melody model says of itself."""
    own = _LATENT if latent else ()
    return ModelInfo(
        name=name, family="continuation", takes=frozenset({"notes"}), gives="roll", grid=GRID, tracks=1,
        params=(*_LENGTH, _METRE, _KEY, _MORE, _MELODY, *own, *_SYMBOLS), licence="MIT", trained_on=BACH,
        summary=summary, alone=True,
    )  # fmt: skip


def band_info(name: str, summary: str) -> ModelInfo:
    """What a band model says of itself."""
    return ModelInfo(
        name=name, family="continuation", takes=frozenset({"notes"}), gives="roll", grid=GRID, tracks=len(INSTRUMENTS),
        params=(*_LENGTH, _KEY, _MORE, *_BAND), licence="MIT", trained_on=BANDS, summary=summary, alone=True,
        instruments=INSTRUMENTS, steps_per_beat=STEPS_PER_BEAT,
    )  # fmt: skip
