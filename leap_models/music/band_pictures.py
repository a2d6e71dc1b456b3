"""Phrases as pictures: many side by side, each track below the other, plain or in the track's colour."""

from pathlib import Path

import numpy as np

COLOURS = ("#d1495b", "#2f6fb5", "#3f9b5a", "#e08e29", "#7b52ab")  # of the tracks, again from the first
PAPER, LINE, BAR = 255, 120, 225  # grey of nothing, of what parts samples, and of bar lines
GAMMA = 0.8  # below 1 makes faint cells easier to see
EDGE = 3  # pixels between samples


def picture(values: np.ndarray, rows: int, columns: int, coloured: bool = False) -> np.ndarray:
    """(height, width, 3) uint8 of rows x columns samples, high pitches up.

    Args:
        values: (phrases, bars, steps, pitches, tracks) 0..1; missing samples stay empty.
        coloured: all tracks on one roll, each in its colour; else one below the other, black on white.
    """
    shown = [_coloured(each) if coloured else _plain(each) for each in values[: rows * columns]]
    height, width, _ = shown[0].shape
    page = np.full((rows * (height + EDGE) + EDGE, columns * (width + EDGE) + EDGE, 3), LINE, dtype=np.uint8)
    for number in range(rows * columns):
        row, column = divmod(number, columns)
        top, left = EDGE + row * (height + EDGE), EDGE + column * (width + EDGE)
        page[top : top + height, left : left + width] = shown[number] if number < len(shown) else PAPER
    return page


def write(path: Path, page: np.ndarray) -> None:
    """Write a picture as PNG.

    Raises:
        OSError: it cannot be written.
    """
    from matplotlib.image import imsave

    imsave(path, page, format="png")


def _roll(values: np.ndarray) -> np.ndarray:
    """(pitches, all steps, tracks) with the highest pitch first."""
    bars, steps, pitches, tracks = values.shape
    flat = np.clip(values.astype(np.float32), 0.0, 1.0).reshape(bars * steps, pitches, tracks)
    roll: np.ndarray = flat.transpose(1, 0, 2)[::-1] ** GAMMA
    return roll


def _plain(values: np.ndarray) -> np.ndarray:
    roll = _roll(values)
    stacked = np.concatenate([roll[..., track] for track in range(roll.shape[2])], axis=0)
    grey = np.where(_bar_lines(values)[None], BAR, PAPER) * (1.0 - stacked)
    grey[:: roll.shape[0]] = np.minimum(grey[:: roll.shape[0]], LINE)
    return np.repeat(grey.astype(np.uint8)[..., None], 3, axis=2)


def _coloured(values: np.ndarray) -> np.ndarray:
    roll = _roll(values)
    page = np.where(_bar_lines(values)[None, :, None], float(BAR), float(PAPER)) * np.ones((*roll.shape[:2], 3))
    for track in range(roll.shape[2]):
        colour = np.array([int(COLOURS[track % len(COLOURS)][at : at + 2], 16) for at in (1, 3, 5)])
        share = roll[..., track, None]
        page = page * (1.0 - share) + colour * share
    return page.astype(np.uint8)


def _bar_lines(values: np.ndarray) -> np.ndarray:
    """(all steps,) whether a bar begins."""
    lines: np.ndarray = np.arange(values.shape[0] * values.shape[1]) % values.shape[1] == 0
    return lines
