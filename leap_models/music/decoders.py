"""Three ways to decode a sound file: libsndfile, else PyAV, else the ffmpeg program. All look alike from outside.

libsndfile knows wav, aiff, flac, ogg, mp3 and more; m4a, aac, wma, mp4 and the like need one of the other two.
"""

import importlib
import importlib.util
import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any, Protocol

import numpy as np
import numpy.typing as npt
import soundfile

from leap_models.errors import UnreadableAudio

Block = npt.NDArray[np.float32]  # (frames, channels)

BLOCK_FRAMES = 1 << 18  # 6 s at 44.1 kHz
# Containers that know their length; of others it is guessed from the bit rate, so it is counted instead.
_MEASURED = {"mov", "mp4", "matroska", "webm", "asf", "avi", "ogg", "flac", "wav", "caf", "ape", "wv"}


class Source(Protocol):
    """An open sound file.

    Attributes:
        sample_rate: of the file.
        duration_s: of the whole file; more than 0.
    """

    sample_rate: int
    duration_s: float

    def blocks(self, start_s: float, end_s: float) -> Iterator[Block]:
        """The sound between two times, all channels, in blocks of about BLOCK_FRAMES."""


def open_source(path: Path) -> Source:
    """Open a sound file with whatever can read it.

    Raises:
        UnreadableAudio: it is missing, empty, not audio, damaged, or in a format that nothing here can decode.
    """
    if not path.is_file():
        raise UnreadableAudio(f"{path}: " + ("a folder, not a file" if path.is_dir() else "there is no such file"))
    source = _open(path)
    if not source.duration_s > 0.0:
        raise UnreadableAudio(f"{path}: there is no sound in it")
    return source


def _open(path: Path) -> Source:
    kind = path.suffix.lstrip(".").upper()
    try:
        return _Sndfile(path)
    except (soundfile.SoundFileError, TypeError) as error:  # TypeError: a .raw file, which says nothing of itself
        damaged = UnreadableAudio(f"{path}: not an audio file, or damaged")
        if kind in {*soundfile.available_formats(), "AIF", "OGA"} and not _is_foreign(path):
            raise damaged from error
    except OSError as error:
        raise UnreadableAudio(f"{path}: {error.strerror or error}") from error
    if importlib.util.find_spec("av") is not None:
        return _Av(path)
    if shutil.which("ffmpeg") is not None:
        return _Ffmpeg(path)
    if path.stat().st_size == 0:
        raise damaged
    raise UnreadableAudio(
        f"{path}: {kind or 'a file of that kind'} can only be read with PyAV (pip install av) or the ffmpeg program"
    )


def _is_foreign(path: Path) -> bool:
    """Whether the file begins like MP4, Matroska, AAC or ASF, which libsndfile does not know, whatever its name."""
    with path.open("rb") as file:
        head = file.read(12)
    aac = len(head) > 1 and head[0] == 0xFF and head[1] & 0xF6 == 0xF0
    return head[4:8] == b"ftyp" or aac or head.startswith((b"\x1a\x45\xdf\xa3", b"\x30\x26\xb2\x75"))


class _Sndfile:
    def __init__(self, path: Path) -> None:
        self._path = path
        with soundfile.SoundFile(path) as file:
            self.sample_rate: int = file.samplerate
            self.duration_s: float = file.frames / file.samplerate

    def blocks(self, start_s: float, end_s: float) -> Iterator[Block]:
        left = math.inf if end_s >= self.duration_s else _frames(end_s - start_s, self.sample_rate)
        try:
            with soundfile.SoundFile(self._path) as file:
                file.seek(min(_frames(start_s, self.sample_rate), file.frames))
                while left > 0:
                    block = file.read(int(min(BLOCK_FRAMES, left)), dtype="float32", always_2d=True)
                    if not len(block):
                        return
                    left -= len(block)
                    yield block
        except soundfile.SoundFileError as error:
            raise UnreadableAudio(f"{self._path}: damaged at some point after {start_s:.1f} s") from error


class _Av:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._av = importlib.import_module("av")
        with self._container() as container:
            stream = container.streams.audio[0]
            if stream.codec_context is None or not stream.codec_context.sample_rate:
                raise UnreadableAudio(f"{path}: its sound is in a format that PyAV does not know")
            self.sample_rate: int = stream.codec_context.sample_rate
            measured = container.duration is not None and not _MEASURED.isdisjoint(container.format.name.split(","))
            self.duration_s = float(container.duration / self._av.time_base) if measured else math.inf
        if not measured:
            self.duration_s = sum(len(block) for block in self.blocks(0.0, math.inf)) / self.sample_rate

    def blocks(self, start_s: float, end_s: float) -> Iterator[Block]:
        first, end = _frames(start_s, self.sample_rate), _frames(end_s, self.sample_rate)
        if end_s >= self.duration_s:
            end = math.inf
        with self._container() as container:
            here: float | None = None  # the frame of the file at which the next piece begins
            for frame in self._decoded(container, start_s):
                piece = frame.to_ndarray().T  # (frames, channels)
                if here is None:
                    known = start_s > 0.0 and frame.pts is not None
                    here = _frames(float(frame.pts * frame.time_base), self.sample_rate) if known else 0
                block = piece[int(max(0, first - here)) : int(max(0, min(len(piece), end - here)))]
                here += len(piece)
                if len(block):
                    yield np.ascontiguousarray(block)
                if here >= end:
                    return

    def _decoded(self, container: Any, start_s: float) -> Iterator[Any]:  # noqa: ANN401  (PyAV has no types)
        stream = container.streams.audio[0]
        resampler = self._av.AudioResampler(format="fltp")
        if start_s:
            container.seek(max(0, int((start_s - 0.2) * self._av.time_base)))
        try:
            for frame in container.decode(stream):
                yield from resampler.resample(frame)
        except self._av.FFmpegError:
            return  # what could be decoded was given; nothing at all is found out by the caller

    def _container(self) -> Any:  # noqa: ANN401
        try:
            container = self._av.open(str(self._path), options={"protocol_whitelist": "file"})
        except (self._av.FFmpegError, ValueError) as error:
            raise UnreadableAudio(f"{self._path}: not an audio file, or damaged") from error
        if not container.streams.audio:
            container.close()
            raise UnreadableAudio(f"{self._path}: there is no sound in it")
        return container


class _Ffmpeg:
    _HEADER_BYTES = 24  # of an AU file: magic, offset, size, encoding, sample rate, channels

    def __init__(self, path: Path) -> None:
        self._path = path
        said = subprocess.run([*self._command(), "-hide_banner"], stderr=subprocess.PIPE, check=False).stderr
        text = said.decode(errors="replace")
        rate = re.search(r"Audio: .*?(\d+) Hz", text)
        if rate is None:
            why = "there is no sound in it" if "Input #0" in text else "not an audio file, or damaged"
            raise UnreadableAudio(f"{path}: {why}")
        self.sample_rate = int(rate[1])
        kinds = re.search(r"Input #0, (\S+), from", text)
        length = re.search(r"Duration: (\d+):(\d+):([\d.]+)", text)
        if kinds and length and not _MEASURED.isdisjoint(kinds[1].split(",")):
            self.duration_s = 3600.0 * int(length[1]) + 60.0 * int(length[2]) + float(length[3])
        else:
            self.duration_s = math.inf
            self.duration_s = sum(len(block) for block in self.blocks(0.0, math.inf)) / self.sample_rate

    def blocks(self, start_s: float, end_s: float) -> Iterator[Block]:
        until = [] if end_s >= self.duration_s else ["-t", f"{end_s - start_s:.9f}"]
        before = ["-ss", f"{start_s:.9f}"] if start_s else []
        command = [*self._command(before), *until, "-map", "0:a:0", "-c:a", "pcm_f32be", "-f", "au", "pipe:1"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            assert process.stdout is not None
            yield from self._read(process.stdout)
        finally:
            process.kill()
            process.communicate()

    def _command(self, before: list[str] | None = None) -> list[str]:
        # The list of protocols keeps a playlist in disguise from reaching out, "file:" a name from being an option.
        name = f"file:{self._path.absolute()}"
        return ["ffmpeg", "-nostdin", "-protocol_whitelist", "file,pipe", *(before or []), "-i", name]

    def _read(self, stream: IO[bytes]) -> Iterator[Block]:
        header = np.frombuffer(stream.read(self._HEADER_BYTES), dtype=">u4")
        if len(header) * 4 < self._HEADER_BYTES:
            return
        offset, channels = int(header[1]), int(header[5])
        stream.read(offset - self._HEADER_BYTES)
        while data := stream.read(BLOCK_FRAMES * channels * 4):
            whole = len(data) - len(data) % (4 * channels)
            yield np.frombuffer(data[:whole], dtype=">f4").astype(np.float32).reshape(-1, channels)


def _frames(second: float, sample_rate: int) -> int | float:
    return math.floor(second * sample_rate + 0.5) if math.isfinite(second) else math.inf
