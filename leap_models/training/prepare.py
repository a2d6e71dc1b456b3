"""`leap-bridge prepare`: data into what the networks train on. It goes on where it stopped.

- `leap.bands`: songs of POP909 as rendered bands, with what a pianist plays at each level.
- `leap.teacher`: real recordings with the melody that DeepSalience hears in them.
- `leap.features`: the bands as LEAP hears them.
- `score_sde`: piano pieces of POP909, OpenScore Lieder and MAESTRO on sixteenths.
- `musegan`: phrases of Freedoom's music and of POP909's songs, which MMA plays as bands.
- `musegan.collect`, `musegan.lpd`: phrases of your own MIDI files, or of the Lakh Pianoroll Dataset.
- `continuation`: Bach's chorales, which come with music21, and the bands that `musegan` made in the same folder.
- `timbre`: passages of POP909 and OpenScore Lieder, each played by several pianos.
- `pairs`: your own songs and their piano covers, checked, laid over each other and cut, as examples for LEAP.
- `shards`: listened examples in archives that `train leap.dit` streams, from wherever they lie.

A song that cannot be used costs one line of the log and nothing else.
"""

import logging
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from leap_models.errors import BadParameter
from leap_models.music import audio
from leap_models.paths import atomic
from leap_models.training import bach, continuation_bands, musegan_data, piano_pieces, pop909, timbre_data
from leap_models.training.cluster import share_cores
from leap_models.training.examples import BandConfig, Preparer
from leap_models.training.render import SAMPLE_RATE

if TYPE_CHECKING:
    from leap_models.families.leap.conditioner import Conditioner

log = logging.getLogger(__name__)

TAUGHT = "taught"  # folder, within the examples', of recordings that a teacher labelled



@dataclass(frozen=True)
class Options:
    """Where data lie and go.

    Args:
        data: folder with POP909, pop909_cl and groove; for `score_sde` and `timbre` also lieder, for `timbre` also
            mutopia if it is there (piano pieces as MIDI files), for `musegan` also freedoom; for `musegan.collect` of
            MIDI files, for `musegan.lpd` of lpd_5_cleansed; for `pairs` of songs and covers, or a list of them; for
            `shards` of examples.
        out: folder of the examples; of `shards` a folder, or an address such as s3://bucket/folder.
        soundfonts: files, with commas between them.
        versions: different bands of each song.
        excerpt_s: seconds of each song; 0 is all of it.
        workers: processes.
        recordings: folder of audio files for `leap.teacher`, whose licence allows training.
        deepsalience: folder of DeepSalience's vocal.h5 and melody2.h5, for `leap.teacher`.
        melody: checkpoint folder of the melody head, for `leap.features`; `leap` is the one that ships.
        mert: folder of a MERT checkpoint to listen through instead, for `leap.features`.
        maestro: MAESTRO's zip, or the folder it was unpacked to, for `score_sde`; weights then carry its licence.
        salamander: folder of the Salamander samples, for `timbre`; empty leaves its pianos out.
        passages: to train with, for `timbre`.
        pianos: that play each of them.
        set: how pairs are judged, with commas between: thresholds.accuracy=0.2,anchor=frames
        cluster: where `pairs` are worked on, instead of in processes of this one: local, or tcp://host:port of Dask.
    """

    data: str = "data"
    out: str = "prepared"
    soundfonts: str = "/usr/share/sounds/sf2/FluidR3_GM.sf2,/usr/share/sounds/sf2/TimGM6mb.sf2"
    versions: int = 2
    excerpt_s: float = 40.0
    workers: int = 2
    recordings: str = "data/recordings"
    deepsalience: str = "data/deepsalience"
    melody: str = "runs/leap.melody/checkpoint"
    mert: str = ""
    maestro: str = ""
    salamander: str = ""
    passages: int = 100
    pianos: int = 5
    set: str = ""
    cluster: str = ""


def run(task: str, options: Options) -> dict[str, object]:
    """Prepare; returns how many examples there are.

    Raises:
        BadParameter: a folder or a SoundFont is missing.
    """
    skipped = count = 0
    for count, line in enumerate(_LINES[task](options), start=1):
        skipped += line.startswith("skipped")
        log.info("%d: %s", count, line)
    if task == "shards":
        return {"written": count, "folder": options.out}
    folders = {"score_sde": piano_pieces.FOLDER, "musegan": musegan_data.FOLDER, "continuation": bach.FOLDER}
    folders["timbre"] = f"{timbre_data.FOLDER}/notes"
    folder = Path(options.out) / folders.get(task.partition(".")[0], "")
    return {"examples": len(list(folder.glob("*.npz"))), "skipped": skipped, "folder": str(folder)}


def bands(options: Options) -> Iterator[str]:
    """Render every song; yields a line for each."""
    soundfonts = tuple(Path(name) for name in options.soundfonts.split(","))
    missing = [path for path in (Path(options.data) / "POP909", *soundfonts) if not path.exists()]
    if missing:
        needs = "--data needs POP909, pop909_cl and groove, --soundfonts existing files"
        raise BadParameter(f"{missing[0]} is missing; {needs}")
    config = BandConfig(Path(options.data), Path(options.out), soundfonts, options.excerpt_s)
    jobs = [(name, version) for version in range(options.versions) for name in pop909.names(config.data)]
    with ProcessPoolExecutor(options.workers, initializer=_start, initargs=(config, options.workers)) as pool:
        yield from pool.map(_prepare, jobs, chunksize=4)


_preparer: list[Preparer] = []  # one in each worker process


def _start(config: BandConfig, workers: int) -> None:
    share_cores(workers)
    _preparer[:] = [Preparer(config)]


def _prepare(job: tuple[str, int]) -> str:
    name, version = job
    try:
        return f"{_preparer[0].prepare(name, version).name} is ready"
    except pop909.BadSong as error:
        return f"skipped: {error}"


def teacher(options: Options) -> Iterator[str]:
    """Label every recording; yields a line for each."""
    from leap_models.training import deepsalience
    from leap_models.training.leap_melody import teach

    networks = {name: deepsalience.load(Path(options.deepsalience) / f"{name}.h5") for name in ("vocal", "melody2")}
    folder = Path(options.out) / TAUGHT
    folder.mkdir(parents=True, exist_ok=True)
    for path in sorted(path for path in Path(options.recordings).iterdir() if path.is_file()):
        labelled = folder / f"{path.stem}.npz"
        if not labelled.exists():
            samples = audio.read(path, SAMPLE_RATE).samples
            found = {name: teach(network, samples) for name, network in networks.items()}
            with atomic(labelled) as unfinished, unfinished.open("wb") as stream:
                np.savez(stream, allow_pickle=False, samples=samples, vocal=found["vocal"], lead=found["melody2"])
        yield f"{labelled.name} is ready"


def features(options: Options) -> Iterator[str]:
    """Listen to every example; yields a line for each."""
    from leap_models.families.leap.conditioner import listen_all

    ears = _conditioner(options)
    for path in sorted(Path(options.out).glob("*.npz")):
        heard = path.with_suffix(".features.npy")
        if not heard.exists():
            samples = np.load(path)["samples"].astype(np.float32) / 32767.0
            frames = listen_all(ears, samples, SAMPLE_RATE)
            # Likelihoods keep enough of themselves in a byte; hidden states do not.
            stored = frames.astype(np.float16) if options.mert else np.round(frames * 255.0).astype(np.uint8)
            with atomic(heard) as unfinished, unfinished.open("wb") as stream:
                np.save(stream, stored)
        yield f"{heard.name} is ready"


def pieces(options: Options) -> Iterator[str]:
    """Read every piano piece; yields a line for each."""
    return piano_pieces.prepare(Path(options.data), Path(options.out), options.maestro)


def phrases(options: Options) -> Iterator[str]:
    """Play every song as a band; yields a line for each."""
    return musegan_data.prepare(Path(options.data), Path(options.out), options.versions)


def collected(options: Options) -> Iterator[str]:
    """Read every MIDI file; yields a line for each."""
    return musegan_data.gather(Path(options.data), Path(options.out))


def lakh(options: Options) -> Iterator[str]:
    """Read every song of lpd_5_cleansed; yields a line for each."""
    return musegan_data.lakh(Path(options.data), Path(options.out))


def chorales(options: Options) -> Iterator[str]:
    """Read every chorale, and put phrases of bands together again; yields a line for each."""
    yield from bach.prepare(Path(options.out))
    yield from continuation_bands.prepare(Path(options.out))


def pianos(options: Options) -> Iterator[str]:
    """Have every passage played by several pianos; yields a line for each passage and each piano."""
    samples = Path(options.salamander) if options.salamander else None
    amount = timbre_data.Amount(options.passages, options.pianos)
    return timbre_data.prepare(Path(options.data), Path(options.out), amount, samples)


def covers(options: Options) -> Iterator[str]:
    """Do every pair of a song and a cover; yields a line for each."""
    from leap_models.training.pairs import run as pairs

    words = [word for word in options.set.split(",") if word]
    return pairs.prepare(Path(options.data), Path(options.out), words, options.cluster, options.workers)


def archives(options: Options) -> Iterator[str]:
    """Pack every example that was listened to; yields a line for each archive."""
    from leap_models.training import shards

    return shards.write(Path(options.data), options.out)


def _conditioner(options: Options) -> "Conditioner":
    from leap_models.families.leap.conditioner import NmpConditioner
    from leap_models.families.leap.melody import MelodyConfig, MelodyHead
    from leap_models.families.leap.mert import Mert
    from leap_models.families.leap.model import load_nmp
    from leap_models.training.published import trained

    if options.mert:
        return Mert(Path(options.mert))
    if options.melody == "leap":
        from leap_models.training.pairs.listening import ears

        return ears()
    _config, head = trained(Path(options.melody), "melody", MelodyConfig, MelodyHead)
    return NmpConditioner(load_nmp(), head, "cpu")


_LINES: dict[str, Callable[[Options], Iterator[str]]] = {
    "leap.bands": bands, "leap.teacher": teacher, "leap.features": features, "score_sde": pieces,
    "musegan": phrases, "musegan.collect": collected, "musegan.lpd": lakh,
    "continuation": chorales, "timbre": pianos, "pairs": covers, "shards": archives,
}
TASKS = tuple(_LINES)
