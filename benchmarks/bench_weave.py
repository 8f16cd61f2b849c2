"""Gate weave and flicker: how many drawings are found on unsteady prints of films.

    CARTOONIZE_TEST_DATA=FOLDER python -m benchmarks weave

The folder is that of the tests, or any folder with videos. Prints are made from the first frames of each
film: shifted by parts of a pixel, brighter and darker, with grain.
"""

import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.measure import Table
from cartoonize.detect.cuts import CutDetector
from cartoonize.detect.held_drawings import DrawingDetector
from cartoonize.detect.unsteady_drawings import PrintDrawingDetector
from cartoonize.video import open_source

N_FRAMES = 200
_SEED = 0
#: Visible change of the mean of 3x3 pixels, in codes, on the film without wear.
_VISIBLE = 10.0

Picture = NDArray[np.uint8]


@dataclass(frozen=True)
class Wear:
    """Wear of a print."""

    weave: float
    """Deviation of the shifts, in pixels of a picture of 480 lines."""
    flicker: float
    """Deviation of the gain of the brightness."""
    grain: float = 0.0
    """Deviation of the grain, in codes of 0..255."""

    def __str__(self) -> str:
        return ", ".join(f"{name} {value:g}" for name, value in asdict(self).items() if value) or "steady"


WEARS = (Wear(0, 0), Wear(1.5, 0), Wear(0, 0.03), Wear(1.5, 0.03), Wear(1.5, 0.03, 1), Wear(1.5, 0.03, 4))


def run(quick: bool = False) -> list[Table]:
    """Count the drawings of films and of worn prints of them."""
    folder = os.environ.get("CARTOONIZE_TEST_DATA")
    suffixes = (".mp4", ".mkv")
    paths = sorted(p for p in Path(folder).rglob("*") if p.suffix in suffixes) if folder else []
    rows = []
    for path in paths[: 1 if quick else None]:
        with open_source(path) as source:
            frames = [frame.grey for frame in islice(source.frames(), 20 if quick else N_FRAMES)]
        plain = _plain(frames)
        for wear in WEARS[:2] if quick else WEARS:
            worn = list(print_of(frames, wear))
            found = _found(worn)
            missed = _n_missed(frames, plain, found)
            rows.append((path.stem, str(wear), sum(plain), sum(_plain(worn)), sum(found), missed))
    head = ("film", "print", "drawings of the film", "found before", "found now", "changes missed")
    note = (
        f"The first {N_FRAMES} frames, seed {_SEED}. A change is missed if a frame counts as held, and the"
        f" film without wear differs there by more than {_VISIBLE:g} codes in a mean of 3x3 pixels."
    )
    return [Table("Drawings on unsteady prints", head, rows, note)]


def print_of(frames: Iterable[Picture], wear: Wear) -> Iterable[Picture]:
    """Yield the frames of a worn print. Shifts have a fast, a slow and a random part."""
    rng = np.random.default_rng(_SEED)
    phases = rng.random((2, 2))
    for k, frame in enumerate(frames):
        noise = rng.normal(0, 1, 4).clip(-2, 2)
        swing = [
            0.6 * np.sin(2 * np.pi * (k / 7.3 + a)) + 0.4 * np.sin(2 * np.pi * (k / 23.9 + b))
            for a, b in phases
        ]
        down, right = (wear.weave * (swing + 0.25 * noise[:2]) * len(frame) / 480).tolist()
        gain, offset = 1 + wear.flicker * noise[2], 20 * wear.flicker * noise[3]
        shift = np.array([[1, 0, right], [0, 1, down]], np.float32)
        moved = frame.astype(np.float32)
        if wear.weave:
            moved = cv2.warpAffine(
                moved, shift, frame.shape[::-1], flags=cv2.INTER_LANCZOS4, borderMode=cv2.BORDER_REPLICATE
            ).astype(np.float32)
        grain = wear.grain * _grain(frame.shape, rng) if wear.grain else 0
        yield np.clip(np.rint(gain * moved + offset + grain), 0, 255).astype(np.uint8)


def _grain(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float64]:
    """Return noise of deviation 1 in grains of a pixel of 480 lines."""
    blurred = cv2.GaussianBlur(rng.normal(0, 1, shape), (0, 0), max(shape[0] / 480, 0.3))
    return np.asarray(blurred / blurred.std())


def _plain(frames: Iterable[Picture]) -> list[bool]:
    detector = DrawingDetector()
    return [detector.is_new(frame) for frame in frames]


def _found(frames: Iterable[Picture]) -> list[bool]:
    detector, cuts = PrintDrawingDetector(), CutDetector()
    return [detector.add(frame, is_cut=cuts.is_cut(frame))[0] for frame in frames]


def _n_missed(frames: list[Picture], plain: list[bool], found: list[bool]) -> int:
    """Return how many drawings begin in a frame that counts as held, but for changes of brightness alone."""
    first, n_missed = 0, 0
    for k, is_new in enumerate(found):
        first = k if is_new else first
        if plain[k] and not is_new:
            before, now = (cv2.blur(frames[n].astype(np.float32), (3, 3)) for n in (first, k))
            gain, offset = np.polyfit(before.ravel()[::7], now.ravel()[::7], 1)
            n_missed += bool(np.abs(now - gain * before - offset).max() > _VISIBLE)
    return n_missed
