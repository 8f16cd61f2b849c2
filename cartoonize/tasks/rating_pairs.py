"""Choose the frames that people judge, and put the pictures of each pair together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from cartoonize.frames import Frame

if TYPE_CHECKING:
    from cartoonize.report.rating_page import RatedPair

#: Stands for a method in the practice pair, which does not count.
PRACTICE = "practice"

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Showing:
    """A frame to show, as coloured by a method."""

    method: str
    frame: int


def choose_showings(
    frames: Sequence[int], counts: Mapping[str, int], rng: np.random.Generator
) -> list[Showing]:
    """Spread the showings of each method evenly over a film.

    The film is divided into as many parts as a method has showings, and each part gets one. No frame is shown
    twice. If the film is too short for that, no frame is shown twice for the same method.

    Parameters
    ----------
    frames : sequence of int
        Indices of the frames to choose from, in ascending order.
    counts : mapping
        Number of showings of each method, at most the number of frames.
    rng : numpy.random.Generator

    Returns
    -------
    list of Showing
        In the order of the film.
    """
    total = sum(counts.values())
    if total <= len(frames):
        places = sorted(((k + rng.random()) / n, method) for method, n in counts.items() for k in range(n))
        return [Showing(m, i) for (_, m), i in zip(places, _spread(frames, total, rng), strict=True)]
    showings = [Showing(method, i) for method, n in counts.items() for i in _spread(frames, n, rng)]
    return sorted(showings, key=lambda s: s.frame)


def _spread(frames: Sequence[int], n: int, rng: np.random.Generator) -> list[int]:
    """Return one random frame from each of ``n`` equal parts."""
    edges = [k * len(frames) // n for k in range(n + 1)] if n else []
    return [frames[int(rng.integers(*part))] for part in zip(edges, edges[1:], strict=False)]


def pair_frames(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
    showings: Sequence[Showing],
    methods: Sequence[str],
    size: tuple[int, int],
    *,
    mode: str,
    rng: np.random.Generator,
) -> Iterator[RatedPair]:
    """Yield the pairs of pictures to show, in the order of ``showings``. Reads all frames first.

    Parameters
    ----------
    frames : iterable of (Frame, sequence of Frame)
        A frame of the original and the same frame of each result, with ``rgb``.
    showings : sequence of Showing
        From `choose_showings`.
    methods : sequence of str
        Names of the results, in order.
    size : (int, int)
        Width and height of the pictures, in pixels.
    mode : str
        As in `RateOptions`.
    rng : numpy.random.Generator
        Decides which picture is on the left.
    """
    from cartoonize.metrics.ratings import CONTROL
    from cartoonize.report.rating_page import RatedPair

    originals, greys, colored = _read_pictures(frames, showings, methods, size)
    indices = sorted(originals)
    for showing in showings:
        i, is_control = showing.frame, showing.method in (CONTROL, PRACTICE)
        if mode == "rating":
            right = originals[i] if is_control else colored[showing.method, i]
            yield RatedPair(greys[i], right, showing.method, i)
            continue
        far = indices[(indices.index(i) + len(indices) // 2) % len(indices)]
        fake = with_colors_of(originals[i], originals[far]) if is_control else colored[showing.method, i]
        if rng.random() < 0.5:
            yield RatedPair(originals[i], fake, showing.method, i, "left")
        else:
            yield RatedPair(fake, originals[i], showing.method, i, "right")


def _read_pictures(
    frames: Iterable[tuple[Frame, Sequence[Frame]]],
    showings: Sequence[Showing],
    methods: Sequence[str],
    size: tuple[int, int],
) -> tuple[dict[int, Picture], dict[int, Picture], dict[tuple[str, int], Picture]]:
    """Return originals and grey pictures by frame, and coloured pictures by method and frame."""
    wanted = {showing.frame for showing in showings}
    asked = {(s.method, s.frame) for s in showings}
    originals: dict[int, Picture] = {}
    greys: dict[int, Picture] = {}
    colored: dict[tuple[str, int], Picture] = {}
    for frame, others in frames:
        if frame.index not in wanted:
            continue
        originals[frame.index] = _resized(frame.rgb, size)
        greys[frame.index] = _resized(np.repeat(frame.grey[..., None], 3, 2), size)
        for method, other in zip(methods, others, strict=True):
            if (method, frame.index) in asked:
                colored[method, frame.index] = _resized(other.rgb, size)
    return originals, greys, colored


def with_colors_of(picture: Picture, other: Picture) -> Picture:
    """Return a picture with the chroma of another one, upside down: wrong wherever there are colours.

    After the random colours of Zhang et al. 2016. People who take these for real do not look.
    """
    import cv2

    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2YCrCb)
    chroma = cv2.cvtColor(other, cv2.COLOR_RGB2YCrCb)[::-1]
    mixed = cv2.cvtColor(np.concatenate([luma[..., :1], chroma[..., 1:]], -1), cv2.COLOR_YCrCb2RGB)
    return mixed.astype(np.uint8)


def _resized(picture: Picture | None, size: tuple[int, int]) -> Picture:
    import cv2

    assert picture is not None
    if picture.shape[1::-1] == size:
        return picture
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
