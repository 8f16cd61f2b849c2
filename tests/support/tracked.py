"""A film of a disc that moves, for the tests of tracking."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from cartoonize.annotations.hints import ColorHints
from cartoonize.color.bins import AB_BINS, N_BINS
from cartoonize.frames import COLOR_SIZE, Frame

Color = tuple[int, int]
"""The ab of a colour."""

SIZE, CELLS = COLOR_SIZE, 32
Y, X = np.mgrid[:SIZE, :SIZE]
RED, BLUE, GREEN = (60, 40), (10, -50), (-50, 40)
EVERYWHERE = np.ones((SIZE, SIZE), np.float32)


def bin_of(ab: Color) -> int:
    """Return the bin that is nearest to a colour."""
    return int(((AB_BINS - np.array(ab)) ** 2).sum(1).argmin())


def scene(x: float, y: float = 128, grey: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Draw a disc with an outline on a plain background; return the picture and the mask of the disc."""
    picture = np.full((SIZE, SIZE), 120, np.uint8)
    distance = np.hypot(X - x, Y - y)
    picture[distance < 31] = 20
    picture[distance < 28] = grey
    return picture, distance < 28


def predicted(
    inside: np.ndarray, colors: tuple[Color, Color], rng: np.random.Generator, wrong: float = 0.0
) -> np.ndarray:
    """Return the histograms of a prediction.

    Parameters
    ----------
    inside : numpy.ndarray
        The mask of the disc.
    colors : tuple of Color
        The colour of the disc, and the colour of the background.
    rng : numpy.random.Generator
    wrong : float
        The share of the cells that are green instead.
    """
    share = inside.reshape(CELLS, SIZE // CELLS, CELLS, SIZE // CELLS).mean((1, 3))
    bins = np.where(share > 0.5, bin_of(colors[0]), bin_of(colors[1]))
    bins[rng.random(bins.shape) < wrong] = bin_of(GREEN)
    histogram = np.full((N_BINS, CELLS, CELLS), 0.3 / N_BINS, np.float32)
    np.put_along_axis(histogram, bins[None], 0.7, 0)
    return histogram


def disc_film(
    n_frames: int,
    *,
    shot: Callable[[int], int] = lambda t: 0,
    colors: Callable[[int], tuple[Color, Color]] = lambda t: (RED, BLUE),
    wrong: float = 0.3,
    held: int = 1,
) -> Iterator[Frame]:
    """Yield the frames of a film in which the disc moves 6 pixels to the right from drawing to drawing.

    Parameters
    ----------
    n_frames : int
    shot : callable
        Returns the shot of a drawing.
    colors : callable
        Returns the colours that are predicted for a drawing.
    wrong : float
        The share of the cells whose prediction is wrong.
    held : int
        The number of frames that show one drawing.
    """
    rng = np.random.default_rng(0)
    for t in range(n_frames):
        k = t // held
        picture, inside = scene(40 + 6 * k)
        yield Frame(
            t, t, picture, picture, drawing=k, shot=shot(k),
            histogram=predicted(inside, colors(k), rng, wrong),
        )  # fmt: skip


def painted(
    inside: np.ndarray, colors: tuple[Color, Color] = (RED, BLUE), where: np.ndarray = EVERYWHERE
) -> ColorHints:
    """Return hints with one colour inside a mask and another colour outside of it."""
    color, other = np.array(colors, np.float32)
    ab = np.where(inside[..., None], color, other)
    return ColorHints(ab, np.asarray(where, np.float32))


def at(frame: Frame, x: int, y: int = 128) -> np.ndarray:
    """Return the ab of a pixel of a coloured frame."""
    assert frame.ab is not None
    ab: np.ndarray = frame.ab[0, y, x]
    return ab


def near(color: Color, ab: np.ndarray) -> bool:
    """Return whether a colour is close to another colour."""
    return bool(np.hypot(*(ab - np.array(color))) < 12)
